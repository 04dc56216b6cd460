// Figures for a partner, put together on a page; and their budget, which two people raise.
#include <functional>

#include <gtest/gtest.h>

#include "tests/gateway/console/desk.hpp"
#include "tests/gateway/statistics/faulty_store.hpp"
#include "tests/gateway/statistics/stat_world.hpp"

namespace gatehouse::tests {
namespace {

using gateway::Response;
using policy::Role;

// 8 districts; every combination three times; the first three quarters of 2026 are open. Caps: a partner's ration is enough for a few questions.
StatOptions options() {
  StatOptions out;
  out.policy = wide_policy("250000000", "100000000");
  out.partners = {"kent-mash", "medway-housing"};
  out.type = policy::AgencyType::mash;
  return out;
}

class FiguresPages : public ::testing::Test {
 protected:
  FiguresPages() { desk->sign_in(lead, desk->member("lead", {Role::ig_lead})); }
  static std::unique_ptr<StatWorld> filled() {
    auto out = std::make_unique<StatWorld>(options());
    out->fill(3, 1);
    out->publish("2026-Q1");
    return out;
  }
  static Fields question(const std::string& what, const std::string& by = "district", const std::string& sigma2 = "100", const std::string& partner = "kent-mash") {
    return {{"dataset", "referrals"}, {"partner", partner}, {"measure", "children"}, {"periods", "2026-Q1"}, {"by_first", by}, {"by_second", ""}, {"sigma2", sigma2}, {"do", what}};
  }
  Response ask(Fields fields) {
    lead.get("/figures");
    return lead.post("/figures", std::move(fields));
  }
  Response change(Fields fields) {
    lead.get("/figures/budget");
    return lead.post("/figures/budget", std::move(fields));
  }
  std::uint64_t cap_of(const std::string& partner) {
    for (const auto& one : stats.ledger().years.front().partners)
      if (one.partner == partner) return one.account.cap;
    return 0;
  }
  Fields raise(const std::string& points, const std::string& second, const std::string& code, const std::string& password = Desk::kPassword) {
    return {{"whose", "referrals|2026|all|"}, {"cap", points}, {"reason", "A return that the law asks for"}, {"second", second}, {"second_password", password}, {"second_code", code}};
  }
  std::uint64_t cap_all() { return stats.ledger().years.front().all.cap; }

  std::unique_ptr<StatWorld> world = filled();
  StatWorld& stats = *world;
  std::unique_ptr<Desk> desk = std::make_unique<Desk>(&stats);
  Browser lead{*desk};
};

bool says(const Response& page, const std::string& words) { return page.body.find(words) != std::string::npos; }

TEST_F(FiguresPages, TheFormOffersWhatTheCodebookHasAndNothingElse) {
  const auto page = lead.get("/figures");
  ASSERT_EQ(page.status, 200);
  for (const char* words : {"value=\"kent-mash\"", "value=\"2026-Q1\"", "value=\"district\"", "value=\"region\"", "value=\"neglect\"", "within 10 either way", "What would it use?"}) EXPECT_TRUE(says(page, words)) << words;
  EXPECT_FALSE(says(page, "2026-Q2")) << "a quarter that is not published";
  EXPECT_FALSE(says(page, "Get these figures")) << "the price comes first";
}

TEST_F(FiguresPages, ThePriceIsSaidBeforeAndChargedOnceAfterwards) {
  const auto before = stats.left_of("kent-mash");
  const auto price = ask(question("price", "sex", "25"));
  ASSERT_EQ(price.status, 200) << price.body;
  EXPECT_TRUE(says(price, "20 points of the")) << price.body;
  EXPECT_TRUE(says(price, "2 numbers, each within 10 either way"));
  EXPECT_TRUE(says(price, "Less exact, for less"));
  EXPECT_EQ(stats.left_of("kent-mash"), before);

  const auto got = ask(question("ask", "sex", "25"));
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_TRUE(says(got, "Female"));
  EXPECT_TRUE(says(got, "<svg"));
  EXPECT_TRUE(says(got, "st_"));
  EXPECT_TRUE(says(got, "20 points;"));
  EXPECT_EQ(stats.left_of("kent-mash"), before - 20'000'000);
  // Pressed twice: the same numbers, and nothing more is used.
  const auto again = ask(question("ask", "sex", "25"));
  EXPECT_EQ(stats.left_of("kent-mash"), before - 20'000'000);
  const auto table_of = [](const Response& page) { return page.body.substr(page.body.find("<table"), page.body.find("</table>") - page.body.find("<table")); };
  EXPECT_EQ(table_of(again), table_of(got));
  EXPECT_TRUE(says(ask(question("price", "sex", "25")), "holds these figures already"));
  // In the ledger stands who asked it for them.
  const auto page = lead.get("/figures/budget");
  EXPECT_TRUE(says(page, "Children, 2026-Q1, by sex"));
}

TEST_F(FiguresPages, ARefusalSaysWhyAndKeepsTheForm) {
  const std::vector<std::tuple<Fields, int, std::string>> bad = {
      {{{"dataset", "referrals"}, {"partner", "kent-mash"}, {"measure", "children"}, {"sigma2", "25"}, {"do", "ask"}}, 400, "Choose at least one quarter"},
      {{{"dataset", "referrals"}, {"measure", "children"}, {"periods", "2026-Q1"}, {"sigma2", "25"}, {"do", "ask"}}, 400, "Choose the partner"},
      {{{"dataset", "referrals"}, {"partner", "kent-mash"}, {"measure", "children"}, {"periods", "2026-Q4"}, {"sigma2", "25"}, {"do", "ask"}}, 409, "quarter"},
      {{{"dataset", "referrals"}, {"partner", "kent-mash"}, {"measure", "children"}, {"periods", "2026-Q1"}, {"sigma2", "26"}, {"do", "ask"}}, 400, "sigma2"},
      {{{"dataset", "referrals"}, {"partner", "kent-mash"}, {"measure", "children"}, {"periods", "2026-Q1"}, {"by_first", "shoe_size"}, {"sigma2", "25"}, {"do", "ask"}}, 404, "There is a problem"},
      {question("ask", "sex", "100", "medway-housing"), 403, "does not give this partner figures"}};
  const auto charges = stats.ledger().lines;
  for (const auto& [fields, status, words] : bad) {
    const auto page = ask(fields);
    EXPECT_EQ(page.status, status) << words;
    EXPECT_TRUE(says(page, words)) << words << "\n" << page.body;
    EXPECT_TRUE(says(page, "Which quarters")) << "the form is gone: " << words;
  }
  EXPECT_EQ(ask({{"dataset", "nothing"}, {"do", "ask"}}).status, 404);
  EXPECT_EQ(stats.ledger().lines, charges) << "a refusal was charged";
}

TEST_F(FiguresPages, WhatDoesNotFitSaysWhatWouldAndThatWaitingDoesNotHelp) {
  // 4: the most exact of all costs 125 points, more than a partner has.
  const auto page = ask(question("ask", "sex", "4"));
  EXPECT_EQ(page.status, 403);
  EXPECT_TRUE(says(page, "125 points")) << page.body;
  EXPECT_TRUE(says(page, "Waiting does not help. Less exact would fit"));
  const auto price = ask(question("price", "sex", "4"));
  EXPECT_EQ(price.status, 403);
  EXPECT_FALSE(says(price, "Get these figures"));
}

TEST_F(FiguresPages, LoweringTakesOneOfficerAndHoldsAtOnce) {
  const auto before = cap_of("kent-mash");
  ASSERT_GT(before, 10'500'000u);
  const auto page = change({{"whose", "referrals|2026|partner|kent-mash"}, {"cap", "10.5"}});
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(cap_of("kent-mash"), 10'500'000u);
  EXPECT_TRUE(says(page, "The cap is changed"));
  EXPECT_TRUE(says(page, "to 10.5"));
  EXPECT_TRUE(says(page, "Fictional lead"));
}

TEST_F(FiguresPages, RaisingTakesASecondOfficerWhoSigns) {
  auto& director = desk->member("director", {Role::director});
  auto& worker = desk->member("worker", {Role::worker});
  const auto before = cap_all();
  const std::vector<std::tuple<Fields, int, std::string>> bad = {
      {{{"whose", "referrals|2026|all|"}, {"cap", "300"}, {"reason", "why"}}, 400, "takes a second officer"},
      {[&] { auto fields = raise("300", "director", desk->code_of(director)); fields[2].second = ""; return fields; }(), 400, "Write down why"},
      {raise("300", "director", desk->code_of(director), "not their password"), 403, "do not belong together"},
      {raise("300", "director", "000000"), 403, "do not belong together"},
      {raise("300", "worker", desk->code_of(worker)), 403, "The second officer is an information-governance lead"},
      {raise("3e9", "director", desk->code_of(director)), 400, "Enter points as a number"},
      {raise("-1", "director", desk->code_of(director)), 400, "Enter points as a number"},
      {{{"whose", "referrals|2027|all|"}, {"cap", "1"}}, 400, "Choose whose cap"}};
  for (const auto& [fields, status, words] : bad) {
    const auto page = change(fields);
    EXPECT_EQ(page.status, status) << words;
    EXPECT_TRUE(says(page, words)) << words << "\n" << page.body;
    EXPECT_FALSE(says(page, Desk::kPassword)) << "a password came back";
  }
  // One's own signature is none: a code that is still good, and one's own password.
  desk->later(std::chrono::seconds(31));
  EXPECT_TRUE(says(change(raise("300", "lead", desk->code_of(desk->staff.members["st_lead"]))), "somebody else than you"));
  EXPECT_EQ(cap_all(), before);

  desk->later(std::chrono::seconds(31));
  const std::string code = desk->code_of(director);
  const auto page = change(raise("300", "Director", code));
  ASSERT_EQ(page.status, 200) << page.body;
  EXPECT_EQ(cap_all(), 300'000'000u);
  EXPECT_TRUE(says(page, "Fictional lead, Fictional director"));
  EXPECT_TRUE(says(page, "A return that the law asks for"));
  EXPECT_EQ(desk->staff.notes.back().what, "signed_as_second");
  // Sent twice: the code has been used, and the cap is what it is.
  EXPECT_NE(change(raise("400", "director", code)).status, 200);
  EXPECT_EQ(cap_all(), 300'000'000u);
}

TEST_F(FiguresPages, ASecondAccountOfOnesOwnIsNoSecondOfficer) {
  auto& director = desk->member("director", {Role::director});
  const std::uint64_t before = cap_all();
  for (const char* name : {"Fictional lead", "Lead, Fictional", "F. Lead", "F\u0456ctional lead"}) {
    director.name = name;
    const auto page = change(raise("300", "director", desk->code_of(director)));
    EXPECT_EQ(page.status, 403) << name;
    EXPECT_TRUE(says(page, "you may be one person")) << name;
    EXPECT_EQ(cap_all(), before) << name;
    desk->later(std::chrono::seconds(31));
  }
  director.name = "Delroy Whitcombe";
  EXPECT_EQ(change(raise("300", "director", desk->code_of(director))).status, 200);
  EXPECT_EQ(cap_all(), 300'000'000u);
}

TEST_F(FiguresPages, WhatIsPostedAfterTheSessionEndedIsKeptButForSignatures) {
  lead.get("/figures");
  desk->later(std::chrono::minutes(16));
  EXPECT_EQ(lead.post("/figures", question("ask", "sex")).status, 303);
  desk->sign_in(lead, desk->staff.members["st_lead"]);
  const auto page = lead.get("/figures");
  EXPECT_TRUE(says(page, "Kept for you"));
  EXPECT_TRUE(says(page, "<option value=\"sex\" selected"));
  lead.get("/figures/budget");
  desk->later(std::chrono::minutes(16));
  EXPECT_EQ(lead.post("/figures/budget", raise("260", "director", "123456", "not to be kept")).status, 303);
  desk->later(std::chrono::seconds(31));
  desk->sign_in(lead, desk->staff.members["st_lead"]);
  const auto budget = lead.get("/figures/budget");
  EXPECT_TRUE(says(budget, "value=\"260\""));
  EXPECT_FALSE(says(budget, "not to be kept"));
  for (const auto& [place, words] : desk->staff.drafts) EXPECT_EQ(words.find("not"), std::string::npos) << "a password is kept";
}

TEST_F(FiguresPages, GuessingTheSecondSignatureIsSlowedDown) {
  desk->member("director", {Role::director});
  int status = 0;
  for (int i = 0; i < 12 && status != 429; ++i) status = change(raise("300", "director", "000000", "guess " + std::to_string(i))).status;
  EXPECT_EQ(status, 429);
}

TEST_F(FiguresPages, AnAuditorReadsTheBudgetAndChangesNothing) {
  Browser auditor(*desk);
  desk->sign_in(auditor, desk->member("auditor", {Role::auditor}));
  const auto page = auditor.get("/figures/budget");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(says(page, "Everybody together"));
  EXPECT_FALSE(says(page, "Change this cap"));
  EXPECT_EQ(auditor.post("/figures/budget", {{"whose", "referrals|2026|all|"}, {"cap", "1"}}).status, 403);
}

TEST_F(FiguresPages, CapsThatTogetherAreMoreThanThePromiseAreTurnedDown) {
  auto& director = desk->member("director", {Role::director});
  auto fields = raise("250", "director", desk->code_of(director));
  fields[0].second = "referrals|2026|partner|kent-mash";
  const auto page = change(fields);
  EXPECT_EQ(page.status, 409);
  EXPECT_TRUE(says(page, "more than that of everybody"));
}

// Every call that a page makes of the store fails once, lost and done all the same: the page says so, nothing is charged twice, and pressing again is enough.
TEST(FiguresPagesWhileTheStoreFails, SayRingTheseNumbersAndChargeOnce) {
  FaultPlan plan;
  StatOptions with = options();
  with.between = [&plan](policy::StatisticsStore& behind) { return std::make_unique<FaultyStatisticsStore>(behind, plan); };
  StatWorld stats(with);
  stats.fill(3, 1);
  stats.publish("2026-Q1");
  Desk desk(&stats);
  Browser lead(desk);
  desk.sign_in(lead, desk.member("lead", {Role::ig_lead}));
  auto& director = desk.member("director", {Role::director});
  const auto once = [&](int fail_at, bool done, const std::function<Response()>& act) {
    plan = {fail_at, done, 0};
    const auto page = act();
    const bool struck = plan.calls >= fail_at;
    plan = {};
    if (struck) {
      EXPECT_EQ(page.status, 503) << "call " << fail_at << (done ? " done" : " lost");
      EXPECT_NE(page.body.find("Ring these numbers"), std::string::npos);
    }
    return struck;
  };
  int struck = 0;
  for (const bool done : {false, true})
    for (int fail_at = 1; fail_at < 20; ++fail_at) {
      bool any = once(fail_at, done, [&] { return lead.get("/figures"); });
      any = once(fail_at, done, [&] { return lead.get("/figures/budget"); }) || any;
      const auto before = stats.left_of("kent-mash");
      lead.get("/figures");
      const std::string by = done ? "district" : "sex";
      any = once(fail_at, done, [&] { return lead.post("/figures", {{"dataset", "referrals"}, {"partner", "kent-mash"}, {"measure", "children"}, {"periods", "2026-Q1"}, {"by_first", by}, {"sigma2", "400"}, {"do", "ask"}}); }) || any;
      lead.get("/figures");
      const auto again = lead.post("/figures", {{"dataset", "referrals"}, {"partner", "kent-mash"}, {"measure", "children"}, {"periods", "2026-Q1"}, {"by_first", by}, {"sigma2", "400"}, {"do", "ask"}});
      EXPECT_EQ(again.status, 200);
      EXPECT_LE(before - stats.left_of("kent-mash"), 1'250'000u);
      struck += any ? 1 : 0;
    }
  EXPECT_GT(struck, 4);
  for (const bool done : {false, true})
    for (int fail_at = 1; fail_at < 4; ++fail_at) {
      desk.later(std::chrono::seconds(31));
      const auto before = stats.ledger().years.front().all.cap;
      lead.get("/figures/budget");
      const std::string code = desk.code_of(director), cap = std::to_string(before / 1'000'000 + 1);
      once(fail_at, done, [&] { return lead.post("/figures/budget", {{"whose", "referrals|2026|all|"}, {"cap", cap}, {"reason", "A return"}, {"second", "director"}, {"second_password", Desk::kPassword}, {"second_code", code}}); });
      EXPECT_LE(stats.ledger().years.front().all.cap, before + 1'000'000);
    }
}

TEST(FiguresPagesWithout, SayThatFiguresAreNotSetUp) {
  Desk desk;
  Browser lead(desk);
  desk.sign_in(lead, desk.member("lead", {Role::ig_lead}));
  const auto page = lead.get("/figures");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(says(page, "Figures are not set up here"));
  EXPECT_EQ(lead.get("/figures/budget").status, 409);
  lead.get("/account");
  EXPECT_EQ(lead.post("/figures", {{"dataset", "referrals"}}).status, 409);
}

}  // namespace
}  // namespace gatehouse::tests
