#pragma once
// Primitives with the names the rest uses: digests, keyed hashes, Ed25519, encodings. libsodium and OpenSSL EVP behind.
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crypto/error.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(const SecretBytes& key, std::string_view bytes);
std::string hex(std::span<const std::uint8_t> bytes);
std::optional<std::string> from_hex(std::string_view text);        // lower or upper case, even length
std::string base64(std::string_view bytes);                        // standard alphabet, padded
std::string base64_unpadded(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);     // strict: padded, canonical, no white space
std::optional<std::string> from_base64_unpadded(std::string_view text);  // strict: no `=`, canonical, no white space
std::string random_bytes(std::size_t size);

// Ed25519 (RFC 8032). The seed is 32 bytes. Verification refuses small-order keys and non-canonical signatures.
class SigningKey {
 public:
  static SigningKey generate();
  static std::expected<SigningKey, Error> from_seed(SecretBytes seed);
  std::string public_key() const;                                  // 32 bytes
  std::string sign(std::string_view message) const;                // 64 bytes
  const SecretBytes& seed() const { return seed_; }

 private:
  SigningKey() = default;
  void derive();
  SecretBytes seed_, secret_;
  std::string public_;
};
bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace gatehouse::crypto
