#pragma once
// Strict reading of our own JSON shapes: every key is asked for by name, and one that nobody asked for is an error with its path.
// Included by .cpp files only: it brings nlohmann/json.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/decision/vocabulary.hpp"
#include "policy/error.hpp"

namespace gatehouse::gateway::strict {

using nlohmann::json;

// Parses text that is one JSON value: no repeated key, no more than `deepest` levels. `where` is `$` in the errors.
inline std::optional<policy::Error> parse(std::string_view text, json& value, int deepest = 8) {
  std::vector<std::set<std::string>> keys;
  std::optional<policy::Error> bad;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > deepest && !bad) bad = policy::Error{"too_deep", "$", "nested too deeply", "at most 8 levels", {}};
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.empty() && !keys.back().insert(parsed.get<std::string>()).second && !bad)
      bad = policy::Error{"repeated_key", "$", "a key is given twice in one object", "give each key once", {}};
    return !bad;
  };
  value = json::parse(text.begin(), text.end(), watch, false);
  if (bad) return bad;
  if (value.is_discarded()) return policy::Error{"not_json", "$", "this is not JSON in UTF-8", "send one JSON value (RFC 8259)", {}};
  return std::nullopt;
}

// One object. The first thing that is wrong is kept in `error`; after it every read gives its default.
class Object {
 public:
  Object(const json& value, std::string path, std::optional<policy::Error>& error) : path_(std::move(path)), error_(error) {
    if (value.is_object())
      value_ = &value;
    else
      wrong(path_, "not_an_object", "an object is needed", "");
  }

  bool has(const char* key) {
    seen_.push_back(key);
    return value_ != nullptr && value_->contains(key);
  }
  const json* find(const char* key) { return has(key) ? &(*value_)[key] : nullptr; }

  std::string text(const char* key, std::string fallback = {}, bool required = false, std::size_t longest = 2000) {
    const json* found = find(key);
    if (found == nullptr) {
      if (required) wrong(at(key), "missing", "is missing", "give a text");
      return fallback;
    }
    if (!found->is_string()) return wrong(at(key), "wrong_type", "must be a text", ""), fallback;
    const std::string& value = found->get_ref<const std::string&>();
    if (required && value.empty()) wrong(at(key), "empty", "is empty", "give a text");
    if (value.size() > longest) return wrong(at(key), "too_long", "is too long", "at most " + std::to_string(longest) + " bytes"), fallback;
    return value;
  }
  bool flag(const char* key, bool fallback) {
    const json* found = find(key);
    if (found == nullptr) return fallback;
    if (!found->is_boolean()) return wrong(at(key), "wrong_type", "must be true or false", ""), fallback;
    return found->get<bool>();
  }
  double number(const char* key, double fallback, double least, double most) {
    const json* found = find(key);
    if (found == nullptr) return fallback;
    const double value = found->is_number() ? found->get<double>() : std::numeric_limits<double>::quiet_NaN();
    if (!(value >= least && value <= most))
      return wrong(at(key), "out_of_range", "must be a number", "from " + short_number(least) + " to " + short_number(most)), fallback;
    return value;
  }
  template <class Whole>
  Whole whole(const char* key, Whole fallback, std::uint64_t least, std::uint64_t most) {
    const json* found = find(key);
    if (found == nullptr) return fallback;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() < least || found->get<std::uint64_t>() > most)
      return wrong(at(key), "out_of_range", "must be a whole number", "from " + std::to_string(least) + " to " + std::to_string(most)), fallback;
    return static_cast<Whole>(found->get<std::uint64_t>());
  }
  std::vector<std::string> texts(const char* key, std::size_t most = 64, std::size_t longest = 2000) {
    std::vector<std::string> values;
    const json* found = find(key);
    if (found == nullptr) return values;
    if (!found->is_array() || found->size() > most)
      return wrong(at(key), "wrong_type", "must be a list of texts", "at most " + std::to_string(most)), values;
    for (std::size_t i = 0; i < found->size(); ++i) {
      const json& one = (*found)[i];
      if (!one.is_string() || one.get_ref<const std::string&>().size() > longest) {
        wrong(at(key) + "[" + std::to_string(i) + "]", "wrong_type", "must be a text", "at most " + std::to_string(longest) + " bytes");
        return {};
      }
      values.push_back(one.get_ref<const std::string&>());
    }
    return values;
  }
  template <class Enum>
  std::optional<Enum> word(const char* key) {
    const json* found = find(key);
    if (found == nullptr) return std::nullopt;
    return word_of<Enum>(*found, at(key));
  }
  template <class Enum>
  std::vector<Enum> words(const char* key) {
    std::vector<Enum> values;
    const json* found = find(key);
    if (found == nullptr) return values;
    if (!found->is_array() || found->size() > policy::count_of<Enum>())
      return wrong(at(key), "wrong_type", "must be a list of words, each once", ""), values;
    for (std::size_t i = 0; i < found->size(); ++i)
      if (const auto one = word_of<Enum>((*found)[i], at(key) + "[" + std::to_string(i) + "]")) values.push_back(*one);
    return values;
  }
  template <class Enum>
  std::optional<Enum> word_of(const json& value, const std::string& path) {
    if (value.is_string())
      if (const auto found = policy::from_text<Enum>(value.get_ref<const std::string&>())) return found;
    wrong(path, "unknown_value", "is not a word that is known here", "use one of `allowed`");
    if (error_ && error_->where == path && error_->allowed.empty())
      for (const auto& one : policy::Words<Enum>::list) error_->allowed.emplace_back(one);
    return std::nullopt;
  }

  const json* raw() const { return value_; }
  std::string at(std::string_view key) const { return path_ + "." + std::string(key); }
  void wrong(std::string where, std::string code, std::string what, std::string remedy) {
    if (!error_) error_ = policy::Error{std::move(code), std::move(where), std::move(what), std::move(remedy), {}};
  }
  // Every key that nobody asked for is an error. The key itself is shown only where it looks like one of a schema, not like a person's data.
  void done() {
    if (value_ == nullptr) return;
    for (const auto& [key, ignored] : value_->items()) {
      if (std::find(seen_.begin(), seen_.end(), key) != seen_.end()) continue;
      bool plain = !key.empty() && key.size() <= 40;
      for (const char c : key) plain = plain && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-');
      wrong(plain ? at(key) : path_, "unknown_key", "is not a key that is known here", "leave it out; use one of `allowed`");
      if (error_ && error_->code == "unknown_key" && error_->allowed.empty()) for (const auto& one : seen_) error_->allowed.emplace_back(one);
      return;
    }
  }

 private:
  static std::string short_number(double value) {
    return value == std::floor(value) && std::abs(value) < 1e15 ? std::to_string(static_cast<long long>(value)) : std::to_string(value);
  }
  const json* value_ = nullptr;
  std::string path_;
  std::optional<policy::Error>& error_;
  std::vector<std::string_view> seen_;  // keys are literals
};

}  // namespace gatehouse::gateway::strict
