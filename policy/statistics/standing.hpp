#pragma once
// Standing tables: published to all partners before the first question of a quarter, as one joint release that shares one total. And what can be answered
// from them for nothing: it hangs on the policy alone, never on who asked what before. Pure, any thread.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/statistics/table.hpp"

namespace gatehouse::statistics {

struct StandingSet {
  Snapshot snapshot;
  std::vector<Table> tables;                        // in the policy's order; their cells' key texts are of their own kind
  std::vector<std::string> total_key_text;          // a measured total for each table
  std::string shared_key_text;                      // of the one published total
  std::uint64_t nano_rho = 0;

  Fraction cell_noise() const;                      // variances of what is drawn
  Fraction total_noise() const;
  // Of the published total; and of the sum of `cells` cells of a table with `of` counted cells, once they add up to it. Rounded up to thousandths.
  Fraction total_variance() const;
  Fraction sum_variance(std::size_t cells, std::size_t of) const;
};

// Of one measure and quarter. Empty tables: the data set has none.
StandingSet plan_standing(const Policy& policy, const Dataset& dataset, const Measure& measure, const Snapshot& snapshot);

struct StandingFigures {
  std::vector<std::vector<std::int64_t>> cells;     // by table, as Table::cells
  std::int64_t total = 0;
};

// The total is the inverse-variance mean of all measured totals and sums; each table's residual is spread evenly over its cells.
StandingFigures join(const StandingSet& set, const std::vector<std::vector<std::int64_t>>& noise, const std::vector<std::int64_t>& total_noise,
                     const std::vector<std::vector<std::int64_t>>& counts);

// How a question is answered from standing tables: each cell as a sum of published ones.
struct FromStanding {
  std::vector<std::vector<std::string>> parts;      // by cell of the question: key texts of released cells; empty where nothing is counted
  std::vector<Fraction> variance;                   // by cell
  Fraction total_variance;
};

// Where every cell of the table is a sum of cells of one standing table a quarter, none with more variance than the question asks for.
std::optional<FromStanding> from_standing(const Policy& policy, const Table& table);

// `released`: by cell, the sums of its parts.
Figures figures_of(const Table& table, const FromStanding& plan, const std::vector<std::int64_t>& released);

}  // namespace gatehouse::statistics
