#include "adapters/anchor/anchor.hpp"

#include <sys/stat.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "adapters/durable/files.hpp"
#include "adapters/partner/https_client.hpp"
#include "adapters/partner/https_url.hpp"
#include "adapters/sqlite/log_reader.hpp"

namespace asio = boost::asio;

namespace gatehouse::adapters {

namespace fs = std::filesystem;
namespace tree = crypto::log;
using Kind = AnchorSettings::Kind;

namespace {

constexpr std::size_t kLongestNote = 65536, kLongestToken = 4096;

}  // namespace

struct Anchor::Impl {
  AnchorSettings settings;
  tree::VerifierKey log_key;
  Disk& disk;
  asio::io_context io{1};
  std::optional<HttpsClient> client;
  std::string target, host;
  std::optional<Cosigners> witnesses;
  std::optional<std::uint64_t> kept;     // size of what it holds, once known

  Impl(AnchorSettings given, tree::VerifierKey key, Disk& through) : settings(std::move(given)), log_key(std::move(key)), disk(through) {}

  fs::path file() const { return fs::path(settings.folder) / (crypto::hex(crypto::sha256(log_key.name)).substr(0, 32) + ".checkpoint"); }

  std::expected<ClientResponse, std::string> exchange(const char* method, std::string body) {
    ClientRequest request(method, target);
    request.body = std::move(body);
    if (!request.body.empty()) request.headers.emplace_back("content-type", "text/plain; charset=utf-8");
    if (!settings.token_file.empty()) {
      std::string token;
      if (read_file(settings.token_file, kLongestToken, token) != FileRead::good)
        return std::unexpected(settings.token_file + ": the anchor's token cannot be read; check path and owner");
      token.resize(std::min(token.find('\n'), token.size()));
      request.headers.emplace_back("authorization", "Bearer " + token);
    }
    std::optional<std::expected<ClientResponse, NetError>> answer;
    io.restart();
    auto work = client->send(std::move(request));
    asio::co_spawn(io, std::move(work), [&answer](std::exception_ptr thrown, std::expected<ClientResponse, NetError> got) {
      if (!thrown) answer.emplace(std::move(got));
    });
    io.run();
    if (!answer) return std::unexpected("anchor " + host + ": it could not be asked");
    if (!*answer) return std::unexpected("anchor " + host + ": it cannot be reached (" + std::string((*answer).error().word()) + "); look at the network and its certificate");
    return std::move(**answer);
  }

  std::expected<std::optional<tree::Checkpoint>, std::string> open(const std::string& note, const std::string& where) const {
    auto opened = tree::open_checkpoint(note, log_key);
    if (!opened) return std::unexpected(where + ": what it holds is not a checkpoint of this log: " + opened.error().what + "; look at it, then begin a new anchor");
    return std::move(*opened);
  }
};

Anchor::Anchor(AnchorSettings settings, tree::VerifierKey log_key, Disk& disk) : impl_(std::make_unique<Impl>(std::move(settings), std::move(log_key), disk)) {
  Impl& me = *impl_;
  if (me.settings.kind == Kind::file && me.settings.folder.empty()) throw std::runtime_error("log.anchor_folder: is missing; name a folder on another disk");
  if (me.settings.kind == Kind::witness) {
    if (me.settings.witnesses.empty()) throw std::runtime_error("log.anchor: `witness` without witnesses; name them in log.witnesses");
    me.witnesses.emplace(me.settings.witnesses, me.settings.wanted, me.log_key);
  }
  if (me.settings.kind == Kind::https) {
    const auto url = read_https_url(me.settings.url);
    if (!url) throw std::runtime_error("log.anchor_url: `" + me.settings.url + "` is no address; https://host[:port]/path");
    HttpsClientSettings how;
    how.host = me.host = url->host;
    how.port = url->port;
    how.server_pin = me.settings.pin;
    how.authority_file = me.settings.pin.empty() && me.settings.authority_file.empty() ? system_authorities() : me.settings.authority_file;
    how.connect = how.handshake = how.write = std::chrono::milliseconds(3000);
    how.response = std::chrono::milliseconds(5000);
    how.body_bytes = kLongestNote;
    me.target = url->path.empty() ? "/" : url->path;
    me.client.emplace(me.io.get_executor(), std::move(how));
  }
}

Anchor::~Anchor() = default;

Kind Anchor::kind() const { return impl_->settings.kind; }

bool Anchor::on_the_disk_of(const std::string& folder) const {
  struct stat here {}, there {};
  return impl_->settings.kind == Kind::file && ::stat(folder.c_str(), &here) == 0 && ::stat(impl_->settings.folder.c_str(), &there) == 0 && here.st_dev == there.st_dev;
}

std::expected<std::optional<tree::Checkpoint>, std::string> Anchor::last() {
  Impl& me = *impl_;
  std::expected<std::optional<tree::Checkpoint>, std::string> out = std::nullopt;
  switch (me.settings.kind) {
    case Kind::none: break;
    case Kind::file: {
      std::error_code ignored;
      if (!fs::is_directory(me.settings.folder, ignored)) return std::unexpected(me.settings.folder + ": the anchor's folder is not there; is its disk mounted?");
      std::string note;
      switch (read_file(me.file(), kLongestNote, note)) {
        case FileRead::missing: break;
        case FileRead::failed: return std::unexpected(me.file().string() + ": " + std::strerror(errno) + "; check owner and disk");
        case FileRead::good: out = me.open(note, me.file().string()); break;
      }
      break;
    }
    case Kind::https: {
      const auto answer = me.exchange("GET", {});
      if (!answer) return std::unexpected(answer.error());
      if (answer->status == 200)
        out = me.open(answer->body, "anchor " + me.host);
      else if (answer->status != 404 && answer->status != 410)
        return std::unexpected("anchor " + me.host + ": it answered " + std::to_string(answer->status) + "; it must give back what was put there");
      break;
    }
    case Kind::witness: out = me.witnesses->largest_seen(); break;
  }
  if (out && *out) me.kept = (*out)->size;
  return out;
}

std::expected<void, std::string> Anchor::keep(const std::string& note) {
  Impl& me = *impl_;
  if (me.settings.kind == Kind::none || me.settings.kind == Kind::witness) return {};
  const auto opened = tree::open_checkpoint(note, me.log_key);
  if (!opened) return std::unexpected("anchor: " + opened.error().text());
  if (!me.kept) {
    if (const auto there = last(); !there) return std::unexpected(there.error());
  }
  if (me.kept && *me.kept > opened->size)
    return std::unexpected("anchor: it holds a checkpoint of " + std::to_string(*me.kept) + " entries, and this one has " + std::to_string(opened->size) +
                           "; the log was set back");
  if (me.settings.kind == Kind::file) {
    if (auto kept = replace_durably(me.disk, me.file(), note); !kept) return kept;
  } else {
    const auto answer = me.exchange("PUT", note);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status < 200 || answer->status > 204)
      return std::unexpected("anchor " + me.host + ": it answered " + std::to_string(answer->status) + " to PUT; it must take a checkpoint and keep it");
  }
  me.kept = opened->size;
  return {};
}

std::expected<void, std::string> check_anchor(Anchor& anchor, LogReader& store, const TileDirectory& tiles, const tree::VerifierKey& log_key, bool begin) {
  if (anchor.kind() == Kind::none) return {};
  const auto last = anchor.last();
  if (!last) return std::unexpected(last.error());
  const auto state = tiles.signed_state(log_key);
  if (!state) return std::unexpected(state.error());
  if (!*last) {
    if (state->size == 0 || begin) return {};
    return std::unexpected("log.anchor: it holds no checkpoint of this log, which has signed " + std::to_string(state->size) +
                           " entries; bring back what it held (is its disk mounted?), or begin a new anchor with `gatehouse log --begin-anchor`");
  }
  const tree::Checkpoint& anchored = **last;
  if (anchored.size == 0) return {};
  const auto behind = [&](const std::string& what) {
    return std::unexpected("log.anchor: it holds a checkpoint of " + std::to_string(anchored.size) + " entries, and " + what +
                           "; this is an older or another database: put the newest backup in its place. It does not go on from an older one under the same name: whoever verified the newer "
                           "entries would be lied to. Where there is no newer one, two officers say `gatehouse restored`");
  };
  const auto newest = store.rows(anchored.size - 1, 1);
  if (!newest) return std::unexpected(newest.error());
  if (newest->empty() || newest->front().index != anchored.size - 1) return behind("the database has fewer");
  std::expected<crypto::Digest, std::string> root;
  if (state->size >= anchored.size) {
    root = tiles.root_at(anchored.size);
  } else {
    // The tiles are lost or behind: the database's own entries must do.
    tree::Frontier frontier;
    while (frontier.size() < anchored.size) {
      const auto rows = store.rows(frontier.size(), std::min<std::uint64_t>(4096, anchored.size - frontier.size()));
      if (!rows) return std::unexpected(rows.error());
      if (rows->empty()) return behind("the database has a gap");
      for (const auto& row : *rows) {
        if (row.index != frontier.size()) return behind("the database has a gap at " + std::to_string(frontier.size()));
        frontier.append(tree::leaf_hash(row.entry));
      }
    }
    root = frontier.root();
  }
  if (!root) return std::unexpected(root.error());
  if (*root != anchored.root) return behind("the tree here is another one");
  return {};
}

}  // namespace gatehouse::adapters
