// The focal loss: Lin et al., "Focal loss for dense object detection", 2017, eq. 5, of targets in [0, 1] as in
// torchvision's sigmoid_focal_loss, with its derivatives by the rules of calculus.
#include <cmath>

#include "oracles/definitions.h"
#include "oracles/limits.h"

namespace oracles {
namespace {

/// alpha_t, and its derivative with respect to the target.
template <class R>
R alpha_of(const Row<R>& row) {
  const double alpha = row.parameters.alpha;
  if (alpha < 0) return R(1);
  return R(alpha) * row.y[0] + (R(1) - R(alpha)) * (R(1) - row.y[0]);
}

template <class R>
R slope_of_alpha(const Row<R>& row) {
  return row.parameters.alpha < 0 ? R(0) : R(R(2) * R(row.parameters.alpha) - R(1));
}

// u = 1 - p_t; du/dx = s (1 - s) (1 - 2 y), du/dy = 1 - 2 s; dce/dx = s - y, dce/dy = -x.
template <class R>
Term<R> definition(const Row<R>& row) {
  using std::exp;
  using std::log;
  const R gamma = static_cast<R>(row.parameters.gamma);
  const R& x = row.x[0];
  const R& y = row.y[0];
  const R s = 1 / (1 + exp(-x));
  const R u = s * (1 - y) + (1 - s) * y;
  const R ce = -y * log(s) - (1 - y) * log(1 - s);
  const R power = exp(gamma * log(u));
  const R alpha = alpha_of(row);
  const R by_power = gamma * ce / u;
  return {alpha * power * ce,
          {alpha * power * (by_power * s * (1 - s) * (1 - 2 * y) + s - y)},
          {power * (slope_of_alpha(row) * ce + alpha * (by_power * (1 - 2 * s) - x))}};
}

/// The numbers that a row's results are made of: with t = exp(-|x|), l = log(1 + t), and a = 1 - y, b = y for x > 0,
/// a = y, b = 1 - y for others: ce = a |x| + l, u = n / (1 + t) with n = a + t b, s - y = +-(a - t b) / (1 + t),
/// s (1 - s) (1 - 2 y) = +-t (a - b) / (1 + t)^2, 1 - 2 s = -+(1 - t) / (1 + t), with the upper signs for x > 0.
template <class R>
struct Parts {
  explicit Parts(const Row<R>& row)
      : positive(is_positive(row.x[0])),
        size(positive ? row.x[0] : R(-row.x[0])),
        a(positive ? R(1 - row.y[0]) : row.y[0]),
        b(positive ? row.y[0] : R(1 - row.y[0])),
        agrees(!is_greater(positive ? R(1) : row.y[0], positive ? row.y[0] : R(0))),
        t(exp_enclosure(R(-size))),
        l(log1p_enclosure(t)),
        ce(agrees ? l : R(a * size + l)),
        n(agrees ? t : R(a + t * b)) {}

  /// u^gamma; u = t / (1 + t) where a = 0. Products where gamma is a small integer: at a t of 0 they are exact.
  R power(double gamma) const {
    if (gamma == 0) return R(1);
    if (agrees) return exp_enclosure(R(-(R(gamma) * (size + l))));
    const R u = n / (1 + t);
    if (gamma > 16 || gamma != std::floor(gamma)) return exp_enclosure(R(gamma) * log_enclosure(u));
    R product = u;
    for (int k = 1; k < static_cast<int>(gamma); ++k) product = product * u;
    return product;
  }

  bool positive;
  R size, a, b;
  bool agrees;  ///< a = 0
  R t, l, ce, n;
};

template <class R>
bool is_infinite(const R& size) {
  return is_greater(size, R(std::numeric_limits<double>::max()));
}

// With c = -1 for x > 0 and 1 for others:
//   dL/dx = -c alpha_t u^gamma (a - t b + gamma ce t (a - b) / n) / (1 + t), at an infinite x -c alpha_t a^(gamma + 1);
//   dL/dy = u^gamma (alpha_t' ce + c alpha_t (|x| + gamma ce (1 - t) / n)).
// Where a = 0, n = t and ce = l.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const double gamma = row.parameters.gamma;
  const Parts<R> f(row);
  const R power = f.power(gamma);
  const R alpha = alpha_of(row);
  const R signed_alpha = f.positive ? alpha : R(-alpha);
  if (wanted.value) term.value = alpha * power * f.ce;
  if (wanted.grad && f.agrees) {
    term.grad.assign(1, -(signed_alpha * power * (f.t + R(gamma) * f.l) / (1 + f.t)));
  } else if (wanted.grad && is_infinite(f.size)) {
    term.grad.assign(1, signed_alpha * power * f.a);
  } else if (wanted.grad) {
    const R rest = R(gamma) * f.ce * f.t * (f.a - f.b) / f.n;
    term.grad.assign(1, signed_alpha * power * (f.a - f.t * f.b + rest) / (1 + f.t));
  }
  if (!wanted.grad_y) return;
  const R by_power = gamma == 0 ? R(0) : R(R(gamma) * f.ce * (1 - f.t) / f.n);
  term.grad_y.assign(1, power * (slope_of_alpha(row) * f.ce - signed_alpha * (f.size + by_power)));
}

/// What the limits and the numbers far out are made of, exactly.
struct Exactly {
  explicit Exactly(const Row<double>& row)
      : gamma(row.parameters.gamma),
        y(row.y[0]),
        sign(row.x[0] > 0 ? 1 : -1),
        a(sign > 0 ? Rational(1 - y) : y),
        alpha(alpha_of(over(row))),
        slope(slope_of_alpha(over(row))) {}

  static Row<Rational> over(const Row<double>& row) { return {{}, {Rational(row.y[0])}, 0, row.parameters}; }

  /// a^gamma for a > 0, where it is known to be rational. With gamma = p / 2^k, p odd, that a has a 2^k-th root is
  /// needed: a^p is a 2^k-th power only if every prime's exponent in a is a multiple of 2^k.
  std::optional<Rational> power() const {
    if (a == 1) return a;
    Rational root = a;
    double exponent = gamma.convert_to<double>();
    for (; exponent != std::floor(exponent); exponent *= 2) {
      if (!take_root(root)) return std::nullopt;
    }
    if (exponent > 16) return std::nullopt;
    Rational product = 1;
    for (int k = 0; k < static_cast<int>(exponent); ++k) product *= root;
    return product;
  }

  /// The limit of dL/dx at x = +-inf.
  std::optional<Near> limit_by_logit() const {
    const auto known = power();
    return known ? std::optional(Near{sign * alpha * a * *known}) : std::nullopt;
  }

  /// dL/dy over a^gamma |x| as |x| grows.
  Rational lead_by_target() const { return slope * a - sign * alpha * (1 + gamma); }

  Rational gamma, y;
  int sign;
  Rational a, alpha, slope;
};

// At x = +-inf: u -> a, ce ~ a |x|, and where a = 0 both vanish as e^-|x| does, u^gamma unless gamma = 0.
std::optional<Limit> limit(const Row<double>& row) {
  if (has_nan(row)) return limit_of(nan_value, nan_value, nan_value);
  const Exactly f(row);
  const bool has_weight = f.alpha != 0, agrees = f.a == 0;
  const int lead = !agrees ? f.lead_by_target().sign() : f.gamma == 0 ? -f.sign * f.alpha.sign() : 0;
  Limit result =
      limit_of(agrees ? 0 : times_infinity(f.alpha.sign()), 0, times_infinity(lead), {.grad = has_weight && !agrees});
  result.zero_is_limit[0] = has_weight && agrees;
  result.y_zero_is_limit[0] = true;
  return result;
}

/// From it on t = e^-|x| < 2^-16302, and t times 1 / a, gamma and powers of |x| is below 2^-15000 for all inputs in
/// f64: where the power is known, gamma is at most 16 or a is 1.
constexpr double far_out = 11'300;

/// a^gamma main (1 + t rest / a + ...) for t next to 0; nullopt where that tells no side.
std::optional<Near> beside(const Exactly& f, const Rational& main, const Rational& rest) {
  const auto power = f.power();
  if (!power || rest == 0) return std::nullopt;
  return Near{*power * main, rest.sign()};
}

std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  return alpha_of(Exactly::over(row)) == 0 ? std::optional<Rational>(0) : std::nullopt;
}

// L = alpha_t a^gamma (1 + t b / a)^gamma (1 + t)^-gamma (a |x| + log(1 + t))
//   = alpha_t a^gamma (a |x| + t (gamma (b - a) |x| + 1) + O(t^2)).
std::optional<Near> value_beside(const Row<double>& row) {
  const double size = std::fabs(row.x[0]);
  const Exactly f(row);
  if (size < far_out) return std::nullopt;
  if (f.a == 0) return Near{Rational(0), f.alpha.sign()};
  return beside(f, f.alpha * f.a * Rational(size), f.alpha * (f.gamma * (1 - 2 * f.a) * Rational(size) + 1));
}

// For a = 1, L = alpha_t |x| (1 + l / |x|) / (1 + t)^gamma. Since l < t, for |x| >= 1 and gamma >= 1 that is less than
// alpha_t |x|, by less than gamma t of it: 16 e^-64 < 2^-88.
std::optional<Beside> beside_double(const Row<double>& row, Output output) {
  const double x = row.x[0], size = std::fabs(x), alpha = row.parameters.alpha, gamma = row.parameters.gamma;
  if (output != Output::value || row.y[0] != (x > 0 ? 0 : 1) || size < 64 || gamma < 1 || gamma > 16) return {};
  return beside((alpha < 0 ? Ball(1) : x > 0 ? 1 - Ball(alpha) : Ball(alpha)) * Ball(size), -1);
}

// sign alpha_t a^gamma (a + t (gamma (a - b) (|x| - 1) - 1) + O(t^2)); for a = 0 that is 0 and on the other side.
std::optional<Near> far_by_logit(const Exactly& f, double size) {
  const Rational signed_alpha = f.sign * f.alpha;
  if (f.a == 0) return Near{Rational(0), -signed_alpha.sign()};
  const Rational rest = f.gamma * (2 * f.a - 1) * (Rational(size) - 1) - 1;
  return beside(f, signed_alpha * f.a, signed_alpha * rest);
}

// With m = alpha_t' a - sign alpha_t (1 + gamma): a^gamma (m |x| + t / a (gamma (b - a) m |x| + alpha_t' a + sign
// alpha_t gamma (|x| - 1)) + O(t^2)). For a = 0: u^gamma (alpha_t' log(1 + t) - sign alpha_t (|x| + gamma (1 + O(t)))).
std::optional<Near> far_by_target(const Exactly& f, double size) {
  const Rational x(size);
  if (f.a == 0 && f.gamma == 0) return Near{-f.sign * f.alpha * x, f.slope.sign()};
  if (f.a == 0 && f.gamma * x < 2 * far_out) return std::nullopt;
  if (f.a == 0) return Near{Rational(0), f.alpha == 0 ? f.slope.sign() : -f.sign * f.alpha.sign()};
  const Rational lead = f.lead_by_target() * x;
  const Rational rest = f.gamma * (1 - 2 * f.a) * lead + f.slope * f.a + f.sign * f.alpha * f.gamma * (x - 1);
  return beside(f, lead, rest);
}

// Rational without a theorem: alpha_t = 0; x = 0, where u = 1/2, ce = log 2, dL/dx = alpha_t 2^-gamma (1/2 - y) (1 +
// gamma log 2) and dL/dy = alpha_t' 2^-gamma log 2; and gamma = 0, where dL/dy = alpha_t' ce - alpha_t x.
std::optional<Near> exact_gradient(const Row<double>& row, Output output, std::size_t) {
  const double size = std::fabs(row.x[0]);
  const Exactly f(row);
  if (std::isinf(size)) return f.limit_by_logit();
  const Rational x(row.x[0]);
  if (output == Output::grad) {
    if (f.alpha == 0 || (x == 0 && f.y == Rational(0.5))) return Near{Rational(0)};
    if (x == 0 && f.gamma == 0) return Near{f.alpha * (Rational(0.5) - f.y)};
    return size < far_out ? std::nullopt : far_by_logit(f, size);
  }
  if (f.slope == 0 && (x == 0 || f.gamma == 0)) return Near{-f.alpha * x};
  return size < far_out ? std::nullopt : far_by_target(f, size);
}

}  // namespace

// Whether these numbers are irrational is not known but for gamma = 0: they mix e^-x, log(1 + e^-x) and powers of both.
const Definition& sigmoid_focal_loss() {
  static const Definition loss{
      .name = "sigmoid_focal_loss",
      .form = Form::elements,
      .arguments = {{"logits", Argument::Kind::real}, {"target", Argument::Kind::real, Domain{0, 1}}},
      .takes = {.focus = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .value_beside = value_beside,
      .beside_double = beside_double,
      .exact_gradient = exact_gradient,
      .theorems = {.of_values = false, .of_gradients = false},
  };
  return loss;
}

}  // namespace oracles
