#pragma once
// What a browser sends: form fields and cookies. Strict, pure, any thread.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::gateway::console {

class Form {
 public:
  // application/x-www-form-urlencoded (URL standard, section 5.1). Nothing: not UTF-8, a NUL in it, a broken percent sign, more than 400 fields.
  static std::optional<Form> read(std::string_view body);

  // The first of that name, without spaces at either end and with line ends as `\n`; empty where there is none.
  std::string one(std::string_view name) const;
  // As one(), without touching spaces: passwords.
  std::string exact(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
  bool has(std::string_view name) const;
  void put(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // Every field but those named, encoded again: a draft.
  std::string encoded_without(const std::vector<std::string_view>& names) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// The value of the cookie `name` in a Cookie header; empty: none, or it came more than once, which nobody of ours sends.
std::string cookie(std::string_view header, std::string_view name);

bool is_utf8(std::string_view text);

}  // namespace gatehouse::gateway::console
