#include "gateway/import/rows.hpp"
#include "tests/where/where.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace gatehouse::imports {
namespace {

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

policy::Error error_of(const std::string& json, std::optional<Kind> kind = std::nullopt) {
  auto row = read_row(json, kind);
  EXPECT_FALSE(row) << "was accepted: " << json;
  return row ? policy::Error{} : row.error();
}

const std::string person = R"({"kind":"person","ref":"P-1","names":[{"given":"Rosalind","family":"Featherstone-Wick"}]})";
const std::string item =
    R"({"kind":"item","person_ref":"P-1","item_ref":"I-1","category":"contact","fields":{"phone":"07700 900123"},"relevant_for":["early_help"]})";
const std::string consent =
    R"({"kind":"consent","person_ref":"P-1","consent_ref":"C-1","agencies":["kent-early-help"],"categories":["contact"],"purposes":["early_help"],)"
    R"("form":"written","given_by":"subject","given":"2026-05-01","expires":"2027-04-30"})";

TEST(Rows, APersonIsReadWithItsNamesIdentifiersAndMarkers) {
  const auto row = read_row(
      R"({"kind":"person","ref":"P-1","names":[{"given":"Ada","family":"Brook"},{"family":"Marsh","kind":"former"}],)"
      R"("identifiers":[{"type":"nhs","value":"9990000018"}],"date_of_birth":"2011-02-28","sex":"female","markers":["risk"]})",
      std::nullopt);
  ASSERT_TRUE(row) << row.error().text();
  const auto& read = std::get<adapters::PersonInput>(*row);
  EXPECT_EQ(read.ref, "P-1");
  ASSERT_EQ(read.names.size(), 2u);
  EXPECT_EQ(read.names[1].kind, "former");
  EXPECT_EQ(read.identifiers.at(0).value, "9990000018");
  EXPECT_EQ(read.date_of_birth, "2011-02-28");
  EXPECT_EQ(read.markers, std::vector<std::string>{"risk"});
}

TEST(Rows, AnItemIsReadWithItsFieldsAndWhatItIsRelevantFor) {
  const auto row = read_row(item, std::nullopt);
  ASSERT_TRUE(row) << row.error().text();
  const auto& read = std::get<adapters::ItemInput>(*row);
  EXPECT_EQ(read.record.category, policy::Category::contact);
  ASSERT_EQ(read.record.fields.size(), 1u);
  EXPECT_EQ(read.record.fields[0].name, "phone");
  EXPECT_EQ(read.relevant_for, std::vector<policy::Purpose>{policy::Purpose::early_help});
  EXPECT_FALSE(read.relevant_for_all);
}

TEST(Rows, AConsentIsReadDayByDay) {
  const auto row = read_row(consent, std::nullopt);
  ASSERT_TRUE(row) << row.error().text();
  const auto& read = std::get<adapters::ConsentInput>(*row);
  EXPECT_EQ(read.consent.form, policy::ConsentForm::written);
  EXPECT_EQ(policy::to_text(*read.consent.expires), "2027-04-30");
  EXPECT_FALSE(is_blanket(*row));
}

TEST(Rows, AConsentWithoutALastDayOrWithAWildcardIsKeptAndToldToBeBlanket) {
  auto no_end = consent;
  no_end.replace(no_end.find(",\"expires\":\"2027-04-30\""), std::string(",\"expires\":\"2027-04-30\"").size(), "");
  auto row = read_row(no_end, std::nullopt);
  ASSERT_TRUE(row) << row.error().text();
  EXPECT_TRUE(is_blanket(*row));
  auto wild = consent;
  wild.replace(wild.find("[\"contact\"]"), 11, "[\"*\"]");
  row = read_row(wild, std::nullopt);
  ASSERT_TRUE(row) << row.error().text();
  EXPECT_TRUE(is_blanket(*row));
}

TEST(Rows, AKeyThatIsNotKnownIsRefusedAndTheKnownOnesAreListed) {
  const auto error = error_of(R"({"kind":"person","ref":"P-1","names":[{"given":"Ada"}],"dob":"2011-01-01"})");
  EXPECT_EQ(error.code, "unknown_key");
  EXPECT_EQ(error.where, "dob");
  EXPECT_NE(std::find(error.allowed.begin(), error.allowed.end(), "date_of_birth"), error.allowed.end());
}

TEST(Rows, TheSameKeyTwiceIsRefused) {
  EXPECT_EQ(error_of(R"({"kind":"person","ref":"P-1","ref":"P-2","names":[{"given":"Ada"}]})").code, "repeated_key");
}

TEST(Rows, EachMissingKeyIsNamed) {
  EXPECT_EQ(error_of(R"({"ref":"P-1"})").where, "kind");
  EXPECT_EQ(error_of(R"({"kind":"person","names":[{"given":"Ada"}]})").where, "ref");
  EXPECT_EQ(error_of(R"({"kind":"person","ref":"P-1"})").where, "names");
  EXPECT_EQ(error_of(R"({"kind":"person","ref":"P-1","names":[{}]})").where, "names[0]");
  EXPECT_EQ(error_of(R"({"kind":"relation","person_ref":"P-1","relation":"aunt"})").where, "names");
  EXPECT_EQ(error_of(R"({"kind":"item","person_ref":"P-1","item_ref":"I-1","category":"contact"})").where, "fields");
  EXPECT_EQ(error_of(R"({"kind":"finding","person_ref":"P-1","code":"being_hurt","found_by":"s-1"})").where, "found_on");
  EXPECT_EQ(error_of(R"({"kind":"competence","person_ref":"P-1","outcome":"competent","assessor":"s-1"})").where, "assessed_on");
}

TEST(Rows, AWordThatIsNotOnItsListIsRefusedWithTheList) {
  const auto error = error_of(R"({"kind":"finding","person_ref":"P-1","code":"a_hunch","found_on":"2026-01-01","found_by":"s-1"})");
  EXPECT_EQ(error.code, "unknown_value");
  EXPECT_EQ(error.where, "code");
  EXPECT_EQ(error.allowed.size(), policy::count_of<policy::CircumstanceCode>());
}

TEST(Rows, DaysThatDoNotExistAreRefused) {
  EXPECT_EQ(error_of(R"({"kind":"person","ref":"P-1","names":[{"given":"Ada"}],"date_of_birth":"2011-02-29"})").code, "bad_date");
  EXPECT_EQ(error_of(R"({"kind":"person","ref":"P-1","names":[{"given":"Ada"}],"date_of_birth":"28/02/2011"})").code, "bad_date");
}

TEST(Rows, AConsentThatEndsBeforeItBeginsIsRefused) {
  auto backwards = consent;
  backwards.replace(backwards.find("2027-04-30"), 10, "2026-04-30");
  EXPECT_EQ(error_of(backwards).where, "expires");
}

TEST(Rows, AStoredSummaryNeedsItsAuthorAndDate) {
  const std::string row = R"({"kind":"item","person_ref":"P-1","item_ref":"I-1","category":"health_mental","fields":{"summary":"Sleeping badly."})";
  EXPECT_EQ(error_of(row + "}").where, "summary_author");
  EXPECT_EQ(error_of(row + R"(,"summary_author":"s-1"})").where, "summary_written_on");
  EXPECT_TRUE(read_row(row + R"(,"summary_author":"s-1","summary_written_on":"2026-01-02"})", std::nullopt));
}

TEST(Rows, ARowOfAnotherKindThanTheImportIsForIsRefused) { EXPECT_EQ(error_of(person, Kind::consent).where, "kind"); }

TEST(Rows, BytesThatAreNotAnObjectAreRefusedWithoutAnEcho) {
  for (const std::string bytes : {"", "Rosalind", "[\"Rosalind\"]", "{\"Rosalind\"", "\"Rosalind\"", "{\"kind\":\"person\",\"Rosalind Wick\":1,\"ref\":\"x\",\"names\":[{\"given\":\"x\"}]}",
                                  "{\"kind\":\"Rosalind\"}", "{\"kind\":\"person\",\"ref\":[\"Rosalind\"]}", "{\"kind\":\"\xFFRosalind\"}"}) {
    const auto error = error_of(bytes);
    EXPECT_EQ(error.text().find("Rosalind"), std::string::npos) << error.text();
    EXPECT_FALSE(error.what.empty());
  }
  EXPECT_FALSE(read_row(std::string(100'000, '['), std::nullopt));
}

class AgainstTheSchema : public testing::Test {
 protected:
  void SetUp() override {
    const std::string config = std::string(::gatehouse::test::source_dir()) + "/config/";
    auto read = policy::RecordSchema::read(slurp(config + "record_schema.json"), slurp(config + "minimum_necessary.json"));
    ASSERT_TRUE(read) << read.error().text();
    schema = std::move(*read);
  }
  policy::Error refused(const std::string& json) {
    const auto row = read_row(json, std::nullopt);
    EXPECT_TRUE(row) << row.error().text();
    const auto good = check(*row, schema);
    EXPECT_FALSE(good) << "was accepted: " << json;
    return good ? policy::Error{} : good.error();
  }
  policy::RecordSchema schema;
};

TEST_F(AgainstTheSchema, GoodRowsPass) {
  for (const auto& json : {person, item, consent}) {
    const auto row = read_row(json, std::nullopt);
    ASSERT_TRUE(row);
    const auto good = check(*row, schema);
    EXPECT_TRUE(good) << good.error().text();
  }
}

TEST_F(AgainstTheSchema, AnItemHoldsOnlyTheFieldsOfItsCategory) {
  const auto error = refused(R"({"kind":"item","person_ref":"P-1","item_ref":"I-1","category":"contact","fields":{"phone":"07700 900123","shoe_size":"4"}})");
  EXPECT_EQ(error.code, "unknown_field");
  EXPECT_EQ(error.where, "fields.shoe_size");
  EXPECT_NE(error.remedy.find("address"), std::string::npos) << "the fields there are";
}

TEST_F(AgainstTheSchema, AFieldThatIsNotWhatItsTypeSaysIsRefusedByItsName) {
  const auto error = refused(R"({"kind":"item","person_ref":"P-1","item_ref":"I-1","category":"contact","fields":{"from_on":"last week"}})");
  EXPECT_EQ(error.where, "fields.from_on");
  EXPECT_EQ(error.text().find("last week"), std::string::npos);
}

TEST_F(AgainstTheSchema, ANumberWithAWrongCheckDigitIsRefusedAndNotRepeated) {
  const auto nhs = refused(R"({"kind":"person","ref":"P-1","names":[{"given":"Ada"}],"identifiers":[{"type":"nhs","value":"9990000019"}]})");
  EXPECT_EQ(nhs.where, "identifiers[0].value");
  EXPECT_EQ(nhs.text().find("9990000019"), std::string::npos);
  EXPECT_EQ(refused(R"({"kind":"person","ref":"P-1","names":[{"given":"Ada"}],"identifiers":[{"type":"upn","value":"A801200005001"}]})").where,
            "identifiers[0].value");
  EXPECT_EQ(refused(R"({"kind":"relation","person_ref":"P-1","relation":"aunt","names":[{"given":"Bo"}],"identifiers":[{"type":"passport","value":"1"}]})").where,
            "identifiers[0].type");
}

TEST_F(AgainstTheSchema, ASexThatIsNotACodeIsRefused) {
  EXPECT_EQ(refused(R"({"kind":"person","ref":"P-1","names":[{"given":"Ada"}],"sex":"F"})").where, "sex");
}

}  // namespace
}  // namespace gatehouse::imports
