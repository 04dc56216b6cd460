#include "gateway/duties/duties.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

namespace gatehouse::gateway {

namespace asio = boost::asio;

Duties::Duties(policy::Store& store, policy::Desk& desk, policy::StaffBook& staff, SnapshotKeeper& keeper, Metrics& metrics, Log log, std::function<policy::Instant()> clock,
               std::function<void(std::string)> fatal, std::function<void(const policy::Health&)> gauges, policy::Enquiries& enquiries,
               policy::Inbound& inbound)
    : store_(store), keeper_(keeper), log_(log), clock_(std::move(clock)), fatal_(std::move(fatal)), gauges_(std::move(gauges)),
      settle_(store, metrics, log), page_(store, keeper, metrics, log), escalate_(desk, staff, keeper, log), forget_(enquiries), forget_sent_(inbound) {}

namespace {

asio::awaitable<void> beat(std::chrono::milliseconds every) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(every);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

void Duties::start(asio::any_io_executor executor) {
  const auto ended = [this](std::exception_ptr why) {
    if (!why || stopped_) return;
    if (log_) log_(LogEvent(Level::error, "duty_ended"));
    if (fatal_) fatal_("a duty ended with an exception");  // a gateway that settles nothing must not go on
  };
  asio::co_spawn(asio::make_strand(executor), settle_loop(), ended);
  asio::co_spawn(asio::make_strand(executor), page_loop(), ended);
  asio::co_spawn(asio::make_strand(executor), watch_loop(), ended);
}

asio::awaitable<void> Duties::settle_loop() {
  for (unsigned turn = 0; !stopped_; ++turn) {
    if (turn % 600 == 0) {
      const auto forgotten = co_await forget_.once(clock_());
      if (!forgotten && forgotten.error() == policy::StoreError::unknown && fatal_) fatal_("a commit of the deleting duty ended and nobody saw how");
      if (!forgotten && log_) log_(LogEvent(Level::error, "enquiry_texts_not_deleted"));
      const auto sent = co_await forget_sent_.once(clock_());
      if (!sent && sent.error() == policy::StoreError::unknown && fatal_) fatal_("a commit of the deleting duty ended and nobody saw how");
      if (!sent && log_) log_(LogEvent(Level::error, "documents_not_deleted"));
    }
    const auto done = co_await settle_.once(clock_());
    if (!done && done.error() == policy::StoreError::unknown && fatal_) fatal_("a commit of the settling duty ended and nobody saw how");
    if (!done && log_) log_(LogEvent(Level::error, "settle_failed"));
    co_await beat(std::chrono::milliseconds(1000));
  }
}

asio::awaitable<void> Duties::page_loop() {
  for (unsigned turn = 0; !stopped_; ++turn) {
    if (turn % 40 == 0) {
      const auto told = co_await escalate_.once(clock_());
      if (!told && told.error() == policy::StoreError::unknown && fatal_) fatal_("a commit of the escalating duty ended and nobody saw how");
      if (!told && log_) log_(LogEvent(Level::error, "escalation_failed"));
    }
    const auto done = co_await page_.once(clock_());
    if (!done && done.error() == policy::StoreError::unknown && fatal_) fatal_("a commit of the paging duty ended and nobody saw how");
    if (!done && log_) log_(LogEvent(Level::error, "paging_failed"));
    co_await beat(std::chrono::milliseconds(500));
  }
}

asio::awaitable<void> Duties::watch_loop() {
  for (unsigned turn = 0; !stopped_; ++turn) {
    co_await keeper_.refresh();
    if (turn % 10 == 0 && gauges_) {
      const auto health = co_await store_.health();
      if (health) gauges_(*health);
    }
    co_await beat(std::chrono::milliseconds(1000));
  }
}

}  // namespace gatehouse::gateway
