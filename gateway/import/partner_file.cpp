#include "gateway/import/partner_file.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/age.hpp"
#include "crypto/keys.hpp"
#include "gateway/import/text.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::imports {

namespace {

using nlohmann::json;
using policy::Error;

struct Refused {
  Error error;
};
[[noreturn]] void refuse(std::string code, std::string where, std::string what, std::string remedy) {
  throw Refused{{std::move(code), std::move(where), std::move(what), std::move(remedy), {}}};
}

void only(const json& object, const std::string& path, const std::vector<std::string>& keys) {
  if (!object.is_object()) refuse("wrong_type", path, "is not an object", "write {…}");
  std::string list;
  for (const auto& key : keys) list += (list.empty() ? "" : ", ") + key;
  for (const auto& [key, value] : object.items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) refuse("unknown_key", path, "has a key that is not known here", "one of " + list);
}

std::string line(const json& object, const std::string& path, const std::string& key, bool needed = true) {
  const std::string where = path + "." + key;
  if (!object.contains(key)) {
    if (needed) refuse("missing_key", where, "is missing", "every partner has it");
    return {};
  }
  if (!object[key].is_string() || !is_one_line(object[key].get_ref<const std::string&>(), 200))
    refuse("bad_text", where, "is not one line of text of at most 200 bytes", "write \"…\"");
  return object[key].get<std::string>();
}

std::optional<policy::Date> day(const json& object, const std::string& path, const std::string& key) {
  const auto text = line(object, path, key, false);
  if (text.empty()) return std::nullopt;
  const auto date = policy::read_date(text);
  if (!date) refuse("bad_date", path + "." + key, "is not a day of the calendar", "write YYYY-MM-DD");
  return date;
}

policy::Instant moment(const json& object, const std::string& path, const std::string& key) {
  const auto text = line(object, path, key);
  if (const auto instant = policy::read_instant(text)) return *instant;
  if (const auto date = policy::read_date(text)) return policy::Instant(std::chrono::sys_days(*date));
  refuse("bad_time", path + "." + key, "is neither a moment nor a day", "write 2026-11-22T10:00:00Z, or 2026-11-22");
}

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

std::unique_ptr<BIO, Free> reader(std::string_view pem) {
  return std::unique_ptr<BIO, Free>(BIO_new_mem_buf(pem.data(), static_cast<int>(std::min<std::size_t>(pem.size(), 1u << 20))));
}

std::optional<policy::Instant> instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const policy::Date date{std::chrono::year(parts.tm_year + 1900), std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                          std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  if (!date.ok()) return std::nullopt;
  return policy::Instant(std::chrono::sys_days(date)) + std::chrono::hours(parts.tm_hour) + std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

}  // namespace

std::expected<void, std::string> check_key(std::string_view kind, std::string_view value) {
  if (kind == "tls_pin") {
    const bool hex = value.size() == 64 && std::all_of(value.begin(), value.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (!hex) return std::unexpected("is not a pin; a pin is the SHA-256 of the certificate's public key, 64 lower-case hex digits (--tls-cert works it out)");
    return {};
  }
  if (kind == "signing") {
    const auto bytes = crypto::from_base64(value);
    if (!bytes || bytes->size() != 32) return std::unexpected("is not an Ed25519 public key; 32 bytes in base64 (--signing-key reads a PEM file)");
    return {};
  }
  if (kind == "age") {
    if (!crypto::age::Recipient::parse(value)) return std::unexpected("is not an age recipient; `age-keygen -y` prints one, it begins with age1");
    return {};
  }
  return std::unexpected("is of a kind not known here; one of tls_pin, signing, age");
}

std::expected<policy::Agency, Error> read_partner(std::string_view bytes) {
  json root;
  if (auto bad = gateway::strict::parse(bytes, root)) return std::unexpected(std::move(*bad));
  try {
    only(root, "$", {"id", "type", "name", "directory_number", "emergency_registered", "agreements", "keys"});
    policy::Agency agency;
    agency.id = line(root, "$", "id");
    if (!is_word(agency.id)) refuse("bad_text", "$.id", "is not an id", "lower-case letters, digits and hyphens, at most 64");
    const auto type = policy::from_text<policy::AgencyType>(line(root, "$", "type"));
    if (!type) {
      std::string list;
      for (const auto word : policy::Words<policy::AgencyType>::list) list += (list.empty() ? "" : ", ") + std::string(word);
      refuse("unknown_value", "$.type", "is not a type of agency", "one of " + list);
    }
    agency.type = *type;
    agency.name = line(root, "$", "name");
    agency.directory_number = line(root, "$", "directory_number");
    if (root.contains("emergency_registered")) {
      if (!root["emergency_registered"].is_boolean()) refuse("wrong_type", "$.emergency_registered", "is neither true nor false", "true or false");
      agency.emergency_registered = root["emergency_registered"].get<bool>();
    }
    const json agreements = root.value("agreements", json::array());
    if (!agreements.is_array()) refuse("wrong_type", "$.agreements", "is not a list", "write […]");
    for (std::size_t i = 0; i < agreements.size(); ++i) {
      const std::string path = "$.agreements[" + std::to_string(i) + "]";
      const json& one = agreements[i];
      only(one, path, {"name", "purposes", "from", "to", "verified_on"});
      policy::Agreement agreement;
      agreement.name = line(one, path, "name");
      if (!one.contains("purposes") || !one["purposes"].is_array() || one["purposes"].empty())
        refuse("missing_key", path + ".purposes", "is missing or empty", "words of purpose, or [\"*\"] where the agreement covers every purpose");
      for (std::size_t j = 0; j < one["purposes"].size(); ++j) {
        const json& purpose = one["purposes"][j];
        if (!purpose.is_string() || (purpose != "*" && !policy::from_text<policy::Purpose>(purpose.get_ref<const std::string&>())))
          refuse("unknown_value", path + ".purposes[" + std::to_string(j) + "]", "is not a purpose", "a word of CONTRACT.md section 1.2, or *");
        agreement.purposes.push_back(purpose.get<std::string>());
      }
      agreement.from = day(one, path, "from");
      agreement.to = day(one, path, "to");
      agreement.verified_on = day(one, path, "verified_on");
      if (agreement.from && agreement.to && std::chrono::sys_days(*agreement.to) < std::chrono::sys_days(*agreement.from))
        refuse("bad_date", path + ".to", "is before from", "the last day is the first day or a later one");
      agency.agreements.push_back(std::move(agreement));
    }
    const json keys = root.value("keys", json::array());
    if (!keys.is_array()) refuse("wrong_type", "$.keys", "is not a list", "write […]");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::string path = "$.keys[" + std::to_string(i) + "]";
      const json& one = keys[i];
      only(one, path, {"keyid", "kind", "value", "not_before", "not_after"});
      policy::AgencyKey key;
      key.keyid = line(one, path, "keyid");
      if (!seen.insert(key.keyid).second) refuse("duplicate_key", path + ".keyid", "is there twice", "each key has an id of its own");
      key.kind = line(one, path, "kind");
      key.value = line(one, path, "value");
      if (const auto good = check_key(key.kind, key.value); !good) refuse("bad_key", path + ".value", good.error(), "");
      key.not_before = moment(one, path, "not_before");
      key.not_after = moment(one, path, "not_after");
      if (key.not_after <= key.not_before) refuse("bad_date", path + ".not_after", "is not after not_before", "a key is valid for some time");
      agency.keys.push_back(std::move(key));
    }
    return agency;
  } catch (const Refused& refused) {
    return std::unexpected(refused.error);
  }
}

std::expected<CertificatePin, std::string> pin_of_certificate(std::string_view pem) {
  if (pem.find("PRIVATE KEY") != std::string_view::npos)
    return std::unexpected("has a private key in it; only the certificate is needed, and the key should go nowhere");
  const auto bio = reader(pem);
  const std::unique_ptr<X509, Free> certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!certificate) return std::unexpected("holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  unsigned char* spki = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &spki);
  if (size <= 0) return std::unexpected("holds a certificate whose public key cannot be read");
  const auto digest = crypto::sha256(std::string_view(reinterpret_cast<const char*>(spki), static_cast<std::size_t>(size)));
  OPENSSL_free(spki);
  const auto from = instant_of(X509_get0_notBefore(certificate.get()));
  const auto to = instant_of(X509_get0_notAfter(certificate.get()));
  if (!from || !to || *to <= *from) return std::unexpected("holds a certificate whose dates cannot be read");
  return CertificatePin{crypto::hex(digest), *from, *to};
}

std::expected<std::string, std::string> signing_key_of(std::string_view pem) {
  if (pem.find("PRIVATE KEY") != std::string_view::npos)
    return std::unexpected("is a private key, which only the partner may have; `openssl pkey -in KEY -pubout` gives the public one");
  const auto bio = reader(pem);
  const std::unique_ptr<EVP_PKEY, Free> key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key) return std::unexpected("holds no public key in PEM (-----BEGIN PUBLIC KEY-----)");
  std::array<unsigned char, 32> bytes{};
  std::size_t size = bytes.size();
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 || EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) != 1 || size != bytes.size())
    return std::unexpected("is not an Ed25519 key; `openssl genpkey -algorithm ed25519` makes one");
  return crypto::base64(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::expected<policy::Agency, std::string> merged(const policy::Agency& known, const policy::Agency& wanted) {
  policy::Agency out = wanted;
  out.version = known.version;
  out.keys = known.keys;
  for (const auto& key : wanted.keys) {
    const auto same = std::find_if(out.keys.begin(), out.keys.end(), [&](const auto& old) { return old.keyid == key.keyid; });
    if (same == out.keys.end()) {
      out.keys.push_back(key);
    } else if (same->kind != key.kind || same->value != key.value) {
      return std::unexpected("key id `" + key.keyid + "` is already there with another key; a key id is never used twice, choose a new one");
    }
  }
  return out;
}

}  // namespace gatehouse::imports
