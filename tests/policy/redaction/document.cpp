#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

nlohmann::json good() {
  return {{"id", "n-1"}, {"text", "Dorota came."}, {"mode", "third_party"}, {"subject", "p1"}, {"recipient", "mash"}, {"keep_people", {"p2"}}, {"bundle", "b"},
          {"people", {{{"id", "p1"}, {"names", {"Kuba Wilczek"}}, {"relation", "self"}, {"role", "family"}, {"identifiers", {"999 000 0018"}}}, {{"id", "p2"}, {"names", {"Dorota"}}}}}};
}

TEST(ReadDocument, ReadsEveryKey) {
  const auto document = read_document(good().dump());
  ASSERT_TRUE(document) << document.error().text();
  EXPECT_EQ(document->people.size(), 2u);
  EXPECT_EQ(document->people[0].identifiers[0], "999 000 0018");
  EXPECT_EQ(document->keep_people[0], "p2");
  EXPECT_EQ(document->bundle, "b");
}

TEST(ReadDocument, NamesTheKeyItDoesNotKnow) {
  auto json = good();
  json["mod"] = "x";
  EXPECT_EQ(read_document(json.dump()).error().where, "$.mod");
  json = good();
  json["people"][1]["nickname"] = "x";
  EXPECT_EQ(read_document(json.dump()).error().where, "$.people[1].nickname");
  json = good();
  json["Dorota Wilczek"] = "x";
  EXPECT_EQ(read_document(json.dump()).error().where, "$.?");  // what is no key may be a person
}

TEST(ReadDocument, RefusesWrongWordsTypesAndBytes) {
  for (const auto& [key, value] : std::vector<std::pair<std::string, nlohmann::json>>{{"mode", "hide"}, {"recipient", "everybody"}, {"text", 7}, {"people", "all"}, {"keep_people", {1}}, {"subject", ""}}) {
    auto json = good();
    json[key] = value;
    const auto document = read_document(json.dump());
    ASSERT_FALSE(document) << key;
    EXPECT_TRUE(document.error().where.starts_with("$." + key)) << document.error().text();
  }
  for (const char* key : {"id", "text", "mode", "subject", "people", "recipient"}) {
    auto json = good();
    json.erase(key);
    EXPECT_EQ(read_document(json.dump()).error().code, "missing_key");
  }
  EXPECT_FALSE(read_document("not json"));
  EXPECT_FALSE(read_document("{\"id\": \"\xff\"}"));
  EXPECT_FALSE(read_document(std::string(2000, '[')));
  auto json = good();
  json["people"][0]["names"] = nlohmann::json::array();
  EXPECT_EQ(read_document(json.dump()).error().where, "$.people[0].names");
}

TEST(ToJson, WritesNullForNobody) {
  Redacted redacted;
  redacted.id = "n-1";
  redacted.text = "[phone]";
  redacted.spans.push_back({0, 12, "CONTACT", "", "[phone]", "pattern", 0.97});
  redacted.blocked = false;
  const auto json = nlohmann::json::parse(to_json(redacted));
  EXPECT_TRUE(json["spans"][0]["person"].is_null());
  EXPECT_EQ(json["spans"][0]["end"], 12);
  EXPECT_EQ(json["blocked"], false);
}

}  // namespace
}  // namespace gatehouse::redaction
