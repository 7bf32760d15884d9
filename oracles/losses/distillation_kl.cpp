// The divergence of a student from its teacher: Hinton, Vinyals and Dean, "Distilling the knowledge in a neural
// network", 2015, eq. 1 and 2, with the divergence of Bishop, Pattern Recognition and Machine Learning, eq. 1.113. With
// p the softmax of the teacher's logits y over T, q that of the student's x, and KL = sum of p_j (log(p_j) - log(q_j)),
//   dKL/dx_j = (q_j - p_j) / T,   dKL/dy_j = p_j (log(p_j) - log(q_j) - KL) / T.
#include <algorithm>
#include <cmath>
#include <limits>

#include "oracles/definitions.h"
#include "oracles/limits.h"
#include "oracles/share_pairs.h"
#include "oracles/shares.h"

namespace oracles {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class R>
std::vector<R> softmax_over(std::vector<R> x, const R& temperature) {
  for (R& v : x) v = v / temperature;
  return shares::Softmax<R>(x).p;
}

template <class R>
Term<R> definition(const Row<R>& row) {
  using std::log;
  const R temperature = static_cast<R>(row.parameters.temperature);
  const std::vector<R> p = softmax_over(row.y, temperature);
  const std::vector<R> q = softmax_over(row.x, temperature);
  Term<R> term{R(0), {}, {}};
  for (std::size_t j = 0; j < p.size(); ++j) term.value = term.value + p[j] * (log(p[j]) - log(q[j]));
  for (std::size_t j = 0; j < p.size(); ++j) {
    term.grad.push_back((q[j] - p[j]) / temperature);
    term.grad_y.push_back(p[j] * (log(p[j]) - log(q[j]) - term.value) / temperature);
  }
  return term;
}

// With e, f the exponentials of teacher and student over their largest logits: see shares.h. The logarithms'
// differences are (student's depth - teacher's depth) and what all classes have in common,
//   KL = (sum of e_j (student's depth_j - teacher's depth_j)) / (sum of e_j) + log(sum of f_j) - log(sum of e_j),
// and in dKL/dy, which is softmax's derivative from (y_j - x_j) / T, what they have in common is left out. Of q_j - p_j
// the smaller terms are subtracted, the numerators' (sum of f_j) (sum of e_j) - 1 being that of others. A class without
// mass in the teacher costs nothing.
template <class R>
void enclosure(const Row<R>& row, Wanted wanted, Term<R>& term) {
  const double temperature = row.parameters.temperature;
  const shares::Exponentials<R> e(row.y, temperature);
  const shares::Exponentials<R> f(row.x, temperature);
  const auto over_temperature = [temperature](R x) { return temperature == 1 ? x : R(x / R(temperature)); };
  if (wanted.value) {
    R sum = 0;
    for (std::size_t j = 0; j < e.e.size(); ++j) {
      if (!is_zero(e.e[j])) sum = sum + e.e[j] * (f.depth[j] - e.depth[j]);
    }
    // It is never negative (Gibbs' inequality).
    term.value = nonnegative_part(sum / e.total + (log1p_enclosure(f.rest) - log1p_enclosure(e.rest)));
  }
  if (wanted.grad) {
    term.grad.resize(row.x.size());
    for (std::size_t j = 0; j < row.x.size(); ++j) {
      const bool tops = j == e.top && j == f.top;
      const R difference = tops ? R(e.rest / e.total - f.rest / f.total) : R(f.e[j] / f.total - e.e[j] / e.total);
      term.grad[j] = over_temperature(difference);
    }
  }
  if (!wanted.grad_y) return;
  std::vector<R> above_top(row.x.size(), R(0));
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (j != e.top && !is_zero(e.e[j])) above_top[j] = (row.y[j] - row.y[e.top]) - (row.x[j] - row.x[e.top]);
  }
  term.grad_y = shares::share_of_difference(e, above_top);
  for (R& g : term.grad_y) g = over_temperature(over_temperature(std::move(g)));
}

/// A row of logits and where its softmax is not 0.
struct Side {
  explicit Side(const std::vector<double>& logits) : x(logits), presence(logits) {}

  bool has_mass(std::size_t j) const { return presence.is_one_hot() ? x[j] == infinity : !shares::is_absent(x[j]); }
  /// All of p is 0 or 1, of which those of classes that are present, but not alone, are so in the limit.
  bool is_whole() const { return presence.is_one_hot() || presence.is_sole(); }
  bool is_limit(std::size_t j) const {
    return presence.is_one_hot() && !presence.is_sole() && !shares::is_absent(x[j]);
  }

  const std::vector<double>& x;
  shares::Presence presence;
};

/// nullopt: the definition's. A mass that tends to 0 has no limit times an infinite cost.
std::optional<Extended> limit_of_value(const Side& student, const Side& teacher) {
  bool vanishing_at_infinite_cost = false;
  for (std::size_t j = 0; j < student.x.size(); ++j) {
    if (student.has_mass(j) || shares::is_absent(teacher.x[j])) continue;
    if (teacher.has_mass(j)) return infinity;
    vanishing_at_infinite_cost = true;
  }
  if (vanishing_at_infinite_cost) return nan;
  return student.presence.is_one_hot() ? std::optional<Extended>(0.0) : std::nullopt;
}

/// That from factors (y_j - x_j) / T, of which a student's infinite logit decides.
std::optional<std::vector<double>> limits_by_teacher(const Side& student, const Side& teacher) {
  std::vector<double> factors(student.x.size(), 0);
  bool any = false;
  for (std::size_t j = 0; j < factors.size(); ++j) {
    if (shares::is_absent(teacher.x[j]) || !std::isinf(student.x[j])) continue;
    factors[j] = -student.x[j];
    any = true;
  }
  if (any) return shares::limits_of_share_of_difference(teacher.x, factors);
  if (teacher.is_whole()) return factors;
  return std::nullopt;
}

std::optional<Limit> limit(const Row<double>& row) {
  const std::vector<Extended> none(row.x.size(), nan);
  const std::vector<bool> no(row.x.size(), false);
  Limit result{{nan, none, none}, no, no};
  if (shares::has_nan(row.x) || shares::has_nan(row.y)) return result;
  const Side student(row.x), teacher(row.y);
  if (student.presence.is_undefined() || teacher.presence.is_undefined()) return result;
  const auto value = limit_of_value(student, teacher);
  const auto by_teacher = limits_by_teacher(student, teacher);
  result.left = {!value, !(student.is_whole() && teacher.is_whole()), !by_teacher};
  if (value) result.value = *value;
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    const auto p = [j](const Side& side) { return Rational(side.has_mass(j) ? 1 : 0); };
    if (!result.left.grad) result.grad[j] = Rational((p(student) - p(teacher)) / Rational(row.parameters.temperature));
    result.zero_is_limit[j] = student.is_limit(j) || teacher.is_limit(j);
    if (by_teacher) result.grad_y[j] = (*by_teacher)[j];
    result.y_zero_is_limit[j] = teacher.is_limit(j);
  }
  return result;
}

// Rows that are equal but for a constant have equal softmaxes. Of no other value is it known whether it is rational,
// but that it is positive.
std::optional<Rational> exact_value(const Row<double>& row, std::size_t) {
  std::optional<Rational> shift;
  for (std::size_t j = 0; j < row.x.size(); ++j) {
    if (shares::is_absent(row.x[j]) && shares::is_absent(row.y[j])) continue;
    if (!std::isfinite(row.x[j]) || !std::isfinite(row.y[j])) return std::nullopt;
    const Rational difference = Rational(row.x[j]) - Rational(row.y[j]);
    if (shift && *shift != difference) return std::nullopt;
    shift = difference;
  }
  return Rational(0);
}

std::optional<Near> value_beside(const Row<double>& row) {
  return shares::divergence_beside(row.y, row.x, row.parameters.temperature);
}

std::optional<Near> exact_gradient(const Row<double>& row, Output output, std::size_t j) {
  if (output == Output::grad) return shares::difference_beside(row.x, row.y, j, row.parameters.temperature);
  std::vector<Rational> factors;
  for (std::size_t k = 0; k < row.x.size(); ++k) {
    const bool has_part = !shares::is_absent(row.y[k]);
    factors.push_back(has_part ? Rational(Rational(row.y[k]) - Rational(row.x[k])) : Rational(0));
  }
  const Rational temperature = row.parameters.temperature;
  return shares::share_of_difference_beside(row.y, factors, j, row.parameters.temperature, temperature * temperature);
}

}  // namespace

const Definition& distillation_kl() {
  static const Definition loss{
      .name = "distillation_kl",
      .form = Form::classes,
      .arguments = {{"logits", Argument::Kind::real}, {"teacher_logits", Argument::Kind::real}},
      .takes = {.temperature = true},
      .textbook = textbook([]<class R>(const Row<R>& row) { return definition(row); }),
      .enclosures = enclosures([]<class R>(const Row<R>& row, Wanted w, Term<R>& term) { enclosure(row, w, term); }),
      .limit = limit,
      .exact_value = exact_value,
      .value_beside = value_beside,
      .exact_gradient = exact_gradient,
      .theorems = {.of_values = false},
  };
  return loss;
}

}  // namespace oracles
