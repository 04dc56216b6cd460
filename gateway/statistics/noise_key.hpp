#pragma once
// The key that makes noise the same for the same figure, everywhere and always, and unknown to whoever does not hold it. It lies in a file of its own
// (keys/noise.key, 32 bytes, mode 0400), never in the database or its backups, and in escrow: without it old figures would be drawn again.
// Any thread.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "crypto/secret_bytes.hpp"
#include "policy/statistics/gaussian.hpp"

namespace gatehouse::gateway {

class NoiseKey {
 public:
  // One line when the file cannot be read, is not 32 bytes, or others may read it.
  static std::expected<NoiseKey, std::string> read(const std::string& file);
  static std::string make(const std::string& file);   // a fresh one; an error line, or empty
  explicit NoiseKey(crypto::SecretBytes key) : key_(std::move(key)) {}

  // Tells this key from another one; says nothing about it. 32 bytes.
  std::string id() const;
  // The first `digits` hexadecimal digits of a keyed hash: a name for something whose own digest must not leave, because whoever can guess the rows could
  // check the guess against it.
  std::string name(std::string_view kind, std::string_view of, std::size_t digits) const;
  // The key a figure is stored under: BLAKE2b-256 of its key text; and the noise that belongs to it.
  static std::string figure_key(std::string_view key_text);
  std::expected<std::int64_t, statistics::NoiseError> noise(std::string_view figure_key, statistics::Fraction variance) const;

 private:
  crypto::SecretBytes key_;
};

}  // namespace gatehouse::gateway
