#pragma once
// A pack as masks over a fixed universe of facts, and the facts of one case as bits. CONTRACT.md section 3 (evaluation).
// Two words per bank of facts carry what is unknown: `known` (true) and `possible`. INVARIANT: known is a subset of possible.
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "policy/decision/calendar.hpp"
#include "policy/decision/pack.hpp"
#include "policy/decision/vocabulary.hpp"

namespace gatehouse::policy {

// ------------------------------------------------------------------ facts

// A bank is a run of bits for one fact: one bit per value (one-hot) or per member (set). No bank crosses a word.
struct Bank {
  std::uint8_t word, shift, size;
  constexpr std::uint64_t bit(std::size_t value) const { return std::uint64_t{1} << (shift + value); }
  constexpr std::uint64_t mask() const { return (size == 64 ? ~std::uint64_t{0} : ((std::uint64_t{1} << size) - 1)) << shift; }
};

// How consent stands for one item, first the good one. The words after it are reason codes.
enum class ConsentState : std::uint8_t { current, refused, withdrawn, expired, form, blanket, scope, missing, disagree };
enum class OffenceState : std::uint8_t { serious, grey, not_serious, none };
template <>
struct Words<ConsentState> {
  static constexpr std::array<std::string_view, 9> list = {"current", "refused", "withdrawn", "expired", "form", "blanket", "scope", "missing", "disagree"};
};
template <>
struct Words<OffenceState> {
  static constexpr std::array<std::string_view, 4> list = {"serious", "grey", "not_serious", "none"};
};

namespace bank {
// Words 0–4 belong to the case, words 5–6 to the item.
inline constexpr Bank flow{0, 0, 8}, purpose{0, 8, 26}, kind{0, 34, 6}, role{0, 40, 16}, agreement{0, 56, 3}, training{0, 59, 3}, emergency{0, 62, 2};
inline constexpr Bank recipient{1, 0, 25}, competence{1, 25, 3}, notice{1, 28, 5}, urgency{1, 33, 5}, context{1, 38, 4}, offence{1, 42, 4},
    conflict{1, 46, 2}, parental{1, 48, 2}, marked_risk{1, 50, 2}, best_interests{1, 52, 3}, attested{1, 55, 2}, signed_off{1, 57, 2};  // best_interests: no, yes, nobody judged
inline constexpr Bank evidenced{2, 0, 18}, claimed{2, 18, 18}, stated{2, 36, 14};  // claimed: named at all, evidenced or not
inline constexpr Bank approved{3, 0, 16}, advised{3, 16, 16}, self_approved{3, 32, 16}, law{3, 48, 8};
inline constexpr Bank age{4, 0, 16}, tenure{4, 16, 8}, risk{4, 24, 6}, form{4, 30, 12};  // bands between the pack's age lines; tenure likewise
inline constexpr Bank category{5, 0, 39}, compartment{5, 39, 3}, relevant{5, 42, 2}, confidence{5, 44, 2}, withheld{5, 46, 2}, cell{5, 48, 6},
    consent{5, 54, 9};
inline constexpr Bank consent_form{6, 0, 3}, given_by{6, 3, 3}, needs{6, 6, 4};
}  // namespace bank

// Bits of bank::risk, and of bank::form (what is wrong or right with the request as such).
enum class RiskFact : std::uint8_t { child_evidenced, child_claimed, harm_evidenced, harm_claimed, any_claimed, none };
enum class FormFact : std::uint8_t {
  flow_listed, type_listed, statements_complete, emergency_possible, officer_named, emergency_type, route_approved, route_advised, consent_only,
  needs_agreement, gate_lifted, spare
};
template <>
struct Words<RiskFact> {
  static constexpr std::array<std::string_view, 6> list = {"child_evidenced", "child", "harm_evidenced", "harm", "any", "none"};
};
template <>
struct Words<FormFact> {
  static constexpr std::array<std::string_view, 12> list = {"flow_listed", "type_listed", "statements_complete", "emergency_possible", "officer_named", "emergency_type",
                                                            "route_approved", "route_advised", "consent_only", "needs_agreement", "gate_lifted", "spare"};
};
// Bits of bank::needs: what a limit of the matrix asks for beyond the cell.
enum class NeedFact : std::uint8_t { approval, best_interests, statement_missing, spare };

inline constexpr std::size_t kCaseWords = 5, kItemWords = 2, kWords = kCaseWords + kItemWords;

struct FactBits {
  std::array<std::uint64_t, kWords> known{}, possible{};
  void set(Bank b, std::size_t value) { known[b.word] |= b.bit(value); possible[b.word] |= b.bit(value); }
  void unknown(Bank b) { possible[b.word] |= b.mask(); }
};

struct ItemFacts {
  std::array<std::uint64_t, kItemWords> known{}, possible{};
};

// Everything evaluation needs: derived once from a case.
struct Facts {
  FactBits bits;                     // item words are those of the item being looked at
  std::vector<ItemFacts> items;
};

// ------------------------------------------------------------------ rules

struct Term {
  std::uint8_t word = 0;
  std::uint64_t mask = 0;
};

enum class Effect : std::uint8_t { permit, forbid, refer, oblige };
template <>
struct Words<Effect> {
  static constexpr std::array<std::string_view, 4> list = {"permit", "forbid", "refer", "oblige"};
};
enum class Stratum : std::uint8_t { identity, statute, hard_deny, anonymise, consent, exception, mandatory, keep };
template <>
struct Words<Stratum> {
  static constexpr std::array<std::string_view, 8> list = {"identity", "statute", "hard_deny", "anonymise",
                                                           "consent", "exception", "mandatory", "keep"};
};
enum class ApprovalMode : std::uint8_t { none, recommended, advice, required, retrospective };
template <>
struct Words<ApprovalMode> {
  static constexpr std::array<std::string_view, 5> list = {"none", "recommended", "advice", "required", "retrospective"};
};

struct ObligationRule {
  ObligationKind kind{};
  When when = When::none;
  std::vector<std::string> to;
};

struct CompiledRule {
  Effect effect = Effect::forbid;
  Stratum stratum = Stratum::keep;
  ReasonCode reason = ReasonCode::no_basis;
  ApprovalMode mode = ApprovalMode::none;
  bool route = false;                       // approval by the route of the purpose
  bool own_approval = false;                // a named opener may approve for themselves; looked at afterwards
  bool must_share = false;
  bool anonymised = false;                  // a permit of the stratum anonymise gives `anonymised`
  bool needs_circumstance = false;          // has a term on bank::evidenced
  std::uint32_t roles = 0;                  // any one of these, where route is false
  std::vector<Term> when_case, when_item, unless_case, unless_item;
  std::vector<std::uint16_t> overrides;     // indexes of forbids
  // for people and for the log
  std::string id, plain;
  std::vector<std::string> clauses, law;
  std::vector<ObligationRule> obligations;
  std::vector<std::pair<ClockKind, std::string>> clocks;   // kind, ISO 8601 duration with calendar, see ClockRule
  std::vector<std::string> on;              // oblige: for which results of an item (`release`, `withhold:consent_missing`); empty: always
};

struct ClockRule {
  ClockKind kind{};
  std::int64_t amount = 0;                  // seconds, days or months
  enum class Unit : std::uint8_t { seconds, working_days, calendar_days, school_days, months, school_day_end } unit = Unit::seconds;
  bool open_days_only = false;              // moved on to a day the organisation is open
  std::vector<std::string> clauses;
};

struct PurposeTable {
  std::uint32_t flows = 0, types = 0, kinds = 0;
  std::array<Detail, 39> cells{};
  std::array<std::uint8_t, 39> needs{};          // bits of NeedFact
  std::array<std::uint32_t, 39> need_stated{};   // statements a limit asks for
  std::array<std::uint32_t, 39> for_roles{};     // internal roles for whom the cell holds; 0: all
  std::array<Detail, 39> other_roles{};
  std::array<std::uint32_t, 39> for_types{};     // agency types for whom the cell holds; 0 with for_kinds 0: all
  std::array<std::uint32_t, 39> for_kinds{};
  std::uint64_t not_in_confidence = 0;           // categories of which what was given in confidence needs an approval
  std::uint32_t required = 0, required_referral = 0;
  ApprovalMode mode = ApprovalMode::none;
  std::uint32_t roles = 0;
  std::string notice_subject;
  When notice_when = When::none;
  std::vector<ClockRule> clocks, proposed;
  bool emergency_route = false, consent_only = false;
  std::string leg_consent, leg_other, leg_duty, confidence_consent, confidence_other, confidence_duty;
};

// A named setting as the policy states it (C1–C21 and those the engine reads), with the clauses it comes from.
struct Setting {
  std::string name, json;                        // canonical JSON of its value
  std::vector<std::string> clauses;
  bool silent = false;                           // the policy says nothing: the default applies and `note` says which
  std::string note;                              // what was chosen and why, for who signs the pack off
  std::vector<std::string> contradicts;          // clauses that do not agree with each other: the value is a choice
};

// What the policy lets a parent be told without the person's agreement (C2), for the proof; the first row that fits says so, no row: nothing.
struct ParentRow {
  std::uint64_t categories = 0;                  // bits of Category
  std::uint64_t ages = 0;                        // bits of bank::age, from 0; an age that is not known fits no row that names one
  bool any_age = false;
  enum class When : std::uint8_t { always, best_interests, consequences } when = When::always;
};
template <>
struct Words<ParentRow::When> {
  static constexpr std::array<std::string_view, 3> list = {"always", "best_interests", "consequences"};
};

// Something that must not happen whatever the rules say, with its clause: proved, never evaluated.
struct NeverRule {
  std::string id, plain;
  std::vector<std::string> clauses;
  std::vector<Term> when_case, when_item, unless_case, unless_item;
};

struct ClauseMap {
  std::string id, plain, target, reason;
  std::vector<std::string> also;                 // further targets: a clause may need a rule, a clock and a page
};

// What is wrong with the organisation's own text. It never changes a decision; `policy lint` shows it and whoever owns the policy mends it.
enum class SourceFault : std::uint8_t {
  garbled_text, incomplete_text, wrong_reference, missing_document, outdated_wording, dead_link
};
template <>
struct Words<SourceFault> {
  static constexpr std::array<std::string_view, 6> list = {"garbled-text", "incomplete-text", "wrong-reference", "missing-document",
                                                           "outdated-wording", "dead-link"};
};

struct TextFault {
  std::string clause, note;
  SourceFault kind{};
};

struct LawSwitch {
  std::string name;                              // `s16la`
  std::optional<Date> from;                      // nothing: not commenced
};

struct CompiledPack {
  PackIdentity identity;
  std::string organisation, time_zone, policy_title;
  std::optional<Date> dated, approved, review_due;
  std::vector<TextFault> faults;
  std::vector<CompiledRule> rules;
  std::vector<std::string> read_with;
  // rules by flow and effect, in order: nothing else is looked at
  struct ByFlow {
    std::vector<std::uint16_t> permits, forbids, refers, obliges;
  };
  std::array<ByFlow, 9> by_flow;                 // the last one: flow unknown
  std::array<PurposeTable, 26> purposes;
  std::vector<Setting> settings;
  std::vector<ClauseMap> clauses;
  std::vector<LawSwitch> switches;
  std::vector<int> age_lines, tenure_lines;      // ascending; bands lie between them

  // settings that the proof holds the rules against; the engine does not read them
  std::uint32_t break_mandatory = 0, break_discretionary = 0;   // C7, bits of CircumstanceCode
  std::vector<ParentRow> parent_rows;                           // C2
  std::array<std::uint32_t, 3> held_by{};                       // C9: roles that hold a compartment, by Compartment
  std::uint32_t compartments = 0, opened_by = 0, opened_on = 0; // C9: bits of Compartment; roles that open one, circumstances they open it on
  std::uint32_t leads = 0;                                      // C5: the safeguarding lead and who acts for them
  std::vector<NeverRule> never;

  // settings the engine reads
  std::uint32_t consent_forms = 0;
  int consent_max_days = 365;
  bool parent_consent_16_17 = false;
  std::uint32_t serious_offences = 0, grey_offences = 0;
  bool agreement_required = true;
  std::uint32_t agreement_roles = 0;
  std::uint32_t purpose_unknown_roles = 0;
  std::uint32_t emergency_types = 0;             // partner types whose emergency counts
  std::uint32_t emergency_roles = 0;             // asked when a partner's emergency names no officer
  std::uint32_t mandatory_types = 0;             // la_childrens, mash, police: agreement never holds back
  std::uint32_t unsure_roles = 0;                // asked when nothing else settles who
  std::uint32_t self_referrers = 0;              // whose own must-share referral is approved by themselves
  bool gate_training = false, gate_attested = false;
  int volunteer_min_days = -1;                   // -1: no line
  bool volunteer_signoff = false;
  enum class NotifyMode : std::uint8_t { off, by_default, always } notify = NotifyMode::by_default;
  When notify_when = When::before;
  int school_day_end_minutes = 16 * 60;
  std::uint8_t open_days = 0x7f;                 // bit 0 Monday … bit 6 Sunday
  std::vector<ClockRule> clock_rules;            // clocks by kind that the pack sets
  std::map<std::string, std::vector<std::string>> cite;   // clauses for the engine's own grounds: `agreement`, `gate`, `keep`, `consent`, …
  std::array<ClockRule, 5> urgency;              // by Urgency
  std::shared_ptr<const Calendar> calendar;
};

// ------------------------------------------------------------------ evaluation on derived facts

struct ItemVerdict {
  ItemOutcome outcome = ItemOutcome::withhold;
  Detail detail = Detail::none;
  ReasonCode reason = ReasonCode::no_basis;
  std::int16_t rule = -1;                        // that decided; -1: a ground of the engine's own
  std::uint32_t refer_to = 0;
  bool structured_only = false;
  bool rests_on_consent = false;
};

struct Verdict {
  bool must_share = false;
  bool emergency = false;                        // the emergency route released or referred something
  bool review = false;                           // a gap or an own approval was passed over: looked at afterwards
  std::uint32_t missing = 0;                     // statements
  bool more_information = false;
  bool agreement_gap = false;
  bool exceptional = false;                      // something is released without consent
  std::vector<ItemVerdict> items;                // one for each item of the facts
  std::vector<std::uint16_t> contributed;        // rules that fired and had a say, ascending
};

// Total and free of I/O. `verdict` is filled anew; its vectors keep their memory, so a loop allocates nothing.
void evaluate(const CompiledPack& pack, const Facts& facts, Verdict& verdict);

// What a request for this purpose must state, as bits of Statement: known from the request alone.
std::uint32_t required_statements(const CompiledPack& pack, Purpose purpose, Flow flow);

// The duration of a clock for which neither the pack nor the purpose states one.
ClockRule default_clock(ClockKind kind);

// Under which name of CompiledPack::cite the clauses behind a ground of the engine's own stand.
const char* ground_name(ReasonCode reason);

// Case to bits.
Facts derive_facts(const CompiledPack& pack, const Case& question);

}  // namespace gatehouse::policy
