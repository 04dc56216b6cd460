#include "policy/decision/calendar.hpp"

#include <algorithm>
#include <memory>

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/tztrans.h>
#include <unicode/unistr.h>

#include "policy/strict_json.hpp"

namespace gatehouse::policy {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr sys_days first_day = std::chrono::year{1990} / 1 / 1;
constexpr sys_days last_day = std::chrono::year{2061} / 1 / 1;

UDate to_icu(sys_days day) { return static_cast<UDate>(std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch()).count()); }

Error bad_zone() {
  return {"bad_time_zone", "$.time_zone", "not an IANA time zone", "write a name like `Europe/London`", {}};
}

}  // namespace

std::expected<Calendar, Error> Calendar::read(std::string_view bank_holidays, const std::string& time_zone) {
  Calendar out;
  out.time_zone_ = time_zone;

  const auto document = strict::parse(bank_holidays);
  if (!document) return std::unexpected(document.error());
  std::optional<Error> error;
  strict::Object object(*document, "$", error);
  if (object.text("schema") != "gatehouse-bank-holidays/1")
    object.fail_at("$.schema", "unknown_schema", "not this schema", "write `gatehouse-bank-holidays/1`");
  object.text("version");
  object.text("division");
  object.text("note");
  const auto until = object.text("covered_until");
  const auto last = until ? read_date(*until) : std::nullopt;
  if (!last) object.fail_at("$.covered_until", "bad_date", "not a day of the calendar", "write the last day whose holidays are listed");
  object.each("days", [&](const nlohmann::json& one, const std::string& where) {
    strict::Object entry(one, where, error);
    const auto text = entry.text("date");
    entry.text("name");
    entry.finish();
    const auto date = text ? read_date(*text) : std::nullopt;
    if (!date) return entry.fail_at(entry.at("date"), "bad_date", "not a day of the calendar", "write a day as `2026-12-25`");
    out.holidays_.push_back(sys_days{*date});
  });
  object.finish();
  if (error) return std::unexpected(std::move(*error));
  out.covered_until_ = *last;
  std::ranges::sort(out.holidays_);
  if (std::ranges::adjacent_find(out.holidays_) != out.holidays_.end())
    return std::unexpected(Error{"duplicate_id", "$.days", "a day stands twice", "list each day once", {}});

  // ICU answers an unknown name with GMT, which would be wrong by an hour for half the year and never noticed.
  UErrorCode status = U_ZERO_ERROR;
  UBool system_id = false;
  const icu::UnicodeString name = icu::UnicodeString::fromUTF8(time_zone);
  icu::UnicodeString canonical;
  icu::TimeZone::getCanonicalID(name, canonical, system_id, status);
  if (U_FAILURE(status) || !system_id) return std::unexpected(bad_zone());
  const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(name));
  const auto* basic = dynamic_cast<const icu::BasicTimeZone*>(zone.get());
  if (basic == nullptr) return std::unexpected(bad_zone());
  std::int32_t raw = 0, saving = 0;
  basic->getOffset(to_icu(first_day), false, raw, saving, status);
  if (U_FAILURE(status)) return std::unexpected(bad_zone());
  out.changes_.push_back({first_day, seconds{(raw + saving) / 1000}});
  icu::TimeZoneTransition change;
  UDate at = to_icu(first_day);
  while (basic->getNextTransition(at, false, change) && change.getTime() < to_icu(last_day)) {
    at = change.getTime();
    const icu::TimeZoneRule* rule = change.getTo();
    if (rule == nullptr) return std::unexpected(bad_zone());
    out.changes_.push_back({Instant{seconds{static_cast<std::int64_t>(at / 1000)}}, seconds{(rule->getRawOffset() + rule->getDSTSavings()) / 1000}});
  }
  return out;
}

seconds Calendar::offset_at(Instant at) const {
  const auto after = std::ranges::upper_bound(changes_, at, {}, &Change::from);
  return after == changes_.begin() ? changes_.front().offset : std::prev(after)->offset;
}

Date Calendar::local_date(Instant at) const { return Date{std::chrono::floor<days>(at + offset_at(at))}; }

seconds Calendar::local_time(Instant at) const {
  const Instant local = at + offset_at(at);
  return local - std::chrono::floor<days>(local);
}

Instant Calendar::at_local(Date date, seconds time_of_day) const {
  const Instant local = sys_days{date} + time_of_day;
  // The offsets a day on either side: a zone does not change twice within two days. Of two moments that show this wall time the one
  // with the larger offset is the first; where none does, the offset before the change moves the moment past it.
  const seconds before = offset_at(local - days{1}), after = offset_at(local + days{1});
  const Instant early = local - std::max(before, after), late = local - std::min(before, after);
  if (early + offset_at(early) == local) return early;
  if (late + offset_at(late) == local) return late;
  return local - before;
}

bool Calendar::working_day(Date date) const {
  const sys_days day{date};
  const std::chrono::weekday weekday{day};
  if (weekday == std::chrono::Saturday || weekday == std::chrono::Sunday) return false;
  return !std::ranges::binary_search(holidays_, day);
}

sys_days Calendar::next_working_day(sys_days day) const {
  while (!working_day(Date{day})) day += days{1};
  return day;
}

Instant Calendar::add_working_days(Instant start, int count) const {
  const sys_days today{local_date(start)};
  const sys_days first = next_working_day(today);
  if (first == today && count <= 0) return start;
  const seconds time = first == today ? local_time(start) : seconds{0};
  sys_days day = first;
  for (int n = 0; n < count; ++n) day = next_working_day(day + days{1});
  return at_local(Date{day}, time);
}

Instant Calendar::school_day_end(Instant now, int hour, int minute) const {
  const seconds end = std::chrono::hours{hour} + std::chrono::minutes{minute};
  const sys_days today{local_date(now)};
  const bool going_on = working_day(Date{today}) && now <= at_local(Date{today}, end);
  return at_local(Date{going_on ? today : next_working_day(today + days{1})}, end);
}

Instant Calendar::add_calendar_month(Instant start, int months) const {
  const Date from = local_date(start);
  Date to = from + std::chrono::months{months};
  if (!to.ok()) to = to.year() / to.month() / std::chrono::last;
  return at_local(Date{next_working_day(sys_days{to})}, local_time(start));
}

Instant Calendar::due(Instant start, const Duration& duration, Counting counting, std::chrono::minutes school_day_end_at) const {
  const int hour = static_cast<int>(school_day_end_at.count() / 60), minute = static_cast<int>(school_day_end_at.count() % 60);
  if (counting == Counting::school_day && duration.months == 0) {
    if (duration.days == 0) return school_day_end(start + duration.time, hour, minute);
    sys_days day{local_date(start)};
    for (int n = 0; n < duration.days; ++n) day = next_working_day(day + days{1});
    return at_local(Date{day}, std::chrono::hours{hour} + std::chrono::minutes{minute});
  }
  if (counting == Counting::working && duration.days != 0) return add_working_days(start, duration.days);
  if (counting == Counting::calendar_month && duration.months != 0) return add_calendar_month(start, duration.months);
  return add_elapsed(start, duration.time + days{duration.days} + days{28 * duration.months});
}

int Calendar::whole_years(Date born, Instant at) const {
  const Date today = local_date(at);
  int years = static_cast<int>(today.year()) - static_cast<int>(born.year());
  if (today.month() < born.month() || (today.month() == born.month() && today.day() < born.day())) --years;
  return std::max(years, 0);
}

}  // namespace gatehouse::policy
