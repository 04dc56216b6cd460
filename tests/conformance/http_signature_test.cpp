// RFC 9421 Appendix B (bases of all six, the Ed25519 one verified) and the negative classes of the adcp suite in our profile.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>

#include "crypto/http_signature.hpp"
#include "crypto/structured_fields.hpp"
#include "tests/conformance/vectors.hpp"

namespace gatehouse::crypto {
namespace {

struct Message {
  std::string method, path, query = "?", body;
  int status = 0;
  HeaderList headers;

  SignedRequest request() const {
    SignedRequest out;
    out.method = method;
    out.path = path;
    out.query = query;
    for (const auto& [name, value] : headers)
      if (name == "Host") out.authority = value;
    out.headers = &headers;
    out.body = body;
    out.has_body = !body.empty();
    return out;
  }
  std::string header(const std::string& wanted) const {
    for (const auto& [name, value] : headers)
      if (name == wanted) return value;
    return "";
  }
};

Message read_message(const std::filesystem::path& path) {
  std::istringstream in(conformance::read_file(path));
  Message out;
  std::string line, first, second;
  std::getline(in, line);
  std::istringstream words(line);
  words >> first >> second;
  if (first.starts_with("HTTP/")) {
    out.status = std::stoi(second);
  } else {
    out.method = first;
    const std::size_t mark = second.find('?');
    out.path = second.substr(0, mark);
    if (mark != std::string::npos) out.query = second.substr(mark);
  }
  while (std::getline(in, line) && !line.empty()) {
    const std::size_t colon = line.find(": ");
    out.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  std::getline(in, out.body);
  return out;
}

struct Signed {
  std::string label, params, signature;
};

Signed read_signature(const Message& message) {
  const auto inputs = sf::parse_dictionary(message.header("Signature-Input"));
  const auto values = sf::parse_dictionary(message.header("Signature"));
  EXPECT_TRUE(inputs && values && inputs->size() == 1);
  Signed out;
  out.label = inputs->front().first;
  sf::append(out.params, std::get<sf::InnerList>(inputs->front().second));
  out.signature = std::get<sf::Bytes>(std::get<sf::Item>(*sf::find(*values, out.label)).value).bytes;
  return out;
}

TEST(Rfc9421, appendix_b_signature_bases_come_out_byte_for_byte) {
  VECTORS_OR_SKIP(folder, "rfc9421-remitly");
  std::size_t count = 0;
  for (const char* name : {"b21_request", "b22_request", "b23_request", "b24_response", "b25_request", "b26_request"}) {
    SCOPED_TRACE(name);
    const Message message = read_message(folder / (std::string(name) + "_signed.txt"));
    const Signed written = read_signature(message);
    const auto base = signature_base(message.request(), message.status != 0 ? std::optional<int>(message.status) : std::nullopt, written.params);
    ASSERT_TRUE(base) << base.error().text();
    std::string wanted = conformance::read_file(folder / (std::string(name) + "_sigbase.txt"));
    while (wanted.ends_with('\n')) wanted.pop_back();
    EXPECT_EQ(*base, wanted);
    conformance::count_case(folder / (std::string(name) + "_signed.txt"));
    // The digest in the messages is that of the body (RFC 9530).
    EXPECT_TRUE(check_content_digest(message.header("Content-Digest"), message.body));
    ++count;
  }
  EXPECT_EQ(count, 6u);
}

TEST(Rfc9421, appendix_b_2_6_verifies_with_the_ed25519_test_key) {
  VECTORS_OR_SKIP(folder, "rfc9421-remitly");
  const Message message = read_message(folder / "b26_request_signed.txt");
  const Signed written = read_signature(message);
  const auto base = signature_base(message.request(), std::nullopt, written.params);
  ASSERT_TRUE(base);
  std::string pem = conformance::read_file(folder / "test-key-ed25519.pub");
  const std::size_t begin = pem.find("-----\n") + 6;
  std::string text = pem.substr(begin, pem.find("\n-----END") - begin);
  const auto der = from_base64(text);
  ASSERT_TRUE(der);
  ASSERT_EQ(der->size(), 44u);  // SubjectPublicKeyInfo of Ed25519: the key is its last 32 bytes
  EXPECT_TRUE(verify_ed25519(der->substr(12), *base, written.signature));
  EXPECT_FALSE(verify_ed25519(der->substr(12), *base + " ", written.signature));
}

// ------------------------------------------------------------------------------------------------ adcp

// The suite's profile is not ours: its signatures are base64url, its nonces unpadded, its tag and components others. What is kept of a vector is
// its *class*: the fault it has. The fault is put into a request of our profile that would else verify, signed with the suite's own key where
// the fault lies in front of the signature.
struct Profile {
  SigningKey key = SigningKey::from_seed(SecretBytes::random(32)).value();
  std::int64_t now = 1776520800;
  std::string body = R"({"plan_id":"plan_001"})";
  HeaderList headers = {{"Host", "seller.example.com"}, {"Content-Type", "application/json"}, {"Idempotency-Key", "k-1"}};
  std::string authority = "seller.example.com";

  SignedRequest request(const HeaderList& with) const {
    SignedRequest out;
    out.method = "POST";
    out.authority = authority;
    out.path = "/adcp/create_media_buy";
    out.query = "?";
    out.headers = &with;
    out.body = body;
    out.has_body = true;
    return out;
  }
  HeaderList signed_headers(std::int64_t created, std::int64_t expires, std::string_view tag = "gatehouse-v1") const {
    HeaderList all = headers;
    const auto add = sign_request(key, "test-ed25519-2026", request(headers), created, expires, "AAAAAAAAAAAAAAAAAAAAAA==", tag);
    all.emplace_back("Content-Digest", add.content_digest);
    all.emplace_back("Signature-Input", add.signature_input);
    all.emplace_back("Signature", add.signature);
    return all;
  }
  std::string judge(const HeaderList& all) const {
    SignatureRules rules;
    rules.now = now;
    const auto verified = verify_request(request(all), rules, [this](std::string_view keyid) -> std::optional<std::string> {
      if (keyid != "test-ed25519-2026") return std::nullopt;
      return key.public_key();
    });
    return verified ? "" : verified.error().code;
  }
};

std::string& value(HeaderList& headers, const std::string& wanted) {
  for (auto& [name, text] : headers)
    if (name == wanted) return text;
  return headers.emplace_back(wanted, "").second;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), with);
}

void remove(HeaderList& headers, const std::string& wanted) {
  std::erase_if(headers, [&](const auto& header) { return header.first == wanted; });
}

// What our profile answers to the fault a vector's name tells; nothing when the fault is not one of a signature of ours.
std::optional<std::string> answer_to(const std::string& name) {
  Profile p;
  HeaderList good = p.signed_headers(p.now, p.now + 300);
  EXPECT_EQ(p.judge(good), "");
  HeaderList bad = good;
  const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
  std::string& input = value(bad, "Signature-Input");
  std::string& signature = value(bad, "Signature");
  if (has("no-signature-header") || has("unsigned-protocol-method") || has("authentication-unsigned")) {
    remove(bad, "Signature-Input");
    remove(bad, "Signature");
  } else if (has("wrong-tag")) {
    replace(input, "gatehouse-v1", "example-org/signing/v1");
  } else if (has("expired-signature")) {
    bad = p.signed_headers(p.now - 800, p.now - 500);
  } else if (has("window-too-long")) {
    bad = p.signed_headers(p.now, p.now + 1200);
  } else if (has("expires-le-created")) {
    bad = p.signed_headers(p.now, p.now);
  } else if (has("alg-not-allowed")) {
    replace(input, "alg=\"ed25519\"", "alg=\"rsa-pss-sha512\"");
  } else if (has("missing-covered-component") || has("missing-authority-component")) {
    replace(input, "\"@authority\" ", "");
  } else if (has("missing-content-digest")) {
    replace(input, "\"content-digest\" ", "");
  } else if (has("unknown-keyid")) {
    replace(input, "test-ed25519-2026", "not-a-real-kid");
  } else if (has("content-digest-mismatch")) {
    value(bad, "Content-Digest") = "sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
  } else if (has("malformed-header") || has("malformed-signature-input")) {
    input = "this-is-not-a-valid-rfc-9421-signature-input";
  } else if (has("missing-expires-param")) {
    replace(input, ";expires=" + std::to_string(p.now + 300), "");
  } else if (has("missing-nonce-param")) {
    replace(input, ";nonce=\"AAAAAAAAAAAAAAAAAAAAAA==\"", "");
  } else if (has("signature-invalid")) {
    signature = "sig1=:" + base64(std::string(64, '\1')) + ":";
  } else if (has("signature-without")) {
    remove(bad, "Signature-Input");
  } else if (has("duplicate-signature-input-label")) {
    input += ", " + input;
  } else if (has("multi-valued-content-type")) {
    value(bad, "Content-Type") = "application/json, text/plain";
  } else if (has("multi-valued-content-digest")) {
    value(bad, "Content-Digest") += ", sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:";
  } else if (has("unquoted-string-param")) {
    replace(input, "keyid=\"test-ed25519-2026\"", "keyid=test-ed25519-2026");
  } else if (has("non-ascii-host")) {
    p.authority = "b\xc3\xbc" "cher.example.com";
  } else if (has("base64url") || has("base64-alphabet-mixing")) {
    signature = "sig1=:" + std::string(84, '_') + "-_==:";
  } else if (has("multiple-trailing-dots")) {
    p.authority = "seller.example.com..";
  } else {
    return std::nullopt;
  }
  return p.judge(bad);
}

TEST(Adcp, negative_classes_are_refused_by_the_rule_that_names_them) {
  VECTORS_OR_SKIP(folder, "adcp-httpsig");
  // Faults outside a pure check of one request of our profile, and where they are met instead.
  const std::map<std::string, std::string> elsewhere = {
      {"replayed-nonce", "nonces are remembered in the commit's transaction"},
      {"key-revoked", "the key look-up knows current keys only: same answer as an unknown one"},
      {"rate-abuse", "rate limits are the server's"},
      {"revocation-stale", "the directory is read again with every commit"},
      {"key-ops-missing-verify", "keys have kinds (signing, age, tls_pin); the look-up gives signing keys only"},
      {"wrong-adcp-use", "as above"},
      {"jwk-alg-crv-mismatch", "keys are raw Ed25519, without a JWK that could contradict itself"},
      {"digest-covered-when-forbidden", "our profile always wants the digest"},
  };
  const std::map<std::string, std::string> codes = {
      {"request_signature_required", "signature_missing"},
      {"request_signature_tag_invalid", "signature_missing"},
      {"request_signature_window_invalid", "expired window_too_long"},
      {"request_signature_alg_not_allowed", "algorithm_refused"},
      {"request_signature_components_incomplete", "component_missing"},
      {"request_signature_key_unknown", "unknown_key"},
      {"request_signature_digest_mismatch", "digest_mismatch"},
      {"request_signature_header_malformed", "signature_malformed component_malformed digest_malformed parameter_malformed"},
      {"request_signature_params_incomplete", "parameter_missing"},
      {"request_signature_invalid", "signature_invalid"},
      {"request_target_uri_malformed", "signature_invalid component_malformed"},
  };
  std::size_t met = 0, not_ours = 0;
  for (const auto& path : conformance::files_under(folder, ".json")) {
    if (path.parent_path().filename() != "negative") continue;
    SCOPED_TRACE(path);
    const auto json = nlohmann::json::parse(conformance::read_file(path));
    const std::string name = path.stem();
    bool listed = false;
    for (const auto& [fault, why] : elsewhere) listed = listed || name.ends_with(fault);
    if (listed) {
      ++not_ours;
      continue;
    }
    conformance::count_case(path);
    const auto answer = answer_to(name);
    ASSERT_TRUE(answer) << "a class that is neither tested nor listed";
    EXPECT_NE(*answer, "");
    std::string code = json.at("expected_outcome").at("error_code");
    if (code.starts_with("webhook_signature")) code.replace(0, 7, "request");
    const auto wanted = codes.find(code);
    ASSERT_NE(wanted, codes.end()) << code;
    EXPECT_NE(wanted->second.find(*answer), std::string::npos) << *answer << " for " << code;
    ++met;
  }
  EXPECT_GE(met, 38u);
  EXPECT_LE(not_ours, 13u);
}

std::string as_base64(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return text;
}

// Their components (`@target-uri`) and tags are not ours, so the base is taken as given; that it is the base, and that their signature, once translated
// into the base64 that RFC 8941 has, verifies with their key, is judged with our reader and our check. P-256 ones are left out: the profile is Ed25519.
TEST(Adcp, positive_signatures_verify_once_their_alphabet_is_translated) {
  VECTORS_OR_SKIP(folder, "adcp-httpsig");
  std::map<std::string, std::string> keys;
  for (const char* suite : {"request-signing", "webhook-signing"}) {
    const auto directory = nlohmann::json::parse(conformance::read_file(folder / suite / "keys.json"));
    for (const auto& key : directory.at("keys"))
      if (key.at("crv") == "Ed25519") keys[key.at("kid")] = from_base64(as_base64(key.at("x"))).value();
  }
  std::size_t verified = 0, other_algorithm = 0, without_base = 0;
  for (const auto& path : conformance::files_under(folder, ".json")) {
    if (path.parent_path().filename() != "positive") continue;
    SCOPED_TRACE(path);
    const auto json = nlohmann::json::parse(conformance::read_file(path));
    if (!json.contains("expected_signature_base")) {
      ++without_base;
      continue;
    }
    const auto& headers = json.at("request").at("headers");
    const auto inputs = sf::parse_dictionary(headers.at("Signature-Input").get<std::string>());
    ASSERT_TRUE(inputs);
    bool counted = false;
    for (const auto& [label, member] : *inputs) {
      const auto& list = std::get<sf::InnerList>(member);
      std::string keyid, params;
      for (const auto& [name, value] : list.parameters)
        if (name == "keyid") keyid = std::get<std::string>(value);
      sf::append(params, list);
      const std::string base = json.at("expected_signature_base");
      if (!base.ends_with("\"@signature-params\": " + params)) continue;   // of another label
      if (!keys.contains(keyid)) {
        ++other_algorithm;
        continue;
      }
      const std::string text = headers.at("Signature").get<std::string>(), mark = label + "=:";
      const std::size_t from = text.find(mark) + mark.size();
      const auto signature = from_base64(as_base64(text.substr(from, text.find(':', from) - from)));
      ASSERT_TRUE(signature);
      EXPECT_TRUE(verify_ed25519(keys.at(keyid), base, *signature));
      EXPECT_FALSE(verify_ed25519(keys.at(keyid), base + " ", *signature));
      // As it stands it is no binary value.
      if (text.find('_') != std::string::npos || text.find('-') != std::string::npos) EXPECT_FALSE(sf::parse_dictionary(text));
      ++verified;
      counted = true;
    }
    if (counted) conformance::count_case(path);
  }
  std::cout << "[   COUNT  ] adcp positive: " << verified << " verified, " << other_algorithm << " with P-256 and " << without_base << " without a base left out\n";
  EXPECT_GE(verified, 15u);
}

}  // namespace
}  // namespace gatehouse::crypto
