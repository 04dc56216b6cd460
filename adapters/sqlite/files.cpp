#include "adapters/sqlite/files.hpp"

#include "adapters/sqlite/packed.hpp"

namespace gatehouse::adapters {
namespace {

static_assert(policy::count_of<policy::Purpose>() <= 63, "relevance is one bit for each purpose");

void put_names(Packer& out, const std::vector<NameInput>& names) {
  out.number(names.size());
  for (const auto& name : names) {
    out.text(name.given);
    out.text(name.family);
    out.text(name.kind);
  }
}

std::vector<NameInput> get_names(Unpacker& in) {
  std::vector<NameInput> names(in.count());
  for (auto& name : names) {
    name.given = in.text();
    name.family = in.text();
    name.kind = in.text();
  }
  return names;
}

void put_identifiers(Packer& out, const std::vector<IdentifierInput>& identifiers) {
  out.number(identifiers.size());
  for (const auto& identifier : identifiers) {
    out.text(identifier.type);
    out.text(identifier.value);
  }
}

std::vector<IdentifierInput> get_identifiers(Unpacker& in) {
  std::vector<IdentifierInput> identifiers(in.count());
  for (auto& identifier : identifiers) {
    identifier.type = in.text();
    identifier.value = in.text();
  }
  return identifiers;
}

template <class Enum>
void put_word(Packer& out, const std::optional<Enum>& value) {
  out.text(value ? policy::text(*value) : std::string_view());
}

// An unknown word is damage: nothing we wrote has one.
template <class Enum>
std::optional<Enum> get_word(Unpacker& in, bool& good) {
  const std::string_view word = in.view();
  if (word.empty()) return std::nullopt;
  auto value = policy::from_text<Enum>(word);
  if (!value) good = false;
  return value;
}

void put_date(Packer& out, const std::optional<policy::Date>& date) { out.text(date ? policy::to_text(*date) : std::string()); }

std::optional<policy::Date> get_date(Unpacker& in, bool& good) {
  const std::string_view text = in.view();
  if (text.empty()) return std::nullopt;
  auto date = policy::read_date(text);
  if (!date) good = false;
  return date;
}

void put_instant(Packer& out, const std::optional<policy::Instant>& at) {
  out.optional_number(at ? std::optional<std::int64_t>(at->time_since_epoch().count()) : std::nullopt);
}

std::optional<policy::Instant> get_instant(Unpacker& in) {
  const auto seconds = in.optional_number();
  if (!seconds) return std::nullopt;
  return policy::Instant(std::chrono::seconds(*seconds));
}

}  // namespace

std::string pack(const PersonInput& person) {
  Packer out(1);
  put_names(out, person.names);
  out.text(person.date_of_birth);
  out.text(person.expected_date);
  out.text(person.sex);
  put_identifiers(out, person.identifiers);
  out.text(person.ref);
  return out.take();
}

std::optional<PersonInput> read_person(std::string_view bytes) {
  Unpacker in(bytes, 1);
  PersonInput person;
  person.names = get_names(in);
  person.date_of_birth = in.text();
  person.expected_date = in.text();
  person.sex = in.text();
  person.identifiers = get_identifiers(in);
  person.ref = in.text();
  if (!in.done()) return std::nullopt;
  return person;
}

std::optional<WhoFile> read_who(std::string_view bytes) {
  Unpacker in(bytes, 1);
  WhoFile who;
  who.names = get_names(in);
  who.date_of_birth = in.text();
  if (!in.good()) return std::nullopt;
  return who;
}

std::string pack(const RelationFile& file) {
  Packer out(1);
  const RelationInput& relation = file.relation;
  put_names(out, relation.names);
  put_identifiers(out, relation.identifiers);
  out.text(relation.relation);
  out.text(relation.role);
  out.number((relation.parental_responsibility ? relation_parental_responsibility : 0) | (relation.risk_to ? relation_risk_to : 0) |
             (relation.alleged_perpetrator ? relation_alleged_perpetrator : 0));
  out.texts(file.others_names);
  out.text(relation.person_ref);
  out.text(relation.other_ref);
  return out.take();
}

std::optional<RelationFile> read_relation(std::string_view bytes) {
  Unpacker in(bytes, 1);
  RelationFile file;
  RelationInput& relation = file.relation;
  relation.names = get_names(in);
  relation.identifiers = get_identifiers(in);
  relation.relation = in.text();
  relation.role = in.text();
  const std::uint64_t flags = in.number();
  relation.parental_responsibility = (flags & relation_parental_responsibility) != 0;
  relation.risk_to = (flags & relation_risk_to) != 0;
  relation.alleged_perpetrator = (flags & relation_alleged_perpetrator) != 0;
  file.others_names = in.texts();
  relation.person_ref = in.text();
  relation.other_ref = in.text();
  if (!in.done()) return std::nullopt;
  return file;
}

std::string pack(const ItemFile& item) {
  Packer out(1);
  const policy::Record& record = item.record;
  out.text(policy::text(record.category));
  out.text(policy::text(item.compartment));
  out.number((item.given_in_confidence ? 1 : 0) | (item.relevant_for_all ? 2 : 0));
  out.number(item.relevant_for);
  out.texts(item.withheld_from);
  put_instant(out, record.recorded_at);
  put_instant(out, record.event_at);
  out.text(record.author);
  out.text(record.kind);
  out.texts(record.marks);
  out.number(record.fields.size());
  for (const auto& field : record.fields) {
    out.text(field.name);
    out.text(field.value);
  }
  out.text(record.summary_author);
  out.text(record.summary_written_on);
  out.text(item.item_ref);
  return out.take();
}

std::optional<ItemFile> read_item(std::string_view bytes) {
  Unpacker in(bytes, 1);
  ItemFile item;
  policy::Record& record = item.record;
  bool good = true;
  const auto category = get_word<policy::Category>(in, good);
  const auto compartment = get_word<policy::Compartment>(in, good);
  if (!category || !compartment) return std::nullopt;
  record.category = *category;
  item.compartment = *compartment;
  const std::uint64_t flags = in.number();
  item.given_in_confidence = (flags & 1) != 0;
  item.relevant_for_all = (flags & 2) != 0;
  item.relevant_for = in.number();
  item.withheld_from = in.texts();
  record.recorded_at = get_instant(in);
  record.event_at = get_instant(in);
  record.author = in.text();
  record.kind = in.text();
  record.marks = in.texts();
  record.fields.resize(in.count());
  for (auto& field : record.fields) {
    field.name = in.text();
    field.value = in.text();
  }
  record.summary_author = in.text();
  record.summary_written_on = in.text();
  item.item_ref = in.text();
  if (!good || !in.done()) return std::nullopt;
  return item;
}

std::string pack(const ConsentInput& input) {
  Packer out(1);
  const policy::Consent& consent = input.consent;
  out.texts(consent.agencies);
  out.texts(consent.categories);
  out.texts(consent.purposes);
  put_word(out, consent.form);
  put_word(out, consent.given_by);
  put_date(out, consent.given);
  put_date(out, consent.expires);
  put_date(out, consent.withdrawn);
  out.number(consent.refused ? 1 : 0);
  out.text(input.consent_ref);
  return out.take();
}

std::optional<ConsentInput> read_consent(std::string_view bytes) {
  Unpacker in(bytes, 1);
  ConsentInput input;
  policy::Consent& consent = input.consent;
  bool good = true;
  consent.agencies = in.texts();
  consent.categories = in.texts();
  consent.purposes = in.texts();
  consent.form = get_word<policy::ConsentForm>(in, good);
  consent.given_by = get_word<policy::GivenBy>(in, good);
  consent.given = get_date(in, good);
  consent.expires = get_date(in, good);
  consent.withdrawn = get_date(in, good);
  consent.refused = in.number() != 0;
  input.consent_ref = in.text();
  if (!good || !in.done()) return std::nullopt;
  return input;
}

std::string pack(const CompetenceInput& input) {
  Packer out(1);
  out.text(policy::text(input.outcome));
  out.text(input.assessed_on);
  out.text(input.valid_to);
  out.text(input.assessor);
  return out.take();
}

std::optional<CompetenceInput> read_competence(std::string_view bytes) {
  Unpacker in(bytes, 1);
  CompetenceInput input;
  bool good = true;
  const auto outcome = get_word<policy::Competence>(in, good);
  if (!outcome) return std::nullopt;
  input.outcome = *outcome;
  input.assessed_on = in.text();
  input.valid_to = in.text();
  input.assessor = in.text();
  if (!in.done()) return std::nullopt;
  return input;
}

std::string pack(const FindingInput& input) {
  Packer out(1);
  out.text(policy::text(input.code));
  out.text(input.found_on);
  out.text(input.found_by);
  out.text(input.until);
  return out.take();
}

std::optional<FindingInput> read_finding(std::string_view bytes) {
  Unpacker in(bytes, 1);
  FindingInput input;
  bool good = true;
  const auto code = get_word<policy::CircumstanceCode>(in, good);
  if (!code) return std::nullopt;
  input.code = *code;
  input.found_on = in.text();
  input.found_by = in.text();
  input.until = in.text();
  if (!in.done()) return std::nullopt;
  return input;
}

std::uint64_t purpose_bits(const std::vector<policy::Purpose>& purposes) {
  std::uint64_t bits = 0;
  for (const auto purpose : purposes) bits |= purpose_bit(purpose);
  return bits;
}

}  // namespace gatehouse::adapters
