#pragma once
// One process at a time changes the keys of a key store, or what rests on them; the lock goes with the process. Any thread.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <expected>
#include <string>
#include <utility>

namespace gatehouse::adapters {

// The lock: taken for a whole rotation, sweep, escrow or migration.
class OneAtATime {
 public:
  static std::expected<OneAtATime, std::string> take(const std::string& keystore) {
    const std::string path = keystore + ".rotating";
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return std::unexpected(path + ": cannot be opened; does this user own the folder of the key store?");
    if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
      ::close(file);
      return std::unexpected(keystore + ": another process changes keys at this moment; wait until it has ended");
    }
    return OneAtATime(file);
  }
  OneAtATime(OneAtATime&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  OneAtATime& operator=(OneAtATime&&) = delete;
  OneAtATime(const OneAtATime&) = delete;
  OneAtATime& operator=(const OneAtATime&) = delete;
  ~OneAtATime() {
    if (file_ >= 0) ::close(file_);
  }

 private:
  explicit OneAtATime(int file) : file_(file) {}
  int file_;
};

}  // namespace gatehouse::adapters
