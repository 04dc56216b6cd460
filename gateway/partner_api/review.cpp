#include "gateway/partner_api/review.hpp"

#include <algorithm>

#include "gateway/strict_json.hpp"
#include "policy/json_text.hpp"

namespace gatehouse::gateway {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
// A byte of a word; everything beyond ASCII counts, so that no letter is cut in two.
bool in_word(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0;
}

// Where folded `words` that begin at `at` end in `text`; npos: they do not stand there.
std::size_t end_of_match(std::string_view text, std::size_t at, std::string_view words) {
  for (const char want : words) {
    if (at >= text.size()) return std::string_view::npos;
    if (want == ' ') {
      if (!is_blank(text[at])) return std::string_view::npos;
      while (at < text.size() && is_blank(text[at])) ++at;
    } else {
      if (lower(text[at]) != want) return std::string_view::npos;
      ++at;
    }
  }
  return at;
}

// Code points before byte `to`.
std::size_t points(std::string_view text, std::size_t to) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(to), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::size_t byte_at(std::string_view text, std::size_t point) {
  std::size_t at = 0;
  while (at < text.size()) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) {
      if (point == 0) return at;
      --point;
    }
    ++at;
  }
  return text.size();
}

}  // namespace

std::string CutReview::text() const {
  policy::JsonText json;
  json.open_object();
  const auto list = [&json](std::string_view name, const std::vector<std::string>& all) {
    json.key(name).open_array();
    for (const auto& one : all) json.text(one);
    json.close_array();
  };
  list("hide_people", hide_people);
  list("hide_words", hide_words);
  json.field("reason", reason);
  list("show_people", show_people);
  list("show_words", show_words);
  json.close_object();
  return json.take();
}

std::optional<CutReview> CutReview::read(std::string_view text) {
  strict::json value;
  std::optional<policy::Error> error = strict::parse(text, value);
  if (error || !value.is_object() || value.size() != 5) return std::nullopt;
  CutReview out;
  const auto list = [&](const char* name, std::vector<std::string>& into) {
    if (!value.contains(name) || !value[name].is_array()) return false;
    for (const auto& one : value[name]) {
      if (!one.is_string()) return false;
      into.push_back(one.get<std::string>());
    }
    return true;
  };
  if (!list("hide_people", out.hide_people) || !list("hide_words", out.hide_words) || !list("show_people", out.show_people) || !list("show_words", out.show_words) ||
      !value.contains("reason") || !value["reason"].is_string())
    return std::nullopt;
  out.reason = value["reason"].get<std::string>();
  return out;
}

std::string folded_words(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_blank(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += lower(c);
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string_view part_of(std::string_view text, std::size_t start, std::size_t end) {
  const std::size_t from = byte_at(text, start);
  return text.substr(from, byte_at(text, end) - from);
}

void write_anew(std::string_view original, redaction::Redacted& redacted) {
  std::string out;
  std::size_t from = 0;
  for (const auto& span : redacted.spans) {
    const std::size_t begin = byte_at(original, span.start);
    out.append(original.substr(from, begin - from)).append(span.label);
    from = byte_at(original, span.end);
  }
  out.append(original.substr(from));
  redacted.text = std::move(out);
}

void hide_words(std::string_view original, const std::vector<std::string>& words, redaction::Redacted& redacted) {
  bool changed = false;
  for (const auto& one : words) {
    const std::string wanted = folded_words(one);
    if (wanted.empty()) continue;
    for (std::size_t at = 0; at < original.size(); ++at) {
      const std::size_t end = end_of_match(original, at, wanted);
      if (end == std::string_view::npos) continue;
      if (at > 0 && in_word(original[at - 1]) && in_word(original[at])) continue;
      if (end < original.size() && in_word(original[end]) && in_word(original[end - 1])) continue;
      redaction::Span span;
      span.start = points(original, at);
      span.end = points(original, end);
      const auto inside = [&](const redaction::Span& other) { return other.start <= span.start && span.end <= other.end; };
      if (std::any_of(redacted.spans.begin(), redacted.spans.end(), inside)) continue;
      span.type = "MISC";
      span.detector = "by_hand";
      span.confidence = 1;
      span.label = kHiddenByHand;
      // What it touches becomes one with it: two labels never share a letter.
      for (const auto& other : redacted.spans) {
        if (other.end <= span.start || span.end <= other.start) continue;
        span.start = std::min(span.start, other.start);
        span.end = std::max(span.end, other.end);
      }
      std::erase_if(redacted.spans, [&](const redaction::Span& other) { return other.start < span.end && span.start < other.end; });
      const auto place = std::find_if(redacted.spans.begin(), redacted.spans.end(), [&](const redaction::Span& other) { return other.start >= span.end; });
      redacted.spans.insert(place, std::move(span));
      changed = true;
      at = end - 1;
    }
  }
  if (changed) write_anew(original, redacted);
}

}  // namespace gatehouse::gateway
