// Where failing cases go, and how a failure is told: the case in hex floats, and the command that runs it again.
#pragma once

#include <filesystem>
#include <string>

#include "properties/property.h"

namespace properties {

inline constexpr const char* corpus_directory = "out/corpus";

/// Stores the case as `directory`/LOSS-DTYPE-HASH.json, whole or not at all, and returns the path. Throws
/// std::runtime_error that names the path.
std::filesystem::path save(const Case& c, const std::filesystem::path& directory = corpus_directory);

/// `./lossproof replay PATH --subject SUBJECT --property PROPERTY`
std::string replay_command(const std::filesystem::path& path, const Subject& subject, const Property& property);

/// What a failure prints: subject and property, what was wrong, the case, the replay command.
std::string failure_message(const Subject& subject, const Property& property, const Finding& finding, const Case& c,
                            const std::filesystem::path& path);

/// Shrinks a case in which `property` fails, saves it, and tells it.
std::string report_failure(const Subject& subject, const Spec& spec, const Property& property, const Case& failing,
                           const std::filesystem::path& directory = corpus_directory);

}  // namespace properties
