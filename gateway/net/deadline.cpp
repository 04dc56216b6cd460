#include "gateway/net/deadline.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace gatehouse::gateway {

Deadlines::Deadlines(asio::any_io_executor executor, std::chrono::milliseconds grain) : grain_(grain), timer_(std::move(executor)) {}

void Deadlines::sweep_later() {
  sweeping_ = true;
  timer_.expires_after(grain_);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self) return;
    self->sweeping_ = false;
    if (error) return;
    const auto now = Deadline::Clock::now();
    std::vector<Deadline*> late;
    for (Deadline* one : self->all_)
      if (one->at_ <= now) late.push_back(one);
    for (Deadline* one : late) {
      if (!self->all_.contains(one) || one->at_ > now) continue;  // an action before it ended or re-armed this one
      one->at_ = Deadline::Clock::time_point::max();
      one->passed_ = true;
      one->on_passed_();
    }
    if (!self->all_.empty() && !self->sweeping_) self->sweep_later();
  });
}

Deadline::Deadline(std::shared_ptr<Deadlines> owner, std::function<void()> passed)
    : owner_(std::move(owner)), on_passed_(std::move(passed)) {
  owner_->all_.insert(this);
  if (!owner_->sweeping_) owner_->sweep_later();
}

Deadline::~Deadline() {
  owner_->all_.erase(this);
  if (owner_->all_.empty()) owner_->timer_.cancel();
}

void Deadline::arm(std::chrono::milliseconds limit) {
  passed_ = false;
  at_ = Clock::now() + limit;
}

void Deadline::extend(std::chrono::milliseconds more) { at_ = Clock::now() + more; }

void Deadline::disarm() {
  passed_ = false;
  at_ = Clock::time_point::max();
}

asio::awaitable<std::expected<Response, NetError>> within(Deadline& deadline, std::chrono::milliseconds limit,
                                                          asio::awaitable<Response> work) {
  std::optional<Response> response;
  std::exception_ptr thrown;
  bool aborted = false;
  deadline.arm(limit);
  try {
    response = co_await std::move(work);
  } catch (const boost::system::system_error& error) {
    aborted = error.code() == asio::error::operation_aborted;
    thrown = std::current_exception();
  } catch (...) {
    thrown = std::current_exception();
  }
  const bool late = deadline.passed();
  deadline.disarm();

  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  const bool cancelled = state.cancelled() != asio::cancellation_type::none;
  if (cancelled) co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  if (response) co_return std::move(*response);
  if (aborted && late) co_return std::unexpected(NetError::timeout);
  if (aborted && cancelled) co_return std::unexpected(NetError::closed);
  std::rethrow_exception(thrown);
}

}  // namespace gatehouse::gateway
