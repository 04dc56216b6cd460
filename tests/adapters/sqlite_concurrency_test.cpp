// Many at once: batches, neighbours that conflict, imports beside a serving gateway, and a process that is killed.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "adapters/sqlite/writer.hpp"
#include "crypto/log/tree.hpp"
#include "tests/adapters/store_checks.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using Kind = policy::Committed::Kind;

class Many : public testing::Test {
 protected:
  Many() { furnish(folder_.path()); }
  std::unique_ptr<adapters::SqliteStore> open() {
    auto store = adapters::SqliteStore::open(settings_in(folder_.path()), [](const std::string& why) { ADD_FAILURE() << why; });
    if (!store) throw std::runtime_error(store.error());
    return std::move(*store);
  }
  // Runs `count` coroutines on two threads, each on a strand of its own.
  template <class Make>
  void all(int count, Make make) {
    asio::io_context& context = fresh_context();
    for (int i = 0; i < count; ++i) {
      auto job = make(i);
      asio::co_spawn(asio::make_strand(context), std::move(job), asio::detached);
    }
    std::thread other([&] { context.run(); });
    context.run();
    other.join();
  }
  Folder folder_;
};

struct Tally {
  std::atomic<int> written = 0, stale = 0, nonce_seen = 0, same = 0, reused = 0, failed = 0;
  void count(const std::expected<policy::Committed, policy::StoreError>& done) {
    if (!done) {
      ++failed;
      return;
    }
    switch (done->kind) {
      case Kind::written: ++written; break;
      case Kind::stale: ++stale; break;
      case Kind::nonce_seen: ++nonce_seen; break;
      case Kind::same_request: ++same; break;
      case Kind::key_reused: ++reused; break;
    }
  }
};

asio::awaitable<void> ask(adapters::SqliteStore& store, policy::Entry entry, Tally& tally) {
  auto query = about_anna();
  auto found = co_await store.evidence(std::move(query));
  if (!found) {
    ++tally.failed;
    co_return;
  }
  const auto done = co_await store.commit(std::move(found->token), std::move(entry));
  tally.count(done);
}

TEST_F(Many, HundredsAtOnceAreAllWrittenEachWithAnEntryOfItsOwn) {
  auto store = open();
  const auto before = run(store->health())->log_size;
  Tally tally;
  all(400, [&](int i) {
    auto entry = entry_for(i);
    if (i % 2 == 0) entry.release = release_for(i);
    return ask(*store, std::move(entry), tally);
  });
  EXPECT_EQ(tally.written, 400);
  EXPECT_EQ(run(store->health())->log_size, before + 400);
  store.reset();
  EXPECT_EQ(inconsistency(folder_.path()), "");
}

class Append : public adapters::WriteJob {
 public:
  explicit Append(int number) {
    draft_.entry = "{\"kind\":\"access\",\"salt\":\"" + std::string(600, 's') + std::to_string(number) + "\"}";
    draft_.leaf = crypto::log::leaf_hash(draft_.entry);
  }
  Verdict apply(adapters::WriteContext& context) override {
    context.log.append(draft_);
    return Verdict::keep;
  }

 private:
  adapters::LogDraft draft_;
};

// Written back beside the commits, a log that never rests would also never begin from its front again: the writer must see to it.
TEST_F(Many, TheWriteAheadLogStaysSmallThoughSomebodyAlwaysWrites) {
  auto settings = settings_in(folder_.path());
  settings.checkpoint_pages = 60;
  auto keys = adapters::Keyring::open(settings.keystore, settings.kek);
  ASSERT_TRUE(keys);
  constexpr int kEntries = 20'000;
  std::vector<std::shared_ptr<Append>> jobs;
  for (int i = 0; i < kEntries; ++i) jobs.push_back(std::make_shared<Append>(i));
  std::atomic<int> good = 0;
  const long long before = number(folder_.path(), "SELECT count(*) FROM log_entry");
  // A reader keeps the database open, else the log would be removed with the last connection.
  adapters::Database reader(settings.database, adapters::Database::Mode::read, 1000);
  {
    adapters::Writer writer(settings, *keys, [](const std::string& why) { ADD_FAILURE() << why; });
    for (auto& job : jobs) writer.submit(std::move(job), [&](std::optional<policy::StoreError> error) { good += !error; });
  }
  EXPECT_EQ(good, kEntries);
  EXPECT_LT(std::filesystem::file_size(settings.database + "-wal") / 4096, 1000u) << "pages; some 4,500 were written";
  EXPECT_EQ(number(folder_.path(), "SELECT count(*) FROM log_entry"), before + kEntries);
  EXPECT_EQ(inconsistency(folder_.path()), "");
}

TEST_F(Many, AConflictInABatchDoesNotFailItsNeighbours) {
  auto store = open();
  Tally tally;
  all(120, [&](int i) {
    auto entry = entry_for(i);
    if (i % 4 == 1) entry.nonce = entry_for(0).nonce;                       // one of these and number 0 wins
    if (i % 4 == 2) entry.idempotency_key = entry_for(2).idempotency_key;   // one wins, the others differ in body
    return ask(*store, std::move(entry), tally);
  });
  EXPECT_EQ(tally.failed, 0);
  EXPECT_EQ(tally.nonce_seen, 30);
  EXPECT_EQ(tally.reused, 29);
  EXPECT_EQ(tally.written, 120 - 30 - 29);
  store.reset();
  EXPECT_EQ(inconsistency(folder_.path()), "");
}

TEST_F(Many, OfTheSameRequestSentManyTimesExactlyOneIsWritten) {
  auto store = open();
  Tally tally;
  all(50, [&](int i) {
    auto entry = entry_for(i);
    entry.idempotency_key = "one";
    entry.body_sha256 = entry_for(0).body_sha256;
    return ask(*store, std::move(entry), tally);
  });
  EXPECT_EQ(tally.written, 1);
  EXPECT_EQ(tally.same, 49);
}

TEST_F(Many, AWithdrawalBesideManyRequestsNeverLeavesAReleaseThatRestsOnIt) {
  auto store = open();
  Tally tally;
  std::thread withdrawing([&] {
    auto admin = adapters::Admin::open(settings_in(folder_.path()));
    std::this_thread::sleep_for(5ms);
    auto consent = consent_of("P-1");
    consent.consent.withdrawn = policy::read_date("2026-11-22");
    if (!admin || !admin->put(consent)) ADD_FAILURE() << "not withdrawn";
  });
  // As the gateway does: a release goes only when the consent is seen in the evidence.
  const auto one = [](adapters::SqliteStore& s, int i, Tally& t) -> asio::awaitable<void> {
    for (int again = 0; again < 4; ++again) {
      auto query = about_anna();
      auto found = co_await s.evidence(std::move(query));
      auto entry = entry_for(i);
      if (found && !found->consents.at(0).withdrawn) entry.release = release_for(i);
      auto done = co_await s.commit(std::move(found->token), std::move(entry));
      t.count(done);
      if (done && done->kind != Kind::stale) co_return;
    }
  };
  all(200, [&](int i) { return one(*store, i, tally); });
  withdrawing.join();
  EXPECT_EQ(tally.written, 200);
  store.reset();
  EXPECT_EQ(number(folder_.path(), "SELECT count(*) FROM request WHERE state IN ('released', 'fetched')"), 0);
  EXPECT_EQ(inconsistency(folder_.path()), "");
}

TEST_F(Many, AnImportBesideAServingGatewayLeavesOneLogWithoutGaps) {
  auto store = open();
  Tally tally;
  std::thread importing([&] {
    auto admin = adapters::Admin::open(settings_in(folder_.path()));
    for (int batch = 0; admin && batch < 10; ++batch) {
      admin->begin();
      for (int i = 0; i < 5; ++i) {
        adapters::PersonInput person;
        person.ref = "import-" + std::to_string(batch * 5 + i);
        person.names = {{"Imported", "Fictional", "current"}};
        person.date_of_birth = "2001-01-01";
        if (!admin->put(person) || !admin->put(consent_of(person.ref))) ADD_FAILURE() << "not put";
      }
      if (!admin->commit()) ADD_FAILURE() << "not committed";
    }
  });
  all(200, [&](int i) { return ask(*store, entry_for(i), tally); });
  importing.join();
  EXPECT_EQ(tally.failed, 0);
  EXPECT_EQ(tally.written, 200);
  store.reset();
  EXPECT_EQ(inconsistency(folder_.path()), "");
  EXPECT_EQ(number(folder_.path(), "SELECT count(*) FROM person WHERE decoy = 0"), 52);
}

// The child serves until it is killed; what it said was written is written.
[[noreturn]] void serve_until_killed(const std::string& folder, int report, int first) {
  auto store = adapters::SqliteStore::open(settings_in(folder), [](const std::string&) { ::_exit(3); });
  if (!store) ::_exit(2);
  asio::io_context& context = fresh_context();
  std::atomic<int> next = first;
  const auto one = [](adapters::SqliteStore& s, std::atomic<int>& counter, int to) -> asio::awaitable<void> {
    for (;;) {
      const int i = counter++;
      auto query = about_anna();
      auto found = co_await s.evidence(std::move(query));
      if (!found) ::_exit(4);
      auto entry = entry_for(i);
      if (i % 2 == 0) entry.release = release_for(i);
      auto done = co_await s.commit(std::move(found->token), std::move(entry));
      if (done && done->kind == Kind::written && ::write(to, &i, sizeof i) != sizeof i) ::_exit(5);
    }
  };
  for (int i = 0; i < 8; ++i) {
    auto job = one(**store, next, report);
    asio::co_spawn(context, std::move(job), asio::detached);
  }
  context.run();
  ::_exit(6);
}

TEST_F(Many, AProcessKilledAtAnyMomentLosesNothingItAcknowledgedAndReleasesNothingUnlogged) {
  std::mt19937 random(20261122);
  std::set<std::string> acknowledged;
  for (int round = 0; round < 10; ++round) {
    int report[2];
    ASSERT_EQ(::pipe(report), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(report[0]);
      serve_until_killed(folder_.path(), report[1], (round + 1) * 100000);
    }
    ::close(report[1]);
    // Killed after a number of acknowledgements, at once or a moment later: in the middle of whatever it does then.
    const int wait_for = std::uniform_int_distribution<int>(0, 60)(random);
    int number = 0, seen = 0;
    while (seen < wait_for && ::read(report[0], &number, sizeof number) == sizeof number) {
      acknowledged.insert("req-" + std::to_string(number));
      ++seen;
    }
    ::usleep(std::uniform_int_distribution<unsigned>(0, 3000)(random));
    ::kill(child, SIGKILL);
    while (::read(report[0], &number, sizeof number) == sizeof number) acknowledged.insert("req-" + std::to_string(number));
    ::close(report[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    ASSERT_EQ(inconsistency(folder_.path()), "");
    const auto there = requests_in(folder_.path());
    for (const auto& id : acknowledged) ASSERT_TRUE(there.contains(id)) << id;
  }
  EXPECT_GT(acknowledged.size(), 20u);
  auto store = open();
  Tally tally;
  all(3, [&](int i) { return ask(*store, entry_for(i), tally); });
  EXPECT_EQ(tally.written, 3);
}

TEST_F(Many, WhatIsQueuedWhenTheStoreClosesIsWritten) {
  auto store = open();
  const auto token = run(store->evidence(about_anna()))->token;
  Tally tally;
  asio::io_context& context = fresh_context();
  const auto one = [](adapters::SqliteStore& s, policy::Token t, policy::Entry e, Tally& count) -> asio::awaitable<void> {
    auto done = co_await s.commit(std::move(t), std::move(e));
    count.count(done);
  };
  for (int i = 0; i < 20; ++i) {
    auto job = one(*store, token, entry_for(i), tally);
    asio::co_spawn(context, std::move(job), asio::detached);
  }
  context.poll();  // all are queued
  store.reset();
  context.run();
  EXPECT_EQ(tally.written, 20);
  EXPECT_EQ(requests_in(folder_.path()).size(), 20u);
}

}  // namespace
}  // namespace gatehouse::tests
