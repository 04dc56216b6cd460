#pragma once
// The key store's file: its tables, and the key-encryption keys opened from their providers. What Keyring (serving) and KeyAdmin (rotation) share.
// One thread at a time; throws DatabaseFault.
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/kek/provider.hpp"
#include "adapters/sqlite/database.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::adapters {

inline constexpr int kKeystoreVersion = 2;

// What is in a fresh key store, without any key.
void make_key_store(Database& database);
// 0: not a key store.
int key_store_version(Database& database);
// From version 1, where KEK 1 was the only one and nobody wrote its number down. Nothing when it is of this version. An error, in one line, where that KEK cannot be
// read or does not open the keys of the installation: then nothing is changed.
std::expected<void, std::string> migrate_key_store(Database& database, const KekPlaces& places, std::int64_t at);

// A key-encryption key's life. `making`: asked of its provider, and nothing rests on it. `next`: every process reads it, none writes with it.
// `current`: wraps what is new. `old`: rows are being wrapped again. `retired`: wraps no row here, but perhaps some in a backup.
struct KekRow {
  unsigned number = 0;
  std::string provider, state, remembered, probe;
  std::int64_t made_at = 0, current_at = 0, retired_at = 0;   // seconds since 1970; 0: not yet
};
std::vector<KekRow> kek_rows(Database& database);

// A known value under the KEK, so that the wrong key is noticed before anything is wrapped with it.
std::string kek_probe(const crypto::SecretBytes& kek, unsigned number);
bool is_probe_of(std::string_view probe, const crypto::SecretBytes& kek, unsigned number);

// What wrapped keys are bound to.
std::string data_key_purpose(std::int64_t person, unsigned version);
std::string installation_key_purpose(std::string_view name, std::string_view label);

// The KEKs that can be read, by number. Those of a process that serves are loaded again when the key store says that something changed.
class KekSet {
 public:
  // Opens what is `next`, `current` or `old` and not open yet, forgets the rest. An error when the current one, or one that still wraps a key, cannot be
  // opened; other troubles are kept for trouble().
  std::expected<void, std::string> load(Database& database, const KekPlaces& places);
  const crypto::SecretBytes* find(unsigned number) const;
  unsigned current() const { return current_; }
  // Every KEK up to this number that is in use can be read by this process.
  unsigned readable_up_to() const { return readable_; }
  const std::string& trouble() const { return trouble_; }

 private:
  std::map<unsigned, crypto::SecretBytes> keys_;
  unsigned current_ = 0, readable_ = 0;
  std::string trouble_;
};

// Says to other processes, by a lock that ends with the process, up to which KEK this one reads; and asks whether all of them read one.
class ReaderMark {
 public:
  // `keystore` + ".readers". Nothing works without it: an error is a line.
  static std::expected<ReaderMark, std::string> open(const std::string& keystore);
  ReaderMark(ReaderMark&& other) noexcept;
  ReaderMark& operator=(ReaderMark&& other) noexcept;
  ReaderMark(const ReaderMark&) = delete;
  ReaderMark& operator=(const ReaderMark&) = delete;
  ~ReaderMark();
  bool reads_up_to(unsigned number);
  bool all_read(unsigned number) const;

 private:
  explicit ReaderMark(int file) : file_(file) {}
  int file_ = -1;
  unsigned marked_ = 0;
};

}  // namespace gatehouse::adapters
