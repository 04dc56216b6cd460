// gatehouse audit watch: follows a log from outside. Remembers the last checkpoint it saw, has the log show that each new one continues it, and keeps
// what does not as evidence. For a partner, an auditor, a trustee: it needs no installation, sees no entry and trusts no server.
#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapters/durable/files.hpp"
#include "crypto/log/policy.hpp"
#include "crypto/log/tile.hpp"
#include "gateway/cli/audit.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/installation.hpp"
#include "gateway/cli/log_source.hpp"

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;
namespace fs = std::filesystem;

struct Options {
  std::string place, state;
  TrustOptions trust;
  unsigned interval = 60, oldest = 0;
  bool once = false, json = false;
};

// What one look found.
struct Look {
  enum class Kind : std::uint8_t { good, unknown, bad } kind = Kind::good;   // unknown: it could not be checked now, which proves nothing
  std::string text;                      // one line
  std::uint64_t size = 0, before = 0;
  std::size_t cosigned = 0;
};

class Watcher {
 public:
  Watcher(LogSource& source, Trust trust, fs::path folder, unsigned oldest)
      : source_(source), trust_(std::move(trust)), folder_(std::move(folder)), oldest_(oldest),
        file_(folder_ / (crypto::hex(crypto::sha256(trust_.log.name)).substr(0, 32) + ".checkpoint")) {}

  Look look() {
    std::string kept;
    std::optional<tree::Checkpoint> before;
    switch (adapters::read_file(file_, 65536, kept)) {
      case adapters::FileRead::missing: break;
      case adapters::FileRead::failed: return unknown(file_.string() + ": it cannot be read; check owner and disk");
      case adapters::FileRead::good: {
        auto opened = tree::open_checkpoint(kept, trust_.log);
        if (!opened) return unknown(file_.string() + ": what was remembered is not a checkpoint of this log; put it back, or begin with another --state");
        before = std::move(*opened);
      }
    }
    const auto note = source_.checkpoint();
    if (!note) return unknown(note.error());
    const auto witnessed = tree::open_checkpoint(*note, trust_.log, trust_.policy);
    if (!witnessed) {
      // Too few cosignatures may be an outage of the witnesses; a false signature is not.
      if (witnessed.error().code == "quorum_missing") return unknown(witnessed.error().text());
      return bad(*note, kept, "its checkpoint is not what it says: " + witnessed.error().text());
    }
    const tree::Checkpoint& now = witnessed->checkpoint;
    Look out;
    out.size = now.size;
    out.before = before ? before->size : 0;
    out.cosigned = witnessed->cosigned.size();
    if (before) {
      if (now.size < before->size)
        return bad(*note, kept, "rolled back: it had " + std::to_string(before->size) + " entries and now shows " + std::to_string(now.size));
      if (now.size == before->size && now.root != before->root) return bad(*note, kept, "forked: two trees of " + std::to_string(now.size) + " entries are signed");
      if (now.size > before->size && before->size > 0) {
        const tree::ReadTile read = [this](const tree::Tile& tile) { return source_.tile(tile); };
        const auto proof = tree::consistency_proof(before->size, now.size, tree::from_tiles(now.size, read));
        if (!proof) return unknown("its tiles cannot be read: " + proof.error().text());
        if (const auto same = tree::check_consistency(before->size, now.size, before->root, now.root, *proof); !same)
          return bad(*note, kept, "forked: its tree of " + std::to_string(now.size) + " entries does not continue that of " + std::to_string(before->size) + " (" +
                                      same.error().what + ")");
      }
    }
    if (oldest_ != 0) {
      std::int64_t newest = 0;
      for (const auto& one : witnessed->cosigned) newest = std::max(newest, one.time);
      const std::int64_t age = std::time(nullptr) - newest;
      if (age > static_cast<std::int64_t>(oldest_))
        return unknown("stale: no witness has seen it for " + std::to_string(age) + " seconds");
    }
    if (!before || now.size != before->size || *note != kept) {
      if (const auto saved = adapters::replace_durably(adapters::real_disk(), file_, *note); !saved) return unknown(saved.error());
    }
    out.text = now.origin + ": " + std::to_string(now.size) + " entries" +
               (before ? ", continuing the " + std::to_string(before->size) + " seen before" : ", seen for the first time") + "; " +
               witnesses_text(out.cosigned, trust_.policy);
    return out;
  }

 private:
  static Look unknown(std::string text) { return {Look::Kind::unknown, std::move(text), 0, 0, 0}; }

  // Both notes are signed by the log: whoever has the two has the proof.
  Look bad(const std::string& note, const std::string& kept, const std::string& what) {
    const std::string name = "evidence-" + crypto::hex(crypto::sha256(note)).substr(0, 16);
    const auto saved = adapters::replace_durably(adapters::real_disk(), folder_ / name, note);
    if (!kept.empty()) (void)adapters::replace_durably(adapters::real_disk(), folder_ / (name + ".seen-before"), kept);
    return {Look::Kind::bad, trust_.log.name + ": " + what + (saved ? "; what it showed is kept as " + (folder_ / name).string() : std::string()), 0, 0, 0};
  }

  LogSource& source_;
  const Trust trust_;
  const fs::path folder_;
  const unsigned oldest_;
  const fs::path file_;
};

int watch(const Options& options) {
  const auto trust = read_trust(options.trust);
  if (!trust) return fail(trust.error());
  if (options.oldest != 0 && trust->policy.witnesses().empty()) return fail("--max-age: only witnesses say when; give a --policy that names some");
  auto source = LogSource::open(options.place, options.trust);
  if (!source) return fail(source.error());
  std::error_code failed;
  fs::create_directories(options.state, failed);
  if (failed) return fail(options.state + ": cannot be made; " + failed.message());
  Watcher watcher(**source, *trust, options.state, options.oldest);
  sigset_t ending, before;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, &before);
  int code = 0;
  std::string said;
  for (;;) {
    const Look look = watcher.look();
    if (options.json) {
      static constexpr const char* words[] = {"good", "unknown", "bad"};
      std::cout << nlohmann::json{{"result", words[static_cast<int>(look.kind)]}, {"text", look.text}, {"size", look.size}, {"before", look.before},
                                  {"witnesses", look.cosigned}}
                       .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                << std::endl;
    } else if (look.kind == Look::Kind::good) {
      if (options.once || look.size != look.before || !said.empty()) std::cout << look.text << std::endl;
    }
    if (look.kind != Look::Kind::good && look.text != said && !options.json) fail(look.text);
    said = look.kind == Look::Kind::good ? std::string() : look.text;
    code = look.kind == Look::Kind::good ? 0 : 1;
    // What is proved does not pass: it ends the watch, so that whoever started it is told.
    if (options.once || look.kind == Look::Kind::bad) break;
    const timespec wait{static_cast<time_t>(options.interval), 0};
    if (sigtimedwait(&ending, nullptr, &wait) > 0) break;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return code;
}

}  // namespace

void add_audit_watch(CLI::App& audit, Context& context) {
  const auto options = std::make_shared<Options>();
  auto* watching = audit.add_subcommand("watch", "follow a log: each checkpoint must continue the last one seen; ends with 1 when it is rolled back or forked");
  watching->add_option("--log", options->place, "https://host[:port]/log, or a folder")->required();
  options->trust.add_to(*watching, true);
  watching->add_option("--state", options->state, "folder in which the last checkpoint seen, and evidence, are kept")->required();
  watching->add_option("--interval", options->interval, "seconds between two looks")->check(CLI::Range(1, 86400))->capture_default_str();
  watching->add_option("--max-age", options->oldest, "a checkpoint that no witness saw for so many seconds is reported (0: any age)")->capture_default_str();
  watching->add_flag("--once", options->once, "one look, then end; exit 1 also when it could not be checked");
  watching->add_flag("--json", options->json, "one JSON object on a line for each look");
  watching->callback([options, &context] { context.exit_code = watch(*options); });
}

}  // namespace gatehouse::cli
