#pragma once
// Local time for clocks and ages: when a day ends, what a working day is, how old somebody is. Everything is computed from what
// read() was given; nothing here asks the machine for the time, the zone or the holidays.
//
// Immutable: share one between threads freely. The zone's clock changes of 1990 to 2060 are read from ICU once, so no later call
// takes a lock or allocates. Outside those years the nearest known offset is used.
#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/decision/duration.hpp"
#include "policy/error.hpp"

namespace gatehouse::policy {

// How a clock counts; the `calendar` words of packs and of minimum_necessary.json.
enum class Counting : std::uint8_t { elapsed, working, school_day, calendar_month };
template <>
struct Words<Counting> {
  static constexpr std::array<std::string_view, 4> list = {"elapsed", "working", "school_day", "calendar_month"};
};

class Calendar {
 public:
  // bank_holidays: the text of config/bank_holidays.json. time_zone: an IANA name (`Europe/London`).
  // Errors: bad JSON, a day that is no date or stands twice, an unknown zone.
  static std::expected<Calendar, Error> read(std::string_view bank_holidays, const std::string& time_zone);

  const std::string& time_zone() const { return time_zone_; }
  // The last day whose holidays are known. After it every weekday counts as a working day, which makes clocks end sooner, never later.
  Date covered_until() const { return covered_until_; }

  Date local_date(Instant at) const;
  std::chrono::seconds local_time(Instant at) const;  // since local midnight as the wall clock shows it
  // The moment when the wall clock shows this. Where it does so twice, the first; where it never does, as much later as it was put on.
  Instant at_local(Date date, std::chrono::seconds time_of_day) const;

  // Monday to Friday, not a bank holiday. School holidays are not known here, so a school day is a working day.
  bool working_day(Date date) const;

  // Real time: daylight saving changes nothing.
  Instant add_elapsed(Instant start, std::chrono::seconds duration) const { return start + duration; }
  // The same local time on the n-th working day after `start`. A start on a day that is none counts from 00:00 local of the next working
  // day, so one working day after a Saturday noon is all of Monday: Tuesday 00:00. No office hours are assumed. days <= 0 is `start`
  // itself, moved to that 00:00 where its day is not worked.
  Instant add_working_days(Instant start, int days) const;
  // When the school day that goes on at `now` ends; of the next school day where this one is over or there is none. `hour` and
  // `minute` are local; exactly then counts as still going on.
  Instant school_day_end(Instant now, int hour, int minute) const;
  // The corresponding day of a later month, same local time; in a shorter month its last day; on a day not worked, the next
  // working day (the rule for subject access, UK GDPR article 12 as the ICO counts it).
  Instant add_calendar_month(Instant start, int months) const;

  // When a clock that started at `start` is due. `working` needs days, `calendar_month` months; a duration of another kind than the
  // counting is counted as elapsed time, a day as 24 hours and a month as its shortest, 28 days. `school_day` is the end of
  // the n-th school day after the day of `start`; without days, school_day_end(start).
  Instant due(Instant start, const Duration& duration, Counting counting, std::chrono::minutes school_day_end_at) const;

  // Whole years of age on the local day of `at`; 0 before birth. Born on 29 February: a year older on 1 March of a common year.
  int whole_years(Date born, Instant at) const;

 private:
  struct Change {
    Instant from;
    std::chrono::seconds offset;  // local minus UTC
  };
  Calendar() = default;
  std::chrono::seconds offset_at(Instant at) const;
  std::chrono::sys_days next_working_day(std::chrono::sys_days day) const;  // `day` itself where it is one

  std::string time_zone_;
  std::vector<Change> changes_;                     // ascending; INVARIANT: not empty
  std::vector<std::chrono::sys_days> holidays_;     // ascending
  Date covered_until_{};
};

}  // namespace gatehouse::policy
