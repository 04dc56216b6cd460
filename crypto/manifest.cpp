#include "crypto/manifest.hpp"

#include <nlohmann/json.hpp>

namespace gatehouse::crypto {
namespace {

std::unexpected<Error> refuse(std::string where, std::string what, std::string remedy) {
  return std::unexpected(Error{"bad_manifest", std::move(where), std::move(what), std::move(remedy)});
}

bool is_sha256_hex(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

constexpr std::size_t kLongest = 16384;  // bytes of a whole manifest

}  // namespace

std::string to_canonical_json(const Manifest& m) {
  // nlohmann's object is a sorted map and dump() writes no white space: the canonical form.
  const nlohmann::json json = {{"created", m.created}, {"expires", m.expires},   {"legal_basis", m.legal_basis}, {"length", m.length},
                               {"log", m.log},         {"partner", m.partner},   {"purpose", m.purpose},         {"recipient", m.recipient},
                               {"release_id", m.release_id}, {"sha256", m.sha256}, {"v", 1}};
  return json.dump() + "\n";
}

std::expected<Manifest, Error> read_manifest(std::string_view text) {
  if (text.size() > kLongest) return refuse("manifest", "it is longer than 16,384 bytes", "a manifest as the release carries it");
  // No exception for a partner's bytes: parse() answers `discarded`. The depth is bounded by the size above.
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) return refuse("manifest", "it is not a JSON object", "a manifest as the release carries it");
  Manifest m;
  const auto text_at = [&](const char* key, std::string& out) -> bool {
    const auto it = json.find(key);
    if (it == json.end() || !it->is_string()) return false;
    out = it->get<std::string>();
    return true;
  };
  const auto time_at = [&](const char* key, std::int64_t& out) -> bool {
    const auto it = json.find(key);
    if (it == json.end() || !it->is_number_integer()) return false;
    if (it->is_number_unsigned() && it->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return false;
    out = it->get<std::int64_t>();
    return true;
  };
  const std::pair<const char*, std::string*> texts[] = {{"legal_basis", &m.legal_basis}, {"log", &m.log},         {"partner", &m.partner},
                                                        {"purpose", &m.purpose},         {"recipient", &m.recipient},
                                                        {"release_id", &m.release_id},   {"sha256", &m.sha256}};
  for (const auto& [key, out] : texts)
    if (!text_at(key, *out)) return refuse(std::string("$.") + key, "it is missing or not text", "a manifest as the release carries it");
  if (!time_at("created", m.created)) return refuse("$.created", "it is missing or not a whole number", "seconds since 1970");
  if (!time_at("expires", m.expires)) return refuse("$.expires", "it is missing or not a whole number", "seconds since 1970");
  const auto length = json.find("length");
  if (length == json.end() || !length->is_number_unsigned()) return refuse("$.length", "it is missing or not a size", "the bytes of the age file");
  m.length = length->get<std::uint64_t>();
  const auto version = json.find("v");
  if (version == json.end() || !version->is_number_unsigned() || version->get<std::uint64_t>() != 1)
    return refuse("$.v", "this version is not known", "1");
  if (!is_sha256_hex(m.sha256)) return refuse("$.sha256", "it is not a SHA-256", "64 lower-case hex digits");
  // One test refuses what is left: unknown and repeated keys, white space, another order, another way of writing a number or a text.
  bool same = false;
  try {
    same = to_canonical_json(m) == text;
  } catch (const nlohmann::json::exception&) {  // text that is not UTF-8 cannot be written again
  }
  if (!same) return refuse("manifest", "it is not in canonical form", "sorted keys, no others, no white space, one final newline");
  return m;
}

}  // namespace gatehouse::crypto
