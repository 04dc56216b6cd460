// Figures over the partner API: the way of a question, its refusals, and that it is charged once, whoever asks how often and however it is written.
#include <gtest/gtest.h>

#include <set>

#include "tests/gateway/statistics/stat_world.hpp"

namespace gatehouse::tests {
namespace {

using nlohmann::json;

std::string cells_of(const StatWorld::Answer& answer) { return answer.json.at("cells").dump() + answer.json.at("total").dump(); }

class FiguresApi : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = std::make_unique<StatWorld>();
    world_->fill(3, 4);
    for (const char* quarter : {"2026-Q1", "2026-Q2", "2026-Q3"}) world_->publish(quarter);
  }
  static void TearDownTestSuite() { world_.reset(); }
  static StatWorld& world() { return *world_; }

 private:
  static std::unique_ptr<StatWorld> world_;
};
std::unique_ptr<StatWorld> FiguresApi::world_;

TEST_F(FiguresApi, AQuestionIsPricedChargedAndAnsweredWithRanges) {
  const std::string question = figures(R"("group_by": ["district"], "filters": {"sex": ["female"]})", "2026-Q3", 25);
  const auto before = world().left_of("kent");
  const auto seen = world().forecast(question);
  ASSERT_EQ(seen.status, 200) << seen.body;
  EXPECT_EQ(seen.json.at("price_nano_rho"), 20'000'000);
  EXPECT_EQ(seen.json.at("half_width"), 10);
  EXPECT_EQ(seen.json.at("cells"), 8);
  EXPECT_FALSE(seen.json.at("you_already_hold_it"));
  EXPECT_EQ(world().left_of("kent"), before) << "a forecast costs nothing";

  const auto answer = world().ask(question);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json.at("charged").at("nano_rho"), 20'000'000);
  EXPECT_EQ(world().left_of("kent"), before - 20'000'000);
  EXPECT_EQ(answer.json.at("cells").size(), 8u);
  EXPECT_EQ(answer.json.at("accuracy").at("level"), 0.9646);
  const auto truth = world().truth(question);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto& cell = answer.json.at("cells").at(i);
    EXPECT_EQ(truth[i], 72);   // 24 possible combinations of age and category, three children each
    EXPECT_LE(cell.at("high").get<int>() - cell.at("low").get<int>(), 20);
    EXPECT_LE(std::abs(cell.at("value").get<int>() - 72), 40);
  }

  const auto again = world().ask(question);
  EXPECT_EQ(again.json.at("charged").at("nano_rho"), 0);
  EXPECT_EQ(cells_of(again), cells_of(answer));
  EXPECT_TRUE(world().forecast(question).json.at("you_already_hold_it"));
}

// The ledger of all is not told to partners: what one pays never depends on what the other had.
TEST_F(FiguresApi, AnotherPartnerPaysTheSameAndThePromiseIsChargedOnce) {
  const std::string question = figures(R"("group_by": ["age_band"])", "2026-Q2", 25);
  const auto all = world().spent_by_all();
  const auto first = world().ask(question, "kent"), second = world().ask(question, "medway");
  EXPECT_EQ(first.json.at("charged").at("nano_rho"), 20'000'000);
  EXPECT_EQ(second.json.at("charged").at("nano_rho"), 20'000'000);
  EXPECT_EQ(cells_of(first), cells_of(second));
  EXPECT_EQ(world().spent_by_all(), all + 20'000'000);
  EXPECT_EQ(first.json.at("release"), second.json.at("release"));
}

TEST_F(FiguresApi, RewritingsAreOneQuestionAndOneCharge) {
  const std::vector<std::string> filters = {
      R"("filters": {"region": ["east-kent"], "sex": ["female"]}, "group_by": ["age_band"])",
      R"("group_by": ["age_band"], "filters": {"sex": ["f"], "district": ["ashford", "dover", "thanet", "swale"]})",
      R"("filters": {"district": ["swale", "thanet", "dover", "ashford", "dover"], "region": ["east-kent", "west-kent"], "sex": "female"}, "group_by": ["age_band"])",
      R"("filters": {"region": "east-kent", "sex": ["female", "f"], "category": ["neglect", "offending", "self_harm", "housing", "other"]}, "group_by": ["age_band"])",
      R"("filters": {"region": "east-kent", "sex": ["female"], "age_band": ["0-4", "5-9", "10-14", "15-17", "18-24"]}, "group_by": "age_band")"};
  const std::vector<std::string> periods = {"2026-Q1", "2026Q1", "2026-q1", "2026-01/2026-03", "2026-01-01/2026-03-31"};
  const auto all = world().spent_by_all(), mine = world().left_of("kent");
  std::set<std::string> answers, releases;
  int asked = 0;
  for (const auto& filter : filters)
    for (const auto& period : periods)
      for (const char* display : {"", R"(, "rounding": 0)", R"(, "sdc": false)", R"(, "total": "sum")"}) {
        const auto answer = world().ask(figures(filter + display, period, 16));
        ASSERT_EQ(answer.status, 200) << answer.body;
        answers.insert(cells_of(answer));
        releases.insert(answer.json.at("release"));
        ++asked;
      }
  EXPECT_EQ(asked, 100);
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_EQ(releases.size(), 1u);
  EXPECT_EQ(world().spent_by_all(), all + 31'250'000);
  EXPECT_EQ(world().left_of("kent"), mine - 31'250'000);

  // A cell of a grouping is the figure of its filter, and it is held.
  const auto one = world().ask(figures(R"("filters": {"region": ["east-kent"], "sex": ["female"], "age_band": ["10-14"]})", "2026-Q1", 16));
  const auto table = world().ask(figures(filters[0], "2026-Q1", 16));
  EXPECT_EQ(one.json.at("cells").at(0).at("value"), table.json.at("cells").at(2).at("value"));
  EXPECT_EQ(one.json.at("charged").at("nano_rho"), 0);
  // Positive control: another level of noise is another draw and is paid for.
  EXPECT_EQ(world().ask(figures(filters[0], "2026-Q1", 9)).json.at("charged").at("nano_rho"), 55'555'556);
}

TEST_F(FiguresApi, AskedAThousandTimesAndAHundredTimesAtOnceItIsOneAnswerAndOneCharge) {
  const std::string question = figures(R"("filters": {"district": ["thanet"]}, "group_by": ["category"])", "2026-Q3", 4);
  const auto all = world().spent_by_all();
  std::set<std::string> answers;
  std::uint64_t charged = 0;
  std::vector<std::pair<std::string, std::string>> at_once(100, {"kent", question});
  for (const auto& answer : world().together(at_once)) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    answers.insert(cells_of(answer));
    charged += answer.json.at("charged").at("nano_rho").get<std::uint64_t>();
  }
  for (int i = 0; i < (long_run() ? 1000 : 100); ++i) answers.insert(cells_of(world().ask(question)));
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_EQ(charged, 125'000'000u);
  EXPECT_EQ(world().spent_by_all(), all + 125'000'000);
}

TEST_F(FiguresApi, WhatCannotBeIsMarkedAndCostsNothing) {
  const auto before = world().spent_by_all();
  const auto answer = world().ask(figures(R"("filters": {"age_band": ["0-4"]}, "group_by": ["category"])", "2026-Q3", 100));
  ASSERT_EQ(answer.status, 200) << answer.body;
  int structural = 0;
  for (const auto& cell : answer.json.at("cells")) structural += cell.at("symbol") == "z";
  EXPECT_EQ(structural, 1);
  const auto zero = world().ask(figures(R"("filters": {"age_band": ["0-4"], "category": ["offending"]})", "2026-Q3", 100));
  EXPECT_EQ(zero.json.at("cells").at(0).at("symbol"), "z");
  EXPECT_EQ(zero.json.at("charged").at("nano_rho"), 0);
  const auto empty = world().ask(figures(R"("filters": {"sex": []})", "2026-Q3", 100));
  EXPECT_EQ(empty.json.at("cells").at(0).at("symbol"), "z");
  EXPECT_EQ(empty.json.at("charged").at("nano_rho"), 0);
  EXPECT_EQ(world().spent_by_all(), before + 5'000'000);
}

TEST_F(FiguresApi, PublishedTablesServeWhatFollowsFromThemForNothing) {
  const std::string by_region = figures(R"("group_by": ["district"])", "2026-Q3", 225), all = figures("", "2026-Q3", 225);
  EXPECT_TRUE(world().forecast(by_region).json.at("from_standing_tables"));
  const auto before = world().spent_by_all();
  const auto table = world().ask(by_region, "kent"), total = world().ask(all, "medway");
  ASSERT_EQ(table.status, 200) << table.body;
  ASSERT_EQ(total.status, 200) << total.body;
  EXPECT_EQ(world().spent_by_all(), before);
  EXPECT_EQ(table.json.at("total").at("method"), "standing");
  EXPECT_EQ(table.json.at("total").at("value"), total.json.at("total").at("value")) << "the published tables share one total";
  // Only the first measure is published: of another nothing follows, and it is paid for.
  std::string events = by_region;
  events.replace(events.find("\"children\""), 10, "\"events\"");
  const auto other = world().ask(events);
  ASSERT_EQ(other.status, 200) << other.body;
  EXPECT_EQ(other.json.at("charged").at("nano_rho"), 20'000'000);
}

TEST_F(FiguresApi, SeveralQuartersAreCellsOfTheirOwnAndThePriceGrowsWithThem) {
  std::string question = figures(R"("filters": {"district": ["swale"]})", "2026-Q1", 50);
  question.replace(question.find("[\"2026-Q1\"]"), 11, R"(["2026-Q1", "2026-Q2"])");
  const auto answer = world().ask(question);
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json.at("cells").size(), 2u);
  EXPECT_EQ(answer.json.at("cells").at(1).at("period"), "2026-Q2");
  EXPECT_EQ(answer.json.at("charged").at("nano_rho"), 20'000'000);
}

struct BadQuestion {
  const char* name;
  std::string body;
  int status;
  const char* type;
};
std::ostream& operator<<(std::ostream& out, const BadQuestion& bad) { return out << bad.name; }

class BadFigures : public FiguresApi, public ::testing::WithParamInterface<BadQuestion> {};

TEST_P(BadFigures, AreRefusedInTheDocumentedWayWithoutAChargeOrAHint) {
  const auto charges = world().ledger().lines;
  const auto answer = world().ask(GetParam().body);
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(answer.type, GetParam().type) << answer.body;
  EXPECT_EQ(world().ledger().lines, charges);
  EXPECT_EQ(world().forecast(GetParam().body).status, GetParam().status);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) { return text.replace(text.find(what), what.size(), by); }

INSTANTIATE_TEST_SUITE_P(
    Documented, BadFigures,
    ::testing::Values(BadQuestion{"unknown_attribute", figures(R"("group_by": ["shoe_size"])"), 404, "unknown-code"},
                      BadQuestion{"unknown_filter", figures(R"("filters": {"shoe_size": ["40"]})"), 404, "unknown-code"},
                      BadQuestion{"unknown_code", figures(R"("filters": {"district": ["atlantis"]})"), 404, "unknown-code"},
                      BadQuestion{"code_of_another_attribute", figures(R"("filters": {"district": ["female"]})"), 404, "unknown-code"},
                      BadQuestion{"unknown_dataset", replaced(figures(), "referrals", "secrets"), 404, "unknown-code"},
                      BadQuestion{"unknown_measure", replaced(figures(), "children", "average_age"), 404, "unknown-code"},
                      BadQuestion{"before_the_first_quarter", figures("", "2019-Q1"), 404, "unknown-code"},
                      BadQuestion{"open_period", figures("", "2026-Q4"), 409, "period-not-open"}, BadQuestion{"future", figures("", "2031-Q1"), 409, "period-not-open"},
                      BadQuestion{"no_quarter", figures("", "2026-Q5"), 400, "not-in-grammar"}, BadQuestion{"half_a_quarter", figures("", "2026-07-01/2026-08-15"), 400, "not-in-grammar"},
                      BadQuestion{"attribute_twice", figures(R"("group_by": ["sex", "sex"])"), 400, "not-in-grammar"},
                      BadQuestion{"contradictory_keys", figures(R"("filters": {"sex": ["female"], "sex": ["male"]})"), 400, "not-in-grammar"},
                      BadQuestion{"negative_noise", figures("", "2026-Q3", -25), 400, "not-in-grammar"}, BadQuestion{"no_noise", figures("", "2026-Q3", 0), 400, "not-in-grammar"},
                      BadQuestion{"noise_of_its_own", figures("", "2026-Q3", 24), 400, "not-in-grammar"},
                      BadQuestion{"nan", replaced(figures(), "\"sigma2\": 25", "\"sigma2\": NaN"), 400, "not-in-grammar"},
                      BadQuestion{"infinite", replaced(figures(), "\"sigma2\": 25", "\"sigma2\": 1e400"), 400, "not-in-grammar"},
                      BadQuestion{"minus_zero", replaced(figures(), "\"sigma2\": 25", "\"sigma2\": -0"), 400, "not-in-grammar"},
                      BadQuestion{"fraction", replaced(figures(), "\"sigma2\": 25", "\"sigma2\": 25.5"), 400, "not-in-grammar"},
                      BadQuestion{"number_as_text", replaced(figures(), "\"sigma2\": 25", "\"sigma2\": \"25\""), 400, "not-in-grammar"},
                      BadQuestion{"sql", figures(R"("filters": {"district": ["' OR 1=1 --"]})"), 404, "unknown-code"},
                      BadQuestion{"sql_in_a_name", figures(R"("group_by": ["district; DROP TABLE cube"])"), 404, "unknown-code"},
                      BadQuestion{"sum_of_values", figures(R"("sum": "age")"), 400, "not-in-grammar"}, BadQuestion{"having", figures(R"("having": "count(*) > 5")"), 400, "not-in-grammar"},
                      BadQuestion{"rounding_of_its_own", figures(R"("rounding": 3)"), 400, "not-in-grammar"},
                      BadQuestion{"not_json", "{", 400, "not-in-grammar"}, BadQuestion{"a_list", "[]", 400, "not-in-grammar"},
                      BadQuestion{"deep", std::string(200, '[') + std::string(200, ']'), 400, "not-in-grammar"},
                      BadQuestion{"no_periods", replaced(figures(), "[\"2026-Q3\"]", "[]"), 400, "not-in-grammar"},
                      BadQuestion{"purpose_not_given", replaced(figures(), "statistical_return", "early_help"), 403, "purpose-not-permitted"},
                      BadQuestion{"purpose_unknown", replaced(figures(), "statistical_return", "curiosity"), 403, "purpose-not-permitted"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(FiguresApi, ATableOfTooManyCellsIsRefusedBeforeAnythingIsLookedAt) {
  std::string question = figures(R"("group_by": ["district", "age_band", "sex", "category"])", "2026");
  const auto four_quarters = world().ask(question);
  EXPECT_EQ(four_quarters.type, "period-not-open");
  StatOptions narrow;
  narrow.policy = wide_policy("1000000000", "400000000", R"("max_cells": 39, )");
  StatWorld other(narrow);
  other.publish("2026-Q3");
  EXPECT_EQ(other.ask(figures(R"("group_by": ["district", "age_band"])")).type, "too-many-cells");
  EXPECT_EQ(other.ask(figures(R"("group_by": ["district", "sex"])")).status, 200);
}

TEST_F(FiguresApi, TheCodebookIsThePolicyAndTheOpenQuarters) {
  const auto book = world().codebook();
  ASSERT_EQ(book.status, 200) << book.body;
  const auto& data = book.json.at("datasets").at(0);
  EXPECT_EQ(data.at("open_periods"), json::array({"2026-Q1", "2026-Q2", "2026-Q3"}));
  EXPECT_EQ(data.at("attributes").at(0).at("codes").size(), 8u);
  EXPECT_TRUE(book.json.at("test_policy")) << "a policy with less noise than may be promised says so";
}

TEST_F(FiguresApi, TheSameKeyForAnotherQuestionIsRefusedAndForTheSameOneIsAnsweredAgain) {
  const std::string one = figures(R"("filters": {"district": ["dover"]})", "2026-Q3", 50), other = figures(R"("filters": {"district": ["thanet"]})", "2026-Q3", 50);
  const auto first = world().ask(one, "kent", "one-key");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(world().ask(other, "kent", "one-key").type, "idempotency-key-reused");
  const auto again = world().ask(one, "kent", "one-key");
  EXPECT_EQ(again.json.at("charged").at("nano_rho"), 0);
  EXPECT_EQ(cells_of(again), cells_of(first));
}

TEST_F(FiguresApi, EveryAnswerAndRefusalByPolicyHasItsLogEntryAndTheChainIsWhole) {
  const auto before = world().log_size();
  EXPECT_EQ(world().ask(figures(R"("filters": {"district": ["maidstone"]})", "2026-Q3", 50)).status, 200);
  EXPECT_EQ(world().log_size(), before + 1);
  EXPECT_EQ(world().ask(replaced(figures(), "statistical_return", "early_help")).status, 403);
  EXPECT_EQ(world().log_size(), before + 2);
  EXPECT_EQ(world().ask(figures(R"("filters": {"district": ["atlantis"]})")).status, 404);
  EXPECT_EQ(world().log_size(), before + 2) << "a word that does not exist is no decision";
  const auto book = world().ledger();
  EXPECT_EQ(book.trouble, "");
  EXPECT_GT(book.lines, 3u);
}

}  // namespace
}  // namespace gatehouse::tests
