// One line of NDJSON in, one out.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "policy/decision/vocabulary.hpp"
#include "policy/redaction/redact.hpp"
#include "policy/redaction/shadow.hpp"

namespace gatehouse::redaction {

namespace {

using json = nlohmann::json;

policy::Error error(std::string code, std::string where, std::string what, std::string remedy = "", std::vector<std::string> allowed = {}) {
  return policy::Error{std::move(code), std::move(where), std::move(what), std::move(remedy), std::move(allowed)};
}

// Key names come from outside; only what looks like a key is repeated.
std::string safe_key(const std::string& key) {
  if (key.empty() || key.size() > 40) return "?";
  for (const char c : key)
    if (!((c >= 'a' && c <= 'z') || c == '_')) return "?";
  return key;
}

class Reader {
 public:
  std::optional<policy::Error> failed;

  void fail(policy::Error problem) {
    if (!failed) failed = std::move(problem);
  }
  std::string text(const json& at, const std::string& path, bool may_be_empty = true) {
    if (!at.is_string()) {
      fail(error("bad_type", path, "must be text"));
      return "";
    }
    std::string value = at.get<std::string>();
    if (!may_be_empty && value.empty()) fail(error("bad_value", path, "is empty"));
    return value;
  }
  std::vector<std::string> texts(const json& at, const std::string& path) {
    std::vector<std::string> list;
    if (!at.is_array()) {
      fail(error("bad_type", path, "must be a list of texts"));
      return list;
    }
    for (std::size_t i = 0; i < at.size(); ++i) list.push_back(text(at[i], path + "[" + std::to_string(i) + "]"));
    return list;
  }
};

const std::vector<std::string> document_keys = {"id", "text", "mode", "subject", "people", "recipient", "keep_people", "bundle", "recipient_person"};
const std::vector<std::string> person_keys = {"id", "names", "relation", "role", "identifiers"};

bool known(const std::vector<std::string>& keys, const std::string& key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); }

std::vector<std::string> recipients() {
  std::vector<std::string> words;
  for (const auto word : policy::Words<policy::AgencyType>::list) words.emplace_back(word);
  for (const char* word : {"subject", "parent", "representative"}) words.emplace_back(word);
  return words;
}

}  // namespace

std::expected<Document, policy::Error> read_document(std::string_view line) {
  if (!is_utf8(line)) return std::unexpected(error("bad_utf8", "$", "is not UTF-8"));
  int depth = 0;
  bool deep = false;
  const json parsed = json::parse(
      line,
      [&](int level, json::parse_event_t, json&) {
        depth = level;
        deep = deep || level > 8;
        return !deep;
      },
      false);
  if (deep || parsed.is_discarded()) return std::unexpected(error("bad_json", "$", "is not one JSON object", "one object per line"));
  if (!parsed.is_object()) return std::unexpected(error("bad_type", "$", "must be an object"));
  Reader reader;
  for (const auto& [key, value] : parsed.items())
    if (!known(document_keys, key)) return std::unexpected(error("unknown_key", "$." + safe_key(key), "is not a key of a document", "", document_keys));
  for (const char* key : {"id", "text", "mode", "subject", "people", "recipient"})
    if (!parsed.contains(key)) return std::unexpected(error("missing_key", std::string("$.") + key, "is missing"));

  Document document;
  document.id = reader.text(parsed["id"], "$.id");
  document.text = reader.text(parsed["text"], "$.text");
  const std::string mode = reader.text(parsed["mode"], "$.mode");
  if (mode == "anonymise") document.mode = Mode::anonymise;
  else if (mode != "third_party") reader.fail(error("unknown_value", "$.mode", "is not a mode", "", {"third_party", "anonymise"}));
  document.subject = reader.text(parsed["subject"], "$.subject", false);
  document.recipient = reader.text(parsed["recipient"], "$.recipient", false);
  if (!reader.failed && !known(recipients(), document.recipient)) reader.fail(error("unknown_value", "$.recipient", "is not a recipient", "", recipients()));
  if (parsed.contains("keep_people") && !parsed["keep_people"].is_null()) document.keep_people = reader.texts(parsed["keep_people"], "$.keep_people");
  if (parsed.contains("bundle")) document.bundle = reader.text(parsed["bundle"], "$.bundle");
  if (parsed.contains("recipient_person")) document.recipient_person = reader.text(parsed["recipient_person"], "$.recipient_person");
  if (!parsed["people"].is_array()) return std::unexpected(error("bad_type", "$.people", "must be a list of people"));
  for (std::size_t i = 0; i < parsed["people"].size() && !reader.failed; ++i) {
    const json& from = parsed["people"][i];
    const std::string path = "$.people[" + std::to_string(i) + "]";
    if (!from.is_object()) return std::unexpected(error("bad_type", path, "must be an object"));
    for (const auto& [key, value] : from.items())
      if (!known(person_keys, key)) return std::unexpected(error("unknown_key", path + "." + safe_key(key), "is not a key of a person", "", person_keys));
    policy::Person person;
    if (!from.contains("id") || !from.contains("names")) return std::unexpected(error("missing_key", path, "needs `id` and `names`"));
    person.id = reader.text(from["id"], path + ".id", false);
    person.names = reader.texts(from["names"], path + ".names");
    if (!reader.failed && person.names.empty()) reader.fail(error("bad_value", path + ".names", "is empty", "every name the case file holds"));
    if (from.contains("relation")) person.relation = reader.text(from["relation"], path + ".relation");
    person.role = from.contains("role") ? reader.text(from["role"], path + ".role") : "other";
    if (!reader.failed && person.role != "family" && person.role != "professional" && person.role != "other")
      reader.fail(error("unknown_value", path + ".role", "is not a role", "", {"family", "professional", "other"}));
    if (from.contains("identifiers")) person.identifiers = reader.texts(from["identifiers"], path + ".identifiers");
    document.people.push_back(std::move(person));
  }
  if (reader.failed) return std::unexpected(std::move(*reader.failed));
  return document;
}

std::string to_json(const Redacted& redacted) {
  nlohmann::ordered_json out;
  out["id"] = redacted.id;
  out["text"] = redacted.text;
  out["spans"] = nlohmann::ordered_json::array();
  for (const Span& span : redacted.spans) {
    nlohmann::ordered_json one;
    one["start"] = span.start;
    one["end"] = span.end;
    one["type"] = span.type;
    if (span.person.empty()) one["person"] = nullptr;
    else one["person"] = span.person;
    one["label"] = span.label;
    one["detector"] = span.detector;
    one["confidence"] = span.confidence;
    out["spans"].push_back(std::move(one));
  }
  out["flags"] = nlohmann::ordered_json::array();
  for (const Flag& flag : redacted.flags) out["flags"].push_back({{"start", flag.start}, {"end", flag.end}, {"why", flag.why}});
  out["blocked"] = redacted.blocked;
  return out.dump();
}

}  // namespace gatehouse::redaction
