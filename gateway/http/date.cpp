#include "gateway/http/date.hpp"

#include <array>
#include <cstdio>

namespace gatehouse::gateway {
namespace {

struct Fields {
  int year;
  unsigned month, day, weekday, hour, minute, second;
};

Fields fields(std::chrono::sys_seconds at) {
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss time(at - days);
  return {int(date.year()),
          unsigned(date.month()),
          unsigned(date.day()),
          std::chrono::weekday(days).c_encoding(),
          static_cast<unsigned>(time.hours().count()),
          static_cast<unsigned>(time.minutes().count()),
          static_cast<unsigned>(time.seconds().count())};
}

}  // namespace

std::string http_date(std::chrono::sys_seconds at) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Fields f = fields(at);
  std::array<char, 40> text{};
  const int n = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02u:%02u:%02u GMT", kDays[f.weekday], f.day,
                              kMonths[f.month - 1], f.year, f.hour, f.minute, f.second);
  return std::string(text.data(), static_cast<std::size_t>(n));
}

std::string rfc3339(std::chrono::sys_time<std::chrono::milliseconds> at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const Fields f = fields(whole);
  std::array<char, 40> text{};
  const int n = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02u:%02u:%02u.%03dZ", f.year, f.month, f.day, f.hour, f.minute,
                              f.second, static_cast<int>((at - whole).count()));
  return std::string(text.data(), static_cast<std::size_t>(n));
}

}  // namespace gatehouse::gateway
