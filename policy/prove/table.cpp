#include "policy/prove/table.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "policy/decision/compiled.hpp"
#include "policy/prove/coverage.hpp"
#include "policy/prove/lint.hpp"
#include "policy/strict_json.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;  // one cell: one line each

const json* member(const json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json& object, std::string_view key) {
  const json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::string joined(const Lines& words, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? std::string(last) : ", ";
    out += words[i];
  }
  return out;
}

Lines texts(const json* list) {
  Lines out;
  if (list != nullptr && list->is_array())
    for (const json& one : *list)
      if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

Lines said(const json* list) {
  Lines out = texts(list);
  for (std::string& one : out) one = spoken(one);
  return out;
}

std::string capital(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

// ---------------------------------------------------------------- the page, before it has a form

struct Section {
  std::string heading, before;         // `before`: what a reader needs to know
  Lines columns;
  std::vector<std::vector<Lines>> rows;
};
struct Page {
  std::string title;
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<Section> sections;
};

// ---------------------------------------------------------------- what a rule says

// `PT24H` and the like, in words.
std::string duration(const std::string& iso, const std::string& calendar) {
  if (iso == "school_day_end") return "by the end of the school day";
  if (iso == "PT0S") return "at once";
  const std::size_t begin = iso.find_first_of("0123456789");
  if (begin == std::string::npos) return iso;
  const std::string amount = iso.substr(begin, iso.size() - begin - 1);
  const bool one = amount == "1", time = iso.find('T') != std::string::npos;
  std::string unit;
  switch (iso.back()) {
    case 'H': unit = "hour"; break;
    case 'M': unit = time ? "minute" : "month"; break;
    case 'S': unit = "second"; break;
    default: unit = calendar == "working" ? "working day" : calendar == "school_day" ? "school day" : "day"; break;
  }
  return "within " + amount + " " + unit + (one ? "" : "s");
}

std::string range(const json& value, const char* unit) {
  const json* from = member(value, "at_least");
  const json* below = member(value, "below");
  std::string out;
  if (from != nullptr) out = from->dump() + " or over";
  if (below != nullptr) out += (out.empty() ? "" : " and ") + std::string("under ") + below->dump();
  return out + unit;
}

// One fact of `when` or `unless`.
std::string condition(const std::string& key, const json& value) {
  static const std::map<std::string, const char*, std::less<>> names = {
      {"flow", "How"}, {"purpose", "What for"}, {"requester.kind", "Who asks"}, {"requester.role", "Role"}, {"requester.training", "Training"}, {"recipient.type", "To"},
      {"agreement", "Agreement"}, {"subject.competence", "Competence"}, {"notice", "Telling the person"}, {"urgency", "Urgency"}, {"context", "Where"},
      {"circumstance", "Found by us"}, {"claimed.circumstance", "Named, by anybody"}, {"stated", "Stated"}, {"approved.role", "Approved by"}, {"advised.role", "Advice of"},
      {"offence.state", "Offence"}, {"risk", "Risk"}, {"request", "Request"}, {"item.category", "About"}, {"item.compartment", "In the closed file"}, {"item.detail", "How much"},
      {"consent.state", "Agreement of the person"}, {"consent.form", "Agreed"}, {"consent.given_by", "Agreed by"}, {"law", "Law"}, {"emergency", "Emergency"},
      {"requester.parental_responsibility", "Parental responsibility"}, {"requester.marked_risk", "Marked as a risk"}, {"requester.conflict", "Too close to it"},
      {"requester.attested", "Has read the policy"}, {"requester.signed_off", "Signed off"}, {"best_interests", "Judged best for the person"}, {"item.relevant", "Relevant"},
      {"item.given_in_confidence", "Given in confidence"}, {"item.withheld_from_requester", "Kept from who asks"}, {"subject.age", "Age"}, {"requester.tenure_days", "Served"}};
  const auto found = names.find(key);
  const std::string name = found == names.end() ? spoken(key) : found->second;
  if (key == "subject.age") return name + ": " + range(value, "");
  if (key == "requester.tenure_days") return name + ": " + range(value, " days");
  Lines words;
  if (value.is_array())
    for (const json& one : value) {
      if (one.is_boolean()) words.push_back(one.get<bool>() ? "yes" : "no");
      else if (one.is_null()) words.push_back("nobody has judged");
      else if (one.is_string()) words.push_back(spoken(one.get<std::string>()));
    }
  return name + ": " + joined(words, " or ");
}

Lines conditions(const json* part) {
  Lines out;
  if (part == nullptr || !part->is_object()) return out;
  for (const char* first : {"flow", "purpose", "requester.kind", "requester.role", "recipient.type"})
    if (const json* value = member(*part, first)) out.push_back(condition(first, *value));
  for (const auto& [key, value] : part->items())
    if (key != "flow" && key != "purpose" && key != "requester.kind" && key != "requester.role" && key != "recipient.type") out.push_back(condition(key, value));
  return out;
}

std::string mode_words(std::string_view mode, const Lines& roles) {
  const std::string who = joined(roles, " or ");
  if (mode == "none") return "Nobody need be asked";
  if (mode == "recommended") return "Advice is good: " + who;
  if (mode == "advice") return "Advice first: " + who;
  if (mode == "retrospective") return "Approval afterwards: " + who;
  return "Approval first: " + who;
}

Lines approval_of(const json& rule) {
  if (text_of(rule, "approval") == "route") return {"As the purpose asks (see who is asked)"};
  const Lines roles = said(member(rule, "needs_approval"));
  if (roles.empty()) return {"Nobody need be asked"};
  const std::string mode = text_of(rule, "mode");
  Lines out = {mode_words(mode.empty() ? "required" : mode, roles)};
  if (const json* own = member(rule, "own_approval"); own != nullptr && *own == true) out.push_back("They may approve their own; it is looked at afterwards");
  return out;
}

std::string result_of(const json& rule) {
  const std::string effect = text_of(rule, "effect");
  if (effect == "permit") {
    const json* anonymised = member(rule, "anonymised");
    if ((anonymised != nullptr && *anonymised == true) || (anonymised == nullptr && text_of(rule, "stratum") == "anonymise")) return "Shared without names";
    return text_of(rule, "duty") == "must_share" ? "Must be shared" : "May be shared";
  }
  if (effect == "forbid") return "Not shared";
  if (effect == "refer") return "Ask first";
  return "Also do";
}

Lines duties_of(const json& rule) {
  Lines out;
  if (const json* list = member(rule, "oblige"); list != nullptr && list->is_array())
    for (const json& one : *list) {
      const std::string when = text_of(one, "when");
      std::string line = capital(spoken(text_of(one, "kind")));
      if (when == "before" || when == "after") line += ", " + when;
      out.push_back(std::move(line));
    }
  for (const std::string& clock : texts(member(rule, "clocks"))) out.push_back("Clock: " + spoken(clock));
  for (const std::string& id : texts(member(rule, "overrides"))) out.push_back("Goes before the rule `" + id + "`");
  if (const Lines on = texts(member(rule, "on")); !on.empty()) {
    Lines results, kept;
    for (const std::string& one : on) {
      const auto colon = one.find(':');
      const std::string head = one.substr(0, colon);
      if (head == "withhold" && colon != std::string::npos) {
        kept.push_back(spoken(one.substr(colon + 1)));
        continue;
      }
      std::string word = head == "withhold"      ? "it is not shared"
                         : head == "release"     ? "it is shared"
                         : head == "refer"       ? "somebody is asked"
                         : head == "anonymised"  ? "it goes without names"
                         : head == "exceptional" ? "it is shared without agreement"
                                                 : "it must be shared";
      if (colon != std::string::npos) word += " (" + spoken(one.substr(colon + 1)) + ")";
      results.push_back(std::move(word));
    }
    if (!kept.empty()) results.push_back("it is not shared because: " + joined(kept, " or "));
    out.push_back("Only if " + joined(results, " or "));
  }
  return out;
}

Lines clauses_of(const json& rule) {
  Lines out;
  const json* cite = member(rule, "cite");
  if (cite == nullptr) return out;
  if (std::string one = text_of(*cite, "clause"); !one.empty()) out.push_back(std::move(one));
  for (std::string& one : texts(member(*cite, "clauses"))) out.push_back(std::move(one));
  for (const std::string& one : texts(member(*cite, "law"))) out.push_back("Law: " + one);
  return out;
}

struct StratumWords {
  std::string_view stratum, heading, before;
};
constexpr auto strata = std::to_array<StratumWords>({
    {"identity", "1. Who asks, and whether an agreement is in force", "Where no agreement covers the agency and purpose somebody is asked; never in an emergency, and never for what must be shared."},
    {"statute", "2. What the law asks or orders", ""},
    {"hard_deny", "3. What is kept whatever else is true", "Kept from everybody in a conflict, from a person it is withheld from, and a safe address from the family: no rule can change these three."},
    {"anonymise", "4. Without names first", "What can be asked or answered without saying who it is goes without names."},
    {"consent", "5. What the person agreed to", "One agreement that covers agency, matter and purpose together, that is current, and in the form asked for."},
    {"exception", "6. Grounds without agreement, and who decides", "A circumstance counts when our own records or staff found it; what an agency only says leads to somebody who decides."},
    {"mandatory", "7. What must be shared", "Refusing needs a recorded reason. Missing papers never stop it: somebody is asked, and the gap is closed afterwards."},
    {"keep", "8. Else it is kept", ""},
});

// ---------------------------------------------------------------- settings

struct Choice {
  const char* name;
  const char* decides;
};
constexpr std::array<Choice, 21> choices = {{{"notify_subject", "Whether and when the person is told"}, {"parents", "What parents are told"},
    {"age_bands", "Age lines and competence"}, {"refer_routes", "Who is asked"}, {"deputies", "Who stands in, and who refers to the hub"}, {"clocks", "How soon"},
    {"break_rule", "What must and what may be shared without agreement"}, {"consent", "Form and length of an agreement"}, {"levels", "Levels of confidence and closed files"},
    {"holder", "Who holds a confidence"}, {"verbatim", "Words recorded as spoken"}, {"covert_advice", "Advice to a meeting without the person knowing"},
    {"sar_third_party", "Other people in a person's own file"}, {"precedence", "What stands above what"}, {"serious_offences", "Which offences are serious"},
    {"approval", "Whether asking is a duty"}, {"channels", "Which channels may be used"}, {"role_gates", "What staff and volunteers need first"},
    {"anonymise", "Where a question goes without names"}, {"locality", "Local bodies"}, {"contexts", "Settings with a level of their own"}}};

// A value in words: short lines, nested keys before their values.
void value_lines(const json& value, const std::string& label, Lines& out) {
  const std::string before = label.empty() ? "" : capital(label) + ": ";
  if (value.is_boolean()) out.push_back(before + (value.get<bool>() ? "yes" : "no"));
  else if (value.is_null()) out.push_back(before + "not yet");
  else if (value.is_number()) out.push_back(before + value.dump());
  else if (value.is_string()) out.push_back(before + (label == "choice" && value == "deny" ? "no" : spoken(value.get<std::string>())));
  else if (value.is_array()) {
    if (value.empty()) return out.push_back(before + "nothing");
    if (std::ranges::all_of(value, [](const json& one) { return one.is_string(); })) return out.push_back(before + joined(said(&value), ", "));
    if (std::ranges::all_of(value, [](const json& one) { return one.is_number(); })) {
      Lines numbers;
      for (const json& one : value) numbers.push_back(one.dump());
      return out.push_back(before + joined(numbers, ", "));
    }
    for (const json& one : value) {
      if (one.is_object() && one.contains("duration"))
        out.push_back(capital(spoken(text_of(one, "kind"))) + " " + duration(text_of(one, "duration"), text_of(one, "calendar")));
      else if (one.is_object() && one.contains("level"))
        out.push_back(capital(joined(said(member(one, "context")), " or ")) + ": " + spoken(text_of(one, "level")));
      else value_lines(one, label, out);
    }
  } else {
    for (const auto& [key, inner] : value.items())
      if (key != "clauses") value_lines(inner, label.empty() ? spoken(key) : label + ", " + spoken(key), out);
  }
}

// ---------------------------------------------------------------- composing

Section rules_of(const json& pack, const StratumWords& stratum) {
  Section out{std::string(stratum.heading), std::string(stratum.before), {"Rule", "In plain words", "When", "Unless", "Then", "Who is asked", "What must be done", "Clause"}, {}};
  const json* rules = member(pack, "rules");
  if (rules == nullptr || !rules->is_array()) return out;
  for (const json& rule : *rules) {
    if (text_of(rule, "stratum") != stratum.stratum) continue;
    const bool asks = text_of(rule, "effect") == "permit" || text_of(rule, "effect") == "refer";
    out.rows.push_back({{text_of(rule, "id")}, {text_of(rule, "plain")}, conditions(member(rule, "when")), conditions(member(rule, "unless")), {result_of(rule)},
                        asks ? approval_of(rule) : Lines(), duties_of(rule), clauses_of(rule)});
  }
  return out;
}

Section routes(const json& pack, const json& matrix) {
  Section out{"Who is asked, purpose by purpose",
              "The row of the purpose holds for every rule that says `as the purpose asks`. Nobody approves their own request, and nobody in a conflict approves.",
              {"What for", "Who is asked", "Clause"}, {}};
  std::map<std::string, std::pair<std::string, Lines>> own;
  const json* settings = member(pack, "settings");
  const json* setting = settings != nullptr ? member(*settings, "refer_routes") : nullptr;
  const json* value = setting != nullptr ? member(*setting, "value") : nullptr;
  if (const json* list = value != nullptr ? member(*value, "routes") : nullptr; list != nullptr && list->is_array())
    for (const json& route : *list)
      for (const std::string& purpose : texts(member(route, "purposes")))
        own[purpose] = {mode_words(text_of(route, "mode"), said(member(route, "any_of"))), texts(member(route, "clauses"))};
  const json* defaults = member(matrix, "purpose_defaults");
  for (const std::string_view purpose : Words<Purpose>::list) {
    if (const auto found = own.find(std::string(purpose)); found != own.end()) {
      out.rows.push_back({{capital(spoken(purpose))}, {found->second.first}, found->second.second});
      continue;
    }
    const json* one = defaults != nullptr ? member(*defaults, purpose) : nullptr;
    const json* approval = one != nullptr ? member(*one, "approval") : nullptr;
    if (approval == nullptr) continue;
    out.rows.push_back({{capital(spoken(purpose))}, {mode_words(text_of(*approval, "mode"), said(member(*approval, "any_of")))}, {"the policy has no route: the purpose's own"}});
  }
  if (value != nullptr)
    for (const auto& [key, label] : {std::pair{"unsure", "Anybody who is unsure"}, {"no_agreement", "No agreement in force"}, {"purpose_unknown", "Purpose and agency do not fit"},
                                     {"emergency", "An emergency without a named officer"}})
      out.rows.push_back({{label}, {joined(said(member(*value, key)), " or ")}, texts(member(*setting, "clauses"))});
  return out;
}

Section settings_of(const json& pack) {
  Section out{"The twenty-one choices", "What organisations decide differently. Where the policy is silent, or contradicts itself, it is said here, and what applies is part of what you sign off.",
              {"No.", "What it decides", "What applies", "Where it comes from"}, {}};
  const json* settings = member(pack, "settings");
  for (std::size_t i = 0; i < choices.size(); ++i) {
    const json* one = settings != nullptr ? member(*settings, choices[i].name) : nullptr;
    if (one == nullptr) continue;
    Lines value, from;
    if (std::string_view(choices[i].name) == "refer_routes") value = {"See who is asked, purpose by purpose"};
    else if (const json* set = member(*one, "value")) value_lines(*set, "", value);
    const Lines cited = texts(member(*one, "clauses")), torn = texts(member(*one, "contradicts"));
    const json* silent = member(*one, "silent");
    if (silent != nullptr && *silent == true) from.push_back("THE POLICY IS SILENT.");
    if (!torn.empty()) from.push_back("THE POLICY CONTRADICTS ITSELF: " + joined(torn, " and ") + ".");
    if (std::string note = text_of(*one, "note"); !note.empty()) from.push_back(std::move(note));
    if (!cited.empty()) from.push_back("Clauses: " + joined(cited, ", "));
    out.rows.push_back({{"C" + std::to_string(i + 1)}, {choices[i].decides}, value, from});
  }
  return out;
}

Section tightened(const json& pack) {
  Section out{"Less than the minimum-necessary rules", "What each purpose needs is set for every organisation alike; a policy may only make it less.", {"What for", "About", "At most"}, {}};
  if (const json* matrix = member(pack, "matrix"); matrix != nullptr && matrix->is_object())
    for (const auto& [purpose, cells] : matrix->items())
      if (cells.is_object())
        for (const auto& [category, detail] : cells.items())
          out.rows.push_back({{capital(spoken(purpose))}, {spoken(category)}, {detail.is_string() ? spoken(detail.get<std::string>()) : std::string()}});
  return out;
}

Section dates_of(const json& pack) {
  Section out{"Law that starts on a day", "From that day, midnight in the organisation's own time, decisions change; nothing else changes them.", {"Switch", "From", "Note"}, {}};
  if (const json* list = member(pack, "switches"); list != nullptr && list->is_array())
    for (const json& one : *list) {
      const std::string from = text_of(one, "from");
      out.rows.push_back({{capital(spoken(text_of(one, "name")))}, {from.empty() ? "not commenced: off" : from}, {text_of(one, "note")}});
    }
  return out;
}

Section never_of(const json& pack) {
  Section out{"What must never happen", "Proved over every possible case before the pack may serve.", {"In plain words", "When", "Clause"}, {}};
  if (const json* list = member(pack, "never"); list != nullptr && list->is_array())
    for (const json& one : *list) {
      std::string plain = text_of(one, "plain");
      if (plain.empty()) plain = text_of(one, "id");
      out.rows.push_back({{std::move(plain)}, conditions(member(one, "when")), clauses_of(one)});
    }
  return out;
}

// `$.policy.review_due` for somebody who reads no JSON: "policy, review due".
std::string place_of(std::string where) {
  if (!where.starts_with("$.")) return where;
  std::string out;
  for (const char c : where.substr(2)) {
    if (c == '.') out += ", ";
    else out += c == '_' ? ' ' : c;
  }
  return out;
}

Section findings_of(const std::vector<LintFinding>& found) {
  Section out{"Before you sign: what was found", "None of this changes a decision. Each is a task for whoever owns the policy.", {"", "Where", "What", "What to do"}, {}};
  for (const LintFinding& one : found)
    if (one.level != LintLevel::note) out.rows.push_back({{capital(std::string(text(one.level)))}, {place_of(one.where)}, {one.what}, {one.remedy}});
  return out;
}

Section coverage_of(const Coverage& got) {
  Section out{"Every clause of the policy, and where it is carried out",
              std::to_string(got.mapped) + " of " + std::to_string(got.clauses) + " clauses are mapped" + (got.complete() ? "; there is no gap." : "; GAPS ARE MARKED."), {"Clause", "In plain words", "Carried out by"}, {}};
  for (const ClauseTarget& row : got.rows) {
    Lines by;
    if (!row.gap.empty()) by.push_back("GAP: " + row.gap);
    else if (row.target == "not_enforced") by.push_back("Left to people: " + row.reason);
    else by.push_back(row.target);
    by.insert(by.end(), row.also.begin(), row.also.end());
    out.rows.push_back({{row.id}, {row.plain}, std::move(by)});
  }
  return out;
}

// ---------------------------------------------------------------- forms

std::string markdown_text(std::string_view text) {
  std::string out;
  bool code = false;  // between backticks nothing is escaped but the bar of the table
  for (const char c : text) {
    if (c == '`') code = !code;
    if (code && c != '|' && c != '\n' && c != '\r' && c != '\t') {
      out += c;
      continue;
    }
    switch (c) {
      case '\n': case '\r': case '\t': out += ' '; break;
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\\': case '|': case '*': case '_': case '[': case ']': case '#': out += '\\'; out += c; break;
      default: out += c;
    }
  }
  return out;
}

std::string html_text(std::string_view text) {
  std::string out;
  bool code = false;
  for (const char c : text) {
    switch (c) {
      case '`': out += (code = !code) ? "<code>" : "</code>"; break;
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out + (code ? "</code>" : "");
}

std::string to_markdown(const Page& page) {
  std::string out = "# " + markdown_text(page.title) + "\n\n";
  for (const auto& [name, value] : page.facts) out += "- **" + markdown_text(name) + ":** " + markdown_text(value) + "\n";
  for (const Section& section : page.sections) {
    if (section.rows.empty()) continue;
    out += "\n## " + markdown_text(section.heading) + "\n\n";
    if (!section.before.empty()) out += markdown_text(section.before) + "\n\n";
    std::string rule;
    for (const std::string& column : section.columns) {
      out += "| " + markdown_text(column) + " ";
      rule += "|---";
    }
    out += "|\n" + rule + "|\n";
    for (const auto& row : section.rows) {
      for (const Lines& cell : row) {
        out += "| ";
        for (std::size_t i = 0; i < cell.size(); ++i) out += (i > 0 ? "<br>" : "") + markdown_text(cell[i]);
        out += " ";
      }
      out += "|\n";
    }
  }
  out += "\n## Signed off\n\n| Role | Name | Date | Signature |\n|---|---|---|---|\n| Information-governance lead | | | |\n| Second officer | | | |\n";
  return out;
}

constexpr std::string_view style =
    "body{font:15px/1.45 system-ui,'DejaVu Sans',Arial,sans-serif;color:#0b0c0c;margin:0 auto;padding:24px 32px;max-width:1500px}"
    "h1{font-size:28px;margin:0 0 12px}h2{font-size:20px;margin:36px 0 6px;border-top:3px solid #1d70b8;padding-top:12px}p{margin:4px 0 10px;max-width:80em}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0}dt{font-weight:700}dd{margin:0;overflow-wrap:anywhere}"
    "nav ul{columns:2;padding-left:20px;max-width:60em}a{color:#1d70b8}"
    "table{border-collapse:collapse;width:100%;table-layout:auto}th,td{border:1px solid #b1b4b6;padding:6px 8px;text-align:left;vertical-align:top;overflow-wrap:break-word}"
    "thead th{background:#f3f2f1;position:sticky;top:0}tbody th{font-weight:700;font-size:.92em;overflow-wrap:anywhere;min-width:7em}tbody tr:nth-child(even){background:#fafafa}"
    "td div+div{margin-top:3px}.strong{font-weight:700}code{font-family:'DejaVu Sans Mono',monospace;font-size:.92em}.clauses{white-space:nowrap}"
    ".sign td{height:48px}@media print{@page{size:A4 landscape;margin:12mm}body{font-size:10px;padding:0;max-width:none}h1{font-size:18px}h2{font-size:14px;margin-top:18px;padding-top:6px;break-after:avoid}tr{break-inside:avoid}thead th{position:static}nav{display:none}}"
    "@media (max-width:900px){body{padding:12px}table{display:block;overflow-x:auto}nav ul{columns:1}}";

std::string to_html(const Page& page) {
  std::string out = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
                    html_text(page.title) + "</title>\n<style>" + std::string(style) + "</style>\n</head>\n<body>\n<main>\n<h1>" + html_text(page.title) + "</h1>\n<dl>\n";
  for (const auto& [name, value] : page.facts) out += "<dt>" + html_text(name) + "</dt><dd>" + html_text(value) + "</dd>\n";
  out += "</dl>\n<nav aria-label=\"Contents\">\n<h2>Contents</h2>\n<ul>\n";
  for (std::size_t i = 0; i < page.sections.size(); ++i)
    if (!page.sections[i].rows.empty()) out += "<li><a href=\"#s" + std::to_string(i) + "\">" + html_text(page.sections[i].heading) + "</a></li>\n";
  out += "<li><a href=\"#sign\">Signed off</a></li>\n</ul>\n</nav>\n";
  for (std::size_t i = 0; i < page.sections.size(); ++i) {
    const Section& section = page.sections[i];
    if (section.rows.empty()) continue;
    out += "<section>\n<h2 id=\"s" + std::to_string(i) + "\">" + html_text(section.heading) + "</h2>\n";
    if (!section.before.empty()) out += "<p>" + html_text(section.before) + "</p>\n";
    out += "<table>\n<thead><tr>";
    for (const std::string& column : section.columns) out += column.empty() ? "<td></td>" : "<th scope=\"col\">" + html_text(column) + "</th>";
    out += "</tr></thead>\n<tbody>\n";
    for (const auto& row : section.rows) {
      out += "<tr>";
      for (std::size_t c = 0; c < row.size(); ++c) {
        out += c == 0 ? "<th scope=\"row\">" : section.columns[c] == "Clause" ? "<td class=\"clauses\">" : "<td>";
        for (const std::string& line : row[c]) {
          const bool loud = line.starts_with("THE POLICY") || line.starts_with("GAP:");
          out += std::string("<div") + (loud ? " class=\"strong\"" : "") + ">" + html_text(line) + "</div>";
        }
        out += c == 0 ? "</th>" : "</td>";
      }
      out += "</tr>\n";
    }
    out += "</tbody>\n</table>\n</section>\n";
  }
  out += "<section>\n<h2 id=\"sign\">Signed off</h2>\n<p>By signing, both confirm this file and no other: its SHA-256 stands at the top.</p>\n<table class=\"sign\">\n<thead><tr>"
         "<th scope=\"col\">Role</th><th scope=\"col\">Name</th><th scope=\"col\">Date</th><th scope=\"col\">Signature</th></tr></thead>\n<tbody>\n"
         "<tr><th scope=\"row\">Information-governance lead</th><td></td><td></td><td></td></tr>\n<tr><th scope=\"row\">Second officer</th><td></td><td></td><td></td></tr>\n"
         "</tbody>\n</table>\n</section>\n</main>\n</body>\n</html>\n";
  return out;
}

std::string to_json(const Page& page) {
  nlohmann::ordered_json out = {{"title", page.title}, {"facts", nlohmann::ordered_json::object()}, {"sections", nlohmann::ordered_json::array()}};
  for (const auto& [name, value] : page.facts) out["facts"][name] = value;
  for (const Section& section : page.sections)
    if (!section.rows.empty()) out["sections"].push_back({{"heading", section.heading}, {"before", section.before}, {"columns", section.columns}, {"rows", section.rows}});
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::expected<std::string, Error> table(std::string_view pack_text, const TableReference& reference, TableForm form, Date day) {
  const auto pack = strict::parse(pack_text);
  if (!pack) return std::unexpected(pack.error());
  const auto matrix = strict::parse(reference.minimum_necessary);
  if (!matrix) return std::unexpected(Error{matrix.error().code, "minimum_necessary.json " + matrix.error().where, matrix.error().what, matrix.error().remedy, {}});
  const auto found = lint(pack_text, {reference.legal_refs, reference.bank_holidays}, day);
  if (!found) return std::unexpected(found.error());

  Page page;
  const json* document = member(*pack, "policy");
  const auto dated = [&](const char* key, const char* none) {
    const std::string value = document != nullptr ? text_of(*document, key) : "";
    return value.empty() ? std::string(none) : value;
  };
  page.title = text_of(*pack, "organisation") + ": " + (document != nullptr ? text_of(*document, "title") : std::string("policy")) + " as a decision table";
  page.facts = {{"Pack", text_of(*pack, "id") + " " + text_of(*pack, "version")},
                {"SHA-256 of the file", std::string(reference.sha256)},
                {"Policy dated", dated("dated", "no date")},
                {"Policy approved", dated("approved", "not said")},
                {"Review due", dated("review_due", "not said")},
                {"Time", text_of(*pack, "time_zone")},
                {"Printed on", to_text(day)}};
  page.sections.push_back(findings_of(*found));
  Section order{"How a decision is made", "Item by item, in this order. Something is shared only if a rule allows it, no rule keeps it, the purpose needs it and it is relevant. Unknown never allows.",
                {"Step", "What is looked at"}, {}};
  for (const StratumWords& one : strata) {
    const auto dot = one.heading.find(' ');
    order.rows.push_back({{std::string(one.heading.substr(0, dot - 1))}, {std::string(one.heading.substr(dot + 1)) + (one.before.empty() ? "." : ". " + std::string(one.before))}});
  }
  page.sections.push_back(std::move(order));
  for (const StratumWords& one : strata) page.sections.push_back(rules_of(*pack, one));
  page.sections.push_back(routes(*pack, *matrix));
  page.sections.push_back(settings_of(*pack));
  page.sections.push_back(tightened(*pack));
  page.sections.push_back(dates_of(*pack));
  page.sections.push_back(never_of(*pack));
  if (!reference.clauses.empty()) {
    const auto covered = coverage(pack_text, {reference.clauses, reference.pages, reference.minimum_necessary, reference.legal_refs});
    if (!covered) return std::unexpected(covered.error());
    page.sections.push_back(coverage_of(*covered));
  }
  switch (form) {
    case TableForm::html: return to_html(page);
    case TableForm::json: return to_json(page);
    case TableForm::markdown: break;
  }
  return to_markdown(page);
}

}  // namespace gatehouse::policy
