// Every pack of the project is proved, and the proof can fail: for each claim there is a pack that breaks it.
#include "policy/prove/proof.hpp"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "policy/decision/compiled.hpp"
#include "policy/decision/evaluate.hpp"
#include "tests/policy/decision/packs.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

json text_of(const std::string& pack) { return json::parse(test::config_text("packs/" + pack + ".json")); }

json& rule(json& pack, const std::string& id) {
  for (json& one : pack["rules"])
    if (one["id"] == id) return one;
  throw std::runtime_error("no rule " + id);
}

const ProvedClaim& claim(const Proof& proof, const std::string& id) {
  for (const ProvedClaim& one : proof.claims)
    if (one.id == id) return one;
  throw std::runtime_error("no claim " + id);
}

std::string broken_claims(const Proof& proof) {
  std::string out;
  for (const ProvedClaim& one : proof.claims) {
    if (one.holds()) continue;
    out += one.id + " in " + one.broken + " states\n";
    for (const Counterexample& example : one.examples) out += "  " + example.plain + "\n  " + example.question + " " + example.note + "\n";
  }
  return out;
}

Proof proof_after(const std::string& name, const std::function<void(json&)>& change) {
  json text = text_of(name);
  change(text);
  const auto pack = test::read_pack(text.dump());
  if (!pack) throw std::runtime_error(pack.error().text());
  return prove(*pack);
}

// The claim does not hold, and the pack answers its example as the story says: the item goes out.
void expect_broken(const std::string& name, const std::string& id, const std::function<void(json&)>& change, bool as_before = false) {
  json text = text_of(name);
  change(text);
  const auto pack = test::read_pack(text.dump());
  ASSERT_TRUE(pack) << pack.error().text();
  const Proof proof = prove(*pack);
  EXPECT_FALSE(proof.holds());
  const ProvedClaim& failed = claim(proof, id);
  ASSERT_FALSE(failed.holds()) << name << ": " << id << " holds\n" << broken_claims(proof);
  ASSERT_FALSE(failed.examples.empty());
  EXPECT_NE(failed.broken, "0");
  const Counterexample& example = failed.examples[0];
  EXPECT_EQ(example.note, "");
  const auto question = read_case(example.question);
  ASSERT_TRUE(question) << question.error().text() << " in " << example.question;
  const Decision decision = decide(*pack, *question);
  EXPECT_EQ(decision.items().at(0).outcome, ItemOutcome::release) << example.plain << "\n" << to_json(decision);
  // the pack as it stands answers otherwise, or asks for more on the way
  const Decision stands = decide(test::project_pack(name), *question);
  if (as_before) EXPECT_GT(stands.obligations().size(), decision.obligations().size());
  else EXPECT_NE(stands.items().at(0).outcome, ItemOutcome::release) << example.plain;
  EXPECT_NE(example.plain.find("The pack answers:"), std::string::npos);
}

TEST(Proof, HoldsForEveryPackOfTheProject) {
  for (const char* name : test::kProjectPacks) {
    const Proof proof = prove(test::project_pack(name));
    EXPECT_TRUE(proof.holds()) << name << "\n" << broken_claims(proof);
    EXPECT_GE(proof.claims.size(), 22u);
    EXPECT_GT(proof.compared, 1000u) << "the diagrams were hardly compared with the engine";
    EXPECT_GT(proof.states.size(), 30u);
    EXPECT_TRUE(std::any_of(proof.claims.begin(), proof.claims.end(), [](const ProvedClaim& one) { return one.number == 6; })) << name << " states no `never`";
  }
}

TEST(Proof, GivesTheSameAnswerAgain) {
  const Proof one = prove(test::project_pack("cats-cambridge")), two = prove(test::project_pack("cats-cambridge"));
  EXPECT_EQ(one.states, two.states);
  EXPECT_EQ(one.compared, two.compared);
}

TEST(Proof, FailsWhenAPermitLostItsConsent) {
  expect_broken("new-futures", "ground", [](json& p) { rule(p, "1.3-written-consent")["when"].erase("consent.state"), rule(p, "1.3-written-consent")["when"].erase("consent.form"); });
  expect_broken("west-park", "ground", [](json& p) { rule(p, "consent")["when"] = {{"flow", {"referral"}}}; });
  expect_broken("best-foot-forward", "ground", [](json& p) { rule(p, "8-permission")["when"].erase("consent.state"); });
}

TEST(Proof, FailsWhenAPermitLostItsCircumstance) {
  expect_broken("new-futures", "ground", [](json& p) { rule(p, "1.1c")["when"].erase("circumstance"); });
  expect_broken("children-and-families", "ground", [](json& p) { rule(p, "legal-duty")["when"].erase("circumstance"); });
  expect_broken("cats-cambridge", "ground", [](json& p) { rule(p, "13-serious-crime")["when"].erase("offence.state"); });
}

TEST(Proof, FailsWhenAPermitLostItsApproval) {
  expect_broken("new-futures", "ground", [](json& p) { rule(p, "1.1c").erase("approval"); });
  expect_broken("west-park", "ground", [](json& p) { rule(p, "20-concern").erase("approval"); });
  expect_broken("cats-cambridge", "ground", [](json& p) { rule(p, "13-protect").erase("approval"); });
}

TEST(Proof, FailsWhenAnExceptionOpensWhatOnlyConsentMay) {
  expect_broken("new-futures", "ground", [](json& p) { rule(p, "1.1c").erase("unless"); });
}

TEST(Proof, FailsWhenAQuestionWithoutNamesNamesSomebody) {
  expect_broken("children-and-families", "names-nobody", [](json& p) { rule(p, "ask-without-names")["anonymised"] = false; });
}

TEST(Proof, FailsWhenAParentIsToldMoreThanThePolicyLets) {
  expect_broken("west-park", "parents", [](json& p) { rule(p, "28-progress")["when"].erase("item.category"); });
  expect_broken("west-park", "parents", [](json& p) { rule(p, "17-best-interests")["when"].erase("best_interests"); });
  expect_broken("cats-cambridge", "parents", [](json& p) { rule(p, "7-progress")["when"].erase("requester.parental_responsibility"); });
}

TEST(Proof, FailsWhenAParentIsToldOfARiskOrOfAbuse) {
  expect_broken("cats-cambridge", "parents-and-risk", [](json& p) { rule(p, "11-consequences")["unless"].erase("risk"); });
  expect_broken("best-foot-forward", "parents-and-risk", [](json& p) { rule(p, "8-permission-parent")["unless"].erase("requester.marked_risk"); });
  expect_broken("children-and-families", "parents-and-risk", [](json& p) { rule(p, "express-consent-parent")["unless"].erase("item.category"); });
}

TEST(Proof, FailsWhenSomebodyOutsideOpensARecordAsIfInside) {
  expect_broken("west-park", "inside", [](json& p) { rule(p, "27-service")["when"].erase("requester.kind"); });
}

TEST(Proof, FailsWhenADocumentThatComesInGoesOut) {
  expect_broken("children-and-families", "nothing-else", [](json& p) {
    p["rules"].push_back({{"id", "x"}, {"effect", "permit"}, {"stratum", "exception"}, {"cite", {{"clause", "CAF-1"}}}, {"plain", "x"}, {"when", {{"flow", {"inbound_document"}}}}});
  });
}

TEST(Proof, FailsWhenWhatIsExceptionalLeavesNoDutyToTell) {
  // called consent, so that nobody would be told
  expect_broken("new-futures", "notice", [](json& p) { rule(p, "1.1c")["stratum"] = "consent"; }, true);
}

TEST(Proof, FailsWhenAClosedFileOpensToOthers) {
  expect_broken("west-park", "compartment", [](json& p) { rule(p, "27-counselling-inside")["unless"]["requester.role"] = {"counsellor", "teacher"}; });
  expect_broken("west-park", "compartment", [](json& p) { rule(p, "27-counselling")["unless"] = {{"requester.role", {"counsellor"}}}; });
  expect_broken("west-park", "compartment", [](json& p) { rule(p, "27-open").erase("needs_approval"), rule(p, "27-open").erase("mode"); });
}

TEST(Proof, FailsWhenAPolicysOwnNeverHappens) {
  expect_broken("new-futures", "never:sixteen-decides", [](json& p) {
    p["rules"].push_back({{"id", "x"}, {"effect", "permit"}, {"stratum", "exception"}, {"cite", {{"clause", "NFP-1.1"}}}, {"plain", "x"}, {"when", {{"flow", {"parent_enquiry"}}}}});
    rule(p, "3.6a-16-and-17")["when"]["subject.age"] = {{"at_least", 18}};
  });
}

TEST(Proof, NamesARuleThatNeverHasASay) {
  const Proof proof = proof_after("children-and-families", [](json& p) {
    json again = rule(p, "own-file");
    again["id"] = "again";
    again.erase("oblige");
    again.erase("clocks");
    again["stratum"] = "exception";
    p["rules"].push_back(again);
  });
  const ProvedClaim& alive = claim(proof, "no-dead-rule");
  ASSERT_FALSE(alive.holds());
  EXPECT_NE(alive.examples[0].plain.find("`again`"), std::string::npos);
}

TEST(Proof, ListsEveryOverride) {
  const Proof proof = prove(test::project_pack("west-park"));
  std::size_t listed = 0;
  for (const CompiledRule& one : test::project_pack("west-park").compiled().rules) listed += one.overrides.size();
  EXPECT_EQ(proof.overrides.size(), listed);
  EXPECT_NE(std::find(proof.overrides.begin(), proof.overrides.end(), "`20-must` overrides `27-counselling`"), proof.overrides.end());
}

// What no pack can break, because the engine sees to it, is broken here in the masks.
Proof proof_of_masks(const std::string& name, const std::function<void(CompiledPack&)>& change) {
  auto masks = std::make_shared<CompiledPack>(test::project_pack(name).compiled());
  change(*masks);
  return prove(Pack(masks));
}

TEST(Proof, FailsWhenTheMasksForgetWhatTheEngineSeesTo) {
  EXPECT_FALSE(claim(proof_of_masks("new-futures", [](CompiledPack& p) { p.agreement_required = false; }), "agreement").holds());
  EXPECT_FALSE(claim(proof_of_masks("new-futures", [](CompiledPack& p) { for (PurposeTable& one : p.purposes) one.not_in_confidence = 0; }), "third-parties").holds());
  EXPECT_FALSE(claim(proof_of_masks("new-futures", [](CompiledPack& p) { p.unsure_roles = 0; for (PurposeTable& one : p.purposes) one.roles = 0; }), "somebody-to-ask").holds());
}

TEST(Proof, HoldsATrainingGateAgainstStaffWhoseTrainingLapsed) {
  // the gate is a setting: with it, the claim has something to hold
  const auto& masks = test::project_pack("children-and-families").compiled();
  ASSERT_TRUE(masks.gate_training);
  Case question;
  question.at = read_instant("2026-11-24T10:00:00Z");
  question.flow = Flow::internal_access;
  question.requester.kind = RequesterKind::staff;
  question.requester.role = Role::worker;
  question.requester.training = Training::lapsed;
  question.requester.attested = true;
  question.requester.conflict = false;
  question.subject = {12, Competence::unassessed};
  question.purpose = Purpose::internal_support;
  question.stated = {Statement::why_necessary};
  question.items = {{"1", 0, Category::education, true, Compartment::none, false, false}};
  EXPECT_EQ(decide(test::children_and_families(), question).items()[0].reason, ReasonCode::training_gate);
}

}  // namespace
}  // namespace gatehouse::policy
