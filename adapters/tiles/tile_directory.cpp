#include "adapters/tiles/tile_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

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

std::unexpected<std::string> refuse(const std::string& where, const std::string& what, const std::string& remedy) {
  return std::unexpected(where + ": " + what + (remedy.empty() ? "" : "; " + remedy));
}

std::string reason() { return std::strerror(errno); }

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  bool good() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

enum class Read : std::uint8_t { good, missing, failed };

Read read_file(const fs::path& path, std::string& out) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.good()) return errno == ENOENT || errno == ENOTDIR ? Read::missing : Read::failed;
  out.resize(kLongestFile + 1);
  std::size_t size = 0;
  while (size < out.size()) {
    const ssize_t got = ::read(file.get(), out.data() + size, out.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Read::failed;
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > kLongestFile) {
    errno = EFBIG;
    return Read::failed;
  }
  out.resize(size);
  return Read::good;
}

std::expected<void, std::string> sync_folder(const fs::path& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.good() || ::fsync(file.get()) != 0) return refuse(folder, "the folder cannot be synced: " + reason(), "check the disk");
  return {};
}

// Makes `folder` and what is above it down from `root`; the parent of each new one is synced, else a crash could lose the name.
std::expected<void, std::string> make_folders(const fs::path& root, const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return {};
  if (folder != root) {
    if (auto above = make_folders(root, folder.parent_path()); !above) return above;
  }
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return refuse(folder, "the folder cannot be made: " + reason(), "check owner and disk");
  const fs::path parent = folder.parent_path();
  return sync_folder(parent.empty() ? fs::path(".") : parent);
}

// Beside its place, synced, renamed. The folder is the caller's to sync.
std::expected<void, std::string> write_in_place_of(const fs::path& path, std::string_view bytes) {
  fs::path temporary = path;
  temporary += ".tmp";
  {
    const File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.good()) return refuse(temporary, "the file cannot be made: " + reason(), "check owner and disk");
    while (!bytes.empty()) {
      const ssize_t put = ::write(file.get(), bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return refuse(temporary, "the file cannot be written: " + reason(), "check the disk");
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(file.get()) != 0) return refuse(temporary, "the file cannot be synced: " + reason(), "check the disk");
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return refuse(path, "the file cannot be put in place: " + reason(), "check owner and disk");
  return {};
}

void append_digest(std::string& tile, const Digest& hash) { tile.append(reinterpret_cast<const char*>(hash.data()), hash.size()); }

std::string checkpoint_text(const std::string& note) {
  const std::size_t blank = note.rfind("\n\n");
  return blank == std::string::npos ? std::string() : note.substr(0, blank + 1);
}

}  // namespace

struct TileDirectory::Impl {
  fs::path folder;

  // the reader's side
  std::mutex cache_mutex;
  using Key = std::tuple<int, std::uint64_t, unsigned>;
  std::list<std::pair<Key, crypto::log::TileNodes>> recent;                        // newest first
  std::map<Key, std::list<std::pair<Key, crypto::log::TileNodes>>::iterator> cached;

  // the writer's side
  std::unique_ptr<File> lock;
  std::string note;                      // the checkpoint `edge` belongs to
  Checkpoint state;
  std::vector<std::string> edge;         // the partial tile of each level

  fs::path at(const Tile& tile) const { return folder / crypto::log::tile_path(tile); }

  // The tile, or the full one that has taken its place.
  std::expected<std::string, crypto::Error> read_tile(const Tile& tile) const {
    const auto error = [&](const char* what) {
      return std::unexpected(crypto::Error{"bad_tile", crypto::log::tile_path(tile), what, "derive the tiles again"});
    };
    std::string bytes;
    Read got = read_file(at(tile), bytes);
    if (got == Read::missing && tile.width != kTileWidth) got = read_file(at({tile.level, tile.index, kTileWidth}), bytes);
    if (got == Read::missing) return error("the tile is missing");
    if (got == Read::failed) return error("the tile cannot be read");
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
    if (auto made = make_folders(folder, folder); !made) return made;
    auto file = std::make_unique<File>(::open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
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
        return refuse(folder / "checkpoint", "it is missing, but the tiles are of a larger tree", "put the last checkpoint back, or start a new origin");
    }
    if (error) return refuse(tiles, "the folder cannot be read: " + error.message(), "check the disk");
    return {};
  }

  // Brings note, state and edge to what is on disk, and checks that they belong together.
  std::expected<void, std::string> load(const crypto::log::VerifierKey& key) {
    std::string now;
    const Read got = read_file(folder / "checkpoint", now);
    if (got == Read::failed) return refuse(folder / "checkpoint", "it cannot be read: " + reason(), "check owner and disk");
    if (got == Read::missing) {
      if (!note.empty()) return refuse(folder / "checkpoint", "it has gone while this process wrote it", "put it back");
      state = {key.name, 0, crypto::log::empty_root()};
      edge.clear();
      return {};
    }
    if (!note.empty() && now == note) return {};
    auto opened = crypto::log::open_checkpoint(now, key);
    if (!opened) return refuse(folder / "checkpoint", opened.error().what, opened.error().remedy);
    if (!note.empty() && opened->size < state.size) return refuse(folder / "checkpoint", "it was set back while this process wrote it", "put the newer one back");
    const crypto::log::ReadTile read = [this](const Tile& tile) { return read_tile(tile); };
    const auto root = crypto::log::root_from_tiles(opened->size, read);
    if (!root) return std::unexpected(folder.string() + ": " + root.error().text());
    if (*root != opened->root) return refuse(folder, "the tiles are not those of the signed checkpoint", "restore the folder; nothing is signed until then");
    std::vector<std::string> tiles;
    for (const Tile& tile : crypto::log::partial_tiles(opened->size)) {
      auto bytes = read_tile(tile);
      if (!bytes) return std::unexpected(folder.string() + ": " + bytes.error().text());
      tiles.resize(static_cast<std::size_t>(tile.level) + 1);
      tiles.back() = std::move(*bytes);
    }
    note = std::move(now);
    state = std::move(*opened);
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
    switch (read_file(path, there)) {
      case Read::good:
        // Left by a run that ended before its checkpoint. The same leaves give the same bytes.
        if (there == bytes) return {};
        return refuse(path, "a tile of another tree is there", "restore the folder; nothing is signed until then");
      case Read::failed: return refuse(path, "it cannot be read: " + reason(), "check owner and disk");
      case Read::missing: break;
    }
    if (auto made = make_folders(folder, path.parent_path()); !made) return made;
    change.folders.insert(path.parent_path());
    return write_in_place_of(path, bytes);
  }
};

TileDirectory::TileDirectory(std::string folder) : impl_(std::make_unique<Impl>()) { impl_->folder = std::move(folder); }
TileDirectory::~TileDirectory() = default;

// A checkpoint is a few hundred bytes and a tile 8 KB, out of the page cache: reading them costs less than moving to another thread.
boost::asio::awaitable<std::expected<std::string, policy::ProofError>> TileDirectory::checkpoint() {
  std::string note;
  switch (read_file(impl_->folder / "checkpoint", note)) {
    case Read::good: co_return note;
    case Read::missing: co_return std::unexpected(policy::ProofError::not_covered_yet);
    case Read::failed: break;
  }
  co_return std::unexpected(policy::ProofError::unavailable);
}

boost::asio::awaitable<std::expected<std::string, policy::ProofError>> TileDirectory::proof(std::uint64_t index, std::string entry) {
  co_return proof_now(index, entry);
}

std::expected<std::string, policy::ProofError> TileDirectory::proof_now(std::uint64_t index, std::string_view entry) {
  std::string note;
  switch (read_file(impl_->folder / "checkpoint", note)) {
    case Read::good: break;
    case Read::missing: return std::unexpected(policy::ProofError::not_covered_yet);
    case Read::failed: return std::unexpected(policy::ProofError::unavailable);
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

std::expected<Checkpoint, std::string> TileDirectory::signed_state(const crypto::log::VerifierKey& log_key) const {
  std::string note;
  switch (read_file(impl_->folder / "checkpoint", note)) {
    case Read::missing: return Checkpoint{log_key.name, 0, crypto::log::empty_root()};
    case Read::failed: return refuse(impl_->folder / "checkpoint", "it cannot be read: " + reason(), "check owner and disk");
    case Read::good: break;
  }
  auto opened = crypto::log::open_checkpoint(note, log_key);
  if (!opened) return refuse(impl_->folder / "checkpoint", opened.error().what, opened.error().remedy);
  return std::move(*opened);
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
                                                                const crypto::SigningKey& log_key) {
  Impl& me = *impl_;
  const auto key = crypto::log::VerifierKey::of(origin, log_key);
  if (!crypto::log::is_key_name(origin)) return refuse("log.origin", "it is empty or holds a space", "`gatehouse.example.org/log`");
  if (auto locked = me.take_lock(); !locked) return locked;
  if (auto loaded = me.load(key); !loaded) return loaded;
  const bool first = me.note.empty();
  if (first) {
    if (auto fresh = me.check_never_signed(new_leaves.size()); !fresh) return fresh;
  } else if (new_leaves.empty()) {
    return {};
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
    if (auto synced = sync_folder(folder); !synced) return synced;
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
  if (auto put = write_in_place_of(me.folder / "checkpoint", note); !put) return put;
  if (auto synced = sync_folder(me.folder); !synced) return synced;
  me.note = std::move(note);
  me.state = next;
  me.edge = std::move(edge);
  // Housekeeping: a partial tile left behind is only a waste of space.
  for (const Tile& tile : change.filled) {
    std::error_code ignored;
    fs::path partial = me.at(tile);
    partial += ".p";
    fs::remove_all(partial, ignored);
  }
  return {};
}

}  // namespace gatehouse::adapters
