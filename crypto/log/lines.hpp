#pragma once
// Reading the lines of checkpoints, proof files and state files. Pure, any thread.
#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/keys.hpp"

namespace gatehouse::crypto::log {

// The text up to the next newline, which is taken off too. Nothing, and `text` unchanged, when there is no newline.
std::optional<std::string_view> take_line(std::string_view& text);
// ASCII decimal, no sign, no leading zero, within 64 bits.
bool read_decimal(std::string_view text, std::uint64_t& out);
// Base64 of 32 bytes.
bool read_digest(std::string_view text, Digest& out);

}  // namespace gatehouse::crypto::log
