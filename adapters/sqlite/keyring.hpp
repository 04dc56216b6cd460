#pragma once
// The keys of one installation as a process uses them: KEKs from their providers, the wrapped keys in keys.db, and the long-lived ones opened. Another
// process may rotate or destroy keys meanwhile: that is noticed within a second (refresh(), or the next key asked for).
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kek/provider.hpp"
#include "adapters/sqlite/key_versions.hpp"
#include "crypto/keys.hpp"
#include "crypto/published_keys.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::adapters {

// Any thread. Opened data keys are kept in one block of locked memory, the least recently used making room; what another process destroyed is
// no longer used here after one second at the latest.
class Keyring {
 public:
  // Makes two KEKs (the one that writes and the next one) with their provider, and keys.db with audit key, blind-index key and two release signing
  // keys (the one that signs and the next one, published beside it). Refuses to overwrite.
  static std::expected<Keyring, std::string> create(const std::string& keystore, const KekPlaces& places);
  static std::expected<Keyring, std::string> open(const std::string& keystore, const KekPlaces& places);
  Keyring(Keyring&&) noexcept;
  Keyring& operator=(Keyring&&) noexcept;
  ~Keyring();

  const std::string& file() const;                    // the key store's, as it was given

  // What these give lives as long as the keyring, also after a rotation; the next call gives the new one.
  const crypto::ReleaseKeys& release_keys() const;   // HTTP answers and manifests
  const crypto::SigningKey& release_key() const { return release_keys().signing; }
  const std::string& release_keyid() const { return release_keys().keyid; }  // `release-2026-1`
  const KeyVersions& audit_key() const;
  const KeyVersions& blind_index_key() const;        // all from the first on: each hashes what the one before gave (index.hpp)

  // Takes up what another process changed: at once. Called every second by whoever serves.
  void refresh();
  // One line where a key could not be taken up (a credential that was added after this service started); empty: all is well.
  std::string trouble() const;

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
    // The person's other keys, newest first: one that was made a moment ago by somebody else, and those before, which old log entries need.
    // Asked only when this one did not open something. None for a key that is nobody's.
    std::vector<Lease> others() const;

   private:
    friend class Keyring;
    Impl* from_ = nullptr;
    std::unique_ptr<crypto::SecretBytes> key_;
    std::int64_t person_ = 0;
    unsigned version_ = 1;
  };
  enum class Trouble : std::uint8_t { no_key, unavailable };   // no_key: shredded or never there
  std::expected<Lease, Trouble> open_data_key(std::int64_t person);   // the newest
  // Fresh random bytes, lent.
  Lease random_key();
  // The bytes of a key wrapped with wrap_under_audit(), lent.
  std::expected<Lease, Trouble> unwrap_under_audit(std::string_view wrapped, std::string_view purpose);
  std::string wrap_under_audit(const crypto::SecretBytes& key, std::string_view purpose) const;

  // Makes keys for many people at once: what make_data_key() made is durable when flush() returned nothing, and may not be used before.
  // discard() forgets what was not flushed. One thread at a time.
  std::expected<void, std::string> make_data_key(std::int64_t person);
  // One more version for somebody who has a key: what is sealed from now on is sealed with it. Durable when this returns.
  std::expected<unsigned, std::string> renew_data_key(std::int64_t person);
  std::expected<void, std::string> flush();
  void discard();

  // Destroys every version of a person's data key and leaves no copy in the file or its write-ahead log. Log it first. False: it is destroyed, but a reader that
  // did not end within five seconds, or a disk that fails, keeps the log from being emptied; said again, it tries again.
  std::expected<bool, std::string> destroy(std::int64_t person);

 private:
  explicit Keyring(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
