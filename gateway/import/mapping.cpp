#include "gateway/import/mapping.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "gateway/import/text.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::imports {

namespace {

using nlohmann::json;
using policy::Error;

struct Refused {
  Error error;
};
[[noreturn]] void refuse(std::string code, std::string where, std::string what, std::string remedy) {
  throw Refused{{std::move(code), std::move(where), std::move(what), std::move(remedy), {}}};
}

// `names[0].given` as its parts; empty when it is not a path.
struct Step {
  std::string name;
  std::optional<std::size_t> index;
};
std::vector<Step> steps_of(std::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    const auto dot = path.find('.');
    std::string_view part = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (dot != std::string_view::npos && path.empty()) return {};
    Step step;
    if (const auto open = part.find('['); open != std::string_view::npos) {
      const auto digits = part.substr(open + 1);
      if (digits.size() != 2 || digits[1] != ']' || digits[0] < '0' || digits[0] > '9') return {};
      step.index = static_cast<std::size_t>(digits[0] - '0');
      part = part.substr(0, open);
    }
    if (part.empty() || !std::all_of(part.begin(), part.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }))
      return {};
    step.name = part;
    steps.push_back(std::move(step));
  }
  return steps.size() <= 3 ? steps : std::vector<Step>{};
}

// Puts `value` at the path. False: something that is not a container is in the way.
bool put(json& root, const std::vector<Step>& steps, json value) {
  json* here = &root;
  for (const auto& step : steps) {
    if (!here->is_object()) {
      if (!here->is_null()) return false;
      *here = json::object();
    }
    here = &(*here)[step.name];
    if (step.index) {
      if (!here->is_array()) {
        if (!here->is_null()) return false;
        *here = json::array();
      }
      while (here->size() <= *step.index) here->push_back(nullptr);
      here = &(*here)[*step.index];
    }
  }
  if (!here->is_null()) return false;
  *here = std::move(value);
  return true;
}

// Lists with holes (`names[1]` given, `names[0]` empty) close up; an object with nothing in it goes.
void close_up(json& value) {
  if (value.is_object())
    for (auto& [key, member] : value.items()) close_up(member);
  if (!value.is_array()) return;
  json out = json::array();
  for (auto& member : value) {
    close_up(member);
    if (!member.is_null()) out.push_back(std::move(member));
  }
  value = std::move(out);
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

const std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

// The next part of a date format, longest first.
std::string_view part_of(std::string_view format) {
  for (const std::string_view part : {"yyyy", "mon", "dd", "mm", "d", "m"})
    if (format.substr(0, part.size()) == part) return part;
  return {};
}

}  // namespace

bool is_date_format(std::string_view format) {
  int day = 0, month = 0, year = 0;
  while (!format.empty()) {
    const auto part = part_of(format);
    if (part.empty()) {
      if (std::isalnum(static_cast<unsigned char>(format[0]))) return false;
      format.remove_prefix(1);
      continue;
    }
    day += part[0] == 'd';
    month += part[0] == 'm';
    year += part[0] == 'y';
    format.remove_prefix(part.size());
  }
  return day == 1 && month == 1 && year == 1;
}

std::optional<std::string> iso_date(std::string_view format, std::string_view text) {
  int day = 0, month = 0, year = 0;
  while (!format.empty()) {
    const auto part = part_of(format);
    if (part.empty()) {
      if (text.empty() || text[0] != format[0]) return std::nullopt;
      format.remove_prefix(1);
      text.remove_prefix(1);
      continue;
    }
    format.remove_prefix(part.size());
    if (part == "mon") {
      std::string name(text.substr(0, 3));
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      const auto found = std::find(months.begin(), months.end(), name);
      if (found == months.end()) return std::nullopt;
      month = static_cast<int>(found - months.begin()) + 1;
      text.remove_prefix(3);
      continue;
    }
    const std::size_t most = part.size() == 1 ? 2 : part.size();
    std::size_t digits = 0;
    int number = 0;
    while (digits < most && digits < text.size() && text[digits] >= '0' && text[digits] <= '9') number = number * 10 + (text[digits++] - '0');
    if (digits == 0 || (part.size() > 1 && digits != part.size())) return std::nullopt;
    text.remove_prefix(digits);
    (part[0] == 'd' ? day : part[0] == 'm' ? month : year) = number;
  }
  if (!text.empty()) return std::nullopt;
  const policy::Date date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)), std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return policy::to_text(date);
}

struct Mapping::Impl {
  struct Column {
    std::string name;
    std::vector<Step> steps;             // empty: ignored
    std::string field;
    std::string date;                    // format; empty: not a date
    std::string split;                   // between the members of a list; empty: one value
    std::map<std::string, json> codes;   // empty: as written
    bool optional = false;               // the column may be missing from the file
    bool boolean = false;
    std::string prefix;                  // put before the value
  };
  Kind kind = Kind::item;
  char delimiter = ',';
  std::vector<Column> columns;
  json constants = json::object();
  bool any_column = false;               // plain(): columns are the header's own
  std::vector<const Column*> order;      // by the file's header
  std::vector<std::string> header;
};

Mapping::Mapping() : impl_(std::make_shared<Impl>()) {}
Kind Mapping::kind() const { return impl_->kind; }
char Mapping::delimiter() const { return impl_->delimiter; }

Mapping Mapping::plain(Kind kind) {
  Mapping mapping;
  mapping.impl_->kind = kind;
  mapping.impl_->any_column = true;
  return mapping;
}

std::expected<Mapping, Error> Mapping::read(std::string_view bytes) {
  json root;
  if (auto bad = gateway::strict::parse(bytes, root)) return std::unexpected(std::move(*bad));
  if (!root.is_object()) return std::unexpected(Error{"bad_json", "$", "the mapping is not a JSON object", "{\"kind\": …, \"columns\": {…}}", {}});
  Mapping mapping;
  Impl& impl = *mapping.impl_;
  try {
    for (const auto& [key, value] : root.items())
      if (key != "kind" && key != "columns" && key != "constants" && key != "delimiter")
        refuse("unknown_key", "$", "has a key that is not known", "one of kind, columns, constants, delimiter");
    const auto kind = root.contains("kind") && root["kind"].is_string() ? kind_from(root["kind"].get_ref<const std::string&>()) : std::nullopt;
    if (!kind) refuse("unknown_value", "$.kind", "is not a kind of row", "one of person, relation, item, consent, competence, finding");
    impl.kind = *kind;
    if (root.contains("delimiter")) {
      const json& delimiter = root["delimiter"];
      if (!delimiter.is_string() || (delimiter != "," && delimiter != ";" && delimiter != "\t" && delimiter != "|"))
        refuse("unknown_value", "$.delimiter", "is not allowed", "one of \",\" \";\" \"|\" \"\\t\"");
      impl.delimiter = delimiter.get_ref<const std::string&>()[0];
    }
    const auto field_steps = [&](const std::string& field, const std::string& where) {
      auto steps = steps_of(field);
      const auto& keys = keys_of(impl.kind);
      if (steps.empty() || std::find(keys.begin(), keys.end(), steps[0].name) == keys.end()) {
        std::string list;
        for (const auto& known : keys) list += (list.empty() ? "" : ", ") + known;
        refuse("unknown_value", where, "is not a field of this kind", "one of " + list + ", with `.part` or `[0]` where it has parts");
      }
      return steps;
    };
    std::set<std::string> taken;
    if (!root.contains("columns") || !root["columns"].is_object() || root["columns"].empty())
      refuse("missing_key", "$.columns", "is missing, empty or not an object", "{\"Column name\": {\"field\": \"…\"}}");
    for (const auto& [name, spec] : root["columns"].items()) {
      const std::string where = "$.columns." + name;
      if (!spec.is_object()) refuse("wrong_type", where, "is not an object", "{\"field\": \"…\"} or {\"ignore\": true}");
      Impl::Column column;
      column.name = name;
      for (const auto& [key, value] : spec.items()) {
        if (key == "ignore" || key == "optional") {
          if (!value.is_boolean()) refuse("wrong_type", where + "." + key, "is not true or false", "true or false");
          if (key == "optional") column.optional = value.get<bool>();
        } else if (key == "field" || key == "date" || key == "split" || key == "type" || key == "prefix") {
          if (!value.is_string() || value.get_ref<const std::string&>().empty()) refuse("wrong_type", where + "." + key, "is not text", "\"…\"");
          const auto& text = value.get_ref<const std::string&>();
          if (key == "field") column.field = text;
          if (key == "date") column.date = text;
          if (key == "split") column.split = text;
          if (key == "prefix") column.prefix = text;
          if (key == "type") {
            if (text != "boolean" && text != "text") refuse("unknown_value", where + ".type", "is not known", "boolean or text");
            column.boolean = text == "boolean";
          }
        } else if (key == "codes") {
          if (!value.is_object() || value.empty()) refuse("wrong_type", where + ".codes", "is not an object with at least one code", "{\"Y\": true}");
          for (const auto& [from, to] : value.items()) {
            if (!to.is_string() && !to.is_boolean()) refuse("wrong_type", where + ".codes", "translates to something else than text, true or false", "{\"Y\": true}");
            column.codes[from] = to;
          }
        } else {
          refuse("unknown_key", where, "has a key that is not known", "one of field, ignore, optional, date, split, codes, type, prefix");
        }
      }
      const bool ignored = spec.value("ignore", false);
      if (ignored == !column.field.empty()) refuse("missing_key", where, "needs either a field or ignore", "{\"field\": \"…\"} or {\"ignore\": true}");
      if (!ignored) {
        column.steps = field_steps(column.field, where + ".field");
        if (!taken.insert(column.field).second) refuse("duplicate_key", where + ".field", "is already another column's", "one column for each field");
        if (!column.date.empty() && !is_date_format(column.date))
          refuse("unknown_value", where + ".date", "is not a date format", "day, month and year once each, of dd d mm m mon yyyy, as in dd/mm/yyyy");
        if (!column.date.empty() + !column.codes.empty() + column.boolean > 1)
          refuse("unknown_value", where, "has more than one of date, codes and type boolean", "one of them");
      }
      impl.columns.push_back(std::move(column));
    }
    if (root.contains("constants")) {
      if (!root["constants"].is_object()) refuse("wrong_type", "$.constants", "is not an object", "{\"form\": \"written\"}");
      for (const auto& [field, value] : root["constants"].items()) {
        const std::string where = "$.constants." + field;
        const auto steps = field_steps(field, where);
        if (!taken.insert(field).second) refuse("duplicate_key", where, "is a column's already", "one or the other");
        if (!put(impl.constants, steps, value)) refuse("duplicate_key", where, "cannot stand beside another field", "look at its path");
      }
    }
  } catch (const Refused& refused) {
    return std::unexpected(refused.error);
  }
  return mapping;
}

std::expected<void, Error> Mapping::header(const std::vector<std::string>& columns) {
  Impl& impl = *impl_;
  impl.order.clear();
  impl.header.clear();
  std::set<std::string> seen;
  if (impl.any_column) {
    impl.columns.clear();
    const auto& keys = keys_of(impl.kind);
    for (const auto& raw : columns) {
      Impl::Column column;
      column.name = trimmed(raw);
      column.field = column.name;
      column.steps = steps_of(column.name);
      if (column.steps.empty() || std::find(keys.begin(), keys.end(), column.steps[0].name) == keys.end())
        return std::unexpected(Error{"unknown_column", "line 1", "a column name is not a field name", "use field names as column names, or give --mapping", keys});
      impl.columns.push_back(std::move(column));
    }
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string name = trimmed(columns[i]);
    const auto found = std::find_if(impl.columns.begin(), impl.columns.end(), [&](const auto& column) { return column.name == name; });
    // A column name may be anything somebody typed, so an unknown one is told by its place.
    if (found == impl.columns.end())
      return std::unexpected(Error{"unknown_column", "line 1", "column " + std::to_string(i + 1) + " is not in the mapping",
                                   "map it to a field, or say {\"ignore\": true}", {}});
    if (!seen.insert(name).second) return std::unexpected(Error{"duplicate_column", "line 1", "column `" + name + "` is there twice", "keep one", {}});
    impl.order.push_back(&*found);
    impl.header.push_back(name);
  }
  for (const auto& column : impl.columns)
    if (!seen.contains(column.name) && !column.optional)
      return std::unexpected(Error{"missing_column", "line 1", "column `" + column.name + "` of the mapping is not in the file",
                                   "add it, or say {\"optional\": true} in the mapping", {}});
  return {};
}

std::expected<std::string, Error> Mapping::row(const std::vector<std::string>& cells) const {
  const Impl& impl = *impl_;
  if (cells.size() != impl.order.size())
    return std::unexpected(Error{"column_count", "row", "has " + std::to_string(cells.size()) + " cells", "the header has " + std::to_string(impl.order.size()), {}});
  json out = impl.constants;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto& column = *impl.order[i];
    if (column.steps.empty()) continue;
    const std::string cell = trimmed(cells[i]);
    if (cell.empty()) continue;
    const std::string where = "column `" + column.name + "`";
    std::optional<Error> wrong;
    const auto one = [&](const std::string& value) -> json {
      if (!column.codes.empty()) {
        const auto found = column.codes.find(value);
        if (found != column.codes.end()) return found->second;
        std::string known;
        for (const auto& [from, to] : column.codes) known += (known.empty() ? "" : ", ") + from;
        wrong = Error{"unknown_value", where, "is not one of the mapping's codes", "one of " + known, {}};
        return nullptr;
      }
      if (!column.date.empty()) {
        if (auto date = iso_date(column.date, value)) return *date;
        wrong = Error{"bad_date", where, "is not a day in the mapping's format", column.date, {}};
        return nullptr;
      }
      if (column.boolean) {
        if (value == "true" || value == "false") return value == "true";
        wrong = Error{"unknown_value", where, "is neither true nor false", "true or false, or give codes in the mapping", {}};
        return nullptr;
      }
      return column.prefix + value;
    };
    json value;
    if (column.split.empty()) {
      value = one(cell);
    } else {
      value = json::array();
      for (std::size_t from = 0; from <= cell.size() && !wrong;) {
        const auto to = std::min(cell.find(column.split, from), cell.size());
        const std::string member = trimmed(std::string_view(cell).substr(from, to - from));
        if (!member.empty()) value.push_back(one(member));
        from = to + column.split.size();
      }
    }
    if (wrong) return std::unexpected(std::move(*wrong));
    if (!put(out, column.steps, std::move(value)))
      return std::unexpected(Error{"duplicate_key", where, "cannot stand beside another field", "look at the mapping's paths", {}});
  }
  close_up(out);
  return out.dump(-1, ' ', false, json::error_handler_t::strict);
}

std::string Mapping::column_of(const std::string& field) const {
  const std::string top = field.substr(0, field.find_first_of(".["));
  for (const auto& column : impl_->columns)
    if (column.field == field) return "column `" + column.name + "`";
  for (const auto& column : impl_->columns)
    if (!column.steps.empty() && column.steps[0].name == top && !column.split.empty()) return "column `" + column.name + "`";
  return {};
}

}  // namespace gatehouse::imports
