#include "policy/decision/calendar.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "policy/decision/duration.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::policy {
namespace {

std::string holidays() {
  std::ifstream file(std::string(::gatehouse::test::source_dir()) + "/config/bank_holidays.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

const Calendar& london() {
  static const Calendar calendar = Calendar::read(holidays(), "Europe/London").value();
  return calendar;
}

Instant at(std::string_view text) { return read_instant(text).value(); }
Date day(std::string_view text) { return read_date(text).value(); }

TEST(Calendar, RefusesAZoneItDoesNotKnow) {
  for (const char* zone : {"", "London", "Europe/Londn", "GMT+3", "Etc/Unknown"}) {
    const auto read = Calendar::read(holidays(), zone);
    ASSERT_FALSE(read) << zone;
    EXPECT_EQ(read.error().code, "bad_time_zone");
  }
  EXPECT_TRUE(Calendar::read(holidays(), "UTC"));
}

TEST(Calendar, RefusesHolidaysItCannotRead) {
  EXPECT_EQ(Calendar::read("{", "UTC").error().code, "bad_json");
  EXPECT_EQ(Calendar::read("{}", "UTC").error().where, "$.schema");
  const std::string head = R"({"schema":"gatehouse-bank-holidays/1","covered_until":"2026-12-31","days":[)";
  EXPECT_TRUE(Calendar::read(head + "]}", "UTC"));
  EXPECT_EQ(Calendar::read(head + R"({"date":"2026-02-30"}]})", "UTC").error().where, "$.days[0].date");
  EXPECT_EQ(Calendar::read(head + R"({"date":"2026-02-03"},{"date":"2026-02-03"}]})", "UTC").error().code, "duplicate_id");
  EXPECT_EQ(Calendar::read(head + R"({"day":"2026-02-03"}]})", "UTC").error().code, "unknown_key");
}

TEST(Calendar, KnowsTheClockChangesOfTheZone) {
  EXPECT_EQ(london().local_date(at("2026-06-30T23:30:00Z")), day("2026-07-01"));
  EXPECT_EQ(london().local_date(at("2026-12-31T23:30:00Z")), day("2026-12-31"));
  EXPECT_EQ(london().local_time(at("2026-03-29T00:59:59Z")), std::chrono::seconds(59 * 60 + 59));
  EXPECT_EQ(london().local_time(at("2026-03-29T01:00:00Z")), std::chrono::hours(2));
  EXPECT_EQ(london().local_time(at("2026-10-25T00:59:59Z")), std::chrono::seconds(2 * 3600 - 1));
  EXPECT_EQ(london().local_time(at("2026-10-25T01:00:00Z")), std::chrono::hours(1));
  EXPECT_EQ(london().local_time(at("1990-07-01T12:00:00Z")), std::chrono::hours(13));
  EXPECT_EQ(london().local_time(at("2059-07-01T12:00:00Z")), std::chrono::hours(13));
  EXPECT_EQ(london().local_time(at("1980-01-01T12:00:00Z")), std::chrono::hours(12));
}

TEST(Calendar, TurnsWallTimeIntoAMomentEvenWhereThereAreTwoOrNone) {
  EXPECT_EQ(to_text(london().at_local(day("2026-10-25"), std::chrono::minutes(90))), "2026-10-25T00:30:00Z") << "the first of two 01:30";
  EXPECT_EQ(to_text(london().at_local(day("2026-03-29"), std::chrono::minutes(90))), "2026-03-29T01:30:00Z") << "no 01:30: 02:30 on the wall";
  EXPECT_EQ(to_text(london().at_local(day("2026-03-29"), std::chrono::hours(2))), "2026-03-29T01:00:00Z");
  EXPECT_EQ(to_text(london().at_local(day("2026-03-29"), std::chrono::seconds(0))), "2026-03-29T00:00:00Z");
}

TEST(Calendar, ElapsedHoursIgnoreDaylightSaving) {
  // 23:50 on the wall before each change: 24 hours later the wall shows 22:50 in autumn and 00:50 in spring.
  const Instant autumn = at("2026-10-24T23:50:00+01:00"), spring = at("2026-03-28T23:50:00Z");
  EXPECT_EQ(to_text(london().due(autumn, {0, 0, std::chrono::hours(24)}, Counting::elapsed, {})), "2026-10-25T22:50:00Z");
  EXPECT_EQ(london().local_time(london().add_elapsed(autumn, std::chrono::hours(24))), std::chrono::minutes(22 * 60 + 50));
  EXPECT_EQ(to_text(london().due(spring, {0, 0, std::chrono::hours(24)}, Counting::elapsed, {})), "2026-03-29T23:50:00Z");
  EXPECT_EQ(london().local_time(london().add_elapsed(spring, std::chrono::hours(24))), std::chrono::minutes(50));
}

TEST(Calendar, CountsWorkingDaysAtTheSameWallTime) {
  EXPECT_EQ(to_text(london().add_working_days(at("2026-11-24T10:00:00Z"), 1)), "2026-11-25T10:00:00Z");
  EXPECT_EQ(to_text(london().add_working_days(at("2026-10-23T23:50:00+01:00"), 1)), "2026-10-26T23:50:00Z") << "Friday before the autumn change";
  EXPECT_EQ(to_text(london().add_working_days(at("2026-03-27T23:50:00Z"), 1)), "2026-03-30T22:50:00Z") << "Friday before the spring change";
  EXPECT_EQ(to_text(london().add_working_days(at("2026-11-24T10:00:00Z"), 10)), "2026-12-08T10:00:00Z");
  EXPECT_EQ(to_text(london().add_working_days(at("2026-11-24T10:00:00Z"), 0)), "2026-11-24T10:00:00Z");
}

TEST(Calendar, AStartOutsideWorkingDaysCountsFromTheNextOne) {
  EXPECT_EQ(to_text(london().add_working_days(at("2026-11-21T12:00:00Z"), 1)), "2026-11-24T00:00:00Z") << "Saturday: all of Monday";
  EXPECT_EQ(to_text(london().add_working_days(at("2026-11-22T23:50:00Z"), 1)), "2026-11-24T00:00:00Z") << "Sunday";
  EXPECT_EQ(to_text(london().add_working_days(at("2026-11-21T12:00:00Z"), 0)), "2026-11-23T00:00:00Z");
  // Local days, not UTC ones: half past midnight on Saturday in summer is still Friday in UTC.
  EXPECT_EQ(to_text(london().add_working_days(at("2026-07-04T00:30:00+01:00"), 1)), "2026-07-06T23:00:00Z");
}

TEST(Calendar, SkipsChristmasEasterAndSubstituteDays) {
  EXPECT_EQ(to_text(london().add_working_days(at("2026-12-24T15:00:00Z"), 1)), "2026-12-29T15:00:00Z") << "Boxing Day is a Saturday: Monday instead";
  EXPECT_EQ(to_text(london().add_working_days(at("2027-12-24T15:00:00Z"), 1)), "2027-12-29T15:00:00Z") << "both on a weekend";
  EXPECT_EQ(to_text(london().add_working_days(at("2026-12-31T15:00:00Z"), 1)), "2027-01-04T15:00:00Z");
  EXPECT_EQ(to_text(london().add_working_days(at("2026-04-02T09:00:00Z"), 1)), "2026-04-07T09:00:00Z") << "over Easter";
  EXPECT_FALSE(london().working_day(day("2028-01-03"))) << "New Year's Day 2028 is a Saturday";
  EXPECT_TRUE(london().working_day(day("2028-01-04")));
  int holidays_of_2025_to_2029 = 0;
  for (std::chrono::sys_days one{day("2025-01-01")}; one <= std::chrono::sys_days{day("2029-12-31")}; one += std::chrono::days{1}) {
    const std::chrono::weekday weekday{one};
    if (weekday != std::chrono::Saturday && weekday != std::chrono::Sunday && !london().working_day(Date{one})) ++holidays_of_2025_to_2029;
  }
  EXPECT_EQ(holidays_of_2025_to_2029, 40) << "eight a year, each on a weekday";
}

TEST(Calendar, EndsTheSchoolDayOfTodayOrOfTheNextSchoolDay) {
  EXPECT_EQ(to_text(london().school_day_end(at("2026-11-24T10:00:00Z"), 16, 0)), "2026-11-24T16:00:00Z");
  EXPECT_EQ(to_text(london().school_day_end(at("2026-11-24T16:00:00Z"), 16, 0)), "2026-11-24T16:00:00Z");
  EXPECT_EQ(to_text(london().school_day_end(at("2026-11-24T16:00:01Z"), 16, 0)), "2026-11-25T16:00:00Z");
  EXPECT_EQ(to_text(london().school_day_end(at("2026-11-27T17:00:00Z"), 15, 30)), "2026-11-30T15:30:00Z") << "Friday evening";
  EXPECT_EQ(to_text(london().school_day_end(at("2026-12-25T09:00:00Z"), 16, 0)), "2026-12-29T16:00:00Z");
  EXPECT_EQ(to_text(london().school_day_end(at("2026-06-30T14:00:00Z"), 16, 0)), "2026-06-30T15:00:00Z") << "local, in summer";
  EXPECT_EQ(to_text(london().due(at("2026-11-21T12:00:00Z"), {0, 5, {}}, Counting::school_day, std::chrono::hours(16))), "2026-11-27T16:00:00Z");
  EXPECT_EQ(to_text(london().due(at("2026-11-23T12:00:00Z"), {0, 5, {}}, Counting::school_day, std::chrono::hours(16))), "2026-11-30T16:00:00Z");
  EXPECT_EQ(to_text(london().due(at("2026-11-23T17:00:00Z"), {}, Counting::school_day, std::chrono::hours(16))), "2026-11-24T16:00:00Z");
}

TEST(Calendar, AddsAMonthToTheCorrespondingDay) {
  EXPECT_EQ(to_text(london().add_calendar_month(at("2026-11-24T10:00:00Z"), 1)), "2026-12-24T10:00:00Z");
  EXPECT_EQ(to_text(london().add_calendar_month(at("2026-01-31T10:00:00Z"), 1)), "2026-03-02T10:00:00Z") << "28 February 2026 is a Saturday";
  EXPECT_EQ(to_text(london().add_calendar_month(at("2028-01-31T10:00:00Z"), 1)), "2028-02-29T10:00:00Z");
  EXPECT_EQ(to_text(london().add_calendar_month(at("2026-11-25T10:00:00Z"), 1)), "2026-12-29T10:00:00Z") << "Christmas Day, a weekend, a substitute day";
  EXPECT_EQ(to_text(london().add_calendar_month(at("2026-09-30T23:50:00+01:00"), 1)), "2026-10-30T23:50:00Z") << "over the clock change";
  EXPECT_EQ(to_text(london().add_calendar_month(at("2026-11-24T10:00:00Z"), 3)), "2027-02-24T10:00:00Z");
}

TEST(Calendar, CountsAgesOnTheLocalDay) {
  EXPECT_EQ(london().whole_years(day("2010-07-01"), at("2026-06-30T22:59:59Z")), 15);
  EXPECT_EQ(london().whole_years(day("2010-07-01"), at("2026-06-30T23:00:00Z")), 16) << "midnight in London is 23:00 UTC in summer";
  EXPECT_EQ(london().whole_years(day("2008-02-29"), at("2026-02-28T12:00:00Z")), 17);
  EXPECT_EQ(london().whole_years(day("2008-02-29"), at("2026-03-01T12:00:00Z")), 18);
  EXPECT_EQ(london().whole_years(day("2027-01-01"), at("2026-03-01T12:00:00Z")), 0) << "unborn";
}

TEST(Calendar, AWorkingDayClockNeverEndsBeforeElapsedDays) {
  // Any start, any count: it ends on a working day or at its first moment after, and never sooner than the same number of calendar days less an hour.
  for (int hour = 0; hour < 24 * 400; hour += 7) {
    const Instant start = at("2026-01-01T00:50:00Z") + std::chrono::hours(hour);
    for (const int count : {1, 2, 5}) {
      const Instant due = london().add_working_days(start, count);
      EXPECT_TRUE(london().working_day(london().local_date(due)));
      EXPECT_GE(due, start + std::chrono::days(count) - std::chrono::hours(1));
      EXPECT_LE(due, london().add_working_days(start + std::chrono::hours(7), count)) << "a later start never ends sooner";
    }
  }
}

TEST(Duration, ReadsTheFourFormsAndNoMixture) {
  EXPECT_EQ(read_duration("PT24H"), (Duration{0, 0, std::chrono::hours(24)}));
  EXPECT_EQ(read_duration("P10D"), (Duration{0, 10, {}}));
  EXPECT_EQ(read_duration("P1M"), (Duration{1, 0, {}}));
  EXPECT_EQ(read_duration("PT0S"), Duration{});
  EXPECT_EQ(read_duration("PT1H30M5S"), (Duration{0, 0, std::chrono::seconds(5405)}));
  EXPECT_EQ(read_duration("P2W"), (Duration{0, 14, {}}));
  EXPECT_EQ(read_duration("P1Y"), (Duration{12, 0, {}}));
  for (const char* bad : {"", "P", "PT", "24H", "PT24", "P1D2M", "P1DT4H", "-P1D", "P-1D", "P1.5D", "PT1M1H", "PT1H1H", "p1d", "P 1D", "P1D ",
                          "P99999999999999999999D", "PT99999999999999999999H", "PT9223372036854775807S", "P40000D", "P101Y"}) {
    const auto read = read_duration(bad, "$.clocks[0].duration");
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().where, "$.clocks[0].duration");
  }
  for (const char* text : {"PT24H", "P10D", "P1M", "PT0S", "PT1H30M5S"}) EXPECT_EQ(to_text(*read_duration(text)), text);
}

}  // namespace
}  // namespace gatehouse::policy
