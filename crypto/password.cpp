#include "crypto/password.hpp"

#include <sodium.h>

namespace gatehouse::crypto {

std::optional<std::string> hash_password(std::string_view password, const PasswordCost& cost) {
  char out[crypto_pwhash_argon2id_STRBYTES] = {};
  if (crypto_pwhash_argon2id_str(out, password.data(), password.size(), cost.passes, cost.memory_bytes) != 0) return std::nullopt;
  return std::string(out);
}

bool password_matches(const std::string& stored, std::string_view password) {
  return stored.size() < crypto_pwhash_argon2id_STRBYTES && stored.starts_with(crypto_pwhash_argon2id_STRPREFIX) &&
         crypto_pwhash_argon2id_str_verify(stored.c_str(), password.data(), password.size()) == 0;
}

}  // namespace gatehouse::crypto
