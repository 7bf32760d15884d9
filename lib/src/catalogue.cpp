#include "lossproof/catalogue.h"

#include <array>

#include "lossproof/losses.h"

namespace lossproof {
namespace {

#define LOSSPROOF_ADDRESS(loss) &loss,
constexpr std::array all = {LOSSPROOF_CATALOGUE(LOSSPROOF_ADDRESS)};
#undef LOSSPROOF_ADDRESS

}  // namespace

std::span<const Loss* const> catalogue() { return all; }

const Loss* find_loss(std::string_view name) {
  for (const Loss* loss : all) {
    if (loss->name() == name) return loss;
  }
  return nullptr;
}

}  // namespace lossproof
