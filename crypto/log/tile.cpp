#include "crypto/log/tile.hpp"

#include <algorithm>
#include <charconv>

namespace gatehouse::crypto::log {
namespace {

constexpr int kHeight = 8;

std::uint64_t hashes_at(int level, std::uint64_t size) { return level * kHeight >= 64 ? 0 : size >> (level * kHeight); }

bool number(std::string_view text, std::uint64_t& out) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && stop == text.data() + text.size();
}

Digest digest_at(std::string_view tile, std::uint64_t i) {
  Digest out;
  const std::string_view bytes = tile.substr(static_cast<std::size_t>(i) * 32, 32);
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// Root of 2^height hashes of a tile, from `first` on.
Digest fold(std::string_view tile, std::uint64_t first, int height) {
  if (height == 0) return digest_at(tile, first);
  return node_hash(fold(tile, first, height - 1), fold(tile, first + (1ull << (height - 1)), height - 1));
}

}  // namespace

std::string tile_path(const Tile& tile) {
  std::string index;
  std::uint64_t n = tile.index;
  do {
    std::string part = std::to_string(n % 1000);
    part.insert(0, 3 - part.size(), '0');
    index = index.empty() ? part : "x" + part + "/" + index;
    n /= 1000;
  } while (n != 0);
  std::string path = "tile/" + std::to_string(tile.level) + "/" + index;
  if (tile.width != kTileWidth) path += ".p/" + std::to_string(tile.width);
  return path;
}

std::optional<Tile> parse_tile_path(std::string_view path) {
  if (path.size() > 64 || !path.starts_with("tile/")) return std::nullopt;
  std::string_view rest = path.substr(5);
  const std::size_t slash = rest.find('/');
  std::uint64_t level = 0;
  if (slash == std::string_view::npos || !number(rest.substr(0, slash), level) || level > 63) return std::nullopt;
  rest.remove_prefix(slash + 1);
  Tile tile{static_cast<int>(level), 0, kTileWidth};
  if (const std::size_t partial = rest.find(".p/"); partial != std::string_view::npos) {
    std::uint64_t width = 0;
    if (!number(rest.substr(partial + 3), width) || width == 0 || width >= kTileWidth) return std::nullopt;
    tile.width = static_cast<unsigned>(width);
    rest = rest.substr(0, partial);
  }
  while (rest.starts_with('x')) {
    if (rest.size() < 5 || rest[4] != '/') return std::nullopt;
    for (const char c : rest.substr(1, 3)) {
      if (c < '0' || c > '9') return std::nullopt;
      tile.index = tile.index * 10 + static_cast<std::uint64_t>(c - '0');
    }
    rest.remove_prefix(5);
  }
  if (rest.size() != 3) return std::nullopt;
  for (const char c : rest) {
    if (c < '0' || c > '9') return std::nullopt;
    tile.index = tile.index * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (tile_path(tile) != path) return std::nullopt;  // another way of writing the same, or an index that does not fit
  return tile;
}

std::vector<Tile> partial_tiles(std::uint64_t size) {
  std::vector<Tile> out;
  for (int level = 0; hashes_at(level, size) != 0; ++level) {
    const std::uint64_t hashes = hashes_at(level, size);
    if (hashes % kTileWidth != 0) out.push_back({level, hashes / kTileWidth, static_cast<unsigned>(hashes % kTileWidth)});
  }
  return out;
}

SubtreeHash from_tiles(std::uint64_t size, const ReadTile& read) {
  return [size, &read](int level, std::uint64_t index) -> std::expected<Digest, Error> {
    const int tile_level = level / kHeight, height = level % kHeight;
    const std::uint64_t first = index << height;  // of the hashes at the tile's level
    const std::uint64_t last = first + (1ull << height) - 1;
    const std::uint64_t hashes = hashes_at(tile_level, size);
    if (last >= hashes) return std::unexpected(Error{"bad_proof", "tree", "no complete subtree lies there", "a subtree inside the tree"});
    Tile tile{tile_level, first / kTileWidth, kTileWidth};
    if (tile.index == hashes / kTileWidth) tile.width = static_cast<unsigned>(hashes % kTileWidth);
    const auto bytes = read(tile);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->size() < tile.width * 32ull || bytes->size() > kTileWidth * 32 || bytes->size() % 32 != 0)
      return std::unexpected(Error{"bad_tile", tile_path(tile), "it does not have the size of its name", "derive the tiles again"});
    return fold(*bytes, first % kTileWidth, height);
  };
}

std::expected<Digest, Error> root_from_tiles(std::uint64_t size, const ReadTile& read) {
  if (size == 0) return empty_root();
  const SubtreeHash hash = from_tiles(size, read);
  // The full subtrees of the tree, from the smallest (the right edge) on.
  std::optional<Digest> root;
  for (int level = 0; level < 64; ++level) {
    if ((size >> level & 1) == 0) continue;
    const auto part = hash(level, (size >> level) - 1);
    if (!part) return part;
    root = root ? node_hash(*part, *root) : *part;
  }
  return *root;
}

const Digest& TileNodes::at(int height, unsigned index) {
  if (nodes_.empty()) nodes_.resize(512);  // heap order: 1 is the root, 256 + i is leaf i
  std::optional<Digest>& slot = nodes_[(256u >> height) + index];
  if (!slot) slot = height == 0 ? digest_at(bytes_, index) : node_hash(at(height - 1, 2 * index), at(height - 1, 2 * index + 1));
  return *slot;
}

Digest tile_root(std::string_view full_tile) { return fold(full_tile, 0, kHeight); }

}  // namespace gatehouse::crypto::log
