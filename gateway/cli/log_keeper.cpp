#include "gateway/cli/log_keeper.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <ctime>

#include "gateway/cli/installation.hpp"

namespace gatehouse::cli {

namespace tree = crypto::log;
using Publish = adapters::TileDirectory::Publish;

namespace {

constexpr std::uint64_t kRows = 4096;        // read at a time
constexpr std::size_t kLeaves = 65536;       // signed at a time, while catching up
constexpr std::uint64_t kScrub = 2048;       // old entries hashed again each idle second
constexpr std::chrono::seconds kAgain{10};   // until witnesses that did not cosign are asked again, and an anchor that failed
constexpr std::chrono::hours kFresh{1};      // an idle log is cosigned anew: its watchers see that it is alive

const char* word(adapters::AnchorSettings::Kind kind) {
  switch (kind) {
    case adapters::AnchorSettings::Kind::none: return "none";
    case adapters::AnchorSettings::Kind::file: return "file";
    case adapters::AnchorSettings::Kind::https: return "https";
    case adapters::AnchorSettings::Kind::witness: return "witness";
  }
  return "none";
}

}  // namespace

const std::vector<crypto::SigningKey>& LogKeeper::no_others() {
  static const std::vector<crypto::SigningKey> none;
  return none;
}

LogKeeper::LogKeeper(Places places, std::string origin, const crypto::SigningKey& key, const std::vector<crypto::SigningKey>& also)
    : at_(std::move(places)), origin_(std::move(origin)), key_(key), also_(also), verifier_(tree::VerifierKey::of(origin_, key)) {
  status_.anchor = word(at_.anchor.kind());
}

std::expected<crypto::Digest, std::string> LogKeeper::checked(const adapters::LogReader::Row& row, std::uint64_t wanted) const {
  if (row.index != wanted)
    return std::unexpected("log entry " + std::to_string(wanted) + ": it is missing; stop the gateway and restore the database");
  const crypto::Digest leaf = tree::leaf_hash(row.entry);
  if (row.leaf.size() != leaf.size() || !std::equal(leaf.begin(), leaf.end(), reinterpret_cast<const std::uint8_t*>(row.leaf.data())))
    return std::unexpected("log entry " + std::to_string(wanted) + ": it does not have the hash stored with it; stop the gateway and restore the database");
  return leaf;
}

std::expected<std::uint64_t, std::string> LogKeeper::derive() {
  auto state = at_.tiles.signed_state(verifier_);
  if (!state) return std::unexpected(state.error());
  if (auto same = compare(state->size, state->size == 0 ? 0 : state->size - 1, 1); !same) return std::unexpected(same.error());
  const Publish how = at_.quorum == 0 ? Publish::at_once : Publish::when_witnessed;
  std::uint64_t next = state->size, added = 0;
  bool more = true, any = false;
  while (more) {
    std::vector<crypto::Digest> leaves;
    while (leaves.size() < kLeaves) {
      const auto rows = at_.entries.rows(next, kRows);
      if (!rows) return std::unexpected(rows.error());
      for (const auto& row : *rows) {
        auto leaf = checked(row, next);
        if (!leaf) return std::unexpected(leaf.error());
        leaves.push_back(*leaf);
        ++next;
      }
      more = rows->size() == kRows;
      if (!more) break;
    }
    if (leaves.empty() && any) break;
    // Also without new leaves: an empty log is signed once, and what waited for witnesses that are wanted no more is published.
    if (auto done = at_.tiles.append_and_sign(leaves, origin_, key_, how, also_); !done) return std::unexpected(done.error());
    any = true;
    added += leaves.size();
  }
  if (added != 0) all_cosigned_ = false;
  status_.signed_size = next;
  const auto published = at_.tiles.published_state(verifier_);
  if (!published) return std::unexpected(published.error());
  status_.published_size = *published ? (*published)->size : 0;
  return added;
}

std::expected<void, std::string> LogKeeper::publish() {
  const auto now = Clock::now();
  const bool waits = !shown_ever_ || shown_size_ != status_.signed_size;
  if (at_.witnesses != nullptr && (waits || (!all_cosigned_ && now - shown_ >= kAgain) || now - shown_ >= kFresh)) {
    const auto note = at_.tiles.signed_note(verifier_);
    if (!note) return std::unexpected(note.error());
    const auto checkpoint = at_.tiles.signed_state(verifier_);
    if (!checkpoint) return std::unexpected(checkpoint.error());
    const auto shown = at_.witnesses->show(*note, *checkpoint, [&](std::uint64_t old_size, std::uint64_t size) { return at_.tiles.consistency(old_size, size); });
    shown_ = now;
    shown_ever_ = true;
    shown_size_ = checkpoint->size;
    if (!shown.set_back.empty())
      return std::unexpected(shown.set_back + "; the database or the log's folder was set back: restore the newest, and find out who did");
    status_.witnesses.clear();
    all_cosigned_ = true;
    for (auto& one : at_.witnesses->standings()) {
      all_cosigned_ = all_cosigned_ && one.trouble.empty() && one.size == checkpoint->size;
      status_.witnesses.push_back({one.name, one.size, one.at, std::move(one.trouble)});
    }
    if (shown.enough && (shown.note != *note || status_.published_size != checkpoint->size)) {
      if (auto done = at_.tiles.publish(shown.note, verifier_); !done) return done;
      status_.published_size = checkpoint->size;
    }
  }
  const auto kind = at_.anchor.kind();
  if (kind == adapters::AnchorSettings::Kind::file || kind == adapters::AnchorSettings::Kind::https) {
    const bool behind = status_.anchored_size != status_.signed_size || anchored_ == Clock::time_point{};
    if (behind && (status_.anchor_trouble.empty() || now - anchored_ >= kAgain)) {
      const auto note = at_.tiles.signed_note(verifier_);
      if (!note) return std::unexpected(note.error());
      anchored_ = now;
      if (const auto kept = at_.anchor.keep(*note); !kept) {
        status_.anchor_trouble = kept.error();
      } else {
        status_.anchor_trouble.clear();
        status_.anchored_size = status_.signed_size;
      }
    }
  } else if (kind == adapters::AnchorSettings::Kind::witness) {
    status_.anchored_size = 0;
    for (const auto& one : status_.witnesses) status_.anchored_size = std::max(status_.anchored_size, one.size);
  }
  return {};
}

std::expected<void, std::string> LogKeeper::scrub() {
  const std::uint64_t size = status_.signed_size;
  if (status_.scrubbed >= size) status_.scrubbed = 0;
  const std::uint64_t from = status_.scrubbed, count = std::min(kScrub, size - from);
  if (count == 0) return {};
  if (auto same = compare(size, from, count); !same) return same;
  for (std::uint64_t tile = from / 256; tile * 256 < from + count; ++tile)
    if (auto above = at_.tiles.check_above(tile, size); !above) return above;
  status_.scrubbed = from + count;
  return {};
}

std::expected<void, std::string> LogKeeper::compare(std::uint64_t size, std::uint64_t from, std::uint64_t count) {
  if (size == 0) return {};
  std::vector<crypto::Digest> tile;
  std::uint64_t tile_index = UINT64_MAX;
  const std::uint64_t end = std::min(size, from + count);
  while (from < end) {
    const auto rows = at_.entries.rows(from, std::min(kRows, end - from));
    if (!rows) return std::unexpected(rows.error());
    if (rows->empty())
      return std::unexpected("log entry " + std::to_string(from) + ": it is missing, but a checkpoint of " + std::to_string(size) +
                             " entries is signed; the database was set back: restore it");
    for (const auto& row : *rows) {
      const auto leaf = checked(row, from);
      if (!leaf) return std::unexpected(leaf.error());
      if (from / 256 != tile_index) {
        tile_index = from / 256;
        auto leaves = at_.tiles.leaves(tile_index, size);
        if (!leaves) return std::unexpected(leaves.error());
        tile = std::move(*leaves);
      }
      if (tile[from % 256] != *leaf)
        return std::unexpected("log entry " + std::to_string(from) + ": it is not the one that was signed; stop the gateway and restore the database");
      ++from;
    }
  }
  return {};
}

const gateway::LogStatus& LogKeeper::status() {
  struct statvfs about {};
  status_.disk_trouble.clear();
  if (::statvfs(at_.folder.c_str(), &about) == 0) {
    const std::uint64_t left = static_cast<std::uint64_t>(about.f_bavail) * about.f_frsize;
    if (left < at_.disk_alarm_bytes) status_.disk_trouble = at_.folder + ": " + std::to_string(left >> 20) + " MiB are left on its disk; make room";
  }
  status_.at = 0;
  // Each second of an idle log scrubs a little: that alone is not worth a write.
  const std::uint64_t scrubbed = status_.scrubbed;
  status_.scrubbed = 0;
  std::string now = gateway::to_json(status_);
  status_.scrubbed = scrubbed;
  status_.at = std::time(nullptr);
  if (now != written_ && write_whole(at_.folder + "/status.json", gateway::to_json(status_))) written_ = std::move(now);
  return status_;
}

std::string LogKeeper::trouble() const {
  std::string out;
  const auto add = [&out](const std::string& one) {
    if (!one.empty()) out += (out.empty() ? "" : "; ") + one;
  };
  for (const auto& one : status_.witnesses)
    if (!one.trouble.empty()) add("witness " + one.name + ": " + one.trouble);
  if (!status_.anchor_trouble.empty()) add(status_.anchor_trouble);
  add(status_.disk_trouble);
  return out;
}

}  // namespace gatehouse::cli
