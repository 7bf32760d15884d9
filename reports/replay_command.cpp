#include <fmt/format.h>

#include <array>
#include <memory>

#include "properties/arena.h"
#include "reports/commands.h"
#include "reports/problem.h"
#include "reports/stored.h"
#include "reports/summary.h"
#include "subjects/subjects.h"

namespace reports {
namespace {

struct Options {
  std::string file, subject = "lossproof", property;
};

/// Elements printed of each output.
constexpr std::int64_t shown = 20;

const char* word(properties::Outcome outcome) {
  switch (outcome) {
    case properties::Outcome::held:
      return "held";
    case properties::Outcome::failed:
      return "failed";
    case properties::Outcome::undecided:
      return "undecided";
    case properties::Outcome::gave_up:
      return "gave up";
    case properties::Outcome::not_run:
      return "not run";
  }
  return "";
}

void print_output(const oracles::Reference& truth, oracles::Output output, const std::vector<double>& got) {
  const oracles::Shape& shape = truth.shape(output);
  static constexpr std::array titles{"value", "gradient", "gradient of the target"};
  fmt::print("{}, shape {}\n", titles[static_cast<std::size_t>(output)], bracketed(shape));
  for (std::int64_t i = 0; i < std::min(shown, std::ssize(got)); ++i) {
    const double x = got[static_cast<std::size_t>(i)];
    const double ulp = truth.ulp_error(output, i, x);
    fmt::print("  {:<10} exact {:<24} right {:<22a} got {:<22a} {} ulp\n", bracketed(multi_index(shape, i)),
               truth.decimal(output, i), truth.rounded(output, i).value, x, ulp < 0 ? "undecided" : ulps(ulp));
  }
  if (std::ssize(got) > shown) fmt::print("  ... {} more\n", std::ssize(got) - shown);
}

/// Prints the verdicts of one property; the exit code that they ask for.
int judge(const properties::Property& property, const properties::Subject& subject, const properties::Case& c) {
  int code = 0;
  for (const auto& finding : property.check(subject, c)) {
    fmt::print("{} ({}): {}{}{}\n", property.name, oracles::name(finding.output), word(finding.outcome),
               finding.message.empty() ? "" : ": ", finding.message);
    if (finding.outcome == properties::Outcome::failed) code = 1;
    if (finding.outcome == properties::Outcome::undecided || finding.outcome == properties::Outcome::not_run)
      code = code == 1 ? 1 : 3;
  }
  return code;
}

int replay(const Options& options) {
  const properties::Case c = read_case(options.file);
  const properties::Spec& spec = spec_of(c.loss);
  const properties::Subject& subject = subject_of(options.subject);
  std::vector<const properties::Property*> wanted;
  if (!options.property.empty())
    wanted.push_back(&property_of(spec, options.property));
  else
    for (const auto& property : spec.properties) wanted.push_back(&property);
  if (!subject.offers(*spec.definition, c.dtypes())) {
    fmt::print("{}: does not offer {} in {}\n", options.subject, c.loss, name(c.dtypes()));
    return 3;
  }
  fmt::print("{}\n{}\n", c.origin, properties::to_json(c));
  const oracles::Reference truth(*spec.definition, c.problem);
  const properties::Outputs outputs = properties::run(subject, *spec.definition, c);
  for (const oracles::Output output : properties::outputs_of(subject, c))
    print_output(truth, output, outputs.of(output));
  int failed = 0, open = 0;
  for (const auto* property : wanted) {
    const int code = judge(*property, subject, c);
    failed += code == 1, open += code == 3;
  }
  return failed > 0 ? 1 : open > 0 ? 3 : 0;
}

}  // namespace

void add_replay(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("replay", "Run a stored case again");
  command->add_option("FILE", options->file, "A case, as verify stores them in out/corpus")->required();
  command->add_option("--subject", options->subject, "Who is asked")->capture_default_str();
  command->add_option("--property", options->property, "Only this property");
  add_certify(*command);
  command->callback([=, &action] { action = [=] { return replay(*options); }; });
}

}  // namespace reports
