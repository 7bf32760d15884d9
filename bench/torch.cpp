#include "bench/torch.h"

#include <fmt/format.h>

#include <boost/process.hpp>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

namespace bench {

namespace process = boost::process;
using nlohmann::json;

class Torch::Child {
 public:
  explicit Child(const std::string& python) : python_(python), errors_(std::tmpfile(), std::fclose) {
    std::signal(SIGPIPE, SIG_IGN);  // a child that has ended is told by its missing answer
    const bool is_path = python.find('/') != std::string::npos;
    const boost::filesystem::path program = is_path ? python : process::search_path(python);
    try {
      child_.emplace(program, LOSSPROOF_TORCH_SCRIPT, process::std_in<in_, process::std_out> out_,
                     process::std_err > errors_.get());
    } catch (const process::process_error&) {
      throw std::runtime_error(fmt::format("--torch {}: cannot be run; expected a Python that has torch", python));
    }
    library_ = read<std::string>("library");
  }

  ~Child() {
    std::error_code error;
    child_->terminate(error);  // it only waits for the next question, or is one that would not go by itself
    child_->wait(error);
  }

  const std::string& library() const { return library_; }

  /// The answer's entry of this name.
  template <class T>
  T ask(const json& request, const char* key) {
    in_ << request.dump() << std::endl;
    return read<T>(key);
  }

 private:
  template <class T>
  T read(const char* key) {
    std::string line;
    if (!std::getline(out_, line))
      throw std::runtime_error(fmt::format("--torch {}: ended: {}", python_, last_error()));
    try {
      const T answer = json::parse(line).at(key).get<T>();
      if (!std::is_same_v<T, double> || answer > T{}) return answer;  // a time that is none counts as no answer
    } catch (const json::exception&) {
    }
    throw std::runtime_error(fmt::format("--torch {}: said '{}', expected JSON with \"{}\"", python_, line, key));
  }

  std::string last_error() {
    child_->wait();
    std::rewind(errors_.get());
    std::string last = fmt::format("exit code {}, no message", child_->exit_code()), line;
    for (int c; (c = std::fgetc(errors_.get())) != EOF;) {
      if (c != '\n')
        line += static_cast<char>(c);
      else if (!line.empty())
        last = std::exchange(line, "");
    }
    return line.empty() ? last : line;
  }

  std::string python_, library_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> errors_;
  process::opstream in_;
  process::ipstream out_;
  std::optional<process::child> child_;
};

Torch::Torch(const std::string& python) : child_(std::make_unique<Child>(python)) {}
Torch::~Torch() = default;

const std::string& Torch::library() const { return child_->library(); }

std::vector<std::string> Torch::prepare(const Work& work, const properties::Call& call) {
  json inputs = json::array();
  for (const properties::View& input : call.inputs)
    inputs.push_back({{"shape", input.shape}, {"dtype", oracles::name(input.dtype)}});
  json options = json::object();
  if (work.smoothed) options["label_smoothing"] = call.attributes.parameters.label_smoothing;
  return child_->ask<std::vector<std::string>>({{"loss", work.loss->name},
                                                {"inputs", inputs},
                                                {"options", options},
                                                {"result", oracles::name(work.dtypes.result)},
                                                {"reduction", oracles::name(work.reduction)},
                                                {"gradient", work.with_gradient}},
                                               "peers");
}

double Torch::seconds_per_call(const std::string& peer, int threads, double seconds) {
  return child_->ask<double>({{"peer", peer}, {"threads", threads}, {"seconds", seconds}}, "seconds");
}

}  // namespace bench
