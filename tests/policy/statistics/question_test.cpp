// What can be asked, what is refused and how; and that two ways of saying the same thing are one question.
#include "policy/statistics/question.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/policy/statistics/small_policy.hpp"

namespace gatehouse::tests {
namespace {

using statistics::Cell;
using statistics::Refusal;
using statistics::Table;
using Kind = Refusal::Kind;

TEST(Quarters, OneQuarterHasManySpellings) {
  const std::vector<std::int32_t> third = {2026 * 4 + 2};
  for (const char* text : {"2026-Q3", "2026Q3", "2026-q3", "2026q3", "2026-07/2026-09", "2026-07-01/2026-09-30"}) EXPECT_EQ(statistics::quarters_of(text), third) << text;
  EXPECT_EQ(statistics::quarters_of("2026").size(), 4u);
  EXPECT_EQ(statistics::quarters_of("2025-10-01/2026-03-31").size(), 2u);
}

TEST(Quarters, WhatIsNoWholeQuarterIsNone) {
  for (const char* text : {"", "2026-Q0", "2026-Q5", "2026-Q", "26-Q3", "2026_Q3", "2026-07", "2026-07-01", "2026-07-02/2026-09-30", "2026-07-01/2026-09-31", "2026-08/2026-09",
                           "2026-07/2026-09-30", "2026-13/2026-15", "1889-Q1", "-026-Q1", "2026-Q3 ", "20 6-Q3", "9999-10/99999-12", "2026-07/2026-09/2026-12"})
    EXPECT_TRUE(statistics::quarters_of(text).empty()) << text;
  EXPECT_EQ(statistics::quarters_of("2026-10/2026-03").size(), 0u);   // backwards
}

struct Bad {
  std::string body;
  Kind kind;
};

TEST(Questions, WhatIsNotInTheGrammarIsRefusedWithoutLookingAtAnything) {
  const auto policy = small_policy();
  const std::vector<Bad> rows = {
      {"", Kind::not_in_grammar},
      {"[]", Kind::not_in_grammar},
      {"null", Kind::not_in_grammar},
      {"SELECT count(*) FROM stat_base", Kind::not_in_grammar},
      {question_text(R"("sql": "1=1")"), Kind::not_in_grammar},
      {question_text(R"("sigma2": 4)"), Kind::not_in_grammar},   // given twice
      {question_text("", "2026-Q3", "-25"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "-0"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "0"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "25.0"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "2.5e1"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "1e400"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "NaN"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "Infinity"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "\"25\""), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "18446744073709551616"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "26"), Kind::not_in_grammar},
      {question_text("", "2026-Q3", "null"), Kind::not_in_grammar},
      {question_text(R"("rounding": 10)"), Kind::not_in_grammar},
      {question_text(R"("rounding": -5)"), Kind::not_in_grammar},
      {question_text(R"("sdc": "yes")"), Kind::not_in_grammar},
      {question_text(R"("total": "max")"), Kind::not_in_grammar},
      {question_text(R"("group_by": ["district", "district"])"), Kind::not_in_grammar},
      {question_text(R"("group_by": {"district": 1})"), Kind::not_in_grammar},
      {question_text(R"("filters": ["district"])"), Kind::not_in_grammar},
      {question_text(R"("filters": {"district": 7})"), Kind::not_in_grammar},
      {question_text(R"("filters": {"district": [["ashford"]]})"), Kind::not_in_grammar},
      {question_text(R"("filters": {"district": ["ashford"], "district": ["dover"]})"), Kind::not_in_grammar},
      {question_text("", "2026-13"), Kind::not_in_grammar},
      {R"({"purpose": "statistical_return", "dataset": "referrals", "measure": "children", "periods": [], "sigma2": 25})", Kind::not_in_grammar},
      {R"({"dataset": "referrals", "measure": "children", "periods": ["2026-Q3"], "sigma2": 25})", Kind::not_in_grammar},
      {question_text(R"("filters": {"postcode": ["ME7"]})"), Kind::unknown_code},
      {question_text(R"("filters": {"district": ["atlantis"]})"), Kind::unknown_code},
      {question_text(R"("filters": {"district": ["ASHFORD"]})"), Kind::unknown_code},
      {question_text(R"("filters": {"district": ["ashford' OR '1'='1"]})"), Kind::unknown_code},
      {question_text(R"("filters": {"region": ["ashford"]})"), Kind::unknown_code},
      {question_text(R"("group_by": ["child"])"), Kind::unknown_code},
      {question_text(R"("group_by": ["period"])"), Kind::unknown_code},
      {question_text("", "2025-Q4"), Kind::unknown_code},   // before the data set begins
      {R"({"purpose": "statistical_return", "dataset": "staff", "measure": "children", "periods": ["2026-Q3"], "sigma2": 25})", Kind::unknown_code},
      {R"({"purpose": "statistical_return", "dataset": "referrals", "measure": "sum_of_ages", "periods": ["2026-Q3"], "sigma2": 25})", Kind::unknown_code},
      {question_text("", "2027-Q2"), Kind::period_not_open},
      {question_text("", "2999-Q1"), Kind::period_not_open},
      {question_text("", "2026-01/2027-06"), Kind::period_not_open},   // one of them is not
  };
  for (const auto& row : rows) {
    const auto got = planned(policy, row.body);
    ASSERT_FALSE(got) << row.body;
    EXPECT_EQ(got.error().kind, row.kind) << row.body << ": " << got.error().where << " " << got.error().what;
    EXPECT_FALSE(got.error().what.empty());
    for (const char* value : {"atlantis", "ME7", "OR '1'", "SELECT", "postcode", "staff"})   // what was sent is not sent back
      EXPECT_EQ((got.error().where + got.error().what + got.error().remedy).find(value), std::string::npos) << row.body;
  }
}

TEST(Questions, TooManyCellsIsCountedBeforeAnythingIsLookedAt) {
  std::string text = kSmallPolicy;
  text.replace(text.find("\"lag_days\""), 0, "\"max_cells\": 50, ");
  const auto policy = small_policy(text);
  EXPECT_EQ(table_of(policy, question_text(R"("group_by": ["district", "age_band", "sex"])")).cells.size(), 40u);
  for (const char* more : {R"("group_by": ["district", "age_band", "category"])", R"("group_by": ["district", "age_band", "sex", "category"])"}) {
    const auto got = planned(policy, question_text(more));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().kind, Kind::too_many_cells);
  }
  EXPECT_EQ(planned(policy, question_text(R"("group_by": ["district", "age_band"])", "2026")).error().kind, Kind::too_many_cells);   // 4 quarters of 20
}

// A9: rewritings of one question share cells, keys and price.
TEST(Questions, RewritingsOfAQuestionAreOneQuestion) {
  const auto policy = small_policy();
  const auto sum = [&](const std::string& more, const std::string& period = "2026-Q3") { return table_of(policy, question_text(more, period)).canonical; };
  const std::string east = sum(R"("filters": {"region": ["east-kent"]})");
  const std::vector<std::string> same = {
      sum(R"("filters": {"district": ["ashford", "dover", "thanet"]})"),
      sum(R"("filters": {"district": ["thanet", "dover", "Ashford", "thanet"]})"),
      sum(R"("filters": {"region": "east-kent"})"),
      sum(R"("filters": {"region": ["east-kent"], "sex": ["female", "male"]})"),
      sum(R"("filters": {"region": ["east-kent"], "sex": ["m", "f"], "age_band": ["0-4", "5-9", "10-14", "15-17", "18-24"]})"),
      sum(R"("filters": {"region": ["east-kent"], "district": ["ashford", "dover", "thanet", "medway"]})"),
      sum(R"("filters": {"region": ["east-kent"]})", "2026Q3"),
      sum(R"("filters": {"region": ["east-kent"]})", "2026-07-01/2026-09-30"),
      sum(R"("filters": {"region": ["east-kent"]}, "rounding": 5)"),
      sum(R"("sdc": true, "filters": {"region": ["east-kent"]}, "rounding": 5, "total": "sum", "group_by": [])"),
  };
  for (const auto& one : same) EXPECT_EQ(one, east);
  std::set<std::string> others = {east, sum(""), sum(R"("filters": {"district": ["ashford", "dover"]})"), sum(R"("filters": {"coast": ["coastal"]})"),
                                  sum(R"("filters": {"region": ["east-kent"]}, "total": "measured")"), sum(R"("filters": {"region": ["east-kent"]})", "2026-Q2"),
                                  table_of(policy, question_text(R"("filters": {"region": ["east-kent"]})", "2026-Q3", "50")).canonical};
  EXPECT_EQ(others.size(), 7u);
}

// Brute force over every row that can be: equal rows, equal bytes, and only then.
TEST(Questions, AreEqualInCanonicalFormExactlyWhenTheyHoldTheSameRows) {
  const auto policy = small_policy();
  const auto& data = policy.datasets[0];
  std::mt19937 engine(17);
  std::map<std::string, std::vector<bool>> by_form;
  std::map<std::vector<bool>, std::string> by_rows;
  for (int i = 0; i < 3000; ++i) {
    std::string filters;
    std::vector<statistics::CodeSet> sets;
    for (const auto& attribute : data.attributes) {
      statistics::CodeSet set = attribute.all();
      if (engine() % 2 == 0) {
        std::string words;
        set.reset();
        for (std::size_t code = 0; code < attribute.codes.size(); ++code)
          if (engine() % 2 == 0) {
            set.set(code);
            words += (words.empty() ? "\"" : ", \"") + attribute.codes[code] + "\"";
          }
        filters += (filters.empty() ? "\"" : ", \"") + attribute.id + "\": [" + words + "]";
      }
      sets.push_back(set);
    }
    std::vector<bool> rows;
    for (std::size_t d = 0; d < 4; ++d)
      for (std::size_t a = 0; a < 5; ++a)
        for (std::size_t s = 0; s < 2; ++s)
          for (std::size_t c = 0; c < 3; ++c)
            rows.push_back(!data.impossible({d, a, s, c}) && sets[0].test(d) && sets[1].test(a) && sets[2].test(s) && sets[3].test(c));
    const Table table = table_of(policy, question_text("\"filters\": {" + filters + "}"));
    const std::string form = table.cells[0].kind == Cell::Kind::structural_zero ? "zero" : "box" + table.cells[0].canonical;
    const auto one = by_form.emplace(form, rows);
    EXPECT_EQ(one.first->second, rows) << "two questions share a form and not their rows: " << filters;
    const auto other = by_rows.emplace(rows, form);
    EXPECT_EQ(other.first->second, form) << "two questions share their rows and not a form: " << filters;
  }
  EXPECT_GT(by_form.size(), 300u);
}

TEST(Questions, AGroupCellAndItsFilterShareTheKey) {
  const auto policy = small_policy();
  const Table grouped = table_of(policy, question_text(R"("group_by": ["region", "sex"])"));
  ASSERT_EQ(grouped.cells.size(), 4u);
  for (const auto& cell : grouped.cells) {
    const Table alone = table_of(policy, question_text(R"("filters": {"region": [")" + cell.labels[0] + R"("], "sex": [")" + cell.labels[1] + R"("]})"));
    ASSERT_EQ(alone.cells.size(), 1u);
    EXPECT_EQ(alone.cells[0].key_text, cell.key_text);
  }
  // A measured total is a table of its own: its cells are drawn afresh.
  const Table measured = table_of(policy, question_text(R"("group_by": ["region", "sex"], "total": "measured")"));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NE(measured.cells[i].key_text, grouped.cells[i].key_text);
}

TEST(Questions, ARegionAndItsDistrictsTogetherGiveOnlyPairsThatCanBe) {
  const auto policy = small_policy();
  const Table both = table_of(policy, question_text(R"("group_by": ["region", "district"])")), one = table_of(policy, question_text(R"("group_by": ["district"])"));
  ASSERT_EQ(both.cells.size(), 4u);
  EXPECT_EQ(both.canonical, one.canonical);
  EXPECT_EQ(both.cells[3].labels, (std::vector<std::string>{"medway-area", "medway"}));
}

// What the public lists rule out is known without asking: `z`, and free.
TEST(Questions, StructuralZerosFollowFromTheListsAndCostNothing) {
  const auto policy = small_policy();
  const Table grid = table_of(policy, question_text(R"("group_by": ["age_band", "category"])"));
  std::size_t zeros = 0;
  for (const auto& cell : grid.cells) {
    const bool ruled_out = cell.labels[0] == "0-4" && cell.labels[1] == "offending";
    EXPECT_EQ(cell.kind == Cell::Kind::structural_zero, ruled_out);
    EXPECT_EQ(cell.key_text.empty(), ruled_out);
    zeros += ruled_out;
  }
  EXPECT_EQ(zeros, 1u);
  for (const char* nothing : {R"("filters": {"district": []})", R"("filters": {"district": ["medway"], "region": ["east-kent"]})",
                              R"("filters": {"age_band": ["0-4"], "category": ["offending"]})", R"("filters": {"sex": []}, "group_by": ["district"])"}) {
    const Table none = table_of(policy, question_text(nothing));
    EXPECT_TRUE(none.price.empty()) << nothing;
    for (const auto& cell : none.cells) EXPECT_EQ(cell.kind, Cell::Kind::structural_zero) << nothing;
  }
  // And what differs by a structural zero alone is the same question.
  EXPECT_EQ(table_of(policy, question_text(R"("filters": {"category": ["offending"]})")).canonical,
            table_of(policy, question_text(R"("filters": {"category": ["offending"], "age_band": ["5-9", "10-14", "15-17", "18-24"]})")).canonical);
}

TEST(Questions, AMissingSourceIsPublicAndCostsNothing) {
  const auto policy = small_policy();
  const Table first = table_of(policy, question_text(R"("group_by": ["district"])", "2026-Q1"));
  EXPECT_EQ(first.cells[1].kind, Cell::Kind::source_missing);
  EXPECT_EQ(first.cells[0].kind, Cell::Kind::counted);
  EXPECT_EQ(table_of(policy, question_text(R"("group_by": ["district"])", "2026-Q2")).cells[1].kind, Cell::Kind::counted);
  EXPECT_TRUE(table_of(policy, question_text(R"("filters": {"district": ["dover"]})", "2026-Q1")).price.empty());
}

TEST(Prices, AreRoundedUpWholeNanoRhoAndADisjointGroupingCostsOnce) {
  EXPECT_EQ(statistics::price_of(1, 25), 20'000'000u);
  EXPECT_EQ(statistics::price_of(1, 100), 5'000'000u);
  EXPECT_EQ(statistics::price_of(1, 9), 55'555'556u);   // up
  EXPECT_EQ(statistics::price_of(1, 225), 2'222'223u);
  EXPECT_EQ(statistics::price_of(100, 400), 125'000'000u);
  const auto policy = small_policy();
  const auto price = [&](const std::string& more, const std::string& period = "2026-Q3") { return table_of(policy, question_text(more, period)).whole_price(); };
  EXPECT_EQ(price(""), 20'000'000u);
  EXPECT_EQ(price(R"("group_by": ["district", "age_band", "sex"])"), 20'000'000u);
  EXPECT_EQ(price(R"("total": "measured")"), 20'000'000u);
  EXPECT_EQ(price("", "2026"), 80'000'000u);
  EXPECT_EQ(price("", "2026-Q3"), price(R"("rounding": 5)"));
  const Table years = table_of(policy, question_text("", "2026-07/2027-03"));
  ASSERT_EQ(years.price.size(), 2u);
  EXPECT_EQ(years.price[0].year, 2026);
  EXPECT_EQ(years.price[0].nano_rho, 40'000'000u);
  EXPECT_EQ(years.price[1].nano_rho, 20'000'000u);
  // Up to three rows of one child count: nine times the price.
  auto body = question_text();
  body.replace(body.find("children"), 8, "events");
  EXPECT_EQ(table_of(policy, body).whole_price(), 180'000'000u);
}

TEST(Questions, AnyBytesAreReadOrRefused) {
  const auto policy = small_policy();
  std::mt19937 engine(7);
  const std::string whole = question_text(R"("filters": {"region": ["east-kent"], "sex": "f"}, "group_by": ["age_band"], "rounding": 5, "sdc": true, "total": "measured")");
  int planned_well = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text = whole;
    for (int k = static_cast<int>(engine() % 4); k >= 0; --k) {
      const std::size_t at = engine() % text.size();
      switch (engine() % 4) {
        case 0: text[at] = static_cast<char>(engine()); break;
        case 1: text.erase(at, engine() % 9 + 1); break;
        case 2: text.insert(at, text.substr(engine() % text.size(), engine() % 20)); break;
        default: text.insert(at, i % 2 == 0 ? "[[[[" : "1e999"); break;
      }
      if (text.empty()) text = "{";
    }
    planned_well += planned(policy, text).has_value();
  }
  EXPECT_LT(planned_well, 2000);
}

}  // namespace
}  // namespace gatehouse::tests
