// No pack serves unless a child process said, in so many words and about these very bytes, that every claim holds. Here the child is a script that says
// something else, or nothing, or is late, or is ended; and the memory of what was proved is a file that somebody wrote into.
#include "gateway/proof_gate.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>

#include "crypto/keys.hpp"
#include "gateway/pack_files.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "tests/crypto/tools.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::tests {
namespace {

using gateway::ProofGate;
using gateway::ProofLimits;

crypto::SecretBytes secret(std::string_view text) { return crypto::SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}); }

class Proofs : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string source = ::gatehouse::test::source_dir();
    settings.config_dir = source + "/config";
    settings.pack = source + "/config/packs/children-and-families.json";
    settings.data.database = folder.path("gatehouse.db");
    const auto read = gateway::load_policies(settings);
    ASSERT_TRUE(read) << read.error().text();
    policies = *read;
  }
  // `body` runs in a shell; each run leaves a line in `ran`.
  void program(const std::string& body) {
    folder.write("program", "#!/bin/sh\necho x >>'" + folder.path("ran") + "'\n" + body + "\n");
    ::chmod(folder.path("program").c_str(), 0700);
  }
  std::string said(const std::string& holds, std::string sha256 = {}, std::string reference = {}) const {
    if (sha256.empty()) sha256 = policies->pack.identity().sha256;
    if (reference.empty()) reference = policies->reference_sha256;
    return R"(echo '{"sha256":")" + sha256 + R"(","reference_sha256":")" + reference + R"(","holds":)" + holds +
           R"(,"claims":[{"says":"Nothing goes without consent.","holds":)" + holds + R"(,"examples":[{"plain":"Robin, 14, never asked."}]}]}')";
  }
  std::string trouble(const char* key = "key", ProofLimits limits = {}) {
    ProofGate gate(folder.path("program"), folder.path("proofs"), secret(key), limits);
    return gate.trouble(settings, *policies);
  }
  std::size_t runs() const { return folder.read("ran").size() / 2; }

  tools::Folder folder;
  gateway::Settings settings;
  std::shared_ptr<const gateway::Policies> policies;
};

TEST_F(Proofs, APackServesOnlyOnAPlainYesAboutTheseVeryBytes) {
  const std::string other(64, 'a');
  const struct {
    const char* what;
    std::string body, says;
  } cases[] = {
      {"no", said("false") + "\nexit 1", "Nothing goes without consent. Not here: Robin, 14, never asked."},
      {"yes, and the status of a no", said("true") + "\nexit 1", "a claim does not hold"},
      {"no, and the status of a yes", said("false"), "Nothing goes without consent."},
      {"of another pack", said("true", other), "changed while it was proved"},
      {"against other reference data", said("true", {}, other), "changed while it was proved"},
      {"a yes in words", said("\"true\""), "nothing that can be read"},
      {"no JSON", "echo yes", "nothing that can be read"},
      {"a list", "echo '[]'", "nothing that can be read"},
      {"half a yes", "printf '{\"holds\":true'", "nothing that can be read"},
      {"silence", "", "nothing that can be read"},
      {"bad input", "echo 'pack: no' >&2\nexit 2", "pack: no"},
      {"a crash", "kill -SEGV $$", "signal 11"},
      {"a kill after a yes", said("true") + "\nkill -KILL $$", "signal 9"},
      {"a yes that never ends", said("true") + "\nexec sleep 30", "longer than"},
      {"a yes whose ends are closed and which never ends", said("true") + "\nexec sleep 30 >/dev/null 2>&1", "longer than"},
  };
  for (const auto& one : cases) {
    program(one.body);
    const auto begun = std::chrono::steady_clock::now();
    const std::string line = trouble("key", ProofLimits{.time = std::chrono::milliseconds(1500)});
    EXPECT_NE(line.find(one.says), std::string::npos) << one.what << ": " << line;
    EXPECT_NE(line.find("is not proved and does not serve"), std::string::npos) << one.what << ": " << line;
    EXPECT_EQ(line.find('\n'), std::string::npos) << one.what;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20)) << one.what;
    EXPECT_EQ(folder.read("proofs"), "") << one.what << ": nothing is remembered";
  }
  EXPECT_EQ(runs(), std::size(cases));
  ProofGate nobody(folder.path("not-there"), folder.path("proofs"), secret("key"));
  EXPECT_NE(nobody.trouble(settings, *policies).find("is not proved"), std::string::npos);
  program(said("true"));
  EXPECT_EQ(trouble(), "");
}

TEST_F(Proofs, WhatWasProvedIsNotProvedAgainByTheSameProgram) {
  program(said("true"));
  EXPECT_EQ(trouble(), "");
  EXPECT_EQ(trouble(), "");
  EXPECT_EQ(runs(), 1u);
  program(said("false") + "\nexit 1");
  EXPECT_NE(trouble(), "") << "another program may prove more";
  EXPECT_EQ(runs(), 2u);
}

TEST_F(Proofs, OtherReferenceDataIsAnotherProof) {
  program(said("true"));
  EXPECT_EQ(trouble(), "");
  auto changed = std::make_shared<gateway::Policies>(*policies);
  changed->reference_sha256 = std::string(64, 'b');
  policies = changed;
  EXPECT_NE(trouble(), "") << "what the script says is about the data of before";
}

TEST_F(Proofs, WhoWritesIntoTheMemoryWithoutTheKeyCausesAProofAndNeverSkipsOne) {
  program(said("false") + "\nexit 1");
  // as somebody would write it who knows everything but the key
  const std::string pack = policies->pack.identity().sha256, self = crypto::hex(crypto::sha256(folder.read("program")));
  std::string lines;
  for (const std::string& key : {std::string(), std::string("other"), std::string(32, '\0')})
    lines += crypto::hex(crypto::hmac_sha256(secret(key), "gatehouse proof 1\n" + pack + "\n" + policies->reference_sha256 + "\n" + self)) + "\n";
  folder.write("proofs", "\n" + lines + pack + "\n");
  EXPECT_NE(trouble(), "");
  EXPECT_EQ(runs(), 1u);
  // the positive control: under the key it is remembered
  folder.write("proofs", crypto::hex(crypto::hmac_sha256(secret("key"), "gatehouse proof 1\n" + pack + "\n" + policies->reference_sha256 + "\n" + self)) + "\n");
  EXPECT_EQ(trouble(), "");
  EXPECT_EQ(runs(), 1u);
}

TEST_F(Proofs, AMemoryThatCannotBeWrittenIsNoReasonNotToServe) {
  program(said("true"));
  std::filesystem::create_directory(folder.path("proofs"));
  EXPECT_EQ(trouble(), "");
  EXPECT_EQ(trouble(), "");
  EXPECT_EQ(runs(), 2u) << "proved each time";
}

TEST_F(Proofs, TheApprovedPackServesFromItsKeptCopyAndNothingElseDoes) {
  const std::string approved = policies->pack.identity().sha256;
  const std::string text = *gateway::read_file(settings.pack);
  ASSERT_EQ(gateway::keep_pack(settings, text), "");
  folder.write("draft.json", "{");
  settings.pack = folder.path("draft.json");
  std::string note;
  const auto copy = gateway::load_approved_policies(settings, approved, &note);
  ASSERT_TRUE(copy) << copy.error().text();
  EXPECT_EQ((*copy)->pack.identity().sha256, approved);
  EXPECT_NE(note.find("draft.json"), std::string::npos) << note;
  // A copy that somebody changed is none.
  folder.write("packs/" + approved + ".json", text + " ");
  EXPECT_FALSE(gateway::load_approved_policies(settings, approved));
  EXPECT_FALSE(gateway::load_approved_policies(settings, "../../draft"));
  EXPECT_FALSE(gateway::load_approved_policies(settings, ""));
}

}  // namespace
}  // namespace gatehouse::tests
