#pragma once
// From a question to the cells it asks for, each in its canonical form; from counts and noise to figures; from figures to what is shown.
// Two questions mean the same on every database if and only if their canonical forms are equal: then they share keys, noise and price.
// Pure, any thread. Nothing here looks at a true count but figures(), which only adds noise to it.
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/statistics/codebook.hpp"
#include "policy/statistics/gaussian.hpp"
#include "policy/statistics/question.hpp"

namespace gatehouse::statistics {

// The snapshot a quarter is answered from.
struct Snapshot {
  Period period = 0;
  bool revised = false;
  std::string digest;                       // 32 bytes; never leaves as it is
};

struct Cell {
  enum class Kind : std::uint8_t {
    counted,
    structural_zero,                        // `z`: nothing can be in it, by the public code lists alone
    source_missing,                         // `:`
  } kind = Kind::counted;
  std::size_t period = 0;                   // index in Table::snapshots
  std::size_t slot = 0;                     // where Tally counts it, the same for each period
  std::vector<std::string> labels;          // a code for each word of group_by
  std::vector<CodeSet> sets;                // the hull, one for each attribute; empty for a structural zero
  std::string canonical;                    // its bytes; the set of child rows it is about, whoever wrote it how
  std::string key_text;                     // what is hashed for its key: REQUIRES nothing secret
};

// How the rows of a cube fall into cells. Copied into the reader that scans.
class Tally {
 public:
  // `n` rows of this packed combination.
  void add(std::uint64_t packed, std::int64_t n) {
    std::size_t slot = 0;
    for (std::size_t i = maps_.size(); i-- > 0;) {
      const Map& map = maps_[i];
      const std::uint64_t code = packed % map.codes;
      packed /= map.codes;
      const std::int32_t at = map.slot[code];
      if (at < 0) return;
      slot += static_cast<std::size_t>(at) * map.stride;
    }
    counts_[slot] += n;
  }
  const std::vector<std::int64_t>& counts() const { return counts_; }
  std::size_t slots() const { return counts_.size(); }

 private:
  friend class Planner;
  struct Map {
    std::uint64_t codes = 1;
    std::size_t stride = 0;
    std::vector<std::int32_t> slot;         // by code; -1: filtered out
  };
  std::vector<Map> maps_;
  std::vector<std::int64_t> counts_;
};

struct YearPrice {
  int year = 0;
  std::uint64_t nano_rho = 0;
};

struct Table {
  const Dataset* dataset = nullptr;         // of the policy that was given: keep that alive
  const Measure* measure = nullptr;
  std::vector<Snapshot> snapshots;          // ascending periods
  std::vector<std::string> group_by;
  std::vector<Cell> cells;                  // periods outermost
  std::uint64_t sigma2 = 0, scheme = 1;
  Total total = Total::sum;
  unsigned rounding = 0;
  bool sdc = false;
  Tally tally;                              // counts of zero
  std::vector<YearPrice> price;             // what each data-year is asked for it; years ascending; empty when every cell is known from the code lists
  std::string canonical;                    // of the whole, rounding and sdc left out: the same text, the same release
  // What it is called by, whoever holds it: quarters by name and not by what is in them, so that no name follows from a row.
  std::string name_text;
  // total: measured only. One for each snapshot: the key text of its measured total; empty where nothing is counted.
  std::vector<std::string> total_key_text;

  std::uint64_t whole_price() const;
  Fraction cell_variance() const;           // of the noise drawn for a cell
  Fraction total_variance() const;          // of the noise drawn for a measured total
};

// ceil(1e9 * C / (2 sigma2)) nano-rho: zCDP of the Gaussian mechanism (Bun, Steinke 2016; Canonne, Kamath, Steinke 2020). C: squared L2 sensitivity.
std::uint64_t price_of(std::uint64_t c, std::uint64_t sigma2);

// Which quarters may be asked for, newest revision each.
using OpenSnapshots = std::vector<Snapshot>;

std::expected<Table, Refusal> plan(const Policy& policy, const Question& question, const OpenSnapshots& open);

// ---------------------------------------------------------------- figures

struct Figure {
  std::int64_t y = 0;                       // the noisy number: may be below 0
  Fraction variance;
  bool exact_law = true;                    // one draw of the discrete Gaussian: its half width is tabulated
};

struct Figures {
  std::vector<Figure> cells;                // as Table::cells; structural zeros and missing sources are 0 without noise
  Figure total;
  std::string method;                       // sum | measured | standing
};

// Adds noise to counts and, for a measured total, makes cells and total agree (each period for itself). `noise` and `total_noise` were drawn before the
// counts came; `counts` by cell.
Figures figures(const Table& table, const std::vector<std::int64_t>& noise, const std::vector<std::int64_t>& total_noise,
                const std::vector<std::int64_t>& counts);

// What stands in place of fresh figures: what was released before, by cell.
Figures figures_of(const Table& table, const std::vector<std::int64_t>& released);

// ---------------------------------------------------------------- display, from the noisy number only

struct Shown {
  std::optional<std::int64_t> value;
  char symbol = 0;                          // 'c' below the threshold or hidden beside one, 'z', ':'; 0: none
  std::int64_t low = 0, high = 0;           // range at the level of the answer
  bool too_uncertain = false;
};

// max(6, ceil(1.2 sigma)): from here on a figure is printed.
std::int64_t threshold(Fraction variance);
unsigned half_width(const Figure& figure);

struct Display {
  std::vector<Shown> cells;
  Shown total;
};
Display display(const Table& table, const Figures& figures);

}  // namespace gatehouse::statistics
