#include "options.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "dlpack.h"
#include "status.h"

namespace lossproof::capi {
namespace {

using std::to_string;

std::optional<Reduction> reduction_of(std::int32_t reduction, const Loss& loss) {
  constexpr std::optional<Reduction> reductions[] = {std::nullopt,    Reduction::mean,       Reduction::sum,
                                                     Reduction::none, Reduction::per_sample, Reduction::batchmean};
  if (reduction < 0 || reduction >= std::ssize(reductions)) {
    refuse(std::string(loss.name()), "options.reduction is " + to_string(reduction) + "; expected 0 to " +
                                         to_string(std::ssize(reductions) - 1) + ", of lossproof_reduction");
  }
  return reductions[reduction];
}

/// An option: how C sees it, which losses take it, and how it is read. A new one is a line here and its fields at the
/// end of lossproof_options.
struct Entry {
  lossproof_option option;
  bool (*taken)(const Loss& loss);
  void (*read)(const lossproof_options& from, const Loss& loss, Options& to);
};

using From = lossproof_options;

bool by_all(const Loss&) { return true; }
template <bool Takes::*option>
bool by_takers(const Loss& loss) {
  return loss.takes().*option;
}

/// A field with its flag.
template <auto has, auto field, auto option>
void read_number(const From& from, const Loss&, Options& to) {
  if (from.*has) to.*option = from.*field;
}

template <auto field, auto option>
void read_tensor(const From& from, const Loss& loss, Options& to, std::string_view place) {
  if (from.*field != nullptr) to.*option = input_view(from.*field, {loss.name(), place});
}

void read_log_target(const From& from, const Loss& loss, Options& to) {
  if (from.log_target != 0 && from.log_target != 1) {
    refuse(std::string(loss.name()), "options.log_target is " + to_string(from.log_target) + "; expected 0 or 1");
  }
  if (from.log_target) to.log_target = true;
}

constexpr Entry entries[] = {
    {{"reduction", LOSSPROOF_OPTION_REDUCTION},
     by_takers<&Takes::reduction>,
     [](const From& from, const Loss& loss, Options& to) { to.reduction = reduction_of(from.reduction, loss); }},
    {{"ignore_index", LOSSPROOF_OPTION_INTEGER},
     by_takers<&Takes::ignore_index>,
     read_number<&From::has_ignore_index, &From::ignore_index, &Options::ignore_index>},
    {{"dtype", LOSSPROOF_OPTION_DTYPE},
     by_all,
     [](const From& from, const Loss& loss, Options& to) {
       if (from.has_dtype) to.dtype = dtype_of(from.dtype, {loss.name(), "options.dtype"});
     }},
    {{"beta", LOSSPROOF_OPTION_REAL},
     by_takers<&Takes::beta>,
     read_number<&From::has_beta, &From::beta, &Options::beta>},
    {{"weight", LOSSPROOF_OPTION_TENSOR},
     by_takers<&Takes::weight>,
     [](const From& from, const Loss& loss, Options& to) {
       read_tensor<&From::weight, &Options::weight>(from, loss, to, "options.weight");
     }},
    {{"pos_weight", LOSSPROOF_OPTION_TENSOR},
     by_takers<&Takes::pos_weight>,
     [](const From& from, const Loss& loss, Options& to) {
       read_tensor<&From::pos_weight, &Options::pos_weight>(from, loss, to, "options.pos_weight");
     }},
    {{"log_target", LOSSPROOF_OPTION_FLAG}, by_takers<&Takes::log_target>, read_log_target},
    {{"label_smoothing", LOSSPROOF_OPTION_REAL},
     by_takers<&Takes::label_smoothing>,
     read_number<&From::has_label_smoothing, &From::label_smoothing, &Options::label_smoothing>},
    {{"temperature", LOSSPROOF_OPTION_REAL},
     by_takers<&Takes::temperature>,
     read_number<&From::has_temperature, &From::temperature, &Options::temperature>},
    {{"alpha", LOSSPROOF_OPTION_REAL},
     by_takers<&Takes::focus>,
     read_number<&From::has_alpha, &From::alpha, &Options::alpha>},
    {{"gamma", LOSSPROOF_OPTION_REAL},
     by_takers<&Takes::focus>,
     read_number<&From::has_gamma, &From::gamma, &Options::gamma>},
};

/// The structure ended here in the first version.
constexpr std::size_t least_size = offsetof(lossproof_options, dtype) + sizeof(DLDataType);
/// A larger size is not one of a structure of options, and nothing is read by it.
constexpr std::size_t most_size = 4096;

/// The fields that the caller has, and 0 for those that it does not know of.
lossproof_options known_fields(const Loss& loss, const lossproof_options& options) {
  const std::size_t size = options.struct_size;
  if (size < least_size || size > most_size) {
    refuse(std::string(loss.name()), "options.struct_size is " + to_string(size) + "; expected " +
                                         to_string(sizeof options) + ", the size of lossproof_options");
  }
  const auto* bytes = reinterpret_cast<const char*>(&options);
  for (std::size_t i = sizeof options; i < size; ++i) {
    if (bytes[i] != 0) {
      refuse(std::string(loss.name()), "options has a field at byte " + to_string(i) +
                                           " that this version of the library does not know; expected 0 from byte " +
                                           to_string(sizeof options) + " on");
    }
  }
  lossproof_options known{};
  std::memcpy(&known, &options, std::min(size, sizeof known));
  return known;
}

}  // namespace

std::vector<lossproof_option> options_of(const Loss& loss) {
  std::vector<lossproof_option> taken;
  for (const Entry& entry : entries) {
    if (entry.taken(loss)) taken.push_back(entry.option);
  }
  return taken;
}

Options read_options(const Loss& loss, const lossproof_options* options) {
  Options result;
  if (options == nullptr) return result;
  const lossproof_options known = known_fields(loss, *options);
  for (const Entry& entry : entries) entry.read(known, loss, result);
  return result;
}

}  // namespace lossproof::capi
