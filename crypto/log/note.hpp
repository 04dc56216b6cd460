#pragma once
// A signed note taken apart (https://c2sp.org/signed-note): text, and signature lines of whatever kind. Inside crypto/log; callers use
// checkpoint.hpp and cosignature.hpp. Pure, any thread.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::crypto::log {

inline constexpr std::string_view kSignatureDash = "\xe2\x80\x94 ";     // em dash, space
inline constexpr std::size_t kLongestNote = 65536, kMostSignatures = 16;
inline constexpr char kNoteEd25519 = 1, kCosignatureEd25519 = 4;         // signature types

struct NoteSignature {
  std::string_view name;
  std::string bytes;                     // key id (4 bytes), then what the type says
  std::string_view line;                 // as it stands, with its newline
};

struct SignedNote {
  std::string_view text;                 // with its last newline
  std::vector<NoteSignature> signatures; // 1 to 16
};

// Views into `note`. Refuses what is not a note, whoever signed it: no signature is checked here.
std::expected<SignedNote, Error> read_note(std::string_view note);
// One signature line, with its newline.
std::expected<NoteSignature, Error> read_signature_line(std::string_view line);
std::string signature_line(std::string_view name, std::string_view key_id, std::string_view signature);

// SHA-256(name ‖ 0x0A ‖ type ‖ key)[:4]
std::string note_key_id(std::string_view name, char type, std::string_view public_key);

// `name+hash+base64(type ‖ key)`, read and written. An error when the type is another or the hash is not that of name and key.
struct NamedKey {
  std::string name, public_key;          // 32 bytes
};
std::expected<NamedKey, Error> read_named_key(std::string_view text, char type);
std::string named_key_text(std::string_view name, char type, std::string_view public_key);

}  // namespace gatehouse::crypto::log
