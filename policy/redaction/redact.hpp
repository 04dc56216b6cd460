#pragma once
// Hides everybody whom the decision does not release, and refuses to let the result go if anything it knows about is still there.
// It carries out what the decision orders; it decides nothing about lawfulness. Pure, any thread: no clock, no network, no database.
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "policy/error.hpp"
#include "policy/minimise/record.hpp"

namespace gatehouse::redaction {

enum class Mode { third_party, anonymise };

struct Document {
  std::string id;
  std::string text;                              // UTF-8
  Mode mode = Mode::third_party;
  std::string subject;                           // id in people
  std::vector<policy::Person> people;
  std::string recipient;                         // an agency type, or subject | parent | representative
  std::vector<std::string> keep_people;          // ids the decision releases to this recipient
  std::string bundle;                            // documents of one release share labels; empty: alone
  std::string recipient_person;                  // id: which parent asks
};

struct Span {
  std::size_t start = 0, end = 0;                // Unicode code points of the INPUT, end exclusive
  std::string type;                              // PERSON CODE LOC ORG DEM DATETIME QUANTITY CONTACT MISC
  std::string person;                            // id from people; empty: not in the file, or nobody's
  std::string label;                             // `[mother]`
  std::string detector;                          // known | pattern | model | safe_list
  double confidence = 0;                         // 0 … 1
};

struct Flag {
  std::size_t start = 0, end = 0;
  std::string why;                               // not_on_safe_list low_confidence ambiguous_person common_word_name phonetic_match …
};

// INVARIANT: `text` is the input with each span replaced by its label and nothing else changed.
struct Redacted {
  std::string id;
  std::string text;
  std::vector<Span> spans;                       // sorted, without overlap
  std::vector<Flag> flags;                       // hide nothing by themselves
  bool blocked = true;                           // must not be released; the text is for the review screen only
};

// All documents of one release: labels are shared and every resolved name is searched in all of them. The answers are in the order of the
// documents. An error (invalid UTF-8, a subject missing from people, empty names, two people with one id, an unknown keep id) is that
// document's; a stage that did not run gives `blocked`.
std::vector<std::expected<Redacted, policy::Error>> redact(const std::vector<Document>& bundle);

// One line of NDJSON in, one out (`gatehouse redact`). Strict: an unknown key is an error with its JSON path.
std::expected<Document, policy::Error> read_document(std::string_view json);
std::string to_json(const Redacted& redacted);

}  // namespace gatehouse::redaction
