#include "properties/corpus.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace properties {

namespace {

// FNV-1a: the same case has the same name in every run.
std::uint64_t fnv1a(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::string file_name(const Case& c, const std::string& json) {
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(fnv1a(json)));
  return c.loss + '-' + std::string(oracles::name(c.dtype())) + '-' + hash + ".json";
}

}  // namespace

std::filesystem::path save(const Case& c, const std::filesystem::path& directory) {
  const std::string json = to_json(c);
  const std::filesystem::path path = directory / file_name(c, json);
  // Threads, and other processes, may be storing the same case.
  static std::atomic<unsigned> stored = 0;
  std::filesystem::path temporary = path;
  temporary += '.' + std::to_string(getpid()) + '-' + std::to_string(++stored) + ".part";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  std::ofstream file(temporary);
  file << json;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + temporary.string());
  std::filesystem::rename(temporary, path, error);
  if (error) throw std::runtime_error("cannot rename to " + path.string() + ": " + error.message());
  return path;
}

std::string replay_command(const std::filesystem::path& path, const Subject& subject, const Property& property) {
  return "./lossproof replay " + path.string() + " --subject " + subject.name() + " --property " + property.name;
}

std::string failure_message(const Subject& subject, const Property& property, const Finding& finding, const Case& c,
                            const std::filesystem::path& path) {
  return subject.name() + " fails " + property.name + " of " + c.loss + " (" + name(c.dtypes()) + ")\n" +
         finding.message + '\n' + to_json(c) + "replay: " + replay_command(path, subject, property) + '\n';
}

std::string report_failure(const Subject& subject, const Spec& spec, const Property& property, const Case& failing,
                           const std::filesystem::path& directory) {
  const Case simplest = shrink(subject, spec, property, failing);
  for (const Finding& finding : property.check(subject, simplest)) {
    if (finding.outcome != Outcome::failed) continue;
    return failure_message(subject, property, finding, simplest, save(simplest, directory));
  }
  return subject.name() + " fails " + property.name + " of " + failing.loss + " in some runs and not in others:\n" +
         to_json(failing);
}

}  // namespace properties
