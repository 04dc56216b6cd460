#include "policy/prove/replay.hpp"

#include <map>
#include <nlohmann/json.hpp>

namespace gatehouse::policy {
namespace {

using nlohmann::json;

const json& part(const json& object, const char* key) {
  static const json none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

std::string word(const json& object, const char* key) {
  const json& value = part(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

// How much goes: nothing, de-identified, banded, a summary, what is relevant, all of it. An outcome nobody knows counts as nothing.
int amount(const json& item) {
  if (word(item, "outcome") == "anonymised") return 1;
  if (word(item, "outcome") != "release") return 0;
  const std::string detail = word(item, "detail");
  return detail == "banded" ? 2 : detail == "summary" ? 3 : detail == "relevant" ? 4 : 5;
}

std::string told(const json& item) { return word(item, "outcome") + " " + word(item, "reason") + (amount(item) > 1 ? " " + word(item, "detail") : std::string()); }

std::map<std::string, const json*> by_id(const json& decision) {
  std::map<std::string, const json*> out;
  std::size_t index = 0;
  for (const json& item : part(decision, "items")) {
    const std::string id = word(item, "id");
    out.emplace(id.empty() ? "#" + std::to_string(index) : id, &item);
    ++index;
  }
  return out;
}

}  // namespace

std::expected<std::optional<ReplayChange>, Error> replay(const Pack& draft, std::string_view question, std::string_view logged) {
  const auto read = read_case(question);
  if (!read) return std::unexpected(read.error());
  const std::string decided = to_json(decide(draft, *read));
  // Most decisions stay what they were, to the letter; only the draft's own name differs. No string of the JSON holds a bare quote, so this is that key.
  constexpr std::string_view pack_key = ",\"pack\":{";
  const auto end_now = decided.rfind(pack_key), end_then = logged.rfind(pack_key);
  if (end_now != std::string::npos && end_then != std::string_view::npos && std::string_view(decided).substr(0, end_now) == logged.substr(0, end_then)) return std::optional<ReplayChange>();
  const json before = json::parse(logged, nullptr, false);
  if (!before.is_object() || !part(before, "items").is_array())
    return std::unexpected(Error{"wrong_type", "$.decision", "is no decision", "give the decision as the log has it", {}});
  const json after = json::parse(decided);
  ReplayChange out;
  out.outcome_before = word(before, "outcome");
  out.outcome_after = word(after, "outcome");
  const auto then = by_id(before), now = by_id(after);
  auto ids = then;
  ids.insert(now.begin(), now.end());
  for (const auto& [id, any] : ids) {
    const auto old_item = then.find(id), new_item = now.find(id);
    ReplayedItem item{id, word(*any, "category"), old_item == then.end() ? "" : told(*old_item->second), new_item == now.end() ? "" : told(*new_item->second), false, false};
    const int went = old_item == then.end() ? 0 : amount(*old_item->second), goes = new_item == now.end() ? 0 : amount(*new_item->second);
    if (item.before == item.after) continue;
    item.more = goes > went;
    item.less = goes < went;
    out.more = out.more || item.more;
    out.less = out.less || item.less;
    out.items.push_back(std::move(item));
  }
  for (const char* key : {"duty", "refer_to", "missing", "obligations", "clocks", "clauses", "legs"})
    if (part(before, key) != part(after, key)) out.differing.emplace_back(key);
  if (out.items.empty() && out.differing.empty() && out.outcome_before == out.outcome_after) return std::optional<ReplayChange>();
  return std::optional<ReplayChange>(std::move(out));
}

}  // namespace gatehouse::policy
