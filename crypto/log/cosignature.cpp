// Cosignatures: https://c2sp.org/tlog-cosignature
#include "crypto/log/cosignature.hpp"

#include <algorithm>

#include "crypto/log/note.hpp"

namespace gatehouse::crypto::log {
namespace {

constexpr std::size_t kIdBytes = 4, kTimeBytes = 8, kSignatureBytes = 64;

std::string signed_message(std::string_view checkpoint_text, std::int64_t time) {
  return "cosignature/v1\ntime " + std::to_string(time) + "\n" + std::string(checkpoint_text);
}

// The time of a good cosignature; nothing when the line is another's; an error when it is this witness's and false.
std::expected<std::int64_t, Error> time_of(const NoteSignature& signature, std::string_view text, const WitnessKey& witness) {
  const auto bad = [&](const char* what) {
    return std::unexpected(Error{"signature_mismatch", "cosignature of `" + witness.name + "`", what, "the note as the log published it"});
  };
  const std::string_view bytes = std::string_view(signature.bytes).substr(kIdBytes);
  if (bytes.size() != kTimeBytes + kSignatureBytes) return bad("it is not a time and 64 bytes");
  std::uint64_t time = 0;
  for (const char c : bytes.substr(0, kTimeBytes)) time = time << 8 | static_cast<std::uint8_t>(c);
  if (time >> 63 != 0) return bad("its time is out of range");
  if (!verify_ed25519(witness.public_key, signed_message(text, static_cast<std::int64_t>(time)), bytes.substr(kTimeBytes)))
    return bad("it is false");
  return static_cast<std::int64_t>(time);
}

bool is_of(const NoteSignature& signature, const WitnessKey& witness) {
  return signature.name == witness.name && signature.bytes.starts_with(note_key_id(witness.name, kCosignatureEd25519, witness.public_key));
}

}  // namespace

std::expected<WitnessKey, Error> WitnessKey::parse(std::string_view text) {
  auto key = read_named_key(text, kCosignatureEd25519);
  if (!key) return std::unexpected(std::move(key.error()));
  return WitnessKey{std::move(key->name), std::move(key->public_key)};
}

std::string WitnessKey::text() const { return named_key_text(name, kCosignatureEd25519, public_key); }

WitnessKey WitnessKey::of(std::string_view name, const SigningKey& key) { return {std::string(name), key.public_key()}; }

std::string cosign(std::string_view checkpoint_text, std::string_view name, const SigningKey& key, std::int64_t time) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(static_cast<std::uint64_t>(time) >> shift);
  bytes += key.sign(signed_message(checkpoint_text, time));
  return signature_line(name, note_key_id(name, kCosignatureEd25519, key.public_key()), bytes);
}

std::expected<std::vector<Cosignature>, Error> cosignatures(std::string_view note, const std::vector<WitnessKey>& witnesses) {
  const auto read = read_note(note);
  if (!read) return std::unexpected(read.error());
  std::vector<Cosignature> out;
  for (std::size_t i = 0; i < witnesses.size(); ++i) {
    std::int64_t latest = -1;
    for (const NoteSignature& signature : read->signatures) {
      if (!is_of(signature, witnesses[i])) continue;
      const auto time = time_of(signature, read->text, witnesses[i]);
      if (!time) return std::unexpected(time.error());
      latest = std::max(latest, *time);
    }
    if (latest >= 0) out.push_back({i, latest});
  }
  return out;
}

std::expected<std::string, Error> add_cosignature(std::string_view note, std::string_view answer, const WitnessKey& witness) {
  const auto read = read_note(note);
  if (!read) return std::unexpected(read.error());
  const auto bad = [&](const char* what) {
    return std::unexpected(Error{"bad_cosignature", "answer of witness `" + witness.name + "`", what, "signature lines of c2sp.org/tlog-witness"});
  };
  if (answer.size() > kLongestNote) return bad("it is longer than 64 KiB");
  std::string_view best;
  std::int64_t latest = -1;
  while (!answer.empty()) {
    const std::size_t end = answer.find('\n');
    if (end == std::string_view::npos) return bad("a line does not end");
    const auto line = read_signature_line(answer.substr(0, end + 1));
    answer.remove_prefix(end + 1);
    if (!line) return bad("a line is no signature");
    if (!is_of(*line, witness)) continue;
    const auto time = time_of(*line, read->text, witness);
    if (!time) return std::unexpected(time.error());
    if (*time >= latest) best = line->line;
    latest = std::max(latest, *time);
  }
  if (best.empty()) return bad("no line of it is this witness's");
  std::string out(read->text);
  out += '\n';
  std::size_t kept = 1;
  for (const NoteSignature& signature : read->signatures) {
    if (is_of(signature, witness)) continue;
    out += signature.line;
    ++kept;
  }
  if (kept > kMostSignatures) return bad("the note has 16 signatures already");
  out += best;
  return out;
}

}  // namespace gatehouse::crypto::log
