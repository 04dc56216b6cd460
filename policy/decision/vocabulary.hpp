#pragma once
// The words that travel: one spelling in code, JSON, packs, the partner API, the log and the console.
// They are those of the decision contract (CONTRACT.md beside this file). A list may grow at its end; a word once used keeps its
// meaning. `text(value)` gives the word, `from_text<Enum>(word)` the value or nothing. Any thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::policy {

// Specialised below for every enumeration: `Words<Enum>::list` holds the words in the order of the enumerators.
template <class Enum>
struct Words;

// CONTRACT.md section 1.1.
enum class Flow : std::uint8_t {
  partner_request, referral, hypothetical, statistics, subject_access, parent_enquiry, internal_access,
  inbound_document
};
template <>
struct Words<Flow> {
  static constexpr std::array<std::string_view, 8> list = {
      "partner_request", "referral", "hypothetical", "statistics", "subject_access", "parent_enquiry",
      "internal_access", "inbound_document"};
};

// CONTRACT.md section 1.2.
enum class Purpose : std::uint8_t {
  mash_referral, s47_enquiry, s17_assessment, early_help, education_placement, health_treatment, emergency,
  police_serious_offence, strategy_meeting, cp_conference, file_transfer, lado, adult_safeguarding,
  domestic_abuse_conference, missing_person, prevent_referral, complex_case_advice, support_with_consent,
  court_order, statistical_return, hypothetical, subject_access, case_review, complaint, parent_update,
  internal_support
};
template <>
struct Words<Purpose> {
  static constexpr std::array<std::string_view, 26> list = {
      "mash_referral", "s47_enquiry", "s17_assessment", "early_help", "education_placement", "health_treatment",
      "emergency", "police_serious_offence", "strategy_meeting", "cp_conference", "file_transfer", "lado",
      "adult_safeguarding", "domestic_abuse_conference", "missing_person", "prevent_referral",
      "complex_case_advice", "support_with_consent", "court_order", "statistical_return", "hypothetical",
      "subject_access", "case_review", "complaint", "parent_update", "internal_support"};
};

// CONTRACT.md section 1.3.
enum class AgencyType : std::uint8_t {
  mash, la_childrens, la_early_help, la_adults, police, icb, nhs_trust, gp, camhs, ambulance, school, college,
  early_years, probation, youth_justice, housing, fire, charity, court, cafcass, dwp, regulator, central_government,
  safeguarding_partnership, other
};
template <>
struct Words<AgencyType> {
  static constexpr std::array<std::string_view, 25> list = {
      "mash", "la_childrens", "la_early_help", "la_adults", "police", "icb", "nhs_trust", "gp", "camhs",
      "ambulance", "school", "college", "early_years", "probation", "youth_justice", "housing", "fire", "charity",
      "court", "cafcass", "dwp", "regulator", "central_government", "safeguarding_partnership", "other"};
};

// CONTRACT.md section 1.3.
enum class Role : std::uint8_t {
  worker, volunteer, mentor, teacher, non_teaching_staff, counsellor, health_professional, manager, director, dsl,
  deputy_dsl, safeguarding_team, ig_lead, dpo, admin, auditor
};
template <>
struct Words<Role> {
  static constexpr std::array<std::string_view, 16> list = {
      "worker", "volunteer", "mentor", "teacher", "non_teaching_staff", "counsellor", "health_professional",
      "manager", "director", "dsl", "deputy_dsl", "safeguarding_team", "ig_lead", "dpo", "admin", "auditor"};
};

// CONTRACT.md section 1.3: the kinds of record item.
enum class Category : std::uint8_t {
  identity, identifiers, contact, safe_address, household, parental_responsibility, education, attendance_behaviour,
  sanction, send, health_physical, health_mental, sexual_health, substance_use, disability, safeguarding_concern,
  verbatim_disclosure, chronology, domestic_abuse, sexual_exploitation, self_harm, offending, allegation,
  legal_status, housing, finance, immigration, ethnicity_religion, employment, counselling, professional_opinion,
  family_view, child_view, third_party, informant_identity, staff_allegation, professionals_involved,
  consent_status, progress
};
template <>
struct Words<Category> {
  static constexpr std::array<std::string_view, 39> list = {
      "identity", "identifiers", "contact", "safe_address", "household", "parental_responsibility", "education",
      "attendance_behaviour", "sanction", "send", "health_physical", "health_mental", "sexual_health",
      "substance_use", "disability", "safeguarding_concern", "verbatim_disclosure", "chronology",
      "domestic_abuse", "sexual_exploitation", "self_harm", "offending", "allegation", "legal_status", "housing",
      "finance", "immigration", "ethnicity_religion", "employment", "counselling", "professional_opinion",
      "family_view", "child_view", "third_party", "informant_identity", "staff_allegation",
      "professionals_involved", "consent_status", "progress"};
};

// CONTRACT.md section 1.4: what a request states about itself.
enum class Statement : std::uint8_t {
  public_task, statutory_power, why_necessary, why_not_from_subject, intended_use, case_reference, crime_reference,
  offence_code, authoriser, victim_request_tests, victim_notice, counselling_rebuttal, identity_checked,
  clinical_need
};
template <>
struct Words<Statement> {
  static constexpr std::array<std::string_view, 14> list = {
      "public_task", "statutory_power", "why_necessary", "why_not_from_subject", "intended_use", "case_reference",
      "crime_reference", "offence_code", "authoriser", "victim_request_tests", "victim_notice",
      "counselling_rebuttal", "identity_checked", "clinical_need"};
};

// CONTRACT.md section 1.4.
enum class Offence : std::uint8_t {
  murder, manslaughter, rape, serious_sexual_offence, serious_assault, kidnap, trafficking, child_cruelty, assault,
  theft, fraud, criminal_damage, drugs_supply, drugs_possession, public_order, other, missing_person_incident,
  unexplained_death
};
template <>
struct Words<Offence> {
  static constexpr std::array<std::string_view, 18> list = {
      "murder", "manslaughter", "rape", "serious_sexual_offence", "serious_assault", "kidnap", "trafficking",
      "child_cruelty", "assault", "theft", "fraud", "criminal_damage", "drugs_supply", "drugs_possession",
      "public_order", "other", "missing_person_incident", "unexplained_death"};
};

// CONTRACT.md section 1.5: New Futures 1.1 a-l in order, then the others.
enum class CircumstanceCode : std::uint8_t {
  significant_harm_child, life_threatened, continual_serious_risk, terrorised_by_abuser, suicide_or_self_harm,
  urgent_medical, harm_to_another, serious_offence_enquiry, serious_offence_disclosed, insufficient_understanding,
  no_capacity_now, staff_alleged_perpetrator, wellbeing_at_risk, being_hurt, public_interest, court_order,
  statutory_duty, place_jeopardised
};
template <>
struct Words<CircumstanceCode> {
  static constexpr std::array<std::string_view, 18> list = {
      "significant_harm_child", "life_threatened", "continual_serious_risk", "terrorised_by_abuser",
      "suicide_or_self_harm", "urgent_medical", "harm_to_another", "serious_offence_enquiry",
      "serious_offence_disclosed", "insufficient_understanding", "no_capacity_now", "staff_alleged_perpetrator",
      "wellbeing_at_risk", "being_hurt", "public_interest", "court_order", "statutory_duty", "place_jeopardised"};
};

// CONTRACT.md section 2.
enum class ReasonCode : std::uint8_t {
  consent_ok, consent_missing, consent_expired, consent_withdrawn, consent_refused, consent_scope, consent_form,
  circumstance, duty, approved, needs_approval, needs_consultation, not_signatory, purpose_unknown, not_stated,
  not_necessary, not_relevant, compartment, safe_address, withheld_from_person, third_party, age_rule,
  best_interests, consent_blanket, more_detrimental, conflict, training_gate, tenure_gate, role, own_record,
  anonymise_first, offence_not_serious, no_basis, unknown_fact, needs_summary
};
template <>
struct Words<ReasonCode> {
  static constexpr std::array<std::string_view, 35> list = {
      "consent_ok", "consent_missing", "consent_expired", "consent_withdrawn", "consent_refused", "consent_scope",
      "consent_form", "circumstance", "duty", "approved", "needs_approval", "needs_consultation", "not_signatory",
      "purpose_unknown", "not_stated", "not_necessary", "not_relevant", "compartment", "safe_address",
      "withheld_from_person", "third_party", "age_rule", "best_interests", "consent_blanket", "more_detrimental",
      "conflict", "training_gate", "tenure_gate", "role", "own_record", "anonymise_first", "offence_not_serious",
      "no_basis", "unknown_fact", "needs_summary"};
};

// CONTRACT.md section 2.
enum class ObligationKind : std::uint8_t {
  notify_subject, defer_notice, involve_subject, seek_consent, encourage_parent, notify_parent, consult, approve,
  retrospective_approval, record_reason, record_no_share, supervised_access, no_onward_sharing, open_records_notice,
  tell_dsl, route_around_staff, call_back, offer_support, encourage_self_contact, safe_contact_only, quarantine,
  update_chronology, receipt, review
};
template <>
struct Words<ObligationKind> {
  static constexpr std::array<std::string_view, 24> list = {
      "notify_subject", "defer_notice", "involve_subject", "seek_consent", "encourage_parent", "notify_parent",
      "consult", "approve", "retrospective_approval", "record_reason", "record_no_share", "supervised_access",
      "no_onward_sharing", "open_records_notice", "tell_dsl", "route_around_staff", "call_back", "offer_support",
      "encourage_self_contact", "safe_contact_only", "quarantine", "update_chronology", "receipt", "review"};
};

// CONTRACT.md section 2.
enum class ClockKind : std::uint8_t {
  mash_referral, dsl_acknowledge, file_view, subject_access, complaint_acknowledge, emergency_review,
  retrospective_approval, lado_referral, private_conversation, notice_review, incident_72h, dsl_update,
  request_response, file_transfer, enquiry_answer
};
template <>
struct Words<ClockKind> {
  static constexpr std::array<std::string_view, 15> list = {
      "mash_referral", "dsl_acknowledge", "file_view", "subject_access", "complaint_acknowledge",
      "emergency_review", "retrospective_approval", "lado_referral", "private_conversation", "notice_review",
      "incident_72h", "dsl_update", "request_response", "file_transfer", "enquiry_answer"};
};

enum class RequesterKind : std::uint8_t {
  partner, staff, subject, parent, advocate, representative
};
template <>
struct Words<RequesterKind> {
  static constexpr std::array<std::string_view, 6> list = {
      "partner", "staff", "subject", "parent", "advocate", "representative"};
};

enum class AgreementState : std::uint8_t {
  current, lapsed, none
};
template <>
struct Words<AgreementState> {
  static constexpr std::array<std::string_view, 3> list = {
      "current", "lapsed", "none"};
};

enum class Training : std::uint8_t {
  current, lapsed, none
};
template <>
struct Words<Training> {
  static constexpr std::array<std::string_view, 3> list = {
      "current", "lapsed", "none"};
};

enum class Competence : std::uint8_t {
  competent, not_competent, unassessed
};
template <>
struct Words<Competence> {
  static constexpr std::array<std::string_view, 3> list = {
      "competent", "not_competent", "unassessed"};
};

enum class Compartment : std::uint8_t {
  none, counselling, health_drop_in
};
template <>
struct Words<Compartment> {
  static constexpr std::array<std::string_view, 3> list = {
      "none", "counselling", "health_drop_in"};
};

enum class ConsentForm : std::uint8_t {
  written, verbal, express
};
template <>
struct Words<ConsentForm> {
  static constexpr std::array<std::string_view, 3> list = {
      "written", "verbal", "express"};
};

enum class GivenBy : std::uint8_t {
  subject, parental_responsibility, attorney
};
template <>
struct Words<GivenBy> {
  static constexpr std::array<std::string_view, 3> list = {
      "subject", "parental_responsibility", "attorney"};
};

enum class Notice : std::uint8_t {
  given, not_yet, uncontactable, risk_of_harm, would_prejudice_enquiry
};
template <>
struct Words<Notice> {
  static constexpr std::array<std::string_view, 5> list = {
      "given", "not_yet", "uncontactable", "risk_of_harm", "would_prejudice_enquiry"};
};

enum class Urgency : std::uint8_t {
  emergency, red, amber, green, routine
};
template <>
struct Words<Urgency> {
  static constexpr std::array<std::string_view, 5> list = {
      "emergency", "red", "amber", "green", "routine"};
};

enum class Context : std::uint8_t {
  classroom, one_to_one, drop_in, message
};
template <>
struct Words<Context> {
  static constexpr std::array<std::string_view, 4> list = {
      "classroom", "one_to_one", "drop_in", "message"};
};

// CONTRACT.md section 2; the closed side comes first, so a value nobody set withholds.
enum class Outcome : std::uint8_t {
  withhold, more_information, refer, anonymised, partial, release
};
template <>
struct Words<Outcome> {
  static constexpr std::array<std::string_view, 6> list = {
      "withhold", "more_information", "refer", "anonymised", "partial", "release"};
};

enum class ItemOutcome : std::uint8_t {
  withhold, refer, anonymised, release
};
template <>
struct Words<ItemOutcome> {
  static constexpr std::array<std::string_view, 4> list = {
      "withhold", "refer", "anonymised", "release"};
};

enum class Duty : std::uint8_t {
  none, must_share
};
template <>
struct Words<Duty> {
  static constexpr std::array<std::string_view, 2> list = {
      "none", "must_share"};
};

// cells of the minimum-necessary matrix, strictest first.
enum class Detail : std::uint8_t {
  none, exception, banded, summary, relevant, full
};
template <>
struct Words<Detail> {
  static constexpr std::array<std::string_view, 6> list = {
      "none", "exception", "banded", "summary", "relevant", "full"};
};

enum class When : std::uint8_t {
  none, before, after
};
template <>
struct Words<When> {
  static constexpr std::array<std::string_view, 3> list = {
      "none", "before", "after"};
};

// The word of a value. Every value has one.
template <class Enum>
constexpr std::string_view text(Enum value) {
  return Words<Enum>::list[static_cast<std::size_t>(value)];
}

// The value of a word; nothing when the word is not on the list. Nothing is guessed, case matters.
template <class Enum>
constexpr std::optional<Enum> from_text(std::string_view word) {
  for (std::size_t i = 0; i < Words<Enum>::list.size(); ++i)
    if (Words<Enum>::list[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

template <class Enum>
constexpr std::size_t count_of() {
  return Words<Enum>::list.size();
}

}  // namespace gatehouse::policy
