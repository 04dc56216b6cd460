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
#include "policy/ports/desk.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

inline constexpr std::string_view kNotRecorded = "not recorded";

// What a record is made of. The pointers must outlive the call.
struct RecordSource {
  policy::OpenedRequest opened;
  const policy::Agency* agency = nullptr;                  // null: no longer in the directory
  const std::map<std::string, std::string>* staff = nullptr;  // id -> name and roles, in words; an id that is not there is shown itself
  const OrganisationSettings* organisation = nullptr;
  const policy::Calendar* calendar = nullptr;
};

struct RecordLine {
  std::string key, label, value;      // `key` is stable: a column of the CSV, a name of the JSON
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
