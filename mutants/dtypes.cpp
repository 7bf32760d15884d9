#include <cmath>

#include "mutants/mutants.h"
#include "properties/floats.h"
#include "subjects/strided.h"

namespace mutants {

using oracles::DType;
using properties::Call;
using properties::DTypes;
using properties::to_dtype;
using properties::View;

namespace {

// As a conversion of f64 to 16 bits by way of f32 does.
double through_f64_and_f32(const Real& odd, DType dtype) {
  return to_dtype(dtype, to_dtype(DType::f32, round(odd, DType::f64)));
}

// An f32 without its lower half.
double cut_from_f32(const Real& odd, DType dtype) {
  const double v = round(odd, DType::f32);
  return std::isinf(v) ? v : std::copysign(round_by(mpfr_trunc, Real(v), dtype), v);
}

// bf16 has the exponents of f32, and f16 has not.
double saturated_at_65504(const Real& odd, DType dtype) {
  const double v = round(odd, dtype);
  return std::isinf(v) ? std::copysign(65504.0, v) : v;
}

/// Inputs as `change` reads them.
Steps with_read(const std::string& loss, double (*change)(double, DType)) {
  Steps steps = right_steps(loss);
  steps.read = [change](const View& view, std::int64_t i) { return change(subjects::read_real(view, i), view.dtype); };
  return steps;
}

double subnormal_as_zero(double v, DType dtype) {
  return std::fabs(v) < properties::format(dtype).min_normal ? 0.0 : v;
}

double through_bf16(double v, DType) { return to_dtype(DType::bf16, v); }

// Row after row in bf16, whatever the value's dtype.
Steps accumulated_in_bf16(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.reduce = [right = steps.reduce](const std::vector<Number>& losses, std::int64_t divisor, DType dtype) {
    if (losses.size() < 2) return right(losses, divisor, dtype);
    double sum = 0.0;
    for (const Number& one : losses) sum = to_dtype(DType::bf16, sum + right({one}, 1, DType::bf16));
    return to_dtype(dtype, sum / static_cast<double>(divisor));
  };
  return steps;
}

// The bits of grad_output taken for those of a number of the inputs' dtype.
Steps upstream_in_the_inputs_dtype(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.upstream = [](const Call& call, std::int64_t i) {
    return properties::load_real(call.inputs[0].dtype, subjects::address(*call.grad_output, i));
  };
  return steps;
}

// The result rounded into the inputs' dtype, and from there into its own.
Steps results_in_the_inputs_dtype(const std::string& loss) {
  Steps steps = right_steps(loss);
  steps.afterwards = [](const Call& call) {
    for (const auto& output : {call.value, call.grad, call.grad_target}) {
      for (std::int64_t i = 0; output && i < oracles::count(output->shape); ++i) {
        const double v = to_dtype(call.inputs[0].dtype, subjects::read_real(*output, i));
        subjects::write_real(*output, i, to_dtype(output->dtype, v));
      }
    }
  };
  return steps;
}

}  // namespace

std::vector<Mutant> dtype_mutants() {
  const std::vector<DTypes> sixteen{DType::f16, DType::bf16};
  const std::vector<DTypes> widened{{DType::f16, DType::f32}, {DType::bf16, DType::f32}, {DType::f32, DType::f64}};
  const std::vector<DTypes> mixed{{DType::f16, DType::f32},
                                  {DType::bf16, DType::f32},
                                  {DType::f32, DType::bf16},
                                  {DType::f32, DType::f64},
                                  {DType::f64, DType::f32}};
  return {{"f64_to_f32_to_16_bits", ce, "accuracy", right_steps(ce, through_f64_and_f32), sixteen},
          {"f64_to_f32_to_16_bits", mse, "accuracy", right_steps(mse, through_f64_and_f32), sixteen},
          {"cut_from_f32", bce, "accuracy", right_steps(bce, cut_from_f32), sixteen},
          {"cut_from_f32", ce, "gradient_rows_sum_to_zero", right_steps(ce, cut_from_f32), {{DType::f32, DType::bf16}}},
          {"accumulated_in_bf16", ce, "accuracy", accumulated_in_bf16(ce), {DType::bf16, {DType::bf16, DType::f32}}},
          {"accumulated_in_bf16", mse, "batch_permutation", accumulated_in_bf16(mse), {DType::bf16}},
          {"saturated_at_65504", mse, "accuracy", right_steps(mse, saturated_at_65504), {DType::f16}},
          {"saturated_at_65504", bce, "accuracy", right_steps(bce, saturated_at_65504), {DType::f16}},
          {"subnormal_inputs_read_as_zero", mse, "accuracy", with_read(mse, subnormal_as_zero)},
          {"bits_of_f16_dropped", ce, "accuracy", with_read(ce, through_bf16), {DType::f16}},
          {"results_in_the_inputs_dtype", bce, "accuracy", results_in_the_inputs_dtype(bce), widened},
          {"grad_output_in_the_inputs_dtype", ce, "accuracy", upstream_in_the_inputs_dtype(ce), mixed},
          {"grad_output_in_the_inputs_dtype", mse, "accuracy", upstream_in_the_inputs_dtype(mse), mixed}};
}

}  // namespace mutants
