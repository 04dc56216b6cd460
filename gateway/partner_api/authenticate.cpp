#include "gateway/partner_api/authenticate.hpp"

#include <algorithm>

#include "crypto/keys.hpp"
#include "gateway/partner_api/problems.hpp"

namespace gatehouse::gateway {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Problem signature_problem(const crypto::Error& error) {
  const std::string& code = error.code;
  if (code == "digest_mismatch" || code == "digest_malformed")
    return problem("digest-mismatch", error.remedy.empty() ? error.what : error.what + "; " + error.remedy, "Content-Digest");
  if (code == "signature_missing")
    return problem("signature-missing", "sign the request as RFC 9421 says, with the tag gatehouse-v1", "Signature-Input");
  if (code == "unknown_key" || code == "signature_invalid")
    return problem("signature-invalid", "sign with a key of yours that we hold and that is in force", "Signature");
  if (code == "expired" || code == "not_yet_valid" || code == "window_too_long")
    return problem("signature-expired", error.remedy.empty() ? error.what : error.what + "; " + error.remedy, "Signature-Input");
  return problem("signature-incomplete", error.remedy.empty() ? error.what : error.what + "; " + error.remedy, "Signature-Input");
}

}  // namespace

crypto::SignedRequest signed_view(const Request& request) {
  crypto::SignedRequest out;
  out.method = request.method;
  out.authority = request.header("host");
  out.path = request.path;
  out.query = "?";  // RFC 9421 section 2.2.7: a lone question mark when there is none
  out.headers = &request.headers;
  out.body = request.body;
  out.has_body = request.has_body;
  return out;
}

std::expected<Caller, Problem> authenticate(const Snapshot& now, const Request& request, policy::Instant at) {
  const auto& pin = request.peer.certificate_pin;
  if (pin.empty()) return std::unexpected(problem("certificate-required", "connect with the client certificate whose pin you gave us"));
  const std::int64_t seconds = at.time_since_epoch().count();
  const Partner* partner = now.by_pin(pin, at);
  if (partner == nullptr || seconds < request.peer.certificate_not_before || seconds >= request.peer.certificate_not_after)
    return std::unexpected(problem("partner-unknown", "the certificate is not one we hold for a partner, or it is out of date"));

  const auto& authorities = now.settings().partner.authorities;
  std::string authority = lower(request.header("host"));
  if (authority.ends_with(":443")) authority.resize(authority.size() - 4);
  if (std::find(authorities.begin(), authorities.end(), authority) == authorities.end())
    return std::unexpected(problem("bad-request", "call this gateway by its own name", "Host"));

  crypto::SignedRequest view = signed_view(request);
  const std::string query = "?" + request.query;
  view.query = query;
  crypto::SignatureRules rules;
  rules.now = seconds;
  const crypto::KeyLookup key = [&](std::string_view keyid) -> std::optional<std::string> {
    const PartnerSigningKey* found = partner->signing_key(keyid, at);
    if (found == nullptr) return std::nullopt;
    return found->public_key;
  };
  auto verified = crypto::verify_request(view, rules, key);
  if (!verified) return std::unexpected(signature_problem(verified.error()));
  return Caller{partner, std::move(*verified)};
}

std::expected<std::string, Problem> idempotency_key(const Request& request) {
  std::string type = lower(request.header("content-type"));
  std::erase(type, ' ');
  if (type != "application/json" && type != "application/json;charset=utf-8")
    return std::unexpected(problem("unsupported-media-type", "send application/json in UTF-8", "Content-Type"));
  const std::string_view given = request.header("idempotency-key");
  if (given.empty()) return std::unexpected(problem("idempotency-key-missing", "send an Idempotency-Key, one for each request that is meant as a new one", "Idempotency-Key"));
  if (given.size() > 64 || std::any_of(given.begin(), given.end(), [](char c) { return c <= ' ' || c > '~'; }))
    return std::unexpected(problem("invalid-value", "use 1 to 64 visible ASCII characters", "Idempotency-Key"));
  return std::string(given);
}

std::string digest_of(const Request& request) {
  std::string text = request.path;
  text += '\n';
  text += request.body;
  return crypto::hex(crypto::sha256(text));
}

}  // namespace gatehouse::gateway
