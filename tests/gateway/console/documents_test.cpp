// What partners send in: taken from a partner whoever it is about, read by a lead, passed on as a cut, and there for nobody who is close to it.
#include <gtest/gtest.h>

#include "crypto/keys.hpp"
#include "gateway/duties/duties.hpp"
#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using fakes::World;
using nlohmann::json;
using policy::InboundEnd;
using policy::Role;

const std::string kNote = "Casimir Wyelock came on Monday. A neighbour, Zofika Quell of 12 Mill Lane, saw him cry. Ring her on 07700 900432.";

json sent(const std::string& bytes = kNote, const std::string& media_type = "text/plain") {
  return {{"subject", World::good_body()["subject"]}, {"why", "He was seen <b>alone</b>; please read."}, {"media_type", media_type}, {"content", crypto::base64(bytes)},
          {"worker", {{"name", "Rowan Applegarth"}, {"post", "Worker"}, {"contact", "01632 960150"}}}};
}

class Documents : public testing::Test {
 protected:
  Documents() {
    desk.world.run(desk.world.keeper->refresh());
    desk.sign_in(lead, desk.member("dana", {Role::dsl}));
    desk.sign_in(worker, desk.member("wren", {Role::worker}));
  }
  std::string send(const json& body) {
    const auto out = desk.world.send("POST", "/v1/documents", body.dump());
    EXPECT_EQ(out.status, 202) << out.body;
    return World::json_of(out).value("id", "");
  }
  static std::string hidden(const gateway::Response& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const auto at = page.body.find(mark);
    return at == std::string::npos ? std::string() : page.body.substr(at + mark.size(), page.body.find('"', at + mark.size()) - at - mark.size());
  }
  static bool has(const gateway::Response& page, const std::string& words) { return page.body.find(words) != std::string::npos; }
  Desk desk;
  Browser lead{desk, "192.0.2.7"}, worker{desk};
  fakes::FakeInbound& inbound = desk.world.inbound;
};

TEST_F(Documents, AreTakenAlikeWhoeverTheyAreAbout) {
  const auto known = desk.world.send("POST", "/v1/documents", sent().dump());
  auto body = sent();
  body["subject"] = {{"given_name", "Nobody"}, {"family_name", "Wehave"}, {"date_of_birth", "2001-01-01"}};
  const auto unknown = desk.world.send("POST", "/v1/documents", body.dump());
  ASSERT_EQ(known.status, 202) << known.body;
  ASSERT_EQ(unknown.status, 202);
  EXPECT_EQ(known.body.size(), unknown.body.size());
  EXPECT_EQ(World::json_of(known)["message"], World::json_of(unknown)["message"]);
  EXPECT_EQ(std::count(desk.world.store.road.begin(), desk.world.store.road.end(), "evidence"), 0) << "somebody was looked up";
  ASSERT_EQ(inbound.rows.size(), 2u);
  const auto& kept = inbound.rows.at(World::json_of(known)["id"]);
  EXPECT_EQ(kept.original, kNote);
  EXPECT_EQ(kept.format, "text");
  EXPECT_EQ(kept.agency, "medway-housing");
  EXPECT_EQ(kept.about_json.find("content"), std::string::npos);
}

TEST_F(Documents, AreRefusedForWhatTheBodyItselfSaysAndSentTwiceAreOne) {
  const auto with = [](const char* key, json value) {
    auto body = sent();
    body[key] = std::move(value);
    return body.dump();
  };
  auto without = sent();
  without.erase("why");
  for (const auto& bad : {with("content", "not base64"), with("content", ""), with("content", 7), with("why", "  "), with("media_type", "image/png"), with("media_type", "text/plain;x=" + std::string(200, 'a')),
                          with("subject", json::object()), with("more", 1), with("content", crypto::base64(std::string((2u << 20) + 1, 'x'))), without.dump(), std::string("[")})
    EXPECT_EQ(desk.world.send("POST", "/v1/documents", bad).status, 400) << bad.substr(0, 200);
  EXPECT_EQ(desk.world.send("POST", "/v1/documents", with("items", json::array())).status, 400);
  fakes::Odd odd;
  odd.unsigned_request = true;
  EXPECT_EQ(desk.world.send("POST", "/v1/documents", sent().dump(), odd).status, 401);
  EXPECT_TRUE(inbound.rows.empty());
  fakes::Odd key;
  key.idempotency_key = "one-key";
  inbound.stale_once = true;
  const auto first = desk.world.send("POST", "/v1/documents", sent().dump(), key), second = desk.world.send("POST", "/v1/documents", sent().dump(), key);
  EXPECT_EQ(first.status, 202) << first.body;
  EXPECT_EQ(first.body, second.body);
  EXPECT_EQ(desk.world.send("POST", "/v1/documents", sent("other").dump(), key).status, 422);
  EXPECT_EQ(inbound.rows.size(), 1u);
  inbound.full = true;
  EXPECT_EQ(desk.world.send("POST", "/v1/documents", sent().dump()).status, 409);
  inbound.full = false;
  for (const auto how : {fakes::Fault::lost, fakes::Fault::persisted}) {
    inbound.faults = fakes::Faults(0, how);
    EXPECT_EQ(desk.world.send("POST", "/v1/documents", sent().dump()).status, 503);
    inbound.faults = {};
  }
}

TEST_F(Documents, TheLeadReadsTheOriginalAndAColleagueTheCutAlone) {
  const auto id = send(sent());
  EXPECT_TRUE(has(lead.get("/documents"), "Nobody has read it"));
  const auto page = lead.get("/documents/" + id);
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_TRUE(has(page, "Zofika Quell of 12 Mill Lane")) << "the original is not shown";
  EXPECT_TRUE(has(page, "He was seen &lt;b&gt;alone&lt;/b&gt;"));
  EXPECT_TRUE(has(page, "Rowan Applegarth"));
  EXPECT_TRUE(has(page, "[neighbour]")) << page.body;
  EXPECT_EQ(inbound.looks, std::vector<std::string>{"st_dana " + id});
  EXPECT_TRUE(inbound.rows.at(id).seen);
  const std::string shown = hidden(page, "shown");
  ASSERT_EQ(shown.size(), 64u);

  EXPECT_EQ(worker.get("/documents/" + id).status, 403);
  EXPECT_EQ(worker.get("/documents/" + id + "/file").status, 403);
  EXPECT_EQ(worker.get("/documents/" + id + "/cut").status, 404) << "nothing was passed on";
  EXPECT_EQ(lead.post("/documents/" + id, {{"do", "pass_on"}, {"to", "st_nobody"}, {"shown", shown}}).status, 400);
  EXPECT_EQ(lead.post("/documents/" + id, {{"do", "pass_on"}, {"to", "st_wren"}, {"shown", std::string(64, '0')}}).status, 409) << "what was not shown was passed on";
  EXPECT_TRUE(inbound.rows.at(id).passed_to.empty());
  ASSERT_EQ(lead.post("/documents/" + id, {{"do", "pass_on"}, {"to", "st_wren"}, {"shown", shown}}).status, 303);

  EXPECT_TRUE(has(worker.get("/documents"), "Passed on to you"));
  const auto cut = worker.get("/documents/" + id + "/cut");
  ASSERT_EQ(cut.status, 200);
  EXPECT_TRUE(has(cut, "Casimir Wyelock came on Monday"));
  for (const char* one : {"Zofika", "Quell", "Mill Lane", "900432", "alone", "Applegarth"}) EXPECT_FALSE(has(cut, one)) << one;
  EXPECT_TRUE(has(lead.get("/documents"), "Passed on"));

  EXPECT_EQ(lead.post("/documents/" + id, {{"do", "open"}}).status, 400);
  EXPECT_EQ(lead.post("/documents/" + id, {{"do", "filed"}}).status, 303);
  EXPECT_EQ(inbound.rows.at(id).end, InboundEnd::filed);
  EXPECT_EQ(lead.get("/documents/" + id).status, 404);
  EXPECT_EQ(worker.get("/documents/" + id + "/cut").status, 404);
  gateway::DeleteInbound duty(inbound);
  EXPECT_EQ(*desk.world.run(duty.once(desk.now() + std::chrono::days(29))), 0u);
  EXPECT_EQ(*desk.world.run(duty.once(desk.now() + std::chrono::days(30))), 1u);
  EXPECT_EQ(inbound.rows.at(id).original, "");
}

TEST_F(Documents, WhatNobodyHasReadIsNotDealtWith) {
  const auto id = send(sent());
  lead.get("/documents");
  EXPECT_EQ(lead.post("/documents/" + id, {{"do", "filed"}}).status, 409);
  EXPECT_EQ(inbound.rows.at(id).end, InboundEnd::open);
}

TEST_F(Documents, WhatCannotBeReadForCertainIsSavedAndNeverPassedOn) {
  for (const auto& [bytes, type] : std::vector<std::pair<std::string, std::string>>{{"%PDF-1.7 cut short", "application/pdf"}, {"Casimir \xff", "text/plain"},
                                                                                    {"\x89PNG\r\n\x1a\n....", "application/pdf"}}) {
    const auto id = send(sent(bytes, type));
    const auto page = lead.get("/documents/" + id);
    ASSERT_EQ(page.status, 200);
    EXPECT_TRUE(has(page, "It is not shown here"));
    EXPECT_FALSE(has(page, "Pass this on"));
    EXPECT_EQ(lead.post("/documents/" + id, {{"do", "pass_on"}, {"to", "st_wren"}, {"shown", hidden(page, "shown")}}).status, 409);
    const auto file = lead.get("/documents/" + id + "/file");
    EXPECT_EQ(file.body, bytes);
    EXPECT_EQ(file.header("content-type"), "application/octet-stream");
    EXPECT_EQ(file.header("content-disposition").find("attachment; filename=\"document."), 0u);
    EXPECT_EQ(file.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(file.header("cache-control"), "no-store");
  }
}

TEST_F(Documents, APageInADocumentIsShownAsTextAndWhatItHidesIsSaid) {
  const auto id = send(sent("<html><body><p>Casimir &lt;script&gt;alert(1)&lt;/script&gt;</p><p hidden>Zofika hides here</p></body></html>", "text/html"));
  const auto page = lead.get("/documents/" + id);
  ASSERT_EQ(page.status, 200);
  EXPECT_FALSE(has(page, "<script>alert"));
  EXPECT_TRUE(has(page, "&lt;script&gt;alert(1)"));
  EXPECT_TRUE(has(page, "is not seen when it is opened"));
  EXPECT_TRUE(has(page, "Zofika hides here"));
}

TEST_F(Documents, AreNotThereForWhoIsCloseToThePersonTheyAreAbout) {
  const auto id = send(sent());
  ASSERT_TRUE(has(lead.get("/documents"), id));
  desk.world.store.close_to_candidates.insert("Fictional dana");
  EXPECT_FALSE(has(lead.get("/documents"), id));
  for (const char* more : {"", "/file"}) EXPECT_EQ(lead.get("/documents/" + id + more).status, 404);
  EXPECT_EQ(lead.post("/documents/" + id, {{"do", "filed"}}).status, 404);
  EXPECT_TRUE(inbound.looks.empty()) << "it was opened all the same";
  EXPECT_EQ(inbound.rows.at(id).end, InboundEnd::open);
}

TEST_F(Documents, ThatAPortCannotGiveIsSaidAloud) {
  const auto id = send(sent());
  const auto shown = hidden(lead.get("/documents/" + id), "shown");
  inbound.rows.at(id).passed_to = "st_wren";
  inbound.rows.at(id).cut_json = R"({"format":"text","texts":[]})";
  struct Use {
    const char* what;
    std::function<gateway::Response()> run;
  };
  const Use uses[] = {{"list", [&] { return lead.get("/documents"); }},
                      {"page", [&] { return lead.get("/documents/" + id); }},
                      {"file", [&] { return lead.get("/documents/" + id + "/file"); }},
                      {"cut", [&] { return worker.get("/documents/" + id + "/cut"); }},
                      {"pass on", [&] { return lead.post("/documents/" + id, {{"do", "pass_on"}, {"to", "st_wren"}, {"shown", shown}}); }},
                      {"end", [&] {
                         inbound.rows.at(id).ended.reset();
                         return lead.post("/documents/" + id, {{"do", "filed"}});
                       }}};
  for (const auto& use : uses) {
    SCOPED_TRACE(use.what);
    inbound.faults = {};
    lead.get("/account"), worker.get("/account");
    ASSERT_LT(use.run().status, 400);
    inbound.rows.at(id).ended.reset();
    const int calls = inbound.faults.calls();
    ASSERT_GT(calls, 0);
    for (int at = 0; at < calls; ++at)
      for (const auto how : {fakes::Fault::lost, fakes::Fault::persisted}) {
        inbound.faults = {};
        lead.get("/account"), worker.get("/account");
        inbound.faults = fakes::Faults(at, how);
        const auto out = use.run();
        EXPECT_EQ(out.status, 503) << at;
        EXPECT_TRUE(has(out, "Ring these numbers"));
        inbound.faults = {};
        inbound.rows.at(id).ended.reset();
      }
  }
}

}  // namespace
}  // namespace gatehouse::tests
