// Figures, totals that add up, ranges that cover, and display rules that look at the noisy number alone.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "policy/statistics/standing.hpp"
#include "tests/policy/statistics/small_policy.hpp"

namespace gatehouse::tests {
namespace {

using namespace statistics;

class EngineBytes final : public ByteSource {
 public:
  explicit EngineBytes(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& one : bytes) one = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

std::int64_t draw(Fraction variance, Bits& bits) { return *discrete_gaussian(variance, bits); }

struct Drawn {
  std::vector<std::int64_t> noise, total;
};
Drawn noise_for(const Table& table, Bits& bits) {
  Drawn out;
  for (const Cell& cell : table.cells) out.noise.push_back(cell.kind == Cell::Kind::counted ? draw(table.cell_variance(), bits) : 0);
  for (std::size_t i = 0; i < table.snapshots.size(); ++i) out.total.push_back(draw(table.total_variance(), bits));
  return out;
}

TEST(Tallies, EachRowFallsIntoTheCellOfItsCodes) {
  const auto policy = small_policy();
  const Dataset& data = policy.datasets[0];
  const Table table = table_of(policy, question_text(R"("group_by": ["sex", "region"], "filters": {"age_band": ["5-9", "10-14"]})"));
  Tally tally = table.tally;
  for (std::size_t d = 0; d < 4; ++d)
    for (std::size_t a = 0; a < 5; ++a)
      for (std::size_t s = 0; s < 2; ++s)
        for (std::size_t c = 0; c < 3; ++c) tally.add(data.packed({d, a, s, c}), static_cast<std::int64_t>(1000 * d + 100 * a + 10 * s + c + 1));
  for (const Cell& cell : table.cells) {
    std::int64_t wanted = 0;
    for (std::size_t d = 0; d < 4; ++d)
      for (const std::size_t a : {1u, 2u})
        for (std::size_t c = 0; c < 3; ++c) {
          const std::size_t s = cell.labels[0] == "male";
          if ((d == 3) == (cell.labels[1] == "medway-area")) wanted += static_cast<std::int64_t>(1000 * d + 100 * a + 10 * s + c + 1);
        }
    EXPECT_EQ(tally.counts()[cell.slot], wanted) << cell.labels[0] << " " << cell.labels[1];
  }
}

// A23, the part that is pure.
TEST(Totals, AlwaysAddUp) {
  const auto policy = small_policy();
  EngineBytes bytes(5);
  Bits bits(bytes);
  std::mt19937 engine(9);
  for (const char* more : {R"("group_by": ["district"], "total": "measured")", R"("group_by": ["age_band", "category"], "total": "measured")",
                           R"("total": "measured")", R"("group_by": ["sex", "region"], "total": "measured")", R"("group_by": ["age_band", "sex"])"}) {
    for (const char* period : {"2026-Q3", "2026", "2026-Q1"}) {
      const Table table = table_of(policy, question_text(more, period));
      for (int i = 0; i < 40; ++i) {
        std::vector<std::int64_t> counts(table.cells.size());
        for (auto& one : counts) one = engine() % 4 == 0 ? 0 : static_cast<std::int64_t>(engine() % 300);
        for (std::size_t k = 0; k < counts.size(); ++k)
          if (table.cells[k].kind != Cell::Kind::counted) counts[k] = 0;
        const Drawn drawn = noise_for(table, bits);
        const Figures got = figures(table, drawn.noise, drawn.total, counts);
        std::int64_t sum = 0;
        for (const auto& cell : got.cells) sum += cell.y;
        EXPECT_EQ(got.total.y, sum);
        // Stored and shown again it is the same.
        std::vector<std::int64_t> released;
        for (const auto& cell : got.cells) released.push_back(cell.y);
        const Figures again = figures_of(table, released);
        EXPECT_EQ(again.total.y, got.total.y);
        EXPECT_EQ(again.total.variance.n, got.total.variance.n);
      }
    }
  }
}

TEST(Totals, AMeasuredTotalIsTheLeastSquaresOne) {
  const auto policy = small_policy();
  const Table table = table_of(policy, question_text(R"("group_by": ["district"], "total": "measured")"));
  // n = 4: d = 1000 - 600 = 400; each cell += 400/8 = 50, the total -= 4*400/8 = 200.
  const Figures got = figures(table, {10, -10, 20, -20}, {400}, {100, 200, 150, 150});
  EXPECT_EQ(got.total.y, 800);
  EXPECT_EQ(got.cells[0].y, 160);
  EXPECT_EQ(got.cells[3].y, 180);
  EXPECT_DOUBLE_EQ(static_cast<double>(got.total.variance.n) / static_cast<double>(got.total.variance.d), 5.0 * 25 * 4 / 8);
  EXPECT_DOUBLE_EQ(static_cast<double>(got.cells[0].variance.n) / static_cast<double>(got.cells[0].variance.d), 5.0 * 25 * 7 / (4 * 8));
}

TEST(Totals, VariancesAreThoseThatAreMeasured) {
  const auto policy = small_policy();
  EngineBytes bytes(8);
  Bits bits(bytes);
  const Table table = table_of(policy, question_text(R"("group_by": ["age_band", "sex"], "total": "measured")"));
  const std::vector<std::int64_t> counts(table.cells.size(), 500);
  double cell = 0, total = 0, first = 0;
  const int n = 6000;
  Figures got;
  for (int i = 0; i < n; ++i) {
    const Drawn drawn = noise_for(table, bits);
    got = figures(table, drawn.noise, drawn.total, counts);
    const double off = static_cast<double>(got.cells[0].y - 500), all = static_cast<double>(got.total.y - 5000);
    cell += off * off;
    first += off;
    total += all * all;
  }
  const auto as_double = [](Fraction f) { return static_cast<double>(f.n) / static_cast<double>(f.d); };
  EXPECT_NEAR(cell / n, as_double(got.cells[0].variance), 0.06 * as_double(got.cells[0].variance) + 0.5);
  EXPECT_NEAR(total / n, as_double(got.total.variance), 0.06 * as_double(got.total.variance) + 0.5);
  EXPECT_NEAR(first / n, 0, 4 * std::sqrt(cell / n / n)) << "rounding must not favour the first cell";
}

Shown shown_of(std::int64_t y, const std::string& more = "", const std::string& sigma2 = "25") {
  static const auto policy = small_policy();
  const Table table = table_of(policy, question_text(more, "2026-Q3", sigma2));
  return display(table, figures_of(table, {y})).cells.at(0);
}

TEST(Display, IsThatOfTheDesign) {
  const Shown plain = shown_of(41);
  EXPECT_EQ(plain.value, 41);
  EXPECT_EQ(plain.low, 31);
  EXPECT_EQ(plain.high, 51);
  EXPECT_FALSE(plain.too_uncertain);
  EXPECT_TRUE(shown_of(19).too_uncertain);   // 2 * 10 > 19
  for (const std::int64_t y : {-50, -1, 0, 1, 3, 5}) {
    const Shown hidden = shown_of(y);
    EXPECT_FALSE(hidden.value) << y;
    EXPECT_EQ(hidden.symbol, 'c');
    EXPECT_EQ(hidden.low, 0);
    EXPECT_EQ(hidden.high, 15);
    EXPECT_TRUE(hidden.too_uncertain);
  }
  EXPECT_EQ(shown_of(6).value, 6);
  EXPECT_EQ(shown_of(6).low, 0);
  EXPECT_EQ(threshold({400, 1}), 24);
  EXPECT_EQ(threshold({25, 1}), 6);
  EXPECT_EQ(threshold({50, 1}), 9);   // 8.48…
  EXPECT_EQ(threshold({225, 1}), 18);
  const Shown rounded = shown_of(42, R"("rounding": 5)");
  EXPECT_EQ(rounded.value, 40);
  EXPECT_EQ(rounded.low, 30);
  EXPECT_EQ(rounded.high, 55);
  EXPECT_EQ(shown_of(3, R"("rounding": 5)").high, 15);
}

TEST(Display, HidesASecondFigureBesideALoneHiddenOne) {
  const auto policy = small_policy();
  const Table table = table_of(policy, question_text(R"("group_by": ["district", "sex"], "sdc": true)"));
  const auto shown = [&](std::vector<std::int64_t> y) {
    std::string out;
    for (const auto& one : display(table, figures_of(table, y)).cells) out += one.symbol == 0 ? '.' : one.symbol;
    return out;
  };
  EXPECT_EQ(shown({50, 60, 70, 80, 90, 100, 110, 120}), "........");
  // Ashford's women are hidden: so are Ashford's men (row), the next smallest women (column), and the men of that row.
  EXPECT_EQ(shown({1, 60, 70, 80, 90, 100, 110, 120}), "cccc....");
  const auto display_of = display(table, figures_of(table, {1, 60, 70, 80, 90, 100, 110, 120}));
  EXPECT_EQ(display_of.cells[1].low, 0);
  EXPECT_EQ(display_of.cells[1].high, 70);
  EXPECT_EQ(display_of.total.value, 631);
}

// A21: how often the range holds the truth, in every mode. The control: ranges half as wide do not.
TEST(Ranges, HoldTheTruthAsOftenAsTheySay) {
  const auto policy = small_policy();
  EngineBytes bytes(21);
  Bits bits(bytes);
  struct Mode {
    const char* more;
    double least, most;
  };
  for (const Mode& mode : {Mode{R"("group_by": ["district"])", 0.955, 0.975}, Mode{R"("group_by": ["district"], "rounding": 5)", 0.95, 1},
                           Mode{R"("group_by": ["district"], "total": "measured")", 0.95, 1}, Mode{R"("group_by": ["district"], "sdc": true)", 0.95, 1},
                           Mode{R"("group_by": ["district"], "sdc": true, "rounding": 5, "total": "measured")", 0.95, 1}}) {
    const Table table = table_of(policy, question_text(mode.more));
    for (const std::int64_t truth : {std::int64_t{0}, std::int64_t{4}, std::int64_t{7}, std::int64_t{300}}) {
      int held = 0, half = 0, totals = 0;
      const int rounds = 1250;
      for (int i = 0; i < rounds; ++i) {
        const Drawn drawn = noise_for(table, bits);
        const auto got = display(table, figures(table, drawn.noise, drawn.total, {truth, truth, truth, truth}));
        for (const auto& cell : got.cells) {
          held += cell.low <= truth && truth <= cell.high;
          const std::int64_t middle = (cell.low + cell.high) / 2, quarter = (cell.high - cell.low) / 4;
          half += middle - quarter <= truth && truth <= middle + quarter;
        }
        totals += got.total.low <= 4 * truth && 4 * truth <= got.total.high;
      }
      const double share = held / (4.0 * rounds), all = static_cast<double>(totals) / rounds;
      EXPECT_GE(share, truth == 300 ? mode.least : 0.95) << mode.more << " truth " << truth;
      if (truth == 300) {
        EXPECT_LE(share, mode.most) << mode.more;
        EXPECT_LT(half / (4.0 * rounds), 0.95) << "a range half as wide should be caught";
      }
      EXPECT_GE(all, 0.945) << mode.more << " truth " << truth;
    }
  }
}

// ---------------------------------------------------------------- standing tables

TEST(Standing, TheSetSharesOneTotalAndEveryTableAddsUpToIt) {
  const auto policy = small_policy();
  const StandingSet set = plan_standing(policy, policy.datasets[0], policy.datasets[0].measures[0], kOpen[2]);
  ASSERT_EQ(set.tables.size(), 3u);
  EXPECT_EQ(set.nano_rho, 15'000'000u);
  EngineBytes bytes(4);
  Bits bits(bytes);
  double total_error = 0, cell_error = 0, total_square = 0, cell_square = 0;
  const int rounds = 3000;
  for (int i = 0; i < rounds; ++i) {
    std::vector<std::vector<std::int64_t>> noise, counts;
    std::vector<std::int64_t> total_noise;
    for (const Table& table : set.tables) {
      noise.emplace_back();
      counts.emplace_back(table.cells.size(), 1200 / static_cast<std::int64_t>(table.cells.size()));
      for (std::size_t k = 0; k < table.cells.size(); ++k) noise.back().push_back(draw(set.cell_noise(), bits));
      total_noise.push_back(draw(set.total_noise(), bits));
    }
    const auto joined = join(set, noise, total_noise, counts);
    for (std::size_t j = 0; j < set.tables.size(); ++j) {
      std::int64_t sum = 0;
      for (const auto one : joined.cells[j]) sum += one;
      ASSERT_EQ(sum, joined.total);
    }
    const double off = static_cast<double>(joined.total - 1200), cell = static_cast<double>(joined.cells[0][0] - 300);
    total_error += std::abs(off);
    total_square += off * off;
    cell_error += std::abs(cell);
    cell_square += cell * cell;
  }
  const auto as_double = [](Fraction f) { return static_cast<double>(f.n) / static_cast<double>(f.d); };
  EXPECT_NEAR(total_square / rounds, as_double(set.total_variance()), 0.1 * as_double(set.total_variance()));
  EXPECT_NEAR(cell_square / rounds, as_double(set.sum_variance(1, 4)), 0.1 * as_double(set.sum_variance(1, 4)));
  EXPECT_LE(cell_error / rounds, 9.0);
  EXPECT_NEAR(total_error / rounds, 0.798 * std::sqrt(as_double(set.total_variance())), 0.6);
}

TEST(Standing, AQuestionThatPublishedCellsAddUpToIsServedFromThem) {
  const auto policy = small_policy();
  const auto from = [&](const std::string& more, const std::string& sigma2, const std::string& period = "2026-Q3") {
    return from_standing(policy, table_of(policy, question_text(more, period, sigma2)));
  };
  EXPECT_TRUE(from(R"("group_by": ["district"])", "225"));
  EXPECT_TRUE(from(R"("group_by": ["category"])", "225"));
  EXPECT_TRUE(from("", "225")) << "the whole quarter";
  EXPECT_TRUE(from(R"("filters": {"district": ["dover", "thanet"]})", "225"));
  EXPECT_TRUE(from(R"("group_by": ["district"])", "225", "2026"));
  EXPECT_FALSE(from(R"("group_by": ["district"])", "25")) << "they are too noisy for that";
  EXPECT_FALSE(from(R"("group_by": ["district", "sex"])", "400")) << "no table has both";
  EXPECT_FALSE(from(R"("filters": {"age_band": ["5-9"]})", "100")) << "two cells are noisier than what is asked";
  const auto whole = from("", "225");
  ASSERT_EQ(whole->parts[0].size(), 1u) << "the published total, not a sum";
  const auto coast = from(R"("filters": {"coast": ["coastal"]})", "225");
  ASSERT_EQ(coast->parts[0].size(), 2u);
  const Table table = table_of(policy, question_text(R"("filters": {"coast": ["coastal"]})", "2026-Q3", "225"));
  const Figures figures = figures_of(table, *coast, {77});
  EXPECT_EQ(figures.total.y, 77);
  EXPECT_EQ(figures.method, "standing");
  EXPECT_LE(figures.cells[0].variance.n, 225 * figures.cells[0].variance.d);
  EXPECT_EQ(figures.cells[0].variance.n * figures.total.variance.d, figures.total.variance.n * figures.cells[0].variance.d);
  // Structural zeros do not hide that a category is a whole cell of the standing table.
  EXPECT_TRUE(from(R"("filters": {"category": ["offending"]})", "225"));
  EXPECT_TRUE(from(R"("filters": {"category": ["offending"], "age_band": ["5-9", "10-14", "15-17", "18-24"]})", "225"));
}

}  // namespace
}  // namespace gatehouse::tests
