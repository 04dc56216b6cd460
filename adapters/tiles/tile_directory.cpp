#include "adapters/tiles/tile_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <tuple>

#include "adapters/durable/files.hpp"
#include "crypto/log/tile.hpp"

namespace gatehouse::adapters {
namespace {

namespace fs = std::filesystem;
using crypto::Digest;
using crypto::log::Checkpoint;
using crypto::log::kTileWidth;
using crypto::log::Tile;

constexpr std::size_t kLongestFile = 65536;   // a checkpoint; a tile has 8,192
constexpr std::size_t kCachedTiles = 128;     // 24 KB each at most
constexpr const char *kPublished = "checkpoint", *kPending = "pending";

std::unexpected<std::string> refuse(const std::string& where, const std::string& what, const std::string& remedy) {
  return std::unexpected(where + ": " + what + (remedy.empty() ? "" : "; " + remedy));
}

std::string reason() { return std::strerror(errno); }

FileRead read(const fs::path& path, std::string& out) { return read_file(path, kLongestFile, out); }

class LockFile {
 public:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  ~LockFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  int get() const { return descriptor_; }
  bool good() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

void append_digest(std::string& tile, const Digest& hash) { tile.append(reinterpret_cast<const char*>(hash.data()), hash.size()); }

std::string checkpoint_text(const std::string& note) {
  const std::size_t blank = note.rfind("\n\n");
  return blank == std::string::npos ? std::string() : note.substr(0, blank + 1);
}

}  // namespace

struct TileDirectory::Impl {
  Impl(std::string where, Disk& through) : folder(std::move(where)), disk(through), tree(through, folder) {}
  const fs::path folder;
  Disk& disk;

  // the reader's side
  std::mutex cache_mutex;
  using Key = std::tuple<int, std::uint64_t, unsigned>;
  std::list<std::pair<Key, crypto::log::TileNodes>> recent;                        // newest first
  std::map<Key, std::list<std::pair<Key, crypto::log::TileNodes>>::iterator> cached;

  // the writer's side
  DurableTree tree;
  std::unique_ptr<LockFile> lock;
  std::string note;                      // the newest signed, `edge` belongs to it
  Checkpoint state;
  std::vector<std::string> edge;         // the partial tile of each level

  fs::path at(const Tile& tile) const { return folder / crypto::log::tile_path(tile); }

  // The tile, or the full one that has taken its place.
  std::expected<std::string, crypto::Error> read_tile(const Tile& tile) const {
    const auto error = [&](const char* what) {
      return std::unexpected(crypto::Error{"bad_tile", crypto::log::tile_path(tile), what, "derive the tiles again"});
    };
    std::string bytes;
    FileRead got = read(at(tile), bytes);
    if (got == FileRead::missing && tile.width != kTileWidth) got = read(at({tile.level, tile.index, kTileWidth}), bytes);
    if (got == FileRead::missing) return error("the tile is missing");
    if (got == FileRead::failed) return error("the tile cannot be read");
    if (bytes.size() % 32 != 0 || bytes.size() < tile.width * 32ull || bytes.size() > kTileWidth * 32)
      return error("it does not have the size of its name");
    bytes.resize(tile.width * 32ull);
    return bytes;
  }

  // One hash of the tree of `size`, from cached tiles.
  std::expected<Digest, crypto::Error> hash(std::uint64_t size, int level, std::uint64_t index) {
    const int tile_level = level / 8, height = level % 8;
    const std::uint64_t first = index << height, hashes = size >> (8 * tile_level);
    if (first + (1ull << height) > hashes)
      return std::unexpected(crypto::Error{"bad_proof", "tree", "no complete subtree lies there", "a subtree inside the tree"});
    Tile tile{tile_level, first / kTileWidth, kTileWidth};
    if (tile.index == hashes / kTileWidth) tile.width = static_cast<unsigned>(hashes % kTileWidth);
    const Key key{tile.level, tile.index, tile.width};
    if (const auto found = cached.find(key); found != cached.end()) {
      recent.splice(recent.begin(), recent, found->second);
    } else {
      auto bytes = read_tile(tile);
      if (!bytes) return std::unexpected(std::move(bytes.error()));
      recent.emplace_front(key, crypto::log::TileNodes(std::move(*bytes)));
      cached[key] = recent.begin();
      if (recent.size() > kCachedTiles) {
        cached.erase(recent.back().first);
        recent.pop_back();
      }
    }
    return recent.front().second.at(height, static_cast<unsigned>((first % kTileWidth) >> height));
  }

  std::expected<void, std::string> take_lock() {
    if (lock) return {};
    if (auto made = tree.make(folder); !made) return made;
    auto file = std::make_unique<LockFile>(::open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file->good()) return refuse(folder / ".lock", "the file cannot be made: " + reason(), "check the folder's owner");
    if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0)
      return refuse(folder, "another process is writing this log", "run `gatehouse log` once");
    lock = std::move(file);
    return {};
  }

  // Without a checkpoint no tile may say that there was a tree with more leaves than are given now.
  std::expected<void, std::string> check_never_signed(std::uint64_t leaves) const {
    std::error_code error;
    const fs::path tiles = folder / "tile" / "0";
    if (!fs::is_directory(tiles, error)) return {};
    for (fs::recursive_directory_iterator it(tiles, error), end; !error && it != end; it.increment(error)) {
      if (!it->is_regular_file(error)) continue;
      const auto tile = crypto::log::parse_tile_path(it->path().lexically_relative(folder).generic_string());
      if (tile && tile->index * kTileWidth + tile->width > leaves)
        return refuse(folder / kPublished, "it is missing, but the tiles are of a larger tree", "put the last checkpoint back, or start a new origin");
    }
    if (error) return refuse(tiles, "the folder cannot be read: " + error.message(), "check the disk");
    return {};
  }

  struct Signed {
    std::string note;
    Checkpoint checkpoint;
  };
  // A checkpoint file; nothing when it is missing.
  std::expected<std::optional<Signed>, std::string> signed_file(const char* name, const crypto::log::VerifierKey& key) const {
    Signed out;
    switch (read(folder / name, out.note)) {
      case FileRead::missing: return std::nullopt;
      case FileRead::failed: return refuse(folder / name, "it cannot be read: " + reason(), "check owner and disk");
      case FileRead::good: break;
    }
    auto opened = crypto::log::open_checkpoint(out.note, key);
    if (!opened) return refuse(folder / name, opened.error().what, opened.error().remedy);
    out.checkpoint = std::move(*opened);
    return out;
  }

  // The newest of what is published and what waits for witnesses.
  std::expected<std::optional<Signed>, std::string> newest(const crypto::log::VerifierKey& key) const {
    auto published = signed_file(kPublished, key);
    if (!published) return published;
    auto pending = signed_file(kPending, key);
    if (!pending) return pending;
    if (!*pending || !*published) return *published ? std::move(published) : std::move(pending);
    const Checkpoint &a = (*published)->checkpoint, &b = (*pending)->checkpoint;
    if (a.size == b.size && a.root != b.root) return refuse(folder, "two trees of one size are signed", "find out who did; nothing is signed until then");
    return a.size >= b.size ? std::move(published) : std::move(pending);
  }

  // Brings note, state and edge to what is on disk, and checks that they belong together.
  std::expected<void, std::string> load(const crypto::log::VerifierKey& key) {
    auto now = newest(key);
    if (!now) return std::unexpected(now.error());
    if (!*now) {
      if (!note.empty()) return refuse(folder / kPublished, "it has gone while this process wrote it", "put it back");
      state = {key.name, 0, crypto::log::empty_root()};
      edge.clear();
      return {};
    }
    const Checkpoint& opened = (*now)->checkpoint;
    if (!note.empty() && opened.size < state.size) return refuse(folder / kPublished, "it was set back while this process wrote it", "put the newer one back");
    if (!note.empty() && opened.size == state.size && opened.root == state.root) {
      note = std::move((*now)->note);      // cosignatures may have come
      return {};
    }
    const crypto::log::ReadTile read_one = [this](const Tile& tile) { return read_tile(tile); };
    const auto root = crypto::log::root_from_tiles(opened.size, read_one);
    if (!root) return std::unexpected(folder.string() + ": " + root.error().text());
    if (*root != opened.root) return refuse(folder, "the tiles are not those of the signed checkpoint", "restore the folder; nothing is signed until then");
    std::vector<std::string> tiles;
    for (const Tile& tile : crypto::log::partial_tiles(opened.size)) {
      auto bytes = read_tile(tile);
      if (!bytes) return std::unexpected(folder.string() + ": " + bytes.error().text());
      tiles.resize(static_cast<std::size_t>(tile.level) + 1);
      tiles.back() = std::move(*bytes);
    }
    note = std::move((*now)->note);
    state = opened;
    edge = std::move(tiles);
    return {};
  }

  struct Change {
    std::set<fs::path> folders;          // to sync
    std::vector<Tile> filled;            // whose partial tiles may go
  };

  std::expected<void, std::string> put(const Tile& tile, std::string_view bytes, Change& change) {
    const fs::path path = at(tile);
    std::string there;
    // Also for a tile that is there: the run that put it in place may have ended before it synced the name.
    change.folders.insert(path.parent_path());
    switch (read(path, there)) {
      case FileRead::good:
        // Left by a run that ended before its checkpoint. The same leaves give the same bytes.
        if (there == bytes) return {};
        return refuse(path, "a tile of another tree is there", "restore the folder; nothing is signed until then");
      case FileRead::failed: return refuse(path, "it cannot be read: " + reason(), "check owner and disk");
      case FileRead::missing: break;
    }
    if (auto made = tree.make(path.parent_path()); !made) return made;
    return replace_file(disk, path, bytes);
  }
};

TileDirectory::TileDirectory(std::string folder, Disk& disk) : impl_(std::make_unique<Impl>(std::move(folder), disk)) {}
TileDirectory::~TileDirectory() = default;

// A checkpoint is a few hundred bytes and a tile 8 KB, out of the page cache: reading them costs less than moving to another thread.
boost::asio::awaitable<std::expected<std::string, policy::ProofError>> TileDirectory::checkpoint() {
  std::string note;
  switch (read(impl_->folder / kPublished, note)) {
    case FileRead::good: co_return note;
    case FileRead::missing: co_return std::unexpected(policy::ProofError::not_covered_yet);
    case FileRead::failed: break;
  }
  co_return std::unexpected(policy::ProofError::unavailable);
}

boost::asio::awaitable<std::expected<std::string, policy::ProofError>> TileDirectory::proof(std::uint64_t index, std::string entry) {
  co_return proof_now(index, entry);
}

std::expected<std::string, policy::ProofError> TileDirectory::proof_now(std::uint64_t index, std::string_view entry) {
  std::string note;
  switch (read(impl_->folder / kPublished, note)) {
    case FileRead::good: break;
    case FileRead::missing: return std::unexpected(policy::ProofError::not_covered_yet);
    case FileRead::failed: return std::unexpected(policy::ProofError::unavailable);
  }
  const auto checkpoint = crypto::log::read_checkpoint_text(checkpoint_text(note));
  if (!checkpoint) return std::unexpected(policy::ProofError::damaged);
  if (index >= checkpoint->size) return std::unexpected(policy::ProofError::not_covered_yet);
  const std::scoped_lock lock(impl_->cache_mutex);
  const auto hashes = crypto::log::inclusion_proof(
      index, checkpoint->size, [&](int level, std::uint64_t i) { return impl_->hash(checkpoint->size, level, i); });
  if (!hashes) return std::unexpected(policy::ProofError::damaged);
  // What is handed out has been checked: a proof that fails at the partner's would look like a forged log.
  if (!crypto::log::check_inclusion(index, checkpoint->size, crypto::log::leaf_hash(entry), *hashes, checkpoint->root)) {
    impl_->recent.clear();
    impl_->cached.clear();
    return std::unexpected(policy::ProofError::damaged);
  }
  return crypto::log::proof_file(index, *hashes, entry, note);
}

boost::asio::awaitable<std::expected<std::string, policy::ProofError>> TileDirectory::tile(std::string name) { co_return tile_now(name); }

std::expected<std::string, policy::ProofError> TileDirectory::tile_now(std::string_view name) const {
  const auto tile = crypto::log::parse_tile_path(name);
  if (!tile) return std::unexpected(policy::ProofError::not_covered_yet);
  std::string note;
  switch (read(impl_->folder / kPublished, note)) {
    case FileRead::good: break;
    case FileRead::missing: return std::unexpected(policy::ProofError::not_covered_yet);
    case FileRead::failed: return std::unexpected(policy::ProofError::unavailable);
  }
  const auto checkpoint = crypto::log::read_checkpoint_text(checkpoint_text(note));
  if (!checkpoint) return std::unexpected(policy::ProofError::damaged);
  // Only what the published tree has: what waits for witnesses may never be published.
  const std::uint64_t hashes = tile->level > 7 ? 0 : checkpoint->size >> (8 * tile->level);
  if (tile->index > hashes / kTileWidth || tile->index * kTileWidth + tile->width > hashes) return std::unexpected(policy::ProofError::not_covered_yet);
  auto bytes = impl_->read_tile(*tile);
  if (!bytes) return std::unexpected(policy::ProofError::damaged);
  return std::move(*bytes);
}

std::expected<Checkpoint, std::string> TileDirectory::signed_state(const crypto::log::VerifierKey& log_key) const {
  auto newest = impl_->newest(log_key);
  if (!newest) return std::unexpected(newest.error());
  if (!*newest) return Checkpoint{log_key.name, 0, crypto::log::empty_root()};
  return std::move((*newest)->checkpoint);
}

std::expected<std::string, std::string> TileDirectory::signed_note(const crypto::log::VerifierKey& log_key) const {
  auto newest = impl_->newest(log_key);
  if (!newest) return std::unexpected(newest.error());
  return *newest ? std::move((*newest)->note) : std::string();
}

std::expected<std::optional<Checkpoint>, std::string> TileDirectory::published_state(const crypto::log::VerifierKey& log_key) const {
  auto published = impl_->signed_file(kPublished, log_key);
  if (!published) return std::unexpected(published.error());
  if (!*published) return std::nullopt;
  return std::move((*published)->checkpoint);
}

std::expected<std::vector<Digest>, std::string> TileDirectory::consistency(std::uint64_t old_size, std::uint64_t size) {
  const std::scoped_lock lock(impl_->cache_mutex);
  auto proof = crypto::log::consistency_proof(old_size, size, [&](int level, std::uint64_t i) { return impl_->hash(size, level, i); });
  if (!proof) return std::unexpected(impl_->folder.string() + ": " + proof.error().text());
  return std::move(*proof);
}

std::expected<Digest, std::string> TileDirectory::root_at(std::uint64_t size) const {
  const crypto::log::ReadTile read_one = [this](const Tile& tile) { return impl_->read_tile(tile); };
  const auto root = crypto::log::root_from_tiles(size, read_one);
  if (!root) return std::unexpected(impl_->folder.string() + ": " + root.error().text());
  return *root;
}

std::expected<void, std::string> TileDirectory::check_above(std::uint64_t tile_index, std::uint64_t size) const {
  for (int level = 0;; ++level) {
    if ((tile_index + 1) * kTileWidth > size >> (8 * level)) return {};      // not full: nothing stands for it above
    const auto tile = impl_->read_tile({level, tile_index, kTileWidth});
    if (!tile) return std::unexpected(impl_->folder.string() + ": " + tile.error().text());
    const std::uint64_t above_index = tile_index / kTileWidth, above_hashes = size >> (8 * (level + 1));
    Tile above{level + 1, above_index, kTileWidth};
    if (above_index == above_hashes / kTileWidth) above.width = static_cast<unsigned>(above_hashes % kTileWidth);
    const auto bytes = impl_->read_tile(above);
    if (!bytes) return std::unexpected(impl_->folder.string() + ": " + bytes.error().text());
    const Digest root = crypto::log::tile_root(*tile);
    if (std::memcmp(bytes->data() + 32 * (tile_index % kTileWidth), root.data(), root.size()) != 0)
      return refuse(impl_->at(above), "it does not hold the root of " + crypto::log::tile_path({level, tile_index, kTileWidth}),
                    "restore the folder; nothing is signed until then");
    if ((tile_index + 1) % kTileWidth != 0) return {};
    tile_index = above_index;
  }
}

std::expected<std::vector<Digest>, std::string> TileDirectory::leaves(std::uint64_t tile_index, std::uint64_t size) const {
  if (tile_index * kTileWidth >= size) return std::vector<Digest>{};
  const auto width = static_cast<unsigned>(std::min(kTileWidth, size - tile_index * kTileWidth));
  const auto bytes = impl_->read_tile({0, tile_index, width});
  if (!bytes) return std::unexpected(impl_->folder.string() + ": " + bytes.error().text());
  std::vector<Digest> out(width);
  for (std::size_t i = 0; i < width; ++i) std::copy_n(bytes->begin() + static_cast<std::ptrdiff_t>(32 * i), 32, out[i].begin());
  return out;
}

std::expected<void, std::string> TileDirectory::append_and_sign(const std::vector<Digest>& new_leaves, const std::string& origin,
                                                                const crypto::SigningKey& log_key, Publish publish,
                                                                const std::vector<crypto::SigningKey>& also) {
  Impl& me = *impl_;
  const auto key = crypto::log::VerifierKey::of(origin, log_key);
  if (!crypto::log::is_key_name(origin)) return refuse("log.origin", "it is empty or holds a space", "`gatehouse.example.org/log`");
  if (auto locked = me.take_lock(); !locked) return locked;
  if (auto loaded = me.load(key); !loaded) return loaded;
  const bool first = me.note.empty();
  if (first) {
    if (auto fresh = me.check_never_signed(new_leaves.size()); !fresh) return fresh;
  } else if (new_leaves.empty()) {
    if (publish == Publish::when_witnessed) return {};
    // Witnesses are wanted no more, and the newest tree still waits for them.
    const auto published = published_state(key);
    if (!published) return std::unexpected(published.error());
    if (*published && (*published)->size == me.state.size) return {};
    return replace_durably(me.disk, me.folder / kPublished, me.note);
  }

  // On copies: what memory holds stays what the disk holds until the checkpoint has moved.
  std::vector<std::string> edge = me.edge;
  std::uint64_t size = me.state.size;
  Impl::Change change;
  for (const Digest& leaf : new_leaves) {
    Digest hash = leaf;
    for (std::size_t level = 0;; ++level) {
      if (edge.size() == level) edge.emplace_back();
      append_digest(edge[level], hash);
      if (edge[level].size() < kTileWidth * 32) break;
      const Tile full{static_cast<int>(level), (size >> (8 * (level + 1))), kTileWidth};
      if (auto put = me.put(full, edge[level], change); !put) return put;
      change.filled.push_back(full);
      hash = crypto::log::tile_root(edge[level]);
      edge[level].clear();
    }
    ++size;
  }
  for (const Tile& tile : crypto::log::partial_tiles(size)) {
    if (auto put = me.put(tile, edge[static_cast<std::size_t>(tile.level)], change); !put) return put;
  }
  for (const fs::path& folder : change.folders) {
    if (auto synced = sync_folder(me.disk, folder); !synced) return synced;
    if (auto synced = me.tree.sync_names_above(folder); !synced) return synced;
  }

  const crypto::log::ReadTile from_memory = [&](const Tile& tile) -> std::expected<std::string, crypto::Error> {
    const auto level = static_cast<std::size_t>(tile.level);
    if (tile.width != kTileWidth && level < edge.size() && tile.index == size >> (8 * (level + 1))) return edge[level];
    return me.read_tile(tile);
  };
  const auto root = crypto::log::root_from_tiles(size, from_memory);
  if (!root) return std::unexpected(me.folder.string() + ": " + root.error().text());
  const Checkpoint next{origin, size, *root};
  std::string note = crypto::log::sign_checkpoint(next, log_key);
  for (const crypto::SigningKey& other : also) note = crypto::log::sign_note_too(note, origin, other);
  if (auto put = replace_durably(me.disk, me.folder / (publish == Publish::at_once ? kPublished : kPending), note); !put) return put;
  if (first) {
    if (auto synced = me.tree.sync_names_above(me.folder); !synced) return synced;
  }
  me.note = std::move(note);
  me.state = next;
  me.edge = std::move(edge);
  // Housekeeping: a partial tile left behind is only a waste of space.
  for (const Tile& tile : change.filled) {
    fs::path partial = me.at(tile);
    partial += ".p";
    std::error_code ignored;
    for (const auto& one : fs::directory_iterator(partial, ignored)) me.disk.remove(one.path().c_str());
    if (fs::is_directory(partial, ignored)) me.disk.remove(partial.c_str());
  }
  return {};
}

std::expected<void, std::string> TileDirectory::publish(const std::string& note, const crypto::log::VerifierKey& log_key) {
  Impl& me = *impl_;
  if (auto locked = me.take_lock(); !locked) return locked;
  if (auto loaded = me.load(log_key); !loaded) return loaded;
  const auto opened = crypto::log::open_checkpoint(note, log_key);
  if (!opened) return refuse(me.folder / kPublished, opened.error().what, opened.error().remedy);
  if (me.note.empty() || opened->size != me.state.size || opened->root != me.state.root)
    return refuse(me.folder / kPublished, "it would not be the newest tree that was signed here", "the note that is pending, with its cosignatures");
  if (auto put = replace_durably(me.disk, me.folder / kPublished, note); !put) return put;
  me.note = note;
  return {};
}

}  // namespace gatehouse::adapters
