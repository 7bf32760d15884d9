// What the machine's memory gives: the least time that any pass over as many bytes takes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bench {

/// Reads all of them; gives something that depends on them all.
std::int32_t read(const std::byte* from, std::size_t bytes);

void copy(const std::byte* from, std::byte* to, std::size_t bytes);

}  // namespace bench
