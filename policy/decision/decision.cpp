#include "policy/decision/decision.hpp"

#include <algorithm>

#include "policy/json_text.hpp"

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

// Keys in the contract's order: it is for people who read the log.
template <class Enum>
void words(JsonText& out, const char* key, const std::vector<Enum>& values) {
  out.key(key).open_array();
  for (const Enum value : values) out.text(text(value));
  out.close_array();
}

void write(JsonText& out, const ItemDecision& in) {
  out.open_object().field("id", in.id);
  if (in.version != 0) out.key("version").whole(static_cast<std::int64_t>(in.version));
  if (in.category) out.field("category", text(*in.category));
  out.field("outcome", text(in.outcome));
  if (in.detail != Detail::none) out.field("detail", text(in.detail));
  out.field("reason", text(in.reason)).texts("clauses", in.clauses);
  if (in.structured_only) out.key("structured_only").flag(true);
  out.close_object();
}

void write(JsonText& out, const Obligation& in) {
  out.open_object().field("kind", text(in.kind));
  if (in.when != When::none) out.field("when", text(in.when));
  if (!in.to.empty()) out.texts("to", in.to);
  out.texts("clauses", in.clauses).close_object();
}

void write(JsonText& out, const ClockDue& in) {
  out.open_object().field("kind", text(in.kind)).field("due", to_text(in.due)).texts("clauses", in.clauses).close_object();
}

void write(JsonText& out, const NearMiss& in) { out.open_object().field("rule", in.rule).texts("needs", in.needs).close_object(); }

template <class Value>
void objects(JsonText& out, const char* key, const std::vector<Value>& values) {
  out.key(key).open_array();
  for (const Value& value : values) write(out, value);
  out.close_array();
}

}  // namespace

Decision::Decision(std::vector<ItemDecision> items, std::vector<Statement> missing, std::vector<Obligation> obligations)
    : items_(std::move(items)), missing_(std::move(missing)), obligations_(std::move(obligations)), outcome_(outcome_of(items_, missing_)) {}

std::string to_json(const Decision& in) {
  JsonText out(1024 + in.items().size() * 192);
  out.open_object().field("id", in.id).field("outcome", text(in.outcome())).field("duty", text(in.duty));
  objects(out, "items", in.items());
  words(out, "refer_to", in.refer_to);
  words(out, "missing", in.missing());
  objects(out, "obligations", in.obligations());
  objects(out, "clocks", in.clocks);
  out.field("reason", in.reason).texts("clauses", in.clauses);
  objects(out, "near_misses", in.near_misses);
  out.key("legs").open_object();
  if (!in.data_protection_leg.empty()) out.field("data_protection", in.data_protection_leg);
  if (!in.confidence_leg.empty()) out.field("confidence", in.confidence_leg);
  out.close_object().key("pack").open_object().field("id", in.pack.id).field("version", in.pack.version).field("sha256", in.pack.sha256).close_object();
  return out.close_object().take();
}

}  // namespace gatehouse::policy
