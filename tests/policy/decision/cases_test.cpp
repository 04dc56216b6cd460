// Cases as data: adding one never touches this file.
#include <cstdlib>
#include <filesystem>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "policy/prove/cases.hpp"
#include "policy/prove/mutation.hpp"
#include "tests/policy/decision/packs.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::policy {
namespace {

using test::children_and_families;
using test::lines_of;

const std::filesystem::path own_cases = std::filesystem::path(::gatehouse::test::source_dir()) / "tests" / "policy" / "cases";

// Runs every line of POLICY.jsonl against the pack of that name; a difference, a line that is refused and an empty file are failures.
void run_all(const std::filesystem::path& folder, const std::string& pack, std::size_t at_least) {
  const std::string path = (folder / (pack + ".jsonl")).string();
  const auto lines = lines_of(path);
  ASSERT_GE(lines.size(), at_least) << "no cases found in " << path;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto result = run_case(test::project_pack(pack), lines[i]);
    if (!result) {
      ADD_FAILURE() << path << ":" << i + 1 << ": " << result.error().text();
      continue;
    }
    for (const Difference& one : result->differences)
      ADD_FAILURE() << path << ":" << i + 1 << ": " << result->name << "\n  " << one.key << ": expected " << one.expected << ", got " << one.actual
                    << "\n  why: " << result->why << "\n  " << result->decision;
  }
}

TEST(DecideCases, DecidesEveryCaseOfTheProjectAsWritten) {
  for (const char* pack : test::kProjectPacks) run_all(own_cases, pack, std::string(pack) == "children-and-families" ? 80 : 10);
}

// What `gatehouse policy mutate --write` found: each tells the pack from one that somebody changed by mistake.
TEST(DecideCases, DecidesEveryPinnedCaseAsWritten) {
  for (const char* pack : test::kProjectPacks) run_all(own_cases / "pinned", pack, 10);
}

TEST(DecideCases, DecidesEveryPinnedCaseOfALawToComeAsWritten) {
  for (const char* pack : test::kProjectPacks) {
    const std::string path = (own_cases / "pinned" / "dated" / (std::string(pack) + ".jsonl")).string();
    const Pack later = with_laws_in_force(test::project_pack(pack));
    const auto lines = lines_of(path);
    ASSERT_GE(lines.size(), 1u) << path;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto result = run_case(later, lines[i]);
      ASSERT_TRUE(result) << path << ":" << i + 1 << ": " << result.error().text();
      EXPECT_TRUE(result->passed()) << path << ":" << i + 1 << ": " << result->name << "\n  " << result->decision;
    }
  }
}

TEST(DecideCases, PinnedCasesNameNobody) {
  for (const char* pack : test::kProjectPacks)
    for (const char* folder : {"pinned", "pinned/dated"})
      for (const std::string& line : lines_of((own_cases / folder / (std::string(pack) + ".jsonl")).string())) {
        const auto question = read_case_line(line);
        ASSERT_TRUE(question) << question.error().text();
        EXPECT_TRUE(question->id.empty());
        EXPECT_EQ(question->requester.agency.value_or("example-agency"), "example-agency");
        EXPECT_EQ(question->requester.officer.value_or("duty sergeant"), "duty sergeant");
        if (question->recipient) EXPECT_EQ(question->recipient->agency, "example-agency");
      }
}

TEST(DecideCases, DecidesEverySharedCaseAsWritten) {
  const char* set = std::getenv("GATEHOUSE_SHARED");
  const std::filesystem::path shared = set != nullptr ? std::filesystem::path(set) : std::filesystem::path(::gatehouse::test::source_dir()) / ".." / "shared";
  if (!std::filesystem::exists(shared / "cases" / "decision")) GTEST_SKIP() << "skipped: no shared cases here (GATEHOUSE_SHARED names the folder that holds cases/)";
  for (const char* pack : test::kProjectPacks) run_all(shared / "cases" / "decision", pack, 1);
}

const std::string line_of(const std::string& expect) {
  return R"({"name":"n","why":"w","case":{"flow":"partner_request","items":[{"category":"contact","relevant":true}]},"expect":)" + expect + "}";
}

TEST(DecideCases, RefusesAWordOfExpectThatNobodyChecks) {
  for (const char* expect : {R"({"outcome":"withhold","outcomes":"release"})", R"({"outcome":"withheld"})", R"({"outcome":"withhold","items":{"contact":"gone"}})",
                             R"({"outcome":"withhold","items":{"housing":"withhold"}})", R"({"duty":"none"})", R"({})", R"([])",
                             R"({"outcome":"withhold","refer_to_any_of":["boss"]})", R"({"outcome":"withhold","clocks_include":[{"due":"2026-11-24T10:00:00Z"}]})",
                             R"({"outcome":"withhold","clocks_include":[{"kind":"mash_referral","due":"soon"}]})", R"({"outcome":"withhold","obligations_include":["tea"]})",
                             R"({"outcome":"withhold","reason_code_of":{"contact":"because"}})", R"({"outcome":"withhold","missing_includes":["please"]})"})
    EXPECT_FALSE(run_case(children_and_families(), line_of(expect))) << expect;
  EXPECT_FALSE(run_case(children_and_families(), R"({"flow":"partner_request"})")) << "a case that expects nothing checks nothing";
}

TEST(DecideCases, ShowsEveryDifference) {
  const auto result = run_case(children_and_families(), line_of(R"({"outcome":"release","duty":"must_share","items":{"contact":"release"},"refer_to_any_of":["admin"],
    "missing_includes":["clinical_need"],"obligations_include":["receipt"],"clocks_include":[{"kind":"lado_referral"}],"clauses_include":["CAF-99"],
    "reason_code_of":{"contact":"consent_ok"}})"));
  ASSERT_TRUE(result) << result.error().text();
  std::set<std::string> keys;
  for (const Difference& one : result->differences) keys.insert(one.key);
  EXPECT_EQ(keys, (std::set<std::string>{"outcome", "duty", "items.contact", "refer_to_any_of", "missing_includes", "obligations_include", "clocks_include",
                                         "clauses_include", "reason_code_of.contact"}));
}

TEST(DecideCases, ComparesClocksByInstantAndObligationsByKind) {
  const std::string decision = R"({"outcome":"release","duty":"none","items":[],"refer_to":[],"missing":[],"clauses":[],
    "obligations":[{"kind":"review","when":"after","clauses":[]}],"clocks":[{"kind":"mash_referral","due":"2026-11-23T10:00:00Z","clauses":[]}]})";
  EXPECT_TRUE(compare(R"({"outcome":"release","clocks_include":[{"kind":"mash_referral","due":"2026-11-23T11:00:00+01:00"}],"obligations_include":["review"]})", decision)->empty());
  EXPECT_EQ(compare(R"({"outcome":"release","clocks_include":[{"kind":"mash_referral","due":"2026-11-23T11:00:00Z"}],"obligations_exclude":["review"]})", decision)->size(), 2u);
}

// Found by mutation: the number of school days was read and then forgotten.
TEST(DecideCases, CountsSchoolDaysOneByOne) {
  auto pack = nlohmann::json::parse(test::config_text("packs/cats-cambridge.json"));
  auto& clock = pack["settings"]["clocks"]["value"]["clocks"][0];
  ASSERT_EQ(clock["kind"], "private_conversation");
  const auto due = [&](const char* duration) {
    clock["duration"] = duration;
    const auto read = test::read_pack(pack.dump());
    EXPECT_TRUE(read) << duration;
    const auto question = read_case_line(R"({"at":"2026-11-26T10:00:00Z","flow":"internal_access","context":"classroom","requester":{"kind":"staff","role":"teacher"},"items":[{"category":"education"}]})");
    EXPECT_TRUE(question) << question.error().text();
    for (const ClockDue& one : decide(*read, *question).clocks)
      if (one.kind == ClockKind::private_conversation) return to_text(one.due);
    return std::string("no clock");
  };
  EXPECT_EQ(due("school_day_end"), "2026-11-26T16:00:00Z");
  EXPECT_EQ(due("P1D"), "2026-11-27T16:00:00Z");
  EXPECT_EQ(due("P3D"), "2026-12-01T16:00:00Z") << "a weekend lies between";
}

const std::string decided = R"({"outcome":"partial","duty":"none","items":[{"category":"contact","outcome":"release","detail":"full","reason":"consent_ok","clauses":["A-1"]},
    {"category":"finance","outcome":"withhold","reason":"not_necessary","clauses":[]}],"refer_to":["dsl","manager"],"missing":["why_necessary"],"clauses":["A-1","A-2"],
    "obligations":[{"kind":"notify_subject","when":"before","to":["subject"],"clauses":["A-2"]},{"kind":"review","clauses":[]}],
    "clocks":[{"kind":"mash_referral","due":"2026-11-23T10:00:00Z","clauses":["A-2"]}]})";

TEST(DecideCases, ComparesToTheLetterWhereAsked) {
  const auto passes = [](const std::string& expect) {
    const auto got = compare("{\"outcome\":\"partial\"," + expect + "}", decided);
    EXPECT_TRUE(got) << expect << ": " << (got ? "" : got.error().text());
    return got && got->empty();
  };
  EXPECT_TRUE(passes(R"("refer_to_exactly":["manager","dsl"],"missing_exactly":["why_necessary"],"clauses_exactly":["A-2","A-1"])"));
  EXPECT_FALSE(passes(R"("refer_to_exactly":["manager"])"));
  EXPECT_FALSE(passes(R"("refer_to_exactly":[])"));
  EXPECT_FALSE(passes(R"("missing_exactly":[])"));
  EXPECT_FALSE(passes(R"("clauses_exactly":["A-1"])"));
  EXPECT_TRUE(passes(R"("detail_of":{"contact":"full","finance":"none"},"clauses_of":{"contact":["A-1"],"finance":[]})"));
  EXPECT_FALSE(passes(R"("detail_of":{"contact":"summary"})"));
  EXPECT_FALSE(passes(R"("detail_of":{"finance":"full"})"));
  EXPECT_FALSE(passes(R"("clauses_of":{"contact":["A-1","A-2"]})"));
  EXPECT_TRUE(passes(R"("obligations_exactly":[{"kind":"review"},{"kind":"notify_subject","when":"before","to":["subject"]}])"));
  EXPECT_TRUE(passes(R"("obligations_exactly":[{"kind":"review","clauses":[]},{"kind":"notify_subject","when":"before","to":["subject"],"clauses":["A-2"]}])"));
  EXPECT_FALSE(passes(R"("obligations_exactly":[{"kind":"notify_subject","when":"before","to":["subject"]}])")) << "one more than expected";
  EXPECT_FALSE(passes(R"("obligations_exactly":[{"kind":"review"},{"kind":"notify_subject","when":"after","to":["subject"]}])"));
  EXPECT_FALSE(passes(R"("obligations_exactly":[{"kind":"review"},{"kind":"notify_subject","when":"before"}])")) << "no `to` means nobody";
  EXPECT_FALSE(passes(R"("obligations_exactly":[{"kind":"review","clauses":["A-1"]},{"kind":"notify_subject","when":"before","to":["subject"]}])"));
  EXPECT_TRUE(passes(R"("clocks_exactly":[{"kind":"mash_referral"}])"));
  EXPECT_TRUE(passes(R"("clocks_exactly":[{"kind":"mash_referral","due":"2026-11-23T11:00:00+01:00","clauses":["A-2"]}])"));
  EXPECT_FALSE(passes(R"("clocks_exactly":[])"));
  EXPECT_FALSE(passes(R"("clocks_exactly":[{"kind":"mash_referral","due":"2026-11-23T11:00:00Z"}])"));
  EXPECT_FALSE(passes(R"("clocks_exactly":[{"kind":"mash_referral","clauses":[]}])"));
  for (const char* wrong : {R"("detail_of":{"contact":"all"})", R"("detail_of":{"housing":"full"})", R"("clauses_of":{"housing":[]})", R"("clauses_of":{"contact":"A-1"})", R"("refer_to_exactly":["boss"])",
                            R"("obligations_exactly":[{"when":"before"}])", R"("obligations_exactly":[{"kind":"tea"}])", R"("obligations_exactly":[{"kind":"review","who":[]}])",
                            R"("clocks_exactly":[{"kind":"mash_referral","due":"soon"}])", R"("clocks_exactly":{})"})
    EXPECT_FALSE(compare(std::string("{\"outcome\":\"partial\",") + wrong + "}", decided)) << wrong;
}

TEST(DecideCases, WritesTheExpectationThatHoldsForOneDecisionOnly) {
  EXPECT_TRUE(compare(exact_expect(decided), decided)->empty());
  for (const auto& [what, instead] : std::vector<std::pair<std::string, std::string>>{{R"("outcome":"partial")", R"("outcome":"release")"}, {R"("duty":"none")", R"("duty":"must_share")"},
         {R"("detail":"full")", R"("detail":"summary")"}, {"consent_ok", "approved"}, {R"(["dsl","manager"])", R"(["dsl"])"}, {R"(["why_necessary"])", "[]"}, {R"(["A-1","A-2"])", R"(["A-1"])"},
         {R"(,{"kind":"review","clauses":[]})", ""}, {R"("when":"before")", R"("when":"after")"}, {R"(,"to":["subject"])", ""}, {"10:00:00Z", "10:00:01Z"}, {R"("clauses":["A-1"])", R"("clauses":["A-3"])"}}) {
    std::string other = decided;
    const auto at = other.find(what);
    ASSERT_NE(at, std::string::npos) << what;
    other.replace(at, what.size(), instead);
    const auto got = compare(exact_expect(decided), other);
    ASSERT_TRUE(got) << what << got.error().text();
    EXPECT_FALSE(got->empty()) << what;
  }
}

TEST(DecideCases, ReadsAWrappedLineLikeABareOne) {
  EXPECT_TRUE(read_case_line(R"({"name":"n","case":{"id":"a"},"expect":{}})"));
  EXPECT_EQ(read_case_line(R"({"name":"n","case":{"id":"a","itms":[]}})").error().where, "$.case.itms");
  EXPECT_EQ(read_case_line(R"({"name":"n","cases":{"id":"a"}})").error().where, "$.cases");
  EXPECT_EQ(read_case_line(R"({"nam":"n","case":{"id":"a"}})").error().where, "$.nam");
  EXPECT_EQ(id_of(R"({"case":{"id":"a"}})"), "a");
  EXPECT_EQ(id_of(R"({"id":"b","x":1})"), "b");
  EXPECT_EQ(id_of("{"), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::policy
