#include "gateway/partner_api/access_words.hpp"

#include <algorithm>

#include "gateway/strict_json.hpp"
#include "policy/decision/case.hpp"

namespace gatehouse::gateway {

namespace {

bool names_something(std::string_view path) {
  for (const std::string_view whole : {"subject.type", "subject.id", "action.name", "resource.type", "resource.id"})
    if (path == whole) return true;
  for (const std::string_view head : {"subject.properties.", "action.properties.", "resource.properties.", "context."})
    if (path.starts_with(head) && path.size() > head.size()) return true;
  return false;
}

}  // namespace

std::expected<std::vector<AccessWord>, policy::Error> read_access_words(std::string_view text) {
  strict::json document;
  if (auto bad = strict::parse(text, document, 16)) return std::unexpected(*bad);
  std::optional<policy::Error> error;
  strict::Object top(document, "$", error);
  if (top.text("schema") != "gatehouse-authzen/1") top.wrong("$.schema", "unknown_value", "is not a schema that is read here", "gatehouse-authzen/1");
  top.has("note");
  std::vector<AccessWord> out;
  const auto* list = top.find("words");
  if (list == nullptr || !list->is_array() || list->size() > 500) top.wrong("$.words", "wrong_type", "is not a list of at most 500", "[ {\"when\": {…}, \"case\": {…}} ]");
  top.done();
  if (error) return std::unexpected(std::move(*error));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string where = "$.words[" + std::to_string(i) + "]";
    strict::Object entry((*list)[i], where, error);
    AccessWord word;
    const auto* when = entry.find("when");
    if (when == nullptr || !when->is_object() || when->empty()) entry.wrong(where + ".when", "wrong_type", "is not an object with at least one word", "{\"action.name\": \"read\"}");
    else
      for (const auto& [path, value] : when->items()) {
        if (!names_something(path)) entry.wrong(where + ".when", "unknown_key", "names nothing of a question", "for example action.name or resource.properties.status");
        if (!value.is_string() && !value.is_boolean() && !value.is_number()) entry.wrong(where + ".when", "wrong_type", "compares with something that is no text, number or flag", "give one value");
        word.when.emplace_back(path, value.dump(-1, ' ', false, strict::json::error_handler_t::replace));
      }
    const auto* patch = entry.find("case");
    if (patch == nullptr || !patch->is_object()) {
      entry.wrong(where + ".case", "missing", "is missing", "give a part of a case");
    } else {
      word.patch = patch->dump(-1, ' ', false, strict::json::error_handler_t::replace);
      if (const auto part = policy::read_case(word.patch); !part)
        entry.wrong(where + ".case" + part.error().where.substr(1), part.error().code, part.error().what, part.error().remedy);
    }
    entry.done();
    if (error) return std::unexpected(std::move(*error));
    out.push_back(std::move(word));
  }
  return out;
}

}  // namespace gatehouse::gateway
