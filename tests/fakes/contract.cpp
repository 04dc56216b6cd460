#include "tests/fakes/contract.hpp"

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <stdexcept>

#include "crypto/keys.hpp"
#include "policy/decision/case.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::fakes {

using nlohmann::json;

const Contract& Contract::of_the_repository() {
  static const Contract contract = [] {
    std::ifstream in(std::string(::gatehouse::test::source_dir()) + "/config/openapi.yaml");
    if (!in) throw std::runtime_error("config/openapi.yaml cannot be read");
    return Contract(json::parse(in));
  }();
  return contract;
}

const json& Contract::resolved(const json& node) const {
  const json* at = &node;
  for (int hops = 0; at->is_object() && at->contains("$ref"); ++hops) {
    if (hops > 8) throw std::logic_error("a circle of $ref");
    const std::string ref = (*at)["$ref"];
    if (!ref.starts_with("#/")) throw std::logic_error("a $ref that leads outside: " + ref);
    at = &document_.at(json::json_pointer(ref.substr(1)));
  }
  return *at;
}

std::string Contract::misfit(const json& given, const json& value, const std::string& where) const {
  const json& schema = resolved(given);
  static const std::set<std::string> known = {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "pattern", "minLength", "maxLength",
                                              "minItems", "maxItems", "minimum", "maximum", "anyOf", "format", "contentEncoding", "description", "default"};
  for (const auto& [keyword, ignored] : schema.items())
    if (!known.contains(keyword)) throw std::logic_error("this test does not know the schema keyword " + keyword);

  if (schema.contains("anyOf")) {
    std::string all;
    bool fits = false;
    for (const auto& one : schema["anyOf"]) {
      const std::string bad = misfit(one, value, where);
      fits = fits || bad.empty();
      all += "[" + bad + "]";
    }
    if (!fits) return where + ": fits none: " + all;
  }
  if (schema.contains("type")) {
    const std::string type = schema["type"];
    const bool right = type == "object"    ? value.is_object()
                       : type == "array"   ? value.is_array()
                       : type == "string"  ? value.is_string()
                       : type == "boolean" ? value.is_boolean()
                       : type == "integer" ? value.is_number_integer()
                       : type == "number"  ? value.is_number()
                       : type == "null"    ? value.is_null()
                                           : throw std::logic_error("this test does not know the type " + type);
    if (!right) return where + ": is no " + type;
  }
  if (schema.contains("const") && schema["const"] != value) return where + ": is not " + schema["const"].dump();
  if (schema.contains("enum") && std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) return where + ": is not of the list";
  if (value.is_string()) {
    const std::string text = value;
    if (schema.contains("minLength") && text.size() < schema["minLength"].get<std::size_t>()) return where + ": too short";
    if (schema.contains("maxLength") && text.size() > schema["maxLength"].get<std::size_t>()) return where + ": too long";
    if (schema.contains("pattern")) {
      const std::string head = text.substr(0, 400);  // std::regex recurses once a character
      if (!std::regex_search(head, std::regex(schema["pattern"].get<std::string>()))) return where + ": does not have the pattern";
    }
    if (schema.contains("contentEncoding")) {
      if (schema["contentEncoding"] != "base64") throw std::logic_error("an encoding this test does not know");
      if (!crypto::from_base64(text)) return where + ": is no base64";
    }
    if (schema.contains("format")) {
      const std::string format = schema["format"];
      if (format == "date-time") {
        if (!policy::read_instant(text)) return where + ": is no time";
      } else if (format == "date") {
        if (!policy::read_date(text)) return where + ": is no day";
      } else {
        throw std::logic_error("this test does not know the format " + format);
      }
    }
  }
  if (value.is_number()) {
    if (schema.contains("minimum") && value < schema["minimum"]) return where + ": too small";
    if (schema.contains("maximum") && value > schema["maximum"]) return where + ": too large";
  }
  if (value.is_array()) {
    if (schema.contains("minItems") && value.size() < schema["minItems"].get<std::size_t>()) return where + ": too few";
    if (schema.contains("maxItems") && value.size() > schema["maxItems"].get<std::size_t>()) return where + ": too many";
    if (schema.contains("items"))
      for (std::size_t i = 0; i < value.size(); ++i)
        if (auto bad = misfit(schema["items"], value[i], where + "[" + std::to_string(i) + "]"); !bad.empty()) return bad;
  }
  if (value.is_object()) {
    for (const auto& need : schema.value("required", json::array()))
      if (!value.contains(need.get<std::string>())) return where + ": lacks " + need.get<std::string>();
    for (const auto& [key, inner] : value.items()) {
      const json* rule = nullptr;
      if (schema.contains("properties") && schema["properties"].contains(key))
        rule = &schema["properties"][key];
      else if (schema.contains("additionalProperties")) {
        if (schema["additionalProperties"] == false) return where + ": has " + key + ", which is not listed";
        rule = &schema["additionalProperties"];
      }
      if (rule == nullptr || rule->is_boolean()) continue;
      if (auto bad = misfit(*rule, inner, where + "." + key); !bad.empty()) return bad;
    }
  }
  return {};
}

namespace {

// The document names a part; that it may hold slashes is the router's to know.
std::string as_documented(std::string route) {
  if (route.ends_with("*}")) route.erase(route.size() - 2, 1);
  return route;
}

}  // namespace

bool Contract::has(const std::string& method, const std::string& pattern) const {
  const std::string route = as_documented(pattern);
  std::string low = method;
  for (auto& c : low) c = static_cast<char>(std::tolower(c));
  return document_["paths"].contains(route) && document_["paths"][route].contains(low);
}

std::string Contract::trouble(const std::string& method, const std::string& pattern, const gateway::Response& response) const {
  const std::string route = as_documented(pattern);
  const std::string at = method + " " + route + " " + std::to_string(response.status);
  if (!has(method, route)) return at + ": the document has no such operation";
  std::string low = method;
  for (auto& c : low) c = static_cast<char>(std::tolower(c));
  const json& responses = document_["paths"][route][low]["responses"];
  const std::string status = std::to_string(response.status);
  if (!responses.contains(status)) return at + ": the document has no such status";
  const json& described = resolved(responses[status]);
  const json promised = described.value("headers", json::object());
  for (const auto& [name, ignored] : promised.items())
    if (response.header(name).empty()) return at + ": lacks the header " + name;
  if (response.status == 429 || response.status == 503)
    if (response.header("retry-after").empty()) return at + ": lacks Retry-After";
  const std::string media(response.header("content-type").substr(0, response.header("content-type").find(';')));
  const json& content = described["content"];
  if (!content.contains(media)) return at + ": is " + media + ", which the document does not give";
  const json& schema = resolved(content[media]["schema"]);
  if (media == "application/json" || media == "application/problem+json") {
    const json body = json::parse(response.body, nullptr, false);
    if (body.is_discarded()) return at + ": is no JSON";
    const std::string bad = misfit(schema, body);
    return bad.empty() ? bad : at + ": " + bad;
  }
  return misfit(schema, json(response.body.empty() ? "" : "bytes"));
}

}  // namespace gatehouse::fakes
