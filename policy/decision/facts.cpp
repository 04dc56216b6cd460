// Case to bits. Where a word of the contract needs dates, scopes or givers to be weighed, it is weighed here, so that evaluation sees bits only.
#include <algorithm>

#include "policy/decision/compiled.hpp"

namespace gatehouse::policy {
namespace {

constexpr std::uint32_t bit_of(auto value) { return std::uint32_t{1} << static_cast<unsigned>(value); }

void set_flag(FactBits& bits, Bank pair, const std::optional<bool>& fact) {
  if (fact) bits.set(pair, *fact ? 1 : 0);
  else bits.unknown(pair);
}

template <class Enum>
void set_word(FactBits& bits, Bank b, const std::optional<Enum>& fact) {
  if (fact) bits.set(b, static_cast<std::size_t>(*fact));
  else bits.unknown(b);
}

bool is_child_risk(CircumstanceCode code, bool under_18_possible) {
  switch (code) {
    case CircumstanceCode::significant_harm_child:
    case CircumstanceCode::being_hurt:
    case CircumstanceCode::wellbeing_at_risk: return true;
    case CircumstanceCode::life_threatened:
    case CircumstanceCode::continual_serious_risk:
    case CircumstanceCode::terrorised_by_abuser:
    case CircumstanceCode::suicide_or_self_harm:
    case CircumstanceCode::harm_to_another:
    case CircumstanceCode::staff_alleged_perpetrator: return under_18_possible;
    default: return false;
  }
}

bool is_harm(CircumstanceCode code) { return code == CircumstanceCode::urgent_medical || is_child_risk(code, true); }

// ---------------------------------------------------------------- consent

bool names(const std::vector<std::string>& list, std::string_view word) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) { return one == word || one == "*"; });
}

// A wildcard or a missing expiry: read, reported, never counted. CONTRACT.md section 1.
bool is_blanket(const Consent& consent) {
  const auto star = [](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), "*") != list.end(); };
  return star(consent.agencies) || star(consent.categories) || star(consent.purposes) || (!consent.expires && !consent.refused && !consent.withdrawn);
}

// From 16 the person, unless not competent (then an attorney); under 16 the person if competent, otherwise somebody with parental responsibility.
// An age that is not known must be good for every age it could be.
bool may_give(const CompiledPack& pack, const Subject& subject, const std::optional<GivenBy>& giver) {
  if (!giver) return false;
  const bool could_be_under_16 = !subject.age || *subject.age < 16;
  const bool could_be_16 = !subject.age || *subject.age >= 16;
  const bool competent = subject.competence == Competence::competent;
  const bool not_competent = subject.competence == Competence::not_competent;
  switch (*giver) {
    case GivenBy::subject: return (!could_be_under_16 || competent) && (!could_be_16 || (subject.competence && !not_competent));
    case GivenBy::attorney: return !could_be_under_16 && not_competent;
    case GivenBy::parental_responsibility:
      if (competent && could_be_under_16) return false;  // it is the child's to give
      if (!could_be_16) return subject.competence.has_value();
      return pack.parent_consent_16_17 && subject.age && *subject.age < 18;
  }
  return false;
}

struct Who {
  std::string agency, person;  // either may be empty
};

bool covers_agency(const Consent& consent, const Who& who) {
  return (!who.agency.empty() && names(consent.agencies, who.agency)) ||
         (!who.person.empty() && names(consent.agencies, "person:" + who.person));
}

std::chrono::sys_days day(const Date& date) { return std::chrono::sys_days(date); }

struct ConsentFinding {
  ConsentState state = ConsentState::missing;
  std::optional<ConsentForm> form;
  std::optional<GivenBy> giver;
};

// The latest word of the same giver on the same scope counts; a tie goes to the refusal. One item needs one live consent that covers agency,
// category and purpose together.
ConsentFinding consent_for(const CompiledPack& pack, const Case& question, const Who& who, const Item& item, const std::optional<Date>& today) {
  ConsentFinding finding;
  if (question.consents.empty() || !item.category || !question.purpose || !today) return finding;
  const std::string_view category = text(*item.category), purpose = text(*question.purpose);
  const std::chrono::sys_days now = day(*today);
  bool refused = false, withdrawn = false, expired = false, form = false, blanket = false, scope = false;
  // the last refusal or withdrawal of each giver on this scope
  std::array<std::optional<std::chrono::sys_days>, 3> last_no;
  std::array<bool, 3> no_is_refusal{};
  const auto covers = [&](const Consent& consent) {
    return covers_agency(consent, who) && names(consent.categories, category) && names(consent.purposes, purpose);
  };
  for (const Consent& consent : question.consents) {
    if (!covers(consent)) { scope = true; continue; }
    const auto giver = static_cast<std::size_t>(consent.given_by.value_or(GivenBy::subject));
    std::optional<std::chrono::sys_days> said_no;
    if (consent.refused) said_no = consent.given ? day(*consent.given) : now;
    if (said_no && *said_no > now) said_no.reset();
    if (consent.withdrawn && day(*consent.withdrawn) <= now) said_no = std::max(said_no.value_or(day(*consent.withdrawn)), day(*consent.withdrawn));
    if (!said_no) continue;
    (consent.refused ? refused : withdrawn) = true;
    if (!last_no[giver] || *said_no > *last_no[giver]) { last_no[giver] = said_no; no_is_refusal[giver] = consent.refused; }
  }
  bool parent_yes = false, parent_no = last_no[static_cast<std::size_t>(GivenBy::parental_responsibility)].has_value();
  for (const Consent& consent : question.consents) {
    if (!covers(consent) || consent.refused) continue;
    if (consent.withdrawn && day(*consent.withdrawn) <= now) continue;
    const auto giver = static_cast<std::size_t>(consent.given_by.value_or(GivenBy::subject));
    if (consent.given && day(*consent.given) > now) continue;  // does not count yet
    if (consent.expires && day(*consent.expires) < now) { expired = true; continue; }
    if (!consent.given) { blanket = blanket || is_blanket(consent); continue; }
    if (last_no[giver] && *last_no[giver] >= day(*consent.given)) continue;  // a later no, or one of the same day
    if (is_blanket(consent)) { blanket = true; continue; }
    // a longer consent than the pack allows ends when the pack says
    if (pack.consent_max_days > 0 && now > day(*consent.given) + std::chrono::days(pack.consent_max_days)) { expired = true; continue; }
    if (!consent.form || !(pack.consent_forms & bit_of(*consent.form))) { form = true; continue; }
    if (!may_give(pack, question.subject, consent.given_by)) continue;
    // a competent child's refusal, and an adult's own, beats anybody's consent
    const auto& own_no = last_no[static_cast<std::size_t>(GivenBy::subject)];
    const bool own_word_counts = question.subject.competence != Competence::not_competent &&
                                 (question.subject.competence == Competence::competent || !question.subject.age || *question.subject.age >= 16);
    if (consent.given_by != GivenBy::subject && own_no && own_word_counts) { refused = refused || no_is_refusal[0]; continue; }
    if (consent.given_by == GivenBy::parental_responsibility) parent_yes = true;
    finding = {ConsentState::current, consent.form, consent.given_by};
    if (consent.given_by == GivenBy::subject) break;
  }
  if (finding.state == ConsentState::current) {
    if (parent_yes && parent_no && finding.giver == GivenBy::parental_responsibility) finding.state = ConsentState::disagree;
    return finding;
  }
  finding.state = refused     ? ConsentState::refused
                  : withdrawn ? ConsentState::withdrawn
                  : expired   ? ConsentState::expired
                  : form      ? ConsentState::form
                  : blanket   ? ConsentState::blanket
                  : scope     ? ConsentState::scope
                              : ConsentState::missing;
  return finding;
}

std::size_t band_of(const std::vector<int>& lines, int value) {
  return static_cast<std::size_t>(std::upper_bound(lines.begin(), lines.end(), value) - lines.begin());
}

}  // namespace

std::uint32_t required_statements(const CompiledPack& pack, Purpose purpose, Flow flow) {
  const PurposeTable& table = pack.purposes[static_cast<std::size_t>(purpose)];
  return flow == Flow::referral ? table.required_referral : table.required;
}

Facts derive_facts(const CompiledPack& pack, const Case& question) {
  Facts facts;
  FactBits& bits = facts.bits;
  const Requester& who = question.requester;
  const Flow flow = question.flow.value_or(Flow::partner_request);
  const bool staff = who.kind == RequesterKind::staff, partner = who.kind == RequesterKind::partner;

  set_word(bits, bank::flow, question.flow);
  const std::optional<Role> own_role = staff || partner || !who.kind ? who.role : std::nullopt;
  set_word(bits, bank::purpose, question.purpose);
  set_word(bits, bank::kind, who.kind);
  const bool sends = question.flow == Flow::referral || question.flow == Flow::hypothetical;
  const bool outside = !question.flow || flow == Flow::partner_request || sends || flow == Flow::statistics;
  // who receives: in referral and hypothetical the recipient, elsewhere the requester
  const bool nobody_outside = flow == Flow::hypothetical && !question.recipient;
  const bool agency_receives = (sends && !nobody_outside) || (!sends && partner);
  const bool agency_may_receive = agency_receives || (!sends && !who.kind);
  // An agency's type and agreement count for an agency alone: a parent who writes one down opens nothing with it, nor does somebody of whom
  // nobody knows who they are.
  std::optional<AgencyType> type;
  std::optional<AgreementState> agreement;
  if (agency_receives && sends && question.recipient) type = question.recipient->agency_type, agreement = question.recipient->agreement;
  else if (agency_receives && !sends) type = who.agency_type, agreement = who.agreement;
  if (agency_may_receive) {
    set_word(bits, bank::recipient, type);
    set_word(bits, bank::agreement, agreement);
  }
  // facts of staff belong to staff: for others they are false, not unknown
  if (staff || !who.kind) {
    set_word(bits, bank::role, own_role);
    set_word(bits, bank::training, who.training);
    set_flag(bits, bank::attested, who.attested);
    set_flag(bits, bank::signed_off, who.signed_off);
    if (who.tenure_days) bits.set(bank::tenure, band_of(pack.tenure_lines, *who.tenure_days));
    else bits.unknown(bank::tenure);
  } else if (partner && own_role) {
    bits.set(bank::role, static_cast<std::size_t>(*own_role));
  }
  if (who.kind == RequesterKind::parent || who.kind == RequesterKind::representative || !who.kind) {
    set_flag(bits, bank::parental, who.parental_responsibility);
    set_flag(bits, bank::marked_risk, who.marked_risk);
  }
  if (staff || partner || !who.kind) set_flag(bits, bank::conflict, who.conflict);
  else bits.set(bank::conflict, who.conflict.value_or(false) ? 1 : 0);
  set_word(bits, bank::competence, question.subject.competence);
  if (question.subject.age) bits.set(bank::age, band_of(pack.age_lines, *question.subject.age));
  else bits.possible[bank::age.word] |= bank::age.mask() & ((bank::age.bit(pack.age_lines.size() + 1)) - 1);
  bits.set(bank::notice, static_cast<std::size_t>(question.notice.value_or(Notice::not_yet)));  // not told is the closed side
  bits.set(bank::urgency, static_cast<std::size_t>(question.urgency));
  if (question.context) bits.set(bank::context, static_cast<std::size_t>(*question.context));
  bits.set(bank::emergency, question.emergency.value_or(false) ? 1 : 0);
  bits.set(bank::best_interests, question.best_interests ? (*question.best_interests ? 1 : 0) : 2);
  OffenceState offence = OffenceState::none;
  if (question.offence) {
    const std::uint32_t one = bit_of(*question.offence);
    offence = (pack.serious_offences & one) ? OffenceState::serious : (pack.grey_offences & one) ? OffenceState::grey : OffenceState::not_serious;
  }
  bits.set(bank::offence, static_cast<std::size_t>(offence));

  const bool under_18_possible = !question.subject.age || *question.subject.age < 18;
  bool any = false;
  bool harm_claimed = false;
  for (const Circumstance& one : question.circumstances) {
    const auto code = static_cast<std::size_t>(one.code);
    const bool about_risk = one.code != CircumstanceCode::place_jeopardised && one.code != CircumstanceCode::court_order &&
                            one.code != CircumstanceCode::statutory_duty && one.code != CircumstanceCode::public_interest;
    any = any || about_risk;
    bits.set(bank::claimed, code);
    if (one.evidence) bits.set(bank::evidenced, code);
    // An age that is not known makes a risk possibly a child's: enough to ask a person, and not enough to permit.
    const bool surely = is_child_risk(one.code, question.subject.age && under_18_possible);
    for (const auto& [fact, holds] : {std::pair{RiskFact::child_claimed, true}, {RiskFact::child_evidenced, one.evidence}}) {
      if (!holds || !is_child_risk(one.code, under_18_possible)) continue;
      const std::uint64_t bit = bank::risk.bit(static_cast<std::size_t>(fact));
      bits.possible[bank::risk.word] |= bit;
      if (surely) bits.known[bank::risk.word] |= bit;
    }
    if (is_harm(one.code)) {
      harm_claimed = true;
      bits.set(bank::risk, static_cast<std::size_t>(RiskFact::harm_claimed));
      if (one.evidence) bits.set(bank::risk, static_cast<std::size_t>(RiskFact::harm_evidenced));
    }
  }
  bits.set(bank::risk, static_cast<std::size_t>(any ? RiskFact::any_claimed : RiskFact::none));

  std::uint32_t stated = 0, approved = 0;
  for (const Statement one : question.stated) { stated |= bit_of(one); bits.set(bank::stated, static_cast<std::size_t>(one)); }
  // Nobody approves or advises themselves; an approval that may be one's own, because nobody knows who asks, is nobody's.
  const auto own = [&](Role role) { return staff && who.role == role; };
  const auto may_be_own = [&](Role role) { return (staff || !who.kind) && (!who.role || who.role == role); };
  for (const Role role : question.approvals) {
    if (own(role)) bits.set(bank::self_approved, static_cast<std::size_t>(role));
    if (may_be_own(role)) continue;
    approved |= bit_of(role);
    bits.set(bank::approved, static_cast<std::size_t>(role));
    bits.set(bank::advised, static_cast<std::size_t>(role));
  }
  for (const Role role : question.consulted)
    if (!may_be_own(role)) bits.set(bank::advised, static_cast<std::size_t>(role));
  const std::optional<Date> today = question.at ? std::optional<Date>(pack.calendar->local_date(*question.at)) : std::nullopt;
  for (std::size_t i = 0; i < pack.switches.size(); ++i)
    if (pack.switches[i].from && today && day(*pack.switches[i].from) <= day(*today)) bits.set(bank::law, i);

  // ------------------------------------------------ the request as such
  const auto set_form = [&](FormFact fact) { bits.set(bank::form, static_cast<std::size_t>(fact)); };
  if (outside && !nobody_outside && flow != Flow::hypothetical && flow != Flow::statistics) set_form(FormFact::needs_agreement);
  if (who.officer && !who.officer->empty()) set_form(FormFact::officer_named);
  const PurposeTable* table = question.purpose ? &pack.purposes[static_cast<std::size_t>(*question.purpose)] : nullptr;
  if (table) {
    // inside, a record is opened by staff alone, whoever else the purpose serves
    const bool kind_fits = flow == Flow::internal_access ? staff
                                                         : (sends && staff) || (who.kind && (table->kinds & bit_of(*who.kind))) ||
                                                               (staff && (flow == Flow::statistics || flow == Flow::inbound_document));
    if (question.flow && (table->flows & bit_of(flow)) && kind_fits) set_form(FormFact::flow_listed);
    const bool typed = !agency_may_receive;
    if (typed || (type && (table->types & bit_of(*type)))) set_form(FormFact::type_listed);
    // the victim's tests are not asked of somebody who disclosed the offence herself
    const bool disclosed = std::any_of(question.circumstances.begin(), question.circumstances.end(),
                                       [](const Circumstance& one) { return one.code == CircumstanceCode::serious_offence_disclosed; });
    std::uint32_t required = required_statements(pack, *question.purpose, flow);
    if (disclosed) required &= ~bit_of(Statement::victim_request_tests);
    if ((required & ~stated) == 0) set_form(FormFact::statements_complete);
    const bool emergency_type = type && (table->types & bit_of(*type)) && (flow != Flow::partner_request || (pack.emergency_types & bit_of(*type)));
    const bool inside = flow == Flow::internal_access && staff;
    if (question.flow && question.emergency.value_or(false) && harm_claimed && table->emergency_route && (table->flows & bit_of(flow)) && (emergency_type || inside))
      set_form(FormFact::emergency_possible);
    if (emergency_type) set_form(FormFact::emergency_type);
    if (approved & table->roles) set_form(FormFact::route_approved);
    std::uint32_t advised = 0;
    for (const Role role : question.consulted) if (!may_be_own(role)) advised |= bit_of(role);
    if ((approved | advised) & table->roles) set_form(FormFact::route_advised);
    if (table->consent_only) set_form(FormFact::consent_only);
  }

  // ------------------------------------------------ items
  Who recipient;
  if (agency_receives) recipient.agency = (sends ? (question.recipient ? question.recipient->agency : std::optional<std::string>{}) : who.agency).value_or("");
  if (who.kind == RequesterKind::parent || who.kind == RequesterKind::representative || who.kind == RequesterKind::advocate)
    recipient.person = who.person.value_or("");
  facts.items.reserve(question.items.size());
  for (const Item& item : question.items) {
    FactBits one;
    set_word(one, bank::category, item.category);
    set_word(one, bank::compartment, item.compartment);
    set_flag(one, bank::relevant, item.relevant);
    set_flag(one, bank::confidence, item.given_in_confidence);
    set_flag(one, bank::withheld, item.withheld_from_requester);
    Detail cell = Detail::none;
    std::uint8_t needs = 0;
    if (table && item.category) {
      const auto c = static_cast<std::size_t>(*item.category);
      cell = table->cells[c];
      if (table->for_roles[c] && flow == Flow::internal_access && !(own_role && (table->for_roles[c] & bit_of(*own_role)))) cell = table->other_roles[c];
      if (table->for_types[c] || table->for_kinds[c]) {
        const bool holds = (type && (table->for_types[c] & bit_of(*type))) || (who.kind && (table->for_kinds[c] & bit_of(*who.kind)));
        if (!holds) cell = Detail::none;
      }
      needs = table->needs[c];
      if ((table->need_stated[c] & ~stated) != 0) needs |= 1u << static_cast<unsigned>(NeedFact::statement_missing);
      if ((table->not_in_confidence >> c & 1u) && item.given_in_confidence != false) needs |= 1u << static_cast<unsigned>(NeedFact::approval);
    }
    one.set(bank::cell, static_cast<std::size_t>(cell));
    for (std::size_t i = 0; i < bank::needs.size; ++i)
      if (needs & (1u << i)) one.set(bank::needs, i);
    const ConsentFinding consent = consent_for(pack, question, recipient, item, today);
    one.set(bank::consent, static_cast<std::size_t>(consent.state));
    if (consent.form) one.set(bank::consent_form, static_cast<std::size_t>(*consent.form));
    if (consent.giver) one.set(bank::given_by, static_cast<std::size_t>(*consent.giver));
    ItemFacts packed;
    for (std::size_t w = 0; w < kItemWords; ++w) { packed.known[w] = one.known[kCaseWords + w]; packed.possible[w] = one.possible[kCaseWords + w]; }
    facts.items.push_back(packed);
  }
  return facts;
}

}  // namespace gatehouse::policy
