// gatehouse log: derives the tiles of the log and signs a checkpoint, every second when there is something new. The only holder of the log's key.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "adapters/durable/secret_file.hpp"
#include "crypto/log/policy.hpp"
#include "gateway/app.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/log_keeper.hpp"
#include "gateway/cli/installation.hpp"

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;

struct Options {
  std::string config;
  bool once = false, json = false, begin_anchor = false;
};

std::expected<crypto::SigningKey, std::string> read_log_key(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::unexpected(path + ": the log's signing key cannot be read; run as the log's own user");
  if ((status.st_mode & 077) != 0) return std::unexpected(path + ": others may read the log's signing key; chmod 400");
  auto seed = adapters::read_secret_file(path);
  if (!seed) return std::unexpected(seed.error());
  auto key = crypto::SigningKey::from_seed(std::move(*seed));
  if (!key) return std::unexpected(path + ": " + key.error().what + "; " + key.error().remedy);
  return std::move(*key);
}

void say(const Options& options, const std::string& origin, const LogKeeper& keeper, std::uint64_t added) {
  if (options.json)
    std::cout << nlohmann::json{{"origin", origin}, {"size", keeper.size()}, {"published", keeper.published()}, {"new", added}}.dump() << std::endl;
  else
    std::cout << "checkpoint of " << keeper.size() << " entries signed (" << added << " new)"
              << (keeper.published() == keeper.size() ? "" : ", " + std::to_string(keeper.published()) + " published") << std::endl;
}

// Whole seconds of the clock: the cadence does not drift with the work, and tells nothing about it.
timespec until_the_next_second() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {0, 1'000'000'000L - now.tv_nsec > 999'999'999L ? 999'999'999L : 1'000'000'000L - now.tv_nsec};
}

constexpr int kKeysChanged = -1;  // of keep(): begin anew, with the keys that are there now

// What tells that `keys rotate log` was here.
std::string key_files_now(const gateway::LogSettings& log) {
  std::string out;
  for (const char* tail : {"", ".next", ".old"}) {
    struct stat status {};
    const bool there = ::stat((log.key_file + tail).c_str(), &status) == 0;
    out += there ? std::to_string(status.st_ino) + "." + std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + " " : std::string("- ");
  }
  return out;
}

int keep(const Options& options) {
  const gateway::Settings settings = settings_of(options.config);
  const auto& log = settings.log;
  const std::string keys_then = key_files_now(log);
  const auto key = read_log_key(log.key_file);
  if (!key) return fail(key.error());
  // While the key changes, those who have the next one, or still the one before, are served as well.
  std::vector<crypto::SigningKey> also;
  for (const char* tail : {".next", ".old"}) {
    std::error_code none;
    if (!std::filesystem::exists(log.key_file + tail, none)) continue;
    auto other = read_log_key(log.key_file + tail);
    if (!other) return fail(other.error());
    also.push_back(std::move(*other));
  }
  const auto text = read_whole(log.verifier_key_file, 4096);
  if (!text) return fail(text.error());
  const auto verifier = tree::VerifierKey::parse(*text);
  if (!verifier) return fail(log.verifier_key_file + ": " + verifier.error().what + "; " + verifier.error().remedy);
  if (verifier->name != log.origin || verifier->public_key != key->public_key())
    return fail("log.verifier_key_file: it is not the verifier key of log.key_file and log.origin; what partners were given must stay true");

  // A signal during the wait ends it; one during the work waits for it.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &ending, &before);
  struct Unblock {
    const sigset_t& mask;
    ~Unblock() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } const unblock{before};

  auto entries = adapters::LogReader::open(settings.data.database);
  if (!entries) return fail(entries.error());
  adapters::TileDirectory tiles(log.folder);
  std::optional<adapters::Anchor> anchor;
  std::optional<adapters::Cosigners> witnesses;
  try {
    const auto how = gateway::anchor_settings(log);
    if (!how.witnesses.empty()) witnesses.emplace(how.witnesses, how.wanted, *verifier);
    anchor.emplace(how, *verifier);
  } catch (const std::runtime_error& error) {
    return fail(error.what());
  }
  if (const auto anchored = adapters::check_anchor(*anchor, *entries, tiles, *verifier, options.begin_anchor); !anchored) return fail(anchored.error(), 1);
  if (anchor->kind() == adapters::AnchorSettings::Kind::none)
    std::cerr << "gatehouse: log.anchor is none: an old copy of this machine would start without complaint; name a folder on another disk, an address or witnesses\n";
  else if (anchor->on_the_disk_of(log.folder))
    std::cerr << "gatehouse: log.anchor_folder: it lies on the log's own disk; a copy of the disk would hold both\n";

  LogKeeper keeper({*entries, tiles, witnesses ? &*witnesses : nullptr, log.quorum, *anchor, log.folder, settings.data.disk_alarm_bytes}, log.origin, *key, also);
  std::string said;
  for (bool first = true;; first = false) {
    if (key_files_now(log) != keys_then) return kKeysChanged;
    const auto added = keeper.derive();
    if (!added) return fail(added.error(), 1);
    if (const auto done = keeper.publish(); !done) return fail(done.error(), 1);
    keeper.status();
    if (options.once || first || *added != 0) say(options, log.origin, keeper, *added);
    if (std::string trouble = keeper.trouble(); trouble != said) {
      std::cerr << "gatehouse: " << (trouble.empty() ? "what was wrong has passed" : trouble) << std::endl;
      said = std::move(trouble);
    }
    // Published or not: whoever runs it once wants to know whether others can check it now.
    if (options.once) return keeper.published() == keeper.size() ? 0 : 1;
    if (*added == 0) {
      if (auto scrubbed = keeper.scrub(); !scrubbed) return fail(scrubbed.error(), 1);
    }
    const timespec wait = until_the_next_second();
    if (sigtimedwait(&ending, nullptr, &wait) > 0) return 0;
  }
}

int keep_on(const Options& options) {
  for (;;)
    if (const int code = keep(options); code != kKeysChanged) return code;
}

// What outsiders need to judge this log's checkpoints, but for whether to believe it: that they must hear elsewhere.
int print_policy(const Options& options) {
  const gateway::Settings settings = settings_of(options.config);
  const auto text = read_whole(settings.log.verifier_key_file, 4096);
  if (!text) return fail(text.error());
  auto verifier = tree::VerifierKey::parse(*text);
  if (!verifier) return fail(settings.log.verifier_key_file + ": " + verifier.error().what + "; " + verifier.error().remedy);
  std::vector<tree::WitnessKey> keys;
  for (const auto& one : settings.log.witnesses) keys.push_back(*tree::WitnessKey::parse(one.key));
  auto policy = tree::WitnessPolicy::threshold(std::move(keys), settings.log.quorum);
  if (!policy) return fail("log.witnesses: " + policy.error().text());
  std::string url;
  if (!settings.partner.authorities.empty()) url = "https://" + settings.partner.authorities.front() + "/log";
  policy->add_log(std::move(*verifier), url);
  std::cout << policy->text();
  return 0;
}

}  // namespace

void add_log(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  auto* log = app.add_subcommand("log", "derive the log's tiles and sign a checkpoint, every second when there is something new");
  log->require_subcommand(0, 1);
  log->add_option("--config", options->config, "settings (default: $GATEHOUSE_CONFIG)");
  log->add_flag("--once", options->once, "once, then end; exit 1 when the checkpoint is not published yet");
  log->add_flag("--begin-anchor", options->begin_anchor, "take an anchor that holds nothing yet as new");
  log->add_flag("--json", options->json, "one JSON object on a line for each checkpoint");
  auto* policy = log->add_subcommand("policy", "print the log's key and witnesses as a policy file (c2sp.org/tlog-policy), for those who check it");
  policy->add_option("--config", options->config, "settings (default: $GATEHOUSE_CONFIG)");
  log->callback(guarded(context, [options, policy] { return policy->parsed() ? print_policy(*options) : keep_on(*options); }));
}

}  // namespace gatehouse::cli
