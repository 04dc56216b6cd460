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

// Proofs of a log of 10^8 entries, made out of tile files in `folder` (a temporary one when empty; removed again), and checked. Microseconds; the size is
// that of a file with two cosignatures and without the entry.
struct ProofResult {
  double cold_us = 0, cold_p99_us = 0, warm_us = 0, warm_p99_us = 0;
  double check_us = 0, check_cosigned_us = 0;      // with the log's signature; with two cosignatures as well
  std::size_t bytes = 0;
};
std::expected<ProofResult, std::string> proof_costs(const std::string& folder, double seconds);

}  // namespace gatehouse::cli::bench
