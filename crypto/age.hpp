#pragma once
// age v1 (https://c2sp.org/age): X25519 recipients, ChaCha20-Poly1305 in 64 KiB chunks. Confidentiality only: who made a file is the
// manifest's business. Pure, any thread.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::crypto::age {

// Whom a file is sealed to. Kinds may come: whoever names one in a switch is told by the compiler (decisions/0001-post-quantum.md).
class Recipient {
 public:
  enum class Kind : std::uint8_t { x25519 };
  // `age1…`; refuses low-order points. Kinds of other versions of age (`age1pq1…`, plugins) are `unsupported_recipient`.
  static std::expected<Recipient, Error> parse(std::string_view text);
  Kind kind() const { return kind_; }
  std::string text() const;
  const std::string& public_key() const { return key_; }                // x25519: 32 bytes

 private:
  friend class Identity;
  Kind kind_ = Kind::x25519;
  std::string key_;
};

class Identity {
 public:
  static Identity generate();
  static std::expected<Identity, Error> parse(std::string_view text);   // `AGE-SECRET-KEY-1…`
  std::string text(KeyAccess) const;
  const Recipient& recipient() const { return public_; }
  const SecretBytes& secret() const { return secret_; }

 private:
  Identity() = default;
  void derive();
  SecretBytes secret_;
  Recipient public_;
};

// Errors of open(): bad_header, bad_armor, no_match (sealed to other keys, or another passphrase), bad_mac, bad_payload.
//
// A whole file in memory: for releases. Streams of any size: crypto/age_stream.hpp.
std::expected<std::string, Error> seal(const std::vector<Recipient>& recipients, std::string_view plain);
std::expected<std::string, Error> open(const std::vector<Identity>& identities, std::string_view file);   // binary or armoured

// Files sealed with a passphrase (scrypt, N = 2^work_factor): for keys kept on paper, never for releases. A file that asks for more than
// 2^18 (256 MiB) is refused.
inline constexpr int kMaxWorkFactor = 18;
std::expected<std::string, Error> seal_with_passphrase(const SecretBytes& passphrase, std::string_view plain, int work_factor = kMaxWorkFactor);
std::expected<std::string, Error> open_with_passphrase(const SecretBytes& passphrase, std::string_view file);

std::string armor(std::string_view file);                               // strict PEM, `-----BEGIN AGE ENCRYPTED FILE-----`
std::expected<std::string, Error> unarmor(std::string_view text);

// Padmé size of a plaintext, at least 8 KiB; from 8 KiB on a multiple of 512. padded_json()
// adds trailing spaces to it, which every JSON reader skips.
std::size_t padded_size(std::size_t plain_size);
std::string padded_json(std::string json);

}  // namespace gatehouse::crypto::age
