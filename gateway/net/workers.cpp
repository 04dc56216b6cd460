#include "gateway/net/workers.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace asio = boost::asio;

namespace gatehouse::gateway {

struct Workers::Impl {
  using Guard = asio::executor_work_guard<asio::io_context::executor_type>;
  std::vector<std::unique_ptr<asio::io_context>> loops;
  std::vector<Guard> guards;
  std::vector<asio::any_io_executor> executors;
  std::vector<std::thread> threads;

  void join() {
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }
};

Workers::Workers(std::size_t threads) : impl_(std::make_unique<Impl>()) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, threads); ++i) {
    // The hint 1 leaves out what only several threads on one loop need; posting to it from other threads stays safe.
    auto& loop = impl_->loops.emplace_back(std::make_unique<asio::io_context>(1));
    impl_->guards.emplace_back(loop->get_executor());
    impl_->executors.emplace_back(loop->get_executor());
  }
}

Workers::~Workers() { stop(); }

const std::vector<asio::any_io_executor>& Workers::executors() const { return impl_->executors; }

void Workers::run() {
  for (auto& loop : impl_->loops) impl_->threads.emplace_back([&loop = *loop] { loop.run(); });
}

void Workers::finish() {
  for (auto& guard : impl_->guards) guard.reset();
  impl_->join();
}

void Workers::stop() {
  for (auto& loop : impl_->loops) loop->stop();
  impl_->join();
}

}  // namespace gatehouse::gateway
