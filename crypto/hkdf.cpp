#include "crypto/hkdf.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace gatehouse::crypto {
namespace {

// libsodium's HMAC wants a key that is not null, even of length 0.
const std::uint8_t* not_null(std::span<const std::uint8_t> bytes) {
  static constexpr std::uint8_t nothing = 0;
  return bytes.data() == nullptr ? &nothing : bytes.data();
}

}  // namespace

bool hkdf_sha256(std::span<const std::uint8_t> key_material, std::span<const std::uint8_t> salt, std::string_view info,
                 std::span<std::uint8_t> out) {
  if (out.size() > 255 * crypto_auth_hmacsha256_BYTES) return false;
  std::uint8_t pseudo_random_key[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, not_null(salt), salt.size());
  crypto_auth_hmacsha256_update(&state, not_null(key_material), key_material.size());
  crypto_auth_hmacsha256_final(&state, pseudo_random_key);

  std::uint8_t block[crypto_auth_hmacsha256_BYTES];
  std::size_t done = 0;
  for (std::uint8_t counter = 1; done < out.size(); ++counter) {
    crypto_auth_hmacsha256_init(&state, pseudo_random_key, sizeof pseudo_random_key);
    if (counter > 1) crypto_auth_hmacsha256_update(&state, block, sizeof block);
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const std::uint8_t*>(info.data()), info.size());
    crypto_auth_hmacsha256_update(&state, &counter, 1);
    crypto_auth_hmacsha256_final(&state, block);
    const std::size_t now = std::min(sizeof block, out.size() - done);
    std::memcpy(out.data() + done, block, now);
    done += now;
  }
  sodium_memzero(block, sizeof block);
  sodium_memzero(pseudo_random_key, sizeof pseudo_random_key);
  sodium_memzero(&state, sizeof state);
  return true;
}

}  // namespace gatehouse::crypto
