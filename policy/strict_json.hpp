#pragma once
// Reading JSON that another party wrote, strictly. For .cpp files only: it pulls in nlohmann/json.
// nlohmann alone keeps the last of two equal keys and nests without end; a case with two `emergency` keys has no one meaning, so
// here a repeated key, deep nesting, a byte order mark, bad UTF-8 or a number too large for a double is an error with its path.
// INVARIANT: no error holds a value from the input; a key is shown only where it looks like a word of a vocabulary.
#include <algorithm>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "policy/decision/vocabulary.hpp"
#include "policy/error.hpp"

namespace gatehouse::policy::strict {

struct Limits {
  std::size_t bytes = 4u << 20;
  int depth = 32;                  // objects and arrays inside one another
  std::size_t values = 1'000'000;  // every value counts, so that `[[],[],…]` cannot cost more than its bytes
};

// `.key` for a key that looks like a word, else `.?`: a key may be anything, and a path is printed and logged.
inline std::string step(std::string_view key) {
  bool word = !key.empty() && key.size() <= 64;
  for (const char c : key)
    word = word && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':');
  return word ? "." + std::string(key) : ".?";
}
inline std::string step(std::size_t index) { return "[" + std::to_string(index) + "]"; }

// Builds the document and stops at the first thing that is not strict. Never throws but bad_alloc.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  using json = nlohmann::json;
  explicit Builder(const Limits& limits) : limits_(limits) {}

  json take() { return std::move(root_); }
  std::optional<Error> error;

  bool null() override { return put(nullptr) != nullptr; }
  bool boolean(bool value) override { return put(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return put(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return put(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override { return put(value) != nullptr; }
  bool string(string_t& value) override { return put(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return fail("bad_json", "binary value", "write plain JSON"); }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { frames_.pop_back(); return true; }
  bool end_array() override { frames_.pop_back(); return true; }
  bool key(string_t& name) override {
    Frame& top = frames_.back();
    auto& members = top.node->get_ref<json::object_t&>();
    const std::size_t before = members.size();
    // Keys mostly come in order: our own JSON has them sorted.
    const auto slot = members.emplace_hint(members.end(), std::move(name), nullptr);
    top.key = &slot->first;
    top.slot = &slot->second;
    if (members.size() == before) return fail("duplicate_key", "this key stands twice", "keep one of them");
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    // The library's own message quotes the input, which may be about a person.
    return fail("bad_json", "not valid JSON (UTF-8) near byte " + std::to_string(position), "one JSON value is expected here");
  }

 private:
  struct Frame {
    json* node;
    const std::string* key = nullptr;  // of an object: the last one that was read; stays where it is while members are added
    json* slot = nullptr;              // and where its value goes
  };

  bool fail(std::string code, std::string what, std::string remedy) {
    std::string path = "$";
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const Frame& frame = frames_[i];
      if (frame.node->is_object()) path += frame.key == nullptr ? "" : step(*frame.key);
      else path += step(i + 1 < frames_.size() ? frame.node->size() - 1 : frame.node->size());
    }
    error = Error{std::move(code), std::move(path), std::move(what), std::move(remedy), {}};
    return false;
  }

  template <class Value>
  json* put(Value&& value) {
    if (++values_ > limits_.values) {
      fail("too_large", "more than " + std::to_string(limits_.values) + " values", "split the input");
      return nullptr;
    }
    if (frames_.empty()) {
      root_ = json(std::forward<Value>(value));
      return &root_;
    }
    Frame& top = frames_.back();
    if (top.node->is_array()) {
      top.node->push_back(json(std::forward<Value>(value)));
      return &top.node->back();
    }
    *top.slot = json(std::forward<Value>(value));
    return top.slot;
  }

  bool open(json empty) {
    if (static_cast<int>(frames_.size()) >= limits_.depth)
      return fail("too_deep", "nested deeper than " + std::to_string(limits_.depth) + " levels", "flatten the input");
    json* node = put(std::move(empty));
    if (node == nullptr) return false;
    frames_.push_back({node});
    return true;
  }

  Limits limits_;
  json root_;
  std::vector<Frame> frames_;  // pointers stay good: a parent does not grow while its child is open
  std::size_t values_ = 0;
};

inline std::expected<nlohmann::json, Error> parse(std::string_view text, const Limits& limits = {}) {
  if (text.size() > limits.bytes)
    return std::unexpected(Error{"too_large", "$", "larger than " + std::to_string(limits.bytes) + " bytes", "split the input", {}});
  // nlohmann skips a byte order mark; RFC 8259 section 8.1 says none may be sent, and a signed body must have one reading.
  if (text.starts_with("\xEF\xBB\xBF"))
    return std::unexpected(Error{"bad_json", "$", "starts with a byte order mark", "leave it out", {}});
  // nlohmann takes a NUL byte for the end of the input: whatever stood behind one would be signed and never read.
  if (text.find('\0') != std::string_view::npos)
    return std::unexpected(Error{"bad_json", "$", "holds a NUL byte", "one JSON value is expected here", {}});
  Builder builder(limits);
  const bool good = nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  if (builder.error) return std::unexpected(std::move(*builder.error));
  if (!good) return std::unexpected(Error{"bad_json", "$", "not valid JSON", "one JSON value is expected here", {}});
  return builder.take();
}

template <class Enum>
std::vector<std::string> words_of() {
  return {Words<Enum>::list.begin(), Words<Enum>::list.end()};
}

// One object of the document. Each question marks its key as known; finish() then names the first key nobody asked about. The first
// error is kept in `error` and every later answer is empty, so a reader can be written straight down.
class Object {
 public:
  using json = nlohmann::json;
  // REQUIRES: value and error outlive this, and so does every key it is asked about.
  Object(const json& value, std::string path, std::optional<Error>& error) : value_(&value), path_(std::move(path)), error_(&error) { begin(); }

  // Where a value stands; put into words only when it is asked for, which is when something is wrong with it.
  // REQUIRES: the object and the key outlive this.
  class Place {
   public:
    Place(const Object& object, std::string_view key) : object_(&object), key_(key) {}
    Place(const Object& object, std::string_view key, std::size_t index) : object_(&object), key_(key), index_(index) {}
    operator std::string() const { return object_->at(key_) + (index_ ? step(*index_) : std::string()); }

   private:
    const Object* object_;
    std::string_view key_;
    std::optional<std::size_t> index_;
  };
  // An object inside another one, which outlives this as well.
  Object(const json& value, const Place& place, std::optional<Error>& error) : value_(&value), place_(place), error_(&error) { begin(); }
  Place place(std::string_view key) const { return {*this, key}; }

  std::string path() const { return place_ ? std::string(*place_) : path_; }
  std::string at(std::string_view key) const { return path() + step(key); }
  bool good() const { return value_ != nullptr && !*error_; }

  void fail_at(std::string where, std::string code, std::string what, std::string remedy, std::vector<std::string> allowed = {}) {
    if (!*error_) *error_ = Error{std::move(code), std::move(where), std::move(what), std::move(remedy), std::move(allowed)};
  }

  // The value of a key; nothing where it is absent or null.
  const json* get(std::string_view key) {
    known_.emplace_back(key);
    if (!good()) return nullptr;
    for (Member& one : members_) {
      if (one.key.size() != key.size() || one.key != key) continue;
      one.asked = true;
      return one.value->is_null() ? nullptr : one.value;
    }
    return nullptr;
  }

  std::optional<bool> boolean(std::string_view key) {
    const json* value = get(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_boolean()) return wrong(key, "not true or false", "write `true` or `false` without quotes");
    return value->get<bool>();
  }

  // Free text: valid UTF-8 (the parser saw to that), no control characters, at most `longest` bytes.
  std::optional<std::string> text(std::string_view key, std::size_t longest = 1024) {
    const json* value = get(key);
    if (value == nullptr) return std::nullopt;
    return text_of(*value, Place(*this, key), longest);
  }

  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most) {
    const json* value = get(key);
    if (value == nullptr) return std::nullopt;
    const auto range = [&] { return "write a whole number from " + std::to_string(least) + " to " + std::to_string(most); };
    if (!value->is_number_integer()) return wrong(key, "not a whole number", range());
    const bool huge = value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
    if (huge || value->get<std::int64_t>() < least || value->get<std::int64_t>() > most) {
      fail_at(at(key), "bad_number", "out of range", range());
      return std::nullopt;
    }
    return value->get<std::int64_t>();
  }

  template <class Enum>
  std::optional<Enum> word(std::string_view key) {
    const json* value = get(key);
    if (value == nullptr) return std::nullopt;
    return word_of<Enum>(*value, Place(*this, key));
  }

  template <class Enum>
  std::vector<Enum> words(std::string_view key) {
    std::vector<Enum> out;
    each(key, [&](const json& one, const Place& where) {
      if (const auto value = word_of<Enum>(one, where)) out.push_back(*value);
    });
    return out;
  }

  std::vector<std::string> texts(std::string_view key, std::size_t longest = 256) {
    std::vector<std::string> out;
    each(key, [&](const json& one, const Place& where) {
      if (auto value = text_of(one, where, longest)) out.push_back(std::move(*value));
    });
    return out;
  }

  // Calls `use(value, place)` for each element of an array; nothing where the key is absent or null.
  template <class Use>
  void each(std::string_view key, Use use) {
    const json* value = get(key);
    if (value == nullptr) return;
    if (!value->is_array()) return fail_at(at(key), "wrong_type", "not a list", "write `[…]`");
    for (std::size_t i = 0; i < value->size() && !*error_; ++i) use((*value)[i], Place(*this, key, i));
  }

  // `where`: a Place or a path in words.
  template <class Enum, class Where>
  std::optional<Enum> word_of(const json& value, const Where& where) {
    const auto* name = value.get_ptr<const std::string*>();
    if (name == nullptr) {
      fail_at(std::string(where), "wrong_type", "not a word", "write one of the allowed words", words_of<Enum>());
      return std::nullopt;
    }
    const auto found = from_text<Enum>(*name);
    if (!found) fail_at(std::string(where), "unknown_value", "not a word of this list", "write one of the allowed words", words_of<Enum>());
    return found;
  }

  template <class Where>
  std::optional<std::string> text_of(const json& value, const Where& where, std::size_t longest) {
    const auto* found = value.get_ptr<const std::string*>();
    if (found == nullptr) {
      fail_at(std::string(where), "wrong_type", "not a text", "write it in quotes");
      return std::nullopt;
    }
    bool plain = found->size() <= longest;
    for (const char c : *found) plain = plain && static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    if (!plain) {
      fail_at(std::string(where), "bad_text", "too long, or holds control characters", "at most " + std::to_string(longest) + " bytes of plain text");
      return std::nullopt;
    }
    return *found;
  }

  // Names the first key nobody asked about. Call it last.
  void finish() {
    if (!good()) return;
    for (const Member& one : members_)
      if (!one.asked) return fail_at(at(one.key), "unknown_key", "this key is not known here", "leave it out or write one of the allowed keys", {known_.begin(), known_.end()});
  }

 private:
  void begin() {
    if (!value_->is_object()) {
      fail_at(path(), "wrong_type", "not an object", "write `{…}`");
      value_ = nullptr;
      return;
    }
    known_.reserve(24);
    // One way through the tree, for a row that is searched by length first. More members than any object here has words make finish() stop at the first of them.
    const auto& members = value_->get_ref<const json::object_t&>();
    members_.reserve(std::min(members.size(), kMostMembers));
    for (const auto& [key, value] : members) {
      if (members_.size() == kMostMembers) break;
      members_.push_back({key, &value});
    }
  }

  std::nullopt_t wrong(std::string_view key, std::string what, std::string remedy) {
    fail_at(at(key), "wrong_type", std::move(what), std::move(remedy));
    return std::nullopt;
  }

  struct Member {
    std::string_view key;
    const json* value;
    bool asked = false;
  };
  static constexpr std::size_t kMostMembers = 1024;

  const json* value_;
  std::vector<Member> members_;
  std::string path_;
  std::optional<Place> place_;  // of an object inside another one
  std::optional<Error>* error_;
  std::vector<std::string_view> known_;
};

}  // namespace gatehouse::policy::strict
