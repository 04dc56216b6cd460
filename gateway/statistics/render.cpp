#include "gateway/statistics/render.hpp"

#include <algorithm>
#include <cstdio>

#include "policy/json_text.hpp"

namespace gatehouse::gateway {

using statistics::Cell;
using policy::JsonText;
using statistics::Refusal;

namespace {

// Blanks before a value change nothing for a reader of JSON, and everything for whoever weighs the body.
constexpr std::size_t kNumber = 10, kMoney = 12;

std::string wide(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}
std::string number(std::int64_t value, std::size_t width = kNumber) { return wide(std::to_string(value), width); }

void shown(JsonText& json, const statistics::Shown& one, bool with_symbol) {
  json.key("value").raw(one.value ? number(*one.value) : wide("null", kNumber));
  if (with_symbol) json.key("symbol").raw(one.symbol == 0 ? "null" : std::string(" \"") + one.symbol + "\"");
  const bool known = one.symbol != ':';
  json.key("low").raw(known ? number(one.low) : wide("null", kNumber)).key("high").raw(known ? number(one.high) : wide("null", kNumber));
}

std::string four_places(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

}  // namespace

double level_of(const statistics::Figure& figure) {
  if (figure.variance.n == 0) return 1;
  return figure.exact_law ? statistics::mass_within(figure.variance, statistics::half_width(figure.variance)) : 0.95;
}

std::string to_json(const StatisticsAnswer& answer) {
  const auto& table = answer.table;
  JsonText json(1024 + table.cells.size() * 192);
  json.open_object().field("release", answer.release).field("snapshot", answer.snapshot);
  const bool revised = std::any_of(table.snapshots.begin(), table.snapshots.end(), [](const auto& one) { return one.revised; });
  json.field("status", revised ? "revised" : "final").key("cells").open_array();
  statistics::Figure widest;
  std::size_t counted = 0;
  for (std::size_t i = 0; i < table.cells.size(); ++i) {
    const Cell& cell = table.cells[i];
    json.open_object();
    if (table.snapshots.size() > 1) json.field("period", statistics::text_of(table.snapshots[cell.period].period));
    for (std::size_t by = 0; by < table.group_by.size(); ++by) json.field(table.group_by[by], cell.labels[by]);
    shown(json, answer.display.cells[i], true);
    json.key("too_uncertain").raw(answer.display.cells[i].too_uncertain ? " true" : "false").close_object();
    if (cell.kind != Cell::Kind::counted) continue;
    ++counted;
    const auto& figure = answer.figures.cells[i];
    if (figure.variance.n * widest.variance.d > widest.variance.n * figure.variance.d) widest = figure;
  }
  json.close_array().key("total").open_object();
  shown(json, answer.display.total, false);
  json.field("method", answer.figures.method).close_object();
  json.key("accuracy").open_object().key("sigma2").whole(static_cast<std::int64_t>(table.sigma2)).key("level").raw(four_places(level_of(widest)));
  json.key("half_width").whole(statistics::half_width(widest));
  const unsigned all = widest.variance.n == 0 ? 0
                       : widest.exact_law     ? statistics::half_width_of_all(widest.variance, counted)
                                              : statistics::wide_half_width_of_all(widest.variance, counted);
  json.key("all_cells_half_width").whole(all);
  json.field("note", "Does not include recording errors. Totals of other tables may differ.").close_object();
  json.key("charged").open_object().key("nano_rho").raw(number(static_cast<std::int64_t>(answer.charged), kMoney));
  json.key("left_nano_rho").raw(number(static_cast<std::int64_t>(answer.left), kMoney)).close_object();
  json.close_object();
  return json.take();
}

std::string to_json(const StatisticsForecast& forecast) {
  JsonText json;
  json.open_object().key("price_nano_rho").whole(static_cast<std::int64_t>(forecast.price)).key("fits").flag(forecast.fits);
  json.key("left_nano_rho").whole(static_cast<std::int64_t>(forecast.left)).key("half_width").whole(forecast.half_width);
  json.key("cells").whole(static_cast<std::int64_t>(forecast.cells)).key("you_already_hold_it").flag(forecast.held);
  json.key("from_standing_tables").flag(forecast.from_standing).key("cheaper").open_array();
  for (const auto& level : forecast.cheaper) {
    json.open_object().key("sigma2").whole(static_cast<std::int64_t>(level.sigma2)).key("price_nano_rho").whole(static_cast<std::int64_t>(level.price));
    json.key("half_width").whole(level.half_width).close_object();
  }
  json.close_array().close_object();
  return json.take();
}

std::string codebook_json(const statistics::Policy& policy, const std::vector<std::pair<std::string, statistics::Period>>& open) {
  JsonText json(4096);
  const auto codes = [&](const statistics::Attribute& attribute, const statistics::CodeSet& set) {
    json.open_array();
    for (std::size_t i = 0; i < attribute.codes.size(); ++i)
      if (set.test(i)) json.text(attribute.codes[i]);
    json.close_array();
  };
  json.open_object().key("datasets").open_array();
  for (const auto& data : policy.datasets) {
    json.open_object().field("id", data.id).field("title", data.title).field("unit", data.unit).key("measures").open_array();
    for (const auto& measure : data.measures) json.text(measure.id);
    json.close_array().key("rows_per_child").open_object();
    for (const auto& measure : data.measures) json.key(measure.id).whole(measure.per_child);
    json.close_object().key("purposes").open_array();
    for (const auto purpose : data.purposes) json.text(policy::text(purpose));
    json.close_array().key("open_periods").open_array();
    for (const auto& [id, period] : open)
      if (id == data.id) json.text(statistics::text_of(period));
    json.close_array().key("attributes").open_array();
    for (const auto& attribute : data.attributes) {
      json.open_object().field("id", attribute.id).key("codes");
      codes(attribute, attribute.all());
      json.key("rollup").open_object();
      for (const auto& rollup : attribute.rollups) {
        json.key(rollup.id).open_object();
        for (const auto& group : rollup.groups) {
          json.key(group.code);
          codes(attribute, group.members);
        }
        json.close_object();
      }
      json.close_object().key("aliases").open_object();
      for (const auto& [other, means] : attribute.aliases) json.field(other, attribute.codes[means]);
      json.close_object().close_object();
    }
    json.close_array();
    const auto rules = [&](const char* key, const std::vector<statistics::Excluded>& list) {
      json.key(key).open_array();
      for (const auto& rule : list) {
        json.open_object();
        if (rule.period) json.field("period", statistics::text_of(*rule.period));
        for (const auto& [attribute, set] : rule.sets) {
          json.key(data.attributes[attribute].id);
          if (set.count() == 1)
            json.text(data.attributes[attribute].codes[set._Find_first()]);
          else
            codes(data.attributes[attribute], set);
        }
        json.close_object();
      }
      json.close_array();
    };
    rules("not_applicable", data.not_applicable);
    rules("missing", data.missing);
    json.key("standing").open_array();
    for (const auto& table : data.standing) {
      std::string name;
      for (const std::size_t attribute : table) name += (name.empty() ? "" : "*") + data.attributes[attribute].id;
      json.text(name);
    }
    json.close_array().close_object();
  }
  json.close_array().key("sigma2").open_array();
  for (const auto level : policy.sigma2) json.whole(static_cast<std::int64_t>(level));
  json.close_array().key("standing_sigma2").whole(static_cast<std::int64_t>(policy.standing_sigma2));
  json.key("max_cells").whole(static_cast<std::int64_t>(policy.max_cells)).key("lag_days").whole(policy.lag_days);
  json.key("scheme").whole(static_cast<std::int64_t>(policy.scheme)).key("test_policy").flag(policy.test_policy).close_object();
  return json.take();
}

Problem problem_of(const StatisticsRefusal& from) {
  const Refusal& refusal = from.refusal;
  std::string_view code = "not-in-grammar";
  switch (refusal.kind) {
    case Refusal::Kind::not_in_grammar: break;
    case Refusal::Kind::purpose_not_permitted: code = "purpose-not-permitted"; break;
    case Refusal::Kind::unknown_code: code = "unknown-code"; break;
    case Refusal::Kind::period_not_open: code = "period-not-open"; break;
    case Refusal::Kind::too_many_cells: code = "too-many-cells"; break;
    case Refusal::Kind::budget_exhausted: code = "budget-exhausted"; break;
  }
  Problem out = problem(code, refusal.remedy.empty() ? refusal.what : refusal.what + "; " + refusal.remedy, refusal.where, refusal.allowed);
  if (refusal.kind == Refusal::Kind::budget_exhausted) {
    out.where.clear();
    out.members.emplace_back("price_nano_rho", std::to_string(from.price));
    out.members.emplace_back("left_nano_rho", std::to_string(from.left));
    out.members.emplace_back("cheapest_sigma2", from.cheapest_sigma2 ? std::to_string(*from.cheapest_sigma2) : "null");
    JsonText hold;
    hold.open_array();
    for (const auto& one : from.you_hold) hold.text(one);
    hold.close_array();
    out.members.emplace_back("you_hold", hold.take());
  }
  return out;
}

}  // namespace gatehouse::gateway
