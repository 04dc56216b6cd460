// Reads the field list and the matrix, and checks records against them.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "policy/minimise/identifiers.hpp"
#include "policy/minimise/project.hpp"
#include "policy/minimise/tables.hpp"

namespace gatehouse::policy {

namespace {

using json = nlohmann::json;


Error error(std::string code, std::string where, std::string what, std::string remedy = "", std::vector<std::string> allowed = {}) {
  return Error{std::move(code), std::move(where), std::move(what), std::move(remedy), std::move(allowed)};
}

constexpr std::array<std::string_view, 8> type_words = {"code", "date", "number", "name", "identifier", "address", "contact", "text"};
// `text` is no word of the file: it is what the type says.
constexpr std::array<std::string_view, 7> reading_words = {"", "", "subject", "person", "professional", "body", "person_or_body"};
constexpr std::array<std::string_view, 8> band_words = {"drop",    "code",       "age_band", "area",
                                                        "quarter", "count_band", "tens",     "money_band"};

template <class Words>
std::optional<std::size_t> place(const Words& words, std::string_view word) {
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<std::size_t>(found - words.begin());
}

// Reads what the files say, strictly: a word that is not known here might be a limit, and a limit that nobody carries out leaks.
class Reader {
 public:
  std::optional<Error> failed;

  std::string text(const json& at, const std::string& key, const std::string& path) {
    const auto found = at.find(key);
    if (found == at.end() || !found->is_string()) {
      fail(path + "." + key, "must be text");
      return "";
    }
    return found->get<std::string>();
  }

  const json& object(const json& at, const std::string& key, const std::string& path) {
    static const json nothing = json::object();
    const auto found = at.find(key);
    if (found == at.end() || !found->is_object()) {
      fail(path + "." + key, "must be an object");
      return nothing;
    }
    return *found;
  }

  std::vector<std::string> words(const json& list, const std::string& path) {
    std::vector<std::string> read;
    if (!list.is_array()) {
      fail(path, "must be a list of words");
      return read;
    }
    for (const json& word : list) {
      if (!word.is_string()) {
        fail(path, "must be a list of words");
        return {};
      }
      read.push_back(word.get<std::string>());
    }
    return read;
  }

  void fail(const std::string& where, const std::string& what) {
    if (!failed) failed = error("bad_schema", where, what);
  }
};

void read_field(Reader& reader, const json& from, const std::string& name, const std::string& path, CategoryRule& category) {
  if (!from.is_object()) return reader.fail(path, "must be an object");
  FieldRule rule;
  rule.name = name;
  const auto type = place(type_words, reader.text(from, "type", path));
  if (!type) return reader.fail(path + ".type", "is not a type of the schema");
  rule.type = static_cast<FieldType>(*type);
  const auto band = place(band_words, reader.text(from, "band", path));
  if (!band) return reader.fail(path + ".band", "is not a band of the schema");
  rule.band = static_cast<Band>(*band);
  rule.part = reader.text(from, "part", path);
  rule.event_date = from.value("event_date", false);
  if (rule.type == FieldType::code) {
    const auto codes = from.find("codes");
    if (codes == from.end()) return reader.fail(path + ".codes", "is missing");
    if (codes->is_string() && *codes == "ISO 639-3")
      rule.language = true;
    else
      rule.codes = reader.words(*codes, path + ".codes");
  }
  if (rule.type == FieldType::number) rule.unit = reader.text(from, "unit", path);
  // Whose name it is decides who is read out of it: a name field that does not say so would go as it stands.
  if (rule.type == FieldType::name) {
    const std::string word = reader.text(from, "names", path);
    const auto reading = word.empty() ? std::nullopt : place(reading_words, word);
    if (!reading) return reader.fail(path + ".names", "must be subject, person, professional, body or person_or_body");
    rule.names = static_cast<Reading>(*reading);
  }
  if (from.contains("belongs_to")) rule.belongs_to = reader.text(from, "belongs_to", path);
  category.fields.push_back(std::move(rule));
}

void read_limits(Reader& reader, const json& from, const std::string& path, const CategoryRule& category,
                 const std::set<std::string, std::less<>>& marks, Limits& limits) {
  const auto sort_out = [&](const std::string& key, std::vector<std::string>& parts, std::vector<std::string>& with_mark) {
    for (std::string& word : reader.words(from.at(key), path + "." + key)) {
      const bool part =
          std::any_of(category.fields.begin(), category.fields.end(), [&](const FieldRule& rule) { return rule.part == word; });
      if (part)
        parts.push_back(word);
      else if (marks.contains(word))
        with_mark.push_back(word);
      else
        reader.fail(path + "." + key, "names neither a part of the category nor a mark");
    }
  };
  for (const auto& [key, value] : from.items()) {
    if (key == "only") {
      limits.has_only = true;
      sort_out(key, limits.only_parts, limits.only_marks);
    } else if (key == "not") {
      sort_out(key, limits.not_parts, limits.not_marks);
    } else if (key == "last_months") {
      if (value.is_number_unsigned())
        limits.last_months = value.get<int>();
      else if (!value.is_null())
        reader.fail(path + "." + key, "must be a number of months or null");
    } else if (key == "by_person" || key == "travels_apart") {
      if (!value.is_boolean()) return reader.fail(path + "." + key, "must be true or false");
      limits.held = limits.held || value.get<bool>();
    } else if (key == "route") {
      limits.held = true;
    } else if (key == "as") {
      limits.as_code = true;
    } else if (key != "about" && key != "needs" && key != "any_of" && key != "roles" && key != "other_roles" && key != "recipients" &&
               key != "groups" && key != "because" && key != "unless") {
      reader.fail(path + "." + key, "is not a limit this program carries out");
    }
  }
}

}  // namespace

std::optional<std::int64_t> read_iso(std::string_view text) {
  const auto digits = [&](std::size_t at, std::size_t count) -> int {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
      if (text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const int year = digits(0, 4), month = digits(5, 2), day = digits(8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  std::int64_t at = std::chrono::sys_days{date}.time_since_epoch().count() * std::int64_t{86400};
  if (text.size() == 10) return at;
  const int hour = digits(11, 2), minute = digits(14, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || text[10] != 'T' || text[13] != ':') return std::nullopt;
  at += hour * 3600 + minute * 60;
  std::size_t next = 16;
  if (next < text.size() && text[next] == ':') {
    const int second = digits(next + 1, 2);
    if (second < 0 || second > 60) return std::nullopt;
    at += std::min(second, 59);
    next += 3;
    if (next < text.size() && text[next] == '.') {
      ++next;
      const std::size_t first = next;
      while (next < text.size() && text[next] >= '0' && text[next] <= '9') ++next;
      if (next == first || next - first > 9) return std::nullopt;
    }
  }
  if (text.substr(next) == "Z") return at;
  if (text.size() != next + 6 || (text[next] != '+' && text[next] != '-') || text[next + 3] != ':') return std::nullopt;
  const int zone_hour = digits(next + 1, 2), zone_minute = digits(next + 4, 2);
  if (zone_hour < 0 || zone_hour > 14 || zone_minute < 0 || zone_minute > 59) return std::nullopt;
  const int shift = zone_hour * 3600 + zone_minute * 60;
  return text[next] == '+' ? at - shift : at + shift;
}

std::expected<RecordSchema, Error> RecordSchema::read(std::string_view record_schema_json, std::string_view minimum_necessary_json) {
  const json schema = json::parse(record_schema_json, nullptr, false);
  if (!schema.is_object()) return std::unexpected(error("bad_schema", "record_schema.json", "is not a JSON object"));
  const json minimum = json::parse(minimum_necessary_json, nullptr, false);
  if (!minimum.is_object()) return std::unexpected(error("bad_schema", "minimum_necessary.json", "is not a JSON object"));

  auto tables = std::make_shared<SchemaTables>();
  Reader reader;
  for (const auto& [mark, meaning] : reader.object(schema, "marks", "$").items()) tables->marks.insert(mark);
  const json& categories = reader.object(schema, "categories", "$");
  for (std::size_t i = 0; i < SchemaTables::categories; ++i) {
    const std::string word(text(static_cast<Category>(i)));
    const std::string path = "$.categories." + word;
    const json& category = reader.object(categories, word, "$.categories");
    for (const auto& [name, field] : reader.object(category, "fields", path).items())
      read_field(reader, field, name, path + ".fields." + name, tables->rules[i]);
    if (category.contains("marks"))
      for (std::string& mark : reader.words(category["marks"], path + ".marks")) tables->rules[i].marks.insert(std::move(mark));
    for (const FieldRule& rule : tables->rules[i].fields) {
      const FieldRule* owner = rule.belongs_to.empty() ? nullptr : tables->rules[i].field(rule.belongs_to);
      if (!rule.belongs_to.empty() && (owner == nullptr || owner->type != FieldType::name))
        reader.fail(path + ".fields." + rule.name + ".belongs_to", "must be a name field of the same category");
    }
    if (!tables->rules[i].field("summary")) reader.fail(path + ".fields", "has no field `summary`, which every category has");
  }
  for (const auto& [word, ignored] : categories.items())
    if (!from_text<Category>(word)) reader.fail("$.categories." + word, "is not a category of the contract");
  if (reader.failed) {
    reader.failed->where = "record_schema.json " + reader.failed->where;
    return std::unexpected(*reader.failed);
  }

  const json& matrix = reader.object(minimum, "matrix", "$");
  for (std::size_t p = 0; p < SchemaTables::purposes; ++p) {
    const std::string purpose(text(static_cast<Purpose>(p)));
    const json& row = reader.object(matrix, purpose, "$.matrix");
    for (std::size_t c = 0; c < SchemaTables::categories; ++c) {
      const std::string category(text(static_cast<Category>(c)));
      const auto detail = from_text<Detail>(reader.text(row, category, "$.matrix." + purpose));
      if (detail)
        tables->matrix[p][c] = *detail;
      else
        reader.fail("$.matrix." + purpose + "." + category, "is not a detail of the matrix");
    }
  }
  for (const auto& [purpose_word, cells] : reader.object(minimum, "limits", "$").items()) {
    const auto purpose = from_text<Purpose>(purpose_word);
    const std::string path = "$.limits." + purpose_word;
    if (!purpose || !cells.is_object()) {
      reader.fail(path, "is not a purpose of the contract with its cells");
      continue;
    }
    for (const auto& [category_word, limits] : cells.items()) {
      const auto category = from_text<Category>(category_word);
      if (!category || !limits.is_object()) {
        reader.fail(path + "." + category_word, "is not a category of the contract with its limits");
        continue;
      }
      read_limits(reader, limits, path + "." + category_word, tables->rules[static_cast<std::size_t>(*category)], tables->marks,
                  tables->limits[{*purpose, *category}]);
    }
  }
  if (reader.failed) {
    reader.failed->where = "minimum_necessary.json " + reader.failed->where;
    return std::unexpected(*reader.failed);
  }
  RecordSchema read;
  read.tables_ = std::move(tables);
  return read;
}

namespace {

bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : lead >= 0xC2 && lead < 0xE0 ? 1 : lead >= 0xE0 && lead < 0xF0 ? 2 : lead >= 0xF0 && lead < 0xF5 ? 3 : 9;
    if (more == 9 || i + more >= text.size()) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    const auto second = more > 0 ? static_cast<unsigned char>(text[i + 1]) : 0x80;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second > 0x8F))
      return false;
    i += more + 1;
  }
  return true;
}

bool is_decimal(std::string_view text, double& value) {
  std::size_t i = 0;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
  if (i == 0 || i > 12) return false;
  if (i < text.size()) {
    if (text[i] != '.' || i + 1 == text.size() || text.size() - i > 7) return false;
    for (std::size_t k = i + 1; k < text.size(); ++k)
      if (text[k] < '0' || text[k] > '9') return false;
  }
  value = 0;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc{};
}

std::optional<Error> check_identifier(const std::string& name, const std::string& value, const std::string& where) {
  const std::string bare = bare_identifier(value);
  if (name == "nhs_number" && !valid_nhs_number(bare))
    return error("bad_identifier", where, "is not an NHS number", "ten digits whose check digit is right");
  if (name == "upn" && !valid_upn(bare))
    return error("bad_identifier", where, "is not a unique pupil number", "a check letter and twelve characters that agree with it");
  if (name == "ni_number" && !valid_nino(bare))
    return error("bad_identifier", where, "is not a national insurance number", "two letters of the issued table, six digits, A to D");
  if (name == "urn" && (bare.size() != 6 || bare != value || !std::all_of(bare.begin(), bare.end(), [](char c) { return c >= '0' && c <= '9'; })))
    return error("bad_identifier", where, "is not a school's URN", "six digits");
  if (bare.empty() || value.size() > 64) return error("bad_identifier", where, "is not a reference", "1 to 64 letters, digits and separators");
  return std::nullopt;
}

std::optional<Error> check_field(const FieldRule& rule, const std::string& value, const std::string& where) {
  if (value.empty()) return error("bad_value", where, "is empty", "leave the field out");
  if (!valid_utf8(value)) return error("bad_value", where, "is not UTF-8");
  const bool control = std::any_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7F;
  });
  if (control) return error("bad_value", where, "holds a control character");
  double number = 0;
  switch (rule.type) {
    case FieldType::code:
      if (rule.language) {
        if (value.size() != 3 || !std::all_of(value.begin(), value.end(), [](char c) { return c >= 'a' && c <= 'z'; }))
          return error("unknown_value", where, "is not a language code", "three small letters of ISO 639-3");
      } else if (std::find(rule.codes.begin(), rule.codes.end(), value) == rule.codes.end()) {
        return error("unknown_value", where, "is not on the code list", "", rule.codes);
      }
      return std::nullopt;
    case FieldType::date:
      if (!read_iso(value)) return error("bad_date", where, "is not a date", "`2026-11-22`, or a date and time with a zone");
      return std::nullopt;
    case FieldType::number:
      if (!is_decimal(value, number)) return error("bad_number", where, "is not a number", "a decimal without sign or unit");
      if (rule.unit == "percent" && number > 100) return error("bad_number", where, "is more than 100 percent", "0 to 100");
      return std::nullopt;
    case FieldType::identifier: return check_identifier(rule.name, value, where);
    case FieldType::name:
    case FieldType::address:
    case FieldType::contact:
      if (value.size() > 1000) return error("bad_value", where, "is longer than 1,000 bytes");
      return std::nullopt;
    case FieldType::text: return std::nullopt;
  }
  return error("bad_value", where, "has a type this program does not know");
}

}  // namespace

const SchemaTables& RecordSchema::tables() const {
  static const SchemaTables nothing;
  return tables_ ? *tables_ : nothing;
}

std::expected<void, Error> RecordSchema::check(const Record& record) const {
  if (!tables_) return std::unexpected(error("bad_schema", "$", "no schema was read"));
  if (record.id.empty()) return std::unexpected(error("bad_value", "id", "is empty"));
  if (static_cast<std::size_t>(record.category) >= SchemaTables::categories)
    return std::unexpected(error("unknown_value", "category", "is not a category of the contract"));
  const CategoryRule& category = tables_->rules[static_cast<std::size_t>(record.category)];
  const std::string category_word(text(record.category));
  constexpr std::array<std::string_view, 4> kinds = {"fact", "opinion", "verbatim", "third_party"};
  if (!place(kinds, record.kind))
    return std::unexpected(error("unknown_value", "kind", "is not a kind of record", "", {kinds.begin(), kinds.end()}));
  for (std::size_t i = 0; i < record.marks.size(); ++i)
    if (!tables_->marks.contains(record.marks[i]))
      return std::unexpected(error("unknown_value", "marks[" + std::to_string(i) + "]", "is not a mark of the schema", "",
                                   {tables_->marks.begin(), tables_->marks.end()}));

  std::set<std::string, std::less<>> seen;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const Field& field = record.fields[i];
    const FieldRule* rule = category.field(field.name);
    if (!rule) {
      // The name came from outside and may hold anything, so only its place is told.
      std::vector<std::string> allowed;
      for (const FieldRule& known : category.fields) allowed.push_back(known.name);
      return std::unexpected(
          error("unknown_field", "fields[" + std::to_string(i) + "]", "is not a field of `" + category_word + "`", "", std::move(allowed)));
    }
    const std::string where = category_word + "." + field.name;
    if (!seen.insert(field.name).second) return std::unexpected(error("duplicate_field", where, "is there twice"));
    if (auto wrong = check_field(*rule, field.value, where)) return std::unexpected(std::move(*wrong));
    if (field.name == "summary") {
      if (record.summary_author.empty())
        return std::unexpected(error("missing_value", where, "has no author", "`summary_author`, the id of who wrote it"));
      if (!read_iso(record.summary_written_on))
        return std::unexpected(error("bad_date", where, "does not say when it was written", "`summary_written_on`, a date"));
    }
  }
  return {};
}

}  // namespace gatehouse::policy
