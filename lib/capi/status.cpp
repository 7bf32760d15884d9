#include "status.h"

#include <array>
#include <cstdio>
#include <exception>
#include <new>

#include "lossproof/error.h"

namespace lossproof::capi {
namespace {

thread_local std::array<char, 1024> message{};

lossproof_status report(lossproof_status status, const char* text) noexcept {
  std::snprintf(message.data(), message.size(), "%s", text);
  return status;
}

}  // namespace

const char* last_error() noexcept { return message.data(); }

lossproof_status report_exception() noexcept {
  try {
    throw;
  } catch (const Error& e) {
    return report(LOSSPROOF_BAD_INPUT, e.what());
  } catch (const std::bad_alloc&) {
    return report(LOSSPROOF_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& e) {
    return report(LOSSPROOF_INTERNAL_ERROR, e.what());
  } catch (...) {
    return report(LOSSPROOF_INTERNAL_ERROR, "an exception that is no std::exception");
  }
}

void refuse(const std::string& who, const std::string& what) { throw Error(who + ": " + what); }

}  // namespace lossproof::capi
