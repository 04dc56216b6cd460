// Keys are rotated beside a store that serves, killed in between, put in escrow and restored; nothing is lost, and what is old opens nothing any more.
#include "adapters/sqlite/key_admin.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/key_store.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/reseal.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/stored_decision.hpp"
#include "crypto/keystore.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using adapters::Database;
using adapters::KeyAdmin;
using adapters::Keyring;
using adapters::Statement;

constexpr std::int64_t kDay = 86400;

class KeyRotation : public testing::Test {
 protected:
  KeyRotation() {
    furnish(folder_.path());
    settings_ = settings_in(folder_.path());
  }
  std::unique_ptr<adapters::SqliteStore> store() {
    auto store = adapters::SqliteStore::open(settings_, [](const std::string& why) { ADD_FAILURE() << why; });
    if (!store) throw std::runtime_error(store.error());
    return std::move(*store);
  }
  KeyAdmin keys() {
    adapters::KeyAdminSettings how;
    how.by = "Keeper Fictional";
    how.now = [this] { return now_; };
    how.patience_seconds = 3;
    auto made = KeyAdmin::open(settings_, std::move(how));
    if (!made) throw std::runtime_error(made.error());
    return std::move(*made);
  }
  // What each kind of log entry says, newest last.
  std::vector<std::string> key_entries() {
    auto admin = adapters::Admin::open(settings_).value();
    std::vector<std::string> out;
    const auto rows = admin.log_rows(0, 100000).value();
    for (const auto& row : rows)
      if (row.entry.find("\"kind\":\"key\"") != std::string::npos) out.push_back(admin.log_detail(row.index).value_or("?"));
    return out;
  }
  void commit(adapters::SqliteStore& store, int number) {
    auto entry = entry_for(number);
    entry.release = release_for(number);
    auto token = run(store.evidence(about_anna()))->token;
    const auto done = run(store.commit(std::move(token), std::move(entry)));
    ASSERT_TRUE(done);
    ASSERT_EQ(done->kind, policy::Committed::Kind::written);
  }
  void expect_annas_file(adapters::SqliteStore& store) {
    const auto found = run(store.evidence(about_anna()));
    ASSERT_TRUE(found);
    ASSERT_EQ(found->matched, policy::Matched::one);
    policy::RecordQuery query;
    query.person = found->token.person;
    query.items = {{found->items.at(0).id, found->items.at(0).version}};
    const auto file = run(store.find(query));
    ASSERT_TRUE(file);
    EXPECT_EQ(file->records.size(), 1u);
  }
  Folder folder_;
  adapters::SqliteSettings settings_;
  std::int64_t now_ = 1795341600;
};

TEST_F(KeyRotation, AKekIsRotatedWhileAStoreServesAndDestroyedWhenNoBackupNeedsIt) {
  auto serving = store();
  commit(*serving, 1);
  {
    auto admin = keys();
    const auto done = admin.rotate_kek();
    ASSERT_TRUE(done) << done.error();
    EXPECT_GE(*done, 6u);   // audit, blind index, two that sign, the people
    const auto status = admin.status();
    ASSERT_TRUE(status) << status.error();
    ASSERT_EQ(status->keks.size(), 3u);
    EXPECT_EQ(status->keks[0].state, "retired");
    EXPECT_EQ(status->keks[0].wraps, 0u);
    EXPECT_EQ(status->keks[1].state, "current");
    EXPECT_EQ(status->keks[1].wraps, *done);
    EXPECT_EQ(status->keks[2].state, "next");
    EXPECT_TRUE(status->unfinished.empty());
    now_ += 29 * kDay;
    EXPECT_TRUE(admin.sweep().value().destroyed.empty()) << "a backup may still need it";
  }
  expect_annas_file(*serving);
  commit(*serving, 2);
  now_ += 2 * kDay;
  EXPECT_EQ(keys().sweep().value().destroyed, std::vector<std::string>{"kek 1 destroyed"});
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/kek"));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/kek.2"));
  commit(*serving, 3);
  serving.reset();
  auto again = store();
  expect_annas_file(*again);
  EXPECT_EQ(adapters::read_decision(settings_, "req-1", "staff", kNow).value()->case_json, entry_for(1).case_json);
  std::set<std::string> said;
  for (const auto& one : key_entries()) said.insert(one);
  for (const char* what : {R"({"key":"kek 2","what":"kek_current"})", R"({"key":"kek 3","what":"kek_made"})", R"({"key":"kek 1","what":"kek_retired"})",
                           R"({"key":"kek 1","what":"kek_destroyed"})"})
    EXPECT_TRUE(said.contains(what)) << what;
}

TEST_F(KeyRotation, NothingIsSwitchedWhileAnotherProcessCannotReadTheNextKek) {
  // Stands in for a process that was started before its credential was there.
  auto blind = adapters::ReaderMark::open(settings_.keystore);
  ASSERT_TRUE(blind && blind->reads_up_to(1));
  adapters::KeyAdminSettings how;
  how.by = "Keeper Fictional";
  how.patience_seconds = 0;
  auto admin = KeyAdmin::open(settings_, how);
  ASSERT_TRUE(admin);
  const auto refused = admin->rotate_kek();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("nothing was switched"), std::string::npos) << refused.error();
  EXPECT_EQ(admin->status()->keks[0].state, "current");
  ASSERT_TRUE(blind->reads_up_to(2));
  EXPECT_TRUE(admin->rotate_kek());
}

TEST_F(KeyRotation, OnlyOneRotatesAtATime) {
  auto first = keys();
  const auto second = KeyAdmin::open(settings_, {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("another process changes keys"), std::string::npos);
}

TEST_F(KeyRotation, KilledAtAnyMomentItGoesOnAndNoKeyIsLost) {
  constexpr std::int64_t kPeople = 6000;
  std::vector<std::string> digests;
  {
    auto ring = Keyring::open(settings_.keystore, settings_.kek).value();
    for (std::int64_t i = 100; i < 100 + kPeople; ++i) ASSERT_TRUE(ring.make_data_key(i));
    ASSERT_TRUE(ring.flush());
    for (std::int64_t i = 100; i < 100 + kPeople; ++i) digests.push_back(crypto::blind_index(ring.open_data_key(i)->key(), "which"));
  }
  const bool long_run = std::getenv("GATEHOUSE_LONG") != nullptr;
  // A kill comes at any moment of a rotation, however fast the machine: as long as one takes by itself is measured first.
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(keys().rotate_kek());
  const auto takes = static_cast<unsigned>(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count()) + 1;
  std::mt19937 random(20261126);
  int kills = 0, ended = 0;
  const int rotations = long_run ? 60 : 6, wanted = long_run ? 200 : 12;
  for (int attempt = 0; (ended < rotations || kills < wanted) && attempt < 2000; ++attempt) {
    const pid_t child = ::fork();
    if (child == 0) {
      int code = 1;
      try {
        code = keys().rotate_kek() ? 0 : 1;
      } catch (const std::exception&) {
      }
      ::_exit(code);
    }
    // Later kills for the attempts that follow, so that every rotation ends.
    ::usleep(static_cast<useconds_t>(random() % takes + static_cast<unsigned>(attempt % 6) * (takes / 3)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
      ++kills;
    else if (WEXITSTATUS(status) == 0)
      ++ended;
    else
      FAIL() << "a rotation that was killed before does not go on";
    auto ring = Keyring::open(settings_.keystore, settings_.kek);
    ASSERT_TRUE(ring) << ring.error();
    for (std::int64_t i = 0; i < kPeople; i += 97) {
      const auto lease = ring->open_data_key(100 + i);
      ASSERT_TRUE(lease) << i;
      ASSERT_EQ(crypto::blind_index(lease->key(), "which"), digests[static_cast<std::size_t>(i)]);
    }
  }
  EXPECT_GE(ended, rotations);
  EXPECT_GE(kills, wanted);
  ASSERT_TRUE(keys().rotate_kek());
  const auto status = keys().status();
  ASSERT_TRUE(status);
  unsigned current = 0, next = 0;
  for (const auto& kek : status->keks) {
    current += kek.state == "current";
    next += kek.state == "next";
    EXPECT_NE(kek.state, "making");
    if (kek.state == "retired") {
      EXPECT_EQ(kek.wraps, 0u);
    }
  }
  EXPECT_EQ(current, 1u);
  EXPECT_EQ(next, 1u);
  // Everything that was done is on the log, whoever was killed.
  Database keystore(settings_.keystore, Database::Mode::read, 1000);
  Statement open(keystore.handle(), "SELECT count(*) FROM key_event WHERE logged IS NULL");
  auto rows = open.select();
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.integer(0), 0);
  auto serving = store();
  expect_annas_file(*serving);
}

TEST_F(KeyRotation, ASigningKeyIsPublishedBeforeItSignsAndAfterItSigned) {
  auto ring = Keyring::open(settings_.keystore, settings_.kek).value();
  const std::string first = ring.release_keyid();
  const std::string first_public = ring.release_key().public_key(), second_public = ring.release_keys().published.at(1).public_key;
  now_ = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  auto admin = keys();
  const auto early = admin.rotate_release(false);
  ASSERT_FALSE(early);
  EXPECT_NE(early.error().find("7 days"), std::string::npos) << early.error();
  now_ += 8 * kDay;
  const auto done = admin.rotate_release(false);
  ASSERT_TRUE(done) << done.error();
  ring.refresh();
  EXPECT_EQ(ring.release_keyid(), *done);
  EXPECT_EQ(ring.release_key().public_key(), second_public) << "another key signs than was published";
  const auto& published = ring.release_keys().published;
  ASSERT_EQ(published.size(), 3u);
  std::map<std::string, std::string> states;
  for (const auto& key : published) states[key.public_key] = key.state;
  EXPECT_EQ(states[first_public], "old");
  EXPECT_EQ(states[second_public], "current");
  for (const auto& key : published)
    if (key.state == "old") {
      EXPECT_EQ(key.until, now_ + 30 * kDay);
    }
  // A suspected key signs nothing any more, and is published no more.
  const auto now_at_once = admin.rotate_release(true);
  ASSERT_TRUE(now_at_once);
  now_ += 1;
  EXPECT_EQ(admin.sweep().value().destroyed, std::vector<std::string>{*done + " destroyed"});
  now_ += 30 * kDay;
  EXPECT_EQ(admin.sweep().value().destroyed, std::vector<std::string>{first + " destroyed"});
  ring.refresh();
  EXPECT_EQ(ring.release_keyid(), *now_at_once);
  EXPECT_EQ(ring.release_keys().published.size(), 2u);
}

TEST_F(KeyRotation, AfterTheAuditKeyIsRotatedWhatItSealedBeforeIsStillReadByThoseWhoMay) {
  auto serving = store();
  auto nobody = about_anna();
  nobody.locator.nhs_number = "4010232137";
  auto token = run(serving->evidence(nobody))->token;
  ASSERT_TRUE(run(serving->commit(token, entry_for(7))));   // a request of nobody: its key is wrapped by the audit key
  ASSERT_TRUE(run(serving->keep_draft("st_none", "/ask", "words", kNow)) || true);
  auto before = adapters::Admin::open(settings_).value();
  ASSERT_TRUE(before.activate_pack({"pack", "1", kPack}, "First Officer", "Second Officer", kNow));
  const auto index = before.log_rows(0, 1000)->size() - 1;
  ASSERT_TRUE(keys().rotate_audit());
  EXPECT_NE(before.log_detail(index, "staff").value().find("Second Officer"), std::string::npos);
  auto ring = Keyring::open(settings_.keystore, settings_.kek).value();
  EXPECT_EQ(ring.audit_key().number(), 2u);
  EXPECT_EQ(adapters::read_decision(settings_, "req-7", "staff", kNow).value()->case_json, entry_for(7).case_json);
  ASSERT_TRUE(before.activate_pack({"pack", "2", kPack}, "Third Officer", "Second Officer", kNow));
  EXPECT_NE(before.log_detail(before.log_rows(0, 1000)->size() - 1, "staff").value().find("Third Officer"), std::string::npos);
}

TEST_F(KeyRotation, APersonsNewKeySealsEverythingStoredAndTheOldOneOpensTheLogAlone) {
  auto serving = store();
  commit(*serving, 1);
  auto ask = about_anna();
  auto admin = adapters::Admin::open(settings_).value();
  std::uint64_t index = 0;
  const auto rows = admin.log_rows(0, 1000);
  for (const auto& row : rows.value())
    if (row.entry.find("\"kind\":\"release\"") != std::string::npos) index = row.index;
  ASSERT_TRUE(admin.log_detail(index));
  EXPECT_FALSE(keys().rotate_person("P-none"));
  ASSERT_TRUE(keys().rotate_person("P-1"));
  expect_annas_file(*serving);
  commit(*serving, 2);
  EXPECT_TRUE(admin.log_detail(index)) << "the log is sealed with the earlier version";
  // Without the earlier version everything stored opens all the same; only the old log entry does not.
  {
    Database keystore(settings_.keystore, Database::Mode::write, 1000);
    ASSERT_EQ(Statement(keystore.handle(), "DELETE FROM data_key WHERE person = 2 AND version = 1").run(), 1);
  }
  serving.reset();
  auto again = store();
  expect_annas_file(*again);
  const auto read = adapters::read_decision(settings_, "req-1", "staff", kNow);
  ASSERT_TRUE(read && *read) << (read ? "" : read.error());
  EXPECT_EQ((*read)->case_json, entry_for(1).case_json);
  auto fresh = adapters::Admin::open(settings_).value();
  EXPECT_FALSE(fresh.log_detail(index));
  EXPECT_EQ(fresh.put(anna()).value(), adapters::Put::unchanged);
  EXPECT_EQ(fresh.consents("P-1")->size(), 1u);
  EXPECT_EQ(fresh.put(consent_of("P-1")).value(), adapters::Put::unchanged);
}

TEST_F(KeyRotation, EveryColumnThatHoldsSealedWordsIsSealedAgainOrHasAnotherKey) {
  std::set<std::pair<std::string_view, std::string_view>> known;
  for (const auto& one : adapters::resealed_columns()) known.insert(one);
  // Sealed with the audit key or a partner's, not with a person's.
  for (const auto& one : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"active_pack", "officers"}, {"request", "own_key"}, {"release_package", "age"}, {"approval", "officer"}, {"advice", "officer"}, {"staff", "file"},
           {"draft", "words"}, {"enquiry", "file"}, {"inbound", "about"}, {"inbound", "original"}, {"inbound", "cut"}, {"key_change", "officer"}, {"statistics_policy", "officers"}, {"statistics_cap_change", "officers"}, {"statistics_cap_change", "reason"}})
    known.insert(one);
  std::set<std::pair<std::string_view, std::string_view>> sealed;
  for (const auto& column : adapters::declared_columns())
    if (column.holds == adapters::Holds::sealed) sealed.emplace(column.table, column.column);
  EXPECT_EQ(sealed, known);
}

TEST_F(KeyRotation, EverybodysKeysAreRenewedAndAKilledRunGoesOn) {
  auto serving = store();
  commit(*serving, 1);
  const auto versions = [&] {
    Database keystore(settings_.keystore, Database::Mode::read, 1000);
    Statement all(keystore.handle(), "SELECT count(*), min(n) FROM (SELECT max(version) AS n FROM data_key GROUP BY person)");
    auto rows = all.select();
    EXPECT_TRUE(rows.next());
    return std::pair(rows.integer(0), rows.integer(1));
  };
  const auto people = versions().first;
  // As a run that was killed after the first person leaves it.
  {
    Database keystore(settings_.keystore, Database::Mode::write, 1000);
    Statement(keystore.handle(), "INSERT INTO rotation (what, number, begun_at) VALUES ('people', 1, 0)").run();
  }
  EXPECT_EQ(keys().status()->unfinished, std::vector<std::string>{"people"});
  EXPECT_EQ(keys().rotate_people().value(), static_cast<std::uint64_t>(people) - 1);
  EXPECT_TRUE(keys().status()->unfinished.empty());
  EXPECT_EQ(keys().rotate_people().value(), static_cast<std::uint64_t>(people));
  EXPECT_EQ(versions(), std::pair(people, std::int64_t{2}));
  expect_annas_file(*serving);
}

TEST_F(KeyRotation, AnyTwoOfThreeSharesRestoreAMachineThatLostItsKeks) {
  const std::string noise = folder_.path() + "/noise.key";
  { std::ofstream(noise, std::ios::binary) << std::string(32, 'n'); }
  std::vector<crypto::EscrowShare> shares, stale;
  {
    auto admin = keys();
    stale = std::move(admin.make_escrow(2, 3, {{"noise.key", noise}}).value());
    shares = std::move(admin.make_escrow(2, 3, {{"noise.key", noise}}).value());
    ASSERT_EQ(shares.size(), 3u);
  }
  const auto some = [](std::vector<crypto::EscrowShare>& all, std::initializer_list<std::size_t> which) {
    std::vector<crypto::EscrowShare> out;
    for (const auto i : which)
      out.push_back({all[i].count, all[i].threshold, all[i].set, {all[i].share.number, all[i].share.bytes.clone(crypto::KeyAccess::granted_to("test"))}});
    return out;
  };
  EXPECT_EQ(keys().check_escrow(some(shares, {0, 2})).value(), 3u);
  EXPECT_FALSE(keys().check_escrow(some(shares, {1})));
  EXPECT_FALSE(keys().check_escrow(some(stale, {0, 1}))) << "the shares of an earlier escrow open nothing";
  // A key that is made later is in escrow at once, without anybody's share.
  ASSERT_TRUE(keys().rotate_kek());
  EXPECT_EQ(keys().check_escrow(some(shares, {1, 2})).value(), 4u);
  EXPECT_NE(adapters::restore_from_escrow(settings_, some(shares, {0, 1}), {}).error().find("nothing to restore"), std::string::npos);

  for (const char* name : {"/kek", "/kek.2", "/kek.3", "/noise.key"}) std::filesystem::remove(folder_.path() + name);
  EXPECT_FALSE(adapters::Admin::open(settings_));
  EXPECT_FALSE(adapters::restore_from_escrow(settings_, some(shares, {2}), {{"noise.key", noise}}));
  EXPECT_FALSE(adapters::restore_from_escrow(settings_, some(stale, {0, 1}), {{"noise.key", noise}}));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/kek.2"));
  const auto done = adapters::restore_from_escrow(settings_, some(shares, {2, 0}), {{"noise.key", noise}});
  ASSERT_TRUE(done) << done.error();
  EXPECT_EQ(done->size(), 3u);   // KEK 2, KEK 3, the file
  EXPECT_EQ(std::filesystem::file_size(noise), 32u);
  auto serving = store();
  expect_annas_file(*serving);
  ASSERT_TRUE(keys().rotate_kek());
  std::set<std::string> said;
  for (const auto& one : key_entries()) said.insert(one);
  EXPECT_TRUE(said.contains(R"({"key":"kek 2","what":"kek_restored"})"));
}

TEST_F(KeyRotation, WhoIsDestroyedLeavesNoWordBehindThatAnotherKeySealed) {
  auto serving = store();
  commit(*serving, 1);
  {
    Database database(settings_.database, Database::Mode::write, 1000);
    Statement(database.handle(), "INSERT INTO staff (id, sign_in, state, version, file) VALUES ('st_1', x'01', 'active', 1, x'02')").run();
  }
  ASSERT_TRUE(run(serving->keep_draft("st_1", "/cases/req-1", "half written about Anna", kNow)));
  ASSERT_TRUE(run(serving->keep_draft("st_1", "/ask", "about nobody", kNow)));
  auto admin = adapters::Admin::open(settings_).value();
  ASSERT_TRUE(admin.shred("P-1", "First Officer", "Second Officer", kNow, "asked for by the young person"));
  EXPECT_EQ(run(serving->draft("st_1", "/cases/req-1")).value(), "");
  EXPECT_EQ(run(serving->draft("st_1", "/ask")).value(), "about nobody");
  const auto rows = admin.log_rows(0, 1000).value();
  for (const auto& row : rows)
    if (row.entry.find("\"kind\":\"shred\"") != std::string::npos) {
      EXPECT_NE(admin.log_detail(row.index, "staff").value().find("asked for by the young person"), std::string::npos);
      EXPECT_EQ(admin.log_detail(row.index).value().find("Anna"), std::string::npos);
    }
  // Renewing keys afterwards brings nobody back.
  ASSERT_TRUE(keys().rotate_people());
  EXPECT_EQ(run(serving->evidence(about_anna()))->matched, policy::Matched::nobody);
  EXPECT_FALSE(keys().rotate_person("P-1"));
}

}  // namespace
}  // namespace gatehouse::tests
