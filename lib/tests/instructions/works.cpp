// The works whose instructions are counted: run under callgrind, which writes one file for each.
#include <valgrind/callgrind.h>

#include <cmath>
#include <string>
#include <vector>

#include "../forms.h"
#include "lossproof/losses.h"
#include "lossproof/target.h"
#include "lossproof/threads.h"

namespace {

using lossproof::Extents;

std::string text(const Extents& shape) {
  std::string result;
  for (const std::int64_t n : shape) result += (result.empty() ? "" : "x") + std::to_string(n);
  return result;
}

/// Counts one call after one that warms up; the dump is named "LOSS WORK SHAPE TARGET".
void count(const lossproof::Loss& loss, bool with_gradient, const Extents& shape) {
  const auto size = static_cast<std::size_t>(lossproof::count(shape));
  const bool of_classes = lossproof::testing::is_of_classes(loss);
  std::vector<float> x, y(size, 0.25f), factors, grad(size), value(size);
  for (std::size_t i = 0; i < size; ++i) {
    x.push_back(lossproof::testing::in_domain(loss, 0, static_cast<float>(3 * std::sin(static_cast<double>(i)))));
    factors.push_back(1 + 0.125f * static_cast<float>(i % 7));
  }
  const Extents rows{shape[0]};
  std::vector<std::int64_t> targets;
  for (std::int64_t r = 0; r < shape[0]; ++r) targets.push_back(of_classes ? r % shape[1] : 0);
  const auto inputs = lossproof::testing::inputs_of(
      loss, {x.data(), shape},
      of_classes ? lossproof::TensorView(targets.data(), rows) : lossproof::TensorView(y.data(), shape));
  const Extents of_value = loss.value_shape(inputs);
  const auto call = [&] {
    if (with_gradient)
      loss.value_and_gradient(inputs, {}, {factors.data(), of_value}, {value.data(), of_value}, {grad.data(), shape});
    else
      loss.value(inputs, {}, {value.data(), of_value});
  };
  call();
  CALLGRIND_ZERO_STATS;
  CALLGRIND_TOGGLE_COLLECT;
  call();
  CALLGRIND_TOGGLE_COLLECT;
  const std::string name = std::string(loss.name()) + (with_gradient ? " value+gradient " : " value ") + text(shape) +
                           " " + lossproof::target();
  CALLGRIND_DUMP_STATS_AT(name.c_str());
}

}  // namespace

int main() {
  lossproof::set_threads(1);
  for (const std::string& target : lossproof::targets()) {
    const lossproof::TargetScope scope(target);
    for (const lossproof::Loss* loss : lossproof::testing::losses_in_vectors()) {
      const std::vector<Extents> shapes = lossproof::testing::has_rows(*loss)
                                              ? std::vector<Extents>{{64, 1000}, {2048, 23}, {4, 20'000}}
                                              : std::vector<Extents>{{65'536}};
      for (const Extents& shape : shapes)
        for (const bool with_gradient : {false, true}) count(*loss, with_gradient, shape);
    }
  }
}
