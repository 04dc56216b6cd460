#include "gateway/import/mapping.hpp"

#include <gtest/gtest.h>

namespace gatehouse::imports {
namespace {

const std::string consents = R"({
  "kind": "consent",
  "columns": {
    "Case": {"field": "person_ref", "prefix": "KFS-"},
    "Form no": {"field": "consent_ref"},
    "Who may see it": {"field": "agencies", "split": ";"},
    "What": {"field": "categories", "split": ";", "codes": {"Phone and address": "contact", "School": "education"}},
    "Given on": {"field": "given", "date": "d/m/yyyy"},
    "Until": {"field": "expires", "date": "dd mon yyyy"},
    "Said no": {"field": "refused", "codes": {"Y": true, "N": false}},
    "Remarks": {"ignore": true}
  },
  "constants": {"purposes": ["early_help"], "form": "written", "given_by": "subject"}
})";
const std::vector<std::string> header = {"Case", "Form no", "Who may see it", "What", "Given on", "Until", "Said no", "Remarks"};

Mapping good() {
  auto mapping = Mapping::read(consents);
  EXPECT_TRUE(mapping) << mapping.error().text();
  EXPECT_TRUE(mapping->header(header));
  return *mapping;
}

TEST(Mapping, ColumnsBecomeFieldsWithDatesCodesListsAndConstants) {
  const auto json = good().row({"0041", "C-9", "kent-early-help; kent-mash", "Phone and address;School", "1/5/2026", "30 Apr 2027", "N", "rang twice"});
  ASSERT_TRUE(json) << json.error().text();
  const auto row = read_row(*json, Kind::consent);
  ASSERT_TRUE(row) << row.error().text();
  const auto& read = std::get<adapters::ConsentInput>(*row);
  EXPECT_EQ(read.person_ref, "KFS-0041");
  EXPECT_EQ(read.consent.agencies, (std::vector<std::string>{"kent-early-help", "kent-mash"}));
  EXPECT_EQ(read.consent.categories, (std::vector<std::string>{"contact", "education"}));
  EXPECT_EQ(policy::to_text(*read.consent.given), "2026-05-01");
  EXPECT_EQ(policy::to_text(*read.consent.expires), "2027-04-30");
  EXPECT_FALSE(read.consent.refused);
  EXPECT_EQ(json->find("rang twice"), std::string::npos);
}

TEST(Mapping, ACodeThatIsNotTranslatedIsRefusedByColumnAndNotRepeated) {
  const auto json = good().row({"0041", "C-9", "kent-mash", "Rosalind's diary", "1/5/2026", "30 Apr 2027", "N", ""});
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().where, "column `What`");
  EXPECT_EQ(json.error().text().find("Rosalind"), std::string::npos);
}

TEST(Mapping, ADateInAnotherFormatOrThatDoesNotExistIsRefused) {
  EXPECT_EQ(good().row({"1", "C-9", "kent-mash", "School", "2026-05-01", "30 Apr 2027", "N", ""}).error().code, "bad_date");
  EXPECT_EQ(good().row({"1", "C-9", "kent-mash", "School", "31/4/2026", "30 Apr 2027", "N", ""}).error().where, "column `Given on`");
}

TEST(Mapping, AWrongNumberOfCellsIsRefusedWithBothNumbers) {
  const auto json = good().row({"1", "C-9"});
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().code, "column_count");
  EXPECT_NE(json.error().text().find("2 cells"), std::string::npos);
  EXPECT_NE(json.error().text().find("8"), std::string::npos);
}

TEST(Mapping, AColumnThatIsNotMappedIsAnErrorAndNotLeftOut) {
  auto mapping = Mapping::read(consents);
  auto more = header;
  more.push_back("New column");
  EXPECT_EQ(mapping->header(more).error().code, "unknown_column");
  auto fewer = header;
  fewer.pop_back();
  EXPECT_EQ(mapping->header(fewer).error().code, "missing_column");
  auto twice = header;
  twice.back() = "Case";
  EXPECT_EQ(mapping->header(twice).error().code, "duplicate_column");
}

TEST(Mapping, PathsReachIntoListsAndObjectsAndEmptyCellsLeaveFieldsOut) {
  auto mapping = Mapping::read(R"({"kind":"person","columns":{
    "Ref":{"field":"ref"},"First":{"field":"names[0].given"},"Last":{"field":"names[0].family"},"Known as":{"field":"names[1].given"},
    "NHS":{"field":"identifiers[0].value"}},"constants":{"names[1].kind":"alias","identifiers[0].type":"nhs"}})");
  ASSERT_TRUE(mapping) << mapping.error().text();
  ASSERT_TRUE(mapping->header({"Ref", "First", "Last", "Known as", "NHS"}));
  const auto json = mapping->row({"P-1", "Ada", "", "Addie", "9990000018"});
  ASSERT_TRUE(json) << json.error().text();
  const auto row = read_row(*json, Kind::person);
  ASSERT_TRUE(row) << row.error().text();
  const auto& person = std::get<adapters::PersonInput>(*row);
  ASSERT_EQ(person.names.size(), 2u);
  EXPECT_EQ(person.names[0].family, "");
  EXPECT_EQ(person.names[1].kind, "alias");
}

TEST(Mapping, ABadMappingIsRefusedWithItsPath) {
  const auto where = [](const std::string& json) {
    const auto mapping = Mapping::read(json);
    EXPECT_FALSE(mapping) << json;
    return mapping ? std::string("accepted") : mapping.error().where;
  };
  EXPECT_EQ(where("nonsense"), "$");
  EXPECT_EQ(where(R"({"kind":"person","columns":{"a":{"field":"ref"}},"colums":{}})"), "$");
  EXPECT_EQ(where(R"({"kind":"people","columns":{"a":{"field":"ref"}}})"), "$.kind");
  EXPECT_EQ(where(R"({"kind":"person"})"), "$.columns");
  EXPECT_EQ(where(R"({"kind":"person","columns":{"a":{"field":"shoe"}}})"), "$.columns.a.field");
  EXPECT_EQ(where(R"({"kind":"person","columns":{"a":{"field":"ref"},"b":{"field":"ref"}}})"), "$.columns.b.field");
  EXPECT_EQ(where(R"({"kind":"person","columns":{"a":{"field":"ref","ignore":true}}})"), "$.columns.a");
  EXPECT_EQ(where(R"({"kind":"person","columns":{"a":{"field":"ref","date":"yy"}}})"), "$.columns.a.date");
  EXPECT_EQ(where(R"({"kind":"person","columns":{"a":{"field":"ref"}},"constants":{"ref":"x"}})"), "$.constants.ref");
  EXPECT_EQ(where(R"({"kind":"person","columns":{"a":{"field":"ref"}},"delimiter":"x"})"), "$.delimiter");
}

TEST(Mapping, DateFormatsAreExact) {
  EXPECT_EQ(iso_date("dd/mm/yyyy", "01/05/2026"), "2026-05-01");
  EXPECT_EQ(iso_date("d/m/yyyy", "1/5/2026"), "2026-05-01");
  EXPECT_EQ(iso_date("yyyymmdd", "20260501"), "2026-05-01");
  EXPECT_EQ(iso_date("dd mon yyyy", "09 SEP 2026"), "2026-09-09");
  for (const auto* text : {"1/5/2026", "01/05/26", "01-05-2026", "01/05/2026 ", "32/05/2026", "01/13/2026", "", "00/05/2026"})
    EXPECT_FALSE(iso_date("dd/mm/yyyy", text)) << text;
  EXPECT_FALSE(iso_date("dd mon yyyy", "09 Okt 2026"));
  for (const auto* format : {"", "dd/mm", "dd/mm/yy", "dd/dd/yyyy", "ddmmyyyyx"}) EXPECT_FALSE(is_date_format(format)) << format;
}

}  // namespace
}  // namespace gatehouse::imports
