#pragma once
// The moment by which the present step of a conversation must be over. One sweep per thread looks at all of them every `grain`: arming is
// an assignment, so each step of each request has its own limit at no cost. All calls on the executor of the Deadlines.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <unordered_set>

#include "gateway/http/message.hpp"

namespace gatehouse::gateway {

enum class NetError : std::uint8_t {
  timeout,  // the limit passed first
  closed    // the work was cancelled from outside: the server stops
};

class Deadline;

// Keeps its executor busy only while a deadline exists.
class Deadlines : public std::enable_shared_from_this<Deadlines> {
 public:
  Deadlines(boost::asio::any_io_executor executor, std::chrono::milliseconds grain);

 private:
  friend class Deadline;
  void sweep_later();
  std::chrono::milliseconds grain_;
  boost::asio::steady_timer timer_;
  std::unordered_set<Deadline*> all_;
  bool sweeping_ = false;
};

class Deadline {
 public:
  // `passed` runs once per arm() or extend(), up to one grain late, on the executor. It may arm or extend.
  Deadline(std::shared_ptr<Deadlines> owner, std::function<void()> passed);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void arm(std::chrono::milliseconds limit);    // a new step begins: forgets the old one
  void extend(std::chrono::milliseconds more);  // from now; what has passed stays passed
  void disarm();
  bool passed() const { return passed_; }  // since the last arm() or disarm()

 private:
  friend class Deadlines;
  using Clock = std::chrono::steady_clock;
  std::shared_ptr<Deadlines> owner_;
  std::function<void()> on_passed_;
  Clock::time_point at_ = Clock::time_point::max();
  bool passed_ = false;
};

// Runs `work` with a limit. When it passes, `deadline`'s action must cancel the calling coroutine (terminal); the work then ends by
// operation_aborted at the operation it waits for, and this returns `timeout`. Work that cannot be cancelled (a job on a pool) is waited
// for, since its frame cannot be destroyed under it; what it returns although the limit has passed is returned: it may have been
// committed. Exceptions other than the cancellation's pass through. The caller may go on awaiting afterwards.
boost::asio::awaitable<std::expected<Response, NetError>> within(Deadline& deadline, std::chrono::milliseconds limit,
                                                                 boost::asio::awaitable<Response> work);

}  // namespace gatehouse::gateway
