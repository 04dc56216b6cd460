#include "crypto/keys.hpp"

#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/bech32.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/keystore.hpp"
#include "crypto/secret_bytes.hpp"
#include "crypto/sha256.hpp"
#include "crypto/utf8.hpp"

namespace gatehouse::crypto {
namespace {

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }
SecretBytes secret(std::string_view bytes) { return SecretBytes::copy_of({bytes_of(bytes), bytes.size()}); }
std::string unhex(std::string_view text) { return from_hex(text).value(); }
std::string text_of(const SecretBytes& key) {
  const auto raw = key.reveal(KeyAccess::granted_to("test: compare"));
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

TEST(SecretBytes, begin_as_zeros_and_move_without_a_copy) {
  SecretBytes a(32);
  EXPECT_EQ(text_of(a), std::string(32, '\0'));
  a.fill(KeyAccess::granted_to("test: fill"))[5] = 7;
  const auto* where = a.reveal(KeyAccess::granted_to("test: address")).data();
  SecretBytes b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): what a moved-from secret holds is the point
  EXPECT_EQ(b.reveal(KeyAccess::granted_to("test: address")).data(), where);
  SecretBytes c(1);
  c = std::move(b);
  EXPECT_EQ(c.reveal(KeyAccess::granted_to("test: address"))[5], 7);
  auto& same = c;
  c = std::move(same);
  EXPECT_EQ(c.size(), 32u);
}

TEST(SecretBytes, compare_by_content_and_length) {
  const SecretBytes a = secret("0123456789"), b = secret("0123456789"), c = secret("012345678x"), d = secret("01234");
  EXPECT_TRUE(a.same_as(b));
  EXPECT_FALSE(a.same_as(c));
  EXPECT_FALSE(a.same_as(d));
  EXPECT_TRUE(SecretBytes().same_as(SecretBytes()));
  EXPECT_TRUE(a.clone(KeyAccess::granted_to("test: clone")).same_as(a));
  EXPECT_FALSE(SecretBytes::random(32).same_as(SecretBytes::random(32)));
}

TEST(SecretBytes, a_process_that_started_writes_no_core_dumps) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, 0u);
  EXPECT_EQ(limit.rlim_max, 0u);
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
  const pid_t child = fork();
  if (child == 0) abort();
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_FALSE(WCOREDUMP(status));
}

TEST(SecretBytes, another_process_of_the_same_user_cannot_look_into_one_that_started) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root, to become two processes of one plain user";
  int up[2];
  ASSERT_EQ(pipe(up), 0);
  const auto looks = [&](bool started) {
    const pid_t watched = fork();
    if (watched == 0) {
      // Changing the user shuts a process by itself: what the server has after its start is set again, or, for comparison, opened.
      if (setgid(65534) != 0 || setuid(65534) != 0 || prctl(PR_SET_DUMPABLE, 1) != 0 || (started && !start())) _exit(1);
      if (write(up[1], "r", 1) != 1) _exit(1);
      pause();
      _exit(0);
    }
    char ready = 0;
    if (read(up[0], &ready, 1) != 1) return -1;
    const std::string memory = "/proc/" + std::to_string(watched) + "/mem";
    const pid_t watcher = fork();
    if (watcher == 0) {
      if (setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
      _exit(open(memory.c_str(), O_RDONLY | O_CLOEXEC) >= 0 ? 1 : 0);
    }
    int status = 0;
    waitpid(watcher, &status, 0);
    kill(watched, SIGKILL);
    waitpid(watched, nullptr, 0);
    return WEXITSTATUS(status);
  };
  const int open_to_all = looks(false);
  if (open_to_all == 0) GTEST_SKIP() << "this machine lets no process look into another at all";
  EXPECT_EQ(open_to_all, 1);
  EXPECT_EQ(looks(true), 0);
  close(up[0]);
  close(up[1]);
}

TEST(Sha256, gives_the_digests_of_fips_180) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 in_pieces;
  for (int i = 0; i < 1000; ++i) in_pieces.update(std::string(1000, 'a'));
  EXPECT_EQ(hex(in_pieces.finish()), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  in_pieces.update("abc");
  EXPECT_EQ(in_pieces.finish(), sha256("abc"));
  EXPECT_EQ(Sha256::of("a", "b", "c"), sha256("abc"));
}

TEST(Hmac, gives_the_tags_of_rfc_4231) {
  EXPECT_EQ(hex(hmac_sha256(secret(std::string(20, '\x0b')), "Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(secret("Jefe"), "what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(SecretBytes(), "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hkdf, gives_the_keys_of_rfc_5869) {
  std::array<std::uint8_t, 42> out{};
  const std::string ikm(22, '\x0b'), salt = unhex("000102030405060708090a0b0c"), info = unhex("f0f1f2f3f4f5f6f7f8f9");
  ASSERT_TRUE(hkdf_sha256({bytes_of(ikm), ikm.size()}, {bytes_of(salt), salt.size()}, info, out));
  EXPECT_EQ(hex(out), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  ASSERT_TRUE(hkdf_sha256({bytes_of(ikm), ikm.size()}, {}, "", out));
  EXPECT_EQ(hex(out), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  std::string too_long(255 * 32 + 1, '\0');
  EXPECT_FALSE(hkdf_sha256({}, {}, "", {reinterpret_cast<std::uint8_t*>(too_long.data()), too_long.size()}));
}

TEST(Ed25519, signs_as_rfc_8032_does) {
  const auto key = SigningKey::from_seed(secret(unhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")));
  ASSERT_TRUE(key);
  const std::string message = unhex("af82");
  const std::string signature = key->sign(message);
  EXPECT_EQ(key->public_key(), unhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"));
  EXPECT_EQ(signature, unhex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027bec"
                             "eea1ec40a"));
  EXPECT_TRUE(verify_ed25519(key->public_key(), message, signature));
  EXPECT_FALSE(verify_ed25519(key->public_key(), unhex("af83"), signature));
}

TEST(Ed25519, refuses_small_order_keys_foreign_s_and_other_lengths) {
  const auto key = SigningKey::generate();
  const std::string signature = key.sign("m");
  // S + L verifies under lax rules: a second signature of the same message that nobody made.
  const std::string order = unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  std::string raised = signature;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<std::uint8_t>(raised[32 + i]) + static_cast<std::uint8_t>(order[i]);
    raised[32 + i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_FALSE(verify_ed25519(key.public_key(), "m", raised));
  // The identity as key and as R, S = 0: verifies for every message where small orders are let in.
  std::string identity(32, '\0');
  identity[0] = 1;
  EXPECT_FALSE(verify_ed25519(identity, "anything", identity + std::string(32, '\0')));
  EXPECT_FALSE(verify_ed25519(key.public_key(), "m", signature.substr(1)));
  EXPECT_FALSE(verify_ed25519(key.public_key() + "x", "m", signature));
  EXPECT_FALSE(verify_ed25519("", "m", ""));
  EXPECT_FALSE(SigningKey::from_seed(SecretBytes(31)));
}

TEST(Base64, is_read_in_its_one_canonical_form_only) {
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_unpadded("fo"), "Zm8");
  for (std::size_t n = 0; n < 70; ++n) {
    const std::string bytes = random_bytes(n);
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
    EXPECT_EQ(from_base64_unpadded(base64_unpadded(bytes)), bytes);
  }
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Zg== ", " Zg==", "Zg==\n", "Z===", "====", "Zm9=", "Zm-_", "Z", "Zm9vYg=a", "Zg==Zg=="})
    EXPECT_FALSE(from_base64(bad)) << bad;
  for (const char* bad : {"Zg==", "Zh", "Z", "Zm9vYmFyZ"}) EXPECT_FALSE(from_base64_unpadded(bad)) << bad;
}

TEST(Hex, is_read_in_both_cases_and_even_length) {
  EXPECT_EQ(from_hex("00fFAb"), std::string("\x00\xff\xab", 3));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Utf8, overlong_forms_and_surrogates_are_refused) {
  EXPECT_TRUE(is_utf8("plain, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x94\x92"));
  for (const char* bad : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\x80", "\xc3", "\xe2\x82", "\xff"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(Keystore, a_wrapped_key_opens_for_its_own_purpose_only) {
  const SecretBytes kek = SecretBytes::random(32), other = SecretBytes::random(32), key = SecretBytes::random(32);
  const std::string wrapped = wrap_key(kek, key, "dek|v1|p-1|1");
  const auto back = unwrap_key(kek, wrapped, "dek|v1|p-1|1");
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->same_as(key));
  EXPECT_FALSE(unwrap_key(kek, wrapped, "dek|v1|p-2|1"));
  EXPECT_FALSE(unwrap_key(other, wrapped, "dek|v1|p-1|1"));
  EXPECT_FALSE(unwrap_key(kek, "", "dek|v1|p-1|1"));
  EXPECT_NE(wrap_key(kek, key, "dek|v1|p-1|1"), wrapped);  // a fresh nonce each time
}

TEST(Keystore, a_key_wrapped_again_is_the_same_key_under_the_other_kek_and_leaves_nothing_behind) {
  const SecretBytes from = SecretBytes::random(32), to = SecretBytes::random(32), key = SecretBytes::random(32);
  SecretBytes scratch(32);
  const std::string wrapped = wrap_key(from, key, "dek|v1|7|1");
  const auto again = rewrap_key(from, to, wrapped, "dek|v1|7|1", scratch);
  ASSERT_TRUE(again);
  EXPECT_EQ(text_of(scratch), std::string(32, '\0'));
  EXPECT_TRUE(unwrap_key(to, *again, "dek|v1|7|1")->same_as(key));
  EXPECT_FALSE(unwrap_key(from, *again, "dek|v1|7|1"));
  EXPECT_FALSE(rewrap_key(from, to, wrapped, "dek|v1|8|1", scratch));
  EXPECT_FALSE(rewrap_key(to, to, wrapped, "dek|v1|7|1", scratch));
  SecretBytes small(31);
  EXPECT_FALSE(rewrap_key(from, to, wrapped, "dek|v1|7|1", small));
}

TEST(Keystore, every_changed_bit_and_every_other_place_of_a_field_is_refused) {
  const SecretBytes key = SecretBytes::random(32);
  const std::string plain = "Example words about a fictional person", place = "item|17|body|1|p-1|1";
  const std::string sealed = seal_field(key, plain, place);
  EXPECT_EQ(sealed.size(), plain.size() + 24 + 16);
  EXPECT_EQ(open_field(key, sealed, place).value(), plain);
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    std::string bad = sealed;
    bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
    ASSERT_FALSE(open_field(key, bad, place)) << i;
  }
  for (const char* elsewhere : {"item|18|body|1|p-1|1", "item|17|note|1|p-1|1", "item|17|body|1|p-2|1", "item|17|body|1|p-1|2", ""})
    EXPECT_FALSE(open_field(key, sealed, elsewhere));
  for (std::size_t size = 0; size < sealed.size(); ++size) EXPECT_FALSE(open_field(key, sealed.substr(0, size), place));
  EXPECT_EQ(open_field(key, seal_field(key, "", place), place).value(), "");
}

TEST(Keystore, a_sealed_field_never_opens_as_a_key) {
  const SecretBytes key = SecretBytes::random(32);
  EXPECT_FALSE(unwrap_key(key, seal_field(key, std::string(32, 'k'), "same|words"), "same|words"));
}

TEST(Keystore, a_blind_index_depends_on_key_and_typed_value) {
  const SecretBytes a = SecretBytes::random(32), b = SecretBytes::random(32);
  EXPECT_EQ(blind_index(a, "nhs:9990000018").size(), 16u);
  EXPECT_EQ(blind_index(a, "nhs:9990000018"), blind_index(a, "nhs:9990000018"));
  EXPECT_NE(blind_index(a, "nhs:9990000018"), blind_index(b, "nhs:9990000018"));
  EXPECT_NE(blind_index(a, "nhs:9990000018"), blind_index(a, "upn:9990000018"));
}

TEST(Keystore, the_next_blind_index_follows_from_the_stored_one_and_the_next_key) {
  const SecretBytes a = SecretBytes::copy_of(std::array<std::uint8_t, 32>{1}), b = SecretBytes::copy_of(std::array<std::uint8_t, 32>{2});
  const std::string stored = blind_index(a, "nhs:9990000018");
  const std::string next = next_blind_index(b, stored);
  // HMAC-SHA256 of the prefix and the 16 stored bytes, its first 16 bytes: as Python's hmac has it.
  EXPECT_EQ(hex({reinterpret_cast<const std::uint8_t*>(stored.data()), stored.size()}), "6d56e0b19f0834d157858bbd00890342");
  EXPECT_EQ(hex({reinterpret_cast<const std::uint8_t*>(next.data()), next.size()}), "56a918116c38136d1bb4fc6504660404");
  EXPECT_NE(next_blind_index(a, stored), next);
  EXPECT_NE(next_blind_index(b, next), next);
  EXPECT_NE(blind_index(b, "nhs:9990000018"), next);
}

TEST(Bech32, keys_come_back_and_every_changed_character_is_refused) {
  std::array<std::uint8_t, 32> key{}, back{};
  for (std::size_t i = 0; i < 32; ++i) key[i] = static_cast<std::uint8_t>(i * 7 + 1);
  const std::string text = bech32_encode("age", key);
  ASSERT_TRUE(bech32_decode(text, "age", back));
  EXPECT_EQ(back, key);
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'q', 'p', 'b', '1', 'Q', ' ', 'l'}) {
      if (text[i] == c) continue;
      std::string bad = text;
      bad[i] = c;
      EXPECT_FALSE(bech32_decode(bad, "age", back)) << i << c;
    }
  }
  EXPECT_FALSE(bech32_decode(text.substr(0, text.size() - 1), "age", back));
  EXPECT_FALSE(bech32_decode(text + "q", "age", back));
  EXPECT_FALSE(bech32_decode(bech32_encode("AGE", key), "age", back));  // upper case is another text
}

}  // namespace
}  // namespace gatehouse::crypto
