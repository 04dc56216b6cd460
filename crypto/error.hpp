#pragma once
// What can go wrong with bytes another party wrote. A plain value, any thread.
#include <string>

namespace gatehouse::crypto {

// INVARIANT: no key bytes, no plaintext, no personal data in any member.
struct Error {
  std::string code;    // stable, snake_case: `bad_header`, `no_match`, `signature_mismatch`, …
  std::string where;   // header, line, chunk, parameter
  std::string what;    // lower case
  std::string remedy;  // what would be right
  std::string text() const { return where + ": " + what + (remedy.empty() ? "" : "; " + remedy); }
};

}  // namespace gatehouse::crypto
