// gatehouse audit: what anybody can check about the log, on the installation or far from it.
#include "gateway/cli/audit.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/log_reader.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "crypto/log/audit.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/entry_file.hpp"
#include "gateway/cli/audit_entries.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/installation.hpp"
#include "gateway/cli/log_source.hpp"

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;
namespace fs = std::filesystem;

constexpr std::uint64_t kRows = 4096;
constexpr std::uint64_t kSaveEvery = 1u << 20;  // entries between two saved states

struct Options {
  std::string config, entries, place, checkpoint, tiles, from_state, save_state, state, out, file, entry_file;
  std::optional<std::uint64_t> make;
  std::uint64_t from = 0;
  TrustOptions trust;
  bool json = false, print_entry = false;
};

struct Result {
  std::uint64_t checked = 0, beyond = 0;
  std::optional<crypto::Error> error;
  std::vector<std::pair<std::uint64_t, nlohmann::json>> restores;   // where an older copy was restored, and what the log had before
};

// Names the first bad entry with the help of the tiles, when the tree as a whole is not the signed one.
std::expected<crypto::Error, std::string> locate(const tree::Checkpoint& checkpoint, std::uint64_t from, LogSource& tiles, Entries& entries,
                                                 const crypto::Error& error) {
  std::string leaves;
  std::uint64_t tile_index = UINT64_MAX;
  const tree::LeafAt tile_leaf = [&](std::uint64_t i) -> std::expected<crypto::Digest, crypto::Error> {
    if (i / tree::kTileWidth != tile_index) {
      tile_index = i / tree::kTileWidth;
      const auto width = static_cast<unsigned>(std::min(tree::kTileWidth, checkpoint.size - tile_index * tree::kTileWidth));
      auto read = tiles.tile({0, tile_index, width});
      if (!read) return std::unexpected(read.error());
      leaves = std::move(*read);
    }
    crypto::Digest out;
    std::copy_n(leaves.begin() + static_cast<std::ptrdiff_t>(32 * (i % tree::kTileWidth)), out.size(), out.begin());
    return out;
  };
  const auto unnamed = [&error](const std::string& why) {
    crypto::Error out = error;
    out.remedy = "the first bad entry cannot be named: " + why;
    return out;
  };
  if (auto sought = entries.seek(from); !sought) return unnamed(sought.error());
  const tree::LeafAt entry_leaf = [&](std::uint64_t i) -> std::expected<crypto::Digest, crypto::Error> {
    Entries::Row row;
    const auto got = entries.next(row);
    if (!got) return std::unexpected(crypto::Error{"io", "entries", got.error(), ""});
    if (!*got || row.index != i) return crypto::Digest{};
    return tree::leaf_hash(row.entry);
  };
  const auto first = tree::first_difference(checkpoint, from, tile_leaf, entry_leaf);
  if (!first) return unnamed(first.error().text());
  if (!*first) {
    crypto::Error before = error;
    before.remedy = "the entries checked are those of the tiles: the saved state is of another tree; begin again without it";
    return before;
  }
  return crypto::Error{"changed_entry", "entry " + std::to_string(**first), "it is not the one that was signed",
                       "restore the database, and find out who changed it"};
}

std::expected<Result, std::string> verify(const tree::Checkpoint& checkpoint, tree::Frontier start, Entries& entries, LogSource* tiles,
                                          const std::string& save_state) {
  Result result;
  const std::uint64_t from = start.size();
  if (from > checkpoint.size)
    return std::unexpected("the saved state is of " + std::to_string(from) + " entries, the checkpoint of " + std::to_string(checkpoint.size) +
                           "; give a newer checkpoint");
  tree::Auditor auditor(checkpoint, std::move(start));
  if (auto sought = entries.seek(from); !sought) return std::unexpected(sought.error());
  Entries::Row row;
  std::expected<void, crypto::Error> done;
  while (done) {
    const auto got = entries.next(row);
    if (!got) return std::unexpected(got.error());
    if (!*got) break;
    done = auditor.feed(row.index, row.entry, row.leaf);
    if (done && adapters::json_member(row.entry, "kind") == "\"restore\"") {
      auto before = nlohmann::json::parse(adapters::json_member(row.entry, "before"), nullptr, false);
      if (before.is_object()) result.restores.emplace_back(row.index, std::move(before));
    }
    // A state is only worth keeping when the signed root has confirmed it, so the last one saved is that of a checkpoint; those on the way are
    // marked by their own name and serve a run that was interrupted.
    if (done && !save_state.empty() && auditor.next() % kSaveEvery == 0 && auditor.next() < checkpoint.size) {
      if (auto saved = write_whole(save_state + ".partial", auditor.frontier().save()); !saved) return std::unexpected(saved.error());
    }
    if (done && !save_state.empty() && auditor.next() == checkpoint.size) {
      if (auto saved = write_whole(save_state, auditor.frontier().save()); !saved) return std::unexpected(saved.error());
    }
  }
  if (done) done = auditor.finish();
  if (!done) {
    result.error = done.error();
    if (result.error->code == "other_root" && tiles != nullptr) {
      auto named = locate(checkpoint, from, *tiles, entries, *result.error);
      if (!named) return std::unexpected(named.error());
      result.error = std::move(*named);
    }
  } else if (!save_state.empty() && from == checkpoint.size) {
    if (auto saved = write_whole(save_state, auditor.frontier().save()); !saved) return std::unexpected(saved.error());
  }
  if (!save_state.empty() && (done || result.error->code != "missing_entry")) {
    std::error_code ignored;
    fs::remove(save_state + ".partial", ignored);
  }
  result.checked = std::min(auditor.next(), checkpoint.size) - from;
  result.beyond = auditor.beyond();
  return result;
}

std::expected<tree::Frontier, std::string> load_state(const std::string& file) {
  const auto saved = read_whole(file, 65536);
  if (!saved) return std::unexpected(saved.error());
  auto loaded = tree::Frontier::load(*saved);
  if (!loaded) return std::unexpected(file + ": " + loaded.error().what + "; " + loaded.error().remedy);
  return std::move(*loaded);
}

// Behind which state to begin: the one named; or, with --state, where an interrupted run had come to, or the last that ended well.
std::expected<tree::Frontier, std::string> start_of(const Options& options) {
  if (!options.from_state.empty()) return load_state(options.from_state);
  std::error_code ignored;
  for (const char* tail : {".partial", ""})
    if (!options.state.empty() && fs::exists(options.state + tail, ignored)) return load_state(options.state + tail);
  return tree::Frontier();
}

int run_verify(Options options) {
  const bool offline = !options.entries.empty();
  if (!options.state.empty() && !(options.from_state.empty() && options.save_state.empty()))
    return fail("audit verify: --state stands for --from-state and --save-state; give one or the other");
  if (offline && options.place.empty() && options.checkpoint.empty())
    return fail("audit verify: --entries wants the log's checkpoint beside it: --log FOLDER or https://…, or --checkpoint FILE");
  if (offline && options.trust.log_key.empty() && options.trust.policy.empty()) return fail("audit verify: --entries wants --log-key or --policy beside it");
  std::expected<std::unique_ptr<Entries>, std::string> entries;
  if (offline) {
    entries = entries_of_file(options.entries);
  } else {
    const auto installation = read_installation(options.config);
    if (!installation) return fail(installation.error());
    if (options.trust.log_key.empty() && options.trust.policy.empty()) options.trust.log_key = installation->log_verifier;
    if (options.place.empty() && options.checkpoint.empty()) options.place = installation->log_folder;
    if (options.place.empty() && options.tiles.empty()) options.tiles = installation->log_folder;
    entries = entries_of_database(installation->store.database);
  }
  if (!entries) return fail(entries.error());
  std::unique_ptr<LogSource> source;
  if (const std::string place = options.tiles.empty() ? options.place : options.tiles; !place.empty()) {
    auto opened = LogSource::open(place, options.trust);
    if (!opened) return fail(opened.error());
    source = std::move(*opened);
  }
  const std::string where = options.checkpoint.empty() ? options.place + "/checkpoint" : options.checkpoint;
  std::expected<std::string, std::string> note;
  if (!options.checkpoint.empty()) {
    note = read_whole(options.checkpoint, 65536);
  } else if (options.tiles.empty()) {
    note = source->checkpoint();
  } else {
    auto other = LogSource::open(options.place, options.trust);
    if (!other) return fail(other.error());
    note = (*other)->checkpoint();
  }
  if (!note) return fail(note.error());
  const auto trust = read_trust(options.trust, *note);
  if (!trust) return fail(trust.error());
  const auto witnessed = tree::open_checkpoint(*note, trust->log, trust->policy);
  // A checkpoint that does not verify is a check that failed, not a slip of the hand.
  if (!witnessed) return fail(where + ": " + witnessed.error().what + "; " + witnessed.error().remedy, 1);
  const tree::Checkpoint& checkpoint = witnessed->checkpoint;
  auto start = start_of(options);
  if (!start) return fail(start.error());
  const std::uint64_t from = start->size();
  const auto result = verify(checkpoint, std::move(*start), **entries, source.get(), options.state.empty() ? options.save_state : options.state);
  if (!result) return fail(result.error());
  if (options.json) {
    nlohmann::json out = {{"ok", !result->error}, {"origin", checkpoint.origin}, {"size", checkpoint.size}, {"root", crypto::hex(checkpoint.root)},
                          {"from", from}, {"checked", result->checked}, {"beyond_checkpoint", result->beyond},
                          {"witnesses", witnessed->cosigned.size()}, {"witnesses_known", trust->policy.witnesses().size()}, {"witnesses_wanted", trust->policy.wanted()}};
    if (!result->restores.empty()) {
      out["restores"] = nlohmann::json::array();
      for (const auto& [index, before] : result->restores) out["restores"].push_back({{"index", index}, {"before", before}});
    }
    if (result->error)
      out["error"] = {{"code", result->error->code}, {"where", result->error->where}, {"text", result->error->text()}};
    std::cout << out.dump() << '\n';
  } else if (!result->error) {
    std::cout << checkpoint.origin << ": " << result->checked << " entries checked, from " << from << " to " << checkpoint.size
              << "; their tree is the signed one; " << witnesses_text(witnessed->cosigned.size(), trust->policy);
    if (result->beyond != 0) std::cout << "; " << result->beyond << " newer entries wait for a checkpoint";
    std::cout << '\n';
    for (const auto& [index, before] : result->restores)
      std::cout << "entry " << index << ": an older copy was restored: " << before.value("origin", "?") << " had " << before.value("size", std::uint64_t{0}) << " entries, " << before.value("lost", std::uint64_t{0})
                << " of them are not here\n";
  }
  if (result->error) return options.json ? 1 : fail(result->error->text(), 1);
  return 0;
}

// A proof file out of the installation's own log.
int make_proof(const Options& options) {
  const auto installation = read_installation(options.config);
  if (!installation) return fail(installation.error());
  auto reader = adapters::LogReader::open(installation->store.database);
  if (!reader) return fail(reader.error());
  const auto rows = reader->rows(*options.make, 1);
  if (!rows) return fail(rows.error(), 1);
  if (rows->empty() || rows->front().index != *options.make) return fail("--make: there is no entry " + std::to_string(*options.make), 1);
  adapters::TileDirectory tiles(installation->log_folder);
  const auto proof = tiles.proof_now(*options.make, rows->front().entry);
  if (!proof)
    return fail(proof.error() == policy::ProofError::not_covered_yet ? "--make: no published checkpoint covers this entry yet; try again in a second"
                                                                     : installation->log_folder + ": the proof cannot be made; see `gatehouse audit verify`",
                1);
  if (options.out.empty() || options.out == "-") {
    std::cout << *proof << std::flush;
    return std::cout ? 0 : fail("standard output: it cannot be written", 1);
  }
  if (auto written = write_whole(options.out, *proof); !written) return fail(written.error(), 1);
  return 0;
}

int run_proof(const Options& options) {
  if (options.make) return make_proof(options);
  if (options.file.empty()) return fail("audit proof: give a proof file to check (`-`: standard input), or --make INDEX");
  const auto file = read_whole(options.file == "-" ? "/dev/stdin" : options.file, 262144);
  if (!file) return fail(file.error());
  const std::size_t blank = file->find("\n\n");
  const auto trust = read_trust(options.trust, blank == std::string::npos ? *file : file->substr(blank + 2));
  if (!trust) return fail(trust.error());
  std::string entry;
  if (!options.entry_file.empty()) {
    auto read = read_whole(options.entry_file, 65535);
    if (!read) return fail(read.error());
    entry = std::move(*read);
    if (entry.empty()) return fail(options.entry_file + ": it is empty; the entry's bytes, as logged");
  }
  const auto witnessed = tree::check_proof_file(*file, trust->log, trust->policy, entry);
  if (options.json) {
    nlohmann::json out = {{"ok", witnessed.has_value()}};
    if (witnessed) {
      const auto& proof = witnessed->proof;
      out.update({{"origin", proof.checkpoint.origin}, {"index", proof.index}, {"size", proof.checkpoint.size}, {"root", crypto::hex(proof.checkpoint.root)},
                  {"witnesses", witnessed->cosigned.size()}, {"witnesses_known", trust->policy.witnesses().size()},
                  {"witnesses_wanted", trust->policy.wanted()}});
      out["cosigned"] = nlohmann::json::array();
      for (const auto& one : witnessed->cosigned) out["cosigned"].push_back({{"name", trust->policy.witnesses()[one.witness].name}, {"at", one.time}});
      if (options.print_entry) out["entry_base64"] = crypto::base64(proof.entry);
    } else {
      out["error"] = {{"code", witnessed.error().code}, {"text", witnessed.error().text()}};
    }
    std::cout << out.dump() << '\n';
    return witnessed ? 0 : 1;
  }
  if (!witnessed) return fail(options.file + ": " + witnessed.error().text(), 1);
  const auto& proof = witnessed->proof;
  if (options.print_entry)
    std::cout << proof.entry << (proof.entry.ends_with('\n') ? "" : "\n");
  else
    std::cout << proof.checkpoint.origin << ": the entry stands at index " << proof.index << " under the checkpoint of " << proof.checkpoint.size
              << " entries; " << witnesses_text(witnessed->cosigned.size(), trust->policy) << "\n";
  return 0;
}

int run_export(const Options& options) {
  const auto installation = read_installation(options.config);
  if (!installation) return fail(installation.error());
  auto reader = adapters::LogReader::open(installation->store.database);
  if (!reader) return fail(reader.error());
  const bool to_stdout = options.out == "-";
  const std::string temporary = options.out + ".tmp";
  std::ofstream file;
  if (!to_stdout) {
    file.open(temporary, std::ios::binary | std::ios::trunc);
    if (!file) return fail(temporary + ": it cannot be made; check the folder");
  }
  std::ostream& out = to_stdout ? std::cout : file;
  std::uint64_t next = options.from;
  for (;;) {
    const auto rows = reader->rows(next, kRows);
    if (!rows) return fail(rows.error(), 1);
    if (rows->empty()) break;
    for (const auto& row : *rows) {
      if (row.index != next) return fail("log entry " + std::to_string(next) + ": it is missing; see `gatehouse audit verify`", 1);
      out << tree::entry_line(row.index, row.entry);
      ++next;
    }
  }
  out.flush();
  if (!out) return fail((to_stdout ? std::string("standard output") : temporary) + ": it cannot be written; check the disk", 1);
  if (!to_stdout) {
    file.close();
    std::error_code error;
    fs::rename(temporary, options.out, error);
    if (error) return fail(options.out + ": " + error.message() + "; check the folder", 1);
    const std::uint64_t written = next - std::min(next, options.from);
    if (options.json)
      std::cout << nlohmann::json{{"entries", written}, {"from", options.from}, {"file", options.out}}.dump() << '\n';
    else
      std::cout << written << " entries written to " << options.out << "; hand over " << installation->log_folder << "/checkpoint and "
                << installation->log_verifier << " with it\n";
  }
  return 0;
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  auto* audit = app.add_subcommand("audit", "check the log: every entry, one proof, or from now on");
  audit->require_subcommand(1);

  auto* verifying = audit->add_subcommand("verify", "hash every entry again and compare the tree with the signed checkpoint");
  verifying->add_option("--config", options->config, "settings of the installation (default: $GATEHOUSE_CONFIG)");
  verifying->add_option("--entries", options->entries, "entries written by `audit export` (`-`: standard input), in place of an installation");
  verifying->add_option("--log", options->place, "where checkpoint and tiles are: a folder, or https://host[:port]/log");
  verifying->add_option("--checkpoint", options->checkpoint, "signed checkpoint, in place of the one there");
  verifying->add_option("--tiles", options->tiles, "where the tiles are, in place of --log: they name the first bad entry where only the tree tells it");
  options->trust.add_to(*verifying, true);
  verifying->add_option("--state", options->state, "go on behind what is saved here, and save here: a run that was interrupted, or the last one's end");
  verifying->add_option("--from-state", options->from_state, "begin behind a state saved by an earlier run");
  verifying->add_option("--save-state", options->save_state, "save the state at the checkpoint here; FILE.partial on the way");
  verifying->add_flag("--json", options->json, "the result as JSON");
  verifying->callback([options, &context] { context.exit_code = run_verify(*options); });

  auto* proving = audit->add_subcommand("proof", "check a .tlog-proof file: no installation and no network needed");
  proving->add_option("file", options->file, "proof file (`-`: standard input)");
  options->trust.add_to(*proving, false);
  proving->add_flag("--entry", options->print_entry, "print the entry that was proved");
  proving->add_option("--entry-file", options->entry_file, "the entry's bytes, for a proof file that does not carry them");
  proving->add_option("--make", options->make, "make the proof of this entry of an installation instead")->type_name("INDEX");
  proving->add_option("--config", options->config, "settings of that installation (default: $GATEHOUSE_CONFIG)");
  proving->add_option("--out", options->out, "where the proof made goes (default: standard output)");
  proving->add_flag("--json", options->json, "the result as JSON");
  proving->callback([options, &context] { context.exit_code = run_proof(*options); });

  auto* exporting = audit->add_subcommand("export", "write every entry to a file, one JSON line each, for an auditor");
  exporting->add_option("--config", options->config, "settings of the installation (default: $GATEHOUSE_CONFIG)");
  exporting->add_option("--out", options->out, "file to write (`-`: standard output)")->required();
  exporting->add_option("--from", options->from, "only entries from this index on")->capture_default_str();
  exporting->add_flag("--json", options->json, "a summary as JSON");
  exporting->callback([options, &context] { context.exit_code = run_export(*options); });

  add_audit_watch(*audit, context);
}

}  // namespace gatehouse::cli
