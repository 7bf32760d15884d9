// The memory of a work: what its inputs hold, and where its results go.
#pragma once

#include <boost/align/aligned_allocator.hpp>
#include <cstddef>
#include <vector>

#include "bench/works.h"
#include "properties/subject.h"

namespace bench {

/// Dense row-major tensors, aligned as frameworks align theirs. The first input is normal with deviation 3, other
/// real inputs are 0 or 1 (masses of classes are uniform in [0, 1]), class indices are uniform; grad_output is 1, or
/// normal as well where there is no reduction.
class Data {
 public:
  explicit Data(const Work& work);
  Data(const Data&) = delete;
  Data& operator=(const Data&) = delete;

  const properties::Call& call() const { return call_; }

 private:
  using Memory = std::vector<std::byte, boost::alignment::aligned_allocator<std::byte, 64>>;
  properties::View tensor(oracles::DType dtype, const oracles::Shape& shape);

  std::vector<Memory> memory_;
  properties::Call call_;
};

/// Bytes of a dense tensor.
std::size_t bytes(const properties::View& tensor);

}  // namespace bench
