// What the tests of this room share: directories that go away, arrays as NumPy writes them, and runs of the program.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tests {

namespace fs = std::filesystem;

/// A new empty directory, removed with all that is in it.
class Directory {
 public:
  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  fs::path operator/(const std::string& name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string contents(const fs::path& file);
void write(const fs::path& file, const std::string& bytes);

/// A .npy file's bytes: `header` is the dictionary, `elements` what follows; `major` the format's version.
std::string npy(const std::string& header, const std::string& elements, int major = 1);

template <class T>
std::string npy_of(const std::string& descr, const std::string& shape, const std::vector<T>& elements) {
  return npy("{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }",
             std::string(reinterpret_cast<const char*>(elements.data()), elements.size() * sizeof(T)));
}

/// Writes members as a .npz does, not compressed.
void write_npz(const fs::path& file, const std::map<std::string, std::string>& members);

struct Finished {
  int code;
  std::string out, err;
};

/// Runs a shell command line in a directory.
Finished run(const std::string& command, const fs::path& where = fs::current_path());

/// Exit code 2 and this line, and nothing else said.
void expect_bad_input(const Finished& run, const std::string& message);

/// What is said of a loss that there is not.
std::string unknown_loss(const std::string& name);
/// And of such a subject.
std::string unknown_subject(const std::string& name);

/// Runs this build's lossproof with these arguments.
Finished lossproof(const std::string& arguments, const fs::path& where = fs::current_path());

}  // namespace tests
