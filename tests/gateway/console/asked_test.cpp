// Somebody has asked us by telephone, e-mail, letter or at the door: keyed in, decided as a partner's own request, told by the script, written down.
#include <gtest/gtest.h>

#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using policy::RequestState;
using policy::Role;

class AskedByPhone : public testing::Test {
 protected:
  AskedByPhone() {
    desk.world.run(desk.world.keeper->refresh());
    desk.sign_in(browser, desk.member("wren", {Role::worker}));
  }
  static std::string hidden(const gateway::Response& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const auto at = page.body.find(mark);
    return at == std::string::npos ? std::string() : page.body.substr(at + mark.size(), page.body.find('"', at + mark.size()) - at - mark.size());
  }
  Fields call(const std::string& nhs = "9990000018") {
    const auto page = browser.get("/asked");
    return {{"once", hidden(page, "once")}, {"way", "phone"}, {"agency", "medway-housing"}, {"worker_name", "Ottoline Farthing"}, {"worker_post", "housing officer"},
            {"worker_contact", "07700 900999"}, {"given_name", "Casimir"}, {"family_name", "Wyelock"}, {"date_of_birth", "1979-02-11"}, {"nhs_number", nhs},
            {"purpose", "early_help"}, {"categories", "identity"}, {"categories", "contact"}, {"said_public_task", "Housing Act 1996 part 7"},
            {"said_why_necessary", "He may lose his room."}, {"said_intended_use", "To find him another room."}, {"said_why_not_from_subject", "He asked us to ask you."},
            {"urgency", "routine"}};
  }
  // What the fake store wrote becomes what the fake desk opens.
  std::string taken_over() {
    EXPECT_EQ(desk.world.store.requests.size(), 1u);
    const auto& [id, row] = *desk.world.store.requests.rbegin();
    policy::OpenedRequest out;
    out.status.id = id;
    out.status.agency = row.entry.agency;
    out.status.state = row.state;
    out.status.purpose = row.entry.purpose;
    out.status.received = row.entry.received;
    out.status.answer_by = row.entry.answer_by;
    out.request_json = row.entry.request_json;
    out.decision_json = row.entry.decision_json;
    out.keyed_in_by = row.entry.keyed_in_by;
    out.keyed_in_json = row.entry.keyed_in_json;
    desk.desk.requests[id] = out;
    return "/asked/" + id;
  }
  Fields said(const gateway::Response& page) {
    return {{"do", "tell"}, {"shown", hidden(page, "shown")}, {"once", hidden(page, "once")}, {"checked", "called_back"}, {"whom", "Ottoline Farthing, housing officer"},
            {"items", "i-2"}, {"notice_read", "yes"}, {"words", "She will write to him."}};
  }
  Desk desk;
  Browser browser{desk};
};

TEST_F(AskedByPhone, ACallIsDecidedAsThePartnersOwnRequestAndWhatMayBeSaidIsShownWithItsScript) {
  const auto out = browser.post("/asked", call());
  ASSERT_EQ(out.status, 303) << out.body;
  const auto& entry = desk.world.store.requests.begin()->second.entry;
  EXPECT_EQ(entry.keyed_in_by, "st_wren");
  EXPECT_EQ(entry.keyed_in_json, R"({"way":"phone"})");
  EXPECT_EQ(entry.agency, "medway-housing");
  ASSERT_TRUE(entry.release) << entry.decision_json;
  // The same question over the partner API gets the same decision.
  ASSERT_EQ(desk.world.post().status, 200);
  for (const auto& [id, row] : desk.world.store.requests) EXPECT_EQ(row.entry.outcome, entry.outcome);
  desk.world.store.requests.erase(desk.world.store.requests.begin()->second.entry.keyed_in_by.empty() ? desk.world.store.requests.begin() : std::next(desk.world.store.requests.begin()));
  const auto path = taken_over();
  EXPECT_EQ(out.header("location"), path);
  const auto page = browser.get(path);
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("07700 900874"), std::string::npos) << "what may be said";
  EXPECT_EQ(page.body.find("07700 900999"), std::string::npos) << "nobody rings the number that they gave";
  EXPECT_NE(page.body.find("the number in our directory"), std::string::npos);
  EXPECT_EQ(page.body.find("anxiety"), std::string::npos);
  EXPECT_EQ(page.body.substr(page.body.find("<title>"), 120).find("Wyelock"), std::string::npos);
  const auto fields = said(page);
  EXPECT_EQ(browser.post(path, fields).status, 200);
  auto& told = desk.desk.requests.begin()->second.told;
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].staff, "st_wren");
  EXPECT_EQ(told[0].checked, "called_back");
  EXPECT_EQ(told[0].items, std::vector<std::string>{"i-2"});
  EXPECT_EQ(told[0].words, "She will write to him.");
  EXPECT_EQ(browser.post(path, fields).status, 200) << "a second press is the first";
  EXPECT_EQ(told.size(), 1u);
  EXPECT_NE(browser.get(path).body.find("She will write to him."), std::string::npos);
}

TEST_F(AskedByPhone, ASecondPressIsTheFirst) {
  const auto fields = call();
  const auto first = browser.post("/asked", fields), second = browser.post("/asked", fields);
  EXPECT_EQ(first.header("location"), second.header("location"));
  EXPECT_EQ(desk.world.store.requests.size(), 1u);
}

TEST_F(AskedByPhone, SomebodyUnknownSomebodyWhoseConsentIsGoneAndACallTakenByWhoIsCloseReadTheSame) {
  const auto read = [&](Fields fields) {
    desk.world.store.requests.clear();
    desk.desk.requests.clear();
    EXPECT_EQ(browser.post("/asked", std::move(fields)).status, 303);
    const auto path = taken_over();
    auto body = browser.get(path).body;
    for (const std::string& id : {path.substr(7), hidden(gateway::Response(200), "x")})
      for (auto at = id.empty() ? std::string::npos : body.find(id); at != std::string::npos; at = body.find(id)) body.erase(at, id.size());
    const auto once = body.find("name=\"once\" value=\"");
    if (once != std::string::npos) body.erase(once, 60);
    return body;
  };
  const auto unknown = read(call("9990000999"));
  EXPECT_NE(unknown.find("Nothing may be said yet"), std::string::npos) << unknown;
  desk.world.store.close_to_candidates = {desk.staff.members["st_wren"].name};
  EXPECT_EQ(read(call()), unknown) << "who is close to the case learns that there is one";
  EXPECT_FALSE(desk.world.store.requests.begin()->second.entry.release);
  desk.world.store.close_to_candidates.clear();
  desk.world.store.withdraw_consents("p-1", *policy::read_date("2026-11-20"));
  EXPECT_EQ(read(call()), unknown);
}

TEST_F(AskedByPhone, WhatIsWithdrawnAfterwardsIsNotOnThePageAnyMore) {
  browser.post("/asked", call());
  const auto path = taken_over();
  const auto page = browser.get(path);
  ASSERT_NE(page.body.find("07700 900874"), std::string::npos);
  desk.world.store.withdraw_consents("p-1", *policy::read_date("2026-11-24"));
  EXPECT_EQ(browser.get(path).body.find("07700 900874"), std::string::npos);
  // It was read out before: that is written down all the same, with a word about it.
  EXPECT_EQ(browser.post(path, said(page)).status, 200);
  ASSERT_EQ(desk.desk.requests.begin()->second.told.size(), 1u);
  EXPECT_NE(desk.desk.requests.begin()->second.told[0].words.find("The record was changed"), std::string::npos);
  // Taken back altogether: nothing is written as if it were allowed, and the page says whom to tell.
  desk.desk.requests.begin()->second.status.state = RequestState::recalled;
  const auto late = browser.post(path, said(page));
  EXPECT_EQ(late.status, 409);
  EXPECT_NE(late.body.find("tell the information-governance lead now"), std::string::npos);
}

TEST_F(AskedByPhone, WhatIsMissingIsAskedForAndCompletesTheCall) {
  auto fields = call();
  std::erase_if(fields, [](const auto& one) { return one.first == "said_why_necessary"; });
  ASSERT_EQ(browser.post("/asked", fields).status, 303);
  EXPECT_FALSE(desk.world.store.requests.begin()->second.entry.release);
  const auto first = desk.world.store.requests.begin()->first;
  const auto path = taken_over();
  const auto page = browser.get(path);
  ASSERT_NE(page.body.find("said_why_necessary"), std::string::npos) << page.body;
  EXPECT_EQ(browser.post(path, {{"do", "complete"}, {"once", hidden(page, "once")}, {"said_why_necessary", ""}}).status, 400);
  const auto out = browser.post(path, {{"do", "complete"}, {"once", hidden(page, "once")}, {"said_why_necessary", "He may lose his room."}});
  ASSERT_EQ(out.status, 303) << out.body;
  ASSERT_EQ(desk.world.store.requests.size(), 2u);
  const policy::Entry* second = nullptr;
  for (const auto& [id, row] : desk.world.store.requests)
    if (row.entry.follows == first) second = &row.entry;
  ASSERT_NE(second, nullptr);
  EXPECT_TRUE(second->release) << second->decision_json;
  EXPECT_EQ(second->keyed_in_by, "st_wren");
}

TEST_F(AskedByPhone, OnlyWhoKeyedItInOpensItHereAndTheFormSaysWhatIsWrong) {
  browser.post("/asked", call());
  const auto path = taken_over();
  Browser other(desk);
  desk.sign_in(other, desk.member("robin", {Role::worker}));
  EXPECT_EQ(other.get(path).status, 404);
  EXPECT_EQ(other.post(path, {{"do", "tell"}}).status, 404);
  const auto page = browser.get(path);
  for (const char* without : {"checked", "whom", "items"}) {
    auto fields = said(page);
    std::erase_if(fields, [&](const auto& one) { return one.first == without; });
    EXPECT_EQ(browser.post(path, fields).status, 400) << without;
  }
  auto fields = said(page);
  for (auto& [name, value] : fields)
    if (name == "items") value = "i-3";
  EXPECT_EQ(browser.post(path, fields).status, 400) << "something that was never released";
  EXPECT_TRUE(desk.desk.requests.begin()->second.told.empty());
  for (const char* without : {"way", "agency", "purpose", "worker_name"}) {
    auto wrong = call();
    std::erase_if(wrong, [&](const auto& one) { return one.first == without; });
    const auto out = browser.post("/asked", wrong);
    EXPECT_EQ(out.status, 400) << without;
    EXPECT_NE(out.body.find("value=\"Casimir\""), std::string::npos) << "what was typed is lost";
  }
  auto emergency = call();
  for (auto& [name, value] : emergency)
    if (name == "purpose") value = "hypothetical";
  EXPECT_EQ(browser.post("/asked", emergency).status, 400);
  EXPECT_EQ(desk.world.store.requests.size(), 1u);
}

TEST_F(AskedByPhone, WhatWasTypedIsTextWhereverItIsReadAgain) {
  const std::string hostile = "\"><script>alert(1)</script>";
  auto fields = call();
  for (auto& [name, value] : fields)
    if (name == "worker_name" || name == "worker_post" || name == "worker_contact" || name == "given_name" || name == "family_name" || name.starts_with("said_")) value += hostile;
  ASSERT_EQ(browser.post("/asked", fields).status, 303);
  const auto path = taken_over();
  const std::string id = desk.desk.requests.begin()->first;
  Browser lead(desk);
  desk.sign_in(lead, desk.member("imogen", {Role::ig_lead}));
  for (const auto& body : {browser.get(path).body, browser.get("/asked").body, lead.get("/cases/" + id).body, lead.get("/decisions/" + id).body, lead.get("/decisions").body}) {
    EXPECT_EQ(body.find("<script>alert"), std::string::npos);
    EXPECT_EQ(body.substr(body.find("<title>"), 200).find("alert"), std::string::npos);
  }
  EXPECT_NE(lead.get("/cases/" + id).body.find("&lt;script&gt;alert(1)"), std::string::npos);
}

TEST_F(AskedByPhone, NobodyApprovesWhatTheyTookDownThemselves) {
  Browser lead(desk);
  desk.sign_in(lead, desk.member("imogen", {Role::ig_lead, Role::worker}));
  desk.world.store.withdraw_consents("p-1", *policy::read_date("2026-11-20"));
  browser.post("/asked", call());
  auto& opened = (taken_over(), desk.desk.requests.begin()->second);
  const std::string path = "/cases/" + opened.status.id;
  EXPECT_NE(lead.get(path).body.find("Your decision"), std::string::npos);
  opened.keyed_in_by = "st_imogen";
  const auto page = lead.get(path);
  EXPECT_EQ(page.body.find("Your decision"), std::string::npos);
  EXPECT_NE(page.body.find("somebody else decides it"), std::string::npos);
  EXPECT_EQ(lead.post(path, {{"decide", "refuse"}, {"rationale", "Because I say so, today."}, {"state", "waiting"}}).status, 403);
  // Nor under another account of their own, or one of which nothing is known.
  opened.keyed_in_by = "st_again";
  for (const char* name : {"Fictional imogen", "F. Imogen (worker)", ""}) {
    if (*name != '\0') desk.member("again", {Role::worker}).name = name;
    else desk.staff.members.erase("st_again");
    const auto same = lead.get(path);
    EXPECT_EQ(same.body.find("Your decision"), std::string::npos) << name;
    EXPECT_NE(same.body.find("somebody else decides it"), std::string::npos) << name;
    EXPECT_EQ(lead.post(path, {{"decide", "refuse"}, {"rationale", "Because I say so, today."}, {"state", "waiting"}}).status, 403) << name;
  }
  EXPECT_TRUE(desk.desk.settlements.empty());
}

TEST_F(AskedByPhone, WhoCoversForSomebodyAwayDecidesInTheirPlaceAndOnlyThen) {
  browser.post("/asked", call("9990000999"));
  taken_over();
  const std::string path = "/cases/" + desk.desk.requests.begin()->first;
  Browser other(desk);
  desk.sign_in(other, desk.member("robin", {Role::worker}));
  EXPECT_EQ(other.get(path).status, 403);
  auto& lead = desk.member("imogen", {Role::ig_lead, Role::admin});
  lead.away_from = policy::read_date("2026-11-20");
  lead.away_to = policy::read_date("2026-11-30");
  lead.covered_by = "st_robin";
  const auto page = other.get(path);
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("who is away"), std::string::npos) << page.body;
  EXPECT_EQ(other.get("/people").status, 403) << "accounts are not handed on";
  EXPECT_NE(other.get("/").body.find("Today you also answer"), std::string::npos);
  lead.away_to = policy::read_date("2026-11-23");
  EXPECT_EQ(other.get(path).status, 403);
}

TEST_F(AskedByPhone, WhereAPortFailsNothingIsWrittenAndNothingIsShown) {
  const std::size_t calls = [&] {
    desk.world.store.road.clear();
    const auto fields = call();
    desk.world.store.road.clear();
    browser.post("/asked", fields);
    return desk.world.store.road.size();
  }();
  ASSERT_GE(calls, 4u);
  desk.world.store.requests.clear();
  for (int which = 0; which < static_cast<int>(calls); ++which)
    for (const auto fault : {fakes::Fault::lost, fakes::Fault::persisted}) {
      const auto fields = call();
      desk.world.store.faults = fakes::Faults(which, fault);
      const auto out = browser.post("/asked", fields);
      desk.world.store.faults = fakes::Faults();
      EXPECT_EQ(out.status, 503) << which;
      EXPECT_NE(out.body.find("Ring these numbers. Write it up after."), std::string::npos);
      if (fault == fakes::Fault::lost) EXPECT_TRUE(desk.world.store.requests.empty()) << which;
      desk.world.store.requests.clear();
      desk.world.fatal.clear();
      // After a commit whose end nobody saw the process would end; here a new one begins.
    }
  desk.desk.next = policy::StoreError::unavailable;
  EXPECT_EQ(browser.get("/asked").status, 503);
}

TEST_F(AskedByPhone, WhatWasWrittenWhenTheSessionEndedIsKept) {
  const auto fields = call();
  desk.later(std::chrono::minutes(16));
  EXPECT_EQ(browser.post("/asked", fields).header("location"), "/sign-in?next=/asked");
  EXPECT_TRUE(desk.world.store.requests.empty());
  desk.sign_in(browser, desk.staff.members["st_wren"]);
  EXPECT_NE(browser.get("/asked").body.find("He may lose his room."), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::tests
