#include "crypto/manifest.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/tools.hpp"

namespace gatehouse::crypto {
namespace {

SigningKey fixed_key() {
  std::array<std::uint8_t, 32> seed{};
  for (std::size_t i = 0; i < 32; ++i) seed[i] = static_cast<std::uint8_t>(i);
  return SigningKey::from_seed(SecretBytes::copy_of(seed)).value();
}

Manifest example() {
  Manifest m;
  m.created = 1795341600;
  m.expires = 1796551200;
  m.legal_basis = "art6_1_e";
  m.length = 9216;
  m.log = "gatehouse.example.org/log";
  m.partner = "kent-mash";
  m.purpose = "mash_referral";
  m.recipient = "kent-mash/age/2026-2";
  m.release_id = "rl_5b1f";
  m.sha256 = std::string(64, 'a');
  return m;
}

constexpr std::string_view kText =
    R"({"created":1795341600,"expires":1796551200,"legal_basis":"art6_1_e","length":9216,"log":"gatehouse.example.org/log","partner":"kent-mash",)"
    R"("purpose":"mash_referral","recipient":"kent-mash/age/2026-2","release_id":"rl_5b1f",)"
    R"("sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","v":1})"
    "\n";

constexpr std::string_view kSignature =
    "-----BEGIN SSH SIGNATURE-----\n"
    "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgA6EHv/POEL4dcN0Y50vAmWfk1j\n"
    "CbpQ1fHdyGZBJVMbgAAAAacmVsZWFzZS1tYW5pZmVzdEBnYXRlaG91c2UAAAAAAAAABnNo\n"
    "YTUxMgAAAFMAAAALc3NoLWVkMjU1MTkAAABAcT9fGNlk6lO2uDlsXGc47W2oqBul5QwQVF\n"
    "2WLg8d13YKWO9JdRKuT0IjN/QD5O/pcb0XapORiLNfdxhWJrbGBw==\n"
    "-----END SSH SIGNATURE-----\n";

TEST(Manifest, is_written_in_its_canonical_form_and_read_back) {
  const std::string text = to_canonical_json(example());
  EXPECT_EQ(text, kText);
  const auto back = read_manifest(text);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(to_canonical_json(*back), text);
  EXPECT_EQ(back->length, 9216u);
  EXPECT_EQ(back->recipient, "kent-mash/age/2026-2");
}

TEST(Manifest, any_other_spelling_of_the_same_is_refused) {
  const std::string text(kText);
  const auto with = [&](std::string_view what, std::string_view other) {
    std::string changed = text;
    const std::size_t at = changed.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    changed.replace(at, what.size(), other);
    return changed;
  };
  const std::string bad[] = {
      text.substr(0, text.size() - 1), text + "\n", " " + text, with(",", ", "), with("\"v\":1", "\"v\":1.0"), with("\"v\":1", "\"v\":2"),
      with("9216", "9216.0"), with("9216", "-1"), with("9216", "9.216e3"), with("\"v\":1", "\"v\":1,\"x\":1"), with("\"v\":1", "\"v\":1,\"v\":1"),
      with("\"length\":9216", "\"length\":9216,\"length\":9216"), with("kent-mash\",\"purpose", "kent\\u002dmash\",\"purpose"),
      with("\"created\":1795341600,", ""), with("1795341600", "\"1795341600\""), with("aaaa", "AAAA"), with("aaaa", ""), with("rl_5b1f", "rl_\xff"),
      with("rl_5b1f", "rl_\n"), with("{", "["), "", "null", std::string(20000, '['), with("1795341600", "17953416000000000000")};
  for (const std::string& other : bad) EXPECT_FALSE(read_manifest(other)) << other.substr(0, 300);
}

TEST(Sshsig, has_the_bytes_the_format_prescribes) {
  EXPECT_EQ(sshsig_sign(fixed_key(), kManifestNamespace, kText), kSignature);
  EXPECT_EQ(ssh_public_key_line(fixed_key().public_key()), "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
  EXPECT_TRUE(sshsig_verify(fixed_key().public_key(), kManifestNamespace, kText, kSignature));
}

TEST(Sshsig, another_message_key_namespace_or_form_is_refused_by_name) {
  const SigningKey key = fixed_key(), other = SigningKey::generate();
  const std::string good(kSignature);
  const auto code = [&](std::string_view public_key, std::string_view space, std::string_view message, std::string_view signature) {
    const auto verified = sshsig_verify(public_key, space, message, signature);
    return verified ? std::string() : verified.error().code;
  };
  EXPECT_EQ(code(key.public_key(), kManifestNamespace, "other", good), "signature_mismatch");
  EXPECT_EQ(code(other.public_key(), kManifestNamespace, kText, good), "other_key");
  EXPECT_EQ(code(key.public_key(), "file", kText, good), "other_namespace");
  EXPECT_EQ(code(key.public_key(), kManifestNamespace, kText, sshsig_sign(key, "file", kText)), "other_namespace");
  for (const std::string& bad : {std::string(), good.substr(1), good + "x", " " + good, good.substr(0, good.size() - 6), std::string(5000, 'A')})
    EXPECT_EQ(code(key.public_key(), kManifestNamespace, kText, bad), "bad_signature");
  // Every character of the armour counts.
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(code(key.public_key(), kManifestNamespace, kText, bad), "") << i;
  }
}

TEST(Sshsig, ssh_keygen_verifies_what_we_sign_and_we_verify_what_it_signs) {
  if (!tools::have("ssh-keygen")) GTEST_SKIP() << "the program `ssh-keygen` is not installed";
  const tools::Folder folder;
  const SigningKey key = SigningKey::generate();
  const std::string manifest = to_canonical_json(example());
  folder.write("release.json", manifest);
  folder.write("release.json.sig", sshsig_sign(key, kManifestNamespace, manifest));
  folder.write("allowed_signers", "gatehouse.example.org " + ssh_public_key_line(key.public_key()) + "\n");
  const std::string verify = "ssh-keygen -Y verify -f allowed_signers -I gatehouse.example.org -n release-manifest@gatehouse -s release.json.sig"
                             " < release.json > /dev/null 2>&1";
  EXPECT_EQ(folder.run(verify), 0);
  folder.write("release.json", manifest + " ");
  EXPECT_NE(folder.run(verify), 0);

  ASSERT_EQ(folder.run("ssh-keygen -q -t ed25519 -N '' -f theirs"), 0);
  ASSERT_EQ(folder.run("rm -f release.json.sig && ssh-keygen -q -Y sign -f theirs -n release-manifest@gatehouse release.json"), 0);
  const std::string line = folder.read("theirs.pub");
  const std::string blob = from_base64(line.substr(12, line.find(' ', 12) - 12)).value();
  const auto verified = sshsig_verify(blob.substr(blob.size() - 32), kManifestNamespace, manifest + " ", folder.read("release.json.sig"));
  EXPECT_TRUE(verified) << verified.error().text();
}

}  // namespace
}  // namespace gatehouse::crypto
