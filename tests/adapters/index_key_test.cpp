// A version of the index key is more than its number: database, figures and key store are of one rotation, or nothing is looked up and nothing is lost.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/key_admin.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/one_at_a_time.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/statistics_import.hpp"
#include "adapters/sqlite/statistics_rows.hpp"
#include "adapters/sqlite/turn_over.hpp"
#include "tests/adapters/fault_vfs.hpp"
#include "tests/adapters/store_checks.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using adapters::Database;
using adapters::KeyAdmin;
using adapters::Keyring;
using adapters::Statement;
using adapters::StatisticsImport;
using policy::Matched;

constexpr const char* kPolicy = R"({"schema": "gatehouse-statistics/1", "test_policy": true, "lag_days": 0, "tick_ms": 0, "datasets": [{
  "id": "referrals", "first_period": "2026-Q1", "measures": [{"id": "children"}], "attributes": [
    {"id": "sex", "category": "identity", "codes": ["female", "male"]}], "cap_all": 1000000000, "cap_standing": 0}]})";

class IndexKey : public testing::Test {
 protected:
  IndexKey() {
    furnish(folder_.path());
    settings_ = settings_in(folder_.path());
    settings_.statistics = folder_.path() + "/statistics.db";
  }
  KeyAdmin keys(int steps = -1, unsigned rows_at_once = 200) {
    adapters::KeyAdminSettings how;
    how.by = "Keeper Fictional";
    how.rows_at_once = rows_at_once;
    if (steps >= 0) how.go_on = [left = steps]() mutable { return left-- > 0; };
    auto made = KeyAdmin::open(settings_, std::move(how));
    if (!made) throw std::runtime_error(made.error());
    return std::move(*made);
  }
  void rotate() {
    const auto done = keys().rotate_index();
    ASSERT_TRUE(done) << done.error();
  }
  std::expected<std::unique_ptr<adapters::SqliteStore>, std::string> serve() {
    return adapters::SqliteStore::open(settings_, [](const std::string& why) { ADD_FAILURE() << why; });
  }
  void expect_anna_is_found() {
    auto store = serve();
    ASSERT_TRUE(store) << store.error();
    const auto found = run((*store)->evidence(about_anna()));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->matched, Matched::one);
  }
  adapters::StatisticsRows::Put put_row(const char* child, const char* record) {
    auto rows = StatisticsImport::open(settings_, policy_.datasets.front());
    if (!rows) throw std::runtime_error(rows.error());
    const auto done = rows->put(child, record, 20635, {0});
    if (!done) throw std::runtime_error(done.error().text());
    if (auto finished = rows->finish(); !finished) throw std::runtime_error(finished.error());
    return *done;
  }
  long long rows_of_figures() {
    Database database(settings_.statistics, Database::Mode::read, 1000);
    Statement all(database.handle(), "SELECT count(*) FROM event");
    auto rows = all.select();
    return rows.next() ? rows.integer(0) : -1;
  }
  long long number_of(const std::string& sql) { return number(folder_.path(), sql); }

  // ---- backups
  void save(const std::string& as, std::initializer_list<const char*> names) {
    std::filesystem::create_directories(folder_.path() + "/" + as);
    for (const char* name : names) {
      ASSERT_TRUE(Database(folder_.path() + "/" + name, Database::Mode::write, 1000).checkpoint(Database::Checkpoint::truncate));
      std::filesystem::copy_file(folder_.path() + "/" + name, folder_.path() + "/" + as + "/" + name);
    }
  }
  void put_back(const std::string& from, std::initializer_list<const char*> names) {
    for (const char* name : names) {
      for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(folder_.path() + "/" + name + tail);
      std::filesystem::copy_file(folder_.path() + "/" + from + "/" + name, folder_.path() + "/" + name);
    }
  }
  // Two rotations that both end at version 2, kept as `one` and `two`; `two` stands.
  void rotate_twice_from_one_backup() {
    put_row("P-1", "r-1");
    save("before", {"gatehouse.db", "keys.db", "statistics.db"});
    rotate();
    save("one", {"gatehouse.db", "keys.db", "statistics.db"});
    put_back("before", {"gatehouse.db", "keys.db", "statistics.db"});
    rotate();
    save("two", {"gatehouse.db", "keys.db", "statistics.db"});
  }
  // As a gatehouse of schema 14 left it.
  void as_of_before() {
    {
      Database database(settings_.database, Database::Mode::write, 1000);
      std::vector<std::string> triggers;
      {
        Statement all(database.handle(), "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_of\\_this\\_index' ESCAPE '\\'");
        auto rows = all.select();
        while (rows.next()) triggers.push_back(rows.string(0));
      }
      EXPECT_FALSE(triggers.empty());
      for (const auto& one : triggers) database.run(("DROP TRIGGER " + one).c_str());
      database.run("DROP TABLE index_check; DELETE FROM schema_version WHERE version > 14");
      if (adapters::schema_version(database) == 0) Statement(database.handle(), "INSERT INTO schema_version (version, at) VALUES (14, 0)").run();
    }
    if (!std::filesystem::exists(settings_.statistics)) return;
    Database figures(settings_.statistics, Database::Mode::write, 1000);
    figures.run("ALTER TABLE index_key DROP COLUMN check_value; PRAGMA user_version = 2");
  }
  int schema() {
    Database database(settings_.database, Database::Mode::read, 1000);
    return adapters::schema_version(database);
  }
  static void expect_line(const std::string& error, const std::string& file, const std::string& words) {
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    EXPECT_EQ(error.rfind(file + ": ", 0), 0u) << error;
    EXPECT_NE(error.find(words), std::string::npos) << error;
    for (const char* name : {"Anna", "Fictional", "P-1", kAnnasNumber}) EXPECT_EQ(error.find(name), std::string::npos) << error;
  }
  static bool holds(const std::string& file, const std::string& bytes) {
    for (const char* tail : {"", "-wal"}) {
      std::ifstream in(file + tail, std::ios::binary);
      const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      if (all.find(bytes) != std::string::npos) return true;
    }
    return false;
  }
  // Reads until it goes: nothing that stood there can leave the write-ahead log.
  struct Reader {
    Reader(const std::string& file, const char* sql) : database(file, Database::Mode::read, 1000) {
      database.run("BEGIN");
      Statement all(database.handle(), sql);
      auto rows = all.select();
      if (rows.next()) value = std::string(rows.blob(0));
    }
    ~Reader() { database.run("COMMIT"); }
    Database database;
    std::string value;
  };

  Folder folder_;
  adapters::SqliteSettings settings_;
  statistics::Policy policy_ = statistics::Policy::read(kPolicy).value();
};

TEST_F(IndexKey, TwoRotationsOfOneNumberAreToldApartWhereverDatabaseAndKeyStoreMeet) {
  rotate_twice_from_one_backup();
  put_back("one", {"gatehouse.db"});
  const auto refused = [&](const auto& opened) {
    ASSERT_FALSE(opened);
    expect_line(opened.error(), settings_.database, "restore both from one backup");
  };
  refused(serve());
  refused(adapters::Admin::open(settings_));
  refused(KeyAdmin::open(settings_, {}));
  refused(adapters::Admin::migrate(settings_));
  // The other way round, and all of one.
  put_back("two", {"gatehouse.db"});
  expect_anna_is_found();
  put_back("one", {"keys.db"});
  refused(serve());
  put_back("one", {"gatehouse.db", "statistics.db"});
  expect_anna_is_found();
  EXPECT_EQ(put_row("P-1", "r-1"), adapters::StatisticsRows::Put::unchanged);
  rotate();
  expect_anna_is_found();
}

TEST_F(IndexKey, FiguresOfAnotherRotationAreNeitherAddedToNorTurnedOver) {
  rotate_twice_from_one_backup();
  put_back("one", {"statistics.db"});
  const auto import = StatisticsImport::open(settings_, policy_.datasets.front());
  ASSERT_FALSE(import);
  expect_line(import.error(), settings_.statistics, "restore both from one backup");
  const auto forgotten = adapters::forget_in_statistics(settings_, "P-1");
  ASSERT_FALSE(forgotten);
  expect_line(forgotten.error(), settings_.statistics, "restore both from one backup");
  const auto status = keys().status();
  ASSERT_TRUE(status) << "figures hide nothing of the keys: " << status.error();
  EXPECT_FALSE(status->keks.empty());
  ASSERT_EQ(status->troubles.size(), 1u);
  expect_line(status->troubles[0], settings_.statistics, "restore both from one backup");
  const auto migrated = adapters::Admin::migrate(settings_);
  ASSERT_FALSE(migrated);
  expect_line(migrated.error(), settings_.statistics, "restore both from one backup");
  const auto rotated = keys().rotate_index();
  ASSERT_FALSE(rotated);
  expect_line(rotated.error(), settings_.statistics, "restore both from one backup");
  EXPECT_EQ(rotated.error().find("say it again"), std::string::npos) << "that would not help: " << rotated.error();
  EXPECT_EQ(number_of("SELECT n FROM counter WHERE name = 'index_written'"), 2) << "before anything was begun";
  EXPECT_EQ(rows_of_figures(), 1);
  expect_anna_is_found();   // who is in danger is not kept waiting by figures
  put_back("two", {"statistics.db"});
  EXPECT_EQ(put_row("P-1", "r-1"), adapters::StatisticsRows::Put::unchanged);
}

TEST_F(IndexKey, WhoServesComparesInEveryTransaction) {
  auto store = adapters::SqliteStore::open(settings_, [](const std::string&) {});
  ASSERT_TRUE(store);
  auto admin = adapters::Admin::open(settings_);
  ASSERT_TRUE(admin);
  ASSERT_EQ(run((*store)->evidence(about_anna()))->matched, Matched::one);
  // Another database was put in its place.
  Database(settings_.database, Database::Mode::write, 1000).run("UPDATE index_check SET value = zeroblob(16)");
  EXPECT_FALSE(run((*store)->evidence(about_anna())));
  const auto put = admin->put(anna());
  ASSERT_FALSE(put);
  EXPECT_NE(put.error().text().find("another one"), std::string::npos) << put.error().text();
}

TEST_F(IndexKey, ADatabaseOfBeforeIsToldItsKeyWhenThatWasTriedAndNotAtFirstSight) {
  rotate_twice_from_one_backup();
  as_of_before();
  EXPECT_EQ(schema(), 14);
  save("before15", {"gatehouse.db", "statistics.db"});

  put_back("one", {"keys.db"});
  const auto wrong = adapters::Admin::migrate(settings_);
  ASSERT_FALSE(wrong);
  expect_line(wrong.error(), settings_.database, "3 of 3 people on file are not found");
  EXPECT_EQ(schema(), 14) << "nothing was changed";

  put_back("two", {"keys.db"});
  ASSERT_EQ(adapters::Admin::migrate(settings_).value().before, 14);
  expect_anna_is_found();
  EXPECT_EQ(put_row("P-1", "r-1"), adapters::StatisticsRows::Put::unchanged);
  EXPECT_EQ(adapters::Admin::migrate(settings_).value().before, adapters::kSchemaVersion) << "said again";
  put_back("one", {"keys.db"});
  EXPECT_FALSE(serve());

  // The figures alone are of the other rotation.
  put_back("two", {"gatehouse.db", "keys.db"});
  put_back("one", {"statistics.db"});
  {
    Database figures(settings_.statistics, Database::Mode::write, 1000);
    figures.run("ALTER TABLE index_key DROP COLUMN check_value; PRAGMA user_version = 2");
  }
  EXPECT_FALSE(StatisticsImport::open(settings_, policy_.datasets.front())) << "before it was compared";
  const auto figures = adapters::Admin::migrate(settings_);
  ASSERT_TRUE(figures) << figures.error();
  expect_line(figures->figures, settings_.statistics, "nobody on file has a row in it");
  EXPECT_FALSE(StatisticsImport::open(settings_, policy_.datasets.front())) << "still nothing is added to them";
}

TEST_F(IndexKey, FiguresOfPeopleWhoAreNotOnFileAreToldTheirKeyByTheOperatorsWordAlone) {
  put_row("EXTERNAL-9", "r-9");
  rotate();
  as_of_before();
  const auto migrated = adapters::Admin::migrate(settings_);
  ASSERT_TRUE(migrated) << migrated.error();
  expect_line(migrated->figures, settings_.statistics, "gatehouse migrate --figures-are-of-this-key-store");
  EXPECT_EQ(schema(), adapters::kSchemaVersion);
  expect_anna_is_found();
  EXPECT_FALSE(StatisticsImport::open(settings_, policy_.datasets.front()));
  const auto told = adapters::Admin::migrate(settings_, true);
  ASSERT_TRUE(told) << told.error();
  EXPECT_EQ(told->figures, "");
  EXPECT_EQ(put_row("EXTERNAL-9", "r-9"), adapters::StatisticsRows::Put::unchanged);
  EXPECT_EQ(adapters::Admin::migrate(settings_).value().figures, "") << "once is enough";
}

TEST_F(IndexKey, TheOperatorsWordDoesNotBeatWhatAFileOfFiguresSaysItself) {
  rotate_twice_from_one_backup();
  put_back("one", {"statistics.db"});
  const auto migrated = adapters::Admin::migrate(settings_, true);
  ASSERT_FALSE(migrated);
  expect_line(migrated.error(), settings_.statistics, "restore both from one backup");
}

TEST_F(IndexKey, FiguresThatBeginAfterARotationStandUnderTheNewestKey) {
  rotate();
  put_row("P-1", "r-1");
  EXPECT_EQ(adapters::StatisticsRows::open(settings_.statistics, 1000)->index_key().version, 2u);
  EXPECT_TRUE(keys().status().value().behind.empty());
  EXPECT_EQ(put_row("P-1", "r-1"), adapters::StatisticsRows::Put::unchanged);
  rotate();
  EXPECT_EQ(put_row("P-1", "r-1"), adapters::StatisticsRows::Put::unchanged);
  EXPECT_EQ(adapters::forget_in_statistics(settings_, "P-1").value(), 1u);
}

TEST_F(IndexKey, AMigrationThatWasKilledHalfWayIsSaidAgainAndNothingIsServedMeanwhile) {
  Database(settings_.database, Database::Mode::write, 1000).run("DELETE FROM index_check");
  const auto store = serve();
  ASSERT_FALSE(store);
  expect_line(store.error(), settings_.database, "gatehouse migrate");
  const auto admin = adapters::Admin::open(settings_);
  ASSERT_FALSE(admin);
  expect_line(admin.error(), settings_.database, "gatehouse migrate");
  ASSERT_EQ(adapters::Admin::migrate(settings_).value().before, adapters::kSchemaVersion);
  expect_anna_is_found();
}

TEST_F(IndexKey, AKeyStoreThatOpensNobodysFileProvesNothing) {
  as_of_before();
  for (const char* tail : {"", "-wal", "-shm"}) std::filesystem::remove(settings_.keystore + tail);
  std::filesystem::remove(folder_.path() + "/kek");
  std::filesystem::remove(folder_.path() + "/kek.2");
  ASSERT_TRUE(Keyring::create(settings_.keystore, settings_.kek));
  const auto refused = adapters::Admin::migrate(settings_);
  ASSERT_FALSE(refused);
  expect_line(refused.error(), settings_.database, "nobody's file opens");
  EXPECT_EQ(schema(), 14);
}

TEST_F(IndexKey, AMigrationWaitsForNobodyWhoChangesKeys) {
  as_of_before();
  {
    const auto rotating = adapters::OneAtATime::take(settings_.keystore);
    ASSERT_TRUE(rotating);
    const auto refused = adapters::Admin::migrate(settings_);
    ASSERT_FALSE(refused);
    expect_line(refused.error(), settings_.keystore, "another process changes keys");
    EXPECT_EQ(schema(), 14);
  }
  EXPECT_TRUE(adapters::Admin::migrate(settings_));
}

TEST_F(IndexKey, WhicheverStepOfAMigrationFailsItIsSaidAgainAndTheKeyIsTheRightOne) {
  as_of_before();
  save("old", {"gatehouse.db"});
  FaultDisk disk;
  int steps = 0, struck = 0;
  disk.arm(settings_.database, Fault::none, 0, 0);
  ASSERT_TRUE(adapters::Admin::migrate(settings_));
  steps = disk.steps();
  disk.disarm();
  ASSERT_GT(steps, 5);
  for (const Fault fault : {Fault::write_error, Fault::write_short, Fault::no_space, Fault::sync_lost, Fault::sync_persisted}) {
    for (int at = 0; at < steps; ++at) {
      put_back("old", {"gatehouse.db"});
      disk.arm(settings_.database, fault, at, 1);
      (void)adapters::Admin::migrate(settings_);
      struck += disk.struck() ? 1 : 0;
      disk.disarm();
      if (schema() == adapters::kSchemaVersion && number_of("SELECT count(*) FROM index_check") == 0) {
        EXPECT_FALSE(serve()) << "not compared yet";
      }
      const auto again = adapters::Admin::migrate(settings_);
      ASSERT_TRUE(again) << again.error() << ", step " << at;
      expect_anna_is_found();
    }
  }
  EXPECT_GT(struck, steps);
  std::cout << "[   COUNT  ] " << struck << " faults struck\n";
}

TEST_F(IndexKey, ADatabaseFromTheMiddleOfARotationGoesOnToTheNewestKeyAndNeverBackwards) {
  ASSERT_FALSE(keys(4, 1).rotate_index());   // stopped on its way to version 2
  ASSERT_EQ(number_of("SELECT n FROM counter WHERE name = 'index_oldest'"), 1);
  ASSERT_EQ(number_of("SELECT n FROM counter WHERE name = 'index_written'"), 2);
  save("middle", {"gatehouse.db"});
  rotate();
  rotate();
  const auto states = [&] {
    std::vector<std::string> out;
    for (const auto& key : keys().status().value().keys)
      if (key.name == "blind_index") out.push_back(key.state);
    return out;
  };
  const std::vector<std::string> third = {"old", "old", "current"};
  ASSERT_EQ(states(), third);
  put_back("middle", {"gatehouse.db"});
  expect_anna_is_found();
  {
    const auto status = keys().status().value();
    ASSERT_EQ(status.behind.size(), 1u);
    EXPECT_EQ(status.behind[0].file, settings_.database);
    EXPECT_EQ(status.behind[0].version, 1u);
    EXPECT_EQ(status.behind[0].current, 3u);
  }
  // A disk that fails at any of its steps changes nothing about that.
  {
    FaultDisk disk;
    int struck = 0;
    for (const int at : {0, 2, 5, 9}) {
      put_back("middle", {"gatehouse.db"});
      {
        auto rotation = keys();
        disk.arm(settings_.database, Fault::write_error, at, 1);
        const auto failed = rotation.rotate_index();
        struck += disk.struck() ? 1 : 0;
        if (!failed) {
          expect_line(failed.error(), settings_.database, "say it again");
        }
      }
      disk.disarm();
      for (const auto& state : states()) EXPECT_NE(state, "next");
      EXPECT_EQ(states(), third);
    }
    EXPECT_GT(struck, 1);
  }
  put_back("middle", {"gatehouse.db"});
  rotate();
  EXPECT_EQ(states(), third) << "no further key was needed";
  EXPECT_EQ(number_of("SELECT count(*) FROM counter WHERE name IN ('index_oldest', 'index_written') AND n = 3"), 2);
  EXPECT_TRUE(keys().status().value().behind.empty());
  expect_anna_is_found();
}

TEST_F(IndexKey, StatusSaysWhichFileStandsUnderAnOlderVersion) {
  put_row("P-1", "r-1");
  EXPECT_TRUE(keys().status().value().behind.empty());
  save("before", {"gatehouse.db", "statistics.db"});
  rotate();
  EXPECT_TRUE(keys().status().value().behind.empty());
  put_back("before", {"statistics.db"});
  {
    const auto behind = keys().status().value().behind;
    ASSERT_EQ(behind.size(), 1u);
    EXPECT_EQ(behind[0].file, settings_.statistics);
    EXPECT_EQ(behind[0].version, 1u);
    EXPECT_EQ(behind[0].current, 2u);
  }
  put_back("before", {"gatehouse.db"});
  EXPECT_EQ(keys().status().value().behind.size(), 2u);
  rotate();
  EXPECT_TRUE(keys().status().value().behind.empty());
  expect_anna_is_found();
  EXPECT_EQ(put_row("P-1", "r-1"), adapters::StatisticsRows::Put::unchanged);
}

TEST_F(IndexKey, ARotationIsNotOverWhileAReaderHoldsTheFiguresOfBefore) {
  put_row("P-1", "r-1");
  std::string bytes;
  {
    Reader reader(settings_.statistics, "SELECT child FROM event");
    Statement one(reader.database.handle(), "SELECT child FROM event");
    auto rows = one.select();
    ASSERT_TRUE(rows.next());
    for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(rows.integer(0) >> shift);
    ASSERT_TRUE(holds(settings_.statistics, bytes));
    const auto stopped = keys().rotate_index();
    ASSERT_FALSE(stopped);
    expect_line(stopped.error(), settings_.statistics, "a reader still holds");
    EXPECT_EQ(keys().status().value().unfinished, std::vector<std::string>{"index"});
    expect_anna_is_found();
  }
  rotate();
  EXPECT_TRUE(keys().status().value().unfinished.empty());
  EXPECT_FALSE(holds(settings_.statistics, bytes));
  EXPECT_EQ(put_row("P-1", "r-1"), adapters::StatisticsRows::Put::unchanged);
}

TEST_F(IndexKey, AReaderThatEndsInTimeIsWaitedFor) {
  put_row("P-1", "r-1");
  auto reader = std::make_unique<Reader>(settings_.statistics, "SELECT child FROM event");
  std::jthread later([&] {
    std::this_thread::sleep_for(1s);
    reader.reset();
  });
  EXPECT_EQ(adapters::forget_in_statistics(settings_, "P-1").value(), 1u);
}

TEST_F(IndexKey, WhoIsDestroyedIsNotReportedGoneWhileAReaderHoldsThem) {
  settings_.busy_milliseconds = 300;
  put_row("P-1", "r-1");
  const auto shred = [&] {
    auto admin = adapters::Admin::open(settings_);
    if (!admin) throw std::runtime_error(admin.error());
    return admin->shred("P-1", "First Officer", "Second Officer", kNow);
  };
  const std::string person = std::to_string(number_of("SELECT id FROM person WHERE decoy = 0 ORDER BY id LIMIT 1"));
  std::string wrapped;
  {
    Reader reader(settings_.keystore, ("SELECT wrapped FROM data_key WHERE person = " + person).c_str());
    wrapped = reader.value;
    ASSERT_GT(wrapped.size(), 32u);
    const auto said = shred();
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().code, adapters::kShredLeavesSomething) << "it is logged: whoever keeps a list of the destroyed must know";
    EXPECT_NE(said.error().text().find(settings_.keystore), std::string::npos) << said.error().text();
    EXPECT_NE(said.error().text().find("a reader still holds"), std::string::npos) << said.error().text();
    EXPECT_EQ(rows_of_figures(), 0) << "what can be done is done";
  }
  {
    Reader reader(settings_.database, "SELECT token FROM identifier");
    Database(settings_.database, Database::Mode::write, 1000).run("UPDATE counter SET n = n + 1 WHERE name = 'relations'");
    const auto said = shred();
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().code, adapters::kShredLeavesSomething) << "it is logged: whoever keeps a list of the destroyed must know";
    EXPECT_NE(said.error().text().find(settings_.database), std::string::npos) << said.error().text();
  }
  {
    Reader reader(settings_.statistics, "SELECT child FROM event");
    Database(settings_.statistics, Database::Mode::write, 1000).run("INSERT INTO dataset (id, codes) VALUES ('another', x'00')");
    const auto said = shred();
    ASSERT_FALSE(said);
    EXPECT_EQ(said.error().code, adapters::kShredLeavesSomething) << "it is logged: whoever keeps a list of the destroyed must know";
    EXPECT_NE(said.error().text().find(settings_.statistics), std::string::npos) << said.error().text();
  }
  ASSERT_TRUE(shred());
  EXPECT_FALSE(holds(settings_.keystore, wrapped));
}

TEST_F(IndexKey, ADestructionThatIsLoggedIsNeverReportedAsOneThatIsNot) {
  settings_.busy_milliseconds = 300;
  put_row("P-1", "r-1");
  save("before", {"gatehouse.db", "keys.db", "statistics.db"});
  FaultDisk disk;
  int unlogged = 0, stands = 0;
  for (const std::string& file : {settings_.database, settings_.keystore, settings_.statistics})
    for (const Fault fault : {Fault::write_error, Fault::no_space})   // a failed sync of a COMMIT has an end that nobody knows, and says so
      for (int at = 0; at < 12; ++at) {
        put_back("before", {"gatehouse.db", "keys.db", "statistics.db"});
        auto admin = adapters::Admin::open(settings_);
        ASSERT_TRUE(admin) << admin.error();
        disk.arm(file, fault, at, 1);
        const auto said = admin->shred("P-1", "First Officer", "Second Officer", kNow);
        const bool struck = disk.struck();
        disk.disarm();
        if (!struck) continue;
        const bool gone = number_of("SELECT count(*) FROM person WHERE shredded_at IS NOT NULL") == 1;
        if (said) continue;
        auto keyring = Keyring::open(settings_.keystore, settings_.kek);
        ASSERT_TRUE(keyring) << keyring.error();
        const bool key = keyring->open_data_key(number_of("SELECT id FROM person WHERE decoy = 0 ORDER BY id LIMIT 1")).has_value();
        const bool told = adapters::shred_stands(said.error());
        EXPECT_EQ(told, gone) << file << ", step " << at << ": " << said.error().text();
        if (told) {
          EXPECT_EQ(key, said.error().code == adapters::kShredKeyThere) << said.error().text();
        }
        ++(told ? stands : unlogged);
      }
  EXPECT_GT(unlogged, 0);
  EXPECT_GT(stands, 2);
  std::cout << "[   COUNT  ] " << stands << " were logged, " << unlogged << " not\n";
}

TEST_F(IndexKey, WhatIsSweptIsNotReportedGoneWhileAReaderHoldsIt) {
  settings_.busy_milliseconds = 300;
  {
    Reader reader(settings_.keystore, "SELECT wrapped FROM installation_key");
    const auto rotated = keys().rotate_kek();
    ASSERT_FALSE(rotated);
    expect_line(rotated.error(), settings_.keystore, "gatehouse keys sweep");
    EXPECT_TRUE(keys().status().value().unfinished.empty());
    const auto swept = keys().sweep().value();
    EXPECT_TRUE(swept.destroyed.empty()) << "a complaint is not something destroyed";
    expect_line(swept.still_held, settings_.keystore, "a reader still holds");
  }
  EXPECT_EQ(keys().sweep().value().still_held, "");
}

TEST_F(IndexKey, AGatewayOfAnEarlierReleaseThatWasLeftRunningIsTurnedAway) {
  Database left_running(settings_.database, Database::Mode::write, 1000);
  // As releases before schema 14 write it: 16 bytes, whatever the version.
  Statement nonce(left_running.handle(), "INSERT OR IGNORE INTO nonce (expires, token) VALUES (?, ?)");
  EXPECT_EQ(nonce.run(1, adapters::Blob{"sixteen bytes 01"}), 1);
  const auto turned_away = [&](const char* when) {
    try {
      nonce.run(2, adapters::Blob{"sixteen bytes 02"});
      ADD_FAILURE() << when;
    } catch (const adapters::DatabaseFault& fault) {
      EXPECT_TRUE(fault.constraint()) << when << ": its partner is told that it is not available, and its neighbours stand";
    }
  };
  ASSERT_FALSE(keys(2, 1).rotate_index());
  turned_away("from the moment on that something may stand under the new key");
  rotate();
  turned_away("after it");
  // Everything else that it could write, too: no row may stand where nobody finds it.
  std::set<std::string> tables, watched;
  for (const auto& column : adapters::index_columns()) tables.insert(column.table);
  Statement triggers(left_running.handle(), "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name = tbl_name || '_of_this_index'");
  auto rows = triggers.select();
  while (rows.next()) watched.insert(rows.string(0));
  EXPECT_EQ(watched, tables);
  EXPECT_EQ(number_of("SELECT count(*) FROM nonce"), 1);
}

TEST_F(IndexKey, AnImportOfFiguresWaitsForARotationAndSaysSo) {
  settings_.busy_milliseconds = 100;
  put_row("P-1", "r-1");
  std::vector<std::string> said;
  auto import = StatisticsImport::open(settings_, policy_.datasets.front(), [&](const std::string& line) { said.push_back(line); });
  ASSERT_TRUE(import) << import.error();
  {
    Database renumbering(settings_.statistics, Database::Mode::write, 1000);
    renumbering.run("BEGIN IMMEDIATE");
    std::jthread later([&] {
      std::this_thread::sleep_for(1500ms);
      renumbering.run("COMMIT");
    });
    EXPECT_EQ(import->put("P-1", "r-2", 20635, {0}).value(), adapters::StatisticsRows::Put::added);
  }
  EXPECT_TRUE(import->finish());
  ASSERT_EQ(said.size(), 1u) << "once, not with every try";
  expect_line(said[0], settings_.statistics, "waiting for 600 s at most");
}

TEST_F(IndexKey, AnImportThatWaitedInVainSaysToRepeatItAndNothingIsLost) {
  settings_.busy_milliseconds = 100;
  auto import = StatisticsImport::open(settings_, policy_.datasets.front(), {}, 1s);
  ASSERT_TRUE(import) << import.error();
  EXPECT_TRUE(import->put("P-1", "r-1", 20635, {0}));
  ASSERT_TRUE(import->finish());
  {
    Database other(settings_.statistics, Database::Mode::write, 1000);
    other.run("BEGIN IMMEDIATE");
    const auto put = import->put("P-1", "r-2", 20635, {0});
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, "unavailable");
    EXPECT_NE(put.error().what.find("still writes there after 1 s"), std::string::npos) << put.error().text();
    EXPECT_NE(put.error().remedy.find("bring the file in again"), std::string::npos) << put.error().text();
    const auto opened = StatisticsImport::open(settings_, policy_.datasets.front(), {}, 1s);
    ASSERT_FALSE(opened);
    expect_line(opened.error(), settings_.statistics, "still writes there");
    const auto forgotten = adapters::forget_in_statistics(settings_, "P-1", 1s);
    ASSERT_FALSE(forgotten);
    expect_line(forgotten.error(), settings_.statistics, "still writes there");
    other.run("COMMIT");
  }
  EXPECT_EQ(rows_of_figures(), 1);
  EXPECT_EQ(import->put("P-1", "r-1", 20635, {0}).value(), adapters::StatisticsRows::Put::unchanged);
  EXPECT_EQ(import->put("P-1", "r-2", 20635, {0}).value(), adapters::StatisticsRows::Put::added);
  EXPECT_TRUE(import->finish());
  EXPECT_EQ(rows_of_figures(), 2);
}

TEST_F(IndexKey, ASnapshotIsBuiltWhenTheRotationThatHeldItsRowsHasEnded) {
  put_row("P-1", "r-1");
  auto rows = adapters::StatisticsRows::open(settings_.statistics, 100);
  ASSERT_TRUE(rows) << rows.error();
  std::vector<std::string> said;
  {
    Database renumbering(settings_.statistics, Database::Mode::write, 1000);
    renumbering.run("BEGIN IMMEDIATE");
    std::jthread later([&] {
      std::this_thread::sleep_for(1500ms);
      renumbering.run("COMMIT");
    });
    const auto built = rows->build(policy_.datasets.front(), 2026 * 4 + 2, false, 0, 60s, [&](const std::string& line) { said.push_back(line); });
    ASSERT_TRUE(built) << built.error().text();
    EXPECT_TRUE(built->fresh);
  }
  EXPECT_EQ(said.size(), 1u);
  EXPECT_FALSE(rows->database().in_transaction());
  const auto again = rows->build(policy_.datasets.front(), 2026 * 4 + 2, false, 0);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->fresh);
  EXPECT_FALSE(rows->database().in_transaction()) << "nobody is kept waiting by what was built before";
}

TEST_F(IndexKey, AKeyThatIsNotThereIsMissedInTheKeyStoreAndNotInTheFigures) {
  put_row("P-1", "r-1");
  save("before", {"gatehouse.db", "keys.db"});
  rotate();
  put_back("before", {"gatehouse.db", "keys.db"});
  const auto import = StatisticsImport::open(settings_, policy_.datasets.front());
  ASSERT_FALSE(import);
  expect_line(import.error(), settings_.keystore, "restore its newer backup");
}

TEST_F(IndexKey, AValueThatIsNoIndexValueIsNamedByItsFile) {
  Database database(settings_.database, Database::Mode::write, 1000);
  auto keyring = Keyring::open(settings_.keystore, settings_.kek);
  ASSERT_TRUE(keyring) << keyring.error();
  adapters::Index index(database, *keyring);
  index.look();
  for (const std::string& stored : {std::string("short"), adapters::first_index(*keyring, "ref:P-1") + std::string("\0\x09", 2)}) {
    try {
      (void)index.turned(stored);
      ADD_FAILURE() << stored.size();
    } catch (const adapters::DatabaseFault& fault) {
      EXPECT_EQ(fault.file(), database.file()) << fault.what();
    }
  }
}

TEST_F(IndexKey, AFaultIsNamedByTheFileItIsOf) {
  settings_.busy_milliseconds = 100;
  put_row("P-1", "r-1");
  for (const std::string& file : {settings_.database, settings_.keystore, settings_.statistics}) {
    auto rotation = keys();
    Database other(file, Database::Mode::write, 1000);
    other.run("BEGIN IMMEDIATE");
    const auto failed = rotation.rotate_index();
    ASSERT_FALSE(failed);
    expect_line(failed.error(), file, "database is locked");
    other.run("COMMIT");
  }
  rotate();
}

TEST_F(IndexKey, WhicheverStepOfRenumberingFailsTheFiguresStandUnderOneKey) {
  put_row("P-1", "r-1");
  put_row("P-2", "r-2");
  ASSERT_TRUE(Database(settings_.statistics, Database::Mode::write, 1000).checkpoint(Database::Checkpoint::truncate));
  save("old", {"statistics.db"});
  FaultDisk disk;
  const auto turned = [](std::int64_t number) { return number ^ 1; };
  const auto renumber = [&] {
    auto rows = adapters::StatisticsRows::open(settings_.statistics, 1000);
    if (!rows) return;
    try {
      rows->renumber({2, "sixteen bytes 01"}, turned);
      (void)rows->empty_log();
    } catch (const adapters::DatabaseFault& fault) {
      EXPECT_FALSE(fault.file().empty()) << fault.what();
    }
  };
  const auto before = children_in_figures(settings_.statistics);
  std::set<std::int64_t> after;
  for (const auto child : before) after.insert(turned(child));
  disk.arm(settings_.statistics, Fault::none, 0, 0);
  renumber();
  const int steps = disk.steps();
  disk.disarm();
  ASSERT_GT(steps, 2);
  int struck = 0;
  for (const Fault fault : {Fault::write_error, Fault::write_short, Fault::no_space, Fault::sync_lost, Fault::sync_persisted})
    for (int at = 0; at < steps; ++at) {
      put_back("old", {"statistics.db"});
      disk.arm(settings_.statistics, fault, at, 1);
      renumber();
      struck += disk.struck() ? 1 : 0;
      disk.disarm();
      const unsigned version = adapters::StatisticsRows::open(settings_.statistics, 1000)->index_key().version;
      EXPECT_EQ(children_in_figures(settings_.statistics), version == 1 ? before : after) << "step " << at;
    }
  EXPECT_GT(struck, steps);
  std::cout << "[   COUNT  ] " << struck << " faults struck\n";
}

}  // namespace
}  // namespace gatehouse::tests
