// What a decision leaves to do, over sets of states: the obligations and clocks of decide.cpp.
#include <tuple>

#include "policy/prove/model.hpp"

namespace gatehouse::policy::proving {
namespace {

template <class Enum>
std::size_t index(Enum value) { return static_cast<std::size_t>(value); }
bdd constant(bool value) { return value ? bdd(bddtrue) : bdd(bddfalse); }

std::string unit(ClockRule::Unit of) {
  switch (of) {
    case ClockRule::Unit::seconds: return "seconds";
    case ClockRule::Unit::working_days: return "working days";
    case ClockRule::Unit::calendar_days: return "days";
    case ClockRule::Unit::school_days: return "school days";
    case ClockRule::Unit::months: return "months";
    case ClockRule::Unit::school_day_end: return "to the end of the school day";
  }
  return "";
}

class Owing {
 public:
  // `exact`: also whom each obligation names and which clauses are behind it, and of two clocks that run together only the tighter one.
  Owing(const Universe& u, const CompiledPack& pack, const FlowModel& m, bool exact = false) : u_(u), pack_(pack), m_(m), exact_(exact) {}

  bdd by_rule(std::uint16_t number) {
    const CompiledRule& rule = pack_.rules[number];
    if (rule.obligations.empty() && rule.clocks.empty()) return bddfalse;
    if (rule.effect != Effect::oblige) return empty(contributed(number)) ? bdd(bddfalse) : contributed(number) & matches(rule);
    const FactSets& f = m_.facts;
    const bdd applies = (every_term(f.possible, rule.when_case) & every_term(f.possible, rule.when_item)) - (some_term(f.known, rule.unless_case) | some_term(f.known, rule.unless_item));
    return empty(applies) ? applies : applies & matches(rule);
  }

  std::map<std::string, bdd> all() {
    for (std::size_t i = 0; i < pack_.rules.size(); ++i) {
      const auto number = static_cast<std::uint16_t>(i);
      const CompiledRule& rule = pack_.rules[i];
      const bdd where = by_rule(number);
      if (empty(where)) continue;
      for (const ObligationRule& one : rule.obligations) {
        obligation(one.kind, one.when, where, rule.clauses);
        for (const std::string& to : one.to) {
          add("to " + std::string(text(one.kind)) + " " + to, where);
          if (exact_) add("to " + std::string(text(one.kind)) + " " + std::string(text(one.when)) + " " + to, where);
        }
      }
      for (const auto& [kind, unused] : rule.clocks) clock_of_kind(kind, where, rule.clauses);
      if (exact_ && rule.effect == Effect::oblige) cite(rule.clauses, where);
    }
    if (exact_)
      for (std::size_t i = 0; i < pack_.rules.size(); ++i) cite(pack_.rules[i].clauses, contributed(static_cast<std::uint16_t>(i)));
    notice();
    emergency();
    const bdd released = m_.release;
    const bool outside = is_flow(Flow::partner_request) || is_flow(Flow::referral);
    obligation(ObligationKind::review, When::after, m_.review & released, cited("review"));
    if (exact_) {
      to_roles(ObligationKind::review, When::after, pack_.agreement_roles, m_.review & released & m_.agreement_gap);
      to_roles(ObligationKind::review, When::after, 1u << index(Role::ig_lead), (m_.review & released) - m_.agreement_gap);
    }
    obligation(ObligationKind::record_reason, When::before, m_.exceptional, {});
    if (outside) obligation(ObligationKind::record_no_share, When::before, m_.withhold & m_.facts.is(bank::risk, RiskFact::any_claimed), {});
    for (const Branch& branch : m_.branches) {
      if (branch.outcome != ItemOutcome::refer) continue;
      if (branch.reason == ReasonCode::needs_approval || branch.reason == ReasonCode::safe_address) obligation(ObligationKind::approve, When::before, branch.states.whole(), cited("route"));
      if (branch.reason == ReasonCode::needs_consultation) obligation(ObligationKind::consult, When::before, branch.states.whole(), cited("route"));
    }
    if (is_flow(Flow::inbound_document)) obligation(ObligationKind::quarantine, When::before, bddtrue, {});
    clocks_of_purposes();
    add("duty must_share", m_.must_share);
    if (exact_) cite_items(), keep_tightest();
    return std::move(out_);
  }

 private:
  bool is_flow(Flow flow) const { return m_.flow == index(flow); }
  void add(const std::string& name, const bdd& where) {
    if (empty(where)) return;
    const auto [at, fresh] = out_.try_emplace(name, where);
    if (!fresh) at->second |= where;
  }
  using Clauses = std::vector<std::string>;
  void obligation(ObligationKind kind, When when, const bdd& where, const Clauses& clauses) {
    const std::string name = "obligation " + std::string(text(kind)) + (when == When::none ? "" : " " + std::string(text(when)));
    add(name, where);
    if (exact_) behind(name, clauses, where);
  }
  void clock(const ClockRule& rule, const bdd& where, const Clauses& clauses) {
    if (exact_) behind("clock " + std::string(text(rule.kind)), clauses, where);
    // open on all working days: what ends on one is not moved on
    const bool ends_on_one = rule.unit == ClockRule::Unit::working_days || rule.unit == ClockRule::Unit::school_days || rule.unit == ClockRule::Unit::school_day_end;
    const bool moved_on = rule.open_days_only && !(ends_on_one && (pack_.open_days & 0x1f) == 0x1f);
    std::string name = "clock " + std::string(text(rule.kind)) + " " + std::to_string(rule.amount) + " " + unit(rule.unit) + (moved_on ? ", open days" : "");
    // the calendar of the pack is no fact of a case: two packs count alike only with the same
    if (exact_ && moved_on) name += " " + std::to_string(pack_.open_days);
    if (exact_ && (rule.unit == ClockRule::Unit::school_days || rule.unit == ClockRule::Unit::school_day_end)) name += " at minute " + std::to_string(pack_.school_day_end_minutes);
    if (exact_ && !empty(where)) clocks_[{rule.kind, rule.unit, moved_on}][rule.amount] = name;
    add(name, where);
  }
  // The pack's own duration for a kind; the one of the purpose or of the engine otherwise.
  void clock_of_kind(ClockKind kind, const bdd& where, const Clauses& clauses, const ClockRule* otherwise = nullptr) {
    for (const ClockRule& rule : pack_.clock_rules)
      if (rule.kind == kind) return clock(rule, where, rule.clauses.empty() ? clauses : rule.clauses);
    if (otherwise) return clock(*otherwise, where, clauses);
    clock(default_clock(kind), where, clauses);
  }

  // ------------------------------------------------ to the letter
  const Clauses& cited(const char* ground) const {
    static const Clauses nothing;
    const auto found = pack_.cite.find(ground);
    return found == pack_.cite.end() ? nothing : found->second;
  }
  void cite(const Clauses& clauses, const bdd& where) {
    for (const std::string& clause : clauses) add("cites " + clause, where);
  }
  void behind(const std::string& name, const Clauses& clauses, const bdd& where) {
    for (const std::string& clause : clauses) add(name + " cites " + clause, where);
    cite(clauses, where);
  }
  void to_roles(ObligationKind kind, When when, std::uint32_t roles, const bdd& where) {
    for (std::size_t i = 0; i < count_of<Role>(); ++i)
      if (roles & (1u << i)) add("to " + std::string(text(kind)) + " " + std::string(text(when)) + " " + std::string(text(static_cast<Role>(i))), where);
  }
  // decide.cpp: the clauses of an item, by the rule and by the ground that decided it.
  void cite_items() {
    const bdd urgent = m_.emergency | m_.emergency_unnamed;
    std::map<std::pair<Clauses, BDD>, Part> stretches;  // few products: see Part
    for (const Branch& branch : m_.branches) {
      Clauses clauses;
      const auto take = [&](const Clauses& more) { clauses.insert(clauses.end(), more.begin(), more.end()); };
      if (branch.rule >= 0) take(pack_.rules[static_cast<std::size_t>(branch.rule)].clauses);
      if (branch.rule < 0 || branch.reason == ReasonCode::needs_approval || branch.reason == ReasonCode::needs_consultation) take(cited(ground_name(branch.reason)));
      if (of_consent(branch.reason)) take(cited("consent"));
      const auto note = [&](const Clauses& behind, const Part& part) {
        const auto [at, fresh] = stretches.try_emplace({behind, part.common.id()}, part);
        if (!fresh) at->second.own |= part.own;
      };
      note(clauses, branch.states);
      if (branch.structured_only) note(cited("emergency"), branch.states);
      else if (branch.outcome == ItemOutcome::release && branch.reason == ReasonCode::circumstance) note(cited("emergency"), {branch.states.common, branch.states.own & urgent});
    }
    for (const auto& [key, part] : stretches) {
      const bdd where = part.whole();
      for (const std::string& clause : key.first) add("item cites " + clause, where);
      cite(key.first, where);
    }
  }
  static bool of_consent(ReasonCode reason) {
    return reason == ReasonCode::consent_missing || reason == ReasonCode::consent_expired || reason == ReasonCode::consent_withdrawn || reason == ReasonCode::consent_refused ||
           reason == ReasonCode::consent_scope || reason == ReasonCode::consent_form || reason == ReasonCode::consent_blanket;
  }
  // Of clocks of one kind the earliest counts; those that count in the same unit can be compared.
  void keep_tightest() {
    for (const auto& [key, amounts] : clocks_) {
      bdd tighter = bddfalse;
      for (const auto& [amount, name] : amounts) {
        bdd& where = out_[name];
        const bdd all = where;
        where -= tighter;
        tighter |= all;
      }
    }
  }
  const bdd& contributed(std::uint16_t number) {
    const auto [at, fresh] = contributed_.try_emplace(number);
    if (fresh) at->second = m_.contributed_by(number);
    return at->second;
  }
  bdd result(std::string_view word) {
    if (word == "exceptional") return m_.exceptional;
    if (word == "must_share") return m_.must_share;
    const auto colon = word.find(':');
    const std::string_view head = word.substr(0, colon);
    bdd out = bddfalse;
    for (std::size_t i = 0; i < count_of<ItemOutcome>(); ++i) {
      if (text(static_cast<ItemOutcome>(i)) != head) continue;
      if (colon == std::string_view::npos) return m_.outcome(static_cast<ItemOutcome>(i));
      for (const Branch& branch : m_.branches)
        if (index(branch.outcome) == i && text(branch.reason) == word.substr(colon + 1)) out |= branch.states.whole();
    }
    return out;
  }
  bdd matches(const CompiledRule& rule) {
    if (rule.on.empty()) return bddtrue;
    bdd out = bddfalse;
    for (const std::string& word : rule.on) {
      const auto [at, fresh] = results_.try_emplace(word);
      if (fresh) at->second = result(word);
      out |= at->second;
    }
    return out;
  }

  void notice() {
    const bool outside = is_flow(Flow::partner_request) || is_flow(Flow::referral);
    if (pack_.notify == CompiledPack::NotifyMode::off || !outside) return;
    const bdd owed = m_.exceptional | m_.must_share | (pack_.notify == CompiledPack::NotifyMode::always ? m_.release : bdd(bddfalse));
    const bdd not_yet = owed & u_.is(Fact::notice, Notice::not_yet);
    bdd after = m_.emergency | m_.emergency_unnamed;
    for (std::size_t p = 0; p < count_of<Purpose>(); ++p)
      if (pack_.purposes[p].notice_when == When::after) after |= u_.is(Fact::purpose, p);
    obligation(ObligationKind::notify_subject, When::after, not_yet & after, cited("notify"));
    obligation(ObligationKind::notify_subject, pack_.notify_when, not_yet - after, cited("notify"));
    const bdd later = owed - (u_.is(Fact::notice, Notice::not_yet) | u_.is(Fact::notice, Notice::given));
    obligation(ObligationKind::defer_notice, When::after, later, cited("notify"));
    clock_of_kind(ClockKind::notice_review, later, cited("notify"));
  }

  void emergency() {
    const bdd any = m_.emergency | m_.emergency_unnamed, given = any & m_.release, kept = any - m_.release;
    const Clauses& why = cited("emergency");
    obligation(ObligationKind::retrospective_approval, When::after, given, why);
    if (exact_ && !empty(given))
      for (std::size_t role = 0; role < count_of<Role>(); ++role)
        to_roles(ObligationKind::retrospective_approval, When::after, 1u << role, given & by_route(u_, pack_, [&](ApprovalMode, std::uint32_t roles) { return constant(roles & (1u << role)); }));
    clock_of_kind(ClockKind::emergency_review, given, why);
    clock_of_kind(ClockKind::retrospective_approval, given, why);
    if (is_flow(Flow::partner_request)) {
      obligation(ObligationKind::call_back, When::after, given, why);
      obligation(ObligationKind::call_back, When::before, kept, why);
    }
    obligation(ObligationKind::tell_dsl, When::after, given, why);
    obligation(ObligationKind::tell_dsl, When::before, kept, why);
  }

  void clocks_of_purposes() {
    const bdd given = u_.is(Fact::notice, Notice::given), risk = m_.facts.is(bank::risk, RiskFact::any_claimed);
    const bdd serves_always = constant(is_flow(Flow::subject_access)) | u_.is(Fact::purpose, Purpose::complaint);
    const bdd serves = m_.release | m_.refer | m_.must_share | serves_always;
    for (std::size_t p = 0; p < count_of<Purpose>(); ++p) {
      const PurposeTable& table = pack_.purposes[p];
      const bdd& purpose = u_.is(Fact::purpose, p);
      for (const ClockRule& rule : table.proposed) {
        if (rule.kind == ClockKind::request_response && is_flow(Flow::partner_request)) clock(rule, purpose, cited("clock"));
        if (rule.kind == ClockKind::enquiry_answer && is_flow(Flow::hypothetical)) clock(rule, purpose, cited("clock"));
      }
      for (const ClockRule& rule : table.clocks) {
        const bool after_release = rule.kind == ClockKind::notice_review || rule.kind == ClockKind::emergency_review || rule.kind == ClockKind::retrospective_approval;
        bdd where = purpose & (after_release ? m_.release : serves);
        if (rule.kind == ClockKind::notice_review) where -= given;
        if (rule.kind == ClockKind::dsl_acknowledge) where &= risk;
        clock_of_kind(rule.kind, where, cited("clock"), &rule);
      }
    }
    if (is_flow(Flow::partner_request))
      for (std::size_t i = 0; i < pack_.urgency.size(); ++i) clock(pack_.urgency[i], u_.is(Fact::urgency, i) - u_.unknown(Fact::purpose), cited("clock"));
  }

  const Universe& u_;
  const CompiledPack& pack_;
  const FlowModel& m_;
  const bool exact_;
  std::map<std::tuple<ClockKind, ClockRule::Unit, bool>, std::map<std::int64_t, std::string>> clocks_;
  std::map<std::string, bdd> out_, results_;
  std::map<std::uint16_t, bdd> contributed_;
};

}  // namespace

bdd owed_by(const Universe& universe, const CompiledPack& pack, const FlowModel& model, std::uint16_t rule) { return Owing(universe, pack, model).by_rule(rule); }

std::map<std::string, bdd> owed(const Universe& universe, const CompiledPack& pack, const FlowModel& model) { return Owing(universe, pack, model).all(); }

std::map<std::string, bdd> owed_exactly(const Universe& universe, const CompiledPack& pack, const FlowModel& model) { return Owing(universe, pack, model, true).all(); }

// Few ways of asking serve many branches.
std::vector<bdd> asks_by_role(const Universe& universe, const CompiledPack& pack, const FlowModel& model) {
  struct Way {
    const Branch* first = nullptr;
    bdd states = bddfalse;
  };
  std::map<std::tuple<Branch::Asks, std::uint32_t, std::vector<std::uint16_t>>, Way> ways;
  for (const Branch& branch : model.branches) {
    if (branch.outcome != ItemOutcome::refer || branch.asks == Branch::Asks::nobody) continue;
    Way& way = ways[{branch.asks, branch.asks == Branch::Asks::roles ? branch.roles : 0, branch.ask_rules}];
    way.first = &branch;
    way.states |= branch.states.whole();
  }
  std::vector<bdd> out(count_of<Role>(), bddfalse);
  for (const auto& [key, way] : ways)
    for (std::size_t role = 0; role < out.size(); ++role) out[role] |= way.states & asks_role(universe, pack, *way.first, role);
  return out;
}

bdd shows(const FlowModel& model, Detail detail) {
  bdd cell = bddfalse, out = bddfalse;
  for (const Branch& branch : model.branches) {
    if (branch.shows == Branch::Shows::cell) cell |= branch.states.whole();
    if (branch.shows == Branch::Shows::relevant && detail == Detail::relevant) out |= branch.states.whole();
  }
  return out | (cell & model.facts.is(bank::cell, static_cast<std::size_t>(detail)));
}

}  // namespace gatehouse::policy::proving
