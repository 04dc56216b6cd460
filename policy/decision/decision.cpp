#include "policy/decision/decision.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace gatehouse::policy {
namespace {

// CONTRACT.md section 2. A case without items is not "all of nothing": it withholds.
Outcome outcome_of(const std::vector<ItemDecision>& items, const std::vector<Statement>& missing) {
  const auto count = [&](ItemOutcome wanted) {
    return static_cast<std::size_t>(std::ranges::count(items, wanted, &ItemDecision::outcome));
  };
  const std::size_t released = count(ItemOutcome::release);
  if (released > 0) return released == items.size() ? Outcome::release : Outcome::partial;
  if (count(ItemOutcome::anonymised) > 0) return Outcome::anonymised;
  if (count(ItemOutcome::refer) > 0) return Outcome::refer;
  return missing.empty() ? Outcome::withhold : Outcome::more_information;
}

using json = nlohmann::ordered_json;  // the contract's key order is for people who read the log

template <class Enum>
json words(const std::vector<Enum>& values) {
  json out = json::array();
  for (const Enum value : values) out.push_back(text(value));
  return out;
}

json to_object(const ItemDecision& in) {
  json out = json::object();
  out["id"] = in.id;
  if (in.version != 0) out["version"] = in.version;
  if (in.category) out["category"] = text(*in.category);
  out["outcome"] = text(in.outcome);
  if (in.detail != Detail::none) out["detail"] = text(in.detail);
  out["reason"] = text(in.reason);
  out["clauses"] = in.clauses;
  if (in.structured_only) out["structured_only"] = true;
  return out;
}

json to_object(const Obligation& in) {
  json out = json::object();
  out["kind"] = text(in.kind);
  if (in.when != When::none) out["when"] = text(in.when);
  if (!in.to.empty()) out["to"] = in.to;
  out["clauses"] = in.clauses;
  return out;
}

json to_object(const ClockDue& in) {
  json out = json::object();
  out["kind"] = text(in.kind);
  out["due"] = to_text(in.due);
  out["clauses"] = in.clauses;
  return out;
}

json to_object(const NearMiss& in) {
  json out = json::object();
  out["rule"] = in.rule;
  out["needs"] = in.needs;
  return out;
}

template <class Value>
json objects(const std::vector<Value>& values) {
  json out = json::array();
  for (const Value& value : values) out.push_back(to_object(value));
  return out;
}

}  // namespace

Decision::Decision(std::vector<ItemDecision> items, std::vector<Statement> missing, std::vector<Obligation> obligations)
    : items_(std::move(items)), missing_(std::move(missing)), obligations_(std::move(obligations)), outcome_(outcome_of(items_, missing_)) {}

std::string to_json(const Decision& in) {
  json out = json::object();
  out["id"] = in.id;
  out["outcome"] = text(in.outcome());
  out["duty"] = text(in.duty);
  out["items"] = objects(in.items());
  out["refer_to"] = words(in.refer_to);
  out["missing"] = words(in.missing());
  out["obligations"] = objects(in.obligations());
  out["clocks"] = objects(in.clocks);
  out["reason"] = in.reason;
  out["clauses"] = in.clauses;
  out["near_misses"] = objects(in.near_misses);
  json& legs = out["legs"] = json::object();
  if (!in.data_protection_leg.empty()) legs["data_protection"] = in.data_protection_leg;
  if (!in.confidence_leg.empty()) legs["confidence"] = in.confidence_leg;
  json& pack = out["pack"] = json::object();
  pack["id"] = in.pack.id;
  pack["version"] = in.pack.version;
  pack["sha256"] = in.pack.sha256;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace gatehouse::policy
