#include "gateway/partner_api/package.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "crypto/age.hpp"
#include "crypto/manifest.hpp"
#include "policy/json_text.hpp"

namespace gatehouse::gateway {

using policy::Category;
using policy::ItemOutcome;
using policy::Reading;
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

// Items that are there to name somebody: whom they name is released with them.
bool names_people(Category category) {
  return category == Category::household || category == Category::parental_responsibility || category == Category::allegation ||
         category == Category::third_party || category == Category::staff_allegation;
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

const policy::Record* record_of(const policy::CaseFile& file, std::string_view id) {
  const auto found = std::find_if(file.records.begin(), file.records.end(), [&](const policy::Record& one) { return one.id == id; });
  return found == file.records.end() ? nullptr : &*found;
}

bool told_in_confidence(const policy::CaseFile& file, std::string_view id) {
  const policy::Record* record = record_of(file, id);
  return record == nullptr || secret_source(*record);
}

// A field for the subject's own name that holds the whole name of somebody else of the case file: the record is wrong, or somebody wrote more
// than a name. A name that both bear says nothing.
bool names_somebody_else(const std::string& value, const policy::CaseFile& file) {
  const std::string text = " " + folded(value) + " ";
  std::set<std::string> own;
  for (const auto& person : file.people)
    if (person.id == file.subject)
      for (const auto& name : person.names) own.insert(folded(name));
  for (const auto& person : file.people)
    if (person.id != file.subject)
      for (const auto& name : person.names) {
        const std::string other = folded(name);
        if (other.find(' ') != std::string::npos && !own.contains(other) && text.find(" " + other + " ") != std::string::npos) return true;
      }
  return false;
}

// The people redaction knows: those of the case file, and the professionals whom released items name in their work. Who is in the file already is
// what the file says, and a source that asked not to be named is never added.
std::vector<policy::Person> people_of(const policy::CaseFile& file, const std::vector<policy::ProjectedItem>& items) {
  constexpr std::size_t most = 400, longest = 200;
  std::vector<policy::Person> people = file.people;
  std::set<std::string> known;
  for (const auto& person : people)
    for (const auto& name : person.names) known.insert(folded(name));
  for (const auto& item : items) {
    if (told_in_confidence(file, item.id)) continue;
    for (std::size_t i = 0; i < item.fields.size(); ++i) {
      const std::string& name = item.fields[i].value;
      const bool letters = std::any_of(name.begin(), name.end(), [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
      if (item.readings[i] != Reading::professional || !letters || name.size() > longest || people.size() >= most) continue;
      if (!known.insert(folded(name)).second) continue;
      policy::Person person;
      person.id = "field:" + std::to_string(people.size());
      person.names = {name};
      person.relation = "professional";
      person.role = "professional";
      people.push_back(std::move(person));
    }
  }
  return people;
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
      item.readings[kept] = item.readings[i];
    }
    ++kept;
  }
  item.fields.resize(kept);
  item.readings.resize(kept);
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
    const bool hide = told_in_confidence(file, item.id);
    for (std::size_t i = 0; i < item.fields.size(); ++i)
      if (item.readings[i] == Reading::person) (hide ? secret : released).insert(folded(item.fields[i].value));
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

bool is_a_source(const policy::CaseFile& file, std::string_view id) {
  const auto person = std::find_if(file.people.begin(), file.people.end(), [&](const auto& one) { return one.id == id; });
  if (person == file.people.end() || informant(*person)) return true;  // not known: as if
  for (const auto& record : file.records) {
    if (!secret_source(record)) continue;
    for (const auto& field : record.fields)
      for (const auto& name : person->names)
        if ((" " + folded(field.value) + " ").find(" " + folded(name) + " ") != std::string::npos) return true;
  }
  return false;
}

std::optional<redaction::PreparedPeople> PreparedCaseFiles::people(const std::vector<policy::Person>& people, policy::Instant at) {
  // Named by what they hold, so a changed name is another entry and an old one is never used for it.
  std::string text;
  const auto add = [&text](std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
  };
  for (const auto& one : people) {
    add(one.id);
    add(one.relation);
    add(one.role);
    add(std::to_string(one.names.size()));
    for (const auto& name : one.names) add(name);
    for (const auto& identifier : one.identifiers) add(identifier);
    text += ';';
  }
  const auto digest = crypto::sha256(text);
  std::string key(reinterpret_cast<const char*>(digest.data()), digest.size());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto found = kept_.find(key); found != kept_.end()) {
      if (at - found->second.made < keep_for) return found->second.people;
      kept_.erase(found);
    }
  }
  auto made = redaction::PreparedPeople::prepare(people);
  if (!made) return std::nullopt;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (at - swept_ >= keep_for / 4 || kept_.size() >= most) {
    swept_ = at;
    std::erase_if(kept_, [&](const auto& one) { return at - one.second.made >= keep_for; });
    if (kept_.size() >= most) kept_.clear();
  }
  kept_.emplace(std::move(key), Kept{*made, at});
  return *made;
}

namespace {

// Reads what is left of the items for third parties, all of it in one bundle: labels are shared, and whoever is found in one text is looked for in all.
// Names of bodies are read apart: a school called after a saint must not make somebody of the saint's name in the notes.
class Reader {
 public:
  Reader(Cut& cut, const policy::CaseFile& file, const CutReview* review, std::vector<MarkedText>* marked)
      : cut_(cut), file_(file), review_(review), marked_(marked) {}

  void collect() {
    cut_.flags.has_free_text = false;
    for (std::size_t i = 0; i < cut_.items.size(); ++i) {
      const auto& item = cut_.items[i];
      hidden_.emplace_back(item.fields.size());
      dropped_.emplace_back(item.fields.size());
      for (std::size_t f = 0; f < item.fields.size(); ++f) {
        const Reading reading = item.readings[f];
        if (item.fields[f].value.empty() || reading == Reading::as_it_is || reading == Reading::subject) continue;
        Bundle& bundle = reading == Reading::body ? bodies_ : texts_;
        bundle.texts.push_back({item.id, item.fields[f].value, reading == Reading::person || reading == Reading::professional});
        bundle.places.push_back({i, f});
        if (reading == Reading::text) cut_.flags.has_free_text = true;
      }
    }
  }

  // False: something could not be cleared.
  bool redact(policy::AgencyType recipient, PreparedCaseFiles& prepared, policy::Instant at) {
    if (texts_.texts.empty() && bodies_.texts.empty()) return true;
    redaction::Release release;
    release.mode = redaction::Mode::third_party;
    release.subject = file_.subject;
    release.recipient = policy::text(recipient);
    release.keep_people = keep_people(cut_.items, file_);
    if (review_ != nullptr) add_choices(release.keep_people);
    const auto people = prepared.people(people_of(file_, cut_.items), at);
    if (!people) return false;
    for (Bundle* bundle : {&texts_, &bodies_}) {
      if (!bundle->texts.empty()) bundle->redacted = redaction::redact(*people, release, bundle->texts);
      if (bundle->redacted.size() != bundle->texts.size()) return false;
    }
    if (review_ != nullptr || marked_ != nullptr) carry_out(*people, release);
    std::set<std::string> labels;
    for (std::size_t i = 0; i < texts_.redacted.size(); ++i)
      if (!look_at(i, labels)) return false;
    for (std::size_t i = 0; i < bodies_.redacted.size(); ++i) look_at_body(i);
    cut_.labels.assign(labels.begin(), labels.end());
    return true;
  }

  // Writes the redacted texts into their places, and leaves out what may not stay. The texts are views of the values: nothing reads them after this.
  void finish(const policy::RecordSchema& schema, policy::Instant at) {
    for (std::size_t i = 0; i < texts_.redacted.size(); ++i)
      cut_.items[texts_.places[i].item].fields[texts_.places[i].field].value = std::move(texts_.redacted[i]->text);
    for (std::size_t i = 0; i < cut_.items.size(); ++i) {
      auto& item = cut_.items[i];
      std::vector<bool> hidden;
      std::size_t kept = 0;
      for (std::size_t f = 0; f < item.fields.size(); ++f) {
        if (dropped_[i][f]) continue;
        if (kept != f) {
          item.fields[kept] = std::move(item.fields[f]);
          item.readings[kept] = item.readings[f];
        }
        hidden.push_back(hidden_[i][f]);
        ++kept;
      }
      item.fields.resize(kept);
      item.readings.resize(kept);
      policy::band_belongings(schema, item, hidden, at);
    }
    if (review_ != nullptr && !review_->hide_words.empty()) hide_elsewhere();
    std::erase_if(cut_.items, [](const auto& item) { return item.fields.empty(); });
  }

 private:
  // Whom a person shows or hides, among those of the case file. The subject is never anybody's to hide here.
  void add_choices(std::vector<std::string>& keep) const {
    for (const auto& id : review_->show_people) {
      const bool known = id != file_.subject && std::any_of(file_.people.begin(), file_.people.end(), [&](const auto& one) { return one.id == id; });
      if (known && std::find(keep.begin(), keep.end(), id) == keep.end()) keep.push_back(id);
    }
    std::erase_if(keep, [&](const std::string& id) { return std::find(review_->hide_people.begin(), review_->hide_people.end(), id) != review_->hide_people.end(); });
  }

  void carry_out(const redaction::PreparedPeople& people, const redaction::Release& release) {
    std::set<std::string> show;
    if (review_ != nullptr)
      for (const auto& one : review_->show_words) show.insert(folded_words(one));
    for (std::size_t i = 0; i < texts_.redacted.size(); ++i) {
      auto& result = texts_.redacted[i];
      if (!result) continue;
      const std::string_view original = texts_.texts[i].text;
      bool source = false;
      show_spans(original, *result, [&](const redaction::Span& span) {
        // Whom a person shows and redaction still hides is a source; the desk asks a second person for it.
        const bool chosen = review_ != nullptr && !span.person.empty() &&
                            std::find(review_->show_people.begin(), review_->show_people.end(), span.person) != review_->show_people.end();
        source = source || chosen;
        if (chosen) return true;
        const std::string_view words = part_of(original, span.start, span.end);
        if (!span.person.empty() || !show.contains(folded_words(words))) return false;
        // Read once more by itself: nobody of the case file comes out this way.
        const auto again = redaction::redact(people, release, {redaction::Text{"again", words, true}});
        return again.size() == 1 && again[0] && !again[0]->blocked &&
               std::none_of(again[0]->spans.begin(), again[0]->spans.end(), [](const redaction::Span& one) { return !one.person.empty(); });
      });
      if (review_ != nullptr) hide_words(original, review_->hide_words, *result);
      if (marked_ != nullptr) {
        const auto& place = texts_.places[i];
        marked_->push_back({cut_.items[place.item].id, cut_.items[place.item].fields[place.field].name, std::string(original), *result, source});
      }
    }
  }

  // Words that a person hides are hidden also where nothing else is read: codes, numbers, the subject's own fields.
  void hide_elsewhere() {
    for (auto& item : cut_.items)
      for (std::size_t f = 0; f < item.fields.size(); ++f) {
        const Reading reading = item.readings[f];
        if (reading != Reading::as_it_is && reading != Reading::subject && reading != Reading::body) continue;
        redaction::Redacted redacted;
        redacted.text = item.fields[f].value;
        hide_words(item.fields[f].value, review_->hide_words, redacted);
        if (redacted.spans.empty()) continue;
        std::string original = std::move(item.fields[f].value);
        item.fields[f].value = redacted.text;
        if (marked_ != nullptr) marked_->push_back({item.id, item.fields[f].name, std::move(original), std::move(redacted), false});
      }
  }

  struct Place {
    std::size_t item, field;
  };
  struct Bundle {
    std::vector<redaction::Text> texts;
    std::vector<Place> places;
    std::vector<std::expected<redaction::Redacted, policy::Error>> redacted;
  };

  bool look_at(std::size_t i, std::set<std::string>& labels) {
    const auto& result = texts_.redacted[i];
    if (!result || result->blocked) return false;
    if (!result->flags.empty()) cut_.flags.redaction_flagged = true;
    for (const auto& span : result->spans) {
      labels.insert(span.label);
      if (span.confidence < 0.9) cut_.flags.redaction_flagged = true;  // the middle band: to be confirmed by a person
    }
    if (!texts_.texts[i].name_field) return true;
    const auto [item, field] = texts_.places[i];
    const bool changed = result->text != texts_.texts[i].text, secret = told_in_confidence(file_, cut_.items[item].id);
    hidden_[item][field] = changed;
    // A source that asked not to be named is not named, also where everybody else may be.
    dropped_[item][field] = secret && !changed;
    // The item is released because it names somebody, and redaction does not know whom: a person looks.
    if (changed && !secret && names_people(cut_.items[item].category)) cut_.flags.redaction_flagged = true;
    return true;
  }

  // Only a name of the case file counts here: saints and founders give schools their names.
  void look_at_body(std::size_t i) {
    const auto& result = bodies_.redacted[i];
    const bool somebody =
        !result || result->blocked || std::any_of(result->spans.begin(), result->spans.end(), [](const redaction::Span& span) { return !span.person.empty(); });
    if (!somebody) return;
    dropped_[bodies_.places[i].item][bodies_.places[i].field] = true;
    cut_.flags.redaction_flagged = true;
  }

  Cut& cut_;
  const policy::CaseFile& file_;
  const CutReview* review_;
  std::vector<MarkedText>* marked_;
  Bundle texts_, bodies_;
  std::vector<std::vector<bool>> hidden_, dropped_;  // by item and field, as collected
};

}  // namespace

Cut cut_down(const Snapshot& now, const Asked& asked, const policy::Decision& decision, const policy::CaseFile& file, policy::AgencyType recipient,
             PreparedCaseFiles& prepared, policy::Instant at, const CutReview* review, std::vector<MarkedText>* marked) {
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
    bool wrong = false;
    for (std::size_t f = 0; f < item.fields.size(); ++f)
      wrong = wrong || (item.readings[f] == Reading::subject && names_somebody_else(item.fields[f].value, file));
    if (wrong)
      held[item.id] = ReasonCode::needs_approval;
    else if (!item.fields.empty())
      out.items.push_back(std::move(item));
  }
  out.decision = hold_back(decision, held);

  Reader reader(out, file, review, marked);
  reader.collect();
  out.flags.redaction_flagged = false;
  out.blocked = !reader.redact(recipient, prepared, at);
  if (out.blocked) {
    // A text that was not cleared is not kept where somebody could send it.
    out.flags.redaction_flagged = true;
    out.items.clear();
    out.labels.clear();
    return out;
  }
  reader.finish(schema, at);
  return out;
}

std::string package_text(const Asked& asked, const Cut& cut, const std::string& release_id) {
  std::size_t size = 2048;
  for (const auto& item : cut.items)
    for (const auto& field : item.fields) size += field.name.size() + field.value.size() + 16;
  policy::JsonText json(size + size / 8);
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

SealFor seal_for(const Snapshot& now, const Partner& partner, const PartnerRecipient& recipient, policy::Purpose purpose, const policy::Decision& decision,
                 std::string release_id, policy::Instant at) {
  SealFor out;
  out.recipient = &recipient;
  out.partner = partner.agency.id;
  out.log_origin = now.settings().log.origin;
  out.release_id = std::move(release_id);
  out.purpose = purpose;
  out.legal_basis = decision.data_protection_leg;
  out.at = at;
  out.expires = at + std::chrono::days(now.settings().releases.expires_days);
  return out;
}

std::expected<std::optional<policy::Release>, crypto::Error> seal_alone(const Snapshot& now, const Asked& asked, const Partner& partner, Cut& cut, bool risk_marker,
                                                                        AskedBy by, const std::string& release_id, policy::Instant at,
                                                                        const crypto::SigningKey& key) {
  cut.flags.risk_marker = risk_marker;
  cut.flags.approvals_complete = nothing_left_to_do(cut.decision, by);
  const PartnerRecipient* const recipient = partner.recipient(at);
  if (cut.blocked || cut.items.empty() || recipient == nullptr || !policy::may_go_alone(now.settings().releases.automatic(asked.purpose), cut.decision, cut.flags))
    return std::optional<policy::Release>();
  auto sealed = seal_package(seal_for(now, partner, *recipient, asked.purpose, cut.decision, release_id, at), package_text(asked, cut, release_id), key);
  if (!sealed) return std::unexpected(sealed.error());
  sealed->consents_only = resting_on_consent(cut.decision);
  return std::optional<policy::Release>(std::move(*sealed));
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
