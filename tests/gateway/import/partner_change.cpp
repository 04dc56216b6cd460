#include "gateway/import/partner_change.hpp"

#include <gtest/gtest.h>

#include "crypto/age.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::imports {
namespace {

using namespace std::chrono_literals;

const policy::Instant kNow(1795341600s);   // 2026-11-22T10:00:00Z

std::string change(const std::string& rest, const std::string& asked = "2026-11-22T09:00:00Z") {
  return "{\"partner\":\"kent-mash\",\"asked\":\"" + asked + "\"" + (rest.empty() ? "" : "," + rest) + "}";
}
policy::AgencyKey key_of(const std::string& keyid, const std::string& kind, const std::string& value) {
  policy::AgencyKey key;
  key.keyid = keyid;
  key.kind = kind;
  key.value = value;
  key.not_before = kNow - 24h;
  key.not_after = kNow + 24h * 300;
  return key;
}

class KeyChanges : public testing::Test {
 protected:
  KeyChanges() {
    EXPECT_TRUE(crypto::start());
    partner_.id = "kent-mash";
    partner_.keys = {key_of("kent-mash/sig/2026-1", "signing", crypto::base64(old_.public_key())), key_of("kent-mash/age/2026-1", "age", old_age_.recipient().text())};
  }
  crypto::SigningKey old_ = crypto::SigningKey::generate(), new_ = crypto::SigningKey::generate();
  crypto::age::Identity old_age_ = crypto::age::Identity::generate(), new_age_ = crypto::age::Identity::generate();
  policy::Agency partner_;
};

TEST_F(KeyChanges, ARequestIsReadStrictlyAndOnlyWhileItIsFresh) {
  const std::string age = "\"age\":\"" + new_age_.recipient().text() + "\"";
  ASSERT_TRUE(read_key_change(change(age), kNow));
  for (const auto& bad : {change(""), change(age + ",\"until\":\"2030-01-01\""), change("\"age\":\"age1nothing\""), change("\"signing_key\":\"AAAA\""),
                          change("\"tls_certificate\":\"-----BEGIN\""), change(age, "2026-11-22"), change(age, "2026-11-22T10:02:00Z"), change(age, "2026-11-14T10:00:00Z"),
                          std::string("[]"), std::string()}) {
    const auto read = read_key_change(bad, kNow);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().find('\n'), std::string::npos);
  }
}

TEST_F(KeyChanges, OnlyAPresentKeyOfThePartnerItselfSignsARequest) {
  const std::string text = change("\"age\":\"" + new_age_.recipient().text() + "\"");
  const std::string good = crypto::base64(old_.sign(text));
  EXPECT_EQ(who_signed(text, "\n" + good + "\n", partner_, kNow), "kent-mash/sig/2026-1");
  EXPECT_FALSE(who_signed(text + " ", good, partner_, kNow));
  EXPECT_FALSE(who_signed(text, crypto::base64(new_.sign(text)), partner_, kNow));
  EXPECT_FALSE(who_signed(text, "", partner_, kNow));
  auto revoked = partner_, over = partner_;
  revoked.keys[0].state = policy::KeyState::revoked;
  over.keys[0].not_after = kNow;
  EXPECT_FALSE(who_signed(text, good, revoked, kNow));
  EXPECT_FALSE(who_signed(text, good, over, kNow));
}

TEST_F(KeyChanges, EachNewKeyProvesItselfOverThisChallengeAlone) {
  const auto wanted = read_key_change(change("\"signing_key\":\"" + crypto::base64(new_.public_key()) + "\",\"age\":\"" + new_age_.recipient().text() + "\""), kNow);
  ASSERT_TRUE(wanted);
  const std::string challenge = key_change_challenge("kc_1"), other = key_change_challenge("kc_1");
  EXPECT_NE(challenge, other);
  EXPECT_TRUE(check_possession(*wanted, challenge, crypto::base64(new_.sign(challenge)), ""));
  EXPECT_FALSE(check_possession(*wanted, challenge, crypto::base64(new_.sign(other)), ""));
  EXPECT_FALSE(check_possession(*wanted, challenge, crypto::base64(old_.sign(challenge)), ""));
  EXPECT_FALSE(check_possession(*wanted, challenge, "", ""));
  const auto sealed = sealed_challenge(*wanted, challenge);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->find("kc_1"), std::string::npos) << "what must be decrypted stands in the clear";
  std::vector<crypto::age::Identity> right, wrong;
  right.push_back(crypto::age::Identity::parse(new_age_.text(crypto::KeyAccess::granted_to("test"))).value());
  wrong.push_back(crypto::age::Identity::parse(old_age_.text(crypto::KeyAccess::granted_to("test"))).value());
  EXPECT_EQ(crypto::age::open(right, *sealed).value(), challenge + "\n");
  EXPECT_FALSE(crypto::age::open(wrong, *sealed));
}

TEST_F(KeyChanges, NewKeysAreTheNewestAndOldOnesEndWithinTheOverlap) {
  const auto wanted = read_key_change(change("\"signing_key\":\"" + crypto::base64(new_.public_key()) + "\",\"age\":\"" + new_age_.recipient().text() + "\""), kNow);
  const auto changed = with_new_keys(partner_, *wanted, kNow);
  ASSERT_TRUE(changed) << changed.error();
  ASSERT_EQ(changed->keys.size(), 4u);
  for (const auto& key : changed->keys) {
    const bool fresh = key.keyid.ends_with("-2");
    EXPECT_EQ(key.not_after, fresh ? kNow + 24h * 365 : kNow + 24h * 14) << key.keyid;
    EXPECT_EQ(key.state, policy::KeyState::current);
    if (fresh) {
      EXPECT_GT(key.not_before, partner_.keys[1].not_before);
    }
  }
  // A key that would have ended sooner is not kept alive.
  partner_.keys[0].not_after = kNow + 24h;
  EXPECT_EQ(with_new_keys(partner_, *wanted, kNow)->keys[0].not_after, kNow + 24h);
  // Revoked is for good.
  auto gone = *changed;
  for (auto& key : gone.keys)
    if (key.keyid == "kent-mash/age/2026-2") key.state = policy::KeyState::revoked;
  EXPECT_NE(with_new_keys(gone, *wanted, kNow).error().find("cannot come back"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::imports
