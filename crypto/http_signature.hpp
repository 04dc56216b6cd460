#pragma once
// One profile of RFC 9421 (HTTP message signatures) and RFC 9530 (Content-Digest), Ed25519. Pure: the time and the directory are passed in.
//
// A request signature covers "@method" "@authority" "@path" "@query" and, when there is a body, "content-digest" "content-type"
// "idempotency-key", each without parameters. More header fields, "@scheme" and "@target-uri" may be covered too, in any order.
// Its parameters are created, expires, nonce, keyid, tag and perhaps alg; no others.
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::crypto {

using HeaderList = std::vector<std::pair<std::string, std::string>>;  // names in any case, as received, repeats kept

// A request as it arrived. Views must stay alive during the call.
struct SignedRequest {
  std::string_view method, authority, path, query;  // query with its `?`, `?` alone when there is none (RFC 9421 section 2.2.7)
  std::string_view scheme = "https";
  const HeaderList* headers = nullptr;
  std::string_view body;
  bool has_body = false;
};

struct VerifiedSignature {
  std::string keyid, nonce;             // nonce as written (base64 of 16 bytes)
  // The signature is good until expires + SignatureRules::skew: whoever remembers nonces keeps this one at least as long.
  std::int64_t created = 0, expires = 0;
  std::string label;                    // of the signature in the request: the answer is bound to it
};

struct SignatureRules {
  std::int64_t now = 0;
  std::int64_t skew = 60;               // seconds
  std::int64_t longest = 300;           // expires - created
  std::string tag = "gatehouse-v1";
};

// Key bytes (32) for a keyid, or nothing when this peer has no such current key.
using KeyLookup = std::function<std::optional<std::string>(std::string_view keyid)>;

// Checks digest, window, covered components, parameters and signature. The error's code names the rule that failed:
//   signature_missing       no Signature-Input and no Signature, or none with our tag
//   signature_malformed     a field that cannot be read, one of the pair alone, a repeated label or parameter, not 64 bytes
//   signature_ambiguous     two signatures with our tag
//   parameter_missing, parameter_unknown, parameter_malformed, algorithm_refused
//   component_missing, component_unknown, component_malformed
//   not_yet_valid, expired, window_too_long
//   digest_malformed, digest_mismatch
//   unknown_key, signature_invalid
std::expected<VerifiedSignature, Error> verify_request(const SignedRequest& request, const SignatureRules& rules, const KeyLookup& key);

struct SignedHeaders {
  std::string content_digest, signature_input, signature;   // header values to add; content_digest is empty when there is no body
};

// Signs a request as a partner would: for our client, the bench and the tests. `nonce` as written: make_nonce(). The request's headers hold
// content-type and idempotency-key when it has a body; content-digest is computed here. Throws std::invalid_argument when they do not.
SignedHeaders sign_request(const SigningKey& key, std::string_view keyid, const SignedRequest& request, std::int64_t created,
                           std::int64_t expires, std::string_view nonce, std::string_view tag = "gatehouse-v1");
std::string make_nonce();   // base64 of 16 random bytes

// Signs an answer, bound to its question: "@status" "content-digest" and the request's "@method" "@authority" "@path" "content-digest"
// (when it had one) with ;req, and its signature `request_label` (when that can be found: an answer to an unsigned or a broken request
// is signed without it). Label `gatehouse`.
SignedHeaders sign_response(const SigningKey& key, std::string_view keyid, int status, std::string_view body, const SignedRequest& request,
                            std::string_view request_label, std::int64_t created, std::string_view tag = "gatehouse-v1");
// What a partner does with an answer: it must cover all of the above that the request had. created must lie within longest + skew of now.
std::expected<void, Error> verify_response(std::string_view public_key, int status, const HeaderList& headers, std::string_view body,
                                           const SignedRequest& request, const SignatureRules& rules);

std::string content_digest(std::string_view body);   // `sha-256=:…:`

// Checks a Content-Digest field (RFC 9530): each of sha-256 and sha-512 that is there must match, and one of them must be there.
std::expected<void, Error> check_content_digest(std::string_view field, std::string_view body);

// The signature base (RFC 9421 section 2.5) for any covered components of this request, as the conformance vectors have it: header fields,
// "@method" "@authority" "@path" "@query" "@scheme" "@target-uri" "@request-target" "@query-param";name= and, with a status, "@status".
// `signature_params` is the member's value: `("@method" …);created=…`.
std::expected<std::string, Error> signature_base(const SignedRequest& message, std::optional<int> status, std::string_view signature_params);

}  // namespace gatehouse::crypto
