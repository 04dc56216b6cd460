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
constexpr std::string_view pages = R"({"prompt":{"limits-explained":"x"},"notice":{"boundaries-leaflet":"x"}})";

// The coverage of pack `x` whose clauses are these.
Coverage of(const std::string& clauses) {
  const std::string pack = R"({"id":"x","settings":{"notify_subject":{"value":{"mode":"default"}},"consent":{"value":{"form":["express"]}},
    "role_gates":{"value":{"training":true,"attested":false}},"clocks":{"value":{"clocks":[{"kind":"file_view"}]}}},"rules":[{"id":"x-keep"}],"clauses":)" + clauses + "}";
  return coverage(pack, {tsv, pages, R"({"clocks":[{"kind":"lado_referral"}]})"}).value();
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
  for (const char* target : {"rule:x-keep", "setting:consent.form", "setting:notify_subject", "setting:notify_subject.mode", "prompt:limits-explained",
                             "notice:boundaries-leaflet", "clock:file_view", "clock:lado_referral", "role_gate:training", "lint:stale-law", "incident:unjustified-sharing", "report:termly"})
    EXPECT_EQ(gap_of(target), "") << target;
  EXPECT_EQ(gap_of("not_enforced", "what staff say aloud"), "");
}

TEST(Coverage, FindsATargetThatDoesNotExist) {
  for (const char* target : {"", "rule:", "rule:x-gone", "rule", "setting:consent.colour", "setting:consen", "prompt:boundaries-leaflet", "notice:gone", "directory:gone",
                             "clock:private_conversation", "clock:lunch", "role_gate:tenure", "role_gate:attested", "lint:spelling", "magic:x", "not_enforced"})
    EXPECT_NE(gap_of(target), "") << target;
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
  const auto got = coverage(R"({"id":"z","clauses":[]})", {tsv, pages, "{}"});
  ASSERT_TRUE(got);
  EXPECT_FALSE(got->complete());
}

TEST(Coverage, SaysWhichFileCannotBeRead) {
  EXPECT_EQ(coverage("{", {tsv, pages, "{}"}).error().where, "$");
  EXPECT_EQ(coverage(R"({"id":"x"})", {tsv, pages, "{}"}).error().where, "$.clauses");
  EXPECT_EQ(coverage(R"({"id":"x","clauses":[]})", {tsv, "[", "{}"}).error().where.substr(0, 10), "pages.json");
  EXPECT_EQ(coverage(R"({"id":"x","clauses":[]})", {"h\nX-1\tx\n", pages, "{}"}).error().where, "clauses.tsv line 2");
}

TEST(Coverage, ReadsTheClausesAndPagesOfTheProject) {
  const auto got = coverage(R"({"id":"children-and-families","clauses":[{"id":"CAF-30","plain":"p","target":"directory:safeguarding-contacts"}]})",
                            {file("clauses.tsv"), file("pages.json"), file("minimum_necessary.json")});
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->clauses, 30u);
  EXPECT_EQ(got->mapped, 1u);
}

}  // namespace
}  // namespace gatehouse::policy
