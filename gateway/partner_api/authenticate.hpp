#pragma once
// Who calls: the pin of the client certificate names the agency, and a signature by a key of that same agency makes the request its own.
// RFC 9421, RFC 9530, one profile (crypto/http_signature.hpp). Pure, any thread: the time is passed in.
#include <expected>

#include "crypto/http_signature.hpp"
#include "gateway/http/message.hpp"
#include "gateway/http/problem.hpp"
#include "gateway/partner_api/snapshot.hpp"

namespace gatehouse::gateway {

struct Caller {
  const Partner* partner = nullptr;  // of the snapshot that was given: keep that alive
  crypto::VerifiedSignature signature;
};

// Views into the request, which must stay alive, unmoved. Without its query: an answer is not bound to that.
crypto::SignedRequest signed_view(const Request& request);

// The refusals say what depends on the request alone. A key that is unknown, revoked, another partner's, or does not fit the signature is one and the
// same refusal, so that a stolen certificate learns nothing about keys.
std::expected<Caller, Problem> authenticate(const Snapshot& now, const Request& request, policy::Instant at);

// `content-type: application/json`, with or without charset=utf-8; and an Idempotency-Key of 1 to 64 visible ASCII characters.
std::expected<std::string, Problem> idempotency_key(const Request& request);

// What makes two calls under one Idempotency-Key the same call: address and body. Hex.
std::string digest_of(const Request& request);

}  // namespace gatehouse::gateway
