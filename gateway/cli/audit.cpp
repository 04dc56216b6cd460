// gatehouse audit: what anybody can check about the log, on the installation or far from it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "crypto/log/audit.hpp"
#include "crypto/log/checkpoint.hpp"
#include "crypto/log/entry_file.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/installation.hpp"

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;

constexpr std::uint64_t kRows = 4096;
constexpr std::uint64_t kSaveEvery = 1u << 20;  // entries between two saved states

struct Options {
  std::string config, entries, log_key, checkpoint, tiles, from_state, save_state, out, file, entry_file;
  bool json = false, print_entry = false;
};

// A verifier key, or the file it stands in.
std::expected<tree::VerifierKey, std::string> read_verifier(const std::string& given) {
  if (auto key = tree::VerifierKey::parse(given)) return std::move(*key);
  const auto text = read_whole(given, 4096);
  if (!text) return std::unexpected("--log-key: neither a verifier key nor a file that can be read; `name+hash+key` or its file");
  auto key = tree::VerifierKey::parse(*text);
  if (!key) return std::unexpected(given + ": " + key.error().what + "; " + key.error().remedy);
  return std::move(*key);
}

// The entries of a log, in order, from any index on.
class Entries {
 public:
  struct Row {
    std::uint64_t index = 0;
    std::string entry, leaf;
  };
  virtual ~Entries() = default;
  // False at the end. The index is the one stored, right or not.
  virtual std::expected<bool, std::string> next(Row& row) = 0;
  // The next row is the first whose index is at least this.
  virtual std::expected<void, std::string> seek(std::uint64_t index) = 0;
};

class DatabaseEntries : public Entries {
 public:
  explicit DatabaseEntries(adapters::Admin admin) : admin_(std::move(admin)) {}
  std::expected<bool, std::string> next(Row& row) override {
    if (at_ == rows_.size()) {
      auto rows = admin_.log_rows(from_, kRows);
      if (!rows) return std::unexpected(rows.error());
      rows_ = std::move(*rows);
      at_ = 0;
      if (rows_.empty()) return false;
      from_ = rows_.back().index + 1;
    }
    row.index = rows_[at_].index;
    row.entry = std::move(rows_[at_].entry);
    row.leaf = std::move(rows_[at_].leaf);
    ++at_;
    return true;
  }
  std::expected<void, std::string> seek(std::uint64_t index) override {
    from_ = index;
    rows_.clear();
    at_ = 0;
    return {};
  }

 private:
  adapters::Admin admin_;
  std::vector<adapters::Admin::LogRow> rows_;
  std::size_t at_ = 0;
  std::uint64_t from_ = 0;
};

class FileEntries : public Entries {
 public:
  explicit FileEntries(std::string path) : path_(std::move(path)), in_(path_, std::ios::binary) {}
  bool good() const { return in_.good(); }
  std::expected<bool, std::string> next(Row& row) override {
    while (std::getline(in_, line_)) {
      ++number_;
      // An entry has at most 65,535 bytes.
      auto read = line_.size() > 100'000 ? std::unexpected(crypto::Error{"bad_line", "entry file", "a line is too long", "at most 100,000 bytes"})
                                         : tree::read_entry_line(line_);
      if (!read) return std::unexpected(path_ + ", line " + std::to_string(number_) + ": " + read.error().what + "; " + read.error().remedy);
      if (read->index < skip_below_) continue;
      skip_below_ = 0;
      row.index = read->index;
      row.entry = std::move(read->entry);
      row.leaf = std::move(read->leaf);
      return true;
    }
    if (in_.bad()) return std::unexpected(path_ + ": it cannot be read; check the disk");
    return false;
  }
  std::expected<void, std::string> seek(std::uint64_t index) override {
    in_.clear();
    in_.seekg(0);
    number_ = 0;
    skip_below_ = index;
    return {};
  }

 private:
  std::string path_, line_;
  std::ifstream in_;
  std::uint64_t number_ = 0, skip_below_ = 0;
};

struct Result {
  std::uint64_t checked = 0, beyond = 0;
  std::optional<crypto::Error> error;
};

// Names the first bad entry with the help of the tiles, when the tree as a whole is not the signed one.
std::expected<crypto::Error, std::string> locate(const tree::Checkpoint& checkpoint, std::uint64_t from, const std::string& folder, Entries& entries,
                                                 const crypto::Error& error) {
  const adapters::TileDirectory tiles(folder);
  std::vector<crypto::Digest> leaves;
  std::uint64_t tile_index = UINT64_MAX;
  const tree::LeafAt tile_leaf = [&](std::uint64_t i) -> std::expected<crypto::Digest, crypto::Error> {
    if (i / 256 != tile_index) {
      auto read = tiles.leaves(i / 256, checkpoint.size);
      if (!read) return std::unexpected(crypto::Error{"bad_tile", "tiles", read.error(), ""});
      leaves = std::move(*read);
      tile_index = i / 256;
    }
    return leaves[i % 256];
  };
  if (auto sought = entries.seek(from); !sought) return std::unexpected(sought.error());
  const tree::LeafAt entry_leaf = [&](std::uint64_t i) -> std::expected<crypto::Digest, crypto::Error> {
    Entries::Row row;
    const auto got = entries.next(row);
    if (!got) return std::unexpected(crypto::Error{"io", "entries", got.error(), ""});
    if (!*got || row.index != i) return crypto::Digest{};
    return tree::leaf_hash(row.entry);
  };
  const auto first = tree::first_difference(checkpoint, from, tile_leaf, entry_leaf);
  if (!first) {
    crypto::Error unnamed = error;
    unnamed.remedy = "the first bad entry cannot be named: " + first.error().text();
    return unnamed;
  }
  if (!*first) {
    crypto::Error before = error;
    before.remedy = "the entries checked are those of the tiles: the saved state is of another tree";
    return before;
  }
  return crypto::Error{"changed_entry", "entry " + std::to_string(**first), "it is not the one that was signed",
                       "restore the database, and find out who changed it"};
}

std::expected<Result, std::string> verify(const tree::Checkpoint& checkpoint, tree::Frontier start, Entries& entries, const std::string& tiles,
                                          const std::string& save_state) {
  Result result;
  const std::uint64_t from = start.size();
  if (from > checkpoint.size)
    return std::unexpected("--from-state: it is of " + std::to_string(from) + " entries, the checkpoint of " + std::to_string(checkpoint.size) +
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
    if (result.error->code == "other_root" && !tiles.empty()) {
      auto named = locate(checkpoint, from, tiles, entries, *result.error);
      if (!named) return std::unexpected(named.error());
      result.error = std::move(*named);
    }
  } else if (!save_state.empty() && from == checkpoint.size) {
    if (auto saved = write_whole(save_state, auditor.frontier().save()); !saved) return std::unexpected(saved.error());
  }
  if (done && !save_state.empty()) {
    std::error_code ignored;
    std::filesystem::remove(save_state + ".partial", ignored);
  }
  result.checked = std::min(auditor.next(), checkpoint.size) - from;
  result.beyond = auditor.beyond();
  return result;
}

int run_verify(const Options& options) {
  const bool offline = !options.entries.empty();
  if (offline && (options.log_key.empty() || options.checkpoint.empty()))
    return fail("audit verify: --entries wants --log-key and --checkpoint beside it");
  std::string key_source = options.log_key, checkpoint_file = options.checkpoint, tiles = options.tiles;
  std::unique_ptr<Entries> entries;
  if (offline) {
    auto file = std::make_unique<FileEntries>(options.entries);
    if (!file->good()) return fail(options.entries + ": it cannot be read; check the path");
    entries = std::move(file);
  } else {
    const auto installation = read_installation(options.config);
    if (!installation) return fail(installation.error());
    if (key_source.empty()) key_source = installation->log_verifier;
    if (checkpoint_file.empty()) checkpoint_file = installation->log_folder + "/checkpoint";
    if (tiles.empty()) tiles = installation->log_folder;
    auto store = adapters::Admin::open(installation->store);
    if (!store) return fail(store.error());
    entries = std::make_unique<DatabaseEntries>(std::move(*store));
  }
  const auto key = read_verifier(key_source);
  if (!key) return fail(key.error());
  const auto note = read_whole(checkpoint_file, 65536);
  if (!note) return fail(note.error());
  const auto checkpoint = tree::open_checkpoint(*note, *key);
  // A checkpoint that does not verify is a check that failed, not a slip of the hand.
  if (!checkpoint) return fail(checkpoint_file + ": " + checkpoint.error().what + "; " + checkpoint.error().remedy, 1);
  tree::Frontier start;
  if (!options.from_state.empty()) {
    const auto saved = read_whole(options.from_state, 65536);
    if (!saved) return fail(saved.error());
    auto loaded = tree::Frontier::load(*saved);
    if (!loaded) return fail(options.from_state + ": " + loaded.error().what + "; " + loaded.error().remedy);
    start = std::move(*loaded);
  }
  const std::uint64_t from = start.size();
  const auto result = verify(*checkpoint, std::move(start), *entries, tiles, options.save_state);
  if (!result) return fail(result.error());
  if (options.json) {
    nlohmann::json out = {{"ok", !result->error}, {"origin", checkpoint->origin}, {"size", checkpoint->size}, {"root", crypto::hex(checkpoint->root)},
                          {"from", from}, {"checked", result->checked}, {"beyond_checkpoint", result->beyond}};
    if (result->error)
      out["error"] = {{"code", result->error->code}, {"where", result->error->where}, {"text", result->error->text()}};
    std::cout << out.dump() << '\n';
  } else if (!result->error) {
    std::cout << checkpoint->origin << ": " << result->checked << " entries checked, from " << from << " to " << checkpoint->size
              << "; their tree is the signed one";
    if (result->beyond != 0) std::cout << "; " << result->beyond << " newer entries wait for a checkpoint";
    std::cout << '\n';
  }
  if (result->error) return options.json ? 1 : fail(result->error->text(), 1);
  return 0;
}

int run_proof(const Options& options) {
  const auto key = read_verifier(options.log_key);
  if (!key) return fail(key.error());
  const auto file = read_whole(options.file, 262144);
  if (!file) return fail(file.error());
  std::string entry;
  if (!options.entry_file.empty()) {
    auto read = read_whole(options.entry_file, 65535);
    if (!read) return fail(read.error());
    entry = std::move(*read);
    if (entry.empty()) return fail(options.entry_file + ": it is empty; the entry's bytes, as logged");
  }
  const auto proof = tree::check_proof_file(*file, *key, entry);
  if (options.json) {
    nlohmann::json out = {{"ok", proof.has_value()}};
    if (proof) {
      out.update({{"origin", proof->checkpoint.origin}, {"index", proof->index}, {"size", proof->checkpoint.size},
                  {"root", crypto::hex(proof->checkpoint.root)}, {"witnesses", 0}, {"witnesses_wanted", 0}});
      if (options.print_entry) out["entry_base64"] = crypto::base64(proof->entry);
    } else {
      out["error"] = {{"code", proof.error().code}, {"text", proof.error().text()}};
    }
    std::cout << out.dump() << '\n';
    return proof ? 0 : 1;
  }
  if (!proof) return fail(options.file + ": " + proof.error().text(), 1);
  if (options.print_entry)
    std::cout << proof->entry << (proof->entry.ends_with('\n') ? "" : "\n");
  else
    std::cout << proof->checkpoint.origin << ": the entry stands at index " << proof->index << " under the checkpoint of " << proof->checkpoint.size
              << " entries; 0 of 0 witnesses\n";
  return 0;
}

int run_export(const Options& options) {
  const auto installation = read_installation(options.config);
  if (!installation) return fail(installation.error());
  auto store = adapters::Admin::open(installation->store);
  if (!store) return fail(store.error());
  const bool to_stdout = options.out == "-";
  const std::string temporary = options.out + ".tmp";
  std::ofstream file;
  if (!to_stdout) {
    file.open(temporary, std::ios::binary | std::ios::trunc);
    if (!file) return fail(temporary + ": it cannot be made; check the folder");
  }
  std::ostream& out = to_stdout ? std::cout : file;
  std::uint64_t next = 0;
  for (;;) {
    const auto rows = store->log_rows(next, kRows);
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
    std::filesystem::rename(temporary, options.out, error);
    if (error) return fail(options.out + ": " + error.message() + "; check the folder", 1);
    if (options.json)
      std::cout << nlohmann::json{{"entries", next}, {"file", options.out}}.dump() << '\n';
    else
      std::cout << next << " entries written to " << options.out << "; hand over " << installation->log_folder << "/checkpoint and "
                << installation->log_verifier << " with it\n";
  }
  return 0;
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
  const auto options = std::make_shared<Options>();
  auto* audit = app.add_subcommand("audit", "check the log: every entry, or one proof");
  audit->require_subcommand(1);

  auto* verifying = audit->add_subcommand("verify", "hash every entry again and compare the tree with the signed checkpoint");
  verifying->add_option("--config", options->config, "settings of the installation (default: $GATEHOUSE_CONFIG)");
  verifying->add_option("--entries", options->entries, "entries written by `audit export`, in place of an installation");
  verifying->add_option("--log-key", options->log_key, "verifier key of the log, `name+hash+key`, or its file");
  verifying->add_option("--checkpoint", options->checkpoint, "signed checkpoint");
  verifying->add_option("--tiles", options->tiles, "folder with the log's tiles: names the first bad entry where only the tree tells it");
  verifying->add_option("--from-state", options->from_state, "begin behind a state saved by an earlier run");
  verifying->add_option("--save-state", options->save_state, "save the state at the checkpoint here; FILE.partial on the way");
  verifying->add_flag("--json", options->json, "the result as JSON");
  verifying->callback([options, &context] { context.exit_code = run_verify(*options); });

  auto* proving = audit->add_subcommand("proof", "check a .tlog-proof file: no installation and no network needed");
  proving->add_option("file", options->file, "proof file")->required();
  proving->add_option("--log-key", options->log_key, "verifier key of the log, `name+hash+key`, or its file")->required();
  proving->add_flag("--entry", options->print_entry, "print the entry that was proved");
  proving->add_option("--entry-file", options->entry_file, "the entry's bytes, for a proof file that does not carry them");
  proving->add_flag("--json", options->json, "the result as JSON");
  proving->callback([options, &context] { context.exit_code = run_proof(*options); });

  auto* exporting = audit->add_subcommand("export", "write every entry to a file, one JSON line each, for an auditor");
  exporting->add_option("--config", options->config, "settings of the installation (default: $GATEHOUSE_CONFIG)");
  exporting->add_option("--out", options->out, "file to write (`-`: standard output)")->required();
  exporting->add_flag("--json", options->json, "a summary as JSON");
  exporting->callback([options, &context] { context.exit_code = run_export(*options); });
}

}  // namespace gatehouse::cli
