#include "policy/statistics/question.hpp"

#include <algorithm>
#include <optional>

#include "policy/strict_json.hpp"

namespace gatehouse::statistics {

using policy::Error;
using nlohmann::json;
using policy::strict::Object;

namespace {

constexpr std::size_t kLongestBody = 64 * 1024, kMostPeriods = 64, kMostFilters = 16, kMostCodesAsked = 1024, kMostGroups = 8;

Refusal refusal_of(const Error& error) {
  Refusal out;
  out.where = error.where;
  out.what = error.what;
  out.remedy = error.remedy;
  out.allowed = error.allowed;
  return out;
}

// A list of texts, or one text alone.
std::vector<std::string> list_of(Object& in, const json& value, const std::string& where, std::size_t most) {
  std::vector<std::string> out;
  if (value.is_string()) {
    if (auto text = in.text_of(value, where, 64)) out.push_back(std::move(*text));
    return out;
  }
  if (!value.is_array() || value.size() > most) {
    in.fail_at(where, "wrong_type", "not a list of texts", "at most " + std::to_string(most));
    return out;
  }
  for (std::size_t i = 0; i < value.size() && in.good(); ++i)
    if (auto text = in.text_of(value[i], where + policy::strict::step(i), 64)) out.push_back(std::move(*text));
  return out;
}

std::optional<unsigned> digits(std::string_view text) {
  unsigned out = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + static_cast<unsigned>(c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(out);
}

struct Day {
  unsigned year, month, day;   // day 0: not said
};
std::optional<Day> day_of(std::string_view text) {
  if ((text.size() != 7 && text.size() != 10) || text[4] != '-') return std::nullopt;
  const auto year = digits(text.substr(0, 4)), month = digits(text.substr(5, 2));
  std::optional<unsigned> day = 0;
  if (text.size() == 10) {
    if (text[7] != '-') return std::nullopt;
    day = digits(text.substr(8, 2));
    if (day == 0u) return std::nullopt;
  }
  if (!year || !month || !day || *month < 1 || *month > 12) return std::nullopt;
  return Day{*year, *month, *day};
}

}  // namespace

std::vector<std::int32_t> quarters_of(std::string_view text) {
  constexpr unsigned earliest = 1990, latest = 9999;
  const auto good = [&](unsigned year) { return year >= earliest && year <= latest; };
  const auto first_of = [](unsigned year, unsigned quarter) { return static_cast<std::int32_t>(year * 4 + quarter); };
  if (text.size() == 4) {
    const auto year = digits(text);
    if (!year || !good(*year)) return {};
    return {first_of(*year, 0), first_of(*year, 1), first_of(*year, 2), first_of(*year, 3)};
  }
  if (text.size() == 6 || text.size() == 7) {
    const std::string_view rest = text.substr(text.size() - 2);
    const auto year = digits(text.substr(0, 4));
    if (year && good(*year) && (rest[0] == 'Q' || rest[0] == 'q') && rest[1] >= '1' && rest[1] <= '4' && (text.size() == 6 || text[4] == '-'))
      return {first_of(*year, static_cast<unsigned>(rest[1] - '1'))};
    return {};
  }
  // An interval of whole quarters (ISO 8601): both ends are named.
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  const auto from = day_of(text.substr(0, slash)), to = day_of(text.substr(slash + 1));
  if (!from || !to || !good(from->year) || !good(to->year) || (from->day == 0) != (to->day == 0)) return {};
  if ((from->month - 1) % 3 != 0 || from->day > 1 || to->month % 3 != 0) return {};
  if (to->day != 0 && to->day != (to->month == 3 || to->month == 12 ? 31u : 30u)) return {};
  std::vector<std::int32_t> out;
  for (auto one = first_of(from->year, (from->month - 1) / 3); one <= first_of(to->year, (to->month - 1) / 3) && out.size() < kMostPeriods + 1; ++one) out.push_back(one);
  return out;
}

std::expected<Question, Refusal> read_question(std::string_view body) {
  const auto value = policy::strict::parse(body, {.bytes = kLongestBody, .depth = 4, .values = 8192});
  if (!value) return std::unexpected(refusal_of(value.error()));
  std::optional<Error> error;
  Question out;
  Object in(*value, "$", error);
  const auto name = [&](std::string_view key) {
    const auto text = in.text(key, 64);
    if (!text && in.good()) in.fail_at(in.at(key), "missing", "is missing", "see GET /v1/statistics/codebook");
    return text.value_or("");
  };
  out.purpose = name("purpose");
  out.dataset = name("dataset");
  out.measure = name("measure");
  if (const json* periods = in.get("periods"); periods != nullptr && in.good()) out.periods = list_of(in, *periods, "$.periods", kMostPeriods);
  if (in.good() && out.periods.empty()) in.fail_at("$.periods", "missing", "is missing or empty", "for example [\"2026-Q3\"]");
  if (const json* filters = in.get("filters"); filters != nullptr && in.good()) {
    if (!filters->is_object() || filters->size() > kMostFilters)
      in.fail_at("$.filters", "wrong_type", "not an object of attributes, each with its codes", "at most " + std::to_string(kMostFilters));
    else
      for (const auto& [key, codes] : filters->items()) {
        if (key.size() > 64 || !in.good()) {
          in.fail_at("$.filters", "bad_text", "has a name that is too long", "see GET /v1/statistics/codebook");
          break;
        }
        out.filters.emplace_back(key, list_of(in, codes, "$.filters" + policy::strict::step(key), kMostCodesAsked));
      }
  }
  if (const json* groups = in.get("group_by"); groups != nullptr && in.good()) out.group_by = list_of(in, *groups, "$.group_by", kMostGroups);
  out.sigma2 = static_cast<std::uint64_t>(in.integer("sigma2", 1, 1'000'000).value_or(0));
  if (in.good() && out.sigma2 == 0) in.fail_at("$.sigma2", "missing", "is missing", "one of the codebook's sigma2");
  if (const auto total = in.text("total", 16)) {
    if (*total == "measured")
      out.total = Total::measured;
    else if (*total != "sum")
      in.fail_at("$.total", "unknown_value", "is not a way to make a total", "sum or measured", {"sum", "measured"});
  }
  const auto rounding = in.integer("rounding", 0, 5);
  if (rounding && *rounding != 0 && *rounding != 5) in.fail_at("$.rounding", "bad_number", "is not a rounding", "0 or 5");
  out.rounding = static_cast<unsigned>(rounding.value_or(0));
  out.sdc = in.boolean("sdc").value_or(false);
  in.finish();
  if (error) return std::unexpected(refusal_of(*error));
  return out;
}

}  // namespace gatehouse::statistics
