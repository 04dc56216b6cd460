#include "policy/minimise/project.hpp"

#include <algorithm>
#include <charconv>

#include "policy/minimise/tables.hpp"

namespace gatehouse::policy {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

year_month_day day_of(Instant at) { return year_month_day{std::chrono::floor<std::chrono::days>(at)}; }

std::optional<Instant> instant(std::string_view iso) {
  const auto seconds = read_iso(iso);
  if (!seconds) return std::nullopt;
  return Instant{std::chrono::seconds{*seconds}};
}

std::optional<std::string> age_band(std::string_view iso, bool expected, Instant at) {
  const auto when = instant(iso);
  if (!when) return std::nullopt;
  if (expected) return *when > at ? std::optional<std::string>("unborn") : std::optional<std::string>("0-4");
  if (*when > at) return "unborn";
  const year_month_day born = day_of(*when), today = day_of(at);
  int age = static_cast<int>(today.year()) - static_cast<int>(born.year());
  if (std::pair(today.month(), today.day()) < std::pair(born.month(), born.day())) --age;
  if (age < 5) return "0-4";
  if (age < 10) return "5-9";
  if (age < 15) return "10-14";
  if (age < 18) return "15-17";
  if (age < 25) return "18-24";
  if (age < 45) return "25-44";
  if (age < 65) return "45-64";
  return "65+";
}

std::optional<std::string> quarter(std::string_view iso) {
  if (!read_iso(iso)) return std::nullopt;
  const int month = (iso[5] - '0') * 10 + (iso[6] - '0');
  return std::string(iso.substr(0, 4)) + "-Q" + std::to_string((month + 2) / 3);
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value < 0 || value > 1e12) return std::nullopt;
  return value;
}

// The local authority district, where the address ends with one (a postcode and the county may follow it). An address that does not say
// its district stays out: a town or a postcode is smaller than a district.
std::optional<std::string> district(std::string_view address) {
  static constexpr std::array<std::string_view, 13> districts = {
      "Ashford", "Canterbury", "Dartford", "Dover", "Folkestone and Hythe", "Gravesham", "Maidstone", "Medway",
      "Sevenoaks", "Swale", "Thanet", "Tonbridge and Malling", "Tunbridge Wells"};
  for (int part = 0; part < 3 && !address.empty(); ++part) {
    const auto comma = address.find_last_of(",\n");
    std::string_view last = comma == std::string_view::npos ? address : address.substr(comma + 1);
    while (!last.empty() && last.front() == ' ') last.remove_prefix(1);
    while (!last.empty() && last.back() == ' ') last.remove_suffix(1);
    const auto found = std::find(districts.begin(), districts.end(), last);
    if (found != districts.end()) return std::string(*found);
    if (comma == std::string_view::npos) break;
    address = address.substr(0, comma);
  }
  return std::nullopt;
}

// Nothing: the field drops. An unreadable value drops too, it is never passed on as it is.
std::optional<std::string> banded(const FieldRule& rule, const std::string& value, Instant at) {
  switch (rule.band) {
    case Band::drop: return std::nullopt;
    case Band::code:
      // A coded value, or a number such as a school year; anything else under this band is a fault of the file.
      if (rule.type == FieldType::code && (rule.language || std::find(rule.codes.begin(), rule.codes.end(), value) != rule.codes.end()))
        return value;
      if (rule.type == FieldType::number && number(value)) return value;
      return std::nullopt;
    case Band::age_band: return age_band(value, rule.name == "expected_date", at);
    case Band::area: return district(value);
    case Band::quarter: return quarter(value);
    case Band::count_band:
      if (const auto n = number(value)) return *n < 1 ? std::nullopt : std::optional<std::string>(*n < 2 ? "1" : *n < 3 ? "2" : *n < 5 ? "3-4" : "5+");
      return std::nullopt;
    case Band::tens:
      if (const auto n = number(value)) return std::to_string(static_cast<long long>(*n) / 10 * 10);
      return std::nullopt;
    case Band::money_band:
      if (const auto n = number(value)) return *n < 100 ? "under_100" : *n < 500 ? "100-499" : *n < 2000 ? "500-1999" : "2000+";
      return std::nullopt;
  }
  return std::nullopt;
}

bool holds(const std::vector<std::string>& list, std::string_view word) { return std::find(list.begin(), list.end(), word) != list.end(); }

bool marked(const Record& record, const std::vector<std::string>& marks) {
  return std::any_of(marks.begin(), marks.end(), [&](const std::string& mark) { return holds(record.marks, mark); });
}

// When what the item tells happened: its own event date, else its dating fields, else when it was recorded. The earliest of several
// dating fields: an old event does not become recent because it was reported again.
std::optional<Instant> event_of(const Record& record, const CategoryRule& category) {
  if (record.event_at) return record.event_at;
  std::optional<Instant> earliest;
  for (const Field& field : record.fields) {
    const FieldRule* rule = category.field(field.name);
    if (!rule || !rule->event_date) continue;
    const auto when = instant(field.value);
    if (when && (!earliest || *when < *earliest)) earliest = when;
  }
  return earliest ? earliest : record.recorded_at;
}

bool recent(const Record& record, const CategoryRule& category, int months, Instant at) {
  const auto event = event_of(record, category);
  if (!event) return false;  // undated: unknown is never permission
  year_month_day limit = day_of(at) - std::chrono::months{months};
  if (!limit.ok()) limit = limit.year() / limit.month() / std::chrono::last;
  return std::chrono::floor<std::chrono::days>(*event) >= sys_days{limit};
}

}  // namespace

std::vector<ProjectedItem> project(const RecordSchema& schema, Purpose purpose, const Decision& decision,
                                   const std::vector<Record>& records, Instant at) {
  std::vector<ProjectedItem> projected;
  if (static_cast<std::size_t>(purpose) >= SchemaTables::purposes) return projected;
  const SchemaTables& tables = schema.tables();

  for (const ItemDecision& item : decision.items()) {
    if (item.outcome != ItemOutcome::release || !item.category) continue;
    if (static_cast<std::size_t>(*item.category) >= SchemaTables::categories) continue;
    const auto record = std::find_if(records.begin(), records.end(), [&](const Record& candidate) {
      return candidate.id == item.id && candidate.version == item.version && candidate.category == *item.category;
    });
    if (record == records.end()) continue;
    const CategoryRule& category = tables.rules[static_cast<std::size_t>(*item.category)];
    const Detail cell = tables.matrix[static_cast<std::size_t>(purpose)][static_cast<std::size_t>(*item.category)];
    // An exception cell that the decision released was approved for this exact release: its relevant fields.
    const auto opened = [](Detail detail) { return detail == Detail::exception ? Detail::relevant : detail; };
    Detail detail = cell == Detail::none || item.detail == Detail::none ? Detail::none : std::min(opened(cell), opened(item.detail));
    if (detail == Detail::none) continue;

    static const Limits unlimited;
    const auto found = tables.limits.find({purpose, *item.category});
    const Limits& limits = found == tables.limits.end() ? unlimited : found->second;
    if (marked(*record, limits.not_marks)) continue;
    if (!limits.only_marks.empty() && !marked(*record, limits.only_marks) && limits.only_parts.empty()) continue;
    if (limits.last_months && !recent(*record, category, *limits.last_months, at)) continue;

    ProjectedItem out;
    out.id = item.id;
    out.version = item.version;
    out.category = *item.category;
    if (limits.as_code && detail != Detail::summary) detail = Detail::banded;
    // A summary cell that allows only a part of the category: no summary is that part alone, but the part's coded value is less than one.
    const bool summary_of_part = detail == Detail::summary && limits.has_only && limits.only_marks.empty() && !holds(limits.only_parts, "summary");
    out.detail = summary_of_part ? Detail::banded : detail;
    if (limits.held) {
      out.refer = true;
      projected.push_back(std::move(out));
      continue;
    }

    const bool whole = !limits.has_only || marked(*record, limits.only_marks);
    bool left_out_text = false;
    for (const Field& field : record->fields) {
      const FieldRule* rule = category.field(field.name);
      if (!rule) continue;  // not of this category: import refuses it, and it never goes
      if (!whole && !holds(limits.only_parts, rule->part)) continue;
      if (holds(limits.not_parts, rule->part)) continue;
      if (out.detail == Detail::summary && field.name != "summary") continue;
      if (field.name == "summary" && record->summary_author.empty()) continue;  // nobody answers for it
      if (item.structured_only && rule->type == FieldType::text) {
        left_out_text = true;
        continue;
      }
      if (out.detail == Detail::banded) {
        if (rule->type != FieldType::code && rule->type != FieldType::date && rule->type != FieldType::number &&
            rule->type != FieldType::address)
          continue;
        auto value = banded(*rule, field.value, at);
        if (!value) continue;
        out.fields.push_back({field.name, std::move(*value)});
        out.readings.push_back(Reading::as_it_is);
      } else {
        out.fields.push_back(field);
        out.readings.push_back(rule->type == FieldType::text ? Reading::text : rule->names);
      }
    }
    if (out.fields.empty()) {
      if (left_out_text) {
        out.refer = true;
      } else if (detail == Detail::summary) {
        out.needs_summary = out.refer = true;
      } else {
        continue;
      }
    }
    projected.push_back(std::move(out));
  }
  return projected;
}

void band_belongings(const RecordSchema& schema, ProjectedItem& item, const std::vector<bool>& hidden, Instant at) {
  if (item.detail == Detail::banded || static_cast<std::size_t>(item.category) >= SchemaTables::categories) return;
  const CategoryRule& category = schema.tables().rules[static_cast<std::size_t>(item.category)];
  const auto goes = [&](std::string_view name) {
    for (std::size_t i = 0; i < item.fields.size(); ++i)
      if (item.fields[i].name == name) return !hidden[i];
    return false;
  };
  std::vector<Field> fields;
  std::vector<Reading> readings;
  for (std::size_t i = 0; i < item.fields.size(); ++i) {
    const FieldRule* rule = category.field(item.fields[i].name);
    if (rule && !rule->belongs_to.empty() && !goes(rule->belongs_to)) {
      auto value = banded(*rule, item.fields[i].value, at);
      if (!value) continue;
      fields.push_back({item.fields[i].name, std::move(*value)});
      readings.push_back(Reading::as_it_is);
      continue;
    }
    fields.push_back(item.fields[i]);
    readings.push_back(item.readings[i]);
  }
  item.fields = std::move(fields);
  item.readings = std::move(readings);
}

}  // namespace gatehouse::policy
