#include "policy/prove/coverage.hpp"
#include "tests/where/where.hpp"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace gatehouse::policy {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(std::string(::gatehouse::test::source_dir()) + "/config/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr std::string_view tsv =
    "id\tpolicy\tsource_line\tkind\tparaphrase\tenforcement\n"
    "X-1\tx\t1\tdeny\tkeep\trule\n"
    "X-2\tx\t2\tnotice\ttell\tnotice\n"
    "Y-1\ty\t1\tdeny\tother policy\trule\n";
constexpr std::string_view pages = R"({"prompt":{"limits-explained":"x"},"notice":{"boundaries-leaflet":"x"},"report":{"attestations":"x"},"incident":{"improper-breach":"x"}})";
constexpr std::string_view law = R"({"refs":[{"id":"OLD1998","cited_by":["X-1"]},{"id":"OLD-MISTITLED","cited_by":["X-2"]}]})";

// The coverage of pack `x` whose clauses are these.
Coverage of(const std::string& clauses) {
  const std::string pack = R"({"id":"x","policy":{"dated":null,"approved":"2026-01-01","read_with":["another policy"],"faults":[{"clause":"X-1","kind":"dead-link","note":"n"}]},
    "settings":{"notify_subject":{"value":{"mode":"default"},"clauses":["X-1"]},"consent":{"value":{"form":["express"]},"clauses":["X-1"]},
    "locality":{"value":{"partnership":"p"},"clauses":["X-2"]},"role_gates":{"value":{"training":true,"attested":false},"clauses":["X-1"]},
    "clocks":{"value":{"clocks":[{"kind":"file_view","clauses":["X-1"]},{"kind":"dsl_update","clauses":["X-2"]}]},"clauses":["X-2"]}},
    "cites":{"keep":["X-1"],"necessary":["X-2"],"clock":["X-1"]},
    "rules":[{"id":"x-keep","cite":{"clauses":["X-1","X-2"]}},{"id":"x-one","cite":{"clause":"X-1"},"clocks":["private_conversation"]},{"id":"x-two","cite":{"clauses":["X-2"]}}],
    "clauses":)" + clauses + "}";
  return coverage(pack, {tsv, pages, R"({"clocks":[{"kind":"lado_referral"}]})", law}).value();
}

std::string gap_of(const std::string& target, const std::string& reason = "") {
  const Coverage got = of(R"([{"id":"X-1","plain":"p","target":")" + target + R"(","reason":")" + reason + R"("},{"id":"X-2","plain":"p","target":"rule:x-keep"}])");
  EXPECT_EQ(got.complete(), got.rows.at(0).gap.empty());
  return got.rows.at(0).gap;
}

TEST(Coverage, CountsClausesThatNameSomethingThatExists) {
  const Coverage got = of(R"([{"id":"X-1","plain":"p","target":"rule:x-keep"},{"id":"X-2","plain":"p","target":"notice:boundaries-leaflet"}])");
  EXPECT_EQ(got.clauses, 2u);
  EXPECT_EQ(got.mapped, 2u);
  EXPECT_TRUE(got.complete());
}

TEST(Coverage, AcceptsEachKindOfTarget) {
  for (const char* target : {"rule:x-keep", "rule:x-one", "rule:ground.keep", "setting:consent.form", "setting:notify_subject", "setting:notify_subject.mode", "prompt:limits-explained",
                             "notice:boundaries-leaflet", "clock:file_view", "clock:lado_referral", "clock:private_conversation", "role_gate:training", "lint:stale-law", "lint:dead-link",
                             "lint:review-overdue", "lint:policy-undated", "lint:read-with", "incident:improper-breach", "report:attestations"})
    EXPECT_EQ(gap_of(target), "") << target;
  EXPECT_EQ(gap_of("not_enforced", "what staff say aloud"), "");
}

TEST(Coverage, FindsATargetThatDoesNotExist) {
  for (const char* target : {"", "rule:", "rule:x-gone", "rule:ground.gone", "rule", "setting:consent.colour", "setting:consen", "prompt:boundaries-leaflet", "notice:gone", "directory:gone",
                             "report:termly", "incident:gone", "clock:mash_referral", "clock:lunch", "role_gate:tenure", "role_gate:attested", "lint:spelling", "magic:x", "not_enforced"})
    EXPECT_NE(gap_of(target), "") << target;
}

TEST(Coverage, FindsATargetThatExistsAndHasNothingToDoWithTheClause) {
  for (const char* target : {"rule:x-two", "rule:ground.necessary", "setting:locality", "clock:dsl_update", "lint:mis-titled-acts", "lint:garbled-text", "lint:approval-missing"})
    EXPECT_NE(gap_of(target), "") << target;
}

TEST(Coverage, ChecksEveryFurtherTargetOfAClause) {
  const auto with = [](const std::string& also) {
    return of(R"([{"id":"X-1","plain":"p","target":"rule:x-one","also":[)" + also + R"(]},{"id":"X-2","plain":"p","target":"rule:x-keep"}])").rows.at(0);
  };
  EXPECT_EQ(with(R"("clock:file_view","notice:boundaries-leaflet")").gap, "");
  EXPECT_EQ(with(R"("clock:file_view","notice:boundaries-leaflet")").also.size(), 2u);
  EXPECT_NE(with(R"("clock:file_view","notice:gone")").gap.find("`notice:gone`"), std::string::npos);
  EXPECT_NE(with(R"("not_enforced")").gap, "");
  EXPECT_NE(with("7").gap, "");
}

TEST(Coverage, FindsAClauseThatIsMissingDoubledOrInvented) {
  const Coverage missing = of(R"([{"id":"X-1","plain":"p","target":"rule:x-keep"}])");
  EXPECT_FALSE(missing.complete());
  EXPECT_EQ(missing.mapped, 1u);
  EXPECT_EQ(missing.rows.at(1).gap, "not mapped");
  const Coverage doubled = of(R"([{"id":"X-1","plain":"p","target":"rule:x-keep"},{"id":"X-2","plain":"p","target":"rule:x-keep"},{"id":"X-1","plain":"p","target":"rule:x-keep"}])");
  EXPECT_FALSE(doubled.complete());
  EXPECT_EQ(doubled.rows.at(0).gap, "mapped more than once");
  const Coverage invented = of(R"([{"id":"X-1","plain":"p","target":"rule:x-keep"},{"id":"X-2","plain":"p","target":"rule:x-keep"},{"id":"X-9","plain":"p","target":"rule:x-keep"}])");
  EXPECT_FALSE(invented.complete());
  EXPECT_EQ(invented.rows.at(2).gap, "the policy has no such clause");
}

TEST(Coverage, AsksForPlainWords) {
  const Coverage got = of(R"([{"id":"X-1","target":"rule:x-keep"},{"id":"X-2","plain":"p","target":"rule:x-keep"}])");
  EXPECT_EQ(got.rows.at(0).gap, "not said in plain words");
}

TEST(Coverage, IsNeverCompleteForAPolicyWithoutClauses) {
  const auto got = coverage(R"({"id":"z","clauses":[]})", {tsv, pages, "{}", law});
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->complete());
}

TEST(Coverage, SaysWhichFileCannotBeRead) {
  EXPECT_EQ(coverage("{", {tsv, pages, "{}", law}).error().where, "$");
  EXPECT_EQ(coverage(R"({"id":"x"})", {tsv, pages, "{}", law}).error().where, "$.clauses");
  EXPECT_EQ(coverage(R"({"id":"x","clauses":[]})", {tsv, "[", "{}", law}).error().where.substr(0, 10), "pages.json");
  EXPECT_EQ(coverage(R"({"id":"x","clauses":[]})", {tsv, pages, "{}", "["}).error().where.substr(0, 10), "legal_refs");
  EXPECT_EQ(coverage(R"({"id":"x","clauses":[]})", {"h\nX-1\tx\n", pages, "{}", law}).error().where, "clauses.tsv line 2");
}

TEST(Coverage, ReadsTheClausesAndPagesOfTheProject) {
  const auto got = coverage(R"({"id":"children-and-families","clauses":[{"id":"CAF-30","plain":"p","target":"directory:safeguarding-contacts"}]})",
                            {file("clauses.tsv"), file("pages.json"), file("minimum_necessary.json"), file("legal_refs.json")});
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->clauses, 30u);
  EXPECT_EQ(got->mapped, 1u);
}

}  // namespace
}  // namespace gatehouse::policy
