#include "crypto/log/audit.hpp"

#include <cstring>

namespace gatehouse::crypto::log {
namespace {

std::unexpected<Error> refuse(const char* code, std::uint64_t index, std::string what, const char* remedy) {
  return std::unexpected(Error{code, "entry " + std::to_string(index), std::move(what), remedy});
}

}  // namespace

Auditor::Auditor(Checkpoint checkpoint, Frontier start) : checkpoint_(std::move(checkpoint)), frontier_(std::move(start)) {}

std::uint64_t Auditor::beyond() const { return next() > checkpoint_.size ? next() - checkpoint_.size : 0; }

std::expected<void, Error> Auditor::feed(std::uint64_t index, std::string_view entry, std::string_view leaf) {
  if (index != next())
    return refuse("missing_entry", next(), "entry " + std::to_string(index) + " stands in its place", "every entry once, in order");
  const Digest hash = leaf_hash(entry);
  if (!leaf.empty() && (leaf.size() != hash.size() || std::memcmp(leaf.data(), hash.data(), hash.size()) != 0))
    return refuse("changed_entry", index, "it does not have the hash stored with it", "restore the database, and find out who changed it");
  if (next() == checkpoint_.size && !root_checked_) {
    // The state this run began with is itself a tree of the checkpoint's size.
    if (auto done = finish(); !done) return done;
    root_checked_ = true;
  }
  frontier_.append(hash);
  if (next() == checkpoint_.size) {
    if (auto done = finish(); !done) return done;
    root_checked_ = true;
  }
  return {};
}

std::expected<void, Error> Auditor::finish() const {
  if (root_checked_) return {};
  if (next() < checkpoint_.size)
    return refuse("missing_entry", next(), "it is missing: the checkpoint has " + std::to_string(checkpoint_.size) + " entries", "the whole log");
  if (next() > checkpoint_.size)
    return refuse("bad_state", checkpoint_.size, "the saved state is of a larger tree than the checkpoint", "the newest checkpoint");
  if (frontier_.root() != checkpoint_.root)
    return std::unexpected(Error{"other_root", "entries 0 to " + std::to_string(checkpoint_.size), "their tree is not the signed one",
                                 "compare with the tiles to name the first bad entry"});
  return {};
}

std::expected<std::optional<std::uint64_t>, Error> first_difference(const Checkpoint& checkpoint, std::uint64_t from, const LeafAt& tile_leaf,
                                                                   const LeafAt& entry_leaf) {
  Frontier tiles;
  std::optional<std::uint64_t> first;
  for (std::uint64_t i = 0; i < checkpoint.size; ++i) {
    const auto wanted = tile_leaf(i);
    if (!wanted) return std::unexpected(wanted.error());
    tiles.append(*wanted);
    if (i < from || first) continue;
    const auto found = entry_leaf(i);
    if (!found) return std::unexpected(found.error());
    if (*found != *wanted) first = i;
  }
  if (tiles.root() != checkpoint.root)
    return std::unexpected(Error{"bad_tile", "tiles", "they are not those of the checkpoint either", "tiles from a partner or a backup"});
  return first;
}

}  // namespace gatehouse::crypto::log
