// Two people where two must agree, at the command line: typed names, and the accounts behind the proposals of a pack.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/keys.hpp"
#include "tests/gateway/cli/command.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Arguments = std::vector<std::string>;

const std::string kConfig = std::string(test::source_dir()) + "/config";
constexpr const char* kPassword = "harbour violet saddle";

struct Account {
  std::string id, sign_in;
  std::vector<std::string> codes;  // each opens once
};

class Officers : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::start());
    const auto made = run(init("site", "Imogen Farrow", "Delroy Whitcombe"));
    ASSERT_EQ(made.code, 0) << made.err;
    config = folder.path("site/gatehouse.json");
  }
  tools::Ran run(const Arguments& arguments, const std::string& input = "") const { return tools::gatehouse(folder, arguments, input); }
  Arguments init(const std::string& dir, const std::string& one, const std::string& other) const {
    return {"init",
            "--dir",
            folder.path(dir),
            "--organisation",
            "Example House",
            "--duty-number",
            "01632 960999",
            "--config-dir",
            kConfig,
            "--pack",
            "children-and-families",
            "--approved-by",
            one,
            "--approved-by",
            other};
  }
  Account account(const std::string& name, const std::string& sign_in, const std::string& role) const {
    const auto added = run(
        {"user", "add", "--config", config, "--json"},
        json({{"name", name}, {"sign_in", sign_in}, {"roles", {role}}, {"password", kPassword}, {"training_until", "2030-01-01"}}).dump());
    EXPECT_EQ(added.code, 0) << added.err;
    const json told = json::parse(added.out);
    return {told.at("id"), sign_in, told.at("recovery_codes")};
  }
  // As somebody who signs in with the next of their codes.
  tools::Ran as(Account& who, Arguments arguments) const {
    for (const std::string& more : {std::string("--as"), who.sign_in, std::string("--config"), config}) arguments.push_back(more);
    const std::string code = who.codes.back();
    who.codes.pop_back();
    return run(arguments, std::string(kPassword) + "\n" + code + "\n");
  }
  // A pack of another version, and its hash.
  std::string draft(const std::string& version) const {
    json pack = json::parse(folder.read_from(kConfig + "/packs/children-and-families.json"));
    pack["version"] = version;
    const std::string text = pack.dump();
    folder.write(version + ".json", text);
    return crypto::hex(crypto::sha256(text));
  }
  std::string proposal(const std::string& sha256) const { return "site/data/packs/" + sha256 + ".proposal"; }

  struct Files : tools::Folder {
    std::string read_from(const std::string& file) const {
      std::ifstream in(file);
      return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
  } folder;
  std::string config;
};

TEST_F(Officers, OnePersonUnderTwoNamesIsRefusedByEveryCommandThatTakesTwo) {
  const Account jane = account("Jane Smith", "rabbit", "dpo");
  // As somebody typed them, and what neither line may then say: whose an account is.
  struct Pair {
    std::string first, second;
    bool needs_accounts;
  };
  const std::vector<Pair> pairs = {
      {"Jane Smith", "J. Smith", false}, {"Jane Smith", "J\u0430ne Smith", false}, {"Jane Smith (DSL)", "Smith, Jane BA", false},
      {"Jane Smith", jane.id, true},     {"Jane Smith", "RABBIT", true},           {jane.id, "rabbit", true}};
  const auto with = [](Arguments command, const char* option, const Pair& pair) {
    for (const std::string& more : {std::string(option), pair.first, std::string(option), pair.second}) command.push_back(more);
    return command;
  };
  for (const auto& pair : pairs) {
    const std::vector<Arguments> commands = {
        with({"keys", "shred", "--person", "P-1", "--reason", "asked for", "--config", config}, "--approved-by", pair),
        with({"restored", "--reason", "the machine burnt", "--config", config}, "--officer", pair),
        with({"stats", "approve", "--config", config}, "--officer", pair),
        with({"stats", "restored", "--config", config}, "--officer", pair),
        with({"stats", "cap", "--all", "--year", "2026", "300000000", "--reason", "more", "--config", config}, "--officer", pair),
    };
    for (const auto& command : commands) {
      const auto ran = run(command);
      EXPECT_EQ(ran.code, 2) << command[0] << ' ' << command[1] << ": " << pair.first << " / " << pair.second << ": " << ran.err;
      EXPECT_NE(ran.err.find("officers"), std::string::npos) << ran.err;
      EXPECT_TRUE(ran.err.find("full names") != std::string::npos || ran.err.find("same letters") != std::string::npos) << ran.err;
      EXPECT_EQ(ran.err.find("Smith"), std::string::npos) << ran.err;
    }
    if (pair.needs_accounts) continue;
    for (const auto& command :
         {with({"config", "approve-pack", "--config", config}, "--approved-by", pair), init("other", pair.first, pair.second)})
      EXPECT_EQ(run(command).code, 2) << command[0] << ": " << pair.first << " / " << pair.second;
    EXPECT_FALSE(fs::exists(folder.path("other")));
  }
  // The same commands with two people: not refused for their names.
  const auto two = run({"stats", "approve", "--config", config, "--officer", "rabbit", "--officer", "Delroy Whitcombe"});
  EXPECT_EQ(two.code, 0) << two.err;
  // The store asks again, and knows no accounts: it is given the name of whoever has the id.
  const auto by_id = run({"stats", "approve", "--config", config, "--officer", jane.id, "--officer", "Delroy Whitcombe"});
  EXPECT_EQ(by_id.code, 0) << by_id.err;
}

TEST_F(Officers, APackIsNotApprovedByItsProposerUnderASecondAccount) {
  Account lead = account("Jane Smith", "lead", "ig_lead"), again = account("Ms J. Smith", "again", "manager"),
          other = account("Delroy Whitcombe", "delroy", "dsl");
  const std::string sha256 = draft("2031.1");
  ASSERT_EQ(as(lead, {"policy", "propose", folder.path("2031.1.json")}).code, 0);
  auto refused = as(lead, {"policy", "approve", sha256});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("does not approve it"), std::string::npos) << refused.err;
  refused = as(again, {"policy", "approve", sha256});
  EXPECT_EQ(refused.code, 1) << "two accounts of one person";
  EXPECT_NE(refused.err.find("somebody else signs in"), std::string::npos) << refused.err;
  EXPECT_EQ(refused.err.find("Smith"), std::string::npos) << refused.err;
  EXPECT_EQ(run({"policy", "activate", sha256, "--config", config}).code, 1);
  const auto approved = as(other, {"policy", "approve", sha256});
  EXPECT_EQ(approved.code, 0) << approved.err;
  const auto active = run({"policy", "activate", sha256, "--config", config});
  EXPECT_EQ(active.code, 0) << active.err;
}

TEST_F(Officers, AStaleProposalIsNamedAndHidesNoOther) {
  Account lead = account("Jane Smith", "lead", "ig_lead"), other = account("Delroy Whitcombe", "delroy", "dsl");
  const std::string good = draft("2031.1"), stale = draft("2031.2");
  ASSERT_EQ(as(lead, {"policy", "propose", folder.path("2031.1.json")}).code, 0);
  ASSERT_EQ(as(lead, {"policy", "propose", folder.path("2031.2.json")}).code, 0);
  const Arguments list = {"policy", "proposals", "--config", config}, list_json = {"policy", "proposals", "--json", "--config", config};
  const std::string whole = folder.read(proposal(stale));
  auto ran = run(list);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find(stale.substr(0, 12)), std::string::npos);
  struct Case {
    const char* what;
    std::string text;
  };
  // Changed, cut short, empty, of another pack.
  for (const auto& [what, text] : std::vector<Case>{{"another key", "{}\n" + std::string(64, '0') + "\n"},
                                                    {"half", whole.substr(0, 20)},
                                                    {"empty", ""},
                                                    {"the other's", folder.read(proposal(good))}}) {
    folder.write(proposal(stale), text);
    ran = run(list);
    EXPECT_EQ(ran.code, 1) << what;
    EXPECT_NE(ran.out.find(good.substr(0, 12)), std::string::npos) << what << ": the other one is listed";
    EXPECT_EQ(ran.out.find(stale.substr(0, 12)), std::string::npos) << what;
    EXPECT_NE(ran.err.find(stale.substr(0, 12)), std::string::npos) << what << ": " << ran.err;
    EXPECT_NE(ran.err.find("propose the pack again"), std::string::npos) << what << ": " << ran.err;
    ran = run(list_json);
    EXPECT_EQ(ran.code, 1) << what;
    std::istringstream lines(ran.out);
    int whole_ones = 0, stale_ones = 0;
    for (std::string line; std::getline(lines, line);) (json::parse(line).contains("stale") ? stale_ones : whole_ones) += 1;
    EXPECT_EQ(whole_ones, 1) << what;
    EXPECT_EQ(stale_ones, 1) << what;
    for (const char* command : {"approve", "activate"}) {
      Arguments asked = {"policy", command, stale, "--config", config};
      if (std::string(command) == "approve") asked.insert(asked.end(), {"--as", "delroy"});
      ran = run(asked);
      EXPECT_EQ(ran.code, 1) << what << ", " << command;
      EXPECT_NE(ran.err.find("propose the pack again"), std::string::npos) << what << ": " << ran.err;
    }
  }
  // The other one goes on to serve, and what was stale is proposed again.
  EXPECT_EQ(as(other, {"policy", "approve", good}).code, 0);
  EXPECT_EQ(as(lead, {"policy", "propose", folder.path("2031.2.json")}).code, 0);
  ran = run(list);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_NE(ran.out.find(stale.substr(0, 12)), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::tests
