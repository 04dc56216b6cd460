// A person decides: what is shown is what leaves, once, to that recipient; what changed meanwhile does not; who is close to the case sees nothing.
#include <gtest/gtest.h>

#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using policy::Role;

const std::string kId = "rq_00000000000000000000000000000001";

class Cases : public testing::Test {
 protected:
  Cases() {
    policy::OpenedRequest request;
    request.status.id = kId;
    request.status.agency = "medway-housing";
    request.status.state = policy::RequestState::waiting;
    request.status.purpose = policy::Purpose::early_help;
    request.status.answer_by = desk.now() + std::chrono::hours(20);
    request.request_json = fakes::World::good_body().dump();
    request.matched_how = {"nhs", "dob"};
    desk.desk.requests[kId] = request;
    desk.world.run(desk.world.keeper->refresh());
    desk.sign_in(browser, desk.member("imogen", {Role::ig_lead}));
  }
  std::string hidden(const gateway::Response& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const auto at = page.body.find(mark);
    if (at == std::string::npos) return {};
    return page.body.substr(at + mark.size(), page.body.find('"', at + mark.size()) - at - mark.size());
  }
  std::vector<std::string> ticks(const gateway::Response& page) {
    std::vector<std::string> out;
    const std::string mark = "name=\"items\" type=\"checkbox\" value=\"";
    for (auto at = page.body.find(mark); at != std::string::npos; at = page.body.find(mark, at + 1))
      out.push_back(page.body.substr(at + mark.size(), page.body.find('"', at + mark.size()) - at - mark.size()));
    return out;
  }
  Fields approval(const gateway::Response& page, const std::vector<std::string>& items) {
    Fields out = {{"decide", "approve"}, {"rationale", "She agreed, and they need it to plan support."}, {"days", "7"}, {"shown", hidden(page, "shown")},
                  {"state", "waiting"}};
    for (const auto& one : items) out.emplace_back("items", one);
    return out;
  }
  // What is in the package, as the partner reads it.
  std::string opened(const policy::Settlement& settlement) {
    gateway::Response response(200);
    response.body = nlohmann::json({{"package", crypto::base64(settlement.release->age)}}).dump();
    return desk.world.open(response).dump();
  }
  std::string path = "/cases/" + kId;
  Desk desk;
  Browser browser{desk};
};

TEST_F(Cases, WhatIsApprovedIsSealedForThatPartnerOnceAndWrittenDown) {
  const auto list = browser.get("/cases");
  EXPECT_NE(list.body.find(path), std::string::npos);
  EXPECT_EQ(list.body.find("Wyelock"), std::string::npos) << "the queue names nobody";
  const auto page = browser.get(path);
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("Wyelock"), std::string::npos);
  EXPECT_EQ(page.body.substr(page.body.find("<title>"), 200).find("Wyelock"), std::string::npos);
  const auto items = ticks(page);
  ASSERT_GE(items.size(), 2u) << page.body;
  auto fields = approval(page, items);
  fields.emplace_back("conditions", "for the meeting of 3 December");
  EXPECT_EQ(browser.post(path, fields).status, 200);
  ASSERT_EQ(desk.desk.settlements.size(), 1u);
  const auto& settled = desk.desk.settlements[0];
  EXPECT_EQ(settled.verdict.word, "released");
  EXPECT_EQ(settled.verdict.staff, "st_imogen");
  EXPECT_EQ(settled.role, Role::ig_lead);
  ASSERT_TRUE(settled.release);
  EXPECT_EQ(settled.release->recipient_keyid, "medway-housing/age-1");
  EXPECT_EQ(settled.release->expires, desk.now() + std::chrono::days(7));
  const std::string package = opened(settled);
  EXPECT_NE(package.find("Wyelock"), std::string::npos);
  EXPECT_NE(package.find("for the meeting of 3 December"), std::string::npos);
  EXPECT_EQ(package.find("plan support."), std::string::npos) << "our own reason left";
  EXPECT_EQ(browser.post(path, fields).status, 409) << "a second press did it twice";
  EXPECT_EQ(desk.desk.settlements.size(), 1u);
  EXPECT_FALSE(desk.desk.opened_by.empty());
}

TEST_F(Cases, OnlyWhatIsTickedLeaves) {
  const auto page = browser.get(path);
  const auto items = ticks(page);
  ASSERT_GE(items.size(), 2u);
  EXPECT_EQ(browser.post(path, approval(page, {items[0]})).status, 200);
  ASSERT_EQ(desk.desk.settlements.size(), 1u);
  const std::string package = opened(desk.desk.settlements[0]);
  EXPECT_EQ(package.find("07700 900874"), std::string::npos) << "what was kept back left";
  EXPECT_NE(package.find("not shared"), std::string::npos);
  EXPECT_EQ(desk.desk.settlements[0].verdict.items, std::vector<std::string>{items[0]});
}

TEST_F(Cases, WhatChangedSinceItWasShownDoesNotLeave) {
  const auto page = browser.get(path);
  const auto fields = approval(page, ticks(page));
  auto forged = fields;
  forged[3].second = std::string(64, '0');
  EXPECT_EQ(browser.post(path, forged).status, 409);
  for (auto& [person_id, person] : desk.world.store.people)
    for (auto& item : person.items)
      for (auto& field : item.record.fields)
        if (field.name == "phone") field.value = "07700 900111";
  EXPECT_EQ(browser.post(path, fields).status, 409);
  EXPECT_TRUE(desk.desk.settlements.empty());
}

TEST_F(Cases, ItemsThatWereNotProposedAreNotReleasedBecauseAFormSaysSo) {
  const auto page = browser.get(path);
  EXPECT_EQ(page.body.find("anxiety"), std::string::npos) << "what does not go is not shown either";
  EXPECT_EQ(browser.post(path, approval(page, {"i-3"})).status, 400);
  EXPECT_TRUE(desk.desk.settlements.empty());
}

TEST_F(Cases, ARefusalNeedsAReasonAndSendsNothing) {
  browser.get(path);
  EXPECT_EQ(browser.post(path, {{"decide", "refuse"}, {"rationale", ""}, {"state", "waiting"}}).status, 400);
  browser.get(path);
  EXPECT_EQ(browser.post(path, {{"decide", "refuse"}, {"rationale", "They do not need it for this."}, {"state", "waiting"}}).status, 200);
  ASSERT_EQ(desk.desk.settlements.size(), 1u);
  EXPECT_EQ(desk.desk.settlements[0].verdict.word, "refused");
  EXPECT_FALSE(desk.desk.settlements[0].release);
}

TEST_F(Cases, ThePartnerIsAskedForMoreFromAListThatSaysNothingOfAnybody) {
  browser.get(path);
  EXPECT_EQ(browser.post(path, {{"decide", "ask"}, {"rationale", "They did not say on what power."}, {"state", "waiting"}}).status, 400) << "asked for nothing";
  EXPECT_EQ(browser.post(path, {{"decide", "ask"}, {"wanted", "her new address"}, {"rationale", "They did not say on what power."}, {"state", "waiting"}}).status, 400);
  EXPECT_TRUE(desk.desk.settlements.empty());
  const auto out = browser.post(path, {{"decide", "ask"}, {"wanted", "statutory_power"}, {"wanted", "why_necessary"}, {"wanted", "why_necessary"},
                                       {"rationale", "They did not say on what power."}, {"state", "waiting"}});
  EXPECT_EQ(out.status, 200);
  ASSERT_EQ(desk.desk.settlements.size(), 1u);
  const auto& settled = desk.desk.settlements[0];
  EXPECT_EQ(settled.verdict.word, "asked");
  EXPECT_FALSE(settled.release);
  EXPECT_EQ(settled.wanted, (std::vector<policy::Statement>{policy::Statement::statutory_power, policy::Statement::why_necessary}));
  EXPECT_NE(browser.get("/cases").body.find("Asked for more: we wait for them"), std::string::npos);
  EXPECT_NE(browser.get(path).body.find("We asked them to state: Statutory power, Why necessary"), std::string::npos);
  desk.desk.requests[kId].follows = "rq_00000000000000000000000000000002";
  EXPECT_NE(browser.get(path).body.find("/cases/rq_00000000000000000000000000000002"), std::string::npos);
}

TEST_F(Cases, ARoleThePolicyDoesNotNameMayLookAndNotDecide) {
  Browser other(desk, "192.0.2.3");
  desk.sign_in(other, desk.member("maeve", {Role::manager}));
  const auto page = other.get(path);
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(ticks(page).empty());
  EXPECT_EQ(other.post(path, {{"decide", "refuse"}, {"rationale", "Because I say so."}, {"state", "waiting"}}).status, 403);
  EXPECT_TRUE(desk.desk.settlements.empty());
}

TEST_F(Cases, WhatWasWrittenWhenTheSessionEndedIsKeptAndNothingIsDecided) {
  const auto page = browser.get(path);
  auto fields = approval(page, ticks(page));
  fields[1].second = "A long and careful reason.";
  desk.later(std::chrono::minutes(16));
  const auto out = browser.post(path, fields);
  EXPECT_EQ(out.header("location"), "/sign-in?next=" + path);
  EXPECT_TRUE(desk.desk.settlements.empty());
  desk.sign_in(browser, desk.staff.members["st_imogen"]);
  const auto again = browser.get(path);
  EXPECT_NE(again.body.find("A long and careful reason."), std::string::npos);
  EXPECT_NE(again.body.find("Kept for you"), std::string::npos);
  EXPECT_EQ(browser.post(path, approval(again, ticks(again))).status, 200);
  EXPECT_TRUE(desk.staff.drafts.empty());
}

TEST_F(Cases, WhatThePartnerWroteIsReadByWhoDecides) {
  auto body = fakes::World::good_body();
  body["stated"]["why_necessary"] = "Her uncle <b>is back</b> in the house.";
  desk.desk.requests[kId].request_json = body.dump();
  desk.desk.requests[kId].status.review_asked = true;
  desk.desk.requests[kId].reviews = {{desk.now(), "The school has heard <i>from him</i>."}};
  const auto page = browser.get(path);
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("Her uncle &lt;b&gt;is back"), std::string::npos) << page.body;
  EXPECT_NE(page.body.find("The school has heard &lt;i&gt;from him"), std::string::npos);
}

TEST_F(Cases, AReviewOfWhatWasReleasedIsReadAndAnsweredAndReleasesNothingMore) {
  auto& request = desk.desk.requests[kId];
  for (const auto state : {policy::RequestState::released, policy::RequestState::fetched, policy::RequestState::expired}) {
    request.status.state = state;
    request.status.review_asked = true;
    request.verdicts.clear();
    request.reviews = {{desk.now() - std::chrono::seconds(60), "He knows the address."}};
    const auto page = browser.get(path);
    ASSERT_EQ(page.status, 200);
    EXPECT_NE(page.body.find("He knows the address."), std::string::npos);
    EXPECT_TRUE(ticks(page).empty());
    const std::string word(policy::text(state));
    auto approve = approval(page, {"i-1"});
    approve[4].second = word;
    EXPECT_EQ(browser.post(path, approve).status, 400);
    browser.get(path);
    EXPECT_EQ(browser.post(path, {{"decide", "refuse"}, {"rationale", "Rang social care at once."}, {"state", word}}).status, 200);
    EXPECT_EQ(desk.desk.settlements.back().verdict.word, "refused");
    EXPECT_EQ(browser.post(path, {{"decide", "refuse"}, {"rationale", "Rang social care at once."}, {"state", word}}).status, 409);
  }
}

TEST_F(Cases, WhoIsCloseToSomebodyWhomTheDetailsMayPointToSeesNoCase) {
  desk.desk.requests[kId].request_json = fakes::World::good_body().dump();
  auto vague = fakes::World::good_body();
  vague["subject"] = {{"given_name", "Casimir"}, {"family_name", "Wyelok"}, {"date_of_birth", "1979-02-11"}};
  desk.desk.requests[kId].request_json = vague.dump();
  EXPECT_EQ(browser.get(path).status, 200);
  desk.world.store.close_to_candidates = {desk.staff.members["st_imogen"].name};
  const auto page = browser.get(path);
  EXPECT_EQ(page.status, 404);
  EXPECT_EQ(page.body.find("Wyelok"), std::string::npos) << "the accused reads what was told";
  EXPECT_EQ(browser.post(path, {{"decide", "refuse"}, {"rationale", "Nothing to see here."}, {"state", "waiting"}}).status, 404);
  EXPECT_TRUE(desk.desk.settlements.empty());
}

// A note that names the landlord, who is on the case file, and somebody who is not.
class MarkedCases : public Cases {
 protected:
  MarkedCases() {
    for (auto& [id, person] : desk.world.store.people)
      for (auto& item : person.items)
        if (item.header.category == policy::Category::contact) item.record.fields.push_back({"safe_times", kNote});
  }
  static std::string leaves(const gateway::Response& page) {
    std::string out;
    const std::string mark = "gh-text gh-leaves\">";
    for (auto at = page.body.find(mark); at != std::string::npos; at = page.body.find(mark, at + 1)) {
      const auto end = page.body.find("</div>", at);
      out += page.body.substr(at, end - at);
    }
    return out;
  }
  // The value of the tick beside `words`.
  static std::string tick(const gateway::Response& page, const std::string& name, const std::string& words) {
    for (auto at = page.body.find("name=\"" + name + "\" type=\"checkbox\""); at != std::string::npos; at = page.body.find("name=\"" + name + "\" type=\"checkbox\"", at + 1)) {
      const auto end = page.body.find("</label>", at);
      if (page.body.substr(at, end - at).find(words) == std::string::npos) continue;
      const auto value = page.body.find("value=\"", at) + 7;
      return page.body.substr(value, page.body.find('"', value) - value);
    }
    return {};
  }
  Fields with(Fields fields, Fields more) {
    fields.insert(fields.end(), more.begin(), more.end());
    return fields;
  }
  static constexpr const char* kNote = "Horatio Pennyquick came on Monday. Mr Pennyquick wants the rent. He plays the bassoon.";
};

TEST_F(MarkedCases, WhoIsHiddenIsMarkedWithReasonDetectorAndBand) {
  const auto page = browser.get(path);
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(leaves(page).find("Pennyquick"), std::string::npos) << leaves(page);
  EXPECT_NE(leaves(page).find("<mark class=\"gh-out-text\">["), std::string::npos) << leaves(page);
  EXPECT_NE(page.body.find("<mark class=\"gh-was\">Horatio Pennyquick</mark>"), std::string::npos) << "both stand side by side";
  EXPECT_NE(page.body.find("%). It is a person, found by the names on our record; 2 places."), std::string::npos) << page.body;
}

TEST_F(MarkedCases, ShowingSomebodyNeedsAReasonAndShowsThemEverywhereAndIsWhatTheApprovalBinds) {
  auto page = browser.get(path);
  const std::string whom = tick(page, "show", "Horatio Pennyquick");
  ASSERT_NE(whom, "");
  const std::string before = hidden(page, "shown");
  EXPECT_EQ(browser.post(path, {{"again", "yes"}, {"state", "waiting"}, {"show", whom}}).status, 400) << "shown without a reason";
  page = browser.post(path, {{"again", "yes"}, {"state", "waiting"}, {"show", whom}, {"show_reason", "They have his letter already."}});
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(leaves(page).find("Horatio Pennyquick came"), std::string::npos) << leaves(page);
  EXPECT_NE(leaves(page).find("Mr Pennyquick wants"), std::string::npos);
  EXPECT_NE(hidden(page, "shown"), before);
  EXPECT_TRUE(desk.desk.settlements.empty());
  const Fields choice = {{"show", whom}, {"show_reason", "They have his letter already."}, {"reviewed", hidden(page, "reviewed")}};
  auto stale = approval(page, ticks(page));
  stale[3].second = before;
  EXPECT_EQ(browser.post(path, with(stale, choice)).status, 409) << "an approval of another text";
  EXPECT_EQ(browser.post(path, with(approval(page, ticks(page)), choice)).status, 200);
  ASSERT_EQ(desk.desk.settlements.size(), 1u);
  const auto& settled = desk.desk.settlements[0];
  EXPECT_NE(opened(settled).find("Mr Pennyquick wants the rent"), std::string::npos);
  EXPECT_NE(settled.verdict.review_json.find("They have his letter already."), std::string::npos) << "the reason is kept";
  EXPECT_EQ(opened(settled).find("his letter"), std::string::npos) << "and stays here";
}

TEST_F(MarkedCases, WhatWasTickedButNotLookedAtDoesNotLeave) {
  const auto page = browser.get(path);
  const std::string whom = tick(page, "show", "Horatio Pennyquick");
  const auto out = browser.post(path, with(approval(page, ticks(page)), {{"show", whom}, {"show_reason", "They have his letter already."}, {"reviewed", hidden(page, "reviewed")}}));
  EXPECT_EQ(out.status, 400);
  EXPECT_NE(out.body.find("Read the text again"), std::string::npos);
  EXPECT_TRUE(desk.desk.settlements.empty());
}

TEST_F(MarkedCases, WordsAreHiddenInEveryTextAndInEveryField) {
  auto page = browser.post(path, {{"token", ""}});
  page = browser.get(path);
  page = browser.post(path, {{"again", "yes"}, {"state", "waiting"}, {"hide_words", "the  BASSOON\n07700 900874"}});
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(leaves(page).find("bassoon"), std::string::npos) << leaves(page);
  EXPECT_EQ(leaves(page).find("900874"), std::string::npos);
  EXPECT_NE(leaves(page).find("[hidden]"), std::string::npos);
  const auto fields = with(approval(page, ticks(page)), {{"hide_words", "the  BASSOON\n07700 900874"}, {"reviewed", hidden(page, "reviewed")}});
  EXPECT_EQ(browser.post(path, fields).status, 200);
  ASSERT_EQ(desk.desk.settlements.size(), 1u);
  EXPECT_EQ(opened(desk.desk.settlements[0]).find("bassoon"), std::string::npos);
  EXPECT_EQ(opened(desk.desk.settlements[0]).find("900874"), std::string::npos);
}

TEST_F(MarkedCases, ASourceIsShownOnlyAfterASecondPersonHasApprovedTheVerySame) {
  for (auto& [id, person] : desk.world.store.people)
    for (auto& one : person.people)
      if (one.relation != "self") one.relation = "informant";
  auto page = browser.get(path);
  const std::string whom = tick(page, "show", "Horatio Pennyquick");
  ASSERT_NE(whom, "");
  const Fields choice = {{"show", whom}, {"show_reason", "He asked us to say so himself."}};
  page = browser.post(path, with({{"again", "yes"}, {"state", "waiting"}}, choice));
  ASSERT_NE(leaves(page).find("Pennyquick"), std::string::npos);
  EXPECT_EQ(browser.post(path, with(approval(page, ticks(page)), choice)).status, 200);
  ASSERT_EQ(desk.desk.settlements.size(), 1u);
  EXPECT_EQ(desk.desk.settlements[0].verdict.word, "first_of_two");
  page = browser.get(path);
  EXPECT_EQ(browser.post(path, with(approval(page, ticks(page)), choice)).status, 200);
  EXPECT_EQ(desk.desk.settlements.back().verdict.word, "first_of_two") << "nobody is two people";
  // Nor under a second account: the names of the accounts decide, not their ids.
  for (const char* name : {"Fictional imogen", "Ms F. Imogen, DSL", "Fictional Im\u043egen", "Imogen"}) {
    Browser again(desk, "192.0.2.2");
    auto& same = desk.member("again", {Role::ig_lead});
    same.name = name;
    desk.sign_in(again, same);
    page = again.get(path);
    const auto answered = again.post(path, with(approval(page, ticks(page)), choice));
    EXPECT_EQ(answered.status, 200) << name;
    EXPECT_EQ(desk.desk.settlements.back().verdict.word, "first_of_two") << name;
    desk.later(std::chrono::seconds(31));
  }
  Browser other(desk, "192.0.2.3");
  desk.sign_in(other, desk.member("isolde", {Role::ig_lead}));
  page = other.get(path);
  EXPECT_NE(leaves(page).find("Pennyquick"), std::string::npos) << "the second looks at the same";
  EXPECT_EQ(other.post(path, with(approval(page, ticks(page)), choice)).status, 200);
  EXPECT_EQ(desk.desk.settlements.back().verdict.word, "released");
}

TEST_F(MarkedCases, WhatAPersonShowsIsNeverSomebodyElseOfTheCaseFile) {
  auto page = browser.get(path);
  page = browser.post(path, {{"again", "yes"}, {"state", "waiting"}, {"show", "words:horatio pennyquick"}, {"show", "person:nobody-there"}, {"show_reason", "Because a form says so."}});
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(leaves(page).find("Pennyquick"), std::string::npos);
}

TEST_F(Cases, NothingIsSaidToBeDoneWhenTheStoreDidNotDoIt) {
  for (const auto error : {policy::StoreError::unavailable, policy::StoreError::reserve, policy::StoreError::unknown}) {
    const auto page = browser.get(path);
    desk.desk.next = error;
    EXPECT_EQ(browser.post(path, approval(page, ticks(page))).status, 503);
    EXPECT_EQ(desk.world.fatal.empty(), error != policy::StoreError::unknown);
    desk.desk.next.reset();
  }
  EXPECT_TRUE(desk.desk.settlements.empty());
}

}  // namespace
}  // namespace gatehouse::tests
