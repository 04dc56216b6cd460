#pragma once
// Re-verification of a whole log: every entry is hashed again, the root is made again and compared with the signed checkpoint. Entries that were
// changed, dropped, put in another order or cut off are found, and the first bad index is named where the leaf hashes tell it.
// Pure; one thread per object. At least 250,000 entries a second and core.
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string_view>

#include "crypto/error.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/tree.hpp"

namespace gatehouse::crypto::log {

class Auditor {
 public:
  // Begins behind `start` (a state saved by an earlier run that ended well; empty: from the first entry).
  explicit Auditor(Checkpoint checkpoint, Frontier start = {});

  // Errors: `missing_entry` (another index stands here), `changed_entry` (the entry does not have the leaf hash stored with it), `other_root`
  // (all entries of the checkpoint are there, and their tree is not the signed one). `where` names the index. An error is final.
  // `leaf` empty: none is stored with the entry.
  std::expected<void, Error> feed(std::uint64_t index, std::string_view entry, std::string_view leaf);

  // After the last entry. `missing_entry` when there are fewer than the checkpoint says.
  std::expected<void, Error> finish() const;

  std::uint64_t next() const { return frontier_.size(); }          // index wanted next
  std::uint64_t beyond() const;                                    // entries after the checkpoint, hashed but not signed yet
  const Frontier& frontier() const { return frontier_; }
  const Checkpoint& checkpoint() const { return checkpoint_; }

 private:
  Checkpoint checkpoint_;
  Frontier frontier_;
  bool root_checked_ = false;
};

// Where the stored leaf hashes were changed along with the entries, only the tiles can tell the first bad one. Gives the first index from
// `from` on whose entry does not hash to the tile's leaf; nothing when there is none. The tiles are believed only when their leaves make the
// checkpoint's root; else `bad_tile`.
using LeafAt = std::function<std::expected<Digest, Error>(std::uint64_t index)>;
std::expected<std::optional<std::uint64_t>, Error> first_difference(const Checkpoint& checkpoint, std::uint64_t from, const LeafAt& tile_leaf,
                                                                   const LeafAt& entry_leaf);

}  // namespace gatehouse::crypto::log
