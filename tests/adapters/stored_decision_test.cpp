// What staff see of a decision, and that looking leaves a trace.
#include "adapters/sqlite/stored_decision.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crypto/log/tree.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using nlohmann::json;

class StoredDecisions : public testing::Test {
 protected:
  StoredDecisions() {
    furnish(folder_.path());
    settings_ = settings_in(folder_.path());
    auto store = adapters::SqliteStore::open(settings_, [](const std::string& why) { ADD_FAILURE() << why; });
    if (!store) throw std::runtime_error(store.error());
    store_ = std::move(*store);
  }
  std::uint64_t commit(policy::Entry entry, policy::EvidenceQuery query = about_anna()) {
    auto token = run(store_->evidence(std::move(query)))->token;
    const auto done = run(store_->commit(std::move(token), std::move(entry))).value();
    EXPECT_EQ(done.kind, policy::Committed::Kind::written);
    return done.log_index;
  }
  std::vector<adapters::Admin::LogRow> rows() {
    auto admin = adapters::Admin::open(settings_);
    EXPECT_TRUE(admin);
    return admin->log_rows(0, 100000).value();
  }
  Folder folder_;
  adapters::SqliteSettings settings_;
  std::unique_ptr<adapters::SqliteStore> store_;
};

TEST_F(StoredDecisions, ARequestIsShownAsItWasDecidedWithItsReleaseAndItsPlaceInTheLog) {
  auto entry = entry_for(1);
  entry.release = release_for(1);
  const auto case_json = entry.case_json, decision_json = entry.decision_json, release_id = entry.release->release_id;
  const auto index = commit(entry);
  const auto read = adapters::read_decision(settings_, "req-1", "staff-ig", kNow);
  ASSERT_TRUE(read) << read.error();
  ASSERT_TRUE(*read);
  EXPECT_EQ((*read)->case_json, case_json);
  EXPECT_EQ((*read)->decision_json, decision_json);
  EXPECT_EQ((*read)->agency, "kent-mash");
  EXPECT_EQ((*read)->state, policy::RequestState::released);
  EXPECT_EQ((*read)->log_index, index);
  EXPECT_EQ((*read)->release_id, release_id);
  EXPECT_EQ((*read)->release_log_index, index);
}

TEST_F(StoredDecisions, WhatWasNotReleasedIsShownWithoutARelease) {
  commit(entry_for(1));
  const auto read = adapters::read_decision(settings_, "req-1", "staff-ig", kNow);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ((*read)->release_id, "");
  EXPECT_EQ((*read)->state, policy::RequestState::waiting);
}

TEST_F(StoredDecisions, ARequestAboutNobodyIsOpenedWithItsOwnKey) {
  auto query = about_anna();
  query.locator.nhs_number = "4010232137";
  commit(entry_for(1), query);
  const auto read = adapters::read_decision(settings_, "req-1", "staff-ig", kNow);
  ASSERT_TRUE(read) << read.error();
  ASSERT_TRUE(*read);
  EXPECT_FALSE((*read)->decision_json.empty());
}

TEST_F(StoredDecisions, EachLookIsAnEntryOfTheLogThatSaysWhoAndNamesNobodyInTheClear) {
  commit(entry_for(1));
  const auto before = rows().size();
  ASSERT_TRUE(adapters::read_decision(settings_, "req-1", "staff-ig", kNow));
  const auto after = rows();
  ASSERT_EQ(after.size(), before + 1);
  const json look = json::parse(after.back().entry);
  EXPECT_EQ(look["kind"], "access");
  EXPECT_EQ(after.back().entry.find("staff-ig"), std::string::npos);
  EXPECT_EQ(after.back().entry.find("req-1"), std::string::npos);
  const auto leaf = crypto::log::leaf_hash(after.back().entry);
  EXPECT_EQ(after.back().leaf, std::string(leaf.begin(), leaf.end()));
  auto admin = adapters::Admin::open(settings_);
  ASSERT_TRUE(admin);
  EXPECT_NE(admin->log_detail(before, "staff").value().find("staff-ig"), std::string::npos);
  EXPECT_NE(admin->log_detail(before).value().find("req-1"), std::string::npos);
  commit(entry_for(2));  // the gateway goes on after another process has appended
  EXPECT_EQ(rows().size(), before + 2);
}

TEST_F(StoredDecisions, ARequestThatNeverWasIsNothingAndLeavesNoEntry) {
  const auto before = rows().size();
  const auto read = adapters::read_decision(settings_, "req-never", "staff-ig", kNow);
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
  EXPECT_EQ(rows().size(), before);
}

TEST_F(StoredDecisions, AllOfThemAreWalkedInOrderAndTheLookIsLoggedOnce) {
  commit(entry_for(1));
  auto nobody = about_anna();
  nobody.locator.nhs_number = "4010232137";
  commit(entry_for(2), nobody);
  const auto before = rows().size();
  std::vector<std::string> ids;
  const auto walked = adapters::each_decision(settings_, "staff-ig", kNow, [&](const std::string& id, const std::string& question, const std::string& decision) {
    ids.push_back(id);
    EXPECT_EQ(question, entry_for(1).case_json);
    EXPECT_EQ(decision, entry_for(1).decision_json);
  });
  ASSERT_TRUE(walked) << walked.error();
  EXPECT_EQ(ids, (std::vector<std::string>{"req-1", "req-2"}));
  EXPECT_EQ(walked->opened, 2u);
  EXPECT_EQ(walked->shredded, 0u);
  EXPECT_EQ(rows().size(), before + 1);
  auto admin = adapters::Admin::open(settings_);
  EXPECT_NE(admin->log_detail(before, "staff").value().find("staff-ig"), std::string::npos);
  EXPECT_NE(admin->log_detail(before).value().find("decisions_replayed"), std::string::npos);
}

TEST_F(StoredDecisions, WhoseKeyWasDestroyedIsCountedAndLeftOut) {
  commit(entry_for(1));
  auto nobody = about_anna();
  nobody.locator.nhs_number = "4010232137";
  commit(entry_for(2), nobody);
  store_.reset();
  {
    auto admin = adapters::Admin::open(settings_);
    ASSERT_TRUE(admin);
    const auto gone = admin->shred("P-1", "Officer One", "Officer Two", kNow);
    ASSERT_TRUE(gone) << gone.error().text();
  }
  std::vector<std::string> ids;
  const auto walked = adapters::each_decision(settings_, "staff-ig", kNow, [&](const std::string& id, const std::string&, const std::string&) { ids.push_back(id); });
  ASSERT_TRUE(walked) << walked.error();
  EXPECT_EQ(ids, std::vector<std::string>{"req-2"});
  EXPECT_EQ(walked->shredded, 1u);
}

TEST_F(StoredDecisions, TheNewestRequestsAreListedFirstWithoutAnythingSealed) {
  commit(entry_for(1));
  commit(entry_for(2));
  const auto lines = adapters::read_requests(settings_, 1);
  ASSERT_TRUE(lines) << lines.error();
  ASSERT_EQ(lines->size(), 1u);
  EXPECT_EQ((*lines)[0].id, "req-2");
  EXPECT_EQ((*lines)[0].agency, "kent-mash");
}

}  // namespace
}  // namespace gatehouse::tests
