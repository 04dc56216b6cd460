// Witnesses: https://c2sp.org/tlog-witness
#include "crypto/log/witness.hpp"

#include <algorithm>

#include "crypto/log/lines.hpp"
#include "crypto/log/note.hpp"

namespace gatehouse::crypto::log {
namespace {

constexpr std::size_t kHashes = 63;
constexpr std::string_view kOld = "old ";

Judgement refuse(int status, std::string body) { return {status, std::move(body), "text/plain; charset=utf-8", {}, false}; }

Judgement conflict(std::uint64_t size, bool fork) { return {409, std::to_string(size) + "\n", "text/x.tlog.size", {}, fork}; }

bool signed_by_one(std::string_view note, std::string_view origin, const std::vector<VerifierKey>& keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& key) { return key.name == origin && open_note(note, key).has_value(); });
}

}  // namespace

std::string add_checkpoint_text(const AddCheckpoint& request) {
  std::string out(kOld);
  out += std::to_string(request.old_size);
  out += '\n';
  for (const Digest& hash : request.proof) {
    out += base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
    out += '\n';
  }
  out += '\n';
  out += request.note;
  return out;
}

std::expected<AddCheckpoint, Error> read_add_checkpoint(std::string_view body) {
  const auto bad = [](const char* what) {
    return std::unexpected(Error{"bad_request", "add-checkpoint", what, "`old <size>`, proof, empty line, checkpoint (c2sp.org/tlog-witness)"});
  };
  const auto old = take_line(body);
  AddCheckpoint out;
  if (!old || !old->starts_with(kOld) || !read_decimal(old->substr(kOld.size()), out.old_size)) return bad("the first line is not `old <size>`");
  for (;;) {
    const auto line = take_line(body);
    if (!line) return bad("no empty line ends the proof");
    if (line->empty()) break;
    if (out.proof.size() == kHashes) return bad("the proof has more than 63 hashes");
    if (!read_digest(*line, out.proof.emplace_back())) return bad("a hash is not base64 of 32 bytes");
  }
  if (body.size() > kLongestNote) return bad("the checkpoint is longer than 64 KiB");
  out.note = body;
  return out;
}

std::expected<SeenTree, Error> read_seen_tree(std::string_view note) {
  const auto bad = [](const char* what) {
    return std::unexpected(Error{"bad_checkpoint", "checkpoint", what, "a signed note: origin, size and root, one line each"});
  };
  const auto read = read_note(note);
  if (!read) return std::unexpected(read.error());
  std::string_view text = read->text;
  const auto origin = take_line(text), size = take_line(text), root = take_line(text);
  if (!origin || !size || !root) return bad("a line is missing");
  SeenTree out;
  if (!is_key_name(*origin)) return bad("its origin is empty or holds a space");
  out.origin = *origin;
  if (!read_decimal(*size, out.size)) return bad("its size is no number");
  if (!read_digest(*root, out.root)) return bad("its root is not base64 of 32 bytes");
  if (out.size == 0 && out.root != empty_root()) return bad("an empty tree has another root");
  return out;
}

Judgement judge(const AddCheckpoint& request, const std::vector<VerifierKey>& keys, const std::optional<SeenTree>& last) {
  const auto seen = read_seen_tree(request.note);
  if (!seen) return refuse(400, seen.error().text() + "\n");
  if (std::none_of(keys.begin(), keys.end(), [&](const VerifierKey& key) { return key.name == seen->origin; }))
    return refuse(404, "this witness does not know the log\n");
  if (!signed_by_one(request.note, seen->origin, keys)) return refuse(403, "no signature of a key this witness knows for the log\n");
  if (request.old_size > seen->size) return refuse(400, "the old size is above the checkpoint's\n");
  const std::uint64_t size = last ? last->size : 0;
  if (request.old_size != size) return conflict(size, false);
  // A log that signs two roots for one size has forked, and says so with its own key.
  if (last && seen->size == last->size && seen->root != last->root) return conflict(size, true);
  if (request.old_size == 0) {
    if (!request.proof.empty()) return refuse(422, "there is nothing to prove from an empty tree: send no hash\n");
  } else if (const auto consistent = check_consistency(request.old_size, seen->size, last->root, seen->root, request.proof); !consistent) {
    Judgement out = refuse(422, consistent.error().text() + "\n");
    out.fork = true;
    return out;
  }
  Judgement out;
  out.text = read_note(request.note)->text;
  return out;
}

}  // namespace gatehouse::crypto::log
