#include "gateway/import/partner_file.hpp"

#include <gtest/gtest.h>

namespace gatehouse::imports {
namespace {

// Made with `openssl req -x509` and `openssl genpkey -algorithm ed25519`; the pin with
// `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum`.
const std::string certificate = R"(-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUV0F1znPEp9gb+/p6JUI48Mti9mAwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPa2VudC1lYXJseS1oZWxwMB4XDTI2MTEyMzEwMzk1OVoXDTM2
MTEyMDEwMzk1OVowGjEYMBYGA1UEAwwPa2VudC1lYXJseS1oZWxwMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEV7yUoaP8ZtI8fuJMOsAwkMFGWiyLiIpSRKRt5ErM
x9k9KBwwQcmrEcn2jlTiEJy7rYC5DZII0NHAlsH6RSF+MKNTMFEwHQYDVR0OBBYE
FIOpJsUqiPV+xHX4LOpFq2BbvF2KMB8GA1UdIwQYMBaAFIOpJsUqiPV+xHX4LOpF
q2BbvF2KMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgG/Y8Ugxd
o2jvwyYMKrgfiib9ofuVCNXLN/32X81UyH4CIQDvdc3R0xdAwBZIB+bH2FQXXVR+
I1bS8N2s/w1uTCTFvg==
-----END CERTIFICATE-----
)";
const std::string pin = "e78a934dacb1da43c40fa61f5f51913af4b544c1623404d6a92f49c3776350c3";
const std::string ed25519 =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAilxuSKXzflX/J1dyQeXX16ChKHZIyJN5lFAiFl4iCwE=\n-----END PUBLIC KEY-----\n";
const std::string ed25519_bytes = "ilxuSKXzflX/J1dyQeXX16ChKHZIyJN5lFAiFl4iCwE=";
const std::string p256 =
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEV7yUoaP8ZtI8fuJMOsAwkMFGWiyL\n"
    "iIpSRKRt5ErMx9k9KBwwQcmrEcn2jlTiEJy7rYC5DZII0NHAlsH6RSF+MA==\n-----END PUBLIC KEY-----\n";

const std::string partner = R"({"id":"kent-early-help","type":"la_early_help","name":"Kent Early Help","directory_number":"01632 960150",
  "agreements":[{"name":"KMISA","purposes":["early_help"],"from":"2026-01-01","to":"2026-12-31","verified_on":"2026-02-01"}],
  "keys":[{"keyid":"kent-early-help/sig/2026-1","kind":"signing","value":")" + ed25519_bytes + R"(","not_before":"2026-01-01","not_after":"2027-01-01T00:00:00Z"}]})";

std::string where(std::string json, const std::string& from, const std::string& to) {
  const auto at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  json.replace(at, from.size(), to);
  const auto read = read_partner(json);
  EXPECT_FALSE(read) << "was accepted: " << json;
  return read ? "" : read.error().where;
}

TEST(PartnerFile, IsReadWithItsAgreementsAndKeys) {
  const auto read = read_partner(partner);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->type, policy::AgencyType::la_early_help);
  ASSERT_EQ(read->agreements.size(), 1u);
  EXPECT_EQ(policy::to_text(*read->agreements[0].to), "2026-12-31");
  ASSERT_EQ(read->keys.size(), 1u);
  EXPECT_EQ(policy::to_text(read->keys[0].not_before), "2026-01-01T00:00:00Z");
  EXPECT_FALSE(read->emergency_registered) << "an emergency register is never assumed";
}

TEST(PartnerFile, EachBadPartIsNamedByItsPath) {
  EXPECT_EQ(where(partner, "\"id\":\"kent-early-help\"", "\"id\":\"Kent Early Help\""), "$.id");
  EXPECT_EQ(where(partner, "la_early_help", "council"), "$.type");
  EXPECT_EQ(where(partner, "\"name\":\"Kent Early Help\"", "\"nmae\":\"x\""), "$");
  EXPECT_EQ(where(partner, "[\"early_help\"]", "[\"anything\"]"), "$.agreements[0].purposes[0]");
  EXPECT_EQ(where(partner, "[\"early_help\"]", "[]"), "$.agreements[0].purposes");
  EXPECT_EQ(where(partner, "2026-12-31", "2025-12-31"), "$.agreements[0].to");
  EXPECT_EQ(where(partner, "2026-12-31", "2026-12-32"), "$.agreements[0].to");
  EXPECT_EQ(where(partner, ed25519_bytes, "c2hvcnQ="), "$.keys[0].value");
  EXPECT_EQ(where(partner, "\"kind\":\"signing\"", "\"kind\":\"pgp\""), "$.keys[0].value");
  EXPECT_EQ(where(partner, "2027-01-01T00:00:00Z", "2025-01-01T00:00:00Z"), "$.keys[0].not_after");
  EXPECT_EQ(read_partner("not json").error().where, "$");
}

TEST(PartnerFile, ThePinOfACertificateIsTheOneOpensslComputes) {
  const auto read = pin_of_certificate(certificate);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->pin, pin);
  EXPECT_EQ(policy::to_text(read->not_before), "2026-11-23T10:39:59Z");
  EXPECT_EQ(policy::to_text(read->not_after), "2036-11-20T10:39:59Z");
  EXPECT_TRUE(check_key("tls_pin", read->pin));
}

TEST(PartnerFile, ASigningKeyIsReadFromItsPem) {
  const auto read = signing_key_of(ed25519);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, ed25519_bytes);
}

TEST(PartnerFile, NobodysPrivateKeyIsTaken) {
  const std::string secret = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
  for (const auto& error : {signing_key_of(secret).error(), pin_of_certificate(certificate + secret).error()})
    EXPECT_NE(error.find("private key"), std::string::npos) << error;
}

TEST(PartnerFile, OtherKeysAndNoKeysAreRefused) {
  EXPECT_FALSE(signing_key_of(p256));
  EXPECT_FALSE(signing_key_of(""));
  EXPECT_FALSE(signing_key_of(certificate));
  EXPECT_FALSE(pin_of_certificate(""));
  EXPECT_FALSE(pin_of_certificate(ed25519));
  EXPECT_FALSE(check_key("tls_pin", "E78A"));
  EXPECT_FALSE(check_key("tls_pin", std::string(64, 'G')));
  EXPECT_FALSE(check_key("signing", ""));
  EXPECT_FALSE(check_key("age", "AGE-SECRET-KEY-1QQPQQ"));
  EXPECT_FALSE(check_key("", ""));
}

TEST(PartnerFile, AddingNeverTakesAKeyAwayAndNeverReusesAKeyId) {
  auto known = *read_partner(partner);
  known.version = 7;
  known.keys[0].state = policy::KeyState::revoked;
  auto wanted = *read_partner(partner);
  wanted.name = "Kent Early Help Service";
  wanted.keys.clear();
  auto both = merged(known, wanted);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->name, "Kent Early Help Service");
  ASSERT_EQ(both->keys.size(), 1u);
  EXPECT_EQ(both->keys[0].state, policy::KeyState::revoked) << "a file cannot bring a revoked key back";

  both = merged(known, *read_partner(partner));
  ASSERT_TRUE(both);
  EXPECT_EQ(both->keys[0].state, policy::KeyState::revoked);

  wanted = *read_partner(partner);
  wanted.keys[0].value = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=";
  EXPECT_FALSE(merged(known, wanted));
}

}  // namespace
}  // namespace gatehouse::imports
