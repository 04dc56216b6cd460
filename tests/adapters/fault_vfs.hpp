#pragma once
// A disk that fails when told to: a layer between SQLite and its files that counts every write, truncation and sync of one database and its
// write-ahead log, and lets the n-th go wrong. It also keeps what was synced, so that a power cut can drop what was not.
#include <cstdint>
#include <string>

namespace gatehouse::tests {

enum class Fault : std::uint8_t {
  none,
  write_error,       // EIO, nothing written
  write_persisted,   // EIO, yet written
  write_short,       // half of it written
  no_space,          // ENOSPC
  sync_lost,         // fsync fails, nothing synced
  sync_persisted,    // fsync fails, yet synced
  power_cut,         // this and everything after it never happens; what was not synced is lost
};

class FaultDisk {
 public:
  // Registers itself as SQLite's default. One at a time, while no database is open.
  FaultDisk();
  ~FaultDisk();
  FaultDisk(const FaultDisk&) = delete;
  FaultDisk& operator=(const FaultDisk&) = delete;

  // From now on count the steps of files whose path begins with `database`; the `at`-th (from 0) and the `times - 1` of its kind after it go wrong.
  void arm(const std::string& database, Fault fault, int at, int times);
  int steps() const;
  bool struck() const;
  void disarm();
  // After a power cut, with every connection closed: the files become what was synced.
  void restore(const std::string& database);
};

}  // namespace gatehouse::tests
