#pragma once
// The derived files of the log on disk: `checkpoint`, `tile/<L>/<N>[.p/<W>]` (c2sp.org/tlog-tiles), written atomically by `gatehouse log`,
// read by the gateway. Contract: policy/ports/proof_source.hpp.
//
// A tile or checkpoint is written beside its place, synced and renamed, and its folder is synced: after a crash there is the old file or the new
// one. Tiles come first, so every checkpoint that can be read has its tiles. A tile that is there is never replaced by other bytes. The partial tiles
// of a tile that has become full are removed once a checkpoint covers the full one.
//
// Where witnesses must see a tree before others do, the newest signed checkpoint waits in `pending`, and `checkpoint` stays what was published. The
// larger of the two is what the next one continues.
//
// Threads: checkpoint(), proof() and tile() any; the writer's side one at a time, in one process at a time (a lock file sees to it).
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/durable/disk.hpp"
#include "crypto/keys.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/tree.hpp"
#include "policy/ports/proof_source.hpp"

namespace gatehouse::adapters {

class TileDirectory : public policy::ProofSource {
 public:
  explicit TileDirectory(std::string folder, Disk& disk = real_disk());
  ~TileDirectory() override;

  boost::asio::awaitable<std::expected<std::string, policy::ProofError>> checkpoint() override;
  boost::asio::awaitable<std::expected<std::string, policy::ProofError>> proof(std::uint64_t index, std::string entry) override;

  boost::asio::awaitable<std::expected<std::string, policy::ProofError>> tile(std::string name) override;

  // The same without a coroutine.
  std::expected<std::string, policy::ProofError> proof_now(std::uint64_t index, std::string_view entry);
  std::expected<std::string, policy::ProofError> tile_now(std::string_view name) const;

  // The writer's side (`gatehouse log` only). Starts from the last signed state on disk, checks it against the tiles, and never signs a smaller or
  // a different tree. `leaves` continue at signed_state().size. Files and folders are synced before the checkpoint moves.
  enum class Publish : std::uint8_t { at_once, when_witnessed };
  std::expected<void, std::string> append_and_sign(const std::vector<crypto::Digest>& leaves, const std::string& origin,
                                                   const crypto::SigningKey& log_key, Publish publish = Publish::at_once,
                                                   const std::vector<crypto::SigningKey>& also = {});   // keys whose signatures stand beside
  // The newest signed checkpoint, with cosignatures, becomes the published one.
  std::expected<void, std::string> publish(const std::string& note, const crypto::log::VerifierKey& log_key);

  std::expected<crypto::log::Checkpoint, std::string> signed_state(const crypto::log::VerifierKey& log_key) const;  // size 0 when there is none
  std::expected<std::string, std::string> signed_note(const crypto::log::VerifierKey& log_key) const;               // empty when there is none
  std::expected<std::optional<crypto::log::Checkpoint>, std::string> published_state(const crypto::log::VerifierKey& log_key) const;
  // That the tree of `size` continues that of `old_size`; and the root it had. From the tiles: both up to signed_state().size.
  std::expected<std::vector<crypto::Digest>, std::string> consistency(std::uint64_t old_size, std::uint64_t size);
  std::expected<crypto::Digest, std::string> root_at(std::uint64_t size) const;
  // That level-0 tile `index`, where it is full, and those above that it fills, have their roots in the tiles above them.
  std::expected<void, std::string> check_above(std::uint64_t index, std::uint64_t size) const;
  // The leaf hashes of level-0 tile `index` that a tree of `size` has. Not checked against anything.
  std::expected<std::vector<crypto::Digest>, std::string> leaves(std::uint64_t tile_index, std::uint64_t size) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
