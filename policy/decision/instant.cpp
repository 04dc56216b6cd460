// Times and days as text. Apart from case.cpp, so that who needs a date does not read JSON.
#include <cstdio>

#include "policy/decision/case.hpp"

namespace gatehouse::policy {
namespace {

// `count` digits at `from`, nothing else: from_chars alone would take a sign.
std::optional<int> digits(std::string_view text, std::size_t from, std::size_t count) {
  if (text.size() < from + count) return std::nullopt;
  int value = 0;
  for (std::size_t i = from; i < from + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::optional<Date> read_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  if (!year || !month || !day || *year < 1) return std::nullopt;
  const Date date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                  std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return date;
}

std::string to_text(Date date) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

std::optional<Instant> read_instant(std::string_view text) {
  // RFC 3339 section 5.6, with `t` and `z` for `T` and `Z`; the space it tolerates "for readability" is not accepted.
  if (text.size() < 20 || text.size() > 48) return std::nullopt;
  if ((text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') return std::nullopt;
  const auto date = read_date(text.substr(0, 10));
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!date || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::size_t at = 19;
  if (text[at] == '.') {
    const std::size_t first = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at == first) return std::nullopt;
  }
  std::chrono::seconds offset{0};
  if (at >= text.size()) return std::nullopt;
  if (text[at] == 'Z' || text[at] == 'z') {
    if (at + 1 != text.size()) return std::nullopt;
  } else if (text[at] == '+' || text[at] == '-') {
    if (text.size() != at + 6 || text[at + 3] != ':') return std::nullopt;
    const auto hours = digits(text, at + 1, 2), minutes = digits(text, at + 4, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
    if (text[at] == '-') offset = -offset;
  } else {
    return std::nullopt;
  }
  const Instant instant = std::chrono::sys_days{*date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
                          std::chrono::seconds{*second} - offset;
  // `0001-01-01T00:00:00+23:00` and its like would leave the four-digit years that to_text can write.
  const auto year = static_cast<int>(Date{std::chrono::floor<std::chrono::days>(instant)}.year());
  if (year < 1 || year > 9999) return std::nullopt;
  return instant;
}

std::string to_text(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const auto second = (instant - day).count();
  char text[32];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                static_cast<int>(second % 60));
  return to_text(Date{day}) + text;
}

}  // namespace gatehouse::policy
