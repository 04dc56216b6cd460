#include "gateway/console/throttle.hpp"

#include <algorithm>

namespace gatehouse::gateway::console {

std::int64_t SignInThrottle::wait(const std::string& who, std::int64_t now) const {
  const std::lock_guard<std::mutex> lock(lock_);
  const auto row = rows_.find(who);
  return row == rows_.end() ? 0 : std::max<std::int64_t>(0, row->second.until - now);
}

void SignInThrottle::failed(const std::string& who, std::int64_t now) {
  const std::lock_guard<std::mutex> lock(lock_);
  // Rows nobody waits for any more go first; when all are waited for, the whole is full of strangers and starts again.
  if (rows_.size() >= kMost) std::erase_if(rows_, [&](const auto& row) { return row.second.until < now && row.second.last + kLongestSeconds < now; });
  if (rows_.size() >= kMost) rows_.clear();
  Row& row = rows_[who];
  if (row.last + 2 * kLongestSeconds < now) row = {};
  row.last = now;
  if (++row.failures >= kFree) row.until = now + std::min<std::int64_t>(kLongestSeconds, std::int64_t{15} << std::min(row.failures - kFree, 6));
}

void SignInThrottle::succeeded(const std::string& who) {
  const std::lock_guard<std::mutex> lock(lock_);
  rows_.erase(who);
}

}  // namespace gatehouse::gateway::console
