#pragma once
// Cuts a record down to what the decision allows: detail, parts, marks and time limits of the minimum-necessary matrix, by the fields of
// config/record_schema.json. Pure, any thread.
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/decision.hpp"
#include "policy/minimise/record.hpp"

namespace gatehouse::policy {

struct SchemaTables;

// How a value is read for third parties before it goes. A name follows the same decision as the free text around it.
enum class Reading : std::uint8_t {
  as_it_is,      // codes, dates, numbers; the subject's own identifiers, address and contacts
  text,          // free text
  subject,       // the subject's own name
  person,        // somebody's name: hidden unless it is one person who stays
  professional,  // of somebody who acts in her work: stays, unless the case file knows her as something else
  body,          // a school, an agency: hidden where it names somebody of the case file
  person_or_body // a landlord, an employer: read as free text
};

// Fields, types, parts, bands and marks of every category, read once. Immutable, share freely.
class RecordSchema {
 public:
  static std::expected<RecordSchema, Error> read(std::string_view record_schema_json, std::string_view minimum_necessary_json);

  // Refuses an unknown field, a code not on the list, a bad date or number, a check digit that fails: used by every import.
  // `where` names the field, never its value.
  std::expected<void, Error> check(const Record& record) const;

  // A schema that was never read holds empty tables: every cell is `none`, nothing goes.
  const SchemaTables& tables() const;

 private:
  std::shared_ptr<const SchemaTables> tables_;
};

// One item after the cut. `needs_summary`: the cell allows only a stored summary and none is stored; nothing of it goes, a person is asked.
// `refer`: nothing of it goes by machine, a person is asked (needs_summary included; also a cell that is told by a person, sent by
// another purpose or apart, and an item of which a structured-only release leaves nothing). INVARIANT: refer means no fields.
struct ProjectedItem {
  std::string id;
  std::uint64_t version = 0;
  Category category{};
  Detail detail = Detail::none;
  std::vector<Field> fields;          // what may go, before redaction
  std::vector<Reading> readings;      // parallel to fields
  bool needs_summary = false;
  bool refer = false;
};

// `records` in the order of the decision's released items. An item with another id, version or category than the decision's is dropped,
// never guessed; so is one whose cell or limits leave nothing. The detail is the stricter of the decision's and the cell's: a pack that
// loosens the matrix needs its own matrix here. An approved `exception` cell goes out as `relevant`. What a limit asks that this function
// cannot see (whose item it is, which role asks) is the decision's business; a form it cannot show is banded.
std::vector<ProjectedItem> project(const RecordSchema& schema, Purpose purpose, const Decision& decision,
                                   const std::vector<Record>& records, Instant at);

// A birthday, an address or a number that belongs to somebody whom the item names goes as it is only beside that name: where the name is not
// among the fields, or `hidden` marks its place, it is banded (an age band) or, where its band is `drop`, left out. Last step before an item goes;
// keeps fields and readings parallel. REQUIRES: hidden.size() == item.fields.size().
void band_belongings(const RecordSchema& schema, ProjectedItem& item, const std::vector<bool>& hidden, Instant at);

}  // namespace gatehouse::policy
