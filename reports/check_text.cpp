#include <fmt/format.h>

#include "properties/parameters.h"
#include "reports/check.h"
#include "reports/summary.h"

namespace reports {
namespace {

/// A number of the document as people read it.
std::string shown(const Json& j) {
  if (j.is_string()) return j.get<std::string>();
  return fmt::format("{}", j.get<double>());
}

std::string ulps_of(const Json& entry) {
  const Json& ulp = entry.at("ulp");
  return ulp.is_string() ? ulp.get<std::string>() : ulps(ulp.get<double>());
}

/// A number that the dtype holds, with the digits that tell it from its neighbours.
std::string got(const Json& entry, const std::string& dtype) {
  const Json& x = entry.at("got");
  if (x.is_string()) return x.get<std::string>();
  const auto v = x.get<double>();
  if (dtype == "f16") return fmt::format("{:.5g}", v);
  if (dtype == "bf16") return fmt::format("{:.4g}", v);
  return dtype == "f32" ? fmt::format("{}", static_cast<float>(v)) : fmt::format("{}", v);
}

std::string where(const Json& entry) {
  std::string text = fmt::format("row {}", entry.at("row").dump());
  if (entry.contains("class")) text += fmt::format(", class {}", entry.at("class").dump());
  return text;
}

std::string non_finite(const Json& argument) {
  const std::string name = argument.at("argument");
  std::string text = fmt::format("\n{}: {} NaN or infinite elements\n", name, grouped(argument.at("count")));
  for (const Json& e : argument.at("first"))
    text += fmt::format("  {}{} = {} ({}): the exact loss of the row is {}\n", name, e.at("index").dump(),
                        shown(e.at("value")), where(e), e.at("exact_loss").get<std::string>());
  return text;
}

std::string rows_of(const Json& subject, const std::string& dtype) {
  const Json& rows = subject.at("rows");
  std::string text =
      fmt::format("  rows: {} of {} misrounded", grouped(rows.at("misrounded")), grouped(rows.at("count")));
  text += fmt::format("; exactly 0 where the rounded truth is not: {}", grouped(rows.at("zero_but_not_so")));
  text += fmt::format("; NaN or infinite where the truth is finite: {}", grouped(rows.at("non_finite_but_finite")));
  if (rows.at("undecided") > 0) text += fmt::format("; undecided: {}", grouped(rows.at("undecided")));
  text += fmt::format("\n    {:>9}  {:<24}  {:<24}  {:>9}\n", "worst row", "exact", "got", "ulp");
  for (const Json& e : rows.at("worst"))
    text += fmt::format("    {:>9}  {:<24}  {:<24}  {:>9}\n", e.at("row").dump(), e.at("exact").get<std::string>(),
                        got(e, dtype), ulps_of(e));
  return text;
}

std::string gradient_of(const Json& gradient, const std::string& name, const std::string& dtype) {
  std::string text = fmt::format("  {}: {} of {} elements misrounded\n", name, grouped(gradient.at("misrounded")),
                                 grouped(gradient.at("count")));
  if (gradient.contains("worst")) {
    const Json& e = gradient.at("worst");
    text += fmt::format("    worst at {}: exact {}, got {}, error {} ulp\n", where(e), e.at("exact").get<std::string>(),
                        got(e, dtype), ulps_of(e));
  }
  return text;
}

std::string one_subject(const Json& subject, const std::string& dtype, const std::string& result_dtype) {
  std::string text =
      fmt::format("\n{}: {}", subject.at("subject").get<std::string>(), subject.at("outcome").get<std::string>());
  text += subject.at("promise_ulp").is_null() ? " (no promise)\n"
                                              : fmt::format(" (promises {} ulp)\n", shown(subject.at("promise_ulp")));
  if (!subject.contains("rows")) return text;
  if (subject.contains("loss"))
    text +=
        fmt::format("  loss: {}, error {} ulp\n", got(subject.at("loss"), result_dtype), ulps_of(subject.at("loss")));
  text += rows_of(subject, result_dtype);
  text += gradient_of(subject.at("gradient"), "gradient", dtype);
  if (subject.contains("gradient_of_target"))
    text += gradient_of(subject.at("gradient_of_target"), "gradient of the target", dtype);
  return text;
}

}  // namespace

std::string text(const Json& a) {
  const std::string dtype = a.at("dtype"), result_dtype = a.at("result_dtype");
  std::string parameters;
  for (const properties::RealParameter& p : properties::real_parameters) {
    const std::string name(p.name);
    if (a.contains(name)) parameters += ", " + name + " " + a.at(name).get<std::string>();
  }
  if (a.value("log_target", false)) parameters += ", log_target";
  std::string result = fmt::format("{}, {}, shape {}, {} rows, reduction {}{}\n", a.at("loss").get<std::string>(),
                                   dtype == result_dtype ? dtype : dtype + " to " + result_dtype, a.at("shape").dump(),
                                   grouped(a.at("rows")), a.at("reduction").get<std::string>(), parameters);
  if (a.contains("exact_loss")) result += fmt::format("exact loss: {}\n", a.at("exact_loss").get<std::string>());
  for (const Json& argument : a.at("non_finite_inputs")) result += non_finite(argument);
  for (const Json& subject : a.at("subjects")) result += one_subject(subject, dtype, result_dtype);
  return result;
}

}  // namespace reports
