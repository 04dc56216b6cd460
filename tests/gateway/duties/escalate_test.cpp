// A queue that nobody covers is not silent.
#include <gtest/gtest.h>

#include "gateway/duties/duties.hpp"
#include "tests/fakes/fake_desk.hpp"
#include "tests/gateway/partner_api/world.hpp"

using namespace gatehouse;
using namespace std::chrono_literals;

namespace {

void add(fakes::FakeDesk& desk, const std::string& id, const std::string& urgency, policy::Instant received) {
  policy::OpenedRequest one;
  one.status.id = id;
  one.status.state = policy::RequestState::waiting;
  one.status.received = received;
  one.status.answer_by = received + std::chrono::days(20);
  one.urgency = urgency;
  desk.requests[id] = one;
}

TEST(EscalateQueue, RedAfterOneHourAmberAfterFourOthersAfterTwoWorkingDays) {
  fakes::World world;
  fakes::FakeDesk desk;
  const auto friday = *policy::read_instant("2026-11-27T10:00:00Z");
  for (const char* urgency : {"red", "amber", "routine"}) add(desk, urgency, urgency, friday);
  std::vector<gateway::LogEvent> events;
  gateway::EscalateQueue duty(desk, *world.keeper, [&](const gateway::LogEvent& event) { events.push_back(event); });
  const auto told = [&](std::chrono::seconds later) { return *world.run(duty.once(friday + later)); };
  EXPECT_EQ(told(59min), 0u);
  EXPECT_EQ(told(60min), 1u);
  EXPECT_TRUE(desk.escalated.contains("red"));
  EXPECT_EQ(told(3h + 59min), 0u);
  EXPECT_EQ(told(4h), 1u);
  EXPECT_EQ(told(72h), 0u) << "the weekend counted as working days";
  EXPECT_EQ(told(96h), 1u);
  EXPECT_EQ(told(500h), 0u) << "told twice";
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].event, "queue_not_covered");
  EXPECT_EQ(events[0].request_id, "red");
}

TEST(EscalateQueue, WhatAPersonHasLookedAtIsLeftAloneAndHalfOfAShortPromiseIsEnough) {
  fakes::World world;
  fakes::FakeDesk desk;
  add(desk, "looked", "red", world.now);
  desk.requests["looked"].verdicts.emplace_back();
  add(desk, "short", "routine", world.now);
  desk.requests["short"].status.answer_by = world.now + 6h;
  gateway::EscalateQueue duty(desk, *world.keeper, {});
  EXPECT_EQ(*world.run(duty.once(world.now + 2h)), 0u);
  EXPECT_EQ(*world.run(duty.once(world.now + 3h)), 1u);
  EXPECT_EQ(desk.escalated, std::set<std::string>{"short"});
}

}  // namespace
