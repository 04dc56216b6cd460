#pragma once
// What the log and audit commands need to know of an installation. Read here, in one place, from gatehouse.json.
#include <expected>
#include <string>

#include "adapters/sqlite/settings.hpp"

namespace gatehouse::cli {

struct Installation {
  adapters::SqliteSettings store;        // data.database, data.keystore, data.kek
  std::string log_origin;                // log.origin: `gatehouse.example.org/log`
  std::string log_folder;                // log.folder
  std::string log_key;                   // log.key: raw 32-byte seed
  std::string log_verifier;              // log.verifier: text of the verifier key
};

// `config` may be empty: then the environment's GATEHOUSE_CONFIG. Relative paths are those of the settings file's folder. One line on failure.
std::expected<Installation, std::string> read_installation(const std::string& config);

// A whole file of at most `longest` bytes.
std::expected<std::string, std::string> read_whole(const std::string& path, std::size_t longest = std::size_t{1} << 20);

// Beside its place, synced, renamed: for states and exports.
std::expected<void, std::string> write_whole(const std::string& path, std::string_view bytes);

}  // namespace gatehouse::cli
