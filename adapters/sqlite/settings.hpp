#pragma once
// Where a SQLite store and its keys are.
#include <cstdint>
#include <string>

#include "adapters/kek/provider.hpp"

namespace gatehouse::adapters {

struct SqliteSettings {
  std::string database;                      // data/gatehouse.db
  std::string keystore;                      // keys/keys.db: wrapped keys, a database and backups of their own
  KekPlaces kek;                             // keys/kek, or where another provider keeps the key-encryption keys
  std::string statistics;                    // data/statistics.db: rows and cubes of statistics, made when there are any
  std::string ledger_mark;                   // keys/ledger.mark: how far the ledger of figures had got; empty: none is kept (tests)
  unsigned reader_threads = 2;
  std::uint64_t disk_reserve_bytes = 256ull << 20;  // below this the store is closed for writing (StoreError::reserve)
  std::uint64_t disk_alarm_bytes = 2048ull << 20;   // below this health says so
  unsigned busy_milliseconds = 5000;
  bool inline_reads = true;                  // look-ups run on the calling thread (decisions/0001-reads-on-the-calling-thread.md)
  int checkpoint_pages = 4000;               // the write-ahead log is written back when it has so many: seldom enough to merge what changes often
  unsigned batch_requests = 64;              // at most so many requests in one transaction
};

}  // namespace gatehouse::adapters
