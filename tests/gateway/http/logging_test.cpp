#include "gateway/http/logging.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "gateway/http/date.hpp"

namespace gatehouse::gateway {
namespace {

TEST(Logging, ALineIsOneJsonObjectWithWhatIsKnownAndNothingElse) {
  LogEvent event(Level::warning, "timeout");
  EXPECT_EQ(json_line(event, 1795428000123), R"({"at":"2026-11-23T10:00:00.123Z","level":"warning","event":"timeout"})");
  event.request_id = "r-1";
  event.route = "/v1/requests/{id}";
  event.method = "GET";
  event.status = 503;
  event.microseconds = 12;
  event.detail = "a \"quoted\"\nline";
  EXPECT_EQ(json_line(event, 0),
            R"({"at":"1970-01-01T00:00:00.000Z","level":"warning","event":"timeout","request":"r-1","route":"/v1/requests/{id}",)"
            R"("method":"GET","status":503,"microseconds":12,"detail":"a \"quoted\"\nline"})");
}

TEST(Logging, BytesThatAreNotTextDoNotBreakTheLine) {
  LogEvent event(Level::info, "request");
  event.detail = "\xff\x00 end";
  const std::string line = json_line(event, 0);
  EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

TEST(Date, IsWrittenAsHttpWantsIt) {
  // The example of RFC 9110 section 5.6.7.
  EXPECT_EQ(http_date(std::chrono::sys_seconds(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(std::chrono::sys_seconds(std::chrono::seconds(1709164800))), "Thu, 29 Feb 2024 00:00:00 GMT");
}

}  // namespace
}  // namespace gatehouse::gateway
