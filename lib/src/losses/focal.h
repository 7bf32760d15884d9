// The focal loss of one element in arithmetic A, from the logit x, with a target y in [0, 1]:
//   L = alpha_t ce u^gamma,  u = 1 - p_t = p (1 - y) + (1 - p) y,  p = sigmoid(x).
// With e = e^-|x|, l = log(1 + e), s the sign of x, and a = 1 - y, b = y for x >= 0, a = y, b = 1 - y for x < 0:
//   ce = a |x| + l,  u = n / (1 + e),  n = a + e b,  p - y = s (a - e b) / (1 + e),  du/dy = -s (1 - e) / (1 + e).
// For a > 0, u^gamma = a^gamma e^v with v = gamma (log(1 + e b / a) - l), and
//   dL/dx = s alpha_t u^gamma / (1 + e) (a - e b + gamma ce (a - b) e / n)
//   dL/dy = u^gamma (alpha_t' ce - s alpha_t (|x| + gamma ce (1 - e) / n)),  alpha_t' = 2 alpha - 1.
//
// Far out these are numbers of few bits, alpha_t a^gamma a |x| and so on, and next to nothing, which alone tells the
// side of a midpoint. There each is a sum of both, so that the last rungs of the ladder know the side: main + rest. In
// dL/dy
//   ce (1 - e) / n = |x| + (l - ce e / n) / a.
// From 2^40 on all that arithmetics know of e is that it is positive and tiny, so that its factors are put together to
// first order, which next to e are all there is: of a^gamma alpha_t in L, of s a^gamma alpha_t in dL/dx and of a^gamma
// in dL/dy
//   a |x| + e (1 - gamma (a - b) |x|),  a + e (gamma (a - b) (|x| - 1) - 1),
//   m |x| + e / a (alpha_t' a + s alpha_t gamma (|x| - 1) - gamma (a - b) m |x|),  m = alpha_t' a - s alpha_t (1 + gamma).
#pragma once

#include <cmath>

#include "arith/tracked.h"
#include "engine/kernel.h"

namespace lossproof::focal {

/// alpha < 0: no weights.
struct Focus {
  double alpha;
  double gamma;
};

template <class A>
class Element {
 public:
  using T = arith::Tracked<A>;

  /// An infinite x: the limit e = 0, for the derivative with respect to x alone.
  Element(double x, double y, const Focus& focus)
      : focus_(focus),
        x_(x),
        y_(y),
        gamma_(focus.gamma),
        size_(std::isinf(x) ? 0 : std::fabs(x)),
        e_(std::isinf(x) ? T() : exp(T(-std::fabs(x)))),
        l_(log1p(e_)),
        a_(is_positive() ? T::difference(1, y) : T(y)),
        b_(is_positive() ? T(y) : T::difference(1, y)),
        ce_(a_ * size_ + l_) {}

  T value() const {
    if (agrees()) return alpha_t() * l_ * decay();
    const T main = a_ * size_;
    if (is_remote()) return alpha_t() * power() * (main + e_ * (T(1.0) - gamma_ * lead() * size_));
    return alpha_t() * power() * (is_far() ? grown(main, l_, v()) : ce_ * growth());
  }

  T by_logit() const {
    const T factor = is_positive() ? alpha_t() : -alpha_t();
    if (agrees()) return -(factor * decay() * (e_ + gamma_ * l_) / (T(1.0) + e_));
    if (is_remote()) return factor * power() * (a_ + e_ * (gamma_ * lead() * (size_ - T(1.0)) - T(1.0)));
    const T rest = e_ * (gamma_ * ce_ * lead() / n() - b_);
    if (is_far()) return factor * power() * grown(a_, rest, v() - l_);
    return factor * power() * growth() * (a_ + rest) / (T(1.0) + e_);
  }

  T by_target() const {
    const T factor = is_positive() ? alpha_t() : -alpha_t();
    if (agrees()) return decay() * (slope() * l_ - factor * (size_ + gamma_ * ratio()));
    if (is_remote()) {
      const T main = target_slope() * size_;
      const T rest = slope() * a_ + factor * gamma_ * (size_ - T(1.0)) - gamma_ * lead() * main;
      return power() * (main + e_ * rest / a_);
    }
    if (is_far()) {
      const T rest = slope() * l_ - factor * gamma_ * (l_ - ce_ * e_ / n()) / a_;
      return power() * grown(target_slope() * size_, rest, v());
    }
    return power() * growth() * (slope() * ce_ - factor * (size_ + gamma_ * ce_ * (T(1.0) - e_) / n()));
  }

  /// dL/dy over a^gamma |x| for an infinite x.
  T target_slope() const {
    const T factor = is_positive() ? alpha_t() : -alpha_t();
    return slope() * a_ - factor * (T(1.0) + gamma_);
  }

 private:
  bool is_positive() const { return x_ >= 0; }
  double a() const { return is_positive() ? 1 - y_ : y_; }
  double b() const { return is_positive() ? y_ : 1 - y_; }
  bool agrees() const { return a() == 0; }

  /// Where |v| and |v - l|, at most (gamma + 1) e / a, are below 2 e^-3.
  bool is_far() const { return std::fabs(x_) >= std::log1p(focus_.gamma) - std::log(a()) + 3; }

  bool is_remote() const { return std::fabs(x_) >= 0x1p40; }

  T alpha_t() const {
    if (focus_.alpha < 0) return 1.0;
    return T(focus_.alpha) * T(y_) + T::difference(1, focus_.alpha) * T::difference(1, y_);
  }
  /// d alpha_t / dy.
  T slope() const { return focus_.alpha < 0 ? T() : T::difference(2 * focus_.alpha, 1); }

  T n() const { return a_ + e_ * b_; }
  /// a - b.
  T lead() const { return is_positive() ? T::difference(1, 2 * y_) : T::difference(2 * y_, 1); }

  /// u^gamma for a = 0, that is, u = e / (1 + e).
  T decay() const { return focus_.gamma == 0 ? T(1.0) : exp(-(gamma_ * (size_ + l_))); }

  /// l (1 - e) / e, which is less than 3/2 e below 1. What it is the factor of is irrational, unless gamma is 0:
  /// e^-3500 of it is less than the last rung tells.
  T ratio() const {
    if (std::fabs(x_) <= (T::encloses ? 3500 : 400)) return l_ * (T(1.0) - e_) / e_;
    return arith::Approx<A>{typename A::Real(1.0), T::encloses ? 0 : 0x1p-570};
  }

  /// a^gamma: by products where it may be a number of few bits, which they give exactly in the arithmetics that need
  /// it.
  T power() const {
    if (focus_.gamma > most_factors || focus_.gamma != std::floor(focus_.gamma)) return exp(gamma_ * log_of_a());
    T product(1.0);
    for (int k = 0; k < static_cast<int>(focus_.gamma); ++k) product = product * a_;
    return product;
  }
  static constexpr double most_factors = 64;

  T log_of_a() const { return is_positive() ? arith::log_of_complement<A>(y_) : arith::log_of<A>(y_); }
  T log_of_b() const { return is_positive() ? arith::log_of<A>(y_) : arith::log_of_complement<A>(y_); }

  /// Positive where b > a.
  T v() const {
    if (focus_.gamma == 0) return {};
    if (std::exp(-std::fabs(x_)) * b() <= a()) return gamma_ * (log1p(e_ * b_ / a_) - l_);
    return gamma_ * (log_of_b() - log_of_a() - size_ + log1p(a_ / (e_ * b_)) - l_);
  }

  /// e^v.
  T growth() const { return b() > a() ? T(1.0) / exp(-v()) : exp(v()); }

  /// (main + rest) e^w for |w| <= 1/4.
  static T grown(const T& main, const T& rest, const T& w) { return main + (rest + expm1(w) * (main + rest)); }

  Focus focus_;
  double x_;
  double y_;
  T gamma_;
  T size_;
  T e_;
  T l_;
  T a_;
  T b_;
  T ce_;
};

}  // namespace lossproof::focal
