// A logged decision decided again under another policy.
#include "policy/prove/replay.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "policy/prove/cases.hpp"
#include "tests/policy/decision/packs.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

std::string question(const std::string& form) {
  return R"({"id":"q","at":"2026-11-24T10:00:00Z","flow":"partner_request","requester":{"kind":"partner","agency":"kent-housing","agency_type":"housing","agreement":"current","conflict":false},)"
         R"("subject":{"age":30,"competence":"competent"},"purpose":"early_help","stated":["public_task","why_necessary","intended_use"],)"
         R"("items":[{"id":"i-1","category":"contact","relevant":true,"compartment":"none","given_in_confidence":false,"withheld_from_requester":false}],)"
         R"("consents":[{"agencies":["kent-housing"],"categories":["contact"],"purposes":["early_help"],"form":")" + form +
         R"(","given_by":"subject","given":"2026-05-01","expires":"2027-05-01"}],"circumstances":[],"approvals":[],"consulted":[],"notice":"not_yet","emergency":false})";
}

std::string logged(const Pack& pack, const std::string& text) { return to_json(decide(pack, *read_case(text))); }

TEST(Replay, FindsNothingUnderThePolicyThatDecided) {
  int asked = 0;
  for (const char* id : test::kProjectPacks) {
    const Pack& pack = test::project_pack(id);
    for (const auto& line : test::lines_of(std::string(::gatehouse::test::source_dir()) + "/tests/policy/cases/" + id + ".jsonl")) {
      const auto one = unwrap_case(line);
      ASSERT_TRUE(one);
      const auto change = replay(pack, one->question, logged(pack, one->question));
      ASSERT_TRUE(change) << change.error().text();
      EXPECT_FALSE(*change) << line;
      ++asked;
    }
  }
  EXPECT_GE(asked, 120);
}

TEST(Replay, SaysWhichItemGoesNoLongerAndWhy) {
  const std::string text = question("verbal");  // express for Children & Families, not written as New Futures asks
  const auto change = replay(test::project_pack("new-futures"), text, logged(test::children_and_families(), text));
  ASSERT_TRUE(change && *change);
  EXPECT_EQ((*change)->outcome_before, "release");
  EXPECT_EQ((*change)->outcome_after, "withhold");
  ASSERT_EQ((*change)->items.size(), 1u);
  EXPECT_EQ((*change)->items[0].id, "i-1");
  EXPECT_TRUE((*change)->items[0].before.starts_with("release consent_ok")) << (*change)->items[0].before;
  EXPECT_EQ((*change)->items[0].after, "withhold consent_form");
  EXPECT_TRUE((*change)->less);
  EXPECT_FALSE((*change)->more);
}

TEST(Replay, SaysWhenMoreWouldGo) {
  const std::string text = question("verbal");
  const auto change = replay(test::children_and_families(), text, logged(test::project_pack("new-futures"), text));
  ASSERT_TRUE(change && *change);
  EXPECT_TRUE((*change)->more);
  EXPECT_FALSE((*change)->less);
}

TEST(Replay, NoticesAnObligationAClauseAndAClockAlone) {
  const std::string text = question("written");
  const std::string was = logged(test::children_and_families(), text);
  for (const char* key : {"obligations", "clauses", "clocks", "refer_to", "duty"}) {
    json changed = json::parse(was);
    changed[key] = "another";
    const auto change = replay(test::children_and_families(), text, changed.dump());
    ASSERT_TRUE(change && *change) << key;
    EXPECT_EQ((*change)->differing, std::vector<std::string>{key});
    EXPECT_FALSE((*change)->more || (*change)->less);
  }
  json reworded = json::parse(was);
  reworded["reason"] = "Other words.";
  EXPECT_FALSE(*replay(test::children_and_families(), text, reworded.dump()));
}

TEST(Replay, ShowsAnItemThatTheLogDoesNotHave) {
  const std::string text = question("written");
  json less = json::parse(logged(test::children_and_families(), text));
  less["items"] = json::array();
  const auto change = replay(test::children_and_families(), text, less.dump());
  ASSERT_TRUE(change && *change);
  EXPECT_EQ((*change)->items[0].before, "");
  EXPECT_TRUE((*change)->more);
}

TEST(Replay, RefusesWhatIsNoQuestionOrNoDecision) {
  EXPECT_FALSE(replay(test::children_and_families(), "{", "{}"));
  EXPECT_FALSE(replay(test::children_and_families(), question("written"), "[]"));
  EXPECT_FALSE(replay(test::children_and_families(), question("written"), R"({"items":5})"));
}

}  // namespace
}  // namespace gatehouse::policy
