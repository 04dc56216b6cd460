#pragma once
// The two data files as tables. Internal to policy/minimise; plain values, read once, any thread.
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/decision/vocabulary.hpp"
#include "policy/minimise/project.hpp"

namespace gatehouse::policy {

enum class FieldType { code, date, number, name, identifier, address, contact, text };
// `drop` first: a band that nobody set leaves the field out.
enum class Band { drop, code, age_band, area, quarter, count_band, tens, money_band };

struct FieldRule {
  std::string name;
  FieldType type = FieldType::text;
  std::vector<std::string> codes;  // of type code; empty where the list is `ISO 639-3`
  bool language = false;           // ISO 639-3: three small letters
  std::string unit;                // of type number
  std::string part;
  Band band = Band::drop;
  bool event_date = false;         // dates the item where the item itself has no event_at
  Reading names = Reading::as_it_is;  // of type name: whose; `as_it_is` for every other type but text
  std::string belongs_to;          // the name field of the same category whose bearer this is about; empty: the subject's
};

struct CategoryRule {
  std::vector<FieldRule> fields;
  std::set<std::string, std::less<>> marks;
  const FieldRule* field(std::string_view name) const {
    for (const FieldRule& rule : fields)
      if (rule.name == name) return &rule;
    return nullptr;
  }
};

// What a cell of the matrix adds to its detail.
struct Limits {
  bool has_only = false;
  std::vector<std::string> only_parts, only_marks, not_parts, not_marks;
  std::optional<int> last_months;
  bool held = false;      // by_person, route or travels_apart: never in this package
  bool as_code = false;   // shown in coded form
};

struct SchemaTables {
  static constexpr std::size_t categories = count_of<Category>(), purposes = count_of<Purpose>();
  std::array<CategoryRule, categories> rules;
  std::set<std::string, std::less<>> marks;
  std::array<std::array<Detail, categories>, purposes> matrix{};  // zero is Detail::none
  std::map<std::pair<Purpose, Category>, Limits> limits;
};

// `2026-11-22`, or a date and time with a zone (`2026-11-22T10:00:00Z`, `…+01:00`), a day that exists; the UTC instant (midnight of a
// plain date). Nothing where it is not one.
std::optional<std::int64_t> read_iso(std::string_view text);

}  // namespace gatehouse::policy
