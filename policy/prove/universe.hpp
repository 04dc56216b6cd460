#pragma once
// Every state of the facts that a case can have, as finite domains over binary variables. Internal to policy/prove.
//
// One flow at a time: the engine looks at the rules of one flow only, and so does a proof. A state gives each fact one value; the last value of
// most is `unknown`. Numbers count by the bands between the lines of the packs, dates by what they make of a consent. Two packs may share a
// universe (`policy diff`): their lines, switches and limits are all in it.
//
// What is claimed: each state of `domain()` is the facts of some case (`case_of` gives one, and the tests derive its facts again), and the facts
// of each case with one item and at most one consent on it, or one parent's yes after the other's no, are a state of it. That several consents,
// dates and scopes come down to one of these is the business of the reference interpreter in the tests.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/decision/compiled.hpp"
#include "policy/prove/bdd.hpp"

namespace gatehouse::policy::proving {

enum class Fact : std::uint8_t {
  purpose, category, kind, type, role, emergency, officer, no_recipient, offence, age, competence, consent, consent_days, consent_form, consent_giver, agreement, best_interests,
  compartment, marked_risk, parental, conflict, relevant, withheld, confidence, training, attested, tenure, signed_off, notice, context, urgency, count
};

// What was said about consent, before a pack's form, giver and length are looked at.
enum class Said : std::uint8_t { nothing, scope, refused, withdrawn, expired, blanket, live, disagree };
enum class Finding : std::uint8_t { absent, claimed, evidenced };  // of a circumstance

inline constexpr std::size_t kFlows = 9;  // the last one: not known

struct State {
  std::size_t flow = 0;
  std::vector<std::uint8_t> values;  // by field
};

// A value for every variable.
using Point = std::array<std::uint8_t, kMostVariables>;

class Universe {
 public:
  // REQUIRES: the packs outlive the universe; no other Diagrams lives. At most two packs.
  explicit Universe(std::vector<const CompiledPack*> packs);

  // Fields: a fact of its own, or a member of a set.
  using Field = std::uint16_t;
  static Field field(Fact fact) { return static_cast<Field>(fact); }
  Field circumstance(std::size_t code) const { return static_cast<Field>(circumstances_ + code); }
  Field stated(std::size_t one) const { return static_cast<Field>(stated_ + one); }
  Field approval(std::size_t role) const { return static_cast<Field>(approvals_ + role); }
  Field consulted(std::size_t role) const { return static_cast<Field>(consulted_ + role); }
  Field law(std::size_t index) const { return static_cast<Field>(law_ + index); }
  std::size_t fields() const { return sizes_.size(); }
  std::size_t size(Field field) const { return sizes_[field]; }
  const std::string& name(Field field) const { return names_[field]; }
  std::string value_name(Field field, std::size_t value) const;

  int variables() const { return variables_; }
  // That a field has a value. Of a fact that may be unknown, the last value is `unknown`.
  const bdd& is(Field field, std::size_t value) const { return codes_[field][value]; }
  const bdd& is(Fact fact, std::size_t value) const { return codes_[static_cast<std::size_t>(fact)][value]; }
  template <class Enum>
  const bdd& is(Fact fact, Enum value) const { return is(fact, static_cast<std::size_t>(value)); }
  const bdd& unknown(Fact fact) const { return codes_[static_cast<std::size_t>(fact)].back(); }
  // Of a two-valued field.
  const bdd& yes(Field field) const { return codes_[field][1]; }
  bdd variables_of(Field field) const;  // as a product, for quantification
  const std::vector<int>& age_lines() const { return age_lines_; }
  const std::vector<int>& tenure_lines() const { return tenure_lines_; }
  const std::vector<int>& day_lines() const { return day_lines_; }
  const std::vector<LawSwitch>& switches() const { return switches_; }

  // Codes that mean something, each fact on its own.
  const bdd& valid() const { return valid_; }
  // The states that differ for the engine: what does not belong to the flow or to who asks is at its first value, not anything.
  bdd domain(std::size_t flow) const;
  // An agency stands on the other side: its type and agreement count.
  bdd agency_receives(std::size_t flow) const;
  // As far as is known, one may.
  bdd agency_may_receive(std::size_t flow) const;
  // Consent can name whoever receives.
  bdd can_be_named(std::size_t flow) const;

  // The plainest state of a set: as few findings, approvals and statements as possible, each fact at its first value that will do.
  // REQUIRES: the set is not empty and within valid().
  State plainest(const bdd& set, std::size_t flow) const;
  // The variables of a state, for asking many sets about it.
  Point point(const State& state) const;
  static bool holds(const bdd& set, const Point& at);
  // Some state that is in all three sets, drawn with the numbers that `next` gives below a bound; nothing where there is none. Their product is not
  // made: a way down all three at once is looked for.
  template <class Next>
  std::optional<State> some(const bdd& one, const bdd& two, const bdd& three, std::size_t flow, Next next) const {
    Point variables{};
    for (auto& variable : variables) variable = static_cast<std::uint8_t>(next(2));
    if (!find_way({one.id(), two.id(), three.id()}, variables)) return std::nullopt;
    return from_variables(variables, flow);
  }
  // A case with these facts. `pack`: whose dates of law count. `note` gets what a case alone cannot say (a law not in force yet).
  Case case_of(const State& state, const CompiledPack& pack, std::string* note = nullptr) const;
  // A state of the domain, from numbers that `next` draws below a bound; for comparing the diagrams with the engine.
  template <class Next>
  State random(std::size_t flow, Next next) const {
    State out{flow, std::vector<std::uint8_t>(fields())};
    for (Field f = 0; f < fields(); ++f) out.values[f] = static_cast<std::uint8_t>(next(size(f)));
    make_canonical(out);
    return out;
  }

 private:
  void add(Field field, std::string name, std::size_t size);
  static bool find_way(const std::array<BDD, 3>& sets, Point& variables);
  void make_canonical(State& state) const;
  State from_variables(const Point& variables, std::size_t flow) const;

  std::vector<const CompiledPack*> packs_;
  std::vector<int> age_lines_, tenure_lines_, day_lines_;
  std::vector<LawSwitch> switches_;
  std::size_t circumstances_ = 0, stated_ = 0, approvals_ = 0, consulted_ = 0, law_ = 0;
  std::vector<std::size_t> sizes_;
  std::vector<std::string> names_;
  std::vector<int> first_, bits_;  // by field: its first variable and how many
  int variables_ = 0;
  Diagrams diagrams_;              // before every diagram below
  std::vector<std::vector<bdd>> codes_;
  bdd valid_;
};

}  // namespace gatehouse::policy::proving
