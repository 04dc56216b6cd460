#include "gateway/settings.hpp"
#include "tests/where/where.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

using namespace gatehouse;
using nlohmann::json;

namespace {

json good() {
  return {{"organisation", {{"name", "Marlbrook"}, {"duty_number", "01632 960100"}}},
          {"config_dir", "/etc/gatehouse"},
          {"pack", "new-futures"},
          {"log", {{"origin", "gatehouse.example.org/log"}}},
          {"partner", {{"authorities", {"Gatehouse.example.org:443"}}}}};
}

std::string wrong(const json& value) {
  const auto read = gateway::read_settings(value.dump(), "/srv/g/gatehouse.json");
  return read ? "" : read.error().text();
}

}  // namespace

TEST(Settings, PathsAreRelativeToTheFile) {
  const auto read = gateway::read_settings(good().dump(), "/srv/g/gatehouse.json");
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->data.database, "/srv/g/data/gatehouse.db");
  EXPECT_EQ(read->keys.kek_file, "/srv/g/keys/kek");
  EXPECT_EQ(read->pack, "/etc/gatehouse/packs/new-futures.json");
  EXPECT_EQ(read->partner.authorities, std::vector<std::string>{"gatehouse.example.org"});
}

TEST(Settings, NothingIsReleasedByItselfUnlessAPurposeIsOptedIn) {
  auto value = good();
  auto read = gateway::read_settings(value.dump(), "/srv/g/gatehouse.json");
  ASSERT_TRUE(read);
  for (std::size_t i = 0; i < policy::count_of<policy::Purpose>(); ++i)
    EXPECT_EQ(read->releases.automatic(static_cast<policy::Purpose>(i)), policy::AutomaticRelease::never);
  value["releases"]["automatic_release"]["early_help"] = "structured";
  read = gateway::read_settings(value.dump(), "/srv/g/gatehouse.json");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->releases.automatic(policy::Purpose::early_help), policy::AutomaticRelease::structured);
  EXPECT_EQ(read->releases.automatic(policy::Purpose::mash_referral), policy::AutomaticRelease::never);
}

TEST(Settings, TheFirstThingThatIsWrongIsOneLineWithItsPath) {
  auto value = good();
  value["limits"]["requests_per_secnd"] = 5;
  EXPECT_EQ(wrong(value).rfind("/srv/g/gatehouse.json: $.limits.requests_per_secnd: is not a key", 0), 0u) << wrong(value);
  value = good();
  value["releases"]["automatic_release"]["early_help"] = "always";
  EXPECT_NE(wrong(value).find("$.releases.automatic_release.early_help"), std::string::npos) << wrong(value);
  value = good();
  value["partner"]["port"] = 70000;
  EXPECT_NE(wrong(value).find("$.partner.port"), std::string::npos);
  value = good();
  value.erase("organisation");
  EXPECT_NE(wrong(value).find("$.organisation"), std::string::npos);
  value = good();
  value["log"]["origin"] = "a b";
  EXPECT_NE(wrong(value).find("$.log.origin"), std::string::npos);
  value = good();
  value["paging"]["command"] = {"page"};
  EXPECT_NE(wrong(value).find("$.paging.command[0]"), std::string::npos);
  value = good();
  value["partner"]["proxy_protocol"] = true;
  EXPECT_NE(wrong(value).find("$.partner.trusted_proxies"), std::string::npos);
  EXPECT_NE(wrong(json::array()).find("$"), std::string::npos);
  EXPECT_EQ(wrong(good()).find('\n'), std::string::npos);
}

TEST(Settings, TheExampleThatComesWithGatehouseIsGood) {
  const auto read = gateway::load_settings(std::string(::gatehouse::test::source_dir()) + "/config/gatehouse.example.json");
  EXPECT_TRUE(read) << (read ? "" : read.error().text());
}
