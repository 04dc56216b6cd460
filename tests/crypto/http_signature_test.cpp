#include "crypto/http_signature.hpp"

#include <gtest/gtest.h>

namespace gatehouse::crypto {
namespace {

constexpr std::int64_t kNow = 1795341600;

struct Exchange {
  SigningKey partner = SigningKey::generate(), gateway = SigningKey::generate();
  std::string method = "POST", authority = "gatehouse.example.org", path = "/v1/requests", query = "?", body = R"({"purpose":"early_help"})";
  bool has_body = true;
  HeaderList plain = {{"Content-Type", "application/json"}, {"Idempotency-Key", "key-1"}};
  HeaderList headers;
  SignatureRules rules;

  Exchange() {
    rules.now = kNow;
    sign();
  }
  SignedRequest request(const HeaderList& with) const {
    SignedRequest out;
    out.method = method;
    out.authority = authority;
    out.path = path;
    out.query = query;
    out.headers = &with;
    out.body = body;
    out.has_body = has_body;
    return out;
  }
  void sign(std::int64_t created = kNow, std::int64_t expires = kNow + 300) {
    headers = plain;
    const auto add = sign_request(partner, "kent-mash/sig/1", request(plain), created, expires, make_nonce());
    if (!add.content_digest.empty()) headers.emplace_back("content-digest", add.content_digest);
    headers.emplace_back("Signature-Input", add.signature_input);
    headers.emplace_back("SIGNATURE", add.signature);
  }
  std::expected<VerifiedSignature, Error> verify() const {
    return verify_request(request(headers), rules, [this](std::string_view keyid) -> std::optional<std::string> {
      if (keyid != "kent-mash/sig/1") return std::nullopt;
      return partner.public_key();
    });
  }
  std::string code() const {
    const auto verified = verify();
    return verified ? "" : verified.error().code;
  }
  std::string& header(std::string_view name) {
    for (auto& [key, value] : headers)
      if (key == name) return value;
    ADD_FAILURE() << name;
    return headers.front().second;
  }
};

void replace(std::string& text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what << " in " << text;
  text.replace(at, what.size(), with);
}

TEST(HttpSignature, a_request_as_signed_is_verified_with_its_key_and_window) {
  Exchange e;
  const auto verified = e.verify();
  ASSERT_TRUE(verified) << verified.error().text();
  EXPECT_EQ(verified->keyid, "kent-mash/sig/1");
  EXPECT_EQ(verified->created, kNow);
  EXPECT_EQ(verified->expires, kNow + 300);
  EXPECT_EQ(verified->label, "sig1");
  EXPECT_EQ(from_base64(verified->nonce)->size(), 16u);
}

TEST(HttpSignature, a_request_without_a_body_covers_method_authority_path_and_query) {
  Exchange e;
  e.method = "GET";
  e.body.clear();
  e.has_body = false;
  e.path = "/v1/requests/rq_1";
  e.query = "?x=1";
  e.plain.clear();
  e.sign();
  EXPECT_EQ(e.code(), "");
  for (const HeaderList& h : {e.headers}) EXPECT_EQ(h.size(), 2u);
  e.query = "?x=2";
  EXPECT_EQ(e.code(), "signature_invalid");
  e.query = "?x=1";
  // A body smuggled under a signature that was made for none.
  e.body = "{}";
  e.has_body = true;
  EXPECT_EQ(e.code(), "component_missing");
}

TEST(HttpSignature, every_change_of_what_is_covered_is_refused) {
  Exchange e;
  const auto changed = [&](auto change) {
    Exchange other;
    other.partner = SigningKey::from_seed(e.partner.seed().clone(KeyAccess::granted_to("test: same key"))).value();
    other.sign();
    EXPECT_EQ(other.code(), "");
    change(other);
    return other.code();
  };
  EXPECT_EQ(changed([](Exchange& x) { x.method = "PUT"; }), "signature_invalid");
  EXPECT_EQ(changed([](Exchange& x) { x.authority = "other.example.org"; }), "signature_invalid");
  EXPECT_EQ(changed([](Exchange& x) { x.path = "/v1/statistics"; }), "signature_invalid");
  EXPECT_EQ(changed([](Exchange& x) { x.query = "?a"; }), "signature_invalid");
  EXPECT_EQ(changed([](Exchange& x) { x.body += " "; }), "digest_mismatch");
  EXPECT_EQ(changed([](Exchange& x) { x.header("content-digest") = content_digest("other"); }), "digest_mismatch");
  EXPECT_EQ(changed([](Exchange& x) {
              x.body = "other";
              x.header("content-digest") = content_digest("other");
            }),
            "signature_invalid");
  EXPECT_EQ(changed([](Exchange& x) { x.header("Content-Type") = "text/plain"; }), "signature_invalid");
  EXPECT_EQ(changed([](Exchange& x) { x.header("Idempotency-Key") = "key-2"; }), "signature_invalid");
  EXPECT_EQ(changed([](Exchange& x) { x.headers.emplace_back("idempotency-key", "key-2"); }), "component_malformed");
  EXPECT_EQ(changed([](Exchange& x) { x.headers.emplace_back("content-type", "application/json"); }), "component_malformed");
}

TEST(HttpSignature, each_rule_about_parameters_answers_by_its_name) {
  const std::string window = ";created=" + std::to_string(kNow) + ";expires=" + std::to_string(kNow + 300);
  const auto input = [&](const std::string& what, const std::string& with) {
    Exchange e;
    replace(e.header("Signature-Input"), what, with);
    return e.code();
  };
  EXPECT_EQ(input(";alg=\"ed25519\"", ""), "signature_invalid");  // allowed, but not what was signed
  EXPECT_EQ(input("\"ed25519\"", "\"hmac-sha256\""), "algorithm_refused");
  EXPECT_EQ(input("\"ed25519\"", "ed25519"), "parameter_malformed");
  EXPECT_EQ(input("keyid=\"kent-mash/sig/1\"", "keyid=\"kent-mash/sig/2\""), "unknown_key");
  EXPECT_EQ(input("keyid=\"kent-mash/sig/1\";", ""), "parameter_missing");
  EXPECT_EQ(input("keyid=", "Keyid="), "signature_malformed");
  EXPECT_EQ(input("gatehouse-v1", "gatehouse-v2"), "signature_missing");
  EXPECT_EQ(input(";tag=\"gatehouse-v1\"", ""), "signature_missing");
  EXPECT_EQ(input(";tag=\"gatehouse-v1\"", ";tag=gatehouse-v1"), "parameter_malformed");
  EXPECT_EQ(input(";tag=\"gatehouse-v1\"", ";tag=\"gatehouse-v1\";x=1"), "parameter_unknown");
  EXPECT_EQ(input(";tag=\"gatehouse-v1\"", ";tag=\"x\";tag=\"gatehouse-v1\""), "signature_malformed");
  EXPECT_EQ(input(window, ";created=" + std::to_string(kNow)), "parameter_missing");
  EXPECT_EQ(input(window, ";created=" + std::to_string(kNow) + ";expires=" + std::to_string(kNow + 301)), "window_too_long");
  EXPECT_EQ(input(window, ";created=" + std::to_string(kNow) + ";expires=" + std::to_string(kNow)), "window_too_long");
  EXPECT_EQ(input(window, ";created=" + std::to_string(kNow + 61) + ";expires=" + std::to_string(kNow + 300)), "not_yet_valid");
  EXPECT_EQ(input(window, ";created=" + std::to_string(kNow - 200) + ";expires=" + std::to_string(kNow - 61)), "expired");
  EXPECT_EQ(input(window, ";created=-1;expires=5"), "parameter_malformed");
  EXPECT_EQ(input(window, ";created=\"1\";expires=5"), "parameter_malformed");
  EXPECT_EQ(input(window, ";created=999999999999999;expires=999999999999999"), "window_too_long");
}

TEST(HttpSignature, clocks_may_differ_by_a_minute_and_no_more) {
  Exchange e;
  e.sign(kNow + 60, kNow + 100);
  EXPECT_EQ(e.code(), "");
  e.sign(kNow - 360, kNow - 60);
  EXPECT_EQ(e.code(), "");
  e.sign(kNow - 361, kNow - 61);
  EXPECT_EQ(e.code(), "expired");
}

TEST(HttpSignature, each_rule_about_components_answers_by_its_name) {
  const auto input = [&](const std::string& what, const std::string& with) {
    Exchange e;
    replace(e.header("Signature-Input"), what, with);
    return e.code();
  };
  for (const char* name : {"@method", "@authority", "@path", "@query", "content-digest", "content-type"})
    EXPECT_EQ(input("\"" + std::string(name) + "\" ", ""), "component_missing") << name;
  EXPECT_EQ(input(" \"idempotency-key\"", ""), "component_missing");
  EXPECT_EQ(input("\"@method\"", "\"@method\" \"@method\""), "signature_malformed");
  EXPECT_EQ(input("\"@method\"", "\"@method\" \"@request-target\""), "component_unknown");
  EXPECT_EQ(input("\"@method\"", "\"@method\" \"@status\""), "component_unknown");
  EXPECT_EQ(input("\"@method\"", "\"@method\" \"x-not-there\""), "component_missing");
  EXPECT_EQ(input("\"@method\"", "\"@method\" \"Content-Type\""), "component_unknown");
  EXPECT_EQ(input("\"@method\"", "\"@method\";req"), "component_unknown");
  EXPECT_EQ(input("\"content-type\"", "\"content-type\";sf"), "component_unknown");
  EXPECT_EQ(input("\"@method\"", "@method"), "signature_malformed");
  EXPECT_EQ(input("\"@method\"", "method"), "signature_malformed");
}

TEST(HttpSignature, the_pair_of_fields_must_be_whole_and_unambiguous) {
  Exchange e;
  const HeaderList good = e.headers;
  const auto without = [&](const char* name) {
    e.headers = good;
    std::erase_if(e.headers, [&](const auto& h) { return h.first == name; });
    return e.code();
  };
  EXPECT_EQ(without("Signature-Input"), "signature_malformed");
  EXPECT_EQ(without("SIGNATURE"), "signature_malformed");
  e.headers = e.plain;
  EXPECT_EQ(e.code(), "signature_missing");
  const auto with = [&](const char* name, const std::string& add) {
    e.headers = good;
    e.headers.emplace_back(name, add);
    return e.code();
  };
  // Others may sign too, under their own tag, on lines of their own.
  EXPECT_EQ(with("signature-input", "proxy=(\"@method\");created=1;keyid=\"p\";tag=\"proxy\""), "");
  EXPECT_EQ(with("signature-input", "sig1=(\"@method\")"), "signature_malformed");
  EXPECT_EQ(with("signature-input", "sig2=(\"@method\");tag=\"gatehouse-v1\""), "signature_ambiguous");
  EXPECT_EQ(with("signature-input", "sig2"), "signature_malformed");
  EXPECT_EQ(with("signature", "sig1=:AA==:"), "signature_malformed");
  e.headers = good;
  replace(e.header("SIGNATURE"), "sig1=:", "sig2=:");
  EXPECT_EQ(e.code(), "signature_malformed");
  e.headers = good;
  e.header("SIGNATURE") = "sig1=:" + base64(std::string(63, 'x')) + ":";
  EXPECT_EQ(e.code(), "signature_malformed");
  e.headers = good;
  e.header("Signature-Input") += std::string(20000, ' ');
  EXPECT_EQ(e.code(), "");  // white space at the end is not part of the field
  e.header("Signature-Input") = "sig1=(" + std::string(20000, ' ') + ")";
  EXPECT_EQ(e.code(), "signature_malformed");
}

TEST(HttpSignature, the_nonce_is_base64_of_sixteen_bytes) {
  for (const std::string& nonce : {std::string("abc"), base64(random_bytes(15)), base64(random_bytes(17)), base64_unpadded(random_bytes(16))}) {
    Exchange e;
    const auto add = sign_request(e.partner, "kent-mash/sig/1", e.request(e.plain), kNow, kNow + 300, nonce);
    e.header("Signature-Input") = add.signature_input;
    e.header("SIGNATURE") = add.signature;
    EXPECT_EQ(e.code(), "parameter_malformed") << nonce;
  }
}

TEST(HttpSignature, authorities_are_compared_in_lower_case_without_the_default_port) {
  Exchange e;
  for (const char* same : {"GATEHOUSE.example.org", "gatehouse.example.org:443"}) {
    e.authority = same;
    EXPECT_EQ(e.code(), "") << same;
  }
  for (const char* other : {"gatehouse.example.org:80", "gatehouse.example.org:8443", "gatehouse.example.org."}) {
    e.authority = other;
    EXPECT_EQ(e.code(), "signature_invalid") << other;
  }
  for (const char* bad : {"", "user@gatehouse.example.org", "gate house", "b\xc3\xbc" "cher.example.org", "a/b", "a,b"}) {
    e.authority = bad;
    EXPECT_EQ(e.code(), "component_malformed") << bad;
  }
  e.authority = "[2001:db8::1]:443";
  e.sign();
  e.authority = "[2001:DB8::1]";
  EXPECT_EQ(e.code(), "");
}

TEST(HttpSignature, every_known_digest_must_match) {
  const std::string body = "words";
  const std::string good = content_digest(body);
  EXPECT_TRUE(check_content_digest(good, body));
  EXPECT_TRUE(check_content_digest("md5=:AA==:, " + good, body));
  EXPECT_EQ(check_content_digest(good + ", sha-512=:AA==:", body).error().code, "digest_mismatch");
  EXPECT_EQ(check_content_digest("md5=:AA==:", body).error().code, "digest_malformed");
  EXPECT_EQ(check_content_digest("sha-256=abc", body).error().code, "digest_malformed");
  EXPECT_EQ(check_content_digest(good + ", " + good, body).error().code, "digest_malformed");
  EXPECT_EQ(check_content_digest("", body).error().code, "digest_malformed");
}

struct Answered : Exchange {
  int status = 202;
  std::string answer = R"({"status":"waiting"})";
  HeaderList out;

  Answered() { answer_it("sig1"); }
  void answer_it(std::string_view label) {
    const auto add = sign_response(gateway, "release-2026-1", status, answer, request(headers), label, kNow + 1);
    out = {{"content-digest", add.content_digest}, {"signature-input", add.signature_input}, {"signature", add.signature}};
  }
  std::string judged() const {
    const auto verified = verify_response(gateway.public_key(), status, out, answer, request(headers), rules);
    return verified ? "" : verified.error().code;
  }
};

TEST(HttpSignature, an_answer_is_bound_to_its_status_body_and_question) {
  Answered e;
  EXPECT_EQ(e.judged(), "");
  EXPECT_NE(e.out[1].second.find("\"signature\";req;key=\"sig1\""), std::string::npos);
  e.status = 200;
  EXPECT_EQ(e.judged(), "signature_invalid");
  e.status = 202;
  e.answer += " ";
  EXPECT_EQ(e.judged(), "digest_mismatch");
  e.answer.pop_back();
  EXPECT_EQ(e.judged(), "");
  // The answer to another question of the same partner.
  const HeaderList first = e.headers;
  e.sign();
  EXPECT_EQ(e.judged(), "signature_invalid");
  e.headers = first;
  e.path = "/v1/statistics";
  EXPECT_EQ(e.judged(), "signature_invalid");
  e.path = "/v1/requests";
  e.rules.now = kNow + 362;
  EXPECT_EQ(e.judged(), "expired");
  e.rules.now = kNow - 60;
  EXPECT_EQ(e.judged(), "not_yet_valid");
}

TEST(HttpSignature, an_answer_that_does_not_quote_the_question_is_refused) {
  Answered e;
  e.answer_it("");
  EXPECT_EQ(e.judged(), "component_missing");
  e.answer_it("sig9");
  EXPECT_EQ(e.judged(), "component_missing");
}

TEST(HttpSignature, an_answer_to_an_unsigned_or_broken_question_is_still_signed) {
  Answered e;
  e.headers = {{"Content-Type", "application/json"}};
  e.answer_it("");
  EXPECT_EQ(e.judged(), "");
  e.headers.emplace_back("Signature", "\xff\xff");
  e.authority = "not an authority";
  e.answer_it("sig1");
  EXPECT_FALSE(e.out[2].second.empty());
}

}  // namespace
}  // namespace gatehouse::crypto
