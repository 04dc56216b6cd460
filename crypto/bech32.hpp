#pragma once
// Bech32 (BIP 173; not Bech32m) without its 90-character limit, for the 32-byte keys of age. Works in buffers it wipes: half of what passes
// here is secret. Pure, any thread.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

// `prefix` in the case of the whole text: `age` gives lower case, `AGE-SECRET-KEY-` upper case.
std::string bech32_encode(std::string_view prefix, std::span<const std::uint8_t, 32> key);

// False unless the text is exactly prefix, `1`, 32 bytes and a good checksum, all in the prefix's case.
bool bech32_decode(std::string_view text, std::string_view prefix, std::span<std::uint8_t, 32> key);

}  // namespace gatehouse::crypto
