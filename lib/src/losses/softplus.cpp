// softplus(x) = log(1 + e^(beta x)) / beta: see losses/logistic.h for the formula and its radius.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/softplus.cpp"
#include <hwy/foreach_target.h>

#include "engine/elements.h"
#include "losses/logistic.h"
#include "lossproof/losses.h"
#include "simd/logistic-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// With the beta that most calls have as a constant, whose two products the compiler leaves out.
class UnitSoftplusLanes : public SoftplusLanes {
 public:
  UnitSoftplusLanes(const detail::Parameters&, Vec x) : SoftplusLanes({.beta = 1}, x) {}
};

void softplus(const detail::Request& request, detail::Stretch& stretch) {
  if (request.parameters.beta == 1) return element_pass<UnitSoftplusLanes>(request, stretch);
  element_pass<SoftplusLanes>(request, stretch);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(softplus);
}
namespace {

constexpr Argument arguments[] = {{"input", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::element_kernel<logistic::Softplus>(
    "softplus", arguments,
    [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::softplus)[simd::target_index()](request, stretch);
    },
    {.reduction = false, .beta = true});

}  // namespace

const Loss softplus{kernel};

}  // namespace lossproof
#endif
