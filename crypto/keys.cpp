#include "crypto/keys.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "crypto/sha256.hpp"

namespace gatehouse::crypto {
namespace {

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// What is encoded here is public (signatures, digests, ciphertext), so look-up tables are in order: several times faster than
// sodium_bin2base64, which hides its input from the cache. Secret keys are Bech32 (age) or raw, and never pass this way.
constexpr std::array<std::uint8_t, 256> decode_table() {
  std::array<std::uint8_t, 256> table{};
  table.fill(0xff);
  for (std::uint8_t i = 0; i < 64; ++i) table[static_cast<std::uint8_t>(kAlphabet[i])] = i;
  return table;
}
constexpr auto kDecode = decode_table();

std::string encode(std::string_view in, bool padded) {
  std::string out;
  out.resize((in.size() + 2) / 3 * 4);
  const std::uint8_t* p = bytes_of(in);
  char* o = out.data();
  std::size_t left = in.size();
  for (; left >= 3; left -= 3, p += 3) {
    const std::uint32_t group = static_cast<std::uint32_t>(p[0]) << 16 | static_cast<std::uint32_t>(p[1]) << 8 | p[2];
    *o++ = kAlphabet[group >> 18];
    *o++ = kAlphabet[group >> 12 & 63];
    *o++ = kAlphabet[group >> 6 & 63];
    *o++ = kAlphabet[group & 63];
  }
  if (left != 0) {
    const std::uint32_t group = static_cast<std::uint32_t>(p[0]) << 16 | (left == 2 ? static_cast<std::uint32_t>(p[1]) << 8 : 0u);
    *o++ = kAlphabet[group >> 18];
    *o++ = kAlphabet[group >> 12 & 63];
    if (left == 2) *o++ = kAlphabet[group >> 6 & 63];
    if (padded) {
      *o++ = '=';
      if (left == 1) *o++ = '=';
    }
  }
  out.resize(static_cast<std::size_t>(o - out.data()));
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Digest sha256(std::string_view bytes) { return Sha256::of(bytes); }

Digest hmac_sha256(const SecretBytes& key, std::string_view bytes) {
  const auto raw = key.reveal(KeyAccess::granted_to("keys: HMAC-SHA256"));
  static constexpr std::uint8_t nothing = 0;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, raw.empty() ? &nothing : raw.data(), raw.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(bytes), bytes.size());
  Digest digest;
  crypto_auth_hmacsha256_final(&state, digest.data());
  sodium_memzero(&state, sizeof state);
  return digest;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t b : bytes) {
    out += digits[b >> 4];
    out += digits[b & 15];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

std::string base64(std::string_view bytes) { return encode(bytes, true); }
std::string base64_unpadded(std::string_view bytes) { return encode(bytes, false); }

std::optional<std::string> from_base64_unpadded(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.resize(text.size() / 4 * 3 + (text.size() % 4 == 0 ? 0 : text.size() % 4 - 1));
  const std::uint8_t* p = bytes_of(text);
  std::uint8_t* o = reinterpret_cast<std::uint8_t*>(out.data());
  std::size_t left = text.size();
  std::uint8_t bad = 0;
  for (; left >= 4; left -= 4, p += 4) {
    const std::uint8_t a = kDecode[p[0]], b = kDecode[p[1]], c = kDecode[p[2]], d = kDecode[p[3]];
    bad |= a | b | c | d;
    *o++ = static_cast<std::uint8_t>(a << 2 | b >> 4);
    *o++ = static_cast<std::uint8_t>(b << 4 | c >> 2);
    *o++ = static_cast<std::uint8_t>(c << 6 | d);
  }
  if (left != 0) {
    const std::uint8_t a = kDecode[p[0]], b = kDecode[p[1]], c = left == 3 ? kDecode[p[2]] : std::uint8_t{0};
    bad |= a | b | c;
    *o++ = static_cast<std::uint8_t>(a << 2 | b >> 4);
    if (left == 3) *o++ = static_cast<std::uint8_t>(b << 4 | c >> 2);
    // Canonical (RFC 4648 section 3.5): the bits left over are zero, else two texts would mean the same bytes.
    if ((left == 2 ? (b & 15) : (c & 3)) != 0) return std::nullopt;
  }
  if ((bad & 0x80) != 0) return std::nullopt;
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  return from_base64_unpadded(text);
}

std::string random_bytes(std::size_t size) {
  std::string out(size, '\0');
  randombytes_buf(out.data(), size);
  return out;
}

SigningKey SigningKey::generate() {
  SigningKey key;
  key.seed_ = SecretBytes::random(crypto_sign_SEEDBYTES);
  key.derive();
  return key;
}

std::expected<SigningKey, Error> SigningKey::from_seed(SecretBytes seed) {
  if (seed.size() != crypto_sign_SEEDBYTES)
    return std::unexpected(Error{"bad_key", "signing key", "the seed has " + std::to_string(seed.size()) + " bytes", "32 raw bytes"});
  SigningKey key;
  key.seed_ = std::move(seed);
  key.derive();
  return key;
}

void SigningKey::derive() {
  secret_ = SecretBytes(crypto_sign_SECRETKEYBYTES);
  public_.resize(crypto_sign_PUBLICKEYBYTES);
  crypto_sign_seed_keypair(reinterpret_cast<std::uint8_t*>(public_.data()),
                           secret_.fill(KeyAccess::granted_to("keys: expand an Ed25519 seed")).data(),
                           seed_.reveal(KeyAccess::granted_to("keys: expand an Ed25519 seed")).data());
}

std::string SigningKey::public_key() const { return public_; }

std::string SigningKey::sign(std::string_view message) const {
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<std::uint8_t*>(signature.data()), nullptr, bytes_of(message), message.size(),
                       secret_.reveal(KeyAccess::granted_to("keys: sign")).data());
  return signature;
}

// libsodium (built without ED25519_COMPAT, as Debian does) refuses S >= L, small-order R and keys, and non-canonical keys.
bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != crypto_sign_PUBLICKEYBYTES || signature.size() != crypto_sign_BYTES) return false;
  return crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(), bytes_of(public_key)) == 0;
}

}  // namespace gatehouse::crypto
