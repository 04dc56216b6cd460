#pragma once
// A data set small enough to think about: four districts in two regions, five ages, two sexes, three categories; babies do not offend.
#include <gtest/gtest.h>

#include <string>

#include "policy/statistics/table.hpp"

namespace gatehouse::tests {

inline const std::string kSmallPolicy = R"({
  "schema": "gatehouse-statistics/1", "test_policy": true, "sigma2": [1, 4, 9, 16, 25, 50, 100, 225, 400], "lag_days": 14, "tick_ms": 0,
  "datasets": [{
    "id": "referrals", "first_period": "2026-Q1", "measures": [{"id": "children"}, {"id": "events", "per_child": 3}],
    "attributes": [
      {"id": "district", "category": "contact", "codes": ["ashford", "dover", "thanet", "medway"], "aliases": {"Ashford": "ashford"},
       "rollup": {"region": {"east-kent": ["ashford", "dover", "thanet"], "medway-area": ["medway"]}, "coast": {"coastal": ["dover", "thanet"]}}},
      {"id": "age_band", "category": "identity", "codes": ["0-4", "5-9", "10-14", "15-17", "18-24"], "rollup": {"phase": {"primary": ["5-9"], "secondary": ["10-14", "15-17"]}}},
      {"id": "sex", "category": "identity", "codes": ["female", "male"], "aliases": {"f": "female", "m": "male"}},
      {"id": "category", "category": "safeguarding_concern", "codes": ["neglect", "offending", "other"]}
    ],
    "not_applicable": [{"age_band": "0-4", "category": "offending"}],
    "missing": [{"period": "2026-Q1", "district": "dover"}],
    "standing": [["district"], ["age_band", "sex"], ["category"]],
    "cap_all": 1000000000000, "cap_standing": 400000000
  }]
})";

inline statistics::Policy small_policy(const std::string& text = kSmallPolicy) {
  auto policy = statistics::Policy::read(text);
  if (!policy) throw std::runtime_error(policy.error().text());
  return std::move(*policy);
}

inline statistics::Snapshot snapshot_of(int year, int quarter, char digest = 'd', bool revised = false) {
  statistics::Snapshot out;
  out.period = year * 4 + quarter - 1;
  out.digest = std::string(32, digest);
  out.revised = revised;
  return out;
}

inline const statistics::OpenSnapshots kOpen = {snapshot_of(2026, 1, 'a'), snapshot_of(2026, 2, 'b'), snapshot_of(2026, 3, 'c'), snapshot_of(2026, 4, 'e'),
                                                snapshot_of(2027, 1, 'f')};

// A question with `more` members put in front of the usual ones.
inline std::string question_text(const std::string& more = "", const std::string& period = "2026-Q3", const std::string& sigma2 = "25") {
  return R"({"purpose": "statistical_return", "dataset": "referrals", "measure": "children", "periods": [")" + period + R"("], "sigma2": )" + sigma2 +
         (more.empty() ? "" : ", " + more) + "}";
}

inline std::expected<statistics::Table, statistics::Refusal> planned(const statistics::Policy& policy, const std::string& body) {
  const auto question = statistics::read_question(body);
  if (!question) return std::unexpected(question.error());
  return statistics::plan(policy, *question, kOpen);
}

inline statistics::Table table_of(const statistics::Policy& policy, const std::string& body) {
  auto table = planned(policy, body);
  if (!table) throw std::runtime_error(body + ": " + table.error().where + " " + table.error().what);
  return std::move(*table);
}

}  // namespace gatehouse::tests
