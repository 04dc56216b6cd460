#include "adapters/partner/https_client.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>
#include <stdexcept>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace gatehouse::adapters {
namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
using Stream = beast::ssl_stream<beast::tcp_stream>;
using Kind = NetError::Kind;

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(x) == lower(y);
  });
}

std::string pin_of(X509* certificate) {
  unsigned char* key = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
  if (size <= 0) return {};
  std::array<unsigned char, 32> digest{};
  const int made = EVP_Digest(key, static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(key);
  if (made != 1) return {};
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : digest) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

struct Trust {
  std::string pin;  // empty: none
  bool authority = false;
};

// Runs inside the handshake: an impostor never learns who we are, let alone what we ask.
int check_server(X509_STORE_CTX* store, void* argument) {
  const Trust& trust = *static_cast<const Trust*>(argument);
  X509* shown = X509_STORE_CTX_get0_cert(store);
  const auto refuse = [store](int error) {
    X509_STORE_CTX_set_error(store, error);
    return 0;
  };
  if (shown == nullptr) return refuse(X509_V_ERR_UNSPECIFIED);
  if (trust.authority && X509_verify_cert(store) != 1) return 0;
  if (X509_cmp_current_time(X509_get0_notBefore(shown)) >= 0) return refuse(X509_V_ERR_CERT_NOT_YET_VALID);
  if (X509_cmp_current_time(X509_get0_notAfter(shown)) <= 0) return refuse(X509_V_ERR_CERT_HAS_EXPIRED);
  if (!trust.pin.empty() && pin_of(shown) != trust.pin) return refuse(X509_V_ERR_CERT_UNTRUSTED);
  if (!trust.authority && trust.pin.empty()) return refuse(X509_V_ERR_CERT_UNTRUSTED);
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

bool is_address(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

}  // namespace

std::string_view NetError::word() const {
  switch (kind) {
    case Kind::look_up:
      return "look_up";
    case Kind::connect:
      return "connect";
    case Kind::untrusted:
      return "untrusted";
    case Kind::tls:
      return "tls";
    case Kind::timeout:
      return "timeout";
    case Kind::closed:
      return "closed";
    case Kind::protocol:
      return "protocol";
    case Kind::too_large:
      return "too_large";
  }
  return "closed";
}

std::string_view ClientResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (same_name(key, name)) return value;
  return {};
}

// What siblings share.
struct HttpsClient::Shared {
  explicit Shared(HttpsClientSettings wanted) : settings(std::move(wanted)), context(asio::ssl::context::tls_client) {
    const auto fault = [](const std::string& what, const std::string& remedy) {
      throw std::runtime_error("https client: " + what + "; " + remedy);
    };
    if (settings.host.empty()) fault("no host", "name the server");
    if (settings.server_pin.empty() && settings.authority_file.empty())
      fault("nobody is to be trusted", "give a server_pin or an authority_file");
    for (char& c : settings.server_pin) c = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    if (!settings.server_pin.empty() &&
        (settings.server_pin.size() != 64 || settings.server_pin.find_first_not_of("0123456789abcdef") != std::string::npos))
      fault("the server_pin is not one", "a pin is 64 hexadecimal digits");
    trust.pin = settings.server_pin;
    trust.authority = !settings.authority_file.empty();

    SSL_CTX* native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(native, TLS1_3_VERSION);
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(native, check_server, &trust);
    static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(native, kHttp11.data(), kHttp11.size());
    if (trust.authority && SSL_CTX_load_verify_locations(native, settings.authority_file.c_str(), nullptr) != 1)
      fault("`" + settings.authority_file + "` cannot be read", "name a PEM file with the authority's certificate");
    if (settings.certificate_file.empty() != settings.key_file.empty())
      fault("half an identity", "give certificate_file and key_file, or neither");
    if (!settings.certificate_file.empty()) {
      if (SSL_CTX_use_certificate_chain_file(native, settings.certificate_file.c_str()) != 1)
        fault("`" + settings.certificate_file + "` cannot be read as a certificate", "name a PEM file");
      if (SSL_CTX_use_PrivateKey_file(native, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(native) != 1)
        fault("`" + settings.key_file + "` cannot be read as the key of that certificate", "name the PEM file of its unencrypted key");
    }
    ERR_clear_error();
    host_field = settings.host.find(':') == std::string::npos ? settings.host : "[" + settings.host + "]";
    if (settings.port != 443) host_field += ":" + std::to_string(settings.port);
  }
  HttpsClientSettings settings;
  Trust trust;
  asio::ssl::context context;
  std::string host_field;
};

struct HttpsClient::Impl {
  Impl(asio::any_io_executor executor_, std::shared_ptr<Shared> shared_) : executor(std::move(executor_)), shared(std::move(shared_)) {}

  asio::any_io_executor executor;
  std::shared_ptr<Shared> shared;
  std::optional<Stream> stream;
  beast::flat_buffer buffer;
  std::chrono::steady_clock::time_point used{};
  std::size_t made = 0;
  bool busy = false;

  beast::tcp_stream& lowest() { return stream->next_layer(); }

  void close() {
    if (stream) lowest().close();
    stream.reset();
    buffer.clear();
  }

  // Open, rested no longer than allowed, and neither closed nor spoken to by the other end meanwhile.
  bool usable() {
    if (!stream || std::chrono::steady_clock::now() - used > shared->settings.keep) return false;
    char byte = 0;
    const ssize_t n = ::recv(lowest().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && buffer.size() == 0;
  }

  static NetError fault(const beast::error_code& error, Kind otherwise, bool may_have_arrived) {
    if (error == beast::error::timeout) return {Kind::timeout, may_have_arrived};
    return {otherwise, may_have_arrived};
  }

  asio::awaitable<std::expected<void, NetError>> open() {
    close();
    const HttpsClientSettings& settings = shared->settings;
    std::vector<tcp::endpoint> places;
    if (!settings.address.empty() || is_address(settings.host)) {
      beast::error_code error;
      const auto address = asio::ip::make_address(settings.address.empty() ? settings.host : settings.address, error);
      if (error) co_return std::unexpected(NetError{Kind::look_up, false});
      places.emplace_back(address, settings.port);
    } else {
      tcp::resolver resolver(executor);
      const std::string port = std::to_string(settings.port);
      auto [error, found] = co_await resolver.async_resolve(settings.host, port, use_tuple);
      if (error) co_return std::unexpected(NetError{Kind::look_up, false});
      for (const auto& one : found) places.push_back(one.endpoint());
    }

    stream.emplace(beast::tcp_stream(executor), shared->context);
    SSL* native = stream->native_handle();
    if (is_address(settings.host)) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(native), settings.host.c_str());
    } else {
      SSL_set_tlsext_host_name(native, settings.host.c_str());
      SSL_set1_host(native, settings.host.c_str());
    }
    lowest().expires_after(settings.connect);
    const auto [refused, place] = co_await lowest().async_connect(places, use_tuple);
    if (refused) co_return std::unexpected(fault(refused, Kind::connect, false));
    beast::error_code ignored;
    lowest().socket().set_option(tcp::no_delay(true), ignored);
    lowest().expires_after(settings.handshake);
    const auto [error] = co_await stream->async_handshake(asio::ssl::stream_base::client, use_tuple);
    if (error) {
      const bool distrusted = SSL_get_verify_result(native) != X509_V_OK;
      co_return std::unexpected(fault(error, distrusted ? Kind::untrusted : Kind::tls, false));
    }
    ++made;
    co_return std::expected<void, NetError>();
  }

  asio::awaitable<std::expected<ClientResponse, NetError>> exchange(http::request<http::string_body>& message) {
    const HttpsClientSettings& settings = shared->settings;
    lowest().expires_after(settings.write);
    const auto [unwritten, sent] = co_await http::async_write(*stream, message, use_tuple);
    // A server may answer and hang up before it has read all: its answer is worth reading.
    if (unwritten == beast::error::timeout) co_return std::unexpected(NetError{Kind::timeout, true});

    http::response_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(settings.header_bytes));
    parser.body_limit(settings.body_bytes);
    if (message.method_string() == "HEAD") parser.skip(true);
    lowest().expires_after(settings.response);
    const auto [error, got] = co_await http::async_read(*stream, buffer, parser, use_tuple);
    if (error) {
      Kind kind = Kind::closed;
      if (error == http::error::body_limit || error == http::error::header_limit)
        kind = Kind::too_large;
      else if (error.category() == make_error_code(http::error::bad_version).category() && error != http::error::end_of_stream &&
               error != http::error::partial_message)
        kind = Kind::protocol;
      // TLS 1.3: that our certificate was refused is told only now, when the handshake is long over.
      else if (error.category() == asio::error::get_ssl_category() && got == 0)
        kind = Kind::tls;
      co_return std::unexpected(fault(error, kind, true));
    }
    auto answer = parser.release();
    ClientResponse response;
    response.status = static_cast<int>(answer.result_int());
    for (const auto& field : answer) response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    response.body = std::move(answer.body());
    if (answer.keep_alive() && !unwritten) {
      lowest().expires_never();
      used = std::chrono::steady_clock::now();
    } else {
      close();
    }
    co_return response;
  }
};

HttpsClient::HttpsClient(asio::any_io_executor executor, HttpsClientSettings settings)
    : impl_(std::make_unique<Impl>(std::move(executor), std::make_shared<Shared>(std::move(settings)))) {}
HttpsClient::HttpsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpsClient::~HttpsClient() = default;
HttpsClient::HttpsClient(HttpsClient&&) noexcept = default;
HttpsClient& HttpsClient::operator=(HttpsClient&&) noexcept = default;

HttpsClient HttpsClient::sibling(asio::any_io_executor executor) const {
  return HttpsClient(std::make_unique<Impl>(std::move(executor), impl_->shared));
}

void HttpsClient::close() { impl_->close(); }

std::size_t HttpsClient::connections_made() const { return impl_->made; }

asio::awaitable<std::expected<ClientResponse, NetError>> HttpsClient::send(ClientRequest request) {
  Impl& impl = *impl_;
  if (impl.busy) throw std::logic_error("https client: one request at a time");
  // However this ends but well, even by a cancellation that throws: what is on the connection is not known, so it is closed.
  struct Guard {
    Impl& impl;
    bool good = false;
    explicit Guard(Impl& impl_) : impl(impl_) { impl.busy = true; }
    ~Guard() {
      impl.busy = false;
      if (!good) impl.close();
    }
  } guard(impl);

  http::request<http::string_body> message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target);
  message.set(http::field::host, impl.shared->host_field);
  for (const auto& [name, value] : request.headers)
    if (!same_name(name, "host") && !same_name(name, "content-length") && !same_name(name, "connection")) message.insert(name, value);
  message.body() = std::move(request.body);
  message.prepare_payload();
  const bool safe = request.method == "GET" || request.method == "HEAD";

  for (int attempt = 0;; ++attempt) {
    const bool reused = impl.usable();
    if (!reused) {
      const auto opened = co_await impl.open();
      if (!opened) co_return std::unexpected(opened.error());
    }
    auto answered = co_await impl.exchange(message);
    if (!answered && answered.error().kind == Kind::closed && reused && safe && attempt == 0) continue;
    guard.good = answered.has_value();
    co_return answered;
  }
}

}  // namespace gatehouse::adapters
