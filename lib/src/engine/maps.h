// Functions of a row of logits with as many values as logits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/axis.h"
#include "engine/groups.h"
#include "engine/rungs.h"

namespace lossproof::detail {

/// A row of logits, and of grad_output where the gradient is asked for.
struct MapInputs {
  Numbers logits;
  std::optional<Numbers> grad_output{};
};

/// Map<A> is a row in arithmetic A, made from MapInputs. It offers
///   std::optional<double> known_value(j)          : NaN, an infinity, or an exact 0 or 1
///   value(j)                                      : otherwise, as Tracked<A> or Fraction<A>
///   std::optional<double> known_gradient(j), gradient(j) : likewise, the gradient from all of the row's grad_output
template <template <class> class Map, class First>
class MapRunner {
 public:
  explicit MapRunner(const Request& request) : logits_(request.inputs[0]) {
    if (request.value) value_.emplace(*request.value);
    if (!request.grad) return;
    grad_.emplace(*request.grad);
    grad_output_.emplace(*request.grad_output);
  }

  void run(std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) run(i);
  }

  /// Those rows in vectors, and the ones that they leave.
  void run(Stretch stretch, const Request& request, const Vectors& in_vectors) {
    stretch.refuse = arith::refuse_first;
    in_vectors(request, stretch);
    counts_.results += stretch.results;
    for (const std::int64_t i : stretch.left) run(i);
  }

  const Refinements& counts() const { return counts_; }

 private:
  void run(std::int64_t i) {
    MapInputs inputs{.logits = logits_[i]};
    if (grad_output_) inputs.grad_output = (*grad_output_)[i];
    Rungs<Map, First, MapInputs> rungs(inputs);
    const Map<First>& row = rungs.first();
    for (std::int64_t j = 0; j < logits_.classes(); ++j) {
      if (value_) {
        store(*value_, i, j, row.known_value(j), [&]<class A>(A) { return rungs.template in<A>().value(j); });
      }
      if (grad_) {
        store(*grad_, i, j, row.known_gradient(j), [&]<class A>(A) { return rungs.template in<A>().gradient(j); });
      }
    }
  }

  template <class Evaluate>
  void store(const ClassOutput& out, std::int64_t i, std::int64_t j, std::optional<double> known,
             const Evaluate& evaluate) {
    if (known) return out.set(i, j, *known);
    const Divisor one(1);
    out.set(i, j, arith::rounded<First>(out.format(), counts_, [&]<class A>(A arithmetic) {
              return scaled(evaluate(arithmetic), Scale{1, 1, one});
            }));
  }

  ClassInput logits_;
  std::optional<ClassOutput> value_;
  std::optional<ClassOutput> grad_;
  std::optional<ClassInput> grad_output_;
  Refinements counts_{};
};

/// Rows are dealt out to threads, unless they are few and long: then a kernel in vectors may cut each up.
template <template <class> class Map, class First>
Refinements run_rows(const Request& request, const Vectors& in_vectors) {
  const Extents& shape = request.inputs[0].shape();
  const std::int64_t classes = classes_of(request);
  const std::int64_t rows = count(without(shape, class_dimension(shape.size())));
  const std::int64_t tasks = in_vectors ? tasks_for_rows(rows, classes) : tasks_for(rows, classes);
  std::vector<Refinements> counts_of(static_cast<std::size_t>(tasks));
  in_parallel(tasks, [&](std::int64_t k) {
    MapRunner<Map, First> runner(request);
    const std::int64_t end = share(rows, k + 1, tasks);
    for (std::int64_t i = share(rows, k, tasks); i < end; i += most_at_once) {
      const Stretch stretch{.begin = i, .end = std::min(i + most_at_once, end), .alone = tasks == 1};
      in_vectors ? runner.run(stretch, request, in_vectors) : runner.run(stretch.begin, stretch.end);
    }
    counts_of[static_cast<std::size_t>(k)] = runner.counts();
  });
  Refinements counts{};
  for (const Refinements& of_task : counts_of) counts = counts + of_task;
  return counts;
}

template <template <class> class Map>
Refinements run_maps(const Kernel& kernel, const Request& request) {
  if (!in_range_of_f32(request)) return run_rows<Map, arith::Fine>(request, {});
  return run_rows<Map, arith::Fast>(request, Vectors(kernel, request));
}

/// The kernel of a function of one row of logits.
template <template <class> class Map>
constexpr Kernel map_kernel(std::string_view name, std::span<const Argument> arguments, VectorPass in_vectors) {
  return {name, Form::maps, arguments, {.reduction = false}, run_maps<Map>, in_vectors};
}

}  // namespace lossproof::detail
