#include "reports/tests/support.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zip.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "properties/property.h"
#include "subjects/subjects.h"

namespace tests {

Directory::Directory() {
  std::string name = (fs::temp_directory_path() / "lossproof-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
  path_ = name;
}

Directory::~Directory() { fs::remove_all(path_); }

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

std::string npy(const std::string& header, const std::string& elements, int major) {
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  std::string padded = header;
  while ((8 + length_bytes + padded.size() + 1) % 64 != 0) padded += ' ';
  padded += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(major);
  bytes += '\0';
  for (std::size_t i = 0; i < length_bytes; ++i) bytes += static_cast<char>(padded.size() >> 8 * i & 0xff);
  return bytes + padded + elements;
}

void write_npz(const fs::path& file, const std::map<std::string, std::string>& members) {
  int code = 0;
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (!archive) throw std::runtime_error("cannot write " + file.string());
  for (const auto& [name, bytes] : members) {
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0);
  }
  if (zip_close(archive) != 0) throw std::runtime_error("cannot write " + file.string());
}

Finished run(const std::string& command, const fs::path& where) {
  const Directory directory;
  const fs::path out = directory / "out", err = directory / "err";
  const std::string line =
      "cd '" + where.string() + "' && ( " + command + "\n) >'" + out.string() + "' 2>'" + err.string() + "' </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(out), contents(err)};
}

Finished lossproof(const std::string& arguments, const fs::path& where) {
  return run(std::string(LOSSPROOF_CLI) + " " + arguments, where);
}

void expect_bad_input(const Finished& run, const std::string& message) {
  EXPECT_EQ(run.code, 2);
  EXPECT_EQ(run.err, "lossproof: " + message + "\n");
  EXPECT_EQ(run.out, "");
}

std::string unknown_loss(const std::string& name) {
  std::string message = "unknown loss \"" + name + "\"; known: ";
  for (const auto* spec : properties::specs())
    message += (spec == properties::specs().front() ? "" : ", ") + spec->definition->name;
  return message;
}

std::string unknown_subject(const std::string& name) {
  std::string message = "unknown subject \"" + name + "\"; known: ";
  for (const auto* subject : subjects::subjects())
    message += (subject == subjects::subjects().front() ? "" : ", ") + subject->name();
  return message;
}

}  // namespace tests
