// A loss as the textbook defines it, over any real-number type, and its contract at the edges.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "oracles/beside.h"
#include "oracles/formula.h"
#include "oracles/real.h"

namespace oracles {

/// How a loss cuts its inputs into independent rows. `classes`: a row is the logits of one position along the class
/// dimension (1; 0 at rank 1), and there the class index, or as many real numbers. `elements`: a row is one element of
/// each input.
enum class Form : std::uint8_t { classes, elements };

/// The numbers that an argument may have, besides NaN.
struct Domain {
  double least;
  double most;

  bool contains(double x) const { return !(x < least || x > most); }
};

/// `class_target`: class indices or real numbers of the logits' shape, as the tensor's dtype says.
struct Argument {
  enum class Kind : std::uint8_t { real, class_index, class_target };
  std::string name;
  Kind kind;
  std::optional<Domain> domain{};
};

/// The attributes that a loss takes: a function has no reduction but none. `focus`: alpha and gamma.
struct Takes {
  bool reduction = true;
  bool ignore_index = false;
  bool beta = false;
  bool weight = false;
  bool pos_weight = false;
  bool label_smoothing = false;
  bool log_target = false;
  bool temperature = false;
  bool focus = false;
};

/// A term in the extended reals that is a limit. `zero_is_limit[j]`: if grad[j] is 0, it is so only in the limit of
/// infinite inputs, so that an infinite grad_output times it has no limit; `y_zero_is_limit` says it of grad_y.
struct Limit : Term<Extended> {
  std::vector<bool> zero_is_limit;
  std::vector<bool> y_zero_is_limit{};
  Wanted left{};  ///< what of it the definition is to be evaluated for, all the same

  bool is_zero_in_the_limit(Output output, std::size_t j) const {
    return output == Output::grad ? zero_is_limit[j] : y_zero_is_limit[j];
  }
};

/// A rational that a number is (`side` 0), or that it lies beside, on the side of larger (1) or smaller (-1) numbers
/// and closer than 2^-15000 of the rational, or than 2^-15000 where that is 0.
struct Near {
  Rational at;
  int side = 0;
};

/// A loss definition. `textbook` is the formula as its source has it; `enclosures` the same, which may be rearranged by
/// identities that its file proves, so that enclosures stay narrow. Each is one template.
struct Definition {
  std::string name;
  Form form;
  std::vector<Argument> arguments;
  Takes takes;

  Textbook textbook;
  Enclosures enclosures;

  /// The contract for a row that the definition cannot be evaluated at. It is asked of rows with a NaN or an infinity, and
  /// of those that `is_edge`. nullopt: evaluate it (-inf logits included).
  std::function<std::optional<Limit>(const Row<double>&)> limit;

  /// Whether finite numbers are such a row; of what the limit says of it, balls in f64 know nothing. Empty: none are.
  std::function<bool(const Row<double>&)> is_edge{};

  /// Whether all results of a row without a NaN are NaN, as `limit` says too. Empty: of none.
  std::function<bool(const Row<double>&)> is_undefined{};

  /// Writes other numbers, finite ones, in the place of those that play no part in the row's results. Empty: all do.
  std::function<void(Row<double>&)> replace_unused{};

  /// What the weight of a row is in the sum that `mean` divides by. Empty: 1, so that it divides by the count of rows
  /// that are not ignored.
  std::function<double(const Row<double>&)> weight_in_mean{};

  /// The value (where finite; number j of a function that maps rows) of a row that `limit` leaves to the definition,
  /// where it is rational. nullopt: it is a theorem that it is irrational, so that no rounding of it is a tie and no
  /// endpoint of an enclosure is attained; or nothing is known, where `theorems` says so.
  std::function<std::optional<Rational>(const Row<double>&, std::size_t j)> exact_value;

  /// The rational that a value without one is known to lie beside. Empty: of no value.
  std::function<std::optional<Near>(const Row<double>&)> value_beside{};

  /// What a value, or a derivative, lies beside that is a double, for speed: of rows of finite numbers far out. Empty:
  /// of no row.
  std::function<std::optional<Beside>(const Row<double>&, Output)> beside_double{};

  /// The derivative with respect to x[j] (`grad`) or y[j] (`grad_target`) where it is rational, or known to lie beside a
  /// rational. nullopt: as of the value.
  std::function<std::optional<Near>(const Row<double>&, Output, std::size_t j)> exact_gradient;

  /// Which numbers without a rational are irrational by a theorem; of others nothing is known. `of_sums` is true of rows
  /// whose sums are, all rows in them being such ones, if one of these is.
  struct Theorems {
    bool of_values = true;
    bool of_gradients = true;
    std::function<bool(const Row<double>&)> of_sums{};
  };
  Theorems theorems{};

  /// A function of rows (`classes`, no reduction) whose value has the first input's shape: a row of x becomes a row of as
  /// many values.
  bool maps_rows = false;

  /// Of a function that maps rows: its gradient where g has an infinity and neither it nor x has a NaN.
  std::function<std::vector<Extended>(const Row<double>&)> gradient_at_infinite_g{};
};

/// Whether weights may be one for each of the first input's elements instead of one for each class: where the target is
/// a number for each class, and no distribution over them.
inline bool may_weigh_logits(const Definition& definition) {
  return definition.form == Form::classes && definition.arguments.size() > 1 &&
         definition.arguments[1].kind == Argument::Kind::real;
}

}  // namespace oracles
