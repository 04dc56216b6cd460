#pragma once
// The textual header of an age file: recipient stanzas that each wrap the file key, and the MAC over them (https://c2sp.org/age).
// Inside crypto/ only; callers use crypto/age.hpp or crypto/age_stream.hpp. Pure, any thread.
#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/age.hpp"
#include "crypto/error.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::crypto::age {

inline constexpr std::size_t kLongestHeader = 65536;
inline constexpr std::size_t kPayloadNonce = 16;

// Per-file keys: on the stack, wiped when they go. Not for keys that live longer than a call.
template <std::size_t N>
struct Wiped {
  std::array<std::uint8_t, N> bytes{};
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped();
};
using FileKey = Wiped<16>;
using PayloadKey = Wiped<32>;

struct Stanza {
  std::vector<std::string> arguments;    // the type first
  std::string body;
};

struct Header {
  std::vector<Stanza> stanzas;
  std::string mac;                       // 32 bytes
  std::size_t mac_covers = 0;            // bytes up to and with `---`
  std::size_t size = 0;                  // bytes of the whole header
};

// The header at the front of `file`; what comes behind it is not looked at.
std::expected<Header, Error> parse_header(std::string_view file);

// Who may open a file, and who opens it: one of the two.
struct Sealing {
  std::span<const Recipient> recipients;
  const SecretBytes* passphrase = nullptr;
  int work_factor = kMaxWorkFactor;
};
struct Opening {
  std::span<const Identity> identities;
  const SecretBytes* passphrase = nullptr;
};

// Appends a header for `key`, then the payload nonce, and derives the payload key.
std::expected<void, Error> write_header(const Sealing& to, const FileKey& key, std::string& out, PayloadKey& payload);

// Reads header and nonce at the front of `file`, and derives the payload key. Gives the offset of the payload.
std::expected<std::size_t, Error> open_header(const Opening& with, std::string_view file, PayloadKey& payload);

}  // namespace gatehouse::crypto::age
