#pragma once
// TLS 1.3 listeners with limits and deadlines. A session lives on one executor from accept to close; its conversation is session.cpp.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/http/logging.hpp"
#include "gateway/http/message.hpp"

namespace gatehouse::gateway {

struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 256 * 1024;
  std::size_t connections = 2000;
  std::size_t requests_per_connection = 100000;
  std::chrono::milliseconds handshake{5000};
  std::chrono::milliseconds header{5000};  // from the first byte of a request to the end of its header
  std::chrono::milliseconds body{10000};
  std::chrono::milliseconds idle{120000};
  std::chrono::milliseconds request{15000};  // handler; then it is cancelled and the answer is 503
  std::chrono::milliseconds write{10000};    // a whole answer
  double new_connections_per_second = 200;   // token bucket per address, before TLS work
  double new_connections_burst = 400;
  // After every limit but `request` the connection is closed without an answer. A limit may act late by an eighth of the shortest one.
};

struct ListenerSettings {
  std::string address = "127.0.0.1";
  unsigned short port = 0;                   // 0: any; see Server::port()
  std::string certificate_file, key_file;    // PEM; reloaded by Server::reload()
  // No TLS at all: behind a proxy that speaks it, for what carries its own signatures and no secret (a witness). Excludes a certificate.
  bool plain = false;
  bool ask_client_certificate = true;        // asks, does not require
  bool proxy_protocol = false;               // PROXY v2 from a layer 4 proxy named in trusted_proxies
  std::vector<std::string> trusted_proxies;  // addresses (`192.0.2.1`) or networks (`192.0.2.0/24`, `2001:db8::/32`)
  ServerLimits limits;
  // What a body may have where that is more than limits.body_bytes, from the head of the request and the certificate alone; 0: no more. At most 4 MiB: a
  // client that sends too much must still be able to read why. Called on the session's executor; must not wait. May be empty.
  std::function<std::size_t(const Request& head, const Peer& peer)> larger_body;
  Log log;  // may be empty
};

// Answers one request; called on the session's executor, from several threads at once when there are several executors. Exceptions are
// caught once per session: plain 500, the request id on the log, nothing else. When the request's limit passes, or the server must stop,
// the coroutine is cancelled (terminal): what it awaits ends with operation_aborted.
using Respond = std::function<boost::asio::awaitable<Response>(Request)>;

// What has happened since the start; for metrics.
struct ServerCounts {
  std::uint64_t accepted = 0;
  std::uint64_t refused_full = 0;   // `connections` were open
  std::uint64_t refused_rate = 0;   // too many new ones from that address
  std::uint64_t refused_proxy = 0;  // not from a trusted proxy, or its header was wrong
  std::uint64_t handshakes_failed = 0;
  std::uint64_t timeouts = 0;   // of any step, the handler's included
  std::uint64_t requests = 0;   // that reached a handler
  std::uint64_t malformed = 0;  // refused before a handler
  std::uint64_t failed = 0;     // the handler threw
};

class Server {
 public:
  // Each executor must be run by exactly one thread (Workers gives such ones); connections go to the one with the fewest. Listens from
  // now on, accepts from start() on. Throws std::runtime_error with one line (what, where, remedy) when it cannot listen or read its
  // certificate, or a setting makes no sense. The executors' contexts must outlive the server.
  Server(std::vector<boost::asio::any_io_executor> executors, ListenerSettings settings, Respond respond);
  // One executor, any number of threads: all sessions then share one strand. For tests and small tools.
  Server(boost::asio::any_io_executor executor, ListenerSettings settings, Respond respond);
  // Closes what is open, without grace. The sessions end on their executors.
  ~Server();
  unsigned short port() const;
  void start();
  // Certificate and key are read again, on SIGHUP; new connections use them. On an error (one line) the old ones stay. Any thread.
  std::expected<void, std::string> reload();
  // Stops accepting, closes idle connections, lets requests end within `grace`, then cancels and closes. Returns when all are gone.
  // Await it from any executor.
  boost::asio::awaitable<void> stop(std::chrono::milliseconds grace);
  std::size_t sessions() const;  // any thread, as are the next two
  ServerCounts counts() const;
  std::int64_t certificate_not_after() const;  // of our certificate, seconds since 1970

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace gatehouse::gateway
