#pragma once
// The derived files of the log on disk: `checkpoint`, `tile/<L>/<N>[.p/<W>]` (c2sp.org/tlog-tiles), written atomically by `gatehouse log`,
// read by the gateway. Contract: policy/ports/proof_source.hpp.
//
// A tile or checkpoint is written beside its place, synced and renamed, and its folder is synced: after a crash there is the old file or the new
// one. Tiles come first, so every checkpoint that can be read has its tiles. A tile that is there is never replaced by other bytes. The partial tiles
// of a tile that has become full are removed once a checkpoint covers the full one.
//
// Threads: checkpoint() and proof() any; append_and_sign() one at a time, in one process at a time (a lock file sees to it).
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/keys.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/tree.hpp"
#include "policy/ports/proof_source.hpp"

namespace gatehouse::adapters {

class TileDirectory : public policy::ProofSource {
 public:
  explicit TileDirectory(std::string folder);
  ~TileDirectory() override;

  boost::asio::awaitable<std::expected<std::string, policy::ProofError>> checkpoint() override;
  boost::asio::awaitable<std::expected<std::string, policy::ProofError>> proof(std::uint64_t index, std::string entry) override;

  // The same without a coroutine.
  std::expected<std::string, policy::ProofError> proof_now(std::uint64_t index, std::string_view entry);

  // The writer's side (`gatehouse log` only). Starts from the last signed state on disk, checks it against the tiles, and never signs a smaller or
  // a different tree. `leaves` continue at state().size. Files and folder are synced before the checkpoint moves.
  std::expected<void, std::string> append_and_sign(const std::vector<crypto::Digest>& leaves, const std::string& origin,
                                                   const crypto::SigningKey& log_key);
  std::expected<crypto::log::Checkpoint, std::string> signed_state(const crypto::log::VerifierKey& log_key) const;  // size 0 when there is none
  // The leaf hashes of level-0 tile `index` that a tree of `size` has. Not checked against anything.
  std::expected<std::vector<crypto::Digest>, std::string> leaves(std::uint64_t tile_index, std::uint64_t size) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
