#pragma once
// What can go wrong with something another party wrote: a case, a pack, a text, a record. A plain value, any thread.
#include <string>
#include <vector>

namespace gatehouse::policy {

// One line for a person: where, what, what would be right. INVARIANT: no personal data; a path, an id, a line number,
// a word of the vocabulary, never a value about a person.
struct Error {
  std::string code;                  // stable, snake_case: `unknown_key`, `unknown_value`, `bad_date`, …
  std::string where;                 // JSON path (`$.items[2].category`), line, header or field
  std::string what;                  // lower case, input in backticks
  std::string remedy;                // what would be right
  std::vector<std::string> allowed;  // the words that are allowed there, when there is a list
  std::string text() const { return where + ": " + what + (remedy.empty() ? "" : "; " + remedy); }
};

}  // namespace gatehouse::policy
