#include "policy/decision/case.hpp"

#include "policy/json_text.hpp"
#include "policy/strict_json.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;
using strict::Object;
using Failure = std::optional<Error>;

constexpr std::size_t most_items = 10'000;  // a file of a child is some hundred items; more is an attack or a mistake

std::optional<Date> date_at(Object& object, std::string_view key) {
  const auto text = object.text(key, 64);
  if (!text) return std::nullopt;
  const auto date = read_date(*text);
  if (!date) object.fail_at(object.at(key), "bad_date", "not a day of the calendar", "write a day as `2026-11-22`");
  return date;
}

void bad_instant(Object& object, const std::string& where) {
  object.fail_at(where, "bad_instant", "not a time with a zone", "write it as `2026-11-22T10:00:00Z` or with `+01:00`");
}

std::optional<Instant> instant_at(Object& object, std::string_view key) {
  const auto text = object.text(key, 64);
  if (!text) return std::nullopt;
  const auto instant = read_instant(*text);
  if (!instant) bad_instant(object, object.at(key));
  return instant;
}

std::optional<int> number_at(Object& object, std::string_view key, int most) {
  const auto number = object.integer(key, 0, most);
  if (!number) return std::nullopt;
  return static_cast<int>(*number);
}

Requester read_requester(const json& value, const Object::Place& path, Failure& error) {
  Object object(value, path, error);
  Requester out;
  out.kind = object.word<RequesterKind>("kind");
  out.officer = object.text("officer");
  out.agency = object.text("agency");
  out.agency_type = object.word<AgencyType>("agency_type");
  out.agreement = object.word<AgreementState>("agreement");
  out.role = object.word<Role>("role");
  out.training = object.word<Training>("training");
  out.attested = object.boolean("attested");
  out.tenure_days = number_at(object, "tenure_days", 40'000);
  out.signed_off = object.boolean("signed_off");
  out.person = object.text("person");
  out.parental_responsibility = object.boolean("parental_responsibility");
  out.marked_risk = object.boolean("marked_risk");
  out.conflict = object.boolean("conflict");
  object.finish();
  return out;
}

Recipient read_recipient(const json& value, const Object::Place& path, Failure& error) {
  Object object(value, path, error);
  Recipient out;
  out.agency = object.text("agency");
  out.agency_type = object.word<AgencyType>("agency_type");
  out.agreement = object.word<AgreementState>("agreement");
  object.finish();
  return out;
}

Subject read_subject(const json& value, const Object::Place& path, Failure& error) {
  Object object(value, path, error);
  Subject out;
  out.age = number_at(object, "age", 150);
  out.competence = object.word<Competence>("competence");
  object.finish();
  return out;
}

Item read_item(const json& value, const Object::Place& path, std::size_t index, Failure& error) {
  Object object(value, path, error);
  Item out;
  out.id = object.text("id", 256).value_or(std::to_string(index));
  if (out.id.empty()) object.fail_at(object.at("id"), "bad_text", "an empty id", "leave it out or name the item");
  out.version = static_cast<std::uint64_t>(object.integer("version", 0, INT64_MAX).value_or(0));
  out.category = object.word<Category>("category");
  out.relevant = object.boolean("relevant");
  out.compartment = object.word<Compartment>("compartment");
  out.given_in_confidence = object.boolean("given_in_confidence");
  out.withheld_from_requester = object.boolean("withheld_from_requester");
  object.finish();
  return out;
}

// The words of a scope, or `*`, which is read and makes the consent a blanket one.
template <class Enum>
std::vector<std::string> scope(Object& object, std::string_view key) {
  std::vector<std::string> out;
  object.each(key, [&](const json& one, const Object::Place& where) {
    const auto* name = one.get_ptr<const std::string*>();
    if (name != nullptr && *name == "*") return out.push_back(*name);
    if (const auto word = object.word_of<Enum>(one, where)) out.emplace_back(text(*word));
  });
  return out;
}

Consent read_consent(const json& value, const Object::Place& path, Failure& error) {
  Object object(value, path, error);
  Consent out;
  out.agencies = object.texts("agencies");
  out.categories = scope<Category>(object, "categories");
  out.purposes = scope<Purpose>(object, "purposes");
  out.form = object.word<ConsentForm>("form");
  out.given_by = object.word<GivenBy>("given_by");
  out.given = date_at(object, "given");
  out.expires = date_at(object, "expires");
  out.withdrawn = date_at(object, "withdrawn");
  out.refused = object.boolean("refused").value_or(false);
  object.finish();
  return out;
}

Circumstance read_circumstance(const json& value, const Object::Place& path, Failure& error) {
  Object object(value, path, error);
  Circumstance out;
  const auto code = object.word<CircumstanceCode>("code");
  if (code) out.code = *code;
  else object.fail_at(object.at("code"), "missing_key", "a circumstance without its code", "write one of the allowed words", strict::words_of<CircumstanceCode>());
  out.evidence = object.boolean("evidence").value_or(false);
  object.finish();
  return out;
}

// Started clocks: the keys are the words, so an unknown key is an unknown word.
std::map<ClockKind, Instant> read_started(const json& value, const Object::Place& path, Failure& error) {
  Object object(value, path, error);
  std::map<ClockKind, Instant> out;
  for (std::size_t i = 0; i < count_of<ClockKind>(); ++i) {
    const auto kind = static_cast<ClockKind>(i);
    if (const auto instant = instant_at(object, text(kind))) out[kind] = *instant;
  }
  object.finish();
  return out;
}

Failure two_items_with_one_id(const std::vector<Item>& items) {
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (!seen.emplace(items[i].id, i).second)
      return Error{"duplicate_id", "$.items" + strict::step(i) + ".id", "two items have this id",
                   "give each item its own id (an item without one has its index as id)", {}};
  return std::nullopt;
}

}  // namespace

std::expected<Case, Error> read_case(std::string_view text_of_case) {
  const auto document = strict::parse(text_of_case);
  if (!document) return std::unexpected(document.error());
  Failure error;
  Object object(*document, "$", error);
  Case out;
  out.id = object.text("id").value_or("");
  out.at = instant_at(object, "at");
  out.flow = object.word<Flow>("flow");
  if (const json* value = object.get("requester")) out.requester = read_requester(*value, object.place("requester"), error);
  if (const json* value = object.get("recipient")) out.recipient = read_recipient(*value, object.place("recipient"), error);
  if (const json* value = object.get("subject")) out.subject = read_subject(*value, object.place("subject"), error);
  out.purpose = object.word<Purpose>("purpose");
  out.stated = object.words<Statement>("stated");
  out.offence = object.word<Offence>("offence");
  if (const json* value = object.get("items"); value != nullptr && value->is_array() && value->size() > most_items)
    object.fail_at("$.items", "too_large", "more than " + std::to_string(most_items) + " items", "ask about fewer at a time");
  object.each("items", [&](const json& one, const Object::Place& where) {
    out.items.push_back(read_item(one, where, out.items.size(), error));
  });
  object.each("consents", [&](const json& one, const Object::Place& where) { out.consents.push_back(read_consent(one, where, error)); });
  object.each("circumstances",
              [&](const json& one, const Object::Place& where) { out.circumstances.push_back(read_circumstance(one, where, error)); });
  out.approvals = object.words<Role>("approvals");
  out.consulted = object.words<Role>("consulted");
  out.notice = object.word<Notice>("notice");
  out.urgency = object.word<Urgency>("urgency").value_or(Urgency::routine);
  out.needed_by = instant_at(object, "needed_by");
  out.best_interests = object.boolean("best_interests");
  out.context = object.word<Context>("context");
  if (const json* value = object.get("started")) out.started = read_started(*value, object.place("started"), error);
  out.emergency = object.boolean("emergency");
  object.finish();
  if (!error) error = two_items_with_one_id(out.items);
  if (error) return std::unexpected(std::move(*error));
  return out;
}

namespace {

void put(JsonText& out, const char* key, const std::optional<std::string>& value) {
  if (value) out.field(key, *value);
}
void put(JsonText& out, const char* key, std::optional<bool> value) {
  if (value) out.key(key).flag(*value);
}
void put(JsonText& out, const char* key, std::optional<int> value) {
  if (value) out.key(key).whole(*value);
}
void put(JsonText& out, const char* key, std::optional<Date> value) {
  if (value) out.field(key, to_text(*value));
}
void put(JsonText& out, const char* key, std::optional<Instant> value) {
  if (value) out.field(key, to_text(*value));
}
template <class Enum>
  requires std::is_enum_v<Enum>
void put(JsonText& out, const char* key, std::optional<Enum> value) {
  if (value) out.field(key, text(*value));
}
template <class Enum>
void words(JsonText& out, const char* key, const std::vector<Enum>& values) {
  out.key(key).open_array();
  for (const Enum value : values) out.text(text(value));
  out.close_array();
}

void write(JsonText& out, const Requester& in) {
  out.open_object();
  put(out, "kind", in.kind);
  put(out, "officer", in.officer);
  put(out, "agency", in.agency);
  put(out, "agency_type", in.agency_type);
  put(out, "agreement", in.agreement);
  put(out, "role", in.role);
  put(out, "training", in.training);
  put(out, "attested", in.attested);
  put(out, "tenure_days", in.tenure_days);
  put(out, "signed_off", in.signed_off);
  put(out, "person", in.person);
  put(out, "parental_responsibility", in.parental_responsibility);
  put(out, "marked_risk", in.marked_risk);
  put(out, "conflict", in.conflict);
  out.close_object();
}

void write(JsonText& out, const Item& in) {
  out.open_object().field("id", in.id);
  if (in.version != 0) out.key("version").whole(static_cast<std::int64_t>(in.version));
  put(out, "category", in.category);
  put(out, "relevant", in.relevant);
  put(out, "compartment", in.compartment);
  put(out, "given_in_confidence", in.given_in_confidence);
  put(out, "withheld_from_requester", in.withheld_from_requester);
  out.close_object();
}

void write(JsonText& out, const Consent& in) {
  out.open_object().texts("agencies", in.agencies).texts("categories", in.categories).texts("purposes", in.purposes);
  put(out, "form", in.form);
  put(out, "given_by", in.given_by);
  put(out, "given", in.given);
  put(out, "expires", in.expires);
  put(out, "withdrawn", in.withdrawn);
  out.key("refused").flag(in.refused).close_object();
}

}  // namespace

std::string to_json(const Case& in) {
  JsonText out(1024 + in.items.size() * 128 + in.consents.size() * 256);
  out.open_object().field("id", in.id);
  put(out, "at", in.at);
  put(out, "flow", in.flow);
  out.key("requester");
  write(out, in.requester);
  if (in.recipient) {
    out.key("recipient").open_object();
    put(out, "agency", in.recipient->agency);
    put(out, "agency_type", in.recipient->agency_type);
    put(out, "agreement", in.recipient->agreement);
    out.close_object();
  }
  out.key("subject").open_object();
  put(out, "age", in.subject.age);
  put(out, "competence", in.subject.competence);
  out.close_object();
  put(out, "purpose", in.purpose);
  words(out, "stated", in.stated);
  put(out, "offence", in.offence);
  out.key("items").open_array();
  for (const Item& item : in.items) write(out, item);
  out.close_array().key("consents").open_array();
  for (const Consent& consent : in.consents) write(out, consent);
  out.close_array().key("circumstances").open_array();
  for (const Circumstance& one : in.circumstances) {
    out.open_object().field("code", text(one.code)).key("evidence").flag(one.evidence).close_object();
  }
  out.close_array();
  words(out, "approvals", in.approvals);
  words(out, "consulted", in.consulted);
  put(out, "notice", in.notice);
  out.field("urgency", text(in.urgency));
  put(out, "needed_by", in.needed_by);
  put(out, "best_interests", in.best_interests);
  put(out, "context", in.context);
  out.key("started").open_object();
  for (const auto& [kind, instant] : in.started) out.field(text(kind), to_text(instant));
  out.close_object();
  put(out, "emergency", in.emergency);
  return out.close_object().take();
}

}  // namespace gatehouse::policy
