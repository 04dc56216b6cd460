#include "policy/decision/decision.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gatehouse::policy {
namespace {

Outcome outcome_of(const std::vector<ItemOutcome>& items, std::vector<Statement> missing = {}) {
  std::vector<ItemDecision> decided;
  for (const ItemOutcome outcome : items) {
    ItemDecision item;
    item.id = std::to_string(decided.size());
    item.outcome = outcome;
    decided.push_back(item);
  }
  const Decision decision(std::move(decided), std::move(missing), {});
  const bool any = decision.outcome() == Outcome::release || decision.outcome() == Outcome::partial || decision.outcome() == Outcome::anonymised;
  EXPECT_EQ(decision.may_send(), any);
  return decision.outcome();
}

constexpr auto release = ItemOutcome::release;
constexpr auto anonymised = ItemOutcome::anonymised;
constexpr auto refer = ItemOutcome::refer;
constexpr auto withhold = ItemOutcome::withhold;

TEST(Decision, WithholdsUntilSomebodyFillsItIn) {
  EXPECT_EQ(Decision().outcome(), Outcome::withhold);
  EXPECT_FALSE(Decision().may_send());
  EXPECT_EQ(outcome_of({}), Outcome::withhold) << "no items is not all of nothing";
  EXPECT_EQ(ItemDecision().outcome, withhold);
}

TEST(Decision, FollowsFromItsItems) {
  EXPECT_EQ(outcome_of({release, release}), Outcome::release);
  EXPECT_EQ(outcome_of({release, withhold}), Outcome::partial);
  EXPECT_EQ(outcome_of({release, refer, anonymised}), Outcome::partial);
  EXPECT_EQ(outcome_of({anonymised, refer, withhold}), Outcome::anonymised);
  EXPECT_EQ(outcome_of({refer, withhold}), Outcome::refer);
  EXPECT_EQ(outcome_of({withhold}), Outcome::withhold);
}

TEST(Decision, AsksForMoreOnlyWhereNothingElseHappens) {
  const std::vector missing{Statement::public_task};
  EXPECT_EQ(outcome_of({}, missing), Outcome::more_information);
  EXPECT_EQ(outcome_of({withhold}, missing), Outcome::more_information);
  EXPECT_EQ(outcome_of({refer, withhold}, missing), Outcome::refer);
  EXPECT_EQ(outcome_of({release}, missing), Outcome::release);
}

TEST(Decision, WritesItsKeysInTheOrderOfTheContract) {
  ItemDecision item;
  item.id = "i-17";
  item.version = 3;
  item.category = Category::contact;
  item.outcome = release;
  item.detail = Detail::full;
  item.reason = ReasonCode::consent_ok;
  item.clauses = {"CAF-22"};
  Obligation notify{ObligationKind::notify_subject, When::before, {"subject"}, {"CAF-6"}};
  Decision decision({item}, {}, {notify});
  decision.id = "a";
  decision.clocks = {{ClockKind::mash_referral, *read_instant("2026-11-23T10:00:00Z"), {"CAF-15"}}};
  decision.near_misses = {{"caf-22", {"approval:dsl"}}};
  decision.refer_to = {Role::dsl};
  decision.clauses = {"CAF-22"};
  decision.reason = "She agreed.";
  decision.data_protection_leg = "art6_1_ea";
  decision.pack = {"children-and-families", "2026.11", "00"};
  EXPECT_EQ(to_json(decision),
            R"({"id":"a","outcome":"release","duty":"none","items":[{"id":"i-17","version":3,"category":"contact","outcome":"release",)"
            R"("detail":"full","reason":"consent_ok","clauses":["CAF-22"]}],"refer_to":["dsl"],"missing":[],)"
            R"("obligations":[{"kind":"notify_subject","when":"before","to":["subject"],"clauses":["CAF-6"]}],)"
            R"("clocks":[{"kind":"mash_referral","due":"2026-11-23T10:00:00Z","clauses":["CAF-15"]}],"reason":"She agreed.",)"
            R"("clauses":["CAF-22"],"near_misses":[{"rule":"caf-22","needs":["approval:dsl"]}],"legs":{"data_protection":"art6_1_ea"},)"
            R"("pack":{"id":"children-and-families","version":"2026.11","sha256":"00"}})");
}

TEST(Decision, IsStillJsonWhenAnIdIsNotUtf8) {
  Decision decision;
  decision.id = "\xff";
  EXPECT_TRUE(nlohmann::json::accept(to_json(decision)));
}

}  // namespace
}  // namespace gatehouse::policy
