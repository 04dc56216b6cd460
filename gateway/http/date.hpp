#pragma once
// Times as text. Pure, any thread.
#include <chrono>
#include <string>

namespace gatehouse::gateway {

// `Mon, 23 Nov 2026 10:00:00 GMT` (RFC 9110 section 5.6.7).
std::string http_date(std::chrono::sys_seconds at);

// `2026-11-23T10:00:00.123Z` (RFC 3339).
std::string rfc3339(std::chrono::sys_time<std::chrono::milliseconds> at);

}  // namespace gatehouse::gateway
