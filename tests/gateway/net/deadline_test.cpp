#include "gateway/net/deadline.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <stdexcept>

namespace asio = boost::asio;

namespace gatehouse::gateway {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

asio::awaitable<void> sleep(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

struct Gone {
  bool* gone;
  explicit Gone(bool& flag) : gone(&flag) {}
  ~Gone() { *gone = true; }
};

asio::awaitable<Response> after(milliseconds time, int status, bool& gone) {
  const Gone marks(gone);
  co_await sleep(time);
  co_return Response(status);
}

asio::awaitable<Response> throws(int) {
  throw std::runtime_error("as it happens");
  co_return Response(200);
}

// Commits what it was about to, although it hears that nobody waits any more.
asio::awaitable<Response> finishes_anyway(bool& gone) {
  const Gone marks(gone);
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::seconds(5));
  const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return Response(error ? 299 : 200);
}

struct Outcome {
  std::optional<std::expected<Response, NetError>> result;
  bool threw = false, went_on = false, gone = false;
  Clock::duration took{};
};

template <class Make>
Outcome run(milliseconds limit, Make make, std::optional<milliseconds> cancel_after = std::nullopt) {
  asio::io_context loop;
  Outcome outcome;
  asio::cancellation_signal cancel;
  const auto deadlines = std::make_shared<Deadlines>(loop.get_executor(), milliseconds(5));
  std::optional<Deadline> deadline;
  deadline.emplace(deadlines, [&] { cancel.emit(asio::cancellation_type::terminal); });
  const auto start = Clock::now();
  auto body = [&]() -> asio::awaitable<void> {
    try {
      auto work = make(outcome.gone);
      outcome.result = co_await within(*deadline, limit, std::move(work));
    } catch (const std::runtime_error&) {
      outcome.threw = true;
    }
    outcome.took = Clock::now() - start;
    co_await sleep(milliseconds(1));  // the caller may go on awaiting
    outcome.went_on = true;
    deadline.reset();
  };
  asio::co_spawn(loop, body(), asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr thrown) {
                   if (thrown) std::rethrow_exception(thrown);
                 }));
  asio::steady_timer canceller(loop);
  if (cancel_after) {
    canceller.expires_after(*cancel_after);
    canceller.async_wait([&](auto) { cancel.emit(asio::cancellation_type::terminal); });
  }
  loop.run();
  return outcome;
}

TEST(Within, WorkThatEndsInTimeIsReturned) {
  const Outcome outcome = run(milliseconds(2000), [](bool& gone) { return after(milliseconds(10), 200, gone); });
  ASSERT_TRUE(outcome.result && outcome.result->has_value());
  EXPECT_EQ((*outcome.result)->status, 200);
  EXPECT_TRUE(outcome.went_on);
}

TEST(Within, WorkThatTakesTooLongIsCutAndItsFrameIsGone) {
  const Outcome outcome = run(milliseconds(30), [](bool& gone) { return after(milliseconds(5000), 200, gone); });
  ASSERT_TRUE(outcome.result && !outcome.result->has_value());
  EXPECT_EQ(outcome.result->error(), NetError::timeout);
  EXPECT_TRUE(outcome.gone);
  EXPECT_TRUE(outcome.went_on);
  EXPECT_LT(outcome.took, milliseconds(2000));
}

TEST(Within, WhatWorkReturnsAlthoughItsTimeIsUpIsReturned) {
  const Outcome outcome = run(milliseconds(30), [](bool& gone) { return finishes_anyway(gone); });
  ASSERT_TRUE(outcome.result && outcome.result->has_value());
  EXPECT_EQ((*outcome.result)->status, 299);
  EXPECT_TRUE(outcome.went_on);
}

TEST(Within, AnExceptionOfTheWorkPassesThrough) {
  const Outcome outcome = run(milliseconds(2000), [](bool&) { return throws(0); });
  EXPECT_TRUE(outcome.threw);
  EXPECT_TRUE(outcome.went_on);
}

TEST(Within, ACancellationFromOutsideIsNotATimeout) {
  const Outcome outcome = run(milliseconds(5000), [](bool& gone) { return after(milliseconds(5000), 200, gone); }, milliseconds(20));
  ASSERT_TRUE(outcome.result && !outcome.result->has_value());
  EXPECT_EQ(outcome.result->error(), NetError::closed);
  EXPECT_TRUE(outcome.gone);
}

TEST(Deadline, PassesOncePerArmAndNotAfterDisarm) {
  asio::io_context loop;
  const auto deadlines = std::make_shared<Deadlines>(loop.get_executor(), milliseconds(5));
  int passed = 0;
  std::optional<Deadline> deadline;
  deadline.emplace(deadlines, [&] { ++passed; });
  deadline->arm(milliseconds(10));
  loop.run_for(milliseconds(100));
  EXPECT_EQ(passed, 1);
  EXPECT_TRUE(deadline->passed());
  deadline->arm(milliseconds(10));
  EXPECT_FALSE(deadline->passed());
  deadline->disarm();
  loop.restart();
  loop.run_for(milliseconds(60));
  EXPECT_EQ(passed, 1);
  deadline.reset();
  loop.restart();
  loop.run();  // returns: without a deadline nothing keeps the loop busy
}

TEST(Deadline, MayBeDestroyedByTheActionOfAnother) {
  asio::io_context loop;
  const auto deadlines = std::make_shared<Deadlines>(loop.get_executor(), milliseconds(5));
  std::optional<Deadline> a, b;
  int passed = 0;
  a.emplace(deadlines, [&] { ++passed, b.reset(); });
  b.emplace(deadlines, [&] { ++passed, a.reset(); });
  a->arm(milliseconds(10));
  b->arm(milliseconds(10));
  loop.run_for(milliseconds(100));
  EXPECT_EQ(passed, 1);
}

}  // namespace
}  // namespace gatehouse::gateway
