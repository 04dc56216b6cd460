#pragma once
// The options that both programs of this folder take: which documents are made. Throws std::invalid_argument with what is wrong; any thread.
#include <cstdint>
#include <string_view>

#include "tests/documents/generate.hpp"

namespace gatehouse::invented {

struct WhichDocuments {
  Half half;
  std::uint64_t count;
  Wish wish = {};
};

std::uint64_t whole_number(std::string_view text);

// False: `option` with this value is none of --half, --count, --seed and --mode.
bool take_option(WhichDocuments& which, std::string_view option, std::string_view value);

}  // namespace gatehouse::invented
