#pragma once
// One record item with its contents, and the people of a case file: what redaction and projection work on. Plain values, any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/decision/case.hpp"

namespace gatehouse::policy {

struct Field {
  std::string name;   // a field of the category in config/record_schema.json
  std::string value;  // text as stored; numbers in decimal, dates as ISO 8601
};

struct Record {
  std::string id;
  std::uint64_t version = 0;
  Category category{};
  std::optional<Instant> recorded_at;
  std::optional<Instant> event_at;
  std::string author;                // a staff id, never a name
  std::string kind;                  // fact | opinion | verbatim | third_party
  std::vector<std::string> marks;    // marks of config/record_schema.json
  std::vector<Field> fields;
  std::string summary_author, summary_written_on;  // of the stored `summary`, if there is one
};

// Somebody the case file names: the subject, family, professionals, others.
struct Person {
  std::string id;                          // opaque
  std::vector<std::string> names;          // every name, alias and previous name
  std::string relation;                    // `self`, `mother`, `social worker`, … free text
  std::string role;                        // family | professional | other
  std::vector<std::string> identifiers;
};

}  // namespace gatehouse::policy
