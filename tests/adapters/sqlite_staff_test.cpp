// Staff, sessions and drafts in the database: nothing in the clear, one change at a time, everything on the log.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using policy::StaffMember;
using policy::StaffNote;

class SqliteStaff : public testing::Test {
 protected:
  SqliteStaff() {
    furnish(folder_.path());
    auto opened = adapters::SqliteStore::open(settings_in(folder_.path()), [](const std::string& why) { ADD_FAILURE() << why; });
    if (!opened) throw std::runtime_error(opened.error());
    store_ = std::move(*opened);
  }
  static StaffMember rowan() {
    StaffMember out;
    out.id = "st_1";
    out.name = "Rowan Conspicuous";
    out.sign_in = "rowan.conspicuous";
    out.roles = {policy::Role::ig_lead, policy::Role::dpo};
    out.password_hash = "$argon2id$conspicuous";
    out.code_secret = std::string("\0\xff secret", 9);
    out.recovery = {"one", "two"};
    out.away_from = policy::read_date("2026-12-01");
    out.covered_by = "st_2";
    return out;
  }
  Folder folder_;
  std::unique_ptr<adapters::SqliteStore> store_;
};

TEST_F(SqliteStaff, ComesBackAsItWentInAndIsFoundByItsSignInName) {
  ASSERT_TRUE(*run(store_->put_staff(rowan(), StaffNote{"st_0", "invited", kNow}, false)));
  const auto found = run(store_->staff_by_sign_in("rowan.conspicuous"));
  ASSERT_TRUE(found && *found);
  const auto& got = **found;
  EXPECT_EQ(got.version, 1u);
  EXPECT_EQ(got.name, rowan().name);
  EXPECT_EQ(got.roles, rowan().roles);
  EXPECT_EQ(got.code_secret, rowan().code_secret);
  EXPECT_EQ(got.recovery, rowan().recovery);
  EXPECT_EQ(got.away_from, rowan().away_from);
  EXPECT_FALSE(*run(store_->staff_by_sign_in("somebody else")));
  EXPECT_EQ(run(store_->staff())->size(), 1u);
}

TEST_F(SqliteStaff, TwoChangesOfOneVersionMeetAndOneSignInNameBelongsToOne) {
  ASSERT_TRUE(*run(store_->put_staff(rowan(), StaffNote{"st_0", "invited", kNow}, false)));
  auto mine = **run(store_->staff_member("st_1")), yours = mine;
  mine.name = "Mine";
  yours.name = "Yours";
  EXPECT_TRUE(*run(store_->put_staff(mine, StaffNote{"st_0", "changed", kNow}, false)));
  EXPECT_FALSE(*run(store_->put_staff(yours, StaffNote{"st_0", "changed", kNow}, false)));
  EXPECT_EQ((**run(store_->staff_member("st_1"))).name, "Mine");
  auto twin = rowan();
  twin.id = "st_9";
  EXPECT_FALSE(*run(store_->put_staff(twin, StaffNote{"st_0", "invited", kNow}, false)));
  EXPECT_FALSE(*run(store_->put_staff(rowan(), StaffNote{"st_0", "invited", kNow}, false))) << "added a second time";
}

TEST_F(SqliteStaff, EveryChangeIsOnTheLogAndNoneThatWasNotMade) {
  const auto size = [&] { return run(store_->health())->log_size; };
  const auto before = size();
  ASSERT_TRUE(*run(store_->put_staff(rowan(), StaffNote{"st_0", "invited", kNow}, false)));
  EXPECT_EQ(size(), before + 1);
  EXPECT_FALSE(*run(store_->put_staff(rowan(), StaffNote{"st_0", "invited", kNow}, false)));
  EXPECT_EQ(size(), before + 1);
}

TEST_F(SqliteStaff, SessionsOpenOnceAreTouchedAndEnd) {
  ASSERT_TRUE(*run(store_->put_staff(rowan(), StaffNote{"st_0", "invited", kNow}, false)));
  EXPECT_TRUE(*run(store_->open_session("token", {"st_1", kNow, kNow})));
  EXPECT_FALSE(*run(store_->open_session("token", {"st_1", kNow, kNow}))) << "a token is given twice";
  EXPECT_TRUE(*run(store_->touch_session("token", kNow + 60s)));
  EXPECT_EQ((**run(store_->session("token"))).seen, kNow + 60s);
  EXPECT_FALSE(*run(store_->session("another")));
  EXPECT_TRUE(*run(store_->open_session("second", {"st_1", kNow, kNow})));
  auto member = **run(store_->staff_member("st_1"));
  EXPECT_TRUE(*run(store_->put_staff(member, StaffNote{"st_0", "reset", kNow}, true)));
  EXPECT_FALSE(*run(store_->session("token")));
  EXPECT_FALSE(*run(store_->session("second")));
  EXPECT_FALSE(*run(store_->touch_session("token", kNow)));
}

TEST_F(SqliteStaff, DraftsBelongToTheirOwnerAndPage) {
  ASSERT_TRUE(*run(store_->put_staff(rowan(), StaffNote{"st_0", "invited", kNow}, false)));
  EXPECT_TRUE(*run(store_->keep_draft("st_1", "/ask", "conspicuous words", kNow)));
  EXPECT_EQ(*run(store_->draft("st_1", "/ask")), "conspicuous words");
  EXPECT_TRUE(*run(store_->keep_draft("st_1", "/ask", "other words", kNow)));
  EXPECT_EQ(*run(store_->draft("st_1", "/ask")), "other words");
  EXPECT_EQ(*run(store_->draft("st_1", "/else")), "");
  EXPECT_TRUE(*run(store_->keep_draft("st_1", "/ask", "", kNow)));
  EXPECT_EQ(*run(store_->draft("st_1", "/ask")), "");
}

TEST_F(SqliteStaff, NothingOfItLiesInTheDatabaseInTheClear) {
  ASSERT_TRUE(*run(store_->put_staff(rowan(), StaffNote{"st_0", "invited", kNow}, false)));
  ASSERT_TRUE(*run(store_->open_session("conspicuous-token", {"st_1", kNow, kNow})));
  ASSERT_TRUE(*run(store_->keep_draft("st_1", "/ask", "conspicuous words", kNow)));
  store_.reset();
  std::size_t looked = 0;
  for (const char* name : {"/gatehouse.db", "/gatehouse.db-wal"}) {
    std::ifstream in(folder_.path() + name, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    looked += bytes.size();
    EXPECT_EQ(bytes.find("onspicuous"), std::string::npos) << name;
  }
  EXPECT_GT(looked, 10000u);
}

}  // namespace
}  // namespace gatehouse::tests
