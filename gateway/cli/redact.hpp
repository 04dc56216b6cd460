#pragma once
// `gatehouse redact` apart from its options, so that a test can drive it.
#include <iosfwd>
#include <string>

#include "gateway/documents/converter.hpp"
#include "policy/redaction/redact.hpp"

namespace gatehouse::cli {

// One JSON document per line in, one line per line out, in the same order; blank lines are passed over. A line that cannot be read or
// redacted gives `{"id", "error": {"path", "message", "allowed"}}` in its place and one line on `errors`; the rest goes on. Lines with the
// same `bundle` are one release: they share labels. Returns 0 when every line was processed (blocked or not), else 1.
int redact_lines(std::istream& in, std::ostream& out, std::ostream& errors, const redaction::Tagger& tagger = redaction::built_in_tagger());

struct DocumentOrder {
  std::string file, format, title, output;  // of the document; what it is said to be, or empty; the copy's title; where the copy goes
  std::string order;                        // the JSON of a line without `text`
};
// One document in, its redacted copy out. Prints one line of JSON: `blocked`, and per part the text, spans and flags. Returns 0 when the copy was written,
// 1 when it is blocked (then nothing is written), 2 for wrong input.
int redact_document(const documents::Converter& converter, const DocumentOrder& order, std::istream& in, std::ostream& out, std::ostream& errors);

}  // namespace gatehouse::cli
