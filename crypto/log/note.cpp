// Signed notes: https://c2sp.org/signed-note
#include "crypto/log/note.hpp"

#include <algorithm>

#include "crypto/log/checkpoint.hpp"
#include "crypto/utf8.hpp"

namespace gatehouse::crypto::log {
namespace {

std::unexpected<Error> refuse(const char* code, std::string where, std::string what, std::string remedy) {
  return std::unexpected(Error{code, std::move(where), std::move(what), std::move(remedy)});
}

std::unexpected<Error> bad_note(const char* what) { return refuse("bad_note", "signed note", what, "the note as the log published it"); }

std::string hex_of(std::string_view bytes) { return hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}); }

}  // namespace

std::string note_key_id(std::string_view name, char type, std::string_view public_key) {
  std::string input(name);
  input += '\n';
  input += type;
  input += public_key;
  const Digest digest = sha256(input);
  return std::string(reinterpret_cast<const char*>(digest.data()), 4);
}

bool is_key_name(std::string_view name) {
  if (name.empty() || name.size() > 255 || !is_utf8(name)) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<std::uint8_t>(name[i]);
    if (c <= 0x20 || c == 0x7f || c == '+') return false;
    // Unicode's other spaces (White_Space): U+0085, U+00A0, U+1680, U+2000–200A, U+2028, U+2029, U+202F, U+205F, U+3000.
    const std::string_view at = name.substr(i);
    for (const std::string_view space : {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
                                         "\xe3\x80\x80"})
      if (at.starts_with(space)) return false;
    if (at.size() >= 3 && at.starts_with("\xe2\x80") && static_cast<std::uint8_t>(at[2]) >= 0x80 && static_cast<std::uint8_t>(at[2]) <= 0x8a)
      return false;
  }
  return true;
}

std::expected<NamedKey, Error> read_named_key(std::string_view text, char type) {
  const auto bad = [](const char* what) { return refuse("bad_key", "verifier key", what, "one line `name+hash+key`"); };
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return bad("it does not have three parts");
  const std::string_view name = text.substr(0, first), id = text.substr(first + 1, second - first - 1), key = text.substr(second + 1);
  if (!is_key_name(name)) return bad("its name is empty or holds a space");
  const auto bytes = from_base64(key);
  if (!bytes || bytes->size() != 33) return bad("its key is not Ed25519");
  if (bytes->front() != type) return bad(type == kNoteEd25519 ? "it is not the key of a log (type 1)" : "it is not the key of a witness (type 4)");
  NamedKey out{std::string(name), bytes->substr(1)};
  if (hex_of(note_key_id(out.name, type, out.public_key)) != id) return bad("its hash is not that of name and key");
  return out;
}

std::string named_key_text(std::string_view name, char type, std::string_view public_key) {
  return std::string(name) + "+" + hex_of(note_key_id(name, type, public_key)) + "+" + base64(std::string(1, type) + std::string(public_key));
}

std::expected<VerifierKey, Error> VerifierKey::parse(std::string_view text) {
  auto key = read_named_key(text, kNoteEd25519);
  if (!key) return std::unexpected(std::move(key.error()));
  return VerifierKey{std::move(key->name), std::move(key->public_key)};
}

std::string VerifierKey::text() const { return named_key_text(name, kNoteEd25519, public_key); }

VerifierKey VerifierKey::of(std::string_view name, const SigningKey& key) { return {std::string(name), key.public_key()}; }

std::string signature_line(std::string_view name, std::string_view key_id, std::string_view signature) {
  std::string line(kSignatureDash);
  line += name;
  line += ' ';
  line += base64(std::string(key_id) + std::string(signature));
  line += '\n';
  return line;
}

std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  return std::string(text) + "\n" + signature_line(name, note_key_id(name, kNoteEd25519, key.public_key()), key.sign(text));
}

std::string sign_note_too(std::string_view note, std::string_view name, const SigningKey& key) {
  const std::string_view text = note.substr(0, note.find("\n\n") + 1);
  return std::string(note) + signature_line(name, note_key_id(name, kNoteEd25519, key.public_key()), key.sign(text));
}

std::expected<NoteSignature, Error> read_signature_line(std::string_view line) {
  NoteSignature out;
  out.line = line;
  if (!line.ends_with('\n')) return bad_note("its signatures do not end with a newline");
  line.remove_suffix(1);
  if (!line.starts_with(kSignatureDash)) return bad_note("a signature line does not begin with an em dash");
  line.remove_prefix(kSignatureDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return bad_note("a signature line has no key name");
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return bad_note("a signature is not base64 of key id and bytes");
  out.name = line.substr(0, space);
  out.bytes = std::move(*bytes);
  return out;
}

std::expected<SignedNote, Error> read_note(std::string_view note) {
  if (note.size() > kLongestNote) return bad_note("it is longer than 64 KiB");
  if (!is_utf8(note)) return bad_note("it is not UTF-8");
  if (std::any_of(note.begin(), note.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\n'; })) return bad_note("it holds a control character");
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return bad_note("no empty line parts text and signatures");
  SignedNote out;
  out.text = note.substr(0, blank + 1);
  std::string_view lines = note.substr(blank + 2);
  if (lines.empty() || !lines.ends_with('\n')) return bad_note("its signatures do not end with a newline");
  while (!lines.empty()) {
    if (out.signatures.size() == kMostSignatures) return bad_note("it has more than 16 signatures");
    const std::size_t end = lines.find('\n') + 1;
    auto line = read_signature_line(lines.substr(0, end));
    if (!line) return std::unexpected(std::move(line.error()));
    out.signatures.push_back(std::move(*line));
    lines.remove_prefix(end);
  }
  return out;
}

std::expected<std::string, Error> open_note(std::string_view note, const VerifierKey& key) {
  const auto read = read_note(note);
  if (!read) return std::unexpected(read.error());
  const std::string wanted = note_key_id(key.name, kNoteEd25519, key.public_key);
  bool good = false;
  for (const NoteSignature& signature : read->signatures) {
    if (signature.name != key.name || !signature.bytes.starts_with(wanted)) continue;
    if (!verify_ed25519(key.public_key, read->text, std::string_view(signature.bytes).substr(4)))
      return refuse("signature_mismatch", "signed note", "the signature of `" + key.name + "` is false", "the note as the log published it");
    good = true;
  }
  if (!good) return refuse("signature_missing", "signed note", "no signature of `" + key.name + "` with this key", "the verifier key of this log");
  return std::string(read->text);
}

}  // namespace gatehouse::crypto::log
