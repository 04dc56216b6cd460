#pragma once
// What in a question could say who is meant, found by the redactor that guards releases. Pure, any thread.
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/console/html.hpp"
#include "policy/decision/calendar.hpp"
#include "policy/error.hpp"

namespace gatehouse::gateway::console {

struct IdentifyingMark {
  std::string id;                // of kind and words: a confirmation holds for these words only
  std::size_t start = 0, end = 0;  // bytes of the text
  std::string words, kind;       // kind: a type of policy/redaction, or the reason of a flag
  std::string suggestion;        // how to say it more broadly
  bool definite = false;         // must go; else the author may say that it identifies nobody
};

struct CheckedText {
  std::vector<IdentifyingMark> marks;  // in the order of the text
  std::string generalised;             // with a label for each
  bool unsure = true;                  // what is left after taking out was not clean either: not to be sent
};

// Error: not UTF-8, or it could not be read at all.
std::expected<CheckedText, policy::Error> check_enquiry(const std::string& text);

// The text with each mark as <mark>; doubtful and definite differ in words, not in colour alone.
Html marked_text(const std::string& text, const CheckedText& checked);

// Two working hours from `at`: 9:00 to 17:00 on working days, on the organisation's own clock.
policy::Instant enquiry_due(const policy::Calendar& calendar, policy::Instant at);

}  // namespace gatehouse::gateway::console
