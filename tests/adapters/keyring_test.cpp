#include "adapters/sqlite/keyring.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <atomic>
#include <set>
#include <thread>

#include "adapters/kek/provider.hpp"
#include "adapters/sqlite/key_store.hpp"
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
    audit = made->audit_key().current().clone(crypto::KeyAccess::granted_to("test"));
    index = made->blind_index_key().current().clone(crypto::KeyAccess::granted_to("test"));
    EXPECT_FALSE(audit.same_as(index));
    data = std::move(made->data_key("7", true)->key);
  }
  auto again = Keyring::open(keystore(), kek());
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->release_key().public_key(), release);
  EXPECT_EQ(again->release_keyid(), keyid);
  EXPECT_TRUE(again->audit_key().current().same_as(audit));
  EXPECT_TRUE(again->blind_index_key().current().same_as(index));
  EXPECT_TRUE(again->data_key("7", true)->key.same_as(data));
  EXPECT_FALSE(again->data_key("8", false));
  EXPECT_FALSE(again->data_key("eight", true));
}

// What the first version of the key store held, made by hand.
TEST_F(KeyringTest, AKeyStoreOfTheFirstVersionIsMigratedWithEveryKeyItHeld) {
  ASSERT_TRUE(crypto::start());
  using crypto::KeyAccess, crypto::SecretBytes;
  const SecretBytes kek_one = SecretBytes::random(32), audit = SecretBytes::random(32), index = SecretBytes::random(32), release = SecretBytes::random(32),
                    data = SecretBytes::random(32);
  ASSERT_TRUE((*adapters::kek_provider("file", kek()))->keep(1, kek_one));
  {
    adapters::Database old(keystore(), adapters::Database::Mode::create, 1000);
    old.run("CREATE TABLE keystore (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, destroyed INTEGER NOT NULL) STRICT;"
            "INSERT INTO keystore VALUES (1, 1, 0);"
            "CREATE TABLE installation_key (name TEXT PRIMARY KEY, label TEXT NOT NULL, wrapped BLOB NOT NULL) STRICT, WITHOUT ROWID;"
            "CREATE TABLE data_key (person INTEGER NOT NULL, version INTEGER NOT NULL, wrapped BLOB NOT NULL, PRIMARY KEY (person, version)) STRICT, WITHOUT ROWID;"
            "CREATE TRIGGER data_key_gone AFTER DELETE ON data_key BEGIN UPDATE keystore SET destroyed = destroyed + 1; END;");
    adapters::Statement add(old.handle(), "INSERT INTO installation_key (name, label, wrapped) VALUES (?, ?, ?)");
    const std::string wrapped[] = {crypto::wrap_key(kek_one, audit, "aud|v1|2026-1"), crypto::wrap_key(kek_one, index, "bik|v1|2026-1"),
                                   crypto::wrap_key(kek_one, release, "sig|v1|release-2026-1"), crypto::wrap_key(kek_one, data, "dek|v1|7|1")};
    add.run("audit", "2026-1", adapters::Blob{wrapped[0]});
    add.run("blind_index", "2026-1", adapters::Blob{wrapped[1]});
    add.run("release", "release-2026-1", adapters::Blob{wrapped[2]});
    adapters::Statement(old.handle(), "INSERT INTO data_key VALUES (7, 1, ?)").run(adapters::Blob{wrapped[3]});
  }
  EXPECT_NE(Keyring::open(keystore(), kek()).error().find("gatehouse migrate"), std::string::npos);
  {
    // Another key, or none: nothing is changed.
    adapters::Database old(keystore(), adapters::Database::Mode::write, 1000);
    ASSERT_TRUE((*adapters::kek_provider("file", folder_.path() + "/other"))->keep(1, SecretBytes::random(32)));
    for (const char* other : {"/other", "/none"}) {
      EXPECT_FALSE(adapters::migrate_key_store(old, folder_.path() + other, 1795341600)) << other;
      EXPECT_EQ(adapters::key_store_version(old), 1) << other;
    }
  }
  for (int again = 0; again < 2; ++again) {
    adapters::Database old(keystore(), adapters::Database::Mode::write, 1000);
    ASSERT_TRUE(adapters::migrate_key_store(old, kek(), 1795341600));
    EXPECT_EQ(adapters::key_store_version(old), adapters::kKeystoreVersion);
  }
  auto keys = Keyring::open(keystore(), kek());
  ASSERT_TRUE(keys) << keys.error();
  EXPECT_TRUE(keys->audit_key().current().same_as(audit));
  EXPECT_TRUE(keys->blind_index_key().current().same_as(index));
  EXPECT_EQ(keys->release_keyid(), "release-2026-1");
  EXPECT_TRUE(keys->release_key().seed().same_as(release));
  EXPECT_TRUE(keys->data_key("7", false)->key.same_as(data));
  EXPECT_TRUE(keys->data_key("8", true));
  // What is destroyed is still counted, so that other processes notice.
  ASSERT_TRUE(keys->destroy(7));
  EXPECT_FALSE(keys->data_key("7", false));
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
