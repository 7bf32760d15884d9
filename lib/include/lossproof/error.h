#pragma once

#include <stdexcept>

namespace lossproof {

/// Bad input. The message names the loss, the argument, where in it (index and value for an element), and what was
/// expected. Outputs are untouched when it is thrown.
class Error : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

}  // namespace lossproof
