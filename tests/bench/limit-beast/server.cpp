// The limit: what Beast and OpenSSL alone can do here. TLS 1.3, keep-alive, 200 bytes for every request, one io_context per thread, each with its
// own listening socket. Nothing of Gatehouse is in it.
//   limit_beast PORT THREADS CERTIFICATE KEY [CLIENT_CA]     with CLIENT_CA clients must show a certificate it vouches for
#include <sys/socket.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Stream = beast::ssl_stream<beast::tcp_stream>;

static asio::awaitable<void> session(Stream stream) {
  beast::error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(10));
  co_await stream.async_handshake(asio::ssl::stream_base::server, token);
  beast::flat_buffer buffer;
  while (!failed) {
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(60));
    http::request<http::string_body> request;
    co_await http::async_read(stream, buffer, request, token);
    if (failed) break;
    http::response<http::string_body> response(http::status::ok, request.version());
    response.set(http::field::content_type, "text/plain");
    response.body().assign(200, '.');
    response.prepare_payload();
    response.keep_alive(request.keep_alive());
    co_await http::async_write(stream, response, token);
    if (!response.keep_alive()) break;
  }
}

static asio::awaitable<void> accept(asio::io_context& io, asio::ssl::context& tls, unsigned short port) {
  tcp::acceptor acceptor(io);
  acceptor.open(tcp::v4());
  const int on = 1;
  setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  acceptor.bind(tcp::endpoint(asio::ip::address_v4::loopback(), port));
  acceptor.listen(1024);
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    Stream stream(beast::tcp_stream(std::move(socket)), tls);
    asio::co_spawn(io, session(std::move(stream)), asio::detached);
  }
}

int main(int argc, char** argv) try {
  if (argc < 5) {
    std::fprintf(stderr, "usage: limit_beast PORT THREADS CERTIFICATE KEY [CLIENT_CA]\n");
    return 2;
  }
  const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
  asio::ssl::context tls(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_3_VERSION);
  tls.use_certificate_chain_file(argv[3]);
  tls.use_private_key_file(argv[4], asio::ssl::context::pem);
  if (argc > 5) {
    tls.load_verify_file(argv[5]);
    tls.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    SSL_CTX_set_session_id_context(tls.native_handle(), reinterpret_cast<const unsigned char*>("limit"), 5);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(tls.native_handle()), X509_V_FLAG_PARTIAL_CHAIN);
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < std::atoi(argv[2]); ++i)
    threads.emplace_back([&tls, port] {
      asio::io_context io(1);
      asio::co_spawn(io, accept(io, tls, port), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
      });
      io.run();
    });
  for (auto& thread : threads) thread.join();
} catch (const std::exception& error) {
  std::fprintf(stderr, "limit_beast: %s\n", error.what());
  return 1;
}
