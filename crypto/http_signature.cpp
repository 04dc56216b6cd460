#include "crypto/http_signature.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "crypto/structured_fields.hpp"

namespace gatehouse::crypto {
namespace {

constexpr std::size_t kLongestField = 16384;  // bytes of one Signature-Input or Signature field

std::unexpected<Error> refuse(const char* code, std::string where, std::string what, std::string remedy) {
  return std::unexpected(Error{code, std::move(where), std::move(what), std::move(remedy)});
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_name(std::string_view a, std::string_view lower_b) {
  return a.size() == lower_b.size() && std::equal(a.begin(), a.end(), lower_b.begin(), [](char x, char y) { return lower(x) == y; });
}

std::string_view trim(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

struct Field {
  std::size_t lines = 0;
  std::string value;                     // of all lines, each trimmed, joined with ", " (RFC 9421 section 2.1)
};

Field field(const HeaderList* headers, std::string_view name) {
  Field found;
  if (headers == nullptr) return found;
  for (const auto& [key, value] : *headers) {
    if (!same_name(key, name)) continue;
    if (found.lines++ != 0) found.value += ", ";
    found.value += trim(value);
  }
  return found;
}

// Lower case, the scheme's default port dropped, brackets of IPv6 kept (RFC 9421 section 2.2.3). Nothing for what is no ASCII authority.
std::optional<std::string> normal_authority(std::string_view authority, std::string_view scheme) {
  if (authority.empty() || authority.size() > 300) return std::nullopt;
  std::string out;
  out.reserve(authority.size());
  for (const char c : authority) {
    if (c <= 0x20 || c > 0x7e || c == '/' || c == '?' || c == '#' || c == '@' || c == '"' || c == '\\' || c == ',') return std::nullopt;
    out += lower(c);
  }
  const std::string_view port = scheme == "http" ? ":80" : ":443";
  if (out.ends_with(port) && out.size() > port.size()) out.resize(out.size() - port.size());
  return out;
}

std::string_view path_of(const SignedRequest& request) { return request.path.empty() ? std::string_view("/") : request.path; }
std::string_view query_of(const SignedRequest& request) { return request.query.empty() ? std::string_view("?") : request.query; }

bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

// A header field as a component. Fields that hold one value must come on one line; a comma in a media type means two were merged.
std::expected<std::string, Error> field_component(const HeaderList* headers, std::string_view name) {
  Field found = field(headers, name);
  if (found.lines == 0) return refuse("component_missing", std::string(name), "the field is covered and not in the message", "send it");
  const bool single = name == "content-type" || name == "idempotency-key";
  if (single && (found.lines > 1 || (name == "content-type" && found.value.find(',') != std::string::npos)))
    return refuse("component_malformed", std::string(name), "the field has more than one value", "exactly one");
  for (const char c : found.value)
    if (c == '\n' || c == '\r' || c == '\0') return refuse("component_malformed", std::string(name), "the field holds a line break", "one line");
  return std::move(found.value);
}

std::expected<std::string, Error> derived_component(const SignedRequest& request, std::string_view name) {
  if (name == "@method") {
    if (request.method.empty() || !printable(request.method)) return refuse("component_malformed", "@method", "it is no method", "as sent");
    return std::string(request.method);
  }
  if (name == "@path" || name == "@query" || name == "@request-target" || name == "@target-uri") {
    if (!printable(request.path) || !printable(request.query))
      return refuse("component_malformed", std::string(name), "it holds bytes outside visible ASCII", "percent-encode them");
  }
  if (name == "@path") return std::string(path_of(request));
  if (name == "@query") return std::string(query_of(request));
  if (name == "@scheme") return std::string(request.scheme);
  if (name == "@authority" || name == "@target-uri") {
    auto authority = normal_authority(request.authority, request.scheme);
    if (!authority) return refuse("component_malformed", "@authority", "it is no ASCII host and port", "the Host field, as an A-label");
    if (name == "@authority") return *authority;
    std::string uri(request.scheme);
    uri += "://";
    uri += *authority;
    uri += path_of(request);
    if (query_of(request) != "?") uri += request.query;
    return uri;
  }
  if (name == "@request-target") return std::string(path_of(request)) + (query_of(request) == "?" ? std::string() : std::string(request.query));
  return refuse("component_unknown", std::string(name), "this component is not known", "@method, @authority, @path, @query or a header field");
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

void append_line(std::string& base, std::string_view name, std::string_view parameters, std::string_view value) {
  base += '"';
  base += name;
  base += '"';
  base += parameters;
  base += ": ";
  base += value;
  base += '\n';
}

// ------------------------------------------------------------------------------------------------ reading the two fields

struct Signature {
  std::string label;
  sf::InnerList input;                   // covered components and parameters
  std::string bytes;                     // 64
};

const std::string* text_parameter(const sf::Parameters& parameters, std::string_view name) {
  const sf::BareItem* item = sf::find(parameters, name);
  return item == nullptr ? nullptr : std::get_if<std::string>(item);
}

// The one signature with our tag. Others' signatures are not looked at, but must be readable.
std::expected<Signature, Error> ours(const HeaderList* headers, std::string_view tag) {
  const Field input = field(headers, "signature-input"), value = field(headers, "signature");
  if (input.lines == 0 && value.lines == 0)
    return refuse("signature_missing", "signature", "the message is not signed", "Signature-Input and Signature (RFC 9421)");
  if (input.lines == 0 || value.lines == 0)
    return refuse("signature_malformed", "signature", "one of Signature-Input and Signature came without the other", "both");
  if (input.value.size() > kLongestField || value.value.size() > kLongestField)
    return refuse("signature_malformed", "signature", "the field is too long", "at most 16,384 bytes");
  auto inputs = sf::parse_dictionary(input.value, sf::Repeats::refuse);
  if (!inputs) return refuse("signature_malformed", "signature-input, " + inputs.error().where, inputs.error().what, inputs.error().remedy);
  auto values = sf::parse_dictionary(value.value, sf::Repeats::refuse);
  if (!values) return refuse("signature_malformed", "signature, " + values.error().where, values.error().what, values.error().remedy);

  std::optional<Signature> found;
  for (auto& [label, member] : *inputs) {
    auto* list = std::get_if<sf::InnerList>(&member);
    if (list == nullptr)
      return refuse("signature_malformed", "signature-input", "a member is not a list of components", "label=(\"…\" …);parameters");
    // A tag of another kind than text would be read as "not ours" here and, perhaps, as ours by somebody else.
    const sf::BareItem* written = sf::find(list->parameters, "tag");
    if (written != nullptr && !std::holds_alternative<std::string>(*written))
      return refuse("parameter_malformed", "signature-input, tag", "it is not text", "in double quotes");
    if (written == nullptr || std::get<std::string>(*written) != tag) continue;
    if (found) return refuse("signature_ambiguous", "signature-input", "two signatures carry our tag", "one");
    found = Signature{label, std::move(*list), {}};
  }
  if (!found) return refuse("signature_missing", "signature-input", "no signature carries our tag", "tag=\"" + std::string(tag) + "\"");
  const sf::Member* member = sf::find(*values, found->label);
  const auto* item = member == nullptr ? nullptr : std::get_if<sf::Item>(member);
  const auto* bytes = item == nullptr ? nullptr : std::get_if<sf::Bytes>(&item->value);
  if (bytes == nullptr) return refuse("signature_malformed", "signature", "there are no bytes under the label of the input", "label=:base64:");
  if (bytes->bytes.size() != 64) return refuse("signature_malformed", "signature", "it does not have 64 bytes", "an Ed25519 signature");
  found->bytes = bytes->bytes;
  return std::move(*found);
}

struct Parameters {
  std::string keyid, nonce;
  std::int64_t created = 0, expires = 0;
  bool has_expires = false, has_nonce = false;
};

std::expected<Parameters, Error> read_parameters(const sf::Parameters& written) {
  Parameters out;
  bool has_created = false, has_keyid = false;
  for (const auto& [name, value] : written) {
    const auto* text = std::get_if<std::string>(&value);
    const auto* number = std::get_if<std::int64_t>(&value);
    if (name == "created" || name == "expires") {
      if (number == nullptr || *number < 0) return refuse("parameter_malformed", "signature-input, " + name, "it is not a time", "whole seconds since 1970");
      (name == "created" ? out.created : out.expires) = *number;
      (name == "created" ? has_created : out.has_expires) = true;
    } else if (name == "keyid" || name == "nonce" || name == "alg" || name == "tag") {
      if (text == nullptr) return refuse("parameter_malformed", "signature-input, " + name, "it is not text", "in double quotes");
      if (name == "alg" && *text != "ed25519")
        return refuse("algorithm_refused", "signature-input, alg", "this algorithm is not the key's", "`ed25519`, or no alg");
      if (name == "keyid") {
        out.keyid = *text;
        has_keyid = true;
      } else if (name == "nonce") {
        out.nonce = *text;
        out.has_nonce = true;
      }
    } else {
      return refuse("parameter_unknown", "signature-input", "`" + name + "` is not a parameter of this profile", "created, expires, nonce, keyid, alg, tag");
    }
  }
  if (!has_created) return refuse("parameter_missing", "signature-input, created", "it is missing", "whole seconds since 1970");
  if (!has_keyid || out.keyid.empty()) return refuse("parameter_missing", "signature-input, keyid", "it is missing", "the id of your signing key");
  return out;
}

std::string describe(const std::string& name) { return name.size() <= 64 ? name : name.substr(0, 64); }

// Which of a list of required components are covered, as bits.
template <std::size_t N>
std::uint32_t bit_of(const std::array<std::string_view, N>& list, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i)
    if (list[i] == name) return 1u << i;
  return 0;
}

constexpr std::array<std::string_view, 7> kRequestComponents = {"@method",        "@authority",   "@path",          "@query",
                                                                "content-digest", "content-type", "idempotency-key"};
constexpr std::uint32_t kWithoutBody = 0x0f, kWithBody = 0x7f;

bool finish_base(std::string& base, const sf::InnerList& input) {
  base += "\"@signature-params\": ";
  return sf::append(base, input);
}

}  // namespace

std::string content_digest(std::string_view body) {
  const Digest digest = sha256(body);
  return "sha-256=:" + base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) + ":";
}

std::expected<void, Error> check_content_digest(std::string_view text, std::string_view body) {
  const auto digests = sf::parse_dictionary(text, sf::Repeats::refuse);
  if (!digests) return refuse("digest_malformed", "content-digest, " + digests.error().where, digests.error().what, digests.error().remedy);
  std::size_t known = 0;
  for (const auto& [algorithm, member] : *digests) {
    const auto* item = std::get_if<sf::Item>(&member);
    const auto* bytes = item == nullptr ? nullptr : std::get_if<sf::Bytes>(&item->value);
    if (bytes == nullptr) return refuse("digest_malformed", "content-digest", "a digest is not bytes", "sha-256=:base64:");
    bool same = false;
    if (algorithm == "sha-256") {
      const Digest digest = sha256(body);
      same = bytes->bytes.size() == digest.size() && sodium_memcmp(bytes->bytes.data(), digest.data(), digest.size()) == 0;
    } else if (algorithm == "sha-512") {
      std::array<std::uint8_t, crypto_hash_sha512_BYTES> digest;
      crypto_hash_sha512(digest.data(), reinterpret_cast<const std::uint8_t*>(body.data()), body.size());
      same = bytes->bytes.size() == digest.size() && sodium_memcmp(bytes->bytes.data(), digest.data(), digest.size()) == 0;
    } else {
      continue;
    }
    ++known;
    if (!same) return refuse("digest_mismatch", "content-digest", "the body received has another digest", "the " + algorithm + " of the bytes sent");
  }
  if (known == 0) return refuse("digest_malformed", "content-digest", "no digest we know is there", "sha-256");
  return {};
}

std::string make_nonce() { return base64(random_bytes(16)); }

std::expected<VerifiedSignature, Error> verify_request(const SignedRequest& request, const SignatureRules& rules, const KeyLookup& key) {
  auto signature = ours(request.headers, rules.tag);
  if (!signature) return std::unexpected(std::move(signature.error()));
  auto parameters = read_parameters(signature->input.parameters);
  if (!parameters) return std::unexpected(std::move(parameters.error()));
  if (!parameters->has_expires) return refuse("parameter_missing", "signature-input, expires", "it is missing", "at most 300 seconds after created");
  if (!parameters->has_nonce) return refuse("parameter_missing", "signature-input, nonce", "it is missing", "base64 of 16 random bytes");
  if (const auto nonce = from_base64(parameters->nonce); !nonce || nonce->size() != 16)
    return refuse("parameter_malformed", "signature-input, nonce", "it is not base64 of 16 bytes", "16 random bytes, padded base64");
  // RFC 8941 integers have 15 digits, so none of these sums can overflow.
  if (parameters->expires <= parameters->created || parameters->expires - parameters->created > rules.longest)
    return refuse("window_too_long", "signature-input, expires", "it does not lie within the allowed time after created",
                  "1 to " + std::to_string(rules.longest) + " seconds after created");
  if (parameters->created > rules.now + rules.skew)
    return refuse("not_yet_valid", "signature-input, created", "it lies in the future", "the present time; check the clock");
  if (parameters->expires + rules.skew < rules.now)
    return refuse("expired", "signature-input, expires", "the signature has expired", "sign the request again; check the clock");

  // The base is built while the components are checked: one pass, one string.
  std::string base;
  base.reserve(768);
  std::uint32_t covered = 0;
  bool digest_checked = false;
  const auto& items = signature->input.items;
  if (items.size() > 64) return refuse("component_unknown", "signature-input", "too many components", "at most 64");
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto* name = std::get_if<std::string>(&items[i].value);
    if (name == nullptr) return refuse("signature_malformed", "signature-input", "a component is not text", "in double quotes");
    if (!items[i].parameters.empty())
      return refuse("component_unknown", describe(*name), "component parameters are not part of this profile", "the component without parameters");
    for (std::size_t j = 0; j < i; ++j)
      if (std::get<std::string>(items[j].value) == *name) return refuse("signature_malformed", describe(*name), "the component is covered twice", "once");
    const bool derived = name->starts_with('@');
    if (derived ? *name == "@request-target" : !is_field_name(*name))
      return refuse("component_unknown", describe(*name), "this component is not part of the profile", "@method, @authority, @path, @query or a header field in lower case");
    auto value = derived ? derived_component(request, *name) : field_component(request.headers, *name);
    if (!value) return std::unexpected(std::move(value.error()));
    if (*name == "content-digest") {
      if (auto checked = check_content_digest(*value, request.body); !checked) return std::unexpected(std::move(checked.error()));
      digest_checked = true;
    }
    covered |= bit_of(kRequestComponents, *name);
    append_line(base, *name, {}, *value);
  }
  const std::uint32_t wanted = request.has_body || !request.body.empty() ? kWithBody : kWithoutBody;
  if ((covered & wanted) != wanted) {
    for (std::size_t i = 0; i < kRequestComponents.size(); ++i)
      if (((wanted & ~covered) >> i & 1u) != 0)
        return refuse("component_missing", std::string(kRequestComponents[i]), "the signature does not cover it", "cover it");
  }
  if (wanted == kWithBody && !digest_checked) return refuse("component_missing", "content-digest", "the signature does not cover it", "cover it");
  if (!finish_base(base, signature->input)) return refuse("signature_malformed", "signature-input", "it cannot be written again", "RFC 8941");

  const auto public_key = key(parameters->keyid);
  if (!public_key) return refuse("unknown_key", "signature-input, keyid", "this is not a current signing key of yours", "the id of a key the directory lists for you");
  if (!verify_ed25519(*public_key, base, signature->bytes))
    return refuse("signature_invalid", "signature", "it does not belong to this request and key", "sign exactly what is sent (RFC 9421 section 2.5)");
  return VerifiedSignature{std::move(parameters->keyid), std::move(parameters->nonce), parameters->created, parameters->expires,
                           std::move(signature->label)};
}

namespace {

void append_parameters(std::string& out, std::int64_t created, const std::int64_t* expires, std::string_view nonce, std::string_view keyid,
                       std::string_view tag) {
  out += ";created=";
  out += std::to_string(created);
  if (expires != nullptr) {
    out += ";expires=";
    out += std::to_string(*expires);
  }
  const auto text = [&out](std::string_view name, std::string_view value) {
    out += ';';
    out += name;
    out += '=';
    // What we sign with is ours: a keyid or tag outside ASCII is a mistake in the settings, not input.
    if (!sf::append(out, sf::BareItem(std::string(value)))) throw std::invalid_argument("http signature: a parameter is not ASCII text");
  };
  if (!nonce.empty()) text("nonce", nonce);
  text("keyid", keyid);
  text("alg", "ed25519");
  text("tag", tag);
}

// The value of `"signature";req;key="label"`: the member alone (RFC 9421 section 2.1.2).
std::optional<std::string> signature_member(const HeaderList* headers, std::string_view label) {
  const Field value = field(headers, "signature");
  if (value.lines == 0 || value.value.size() > kLongestField) return std::nullopt;
  const auto members = sf::parse_dictionary(value.value, sf::Repeats::refuse);
  if (!members) return std::nullopt;
  const sf::Member* member = sf::find(*members, label);
  const auto* item = member == nullptr ? nullptr : std::get_if<sf::Item>(member);
  if (item == nullptr || !std::holds_alternative<sf::Bytes>(item->value)) return std::nullopt;
  auto text = sf::serialise(*item);
  if (!text) return std::nullopt;
  return std::move(*text);
}

}  // namespace

SignedHeaders sign_request(const SigningKey& key, std::string_view keyid, const SignedRequest& request, std::int64_t created,
                           std::int64_t expires, std::string_view nonce, std::string_view tag) {
  SignedHeaders out;
  const bool body = request.has_body || !request.body.empty();
  if (body) out.content_digest = content_digest(request.body);
  std::string base;
  base.reserve(768);
  std::string params = "(";
  for (std::size_t i = 0; i < (body ? 7u : 4u); ++i) {
    const std::string_view name = kRequestComponents[i];
    std::string value;
    if (i < 4) {
      auto derived = derived_component(request, name);
      if (!derived) throw std::invalid_argument("http signature: " + derived.error().text());
      value = std::move(*derived);
    } else if (name == "content-digest") {
      value = out.content_digest;
    } else {
      auto found = field_component(request.headers, name);
      if (!found) throw std::invalid_argument("http signature: " + found.error().text());
      value = std::move(*found);
    }
    append_line(base, name, {}, value);
    if (i != 0) params += ' ';
    params += '"';
    params += name;
    params += '"';
  }
  params += ')';
  append_parameters(params, created, &expires, nonce, keyid, tag);
  base += "\"@signature-params\": ";
  base += params;
  out.signature_input = "sig1=" + params;
  out.signature = "sig1=:" + base64(key.sign(base)) + ":";
  return out;
}

SignedHeaders sign_response(const SigningKey& key, std::string_view keyid, int status, std::string_view body, const SignedRequest& request,
                            std::string_view request_label, std::int64_t created, std::string_view tag) {
  SignedHeaders out;
  out.content_digest = content_digest(body);
  std::string base, params = "(\"@status\" \"content-digest\"";
  base.reserve(1024);
  params.reserve(320);
  append_line(base, "@status", {}, std::to_string(status));
  append_line(base, "content-digest", {}, out.content_digest);
  for (const std::string_view name : {std::string_view("@method"), std::string_view("@authority"), std::string_view("@path")}) {
    // An answer to a request whose authority cannot be read is bound to what can be.
    auto value = derived_component(request, name);
    if (!value) continue;
    append_line(base, name, ";req", *value);
    params += " \"";
    params += name;
    params += "\";req";
  }
  if (Field digest = field(request.headers, "content-digest"); digest.lines != 0 && printable(digest.value)) {
    append_line(base, "content-digest", ";req", digest.value);
    params += " \"content-digest\";req";
  }
  if (!request_label.empty()) {
    if (const auto member = signature_member(request.headers, request_label)) {
      std::string parameters = ";req;key=";
      if (sf::append(parameters, sf::BareItem(std::string(request_label)))) {
        append_line(base, "signature", parameters, *member);
        params += " \"signature\"";
        params += parameters;
      }
    }
  }
  params += ')';
  append_parameters(params, created, nullptr, {}, keyid, tag);
  base += "\"@signature-params\": ";
  base += params;
  out.signature_input = "gatehouse=" + params;
  out.signature = "gatehouse=:" + base64(key.sign(base)) + ":";
  return out;
}

std::expected<void, Error> verify_response(std::string_view public_key, int status, const HeaderList& headers, std::string_view body,
                                           const SignedRequest& request, const SignatureRules& rules) {
  auto signature = ours(&headers, rules.tag);
  if (!signature) return std::unexpected(std::move(signature.error()));
  const auto parameters = read_parameters(signature->input.parameters);
  if (!parameters) return std::unexpected(parameters.error());
  if (parameters->created > rules.now + rules.skew)
    return refuse("not_yet_valid", "signature-input, created", "it lies in the future", "check the clock");
  if (parameters->created + rules.longest + rules.skew < rules.now || (parameters->has_expires && parameters->expires + rules.skew < rules.now))
    return refuse("expired", "signature-input, created", "the answer is too old", "ask again; check the clock");

  // Our own request's label, whose signature the answer must quote.
  std::string label;
  if (auto mine = ours(request.headers, rules.tag); mine) label = mine->label;
  const bool has_digest = field(request.headers, "content-digest").lines != 0;

  enum : std::uint32_t { got_status = 1, got_digest = 2, got_method = 4, got_authority = 8, got_path = 16, got_req_digest = 32, got_signature = 64 };
  std::uint32_t covered = 0;
  std::string base;
  base.reserve(1024);
  const auto& items = signature->input.items;
  if (items.size() > 64) return refuse("component_unknown", "signature-input", "too many components", "at most 64");
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto* name = std::get_if<std::string>(&items[i].value);
    if (name == nullptr) return refuse("signature_malformed", "signature-input", "a component is not text", "in double quotes");
    for (std::size_t j = 0; j < i; ++j)
      if (items[j] == items[i]) return refuse("signature_malformed", describe(*name), "the component is covered twice", "once");
    bool req = false;
    const std::string* member = nullptr;
    for (const auto& [parameter, value] : items[i].parameters) {
      if (parameter == "req" && value == sf::BareItem(true)) {
        req = true;
      } else if (parameter == "key" && *name == "signature" && std::holds_alternative<std::string>(value)) {
        member = &std::get<std::string>(value);
      } else {
        return refuse("component_unknown", describe(*name), "this component parameter is not part of the profile", "`req`, and `key` of signature");
      }
    }
    std::expected<std::string, Error> value;
    if (*name == "@status" && !req) {
      value = std::to_string(status);
      covered |= got_status;
    } else if (*name == "signature") {
      if (!req || member == nullptr) return refuse("component_unknown", "signature", "it is not the request's", "\"signature\";req;key=\"…\"");
      auto text = signature_member(request.headers, *member);
      if (!text) return refuse("component_missing", "signature", "the request has no signature of this label", "the label of the request");
      value = std::move(*text);
      if (*member == label) covered |= got_signature;
    } else if (name->starts_with('@')) {
      if (!req) return refuse("component_unknown", describe(*name), "an answer has no such component", "with ;req");
      value = derived_component(request, *name);
      covered |= *name == "@method" ? got_method : *name == "@authority" ? got_authority : *name == "@path" ? got_path : 0u;
    } else if (!is_field_name(*name)) {
      return refuse("component_unknown", describe(*name), "it is no field name in lower case", "lower case");
    } else {
      value = field_component(req ? request.headers : &headers, *name);
      if (value && *name == "content-digest") {
        covered |= req ? got_req_digest : got_digest;
        if (!req) {
          if (auto checked = check_content_digest(*value, body); !checked) return checked;
        }
      }
    }
    if (!value) return std::unexpected(std::move(value.error()));
    std::string written;
    for (const auto& [parameter, text] : items[i].parameters) {
      written += ';';
      written += parameter;
      if (text == sf::BareItem(true)) continue;
      written += '=';
      sf::append(written, text);
    }
    append_line(base, *name, written, *value);
  }
  std::uint32_t wanted = got_status | got_digest | got_method | got_authority | got_path;
  if (has_digest) wanted |= got_req_digest;
  if (!label.empty()) wanted |= got_signature;
  if ((covered & wanted) != wanted) {
    static constexpr std::array<const char*, 7> names = {"@status",    "content-digest",        "@method;req", "@authority;req",
                                                         "@path;req", "content-digest;req", "signature;req"};
    for (std::size_t i = 0; i < names.size(); ++i)
      if (((wanted & ~covered) >> i & 1u) != 0) return refuse("component_missing", names[i], "the signature does not cover it", "cover it");
  }
  if (!finish_base(base, signature->input)) return refuse("signature_malformed", "signature-input", "it cannot be written again", "RFC 8941");
  if (!verify_ed25519(public_key, base, signature->bytes))
    return refuse("signature_invalid", "signature", "it does not belong to this answer, question and key", "the gateway's published signing key");
  return {};
}

namespace {

// RFC 9421 section 2.2.8, for names and values that need no re-encoding; others are refused.
std::expected<std::string, Error> query_parameter(const SignedRequest& request, std::string_view wanted) {
  std::string_view query = query_of(request);
  query.remove_prefix(1);
  std::optional<std::string> found;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != wanted) continue;
    if (found) return refuse("component_malformed", "@query-param", "the parameter comes twice", "once");
    found = std::string(pair.substr(std::min(equals + 1, pair.size())));
    if (found->find_first_of("+%") != std::string::npos)
      return refuse("component_unknown", "@query-param", "the value is encoded", "a value that needs no encoding");
  }
  if (!found) return refuse("component_missing", "@query-param", "the query has no such parameter", "a parameter of the query");
  return std::move(*found);
}

}  // namespace

std::expected<std::string, Error> signature_base(const SignedRequest& message, std::optional<int> status, std::string_view signature_params) {
  auto list = sf::parse_list(signature_params, sf::Repeats::refuse);
  if (!list) return std::unexpected(std::move(list.error()));
  if (list->size() != 1 || !std::holds_alternative<sf::InnerList>(list->front()))
    return refuse("signature_malformed", "signature-params", "it is not one list of components", "(\"…\" …);parameters");
  const auto& input = std::get<sf::InnerList>(list->front());
  std::string base;
  for (const sf::Item& item : input.items) {
    const auto* name = std::get_if<std::string>(&item.value);
    if (name == nullptr) return refuse("signature_malformed", "signature-params", "a component is not text", "in double quotes");
    std::expected<std::string, Error> value;
    std::string written;
    if (*name == "@query-param" && item.parameters.size() == 1 && text_parameter(item.parameters, "name") != nullptr) {
      const std::string& parameter = *text_parameter(item.parameters, "name");
      value = query_parameter(message, parameter);
      written = ";name=";
      sf::append(written, sf::BareItem(parameter));
    } else if (!item.parameters.empty()) {
      return refuse("component_unknown", describe(*name), "this component parameter is not known", "no parameters");
    } else if (*name == "@status" && status) {
      value = std::to_string(*status);
    } else {
      value = name->starts_with('@') ? derived_component(message, *name) : field_component(message.headers, *name);
    }
    if (!value) return std::unexpected(std::move(value.error()));
    append_line(base, *name, written, *value);
  }
  if (!finish_base(base, input)) return refuse("signature_malformed", "signature-params", "it cannot be written again", "RFC 8941");
  return base;
}

}  // namespace gatehouse::crypto
