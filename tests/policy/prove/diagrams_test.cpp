// The diagrams against the engine, state by state; and exact counts against counting.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "policy/decision/evaluate.hpp"
#include "policy/prove/agree.hpp"
#include "policy/prove/model.hpp"
#include "tests/policy/decision/packs.hpp"

namespace gatehouse::policy::proving {
namespace {

bool long_run() {
  const char* set = std::getenv("GATEHOUSE_LONG");
  return set != nullptr && std::string_view(set) == "yes";
}

class Numbers {
 public:
  std::size_t operator()(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

 private:
  std::mt19937 random_{20261122};
};

TEST(Diagrams, AgreeWithTheEngineWhereverAnEvaluationCanEnd) {
  const int turns = long_run() ? 20 : 2;
  const int loose = long_run() ? 20000 : 200;
  for (const char* name : test::kProjectPacks) {
    const CompiledPack& pack = test::project_pack(name).compiled();
    const Universe universe({&pack});
    Numbers numbers;
    const auto next = [&](std::size_t below) { return numbers(below); };
    std::size_t compared = 0;
    std::set<ReasonCode> reasons;
    for (std::size_t flow = 0; flow < kFlows; ++flow) {
      const FlowModel model = model_of(universe, pack, flow);
      const bdd domain = universe.domain(flow);
      Agreement agreement(universe, pack, model);
      const auto compare = [&](const State& state) {
        ++compared;
        ASSERT_TRUE(Universe::holds(domain, universe.point(state))) << "a state outside the domain";
        const auto difference = agreement.difference(state);
        ASSERT_FALSE(difference) << name << ": " << *difference << " in " << to_json(universe.case_of(state, pack));
      };
      for (const Branch& branch : model.branches)
        for (int turn = 0; turn < turns; ++turn) {
          const auto state = universe.some(branch.states.common, branch.states.own, domain, flow, next);
          if (!state) break;
          reasons.insert(branch.reason);
          compare(*state);
        }
      for (int turn = 0; turn < loose; ++turn) compare(universe.random(flow, next));
    }
    EXPECT_GT(compared, 2000u);
    EXPECT_GT(reasons.size(), 20u) << "few ways to end were reached";
  }
}

TEST(Diagrams, OweWhatADecisionOwes) {
  for (const char* name : test::kProjectPacks) {
    const Pack& whole = test::project_pack(name);
    const CompiledPack& pack = whole.compiled();
    const Universe universe({&pack});
    Numbers numbers;
    const auto next = [&](std::size_t below) { return numbers(below); };
    std::size_t with_something = 0;
    for (std::size_t flow = 0; flow < kFlows; ++flow) {
      const FlowModel model = model_of(universe, pack, flow);
      const bdd domain = universe.domain(flow);
      const auto sets = owed(universe, pack, model);
      for (const Branch& branch : model.branches) {
        const auto state = universe.some(branch.states.common, branch.states.own, domain, flow, next);
        if (!state) continue;
        std::string note;
        const Case question = universe.case_of(*state, pack, &note);
        if (!note.empty()) continue;  // a law that no day brings into force: no case shows it
        const Decision decision = decide(whole, question);
        std::set<std::string> expected, got;
        for (const Obligation& one : decision.obligations())
          expected.insert("obligation " + std::string(text(one.kind)) + (one.when == When::none ? "" : " " + std::string(text(one.when))));
        for (const ClockDue& one : decision.clocks) expected.insert("clock " + std::string(text(one.kind)));
        if (decision.duty == Duty::must_share) expected.insert("duty must_share");
        const Point at = universe.point(*state);
        for (const auto& [what, states] : sets) {
          if (what.starts_with("to ") || !Universe::holds(states, at)) continue;
          got.insert(what.starts_with("clock ") ? what.substr(0, what.find(' ', 6)) : what);
        }
        with_something += !got.empty();
        EXPECT_EQ(expected, got) << name << " " << to_json(question);
        if (expected != got) return;
      }
    }
    EXPECT_GT(with_something, 100u) << name;
  }
}

TEST(Diagrams, CountExactly) {
  const CompiledPack& pack = test::children_and_families().compiled();
  const Universe universe({&pack});
  // all facts fixed but five; the rest is counted by hand
  const std::size_t flow = static_cast<std::size_t>(Flow::internal_access);
  bdd set = universe.domain(flow);
  const std::set<Universe::Field> open = {Universe::field(Fact::kind), Universe::field(Fact::role), Universe::field(Fact::conflict), Universe::field(Fact::consent), universe.circumstance(3)};
  State state{flow, std::vector<std::uint8_t>(universe.fields())};
  for (Universe::Field f = 0; f < universe.fields(); ++f) {
    if (open.contains(f)) continue;
    // what does not belong to whoever asks is at rest: these are at rest for everybody
    const bool rests = f == Universe::field(Fact::type) || f == Universe::field(Fact::agreement) || f == Universe::field(Fact::training) || f == Universe::field(Fact::attested) ||
                       f == Universe::field(Fact::tenure) || f == Universe::field(Fact::signed_off) || f == Universe::field(Fact::parental) || f == Universe::field(Fact::marked_risk);
    state.values[f] = static_cast<std::uint8_t>(rests ? universe.size(f) - 1 : 0);
    set &= universe.is(f, state.values[f]);
  }
  std::size_t by_hand = 0;
  for (std::size_t kind = 0; kind <= count_of<RequesterKind>(); ++kind)
    for (std::size_t role = 0; role <= count_of<Role>(); ++role)
      for (std::size_t conflict = 0; conflict < 3; ++conflict)
        for (std::size_t consent = 0; consent < 8; ++consent)
          for (std::size_t circumstance = 0; circumstance < 3; ++circumstance) {
            const bool known = kind < count_of<RequesterKind>();
            const auto who = static_cast<RequesterKind>(kind);
            const bool staff_or_partner = !known || who == RequesterKind::staff || who == RequesterKind::partner;
            if (role < count_of<Role>() && !staff_or_partner) continue;
            if (conflict == 2 && !staff_or_partner) continue;
            const bool named = known && who != RequesterKind::staff && who != RequesterKind::subject;
            if (consent > 1 && !named) continue;
            by_hand += 1;
          }
  EXPECT_EQ(exact_count(set, universe.variables()), std::to_string(by_hand));
  EXPECT_EQ(exact_count(bddtrue, 200), "1606938044258990275541962092341162602522202993782792835301376") << "2^200";
  EXPECT_EQ(exact_count(bddfalse, 200), "0");
  EXPECT_EQ(add_counts({"1606938044258990275541962092341162602522202993782792835301376", "1"}), "1606938044258990275541962092341162602522202993782792835301377");
}

TEST(Diagrams, FindsThePlainestState) {
  const CompiledPack& pack = test::children_and_families().compiled();
  const Universe universe({&pack});
  const bdd set = universe.domain(0) & (universe.yes(universe.approval(9)) | universe.is(universe.circumstance(4), 2));
  const State state = universe.plainest(set, 0);
  EXPECT_TRUE(Universe::holds(set, universe.point(state)));
  std::size_t said = 0;
  for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i) said += state.values[universe.circumstance(i)] != 0;
  for (std::size_t i = 0; i < count_of<Role>(); ++i) said += state.values[universe.approval(i)] + state.values[universe.consulted(i)];
  EXPECT_EQ(said, 1u);
}

}  // namespace
}  // namespace gatehouse::policy::proving
