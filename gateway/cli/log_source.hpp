#pragma once
// The public files of a log, from a folder or over HTTPS: its checkpoint and the hashes of its tree. Nothing read here is believed before it was
// checked against a signature. Blocks its caller for a bounded time. One thread.
#include <CLI/CLI.hpp>
#include <expected>
#include <memory>
#include <string>

#include "crypto/error.hpp"
#include "crypto/log/policy.hpp"
#include "crypto/log/tile.hpp"

namespace gatehouse::cli {

// What is to be believed: options that `audit` and its parts share.
struct TrustOptions {
  std::string log_key, policy, pin, authority_file;
  void add_to(CLI::App& command, bool with_place);
};

struct Trust {
  crypto::log::VerifierKey log;
  crypto::log::WitnessPolicy policy;     // without one: no witness is wanted
};

class LogSource {
 public:
  virtual ~LogSource() = default;
  // `place`: a folder with `checkpoint` and `tile/`, or `https://host[:port]/log`.
  static std::expected<std::unique_ptr<LogSource>, std::string> open(const std::string& place, const TrustOptions& trust);

  virtual std::expected<std::string, std::string> checkpoint() = 0;
  // As many bytes as the tile's width wants: from the full tile where it has taken the partial one's place.
  virtual std::expected<std::string, crypto::Error> tile(const crypto::log::Tile& tile) = 0;
};

// `--log-key` or the log of `--policy` that signed under this origin. One line when there is none.
std::expected<Trust, std::string> read_trust(const TrustOptions& options, const std::string& note);
// The same where no note is at hand: with a policy of several logs `--log-key` says which.
std::expected<Trust, std::string> read_trust(const TrustOptions& options);

// `2 of 3 witnesses`
std::string witnesses_text(std::size_t cosigned, const crypto::log::WitnessPolicy& policy);

}  // namespace gatehouse::cli
