#pragma once
// Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, nothing beyond U+10FFFF. Pure, any thread.
#include <string_view>

namespace gatehouse::crypto {

bool is_utf8(std::string_view text);

}  // namespace gatehouse::crypto
