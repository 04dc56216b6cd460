// What partners send in: kept sealed, taken once, read by a lead with an entry for each look, passed on as a cut alone, deleted in time.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "adapters/sqlite/database.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using policy::Called;
using policy::InboundEnd;

class SqliteInbound : public testing::Test {
 protected:
  SqliteInbound() {
    furnish(folder_.path());
    open();
    for (const char* name : {"dana", "wren"}) {
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
  static policy::InboundDocument document(const std::string& id) {
    policy::InboundDocument out;
    out.id = id;
    out.format = "docx";
    out.about_json = R"({"why":"a conspicuous reason"})";
    out.original = std::string(2u << 20, 'x') + "a conspicuous file";
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
  Folder folder_;
  std::unique_ptr<adapters::SqliteStore> store_;
};

TEST_F(SqliteInbound, ADocumentIsKeptOnceAndTheLeadIsPagedForIt) {
  const auto before = entries();
  const auto sent = run(store_->send_document(document("dc_1"), call(1)));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->called, Called::done);
  EXPECT_EQ(sent->id, "dc_1");
  EXPECT_EQ(entries(), before + 1);
  EXPECT_EQ(*run(store_->pages_due(10)), std::vector<std::string>{"dc_1"});
  EXPECT_TRUE(*run(store_->paged("dc_1", kNow)));
  EXPECT_FALSE(*run(store_->paged("dc_1", kNow)));
  EXPECT_TRUE(run(store_->pages_due(10))->empty());

  EXPECT_EQ(run(store_->send_document(document("dc_2"), call(1)))->called, Called::nonce_seen);
  auto again = call(1);
  again.nonce = "another";
  EXPECT_EQ(run(store_->send_document(document("dc_2"), again))->called, Called::again);
  again.nonce = "a third";
  EXPECT_EQ(run(store_->send_document(document("dc_2"), again))->id, "dc_1") << "sent again, it is the first one";
  again.nonce = "a fourth";
  again.body_sha256 = std::string(64, 'c');
  EXPECT_EQ(run(store_->send_document(document("dc_2"), again))->called, Called::key_reused);
  auto old = call(2);
  old.agency_version += 1;
  EXPECT_EQ(run(store_->send_document(document("dc_2"), old))->called, Called::stale);
  EXPECT_EQ(run(store_->inbound_open(10))->size(), 1u);
  EXPECT_EQ(run(store_->send_document(document("dc_2"), call(2)))->called, Called::done) << "a call that changed nothing used up its nonce or key";
  ASSERT_EQ(run(store_->inbound_open(10))->size(), 2u);
  EXPECT_EQ(run(store_->inbound_open(1))->size(), 1u);
  EXPECT_EQ(run(store_->inbound_open(10))->front().about_json, R"({"why":"a conspicuous reason"})");
  EXPECT_EQ(run(store_->inbound_open(10))->front().original, "");
  EXPECT_EQ(run(store_->inbound_open(10))->front().agency, "kent-mash");
}

TEST_F(SqliteInbound, NobodyFillsTheDiskWithWhatNobodyReads) {
  auto small = document("dc_0");
  small.original = "x";
  for (std::size_t i = 0; i < policy::kMostOpenDocuments; ++i) {
    small.id = "dc_" + std::to_string(i);
    ASSERT_EQ(run(store_->send_document(small, call(static_cast<int>(i))))->called, Called::done) << i;
  }
  small.id = "dc_more";
  EXPECT_EQ(run(store_->send_document(small, call(5000)))->called, Called::conflict);
  ASSERT_TRUE(*run(store_->open_inbound("dc_0", "st_dana", kNow)));
  ASSERT_TRUE(*run(store_->end_inbound("dc_0", "st_dana", InboundEnd::not_ours, kNow)));
  EXPECT_EQ(run(store_->send_document(small, call(5000)))->called, Called::done);
}

TEST_F(SqliteInbound, ALookIsOnTheLogAndAWorkerReadsTheCutAlone) {
  ASSERT_EQ(run(store_->send_document(document("dc_1"), call(1)))->called, Called::done);
  const auto before = entries();
  EXPECT_FALSE(*run(store_->open_inbound("dc_9", "st_dana", kNow)));
  EXPECT_FALSE(*run(store_->open_cut("dc_1", "st_wren", kNow))) << "nothing was passed on";
  EXPECT_EQ(entries(), before);
  const auto opened = *run(store_->open_inbound("dc_1", "st_dana", kNow + 1s));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->original, document("dc_1").original);
  EXPECT_EQ(opened->seen, kNow + 1s);
  EXPECT_EQ(entries(), before + 1);
  EXPECT_EQ((*run(store_->open_inbound("dc_1", "st_dana", kNow + 9s)))->seen, kNow + 1s);

  EXPECT_FALSE(*run(store_->pass_on("dc_1", "st_dana", "st_nobody", "{}", kNow)));
  EXPECT_TRUE(*run(store_->pass_on("dc_1", "st_dana", "st_wren", R"({"texts":["cut"]})", kNow)));
  ASSERT_EQ(run(store_->inbound_for("st_wren"))->size(), 1u);
  EXPECT_EQ(run(store_->inbound_for("st_wren"))->front().about_json, "");
  EXPECT_TRUE(run(store_->inbound_for("st_dana"))->empty());
  const auto entries_then = entries();
  const auto cut = *run(store_->open_cut("dc_1", "st_wren", kNow));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->cut_json, R"({"texts":["cut"]})");
  EXPECT_EQ(cut->original, "");
  EXPECT_EQ(cut->about_json, "");
  EXPECT_EQ(entries(), entries_then + 1);
  EXPECT_FALSE(*run(store_->open_cut("dc_1", "st_dana", kNow))) << "somebody else reads it";
}

TEST_F(SqliteInbound, AllOfItIsDeletedThirtyDaysAfterItEndedAndNothingIsEverWrittenInTheClear) {
  ASSERT_EQ(run(store_->send_document(document("dc_1"), call(1)))->called, Called::done);
  EXPECT_FALSE(*run(store_->end_inbound("dc_1", "st_dana", InboundEnd::filed, kNow))) << "ended before anybody read it";
  ASSERT_TRUE(*run(store_->open_inbound("dc_1", "st_dana", kNow)));
  ASSERT_TRUE(*run(store_->pass_on("dc_1", "st_dana", "st_wren", R"({"texts":["conspicuous cut"]})", kNow)));
  EXPECT_FALSE(*run(store_->end_inbound("dc_1", "st_dana", InboundEnd::open, kNow)));
  EXPECT_TRUE(*run(store_->end_inbound("dc_1", "st_dana", InboundEnd::filed, kNow)));
  EXPECT_FALSE(*run(store_->end_inbound("dc_1", "st_dana", InboundEnd::not_ours, kNow)));
  EXPECT_FALSE(*run(store_->pass_on("dc_1", "st_dana", "st_wren", "{}", kNow)));
  EXPECT_FALSE(*run(store_->open_cut("dc_1", "st_wren", kNow)));
  EXPECT_TRUE(run(store_->inbound_open(10))->empty());
  EXPECT_TRUE(run(store_->inbound_for("st_wren"))->empty());
  EXPECT_EQ(*run(store_->delete_inbound(kNow - 1s)), 0u);
  EXPECT_TRUE(*run(store_->open_inbound("dc_1", "st_dana", kNow))) << "until then a lead may look again";
  EXPECT_EQ(*run(store_->delete_inbound(kNow)), 1u);
  EXPECT_EQ(*run(store_->delete_inbound(kNow)), 0u);
  EXPECT_FALSE(*run(store_->open_inbound("dc_1", "st_dana", kNow)));
  auto again = call(1);
  again.nonce = "another";
  EXPECT_EQ(run(store_->send_document(document("dc_3"), again))->called, Called::again) << "what was deleted is not taken twice";
  store_.reset();
  for (const char* ending : {"", "-wal"}) {
    std::ifstream in(settings_in(folder_.path()).database + ending, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    EXPECT_EQ(bytes.find("conspicuous"), std::string::npos);
  }
}

}  // namespace
}  // namespace gatehouse::tests
