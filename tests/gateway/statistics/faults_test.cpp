// A question while things fail: ports that lose what they were given, or do it and say that they failed; the process killed in the middle; restarts, a clock
// set back, another year, an older copy restored. Nothing is answered without its charge, and nothing is charged twice.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <sstream>

#include "tests/gateway/statistics/faulty_store.hpp"
#include "tests/gateway/statistics/stat_world.hpp"

namespace gatehouse::tests {
namespace {

namespace asio = boost::asio;
using Plan = FaultPlan;
using Faulty = FaultyStatisticsStore;
namespace fs = std::filesystem;

std::string cells_of(const StatWorld::Answer& answer) { return answer.json.at("cells").dump() + answer.json.at("total").dump(); }

TEST(StatisticsFaults, WhateverPortLosesOrHidesACallNothingIsAnsweredUnchargedOrChargedTwice) {
  Plan plan;
  StatOptions options;
  options.between = [&](policy::StatisticsStore& behind) { return std::make_unique<Faulty>(behind, plan); };
  StatWorld world(options);
  world.fill(2, 3);
  world.publish("2026-Q3");
  static const std::vector<std::string> districts = {"ashford", "dover", "thanet", "swale", "medway", "dartford", "gravesham", "maidstone"};
  int serial = 0, failed = 0, charged_and_failed = 0;
  for (int fail_at = 0; fail_at <= 6; ++fail_at)
    for (const bool done : {false, true}) {
      const std::string question = figures(R"("group_by": ["sex"], "filters": {"district": [")" + districts[static_cast<std::size_t>(serial % 8)] + R"("], "category": [")" +
                                           (serial / 8 % 2 == 0 ? "housing" : "other") + R"("]})");
      const std::string key = "fault-" + std::to_string(serial++);
      const auto before = world.ledger().lines;
      const auto left = world.left_of("kent");
      plan = {fail_at, done, 0};
      const auto first = world.ask(question, "kent", key);
      plan = {};
      if (first.status == 200) {
        EXPECT_EQ(world.ledger().lines, before + 1) << "answered and charged";
      } else {
        EXPECT_EQ(first.status, 503);
        ++failed;
        charged_and_failed += world.ledger().lines == before + 1;
      }
      const auto again = world.ask(question, "kent", key);
      ASSERT_EQ(again.status, 200) << again.body;
      if (first.status == 200) {
        EXPECT_EQ(cells_of(again), cells_of(first));
      }
      const auto third = world.ask(question, "kent");
      EXPECT_EQ(cells_of(third), cells_of(again));
      EXPECT_EQ(world.ledger().lines, before + 1);
      EXPECT_EQ(world.left_of("kent"), left - 20'000'000);
    }
  EXPECT_EQ(failed, 8) << "books, known, count and charge, each lost and hidden";
  EXPECT_EQ(charged_and_failed, 1) << "only a charge that was done and reported as failed is there before the answer";
  EXPECT_EQ(world.ledger().trouble, "");
}

TEST(StatisticsFaults, KilledInTheMiddleNothingLeftWithoutItsChargeAndTheSameComesAgain) {
  StatWorld world;
  world.fill(2, 3);
  world.publish("2026-Q3");
  static const std::vector<std::string> districts = {"ashford", "dover", "thanet", "swale", "medway", "dartford", "gravesham", "maidstone"};
  static const std::vector<int> levels = {1, 4, 9, 16, 25, 50, 100, 225, 400};
  const auto question = [](int i) {
    return figures(R"("group_by": ["age_band"], "filters": {"district": [")" + districts[static_cast<std::size_t>(i % 8)] + R"("], "category": [")" +
                       (i / 8 % 2 == 0 ? "housing" : "other") + R"("]})", "2026-Q3", levels[static_cast<std::size_t>(i / 16 % 9)]);
  };
  std::mt19937 random(static_cast<unsigned>(::getpid()));
  int answers = 0, cut_off = 0, next = 0;
  const int rounds = long_run() ? 100 : 10;
  for (int round = 0; round < rounds; ++round) {
    world.stop();
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe_ends[0]);
      world.restart();
      for (int i = next;; ++i) {   // until it is killed
        const auto answer = world.ask(question(i % 144), "kent", "kill-" + std::to_string(i));
        const std::string line = std::to_string(i) + " " + (answer.status == 200 ? cells_of(answer) : "-") + "\n";
        if (::write(pipe_ends[1], line.data(), line.size()) < 0) ::_exit(1);
      }
    }
    ::close(pipe_ends[1]);
    std::string got;
    char block[4096];
    // At a random moment after the first answer, or before it.
    if (random() % 4 != 0) {
      const auto n = ::read(pipe_ends[0], block, sizeof block);
      if (n > 0) got.append(block, static_cast<std::size_t>(n));
    }
    ::usleep(static_cast<useconds_t>(random() % 60'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    for (ssize_t n; (n = ::read(pipe_ends[0], block, sizeof block)) > 0;) got.append(block, static_cast<std::size_t>(n));
    ::close(pipe_ends[0]);
    cut_off += WIFSIGNALED(status);

    world.restart();
    ASSERT_EQ(world.trouble, "");
    ASSERT_EQ(world.charged_in_full, 0u) << "a kill is no restore";
    std::istringstream lines(got);
    std::string line;
    while (std::getline(lines, line)) {
      const auto space = line.find(' ');
      const int i = std::stoi(line.substr(0, space));
      const std::string cells = line.substr(space + 1);
      ASSERT_NE(cells, "-");
      const auto charges = world.ledger().lines;
      const auto again = world.ask(question(i % 144), "kent", "kill-" + std::to_string(i));
      ASSERT_EQ(again.status, 200) << again.body;
      EXPECT_EQ(cells_of(again), cells);
      EXPECT_EQ(again.json.at("charged").at("nano_rho"), 0);
      EXPECT_EQ(world.ledger().lines, charges) << "it was charged before it left";
      ++answers;
      next = i + 1;
    }
    ++next;   // the one that was cut off
  }
  EXPECT_GT(answers, 5);
  EXPECT_EQ(cut_off, rounds);
  EXPECT_EQ(world.ledger().trouble, "");
}

TEST(StatisticsFaults, NeitherARestartNorTheClockNorAnotherYearGivesABudgetBack) {
  StatOptions real;
  real.policy = wide_policy("250000000", "100000000");
  StatWorld world(real);
  world.fill(2, 5);
  for (const char* quarter : {"2026-Q3", "2026-Q4"}) {
    world.now = *policy::read_instant("2027-04-20T10:00:00Z");
    world.publish(quarter);
  }
  const std::string question = figures(R"("filters": {"district": ["dover"]})");
  const auto first = world.ask(question);
  ASSERT_EQ(first.status, 200);
  const auto left = world.left_of("kent");
  world.restart();
  EXPECT_EQ(world.left_of("kent"), left);
  EXPECT_EQ(cells_of(world.ask(question)), cells_of(first));
  for (const char* at : {"2026-11-01T10:00:00Z", "2027-04-20T10:00:00Z", "2030-01-01T00:00:00Z"}) {
    world.now = *policy::read_instant(at);
    world.restart();
    EXPECT_EQ(world.left_of("kent"), left) << at;
  }
  world.publish("2027-Q1");
  EXPECT_EQ(world.left_of("kent", 2026), left) << "a new data-year has a budget of its own";
  EXPECT_EQ(world.left_of("kent", 2027), 75'000'000u);
  EXPECT_EQ(world.ask(question).json.at("charged").at("nano_rho"), 0);
}

struct Restored {
  bool started = true;
  std::size_t charged_in_full = 0;
  std::string held, fresh_type;
  int fresh = 0, gap = 0;
  std::uint64_t held_charge = 1;
  bool same = false;
};

// An old copy of everything but the key folder takes the place of the newest, after questions that it knows nothing of.
Restored restore(bool mark) {
  StatOptions real;
  real.policy = wide_policy("250000000", "100000000");
  real.mark = mark;
  StatWorld world(real);
  world.fill(2, 3);
  for (const char* quarter : {"2026-Q2", "2026-Q3"}) world.publish(quarter);
  const std::string held = figures(R"("filters": {"district": ["dover"]})"), gap = figures(R"("filters": {"district": ["thanet"]})"), fresh = figures(R"("filters": {"district": ["swale"]})");
  const auto before = world.ask(held);
  world.stop();
  fs::copy(world.folder.path() + "/site", world.folder.path() + "/backup", fs::copy_options::recursive);
  world.restart();
  EXPECT_EQ(world.charged_in_full, 0u);
  EXPECT_EQ(world.ask(gap).status, 200);
  world.stop();
  fs::remove_all(world.folder.path() + "/site");
  fs::rename(world.folder.path() + "/backup", world.folder.path() + "/site");
  world.restart();
  Restored out;
  out.started = world.trouble.empty();
  out.charged_in_full = world.charged_in_full;
  const auto again = world.ask(held);
  out.same = again.status == 200 && cells_of(again) == cells_of(before);
  if (again.status == 200) out.held_charge = again.json.at("charged").at("nano_rho");
  const auto new_one = world.ask(fresh);
  out.fresh = new_one.status;
  out.fresh_type = new_one.type;
  out.gap = world.ask(gap, "medway").status;
  EXPECT_EQ(world.ledger().trouble, "");
  world.restart();
  EXPECT_EQ(world.charged_in_full, 0u) << "once is enough";
  return out;
}

TEST(StatisticsFaults, AnOlderCopyThatWasRestoredServesNothingNewAndWhatIsHeldStays) {
  const Restored marked = restore(true);
  EXPECT_TRUE(marked.started);
  EXPECT_EQ(marked.charged_in_full, 1u);
  EXPECT_TRUE(marked.same);
  EXPECT_EQ(marked.held_charge, 0u);
  EXPECT_EQ(marked.fresh_type, "budget-exhausted");
  EXPECT_EQ(marked.gap, 403);
  // Control: with nothing outside the database the old copy spends its budget once more.
  const Restored unmarked = restore(false);
  EXPECT_EQ(unmarked.charged_in_full, 0u);
  EXPECT_EQ(unmarked.fresh, 200);
}

TEST(StatisticsFaults, WithoutItsMarkOrItsKeyOrWithAChangedLineNobodyGetsFigures) {
  StatWorld world;
  world.fill(2, 3);
  world.publish("2026-Q3");
  ASSERT_EQ(world.ask(figures(R"("filters": {"district": ["dover"]})")).status, 200);
  const std::string mark = world.folder.path() + "/ledger.mark", key = world.folder.path() + "/noise.key";
  fs::rename(mark, mark + ".away");
  world.restart();
  EXPECT_NE(world.trouble.find("ledger.mark"), std::string::npos) << world.trouble;
  EXPECT_EQ(world.ask(figures()).status, 503);
  fs::rename(mark + ".away", mark);
  fs::rename(key, key + ".away");
  ASSERT_EQ(gateway::NoiseKey::make(key), "");
  world.restart();
  EXPECT_NE(world.trouble.find("noise.key"), std::string::npos) << world.trouble;
  fs::remove(key);
  fs::rename(key + ".away", key);
  world.restart();
  EXPECT_EQ(world.trouble, "");
  {
    adapters::Database db(world.settings().database, adapters::Database::Mode::write, 5000);
    EXPECT_THROW(db.run("UPDATE statistics_charge SET rho_all = 0"), adapters::DatabaseFault) << "the ledger is appended to";
    db.run("DROP TRIGGER statistics_charge_is_final; UPDATE statistics_charge SET rho_partner = 0 WHERE id = 2");
  }
  world.restart();
  EXPECT_NE(world.trouble.find("ledger of figures"), std::string::npos) << world.trouble;
  EXPECT_EQ(world.ask(figures()).status, 503);
}

}  // namespace
}  // namespace gatehouse::tests
