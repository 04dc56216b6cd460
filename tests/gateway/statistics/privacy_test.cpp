// Whether what is answered is as private, as independent and as exact as it says: the law of the noise through the API, how well a child can be found out,
// coverage of the ranges, totals and charges that add up. Sizes are those at which a wrong answer shows; --long takes the full ones.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "adapters/sqlite/statistics_rows.hpp"
#include "crypto/noise.hpp"
#include "policy/statistics/canonical.hpp"
#include "tests/gateway/statistics/stat_world.hpp"
#include "tests/policy/statistics/chi_square.hpp"

namespace gatehouse::tests {
namespace {

using nlohmann::json;

double phi(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// Every way of grouping by one to four attributes.
std::vector<std::string> groupings() {
  const std::vector<std::string> attributes = {"district", "age_band", "sex", "category"};
  std::vector<std::string> out;
  for (unsigned subset = 1; subset < 16; ++subset) {
    json by = json::array();
    for (unsigned i = 0; i < 4; ++i)
      if ((subset >> i & 1u) != 0) by.push_back(attributes[i]);
    out.push_back("\"group_by\": " + by.dump());
  }
  return out;
}

std::vector<std::string> quarters(int n) {
  std::vector<std::string> out;
  for (int i = 0; i < n; ++i) out.push_back(std::to_string(2026 + i / 4) + "-Q" + std::to_string(i % 4 + 1));
  return out;
}

class FiguresInBulk : public ::testing::Test {
 protected:
  static int n() { return long_run() ? 12 : 4; }
  static void SetUpTestSuite() {
    world_ = std::make_unique<StatWorld>();
    world_->now = *policy::read_instant("2030-03-01T10:00:00Z");
    world_->fill(50, n());
    for (const auto& quarter : quarters(n())) world_->publish(quarter);
  }
  static void TearDownTestSuite() { world_.reset(); }
  static StatWorld& world() { return *world_; }
  // answer - truth of each counted cell, in the order of the table.
  static std::vector<std::int64_t> residuals(const std::string& question) {
    const auto answer = world().ask(question);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto truth = world().truth(question);
    std::vector<std::int64_t> out;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const auto& cell = answer.json.at("cells").at(i);
      if (cell.at("symbol") == "z") continue;
      EXPECT_GE(truth[i], 50);
      EXPECT_TRUE(cell.at("symbol").is_null());
      out.push_back(cell.at("value").get<std::int64_t>() - truth[i]);
    }
    return out;
  }

 private:
  static std::unique_ptr<StatWorld> world_;
};
std::unique_ptr<StatWorld> FiguresInBulk::world_;

TEST_F(FiguresInBulk, AnswersFollowTheExactLawAtSigmaOneAndRoundedNormalsWouldNot) {
  std::map<std::int64_t, std::uint64_t> seen, rounded;
  std::mt19937 random(3);
  std::normal_distribution<double> normal(0, 1);
  std::uint64_t n = 0;
  for (const char* measure : {"children", "events"})
    for (const auto& quarter : quarters(FiguresInBulk::n()))
      for (const auto& by : groupings()) {
        std::string question = figures(by, quarter, 1);
        question.replace(question.find("children"), 8, measure);
        for (const auto one : residuals(question)) ++seen[one], ++n;
      }
  EXPECT_GE(n, long_run() ? 20'000u : 7'000u);
  EXPECT_GE(law_p_value(seen, {1, 1}), 1e-6);
  for (std::uint64_t i = 0; i < n; ++i) ++rounded[std::llround(normal(random))];
  EXPECT_LT(law_p_value(rounded, {1, 1}), long_run() ? 1e-6 : 1e-3) << "control";
}

double correlation(const std::vector<std::pair<double, double>>& pairs) {
  double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  const double n = static_cast<double>(pairs.size());
  for (const auto& [a, b] : pairs) x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
  return (xy - x * y / n) / std::sqrt((xx - x * x / n) * (yy - y * y / n));
}

TEST_F(FiguresInBulk, NoiseIsIndependentWithinATableAcrossQuartersAndAcrossTables) {
  std::vector<std::pair<double, double>> lag, across_quarters, across_tables, repeated;
  std::map<std::string, std::vector<std::int64_t>> before;
  for (const auto& quarter : quarters(long_run() ? FiguresInBulk::n() : 2))
    for (const auto& by : groupings()) {
      const auto one = residuals(figures(by, quarter, 4)), measured = residuals(figures(by + R"(, "total": "measured")", quarter, 4)), again = residuals(figures(by, quarter, 4));
      for (std::size_t i = 0; i < one.size(); ++i) {
        if (i > 0) lag.emplace_back(one[i - 1], one[i]);
        across_tables.emplace_back(one[i], measured[i]);
        repeated.emplace_back(one[i], again[i]);
        if (const auto old = before.find(by); old != before.end()) across_quarters.emplace_back(old->second[i], one[i]);
      }
      before[by] = one;
    }
  for (const auto* pairs : {&lag, &across_quarters, &across_tables}) EXPECT_LT(std::abs(correlation(*pairs)), 4 / std::sqrt(static_cast<double>(pairs->size())));
  EXPECT_GT(correlation(repeated), 0.999) << "control: the same question has the same noise";
}

TEST_F(FiguresInBulk, RangesHoldTheTruthAsOftenAsTheySayInEveryMode) {
  struct Mode {
    const char* name;
    std::string more;
    double most;
  };
  for (const Mode& mode : {Mode{"raw", "", 0.975}, Mode{"rounded", R"(, "rounding": 5)", 1}, Mode{"measured", R"(, "total": "measured")", 1}, Mode{"sdc", R"(, "sdc": true)", 1}}) {
    double held = 0, n = 0, totals = 0, totals_held = 0, narrow = 0;
    for (const char* measure : {"children", "events"})
      for (const auto& quarter : quarters(mode.more.empty() || long_run() ? FiguresInBulk::n() : 1))
        for (const auto& by : groupings()) {
          std::string question = figures(by + mode.more, quarter, 25);
          question.replace(question.find("children"), 8, measure);
          const auto answer = world().ask(question);
          const auto truth = world().truth(question);
          std::int64_t sum = 0;
          for (std::size_t i = 0; i < truth.size(); ++i) {
            const auto& cell = answer.json.at("cells").at(i);
            if (cell.at("symbol") == "z") continue;
            sum += truth[i];
            ++n;
            held += cell.at("low") <= truth[i] && truth[i] <= cell.at("high");
            const std::int64_t low = cell.at("low"), high = cell.at("high");
            narrow += (3 * low + high) / 4 <= truth[i] && truth[i] <= (low + 3 * high) / 4;
          }
          ++totals;
          totals_held += answer.json.at("total").at("low") <= sum && sum <= answer.json.at("total").at("high");
        }
    EXPECT_GE(held / n, mode.more.empty() ? 0.955 : 0.95) << mode.name;
    EXPECT_LE(held / n, mode.most) << mode.name;
    EXPECT_GE(totals_held / totals, 0.95 - 3 * std::sqrt(0.05 * 0.95 / totals)) << mode.name;
    EXPECT_LT(narrow / n, 0.9) << mode.name << ", control: half the range would not do";
  }
}

TEST_F(FiguresInBulk, TotalsAreTheSumOfTheirCellsAndThePromiseIsTheSumOfWhatWasNew) {
  std::mt19937 random(20261126);
  const auto list = groupings();
  std::set<std::string> known;
  std::uint64_t expected = 0;
  const auto before = [&] {
    std::uint64_t sum = 0;
    for (const auto& year : world().ledger().years) sum += year.all.spent;
    return sum;
  };
  const std::uint64_t start = before();
  for (int i = 0; i < (long_run() ? 1000 : 80); ++i) {
    static const std::vector<int> levels = {9, 16, 50, 100};
    const bool measured = random() % 2 == 0;
    const std::string question = figures(list[random() % list.size()] + (measured ? R"(, "total": "measured")" : ""), quarters(FiguresInBulk::n())[random() % 4], levels[random() % 4]);
    const auto answer = world().figures_of(question);
    ASSERT_TRUE(answer) << question;
    std::int64_t sum = 0;
    for (const auto& figure : answer->figures.cells) sum += figure.y;
    ASSERT_EQ(sum, answer->figures.total.y) << question;
    bool fresh = false;
    for (const auto& cell : answer->table.cells)
      if (cell.kind == statistics::Cell::Kind::counted && known.insert(cell.key_text).second) fresh = true;
    if (fresh && answer->figures.method != "standing") expected += answer->table.whole_price();
  }
  EXPECT_EQ(before() - start, expected);
}

// ---------------------------------------------------------------- is this child in it?

// The best an attacker can do who knows every other row: each trial has fresh noise; the threshold is learnt on one half and judged on the other.
class Finder {
 public:
  explicit Finder(int each) : each_(each) {}
  // What the child adds to each figure (`with` less `without`), the variance of each.
  double accuracy(const std::vector<std::int64_t>& added, statistics::Fraction variance, bool noise = true) {
    std::vector<std::pair<double, bool>> scores;
    for (int trial = 0; trial < 2 * each_; ++trial) {
      const bool in = trial % 2 == 0;
      double score = 0;
      for (const std::int64_t one : added) {
        std::string text = "trial";
        statistics::put_field(text, ++serial_);
        const std::int64_t drawn = noise ? key_->noise(gateway::NoiseKey::figure_key(text), variance).value() : 0;
        score += static_cast<double>(one * (drawn + (in ? one : 0)));
      }
      scores.emplace_back(score, in);
    }
    const std::size_t half = scores.size() / 2;
    double best = -1, threshold = 0;
    std::set<double> tried;
    for (std::size_t i = 0; i < half; ++i) tried.insert(scores[i].first);
    for (const double at : tried) {
      double right = 0;
      for (std::size_t i = 0; i < half; ++i) right += (scores[i].first >= at) == scores[i].second;
      if (right > best) best = right, threshold = at;
    }
    double right = 0;
    for (std::size_t i = half; i < scores.size(); ++i) right += (scores[i].first >= threshold) == scores[i].second;
    return right / static_cast<double>(scores.size() - half);
  }
  double standard_error() const { return std::sqrt(0.25 / each_); }

 private:
  int each_;
  std::uint64_t serial_ = 0;
  StatFolder folder_;
  std::unique_ptr<gateway::NoiseKey> key_ = [this] {
    if (auto made = gateway::NoiseKey::make(folder_.path() + "/key"); !made.empty()) throw std::runtime_error(made);
    auto read = gateway::NoiseKey::read(folder_.path() + "/key");
    if (!read) throw std::runtime_error(read.error());
    return std::make_unique<gateway::NoiseKey>(std::move(*read));
  }();
};

// What a heavy child changes in the real counts of a real build.
std::vector<std::int64_t> change_made_by(const std::string& question, const std::vector<Row>& child) {
  std::vector<std::vector<std::int64_t>> truth;
  for (const bool in : {false, true}) {
    StatWorld world;
    world.now = *policy::read_instant("2029-03-01T10:00:00Z");
    world.fill(2, 8);
    if (in) world.put(child);
    for (const auto& quarter : quarters(8)) world.publish(quarter);
    truth.push_back(world.truth(question));
  }
  for (std::size_t i = 0; i < truth[0].size(); ++i) truth[0][i] = truth[1][i] - truth[0][i];
  return truth[0];
}

// 500 events over eight quarters and all districts.
std::vector<Row> heavy_child(bool one_child_each = false) {
  std::vector<Row> out;
  for (int i = 0; i < 500; ++i) {
    const int quarter = i % 8;
    out.push_back({one_child_each ? 50'000 + i : 50'000, day_in(2026 + quarter / 4, quarter % 4 * 3 + 1, 1 + i / 8 % 28), {static_cast<std::size_t>(i / 8 % 8), static_cast<std::size_t>(1 + i % 4), 0, 0}, 0});
  }
  return out;
}

TEST(StatisticsMembership, AHeavyChildIsFoundOutNoOftenerThanThePromiseSays) {
  Finder finder(long_run() ? 20'000 : 5'000);
  const double se = (long_run() ? 3 : 4) * finder.standard_error();
  const std::string by_district = figures(R"("group_by": ["district"])", "2026-Q3", 1);
  const auto one = change_made_by(by_district, heavy_child());
  EXPECT_EQ(std::count(one.begin(), one.end(), 0), 7) << "one row of a child, measure and quarter";
  EXPECT_EQ(*std::max_element(one.begin(), one.end()), 1);
  // One table at sigma^2 = 1: rho = 0.5; the discrete law lets at most 0.6997 be right.
  EXPECT_NEAR(finder.accuracy(one, {1, 1}), 0.6997, long_run() ? 0.013 : 0.03);
  // The default promise: rho = 0.25 in all, for example 12 tables at sigma^2 = 25, all of which hold the child.
  EXPECT_LE(finder.accuracy(std::vector<std::int64_t>(12, 1), {25, 1}), phi(std::sqrt(0.24 / 2)) + se);
  // Intersection over periods: four quarters are four charges, and no better than their sum.
  const double four = finder.accuracy(std::vector<std::int64_t>(4, 1), {1, 1});
  EXPECT_LE(four, phi(std::sqrt(2.0 / 2)) + se);
  // A child split in two by mistake has up to 4 rho.
  std::vector<Row> twins = heavy_child();
  for (std::size_t i = 0; i < twins.size(); i += 2) twins.push_back({50'001, twins[i].day, twins[i].codes, 0});
  const auto split = change_made_by(by_district, twins);
  EXPECT_EQ(*std::max_element(split.begin(), split.end()), 2);
  const double twice = finder.accuracy(split, {1, 1});
  EXPECT_LE(twice, phi(std::sqrt(4 * 0.5 / 2)) + se);
  EXPECT_GT(twice, 0.78) << "control: the attack sees twice the weight";

  // Controls: without the limit of one row, or without noise, the child is found out.
  const auto unlimited = change_made_by(by_district, heavy_child(true));
  EXPECT_GT(*std::max_element(unlimited.begin(), unlimited.end()), 5);
  EXPECT_GT(finder.accuracy(unlimited, {1, 1}), 0.99);
  EXPECT_EQ(finder.accuracy(one, {1, 1}, false), 1.0);
}

// All less all-but-one: each of the two figures has noise of its own, and what is known about the rest does not help.
TEST(StatisticsMembership, ADifferenceOfTwoTablesSaysLessThanTheOneFigureThatHoldsTheChild) {
  StatWorld world;
  world.fill(2, 3);
  world.publish("2026-Q3");
  const std::string all = figures(R"("filters": {"age_band": ["10-14"]})", "2026-Q3", 16);
  const std::string but_one = figures(R"("filters": {"age_band": ["10-14"], "district": ["dover", "thanet", "swale", "medway", "dartford", "gravesham", "maidstone"]})", "2026-Q3", 16);
  const std::string ashford = figures(R"("filters": {"age_band": ["10-14"], "district": ["ashford"]})", "2026-Q3", 16);
  const auto a = world.figures_of(all), b = world.figures_of(but_one), c = world.figures_of(ashford);
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(world.truth(all)[0] - world.truth(but_one)[0], world.truth(ashford)[0]) << "control: exact counts give it away";
  // Three draws and three prices: none follows from the others.
  EXPECT_EQ(world.spent_by_all(), 3 * 31'250'000u + 15'000'000u);
  std::set<std::string> keys;
  for (const auto* one : {&*a, &*b, &*c}) keys.insert(one->table.cells[0].key_text);
  EXPECT_EQ(keys.size(), 3u);
}

}  // namespace
}  // namespace gatehouse::tests
