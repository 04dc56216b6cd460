#include "gateway/import/partner_change.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/age.hpp"
#include "crypto/keys.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::imports {

namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// SHA-256 with RSA or ECDSA, as `openssl dgst -sha256 -sign` makes it; Ed25519 certificates sign the bytes themselves (`openssl pkeyutl -sign -rawin`).
bool certificate_signed(std::string_view pem, std::string_view bytes, std::string_view signature) {
  const std::unique_ptr<BIO, Free> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<X509, Free> certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_PKEY, Free> key(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  if (!key || !context) return false;
  const EVP_MD* digest = EVP_PKEY_get_id(key.get()) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  return EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                          reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1;
}

bool current(const policy::AgencyKey& key, policy::Instant at) {
  return key.state == policy::KeyState::current && key.not_before <= at && at < key.not_after;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlank) - from + 1);
}

std::expected<WantedKeys, std::string> read_key_change(std::string_view text, policy::Instant now) {
  nlohmann::json root;
  if (auto bad = gateway::strict::parse(text, root)) return std::unexpected(bad->text());
  std::optional<policy::Error> error;
  gateway::strict::Object in(root, "$", error);
  WantedKeys out;
  out.partner = in.text("partner", "", true, 64);
  const std::string asked = in.text("asked", "", true, 32);
  out.age = in.text("age", "", false, 128);
  out.signing_key = in.text("signing_key", "", false, 64);
  out.tls_certificate = in.text("tls_certificate", "", false, 16384);
  in.done();
  if (error) return std::unexpected(error->text());
  const auto moment = policy::read_instant(asked);
  if (!moment) return std::unexpected(std::string("$.asked: is not a moment; write 2026-11-22T10:00:00Z"));
  out.asked = *moment;
  if (out.asked > now + std::chrono::seconds(60)) return std::unexpected(std::string("$.asked: lies in the future; is a clock wrong?"));
  if (out.asked < now - std::chrono::days(7)) return std::unexpected(std::string("$.asked: is more than seven days ago; the partner asks again"));
  if (out.age.empty() && out.signing_key.empty() && out.tls_certificate.empty())
    return std::unexpected(std::string("$: no new key is named; age, signing_key or tls_certificate"));
  if (!out.age.empty())
    if (auto good = check_key("age", out.age); !good) return std::unexpected("$.age: " + good.error());
  if (!out.signing_key.empty())
    if (auto good = check_key("signing", out.signing_key); !good) return std::unexpected("$.signing_key: " + good.error());
  if (!out.tls_certificate.empty()) {
    auto pin = pin_of_certificate(out.tls_certificate);
    if (!pin) return std::unexpected("$.tls_certificate: " + pin.error());
    if (pin->not_after <= now) return std::unexpected(std::string("$.tls_certificate: has expired; the partner makes a new one"));
    out.pin = std::move(*pin);
  }
  return out;
}

std::expected<std::string, std::string> who_signed(std::string_view bytes, std::string_view signature, const policy::Agency& partner, policy::Instant now) {
  const auto raw = crypto::from_base64(trimmed(signature));
  if (!raw || raw->size() != 64) return std::unexpected(std::string("the signature is not 64 bytes in base64; openssl pkeyutl -sign -rawin makes one"));
  for (const auto& key : partner.keys) {
    if (key.kind != "signing" || !current(key, now)) continue;
    const auto bytes_of_key = crypto::from_base64(key.value);
    if (bytes_of_key && crypto::verify_ed25519(*bytes_of_key, bytes, *raw)) return key.keyid;
  }
  return std::unexpected(std::string("no current signing key of this partner signed this file; it must be signed byte for byte as it is"));
}

std::string key_change_challenge(std::string_view id) {
  const std::string random = crypto::random_bytes(32);
  return "gatehouse-key-change " + std::string(id) + " " + crypto::hex({reinterpret_cast<const std::uint8_t*>(random.data()), random.size()});
}

std::expected<std::string, std::string> sealed_challenge(const WantedKeys& wanted, std::string_view challenge) {
  const std::string line = std::string(challenge) + "\n";
  if (wanted.age.empty()) return line;
  const auto recipient = crypto::age::Recipient::parse(wanted.age);
  if (!recipient) return std::unexpected(recipient.error().text());
  const auto sealed = crypto::age::seal({*recipient}, line);
  if (!sealed) return std::unexpected(sealed.error().text());
  return crypto::age::armor(*sealed);
}

std::expected<void, std::string> check_possession(const WantedKeys& wanted, std::string_view challenge, std::string_view signing_signature,
                                                  std::string_view tls_signature) {
  if (!wanted.signing_key.empty()) {
    const auto key = crypto::from_base64(wanted.signing_key);
    const auto signature = crypto::from_base64(trimmed(signing_signature));
    if (!key || !signature || !crypto::verify_ed25519(*key, challenge, *signature))
      return std::unexpected(std::string("the new signing key did not sign the challenge; sign the line without its line end"));
  }
  if (!wanted.tls_certificate.empty()) {
    std::string joined;
    for (const char c : tls_signature)
      if (c != '\n' && c != '\r' && c != ' ') joined += c;   // base64 of an RSA signature takes several lines
    const auto signature = crypto::from_base64(joined);
    if (!signature || !certificate_signed(wanted.tls_certificate, challenge, *signature))
      return std::unexpected(std::string("the key of the new certificate did not sign the challenge; sign the line without its line end"));
  }
  return {};
}

std::expected<policy::Agency, std::string> with_new_keys(policy::Agency partner, const WantedKeys& wanted, policy::Instant now, std::chrono::seconds overlap) {
  const int year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
  const auto add = [&](const char* word, const char* kind, const std::string& value, policy::Instant from, policy::Instant to) -> std::expected<void, std::string> {
    for (const auto& key : partner.keys)
      if (key.kind == kind && key.value == value)
        return std::unexpected("key `" + key.keyid + "` is there already" + (key.state == policy::KeyState::revoked ? " and was revoked; it cannot come back" : ""));
    for (auto& key : partner.keys)
      if (key.kind == kind && key.state == policy::KeyState::current && key.not_after > now) key.not_after = std::min(key.not_after, std::max(now + overlap, key.not_before + std::chrono::seconds(1)));
    policy::AgencyKey fresh;
    for (int n = 1;; ++n) {
      fresh.keyid = partner.id + "/" + word + "/" + std::to_string(year) + "-" + std::to_string(n);
      if (std::none_of(partner.keys.begin(), partner.keys.end(), [&](const auto& key) { return key.keyid == fresh.keyid; })) break;
    }
    fresh.kind = kind;
    fresh.value = value;
    fresh.not_before = from;
    fresh.not_after = to;
    partner.keys.push_back(std::move(fresh));
    return {};
  };
  // It must be the newest, also where an earlier one was dated a little ahead.
  policy::Instant from = now;
  for (const auto& key : partner.keys)
    if (key.kind == "age" && key.not_before > from - std::chrono::minutes(10) && key.not_before <= now) from = std::max(from, key.not_before + std::chrono::seconds(1));
  if (!wanted.age.empty())
    if (auto done = add("age", "age", wanted.age, from, now + std::chrono::days(365)); !done) return std::unexpected(done.error());
  if (!wanted.signing_key.empty())
    if (auto done = add("sig", "signing", wanted.signing_key, now, now + std::chrono::days(365)); !done) return std::unexpected(done.error());
  if (wanted.pin)
    if (auto done = add("tls", "tls_pin", wanted.pin->pin, wanted.pin->not_before, wanted.pin->not_after); !done) return std::unexpected(done.error());
  return partner;
}

}  // namespace gatehouse::imports
