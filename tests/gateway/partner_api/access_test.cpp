// The dry run over HTTP: the public certification scenario of AuthZEN 1.0 as data, and what is our own.
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "gateway/partner_api/dry_run.hpp"
#include "tests/gateway/partner_api/world.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::fakes {
namespace {

using nlohmann::json;

const std::string folder = std::string(::gatehouse::test::source_dir()) + "/tests/conformance/authzen/";

std::string file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A world whose dry run knows the words of the scenario.
void teach(World& world, const std::string& words) {
  auto policies = std::make_shared<gateway::Policies>(world.keeper->load()->policies());
  auto read = gateway::read_access_words(words);
  ASSERT_TRUE(read) << read.error().text();
  policies->access_words = std::move(*read);
  world.policies = policies;
  world.restart();
}

json early_help() {
  return {{"subject", {{"type", "worker"}, {"id", "w-1"}, {"properties", {{"role", "worker"}}}}},
          {"action", {{"name", "early_help"}, {"properties", {{"stated", {"why_necessary", "intended_use"}}}}}},
          {"resource", {{"type", "category"}, {"id", "contact"}}},
          {"context",
           {{"case",
             {{"subject", {{"age", 30}, {"competence", "competent"}}},
              {"consents",
               {{{"agencies", {"medway-housing"}}, {"categories", {"contact"}}, {"purposes", {"early_help"}}, {"form", "written"}, {"given_by", "subject"}, {"given", "2026-05-01"},
                 {"expires", "2027-05-01"}}}}}}}}};
}

json ask(World& world, const json& question, int status = 200) {
  const auto answer = world.send("POST", "/access/v1/evaluation", question.dump());
  EXPECT_EQ(answer.status, status) << answer.body;
  return World::json_of(answer);
}

TEST(DryRun, AnswersTheCertificationScenarioAsItAsks) {
  World world;
  teach(world, file(folder + "words.json"));
  std::ifstream in(folder + "scenario.jsonl");
  int calls = 0;
  for (std::string line; std::getline(in, line);) {
    const json row = json::parse(line);
    SCOPED_TRACE(row["name"].get<std::string>());
    ++calls;
    Odd odd;
    if (row.contains("content_type")) odd.content_type = row["content_type"].get<std::string>();
    odd.x_request_id = "call-" + std::to_string(calls);
    for (int again = 0; again < 2; ++again) {  // the same question has the same answer
      const auto answer = world.send("POST", row["path"].get<std::string>(), row.contains("raw") ? row["raw"].get<std::string>() : row["body"].dump(), odd);
      ASSERT_EQ(answer.status, row["status"].get<int>()) << answer.body;
      EXPECT_EQ(answer.header("x-request-id"), *odd.x_request_id) << "on refusals too";
      if (answer.status != 200) continue;
      EXPECT_EQ(answer.header("content-type"), "application/json");
      const json body = World::json_of(answer);
      if (row.contains("decision")) EXPECT_EQ(body["decision"], row["decision"]) << body;
      if (!row.contains("decisions")) continue;
      EXPECT_FALSE(body.contains("decision"));
      ASSERT_EQ(body["evaluations"].size(), row["decisions"].size()) << body;
      for (std::size_t i = 0; i < body["evaluations"].size(); ++i) {
        ASSERT_TRUE(body["evaluations"][i]["decision"].is_boolean());
        if (!row["decisions"][i].is_null()) EXPECT_EQ(body["evaluations"][i]["decision"], row["decisions"][i]) << body;
      }
    }
  }
  EXPECT_GE(calls, 40);
}

TEST(DryRun, ReadsNoPersonAndWritesNothing) {
  World world;
  world.store.road.clear();
  ask(world, early_help());
  world.send("POST", "/access/v1/evaluations", early_help().dump());
  EXPECT_TRUE(world.store.road.empty());
  EXPECT_TRUE(world.store.log.empty());
  EXPECT_TRUE(world.store.requests.empty());
}

TEST(DryRun, SaysWhatWouldBeSharedAndWhatComesWithIt) {
  World world;
  const json yes = ask(world, early_help());
  EXPECT_EQ(yes["decision"], true) << yes;
  EXPECT_EQ(yes["context"]["outcome"], "release");
  EXPECT_EQ(yes["context"]["dry_run"], true);
  EXPECT_EQ(yes["context"]["obligations"][0]["kind"], "no_onward_sharing") << yes["context"]["obligations"];
  json without = early_help();
  without["context"]["case"].erase("consents");
  const json no = ask(world, without);
  EXPECT_EQ(no["decision"], false);
  EXPECT_EQ(no["context"]["items"][0]["reason"], "consent_missing");
  json unstated = early_help();
  unstated["action"].erase("properties");
  const json gap = ask(world, unstated);
  EXPECT_EQ(gap["context"]["outcome"], "more_information");
  EXPECT_EQ(gap["context"]["missing"], json({"why_necessary", "intended_use"}));
}

TEST(DryRun, IsNoYesWhenPartOfItStays) {
  World world;
  json two = early_help();
  two["resource"] = {{"type", "record"}, {"id", "any"}, {"properties", {{"categories", {"contact", "housing"}}}}};
  const json part = ask(world, two);
  EXPECT_EQ(part["context"]["outcome"], "partial");
  EXPECT_EQ(part["decision"], false);
  EXPECT_EQ(part["context"]["items"].size(), 2u);
}

TEST(DryRun, NeverSaysWhatOneCouldDoToBeGivenMore) {
  World world;
  json question = early_help();
  question["context"]["case"].erase("consents");
  const auto answer = world.send("POST", "/access/v1/evaluation", question.dump());
  EXPECT_EQ(answer.body.find("near_misses"), std::string::npos);
  EXPECT_FALSE(World::json_of(answer)["context"].contains("id"));
}

TEST(DryRun, TakesAClaimForAClaim) {
  World world;
  world.caller = &world.mash;
  json question = early_help();
  question["action"] = {{"name", "s47_enquiry"}, {"properties", {{"circumstances", {"significant_harm_child"}}, {"stated", {"public_task", "statutory_power", "why_necessary", "intended_use", "case_reference"}}}}};
  question["context"] = {{"case", {{"subject", {{"age", 9}}}}}};
  const json claimed = ask(world, question);
  EXPECT_EQ(claimed["context"]["outcome"], "refer") << claimed;
  question["context"]["case"]["circumstances"] = {{{"code", "significant_harm_child"}, {"evidence", true}}};
  question["context"]["case"]["consulted"] = {"dsl"};
  EXPECT_EQ(ask(world, question)["context"]["duty"], "must_share") << "supposing that it was found";
}

TEST(DryRun, KnowsWhoAsksAndWhetherAnAgreementIsInForce) {
  World world;
  json question = early_help();
  question["action"]["name"] = "support_with_consent";
  question["context"]["case"]["consents"][0]["purposes"] = {"support_with_consent"};
  EXPECT_EQ(ask(world, question)["decision"], true);
  question["action"]["name"] = "complaint";
  EXPECT_EQ(ask(world, question)["context"]["items"][0]["reason"], "purpose_unknown");
  world.store.agencies.agencies[0].agreements[0].to = policy::read_date("2026-11-01");
  world.store.agencies.version = 2;
  world.run(world.keeper->refresh());
  question["action"]["name"] = "support_with_consent";
  EXPECT_EQ(ask(world, question)["context"]["items"][0]["reason"], "not_signatory");
}

TEST(DryRun, SaysWhatIsWrongWithACaseWithoutFailingTheCall) {
  World world;
  json question = early_help();
  question["context"]["case"]["consents"][0]["form"] = "nodded";
  const json bad = ask(world, question);
  EXPECT_EQ(bad["decision"], false);
  EXPECT_EQ(bad["context"]["error"]["status"], 400);
  EXPECT_EQ(bad["context"]["error"]["where"], "case.consents[0].form");
  EXPECT_EQ(bad["context"]["error"]["allowed"].size(), 3u);
  question = early_help();
  question["action"]["name"] = "gossip";
  EXPECT_EQ(ask(world, question)["context"]["error"]["status"], 404);
  question = early_help();
  question["resource"]["id"] = "diary";
  EXPECT_EQ(ask(world, question)["context"]["error"]["where"], "case.items[0].category");
  question = early_help();
  question["context"]["case"] = "all of it";
  EXPECT_EQ(ask(world, question)["context"]["error"]["where"], "$.context.case");
}

TEST(DryRun, IsAuthenticatedAsEverythingElse) {
  World world;
  const std::string body = early_help().dump();
  Odd odd;
  odd.x_request_id = "x-1";
  odd.unsigned_request = true;
  auto answer = world.send("POST", "/access/v1/evaluation", body, odd);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.header("x-request-id"), "x-1");
  odd = {};
  odd.without_certificate = true;
  EXPECT_EQ(world.send("POST", "/access/v1/evaluation", body, odd).status, 401);
  odd = {};
  odd.break_signature = true;
  EXPECT_EQ(world.send("POST", "/access/v1/evaluations", body, odd).status, 401);
  odd = {};
  odd.nonce = crypto::base64(std::string(16, 'n'));
  EXPECT_EQ(world.send("POST", "/access/v1/evaluation", body, odd).status, 200);
  EXPECT_EQ(world.send("POST", "/access/v1/evaluation", body, odd).status, 401) << "the same nonce again";
  world.settings->limits.burst = 1;
  world.settings->limits.requests_per_second = 0.001;
  world.restart();
  EXPECT_EQ(world.send("POST", "/access/v1/evaluation", body).status, 200);
  EXPECT_EQ(world.send("POST", "/access/v1/evaluation", body).status, 429);
}

TEST(DryRun, DecidesNothingUnderAPackThatWasNotApproved) {
  World world;
  world.store.agencies.active_pack_sha256 = std::string(64, '0');
  world.store.agencies.version = 2;
  world.run(world.keeper->refresh());
  EXPECT_EQ(world.send("POST", "/access/v1/evaluation", early_help().dump()).status, 503);
}

TEST(DryRun, LeavesOutARequestIdThatCouldEndAHeader) {
  World world;
  for (const std::string& id : {std::string("a\r\nset-cookie: x=1"), std::string(200, 'x'), std::string("a b")}) {
    Odd odd;
    odd.x_request_id = id;
    const auto answer = world.send("POST", "/access/v1/evaluation", early_help().dump(), odd);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("x-request-id"), "") << id;
  }
}

TEST(DryRun, RefusesMoreEvaluationsThanItWillDo) {
  World world;
  json many = early_help();
  many["evaluations"] = json::array();
  for (std::size_t i = 0; i <= gateway::kMostEvaluations; ++i) many["evaluations"].push_back(json::object());
  EXPECT_EQ(world.send("POST", "/access/v1/evaluations", many.dump()).status, 400);
  many["evaluations"].erase(0);
  EXPECT_EQ(world.send("POST", "/access/v1/evaluations", many.dump()).status, 200);
  for (const char* body : {R"({"evaluations":5})", R"({"evaluations":[{}],"options":5})", R"({"evaluations":[{}],"subject":5})", R"([])", R"({"subject":{},"subject":{}})"})
    EXPECT_EQ(world.send("POST", "/access/v1/evaluations", body).status, 400) << body;
}

TEST(DryRun, IsFoundWhereAuthZENLooks) {
  World world;
  const auto answer = world.get("/.well-known/authzen-configuration");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  const json found = World::json_of(answer);
  EXPECT_EQ(found["policy_decision_point"], "https://gatehouse.example.org:8443");
  EXPECT_EQ(found["access_evaluation_endpoint"], "https://gatehouse.example.org:8443/access/v1/evaluation");
  EXPECT_EQ(found["access_evaluations_endpoint"], "https://gatehouse.example.org:8443/access/v1/evaluations");
  Odd odd;
  odd.authority = "elsewhere.example.org";
  EXPECT_EQ(World::json_of(world.get("/.well-known/authzen-configuration", odd))["policy_decision_point"], "https://gatehouse.example.org:8443");
}

TEST(AccessWords, AreReadStrictly) {
  const auto error = [](const std::string& words) {
    const auto read = gateway::read_access_words(R"({"schema":"gatehouse-authzen/1","words":)" + words + "}");
    return read ? std::string("read") : read.error().where;
  };
  EXPECT_EQ(error(R"([{"when":{"action.name":"read"},"case":{"purpose":"early_help"}}])"), "read");
  EXPECT_EQ(error(R"([{"when":{"action.title":"read"},"case":{}}])"), "$.words[0].when");
  EXPECT_EQ(error(R"([{"when":{},"case":{}}])"), "$.words[0].when");
  EXPECT_EQ(error(R"([{"when":{"action.name":[1]},"case":{}}])"), "$.words[0].when");
  EXPECT_EQ(error(R"([{"when":{"action.name":"read"},"case":{"purpose":"gossip"}}])"), "$.words[0].case.purpose");
  EXPECT_EQ(error(R"([{"when":{"action.name":"read"}}])"), "$.words[0].case");
  EXPECT_EQ(error(R"([{"when":{"action.name":"read"},"case":{},"then":1}])"), "$.words[0].then");
  EXPECT_EQ(error("7"), "$.words");
  EXPECT_FALSE(gateway::read_access_words("{"));
  EXPECT_FALSE(gateway::read_access_words(R"({"schema":"x","words":[]})"));
}

}  // namespace
}  // namespace gatehouse::fakes
