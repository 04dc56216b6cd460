#include "policy/prove/coverage.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "policy/prove/lint.hpp"
#include "policy/strict_json.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

// Everything a target may name.
struct Known {
  std::set<std::string, std::less<>> rules, pages, clocks, gates, lints;
  const json* settings = nullptr;
};

const json* member(const json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json& object, std::string_view key) {
  const json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// Whether `a.b.c` is there, also where a key itself holds a dot.
bool has_path(const json& value, std::string_view path) {
  if (member(value, path) != nullptr) return true;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const json* inner = member(value, path.substr(0, dot));
    if (inner != nullptr && has_path(*inner, path.substr(dot + 1))) return true;
  }
  return false;
}

// A setting is `{"value": …, "clauses": …}`; `consent.form` names what is inside its value.
bool has_setting(const json& settings, std::string_view path) {
  const auto dot = path.find('.');
  const json* setting = member(settings, path.substr(0, dot));
  if (setting == nullptr) return false;
  if (dot == std::string_view::npos) return true;
  const json* value = member(*setting, "value");
  return value != nullptr && has_path(*value, path.substr(dot + 1));
}

// Every `"kind": <clock>` below a key `clocks` or `clock`, wherever the pack or the matrix starts one.
void clocks_below(const json& value, bool inside, std::set<std::string, std::less<>>& out) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      const bool here = inside || key == "clocks" || key == "clock" || key == "proposed_clocks";
      if (inside && from_text<ClockKind>(key)) out.insert(key);
      if (inside && key == "kind" && inner.is_string() && from_text<ClockKind>(inner.get_ref<const std::string&>())) out.insert(inner.get<std::string>());
      clocks_below(inner, here, out);
    }
  } else if (value.is_array()) {
    for (const json& inner : value) clocks_below(inner, inside, out);
  } else if (inside && value.is_string() && from_text<ClockKind>(value.get_ref<const std::string&>())) {
    out.insert(value.get<std::string>());
  }
}

// What is wrong with a target; empty where it names something that exists.
std::string gap_of(const std::string& target, const std::string& reason, const Known& known) {
  if (target.empty()) return "no target";
  if (target == "not_enforced") return reason.empty() ? "not_enforced without a reason" : "";
  const auto colon = target.find(':');
  const std::string kind = target.substr(0, colon), name = colon == std::string::npos ? "" : target.substr(colon + 1);
  if (name.empty()) return "a target is `kind:name` or `not_enforced`";
  if (kind == "rule") return known.rules.contains(name) ? "" : "no rule of the pack has this id";
  if (kind == "setting") return known.settings != nullptr && has_setting(*known.settings, name) ? "" : "no setting of the pack has this name";
  if (kind == "prompt" || kind == "notice" || kind == "directory") return known.pages.contains(target) ? "" : "no page or document has this id";
  if (kind == "clock") return known.clocks.contains(name) ? "" : "no clock of this kind is ever started";
  if (kind == "role_gate") return known.gates.contains(name) ? "" : "the pack has no gate of this name";
  if (kind == "lint") return known.lints.contains(name) ? "" : "no lint check has this name";
  if (kind == "incident" || kind == "report") return "";
  return "unknown kind of target";
}

struct TsvClause {
  std::string id, plain;
};

// The clauses of one policy: columns id, policy, source_line, kind, paraphrase, enforcement.
std::expected<std::vector<TsvClause>, Error> clauses_of(std::string_view tsv, std::string_view policy) {
  std::vector<TsvClause> out;
  std::set<std::string, std::less<>> seen;
  int number = 0;
  while (!tsv.empty()) {
    const auto end = std::min(tsv.find('\n'), tsv.size());
    std::string_view line = tsv.substr(0, end);
    tsv.remove_prefix(std::min(end + 1, tsv.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (++number == 1 || line.empty()) continue;
    std::vector<std::string_view> columns;
    for (std::size_t from = 0; from <= line.size();) {
      const auto tab = std::min(line.find('\t', from), line.size());
      columns.push_back(line.substr(from, tab - from));
      from = tab + 1;
    }
    if (columns.size() != 6)
      return std::unexpected(Error{"bad_clauses", "clauses.tsv line " + std::to_string(number), "not six columns", "id, policy, source_line, kind, paraphrase, enforcement, separated by tabs", {}});
    if (columns[1] != policy) continue;
    if (!seen.emplace(columns[0]).second)
      return std::unexpected(Error{"duplicate_id", "clauses.tsv line " + std::to_string(number), "this clause stands twice", "keep one of them", {}});
    out.push_back({std::string(columns[0]), std::string(columns[4])});
  }
  return out;
}

Error named(Error error, const std::string& file) {
  error.where = file + " " + error.where;
  return error;
}

}  // namespace

bool Coverage::complete() const {
  return clauses > 0 && std::ranges::all_of(rows, [](const ClauseTarget& row) { return row.gap.empty(); });
}

std::expected<Coverage, Error> coverage(std::string_view pack_text, const CoverageReference& reference) {
  const auto pack = strict::parse(pack_text);
  if (!pack) return std::unexpected(pack.error());
  const auto pages = strict::parse(reference.pages);
  if (!pages) return std::unexpected(named(pages.error(), "pages.json"));
  const auto matrix = strict::parse(reference.minimum_necessary);
  if (!matrix) return std::unexpected(named(matrix.error(), "minimum_necessary.json"));
  Coverage out;
  out.pack = text_of(*pack, "id");
  if (out.pack.empty()) return std::unexpected(Error{"missing_key", "$.id", "a pack without its id", "write the id of the policy", {}});
  const auto clauses = clauses_of(reference.clauses, out.pack);
  if (!clauses) return std::unexpected(clauses.error());
  out.clauses = clauses->size();

  Known known;
  known.settings = member(*pack, "settings");
  if (const json* rules = member(*pack, "rules"); rules != nullptr && rules->is_array())
    for (const json& rule : *rules) known.rules.insert(text_of(rule, "id"));
  known.rules.erase("");
  for (const char* kind : {"prompt", "notice", "directory"})
    if (const json* list = member(*pages, kind); list != nullptr && list->is_object())
      for (const auto& [name, what] : list->items()) known.pages.insert(std::string(kind) + ":" + name);
  clocks_below(*pack, false, known.clocks);
  clocks_below(*matrix, false, known.clocks);
  if (known.settings != nullptr)
    if (const json* setting = member(*known.settings, "role_gates"))
      if (const json* gates = member(*setting, "value"); gates != nullptr && gates->is_object())
        for (const auto& [name, gate] : gates->items())
          if (gate != false) known.gates.insert(name);  // a gate that stands open is none
  for (const auto& check : lint_checks()) known.lints.insert(std::string(check));

  // What the pack says of each clause; a second word on the same clause is a gap of that clause.
  std::map<std::string, ClauseTarget, std::less<>> said;
  std::vector<std::string> order;
  const json* list = member(*pack, "clauses");
  if (list == nullptr || !list->is_array()) return std::unexpected(Error{"missing_key", "$.clauses", "no list of clauses", "map every clause of the policy to a target", {}});
  for (const json& one : *list) {
    ClauseTarget row{text_of(one, "id"), text_of(one, "plain"), text_of(one, "target"), text_of(one, "reason"), {}};
    row.gap = gap_of(row.target, row.reason, known);
    if (row.gap.empty() && row.plain.empty()) row.gap = "not said in plain words";
    const auto [found, fresh] = said.emplace(row.id, row);
    if (fresh) order.push_back(row.id);
    else found->second.gap = "mapped more than once";
  }
  for (const TsvClause& clause : *clauses) {
    const auto found = said.find(clause.id);
    out.rows.push_back(found == said.end() ? ClauseTarget{clause.id, clause.plain, {}, {}, "not mapped"} : found->second);
    if (out.rows.back().gap.empty()) ++out.mapped;
  }
  for (const std::string& id : order)
    if (std::ranges::none_of(*clauses, [&](const TsvClause& clause) { return clause.id == id; })) {
      out.rows.push_back(said.find(id)->second);
      out.rows.back().gap = "the policy has no such clause";
    }
  return out;
}

}  // namespace gatehouse::policy
