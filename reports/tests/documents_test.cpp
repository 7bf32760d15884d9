// README.md and CONTRIBUTING.md say what is so: their commands run, and their example of a user's project builds.
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "reports/tests/support.h"

namespace {

using tests::Directory;
using tests::fs::path;

const path source = LOSSPROOF_SOURCE;

/// The fenced blocks of a language in a Markdown file, one after the other.
std::string blocks(const path& file, const std::string& language) {
  std::istringstream text(tests::contents(file));
  std::string result;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("```"))
      inside = !inside && line == "```" + language;
    else if (inside)
      result += line + "\n";
  }
  return result;
}

/// A directory as a reader's checkout would be: tensors to check, and a `lossproof` that is this build's program, with
/// few cases. `build`, `test`, `instructions` and `neon` are what this test is part of or beside: there, they end at once.
void make_checkout(const path& directory) {
  tests::write_npz(directory / "logits.npz", {{"logits", tests::npy_of<float>("<f4", "1, 2", {0, -40})},
                                              {"target", tests::npy_of<std::int64_t>("<i8", "1,", {0})}});
  const std::string script =
      "#!/bin/sh\ncase $* in\n  build*|test*|instructions*|neon*) ;;\n  verify*) exec " LOSSPROOF_CLI
      " $(echo \"$@\" | sed 's/--cases [0-9]*//') --cases 15 ;;\n  *) exec " LOSSPROOF_CLI " \"$@\" ;;\nesac\n";
  tests::write(directory / "lossproof", script);
  tests::fs::permissions(directory / "lossproof", tests::fs::perms::owner_all);
}

/// Runs every line; those that configure or build are the next test's.
int run_lines(const path& file) {
  const Directory checkout;
  make_checkout(checkout.path());
  std::istringstream lines(blocks(source / file, "sh"));
  int ran = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("cmake ")) continue;
    const tests::Finished run = tests::run(line, checkout.path());
    EXPECT_EQ(run.code, 0) << file << ": " << line << "\n" << run.out << run.err;
    ++ran;
  }
  return ran;
}

TEST(Documents, EveryCommandOfTheReadmeRuns) { EXPECT_GE(run_lines("README.md"), 5); }

TEST(Documents, EveryCommandOfContributingRuns) { EXPECT_GE(run_lines("CONTRIBUTING.md"), 5); }

TEST(Documents, ContributingIsUnder60Lines) {
  const std::string text = tests::contents(source / "CONTRIBUTING.md");
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 60);
}

TEST(Install, TheReadmesExampleBuildsAgainstTheInstalledPackageAndRuns) {
  const Directory directory;
  const std::string prefix = (directory / "prefix").string(), cmake = LOSSPROOF_CMAKE;
  tests::write(directory / "CMakeLists.txt", blocks(source / "README.md", "cmake"));
  tests::write(directory / "main.cpp", blocks(source / "README.md", "cpp"));
  const std::string commands[] = {cmake + " --install " LOSSPROOF_BINARY " --component lossproof --prefix " + prefix,
                                  cmake + " -S . -B build -DCMAKE_PREFIX_PATH=" + prefix +
                                      " -DCMAKE_CXX_COMPILER=" LOSSPROOF_CXX " -DCMAKE_CXX_FLAGS='" LOSSPROOF_CXX_FLAGS
                                      "'",
                                  cmake + " --build build"};
  for (const std::string& command : commands) {
    const tests::Finished run = tests::run(command, directory.path());
    ASSERT_EQ(run.code, 0) << command << "\n" << run.out << run.err;
  }
  const tests::Finished run = tests::run("build/example", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "4.24835413e-18\n");
}

}  // namespace
