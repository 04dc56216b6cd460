// Asking without names: what identifies does not leave, doubt is settled by the author, nothing is asked twice, and a port that fails loses nothing silently.
#include <gtest/gtest.h>

#include "gateway/console/enquiries_text.hpp"
#include "gateway/duties/duties.hpp"
#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using gateway::console::check_enquiry;
using gateway::console::enquiry_due;
using policy::EnquiryEnd;
using policy::EnquiryWay;
using policy::Role;

const std::string kClean = "A child is hungry at weekends. The mother has lost her work. May we ask early help without asking her?";

class EnquiryPages : public testing::Test {
 protected:
  EnquiryPages() {
    desk.world.run(desk.world.keeper->refresh());
    desk.member("robin", {Role::manager});
    auto& wren = desk.member("wren", {Role::worker});
    wren.training_until = policy::read_date("2030-01-01");
    desk.sign_in(browser, wren);
  }
  std::string hidden(const gateway::Response& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const auto at = page.body.find(mark);
    return at == std::string::npos ? std::string() : page.body.substr(at + mark.size(), page.body.find('"', at + mark.size()) - at - mark.size());
  }
  std::string begin() {
    browser.get("/enquiries/new");
    const auto page = browser.post("/enquiries/new", {{"hurt", "no"}});
    EXPECT_EQ(page.status, 200);
    return hidden(page, "once");
  }
  Fields question(const std::string& once, const std::string& text, const std::string& way = "partner") {
    Fields out = {{"once", once}, {"text", text}, {"way", way}, {"do", "send"}};
    out.emplace_back(way == "colleague" ? "colleague" : "agency", way == "colleague" ? "st_robin" : "kent-mash");
    return out;
  }
  policy::Enquiry& only() { return enquiries.rows.begin()->second; }
  Desk desk;
  Browser browser{desk};
  fakes::FakeEnquiries& enquiries = desk.world.enquiries;
};

struct Marked {
  const char* text;
  const char* words;
  bool definite;
};

TEST(EnquiryText, MarksWhatCouldSayWhoItIsAndKnowsWhatIsSure) {
  const Marked cases[] = {
      {"Her number is 07700 900123, can we ring?", "07700 900123", true},
      {"NHS number 999 000 0018 is on the letter.", "999 000 0018", true},
      {"She lives at 12 Mill Lane, ME4 4AB with him.", "12 Mill Lane, ME4 4AB", true},
      {"Write to tansy@example.org about it.", "tansy@example.org", true},
      {"It happened on 12 November 2026 at home.", "12 November 2026", true},
      {"Her mum's partner Dean Conspicuous hits her.", "Dean Conspicuous", false},
      {"She goes to Harbour Academy every day.", "Harbour Academy", false},
      {"She is a Somali girl, the only one in her class.", "a Somali girl, the only one in her class", false},
  };
  for (const auto& one : cases) {
    const auto checked = check_enquiry(one.text);
    ASSERT_TRUE(checked) << one.text;
    const auto mark = std::find_if(checked->marks.begin(), checked->marks.end(), [&](const auto& found) { return found.words == one.words; });
    ASSERT_NE(mark, checked->marks.end()) << one.text;
    EXPECT_EQ(mark->definite, one.definite) << one.text;
    EXPECT_FALSE(mark->suggestion.empty());
    EXPECT_EQ(checked->generalised.find(one.words), std::string::npos);
    EXPECT_EQ(std::string(one.text).substr(mark->start, mark->end - mark->start), one.words);
  }
  EXPECT_TRUE(check_enquiry(kClean)->marks.empty());
  EXPECT_FALSE(check_enquiry("\xff\xfe")) << "what cannot be read cannot be cleared";
}

TEST(EnquiryText, PointsAtTheRightBytesBehindLettersOfSeveralBytes) {
  const std::string text = "“Können” wir – über 07700 900123 – fragen?";
  const auto checked = check_enquiry(text);
  ASSERT_TRUE(checked);
  const auto mark = std::find_if(checked->marks.begin(), checked->marks.end(), [](const auto& one) { return one.definite; });
  ASSERT_NE(mark, checked->marks.end());
  EXPECT_EQ(text.substr(mark->start, mark->end - mark->start), "07700 900123");
}

TEST(EnquiryText, IsDueTwoWorkingHoursLater) {
  fakes::World world;
  const auto& calendar = world.keeper->load()->policies().calendar;
  const auto at = [](const char* text) { return *policy::read_instant(text); };
  EXPECT_EQ(enquiry_due(calendar, at("2026-11-26T10:00:00Z")), at("2026-11-26T12:00:00Z"));
  EXPECT_EQ(enquiry_due(calendar, at("2026-11-26T16:30:00Z")), at("2026-11-27T10:30:00Z")) << "half an hour today, the rest tomorrow";
  EXPECT_EQ(enquiry_due(calendar, at("2026-11-26T03:00:00Z")), at("2026-11-26T11:00:00Z"));
  EXPECT_EQ(enquiry_due(calendar, at("2026-11-27T17:00:00Z")), at("2026-11-30T11:00:00Z")) << "over the weekend";
  EXPECT_EQ(enquiry_due(calendar, at("2026-07-01T08:00:00Z")), at("2026-07-01T10:00:00Z")) << "nine o'clock in summer";
}

TEST_F(EnquiryPages, ACleanQuestionGoesToThePartnersListAndTheAnswerComesBack) {
  const auto once = begin();
  const auto sent = browser.post("/enquiries/write", question(once, kClean));
  ASSERT_EQ(sent.status, 303) << sent.body;
  EXPECT_EQ(sent.header("location"), "/enquiries/" + once);
  ASSERT_EQ(enquiries.rows.size(), 1u);
  EXPECT_EQ(only().text, kClean);
  EXPECT_EQ(only().agency, "kent-mash");
  EXPECT_EQ(only().author, "st_wren");
  EXPECT_EQ(only().answer_by, enquiry_due(desk.world.keeper->load()->policies().calendar, desk.now()));
  EXPECT_EQ(browser.post("/enquiries/write", question(once, kClean)).status, 303);
  EXPECT_EQ(enquiries.rows.size(), 1u) << "a second press asked twice";
  EXPECT_TRUE(desk.world.store.requests.empty()) << "an enquiry became a request";
  EXPECT_TRUE(desk.world.store.road.empty() || std::find(desk.world.store.road.begin(), desk.world.store.road.end(), "evidence") == desk.world.store.road.end())
      << "somebody was looked up";

  // The partner reads its list and answers, signed and with its certificate.
  desk.world.caller = &desk.world.mash;
  const auto list = desk.world.get("/v1/enquiries");
  ASSERT_EQ(list.status, 200) << list.body;
  EXPECT_NE(list.body.find(kClean), std::string::npos);
  EXPECT_EQ(list.body.find("wren"), std::string::npos) << "who asks is not told";
  const auto answered = desk.world.send("POST", "/v1/enquiries/" + once + "/answer", R"({"words": "Ask her first; <b>it is her</b> to say."})");
  ASSERT_EQ(answered.status, 200) << answered.body;
  const auto page = browser.get("/enquiries/" + once);
  EXPECT_NE(page.body.find("Ask her first; &lt;b&gt;it is her"), std::string::npos);
  EXPECT_NE(page.body.find("Save this advice to a record"), std::string::npos);
  EXPECT_EQ(browser.post("/enquiries/" + once, {{"do", "saved"}}).status, 303);
  EXPECT_EQ(only().end, EnquiryEnd::saved);
  const auto file = browser.get("/enquiries/" + once + "/advice");
  EXPECT_EQ(file.status, 200);
  EXPECT_NE(file.body.find(kClean), std::string::npos);
  EXPECT_NE(file.body.find("Ask her first"), std::string::npos);
  EXPECT_EQ(file.body.find("eq_"), std::string::npos) << "what is carried on leads back to the question";
  EXPECT_EQ(file.header("cache-control"), "no-store");
}

TEST_F(EnquiryPages, WhatSurelyIdentifiesStopsItWhateverIsTicked) {
  const auto once = begin();
  const std::string text = "Her number is 07700 900123 and NHS number 999 000 0018. What would you do?";
  auto fields = question(once, text);
  for (const auto& mark : check_enquiry(text)->marks) fields.emplace_back("fine", mark.id);
  const auto out = browser.post("/enquiries/write", fields);
  EXPECT_EQ(out.status, 400);
  EXPECT_NE(out.body.find("Take out what says who it is"), std::string::npos);
  EXPECT_NE(out.body.find("leave it out"), std::string::npos) << "no suggestion";
  EXPECT_TRUE(enquiries.rows.empty());
}

TEST_F(EnquiryPages, TheAuthorSettlesWhatIsDoubtfulAndForTheseWordsOnly) {
  const auto once = begin();
  const std::string text = "A boy of 13 is hungry. Can we ask early help?";
  const auto marks = check_enquiry(text)->marks;
  ASSERT_EQ(marks.size(), 1u);
  ASSERT_FALSE(marks[0].definite);
  EXPECT_EQ(browser.post("/enquiries/write", question(once, text)).status, 400);
  EXPECT_TRUE(enquiries.rows.empty());
  auto other = question(once, "A boy of 17 is hungry. Can we ask early help?");
  other.emplace_back("fine", marks[0].id);
  EXPECT_EQ(browser.post("/enquiries/write", other).status, 400) << "a tick for other words counted";
  auto fields = question(once, text);
  fields.emplace_back("fine", marks[0].id);
  EXPECT_EQ(browser.post("/enquiries/write", fields).status, 303);
  EXPECT_EQ(only().text, text);
}

TEST_F(EnquiryPages, PutsGeneralWordsInTheirPlaceWhenAsked) {
  const auto once = begin();
  auto fields = question(once, "Rosie told me that her mum's partner Dean Conspicuous hits her. Ring 07700 900123.");
  fields[3].second = "replace";
  const auto out = browser.post("/enquiries/write", fields);
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(out.body.find("Conspicuous"), std::string::npos);
  EXPECT_EQ(out.body.find("900123"), std::string::npos);
  EXPECT_NE(out.body.find("[phone]"), std::string::npos);
  EXPECT_EQ(hidden(out, "once"), once);
  EXPECT_TRUE(enquiries.rows.empty());
}

TEST_F(EnquiryPages, MarksAsYouTypeSayWhatTheServerSaysOnSubmitAndKeepNothing) {
  begin();
  const auto out = browser.post("/enquiries/marks", {{"text", "Ring 07700 900123. She goes to Harbour Academy."}});
  ASSERT_EQ(out.status, 200);
  const auto json = nlohmann::json::parse(out.body);
  ASSERT_GE(json["marks"].size(), 2u);
  EXPECT_EQ(json["marks"][0]["words"], "07700 900123");
  EXPECT_EQ(json["marks"][0]["definite"], true);
  EXPECT_TRUE(enquiries.rows.empty());
  EXPECT_TRUE(desk.staff.drafts.empty());
  Browser stranger(desk);
  stranger.get("/sign-in");
  EXPECT_EQ(stranger.post("/enquiries/marks", {{"text", "x"}}).status, 303);
}

TEST_F(EnquiryPages, WhereSomebodyCouldBeHurtTheLeadIsToldAndTheNumbersAreShown) {
  for (const char* hurt : {"yes", "unsure"}) {
    enquiries.rows.clear();
    browser.get("/enquiries/new");
    const auto out = browser.post("/enquiries/new", {{"hurt", hurt}});
    EXPECT_EQ(out.status, 200);
    EXPECT_NE(out.body.find("tel:999"), std::string::npos);
    ASSERT_EQ(enquiries.rows.size(), 1u);
    EXPECT_EQ(only().way, EnquiryWay::danger);
    EXPECT_EQ(only().text, "");
  }
  browser.get("/enquiries/new");
  EXPECT_EQ(browser.post("/enquiries/new", {}).status, 400);
  Browser lead(desk, "192.0.2.7");
  desk.sign_in(lead, desk.member("dana", {Role::dsl}));
  EXPECT_NE(lead.get("/").body.find("Someone could be hurt"), std::string::npos);
  const auto list = lead.get("/enquiries/dangers");
  EXPECT_NE(list.body.find("Fictional wren said so"), std::string::npos);
  EXPECT_EQ(lead.post("/enquiries/dangers", {{"id", only().id}}).status, 303);
  EXPECT_EQ(only().end, EnquiryEnd::seen);
  EXPECT_EQ(lead.get("/").body.find("Someone could be hurt"), std::string::npos);
  EXPECT_EQ(browser.get("/enquiries/dangers").status, 403) << "a worker sees who said so";
}

TEST_F(EnquiryPages, WithoutAnAnswerInTwoWorkingHoursItSaysWhomToRing) {
  const auto once = begin();
  browser.post("/enquiries/write", question(once, kClean));
  EXPECT_EQ(browser.get("/enquiries/" + once).body.find("Ring <a"), std::string::npos);
  only().answer_by = desk.now();
  const auto late = browser.get("/enquiries/" + once);
  EXPECT_NE(late.body.find("They have not answered in 2 working hours. Ring <a"), std::string::npos);
  EXPECT_NE(late.body.find("01632 960155"), std::string::npos) << "the number in our directory";
  EXPECT_EQ(browser.post("/enquiries/" + once, {{"do", "answer"}, {"words", "The duty worker said: refer."}}).status, 303);
  EXPECT_EQ(only().answered_by, "st_wren");
}

TEST_F(EnquiryPages, ByPhoneThereIsAScriptAndANoteAndNoPartnersListHasIt) {
  const auto once = begin();
  EXPECT_EQ(browser.post("/enquiries/write", question(once, kClean, "phone")).status, 303);
  const auto page = browser.get("/enquiries/" + once);
  EXPECT_NE(page.body.find("I will not say who it is about"), std::string::npos);
  EXPECT_NE(page.body.find("01632 960155"), std::string::npos);
  desk.world.caller = &desk.world.mash;
  EXPECT_EQ(desk.world.get("/v1/enquiries").body.find(kClean), std::string::npos);
  EXPECT_EQ(browser.post("/enquiries/" + once, {{"do", "answer"}, {"words", "Ring 07700 900123 for her."}}).status, 400) << "a number came in by the answer";
  EXPECT_EQ(browser.post("/enquiries/" + once, {{"do", "answer"}, {"words", "They said refer."}}).status, 303);
  EXPECT_EQ(browser.post("/enquiries/" + once, {{"do", "referred"}}).status, 303);
  EXPECT_NE(browser.get("/enquiries/" + once).body.find("Make the referral"), std::string::npos);
}

TEST_F(EnquiryPages, AColleagueAnswersWhatWasPutToThemAndNobodyElseSeesIt) {
  const auto once = begin();
  EXPECT_EQ(browser.post("/enquiries/write", question(once, kClean, "colleague")).status, 303);
  Browser robin(desk, "192.0.2.8"), other(desk, "192.0.2.9");
  desk.sign_in(robin, desk.staff.members["st_robin"]);
  desk.sign_in(other, desk.member("ada", {Role::ig_lead, Role::admin, Role::dsl}));
  EXPECT_EQ(other.get("/enquiries/" + once).status, 404);
  EXPECT_EQ(other.post("/enquiries/" + once, {{"do", "answer"}, {"words", "Mine."}}).status, 404);
  EXPECT_NE(robin.get("/enquiries").body.find("Colleagues ask you"), std::string::npos);
  robin.get("/enquiries/" + once);
  EXPECT_EQ(robin.post("/enquiries/" + once, {{"do", "answer"}, {"words", "Ask the lead."}}).status, 303);
  EXPECT_EQ(only().answer, "Ask the lead.");
  EXPECT_EQ(robin.get("/enquiries/" + once + "/advice").status, 404) << "the advice is its author's";
  robin.get("/enquiries/" + once);
  robin.post("/enquiries/" + once, {{"do", "nothing_to_keep"}});
  EXPECT_FALSE(only().ended) << "somebody else ended it";
}

TEST_F(EnquiryPages, WithoutTrainingOnesQuestionStaysInsideAsThePolicySays) {
  desk.staff.members["st_wren"].training_until.reset();
  const auto once = begin();
  const auto out = browser.post("/enquiries/write", question(once, kClean));
  EXPECT_EQ(out.status, 403);
  EXPECT_NE(out.body.find("May we ask early help"), std::string::npos) << "what was written is lost";
  EXPECT_TRUE(enquiries.rows.empty());
  EXPECT_EQ(browser.post("/enquiries/write", question(once, kClean, "colleague")).status, 303);
  EXPECT_EQ(enquiries.rows.size(), 1u);
}

TEST_F(EnquiryPages, WhatWasBeingWrittenWhenTheSessionEndedIsKeptAndNotSent) {
  const auto once = begin();
  desk.later(std::chrono::minutes(16));
  const auto out = browser.post("/enquiries/write", question(once, kClean));
  EXPECT_EQ(out.header("location"), "/sign-in?next=/enquiries/write");
  EXPECT_TRUE(enquiries.rows.empty());
  desk.sign_in(browser, desk.staff.members["st_wren"]);
  const auto again = browser.get("/enquiries/write");
  EXPECT_NE(again.body.find("May we ask early help"), std::string::npos);
  EXPECT_EQ(browser.post("/enquiries/write", question(hidden(again, "once"), kClean)).status, 303);
  EXPECT_TRUE(desk.staff.drafts.empty());
  EXPECT_EQ(browser.get("/enquiries/write").header("location"), "/enquiries/new");
}

TEST_F(EnquiryPages, TheTextIsGoneThirtyDaysAfterItEnded) {
  const auto once = begin();
  browser.post("/enquiries/write", question(once, kClean));
  browser.get("/enquiries/" + once);
  EXPECT_EQ(browser.post("/enquiries/" + once, {{"do", "saved"}}).status, 400) << "there is no advice to save";
  browser.get("/enquiries/" + once);
  EXPECT_EQ(browser.post("/enquiries/" + once, {{"do", "nothing_to_keep"}}).status, 303);
  gateway::DeleteEnquiryTexts duty(enquiries);
  EXPECT_EQ(*desk.world.run(duty.once(desk.now() + std::chrono::days(30) - std::chrono::seconds(1))), 0u);
  EXPECT_EQ(*desk.world.run(duty.once(desk.now() + std::chrono::days(30))), 1u);
  const auto page = browser.get("/enquiries/" + once);
  EXPECT_EQ(page.body.find("hungry"), std::string::npos);
  EXPECT_NE(page.body.find("The text was deleted"), std::string::npos);
}

// Each page once for each call of the port, with that call lost and with it done and said to have failed.
TEST_F(EnquiryPages, APortThatFailsIsSaidAloudAndNothingIsDoneTwice) {
  struct Use {
    const char* what;
    std::function<gateway::Response()> run;
    std::function<void()> prepare;
  };
  const std::string id = "eq_" + std::string(32, 'a');
  const auto stored = [&](EnquiryWay way, bool answered) {
    enquiries.rows.clear();
    policy::Enquiry one;
    one.id = id;
    one.author = "st_wren";
    one.way = way;
    one.agency = "kent-mash";
    one.text = kClean;
    one.asked = one.answer_by = desk.now();
    if (answered) one.answered = desk.now(), one.answer = "advice";
    enquiries.rows[id] = one;
  };
  Browser lead(desk, "192.0.2.7");
  desk.sign_in(lead, desk.member("dana", {Role::dsl}));
  const Use uses[] = {
      {"list", [&] { return browser.get("/enquiries"); }, [&] { stored(EnquiryWay::partner, false); }},
      {"danger", [&] { return browser.post("/enquiries/new", {{"hurt", "yes"}}); }, [&] { enquiries.rows.clear(); }},
      {"ask", [&] { return browser.post("/enquiries/write", question(id, kClean)); }, [&] { enquiries.rows.clear(); }},
      {"look", [&] { return browser.get("/enquiries/" + id); }, [&] { stored(EnquiryWay::partner, false); }},
      {"note", [&] { return browser.post("/enquiries/" + id, {{"do", "answer"}, {"words", "They said refer."}}); }, [&] { stored(EnquiryWay::phone, false); }},
      {"end", [&] { return browser.post("/enquiries/" + id, {{"do", "saved"}}); }, [&] { stored(EnquiryWay::phone, true); }},
      {"carry on", [&] { return browser.get("/enquiries/" + id + "/advice"); }, [&] { stored(EnquiryWay::phone, true); }},
      {"home of a lead", [&] { return lead.get("/"); }, [&] { stored(EnquiryWay::danger, false); }},
      {"dangers", [&] { return lead.get("/enquiries/dangers"); }, [&] { stored(EnquiryWay::danger, false); }},
      {"seen", [&] { return lead.post("/enquiries/dangers", {{"id", id}}); }, [&] { stored(EnquiryWay::danger, false); }},
  };
  for (const auto& use : uses) {
    SCOPED_TRACE(use.what);
    use.prepare();
    browser.get("/account");
    lead.get("/account");
    enquiries.faults = {};
    ASSERT_LT(use.run().status, 400);
    const int calls = enquiries.faults.calls();
    ASSERT_GT(calls, 0);
    for (int at = 0; at < calls; ++at)
      for (const auto how : {fakes::Fault::lost, fakes::Fault::persisted}) {
        use.prepare();
        const auto before = enquiries.rows.size();
        desk.world.fatal.clear();
        browser.get("/account");
        lead.get("/account");
        enquiries.faults = fakes::Faults(at, how);
        const auto out = use.run();
        EXPECT_EQ(out.status, 503) << at;
        EXPECT_NE(out.body.find("Ring these numbers"), std::string::npos);
        if (how == fakes::Fault::lost) {
          EXPECT_EQ(enquiries.rows.size(), before) << "something was kept of what failed";
          EXPECT_TRUE(desk.world.fatal.empty());
        }
        enquiries.faults = {};
      }
  }
}

TEST(EnquiriesOfAPartner, AreAnsweredOnceByThatPartnerAloneAndAFailingPortIsSaidAloud) {
  fakes::World world;
  const std::string id = "eq_" + std::string(32, 'a'), path = "/v1/enquiries/" + id + "/answer";
  policy::Enquiry one;
  one.id = id;
  one.author = "st_wren";
  one.agency = "kent-mash";
  one.text = kClean;
  one.asked = one.answer_by = world.now;
  world.enquiries.rows[id] = one;
  EXPECT_EQ(fakes::World::json_of(world.get("/v1/enquiries"))["enquiries"].size(), 0u) << "another partner reads it";
  EXPECT_EQ(world.send("POST", path, R"({"words": "x"})").status, 404);
  world.caller = &world.mash;
  for (const char* bad : {R"({"words": ""})", R"({"words": "  "})", R"({"words": 1})", R"({})", R"({"words": "x", "name": "y"})", "["})
    EXPECT_EQ(world.send("POST", path, bad).status, 400) << bad;
  EXPECT_EQ(world.send("POST", path, nlohmann::json{{"words", std::string(4001, 'x')}}.dump()).status, 400);
  world.enquiries.faults = fakes::Faults(0, fakes::Fault::lost);
  EXPECT_EQ(world.get("/v1/enquiries").status, 503);
  world.enquiries.faults = fakes::Faults(0, fakes::Fault::lost);
  EXPECT_EQ(world.send("POST", path, R"({"words": "x"})").status, 503);
  EXPECT_FALSE(world.enquiries.rows[id].answered);
  world.enquiries.faults = {};
  world.enquiries.stale_once = true;
  fakes::Odd odd;
  odd.idempotency_key = "one-key";
  const auto stale = world.send("POST", path, R"({"words": "Ask her."})", odd);
  EXPECT_EQ(stale.status, 200) << "an agency that changed meanwhile is looked at again: " << stale.body;
  EXPECT_EQ(world.send("POST", path, R"({"words": "Ask her."})", odd).status, 200) << "the same key and words";
  EXPECT_EQ(world.send("POST", path, R"({"words": "Other."})", odd).status, 422);
  EXPECT_EQ(world.send("POST", path, R"({"words": "Other."})").status, 409);
  EXPECT_EQ(world.enquiries.rows[id].answer, "Ask her.");
  fakes::Odd unsigned_call;
  unsigned_call.unsigned_request = true;
  EXPECT_EQ(world.get("/v1/enquiries", unsigned_call).status, 401);
  fakes::Odd stranger;
  stranger.without_certificate = true;
  EXPECT_EQ(world.get("/v1/enquiries", stranger).status, 401);
}

}  // namespace
}  // namespace gatehouse::tests
