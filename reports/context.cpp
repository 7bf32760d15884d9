#include "reports/context.h"

#include <fmt/format.h>
#include <mpfi.h>
#include <mpfr.h>
#include <sys/utsname.h>

#include <boost/version.hpp>
#include <fstream>
#include <thread>

#include "oracles/ladder.h"

namespace reports {
namespace {

std::string processor() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

std::string instruction_sets() {
#if defined(__x86_64__)
  std::string sets = "x86-64";
  if (__builtin_cpu_supports("avx2")) sets += " avx2";
  if (__builtin_cpu_supports("fma")) sets += " fma";
  if (__builtin_cpu_supports("avx512f")) sets += " avx512f";
  return sets;
#else
  utsname system{};
  uname(&system);
  return system.machine;
#endif
}

}  // namespace

Context this_machine() {
  Context context;
  utsname system{};
  uname(&system);
  context.version = LOSSPROOF_VERSION;
  context.machine = fmt::format("{}, {} threads, {} {}", processor(), std::thread::hardware_concurrency(),
                                system.sysname, system.release);
  context.isa = instruction_sets();
  context.compiler = fmt::format("g++ {}", __VERSION__);
  context.libraries = fmt::format("MPFR {}, MPFI {}, Boost {}.{}", mpfr_get_version(), mpfi_get_version(),
                                  BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
  context.certificate = oracles::certificate(oracles::first_rung());
  return context;
}

}  // namespace reports
