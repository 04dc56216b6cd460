// Who gets in, who does not, and that nobody is kept out by somebody else.
#include <gtest/gtest.h>

#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using gateway::Response;
using policy::Role;
using namespace std::chrono_literals;

bool at_start(const Response& response) { return response.status == 303 && response.header("location") == "/"; }

TEST(SignIn, OpensWithNamePasswordAndCodeAndGivesANewSession) {
  Desk desk;
  auto& anna = desk.member("anna", {Role::ig_lead});
  Browser browser(desk);
  browser.get("/sign-in");
  browser.cookies["__Host-gatehouse"] = std::string(64, 'e');  // somebody else put it there
  const auto fixed = browser.cookies["__Host-gatehouse"];
  browser.get("/sign-in");
  const auto in = browser.post("/sign-in", {{"sign_in", "ANNA"}, {"password", Desk::kPassword}, {"code", desk.code_of(anna)}});
  EXPECT_TRUE(at_start(in)) << in.body;
  EXPECT_NE(browser.cookies["__Host-gatehouse"], fixed);
  EXPECT_EQ(browser.get("/").status, 200);
  ASSERT_FALSE(desk.staff.notes.empty());
  EXPECT_EQ(desk.staff.notes.back().what, "signed_in");
}

TEST(SignIn, ASessionThatSomebodyElseChoseIsNeverTheOneThatOpens) {
  Desk desk;
  auto& imogen = desk.member("imogen", {Role::ig_lead});
  // Planted before the victim signs in: made up, or a session of the attacker's own.
  Browser attacker(desk);
  desk.sign_in(attacker, desk.member("mallory", {Role::worker}));
  for (const std::string& planted : {std::string(64, 'a'), attacker.cookies["__Host-gatehouse"]}) {
    Browser victim(desk);
    victim.cookies["__Host-gatehouse"] = planted;
    desk.later(std::chrono::seconds(31));
    if (victim.get("/account").status != 200) victim.get("/sign-in");
    const auto opened = victim.post("/sign-in", {{"sign_in", imogen.sign_in}, {"password", Desk::kPassword}, {"code", desk.code_of(imogen)}});
    ASSERT_EQ(opened.status, 303) << planted;
    EXPECT_NE(victim.cookies["__Host-gatehouse"], planted) << "the session is the one that was there before";
    EXPECT_EQ(victim.get("/cases").status, 200);
    Browser thief(desk);
    thief.cookies["__Host-gatehouse"] = planted;
    EXPECT_EQ(thief.get("/cases").status, 303) << "what was planted opens what the victim signed in to";
  }
  // In an address it is nothing, and of two cookies of that name none counts.
  Browser victim(desk);
  desk.later(std::chrono::seconds(31));
  desk.sign_in(victim, imogen);
  const std::string good = victim.cookies["__Host-gatehouse"];
  Browser other(desk);
  EXPECT_EQ(other.get("/account?__Host-gatehouse=" + good).status, 303);
  gateway::Request twice;
  twice.method = "GET";
  twice.path = "/account";
  twice.headers = {{"cookie", "__Host-gatehouse=" + good + "; __Host-gatehouse=" + std::string(64, 'b')}};
  EXPECT_EQ(other.send(twice).status, 303);
  // What was signed out of does not come back by replaying its cookie.
  victim.get("/account");
  victim.post("/sign-out", {});
  Browser replay(desk);
  replay.cookies["__Host-gatehouse"] = good;
  EXPECT_EQ(replay.get("/account").status, 303);
}

TEST(SignIn, TellsNobodyWhichOfTheThreeWasWrong) {
  Desk desk;
  auto& anna = desk.member("anna", {Role::worker});
  const std::vector<std::vector<std::string>> wrong = {{"nobody", Desk::kPassword, desk.code_of(anna)}, {"anna", "another password", desk.code_of(anna)},
                                                       {"anna", Desk::kPassword, "000000"}};
  std::vector<std::string> pages;
  for (const auto& one : wrong) {
    Browser browser(desk, "192.0.2.7");
    browser.get("/sign-in");
    auto out = browser.post("/sign-in", {{"sign_in", one[0]}, {"password", one[1]}, {"code", one[2]}});
    EXPECT_EQ(out.status, 403);
    for (const std::string& cut : {std::string("value=\"") + one[0] + "\"", browser.token})
      for (auto at = out.body.find(cut); at != std::string::npos; at = out.body.find(cut)) out.body.erase(at, cut.size());
    pages.push_back(out.body);
  }
  EXPECT_EQ(pages[0], pages[1]);
  EXPECT_EQ(pages[1], pages[2]);
}

TEST(SignIn, ACodeOpensOnce) {
  Desk desk;
  auto anna = desk.member("anna", {Role::worker});
  Browser first(desk), thief(desk, "192.0.2.9");
  EXPECT_TRUE(at_start(desk.sign_in(first, anna)));
  EXPECT_EQ(desk.sign_in(thief, anna).status, 403);
  desk.later(30s);
  EXPECT_TRUE(at_start(desk.sign_in(thief, anna)));
}

TEST(SignIn, APrintedCodeStandsInForTheAppOnce) {
  Desk desk;
  auto& anna = desk.member("anna", {Role::worker});
  const auto codes = gateway::console::make_recovery_codes(anna.recovery);
  for (const bool first : {true, false}) {
    Browser browser(desk);
    browser.get("/sign-in");
    const auto out = browser.post("/sign-in", {{"sign_in", "anna"}, {"password", Desk::kPassword}, {"code", codes[3]}});
    EXPECT_EQ(at_start(out), first);
  }
  EXPECT_EQ(desk.staff.members["st_anna"].recovery.size(), 9u);
}

TEST(SignIn, GuessingHoldsUpTheGuesserAndNotTheOwner) {
  Desk desk;
  auto& anna = desk.member("anna", {Role::worker});
  Browser owner(desk, "192.0.2.1"), guesser(desk, "198.51.100.4"), elsewhere(desk, "192.0.2.2");
  EXPECT_TRUE(at_start(desk.sign_in(owner, anna)));
  guesser.get("/sign-in");
  int refused = 0, waiting = 0;
  for (int i = 0; i < 20; ++i) {
    const auto out = guesser.post("/sign-in", {{"sign_in", "anna"}, {"password", "guess number " + std::to_string(i)}, {"code", "123456"}});
    refused += out.status == 403;
    waiting += out.status == 429;
  }
  EXPECT_EQ(refused, 5);
  EXPECT_EQ(waiting, 15);
  desk.later(31s);
  EXPECT_TRUE(at_start(desk.sign_in(elsewhere, desk.staff.members["st_anna"])));
  // From the very place the guesses came from: the owner's own browser is known.
  desk.later(31s);
  Browser same_place(desk, "198.51.100.4");
  same_place.cookies = owner.cookies;
  same_place.cookies.erase("__Host-gatehouse");
  EXPECT_TRUE(at_start(desk.sign_in(same_place, desk.staff.members["st_anna"])));
}

TEST(SignIn, ASessionEndsAfterFifteenIdleMinutesAndOnceItIsLeft) {
  Desk desk;
  auto& anna = desk.member("anna", {Role::worker});
  Browser browser(desk);
  desk.sign_in(browser, anna);
  for (int i = 0; i < 3; ++i) {
    desk.later(14min);
    EXPECT_EQ(browser.get("/").status, 200);
  }
  desk.later(15min + 31s);
  EXPECT_EQ(browser.get("/").header("location"), "/sign-in");
  desk.sign_in(browser, desk.staff.members["st_anna"]);
  browser.get("/account");
  const auto left = browser.post("/sign-out", {});
  EXPECT_EQ(left.header("location"), "/signed-out");
  EXPECT_NE(left.header("clear-site-data").find("storage"), std::string_view::npos);
  EXPECT_EQ(browser.get("/account").header("location"), "/sign-in?next=/account");
  EXPECT_TRUE(desk.staff.sessions.empty());
}

TEST(SignIn, ASessionEndsAfterTwelveHoursWhateverIsDone) {
  Desk desk;
  auto& anna = desk.member("anna", {Role::worker});
  Browser browser(desk);
  desk.sign_in(browser, anna);
  int pages = 0;
  while (browser.get("/").status == 200 && pages < 200) {
    desk.later(10min);
    ++pages;
  }
  EXPECT_EQ(pages, 73);
}

TEST(SignIn, LeadsOnlyToOurOwnPages) {
  Desk desk;
  auto& anna = desk.member("anna", {Role::worker});
  for (const char* next : {"//evil.example", "https://evil.example/", "/\\evil.example", "/account?x=1", "/../etc", "javascript:alert(1)"}) {
    Browser browser(desk);
    browser.get("/sign-in");
    const auto out = browser.post("/sign-in", {{"sign_in", "anna"}, {"password", Desk::kPassword}, {"code", desk.code_of(anna)}, {"next", next}});
    EXPECT_TRUE(at_start(out)) << next;
    desk.later(31s);
  }
  Browser browser(desk);
  browser.get("/sign-in?next=/account");
  const auto out = browser.post("/sign-in", {{"sign_in", "anna"}, {"password", Desk::kPassword}, {"code", desk.code_of(anna)}, {"next", "/account"}});
  EXPECT_EQ(out.header("location"), "/account");
}

TEST(SetUp, NeedsTheOneTimeCodeAndDoesNothingAfterwards) {
  Desk desk;
  Browser browser(desk);
  EXPECT_EQ(browser.get("/set-up").status, 200);
  const Fields who = {{"name", "Petra Fictional"}, {"sign_in", "petra@example.org"}, {"password", "harbour violet saddle"}};
  auto wrong = who;
  wrong.emplace_back("code", "AAAAA-AAAAA-AAAAA-AAAAA");
  EXPECT_EQ(browser.post("/set-up", wrong).status, 400);
  EXPECT_TRUE(desk.staff.members.empty());
  auto right = who;
  right.emplace_back("code", "abcde fghjk lmnpq rstuv");
  EXPECT_EQ(browser.post("/set-up", right).header("location"), "/enrol");
  // Until the app is proved nothing else opens.
  EXPECT_EQ(browser.get("/people").header("location"), "/enrol");
  browser.get("/enrol");
  const auto& petra = desk.staff.members.begin()->second;
  EXPECT_EQ(browser.post("/enrol", {{"code", "000000"}}).status, 400);
  const auto done = browser.post("/enrol", {{"code", desk.code_of(petra)}});
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(desk.staff.members.begin()->second.recovery.size(), 10u);
  EXPECT_EQ(browser.get("/people").status, 200);
  Browser second(desk);
  EXPECT_EQ(second.get("/set-up").status, 404);
  second.get("/sign-in");
  EXPECT_EQ(second.post("/set-up", right).status, 404);
  EXPECT_EQ(desk.staff.members.size(), 1u);
}

TEST(SetUp, ACodeThatIsTooOldOpensNothing) {
  Desk desk;
  desk.later(31min);
  Browser browser(desk);
  browser.get("/set-up");
  EXPECT_EQ(browser.post("/set-up", {{"code", desk.setup_code}, {"name", "P"}, {"sign_in", "p"}, {"password", "harbour violet saddle"}}).status, 400);
}

std::string one_time_code_on(const Response& page) {
  const auto at = page.body.find("id=\"one-time\">");
  return at == std::string::npos ? std::string() : page.body.substr(at + 14, 23);
}

TEST(People, AreInvitedJoinOnceAndAreResetByAnotherOfficer) {
  Desk desk;
  auto& admin = desk.member("admin", {Role::admin});
  Browser office(desk), guest(desk, "192.0.2.5");
  desk.sign_in(office, admin);
  office.get("/people/invite");
  const auto invited = office.post("/people/invite", {{"name", "Rowan Fictional"}, {"sign_in", "rowan"}, {"roles", "worker"}, {"roles", "ig_lead"}});
  const std::string code = one_time_code_on(invited);
  ASSERT_EQ(code.size(), 23u) << invited.body;
  guest.get("/join");
  EXPECT_EQ(guest.post("/join", {{"sign_in", "rowan"}, {"code", "AAAAA-AAAAA-AAAAA-AAAAA"}, {"password", "harbour violet saddle"}}).status, 400);
  EXPECT_EQ(guest.post("/join", {{"sign_in", "rowan"}, {"code", code}, {"password", "fictional rowan 1234"}}).status, 400) << "the name is in it";
  EXPECT_EQ(guest.post("/join", {{"sign_in", "rowan"}, {"code", code}, {"password", "harbour violet saddle"}}).header("location"), "/enrol");
  Browser late(desk, "192.0.2.6");
  late.get("/join");
  EXPECT_EQ(late.post("/join", {{"sign_in", "rowan"}, {"code", code}, {"password", "harbour violet saddle"}}).status, 400) << "a code opens once";
  std::string id;
  for (const auto& [key, member] : desk.staff.members)
    if (member.sign_in == "rowan") id = key;
  guest.get("/enrol");
  EXPECT_EQ(guest.post("/enrol", {{"code", desk.code_of(desk.staff.members[id])}}).status, 200);
  EXPECT_EQ(guest.get("/").status, 200);
  EXPECT_EQ(guest.get("/people").status, 403);
  // Reset: every door of theirs is shut until they join again.
  office.get("/people/" + id);
  const auto reset = office.post("/people/" + id + "/reset", {});
  EXPECT_EQ(one_time_code_on(reset).size(), 23u);
  EXPECT_EQ(guest.get("/").header("location"), "/sign-in");
  office.get("/people/st_admin");
  EXPECT_EQ(office.post("/people/st_admin/reset", {}).status, 403) << "nobody resets their own";
}

TEST(People, NobodyChangesTheirOwnRoles) {
  Desk desk;
  auto& admin = desk.member("admin", {Role::admin});
  auto& other = desk.member("other", {Role::worker});
  Browser office(desk);
  desk.sign_in(office, admin);
  office.get("/people/st_admin");
  const auto version = std::to_string(desk.staff.members["st_admin"].version);
  office.post("/people/st_admin", {{"version", version}, {"roles", "ig_lead"}, {"roles", "admin"}, {"training_until", "2027-03-31"}});
  EXPECT_EQ(desk.staff.members["st_admin"].roles, std::vector<Role>{Role::admin});
  EXPECT_TRUE(desk.staff.members["st_admin"].training_until.has_value());
  office.get("/people/" + other.id);
  EXPECT_EQ(office.post("/people/" + other.id, {{"version", "1"}, {"roles", "dsl"}, {"away_from", "2026-12-01"}}).status, 400);
  EXPECT_EQ(office.post("/people/" + other.id, {{"version", "1"}, {"roles", "dsl"}, {"covered_by", "st_admin"}}).status, 303);
  EXPECT_EQ(desk.staff.members[other.id].roles, std::vector<Role>{Role::dsl});
  EXPECT_EQ(office.post("/people/" + other.id, {{"version", "1"}, {"roles", "worker"}}).status, 409) << "an old page changes nothing";
}

}  // namespace
}  // namespace gatehouse::tests
