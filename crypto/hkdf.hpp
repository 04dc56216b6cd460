#pragma once
// HKDF-SHA256 (RFC 5869) on libsodium's HMAC, into a buffer of the caller: per-file keys live in wiped stack buffers. Pure, any thread.
#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse::crypto {

// `out` at most 255 * 32 bytes; returns false beyond. An empty salt is 32 zero bytes by RFC 5869, which HMAC gives for an empty key.
bool hkdf_sha256(std::span<const std::uint8_t> key_material, std::span<const std::uint8_t> salt, std::string_view info,
                 std::span<std::uint8_t> out);

}  // namespace gatehouse::crypto
