#include "adapters/sqlite/index.hpp"

#include <sqlite3.h>

#include "adapters/sqlite/statistics_rows.hpp"
#include "crypto/keystore.hpp"

namespace gatehouse::adapters {

namespace {

constexpr std::size_t kHashBytes = 16;   // of crypto::blind_index()

std::string with_version(std::string hash, unsigned version) {
  if (version == 1) return hash;
  hash += static_cast<char>(version >> 8);
  hash += static_cast<char>(version & 255);
  return hash;
}

// Another process may have made the newest a moment ago.
const crypto::SecretBytes& key_of(Keyring& keys, unsigned version) {
  const auto* key = keys.blind_index_key().find(version);
  if (key == nullptr) {
    keys.refresh();
    key = keys.blind_index_key().find(version);
  }
  if (key == nullptr) throw DatabaseFault(0, "there is no index key " + std::to_string(version) + " in this key store; restore its newer backup", keys.file());
  return *key;
}

}  // namespace

std::string first_index(const Keyring& keys, std::string_view typed) { return crypto::blind_index(*keys.blind_index_key().find(1), typed); }

unsigned index_version(std::string_view stored, const Database* where) {
  if (stored.size() == kHashBytes) return 1;
  if (stored.size() != kHashBytes + 2)
    throw DatabaseFault(SQLITE_CORRUPT, "database: an index value of another length; restore it from its backup", where == nullptr ? std::string() : where->file());
  return static_cast<unsigned>(static_cast<unsigned char>(stored[kHashBytes])) << 8 | static_cast<unsigned char>(stored[kHashBytes + 1]);
}

std::string index_at(Keyring& keys, std::string_view first, unsigned version) {
  std::string hash(first);
  for (unsigned next = 2; next <= version; ++next) hash = crypto::next_blind_index(key_of(keys, next), hash);
  return with_version(std::move(hash), version);
}

std::string index_check(Keyring& keys, unsigned version) {
  // No typed value is this text. An organisation may call a number of its own `check`, but numbers are kept as capitals and digits alone.
  return index_at(keys, first_index(keys, "check:index key"), version).substr(0, kHashBytes);
}

std::int64_t turned_number(Keyring& keys, std::int64_t number, unsigned from, unsigned to) {
  for (unsigned version = from + 1; version <= to; ++version) {
    const auto* key = &key_of(keys, version);
    std::string bytes(8, '\0');
    for (int i = 0; i < 8; ++i) bytes[static_cast<std::size_t>(i)] = static_cast<char>(static_cast<std::uint64_t>(number) >> (56 - 8 * i));
    number = statistics_number(crypto::next_blind_index(*key, bytes));
  }
  return number;
}

Index::Index(Database& database, Keyring& keys)
    : database_(database),
      keys_(keys),
      versions_(database.handle(), "SELECT (SELECT n FROM counter WHERE name = 'index_oldest'), w.n, c.value FROM (SELECT n FROM counter WHERE name = 'index_written') w "
                                   "LEFT JOIN index_check c ON c.version = w.n") {}

void Index::look() {
  unsigned oldest = 0, written = 0;
  {
    auto rows = versions_.select();
    if (rows.next()) {
      oldest = static_cast<unsigned>(rows.integer(0)), written = static_cast<unsigned>(rows.integer(1));
      if (&keys_.blind_index_key() == known_ && oldest == oldest_ && written == written_ && rows.blob(2) == check_) return;
      check_ = rows.blob(2);
    }
  }
  known_ = nullptr;
  if (oldest == 0 || written < oldest || written > 0xffff) throw DatabaseFault(SQLITE_CORRUPT, "database: counter: the versions of the index are missing", database_.file());
  if (check_.empty()) throw DatabaseFault(0, "whether its index key is that of the key store was never compared; run `gatehouse migrate`", database_.file());
  const KeyVersions* keys = &keys_.blind_index_key();
  // Another process may have made the newest a moment ago.
  if (keys->find(written) == nullptr) {
    keys_.refresh();
    keys = &keys_.blind_index_key();
  }
  std::vector<const crypto::SecretBytes*> chain;
  for (unsigned version = 2; version <= written; ++version) {
    chain.push_back(keys->find(version));
    if (chain.back() == nullptr)
      throw DatabaseFault(SQLITE_BUSY, "index key " + std::to_string(version) + " cannot be read, and rows stand under it; if this stays, restore a newer backup of the key store", database_.file());
  }
  // Nobody would be found, and nothing else would be wrong.
  if (index_check(keys_, written) != check_)
    throw DatabaseFault(0, "index key " + std::to_string(written) + " of the key store is another one than that of this database: they are of two rotations; restore both from one backup",
                        database_.file());
  known_ = keys;
  chain_ = std::move(chain);
  oldest_ = oldest;
  written_ = written;
}

std::string Index::on(std::string_view stored, unsigned to) const {
  std::string hash(stored.substr(0, kHashBytes));
  for (unsigned version = index_version(stored, &database_) + 1; version <= to; ++version) hash = crypto::next_blind_index(*chain_.at(version - 2), hash);
  return with_version(std::move(hash), to);
}

std::string Index::at(std::string_view first, unsigned version) const {
  if (version > written_) throw DatabaseFault(SQLITE_CORRUPT, "database: an index value is newer than the database says", database_.file());
  return on(first, version);
}

std::string Index::turned(std::string_view stored) const {
  if (index_version(stored, &database_) > written_) throw DatabaseFault(SQLITE_CORRUPT, "database: an index value is newer than the database says", database_.file());
  return on(stored, written_);
}

std::string Index::to_write(std::string_view first) const { return on(first, written_); }

std::vector<std::string> Index::to_find(std::string_view first) const {
  std::vector<std::string> out(written_ - oldest_ + 1);
  std::string value = on(first, oldest_);
  for (unsigned version = oldest_; version < written_; ++version) {
    out[written_ - version] = value;
    value = on(value, version + 1);
  }
  out.front() = std::move(value);
  return out;
}

bool Index::same(std::string_view stored, std::string_view first) const { return at(first, index_version(stored, &database_)) == stored; }

}  // namespace gatehouse::adapters
