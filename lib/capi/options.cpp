#include "options.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>

#include "dlpack.h"
#include "status.h"

namespace lossproof::capi {
namespace {

using std::to_string;

bool by_all(const Loss&) { return true; }
bool by_losses(const Loss& loss) { return loss.takes().reduction; }
bool by_index_losses(const Loss& loss) { return loss.takes().ignore_index; }
bool by_scaled_functions(const Loss& loss) { return loss.takes().beta; }

std::optional<Reduction> reduction_of(std::int32_t reduction, const Loss& loss) {
  constexpr std::optional<Reduction> reductions[] = {std::nullopt, Reduction::mean, Reduction::sum, Reduction::none,
                                                     Reduction::per_sample, Reduction::batchmean};
  if (reduction < 0 || reduction >= std::ssize(reductions)) {
    refuse(std::string(loss.name()), "options.reduction is " + to_string(reduction) + "; expected 0 to " +
                                         to_string(std::ssize(reductions) - 1) + ", of lossproof_reduction");
  }
  return reductions[reduction];
}

/// An option: how C sees it, which losses take it, and how it is read. A new one is a line here and its fields at the
/// end of lossproof_options.
struct Entry {
  lossproof_option option;
  bool (*taken)(const Loss& loss);
  void (*read)(const lossproof_options& from, const Loss& loss, Options& to);
};

using From = lossproof_options;
constexpr Entry entries[] = {
    {{"reduction", LOSSPROOF_OPTION_REDUCTION},
     by_losses,
     [](const From& from, const Loss& loss, Options& to) { to.reduction = reduction_of(from.reduction, loss); }},
    {{"ignore_index", LOSSPROOF_OPTION_INTEGER},
     by_index_losses,
     [](const From& from, const Loss&, Options& to) {
       if (from.has_ignore_index) to.ignore_index = from.ignore_index;
     }},
    {{"dtype", LOSSPROOF_OPTION_DTYPE},
     by_all,
     [](const From& from, const Loss& loss, Options& to) {
       if (from.has_dtype) to.dtype = dtype_of(from.dtype, {loss.name(), "options.dtype"});
     }},
    {{"beta", LOSSPROOF_OPTION_REAL},
     by_scaled_functions,
     [](const From& from, const Loss&, Options& to) {
       if (from.has_beta) to.beta = from.beta;
     }},
};

/// The structure ended here in the first version.
constexpr std::size_t least_size = offsetof(lossproof_options, dtype) + sizeof(DLDataType);
/// A larger size is not one of a structure of options, and nothing is read by it.
constexpr std::size_t most_size = 4096;

/// The fields that the caller has, and 0 for those that it does not know of.
lossproof_options known_fields(const Loss& loss, const lossproof_options& options) {
  const std::size_t size = options.struct_size;
  if (size < least_size || size > most_size) {
    refuse(std::string(loss.name()), "options.struct_size is " + to_string(size) + "; expected " +
                                         to_string(sizeof options) + ", the size of lossproof_options");
  }
  const auto* bytes = reinterpret_cast<const char*>(&options);
  for (std::size_t i = sizeof options; i < size; ++i) {
    if (bytes[i] != 0) {
      refuse(std::string(loss.name()), "options has a field at byte " + to_string(i) +
                                           " that this version of the library does not know; expected 0 from byte " +
                                           to_string(sizeof options) + " on");
    }
  }
  lossproof_options known{};
  std::memcpy(&known, &options, std::min(size, sizeof known));
  return known;
}

}  // namespace

std::vector<lossproof_option> options_of(const Loss& loss) {
  std::vector<lossproof_option> taken;
  for (const Entry& entry : entries) {
    if (entry.taken(loss)) taken.push_back(entry.option);
  }
  return taken;
}

Options read_options(const Loss& loss, const lossproof_options* options) {
  Options result;
  if (options == nullptr) return result;
  const lossproof_options known = known_fields(loss, *options);
  for (const Entry& entry : entries) entry.read(known, loss, result);
  return result;
}

}  // namespace lossproof::capi
