#pragma once
// One profile of RFC 9421 (HTTP message signatures) and RFC 9530 (Content-Digest), Ed25519. Pure: the time and the directory are passed in.
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

// Checks digest, window, covered components, parameters and signature. The error's code names the rule that failed
// (`signature_missing`, `digest_mismatch`, `component_missing`, `expired`, `unknown_key`, `signature_invalid`, …).
std::expected<VerifiedSignature, Error> verify_request(const SignedRequest& request, const SignatureRules& rules, const KeyLookup& key);

struct SignedHeaders {
  std::string content_digest, signature_input, signature;   // header values to add
};

// Signs a request as a partner would: for our client, the bench and the tests.
SignedHeaders sign_request(const SigningKey& key, std::string_view keyid, const SignedRequest& request, std::int64_t created,
                           std::int64_t expires, std::string_view nonce, std::string_view tag = "gatehouse-v1");

// Signs an answer, bound to its question: "@status" "content-digest" and the request's "@method" "@authority" "@path" "content-digest"
// (when it had one) with ;req, and its signature.
SignedHeaders sign_response(const SigningKey& key, std::string_view keyid, int status, std::string_view body, const SignedRequest& request,
                            std::string_view request_label, std::int64_t created, std::string_view tag = "gatehouse-v1");
std::expected<void, Error> verify_response(std::string_view public_key, int status, const HeaderList& headers, std::string_view body,
                                           const SignedRequest& request, const SignatureRules& rules);

std::string content_digest(std::string_view body);   // `sha-256=:…:`

}  // namespace gatehouse::crypto
