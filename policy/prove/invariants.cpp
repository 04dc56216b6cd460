#include "policy/prove/invariants.hpp"

#include <algorithm>

namespace gatehouse::policy::proving {
namespace {

template <class Enum>
std::size_t index(Enum value) { return static_cast<std::size_t>(value); }
constexpr std::uint32_t bit_of(auto value) { return std::uint32_t{1} << static_cast<unsigned>(value); }
bdd constant(bool value) { return value ? bdd(bddtrue) : bdd(bddfalse); }

// The claims of every pack; `broken` gives its sets in this order.
enum class Of : std::uint8_t {
  ground, agreement, names_nobody, third_parties, parents, inside, nothing_else, matrix, notice, afterwards, compartment, safe_address, withheld, conflict, parents_and_risk, total,
  somebody_to_ask, overrides, count
};

Claim fixed(Of claim) {
  switch (claim) {
    case Of::ground:
      return {"ground", 1, "An agency gets something about a person only on a current agreement of the person in the form the policy asks for, on evidence of a circumstance that the policy lists and an approval of those it names, "
                           "on a legal duty, or in an emergency.", {}};
    case Of::agreement: return {"agreement", 1, "Without a sharing agreement in force nothing goes to an agency, unless a duty or an emergency demands it or the lead for it approved.", {}};
    case Of::names_nobody: return {"names-nobody", 1, "A question without names and a statistic never give anything that names somebody.", {}};
    case Of::third_parties: return {"third-parties", 1, "Who asks for a file gets their own: nothing of a third party that did not pass the test, and nothing of the household that was told in confidence.", {}};
    case Of::parents: return {"parents", 1, "A parent is told only what the person agreed to, or what the policy lets a parent of that age know.", {}};
    case Of::inside: return {"inside", 1, "Inside, only staff who passed the gates of the policy open a record, unless somebody is in danger now or an approval protects a child.", {}};
    case Of::nothing_else: return {"nothing-else", 1, "Nothing is given out for a document that comes in, or where it is not known what kind of request it is.", {}};
    case Of::matrix: return {"matrix", 1, "Only what the purpose needs and what is relevant goes out, and an exception of the matrix only with an approval of the purpose's route.", {}};
    case Of::notice: return {"notice", 2, "What goes out without agreement leaves the duty to tell the person, now or later, as the policy says.", {}};
    case Of::afterwards: return {"afterwards", 2, "What goes out in an emergency is looked at afterwards.", {}};
    case Of::compartment: return {"compartment", 3, "A closed file is opened only by who holds it, by who may open it on evidence and with approval, by a duty or in an emergency, and it is looked at afterwards.", {}};
    case Of::safe_address: return {"safe-address", 3, "A safe address never goes out by machine.", {}};
    case Of::withheld: return {"withheld", 3, "What is kept from a person never reaches that person.", {}};
    case Of::conflict: return {"conflict", 4, "Nobody who is or may be too close to the matter gets anything.", {}};
    case Of::parents_and_risk: return {"parents-and-risk", 4, "No parent is told of a risk, an allegation or domestic abuse, and none who is marked as a risk is told anything, without the safeguarding lead's decision.", {}};
    case Of::total: return {"total", 5, "Every state has exactly one outcome.", {}};
    case Of::somebody_to_ask: return {"somebody-to-ask", 5, "Whatever is referred is referred to somebody.", {}};
    case Of::overrides: return {"overrides", 5, "Nothing that a rule forbids goes out, unless a rule that lists it as overridden holds, or an emergency lifts it.", {}};
    case Of::count: break;
  }
  return {};
}

class Stating {
 public:
  Stating(const Universe& u, const CompiledPack& pack, const FlowModel& m) : u_(u), pack_(pack), m_(m), f_(m.facts) {
    outside_ = is_flow(Flow::partner_request) || is_flow(Flow::referral);
  }

  std::vector<bdd> all() {
    std::vector<bdd> out;
    for (std::size_t i = 0; i < index(Of::count); ++i) out.push_back(one(static_cast<Of>(i)));
    for (const NeverRule& never : pack_.never)
      out.push_back((m_.release & every_term(f_.possible, never.when_case) & every_term(f_.possible, never.when_item)) -
                    (some_term(f_.known, never.unless_case) | some_term(f_.known, never.unless_item)));
    return out;
  }

 private:
  bool is_flow(Flow flow) const { return m_.flow == index(flow); }

  bdd one(Of claim) {
    switch (claim) {
      case Of::ground: return outside_ ? m_.release - ground() : bdd(bddfalse);
      case Of::agreement: return outside_ ? m_.release - agreement() : bdd(bddfalse);
      case Of::names_nobody: return is_flow(Flow::hypothetical) || is_flow(Flow::statistics) ? m_.release : bdd(bddfalse);
      case Of::third_parties: return is_flow(Flow::subject_access) ? m_.release - own_file() : bdd(bddfalse);
      case Of::parents: return is_flow(Flow::parent_enquiry) ? m_.release - told_to_parents() : bdd(bddfalse);
      case Of::inside: return is_flow(Flow::internal_access) ? m_.release - inside() : bdd(bddfalse);
      case Of::nothing_else: return is_flow(Flow::inbound_document) || m_.flow >= 8 ? m_.release | m_.anonymised : bdd(bddfalse);
      case Of::matrix: return matrix();
      case Of::notice: return notice();
      case Of::afterwards: return afterwards();
      case Of::compartment: return compartments();
      case Of::safe_address: return (m_.release | m_.anonymised) & f_.may_be(bank::category, index(Category::safe_address));
      case Of::withheld: return (m_.release | m_.anonymised) & f_.may_be(bank::withheld, 1);
      case Of::conflict: return (m_.release | m_.anonymised) & f_.may_be(bank::conflict, 1);
      case Of::parents_and_risk: return parents_and_risk();
      case Of::total: return total();
      case Of::somebody_to_ask: return somebody_to_ask();
      case Of::overrides: return overrides();
      case Of::count: break;
    }
    return bddfalse;
  }

  // ------------------------------------------------ grounds, from the facts and the settings
  bdd evidenced(CircumstanceCode code) const { return u_.is(u_.circumstance(index(code)), index(Finding::evidenced)); }
  bdd claimed(CircumstanceCode code) const { return evidenced(code) | u_.is(u_.circumstance(index(code)), index(Finding::claimed)); }
  // Approval by somebody else than who asks.
  bdd approved(std::uint32_t roles) const { return f_.any_of(bank::approved, roles); }
  bdd route_settled() const {
    return by_route(u_, pack_, [&](ApprovalMode mode, std::uint32_t roles) {
      if (mode == ApprovalMode::required) return approved(roles);
      if (mode == ApprovalMode::advice) return f_.any_of(bank::advised, roles);
      return constant(true);
    });
  }
  bdd route_approved() const {
    return by_route(u_, pack_, [&](ApprovalMode, std::uint32_t roles) { return approved(roles); });
  }
  bdd in_purposes(auto fits) const {
    bdd out = bddfalse;
    for (std::size_t p = 0; p < count_of<Purpose>(); ++p)
      if (fits(pack_.purposes[p])) out |= u_.is(Fact::purpose, p);
    return out;
  }

  // An agreement that counts: live, not too old, in the form of C8, from who may give it at that age.
  bdd agreed() const {
    bdd in_time = bddfalse, in_form = bddfalse;
    for (std::size_t band = 0; band < u_.day_lines().size(); ++band)
      if (u_.day_lines()[band] <= pack_.consent_max_days) in_time |= u_.is(Fact::consent_days, band);
    for (std::size_t form = 0; form < count_of<ConsentForm>(); ++form)
      if (pack_.consent_forms & (1u << form)) in_form |= u_.is(Fact::consent_form, form);
    bdd giver = bddfalse;
    for (std::size_t band = 0; band <= u_.age_lines().size() + 1; ++band) {
      const bool unknown = band > u_.age_lines().size();
      const int from = unknown || band == 0 ? 0 : u_.age_lines()[band - 1];
      const bdd age = u_.is(Fact::age, band);
      for (std::size_t c = 0; c <= count_of<Competence>(); ++c) {
        const bdd competence = u_.is(Fact::competence, c);
        const bool competent = c == index(Competence::competent), unable = c == index(Competence::not_competent), assessed = c < count_of<Competence>();
        const bool under_16 = !unknown && from < 16, from_16 = !unknown && from >= 16, under_18 = !unknown && from < 18;
        bdd who = bddfalse;
        if (competent || (from_16 && assessed && !unable)) who |= u_.is(Fact::consent_giver, GivenBy::subject);
        if (from_16 && unable) who |= u_.is(Fact::consent_giver, GivenBy::attorney);
        if (under_16 && assessed && !competent) who |= u_.is(Fact::consent_giver, GivenBy::parental_responsibility);
        if (from_16 && under_18 && pack_.parent_consent_16_17) who |= u_.is(Fact::consent_giver, GivenBy::parental_responsibility);
        giver |= age & competence & who;
      }
    }
    return u_.is(Fact::consent, Said::live) & in_time & in_form & giver;
  }

  // Sharing that C7 or a law in force makes a duty.
  bdd mandatory() const {
    bdd codes = bddfalse;
    for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i)
      if (pack_.break_mandatory & (1u << i)) codes |= evidenced(static_cast<CircumstanceCode>(i));
    return (codes & f_.any_of(bank::recipient, pack_.mandatory_types)) | new_law();
  }
  bdd new_law() const {
    bdd law = bddfalse;
    for (std::size_t i = 0; i < pack_.switches.size(); ++i) law |= f_.is(bank::law, i);
    return law & f_.is(bank::risk, RiskFact::child_evidenced);
  }
  // A lead's own referral of what must be shared (C5).
  bdd own_referral() const { return mandatory() & f_.any_of(bank::self_approved, pack_.self_referrers); }

  bdd emergency() const {
    if (m_.flow >= 8) return bddfalse;
    const auto flow = static_cast<Flow>(m_.flow);
    bdd harm = claimed(CircumstanceCode::urgent_medical);
    for (const CircumstanceCode code :
         {CircumstanceCode::significant_harm_child, CircumstanceCode::being_hurt, CircumstanceCode::wellbeing_at_risk, CircumstanceCode::life_threatened, CircumstanceCode::continual_serious_risk,
          CircumstanceCode::terrorised_by_abuser, CircumstanceCode::suicide_or_self_harm, CircumstanceCode::harm_to_another, CircumstanceCode::staff_alleged_perpetrator})
      harm |= claimed(code);
    bdd fits = bddfalse;
    for (std::size_t p = 0; p < count_of<Purpose>(); ++p) {
      const PurposeTable& table = pack_.purposes[p];
      if (!table.emergency_route || !(table.flows & bit_of(flow))) continue;
      bdd acts = bddfalse;
      for (std::size_t t = 0; t < count_of<AgencyType>(); ++t)
        if ((table.types & (1u << t)) && (flow != Flow::partner_request || (pack_.emergency_types & (1u << t)))) acts |= f_.is(bank::recipient, t);
      if (flow == Flow::internal_access) acts = u_.is(Fact::kind, RequesterKind::staff);
      fits |= u_.is(Fact::purpose, p) & acts;
    }
    const bdd named = flow == Flow::partner_request ? u_.yes(Universe::field(Fact::officer)) : bdd(bddtrue);
    const bdd minimum = f_.any(bank::cell) - (f_.is(bank::cell, Detail::none) | f_.is(bank::cell, Detail::exception));
    return u_.yes(Universe::field(Fact::emergency)) & harm & fits & named & minimum;
  }

  bdd only_with_agreement() const {
    return in_purposes([](const PurposeTable& table) { return table.consent_only; });
  }

  bdd ground() const {
    bdd listed = bddfalse;
    for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i) {
      const auto code = static_cast<CircumstanceCode>(i);
      if (!((pack_.break_mandatory | pack_.break_discretionary) & (1u << i)) || code == CircumstanceCode::statutory_duty || code == CircumstanceCode::court_order) continue;
      const bool about_offence = code == CircumstanceCode::serious_offence_enquiry || code == CircumstanceCode::serious_offence_disclosed;
      bdd serious = bddtrue;
      if (about_offence) {
        serious = bddfalse;
        for (std::size_t o = 0; o < count_of<Offence>(); ++o)
          if (pack_.serious_offences & (1u << o)) serious |= u_.is(Fact::offence, o);
      }
      listed |= evidenced(code) & serious;
    }
    const bdd settled = route_settled() | own_referral();
    const bdd duty = evidenced(CircumstanceCode::statutory_duty) | (evidenced(CircumstanceCode::court_order) & u_.is(Fact::purpose, Purpose::court_order) & settled) | (new_law() & settled);
    return agreed() | (((listed & settled) | duty) - only_with_agreement()) | emergency();
  }

  bdd agreement() const {
    const bdd in_force = f_.is(bank::agreement, AgreementState::current);
    const bdd duty = evidenced(CircumstanceCode::statutory_duty) | (evidenced(CircumstanceCode::court_order) & u_.is(Fact::purpose, Purpose::court_order)) | new_law();
    const bdd protects = mandatory() & f_.any_of(bank::recipient, pack_.mandatory_types);
    const bdd passed = (mandatory() | child_surely()) & (route_or_doubt_approved() | own_referral());
    return in_force | duty | protects | passed | emergency() | approved(pack_.agreement_roles);
  }
  // A risk that is a child's beyond doubt: of children alone, or of somebody whose age is known to be under 18.
  bdd child_surely() const {
    bdd out = claimed(CircumstanceCode::significant_harm_child) | claimed(CircumstanceCode::being_hurt) | claimed(CircumstanceCode::wellbeing_at_risk);
    bdd under_18 = bddfalse;
    for (std::size_t band = 0; band <= u_.age_lines().size(); ++band)
      if (band == 0 || u_.age_lines()[band - 1] < 18) under_18 |= u_.is(Fact::age, band);
    for (const CircumstanceCode code : {CircumstanceCode::life_threatened, CircumstanceCode::continual_serious_risk, CircumstanceCode::terrorised_by_abuser,
                                        CircumstanceCode::suicide_or_self_harm, CircumstanceCode::harm_to_another, CircumstanceCode::staff_alleged_perpetrator})
      out |= claimed(code) & under_18;
    return out;
  }
  bdd route_or_doubt_approved() const {
    return by_route(u_, pack_, [&](ApprovalMode, std::uint32_t roles) { return approved(roles ? roles : pack_.unsure_roles); });
  }

  // ------------------------------------------------ the person, the family and staff
  bdd own_file() const {
    const bdd tested = route_approved();
    const bdd herself = u_.is(Fact::kind, RequesterKind::subject);
    const bdd for_her = (u_.is(Fact::kind, RequesterKind::representative) | u_.is(Fact::kind, RequesterKind::advocate)) & approved((1u << count_of<Role>()) - 1);
    bdd of_others = bddfalse;
    for (const Category category : {Category::third_party, Category::informant_identity, Category::allegation}) of_others |= f_.may_be(bank::category, index(category));
    of_others |= f_.may_be(bank::category, index(Category::household)) & f_.may_be(bank::confidence, 1);
    return (herself | for_her) & (!of_others | tested);
  }

  bdd told_to_parents() const {
    bdd told = bddfalse, open = bddtrue;
    for (const ParentRow& row : pack_.parent_rows) {
      bdd fits = bddfalse;
      for (std::size_t c = 0; c < count_of<Category>(); ++c)
        if (row.categories >> c & 1u) fits |= f_.is(bank::category, c);
      if (!row.any_age) {
        bdd age = bddfalse;
        for (std::size_t band = 0; band < bank::age.size; ++band)
          if (row.ages >> band & 1u) age |= f_.is(bank::age, band);
        fits &= age;
      }
      const bdd responsible = u_.is(Fact::kind, RequesterKind::parent) & f_.is(bank::parental, 1);
      switch (row.when) {
        case ParentRow::When::always: told |= open & fits & responsible; break;
        case ParentRow::When::best_interests: told |= open & fits & responsible & f_.is(bank::best_interests, 1); break;
        case ParentRow::When::consequences: told |= open & fits & u_.is(Fact::kind, RequesterKind::parent) & evidenced(CircumstanceCode::place_jeopardised); break;
      }
      open -= fits;
    }
    return told | agreed();
  }

  bdd parents_and_risk() const {
    if (!is_flow(Flow::parent_enquiry)) return bddfalse;
    bdd delicate = f_.may_be(bank::category, index(Category::allegation)) | f_.may_be(bank::category, index(Category::domestic_abuse)) | f_.may_be(bank::marked_risk, 1);
    for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i) {
      const auto code = static_cast<CircumstanceCode>(i);
      if (code != CircumstanceCode::place_jeopardised && code != CircumstanceCode::court_order && code != CircumstanceCode::statutory_duty && code != CircumstanceCode::public_interest)
        delicate |= claimed(code);
    }
    return (m_.release & delicate) - approved(pack_.leads | pack_.unsure_roles);
  }

  bdd inside() const {
    const bdd staff = u_.is(Fact::kind, RequesterKind::staff);
    bdd gates = bddtrue;
    if (pack_.gate_training) gates &= f_.is(bank::training, Training::current);
    if (pack_.gate_attested) gates &= f_.is(bank::attested, 1);
    if (pack_.volunteer_min_days >= 0) {
      bdd served = bddfalse;
      for (std::size_t band = 1; band <= u_.tenure_lines().size(); ++band)
        if (u_.tenure_lines()[band - 1] >= pack_.volunteer_min_days) served |= u_.is(Fact::tenure, band);
      if (pack_.volunteer_signoff) served &= f_.is(bank::signed_off, 1);
      gates &= served | !f_.may_be(bank::role, index(Role::volunteer));
    }
    return staff & (gates | (child_surely() & (route_or_doubt_approved() | own_referral())) | emergency());
  }

  bdd compartments() const {
    if (is_flow(Flow::subject_access)) return bddfalse;  // her own file
    bdd out = bddfalse;
    for (std::size_t c = 0; c < count_of<Compartment>(); ++c) {
      if (!(pack_.compartments & (1u << c))) continue;
      bdd ground = bddfalse;
      for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i)
        if (pack_.opened_on & (1u << i)) ground |= evidenced(static_cast<CircumstanceCode>(i));
      const bdd inside = constant(is_flow(Flow::internal_access));
      const bdd held = inside & f_.any_of(bank::role, pack_.held_by[c]);
      const bdd opened = inside & ground & (approved(pack_.opened_by) | f_.any_of(bank::self_approved, pack_.opened_by));
      const bdd duty = (mandatory() & (route_settled() | own_referral())) - only_with_agreement();
      const bdd looked_at = ((opened | duty) & m_.review) | (emergency() & m_.review);
      out |= (m_.release & f_.may_be(bank::compartment, c)) - (held | looked_at);
    }
    return out;
  }

  // ------------------------------------------------ the matrix, notices
  bdd matrix() const {
    const bdd out = m_.release | m_.anonymised;
    const bdd fits = f_.is(bank::relevant, 1) & f_.any(bank::cell) & !f_.is(bank::cell, Detail::none);
    const bdd exception = f_.is(bank::cell, Detail::exception) & out;
    return (out - fits) | (exception - (route_approved() | own_referral()));
  }

  bdd notice() const {
    if (pack_.notify == CompiledPack::NotifyMode::off || !outside_) return bddfalse;
    const bdd without = m_.release - agreed();
    // decide(): what is exceptional or mandatory is told, or put off with a review
    const bdd owed = m_.exceptional | m_.must_share | constant(pack_.notify == CompiledPack::NotifyMode::always);
    return without - (owed | u_.is(Fact::notice, Notice::given));
  }
  bdd afterwards() const {
    bdd by_emergency = bddfalse;
    for (const Branch& branch : m_.branches)
      if (branch.by_emergency && branch.outcome == ItemOutcome::release) by_emergency |= branch.states.whole();
    return by_emergency - (m_.emergency | m_.emergency_unnamed);
  }

  // ------------------------------------------------ the pack as a whole
  bdd total() const {
    const bdd either = m_.release | m_.anonymised | m_.refer | m_.withhold;
    const bdd both = (m_.release & m_.anonymised) | ((m_.release | m_.anonymised) & (m_.refer | m_.withhold)) | (m_.refer & m_.withhold);
    return (u_.valid() - either) | both;
  }
  bdd somebody_to_ask() const {
    bdd out = bddfalse;
    for (const Branch& branch : m_.branches) {
      if (branch.outcome != ItemOutcome::refer) continue;
      bdd asked = bddfalse;
      for (std::size_t role = 0; role < count_of<Role>() && asked != bddtrue; ++role) asked |= asks_role(u_, pack_, branch, role);
      if (const bdd nobody = branch.states.own - asked; !empty(nobody)) out |= branch.states.common & nobody;
    }
    return out;
  }
  bdd overrides() const {
    bdd out = bddfalse;
    for (const std::uint16_t number : pack_.by_flow[m_.flow].forbids) {
      const CompiledRule& forbid = pack_.rules[number];
      const bdd applies = (every_term(f_.possible, forbid.when_case) & every_term(f_.possible, forbid.when_item)) -
                          (some_term(f_.known, forbid.unless_case) | some_term(f_.known, forbid.unless_item));
      bdd lifted = bddfalse;
      for (const std::uint16_t permit : pack_.by_flow[m_.flow].permits) {
        const CompiledRule& rule = pack_.rules[permit];
        if (std::find(rule.overrides.begin(), rule.overrides.end(), number) == rule.overrides.end()) continue;
        lifted |= (every_term(f_.known, rule.when_case) & every_term(f_.known, rule.when_item)) - (some_term(f_.possible, rule.unless_case) | some_term(f_.possible, rule.unless_item));
      }
      const bool gate = forbid.reason == ReasonCode::training_gate || forbid.reason == ReasonCode::tenure_gate || forbid.reason == ReasonCode::role;
      const bool rule_ground = forbid.reason != ReasonCode::conflict && forbid.reason != ReasonCode::own_record && forbid.reason != ReasonCode::withheld_from_person &&
                               forbid.reason != ReasonCode::safe_address && forbid.reason != ReasonCode::age_rule && forbid.reason != ReasonCode::best_interests;
      if (gate || rule_ground) lifted |= emergency();
      out |= (m_.release & applies) - lifted;
    }
    return out;
  }

  const Universe& u_;
  const CompiledPack& pack_;
  const FlowModel& m_;
  const FactSets& f_;
  bool outside_;
};

}  // namespace

std::vector<Claim> claims_of(const CompiledPack& pack) {
  std::vector<Claim> out;
  for (std::size_t i = 0; i < index(Of::count); ++i) out.push_back(fixed(static_cast<Of>(i)));
  for (const NeverRule& never : pack.never) out.push_back({"never:" + never.id, 6, never.plain, never.clauses});
  return out;
}

std::vector<bdd> broken(const Universe& universe, const CompiledPack& pack, const FlowModel& model) { return Stating(universe, pack, model).all(); }

bool counts_undecided(const Universe& universe, const CompiledPack& pack, const FlowModel& model, std::uint16_t number, const bdd& domain) {
  const CompiledRule& rule = pack.rules[number];
  if ((!rule.obligations.empty() || !rule.clocks.empty()) && !empty(owed_by(universe, pack, model, number) & domain)) return true;
  // a duty, a statute or an override counts by holding, whichever permit is named for the release
  if (!(rule.must_share || rule.stratum == Stratum::statute || !rule.overrides.empty())) return false;
  const std::vector<std::uint16_t>& here = pack.by_flow[model.flow].permits;
  return std::find(here.begin(), here.end(), number) != here.end() &&
         !empty((every_term(model.facts.known, rule.when_case) - some_term(model.facts.possible, rule.unless_case)) & domain);
}

std::vector<Unsteady> unsteady(const Universe& universe, const FlowModel& model) {
  std::vector<Unsteady> out;
  const bdd domain = universe.domain(model.flow);
  const bdd goes = domain & model.release;
  if (empty(goes)) return out;
  for (const Fact fact : {Fact::purpose, Fact::category, Fact::kind, Fact::type, Fact::role, Fact::agreement, Fact::age, Fact::competence, Fact::consent_form, Fact::consent_giver,
                          Fact::compartment, Fact::marked_risk, Fact::parental, Fact::conflict, Fact::relevant, Fact::withheld, Fact::confidence, Fact::training, Fact::attested, Fact::tenure,
                          Fact::signed_off}) {
    const bdd while_unknown = bdd_restrict(goes, universe.unknown(fact));  // no longer about the fact
    if (empty(while_unknown)) continue;
    const bdd states = ((while_unknown & domain) - universe.unknown(fact)) - goes;
    if (!empty(states)) out.push_back({fact, states});
  }
  return out;
}

}  // namespace gatehouse::policy::proving
