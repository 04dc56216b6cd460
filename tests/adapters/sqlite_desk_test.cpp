// What a person decides is one transaction: verdict, release, state and log entry, or nothing of them.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using policy::Desk;
using policy::RequestState;

class SqliteDesk : public testing::Test {
 protected:
  SqliteDesk() {
    furnish(folder_.path());
    auto opened = adapters::SqliteStore::open(settings_in(folder_.path()), [](const std::string& why) { ADD_FAILURE() << why; });
    if (!opened) throw std::runtime_error(opened.error());
    store_ = std::move(*opened);
    policy::StaffMember officer;
    officer.id = "st_1";
    officer.sign_in = "imogen";
    officer.roles = {policy::Role::ig_lead};
    if (!*run(store_->put_staff(officer, policy::StaffNote{"st_0", "added", kNow}, false))) throw std::runtime_error("no officer");
    auto entry = entry_for(1);
    entry.outcome = policy::Outcome::refer;
    const auto written = run(store_->commit(run(store_->evidence(about_anna()))->token, entry));
    if (!written || written->kind != policy::Committed::Kind::written) throw std::runtime_error("no request");
  }
  policy::Token token() { return run(store_->evidence(about_anna()))->token; }
  std::uint64_t entries() { return run(store_->health())->log_size; }
  static policy::Settlement approval() {
    policy::Settlement out;
    out.request_id = "req-1";
    out.role = policy::Role::ig_lead;
    out.verdict.word = "released";
    out.verdict.staff = "st_1";
    out.verdict.rationale = "a conspicuous reason";
    out.verdict.items = {"0000000000000001"};
    out.verdict.content_sha256 = std::string(64, 'c');
    out.verdict.at = kNow + 60s;
    out.decision_json = "{}";
    out.pack_sha256 = kPack;
    out.outcome = policy::Outcome::partial;
    out.release = release_for(1);
    return out;
  }
  RequestState state() { return (**run(store_->request("req-1", "kent-mash"))).state; }
  Folder folder_;
  std::unique_ptr<adapters::SqliteStore> store_;
};

TEST_F(SqliteDesk, ARequestThatWaitsIsInTheQueueAndOpensForSomebodyWithTheLookOnTheLog) {
  const auto waiting = run(store_->waiting(10, ""));
  ASSERT_EQ(waiting->size(), 1u);
  EXPECT_EQ(waiting->front().status.id, "req-1");
  EXPECT_EQ(waiting->front().outcome, "refer");
  const auto before = entries();
  const auto opened = run(store_->open_request("req-1", "st_1", kNow));
  ASSERT_TRUE(opened && *opened);
  EXPECT_EQ((**opened).request_json, entry_for(1).request_json);
  EXPECT_EQ(entries(), before + 1);
  EXPECT_FALSE(*run(store_->open_request("req-9", "st_1", kNow)));
  EXPECT_EQ(entries(), before + 1);
}

TEST_F(SqliteDesk, AnApprovalReleasesOnceAndIsKeptWithItsReason) {
  const auto before = entries();
  EXPECT_EQ(run(store_->settle_by_person(token(), approval())), Desk::Settled::done);
  EXPECT_EQ(entries(), before + 1);
  EXPECT_EQ(state(), RequestState::released);
  EXPECT_TRUE(run(store_->waiting(10, ""))->empty());
  EXPECT_EQ(run(store_->settle_by_person(token(), approval())), Desk::Settled::over) << "used twice";
  EXPECT_EQ(entries(), before + 1);
  const auto verdicts = (**run(store_->open_request("req-1", "st_1", kNow))).verdicts;
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].rationale, "a conspicuous reason");
  EXPECT_EQ(verdicts[0].staff, "st_1");
  EXPECT_EQ(verdicts[0].items, approval().verdict.items);
}

TEST_F(SqliteDesk, ADecisionIsOpenedWholeWithWhoSettledItAndTheEntryThatSaysSo) {
  const auto entry = entry_for(1);
  auto opened = **run(store_->open_request("req-1", "st_1", kNow, policy::Look::record_read));
  EXPECT_EQ(opened.case_json, entry.case_json);
  EXPECT_EQ(opened.decision_json, entry.decision_json);
  EXPECT_EQ(opened.pack_sha256, entry.pack_sha256);
  EXPECT_EQ(opened.decided, entry.received);
  EXPECT_TRUE(opened.status.release_id.empty());
  EXPECT_EQ(opened.last_index, opened.log_index);
  EXPECT_NE(opened.last_entry.find("\"decision\""), std::string::npos) << opened.last_entry;
  auto settlement = approval();
  settlement.decision_json = R"({"outcome":"partial"})";
  ASSERT_EQ(run(store_->settle_by_person(token(), settlement)), Desk::Settled::done);
  opened = **run(store_->open_request("req-1", "st_1", kNow + 70s, policy::Look::record_exported));
  ASSERT_EQ(opened.verdicts.size(), 1u);
  EXPECT_EQ(opened.verdicts[0].role, policy::Role::ig_lead);
  EXPECT_EQ(opened.verdicts[0].decision_json, settlement.decision_json);
  EXPECT_EQ(opened.verdicts[0].log_index, opened.status.log_index);
  EXPECT_EQ(opened.status.release_id, settlement.release->release_id);
  EXPECT_EQ(opened.status.release_expires, settlement.release->expires);
  EXPECT_EQ(opened.recipient_keyid, settlement.release->recipient_keyid);
  EXPECT_EQ(opened.package_sha256, settlement.release->sha256);
  EXPECT_EQ(opened.last_index, opened.status.log_index);
  EXPECT_NE(opened.last_entry.find("\"release\""), std::string::npos) << opened.last_entry;
}

TEST_F(SqliteDesk, WhatAPersonRefusedNamesTheirEntryAndALookSaysWhatItWasFor) {
  auto refusal = approval();
  refusal.verdict.word = "refused";
  refusal.verdict.items.clear();
  refusal.release.reset();
  refusal.role = policy::Role::dpo;
  ASSERT_EQ(run(store_->settle_by_person(token(), refusal)), Desk::Settled::done);
  const auto opened = **run(store_->open_request("req-1", "st_1", kNow + 70s, policy::Look::record_exported));
  ASSERT_TRUE(opened.verdicts.at(0).log_index);
  EXPECT_GT(*opened.verdicts[0].log_index, opened.log_index);
  EXPECT_EQ(opened.verdicts[0].role, policy::Role::dpo);
  EXPECT_EQ(opened.last_index, *opened.verdicts[0].log_index);
  auto admin = adapters::Admin::open(settings_in(folder_.path()));
  ASSERT_TRUE(admin);
  const auto last = entries() - 1;
  const auto detail = admin->log_detail(last);
  ASSERT_TRUE(detail) << detail.error();
  EXPECT_NE(detail->find("record_exported"), std::string::npos) << *detail;
}

TEST_F(SqliteDesk, WhatChangedSinceTheEvidenceWasReadStopsIt) {
  const auto read = token();
  auto admin = adapters::Admin::open(settings_in(folder_.path()));
  ASSERT_TRUE(admin);
  auto consent = consent_of("P-1");
  consent.consent.withdrawn = policy::read_date("2026-11-22");
  ASSERT_TRUE(admin->put(consent));
  const auto before = entries();
  EXPECT_EQ(run(store_->settle_by_person(read, approval())), Desk::Settled::stale);
  EXPECT_EQ(state(), RequestState::waiting);
  EXPECT_EQ(entries(), before) << "a stale approval left something";
  auto other_pack = approval();
  other_pack.pack_sha256 = std::string(64, 'b');
  EXPECT_EQ(run(store_->settle_by_person(token(), other_pack)), Desk::Settled::stale);
}

TEST_F(SqliteDesk, AnApprovalIsForTheAgencyAndThePersonThatWereAskedAbout) {
  auto another = run(store_->evidence(about_anna("kent-housing")))->token;
  EXPECT_EQ(run(store_->settle_by_person(another, approval())), Desk::Settled::over);
  auto nobody = token();
  nobody.person.clear();
  EXPECT_EQ(run(store_->settle_by_person(nobody, approval())), Desk::Settled::over);
  auto without = approval();
  without.release.reset();
  EXPECT_EQ(run(store_->settle_by_person(token(), without)), Desk::Settled::over) << "released, and nothing to give";
  EXPECT_EQ(state(), RequestState::waiting);
}

TEST_F(SqliteDesk, WhatAPartnerIsAskedForIsInItsStatusUntilItsAnswerComesBackToTheQueue) {
  auto question = approval();
  question.verdict.word = "asked";
  question.release.reset();
  EXPECT_EQ(run(store_->settle_by_person(token(), question)), Desk::Settled::over) << "asked for nothing";
  question.wanted = {policy::Statement::why_necessary, policy::Statement::statutory_power};
  const auto before = entries();
  EXPECT_EQ(run(store_->settle_by_person(token(), question)), Desk::Settled::done);
  EXPECT_EQ(entries(), before + 1);
  EXPECT_EQ(state(), RequestState::waiting);
  const auto status = **run(store_->request("req-1", "kent-mash"));
  EXPECT_EQ(status.wanted, question.wanted);
  EXPECT_EQ(run(store_->waiting(10, ""))->front().status.wanted, question.wanted);
  EXPECT_TRUE(run(store_->waiting(10, ""))->front().settled_by_person);
  auto answer = entry_for(2);
  answer.follows = "req-1";
  ASSERT_EQ(run(store_->commit(token(), answer))->kind, policy::Committed::Kind::written);
  EXPECT_TRUE((**run(store_->request("req-1", "kent-mash"))).wanted.empty());
  const auto waiting = run(store_->waiting(10, ""));
  ASSERT_EQ(waiting->size(), 2u);
  for (const auto& one : *waiting) {
    EXPECT_EQ(one.completed, one.status.id == "req-1");
    EXPECT_EQ(one.completes, one.status.id == "req-2");
  }
  EXPECT_EQ((**run(store_->open_request("req-2", "st_1", kNow))).follows, "req-1");
  auto other = entry_for(3);
  other.follows = "req-2";
  other.agency = "kent-housing";
  ASSERT_EQ(run(store_->settle_by_person(token(), question)), Desk::Settled::done);
  EXPECT_EQ(run(store_->commit(run(store_->evidence(about_anna("kent-housing")))->token, other))->kind, policy::Committed::Kind::written);
  for (const auto& one : *run(store_->waiting(10, ""))) EXPECT_EQ(one.completed, one.status.id == "req-1") << "another agency's request completes nothing here";
}

TEST_F(SqliteDesk, AnEmergencyOfOursIsInTheQueueFromItsOwnCommitOnUntilSomebodyHasLooked) {
  auto emergency = entry_for(2);
  emergency.release = release_for(2);
  emergency.outcome = policy::Outcome::release;
  emergency.review_words = "Our own emergency, sent by somebody: a conspicuous line";
  ASSERT_EQ(run(store_->commit(token(), emergency))->kind, policy::Committed::Kind::written);
  const auto in_queue = [&] {
    for (const auto& one : *run(store_->waiting(10, "")))
      if (one.status.id == "req-2") return one.status.review_asked;
    return false;
  };
  EXPECT_TRUE(in_queue());
  const auto opened = **run(store_->open_request("req-2", "st_1", kNow));
  ASSERT_EQ(opened.reviews.size(), 1u);
  EXPECT_EQ(opened.reviews[0].words, emergency.review_words);
  auto looked = approval();
  looked.request_id = "req-2";
  looked.from = RequestState::released;
  looked.verdict.word = "refused";
  looked.release.reset();
  ASSERT_EQ(run(store_->settle_by_person(token(), looked)), Desk::Settled::done);
  EXPECT_FALSE(in_queue());
}

TEST_F(SqliteDesk, ARefusalIsWrittenDownAndSaysNothingToThePartnerYet) {
  auto refusal = approval();
  refusal.verdict.word = "refused";
  refusal.release.reset();
  const auto before = entries();
  EXPECT_EQ(run(store_->settle_by_person(token(), refusal)), Desk::Settled::done);
  EXPECT_EQ(state(), RequestState::waiting);
  EXPECT_TRUE(run(store_->waiting(10, ""))->front().refused);
  EXPECT_EQ(entries(), before + 1);
}

TEST_F(SqliteDesk, WhatWaitsTooLongIsPagedOnceMoreAndOnlyOnce) {
  EXPECT_TRUE(run(store_->pages_due(10))->empty());
  EXPECT_TRUE(*run(store_->escalate("req-1", kNow + 3600s)));
  EXPECT_EQ(*run(store_->pages_due(10)), std::vector<std::string>{"req-1"});
  EXPECT_TRUE(run(store_->waiting(10, ""))->front().escalated);
  EXPECT_TRUE(*run(store_->paged("req-1", kNow + 3601s)));
  EXPECT_FALSE(*run(store_->escalate("req-1", kNow + 7200s)));
  EXPECT_TRUE(run(store_->pages_due(10))->empty());
  EXPECT_FALSE(*run(store_->escalate("req-9", kNow)));
}

policy::Call review_call(int number, policy::Instant at) {
  policy::Call out;
  out.agency = "kent-mash";
  out.agency_version = 1;
  out.keyid = "kent-mash/sig-1";
  out.nonce = "review-nonce-" + std::to_string(number);
  out.nonce_expires = at + 600s;
  out.idempotency_key = "review-key-" + std::to_string(number);
  out.body_sha256 = std::string(64, 'd');
  out.at = at;
  return out;
}

TEST_F(SqliteDesk, WhatAPartnerWritesWhenItAsksForAnotherLookReachesAPersonAlsoAfterAReleaseInPart) {
  ASSERT_EQ(run(store_->settle_by_person(token(), approval())), Desk::Settled::done);
  EXPECT_TRUE(run(store_->waiting(10, ""))->empty());
  auto call = review_call(1, kNow + 120s);
  call.agency_version = token().agency_version;
  ASSERT_EQ(run(store_->ask_review("req-1", "Her uncle has moved in again.", call)).value(), policy::Called::done);
  const auto waiting = run(store_->waiting(10, ""));
  ASSERT_EQ(waiting->size(), 1u) << "a warning that nobody is shown";
  EXPECT_TRUE(waiting->front().status.review_asked);
  EXPECT_FALSE(waiting->front().settled_by_person) << "what was said before the review is no answer to it";
  const auto opened = run(store_->open_request("req-1", "st_1", kNow + 130s));
  ASSERT_TRUE(opened && *opened);
  ASSERT_EQ((**opened).reviews.size(), 1u);
  EXPECT_EQ((**opened).reviews[0].words, "Her uncle has moved in again.");
  EXPECT_EQ((**opened).reviews[0].at, kNow + 120s);
  EXPECT_TRUE(*run(store_->escalate("req-1", kNow + 130s)));
  EXPECT_EQ(*run(store_->pages_due(10)), std::vector<std::string>{"req-1"});

  auto looked = approval();
  looked.from = RequestState::released;
  looked.verdict.word = "refused";
  looked.verdict.at = kNow + 300s;
  looked.release.reset();
  ASSERT_EQ(run(store_->settle_by_person(token(), looked)), Desk::Settled::done);
  EXPECT_TRUE(run(store_->waiting(10, ""))->empty()) << "answered, and still in front of what waits";
  EXPECT_EQ(state(), RequestState::released);

  auto once_more = review_call(2, kNow + 400s);
  once_more.agency_version = token().agency_version;
  ASSERT_EQ(run(store_->ask_review("req-1", "And the school has heard from him.", once_more)).value(), policy::Called::done);
  ASSERT_EQ(run(store_->waiting(10, ""))->size(), 1u);
  EXPECT_FALSE(run(store_->waiting(10, ""))->front().escalated) << "the lead is told of the new words too";
}

TEST_F(SqliteDesk, ADeclinedRequestThatAPersonHasLookedAtAgainLeavesTheQueue) {
  policy::Transition declined;
  declined.request_id = "req-1";
  declined.at = kNow + 72h;
  declined.why = "answer_due";
  ASSERT_TRUE(run(store_->settle(declined)).value());
  auto call = review_call(1, kNow + 73h);
  call.agency_version = token().agency_version;
  ASSERT_EQ(run(store_->ask_review("req-1", "Please look again.", call)).value(), policy::Called::done);
  ASSERT_EQ(run(store_->waiting(10, ""))->size(), 1u);
  auto refusal = approval();
  refusal.from = RequestState::declined;
  refusal.verdict.word = "refused";
  refusal.verdict.at = kNow + 74h;
  refusal.release.reset();
  ASSERT_EQ(run(store_->settle_by_person(token(), refusal)), Desk::Settled::done);
  EXPECT_TRUE(run(store_->waiting(10, ""))->empty()) << "five hundred of these would hide everything that waits";
}

TEST_F(SqliteDesk, AReasonLiesNowhereInTheClear) {
  ASSERT_EQ(run(store_->settle_by_person(token(), approval())), Desk::Settled::done);
  store_.reset();
  for (const char* name : {"/gatehouse.db", "/gatehouse.db-wal"}) {
    std::ifstream in(folder_.path() + name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(bytes.find("conspicuous"), std::string::npos) << name;
  }
}

struct Lists {
  std::size_t waiting = 0, decided = 0, counted = 0, late = 0;
  bool operator==(const Lists&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Lists& lists) {
  return out << lists.waiting << " waiting, " << lists.decided << " decided, " << lists.counted << " counted, " << lists.late << " late";
}
Lists seen_by(adapters::SqliteStore& store, const std::string& looker) {
  policy::DecidedQuery query;
  query.from = kNow;
  query.until = kNow + 1s;
  query.looker = looker;
  Lists out;
  out.waiting = run(store.waiting(10, looker))->size();
  out.decided = run(store.decided(query))->size();
  for (const auto& one : *run(store.counts(kNow, kNow + 1s, kNow + 1000h, looker))) {
    out.counted += one.count;
    out.late += one.late;
  }
  return out;
}
adapters::RelationInput uncle_of(const std::string& person) {
  adapters::RelationInput out;
  out.person_ref = person;
  out.names = {{"Wilfred", "Danger", "current"}};
  out.relation = "uncle";
  out.alleged_perpetrator = true;
  return out;
}

TEST_F(SqliteDesk, WhoIsOnTheFileAsADangerFindsItInNoListAndNoCountFromThenOn) {
  auto admin = adapters::Admin::open(settings_in(folder_.path()));
  ASSERT_TRUE(admin);
  const Lists all = {1, 1, 1, 1}, none = {0, 0, 0, 0};
  for (const char* name : {"", "Wilfred Danger", "Sophie Helper"}) EXPECT_EQ(seen_by(*store_, name), all) << name;
  ASSERT_TRUE(admin->put(uncle_of("P-1")));
  for (const char* name : {"Wilfred Danger", "DANGER, Wilfred", "W. Danger", "Wilfrid Danger"}) EXPECT_EQ(seen_by(*store_, name), none) << name;
  for (const char* name : {"", "Sophie Helper", "Ursula Danger"}) EXPECT_EQ(seen_by(*store_, name), all) << name;
  // Somebody else's request stays where it was.
  auto other = entry_for(2);
  auto about_ben = about_anna();
  about_ben.locator = {};
  about_ben.locator.given_name = "Ben";
  about_ben.locator.family_name = "Fictional";
  about_ben.locator.date_of_birth = "2009-08-07";
  ASSERT_EQ(run(store_->commit(run(store_->evidence(about_ben))->token, other))->kind, policy::Committed::Kind::written);
  EXPECT_EQ(seen_by(*store_, "Wilfred Danger"), (Lists{other.release ? 0u : 1u, 1, 1, other.release ? 0u : 1u}));
  EXPECT_EQ(seen_by(*store_, "Sophie Helper").decided, 2u);
  // It was a mistake: he only works there. The file says so, and with that he has the work of it again.
  auto corrected = uncle_of("P-1");
  corrected.role = "professional";
  corrected.alleged_perpetrator = false;
  ASSERT_TRUE(admin->put(corrected));
  EXPECT_EQ(seen_by(*store_, "Wilfred Danger").decided, 2u);
}

TEST_F(SqliteDesk, WhatMayBeAboutOneOfTwoPeopleIsHiddenFromWhoIsCloseToEither) {
  auto admin = adapters::Admin::open(settings_in(folder_.path()));
  ASSERT_TRUE(admin);
  auto vague = about_anna();
  vague.locator.nhs_number.clear();
  const auto evidence = run(store_->evidence(vague));
  ASSERT_EQ(evidence->matched, policy::Matched::candidates);
  ASSERT_EQ(run(store_->commit(evidence->token, entry_for(2)))->kind, policy::Committed::Kind::written);
  EXPECT_EQ(seen_by(*store_, "Wilfred Danger").decided, 2u);
  ASSERT_TRUE(admin->put(uncle_of("P-1")));
  EXPECT_EQ(seen_by(*store_, "Wilfred Danger").decided, 0u);
  EXPECT_EQ(seen_by(*store_, "Sophie Helper").decided, 2u);
}

TEST_F(SqliteDesk, WhatWasAboutNobodyIsHiddenFromWhoIsCloseToThePersonWhoseFileIsAddedAfterwards) {
  auto admin = adapters::Admin::open(settings_in(folder_.path()));
  ASSERT_TRUE(admin);
  auto unknown = about_anna();
  unknown.locator = {};
  unknown.locator.given_name = "Cleo";
  unknown.locator.family_name = "Invented";
  unknown.locator.date_of_birth = "2012-03-04";
  const auto evidence = run(store_->evidence(unknown));
  ASSERT_EQ(evidence->matched, policy::Matched::nobody);
  ASSERT_EQ(run(store_->commit(evidence->token, entry_for(2)))->kind, policy::Committed::Kind::written);
  adapters::PersonInput cleo;
  cleo.ref = "P-77";
  cleo.names = {{"Cleo", "Invented", "current"}};
  cleo.date_of_birth = "2012-03-04";
  ASSERT_TRUE(admin->put(cleo));
  EXPECT_EQ(seen_by(*store_, "Wilfred Danger").decided, 2u);
  ASSERT_TRUE(admin->put(uncle_of("P-77")));
  EXPECT_EQ(seen_by(*store_, "Wilfred Danger"), (Lists{1, 1, 1, 1}));
  EXPECT_EQ(seen_by(*store_, "Sophie Helper").decided, 2u);
}

}  // namespace
}  // namespace gatehouse::tests
