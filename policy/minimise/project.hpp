#pragma once
// Cuts a record down to what the decision allows: detail, parts, marks and time limits of the minimum-necessary matrix, by the fields of
// config/record_schema.json. Pure, any thread.
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/decision.hpp"
#include "policy/minimise/record.hpp"

namespace gatehouse::policy {

struct SchemaTables;

// Fields, types, parts, bands and marks of every category, read once. Immutable, share freely.
class RecordSchema {
 public:
  static std::expected<RecordSchema, Error> read(std::string_view record_schema_json, std::string_view minimum_necessary_json);

  // Refuses an unknown field, a code not on the list, a bad date or number, a check digit that fails: used by every import.
  // `where` names the field, never its value.
  std::expected<void, Error> check(const Record& record) const;

  const SchemaTables& tables() const { return *tables_; }

 private:
  std::shared_ptr<const SchemaTables> tables_;
};

// One item after the cut. `needs_summary`: the cell allows only a stored summary and none is stored; nothing of it goes, a person is asked.
struct ProjectedItem {
  std::string id;
  std::uint64_t version = 0;
  Category category{};
  Detail detail = Detail::none;
  std::vector<Field> fields;          // what may go, before redaction of its text
  std::vector<bool> is_text;          // parallel to fields: read for third parties
  bool needs_summary = false;
};

// `records` in the order of the decision's released items. An item with another id or version than the decision's is dropped, never guessed.
std::vector<ProjectedItem> project(const RecordSchema& schema, Purpose purpose, const Decision& decision,
                                   const std::vector<Record>& records, Instant at);

}  // namespace gatehouse::policy
