// Rows of logits, one at a time, as shares of the sum of their exponentials: see losses/exponentials.h.
#include <hwy/highway.h>

#if defined(LOSSPROOF_SIMD_SHARES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LOSSPROOF_SIMD_SHARES_INL_H_
#undef LOSSPROOF_SIMD_SHARES_INL_H_
#else
#define LOSSPROOF_SIMD_SHARES_INL_H_
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

#include "engine/stretch.h"
#include "simd/logarithm-inl.h"
#include "simd/long_row-inl.h"
#include "simd/pairs-inl.h"
#include "simd/terms-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lossproof::simd::HWY_NAMESPACE {

/// A sum, and what the terms' sizes add up to, or a bit more: the sum is off by sum_error of it.
struct Sums {
  double sum;
  double mass;
};

/// Where a row's logits are, and its exponentials where they are kept: a loop that stores has a copy, which no store
/// can alias. Each is of n classes from k on; lanes beyond the n-th repeat the first logit.
template <DType input>
struct RowView {
  const void* logits;
  std::int64_t first;
  const double* kept;

  HWY_INLINE Vec x(std::int64_t k, std::int64_t n) const { return load_part<input>(logits, first + k, n); }
  HWY_INLINE Mask absent(std::int64_t k, std::int64_t n) const { return hn::Eq(x(k, n), constant(-HUGE_VAL)); }
  /// 0 of an absent class.
  HWY_INLINE Vec e(std::int64_t k, std::int64_t n) const {
    return hn::IfThenZeroElse(absent(k, n), hn::LoadU(lanes, kept + k));
  }
};

template <DType input, Precision precision>
class ShareRow {
 public:
  static constexpr double op = arith::Fast::op;
  static constexpr double e_error = exp_error(precision);
  /// What e_j over the total times a number is off by.
  static constexpr double share_error = 2 * e_error + sum_error + 8 * op;

  /// Exponentials are kept for `out`, if that is there.
  ShareRow(const detail::Request& request, const detail::Stretch& stretch, const std::optional<MutableTensorView>& out)
      : logits_(request.inputs[0].data()),
        classes_(detail::classes_of(request)),
        row_(logits_, classes_, out, stretch.alone) {}

  std::int64_t classes() const { return classes_; }
  /// The number of the row's first element.
  std::int64_t first() const { return first_; }
  double total() const { return total_; }
  /// log Z, off by what Z is off by and by log_of_normal's bound.
  arith::Approx<arith::Fast> log_total() const {
    const double log = hn::GetLane(log_of_normal(constant(total_)));
    return {log, e_error + sum_error + 0x1p-47 * std::max(1.0, std::fabs(log))};
  }
  /// Whether exponentials are kept where there is an output for which they are.
  bool keeps() const { return classes_ <= Row::most_kept; }

  /// Adds up row i. False where what became of clamped logits may be 2^-60 of the sum, where a logit was above
  /// exp_limit, or NaN.
  bool open(std::int64_t i) {
    first_ = i * classes_;
    total_ = row_.template add<precision>(first_, -1);
    return total_ >= 0x1p-369 && total_ <= 0x1p738;
  }

  RowView<input> view() const { return {logits_, first_, row_.kept()}; }

  double logit(std::int64_t j) const { return real_element(input, logits_, first_ + j); }

  /// A class with the largest logit.
  std::int64_t largest() const {
    Vec top = view().x(0, std::min(step, classes_));
    for (std::int64_t k = step; k < classes_; k += step) {
      top = hn::Max(top, view().x(k, std::min(step, classes_ - k)));
    }
    const double largest = hn::GetLane(hn::MaxOfLanes(lanes, top));
    std::int64_t j = 0;
    while (logit(j) != largest) ++j;
    return j;
  }

  /// The class that has more than half of the total, or -1; none of which that can be said by 2^-10.
  std::int64_t dominant() const {
    const double least = std::log(total_) - 0.69;
    for (std::int64_t k = 0; k < classes_; k += step) {
      const std::int64_t n = std::min(step, classes_ - k);
      if (hn::AllFalse(lanes, hn::Gt(view().x(k, n), constant(least)))) continue;
      for (std::int64_t j = k; j < k + n; ++j) {
        if (logit(j) > least) return j;
      }
    }
    return -1;
  }

  /// The sum of e^(x - x_j) over the other classes.
  double others_over(std::int64_t j) {
    const Vec own = exp<precision>(constant(logit(j)));
    return row_.template add<precision>(first_, j) / hn::GetLane(own);
  }

  /// Stores e_j over the total times `factor`, which is not 0; false if one is not decided. That of an absent class
  /// is +0.
  bool store_shares(double factor, const MutableTensorView& out) {
    if (factor < 0 && row_.has_absent(first_)) return false;
    return with_dtype(out.dtype(), [&](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      if (row_.template store<precision, output>(first_, factor / total_, share_error, out.data())) return true;
      return store_row_in_pairs<input, output>(logits_, first_, classes_, arith::DD{factor}, out.data());
    });
  }

  /// Stores what `ends(k, n)` encloses, n classes from k on of those from `begin` to `end`; false if one is
  /// not decided.
  template <class EndsOf>
  bool store(const MutableTensorView& out, std::int64_t begin, std::int64_t end, EndsOf ends) const {
    return with_dtype(out.dtype(), [=, to = out.data(), first = first_](auto dtype) HWY_ATTR {
      constexpr DType output = decltype(dtype)::value;
      auto undecided = hn::Zero(float_bits);
      std::int64_t k = begin;
      for (; k + step <= end; k += step) {
        const Ends e = ends(k, step);
        undecided = hn::Or(undecided, round_and_store<output>(e.one, e.other, to, first + k));
      }
      if (k < end) {
        const Ends e = ends(k, end - k);
        const auto rest = round_and_store<output>(e.one, e.other, to, first + k, end - k);
        undecided = hn::Or(undecided, rest);
      }
      return all_zero(undecided);
    });
  }

  /// As many as a row has, from element `first` on.
  void store_zeros(std::int64_t first, const MutableTensorView& out) const {
    const auto size = static_cast<std::int64_t>(size_of(out.dtype()));
    std::memset(static_cast<char*>(out.data()) + first * size, 0, static_cast<std::size_t>(classes_ * size));
  }

  /// The sum of term(k, n) over the classes, of the n from class k on. Off by 15 op within a block, 3 op for the lanes
  /// and one for the pair.
  template <class Term>
  HWY_INLINE Sums add_up(const Term& term) const {
    Pair sum{hn::Zero(lanes), hn::Zero(lanes)};
    Vec mass = hn::Zero(lanes);
    for (std::int64_t begin = 0; begin < classes_; begin += 16 * step) {
      Vec of_block = hn::Zero(lanes);
      const auto add = [&](Vec t) HWY_ATTR {
        of_block = hn::Add(of_block, t);
        mass = hn::Add(mass, hn::Abs(t));
      };
      const std::int64_t end = std::min(classes_, begin + 16 * step);
      std::int64_t k = begin;
      for (; k + step <= end; k += step) add(term(k, step));
      if (k < end) add(hn::IfThenElseZero(hn::FirstN(lanes, static_cast<std::size_t>(end - k)), term(k, end - k)));
      accumulate(sum, of_block);
    }
    const auto total = [](Vec v) HWY_ATTR { return hn::GetLane(hn::SumOfLanes(lanes, v)); };
    return {total(sum.hi) + total(sum.lo), total(mass) * (1 + 0x1p-20)};
  }

 private:
  using Row = LongRow<input, 2048 + 2 * step>;

  const void* logits_;
  std::int64_t classes_;
  Row row_;
  std::int64_t first_ = 0;
  double total_ = 0;
};

inline bool is_f32(const std::optional<MutableTensorView>& out) { return out && out->dtype() == DType::f32; }

/// Calls pass(i) for every row of the stretch, of which it stores so many results; rows for which it is false are left.
/// Those of which pass.skips(i), if it has that, are done.
template <class Pass>
void run_rows(Pass&& pass, detail::Stretch& stretch, std::int64_t results_of_a_row) {
  for (std::int64_t i = stretch.begin; i < stretch.end; ++i) {
    if constexpr (requires { pass.skips(i); }) {
      if (!stretch.refuse && pass.skips(i)) continue;
    }
    if (!stretch.refuse && pass(i)) {
      stretch.results += static_cast<std::uint64_t>(results_of_a_row);
    } else {
      stretch.left.push_back(i);
    }
  }
}

inline Precision precision_of_values(const detail::Request& request) {
  return is_f32(request.value) ? precision_of_row(detail::classes_of(request)) : Precision::term;
}

/// Pass is made from the request and the stretch.
template <template <DType, Precision> class Pass>
void share_row_pass(const detail::Request& request, detail::Stretch& stretch, Precision precision,
                    std::int64_t results_of_a_row) {
  with_dtype(request.inputs[0].dtype(), [&](auto dtype) HWY_ATTR {
    constexpr DType input = decltype(dtype)::value;
    const auto run = [&]<Precision p>()
                         HWY_ATTR { run_rows(Pass<input, p>(request, stretch), stretch, results_of_a_row); };
    if (precision == Precision::term) return run.template operator()<Precision::term>();
    if (precision == Precision::element) return run.template operator()<Precision::element>();
    run.template operator()<Precision::result>();
  });
}

}  // namespace lossproof::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
