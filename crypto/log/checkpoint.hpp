#pragma once
// Checkpoints (c2sp.org/tlog-checkpoint) as signed notes (c2sp.org/signed-note), and proof files (c2sp.org/tlog-proof). Pure, any thread.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/keys.hpp"
#include "crypto/log/tree.hpp"

namespace gatehouse::crypto::log {

struct Checkpoint {
  std::string origin;                    // `gatehouse.example.org/log`
  std::uint64_t size = 0;
  Digest root{};
};

struct VerifierKey {
  std::string name;
  std::string public_key;                // 32 bytes, Ed25519
  static std::expected<VerifierKey, Error> parse(std::string_view text);   // `name+hash+key`
  std::string text() const;
  static VerifierKey of(std::string_view name, const SigningKey& key);
};

// A key name of a signed note: not empty, no white space, no `+`, at most 255 bytes of UTF-8.
bool is_key_name(std::string_view name);

// A signed note carries `text` and good signatures; others' signatures are left alone. A bad signature of `key`, or none of it, refuses the
// note; so do control characters, more than 16 signature lines and more than 64 KiB.
std::expected<std::string, Error> open_note(std::string_view note, const VerifierKey& key);
std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key);   // text ends with a newline
// One signature more: while a key changes, notes carry that of the present one and that of the next, or of the one before. REQUIRES: a signed note.
std::string sign_note_too(std::string_view note, std::string_view name, const SigningKey& key);

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);
// The three lines of a checkpoint's text, whoever signed them: for the folder that `gatehouse log` alone writes. Extension lines are refused.
std::expected<Checkpoint, Error> read_checkpoint_text(std::string_view text);
// The note must carry a good signature of `log_key`, whose name is the origin; at most 16 signatures are read.
std::expected<Checkpoint, Error> open_checkpoint(std::string_view note, const VerifierKey& log_key);

// `extra` is the entry; an empty entry leaves the line out.
std::string proof_file(std::uint64_t index, const std::vector<Digest>& proof, std::string_view entry, std::string_view note);
struct CheckedProof {
  std::uint64_t index = 0;
  std::string entry;
  Checkpoint checkpoint;
};
// The entry is the one in `extra`, or the one given (for a file without; when both are there they must be the same bytes). The root is checked,
// so a `CheckedProof` says: this entry stands at this index of the log under this checkpoint.
std::expected<CheckedProof, Error> check_proof_file(std::string_view file, const VerifierKey& log_key);
std::expected<CheckedProof, Error> check_proof_file(std::string_view file, const VerifierKey& log_key, std::string_view entry);

}  // namespace gatehouse::crypto::log
