#include "policy/prove/proof.hpp"

#include <algorithm>
#include <optional>
#include <random>

#include "policy/decision/evaluate.hpp"
#include "policy/decision/explain.hpp"
#include "policy/prove/agree.hpp"
#include "policy/prove/invariants.hpp"
#include "policy/prove/plain_case.hpp"

namespace gatehouse::policy {
namespace {

using namespace proving;

std::string answer(const Decision& decision) {
  const ItemDecision& item = decision.items().at(0);
  std::string out = " The pack answers: ";
  switch (item.outcome) {
    case ItemOutcome::release: out += "it goes out"; break;
    case ItemOutcome::anonymised: out += "it goes out without names"; break;
    case ItemOutcome::refer: out += "somebody decides"; break;
    case ItemOutcome::withhold: out += "it stays"; break;
  }
  out += ", because: " + plain(item.reason);
  if (!item.clauses.empty()) {
    out += " (";
    for (std::size_t i = 0; i < item.clauses.size(); ++i) out += (i ? ", " : "") + item.clauses[i];
    out += ")";
  }
  return out;
}

Counterexample example_of(const Universe& universe, const Pack& pack, const State& state) {
  Counterexample out;
  const Case question = universe.case_of(state, pack.compiled(), &out.note);
  out.question = to_json(question);
  out.plain = plain_case(question) + answer(decide(pack, question));
  return out;
}

// The value of a fact in words: `requester.role was teacher`.
std::string value_text(const Universe& universe, const State& state, Fact fact) {
  const auto field = Universe::field(fact);
  return universe.name(field) + " was " + universe.value_name(field, state.values[field]);
}

}  // namespace

bool Proof::holds() const {
  return std::all_of(claims.begin(), claims.end(), [](const ProvedClaim& one) { return one.holds(); });
}

Proof prove(const Pack& whole) {
  const CompiledPack& pack = whole.compiled();
  Proof out;
  out.pack = pack.identity;
  const Universe universe({&pack});

  for (const Claim& claim : claims_of(pack)) out.claims.push_back({claim.id, claim.number, claim.says, claim.clauses, "0", {}});
  ProvedClaim steady{"unknown", 5, "What goes out while a fact is not known goes out for every value of it.", {}, "0", {}};
  ProvedClaim same{"engine", 5, "The diagrams and the engine agree on every state that was tried, in each way in which an evaluation can end.", {}, "0", {}};
  std::vector<bool> has_a_say(pack.rules.size(), false);
  std::vector<std::string> states, unsteady_counts;
  std::vector<std::vector<std::string>> counts(out.claims.size());
  std::mt19937 random(20261124);  // the same states at every run: a proof is repeatable
  const auto next = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };

  for (std::size_t flow = 0; flow < kFlows; ++flow) {
    const FlowModel model = model_of(universe, pack, flow);
    const bdd domain = universe.domain(flow);
    states.push_back(exact_count(domain, universe.variables()));

    const std::vector<bdd> sets = broken(universe, pack, model);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      if (empty(sets[i])) continue;
      const bdd here = sets[i] & domain;
      if (empty(here)) {
        // only states that say more about somebody than belongs to them: none of a case, but nothing must break there either
        out.claims[i].examples.push_back(example_of(universe, whole, universe.plainest(sets[i] & universe.valid(), flow)));
        continue;
      }
      counts[i].push_back(exact_count(here, universe.variables()));
      out.claims[i].examples.push_back(example_of(universe, whole, universe.plainest(here, flow)));
    }
    for (const Unsteady& one : unsteady(universe, model)) {
      State state = universe.plainest(one.states, flow);
      const std::string otherwise = value_text(universe, state, one.fact);
      state.values[Universe::field(one.fact)] = static_cast<std::uint8_t>(universe.size(Universe::field(one.fact)) - 1);
      Counterexample example = example_of(universe, whole, state);
      example.plain += " It would not go out if it were known that " + otherwise + ".";
      if (steady.examples.size() < 8) steady.examples.push_back(std::move(example));
      unsteady_counts.push_back(exact_count(one.states, universe.variables()));
    }

    // every way in which an evaluation can end, tried on the engine
    Agreement agreement(universe, pack, model);
    for (const Branch& branch : model.branches) {
      for (int turn = 0; turn < 2; ++turn) {
        const auto state = universe.some(branch.states.common, branch.states.own, domain, flow, next);
        if (!state) break;
        if (branch.rule >= 0) has_a_say[static_cast<std::size_t>(branch.rule)] = true;
        ++out.compared;
        if (const auto difference = agreement.difference(*state); difference && same.examples.size() < 8) {
          Counterexample example = example_of(universe, whole, *state);
          example.note += *difference;
          same.examples.push_back(std::move(example));
        }
      }
    }
    for (int turn = 0; turn < 50; ++turn) {
      const State state = universe.random(flow, next);
      ++out.compared;
      if (const auto difference = agreement.difference(state); difference && same.examples.size() < 8) {
        Counterexample example = example_of(universe, whole, state);
        example.note += *difference;
        same.examples.push_back(std::move(example));
      }
    }
    for (std::size_t number = 0; number < pack.rules.size(); ++number)
      has_a_say[number] = has_a_say[number] || counts_undecided(universe, pack, model, static_cast<std::uint16_t>(number), domain);
  }

  out.states = add_counts(states);
  for (std::size_t i = 0; i < counts.size(); ++i) out.claims[i].broken = add_counts(counts[i]);
  steady.broken = add_counts(unsteady_counts);
  same.broken = std::to_string(same.examples.size());
  out.claims.push_back(std::move(steady));
  out.claims.push_back(std::move(same));
  ProvedClaim alive{"no-dead-rule", 5, "Every rule has a say in some state.", {}, "0", {}};
  std::size_t dead = 0;
  for (std::size_t number = 0; number < pack.rules.size(); ++number) {
    const CompiledRule& rule = pack.rules[number];
    for (const std::uint16_t target : rule.overrides) out.overrides.push_back("`" + rule.id + "` overrides `" + pack.rules[target].id + "`");
    if (has_a_say[number]) continue;
    ++dead;
    alive.examples.push_back({"The rule `" + rule.id + "` never has a say: another always speaks first, or what it asks for never comes together.", {}, {}});
    alive.clauses.insert(alive.clauses.end(), rule.clauses.begin(), rule.clauses.end());
  }
  alive.broken = std::to_string(dead);
  out.claims.push_back(std::move(alive));
  // the pack's own `never` statements come last, as in the contract
  const auto own = std::find_if(out.claims.begin(), out.claims.end(), [](const ProvedClaim& one) { return one.number == 6; });
  std::rotate(own, out.claims.end() - 3, out.claims.end());
  return out;
}

}  // namespace gatehouse::policy
