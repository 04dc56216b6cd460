// Every column says what it may hold, and every released schema stays what it was.
#include "adapters/sqlite/schema.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "adapters/sqlite/database.hpp"
#include "tests/adapters/store_world.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::tests {
namespace {

using adapters::Database;
using adapters::Holds;
using adapters::Statement;

class Schema : public testing::Test {
 protected:
  Database fresh(const std::string& name) { return Database(folder_.path() + "/" + name, Database::Mode::create, 1000); }
  static std::string dump(Database& database) {
    std::ostringstream out;
    Statement all(database.handle(), "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type <> 'table', type, name");
    auto rows = all.select();
    while (rows.next()) out << rows.text(0) << ";\n";
    return out.str();
  }
  Folder folder_;
};

TEST_F(Schema, EveryColumnOfAFreshDatabaseIsDeclaredAndNoOther) {
  Database database(folder_.path() + "/fresh.db", Database::Mode::create, 1000);
  adapters::migrate(database, 0);
  std::map<std::pair<std::string, std::string>, std::string> there;
  Statement all(database.handle(),
                "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'");
  auto rows = all.select();
  while (rows.next()) there[{rows.string(0), rows.string(1)}] = rows.string(2);
  ASSERT_GT(there.size(), 100u);
  std::set<std::pair<std::string, std::string>> declared;
  for (const auto& column : adapters::declared_columns()) {
    const std::pair key{std::string(column.table), std::string(column.column)};
    EXPECT_TRUE(declared.insert(key).second) << "declared twice: " << key.first << "." << key.second;
    ASSERT_TRUE(there.contains(key)) << "declared but not there: " << key.first << "." << key.second;
    const std::string& type = there[key];
    switch (column.holds) {
      case Holds::sealed: EXPECT_EQ(type, "BLOB") << key.first << "." << key.second; break;
      case Holds::number: EXPECT_EQ(type, "INTEGER") << key.first << "." << key.second; break;
      case Holds::code:
      case Holds::opaque:
      case Holds::public_key: EXPECT_EQ(type, "TEXT") << key.first << "." << key.second; break;
      case Holds::time:
      case Holds::hash: break;
    }
  }
  for (const auto& [key, type] : there) EXPECT_TRUE(declared.contains(key)) << "undeclared " << type << " column " << key.first << "." << key.second;
}

TEST_F(Schema, EveryTableIsStrict) {
  Database database(folder_.path() + "/fresh.db", Database::Mode::create, 1000);
  adapters::migrate(database, 0);
  Statement loose(database.handle(), "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'");
  auto rows = loose.select();
  while (rows.next()) ADD_FAILURE() << rows.text(0);
}

// A released schema is a file that never changes. To release a new one: add a migration and a fixture, leave the old ones alone.
TEST_F(Schema, EachReleasedSchemaIsMadeAsItWasReleased) {
  for (int version = 1; version <= adapters::kSchemaVersion; ++version) {
    const std::string file = std::string(::gatehouse::test::source_dir()) + "/tests/adapters/fixtures/schema_" + std::to_string(version) + ".sql";
    std::ifstream in(file);
    ASSERT_TRUE(in) << file << ": there is no fixture for schema " << version;
    std::stringstream released;
    released << in.rdbuf();
    Database database(folder_.path() + "/v" + std::to_string(version) + ".db", Database::Mode::create, 1000);
    adapters::migrate(database, 0, version);
    EXPECT_EQ(adapters::schema_version(database), version);
    EXPECT_EQ(dump(database), released.str()) << "schema " << version << " was released like this and may not change";
  }
}

TEST_F(Schema, ADatabaseOfAnyReleasedSchemaMigratesToThisOneAndOnceIsEnough) {
  for (int version = 1; version <= adapters::kSchemaVersion; ++version) {
    const std::string name = folder_.path() + "/from" + std::to_string(version) + ".db";
    std::ifstream in(std::string(::gatehouse::test::source_dir()) + "/tests/adapters/fixtures/schema_" + std::to_string(version) + ".sql");
    std::stringstream released;
    released << in.rdbuf();
    Database old(name, Database::Mode::create, 1000);
    // Tables before what refers to them.
    old.run("PRAGMA foreign_keys = OFF");
    old.run(released.str().c_str());
    Statement(old.handle(), "INSERT INTO schema_version (version, at) VALUES (?, 0)").run(version);
    adapters::migrate(old, 0);
    adapters::migrate(old, 0);
    EXPECT_EQ(adapters::schema_version(old), adapters::kSchemaVersion);
    Database fresh(folder_.path() + "/fresh" + std::to_string(version) + ".db", Database::Mode::create, 1000);
    adapters::migrate(fresh, 0);
    EXPECT_EQ(dump(old), dump(fresh));
  }
}

TEST_F(Schema, ADatabaseOfAnotherVersionIsRefusedInOneLine) {
  furnish(folder_.path());
  const auto settings = settings_in(folder_.path());
  {
    Database database(settings.database, Database::Mode::write, 1000);
    Statement(database.handle(), "INSERT INTO schema_version (version, at) VALUES (999, 0)").run();
  }
  for (const std::string& why : {adapters::Admin::open(settings).error(), adapters::SqliteStore::open(settings, [](const std::string&) {}).error(),
                                 adapters::Admin::migrate(settings).error()}) {
    EXPECT_NE(why.find("newer gatehouse"), std::string::npos) << why;
    EXPECT_EQ(why.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace gatehouse::tests
