#include "gateway/partner_api/snapshot.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/keys.hpp"
#include "gateway/pack_files.hpp"
#include "gateway/proof_gate.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::gateway {

namespace {

using policy::Error;
using strict::json;

std::expected<std::string, Error> slurp(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::unexpected(Error{"unreadable", file, "cannot be read", "check config_dir and pack in the settings", {}});
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

}  // namespace

std::expected<std::shared_ptr<const Policies>, Error> load_policies(const Settings& settings, const std::string& other_file) {
  const auto matrix = slurp(settings.config_file("minimum_necessary.json"));
  if (!matrix) return std::unexpected(matrix.error());
  const auto law = slurp(settings.config_file("legal_refs.json"));
  if (!law) return std::unexpected(law.error());
  const auto holidays = slurp(settings.config_file("bank_holidays.json"));
  if (!holidays) return std::unexpected(holidays.error());
  const auto schema_text = slurp(settings.config_file("record_schema.json"));
  if (!schema_text) return std::unexpected(schema_text.error());
  const std::string& pack_file = other_file.empty() ? settings.pack : other_file;
  const auto pack_text = slurp(pack_file);
  if (!pack_text) return std::unexpected(pack_text.error());
  const auto openapi = slurp(settings.config_file("openapi.yaml"));
  if (!openapi) return std::unexpected(openapi.error());

  const std::string sha256 = crypto::hex(crypto::sha256(*pack_text));
  auto pack = policy::Pack::read(*pack_text, policy::PackReference{*matrix, *law, *holidays, sha256});
  if (!pack) {
    Error error = pack.error();
    error.where = pack_file + ": " + error.where;
    return std::unexpected(std::move(error));
  }
  auto schema = policy::RecordSchema::read(*schema_text, *matrix);
  if (!schema) {
    Error error = schema.error();
    error.where = settings.config_file("record_schema.json") + ": " + error.where;
    return std::unexpected(std::move(error));
  }
  auto calendar = policy::Calendar::read(*holidays, pack->time_zone());
  if (!calendar) {
    Error error = calendar.error();
    error.where = settings.config_file("bank_holidays.json") + ": " + error.where;
    return std::unexpected(std::move(error));
  }
  std::vector<AccessWord> words;
  if (const std::string file = settings.config_file("authzen.json"); std::filesystem::exists(file)) {
    const auto text = slurp(file);
    if (!text) return std::unexpected(text.error());
    auto read = read_access_words(*text);
    if (!read) {
      Error error = read.error();
      error.where = file + ": " + error.where;
      return std::unexpected(std::move(error));
    }
    words = std::move(*read);
  }
  auto out = std::make_shared<Policies>(Policies{std::move(*pack), std::move(*schema), std::move(*calendar), {}, {}, std::move(words), pack_file, reference_digest(*matrix, *law, *holidays)});
  for (std::size_t i = 0; i < out->required.size(); ++i)
    out->required[i] = out->pack.required_statements(static_cast<policy::Purpose>(i), policy::Flow::partner_request);
  // The document is kept as JSON, which is YAML: served without a converter.
  const json document = json::parse(*openapi, nullptr, false);
  if (document.is_discarded())
    return std::unexpected(Error{"not_json", settings.config_file("openapi.yaml"), "is not JSON", "keep it in the JSON form of YAML", {}});
  out->openapi = document.dump();
  return out;
}

std::expected<std::shared_ptr<const Policies>, Error> load_approved_policies(const Settings& settings, const std::string& active_sha256, std::string* note) {
  auto named = load_policies(settings);
  if (named && (*named)->pack.identity().sha256 == active_sha256) return named;
  Error why = named ? Error{"not_approved", settings.pack, "sha256 " + (*named)->pack.identity().sha256 + " is not the pack that two officers approved" + (active_sha256.empty() ? " (none is)" : ""),
                            "approve it, or name the approved file in the settings", {}}
                    : named.error();
  std::error_code none;
  const std::string kept = kept_pack_file(settings, active_sha256);
  if (kept.empty() || !std::filesystem::exists(kept, none)) return std::unexpected(std::move(why));
  auto copy = load_policies(settings, kept);
  if (!copy || (*copy)->pack.identity().sha256 != active_sha256) return std::unexpected(std::move(why));  // a copy that is not what its name says helps nobody
  if (note != nullptr) *note = why.text();
  return copy;
}

const PartnerRecipient* Partner::recipient(policy::Instant at) const {
  for (const auto& one : recipients)
    if (one.holds(at)) return &one;
  return nullptr;
}

const PartnerSigningKey* Partner::signing_key(std::string_view keyid, policy::Instant at) const {
  for (const auto& one : signing)
    if (one.keyid == keyid && one.holds(at)) return &one;
  return nullptr;
}

policy::AgreementState Partner::agreement(policy::Purpose purpose, policy::Date today) const {
  auto state = policy::AgreementState::none;
  const auto word = policy::text(purpose);
  const auto day = std::chrono::sys_days(today);
  for (const auto& one : agency.agreements) {
    if (std::find_if(one.purposes.begin(), one.purposes.end(), [&](const std::string& p) { return p == word || p == "*"; }) == one.purposes.end())
      continue;
    if (one.from && day < std::chrono::sys_days(*one.from)) continue;  // not yet
    if (one.from && one.to && day <= std::chrono::sys_days(*one.to)) return policy::AgreementState::current;
    state = policy::AgreementState::lapsed;  // over, or without the dates that would say it holds
  }
  return state;
}

Snapshot::Snapshot(std::shared_ptr<const Settings> settings, std::shared_ptr<const Policies> policies, const policy::Directory& directory)
    : settings_(std::move(settings)), policies_(std::move(policies)), active_pack_(directory.active_pack_sha256), version_(directory.version) {
  partners_.reserve(directory.agencies.size());
  for (const auto& agency : directory.agencies) {
    Partner partner;
    partner.agency = agency;
    for (const auto& key : agency.keys) {
      const Dated dated{key.not_before, key.not_after, key.state};
      if (key.kind == "tls_pin") {
        auto& claims = pins_[key.value];
        for (auto& other : claims)
          if (other.partner != partners_.size()) other.disputed = true;
        const bool disputed = !claims.empty() && claims.front().disputed;
        claims.push_back(Pin{dated, partners_.size(), disputed});
      } else if (key.kind == "signing") {
        if (auto bytes = crypto::from_base64(key.value); bytes && bytes->size() == 32)
          partner.signing.push_back(PartnerSigningKey{dated, key.keyid, std::move(*bytes)});
      } else if (key.kind == "age") {
        if (auto recipient = crypto::age::Recipient::parse(key.value))
          partner.recipients.push_back(PartnerRecipient{dated, key.keyid, std::move(*recipient)});
      }
    }
    std::sort(partner.recipients.begin(), partner.recipients.end(), [](const auto& a, const auto& b) {
      return a.not_before != b.not_before ? a.not_before > b.not_before : a.keyid > b.keyid;
    });
    partners_.push_back(std::move(partner));
  }
}

const Partner* Snapshot::by_pin(std::string_view pin, policy::Instant at) const {
  const auto found = pins_.find(pin);
  if (found == pins_.end()) return nullptr;
  for (const auto& one : found->second)
    if (!one.disputed && one.holds(at)) return &partners_[one.partner];
  return nullptr;
}

}  // namespace gatehouse::gateway
