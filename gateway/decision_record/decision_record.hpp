#pragma once
// Why something was shared, or was not: the fields of the regulator's data sharing decision form (ICO, data sharing code of practice, Annex B) for every
// decision and every refusal, and the Record of Sharing of the Kent & Medway agreement (one-off, repeat) made from them. A record names who asked and who
// decided, never the person it is about: that is the request's number. What nobody wrote down reads "not recorded". Pure, any thread.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/settings.hpp"
#include "policy/decision/calendar.hpp"
#include "policy/decision/pack.hpp"
#include "policy/ports/desk.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

inline constexpr std::string_view kNotRecorded = "not recorded";

// Somebody who works here, in words: the name, and the roles they have today.
struct RecordPerson {
  std::string name, roles;
};

// What a record is made of. The pointers must outlive the call.
struct RecordSource {
  policy::OpenedRequest opened;
  const policy::Agency* agency = nullptr;                  // null: no longer in the directory
  const std::map<std::string, RecordPerson>* staff = nullptr;  // by id; an id that is not there is shown itself
  const OrganisationSettings* organisation = nullptr;
  const policy::Calendar* calendar = nullptr;
  const policy::Pack* pack = nullptr;                      // for the words of clauses: taken only where it is the very pack that decided; null: not at hand
};

// The JSON of the decision that stands: as it was when a person released it, else the machine's. Lives as long as `opened`.
const std::string& standing_decision(const policy::OpenedRequest& opened);
// SHA-256 of the pack under which that was made: a person may have settled it under a later one than the machine.
std::string pack_of(const policy::OpenedRequest& opened);

// Where a value comes from.
enum class RecordFrom : std::uint8_t { nowhere, request, directory, settings, decision, person, release, log };
std::string_view text(RecordFrom from);        // a stable word
std::string_view record_words(RecordFrom from);  // for people: "stated by who asks"

struct RecordLine {
  std::string key, label, value;      // `key` is stable: a column of the CSV, a name of the JSON
  RecordFrom from = RecordFrom::nowhere;  // INVARIANT: nowhere where the value is "not recorded"
};

struct RecordClause {
  std::string id, words;              // words empty: the pack that decided is not at hand
};

// One of the seven checks before sharing (after the golden rules of the government's information-sharing advice), and what this decision shows of it.
struct RecordCheck {
  std::string check, here;
};

enum class RecordForm : std::uint8_t { decision, one_off, repeat };
constexpr std::string_view text(RecordForm form) { return form == RecordForm::decision ? "decision" : form == RecordForm::one_off ? "one-off" : "repeat"; }
std::optional<RecordForm> record_form(std::string_view word);

struct DecisionRecord {
  RecordForm form = RecordForm::decision;
  std::string id;                     // of the request; of a repeat: empty
  std::vector<RecordLine> lines;
  std::vector<RecordCheck> checks;
  std::vector<RecordClause> clauses;  // that decided; none of a repeat
  std::vector<std::string> row_heads; // a table: of a decision each item, of a repeat each sharing
  std::vector<std::vector<std::string>> rows;
  std::string title() const;          // names nobody
};

DecisionRecord decision_record(const RecordSource& source);
// Of what was shared. Of a refusal there is no Record of Sharing: nothing.
std::optional<DecisionRecord> one_off_sharing(const RecordSource& source);
// Of all that one partner had for one purpose from `from` to `until` (excluded), in the order given. All sources have that agency and purpose; refusals are
// counted and listed, since a repeat arrangement is looked at as a whole.
DecisionRecord repeat_sharing(const std::vector<RecordSource>& sources, policy::Instant from, policy::Instant until);

}  // namespace gatehouse::gateway
