#pragma once
// TLS 1.3 on a non-blocking socket, driven by OpenSSL itself: no operation here waits. Why not asio::ssl::stream: decisions/0001.
// No session tickets, no resumption, no early data: every connection proves its key afresh. One thread at a time per stream; a context
// is shared by any number of threads.
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "gateway/http/message.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace gatehouse::gateway {

// One certificate, its key and the rules of the listener. Without any (`native` is null) a stream passes plain bytes, for a listener whose settings
// say so: server_context() never gives such a one.
struct TlsContext {
  std::shared_ptr<ssl_ctx_st> native;
  std::int64_t not_before = 0, not_after = 0;  // of our certificate, seconds since 1970
};

// TLS 1.3 alone, ALPN `http/1.1` or none. The key must be ECDSA P-256 and belong to the certificate. With `ask_client_certificate` a
// client may show one; who it is, is for the caller to find by its pin. A self-signed one will do; one that is not yet or no longer
// valid, or whose key is weaker than 112 bits, ends the handshake. The error is one line: what, where, what would be right.
std::expected<TlsContext, std::string> server_context(const std::string& certificate_file, const std::string& key_file,
                                                      bool ask_client_certificate);

// The server's end of one connection. Owns no socket: `socket` must stay open as long as anything but the destructor is called.
class TlsStream {
 public:
  enum class Result : std::uint8_t {
    done,
    want_read,   // wait until the socket can be read, then call again
    want_write,  // wait until the socket can be written, then call again with the same arguments
    closed,      // the other end said it has finished, or hung up
    failed       // final: nothing may be sent any more
  };

  TlsStream(const TlsContext& context, int socket);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Result handshake();
  Result read(char* to, std::size_t size, std::size_t& got);           // `done`: 1 to `size` bytes
  Result write(const char* from, std::size_t size, std::size_t& put);  // `done`: 1 to `size` bytes
  bool pending() const;                                                // bytes are here already: read before waiting for the socket
  void say_goodbye();                                                  // close_notify, if it can go at once

  // The certificate shown, after the handshake: pin and dates filled in; all empty without one.
  void describe(Peer& peer) const;
  // Why it failed: a word of OpenSSL's own (`no shared cipher`), never something the other end has sent. May be empty.
  std::string failure() const { return failure_; }

 private:
  Result result_of(int returned);
  ssl_st* ssl_ = nullptr;                // null: plain
  const int socket_;
  std::string failure_;
  bool usable_ = true;
};

}  // namespace gatehouse::gateway
