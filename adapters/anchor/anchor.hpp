#pragma once
// Keeps the newest checkpoint of the log away from the disk the log lies on, so that an older copy of the whole machine cannot start unnoticed.
// Blocks its caller for a bounded time (seconds). One thread.
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/durable/disk.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "adapters/witness/cosigners.hpp"
#include "crypto/log/checkpoint.hpp"

namespace gatehouse::adapters {

class LogReader;

struct AnchorSettings {
  enum class Kind : std::uint8_t { none, file, https, witness };
  Kind kind = Kind::none;
  std::string folder;                                 // file: must be there
  std::string url, pin, authority_file, token_file;   // https: PUT and GET; the token, if any, goes as `Authorization: Bearer`
  std::vector<WitnessPlace> witnesses;                // witness: these are asked
  std::size_t wanted = 0;
};

class Anchor {
 public:
  // Throws std::runtime_error with one line when the settings cannot be used.
  Anchor(AnchorSettings settings, crypto::log::VerifierKey log_key, Disk& disk = real_disk());
  ~Anchor();
  Anchor(const Anchor&) = delete;
  Anchor& operator=(const Anchor&) = delete;

  AnchorSettings::Kind kind() const;
  // What it holds of this log, its signature checked; nothing when it holds none. An error: it is not known.
  std::expected<std::optional<crypto::log::Checkpoint>, std::string> last();
  // Durable (as far as its other end says) when it returns. Never replaces a larger tree. Nothing to do for `none`, and for `witness`, who keep what they sign.
  std::expected<void, std::string> keep(const std::string& note);
  // True when `file` lies on the same file system as `folder`: it then protects against much less.
  bool on_the_disk_of(const std::string& folder) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// That the database and the tiles have the anchored tree or one that continues it. One line: what is wrong and what would be right. `begin`: an anchor that
// holds nothing yet is taken as new.
std::expected<void, std::string> check_anchor(Anchor& anchor, LogReader& store, const TileDirectory& tiles, const crypto::log::VerifierKey& log_key, bool begin);

}  // namespace gatehouse::adapters
