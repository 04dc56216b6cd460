#pragma once
// The one form of a set of rows: a set of codes for each attribute, as small as the rules of the data set allow. Equal bytes, equal rows, on every
// database that keeps the rules; and the other way round. Pure; one thread (it remembers what it worked out).
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/statistics/codebook.hpp"

namespace gatehouse::statistics {

// A field with its length before it: no two lists of fields give the same bytes.
void put_field(std::string& out, std::string_view field);
void put_field(std::string& out, std::uint64_t number);

class Canonicaliser {
 public:
  // `dataset` must outlive this.
  explicit Canonicaliser(const Dataset& dataset);

  // The smallest box that holds every possible row of `sets` (one for each attribute): what not_applicable rules out is not in it. Nothing: no row is
  // possible, by the public lists alone.
  std::optional<std::vector<CodeSet>> hull(std::vector<CodeSet> sets);

  // Attributes by name, full sets left out: the same whatever the order of the policy's or the question's lists. REQUIRES: a hull.
  std::string bytes(const std::vector<CodeSet>& sets) const;

 private:
  void walk(const std::vector<CodeSet>& sets, std::size_t at, std::vector<std::size_t>& codes, std::vector<CodeSet>& reached) const;
  const Dataset& dataset_;
  std::vector<std::size_t> named_;                       // attributes that rules name
  std::map<std::string, std::vector<CodeSet>> known_;
};

}  // namespace gatehouse::statistics
