#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/policy/minimise/schema.hpp"

namespace gatehouse::policy {
namespace {

Record record(Category category, std::vector<Field> fields) {
  Record made;
  made.id = "i-1";
  made.version = 1;
  made.category = category;
  made.kind = "fact";
  made.fields = std::move(fields);
  return made;
}

std::string code_of(const Record& candidate) {
  const auto checked = the_schema().check(candidate);
  return checked ? "ok" : checked.error().code;
}

TEST(RecordSchema, AcceptsAFieldOfEveryType) {
  EXPECT_EQ(code_of(record(Category::identity, {{"names", "Kacper Nowak"}, {"date_of_birth", "2014-02-03"}, {"sex", "male"}})), "ok");
  EXPECT_EQ(code_of(record(Category::identifiers, {{"nhs_number", "999 000 0018"}, {"upn", "B801200005001"}, {"ni_number", "AB 12 34 56 C"}})), "ok");
  EXPECT_EQ(code_of(record(Category::attendance_behaviour, {{"attendance", "92.5"}, {"event_on", "2026-05-01T10:00:00+01:00"}})), "ok");
  EXPECT_EQ(code_of(record(Category::ethnicity_religion, {{"first_language", "pol"}})), "ok");
}

TEST(RecordSchema, RefusesWhatIsNotOfTheCategory) {
  EXPECT_EQ(code_of(record(Category::contact, {{"nhs_number", "999 000 0018"}})), "unknown_field");
  EXPECT_EQ(code_of(record(Category::contact, {{"phone", "07700 900114"}, {"phone", "07700 900115"}})), "duplicate_field");
  EXPECT_EQ(code_of(record(Category::identity, {{"sex", "M"}})), "unknown_value");
}

TEST(RecordSchema, RefusesBadDatesNumbersAndCheckDigits) {
  for (const char* date : {"2026-02-30", "26-02-01", "2026-13-01", "2026-02-01T10:00", "2026-02-01T25:00:00Z", "yesterday", "2026-02-01Z"})
    EXPECT_EQ(code_of(record(Category::identity, {{"date_of_birth", date}})), "bad_date") << date;
  for (const char* number : {"101", "-1", "ninety", "1e2", "9,5", "", "."})
    EXPECT_NE(code_of(record(Category::attendance_behaviour, {{"attendance", number}})), "ok") << number;
  EXPECT_EQ(code_of(record(Category::identifiers, {{"nhs_number", "999 000 0019"}})), "bad_identifier");
  EXPECT_EQ(code_of(record(Category::identifiers, {{"upn", "A801200005001"}})), "bad_identifier");
  EXPECT_EQ(code_of(record(Category::identifiers, {{"ni_number", "GB123456A"}})), "bad_identifier");
  EXPECT_EQ(code_of(record(Category::education, {{"urn", "12345"}})), "bad_identifier");
}

TEST(RecordSchema, RefusesMarksKindsAndSummariesNobodySigned) {
  Record marked = record(Category::contact, {{"phone", "07700 900114"}});
  marked.marks = {"reveals_safe_address", "secret"};
  EXPECT_EQ(code_of(marked), "unknown_value");
  Record kind = record(Category::contact, {{"phone", "07700 900114"}});
  kind.kind = "rumour";
  EXPECT_EQ(code_of(kind), "unknown_value");
  Record summary = record(Category::progress, {{"summary", "Doing well."}});
  EXPECT_EQ(code_of(summary), "missing_value");
  summary.summary_author = "staff-7";
  EXPECT_EQ(code_of(summary), "bad_date");
  summary.summary_written_on = "2026-10-01";
  EXPECT_EQ(code_of(summary), "ok");
}

TEST(RecordSchema, NamesTheFieldAndNeverItsValue) {
  for (const Record& bad : {record(Category::identifiers, {{"nhs_number", "9990000019"}}), record(Category::identity, {{"date_of_birth", "Zebedee"}}),
                            record(Category::identity, {{"Zebedee Quark", "x"}}), record(Category::identity, {{"sex", "Zebedee"}}),
                            record(Category::identity, {{"names", "Zebedee\x01"}}), record(Category::identity, {{"names", "Zebedee\xff"}})}) {
    const auto checked = the_schema().check(bad);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().text().find("Zebedee"), std::string::npos) << checked.error().text();
    EXPECT_EQ(checked.error().text().find("9990000019"), std::string::npos);
  }
}

TEST(RecordSchema, RefusesAFileWithALimitNobodyCarriesOut) {
  auto minimum = nlohmann::json::parse(config("minimum_necessary.json"));
  minimum["limits"]["early_help"]["chronology"]["only_on_sundays"] = true;
  EXPECT_FALSE(RecordSchema::read(config("record_schema.json"), minimum.dump()));
  minimum["limits"]["early_help"]["chronology"].erase("only_on_sundays");
  EXPECT_TRUE(RecordSchema::read(config("record_schema.json"), minimum.dump()));
  minimum["limits"]["early_help"]["chronology"]["only"] = {"no_such_part"};
  EXPECT_FALSE(RecordSchema::read(config("record_schema.json"), minimum.dump()));
}

TEST(RecordSchema, RefusesANameFieldThatDoesNotSayWhoseNameItIsAndABelongingOfNobody) {
  const auto where_of = [](auto change) {
    auto schema = nlohmann::json::parse(config("record_schema.json"));
    change(schema["categories"]);
    const auto read = RecordSchema::read(schema.dump(), config("minimum_necessary.json"));
    return read ? std::string() : read.error().where;
  };
  EXPECT_EQ(where_of([](auto&) {}), "");
  EXPECT_EQ(where_of([](auto& c) { c["family_view"]["fields"]["speaker"].erase("names"); }), "record_schema.json $.categories.family_view.fields.speaker.names");
  EXPECT_EQ(where_of([](auto& c) { c["family_view"]["fields"]["speaker"]["names"] = "text"; }), "record_schema.json $.categories.family_view.fields.speaker.names");
  EXPECT_EQ(where_of([](auto& c) { c["third_party"]["fields"]["address"]["belongs_to"] = "relation"; }), "record_schema.json $.categories.third_party.fields.address.belongs_to");
}

TEST(RecordSchema, RefusesMissingCellsUnknownBandsAndWhatIsNoJson) {
  auto minimum = nlohmann::json::parse(config("minimum_necessary.json"));
  minimum["matrix"]["early_help"].erase("finance");
  EXPECT_FALSE(RecordSchema::read(config("record_schema.json"), minimum.dump()));
  auto schema = nlohmann::json::parse(config("record_schema.json"));
  schema["categories"]["identity"]["fields"]["names"]["band"] = "as_it_is";
  EXPECT_FALSE(RecordSchema::read(schema.dump(), config("minimum_necessary.json")));
  EXPECT_FALSE(RecordSchema::read("{", config("minimum_necessary.json")));
  EXPECT_FALSE(RecordSchema::read(config("record_schema.json"), "[]"));
}

}  // namespace
}  // namespace gatehouse::policy
