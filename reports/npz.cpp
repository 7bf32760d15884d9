#include <fmt/format.h>
#include <zip.h>

#include <fstream>
#include <iterator>
#include <memory>

#include "reports/npy.h"

namespace reports {
namespace {

struct Close {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};

std::string why(int code) {
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  std::string text = zip_error_strerror(&error);
  zip_error_fini(&error);
  return text;
}

/// A member's bytes. libzip verifies its CRC at the end of reading.
std::string member(zip_t* archive, zip_uint64_t index, const std::string& name) {
  zip_stat_t stat;
  const std::unique_ptr<zip_file_t, Close> file(zip_fopen_index(archive, index, 0));
  if (!file || zip_stat_index(archive, index, 0, &stat) != 0)
    throw BadInput(fmt::format("{}: {}", name, zip_strerror(archive)));
  std::string bytes;
  char buffer[1 << 16];
  zip_int64_t n;
  while ((n = zip_fread(file.get(), buffer, sizeof buffer)) > 0) bytes.append(buffer, static_cast<std::size_t>(n));
  if (n < 0 || bytes.size() != stat.size)
    throw BadInput(fmt::format("{}: truncated or corrupt: {}", name, zip_file_strerror(file.get())));
  return bytes;
}

Arrays read_npz(const std::filesystem::path& file) {
  int code = 0;
  const std::shared_ptr<zip_t> archive(zip_open(file.c_str(), ZIP_RDONLY, &code), [](zip_t* a) {
    if (a) zip_discard(a);
  });
  if (!archive)
    throw BadInput(
        fmt::format("{}: not a readable .npz (zip) file: {}; truncated or corrupt?", file.string(), why(code)));
  Arrays arrays;
  const zip_int64_t entries = zip_get_num_entries(archive.get(), 0);
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(entries); ++i) {
    std::string name = zip_get_name(archive.get(), i, 0);
    if (!name.ends_with(".npy")) continue;
    name.resize(name.size() - 4);
    const std::string full_name = fmt::format("{}, array {}", file.string(), name);
    const auto reader = [=] { return parse_npy(member(archive.get(), i, full_name), full_name); };
    if (!arrays.try_emplace(name, reader).second)
      throw BadInput(fmt::format("{}: a second member {}.npy", file.string(), name));
  }
  if (arrays.empty()) throw BadInput(fmt::format("{}: no .npy member", file.string()));
  return arrays;
}

}  // namespace

Arrays read_arrays(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) throw BadInput(fmt::format("{}: a directory", file.string()));
  if (!std::filesystem::is_regular_file(file)) throw BadInput(fmt::format("{}: no such file", file.string()));
  std::ifstream in(file, std::ios::binary);
  if (!in) throw BadInput(fmt::format("{}: cannot be read", file.string()));
  if (file.extension() == ".npz") return read_npz(file);
  if (file.extension() != ".npy") throw BadInput(fmt::format("{}: expected a .npz or .npy file", file.string()));
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!bytes.starts_with(npy_magic)) throw BadInput(fmt::format("{}: not a .npy file", file.string()));
  return {{file.stem().string(), [=] { return parse_npy(bytes, file.string()); }}};
}

}  // namespace reports
