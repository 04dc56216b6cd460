// `gatehouse log` and `gatehouse audit` on an installation that `gatehouse init` made.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "adapters/sqlite/admin.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"
#include "gateway/cli/installation.hpp"
#include "tests/gateway/cli/command.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::cli {
namespace {

class Log : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::start());
    const auto made = tools::gatehouse(folder, {"init", "--dir", folder.path("site"), "--host", "gatehouse.example.org", "--organisation", "Example House",
                                                "--duty-number", "01632 960999", "--config-dir", std::string(::gatehouse::test::source_dir()) + "/config",
                                                "--pack", "children-and-families", "--approved-by", "officer-a", "--approved-by", "officer-b"});
    ASSERT_EQ(made.code, 0) << made.err;
    config = folder.path("site/gatehouse.json");
    auto read = read_installation(config);
    ASSERT_TRUE(read) << read.error();
    site = std::move(*read);
    grow(20);
  }
  // Each agency put is a log entry.
  void grow(int entries) {
    auto admin = adapters::Admin::open(site.store);
    ASSERT_TRUE(admin) << admin.error();
    for (int i = 0; i < entries; ++i) {
      policy::Agency agency;
      agency.id = "example-agency-" + std::to_string(made_++);
      agency.type = policy::AgencyType::other;
      agency.name = "Example Agency";
      agency.directory_number = "01632 960001";
      const auto put = admin->put_agency(agency, policy::Instant(std::chrono::seconds(1795341600)));
      ASSERT_TRUE(put) << put.error().text();
    }
    size = admin->counts()->log_entries;
  }
  tools::Ran run(std::vector<std::string> arguments) const { return tools::gatehouse(folder, std::move(arguments)); }
  tools::Ran log_once() const { return run({"log", "--config", config, "--once", "--json"}); }
  tools::Ran verify() const { return run({"audit", "verify", "--config", config}); }
  // What somebody does who may write the database file.
  void sql(const std::string& change) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(site.store.database.c_str(), &database), SQLITE_OK);
    char* error = nullptr;
    EXPECT_EQ(sqlite3_exec(database, ("DROP TRIGGER IF EXISTS log_entry_is_final; DROP TRIGGER IF EXISTS log_entry_stays; PRAGMA foreign_keys=OFF;" + change).c_str(),
                           nullptr, nullptr, &error),
              SQLITE_OK)
        << (error != nullptr ? error : "");
    sqlite3_free(error);
    sqlite3_close(database);
  }
  static std::string blob(const std::string& bytes) {
    return "x'" + crypto::hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}) + "'";
  }
  static std::string text(const std::string& bytes) { return "CAST(" + blob(bytes) + " AS TEXT)"; }
  static std::string leaf(const std::string& entry) {
    const auto hash = crypto::log::leaf_hash(entry);
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
  }

  tools::Folder folder;
  std::string config;
  Installation site;
  std::uint64_t size = 0;

 private:
  int made_ = 0;
};

TEST_F(Log, is_signed_verified_and_proved) {
  const auto first = log_once();
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_NE(first.out.find("\"size\":" + std::to_string(size)), std::string::npos) << first.out;
  const auto good = verify();
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_NE(good.out.find("their tree is the signed one"), std::string::npos);

  grow(3);
  const auto newer = verify();
  EXPECT_EQ(newer.code, 0) << newer.err;
  EXPECT_NE(newer.out.find("3 newer entries wait"), std::string::npos) << newer.out;
  ASSERT_EQ(log_once().code, 0);

  auto admin = adapters::Admin::open(site.store);
  ASSERT_TRUE(admin);
  const auto rows = admin->log_rows(5, 1);
  adapters::TileDirectory tiles(site.log_folder);
  folder.write("five.tlog-proof", tiles.proof_now(5, rows->front().entry).value());
  const auto proved = run({"audit", "proof", folder.path("five.tlog-proof"), "--log-key", site.log_verifier});
  EXPECT_EQ(proved.code, 0) << proved.err;
  EXPECT_NE(proved.out.find("index 5 "), std::string::npos);
  EXPECT_NE(proved.out.find("0 of 0 witnesses"), std::string::npos);
  EXPECT_EQ(run({"audit", "proof", folder.path("five.tlog-proof"), "--log-key", site.log_verifier, "--entry"}).out.substr(0, 10),
            rows->front().entry.substr(0, 10));
  folder.write("other", rows->front().entry + " ");
  EXPECT_EQ(run({"audit", "proof", folder.path("five.tlog-proof"), "--log-key", site.log_verifier, "--entry-file", folder.path("other")}).code, 1);
  EXPECT_EQ(run({"audit", "proof", folder.path("five.tlog-proof"), "--log-key", "nonsense"}).code, 2);
}

TEST_F(Log, a_changed_entry_is_named_by_its_index) {
  ASSERT_EQ(log_once().code, 0);
  sql("UPDATE log_entry SET entry = " + text("{\"forged\":1}") + " WHERE idx = 7");
  const auto bad = verify();
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.err.find("entry 7"), std::string::npos) << bad.err;
  // With its stored hash in step only the tiles can tell.
  sql("UPDATE log_entry SET leaf = " + blob(leaf("{\"forged\":1}")) + " WHERE idx = 7");
  const auto clever = verify();
  EXPECT_EQ(clever.code, 1);
  EXPECT_NE(clever.err.find("entry 7: it is not the one that was signed"), std::string::npos) << clever.err;
  const auto json = run({"audit", "verify", "--config", config, "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_NE(json.out.find("\"where\":\"entry 7\""), std::string::npos) << json.out;
}

TEST_F(Log, dropped_and_cut_entries_are_named_and_nothing_smaller_is_signed) {
  ASSERT_EQ(log_once().code, 0);
  const std::string note = folder.read("site/log/checkpoint");
  sql("DELETE FROM log_entry WHERE idx = 9");
  const auto dropped = verify();
  EXPECT_EQ(dropped.code, 1);
  EXPECT_NE(dropped.err.find("entry 9: entry 10 stands in its place"), std::string::npos) << dropped.err;
  sql("DELETE FROM log_entry WHERE idx >= 12");
  const auto refused = log_once();
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("the database was set back"), std::string::npos) << refused.err;
  EXPECT_EQ(folder.read("site/log/checkpoint"), note);
}

TEST_F(Log, two_entries_that_changed_places_are_found_and_the_first_is_named) {
  ASSERT_EQ(log_once().code, 0);
  sql("UPDATE log_entry SET idx = 100000 WHERE idx = 6; UPDATE log_entry SET idx = 6 WHERE idx = 11; UPDATE log_entry SET idx = 11 WHERE idx = 100000");
  const auto bad = verify();
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.err.find("entry 6: it is not the one that was signed"), std::string::npos) << bad.err;
}

TEST_F(Log, an_end_that_was_cut_off_is_found_and_its_first_missing_entry_named) {
  ASSERT_EQ(log_once().code, 0);
  sql("DELETE FROM log_entry WHERE idx >= 15; UPDATE log_head SET size = 15");
  const auto bad = verify();
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.err.find("entry 15"), std::string::npos) << bad.err;
  EXPECT_EQ(log_once().code, 1);
}

// What nobody asks for is looked at too: the signer hashes old entries and tiles again, a few thousand each idle second, and ends when one is not right.
TEST_F(Log, an_old_entry_that_was_changed_is_found_by_the_running_signer) {
  ASSERT_EQ(log_once().code, 0);
  sql("UPDATE log_entry SET entry = " + text("{\"forged\":1}") + ", leaf = " + blob(leaf("{\"forged\":1}")) + " WHERE idx = 4");
  // A log that grew meanwhile compares its end before it signs; what is old is found by going round.
  const auto found = run({"log", "--config", config});
  EXPECT_EQ(found.code, 1);
  EXPECT_NE(found.err.find("log entry 4: it is not the one that was signed"), std::string::npos) << found.err;
}

TEST_F(Log, a_bit_that_flipped_in_a_tile_is_found_by_the_running_signer) {
  ASSERT_EQ(log_once().code, 0);
  const std::string name = "site/log/tile/0/000.p/" + std::to_string(size);
  std::string tile = folder.read(name);
  ASSERT_EQ(tile.size(), size * 32);
  tile[3 * 32 + 5] ^= 4;
  folder.write(name, tile);
  const auto found = run({"log", "--config", config});
  EXPECT_EQ(found.code, 1);
  EXPECT_NE(found.err.find("the tiles are not those of the signed checkpoint"), std::string::npos) << found.err;
}

TEST_F(Log, a_disk_that_fills_is_told_long_before_it_is_full) {
  std::string settings = folder.read("site/gatehouse.json");
  auto json = nlohmann::json::parse(settings);
  json["data"]["disk_alarm_bytes"] = 1ull << 50;
  folder.write("site/gatehouse.json", json.dump());
  const auto told = log_once();
  EXPECT_EQ(told.code, 0) << told.err;                // an alarm, and no more
  EXPECT_NE(told.err.find("MiB are left on its disk; make room"), std::string::npos) << told.err;
  EXPECT_NE(folder.read("site/log/status.json").find("MiB are left"), std::string::npos);
}

TEST_F(Log, a_changed_last_entry_stops_the_signer) {
  ASSERT_EQ(log_once().code, 0);
  const std::string last = std::to_string(size - 1);
  sql("UPDATE log_entry SET entry = " + text("x") + ", leaf = " + blob(leaf("x")) + " WHERE idx = " + last);
  const auto refused = log_once();
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("log entry " + last + ": it is not the one that was signed"), std::string::npos) << refused.err;
}

TEST_F(Log, an_export_is_verified_far_from_the_installation_and_goes_on_from_a_saved_state) {
  ASSERT_EQ(log_once().code, 0);
  ASSERT_EQ(run({"audit", "export", "--config", config, "--out", folder.path("entries")}).code, 0);
  const std::string key = folder.read("site/keys/log.vkey"), checkpoint = folder.path("site/log/checkpoint");
  const auto offline = [&](const std::string& entries, std::vector<std::string> more = {}) {
    std::vector<std::string> all = {"audit", "verify", "--entries", folder.path(entries), "--log-key", key, "--checkpoint", checkpoint};
    all.insert(all.end(), more.begin(), more.end());
    return run(all);
  };
  const auto good = offline("entries", {"--save-state", folder.path("state")});
  EXPECT_EQ(good.code, 0) << good.err;
  ASSERT_TRUE(std::filesystem::exists(folder.path("state")));

  const std::string text = folder.read("entries");
  std::string flipped = text;
  std::size_t line = 0;
  for (int i = 0; i < 4; ++i) line = flipped.find('\n', line) + 1;
  flipped[line + 20] = flipped[line + 20] == 'A' ? 'B' : 'A';
  folder.write("flipped", flipped);
  const auto bad = offline("flipped");
  EXPECT_EQ(bad.code, 1);
  EXPECT_NE(bad.err.find("entry 4"), std::string::npos) << bad.err;
  folder.write("cut", text.substr(0, text.rfind('\n', text.size() - 2) + 1));
  EXPECT_EQ(offline("cut").code, 1);
  folder.write("garbage", "{}\n");
  EXPECT_EQ(offline("garbage").code, 2);

  grow(5);
  ASSERT_EQ(log_once().code, 0);
  ASSERT_EQ(run({"audit", "export", "--config", config, "--out", folder.path("entries")}).code, 0);
  const auto resumed = offline("entries", {"--from-state", folder.path("state"), "--json"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_NE(resumed.out.find("\"checked\":5"), std::string::npos) << resumed.out;
  EXPECT_EQ(run({"audit", "verify", "--entries", folder.path("entries")}).code, 2);
  EXPECT_EQ(run({"audit"}).code, 2);
}

TEST_F(Log, a_key_that_others_may_read_is_refused) {
  ASSERT_EQ(folder.run("chmod 644 site/keys/log.key"), 0);
  const auto refused = log_once();
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("chmod 400"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace gatehouse::cli
