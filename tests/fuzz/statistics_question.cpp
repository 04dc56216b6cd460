// Any bytes are a question that can be planned, or are refused; a plan never asks for more cells than allowed and its price is that of its quarters.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policy/statistics/standing.hpp"

namespace {

using namespace gatehouse::statistics;

const Policy& policy() {
  static const Policy one = [] {
    auto read = Policy::read(R"({"schema": "gatehouse-statistics/1", "max_cells": 200, "datasets": [{"id": "referrals", "first_period": "2026-Q1",
      "measures": [{"id": "children"}, {"id": "events", "per_child": 3}], "attributes": [
        {"id": "district", "category": "contact", "codes": ["ashford", "dover", "thanet", "medway"], "aliases": {"Ashford": "ashford"},
         "rollup": {"region": {"east-kent": ["ashford", "dover", "thanet"]}}},
        {"id": "age_band", "category": "identity", "codes": ["0-4", "5-9", "10-14", "15-17", "18-24"]},
        {"id": "sex", "category": "identity", "codes": ["female", "male"]},
        {"id": "category", "category": "safeguarding_concern", "codes": ["neglect", "offending", "other"]}],
      "not_applicable": [{"age_band": "0-4", "category": "offending"}], "missing": [{"period": "2026-Q2", "district": "dover"}],
      "standing": [["district"], ["category"]]}]})");
    if (!read) std::abort();
    return std::move(*read);
  }();
  return one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto question = read_question({reinterpret_cast<const char*>(data), size});
  if (!question) {
    if (question.error().what.empty()) std::abort();
    return 0;
  }
  OpenSnapshots open;
  for (Period period = 2026 * 4; period < 2026 * 4 + 6; ++period) open.push_back({period, false, std::string(32, static_cast<char>(period))});
  const auto table = plan(policy(), *question, open);
  if (!table) return 0;
  if (table->cells.empty() || table->cells.size() > 200 || table->snapshots.empty()) std::abort();
  const std::uint64_t each = price_of(static_cast<std::uint64_t>(table->measure->per_child) * table->measure->per_child, table->sigma2);
  if (table->whole_price() > each * table->snapshots.size()) std::abort();
  std::size_t counted = 0;
  for (const Cell& cell : table->cells) {
    counted += cell.kind == Cell::Kind::counted;
    if ((cell.kind == Cell::Kind::counted) != !cell.key_text.empty() || cell.labels.size() != table->group_by.size()) std::abort();
  }
  if ((counted == 0) != table->price.empty()) std::abort();
  (void)from_standing(policy(), *table);
  (void)display(*table, figures_of(*table, std::vector<std::int64_t>(table->cells.size(), 3)));
  return 0;
}
