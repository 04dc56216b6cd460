#include "policy/prove/plain_case.hpp"

#include <algorithm>
#include <vector>

namespace gatehouse::policy {
namespace {

std::string spaced(std::string_view word) {
  std::string out(word);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view last = " and ") {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i) out += i + 1 == words.size() ? std::string(last) : ", ";
    out += words[i];
  }
  return out;
}

std::string agency(const std::optional<AgencyType>& type) {
  if (!type) return "an agency of a kind that is not known";
  switch (*type) {
    case AgencyType::mash: return "the multi-agency safeguarding hub";
    case AgencyType::la_childrens: return "children's social care";
    case AgencyType::la_early_help: return "the council's early help";
    case AgencyType::la_adults: return "adult social care";
    case AgencyType::police: return "the police";
    case AgencyType::ambulance: return "the ambulance service";
    case AgencyType::fire: return "the fire service";
    case AgencyType::court: return "a court";
    case AgencyType::dwp: return "a jobcentre";
    case AgencyType::nhs_trust: return "a hospital";
    case AgencyType::gp: return "a family doctor";
    case AgencyType::icb: return "the local health board";
    case AgencyType::camhs: return "the children's mental health service";
    case AgencyType::housing: return "a housing provider";
    case AgencyType::probation: return "probation";
    case AgencyType::youth_justice: return "the youth justice team";
    case AgencyType::early_years: return "a nursery";
    case AgencyType::other: return "an agency of another kind";
    case AgencyType::cafcass: return "the family court's advisers";
    case AgencyType::central_government: return "a government department";
    case AgencyType::safeguarding_partnership: return "the safeguarding partnership";
    default: return "a " + spaced(text(*type));
  }
}

std::string circumstance(CircumstanceCode code) {
  switch (code) {
    case CircumstanceCode::significant_harm_child: return "a child may have come to significant harm";
    case CircumstanceCode::life_threatened: return "somebody's life is threatened";
    case CircumstanceCode::continual_serious_risk: return "there is a serious risk that goes on";
    case CircumstanceCode::terrorised_by_abuser: return "the person is under threat by an abuser";
    case CircumstanceCode::suicide_or_self_harm: return "the person may kill or badly harm themselves";
    case CircumstanceCode::urgent_medical: return "the person needs treatment urgently";
    case CircumstanceCode::harm_to_another: return "somebody else may come to harm";
    case CircumstanceCode::serious_offence_enquiry: return "a serious offence is being looked into";
    case CircumstanceCode::serious_offence_disclosed: return "the person told of a serious offence";
    case CircumstanceCode::insufficient_understanding: return "the person does not understand enough to decide";
    case CircumstanceCode::no_capacity_now: return "the person cannot decide at the moment";
    case CircumstanceCode::staff_alleged_perpetrator: return "a worker is said to have done the harm";
    case CircumstanceCode::wellbeing_at_risk: return "the person's wellbeing is at risk";
    case CircumstanceCode::being_hurt: return "the person is being hurt";
    case CircumstanceCode::public_interest: return "the public interest speaks for it";
    case CircumstanceCode::court_order: return "a court has ordered it";
    case CircumstanceCode::statutory_duty: return "a law demands it";
    case CircumstanceCode::place_jeopardised: return "the student's place is at stake";
  }
  return "something is said";
}

std::string roles(const std::vector<Role>& list) {
  std::vector<std::string> words;
  for (const Role role : list) {
    switch (role) {
      case Role::dsl: words.push_back("the safeguarding lead"); break;
      case Role::deputy_dsl: words.push_back("the deputy safeguarding lead"); break;
      case Role::ig_lead: words.push_back("the information-governance lead"); break;
      case Role::dpo: words.push_back("the data protection officer"); break;
      default: words.push_back("a " + spaced(text(role)));
    }
  }
  return joined(words);
}

std::string with_article(std::string_view word) {
  const bool vowel = !word.empty() && std::string_view("aeiou").find(word.front()) != std::string_view::npos;
  return (vowel ? "an " : "a ") + spaced(word);
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string asker(const Case& c) {
  const Requester& who = c.requester;
  if (!who.kind) return "somebody, it is not known who,";
  switch (*who.kind) {
    case RequesterKind::partner: return agency(who.agency_type);
    case RequesterKind::staff: return who.role ? with_article(text(*who.role)) : "a member of staff whose role is not known";
    case RequesterKind::subject: return "the person";
    case RequesterKind::parent: return "a parent";
    case RequesterKind::advocate: return "an advocate";
    case RequesterKind::representative: return "a representative";
  }
  return "somebody";
}

std::string what(const Case& c) {
  std::vector<std::string> words;
  for (const Item& item : c.items) words.push_back(item.category ? "`" + spaced(text(*item.category)) + "`" : "something of a kind that is not known");
  return words.empty() ? "nothing in particular" : joined(words);
}

std::string whom(const Case& c) {
  std::string out = c.subject.age ? "a person of " + std::to_string(*c.subject.age) : "a person whose age is not known";
  if (c.subject.competence == Competence::competent) out += " who was found able to decide";
  if (c.subject.competence == Competence::not_competent) out += " who was found unable to decide";
  return out;
}

std::string opening(const Case& c) {
  const std::string purpose = c.purpose ? "for `" + spaced(text(*c.purpose)) + "`" : "for a purpose that is not known";
  const std::string about = what(c) + " of " + whom(c);
  const std::string who = asker(c);
  if (!c.flow) return capital(who) + " wants " + about + ", " + purpose + "; it is not known what kind of request it is.";
  switch (*c.flow) {
    case Flow::partner_request: return capital(who) + " asks for " + about + ", " + purpose + ".";
    case Flow::referral: return capital(who) + " wants to send " + about + " to " + agency(c.recipient ? c.recipient->agency_type : std::nullopt) + ", " + purpose + ".";
    case Flow::hypothetical:
      return capital(who) + " wants to ask " + (c.recipient ? agency(c.recipient->agency_type) : std::string("a colleague")) + " without names about " + about + ", " + purpose + ".";
    case Flow::statistics: return capital(who) + " wants figures about " + what(c) + ", " + purpose + ".";
    case Flow::subject_access: return capital(who) + " asks to see the file: " + about + ", " + purpose + ".";
    case Flow::parent_enquiry: return capital(who) + " asks about " + about + ", " + purpose + ".";
    case Flow::internal_access: return capital(who) + " wants to open " + about + ", " + purpose + ".";
    case Flow::inbound_document: return "A document comes in from " + who + ": " + about + ", " + purpose + ".";
  }
  return about + ".";
}

}  // namespace

std::string plain_case(const Case& c) {
  std::vector<std::string> said;
  said.push_back(opening(c));
  for (const Item& item : c.items) {
    if (item.compartment && *item.compartment != Compartment::none) said.push_back("It is in the closed file `" + spaced(text(*item.compartment)) + "`.");
    if (!item.compartment) said.push_back("It is not known whether it is in a closed file.");
    if (item.relevant == false) said.push_back("It is not relevant here.");
    if (!item.relevant) said.push_back("It is not known whether it is relevant.");
    if (item.withheld_from_requester == true) said.push_back("It is kept from whoever asks.");
    if (!item.withheld_from_requester) said.push_back("It is not known whether it is kept from whoever asks.");
    if (item.given_in_confidence == true) said.push_back("It was told in confidence.");
  }
  if (c.requester.conflict == true) said.push_back("Whoever asks is too close to the matter.");
  if (c.requester.marked_risk == true) said.push_back("The record marks this parent as a risk.");
  if (c.requester.parental_responsibility == false) said.push_back("They have no parental responsibility.");
  const auto agreement = c.recipient ? c.recipient->agreement : c.requester.agreement;
  if (agreement == AgreementState::lapsed || agreement == AgreementState::none) said.push_back(agreement == AgreementState::lapsed ? "The sharing agreement has lapsed." : "There is no sharing agreement.");
  if (c.requester.training && *c.requester.training != Training::current) said.push_back("Their training is not up to date.");
  if (c.requester.attested == false) said.push_back("They have not read the policy.");
  if (c.requester.tenure_days && c.requester.role == Role::volunteer) said.push_back("They have been here " + std::to_string(*c.requester.tenure_days) + " days.");
  if (c.consents.empty()) said.push_back("Nobody has agreed or refused.");
  for (const Consent& one : c.consents) {
    const std::string giver = !one.given_by ? "Somebody, it is not known who," : *one.given_by == GivenBy::subject ? "The person" : *one.given_by == GivenBy::attorney ? "An attorney" : "Somebody with parental responsibility";
    const std::string form = one.form ? ", " + spaced(text(*one.form)) : ", in a form that is not known";
    if (one.refused) said.push_back(giver + " has said no.");
    else if (one.withdrawn) said.push_back(giver + " agreed and took it back.");
    else if (!one.expires) said.push_back(giver + " agreed without any end, which does not count.");
    else if (one.agencies == std::vector<std::string>{"another-agency"}) said.push_back(giver + " agreed to something else.");
    else if (c.at && one.expires && std::chrono::sys_days(*one.expires) < std::chrono::floor<std::chrono::days>(*c.at)) said.push_back(giver + " agreed, and it has run out.");
    else said.push_back(giver + " agreed" + form + ".");
  }
  std::vector<std::string> found, heard;
  for (const Circumstance& one : c.circumstances) (one.evidence ? found : heard).push_back(circumstance(one.code));
  if (!found.empty()) said.push_back("On the record, with evidence: " + joined(found) + ".");
  if (!heard.empty()) said.push_back("It is only said that " + joined(heard) + ".");
  if (c.offence) said.push_back("The offence: " + spaced(text(*c.offence)) + ".");
  if (c.emergency == true) said.push_back("Somebody is in danger now.");
  if (c.emergency == true && c.flow == Flow::partner_request && !c.requester.officer) said.push_back("No officer is named.");
  if (!c.approvals.empty()) said.push_back(capital(roles(c.approvals)) + " approved.");
  if (!c.consulted.empty()) said.push_back(capital(roles(c.consulted)) + " gave advice.");
  if (c.approvals.empty() && c.consulted.empty()) said.push_back("Nobody approved or gave advice.");
  if (c.best_interests) said.push_back(*c.best_interests ? "Somebody judged it to be best for the person." : "Somebody judged it not to be best for the person.");
  std::string out;
  for (const std::string& sentence : said) out += (out.empty() ? "" : " ") + sentence;
  return out;
}

}  // namespace gatehouse::policy
