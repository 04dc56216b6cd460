// Partners at the command line: who registers one for emergencies, and a change of keys that cannot be read among others that can.
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
    return {{"id", "kent-police"}, {"type", "police"}, {"name", "Kent Police (fictional)"}, {"directory_number", "01632 960300"}, {"emergency_registered", true},
            {"keys", json::array({key("kent-police/tls/1", "tls_pin", 'a')})}};
  }
  tools::Ran add(const json& partner, const Arguments& officers = {}) const {
    folder.write("partner.json", partner.dump());
    Arguments all = {"partner", "add", "--file", folder.path("partner.json"), "--config", config};
    for (const auto& one : officers) all.insert(all.end(), {"--approved-by", one});
    return run(all);
  }
  // The one partner there is, as the list shows it; null: there is none.
  json listed() const {
    const auto ran = run({"partner", "list", "--json", "--config", config});
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out.empty() ? json() : json::parse(ran.out);
  }
  adapters::SqliteSettings store() const { return cli::sqlite_of(cli::settings_of(config)); }

  tools::Folder folder;
  std::string config;
  const Arguments two = {"Imogen Farrow", "Delroy Whitcombe"};
};

TEST_F(Partners, TwoPeopleRegisterAPartnerForEmergencies) {
  for (const Arguments& officers : {Arguments{}, Arguments{"Imogen Farrow"}, Arguments{"Imogen Farrow", "Imogen Farrow"}, Arguments{"Imogen Farrow", "I. Farrow"},
                                    Arguments{"Imogen Farrow", "Delroy Whitcombe", "Petra Sandilands"}}) {
    const auto refused = add(police(), officers);
    EXPECT_EQ(refused.code, 2) << officers.size();
    EXPECT_NE(refused.err.find("two"), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("officers"), std::string::npos) << refused.err;
    EXPECT_EQ(refused.err.find("Farrow"), std::string::npos) << refused.err;
    EXPECT_TRUE(listed().is_null()) << "nothing of it is kept";
  }
  const auto added = add(police(), two);
  EXPECT_EQ(added.code, 0) << added.err;
  EXPECT_EQ(listed().at("emergency_registered"), true);
  const auto text = run({"partner", "list", "--config", config});
  EXPECT_NE(text.out.find("registered for emergencies"), std::string::npos) << text.out;
  // Both stand in the part of the log that only the organisation opens.
  auto admin = adapters::Admin::open(store());
  ASSERT_TRUE(admin) << admin.error();
  EXPECT_EQ(json::parse(admin->log_detail(admin->counts()->log_entries - 1, "staff").value()).at("approved_by"), json(two));
}

TEST_F(Partners, OneWhoCouldNotRegisterAPartnerCannotBorrowOneThatIsRegistered) {
  ASSERT_EQ(add(police(), two).code, 0);
  const json before = listed();
  const auto with = [](const char* member, const json& value) {
    json out = police();
    out[member] = value;
    return out;
  };
  json more = police();
  more["keys"].push_back({{"keyid", "kent-police/sig/1"}, {"kind", "signing"}, {"value", crypto::base64(std::string(32, 'k'))}, {"not_before", "2026-01-01"}, {"not_after", "2036-01-01"}});
  for (const json& wanted : {with("type", "ambulance"), with("directory_number", "01632 960301"), more}) {
    const auto refused = add(wanted);
    EXPECT_EQ(refused.code, 2) << wanted;
    EXPECT_NE(refused.err.find("two officers"), std::string::npos) << refused.err;
    EXPECT_EQ(listed(), before);
    EXPECT_EQ(add(wanted, two).code, 0) << wanted;
    EXPECT_EQ(add(police(), two).code, 0) << "and back";
  }
  // What gives nobody anything takes one: the same again, another name or agreement, a key revoked, the registration ended.
  EXPECT_EQ(add(police()).out, "kent-police unchanged\n  cannot be served yet: no current age key\n");
  EXPECT_EQ(add(with("name", "Kent Police")).code, 0);
  EXPECT_EQ(add(with("agreements", json::array({{{"name", "Kent agreement"}, {"purposes", {"*"}}}}))).code, 0);
  EXPECT_EQ(run({"partner", "revoke", "kent-police/tls/1", "--config", config}).code, 0);
  EXPECT_EQ(listed().at("emergency_registered"), true);
  EXPECT_EQ(add(with("emergency_registered", false)).code, 0);
  EXPECT_EQ(listed().at("emergency_registered"), false);
  EXPECT_EQ(add(police()).code, 2) << "and begun again by two";
  EXPECT_EQ(listed().at("emergency_registered"), false);
}

TEST_F(Partners, WhoIsNotRegisteredIsAddedByOne) {
  json housing = police();
  housing["emergency_registered"] = false;
  EXPECT_EQ(add(housing).code, 0);
  housing.erase("emergency_registered");
  housing["type"] = "housing";
  EXPECT_EQ(add(housing).code, 0);
  EXPECT_EQ(listed().at("emergency_registered"), false);
}

TEST_F(Partners, AChangeOfKeysThatCannotBeReadIsNamedAndHidesNoOther) {
  ASSERT_EQ(add(police(), two).code, 0);
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
