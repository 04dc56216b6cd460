#include "adapters/sqlite/keyring.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <atomic>
#include <set>
#include <thread>

#include "crypto/keys.hpp"
#include "crypto/keystore.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using adapters::Keyring;

class KeyringTest : public testing::Test {
 protected:
  std::string keystore() const { return folder_.path() + "/keys.db"; }
  std::string kek() const { return folder_.path() + "/kek"; }
  Folder folder_;
};

TEST_F(KeyringTest, TheKeysOfAnInstallationComeBackAsTheyWereMade) {
  std::string release, keyid;
  crypto::SecretBytes audit, index, data;
  {
    auto made = Keyring::create(keystore(), kek());
    ASSERT_TRUE(made) << made.error();
    release = made->release_key().public_key();
    keyid = made->release_keyid();
    EXPECT_TRUE(keyid.starts_with("release-20")) << keyid;
    audit = made->audit_key().clone(crypto::KeyAccess::granted_to("test"));
    index = made->blind_index_key().clone(crypto::KeyAccess::granted_to("test"));
    EXPECT_FALSE(audit.same_as(index));
    data = std::move(made->data_key("7", true)->key);
  }
  auto again = Keyring::open(keystore(), kek());
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->release_key().public_key(), release);
  EXPECT_EQ(again->release_keyid(), keyid);
  EXPECT_TRUE(again->audit_key().same_as(audit));
  EXPECT_TRUE(again->blind_index_key().same_as(index));
  EXPECT_TRUE(again->data_key("7", true)->key.same_as(data));
  EXPECT_FALSE(again->data_key("8", false));
  EXPECT_FALSE(again->data_key("eight", true));
}

TEST_F(KeyringTest, NothingIsEverOverwritten) {
  ASSERT_TRUE(Keyring::create(keystore(), kek()));
  EXPECT_FALSE(Keyring::create(keystore(), kek()));
  EXPECT_FALSE(Keyring::create(keystore(), folder_.path() + "/other"));
  EXPECT_FALSE(Keyring::create(folder_.path() + "/other.db", kek()));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/other"));
}

TEST_F(KeyringTest, TheFilesAreTheirOwnersAlone) {
  ASSERT_TRUE(Keyring::create(keystore(), kek()));
  const auto mode = [](const std::string& file) {
    struct stat about {};
    EXPECT_EQ(::stat(file.c_str(), &about), 0);
    return about.st_mode & 07777;
  };
  EXPECT_EQ(mode(kek()), 0400u);
  EXPECT_EQ(mode(keystore()), 0600u);
}

TEST_F(KeyringTest, AKekThatIsReadableByOthersTooShortOrWrongIsRefusedInOneLine) {
  ASSERT_TRUE(Keyring::create(keystore(), kek()));
  ::chmod(kek().c_str(), 0440);
  EXPECT_NE(Keyring::open(keystore(), kek()).error().find("chmod 0400"), std::string::npos);
  ::chmod(kek().c_str(), 0600);
  {
    std::ofstream(kek(), std::ios::binary) << std::string(32, 'k');
  }
  const std::string wrong = Keyring::open(keystore(), kek()).error();
  EXPECT_NE(wrong.find("does not open"), std::string::npos) << wrong;
  {
    std::ofstream(kek(), std::ios::binary) << "short";
  }
  EXPECT_NE(Keyring::open(keystore(), kek()).error().find("5 bytes"), std::string::npos);
  std::filesystem::remove(kek());
  EXPECT_FALSE(Keyring::open(keystore(), kek()));
}

TEST_F(KeyringTest, ManyKeysAreDurableTogetherAndWhatIsDiscardedIsGone) {
  {
    auto keys = Keyring::create(keystore(), kek());
    ASSERT_TRUE(keys);
    for (std::int64_t i = 1; i <= 3000; ++i) ASSERT_TRUE(keys->make_data_key(i));
    ASSERT_TRUE(keys->flush());
    ASSERT_TRUE(keys->make_data_key(4000));
    keys->discard();
    EXPECT_FALSE(keys->open_data_key(4000));
  }
  auto keys = Keyring::open(keystore(), kek());
  ASSERT_TRUE(keys);
  // More than the cache holds, twice round: a key that made room comes back the same.
  std::vector<std::string> first;
  for (int round = 0; round < 2; ++round)
    for (std::int64_t i = 1; i <= 3000; ++i) {
      auto lease = keys->open_data_key(i);
      ASSERT_TRUE(lease);
      const std::string digest = crypto::blind_index(lease->key(), "which key");
      if (round == 0)
        first.push_back(digest);
      else
        ASSERT_EQ(digest, first[static_cast<std::size_t>(i - 1)]);
    }
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), 3000u);
  EXPECT_FALSE(keys->open_data_key(4000));
}

TEST_F(KeyringTest, ManyThreadsOpenAndDestroyWithoutMixingKeysUp) {
  auto keys = Keyring::create(keystore(), kek());
  ASSERT_TRUE(keys);
  std::vector<std::string> right(65);
  for (std::int64_t i = 1; i <= 64; ++i) ASSERT_TRUE(keys->make_data_key(i));
  ASSERT_TRUE(keys->flush());
  for (std::int64_t i = 1; i <= 64; ++i) right[static_cast<std::size_t>(i)] = crypto::blind_index(keys->open_data_key(i)->key(), "x");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int n = 0; n < 500; ++n) {
        const std::int64_t i = 1 + (n * 7 + t * 13) % 64;
        const auto lease = keys->open_data_key(i);
        if (i == 64) continue;  // destroyed meanwhile
        if (!lease || crypto::blind_index(lease->key(), "x") != right[static_cast<std::size_t>(i)]) ++wrong;
      }
    });
  ASSERT_TRUE(keys->destroy(64));
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_FALSE(keys->open_data_key(64));
}

TEST_F(KeyringTest, ARequestsOwnKeyOpensOnlyForItsPurpose) {
  auto keys = Keyring::create(keystore(), kek());
  ASSERT_TRUE(keys);
  const auto fresh = keys->random_key();
  const std::string wrapped = keys->wrap_under_audit(fresh.key(), "req|v1|a");
  EXPECT_TRUE(keys->unwrap_under_audit(wrapped, "req|v1|a")->key().same_as(fresh.key()));
  EXPECT_FALSE(keys->unwrap_under_audit(wrapped, "req|v1|b"));
  EXPECT_FALSE(keys->random_key().key().same_as(keys->random_key().key()));
}

}  // namespace
}  // namespace gatehouse::tests
