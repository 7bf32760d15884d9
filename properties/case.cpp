#include "properties/case.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "properties/floats.h"
#include "properties/parameters.h"

namespace properties {

using oracles::DType;
using oracles::Reduction;
using oracles::Tensor;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::array layouts{Layout::row_major, Layout::transposed, Layout::gaps, Layout::reversed};
constexpr std::array dtypes{DType::f16, DType::bf16, DType::f32, DType::f64, DType::i32, DType::i64};

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw std::runtime_error("case: " + where + ": " + what);
}

const Json& member(const Json& object, const std::string& where, const char* key) {
  if (!object.is_object()) fail(where, "expected an object");
  const auto found = object.find(key);
  if (found == object.end()) fail(where, std::string("no \"") + key + "\"");
  return *found;
}

std::string text(const Json& object, const std::string& where, const char* key) {
  const Json& value = member(object, where, key);
  if (!value.is_string()) fail(where + '.' + key, "expected a string");
  return value.get<std::string>();
}

std::int64_t integer(const Json& value, const std::string& where) {
  if (!value.is_number_integer()) fail(where, "expected an integer, got " + value.dump());
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    fail(where, "beyond 64 bits: " + value.dump());
  }
  return value.get<std::int64_t>();
}

const Json& array(const Json& object, const std::string& where, const char* key) {
  const Json& value = member(object, where, key);
  if (!value.is_array()) fail(where + '.' + key, "expected an array");
  return value;
}

/// The choice of this name.
template <class Choices>
auto named(const Choices& choices, const std::string& wanted, const std::string& where) {
  std::string known;
  for (const auto choice : choices) {
    if (name(choice) == wanted) return choice;
    known += known.empty() ? "" : ", ";
    known += name(choice);
  }
  fail(where, "\"" + wanted + "\" is none of " + known);
}

double real(const Json& value, DType dtype, const std::string& where) {
  if (!value.is_string()) fail(where, "expected a string such as \"0x1.8p+1\", got " + value.dump());
  const auto written = value.get<std::string>();
  char* end = nullptr;
  const double v = std::strtod(written.c_str(), &end);
  if (written.empty() || *end != '\0') fail(where, "\"" + written + "\" is not a number");
  if (!same(v, to_dtype(dtype, v))) {
    fail(where, "\"" + written + "\" is not exact in " + std::string(oracles::name(dtype)));
  }
  return v;
}

Json tensor_json(const Tensor& t) {
  Json data = Json::array();
  for (const double v : t.reals) data.push_back(hex(v));
  for (const std::int64_t v : t.indices) data.push_back(v);
  return {{"dtype", oracles::name(t.dtype)}, {"shape", t.shape}, {"data", std::move(data)}};
}

Tensor tensor(const Json& json, const std::string& where) {
  Tensor t;
  t.dtype = named(dtypes, text(json, where, "dtype"), where + ".dtype");
  std::uint64_t count = 1;
  for (const Json& extent : array(json, where, "shape")) {
    t.shape.push_back(integer(extent, where + ".shape"));
    if (t.shape.back() < 0) fail(where + ".shape", "a negative extent, " + extent.dump());
    count *= static_cast<std::uint64_t>(t.shape.back());
  }
  const Json& data = array(json, where, "data");
  if (data.size() != count) {
    fail(where + ".data", std::to_string(data.size()) + " elements, its shape has " + std::to_string(count));
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::string at = where + ".data[" + std::to_string(i) + "]";
    if (oracles::is_real(t.dtype))
      t.reals.push_back(real(data[i], t.dtype, at));
    else
      t.indices.push_back(integer(data[i], at));
  }
  return t;
}

std::string line(std::string_view key, const Json& value) { return "  \"" + std::string(key) + "\": " + value.dump(); }

/// Those that are not as they are by default.
std::string parameters(const oracles::Attributes& attributes) {
  const oracles::Parameters standard;
  std::string lines;
  for (const RealParameter& p : real_parameters) {
    const double v = attributes.parameters.*p.value;
    if (v != standard.*p.value) lines += line(p.name, hex(v)) + ",\n";
  }
  if (attributes.parameters.log_target) lines += line("log_target", true) + ",\n";
  if (attributes.weight) lines += line("weight", tensor_json(*attributes.weight)) + ",\n";
  if (attributes.pos_weight) lines += line("pos_weight", tensor_json(*attributes.pos_weight)) + ",\n";
  return lines;
}

void read_parameters(const Json& json, oracles::Attributes& attributes) {
  for (const RealParameter& p : real_parameters) {
    const std::string name(p.name);
    if (json.contains(name)) attributes.parameters.*p.value = real(json[name], DType::f64, name);
  }
  if (json.contains("log_target")) {
    if (!json["log_target"].is_boolean())
      fail("log_target", "expected true or false, got " + json["log_target"].dump());
    attributes.parameters.log_target = json["log_target"].get<bool>();
  }
  if (json.contains("weight")) attributes.weight = tensor(json["weight"], "weight");
  if (json.contains("pos_weight")) attributes.pos_weight = tensor(json["pos_weight"], "pos_weight");
}

/// The dtype of a result; none where the document does not say.
std::optional<DType> result_dtype(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  return named(oracles::real_dtypes, text(json, "document", key), key);
}

}  // namespace

std::string_view name(Layout layout) {
  static constexpr std::array<std::string_view, 4> names{"row_major", "transposed", "gaps", "reversed"};
  return names[static_cast<std::size_t>(layout)];
}

std::string hex(double v) {
  if (std::isnan(v)) return "nan";
  std::array<char, 40> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%a", v);
  return buffer.data();
}

std::string to_json(const Case& c) {
  std::string inputs;
  for (const Tensor& t : c.problem.inputs) inputs += (inputs.empty() ? "\n    " : ",\n    ") + tensor_json(t).dump();
  const auto result = [&](const char* key, std::optional<DType> dtype) {
    return dtype ? line(key, oracles::name(*dtype)) + ",\n" : std::string();
  };
  return "{\n" + line("loss", c.loss) + ",\n" + line("reduction", oracles::name(c.problem.attributes.reduction)) +
         ",\n" + line("ignore_index", c.problem.attributes.ignore_index) + ",\n" + parameters(c.problem.attributes) +
         line("layout", name(c.layout)) + ",\n" + result("value_dtype", c.problem.value_dtype) +
         result("grad_dtype", c.problem.grad_dtype) + line("origin", c.origin) + ",\n  \"inputs\": [" + inputs +
         "\n  ],\n" + line("grad_output", tensor_json(c.problem.grad_output)) + "\n}\n";
}

Case case_from_json(const std::string& json_text) {
  Json json;
  try {
    json = Json::parse(json_text);
  } catch (const Json::parse_error& error) {
    fail("not JSON", error.what());
  }
  Case c;
  c.loss = text(json, "document", "loss");
  c.origin = text(json, "document", "origin");
  c.layout = named(layouts, text(json, "document", "layout"), "layout");
  c.problem.attributes.reduction = named(oracles::reductions, text(json, "document", "reduction"), "reduction");
  c.problem.attributes.ignore_index = integer(member(json, "document", "ignore_index"), "ignore_index");
  read_parameters(json, c.problem.attributes);
  c.problem.value_dtype = result_dtype(json, "value_dtype");
  c.problem.grad_dtype = result_dtype(json, "grad_dtype");
  const Json& inputs = array(json, "document", "inputs");
  if (inputs.empty()) fail("inputs", "empty");
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    c.problem.inputs.push_back(tensor(inputs[i], "inputs[" + std::to_string(i) + "]"));
  }
  c.problem.grad_output = tensor(member(json, "document", "grad_output"), "grad_output");
  return c;
}

}  // namespace properties
