#pragma once
// A partner asks for new keys, in a file that its present signing key signed; the new keys prove that the partner holds them; a second person of the
// organisation approves after a call to the number on record. So neither the thief of one key nor one person here can swap the recipient. Pure, any thread.
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/import/partner_file.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::imports {

struct WantedKeys {
  std::string partner;
  policy::Instant asked{};
  std::string age;                         // age1…; may be empty, as the others, but not all
  std::string signing_key;                 // Ed25519, 32 bytes in base64
  std::string tls_certificate;             // PEM
  std::optional<CertificatePin> pin;       // of the certificate
};

// {"partner","asked","age","signing_key","tls_certificate"}: strict. A request is good for seven days, and not from the future by more than a minute.
std::expected<WantedKeys, std::string> read_key_change(std::string_view json, policy::Instant now);

// The keyid of the partner's key, current at `now`, that signed exactly these bytes (Ed25519; the signature is 64 bytes in base64, white space around it is
// skipped). An error: none did.
std::expected<std::string, std::string> who_signed(std::string_view bytes, std::string_view signature, const policy::Agency& partner, policy::Instant now);

// What the new keys are asked to prove themselves with. `id`: of the change. One line, 32 random bytes in it.
std::string key_change_challenge(std::string_view id);

// What goes to the partner: sealed to the new age recipient (armoured) where there is one, else the line itself.
std::expected<std::string, std::string> sealed_challenge(const WantedKeys& wanted, std::string_view challenge);

// The answer: the line, which a new age recipient had to decrypt; signatures over it (without line end) by the new signing key and by the key of the new
// certificate, in base64, where there are such. An error says which proof is missing or wrong.
std::expected<void, std::string> check_possession(const WantedKeys& wanted, std::string_view challenge, std::string_view signing_signature,
                                                  std::string_view tls_signature);

// White space around a line taken away.
std::string_view trimmed(std::string_view text);

// The partner with the new keys: they hold from now on, for a year (a certificate: its own dates); earlier ones of the same kinds end after `overlap` at the
// latest. A value that was revoked, or is another partner's business, is an error.
std::expected<policy::Agency, std::string> with_new_keys(policy::Agency partner, const WantedKeys& wanted, policy::Instant now,
                                                         std::chrono::seconds overlap = std::chrono::days(14));

}  // namespace gatehouse::imports
