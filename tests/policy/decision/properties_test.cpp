// What must hold for every case, on random ones. The proof over all fact states is elsewhere; here dates, scopes and givers take part.
#include <algorithm>
#include <functional>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "policy/prove/cases.hpp"
#include "policy/decision/compiled.hpp"
#include "tests/policy/decision/packs.hpp"
#include "tests/policy/decision/random_case.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::policy {
namespace {

using test::RandomCase;

const std::vector<Case>& project_cases() {
  static const std::vector<Case> cases = [] {
    std::vector<Case> out;
    for (const std::string& line : test::lines_of(std::string(::gatehouse::test::source_dir()) + "/tests/policy/cases/children-and-families.jsonl"))
      out.push_back(read_case_line(line).value());
    return out;
  }();
  return cases;
}

Decision answer(const Case& question) { return decide(test::children_and_families(), question); }

bool sends(const ItemDecision& item) { return item.outcome == ItemOutcome::release || item.outcome == ItemOutcome::anonymised; }

// Runs `property(random, case)` on many random cases. REQUIRES: the property uses RC_ASSERT.
bool for_random_cases(const char* what, const std::function<void(RandomCase&, const Case&)>& property) {
  return rc::check(what, [&](unsigned seed) {
    RandomCase random(project_cases(), seed);
    for (int n = 0; n < 15; ++n) {
      const Case question = random.next();
      property(random, question);
    }
  });
}

// Nothing goes out under `after` that did not under `before`; the items stand in the same order.
void releases_no_more(const Case& before, const Case& after, const std::string& change) {
  const Decision was = answer(before), is = answer(after);
  RC_ASSERT(was.items().size() == is.items().size());
  for (std::size_t i = 0; i < was.items().size(); ++i)
    if (sends(is.items()[i]) && !sends(was.items()[i]))
      RC_FAIL(change + " released item " + std::to_string(i) + "\nbefore " + to_json(before) + "\n" + to_json(was) + "\nafter " + to_json(after) + "\n" + to_json(is));
}

TEST(EveryCase, SurvivesWritingAndReading) {
  EXPECT_TRUE(for_random_cases("to_json, then read_case, is the case again", [](RandomCase&, const Case& question) {
    const std::string written = to_json(question);
    const auto read = read_case(written);
    if (!read) RC_FAIL(read.error().text() + " in " + written);
    RC_ASSERT(*read == question);
    RC_ASSERT(to_json(*read) == written);
  }));
}

TEST(EveryCase, IsAnsweredTheSameInAnyOrderOfItsLists) {
  EXPECT_TRUE(for_random_cases("order does not matter", [](RandomCase& random, const Case& question) {
    Case other = question;
    random.shuffle(other.consents);
    random.shuffle(other.circumstances);
    random.shuffle(other.approvals);
    random.shuffle(other.consulted);
    random.shuffle(other.stated);
    RC_ASSERT(to_json(answer(other)) == to_json(answer(question)));
    random.shuffle(other.items);
    const Decision one = answer(question), two = answer(other);
    RC_ASSERT(one.outcome() == two.outcome());
    RC_ASSERT(one.duty == two.duty);
    RC_ASSERT(one.clauses == two.clauses);
    RC_ASSERT(one.refer_to == two.refer_to);
    std::map<std::string, ItemDecision> by_id;
    for (const ItemDecision& item : one.items()) by_id[item.id] = item;
    for (const ItemDecision& item : two.items()) {
      RC_ASSERT(by_id.at(item.id).outcome == item.outcome);
      RC_ASSERT(by_id.at(item.id).reason == item.reason);
      RC_ASSERT(by_id.at(item.id).detail == item.detail);
      RC_ASSERT(by_id.at(item.id).clauses == item.clauses);
    }
  }));
}

TEST(EveryCase, ReleasesNoMoreWhenAFactBecomesUnknown) {
  struct Forget {
    const char* what;
    std::function<void(Case&)> forget;
  };
  static const std::vector<Forget> facts = {
      {"at", [](Case& c) { c.at.reset(); }},
      {"flow", [](Case& c) { c.flow.reset(); }},
      {"purpose", [](Case& c) { c.purpose.reset(); }},
      {"requester.kind", [](Case& c) { c.requester.kind.reset(); }},
      {"requester.officer", [](Case& c) { c.requester.officer.reset(); }},
      {"requester.agency", [](Case& c) { c.requester.agency.reset(); }},
      {"requester.agency_type", [](Case& c) { c.requester.agency_type.reset(); }},
      {"requester.agreement", [](Case& c) { c.requester.agreement.reset(); }},
      {"requester.role", [](Case& c) { c.requester.role.reset(); }},
      {"requester.training", [](Case& c) { c.requester.training.reset(); }},
      {"requester.attested", [](Case& c) { c.requester.attested.reset(); }},
      {"requester.tenure_days", [](Case& c) { c.requester.tenure_days.reset(); }},
      {"requester.signed_off", [](Case& c) { c.requester.signed_off.reset(); }},
      {"requester.person", [](Case& c) { c.requester.person.reset(); }},
      {"requester.parental_responsibility", [](Case& c) { c.requester.parental_responsibility.reset(); }},
      {"requester.marked_risk", [](Case& c) { c.requester.marked_risk.reset(); }},
      {"requester.conflict", [](Case& c) { c.requester.conflict.reset(); }},
      {"recipient.agency", [](Case& c) { if (c.recipient) c.recipient->agency.reset(); }},
      {"recipient.agency_type", [](Case& c) { if (c.recipient) c.recipient->agency_type.reset(); }},
      {"recipient.agreement", [](Case& c) { if (c.recipient) c.recipient->agreement.reset(); }},
      {"subject.age", [](Case& c) { c.subject.age.reset(); }},
      {"subject.competence", [](Case& c) { c.subject.competence.reset(); }},
      {"offence", [](Case& c) { c.offence.reset(); }},
      {"best_interests", [](Case& c) { c.best_interests.reset(); }},
      {"emergency", [](Case& c) { c.emergency.reset(); }},
      {"items.category", [](Case& c) { for (Item& one : c.items) one.category.reset(); }},
      {"items.relevant", [](Case& c) { for (Item& one : c.items) one.relevant.reset(); }},
      {"items.compartment", [](Case& c) { for (Item& one : c.items) one.compartment.reset(); }},
      {"items.given_in_confidence", [](Case& c) { for (Item& one : c.items) one.given_in_confidence.reset(); }},
      {"items.withheld_from_requester", [](Case& c) { for (Item& one : c.items) one.withheld_from_requester.reset(); }},
      {"consents.form", [](Case& c) { for (Consent& one : c.consents) one.form.reset(); }},
      {"consents.given_by", [](Case& c) { for (Consent& one : c.consents) one.given_by.reset(); }},
      {"consents.given", [](Case& c) { for (Consent& one : c.consents) one.given.reset(); }},
      {"consents.expires", [](Case& c) { for (Consent& one : c.consents) one.expires.reset(); }},
      {"one consent's giver", [](Case& c) { if (!c.consents.empty()) c.consents.back().given_by.reset(); }},
      {"one consent's day", [](Case& c) { if (!c.consents.empty()) c.consents.back().given.reset(); }},
  };
  EXPECT_TRUE(for_random_cases("unknown never permits", [](RandomCase& random, const Case& question) {
    const Forget& one = facts[random.below(facts.size())];
    Case less = question;
    one.forget(less);
    releases_no_more(question, less, std::string("not knowing ") + one.what);
  }));
}

TEST(EveryCase, ReleasesNoMoreWhenAConsentIsWithdrawnOrRefused) {
  EXPECT_TRUE(for_random_cases("a no never opens anything", [](RandomCase& random, const Case& question) {
    if (question.consents.empty() || !question.at) return;
    Case withdrawn = question;
    withdrawn.consents[random.below(question.consents.size())].withdrawn = test::children_and_families().compiled().calendar->local_date(*question.at);
    releases_no_more(question, withdrawn, "a withdrawal");
    Case refused = question;
    Consent no = refused.consents[random.below(question.consents.size())];
    no.refused = true;
    no.given = test::children_and_families().compiled().calendar->local_date(*question.at);
    refused.consents.push_back(no);
    releases_no_more(question, refused, "a refusal");
    Case fewer = question;
    const auto at = static_cast<std::ptrdiff_t>(random.below(question.consents.size()));
    if (!fewer.consents[static_cast<std::size_t>(at)].refused && !fewer.consents[static_cast<std::size_t>(at)].withdrawn) {
      fewer.consents.erase(fewer.consents.begin() + at);
      releases_no_more(question, fewer, "a consent that is gone");
    }
  }));
}

TEST(EveryCase, ReleasesNoMoreWithLessEvidenceApprovalOrAdvice) {
  EXPECT_TRUE(for_random_cases("a claim is less than evidence", [](RandomCase&, const Case& question) {
    Case claims = question;
    for (Circumstance& one : claims.circumstances) one.evidence = false;
    releases_no_more(question, claims, "a claim in place of evidence");
    Case nobody = question;
    nobody.approvals.clear();
    releases_no_more(question, nobody, "no approval");
    nobody.consulted.clear();
    releases_no_more(question, nobody, "no advice");
    Case silent = question;
    silent.stated.clear();
    releases_no_more(question, silent, "no statement");
  }));
}

TEST(EveryCase, NeverReachesWhomItMustNot) {
  EXPECT_TRUE(for_random_cases("hard denials hold whatever else is true", [](RandomCase&, const Case& question) {
    const Decision decision = answer(question);
    RC_ASSERT(decision.items().size() == question.items.size());
    for (std::size_t i = 0; i < question.items.size(); ++i) {
      const Item& item = question.items[i];
      const ItemDecision& got = decision.items()[i];
      RC_ASSERT(got.id == item.id);
      if (!sends(got)) continue;
      RC_ASSERT(question.requester.conflict != true);
      RC_ASSERT(item.withheld_from_requester == false);
      RC_ASSERT(item.relevant == true);
      RC_ASSERT(item.category.has_value());
      RC_ASSERT(item.category != Category::safe_address || got.outcome == ItemOutcome::anonymised || question.flow == Flow::subject_access);
      RC_ASSERT(!got.clauses.empty());
      RC_ASSERT(got.detail != Detail::none);
      if (question.flow == Flow::hypothetical || question.flow == Flow::statistics) RC_ASSERT(got.outcome == ItemOutcome::anonymised);
    }
  }));
}

TEST(EveryCase, ThatReleasesWithoutConsentSaysWhoIsToldAndThatItIsReviewed) {
  EXPECT_TRUE(for_random_cases("what rests on a circumstance carries its duties", [](RandomCase&, const Case& changed) {
    Case question = changed;
    question.consents.clear();  // whoever agreed needs no telling
    const Decision decision = answer(question);
    if (question.flow != Flow::partner_request && question.flow != Flow::referral) return;
    const auto owes = [&](ObligationKind kind) { return std::ranges::any_of(decision.obligations(), [&](const Obligation& one) { return one.kind == kind; }); };
    const auto runs = [&](ClockKind kind) { return std::ranges::any_of(decision.clocks, [&](const ClockDue& one) { return one.kind == kind; }); };
    for (const ItemDecision& item : decision.items()) {
      if (item.outcome != ItemOutcome::release) continue;
      const bool exceptional = item.reason == ReasonCode::circumstance || item.reason == ReasonCode::duty;
      if (exceptional && question.notice != Notice::given) RC_ASSERT(owes(ObligationKind::notify_subject) || owes(ObligationKind::defer_notice));
      if (item.structured_only) {
        RC_ASSERT(owes(ObligationKind::retrospective_approval));
        RC_ASSERT(owes(ObligationKind::call_back));
        RC_ASSERT(runs(ClockKind::emergency_review));
      }
    }
  }));
}

}  // namespace
}  // namespace gatehouse::policy
