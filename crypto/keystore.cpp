#include "crypto/keystore.hpp"

#include <sodium.h>

#include <stdexcept>

#include "crypto/keys.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

// What a wrapped key and a sealed field say in front of their place, so that neither can pass for the other under one key.
std::string bound(const char* kind, std::string_view place) {
  std::string data(kind);
  data += place;
  return data;
}

std::string seal_box(const SecretBytes& key, std::span<const std::uint8_t> plain, const std::string& data) {
  const auto raw = key.reveal(KeyAccess::granted_to("keystore: seal"));
  // A key of another size would be read past its end; it can only come from a mistake of ours.
  if (raw.size() != crypto_aead_xchacha20poly1305_ietf_KEYBYTES) throw std::invalid_argument("keystore: a key must have 32 bytes");
  std::string out(kNonce + plain.size() + kTag, '\0');
  auto* o = reinterpret_cast<std::uint8_t*>(out.data());
  randombytes_buf(o, kNonce);
  crypto_aead_xchacha20poly1305_ietf_encrypt(o + kNonce, nullptr, plain.data(), plain.size(), bytes_of(data), data.size(), nullptr, o,
                                             raw.data());
  return out;
}

bool open_box(const SecretBytes& key, std::string_view box, const std::string& data, std::uint8_t* plain) {
  const auto raw = key.reveal(KeyAccess::granted_to("keystore: open"));
  if (raw.size() != crypto_aead_xchacha20poly1305_ietf_KEYBYTES) return false;
  return crypto_aead_xchacha20poly1305_ietf_decrypt(plain, nullptr, nullptr, bytes_of(box) + kNonce, box.size() - kNonce, bytes_of(data),
                                                    data.size(), bytes_of(box), raw.data()) == 0;
}

Error does_not_open(const char* what) {
  return {"does_not_open", what, "it was not made by this key for this place, or it was changed",
          "the key store and the database of the same installation and age"};
}

}  // namespace

std::string wrap_key(const SecretBytes& kek, const SecretBytes& key, std::string_view purpose) {
  return seal_box(kek, key.reveal(KeyAccess::granted_to("keystore: wrap at rest")), bound("gatehouse key|", purpose));
}

std::expected<SecretBytes, Error> unwrap_key(const SecretBytes& kek, std::string_view wrapped, std::string_view purpose) {
  if (wrapped.size() <= kNonce + kTag) return std::unexpected(does_not_open("wrapped key"));
  SecretBytes key(wrapped.size() - kNonce - kTag);
  if (auto opened = unwrap_key(kek, wrapped, purpose, key); !opened) return std::unexpected(std::move(opened.error()));
  return key;
}

std::expected<std::string, Error> rewrap_key(const SecretBytes& from, const SecretBytes& to, std::string_view wrapped, std::string_view purpose,
                                             SecretBytes& scratch) {
  if (wrapped.size() <= kNonce + kTag || wrapped.size() - kNonce - kTag > scratch.size()) return std::unexpected(does_not_open("wrapped key"));
  const auto plain = scratch.fill(KeyAccess::granted_to("keystore: wrap again under another KEK")).first(wrapped.size() - kNonce - kTag);
  const std::string data = bound("gatehouse key|", purpose);
  if (!open_box(from, wrapped, data, plain.data())) return std::unexpected(does_not_open("wrapped key"));
  std::string out = seal_box(to, plain, data);
  sodium_memzero(plain.data(), plain.size());
  return out;
}

std::expected<void, Error> unwrap_key(const SecretBytes& kek, std::string_view wrapped, std::string_view purpose, SecretBytes& into) {
  const auto bytes = into.fill(KeyAccess::granted_to("keystore: unwrap"));
  if (bytes.empty() || wrapped.size() != bytes.size() + kNonce + kTag || !open_box(kek, wrapped, bound("gatehouse key|", purpose), bytes.data())) {
    sodium_memzero(bytes.data(), bytes.size());
    return std::unexpected(does_not_open("wrapped key"));
  }
  return {};
}

std::string seal_field(const SecretBytes& key, std::string_view plain, std::string_view place) {
  return seal_box(key, {bytes_of(plain), plain.size()}, bound("gatehouse field|", place));
}

std::expected<std::string, Error> open_field(const SecretBytes& key, std::string_view sealed, std::string_view place) {
  if (sealed.size() < kNonce + kTag) return std::unexpected(does_not_open("sealed field"));
  std::string plain(sealed.size() - kNonce - kTag, '\0');
  if (!open_box(key, sealed, bound("gatehouse field|", place), reinterpret_cast<std::uint8_t*>(plain.data())))
    return std::unexpected(does_not_open("sealed field"));
  return plain;
}

std::string blind_index(const SecretBytes& index_key, std::string_view typed_value) {
  const Digest digest = hmac_sha256(index_key, typed_value);
  return std::string(reinterpret_cast<const char*>(digest.data()), 16);
}

std::string next_blind_index(const SecretBytes& next_key, std::string_view stored) {
  // No typed value begins like this, so that no key ever says the same of a value and of an index.
  return blind_index(next_key, "blind index|" + std::string(stored));
}

}  // namespace gatehouse::crypto
