#pragma once
// What `gatehouse log` does each second: derives tiles, signs, has witnesses see it, publishes, keeps it with the anchor, and hashes a slice of the old
// entries again. An error is final: what is wrong with a log is for people to look at, and nothing is signed until they have. What may pass by itself
// (a witness or an anchor that cannot be reached) is in status(). One thread.
#include <chrono>
#include <cstdint>
#include <expected>
#include <string>

#include "adapters/anchor/anchor.hpp"
#include "adapters/sqlite/log_reader.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "adapters/witness/cosigners.hpp"
#include "crypto/keys.hpp"
#include "crypto/log/checkpoint.hpp"
#include "gateway/log_status.hpp"

namespace gatehouse::cli {

class LogKeeper {
 public:
  struct Places {
    adapters::LogReader& entries;
    adapters::TileDirectory& tiles;
    adapters::Cosigners* witnesses = nullptr;          // null: there are none
    std::size_t quorum = 0;
    adapters::Anchor& anchor;
    std::string folder;                                // of the log
    std::uint64_t disk_alarm_bytes = 0;
  };
  // `also`: keys whose signatures stand beside, while the log's key changes.
  LogKeeper(Places places, std::string origin, const crypto::SigningKey& key, const std::vector<crypto::SigningKey>& also = no_others());

  // Everything new at this moment becomes tiles and a signed checkpoint. Gives how many entries that was.
  std::expected<std::uint64_t, std::string> derive();
  // Shows the newest checkpoint to the witnesses, publishes it once enough have seen it, and keeps it with the anchor. Nothing to do costs nothing.
  // An error: a witness proved that the log was set back.
  std::expected<void, std::string> publish();
  // Hashes a slice of old entries again, in turn, and compares them with the tiles, and those with the ones above.
  std::expected<void, std::string> scrub();

  std::uint64_t size() const { return status_.signed_size; }
  std::uint64_t published() const { return status_.published_size; }
  // Also writes it to `status.json` in the log's folder when it has changed.
  const gateway::LogStatus& status();
  // What an operator must see though it stops nothing, joined in one line; empty: all is well.
  std::string trouble() const;

 private:
  using Clock = std::chrono::steady_clock;
  std::expected<crypto::Digest, std::string> checked(const adapters::LogReader::Row& row, std::uint64_t wanted) const;
  // Entries [from, from + count) of the database are those of the tiles of a tree of `size`.
  std::expected<void, std::string> compare(std::uint64_t size, std::uint64_t from, std::uint64_t count);

  Places at_;
  const std::string origin_;
  static const std::vector<crypto::SigningKey>& no_others();
  const crypto::SigningKey& key_;
  const std::vector<crypto::SigningKey>& also_;
  const crypto::log::VerifierKey verifier_;
  gateway::LogStatus status_;
  std::string written_;                                // status.json, without its time
  Clock::time_point shown_{}, anchored_{};             // when it was last tried
  bool all_cosigned_ = false;                          // the newest, by every witness
  std::uint64_t shown_size_ = 0;
  bool shown_ever_ = false;
};

}  // namespace gatehouse::cli
