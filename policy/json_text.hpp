#pragma once
// Writes JSON by appending to one string. For answers and packages, where a tree would be built only to be thrown away. Any thread.
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::gateway {

class JsonText {
 public:
  explicit JsonText(std::size_t expected = 512) { out_.reserve(expected); }

  JsonText& open_object() { return open('{'); }
  JsonText& close_object() { return close('}'); }
  JsonText& open_array() { return open('['); }
  JsonText& close_array() { return close(']'); }
  JsonText& key(std::string_view name) {
    comma();
    quoted(name);
    out_ += ':';
    first_ = true;  // the value follows without a comma
    return *this;
  }
  JsonText& text(std::string_view value) {
    comma();
    quoted(value);
    return *this;
  }
  JsonText& whole(std::int64_t value) {
    comma();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_.append(digits, end);
    return *this;
  }
  JsonText& flag(bool value) {
    comma();
    out_ += value ? "true" : "false";
    return *this;
  }
  // JSON that was written elsewhere.
  JsonText& raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }
  JsonText& field(std::string_view name, std::string_view value) { return key(name).text(value); }

  std::string take() { return std::move(out_); }
  const std::string& so_far() const { return out_; }

 private:
  JsonText& open(char c) {
    comma();
    out_ += c;
    first_ = true;
    return *this;
  }
  JsonText& close(char c) {
    out_ += c;
    first_ = false;
    return *this;
  }
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void quoted(std::string_view value) {
    out_ += '"';
    std::size_t done = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const unsigned char c = static_cast<unsigned char>(value[i]);
      if (c >= 0x20 && c != '"' && c != '\\') continue;
      out_.append(value, done, i - done);
      done = i + 1;
      static constexpr char digits[] = "0123456789abcdef";
      switch (c) {
        case '"': out_ += "\\\""; break;
        case '\\': out_ += "\\\\"; break;
        case '\n': out_ += "\\n"; break;
        case '\r': out_ += "\\r"; break;
        case '\t': out_ += "\\t"; break;
        default: out_ += "\\u00", out_ += digits[c >> 4], out_ += digits[c & 15];
      }
    }
    out_.append(value, done);
    out_ += '"';
  }
  std::string out_;
  bool first_ = true;
};

}  // namespace gatehouse::gateway
