#pragma once
// The keys of one installation: KEK from its file, the wrapped keys in keys.db, and the long-lived ones opened for use.
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::adapters {

// Any thread. Opened data keys are kept in one block of locked memory, the least recently used making room; what another process destroyed is
// no longer used here after one second at the latest.
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

  struct Impl;
  // A key lent for as long as the lease lives: 32 bytes in locked memory, wiped and given back afterwards. Must not outlive the keys it came from.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    const crypto::SecretBytes& key() const { return *key_; }
    unsigned version() const { return version_; }

   private:
    friend class Keyring;
    Impl* from_ = nullptr;
    std::unique_ptr<crypto::SecretBytes> key_;
    unsigned version_ = 1;
  };
  enum class Trouble : std::uint8_t { no_key, unavailable };   // no_key: shredded or never there
  std::expected<Lease, Trouble> open_data_key(std::int64_t person);
  // Fresh random bytes, lent.
  Lease random_key();
  // The bytes of a key wrapped with wrap_under_audit(), lent.
  std::expected<Lease, Trouble> unwrap_under_audit(std::string_view wrapped, std::string_view purpose);
  std::string wrap_under_audit(const crypto::SecretBytes& key, std::string_view purpose) const;

  // Makes keys for many people at once: what make_data_key() made is durable when flush() returned nothing, and may not be used before.
  // discard() forgets what was not flushed. One thread at a time.
  std::expected<void, std::string> make_data_key(std::int64_t person);
  std::expected<void, std::string> flush();
  void discard();

  // Destroys every version of a person's data key and leaves no copy in the file or its write-ahead log. Log it first.
  std::expected<void, std::string> destroy(std::int64_t person);

 private:
  explicit Keyring(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
