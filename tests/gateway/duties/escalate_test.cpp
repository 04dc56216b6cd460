// A queue that nobody covers is not silent.
#include <gtest/gtest.h>

#include "gateway/duties/duties.hpp"
#include "tests/fakes/fake_desk.hpp"
#include "tests/fakes/fake_staff.hpp"
#include "gateway/duties/cover.hpp"
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
  fakes::FakeStaff staff;
  gateway::EscalateQueue duty(desk, staff, *world.keeper, [&](const gateway::LogEvent& event) { events.push_back(event); });
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
  fakes::FakeStaff staff;
  gateway::EscalateQueue duty(desk, staff, *world.keeper, {});
  EXPECT_EQ(*world.run(duty.once(world.now + 2h)), 0u);
  EXPECT_EQ(*world.run(duty.once(world.now + 3h)), 1u);
  EXPECT_EQ(desk.escalated, std::set<std::string>{"short"});
}

policy::StaffMember someone(const std::string& id, std::vector<policy::Role> roles) {
  policy::StaffMember out;
  out.id = out.sign_in = id;
  out.state = policy::StaffState::active;
  out.roles = std::move(roles);
  return out;
}
void away(policy::StaffMember& one, const std::string& cover) {
  one.away_from = policy::read_date("2026-11-20");
  one.away_to = policy::read_date("2026-11-30");
  one.covered_by = cover;
}

TEST(EscalateQueue, WhileNobodyIsThereWhoCouldDecideItPagesAtOnce) {
  fakes::World world;
  fakes::FakeDesk desk;
  fakes::FakeStaff staff;
  add(desk, "early", "routine", world.now);
  gateway::EscalateQueue duty(desk, staff, *world.keeper, {});
  staff.members["lead"] = someone("lead", {policy::Role::ig_lead});
  staff.members["dsl"] = someone("dsl", {policy::Role::dsl});
  EXPECT_EQ(*world.run(duty.once(world.now + 1min)), 0u);
  away(staff.members["lead"], "other");
  staff.members["other"] = someone("other", {policy::Role::worker});
  EXPECT_EQ(*world.run(duty.once(world.now + 1min)), 0u) << "somebody covers";
  away(staff.members["other"], "lead");
  EXPECT_EQ(*world.run(duty.once(world.now + 1min)), 1u) << "both away, each covering for the other";
  EXPECT_EQ(desk.escalated, std::set<std::string>{"early"});
  staff.down = true;
  EXPECT_FALSE(world.run(duty.once(world.now + 1min)));
}

TEST(Cover, HandsOnEveryRoleButAccountsAndAudit) {
  using policy::Role;
  const auto on = *policy::read_date("2026-11-24"), after = *policy::read_date("2026-12-01");
  std::vector<policy::StaffMember> all = {someone("a", {Role::ig_lead, Role::admin, Role::auditor}), someone("b", {Role::worker}), someone("c", {Role::worker})};
  EXPECT_TRUE(gateway::covered_roles(all[1], all, on).empty()) << "nobody is away";
  away(all[0], "b");
  EXPECT_EQ(gateway::covered_roles(all[1], all, on), std::vector<Role>{Role::ig_lead});
  EXPECT_TRUE(gateway::covered_roles(all[1], all, after).empty());
  EXPECT_TRUE(gateway::covered_roles(all[2], all, on).empty());
  away(all[1], "c");
  EXPECT_TRUE(gateway::covered_roles(all[1], all, on).empty());
  EXPECT_EQ(gateway::covered_roles(all[2], all, on), (std::vector<Role>{Role::ig_lead, Role::worker}));
  EXPECT_TRUE(gateway::is_covered(Role::ig_lead, all, on));
  EXPECT_FALSE(gateway::is_covered(Role::admin, all, on));
  all[2].state = policy::StaffState::closed;
  EXPECT_FALSE(gateway::is_covered(Role::ig_lead, all, on)) << "who has left covers for nobody";
  all[1].covered_by = "nobody";
  EXPECT_FALSE(gateway::is_covered(Role::ig_lead, all, on));
}

}  // namespace
