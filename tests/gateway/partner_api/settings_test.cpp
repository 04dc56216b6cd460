#include "gateway/settings.hpp"

#include "crypto/keys.hpp"
#include "crypto/log/note.hpp"
#include "gateway/app.hpp"
#include "gateway/log_status.hpp"
#include "tests/crypto/tools.hpp"
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

TEST(Settings, WhatADecisionRecordSaysOfTheHouseIsOptionalTextAndHeldToItsLength) {
  const std::pair<const char*, std::string gateway::OrganisationSettings::*> all[] = {
      {"controller_relationship", &gateway::OrganisationSettings::controller_relationship}, {"impact_assessment", &gateway::OrganisationSettings::impact_assessment},
      {"data_protection_contact", &gateway::OrganisationSettings::data_protection_contact}};
  for (const auto& [name, member] : all) {
    auto value = good();
    auto read = gateway::read_settings(value.dump(), "/srv/g/gatehouse.json");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->organisation.*member, "");
    value["organisation"][name] = "in our words";
    read = gateway::read_settings(value.dump(), "/srv/g/gatehouse.json");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->organisation.*member, "in our words");
    value["organisation"][name] = true;
    EXPECT_NE(wrong(value).find(name), std::string::npos);
    value["organisation"][name] = std::string(501, 'x');
    EXPECT_NE(wrong(value).find(name), std::string::npos);
  }
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

TEST(Settings, AnAnchorAndWitnessesAreReadOrRefusedWhole) {
  const std::string key = "witness.example.org+" + crypto::hex(std::span(reinterpret_cast<const std::uint8_t*>(
                              crypto::log::note_key_id("witness.example.org", 4, std::string(32, 'k')).data()), 4)) +
                          "+" + crypto::base64("\x04" + std::string(32, 'k'));
  auto value = good();
  EXPECT_EQ(gateway::read_settings(value.dump(), "/srv/g/gatehouse.json")->log.anchor, gateway::AnchorKind::none);
  value["log"]["anchor"] = "file";
  EXPECT_NE(wrong(value).find("$.log.anchor_folder"), std::string::npos);
  value["log"]["anchor_folder"] = "anchor";
  EXPECT_EQ(gateway::read_settings(value.dump(), "/srv/g/gatehouse.json")->log.anchor_folder, "/srv/g/anchor");
  value["log"]["anchor"] = "paper";
  EXPECT_NE(wrong(value).find("$.log.anchor:"), std::string::npos);
  value["log"]["anchor"] = "witness";
  EXPECT_NE(wrong(value).find("$.log.witnesses"), std::string::npos);
  value["log"]["witnesses"] = json::array({{{"key", key}, {"url", "https://witness.example.org"}}});
  EXPECT_EQ(wrong(value), "");
  value["log"]["quorum"] = 2;
  EXPECT_NE(wrong(value).find("$.log.quorum"), std::string::npos);
  value["log"]["quorum"] = 1;
  EXPECT_EQ(wrong(value), "");
  value["log"]["witnesses"].push_back(value["log"]["witnesses"][0]);
  EXPECT_NE(wrong(value).find("$.log.witnesses[1].key"), std::string::npos) << "one that counts twice is no second witness";
  value["log"]["witnesses"] = json::array({{{"key", "nonsense"}, {"url", "https://witness.example.org"}}});
  EXPECT_NE(wrong(value).find("$.log.witnesses[0].key"), std::string::npos);
}

TEST(Settings, WhatIsNotGuaranteedFollowsFromTheLogsSettingsInEveryProfile) {
  const auto named = [](const char* profile, gateway::AnchorKind anchor, std::uint32_t quorum) {
    gateway::Settings settings;
    settings.profile = profile;
    settings.log.anchor = anchor;
    settings.log.quorum = quorum;
    std::string all;
    for (const auto& one : gateway::not_guaranteed(settings)) all += one.what + ";";
    return all;
  };
  for (const char* profile : {"small", "full"}) {
    EXPECT_NE(named(profile, gateway::AnchorKind::none, 0).find("an anchor on another disk"), std::string::npos);
    EXPECT_NE(named(profile, gateway::AnchorKind::file, 0).find("a witness outside"), std::string::npos);
    EXPECT_EQ(named(profile, gateway::AnchorKind::file, 2).find("an anchor"), std::string::npos);
  }
  EXPECT_EQ(named("full", gateway::AnchorKind::witness, 2), "");
}

TEST(Settings, WhatTheLogSaysAboutItselfComesBackAsItWas) {
  gateway::LogStatus status;
  status.at = 5;
  status.signed_size = 9;
  status.published_size = 7;
  status.anchor = "file";
  status.anchor_trouble = "gone";
  status.witnesses.push_back({"witness.example.org", 7, 4, "away"});
  const tools::Folder folder;
  folder.write("status.json", to_json(status));
  const auto read = gateway::read_log_status(folder.path(""));
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read), to_json(status));
  folder.write("status.json", to_json(status).substr(0, 40));
  EXPECT_FALSE(gateway::read_log_status(folder.path("")));
  EXPECT_FALSE(gateway::read_log_status(folder.path("nowhere")));
}

TEST(Settings, TheExampleThatComesWithGatehouseIsGood) {
  const auto read = gateway::load_settings(std::string(::gatehouse::test::source_dir()) + "/config/gatehouse.example.json");
  EXPECT_TRUE(read) << (read ? "" : read.error().text());
}
