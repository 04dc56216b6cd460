#include "gateway/http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace gatehouse::gateway {
namespace {

boost::asio::awaitable<Response> nothing(Request) { co_return Response(200); }

Router routes() {
  Router router;
  router.add("GET", "/", Access::open, nothing);
  router.add("GET", "/healthz", Access::open, nothing);
  router.add("GET", "/.well-known/gatehouse", Access::open, nothing);
  router.add("POST", "/v1/requests", Access::partner, nothing);
  router.add("GET", "/v1/requests/{id}", Access::partner, nothing);
  router.add("POST", "/v1/requests/{id}/review", Access::partner, nothing);
  router.add("POST", "/v1/requests/search", Access::partner, nothing);
  router.add("GET", "/log/tile/{level}/{index*}", Access::open, nothing);
  router.add("GET", "/log/tile/entries", Access::partner, nothing);
  return router;
}

TEST(Router, FindsAHandlerTheAccessAndThePatternNeverThePath) {
  const auto match = routes().find("GET", "/v1/requests/rq_7-A");
  ASSERT_NE(match.handler, nullptr);
  EXPECT_EQ(match.status, 200);
  EXPECT_EQ(match.access, Access::partner);
  EXPECT_EQ(match.route, "/v1/requests/{id}");
  EXPECT_EQ(match.captures, std::vector<std::string>{"rq_7-A"});
  EXPECT_EQ(routes().find("GET", "/healthz").access, Access::open);
  EXPECT_NE(routes().find("GET", "/").handler, nullptr);
  EXPECT_NE(routes().find("GET", "/.well-known/gatehouse").handler, nullptr);
}

TEST(Router, WhatIsSpeltOutWinsOverANamedPart) {
  EXPECT_EQ(routes().find("POST", "/v1/requests/search").route, "/v1/requests/search");
  EXPECT_EQ(routes().find("GET", "/v1/requests/search").status, 405);
  EXPECT_EQ(routes().find("GET", "/log/tile/entries").route, "/log/tile/entries");
}

TEST(Router, AHeadIsAnsweredWhereAGetIs) {
  EXPECT_NE(routes().find("HEAD", "/healthz").handler, nullptr);
  EXPECT_EQ(routes().find("HEAD", "/v1/requests").handler, nullptr);
}

TEST(Router, AnotherMethodIs405WithThoseThatAreAllowed) {
  const auto match = routes().find("DELETE", "/v1/requests/rq_1");
  EXPECT_EQ(match.handler, nullptr);
  EXPECT_EQ(match.status, 405);
  EXPECT_EQ(match.allow, "GET, HEAD");
  EXPECT_EQ(routes().find("GET", "/v1/requests").allow, "POST");
  EXPECT_EQ(routes().find("get", "/healthz").status, 405);  // methods are as they are spelt
}

TEST(Router, APathThatIsNotAPlainOneIsNotFound) {
  const std::string long_part(65, 'a');
  const std::string long_path = "/v1/requests/" + std::string(600, 'a');
  for (const std::string& path : {std::string(""),
                                  std::string("healthz"),
                                  std::string("//healthz"),
                                  std::string("/healthz/"),
                                  std::string("/./healthz"),
                                  std::string("/v1/../healthz"),
                                  std::string("/v1/requests/.."),
                                  std::string("/v1/requests/."),
                                  std::string("/v1/requests/%2e%2e"),
                                  std::string("/v1/requests/a%2fb"),
                                  std::string("/v1/requests/a%2Fb"),
                                  std::string("/%68ealthz"),
                                  std::string("/v1//requests"),
                                  std::string("/v1/requests/"),
                                  std::string("/v1/requests/a.b"),
                                  std::string("/v1/requests/a b"),
                                  std::string("/v1/requests/\xc3\xa9"),
                                  std::string("/v1/requests/a;b"),
                                  "/v1/requests/" + long_part,
                                  long_path,
                                  std::string("/HEALTHZ"),
                                  std::string("/healthz?x"),
                                  std::string("/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r")}) {
    const auto match = routes().find("GET", path);
    EXPECT_EQ(match.handler, nullptr) << path;
    EXPECT_EQ(match.status, 404) << path;
    EXPECT_EQ(match.route, "") << path;
  }
}

TEST(Router, TheRestOfAPathIsCapturedWholeAndHoldsNoDotSegment) {
  EXPECT_EQ(routes().find("GET", "/log/tile/0/x001/234.p/5").captures, (std::vector<std::string>{"0", "x001/234.p/5"}));
  for (const char* path : {"/log/tile/0", "/log/tile/0/", "/log/tile/0/..", "/log/tile/0/x001/../../keys", "/log/tile/0/.hidden",
                           "/log/tile/0/x001//234", "/log/tile/0/a/b/c/d/e/f/g/h/i", "/log/tile/0/%2e%2e"})
    EXPECT_EQ(routes().find("GET", path).status, 404) << path;
}

TEST(Router, APatternThatIsNotOneIsRefusedWhenItIsAdded) {
  for (const char* pattern : {"", "x", "//", "/x/", "/{", "/{}", "/{*}", "/{a b}", "/{rest*}/more", "/a b", "/..", "/.hidden", "/%61"}) {
    Router router;
    EXPECT_THROW(router.add("GET", pattern, Access::open, nothing), std::invalid_argument) << pattern;
  }
  Router router;
  router.add("GET", "/x/{id}", Access::open, nothing);
  EXPECT_THROW(router.add("GET", "/x/{other}", Access::open, nothing), std::invalid_argument);
  EXPECT_THROW(router.add("GET", "/y", Access::open, Handler()), std::invalid_argument);
  EXPECT_THROW(router.add("G T", "/z", Access::open, nothing), std::invalid_argument);
}

}  // namespace
}  // namespace gatehouse::gateway
