#pragma once
// What the subcommands that work on an installation share: finding it, opening it, and stopping with one line.
#include <chrono>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "adapters/sqlite/settings.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/settings.hpp"
#include "policy/decision/case.hpp"

namespace gatehouse::cli {

// Thrown by what is below and by its callers, caught once in guarded(): one line and an exit code.
struct Stop {
  std::string line;
  int code = 2;
};

// `--config FILE` or GATEHOUSE_CONFIG, read; Stop where there is none or it is wrong.
gateway::Settings settings_of(const std::string& option);
adapters::SqliteSettings sqlite_of(const gateway::Settings& settings);
// The whole file; Stop where it cannot be read.
std::string read_file(const std::string& path);

inline policy::Instant now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

// What the log and audit commands need to know of an installation.
struct Installation {
  adapters::SqliteSettings store;
  std::string log_origin;                // `gatehouse.example.org/log`
  std::string log_folder;
  std::string log_key;                   // path of the raw 32-byte seed
  std::string log_verifier;              // path of the verifier key's text
};
// As settings_of(), but one line on failure.
std::expected<Installation, std::string> read_installation(const std::string& option);

// A whole file of at most `longest` bytes.
std::expected<std::string, std::string> read_whole(const std::string& path, std::size_t longest = std::size_t{1} << 20);
// Beside its place, synced, renamed: for states and exports.
std::expected<void, std::string> write_whole(const std::string& path, std::string_view bytes);

// A callback that sets the exit code: what `action` returns, or what a Stop says.
template <class Action>
auto guarded(Context& context, Action action) {
  return [&context, action] {
    try {
      context.exit_code = action();
    } catch (const Stop& stop) {
      context.exit_code = fail(stop.line, stop.code);
    }
  };
}

}  // namespace gatehouse::cli
