// Which small changes to a pack are made, which of them anybody notices, and that the project's cases and the proof notice all that were drawn.
#include "policy/prove/mutation.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "policy/decision/compiled.hpp"
#include "policy/prove/cases.hpp"
#include "tests/policy/decision/packs.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

const std::string kTests = std::string(::gatehouse::test::source_dir()) + "/tests/policy/cases/";

// The data of the project, which outlives the reference.
const PackReference& reference() {
  static const std::string matrix = test::config_text("minimum_necessary.json"), law = test::config_text("legal_refs.json"), holidays = test::config_text("bank_holidays.json");
  static const PackReference one = [] {
    PackReference out;
    out.minimum_necessary = matrix;
    out.legal_refs = law;
    out.bank_holidays = holidays;
    return out;
  }();
  return one;
}

// Children & Families with two rules of its own: what was agreed is shared, and where nothing was, somebody asks for it.
json tiny() {
  json pack = json::parse(test::config_text("packs/children-and-families.json"));
  pack["never"] = json::array();
  pack["rules"] = json::parse(R"([
    {"id": "agreed", "effect": "permit", "stratum": "consent", "cite": {"clauses": ["CAF-1"]}, "plain": "They agreed.",
     "when": {"flow": ["partner_request"], "consent.state": ["current"]}},
    {"id": "ask", "effect": "oblige", "stratum": "consent", "cite": {"clauses": ["CAF-1", "CAF-2"]}, "plain": "Ask first.",
     "when": {"flow": ["partner_request"]}, "unless": {"subject.age": {"at_least": 16}},
     "oblige": [{"kind": "seek_consent", "when": "before", "to": ["subject"]}], "on": ["withhold:consent_missing", "withhold:consent_expired"]}])");
  return pack;
}

// Judges only the mutants of that name, with the cases.
MutationScore judge(const std::string& text, const std::string& name, const MutationCases& cases = {}, bool pin = false) {
  const auto all = mutants_of(text);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Mutant& one) { return one.name == name; });
  if (found == all.end()) throw std::runtime_error("no mutant " + name);
  MutationOptions options;
  options.first = static_cast<std::size_t>(found - all.begin());
  options.every = all.size();
  options.pin = pin;
  auto score = judge_mutants(text, reference(), cases, options);
  if (!score) throw std::runtime_error(score.error().text());
  return std::move(*score);
}

TEST(Mutation, MakesEverySmallChangeToARule) {
  std::set<std::string> names;
  for (const Mutant& one : mutants_of(tiny().dump()))
    if (one.name.starts_with("rule ")) EXPECT_TRUE(names.insert(one.name).second) << one.name << " twice";
  const std::set<std::string> expected = {
      "rule agreed: gone", "rule agreed: when.flow gone", "rule agreed: when.flow turned round", "rule agreed: when.consent.state gone", "rule agreed: when.consent.state turned round",
      "rule agreed: forbids", "rule agreed: in stratum exception", "rule agreed: anonymised turned round", "rule agreed: a duty",
      "rule ask: gone", "rule ask: when.flow turned round", "rule ask: unless.subject.age gone", "rule ask: unless.subject.age turned round", "rule ask: unless.subject.age.at_least 13",
      "rule ask: unless.subject.age.at_least 18", "rule ask: oblige.seek_consent after", "rule ask: oblige.seek_consent.to without subject", "rule ask: on gone",
      "rule ask: on without withhold:consent_missing", "rule ask: on without withhold:consent_expired", "rule ask: cite without CAF-1", "rule ask: cite without CAF-2"};
  EXPECT_EQ(names, expected);
}

TEST(Mutation, ChangesOnePlaceAndNothingElse) {
  const std::string text = tiny().dump();
  for (const Mutant& one : mutants_of(text)) {
    const json changed = json::parse(with_mutant(text, one));
    const json patch = json::diff(json::parse(text), changed);
    ASSERT_FALSE(patch.empty()) << one.name << " changes nothing";
    for (const json& step : patch) {
      // where an element of a list is gone, those after it move up
      const std::string path = step.at("path"), parent = json::json_pointer(one.where).parent_pointer().to_string();
      EXPECT_TRUE(path.starts_with(one.where) || (one.value.empty() && path.starts_with(parent))) << one.name << " also changes " << path;
    }
  }
  EXPECT_TRUE(mutants_of("[]").empty());
  EXPECT_TRUE(mutants_of("{").empty());
}

TEST(Mutation, ReportsWhatNobodyNoticesAndPinsIt) {
  const std::string text = tiny().dump(), name = "rule ask: oblige.seek_consent after";
  const MutationScore before = judge(text, name);
  ASSERT_EQ(before.judged.size(), 1u);
  EXPECT_EQ(before.judged[0].fate, Fate::survived);
  EXPECT_EQ(before.judged[0].by, "partner_request: obligation seek_consent after");
  EXPECT_EQ(before.caught(), 0u);
  // the case it comes with is answered otherwise by the mutant, on the engine itself
  const auto question = read_case(before.judged[0].question);
  ASSERT_TRUE(question) << before.judged[0].question;
  const auto stands = test::read_pack(text), mutant = test::read_pack(with_mutant(text, before.judged[0].mutant));
  ASSERT_TRUE(stands && mutant);
  const std::string right = to_json(decide(*stands, *question)), wrong = to_json(decide(*mutant, *question));
  EXPECT_TRUE(compare(exact_expect(right), right)->empty());
  EXPECT_FALSE(compare(exact_expect(right), wrong)->empty());

  const MutationScore pinned = judge(text, name, {}, true);
  ASSERT_EQ(pinned.pinned.lines.size(), 1u);
  EXPECT_TRUE(pinned.pinned.dated.empty());
  EXPECT_EQ(pinned.judged[0].fate, Fate::by_case);
  const MutationScore after = judge(text, name, {pinned.pinned.lines, {}});
  EXPECT_EQ(after.judged[0].fate, Fate::by_case);
  EXPECT_EQ(after.caught(), 1u);
  EXPECT_EQ(after.counted(), 1u);
}

TEST(Mutation, NamesWhatTheProofSees) {
  const MutationScore score = judge(tiny().dump(), "rule agreed: when.consent.state gone");
  EXPECT_EQ(score.judged[0].fate, Fate::by_proof);
  EXPECT_EQ(score.judged[0].by, "ground");
}

TEST(Mutation, NamesWhatDoesNotLoad) {
  json pack = tiny();
  pack["rules"][0]["stratum"] = "exception";
  pack["rules"][0]["overrides"] = {"shut"};
  pack["rules"].push_back(json::parse(R"({"id": "shut", "effect": "forbid", "stratum": "hard_deny", "cite": {"clauses": ["CAF-1"]}, "plain": "No.", "reason": "role",
    "when": {"flow": ["partner_request"], "item.category": ["finance"]}})"));
  const MutationScore score = judge(pack.dump(), "rule shut: gone");
  EXPECT_EQ(score.judged[0].fate, Fate::not_loaded);
  EXPECT_NE(score.judged[0].by.find("no rule `shut`"), std::string::npos) << score.judged[0].by;
}

TEST(Mutation, LeavesOutWhatChangesNothing) {
  json pack = tiny();
  json again = pack["rules"][0];
  again["id"] = "agreed-again";
  pack["rules"].push_back(again);
  MutationScore score = judge(pack.dump(), "rule agreed-again: gone");
  EXPECT_EQ(score.judged[0].fate, Fate::equivalent) << score.judged[0].by;
  EXPECT_EQ(score.counted(), 0u);
  // another clause behind it is another decision
  pack["rules"][2]["cite"]["clauses"] = {"CAF-2"};
  score = judge(pack.dump(), "rule agreed-again: gone");
  EXPECT_EQ(score.judged[0].fate, Fate::survived) << score.judged[0].by;
  EXPECT_EQ(score.judged[0].by, "partner_request: cites CAF-2");
}

TEST(Mutation, LooksAtTheDayTheLawComesToo) {
  json pack = tiny();
  pack["rules"].push_back(json::parse(R"({"id": "law", "effect": "permit", "stratum": "statute", "cite": {"clauses": ["CAF-2"]}, "plain": "The law says so.",
    "when": {"flow": ["referral"], "law": ["s16la"], "circumstance": ["statutory_duty"]}})"));
  const std::string name = "rule law: gone";
  const MutationScore score = judge(pack.dump(), name);
  EXPECT_EQ(score.judged[0].fate, Fate::survived);
  EXPECT_TRUE(score.judged[0].dated);
  const MutationScore pinned = judge(pack.dump(), name, {}, true);
  ASSERT_EQ(pinned.pinned.dated.size(), 1u);
  EXPECT_TRUE(pinned.pinned.lines.empty());
  EXPECT_EQ(judge(pack.dump(), name, {{}, pinned.pinned.dated}).judged[0].fate, Fate::by_case);
}

TEST(Mutation, RefusesCasesThatDoNotHoldForThePackItself) {
  const std::string text = tiny().dump();
  const auto score = judge_mutants(text, reference(), {{R"({"name":"wrong","why":"w","case":{"flow":"partner_request","items":[{"category":"contact"}]},"expect":{"outcome":"release"}})"}, {}});
  ASSERT_FALSE(score);
  EXPECT_EQ(score.error().where, "wrong");
  EXPECT_FALSE(judge_mutants("{}", reference(), {}));
}

// The whole is run by scripts/mutation-score; here a sample of each pack, another part of it for each.
TEST(Mutation, NothingSurvivesInTheProjectsPacks) {
  std::size_t first = 3;
  for (const char* pack : test::kProjectPacks) {
    MutationCases cases;
    const std::string file = std::string(pack) + ".jsonl";
    for (const std::string& folder : {kTests, kTests + "pinned/"})
      for (std::string& line : test::lines_of(folder + file)) cases.lines.push_back(std::move(line));
    cases.dated = test::lines_of(kTests + "pinned/dated/" + file);
    MutationOptions options;
    options.every = 53;
    options.first = first++;
    const auto score = judge_mutants(test::config_text("packs/" + file.substr(0, file.size() - 1)), reference(), cases, options);
    ASSERT_TRUE(score) << pack << ": " << score.error().text();
    EXPECT_GE(score->counted(), 8u) << pack;
    for (const Judged& one : score->judged) EXPECT_NE(one.fate, Fate::survived) << pack << ": " << one.mutant.name << ": " << one.by << "\n  " << one.question;
  }
}

}  // namespace
}  // namespace gatehouse::policy
