#include "policy/decision/pack.hpp"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "policy/decision/compiled.hpp"
#include "tests/policy/decision/packs.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

const json& good() {
  static const json pack = json::parse(test::config_text("packs/children-and-families.json"));
  return pack;
}

// The error of the project's pack after one change.
Error error_after(const std::function<void(json&)>& change) {
  json pack = good();
  change(pack);
  const auto read = test::read_pack(pack.dump());
  if (read) ADD_FAILURE() << "the changed pack was read";
  return read ? Error{} : read.error();
}

TEST(ReadPack, ReadsThePackOfTheProject) {
  const Pack& pack = test::children_and_families();
  EXPECT_EQ(pack.identity().id, "children-and-families");
  EXPECT_EQ(pack.time_zone(), "Europe/London");
  EXPECT_EQ(pack.compiled().clauses.size(), 30u);
  EXPECT_FALSE(pack.organisation().empty());
}

TEST(ReadPack, ReadsAPackInAnyOrderOfItsKeys) {
  // dump() sorts keys; the file does not.
  const auto read = test::read_pack(good().dump());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->compiled().rules.size(), test::children_and_families().compiled().rules.size());
}

TEST(ReadPack, RefusesAnUnknownKeyWhereverItStands) {
  const std::vector<std::pair<std::function<void(json&)>, std::string>> changes = {
      {[](json& p) { p["rule"] = json::array(); }, "$.rule"},
      {[](json& p) { p["policy"]["author"] = "x"; }, "$.policy.author"},
      {[](json& p) { p["rules"][3]["if"] = json::object(); }, "$.rules[3].if"},
      {[](json& p) { p["rules"][3]["cite"]["page"] = 4; }, "$.rules[3].cite.page"},
      {[](json& p) { p["rules"][3]["oblige"][0]["whom"] = "x"; }, "$.rules[3].oblige[0].whom"},
      {[](json& p) { p["settings"]["consent"]["value"]["forms"] = json::array(); }, "$.settings.consent.value.forms"},
      {[](json& p) { p["clauses"][2]["text"] = "x"; }, "$.clauses[2].text"},
      {[](json& p) { p["cites"]["because"] = json::array(); }, "$.cites.because"}};
  for (const auto& [change, where] : changes) {
    const Error error = error_after(change);
    EXPECT_EQ(error.code, "unknown_key") << where;
    EXPECT_EQ(error.where, where);
    EXPECT_FALSE(error.remedy.empty());
  }
}

TEST(ReadPack, RefusesAnUnknownWordAndListsTheAllowedOnes) {
  const std::vector<std::function<void(json&)>> changes = {
      [](json& p) { p["rules"][0]["effect"] = "allow"; },
      [](json& p) { p["rules"][0]["stratum"] = "law"; },
      [](json& p) { p["rules"][0]["when"]["flow"] = {"partner_requests"}; },
      [](json& p) { p["rules"][0]["when"]["circumstance"] = {"bad_weather"}; },
      [](json& p) { p["rules"][0]["oblige"][0]["kind"] = "tea"; },
      [](json& p) { p["settings"]["consent"]["value"]["form"] = {"nodded"}; },
      [](json& p) { p["settings"]["refer_routes"]["value"]["unsure"] = {"boss"}; },
      [](json& p) { p["settings"]["break_rule"]["value"]["mandatory"] = {"bad_weather"}; },
      [](json& p) { p["schema"] = "gatehouse-pack/2"; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Error error = error_after(changes[i]);
    EXPECT_EQ(error.code, "unknown_value") << i << " " << error.text();
    EXPECT_FALSE(error.allowed.empty()) << i;
  }
}

TEST(ReadPack, RefusesARuleWithoutACitationOrWithADanglingOne) {
  EXPECT_EQ(error_after([](json& p) { p["rules"][2]["cite"]["clauses"] = json::array(); }).where.substr(0, 10), "$.rules[2]");
  EXPECT_EQ(error_after([](json& p) { p["rules"][2].erase("cite"); }).where.substr(0, 10), "$.rules[2]");
  EXPECT_EQ(error_after([](json& p) { p["rules"][2]["cite"]["clauses"] = {"CAF-99"}; }).code, "dangling_citation");
  EXPECT_EQ(error_after([](json& p) { p["cites"]["keep"] = json::array(); }).code, "missing_citation");
}

TEST(ReadPack, RefusesASettingThatCitesAClauseThePolicyDoesNotHave) {
  EXPECT_EQ(error_after([](json& p) { p["settings"]["consent"]["clauses"] = {"CAF-99"}; }).where, "$.settings.consent.clauses");
  EXPECT_EQ(error_after([](json& p) { p["cites"]["keep"] = {"CAF-99"}; }).where, "$.cites.keep");
  EXPECT_EQ(error_after([](json& p) { p["policy"]["faults"][0]["clause"] = "CAF-99"; }).where, "$.policy.faults[0].clause");
}

TEST(ReadPack, AsksWhichDefaultAppliesWhereThePolicyIsSilentOrContradictsItself) {
  const Error silent = error_after([](json& p) { p["settings"]["contexts"].erase("note"); });
  EXPECT_EQ(silent.code, "missing_default");
  EXPECT_EQ(silent.where, "$.settings.contexts.note");
  const Error torn = error_after([](json& p) {
    p["settings"]["consent"]["contradicts"] = {"CAF-8", "CAF-22"};
    p["settings"]["consent"].erase("note");
  });
  EXPECT_EQ(torn.code, "missing_choice");
  EXPECT_EQ(torn.where, "$.settings.consent.note");
}

TEST(ReadPack, FindsOverridesThatGoRoundInACircleHoweverLong) {
  const auto forbid = [](const std::string& id, const std::string& over) {
    return json{{"id", id}, {"effect", "forbid"}, {"stratum", "exception"}, {"reason", "compartment"}, {"plain", "Kept apart."}, {"cite", {{"clauses", {"CAF-22"}}}},
                {"when", {{"item.compartment", {"counselling"}}}}, {"overrides", {over}}};
  };
  const Error round = error_after([&](json& p) {
    p["rules"].push_back(forbid("a", "b"));
    p["rules"].push_back(forbid("b", "c"));
    p["rules"].push_back(forbid("c", "a"));
  });
  EXPECT_EQ(round.code, "circular_override") << round.text();
  EXPECT_EQ(error_after([&](json& p) { p["rules"].push_back(forbid("a", "a")); }).code, "circular_override");
}

TEST(ReadPack, SaysWhichWordWasProbablyMeant) {
  EXPECT_EQ(error_after([](json& p) { p["rules"][0]["when"]["circumstance"] = {"significant_harm_chld"}; }).remedy, "did you mean `significant_harm_child`?");
  EXPECT_EQ(error_after([](json& p) { p["rules"][0]["effect"] = "allow"; }).remedy, "one of permit, forbid, refer, oblige");
  EXPECT_EQ(error_after([](json& p) { p["rules"][0]["when"]["circumstance"] = {"bad_weather_today"}; }).remedy, "one of the 18 words of CONTRACT.md");
  EXPECT_EQ(error_after([](json& p) { p["policy"]["titel"] = "x"; }).remedy, "remove it, or one of title, dated, approved, review_due, read_with, clause_prefix, faults");
}

TEST(ReadPack, SaysNearWhichLineAPackStopsBeingJson) {
  std::string text = test::config_text("packs/children-and-families.json");
  const auto at = text.find("\"time_zone\"");
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  text.insert(at, ",");
  const auto read = test::read_pack(text);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().what.find("line " + std::to_string(line)), std::string::npos) << read.error().text();
}

TEST(ReadPack, RefusesTwoRulesClausesOrKeysWithOneName) {
  EXPECT_EQ(error_after([](json& p) { p["rules"][4]["id"] = p["rules"][3]["id"]; }).code, "duplicate_id");
  EXPECT_EQ(error_after([](json& p) { p["clauses"].push_back(p["clauses"][0]); }).code, "duplicate_id");
  std::string text = test::config_text("packs/children-and-families.json");
  text.insert(text.find('{') + 1, "\"id\": \"another\",");
  const auto read = test::read_pack(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "duplicate_key");
}

TEST(ReadPack, RefusesABadDateZoneOrDuration) {
  EXPECT_EQ(error_after([](json& p) { p["policy"]["review_due"] = "2026-02-30"; }).code, "bad_date");
  EXPECT_EQ(error_after([](json& p) { p["switches"][0]["from"] = "soon"; }).code, "bad_date");
  EXPECT_EQ(error_after([](json& p) { p["time_zone"] = "Europe/Kent"; }).code, "bad_time_zone");
  EXPECT_EQ(error_after([](json& p) { p["settings"]["clocks"]["value"]["clocks"] = {{{"kind", "mash_referral"}, {"duration", "1 day"}, {"calendar", "elapsed"}}}; }).code, "bad_duration");
  EXPECT_EQ(error_after([](json& p) { p["settings"]["clocks"]["value"]["school_day_end"] = "4 pm"; }).code, "bad_time");
}

TEST(ReadPack, RefusesToLoosenTheMatrix) {
  EXPECT_EQ(error_after([](json& p) { p["matrix"]["hypothetical"]["identity"] = "full"; }).code, "loosening");
  json tighter = good();
  tighter["matrix"]["early_help"]["contact"] = "none";
  const auto read = test::read_pack(tighter.dump());
  ASSERT_TRUE(read) << read.error().text();
}

TEST(ReadPack, RefusesAPackWithoutAChoiceItNeeds) {
  for (const auto& [name, unused] : good()["settings"].items()) {
    (void)unused;
    const Error error = error_after([&](json& p) { p["settings"].erase(name); });
    EXPECT_FALSE(error.where.empty()) << name;
  }
}

// bad_packs.jsonl: a change that spoils any pack, and what is said of it.
TEST(ReadPack, RefusesEachOfTheFivePacksSpoiltInEachWayAndSaysWhere) {
  const std::string path = std::string(::gatehouse::test::source_dir()) + "/tests/policy/cases/bad_packs.jsonl";
  const auto lines = test::lines_of(path);
  ASSERT_GE(lines.size(), 20u);
  for (const char* id : test::kProjectPacks) {
    const std::string whole = test::config_text(std::string("packs/") + id + ".json");
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const json line = json::parse(lines[i]);
      std::string text = line.contains("patch") ? json::parse(whole).patch(line.at("patch")).dump() : whole;
      if (line.contains("replace")) {
        const std::string from = line.at("replace").at(0), to = line.at("replace").at(1);
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << path << ":" << i + 1;
        text.replace(at, from.size(), to);
      }
      if (line.contains("pad_to")) text.insert(text.rfind('}'), std::string(line.at("pad_to").get<std::size_t>() - text.size(), ' '));
      const auto read = test::read_pack(text);
      ASSERT_FALSE(read) << path << ":" << i + 1 << ": " << id << " was read with " << line.at("name");
      const std::string said = read.error().text();
      EXPECT_EQ(read.error().code, line.at("code").get<std::string>()) << path << ":" << i + 1 << ": " << id << ": " << said;
      EXPECT_TRUE(read.error().where.starts_with(line.at("where").get<std::string>())) << path << ":" << i + 1 << ": " << id << ": " << said;
      EXPECT_NE(read.error().remedy.find(line.at("remedy").get<std::string>()), std::string::npos) << path << ":" << i + 1 << ": " << id << ": " << said;
      EXPECT_FALSE(read.error().remedy.empty()) << path << ":" << i + 1 << ": " << said;
      EXPECT_EQ(said.find('\n'), std::string::npos) << path << ":" << i + 1 << ": " << said;
    }
  }
}

TEST(ReadPack, NeverThrowsAndIsQuickOnHostileBytes) {
  for (const std::string& text : {std::string(), std::string("{"), std::string("[]"), std::string("null"), std::string("{}"), std::string("\xff\xfe"),
                                  std::string(200'000, '['), std::string("{\"schema\":\"gatehouse-pack/1\"}"), std::string("\0{}", 3)})
    EXPECT_FALSE(test::read_pack(text));
  json many = good();
  const json rule = many["rules"][0];
  std::string rules = "[";
  while (rules.size() < 10'000'000) {
    json copy = rule;
    copy["id"] = "r" + std::to_string(rules.size());
    rules += copy.dump() + ",";
  }
  rules.back() = ']';
  many.erase("rules");
  std::string text = many.dump();
  text.insert(1, "\"rules\":" + rules + ",");
  const auto read = test::read_pack(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "too_large");
  json much = good();
  for (int i = 0; i < 600; ++i) {
    much["rules"].push_back(rule);
    much["rules"].back()["id"] = "more-" + std::to_string(i);
  }
  EXPECT_FALSE(test::read_pack(much.dump())) << "more rules than a policy has clauses";
  const std::string whole = good().dump();
  for (std::size_t n = 0; n < whole.size(); n += 4999) EXPECT_FALSE(test::read_pack(whole.substr(0, n)));
}

TEST(ReadPack, NeverThrowsWhenAnyValueHasAnotherType) {
  // Each value of the pack in turn becomes a number, a text, a list, an object, null and a deep nest.
  std::vector<json::json_pointer> places;
  const std::function<void(const json&, const json::json_pointer&)> walk = [&](const json& node, const json::json_pointer& at) {
    places.push_back(at);
    if (node.is_object())
      for (const auto& [key, value] : node.items()) walk(value, at / key);
    else if (node.is_array())
      for (std::size_t i = 0; i < node.size() && i < 2; ++i) walk(node[i], at / i);
  };
  for (const auto& [key, value] : good().items())
    if (key != "clauses" && key != "rules") walk(value, json::json_pointer() / key);
  walk(good()["rules"][3], json::json_pointer("/rules/3"));
  walk(good()["clauses"][0], json::json_pointer("/clauses/0"));
  const json others[] = {42, "☂", json::array(), json::array({1}), json::object(), nullptr};
  int refused = 0;
  std::size_t turn = 0;
  for (const auto& place : places) {
    json pack = good();
    pack[place] = others[turn++ % std::size(others)];
    if (!test::read_pack(pack.dump())) ++refused;
  }
  EXPECT_GT(refused, static_cast<int>(places.size() / 2));
}

}  // namespace
}  // namespace gatehouse::policy
