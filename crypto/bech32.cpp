#include "crypto/bech32.hpp"

#include <sodium.h>

#include <array>

namespace gatehouse::crypto {
namespace {

constexpr std::string_view kCharset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kData = 52, kChecksum = 6;  // 52 * 5 = 256 + 4 bits of padding

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
bool is_upper(std::string_view prefix) { return !prefix.empty() && prefix.front() >= 'A' && prefix.front() <= 'Z'; }

std::uint32_t step(std::uint32_t check, std::uint8_t value) {
  static constexpr std::array<std::uint32_t, 5> generator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
  const std::uint32_t top = check >> 25;
  check = (check & 0x1ffffff) << 5 ^ value;
  for (unsigned i = 0; i < 5; ++i) check ^= (top >> i & 1u) != 0 ? generator[i] : 0u;
  return check;
}

// The checksum is over the lower-case text.
std::uint32_t start(std::string_view prefix) {
  std::uint32_t check = 1;
  for (const char c : prefix) check = step(check, static_cast<std::uint8_t>(lower(c) >> 5));
  check = step(check, 0);
  for (const char c : prefix) check = step(check, static_cast<std::uint8_t>(lower(c) & 31));
  return check;
}

}  // namespace

std::string bech32_encode(std::string_view prefix, std::span<const std::uint8_t, 32> key) {
  std::uint32_t check = start(prefix);
  std::string out(prefix);
  out.reserve(prefix.size() + 1 + kData + kChecksum);
  out += '1';
  const bool shout = is_upper(prefix);
  const auto put = [&](std::uint8_t value) { out += shout ? upper(kCharset[value]) : kCharset[value]; };
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (std::size_t i = 0; i < kData; ++i) {
    if (held < 5) {
      const std::size_t next = i * 5 / 8 + (i * 5 % 8 != 0 ? 1 : 0);
      bits = bits << 8 | (next < 32 ? key[next] : 0u);
      held += 8;
    }
    const auto value = static_cast<std::uint8_t>(bits >> (held - 5) & 31u);
    held -= 5;
    check = step(check, value);
    put(value);
  }
  sodium_memzero(&bits, sizeof bits);
  for (std::size_t i = 0; i < kChecksum; ++i) check = step(check, 0);
  check ^= 1;
  for (std::size_t i = 0; i < kChecksum; ++i) put(static_cast<std::uint8_t>(check >> (5 * (5 - i)) & 31u));
  return out;
}

bool bech32_decode(std::string_view text, std::string_view prefix, std::span<std::uint8_t, 32> key) {
  if (text.size() != prefix.size() + 1 + kData + kChecksum || !text.starts_with(prefix) || text[prefix.size()] != '1') return false;
  text.remove_prefix(prefix.size() + 1);
  const bool shout = is_upper(prefix);
  std::uint32_t check = start(prefix), bits = 0;
  unsigned held = 0;
  std::size_t out = 0;
  bool good = true;
  for (std::size_t i = 0; i < kData + kChecksum; ++i) {
    const char c = text[i];
    const std::size_t value = (shout ? c != upper(c) : c != lower(c)) ? std::string_view::npos : kCharset.find(lower(c));
    if (value == std::string_view::npos) {
      good = false;
      break;
    }
    check = step(check, static_cast<std::uint8_t>(value));
    if (i >= kData) continue;
    bits = bits << 5 | static_cast<std::uint32_t>(value);
    held += 5;
    if (held >= 8) {
      held -= 8;
      key[out++] = static_cast<std::uint8_t>(bits >> held & 0xff);
    }
    if (i == kData - 1 && (bits & ((1u << held) - 1)) != 0) good = false;  // padding bits are zero
  }
  sodium_memzero(&bits, sizeof bits);
  if (!good || check != 1) {
    sodium_memzero(key.data(), key.size());
    return false;
  }
  return true;
}

}  // namespace gatehouse::crypto
