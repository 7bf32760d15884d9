// What every loss offers: a value, a gradient, both at once, and a description of itself.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "lossproof/error.h"
#include "lossproof/tensor.h"

namespace lossproof {

/// What becomes of the losses of the single rows or elements.
/// `none`: each is returned. `per_sample`: the mean over every dimension but the first, that is, what
/// `none` followed by a mean over those dimensions would be. `mean`, `sum`: over all of them. `batchmean`: the sum
/// divided by the extent of the first dimension of the first input, the batch (by 1 where there is no batch: at rank 0,
/// and for one row of a class loss).
enum class Reduction : std::uint8_t { none, per_sample, mean, sum, batchmean };

/// The options of a call. A loss refuses an option that it does not take (Loss::takes).
struct Options {
  /// `mean` if not given; a function of elements, such as the sigmoid, takes `none` alone, which is its default.
  std::optional<Reduction> reduction{};
  /// Rows with this class index are left out (losses with class indices; -100 if not given).
  std::optional<std::int64_t> ignore_index{};
  /// The dtype of the value, any real one; the first input's if not given. Where the value is passed as an output, its
  /// dtype is what counts, and has to be this one if one is given here.
  std::optional<DType> dtype{};
  /// What the argument is multiplied with (softplus; 1 if not given). Finite, not 0.
  std::optional<double> beta{};
  /// What losses are multiplied with, of the first input's dtype, every number finite. Losses over classes: one for each
  /// class, [C] (multilabel_soft_margin_loss: or for each logit); elementwise losses: of a shape that broadcasts to the
  /// first input's, aligned at the last dimension.
  std::optional<TensorView> weight{};
  /// What the part of positive targets is multiplied with (binary_cross_entropy_with_logits); as `weight`.
  std::optional<TensorView> pos_weight{};
  /// The share of a target's mass that is spread over all classes evenly (cross_entropy; 0 if not given). In [0, 1].
  std::optional<double> label_smoothing{};
  /// Whether the target is a logarithm (kl_div; false if not given).
  std::optional<bool> log_target{};
  /// What both logits are divided by (distillation_kl; 1 if not given). Finite, above 0.
  std::optional<double> temperature{};
  /// The weight of positive targets, 1 - alpha being that of negative ones (sigmoid_focal_loss; 0.25 if not given). In
  /// [0, 1]; below 0: no weights.
  std::optional<double> alpha{};
  /// The exponent of 1 - p_t (sigmoid_focal_loss; 2 if not given). Finite, at least 0.
  std::optional<double> gamma{};
};

/// The options that a loss takes, besides dtype.
struct Takes {
  bool reduction = true;         ///< Of a function, such as the sigmoid, `none` is the only one.
  bool ignore_index = false;     ///< Losses with class indices.
  bool beta = false;             ///< softplus.
  bool weight = false;           ///< See Options.
  bool pos_weight = false;       ///< binary_cross_entropy_with_logits.
  bool label_smoothing = false;  ///< cross_entropy.
  bool log_target = false;       ///< kl_div.
  bool temperature = false;      ///< distillation_kl.
  bool focus = false;            ///< alpha and gamma: sigmoid_focal_loss.
};

/// One input of a loss: its name in messages and records, and what its elements are.
struct Argument {
  /// Real numbers of any real dtype; class indices, i32 or i64; either, class indices or a number for each class.
  enum class Kind : std::uint8_t { real, class_index, class_target };

  std::string_view name;     ///< Ends in a 0, which it does not count.
  Kind kind;                 ///< What the elements are.
  bool probability = false;  ///< Whether they have to lie in [0, 1] (or be NaN).
};

/// How many evaluations needed more than the fast path, since the counters were last reset; over all threads.
struct Refinements {
  std::uint64_t results;        ///< results rounded: values and gradient elements
  std::uint64_t double_double;  ///< of these, not decided in f64 and evaluated again in double-double
  std::uint64_t wide;           ///< of these (with f64 of all), not decided in double-double but in 256 bits, or 1,280
  std::uint64_t widest;         ///< of these, not decided in these but in 4,608
  std::uint64_t undecided;      ///< of these, not decided at all and taken for a tie (none is known)
};
Refinements refinements();  ///< Those of all calls that have ended.

inline Refinements operator+(const Refinements& a, const Refinements& b) {  ///< Each counter's sum.
  return {a.results + b.results, a.double_double + b.double_double, a.wide + b.wide, a.widest + b.widest,
          a.undecided + b.undecided};
}
void reset_refinements();  ///< All counters, to 0.

using Inputs = std::initializer_list<TensorView>;  ///< In the order of the loss's arguments.

/// The gradients with respect to the first input and to the second, of real numbers each: those that are wanted.
struct Gradients {
  std::optional<MutableTensorView> first{};   ///< of the first input's shape
  std::optional<MutableTensorView> second{};  ///< of the second input's
};

class Loss;

namespace detail {
struct Kernel;
const Kernel& kernel_of(const Loss& loss);
}  // namespace detail

/// A loss. Its inputs are given in the order of `arguments()`; the first one and every other of real numbers have one
/// dtype, f16, bf16, f32 or f64. The value, the gradient and grad_output have any of these each, whatever the inputs'.
/// Every result is the true value rounded once (to nearest, ties to even) into its own dtype: `promise_ulp` is 0.5.
/// Thread-safe; the result does not depend on strides, alignment or the number of calls that the batch is split into.
/// Cost and temporary memory of a call are those stated in losses.h: O(threads), never the size of an input.
///
/// Errors (lossproof::Error, outputs untouched): wrong number of inputs, dtype, rank or shape, null data, a class index
/// out of range, an option that the loss does not take, a value of another dtype than the options ask for, an output
/// that overlaps an input or another output.
class Loss {
 public:
  explicit constexpr Loss(const detail::Kernel& kernel) : kernel_(&kernel) {}  ///< For the library's own use.

  static constexpr double promise_ulp = 0.5;  ///< The largest error of a result.

  std::string_view name() const;                ///< As in losses.h.
  std::span<const Argument> arguments() const;  ///< The inputs.
  Takes takes() const;                          ///< Other options are refused.

  /// Shape of the value for these inputs and this reduction.
  Extents value_shape(std::span<const TensorView> inputs, const Options& options = {}) const;

  /// The loss itself, in a tensor of its own, of dtype `options.dtype` or else the first input's.
  Tensor operator()(Inputs inputs, const Options& options = {}) const;

  /// Writes the loss to `out`, of shape `value_shape(inputs, options)`.
  void value(std::span<const TensorView> inputs, const Options& options, const MutableTensorView& out) const;

  /// Writes the gradients that are wanted, each of its input's shape: for each element the true value of
  /// `sum over outputs o of grad_output[o] * d out[o] / d input`, rounded once. `grad_output` has the value's shape;
  /// its elements are real numbers, taken exactly.
  void backward(std::span<const TensorView> inputs, const Options& options, const TensorView& grad_output,
                const Gradients& gradients) const;

  /// All in one pass over the input.
  void value_and_gradient(std::span<const TensorView> inputs, const Options& options, const TensorView& grad_output,
                          const MutableTensorView& out, const Gradients& gradients) const;

  /// As above, with respect to the first input.
  void backward(std::span<const TensorView> inputs, const Options& options, const TensorView& grad_output,
                const MutableTensorView& grad) const {
    backward(inputs, options, grad_output, Gradients{.first = grad});
  }
  void value_and_gradient(std::span<const TensorView> inputs, const Options& options, const TensorView& grad_output,
                          const MutableTensorView& out, const MutableTensorView& grad) const {  ///< As above.
    value_and_gradient(inputs, options, grad_output, out, Gradients{.first = grad});
  }

  void value(Inputs inputs, const Options& options, const MutableTensorView& out) const {  ///< As above.
    value(std::span(inputs.begin(), inputs.size()), options, out);
  }
  void backward(Inputs inputs, const Options& options, const TensorView& grad_output,
                const MutableTensorView& grad) const {  ///< As above.
    backward(std::span(inputs.begin(), inputs.size()), options, grad_output, grad);
  }
  void backward(Inputs inputs, const Options& options, const TensorView& grad_output,
                const Gradients& gradients) const {  ///< As above.
    backward(std::span(inputs.begin(), inputs.size()), options, grad_output, gradients);
  }
  void value_and_gradient(Inputs inputs, const Options& options, const TensorView& grad_output,
                          const MutableTensorView& out, const MutableTensorView& grad) const {  ///< As above.
    value_and_gradient(std::span(inputs.begin(), inputs.size()), options, grad_output, out, grad);
  }
  void value_and_gradient(Inputs inputs, const Options& options, const TensorView& grad_output,
                          const MutableTensorView& out, const Gradients& gradients) const {  ///< As above.
    value_and_gradient(std::span(inputs.begin(), inputs.size()), options, grad_output, out, gradients);
  }

 private:
  friend const detail::Kernel& detail::kernel_of(const Loss& loss);

  const detail::Kernel* kernel_;
};

/// Every loss of the library, in the order of catalogue.h.
std::span<const Loss* const> catalogue();

/// The loss of this name, or null.
const Loss* find_loss(std::string_view name);

}  // namespace lossproof
