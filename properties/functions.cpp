#include "properties/functions.h"

#include <array>
#include <limits>

#include "oracles/reference.h"
#include "properties/property.h"
#include "properties/storage.h"

namespace properties {

using oracles::Argument;
using oracles::Definition;
using oracles::DType;
using oracles::Form;
using oracles::Output;

namespace {

constexpr std::array dtypes{DType::f16, DType::bf16, DType::f32};
constexpr int most_bits = 32;

/// Whether a row of the loss is x and at most one target.
bool is_function_of_rows(const Definition& loss) {
  if (loss.arguments.empty() || loss.arguments.size() > 2 || loss.arguments[0].kind != Argument::Kind::real)
    return false;
  return loss.form == Form::elements || loss.arguments.size() == 1 || loss.arguments[1].kind != Argument::Kind::real;
}

/// What the target is fixed at: nothing, where there is none or it is an argument that fits beside the others.
std::vector<std::optional<std::int64_t>> targets(const Definition& loss, DType dtype) {
  const bool is_fixed = loss.arguments.size() == 2 && (loss.form == Form::classes || dtype == DType::f32);
  return is_fixed ? std::vector<std::optional<std::int64_t>>{0, 1} : std::vector<std::optional<std::int64_t>>{{}};
}

oracles::Tensor tensor(DType dtype, oracles::Shape shape) { return {dtype, std::move(shape), {}, {}}; }

}  // namespace

std::string Function::name() const {
  std::string text = loss->name;
  if (target) text += "/target=" + std::to_string(*target);
  text += output == Output::value ? "/value" : "/grad";
  if (results() > 1) text += '_' + std::to_string(j);
  text += '/' + std::string(oracles::name(dtypes.input));
  if (dtypes.result != dtypes.input) text += "_to_" + std::string(oracles::name(dtypes.result));
  return text;
}

oracles::Row<double> Function::row(std::int64_t input) const {
  const auto number_of = [&](std::size_t a) {
    const std::uint32_t all = argument(input, a);
    const auto half = static_cast<std::uint16_t>(all);
    std::array<std::byte, 8> element{};
    if (bits() == 32)
      std::memcpy(element.data(), &all, sizeof all);
    else
      std::memcpy(element.data(), &half, sizeof half);
    return load_real(dtypes.input, element.data());
  };
  oracles::Row<double> row;
  for (std::size_t k = 0; k < width(); ++k) row.x.push_back(number_of(k));
  if (!has_y())
    row.target = target.value_or(0);
  else
    row.y = {target ? static_cast<double>(*target) : number_of(width())};
  return row;
}

std::uint32_t Function::in_domain(std::uint32_t bits_of_it, std::size_t a) const {
  const auto& domain = loss->arguments[a < width() ? 0 : 1].domain;
  if (!domain) return bits_of_it;
  std::array<std::byte, 8> element{};
  std::memcpy(element.data(), &bits_of_it, sizeof bits_of_it);
  if (domain->contains(load_real(dtypes.input, element.data()))) return bits_of_it;
  store_real(dtypes.input, element.data(), std::numeric_limits<double>::quiet_NaN());
  std::uint32_t nan = 0;
  std::memcpy(&nan, element.data(), size_of(dtypes.input));
  return nan;
}

std::vector<Function> functions_of(const Definition& loss) {
  std::vector<Function> result;
  if (!is_function_of_rows(loss)) return result;
  for (const DType dtype : dtypes)
    for (const auto& target : targets(loss, dtype)) {
      Function function{&loss, dtype, Output::value, 0, target};
      if (function.bits() * static_cast<int>(function.arguments()) > most_bits) continue;
      for (; function.j < function.results(); ++function.j) result.push_back(function);
      if (loss.maps_rows) continue;  // a sum of values that is constant, or no function of a row alone
      function.output = Output::grad;
      for (function.j = 0; function.j < function.results(); ++function.j) result.push_back(function);
    }
  return result;
}

std::vector<Function> functions() {
  std::vector<Function> result;
  for (const Spec* spec : specs())
    for (Function& function : functions_of(*spec->definition)) result.push_back(std::move(function));
  return result;
}

Case case_of(const Function& function, const std::vector<std::int64_t>& inputs, const std::string& origin) {
  const auto n = static_cast<std::int64_t>(inputs.size());
  const bool is_matrix = function.loss->form == Form::classes;
  const oracles::Shape rows{n};
  Case c{function.loss->name, {}, Layout::row_major, origin};
  c.problem.attributes.reduction = oracles::Reduction::none;
  if (function.dtypes.result != function.dtypes.input) {
    c.problem.value_dtype = c.problem.grad_dtype = function.dtypes.result;
  }
  c.problem.inputs.push_back(tensor(function.dtypes.input, is_matrix ? oracles::Shape{n, 2} : rows));
  if (function.loss->arguments.size() > 1) {
    c.problem.inputs.push_back(tensor(function.has_y() ? function.dtypes.input : DType::i64, rows));
  }
  for (const std::int64_t input : inputs) {
    const oracles::Row<double> row = function.row(input);
    for (const double x : row.x) c.problem.inputs[0].reals.push_back(x);
    if (c.problem.inputs.size() == 1) continue;
    if (function.has_y())
      c.problem.inputs[1].reals.push_back(row.y[0]);
    else
      c.problem.inputs[1].indices.push_back(row.target);
  }
  c.problem.grad_output =
      tensor(function.dtypes.result, oracles::value_shape(*function.loss, c.problem.inputs, oracles::Reduction::none));
  c.problem.grad_output.reals.assign(static_cast<std::size_t>(oracles::count(c.problem.grad_output.shape)), 1.0);
  return c;
}

}  // namespace properties
