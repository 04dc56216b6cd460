// gatehouse log: derives the tiles of the log and signs a checkpoint, every second when there is something new. The only holder of the log's key.
#include <sodium.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <ctime>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "crypto/log/checkpoint.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/installation.hpp"

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;

constexpr std::uint64_t kRows = 4096;    // read at a time
constexpr std::size_t kLeaves = 65536;   // signed at a time, while catching up
constexpr std::uint64_t kScrub = 2048;   // old entries hashed again each idle second

struct Options {
  std::string config;
  bool once = false, json = false;
};

std::expected<crypto::SigningKey, std::string> read_log_key(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::unexpected(path + ": the log's signing key cannot be read; run as the log's own user");
  if ((status.st_mode & 077) != 0) return std::unexpected(path + ": others may read the log's signing key; chmod 400");
  auto bytes = read_whole(path, 4096);
  if (!bytes) return std::unexpected(bytes.error());
  auto seed = crypto::SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()});
  sodium_memzero(bytes->data(), bytes->size());
  auto key = crypto::SigningKey::from_seed(std::move(seed));
  if (!key) return std::unexpected(path + ": " + key.error().what + "; " + key.error().remedy);
  return std::move(*key);
}

// Derives and signs. Every error ends it: what is wrong with a log is for people to look at, and nothing is signed until they have.
class LogKeeper {
 public:
  LogKeeper(adapters::Admin& store, adapters::TileDirectory& tiles, std::string origin, const crypto::SigningKey& key)
      : store_(store), tiles_(tiles), origin_(std::move(origin)), key_(key), verifier_(tree::VerifierKey::of(origin_, key)) {}

  // Everything new at this moment. Gives how many entries that was.
  std::expected<std::uint64_t, std::string> derive() {
    auto state = tiles_.signed_state(verifier_);
    if (!state) return std::unexpected(state.error());
    if (auto same = compare(state->size, state->size == 0 ? 0 : state->size - 1, 1); !same) return std::unexpected(same.error());
    std::uint64_t next = state->size, added = 0;
    bool more = true;
    while (more) {
      std::vector<crypto::Digest> leaves;
      while (leaves.size() < kLeaves) {
        const auto rows = store_.log_rows(next, kRows);
        if (!rows) return std::unexpected(rows.error());
        for (const auto& row : *rows) {
          auto leaf = checked(row, next);
          if (!leaf) return std::unexpected(leaf.error());
          leaves.push_back(*leaf);
          ++next;
        }
        more = rows->size() == kRows;
        if (!more) break;
      }
      if (leaves.empty() && state->size != 0) break;
      if (auto done = tiles_.append_and_sign(leaves, origin_, key_); !done) return std::unexpected(done.error());
      added += leaves.size();
      if (leaves.empty()) break;
      state->size = next;
    }
    size_ = next;
    return added;
  }

  // Hashes a slice of old entries again, in turn, and compares them with the tiles.
  std::expected<void, std::string> scrub() {
    if (scrubbed_ >= size_) scrubbed_ = 0;
    const std::uint64_t count = std::min(kScrub, size_ - scrubbed_);
    if (count == 0) return {};
    auto same = compare(size_, scrubbed_, count);
    scrubbed_ += count;
    return same;
  }

  std::uint64_t size() const { return size_; }

 private:
  std::expected<crypto::Digest, std::string> checked(const adapters::Admin::LogRow& row, std::uint64_t wanted) const {
    if (row.index != wanted)
      return std::unexpected("log entry " + std::to_string(wanted) + ": it is missing; stop the gateway and restore the database");
    const crypto::Digest leaf = tree::leaf_hash(row.entry);
    if (row.leaf.size() != leaf.size() || !std::equal(leaf.begin(), leaf.end(), reinterpret_cast<const std::uint8_t*>(row.leaf.data())))
      return std::unexpected("log entry " + std::to_string(wanted) + ": it does not have the hash stored with it; stop the gateway and restore the database");
    return leaf;
  }

  // Entries [from, from + count) of the database are those of the tiles of a tree of `size`.
  std::expected<void, std::string> compare(std::uint64_t size, std::uint64_t from, std::uint64_t count) {
    if (size == 0) return {};
    std::vector<crypto::Digest> tile;
    std::uint64_t tile_index = UINT64_MAX;
    const std::uint64_t end = std::min(size, from + count);
    while (from < end) {
      const auto rows = store_.log_rows(from, std::min(kRows, end - from));
      if (!rows) return std::unexpected(rows.error());
      if (rows->empty())
        return std::unexpected("log entry " + std::to_string(from) + ": it is missing, but a checkpoint of " + std::to_string(size) +
                               " entries is signed; the database was set back: restore it");
      for (const auto& row : *rows) {
        const auto leaf = checked(row, from);
        if (!leaf) return std::unexpected(leaf.error());
        if (from / 256 != tile_index) {
          tile_index = from / 256;
          auto leaves = tiles_.leaves(tile_index, size);
          if (!leaves) return std::unexpected(leaves.error());
          tile = std::move(*leaves);
        }
        if (tile[from % 256] != *leaf)
          return std::unexpected("log entry " + std::to_string(from) + ": it is not the one that was signed; stop the gateway and restore the database");
        ++from;
      }
    }
    return {};
  }

  adapters::Admin& store_;
  adapters::TileDirectory& tiles_;
  const std::string origin_;
  const crypto::SigningKey& key_;
  const tree::VerifierKey verifier_;
  std::uint64_t size_ = 0, scrubbed_ = 0;
};

void say(const Options& options, const std::string& origin, std::uint64_t size, std::uint64_t added) {
  if (options.json)
    std::cout << nlohmann::json{{"origin", origin}, {"size", size}, {"new", added}}.dump() << std::endl;
  else
    std::cout << "checkpoint of " << size << " entries signed (" << added << " new)" << std::endl;
}

int keep(const Options& options) {
  const auto installation = read_installation(options.config);
  if (!installation) return fail(installation.error());
  const auto key = read_log_key(installation->log_key);
  if (!key) return fail(key.error());
  const auto text = read_whole(installation->log_verifier, 4096);
  if (!text) return fail(text.error());
  const auto verifier = tree::VerifierKey::parse(*text);
  if (!verifier) return fail(installation->log_verifier + ": " + verifier.error().what + "; " + verifier.error().remedy);
  if (verifier->name != installation->log_origin || verifier->public_key != key->public_key())
    return fail("log.verifier_key_file: it is not the verifier key of log.key_file and log.origin; what partners were given must stay true");

  // A signal during the wait ends it; one during the work waits for it.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &ending, &before);

  auto store = adapters::Admin::open(installation->store);
  if (!store) return fail(store.error());
  adapters::TileDirectory tiles(installation->log_folder);
  LogKeeper keeper(*store, tiles, installation->log_origin, *key);
  int code = 0;
  for (bool first = true;; first = false) {
    const auto added = keeper.derive();
    if (!added) {
      code = fail(added.error(), 1);
      break;
    }
    if (options.once || first || *added != 0) say(options, installation->log_origin, keeper.size(), *added);
    if (options.once) break;
    if (*added == 0) {
      if (auto scrubbed = keeper.scrub(); !scrubbed) {
        code = fail(scrubbed.error(), 1);
        break;
      }
    }
    const timespec second{1, 0};
    if (sigtimedwait(&ending, nullptr, &second) > 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

}  // namespace

void add_log(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  auto* log = app.add_subcommand("log", "derive the log's tiles and sign a checkpoint, every second when there is something new");
  log->add_option("--config", options->config, "settings (default: $GATEHOUSE_CONFIG)");
  log->add_flag("--once", options->once, "once, then end");
  log->add_flag("--json", options->json, "one JSON object on a line for each checkpoint");
  log->callback([options, &context] { context.exit_code = keep(*options); });
}

}  // namespace gatehouse::cli
