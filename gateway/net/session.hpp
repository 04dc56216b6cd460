#pragma once
// One connection from accept to close: PROXY header, TLS, then requests one after another. Internal to gateway/net.
#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "gateway/http/rate_limit.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/server.hpp"
#include "gateway/net/tls.hpp"

namespace gatehouse::gateway {

class Session;

// What all sessions of a listener share. The settings never change; the rest is safe from any thread.
struct Listener {
  Listener(ListenerSettings settings_, Respond respond_);
  const ListenerSettings settings;
  const Respond respond;
  TokenBuckets new_connections;

  TlsContext context() const;
  void set_context(TlsContext context);
  void log(const LogEvent& event) const;
  void log(Level level, const char* event, std::string detail = {}) const;

  std::atomic<std::size_t> sessions{0};
  struct Counts {
    std::atomic<std::uint64_t> accepted{0}, refused_full{0}, refused_rate{0}, refused_proxy{0}, handshakes_failed{0}, timeouts{0},
        requests{0}, malformed{0}, failed{0};
  } counts;

 private:
  mutable std::mutex mutex_;
  TlsContext context_;
};

// The sessions of one executor. Everything but `count` is touched on it alone.
struct Worker : std::enable_shared_from_this<Worker> {
  Worker(boost::asio::any_io_executor executor_, std::chrono::milliseconds grain);
  boost::asio::any_io_executor executor;
  std::shared_ptr<Deadlines> deadlines;
  std::unordered_set<Session*> sessions;
  bool stopping = false;
  std::atomic<std::size_t> count{0};

  void wind_down();  // idle sessions end now, the others after their present answer
  void cut_off();    // all end now; handlers are cancelled
};

// Takes over an accepted socket of the worker's executor. The listener's and the worker's counts already include it. Any thread.
void start_session(std::shared_ptr<Listener> listener, std::shared_ptr<Worker> worker, boost::asio::ip::tcp::socket socket,
                   std::string address);

}  // namespace gatehouse::gateway
