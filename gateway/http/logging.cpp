#include "gateway/http/logging.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "gateway/http/date.hpp"

namespace gatehouse::gateway {
namespace {

std::string_view word(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      break;
  }
  return "error";
}

}  // namespace

std::string json_line(const LogEvent& event, std::int64_t unix_milliseconds) {
  nlohmann::ordered_json line;
  line["at"] = rfc3339(std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(unix_milliseconds)));
  line["level"] = word(event.level);
  line["event"] = event.event;
  if (!event.request_id.empty()) line["request"] = event.request_id;
  if (!event.route.empty()) line["route"] = event.route;
  if (!event.method.empty()) line["method"] = event.method;
  if (event.status != 0) line["status"] = event.status;
  if (event.microseconds >= 0) line["microseconds"] = event.microseconds;
  if (!event.detail.empty()) line["detail"] = event.detail;
  return line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

Log standard_error_log(Level least) {
  auto logger = std::make_shared<spdlog::logger>("gatehouse", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  return [logger, least](const LogEvent& event) {
    if (event.level < least) return;
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    logger->info("{}", json_line(event, now.count()));
  };
}

}  // namespace gatehouse::gateway
