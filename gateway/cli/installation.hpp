#pragma once
// What the log and audit commands need to know of an installation, and whole files read and written.
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "adapters/sqlite/settings.hpp"

namespace gatehouse::cli {

struct Installation {
  adapters::SqliteSettings store;
  std::string log_origin;                // `gatehouse.example.org/log`
  std::string log_folder;
  std::string log_key;                   // path of the raw 32-byte seed
  std::string log_verifier;              // path of the verifier key's text
};

// `--config FILE` or GATEHOUSE_CONFIG, read strictly; one line on failure.
std::expected<Installation, std::string> read_installation(const std::string& option);

// A whole file of at most `longest` bytes.
std::expected<std::string, std::string> read_whole(const std::string& path, std::size_t longest = std::size_t{1} << 20);

// Beside its place, synced, renamed: for states and exports.
std::expected<void, std::string> write_whole(const std::string& path, std::string_view bytes);

}  // namespace gatehouse::cli
