#pragma once
// Markup that cannot be forgotten to be escaped: text becomes Html in two ways only, by a literal of this source that the compiler has checked, or by
// escaping. Any thread. Why not templates in files: decisions/0001-markup-is-a-type.md.
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace gatehouse::gateway::console {

template <class... Values>
class Markup;

class Html {
 public:
  Html() = default;
  static Html escaped(std::string_view text);
  const std::string& text() const { return text_; }
  bool empty() const { return text_.empty(); }
  Html& operator+=(const Html& other) {
    text_ += other.text_;
    return *this;
  }

 private:
  template <class... Values>
  friend Html html(Markup<std::type_identity_t<Values>...> markup, const Values&... values);
  std::string text_;
};

// An address of this console: begins with one `/` and holds letters, digits and `-._~/?=&` only. Anything else becomes `/`.
class Path {
 public:
  explicit Path(std::string_view text);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

namespace detail {

inline Html piece(const Html& value) { return value; }
inline Html piece(std::string_view value) { return Html::escaped(value); }
inline Html piece(const Path& value) { return Html::escaped(value.text()); }
template <std::integral Number>
Html piece(Number value) {
  return Html::escaped(std::to_string(value));
}

enum class Place : unsigned char { text, attribute, address };

// Reached only when the check fails, and then compiling ends there: the name says why.
void a_placeholder_must_stand_in_text_or_in_a_quoted_attribute();
void there_are_more_or_fewer_placeholders_than_values();
void markup_may_not_go_into_an_attribute();
void an_address_must_be_a_Path();
void a_Path_belongs_into_an_address();
void styles_and_handlers_do_not_belong_into_the_markup();

}  // namespace detail

// A literal with `{}` where values go. Checked when compiling: every placeholder stands in text or in a double-quoted attribute; one that begins an
// `href`, `src` or `action` takes a Path; Html goes into text alone; no script, style or `on…=` handler is written inline.
template <class... Values>
class Markup {
 public:
  template <std::size_t Size>
  consteval Markup(const char (&literal)[Size]) : text_(literal, Size - 1) {  // NOLINT(google-explicit-constructor): as std::format_string
    constexpr std::array<bool, sizeof...(Values) + 1> is_html{std::is_same_v<Values, Html>..., false};
    constexpr std::array<bool, sizeof...(Values) + 1> is_path{std::is_same_v<Values, Path>..., false};
    bool in_tag = false, in_quotes = false;
    std::size_t count = 0, value_starts = 0;
    std::string_view name;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const char c = text_[i];
      if (c == '{' && text_.substr(i, 2) == "{}") {
        if (count >= sizeof...(Values)) detail::there_are_more_or_fewer_placeholders_than_values();
        if (in_tag && !in_quotes) detail::a_placeholder_must_stand_in_text_or_in_a_quoted_attribute();
        const bool address = in_quotes && i == value_starts && (name == "href" || name == "src" || name == "action");
        if (in_quotes && is_html[count]) detail::markup_may_not_go_into_an_attribute();
        if (address && !is_path[count]) detail::an_address_must_be_a_Path();
        if (!address && is_path[count]) detail::a_Path_belongs_into_an_address();
        ++count;
        ++i;
        continue;
      }
      if (in_quotes) {
        if (c == '"') in_quotes = false;
        continue;
      }
      if (!in_tag) {
        if (c == '<') {
          in_tag = true;
          if (text_.substr(i).starts_with("<style")) detail::styles_and_handlers_do_not_belong_into_the_markup();
        }
        continue;
      }
      if (c == '>') in_tag = false;
      if (c == '"') {
        std::size_t from = i;
        while (from > 0 && text_[from - 1] == '=') --from;
        std::size_t begin = from;
        while (begin > 0 && text_[begin - 1] != ' ' && text_[begin - 1] != '<') --begin;
        name = text_.substr(begin, from - begin);
        if (name.starts_with("on") || name == "style") detail::styles_and_handlers_do_not_belong_into_the_markup();
        in_quotes = true;
        value_starts = i + 1;
      }
    }
    if (in_quotes || in_tag) detail::a_placeholder_must_stand_in_text_or_in_a_quoted_attribute();
    if (count != sizeof...(Values)) detail::there_are_more_or_fewer_placeholders_than_values();
  }
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

template <class... Values>
Html html(Markup<std::type_identity_t<Values>...> markup, const Values&... values) {
  const std::array<Html, sizeof...(Values) + 1> pieces{detail::piece(values)..., Html()};
  Html out;
  std::string_view rest = markup.text();
  for (std::size_t i = 0; i < sizeof...(Values); ++i) {
    const std::size_t at = rest.find("{}");
    out.text_.append(rest.substr(0, at)).append(pieces[i].text_);
    rest.remove_prefix(at + 2);
  }
  out.text_.append(rest);
  return out;
}

}  // namespace gatehouse::gateway::console
