// What the documents say is so: their commands run, and their examples of users' projects build.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

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

/// A directory as a reader's checkout would be: this build, tensors to check, and a `lossproof` that is this build's
/// program, with few cases and short measurements. `build`, `test`, `instructions`, `neon` and `docs` are what this
/// test is part of or beside: there, they end at once.
void make_checkout(const path& directory) {
  tests::fs::create_directory(directory / "build");
  tests::fs::create_directory_symlink(LOSSPROOF_BINARY, directory / "build/release");
  tests::write_npz(directory / "logits.npz", {{"logits", tests::npy_of<float>("<f4", "1, 2", {0, -40})},
                                              {"target", tests::npy_of<std::int64_t>("<i8", "1,", {0})}});
  const std::string script =
      "#!/bin/sh\ncase $* in\n  build*|test*|instructions*|neon*|docs*) ;;\n  verify*) exec " LOSSPROOF_CLI
      " $(echo \"$@\" | sed 's/--cases [0-9]*//') --cases 15 ;;\n  bench*) exec " LOSSPROOF_CLI
      " \"$@\" --seconds 0.001 ;;\n  *) exec " LOSSPROOF_CLI " \"$@\" ;;\nesac\n";
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

/// Runs each; the rest have no point once one has failed.
void run_all(const std::vector<std::string>& commands, const path& where) {
  for (const std::string& command : commands) {
    const tests::Finished run = tests::run(command, where);
    ASSERT_EQ(run.code, 0) << command << "\n" << run.out << run.err;
  }
}

/// Installs the library under `prefix`, and builds the CMake project of a document and its source there.
void build_example(const path& document, const std::string& language, const path& where) {
  tests::write(where / "CMakeLists.txt", blocks(document, "cmake"));
  tests::write(where / (language == "c" ? "example.c" : "main.cpp"), blocks(document, language));
  const std::string cmake = LOSSPROOF_CMAKE, flags = "'" LOSSPROOF_CXX_FLAGS "'";
  run_all({cmake + " --install " LOSSPROOF_BINARY " --component lossproof --prefix prefix",
           cmake + " -S . -B build -DCMAKE_PREFIX_PATH=" + (where / "prefix").string() + " -DCMAKE_CXX_COMPILER=" +
               LOSSPROOF_CXX + " -DCMAKE_CXX_FLAGS=" + flags + " -DCMAKE_C_FLAGS=" + flags + " --no-warn-unused-cli",
           cmake + " --build build"},
          where);
}

TEST(Install, TheReadmesExampleBuildsAgainstTheInstalledPackageAndRuns) {
  const Directory directory;
  build_example(source / "README.md", "cpp", directory.path());
  const tests::Finished run = tests::run("build/example", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.out, "4.24835413e-18\n");
}

/// They print the output that the document shows, Python more before it. A sanitizer's library has to be loaded
/// first, with the C++ library whose exceptions it watches.
TEST(Install, TheExamplesOfTheCInterfaceRunWithTheInstalledLibrary) {
  const Directory directory;
  const path document = source / "docs/c-api.md";
  build_example(document, "c", directory.path());
  tests::fs::create_directory(directory / "docs");
  tests::fs::copy(source / "docs/ctypes_example.py", directory / "docs");
  std::string script = std::regex_replace(blocks(document, "sh"), std::regex("cmake [^\n]*\n"), "");
  if (*LOSSPROOF_CXX_FLAGS != 0) {
    script = "export ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD=\"$(" LOSSPROOF_CXX
             " -print-file-name=libasan.so) $(" LOSSPROOF_CXX " -print-file-name=libstdc++.so)\"\n" +
             script;
  }
  tests::write(directory / "script", "set -e\nbuild/example\n" + script);
  const tests::Finished run = tests::run("sh script", directory.path());
  EXPECT_EQ(run.code, 0) << run.err;
  const std::string shown = blocks(document, "text");
  EXPECT_TRUE(run.out.starts_with(shown + shown + "lossproof ")) << run.out;
  EXPECT_TRUE(run.out.ends_with("\n" + shown)) << run.out;
}

}  // namespace
