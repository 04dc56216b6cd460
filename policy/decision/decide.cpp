// The one question, from case to decision: derive, evaluate, then say it in words, clauses, obligations and clocks.
#include <algorithm>
#include <set>

#include "policy/decision/compiled.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/decision/explain.hpp"

namespace gatehouse::policy {
namespace {

constexpr std::uint32_t bit_of(auto value) { return std::uint32_t{1} << static_cast<unsigned>(value); }

Instant plain_due(const CompiledPack& pack, const ClockRule& rule, Instant start);

Instant due_of(const CompiledPack& pack, const ClockRule& rule, Instant start) {
  const Calendar& calendar = *pack.calendar;
  Instant due = plain_due(pack, rule, start);
  const auto open = [&](Date date) {
    const unsigned weekday = std::chrono::weekday(std::chrono::sys_days(date)).iso_encoding() - 1;
    return (pack.open_days & (1u << weekday)) && (weekday > 4 || calendar.working_day(date));
  };
  for (int days = 0; rule.open_days_only && days < 30 && !open(calendar.local_date(due)); ++days)
    due = calendar.at_local(Date(std::chrono::sys_days(calendar.local_date(due)) + std::chrono::days(1)), calendar.local_time(due));
  return due;
}

Instant plain_due(const CompiledPack& pack, const ClockRule& rule, Instant start) {
  const Calendar& calendar = *pack.calendar;
  const int hour = pack.school_day_end_minutes / 60, minute = pack.school_day_end_minutes % 60;
  switch (rule.unit) {
    case ClockRule::Unit::seconds: return calendar.add_elapsed(start, std::chrono::seconds(rule.amount));
    case ClockRule::Unit::working_days: return calendar.add_working_days(start, static_cast<int>(rule.amount));
    case ClockRule::Unit::school_days: return calendar.due(start, Duration{0, static_cast<int>(rule.amount), {}}, Counting::school_day, std::chrono::minutes(pack.school_day_end_minutes));
    case ClockRule::Unit::calendar_days: return calendar.at_local(Date(std::chrono::sys_days(calendar.local_date(start)) + std::chrono::days(rule.amount)), calendar.local_time(start));
    case ClockRule::Unit::months: return calendar.add_calendar_month(start, static_cast<int>(rule.amount));
    case ClockRule::Unit::school_day_end: return calendar.school_day_end(start, hour, minute);
  }
  return start;
}

// The tightest clock of a kind wins.
class Clocks {
 public:
  Clocks(const CompiledPack& pack, const Case& question) : pack_(pack), question_(question) {}
  void start(const ClockRule& rule, const std::vector<std::string>& clauses) {
    if (!question_.at) return;
    const auto told = question_.started.find(rule.kind);
    const Instant due = due_of(pack_, rule, told == question_.started.end() ? *question_.at : told->second);
    for (ClockDue& one : list_) {
      if (one.kind != rule.kind) continue;
      if (due < one.due) one.due = due;
      one.clauses.insert(one.clauses.end(), clauses.begin(), clauses.end());
      return;
    }
    list_.push_back({rule.kind, due, clauses});
  }
  // The pack's own duration for a kind, or the one given.
  void start_kind(ClockKind kind, ClockRule otherwise, const std::vector<std::string>& clauses) {
    for (const ClockRule& rule : pack_.clock_rules)
      if (rule.kind == kind) { start(rule, rule.clauses.empty() ? clauses : rule.clauses); return; }
    otherwise.kind = kind;
    start(otherwise, clauses);
  }
  std::vector<ClockDue> take() {
    for (ClockDue& one : list_) {
      std::sort(one.clauses.begin(), one.clauses.end());
      one.clauses.erase(std::unique(one.clauses.begin(), one.clauses.end()), one.clauses.end());
    }
    std::sort(list_.begin(), list_.end(), [](const ClockDue& a, const ClockDue& b) { return a.kind < b.kind; });
    return std::move(list_);
  }

 private:
  const CompiledPack& pack_;
  const Case& question_;
  std::vector<ClockDue> list_;
};

std::vector<std::string> role_words(std::uint32_t roles) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count_of<Role>(); ++i)
    if (roles & (1u << i)) out.emplace_back(text(static_cast<Role>(i)));
  return out;
}

const std::vector<std::string>& cited(const CompiledPack& pack, const char* ground) {
  static const std::vector<std::string> nothing;
  const auto found = pack.cite.find(ground);
  return found == pack.cite.end() ? nothing : found->second;
}

void add(std::vector<std::string>& into, const std::vector<std::string>& more) { into.insert(into.end(), more.begin(), more.end()); }
void tidy(std::vector<std::string>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

class Duties {
 public:
  void add_one(ObligationKind kind, When when, std::vector<std::string> to, const std::vector<std::string>& clauses) {
    for (Obligation& one : list_) {
      if (one.kind != kind || one.when != when) continue;
      add(one.to, to);
      add(one.clauses, clauses);
      return;
    }
    list_.push_back({kind, when, std::move(to), clauses});
  }
  std::vector<Obligation> take() {
    for (Obligation& one : list_) { tidy(one.to); tidy(one.clauses); }
    std::sort(list_.begin(), list_.end(), [](const Obligation& a, const Obligation& b) { return std::tie(a.kind, a.when) < std::tie(b.kind, b.when); });
    return std::move(list_);
  }

 private:
  std::vector<Obligation> list_;
};

bool matches(const std::vector<std::string>& on, const Verdict& verdict) {
  if (on.empty()) return true;
  for (const std::string& result : on) {
    if (result == "exceptional") { if (verdict.exceptional) return true; continue; }
    if (result == "must_share") { if (verdict.must_share) return true; continue; }
    const auto colon = result.find(':');
    const std::string_view head = std::string_view(result).substr(0, colon);
    for (const ItemVerdict& item : verdict.items) {
      if (text(item.outcome) != head) continue;
      if (colon == std::string::npos || text(item.reason) == std::string_view(result).substr(colon + 1)) return true;
    }
  }
  return false;
}

bool rule_applies(const CompiledRule& rule, const Facts& facts) {
  // an obligation is owed when it may be owed: forgetting one is the worse error
  const auto possible = [&](const std::vector<Term>& terms) {
    return std::all_of(terms.begin(), terms.end(), [&](const Term& t) { return facts.bits.possible[t.word] & t.mask; });
  };
  const auto known_any = [&](const std::vector<Term>& terms) {
    return std::any_of(terms.begin(), terms.end(), [&](const Term& t) { return facts.bits.known[t.word] & t.mask; });
  };
  if (!possible(rule.when_case) || known_any(rule.unless_case)) return false;
  if (rule.when_item.empty() && rule.unless_item.empty()) return true;
  for (const ItemFacts& item : facts.items) {
    const bool holds = std::all_of(rule.when_item.begin(), rule.when_item.end(), [&](const Term& t) { return item.possible[t.word - kCaseWords] & t.mask; });
    const bool barred = std::any_of(rule.unless_item.begin(), rule.unless_item.end(), [&](const Term& t) { return item.known[t.word - kCaseWords] & t.mask; });
    if (holds && !barred) return true;
  }
  return false;
}

}  // namespace

ClockRule default_clock(ClockKind kind) {
  ClockRule rule;
  rule.kind = kind;
  switch (kind) {
    case ClockKind::emergency_review: rule.unit = ClockRule::Unit::working_days; rule.amount = 1; break;
    case ClockKind::notice_review: rule.unit = ClockRule::Unit::working_days; rule.amount = 10; break;
    case ClockKind::lado_referral: rule.unit = ClockRule::Unit::working_days; rule.amount = 1; break;
    case ClockKind::dsl_update: rule.unit = ClockRule::Unit::working_days; rule.amount = 1; break;
    case ClockKind::enquiry_answer: rule.unit = ClockRule::Unit::working_days; rule.amount = 1; break;
    case ClockKind::incident_72h: rule.amount = 72 * 3600; break;
    case ClockKind::dsl_acknowledge: rule.amount = 3600; break;
    case ClockKind::private_conversation: rule.unit = ClockRule::Unit::school_day_end; break;
    case ClockKind::subject_access: rule.unit = ClockRule::Unit::months; rule.amount = 1; break;
    case ClockKind::complaint_acknowledge: rule.unit = ClockRule::Unit::calendar_days; rule.amount = 30; break;
    default: rule.amount = 24 * 3600; break;
  }
  return rule;
}

const char* ground_name(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::not_signatory: return "no_agreement";
    case ReasonCode::purpose_unknown: return "wrong_purpose";
    case ReasonCode::conflict: return "conflict";
    case ReasonCode::withheld_from_person: return "person";
    case ReasonCode::safe_address: return "safe_address";
    case ReasonCode::training_gate:
    case ReasonCode::tenure_gate: return "gate";
    case ReasonCode::not_stated: return "statements";
    case ReasonCode::best_interests: return "best_interests";
    case ReasonCode::not_relevant: return "relevant";
    case ReasonCode::not_necessary: return "necessary";
    case ReasonCode::needs_approval:
    case ReasonCode::needs_consultation: return "route";
    default: return "keep";
  }
}

Instant Pack::answer_by(Purpose purpose, Urgency urgency, Instant at) const {
  const CompiledPack& pack = *compiled_;
  Instant due = due_of(pack, pack.urgency[static_cast<std::size_t>(urgency)], at);
  for (const ClockRule& rule : pack.purposes[static_cast<std::size_t>(purpose)].proposed)
    if (rule.kind == ClockKind::request_response) due = std::min(due, due_of(pack, rule, at));
  return due;
}

Decision decide(const Pack& whole, const Case& question) {
  const CompiledPack& pack = whole.compiled();
  const Facts facts = derive_facts(pack, question);
  Verdict verdict;
  evaluate(pack, facts, verdict);

  const bool partner = question.flow == Flow::partner_request, referral = question.flow == Flow::referral;
  const bool outside = partner || referral;
  const PurposeTable* table = question.purpose ? &pack.purposes[static_cast<std::size_t>(*question.purpose)] : nullptr;

  std::vector<ItemDecision> items;
  std::vector<std::string> clauses;
  std::uint32_t refer_to = 0;
  bool released = false, consent_release = false, referred = false, kept = false, duty_reason = false;
  std::set<ReasonCode> why_referred;
  for (std::size_t i = 0; i < verdict.items.size(); ++i) {
    const ItemVerdict& from = verdict.items[i];
    ItemDecision item;
    item.id = question.items[i].id;
    item.version = question.items[i].version;
    item.category = question.items[i].category;
    item.outcome = from.outcome;
    item.detail = from.outcome == ItemOutcome::release || from.outcome == ItemOutcome::anonymised ? from.detail : Detail::none;
    item.reason = from.reason;
    item.structured_only = from.structured_only;
    if (from.rule >= 0) add(item.clauses, pack.rules[static_cast<std::size_t>(from.rule)].clauses);
    const bool own_ground = from.rule < 0 || from.reason == ReasonCode::needs_approval || from.reason == ReasonCode::needs_consultation;
    if (own_ground) add(item.clauses, cited(pack, ground_name(from.reason)));
    const bool consent_word = from.reason == ReasonCode::consent_missing || from.reason == ReasonCode::consent_expired || from.reason == ReasonCode::consent_withdrawn ||
                              from.reason == ReasonCode::consent_refused || from.reason == ReasonCode::consent_scope || from.reason == ReasonCode::consent_form ||
                              from.reason == ReasonCode::consent_blanket;
    if (consent_word) add(item.clauses, cited(pack, "consent"));
    if (from.structured_only || (verdict.emergency && from.outcome == ItemOutcome::release && from.reason == ReasonCode::circumstance)) add(item.clauses, cited(pack, "emergency"));
    tidy(item.clauses);
    add(clauses, item.clauses);
    released = released || from.outcome == ItemOutcome::release;
    consent_release = consent_release || from.rests_on_consent;
    kept = kept || from.outcome == ItemOutcome::withhold;
    if (from.reason == ReasonCode::duty && from.outcome == ItemOutcome::release) duty_reason = true;
    if (from.outcome == ItemOutcome::refer) { referred = true; refer_to |= from.refer_to; why_referred.insert(from.reason); }
    items.push_back(std::move(item));
  }
  for (const std::uint16_t index : verdict.contributed) add(clauses, pack.rules[index].clauses);

  // ------------------------------------------------ what the request does not state
  std::vector<Statement> missing;
  if (verdict.more_information && table) {
    std::uint32_t gap = required_statements(pack, *question.purpose, question.flow.value_or(Flow::partner_request));
    for (const Item& item : question.items)
      if (item.category) gap |= table->need_stated[static_cast<std::size_t>(*item.category)];
    if (std::any_of(question.circumstances.begin(), question.circumstances.end(), [](const Circumstance& c) { return c.code == CircumstanceCode::serious_offence_disclosed; }))
      gap &= ~bit_of(Statement::victim_request_tests);
    for (const Statement one : question.stated) gap &= ~bit_of(one);
    for (std::size_t i = 0; i < count_of<Statement>(); ++i)
      if (gap & (1u << i)) missing.push_back(static_cast<Statement>(i));
  }

  // ------------------------------------------------ obligations and clocks: the union over everything that contributed
  Duties duties;
  Clocks clocks(pack, question);
  for (const std::uint16_t index : verdict.contributed) {
    const CompiledRule& rule = pack.rules[index];
    if (!matches(rule.on, verdict)) continue;
    for (const ObligationRule& one : rule.obligations) duties.add_one(one.kind, one.when, one.to, rule.clauses);
    for (const auto& [kind, unused] : rule.clocks) clocks.start_kind(kind, default_clock(kind), rule.clauses);
  }
  const std::size_t flow_index = question.flow ? static_cast<std::size_t>(*question.flow) : 8;
  for (const std::uint16_t index : pack.by_flow[flow_index].obliges) {
    const CompiledRule& rule = pack.rules[index];
    if (!matches(rule.on, verdict) || !rule_applies(rule, facts)) continue;
    for (const ObligationRule& one : rule.obligations) duties.add_one(one.kind, one.when, one.to, rule.clauses);
    for (const auto& [kind, unused] : rule.clocks) clocks.start_kind(kind, default_clock(kind), rule.clauses);
    add(clauses, rule.clauses);
  }
  // notice to the person (C1): it never holds back what must be shared
  const bool notify = pack.notify != CompiledPack::NotifyMode::off && outside &&
                      (verdict.exceptional || verdict.must_share || (released && pack.notify == CompiledPack::NotifyMode::always));
  if (notify) {
    const std::vector<std::string>& why = cited(pack, "notify");
    switch (question.notice.value_or(Notice::not_yet)) {
      case Notice::given: break;
      case Notice::not_yet: {
        const bool after = verdict.emergency || (table && table->notice_when == When::after);
        duties.add_one(ObligationKind::notify_subject, after ? When::after : pack.notify_when, {"subject"}, why);
        add(clauses, why);
        break;
      }
      default:
        duties.add_one(ObligationKind::defer_notice, When::after, {"subject"}, why);
        clocks.start_kind(ClockKind::notice_review, default_clock(ClockKind::notice_review), why);
        add(clauses, why);
    }
  }
  if (verdict.emergency) {
    const std::vector<std::string>& why = cited(pack, "emergency");
    if (released) {
      duties.add_one(ObligationKind::retrospective_approval, When::after, role_words(table ? table->roles : pack.unsure_roles), why);
      clocks.start_kind(ClockKind::emergency_review, default_clock(ClockKind::emergency_review), why);
      clocks.start_kind(ClockKind::retrospective_approval, default_clock(ClockKind::retrospective_approval), why);
    }
    if (partner) duties.add_one(ObligationKind::call_back, released ? When::after : When::before, {}, why);
    duties.add_one(ObligationKind::tell_dsl, released ? When::after : When::before, {"dsl"}, why);
    add(clauses, why);
  }
  if (verdict.review && released) duties.add_one(ObligationKind::review, When::after, verdict.agreement_gap ? role_words(pack.agreement_roles) : std::vector<std::string>{"ig_lead"}, cited(pack, "review"));
  if (verdict.exceptional) duties.add_one(ObligationKind::record_reason, When::before, {}, {});
  if (kept && outside && (facts.bits.known[bank::risk.word] & bank::risk.bit(static_cast<std::size_t>(RiskFact::any_claimed))))
    duties.add_one(ObligationKind::record_no_share, When::before, {}, {});
  if (referred) {
    if (why_referred.contains(ReasonCode::needs_approval) || why_referred.contains(ReasonCode::safe_address)) duties.add_one(ObligationKind::approve, When::before, role_words(refer_to), cited(pack, "route"));
    if (why_referred.contains(ReasonCode::needs_consultation)) duties.add_one(ObligationKind::consult, When::before, role_words(refer_to), cited(pack, "route"));
  }
  if (question.flow == Flow::inbound_document) duties.add_one(ObligationKind::quarantine, When::before, {"dsl"}, {});
  if (table) {
    if (partner) {
      clocks.start(pack.urgency[static_cast<std::size_t>(question.urgency)], cited(pack, "clock"));
      for (const ClockRule& rule : table->proposed)
        if (rule.kind == ClockKind::request_response) clocks.start(rule, cited(pack, "clock"));
    }
    const bool serves = released || referred || verdict.must_share || question.flow == Flow::subject_access || question.purpose == Purpose::complaint;
    for (const ClockRule& rule : table->clocks) {
      const bool after_release = rule.kind == ClockKind::notice_review || rule.kind == ClockKind::emergency_review || rule.kind == ClockKind::retrospective_approval;
      if (rule.kind == ClockKind::notice_review && question.notice.value_or(Notice::not_yet) == Notice::given) continue;
      if (rule.kind == ClockKind::dsl_acknowledge && !(facts.bits.known[bank::risk.word] & bank::risk.bit(static_cast<std::size_t>(RiskFact::any_claimed)))) continue;
      if (after_release ? released : serves) clocks.start_kind(rule.kind, rule, cited(pack, "clock"));
    }
    if (question.flow == Flow::hypothetical)
      for (const ClockRule& rule : table->proposed)
        if (rule.kind == ClockKind::enquiry_answer) clocks.start(rule, cited(pack, "clock"));
  }

  Decision decision(std::move(items), std::move(missing), duties.take());
  decision.id = question.id;
  decision.duty = verdict.must_share ? Duty::must_share : Duty::none;
  for (std::size_t i = 0; i < count_of<Role>(); ++i)
    if (refer_to & (1u << i)) decision.refer_to.push_back(static_cast<Role>(i));
  decision.clocks = clocks.take();
  for (const Obligation& one : decision.obligations()) add(clauses, one.clauses);
  for (const ClockDue& one : decision.clocks) add(clauses, one.clauses);
  tidy(clauses);
  decision.clauses = std::move(clauses);
  if (table) {
    const bool anonymous = decision.outcome() == Outcome::anonymised;
    decision.data_protection_leg = anonymous ? "anonymous" : duty_reason ? table->leg_duty : consent_release && !verdict.exceptional ? table->leg_consent : table->leg_other;
    decision.confidence_leg = anonymous ? "no_confidence_in_anonymous" : duty_reason ? table->confidence_duty : consent_release && !verdict.exceptional ? table->confidence_consent : table->confidence_other;
    if (!decision.may_send()) decision.data_protection_leg = decision.confidence_leg = "none";
  } else {
    decision.data_protection_leg = decision.confidence_leg = "none";
  }
  decision.pack = pack.identity;
  decision.reason = plain_reason(pack, verdict, decision);
  if (!decision.items().empty() && decision.outcome() != Outcome::release) decision.near_misses = near_misses(pack, facts, verdict);
  return decision;
}

}  // namespace gatehouse::policy
