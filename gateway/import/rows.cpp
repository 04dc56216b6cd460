#include "gateway/import/rows.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "gateway/import/text.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::imports {

namespace {

using nlohmann::json;
using policy::Error;

constexpr std::size_t longest_reference = 128;
constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_text = 200'000;
constexpr std::size_t longest_list = 500;

const std::array<std::string_view, 6> kind_words = {"person", "relation", "item", "consent", "competence", "finding"};

// Thrown inside this file only: reading stops at the first thing wrong, and read_row turns it into a value.
struct Refused {
  Error error;
};

[[noreturn]] void refuse(std::string code, std::string where, std::string what, std::string remedy, std::vector<std::string> allowed = {}) {
  throw Refused{{std::move(code), std::move(where), std::move(what), std::move(remedy), std::move(allowed)}};
}

bool is_plain_key(std::string_view key) {
  return !key.empty() && key.size() <= 40 && std::all_of(key.begin(), key.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

std::string list_of(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// One JSON object whose keys are all accounted for.
class Fields {
 public:
  Fields(const json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) refuse("wrong_type", path_.empty() ? "row" : path_, "is not an object", "write {…}");
  }

  std::string at(const std::string& key) const { return path_.empty() ? key : path_ + "." + key; }

  const json* get(const std::string& key) {
    used_.insert(key);
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  const json& need(const std::string& key) {
    const json* value = get(key);
    if (!value) refuse("missing_key", at(key), "is missing", "every row of this kind has it");
    return *value;
  }

  std::string text_of(const std::string& key, const json& value, std::size_t longest) {
    if (!value.is_string()) refuse("wrong_type", at(key), "is not text", "write \"…\"");
    auto text = value.get<std::string>();
    if (!is_one_line(text, longest))
      refuse("bad_text", at(key), "is empty, too long, or has line breaks or white space at an end",
             "one line of at most " + std::to_string(longest) + " bytes");
    return text;
  }
  std::string text(const std::string& key, std::size_t longest = longest_name) { return text_of(key, need(key), longest); }
  std::string optional_text(const std::string& key, std::size_t longest = longest_name) {
    const json* value = get(key);
    if (!value || (value->is_string() && value->get_ref<const std::string&>().empty())) return {};
    return text_of(key, *value, longest);
  }
  bool flag(const std::string& key) {
    const json* value = get(key);
    if (!value) return false;
    if (!value->is_boolean()) refuse("wrong_type", at(key), "is neither true nor false", "write true or false, without quotes");
    return value->get<bool>();
  }
  std::optional<policy::Date> date(const std::string& key) {
    const auto text = optional_text(key, 10);
    if (text.empty()) return std::nullopt;
    const auto day = policy::read_date(text);
    if (!day) refuse("bad_date", at(key), "is not a day of the calendar", "write YYYY-MM-DD");
    return day;
  }
  std::string date_text(const std::string& key) {
    const auto day = date(key);
    return day ? policy::to_text(*day) : std::string();
  }
  // A moment with its zone; a day alone is that day's beginning in UTC.
  std::optional<policy::Instant> instant(const std::string& key) {
    const auto text = optional_text(key, 40);
    if (text.empty()) return std::nullopt;
    if (const auto moment = policy::read_instant(text)) return moment;
    if (const auto day = policy::read_date(text)) return policy::Instant(std::chrono::sys_days(*day));
    refuse("bad_time", at(key), "is neither a moment nor a day", "write 2026-11-22T10:00:00Z, or 2026-11-22");
  }
  template <class Enum>
  Enum word(const std::string& key) {
    return word_of<Enum>(at(key), need(key));
  }
  template <class Enum>
  static Enum word_of(const std::string& where, const json& value) {
    std::vector<std::string> allowed(policy::Words<Enum>::list.begin(), policy::Words<Enum>::list.end());
    if (value.is_string())
      if (const auto found = policy::from_text<Enum>(value.get_ref<const std::string&>())) return *found;
    refuse("unknown_value", where, "is not one of the words allowed here", "one of " + list_of(allowed), allowed);
  }
  std::string word_among(const std::string& key, const std::vector<std::string>& allowed, const std::string& otherwise) {
    const auto word = optional_text(key, 64);
    if (word.empty()) return otherwise;
    if (std::find(allowed.begin(), allowed.end(), word) == allowed.end())
      refuse("unknown_value", at(key), "is not one of the words allowed here", "one of " + list_of(allowed), allowed);
    return word;
  }
  const json* list(const std::string& key) {
    const json* value = get(key);
    if (!value) return nullptr;
    if (!value->is_array()) refuse("wrong_type", at(key), "is not a list", "write […]");
    if (value->size() > longest_list) refuse("too_long", at(key), "has too many members", "at most " + std::to_string(longest_list));
    return value;
  }
  std::vector<std::string> texts(const std::string& key, std::size_t longest = longest_reference) {
    std::vector<std::string> out;
    if (const json* values = list(key))
      for (std::size_t i = 0; i < values->size(); ++i) out.push_back(text_of(key + "[" + std::to_string(i) + "]", (*values)[i], longest));
    return out;
  }

  // Call last: a key nobody asked for is an error.
  void done() const {
    for (const auto& [key, value] : object_.items()) {
      if (used_.contains(key)) continue;
      std::vector<std::string> allowed(used_.begin(), used_.end());
      // The key itself is shown only when it looks like one: a value typed in its place is not ours to print.
      refuse("unknown_key", is_plain_key(key) ? at(key) : (path_.empty() ? "row" : path_), "is a key not known here", "one of " + list_of(allowed), allowed);
    }
  }

 private:
  const json& object_;
  std::string path_;
  std::set<std::string> used_;
};

std::vector<adapters::NameInput> read_names(Fields& row) {
  std::vector<adapters::NameInput> out;
  const json* names = row.list("names");
  for (std::size_t i = 0; names && i < names->size(); ++i) {
    Fields name((*names)[i], "names[" + std::to_string(i) + "]");
    adapters::NameInput one;
    one.given = name.optional_text("given");
    one.family = name.optional_text("family");
    one.kind = name.word_among("kind", {"current", "former", "alias"}, "current");
    name.done();
    if (one.given.empty() && one.family.empty()) refuse("missing_key", "names[" + std::to_string(i) + "]", "has neither given nor family", "give one");
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<adapters::IdentifierInput> read_identifiers(Fields& row) {
  std::vector<adapters::IdentifierInput> out;
  const json* identifiers = row.list("identifiers");
  for (std::size_t i = 0; identifiers && i < identifiers->size(); ++i) {
    Fields identifier((*identifiers)[i], "identifiers[" + std::to_string(i) + "]");
    adapters::IdentifierInput one;
    one.type = identifier.text("type", 32);
    one.value = identifier.text("value", 64);
    identifier.done();
    out.push_back(std::move(one));
  }
  return out;
}

adapters::PersonInput read_person(Fields& row) {
  adapters::PersonInput person;
  person.ref = row.text("ref", longest_reference);
  person.names = read_names(row);
  if (person.names.empty()) refuse("missing_key", "names", "is missing or empty", "a person has at least one name");
  person.identifiers = read_identifiers(row);
  person.date_of_birth = row.date_text("date_of_birth");
  person.expected_date = row.date_text("expected_date");
  person.sex = row.optional_text("sex", 32);
  person.markers = row.texts("markers", 32);
  for (std::size_t i = 0; i < person.markers.size(); ++i) {
    static const std::vector<std::string> allowed = {"risk", "safe_contact", "embargo"};
    if (std::find(allowed.begin(), allowed.end(), person.markers[i]) == allowed.end())
      refuse("unknown_value", "markers[" + std::to_string(i) + "]", "is not one of the words allowed here", "one of " + list_of(allowed), allowed);
  }
  return person;
}

adapters::RelationInput read_relation(Fields& row) {
  adapters::RelationInput relation;
  relation.person_ref = row.text("person_ref", longest_reference);
  relation.other_ref = row.optional_text("other_ref", longest_reference);
  relation.names = read_names(row);
  if (relation.other_ref.empty() && relation.names.empty())
    refuse("missing_key", "names", "is missing, and so is other_ref", "name somebody with a file of their own in other_ref, anybody else in names");
  relation.identifiers = read_identifiers(row);
  relation.relation = row.text("relation", 64);
  relation.role = row.word_among("role", {"family", "professional", "other"}, "family");
  relation.parental_responsibility = row.flag("parental_responsibility");
  relation.risk_to = row.flag("risk_to");
  relation.alleged_perpetrator = row.flag("alleged_perpetrator");
  return relation;
}

adapters::ItemInput read_item(Fields& row) {
  adapters::ItemInput item;
  item.person_ref = row.text("person_ref", longest_reference);
  item.item_ref = row.text("item_ref", longest_reference);
  item.record.category = row.word<policy::Category>("category");
  item.record.recorded_at = row.instant("recorded_at");
  item.record.event_at = row.instant("event_at");
  item.record.author = row.optional_text("author", longest_reference);
  item.record.kind = row.word_among("record_kind", {"fact", "opinion", "verbatim", "third_party"}, "fact");
  item.record.marks = row.texts("marks", 64);
  item.record.summary_author = row.optional_text("summary_author", longest_reference);
  item.record.summary_written_on = row.date_text("summary_written_on");
  if (const json* value = row.get("compartment")) item.compartment = Fields::word_of<policy::Compartment>("compartment", *value);
  item.given_in_confidence = row.flag("given_in_confidence");
  item.relevant_for_all = row.flag("relevant_for_all");
  if (const json* purposes = row.list("relevant_for"))
    for (std::size_t i = 0; i < purposes->size(); ++i)
      item.relevant_for.push_back(Fields::word_of<policy::Purpose>("relevant_for[" + std::to_string(i) + "]", (*purposes)[i]));
  item.withheld_from = row.texts("withheld_from");

  const json& fields = row.need("fields");
  if (!fields.is_object() || fields.empty()) refuse("wrong_type", "fields", "is not an object with at least one field", "write {\"field\": \"…\"}");
  bool summary = false;
  for (const auto& [name, value] : fields.items()) {
    if (!is_one_line(name, 64)) refuse("bad_text", "fields", "has a name that is no field name", "see config/record_schema.json");
    const std::string where = "fields." + name;
    policy::Field field;
    field.name = name;
    if (value.is_string()) {
      field.value = value.get<std::string>();
    } else if (value.is_number_integer()) {
      field.value = value.dump();
    } else {
      refuse("wrong_type", where, "is neither text nor a whole number", "write \"…\"; a decimal number goes in quotes");
    }
    if (field.value.empty() || field.value.size() > longest_text || has_control_character(field.value))
      refuse("bad_text", where, "is empty, longer than 200,000 bytes, or holds a control character", "leave an empty field out");
    summary = summary || name == "summary";
    item.record.fields.push_back(std::move(field));
  }
  // A summary counts only with its author and date: record_schema.json, summary_field.needs.
  if (summary && item.record.summary_author.empty()) refuse("missing_key", "summary_author", "is missing", "a stored summary has an author and a date");
  if (summary && item.record.summary_written_on.empty())
    refuse("missing_key", "summary_written_on", "is missing", "a stored summary has an author and a date");
  return item;
}

template <class Enum>
std::vector<std::string> words_or_wildcard(Fields& row, const std::string& key) {
  auto words = row.texts(key, 64);
  if (words.empty()) refuse("missing_key", key, "is missing or empty", "a consent names what it covers");
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] != "*") (void)Fields::word_of<Enum>(key + "[" + std::to_string(i) + "]", json(words[i]));
  return words;
}

adapters::ConsentInput read_consent(Fields& row) {
  adapters::ConsentInput consent;
  consent.person_ref = row.text("person_ref", longest_reference);
  consent.consent_ref = row.text("consent_ref", longest_reference);
  consent.consent.agencies = row.texts("agencies");
  if (consent.consent.agencies.empty()) refuse("missing_key", "agencies", "is missing or empty", "a consent names the agencies it is for");
  consent.consent.categories = words_or_wildcard<policy::Category>(row, "categories");
  consent.consent.purposes = words_or_wildcard<policy::Purpose>(row, "purposes");
  consent.consent.form = row.word<policy::ConsentForm>("form");
  consent.consent.given_by = row.word<policy::GivenBy>("given_by");
  consent.consent.given = row.date("given");
  if (!consent.consent.given) refuse("missing_key", "given", "is missing", "the day it was given");
  consent.consent.expires = row.date("expires");
  consent.consent.withdrawn = row.date("withdrawn");
  consent.consent.refused = row.flag("refused");
  if (consent.consent.expires && std::chrono::sys_days(*consent.consent.expires) < std::chrono::sys_days(*consent.consent.given))
    refuse("bad_date", "expires", "is before given", "the last day is the first day or a later one");
  if (consent.consent.withdrawn && std::chrono::sys_days(*consent.consent.withdrawn) < std::chrono::sys_days(*consent.consent.given))
    refuse("bad_date", "withdrawn", "is before given", "a consent is withdrawn after it was given");
  return consent;
}

adapters::CompetenceInput read_competence(Fields& row) {
  adapters::CompetenceInput competence;
  competence.person_ref = row.text("person_ref", longest_reference);
  competence.outcome = row.word<policy::Competence>("outcome");
  competence.assessed_on = row.date_text("assessed_on");
  if (competence.assessed_on.empty()) refuse("missing_key", "assessed_on", "is missing", "the day of the assessment");
  competence.valid_to = row.date_text("valid_to");
  competence.assessor = row.text("assessor", longest_reference);
  return competence;
}

adapters::FindingInput read_finding(Fields& row) {
  adapters::FindingInput finding;
  finding.person_ref = row.text("person_ref", longest_reference);
  finding.code = row.word<policy::CircumstanceCode>("code");
  finding.found_on = row.date_text("found_on");
  if (finding.found_on.empty()) refuse("missing_key", "found_on", "is missing", "the day it was found");
  finding.found_by = row.text("found_by", longest_reference);
  finding.until = row.date_text("until");
  return finding;
}

}  // namespace

std::string_view text(Kind kind) { return kind_words[static_cast<std::size_t>(kind)]; }

std::optional<Kind> kind_from(std::string_view word) {
  for (std::size_t i = 0; i < kind_words.size(); ++i)
    if (kind_words[i] == word) return static_cast<Kind>(i);
  return std::nullopt;
}

Kind kind_of(const Input& input) { return static_cast<Kind>(input.index()); }

const std::vector<std::string>& keys_of(Kind kind) {
  static const std::array<std::vector<std::string>, 6> keys = {{
      {"ref", "names", "identifiers", "date_of_birth", "expected_date", "sex", "markers"},
      {"person_ref", "other_ref", "names", "identifiers", "relation", "role", "parental_responsibility", "risk_to", "alleged_perpetrator"},
      {"person_ref", "item_ref", "category", "recorded_at", "event_at", "author", "record_kind", "marks", "fields", "summary_author",
       "summary_written_on", "compartment", "given_in_confidence", "relevant_for", "relevant_for_all", "withheld_from"},
      {"person_ref", "consent_ref", "agencies", "categories", "purposes", "form", "given_by", "given", "expires", "withdrawn", "refused"},
      {"person_ref", "outcome", "assessed_on", "valid_to", "assessor"},
      {"person_ref", "code", "found_on", "found_by", "until"},
  }};
  return keys[static_cast<std::size_t>(kind)];
}

std::expected<Input, Error> read_row(std::string_view bytes, std::optional<Kind> kind) {
  json parsed;
  if (auto bad = gateway::strict::parse(bytes, parsed)) {
    bad->where = "row";
    return std::unexpected(std::move(*bad));
  }
  try {
    Fields row(parsed, "");
    static const std::vector<std::string> words(kind_words.begin(), kind_words.end());
    const auto said = kind_from(row.word_among("kind", words, ""));
    if (!said && !kind) refuse("missing_key", "kind", "is missing", "one of " + list_of(words), words);
    if (said && kind && *said != *kind) refuse("unknown_value", "kind", "is not the kind this import is for", std::string(text(*kind)));
    const auto read = [&]() -> Input {
      switch (said ? *said : *kind) {
        case Kind::person: return read_person(row);
        case Kind::relation: return read_relation(row);
        case Kind::item: return read_item(row);
        case Kind::consent: return read_consent(row);
        case Kind::competence: return read_competence(row);
        case Kind::finding: return read_finding(row);
      }
      refuse("unknown_value", "kind", "is not known", "one of " + list_of(words), words);
    };
    Input input = read();
    row.done();
    return input;
  } catch (const Refused& refused) {
    return std::unexpected(refused.error);
  }
}

namespace {

// A record as the schema wants it: id and version are the store's to set, and are not there yet.
std::expected<void, Error> against(const policy::RecordSchema& schema, policy::Record record) {
  record.id = "new";
  if (record.kind.empty()) record.kind = "fact";
  return schema.check(record);
}

// An item's error in the words of its row: `fields.phone`, not `contact.phone` or a number.
std::expected<void, Error> check_item(const adapters::ItemInput& item, const policy::RecordSchema& schema) {
  auto checked = against(schema, item.record);
  if (checked) return checked;
  std::string& where = checked.error().where;
  const std::string category = std::string(policy::text(item.record.category)) + ".";
  if (where.starts_with(category)) where = "fields." + where.substr(category.size());
  if (where.starts_with("fields[")) {
    const std::size_t index = std::stoul(where.substr(7));
    if (index < item.record.fields.size() && is_plain_key(item.record.fields[index].name)) where = "fields." + item.record.fields[index].name;
  }
  if (where == "kind") where = "record_kind";
  if (checked.error().remedy.empty() && !checked.error().allowed.empty()) checked.error().remedy = "one of " + list_of(checked.error().allowed);
  return checked;
}

// A person's identifiers, dates and words follow the same rules as the fields of the items that hold them.
std::expected<void, Error> check_identifiers(const std::vector<adapters::IdentifierInput>& identifiers, const policy::RecordSchema& schema) {
  static const std::array<std::pair<std::string_view, std::string_view>, 4> fields = {
      {{"nhs", "nhs_number"}, {"upn", "upn"}, {"ni", "ni_number"}, {"agency_reference", "agency_reference"}}};
  for (std::size_t i = 0; i < identifiers.size(); ++i) {
    const std::string where = "identifiers[" + std::to_string(i) + "]";
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& pair) { return pair.first == identifiers[i].type; });
    if (found == fields.end())
      return std::unexpected(Error{"unknown_value", where + ".type", "is not a type of identifier known here", "one of nhs, upn, ni, agency_reference",
                                   {"nhs", "upn", "ni", "agency_reference"}});
    policy::Record record;
    record.category = policy::Category::identifiers;
    record.fields.push_back({std::string(found->second), identifiers[i].value});
    if (auto checked = against(schema, std::move(record)); !checked) {
      checked.error().where = where + ".value";
      return checked;
    }
  }
  return {};
}

}  // namespace

std::expected<void, Error> check(const Input& input, const policy::RecordSchema& schema) {
  if (const auto* item = std::get_if<adapters::ItemInput>(&input)) return check_item(*item, schema);
  if (const auto* relation = std::get_if<adapters::RelationInput>(&input)) return check_identifiers(relation->identifiers, schema);
  if (const auto* person = std::get_if<adapters::PersonInput>(&input)) {
    if (!person->sex.empty()) {
      policy::Record record;
      record.category = policy::Category::identity;
      record.fields.push_back({"sex", person->sex});
      if (auto checked = against(schema, std::move(record)); !checked) {
        checked.error().where = "sex";
        return checked;
      }
    }
    return check_identifiers(person->identifiers, schema);
  }
  return {};
}

bool is_blanket(const Input& input) {
  const auto* consent = std::get_if<adapters::ConsentInput>(&input);
  if (!consent) return false;
  const auto wild = [](const std::vector<std::string>& words) { return std::find(words.begin(), words.end(), "*") != words.end(); };
  return !consent->consent.expires || wild(consent->consent.agencies) || wild(consent->consent.categories) || wild(consent->consent.purposes);
}

}  // namespace gatehouse::imports
