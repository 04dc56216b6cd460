#pragma once
// Two questions about text that every reader asks. C++17, for pdf_structure.cpp.
#include <string_view>

namespace gatehouse::convert {

bool utf8(std::string_view text);
// Nothing but white space and characters that cannot be seen.
bool blank(std::string_view text);

}  // namespace gatehouse::convert
