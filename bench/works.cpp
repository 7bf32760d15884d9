#include "bench/works.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "properties/property.h"

namespace bench {

using oracles::Argument;
using oracles::DType;
using oracles::Reduction;
using oracles::Shape;

namespace {

constexpr std::int64_t elements = 1 << 22;
constexpr std::int64_t longest_row = 1 << 17;

void add_class_works(const oracles::Definition& loss, std::vector<Work>& all) {
  const Shape shapes[] = {{4096, 1000}, {512, 32000}, {128, 128256}, {65536, 23}, {64, 23}};
  const auto add = [&](Work work) {
    work.loss = &loss;
    work.reduction = loss.takes.reduction ? Reduction::mean : Reduction::none;
    all.push_back(std::move(work));
  };
  for (const Shape& shape : shapes)
    for (const bool with_gradient : {false, true}) add({.shape = shape, .with_gradient = with_gradient});
  for (const Shape& shape : {shapes[0], shapes[3]}) add({.shape = shape, .dtypes = {DType::bf16, DType::f32}});
  const bool takes_masses = std::ranges::count(loss.arguments, Argument::Kind::class_target, &Argument::kind) > 0;
  for (const bool with_gradient : {false, true})
    if (loss.takes.label_smoothing) add({.shape = shapes[0], .with_gradient = with_gradient, .smoothed = true});
  for (const bool with_gradient : {false, true})
    if (takes_masses) add({.shape = shapes[0], .with_gradient = with_gradient, .with_masses = true});
  for (const bool with_gradient : {false, true})
    for (std::int64_t length = 2; length <= longest_row; length *= 2)
      add({.shape = {elements / length, length}, .with_gradient = with_gradient, .sweep = true});
}

void add_element_works(const oracles::Definition& loss, std::vector<Work>& all) {
  if (loss.takes.reduction) all.push_back({.loss = &loss, .shape = {elements}});
  all.push_back({.loss = &loss, .shape = {elements}, .reduction = Reduction::none});
  const Reduction with_gradient = loss.takes.reduction ? Reduction::mean : Reduction::none;
  all.push_back({.loss = &loss, .shape = {elements}, .reduction = with_gradient, .with_gradient = true});
}

}  // namespace

std::string Work::name() const {
  std::string text = loss->name + (with_gradient ? " value+gradient" : " value");
  if (with_masses) text += " of masses";
  if (smoothed) text += " smoothed";
  if (reduction != Reduction::mean && loss->takes.reduction) text += ", " + std::string(oracles::name(reduction));
  return text;
}

std::string Work::label() const {
  return fmt::format("{} [{}] {}{}", name(), fmt::join(shape, ","), properties::name(dtypes), sweep ? " sweep" : "");
}

std::vector<Work> works(const std::string& filter) {
  std::vector<Work> all;
  for (const properties::Spec* spec : properties::specs()) {
    if (spec->definition->form == oracles::Form::classes)
      add_class_works(*spec->definition, all);
    else
      add_element_works(*spec->definition, all);
  }
  std::erase_if(all, [&](const Work& work) { return work.label().find(filter) == std::string::npos; });
  return all;
}

}  // namespace bench
