#pragma once
// HTTP/1.1 on the wire (RFC 9112), without a socket: bytes in, one Request out; one Response in, bytes out. Stricter than the RFC must
// be: of two readings of the same bytes neither is taken, the request is refused and the connection ends. Pure; one thread at a time.
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/message.hpp"
#include "gateway/http/problem.hpp"

namespace gatehouse::gateway {

struct WireLimits {
  std::size_t header_bytes = 16 * 1024;  // request line, fields and the empty line
  std::size_t fields = 100;
  std::size_t target_bytes = 4096;
  std::size_t body_bytes = 256 * 1024;  // decoded
  // Asked once the head of a request is whole, before its body: what it gives counts where it is more than body_bytes.
  std::function<std::size_t(const Request& head)> larger_body;
};

// Reads one request. Refuses with `bad-request`, and says which: a line end that is not CRLF, a space before a colon, a folded line,
// control characters, Host missing or twice, Content-Length twice or not plain digits, Content-Length with Transfer-Encoding, any
// coding but `chunked`, chunk extensions and trailers, a target in absolute form that names another host than Host, a Connection
// that is no list of tokens, a body on GET or HEAD.
class RequestReader {
 public:
  explicit RequestReader(WireLimits limits) : limits_(std::move(limits)) {}

  // Takes from the front of `bytes` what belongs to this request and says how much that was: a whole line, or body bytes. Call again
  // with what is left and what has come since. Takes nothing more once complete or refused: the rest is the next request's.
  std::size_t feed(std::string_view bytes);

  bool begun() const { return stage_ != Stage::request_line || scanned_ > 0; }
  bool head_complete() const { return stage_ >= Stage::length_body && stage_ != Stage::refused; }
  bool complete() const { return stage_ == Stage::complete; }
  bool refused() const { return stage_ == Stage::refused; }
  const Problem& refusal() const { return refusal_; }  // REQUIRES: refused()
  bool wants_continue() const { return expect_continue_ && head_complete() && !complete(); }
  bool keep_alive() const { return keep_alive_; }  // HTTP/1.1 without `Connection: close`
  Request take() { return std::move(request_); }   // REQUIRES: complete(); id, peer and received are the caller's to fill in

 private:
  enum class Stage { request_line, fields, length_body, chunk_size, chunk_data, chunk_end, last_line, complete, refused };

  void refuse(std::string_view code, std::string detail, std::string where = {});
  void read_request_line(std::string_view line);
  void read_target(std::string_view target);
  void read_field(std::string_view line);
  void end_of_fields();
  void read_chunk_size(std::string_view line);

  WireLimits limits_;
  Stage stage_ = Stage::request_line;
  std::size_t scanned_ = 0;  // of the line that is not whole yet
  std::size_t head_used_ = 0;
  std::size_t remaining_ = 0;  // of the body or the chunk
  bool version_1_0_ = false, keep_alive_ = true, expect_continue_ = false, chunked_ = false;
  std::optional<std::size_t> length_;
  std::optional<std::string> authority_;  // of a target in absolute form
  Request request_;
  Problem refusal_;
};

struct WireAnswer {
  std::string_view request_id;
  std::chrono::sys_seconds now{};
  bool head_only = false;  // answer to HEAD: length, no body
  bool close = false;
};

// Status line, the response's own headers, those every answer has (date, gatehouse-request-id, cache-control: no-store unless set,
// x-content-type-options), content-length, body. Framing headers a handler has set are left out, and so is what could end a line.
std::string wire_text(const Response& response, const WireAnswer& answer);

}  // namespace gatehouse::gateway
