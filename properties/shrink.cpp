#include "properties/shrink.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "properties/edit.h"
#include "properties/floats.h"
#include "properties/parameters.h"

namespace properties {

using oracles::Form;
using oracles::Reduction;
using oracles::Tensor;

namespace {

bool fails(const Subject& subject, const Property& property, const Case& c) {
  return std::ranges::any_of(property.check(subject, c), [](const Finding& f) { return f.outcome == Outcome::failed; });
}

class Shrinker {
 public:
  Shrinker(const Subject& subject, const Spec& spec, const Property& property, Case failing)
      : subject_(subject), loss_(*spec.definition), property_(property), best_(std::move(failing)) {}

  Case shrink() {
    bool simpler = true;
    while (simpler && checks_ < shrink_checks) {
      simpler = fewer_rows();
      simpler = fewer_classes() || simpler;
      simpler = simpler_attributes() || simpler;
      simpler = simpler_reals() || simpler;
      simpler = smaller_indices() || simpler;
    }
    return best_;
  }

 private:
  bool accept(const Case& candidate) {
    if (++checks_ > shrink_checks || !fails(subject_, property_, candidate)) return false;
    best_ = candidate;
    return true;
  }

  /// Leaves out runs of entries, long runs first. `count` and `keep` speak of the current best.
  template <class Count, class Keep>
  bool fewer(Count count, Keep keep, std::int64_t least) {
    bool any = false;
    for (std::int64_t run = count(); run > 0; run /= 2) {
      for (std::int64_t from = 0; from + run <= count();) {
        std::vector<std::int64_t> rest = iota(count());
        rest.erase(rest.begin() + from, rest.begin() + from + run);
        const bool accepted = static_cast<std::int64_t>(rest.size()) >= least && accept(keep(rest));
        any = any || accepted;
        if (!accepted) from += run;
      }
    }
    return any;
  }

  bool fewer_rows() {
    bool any = false;
    const std::size_t flat_rank = loss_.form == Form::classes ? 2 : 1;
    if (best_.problem.inputs[0].shape.size() > flat_rank) {
      const Reduction reduction = best_.problem.attributes.reduction;
      any = accept(with_reduction(loss_, as_rows(loss_, best_), reduction));
    }
    if (!has_batch(loss_, best_)) return any;
    return fewer([&] { return best_.problem.inputs[0].shape[0]; },
                 [&](const auto& rest) { return take_batch(loss_, best_, rest); }, 0) ||
           any;
  }

  bool fewer_classes() {
    if (loss_.form != Form::classes) return false;
    return fewer([&] { return class_axes(best_.problem.inputs[0].shape).classes; },
                 [&](const auto& rest) { return take_classes(best_, rest); }, 1);
  }

  bool simpler_attributes() {
    bool any = false;
    const auto [value, grad] = std::pair(best_.problem.value_dtype, best_.problem.grad_dtype);
    if (value || grad) any = accept(with_result_dtypes(best_, std::nullopt, std::nullopt));
    if (!any && value && grad) any = accept(with_result_dtypes(best_, value, std::nullopt));
    if (best_.layout != Layout::row_major) {
      Case candidate = best_;
      candidate.layout = Layout::row_major;
      any = accept(candidate);
    }
    if (best_.problem.attributes.reduction != Reduction::none) {
      any = accept(with_reduction(loss_, best_, Reduction::none)) || any;
    }
    any = simpler_parameters() || any;
    const auto ones = std::vector<double>(best_.problem.grad_output.reals.size(), 1.0);
    if (best_.problem.grad_output.reals != ones) {
      Case candidate = best_;
      candidate.problem.grad_output.reals = ones;
      any = accept(candidate) || any;
    }
    return any;
  }

  bool simpler_parameters() {
    bool any = false;
    const auto with = [&](const auto& change) {
      Case candidate = best_;
      change(candidate.problem.attributes);
      any = (candidate.problem.attributes != best_.problem.attributes && accept(candidate)) || any;
    };
    with([](oracles::Attributes& a) { a.parameters = {}; });
    for (const RealParameter& p : real_parameters) {
      with([&](oracles::Attributes& a) { a.parameters.*p.value = oracles::Parameters{}.*p.value; });
    }
    with([](oracles::Attributes& a) { a.parameters.log_target = false; });
    with([](oracles::Attributes& a) { a.weight.reset(); });
    with([](oracles::Attributes& a) { a.pos_weight.reset(); });
    return any;
  }

  bool simpler_reals() {
    bool any = false;
    for (std::size_t input = 0; input < best_.problem.inputs.size(); ++input) {
      for (std::size_t i = 0; i < best_.problem.inputs[input].reals.size(); ++i) {
        any = simpler_real([=](Case& c) -> Tensor& { return c.problem.inputs[input]; }, i) || any;
      }
    }
    for (const auto weight : {&oracles::Attributes::weight, &oracles::Attributes::pos_weight}) {
      const auto& tensor = best_.problem.attributes.*weight;
      for (std::size_t i = 0; tensor && i < tensor->reals.size(); ++i) {
        any = simpler_real([=](Case& c) -> Tensor& { return *(c.problem.attributes.*weight); }, i) || any;
      }
    }
    for (std::size_t i = 0; i < best_.problem.grad_output.reals.size(); ++i) {
      any = simpler_real([](Case& c) -> Tensor& { return c.problem.grad_output; }, i) || any;
    }
    return any;
  }

  template <class Of>
  bool simpler_real(Of of, std::size_t i) {
    const oracles::DType dtype = of(best_).dtype;
    for (const double v : simpler_numbers(of(best_).reals[i])) {
      if (!same(to_dtype(dtype, v), v)) continue;
      Case candidate = best_;
      of(candidate).reals[i] = v;
      if (!problem_error(loss_, candidate).empty()) continue;
      if (accept(candidate)) return true;
    }
    return false;
  }

  bool smaller_indices() {
    bool any = false;
    for (std::size_t input = 0; input < best_.problem.inputs.size(); ++input) {
      for (std::size_t i = 0; i < best_.problem.inputs[input].indices.size(); ++i) {
        if (best_.problem.inputs[input].indices[i] == 0) continue;
        Case candidate = best_;
        candidate.problem.inputs[input].indices[i] = 0;
        any = accept(candidate) || any;
      }
    }
    return any;
  }

  const Subject& subject_;
  const oracles::Definition& loss_;
  const Property& property_;
  Case best_;
  int checks_ = 0;
};

int significant_bits(double v) {
  int exponent = 0;
  const auto bits = static_cast<std::uint64_t>(std::ldexp(std::fabs(std::frexp(v, &exponent)), 53));
  return 53 - std::countr_zero(bits);
}

/// v with its significand cut to this many bits.
double cut(double v, int bits) {
  int exponent = 0;
  const double significand = std::frexp(v, &exponent);
  return std::ldexp(std::trunc(std::ldexp(significand, bits)), exponent - bits);
}

}  // namespace

int complexity(double v) {
  if (!std::isfinite(v)) return std::isnan(v) ? 1 << 20 : 1 << 19;
  const int negative = std::signbit(v) ? 1 : 0;
  if (v == 0.0) return 2 * negative;
  if (std::fabs(v) == 1.0) return 1 + 2 * negative;
  return 8 + 8 * significant_bits(v) + std::abs(std::ilogb(v)) + negative;
}

std::vector<double> simpler_numbers(double v) {
  std::vector<double> candidates{0.0, 1.0, -1.0};
  if (std::isfinite(v) && v != 0.0) {
    candidates.insert(candidates.end(), {-v, std::round(v), std::trunc(v / 2.0)});
    for (const int bits : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32}) candidates.push_back(cut(v, bits));
    if (const int bits = significant_bits(v); bits > 1) candidates.push_back(cut(v, bits - 1));
    candidates.push_back(std::copysign(std::ldexp(std::fabs(v), std::fabs(v) < 1.0 ? 1 : -1), v));
  }
  const int limit = complexity(v);
  std::erase_if(candidates, [&](double candidate) { return complexity(candidate) >= limit; });
  std::ranges::stable_sort(candidates, {}, complexity);
  const auto [first, last] = std::ranges::unique(candidates);
  candidates.erase(first, last);
  return candidates;
}

Case shrink(const Subject& subject, const Spec& spec, const Property& property, Case failing) {
  return Shrinker(subject, spec, property, std::move(failing)).shrink();
}

}  // namespace properties
