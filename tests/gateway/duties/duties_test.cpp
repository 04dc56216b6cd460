#include "gateway/duties/duties.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/gateway/partner_api/world.hpp"

using namespace gatehouse;
using fakes::Fault;
using fakes::Faults;
using fakes::World;
using nlohmann::json;

namespace {

std::string ask_for_a_missing_child(World& world) {
  world.caller = &world.mash;
  json body = World::good_body();
  body["purpose"] = "missing_person";
  body["subject"] = {{"given_name", "Jory"}, {"family_name", "Sandlewick"}, {"date_of_birth", "2018-12-05"}};
  body.erase("categories");
  return World::json_of(world.post(body))["id"];
}

void with_command(World& world) {
  auto settings = std::make_shared<gateway::Settings>(*world.settings);
  settings->paging.command = {"/usr/local/bin/page", "--lead"};
  world.settings = settings;
  world.restart();
}

}  // namespace

TEST(PageLead, RunsTheCommandWithTheRequestIdAndNothingElseOnce) {
  World world;
  with_command(world);
  const std::string id = ask_for_a_missing_child(world);
  std::vector<std::vector<std::string>> runs;
  gateway::PageLead duty(world.store, *world.keeper, *world.metrics, {}, [&](const std::vector<std::string>& arguments, std::chrono::seconds) {
    runs.push_back(arguments);
    return true;
  });
  EXPECT_EQ(world.run(duty.once(world.now)), 1u);
  EXPECT_EQ(world.run(duty.once(world.now)), 0u);
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0], (std::vector<std::string>{"/usr/local/bin/page", "--lead", id}));
}

TEST(PageLead, AFailedPageIsTriedAgainAndNeverGivenUp) {
  World world;
  with_command(world);
  ask_for_a_missing_child(world);
  int runs = 0;
  gateway::PageLead duty(world.store, *world.keeper, *world.metrics, {}, [&](const auto&, std::chrono::seconds) { return ++runs > 3; });
  for (int second = 0; second < 40; ++second) ASSERT_TRUE(world.run(duty.once(world.now + std::chrono::seconds(second))));
  EXPECT_EQ(runs, 4);  // at 0, 2, 6 and 14 seconds
  EXPECT_EQ(world.metrics->value(gateway::Metrics::Event::page_failed), 3u);
  EXPECT_EQ(world.metrics->value(gateway::Metrics::Event::paged), 1u);
}

TEST(PageLead, APageThatWasNotRecordedIsDueAgain) {
  for (const Fault how : {Fault::lost, Fault::persisted}) {
    World world;
    ask_for_a_missing_child(world);
    gateway::PageLead duty(world.store, *world.keeper, *world.metrics, {});
    world.store.faults = Faults(1, how);
    EXPECT_FALSE(world.run(duty.once(world.now)));
    world.store.faults = Faults();
    const auto again = world.run(duty.once(world.now));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, how == Fault::lost ? 1u : 0u);
  }
}

TEST(PageLead, AnOrdinaryRequestPagesNobody) {
  World world;
  world.post();
  gateway::PageLead duty(world.store, *world.keeper, *world.metrics, {});
  EXPECT_EQ(world.run(duty.once(world.now)), 0u);
}

TEST(RunProgram, SaysWhetherItSucceededAndEndsOneThatHangs) {
  using std::chrono::seconds;
  EXPECT_TRUE(gateway::run_program({"/bin/true"}, seconds(5)));
  EXPECT_FALSE(gateway::run_program({"/bin/false"}, seconds(5)));
  EXPECT_FALSE(gateway::run_program({"/no/such/program"}, seconds(5)));
  EXPECT_FALSE(gateway::run_program({}, seconds(5)));
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(gateway::run_program({"/bin/sleep", "60"}, seconds(1)));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(10));
}
