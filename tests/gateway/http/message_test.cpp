#include "gateway/http/message.hpp"

#include <gtest/gtest.h>

namespace gatehouse::gateway {
namespace {

TEST(Message, HeaderNamesCompareWithoutCaseAndTheFirstOfARepeatIsGiven) {
  Request request;
  request.headers = {{"X-One", "1"}, {"accept", "a"}, {"x-one", "2"}};
  EXPECT_EQ(request.header("x-ONE"), "1");
  EXPECT_EQ(request.header_count("X-one"), 2u);
  EXPECT_EQ(request.header("host"), "");
}

TEST(Message, SettingAHeaderReplacesAllOfThatName) {
  Response response(200);
  response.headers = {{"Link", "a"}, {"link", "b"}};
  response.set("LINK", "c");
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.header("link"), "c");
}

TEST(Message, NoTextFromOutsideCanEndAHeaderLine) {
  Response response(200);
  response.set("location", "/x\r\nset-cookie: a=b");
  response.set("bad name", "x");
  response.set("", "x");
  EXPECT_TRUE(response.headers.empty());
}

TEST(Message, AResponseNobodyFilledInIsAnError) { EXPECT_EQ(Response().status, 500); }

}  // namespace
}  // namespace gatehouse::gateway
