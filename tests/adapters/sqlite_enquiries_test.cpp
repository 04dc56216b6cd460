// Questions without names: kept sealed, answered once, seen by their author alone, deleted in time; and what somebody keyed in and told.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/sqlite/database.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using policy::Called;
using policy::EnquiryEnd;
using policy::EnquiryWay;

class SqliteEnquiries : public testing::Test {
 protected:
  SqliteEnquiries() {
    furnish(folder_.path());
    open();
    for (const char* name : {"wren", "robin"}) {
      policy::StaffMember one;
      one.id = std::string("st_") + name;
      one.sign_in = name;
      one.roles = {policy::Role::worker};
      if (!*run(store_->put_staff(one, policy::StaffNote{"st_0", "added", kNow}, false))) throw std::runtime_error("no staff");
    }
  }
  void open() {
    auto opened = adapters::SqliteStore::open(settings_in(folder_.path()), [](const std::string& why) { ADD_FAILURE() << why; });
    if (!opened) throw std::runtime_error(opened.error());
    store_ = std::move(*opened);
  }
  static policy::Enquiry question(const std::string& id, EnquiryWay way = EnquiryWay::partner) {
    policy::Enquiry out;
    out.id = id;
    out.author = "st_wren";
    out.way = way;
    if (way == EnquiryWay::partner || way == EnquiryWay::phone) out.agency = "kent-mash";
    if (way == EnquiryWay::colleague) out.colleague = "st_robin";
    out.text = "a conspicuous question";
    out.asked = kNow;
    out.answer_by = kNow + 7200s;
    out.pack_sha256 = kPack;
    return out;
  }
  policy::Call call(int number) {
    const auto directory = run(store_->directory());
    policy::Call out;
    out.agency = "kent-mash";
    for (const auto& agency : directory->agencies)
      if (agency.id == out.agency) out.agency_version = agency.version;
    out.keyid = "kent-mash/sig-1";
    out.nonce = "nonce" + std::to_string(number);
    out.nonce_expires = kNow + 300s;
    out.idempotency_key = "key" + std::to_string(number);
    out.body_sha256 = std::string(64, 'b');
    out.at = kNow + 60s;
    return out;
  }
  std::uint64_t entries() { return run(store_->health())->log_size; }
  policy::Enquiry mine(const std::string& id) { return **run(store_->enquiry(id, "st_wren")); }
  Folder folder_;
  std::unique_ptr<adapters::SqliteStore> store_;
};

TEST_F(SqliteEnquiries, AQuestionGoesToItsPartnerAndTheAnswerComesBackToItsAuthorAlone) {
  const auto before = entries();
  EXPECT_TRUE(*run(store_->ask_enquiry(question("eq_1"))));
  EXPECT_FALSE(*run(store_->ask_enquiry(question("eq_1")))) << "a second press asked twice";
  EXPECT_EQ(entries(), before + 1);
  ASSERT_EQ(run(store_->enquiries_for("kent-mash", 10))->size(), 1u);
  EXPECT_TRUE(run(store_->enquiries_for("medway-housing", 10))->empty());
  EXPECT_FALSE(*run(store_->enquiry("eq_1", "st_robin"))) << "somebody else sees it";
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "Ask her first.", call(1))), Called::done);
  EXPECT_EQ(entries(), before + 2);
  EXPECT_TRUE(run(store_->enquiries_for("kent-mash", 10))->empty());
  store_.reset();
  open();
  EXPECT_EQ(mine("eq_1").text, "a conspicuous question");
  EXPECT_EQ(mine("eq_1").answer, "Ask her first.");
  EXPECT_EQ(mine("eq_1").answered, kNow + 60s);
  EXPECT_EQ(mine("eq_1").answered_by, "");
}

TEST_F(SqliteEnquiries, AnAnswerIsTakenOnceFromItsPartnerAlone) {
  ASSERT_TRUE(*run(store_->ask_enquiry(question("eq_1"))));
  ASSERT_TRUE(*run(store_->ask_enquiry(question("eq_2"))));
  auto other = call(1);
  other.agency = "medway-housing";
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "no", other)), Called::no_such_request);
  EXPECT_EQ(run(store_->answer_enquiry("eq_9", "no", call(2))), Called::no_such_request);
  auto old = call(3);
  old.agency_version += 1;
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "no", old)), Called::stale);
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "yes", call(4))), Called::done);
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "yes", call(4))), Called::nonce_seen);
  auto again = call(4);
  again.nonce = "another";
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "yes", again)), Called::again);
  again.nonce = "a third";
  again.body_sha256 = std::string(64, 'c');
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "yes", again)), Called::key_reused);
  again.nonce = "a fourth";
  again.body_sha256 = std::string(64, 'b');
  EXPECT_EQ(run(store_->answer_enquiry("eq_2", "yes", again)), Called::key_reused);
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "more", call(5))), Called::conflict);
  EXPECT_EQ(mine("eq_1").answer, "yes");
  EXPECT_EQ(mine("eq_2").answer, "");
  EXPECT_EQ(run(store_->answer_enquiry("eq_2", "yes", call(3))), Called::done) << "a call that changed nothing used up its nonce";
}

TEST_F(SqliteEnquiries, AColleagueAnswersWhatWasPutToThemAndTheAuthorNotesWhatWasSaidByTelephone) {
  ASSERT_TRUE(*run(store_->ask_enquiry(question("eq_c", EnquiryWay::colleague))));
  ASSERT_TRUE(*run(store_->ask_enquiry(question("eq_p", EnquiryWay::phone))));
  EXPECT_TRUE(run(store_->enquiries_for("kent-mash", 10))->empty()) << "what is asked by telephone is on nobody's list";
  EXPECT_EQ(run(store_->enquiries_of("st_robin"))->size(), 1u);
  EXPECT_EQ(run(store_->enquiries_of("st_wren"))->size(), 2u);
  EXPECT_FALSE(*run(store_->note_answer("eq_c", "st_wren", "I answer myself", kNow)));
  EXPECT_TRUE(*run(store_->note_answer("eq_c", "st_robin", "Ask the lead.", kNow)));
  EXPECT_FALSE(*run(store_->note_answer("eq_c", "st_robin", "Another.", kNow)));
  EXPECT_FALSE(*run(store_->note_answer("eq_p", "st_robin", "Not mine.", kNow)));
  EXPECT_TRUE(*run(store_->note_answer("eq_p", "st_wren", "They said refer.", kNow)));
  EXPECT_EQ(mine("eq_c").answered_by, "st_robin");
}

TEST_F(SqliteEnquiries, TheTextIsDeletedThirtyDaysAfterItEndedAndNothingOfItIsLeftOnTheDisk) {
  ASSERT_TRUE(*run(store_->ask_enquiry(question("eq_1"))));
  ASSERT_TRUE(*run(store_->ask_enquiry(question("eq_2"))));
  EXPECT_FALSE(*run(store_->end_enquiry("eq_1", "st_robin", EnquiryEnd::saved, kNow)));
  EXPECT_FALSE(*run(store_->end_enquiry("eq_1", "st_wren", EnquiryEnd::seen, kNow)));
  EXPECT_TRUE(*run(store_->end_enquiry("eq_1", "st_wren", EnquiryEnd::saved, kNow)));
  EXPECT_FALSE(*run(store_->end_enquiry("eq_1", "st_wren", EnquiryEnd::nothing_to_keep, kNow + 60s))) << "the clock was set back";
  EXPECT_EQ(*run(store_->delete_enquiry_texts(kNow - 1s)), 0u);
  EXPECT_EQ(mine("eq_1").text, "a conspicuous question");
  EXPECT_EQ(*run(store_->delete_enquiry_texts(kNow)), 1u);
  EXPECT_EQ(*run(store_->delete_enquiry_texts(kNow)), 0u);
  EXPECT_TRUE(mine("eq_1").deleted);
  EXPECT_EQ(mine("eq_1").text, "");
  EXPECT_EQ(mine("eq_1").end, EnquiryEnd::saved);
  EXPECT_EQ(mine("eq_2").text, "a conspicuous question") << "what has not ended stays";
  EXPECT_FALSE(*run(store_->note_answer("eq_1", "st_wren", "late", kNow)));
  EXPECT_EQ(run(store_->answer_enquiry("eq_1", "late", call(1))), Called::conflict);
}

TEST_F(SqliteEnquiries, WhoSaysThatSomebodyCouldBeHurtIsPagedForOnceAndSeenByALead) {
  ASSERT_TRUE(*run(store_->ask_enquiry(question("eq_d", EnquiryWay::danger))));
  EXPECT_EQ(*run(store_->pages_due(10)), std::vector<std::string>{"eq_d"});
  EXPECT_TRUE(*run(store_->paged("eq_d", kNow)));
  EXPECT_FALSE(*run(store_->paged("eq_d", kNow)));
  EXPECT_TRUE(run(store_->pages_due(10))->empty());
  EXPECT_EQ(run(store_->dangers())->size(), 1u) << "paged is not seen";
  EXPECT_TRUE(run(store_->enquiries_of("st_wren"))->empty());
  const auto before = entries();
  EXPECT_FALSE(*run(store_->end_enquiry("eq_d", "st_robin", EnquiryEnd::nothing_to_keep, kNow)));
  EXPECT_TRUE(*run(store_->end_enquiry("eq_d", "st_robin", EnquiryEnd::seen, kNow)));
  EXPECT_EQ(entries(), before + 1);
  EXPECT_TRUE(run(store_->dangers())->empty());
}

TEST_F(SqliteEnquiries, NothingIsWrittenInTheClearAndNoColumnPointsToACase) {
  ASSERT_TRUE(*run(store_->ask_enquiry(question("eq_1"))));
  ASSERT_TRUE(*run(store_->note_answer("eq_1", "st_wren", "conspicuous advice", kNow)));
  store_.reset();
  for (const char* ending : {"", "-wal"}) {
    std::ifstream in(settings_in(folder_.path()).database + ending, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(bytes.find("conspicuous"), std::string::npos);
  }
  adapters::Database database(settings_in(folder_.path()).database, adapters::Database::Mode::read, 1000);
  adapters::Statement points(database.handle(), "SELECT \"table\" FROM pragma_foreign_key_list('enquiry') WHERE \"table\" NOT IN ('staff', 'agency')");
  EXPECT_FALSE(points.select().next()) << "an enquiry points to something else than staff and agency";
  adapters::Statement of_person(database.handle(), "SELECT 1 FROM log_entry WHERE (person IS NOT NULL OR request IS NOT NULL) AND idx = (SELECT max(idx) FROM log_entry)");
  EXPECT_FALSE(of_person.select().next());
}

TEST_F(SqliteEnquiries, WhatWasDecidedIsListedAndCountedByItsTimeAndKind) {
  ASSERT_EQ(run(store_->commit(run(store_->evidence(about_anna()))->token, entry_for(1)))->kind, policy::Committed::Kind::written);
  ASSERT_EQ(run(store_->commit(run(store_->evidence(about_anna()))->token, entry_for(2)))->kind, policy::Committed::Kind::written);
  const auto one = entry_for(1);
  policy::DecidedQuery query;
  query.from = one.received;
  query.until = one.received + 1s;
  ASSERT_EQ(run(store_->decided(query))->size(), 2u);
  EXPECT_EQ((*run(store_->decided(query)))[0].status.id, "req-2") << "newest first";
  EXPECT_EQ((*run(store_->decided(query)))[0].outcome, policy::text(one.outcome));
  query.limit = 1;
  query.skip = 1;
  ASSERT_EQ(run(store_->decided(query))->size(), 1u);
  EXPECT_EQ((*run(store_->decided(query)))[0].status.id, "req-1");
  query.skip = 0;
  query.limit = 10;
  query.agency = one.agency;
  query.purpose = policy::text(one.purpose);
  EXPECT_EQ(run(store_->decided(query))->size(), 2u);
  query.agency = "nobody";
  EXPECT_TRUE(run(store_->decided(query))->empty());
  query.agency.clear();
  query.outcome = one.outcome == policy::Outcome::withhold ? "release" : "withhold";
  EXPECT_TRUE(run(store_->decided(query))->empty());
  query.outcome.clear();
  query.until = query.from;
  EXPECT_TRUE(run(store_->decided(query))->empty()) << "the end is not included";

  const auto before = *run(store_->counts(one.received, one.received + 1s, one.answer_by - 1s, ""));
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].count, 2u);
  EXPECT_EQ(before[0].late, 0u);
  const auto after = *run(store_->counts(one.received, one.received + 1s, one.answer_by + 1s, ""));
  EXPECT_EQ(after[0].late, after[0].shared == 2 ? 0u : 2u) << "what still waits after the time promised";
  EXPECT_TRUE(run(store_->counts(one.received + 2h, one.received + 3h, one.answer_by, ""))->empty());
  // A person lets one of them go, after its time: shared, and late.
  policy::Settlement approval;
  approval.request_id = "req-1";
  approval.role = policy::Role::ig_lead;
  approval.verdict.word = "released";
  approval.verdict.staff = "st_robin";
  approval.verdict.rationale = "a reason";
  approval.verdict.content_sha256 = std::string(64, 'c');
  approval.verdict.at = one.answer_by + 5s;
  approval.decision_json = "{}";
  approval.pack_sha256 = kPack;
  approval.release = release_for(1);
  approval.release->expires = one.answer_by + 50h;
  ASSERT_EQ(run(store_->settle_by_person(run(store_->evidence(about_anna()))->token, approval)), policy::Desk::Settled::done);
  const auto settled = *run(store_->counts(one.received, one.received + 1s, one.answer_by - 1s, ""));
  ASSERT_EQ(settled.size(), 1u);
  EXPECT_EQ(settled[0].count, 2u);
  EXPECT_EQ(settled[0].shared, after[0].shared + 1);
  EXPECT_EQ(settled[0].late, 1u);
}

TEST_F(SqliteEnquiries, WhatSomebodyKeyedInIsTheirsAndWhatTheyToldIsOnTheLog) {
  auto entry = entry_for(1);
  entry.keyed_in_by = "st_wren";
  entry.keyed_in_json = R"({"way":"phone"})";
  ASSERT_EQ(run(store_->commit(run(store_->evidence(about_anna()))->token, entry))->kind, policy::Committed::Kind::written);
  ASSERT_EQ(run(store_->keyed_in_by("st_wren"))->size(), 1u);
  EXPECT_TRUE(run(store_->keyed_in_by("st_robin"))->empty());
  const auto opened = **run(store_->open_request("req-1", "st_robin", kNow));
  EXPECT_EQ(opened.keyed_in_by, "st_wren");
  EXPECT_EQ(opened.keyed_in_json, R"({"way":"phone"})");
  policy::Told told;
  told.staff = "st_wren";
  told.whom = "the officer";
  told.words = "a conspicuous sentence";
  told.checked = "called_back";
  told.items = {"i-1"};
  told.at = kNow + 60s;
  EXPECT_FALSE(*run(store_->tell("req-1", told))) << "nothing was released";
  policy::Settlement approval;
  approval.request_id = "req-1";
  approval.role = policy::Role::ig_lead;
  approval.verdict.word = "released";
  approval.verdict.staff = "st_robin";
  approval.verdict.rationale = "a reason";
  approval.verdict.content_sha256 = std::string(64, 'c');
  approval.verdict.at = kNow;
  approval.decision_json = "{}";
  approval.pack_sha256 = kPack;
  approval.release = release_for(1);
  ASSERT_EQ(run(store_->settle_by_person(run(store_->evidence(about_anna()))->token, approval)), policy::Desk::Settled::done);
  const auto before = entries();
  EXPECT_TRUE(*run(store_->tell("req-1", told)));
  EXPECT_EQ(entries(), before + 1);
  const auto after = **run(store_->open_request("req-1", "st_robin", kNow));
  ASSERT_EQ(after.told.size(), 1u);
  EXPECT_EQ(after.told[0].words, "a conspicuous sentence");
  EXPECT_EQ(after.told[0].staff, "st_wren");
  told.at = release_for(1).expires;
  EXPECT_FALSE(*run(store_->tell("req-1", told))) << "its days are over";
}

}  // namespace
}  // namespace gatehouse::tests
