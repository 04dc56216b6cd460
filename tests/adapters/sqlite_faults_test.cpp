// What is acknowledged is there, and nothing leaves unlogged, whichever step of the disk fails and however.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "tests/adapters/fault_vfs.hpp"
#include "tests/adapters/store_checks.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

struct Outcomes {
  std::set<std::string> acknowledged;  // written: must be there
  std::set<std::string> refused;       // known not to have happened
  int unknown = 0;
  int fatal = 0;
};

asio::awaitable<void> one_commit(adapters::SqliteStore& store, policy::Token token, policy::Entry entry, Outcomes& out) {
  const std::string id = entry.request_id;
  const auto done = co_await store.commit(std::move(token), std::move(entry));
  if (done && done->kind == policy::Committed::Kind::written)
    out.acknowledged.insert(id);
  else if (!done && done.error() == policy::StoreError::unknown)
    ++out.unknown;
  else
    out.refused.insert(id);
}

constexpr int kRequests = 9;

// Nine requests in batches, every third a release. Which go together and which are the releases changes with `shape`.
Outcomes work(const std::string& folder, int shape = 0) {
  Outcomes out;
  auto settings = settings_in(folder);
  if (shape % 2 == 1) settings.checkpoint_pages = 20;   // written back meanwhile, again and again
  auto opened = adapters::SqliteStore::open(settings, [&](const std::string&) { ++out.fatal; });
  if (!opened) return out;
  auto& store = **opened;
  for (int number = 1, batch = 0; number <= kRequests; ++batch) {
    const int together = shape == 0 ? 3 : 1 + (shape * 5 + batch * (shape % 3)) % 5;
    const auto found = run(store.evidence(about_anna()));
    if (!found || found->matched != policy::Matched::one) {
      number += together;
      continue;
    }
    asio::io_context& context = fresh_context();
    for (int i = 0; i < together && number <= kRequests; ++i, ++number) {
      auto entry = entry_for(number);
      if (number % 3 == 1) entry.release = release_for(number);
      auto job = one_commit(store, found->token, std::move(entry), out);
      asio::co_spawn(context, std::move(job), asio::detached);
    }
    context.run();
  }
  return out;
}

bool long_run() {
  const char* asked = std::getenv("GATEHOUSE_LONG");
  return asked != nullptr && *asked == '1';
}

// Empty: what was acknowledged is there, what was refused is not, every release is logged, and the store goes on.
std::string trouble(const std::string& folder, const Outcomes& out) {
  if (out.fatal > 1) return "it ended twice";
  if (out.unknown > 0 && out.fatal != 1) return "an unknown end must end the process";
  if (std::string found = inconsistency(folder); !found.empty()) return found;
  const auto there = requests_in(folder);
  for (const auto& id : out.acknowledged)
    if (!there.contains(id)) return id + " was acknowledged and is lost";
  for (const auto& id : out.refused)
    if (there.contains(id)) return id + " was refused and is there";
  // It opens again and takes the same requests, as the same requests where they are there.
  const Outcomes again = work(folder);
  if (again.fatal != 0) return "it does not go on";
  if (requests_in(folder).size() != kRequests) return "it did not take the same requests again";
  return inconsistency(folder);
}

class Faults : public testing::TestWithParam<Fault> {};

TEST_P(Faults, WhateverStepFailsWhatWasAcknowledgedIsThereAndNothingIsUnlogged) {
  const Fault fault = GetParam();
  const bool ends = fault == Fault::kill || fault == Fault::power_cut;
  // A few of the steps, with each fault others; in a long run all of them, and again with other batches and other second faults.
  const int every = long_run() ? 1 : 12;
  const int rounds = long_run() ? (ends ? 8 : 2) : 1;
  FaultDisk disk;
  int struck = 0, fatal = 0, points = 0;
  for (int round = 0; round < rounds; ++round) {
    int steps = 0;
    {
      Folder folder;
      furnish(folder.path());
      disk.arm(folder.path() + "/gatehouse.db", Fault::none, 0, 0);
      EXPECT_EQ(work(folder.path(), round).acknowledged.size(), static_cast<std::size_t>(kRequests));
      steps = disk.steps();
      disk.disarm();
    }
    ASSERT_GT(steps, 20);
    for (int at = static_cast<int>(fault) % every; at < steps; at += every) {
      for (const int times : {1, 2}) {
        const int shape = long_run() ? round : at / every % 2;
        Folder folder;
        furnish(folder.path());
        const std::string database = folder.path() + "/gatehouse.db";
        Outcomes all;
        ++points;
        // Once, or twice in a row. A process that ended starts again, and meets its second end at a step of its own.
        for (int fall = 0; fall < (ends ? times : 1); ++fall) {
          const std::uint64_t seed = static_cast<std::uint64_t>(round * 7919 + at * 31 + fall);
          disk.arm(database, fault, fall == 0 ? at : static_cast<int>(seed % 17), times);
          const Outcomes out = work(folder.path(), shape);
          if (disk.struck()) ++struck;
          fatal += out.fatal;
          disk.disarm();
          if (fault == Fault::power_cut) disk.restore(database, round == 0 && fall == 0 ? 0 : seed);
          all.acknowledged.insert(out.acknowledged.begin(), out.acknowledged.end());
          // What was refused the second time may have been written the first.
          if (fall == 0)
            all.refused = out.refused;
          else
            all.refused.clear();
          all.fatal = out.fatal;
          all.unknown = out.unknown;
        }
        ASSERT_EQ(trouble(folder.path(), all), "") << "step " << at << ", " << times << " times, round " << round;
      }
    }
  }
  EXPECT_GT(struck, points / 2);
  if (fault != Fault::no_space) EXPECT_GT(fatal, 0);
  std::cout << "[   COUNT  ] " << struck << " faults struck" << (ends ? ", each the end of the process" : "") << '\n';
}

std::string name_of(const testing::TestParamInfo<Fault>& one) {
  static constexpr const char* names[] = {"None", "WriteError", "WritePersisted", "WriteShort", "NoSpace", "SyncLost", "SyncPersisted", "Kill", "PowerCut"};
  return names[static_cast<std::size_t>(one.param)];
}

INSTANTIATE_TEST_SUITE_P(Disk, Faults,
                         testing::Values(Fault::write_error, Fault::write_persisted, Fault::write_short, Fault::no_space, Fault::sync_lost,
                                         Fault::sync_persisted, Fault::kill, Fault::power_cut),
                         name_of);

TEST(DiskTrouble, BelowTheDiskReserveNothingIsWrittenAndHealthSaysSo) {
  Folder folder;
  furnish(folder.path());
  auto settings = settings_in(folder.path());
  settings.disk_reserve_bytes = UINT64_MAX;
  auto store = adapters::SqliteStore::open(settings, [](const std::string& why) { ADD_FAILURE() << why; });
  ASSERT_TRUE(store);
  const auto found = run((*store)->evidence(about_anna()));
  ASSERT_TRUE(found);
  EXPECT_EQ(run((*store)->commit(found->token, entry_for(1))).error(), policy::StoreError::reserve);
  policy::FetchQuery fetch;
  fetch.request_id = "req-1";
  fetch.agency = "kent-mash";
  EXPECT_EQ(run((*store)->fetch(fetch)).error(), policy::StoreError::reserve);
  EXPECT_FALSE(run((*store)->health())->writable);
  EXPECT_TRUE(requests_in(folder.path()).empty());
}

TEST(DiskTrouble, AfterAnUnknownCommitNothingMoreIsAccepted) {
  Folder folder;
  furnish(folder.path());
  FaultDisk disk;
  {
    int fatal = 0;
    auto store = adapters::SqliteStore::open(settings_in(folder.path()), [&](const std::string&) { ++fatal; });
    ASSERT_TRUE(store);
    const auto token = run((*store)->evidence(about_anna()))->token;
    disk.arm(folder.path() + "/gatehouse.db", Fault::sync_lost, 0, 1);
    EXPECT_EQ(run((*store)->commit(token, entry_for(1))).error(), policy::StoreError::unknown);
    EXPECT_EQ(run((*store)->commit(token, entry_for(2))).error(), policy::StoreError::unavailable);
    EXPECT_FALSE(run((*store)->health())->writable);
    disk.disarm();
    EXPECT_EQ(run((*store)->commit(token, entry_for(3))).error(), policy::StoreError::unavailable);
    store->reset();
    EXPECT_EQ(fatal, 1);
  }
  EXPECT_FALSE(requests_in(folder.path()).contains("req-2"));
}

TEST(DiskTrouble, AnotherWriterThatDoesNotEndIsUnavailableNotFatal) {
  Folder folder;
  furnish(folder.path());
  auto settings = settings_in(folder.path());
  settings.busy_milliseconds = 20;
  auto store = adapters::SqliteStore::open(settings, [](const std::string& why) { ADD_FAILURE() << why; });
  auto admin = adapters::Admin::open(settings);
  ASSERT_TRUE(store && admin);
  const auto token = run((*store)->evidence(about_anna()))->token;
  admin->begin();
  EXPECT_EQ(run((*store)->commit(token, entry_for(1))).error(), policy::StoreError::unavailable);
  admin->rollback();
  EXPECT_EQ(run((*store)->commit(token, entry_for(1)))->kind, policy::Committed::Kind::written);
}

}  // namespace
}  // namespace gatehouse::tests
