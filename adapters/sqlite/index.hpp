#pragma once
// The keyed hashes by which rows are found (people, references, names on files, staff, calls), through the rotations of their key. A value is hashed under
// the first index key; each later version is a hash of the one before under a key of its own, so that a stored value is turned over without what it was made
// of (decisions/0003-a-chain-of-index-keys.md). Stored: the 16 bytes of version 1; a later version stands in two more bytes behind them, high byte first.
// The database says which versions stand in it, and whoever looks up or writes reads that in the same transaction: nobody is missed meanwhile.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/keyring.hpp"

namespace gatehouse::adapters {

// A typed value under the first key, 16 bytes, from which every version follows. Any thread, outside of transactions too.
std::string first_index(const Keyring& keys, std::string_view typed);
// The same in the form of one version, with its mark. Throws DatabaseFault where a key of the chain is not there.
std::string index_at(Keyring& keys, std::string_view first, unsigned version);
// A fixed text under the keys up to `version`, 16 bytes. Two key stores give the same only where all these keys are the same, so it is kept beside what stands under
// them and compared: a number alone would not tell the rotation of one backup from that of another. It says nothing of the keys or of any value. Throws
// DatabaseFault where a key is not there.
std::string index_check(Keyring& keys, unsigned version);
// The version of a stored value. `where` it stands, for the fault that it is none.
unsigned index_version(std::string_view stored, const Database* where = nullptr);
// What is stored about statistics is a number of 63 bits without its version (statistics_rows.hpp): turned over from one version to a later one. Throws
// DatabaseFault where a key is not there.
std::int64_t turned_number(Keyring& keys, std::int64_t number, unsigned from, unsigned to);

// One thread: that of its connection. `database` and `keys` outlive it.
class Index {
 public:
  Index(Database& database, Keyring& keys);

  // Reads which versions there are: first of all in every transaction that uses what follows. Throws DatabaseFault: a busy() one where a key that another process
  // has just made cannot be read yet; and where the key store's key is another one than the database's of this number, or nobody has ever compared them.
  void look();
  unsigned oldest() const { return oldest_; }
  unsigned written() const { return written_; }
  bool turning() const { return oldest_ != written_; }              // a rotation is under way, or was interrupted

  // `first`: what first_index() gave.
  std::string to_write(std::string_view first) const;
  std::vector<std::string> to_find(std::string_view first) const;   // every form in which it may stand, the one that is written now first
  bool same(std::string_view stored, std::string_view first) const; // whether this is what is stored, in whichever form
  std::string at(std::string_view first, unsigned version) const;   // in the form of one version
  // A stored value as it is written now.
  std::string turned(std::string_view stored) const;

 private:
  std::string on(std::string_view stored, unsigned to) const;

  Database& database_;
  Keyring& keys_;
  Statement versions_;
  const KeyVersions* known_ = nullptr;
  std::vector<const crypto::SecretBytes*> chain_;                   // the keys of versions 2, 3, …
  unsigned oldest_ = 1, written_ = 1;
  std::string check_;                                               // of written_, and what the database says
};

}  // namespace gatehouse::adapters
