// A request's fields in lines `Name: value`, then an empty line and the body. Nothing that was not signed with the key may verify.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/http_signature.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

const SigningKey& key() {
  static const SigningKey made = [] {
    if (!start()) std::abort();
    return SigningKey::generate();  // another one in every run: no corpus can hold a signature of it
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  HeaderList headers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(':'), line.size());
    headers.emplace_back(std::string(line.substr(0, colon)), std::string(line.substr(std::min(colon + 1, line.size()))));
  }
  SignedRequest request;
  request.method = "POST";
  request.authority = "gatehouse.example.org";
  request.path = "/v1/requests";
  request.query = "?";
  request.headers = &headers;
  request.body = text;
  request.has_body = !text.empty();
  SignatureRules rules;
  rules.now = 1795341600;
  const auto lookup = [](std::string_view) -> std::optional<std::string> { return key().public_key(); };
  if (verify_request(request, rules, lookup)) std::abort();
  if (verify_response(key().public_key(), 200, headers, text, request, rules)) std::abort();
  for (const auto& [name, value] : headers) {
    (void)signature_base(request, 200, value);
    (void)check_content_digest(value, text);
  }
  // An answer to any question, however broken, can be signed and carries two fields a client can read.
  const auto answer = sign_response(key(), "release-2026-1", 400, "{}", request, "sig1", rules.now);
  if (answer.signature.find('\n') != std::string::npos || answer.signature_input.find('\n') != std::string::npos) std::abort();
  return 0;
}
