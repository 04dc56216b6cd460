#pragma once
// The redacted copy of a document: read in a child, redacted here as one release, written anew in a child, and read again from its bytes before it may go.
// It carries out what the decision orders, as policy/redaction does; it decides nothing about lawfulness. Any thread; it blocks.
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/documents/converter.hpp"
#include "policy/redaction/redact.hpp"

namespace gatehouse::documents {

// One part of the document as one text, with what was hidden in it.
struct CopyText {
  std::string kind, where;        // of the part; no personal data
  bool carried = false;           // false: read for matching alone, gone from the copy
  std::string original;           // for who decides, and never leaves
  redaction::Redacted redacted;
};

struct Copy {
  Format format = Format::text;
  std::vector<CopyText> texts;    // in the order of the parts
  std::vector<Trouble> troubles;  // why a person must look: of the container
  std::map<std::string, std::uint64_t> left_out;
  std::string file;               // the copy; empty when blocked
  bool blocked = true;            // must not be released
  // Nothing that a person must look at first: no flag, no trouble, no doubtful span (04 section 6: below 0.9).
  bool unflagged() const;
};

// `people` and `release` as in redaction::redact; `title` as in Converter::write, and checked like a text of the document. A Refusal: the file was not
// read. A document of which something cannot be read for certain, or whose copy does not say what it should, comes back blocked with its troubles.
std::expected<Copy, Refusal> redacted_copy(const Converter& converter, std::string_view bytes, const Format* said, const redaction::PreparedPeople& people,
                                           const redaction::Release& release, std::string_view title);

// The steps of it, for a review in between.
// Texts of the parts: cells one after another, parted as they stand.
std::string text_of(const Part& part);
// Redacts every part as texts of one release. `blocked` is set; `file` is empty.
Copy redact_reading(const Read& document, const redaction::PreparedPeople& people, const redaction::Release& release, std::string_view title);
// The carried parts with each span replaced by its label; REQUIRES: `texts` are those of `document`, in its order. An error: a span is not one of its text.
std::expected<Read, Refusal> rebuilt(const Read& document, const std::vector<CopyText>& texts);
// Writes the copy and reads it again: every word of it must be one of the redacted text, every word of the redacted text must be there, and redaction must
// find nothing more to hide. Sets `file`, or blocks with a trouble.
void write_copy(const Converter& converter, const Read& document, const redaction::PreparedPeople& people, const redaction::Release& release,
                std::string_view title, Copy& copy);

}  // namespace gatehouse::documents
