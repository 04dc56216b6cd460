#include "gateway/partner_api/dry_run.hpp"

#include <algorithm>
#include <optional>

#include "gateway/partner_api/problems.hpp"
#include "gateway/strict_json.hpp"
#include "policy/decision/evaluate.hpp"

namespace gatehouse::gateway {

namespace {

using ordered = nlohmann::ordered_json;
using strict::json;

Problem wrong(std::string where, std::string what) { return problem("invalid-value", std::move(what), std::move(where)); }
Problem lacking(std::string where, std::string what) { return problem("missing-field", std::move(what), std::move(where)); }

const json* member(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

// What a person of the other system sees in a JSON path of ours: the value itself, never its type's name.
const json* at_path(const json& question, std::string_view path) {
  const auto dot = path.find('.');
  const json* part = member(question, std::string(path.substr(0, dot)).c_str());
  if (part == nullptr || dot == std::string_view::npos) return part;
  std::string_view rest = path.substr(dot + 1);
  if (rest.starts_with("properties.")) {
    part = member(*part, "properties");
    rest.remove_prefix(11);
  }
  return part != nullptr ? member(*part, std::string(rest).c_str()) : nullptr;
}

// ---------------------------------------------------------------- the question, as AuthZEN says it

// Nothing: it has what it must. Fields nobody knows are ignored, as the specification asks.
std::optional<Problem> trouble(const json& question, const std::string& where) {
  struct Part {
    const char* name;
    std::vector<const char*> texts;
  };
  static const std::vector<Part> parts = {{"subject", {"type", "id"}}, {"action", {"name"}}, {"resource", {"type", "id"}}};
  for (const Part& part : parts) {
    const std::string here = where + "." + part.name;
    const json* found = member(question, part.name);
    if (found == nullptr) return lacking(here, "is missing; say who, what for and about what");
    if (!found->is_object()) return wrong(here, "must be an object");
    for (const char* key : part.texts) {
      const json* text = member(*found, key);
      if (text == nullptr) return lacking(here + "." + key, "is missing; give a text");
      if (!text->is_string()) return wrong(here + "." + key, "must be a text");
      if (text->get_ref<const std::string&>().empty()) return wrong(here + "." + key, "is empty; give a text");
    }
    if (const json* properties = member(*found, "properties"); properties != nullptr && !properties->is_object()) return wrong(here + ".properties", "must be an object");
  }
  if (const json* context = member(question, "context"); context != nullptr && !context->is_object()) return wrong(where + ".context", "must be an object");
  return std::nullopt;
}

// ---------------------------------------------------------------- the case that follows from it

struct Fault {
  int status = 400;
  std::string where, message;
  std::vector<std::string> allowed;
};

json ordinary_item(const std::string& category) {
  return {{"category", category}, {"relevant", true}, {"compartment", "none"}, {"given_in_confidence", false}, {"withheld_from_requester", false}};
}

std::expected<json, Fault> case_of(const Snapshot& now, const Partner& caller, const json& question, policy::Instant at) {
  json out = {{"id", "dry-run"}, {"at", policy::to_text(at)}, {"flow", "partner_request"}};
  out["requester"] = {{"kind", "partner"}, {"agency", caller.agency.id}, {"agency_type", policy::text(caller.agency.type)}, {"conflict", false}};
  if (const json* role = at_path(question, "subject.properties.role"); role != nullptr && role->is_string() && policy::from_text<policy::Role>(role->get_ref<const std::string&>()))
    out["requester"]["role"] = *role;
  const std::string& name = question["action"]["name"].get_ref<const std::string&>();
  if (policy::from_text<policy::Purpose>(name)) out["purpose"] = name;
  for (const char* key : {"purpose", "flow", "stated", "offence", "urgency", "needed_by", "emergency"})
    if (const json* value = at_path(question, std::string("action.properties.") + key)) out[key] = *value;
  if (const json* officer = at_path(question, "action.properties.officer")) out["requester"]["officer"] = *officer;
  if (const json* claims = at_path(question, "action.properties.circumstances"); claims != nullptr && claims->is_array()) {
    json list = json::array();
    for (const json& claim : *claims) list.push_back({{"code", claim}, {"evidence", false}});  // a claim is never evidence
    out["circumstances"] = std::move(list);
  }
  json items = json::array();
  const json& resource = question["resource"];
  if (const json* categories = at_path(question, "resource.properties.categories")) {
    if (!categories->is_array()) return std::unexpected(Fault{400, "$.resource.properties.categories", "must be a list of categories", {}});
    for (const json& category : *categories) {
      if (!category.is_string()) return std::unexpected(Fault{400, "$.resource.properties.categories", "must be a list of categories", {}});
      items.push_back(ordinary_item(category.get<std::string>()));
    }
  } else if (resource["type"] == "category") {
    items.push_back(ordinary_item(resource["id"].get<std::string>()));
  }
  out["items"] = std::move(items);
  for (const AccessWord& word : now.policies().access_words) {
    const bool holds = std::all_of(word.when.begin(), word.when.end(), [&](const auto& one) {
      const json* value = at_path(question, one.first);
      return value != nullptr && *value == json::parse(one.second);
    });
    if (holds) out.merge_patch(json::parse(word.patch));
  }
  if (const json* whole = at_path(question, "context.case")) {
    if (!whole->is_object()) return std::unexpected(Fault{400, "$.context.case", "must be an object: a case, or part of one", {}});
    // A case that says who asks says all of it: our own guess at the caller is not mixed into somebody else's request.
    if (whole->contains("requester")) out.erase("requester");
    out.merge_patch(*whole);
  }
  // Whether an agreement is in force is ours to know, for the purpose that came out of all this.
  if (json& requester = out["requester"]; requester.is_object() && requester.value("agency", json()) == json(caller.agency.id) && !requester.contains("agreement") &&
                                          out.contains("purpose") && out["purpose"].is_string())
    if (const auto purpose = policy::from_text<policy::Purpose>(out["purpose"].get_ref<const std::string&>()))
      requester["agreement"] = policy::text(caller.agreement(*purpose, now.policies().calendar.local_date(at)));
  return out;
}

ordered failed(const Fault& fault) {
  ordered error = {{"status", fault.status}, {"message", fault.message}};
  if (!fault.where.empty()) error["where"] = fault.where;
  if (!fault.allowed.empty()) error["allowed"] = fault.allowed;
  return {{"decision", false}, {"context", {{"error", std::move(error)}}}};
}

ordered answer(const Snapshot& now, const Partner& caller, const json& question, policy::Instant at) {
  const auto text = case_of(now, caller, question, at);
  if (!text) return failed(text.error());
  const auto read = policy::read_case(text->dump(-1, ' ', false, json::error_handler_t::replace));
  if (!read) {
    const policy::Error& error = read.error();
    return failed({400, "case" + error.where.substr(std::min<std::size_t>(1, error.where.size())), error.what + (error.remedy.empty() ? "" : "; " + error.remedy), error.allowed});
  }
  if (!read->purpose) return failed({404, "$.action.name", "is no purpose that is known here; see the list in openapi.json", {}});
  const policy::Decision decision = policy::decide(now.policies().pack, *read);
  ordered context = ordered::parse(policy::to_json(decision));
  context.erase("near_misses");  // what one could do to be given more is never for a partner
  context.erase("id");
  context["dry_run"] = true;
  context["says"] = "Nobody's record was read. This is what the policy says of such a case, not of a person.";
  const bool all = decision.outcome() == policy::Outcome::release || decision.outcome() == policy::Outcome::anonymised;
  return {{"decision", all}, {"context", std::move(context)}};
}

// Defaults of the whole payload for one evaluation: an entity of its own replaces the payload's, but for a type, id or name that it leaves out.
json with_defaults(const json& payload, const json& one) {
  json out = one.is_object() ? one : json::object();
  for (const char* part : {"subject", "action", "resource", "context"}) {
    const json* general = member(payload, part);
    if (general == nullptr) continue;
    if (!out.contains(part)) {
      out[part] = *general;
    } else if (out[part].is_object() && general->is_object() && std::string_view(part) != "context") {
      for (const char* key : {"type", "id", "name"})
        if (!out[part].contains(key) && general->contains(key)) out[part][key] = (*general)[key];
    }
  }
  return out;
}

}  // namespace

std::expected<std::string, Problem> dry_run(const Snapshot& now, const Partner& caller, std::string_view body, Evaluations which, policy::Instant at) {
  const auto text = [](const ordered& value) { return value.dump(-1, ' ', false, ordered::error_handler_t::replace); };
  if (body.empty()) return std::unexpected(problem("malformed-json", "the body is empty; send one JSON object", "$"));
  json payload;
  if (const auto bad = strict::parse(body, payload, 20)) return std::unexpected(problem_of(*bad));
  if (!payload.is_object()) return std::unexpected(problem("malformed-json", "send one JSON object", "$"));
  const json* list = which == Evaluations::many ? member(payload, "evaluations") : nullptr;
  if (list != nullptr && !list->is_array()) return std::unexpected(wrong("$.evaluations", "must be a list"));
  if (list == nullptr || list->empty()) {  // one question, whichever address it came to
    if (auto bad = trouble(payload, "$")) return std::unexpected(std::move(*bad));
    return text(answer(now, caller, payload, at));
  }
  if (list->size() > kMostEvaluations) return std::unexpected(wrong("$.evaluations", "has more than " + std::to_string(kMostEvaluations) + " entries; ask in several calls"));
  std::string semantic = "execute_all";
  if (const json* options = member(payload, "options")) {
    if (!options->is_object()) return std::unexpected(wrong("$.options", "must be an object"));
    if (const json* given = member(*options, "evaluations_semantic")) {
      static const std::vector<std::string> known = {"execute_all", "deny_on_first_deny", "permit_on_first_permit"};
      if (!given->is_string() || std::find(known.begin(), known.end(), given->get_ref<const std::string&>()) == known.end())
        return std::unexpected(problem("unknown-value", "is not one of those that are known", "$.options.evaluations_semantic", known));
      semantic = given->get<std::string>();
    }
  }
  for (const char* part : {"subject", "action", "resource", "context"})
    if (const json* general = member(payload, part); general != nullptr && !general->is_object()) return std::unexpected(wrong(std::string("$.") + part, "must be an object"));
  ordered answers = ordered::array();
  for (std::size_t i = 0; i < list->size(); ++i) {
    ordered one;
    if (!(*list)[i].is_object()) {
      one = failed({400, "$.evaluations[" + std::to_string(i) + "]", "must be an object", {}});
    } else {
      const json question = with_defaults(payload, (*list)[i]);
      const auto bad = trouble(question, "$.evaluations[" + std::to_string(i) + "]");
      one = bad ? failed({bad->status, bad->where, bad->detail, bad->allowed}) : answer(now, caller, question, at);
    }
    const bool allowed = one["decision"].get<bool>();
    answers.push_back(std::move(one));
    if ((semantic == "deny_on_first_deny" && !allowed) || (semantic == "permit_on_first_permit" && allowed)) break;
  }
  return text({{"evaluations", std::move(answers)}});
}

}  // namespace gatehouse::gateway
