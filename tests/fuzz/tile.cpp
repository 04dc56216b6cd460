// Names of tiles, and the bytes in them: a tree out of any bytes of the right length has a root, proofs out of it check against that root, and of
// another length nothing comes. The first byte is the number of entries less one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/log/tile.hpp"
#include "crypto/log/tree.hpp"
#include "crypto/secret_bytes.hpp"

using namespace gatehouse::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = start();
  if (!started) std::abort();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto tile = log::parse_tile_path(text)) {
    if (log::tile_path(*tile) != text || tile->width == 0 || tile->width > 256 || tile->level < 0 || tile->level > 63) std::abort();
  }
  if (size < 2) return 0;
  const std::uint64_t entries = 1 + data[0] % 255;
  const std::uint64_t index = data[1] % entries;
  const std::string bytes(text.substr(2));
  const log::ReadTile read = [&](const log::Tile&) -> std::expected<std::string, Error> { return bytes; };
  const auto root = log::root_from_tiles(entries, read);
  // A wider tile may stand for a partial one: it begins with the same hashes.
  const bool fits = bytes.size() >= 32 * entries && bytes.size() <= 32 * 256 && bytes.size() % 32 == 0;
  if (root.has_value() != fits) std::abort();
  if (!root) return 0;
  std::vector<Digest> leaves(entries);
  for (std::uint64_t i = 0; i < entries; ++i) std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(32 * i), 32, leaves[i].begin());
  if (log::tree_root(leaves) != *root) std::abort();
  const auto hashes = log::from_tiles(entries, read);
  const auto proof = log::inclusion_proof(index, entries, hashes);
  if (!proof || !log::check_inclusion(index, entries, leaves[index], *proof, *root)) std::abort();
  auto other = leaves[index];
  other[0] ^= 1;
  if (log::check_inclusion(index, entries, other, *proof, *root)) std::abort();
  const auto grown = log::consistency_proof(index + 1, entries, hashes);
  const Digest old_root = log::tree_root({leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(index + 1)});
  if (!grown || !log::check_consistency(index + 1, entries, old_root, *root, *grown)) std::abort();
  return 0;
}
