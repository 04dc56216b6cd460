#pragma once
// A disk that fails when told to, for files written through adapters::Disk: it counts the steps (open for writing, write, sync, rename, new folder,
// removal) below one folder, lets the n-th go wrong, and knows what a power cut would leave: bytes that were synced, names whose folder was synced,
// and of everything else whatever chance decides.
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "adapters/durable/disk.hpp"

namespace gatehouse::tests {

enum class DiskFault : std::uint8_t {
  none,
  error,       // EIO, nothing done
  done,        // EIO, yet done
  full,        // ENOSPC, nothing done
  shorter,     // half of a write; then ENOSPC
  kill,        // the process ends before this step; what was done stays
  torn,        // the same, in the middle of a write
  power_cut    // the process ends, and what was not synced is left to chance
};

// Files as they are, but nothing waits for the disk: for looking at what a fault left.
class QuickDisk : public adapters::Disk {
 public:
  int sync(int) override { return 0; }
};

// Thrown where the process would end. Nothing may catch it but the test.
struct Killed {};

class FaultFiles : public adapters::Disk {
 public:
  explicit FaultFiles(std::string folder) : folder_(std::move(folder)) { note_what_is_there(); }

  // The `at`-th step from now (from 0), and the `times - 1` after it, go wrong. A kill or a power cut happens once.
  void arm(DiskFault fault, int at, int times = 1);
  void disarm() { fault_ = DiskFault::none; }
  int steps() const { return step_; }
  bool struck() const { return struck_; }
  // The machine starts again after a power cut: the folder becomes what the disk kept. Also for the second of two faults in a row.
  void cut_power(std::uint64_t seed);

  int open(const char* path, int flags, unsigned mode) override;
  long write(int file, const char* bytes, std::size_t size) override;
  int sync(int file) override;
  void close(int file) override;
  int rename(const char* from, const char* to) override;
  int make_folder(const char* path, unsigned mode) override;
  int remove(const char* path) override;

 private:
  enum class Step : std::uint8_t { open, write, sync, rename, make, remove };
  struct Node {
    bool folder = false;
    bool synced = true;                  // its bytes
    std::string bytes;                   // as synced
  };
  struct Change {
    std::string folder, name;            // whose sync makes it durable; a path
    int node = -1;                       // -1: the name is gone
    std::string from;                    // of a rename: the name that goes in the same moment
  };

  void note_what_is_there();
  DiskFault next(Step step);
  bool ours(const std::string& path) const { return path == folder_ || path.starts_with(folder_ + "/"); }

  const std::string folder_;
  DiskFault fault_ = DiskFault::none;
  int at_ = 0, times_ = 1, step_ = 0, failed_ = 0;
  bool struck_ = false;
  std::vector<Node> nodes_;
  std::map<std::string, int> live_, durable_;   // paths to nodes
  std::vector<Change> pending_;
  std::map<int, std::string> files_;            // open descriptors
};

}  // namespace gatehouse::tests
