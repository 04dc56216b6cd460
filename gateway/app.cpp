#include "gateway/app.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "adapters/anchor/anchor.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/log_reader.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "gateway/console/console.hpp"
#include "gateway/duties/duties.hpp"
#include "gateway/log_status.hpp"
#include "gateway/metrics.hpp"
#include "gateway/net/server.hpp"
#include "gateway/net/workers.hpp"
#include "gateway/pack_files.hpp"
#include "gateway/partner_api/requests.hpp"
#include "gateway/proof_gate.hpp"
#include "gateway/statistics/load.hpp"
#include "gateway/statistics/open.hpp"

namespace gatehouse::gateway {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using policy::Instant;

namespace {

Instant wall_clock() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

// Runs one coroutine to its end on a loop of its own: for what is asked before the server listens.
template <class T>
T wait_for(asio::awaitable<T> work) {
  asio::io_context io;
  std::optional<T> out;
  std::exception_ptr failed;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr why, T value) {
    failed = why;
    out = std::move(value);
  });
  io.run();
  if (failed) std::rethrow_exception(failed);
  return std::move(*out);
}

// `gatehouse log` as a child: it alone opens the log key. It ends with us, and is started again when it ends before us.
class LogChild {
 public:
  LogChild(std::string settings_file, Log log) : settings_(std::move(settings_file)), log_(std::move(log)) {}
  ~LogChild() { stop(); }

  void look() {
    if (child_ > 0) {
      int status = 0;
      if (waitpid(child_, &status, WNOHANG) != child_) return;
      child_ = 0;
      LogEvent event(Level::error, "log_signer_ended");
      event.detail = "it is started again";
      if (log_) log_(event);
      next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    }
    if (stopped_ || std::chrono::steady_clock::now() < next_) return;
    const pid_t parent = getpid();
    std::string self = "/proc/self/exe", name = "gatehouse", what = "log", option = "--config", file = settings_;
    char* argv[] = {name.data(), what.data(), option.data(), file.data(), nullptr};
    const pid_t child = fork();
    if (child == 0) {
      // Only calls that are safe after fork: a thread of the parent may hold any lock.
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      if (getppid() != parent) _exit(1);
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      for (const int signal_number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD}) ::signal(signal_number, SIG_DFL);
      close_range(3, ~0U, 0);
      execv(self.c_str(), argv);
      _exit(127);
    }
    if (child > 0) child_ = child;
    next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  }

  void stop() {
    stopped_ = true;
    if (child_ <= 0) return;
    kill(child_, SIGTERM);
    for (int i = 0; i < 100; ++i) {
      if (waitpid(child_, nullptr, WNOHANG) == child_) {
        child_ = 0;
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = 0;
  }

 private:
  std::string settings_;
  Log log_;
  pid_t child_ = 0;
  bool stopped_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace

adapters::SqliteSettings store_settings(const Settings& settings) {
  adapters::SqliteSettings out;
  out.database = settings.data.database;
  out.keystore = settings.keys.keystore;
  out.statistics = settings.data.statistics;
  out.ledger_mark = settings.keys.ledger_mark_file;
  out.kek.provider = settings.keys.kek_provider;
  out.kek.file = settings.keys.kek_file;
  out.kek.credential_folder = settings.keys.credential_folder;
  out.kek.pkcs11_module = settings.keys.pkcs11_module;
  out.kek.pkcs11_token = settings.keys.pkcs11_token;
  out.kek.pkcs11_pin_file = settings.keys.pkcs11_pin_file;
  out.reader_threads = settings.data.reader_threads;
  out.disk_reserve_bytes = settings.data.disk_reserve_bytes;
  out.disk_alarm_bytes = settings.data.disk_alarm_bytes;
  return out;
}

std::string key_file_trouble(const std::string& file) {
  struct stat about {};
  if (stat(file.c_str(), &about) != 0) return file + ": cannot be found; gatehouse init makes it, or name its place in the settings";
  if ((about.st_mode & 0177) != 0) return file + ": others may read or run it; chmod 0400 it";
  return {};
}

std::vector<NotGuaranteed> not_guaranteed(const Settings& settings) {
  std::vector<NotGuaranteed> out;
  if (settings.log.quorum == 0)
    out.push_back({"a witness outside", settings.log.witnesses.empty()
                       ? "nobody else signs the log's checkpoints: a forged or rolled back log shows only to partners who kept an old checkpoint"
                       : "witnesses are asked, but a checkpoint is published without them (log.quorum is 0)"});
  if (settings.log.anchor == AnchorKind::none)
    out.push_back({"an anchor on another disk", "the newest checkpoint lies on this disk alone: an old copy of the whole machine would start without complaint"});
  if (settings.profile != "small") return out;
  if (settings.log.signer == LogSigner::child)
    out.push_back({"a log signer of its own user", "the log key lies under the same user as the web tier; a service of its own (log.signer separate) parts them"});
  out.push_back({"a KEK that needs this machine", "the key-encryption key is a file: who copies the whole disk, keys folder included, can read the records"});
  out.push_back({"another machine", "one machine: when it stops, so does the gateway; the emergency card says whom to ring"});
  out.push_back({"a second officer in the office", "the second person of four-eyes approvals may be a trustee with an account"});
  return out;
}

adapters::AnchorSettings anchor_settings(const LogSettings& log) {
  adapters::AnchorSettings out;
  switch (log.anchor) {
    case AnchorKind::none: out.kind = adapters::AnchorSettings::Kind::none; break;
    case AnchorKind::file: out.kind = adapters::AnchorSettings::Kind::file; break;
    case AnchorKind::https: out.kind = adapters::AnchorSettings::Kind::https; break;
    case AnchorKind::witness: out.kind = adapters::AnchorSettings::Kind::witness; break;
  }
  out.folder = log.anchor_folder;
  out.url = log.anchor_url;
  out.pin = log.anchor_pin;
  out.authority_file = log.anchor_authority_file;
  out.token_file = log.anchor_token_file;
  out.wanted = log.quorum;
  for (const auto& one : log.witnesses) {
    auto key = crypto::log::WitnessKey::parse(one.key);
    if (!key) throw std::runtime_error("log.witnesses: " + key.error().text());
    out.witnesses.push_back(adapters::WitnessPlace{std::move(*key), one.url, one.pin, one.authority_file});
  }
  return out;
}

struct App::Impl {
  Impl(Settings given, Log log_) : settings(std::make_shared<Settings>(std::move(given))), log(std::move(log_)), workers(threads(*settings)) {}

  static std::size_t threads(const Settings& settings) {
    if (settings.threads > 0) return settings.threads;
    const unsigned cores = std::thread::hardware_concurrency();
    return cores == 0 ? 1 : cores;
  }

  asio::awaitable<Response> console_port(Request request);
  void open_figures();
  void fatal(const std::string& why);
  void figures(const policy::Health& health);
  void shut(int code, std::chrono::milliseconds grace);
  asio::awaitable<void> shut_servers(std::chrono::milliseconds grace);
  void wait_for_signal();
  void tend_child();
  void tend_keys();

  std::shared_ptr<const Settings> settings;
  Log log;
  Metrics metrics;
  std::optional<adapters::Keyring> keyring;
  std::unique_ptr<adapters::SqliteStore> store;
  std::unique_ptr<adapters::TileDirectory> tiles;
  std::unique_ptr<AnswerSigner> signer;
  std::unique_ptr<SnapshotKeeper> keeper;
  std::unique_ptr<Statistics> statistics;   // null: not set up, and the log says why
  std::unique_ptr<PartnerApi> api;
  std::unique_ptr<console::Console> staff_pages;
  std::unique_ptr<Duties> duties;
  std::unique_ptr<LogChild> child;
  asio::io_context main{1};  // signals, the child, the end
  asio::signal_set signals{main};
  asio::steady_timer tend{main}, keys_tend{main}, end{main};
  std::string key_trouble;
  Workers workers;
  std::unique_ptr<Server> partner, console_server;
  int exit_code = 0;
  bool ending = false;
};

App::App(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
App::~App() = default;

unsigned short App::partner_port() const { return impl_->partner->port(); }
unsigned short App::console_port() const { return impl_->console_server->port(); }

namespace {

// A database behind its anchor holds consents that were withdrawn since, and would release by them: it does not start.
std::expected<void, std::string> check_the_anchor(const Settings& settings, const std::string& vkey, const adapters::TileDirectory& tiles) {
  if (settings.log.anchor == AnchorKind::none) return {};
  auto key = crypto::log::VerifierKey::parse(vkey);
  if (!key) return std::unexpected(settings.log.verifier_key_file + ": " + key.error().what + "; " + key.error().remedy);
  auto entries = adapters::LogReader::open(settings.data.database);
  if (!entries) return std::unexpected(entries.error());
  try {
    adapters::Anchor anchor(anchor_settings(settings.log), *key);
    return adapters::check_anchor(anchor, *entries, tiles, *key, false);
  } catch (const std::runtime_error& error) {
    return std::unexpected(std::string(error.what()));
  }
}

}  // namespace

std::expected<std::unique_ptr<App>, std::string> App::open(Settings given, Log log) {
  auto impl = std::make_unique<Impl>(std::move(given), std::move(log));
  Impl& in = *impl;
  const Settings& settings = *in.settings;
  const adapters::SqliteSettings where = store_settings(settings);
  auto keyring = adapters::Keyring::open(where.keystore, where.kek);
  if (!keyring) return std::unexpected(keyring.error());
  in.keyring.emplace(std::move(*keyring));

  std::ifstream vkey_file(settings.log.verifier_key_file);
  std::string vkey;
  if (!vkey_file || !std::getline(vkey_file, vkey) || vkey.empty())
    return std::unexpected(settings.log.verifier_key_file + ": cannot be read; gatehouse init makes it");
  if (settings.log.signer == LogSigner::child)
    if (std::string trouble = key_file_trouble(settings.log.key_file); !trouble.empty()) return std::unexpected(std::move(trouble));

  auto store = adapters::SqliteStore::open(where, [impl = impl.get()](std::string why) { impl->fatal(why); });
  if (!store) return std::unexpected(store.error());
  in.store = std::move(*store);
  in.tiles = std::make_unique<adapters::TileDirectory>(settings.log.folder);
  if (const auto anchored = check_the_anchor(settings, vkey, *in.tiles); !anchored) return std::unexpected(anchored.error());
  in.signer = std::make_unique<AnswerSigner>([keys = &*in.keyring]() -> const crypto::ReleaseKeys& { return keys->release_keys(); });
  auto directory = wait_for(in.store->directory());
  if (!directory) return std::unexpected(settings.data.database + ": agencies and pack cannot be read; see the log");
  std::string note;
  auto policies = load_approved_policies(settings, directory->active_pack_sha256, &note);
  if (!policies) return std::unexpected(policies.error().text());
  if (!note.empty() && in.log) {
    LogEvent event(Level::warning, "approved_copy_serves");
    event.detail = note;
    in.log(event);
  }
  const auto proof_key = crypto::hmac_sha256(in.keyring->blind_index_key(), "proofs of packs");
  const auto gate = std::make_shared<ProofGate>("/proc/self/exe", (fs::path(settings.data.database).parent_path() / "proofs").string(), crypto::SecretBytes::copy_of(proof_key));
  if (std::string trouble = gate->trouble(settings, **policies); !trouble.empty()) return std::unexpected(std::move(trouble));
  if (const auto text = read_file((*policies)->pack_file); text && crypto::hex(crypto::sha256(*text)) == (*policies)->pack.identity().sha256)
    if (std::string trouble = keep_pack(settings, *text); !trouble.empty()) return std::unexpected(std::move(trouble));
  in.keeper = std::make_unique<SnapshotKeeper>(*in.store, in.settings, *policies, in.metrics, in.log);
  in.keeper->guard([gate](const Settings& now, const Policies& next) { return gate->trouble(now, next); },
                   [impl = impl.get()] { asio::post(impl->main, [impl] { impl->keeper->reload_files(); }); });

  if (!wait_for(in.keeper->refresh())) return std::unexpected(settings.data.database + ": agencies and pack cannot be read; see the log");
  if (!in.keeper->load()->pack_approved()) return std::unexpected(settings.pack + ": another pack was approved while this one was loaded; start again");
  const auto health = wait_for(in.store->health());
  if (!health) return std::unexpected(settings.data.database + ": its health cannot be read");
  if (wall_clock() + std::chrono::seconds(60) < health->last_entry)
    return std::unexpected("the clock says " + policy::to_text(wall_clock()) + ", the log's last entry " + policy::to_text(health->last_entry) +
                           "; set the clock right");

  in.open_figures();
  // A page waits for 15 s.
  documents::Converter converter = documents::Converter::beside_this_program(std::chrono::seconds(8));
  if (const auto works = converter.read("A text."); !works && in.log) {
    LogEvent event(Level::error, "documents_not_read");
    event.detail = "gatehouse-convert: " + works.error().text() + "; documents are kept and not shown";
    in.log(event);
  }
  Services services{*in.store, *in.store, *in.tiles, *in.keeper, *in.signer, in.metrics, in.log, wall_clock, vkey,
                    [impl = impl.get()](std::string why) { impl->fatal(why); }, in.statistics.get(), *in.store, *in.store, [file = settings.log.verifier_key_file] {
                      std::vector<std::string> keys;
                      for (const char* tail : {"", ".next", ".old"}) {
                        std::ifstream in(file + tail);
                        std::string line;
                        if (in && std::getline(in, line) && !line.empty()) keys.push_back(std::move(line));
                      }
                      return keys;
                    }};
  in.api = std::make_unique<PartnerApi>(std::move(services), settings.limits);
  const auto form_key = crypto::hmac_sha256(in.keyring->blind_index_key(), "console forms");
  console::ConsoleServices pages{*in.store, *in.store, *in.store, *in.store, in.keyring->release_key(), *in.keeper, in.metrics, in.log, wall_clock, [impl = impl.get()](std::string why) { impl->fatal(why); },
                                 crypto::SecretBytes::copy_of(form_key), fs::path(settings.data.database).parent_path() / "setup_code.json",
                                 console::console_folder(settings, "static"), console::console_folder(settings, "guide"), crypto::PasswordCost(), *in.store, *in.store, std::move(converter), *in.tiles,
                                 in.statistics.get(), in.store.get()};
  in.staff_pages = std::make_unique<console::Console>(std::move(pages));
  in.duties = std::make_unique<Duties>(*in.store, *in.store, *in.store, *in.keeper, in.metrics, in.log, wall_clock,
                                       [impl = impl.get()](std::string why) { impl->fatal(why); },
                                       [impl = impl.get()](const policy::Health& state) { impl->figures(state); }, *in.store, *in.store);

  const auto listener = [&](const ListenSettings& from, bool ask) {
    ListenerSettings out;
    out.address = from.address;
    out.port = from.port;
    out.certificate_file = from.certificate_file;
    out.key_file = from.key_file;
    out.ask_client_certificate = ask;
    out.proxy_protocol = from.proxy_protocol;
    out.trusted_proxies = from.trusted_proxies;
    out.limits.connections = from.connections;
    out.limits.new_connections_per_second = from.new_connections_per_second;
    out.limits.new_connections_burst = from.new_connections_burst;
    out.log = in.log;
    return out;
  };
  try {
    ListenerSettings partner = listener(settings.partner, true);
    // A document may be larger than any other body, and only from a partner: whoever else connects is not let in with megabytes.
    partner.larger_body = [keeper = in.keeper.get()](const Request& head, const Peer& peer) {
      const bool document = head.method == "POST" && head.path == "/v1/documents" && !peer.certificate_pin.empty();
      return document && keeper->load()->by_pin(peer.certificate_pin, wall_clock()) != nullptr ? kLargestSentBody : 0;
    };
    in.partner = std::make_unique<Server>(in.workers.executors(), std::move(partner),
                                          [impl = impl.get()](Request request) { return impl->api->respond(std::move(request)); });
    in.console_server = std::make_unique<Server>(in.workers.executors(), listener(settings.console, false),
                                                 [impl = impl.get()](Request request) { return impl->console_port(std::move(request)); });
  } catch (const std::exception& error) {
    return std::unexpected(std::string(error.what()));
  }
  if (settings.log.signer == LogSigner::child) in.child = std::make_unique<LogChild>(settings.file, in.log);
  return std::unique_ptr<App>(new App(std::move(impl)));
}

// Figures are given only where all that protects them is in order: else nobody gets any, and everything else goes on.
void App::Impl::open_figures() {
  const auto say = [&](Level level, const char* what, std::string detail) {
    if (!log) return;
    LogEvent event(level, what);
    event.detail = std::move(detail);
    log(event);
  };
  auto counting = load_statistics_policy(*settings);
  if (!counting) return say(Level::warning, "statistics_off", counting.error().text());
  const bool test_policy = counting->test_policy;
  auto opened = wait_for(open_statistics(*store, std::move(*counting), *settings, wall_clock()));
  if (!opened) return say(Level::warning, "statistics_off", opened.error());
  if (opened->charged_in_full > 0)
    say(Level::error, "statistics_set_back", std::to_string(opened->charged_in_full) + " data-years are charged in full: the ledger of figures is older than its mark");
  if (test_policy) say(Level::warning, "statistics_test_policy", {});
  statistics = std::move(opened->statistics);
}

// The console port: figures and health for the machines here, pages for the people.
asio::awaitable<Response> App::Impl::console_port(Request request) {
  if (request.path != "/metrics" && request.path != "/healthz" && request.path != "/readyz") {
    auto page = staff_pages->respond(std::move(request));
    co_return co_await std::move(page);
  }
  Response out(404);
  out.set("content-type", "text/plain; charset=utf-8");
  if (request.method != "GET" && request.method != "HEAD") {
    out.status = 405;
    out.set("allow", "GET");
    co_return out;
  }
  if (request.path == "/metrics") {
    out.status = 200;
    out.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
    out.body = metrics.text();
  } else if (request.path == "/healthz") {
    out.status = 200;
    out.body = "ok\n";
  } else if (request.path == "/readyz") {
    auto ready = api->ready(std::move(request));
    out = co_await std::move(ready);
  }
  co_return out;
}

void App::Impl::figures(const policy::Health& health) {
  metrics.gauge_log_size(static_cast<double>(health.log_size));
  metrics.gauge_free_bytes(static_cast<double>(health.free_bytes));
  std::error_code none;
  const auto written = fs::last_write_time(fs::path(settings->log.folder) / "checkpoint", none);
  if (!none) metrics.gauge_checkpoint_age(std::chrono::duration<double>(fs::file_time_type::clock::now() - written).count());
  if (const auto log_says = read_log_status(settings->log.folder)) {
    std::size_t in_trouble = 0;
    for (const auto& one : log_says->witnesses) in_trouble += one.trouble.empty() ? 0u : 1u;
    const bool anchored = log_says->anchor != "none" && log_says->anchor_trouble.empty() && log_says->anchored_size == log_says->signed_size;
    metrics.gauge_log(static_cast<double>(log_says->published_size), static_cast<double>(in_trouble), anchored);
  }
  metrics.gauge_certificate_seconds_left(static_cast<double>(partner->certificate_not_after() - wall_clock().time_since_epoch().count()));
  if (health.free_bytes < settings->data.disk_alarm_bytes && log) log(LogEvent(Level::warning, "disk_alarm"));
}

// Any thread. Those who wait get their 503; then the process ends, and the restart reads what really happened.
void App::Impl::fatal(const std::string& why) {
  if (api) api->close();
  LogEvent event(Level::error, "fatal");
  event.detail = why;
  if (log) log(event);
  asio::post(main, [this] { shut(70, std::chrono::milliseconds(500)); });
}

void App::Impl::shut(int code, std::chrono::milliseconds grace) {
  if (code != 0) exit_code = code;
  if (ending) return;
  ending = true;
  duties->stop();
  tend.cancel();
  keys_tend.cancel();
  signals.cancel();
  asio::co_spawn(main, shut_servers(grace), [this](std::exception_ptr) { main.stop(); });
  // Whatever hangs: the process ends.
  end.expires_after(grace + std::chrono::seconds(5));
  end.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) main.stop();
  });
}

asio::awaitable<void> App::Impl::shut_servers(std::chrono::milliseconds grace) {
  co_await partner->stop(grace);
  co_await console_server->stop(std::chrono::milliseconds(200));
}

void App::Impl::wait_for_signal() {
  signals.async_wait([this](boost::system::error_code failed, int number) {
    if (failed) return;
    if (number == SIGHUP) {
      keeper->reload_files();
      for (auto* server : {partner.get(), console_server.get()}) {
        if (const auto done = server->reload(); !done && log) {
          LogEvent event(Level::error, "certificate_not_reloaded");
          event.detail = done.error();
          log(event);
        }
      }
      wait_for_signal();
      return;
    }
    shut(0, std::chrono::seconds(10));
  });
}

void App::Impl::tend_child() {
  if (ending || !child) return;
  child->look();
  tend.expires_after(std::chrono::milliseconds(250));
  tend.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) tend_child();
  });
}

// Another process may rotate the keys that sign.
void App::Impl::tend_keys() {
  if (ending) return;
  keyring->refresh();
  if (std::string trouble = keyring->trouble(); trouble != key_trouble) {
    if (!trouble.empty() && log) {
      LogEvent event(Level::error, "key_not_taken_up");
      event.detail = trouble;
      log(event);
    }
    key_trouble = std::move(trouble);
  }
  keys_tend.expires_after(std::chrono::seconds(1));
  keys_tend.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) tend_keys();
  });
}

int App::run(const std::function<void()>& ready) {
  Impl& in = *impl_;
  in.signals.add(SIGTERM);
  in.signals.add(SIGINT);
  in.signals.add(SIGHUP);
  in.wait_for_signal();
  in.tend_child();
  in.tend_keys();
  in.workers.run();
  in.duties->start(in.workers.executors().front());
  in.partner->start();
  in.console_server->start();
  if (in.log) in.log(LogEvent(Level::info, "serving"));
  if (ready) ready();
  const auto keep = asio::make_work_guard(in.main);
  in.main.run();
  in.workers.stop();
  if (in.child) in.child->stop();
  if (in.log) in.log(LogEvent(Level::info, "stopped"));
  return in.exit_code;
}

void App::stop() {
  Impl& in = *impl_;
  asio::post(in.main, [&in] { in.shut(0, std::chrono::seconds(10)); });
}

}  // namespace gatehouse::gateway
