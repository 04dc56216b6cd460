// How rules combine: CONTRACT.md section 3. Bits in, verdict out; nothing here allocates once the verdict's vectors have grown.
#include <algorithm>

#include "policy/decision/compiled.hpp"
#include "policy/decision/evaluate.hpp"

namespace gatehouse::policy {
namespace {

constexpr std::uint32_t bit_of(auto value) { return std::uint32_t{1} << static_cast<unsigned>(value); }

// The grounds of an item in the order in which the first one decides and is reported.
enum Ground { ground_gate = 1, ground_person = 2, ground_age = 3, ground_rule = 8 };

Ground ground_of(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::conflict:
    case ReasonCode::training_gate:
    case ReasonCode::tenure_gate:
    case ReasonCode::role:
    case ReasonCode::own_record: return ground_gate;
    case ReasonCode::withheld_from_person:
    case ReasonCode::safe_address:
    case ReasonCode::compartment: return ground_person;
    case ReasonCode::age_rule:
    case ReasonCode::best_interests: return ground_age;
    default: return ground_rule;
  }
}

// Gates of roles: danger now lifts them, as it does those of the settings.
bool lifted_by_danger(ReasonCode reason) {
  return reason == ReasonCode::training_gate || reason == ReasonCode::tenure_gate || reason == ReasonCode::role;
}

struct View {
  const std::uint64_t* known;
  const std::uint64_t* possible;
  bool is(Bank b, std::size_t value) const { return known[b.word] & b.bit(value); }
  bool may_be(Bank b, std::size_t value) const { return possible[b.word] & b.bit(value); }
  std::uint32_t set_of(Bank b) const { return static_cast<std::uint32_t>((known[b.word] & b.mask()) >> b.shift); }
  bool form(FormFact fact) const { return is(bank::form, static_cast<std::size_t>(fact)); }
  bool risk(RiskFact fact) const { return is(bank::risk, static_cast<std::size_t>(fact)); }
};

bool all_known(const std::vector<Term>& terms, const View& view) {
  for (const Term& term : terms)
    if (!(view.known[term.word] & term.mask)) return false;
  return true;
}
bool all_possible(const std::vector<Term>& terms, const View& view) {
  for (const Term& term : terms)
    if (!(view.possible[term.word] & term.mask)) return false;
  return true;
}
bool any_known(const std::vector<Term>& terms, const View& view) {
  for (const Term& term : terms)
    if (view.known[term.word] & term.mask) return true;
  return false;
}
bool any_possible(const std::vector<Term>& terms, const View& view) {
  for (const Term& term : terms)
    if (view.possible[term.word] & term.mask) return true;
  return false;
}
// A circumstance that is only claimed counts here as if it were evidenced.
bool all_claimed(const std::vector<Term>& terms, const View& view) {
  for (const Term& term : terms) {
    std::uint64_t mask = term.mask;
    if (term.word == bank::evidenced.word) mask |= (term.mask & bank::evidenced.mask()) << (bank::claimed.shift - bank::evidenced.shift);
    if (!(view.known[term.word] & mask)) return false;
  }
  return true;
}

// A rule whose case half holds: surely, with claims counted, or only possibly.
enum class Held : std::uint8_t { surely, claimed, possibly };
struct Candidate {
  std::uint16_t rule;
  Held held;
};
constexpr std::size_t kMost = 512;
struct Candidates {
  std::array<Candidate, kMost> list;
  std::size_t size = 0;
  void add(std::uint16_t rule, Held held) { if (size < kMost) list[size++] = {rule, held}; }
};

struct Sitting {
  const CompiledPack& pack;
  Verdict& verdict;
  std::array<std::uint64_t, kWords> known, possible;
  View view{known.data(), possible.data()};
  Candidates permits, forbids, refers;
  const PurposeTable* table = nullptr;
  std::uint32_t route_roles = 0;
  bool child_risk = false, child_surely = false, emergency = false, emergency_unnamed = false, self = false, approved_by_route = false, mandatory_recipient = false;
  bool statute = false, outside = false, partner = false, staff = false;
  ReasonCode gate = ReasonCode::no_basis;  // no_basis: open
  bool gate_unknown = false;

  Sitting(const CompiledPack& p, Verdict& v, const Facts& facts) : pack(p), verdict(v), known(facts.bits.known), possible(facts.bits.possible) {}

  void contributed(std::uint16_t rule) { verdict.contributed.push_back(rule); }

  bool approval_met(const CompiledRule& rule, bool& own) const {
    const ApprovalMode mode = rule.route ? (table ? table->mode : ApprovalMode::required) : rule.mode;
    const std::uint32_t roles = rule.route ? route_roles : rule.roles;
    own = false;
    if (mode == ApprovalMode::none || mode == ApprovalMode::recommended || mode == ApprovalMode::retrospective) return true;
    const std::uint32_t said = view.set_of(mode == ApprovalMode::advice ? bank::advised : bank::approved);
    if (said & roles) return true;
    own = self || (rule.own_approval && (view.set_of(bank::self_approved) & roles));
    return own;
  }
  // Paperwork never stops sharing that is mandatory or protects a child, once the route has approved it.
  bool may_pass_gap() const { return (verdict.must_share || child_surely) && approved_by_route; }
  std::uint32_t ask(const CompiledRule& rule) const {
    const std::uint32_t roles = rule.route ? route_roles : rule.roles;
    return roles ? roles : (route_roles ? route_roles : pack.unsure_roles);
  }
  std::uint32_t route_or_unsure() const { return route_roles ? route_roles : pack.unsure_roles; }
};

void collect(Sitting& s, const std::vector<std::uint16_t>& indexes, Candidates& into, bool permits) {
  for (const std::uint16_t index : indexes) {
    const CompiledRule& rule = s.pack.rules[index];
    if (all_known(rule.when_case, s.view) && !any_possible(rule.unless_case, s.view)) into.add(index, Held::surely);
    else if (permits && rule.needs_circumstance && all_claimed(rule.when_case, s.view) && !any_possible(rule.unless_case, s.view)) into.add(index, Held::claimed);
    else if (all_possible(rule.when_case, s.view) && !any_known(rule.unless_case, s.view)) into.add(index, Held::possibly);
  }
}

void prepare(Sitting& s) {
  const View& v = s.view;
  const std::uint32_t flow = v.set_of(bank::flow);
  std::size_t flow_index = 8;
  for (std::size_t i = 0; i < 8; ++i)
    if (flow & (1u << i)) flow_index = i;
  const CompiledPack::ByFlow& by = s.pack.by_flow[flow_index];
  for (std::size_t i = 0; i < bank::purpose.size; ++i)
    if (v.is(bank::purpose, i)) { s.table = &s.pack.purposes[i]; break; }
  s.route_roles = s.table ? s.table->roles : 0;
  s.staff = v.may_be(bank::kind, static_cast<std::size_t>(RequesterKind::staff));  // a gate is a prohibition: it holds for who may be staff
  s.partner = v.is(bank::flow, static_cast<std::size_t>(Flow::partner_request));
  s.outside = s.partner || v.is(bank::flow, static_cast<std::size_t>(Flow::referral));
  // An age that is not known makes a risk a child's for asking a person, and not for passing over a gap in the papers.
  s.child_risk = v.may_be(bank::risk, static_cast<std::size_t>(RiskFact::child_claimed));
  s.child_surely = v.risk(RiskFact::child_claimed);
  s.emergency = v.form(FormFact::emergency_possible) && (!s.partner || v.form(FormFact::officer_named));
  s.emergency_unnamed = v.form(FormFact::emergency_possible) && !s.emergency;
  s.mandatory_recipient = v.set_of(bank::recipient) & s.pack.mandatory_types;
  collect(s, by.permits, s.permits, true);
  collect(s, by.forbids, s.forbids, false);
  collect(s, by.refers, s.refers, true);
  for (std::size_t i = 0; i < s.permits.size; ++i) {
    if (s.permits.list[i].held != Held::surely) continue;
    const CompiledRule& rule = s.pack.rules[s.permits.list[i].rule];
    if (rule.must_share) s.verdict.must_share = true;
    if (rule.stratum == Stratum::statute) s.statute = true;
  }
  s.self = s.verdict.must_share && (v.set_of(bank::self_approved) & s.pack.self_referrers);
  s.approved_by_route = (v.set_of(bank::approved) & s.route_or_unsure()) || s.self;
  // gates of staff: training, reading the policy, a volunteer's first months
  if (s.staff) {
    const auto bar = [&](bool definite, ReasonCode reason) {
      if (s.gate != ReasonCode::no_basis) return;
      s.gate = reason;
      s.gate_unknown = !definite;
    };
    if (s.pack.gate_training && !v.is(bank::training, static_cast<std::size_t>(Training::current)))
      bar(v.set_of(bank::training) != 0, ReasonCode::training_gate);
    if (s.pack.gate_attested && !v.is(bank::attested, 1)) bar(v.is(bank::attested, 0), ReasonCode::training_gate);
    if (s.pack.volunteer_min_days >= 0 && v.may_be(bank::role, static_cast<std::size_t>(Role::volunteer))) {
      const bool volunteer = v.is(bank::role, static_cast<std::size_t>(Role::volunteer));
      std::size_t line = 0;
      while (line < s.pack.tenure_lines.size() && s.pack.tenure_lines[line] < s.pack.volunteer_min_days) ++line;
      const std::uint64_t served = bank::tenure.mask() & ~(bank::tenure.bit(line + 1) - 1);  // bands from the line on
      if (!(v.known[bank::tenure.word] & served)) bar(volunteer && v.set_of(bank::tenure) != 0, ReasonCode::tenure_gate);
      else if (s.pack.volunteer_signoff && !v.is(bank::signed_off, 1)) bar(volunteer && v.is(bank::signed_off, 0), ReasonCode::tenure_gate);
    }
  }
}

// A rule that could not be evaluated denies; where a child may be at risk a person looks.
ItemVerdict because_unknown(const Sitting& s) {
  ItemVerdict out;
  out.reason = ReasonCode::unknown_fact;
  if (s.child_risk || s.verdict.must_share) { out.outcome = ItemOutcome::refer; out.refer_to = s.route_or_unsure(); }
  return out;
}

ItemVerdict refused(ReasonCode reason, std::int16_t rule = -1) {
  ItemVerdict out;
  out.reason = reason;
  out.rule = rule;
  return out;
}

ItemVerdict referred(ReasonCode reason, std::uint32_t roles, std::int16_t rule = -1) {
  ItemVerdict out;
  out.outcome = ItemOutcome::refer;
  out.reason = reason;
  out.refer_to = roles;
  out.rule = rule;
  return out;
}

// Whether a permit that applies to this item lifts the forbid: surely and approved; or it would if somebody found or approved it (then who).
enum class Lift : std::uint8_t { no, ask, yes };
Lift lifted(Sitting& s, std::uint16_t forbid, std::uint32_t& roles) {
  Lift best = Lift::no;
  for (std::size_t i = 0; i < s.permits.size; ++i) {
    const Candidate& one = s.permits.list[i];
    const CompiledRule& rule = s.pack.rules[one.rule];
    if (one.held == Held::possibly || rule.overrides.empty()) continue;
    if (std::find(rule.overrides.begin(), rule.overrides.end(), forbid) == rule.overrides.end()) continue;
    if (!all_known(rule.when_item, s.view) || any_possible(rule.unless_item, s.view)) continue;
    bool own = false;
    if (one.held == Held::surely && s.approval_met(rule, own)) {
      if (own) s.verdict.review = true;
      return Lift::yes;
    }
    best = Lift::ask;
    roles |= s.ask(rule);
  }
  return best;
}

// The first forbid of this ground that applies. True: the item is decided.
bool forbidden(Sitting& s, Ground ground, bool emergency, ItemVerdict& out) {
  for (std::size_t i = 0; i < s.forbids.size; ++i) {
    const Candidate& one = s.forbids.list[i];
    const CompiledRule& rule = s.pack.rules[one.rule];
    if (ground_of(rule.reason) != ground) continue;
    if (!all_possible(rule.when_item, s.view) || any_known(rule.unless_item, s.view)) continue;
    if (emergency && (rule.reason == ReasonCode::compartment || lifted_by_danger(rule.reason))) { s.verdict.review = true; continue; }
    std::uint32_t roles = 0;
    const Lift lift = lifted(s, one.rule, roles);
    if (lift == Lift::yes) {
      if (rule.reason == ReasonCode::compartment) s.verdict.review = true;  // an opened compartment is always looked at afterwards
      s.contributed(one.rule);
      continue;
    }
    if (lift == Lift::ask) {
      s.contributed(one.rule);
      out = referred(ReasonCode::needs_approval, roles, static_cast<std::int16_t>(one.rule));
      return true;
    }
    const bool definite = one.held == Held::surely && all_known(rule.when_item, s.view) && !any_possible(rule.unless_item, s.view);
    s.contributed(one.rule);
    if (definite) out = refused(rule.reason, static_cast<std::int16_t>(one.rule));
    else { out = because_unknown(s); out.rule = static_cast<std::int16_t>(one.rule); }
    return true;
  }
  return false;
}

ReasonCode consent_reason(ConsentState state) {
  switch (state) {
    case ConsentState::current: return ReasonCode::no_basis;
    case ConsentState::refused:
    case ConsentState::disagree: return ReasonCode::consent_refused;
    case ConsentState::withdrawn: return ReasonCode::consent_withdrawn;
    case ConsentState::expired: return ReasonCode::consent_expired;
    case ConsentState::form: return ReasonCode::consent_form;
    case ConsentState::blanket: return ReasonCode::consent_blanket;
    case ConsentState::scope: return ReasonCode::consent_scope;
    case ConsentState::missing: return ReasonCode::consent_missing;
  }
  return ReasonCode::no_basis;
}

Detail cell_of(const View& v) {
  for (std::size_t i = 0; i < bank::cell.size; ++i)
    if (v.is(bank::cell, i)) return static_cast<Detail>(i);
  return Detail::none;
}
ConsentState consent_of(const View& v) {
  for (std::size_t i = 0; i < bank::consent.size; ++i)
    if (v.is(bank::consent, i)) return static_cast<ConsentState>(i);
  return ConsentState::missing;
}

ReasonCode permit_reason(const CompiledRule& rule) {
  if (rule.reason != ReasonCode::no_basis) return rule.reason;
  switch (rule.stratum) {
    case Stratum::consent: return ReasonCode::consent_ok;
    case Stratum::mandatory:
    case Stratum::statute: return ReasonCode::duty;
    case Stratum::anonymise: return ReasonCode::anonymise_first;
    case Stratum::exception: return ReasonCode::circumstance;
    default: return ReasonCode::approved;
  }
}

// What the matrix asks for beyond the cell before something goes out, with or without names: nothing, or who must look first.
std::optional<ItemVerdict> asked_by_matrix(const Sitting& s, std::int32_t rule) {
  const View& v = s.view;
  const auto id = static_cast<std::int16_t>(rule);
  const bool allowed_by_hand = (v.set_of(bank::approved) & s.route_roles) || s.self;
  if (v.is(bank::category, static_cast<std::size_t>(Category::safe_address))) return referred(ReasonCode::safe_address, s.route_or_unsure(), id);
  const bool asks = cell_of(v) == Detail::exception || v.is(bank::needs, static_cast<std::size_t>(NeedFact::approval));
  if (asks && !allowed_by_hand) return referred(ReasonCode::needs_approval, s.route_or_unsure(), id);
  if (v.is(bank::needs, static_cast<std::size_t>(NeedFact::best_interests)) && !v.is(bank::best_interests, 1))
    return referred(ReasonCode::best_interests, s.route_or_unsure(), id);
  return std::nullopt;
}

// What rules say once nothing of an earlier ground stands in the way.
ItemVerdict by_rules(Sitting& s) {
  const View& v = s.view;
  const Detail cell = cell_of(v);
  ItemVerdict out;
  std::int32_t releases = -1, pending = -1, claimed = -1, possibly = -1, hidden = -1;
  bool own_counts = false, releases_consent = false;
  for (std::size_t i = 0; i < s.permits.size; ++i) {
    const Candidate& one = s.permits.list[i];
    const CompiledRule& rule = s.pack.rules[one.rule];
    const bool item_known = all_known(rule.when_item, v) && !any_possible(rule.unless_item, v);
    if (one.held == Held::surely && item_known) {
      s.contributed(one.rule);
      if (rule.anonymised) { if (hidden < 0) hidden = one.rule; continue; }
      bool own = false;
      if (s.approval_met(rule, own)) {
        own_counts = own_counts || own;
        if (rule.stratum == Stratum::consent) releases_consent = true;
        if (releases < 0 || rule.stratum < s.pack.rules[static_cast<std::size_t>(releases)].stratum) releases = one.rule;
      } else if (pending < 0 || (rule.must_share && !s.pack.rules[static_cast<std::size_t>(pending)].must_share)) pending = one.rule;
    } else if (rule.anonymised) {
      continue;
    } else if (one.held == Held::claimed && item_known) {
      if (claimed < 0) claimed = one.rule;
    } else if (one.held != Held::claimed && all_possible(rule.when_item, v) && !any_known(rule.unless_item, v)) {
      if (possibly < 0) possibly = one.rule;
    }
  }
  if (releases >= 0) {
    const CompiledRule& rule = s.pack.rules[static_cast<std::size_t>(releases)];
    if (const auto asked = asked_by_matrix(s, releases)) return *asked;
    out.outcome = ItemOutcome::release;
    out.detail = cell == Detail::exception ? Detail::relevant : cell;
    out.rule = static_cast<std::int16_t>(releases);
    out.reason = permit_reason(rule);
    out.rests_on_consent = rule.stratum == Stratum::consent;
    if (own_counts) s.verdict.review = true;
    if (!releases_consent && s.outside && rule.stratum != Stratum::consent) s.verdict.exceptional = true;
    return out;
  }
  if (pending >= 0) {
    const CompiledRule& rule = s.pack.rules[static_cast<std::size_t>(pending)];
    const ApprovalMode mode = rule.route ? (s.table ? s.table->mode : ApprovalMode::required) : rule.mode;
    return referred(mode == ApprovalMode::advice ? ReasonCode::needs_consultation : ReasonCode::needs_approval, s.ask(rule), static_cast<std::int16_t>(pending));
  }
  if (claimed >= 0) {
    s.contributed(static_cast<std::uint16_t>(claimed));
    return referred(ReasonCode::circumstance, s.ask(s.pack.rules[static_cast<std::size_t>(claimed)]), static_cast<std::int16_t>(claimed));
  }
  // an offence that is not serious opens nothing; one of the same weight as the examples goes to a person
  const std::uint32_t offence_claims = bit_of(CircumstanceCode::serious_offence_enquiry) | bit_of(CircumstanceCode::serious_offence_disclosed);
  const std::uint32_t claims = v.set_of(bank::claimed);
  if (claims && !(claims & ~offence_claims)) {
    if (v.is(bank::offence, static_cast<std::size_t>(OffenceState::not_serious))) return refused(ReasonCode::offence_not_serious);
    if (v.is(bank::offence, static_cast<std::size_t>(OffenceState::grey))) return referred(ReasonCode::needs_approval, s.route_or_unsure());
  }
  for (std::size_t i = 0; i < s.refers.size; ++i) {
    const Candidate& one = s.refers.list[i];
    const CompiledRule& rule = s.pack.rules[one.rule];
    const bool surely = one.held == Held::surely && all_known(rule.when_item, v) && !any_possible(rule.unless_item, v);
    const bool may = s.child_risk && all_possible(rule.when_item, v) && !any_known(rule.unless_item, v);
    if (!surely && !may) continue;
    s.contributed(one.rule);
    return referred(surely ? (rule.reason == ReasonCode::no_basis ? ReasonCode::needs_consultation : rule.reason) : ReasonCode::unknown_fact, s.ask(rule),
                    static_cast<std::int16_t>(one.rule));
  }
  if (consent_of(v) == ConsentState::disagree) return referred(ReasonCode::consent_refused, s.route_or_unsure());
  if (possibly >= 0 && (s.child_risk || s.verdict.must_share)) return because_unknown(s);
  if (hidden >= 0) {
    if (const auto asked = asked_by_matrix(s, hidden)) return *asked;
    out.outcome = ItemOutcome::anonymised;
    out.rule = static_cast<std::int16_t>(hidden);
    out.reason = ReasonCode::anonymise_first;
    out.detail = cell == Detail::exception ? Detail::relevant : cell;
    return out;
  }
  // keep
  if (possibly >= 0) return refused(ReasonCode::unknown_fact, static_cast<std::int16_t>(possibly));
  const bool consent_matters = s.outside || v.is(bank::flow, static_cast<std::size_t>(Flow::parent_enquiry));
  return refused(consent_matters ? consent_reason(consent_of(v)) : ReasonCode::no_basis);
}

ItemVerdict ordinary(Sitting& s, bool emergency, bool& hard) {
  const View& v = s.view;
  ItemVerdict out;
  const bool duty = s.verdict.must_share;
  hard = true;
  // who asks
  if (v.may_be(bank::conflict, 1)) return v.is(bank::conflict, 1) ? refused(ReasonCode::conflict) : because_unknown(s);
  bool passed_gap = false;
  if (!emergency && s.gate != ReasonCode::no_basis) {
    if (duty || s.child_risk) {
      if (!s.may_pass_gap()) return referred(s.gate_unknown ? ReasonCode::unknown_fact : s.gate, s.route_or_unsure());
      passed_gap = true;  // paperwork never stops mandatory sharing
    } else {
      return s.gate_unknown ? because_unknown(s) : refused(s.gate);
    }
  }
  if (forbidden(s, ground_gate, emergency, out)) return out;
  // whom it must not reach
  if (v.may_be(bank::withheld, 1)) return v.is(bank::withheld, 1) ? refused(ReasonCode::withheld_from_person) : because_unknown(s);
  const bool safe_address = v.may_be(bank::category, static_cast<std::size_t>(Category::safe_address));
  const bool family = v.may_be(bank::kind, static_cast<std::size_t>(RequesterKind::parent)) ||
                      v.may_be(bank::kind, static_cast<std::size_t>(RequesterKind::advocate));
  if (safe_address && family) return refused(ReasonCode::safe_address);
  if (forbidden(s, ground_person, emergency, out)) return out;
  // age and interests
  if (forbidden(s, ground_age, emergency, out)) return out;
  if (v.is(bank::needs, static_cast<std::size_t>(NeedFact::best_interests)) && v.is(bank::best_interests, 0)) return refused(ReasonCode::best_interests);
  hard = false;
  if (!emergency) {
    // purpose, flow and agreement
    const std::uint32_t approved = v.set_of(bank::approved);
    if (!v.form(FormFact::flow_listed) || !v.form(FormFact::type_listed)) {
      if (!(approved & s.pack.purpose_unknown_roles)) return referred(ReasonCode::purpose_unknown, s.pack.purpose_unknown_roles);
      passed_gap = true;
    }
    if (s.pack.agreement_required && v.form(FormFact::needs_agreement) && !v.is(bank::agreement, static_cast<std::size_t>(AgreementState::current))) {
      const bool never_holds = s.statute || (duty && s.mandatory_recipient);
      const bool settled = (approved & s.pack.agreement_roles) || s.may_pass_gap();
      if (!never_holds && !settled) {
        s.verdict.agreement_gap = true;
        return referred(ReasonCode::not_signatory, s.pack.agreement_roles);
      }
      passed_gap = true;
    }
    // what the request must state
    const bool item_gap = v.is(bank::needs, static_cast<std::size_t>(NeedFact::statement_missing));
    if (!v.form(FormFact::statements_complete) || item_gap) {
      s.verdict.more_information = true;
      if (duty || s.child_risk) {
        if (!s.may_pass_gap()) return referred(ReasonCode::not_stated, s.route_or_unsure());
        passed_gap = true;
      } else {
        return refused(ReasonCode::not_stated);
      }
    }
  }
  // what the purpose needs
  if (!v.is(bank::relevant, 1)) return v.is(bank::relevant, 0) ? refused(ReasonCode::not_relevant) : because_unknown(s);
  if (!(v.known[bank::category.word] & bank::category.mask())) return because_unknown(s);
  if (cell_of(v) == Detail::none) return refused(ReasonCode::not_necessary);
  if (forbidden(s, ground_rule, emergency, out)) return out;
  out = by_rules(s);
  if (out.outcome == ItemOutcome::release && passed_gap) s.verdict.review = true;
  if (duty && out.outcome == ItemOutcome::withhold) {
    const std::uint32_t roles = s.route_or_unsure();
    out.outcome = ItemOutcome::refer;  // never withhold where sharing is mandatory
    out.refer_to = roles;
  }
  return out;
}

}  // namespace

void evaluate(const CompiledPack& pack, const Facts& facts, Verdict& verdict) {
  verdict.must_share = verdict.emergency = verdict.review = verdict.more_information = verdict.agreement_gap = verdict.exceptional = false;
  verdict.missing = 0;
  verdict.items.clear();
  verdict.contributed.clear();
  Sitting s(pack, verdict, facts);
  prepare(s);
  for (const ItemFacts& item : facts.items) {
    for (std::size_t w = 0; w < kItemWords; ++w) {
      s.known[kCaseWords + w] = item.known[w];
      s.possible[kCaseWords + w] = item.possible[w];
    }
    bool hard = false;
    const bool gaps[] = {verdict.more_information, verdict.agreement_gap};
    ItemVerdict out = ordinary(s, false, hard);
    if (s.emergency && out.outcome != ItemOutcome::release) {
      verdict.more_information = gaps[0];  // nothing is required in an emergency
      verdict.agreement_gap = gaps[1];
      // the safety minimum at once: the purpose's column without its exception cells; no approval, agreement, statement or role gate
      const ItemVerdict with = ordinary(s, true, hard);
      // what is not known to matter, or not known to be something the purpose needs, is no safety minimum
      const bool barred = hard || !s.view.is(bank::relevant, 1) || !(s.view.known[bank::category.word] & bank::category.mask()) || cell_of(s.view) == Detail::none;
      if (barred) {
        out = with;
      } else if (s.view.is(bank::category, static_cast<std::size_t>(Category::safe_address))) {
        out = referred(ReasonCode::safe_address, s.route_or_unsure(), with.rule);
      } else if (cell_of(s.view) == Detail::exception) {
        out = referred(ReasonCode::needs_approval, s.route_or_unsure(), with.rule);
      } else {
        out = with;
        out.outcome = ItemOutcome::release;
        out.reason = ReasonCode::circumstance;
        out.detail = cell_of(s.view);
        out.refer_to = 0;
        out.structured_only = s.partner;
        out.rests_on_consent = false;
        verdict.exceptional = true;
        // an agreement never holds an emergency back; its lead is told afterwards
        if (pack.agreement_required && s.view.form(FormFact::needs_agreement) && !s.view.is(bank::agreement, static_cast<std::size_t>(AgreementState::current)))
          verdict.agreement_gap = verdict.review = true;
      }
    } else if (s.emergency_unnamed && !hard && (out.outcome == ItemOutcome::withhold || out.outcome == ItemOutcome::anonymised) &&
               out.reason != ReasonCode::not_relevant && out.reason != ReasonCode::not_necessary) {
      out = referred(ReasonCode::needs_approval, pack.emergency_roles, out.rule);
    }
    verdict.items.push_back(out);
  }
  // Nothing to decide about, and the request itself has a gap: say so, as for somebody who is known.
  if (facts.items.empty() && s.table && s.view.form(FormFact::flow_listed) && !s.view.form(FormFact::statements_complete)) verdict.more_information = true;
  verdict.emergency = s.emergency || s.emergency_unnamed;
  std::sort(verdict.contributed.begin(), verdict.contributed.end());
  verdict.contributed.erase(std::unique(verdict.contributed.begin(), verdict.contributed.end()), verdict.contributed.end());
}

bool may_go_alone(AutomaticRelease mode, const Decision& decision, const ReleaseFlags& flags) {
  if (mode == AutomaticRelease::never || !decision.may_send()) return false;
  if (flags.risk_marker || flags.redaction_flagged || !flags.approvals_complete) return false;
  return mode == AutomaticRelease::unflagged || !flags.has_free_text;
}

}  // namespace gatehouse::policy
