// A quarter of a million rows and more: its cube is what COUNT(DISTINCT) over the rows says, and building it takes no more memory than a small one.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>

#include "adapters/sqlite/statistics_rows.hpp"
#include "policy/statistics/question.hpp"

namespace gatehouse::tests {
namespace {

constexpr const char* kPolicy = R"({"schema": "gatehouse-statistics/1", "test_policy": true, "lag_days": 0, "tick_ms": 0, "datasets": [{
  "id": "referrals", "first_period": "2026-Q1", "measures": [{"id": "children"}, {"id": "events", "per_child": 3}], "attributes": [
    {"id": "district", "category": "contact", "codes": ["d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7"]},
    {"id": "sex", "category": "identity", "codes": ["female", "male"]}], "cap_all": 1000000000, "cap_standing": 0}]})";

struct TemporaryFolder {
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-rows-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

// Rows of 2026-Q3, made inside the database: three for each child, spread over days, districts and sexes.
struct Filled {
  Filled(const std::string& file, std::int64_t rows) : in(adapters::StatisticsRows::open(file, 5000).value()) {
    if (auto good = in.use(data()); !good) throw std::runtime_error(good.error().text());
    in.database().run(("INSERT INTO event (dataset, period, child, day, record, cell) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " +
                       std::to_string(rows) + ") SELECT 1, 8106, i / 3, 20635 + i * 7919 % 92, i, (i / 3 * 31 + i % 3) % 16 FROM n")
                          .c_str());
  }
  const statistics::Dataset& data() const { return policy.datasets.front(); }
  std::vector<std::int64_t> counted(const char* measure, const std::string& digest) {
    auto question = statistics::read_question(R"({"purpose": "statistical_return", "dataset": "referrals", "measure": ")" + std::string(measure) +
                                              R"(", "periods": ["2026-Q3"], "sigma2": 25, "group_by": ["district"]})");
    const statistics::Snapshot snapshot{2026 * 4 + 2, false, digest};
    auto table = statistics::plan(policy, *question, {snapshot});
    EXPECT_TRUE(in.scan("referrals", measure, snapshot, table->tally));
    return table->tally.counts();
  }
  statistics::Policy policy = statistics::Policy::read(kPolicy).value();
  adapters::StatisticsRows in;
};

TEST(StatisticsRows, AMillionRowsAreCountedAsTheirFirstRowsAreInMemoryThatDoesNotGrow) {
  TemporaryFolder folder;
  std::vector<std::int64_t> most;
  for (const std::int64_t rows : {250'000, 1'000'000}) {
    Filled world(folder.path + "/" + std::to_string(rows) + ".db", rows);
    sqlite3_memory_highwater(1);
    const auto before = sqlite3_memory_used();
    const auto built = world.in.build(world.data(), 2026 * 4 + 2, false, 0);
    ASSERT_TRUE(built) << built.error().text();
    most.push_back(sqlite3_memory_highwater(0) - before);
    const auto again = world.in.build(world.data(), 2026 * 4 + 2, false, 0);
    EXPECT_EQ(again->digest, built->digest);
    EXPECT_FALSE(again->fresh) << "a snapshot is built once";

    const auto children = world.counted("children", built->digest), events = world.counted("events", built->digest);
    std::int64_t all_children = 0, all_events = 0;
    for (const auto n : children) all_children += n;
    for (const auto n : events) all_events += n;
    EXPECT_EQ(all_children, (rows + 2) / 3) << "one row of a child";
    EXPECT_EQ(all_events, rows) << "up to three rows of a child";
    // The same in plain SQL, over the rows: where the first row of a child lies.
    adapters::Statement plain(world.in.database().handle(),
                              "SELECT count(DISTINCT child) FROM event e WHERE cell / 2 = ? AND NOT EXISTS (SELECT 1 FROM event f WHERE f.dataset = 1 AND f.period = 8106 AND "
                              "f.child = e.child AND (f.day, f.record) < (e.day, e.record))");
    for (std::int64_t district : {0, 3}) {
      auto found = plain.select(district);
      ASSERT_TRUE(found.next());
      EXPECT_EQ(children[static_cast<std::size_t>(district)], found.integer(0));
    }
  }
  EXPECT_LT(most[1], most[0] + (80 << 20)) << "at most the page cache more, for four times the rows";
  EXPECT_LT(most[1], 100 << 20);
}

}  // namespace
}  // namespace gatehouse::tests
