#pragma once
// Writes JSON by appending to one string. For answers, decisions and packages, where a tree would be built only to be thrown away. What is not
// UTF-8 becomes U+FFFD: a value built in code may hold any bytes, and a replacement character is better than text nobody can read. Any thread.
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gatehouse::policy {

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
  JsonText& null() {
    comma();
    out_ += "null";
    return *this;
  }
  // JSON that was written elsewhere.
  JsonText& raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }
  JsonText& field(std::string_view name, std::string_view value) { return key(name).text(value); }
  template <class List>
  JsonText& texts(std::string_view name, const List& list) {
    key(name).open_array();
    for (const auto& one : list) text(one);
    return close_array();
  }

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

  // How many bytes from `from` on need nothing: printable ASCII without quote and backslash. Eight at a time; the classic test for a byte below n in a word.
  static std::size_t plain(std::string_view value, std::size_t from) {
    constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
    std::size_t i = from;
    for (; i + 8 <= value.size(); i += 8) {
      std::uint64_t word;
      std::memcpy(&word, value.data() + i, 8);
      const std::uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
      const std::uint64_t control = word - ones * 0x20, no_quote = quote - ones, no_slash = slash - ones;
      if ((((control | no_quote | no_slash) & ~word) | word) & highs) break;
    }
    for (; i < value.size(); ++i) {
      const unsigned char c = static_cast<unsigned char>(value[i]);
      if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
    }
    return i - from;
  }
  // Length of the well-formed UTF-8 sequence at `at` (RFC 3629 section 4), 0 where there is none.
  static std::size_t sequence(std::string_view value, std::size_t at) {
    const auto byte = [&](std::size_t i) { return at + i < value.size() ? static_cast<unsigned char>(value[at + i]) : 0U; };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0), second = byte(1);
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF)
      return tail(1) && tail(2) && !(first == 0xE0 && second < 0xA0) && !(first == 0xED && second > 0x9F) ? 3 : 0;
    if (first >= 0xF0 && first <= 0xF4)
      return tail(1) && tail(2) && tail(3) && !(first == 0xF0 && second < 0x90) && !(first == 0xF4 && second > 0x8F) ? 4 : 0;
    return 0;
  }
  void quoted(std::string_view value) {
    out_ += '"';
    for (std::size_t i = 0; i < value.size();) {
      const std::size_t run = plain(value, i);
      out_.append(value, i, run);
      i += run;
      if (i == value.size()) break;
      const unsigned char c = static_cast<unsigned char>(value[i]);
      if (c >= 0x80) {
        if (const std::size_t length = sequence(value, i); length != 0) {
          out_.append(value, i, length);
          i += length;
        } else {
          out_ += "\xEF\xBF\xBD";
          ++i;
        }
        continue;
      }
      ++i;
      static constexpr char digits[] = "0123456789abcdef";
      switch (c) {
        case '"': out_ += "\\\""; break;
        case '\\': out_ += "\\\\"; break;
        case '\b': out_ += "\\b"; break;
        case '\f': out_ += "\\f"; break;
        case '\n': out_ += "\\n"; break;
        case '\r': out_ += "\\r"; break;
        case '\t': out_ += "\\t"; break;
        default:
          if (c >= 0x20) {
            out_ += static_cast<char>(c);
          } else {
            out_ += "\\u00";
            out_ += digits[c >> 4];
            out_ += digits[c & 15];
          }
      }
    }
    out_ += '"';
  }
  std::string out_;
  bool first_ = true;
};

}  // namespace gatehouse::policy
