#pragma once
// Slows down guessing without locking anybody out: a stranger's wrong guesses at a name hold up strangers from there alone, never the owner's own browser
// (OWASP, "Slow down online guessing attacks with device cookies"). In memory, bounded; any thread.
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace gatehouse::gateway::console {

class SignInThrottle {
 public:
  static constexpr int kFree = 5;                       // wrong guesses before anybody waits
  static constexpr std::int64_t kLongestSeconds = 900;
  static constexpr std::size_t kMost = 20000;

  // `who`: a name tried together with the place it was tried from. Seconds until the next guess is looked at; 0: now.
  std::int64_t wait(const std::string& who, std::int64_t now) const;
  void failed(const std::string& who, std::int64_t now);
  void succeeded(const std::string& who);

 private:
  struct Row {
    int failures = 0;
    std::int64_t last = 0, until = 0;
  };
  mutable std::mutex lock_;
  std::unordered_map<std::string, Row> rows_;
};

}  // namespace gatehouse::gateway::console
