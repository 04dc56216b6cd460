#pragma once
// HTTP as plain values: what handlers see. Only gateway/net knows Beast. Any thread.
#include <cstdint>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::gateway {

using Headers = std::vector<std::pair<std::string, std::string>>;  // as received, repeats kept; names compare without case

// The other end of the connection, as TLS proved it.
struct Peer {
  std::string address;                 // textual IP, for rate limits; never logged with a person
  std::string certificate_pin;         // SHA-256 of the certificate's public key (SPKI), lower-case hex; empty: no certificate
  std::int64_t certificate_not_before = 0, certificate_not_after = 0;  // seconds since 1970
};

struct Request {
  Request() = default;
  std::string id;                      // ours, opaque; on every log line and in `gatehouse-request-id`
  std::string method;                  // `GET`, `POST`, …
  std::string path;                    // percent-encoding kept, no query
  std::string query;                   // without `?`; has_query tells `/x?` from `/x`
  bool has_query = false;
  Headers headers;
  std::string body;
  bool has_body = false;               // Content-Length or Transfer-Encoding was there
  Peer peer;
  std::chrono::sys_time<std::chrono::milliseconds> received{};
  std::vector<std::string> captures;   // set by the router: path parts that a route names with {…}
  std::string_view header(std::string_view name) const;  // first of that name, or empty
};

struct Response {
  Response() = default;
  explicit Response(int status_) : status(status_) {}
  int status = 500;
  Headers headers;
  std::string body;
  // Leaves no earlier than the next multiple of this after it was ready (0: at once). Hides how long a look-up took.
  std::chrono::milliseconds tick{0};
  void set(std::string_view name, std::string_view value);
};

}  // namespace gatehouse::gateway
