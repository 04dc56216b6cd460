// evaluate.cpp over sets of states: each place where the engine returns becomes a branch, taken by the states that no earlier branch took.
#include "policy/prove/model.hpp"

#include <algorithm>

namespace gatehouse::policy::proving {
namespace {

template <class Enum>
std::size_t index(Enum value) { return static_cast<std::size_t>(value); }
constexpr std::uint32_t bit_of(auto value) { return std::uint32_t{1} << static_cast<unsigned>(value); }
bdd constant(bool value) { return value ? bdd(bddtrue) : bdd(bddfalse); }

enum class Ground : std::uint8_t { gate, person, age, rule };
Ground ground_of(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::conflict:
    case ReasonCode::training_gate:
    case ReasonCode::tenure_gate:
    case ReasonCode::role:
    case ReasonCode::own_record: return Ground::gate;
    case ReasonCode::withheld_from_person:
    case ReasonCode::safe_address:
    case ReasonCode::compartment: return Ground::person;
    case ReasonCode::age_rule:
    case ReasonCode::best_interests: return Ground::age;
    default: return Ground::rule;
  }
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

bdd some_member(const Bits& words, const Term& term) {
  bdd out = bddfalse;
  for (std::size_t i = 0; i < 64; ++i)
    if (term.mask >> i & 1u) out |= words[term.word][i];
  return out;
}

using Asks = Branch::Asks;
using Shows = Branch::Shows;

// How a rule's case half and item half hold, as sets.
struct RuleSets {
  bdd surely, claimed, possibly;  // the case half; apart from each other
  bdd item_known, item_possible;
  bdd met, own;                   // its approval: met by somebody else, or only by whoever asks for it
};

class Evaluating {
 public:
  Evaluating(const Universe& universe, const CompiledPack& pack, std::size_t flow) : u_(universe), pack_(pack), by_(pack.by_flow[flow]) {
    m_.flow = flow;
    m_.facts = facts_of(universe, pack, flow);
    m_.must_share = m_.statute = m_.exceptional = m_.review = m_.more_information = m_.agreement_gap = bddfalse;
  }

  FlowModel take() {
    prepare();
    const FactSets& f = m_.facts;
    std::vector<Branch> first, second;
    live_ = u_.valid();
    ordinary(false, first);
    bdd released = bddfalse;
    for (const Branch& one : first)
      if (one.outcome == ItemOutcome::release) released |= one.states.whole();
    // an emergency looks again at what the first look did not release; nothing is required then
    const bdd again = (u_.valid() & m_.emergency) - released;
    const bdd more_first = m_.more_information - again, gap_first = m_.agreement_gap - again;
    live_ = again;
    ordinary(true, second);
    m_.more_information = more_first;
    const auto put = [&](Branch branch, const bdd& where) {
      branch.states.own &= where;
      if (!empty(branch.states.own)) m_.branches.push_back(std::move(branch));
    };
    const bdd barred = !f.is(bank::relevant, 1) | !f.any(bank::category) | f.is(bank::cell, Detail::none);
    const bdd safe = f.is(bank::category, Category::safe_address) - barred;
    const bdd exception = (f.is(bank::cell, Detail::exception) - safe) - barred;
    const bdd rest = !(barred | safe | exception);
    bdd given = bddfalse;
    for (const Branch& one : second) {
      if (one.hard) {
        put(one, bddtrue);
        continue;
      }
      put(one, barred);
      Branch other = one;
      other.outcome = ItemOutcome::refer;
      other.asks = Asks::route;
      other.ask_rules.clear();
      other.shows = Shows::nothing;
      other.rests_on_consent = false;
      other.reason = ReasonCode::safe_address;
      put(other, safe);
      other.reason = ReasonCode::needs_approval;
      put(other, exception);
      other.outcome = ItemOutcome::release;
      other.reason = ReasonCode::circumstance;
      other.asks = Asks::nobody;
      other.shows = Shows::cell;
      other.by_emergency = true;
      other.structured_only = partner_;
      put(other, rest);
    }
    bdd hard = bddfalse;
    for (const Branch& one : second)
      if (one.hard) hard |= one.states.whole();
    given = (again & rest) - hard;
    m_.exceptional |= given;
    const bdd gap = agreement_gap();
    m_.agreement_gap = gap_first | (given & gap);
    m_.review |= given & gap;
    for (const Branch& one : first) {
      const bdd stays = one.outcome == ItemOutcome::release ? bdd(bddtrue) : !m_.emergency;
      const bool closed = one.outcome == ItemOutcome::withhold || one.outcome == ItemOutcome::anonymised;
      const bool barred_by_matrix = one.reason == ReasonCode::not_relevant || one.reason == ReasonCode::not_necessary;
      if (!closed || barred_by_matrix || one.hard) {
        put(one, stays);
        continue;
      }
      put(one, stays - m_.emergency_unnamed);
      Branch other = one;
      other.outcome = ItemOutcome::refer;
      other.reason = ReasonCode::needs_approval;
      other.asks = Asks::roles;
      other.roles = pack_.emergency_roles;
      other.shows = Shows::nothing;
      other.rests_on_consent = false;
      put(other, stays & m_.emergency_unnamed);
    }
    m_.release = gather(ItemOutcome::release);
    m_.anonymised = gather(ItemOutcome::anonymised);
    m_.refer = gather(ItemOutcome::refer);
    m_.withhold = gather(ItemOutcome::withhold);
    return std::move(m_);
  }

 private:
  // ------------------------------------------------ terms
  bdd all_claimed(const std::vector<Term>& terms) const {
    bdd out = bddtrue;
    for (const Term& term : terms) {
      Term wider = term;
      if (term.word == bank::evidenced.word) wider.mask |= (term.mask & bank::evidenced.mask()) << (bank::claimed.shift - bank::evidenced.shift);
      out &= some_member(m_.facts.known, wider);
    }
    return out;
  }

  RuleSets sets_of(std::uint16_t number) {
    const CompiledRule& rule = pack_.rules[number];
    const FactSets& f = m_.facts;
    RuleSets out;
    out.surely = every_term(f.known, rule.when_case) - some_term(f.possible, rule.unless_case);
    const bool counts_claims = rule.needs_circumstance && (rule.effect == Effect::permit || rule.effect == Effect::refer);
    out.claimed = counts_claims ? (all_claimed(rule.when_case) - some_term(f.possible, rule.unless_case)) - out.surely : bdd(bddfalse);
    out.possibly = ((every_term(f.possible, rule.when_case) - some_term(f.known, rule.unless_case)) - out.surely) - out.claimed;
    out.item_known = every_term(f.known, rule.when_item) - some_term(f.possible, rule.unless_item);
    out.item_possible = every_term(f.possible, rule.when_item) - some_term(f.known, rule.unless_item);
    return out;
  }

  bdd met_by(ApprovalMode mode, std::uint32_t roles) const {
    switch (mode) {
      case ApprovalMode::none:
      case ApprovalMode::recommended:
      case ApprovalMode::retrospective: return bddtrue;
      case ApprovalMode::advice: return m_.facts.any_of(bank::advised, roles);
      case ApprovalMode::required: return m_.facts.any_of(bank::approved, roles);
    }
    return bddfalse;
  }
  void approvals(const CompiledRule& rule, RuleSets& sets) const {
    if (rule.route) {
      sets.met = route_met_;
      sets.own = self_;
      if (rule.own_approval) sets.own |= by_route(u_, pack_, [&](ApprovalMode, std::uint32_t roles) { return m_.facts.any_of(bank::self_approved, roles); });
    } else {
      sets.met = met_by(rule.mode, rule.roles);
      sets.own = self_;
      if (rule.own_approval) sets.own |= m_.facts.any_of(bank::self_approved, rule.roles);
    }
    sets.own -= sets.met;
  }

  // ------------------------------------------------ the request as such
  void prepare() {
    const FactSets& f = m_.facts;
    const auto form = [&](FormFact fact) { return f.is(bank::form, fact); };
    partner_ = m_.flow == index(Flow::partner_request);
    outside_ = partner_ || m_.flow == index(Flow::referral);
    staff_ = f.may_be(bank::kind, index(RequesterKind::staff));
    child_risk_ = f.may_be(bank::risk, index(RiskFact::child_claimed));
    m_.child_surely = f.is(bank::risk, RiskFact::child_claimed);
    const bdd possible = form(FormFact::emergency_possible), officer = form(FormFact::officer_named);
    m_.emergency = partner_ ? possible & officer : possible;
    m_.emergency_unnamed = possible - m_.emergency;
    for (const auto* list : {&by_.permits, &by_.forbids, &by_.refers})
      for (const std::uint16_t number : *list) sets_[number] = sets_of(number);
    for (const std::uint16_t number : by_.permits) {
      const CompiledRule& rule = pack_.rules[number];
      if (rule.must_share) m_.must_share |= sets_[number].surely;
      if (rule.stratum == Stratum::statute) m_.statute |= sets_[number].surely;
    }
    self_ = m_.must_share & f.any_of(bank::self_approved, pack_.self_referrers);
    route_met_ = by_route(u_, pack_, [&](ApprovalMode mode, std::uint32_t roles) { return met_by(mode, roles); });
    route_said_ = by_route(u_, pack_, [&](ApprovalMode, std::uint32_t roles) { return f.any_of(bank::approved, roles); });
    const bdd route_or_unsure = by_route(u_, pack_, [&](ApprovalMode, std::uint32_t roles) { return f.any_of(bank::approved, roles ? roles : pack_.unsure_roles); });
    m_.approved_by_route = route_or_unsure | self_;
    for (const auto* list : {&by_.permits, &by_.forbids, &by_.refers})
      for (const std::uint16_t number : *list) approvals(pack_.rules[number], sets_[number]);
    mandatory_recipient_ = f.any_of(bank::recipient, pack_.mandatory_types);
    // gates of staff, in order: training, reading the policy, a volunteer's first months
    bdd open = staff_;
    const auto bar = [&](const bdd& where, const bdd& definite, ReasonCode reason) {
      const bdd here = where & open;
      open -= here;
      gates_.push_back({here & definite, reason, false});
      gates_.push_back({here - definite, reason, true});
    };
    if (pack_.gate_training) bar(!f.is(bank::training, Training::current), f.any(bank::training), ReasonCode::training_gate);
    if (pack_.gate_attested) bar(!f.is(bank::attested, 1), f.is(bank::attested, 0), ReasonCode::training_gate);
    if (pack_.volunteer_min_days >= 0) {
      const bdd may_be = f.may_be(bank::role, index(Role::volunteer)), is = f.is(bank::role, Role::volunteer);
      std::size_t line = 0;
      while (line < pack_.tenure_lines.size() && pack_.tenure_lines[line] < pack_.volunteer_min_days) ++line;
      bdd served = bddfalse;
      for (std::size_t band = line + 1; band < bank::tenure.size; ++band) served |= f.is(bank::tenure, band);
      bar(may_be - served, is & f.any(bank::tenure), ReasonCode::tenure_gate);
      if (pack_.volunteer_signoff) bar((may_be & served) - f.is(bank::signed_off, 1), is & f.is(bank::signed_off, 0), ReasonCode::tenure_gate);
    }
  }

  // ------------------------------------------------ branches
  // Takes its states out of the live ones. In by_rules() `live_` is everything and `common_` what reached it: see Part.
  void emit(std::vector<Branch>& out, const bdd& where, Branch branch) {
    branch.states = {common_, where & live_};
    branch.hard = hard_;
    live_ -= where;
    if (!empty(branch.states.own)) out.push_back(std::move(branch));
  }
  // The union of all branches of one outcome: one product for each stretch.
  bdd gather(ItemOutcome outcome) const {
    std::map<BDD, Part> by;
    for (const Branch& one : m_.branches) {
      if (one.outcome != outcome) continue;
      const auto [at, fresh] = by.try_emplace(one.states.common.id(), one.states);
      if (!fresh) at->second.own |= one.states.own;
    }
    bdd out = bddfalse;
    for (const auto& [id, part] : by) out |= part.whole();
    return out;
  }
  static Branch refused(ReasonCode reason, std::int16_t rule = -1) {
    Branch out;
    out.reason = reason;
    out.rule = rule;
    return out;
  }
  static Branch referred(ReasonCode reason, Asks asks, std::int16_t rule = -1, std::uint32_t roles = 0) {
    Branch out = refused(reason, rule);
    out.outcome = ItemOutcome::refer;
    out.asks = asks;
    out.roles = roles;
    return out;
  }
  static Branch asked(ReasonCode reason, std::uint16_t rule) {
    Branch out = referred(reason, Asks::rules, static_cast<std::int16_t>(rule));
    out.ask_rules = {rule};
    return out;
  }
  void because_unknown(std::vector<Branch>& out, const bdd& where, std::int16_t rule = -1) {
    const bdd looks = child_risk_ | m_.must_share;
    emit(out, where & looks, referred(ReasonCode::unknown_fact, Asks::route, rule));
    emit(out, where, refused(ReasonCode::unknown_fact, rule));
  }
  void contributed(std::uint16_t rule, const bdd& where) {
    if (!empty(where)) m_.contributed[rule].push_back({common_, where});
  }

  void forbidden(std::vector<Branch>& out, Ground ground, bool emergency) {
    for (const std::uint16_t number : by_.forbids) {
      const CompiledRule& rule = pack_.rules[number];
      if (ground_of(rule.reason) != ground) continue;
      const RuleSets& f = sets_[number];
      const bdd applies = live_ & (f.surely | f.possibly) & f.item_possible;
      if (empty(applies)) continue;
      const bool gate = rule.reason == ReasonCode::training_gate || rule.reason == ReasonCode::tenure_gate || rule.reason == ReasonCode::role;
      if (emergency && (gate || rule.reason == ReasonCode::compartment)) {
        m_.review |= applies;
        continue;
      }
      bdd yes = bddfalse, ask = bddfalse, own = bddfalse;
      std::vector<std::pair<std::uint16_t, bdd>> askers;
      for (const std::uint16_t permit : by_.permits) {
        const CompiledRule& by = pack_.rules[permit];
        if (std::find(by.overrides.begin(), by.overrides.end(), number) == by.overrides.end()) continue;
        const RuleSets& p = sets_[permit];
        const bdd lifts = p.surely & p.item_known & (p.met | p.own);
        own |= (lifts - p.met) - yes;  // the first that lifts it counts
        yes |= lifts;
        const bdd asks = (p.surely | p.claimed) & p.item_known;
        askers.emplace_back(permit, asks);
        ask |= asks;
      }
      ask -= yes;
      m_.review |= applies & own;
      if (rule.reason == ReasonCode::compartment) m_.review |= applies & yes;
      contributed(number, applies);
      // whom to ask may differ between the permits that would lift it: one branch for each set of them
      std::vector<std::pair<bdd, std::vector<std::uint16_t>>> groups = {{applies & ask, {}}};
      for (const auto& [permit, asks] : askers) {
        std::vector<std::pair<bdd, std::vector<std::uint16_t>>> next;
        for (auto& [states, who] : groups) {
          if (const bdd without = states - asks; !empty(without)) next.emplace_back(without, who);
          if (const bdd with = states & asks; !empty(with)) {
            who.push_back(permit);
            next.emplace_back(with, who);
          }
        }
        groups = std::move(next);
      }
      for (auto& [states, who] : groups) {
        Branch branch = referred(ReasonCode::needs_approval, Asks::rules, static_cast<std::int16_t>(number));
        branch.ask_rules = std::move(who);
        emit(out, states, std::move(branch));
      }
      const bdd denied = applies - (yes | ask);
      const bdd definite = f.surely & f.item_known;
      emit(out, denied & definite, refused(rule.reason, static_cast<std::int16_t>(number)));
      because_unknown(out, denied - definite, static_cast<std::int16_t>(number));
    }
  }

  // What the matrix asks for beyond the cell.
  void asked_by_matrix(std::vector<Branch>& out, const bdd& here, std::int16_t rule) {
    const FactSets& f = m_.facts;
    emit(out, here & f.is(bank::category, Category::safe_address), referred(ReasonCode::safe_address, Asks::route, rule));
    const bdd asks_approval = f.is(bank::cell, Detail::exception) | f.is(bank::needs, NeedFact::approval);
    emit(out, here & (asks_approval - (route_said_ | self_)), referred(ReasonCode::needs_approval, Asks::route, rule));
    emit(out, here & (f.is(bank::needs, NeedFact::best_interests) - f.is(bank::best_interests, 1)), referred(ReasonCode::best_interests, Asks::route, rule));
  }

  void by_rules(std::vector<Branch>& out, const bdd& passed) {
    const FactSets& f = m_.facts;
    const bdd exception = f.is(bank::cell, Detail::exception);
    bdd releases_consent = bddfalse, own_counts = bddfalse, review = bddfalse, exceptional = bddfalse, released = bddfalse;
    for (const std::uint16_t number : by_.permits) {
      const CompiledRule& rule = pack_.rules[number];
      const RuleSets& r = sets_[number];
      const bdd applies = r.surely & r.item_known;
      contributed(number, applies);
      if (rule.anonymised) continue;
      const bdd met = applies & (r.met | r.own);
      own_counts |= applies & r.own;
      if (rule.stratum == Stratum::consent) releases_consent |= met;
    }
    for (const std::uint16_t number : by_.permits) {
      const CompiledRule& rule = pack_.rules[number];
      if (rule.anonymised) continue;
      const RuleSets& r = sets_[number];
      const auto id = static_cast<std::int16_t>(number);
      const bdd here = live_ & r.surely & r.item_known & (r.met | r.own);
      if (empty(here)) continue;
      asked_by_matrix(out, here, id);
      Branch branch;
      branch.outcome = ItemOutcome::release;
      branch.reason = permit_reason(rule);
      branch.rule = id;
      branch.rests_on_consent = rule.stratum == Stratum::consent;
      const bdd given = here & live_;
      review |= given & own_counts;
      if (outside_ && rule.stratum != Stratum::consent) exceptional |= given - releases_consent;
      branch.shows = Shows::relevant;
      released |= given;
      emit(out, given & exception, branch);
      branch.shows = Shows::cell;
      emit(out, given, branch);
    }
    m_.exceptional |= common_ & exceptional;
    m_.review |= common_ & (review | (released & passed));
    // a permit that waits for an approval; a mandatory one speaks first
    for (const bool mandatory : {true, false})
      for (const std::uint16_t number : by_.permits) {
        const CompiledRule& rule = pack_.rules[number];
        if (rule.anonymised || rule.must_share != mandatory) continue;
        const RuleSets& r = sets_[number];
        const bdd here = live_ & r.surely & r.item_known;  // not met, or it would have been released
        const bdd advice = rule.route ? by_route(u_, pack_, [](ApprovalMode mode, std::uint32_t) { return constant(mode == ApprovalMode::advice); })
                                      : constant(rule.mode == ApprovalMode::advice);
        emit(out, here & advice, asked(ReasonCode::needs_consultation, number));
        emit(out, here, asked(ReasonCode::needs_approval, number));
      }
    for (const std::uint16_t number : by_.permits) {
      if (pack_.rules[number].anonymised) continue;
      const RuleSets& r = sets_[number];
      const bdd here = live_ & r.claimed & r.item_known;
      contributed(number, here);
      emit(out, here, asked(ReasonCode::circumstance, number));
    }
    // an offence that is not serious opens nothing
    const std::uint32_t offences = bit_of(CircumstanceCode::serious_offence_enquiry) | bit_of(CircumstanceCode::serious_offence_disclosed);
    const std::uint32_t every = (1u << count_of<CircumstanceCode>()) - 1;
    const bdd only_offences = f.any_of(bank::claimed, offences) - f.any_of(bank::claimed, every & ~offences);
    emit(out, live_ & only_offences & f.is(bank::offence, OffenceState::not_serious), refused(ReasonCode::offence_not_serious));
    emit(out, live_ & only_offences & f.is(bank::offence, OffenceState::grey), referred(ReasonCode::needs_approval, Asks::route));
    for (const std::uint16_t number : by_.refers) {
      const CompiledRule& rule = pack_.rules[number];
      const RuleSets& r = sets_[number];
      const bdd surely = live_ & r.surely & r.item_known;
      // a candidate of any standing will do for somebody to look, where a child may be at risk
      const bdd may = (live_ & child_risk_ & (r.surely | r.claimed | r.possibly) & r.item_possible) - surely;
      contributed(number, surely | may);
      emit(out, surely, asked(rule.reason == ReasonCode::no_basis ? ReasonCode::needs_consultation : rule.reason, number));
      emit(out, may, asked(ReasonCode::unknown_fact, number));
    }
    emit(out, live_ & f.is(bank::consent, ConsentState::disagree), referred(ReasonCode::consent_refused, Asks::route));
    bdd possibly = bddfalse;
    std::vector<std::pair<std::uint16_t, bdd>> possible_rules;
    for (const std::uint16_t number : by_.permits) {
      if (pack_.rules[number].anonymised) continue;
      const RuleSets& r = sets_[number];
      const bdd here = (((r.surely | r.possibly) & r.item_possible) - (r.surely & r.item_known)) - possibly;
      possible_rules.emplace_back(number, here);
      possibly |= here;
    }
    because_unknown(out, live_ & possibly & (child_risk_ | m_.must_share));
    for (const std::uint16_t number : by_.permits) {
      if (!pack_.rules[number].anonymised) continue;
      const RuleSets& r = sets_[number];
      Branch branch;
      branch.outcome = ItemOutcome::anonymised;
      branch.reason = ReasonCode::anonymise_first;
      branch.rule = static_cast<std::int16_t>(number);
      const bdd here = live_ & r.surely & r.item_known;
      asked_by_matrix(out, here, branch.rule);
      branch.shows = Shows::relevant;
      emit(out, here & exception, branch);
      branch.shows = Shows::cell;
      emit(out, here, branch);
    }
    for (const auto& [number, here] : possible_rules) emit(out, live_ & here, refused(ReasonCode::unknown_fact, static_cast<std::int16_t>(number)));
    const bool consent_matters = outside_ || m_.flow == index(Flow::parent_enquiry);
    if (!consent_matters) return emit(out, live_, refused(ReasonCode::no_basis));
    for (std::size_t state = 0; state < bank::consent.size; ++state)
      emit(out, live_ & f.is(bank::consent, state), refused(consent_reason(static_cast<ConsentState>(state))));
    emit(out, live_, refused(ReasonCode::no_basis));
  }

  bdd agreement_gap() const {
    if (!pack_.agreement_required) return bddfalse;
    return m_.facts.is(bank::form, FormFact::needs_agreement) - m_.facts.is(bank::agreement, AgreementState::current);
  }

  void ordinary(bool emergency, std::vector<Branch>& out) {
    const FactSets& f = m_.facts;
    common_ = bddtrue;
    hard_ = true;
    const bdd duty = m_.must_share, protects = duty | child_risk_;
    const bdd may_pass = (duty | m_.child_surely) & m_.approved_by_route;
    bdd passed = bddfalse;
    emit(out, f.is(bank::conflict, 1), refused(ReasonCode::conflict));
    because_unknown(out, f.may_be(bank::conflict, 1));
    if (!emergency)
      for (const Gate& gate : gates_) {
        emit(out, (gate.states & protects) - may_pass, referred(gate.unknown ? ReasonCode::unknown_fact : gate.reason, Asks::route));
        passed |= gate.states & protects & may_pass & live_;
        if (gate.unknown) because_unknown(out, gate.states - protects);
        else emit(out, gate.states - protects, refused(gate.reason));
      }
    forbidden(out, Ground::gate, emergency);
    emit(out, f.is(bank::withheld, 1), refused(ReasonCode::withheld_from_person));
    because_unknown(out, f.may_be(bank::withheld, 1));
    const bdd family = f.may_be(bank::kind, index(RequesterKind::parent)) | f.may_be(bank::kind, index(RequesterKind::advocate));
    emit(out, f.may_be(bank::category, index(Category::safe_address)) & family, refused(ReasonCode::safe_address));
    forbidden(out, Ground::person, emergency);
    forbidden(out, Ground::age, emergency);
    emit(out, f.is(bank::needs, NeedFact::best_interests) & f.is(bank::best_interests, 0), refused(ReasonCode::best_interests));
    hard_ = false;
    if (!emergency) {
      const bdd listed = f.is(bank::form, FormFact::flow_listed) & f.is(bank::form, FormFact::type_listed);
      const bdd settled = f.any_of(bank::approved, pack_.purpose_unknown_roles);
      emit(out, !listed & !settled, referred(ReasonCode::purpose_unknown, Asks::roles, -1, pack_.purpose_unknown_roles));
      passed |= live_ - listed;
      const bdd gap = agreement_gap();
      const bdd never_holds = m_.statute | (duty & mandatory_recipient_);
      const bdd agreed = f.any_of(bank::approved, pack_.agreement_roles) | may_pass;
      const bdd stops = (gap - never_holds) - agreed;
      m_.agreement_gap |= stops & live_;
      emit(out, stops, referred(ReasonCode::not_signatory, Asks::roles, -1, pack_.agreement_roles));
      passed |= live_ & gap;
      const bdd missing = live_ & (!f.is(bank::form, FormFact::statements_complete) | f.is(bank::needs, NeedFact::statement_missing));
      m_.more_information |= missing;
      emit(out, (missing & protects) - may_pass, referred(ReasonCode::not_stated, Asks::route));
      passed |= missing & protects & may_pass;
      emit(out, missing - protects, refused(ReasonCode::not_stated));
    }
    emit(out, f.is(bank::relevant, 0), refused(ReasonCode::not_relevant));
    because_unknown(out, !f.is(bank::relevant, 1));
    because_unknown(out, !f.any(bank::category));
    emit(out, f.is(bank::cell, Detail::none), refused(ReasonCode::not_necessary));
    forbidden(out, Ground::rule, emergency);
    common_ = live_;
    live_ = bddtrue;
    const std::size_t from = out.size();
    by_rules(out, passed);
    // never kept where sharing is mandatory
    for (std::size_t i = from, end = out.size(); i < end; ++i) {
      if (out[i].outcome != ItemOutcome::withhold) continue;
      const bdd must = out[i].states.own & duty;
      if (empty(must)) continue;
      Branch ask = out[i];
      ask.states.own = must;
      ask.outcome = ItemOutcome::refer;
      ask.asks = Asks::route;
      out[i].states.own -= must;
      out.push_back(ask);
    }
  }

  struct Gate {
    bdd states;
    ReasonCode reason;
    bool unknown;
  };

  const Universe& u_;
  const CompiledPack& pack_;
  const CompiledPack::ByFlow& by_;
  FlowModel m_;
  std::map<std::uint16_t, RuleSets> sets_;
  std::vector<Gate> gates_;
  bdd live_, common_, staff_, child_risk_, self_, route_met_, route_said_, mandatory_recipient_;
  bool partner_ = false, outside_ = false, hard_ = false;
};

}  // namespace

bdd every_term(const Bits& words, const std::vector<Term>& terms) {
  bdd out = bddtrue;
  for (const Term& term : terms) out &= some_member(words, term);
  return out;
}

bdd some_term(const Bits& words, const std::vector<Term>& terms) {
  bdd out = bddfalse;
  for (const Term& term : terms) out |= some_member(words, term);
  return out;
}

bdd asks_role(const Universe& universe, const CompiledPack& pack, const Branch& branch, std::size_t role) {
  const std::uint32_t bit = 1u << role;
  const auto route = [&] { return by_route(universe, pack, [&](ApprovalMode, std::uint32_t roles) { return constant((roles ? roles : pack.unsure_roles) & bit); }); };
  if (branch.outcome != ItemOutcome::refer) return bddfalse;
  switch (branch.asks) {
    case Asks::nobody: return bddfalse;
    case Asks::roles: return constant(branch.roles & bit);
    case Asks::route: return route();
    case Asks::rules: {
      bdd out = bddfalse;
      for (const std::uint16_t number : branch.ask_rules) {
        const CompiledRule& rule = pack.rules[number];
        out |= rule.route || !rule.roles ? route() : constant(rule.roles & bit);
      }
      return out;
    }
  }
  return bddfalse;
}

bdd by_route(const Universe& universe, const CompiledPack& pack, const std::function<bdd(ApprovalMode, std::uint32_t)>& fits) {
  bdd out = universe.unknown(Fact::purpose) & fits(ApprovalMode::required, 0);
  std::map<std::pair<ApprovalMode, std::uint32_t>, bdd> by;  // the purposes of each route
  for (std::size_t p = 0; p < count_of<Purpose>(); ++p) {
    const auto [at, fresh] = by.try_emplace({pack.purposes[p].mode, pack.purposes[p].roles}, bddfalse);
    (void)fresh;
    at->second |= universe.is(Fact::purpose, p);
  }
  for (const auto& [route, purposes] : by) out |= purposes & fits(route.first, route.second);
  return out;
}

bdd FlowModel::decided_by(std::uint16_t rule) const {
  bdd out = bddfalse;
  for (const Branch& one : branches)
    if (one.rule == static_cast<std::int16_t>(rule)) out |= one.states.whole();
  return out;
}

bdd FlowModel::contributed_by(std::uint16_t rule) const {
  bdd out = bddfalse;
  if (const auto found = contributed.find(rule); found != contributed.end())
    for (const Part& part : found->second) out |= part.whole();
  return out;
}

bdd FlowModel::outcome(ItemOutcome one) const {
  switch (one) {
    case ItemOutcome::release: return release;
    case ItemOutcome::anonymised: return anonymised;
    case ItemOutcome::refer: return refer;
    case ItemOutcome::withhold: return withhold;
  }
  return withhold;
}

FlowModel model_of(const Universe& universe, const CompiledPack& pack, std::size_t flow) { return Evaluating(universe, pack, flow).take(); }

}  // namespace gatehouse::policy::proving
