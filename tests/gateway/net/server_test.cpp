#include "gateway/net/server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "gateway/net/workers.hpp"
#include "tests/gateway/net/test_certificates.hpp"
#include "tests/gateway/net/test_client.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::ClientWish;
using testing::make_certificate;
using testing::TestCertificate;
using testing::TestClient;
using Clock = std::chrono::steady_clock;
using namespace std::string_literals;

asio::awaitable<void> sleep(milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

// A server on loopback whose handler tells what it was given: `/echo`, `/slow` (sleeps), `/throw`, `/tick`, `/large`.
class World {
 public:
  explicit World(ListenerSettings settings = {}, std::size_t threads = 2) : workers_(threads) {
    const TestCertificate certificate = make_certificate();
    settings.certificate_file = folder.write("server.pem", certificate.certificate_pem);
    settings.key_file = folder.write("server.key", certificate.key_pem);
    settings.log = [this](const LogEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    };
    server.emplace(workers_.executors(), settings, [this](Request request) { return respond(std::move(request)); });
    server->start();
    workers_.run();
  }
  ~World() {
    stop(milliseconds(0));
    workers_.finish();
  }

  void stop(milliseconds grace) {
    if (stopped_) return;
    stopped_ = true;
    auto stopping = server->stop(grace);
    asio::co_spawn(workers_.executors()[0], std::move(stopping), asio::use_future).get();
  }
  std::future<void> stop_soon(milliseconds grace) {
    stopped_ = true;
    auto stopping = server->stop(grace);
    return asio::co_spawn(workers_.executors()[0], std::move(stopping), asio::use_future);
  }
  unsigned short port() const { return server->port(); }
  std::vector<LogEvent> events(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    std::vector<LogEvent> found;
    for (const LogEvent& event : events_)
      if (event.event == name) found.push_back(event);
    return found;
  }
  // Waits until `what` holds: the server's side of things may lag the client's by a moment.
  template <class What>
  static bool soon(What what) {
    for (const auto end = Clock::now() + std::chrono::seconds(5); Clock::now() < end; std::this_thread::sleep_for(milliseconds(2)))
      if (what()) return true;
    return what();
  }

  testing::TemporaryFolder folder;

 private:
  Workers workers_;  // outlives the server

 public:
  std::optional<Server> server;
  std::atomic<int> begun{0}, cancelled{0};
  std::atomic<Clock::duration> ready{};

 private:
  asio::awaitable<Response> respond(Request request) {
    ++begun;
    Response response(200);
    response.route = "/route/{id}";
    if (request.path == "/throw") throw std::runtime_error("SECRET text of an exception");
    if (request.path == "/slow") {
      try {
        co_await sleep(milliseconds(std::stoi(request.query)));
      } catch (const boost::system::system_error&) {
        ++cancelled;
        throw;
      }
    }
    if (request.path == "/tick") {
      response.tick = milliseconds(std::stoi(request.query));
      ready = Clock::now().time_since_epoch();
    }
    if (request.path == "/large") {
      response.body = std::string(std::stoul(request.query), 'x');
      co_return response;
    }
    json told = {{"method", request.method},
                 {"path", request.path},
                 {"query", request.query},
                 {"body", request.body},
                 {"pin", request.peer.certificate_pin},
                 {"address", request.peer.address},
                 {"id", request.id},
                 {"not_after", request.peer.certificate_not_after}};
    response.set("content-type", "application/json");
    response.body = told.dump();
    co_return response;
  }

  mutable std::mutex mutex_;
  std::vector<LogEvent> events_;
  bool stopped_ = false;
};

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}
std::string post(const std::string& target, const std::string& body, const std::string& fields = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" +
         body;
}

ListenerSettings with(const std::function<void(ServerLimits&)>& change) {
  ListenerSettings settings;
  change(settings.limits);
  return settings;
}

// ---------------------------------------------------------------- conversation

TEST(Server, AnswersOneRequestAfterAnotherOnOneConnection) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(post("/echo?x", "body " + std::to_string(i)));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    const json told = json::parse(answer->body);
    EXPECT_EQ(told["body"], "body " + std::to_string(i));
    EXPECT_EQ(told["query"], "x");
    EXPECT_EQ(told["address"], "127.0.0.1");
    EXPECT_EQ(told["id"], answer->header("gatehouse-request-id"));
    EXPECT_EQ(answer->header("cache-control"), "no-store");
    EXPECT_EQ(answer->header("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer->header("server"), "");
    EXPECT_FALSE(answer->header("date").empty());
    ids.push_back(told["id"]);
  }
  EXPECT_NE(ids[0], ids[1]);
  EXPECT_EQ(world.server->counts().requests, 3u);
  EXPECT_EQ(world.server->counts().accepted, 1u);
}

TEST(Server, AnswersPipelinedRequestsInTheirOrder) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  std::string all;
  for (int i = 0; i < 50; ++i) all += i % 2 == 0 ? get("/echo?" + std::to_string(i)) : post("/slow?" + std::to_string(i % 3), "x");
  ASSERT_TRUE(client.send(all));
  for (int i = 0; i < 50; ++i) {
    const auto answer = client.response();
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(json::parse(answer->body)["query"], std::to_string(i % 2 == 0 ? i : i % 3)) << i;
  }
}

TEST(Server, AClientThatPipelinesWithoutEndDoesNotKeepTheThreadFromOthers) {
  World world({}, 1);
  TestClient greedy(world.port());
  ASSERT_TRUE(greedy.handshake());
  std::atomic<bool> done{false};
  std::thread sender([&] {
    std::string batch;
    for (int i = 0; i < 100; ++i) batch += get("/echo");
    for (int round = 0; round < 200 && !done; ++round)
      if (!greedy.send(batch)) break;
  });
  std::thread reader([&] {
    while (!done && greedy.response()) {
    }
  });
  TestClient patient(world.port());
  EXPECT_TRUE(patient.handshake());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(patient.ask(get("/echo"))) << i;
  done = true;
  shutdown(greedy.socket(), SHUT_RDWR);
  sender.join();
  reader.join();
}

TEST(Server, AnswersHeadWithoutABody) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.send("HEAD /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const auto answer = client.response(true);
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->header("content-length"), "0");
  EXPECT_EQ(json::parse(client.ask(get("/echo"))->body)["method"], "GET");
}

TEST(Server, ClosesAfterConnectionCloseAndAfterHttp10) {
  World world;
  for (const std::string& request : {get("/echo", "Connection: close\r\n"), std::string("GET /echo HTTP/1.0\r\n\r\n")}) {
    TestClient client(world.port());
    ASSERT_TRUE(client.handshake());
    const auto answer = client.ask(request);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->header("connection"), "close");
    EXPECT_TRUE(client.closed_within(milliseconds(3000)));
  }
}

TEST(Server, InvitesABodyThatWaitsToBeInvited) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.response()->status, 100);
  ASSERT_TRUE(client.send("hi"));
  EXPECT_EQ(json::parse(client.response()->body)["body"], "hi");
}

TEST(Server, RefusesABodyBeforeInvitingItWhenItWouldBeTooLarge) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  const auto answer = client.ask("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_TRUE(client.closed_within(milliseconds(3000)));
  EXPECT_EQ(world.begun, 0);
}

TEST(Server, SendsALargeAnswerWhole) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  for (const char* size : {"16384", "3000000", "1"})
    EXPECT_EQ(client.ask(get("/large?" + std::string(size)))->body.size(), std::stoul(size));
}

TEST(Server, TakesALargeBodyInPieces) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  const std::string body(256 * 1024, 'b');
  EXPECT_EQ(json::parse(client.ask(post("/echo", body))->body)["body"], body);
}

TEST(Server, AFinishedNumberOfRequestsEndsTheConnection) {
  World world(with([](ServerLimits& limits) { limits.requests_per_connection = 2; }));
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  EXPECT_EQ(client.ask(get("/echo"))->header("connection"), "");
  EXPECT_EQ(client.ask(get("/echo"))->header("connection"), "close");
  EXPECT_TRUE(client.closed_within(milliseconds(3000)));
}

// ---------------------------------------------------------------- malformed, over TLS

struct Shape {
  const char* name;
  std::string bytes;
  int status;
};

class MalformedOverTls : public ::testing::TestWithParam<Shape> {};

TEST_P(MalformedOverTls, GetsAProblemAndTheConnectionEnds) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  // A second request right behind: nothing after a malformed one may ever be taken for a request.
  const auto answer = client.ask(GetParam().bytes + get("/smuggled"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, GetParam().status);
  EXPECT_EQ(answer->header("content-type"), "application/problem+json");
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_EQ(json::parse(answer->body)["instance"], answer->header("gatehouse-request-id"));
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(world.begun, 0);
  EXPECT_EQ(world.server->counts().malformed, 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, MalformedOverTls,
    ::testing::Values(
        Shape{"LengthAndChunked", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Shape{"TwoLengths", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", 400},
        Shape{"FoldedLine", "GET /x HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400},
        Shape{"BadChunk", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n", 400},
        Shape{"NoHost", "GET /x HTTP/1.1\r\n\r\n", 400}, Shape{"TwoHosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
        Shape{"OtherHost", "GET https://b/x HTTP/1.1\r\nHost: a\r\n\r\n", 400}, Shape{"BareLineFeed", "GET /x HTTP/1.1\nHost: a\n\n", 400},
        Shape{"GetWithABody", "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", 400},
        Shape{"Rubbish", std::string("\0\1\2\3", 4), 400},
        Shape{"HeaderTooLarge", "GET /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'x') + "\r\n\r\n", 431},
        Shape{"BodyTooLarge", post("/x", std::string(300000, 'x')), 413}, Shape{"LongTarget", get("/" + std::string(5000, 'x')), 414},
        Shape{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505}),
    [](const auto& one) { return std::string(one.param.name); });

// ---------------------------------------------------------------- handlers

TEST(Server, AnExceptionBecomesAPlain500WithTheRequestIdAndNothingElse) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  const auto answer = client.ask(get("/throw"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ((answer->head + answer->body).find("SECRET"), std::string::npos);
  const std::string id = answer->header("gatehouse-request-id");
  EXPECT_EQ(json::parse(answer->body)["instance"], id);
  ASSERT_EQ(world.events("handler_failed").size(), 1u);
  EXPECT_EQ(world.events("handler_failed")[0].request_id, id);
  EXPECT_EQ(json_line(world.events("handler_failed")[0], 0).find("SECRET"), std::string::npos);
  TestClient next(world.port());
  ASSERT_TRUE(next.handshake());
  EXPECT_EQ(next.ask(get("/echo"))->status, 200);
}

TEST(Server, AHandlerThatTakesTooLongIsCancelledAndTheAnswerIs503) {
  World world(with([](ServerLimits& limits) { limits.request = milliseconds(80); }));
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  const auto start = Clock::now();
  const auto answer = client.ask(get("/slow?60000"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_FALSE(answer->header("retry-after").empty());
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(world.cancelled, 1);
  EXPECT_EQ(world.server->counts().timeouts, 1u);
}

TEST(Server, AnAnswerWithATickLeavesNoEarlierThanTheNextMultipleOfIt) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.ask(get("/tick?100")));
    const auto arrived = Clock::now().time_since_epoch();
    const auto ready = world.ready.load();
    EXPECT_GE(arrived, ready - ready % milliseconds(100) + milliseconds(100)) << "left before the tick";
    std::this_thread::sleep_for(milliseconds(7));
  }
}

TEST(Server, LogsThePatternOfTheRouteAndNeverThePath) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.ask(get("/echo?name=SECRET", "X-Who: SECRET\r\n")));
  ASSERT_EQ(world.events("request").size(), 1u);
  const LogEvent event = world.events("request")[0];
  EXPECT_EQ(event.route, "/route/{id}");
  EXPECT_EQ(event.method, "GET");
  EXPECT_EQ(event.status, 200);
  EXPECT_GE(event.microseconds, 0);
  const std::string line = json_line(event, 0);
  for (const char* word : {"SECRET", "echo", "127.0.0.1"}) EXPECT_EQ(line.find(word), std::string::npos) << line;
}

// ---------------------------------------------------------------- slowness

TEST(Server, SlowClientsAreClosedWithoutAWordAtEachStepWhileOthersAreServed) {
  World world(with([](ServerLimits& limits) { limits.handshake = limits.header = limits.body = limits.idle = milliseconds(1000); }));
  TestClient silent(world.port());  // no TLS at all
  TestClient idle(world.port()), header(world.port()), body(world.port());
  ASSERT_TRUE(idle.handshake() && header.handshake() && body.handshake());
  ASSERT_TRUE(header.send("GET / HTT"));
  ASSERT_TRUE(body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nxx"));
  TestClient served(world.port());
  ASSERT_TRUE(served.handshake());
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(served.ask(get("/echo"))) << i;
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_TRUE(silent.closed_within(milliseconds(3000)));
  EXPECT_TRUE(idle.closed_within(milliseconds(3000)));
  EXPECT_TRUE(header.closed_within(milliseconds(3000)));
  EXPECT_TRUE(body.closed_within(milliseconds(3000)));
  EXPECT_EQ(world.begun, 12);
  EXPECT_TRUE(World::soon([&] { return world.server->counts().timeouts == 3; })) << world.server->counts().timeouts;  // idle is no fault
}

TEST(Server, AHeaderThatTricklesInDoesNotWinTime) {
  World world(with([](ServerLimits& limits) { limits.header = milliseconds(300); }));
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  const auto start = Clock::now();
  const std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(5000, 'x');
  for (std::size_t i = 0; i < endless.size() && Clock::now() - start < std::chrono::seconds(4); ++i) {
    if (!client.send(endless.substr(i, 1))) break;
    std::this_thread::sleep_for(milliseconds(20));
    if (world.server->sessions() == 0) break;
  }
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(3));
  EXPECT_TRUE(client.closed_within(milliseconds(2000)));
}

TEST(Server, AClientThatDoesNotReadItsAnswerIsClosed) {
  World world(with([](ServerLimits& limits) { limits.write = milliseconds(300); }));
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.send(get("/large?30000000")));
  EXPECT_TRUE(World::soon([&] { return world.begun == 1; }));
  EXPECT_TRUE(World::soon([&] { return world.server->sessions() == 0; }));
  EXPECT_EQ(world.server->counts().timeouts, 1u);
}

// ---------------------------------------------------------------- TLS

TEST(Tls, WithoutACertificateTheHandlerSeesAnEmptyPin) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  EXPECT_EQ(json::parse(client.ask(get("/echo"))->body)["pin"], "");
}

TEST(Tls, ASelfSignedCertificateIsKnownByThePinOfItsKey) {
  World world;
  for (const char* key : {"P-256", "P-384", "ed25519", "rsa2048"}) {
    const TestCertificate certificate = make_certificate({.name = "partner", .key = key});
    TestClient client(world.port(), {.certificate = &certificate});
    ASSERT_TRUE(client.handshake()) << key;
    const auto answer = client.ask(get("/echo"));
    ASSERT_TRUE(answer) << key;
    const json told = json::parse(answer->body);
    EXPECT_EQ(told["pin"], certificate.pin) << key;
    EXPECT_GT(told["not_after"].get<std::int64_t>(), 1700000000) << key;
  }
}

TEST(Tls, ACertificateOutOfDateOrWithAWeakKeyNeverReachesAHandler) {
  World world;
  for (const auto& wish : {testing::CertificateWish{.not_before = std::chrono::hours(-48), .not_after = std::chrono::hours(-1)},
                           testing::CertificateWish{.not_before = std::chrono::hours(1), .not_after = std::chrono::hours(48)},
                           testing::CertificateWish{.key = "rsa1024"}}) {
    const TestCertificate certificate = make_certificate(wish);
    TestClient client(world.port(), {.certificate = &certificate});
    const bool shaken = client.handshake();
    EXPECT_FALSE(shaken && client.ask(get("/echo")));
  }
  EXPECT_EQ(world.begun, 0);
  EXPECT_TRUE(World::soon([&] { return world.server->counts().handshakes_failed == 3; }));
}

TEST(Tls, ACertificateThatEndsDuringAConnectionEndsItsUse) {
  World world;
  const TestCertificate certificate = make_certificate({.not_after = std::chrono::seconds(2)});
  TestClient client(world.port(), {.certificate = &certificate});
  ASSERT_TRUE(client.handshake());
  ASSERT_EQ(client.ask(get("/echo"))->status, 200);
  std::this_thread::sleep_for(milliseconds(3200));
  const auto answer = client.ask(get("/echo"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(world.begun, 1);
  EXPECT_TRUE(client.closed_within(milliseconds(3000)));
}

TEST(Tls, OnlyTls13IsSpoken) {
  World world;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
    TestClient client(world.port(), {.version = version});
    EXPECT_FALSE(client.handshake()) << version;
  }
  EXPECT_EQ(world.begun, 0);
}

TEST(Tls, PlainHttpIsClosedWithoutAnAnswer) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.send_plain(get("/echo")));
  std::string received(100, '\0');
  const ssize_t n = ::recv(client.socket(), received.data(), received.size(), 0);
  // At most a TLS alert; never a line of HTTP.
  EXPECT_TRUE(n <= 0 || received[0] == 0x15) << received;
  EXPECT_EQ(world.begun, 0);
}

TEST(Tls, Http11IsChosenAndAClientThatOffersOnlyOthersIsRefused) {
  World world;
  TestClient both(world.port(), {.alpn = "\x02h2\x08http/1.1"});
  ASSERT_TRUE(both.handshake());
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(both.native(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");
  EXPECT_EQ(both.ask(get("/echo"))->status, 200);
  TestClient other(world.port(), {.alpn = "\x02h2"});
  EXPECT_FALSE(other.handshake());
}

TEST(Tls, NoTicketIsGivenThatCouldOutliveARevocation) {
  World world;
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.ask(get("/echo")));
  EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get_session(client.native())), 0);
  EXPECT_EQ(SSL_SESSION_is_resumable(SSL_get_session(client.native())), 0);
}

TEST(Tls, AKeyUpdateWhileIdleDoesNotCountAsARequest) {
  World world(with([](ServerLimits& limits) { limits.header = milliseconds(200); }));
  TestClient client(world.port());
  ASSERT_TRUE(client.handshake());
  ASSERT_TRUE(client.ask(get("/echo")));
  SSL_key_update(client.native(), SSL_KEY_UPDATE_REQUESTED);
  ASSERT_EQ(SSL_do_handshake(client.native()), 1);
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_TRUE(client.ask(get("/echo")));
}

TEST(Tls, AReloadedCertificateIsShownToNewConnectionsAndOldOnesGoOn) {
  World world;
  TestClient before(world.port());
  ASSERT_TRUE(before.handshake());
  const TestCertificate fresh = make_certificate({.name = "fresh", .not_after = std::chrono::hours(24 * 90)});
  const auto old_end = world.server->certificate_not_after();
  world.folder.write("server.pem", fresh.certificate_pem);
  EXPECT_FALSE(world.server->reload());  // the key of the old one does not fit
  EXPECT_EQ(world.server->certificate_not_after(), old_end);
  ASSERT_EQ(world.events("certificate_kept").size(), 1u);
  TestClient meanwhile(world.port());
  EXPECT_TRUE(meanwhile.handshake());

  world.folder.write("server.key", fresh.key_pem);
  EXPECT_TRUE(world.server->reload());
  EXPECT_GT(world.server->certificate_not_after(), old_end);
  TestClient after(world.port());
  ASSERT_TRUE(after.handshake());
  char name[64] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(after.native())), NID_commonName, name, sizeof name);
  EXPECT_STREQ(name, "fresh");
  EXPECT_TRUE(before.ask(get("/echo")));
}

TEST(Tls, ACertificateThatCannotBeServedStopsTheStartWithOneLine) {
  testing::TemporaryFolder folder;
  asio::io_context loop;
  const auto fault = [&](const std::string& certificate, const std::string& key) {
    ListenerSettings settings;
    settings.certificate_file = folder.write("c.pem", certificate);
    settings.key_file = folder.write("k.pem", key);
    try {
      Server server(loop.get_executor(), settings, [](Request) -> asio::awaitable<Response> { co_return Response(200); });
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const TestCertificate good = make_certificate(), other = make_certificate(), rsa = make_certificate({.key = "rsa2048"});
  EXPECT_EQ(fault(good.certificate_pem, good.key_pem), "");
  EXPECT_NE(fault("rubbish", good.key_pem).find("c.pem"), std::string::npos);
  EXPECT_NE(fault(good.certificate_pem, "").find("k.pem"), std::string::npos);
  EXPECT_NE(fault(good.certificate_pem, other.key_pem).find("k.pem"), std::string::npos);
  EXPECT_NE(fault(rsa.certificate_pem, rsa.key_pem).find("P-256"), std::string::npos);
  EXPECT_EQ(fault("rubbish", good.key_pem).find('\n'), std::string::npos);
}

// ---------------------------------------------------------------- admission

TEST(Server, MoreConnectionsThanAllowedAreTurnedAwayAndAFreedPlaceIsUsedAgain) {
  World world(with([](ServerLimits& limits) { limits.connections = 2; }));
  std::optional<TestClient> first;
  first.emplace(world.port());
  TestClient second(world.port());
  ASSERT_TRUE(first->handshake() && second.handshake());
  TestClient third(world.port());
  EXPECT_FALSE(third.handshake());
  EXPECT_EQ(world.server->counts().refused_full, 1u);
  first.reset();
  ASSERT_TRUE(World::soon([&] { return world.server->sessions() == 1; }));
  TestClient fourth(world.port());
  EXPECT_TRUE(fourth.handshake());
}

TEST(Server, AnAddressThatConnectsTooOftenIsTurnedAwayBeforeTlsAndOthersAreNot) {
  World world(with([](ServerLimits& limits) {
    limits.new_connections_per_second = 0.001;
    limits.new_connections_burst = 2;
  }));
  for (int i = 0; i < 2; ++i) {
    TestClient client(world.port());
    EXPECT_TRUE(client.handshake());
  }
  TestClient third(world.port());
  EXPECT_FALSE(third.handshake());
  EXPECT_EQ(world.server->counts().refused_rate, 1u);
  TestClient elsewhere(world.port(), {.source = "127.0.0.2"});
  EXPECT_TRUE(elsewhere.handshake());
}

TEST(Server, ManyConnectionsComeAndGoWithoutALeftover) {
  World world;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 5; ++i) {
          TestClient client(world.port());
          good += client.handshake() && client.ask(get("/echo"));
        }
      });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(good, 40);
  }
  EXPECT_TRUE(World::soon([&] { return world.server->sessions() == 0; }));
}

std::string proxy_line(const std::string& address_bytes) {
  return std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16) + address_bytes + std::string("\x7f\0\0\1\x10\0\x20\0", 8);
}

ListenerSettings behind_proxy(const std::string& trusted) {
  ListenerSettings settings;
  settings.proxy_protocol = true;
  settings.trusted_proxies = {"2001:db8::/32", trusted};
  settings.limits.handshake = milliseconds(1500);
  return settings;
}

TEST(Proxy, ATrustedOneSaysWhoIsBehindIt) {
  World world(behind_proxy("127.0.0.0/30"));
  TestClient client(world.port(), {.before_tls = proxy_line("\xc0\x00\x02\x07"s)});
  ASSERT_TRUE(client.handshake());
  EXPECT_EQ(json::parse(client.ask(get("/echo"))->body)["address"], "192.0.2.7");
}

TEST(Proxy, AnyoneElseIsTurnedAwayWhateverTheySay) {
  World world(behind_proxy("127.0.0.9"));
  TestClient client(world.port(), {.before_tls = proxy_line("\xc0\x00\x02\x07"s)});
  EXPECT_FALSE(client.handshake());
  EXPECT_EQ(world.server->counts().refused_proxy, 1u);
}

TEST(Proxy, WithoutItsLineNothingIsServed) {
  World world(behind_proxy("127.0.0.1"));
  TestClient missing(world.port());
  EXPECT_FALSE(missing.handshake());
  TestClient half(world.port(), {.before_tls = "\r\n\r\n"});
  EXPECT_TRUE(half.closed_within(milliseconds(3000)));
  EXPECT_EQ(world.begun, 0);
}

TEST(Proxy, TheAddressBehindItIsTheOneThatIsCounted) {
  ListenerSettings settings = behind_proxy("127.0.0.1");
  settings.limits.new_connections_per_second = 0.001;
  settings.limits.new_connections_burst = 1;
  World world(settings);
  TestClient first(world.port(), {.before_tls = proxy_line("\xc0\x00\x02\x07"s)});
  EXPECT_TRUE(first.handshake());
  TestClient again(world.port(), {.before_tls = proxy_line("\xc0\x00\x02\x07"s)});
  EXPECT_FALSE(again.handshake());
  TestClient other(world.port(), {.before_tls = proxy_line("\xc0\x00\x02\x08"s)});
  EXPECT_TRUE(other.handshake());
}

TEST(Server, SettingsThatMakeNoSenseStopTheStart) {
  testing::TemporaryFolder folder;
  const TestCertificate certificate = make_certificate();
  asio::io_context loop;
  const auto starts = [&](const std::function<void(ListenerSettings&)>& change) {
    ListenerSettings settings;
    settings.certificate_file = folder.write("c.pem", certificate.certificate_pem);
    settings.key_file = folder.write("k.pem", certificate.key_pem);
    change(settings);
    try {
      Server server(loop.get_executor(), settings, [](Request) -> asio::awaitable<Response> { co_return Response(200); });
    } catch (const std::exception&) {
      return false;
    }
    return true;
  };
  EXPECT_TRUE(starts([](ListenerSettings&) {}));
  EXPECT_FALSE(starts([](ListenerSettings& s) { s.address = "somewhere"; }));
  EXPECT_FALSE(starts([](ListenerSettings& s) { s.limits.idle = milliseconds(0); }));
  EXPECT_FALSE(starts([](ListenerSettings& s) { s.limits.connections = 0; }));
  EXPECT_FALSE(starts([](ListenerSettings& s) { s.limits.new_connections_burst = 0; }));
  EXPECT_FALSE(starts([](ListenerSettings& s) { s.proxy_protocol = true; }));
  EXPECT_FALSE(starts([](ListenerSettings& s) { s.trusted_proxies = {"here"}; }));
  EXPECT_FALSE(starts([](ListenerSettings& s) { s.trusted_proxies = {"192.0.2.0/99"}; }));
  World world;
  EXPECT_FALSE(starts([&](ListenerSettings& s) { s.port = world.port(); }));  // somebody is there already
}

// ---------------------------------------------------------------- stop

TEST(Stop, LetsARequestEndClosesTheIdleAndAcceptsNobody) {
  World world;
  TestClient busy(world.port()), idle(world.port());
  ASSERT_TRUE(busy.handshake() && idle.handshake());
  ASSERT_TRUE(idle.ask(get("/echo")));
  ASSERT_TRUE(busy.send(get("/slow?300")));
  ASSERT_TRUE(World::soon([&] { return world.begun == 2; }));
  auto stopped = world.stop_soon(std::chrono::seconds(5));
  EXPECT_TRUE(idle.closed_within(milliseconds(3000)));
  const auto answer = busy.response();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->header("connection"), "close");
  busy.rest();
  stopped.get();
  EXPECT_EQ(world.server->sessions(), 0u);
  EXPECT_EQ(world.cancelled, 0);
  TestClient late(world.port());
  EXPECT_FALSE(late.handshake());
}

TEST(Stop, CancelsWhatDoesNotEndWithinTheGrace) {
  World world;
  TestClient busy(world.port()), half(world.port());
  ASSERT_TRUE(busy.handshake() && half.handshake());
  ASSERT_TRUE(busy.send(get("/slow?60000")) && half.send("GET /"));
  ASSERT_TRUE(World::soon([&] { return world.begun == 1; }));
  const auto start = Clock::now();
  world.stop(milliseconds(150));
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(world.cancelled, 1);
  EXPECT_EQ(world.server->sessions(), 0u);
  EXPECT_EQ(busy.rest(), "");
}

TEST(Stop, ADestroyedServerLeavesNoSessionBehind) {
  Workers workers(2);
  testing::TemporaryFolder folder;
  const TestCertificate certificate = make_certificate();
  ListenerSettings settings;
  settings.certificate_file = folder.write("c.pem", certificate.certificate_pem);
  settings.key_file = folder.write("k.pem", certificate.key_pem);
  std::optional<Server> server;
  server.emplace(workers.executors(), settings, [](Request) -> asio::awaitable<Response> { co_return Response(200); });
  server->start();
  workers.run();
  TestClient client(server->port());
  ASSERT_TRUE(client.handshake());
  server.reset();
  EXPECT_TRUE(client.closed_within(milliseconds(3000)));
  workers.finish();  // returns: nothing is left to do
}

TEST(Server, OneExecutorWithSeveralThreadsIsServedFromAStrand) {
  testing::TemporaryFolder folder;
  const TestCertificate certificate = make_certificate();
  ListenerSettings settings;
  settings.certificate_file = folder.write("c.pem", certificate.certificate_pem);
  settings.key_file = folder.write("k.pem", certificate.key_pem);
  asio::io_context loop;
  Server server(loop.get_executor(), settings, [](Request) -> asio::awaitable<Response> {
    Response response(200);
    co_await sleep(milliseconds(1));
    co_return response;
  });
  server.start();
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back([&] { loop.run(); });
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      TestClient client(server.port());
      if (!client.handshake()) return;
      for (int j = 0; j < 10; ++j) good += client.ask(get("/"))->status == 200;
    });
  for (auto& client : clients) client.join();
  EXPECT_EQ(good, 40);
  auto stopping = server.stop(std::chrono::seconds(1));
  asio::co_spawn(loop, std::move(stopping), asio::use_future).get();
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace gatehouse::gateway
