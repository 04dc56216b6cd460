#include "tests/fakes/contract.hpp"

#include <gtest/gtest.h>

using gatehouse::fakes::Contract;
using nlohmann::json;

TEST(Contract, ThrowsAtAKeywordItDoesNotKnow) {
  const Contract contract(json::object());
  EXPECT_THROW(contract.misfit({{"type", "string"}, {"uniqueItems", true}}, "x"), std::logic_error);
  EXPECT_THROW(contract.misfit({{"format", "uri"}}, "x"), std::logic_error);
  EXPECT_THROW(contract.misfit({{"type", "tuple"}}, nullptr), std::logic_error);
}

TEST(Contract, FindsWhatDoesNotFit) {
  const Contract contract(json::object());
  const json schema = {{"type", "object"}, {"additionalProperties", false}, {"required", {"a"}},
                       {"properties", {{"a", {{"type", "string"}, {"pattern", "^x"}}}, {"b", {{"type", "array"}, {"items", {{"type", "integer"}}}, {"maxItems", 2}}}}}};
  EXPECT_EQ(contract.misfit(schema, {{"a", "xy"}, {"b", {1, 2}}}), "");
  EXPECT_EQ(contract.misfit({{"type", "null"}}, nullptr), "");
  EXPECT_NE(contract.misfit({{"type", "null"}}, 0), "");
  EXPECT_NE(contract.misfit(schema, {{"b", {1}}}), "");
  EXPECT_NE(contract.misfit(schema, {{"a", "y"}}), "");
  EXPECT_NE(contract.misfit(schema, {{"a", "x"}, {"c", 1}}), "");
  EXPECT_NE(contract.misfit(schema, {{"a", "x"}, {"b", {1, 2, 3}}}), "");
  EXPECT_NE(contract.misfit(schema, {{"a", "x"}, {"b", {"1"}}}), "");
  EXPECT_NE(contract.misfit({{"anyOf", {{{"const", 1}}, {{"const", 2}}}}}, 3), "");
}

TEST(Contract, EverySchemaOfTheDocumentIsOneThisReaderKnows) {
  const auto& contract = Contract::of_the_repository();
  for (const auto& [name, schema] : contract.document()["components"]["schemas"].items())
    for (const json& value : {json::object(), json::array(), json("x"), json(1), json(true)}) EXPECT_NO_THROW(contract.misfit(schema, value)) << name;
}
