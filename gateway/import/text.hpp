#pragma once
// Small questions about text that arrives from outside. Pure, any thread.
#include <cstddef>
#include <string_view>

namespace gatehouse::imports {

// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// A C0 or C1 control character or DEL, but for tab, LF and CR. REQUIRES: is_utf8(text).
bool has_control_character(std::string_view text);

// 1 to `longest` bytes of UTF-8 without white space at either end, without line breaks, tabs or control characters: what may be a reference or a name.
bool is_one_line(std::string_view text, std::size_t longest);

}  // namespace gatehouse::imports
