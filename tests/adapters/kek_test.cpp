// Each provider of key-encryption keys keeps, opens and destroys; the hardware ones with the stand-ins Debian has for them.
#include "adapters/kek/provider.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/adapters/kek_tools.hpp"
#include "tests/adapters/store_world.hpp"

namespace gatehouse::tests {
namespace {

using adapters::KekPlaces;
using crypto::SecretBytes;

// Reads every file below a folder.
std::string everything_in(const std::string& folder) {
  std::string out;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    out.append(std::istreambuf_iterator<char>(in), {});
  }
  return out;
}

class KekProviders : public testing::TestWithParam<std::string> {
 protected:
  // Empty: what it needs is not installed.
  std::string set_up() {
    places_ = KekPlaces(folder_.path() + "/kek");
    places_.provider = GetParam();
    if (GetParam() == "systemd-creds") return use_systemd_creds(folder_.path(), places_);
    if (GetParam() == "pkcs11") return use_softhsm(folder_.path(), places_);
    return {};
  }
  std::unique_ptr<adapters::KekProvider> provider() { return std::move(*adapters::kek_provider(GetParam(), places_)); }
  Folder folder_;
  KekPlaces places_;
};

TEST_P(KekProviders, AKeyComesBackFromAnotherProcessAsItWasAndIsGoneOnceDestroyed) {
  if (const auto missing = set_up(); !missing.empty()) GTEST_SKIP() << missing;
  const SecretBytes one = SecretBytes::random(32), two = SecretBytes::random(32);
  std::string remembered_one, remembered_two;
  {
    auto keeps = provider();
    auto kept = keeps->keep(1, one);
    ASSERT_TRUE(kept) << kept.error();
    remembered_one = *kept;
    kept = keeps->keep(2, two);
    ASSERT_TRUE(kept) << kept.error();
    remembered_two = *kept;
    EXPECT_FALSE(keeps->keep(2, one)) << "a key was overwritten";
  }
  auto opens = provider();
  ASSERT_TRUE(opens->open(1, remembered_one)) << opens->open(1, remembered_one).error();
  EXPECT_TRUE(opens->open(1, remembered_one)->same_as(one));
  EXPECT_TRUE(opens->open(2, remembered_two)->same_as(two));
  ASSERT_TRUE(opens->destroy(1));
  ASSERT_TRUE(opens->destroy(1)) << "said again";
  const auto gone = opens->open(1, remembered_one);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().find('\n'), std::string::npos);
  EXPECT_TRUE(opens->open(2, remembered_two)->same_as(two));
  // After a destroyed one its number may be made again (a rotation that was interrupted).
  EXPECT_TRUE(opens->keep(1, one));
}

TEST_P(KekProviders, TheKeyItselfLiesNowhereThatTheProviderDoesNotGuard) {
  if (const auto missing = set_up(); !missing.empty()) GTEST_SKIP() << missing;
  const SecretBytes key = SecretBytes::random(32);
  const auto remembered = provider()->keep(3, key);
  ASSERT_TRUE(remembered) << remembered.error();
  const auto raw = key.reveal(crypto::KeyAccess::granted_to("test: look for the key"));
  const std::string bytes(reinterpret_cast<const char*>(raw.data()), raw.size());
  EXPECT_EQ(remembered->find(bytes), std::string::npos);
  EXPECT_EQ(everything_in(folder_.path()).find(bytes) != std::string::npos, GetParam() == "file");
}

TEST_P(KekProviders, WhatIsRememberedForOneNumberOpensNoOther) {
  if (const auto missing = set_up(); !missing.empty()) GTEST_SKIP() << missing;
  auto keeps = provider();
  const SecretBytes one = SecretBytes::random(32), two = SecretBytes::random(32);
  const auto first = keeps->keep(1, one), second = keeps->keep(2, two);
  ASSERT_TRUE(first && second);
  const auto crossed = keeps->open(1, *second);
  EXPECT_TRUE(!crossed || crossed->same_as(one)) << "the file and the credential are found by number alone; a token's box must not open";
  if (GetParam() == "pkcs11") {
    EXPECT_FALSE(crossed);
    for (std::size_t i = 0; i < first->size(); ++i) {
      std::string bad = *first;
      bad[i] = static_cast<char>(bad[i] ^ 1);
      EXPECT_FALSE(keeps->open(1, bad)) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, KekProviders, testing::Values("file", "systemd-creds", "pkcs11"), [](const auto& info) {
  return info.param == "file" ? "file" : info.param == "pkcs11" ? "pkcs11" : "systemd_creds";
});

TEST(KekProvider, AnUnknownOneAndOneWithoutItsSettingsAreRefusedInOneLine) {
  ASSERT_TRUE(crypto::start());
  KekPlaces places("/nowhere/kek");
  EXPECT_NE(adapters::kek_provider("vault", places).error().find("systemd-creds, pkcs11"), std::string::npos);
  EXPECT_NE(adapters::kek_provider("pkcs11", places).error().find("module"), std::string::npos);
  EXPECT_NE(adapters::kek_provider("systemd-creds", places).error().find("credential_folder"), std::string::npos);
  EXPECT_FALSE(adapters::kek_provider("file", KekPlaces()));
  places.pkcs11_module = "/bin/true";
  places.pkcs11_token = "none";
  const auto provider = adapters::kek_provider("pkcs11", places);
  ASSERT_TRUE(provider);
  EXPECT_NE((*provider)->keep(1, SecretBytes::random(32)).error().find("/bin/true"), std::string::npos);
}

TEST(KekProvider, ASystemdServiceReadsWhatSystemdDecryptedForIt) {
  const Folder folder;
  ::setenv("CREDENTIALS_DIRECTORY", folder.path().c_str(), 1);
  std::ofstream(folder.path() + "/gatehouse-kek-4", std::ios::binary) << std::string(32, 'k');
  std::ofstream(folder.path() + "/gatehouse-kek-5", std::ios::binary) << std::string(33, 'k');
  auto provider = adapters::systemd_creds_kek_provider(folder.path() + "/encrypted");
  const auto key = provider->open(4, {});
  const auto long_key = provider->open(5, {}), missing = provider->open(6, {});
  ::unsetenv("CREDENTIALS_DIRECTORY");
  ASSERT_TRUE(key) << key.error();
  EXPECT_TRUE(key->same_as(SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"), 32})));
  EXPECT_NE(long_key.error().find("more than 32"), std::string::npos);
  EXPECT_NE(missing.error().find("LoadCredentialEncrypted="), std::string::npos);
}

TEST(KekProvider, ATokenWithAWrongPinOrALooseOneOrAnotherLabelSaysWhich) {
  const Folder folder;
  KekPlaces places;
  if (const auto missing = use_softhsm(folder.path(), places); !missing.empty()) GTEST_SKIP() << missing;
  const auto problem = [&] { return (*adapters::kek_provider("pkcs11", places))->keep(1, SecretBytes::random(32)).error(); };
  ::chmod(places.pkcs11_pin_file.c_str(), 0444);
  EXPECT_NE(problem().find("chmod 0400"), std::string::npos);
  ::chmod(places.pkcs11_pin_file.c_str(), 0600);
  std::ofstream(places.pkcs11_pin_file) << "9999\n";
  EXPECT_NE(problem().find("the PIN is wrong"), std::string::npos) << problem();
  places.pkcs11_token = "another";
  EXPECT_NE(problem().find("no token with this label"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::tests
