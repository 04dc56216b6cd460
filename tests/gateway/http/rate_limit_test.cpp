#include "gateway/http/rate_limit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gatehouse::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime kStart = SteadyTime{} + seconds(1000);

TEST(TokenBuckets, ABurstGoesThenOneForEachRefill) {
  TokenBuckets buckets({.per_second = 2, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(buckets.take("a", kStart), milliseconds(0)) << i;
  EXPECT_EQ(buckets.take("a", kStart), milliseconds(500));
  EXPECT_EQ(buckets.take("a", kStart + milliseconds(499)), milliseconds(1));
  EXPECT_EQ(buckets.take("a", kStart + milliseconds(500)), milliseconds(0));
  EXPECT_GT(buckets.take("a", kStart + milliseconds(500)), milliseconds(0));
}

TEST(TokenBuckets, KeysDoNotSpendEachOthersTokens) {
  TokenBuckets buckets({.per_second = 1, .burst = 1});
  EXPECT_EQ(buckets.take("a", kStart), milliseconds(0));
  EXPECT_GT(buckets.take("a", kStart), milliseconds(0));
  EXPECT_EQ(buckets.take("b", kStart), milliseconds(0));
}

TEST(TokenBuckets, ARestNeverSavesUpMoreThanTheBurst) {
  TokenBuckets buckets({.per_second = 100, .burst = 2});
  buckets.take("a", kStart);
  int taken = 0;
  while (buckets.take("a", kStart + seconds(3600)) == milliseconds(0)) ++taken;
  EXPECT_EQ(taken, 2);
}

TEST(TokenBuckets, AClockThatStepsBackGivesNothingAndTakesNothing) {
  TokenBuckets buckets({.per_second = 1, .burst = 1});
  EXPECT_EQ(buckets.take("a", kStart), milliseconds(0));
  EXPECT_GT(buckets.take("a", kStart - seconds(500)), milliseconds(0));
  EXPECT_EQ(buckets.take("a", kStart + seconds(1)), milliseconds(0));
}

TEST(TokenBuckets, MoreTokensThanABurstAreNeverThere) {
  TokenBuckets buckets({.per_second = 1, .burst = 2});
  EXPECT_EQ(buckets.take("a", kStart, 3), std::chrono::hours(24));
  EXPECT_EQ(buckets.take("a", kStart, 2), milliseconds(0));
}

TEST(TokenBuckets, WithoutRefillTheBurstIsAll) {
  TokenBuckets buckets({.per_second = 0, .burst = 1});
  EXPECT_EQ(buckets.take("a", kStart), milliseconds(0));
  EXPECT_EQ(buckets.take("a", kStart + seconds(100000)), std::chrono::hours(24));
}

TEST(TokenBuckets, AFloodOfKeysNeitherGrowsMemoryNorOpensTheLimit) {
  TokenBuckets buckets({.per_second = 0.001, .burst = 2, .keys = 100});
  EXPECT_EQ(buckets.take("known", kStart), milliseconds(0));
  EXPECT_EQ(buckets.take("known", kStart), milliseconds(0));
  int let_through = 0;
  for (int i = 0; i < 10000; ++i) let_through += buckets.take("flood" + std::to_string(i), kStart) == milliseconds(0);
  EXPECT_EQ(buckets.keys(), 100u);
  EXPECT_EQ(let_through, 99 + 2);                             // those with a bucket of their own, and one burst between all others
  EXPECT_GT(buckets.take("known", kStart), milliseconds(0));  // still remembered
}

TEST(TokenBuckets, BucketsThatHaveRefilledMakeRoom) {
  TokenBuckets buckets({.per_second = 1, .burst = 1, .keys = 10});
  for (int i = 0; i < 10; ++i) buckets.take("old" + std::to_string(i), kStart);
  EXPECT_EQ(buckets.take("new", kStart + seconds(10)), milliseconds(0));
  EXPECT_EQ(buckets.keys(), 1u);
}

TEST(TokenBuckets, SettingsThatMakeNoSenseAreRefused) {
  EXPECT_THROW(TokenBuckets({.per_second = -1, .burst = 1}), std::invalid_argument);
  EXPECT_THROW(TokenBuckets({.per_second = 1, .burst = 0}), std::invalid_argument);
  EXPECT_THROW(TokenBuckets({.per_second = std::nan(""), .burst = 1}), std::invalid_argument);
  EXPECT_THROW(TokenBuckets({.per_second = 1, .burst = 1, .keys = 0}), std::invalid_argument);
}

TEST(TokenBuckets, ThreadsTogetherTakeNoMoreThanTheBurst) {
  TokenBuckets buckets({.per_second = 0, .burst = 100});
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) taken += buckets.take("a", kStart) == milliseconds(0);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 100);
}

TEST(AddressKey, AnIpv6SubscriberIsOneKeyAndAMappedAddressIsItsIpv4One) {
  EXPECT_EQ(address_key("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_key("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_key("2001:db8:1:2:3:4:5:6"), address_key("2001:db8:1:2::9"));
  EXPECT_NE(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:3::1"));
  EXPECT_EQ(address_key("fe80::1%eth0"), address_key("fe80::2"));
}

TEST(UnmatchedPeople, CountsEachPersonOnceAndTellsTheAlarmOnce) {
  UnmatchedPeople people({.alarm_at = 3, .limit = 4});
  EXPECT_EQ(people.add("mash", "person-1", 1).distinct, 1u);
  EXPECT_EQ(people.add("mash", "person-1", 1).distinct, 1u);
  EXPECT_FALSE(people.add("mash", "person-2", 1).alarm);
  EXPECT_TRUE(people.add("mash", "person-3", 1).alarm);
  const auto fourth = people.add("mash", "person-4", 1);
  EXPECT_FALSE(fourth.alarm);
  EXPECT_FALSE(fourth.over);
  EXPECT_TRUE(people.add("mash", "person-5", 1).over);
  EXPECT_TRUE(people.add("mash", "person-1", 1).over);
  EXPECT_TRUE(people.of("mash", 1).over);
}

TEST(UnmatchedPeople, PartnersAndDaysAreCountedApart) {
  UnmatchedPeople people({.alarm_at = 2, .limit = 2});
  for (const char* person : {"a", "b", "c"}) people.add("mash", person, 1);
  EXPECT_EQ(people.of("police", 1).distinct, 0u);
  EXPECT_EQ(people.of("mash", 2).distinct, 0u);
  EXPECT_EQ(people.add("mash", "a", 2).distinct, 1u);
  EXPECT_TRUE(people.add("mash", "b", 2).alarm);  // a new day, a new alarm
}

TEST(UnmatchedPeople, AClockThatStepsBackDoesNotClearTheCount) {
  UnmatchedPeople people({.alarm_at = 2, .limit = 2});
  for (const char* person : {"a", "b", "c"}) people.add("mash", person, 10);
  EXPECT_TRUE(people.add("mash", "d", 9).over);
  EXPECT_TRUE(people.of("mash", 9).over);
}

TEST(UnmatchedPeople, MemoryIsBoundedByPeopleAndByPartners) {
  UnmatchedPeople people({.alarm_at = 5, .limit = 10, .partners = 2});
  for (int i = 0; i < 1000; ++i) EXPECT_LE(people.add("mash", std::to_string(i), 1).distinct, 11u);
  people.add("police", "a", 1);
  for (int i = 0; i < 20; ++i) people.add("unheard-of-" + std::to_string(i), std::to_string(i), 1);
  EXPECT_TRUE(people.of("unheard-of-99", 1).over);  // those beyond the bound share one count
}

}  // namespace
}  // namespace gatehouse::gateway
