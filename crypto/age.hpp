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

class Recipient {
 public:
  static std::expected<Recipient, Error> parse(std::string_view text);  // `age1…`; refuses low-order points
  std::string text() const;
  const std::string& public_key() const { return key_; }                // 32 bytes

 private:
  friend class Identity;
  std::string key_;
};

class Identity {
 public:
  static Identity generate();
  static std::expected<Identity, Error> parse(std::string_view text);   // `AGE-SECRET-KEY-1…`
  std::string text(KeyAccess) const;
  Recipient recipient() const;
  const SecretBytes& secret() const { return secret_; }

 private:
  Identity() = default;
  SecretBytes secret_;
};

// A whole file in memory: for releases. Streams of any size: crypto/age_stream.hpp.
std::expected<std::string, Error> seal(const std::vector<Recipient>& recipients, std::string_view plain);
std::expected<std::string, Error> open(const std::vector<Identity>& identities, std::string_view file);

// Padmé size of a plaintext, at least 8 KiB; from 8 KiB on a multiple of 512. JSON is padded with trailing spaces to it.
std::size_t padded_size(std::size_t plain_size);

}  // namespace gatehouse::crypto::age
