// libsodium is started once for every test of this executable. After a whole run it is said how many cases of the published vectors were judged, and
// the run fails if a file was left lying without a word.
#include <gtest/gtest.h>

#include <array>
#include <iostream>

#include "crypto/secret_bytes.hpp"
#include "tests/conformance/vectors.hpp"

namespace {

namespace conformance = gatehouse::conformance;

// What begins with one of these is left out, and why.
constexpr std::array<std::array<std::string_view, 2>, 10> kLeftOut = {{
    {"age-cctv/hybrid", "ML-KEM-768 recipients: another kind of recipient (crypto/decisions/0001-post-quantum.md)"},
    {"age-cctv/armor_hybrid", "the same, in armour"},
    {"wycheproof/aes_gcm_test.json", "a primitive that is not used"},
    {"wycheproof/mlkem_768", "post-quantum, not used yet"},
    {"wycheproof/mldsa_44", "post-quantum, not used yet"},
    {"rfc9421-remitly/test-key-", "keys of other algorithms; of Ed25519 the public half is used"},
    {"rfc9421-remitly/test-shared-secret", "HMAC signatures: not in the profile"},
    {"rfc9421-remitly/rfc-test-", "the messages before they were signed"},
    {"adcp-httpsig/request-signing/canonicalization.json", "addresses are not brought into another form here: a request in another form is refused"},
    {"adcp-httpsig/request-signing/body-integrity-policy.json", "optional digests: the profile always wants one"},
}};

std::string_view left_out(const std::string& name) {
  for (const auto& [prefix, why] : kLeftOut)
    if (name.starts_with(prefix)) return why;
  return {};
}

class StartCrypto : public testing::Environment {
 public:
  void SetUp() override { ASSERT_TRUE(gatehouse::crypto::start()); }

  void TearDown() override {
    if (GTEST_FLAG_GET(filter) != "*") return;
    const auto vectors = conformance::shared_folder() / "vectors";
    std::error_code ignored;
    if (!std::filesystem::is_directory(vectors, ignored)) {
      std::cout << "[ VECTORS  ] none on this machine: the conformance tests were skipped; set GATEHOUSE_SHARED\n";
      return;
    }
    struct Sum {
      std::size_t files = 0, judged = 0, cases = 0;
    };
    std::map<std::string, Sum> suites;
    std::map<std::string_view, std::size_t> reasons;
    const auto& read = conformance::cases_read();
    for (const auto& path : conformance::files_under(vectors)) {
      const std::string name = std::filesystem::relative(path, vectors).string(), suite = name.substr(0, name.find('/'));
      const std::string file = path.filename();
      if (suite == name || file.starts_with("LICENSE") || path.extension() == ".md") continue;
      Sum& sum = suites[suite];
      ++sum.files;
      const auto known = read.find(path.string());
      if (known != read.end()) {
        ++sum.judged;
        sum.cases += known->second;
        if (known->second > 1) std::cout << "[ VECTORS  ]   " << name << ": " << known->second << " cases\n";
        continue;
      }
      const std::string_view why = left_out(name);
      if (why.empty())
        ADD_FAILURE() << name << " was not read by any test, and no reason is written down";
      else
        ++reasons[why];
    }
    for (const auto& [suite, sum] : suites)
      std::cout << "[ VECTORS  ] " << suite << ": " << sum.judged << " of " << sum.files << " files read, " << sum.cases << " cases judged\n";
    for (const auto& [why, files] : reasons) std::cout << "[ VECTORS  ] left out: " << files << " files, " << why << "\n";
  }
};

const auto* const registered = testing::AddGlobalTestEnvironment(new StartCrypto);

}  // namespace
