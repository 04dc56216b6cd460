#pragma once
// Threads that serve: one event loop each, no lock between them (decisions/0002). A session lives on one of them from accept to close;
// what a handler awaits resumes it there.
#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <vector>

namespace gatehouse::gateway {

class Workers {
 public:
  explicit Workers(std::size_t threads);  // at least 1
  ~Workers();                             // stop(), then waits for the threads
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  const std::vector<boost::asio::any_io_executor>& executors() const;
  void run();     // starts the threads and returns
  void finish();  // the loops end when they have nothing left to do; waits for the threads
  void stop();    // the loops end now; waits for the threads. REQUIRES: not called from one of them

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::gateway
