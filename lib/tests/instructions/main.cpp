// Instructions per element of every kernel, counted by callgrind, against those that were measured last.
//
// A work may take up to 1.3 times what limits.txt says. Counts repeat to the instruction but depend on the compiler (g++ of
// Debian 12, -O2), hence the slack; what is slower on purpose is measured again with --renew, in the same commit.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;
using Counts = std::map<std::string, double>;  // from "LOSS WORK SHAPE TARGET"

constexpr double slack = 1.3;

int fail(const std::string& message) {
  std::fprintf(stderr, "instructions: %s\n", message.c_str());
  return 2;
}

/// The product of a shape's extents, "64x1000".
double elements(const std::string& work) {
  std::istringstream words(work);
  std::string loss, outputs, shape;
  words >> loss >> outputs >> shape;
  double product = 1;
  std::istringstream extents(shape);
  for (std::string n; std::getline(extents, n, 'x');) product *= std::stod(n);
  return product;
}

/// What callgrind's files in the directory say, per element.
Counts read_dumps(const fs::path& directory) {
  const std::string trigger = "desc: Trigger: Client Request: ", total = "totals: ";
  Counts counts;
  for (const auto& file : fs::directory_iterator(directory)) {
    std::ifstream lines(file.path());
    std::string work;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(trigger)) work = line.substr(trigger.size());
      if (line.starts_with(total) && !work.empty())
        counts[work] = std::stod(line.substr(total.size())) / elements(work);
    }
  }
  return counts;
}

Counts measure() {
  std::string name = (fs::temp_directory_path() / "lossproof-XXXXXX").string();
  if (!mkdtemp(name.data())) return {};
  const std::string command = "valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file=" + name +
                              "/out " LOSSPROOF_WORKS " >" + name + "/log 2>&1";
  Counts counts;
  if (std::system(command.c_str()) == 0) counts = read_dumps(name);
  fs::remove_all(name);
  return counts;
}

Counts read_limits() {
  Counts limits;
  std::ifstream lines(LOSSPROOF_LIMITS);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.rfind(' ');
    if (!line.starts_with("#") && at != std::string::npos) limits[line.substr(0, at)] = std::stod(line.substr(at + 1));
  }
  return limits;
}

int renew(const Counts& counts) {
  const std::string draft = std::string(LOSSPROOF_LIMITS) + ".new";
  std::ofstream out(draft);
  out << "# Instructions per element, measured by: ./lossproof instructions --renew\n";
  char number[32];
  for (const auto& [work, count] : counts) {
    std::snprintf(number, sizeof number, "%.2f", count);
    out << work << ' ' << number << '\n';
  }
  out.close();
  if (!out) return fail(draft + ": cannot be written");
  fs::rename(draft, LOSSPROOF_LIMITS);
  return 0;
}

/// The last word of a work.
std::string target_of(const std::string& work) { return work.substr(work.rfind(' ') + 1); }

/// Every work has a limit and, of the targets here, every limit a work, lest a kernel that is gone or new go unnoticed.
int compare(const Counts& counts, const Counts& limits) {
  int code = 0;
  for (const auto& [work, count] : counts) {
    const auto limit = limits.find(work);
    if (limit == limits.end()) {
      std::printf("FAILED %s: %.2f instructions per element, and limits.txt has no line for it\n", work.c_str(), count);
      code = 1;
      continue;
    }
    const bool holds = count <= slack * limit->second;
    std::printf("%s%s: %.2f instructions per element, at most %.2f\n", holds ? "" : "FAILED ", work.c_str(), count,
                slack * limit->second);
    if (!holds) code = 1;
  }
  for (const auto& [work, limit] : limits) {
    const auto same = [&, target = target_of(work)](const auto& other) { return target_of(other.first) == target; };
    if (counts.contains(work) || std::none_of(counts.begin(), counts.end(), same)) continue;
    std::printf("FAILED %s: limits.txt has a line for it (%.2f), and nothing ran\n", work.c_str(), limit);
    code = 1;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const bool renews = argc == 2 && std::string(argv[1]) == "--renew";
  if (argc > 1 && !renews) return fail(std::string(argv[1]) + ": expected nothing or --renew");
  const Counts counts = measure();
  if (counts.empty()) return fail("valgrind --tool=callgrind counted nothing of " LOSSPROOF_WORKS);
  return renews ? renew(counts) : compare(counts, read_limits());
}
