#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/schema.hpp"
#include "crypto/keys.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/manifest.hpp"
#include "gateway/app.hpp"
#include "gateway/cli/certificate.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/installation.hpp"
#include "gateway/cli/policy_prove.hpp"
#include "gateway/cli/user.hpp"
#include "gateway/log_status.hpp"
#include "gateway/cli/stats.hpp"
#include "gateway/cli/two_officers.hpp"
#include "gateway/pack_files.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "gateway/proof_gate.hpp"
#include "gateway/statistics/load.hpp"
#include "gateway/statistics/noise_key.hpp"

namespace gatehouse::cli {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

namespace {

// Writes a new file with exactly this mode, durable before it returns; never over one that is there.
std::string write_new(const fs::path& file, std::string_view bytes, mode_t mode) {
  const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (out < 0) return file.string() + ": cannot be made; is it there already?";
  bool good = fchmod(out, mode) == 0;
  std::size_t done = 0;
  while (good && done < bytes.size()) {
    const ssize_t wrote = write(out, bytes.data() + done, bytes.size() - done);
    good = wrote > 0;
    if (good) done += static_cast<std::size_t>(wrote);
  }
  good = good && fsync(out) == 0;
  good = close(out) == 0 && good;
  return good ? std::string() : file.string() + ": cannot be written; is the disk full?";
}

std::string_view view(std::span<const std::uint8_t> bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

struct InitOptions {
  std::string dir, host = "localhost", organisation, duty_number, pack, config_dir, origin, address = "127.0.0.1", policy_statement, anchor_folder;
  std::string kek_provider = "file", pkcs11_module, pkcs11_token, pkcs11_pin_file;
  std::vector<std::string> approved_by, automatic, emergency;
  unsigned partner_port = 8443, console_port = 8444;
};

// Everything in `making`, which becomes the installation when all of it is there. An empty string: done; else one line.
std::string make_installation(const InitOptions& options, const fs::path& making, json& made) {
  std::error_code failed;
  for (const char* folder : {"data", "keys", "log", "tls"}) {
    fs::create_directories(making / folder, failed);
    if (failed) return (making / folder).string() + ": cannot be made; " + failed.message();
    fs::permissions(making / folder, std::string_view(folder) == "log" ? fs::perms(0755) : fs::perms(0700), failed);
  }
  const std::string host_port = options.host + (options.partner_port == 443 ? "" : ":" + std::to_string(options.partner_port));
  const std::string origin = options.origin.empty() ? options.host + "/log" : options.origin;

  json settings;
  settings["organisation"] = {{"name", options.organisation}, {"duty_number", options.duty_number}};
  if (!options.policy_statement.empty()) settings["organisation"]["policy_statement"] = options.policy_statement;
  for (const auto& one : options.emergency) {
    const auto equals = one.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == one.size()) return "--emergency " + one + ": is not WHO=NUMBER";
    settings["organisation"]["emergency_numbers"].push_back({{"who", one.substr(0, equals)}, {"number", one.substr(equals + 1)}});
  }
  settings["profile"] = "small";
  if (!options.config_dir.empty()) settings["config_dir"] = fs::absolute(options.config_dir).lexically_normal().string();
  settings["pack"] = options.pack.find('/') == std::string::npos && !options.pack.ends_with(".json")
                         ? options.pack
                         : fs::absolute(options.pack).lexically_normal().string();
  settings["data"] = {{"database", "data/gatehouse.db"}};
  settings["keys"] = {{"keystore", "keys/keys.db"}, {"kek_file", "keys/kek"}, {"noise_key_file", "keys/noise.key"}};
  if (options.kek_provider != "file") settings["keys"]["kek_provider"] = options.kek_provider;
  if (options.kek_provider == "pkcs11") {
    settings["keys"]["pkcs11"] = {{"module", options.pkcs11_module}, {"token", options.pkcs11_token}};
    if (!options.pkcs11_pin_file.empty()) settings["keys"]["pkcs11"]["pin_file"] = fs::absolute(options.pkcs11_pin_file).lexically_normal().string();
  }
  settings["log"] = {{"origin", origin}, {"folder", "log"}, {"key_file", "keys/log.key"}, {"verifier_key_file", "keys/log.vkey"}, {"signer", "child"}};
  settings["log"]["anchor"] = options.anchor_folder.empty() ? "none" : "file";
  if (!options.anchor_folder.empty()) settings["log"]["anchor_folder"] = fs::absolute(options.anchor_folder).lexically_normal().string();
  json authorities = json::array({host_port});
  for (const char* local : {"localhost", "127.0.0.1"})
    if (options.host != local && options.address == "127.0.0.1") authorities.push_back(std::string(local) + ":" + std::to_string(options.partner_port));
  settings["partner"] = {{"address", options.address}, {"port", options.partner_port}, {"certificate_file", "tls/server.pem"},
                         {"key_file", "tls/server.key"}, {"authorities", authorities}};
  settings["console"] = {{"address", "127.0.0.1"}, {"port", options.console_port}, {"certificate_file", "tls/server.pem"}, {"key_file", "tls/server.key"}};
  settings["releases"] = {{"expires_days", 14}, {"automatic_release", json::object()}};
  for (const auto& one : options.automatic) {
    const auto equals = one.find('=');
    if (equals == std::string::npos) return "--automatic " + one + ": is not PURPOSE=MODE; for example early_help=unflagged";
    settings["releases"]["automatic_release"][one.substr(0, equals)] = one.substr(equals + 1);
  }
  const std::string settings_file = (making / "gatehouse.json").string();
  const auto read = gateway::read_settings(settings.dump(), settings_file);
  if (!read) return read.error().text();
  // The pack is read before anything secret is made: a pack that cannot be carried out is the commonest reason to stop.
  const auto policies = gateway::load_policies(*read);
  if (!policies) return policies.error().text();
  const policy::PackIdentity pack = (*policies)->pack.identity();
  const auto counting = gateway::load_statistics_policy(*read);
  if (!counting) return counting.error().text();

  auto keyring = adapters::Keyring::create(read->keys.keystore, sqlite_of(*read).kek);
  if (!keyring) return keyring.error();
  const std::string release_public = keyring->release_key().public_key();
  const std::string release_line = crypto::ssh_public_key_line(release_public);

  if (auto trouble = gateway::NoiseKey::make(read->keys.noise_key_file); !trouble.empty()) return trouble;
  const crypto::SigningKey log_key = crypto::SigningKey::generate();
  const auto seed = log_key.seed().reveal(crypto::KeyAccess::granted_to("init: the log key goes to its file"));
  if (auto trouble = write_new(read->log.key_file, view(seed), 0400); !trouble.empty()) return trouble;
  const crypto::log::VerifierKey verifier{origin, log_key.public_key()};
  if (auto trouble = write_new(read->log.verifier_key_file, verifier.text() + "\n", 0444); !trouble.empty()) return trouble;

  const auto certificate = make_certificate(options.host);
  if (!certificate) return certificate.error();
  if (auto trouble = write_new(read->partner.certificate_file, certificate->certificate_pem, 0444); !trouble.empty()) return trouble;
  if (auto trouble = write_new(read->partner.key_file, certificate->key_pem, 0400); !trouble.empty()) return trouble;

  {
    auto admin = adapters::Admin::create(sqlite_of(*read));
    if (!admin) return admin.error();
    if (const auto active = admin->activate_pack(pack, options.approved_by[0], options.approved_by[1], now()); !active) return active.error();
  }
  if (auto trouble = approve_statistics(*read, counting->sha256, options.approved_by[0], options.approved_by[1]); !trouble.empty()) return trouble;
  const std::string principal = origin.substr(0, origin.find('/'));
  if (auto trouble = write_new(making / "release_signing.pub", release_line + "\n", 0444); !trouble.empty()) return trouble;
  if (auto trouble = write_new(making / "allowed_signers",
                               principal + " namespaces=\"" + std::string(crypto::kManifestNamespace) + "\" " + release_line + "\n", 0444);
      !trouble.empty())
    return trouble;

  const auto [code, code_file, expires] = new_set_up_code();
  if (auto trouble = write_new(making / "data" / "setup_code.json", code_file, 0600); !trouble.empty()) return trouble;
  if (auto trouble = write_new(settings_file, settings.dump(2) + "\n", 0640); !trouble.empty()) return trouble;

  made["pack"] = {{"id", pack.id}, {"version", pack.version}, {"sha256", pack.sha256}, {"approved_by", options.approved_by}};
  made["release_key"] = release_line;
  made["log_verifier_key"] = verifier.text();
  made["authority"] = host_port;
  made["setup_code"] = code;
  made["setup_code_expires"] = policy::to_text(expires);
  return {};
}

int init(const InitOptions& options, bool as_json) {
  if (const auto trouble = two_officers_trouble(options.approved_by, "--approved-by: two different officers approve the pack"); !trouble.empty()) return fail(trouble);
  std::error_code failed;
  const fs::path dir = fs::absolute(options.dir).lexically_normal();
  if (fs::exists(dir, failed) && !(fs::is_directory(dir, failed) && fs::is_empty(dir, failed)))
    return fail(dir.string() + ": is there and not empty; nothing was changed, choose another --dir");
  const fs::path making = dir.string() + ".making";
  if (fs::exists(making, failed)) return fail(making.string() + ": is left from an init that did not end; look at it and remove it");
  fs::create_directories(making, failed);
  if (failed) return fail(making.string() + ": cannot be made; " + failed.message());
  fs::permissions(making, fs::perms(0750), failed);
  json made;
  if (const std::string trouble = make_installation(options, making, made); !trouble.empty()) {
    fs::remove_all(making, failed);  // ours alone, made a moment ago: nothing of anybody is in it
    return fail(trouble);
  }
  fs::remove(dir, failed);  // empty, if it is there at all
  fs::rename(making, dir, failed);
  if (failed) return fail(dir.string() + ": cannot be put in place; " + failed.message() + "; it lies in " + making.string(), 1);
  if (as_json) {
    made["dir"] = dir.string();
    made["config"] = (dir / "gatehouse.json").string();
    std::cout << made.dump() << '\n';
    return 0;
  }
  std::cout << "Made in " << dir.string() << ":\n"
            << "  gatehouse.json                    settings\n"
            << "  data/gatehouse.db                 database, empty\n"
            << (options.kek_provider == "file" ? "  keys/kek, keys/kek.2              key-encryption key that is used, and the next one (0400)" : "  two key-encryption keys           kept by " + options.kek_provider)
            << ": never in one backup with what they wrap\n"
            << "  keys/keys.db                      the keys wrapped under them: backups of their own, kept for 30 days at most\n"
            << "  keys/noise.key                    what makes figures the same again (0400): in escrow, never with the data\n"
            << "  keys/log.key, keys/log.vkey       the log's signing key (0400) and its public half\n"
            << "  tls/server.pem, tls/server.key    certificate for " << options.host << ", self-signed, 397 days\n"
            << "  release_signing.pub, allowed_signers   for ssh-keygen -Y verify\n"
            << "Pack " << options.pack << " (sha256 " << made["pack"]["sha256"].get<std::string>() << "), approved by " << options.approved_by[0] << " and "
            << options.approved_by[1] << ".\n"
            << "One-time set-up code, good for 30 minutes, shown only here: " << made["setup_code"].get<std::string>() << "\n"
            << "Next: gatehouse partner add, gatehouse records import, then gatehouse serve --config " << (dir / "gatehouse.json").string() << "\n";
  return 0;
}

// One line for each thing that is wrong; nothing: all is well.
std::vector<std::string> troubles(const gateway::Settings& settings) {
  std::vector<std::string> out;
  for (const auto* file : {&settings.log.key_file, &settings.partner.key_file, &settings.console.key_file}) {
    if (file == &settings.log.key_file && settings.log.signer == gateway::LogSigner::separate) continue;
    if (auto trouble = gateway::key_file_trouble(*file); !trouble.empty()) out.push_back(std::move(trouble));
  }
  for (const auto* file : {&settings.data.database, &settings.keys.keystore, &settings.log.verifier_key_file}) {
    std::error_code ignored;
    if (!fs::exists(*file, ignored)) out.push_back(*file + ": is not there; gatehouse init makes it");
  }
  for (const auto* file : {&settings.partner.certificate_file, &settings.console.certificate_file}) {
    const auto end = certificate_end(*file);
    if (!end)
      out.push_back(end.error());
    else if (*end < now().time_since_epoch().count())
      out.push_back(*file + ": the certificate has ended; replace it and send HUP");
  }
  if (!settings.paging.command.empty() && access(settings.paging.command[0].c_str(), X_OK) != 0)
    out.push_back(settings.paging.command[0] + ": cannot be run; name a program in $.paging.command");
  const auto policies = gateway::load_policies(settings);
  if (!policies) out.push_back(policies.error().text());
  std::error_code ignored;
  if (policies && fs::exists(settings.data.database, ignored)) {
    auto admin = adapters::Admin::open(sqlite_of(settings));
    if (!admin)
      out.push_back(admin.error());
  }
  return out;
}

int check(const std::string& file, bool as_json) {
  const auto settings = gateway::load_settings(file);
  if (!settings) return fail(settings.error().text());
  const auto wrong = troubles(*settings);
  if (as_json)
    std::cout << json({{"ok", wrong.empty()}, {"config", settings->file}, {"wrong", wrong}}).dump() << '\n';
  else if (wrong.empty())
    std::cout << settings->file << ": good\n";
  for (const auto& one : wrong)
    if (!as_json) fail(one, 1);
  return wrong.empty() ? 0 : 1;
}

int status(const std::string& file, bool as_json) {
  const auto settings = gateway::load_settings(file);
  if (!settings) return fail(settings.error().text());
  auto admin = adapters::Admin::open(sqlite_of(*settings));
  if (!admin) return fail(admin.error(), 1);
  const auto counts = admin->counts();
  if (!counts) return fail(counts.error(), 1);
  const auto agencies = admin->agencies();
  if (!agencies) return fail(agencies.error(), 1);
  json out;
  out["profile"] = settings->profile;
  out["not_guaranteed"] = json::array();
  for (const auto& one : gateway::not_guaranteed(*settings)) out["not_guaranteed"].push_back({{"what", one.what}, {"why", one.why}});
  out["people"] = counts->people;
  out["items"] = counts->items;
  out["consents"] = counts->consents;
  out["partners"] = counts->agencies;
  out["requests"] = counts->requests;
  out["log_entries"] = counts->log_entries;
  std::error_code none;
  const auto written = fs::last_write_time(fs::path(settings->log.folder) / "checkpoint", none);
  out["checkpoint_age_seconds"] =
      none ? json(nullptr) : json(std::chrono::duration_cast<std::chrono::seconds>(fs::file_time_type::clock::now() - written).count());
  json ends = json::array();
  bool bad = false;
  json log_troubles = json::array();
  const auto log_says = gateway::read_log_status(settings->log.folder);
  out["log_published"] = log_says ? json(log_says->published_size) : json(nullptr);
  out["log_anchor"] = log_says ? log_says->anchor : std::string("none");
  if (log_says) {
    for (const auto& one : log_says->witnesses)
      if (!one.trouble.empty()) log_troubles.push_back("witness " + one.name + ": " + one.trouble);
    if (!log_says->anchor_trouble.empty()) log_troubles.push_back(log_says->anchor_trouble);
    if (!log_says->disk_trouble.empty()) log_troubles.push_back(log_says->disk_trouble);
    if (log_says->published_size < log_says->signed_size)
      log_troubles.push_back(std::to_string(log_says->signed_size - log_says->published_size) + " entries wait for witnesses: nobody can check them yet");
    // A witness may be away for a while; an anchor that is not written, or a log that nobody can check, is not well.
    bad = !log_says->anchor_trouble.empty() || log_says->published_size < log_says->signed_size;
  }
  out["log_troubles"] = log_troubles;
  const auto note = [&](const std::string& what, std::int64_t end) {
    const std::int64_t days = (end - now().time_since_epoch().count()) / 86400;
    const bool over = end <= now().time_since_epoch().count();
    bad = bad || over;
    if (days < 30) ends.push_back({{"what", what}, {"ends", policy::to_text(policy::Instant(std::chrono::seconds(end)))}, {"over", over}});
  };
  if (const auto end = certificate_end(settings->partner.certificate_file))
    note("server certificate", *end);
  else {
    bad = true;
    ends.push_back({{"what", end.error()}, {"over", true}});
  }
  for (const auto& agency : *agencies)
    for (const auto& key : agency.keys)
      if (key.state == policy::KeyState::current) note(agency.id + " " + key.keyid, key.not_after.time_since_epoch().count());
  out["ends_within_30_days"] = ends;
  const auto space = fs::space(fs::path(settings->data.database).parent_path(), none);
  out["free_bytes"] = none ? json(nullptr) : json(space.available);
  if (!none && space.available < settings->data.disk_reserve_bytes) bad = true;
  out["healthy"] = !bad;
  if (as_json) {
    std::cout << out.dump() << '\n';
    return bad ? 1 : 0;
  }
  std::cout << "profile " << settings->profile << (bad ? ", NOT healthy\n" : ", healthy\n");
  std::cout << counts->people << " people, " << counts->items << " items, " << counts->consents << " consents, " << counts->agencies << " partners, "
            << counts->requests << " requests, " << counts->log_entries << " log entries\n";
  std::cout << "checkpoint: " << (out["checkpoint_age_seconds"].is_null() ? "none yet" : out["checkpoint_age_seconds"].dump() + " s old") << "\n";
  for (const auto& one : log_troubles) std::cout << "log: " << one.get<std::string>() << "\n";
  for (const auto& one : ends) std::cout << "ends soon: " << one["what"].get<std::string>() << (one.contains("ends") ? " " + one["ends"].get<std::string>() : "") << "\n";
  if (!out["not_guaranteed"].empty()) std::cout << "these settings do not guarantee:\n";
  for (const auto& one : out["not_guaranteed"]) std::cout << "  " << one["what"].get<std::string>() << ": " << one["why"].get<std::string>() << "\n";
  return bad ? 1 : 0;
}

int migrate(const std::string& file, bool figures_are_ours, bool as_json) {
  const auto done = adapters::Admin::migrate(sqlite_of(settings_of(file)), figures_are_ours);
  if (!done) throw Stop{done.error(), 1};
  if (as_json)
    std::cout << json({{"before", done->before}, {"now", adapters::kSchemaVersion}, {"figures", done->figures}}).dump() << '\n';
  else
    std::cout << "database of schema " << done->before << ", now " << adapters::kSchemaVersion << "; the key store is of this version too, and its index key is the database's\n";
  // Figures keep nobody waiting: what stands above is done, and the gateway serves.
  if (!done->figures.empty()) std::cerr << "gatehouse: " << done->figures << '\n';
  return 0;
}

// A new or changed pack: read, and recorded as approved by two officers. The gateway takes it up on HUP, or at its next start.
int approve_pack(const std::string& file, const std::vector<std::string>& officers) {
  if (const auto trouble = two_officers_trouble(officers, "--approved-by: two different officers approve a pack"); !trouble.empty()) return fail(trouble);
  const auto settings = gateway::load_settings(file);
  if (!settings) return fail(settings.error().text());
  const auto policies = gateway::load_policies(*settings);
  if (!policies) return fail(policies.error().text());
  auto admin = adapters::Admin::open(sqlite_of(*settings));
  if (!admin) return fail(admin.error(), 1);
  // Where officers have accounts they sign in: a name that somebody else typed is no approval.
  const auto accounts = admin->active_accounts();
  if (!accounts) return fail(accounts.error(), 1);
  if (*accounts > 1) return fail("config approve-pack: officers have accounts here; gatehouse policy propose, approve and activate", 1);
  const auto pack = (*policies)->pack.identity();
  if (const std::string trouble = proof_trouble((*policies)->pack); !trouble.empty()) return fail(settings->pack + ": " + trouble, 1);
  const auto text = gateway::read_file(settings->pack);
  if (!text) return fail(text.error(), 1);
  if (const std::string trouble = gateway::keep_pack(*settings, *text); !trouble.empty()) return fail(trouble, 1);
  if (const auto done = admin->activate_pack(pack, officers[0], officers[1], now()); !done) return fail(done.error(), 1);
  std::cout << pack.id << " " << pack.version << " sha256 " << pack.sha256 << " is the active pack\n";
  return 0;
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  auto options = std::make_shared<InitOptions>();
  auto as_json = std::make_shared<bool>(false);
  auto* make = app.add_subcommand("init", "make an installation: keys, database, certificate, settings, approved pack");
  make->add_option("--dir", options->dir, "folder of the installation; must be empty or not there")->required();
  make->add_option("--host", options->host, "name by which partners call this gateway")->capture_default_str();
  make->add_option("--organisation", options->organisation, "name of the organisation")->required();
  make->add_option("--duty-number", options->duty_number, "telephone that somebody answers; printed in every 202 and 429")->required();
  make->add_option("--pack", options->pack, "policy pack: a name from config/packs or a file")->required();
  make->add_option("--approved-by", options->approved_by, "an officer who approves the pack; give it twice")->required();
  make->add_option("--automatic", options->automatic, "PURPOSE=MODE: releases of this purpose may go by themselves (never, structured, unflagged)");
  make->add_option("--emergency", options->emergency, "WHO=NUMBER for the emergency page and card: lead, deputy, MASH by day and by night; repeat it");
  make->add_option("--policy-statement", options->policy_statement, "where outsiders may read the confidentiality policy");
  make->add_option("--config-dir", options->config_dir, "folder with packs and matrix; default: the one that came with this program");
  make->add_option("--origin", options->origin, "name of the log; default HOST/log");
  make->add_option("--anchor-folder", options->anchor_folder, "folder on another disk in which the log's newest checkpoint is kept (log.anchor)");
  make->add_option("--kek-provider", options->kek_provider, "who keeps the key-encryption keys: file, systemd-creds (host key and TPM), pkcs11 (a token)")
      ->check(CLI::IsMember({"file", "systemd-creds", "pkcs11"}))
      ->capture_default_str();
  make->add_option("--pkcs11-module", options->pkcs11_module, "path of the token's library");
  make->add_option("--pkcs11-token", options->pkcs11_token, "label of the token");
  make->add_option("--pkcs11-pin-file", options->pkcs11_pin_file, "file with its PIN, mode 0400");
  make->add_option("--address", options->address, "address to listen on for partners")->capture_default_str();
  make->add_option("--partner-port", options->partner_port)->check(CLI::Range(1, 65535))->capture_default_str();
  make->add_option("--console-port", options->console_port)->check(CLI::Range(1, 65535))->capture_default_str();
  make->add_flag("--json", *as_json, "machine-readable output");
  make->callback([options, as_json, &context] { context.exit_code = init(*options, *as_json); });

  auto file = std::make_shared<std::string>();
  auto* newer = app.add_subcommand("migrate", "bring database and key store of an older gatehouse to this one; stop the server first, and have a backup");
  newer->add_option("--config", *file, "gatehouse.json; or $GATEHOUSE_CONFIG");
  auto ours = std::make_shared<bool>(false);
  newer->add_flag("--figures-are-of-this-key-store", *ours, "you know that the file of figures was made with this key store, where no row in it can show that (all of people who are not on file)");
  newer->add_flag("--json", *as_json, "machine-readable output");
  newer->callback(guarded(context, [file, ours, as_json] { return migrate(*file, *ours, *as_json); }));

  auto officers = std::make_shared<std::vector<std::string>>();
  auto* config = app.add_subcommand("config", "settings");
  config->require_subcommand(1);
  auto* look = config->add_subcommand("check", "read the settings and everything they name; one line for each thing that is wrong");
  look->add_option("--config", *file, "gatehouse.json; or $GATEHOUSE_CONFIG");
  look->add_flag("--json", *as_json, "machine-readable output");
  look->callback([file, as_json, &context] { context.exit_code = check(gateway::settings_file(*file), *as_json); });
  auto* approve = config->add_subcommand("approve-pack", "record that two officers approved the pack the settings name, while nobody has an account; afterwards policy propose, approve, activate");
  approve->add_option("--config", *file, "gatehouse.json; or $GATEHOUSE_CONFIG");
  approve->add_option("--approved-by", *officers, "an officer; give it twice")->required();
  approve->callback([file, officers, &context] { context.exit_code = approve_pack(gateway::settings_file(*file), *officers); });

  auto* show = app.add_subcommand("status", "health of an installation, and what its profile does not guarantee; exit 1 when something is wrong");
  show->add_option("--config", *file, "gatehouse.json; or $GATEHOUSE_CONFIG");
  show->add_flag("--json", *as_json, "machine-readable output");
  show->callback([file, as_json, &context] { context.exit_code = status(gateway::settings_file(*file), *as_json); });
}

}  // namespace gatehouse::cli
