#include "policy/decision/duration.hpp"

#include <cstdint>
#include <optional>

namespace gatehouse::policy {
namespace {

constexpr std::int64_t longest_seconds = 100LL * 366 * 24 * 3600;

struct Part {
  std::int64_t number;
  char unit;
};

// The next `nnU` of the text; nothing where there is none or the number is absurd.
std::optional<Part> next(std::string_view& text) {
  std::int64_t number = 0;
  std::size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    number = number * 10 + (text[at] - '0');
    if (number > longest_seconds) return std::nullopt;  // and no product below can overflow
  }
  if (at == 0 || at == text.size()) return std::nullopt;
  const Part part{number, text[at]};
  text.remove_prefix(at + 1);
  return part;
}

// Seconds of `24H`, `1H30M`, `0S`: each unit at most once, in this order.
std::optional<std::int64_t> time_of(std::string_view text) {
  std::int64_t seconds = 0;
  std::string_view order = "HMS";
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto part = next(text);
    if (!part) return std::nullopt;
    const auto place = order.find(part->unit);
    if (place == std::string_view::npos) return std::nullopt;
    order.remove_prefix(place + 1);
    seconds += part->number * (part->unit == 'H' ? 3600 : part->unit == 'M' ? 60 : 1);
    if (seconds > longest_seconds) return std::nullopt;
  }
  return seconds;
}

std::optional<Duration> duration_of(std::string_view text) {
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  Duration out;
  if (text.starts_with('T')) {
    const auto seconds = time_of(text.substr(1));
    if (!seconds) return std::nullopt;
    out.time = std::chrono::seconds{*seconds};
    return out;
  }
  const auto part = next(text);
  if (!part || !text.empty() || part->number > 36'500) return std::nullopt;
  const int number = static_cast<int>(part->number);
  switch (part->unit) {
    case 'Y': out.months = 12 * number; break;
    case 'M': out.months = number; break;
    case 'W': out.days = 7 * number; break;
    case 'D': out.days = number; break;
    default: return std::nullopt;
  }
  if (out.months > 1200 || out.days > 36'500) return std::nullopt;
  return out;
}

}  // namespace

std::expected<Duration, Error> read_duration(std::string_view text, const std::string& where) {
  if (auto duration = duration_of(text)) return *duration;
  return std::unexpected(Error{"bad_duration", where, "not a duration of one kind", "write `PT24H`, `P10D`, `P1M` or `PT0S`", {}});
}

std::string to_text(const Duration& duration) {
  if (duration.months != 0) return "P" + std::to_string(duration.months) + "M";
  if (duration.days != 0) return "P" + std::to_string(duration.days) + "D";
  const auto seconds = duration.time.count();
  if (seconds == 0) return "PT0S";
  std::string out = "PT";
  if (seconds >= 3600) out += std::to_string(seconds / 3600) + "H";
  if (seconds / 60 % 60 != 0) out += std::to_string(seconds / 60 % 60) + "M";
  if (seconds % 60 != 0) out += std::to_string(seconds % 60) + "S";
  return out;
}

}  // namespace gatehouse::policy
