// keys status|rotate|sweep|shred|escrow: the keys of an installation through their lives, beside a gateway that serves.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/durable/files.hpp"
#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/key_admin.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "crypto/manifest.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/destroyed_list.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/log_key_rotation.hpp"
#include "gateway/cli/two_officers.hpp"

namespace gatehouse::cli {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;
using adapters::KeyAdmin;

namespace {

struct Options {
  std::string config, level, person, reason, by, out;
  std::vector<std::string> approved_by, shares, officers;
  unsigned need = 2, of = 3, notice_days = 7, overlap_days = 30;
  bool json = false, at_once = false;
};

std::string moment(std::int64_t seconds) { return seconds == 0 ? std::string() : policy::to_text(policy::Instant(std::chrono::seconds(seconds))); }
std::int64_t seconds_now() { return now().time_since_epoch().count(); }

KeyAdmin open_keys(const gateway::Settings& settings, const Options& options) {
  adapters::KeyAdminSettings how;
  how.by = options.by.empty() ? "operator-uid-" + std::to_string(getuid()) : options.by;
  how.backup_days = settings.keys.backup_days;
  how.overlap_days = options.overlap_days;
  how.notice_days = options.notice_days;
  how.say = [](const std::string& line) { std::cerr << line << '\n'; };
  auto keys = KeyAdmin::open(sqlite_of(settings), std::move(how));
  if (!keys) throw Stop{keys.error(), 1};
  return std::move(*keys);
}

// What the escrow holds beside the key-encryption keys.
std::vector<KeyAdmin::File> key_files(const gateway::Settings& settings, bool that_are_there) {
  std::vector<KeyAdmin::File> out;
  std::error_code ignored;
  if (!that_are_there || fs::exists(settings.keys.noise_key_file, ignored)) out.push_back({"noise.key", settings.keys.noise_key_file});
  return out;
}

// ---------------------------------------------------------------- status

// What ought to be done, one line each.
std::vector<std::string> due(const adapters::KeyStatus& status, const gateway::Settings& settings) {
  std::vector<std::string> out;
  bool next = false, covered = true;
  for (const auto& kek : status.keks) {
    next = next || kek.state == "next";
    if (kek.state == "current" && kek.current_at + std::int64_t{settings.keys.kek_days} * 86400 <= seconds_now())
      out.push_back("kek " + std::to_string(kek.number) + " wraps for more than " + std::to_string(settings.keys.kek_days) + " days: gatehouse keys rotate kek");
    if (kek.state == "retired" && kek.retired_at + std::int64_t{settings.keys.backup_days} * 86400 <= seconds_now())
      out.push_back("kek " + std::to_string(kek.number) + " is in no backup any more: gatehouse keys sweep");
    if (kek.state != "retired" && kek.state != "making") covered = covered && kek.in_escrow;
  }
  for (const auto& key : status.keys) {
    if (key.name == "release" && key.state == "current" && key.current_at + 365 * 86400 <= seconds_now())
      out.push_back(key.label + " signs for more than a year: gatehouse keys rotate release");
    if (key.state == "old" && key.until != 0 && key.until <= seconds_now()) out.push_back(key.label + " is published no more: gatehouse keys sweep");
  }
  if (!next) out.push_back("there is no next kek: gatehouse keys rotate kek makes one");
  for (const auto& one : status.unfinished) out.push_back("a rotation was interrupted: gatehouse keys rotate " + one);
  for (const auto& one : status.behind)
    out.push_back(one.file + ": its index stands at version " + std::to_string(one.version) + ", the key store is at " + std::to_string(one.current) +
                  ": gatehouse keys rotate index");
  out.insert(out.end(), status.troubles.begin(), status.troubles.end());
  if (!status.escrow)
    out.push_back("nothing is in escrow: without it the records die with this machine; gatehouse keys escrow make");
  else if (!covered)
    out.push_back("a key-encryption key is not in escrow: gatehouse keys escrow make");
  else if (status.escrow_checked_at + 92 * 86400 <= seconds_now())
    out.push_back("the shares were not tried for three months: gatehouse keys escrow check");
  return out;
}

int status(const Options& options) {
  const auto settings = settings_of(options.config);
  const auto status = open_keys(settings, options).status();
  if (!status) throw Stop{status.error(), 1};
  const auto todo = due(*status, settings);
  if (options.json) {
    json out = {{"keks", json::array()}, {"keys", json::array()}, {"people", status->people}, {"unfinished", status->unfinished}};
    for (const auto& kek : status->keks)
      out["keks"].push_back({{"number", kek.number}, {"provider", kek.provider}, {"state", kek.state}, {"made", moment(kek.made_at)}, {"current", moment(kek.current_at)},
                             {"retired", moment(kek.retired_at)}, {"wraps", kek.wraps}, {"in_escrow", kek.in_escrow}});
    for (const auto& key : status->keys)
      out["keys"].push_back({{"name", key.name}, {"label", key.label}, {"state", key.state}, {"current", moment(key.current_at)}, {"until", moment(key.until)}});
    out["escrow"] = status->escrow ? json({{"recipient", status->escrow->text()}, {"set", crypto::escrow_set(*status->escrow)}, {"need", status->escrow_threshold},
                                           {"of", status->escrow_count}, {"checked", moment(status->escrow_checked_at)}})
                                   : json(nullptr);
    out["due"] = todo;
    std::cout << out.dump() << '\n';
    return 0;
  }
  for (const auto& kek : status->keks)
    std::cout << "kek " << kek.number << "  " << kek.provider << "  " << kek.state << "  wraps " << kek.wraps << (kek.in_escrow ? "  in escrow" : "")
              << (kek.current_at == 0 ? "" : "  since " + moment(kek.current_at)) << '\n';
  for (const auto& key : status->keys)
    std::cout << key.name << "  " << key.label << "  " << key.state << (key.until == 0 ? "" : "  published until " + moment(key.until)) << '\n';
  std::cout << status->people << " people with a key of their own\n";
  if (status->escrow)
    std::cout << "escrow: set " << crypto::escrow_set(*status->escrow) << ", " << status->escrow_threshold << " of " << status->escrow_count << " shares open it"
              << (status->escrow_checked_at == 0 ? ", never tried" : ", tried " + moment(status->escrow_checked_at)) << '\n';
  for (const auto& one : todo) std::cout << "due: " << one << '\n';
  return 0;
}

// ---------------------------------------------------------------- rotate, sweep

// What partners check manifests with, beside the settings.
void write_public_keys(const gateway::Settings& settings) {
  auto keyring = adapters::Keyring::open(settings.keys.keystore, sqlite_of(settings).kek);
  if (!keyring) throw Stop{keyring.error(), 1};
  const fs::path folder = fs::path(settings.file).parent_path();
  const std::string principal = settings.log.origin.substr(0, settings.log.origin.find('/'));
  std::string signers, present;
  for (const auto& key : keyring->release_keys().published) {
    if (key.until != 0 && key.until <= seconds_now()) continue;
    const std::string line = crypto::ssh_public_key_line(key.public_key);
    signers += principal + " namespaces=\"" + std::string(crypto::kManifestNamespace) + "\" " + line + "\n";
    if (key.state == "current") present = line + "\n";
  }
  for (const auto& [name, text] : {std::pair<const char*, const std::string&>("allowed_signers", signers), {"release_signing.pub", present}})
    if (auto written = adapters::replace_durably(adapters::real_disk(), folder / name, text, 0444); !written) throw Stop{written.error(), 1};
}

int rotate(const Options& options) {
  const auto settings = settings_of(options.config);
  if (options.level == "log") {
    const auto step = rotate_log_key(settings, options.notice_days, options.by.empty() ? "operator-uid-" + std::to_string(getuid()) : options.by);
    if (options.json)
      std::cout << json({{"level", "log"}, {"step", step.done}, {"verifier_key", step.verifier_key}}).dump() << '\n';
    else if (step.done == "announced")
      std::cout << "the next log key is made and named in the log; checkpoints carry its signature beside the present one. Give partners and witnesses\n  " << step.verifier_key
                << "\nand say it again in " << options.notice_days << " days\n";
    else
      std::cout << "the log is signed with\n  " << step.verifier_key << "\nand the key before signs beside it until `gatehouse keys sweep` destroys it in " << options.overlap_days << " days\n";
    return 0;
  }
  if ((options.level == "person") == options.person.empty()) throw Stop{"--person REF: whose key, with `rotate person` alone"};
  auto keys = open_keys(settings, options);
  json out = {{"level", options.level}};
  const auto failed = [](const std::string& why) -> Stop { return {why, 1}; };
  if (options.level == "kek") {
    const auto done = keys.rotate_kek();
    if (!done) throw failed(done.error());
    out["wrapped_again"] = *done;
  } else if (options.level == "release") {
    const auto label = keys.rotate_release(options.at_once);
    if (!label) throw failed(label.error());
    write_public_keys(settings);
    out["signs_now"] = *label;
  } else if (options.level == "audit") {
    if (const auto done = keys.rotate_audit(); !done) throw failed(done.error());
  } else if (options.level == "index") {
    const auto done = keys.rotate_index();
    if (!done) throw failed(done.error());
    out["turned_over"] = *done;
  } else if (options.level == "person") {
    if (const auto done = keys.rotate_person(options.person); !done) throw failed(done.error());
    out["people"] = 1;
  } else {
    const auto done = keys.rotate_people();
    if (!done) throw failed(done.error());
    out["people"] = *done;
  }
  if (options.json) {
    std::cout << out.dump() << '\n';
    return 0;
  }
  std::cout << options.level << " rotated";
  if (out.contains("wrapped_again"))
    std::cout << ": " << out["wrapped_again"].get<std::uint64_t>() << " keys wrapped again; the old one is destroyed by `gatehouse keys sweep` in " << settings.keys.backup_days
              << " days, when no backup needs it";
  if (out.contains("turned_over"))
    std::cout << ": " << out["turned_over"].get<std::uint64_t>() << " values turned over; backups of before still hold the old ones, and the keys of before stay, for the new one rests on them\n"
              << "a gateway of an earlier release that was left running turns every request away from now on: stop it";
  if (out.contains("signs_now")) std::cout << ": " << out["signs_now"].get<std::string>() << " signs now; allowed_signers and release_signing.pub are written";
  if (out.contains("people")) std::cout << ": " << out["people"].get<std::uint64_t>() << " people have a new key, what is stored about them is sealed with it";
  std::cout << '\n';
  return 0;
}

int sweep(const Options& options) {
  const auto settings = settings_of(options.config);
  auto done = open_keys(settings, options).sweep();
  if (!done) throw Stop{done.error(), 1};
  if (!done->destroyed.empty()) write_public_keys(settings);
  if (std::string gone = sweep_log_key(settings, options.overlap_days); !gone.empty()) done->destroyed.push_back(std::move(gone));
  const int code = done->still_held.empty() ? 0 : 1;
  if (options.json) {
    std::cout << json({{"destroyed", done->destroyed}, {"still_held", done->still_held}}).dump() << '\n';
    return code;
  }
  for (const auto& one : done->destroyed) std::cout << one << '\n';
  if (code != 0) return fail(done->still_held, code);
  if (done->destroyed.empty()) std::cout << "nothing is due\n";
  return 0;
}

// ---------------------------------------------------------------- shred

int shred(const Options& options) {
  if (options.reason.find_first_not_of(" \t\n") == std::string::npos || options.reason.size() > 500) throw Stop{"--reason: why, in at most 500 characters; it stays readable in the log"};
  const auto settings = settings_of(options.config);
  const auto officers = must_be_two_officers(settings, options.approved_by, "--approved-by: two different officers order a file destroyed");
  auto admin = adapters::Admin::open(sqlite_of(settings));
  if (!admin) throw Stop{admin.error(), 1};
  const auto at = now();
  const auto done = admin->shred(options.person, officers[0], officers[1], at, options.reason);
  if (!done && !adapters::shred_stands(done.error())) throw Stop{done.error().text(), done.error().code == "second_person" || done.error().code == "unknown_person" ? 2 : 1};
  // Before anything that went wrong afterwards is said: it is logged, and an older copy of the database must not bring the person back.
  const std::string trouble = remember_destroyed(settings, *admin, nlohmann::json{{"kind", "shred"}, {"person", options.person}}.dump());
  if (!done) throw Stop{done.error().text() + (trouble.empty() ? "" : "; and " + trouble), 1};
  if (!trouble.empty()) throw Stop{trouble, 1};
  const auto horizon = at + std::chrono::days(settings.keys.backup_days);
  if (options.json) {
    std::cout << json({{"shredded", true}, {"at", policy::to_text(at)}, {"backups_hold_the_key_until", policy::to_text(horizon)}}).dump() << '\n';
    return 0;
  }
  std::cout << "destroyed: every gateway that serves has forgotten the key within a second, nothing stored about this person opens any more, the log and its proofs stay\n"
            << "backups of the key store still hold the key until " << policy::to_text(horizon) << " at the latest ($.keys.backup_days): destroy those made before now to end that sooner\n";
  return 0;
}

// ---------------------------------------------------------------- escrow

std::vector<crypto::EscrowShare> read_shares(const std::vector<std::string>& files) {
  std::vector<crypto::EscrowShare> out;
  for (const auto& file : files) {
    std::string text = file == "-" ? std::string((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>()) : read_file(file);
    // One share in a file may be broken into several lines; several stand one in a line.
    std::vector<std::string> lines;
    std::size_t starts = 0;
    for (std::size_t at = text.find("gatehouse-share-"); at != std::string::npos; at = text.find("gatehouse-share-", at + 1)) ++starts;
    if (starts <= 1) {
      lines.push_back(text);
    } else {
      std::istringstream in(text);
      for (std::string line; std::getline(in, line);)
        if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
    }
    for (const auto& line : lines) {
      auto share = crypto::read_share(line);
      if (!share) throw Stop{file + ": " + share.error().text()};
      out.push_back(std::move(*share));
    }
  }
  return out;
}

int escrow_make(const Options& options) {
  const auto settings = settings_of(options.config);
  std::vector<crypto::age::Recipient> officers;
  for (const auto& one : options.officers) {
    auto recipient = crypto::age::Recipient::parse(one);
    if (!recipient) throw Stop{"--officer: " + recipient.error().text()};
    for (const auto& other : officers)
      if (other.text() == recipient->text()) throw Stop{"--officer: one recipient is named twice; two shares in one hand open the escrow, so name another officer"};
    officers.push_back(std::move(*recipient));
  }
  if (!officers.empty() && officers.size() != options.of) throw Stop{"--officer: give one for each share, " + std::to_string(options.of) + " in all, or none to print the shares"};
  if (!officers.empty() && options.out.empty()) throw Stop{"--out: the folder for the sealed shares"};
  if (!options.out.empty()) {
    std::error_code failed;
    fs::create_directories(options.out, failed);
    for (unsigned i = 1; i <= options.of; ++i)
      if (fs::exists(fs::path(options.out) / ("share-" + std::to_string(i) + ".age"), failed)) throw Stop{options.out + ": holds shares already; name another folder"};
  }
  auto keys = open_keys(settings, options);
  const auto shares = keys.make_escrow(options.need, options.of, key_files(settings, true));
  if (!shares) throw Stop{shares.error(), 1};
  const std::string set = shares->front().set;
  json out = {{"set", set}, {"need", options.need}, {"of", options.of}, {"shares", json::array()}};
  for (std::size_t i = 0; i < shares->size(); ++i) {
    std::string text = crypto::share_text((*shares)[i], crypto::KeyAccess::granted_to("keys escrow make: a share goes to its officer"));
    if (!officers.empty()) {
      const auto sealed = crypto::age::seal({officers[i]}, text + "\n");
      if (!sealed) throw Stop{sealed.error().text(), 1};
      const std::string file = (fs::path(options.out) / ("share-" + std::to_string(i + 1) + ".age")).string();
      if (auto written = adapters::replace_durably(adapters::real_disk(), file, crypto::age::armor(*sealed), 0600); !written) throw Stop{written.error(), 1};
      text = file;
    }
    if (options.json)
      out["shares"].push_back(text);
    else
      std::cout << text << '\n';
  }
  if (options.json) std::cout << out.dump() << '\n';
  std::cerr << "set " << set << ": any " << options.need << " of " << options.of << " open it; " << (officers.empty() ? "shown only here: " : "")
            << "one to each officer, never two in one place, none on this machine. Then try them: gatehouse keys escrow check\n";
  return 0;
}

int escrow_check(const Options& options) {
  const auto settings = settings_of(options.config);
  const auto shares = read_shares(options.shares);
  const auto boxes = open_keys(settings, options).check_escrow(shares);
  if (!boxes) throw Stop{boxes.error(), 1};
  if (options.json)
    std::cout << json({{"opens", *boxes}}).dump() << '\n';
  else
    std::cout << "these shares open all " << *boxes << " keys in escrow, and they are the ones in use; take the shares away again\n";
  return 0;
}

int escrow_restore(const Options& options) {
  const auto settings = settings_of(options.config);
  const auto done = adapters::restore_from_escrow(sqlite_of(settings), read_shares(options.shares), key_files(settings, false));
  if (!done) throw Stop{done.error(), 1};
  if (options.json) {
    std::cout << json({{"restored", *done}}).dump() << '\n';
    return 0;
  }
  for (const auto& one : *done) std::cout << one << '\n';
  std::cout << "now `gatehouse config check`; the shares were together on this machine: make a new escrow (gatehouse keys escrow make) and destroy them\n";
  return 0;
}

}  // namespace

void add_keys(CLI::App& app, Context& context) {
  auto* keys = app.add_subcommand("keys", "the keys of an installation: what there is, rotation while serving, destruction of one person's, escrow");
  keys->require_subcommand(1);
  const auto sub = [&context](CLI::App* under, const char* name, const char* what, int (*action)(const Options&)) {
    auto options = std::make_shared<Options>();
    auto* one = under->add_subcommand(name, what);
    one->add_option("--config", options->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
    one->add_flag("--json", options->json, "machine-readable output");
    one->callback(guarded(context, [options, action] { return action(*options); }));
    return std::pair(one, options);
  };
  const auto who = [](CLI::App* one, const std::shared_ptr<Options>& options) { one->add_option("--by", options->by, "who does it, for the log; default: the user id"); };

  sub(keys, "status", "every key, its state, and what is due", status);

  auto [rotating, level] = sub(keys, "rotate", "rotate one level while the gateway serves; killed, say it again and it goes on", rotate);
  rotating->add_option("level", level->level, "kek: what wraps all keys; release: what signs answers and manifests; audit: what seals staff's doings; index: what people are found by; people: everybody's data key; "
                                              "person: one data key; log: what signs checkpoints, in two steps")
      ->required()
      ->check(CLI::IsMember({"kek", "release", "audit", "index", "people", "person", "log"}));
  rotating->add_option("--person", level->person, "person: their reference in your own records");
  rotating->add_flag("--at-once", level->at_once, "release: the present key is suspected; do not wait, and publish the old one no more");
  rotating->add_option("--notice-days", level->notice_days, "release, log: the next key was published for so long before it signs")->check(CLI::Range(0, 365))->capture_default_str();
  rotating->add_option("--overlap-days", level->overlap_days, "release: the old key stays published for so long")->check(CLI::Range(1, 730))->capture_default_str();
  who(rotating, level);

  auto [sweeping, swept] = sub(keys, "sweep", "destroy key-encryption keys that no backup needs any more, and signing keys whose overlap is over", sweep);
  sweeping->add_option("--overlap-days", swept->overlap_days, "log: the key before signs beside the present one for so long")->check(CLI::Range(0, 730))->capture_default_str();
  who(sweeping, swept);

  auto [shredding, whom] = sub(keys, "shred", "destroy one person's key for good: nothing stored about them can be read again, by anybody; the log and its proofs stay", shred);
  shredding->add_option("--person", whom->person, "their reference in your own records")->required();
  shredding->add_option("--approved-by", whom->approved_by, "an officer who orders it; give it twice")->required();
  shredding->add_option("--reason", whom->reason, "why; kept in the log, readable by the organisation alone, so without the person's name")->required();

  auto* escrow = keys->add_subcommand("escrow", "the key-encryption keys, kept by officers together: any two of three shares open them");
  escrow->require_subcommand(1);
  auto [making, made] = sub(escrow, "make", "put the keys in a fresh escrow; the shares of an earlier one open nothing any more", escrow_make);
  making->add_option("--need", made->need, "shares that open it")->check(CLI::Range(2, 16))->capture_default_str();
  making->add_option("--of", made->of, "shares in all")->check(CLI::Range(2, 16))->capture_default_str();
  making->add_option("--officer", made->officers, "an officer's age recipient: the share is sealed to it; once for each share. None: shares are printed");
  making->add_option("--out", made->out, "with --officer: the folder for share-N.age");
  who(making, made);
  auto [checking, checked] = sub(escrow, "check", "that these shares open the escrow and that it holds the keys in use; changes nothing", escrow_check);
  checking->add_option("--share", checked->shares, "a file with a share, or - for standard input; repeat it")->required();
  who(checking, checked);
  auto [restoring, restored] = sub(escrow, "restore", "put the key-encryption keys back with the provider of the settings, on a machine that lost them", escrow_restore);
  restoring->add_option("--share", restored->shares, "a file with a share, or - for standard input; repeat it")->required();
}

}  // namespace gatehouse::cli
