#include "policy/prove/diff.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "policy/decision/evaluate.hpp"
#include "policy/decision/explain.hpp"
#include "policy/prove/model.hpp"
#include "policy/prove/plain_case.hpp"

namespace gatehouse::policy {
namespace {

using namespace proving;

constexpr std::size_t kOutcomes = count_of<ItemOutcome>();

// How much of an item goes out: an order, so that "more" has a meaning.
int openness(std::size_t outcome) {
  switch (static_cast<ItemOutcome>(outcome)) {
    case ItemOutcome::release: return 2;
    case ItemOutcome::anonymised: return 1;
    case ItemOutcome::refer:
    case ItemOutcome::withhold: return 0;
  }
  return 0;
}

std::string answer(const Pack& pack, const Case& question) {
  const Decision decision = decide(pack, question);
  const ItemDecision& item = decision.items().at(0);
  std::string out;
  switch (item.outcome) {
    case ItemOutcome::release: out = "it goes out"; break;
    case ItemOutcome::anonymised: out = "it goes out without names"; break;
    case ItemOutcome::refer: out = "somebody decides"; break;
    case ItemOutcome::withhold: out = "it stays"; break;
  }
  if (item.outcome == ItemOutcome::release || item.outcome == ItemOutcome::anonymised) out += " (" + std::string(text(item.detail)) + ")";
  out += ", because: " + plain(item.reason);
  for (std::size_t i = 0; i < item.clauses.size(); ++i) out += (i ? ", " : " (") + item.clauses[i];
  if (!item.clauses.empty()) out += ")";
  if (!out.empty() && out.back() != '.') out += ".";
  return out;
}

// Exact numbers of a row, added up flow by flow, and the best example so far.
struct Tally {
  bool in_old = false, in_new = false;
  std::vector<std::string> states, more, less;
  std::optional<DiffExample> example;
};

class Comparing {
 public:
  Comparing(const Pack& from, const Pack& to) : from_(from), to_(to), universe_({&from.compiled(), &to.compiled()}) {}

  PackDiff take() {
    PackDiff out;
    out.from = from_.identity();
    out.to = to_.identity();
    for (std::size_t flow = 0; flow < kFlows; ++flow) look(flow);
    out.states = add_counts(states_);
    out.changed = add_counts(changed_);
    out.more = add_counts(more_);
    out.less = add_counts(less_);
    out.otherwise = add_counts(otherwise_);
    for (std::size_t a = 0; a < kOutcomes; ++a)
      for (std::size_t b = 0; b < kOutcomes; ++b)
        if (std::string sum = add_counts(transitions_[a][b]); sum != "0")
          out.transitions.push_back({std::string(text(static_cast<ItemOutcome>(a))), std::string(text(static_cast<ItemOutcome>(b))), std::move(sum)});
    out.clauses = rows(clauses_);
    out.owed = rows(owed_);
    return out;
  }

 private:
  std::string count(const bdd& set) const { return exact_count(set, universe_.variables()); }

  static std::vector<DiffRow> rows(std::map<std::string, Tally>& from) {
    std::vector<DiffRow> out;
    for (auto& [about, tally] : from) {
      DiffRow row;
      row.about = about;
      row.in_old = tally.in_old;
      row.in_new = tally.in_new;
      row.states = add_counts(tally.states);
      row.more = add_counts(tally.more);
      row.less = add_counts(tally.less);
      if (tally.example) row.example = std::move(*tally.example);
      out.push_back(std::move(row));
    }
    std::sort(out.begin(), out.end(), [](const DiffRow& a, const DiffRow& b) {
      if (a.states.size() != b.states.size()) return a.states.size() > b.states.size();  // decimal, without leading zeros
      return a.states != b.states ? a.states > b.states : a.about < b.about;
    });
    return out;
  }

  // The clauses that a branch stands on; those of the engine's own grounds have no rule.
  static std::vector<std::string> clauses_of(const CompiledPack& pack, const Branch& branch) {
    if (branch.rule < 0) return {"ground " + std::string(text(branch.reason))};
    return pack.rules[static_cast<std::size_t>(branch.rule)].clauses;
  }

  void add(std::map<std::string, Tally>& into, const std::string& about, const bdd& set, const bdd& more, const bdd& less, bool in_old, bool in_new, std::size_t flow) {
    Tally& tally = into[about];
    tally.in_old = tally.in_old || in_old;
    tally.in_new = tally.in_new || in_new;
    tally.states.push_back(count(set));
    tally.more.push_back(count(set & more));
    tally.less.push_back(count(set & less));
    DiffExample one = example_of(universe_.plainest(set, flow));
    if (!tally.example || one.plain.size() < tally.example->plain.size()) tally.example = std::move(one);
  }

  DiffExample example_of(const State& state) const {
    DiffExample out;
    const Case question = universe_.case_of(state, to_.compiled(), &out.note);
    out.question = to_json(question);
    out.plain = plain_case(question) + " Before: " + answer(from_, question) + " After: " + answer(to_, question);
    return out;
  }

  void look(std::size_t flow) {
    const CompiledPack &old_pack = from_.compiled(), &new_pack = to_.compiled();
    const FlowModel before = model_of(universe_, old_pack, flow), after = model_of(universe_, new_pack, flow);
    const bdd domain = universe_.domain(flow);
    states_.push_back(count(domain));

    bdd changed = bddfalse, more = bddfalse, less = bddfalse;
    for (std::size_t a = 0; a < kOutcomes; ++a)
      for (std::size_t b = 0; b < kOutcomes; ++b) {
        if (a == b) continue;
        const bdd here = before.outcome(static_cast<ItemOutcome>(a)) & after.outcome(static_cast<ItemOutcome>(b)) & domain;
        if (empty(here)) continue;
        changed |= here;
        if (openness(b) > openness(a)) more |= here;
        if (openness(b) < openness(a)) less |= here;
        transitions_[a][b].push_back(count(here));
      }
    changed_.push_back(count(changed));
    more_.push_back(count(more));
    less_.push_back(count(less));

    if (!empty(changed)) {
      std::map<std::string, std::array<bdd, 2>> by;  // clause: decided by it before, after
      const auto gather = [&](const CompiledPack& pack, const FlowModel& model, std::size_t which) {
        std::map<std::pair<std::vector<std::string>, BDD>, Part> stretches;  // few products: see Part
        for (const Branch& branch : model.branches) {
          const auto [at, fresh] = stretches.try_emplace({clauses_of(pack, branch), branch.states.common.id()}, branch.states);
          if (!fresh) at->second.own |= branch.states.own;
        }
        for (const auto& [key, part] : stretches) {
          const bdd here = (part.own & changed) & part.common;
          if (empty(here)) continue;
          for (const std::string& clause : key.first) by.try_emplace(clause, std::array<bdd, 2>{bddfalse, bddfalse}).first->second[which] |= here;
        }
      };
      gather(old_pack, before, 0);
      gather(new_pack, after, 1);
      for (const auto& [clause, sets] : by) add(clauses_, clause, sets[0] | sets[1], more, less, !empty(sets[0]), !empty(sets[1]), flow);
    }

    // what else a decision says
    bdd otherwise = bddfalse;
    const auto compare = [&](const std::string& about, const bdd& one, const bdd& two) {
      const bdd differs = (one ^ two) & domain;
      if (empty(differs)) return;
      otherwise |= differs;
      add(owed_, about, differs, more, less, !empty(differs & one), !empty(differs & two), flow);
    };
    const auto old_owed = owed(universe_, old_pack, before), new_owed = owed(universe_, new_pack, after);
    std::set<std::string> names;
    for (const auto& [name, set] : old_owed) names.insert(name);
    for (const auto& [name, set] : new_owed) names.insert(name);
    const auto of = [](const std::map<std::string, bdd>& all, const std::string& name) {
      const auto found = all.find(name);
      return found == all.end() ? bdd(bddfalse) : found->second;
    };
    for (const std::string& name : names) compare(name, of(old_owed, name), of(new_owed, name));
    const std::vector<bdd> old_asks = asks_by_role(universe_, old_pack, before), new_asks = asks_by_role(universe_, new_pack, after);
    for (std::size_t role = 0; role < old_asks.size(); ++role) compare("asks " + std::string(text(static_cast<Role>(role))), old_asks[role], new_asks[role]);
    for (const Detail detail : {Detail::banded, Detail::summary, Detail::relevant, Detail::full})
      compare("detail " + std::string(text(detail)), shows(before, detail), shows(after, detail));
    otherwise_.push_back(count(otherwise - changed));
  }

  const Pack &from_, &to_;
  const Universe universe_;
  std::vector<std::string> states_, changed_, more_, less_, otherwise_;
  std::array<std::array<std::vector<std::string>, kOutcomes>, kOutcomes> transitions_;
  std::map<std::string, Tally> clauses_, owed_;
};

}  // namespace

PackDiff diff(const Pack& from, const Pack& to) { return Comparing(from, to).take(); }

}  // namespace gatehouse::policy
