#pragma once
// A partner agency as an administrator describes it: a JSON file, a client certificate, a public key, an age recipient. Pure, any thread.
#include <expected>
#include <string>
#include <string_view>

#include "policy/error.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::imports {

// {"id","type","name","directory_number","emergency_registered","agreements":[{"name","purposes","from","to","verified_on"}],
//  "keys":[{"keyid","kind":"tls_pin|signing|age","value","not_before","not_after"}]}. Strict, as read_row is. Each key's value is checked as its kind
// needs: a pin is 64 lower-case hex digits, a signing key 32 bytes in base64, an age recipient parses.
std::expected<policy::Agency, policy::Error> read_partner(std::string_view json);

// Whether `value` can be a key of this kind; the error says what would be right.
std::expected<void, std::string> check_key(std::string_view kind, std::string_view value);

struct CertificatePin {
  std::string pin;                     // SHA-256 of the SubjectPublicKeyInfo, lower-case hex (RFC 7469 section 2.4, in hex)
  policy::Instant not_before{}, not_after{};
};
// The first certificate of a PEM file. A file with a private key in it is refused: nobody needs to give us one.
std::expected<CertificatePin, std::string> pin_of_certificate(std::string_view pem);

// `-----BEGIN PUBLIC KEY-----` of an Ed25519 key, as base64 of its 32 bytes. A private key, or another kind of key, is refused.
std::expected<std::string, std::string> signing_key_of(std::string_view pem);

// `known` with what `wanted` says: name, type, number and agreements are the new ones; keys are added to the old ones and never lost. A keyid that is
// already there with another value is an error: a key id is never used twice.
std::expected<policy::Agency, std::string> merged(const policy::Agency& known, const policy::Agency& wanted);

}  // namespace gatehouse::imports
