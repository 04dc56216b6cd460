#include <gtest/gtest.h>

#include <algorithm>

#include "crypto/age.hpp"
#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"
#include "tests/gateway/cli/command.hpp"

namespace gatehouse::cli {
namespace {

class Seal : public testing::Test {
 protected:
  Seal() {
    EXPECT_TRUE(crypto::start());
    const auto made = crypto::age::Identity::generate();
    recipient = made.recipient().text();
    folder.write("id", "# a comment\n\n" + made.text(crypto::KeyAccess::granted_to("test: an identity file")) + "\n");
    folder.write("other", crypto::age::Identity::generate().text(crypto::KeyAccess::granted_to("test: an identity file")) + "\r\n");
  }
  tools::Folder folder;
  std::string recipient;
};

TEST_F(Seal, a_stream_is_sealed_and_opened_again) {
  const std::string plain = crypto::random_bytes(1'200'001);
  for (const char* armor : {"", "--armor"}) {
    std::vector<std::string> how = {"seal", "--recipient", recipient};
    if (*armor != '\0') how.emplace_back(armor);
    const auto sealed = tools::gatehouse(folder, how, plain);
    ASSERT_EQ(sealed.code, 0) << sealed.err;
    EXPECT_EQ(sealed.out.starts_with("-----BEGIN AGE"), *armor != '\0');
    const auto opened = tools::gatehouse(folder, {"open", "--identity", folder.path("other"), "--identity", folder.path("id"), "--threads", "2"}, sealed.out);
    EXPECT_EQ(opened.code, 0) << opened.err;
    EXPECT_TRUE(opened.out == plain);
    if (tools::have("age")) {
      folder.write("file.age", sealed.out);
      EXPECT_EQ(folder.run("age -d -i id -o stock file.age"), 0);
      EXPECT_TRUE(folder.read("stock") == plain);
    }
  }
}

TEST_F(Seal, a_changed_file_gives_what_is_genuine_before_the_fault_and_fails) {
  const std::string plain(300'000, 'p');
  auto sealed = tools::gatehouse(folder, {"seal", "-r", recipient}, plain).out;
  sealed[sealed.size() - 70'000] ^= 1;
  const auto opened = tools::gatehouse(folder, {"open", "-i", folder.path("id")}, sealed);
  EXPECT_EQ(opened.code, 1);
  EXPECT_EQ(opened.out, plain.substr(0, 3 * 65536));
  EXPECT_NE(opened.err.find("age payload, chunk 3"), std::string::npos) << opened.err;
  EXPECT_NE(opened.err.find("cut short: do not use it"), std::string::npos);
  EXPECT_EQ(std::count(opened.err.begin(), opened.err.end(), '\n'), 1);
  const auto json = tools::gatehouse(folder, {"open", "-i", folder.path("id"), "--json"}, sealed);
  EXPECT_EQ(json.code, 1);
  EXPECT_NE(json.err.find("\"code\":\"bad_payload\""), std::string::npos) << json.err;
}

TEST_F(Seal, wrong_keys_fail_and_wrong_usage_is_told_apart) {
  const auto sealed = tools::gatehouse(folder, {"seal", "-r", recipient}, "words").out;
  const auto refused = tools::gatehouse(folder, {"open", "-i", folder.path("other")}, sealed);
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_EQ(tools::gatehouse(folder, {"open", "-i", folder.path("id")}, "not an age file").code, 1);
  EXPECT_EQ(tools::gatehouse(folder, {"open", "-i", folder.path("nowhere")}, sealed).code, 2);
  EXPECT_EQ(tools::gatehouse(folder, {"open"}, sealed).code, 2);
  EXPECT_EQ(tools::gatehouse(folder, {"seal"}, "words").code, 2);
  EXPECT_EQ(tools::gatehouse(folder, {"seal", "-r", "age1nonsense"}, "words").code, 2);
  EXPECT_EQ(tools::gatehouse(folder, {"seal", "-r", recipient, "--unknown"}, "words").code, 2);
  EXPECT_EQ(tools::gatehouse(folder, {"seal", "--help"}).code, 0);
  folder.write("bad", "AGE-SECRET-KEY-1NONSENSE\n");
  const auto bad = tools::gatehouse(folder, {"open", "-i", folder.path("bad")}, sealed);
  EXPECT_EQ(bad.code, 2);
  EXPECT_NE(bad.err.find("line 1"), std::string::npos);
  EXPECT_EQ(bad.err.find("NONSENSE"), std::string::npos) << "a key never stands in an error";
}

TEST_F(Seal, a_passphrase_file_seals_and_opens) {
  folder.write("pass", "three example words\n");
  const auto sealed = tools::gatehouse(folder, {"seal", "--passphrase-file", folder.path("pass")}, "words");
  ASSERT_EQ(sealed.code, 0) << sealed.err;
  EXPECT_EQ(tools::gatehouse(folder, {"open", "--passphrase-file", folder.path("pass")}, sealed.out).out, "words");
}

}  // namespace
}  // namespace gatehouse::cli
