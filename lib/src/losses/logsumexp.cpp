// logsumexp(x) = top + log Z, with the exponentials over the largest logit: see exponentials.h. Where one class is
// largest log Z = log1p(rest), so that next to it the rest is not lost. Its derivative is softmax.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "losses/logsumexp.cpp"
#include <hwy/foreach_target.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/classes.h"
#include "losses/exponentials.h"
#include "lossproof/losses.h"
#include "simd/shares-inl.h"
#include "simd/target.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// log Z as it is.
template <DType input, Precision precision>
class LogSumExpPass {
 public:
  LogSumExpPass(const detail::Request& request, const detail::Stretch& stretch)
      : request_(request), row_(request, stretch, request.grad) {
    if (request.grad) grad_output_.emplace(*request.grad_output);
  }

  bool operator()(std::int64_t i) {
    if (!row_.open(i)) return false;
    if (request_.value && !store_value(i)) return false;
    if (!request_.grad) return true;
    const double g = (*grad_output_)[i];
    return g != 0 && std::isfinite(g) && row_.store_shares(g, *request_.grad);
  }

 private:
  using Row = ShareRow<input, precision>;

  bool store_value(std::int64_t i) const { return store_settled(row_.log_total(), *request_.value, i); }

  const detail::Request& request_;
  Row row_;
  std::optional<Reals> grad_output_;
};

void logsumexp(const detail::Request& request, detail::Stretch& stretch) {
  const std::int64_t results = detail::results_of_gradient(request) + (request.value ? 1 : 0);
  share_row_pass<LogSumExpPass>(request, stretch, is_f32(request.grad) ? Precision::result : Precision::term, results);
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lossproof {
namespace simd {
HWY_EXPORT(logsumexp);
}
namespace {

using detail::KnownDerivative;

template <class A>
class LogSumExp {
 public:
  explicit LogSumExp(const detail::RowInputs& row) : e_(row.logits) {}

  bool has_nan() const { return e_.has_nan(); }

  std::optional<double> known_value() const {
    if (std::isinf(e_.top())) return e_.top();
    return std::nullopt;
  }

  arith::Tracked<A> value() const { return arith::Tracked<A>(e_.top() + 0.0) + e_.log_total(); }

  std::optional<KnownDerivative> known_derivative(std::int64_t j) const {
    if (e_.is_absent(j)) return KnownDerivative{0};
    if (e_.is_undefined()) return KnownDerivative{detail::nan_value};
    if (e_.is_sole()) return KnownDerivative{1};
    if (e_.is_one_hot()) return KnownDerivative{e_.is_top(j) ? 1.0 : 0.0, true};
    return std::nullopt;
  }

  detail::Fraction<A> derivative(std::int64_t j) const { return {e_[j], e_.total()}; }

 private:
  softmax_rows::Exponentials<A> e_;
};

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::class_kernel<LogSumExp>(
    "logsumexp", arguments, {.reduction = false}, [](const detail::Request& request, detail::Stretch& stretch) {
      HWY_DISPATCH_TABLE(simd::logsumexp)[simd::target_index()](request, stretch);
    });

}  // namespace

const Loss logsumexp{kernel};

}  // namespace lossproof
#endif
