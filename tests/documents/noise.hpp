#pragma once
// What happens to a text between the author's head and the file: typing errors, scanners, word processors. Every letter knows the mark it belongs to, so
// that the annotation follows whatever is done.
#include <vector>

#include "tests/documents/frames.hpp"
#include "tests/documents/random.hpp"

namespace gatehouse::invented {

struct Letter {
  char32_t c = 0;
  int mark = -1;  // index of the mark; -1: none
};
using Page = std::vector<Letter>;

// Never changes a digit, and never removes a letter, of a marked stretch; what is inserted inside one belongs to it, and so does the s of a possessive
// that has lost its apostrophe.
void roughen(Page& page, Style style, Random& random);

// A name with one wrong letter, as typed in a hurry. Short names stay as they are: with a letter gone nobody could tell whose they were.
std::string misspelt(std::string_view name, Random& random);

}  // namespace gatehouse::invented
