#pragma once
// Administrative writes and reads: what the command line does to a SQLite store. Synchronous; one thread at a time; other processes (a serving
// gateway) may have the same database open. Every write is logged in the same transaction as it makes (kinds `consent`, `config`, `key`, `policy`).
// A row acknowledged by commit() is durable.
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/settings.hpp"
#include "policy/decision/case.hpp"
#include "policy/error.hpp"
#include "policy/minimise/record.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::adapters {

struct NameInput {
  std::string given, family;
  std::string kind = "current";             // current | former | alias
};

struct IdentifierInput {
  std::string type;                         // nhs | upn | ni | agency_reference | …
  std::string value;
};

// `ref` is the organisation's own case or person number: unique, opaque to Gatehouse, looked up by keyed hash.
struct PersonInput {
  std::string ref;
  std::vector<NameInput> names;             // at least one
  std::vector<IdentifierInput> identifiers; // check digits are verified
  std::string date_of_birth, expected_date; // ISO 8601; may be empty
  std::string sex;                          // word of record_schema identity.sex; may be empty
  std::vector<std::string> markers;         // risk | safe_contact | embargo
};

// Somebody the case file names who is not (necessarily) a subject: what redaction needs to know.
struct RelationInput {
  std::string person_ref;                   // whose file
  std::string other_ref;                    // a person with a file of their own; may be empty
  std::vector<NameInput> names;             // when there is no file
  std::vector<IdentifierInput> identifiers;
  std::string relation;                     // mother, father, sibling, social worker, …
  std::string role = "family";              // family | professional | other
  bool parental_responsibility = false;
  bool risk_to = false;                     // marked as a risk to the subject or household
  bool alleged_perpetrator = false;
};

struct ItemInput {
  std::string person_ref;
  std::string item_ref;                     // the organisation's own; the same ref again is a new version
  policy::Record record;                    // id and version are ours to set
  policy::Compartment compartment = policy::Compartment::none;
  bool given_in_confidence = false;
  std::vector<policy::Purpose> relevant_for;     // purposes for which somebody marked it relevant; all: see relevant_for_all
  bool relevant_for_all = false;
  std::vector<std::string> withheld_from;   // agency ids, `person:mother`
};

struct ConsentInput {
  std::string person_ref;
  std::string consent_ref;                  // the same ref again replaces (a withdrawal, a refusal)
  policy::Consent consent;
};

struct CompetenceInput {
  std::string person_ref;
  policy::Competence outcome = policy::Competence::unassessed;
  std::string assessed_on, valid_to, assessor;
};

struct FindingInput {
  std::string person_ref;
  policy::CircumstanceCode code{};
  std::string found_on, found_by;           // a staff id
  std::string until;                        // may be empty
};

// New keys that a partner asked for. `wanted` is the file it signed, byte for byte.
struct KeyChange {
  std::string id, agency;
  std::string state;                        // asked | proven | approved | refused
  policy::Instant asked_at{};
  std::string wanted;
  std::string challenge_sha256;             // hex, of the line that the new keys must prove themselves with
  std::string recorded_by;                  // who took it up: somebody else approves. Empty where that cannot be read
  std::string trouble;                      // then what is wrong and what to do, one line; such a change can only be refused
};

enum class Put { added, replaced, unchanged };

// Admin::shred(): logged, and the key could not be destroyed yet; the file is destroyed, and a reader, or figures that cannot be written, keep something of it.
inline constexpr const char* kShredKeyThere = "key_not_destroyed";
inline constexpr const char* kShredLeavesSomething = "destroyed_not_all_gone";
inline bool shred_stands(const policy::Error& error) { return error.code == kShredKeyThere || error.code == kShredLeavesSomething; }

class Admin {
 public:
  // One line (what, where, remedy) when the database or its keys cannot be opened or are not of this version.
  static std::expected<Admin, std::string> open(const SqliteSettings& settings);
  // Makes database and tables (migrations from nothing). Refuses one that exists.
  static std::expected<Admin, std::string> create(const SqliteSettings& settings);
  // Brings an older database and an older key store to this version, while nobody serves. `figures_are_ours`: the operator's word that the file of figures is of this
  // key store, where nothing there can show it (keep_statistics_key()).
  struct Migrated {
    int before = 0;                         // the version the database had
    std::string figures;                    // one line where the file of figures was not told its key: it takes no rows; the rest is done, and serves
  };
  static std::expected<Migrated, std::string> migrate(const SqliteSettings& settings, bool figures_are_ours = false);
  Admin(Admin&&) noexcept;
  Admin& operator=(Admin&&) noexcept;
  ~Admin();

  // Between begin() and commit() rows are one transaction; a row that fails leaves the others standing (savepoint). The transaction holds the
  // writer of a serving gateway: a few hundred rows at a time, read and checked beforehand.
  void begin();
  std::expected<void, std::string> commit();
  void rollback();

  std::expected<Put, policy::Error> put(const PersonInput& person);
  std::expected<Put, policy::Error> put(const RelationInput& relation);
  std::expected<Put, policy::Error> put(const ItemInput& item);
  std::expected<Put, policy::Error> put(const ConsentInput& consent);
  std::expected<Put, policy::Error> put(const CompetenceInput& competence);
  std::expected<Put, policy::Error> put(const FindingInput& finding);

  // `staff`: who did it, a JSON object, for the part of the entry that only the organisation can open; may be empty.
  // A partner that is registered for emergencies is released to at once, by nobody's approval: two people (`approved_by`) register it, and say so again
  // when its type, its number or what it proves itself with becomes another; else `second_person`. Ending any of it takes one.
  std::expected<Put, policy::Error> put_agency(const policy::Agency& agency, policy::Instant at, const std::string& staff = {},
                                               const std::vector<std::string>& approved_by = {});
  // Adds a change (`from` empty) or moves one on from the state `from`; an error where it is not in that state any more. Logged.
  std::expected<void, policy::Error> put_key_change(const KeyChange& change, const std::string& from, const std::string& by, policy::Instant at);
  // Newest first; one whose officer cannot be read is among them, with its `trouble`.
  std::expected<std::vector<KeyChange>, std::string> key_changes();
  std::expected<std::vector<policy::Agency>, std::string> agencies();
  std::expected<std::vector<policy::Consent>, policy::Error> consents(const std::string& person_ref);

  // The pack whose hash two people approved. Logged.
  std::expected<void, std::string> activate_pack(const policy::PackIdentity& pack, const std::string& first_officer,
                                                 const std::string& second_officer, policy::Instant at);

  // Crypto-shredding: a `shred` entry is durable first, then the person's data key is destroyed, with the packages made for others and everything
  // a look-up could find. The log and its proofs stay as they are. Said again, it finishes what was interrupted.
  // `reason` stands in the part of the entry that only the organisation can open. Two errors are about an order that is logged and stands, so that an older copy
  // of the database must not undo it (shred_stands()): kShredKeyThere, and kShredLeavesSomething where the key is destroyed.
  std::expected<void, policy::Error> shred(const std::string& person_ref, const std::string& first_officer, const std::string& second_officer,
                                           policy::Instant at, const std::string& reason = {});

  // The first entry of the log under its new name, after an older copy of the database was restored. `before_json` stands in it in the clear: the name of before, its
  // size and root, how much of it is here. The officers and the reason stand in the part that only the organisation can open.
  std::expected<void, std::string> begin_again(const std::string& before_json, const std::string& first_officer, const std::string& second_officer,
                                               const std::string& reason, policy::Instant at);
  // The log's next signing key, by the digest of its public half, in the clear: signed by the present one before the next one signs anything alone.
  std::expected<void, std::string> announce_key(const std::string& sha256, const std::string& by, policy::Instant at);
  // What was destroyed or revoked is kept with the anchor as well, so that an older copy does not bring it back: a line of that list, sealed under the audit key.
  std::string sealed_for_list(std::string_view line) const;
  std::optional<std::string> opened_from_list(std::string_view sealed) const;   // nothing: sealed by another installation, or changed

  struct Counts {
    std::uint64_t people = 0, items = 0, consents = 0, agencies = 0, requests = 0, log_entries = 0;
  };
  std::expected<std::uint64_t, std::string> active_accounts();   // of people who may sign in
  std::expected<Counts, std::string> counts();

  // Log entries [from, from + limit), as stored. For `gatehouse log`, `audit`.
  struct LogRow {
    std::uint64_t index = 0;
    std::string entry;
    std::string leaf;                       // 32 bytes
  };
  std::expected<std::vector<LogRow>, std::string> log_rows(std::uint64_t from, std::uint64_t limit);

  // What the sealed part of an entry says (`detail`, or `staff`), for those who may open it. One line when its key is destroyed.
  std::expected<std::string, std::string> log_detail(std::uint64_t index, const std::string& member = "detail");

 private:
  struct Impl;
  explicit Admin(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
