// log_sigmoid(x) = -log(1 + e^-x), which is softplus with a beta of -1: see losses/logistic.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/log_sigmoid.cpp"
#include <hwy/foreach_target.h>

#include "engine/elements.h"
#include "losses/logistic.h"
#include "lossproof/losses.h"
#include "simd/logistic-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// With min(x, 0) for the product with -1 of what softplus has, which is the same number.
class LogSigmoidLanes : public SoftplusLanes {
 public:
  LogSigmoidLanes(const detail::Parameters&, Vec x)
      : SoftplusLanes({.beta = -1}, x), lead_(hn::Min(x, hn::Zero(lanes))) {}

  Near near_value() const { return {hn::Sub(lead_, tail()), error}; }
  Ends value(bool) const { return ends_of(near_value()); }

 private:
  Vec lead_;
};

void log_sigmoid(const detail::Request& request, detail::Stretch& stretch) {
  element_pass<LogSigmoidLanes>(request, stretch);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(log_sigmoid);
}
namespace {

struct LogSigmoid : logistic::Softplus {
  LogSigmoid() : Softplus({.beta = -1}) {}
};

constexpr Argument arguments[] = {{"input", Argument::Kind::real}};
constexpr detail::Kernel kernel =
    detail::element_kernel<LogSigmoid>("log_sigmoid", arguments,
                                       [](const detail::Request& request, detail::Stretch& stretch) {
                                         HWY_DISPATCH_TABLE(simd::log_sigmoid)[simd::target_index()](request, stretch);
                                       },
                                       {.reduction = false});

}  // namespace

const Loss log_sigmoid{kernel};

}  // namespace lossproof
#endif
