#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>

#include "properties/parameters.h"
#include "reports/check.h"
#include "reports/commands.h"
#include "reports/problem.h"
#include "subjects/subjects.h"

namespace reports {
namespace {

struct Options {
  std::vector<std::string> files, subjects, map;
  std::string loss, reduction, result;
  std::optional<std::int64_t> ignore_index;
  std::map<std::string_view, std::optional<double>> parameters;
  bool log_target = false;
  std::int64_t rows = 5;
  bool json = false;
};

Arrays arrays_of(const std::vector<std::string>& files) {
  Arrays arrays;
  for (const std::string& file : files)
    for (auto& [name, reader] : read_arrays(file))
      if (!arrays.try_emplace(name, reader).second)
        throw BadInput(fmt::format("{}: a second array named \"{}\"", file, name));
  return arrays;
}

NameMap name_map(const std::vector<std::string>& options) {
  NameMap names;
  for (const std::string& option : options) {
    const auto [argument, array] = cut("--map", option, "ARGUMENT=ARRAY");
    if (!names.try_emplace(argument, array).second)
      throw BadInput(fmt::format("--map {}: {} is mapped already, to {}", option, argument, names[argument]));
  }
  return names;
}

int exit_code_of(const Json& analysis) {
  int code = 0;
  for (const Json& subject : analysis.at("subjects")) {
    if (subject.at("outcome") == "failed") return 1;
    if (!subject.at("promise_ulp").is_null() && subject.at("outcome") != "held") code = 3;
  }
  return code;
}

/// Those named; without names all but variants of others.
std::vector<const properties::Subject*> on_trial(const std::vector<std::string>& names, properties::DTypes dtypes) {
  std::vector<const properties::Subject*> result;
  for (const std::string& name : names) result.push_back(&subject_of(name));
  if (!names.empty()) return result;
  std::ranges::copy_if(subjects::subjects(), std::back_inserter(result),
                       [&](const auto* subject) { return subject->code(dtypes) == properties::Code::own; });
  return result;
}

/// "--label-smoothing"
std::string option_of(std::string_view parameter) {
  std::string name = "--" + std::string(parameter);
  std::ranges::replace(name, '_', '-');
  return name;
}

oracles::Parameters parameters_of(const oracles::Definition& loss, const Options& options) {
  oracles::Parameters parameters;
  for (const properties::RealParameter& p : properties::real_parameters) {
    const auto& given = options.parameters.at(p.name);
    if (given && !(loss.takes.*p.taken)) throw BadInput(fmt::format("{}: takes no {}", loss.name, option_of(p.name)));
    parameters.*p.value = given.value_or(parameters.*p.value);
  }
  if (options.log_target && !loss.takes.log_target) throw BadInput(fmt::format("{}: takes no --log-target", loss.name));
  parameters.log_target = options.log_target;
  return parameters;
}

int check(const Options& options) {
  const oracles::Definition& loss = *spec_of(options.loss).definition;
  if (options.ignore_index && !loss.takes.ignore_index)
    throw BadInput(fmt::format("{}: takes no --ignore-index", loss.name));
  oracles::Attributes attributes;
  attributes.parameters = parameters_of(loss, options);
  if (!loss.takes.reduction) attributes.reduction = oracles::Reduction::none;
  if (!options.reduction.empty()) attributes.reduction = reduction_of(options.reduction);
  attributes.ignore_index = options.ignore_index.value_or(attributes.ignore_index);
  std::optional<oracles::DType> value_dtype;
  if (!options.result.empty()) value_dtype = real_dtype_of(options.result);
  const auto c = make_case(loss, arrays_of(options.files), name_map(options.map), attributes, value_dtype);
  const Json analysis = analyse(loss, c, on_trial(options.subjects, c.dtypes()), options.rows);
  fmt::print("{}", options.json ? analysis.dump(2) + "\n" : text(analysis));
  return exit_code_of(analysis);
}

}  // namespace

void add_check(CLI::App& app, Action& action) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("check", "Judge the subjects on your own tensors");
  command
      ->add_option("FILE", options->files,
                   "A .npz, or one .npy for each argument, of f2, f4, f8, i4, i8, or V2: bf16 as ml_dtypes saves it")
      ->required();
  command->add_option("--loss", options->loss, "Which loss (see: lossproof list)")->required();
  command->add_option("--map", options->map, "ARGUMENT=ARRAY,...: names in the file where they differ")
      ->delimiter(',')
      ->allow_extra_args(false);
  command->add_option("--reduction", options->reduction,
                      "none, per_sample, mean, sum or batchmean (mean if not given; functions take none alone)");
  command->add_option("--result", options->result,
                      "dtype of the loss (the first array's if not given); the gradient has the first array's");
  command->add_option("--ignore-index", options->ignore_index, "Rows of this class are left out (-100 if not given)")
      ->check(whole_number<std::int64_t>());
  for (const properties::RealParameter& p : properties::real_parameters) {
    const double standard = oracles::Parameters{}.*p.value;
    command->add_option(option_of(p.name), options->parameters[p.name],
                        fmt::format("Of losses that take it: {} ({} if not given)", p.expected, standard));
  }
  command->add_flag("--log-target", options->log_target, "The target is a logarithm, of losses that take it so");
  command->add_option("--subject", options->subjects, "Only this subject (may be repeated)")->allow_extra_args(false);
  command->add_option("--rows", options->rows, "Length of each list of rows or elements")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  command->add_flag("--json", options->json, "One JSON document instead of text");
  add_certify(*command);
  command->callback([=, &action] { action = [=] { return check(*options); }; });
}

}  // namespace reports
