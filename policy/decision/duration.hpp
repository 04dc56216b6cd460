#pragma once
// How long a clock runs, as ISO 8601 writes it: `PT24H`, `P10D`, `P1M`, `PT0S`. Any thread.
#include <chrono>
#include <expected>
#include <string>
#include <string_view>

#include "policy/error.hpp"

namespace gatehouse::policy {

// One of the three is set, the others are zero: ten working days and four hours would have no one meaning.
struct Duration {
  int months = 0;                // `P1M`; `P1Y` is twelve
  int days = 0;                  // `P10D`; `P2W` is fourteen
  std::chrono::seconds time{0};  // `PT24H`, `PT1H30M`, `PT0S`
  bool operator==(const Duration&) const = default;
};

// Whole numbers only, no sign, in the order of ISO 8601; at most 100 years. `where` is the JSON path for the error.
std::expected<Duration, Error> read_duration(std::string_view text, const std::string& where = "$");
std::string to_text(const Duration& duration);  // shortest form: `PT1H30M`; a zero is `PT0S`

}  // namespace gatehouse::policy
