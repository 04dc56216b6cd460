// What is acknowledged is there, and nothing leaves unlogged, whichever step of the disk fails and however.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>

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

// Three batches of three, one of each a release.
Outcomes work(const std::string& folder) {
  Outcomes out;
  auto settings = settings_in(folder);
  auto opened = adapters::SqliteStore::open(settings, [&](const std::string&) { ++out.fatal; });
  if (!opened) return out;
  auto& store = **opened;
  int number = 0;
  for (int batch = 0; batch < 3; ++batch) {
    const auto found = run(store.evidence(about_anna()));
    if (!found || found->matched != policy::Matched::one) continue;
    asio::io_context& context = fresh_context();
    for (int i = 0; i < 3; ++i) {
      auto entry = entry_for(++number);
      if (i == 0) entry.release = release_for(number);
      auto job = one_commit(store, found->token, std::move(entry), out);
      asio::co_spawn(context, std::move(job), asio::detached);
    }
    context.run();
  }
  return out;
}

class Faults : public testing::TestWithParam<Fault> {};

TEST_P(Faults, WhateverStepFailsWhatWasAcknowledgedIsThereAndNothingIsUnlogged) {
  const Fault fault = GetParam();
  Folder model;
  furnish(model.path());
  FaultDisk disk;
  int steps = 0;
  {
    Folder folder;
    std::filesystem::copy(model.path(), folder.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    disk.arm(folder.path() + "/gatehouse.db", Fault::none, 0, 0);
    EXPECT_EQ(work(folder.path()).acknowledged.size(), 9u);
    steps = disk.steps();
    disk.disarm();
  }
  ASSERT_GT(steps, 20);
  int struck = 0, fatal = 0;
  for (int at = 0; at < steps; ++at) {
    for (const int times : {1, 2}) {
      if (times == 2 && (fault == Fault::power_cut || at % 3 != 0)) continue;
      Folder folder;
      std::filesystem::copy(model.path(), folder.path(), std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
      const std::string database = folder.path() + "/gatehouse.db";
      disk.arm(database, fault, at, times);
      const Outcomes out = work(folder.path());
      if (disk.struck()) ++struck;
      fatal += out.fatal;
      disk.disarm();
      if (fault == Fault::power_cut) disk.restore(database);
      EXPECT_LE(out.fatal, 1);
      if (out.unknown > 0) EXPECT_EQ(out.fatal, 1) << "an unknown end must end the process";
      ASSERT_EQ(inconsistency(folder.path()), "") << "step " << at;
      const auto there = requests_in(folder.path());
      for (const auto& id : out.acknowledged) EXPECT_TRUE(there.contains(id)) << id << " was acknowledged and is lost, step " << at;
      for (const auto& id : out.refused) EXPECT_FALSE(there.contains(id)) << id << " was refused and is there, step " << at;
      // It opens again and takes the same requests, as the same requests where they are there.
      const Outcomes again = work(folder.path());
      EXPECT_EQ(again.fatal, 0) << "step " << at;
      EXPECT_EQ(requests_in(folder.path()).size(), 9u) << "step " << at;
      ASSERT_EQ(inconsistency(folder.path()), "") << "step " << at;
    }
  }
  EXPECT_GT(struck, 0);
  if (fault != Fault::no_space) EXPECT_GT(fatal, 0);
}

std::string name_of(const testing::TestParamInfo<Fault>& one) {
  static constexpr const char* names[] = {"None", "WriteError", "WritePersisted", "WriteShort", "NoSpace", "SyncLost", "SyncPersisted", "PowerCut"};
  return names[static_cast<std::size_t>(one.param)];
}

INSTANTIATE_TEST_SUITE_P(Disk, Faults,
                         testing::Values(Fault::write_error, Fault::write_persisted, Fault::write_short, Fault::no_space, Fault::sync_lost,
                                         Fault::sync_persisted, Fault::power_cut),
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
