#pragma once
// HTTP as plain values: what handlers see. Only gateway/net knows Beast. Any thread.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::gateway {

using Headers = std::vector<std::pair<std::string, std::string>>;  // as received, repeats kept; names compare without case

// The other end of the connection, as TLS proved it.
struct Peer {
  std::string address;          // textual IP, for rate limits; never logged with a person
  std::string certificate_pin;  // SHA-256 of the certificate's public key (SPKI), lower-case hex; empty: no certificate
  std::int64_t certificate_not_before = 0, certificate_not_after = 0;  // seconds since 1970
};

struct Request {
  Request() = default;
  std::string id;      // ours, opaque; on every log line and in `gatehouse-request-id`
  std::string method;  // `GET`, `POST`, …
  std::string path;    // percent-encoding kept, no query
  std::string query;   // without `?`; has_query tells `/x?` from `/x`
  bool has_query = false;
  Headers headers;
  std::string body;
  bool has_body = false;  // Content-Length or Transfer-Encoding was there
  Peer peer;
  std::chrono::sys_time<std::chrono::milliseconds> received{};
  std::vector<std::string> captures;                      // set by the router: path parts that a route names with {…}
  std::string_view header(std::string_view name) const;   // first of that name, or empty
  std::size_t header_count(std::string_view name) const;  // how often it was sent: where a repeat must be refused
};

struct Response {
  Response() = default;
  explicit Response(int status_) : status(status_) {}
  int status = 500;
  Headers headers;
  std::string body;
  // Leaves no earlier than the next multiple of this after it was ready (0: at once). Hides how long a look-up took.
  std::chrono::milliseconds tick{0};
  // The pattern of the route that answered (`/v1/requests/{id}`), for the log and the metrics; never sent, never the path itself.
  std::string route;
  bool close = false;  // the connection ends after this answer
  // Replaces all of that name. REQUIRES: a token, and a value without control characters; anything else is dropped whole, so that
  // no text from outside can end a header line.
  void set(std::string_view name, std::string_view value);
  std::string_view header(std::string_view name) const;  // first of that name, or empty
};

bool same_name(std::string_view a, std::string_view b);  // header names: ASCII letters compare without case
bool is_token(std::string_view text);                    // RFC 9110 section 5.6.2, not empty

}  // namespace gatehouse::gateway
