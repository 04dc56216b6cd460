#pragma once
// The question put to the engine: who asks, for whom, what for, about which items, with which consents and findings.
// CONTRACT.md section 1. A plain value, any thread. A fact that is absent is unknown, and unknown never permits.
#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/vocabulary.hpp"
#include "policy/error.hpp"

namespace gatehouse::policy {

using Instant = std::chrono::sys_seconds;       // UTC, whole seconds
using Date = std::chrono::year_month_day;       // a calendar day in the pack's time zone

struct Requester {
  std::optional<RequesterKind> kind;
  std::optional<std::string> officer;             // a named and reachable officer; empty or absent: nobody was named
  std::optional<std::string> agency;
  std::optional<AgencyType> agency_type;
  std::optional<AgreementState> agreement;        // covers this partner and this purpose
  std::optional<Role> role;
  std::optional<Training> training;
  std::optional<bool> attested;
  std::optional<int> tenure_days;
  std::optional<bool> signed_off;
  std::optional<std::string> person;              // which parent or representative: `mother`
  std::optional<bool> parental_responsibility;
  std::optional<bool> marked_risk;
  std::optional<bool> conflict;
  bool operator==(const Requester&) const = default;
};

struct Recipient {
  std::optional<std::string> agency;
  std::optional<AgencyType> agency_type;
  std::optional<AgreementState> agreement;
  bool operator==(const Recipient&) const = default;
};

struct Subject {
  std::optional<int> age;  // whole years; negative is refused
  std::optional<Competence> competence;
  bool operator==(const Subject&) const = default;
};

// The header of one record item: never its contents.
struct Item {
  std::string id;                 // opaque; the index where the case gave none
  std::uint64_t version = 0;
  std::optional<Category> category;
  std::optional<bool> relevant;
  std::optional<Compartment> compartment;
  std::optional<bool> given_in_confidence;
  std::optional<bool> withheld_from_requester;
  bool operator==(const Item&) const = default;
};

struct Consent {
  std::vector<std::string> agencies;      // agency ids or `person:mother`; `*` makes it blanket
  std::vector<std::string> categories;    // words of Category; `*` makes it blanket
  std::vector<std::string> purposes;      // words of Purpose; `*` makes it blanket
  std::optional<ConsentForm> form;
  std::optional<GivenBy> given_by;
  std::optional<Date> given;              // both days of the range are included
  std::optional<Date> expires;            // missing: blanket
  std::optional<Date> withdrawn;
  bool refused = false;
  bool operator==(const Consent&) const = default;
};

struct Circumstance {
  CircumstanceCode code{};
  bool evidence = false;  // the organisation's own finding. INVARIANT: never true on a partner's word alone
  bool operator==(const Circumstance&) const = default;
};

struct Case {
  std::string id;
  std::optional<Instant> at;
  std::optional<Flow> flow;
  Requester requester;
  std::optional<Recipient> recipient;  // referral and hypothetical; elsewhere the requester receives
  Subject subject;
  std::optional<Purpose> purpose;
  std::vector<Statement> stated;
  std::optional<Offence> offence;
  std::vector<Item> items;
  std::vector<Consent> consents;
  std::vector<Circumstance> circumstances;
  std::vector<Role> approvals;
  std::vector<Role> consulted;
  std::optional<Notice> notice;
  Urgency urgency = Urgency::routine;
  std::optional<Instant> needed_by;
  std::optional<bool> best_interests;
  std::optional<Context> context;
  std::map<ClockKind, Instant> started;  // absent: the clock starts at `at`
  std::optional<bool> emergency;
  bool operator==(const Case&) const = default;
};

// Reads one case, strictly: an unknown key, an unknown word, a wrong type or a bad date is an error with its JSON path and,
// where there is a list, what is allowed. Never throws on any bytes (bad UTF-8 and deep nesting included).
std::expected<Case, Error> read_case(std::string_view json);

// Canonical JSON of a case (sorted keys, no white space): `read_case(to_json(c))` gives `c` again.
std::string to_json(const Case& question);

// RFC 3339 with a zone (`2026-11-22T10:00:00Z`, `…+01:00`), to UTC; nothing where it is not one.
std::optional<Instant> read_instant(std::string_view text);
std::string to_text(Instant instant);            // `2026-11-22T10:00:00Z`
std::optional<Date> read_date(std::string_view text);  // `2026-11-22`, a day that exists
std::string to_text(Date date);

}  // namespace gatehouse::policy
