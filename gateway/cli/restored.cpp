// restored: an older copy of the database goes on under a new name of the log, and says so. Whoever verified the newer entries is not lied to: the old name ends where it
// ended, the first entry under the new one names it, its size and root, and how much of it is gone (design: the log, "Restore").
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/anchor/anchor.hpp"
#include "adapters/durable/files.hpp"
#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/log_reader.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "crypto/log/checkpoint.hpp"
#include "gateway/app.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/destroyed_list.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/installation.hpp"
#include "gateway/cli/two_officers.hpp"
#include "gateway/cli/wait_for.hpp"

namespace gatehouse::cli {

namespace fs = std::filesystem;
namespace tree = crypto::log;
using json = nlohmann::ordered_json;

namespace {

struct Options {
  std::string config, reason;
  std::vector<std::string> officers;
  bool json = false;
};

// `…/log` is the first, `…/log/2` the next, and so on.
std::string next_origin(const std::string& origin, unsigned& number) {
  const std::size_t slash = origin.rfind('/');
  const std::string last = slash == std::string::npos ? std::string() : origin.substr(slash + 1);
  const bool counted = !last.empty() && last.size() < 9 && last.find_first_not_of("0123456789") == std::string::npos;
  number = counted ? static_cast<unsigned>(std::stoul(last)) + 1 : 2;
  return (counted ? origin.substr(0, slash) : origin) + "/" + std::to_string(number);
}

// The database's own log: its tree, and whether an earlier run of this command has begun.
struct Here {
  tree::Frontier tree;
  std::optional<crypto::Digest> root_at_anchor;
  std::optional<std::uint64_t> begun_at;   // where the entry stands that names this origin as the one of before
};

Here read_log(adapters::LogReader& entries, std::uint64_t anchored, const std::string& origin) {
  Here out;
  for (;;) {
    const auto rows = entries.rows(out.tree.size(), 4096);
    if (!rows) throw Stop{rows.error(), 1};
    if (rows->empty()) return out;
    for (const auto& row : *rows) {
      if (row.index != out.tree.size()) throw Stop{"log entry " + std::to_string(out.tree.size()) + ": it is missing; restore another backup", 1};
      const crypto::Digest leaf = tree::leaf_hash(row.entry);
      if (row.leaf.size() != leaf.size() || !std::equal(leaf.begin(), leaf.end(), reinterpret_cast<const std::uint8_t*>(row.leaf.data())))
        throw Stop{"log entry " + std::to_string(row.index) + ": it does not have the hash stored with it; restore another backup", 1};
      if (adapters::json_member(row.entry, "kind") == "\"restore\"") {
        const json before = json::parse(adapters::json_member(row.entry, "before"), nullptr, false);
        if (before.is_object() && before.value("origin", "") == origin) out.begun_at = row.index;
      }
      out.tree.append(leaf);
      if (out.tree.size() == anchored) out.root_at_anchor = out.tree.root();
    }
  }
}

struct Again {
  std::size_t done = 0;
  std::vector<std::string> left;   // destroyed, and something of them is still there: each trouble once
};

// What is destroyed and not all gone does not keep the gateway from serving: the rest of the list matters more. A key that is there yet does.
Again repeat(adapters::Admin& admin, const DestroyedList& list, const Options& options) {
  Again out;
  std::string stop;
  for (const std::string& text : list.lines) {
    const auto line = nlohmann::json::parse(text, nullptr, false);
    if (!line.is_object()) continue;
    if (line.value("kind", "") == "shred") {
      const auto done = admin.shred(line.value("person", ""), options.officers[0], options.officers[1], now(), "destroyed before, and again after an older copy was restored");
      if (done || done.error().code == adapters::kShredLeavesSomething) {
        ++out.done;
        if (!done && std::find(out.left.begin(), out.left.end(), done.error().what) == out.left.end()) out.left.push_back(done.error().what);
      } else if (done.error().code == adapters::kShredKeyThere) {
        stop = done.error().text();
      } else if (done.error().code != "unknown_person") {
        throw Stop{done.error().text() + "; say it again", 1};
      }
    }
    if (line.value("kind", "") == "revoke") {
      auto agencies = admin.agencies();
      if (!agencies) throw Stop{agencies.error(), 1};
      for (auto& agency : *agencies)
        for (auto& key : agency.keys) {
          if (key.keyid != line.value("keyid", "") || key.state == policy::KeyState::revoked) continue;
          key.state = policy::KeyState::revoked;
          if (const auto put = admin.put_agency(agency, now()); !put) throw Stop{put.error().text(), 1};
          ++out.done;
        }
    }
  }
  if (!stop.empty()) throw Stop{stop, 1};
  return out;
}

// The same rights and owner: the log may be signed by a user of its own.
void like(const fs::path& folder, const fs::path& other) {
  struct stat was {};
  if (::stat(other.c_str(), &was) != 0) return;
  if (::chmod(folder.c_str(), was.st_mode & 07777u) != 0 || (::geteuid() == 0 && ::chown(folder.c_str(), was.st_uid, was.st_gid) != 0))
    throw Stop{folder.string() + ": cannot be given the rights of " + other.string() + "; say it again", 1};
}

int restored(Options options) {
  if (options.reason.find_first_not_of(" \t\n") == std::string::npos || options.reason.size() > 500) throw Stop{"--reason: what happened, in at most 500 characters; it stays readable in the log"};
  const auto settings = settings_of(options.config);
  options.officers = must_be_two_officers(settings, options.officers, "--officer: two different officers order it");
  const auto& log = settings.log;
  if (log.anchor == gateway::AnchorKind::none)
    throw Stop{"log.anchor is none: nothing here knows of a newer copy, so nothing stops this one and nothing can be said about what it lost; name an anchor before you need one", 1};
  const auto text = read_whole(log.verifier_key_file, 4096);
  if (!text) throw Stop{text.error()};
  const auto verifier = tree::VerifierKey::parse(*text);
  if (!verifier) throw Stop{log.verifier_key_file + ": " + verifier.error().what + "; " + verifier.error().remedy};
  auto entries = adapters::LogReader::open(settings.data.database);
  if (!entries) throw Stop{entries.error(), 1};
  const tree::VerifierKey old_key{log.origin, verifier->public_key};
  std::optional<tree::Checkpoint> last;
  try {
    adapters::Anchor anchor(gateway::anchor_settings(log), old_key);
    auto held = anchor.last();
    if (!held) throw Stop{held.error(), 1};
    last = std::move(*held);
  } catch (const std::runtime_error& error) {
    throw Stop{error.what()};
  }
  if (!last) throw Stop{"log.anchor: it holds no checkpoint of " + log.origin + "; is its disk mounted? Without it nothing says what was lost", 1};

  unsigned number = 2;
  const std::string origin = next_origin(log.origin, number);
  const fs::path old_folder = log.folder + "." + std::to_string(number - 1);
  const Here here = read_log(*entries, last->size, log.origin);
  const std::uint64_t kept = here.begun_at.value_or(here.tree.size());
  if (!here.begun_at) {
    if (here.root_at_anchor && *here.root_at_anchor == last->root)
      throw Stop{"nothing was lost: the database has all " + std::to_string(last->size) + " entries that the anchor has seen; start the gateway", 1};
    if (here.root_at_anchor)
      throw Stop{"the database has as many entries as the anchor has seen, and others: it is no older copy of this log but another one; find out who made it", 1};
    // Where the newer tiles are still there, this must be an older state of that very log.
    adapters::TileDirectory tiles(fs::exists(old_folder) ? old_folder.string() : log.folder);
    const auto state = tiles.signed_state(old_key);
    if (state && state->size >= kept && kept > 0) {
      const auto root = tiles.root_at(kept);
      if (root && *root != here.tree.root()) throw Stop{"the log's tiles say that entry for entry this is another log than " + log.origin + "; restore one of its own backups", 1};
    }
  }

  auto admin = adapters::Admin::open(sqlite_of(settings));
  if (!admin) throw Stop{admin.error(), 1};
  const DestroyedList list = read_destroyed(settings, *admin);
  if (!list.trouble.empty()) throw Stop{list.trouble, 1};
  if (!here.begun_at) {
    const json before = {{"kept", kept}, {"list", list.kept}, {"lost", last->size - kept}, {"origin", log.origin}, {"root", crypto::hex(last->root)}, {"size", last->size}};
    if (const auto begun = admin->begin_again(before.dump(), options.officers[0], options.officers[1], options.reason, now()); !begun) throw Stop{begun.error(), 1};
  }
  const Again again = repeat(*admin, list, options);

  std::error_code trouble;
  if (!fs::exists(old_folder)) {
    if (fs::exists(log.folder)) fs::rename(log.folder, old_folder, trouble);
    if (trouble) throw Stop{log.folder + ": cannot be moved to " + old_folder.string() + " (" + trouble.message() + "); check the folder's owner and say it again", 1};
  }
  fs::create_directories(log.folder, trouble);
  if (trouble) throw Stop{log.folder + ": cannot be made (" + trouble.message() + "); say it again", 1};
  like(log.folder, old_folder);
  const tree::VerifierKey new_key{origin, verifier->public_key};
  const auto write = [](const fs::path& file, const fs::path& owned_like, const std::string& bytes) {
    struct stat was {};
    const bool there = ::stat(owned_like.c_str(), &was) == 0;
    // Beside its place first, with the owner of the one that is replaced, so that whoever reads it can read it at every moment.
    const fs::path beside = file.string() + ".new";
    if (auto written = adapters::replace_durably(adapters::real_disk(), beside, bytes, there ? was.st_mode & 0777u : 0644u); !written) throw Stop{written.error() + "; say it again", 1};
    if (there && ::geteuid() == 0 && ::chown(beside.c_str(), was.st_uid, was.st_gid) != 0) throw Stop{beside.string() + ": cannot be given to its owner; say it again", 1};
    std::error_code failed;
    fs::rename(beside, file, failed);
    if (failed) throw Stop{file.string() + ": " + failed.message() + "; say it again", 1};
    if (auto synced = adapters::sync_folder(adapters::real_disk(), file.parent_path()); !synced) throw Stop{synced.error() + "; say it again", 1};
  };
  if (verifier->name == log.origin) write(log.verifier_key_file + "." + std::to_string(number - 1), log.verifier_key_file, *text);
  write(log.verifier_key_file, log.verifier_key_file, new_key.text() + "\n");

  std::uint64_t years = 0;
  {
    boost::asio::io_context io;  // outlives the store, whose threads post to it
    auto store = adapters::SqliteStore::open(sqlite_of(settings), [](const std::string&) {});
    if (!store) throw Stop{store.error(), 1};
    years = wait_for(io, (*store)->charge_in_full(options.officers[0], options.officers[1], now()));
  }
  // Last of all: until the settings name the new log, this command says it all again.
  json file = json::parse(read_file(settings.file), nullptr, false);
  if (!file.is_object() || !file.contains("log")) throw Stop{settings.file + ": has no `log`"};
  file["log"]["origin"] = origin;
  write(settings.file, settings.file, file.dump(2) + "\n");

  if (options.json) {
    std::cout << json{{"origin", origin}, {"before", log.origin}, {"kept", kept}, {"lost", last->size - std::min(kept, last->size)}, {"destroyed_again", again.done}, {"not_all_gone", again.left}, {"unreadable_lines", list.unreadable},
                      {"list", list.kept}, {"data_years_charged", years}, {"verifier_key", new_key.text()}}
                     .dump()
              << '\n';
    return again.left.empty() ? 0 : 1;
  }
  std::cout << log.origin << " ends at " << last->size << " entries, " << last->size - std::min(kept, last->size) << " of which are gone; the log goes on as " << origin << "\n"
            << (list.kept ? std::to_string(again.done) + " destructions and revocations made since were made again" + (list.unreadable ? ", " + std::to_string(list.unreadable) + " lines could not be read" : "")
                          : std::string("this anchor keeps no list: who was destroyed and which keys were revoked since is not known, make them again by hand"))
            << "\n"
            << years << " data-years of figures are charged in full\n"
            << "give partners and witnesses the new verifier key (" << log.verifier_key_file << "); the old tiles stay in " << old_folder.string() << "; then start the gateway\n";
  for (const std::string& one : again.left)
    std::cerr << "gatehouse: the restore is complete and the gateway may be started, but of those who were destroyed again something is still there: " << one
              << "; mend that, then gatehouse keys shred for each of them\n";
  return again.left.empty() ? 0 : 1;
}

}  // namespace

void add_restored(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("restored", "after an older backup was put in place: go on under a new name of the log, which says what is gone");
  command->add_option("--config", options->config, "gatehouse.json of the installation (or GATEHOUSE_CONFIG)");
  command->add_option("--officer", options->officers, "who orders it; twice")->required();
  command->add_option("--reason", options->reason, "what happened")->required();
  command->add_flag("--json", options->json, "one JSON object");
  command->callback(guarded(context, [options] { return restored(*options); }));
}

}  // namespace gatehouse::cli
