#pragma once
// The checkpoint and inclusion proofs of the log, as `gatehouse log` derived them. Read only.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <string>

namespace gatehouse::policy {

enum class ProofError : std::uint8_t { not_covered_yet, unavailable, damaged };

class ProofSource {
 public:
  virtual ~ProofSource() = default;
  // The newest signed note, byte for byte.
  virtual boost::asio::awaitable<std::expected<std::string, ProofError>> checkpoint() = 0;
  // A c2sp.org/tlog-proof@v1 file for entry `index`, with `extra` = the entry. `not_covered_yet` until a checkpoint covers it.
  virtual boost::asio::awaitable<std::expected<std::string, ProofError>> proof(std::uint64_t index, std::string entry) = 0;
  // A tile of hashes of the newest checkpoint's tree, `tile/<L>/<N>[.p/<W>]` (c2sp.org/tlog-tiles): the bytes. `not_covered_yet` for any other name
  // and for what that tree does not have: entries are never given out here.
  virtual boost::asio::awaitable<std::expected<std::string, ProofError>> tile(std::string name) = 0;
};

}  // namespace gatehouse::policy
