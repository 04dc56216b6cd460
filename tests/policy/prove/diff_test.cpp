// What changes between two packs: exact numbers that add up, and examples that the two packs really answer differently.
#include "policy/prove/diff.hpp"

#include <algorithm>
#include <functional>

#include <boost/multiprecision/cpp_int.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "policy/decision/evaluate.hpp"
#include "tests/policy/decision/packs.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;
using Natural = boost::multiprecision::cpp_int;

json& rule(json& pack, const std::string& id) {
  for (json& one : pack["rules"])
    if (one["id"] == id) return one;
  throw std::runtime_error("no rule " + id);
}

Pack changed(const std::string& name, const std::function<void(json&)>& change) {
  json text = json::parse(test::config_text("packs/" + name + ".json"));
  change(text);
  auto pack = test::read_pack(text.dump());
  if (!pack) throw std::runtime_error(pack.error().text());
  return std::move(*pack);
}

const DiffRow* row(const std::vector<DiffRow>& rows, const std::string& about) {
  const auto found = std::ranges::find(rows, about, &DiffRow::about);
  return found == rows.end() ? nullptr : &*found;
}

void lose_approval(json& p) { rule(p, "20-concern").erase("approval"); }
void tell_parents_nothing(json& p) {
  for (auto at = p["rules"].begin(); at != p["rules"].end(); ++at)
    if ((*at)["effect"] == "permit" && (*at)["when"].value("flow", json::array()) == json::array({"parent_enquiry"})) {
      (*at)["when"]["subject.competence"] = {"competent"};
      return;
    }
  throw std::runtime_error("no permit for parents");
}

TEST(Diff, TakesOtherWordsForNoChange) {
  const Pack reworded = changed("west-park", [](json& p) {
    p["version"] = "2027.01";
    for (json& one : p["rules"]) one["plain"] = "In other words.", one["cite"].erase("law");
  });
  const PackDiff same = diff(test::project_pack("west-park"), reworded);
  EXPECT_TRUE(same.same());
  EXPECT_TRUE(same.clauses.empty() && same.owed.empty() && same.transitions.empty());
  EXPECT_GT(same.states.size(), 30u);
}

TEST(Diff, NamesTheClauseThatOpensAndShowsTheSmallestCase) {
  const Pack& stands = test::project_pack("new-futures");
  const Pack draft = changed("new-futures", [](json& p) { rule(p, "1.1c").erase("approval"); });
  const PackDiff found = diff(stands, draft);
  ASSERT_FALSE(found.clauses.empty());
  EXPECT_EQ(found.clauses[0].about, "NFP-1.1c");
  EXPECT_EQ(found.changed, found.more) << "an approval fewer only opens";
  EXPECT_EQ(found.less, "0");
  ASSERT_EQ(found.transitions.size(), 1u);
  EXPECT_EQ(found.transitions[0].before + " " + found.transitions[0].after, "refer release");
  EXPECT_EQ(found.transitions[0].states, found.changed);
  for (const DiffRow& one : found.clauses) {
    EXPECT_LE(Natural(one.states), Natural(found.changed)) << one.about;
    if (!one.example.note.empty()) continue;  // needs a law that has no date yet
    const auto question = read_case(one.example.question);
    ASSERT_TRUE(question) << question.error().text();
    EXPECT_NE(decide(stands, *question).items()[0].outcome, decide(draft, *question).items()[0].outcome) << one.about << ": " << one.example.plain;
    EXPECT_NE(one.example.plain.find(" Before: "), std::string::npos);
  }
  EXPECT_NE(row(found.owed, "asks manager"), nullptr) << "the manager is no longer asked";
}

TEST(Diff, AddsUpWhereTwoChangesHaveNoStateInCommon) {
  const Pack& stands = test::project_pack("west-park");
  const Pack one = changed("west-park", lose_approval), other = changed("west-park", tell_parents_nothing);
  const Pack both = changed("west-park", [](json& p) { lose_approval(p), tell_parents_nothing(p); });
  const PackDiff a = diff(stands, one), b = diff(stands, other), ab = diff(stands, both);
  EXPECT_NE(b.changed, "0");
  EXPECT_EQ(Natural(a.changed) + Natural(b.changed), Natural(ab.changed));
  EXPECT_EQ(Natural(a.less) + Natural(b.less), Natural(ab.less));
  // and the other way round the same states, the other way
  const PackDiff back = diff(one, stands);
  EXPECT_EQ(a.changed, back.changed);
  EXPECT_EQ(a.more, back.less);
  EXPECT_EQ(a.otherwise, back.otherwise);
  EXPECT_EQ(a.states, back.states);
}

TEST(Diff, SaysWhenOnlyAClockOrADutyDiffers) {
  const Pack draft = changed("best-foot-forward", [](json& p) {
    for (json& one : p["settings"]["clocks"]["value"]["clocks"])
      if (one["kind"] == "mash_referral") one["duration"] = "PT7H";
    rule(p, "8-permission")["oblige"].push_back({{"kind", "update_chronology"}, {"when", "after"}});
  });
  const PackDiff found = diff(test::project_pack("best-foot-forward"), draft);
  EXPECT_EQ(found.changed, "0");
  EXPECT_NE(found.otherwise, "0");
  EXPECT_TRUE(found.clauses.empty());
  const DiffRow* clock = row(found.owed, "clock mash_referral 25200 seconds");
  ASSERT_NE(clock, nullptr);
  EXPECT_TRUE(clock->in_new && !clock->in_old);
  EXPECT_NE(row(found.owed, "obligation update_chronology after"), nullptr);
}

TEST(Diff, SeesALineThatOnlyOneOfTheTwoDraws) {
  const Pack& stands = test::project_pack("west-park");
  const Pack draft = changed("west-park", [](json& p) { p["settings"]["age_bands"]["value"]["lines"].push_back(14); });
  EXPECT_TRUE(diff(stands, draft).same()) << "a line that no rule uses changes nothing";
  const Pack shorter = changed("west-park", [](json& p) { p["settings"]["consent"]["value"]["max_days"] = 90; });
  const PackDiff found = diff(stands, shorter);
  EXPECT_NE(found.less, "0") << "a consent of a hundred days no longer counts";
  for (const auto& one : found.transitions) EXPECT_NE(one.after, "release") << one.before << ": nothing new goes out by name when consent lasts a shorter time";
}

}  // namespace
}  // namespace gatehouse::policy
