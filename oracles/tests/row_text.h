#pragma once

#include <sstream>
#include <string>

#include "oracles/definition.h"

namespace oracles {

/// A row in hex floats, for messages.
inline std::string text(const Row<double>& row) {
  std::ostringstream out;
  out << std::hexfloat;
  for (const double x : row.x) out << x << " ";
  out << "y ";
  for (const double y : row.y) out << y << " ";
  out << "target " << row.target;
  return out.str();
}

}  // namespace oracles
