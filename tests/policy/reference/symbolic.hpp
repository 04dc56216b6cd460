#pragma once
// The contract a third time, as formulas for Z3, straight from the JSON of a pack and of the matrix: what happens to one item in one flow, over everything a case may
// say, and what must hold of it (CONTRACT.md section 4). For tests. It shares no code that decides with the engine, the diagrams or the other reading; ages, terms of
// office and the age of a consent are numbers here, not bands.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <z3++.h>

#include "policy/decision/case.hpp"

namespace gatehouse::policy::reference {

class Symbolic {
 public:
  // REQUIRES: JSON that Pack::read() accepts, with at most one dated law; all outlive this. `flow`: nothing where it is not known.
  Symbolic(z3::context& context, const nlohmann::json& pack, const nlohmann::json& matrix, std::optional<Flow> flow);

  struct Claim {
    std::string id;     // as `policy prove` calls it
    z3::expr broken;    // the states that break it
  };
  std::vector<Claim> claims();
  // A fact that may be unknown, and the states in which the item goes out though it is unknown and for one of its values it would not.
  std::vector<Claim> unsteady() const;

  const z3::expr& domain() const { return domain_; }
  const z3::expr& outcome(ItemOutcome one) const { return outcomes_[static_cast<std::size_t>(one)]; }
  const z3::expr& review() const { return review_; }            // looked at afterwards
  const z3::expr& exceptional() const { return exceptional_; }  // without agreement
  const z3::expr& must_share() const { return must_share_; }
  // Each rule that permits, forbids or refers, and the states in which it holds: empty in every flow, the rule is dead.
  std::vector<Claim> rules() const;
  // A case in the state of the model: in force or not, the dated law is told apart by the day (REQUIRES: its day is 1 June 2026).
  Case case_of(const z3::model& model) const;
  // Formulas that single out each value of each fact, for looking into every corner.
  std::vector<z3::expr> corners() const;

 private:
  using json = nlohmann::json;
  using Names = std::vector<std::string>;
  struct Choice {
    std::map<std::string, z3::expr> is;
    std::optional<z3::expr> unknown;
  };
  struct Reach {
    z3::expr is, may;  // surely so; possibly so
  };
  struct Half {
    z3::expr surely, claimed, possibly;
  };
  struct Weighed {
    const json* rule;
    Half of_case, of_item;
    z3::expr met, own;  // its approval: by somebody else; only by whoever asks
  };
  struct Run {
    std::vector<z3::expr> outcomes;
    z3::expr settled, matrix_says_no, review, exceptional;
    z3::expr nobody;  // referred, and nobody is named to refer it to
  };

  z3::expr no() const { return c_.bool_val(false); }
  z3::expr yes() const { return c_.bool_val(true); }
  z3::expr any(const std::vector<z3::expr>& list) const;
  z3::expr flag(const std::string& name) const { return c_.bool_const(name.c_str()); }
  Choice choice(const std::string& name, const Names& words, bool unknown);
  void put(const std::string& key, const std::string& word, const z3::expr& is, const z3::expr& may);
  void plain(const std::string& key, const Choice& choice, const z3::expr& where);
  z3::expr is(const std::string& key, const std::string& word) const;
  z3::expr may(const std::string& key, const std::string& word) const;
  z3::expr is_any(const std::string& key, const json& words) const;
  template <class Fits>
  z3::expr purposes(Fits fits) const;  // where the purpose is one of which `fits` says so
  template <class Fits>
  z3::expr cells(Fits fits) const;
  bool is_flow(Flow one) const { return flow_ == one; }
  const json& setting(const char* name) const { return pack_.at("settings").at(name).at("value"); }

  void facts();
  void consent();
  Reach term(const std::string& key, const json& value) const;
  Half half(const json& rule, bool of_item) const;
  void weigh();
  z3::expr approved_any(const json& roles) const;
  z3::expr self_approved_any(const json& roles) const;
  z3::expr met(const std::string& mode, const json& roles) const;
  Run run(bool in_danger);
  void decide();

  // for the claims
  z3::expr evidenced(const std::string& code) const { return is("circumstance", code); }
  z3::expr claimed(const std::string& code) const { return is("claimed.circumstance", code); }
  z3::expr agreed() const;
  z3::expr harm() const;
  z3::expr emergency_now() const;

  z3::context& c_;
  const json& pack_;
  json matrix_;  // with what the pack tightens and whom its routes name
  std::optional<Flow> flow_;
  z3::expr domain_;
  std::vector<z3::expr> outcomes_;
  std::map<std::string, Choice> choices_;
  std::map<std::string, std::map<std::string, Reach>> facts_;
  std::vector<std::string> flags_;
  z3::expr age_, age_known_, tenure_, tenure_known_, consent_days_;
  z3::expr nobody_, route_asks_, review_, exceptional_, must_share_, statute_, self_, past_gap_, looks_, child_may_, child_surely_, emergency_, emergency_unnamed_, by_route_, by_route_or_unsure_, by_hand_;
  z3::expr current_, agency_here_, agency_maybe_, complete_, cell_approval_, cell_interests_, cell_unstated_;
  std::vector<Weighed> permits_, forbids_, refers_;
};

}  // namespace gatehouse::policy::reference
