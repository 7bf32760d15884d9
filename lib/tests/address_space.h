// Address space of which only the pages that are opened may be touched: every other access ends the test.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace lossproof::testing {

class AddressSpace {
 public:
  explicit AddressSpace(std::int64_t bytes) : bytes_(static_cast<std::size_t>(bytes)) {
    void* at = mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) throw std::runtime_error("no address space of " + std::to_string(bytes) + " bytes");
    at_ = static_cast<char*>(at);
  }
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;
  ~AddressSpace() { munmap(at_, bytes_); }

  /// These bytes, of pages of zeros.
  char* open(std::int64_t first, std::int64_t bytes) {
    const std::int64_t page = sysconf(_SC_PAGESIZE);
    const std::int64_t begin = first / page * page;
    const auto size = static_cast<std::size_t>(first + bytes - begin);
    if (mprotect(at_ + begin, size, PROT_READ | PROT_WRITE) != 0) throw std::runtime_error("mprotect failed");
    return at_ + first;
  }

 private:
  std::size_t bytes_;
  char* at_;
};

}  // namespace lossproof::testing
