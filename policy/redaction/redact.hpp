#pragma once
// Hides everybody whom the decision does not release, and refuses to let the result go if anything it knows about is still there.
// It carries out what the decision orders; it decides nothing about lawfulness. Pure, any thread: no clock, no network, no database.
#include <cstddef>
#include <expected>
#include <memory>
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

struct PeopleTables;
class Tagger;
// The learned weights that are compiled in.
const Tagger& built_in_tagger();

// The people of one case file with every form of their names, made once (some hundred microseconds) and used for any number of documents
// and requests. Immutable, share freely; copies are cheap.
class PreparedPeople {
 public:
  // Error: an empty id, two people with one id, a person without a name, a name or an identifier that is not UTF-8. `where` names the
  // place (`people[2].names`), never a value.
  static std::expected<PreparedPeople, policy::Error> prepare(std::vector<policy::Person> people);
  const PeopleTables& tables() const { return *tables_; }

 private:
  explicit PreparedPeople(std::shared_ptr<const PeopleTables> tables) : tables_(std::move(tables)) {}
  std::shared_ptr<const PeopleTables> tables_;
};

// For whom and in which mode: the same for every text of one release.
struct Release {
  Mode mode = Mode::third_party;
  std::string subject;
  std::string recipient;
  std::vector<std::string> keep_people;
  std::string recipient_person;
};

struct Text {
  std::string_view id;      // both must live as long as the call
  std::string_view text;
  bool name_field = false;  // the whole is somebody's name: hidden as a whole unless it is one person who stays
};

// As below, for texts of one release over people prepared before. Answers in the order of the texts.
std::vector<std::expected<Redacted, policy::Error>> redact(const PreparedPeople& people, const Release& release,
                                                           const std::vector<Text>& texts, const Tagger& tagger = built_in_tagger());

// All documents of one release: labels are shared and every resolved name is searched in all of them. The answers are in the order of the
// documents. An error (invalid UTF-8, a subject missing from people, empty names, two people with one id, an unknown keep id) is that
// document's; a stage that did not run gives `blocked`.
std::vector<std::expected<Redacted, policy::Error>> redact(const std::vector<Document>& bundle, const Tagger& tagger = built_in_tagger());

// One line of NDJSON in, one out (`gatehouse redact`). Strict: an unknown key is an error with its JSON path.
std::expected<Document, policy::Error> read_document(std::string_view json);
std::string to_json(const Redacted& redacted);

}  // namespace gatehouse::redaction
