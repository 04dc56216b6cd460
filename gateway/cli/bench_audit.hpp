#pragma once
// Measurements of `gatehouse bench audit`. Internal to gateway/cli.
#include <cstdint>
#include <expected>
#include <string>

namespace gatehouse::cli::bench {

struct DurableResult {
  double per_second = 0;
  double entry_bytes = 0;          // of one log entry, on average
};

// Log entries drafted, sealed and appended by `writers` at once, each waiting for its own to be durable before it makes the next.
std::expected<DurableResult, std::string> append_rate(const std::string& config, unsigned writers, double seconds);
// Whole commits through the store's port: a request answered with a release (`release`) or without one.
std::expected<DurableResult, std::string> commit_rate(const std::string& config, unsigned writers, double seconds, bool release);

}  // namespace gatehouse::cli::bench
