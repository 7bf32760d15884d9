#include "bench/oracle.h"

#include "bench/measure.h"
#include "oracles/definitions.h"
#include "oracles/reference.h"
#include "oracles/rounding.h"
#include "properties/draws.h"

namespace bench {
namespace {

using oracles::Definition;
using oracles::DType;
using oracles::Output;
using oracles::Problem;
using oracles::Shape;
using oracles::Tensor;

constexpr std::int64_t row_length = 1000;

/// Normally distributed numbers with this deviation, rounded to the dtype.
Tensor normal(DType dtype, const Shape& shape, double deviation, properties::Draws& draws) {
  Tensor tensor{dtype, shape, {}, {}};
  for (std::int64_t i = 0; i < oracles::count(shape); ++i) {
    tensor.reals.push_back(oracles::quantized(deviation * draws.normal(), oracles::format_of(dtype)));
  }
  return tensor;
}

Problem problem_of(const Definition& loss, DType dtype, std::int64_t rows) {
  properties::Draws draws(1);
  Problem problem;
  problem.attributes.reduction = oracles::Reduction::none;
  problem.inputs.push_back(normal(dtype, {rows, row_length}, 4, draws));
  for (std::size_t k = 1; k < loss.arguments.size(); ++k) {
    if (loss.arguments[k].kind == oracles::Argument::Kind::real) {
      problem.inputs.push_back(normal(dtype, {rows, row_length}, 1, draws));
      continue;
    }
    Tensor target{DType::i64, {rows}, {}, {}};
    for (std::int64_t r = 0; r < rows; ++r) target.indices.push_back(draws.between(0, row_length - 1));
    problem.inputs.push_back(std::move(target));
  }
  const Shape shape = oracles::value_shape(loss, problem.inputs, problem.attributes.reduction);
  problem.grad_output = {dtype, shape, std::vector<double>(static_cast<std::size_t>(oracles::count(shape)), 1), {}};
  return problem;
}

oracles::RungCounts decide(const Definition& loss, const Problem& problem, Output output) {
  const oracles::Reference truth(loss, problem);
  oracles::RungCounts counts{};
  for (std::int64_t i = 0; i < oracles::count(truth.shape(output)); ++i) {
    const oracles::Rounded rounded = truth.rounded(output, i);
    if (rounded.decided) ++counts[static_cast<std::size_t>(rounded.by)];
  }
  return counts;
}

Measurement measure(const Definition& loss, DType dtype, Output output, double seconds) {
  const std::int64_t rows = dtype == DType::f64 ? 4 : 64;
  const Problem problem = problem_of(loss, dtype, rows);
  const std::string work = loss.name + (output == Output::value ? " value" : " gradient");
  oracles::RungCounts counts{};
  const Timer decided = [&] { return seconds_per_call([&] { counts = decide(loss, problem, output); }, seconds); };
  const double time = medians({&decided, 1}).front();
  Measurement made{work, {rows, row_length}, dtype, "oracle", time};
  made.rungs = counts;
  return made;
}

}  // namespace

std::vector<Measurement> oracle_speed(double seconds, const Note& note) {
  std::vector<Measurement> all;
  for (const Definition* loss : oracles::definitions())
    for (const Output output : {Output::value, Output::grad})
      for (const DType dtype : oracles::real_dtypes) {
        all.push_back(measure(*loss, dtype, output, seconds));
        note(all.back());
      }
  return all;
}

}  // namespace bench
