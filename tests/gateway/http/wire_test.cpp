#include "gateway/http/wire.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace gatehouse::gateway {
namespace {

const WireLimits kLimits{.header_bytes = 1024, .fields = 20, .target_bytes = 200, .body_bytes = 64};

struct Read {
  RequestReader reader{kLimits};
  std::size_t used = 0;
};

// All at once, or in pieces of `step` bytes with what was not taken offered again, as a session does.
Read read(std::string_view bytes, std::size_t step = SIZE_MAX) {
  Read result;
  std::string held;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t now = std::min(step, bytes.size() - at);
    held.append(bytes.substr(at, now));
    at += now;
    const std::size_t used = result.reader.feed(held);
    held.erase(0, used);
    result.used += used;
    if (result.reader.complete() || result.reader.refused()) break;
  }
  return result;
}

TEST(RequestReader, ReadsAPlainRequest) {
  auto [reader, used] =
      read("GET /v1/requests/7?a=b%20c HTTP/1.1\r\nHost: gatehouse.example.org:8443\r\nAccept:  text/plain \r\nX:\r\n\r\n");
  ASSERT_TRUE(reader.complete()) << reader.refusal().detail;
  EXPECT_TRUE(reader.keep_alive());
  const Request request = reader.take();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/v1/requests/7");
  EXPECT_EQ(request.query, "a=b%20c");
  EXPECT_TRUE(request.has_query);
  EXPECT_FALSE(request.has_body);
  EXPECT_EQ(request.headers, (Headers{{"Host", "gatehouse.example.org:8443"}, {"Accept", "text/plain"}, {"X", ""}}));
}

TEST(RequestReader, ReadsABodyByItsLengthAndLeavesTheNextRequestAlone) {
  const std::string first = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  auto [reader, used] = read(first + "GET / HTTP/1.1\r\n");
  ASSERT_TRUE(reader.complete());
  EXPECT_EQ(used, first.size());
  const Request request = reader.take();
  EXPECT_EQ(request.body, "hello");
  EXPECT_TRUE(request.has_body);
}

TEST(RequestReader, ReadsAChunkedBody) {
  const std::string text = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n00a\r\n0123456789\r\n0\r\n\r\n";
  auto [reader, used] = read(text + "GET");
  ASSERT_TRUE(reader.complete()) << reader.refusal().detail;
  EXPECT_EQ(used, text.size());
  EXPECT_EQ(reader.take().body, "hello0123456789");
}

TEST(RequestReader, ReadsTheSameHoweverTheBytesArrive) {
  const std::string with_length = "POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: y\r\n\r\nhelloGET";
  const std::string chunked = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\nGET";
  for (const std::string& text : {with_length, chunked}) {
    for (std::size_t step = 1; step < text.size(); ++step) {
      auto [reader, used] = read(text, step);
      ASSERT_TRUE(reader.complete()) << step;
      EXPECT_EQ(used, text.size() - 3) << step;
      EXPECT_EQ(reader.take().body, "hello") << step;
    }
  }
}

TEST(RequestReader, TheTargetMayNameThisHost) {
  auto [reader, used] = read("GET HTTPS://Gatehouse.example.org/x?q HTTP/1.1\r\nHost: gatehouse.EXAMPLE.org\r\n\r\n");
  ASSERT_TRUE(reader.complete()) << reader.refusal().detail;
  EXPECT_EQ(reader.take().path, "/x");
  EXPECT_EQ(read("GET https://a HTTP/1.1\r\nHost: a\r\n\r\n").reader.take().path, "/");
  EXPECT_EQ(read("GET https://a?q HTTP/1.1\r\nHost: a\r\n\r\n").reader.take().query, "q");
}

TEST(RequestReader, KeepAliveEndsWithConnectionCloseAndWithHttp10) {
  EXPECT_TRUE(read("GET / HTTP/1.1\r\nHost: a\r\n\r\n").reader.keep_alive());
  EXPECT_TRUE(read("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").reader.keep_alive());
  EXPECT_FALSE(read("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo , CLOSE\r\n\r\n").reader.keep_alive());
  const auto old = read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(old.reader.complete());
  EXPECT_FALSE(old.reader.keep_alive());
}

TEST(RequestReader, AnInvitationIsWantedOnlyBetweenHeadAndBody) {
  RequestReader reader(kLimits);
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n";
  EXPECT_FALSE(reader.wants_continue());
  EXPECT_EQ(reader.feed(head), head.size());
  EXPECT_TRUE(reader.head_complete());
  EXPECT_TRUE(reader.wants_continue());
  reader.feed("hi");
  EXPECT_TRUE(reader.complete());
  EXPECT_FALSE(reader.wants_continue());
  EXPECT_FALSE(read("POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n").reader.wants_continue());
}

struct Shape {
  const char* name;
  std::string bytes;
  const char* code;
};

std::string head(const std::string& fields) { return "POST /x HTTP/1.1\r\n" + fields + "\r\n"; }

class MalformedRequest : public ::testing::TestWithParam<Shape> {};

TEST_P(MalformedRequest, IsRefusedWholeAndByteByByte) {
  for (const std::size_t step : {SIZE_MAX, std::size_t{1}, std::size_t{7}}) {
    const auto result = read(GetParam().bytes, step);
    ASSERT_TRUE(result.reader.refused()) << "in pieces of " << step;
    EXPECT_EQ(result.reader.refusal().type, GetParam().code) << result.reader.refusal().detail;
    EXPECT_FALSE(result.reader.keep_alive());
    EXPECT_FALSE(result.reader.complete());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, MalformedRequest,
    ::testing::Values(
        Shape{"BareLineFeed", "GET / HTTP/1.1\nHost: a\n\n", "bad-request"},
        Shape{"BareLineFeedAfterAField", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "bad-request"},
        Shape{"BareCarriageReturn", "GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: w\r\n\r\n", "bad-request"},
        Shape{"EmptyLineFirst", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"NotAMethod", "\x16\x03\x01\x02", "bad-request"},
        Shape{"MethodWithABracket", "G[T / HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"OverlongMethod", std::string(40, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"TabForASpace", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"NoVersion", "GET /\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"NoTarget", "GET HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"LowerCaseVersion", "GET / http/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "version-not-supported"},
        Shape{"Http12", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "version-not-supported"},
        Shape{"AsteriskTarget", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"AuthorityTarget", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"PlainHttpTarget", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"TargetOfAnotherHost", "GET https://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"TargetWithUserInformation", "GET https://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"Fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"RawUtf8InTheTarget", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"Backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"HalfAPercent", "GET /%4 HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"PercentWithoutHex", "GET /?%zz HTTP/1.1\r\nHost: a\r\n\r\n", "bad-request"},
        Shape{"NulInTheTarget", std::string("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 29), "bad-request"},
        Shape{"LongTarget", "GET /" + std::string(300, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "uri-too-long"},
        Shape{"EndlessFirstLine", "GET /" + std::string(5000, 'a'), "uri-too-long"},
        Shape{"NoHost", "GET / HTTP/1.1\r\nAccept: a\r\n\r\n", "bad-request"},
        Shape{"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "bad-request"},
        Shape{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "bad-request"},
        Shape{"HostWithAPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "bad-request"},
        Shape{"HostWithAList", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "bad-request"},
        Shape{"HostWithABadPort", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "bad-request"},
        Shape{"FoldedLine", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "bad-request"},
        Shape{"SpaceBeforeTheFirstField", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "bad-request"},
        Shape{"SpaceBeforeAColon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "bad-request"},
        Shape{"NoColon", "GET / HTTP/1.1\r\nHost: a\r\nrubbish\r\n\r\n", "bad-request"},
        Shape{"NamelessField", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "bad-request"},
        Shape{"NulInAValue", std::string("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 33), "bad-request"},
        Shape{"ConnectionThatIsNoList", "GET / HTTP/1.1\r\nHost: a\r\nConnection: clo\xff" "se\r\n\r\n", "bad-request"},
        Shape{"TwoLengths", head("Host: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n") + "hi", "bad-request"},
        Shape{"ListOfLengths", head("Host: a\r\nContent-Length: 2, 2\r\n") + "hi", "bad-request"},
        Shape{"SignedLength", head("Host: a\r\nContent-Length: +2\r\n") + "hi", "bad-request"},
        Shape{"NegativeLength", head("Host: a\r\nContent-Length: -2\r\n") + "hi", "bad-request"},
        Shape{"HexLength", head("Host: a\r\nContent-Length: 0x2\r\n") + "hi", "bad-request"},
        Shape{"EmptyLength", head("Host: a\r\nContent-Length:\r\n") + "hi", "bad-request"},
        Shape{"LengthTooLarge", head("Host: a\r\nContent-Length: 65\r\n"), "body-too-large"},
        Shape{"LengthBeyondNumbers", head("Host: a\r\nContent-Length: 99999999999999999999999\r\n"), "body-too-large"},
        Shape{"LengthAndChunked", head("Host: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", "bad-request"},
        Shape{"ChunkedAndLength", head("Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n") + "0\r\n\r\n", "bad-request"},
        Shape{"ChunkedTwice", head("Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "bad-request"},
        Shape{"ChunkedAndMore", head("Host: a\r\nTransfer-Encoding: gzip, chunked\r\n"), "bad-request"},
        Shape{"Identity", head("Host: a\r\nTransfer-Encoding: identity\r\n"), "bad-request"},
        Shape{"ChunkedWithAVerticalTab", head("Host: a\r\nTransfer-Encoding: \x0b" "chunked\r\n"), "bad-request"},
        Shape{"ChunkedInHttp10", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "bad-request"},
        Shape{"ChunkSizeNotHex", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "g\r\n", "bad-request"},
        Shape{"ChunkSizeSigned", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "-1\r\n", "bad-request"},
        Shape{"ChunkSizeWithASpace", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "2 \r\nhi\r\n", "bad-request"},
        Shape{"ChunkSizeEmpty", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "\r\n", "bad-request"},
        Shape{"ChunkSizeEndless", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "00000000000000001\r\nh\r\n", "bad-request"},
        Shape{"ChunkExtension", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "2;a=b\r\nhi\r\n", "bad-request"},
        Shape{"ChunkWithBareLineFeed", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "2\nhi\r\n", "bad-request"},
        Shape{"ChunkLongerThanItSays", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "2\r\nhi!\r\n", "bad-request"},
        Shape{"ChunksTooLarge", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "ffffffff\r\n", "body-too-large"},
        Shape{"ChunksTooLargeTogether",
              head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "40\r\n" + std::string(64, 'x') + "\r\n1\r\n", "body-too-large"},
        Shape{"Trailer", head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "0\r\nX: y\r\n\r\n", "bad-request"},
        Shape{"GetWithABody", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "bad-request"},
        Shape{"HeadWithAChunkedBody", "HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "bad-request"},
        Shape{"UnknownExpectation", head("Host: a\r\nContent-Length: 2\r\nExpect: 200-maybe\r\n"), "expectation-failed"},
        Shape{"TooManyFields",
              [] {
                std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
                for (int i = 0; i < 20; ++i) text += "X: y\r\n";
                return text + "\r\n";
              }(),
              "header-too-large"},
        Shape{"HeaderTooLarge", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x') + "\r\n\r\n", "header-too-large"},
        Shape{"EndlessHeader", "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x'), "header-too-large"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(RequestReader, ARefusalNeverRepeatsWhatWasSent) {
  for (const std::string& bytes :
       {std::string("SECRET"), std::string("GET /SECRET\\ HTTP/1.1\r\n"), std::string("GET / HTTP/1.1\r\nHost: SECRET/\r\n\r\n"),
        std::string("GET / HTTP/1.1\r\nSECRET\r\n\r\n"), std::string("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: SECRET\r\n\r\n")}) {
    const auto result = read(bytes);
    if (!result.reader.refused()) continue;
    const Problem& refusal = result.reader.refusal();
    EXPECT_EQ((refusal.detail + refusal.where + refusal.title).find("SECRET"), std::string::npos) << bytes;
  }
}

TEST(RequestReader, AHeaderOfExactlyTheLimitIsReadAndOneByteMoreIsNot) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const auto text = [&](std::size_t size) { return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n"; };
  EXPECT_TRUE(read(text(1024)).reader.complete());
  EXPECT_TRUE(read(text(1024), 1).reader.complete());
  EXPECT_TRUE(read(text(1025)).reader.refused());
  EXPECT_TRUE(read(text(1025), 1).reader.refused());
}

TEST(RequestReader, ABodyOfExactlyTheLimitIsRead) {
  const std::string body(64, 'x');
  EXPECT_EQ(read(head("Host: a\r\nContent-Length: 64\r\n") + body).reader.take().body, body);
  EXPECT_EQ(read(head("Host: a\r\nTransfer-Encoding: chunked\r\n") + "40\r\n" + body + "\r\n0\r\n\r\n").reader.take().body, body);
}

TEST(RequestReader, HostsAsTheyAreWrittenAreRead) {
  for (const char* host : {"a", "a:1", "gatehouse.example.org", "127.0.0.1:8443", "[::1]", "[2001:db8::1]:8443", "my_host"})
    EXPECT_TRUE(read("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").reader.complete()) << host;
  for (const char* host : {"[]", "[::1", "[::1]x", "[::1]:", "a:", "a:123456", ":80", "a b", "a@b", "a%41", "[g::1]"})
    EXPECT_TRUE(read("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n").reader.refused()) << host;
}

// ---------------------------------------------------------------- answers

const std::chrono::sys_seconds kNow{std::chrono::seconds(784111777)};

TEST(WireText, WritesTheFieldsThatEveryAnswerHas) {
  Response response(200);
  response.set("content-type", "application/json");
  response.body = "{}";
  EXPECT_EQ(wire_text(response, {.request_id = "r-1", .now = kNow}),
            "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ngatehouse-request-id: r-1\r\ncontent-type: application/json\r\n"
            "cache-control: no-store\r\nx-content-type-options: nosniff\r\ncontent-length: 2\r\n\r\n{}");
}

TEST(WireText, AnAnswerToHeadHasTheLengthAndNoBody) {
  Response response(200);
  response.body = "hello";
  const std::string text = wire_text(response, {.request_id = "r", .now = kNow, .head_only = true});
  EXPECT_NE(text.find("content-length: 5\r\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(WireText, AnAnswerWithoutContentHasNeitherLengthNorBody) {
  Response response(204);
  response.body = "hello";
  const std::string text = wire_text(response, {.request_id = "r", .now = kNow});
  EXPECT_EQ(text.find("content-length"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(WireText, AHandlerCannotBreakTheFraming) {
  Response response(200);
  response.headers = {{"content-length", "99"}, {"Transfer-Encoding", "chunked"}, {"Connection", "keep-alive"},
                      {"Server", "x"},          {"x", "a\r\nset-cookie: b=c"},    {"bad name", "y"},
                      {"date", "never"}};
  const std::string text = wire_text(response, {.request_id = "r", .now = kNow, .close = true});
  for (const char* gone : {"length: 99", "chunked", "keep-alive", "erver", "set-cookie", "bad name", "never"})
    EXPECT_EQ(text.find(gone), std::string::npos) << gone;
  EXPECT_NE(text.find("connection: close\r\n"), std::string::npos);
}

TEST(WireText, AHandlerMayAllowCaching) {
  Response response(200);
  response.set("Cache-Control", "public, max-age=31536000, immutable");
  const std::string text = wire_text(response, {.request_id = "r", .now = kNow});
  EXPECT_EQ(text.find("no-store"), std::string::npos);
  EXPECT_NE(text.find("immutable"), std::string::npos);
}

TEST(WireText, AnImpossibleStatusIsAnError) {
  EXPECT_TRUE(wire_text(Response(100), {.request_id = "r", .now = kNow}).starts_with("HTTP/1.1 500 "));
  EXPECT_TRUE(wire_text(Response(0), {.request_id = "r", .now = kNow}).starts_with("HTTP/1.1 500 "));
  EXPECT_TRUE(wire_text(Response(9999), {.request_id = "r", .now = kNow}).starts_with("HTTP/1.1 500 "));
}

TEST(WireText, EveryStatusOfAProblemHasItsPhrase) {
  for (const ProblemKind& kind : problem_kinds()) {
    const std::string text = wire_text(Response(kind.status), {.request_id = "r", .now = kNow});
    EXPECT_FALSE(text.starts_with("HTTP/1.1 " + std::to_string(kind.status) + " \r\n")) << kind.status;
  }
}

TEST(LargerBody, IsAskedOnceTheHeadIsWholeAndCountsForThatRequestAlone) {
  const auto whole = [](const std::string& path, std::size_t size, std::size_t larger, bool chunked) {
    WireLimits limits = kLimits;
    int asked = 0;
    limits.larger_body = [&](const Request& head) {
      ++asked;
      EXPECT_EQ(head.method, "POST");
      EXPECT_FALSE(head.path.empty());
      return head.path == "/large" ? larger : 0;
    };
    RequestReader reader(limits);
    char count[32];
    std::snprintf(count, sizeof count, "%zx", size);
    std::string text = "POST " + path + " HTTP/1.1\r\nHost: a\r\n";
    text += chunked ? "Transfer-Encoding: chunked\r\n\r\n" + std::string(count) + "\r\n" + std::string(size, 'x') + "\r\n0\r\n\r\n"
                    : "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'x');
    for (std::string_view rest = text; !rest.empty() && !reader.complete() && !reader.refused();) rest.remove_prefix(reader.feed(rest));
    EXPECT_LE(asked, 1);
    return reader.complete();
  };
  for (const bool chunked : {false, true}) {
    EXPECT_TRUE(whole("/large", 500, 500, chunked));
    EXPECT_FALSE(whole("/large", 501, 500, chunked));
    EXPECT_FALSE(whole("/small", 65, 500, chunked));
    EXPECT_TRUE(whole("/small", 64, 500, chunked));
    EXPECT_TRUE(whole("/large", 64, 10, chunked)) << "it makes no limit smaller";
  }
}

}  // namespace
}  // namespace gatehouse::gateway
