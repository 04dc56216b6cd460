#include "crypto/structured_fields.hpp"

#include <array>
#include <cstdio>
#include <cmath>

#include "crypto/keys.hpp"
#include "crypto/utf8.hpp"

namespace gatehouse::crypto::sf {
namespace {

constexpr std::int64_t kLargestInteger = 999'999'999'999'999;

enum : std::uint8_t { key_start = 1, key_char = 2, token_start = 4, token_char = 8, digit = 16 };

constexpr std::array<std::uint8_t, 256> classes() {
  std::array<std::uint8_t, 256> c{};
  for (unsigned i = 'a'; i <= 'z'; ++i) c[i] = key_start | key_char | token_start | token_char;
  for (unsigned i = 'A'; i <= 'Z'; ++i) c[i] = token_start | token_char;
  for (unsigned i = '0'; i <= '9'; ++i) c[i] = key_char | token_char | digit;
  for (const char ch : {'!', '#', '$', '%', '&', '\'', '+', '-', '.', '^', '_', '`', '|', '~', ':', '/'}) c[static_cast<std::uint8_t>(ch)] |= token_char;
  for (const char ch : {'_', '-', '.', '*'}) c[static_cast<std::uint8_t>(ch)] |= key_char;
  c['*'] |= key_start | token_start | token_char;
  return c;
}
constexpr auto kClass = classes();
bool is(char c, std::uint8_t wanted) { return (kClass[static_cast<std::uint8_t>(c)] & wanted) != 0; }

// One pass over the text; every method leaves `at_` behind what it read. The first failure is kept, and ends the rest.
class Parser {
 public:
  Parser(std::string_view text, Repeats repeats) : text_(text), repeats_(repeats) {
    while (!end() && text_[at_] == ' ') ++at_;
  }

  bool item(Item& out) { return bare_item(out.value) && parameters(out.parameters); }

  bool inner_list(InnerList& out) {
    ++at_;  // `(`
    for (;;) {
      spaces();
      if (end()) return fail("an inner list is not closed", "`)`");
      if (text_[at_] == ')') {
        ++at_;
        return parameters(out.parameters);
      }
      if (!item(out.items.emplace_back())) return false;
      if (end() || (text_[at_] != ' ' && text_[at_] != ')')) return fail("members of an inner list run together", "a space, or `)`");
    }
  }

  bool member(Member& out) {
    if (!end() && text_[at_] == '(') return inner_list(out.emplace<InnerList>());
    return item(out.emplace<Item>());
  }

  bool list(List& out) {
    while (!end()) {
      if (!member(out.emplace_back()) || !comma()) return false;
    }
    return true;
  }

  bool dictionary(Dictionary& out) {
    while (!end()) {
      std::string name;
      if (!key(name)) return false;
      Member* slot = nullptr;
      for (auto& [known, value] : out)
        if (known == name) slot = &value;
      if (slot != nullptr && repeats_ == Repeats::refuse) return fail("a key comes twice", "each key once");
      if (slot == nullptr) slot = &out.emplace_back(std::move(name), Member{}).second;
      if (!end() && text_[at_] == '=') {
        ++at_;
        Member value;
        if (!member(value)) return false;
        *slot = std::move(value);
      } else {
        Item truth{BareItem(true), {}};
        if (!parameters(truth.parameters)) return false;
        *slot = std::move(truth);
      }
      if (!comma()) return false;
    }
    return true;
  }

  bool finish() {
    spaces();
    return end() || fail("there is more after the value", "nothing more");
  }

  Error error() const { return {"bad_field", "byte " + std::to_string(at_), what_, remedy_}; }

 private:
  bool end() const { return at_ == text_.size(); }
  void spaces() {
    while (!end() && text_[at_] == ' ') ++at_;
  }
  void white_space() {
    while (!end() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool fail(const char* what, const char* remedy) {
    what_ = what;
    remedy_ = remedy;
    return false;
  }

  // Between members; at the end of the text true. A comma with nothing behind it is refused.
  bool comma() {
    white_space();
    if (end()) return true;
    if (text_[at_] != ',') return fail("members run together", "a comma");
    ++at_;
    white_space();
    return !end() || fail("a comma ends the field", "a member after it");
  }

  bool key(std::string& out) {
    if (end() || !is(text_[at_], key_start)) return fail("a key begins with another character", "a lower-case letter or `*`");
    const std::size_t begin = at_;
    while (!end() && is(text_[at_], key_char)) ++at_;
    out.assign(text_.substr(begin, at_ - begin));
    return true;
  }

  bool parameters(Parameters& out) {
    while (!end() && text_[at_] == ';') {
      ++at_;
      spaces();
      std::string name;
      if (!key(name)) return false;
      BareItem value(true);
      if (!end() && text_[at_] == '=') {
        ++at_;
        if (!bare_item(value)) return false;
      }
      BareItem* slot = nullptr;
      for (auto& [known, old] : out)
        if (known == name) slot = &old;
      if (slot != nullptr && repeats_ == Repeats::refuse) return fail("a parameter comes twice", "each parameter once");
      if (slot != nullptr)
        *slot = std::move(value);
      else
        out.emplace_back(std::move(name), std::move(value));
    }
    return true;
  }

  bool bare_item(BareItem& out) {
    if (end()) return fail("a value is missing", "a value");
    const char c = text_[at_];
    if (c == '-' || is(c, digit)) return number(out);
    if (c == '"') return string(out);
    if (is(c, token_start)) return token(out);
    switch (c) {
      case ':': return bytes(out);
      case '?': return boolean(out);
      case '@': return date(out);
      case '%': return display_string(out);
      default: return fail("no kind of value begins with this character", "a number, text, token, bytes, boolean or date");
    }
  }

  bool number(BareItem& out) {
    bool negative = false;
    if (text_[at_] == '-') {
      negative = true;
      ++at_;
    }
    if (end() || !is(text_[at_], digit)) return fail("a number has no digits", "a digit");
    std::int64_t value = 0;
    std::size_t whole = 0;
    for (; !end() && is(text_[at_], digit); ++at_) {
      if (++whole > 15) return fail("a number is too long", "at most 15 digits");
      value = value * 10 + (text_[at_] - '0');
    }
    if (end() || text_[at_] != '.') {
      out = negative ? -value : value;
      return true;
    }
    if (whole > 12) return fail("a decimal is too long", "at most 12 digits before the point");
    ++at_;
    std::size_t fraction = 0;
    for (; !end() && is(text_[at_], digit); ++at_) {
      if (++fraction > 3) return fail("a decimal is too fine", "at most 3 digits after the point");
      value = value * 10 + (text_[at_] - '0');
    }
    if (fraction == 0) return fail("a decimal ends with its point", "1 to 3 digits after it");
    for (; fraction < 3; ++fraction) value *= 10;
    out = Decimal{negative ? -value : value};
    return true;
  }

  bool string(BareItem& out) {
    ++at_;  // `"`
    std::string& value = out.emplace<std::string>();
    for (; !end(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (++at_ == text_.size()) break;
        c = text_[at_];
        if (c != '"' && c != '\\') return fail("a backslash stands before another character", "`\\\"` or `\\\\`");
      } else if (c < 0x20 || c > 0x7e) {
        return fail("a text holds a character that may not be there", "visible ASCII and spaces");
      }
      value += c;
    }
    return fail("a text is not closed", "`\"`");
  }

  bool token(BareItem& out) {
    const std::size_t begin = at_;
    while (!end() && is(text_[at_], token_char)) ++at_;
    out = Token{std::string(text_.substr(begin, at_ - begin))};
    return true;
  }

  bool bytes(BareItem& out) {
    const std::size_t close = text_.find(':', at_ + 1);
    if (close == std::string_view::npos) return fail("bytes are not closed", "`:`");
    auto decoded = from_base64(text_.substr(at_ + 1, close - at_ - 1));
    if (!decoded) return fail("bytes are not base64", "the standard alphabet, padded");
    at_ = close + 1;
    out = Bytes{std::move(*decoded)};
    return true;
  }

  bool boolean(BareItem& out) {
    ++at_;  // `?`
    if (end() || (text_[at_] != '0' && text_[at_] != '1')) return fail("a boolean is neither 0 nor 1", "`?0` or `?1`");
    out = text_[at_++] == '1';
    return true;
  }

  bool date(BareItem& out) {
    ++at_;  // `@`
    BareItem value;
    if (end() || (text_[at_] != '-' && !is(text_[at_], digit)) || !number(value) || !std::holds_alternative<std::int64_t>(value))
      return fail("a date is not a whole number", "`@` and seconds since 1970");
    out = Date{std::get<std::int64_t>(value)};
    return true;
  }

  bool display_string(BareItem& out) {
    ++at_;  // `%`
    if (end() || text_[at_] != '"') return fail("a display string does not begin", "`%\"`");
    ++at_;
    std::string value;
    for (; !end(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        if (!is_utf8(value)) return fail("a display string is not UTF-8", "UTF-8, percent-encoded");
        ++at_;
        out = DisplayString{std::move(value)};
        return true;
      }
      if (c < 0x20 || c > 0x7e) return fail("a display string holds a character that may not be there", "visible ASCII, the rest percent-encoded");
      if (c != '%') {
        value += c;
        continue;
      }
      if (text_.size() - at_ < 3) break;
      const std::string_view digits = text_.substr(at_ + 1, 2);
      if (digits.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        return fail("a percent sign is not followed by two hex digits", "lower-case hex");
      value += *from_hex(digits);
      at_ += 2;
    }
    return fail("a display string is not closed", "`\"`");
  }

  std::string_view text_;
  Repeats repeats_;
  std::size_t at_ = 0;
  const char* what_ = "";
  const char* remedy_ = "";
};

bool append_key(std::string& out, std::string_view key) {
  if (key.empty() || !is(key.front(), key_start)) return false;
  for (const char c : key)
    if (!is(c, key_char)) return false;
  out += key;
  return true;
}

bool append_integer(std::string& out, std::int64_t value) {
  if (value > kLargestInteger || value < -kLargestInteger) return false;
  out += std::to_string(value);
  return true;
}

bool append_decimal(std::string& out, Decimal value) {
  if (value.thousandths > kLargestInteger || value.thousandths < -kLargestInteger) return false;
  const std::int64_t size = std::abs(value.thousandths);
  if (value.thousandths < 0) out += '-';
  out += std::to_string(size / 1000);
  out += '.';
  std::string fraction = std::to_string(size % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  out += fraction;
  return true;
}

bool append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) return false;
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
  return true;
}

bool append_token(std::string& out, std::string_view text) {
  if (text.empty() || !is(text.front(), token_start)) return false;
  for (const char c : text)
    if (!is(c, token_char)) return false;
  out += text;
  return true;
}

bool append_display_string(std::string& out, std::string_view text) {
  if (!is_utf8(text)) return false;
  out += "%\"";
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e || c == '%' || c == '"') {
      const std::uint8_t byte = static_cast<std::uint8_t>(c);
      out += '%';
      out += hex({&byte, 1});
    } else {
      out += c;
    }
  }
  out += '"';
  return true;
}

bool append_parameters(std::string& out, const Parameters& parameters) {
  for (const auto& [key, value] : parameters) {
    out += ';';
    if (!append_key(out, key)) return false;
    if (const bool* truth = std::get_if<bool>(&value); truth != nullptr && *truth) continue;
    out += '=';
    if (!append(out, value)) return false;
  }
  return true;
}

bool append_item(std::string& out, const Item& item) { return append(out, item.value) && append_parameters(out, item.parameters); }

bool append_member(std::string& out, const Member& member) {
  if (const auto* list = std::get_if<InnerList>(&member)) return append(out, *list);
  return append_item(out, std::get<Item>(member));
}

std::expected<std::string, Error> written(bool ok, std::string out) {
  if (!ok)
    return std::unexpected(Error{"bad_field", "structured field", "a value cannot be written", "ASCII text, numbers in range, lower-case keys"});
  return out;
}

template <class T>
std::expected<T, Error> parse(std::string_view text, Repeats repeats, bool (Parser::*what)(T&)) {
  Parser parser(text, repeats);
  T out;
  if (!(parser.*what)(out) || !parser.finish()) return std::unexpected(parser.error());
  return out;
}

}  // namespace

std::optional<Decimal> Decimal::nearest(double value) {
  if (!std::isfinite(value) || std::abs(value) > 1e12) return std::nullopt;
  // Through text: 0.0015 is not representable, and 0.0015 * 1000 in binary lies a hair off the tie. 17 digits are enough to
  // read back what was meant, and the tie is then decided on decimal digits.
  char text[64];
  std::snprintf(text, sizeof text, "%.15g", std::abs(value));
  double again = 0;
  if (std::sscanf(text, "%lf", &again) != 1) return std::nullopt;
  std::snprintf(text, sizeof text, "%.9f", again);
  std::int64_t thousandths = 0;
  int fraction = -1;
  std::int64_t rest = 0;
  for (const char* p = text; *p != '\0'; ++p) {
    if (*p == '.') {
      fraction = 0;
      continue;
    }
    if (fraction < 3) {
      thousandths = thousandths * 10 + (*p - '0');
    } else {
      rest = rest * 10 + (*p - '0');
    }
    if (fraction >= 0) ++fraction;
  }
  constexpr std::int64_t half = 500'000;  // of the six digits left
  if (rest > half || (rest == half && thousandths % 2 == 1)) ++thousandths;
  if (thousandths > kLargestInteger) return std::nullopt;
  return Decimal{value < 0 ? -thousandths : thousandths};
}

std::expected<Item, Error> parse_item(std::string_view text, Repeats repeats) { return parse<Item>(text, repeats, &Parser::item); }
std::expected<List, Error> parse_list(std::string_view text, Repeats repeats) { return parse<List>(text, repeats, &Parser::list); }
std::expected<Dictionary, Error> parse_dictionary(std::string_view text, Repeats repeats) {
  return parse<Dictionary>(text, repeats, &Parser::dictionary);
}

bool append(std::string& out, const BareItem& value) {
  switch (value.index()) {
    case 0: return append_integer(out, std::get<0>(value));
    case 1: return append_decimal(out, std::get<1>(value));
    case 2: return append_string(out, std::get<2>(value));
    case 3: return append_token(out, std::get<3>(value).text);
    case 4:
      out += ':';
      out += base64(std::get<4>(value).bytes);
      out += ':';
      return true;
    case 5:
      out += std::get<5>(value) ? "?1" : "?0";
      return true;
    case 6:
      out += '@';
      return append_integer(out, std::get<6>(value).seconds);
    case 7: return append_display_string(out, std::get<7>(value).utf8);
    default: return false;
  }
}

bool append(std::string& out, const InnerList& list) {
  out += '(';
  bool first = true;
  for (const Item& item : list.items) {
    if (!first) out += ' ';
    first = false;
    if (!append_item(out, item)) return false;
  }
  out += ')';
  return append_parameters(out, list.parameters);
}

std::expected<std::string, Error> serialise(const Item& item) {
  std::string out;
  const bool ok = append_item(out, item);
  return written(ok, std::move(out));
}

std::expected<std::string, Error> serialise(const InnerList& list) {
  std::string out;
  const bool ok = append(out, list);
  return written(ok, std::move(out));
}

std::expected<std::string, Error> serialise(const List& list) {
  std::string out;
  bool ok = true;
  for (const Member& member : list) {
    if (!out.empty()) out += ", ";
    ok = ok && append_member(out, member);
  }
  return written(ok, std::move(out));
}

std::expected<std::string, Error> serialise(const Dictionary& dictionary) {
  std::string out;
  bool ok = true;
  for (const auto& [key, member] : dictionary) {
    if (!out.empty()) out += ", ";
    ok = ok && append_key(out, key);
    if (const auto* item = std::get_if<Item>(&member); item != nullptr && item->value == BareItem(true)) {
      ok = ok && append_parameters(out, item->parameters);
    } else {
      out += '=';
      ok = ok && append_member(out, member);
    }
  }
  return written(ok, std::move(out));
}

const Member* find(const Dictionary& dictionary, std::string_view key) {
  for (const auto& [name, member] : dictionary)
    if (name == key) return &member;
  return nullptr;
}

const BareItem* find(const Parameters& parameters, std::string_view key) {
  for (const auto& [name, value] : parameters)
    if (name == key) return &value;
  return nullptr;
}

}  // namespace gatehouse::crypto::sf
