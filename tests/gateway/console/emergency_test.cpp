// Someone is in danger: two screens, nothing in the way, and always looked at afterwards.
#include <gtest/gtest.h>

#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using policy::Role;

class Emergency : public testing::Test {
 protected:
  Emergency() {
    desk.world.run(desk.world.keeper->refresh());
    desk.sign_in(browser, desk.member("wren", {Role::worker}));  // no training date
  }
  Fields danger(const std::string& how) {
    const auto page = browser.get("/emergency/write");
    const std::string mark = "name=\"once\" value=\"";
    const auto at = page.body.find(mark) + mark.size();
    return {{"once", page.body.substr(at, 32)}, {"danger", "life_threatened"}, {"agency", "kent-mash"}, {"given_name", "Casimir"}, {"family_name", "Wyelock"},
            {"date_of_birth", "1979-02-11"}, {"nhs_number", "9990000018"}, {"lines", "At the bus station. Her brother has a knife."}, {"how", how}};
  }
  const fakes::FakeStore::Row& only() { return desk.world.store.requests.begin()->second; }
  Desk desk;
  Browser browser{desk};
};

TEST_F(Emergency, SendsStructuredFieldsAndTheWorkersOwnLinesAtOnceAndIsLookedAtAfterwards) {
  for (auto& [id, person] : desk.world.store.people)
    for (auto& item : person.items)
      if (item.header.category == policy::Category::contact) item.record.fields.push_back({"safe_times", "after four, says Auntie"});
  const auto fields = danger("send");
  const auto out = browser.post("/emergency/write", fields);
  ASSERT_EQ(out.status, 200) << out.body;
  EXPECT_NE(out.body.find("It is on its way"), std::string::npos) << out.body;
  ASSERT_EQ(desk.world.store.requests.size(), 1u);
  ASSERT_TRUE(only().entry.release);
  EXPECT_EQ(only().entry.release->recipient_keyid, "kent-mash/age-1");
  EXPECT_TRUE(only().review_asked);
  EXPECT_TRUE(only().entry.page_lead);
  EXPECT_NE(only().entry.review_words.find("Her brother has a knife."), std::string::npos);
  EXPECT_TRUE(std::any_of(only().entry.clocks.begin(), only().entry.clocks.end(), [](const auto& one) { return one.kind == policy::ClockKind::emergency_review; }));
  EXPECT_TRUE(std::any_of(only().entry.obligations.begin(), only().entry.obligations.end(),
                          [](const auto& one) { return one.kind == policy::ObligationKind::retrospective_approval; }));
  desk.world.caller = &desk.world.mash;
  gateway::Response response(200);
  response.body = nlohmann::json({{"package", crypto::base64(only().entry.release->age)}}).dump();
  const std::string package = desk.world.open(response).dump();
  EXPECT_NE(package.find("Her brother has a knife."), std::string::npos);
  EXPECT_NE(package.find("Wyelock"), std::string::npos);
  EXPECT_EQ(package.find("Auntie"), std::string::npos) << "a text that nobody has read left";
  EXPECT_EQ(browser.post("/emergency/write", fields).status, 200) << "a second press is the first";
  EXPECT_EQ(desk.world.store.requests.size(), 1u);
}

TEST_F(Emergency, ToldByPhoneIsAnOutcomeAndSendsNothing) {
  const auto out = browser.post("/emergency/write", danger("phone"));
  ASSERT_EQ(out.status, 200);
  EXPECT_NE(out.body.find("It is written down"), std::string::npos);
  EXPECT_FALSE(only().entry.release);
  EXPECT_TRUE(only().review_asked);
  EXPECT_NE(only().entry.review_words.find("told by phone"), std::string::npos);
}

TEST_F(Emergency, WhoIsNotFoundAndWhoMayNotBeToldOfReadTheSame) {
  const auto page = [&](Fields fields) {
    auto body = browser.post("/emergency/write", std::move(fields)).body;
    const auto at = body.find("id=\"number\">");
    return at == std::string::npos ? body : body.replace(at, 60, "");
  };
  auto nobody = danger("send");
  nobody[6].second = "9990000999";
  const auto unknown = page(nobody);
  EXPECT_NE(unknown.find("Ring them now"), std::string::npos) << unknown;
  desk.world.store.close_to_candidates = {desk.staff.members["st_wren"].name};
  EXPECT_EQ(page(danger("send")), unknown) << "whoever is accused learns that we hold a file";
  for (const auto& [id, row] : desk.world.store.requests) EXPECT_FALSE(row.entry.release);
}

TEST_F(Emergency, WhatWasWrittenWhenTheSessionEndedIsKeptAndTheNumbersNeedNoSession) {
  const auto fields = danger("send");
  desk.later(std::chrono::minutes(16));
  EXPECT_EQ(browser.post("/emergency/write", fields).header("location"), "/sign-in?next=/emergency/write");
  EXPECT_EQ(browser.get("/emergency").status, 200);
  desk.sign_in(browser, desk.staff.members["st_wren"]);
  EXPECT_NE(browser.get("/emergency/write").body.find("Her brother has a knife."), std::string::npos);
  EXPECT_TRUE(desk.world.store.requests.empty());
}

TEST_F(Emergency, SaysWhatIsMissingAndNeverThatItWasSentWhenItWasNot) {
  browser.get("/emergency/write");
  EXPECT_EQ(browser.post("/emergency/write", {{"how", "send"}}).status, 400);
  auto housing = danger("send");
  housing[2].second = "medway-housing";
  EXPECT_EQ(browser.post("/emergency/write", housing).status, 400) << "somebody who cannot act on it";
  EXPECT_TRUE(desk.world.store.requests.empty());
  for (int call = 0; call < 3; ++call) {
    const auto fields = danger("send");
    desk.world.store.faults = fakes::Faults(call, fakes::Fault::lost);
    const auto out = browser.post("/emergency/write", fields);
    desk.world.store.faults = fakes::Faults();
    EXPECT_EQ(out.status, 503) << call;
    EXPECT_NE(out.body.find("Ring these numbers. Write it up after."), std::string::npos);
    EXPECT_TRUE(desk.world.store.requests.empty());
  }
}

}  // namespace
}  // namespace gatehouse::tests
