#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "reports/commands.h"
#include "reports/records.h"

namespace {

int bad_input(std::string message) {
  message.resize(message.find_last_not_of('\n') + 1);
  for (char& c : message)
    if (c == '\n') c = ' ';
  fmt::print(stderr, "lossproof: {}\n", message);
  return 2;
}

/// CLI11 would only say that a subcommand is required.
void require_command(const CLI::App& app, const std::string& name) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  if (std::find(known.begin(), known.end(), name) == known.end())
    throw reports::BadInput(fmt::format("unknown command \"{}\"; known: {}", name, fmt::join(known, ", ")));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Are these losses correctly rounded? Exit code: 0 all held, 1 a promise failed, 2 bad input, 3 undecided.",
      "lossproof");
  app.require_subcommand(1);
  reports::Action action;
  reports::add_verify(app, action);
  reports::add_check(app, action);
  reports::add_replay(app, action);
  reports::add_report(app, action);
  reports::add_bench(app, action);
  reports::add_exhaust(app, action);
  reports::add_merge(app, action);
  reports::add_list(app, action);
  try {
    if (argc > 1 && *argv[1] != '-') require_command(app, argv[1]);
    app.parse(argc, argv);
    const int code = action();
    if (std::fflush(stdout) != 0) return bad_input("standard output: cannot be written");
    return code;
  } catch (const CLI::ParseError& e) {
    return e.get_exit_code() == 0 ? app.exit(e) : bad_input(e.what());
  } catch (const std::exception& e) {
    return bad_input(e.what());
  }
}
