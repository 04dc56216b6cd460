// Identities, recipients and the encodings of keys, as people paste them. What is read has one spelling, and prints as that again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/age.hpp"
#include "crypto/bech32.hpp"
#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"

using namespace gatehouse::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = start();
  if (!started) std::abort();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto recipient = age::Recipient::parse(text)) {
    if (recipient->text() != text || recipient->public_key().size() != 32) std::abort();
  } else if (recipient.error().text().find("AGE-SECRET-KEY-1") != std::string::npos) {
    std::abort();                        // a secret key pasted into the wrong field does not go on into an error
  }
  if (const auto identity = age::Identity::parse(text)) {
    if (identity->text(KeyAccess::granted_to("fuzz: print an identity")) != text) std::abort();
    const auto public_again = age::Recipient::parse(identity->recipient().text());
    if (!public_again || public_again->public_key() != identity->recipient().public_key()) std::abort();
  } else if (static const std::string refused = age::Identity::parse("").error().text(); identity.error().text() != refused) {
    std::abort();                        // one with a typing error is not told either: there is one refusal for all
  }
  for (const char* prefix : {"age", "AGE-SECRET-KEY-"}) {
    std::array<std::uint8_t, 32> key{};
    if (bech32_decode(text, prefix, key) && bech32_encode(prefix, key) != text) std::abort();
  }
  if (const auto bytes = from_base64(text); bytes && base64(*bytes) != text) std::abort();
  if (const auto bytes = from_base64_unpadded(text); bytes && base64_unpadded(*bytes) != text) std::abort();
  if (const auto bytes = from_hex(text); bytes && bytes->size() * 2 != size) std::abort();
  return 0;
}
