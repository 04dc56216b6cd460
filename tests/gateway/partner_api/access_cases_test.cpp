// Every case of the five policies once more, over HTTP: what a partner's dry run is told is what the engine decides, through signature, parser and answer.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "policy/prove/cases.hpp"
#include "tests/gateway/partner_api/world.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::fakes {
namespace {

using nlohmann::json;

const std::string source = ::gatehouse::test::source_dir();

class CasesOverHttp : public ::testing::TestWithParam<const char*> {
 protected:
  // How many of the file's cases were asked.
  static int ask_all(const std::filesystem::path& file, const std::string& pack) {
    World world;
    gateway::Settings settings = *world.settings;
    settings.pack = source + "/config/packs/" + pack + ".json";
    const auto policies = gateway::load_policies(settings);
    if (!policies) {
      ADD_FAILURE() << policies.error().text();
      return 0;
    }
    world.policies = *policies;
    world.store.agencies.active_pack_sha256 = (*policies)->pack.identity().sha256;
    world.store.agencies.version = 2;
    world.restart();
    std::ifstream in(file);
    int count = 0;
    for (std::string line; std::getline(in, line);) {
      if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
      const auto parts = policy::unwrap_case(line);
      if (!parts) {
        ADD_FAILURE() << parts.error().text();
        continue;
      }
      SCOPED_TRACE(parts->name + ": " + parts->why);
      ++count;
      const json question = json::parse(parts->question);
      const json purpose = question.value("purpose", json());
      const json body = {{"subject", {{"type", "case"}, {"id", "as supposed"}}},
                         {"action", {{"name", purpose.is_string() ? purpose.get<std::string>() : std::string("unstated")}}},
                         {"resource", {{"type", "case"}, {"id", "as supposed"}}},
                         {"context", {{"case", question}}}};
      const auto answer = world.send("POST", "/access/v1/evaluation", body.dump());
      EXPECT_EQ(answer.status, 200) << answer.body;
      if (answer.status != 200) continue;
      const json told = World::json_of(answer);
      EXPECT_FALSE(told["context"].contains("error")) << told;
      if (told["context"].contains("error")) continue;
      EXPECT_EQ(told["context"]["pack"]["id"], pack);
      EXPECT_EQ(told["decision"], told["context"]["outcome"] == "release" || told["context"]["outcome"] == "anonymised");
      const auto differences = policy::compare(parts->expect, told["context"].dump());
      EXPECT_TRUE(differences) << differences.error().text();
      if (!differences) continue;
      for (const auto& one : *differences) ADD_FAILURE() << one.key << ": expected " << one.expected << ", was told " << one.actual;
    }
    return count;
  }
};

TEST_P(CasesOverHttp, AreAnsweredAsTheProjectsOwnSayTheyMust) {
  EXPECT_GE(ask_all(source + "/tests/policy/cases/" + GetParam() + ".jsonl", GetParam()), 10);
}

TEST_P(CasesOverHttp, AreAnsweredAsTheSharedOnesSayTheyMust) {
  const char* set = std::getenv("GATEHOUSE_SHARED");
  const std::filesystem::path shared = set != nullptr && *set != '\0' ? std::filesystem::path(set) : std::filesystem::path(source) / ".." / "shared";
  if (!std::filesystem::exists(shared / "cases" / "decision")) GTEST_SKIP() << "skipped: no shared cases here (GATEHOUSE_SHARED names the folder that holds cases/)";
  EXPECT_GE(ask_all(shared / "cases" / "decision" / (std::string(GetParam()) + ".jsonl"), GetParam()), 10);
}

INSTANTIATE_TEST_SUITE_P(Packs, CasesOverHttp, ::testing::Values("best-foot-forward", "west-park", "new-futures", "children-and-families", "cats-cambridge"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace gatehouse::fakes
