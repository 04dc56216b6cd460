// facts.cpp over sets of states.
#include "policy/prove/model.hpp"

namespace gatehouse::policy::proving {
namespace {

constexpr std::uint32_t bit_of(auto value) { return std::uint32_t{1} << static_cast<unsigned>(value); }
template <class Enum>
std::size_t index(Enum value) { return static_cast<std::size_t>(value); }

bool always_about_children(CircumstanceCode code) {
  return code == CircumstanceCode::significant_harm_child || code == CircumstanceCode::being_hurt || code == CircumstanceCode::wellbeing_at_risk;
}
bool about_children_under_18(CircumstanceCode code) {
  switch (code) {
    case CircumstanceCode::life_threatened:
    case CircumstanceCode::continual_serious_risk:
    case CircumstanceCode::terrorised_by_abuser:
    case CircumstanceCode::suicide_or_self_harm:
    case CircumstanceCode::harm_to_another:
    case CircumstanceCode::staff_alleged_perpetrator: return true;
    default: return false;
  }
}

class Deriving {
 public:
  Deriving(const Universe& universe, const CompiledPack& pack, std::size_t flow) : u_(universe), pack_(pack), flow_(flow) {
    for (auto* words : {&out_.known, &out_.possible})
      for (auto& word : *words)
        for (bdd& bit : word) bit = bddfalse;
  }
  FactSets take() {
    who();
    circumstances();
    request();
    item();
    return std::move(out_);
  }

 private:
  void set(Bank b, std::size_t value, const bdd& where) {
    out_.known[b.word][b.shift + value] |= where;
    out_.possible[b.word][b.shift + value] |= where;
  }
  void may(Bank b, std::size_t value, const bdd& where) { out_.possible[b.word][b.shift + value] |= where; }
  void unknown(Bank b, const bdd& where) {
    for (std::size_t i = 0; i < b.size; ++i) may(b, i, where);
  }
  // A word or a flag: its values, and not known where the last one is.
  void plain(Bank b, Fact fact, const bdd& where) {
    const std::size_t values = u_.size(Universe::field(fact)) - 1;
    for (std::size_t i = 0; i < values; ++i) set(b, i, where & u_.is(fact, i));
    unknown(b, where & u_.unknown(fact));
  }
  void bands(Bank b, Fact fact, const std::vector<int>& of_universe, const std::vector<int>& of_pack, const bdd& where) {
    for (std::size_t band = 0; band <= of_universe.size(); ++band) set(b, band_of(of_universe, of_pack, band), where & u_.is(fact, band));
  }
  // The pack's band that holds a band of the universe.
  static std::size_t band_of(const std::vector<int>& of_universe, const std::vector<int>& of_pack, std::size_t band) {
    std::size_t mine = 0;
    while (mine < of_pack.size() && band > 0 && of_pack[mine] <= of_universe[band - 1]) ++mine;
    return mine;
  }
  bool is_flow(Flow one) const { return flow_ < 8 && static_cast<Flow>(flow_) == one; }

  void who() {
    const bdd& nobody_known = u_.unknown(Fact::kind);
    const bdd& staff = u_.is(Fact::kind, RequesterKind::staff);
    const bdd& partner = u_.is(Fact::kind, RequesterKind::partner);
    if (flow_ < 8) set(bank::flow, flow_, bddtrue);
    else unknown(bank::flow, bddtrue);
    plain(bank::purpose, Fact::purpose, bddtrue);
    plain(bank::kind, Fact::kind, bddtrue);
    const bdd receives = u_.agency_receives(flow_), may_receive = u_.agency_may_receive(flow_) - receives;
    plain(bank::recipient, Fact::type, receives);
    plain(bank::agreement, Fact::agreement, receives);
    unknown(bank::recipient, may_receive);
    unknown(bank::agreement, may_receive);
    const bdd maybe_staff = staff | nobody_known;
    plain(bank::role, Fact::role, maybe_staff);
    for (std::size_t i = 0; i < bank::role.size; ++i) set(bank::role, i, partner & u_.is(Fact::role, i));
    plain(bank::training, Fact::training, maybe_staff);
    plain(bank::attested, Fact::attested, maybe_staff);
    plain(bank::signed_off, Fact::signed_off, maybe_staff);
    bands(bank::tenure, Fact::tenure, u_.tenure_lines(), pack_.tenure_lines, maybe_staff);
    unknown(bank::tenure, maybe_staff & u_.unknown(Fact::tenure));
    const bdd family = u_.is(Fact::kind, RequesterKind::parent) | u_.is(Fact::kind, RequesterKind::representative) | nobody_known;
    plain(bank::parental, Fact::parental, family);
    plain(bank::marked_risk, Fact::marked_risk, family);
    plain(bank::conflict, Fact::conflict, maybe_staff | partner);
    const bdd other = !(maybe_staff | partner);
    set(bank::conflict, 1, other & u_.is(Fact::conflict, 1));
    set(bank::conflict, 0, other & !u_.is(Fact::conflict, 1));
    plain(bank::competence, Fact::competence, bddtrue);
    bands(bank::age, Fact::age, u_.age_lines(), pack_.age_lines, bddtrue);
    for (std::size_t i = 0; i <= pack_.age_lines.size(); ++i) may(bank::age, i, u_.unknown(Fact::age));
    for (std::size_t i = 0; i < bank::notice.size; ++i) set(bank::notice, i, u_.is(Fact::notice, i));
    for (std::size_t i = 0; i < bank::urgency.size; ++i) set(bank::urgency, i, u_.is(Fact::urgency, i));
    for (std::size_t i = 0; i < bank::context.size; ++i) set(bank::context, i, u_.is(Fact::context, i));
    for (const std::size_t i : {0, 1}) set(bank::emergency, i, u_.is(Fact::emergency, i));
    for (const std::size_t i : {0, 1, 2}) set(bank::best_interests, i, u_.is(Fact::best_interests, i));
    for (std::size_t i = 0; i <= count_of<Offence>(); ++i) {
      const std::uint32_t one = i < count_of<Offence>() ? std::uint32_t{1} << i : 0;
      const OffenceState state = !one ? OffenceState::none : (pack_.serious_offences & one) ? OffenceState::serious : (pack_.grey_offences & one) ? OffenceState::grey : OffenceState::not_serious;
      set(bank::offence, index(state), u_.is(Fact::offence, i));
    }
    for (std::size_t i = 0; i < pack_.switches.size(); ++i)
      for (std::size_t k = 0; k < u_.switches().size(); ++k)
        if (u_.switches()[k].name == pack_.switches[i].name) set(bank::law, i, u_.yes(u_.law(k)));
    for (std::size_t i = 0; i < bank::approved.size; ++i) {
      const bdd own = staff & u_.is(Fact::role, i), may_be_own = maybe_staff & (u_.is(Fact::role, i) | u_.unknown(Fact::role));
      const bdd &said = u_.yes(u_.approval(i)), &advised = u_.yes(u_.consulted(i));
      set(bank::self_approved, i, said & own);
      set(bank::approved, i, said - may_be_own);
      set(bank::advised, i, (said | advised) - may_be_own);
    }
    for (std::size_t i = 0; i < bank::stated.size; ++i) set(bank::stated, i, u_.yes(u_.stated(i)));
  }

  void circumstances() {
    under_18_possible_ = u_.unknown(Fact::age);
    for (std::size_t band = 0; band <= u_.age_lines().size(); ++band)
      if (band == 0 || u_.age_lines()[band - 1] < 18) under_18_possible_ |= u_.is(Fact::age, band);
    bdd any = bddfalse;
    for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i) {
      const auto code = static_cast<CircumstanceCode>(i);
      const bdd evidenced = u_.is(u_.circumstance(i), index(Finding::evidenced));
      const bdd claimed = evidenced | u_.is(u_.circumstance(i), index(Finding::claimed));
      set(bank::claimed, i, claimed);
      set(bank::evidenced, i, evidenced);
      const bool about_risk = code != CircumstanceCode::place_jeopardised && code != CircumstanceCode::court_order && code != CircumstanceCode::statutory_duty &&
                              code != CircumstanceCode::public_interest;
      if (about_risk) any |= claimed;
      const bdd child = always_about_children(code) ? bdd(bddtrue) : about_children_under_18(code) ? under_18_possible_ : bdd(bddfalse);
      const bdd surely = always_about_children(code) ? bdd(bddtrue) : child - u_.unknown(Fact::age);
      may(bank::risk, index(RiskFact::child_claimed), child & claimed);
      may(bank::risk, index(RiskFact::child_evidenced), child & evidenced);
      set(bank::risk, index(RiskFact::child_claimed), surely & claimed);
      set(bank::risk, index(RiskFact::child_evidenced), surely & evidenced);
      if (always_about_children(code) || about_children_under_18(code) || code == CircumstanceCode::urgent_medical) {
        set(bank::risk, index(RiskFact::harm_claimed), claimed);
        set(bank::risk, index(RiskFact::harm_evidenced), evidenced);
      }
    }
    set(bank::risk, index(RiskFact::any_claimed), any);
    set(bank::risk, index(RiskFact::none), !any);
  }

  bdd all_stated(std::uint32_t required) const {
    bdd out = bddtrue;
    for (std::size_t i = 0; i < count_of<Statement>(); ++i)
      if (required & (1u << i)) out &= u_.yes(u_.stated(i));
    return out;
  }
  bdd types(std::uint32_t set_of_types) const {
    bdd out = bddfalse;
    for (std::size_t i = 0; i < count_of<AgencyType>(); ++i)
      if (set_of_types & (1u << i)) out |= u_.is(Fact::type, i);
    return out & u_.agency_receives(flow_);
  }

  void request() {
    const auto form = [&](FormFact fact, const bdd& where) { set(bank::form, index(fact), where); };
    const bdd& staff = u_.is(Fact::kind, RequesterKind::staff);
    const Flow flow = flow_ < 8 ? static_cast<Flow>(flow_) : Flow::partner_request;
    const bool sends = is_flow(Flow::referral) || is_flow(Flow::hypothetical), known = flow_ < 8;
    const bool outside = !known || flow == Flow::partner_request || sends || flow == Flow::statistics;
    if (outside && flow != Flow::hypothetical && flow != Flow::statistics) form(FormFact::needs_agreement, bddtrue);
    form(FormFact::officer_named, u_.yes(Universe::field(Fact::officer)));
    const bdd disclosed = out_.is(bank::claimed, index(CircumstanceCode::serious_offence_disclosed));
    const bdd may_receive = u_.agency_may_receive(flow_), harm = out_.is(bank::risk, index(RiskFact::harm_claimed));
    for (std::size_t p = 0; p < count_of<Purpose>(); ++p) {
      const bdd& purpose = u_.is(Fact::purpose, p);
      const PurposeTable& table = pack_.purposes[p];
      bdd fits = sends ? staff : bdd(bddfalse);
      for (std::size_t k = 0; k < count_of<RequesterKind>(); ++k)
        if (table.kinds & (1u << k)) fits |= u_.is(Fact::kind, k);
      if (flow == Flow::statistics || flow == Flow::inbound_document) fits |= staff;
      if (flow == Flow::internal_access) fits = staff;
      const bool listed = known && (table.flows & bit_of(flow));
      if (listed) form(FormFact::flow_listed, purpose & fits);
      form(FormFact::type_listed, purpose & (!may_receive | types(table.types)));
      const std::uint32_t required = required_statements(pack_, static_cast<Purpose>(p), flow);
      const std::uint32_t of_victims = required & ~bit_of(Statement::victim_request_tests);
      form(FormFact::statements_complete, purpose & (all_stated(required) | (disclosed & all_stated(of_victims))));
      const bdd emergency_type = types(table.types & (flow == Flow::partner_request ? pack_.emergency_types : ~0u));
      const bdd inside = flow == Flow::internal_access ? staff : bdd(bddfalse);
      if (listed && table.emergency_route) form(FormFact::emergency_possible, purpose & out_.is(bank::emergency, 1) & harm & (emergency_type | inside));
      form(FormFact::emergency_type, purpose & emergency_type);
      form(FormFact::route_approved, purpose & out_.any_of(bank::approved, table.roles));
      form(FormFact::route_advised, purpose & out_.any_of(bank::advised, table.roles));
      if (table.consent_only) form(FormFact::consent_only, purpose);
    }
  }

  // May the giver of a live consent give it? An age that is not known must do for every age it could be.
  bdd may_give() const {
    bdd could_be_under_16 = u_.unknown(Fact::age), could_be_16 = u_.unknown(Fact::age), under_18 = bddfalse;
    for (std::size_t band = 0; band <= u_.age_lines().size(); ++band) {
      const int from = band == 0 ? 0 : u_.age_lines()[band - 1];
      (from < 16 ? could_be_under_16 : could_be_16) |= u_.is(Fact::age, band);
      if (from < 18) under_18 |= u_.is(Fact::age, band);
    }
    const bdd &competent = u_.is(Fact::competence, Competence::competent), &not_competent = u_.is(Fact::competence, Competence::not_competent);
    const bdd assessed = !u_.unknown(Fact::competence);
    const bdd subject = (!could_be_under_16 | competent) & (!could_be_16 | (assessed & !not_competent));
    const bdd attorney = !could_be_under_16 & not_competent;
    const bdd at_16 = pack_.parent_consent_16_17 ? under_18 : bdd(bddfalse);
    const bdd parent = !(competent & could_be_under_16) & ((!could_be_16 & assessed) | (could_be_16 & at_16));
    return (u_.is(Fact::consent_giver, GivenBy::subject) & subject) | (u_.is(Fact::consent_giver, GivenBy::attorney) & attorney) |
           (u_.is(Fact::consent_giver, GivenBy::parental_responsibility) & parent);
  }
  bdd parent_may_give() const {
    // the same question, with the parent as giver whatever the field says
    return bdd_restrict(may_give(), u_.is(Fact::consent_giver, GivenBy::parental_responsibility));
  }

  void item() {
    plain(bank::category, Fact::category, bddtrue);
    plain(bank::compartment, Fact::compartment, bddtrue);
    plain(bank::relevant, Fact::relevant, bddtrue);
    plain(bank::confidence, Fact::confidence, bddtrue);
    plain(bank::withheld, Fact::withheld, bddtrue);
    bdd none = u_.unknown(Fact::purpose) | u_.unknown(Fact::category);
    for (std::size_t p = 0; p < count_of<Purpose>(); ++p) {
      const PurposeTable& table = pack_.purposes[p];
      for (std::size_t c = 0; c < count_of<Category>(); ++c) {
        const bdd here = u_.is(Fact::purpose, p) & u_.is(Fact::category, c);
        bdd mine = here, other = bddfalse;
        if (table.for_roles[c] && is_flow(Flow::internal_access)) {
          mine = bddfalse;
          for (std::size_t r = 0; r < count_of<Role>(); ++r)
            if (table.for_roles[c] & (1u << r)) mine |= out_.is(bank::role, r);
          other = here & !mine;
          mine &= here;
        }
        bdd barred = bddfalse;
        if (table.for_types[c] || table.for_kinds[c]) {
          bdd holds = types(table.for_types[c]);
          for (std::size_t k = 0; k < count_of<RequesterKind>(); ++k)
            if (table.for_kinds[c] & (1u << k)) holds |= u_.is(Fact::kind, k);
          barred = here & !holds;
          none |= barred;
        }
        set(bank::cell, index(table.cells[c]), mine & !barred);
        if (!empty(other)) set(bank::cell, index(table.other_roles[c]), other & !barred);
        for (std::size_t i = 0; i < bank::needs.size; ++i)
          if (table.needs[c] & (1u << i)) set(bank::needs, i, here);
        if (table.not_in_confidence >> c & 1u) set(bank::needs, index(NeedFact::approval), here - u_.is(Fact::confidence, 0));
        if (table.need_stated[c]) set(bank::needs, index(NeedFact::statement_missing), here & !all_stated(table.need_stated[c]));
      }
    }
    set(bank::cell, index(Detail::none), none);

    // consent, as this pack takes what was said
    const bdd known_scope = !(u_.unknown(Fact::purpose) | u_.unknown(Fact::category));
    const bdd named = known_scope & u_.can_be_named(flow_);
    std::array<bdd, 9> state;
    for (bdd& one : state) one = bddfalse;
    const auto said = [&](Said one) { return named & u_.is(Fact::consent, one); };
    state[index(ConsentState::missing)] = !known_scope | u_.is(Fact::consent, Said::nothing);
    state[index(ConsentState::scope)] = (known_scope & !u_.can_be_named(flow_) & !u_.is(Fact::consent, Said::nothing)) | said(Said::scope);
    state[index(ConsentState::refused)] = said(Said::refused);
    state[index(ConsentState::withdrawn)] = said(Said::withdrawn);
    state[index(ConsentState::expired)] = said(Said::expired);
    state[index(ConsentState::blanket)] = said(Said::blanket);
    bdd in_time = bddfalse, in_form = bddfalse;
    for (std::size_t band = 0; band < u_.day_lines().size(); ++band)
      if (u_.day_lines()[band] <= pack_.consent_max_days) in_time |= u_.is(Fact::consent_days, band);
    for (std::size_t f = 0; f < count_of<ConsentForm>(); ++f)
      if (pack_.consent_forms & (1u << f)) in_form |= u_.is(Fact::consent_form, f);
    const bdd live = said(Said::live), giver = may_give();
    state[index(ConsentState::expired)] |= live & !in_time;
    state[index(ConsentState::form)] |= live & in_time & !in_form;
    state[index(ConsentState::missing)] |= live & in_time & in_form & !giver;
    state[index(ConsentState::current)] |= live & in_time & in_form & giver;
    const bdd two = said(Said::disagree), counts = in_time & in_form & parent_may_give();
    state[index(ConsentState::disagree)] |= two & counts;
    state[index(ConsentState::refused)] |= two & !counts;
    for (std::size_t i = 0; i < state.size(); ++i) set(bank::consent, i, state[i]);
    const bdd current = state[index(ConsentState::current)], disagree = state[index(ConsentState::disagree)];
    for (std::size_t f = 0; f < count_of<ConsentForm>(); ++f) set(bank::consent_form, f, (current | disagree) & u_.is(Fact::consent_form, f));
    for (std::size_t g = 0; g < count_of<GivenBy>(); ++g) set(bank::given_by, g, current & u_.is(Fact::consent_giver, g));
    set(bank::given_by, index(GivenBy::parental_responsibility), disagree);
  }

  const Universe& u_;
  const CompiledPack& pack_;
  std::size_t flow_;
  FactSets out_;
  bdd under_18_possible_;
};

}  // namespace

bdd FactSets::any(Bank b) const {
  bdd out = bddfalse;
  for (std::size_t i = 0; i < b.size; ++i) out |= is(b, i);
  return out;
}

bdd FactSets::any_of(Bank b, std::uint32_t set) const {
  bdd out = bddfalse;
  for (std::size_t i = 0; i < b.size; ++i)
    if (set & (1u << i)) out |= is(b, i);
  return out;
}

FactSets facts_of(const Universe& universe, const CompiledPack& pack, std::size_t flow) { return Deriving(universe, pack, flow).take(); }

}  // namespace gatehouse::policy::proving
