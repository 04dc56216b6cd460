// What was decided, how much of it, and each with its record: for those who decide, never for who is close to it; and no name where it does not belong.
#include <gtest/gtest.h>

#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using policy::Role;

class Decisions : public testing::Test {
 protected:
  Decisions() {
    desk.world.run(desk.world.keeper->refresh());
    EXPECT_EQ(desk.world.post().status, 200);
    const auto& [id, row] = *desk.world.store.requests.begin();
    policy::OpenedRequest out;
    out.status.id = id;
    out.status.agency = row.entry.agency;
    out.status.state = row.state;
    out.status.purpose = row.entry.purpose;
    out.status.received = row.entry.received;
    out.status.release_id = row.entry.release->release_id;
    out.request_json = row.entry.request_json;
    out.case_json = row.entry.case_json;
    out.decision_json = row.entry.decision_json;
    out.recipient_keyid = row.entry.release->recipient_keyid;
    out.package_sha256 = row.entry.release->sha256;
    out.pack_sha256 = row.entry.pack_sha256;
    out.last_index = 0;
    out.last_entry = "{\"kind\":\"release\"}";
    desk.desk.requests[id] = out;
    path = "/decisions/" + id;
    desk.sign_in(browser, desk.member("imogen", {Role::ig_lead}));
  }
  std::string path;
  Desk desk;
  Browser browser{desk};
};

TEST_F(Decisions, AreCountedAndListedWithoutAName) {
  const auto page = browser.get("/decisions");
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find(path), std::string::npos);
  EXPECT_NE(page.body.find("By who asked"), std::string::npos);
  EXPECT_EQ(page.body.find("Wyelock"), std::string::npos);
  EXPECT_TRUE(desk.desk.opened_by.empty()) << "a list opens nothing";
  const auto narrow = browser.get("/decisions?from=2026-11-01&until=2026-11-30&agency=medway-housing&purpose=early_help&outcome=partial");
  EXPECT_NE(narrow.body.find(path), std::string::npos);
  EXPECT_EQ(browser.get("/decisions?from=2026-11-01&until=2026-11-30&agency=kent-mash").body.find(path), std::string::npos);
  EXPECT_NE(browser.get("/decisions?from=2020-01-01&until=2020-02-01").body.find("Nothing was asked in this time"), std::string::npos);
  for (const char* odd : {"from=soon", "from=2026-11-30&until=2026-11-01", "until=2026-13-01", "from=%ff"}) {
    const auto out = browser.get(std::string("/decisions?") + odd);
    EXPECT_EQ(out.status, 400) << odd;
    EXPECT_NE(out.body.find("There is a problem"), std::string::npos) << odd;
  }
  EXPECT_EQ(browser.get("/decisions?agency=\"><script>alert(1)</script>&page=99999999999999999999").body.find("<script>alert"), std::string::npos);
}

TEST_F(Decisions, EachHasItsRecordInEveryFormAndTheLookIsWrittenDown) {
  const auto page = browser.get(path);
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("Seven checks"), std::string::npos);
  EXPECT_NE(page.body.find("He may lose his room."), std::string::npos);
  EXPECT_EQ(page.body.substr(page.body.find("<title>"), 100).find("Wyelock"), std::string::npos);
  EXPECT_EQ(desk.desk.opened_by, std::vector<std::string>{"st_imogen"});
  const auto csv = browser.get(path + "/record.csv"), json = browser.get(path + "/record.json"), pdf = browser.get(path + "/record.pdf"), sharing = browser.get(path + "/sharing.pdf");
  EXPECT_EQ(csv.header("content-type"), "text/csv; charset=utf-8") << csv.status << csv.body.substr(csv.body.find("<h1"), 300);
  EXPECT_EQ(nlohmann::json::parse(json.body)["fields"]["purpose"], "early help");
  EXPECT_EQ(pdf.body.substr(0, 5), "%PDF-") << pdf.status;
  EXPECT_EQ(sharing.body.substr(0, 5), "%PDF-");
  EXPECT_EQ(pdf.header("content-disposition"), "attachment; filename=\"decision-record.pdf\"");
  EXPECT_EQ(pdf.header("cache-control"), "no-store");
  EXPECT_EQ(desk.desk.opened_by.size(), 5u);
  EXPECT_EQ(desk.desk.looks.front(), policy::Look::record_read);
  EXPECT_EQ(desk.desk.looks.back(), policy::Look::record_exported) << "taking it away is not the same as looking";
  EXPECT_EQ(browser.get(path + "/record.exe").status, 404);
  desk.desk.requests.begin()->second.status.release_id.clear();
  EXPECT_EQ(browser.get(path + "/sharing.pdf").status, 404) << "of a refusal there is no Record of Sharing";
}

TEST_F(Decisions, EachClauseStandsInWordsAndEachValueSaysWhereItComesFrom) {
  const auto page = browser.get(path);
  EXPECT_NE(page.body.find("Each clause, in words"), std::string::npos);
  EXPECT_EQ(page.body.find("The words are not at hand"), std::string::npos);
  EXPECT_NE(page.body.find("stated by who asks"), std::string::npos);
  auto& opened = desk.desk.requests.begin()->second;
  auto decision = nlohmann::json::parse(opened.decision_json);
  decision["pack"]["sha256"] = std::string(64, 'b');
  opened.decision_json = decision.dump();
  EXPECT_NE(browser.get(path).body.find("The words are not at hand"), std::string::npos) << "words of another policy";
}

TEST_F(Decisions, TheProofOfItsEntryIsFetchedWithTheDecision) {
  EXPECT_NE(browser.get(path).body.find(path + "/log-proof.txt"), std::string::npos);
  desk.world.store.covered = 0;
  const auto early = browser.get(path + "/log-proof.txt");
  EXPECT_EQ(early.status, 503) << "no checkpoint covers it yet";
  EXPECT_EQ(early.header("retry-after"), "2");
  desk.world.store.covered = 1;
  const auto proof = browser.get(path + "/log-proof.txt");
  ASSERT_EQ(proof.status, 200) << proof.body.substr(0, 300);
  EXPECT_EQ(proof.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(proof.header("content-disposition"), "attachment; filename=\"decision.tlog-proof\"");
  EXPECT_EQ(proof.body.find("Wyelock"), std::string::npos);
  EXPECT_FALSE(proof.body.empty());
  desk.desk.requests.begin()->second.last_entry.clear();
  EXPECT_EQ(browser.get(path + "/log-proof.txt").status, 404);
  EXPECT_EQ(browser.get(path).body.find("/log-proof.txt"), std::string::npos) << "a link that opens nothing";
}

TEST_F(Decisions, WhatCannotBePrintedSaysSoAndTheSheetHasIt) {
  auto& opened = desk.desk.requests.begin()->second;
  auto body = nlohmann::json::parse(opened.request_json);
  body["stated"]["why_necessary"] = "\u4e00\u4e01";
  opened.request_json = body.dump();
  const auto pdf = browser.get(path + "/record.pdf");
  EXPECT_EQ(pdf.status, 409) << pdf.body.substr(0, 8);
  EXPECT_NE(pdf.body.find("The CSV has all of it"), std::string::npos);
  EXPECT_NE(browser.get(path + "/record.csv").body.find("\u4e00\u4e01"), std::string::npos);
}

TEST_F(Decisions, WhoIsCloseToTheCaseLearnsNoMoreThanWhoMistyped) {
  const auto wrong = browser.get("/decisions/rq_00000000000000000000000000000000");
  EXPECT_EQ(wrong.status, 404);
  desk.world.store.close_to_candidates = {desk.staff.members["st_imogen"].name};
  const auto close = browser.get(path);
  EXPECT_EQ(close.status, 404);
  const auto plain = [](std::string body) {
    const auto at = body.find("id=\"idle\"");
    return body.substr(0, at);
  };
  EXPECT_EQ(plain(close.body), plain(wrong.body));
  for (const char* file : {"/record.csv", "/record.pdf", "/record.json", "/sharing.pdf", "/log-proof.txt"}) EXPECT_EQ(browser.get(path + file).status, 404) << file;
}

TEST_F(Decisions, WhoIsCloseToTheCaseFindsItInNoListAndNoCount) {
  auto& opened = desk.desk.requests.begin()->second;
  opened.status.state = policy::RequestState::waiting;
  const auto shown = [&] { return browser.get("/decisions").body + browser.get("/cases").body + browser.get("/").body; };
  const auto before = shown();
  const std::string id = opened.status.id;
  EXPECT_NE(before.find("/decisions/" + id), std::string::npos);
  EXPECT_NE(before.find("/cases/" + id), std::string::npos);
  EXPECT_NE(before.find("1 waiting for a person"), std::string::npos);
  EXPECT_NE(before.find("By who asked"), std::string::npos);
  desk.desk.close_to_all = {desk.staff.members["st_imogen"].name};
  const auto after = shown();
  EXPECT_EQ(after.find(id), std::string::npos);
  EXPECT_NE(after.find("0 waiting for a person"), std::string::npos);
  EXPECT_NE(after.find("Nothing was asked in this time"), std::string::npos);
  EXPECT_EQ(after.find("Clocks of what waits now"), std::string::npos);
  EXPECT_TRUE(desk.desk.opened_by.empty());
}

TEST_F(Decisions, ShownToThePersonTheSessionOpensThatOnePageAndNothingElse) {
  for (auto& [id, person] : desk.world.store.people) person.risk_marker = false;
  const auto page = browser.get(path);
  ASSERT_NE(page.body.find("Show this to the person"), std::string::npos) << page.body.substr(page.body.find("Show it to"), 400);
  const auto out = browser.post(path + "/show", {});
  EXPECT_EQ(out.header("location"), "/shown");
  const auto shown = browser.get("/shown");
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_NE(shown.body.find("contact, identity"), std::string::npos);
  for (const char* secret : {"Wyelock", "Ottoline", "imogen", "rationale", "/cases", "/decisions", "Clause"}) EXPECT_EQ(shown.body.find(secret), std::string::npos) << secret;
  for (const char* other : {"/", "/cases", "/decisions", "/account", "/asked"}) EXPECT_EQ(browser.get(other).status, 303) << other << " opens";
  EXPECT_EQ(browser.get(path).status, 303);
  EXPECT_EQ(browser.get(path + "/record.pdf").status, 303);
  EXPECT_EQ(browser.get("/emergency").status, 200);
  // Another's address, another end, another staff member: the cookie is for this one alone.
  auto& cookie = browser.cookies["__Host-gatehouse-show"];
  const std::string good = cookie;
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"st_imogen", "st_robin"}, {"rq_", "rq_0"}, {".1", ".2"}}) {
    cookie = good;
    cookie.replace(cookie.find(from), from.size(), to);
    EXPECT_EQ(browser.get("/shown").status, 404) << to;
  }
  for (const char* odd : {"", "...", "a.b.c.d", "a.b.99999999999999999999.d"}) {
    cookie = odd;
    EXPECT_EQ(browser.get("/shown").status, 404) << odd;
  }
  cookie = good;
  EXPECT_EQ(browser.get("/shown").status, 200);
  desk.later(std::chrono::minutes(15));
  EXPECT_EQ(browser.get("/shown").status, 404) << "its time is over";
}

TEST_F(Decisions, WhatMayPutSomebodyAtRiskIsNeverShownAcrossTheDesk) {
  const auto refused = [&] {
    const auto page = browser.get(path);
    EXPECT_EQ(page.body.find("Show this to the person"), std::string::npos);
    const auto out = browser.post(path + "/show", {});
    EXPECT_EQ(out.status, 409);
    EXPECT_EQ(browser.get("/decisions").status, 200) << "a refusal ends no session";
  };
  for (auto& [id, person] : desk.world.store.people) person.risk_marker = true;
  refused();
  for (auto& [id, person] : desk.world.store.people) person.risk_marker = false;
  auto& opened = desk.desk.requests.begin()->second;
  const std::string question = opened.case_json, decision = opened.decision_json;
  auto changed = nlohmann::json::parse(question);
  changed["circumstances"] = {{{"code", "being_hurt"}, {"evidence", false}}};
  opened.case_json = changed.dump();
  refused();
  opened.case_json = question;
  changed = nlohmann::json::parse(decision);
  changed["obligations"].push_back({{"kind", "defer_notice"}, {"when", "before"}});
  opened.decision_json = changed.dump();
  refused();
  changed = nlohmann::json::parse(decision);
  changed["duty"] = "must_share";
  opened.decision_json = changed.dump();
  refused();
  opened.decision_json = decision;
  opened.status.state = policy::RequestState::waiting;
  refused();
}

TEST_F(Decisions, WhereTheDeskCannotBeReadNothingIsShown) {
  desk.desk.next = policy::StoreError::unavailable;
  EXPECT_EQ(browser.get("/decisions").status, 503);
  for (const char* one : {"", "/record.csv", "/record.pdf", "/sharing.pdf", "/log-proof.txt"}) EXPECT_EQ(browser.get(path + one).status, 503) << one;
}

}  // namespace
}  // namespace gatehouse::tests
