// Partners at the command line: a change of keys that cannot be read among others that can.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/database.hpp"
#include "crypto/keys.hpp"
#include "gateway/cli/guarded.hpp"
#include "tests/gateway/cli/command.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::tests {
namespace {

using nlohmann::json;
using Arguments = std::vector<std::string>;

class Partners : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::start());
    const auto made = run({"init", "--dir", folder.path("site"), "--organisation", "Example House", "--duty-number", "01632 960999", "--config-dir",
                           std::string(test::source_dir()) + "/config", "--pack", "children-and-families", "--approved-by", "Imogen Farrow", "--approved-by", "Delroy Whitcombe"});
    ASSERT_EQ(made.code, 0) << made.err;
    config = folder.path("site/gatehouse.json");
  }
  tools::Ran run(const Arguments& arguments, const std::string& input = "") const { return tools::gatehouse(folder, arguments, input); }
  static json key(const std::string& keyid, const std::string& kind, char digit) {
    return {{"keyid", keyid}, {"kind", kind}, {"value", std::string(64, digit)}, {"not_before", "2026-01-01"}, {"not_after", "2036-01-01"}};
  }
  static json police() {
    return {{"id", "kent-police"}, {"type", "police"}, {"name", "Kent Police (fictional)"}, {"directory_number", "01632 960300"}, 
            {"keys", json::array({key("kent-police/tls/1", "tls_pin", 'a')})}};
  }
  tools::Ran add(const json& partner) const {
    folder.write("partner.json", partner.dump());
    return run({"partner", "add", "--file", folder.path("partner.json"), "--config", config});
  }
  adapters::SqliteSettings store() const { return cli::sqlite_of(cli::settings_of(config)); }

  tools::Folder folder;
  std::string config;
};

TEST_F(Partners, AChangeOfKeysThatCannotBeReadIsNamedAndHidesNoOther) {
  ASSERT_EQ(add(police()).code, 0);
  const auto settings = store();
  {
    auto admin = adapters::Admin::open(settings);
    ASSERT_TRUE(admin) << admin.error();
    int minute = 0;
    for (const char* id : {"kc_first", "kc_broken", "kc_done", "kc_last"}) {
      adapters::KeyChange change;
      change.id = id;
      change.agency = "kent-police";
      change.state = id == std::string("kc_done") ? "approved" : "proven";
      change.asked_at = cli::now() + std::chrono::minutes(minute++);
      change.wanted = "{}";
      change.recorded_by = "Petra Sandilands";
      ASSERT_TRUE(admin->put_key_change(change, "", "Petra Sandilands", cli::now()));
    }
  }
  const Arguments list = {"partner", "change", "list", "--config", config}, list_json = {"partner", "change", "list", "--json", "--config", config};
  auto ran = run(list);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.err, "");
  {
    adapters::Database database(settings.database, adapters::Database::Mode::write, 5000);
    // Another's officer: sealed for another place, it opens here no more than noise does.
    database.run("UPDATE key_change SET officer = (SELECT officer FROM key_change WHERE id = 'kc_last') WHERE id = 'kc_broken'");
    database.run("UPDATE key_change SET officer = x'00' WHERE id = 'kc_done'");
  }
  ran = run(list);
  EXPECT_EQ(ran.code, 1);
  for (const char* id : {"kc_first", "kc_last"}) {
    EXPECT_NE(ran.out.find(id), std::string::npos) << id;
    EXPECT_EQ(ran.err.find(id), std::string::npos) << id;
  }
  for (const char* id : {"kc_broken", "kc_done"}) {
    EXPECT_EQ(ran.out.find(id), std::string::npos) << id;
    EXPECT_NE(ran.err.find(id), std::string::npos) << id;
  }
  EXPECT_NE(ran.err.find("partner change refuse kc_broken"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("partner change refuse kc_done"), std::string::npos) << "it is approved already: " << ran.err;
  EXPECT_NE(ran.err.find("gatehouse audit verify"), std::string::npos) << ran.err;
  ran = run(list_json);
  EXPECT_EQ(ran.code, 1);
  std::istringstream lines(ran.out);
  int readable = 0, unreadable = 0;
  for (std::string line; std::getline(lines, line);) {
    const json one = json::parse(line);
    (one.at("recorded_by").is_null() && one.contains("trouble") ? unreadable : readable) += 1;
  }
  EXPECT_EQ(readable, 2);
  EXPECT_EQ(unreadable, 2);
  // Nobody can be a second person to somebody unknown. The others go on as far as they go.
  ran = run({"partner", "change", "approve", "kc_broken", "--by", "Imogen Farrow", "--rang", "01632 960300", "--config", config});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.err.find("cannot be read"), std::string::npos) << ran.err;
  ran = run({"partner", "change", "approve", "kc_first", "--by", "Petra Sandilands", "--rang", "01632 960300", "--config", config});
  EXPECT_NE(ran.err.find("a second person does"), std::string::npos) << ran.err;
  // What it says to do can be done.
  ran = run({"partner", "change", "refuse", "kc_broken", "--by", "Imogen Farrow", "--config", config});
  EXPECT_EQ(ran.code, 0) << ran.err;
}

}  // namespace
}  // namespace gatehouse::tests
