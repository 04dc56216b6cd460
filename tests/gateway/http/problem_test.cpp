#include "gateway/http/problem.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

namespace gatehouse::gateway {
namespace {

using nlohmann::json;

TEST(Problem, EveryKindHasItsOwnCodeAStatusOfAnErrorAndATitle) {
  std::set<std::string_view> codes;
  ASSERT_GE(problem_kinds().size(), 20u);
  for (const ProblemKind& kind : problem_kinds()) {
    EXPECT_TRUE(codes.insert(kind.code).second) << kind.code;
    EXPECT_GE(kind.status, 400) << kind.code;
    EXPECT_LE(kind.status, 599) << kind.code;
    EXPECT_FALSE(kind.title.empty()) << kind.code;
    EXPECT_EQ(kind.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos) << kind.code;
  }
}

TEST(Problem, TheDocumentNamesTypeTitleStatusAndTheRequest) {
  const Response response =
      to_response(problem("unknown-value", "`shopping` is no purpose", "$.purpose", {"early_help", "mash_referral"}), "r-1");
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.header("content-type"), "application/problem+json");
  EXPECT_EQ(json::parse(response.body), json::parse(R"({"type":"https://gatehouse.example/problems/unknown-value",
    "title":"A value that is not one of those allowed","status":400,"detail":"`shopping` is no purpose","where":"$.purpose",
    "allowed":["early_help","mash_referral"],"instance":"r-1"})"));
}

TEST(Problem, WhatIsEmptyIsLeftOut) {
  const json document = json::parse(to_response(problem("not-found"), "r-1").body);
  EXPECT_FALSE(document.contains("detail"));
  EXPECT_FALSE(document.contains("where"));
  EXPECT_FALSE(document.contains("allowed"));
}

TEST(Problem, AnUnknownCodeTellsNothing) {
  const Problem made = problem("no-such-code", "a secret", "$.secret");
  EXPECT_EQ(made.status, 500);
  EXPECT_EQ(made.type, "internal");
  EXPECT_EQ(to_response(made, "r").body.find("secret"), std::string::npos);
}

TEST(Problem, TooManyRequestsAndUnavailableAlwaysSayWhenToComeBack) {
  EXPECT_EQ(to_response(problem("too-many-requests"), "r").header("retry-after"), "1");
  EXPECT_EQ(to_response(problem_after("too-many-requests", std::chrono::milliseconds(2001)), "r").header("retry-after"), "3");
  EXPECT_EQ(to_response(problem_after("unavailable", std::chrono::milliseconds(0)), "r").header("retry-after"), "1");
  EXPECT_EQ(to_response(problem("not-found"), "r").header("retry-after"), "");
}

TEST(Problem, MethodNotAllowedNamesTheMethodsInAllow) {
  EXPECT_EQ(to_response(problem("method-not-allowed", "", "", {"GET", "HEAD"}), "r").header("allow"), "GET, HEAD");
}

TEST(Problem, BytesThatAreNotUtf8AreReplacedAndDoNotThrow) {
  const Response response = to_response(problem("unknown-field", "no such field", "$.\xff\xfe"), "r");
  EXPECT_TRUE(json::accept(response.body)) << response.body;
}

}  // namespace
}  // namespace gatehouse::gateway
