// The one way out of the library for what is thrown: a status, and the message of the calling thread.
#pragma once

#include <string>

#include "lossproof/lossproof.h"

namespace lossproof::capi {

const char* last_error() noexcept;

/// For use in a catch clause. Needs no memory.
lossproof_status report_exception() noexcept;

/// Runs a call that has nothing to return.
template <class Call>
lossproof_status guarded(const Call& call) noexcept {
  try {
    call();
    return LOSSPROOF_OK;
  } catch (...) {
    return report_exception();
  }
}

/// Returns what the call returns, and if it throws, a null pointer or 0.
template <class Call>
auto guarded_result(const Call& call) noexcept -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    report_exception();
    return {};
  }
}

/// Error: "WHO: WHAT".
[[noreturn]] void refuse(const std::string& who, const std::string& what);

}  // namespace lossproof::capi
