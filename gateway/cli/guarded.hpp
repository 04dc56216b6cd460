#pragma once
// What the subcommands that work on an installation share: finding it, opening it, and stopping with one line.
#include <chrono>
#include <string>

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
