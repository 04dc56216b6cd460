#include "gateway/cli/log_source.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstring>
#include <list>
#include <map>
#include <optional>
#include <stdexcept>

#include "adapters/durable/files.hpp"
#include "adapters/partner/https_client.hpp"
#include "adapters/partner/https_url.hpp"
#include "adapters/witness/cosigners.hpp"
#include "gateway/cli/installation.hpp"

namespace asio = boost::asio;

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;

constexpr std::size_t kLongest = 65536;

crypto::Error bad(const tree::Tile& tile, std::string what) { return {"bad_tile", tree::tile_path(tile), std::move(what), "the log's own tiles"}; }

std::expected<std::string, crypto::Error> cut(const tree::Tile& tile, std::string bytes) {
  if (bytes.size() % 32 != 0 || bytes.size() < tile.width * 32ull || bytes.size() > tree::kTileWidth * 32)
    return std::unexpected(bad(tile, "it does not have the size of its name"));
  bytes.resize(tile.width * 32ull);
  return bytes;
}

class FolderSource : public LogSource {
 public:
  explicit FolderSource(std::string folder) : folder_(std::move(folder)) {}
  std::expected<std::string, std::string> checkpoint() override { return read_whole(folder_ + "/checkpoint", kLongest); }
  std::expected<std::string, crypto::Error> tile(const tree::Tile& tile) override {
    std::string bytes;
    auto got = adapters::read_file(folder_ + "/" + tree::tile_path(tile), kLongest, bytes);
    if (got == adapters::FileRead::missing && tile.width != tree::kTileWidth)
      got = adapters::read_file(folder_ + "/" + tree::tile_path({tile.level, tile.index, tree::kTileWidth}), kLongest, bytes);
    if (got == adapters::FileRead::missing) return std::unexpected(bad(tile, "it is missing in " + folder_));
    if (got == adapters::FileRead::failed) return std::unexpected(bad(tile, std::string("it cannot be read: ") + std::strerror(errno)));
    return cut(tile, std::move(bytes));
  }

 private:
  const std::string folder_;
};

class HttpsSource : public LogSource {
 public:
  HttpsSource(const adapters::HttpsUrl& url, const TrustOptions& trust) : host_(url.host), prefix_(url.path) {
    adapters::HttpsClientSettings settings;
    settings.host = url.host;
    settings.port = url.port;
    settings.server_pin = trust.pin;
    settings.authority_file = trust.pin.empty() && trust.authority_file.empty() ? adapters::system_authorities() : trust.authority_file;
    settings.body_bytes = kLongest;
    client_.emplace(io_.get_executor(), std::move(settings));
  }
  std::expected<std::string, std::string> checkpoint() override {
    auto got = get("/checkpoint");
    if (!got) return got;
    if (status_ != 200) return std::unexpected(host_ + ": it answered " + std::to_string(status_) + " for its checkpoint; try again later");
    return got;
  }
  std::expected<std::string, crypto::Error> tile(const tree::Tile& tile) override {
    auto got = get("/" + tree::tile_path(tile));
    if (got && status_ == 404 && tile.width != tree::kTileWidth) got = get("/" + tree::tile_path({tile.level, tile.index, tree::kTileWidth}));
    if (!got) return std::unexpected(bad(tile, got.error()));
    if (status_ != 200) return std::unexpected(bad(tile, host_ + " answered " + std::to_string(status_)));
    return cut(tile, std::move(*got));
  }

 private:
  std::expected<std::string, std::string> get(const std::string& below) {
    adapters::ClientRequest request("GET", prefix_ + below);
    std::optional<std::expected<adapters::ClientResponse, adapters::NetError>> answer;
    io_.restart();
    auto work = client_->send(std::move(request));
    asio::co_spawn(io_, std::move(work), [&answer](std::exception_ptr thrown, std::expected<adapters::ClientResponse, adapters::NetError> got) {
      if (!thrown) answer.emplace(std::move(got));
    });
    io_.run();
    if (!answer || !*answer)
      return std::unexpected(host_ + ": it cannot be reached (" + (answer ? std::string(answer->error().word()) : std::string("failed")) +
                             "); look at the address, the network and --pin or --authority");
    status_ = (*answer)->status;
    return std::move((*answer)->body);
  }

  const std::string host_, prefix_;
  asio::io_context io_{1};
  std::optional<adapters::HttpsClient> client_;
  int status_ = 0;
};

// A proof asks for the same tile again and again; a whole tree is walked tile by tile.
class Remembering : public LogSource {
 public:
  explicit Remembering(std::unique_ptr<LogSource> from) : from_(std::move(from)) {}
  std::expected<std::string, std::string> checkpoint() override { return from_->checkpoint(); }
  std::expected<std::string, crypto::Error> tile(const tree::Tile& tile) override {
    const std::string name = tree::tile_path(tile);
    if (const auto found = kept_.find(name); found != kept_.end()) return found->second;
    auto bytes = from_->tile(tile);
    if (!bytes) return bytes;
    if (order_.size() == 64) {
      kept_.erase(order_.front());
      order_.pop_front();
    }
    kept_.emplace(name, *bytes);
    order_.push_back(name);
    return bytes;
  }

 private:
  std::unique_ptr<LogSource> from_;
  std::map<std::string, std::string> kept_;
  std::list<std::string> order_;
};

std::expected<tree::VerifierKey, std::string> read_key(const std::string& given) {
  if (auto key = tree::VerifierKey::parse(given)) return std::move(*key);
  const auto text = read_whole(given, 4096);
  if (!text) return std::unexpected("--log-key: neither a verifier key nor a file that can be read; `name+hash+key` or its file");
  auto key = tree::VerifierKey::parse(*text);
  if (!key) return std::unexpected(given + ": " + key.error().what + "; " + key.error().remedy);
  return std::move(*key);
}

std::expected<Trust, std::string> trust_of(const TrustOptions& options, const std::string* note) {
  Trust out;
  if (!options.policy.empty()) {
    const auto text = read_whole(options.policy, kLongest);
    if (!text) return std::unexpected(text.error());
    auto policy = tree::WitnessPolicy::parse(*text);
    if (!policy) return std::unexpected(options.policy + ": " + policy.error().text());
    out.policy = std::move(*policy);
  }
  if (!options.log_key.empty()) {
    auto key = read_key(options.log_key);
    if (!key) return std::unexpected(key.error());
    out.log = std::move(*key);
    return out;
  }
  const auto& logs = out.policy.logs();
  if (logs.empty()) return std::unexpected("--log-key: give the key of the log, or a --policy that names it");
  if (logs.size() == 1 || note == nullptr) {
    if (logs.size() != 1) return std::unexpected("--log-key: the policy names several logs; say which");
    out.log = logs.front();
    return out;
  }
  const std::string origin = note->substr(0, note->find('\n'));
  for (const auto& log : logs)
    if (log.name == origin && tree::open_note(*note, log)) out.log = log;
  if (out.log.name.empty()) return std::unexpected(options.policy + ": it names no log that signed this checkpoint; a policy for this log");
  return out;
}

}  // namespace

void TrustOptions::add_to(CLI::App& command, bool with_place) {
  command.add_option("--log-key", log_key, "verifier key of the log, `name+hash+key`, or its file");
  command.add_option("--policy", policy, "policy file (c2sp.org/tlog-policy): logs, witnesses, and who of them must have cosigned");
  if (!with_place) return;
  command.add_option("--pin", pin, "SHA-256 of the server's public key, hex, for a log at an https:// address");
  command.add_option("--authority", authority_file, "PEM file of the authority of the server's certificate (default: the system's)");
}

std::expected<std::unique_ptr<LogSource>, std::string> LogSource::open(const std::string& place, const TrustOptions& trust) {
  if (place.find("://") == std::string::npos) return std::make_unique<Remembering>(std::make_unique<FolderSource>(place));
  const auto url = adapters::read_https_url(place);
  if (!url) return std::unexpected(place + ": is no address; https://host[:port]/log, or a folder");
  try {
    return std::make_unique<Remembering>(std::make_unique<HttpsSource>(*url, trust));
  } catch (const std::runtime_error& error) {
    return std::unexpected(std::string(error.what()));
  }
}

std::expected<Trust, std::string> read_trust(const TrustOptions& options, const std::string& note) { return trust_of(options, &note); }
std::expected<Trust, std::string> read_trust(const TrustOptions& options) { return trust_of(options, nullptr); }

std::string witnesses_text(std::size_t cosigned, const tree::WitnessPolicy& policy) {
  return std::to_string(cosigned) + " of " + std::to_string(policy.witnesses().size()) + " witnesses";
}

}  // namespace gatehouse::cli
