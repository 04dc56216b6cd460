#pragma once
// A blocking TLS client that sends exactly the bytes it is told to: for what a proper client would never send. Header only.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>

#include "tests/gateway/net/test_certificates.hpp"

namespace gatehouse::testing {

struct ClientWish {
  const TestCertificate* certificate = nullptr;
  int version = TLS1_3_VERSION;      // the only one offered
  std::string alpn{};                // as on the wire (`\x08http/1.1`); empty: not offered
  std::string before_tls{};          // sent first, as a proxy would
  std::string source = "127.0.0.1";  // any of 127.0.0.0/8: a different address for the limits
};

struct WireResponse {
  int status = 0;
  std::string head, body;
  std::string header(std::string name) const {
    std::string lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t at = lower.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t from = at + name.size() + 4;
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

class TestClient {
 public:
  explicit TestClient(unsigned short port, ClientWish wish = {}) : wish_(std::move(wish)) {
    std::signal(SIGPIPE, SIG_IGN);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const int one = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, wish_.source.c_str(), &address.sin_addr);
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("bind");
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    address.sin_port = htons(port);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (!wish_.before_tls.empty()) send_plain(wish_.before_tls);
  }
  ~TestClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    if (socket_ >= 0) ::close(socket_);
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // In TLS 1.3 a server that refuses the client's certificate says so only after this: read to know.
  bool handshake() {
    if (!connected_) return false;
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context_, wish_.version);
    SSL_CTX_set_max_proto_version(context_, wish_.version);
    SSL_CTX_set_security_level(context_, 0);  // the server's rules are what is tested
    if (wish_.certificate != nullptr) {
      BIO* bio = BIO_new_mem_buf(wish_.certificate->certificate_pem.data(), static_cast<int>(wish_.certificate->certificate_pem.size()));
      X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
      BIO_free(bio);
      bio = BIO_new_mem_buf(wish_.certificate->key_pem.data(), static_cast<int>(wish_.certificate->key_pem.size()));
      EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
      BIO_free(bio);
      const bool used = SSL_CTX_use_certificate(context_, certificate) == 1 && SSL_CTX_use_PrivateKey(context_, key) == 1;
      X509_free(certificate);
      EVP_PKEY_free(key);
      if (!used) throw std::runtime_error("client certificate");
    }
    if (!wish_.alpn.empty())
      SSL_CTX_set_alpn_protos(context_, reinterpret_cast<const unsigned char*>(wish_.alpn.data()),
                              static_cast<unsigned>(wish_.alpn.size()));
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_);
    ERR_clear_error();
    return SSL_connect(ssl_) == 1;
  }

  bool send(const std::string& bytes) {
    ERR_clear_error();
    return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
  }
  bool send_plain(const std::string& bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  // The next whole response, by its content-length; nothing when the connection ends first.
  std::optional<WireResponse> response(bool head_only = false) {
    std::size_t end = std::string::npos;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return std::nullopt;
    WireResponse response;
    response.head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    response.status = std::stoi(response.head.substr(9, 3));
    const std::string length = response.header("content-length");
    const std::size_t size = head_only || length.empty() ? 0 : std::stoul(length);
    while (received_.size() < size)
      if (!receive()) return std::nullopt;
    response.body = received_.substr(0, size);
    received_.erase(0, size);
    return response;
  }
  std::optional<WireResponse> ask(const std::string& request) {
    if (!send(request)) return std::nullopt;
    return response();
  }
  // Everything until the other end closes. REQUIRES that it does within ten seconds.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  // Whether the connection ends, within `limit`, without another byte of content.
  bool closed_within(std::chrono::milliseconds limit) {
    const timeval time{.tv_sec = limit.count() / 1000, .tv_usec = static_cast<suseconds_t>(limit.count() % 1000 * 1000)};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    char byte = 0;
    if (ssl_ != nullptr) {
      ERR_clear_error();
      const int n = SSL_read(ssl_, &byte, 1);
      const int error = SSL_get_error(ssl_, n);
      return n <= 0 && error != SSL_ERROR_WANT_READ;
    }
    const ssize_t n = ::recv(socket_, &byte, 1, 0);
    return n == 0 || (n < 0 && errno == ECONNRESET);
  }
  // What the handshake or the last read failed with (`tlsv13 alert certificate required`); empty when it did not.
  std::string fault() const {
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    return reason == nullptr ? "" : reason;
  }
  SSL* native() { return ssl_; }
  int socket() const { return socket_; }

 private:
  bool receive() {
    char some[16384];
    ERR_clear_error();
    const int n = SSL_read(ssl_, some, sizeof some);
    if (n <= 0) return false;
    received_.append(some, static_cast<std::size_t>(n));
    return true;
  }
  ClientWish wish_;
  int socket_ = -1;
  bool connected_ = false;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
  std::string received_;
};

}  // namespace gatehouse::testing
