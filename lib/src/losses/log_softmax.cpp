// log_softmax(x)_j = -((top - x_j) + log Z): two terms that are at least 0. See exponentials.h.
//
// From grad_output g the gradient is g_j - p_j sum_k g_k.
#include "engine/maps.h"
#include "losses/exponentials.h"
#include "losses/infinite_terms.h"
#include "lossproof/losses.h"

namespace lossproof {
namespace {

template <class A>
class LogSoftmax {
 public:
  explicit LogSoftmax(const detail::MapInputs& row) : e_(row.logits), g_(row.grad_output) {
    if (!g_) return;
    for (std::int64_t k = 0; k < g_->size(); ++k) {
      const double g = (*g_)[k];
      infinite_.add(g);
      if (std::isfinite(g)) sum_ = sum_ + arith::Tracked<A>(g);
    }
  }

  std::optional<double> known_value(std::int64_t j) const {
    if (e_.has_nan() || e_.is_undefined()) return detail::nan_value;
    if (e_.is_top(j) && (e_.is_one_hot() || e_.is_sole())) return 0.0;
    if (e_.is_one_hot() || e_.is_absent(j)) return -detail::infinity;
    return std::nullopt;
  }

  arith::Tracked<A> value(std::int64_t j) const { return -(e_.depth(j) + e_.log_total()); }

  std::optional<double> known_gradient(std::int64_t j) const {
    if (e_.has_nan() || infinite_.has_nan()) return detail::nan_value;
    if (infinite_.all_zero()) return 0.0;
    if (e_.is_undefined()) return detail::nan_value;
    return infinite_.minus_share(e_, j, (*g_)[j]);
  }

  detail::Fraction<A> gradient(std::int64_t j) const { return e_.minus_share((*g_)[j], j, sum_); }

 private:
  softmax_rows::Exponentials<A> e_;
  std::optional<detail::Numbers> g_;
  softmax_rows::InfiniteTerms infinite_;
  arith::Tracked<A> sum_;  // of g
};

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::map_kernel<LogSoftmax>("log_softmax", arguments);

}  // namespace

const Loss log_softmax{kernel};

}  // namespace lossproof
