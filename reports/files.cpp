#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

#include "reports/records.h"

namespace reports {

void replace_file(const std::filesystem::path& path, const std::string& content) {
  const std::filesystem::path temporary = path.string() + ".partial";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << content;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(temporary, path, error);
  if (!out || error) throw BadInput(fmt::format("{}: cannot be written", path.string()));
}

void require_replaceable(const std::filesystem::path& file) {
  if (std::filesystem::exists(file) && !std::filesystem::is_regular_file(file))
    throw BadInput(fmt::format("{}: not a file that can be replaced", file.string()));
}

void require_writable(const std::filesystem::path& directory) {
  if (directory.empty()) throw BadInput("--out: empty, expected a directory");
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error || access(directory.c_str(), W_OK | X_OK) != 0)
    throw BadInput(fmt::format("{}: not a directory that can be written to", directory.string()));
}

}  // namespace reports
