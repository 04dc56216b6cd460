#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "gateway/cli/cli.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::cli {
namespace {

const std::string config = std::string(::gatehouse::test::source_dir()) + "/config";
const std::string pack = config + "/packs/children-and-families.json";

struct Ran {
  int code = 0;
  std::string out, error;
  std::vector<nlohmann::json> lines() const {
    std::vector<nlohmann::json> all;
    std::istringstream in(out);
    for (std::string line; std::getline(in, line);) all.push_back(nlohmann::json::parse(line));
    return all;
  }
};

// Streams of the process, put back whatever happens.
class Redirected {
 public:
  Redirected(std::ios& stream, std::streambuf* to) : stream_(stream), was_(stream.rdbuf(to)) {}
  ~Redirected() { stream_.rdbuf(was_); }

 private:
  std::ios& stream_;
  std::streambuf* was_;
};

Ran run_policy(std::vector<std::string> words, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out, error;
  Context context;
  CLI::App app{"gatehouse"};
  add_policy(app, context);
  words.insert(words.begin(), "policy");
  std::reverse(words.begin(), words.end());
  Redirected a(std::cin, in.rdbuf()), b(std::cout, out.rdbuf()), c(std::cerr, error.rdbuf());
  Ran ran;
  try {
    app.parse(words);
    ran.code = context.exit_code;
  } catch (const CLI::ParseError&) {
    ran.code = 2;
  }
  ran.out = out.str();
  ran.error = error.str();
  return ran;
}

// A file that is gone when the test is.
class Temporary {
 public:
  explicit Temporary(const std::string& text, const std::string& folder = "") {
    path_ = std::filesystem::temp_directory_path() / ("gatehouse-policy-" + std::to_string(::getpid()) + "-" + std::to_string(++count_) + folder);
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~Temporary() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
};

const std::string withheld = R"({"id":"a","at":"2026-11-24T10:00:00Z","flow":"partner_request","items":[{"category":"contact","relevant":true}]})";

TEST(PolicyDecide, AnswersOneCaseOverSeveralLines) {
  const Ran ran = run_policy({"decide", "--pack", pack}, "{\n \"id\": \"a\",\n \"flow\": \"partner_request\"\n}\n");
  EXPECT_EQ(ran.code, 0) << ran.error;
  ASSERT_EQ(ran.lines().size(), 1u);
  EXPECT_EQ(ran.lines()[0]["id"], "a");
  EXPECT_EQ(ran.lines()[0]["pack"]["sha256"].get<std::string>().size(), 64u);
}

TEST(PolicyDecide, AnswersEachLineAndPutsAnErrorInItsPlace) {
  const Ran ran = run_policy({"decide", "--pack", pack}, withheld + "\n{\"id\":\"b\",\"flow\":\"letter\"}\n\nnot json\n{\"name\":\"n\",\"why\":\"w\",\"case\":{\"id\":\"c\"},\"expect\":{}}\n");
  EXPECT_EQ(ran.code, 1);
  const auto lines = ran.lines();
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0]["outcome"], "withhold");
  EXPECT_EQ(lines[1]["id"], "b");
  EXPECT_EQ(lines[1]["error"]["path"], "$.flow");
  EXPECT_EQ(lines[1]["error"]["allowed"].size(), 8u);
  EXPECT_TRUE(lines[2]["id"].is_null());
  EXPECT_EQ(lines[3]["id"], "c");
}

TEST(PolicyDecide, GoesOnAfterABadFirstLine) {
  const Ran ran = run_policy({"decide", "--pack", pack}, "{\"id\":\n" + withheld + "\n");
  EXPECT_EQ(ran.code, 1);
  ASSERT_EQ(ran.lines().size(), 2u);
  EXPECT_TRUE(ran.lines()[0].contains("error"));
  EXPECT_EQ(ran.lines()[1]["outcome"], "withhold");
}

TEST(PolicyDecide, IsUsedWrongWithoutPackCaseOrFile) {
  EXPECT_EQ(run_policy({"decide"}, withheld).code, 2);
  EXPECT_EQ(run_policy({"decide", "--pack", pack}, "").code, 2);
  EXPECT_EQ(run_policy({"decide", "--pack", pack, "/nonexistent"}).code, 2);
  EXPECT_EQ(run_policy({"decide", "--pack", config}, withheld).code, 2);
  const Ran none = run_policy({"decide", "--pack", "/nonexistent.json"}, withheld);
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(std::count(none.error.begin(), none.error.end(), '\n'), 1) << none.error;
  const Temporary bad("{\"schema\":\"gatehouse-pack/1\"}");
  const Ran refused = run_policy({"decide", "--pack", bad.path(), "--config-dir", config}, withheld);
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.error.find("$."), std::string::npos) << refused.error;
}

TEST(PolicyCases, PassesTheCasesOfTheProject) {
  const Ran ran = run_policy({"cases", "--pack", pack, std::string(::gatehouse::test::source_dir()) + "/tests/policy/cases/children-and-families.jsonl"});
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_NE(ran.out.find(" 0 differ, 0 refused"), std::string::npos) << ran.out;
}

TEST(PolicyCases, ShowsWhatDiffersAndWhy) {
  const std::string line = R"({"name":"a name","why":"CAF-22.","case":)" + withheld + R"(,"expect":{"outcome":"release"}})";
  const Ran ran = run_policy({"cases", "--pack", pack}, line + "\n");
  EXPECT_EQ(ran.code, 1);
  for (const char* part : {"a name", "outcome: expected \"release\", got ", "why: CAF-22.", "0 of 1 cases as expected, 1 differ"})
    EXPECT_NE(ran.out.find(part), std::string::npos) << part << " in " << ran.out;
  EXPECT_EQ(run_policy({"cases", "--json", "--pack", pack}, line).lines()[0]["differences"][0]["expected"], "release");
  EXPECT_EQ(run_policy({"cases", "--pack", pack}, R"({"name":"n","case":{},"expect":{"outcome":"withhold","color":1}})").code, 1);
  EXPECT_EQ(run_policy({"cases", "--pack", pack}, withheld).code, 1) << "a case without expectations is refused";
  EXPECT_EQ(run_policy({"cases", "--pack", pack}, "").code, 2);
}

TEST(PolicyMutate, SaysWhatNobodyNoticesAndWritesACaseThatDoes) {
  // one mutant, of a rule that speaks in one flow only: `rule own-file: oblige.offer_support after`
  const std::vector<std::string> one = {"mutate", pack, "--every", "100000", "--first", "259"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), one.begin(), one.end());
    return run_policy(more);
  };
  const Ran alone = with({});
  EXPECT_EQ(alone.code, 1) << alone.out;
  EXPECT_NE(alone.out.find("nobody notices: rule own-file: "), std::string::npos) << alone.out;
  EXPECT_NE(alone.out.find("score 0.0000: of 1 mutants 0 do not load, 0 are seen by a case, 0 by the proof, 1 by nobody"), std::string::npos) << alone.out;
  const auto rows = with({"--json"}).lines();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["fate"], "survived");
  EXPECT_TRUE(rows[0]["case"].is_object());
  EXPECT_EQ(rows[1]["mutants"], 1);
  EXPECT_EQ(rows[1]["score"], 0.0);

  const Temporary file("");
  const Ran wrote = with({"--write", file.path()});
  EXPECT_EQ(wrote.code, 0) << wrote.out;
  EXPECT_NE(wrote.out.find("1 cases written, and 0 with laws in force"), std::string::npos) << wrote.out;
  EXPECT_EQ(run_policy({"cases", "--pack", pack, file.path()}).code, 0) << "the pack itself answers it as written";
  const Ran seen = with({"--cases", file.path()});
  EXPECT_EQ(seen.code, 0) << seen.out;
  EXPECT_NE(seen.out.find("score 1.0000: of 1 mutants 0 do not load, 1 are seen by a case"), std::string::npos) << seen.out;

  EXPECT_EQ(with({"--cases", "/nowhere.jsonl"}).code, 2);
  EXPECT_EQ(with({"--every", "0"}).code, 2);
  const Temporary wrong(R"({"name":"n","why":"w","case":)" + withheld + R"(,"expect":{"outcome":"release"}})" + "\n");
  const Ran refused = with({"--cases", wrong.path()});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.error.find("does not answer this case as expected"), std::string::npos) << refused.error;
}

TEST(PolicyExplain, SaysWhyInPlainWords) {
  const Ran ran = run_policy({"explain", "--pack", pack}, withheld);
  EXPECT_EQ(ran.code, 0);
  EXPECT_NE(ran.out.find("contact"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("withhold"), std::string::npos) << "words of the screens, not of the code: " << ran.out;
  const Ran bad = run_policy({"explain", "--json", "--pack", pack}, withheld + "\n{\"flow\":1}\n");
  EXPECT_EQ(bad.code, 1);
  EXPECT_TRUE(bad.lines()[0].contains("explanation"));
  EXPECT_TRUE(bad.lines()[1].contains("error"));
}

TEST(PolicyLint, FindsTheMistitledActsOfThePolicy) {
  const Ran ran = run_policy({"lint", "--at", "2026-11-24", pack});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.out.find("[mis-titled-acts]"), std::string::npos);
  EXPECT_EQ(ran.out.find("[unknown-law]"), std::string::npos) << ran.out;
  EXPECT_EQ(run_policy({"lint", "--at", "soon", pack}).code, 2);
  EXPECT_EQ(run_policy({"lint"}).code, 2);
  for (const auto& line : run_policy({"lint", "--json", "--at", "2026-11-24", pack}).lines()) EXPECT_TRUE(line.contains("remedy"));
}

TEST(PolicyTable, PrintsAPackForWhoeverSignsItOff) {
  const Ran text = run_policy({"table", "--at", "2026-11-24", pack});
  EXPECT_EQ(text.code, 0) << text.error;
  EXPECT_TRUE(text.out.starts_with("# ")) << text.out.substr(0, 80);
  EXPECT_NE(text.out.find("## Signed off"), std::string::npos);
  EXPECT_NE(run_policy({"table", "--html", pack}).out.find("<!DOCTYPE html>"), std::string::npos);
  EXPECT_TRUE(run_policy({"table", "--json", pack}).lines().at(0).contains("sections"));
  EXPECT_EQ(run_policy({"table", "--html", "--markdown", pack}).code, 2);
  const Temporary broken("{\"schema\":\"gatehouse-pack/1\"}");
  const Ran refused = run_policy({"table", "--config-dir", config, broken.path()});
  EXPECT_EQ(refused.code, 2) << "nobody signs off what does not load";
  EXPECT_EQ(std::count(refused.error.begin(), refused.error.end(), '\n'), 1) << refused.error;
}

// Every bad pack: one line with the file, the path inside it and what would be right.
TEST(PolicyLint, GivesABadPackOneLineWithFilePathAndRemedy) {
  std::ifstream in(pack);
  const nlohmann::json good = nlohmann::json::parse(in);
  const std::vector<std::pair<std::function<void(nlohmann::json&)>, std::string>> changes = {
      {[](auto& p) { p["rules"][0]["whenn"] = 1; }, "$.rules[0].whenn"},
      {[](auto& p) { p["rules"][0]["effect"] = "allow"; }, "$.rules[0].effect"},
      {[](auto& p) { p["rules"][0]["cite"]["clauses"] = nlohmann::json::array(); }, "$.rules[0].cite"},
      {[](auto& p) { p["policy"]["dated"] = "2026-02-30"; }, "$.policy.dated"},
      {[](auto& p) { p["rules"][1]["id"] = p["rules"][0]["id"]; }, "$.rules[1].id"},
      {[](auto& p) { p["settings"].erase("covert_advice"); }, "$.settings.covert_advice"},
      {[](auto& p) { p["rules"][0]["overrides"] = nlohmann::json::array({p["rules"][0]["id"]}); }, "$.rules[0].overrides"}};
  for (const auto& [change, where] : changes) {
    nlohmann::json bad = good;
    change(bad);
    const Temporary file(bad.dump());
    for (const char* command : {"lint", "table"}) {  // coverage also speaks about drafts that do not load yet
      const Ran ran = run_policy({command, "--config-dir", config, file.path()});
      EXPECT_EQ(ran.code, 2) << where;
      EXPECT_EQ(std::count(ran.error.begin(), ran.error.end(), '\n'), 1) << ran.error;
      EXPECT_NE(ran.error.find(file.path() + " " + where), std::string::npos) << ran.error;
      EXPECT_NE(ran.error.find("; "), std::string::npos) << "what would be right: " << ran.error;
    }
  }
  const Temporary huge(std::string(10'000'000, ' ') + "{}");
  const Ran ran = run_policy({"lint", "--config-dir", config, huge.path()});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(std::count(ran.error.begin(), ran.error.end(), '\n'), 1) << ran.error;
}

TEST(PolicyReplay, ListsWhatADraftWouldChangeAndSumsUp) {
  const std::string question =
      R"({"id":"q","at":"2026-11-24T10:00:00Z","flow":"partner_request","requester":{"kind":"partner","agency":"kent-housing","agency_type":"housing","agreement":"current","conflict":false},)"
      R"("subject":{"age":30,"competence":"competent"},"purpose":"early_help","stated":["public_task","why_necessary","intended_use"],)"
      R"("items":[{"id":"i-1","category":"contact","relevant":true,"compartment":"none","given_in_confidence":false,"withheld_from_requester":false}],)"
      R"("consents":[{"agencies":["kent-housing"],"categories":["contact"],"purposes":["early_help"],"form":"verbal","given_by":"subject","given":"2026-05-01","expires":"2027-05-01"}],"notice":"not_yet","emergency":false})";
  const std::string decision = run_policy({"decide", "--pack", pack}, question).out;
  const std::string line = R"({"id":"req-1","case":)" + question + R"(,"decision":)" + decision.substr(0, decision.size() - 1) + "}\n";
  const Ran same = run_policy({"replay", "--json", "--pack", pack}, line);
  EXPECT_EQ(same.code, 0) << same.error;
  ASSERT_EQ(same.lines().size(), 1u) << same.out;
  EXPECT_EQ(same.lines()[0]["changed"], 0);
  const Ran other = run_policy({"replay", "--json", "--pack", config + "/packs/new-futures.json"}, line + "{}\n");
  EXPECT_EQ(other.code, 1) << "one line cannot be read";
  ASSERT_EQ(other.lines().size(), 3u) << other.out;
  EXPECT_EQ(other.lines()[0]["id"], "req-1");
  EXPECT_EQ(other.lines()[0]["less"], true);
  EXPECT_EQ(other.lines()[2]["decisions"], 2);
  EXPECT_EQ(other.lines()[2]["refused"], 1);
  EXPECT_EQ(run_policy({"replay", "--pack", pack}, "").code, 2);
  EXPECT_EQ(run_policy({"replay", "--pack", pack, "--log", "/nowhere/gatehouse.json"}).code, 2);
}

TEST(PolicyCoverage, MapsEveryClauseOfThePolicy) {
  const Ran ran = run_policy({"coverage", pack});
  EXPECT_EQ(ran.code, 0) << ran.out;
  EXPECT_NE(ran.out.find("30 of 30 clauses mapped"), std::string::npos) << ran.out;
}

TEST(PolicyCoverage, FailsOnAGap) {
  std::ifstream in(pack);
  nlohmann::json changed = nlohmann::json::parse(in);
  changed["clauses"][0]["target"] = "prompt:gone";
  const Temporary file(changed.dump());
  const Ran ran = run_policy({"coverage", "--config-dir", config, file.path()});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.out.find("GAP: no page or document has this id"), std::string::npos);
  EXPECT_NE(ran.out.find("29 of 30 clauses mapped"), std::string::npos);
  EXPECT_EQ(run_policy({"coverage", "--json", "--config-dir", config, file.path()}).lines()[0]["complete"], false);
}

}  // namespace
}  // namespace gatehouse::cli
