#include "adapters/partner/https_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "gateway/net/server.hpp"
#include "gateway/net/workers.hpp"
#include "tests/gateway/net/test_certificates.hpp"
#include "tests/gateway/net/test_client.hpp"

namespace asio = boost::asio;

namespace gatehouse::adapters {
namespace {

using gateway::ListenerSettings;
using gateway::Request;
using gateway::Response;
using gateway::Server;
using gateway::Workers;
using std::chrono::milliseconds;
using testing::make_certificate;
using testing::TestCertificate;
using Kind = NetError::Kind;
using Answer = std::expected<ClientResponse, NetError>;

Answer ask(HttpsClient& client, asio::io_context& loop, ClientRequest request) {
  auto asking = client.send(std::move(request));
  auto future = asio::co_spawn(loop, std::move(asking), asio::use_future);
  loop.restart();
  loop.run();
  return future.get();
}

// The real server, telling what it was asked.
class Partner {
 public:
  explicit Partner(std::size_t requests_per_connection = 1000) : workers_(1), certificate_(make_certificate()) {
    ListenerSettings settings;
    settings.certificate_file = folder.write("server.pem", certificate_.certificate_pem);
    settings.key_file = folder.write("server.key", certificate_.key_pem);
    settings.limits.requests_per_connection = requests_per_connection;
    settings.limits.idle = milliseconds(250);
    server_.emplace(workers_.executors(), settings, [](Request request) -> asio::awaitable<Response> {
      Response response(request.method == "POST" ? 201 : 200);
      response.set("x-pin", request.peer.certificate_pin);
      response.set("x-host", request.header("host"));
      response.set("x-header", request.header("x-asked"));
      response.body = request.method + " " + request.path + "?" + request.query + " " + request.body;
      co_return response;
    });
    server_->start();
    workers_.run();
  }
  ~Partner() {
    server_.reset();
    workers_.finish();
  }
  HttpsClientSettings settings() const {
    HttpsClientSettings made;
    made.host = "localhost";
    made.address = "127.0.0.1";
    made.port = server_->port();
    made.server_pin = certificate_.pin;
    return made;
  }
  std::string authority() const { return (folder.path() / "server.pem").string(); }
  testing::TemporaryFolder folder;

 private:
  Workers workers_;
  TestCertificate certificate_;
  std::optional<Server> server_;
};

TEST(HttpsClient, AsksAgainAndAgainOnOneConnectionAndShowsItsCertificate) {
  Partner partner;
  const TestCertificate ours = make_certificate({.name = "us"});
  HttpsClientSettings settings = partner.settings();
  settings.certificate_file = partner.folder.write("us.pem", ours.certificate_pem);
  settings.key_file = partner.folder.write("us.key", ours.key_pem);
  asio::io_context loop;
  HttpsClient client(loop.get_executor(), settings);
  for (int i = 0; i < 5; ++i) {
    ClientRequest request("POST", "/v1/x?y=" + std::to_string(i));
    request.body = "hello";
    request.headers = {{"X-Asked", "yes"}, {"Host", "somebody.else"}, {"Content-Length", "99"}};
    const Answer answer = ask(client, loop, request);
    ASSERT_TRUE(answer) << answer.error().word();
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "POST /v1/x?y=" + std::to_string(i) + " hello");
    EXPECT_EQ(answer->header("X-Pin"), ours.pin);
    EXPECT_EQ(answer->header("x-header"), "yes");
    EXPECT_EQ(answer->header("x-host"), "localhost:" + std::to_string(settings.port));
  }
  EXPECT_EQ(client.connections_made(), 1u);
}

TEST(HttpsClient, AnswersToHeadHaveNoBody) {
  Partner partner;
  asio::io_context loop;
  HttpsClient client(loop.get_executor(), partner.settings());
  const Answer answer = ask(client, loop, ClientRequest("HEAD", "/x"));
  ASSERT_TRUE(answer) << answer.error().word();
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(ask(client, loop, ClientRequest("GET", "/x"))->body, "GET /x? ");
  EXPECT_EQ(client.connections_made(), 1u);
}

TEST(HttpsClient, ConnectsAgainWhenTheOtherEndHasClosed) {
  Partner partner(1);
  asio::io_context loop;
  HttpsClient client(loop.get_executor(), partner.settings());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask(client, loop, ClientRequest("POST", "/x"))) << i;
  EXPECT_EQ(client.connections_made(), 3u);
}

TEST(HttpsClient, ConnectsAgainAfterTheServerTiredOfAnIdleConnection) {
  Partner partner;
  asio::io_context loop;
  HttpsClient client(loop.get_executor(), partner.settings());
  ASSERT_TRUE(ask(client, loop, ClientRequest("POST", "/x")));
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_TRUE(ask(client, loop, ClientRequest("POST", "/x")));
  EXPECT_EQ(client.connections_made(), 2u);
}

TEST(HttpsClient, ASiblingIsAnotherConnectionWithTheSameTrust) {
  Partner partner;
  asio::io_context loop;
  HttpsClient client(loop.get_executor(), partner.settings());
  HttpsClient sibling = client.sibling(loop.get_executor());
  EXPECT_TRUE(ask(client, loop, ClientRequest("GET", "/x")));
  EXPECT_TRUE(ask(sibling, loop, ClientRequest("GET", "/x")));
  EXPECT_EQ(sibling.connections_made(), 1u);
}

TEST(HttpsClient, WhoeverIsNotThePartnerIsToldNothing) {
  Partner partner;
  asio::io_context loop;
  const TestCertificate stranger = make_certificate();
  const auto fails = [&](const std::function<void(HttpsClientSettings&)>& change) {
    HttpsClientSettings settings = partner.settings();
    change(settings);
    HttpsClient client(loop.get_executor(), settings);
    const Answer answer = ask(client, loop, ClientRequest("GET", "/x"));
    return !answer && answer.error().kind == Kind::untrusted && !answer.error().may_have_arrived;
  };
  EXPECT_TRUE(fails([&](HttpsClientSettings& s) { s.server_pin = stranger.pin; }));
  EXPECT_TRUE(fails([&](HttpsClientSettings& s) {
    s.server_pin = "";
    s.authority_file = partner.folder.write("stranger.pem", stranger.certificate_pem);
  }));
  EXPECT_TRUE(fails([&](HttpsClientSettings& s) { s.authority_file = partner.authority(), s.host = "elsewhere.example.org"; }));
  EXPECT_TRUE(fails([&](HttpsClientSettings& s) { s.authority_file = partner.authority(), s.server_pin = stranger.pin; }));
  EXPECT_FALSE(fails([&](HttpsClientSettings& s) { s.authority_file = partner.authority(); }));
  EXPECT_FALSE(fails([&](HttpsClientSettings& s) { s.authority_file = partner.authority(), s.server_pin = "", s.host = "127.0.0.1"; }));
}

TEST(HttpsClient, SettingsWithNobodyToTrustAreRefused) {
  asio::io_context loop;
  Partner partner;
  const auto refused = [&](const std::function<void(HttpsClientSettings&)>& change) {
    HttpsClientSettings settings = partner.settings();
    change(settings);
    try {
      HttpsClient client(loop.get_executor(), settings);
    } catch (const std::runtime_error& error) {
      return std::string(error.what()).find('\n') == std::string::npos;
    }
    return false;
  };
  EXPECT_FALSE(refused([](HttpsClientSettings&) {}));
  EXPECT_TRUE(refused([](HttpsClientSettings& s) { s.server_pin = ""; }));
  EXPECT_TRUE(refused([](HttpsClientSettings& s) { s.server_pin = "abc"; }));
  EXPECT_TRUE(refused([](HttpsClientSettings& s) { s.host = ""; }));
  EXPECT_TRUE(refused([](HttpsClientSettings& s) { s.authority_file = "/no/such/file"; }));
  EXPECT_TRUE(refused([&](HttpsClientSettings& s) { s.certificate_file = partner.authority(); }));
  EXPECT_TRUE(refused([&](HttpsClientSettings& s) { s.certificate_file = s.key_file = partner.authority(); }));
}

// A server by script: for each connection, after the handshake, one step.
class Script {
 public:
  using Step = std::function<void(SSL*, int)>;
  explicit Script(std::vector<Step> steps, bool shake_hands = true) : certificate_(make_certificate()) {
    std::signal(SIGPIPE, SIG_IGN);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 8) != 0)
      throw std::runtime_error("listen");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, steps = std::move(steps), shake_hands] {
      const std::string certificate = folder_.write("c.pem", certificate_.certificate_pem),
                        key = folder_.write("k.pem", certificate_.key_pem);
      SSL_CTX* context = SSL_CTX_new(TLS_server_method());
      SSL_CTX_use_certificate_chain_file(context, certificate.c_str());
      SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_set_num_tickets(context, 0);
      for (const Step& step : steps) {
        const int socket = ::accept(listener_, nullptr, nullptr);
        if (socket < 0) break;
        ++accepted;
        const timeval limit{.tv_sec = 10, .tv_usec = 0};
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        SSL* ssl = SSL_new(context);
        SSL_set_fd(ssl, socket);
        if (!shake_hands || SSL_accept(ssl) == 1) step(ssl, socket);
        SSL_free(ssl);
        ::close(socket);
      }
      SSL_CTX_free(context);
    });
  }
  ~Script() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  HttpsClientSettings settings() const {
    HttpsClientSettings made;
    made.host = "127.0.0.1";
    made.port = port_;
    made.server_pin = certificate_.pin;
    made.connect = made.handshake = made.write = made.response = milliseconds(1000);
    made.body_bytes = 1000;
    made.header_bytes = 1000;
    return made;
  }
  std::atomic<int> accepted{0};

  static void read(SSL* ssl) {
    char some[4096];
    std::string all;
    while (all.find("\r\n\r\n") == std::string::npos) {
      const int n = SSL_read(ssl, some, sizeof some);
      if (n <= 0) return;
      all.append(some, static_cast<std::size_t>(n));
    }
  }
  static Step says(std::string text) {
    return [text](SSL* ssl, int) {
      read(ssl);
      SSL_write(ssl, text.data(), static_cast<int>(text.size()));
    };
  }

 private:
  TestCertificate certificate_;
  testing::TemporaryFolder folder_;
  int listener_ = -1;
  unsigned short port_ = 0;
  std::thread thread_;
};

struct Fault {
  const char* name;
  Script::Step step;
  Kind kind;
};

class HttpsClientFault : public ::testing::TestWithParam<Fault> {};

TEST_P(HttpsClientFault, IsNamedAndTheRequestIsNotSentTwice) {
  Script script({GetParam().step, Script::says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")});
  asio::io_context loop;
  HttpsClient client(loop.get_executor(), script.settings());
  const Answer answer = ask(client, loop, ClientRequest("POST", "/x"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().word(), NetError{GetParam().kind}.word());
  EXPECT_TRUE(answer.error().may_have_arrived);
  EXPECT_EQ(script.accepted, 1);
  const Answer next = ask(client, loop, ClientRequest("POST", "/x"));  // and the client is as good as new
  ASSERT_TRUE(next) << next.error().word();
  EXPECT_EQ(next->body, "ok");
}

INSTANTIATE_TEST_SUITE_P(
    Faults, HttpsClientFault,
    ::testing::Values(Fault{"HangsUp", [](SSL* ssl, int) { Script::read(ssl); }, Kind::closed},
                      Fault{"HangsUpInTheMiddle", Script::says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal"), Kind::closed},
                      Fault{"SaysNothing",
                            [](SSL* ssl, int) {
                              Script::read(ssl);
                              Script::read(ssl);  // until the client gives up
                            },
                            Kind::timeout},
                      Fault{"NeverEnds",
                            [](SSL* ssl, int) {
                              Script::read(ssl);
                              const std::string start = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n";
                              SSL_write(ssl, start.data(), static_cast<int>(start.size()));
                              for (int i = 0; i < 100; ++i) {
                                if (SSL_write(ssl, "x", 1) != 1) return;
                                std::this_thread::sleep_for(milliseconds(25));
                              }
                            },
                            Kind::timeout},
                      Fault{"IsNotHttp", Script::says("220 mail.example.org ESMTP\r\n"), Kind::protocol},
                      Fault{"BodyTooLarge", Script::says("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"), Kind::too_large},
                      Fault{"HeaderTooLarge", Script::says("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\n\r\n"),
                            Kind::too_large}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(HttpsClient, ASilentServerAndAClosedPortAreFaultsBeforeAnythingIsSent) {
  asio::io_context loop;
  HttpsClientSettings gone;
  {
    Script script({[](SSL*, int) { std::this_thread::sleep_for(milliseconds(2000)); }}, false);
    gone = script.settings();
    HttpsClient client(loop.get_executor(), script.settings());
    const Answer answer = ask(client, loop, ClientRequest("POST", "/x"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().word(), "timeout");
    EXPECT_FALSE(answer.error().may_have_arrived);
  }
  HttpsClient client(loop.get_executor(), gone);
  const Answer answer = ask(client, loop, ClientRequest("POST", "/x"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().word(), "connect");
  EXPECT_FALSE(answer.error().may_have_arrived);
}

TEST(HttpsClient, ReadsAChunkedAnswer) {
  Script script({Script::says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")});
  asio::io_context loop;
  HttpsClient client(loop.get_executor(), script.settings());
  EXPECT_EQ(ask(client, loop, ClientRequest("GET", "/x"))->body, "hello");
}

TEST(HttpsClient, ACancelledRequestLeavesAClientThatCanBeUsed) {
  Script script({[](SSL* ssl, int) {
                   Script::read(ssl);
                   std::this_thread::sleep_for(milliseconds(100));
                 },
                 Script::says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")});
  asio::io_context loop;
  HttpsClient client(loop.get_executor(), script.settings());
  asio::cancellation_signal cancel;
  auto asking = client.send(ClientRequest("GET", "/x"));
  bool ended = false;
  asio::co_spawn(loop, std::move(asking), asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, Answer) { ended = true; }));
  asio::steady_timer timer(loop, milliseconds(60));
  timer.async_wait([&](auto) { cancel.emit(asio::cancellation_type::terminal); });
  loop.run();
  ASSERT_TRUE(ended);
  const Answer next = ask(client, loop, ClientRequest("POST", "/x"));
  ASSERT_TRUE(next) << next.error().word();
  EXPECT_EQ(next->body, "ok");
}

}  // namespace
}  // namespace gatehouse::adapters
