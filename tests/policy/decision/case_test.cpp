#include "policy/decision/case.hpp"

#include <string>

#include <gtest/gtest.h>

namespace gatehouse::policy {
namespace {

// The error of a text that must not be read; an empty one where it was.
Error error_of(std::string_view text) {
  const auto read = read_case(text);
  return read ? Error{} : read.error();
}

TEST(ReadCase, ReadsEveryKeyOfTheContract) {
  const auto read = read_case(R"({"id":"a","at":"2026-11-22T10:00:00Z","flow":"partner_request",
    "requester":{"kind":"partner","officer":"named","agency":"kent-mash","agency_type":"mash","agreement":"current","role":"worker",
      "training":"lapsed","attested":true,"tenure_days":400,"signed_off":true,"person":"mother","parental_responsibility":true,
      "marked_risk":false,"conflict":false},
    "recipient":{"agency":"kent-mash","agency_type":"mash","agreement":"none"},
    "subject":{"age":15,"competence":"unassessed"},"purpose":"mash_referral","stated":["public_task","why_necessary"],"offence":"theft",
    "items":[{"id":"i-17","version":3,"category":"safeguarding_concern","relevant":true,"compartment":"none",
      "given_in_confidence":false,"withheld_from_requester":false}],
    "consents":[{"agencies":["kent-housing","person:mother"],"categories":["housing","*"],"purposes":["early_help"],"form":"written",
      "given_by":"subject","given":"2026-05-01","expires":"2027-05-01","withdrawn":"2026-06-01","refused":true}],
    "circumstances":[{"code":"significant_harm_child","evidence":true}],"approvals":["dsl"],"consulted":["manager"],
    "notice":"risk_of_harm","urgency":"amber","needed_by":"2026-11-23T10:00:00+01:00","best_interests":false,"context":"classroom",
    "started":{"mash_referral":"2026-11-22T09:10:00.75Z"},"emergency":true})");
  ASSERT_TRUE(read) << read.error().text();
  const Case& c = *read;
  EXPECT_EQ(c.id, "a");
  EXPECT_EQ(to_text(*c.at), "2026-11-22T10:00:00Z");
  EXPECT_EQ(c.flow, Flow::partner_request);
  EXPECT_EQ(c.requester.kind, RequesterKind::partner);
  EXPECT_EQ(c.requester.tenure_days, 400);
  EXPECT_EQ(c.requester.training, Training::lapsed);
  EXPECT_EQ(c.requester.conflict, false);
  ASSERT_TRUE(c.recipient);
  EXPECT_EQ(c.recipient->agreement, AgreementState::none);
  EXPECT_EQ(c.subject.age, 15);
  EXPECT_EQ(c.stated, (std::vector{Statement::public_task, Statement::why_necessary}));
  EXPECT_EQ(c.offence, Offence::theft);
  ASSERT_EQ(c.items.size(), 1u);
  EXPECT_EQ(c.items[0].id, "i-17");
  EXPECT_EQ(c.items[0].version, 3u);
  EXPECT_EQ(c.items[0].category, Category::safeguarding_concern);
  ASSERT_EQ(c.consents.size(), 1u);
  EXPECT_EQ(c.consents[0].categories, (std::vector<std::string>{"housing", "*"}));
  EXPECT_EQ(to_text(*c.consents[0].withdrawn), "2026-06-01");
  EXPECT_TRUE(c.consents[0].refused);
  ASSERT_EQ(c.circumstances.size(), 1u);
  EXPECT_TRUE(c.circumstances[0].evidence);
  EXPECT_EQ(c.approvals, std::vector{Role::dsl});
  EXPECT_EQ(c.consulted, std::vector{Role::manager});
  EXPECT_EQ(c.notice, Notice::risk_of_harm);
  EXPECT_EQ(c.urgency, Urgency::amber);
  EXPECT_EQ(to_text(*c.needed_by), "2026-11-23T09:00:00Z");
  EXPECT_EQ(c.best_interests, false);
  EXPECT_EQ(c.context, Context::classroom);
  EXPECT_EQ(to_text(c.started.at(ClockKind::mash_referral)), "2026-11-22T09:10:00Z");
  EXPECT_EQ(c.emergency, true);
}

TEST(ReadCase, LeavesWhatIsAbsentOrNullUnknown) {
  for (const char* text : {"{}", R"({"id":null,"at":null,"flow":null,"requester":null,"recipient":null,"subject":{"age":null},"purpose":null,
      "stated":null,"offence":null,"items":null,"consents":null,"circumstances":null,"approvals":null,"consulted":null,"notice":null,
      "urgency":null,"needed_by":null,"best_interests":null,"context":null,"started":{"lado_referral":null},"emergency":null})"}) {
    const auto read = read_case(text);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_FALSE(read->flow || read->at || read->recipient || read->subject.age || read->purpose || read->emergency || read->best_interests);
    EXPECT_FALSE(read->requester.conflict || read->requester.kind || read->notice);
    EXPECT_TRUE(read->started.empty());
    EXPECT_EQ(read->urgency, Urgency::routine);
  }
  const auto item = read_case(R"({"items":[{"category":"contact"}],"circumstances":[{"code":"being_hurt"}]})");
  ASSERT_TRUE(item);
  EXPECT_FALSE(item->items[0].relevant || item->items[0].compartment || item->items[0].given_in_confidence);
  EXPECT_FALSE(item->circumstances[0].evidence) << "what nobody has found is only a claim";
}

TEST(ReadCase, GivesAnItemWithoutIdItsIndex) {
  const auto read = read_case(R"({"items":[{"category":"contact"},{"id":"x"},{"id":null}]})");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->items[0].id, "0");
  EXPECT_EQ(read->items[1].id, "x");
  EXPECT_EQ(read->items[2].id, "2");
  EXPECT_EQ(error_of(R"({"items":[{"id":"1"},{}]})").code, "duplicate_id");
}

TEST(ReadCase, NamesThePathAndTheAllowedWordsOfAnUnknownWord) {
  const Error error = error_of(R"({"items":[{"category":"contact"},{},{"category":"Jane Fictional"}]})");
  EXPECT_EQ(error.code, "unknown_value");
  EXPECT_EQ(error.where, "$.items[2].category");
  EXPECT_EQ(error.allowed.size(), count_of<Category>());
  EXPECT_EQ(error.text().find("Jane"), std::string::npos) << "an error repeats no value";
  EXPECT_EQ(error_of(R"({"stated":["public_task","please"]})").where, "$.stated[1]");
  EXPECT_EQ(error_of(R"({"consents":[{"categories":["everything"]}]})").where, "$.consents[0].categories[0]");
  EXPECT_EQ(error_of(R"({"started":{"lunch":"2026-11-22T10:00:00Z"}})").where, "$.started.lunch");
  EXPECT_EQ(error_of(R"({"flow":"Partner_Request"})").code, "unknown_value") << "case matters";
}

TEST(ReadCase, RefusesAnUnknownKeyWhereverItStands) {
  for (const auto& [text, where] : {std::pair{R"({"purposes":"early_help"})", "$.purposes"},
                                    {R"({"requester":{"name":"x"}})", "$.requester.name"},
                                    {R"({"recipient":{"kind":"partner"}})", "$.recipient.kind"},
                                    {R"({"subject":{"dob":"x"}})", "$.subject.dob"},
                                    {R"({"items":[{},{"text":"x"}]})", "$.items[1].text"},
                                    {R"({"consents":[{"scope":"x"}]})", "$.consents[0].scope"},
                                    {R"({"circumstances":[{"code":"being_hurt","evidenced":true}]})", "$.circumstances[0].evidenced"}}) {
    const Error error = error_of(text);
    EXPECT_EQ(error.code, "unknown_key") << text;
    EXPECT_EQ(error.where, where);
    EXPECT_FALSE(error.allowed.empty());
  }
  const Error odd = error_of("{\"Jane Fictional was seen\":1}");
  EXPECT_EQ(odd.where, "$.?") << "a key that is no word may be about a person";
}

TEST(ReadCase, RefusesTheSameKeyTwice) {
  // With the last one counting, a checker that reads the first would have approved another case than the one decided.
  const Error error = error_of(R"({"emergency":false,"items":[{"id":"a"},{"relevant":false,"relevant":true}],"emergency":true})");
  EXPECT_EQ(error.code, "duplicate_key");
  EXPECT_EQ(error.where, "$.items[1].relevant");
  EXPECT_EQ(error_of(R"({"emergency":false,"emergency":true})").where, "$.emergency");
}

TEST(ReadCase, RefusesWrongTypesDatesAndNumbers) {
  EXPECT_EQ(error_of(R"({"emergency":"false"})").code, "wrong_type");
  EXPECT_EQ(error_of(R"({"emergency":0})").code, "wrong_type");
  EXPECT_EQ(error_of(R"({"items":{}})").code, "wrong_type");
  EXPECT_EQ(error_of(R"([])").code, "wrong_type");
  EXPECT_EQ(error_of(R"({"subject":7})").where, "$.subject");
  EXPECT_EQ(error_of(R"({"subject":{"age":-1}})").code, "bad_number");
  EXPECT_EQ(error_of(R"({"subject":{"age":12.0}})").code, "wrong_type");
  EXPECT_EQ(error_of(R"({"subject":{"age":99999999999999999999}})").code, "wrong_type");
  EXPECT_EQ(error_of(R"({"items":[{"version":18446744073709551615}]})").code, "bad_number");
  EXPECT_EQ(error_of(R"({"subject":{"age":1e999}})").code, "bad_json");
  EXPECT_EQ(error_of(R"({"at":"2026-11-22"})").code, "bad_instant");
  EXPECT_EQ(error_of(R"({"consents":[{"given":"2026-02-29"}]})").code, "bad_date");
  EXPECT_EQ(error_of(R"({"consents":[{"given":"2026-02-29"}]})").where, "$.consents[0].given");
  EXPECT_EQ(error_of(R"({"circumstances":[{"evidence":true}]})").code, "missing_key");
  EXPECT_EQ(error_of(R"({"id":"a\u0000b"})").code, "bad_text");
}

TEST(ReadCase, NeverThrowsOnHostileBytes) {
  EXPECT_EQ(error_of("").code, "bad_json");
  EXPECT_EQ(error_of("{").code, "bad_json");
  EXPECT_EQ(error_of("{} {}").code, "bad_json");
  EXPECT_EQ(error_of("{\"id\":\"\xff\xfe\"}").code, "bad_json");
  EXPECT_EQ(error_of("\xEF\xBB\xBF{}").code, "bad_json");
  EXPECT_EQ(error_of("{\"id\":\"\\ud800\"}").code, "bad_json");
  EXPECT_EQ(error_of(std::string_view("{\"id\":\"a\"}\0", 11)).code, "bad_json");
  EXPECT_EQ(error_of(std::string_view("{\"id\":\"a\"}\0{\"id\":\"b\"}", 21)).code, "bad_json");
  EXPECT_EQ(error_of(std::string(1'000'000, '[')).code, "too_deep");
  EXPECT_EQ(error_of("{\"items\":" + std::string(40, '[') + std::string(40, ']') + "}").code, "too_deep");
  EXPECT_EQ(error_of("[" + std::string(5u << 20, ' ') + "]").code, "too_large");
  std::string many = "{\"items\":[{}";
  for (int i = 0; i < 10'000; ++i) many += ",{}";
  EXPECT_EQ(error_of(many + "]}").code, "too_large");
  std::string truncated = R"({"id":"a","items":[{"category":"contact","relevant":true}],"at":"2026-11-22T10:00:00Z"})";
  ASSERT_TRUE(read_case(truncated));
  for (std::size_t n = 0; n < truncated.size(); ++n) EXPECT_FALSE(read_case(truncated.substr(0, n)));
}

TEST(ReadInstant, TakesZoneOrOffsetAndTruncatesFractions) {
  EXPECT_EQ(to_text(*read_instant("2026-11-22T10:00:00Z")), "2026-11-22T10:00:00Z");
  EXPECT_EQ(to_text(*read_instant("2026-11-22T10:00:00.999999999Z")), "2026-11-22T10:00:00Z");
  EXPECT_EQ(to_text(*read_instant("2026-06-01T00:30:00+01:00")), "2026-05-31T23:30:00Z");
  EXPECT_EQ(to_text(*read_instant("2026-12-31T23:30:00-01:00")), "2027-01-01T00:30:00Z");
  EXPECT_EQ(to_text(*read_instant("1969-12-31T23:59:59Z")), "1969-12-31T23:59:59Z");
  for (const char* bad : {"", "2026-11-22", "2026-11-22T10:00:00", "2026-11-22 10:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z",
                          "2026-11-22T10:00:60Z", "2026-13-01T10:00:00Z", "2026-02-29T10:00:00Z", "2026-11-22T10:00:00+1:00",
                          "2026-11-22T10:00:00+01:60", "2026-11-22T10:00:00.Z", "2026-11-22T10:00:00ZZ", "+026-11-22T10:00:00Z",
                          "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00", "2026-11-22T10:00:00Z "})
    EXPECT_FALSE(read_instant(bad)) << bad;
}

TEST(ReadDate, TakesRealDaysOnly) {
  EXPECT_EQ(to_text(*read_date("2024-02-29")), "2024-02-29");
  for (const char* bad : {"2026-02-29", "2026-04-31", "2026-00-10", "2026-1-10", "2026-11-2", "22-11-2026", "2026/11/22", "0000-01-01", "2026-11-22Z"})
    EXPECT_FALSE(read_date(bad)) << bad;
}

}  // namespace
}  // namespace gatehouse::policy
