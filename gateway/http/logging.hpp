#pragma once
// What the gateway says about itself while it runs: one JSON object per line. INVARIANT: no personal data, no path, query, header, body,
// address or text of an exception: an event, the request's opaque id, the route's pattern and figures.
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace gatehouse::gateway {

enum class Level : std::uint8_t { debug, info, warning, error };

struct LogEvent {
  LogEvent() = default;
  LogEvent(Level level_, std::string event_) : level(level_), event(std::move(event_)) {}
  Level level = Level::info;
  std::string event;               // stable, snake_case: `request`, `handler_failed`, `handshake_failed`, …
  std::string request_id;          // empty: none
  std::string route;               // the pattern, `/v1/requests/{id}`
  std::string method;              // one of the known ones, else `other`
  int status = 0;                  // 0: none
  std::int64_t microseconds = -1;  // how long it took; below 0: not measured
  std::string detail;              // words of ours: a step, a reason
};

// Called from any thread, must not throw and must not block for long. Empty: nothing is logged.
using Log = std::function<void(const LogEvent&)>;

// `{"at":"2026-11-23T10:00:00.123Z","level":"info","event":…}` without an end of line.
std::string json_line(const LogEvent& event, std::int64_t unix_milliseconds);

// Lines on standard error, from `least` up. Writes are serialised.
Log standard_error_log(Level least);

}  // namespace gatehouse::gateway
