#include "policy/prove/lint.hpp"
#include "tests/where/where.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace gatehouse::policy {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(std::string(::gatehouse::test::source_dir()) + "/config/" + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<LintFinding> lint_of(const std::string& pack, std::string_view day = "2026-11-24") {
  const std::string law = file("legal_refs.json"), holidays = file("bank_holidays.json");
  return lint(pack, {law, holidays}, read_date(day).value()).value();
}

const LintFinding* find(const std::vector<LintFinding>& all, std::string_view check, std::string_view where) {
  const auto found = std::ranges::find_if(all, [&](const LintFinding& one) { return one.check == check && one.where == where; });
  return found == all.end() ? nullptr : &*found;
}

constexpr const char* reviewed = R"("policy":{"review_due":"2027-01-31"})";

TEST(Lint, FindsActsThatNeverHadTheirTitle) {
  const auto found = lint_of(R"({"id":"x",)" + std::string(reviewed) + R"(,"clauses":[{"id":"CAF-3"},{"id":"CAF-2"}]})");
  const LintFinding* acts = find(found, "mis-titled-acts", "CAF-3");
  ASSERT_NE(acts, nullptr);
  EXPECT_EQ(acts->level, LintLevel::error);
  EXPECT_NE(acts->remedy.find("`CA1989`, `CA2004`"), std::string::npos);
  EXPECT_NE(find(found, "mis-titled-acts", "CAF-2"), nullptr);
  EXPECT_EQ(found.front().level, LintLevel::error) << "worst first";
}

TEST(Lint, FindsLawThatEndedByTheDayOnly) {
  const std::string pack = R"({"id":"x","rules":[{"id":"r-1","cite":{"clause":"1","law":["DPA1998"]}},{"id":"r-2","cite":{"law":["INFOSHARE2018"]}}]})";
  const auto now = lint_of(pack);
  ASSERT_NE(find(now, "stale-law", "r-1"), nullptr);
  EXPECT_EQ(find(now, "stale-law", "r-1")->level, LintLevel::error);
  EXPECT_NE(find(now, "stale-law", "r-1")->remedy.find("applied `UKGDPR`, `DPA2018`"), std::string::npos);
  ASSERT_NE(find(now, "stale-law", "r-2"), nullptr);
  EXPECT_NE(find(now, "stale-law", "r-2")->what.find("2024-05-01"), std::string::npos);
  EXPECT_EQ(find(lint_of(R"({"id":"x","rules":[{"id":"r","cite":{"law":["DPA2018"]}}]})"), "stale-law", "r"), nullptr);
}

TEST(Lint, FindsLawThatNobodyKnowsOrThatIsNotYetInForce) {
  const auto found = lint_of(R"({"id":"x","rules":[{"id":"r-1","cite":{"law":["MADEUP1999"]}},{"id":"r-2","cite":{"law":["CA2004-s16LA"]}},{"id":"r-3","cite":{"law":["DUAA2025"]}}]})");
  ASSERT_NE(find(found, "unknown-law", "r-1"), nullptr);
  EXPECT_EQ(find(found, "unknown-law", "r-1")->level, LintLevel::error);
  ASSERT_NE(find(found, "not-commenced", "r-2"), nullptr);
  EXPECT_EQ(find(found, "not-commenced", "r-3"), nullptr);
  EXPECT_NE(find(lint_of(R"({"id":"x","rules":[{"id":"r-3","cite":{"law":["DUAA2025"]}}]})", "2026-02-04"), "not-commenced", "r-3"), nullptr) << "the day before";
}

TEST(Lint, FindsAReviewThatIsOverdueOrWasNeverSet) {
  EXPECT_NE(find(lint_of(R"({"id":"x"})"), "review-overdue", "$.policy.review_due"), nullptr);
  EXPECT_NE(find(lint_of(R"({"id":"x","policy":{"review_due":"2026-11-23"}})"), "review-overdue", "$.policy.review_due"), nullptr);
  EXPECT_EQ(find(lint_of(R"({"id":"x","policy":{"review_due":"2026-11-24"}})"), "review-overdue", "$.policy.review_due"), nullptr) << "due today";
}

TEST(Lint, FindsAPolicyWithoutDateOrApproval) {
  const auto bare = lint_of(R"({"id":"x"})");
  EXPECT_NE(find(bare, "policy-undated", "$.policy.dated"), nullptr);
  EXPECT_NE(find(bare, "approval-missing", "$.policy.approved"), nullptr);
  const auto dated = lint_of(R"({"id":"x","policy":{"dated":"2026-01-01","approved":"2026-01-02"}})");
  EXPECT_EQ(find(dated, "policy-undated", "$.policy.dated"), nullptr);
  EXPECT_EQ(find(dated, "approval-missing", "$.policy.approved"), nullptr);
}

TEST(Lint, ShowsWhatIsWrongWithTheTextItself) {
  const auto found = lint_of(R"({"id":"x","policy":{"faults":[{"clause":"X-1","kind":"incomplete-text","note":"it stops"},{"clause":"X-2","kind":"odd","note":"n"}]}})");
  const LintFinding* one = find(found, "incomplete-text", "X-1");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->what, "it stops");
  EXPECT_NE(one->remedy.find("nothing was inferred"), std::string::npos);
  EXPECT_TRUE(std::ranges::none_of(found, [](const LintFinding& each) { return each.where == "X-2"; }));
}

TEST(Lint, FindsASettingThatSaysOtherThanTheRules) {
  const std::string rules = R"("rules":[{"id":"m","effect":"permit","stratum":"mandatory","duty":"must_share","when":{"circumstance":["being_hurt"]}},
    {"id":"c","effect":"forbid","reason":"compartment","when":{"item.compartment":["counselling"]}},{"id":"h","effect":"permit","stratum":"anonymise","when":{"flow":["hypothetical"]}}])";
  const auto with = [&](const std::string& settings) { return lint_of(R"({"id":"x","settings":{)" + settings + "}," + rules + "}"); };
  const auto agree = with(R"("break_rule":{"value":{"mandatory":["being_hurt"]}},"levels":{"value":{"compartments":["counselling"]}},"anonymise":{"value":{"enquiry":true,"statistics":false}})");
  EXPECT_TRUE(std::ranges::none_of(agree, [](const LintFinding& one) { return one.check == "settings-differ"; }));
  const auto differ = with(R"("break_rule":{"value":{"mandatory":["life_threatened"]}},"levels":{"value":{"compartments":[]}},"anonymise":{"value":{"enquiry":false,"statistics":true}})");
  EXPECT_EQ(std::ranges::count(differ, "settings-differ", &LintFinding::check), 5);
  EXPECT_EQ(find(differ, "settings-differ", "$.settings.anonymise.value.statistics")->level, LintLevel::error);
}

TEST(Lint, FindsWordsThatNobodyCanKeep) {
  EXPECT_NE(find(lint_of(R"({"id":"x","rules":[{"id":"r","plain":"We Promise to keep this."}]})"), "wording", "r"), nullptr);
  EXPECT_EQ(find(lint_of(R"({"id":"x","rules":[{"id":"r","plain":"We keep this."}]})"), "wording", "r"), nullptr);
}

TEST(Lint, SaysThatAlwaysToldHasAnEndAndThatNumbersAgeUnverified) {
  const auto found = lint_of(R"({"id":"x","settings":{"notify_subject":{"value":{"mode":"always"}},"locality":{"value":{"verified_on":"2025-11-20"}}}})");
  EXPECT_NE(find(found, "always-told", "$.settings.notify_subject"), nullptr);
  EXPECT_NE(find(found, "locality", "$.settings.locality"), nullptr);
  EXPECT_EQ(find(lint_of(R"({"id":"x","settings":{"locality":{"value":{"verified_on":"2025-12-01"}}}})"), "locality", "$.settings.locality"), nullptr);
}

TEST(Lint, NamesTheDocumentsThePolicyIsReadWith) {
  const auto found = lint_of(R"({"id":"x","policy":{"read_with":["child protection policy","data protection policy"]}})");
  ASSERT_NE(find(found, "read-with", "$.policy.read_with[1]"), nullptr);
  EXPECT_EQ(find(found, "read-with", "$.policy.read_with[0]")->level, LintLevel::note);
}

TEST(Lint, TakesASectionForItsAct) {
  const auto found = lint_of(R"({"id":"x","rules":[{"id":"r","cite":{"law":["CA1989-s47","CA2004-s16LA","HRA1998-Art8-2"]}},{"id":"s","cite":{"law":["CA-1989"]}}]})");
  EXPECT_EQ(find(found, "unknown-law", "r"), nullptr);
  EXPECT_NE(find(found, "not-commenced", "r"), nullptr) << "an entry of its own counts before the Act's";
  EXPECT_NE(find(found, "unknown-law", "s"), nullptr);
}

TEST(Lint, FindsReferenceDataThatGrewOld) {
  EXPECT_EQ(find(lint_of(R"({"id":"x"})"), "dates", "legal_refs.json"), nullptr);
  EXPECT_NE(find(lint_of(R"({"id":"x"})", "2027-11-23"), "dates", "legal_refs.json"), nullptr);
  EXPECT_EQ(find(lint_of(R"({"id":"x"})"), "dates", "bank_holidays.json"), nullptr);
  EXPECT_NE(find(lint_of(R"({"id":"x"})", "2029-01-02"), "dates", "bank_holidays.json"), nullptr);
}

TEST(Lint, NamesOnlyChecksOnItsList) {
  const auto found = lint_of(R"({"id":"x","policy":{"read_with":["a"]},"clauses":[{"id":"CAF-2"},{"id":"CAF-25"}],"rules":[{"id":"r","cite":{"law":["MADEUP1999","CA2004-s16LA"]}}]})", "2029-06-01");
  for (const LintFinding& one : found) EXPECT_EQ(std::ranges::count(lint_checks(), one.check), 1) << one.check;
  EXPECT_GE(found.size(), 7u);
}

TEST(Lint, SaysWhatItCannotRead) {
  const Date day = read_date("2026-11-24").value();
  EXPECT_EQ(lint("{", {"{}", "{}"}, day).error().where, "$");
  EXPECT_EQ(lint("[]", {"{}", "{}"}, day).error().code, "wrong_type");
  EXPECT_EQ(lint("{}", {"{", "{}"}, day).error().where.substr(0, 15), "legal_refs.json");
}

}  // namespace
}  // namespace gatehouse::policy
