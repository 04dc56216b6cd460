#include "gateway/cli/bench_check.hpp"

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/http_signature.hpp"
#include "crypto/manifest.hpp"

namespace gatehouse::cli::bench {
namespace {

using Json = nlohmann::json;

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string body_of(const std::string& request) { return request.substr(request.find("\r\n\r\n") + 4); }

crypto::HeaderList headers_of(const std::string& request) {
  auto parsed = parse(Answer{0, "HTTP/1.1 200 -" + request.substr(request.find("\r\n"))});
  return parsed ? parsed->headers : crypto::HeaderList{};
}

// Fields of config/record_schema.json of type `text` in the four categories.
bool is_text(const std::string& field) {
  static const std::set<std::string> names = {"description", "safe_times", "summary", "note"};
  return names.contains(field);
}

void check_package(const Subject& subject, const Json& package, std::vector<std::string>& wrong) {
  std::set<std::string> seen;
  for (const auto& item : package.at("items")) {
    const std::string category = item.at("category");
    seen.insert(category);
    std::size_t fields = 0, text_bytes = 0;
    for (const auto& [name, value] : item.at("fields").items()) {
      ++fields;
      if (!is_text(name)) continue;
      const std::string text = value;
      text_bytes += text.size();
      for (std::size_t i = 0; i < subject.planted.size(); ++i)
        if (text.find(subject.planted[i]) != std::string::npos)
          wrong.push_back("leak: planted value " + std::to_string(i) + " stands in " + category + "." + name);
    }
    for (const auto& had : subject.items) {
      if (had.category != category) continue;
      std::size_t had_bytes = 0;
      for (const auto& [name, value] : had.fields)
        if (is_text(name)) had_bytes += value.size();
      if (fields != had.fields.size()) wrong.push_back(category + ": " + std::to_string(fields) + " fields of " + std::to_string(had.fields.size()));
      if (text_bytes * 10 < had_bytes * 8) wrong.push_back(category + ": more than a fifth of the text is gone");
    }
  }
  for (const auto& category : released_categories())
    if (!seen.erase(category)) wrong.push_back("not released: " + category);
  for (const auto& category : seen) wrong.push_back("released without consent: " + category);
}

}  // namespace

void check_answer(const Material& material, const std::string& public_key, const std::string& request, const Answer& answer, Checked& checked) {
  const std::size_t before = checked.wrong.size();
  const auto parsed = parse(answer);
  if (!parsed) {
    checked.wrong.push_back(parsed.error());
    return;
  }
  if (parsed->status != 200) {
    checked.wrong.push_back("status " + std::to_string(parsed->status) + " where 200 was due");
    return;
  }
  const crypto::HeaderList asked_headers = headers_of(request);
  const std::string asked_body = body_of(request);
  crypto::SignedRequest asked;
  asked.method = "POST";
  asked.authority = material.authority;
  asked.path = "/v1/requests";
  asked.query = "?";
  asked.headers = &asked_headers;
  asked.body = asked_body;
  asked.has_body = true;
  crypto::SignatureRules rules;
  rules.now = now_seconds();
  if (const auto bound = crypto::verify_response(public_key, 200, parsed->headers, parsed->body, asked, rules); !bound)
    checked.wrong.push_back("answer's signature: " + bound.error().text());
  try {
    const Json body = Json::parse(parsed->body);
    const std::string manifest_text = body.at("manifest");
    const auto file = crypto::from_base64(body.at("package").get<std::string>());
    if (!file) throw std::runtime_error("package: not base64");
    if (const auto signature = crypto::sshsig_verify(public_key, crypto::kManifestNamespace, manifest_text, body.at("manifest_sig").get<std::string>()); !signature)
      checked.wrong.push_back("manifest's signature: " + signature.error().text());
    const auto manifest = crypto::read_manifest(manifest_text);
    if (!manifest) throw std::runtime_error("manifest: " + manifest.error().text());
    if (manifest->sha256 != crypto::hex(crypto::sha256(*file)) || manifest->length != file->size()) checked.wrong.push_back("manifest: names another package");
    if (manifest->partner != material.partner || manifest->recipient != material.age_keyid || manifest->purpose != kPurpose) checked.wrong.push_back("manifest: names another partner, recipient or purpose");
    std::vector<crypto::age::Identity> identities;
    identities.push_back(*crypto::age::Identity::parse(material.identity.text(crypto::KeyAccess::granted_to("bench: opens what the bench asked for"))));
    const auto plain = crypto::age::open(identities, *file);
    if (!plain) throw std::runtime_error("package: " + plain.error().text());
    if (plain->size() < 8192) checked.wrong.push_back("package: not padded to 8 KiB");
    const std::string nhs = Json::parse(asked_body).at("subject").at("nhs_number");
    for (const auto& subject : material.subjects)
      if (subject.nhs_number == nhs) check_package(subject, Json::parse(*plain), checked.wrong);
  } catch (const std::exception& error) {
    checked.wrong.push_back(std::string("answer: ") + error.what());
  }
  if (checked.wrong.size() == before) ++checked.answers;
}

void check_refusals(const Material& material, const LoadSettings& settings, const std::string& answered, Checked& checked) {
  const std::vector<std::string> fresh = signed_requests(material, 2, now_seconds());
  std::string changed_signature = fresh[0];
  const std::size_t at = changed_signature.find("\r\nsignature: ");
  char& letter = changed_signature[changed_signature.find('=', at) + 3];
  letter = letter == 'A' ? 'B' : 'A';
  std::string changed_body = fresh[1];
  changed_body[changed_body.rfind("family")] = 'F';
  for (const auto& [what, request] : {std::pair<const char*, const std::string&>{"a request sent twice", answered},
                                      {"a changed signature", changed_signature}, {"a changed body", changed_body}}) {
    const auto answer = ask_once(settings, request);
    const auto parsed = answer ? parse(*answer) : std::expected<ParsedAnswer, std::string>(std::unexpect, answer.error());
    if (!parsed) {
      checked.wrong.push_back(std::string(what) + ": " + parsed.error());
    } else if (parsed->status != 401 && parsed->status != 400 && parsed->status != 422) {
      checked.wrong.push_back(std::string(what) + " was answered with " + std::to_string(parsed->status));
    } else {
      ++checked.refusals;
    }
  }
}

std::expected<std::string, std::string> read_public_key(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::unexpected(file + ": no public key; give a base64 or an ssh-ed25519 line");
  if (line.starts_with("ssh-ed25519 ")) {
    const auto blob = crypto::from_base64(line.substr(12, line.find(' ', 12) - 12));
    if (!blob || blob->size() != 51) return std::unexpected(file + ": not an ssh-ed25519 key");
    return blob->substr(19);   // u32 11, `ssh-ed25519`, u32 32
  }
  const auto raw = crypto::from_base64(line);
  if (!raw || raw->size() != 32) return std::unexpected(file + ": not 32 bytes of base64");
  return *raw;
}

}  // namespace gatehouse::cli::bench
