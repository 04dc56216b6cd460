// What a decision leaves to do, over sets of states: the obligations and clocks of decide.cpp.
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
  Owing(const Universe& u, const CompiledPack& pack, const FlowModel& m) : u_(u), pack_(pack), m_(m) {}

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
        obligation(one.kind, one.when, where);
        for (const std::string& to : one.to) add("to " + std::string(text(one.kind)) + " " + to, where);
      }
      for (const auto& [kind, unused] : rule.clocks) clock_of_kind(kind, where);
    }
    notice();
    emergency();
    const bdd released = m_.release;
    const bool outside = is_flow(Flow::partner_request) || is_flow(Flow::referral);
    obligation(ObligationKind::review, When::after, m_.review & released);
    obligation(ObligationKind::record_reason, When::before, m_.exceptional);
    if (outside) obligation(ObligationKind::record_no_share, When::before, m_.withhold & m_.facts.is(bank::risk, RiskFact::any_claimed));
    for (const Branch& branch : m_.branches) {
      if (branch.outcome != ItemOutcome::refer) continue;
      if (branch.reason == ReasonCode::needs_approval || branch.reason == ReasonCode::safe_address) obligation(ObligationKind::approve, When::before, branch.states.whole());
      if (branch.reason == ReasonCode::needs_consultation) obligation(ObligationKind::consult, When::before, branch.states.whole());
    }
    if (is_flow(Flow::inbound_document)) obligation(ObligationKind::quarantine, When::before, bddtrue);
    clocks_of_purposes();
    add("duty must_share", m_.must_share);
    return std::move(out_);
  }

 private:
  bool is_flow(Flow flow) const { return m_.flow == index(flow); }
  void add(const std::string& name, const bdd& where) {
    if (empty(where)) return;
    const auto [at, fresh] = out_.try_emplace(name, where);
    if (!fresh) at->second |= where;
  }
  void obligation(ObligationKind kind, When when, const bdd& where) {
    add("obligation " + std::string(text(kind)) + (when == When::none ? "" : " " + std::string(text(when))), where);
  }
  void clock(const ClockRule& rule, const bdd& where) {
    add("clock " + std::string(text(rule.kind)) + " " + std::to_string(rule.amount) + " " + unit(rule.unit) + (rule.open_days_only ? ", open days" : ""), where);
  }
  // The pack's own duration for a kind; the one of the purpose or of the engine otherwise.
  void clock_of_kind(ClockKind kind, const bdd& where, const ClockRule* otherwise = nullptr) {
    for (const ClockRule& rule : pack_.clock_rules)
      if (rule.kind == kind) return clock(rule, where);
    if (otherwise) return clock(*otherwise, where);
    add("clock " + std::string(text(kind)) + " as always", where);
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
    obligation(ObligationKind::notify_subject, When::after, not_yet & after);
    obligation(ObligationKind::notify_subject, pack_.notify_when, not_yet - after);
    const bdd later = owed - (u_.is(Fact::notice, Notice::not_yet) | u_.is(Fact::notice, Notice::given));
    obligation(ObligationKind::defer_notice, When::after, later);
    clock_of_kind(ClockKind::notice_review, later);
  }

  void emergency() {
    const bdd any = m_.emergency | m_.emergency_unnamed, given = any & m_.release, kept = any - m_.release;
    obligation(ObligationKind::retrospective_approval, When::after, given);
    clock_of_kind(ClockKind::emergency_review, given);
    clock_of_kind(ClockKind::retrospective_approval, given);
    if (is_flow(Flow::partner_request)) {
      obligation(ObligationKind::call_back, When::after, given);
      obligation(ObligationKind::call_back, When::before, kept);
    }
    obligation(ObligationKind::tell_dsl, When::after, given);
    obligation(ObligationKind::tell_dsl, When::before, kept);
  }

  void clocks_of_purposes() {
    const bdd given = u_.is(Fact::notice, Notice::given), risk = m_.facts.is(bank::risk, RiskFact::any_claimed);
    const bdd serves_always = constant(is_flow(Flow::subject_access)) | u_.is(Fact::purpose, Purpose::complaint);
    const bdd serves = m_.release | m_.refer | m_.must_share | serves_always;
    for (std::size_t p = 0; p < count_of<Purpose>(); ++p) {
      const PurposeTable& table = pack_.purposes[p];
      const bdd& purpose = u_.is(Fact::purpose, p);
      for (const ClockRule& rule : table.proposed) {
        if (rule.kind == ClockKind::request_response && is_flow(Flow::partner_request)) clock(rule, purpose);
        if (rule.kind == ClockKind::enquiry_answer && is_flow(Flow::hypothetical)) clock(rule, purpose);
      }
      for (const ClockRule& rule : table.clocks) {
        const bool after_release = rule.kind == ClockKind::notice_review || rule.kind == ClockKind::emergency_review || rule.kind == ClockKind::retrospective_approval;
        bdd where = purpose & (after_release ? m_.release : serves);
        if (rule.kind == ClockKind::notice_review) where -= given;
        if (rule.kind == ClockKind::dsl_acknowledge) where &= risk;
        clock_of_kind(rule.kind, where, &rule);
      }
    }
    if (is_flow(Flow::partner_request))
      for (std::size_t i = 0; i < pack_.urgency.size(); ++i) clock(pack_.urgency[i], u_.is(Fact::urgency, i) - u_.unknown(Fact::purpose));
  }

  const Universe& u_;
  const CompiledPack& pack_;
  const FlowModel& m_;
  std::map<std::string, bdd> out_, results_;
  std::map<std::uint16_t, bdd> contributed_;
};

}  // namespace

bdd owed_by(const Universe& universe, const CompiledPack& pack, const FlowModel& model, std::uint16_t rule) { return Owing(universe, pack, model).by_rule(rule); }

std::map<std::string, bdd> owed(const Universe& universe, const CompiledPack& pack, const FlowModel& model) { return Owing(universe, pack, model).all(); }

}  // namespace gatehouse::policy::proving
