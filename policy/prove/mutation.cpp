#include "policy/prove/mutation.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>

#include "policy/decision/compiled.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/prove/cases.hpp"
#include "policy/prove/invariants.hpp"
#include "policy/prove/model.hpp"
#include "policy/prove/plain_case.hpp"

namespace gatehouse::policy {
namespace {

using namespace proving;
using Says = std::map<std::string, bdd>;

std::size_t flow_index(const Case& question) { return question.flow ? static_cast<std::size_t>(*question.flow) : kFlows - 1; }
std::string flow_name(std::size_t flow) { return flow < kFlows - 1 ? std::string(text(static_cast<Flow>(flow))) : "no flow"; }

// Everything that a decision says about a state.
Says says(const Universe& universe, const CompiledPack& pack, const FlowModel& model) {
  Says out = owed_exactly(universe, pack, model);
  std::map<std::pair<ReasonCode, BDD>, Part> reasons;  // few products: see Part
  for (const Branch& branch : model.branches) {
    const auto [at, fresh] = reasons.try_emplace({branch.reason, branch.states.common.id()}, branch.states);
    if (!fresh) at->second.own |= branch.states.own;
  }
  for (const auto& [key, part] : reasons) out.try_emplace("reason " + std::string(text(key.first)), bdd(bddfalse)).first->second |= part.whole();
  for (const Detail detail : {Detail::banded, Detail::summary, Detail::relevant, Detail::full}) out["detail " + std::string(text(detail))] = shows(model, detail);
  const std::vector<bdd> asks = asks_by_role(universe, pack, model);
  for (std::size_t role = 0; role < asks.size(); ++role) out["asks " + std::string(text(static_cast<Role>(role)))] = asks[role];
  out["missing"] = model.more_information;
  return out;
}

// The part of it that costs nothing: what happens to the item.
Says outcomes(const FlowModel& model) {
  Says out;
  for (std::size_t i = 0; i < count_of<ItemOutcome>(); ++i) out["outcome " + std::string(text(static_cast<ItemOutcome>(i)))] = model.outcome(static_cast<ItemOutcome>(i));
  return out;
}

// What differs, by name, within the domain.
using Differences = std::vector<std::pair<std::string, bdd>>;
Differences differences(const Says& one, const Says& two, const bdd& domain) {
  Differences out;
  std::set<std::string> names;
  for (const auto& [name, set] : one) names.insert(name);
  for (const auto& [name, set] : two) names.insert(name);
  const auto of = [](const Says& says, const std::string& name) {
    const auto found = says.find(name);
    return found == says.end() ? bdd(bddfalse) : found->second;
  };
  for (const std::string& name : names) {
    const bdd a = of(one, name), b = of(two, name);
    if (a == b) continue;
    const bdd differs = (a ^ b) & domain;
    if (empty(differs)) continue;
    out.emplace_back(name, differs);
  }
  return out;
}

struct Known {
  std::string name, expect;
  Case question;
  std::size_t flow = 0;
};

std::expected<std::vector<Known>, Error> known_cases(const std::vector<std::string>& lines) {
  std::vector<Known> out;
  for (const std::string& line : lines) {
    auto apart = unwrap_case(line);
    if (!apart) return std::unexpected(apart.error());
    auto question = read_case_line(line);
    if (!question) return std::unexpected(question.error());
    Known one{std::move(apart->name), std::move(apart->expect), std::move(*question), 0};
    one.flow = flow_index(one.question);
    out.push_back(std::move(one));
  }
  return out;
}

// Whether a case sees the difference: it is decided otherwise than it expects.
bool sees(const Pack& pack, const Known& known) {
  const auto got = compare(known.expect, to_json(decide(pack, known.question)));
  return !got || !got->empty();
}

// A mutant that loads, and where it may differ.
struct Loaded {
  Pack pack, dated;
  std::vector<std::size_t> flows;
  bool shares_universe = true;
};

class Judging {
 public:
  Judging(std::string_view text, Pack pack, const PackReference& reference, const MutationOptions& options)
      : text_(text), pack_(std::move(pack)), dated_(with_laws_in_force(pack_)), reference_(reference), options_(options) {}

  std::optional<Error> take_cases(const MutationCases& cases) {
    for (const bool dated : {false, true}) {
      auto known = known_cases(dated ? cases.dated : cases.lines);
      if (!known) return known.error();
      for (const Known& one : *known) {
        const auto got = compare(one.expect, to_json(decide(dated ? dated_ : pack_, one.question)));
        if (!got) return got.error();
        if (!got->empty()) return Error{"case_differs", one.name, "the pack as it stands does not answer this case as expected (" + got->front().key + ")", "mend the case or the pack first", {}};
      }
      (dated ? known_dated_ : known_) = std::move(*known);
    }
    return std::nullopt;
  }

  MutationScore take() {
    const std::vector<Mutant> all = mutants_of(text_);
    for (std::size_t i = options_.first; i < all.size(); i += std::max<std::size_t>(options_.every, 1)) out_.judged.push_back({all[i], Fate::survived, {}, {}, false});
    std::vector<std::size_t> own_universe;  // mutants that draw other lines: one universe for each, afterwards
    {
      const Universe universe({&pack_.compiled()});
      universe_ = &universe;
      for (std::size_t i = 0; i < out_.judged.size(); ++i) {
        const auto mutant = load(out_.judged[i]);
        if (mutant && !by_case(out_.judged[i], *mutant)) {
          if (mutant->shares_universe) by_diagrams(out_.judged[i], *mutant);
          else own_universe.push_back(i);
        }
        if (options_.progress) options_.progress(i + 1, out_.judged.size());
      }
      forget();
    }
    for (const std::size_t i : own_universe) {
      const auto mutant = load(out_.judged[i]);
      if (!mutant || by_case(out_.judged[i], *mutant)) continue;
      const Universe universe({&pack_.compiled(), &mutant->pack.compiled()});
      universe_ = &universe;
      by_diagrams(out_.judged[i], *mutant);
      forget();
    }
    if (options_.pin) choose_pins();
    return std::move(out_);
  }

 private:
  // ------------------------------------------------ loading
  std::optional<Loaded> load(Judged& judged) {
    auto read = Pack::read(with_mutant(text_, judged.mutant), reference_);
    if (!read) {
      judged.fate = Fate::not_loaded;
      judged.by = read.error().text();
      return std::nullopt;
    }
    const CompiledPack &mine = pack_.compiled(), &other = read->compiled();
    Loaded out{*read, with_laws_in_force(*read), {}, true};
    out.shares_universe = mine.age_lines == other.age_lines && mine.tenure_lines == other.tenure_lines && mine.consent_max_days == other.consent_max_days;
    const std::string& where = judged.mutant.where;
    if (where.starts_with("/rules/")) {
      const auto number = static_cast<std::uint16_t>(std::stoul(where.substr(7)));
      const bool gone = judged.mutant.value.empty() && where.find('/', 7) == std::string::npos;
      for (std::size_t flow = 0; flow < kFlows; ++flow)
        if (speaks(mine, flow, number) || (!gone && speaks(other, flow, number))) out.flows.push_back(flow);
    } else {
      for (std::size_t flow = 0; flow < kFlows; ++flow) out.flows.push_back(flow);
    }
    return out;
  }
  static bool speaks(const CompiledPack& pack, std::size_t flow, std::uint16_t rule) {
    const CompiledPack::ByFlow& by = pack.by_flow[flow];
    for (const auto* list : {&by.permits, &by.forbids, &by.refers, &by.obliges})
      if (std::find(list->begin(), list->end(), rule) != list->end()) return true;
    return false;
  }

  // ------------------------------------------------ cases
  bool by_case(Judged& judged, const Loaded& mutant) {
    for (const bool dated : {false, true})
      for (const Known& known : dated ? known_dated_ : known_) {
        if (std::find(mutant.flows.begin(), mutant.flows.end(), known.flow) == mutant.flows.end()) continue;
        if (!sees(dated ? mutant.dated : mutant.pack, known)) continue;
        judged.fate = Fate::by_case;
        judged.by = known.name;
        return true;
      }
    for (std::size_t i = 0; i < pins_.size(); ++i) {
      const Pin& pin = pins_[i];
      if (std::find(mutant.flows.begin(), mutant.flows.end(), pin.known.flow) == mutant.flows.end()) continue;
      if (!sees(pin.dated ? mutant.dated : mutant.pack, pin.known)) continue;
      judged.fate = Fate::by_case;
      judged.by = pin.known.name;
      pinned_.push_back(&judged);
      return true;
    }
    return false;
  }

  // ------------------------------------------------ every state
  struct Original {
    FlowModel model;
    bdd domain;
    std::optional<Says> says;                       // both made when asked for
    std::optional<std::set<std::string>> speaking;
  };
  Original& original(std::size_t flow) {
    auto& slot = originals_[flow];
    if (!slot) {
      FlowModel model = model_of(*universe_, pack_.compiled(), flow);
      slot.emplace(std::move(model), universe_->domain(flow), std::nullopt, std::nullopt);
    }
    return *slot;
  }
  void forget() {
    for (auto& one : originals_) one.reset();
    universe_ = nullptr;
  }

  // Rules that have a say in a flow, by id: a rule without one anywhere is dead.
  std::set<std::string> speaking(const CompiledPack& pack, const FlowModel& model, const bdd& domain, const std::set<std::string>& but) const {
    std::set<std::string> out;
    for (const Branch& branch : model.branches) {
      if (branch.rule < 0) continue;
      const std::string& id = pack.rules[static_cast<std::size_t>(branch.rule)].id;
      if (but.contains(id) || out.contains(id)) continue;
      if (universe_->some(branch.states.common, branch.states.own, domain, model.flow, [](std::size_t) { return std::size_t{0}; })) out.insert(id);
    }
    for (std::size_t i = 0; i < pack.rules.size(); ++i) {
      const std::string& id = pack.rules[i].id;
      if (!but.contains(id) && !out.contains(id) && counts_undecided(*universe_, pack, model, static_cast<std::uint16_t>(i), domain)) out.insert(id);
    }
    return out;
  }

  // The first claim of the proof that does not hold for the mutant; nothing where all do. Flows that the change does not touch are as they were, and
  // that diagrams and engine agree is not asked: a change to the pack changes both.
  std::optional<std::string> broken_claim(const Loaded& mutant, const std::map<std::size_t, FlowModel>& models) {
    const CompiledPack& pack = mutant.pack.compiled();
    const std::vector<Claim> claims = claims_of(pack);
    for (const auto& [flow, model] : models) {
      const std::vector<bdd> sets = broken(*universe_, pack, model);
      for (std::size_t i = 0; i < sets.size(); ++i)
        if (!empty(sets[i])) return claims[i].id;
      if (!unsteady(*universe_, model).empty()) return "unknown";
    }
    std::set<std::string> alive;
    for (const auto& [flow, model] : models) alive.merge(speaking(pack, model, original(flow).domain, alive));
    for (const CompiledRule& rule : pack.rules) {
      if (alive.contains(rule.id)) continue;
      bool elsewhere = false;
      for (std::size_t flow = 0; flow < kFlows && !elsewhere; ++flow) {
        if (models.contains(flow)) continue;
        Original& other = original(flow);
        if (!other.speaking) other.speaking = speaking(pack_.compiled(), other.model, other.domain, {});
        elsewhere = other.speaking->contains(rule.id);
      }
      if (!elsewhere) return "no-dead-rule";
    }
    return std::nullopt;
  }

  void by_diagrams(Judged& judged, const Loaded& mutant) {
    std::map<std::size_t, FlowModel> models;
    std::vector<std::pair<std::size_t, Differences>> where;
    for (const std::size_t flow : mutant.flows) {
      Original& before = original(flow);
      const FlowModel& after = models.emplace(flow, model_of(*universe_, mutant.pack.compiled(), flow)).first->second;
      // to the letter only where the outcomes are the same, or no case was found for them
      for (const bool letter : {false, true}) {
        if (letter && !before.says) before.says = says(*universe_, pack_.compiled(), before.model);
        Differences found = letter ? differences(*before.says, says(*universe_, mutant.pack.compiled(), after), before.domain)
                                   : differences(outcomes(before.model), outcomes(after), before.domain);
        if (found.empty()) continue;
        // a case is worth more than a claim: it also says what is right
        if (options_.pin && find_case(judged, mutant, flow, found)) return;
        where.emplace_back(flow, std::move(found));
        if (!options_.pin) break;
      }
    }
    if (where.empty() && !differs_by_chance(judged, mutant)) {
      judged.fate = Fate::equivalent;
      return;
    }
    if (const auto claim = broken_claim(mutant, models)) {
      judged.fate = Fate::by_proof;
      judged.by = *claim;
      return;
    }
    judged.fate = Fate::survived;
    if (!where.empty()) judged.by = flow_name(where.front().first) + ": " + where.front().second.front().first;
    if (!options_.pin)
      for (const auto& [flow, found] : where)
        if (find_case(judged, mutant, flow, found)) return;
  }

  // ------------------------------------------------ concrete cases
  struct Tried {
    Case question;
    bool dated = false;
  };
  Tried tried(const State& state, const Pack& pack) const {
    Tried out;
    for (std::size_t i = 0; i < universe_->switches().size(); ++i)
      out.dated = out.dated || (state.values[universe_->law(i)] == 1 && !universe_->switches()[i].from);
    const Pack& read = out.dated ? dated_ : pack;
    out.question = universe_->case_of(state, read.compiled());
    return out;
  }

  // The same case at other times of the week and year: clocks that count differently may still end at the same moment.
  // With `pin`: whether that makes a case which kills the mutant.
  bool told_apart(Judged& judged, const Loaded& mutant, Tried one) {
    using namespace std::chrono;
    const Pack &before = one.dated ? dated_ : pack_, &after = one.dated ? mutant.dated : mutant.pack;
    const Instant began = *one.question.at;
    for (const auto later : {minutes(0), minutes(24 * 60), minutes(3 * 24 * 60 + 330), minutes(4 * 24 * 60 - 120), minutes(5 * 24 * 60 + 570), minutes(30 * 24 * 60 + 240), minutes(31 * 24 * 60), minutes(6 * 24 * 60), minutes(7 * 24 * 60), minutes(2 * 24 * 60 - 480)}) {
      one.question.at = began + later;
      const std::string expect = exact_expect(to_json(decide(before, one.question)));
      const auto got = compare(expect, to_json(decide(after, one.question)));
      if (!got || got->empty()) continue;
      judged.question = to_json(one.question);
      judged.dated = one.dated;
      if (!options_.pin || pin(judged, mutant, one, expect, got->front().key)) return true;
    }
    return false;
  }

  // A slip in the diagrams must not hide a mutant: some states are asked directly.
  bool differs_by_chance(Judged& judged, const Loaded& mutant) {
    std::mt19937 random(20261127);
    const auto next = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };
    for (const std::size_t flow : mutant.flows)
      for (int turn = 0; turn < 12; ++turn) {
        const Tried one = tried(universe_->random(flow, next), pack_);
        const Pack &before = one.dated ? dated_ : pack_, &after = one.dated ? mutant.dated : mutant.pack;
        const auto got = compare(exact_expect(to_json(decide(before, one.question))), to_json(decide(after, one.question)));
        if (got && got->empty()) continue;
        judged.by = flow_name(flow) + ": " + (got ? got->front().key : "answer");
        return true;
      }
    return false;
  }

  bool find_case(Judged& judged, const Loaded& mutant, std::size_t flow, const Differences& found) {
    bdd laws = bddfalse;
    for (std::size_t i = 0; i < universe_->switches().size(); ++i) laws |= universe_->yes(universe_->law(i));
    std::mt19937 random(20261127);
    const auto next = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };
    for (const auto& [name, set] : found)
      for (const bdd& part : {set - laws, set & laws}) {
        if (empty(part)) continue;
        if (told_apart(judged, mutant, tried(universe_->plainest(part, flow), pack_))) return true;
        for (int turn = 0; turn < 6; ++turn)
          if (const auto state = universe_->some(part, part, part, flow, next); state && told_apart(judged, mutant, tried(*state, pack_))) return true;
      }
    return false;
  }

  // ------------------------------------------------ pins
  struct Pin {
    Known known;
    bool dated = false;
    std::string line;
  };

  bool pin(Judged& judged, const Loaded& mutant, const Tried& one, const std::string& expect, const std::string& key) {
    using ordered = nlohmann::ordered_json;
    const std::string story = plain_case(one.question);
    ordered question = ordered::parse(to_json(one.question));
    for (const char* left_out : {"id", "stated", "consents", "circumstances", "approvals", "consulted", "started"})
      if (const auto at = question.find(left_out); at != question.end() && (at->empty() || *at == "")) question.erase(left_out);  // the same when left out
    const ordered line = {{"name", story.substr(0, story.find(". ") + 1)},
                          {"why", "As the pack stands. Tells `" + judged.mutant.name + "` apart by " + key + (one.dated ? ", once the law is in force." : ".")},
                          {"case", std::move(question)},
                          {"expect", ordered::parse(expect)}};
    auto known = known_cases({line.dump()});
    if (!known) return false;
    Pin out{std::move(known->front()), one.dated, line.dump()};
    if (sees(one.dated ? dated_ : pack_, out.known) || !sees(one.dated ? mutant.dated : mutant.pack, out.known)) return false;
    judged.fate = Fate::by_case;
    judged.by = out.known.name;
    pins_.push_back(std::move(out));
    pinned_.push_back(&judged);
    return true;
  }

  // Few cases for many mutants: always the one that kills most of those still alive. A mutant of one pin only is named in it.
  void choose_pins() {
    std::vector<std::vector<bool>> kills(pins_.size(), std::vector<bool>(pinned_.size()));
    for (std::size_t m = 0; m < pinned_.size(); ++m) {
      const auto mutant = load(*pinned_[m]);
      if (!mutant) continue;
      for (std::size_t p = 0; p < pins_.size(); ++p)
        kills[p][m] = std::find(mutant->flows.begin(), mutant->flows.end(), pins_[p].known.flow) != mutant->flows.end() && sees(pins_[p].dated ? mutant->dated : mutant->pack, pins_[p].known);
    }
    std::vector<bool> alive(pinned_.size(), true);
    for (;;) {
      std::size_t best = 0, most = 0;
      for (std::size_t p = 0; p < pins_.size(); ++p) {
        std::size_t count = 0;
        for (std::size_t m = 0; m < pinned_.size(); ++m) count += alive[m] && kills[p][m];
        if (count > most) best = p, most = count;
      }
      if (most == 0) break;
      (pins_[best].dated ? out_.pinned.dated : out_.pinned.lines).push_back(pins_[best].line);
      for (std::size_t m = 0; m < pinned_.size(); ++m) {
        if (!alive[m] || !kills[best][m]) continue;
        alive[m] = false;
        pinned_[m]->by = pins_[best].known.name;
      }
    }
  }

  std::string_view text_;
  Pack pack_, dated_;
  const PackReference& reference_;
  const MutationOptions& options_;
  std::vector<Known> known_, known_dated_;
  MutationScore out_;
  const Universe* universe_ = nullptr;
  std::array<std::optional<Original>, kFlows> originals_;
  std::vector<Pin> pins_;
  std::vector<Judged*> pinned_;  // into out_.judged, which no longer grows
};

}  // namespace

std::size_t MutationScore::count(Fate fate) const {
  return static_cast<std::size_t>(std::count_if(judged.begin(), judged.end(), [&](const Judged& one) { return one.fate == fate; }));
}

Pack with_laws_in_force(const Pack& pack) {
  auto compiled = std::make_shared<CompiledPack>(pack.compiled());
  for (LawSwitch& one : compiled->switches)
    if (!one.from) one.from = read_date(kLawsFrom);
  return Pack(std::move(compiled));
}

std::expected<MutationScore, Error> judge_mutants(std::string_view text, const PackReference& reference, const MutationCases& cases, const MutationOptions& options) {
  auto pack = Pack::read(text, reference);
  if (!pack) return std::unexpected(pack.error());
  Judging judging(text, std::move(*pack), reference, options);
  if (auto error = judging.take_cases(cases)) return std::unexpected(std::move(*error));
  return judging.take();
}

}  // namespace gatehouse::policy
