// gatehouse witness: sees the checkpoints of logs it knows, checks that each continues the last, and cosigns it (c2sp.org/tlog-witness). Its own settings,
// key and folder: it runs anywhere, needs no installation of Gatehouse and sees no entry.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "adapters/durable/secret_file.hpp"
#include "adapters/witness/witness_memory.hpp"
#include "crypto/log/cosignature.hpp"
#include "crypto/log/witness.hpp"
#include "gateway/app.hpp"
#include "gateway/cli/certificate.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/installation.hpp"
#include "gateway/http/logging.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/http/router.hpp"
#include "gateway/net/server.hpp"
#include "gateway/strict_json.hpp"

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;
using gateway::Request;
using gateway::Response;
using gateway::strict::Object;

struct WitnessFile {
  std::string name, key_file, state;
  std::vector<tree::VerifierKey> logs;
  gateway::ListenerSettings listen;
};

WitnessFile read_witness_file(const std::string& file) {
  const std::string text = read_file(file);
  nlohmann::json value;
  std::optional<policy::Error> error = gateway::strict::parse(text, value);
  WitnessFile out;
  const fs::path base = fs::absolute(file).parent_path();
  const auto path = [&base](const std::string& given) {
    return given.empty() ? given : (fs::path(given).is_absolute() ? fs::path(given) : base / given).lexically_normal().string();
  };
  if (!error) {
    Object in(value, "$", error);
    out.name = in.text("name", "", true, 200);
    if (!out.name.empty() && !tree::is_key_name(out.name)) in.wrong("$.name", "bad_name", "holds a blank or a plus", "for example witness.example.org");
    out.key_file = path(in.text("key_file", "witness.key"));
    out.state = path(in.text("state", "state"));
    const auto logs = in.texts("logs", 256);
    for (std::size_t i = 0; i < logs.size(); ++i) {
      auto key = tree::VerifierKey::parse(logs[i]);
      if (!key)
        in.wrong("$.logs[" + std::to_string(i) + "]", "bad_key", "is not the key of a log", "`name+hash+key`, from its keeper and not from the log itself");
      else
        out.logs.push_back(std::move(*key));
    }
    if (const auto* found = in.find("listen")) {
      Object one(*found, "$.listen", error);
      out.listen.address = one.text("address", "127.0.0.1");
      out.listen.port = one.whole<unsigned short>("port", 8446, 0, 65535);
      out.listen.plain = one.flag("plain", false);
      out.listen.certificate_file = path(one.text("certificate_file"));
      out.listen.key_file = path(one.text("key_file"));
      out.listen.proxy_protocol = one.flag("proxy_protocol", false);
      out.listen.trusted_proxies = one.texts("trusted_proxies");
      if (!out.listen.plain && (out.listen.certificate_file.empty() || out.listen.key_file.empty()))
        one.wrong("$.listen.certificate_file", "missing", "is missing, or key_file is", "both, or `plain` behind a proxy that speaks TLS");
      one.done();
    } else {
      in.wrong("$.listen", "missing", "is missing", "address, port and certificate");
    }
    in.done();
  }
  if (error) {
    error->where = file + ": " + error->where;
    throw Stop{error->text()};
  }
  out.listen.ask_client_certificate = false;
  out.listen.limits.body_bytes = 96 * 1024;                              // a note of 64 KiB and 63 hashes
  return out;
}

crypto::SigningKey read_witness_key(const std::string& file) {
  if (std::string trouble = gateway::key_file_trouble(file); !trouble.empty()) throw Stop{trouble};
  auto seed = adapters::read_secret_file(file);
  if (!seed) throw Stop{seed.error()};
  auto key = crypto::SigningKey::from_seed(std::move(*seed));
  if (!key) throw Stop{file + ": " + key.error().what + "; " + key.error().remedy};
  return std::move(*key);
}

class Witness {
 public:
  Witness(WitnessFile file, crypto::SigningKey key, adapters::WitnessMemory memory, gateway::Log log)
      : file_(std::move(file)), key_(std::move(key)), memory_(std::move(memory)), log_(std::move(log)) {
    const auto route = [this](const char* method, const char* path, Response (Witness::*use)(const Request&)) {
      router_.add(method, path, gateway::Access::open, [this, use](Request request) { return answer(use, std::move(request)); });
    };
    route("POST", "/add-checkpoint", &Witness::add_checkpoint);
    route("GET", "/checkpoint/{origin}", &Witness::checkpoint);
    route("GET", "/healthz", &Witness::alive);
  }

  asio::awaitable<Response> respond(Request request) {
    auto match = router_.find(request.method, request.path);
    if (match.handler == nullptr) {
      Response out(match.status);
      if (match.status == 405) out.set("allow", match.allow);
      out.set("content-type", "text/plain; charset=utf-8");
      out.body = "POST /add-checkpoint (c2sp.org/tlog-witness), GET /checkpoint/<sha-256 of the origin, hex>\n";
      co_return out;
    }
    request.captures = std::move(match.captures);
    auto work = (*match.handler)(std::move(request));
    Response out = co_await std::move(work);
    out.route = match.route;
    co_return out;
  }

 private:
  asio::awaitable<Response> answer(Response (Witness::*use)(const Request&), Request request) { co_return (this->*use)(request); }

  static Response text(int status, std::string body) {
    Response out(status);
    out.set("content-type", "text/plain; charset=utf-8");
    out.body = std::move(body);
    return out;
  }

  // The newest checkpoint kept for a log, its signature checked anew: a changed file must not pass for what was seen.
  std::expected<std::optional<tree::SeenTree>, std::string> last(const std::string& origin, std::string* note = nullptr) {
    auto kept = memory_.last(origin);
    if (!kept) return std::unexpected(kept.error());
    if (!*kept) return std::nullopt;
    auto seen = tree::read_seen_tree(**kept);
    const auto ours = tree::cosignatures(**kept, {tree::WitnessKey::of(file_.name, key_)});
    if (!seen || seen->origin != origin || !ours || ours->empty())
      return std::unexpected("what was kept of " + origin + " is not what this witness signed; put it back");
    if (note != nullptr) *note = std::move(**kept);
    return std::move(*seen);
  }

  void say(gateway::Level level, const char* event, std::string detail) {
    if (!log_) return;
    gateway::LogEvent one(level, event);
    one.detail = std::move(detail);
    log_(one);
  }

  // Reading the last, judging and keeping the next are one step: two requests at once must not both continue the same tree.
  Response add_checkpoint(const Request& request) {
    const auto asks = tree::read_add_checkpoint(request.body);
    if (!asks) return text(400, asks.error().text() + "\n");
    const auto named = tree::read_seen_tree(asks->note);
    const std::lock_guard lock(mutex_);
    std::optional<tree::SeenTree> before;
    if (named && knows(named->origin)) {
      auto kept = last(named->origin);
      if (!kept) {
        say(gateway::Level::error, "witness_memory", kept.error());
        return text(500, "this witness cannot say what it has seen\n");
      }
      before = std::move(*kept);
    }
    const auto judged = tree::judge(*asks, file_.logs, before);
    if (judged.fork) {
      memory_.keep_evidence(named->origin, asks->note);
      say(gateway::Level::error, "fork", named->origin + " signed a tree of " + std::to_string(named->size) + " entries that does not continue the " +
                                             std::to_string(before ? before->size : 0) + " seen before");
    }
    if (judged.status != 200) {
      Response out(judged.status);
      out.set("content-type", judged.content_type);
      out.body = judged.body;
      return out;
    }
    const std::string line = tree::cosign(judged.text, file_.name, key_, std::time(nullptr));
    // Its own signature goes with it, so that what is kept can be told from what somebody put there.
    const auto note = tree::add_cosignature(asks->note, line, tree::WitnessKey::of(file_.name, key_));
    if (!note) return text(400, note.error().text() + "\n");
    if (const auto kept = memory_.keep(named->origin, *note); !kept) {
      say(gateway::Level::error, "witness_memory", kept.error());
      return text(500, "this witness could not keep what it saw\n");
    }
    return text(200, line);
  }

  Response checkpoint(const Request& request) {
    const std::lock_guard lock(mutex_);
    for (const auto& key : file_.logs) {
      if (crypto::hex(crypto::sha256(key.name)) != request.captures.front()) continue;
      std::string note;
      const auto kept = last(key.name, &note);
      if (!kept) return text(500, "this witness cannot say what it has seen\n");
      return *kept ? text(200, std::move(note)) : text(404, "no checkpoint of this log yet\n");
    }
    return text(404, "this witness does not know the log\n");
  }

  Response alive(const Request&) { return text(200, "ok\n"); }

  bool knows(const std::string& origin) const {
    return std::any_of(file_.logs.begin(), file_.logs.end(), [&](const auto& key) { return key.name == origin; });
  }

  const WitnessFile file_;
  const crypto::SigningKey key_;
  std::mutex mutex_;
  adapters::WitnessMemory memory_;
  const gateway::Log log_;
  gateway::Router router_;
};

int serve_witness(const std::string& config, bool quiet) {
  if (config.empty()) throw Stop{"witness: no settings named: give --config FILE; `gatehouse witness init --dir D` makes them"};
  WitnessFile file = read_witness_file(config);
  if (file.logs.empty()) throw Stop{config + ": $.logs: is empty; name the logs this witness looks at, `name+hash+key` each"};
  auto key = read_witness_key(file.key_file);
  auto memory = adapters::WitnessMemory::open(file.state);
  if (!memory) throw Stop{memory.error(), 1};
  gateway::Log log = gateway::standard_error_log(quiet ? gateway::Level::warning : gateway::Level::info);
  gateway::ListenerSettings listen = file.listen;
  listen.log = log;
  const std::string name = tree::WitnessKey::of(file.name, key).text();
  Witness witness(std::move(file), std::move(key), std::move(*memory), log);
  asio::io_context io(1);
  std::unique_ptr<gateway::Server> server;
  try {
    server = std::make_unique<gateway::Server>(io.get_executor(), listen, [&witness](Request request) { return witness.respond(std::move(request)); });
  } catch (const std::runtime_error& error) {
    throw Stop{error.what(), 1};
  }
  asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.add(SIGHUP);
  std::function<void()> wait = [&] {
    signals.async_wait([&](boost::system::error_code failed, int number) {
      if (failed) return;
      if (number == SIGHUP) {
        (void)server->reload();
        return wait();
      }
      auto stopping = server->stop(std::chrono::seconds(2));
      asio::co_spawn(io, std::move(stopping), [&io](std::exception_ptr) { io.stop(); });
    });
  };
  wait();
  server->start();
  std::cout << name << " listens on " << listen.address << ":" << server->port() << (listen.plain ? " (plain)" : "") << std::endl;
  io.run();
  return 0;
}

struct InitOptions {
  std::string dir, name, host = "localhost", address = "127.0.0.1";
  std::vector<std::string> logs;
  unsigned port = 8446;
  bool plain = false;
};

void write_new(const fs::path& file, std::string_view bytes, mode_t mode) {
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (out < 0) throw Stop{file.string() + ": cannot be made; is it there already?"};
  const bool good = ::fchmod(out, mode) == 0 && ::write(out, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(out) == 0;
  if (::close(out) != 0 || !good) throw Stop{file.string() + ": cannot be written; is the disk full?"};
}

int init_witness(const InitOptions& options, bool as_json) {
  if (!tree::is_key_name(options.name)) throw Stop{"--name: holds a blank or a plus, or is empty; for example witness.example.org"};
  for (const auto& log : options.logs)
    if (!tree::VerifierKey::parse(log)) throw Stop{"--log-key `" + log.substr(0, 80) + "`: is not the key of a log; `name+hash+key`"};
  const fs::path dir = fs::absolute(options.dir).lexically_normal();
  std::error_code failed;
  if (fs::exists(dir, failed) && !fs::is_empty(dir, failed)) throw Stop{dir.string() + ": is there and not empty; nothing was changed, choose another --dir"};
  fs::create_directories(dir / "state", failed);
  if (failed) throw Stop{dir.string() + ": cannot be made; " + failed.message()};
  fs::permissions(dir / "state", fs::perms(0700), failed);
  const auto key = crypto::SigningKey::generate();
  const auto seed = key.seed().reveal(crypto::KeyAccess::granted_to("witness init: the witness's key goes to its file"));
  write_new(dir / "witness.key", {reinterpret_cast<const char*>(seed.data()), seed.size()}, 0400);
  const std::string public_key = tree::WitnessKey::of(options.name, key).text();
  write_new(dir / "witness.vkey", public_key + "\n", 0444);
  nlohmann::ordered_json settings = {{"name", options.name}, {"key_file", "witness.key"}, {"state", "state"}, {"logs", options.logs}};
  settings["listen"] = {{"address", options.address}, {"port", options.port}};
  if (options.plain) {
    settings["listen"]["plain"] = true;
  } else {
    const auto certificate = make_certificate(options.host);
    if (!certificate) throw Stop{certificate.error()};
    write_new(dir / "server.pem", certificate->certificate_pem, 0444);
    write_new(dir / "server.key", certificate->key_pem, 0400);
    settings["listen"]["certificate_file"] = "server.pem";
    settings["listen"]["key_file"] = "server.key";
  }
  write_new(dir / "witness.json", settings.dump(2) + "\n", 0640);
  if (as_json)
    std::cout << nlohmann::ordered_json{{"dir", dir.string()}, {"config", (dir / "witness.json").string()}, {"key", public_key}}.dump() << '\n';
  else
    std::cout << "Made in " << dir.string() << ":\n"
              << "  witness.json              settings; the logs it looks at stand there\n"
              << "  witness.key, witness.vkey its signing key (0400) and the public half\n"
              << "  state                     what it has seen: lose it, and take a new name and key\n"
              << "Give this to the logs' keepers, for log.witnesses: " << public_key << "\n";
  return 0;
}

}  // namespace

void add_witness(CLI::App& app, Context& context) {
  const auto config = std::make_shared<std::string>();
  const auto options = std::make_shared<InitOptions>();
  const auto quiet = std::make_shared<bool>(false);
  const auto as_json = std::make_shared<bool>(false);
  auto* witness = app.add_subcommand("witness", "cosign the checkpoints of logs that only ever grow (c2sp.org/tlog-witness)");
  witness->require_subcommand(0, 1);
  witness->add_option("--config", *config, "settings, as `witness init` writes them");
  witness->add_flag("--quiet", *quiet, "log warnings and errors only");
  auto* make = witness->add_subcommand("init", "make key, certificate and settings of a witness");
  make->add_option("--dir", options->dir, "folder; must be empty or not there")->required();
  make->add_option("--name", options->name, "name of the witness, for example witness.example.org")->required();
  make->add_option("--log-key", options->logs, "key of a log to look at, `name+hash+key`; may be given more than once");
  make->add_option("--host", options->host, "name in the certificate")->capture_default_str();
  make->add_option("--address", options->address, "address to listen on")->capture_default_str();
  make->add_option("--port", options->port)->check(CLI::Range(1, 65535))->capture_default_str();
  make->add_flag("--plain", options->plain, "without TLS, behind a proxy that speaks it");
  make->add_flag("--json", *as_json, "machine-readable output");
  witness->callback(guarded(context, [config, options, quiet, as_json, make] {
    return make->parsed() ? init_witness(*options, *as_json) : serve_witness(*config, *quiet);
  }));
}

}  // namespace gatehouse::cli
