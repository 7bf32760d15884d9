// The focal loss: see losses/focal.h for its formula.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/sigmoid_focal_loss.cpp"
#include <hwy/foreach_target.h>

#include <cmath>
#include <optional>

#include "engine/elements.h"
#include "engine/sign.h"
#include "losses/focal.h"
#include "lossproof/losses.h"
#include "simd/focal-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

void sigmoid_focal_loss(const detail::Request& request, detail::Stretch& stretch) {
  if (is_usual(request.parameters)) {
    return request.grad ? element_pass<UsualFocalLanes<Precision::result>>(request, stretch)
                        : element_pass<UsualFocalLanes<Precision::element>>(request, stretch);
  }
  if (request.grad) return element_pass<FocalLanes<Precision::result>>(request, stretch);
  element_pass<FocalLanes<Precision::element>>(request, stretch);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(sigmoid_focal_loss);
}
namespace {

using arith::Tracked;
using detail::KnownDerivative;

class SigmoidFocal {
 public:
  static constexpr std::size_t inputs = 2;

  explicit SigmoidFocal(const detail::Parameters& parameters) : focus_{parameters.alpha, parameters.gamma} {}

  std::optional<double> known_value(double x, double y) const {
    if (has_no_weight(y)) return 0;
    if (!std::isinf(x)) return std::nullopt;
    return agrees(x, y) ? 0.0 : detail::infinity;
  }

  std::optional<KnownDerivative> known_derivative(double x, double y) const {
    if (has_no_weight(y) || (x == 0 && y == 0.5)) return KnownDerivative{0};
    if (std::isinf(x) && agrees(x, y)) return KnownDerivative{0, true};
    return std::nullopt;
  }

  std::optional<KnownDerivative> known_target_derivative(double x, double y) const {
    if (x == 0 && (focus_.alpha < 0 || focus_.alpha == 0.5)) return KnownDerivative{0};
    if (!std::isinf(x)) return std::nullopt;
    if (agrees(x, y) && (focus_.gamma > 0 || has_no_weight(y))) return KnownDerivative{0, true};
    const int sign = detail::sign_of([&]<class A>(A) { return focal::Element<A>(x, y, focus_).target_slope(); });
    return sign == 0 ? KnownDerivative{0, true} : KnownDerivative{sign * detail::infinity};
  }

  template <class A>
  Tracked<A> value(double x, double y) const {
    return focal::Element<A>(x, y, focus_).value();
  }
  template <class A>
  Tracked<A> derivative(double x, double y) const {
    return focal::Element<A>(x, y, focus_).by_logit();
  }
  template <class A>
  Tracked<A> target_derivative(double x, double y) const {
    return focal::Element<A>(x, y, focus_).by_target();
  }

 private:
  static bool agrees(double x, double y) { return y == (x > 0 ? 1 : 0); }

  /// alpha_t = 0, and with it the loss, whatever the logit is.
  bool has_no_weight(double y) const { return (focus_.alpha == 0 && y == 1) || (focus_.alpha == 1 && y == 0); }

  focal::Focus focus_;
};

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::real, true}};
constexpr detail::Kernel kernel = detail::element_kernel<SigmoidFocal>(
    "sigmoid_focal_loss", arguments,
    [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::sigmoid_focal_loss)[simd::target_index()](request, stretch);
    },
    {.focus = true});

}  // namespace

const Loss sigmoid_focal_loss{kernel};

}  // namespace lossproof
#endif
