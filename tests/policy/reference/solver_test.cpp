// What `policy prove` proves with diagrams over the compiled masks, proved again with Z3 over formulas made from the JSON; and that those formulas say what the engine does.
#include <algorithm>
#include <functional>
#include <map>

#include <gtest/gtest.h>

#include "policy/decision/compiled.hpp"
#include "policy/decision/evaluate.hpp"
#include "tests/policy/decision/packs.hpp"
#include "tests/policy/reference/symbolic.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;
using reference::Symbolic;

// The pack as JSON, with its dated law in force from 1 June 2026, so that both sides of that day are states.
json dated(const std::string& id) {
  json pack = json::parse(test::config_text("packs/" + id + ".json"));
  for (json& one : pack["switches"]) one["from"] = "2026-06-01";
  return pack;
}
const json& matrix() {
  static const json read = json::parse(test::config_text("minimum_necessary.json"));
  return read;
}

std::vector<std::optional<Flow>> flows() {
  std::vector<std::optional<Flow>> out = {std::nullopt};
  for (std::size_t i = 0; i < count_of<Flow>(); ++i) out.emplace_back(static_cast<Flow>(i));
  return out;
}
std::string name_of(const std::optional<Flow>& flow) { return flow ? std::string(text(*flow)) : "flow not known"; }

// What the engine makes of a case with one item.
Verdict verdict_of(const Pack& pack, const Case& question) {
  Verdict out;
  evaluate(pack.compiled(), derive_facts(pack.compiled(), question), out);
  return out;
}

class Solver : public testing::TestWithParam<const char*> {};

TEST_P(Solver, ProvesEveryClaimInEveryFlow) {
  const json pack = dated(GetParam());
  for (const auto& flow : flows()) {
    z3::context context;
    Symbolic symbolic(context, pack, matrix(), flow);
    std::size_t proved = 0;
    for (const auto& claim : symbolic.claims()) {
      z3::solver solver(context);
      solver.add(claim.broken);
      const auto found = solver.check();
      EXPECT_EQ(found, z3::unsat) << GetParam() << ", " << name_of(flow) << ": " << claim.id << ": " << (found == z3::sat ? to_json(symbolic.case_of(solver.get_model())) : "not decided");
      ++proved;
    }
    EXPECT_GE(proved, 18u);
    // and none of it because no state is left
    z3::solver solver(context);
    solver.add(symbolic.domain());
    EXPECT_EQ(solver.check(), z3::sat);
  }
}

TEST_P(Solver, ProvesThatWhatGoesOutWithAFactUnknownGoesOutForEachValueOfIt) {
  const json pack = dated(GetParam());
  for (const auto& flow : flows()) {
    z3::context context;
    Symbolic symbolic(context, pack, matrix(), flow);
    z3::solver solver(context);
    for (const auto& claim : symbolic.unsteady()) {
      solver.push();
      solver.add(claim.broken);
      EXPECT_EQ(solver.check(), z3::unsat) << GetParam() << ", " << name_of(flow) << ": " << claim.id;
      solver.pop();
    }
  }
}

TEST_P(Solver, FindsNoRuleThatNeverHoldsAndFindsOneThatCannot) {
  json pack = dated(GetParam());
  // A control: a rule that two of its own words keep from ever holding.
  json never = pack.at("rules")[0];
  never["id"] = "cannot-hold";
  never["when"] = {{"flow", {"statistics"}}, {"request", {"emergency_possible"}}, {"emergency", {false}}};
  never.erase("unless");
  pack["rules"].push_back(never);
  std::map<std::string, bool> holds;
  for (const auto& flow : flows()) {
    z3::context context;
    Symbolic symbolic(context, pack, matrix(), flow);
    for (const auto& rule : symbolic.rules()) {
      bool& seen = holds[rule.id];
      if (seen) continue;
      z3::solver solver(context);
      solver.add(rule.broken);
      seen = solver.check() == z3::sat;
    }
  }
  for (const auto& [id, seen] : holds) EXPECT_EQ(seen, id != "cannot-hold") << GetParam() << ": " << id;
}

TEST_P(Solver, FollowsTheEngineIntoEveryCorner) {
  const json pack = dated(GetParam());
  const auto engine = test::read_pack(pack.dump());
  ASSERT_TRUE(engine) << engine.error().text();
  std::size_t compared = 0, differ = 0;
  for (const auto& flow : flows()) {
    z3::context context;
    Symbolic symbolic(context, pack, matrix(), flow);
    z3::solver solver(context);
    solver.add(symbolic.domain());
    const auto corners = symbolic.corners();
    for (std::size_t i = 0; i < corners.size() && differ < 5; ++i) {
      // in turn with each outcome, so that what is rare is met as well
      solver.push();
      solver.add(corners[i]);
      for (const std::size_t outcome : {i % 4, (i + 1) % 4}) {
        solver.push();
        solver.add(symbolic.outcome(static_cast<ItemOutcome>(outcome)));
        if (solver.check() == z3::sat) {
          const z3::model model = solver.get_model();
          const Case question = symbolic.case_of(model);
          const Verdict verdict = verdict_of(*engine, question);
          ++compared;
          const bool same = static_cast<std::size_t>(verdict.items[0].outcome) == outcome && verdict.review == model.eval(symbolic.review(), true).is_true() &&
                            verdict.exceptional == model.eval(symbolic.exceptional(), true).is_true() && verdict.must_share == model.eval(symbolic.must_share(), true).is_true();
          if (!same) {
            ++differ;
            ADD_FAILURE() << GetParam() << ", " << name_of(flow) << ": the formulas say " << text(static_cast<ItemOutcome>(outcome)) << (model.eval(symbolic.review(), true).is_true() ? " review" : "")
                          << (model.eval(symbolic.exceptional(), true).is_true() ? " exceptional" : "") << (model.eval(symbolic.must_share(), true).is_true() ? " must_share" : "") << ", the engine "
                          << text(verdict.items[0].outcome) << " " << text(verdict.items[0].reason) << (verdict.review ? " review" : "") << (verdict.exceptional ? " exceptional" : "")
                          << (verdict.must_share ? " must_share" : "") << "\n" << to_json(question);
          }
        }
        solver.pop();
      }
      solver.pop();
    }
  }
  EXPECT_GT(compared, 2'000u);
}

// A permit that lost its condition: the solver finds a case, and the engine gives the record out in it.
TEST_P(Solver, FindsTheCaseWhereAPermitLostItsConsentCircumstanceOrApproval) {
  const json good = dated(GetParam());
  std::size_t tried = 0;
  for (const std::string what : {"consent.state", "circumstance", "approval"}) {
    for (std::size_t i = 0; i < good.at("rules").size(); ++i) {
      const json& rule = good.at("rules")[i];
      if (rule.at("effect") != "permit" || !rule.at("when").contains("flow") || rule.value("anonymised", rule.at("stratum") == "anonymise")) continue;
      const json& flows_of_it = rule.at("when").at("flow");
      if (std::find(flows_of_it.begin(), flows_of_it.end(), "partner_request") == flows_of_it.end()) continue;
      json pack = good;
      json& spoilt = pack["rules"][i];
      if (what == "approval") {
        if (!spoilt.contains("approval")) continue;
        spoilt.erase("approval");
      } else {
        if (!spoilt["when"].contains(what)) continue;
        spoilt["when"].erase(what);
      }
      const auto engine = test::read_pack(pack.dump());
      ASSERT_TRUE(engine) << engine.error().text();
      z3::context context;
      Symbolic symbolic(context, pack, matrix(), Flow::partner_request);
      bool found = false;
      for (const auto& claim : symbolic.claims()) {
        z3::solver solver(context);
        solver.add(claim.broken);
        if (solver.check() != z3::sat) continue;
        found = true;
        const Case question = symbolic.case_of(solver.get_model());
        const Decision decision = decide(*engine, question);
        EXPECT_EQ(decision.items()[0].outcome, ItemOutcome::release) << rule.at("id") << " without its " << what << ": " << claim.id << "\n" << to_json(question);
        EXPECT_NE(decide(*test::read_pack(good.dump()), question).items()[0].outcome, ItemOutcome::release) << "the pack as it is gives it out as well\n" << to_json(question);
        break;
      }
      EXPECT_TRUE(found) << GetParam() << ": " << rule.at("id") << " without its " << what << " breaks no claim";
      ++tried;
      break;
    }
  }
  EXPECT_EQ(tried, 3u);
}

INSTANTIATE_TEST_SUITE_P(FivePacks, Solver, testing::ValuesIn(test::kProjectPacks), [](const auto& of) {
  std::string name = of.param;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace gatehouse::policy
