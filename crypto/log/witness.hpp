#pragma once
// What a witness does with a checkpoint it is shown (https://c2sp.org/tlog-witness), and both ends of its one request. Pure: who keeps the last
// checkpoint of each log, and keeps it before the answer leaves, is the caller's business. Any thread.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/log/checkpoint.hpp"

namespace gatehouse::crypto::log {

// The body of `POST …/add-checkpoint`: `old <size>`, the consistency proof, an empty line, the checkpoint.
struct AddCheckpoint {
  std::uint64_t old_size = 0;
  std::vector<Digest> proof;             // at most 63 hashes
  std::string note;
};
std::string add_checkpoint_text(const AddCheckpoint& request);
std::expected<AddCheckpoint, Error> read_add_checkpoint(std::string_view body);

// Origin, size and root at the head of a note's text, whoever signed it; extension lines may follow, as other logs write them.
struct SeenTree {
  std::string origin;
  std::uint64_t size = 0;
  Digest root{};
};
std::expected<SeenTree, Error> read_seen_tree(std::string_view note);

struct Judgement {
  int status = 200;                      // 200: cosign `text`, but keep the note first
  std::string body, content_type;        // of any other answer; 409: the size of the last checkpoint
  std::string text;                      // of the note, to be cosigned
  bool fork = false;                     // the log signed a tree that does not continue its last one: evidence of misbehaviour
};
// `keys`: those of all logs known, several may share an origin. `last`: the last checkpoint cosigned for this origin; nothing when there is none.
// 404 for an unknown origin, 403 without a good signature, 400 for an old size above the new, 409 for another old size than `last` or another
// root at one size, 422 for a proof that does not hold.
Judgement judge(const AddCheckpoint& request, const std::vector<VerifierKey>& keys, const std::optional<SeenTree>& last);

}  // namespace gatehouse::crypto::log
