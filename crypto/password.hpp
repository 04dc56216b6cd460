#pragma once
// Passwords of the people who work here, at rest: Argon2id (RFC 9106) in libsodium's text form, salt and cost inside. Pure but for the salt; any
// thread; slow on purpose, so never on a thread that serves.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

struct PasswordCost {
  std::uint64_t passes = 3;
  std::size_t memory_bytes = std::size_t{64} << 20;  // RFC 9106, section 4: the second recommended option
};

// Nothing: there was not the memory for it.
std::optional<std::string> hash_password(std::string_view password, const PasswordCost& cost);
// False also for a text that is no such hash.
bool password_matches(const std::string& stored, std::string_view password);

}  // namespace gatehouse::crypto
