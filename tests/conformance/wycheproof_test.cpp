// C2SP/wycheproof: the primitives in use, through our own functions where we have one, else through the library call we make.
#include <sodium.h>

#include <nlohmann/json.hpp>

#include "crypto/hkdf.hpp"
#include "crypto/keys.hpp"
#include "crypto/keystore.hpp"
#include "crypto/secret_bytes.hpp"
#include "tests/conformance/vectors.hpp"

namespace gatehouse::crypto {
namespace {

using nlohmann::json;

const std::uint8_t* bytes_of(const std::string& text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
std::string at(const json& test, const char* key) { return from_hex(test.at(key).get<std::string>()).value(); }
SecretBytes secret(const std::string& bytes) { return SecretBytes::copy_of({bytes_of(bytes), bytes.size()}); }

// Runs `judge(group, test)` on every test of a file; it says whether we accept. "acceptable" leaves it open.
template <class Judge>
std::size_t each(const std::filesystem::path& path, Judge judge) {
  std::size_t count = 0;
  const json suite = json::parse(conformance::read_file(path));
  for (const json& group : suite.at("testGroups")) {
    for (const json& test : group.at("tests")) {
      SCOPED_TRACE(path.filename().string() + " " + std::to_string(test.at("tcId").get<int>()) + " " + test.at("comment").get<std::string>());
      const bool accepted = judge(group, test);
      const std::string result = test.at("result");
      if (result == "valid") EXPECT_TRUE(accepted);
      if (result == "invalid") EXPECT_FALSE(accepted);
      ++count;
      conformance::count_case(path);
    }
  }
  return count;
}

TEST(Wycheproof, ed25519_signatures_are_judged_right) {
  VECTORS_OR_SKIP(folder, "wycheproof");
  EXPECT_EQ(each(folder / "ed25519_test.json",
                 [](const json& group, const json& test) {
                   return verify_ed25519(at(group.at("publicKey"), "pk"), at(test, "msg"), at(test, "sig"));
                 }),
            151u);
}

TEST(Wycheproof, x25519_gives_the_shared_secret_or_refuses_a_low_order_point) {
  VECTORS_OR_SKIP(folder, "wycheproof");
  std::size_t zero = 0;
  EXPECT_EQ(each(folder / "x25519_test.json",
                 [&zero](const json&, const json& test) {
                   const std::string their = at(test, "public"), mine = at(test, "private"), shared = at(test, "shared");
                   std::array<std::uint8_t, 32> out{};
                   if (their.size() != 32 || mine.size() != 32) return false;
                   const bool done = crypto_scalarmult(out.data(), bytes_of(mine), bytes_of(their)) == 0;
                   const bool is_zero = sodium_is_zero(bytes_of(shared), shared.size()) == 1;
                   // "acceptable" covers points of low order, which age refuses, and points on the twist, which it takes.
                   EXPECT_EQ(done, !is_zero);
                   zero += is_zero ? 1 : 0;
                   return done && std::equal(out.begin(), out.end(), bytes_of(shared));
                 }),
            518u);
  EXPECT_GT(zero, 0u);
}

template <class Decrypt, class Encrypt>
std::size_t aead(const std::filesystem::path& path, std::size_t nonce_size, Decrypt decrypt, Encrypt encrypt) {
  return each(path, [&](const json& group, const json& test) {
    const std::string key = at(test, "key"), iv = at(test, "iv"), aad = at(test, "aad"), msg = at(test, "msg"), ct = at(test, "ct"), tag = at(test, "tag");
    EXPECT_EQ(group.at("tagSize").get<int>(), 128);
    if (key.size() != 32 || iv.size() != nonce_size) return false;
    std::string plain(ct.size() + 1, '\0');
    const std::string box = ct + tag;
    if (decrypt(reinterpret_cast<std::uint8_t*>(plain.data()), nullptr, nullptr, bytes_of(box), box.size(), bytes_of(aad), aad.size(), bytes_of(iv),
                bytes_of(key)) != 0)
      return false;
    plain.resize(ct.size());
    std::string again(box.size(), '\0');
    encrypt(reinterpret_cast<std::uint8_t*>(again.data()), nullptr, bytes_of(plain), plain.size(), bytes_of(aad), aad.size(), nullptr, bytes_of(iv),
            bytes_of(key));
    EXPECT_EQ(again, box);
    return plain == msg;
  });
}

TEST(Wycheproof, chacha20_poly1305_opens_what_is_genuine_only) {
  VECTORS_OR_SKIP(folder, "wycheproof");
  EXPECT_EQ(aead(folder / "chacha20_poly1305_test.json", 12, crypto_aead_chacha20poly1305_ietf_decrypt, crypto_aead_chacha20poly1305_ietf_encrypt), 325u);
}

TEST(Wycheproof, xchacha20_poly1305_opens_what_is_genuine_only) {
  VECTORS_OR_SKIP(folder, "wycheproof");
  EXPECT_EQ(aead(folder / "xchacha20_poly1305_test.json", 24, crypto_aead_xchacha20poly1305_ietf_decrypt, crypto_aead_xchacha20poly1305_ietf_encrypt),
            315u);
}

TEST(Wycheproof, hkdf_sha256_gives_the_key_or_refuses_the_length) {
  VECTORS_OR_SKIP(folder, "wycheproof");
  EXPECT_EQ(each(folder / "hkdf_sha256_test.json",
                 [](const json&, const json& test) {
                   const std::string ikm = at(test, "ikm"), salt = at(test, "salt"), okm = at(test, "okm");
                   std::string out(test.at("size").get<std::size_t>(), '\0');
                   if (!hkdf_sha256({bytes_of(ikm), ikm.size()}, {bytes_of(salt), salt.size()}, at(test, "info"),
                                    {reinterpret_cast<std::uint8_t*>(out.data()), out.size()}))
                     return false;
                   return out == okm;
                 }),
            86u);
}

TEST(Wycheproof, hmac_sha256_gives_the_tag) {
  VECTORS_OR_SKIP(folder, "wycheproof");
  EXPECT_EQ(each(folder / "hmac_sha256_test.json",
                 [](const json& group, const json& test) {
                   const auto mac = hmac_sha256(secret(at(test, "key")), at(test, "msg"));
                   const std::string tag = at(test, "tag");
                   EXPECT_EQ(tag.size(), group.at("tagSize").get<std::size_t>() / 8);
                   return std::equal(tag.begin(), tag.end(), mac.begin(), [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
                 }),
            174u);
}

}  // namespace
}  // namespace gatehouse::crypto
