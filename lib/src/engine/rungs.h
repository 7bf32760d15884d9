// A row in each arithmetic of the ladder.
#pragma once

#include <memory>
#include <tuple>
#include <type_traits>

#include "arith/arithmetic.h"

namespace lossproof::detail {

/// Row<A> is made from Inputs: in the first arithmetic at once, in another when first needed, and kept for the row's
/// other elements.
template <template <class> class Row, class First, class Inputs>
class Rungs {
 public:
  explicit Rungs(const Inputs& inputs) : inputs_(inputs), first_(inputs) {}

  const Row<First>& first() const { return first_; }

  template <class A>
  const Row<A>& in() {
    if constexpr (std::is_same_v<A, First>) {
      return first_;
    } else {
      auto& row = std::get<std::unique_ptr<Row<A>>>(others_);
      if (!row) row = std::make_unique<Row<A>>(inputs_);
      return *row;
    }
  }

 private:
  Inputs inputs_;
  Row<First> first_;
  template <class... A>
  using Others = std::tuple<std::unique_ptr<Row<A>>...>;
  Others<arith::Fine, arith::Last, arith::Further, arith::Beyond> others_;
};

}  // namespace lossproof::detail
