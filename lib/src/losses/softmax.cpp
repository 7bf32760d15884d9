// softmax(x)_j = e_j / Z: see exponentials.h, and share_gradient.h for the gradient from grad_output.
#include "losses/share_gradient.h"

#include "engine/maps.h"
#include "losses/infinite_terms.h"
#include "lossproof/losses.h"

namespace lossproof {
namespace {

template <class A>
class Softmax {
 public:
  explicit Softmax(const detail::MapInputs& row) : e_(row.logits), g_(row.grad_output) {
    if (!g_) return;
    for (std::int64_t k = 0; k < g_->size(); ++k) {
      const double g = (*g_)[k];
      all_zero_ &= g == 0;
      has_nan_ |= std::isnan(g);
      if (!e_.is_absent(k)) infinite_.add(g);
      if (e_.is_top(k)) at_top_ = g;
    }
    if (e_.has_nan() || has_nan_ || infinite_.any() || e_.is_undefined()) return;
    gradient_.emplace(e_, g_->size(), [this](std::int64_t k) { return above(k); });
  }
  Softmax(const Softmax&) = delete;
  Softmax& operator=(const Softmax&) = delete;

  std::optional<double> known_value(std::int64_t j) const {
    if (e_.has_nan() || e_.is_undefined()) return detail::nan_value;
    if (e_.is_top(j) && (e_.is_one_hot() || e_.is_sole())) return 1.0;
    if (e_.is_one_hot() || e_.is_absent(j) || e_.vanishes(j)) return 0.0;
    return std::nullopt;
  }

  detail::Fraction<A> value(std::int64_t j) const { return {e_[j], e_.total()}; }

  std::optional<double> known_gradient(std::int64_t j) const {
    if (e_.has_nan() || has_nan_) return detail::nan_value;
    if (all_zero_) return 0.0;
    if (e_.is_undefined()) return detail::nan_value;
    if (e_.is_absent(j)) return 0.0;
    return infinite_.share_of_difference(e_, (*g_)[j]);
  }

  detail::Fraction<A> gradient(std::int64_t j) const { return (*gradient_)(j, above(j)); }

 private:
  arith::Tracked<A> above(std::int64_t k) const { return arith::Tracked<A>::difference((*g_)[k], at_top_); }

  softmax_rows::Exponentials<A> e_;
  std::optional<detail::Numbers> g_;
  bool all_zero_ = true;
  bool has_nan_ = false;
  softmax_rows::InfiniteTerms infinite_;
  double at_top_ = 0;  // the factor of the last class at the top
  std::optional<softmax_rows::ShareGradient<A>> gradient_;
};

constexpr Argument arguments[] = {{"logits", Argument::Kind::real}};
constexpr detail::Kernel kernel = detail::map_kernel<Softmax>("softmax", arguments);

}  // namespace

const Loss softmax{kernel};

}  // namespace lossproof
