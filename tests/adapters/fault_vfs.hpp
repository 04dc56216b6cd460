#pragma once
// A disk that fails when told to: a layer between SQLite and its files that counts every write, truncation and sync of one database and its
// write-ahead log, and lets the n-th go wrong. It also keeps what was synced, so that a power cut can drop what was not; nothing is really synced, so
// that thousands of tries take no longer than their work.
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
  kill,              // the process ends here: this and everything after it never happens, what was written stays
  power_cut,         // the same, and what was not synced is lost
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
  // After a power cut, with every connection closed: the files become what was synced. With a `seed` other than 0 chance decides of each later write
  // whether it reached the disk, and of the last that did, how much of it.
  void restore(const std::string& database, std::uint64_t seed = 0);
};

}  // namespace gatehouse::tests
