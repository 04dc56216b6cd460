#include <gtest/gtest.h>

#include "crypto/manifest.hpp"
#include "gateway/duties/duties.hpp"
#include "tests/fakes/contract.hpp"
#include "tests/gateway/partner_api/world.hpp"

using namespace gatehouse;
using fakes::Fault;
using fakes::Faults;
using fakes::Odd;
using fakes::World;
using fakes::without_ids;
using nlohmann::json;
using policy::RequestState;

namespace {

std::string type_of(const gateway::Response& response) {
  const std::string type = json::parse(response.body).value("type", "");
  const auto slash = type.rfind('/');
  return slash == std::string::npos ? type : type.substr(slash + 1);
}

json about(const std::string& nhs, const std::string& given, const std::string& family, const std::string& born) {
  json body = World::good_body();
  body["subject"] = {{"nhs_number", nhs}, {"given_name", given}, {"family_name", family}, {"date_of_birth", born}};
  return body;
}

json about_nobody() { return about("9990000034", "Nobody", "Wehave", "2001-01-01"); }
json about_somebody_who_did_not_agree() { return about("9990000026", "Petra", "Sandlewick", "1991-04-25"); }

std::vector<std::string> header_names(const gateway::Response& response) {
  std::vector<std::string> out;
  for (const auto& [name, value] : response.headers) out.push_back(name);
  return out;
}

}  // namespace

TEST(Requests, AReleaseThatMayGoByItselfComesSealedAtOnce) {
  World world;
  const auto answer = world.post();
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json body = World::json_of(answer);
  const json package = world.open(answer);
  EXPECT_EQ(package["purpose"], "early_help");
  EXPECT_EQ(package["release_id"], body["release_id"]);
  EXPECT_EQ(package["subject"]["names"], "Casimir Wyelock");
  ASSERT_EQ(package["items"].size(), 2u);
  EXPECT_EQ(package["items"][1]["fields"]["phone"], "07700 900874");
  EXPECT_EQ(answer.body.find("07700"), std::string::npos);
  const auto manifest = crypto::read_manifest(body["manifest"].get<std::string>());
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->partner, "medway-housing");
  EXPECT_EQ(manifest->recipient, "medway-housing/age-1");
  EXPECT_EQ(manifest->sha256, crypto::hex(crypto::sha256(*crypto::from_base64(body["package"].get<std::string>()))));
  ASSERT_EQ(world.store.log.size(), 1u);
  EXPECT_EQ(world.store.log[0].kind, "release");
  EXPECT_EQ(world.store.road, (std::vector<std::string>{"evidence", "find", "commit"}));
}

TEST(Requests, OnlyTheContentsOfReleasedItemsAreEverRead) {
  World world;
  ASSERT_EQ(world.post().status, 200);
  EXPECT_EQ(world.store.found_items, 2u);  // not the third, which nobody asked for
  json more = World::good_body();
  more["categories"] = {"identity", "contact", "health_mental"};
  const auto answer = world.post(more);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(world.store.found_items, 4u);
  const json package = world.open(answer);
  EXPECT_EQ(package["items"].size(), 2u);
  EXPECT_FALSE(package["withheld"].empty());
  EXPECT_EQ(package.dump().find("anxiety"), std::string::npos);
  EXPECT_EQ(package.dump().find("health"), std::string::npos);
}

TEST(Requests, FieldsNarrowWhatIsSent) {
  World world;
  json body = World::good_body();
  body["fields"] = {"contact.phone"};
  body.erase("categories");
  const auto answer = world.post(body);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json package = world.open(answer);
  ASSERT_EQ(package["items"].size(), 1u);
  EXPECT_EQ(package["items"][0]["fields"], json({{"phone", "07700 900874"}}));
  EXPECT_TRUE(package["subject"].empty());
}

TEST(Requests, NobodyKnownAndSomebodyRefusedGetTheSameBytesHeadersSizeAndRoad) {
  World world;
  const auto unknown = world.post(about_nobody());
  const auto road = std::exchange(world.store.road, {});
  const auto refused = world.post(about_somebody_who_did_not_agree());
  ASSERT_EQ(unknown.status, 202);
  ASSERT_EQ(refused.status, 202);
  EXPECT_EQ(without_ids(unknown), without_ids(refused));
  EXPECT_EQ(unknown.body.size(), refused.body.size());
  EXPECT_EQ(unknown.body.size() % world.settings->answers.bucket_bytes, 0u);
  EXPECT_EQ(header_names(unknown), header_names(refused));
  EXPECT_EQ(unknown.tick, refused.tick);
  EXPECT_GT(unknown.tick.count(), 0);
  EXPECT_EQ(road, world.store.road);
  ASSERT_EQ(world.store.log.size(), 2u);
  EXPECT_EQ(world.store.log[0].kind, world.store.log[1].kind);  // same path in the log
}

TEST(Requests, WhatAPersonMustDecideLooksLikeTheRestToo) {
  World world;
  const auto unknown = world.post(about_nobody());
  world.store.people.at("p-1").risk_marker = true;  // nothing goes by itself
  const auto held = world.post(World::good_body());
  ASSERT_EQ(held.status, 202);
  EXPECT_EQ(without_ids(unknown), without_ids(held));
  EXPECT_FALSE(world.store.requests.at(World::json_of(held)["id"]).entry.release.has_value());
}

TEST(Requests, WithoutAnOptedInPurposeNothingGoesByItself) {
  World world;
  auto settings = std::make_shared<gateway::Settings>(*world.settings);
  settings->releases.automatic_release.clear();
  world.settings = settings;
  world.restart();
  EXPECT_EQ(world.post().status, 202);
  ASSERT_EQ(world.store.requests.size(), 1u);
  EXPECT_EQ(world.store.requests.begin()->second.entry.outcome, policy::Outcome::release);  // allowed, and a person looks first
}

TEST(Requests, TheAnswerTimeComesFromTheRequestAlone) {
  World world;
  const json unknown = World::json_of(world.post(about_nobody()));
  EXPECT_EQ(unknown["answer_by"], "2026-12-01T10:00:00Z");  // five working days
  json urgent = about_nobody();
  urgent["urgency"] = "amber";
  EXPECT_EQ(World::json_of(world.post(urgent))["answer_by"], "2026-11-24T14:00:00Z");
  urgent["urgency"] = "emergency";  // at once is a page; nobody is declined before a person could look
  EXPECT_EQ(World::json_of(world.post(urgent))["answer_by"], "2026-11-24T10:15:00Z");
  urgent["urgency"] = "green";
  urgent["needed_by"] = "2026-11-25T09:00:00Z";
  EXPECT_EQ(World::json_of(world.post(urgent))["answer_by"], "2026-11-25T09:00:00Z");
}

TEST(Requests, MoreInformationListsOnlyGapsOfTheRequestItself) {
  World world;
  json body = about_nobody();
  body["stated"] = {{"why_necessary", "words"}};
  const json unknown = World::json_of(world.post(body));
  EXPECT_EQ(unknown["more_information"]["missing"], json({"intended_use"}));
  json known = World::good_body();
  known["stated"] = {{"why_necessary", "words"}};
  const auto answer = world.post(known);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(World::json_of(answer)["more_information"], unknown["more_information"]);
}

TEST(Requests, WhatWasMissingCanBeAddedAndTheRequestIsDecidedAgain) {
  World world;
  json body = World::good_body();
  body["stated"] = {{"why_necessary", "words"}};
  const auto first = world.post(body);
  ASSERT_EQ(first.status, 202);
  const std::string id = World::json_of(first)["id"];
  const auto second = world.send("POST", "/v1/requests/" + id + "/information", R"({"stated":{"intended_use":"To find him a room."}})");
  ASSERT_EQ(second.status, 200) << second.body;
  const std::string next = World::json_of(second)["id"];
  EXPECT_NE(next, id);
  EXPECT_EQ(world.store.requests.at(next).entry.follows, id);
  EXPECT_EQ(world.open(second)["items"].size(), 2u);
  world.caller = &world.mash;
  EXPECT_EQ(world.send("POST", "/v1/requests/" + id + "/information", R"({"officer":"X"})").status, 404);
}

TEST(Requests, NothingIsDeclinedBeforeItsTimeAndEverythingAtIt) {
  World world;
  const std::string unknown = World::json_of(world.post(about_nobody()))["id"];
  const std::string refused = World::json_of(world.post(about_somebody_who_did_not_agree()))["id"];
  world.now = *policy::read_instant("2026-12-01T09:59:59Z");
  EXPECT_EQ(world.settle(), 0u);
  EXPECT_EQ(World::json_of(world.get("/v1/requests/" + unknown))["status"], "waiting");
  world.now += std::chrono::seconds(1);
  EXPECT_EQ(world.settle(), 2u);
  const auto a = world.get("/v1/requests/" + unknown), b = world.get("/v1/requests/" + refused);
  EXPECT_EQ(World::json_of(a)["status"], "declined");
  EXPECT_EQ(without_ids(a), without_ids(b));
  EXPECT_EQ(a.body.size(), b.body.size());
}

TEST(Requests, ADeclinedRequestCanBeLookedAtAgain) {
  World world;
  const std::string id = World::json_of(world.post(about_nobody()))["id"];
  world.now += std::chrono::days(30);
  world.settle();
  const auto asked = world.send("POST", "/v1/requests/" + id + "/review", R"({"words":"We have seen him at his brother's."})");
  EXPECT_EQ(asked.status, 202) << asked.body;
  EXPECT_TRUE(world.store.requests.at(id).review_asked);
  EXPECT_EQ(type_of(world.send("POST", "/v1/requests/" + id + "/review", R"({"words":""})")), "missing-field");
  EXPECT_EQ(type_of(world.send("POST", "/v1/requests/" + id + "/review", R"({"words":"x","conflict":true})")), "unknown-field");
}

// ---------------------------------------------------------------- faults

TEST(Requests, NothingLeavesUnlessItsEntryIsInTheLogWhicheverStepFails) {
  World counted;
  ASSERT_EQ(counted.post().status, 200);
  ASSERT_EQ(counted.store.faults.calls(), 3);
  for (int at = 0; at < counted.store.faults.calls(); ++at) {
    for (const Fault how : {Fault::lost, Fault::persisted}) {
      SCOPED_TRACE(testing::Message() << "call " << at << (how == Fault::lost ? " lost" : " persisted"));
      World world(Faults(at, how));
      const auto answer = world.post();
      EXPECT_EQ(answer.status, 503);
      EXPECT_EQ(answer.body.find("age-encryption"), std::string::npos);
      EXPECT_EQ(answer.body.find("package"), std::string::npos);
      EXPECT_EQ(world.fatal.size(), at == 2 && how == Fault::persisted ? 1u : 0u);
      world.restart();                      // a failed commit has ended the process
      EXPECT_EQ(world.post().status, 200);  // same idempotency key, fresh signature, now without a fault
      EXPECT_EQ(world.store.log.size(), 1u);
      EXPECT_EQ(world.store.requests.size(), 1u);
    }
  }
}

TEST(Requests, AfterACommitWhoseEndNobodySawNothingIsDecidedAnyMore) {
  World world(Faults(2, Fault::persisted));
  EXPECT_EQ(world.post().status, 503);
  ASSERT_EQ(world.fatal.size(), 1u);
  EXPECT_EQ(world.post(World::good_body()).status, 503);
  EXPECT_EQ(world.store.requests.size(), 1u);
}

TEST(Requests, EveryLaterUseCaseSurvivesAFaultAtEveryCall) {
  struct UseCase {
    const char* name;
    std::function<gateway::Response(World&, const std::string&)> use;
    int good;
  };
  const std::vector<UseCase> cases = {
      {"status", [](World& world, const std::string& id) { return world.get("/v1/requests/" + id); }, 200},
      {"package", [](World& world, const std::string& id) { return world.get("/v1/requests/" + id + "/package"); }, 200},
      {"manifest", [](World& world, const std::string& id) { return world.get("/v1/requests/" + id + "/manifest"); }, 200},
      {"signature", [](World& world, const std::string& id) { return world.get("/v1/requests/" + id + "/manifest.sig"); }, 200},
      {"proof", [](World& world, const std::string& id) { return world.get("/v1/requests/" + id + "/proof"); }, 200},
      {"review", [](World& world, const std::string& id) { return world.send("POST", "/v1/requests/" + id + "/review", R"({"words":"again"})"); }, 202},
      {"receipt",
       [](World& world, const std::string& id) { return world.send("POST", "/v1/receipts/rl_" + id.substr(3), R"({"received":true})"); }, 200},
      {"information",
       [](World& world, const std::string& id) { return world.send("POST", "/v1/requests/" + id + "/information", R"({"officer":"PC 4127"})"); }, 200},
      {"checkpoint", [](World& world, const std::string&) { return world.get("/log/checkpoint"); }, 200},
      {"tile", [](World& world, const std::string&) { return world.get("/log/tile/0/000.p/1"); }, 200},
  };
  for (const auto& use_case : cases) {
    SCOPED_TRACE(use_case.name);
    World counted;
    const std::string id = World::json_of(counted.post())["id"];
    counted.store.faults = Faults();
    const std::size_t before = counted.store.log.size();
    ASSERT_EQ(use_case.use(counted, id).status, use_case.good);
    const int calls = counted.store.faults.calls();
    const std::size_t entries = counted.store.log.size() - before;
    ASSERT_GT(calls, 0);
    for (int at = 0; at < calls; ++at) {
      for (const Fault how : {Fault::lost, Fault::persisted}) {
        SCOPED_TRACE(testing::Message() << "call " << at << (how == Fault::lost ? " lost" : " persisted"));
        World world;
        const std::string mine = World::json_of(world.post())["id"];
        world.store.faults = Faults(at, how);
        const auto failed = use_case.use(world, mine);
        EXPECT_EQ(failed.status, 503);
        EXPECT_EQ(failed.body.find("age-encryption.org"), std::string::npos);
        const std::size_t written = world.store.log.size();
        world.restart();
        EXPECT_EQ(use_case.use(world, mine).status, use_case.good);
        // What left has its entry; one whose answer was lost may have one more.
        EXPECT_GE(world.store.log.size(), written);
        EXPECT_LE(world.store.log.size(), before + 2 * entries);
        EXPECT_GE(world.store.log.size() + (std::string_view(use_case.name) == "receipt" ? 1 : 0), before + entries);
      }
    }
  }
}

TEST(Requests, SettlingSurvivesAFaultAtEveryCall) {
  for (int at = 0; at < 3; ++at) {
    for (const Fault how : {Fault::lost, Fault::persisted}) {
      World world;
      world.post(about_nobody());
      world.post(about_somebody_who_did_not_agree());
      world.now += std::chrono::days(30);
      world.store.faults = Faults(at, how);
      world.settle();
      world.restart();
      world.settle();
      std::size_t entries = 0;
      for (const auto& line : world.store.log) entries += line.what == "answer_due" ? 1 : 0;
      EXPECT_EQ(entries, 2u);  // each exactly once
      for (const auto& [id, row] : world.store.requests) EXPECT_EQ(row.state, RequestState::declined);
    }
  }
}

// ---------------------------------------------------------------- something happens in between

TEST(Requests, AWithdrawalBetweenDecisionAndCommitIsDecidedAgainAndStops) {
  World world;
  world.store.before_commit = [&] { world.store.withdraw_consents("p-1", *policy::read_date("2026-11-24")); };
  const auto answer = world.post();
  EXPECT_EQ(answer.status, 202) << answer.body;
  ASSERT_EQ(world.store.requests.size(), 1u);
  const auto& row = world.store.requests.begin()->second;
  EXPECT_FALSE(row.entry.release.has_value());
  EXPECT_EQ(row.entry.outcome, policy::Outcome::withhold);
  EXPECT_EQ(world.metrics->value(gateway::Metrics::Event::stale), 1u);
}

TEST(Requests, ARevokedKeyBetweenDecisionAndCommitIsNoticedToo) {
  World world;
  world.store.before_commit = [&] { world.store.revoke_key("medway-housing", "medway-housing/sig-1"); };
  const auto answer = world.post();
  EXPECT_EQ(answer.status, 401);
  EXPECT_TRUE(world.store.requests.empty());
}

TEST(Requests, AnItemThatMovedOnBetweenHeaderAndContentsIsDecidedAgain) {
  World world;
  // The content has a newer version than the header the decision saw, once.
  world.store.people.at("p-1").items[1].record.version = 2;
  const auto stale = world.post();
  EXPECT_EQ(stale.status, 503);  // four times the same: given up
  EXPECT_EQ(std::count(world.store.road.begin(), world.store.road.end(), "find"), 4);
  EXPECT_TRUE(world.store.log.empty());
}

TEST(Requests, AfterFourStaleAttemptsTheAnswerIs503AndNothingIsWritten) {
  World world;
  std::function<void()> again = [&] {
    ++world.store.people.at("p-1").version;
    world.store.before_commit = again;
  };
  world.store.before_commit = again;
  EXPECT_EQ(world.post().status, 503);
  EXPECT_EQ(std::count(world.store.road.begin(), world.store.road.end(), "commit"), 4);
  EXPECT_TRUE(world.store.log.empty());
}

TEST(Requests, AWithdrawalBetweenReleaseAndFetchTakesThePackageBack) {
  World world;
  const json released = World::json_of(world.post());
  const std::string path = "/v1/requests/" + released["id"].get<std::string>();
  EXPECT_EQ(world.get(path + "/package").status, 200);
  world.store.withdraw_consents("p-1", *policy::read_date("2026-11-24"));
  EXPECT_EQ(type_of(world.get(path + "/package")), "gone");
  EXPECT_EQ(World::json_of(world.get(path))["status"], "withdrawn");
  const auto deleted = world.send("POST", "/v1/receipts/" + released["release_id"].get<std::string>(), R"({"deleted":true})");
  EXPECT_EQ(deleted.status, 200) << deleted.body;
}

TEST(Requests, ExpiryRevocationAndRecallTakeThePackageBack) {
  {
    World world;
    const std::string path = "/v1/requests/" + World::json_of(world.post())["id"].get<std::string>();
    world.now += std::chrono::days(15);
    EXPECT_EQ(type_of(world.get(path + "/package")), "gone");
  }
  {
    World world;
    const std::string path = "/v1/requests/" + World::json_of(world.post())["id"].get<std::string>();
    world.store.revoke_key("medway-housing", "medway-housing/age-1");
    EXPECT_EQ(type_of(world.get(path + "/package")), "gone");
  }
  {
    World world;
    const json released = World::json_of(world.post());
    const std::string path = "/v1/requests/" + released["id"].get<std::string>();
    world.store.recall(released["id"]);
    EXPECT_EQ(type_of(world.get(path + "/manifest")), "gone");
    EXPECT_EQ(world.store.log.back().kind, "access");
  }
}

TEST(Requests, AReviewOrAReceiptSentTwiceHappensOnce) {
  World world;
  const json released = World::json_of(world.post());
  const std::string review = "/v1/requests/" + released["id"].get<std::string>() + "/review";
  const std::string receipt = "/v1/receipts/" + released["release_id"].get<std::string>();
  const std::size_t before = world.store.log.size();
  Odd same;
  same.idempotency_key = "review-1";
  EXPECT_EQ(world.send("POST", review, R"({"words":"again"})", same).status, 202);
  EXPECT_EQ(world.send("POST", review, R"({"words":"again"})", same).status, 202);
  EXPECT_EQ(type_of(world.send("POST", review, R"({"words":"something else"})", same)), "idempotency-key-reused");
  EXPECT_EQ(type_of(world.send("POST", receipt, R"({"received":true})", same)), "idempotency-key-reused");
  same.idempotency_key = "receipt-1";
  EXPECT_EQ(world.send("POST", receipt, R"({"received":true})", same).status, 200);
  EXPECT_EQ(world.send("POST", receipt, R"({"received":true})", same).status, 200);
  EXPECT_EQ(world.store.log.size(), before + 2);

  Odd replay;
  replay.nonce = crypto::base64("0123456789abcdef");
  replay.idempotency_key = "review-2";
  EXPECT_EQ(world.send("POST", review, R"({"words":"a third time"})", replay).status, 202);
  EXPECT_EQ(type_of(world.send("POST", review, R"({"words":"a third time"})", replay)), "replayed");
  EXPECT_EQ(world.store.log.size(), before + 3);
  world.restart();  // what is remembered is in the store
  EXPECT_EQ(type_of(world.send("POST", review, R"({"words":"a third time"})", replay)), "replayed");
}

TEST(Requests, AKeyRevokedBetweenFindingTheCallerAndDoingWhatItAsksStopsIt) {
  struct Case {
    const char* name;
    std::function<gateway::Response(World&, const std::string&)> use;
  };
  const std::vector<Case> cases = {
      {"package", [](World& world, const std::string& id) { return world.get("/v1/requests/rq_" + id + "/package"); }},
      {"review", [](World& world, const std::string& id) { return world.send("POST", "/v1/requests/rq_" + id + "/review", R"({"words":"again"})"); }},
      {"receipt", [](World& world, const std::string& id) { return world.send("POST", "/v1/receipts/rl_" + id, R"({"received":true})"); }},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    World world;
    const std::string id = World::json_of(world.post())["id"].get<std::string>().substr(3);
    const std::size_t before = world.store.log.size();
    world.store.before_call = [&world] {
      for (const auto& agency : world.store.agencies.agencies)
        if (agency.id == "medway-housing")
          for (const auto& key : std::vector(agency.keys))
            if (key.kind == "signing") world.store.revoke_key("medway-housing", key.keyid);
    };
    EXPECT_EQ(one.use(world, id).status, 401);
    EXPECT_EQ(world.store.log.size(), before);
  }
}

TEST(Requests, AReleaseWhoseDaysAreOverEndsByItself) {
  World world;
  const std::string path = "/v1/requests/" + World::json_of(world.post())["id"].get<std::string>();
  EXPECT_EQ(world.get(path + "/package").status, 200);
  EXPECT_EQ(world.settle(), 0u);
  world.now += std::chrono::days(15);
  EXPECT_EQ(world.settle(), 1u);
  EXPECT_EQ(World::json_of(world.get(path))["status"], "expired");
  EXPECT_EQ(world.settle(), 0u);
}

TEST(Requests, WhatIsFetchedIsWhatWasReleased) {
  World world;
  const json released = World::json_of(world.post());
  const std::string path = "/v1/requests/" + released["id"].get<std::string>();
  EXPECT_EQ(crypto::base64(world.get(path + "/package").body), released["package"].get<std::string>());
  EXPECT_EQ(world.get(path + "/manifest").body, released["manifest"].get<std::string>());
  EXPECT_EQ(world.get(path + "/manifest.sig").body, released["manifest_sig"].get<std::string>());
  EXPECT_EQ(world.get(path + "/proof").body, world.get("/log/proof/" + released["release_id"].get<std::string>()).body);
  EXPECT_EQ(World::json_of(world.get(path))["status"], "fetched");
  const auto receipt = world.send("POST", "/v1/receipts/" + released["release_id"].get<std::string>(), R"({"received":true})");
  EXPECT_EQ(receipt.status, 200);
  EXPECT_EQ(World::json_of(world.get(path))["status"], "acknowledged");
  world.store.covered = 0;
  EXPECT_EQ(world.get(path + "/proof").status, 503);
  EXPECT_FALSE(world.get(path + "/proof").header("retry-after").empty());
  const std::string waiting = World::json_of(world.post(about_nobody()))["id"];
  EXPECT_EQ(type_of(world.get("/v1/requests/" + waiting + "/package")), "conflict");
}

// ---------------------------------------------------------------- replay and idempotency

TEST(Requests, ANonceThatWasSeenIsAReplay) {
  World world;
  Odd odd;
  odd.nonce = crypto::make_nonce();
  ASSERT_EQ(world.post(World::good_body(), odd).status, 200);
  EXPECT_EQ(type_of(world.post(World::good_body(), odd)), "replayed");
  world.restart();  // durable: also across a restart
  EXPECT_EQ(type_of(world.post(World::good_body(), odd)), "replayed");
  EXPECT_EQ(world.store.log.size(), 1u);
  const std::string id = world.store.requests.begin()->first;
  odd.nonce = crypto::make_nonce();
  EXPECT_EQ(world.get("/v1/requests/" + id, odd).status, 200);
  EXPECT_EQ(type_of(world.get("/v1/requests/" + id, odd)), "replayed");
}

TEST(Requests, TheSameRequestAgainGivesItsPresentState) {
  World world;
  const auto first = world.post();
  const auto again = world.post();
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(World::json_of(again)["id"], World::json_of(first)["id"]);
  EXPECT_EQ(World::json_of(again)["status"], "released");
  EXPECT_FALSE(World::json_of(again).contains("package"));  // never stored bytes: fetch checks everything again
  world.store.withdraw_consents("p-1", *policy::read_date("2026-11-24"));
  EXPECT_EQ(World::json_of(world.post())["status"], "withdrawn");
  EXPECT_EQ(world.store.requests.size(), 1u);
  Odd key;
  key.idempotency_key = "waiting-key";
  EXPECT_EQ(world.post(about_nobody(), key).status, 202);
  EXPECT_EQ(world.post(about_nobody(), key).status, 202);
}

TEST(Requests, TheSameKeyForAnotherBodyIsRefused) {
  World world;
  Odd key;
  key.idempotency_key = "the-same-key";
  ASSERT_EQ(world.post().status, 200);
  EXPECT_EQ(type_of(world.post(about_nobody(), key)), "idempotency-key-reused");
  world.caller = &world.mash;  // another partner's keys are its own
  EXPECT_EQ(world.post(about_nobody(), key).status, 202);
}

// ---------------------------------------------------------------- who asks

TEST(Requests, AnotherPartnersRequestReadsAsNoRequest) {
  World world;
  const json released = World::json_of(world.post());
  const std::string id = released["id"];
  world.caller = &world.mash;
  for (const char* part : {"", "/package", "/manifest", "/manifest.sig", "/proof"}) {
    const auto other = world.get("/v1/requests/" + id + part);
    const auto none = world.get("/v1/requests/rq_" + std::string(32, '0') + part);
    EXPECT_EQ(other.status, 404);
    const auto same = [](const gateway::Response& response) {
      json body = json::parse(response.body);
      body.erase("instance");
      return body;
    };
    EXPECT_EQ(same(other), same(none));
  }
  EXPECT_EQ(world.send("POST", "/v1/requests/" + id + "/review", R"({"words":"x"})").status, 404);
  EXPECT_EQ(world.send("POST", "/v1/receipts/" + released["release_id"].get<std::string>(), R"({"received":true})").status, 404);
  EXPECT_EQ(world.store.log.size(), 1u);
}

TEST(Requests, EveryPairOfCertificateAndKeyOfTwoPartnersIsRefusedAlike) {
  World world;
  Odd mixed;
  mixed.signer = &world.mash;  // housing's certificate, the hub's key
  const auto a = world.post(World::good_body(), mixed);
  EXPECT_EQ(type_of(a), "signature-invalid");
  mixed = Odd();
  mixed.certificate = &world.mash;  // the hub's certificate, housing's key
  const auto b = world.post(World::good_body(), mixed);
  EXPECT_EQ(type_of(b), "signature-invalid");
  mixed = Odd();
  mixed.break_signature = true;
  const auto c = world.post(World::good_body(), mixed);
  EXPECT_EQ(type_of(c), "signature-invalid");
  mixed = Odd();
  mixed.keyid = "medway-housing/sig-9";
  const auto d = world.post(World::good_body(), mixed);
  const auto text = [](const gateway::Response& response) {
    json body = json::parse(response.body);
    body.erase("instance");
    return body.dump();
  };
  EXPECT_EQ(text(a), text(b));
  EXPECT_EQ(text(a), text(c));
  EXPECT_EQ(text(a), text(d));
  EXPECT_TRUE(world.store.road.empty());  // nobody was looked up
}

TEST(Requests, EveryRefusalThatNeedsNoLookUpHasItsType) {
  World world;
  const auto with = [](auto change) {
    Odd odd;
    change(odd);
    return odd;
  };
  const json body = World::good_body();
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.without_certificate = true; }))), "certificate-required");
  fakes::TestPartner stranger{"stranger", std::string(64, 'c')};
  EXPECT_EQ(type_of(world.post(body, with([&](Odd& o) { o.certificate = &stranger; }))), "partner-unknown");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.unsigned_request = true; }))), "signature-missing");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.created_offset = -1000; }))), "signature-expired");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.created_offset = 1000; }))), "signature-expired");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.lifetime = 301; }))), "signature-expired");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.change_body = true; }))), "digest-mismatch");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.authority = "other.example.org"; }))), "bad-request");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.content_type = "text/plain"; }))), "unsupported-media-type");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.idempotency_key = std::string(65, 'k'); }))), "invalid-value");
  EXPECT_EQ(type_of(world.post(body, with([](Odd& o) { o.nonce = "c2hvcnQ="; }))), "signature-incomplete");
  EXPECT_EQ(type_of(world.send("POST", "/v1/requests", "{")), "malformed-json");
  EXPECT_EQ(type_of(world.send("POST", "/v1/requests", R"({"purpose":"early_help","subject":{"upn":"x"},"evidence":true})")), "organisation-only-field");
  EXPECT_EQ(type_of(world.get("/v2/requests")), "not-found");
  EXPECT_EQ(type_of(world.send("PUT", "/v1/requests", "{}")), "method-not-allowed");
  EXPECT_EQ(type_of(world.get("/v1/requests/rq_" + std::string(32, '0'))), "not-found");
  EXPECT_TRUE(std::none_of(world.store.road.begin(), world.store.road.end(), [](const auto& call) { return call == "evidence" || call == "commit"; }));
  EXPECT_TRUE(world.store.log.empty());
}

TEST(Requests, ACertificateOutOfItsDatesOpensNothing) {
  World world;
  world.now = *policy::read_instant("2028-06-01T00:00:00Z");
  EXPECT_EQ(type_of(world.post()), "partner-unknown");
}

TEST(Requests, ARevokedPinClosesAtTheNextRefresh) {
  World world;
  ASSERT_EQ(world.post(World::good_body()).status, 200);
  world.store.revoke_key("medway-housing", "medway-housing/tls-1");
  ASSERT_TRUE(world.run(world.keeper->refresh()));
  EXPECT_EQ(type_of(world.post(World::good_body())), "partner-unknown");
}

TEST(Requests, APackThatTwoOfficersDidNotApproveDecidesNothing) {
  World world;
  world.store.agencies.active_pack_sha256 = std::string(64, '0');
  ++world.store.agencies.version;
  ASSERT_TRUE(world.run(world.keeper->refresh()));
  EXPECT_EQ(world.post().status, 503);
  EXPECT_TRUE(world.store.road.size() == 1 && world.store.road[0] == "directory");
  EXPECT_EQ(world.get("/readyz").status, 503);
}

TEST(Requests, AClaimOfAPartnerIsNeverEvidence) {
  World world;
  world.caller = &world.mash;
  json body = about_somebody_who_did_not_agree();
  body["purpose"] = "mash_referral";
  body["circumstances"] = {"significant_harm_child"};
  const auto answer = world.post(body);
  EXPECT_EQ(answer.status, 202);
  const auto& row = world.store.requests.begin()->second;
  EXPECT_NE(row.entry.case_json.find(R"("evidence":false)"), std::string::npos);
  EXPECT_EQ(row.entry.case_json.find(R"("evidence":true)"), std::string::npos);
  EXPECT_TRUE(row.entry.page_lead);
}

// ---------------------------------------------------------------- limits

TEST(Requests, TooManyRequestsPrintTheDutyNumber) {
  World world;
  auto settings = std::make_shared<gateway::Settings>(*world.settings);
  settings->limits.requests_per_second = 0.01;
  settings->limits.burst = 2;
  world.settings = settings;
  world.restart();
  world.post(about_nobody());
  world.post(about_nobody());
  const auto answer = world.post(about_nobody());
  EXPECT_EQ(answer.status, 429);
  EXPECT_NE(answer.body.find("01632 960100"), std::string::npos);
  EXPECT_FALSE(answer.header("retry-after").empty());
  json emergency = about_nobody();
  emergency["emergency"] = true;
  EXPECT_EQ(world.post(emergency).status, 202);  // a bucket of its own
  world.caller = &world.mash;
  EXPECT_EQ(world.post(about_nobody()).status, 202);
}

TEST(Requests, TheCountOfPeopleAskedAboutDoesNotDependOnWhoIsKnown) {
  World world;
  auto settings = std::make_shared<gateway::Settings>(*world.settings);
  settings->limits.people_per_day = 3;
  world.settings = settings;
  world.restart();
  EXPECT_EQ(world.post(World::good_body()).status, 200);
  EXPECT_EQ(world.post(World::good_body()).status, 200);  // the same person counts once
  EXPECT_EQ(world.post(about_nobody()).status, 202);
  EXPECT_EQ(world.post(about_somebody_who_did_not_agree()).status, 202);
  EXPECT_EQ(world.post(about("9990000042", "Another", "Stranger", "2000-01-01")).status, 429);
}

TEST(Requests, ClaimingUrgencyDoesNotOpenTheCountOfPeople) {
  World world;
  auto settings = std::make_shared<gateway::Settings>(*world.settings);
  settings->limits.people_per_day = 4;
  settings->limits.emergency_burst = 2;
  world.settings = settings;
  world.restart();
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    json one = about("999000010" + std::to_string(i), "A", "B", "2000-01-01");
    one["urgency"] = "emergency";
    refused += world.post(one).status == 429;
  }
  EXPECT_EQ(refused, 6);
}

TEST(Requests, MoreEmergenciesThanAPartnerMayClaimAreForAPersonHoweverTheyAreClaimed) {
  World world;
  auto settings = std::make_shared<gateway::Settings>(*world.settings);
  settings->limits.emergency_burst = 2;
  world.settings = settings;
  world.restart();
  world.caller = &world.mash;
  json body = World::good_body();
  body["purpose"] = "emergency";
  body["emergency"] = true;
  body["officer"] = "PC 1234";
  body["circumstances"] = {"life_threatened"};
  const auto supposed = [&](const std::string& id) { return json::parse(world.store.requests.at(id).entry.case_json).value("emergency", false); };
  for (int i = 0; i < 4; ++i) {
    const std::string id = World::json_of(world.post(body))["id"];
    EXPECT_EQ(supposed(id), i < 2) << i;
    EXPECT_TRUE(world.store.requests.at(id).entry.page_lead) << "the lead is told of each";
  }
  json quiet = body;
  quiet.erase("emergency");
  const std::string first = World::json_of(world.post(quiet))["id"];
  const auto added = world.send("POST", "/v1/requests/" + first + "/information", R"({"emergency":true})");
  const std::string second = World::json_of(added)["id"];
  EXPECT_FALSE(supposed(second)) << "an emergency by the back door";
  EXPECT_TRUE(world.store.requests.at(second).entry.page_lead);
}

TEST(Requests, ManyUnknownPeopleRaiseAnAlarmOnceAndChangeNoAnswer) {
  World world;
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(world.post(about("999000010" + std::to_string(i), "A", "B", "2000-01-01")).status, 202);
  EXPECT_EQ(world.metrics->value(gateway::Metrics::Event::unmatched_alarm), 1u);
  EXPECT_EQ(std::count_if(world.events.begin(), world.events.end(), [](const auto& event) { return event.event == "unmatched_people_alarm"; }), 1);
}

// ---------------------------------------------------------------- what anybody may read

TEST(OpenPages, AnswerWithoutACertificate) {
  World world;
  Odd open;
  open.without_certificate = true;
  open.unsigned_request = true;
  for (const char* path : {"/.well-known/gatehouse", "/openapi.json", "/healthz", "/log/checkpoint"}) EXPECT_EQ(world.get(path, open).status, 200) << path;
  EXPECT_EQ(world.get("/readyz", open).status, 401);
  EXPECT_EQ(world.get("/metrics", open).status, 404);  // the console port's alone
  const json known = World::json_of(world.get("/.well-known/gatehouse", open));
  EXPECT_EQ(known["organisation"], "Marlbrook Family Support");
  EXPECT_EQ(known["log"]["origin"], "gatehouse.example.org/log");
}

TEST(OpenPages, GiveTheHashesOfTheLogAndNeverAnEntry) {
  World world;
  world.post();
  Odd open;
  open.without_certificate = true;
  open.unsigned_request = true;
  const auto tile = world.get("/log/tile/0/000.p/1", open);
  EXPECT_EQ(tile.status, 200);
  EXPECT_EQ(tile.body.size(), 32u);
  EXPECT_EQ(tile.header("content-type"), "application/octet-stream");
  EXPECT_NE(tile.header("cache-control").find("immutable"), std::string_view::npos);
  for (const char* path : {"/log/tile/entries/000", "/log/tile/entries/000.p/1", "/log/tile/0/000", "/log/tile/0/0", "/log/tile/0/000.p/256", "/log/tile/9/000",
                           "/log/tile/0/x000/000", "/log/tile/0/000.p/01", "/log/tile/0/..", "/log/tile/0", "/log/tile", "/log/tile/0/000.p/1/checkpoint"})
    EXPECT_EQ(world.get(path, open).status, 404) << path;
}

TEST(OpenPages, TheOpenApiDocumentListsTheProblemTypesThatCanBeAnswered) {
  const json& listed = fakes::Contract::of_the_repository().document()["x-problem-types"];
  ASSERT_EQ(listed.size(), gateway::problem_kinds().size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    EXPECT_EQ(listed[i]["type"], std::string(gateway::kProblemBase) + std::string(gateway::problem_kinds()[i].code));
    EXPECT_EQ(listed[i]["status"], gateway::problem_kinds()[i].status);
    EXPECT_EQ(listed[i]["title"], gateway::problem_kinds()[i].title);
  }
}

TEST(OpenPages, EveryRouteOfTheDocumentIsServed) {
  World world;
  for (const auto& [route, methods] : fakes::Contract::of_the_repository().document()["paths"].items()) {
    for (const auto& [method, ignored] : methods.items()) {
      std::string path = route;
      for (const char* name : {"{id}", "{release}"})
        if (const auto at = path.find(name); at != std::string::npos) path.replace(at, std::string_view(name).size(), "rq_" + std::string(32, '0'));
      if (const auto at = path.find("{tile}"); at != std::string::npos) path.replace(at, 6, "0/000.p/1");
      std::optional<std::string> body;
      if (method == "post") body = "{}";
      auto answer = world.send(method == "post" ? "POST" : "GET", path, body);
      std::erase(answer.route, '*');  // the router's sign for a part with slashes in it
      EXPECT_EQ(answer.route, route);
    }
  }
}
