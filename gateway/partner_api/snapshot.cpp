#include "gateway/partner_api/snapshot.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "crypto/keys.hpp"
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

// One of urgency_clocks, or a clock of purpose_defaults. `calendar` there is a plain count of days.
std::optional<ResponseTime> read_time(const json& clock) {
  const auto duration = policy::read_duration(clock.value("duration", ""));
  const std::string calendar = clock.value("calendar", "");
  const auto counting = calendar == "calendar" ? policy::Counting::elapsed : policy::from_text<policy::Counting>(calendar);
  if (!duration || !counting) return std::nullopt;
  return ResponseTime{*duration, *counting};
}

// Reads what an answer needs from the request alone. The pack cannot loosen it, so the matrix file is enough.
std::optional<Error> read_rules(const std::string& text, const std::string& file, Policies& out) {
  const json all = json::parse(text, nullptr, false);
  if (all.is_discarded() || !all.contains("purpose_defaults") || !all.contains("urgency_clocks"))
    return Error{"bad_file", file, "has no purpose_defaults or no urgency_clocks", "use the file that comes with Gatehouse", {}};
  for (std::size_t i = 0; i < out.urgencies.size(); ++i) {
    const std::string word(policy::Words<policy::Urgency>::list[i]);
    const auto time = all["urgency_clocks"].contains(word) ? read_time(all["urgency_clocks"][word]) : std::nullopt;
    if (!time) return Error{"bad_clock", file + ": $.urgency_clocks." + word, "is no duration", "for example PT4H elapsed or P5D working", {}};
    out.urgencies[i] = *time;
  }
  for (std::size_t i = 0; i < out.purposes.size(); ++i) {
    const std::string word(policy::Words<policy::Purpose>::list[i]);
    if (!all["purpose_defaults"].contains(word))
      return Error{"missing", file + ": $.purpose_defaults." + word, "is missing", "every purpose has its defaults", {}};
    const json& defaults = all["purpose_defaults"][word];
    for (const auto& need : defaults.value("required_stated", json::array())) {
      const auto statement = policy::from_text<policy::Statement>(need.get<std::string>());
      if (!statement) return Error{"unknown_value", file + ": $.purpose_defaults." + word, "requires a statement that is not known", "", {}};
      out.purposes[i].required_stated.push_back(*statement);
    }
    for (const char* list : {"clocks", "proposed_clocks"})
      for (const auto& clock : defaults.value(list, json::array()))
        if (clock.value("kind", "") == "request_response") out.purposes[i].response = read_time(clock);
  }
  return std::nullopt;
}

}  // namespace

std::expected<std::shared_ptr<const Policies>, Error> load_policies(const Settings& settings) {
  const std::string matrix_file = settings.config_file("minimum_necessary.json");
  const auto matrix = slurp(matrix_file);
  if (!matrix) return std::unexpected(matrix.error());
  const auto law = slurp(settings.config_file("legal_refs.json"));
  if (!law) return std::unexpected(law.error());
  const auto holidays = slurp(settings.config_file("bank_holidays.json"));
  if (!holidays) return std::unexpected(holidays.error());
  const auto schema_text = slurp(settings.config_file("record_schema.json"));
  if (!schema_text) return std::unexpected(schema_text.error());
  const auto pack_text = slurp(settings.pack);
  if (!pack_text) return std::unexpected(pack_text.error());
  const auto openapi = slurp(settings.config_file("openapi.yaml"));
  if (!openapi) return std::unexpected(openapi.error());

  auto pack = policy::Pack::read(*pack_text, policy::PackReference{*matrix, *law, *holidays});
  if (!pack) {
    Error error = pack.error();
    error.where = settings.pack + ": " + error.where;
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
  auto out = std::make_shared<Policies>(Policies{std::move(*pack), std::move(*schema), std::move(*calendar), {}, {}, {}});
  if (auto bad = read_rules(*matrix, matrix_file, *out)) return std::unexpected(*bad);
  // The document is kept as JSON, which is YAML: served without a converter.
  const json document = json::parse(*openapi, nullptr, false);
  if (document.is_discarded())
    return std::unexpected(Error{"not_json", settings.config_file("openapi.yaml"), "is not JSON", "keep it in the JSON form of YAML", {}});
  out->openapi = document.dump();
  return out;
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
