#include "policy/prove/coverage.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "policy/prove/lint.hpp"
#include "policy/strict_json.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

// Everything a target may name, each with the clauses it says it carries out.
struct Known {
  using Names = std::set<std::string, std::less<>>;
  using Clauses = std::map<std::string, Names, std::less<>>;
  Clauses rules, grounds, settings_of, clocks, lints;  // clocks: `*` where the law or the purpose starts it, whatever the clause
  Names pages, gates, gate_clauses, checks;
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

// Every `"kind": <clock>` below a key `clocks` or `clock`, wherever the pack or the matrix starts one; with the clauses that stand beside it.
void clocks_below(const json& value, bool inside, const Known::Names& around, Known::Clauses& out) {
  if (value.is_object()) {
    Known::Names here = around;
    if (const json* clauses = member(value, "clauses"); clauses != nullptr && clauses->is_array())
      for (const json& one : *clauses)
        if (one.is_string()) here.insert(one.get<std::string>());
    for (const auto& [key, inner] : value.items()) {
      const bool below = inside || key == "clocks" || key == "clock" || key == "proposed_clocks";
      if (inside && from_text<ClockKind>(key)) out[key].insert(here.begin(), here.end());
      if (inside && key == "kind" && inner.is_string() && from_text<ClockKind>(inner.get_ref<const std::string&>()))
        out[inner.get<std::string>()].insert(here.begin(), here.end());
      clocks_below(inner, below, here, out);
    }
  } else if (value.is_array()) {
    for (const json& inner : value) clocks_below(inner, inside, around, out);
  } else if (inside && value.is_string() && from_text<ClockKind>(value.get_ref<const std::string&>())) {
    out[value.get<std::string>()].insert(around.begin(), around.end());
  }
}

// Every clause named below a setting: beside its value, or inside it.
void clauses_below(const json& value, Known::Names& out) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      if (key == "clauses" && inner.is_array()) {
        for (const json& one : inner)
          if (one.is_string()) out.insert(one.get<std::string>());
      } else {
        clauses_below(inner, out);
      }
    }
  } else if (value.is_array()) {
    for (const json& inner : value) clauses_below(inner, out);
  }
}

Known::Names texts_of(const json* list) {
  Known::Names out;
  if (list != nullptr && list->is_array())
    for (const json& one : *list)
      if (one.is_string()) out.insert(one.get<std::string>());
  return out;
}

// Whether what a target names says that it carries out this clause. A target that names something unrelated would be a promise nobody keeps.
std::string carried(const Known::Clauses& by, const std::string& name, const std::string& clause, const char* none, const char* other) {
  const auto found = by.find(name);
  if (found == by.end()) return none;
  return found->second.contains(clause) || found->second.contains("*") ? "" : other;
}

// What is wrong with a target of this clause; empty where it names something that exists and that says it carries the clause out.
std::string gap_of(const std::string& clause, const std::string& target, const std::string& reason, const Known& known) {
  if (target.empty()) return "no target";
  if (target == "not_enforced") return reason.empty() ? "not_enforced without a reason" : "";
  const auto colon = target.find(':');
  const std::string kind = target.substr(0, colon), name = colon == std::string::npos ? "" : target.substr(colon + 1);
  if (name.empty()) return "a target is `kind:name` or `not_enforced`";
  if (kind == "rule") {
    if (name.starts_with("ground."))
      return carried(known.grounds, name.substr(7), clause, "the pack names no such ground under `cites`", "this ground does not cite the clause");
    return carried(known.rules, name, clause, "no rule of the pack has this id", "this rule does not cite the clause");
  }
  if (kind == "setting") {
    if (known.settings == nullptr || !has_setting(*known.settings, name)) return "no setting of the pack has this name";
    return carried(known.settings_of, name.substr(0, name.find('.')), clause, "no setting of the pack has this name", "this setting does not name the clause");
  }
  if (kind == "prompt" || kind == "notice" || kind == "directory" || kind == "report" || kind == "incident")
    return known.pages.contains(target) ? "" : "no page or document has this id";
  if (kind == "clock") return carried(known.clocks, name, clause, "no clock of this kind is ever started", "nothing that starts this clock names the clause");
  if (kind == "role_gate") {
    if (!known.gates.contains(name)) return "the pack has no gate of this name";
    return known.gate_clauses.contains(clause) ? "" : "the setting role_gates does not name the clause";
  }
  if (kind == "lint") {
    if (!known.checks.contains(name)) return "no lint check has this name";
    return carried(known.lints, name, clause, "this check has nothing to find in the pack", "this check finds nothing about the clause");
  }
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
  const auto law = strict::parse(reference.legal_refs);
  if (!law) return std::unexpected(named(law.error(), "legal_refs.json"));
  Coverage out;
  out.pack = text_of(*pack, "id");
  if (out.pack.empty()) return std::unexpected(Error{"missing_key", "$.id", "a pack without its id", "write the id of the policy", {}});
  const auto clauses = clauses_of(reference.clauses, out.pack);
  if (!clauses) return std::unexpected(clauses.error());
  out.clauses = clauses->size();

  Known known;
  known.settings = member(*pack, "settings");
  const Known::Names anything = {"*"};
  if (const json* rules = member(*pack, "rules"); rules != nullptr && rules->is_array())
    for (const json& rule : *rules) {
      const json* cite = member(rule, "cite");
      Known::Names of_rule = cite != nullptr ? texts_of(member(*cite, "clauses")) : Known::Names();
      if (cite != nullptr && !text_of(*cite, "clause").empty()) of_rule.insert(text_of(*cite, "clause"));
      if (const json* started = member(rule, "clocks")) clocks_below(*started, true, of_rule, known.clocks);
      known.rules[text_of(rule, "id")] = std::move(of_rule);
    }
  known.rules.erase("");
  if (const json* grounds = member(*pack, "cites"); grounds != nullptr && grounds->is_object())
    for (const auto& [ground, cited] : grounds->items()) known.grounds[ground] = texts_of(&cited);
  if (known.settings != nullptr && known.settings->is_object())
    for (const auto& [name, setting] : known.settings->items()) {
      clauses_below(setting, known.settings_of[name]);
      clocks_below(setting, false, {}, known.clocks);
    }
  const json* grounds_of_clocks = member(*pack, "cites");
  clocks_below(*matrix, false, grounds_of_clocks != nullptr ? texts_of(member(*grounds_of_clocks, "clock")) : Known::Names(), known.clocks);
  for (const char* kind : {"prompt", "notice", "directory", "report", "incident"})
    if (const json* list = member(*pages, kind); list != nullptr && list->is_object())
      for (const auto& [name, what] : list->items()) known.pages.insert(std::string(kind) + ":" + name);
  if (known.settings != nullptr)
    if (const json* setting = member(*known.settings, "role_gates")) {
      known.gate_clauses = texts_of(member(*setting, "clauses"));
      if (const json* gates = member(*setting, "value"); gates != nullptr && gates->is_object())
        for (const auto& [name, gate] : gates->items())
          if (gate != false) known.gates.insert(name);  // a gate that stands open is none
    }
  // What lint would find: in the policy's own dates and list, in its text as the pack notes it, and in the law its clauses cite.
  for (const auto& check : lint_checks()) known.checks.insert(std::string(check));
  if (const json* document = member(*pack, "policy")) {
    known.lints["review-overdue"] = anything;
    if (member(*document, "dated") == nullptr) known.lints["policy-undated"] = anything;
    if (member(*document, "approved") == nullptr) known.lints["approval-missing"] = anything;
    if (const json* list = member(*document, "read_with"); list != nullptr && list->is_array() && !list->empty()) known.lints["read-with"] = anything;
    if (const json* faults = member(*document, "faults"); faults != nullptr && faults->is_array())
      for (const json& fault : *faults) known.lints[text_of(fault, "kind")].insert(text_of(fault, "clause"));
  }
  if (const json* refs = member(*law, "refs"); refs != nullptr && refs->is_array())
    for (const json& ref : *refs)
      for (const std::string& clause : texts_of(member(ref, "cited_by")))
        known.lints[text_of(ref, "id").ends_with("-MISTITLED") ? "mis-titled-acts" : "stale-law"].insert(clause);

  // What the pack says of each clause; a second word on the same clause is a gap of that clause.
  std::map<std::string, ClauseTarget, std::less<>> said;
  std::vector<std::string> order;
  const json* list = member(*pack, "clauses");
  if (list == nullptr || !list->is_array()) return std::unexpected(Error{"missing_key", "$.clauses", "no list of clauses", "map every clause of the policy to a target", {}});
  for (const json& one : *list) {
    ClauseTarget row{text_of(one, "id"), text_of(one, "plain"), text_of(one, "target"), text_of(one, "reason"), {}, {}};
    if (const json* also = member(one, "also"); also != nullptr && also->is_array())
      for (const json& further : *also) row.also.push_back(further.is_string() ? further.get<std::string>() : std::string());
    row.gap = gap_of(row.id, row.target, row.reason, known);
    for (const std::string& further : row.also)
      if (row.gap.empty())
        if (std::string gap = further == "not_enforced" ? "not_enforced stands alone" : gap_of(row.id, further, row.reason, known); !gap.empty())
          row.gap = "`" + further + "`: " + gap;
    if (row.gap.empty() && row.plain.empty()) row.gap = "not said in plain words";
    const auto [found, fresh] = said.emplace(row.id, row);
    if (fresh) order.push_back(row.id);
    else found->second.gap = "mapped more than once";
  }
  for (const TsvClause& clause : *clauses) {
    const auto found = said.find(clause.id);
    out.rows.push_back(found == said.end() ? ClauseTarget{clause.id, clause.plain, {}, {}, {}, "not mapped"} : found->second);
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
