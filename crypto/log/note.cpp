// Signed notes: https://c2sp.org/signed-note
#include <algorithm>

#include "crypto/log/checkpoint.hpp"
#include "crypto/utf8.hpp"

namespace gatehouse::crypto::log {
namespace {

constexpr char kEd25519 = 1;                           // signature type
constexpr std::string_view kDash = "\xe2\x80\x94 ";     // em dash, space
constexpr std::size_t kLongest = 65536, kSignatures = 16;

std::unexpected<Error> refuse(const char* code, std::string where, std::string what, std::string remedy) {
  return std::unexpected(Error{code, std::move(where), std::move(what), std::move(remedy)});
}

std::string typed_key(std::string_view public_key) { return std::string(1, kEd25519) + std::string(public_key); }

// SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4]
std::string key_id(std::string_view name, std::string_view public_key) {
  const Digest digest = sha256(std::string(name) + "\n" + typed_key(public_key));
  return std::string(reinterpret_cast<const char*>(digest.data()), 4);
}

std::string hex_of(std::string_view bytes) { return hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}); }

}  // namespace

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

std::expected<VerifierKey, Error> VerifierKey::parse(std::string_view text) {
  const auto bad = [](const char* what) { return refuse("bad_key", "verifier key", what, "one line `name+hash+key`"); };
  while (text.ends_with('\n')) text.remove_suffix(1);
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return bad("it does not have three parts");
  const std::string_view name = text.substr(0, first), id = text.substr(first + 1, second - first - 1), key = text.substr(second + 1);
  if (!is_key_name(name)) return bad("its name is empty or holds a space");
  const auto bytes = from_base64(key);
  if (!bytes || bytes->size() != 33 || bytes->front() != kEd25519) return bad("its key is not Ed25519");
  VerifierKey out{std::string(name), bytes->substr(1)};
  if (hex_of(key_id(out.name, out.public_key)) != id) return bad("its hash is not that of name and key");
  return out;
}

std::string VerifierKey::text() const {
  return name + "+" + hex_of(key_id(name, public_key)) + "+" + base64(typed_key(public_key));
}

VerifierKey VerifierKey::of(std::string_view name, const SigningKey& key) { return {std::string(name), key.public_key()}; }

std::string sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  std::string note(text);
  note += "\n";
  note += kDash;
  note += name;
  note += " ";
  note += base64(key_id(name, key.public_key()) + key.sign(text));
  note += "\n";
  return note;
}

std::expected<std::string, Error> open_note(std::string_view note, const VerifierKey& key) {
  const auto bad = [](const char* what) { return refuse("bad_note", "signed note", what, "the note as the log published it"); };
  if (note.size() > kLongest) return bad("it is longer than 64 KiB");
  if (!is_utf8(note)) return bad("it is not UTF-8");
  if (std::any_of(note.begin(), note.end(), [](char c) { return c >= 0 && c < 0x20 && c != '\n'; })) return bad("it holds a control character");
  const std::size_t blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return bad("no empty line parts text and signatures");
  const std::string_view text = note.substr(0, blank + 1);
  std::string_view lines = note.substr(blank + 2);
  if (lines.empty() || !lines.ends_with('\n')) return bad("its signatures do not end with a newline");
  const std::string wanted = key_id(key.name, key.public_key);
  bool good = false;
  for (std::size_t count = 1; !lines.empty(); ++count) {
    if (count > kSignatures) return bad("it has more than 16 signatures");
    const std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (!line.starts_with(kDash)) return bad("a signature line does not begin with an em dash");
    line.remove_prefix(kDash.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return bad("a signature line has no key name");
    const auto bytes = from_base64(line.substr(space + 1));
    if (!bytes || bytes->size() < 5) return bad("a signature is not base64 of key id and bytes");
    if (line.substr(0, space) != key.name || !bytes->starts_with(wanted)) continue;
    if (!verify_ed25519(key.public_key, text, std::string_view(*bytes).substr(4)))
      return refuse("signature_mismatch", "signed note", "the signature of `" + key.name + "` is false", "the note as the log published it");
    good = true;
  }
  if (!good) return refuse("signature_missing", "signed note", "no signature of `" + key.name + "` with this key", "the verifier key of this log");
  return std::string(text);
}

}  // namespace gatehouse::crypto::log
