#pragma once
// Layout of the tree's hashes in tiles (https://c2sp.org/tlog-tiles): 256 hashes wide, eight levels of the tree in each. Pure, any thread.
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/log/tree.hpp"

namespace gatehouse::crypto::log {

inline constexpr std::uint64_t kTileWidth = 256;

struct Tile {
  int level = 0;                         // 0: leaf hashes
  std::uint64_t index = 0;
  unsigned width = kTileWidth;           // hashes in it: 256, or fewer at the right edge
  bool operator==(const Tile&) const = default;
};

std::string tile_path(const Tile& tile);                          // `tile/0/x001/234.p/12`
std::optional<Tile> parse_tile_path(std::string_view path);       // strict; nothing for any other text, `tile/entries/…` included

// The tiles at the right edge of a tree of `size` leaves that are partial, one per level at most.
std::vector<Tile> partial_tiles(std::uint64_t size);

// Bytes of a tile of a tree of `size`: where a partial one was replaced by a wider one, the wider one may be given. Checked for length only.
using ReadTile = std::function<std::expected<std::string, Error>(const Tile& tile)>;

// The subtree hashes of a tree of `size`, read from its tiles. `read` must outlive the result.
SubtreeHash from_tiles(std::uint64_t size, const ReadTile& read);

// Root of a tree of `size` from its right-edge tiles.
std::expected<Digest, Error> root_from_tiles(std::uint64_t size, const ReadTile& read);

// The inner hashes of one tile, each made once and only when asked for: a proof out of tiles that were used before costs look-ups.
class TileNodes {
 public:
  explicit TileNodes(std::string bytes) : bytes_(std::move(bytes)) {}    // a multiple of 32, at most 8,192
  unsigned width() const { return static_cast<unsigned>(bytes_.size() / 32); }
  // Hash of the complete subtree of 2^height hashes of this tile that begins at `index << height`. REQUIRES: it lies within width(), height <= 8.
  const Digest& at(int height, unsigned index);

 private:
  std::string bytes_;
  std::vector<std::optional<Digest>> nodes_;
};

Digest tile_root(std::string_view full_tile);                     // of 8,192 bytes

}  // namespace gatehouse::crypto::log
