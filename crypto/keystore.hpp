#pragma once
// How keys are wrapped and how fields are sealed under them. Pure: where the wrapped bytes live is an adapter's business.
//   KEK (a provider's) wraps: one data key per person, the audit key, the blind-index key, the release signing key.
//   A data key seals fields with XChaCha20-Poly1305; the additional data binds the place, so no row or column can be swapped.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "crypto/error.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::crypto {

// Wraps a key under a KEK. `purpose` binds what it is for (`dek|v1|<subject>|<n>`, `aud|v1`, …). nonce ‖ box.
std::string wrap_key(const SecretBytes& kek, const SecretBytes& key, std::string_view purpose);
std::expected<SecretBytes, Error> unwrap_key(const SecretBytes& kek, std::string_view wrapped, std::string_view purpose);
// The same into a key that is there already and has the right size: locked memory costs several system calls to make. `into` is zeros after a failure.
std::expected<void, Error> unwrap_key(const SecretBytes& kek, std::string_view wrapped, std::string_view purpose, SecretBytes& into);

// The same key under another KEK, with a fresh nonce. In between it lies in `scratch`, which is made once for many keys (locked memory costs four
// system calls) and wiped before this returns; an error where it has not room enough.
std::expected<std::string, Error> rewrap_key(const SecretBytes& from, const SecretBytes& to, std::string_view wrapped, std::string_view purpose,
                                             SecretBytes& scratch);

// Seals a field. `place` = table|row|column|schema|subject|key version. 24-byte random nonce ‖ box.
std::string seal_field(const SecretBytes& key, std::string_view plain, std::string_view place);
std::expected<std::string, Error> open_field(const SecretBytes& key, std::string_view sealed, std::string_view place);

// Keyed hash of a typed, normalised identifier (`nhs:9990000018`), 16 bytes.
std::string blind_index(const SecretBytes& index_key, std::string_view typed_value);
// A stored index value under the next index key, from the value alone: what it was made of need not be known. 16 bytes.
std::string next_blind_index(const SecretBytes& next_key, std::string_view stored);

}  // namespace gatehouse::crypto
