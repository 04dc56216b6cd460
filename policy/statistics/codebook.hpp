#pragma once
// What may be counted and by what: data sets, their code lists, the settings of the noise. Read from config/statistics.json; all of it is public, nothing in it
// depends on a child. Immutable after reading, any thread.
#include <bitset>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/decision/vocabulary.hpp"
#include "policy/error.hpp"

namespace gatehouse::statistics {

inline constexpr std::size_t kMostCodes = 256;
using CodeSet = std::bitset<kMostCodes>;

// A quarter: year * 4 + 0 … 3. `2026-Q3` is its one written form.
using Period = std::int32_t;
constexpr int year_of(Period period) { return period / 4; }
std::string text_of(Period period);
// The first day after it.
policy::Instant end_of(Period period);
Period period_of(policy::Instant at);

// Where a record gives the code of an attribute, when rows are taken from the organisation's own records.
enum class DrawnFrom : std::uint8_t { district, age_band, sex, category };

}  // namespace gatehouse::statistics

namespace gatehouse::policy {
template <>
struct Words<statistics::DrawnFrom> {
  static constexpr std::array<std::string_view, 4> list = {"district", "age_band", "sex", "category"};
};
}  // namespace gatehouse::policy

namespace gatehouse::statistics {

// Groups of codes under a name of their own (`region`: `east-kent`, …). INVARIANT: no code is in two groups, so a child counts in one cell at most.
struct Rollup {
  std::string id;
  struct Group {
    std::string code;
    CodeSet members;
  };
  std::vector<Group> groups;
};

struct Attribute {
  std::string id;
  std::vector<std::string> codes;                               // every row has exactly one of them
  std::vector<std::pair<std::string, std::size_t>> aliases;     // another spelling, and which code it means
  std::vector<Rollup> rollups;
  policy::Category category{};                                  // of the record that it tells something about: the matrix must not say `none`
  std::optional<DrawnFrom> drawn_from;
  std::size_t otherwise = 0;                                    // the code of a record that gives none of the others

  std::optional<std::size_t> code(std::string_view spelling) const;
  CodeSet all() const;
};

struct Measure {
  std::string id;
  unsigned per_child = 1;                                       // rows of one child and quarter that count; the price grows with its square
};

// A combination that cannot occur (`z`), or, with a period, whose source is missing (`:`). Sets by attribute; an attribute not named: any code.
struct Excluded {
  std::vector<std::pair<std::size_t, CodeSet>> sets;            // (attribute, codes)
  std::optional<Period> period;
};

struct Dataset {
  std::string id, title, unit;
  std::vector<Measure> measures;
  std::vector<Attribute> attributes;                            // at most 8
  std::vector<Excluded> not_applicable, missing;
  std::vector<std::vector<std::size_t>> standing;               // attributes of each standing table
  Period first_period = 0;
  std::uint64_t cap_all = 0, cap_standing = 0;                  // nano-rho, when a data-year is opened
  std::vector<policy::Purpose> purposes;                        // for which it may be asked
  std::vector<policy::Category> counted;                        // record categories whose items are the events

  const Measure* measure(std::string_view name) const;
  std::optional<std::size_t> attribute(std::string_view name) const;
  // Which attribute a roll-up belongs to, and which of its roll-ups.
  std::optional<std::pair<std::size_t, std::size_t>> rollup(std::string_view name) const;

  // A row's codes as one number, and back: stored rows hold it. REQUIRES: one code per attribute.
  std::uint64_t packed(const std::vector<std::size_t>& codes) const;
  // Whether not_applicable rules the combination out.
  bool impossible(const std::vector<std::size_t>& codes) const;
  // Everything that the meaning of a stored row depends on. What is stored under another text cannot be read under this one.
  std::string frozen() const;
};

// The promise and its settings. Defaults are the closed side; a test policy alone may have less noise.
struct Policy {
  std::uint64_t scheme = 1;                                     // grows when the noise key is changed
  bool test_policy = false;
  std::vector<std::uint64_t> sigma2;                            // ascending
  std::uint64_t standing_sigma2 = 100;
  std::size_t max_cells = 5000;
  unsigned lag_days = 14;
  unsigned tick_milliseconds = 100;
  std::vector<Dataset> datasets;
  std::string sha256;                                           // hex, of the file: what two officers approved; set by whoever read it

  const Dataset* dataset(std::string_view id) const;
  // Whether the quarter is over for long enough. Whether its snapshot is built is another matter.
  bool closed(Period period, policy::Instant at) const { return at >= end_of(period) + std::chrono::days(lag_days); }

  // One line with the JSON path when the text cannot be carried out as it stands. Codes, sets and caps are checked here, once and for all.
  static std::expected<Policy, policy::Error> read(std::string_view json);
};

}  // namespace gatehouse::statistics
