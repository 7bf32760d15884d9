// logsumexp(x) = top + log Z, with the exponentials over the largest logit: see exponentials.h. Where one class is largest
// log Z = log1p(rest), so that next to it the rest is not lost. Its derivative is softmax.
#include "engine/classes.h"
#include "losses/exponentials.h"
#include "lossproof/losses.h"

namespace lossproof {
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
constexpr detail::Kernel kernel = detail::class_kernel<LogSumExp>("logsumexp", arguments, {.reduction = false});

}  // namespace

const Loss logsumexp{kernel};

}  // namespace lossproof
