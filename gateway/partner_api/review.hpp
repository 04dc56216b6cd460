#pragma once
// What a person changes about the redaction of one release, and the marks that show them what the machine did. A choice acts everywhere at once: on a
// person of the case file, or on words. Pure, any thread.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/redaction/redact.hpp"

namespace gatehouse::gateway {

struct CutReview {
  std::vector<std::string> show_people, hide_people;  // ids of the case file
  std::vector<std::string> show_words, hide_words;    // as they stand in the text; case and blanks do not count
  std::string reason;                                 // why something is shown after all; never empty where something is
  bool shows() const { return !show_people.empty() || !show_words.empty(); }
  bool empty() const { return !shows() && hide_people.empty() && hide_words.empty(); }
  // Canonical JSON, kept with the verdict; read() gives nothing for anything else.
  std::string text() const;
  static std::optional<CutReview> read(std::string_view json);
};

// A text of the release with what was hidden in it. `original` is for who decides, and never leaves.
struct MarkedText {
  std::string item, field, original;
  redaction::Redacted redacted;
  bool shows_source = false;  // a person shows somebody whom redaction would never show: who told us in confidence
};

// Words as people compare them: case and runs of blanks do not count.
std::string folded_words(std::string_view text);
// The part of `text` from code point `start` to `end`.
std::string_view part_of(std::string_view text, std::size_t start, std::size_t end);

// Hides `words` wherever they stand as whole words in `original`: spans are added (or grown over those they touch) and the text is written anew.
// INVARIANT as in Redacted: the text is the original with each span replaced by its label.
void hide_words(std::string_view original, const std::vector<std::string>& words, redaction::Redacted& redacted);
// Takes the spans away for which `shown` says so, and writes the text anew.
template <class Shown>
void show_spans(std::string_view original, redaction::Redacted& redacted, Shown shown);
void write_anew(std::string_view original, redaction::Redacted& redacted);

template <class Shown>
void show_spans(std::string_view original, redaction::Redacted& redacted, Shown shown) {
  const std::size_t before = redacted.spans.size();
  std::erase_if(redacted.spans, shown);
  if (redacted.spans.size() != before) write_anew(original, redacted);
}

inline constexpr std::string_view kHiddenByHand = "[hidden]";

}  // namespace gatehouse::gateway
