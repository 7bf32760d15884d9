#include "properties/floats.h"
#include "subjects/strided.h"
#include "subjects/subjects.h"

namespace subjects {

using oracles::Definition;
using oracles::Form;
using oracles::Reduction;
using oracles::Row;
using oracles::Shape;
using oracles::Term;
using properties::Call;
using properties::View;

namespace {

template <class T>
const std::function<Term<T>(const Row<T>&)>& formula(const Definition& loss) {
  if constexpr (std::is_same_v<T, float>)
    return loss.textbook.over_f32;
  else
    return loss.textbook.over_f64;
}

/// The formula over T, results converted to the dtype that is asked for.
template <class T>
class Evaluation {
 public:
  Evaluation(const Definition& loss, const Call& call) : loss_(loss), call_(call) {
    const Shape& shape = call.inputs[0].shape;
    if (loss.form == Form::classes) {
      const std::size_t dimension = shape.size() == 1 ? 0 : 1;
      classes_ = shape[dimension];
      inner_ = oracles::count(Shape(shape.begin() + static_cast<std::ptrdiff_t>(dimension) + 1, shape.end()));
    }
    rows_ = classes_ == 0 ? 0 : oracles::count(shape) / classes_;
    const bool is_one_row = shape.empty() || (loss.form == Form::classes && shape.size() == 1);
    samples_ = is_one_row ? 1 : shape[0];
    for (std::int64_t r = 0; r < rows_; ++r) {
      if (!is_ignored(r)) used_ += loss.weight_in_mean ? static_cast<T>(loss.weight_in_mean(row<double>(r))) : T{1};
    }
  }

  void value() const {
    const View& out = *call_.value;
    if (loss_.maps_rows) return put_rows(out, oracles::Output::value);
    const Reduction reduction = call_.attributes.reduction;
    std::vector<T> sums(static_cast<std::size_t>(oracles::count(out.shape)));
    for (std::int64_t r = 0; r < rows_; ++r) {
      if (!is_ignored(r)) sums[static_cast<std::size_t>(output_of(r))] += formula<T>(loss_)(row<T>(r)).value;
    }
    for (std::size_t o = 0; o < sums.size(); ++o) {
      put(out, static_cast<std::int64_t>(o), reduction == Reduction::none ? sums[o] : sums[o] / divisor());
    }
  }

  void gradient(oracles::Output output) const {
    const View& out = *call_.output(output);
    if (loss_.maps_rows) return put_rows(out, output);
    for (std::int64_t r = 0; r < rows_; ++r) {
      const bool ignored = is_ignored(r);
      const T scale = ignored ? T{0} : real(*call_.grad_output, output_of(r)) / divisor();
      const Term<T> term = ignored ? Term<T>() : formula<T>(loss_)(row<T>(r));
      for (std::int64_t j = 0; j < classes_; ++j) {
        put(out, at(r, j), ignored ? T{0} : scale * term.at(output, static_cast<std::size_t>(j)));
      }
    }
  }

 private:
  /// The values, or the gradient, of a function that maps rows.
  void put_rows(const View& out, oracles::Output output) const {
    for (std::int64_t r = 0; r < rows_; ++r) {
      const Term<T> term = formula<T>(loss_)(row<T>(r));
      for (std::int64_t j = 0; j < classes_; ++j) put(out, at(r, j), term.at(output, static_cast<std::size_t>(j)));
    }
  }

  static T real(const View& view, std::int64_t i) { return static_cast<T>(read_real(view, i)); }

  static void put(const View& view, std::int64_t i, T v) {
    write_real(view, i, properties::to_dtype(view.dtype, static_cast<double>(v)));
  }

  std::int64_t at(std::int64_t r, std::int64_t j) const { return (r / inner_ * classes_ + j) * inner_ + r % inner_; }

  bool is_ignored(std::int64_t r) const {
    return loss_.takes.ignore_index && !oracles::is_real(call_.inputs[1].dtype) &&
           index_element(call_.inputs[1], r) == call_.attributes.ignore_index;
  }

  template <class R>
  std::vector<R> numbers_of(const View& input, std::int64_t r) const {
    std::vector<R> numbers;
    for (std::int64_t j = 0; j < classes_; ++j) numbers.push_back(static_cast<R>(read_real(input, at(r, j))));
    return numbers;
  }

  /// Of the classes, or of the elements.
  template <class R>
  std::vector<R> weights_of(const std::optional<View>& weight, std::int64_t r) const {
    std::vector<R> numbers;
    if (!weight) return numbers;
    const bool is_of_classes = loss_.form == Form::classes && weight->shape.size() == 1;
    const View all = is_of_classes ? *weight : broadcast(*weight, call_.inputs[0].shape);
    for (std::int64_t j = 0; j < classes_; ++j) {
      numbers.push_back(static_cast<R>(read_real(all, is_of_classes ? j : at(r, j))));
    }
    return numbers;
  }

  template <class R>
  Row<R> row(std::int64_t r) const {
    Row<R> result{numbers_of<R>(call_.inputs[0], r)};
    result.parameters = call_.attributes.parameters;
    result.w = weights_of<R>(call_.weight, r);
    result.pos_weight = weights_of<R>(call_.pos_weight, r);
    if (loss_.maps_rows && call_.grad_output) result.g = numbers_of<R>(*call_.grad_output, r);
    if (call_.inputs.size() == 1) return result;
    if (oracles::is_real(call_.inputs[1].dtype))
      result.y = numbers_of<R>(call_.inputs[1], r);
    else
      result.target = index_element(call_.inputs[1], r);
    return result;
  }

  std::int64_t output_of(std::int64_t r) const {
    switch (call_.attributes.reduction) {
      case Reduction::none:
        return r;
      case Reduction::per_sample:
        return r / (rows_ / samples_);
      case Reduction::mean:
      case Reduction::sum:
      case Reduction::batchmean:
        break;
    }
    return 0;
  }

  T divisor() const {
    switch (call_.attributes.reduction) {
      case Reduction::mean:
        return used_;
      case Reduction::per_sample:
        return samples_ == 0 ? T{1} : static_cast<T>(rows_ / samples_);
      case Reduction::batchmean:
        return static_cast<T>(samples_);
      case Reduction::none:
      case Reduction::sum:
        break;
    }
    return T{1};
  }

  const Definition& loss_;
  const Call& call_;
  std::int64_t classes_ = 1;
  std::int64_t inner_ = 1;
  std::int64_t rows_ = 0;
  std::int64_t samples_ = 1;
  T used_ = 0;  ///< what a mean divides by
};

class Naive final : public properties::Subject {
 public:
  std::string name() const override { return "naive"; }
  std::optional<double> promise_ulp(const Definition&, oracles::DType) const override { return std::nullopt; }
  bool offers(const Definition& loss, properties::DTypes dtypes) const override {
    return dtypes.input == oracles::DType::f64 ? bool(loss.textbook.over_f64) : bool(loss.textbook.over_f32);
  }

  void run(const Definition& loss, const Call& call) const override {
    if (call.inputs[0].dtype == oracles::DType::f64)
      evaluate<double>(loss, call);
    else
      evaluate<float>(loss, call);
  }

 private:
  template <class T>
  static void evaluate(const Definition& loss, const Call& call) {
    const Evaluation<T> evaluation(loss, call);
    if (call.value) evaluation.value();
    if (call.grad) evaluation.gradient(oracles::Output::grad);
    if (call.grad_target) evaluation.gradient(oracles::Output::grad_target);
  }
};

}  // namespace

std::unique_ptr<properties::Subject> make_naive() { return std::make_unique<Naive>(); }

}  // namespace subjects
