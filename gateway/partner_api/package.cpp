#include "gateway/partner_api/package.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "crypto/age.hpp"
#include "crypto/manifest.hpp"
#include "gateway/json_text.hpp"
#include "policy/redaction/redact.hpp"

namespace gatehouse::gateway {

using policy::Category;
using policy::ItemOutcome;
using policy::ReasonCode;

namespace {

// Names as people write them: case and runs of blanks do not count.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ' ' || c == '\t') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool names_people(Category category) {
  return category == Category::household || category == Category::parental_responsibility || category == Category::allegation ||
         category == Category::third_party;
}

// The name fields of those categories (config/record_schema.json).
bool is_name_field(Category category, std::string_view field) {
  return (category == Category::household && field == "member_name") || (category == Category::parental_responsibility && field == "holder") ||
         (category == Category::allegation && field == "accused") || (category == Category::third_party && field == "person");
}

bool secret_source(const policy::Record& record) {
  return record.category == Category::informant_identity || std::any_of(record.marks.begin(), record.marks.end(), [](const std::string& mark) {
           return mark == "informant" || mark == "given_in_confidence";
         });
}

bool informant(const policy::Person& person) {
  const std::string relation = folded(person.relation);
  return relation.find("informant") != std::string::npos || relation.find("in confidence") != std::string::npos;
}

// Leaves the fields that were asked for.
void narrow(const Asked& asked, policy::ProjectedItem& item) {
  if (asked.fields.empty()) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < item.fields.size(); ++i) {
    const bool wanted = std::any_of(asked.fields.begin(), asked.fields.end(),
                                    [&](const auto& one) { return one.first == item.category && one.second == item.fields[i].name; });
    if (!wanted) continue;
    if (kept != i) {
      item.fields[kept] = std::move(item.fields[i]);
      item.is_text[kept] = item.is_text[i];
    }
    ++kept;
  }
  item.fields.resize(kept);
  item.is_text.resize(kept);
}

// The same decision with some released items held back for a person.
policy::Decision hold_back(const policy::Decision& decision, const std::map<std::string, ReasonCode>& held) {
  if (held.empty()) return decision;
  auto items = decision.items();
  for (auto& item : items) {
    const auto why = held.find(item.id);
    if (item.outcome != ItemOutcome::release || why == held.end()) continue;
    item.outcome = ItemOutcome::refer;
    item.reason = why->second;
  }
  policy::Decision out(std::move(items), decision.missing(), decision.obligations());
  out.id = decision.id;
  out.duty = decision.duty;
  out.refer_to = decision.refer_to;
  if (out.refer_to.empty()) out.refer_to.push_back(policy::Role::ig_lead);
  out.clocks = decision.clocks;
  out.reason = decision.reason;
  out.clauses = decision.clauses;
  out.near_misses = decision.near_misses;
  out.data_protection_leg = decision.data_protection_leg;
  out.confidence_leg = decision.confidence_leg;
  out.pack = decision.pack;
  return out;
}

}  // namespace

std::vector<std::string> keep_people(const std::vector<policy::ProjectedItem>& items, const policy::CaseFile& file) {
  std::set<std::string> released, secret;
  for (const auto& item : items) {
    if (!names_people(item.category)) continue;
    const auto record = std::find_if(file.records.begin(), file.records.end(), [&](const policy::Record& one) { return one.id == item.id; });
    const bool hide = record == file.records.end() || secret_source(*record);
    for (const auto& field : item.fields)
      if (is_name_field(item.category, field.name)) (hide ? secret : released).insert(folded(field.value));
  }
  std::vector<std::string> keep;
  for (const auto& person : file.people) {
    if (person.id == file.subject || informant(person)) continue;
    const auto named = [&](const std::set<std::string>& list) {
      return std::any_of(person.names.begin(), person.names.end(), [&](const std::string& name) { return list.contains(folded(name)); });
    };
    if (named(released) && !named(secret)) keep.push_back(person.id);
  }
  return keep;
}

Cut cut_down(const Snapshot& now, const Asked& asked, const policy::Decision& decision, const policy::CaseFile& file, policy::AgencyType recipient,
             const std::string& release_id, policy::Instant at) {
  const auto& schema = now.policies().schema;
  Cut out;
  auto projected = policy::project(schema, asked.purpose, decision, file.records, at);
  std::map<std::string, ReasonCode> held;
  // An item that project() dropped is not released either.
  for (const auto& item : decision.items())
    if (item.outcome == ItemOutcome::release &&
        std::none_of(projected.begin(), projected.end(), [&](const auto& one) { return one.id == item.id; }))
      held[item.id] = ReasonCode::not_necessary;
  for (auto& item : projected) {
    if (item.needs_summary || item.refer || item.fields.empty()) {
      held[item.id] = item.needs_summary ? ReasonCode::needs_summary : ReasonCode::needs_approval;  // a person looks
      continue;
    }
    narrow(asked, item);
    if (!item.fields.empty()) out.items.push_back(std::move(item));
  }
  out.decision = hold_back(decision, held);

  out.flags.has_free_text = false;
  std::vector<redaction::Document> documents;
  std::vector<std::pair<std::size_t, std::size_t>> places;
  std::optional<std::vector<std::string>> keep;
  for (std::size_t i = 0; i < out.items.size(); ++i) {
    for (std::size_t f = 0; f < out.items[i].fields.size(); ++f) {
      if (!out.items[i].is_text[f] || out.items[i].fields[f].value.empty()) continue;
      if (!keep) keep = keep_people(out.items, file);
      redaction::Document document;
      document.id = out.items[i].id + "/" + out.items[i].fields[f].name;
      document.text = out.items[i].fields[f].value;
      document.mode = redaction::Mode::third_party;
      document.subject = file.subject;
      document.people = file.people;
      document.recipient = policy::text(recipient);
      document.keep_people = *keep;
      document.bundle = release_id;
      documents.push_back(std::move(document));
      places.emplace_back(i, f);
      if (!is_name_field(out.items[i].category, out.items[i].fields[f].name)) out.flags.has_free_text = true;
    }
  }
  out.flags.redaction_flagged = false;
  out.blocked = false;
  if (!documents.empty()) {
    const auto redacted = redaction::redact(documents);
    if (redacted.size() != documents.size()) {
      out.blocked = true;
    } else {
      std::set<std::string> labels;
      for (std::size_t i = 0; i < redacted.size(); ++i) {
        if (!redacted[i] || redacted[i]->blocked) {
          out.blocked = true;
          continue;
        }
        if (!redacted[i]->flags.empty()) out.flags.redaction_flagged = true;
        for (const auto& span : redacted[i]->spans) {
          labels.insert(span.label);
          if (span.confidence < 0.9) out.flags.redaction_flagged = true;  // the middle band: to be confirmed by a person
        }
        out.items[places[i].first].fields[places[i].second].value = redacted[i]->text;
      }
      out.labels.assign(labels.begin(), labels.end());
    }
    // A text that was not cleared is not kept where somebody could send it.
    if (out.blocked) {
      out.flags.redaction_flagged = true;
      out.items.clear();
    }
  }
  return out;
}

std::string package_text(const Asked& asked, const Cut& cut, const std::string& release_id) {
  std::size_t size = 2048;
  for (const auto& item : cut.items)
    for (const auto& field : item.fields) size += field.name.size() + field.value.size() + 16;
  JsonText json(size + size / 8);
  const auto fields = [&json](const policy::ProjectedItem& item) {
    for (const auto& field : item.fields) json.field(field.name, field.value);
  };
  json.open_object().field("release_id", release_id).field("purpose", policy::text(asked.purpose));
  json.key("subject").open_object();
  const auto identity = std::find_if(cut.items.begin(), cut.items.end(), [](const auto& one) { return one.category == Category::identity; });
  if (identity != cut.items.end()) fields(*identity);
  json.close_object();

  json.key("items").open_array();
  for (const auto& item : cut.items) {
    json.open_object().field("id", item.id).field("category", policy::text(item.category)).field("detail", policy::text(item.detail));
    json.key("fields").open_object();
    fields(item);
    json.close_object().close_object();
  }
  json.close_array();

  // At most three reasons, no categories, no counts: not asked in a way we can answer; not needed for this purpose; not shared.
  bool unstated = false, not_needed = false, not_shared = false;
  for (const auto& item : cut.decision.items()) {
    if (item.outcome == ItemOutcome::release) continue;
    if (item.reason == ReasonCode::not_stated)
      unstated = true;
    else if (item.reason == ReasonCode::not_necessary || item.reason == ReasonCode::not_relevant)
      not_needed = true;
    else
      not_shared = true;
  }
  json.key("withheld").open_array();
  const auto why = [&json](std::string_view words) { json.open_object().field("why", words).close_object(); };
  if (unstated) {
    const std::string field = cut.decision.missing().empty() ? "stated" : "stated." + std::string(policy::text(cut.decision.missing().front()));
    why("not asked in a way we can answer (" + field + ")");
  }
  if (not_needed) why("not needed for this purpose");
  if (not_shared) why("not shared");
  json.close_array();

  json.key("obligations").open_array();
  std::set<std::string_view> duties = {policy::text(policy::ObligationKind::no_onward_sharing)};
  for (const auto& obligation : cut.decision.obligations())
    if (obligation.kind == policy::ObligationKind::open_records_notice || obligation.kind == policy::ObligationKind::safe_contact_only ||
        obligation.kind == policy::ObligationKind::receipt)
      duties.insert(policy::text(obligation.kind));  // those that bind the recipient; ours stay here
  for (const auto duty : duties) json.text(duty);
  json.close_array();

  json.key("redaction").open_object().key("labels").open_array();
  for (const auto& label : cut.labels) json.text(label);
  json.close_array().close_object();

  std::string note = "Contact the person only through us unless a contact in this package is marked safe.";
  if (unstated || not_needed || not_shared)
    note = "Part of your request was agreed. If you know of a risk to a child, tell us and a person will look again. " + note;
  json.field("note", note);
  json.close_object();
  return json.take();
}

std::expected<policy::Release, crypto::Error> seal_package(const SealFor& what, std::string plain, const crypto::SigningKey& key) {
  policy::Release out;
  out.release_id = what.release_id;
  out.recipient_keyid = what.recipient->keyid;
  out.content_sha256 = crypto::hex(crypto::sha256(plain));
  out.expires = what.expires;
  plain.append(crypto::age::padded_size(plain.size()) - plain.size(), ' ');
  auto sealed = crypto::age::seal({what.recipient->recipient}, plain);
  if (!sealed) return std::unexpected(sealed.error());
  out.age = std::move(*sealed);
  out.sha256 = crypto::hex(crypto::sha256(out.age));

  crypto::Manifest manifest;
  manifest.created = what.at.time_since_epoch().count();
  manifest.expires = what.expires.time_since_epoch().count();
  manifest.legal_basis = what.legal_basis;
  manifest.log = what.log_origin;
  manifest.partner = what.partner;
  manifest.purpose = policy::text(what.purpose);
  manifest.recipient = what.recipient->keyid;
  manifest.release_id = what.release_id;
  manifest.length = out.age.size();
  manifest.sha256 = out.sha256;
  out.manifest = crypto::to_canonical_json(manifest);
  out.manifest_sig = crypto::sshsig_sign(key, crypto::kManifestNamespace, out.manifest);
  return out;
}

}  // namespace gatehouse::gateway
