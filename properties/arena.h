// A case in raw memory, as a caller would have it: strided tensors between guard bands, outputs poisoned.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "properties/case.h"
#include "properties/subject.h"

namespace properties {

/// One tensor in a buffer of its own. Everything in the buffer that is no element is guard.
class Placed {
 public:
  /// An input.
  Placed(const oracles::Tensor& tensor, Layout layout);
  /// An output, every element poisoned.
  Placed(oracles::DType dtype, const oracles::Shape& shape, Layout layout);

  const View& view() const { return view_; }

  /// Slots outside the elements that are not as they were laid out, and for an input also changed elements.
  bool guard_changed() const;
  bool elements_changed() const;
  /// Flat index of the first element that still holds the poison, or -1.
  std::int64_t first_unwritten() const;
  std::vector<double> reals() const;

 private:
  void allocate(oracles::DType dtype, const oracles::Shape& shape, Layout layout);
  std::byte* slot(std::size_t element);
  const std::byte* slot(std::size_t element) const;

  View view_;
  std::vector<std::byte> memory_;
  std::vector<std::byte> laid_out_;
  std::vector<std::size_t> slots_;  // of the elements, in row-major order
  std::size_t size_ = 0;            // bytes of a slot
};

/// What to ask for: some of a case's outputs.
enum class Ask : std::uint8_t { value = 1, grad = 2, grad_target = 4, gradients = 6, all = 7 };

/// What a subject made of a case.
struct Outputs {
  std::vector<double> value;
  std::vector<double> grad;
  std::vector<double> grad_target;
  std::array<std::int64_t, 3> unwritten{-1, -1, -1};  ///< by output: flat index of the first element not written, or -1
  std::string damage;  ///< what it wrote where it must not, or did not write; empty if nothing

  auto& of(oracles::Output output) { return oracles::belonging_to(output, value, grad, grad_target); }
  auto& of(oracles::Output output) const { return oracles::belonging_to(output, value, grad, grad_target); }
};

/// The outputs that the subject is asked for on the case.
std::span<const oracles::Output> outputs_of(const Subject& subject, const Case& c);

/// Runs the subject on the case. Its exceptions pass through.
Outputs run(const Subject& subject, const oracles::Definition& loss, const Case& c, Ask ask = Ask::all);

}  // namespace properties
