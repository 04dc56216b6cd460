#pragma once
// The keys of one installation: KEK from its file, the wrapped keys in keys.db, and the long-lived ones opened for use.
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::adapters {

class Keyring {
 public:
  // Makes the KEK file (0400) and keys.db with audit key, blind-index key and the release signing key. Refuses to overwrite.
  static std::expected<Keyring, std::string> create(const std::string& keystore, const std::string& kek_file);
  static std::expected<Keyring, std::string> open(const std::string& keystore, const std::string& kek_file);
  Keyring(Keyring&&) noexcept;
  Keyring& operator=(Keyring&&) noexcept;
  ~Keyring();

  const crypto::SigningKey& release_key() const;  // HTTP answers and manifests
  std::string release_keyid() const;              // `release-2026-1`
  const crypto::SecretBytes& audit_key() const;
  const crypto::SecretBytes& blind_index_key() const;

  // The data key of one person, made and stored durably (before any transaction that uses it) when `make`. Nothing: shredded or never there.
  struct DataKey {
    crypto::SecretBytes key;
    unsigned version = 1;
  };
  std::expected<DataKey, std::string> data_key(const std::string& person, bool make);

 private:
  struct Impl;
  explicit Keyring(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
