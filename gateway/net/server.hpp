#pragma once
// TLS 1.3 listeners with limits and deadlines. One strand per session; the only file that names ssl_stream is session.cpp.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "gateway/http/message.hpp"

namespace gatehouse::gateway {

struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t body_bytes = 256 * 1024;
  std::size_t connections = 2000;
  std::size_t requests_per_connection = 100000;
  std::chrono::milliseconds handshake{5000};
  std::chrono::milliseconds header{5000};       // from the first byte of a request to the end of its header
  std::chrono::milliseconds body{10000};
  std::chrono::milliseconds idle{120000};
  std::chrono::milliseconds request{15000};     // handler
  std::chrono::milliseconds write{10000};
  double new_connections_per_second = 200;      // token bucket per address, before TLS work
  double new_connections_burst = 400;
};

struct ListenerSettings {
  std::string address = "127.0.0.1";
  unsigned short port = 0;                      // 0: any; see Server::port()
  std::string certificate_file, key_file;       // PEM; reloaded by Server::reload()
  bool ask_client_certificate = true;           // asks, does not require
  bool proxy_protocol = false;                  // PROXY v2 from a layer 4 proxy named in trusted_proxies
  std::vector<std::string> trusted_proxies;
  ServerLimits limits;
};

// Answers one request. Exceptions are caught once per session: plain 500, the request id on the log, nothing else.
using Respond = std::function<boost::asio::awaitable<Response>(Request)>;

class Server {
 public:
  // Throws std::runtime_error with one line (what, where, remedy) when it cannot listen or read its certificate.
  Server(boost::asio::any_io_executor executor, ListenerSettings settings, Respond respond);
  ~Server();
  unsigned short port() const;
  void start();
  void reload();                                // certificate and key, on SIGHUP; keeps the old ones when the new do not load
  // Stops accepting, lets sessions end within `grace`, then closes. Returns when all are gone.
  boost::asio::awaitable<void> stop(std::chrono::milliseconds grace);
  std::size_t sessions() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace gatehouse::gateway
