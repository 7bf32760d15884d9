#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simd/target.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

std::int64_t compiled_for() { return HWY_TARGET; }

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cctype>
#include <cstdlib>
#include <utility>

#include "lossproof/error.h"
#include "lossproof/target.h"
#include "simd/target.h"

namespace lossproof {
namespace simd {
HWY_EXPORT(compiled_for);

namespace {

/// Highway's name in lower case, but AVX-512 as its users call it, and one name for code without vectors.
std::string name_of(std::int64_t target) {
  if (target == HWY_AVX3) return "avx512";
  if (target == HWY_AVX3_DL) return "avx512_dl";
  if (target == HWY_SCALAR || target == HWY_EMU128) return "scalar";
  std::string name;
  for (const char* c = hwy::TargetName(target); *c != '\0'; ++c) {
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(*c)));
  }
  return name;
}

/// The targets compiled that this machine can run; a lower bit is a wider one. Scalar can always run.
std::int64_t available() { return HWY_TARGETS & (hwy::SupportedTargets() | HWY_STATIC_TARGET); }

/// Error: `name`, which comes from `source`, is none of them.
std::int64_t find(std::string_view name, std::string_view source) {
  std::string names;
  for (std::int64_t rest = available(); rest != 0; rest &= rest - 1) {
    const std::string candidate = name_of(rest & -rest);
    if (candidate == name) return rest & -rest;
    names += (names.empty() ? "" : ", ") + candidate;
  }
  throw Error(std::string(source) + " \"" + std::string(name) + "\"; expected one of the targets here: " + names);
}

/// Our own, since a program may use Highway for itself.
struct Choice {
  Choice() {
    const char* forced = std::getenv("LOSSPROOF_TARGET");
    chosen.Update(forced == nullptr || *forced == '\0' ? available() : find(forced, "LOSSPROOF_TARGET is"));
  }
  hwy::ChosenTarget chosen;
};

hwy::ChosenTarget& chosen() {
  static Choice choice;
  return choice.chosen;
}

std::size_t index_of(std::int64_t target) {
  hwy::ChosenTarget one;
  one.Update(target);
  return one.GetIndex();
}

/// What TargetHere sets; 0, the place of no target, where there is none.
thread_local std::size_t index_here = 0;

thread_local std::int64_t last_target = 0;

}  // namespace

std::size_t target_here() { return index_here != 0 ? index_here : chosen().GetIndex(); }

std::size_t target_index() {
  const std::size_t index = target_here();
  last_target = HWY_DISPATCH_TABLE(compiled_for)[index]();
  return index;
}

TargetHere::TargetHere(std::size_t index) : before_(std::exchange(index_here, index)) {}
TargetHere::~TargetHere() { index_here = before_; }

std::string take_last_target() {
  const std::int64_t target = std::exchange(last_target, 0);
  return target == 0 ? std::string() : name_of(target);
}

}  // namespace simd

std::vector<std::string> targets() {
  std::vector<std::string> names;
  for (std::int64_t rest = simd::available(); rest != 0; rest &= rest - 1) names.push_back(simd::name_of(rest & -rest));
  return names;
}

std::string target() { return simd::name_of(HWY_DISPATCH_TABLE(simd::compiled_for)[simd::target_here()]()); }

void set_target(std::string_view name) {
  const std::int64_t target = simd::find(name, "the target is");
  simd::chosen().Update(target);
}

TargetScope::TargetScope(std::string_view name)
    : before_(std::exchange(simd::index_here, simd::index_of(simd::find(name, "the target is")))) {}
TargetScope::~TargetScope() { simd::index_here = before_; }

}  // namespace lossproof
#endif
