#pragma once
// An HTTPS client for talking to a partner's endpoint: TLS 1.3, our certificate, the partner's pin or authority, deadlines, keep-alive.
// Nothing blocks: name look-ups run on Asio's own thread. Headers of this file name no TLS; https_client.cpp is the only file of the
// client direction that does.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::adapters {

struct NetError {
  enum class Kind : std::uint8_t {
    look_up,    // the name has no address
    connect,    // nobody answers there
    untrusted,  // somebody answers who is not the partner: wrong pin, authority, name or dates. Never retried by itself
    tls,        // no TLS 1.3 could be agreed, or ours was refused
    timeout,    // a step took too long
    closed,     // the other end hung up
    protocol,   // the answer is not HTTP/1.1
    too_large   // the answer is larger than allowed
  };
  Kind kind = Kind::closed;
  bool may_have_arrived = false;  // the request may have been carried out: repeat it only with its idempotency key
  std::string_view word() const;  // `look_up`, …
};

struct HttpsClientSettings {
  std::string host;  // for SNI, Host and, with an authority, the certificate's name. A name or an IP address
  unsigned short port = 443;
  std::string address;                     // connect here instead of looking `host` up; an IP address
  std::string certificate_file, key_file;  // ours, PEM; both or neither
  // Whom to trust; at least one. Pin: SHA-256 of the server's public key (SPKI), hex; its certificate may be self-signed, its dates
  // count. Authority: PEM file; the chain and the name must verify. With both, both must hold.
  std::string server_pin;
  std::string authority_file;
  std::chrono::milliseconds connect{5000};  // look-up and TCP
  std::chrono::milliseconds handshake{5000};
  std::chrono::milliseconds write{10000};
  std::chrono::milliseconds response{30000};  // from the end of the request to the end of the answer
  std::chrono::milliseconds keep{30000};      // a connection that rested longer is not used again
  std::size_t header_bytes = 32 * 1024;
  std::size_t body_bytes = 16 * 1024 * 1024;
};

struct ClientRequest {
  ClientRequest() = default;
  ClientRequest(std::string method_, std::string target_) : method(std::move(method_)), target(std::move(target_)) {}
  std::string method = "GET";
  std::string target = "/";                                  // path and query, percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;  // Host, Content-Length and Connection are made here
  std::string body;
};

struct ClientResponse {
  ClientResponse() = default;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string_view header(std::string_view name) const;  // first of that name (without case), or empty
};

// One connection, opened when first needed and kept. One request at a time; use one client per connection wanted.
class HttpsClient {
 public:
  // Throws std::runtime_error with one line when a file cannot be read or nobody is to be trusted.
  HttpsClient(boost::asio::any_io_executor executor, HttpsClientSettings settings);
  ~HttpsClient();
  HttpsClient(HttpsClient&&) noexcept;
  HttpsClient& operator=(HttpsClient&&) noexcept;

  // A further connection to the same place; shares certificates that were read once. `executor` may be another.
  HttpsClient sibling(boost::asio::any_io_executor executor) const;

  // Await on the client's executor. A connection the other end has closed meanwhile is opened again before anything is sent; GET and
  // HEAD are also sent once more when it closes under them. After an error or a cancellation the connection is closed.
  boost::asio::awaitable<std::expected<ClientResponse, NetError>> send(ClientRequest request);
  void close();
  std::size_t connections_made() const;

 private:
  struct Shared;
  struct Impl;
  explicit HttpsClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
