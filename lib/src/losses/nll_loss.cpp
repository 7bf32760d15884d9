// -x_t, of which nothing but x_t is looked at: products and sums of the inputs, no function is evaluated.
#include "engine/classes.h"
#include "lossproof/losses.h"

namespace lossproof {
namespace {

using detail::KnownDerivative;

template <class A>
class NegativeLogLikelihood {
 public:
  explicit NegativeLogLikelihood(const detail::RowInputs& row)
      : target_(*row.target), log_probability_(row.logits[target_]), weight_(row.weight(target_)) {}

  bool has_nan() const { return std::isnan(log_probability_); }
  double weight() const { return weight_; }

  std::optional<double> known_value() const {
    if (std::isinf(log_probability_)) return -log_probability_;
    return std::nullopt;
  }
  arith::Tracked<A> value() const { return -log_probability_; }

  std::optional<KnownDerivative> known_derivative(std::int64_t j) const { return KnownDerivative{j == target_ ? -1.0 : 0}; }
  arith::Tracked<A> derivative(std::int64_t) const { return {}; }

 private:
  std::int64_t target_;
  double log_probability_;
  double weight_;
};

constexpr Argument arguments[] = {{"log_probabilities", Argument::Kind::real}, {"target", Argument::Kind::class_index}};
constexpr detail::Kernel kernel =
    detail::class_kernel<NegativeLogLikelihood>("nll_loss", arguments, {.ignore_index = true, .weight = true});

}  // namespace

const Loss nll_loss{kernel};

}  // namespace lossproof
