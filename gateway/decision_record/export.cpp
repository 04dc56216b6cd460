#include "gateway/decision_record/export.hpp"

#include <algorithm>
#include <array>

#include "policy/json_text.hpp"

namespace gatehouse::gateway {

namespace {

void write(policy::JsonText& json, const DecisionRecord& record) {
  json.open_object().field("schema", "gatehouse-decision-record/1").field("form", text(record.form));
  if (!record.id.empty()) json.field("id", record.id);
  json.key("fields").open_object();
  for (const auto& line : record.lines) json.field(line.key, line.value);
  json.close_object();
  json.key("labels").open_object();
  for (const auto& line : record.lines) json.field(line.key, line.label);
  json.close_object();
  json.key("from").open_object();
  for (const auto& line : record.lines)
    if (line.from != RecordFrom::nowhere) json.field(line.key, text(line.from));
  json.close_object();
  json.key("table").open_object().key("heads").open_array();
  for (const auto& head : record.row_heads) json.text(head);
  json.close_array().key("rows").open_array();
  for (const auto& row : record.rows) {
    json.open_array();
    for (const auto& cell : row) json.text(cell);
    json.close_array();
  }
  json.close_array().close_object();
  json.key("checks").open_array();
  for (const auto& check : record.checks) json.open_object().field("check", check.check).field("here", check.here).close_object();
  json.close_array();
  json.key("clauses").open_array();
  for (const auto& one : record.clauses) {
    json.open_object().field("id", one.id);
    if (!one.words.empty()) json.field("words", one.words);
    json.close_object();
  }
  json.close_array().close_object();
}

// No terminal, spreadsheet or page is told to do something by what somebody wrote.
std::string without_controls(std::string_view text, std::string_view but) {
  std::string out(text);
  for (auto& c : out)
    if ((static_cast<unsigned char>(c) < 0x20 || c == 0x7f) && but.find(c) == std::string_view::npos) c = ' ';
  return out;
}

bool runs_as_a_formula(std::string_view value) {
  if (value.starts_with('\t') || value.starts_with('\r')) return true;
  value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n"), value.size()));
  // The last four are the wide letters of the same signs, which some spreadsheets take for them.
  constexpr std::array<std::string_view, 8> starts = {"=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view one) { return value.starts_with(one); });
}

std::string cell(std::string value) {
  value = without_controls(value, "\t\r\n");
  if (runs_as_a_formula(value)) value.insert(value.begin(), '\'');
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string out;
  for (const auto& one : cells) out += (out.empty() ? "" : ",") + cell(one);
  return out + "\r\n";
}

}  // namespace

std::string to_json(const DecisionRecord& record) {
  policy::JsonText json;
  write(json, record);
  return json.take();
}

std::string to_json(const std::vector<DecisionRecord>& records) {
  policy::JsonText json;
  json.open_array();
  for (const auto& one : records) write(json, one);
  json.close_array();
  return json.take();
}

std::string to_csv(const std::vector<DecisionRecord>& records) {
  std::string out;
  std::vector<std::string> heads;
  const auto add = [&](const std::string& key) {
    if (std::find(heads.begin(), heads.end(), key) == heads.end()) heads.push_back(key);
  };
  add("form");
  // Columns are the union: a record with a rationale stands beside one without.
  for (const auto& record : records)
    for (const auto& line : record.lines) add(line.key);
  const bool repeats = std::any_of(records.begin(), records.end(), [](const auto& one) { return one.form == RecordForm::repeat; });
  if (repeats)
    for (const auto& record : records)
      for (const auto& head : record.row_heads) add(head);
  out += csv_line(heads);
  for (const auto& record : records) {
    const auto row_of = [&](const std::vector<std::string>* row) {
      std::vector<std::string> cells;
      for (const auto& head : heads) {
        std::string value;
        if (head == "form") value = text(record.form);
        for (const auto& line : record.lines)
          if (line.key == head) value = line.value;
        if (row != nullptr)
          for (std::size_t i = 0; i < record.row_heads.size() && i < row->size(); ++i)
            if (record.row_heads[i] == head) value = (*row)[i];
        cells.push_back(std::move(value));
      }
      out += csv_line(cells);
    };
    if (record.form != RecordForm::repeat || record.rows.empty())
      row_of(nullptr);
    else
      for (const auto& row : record.rows) row_of(&row);
  }
  return out;
}

documents::Read to_document(const std::vector<DecisionRecord>& records) {
  documents::Read out;
  out.format = documents::Format::pdf;
  documents::Part part;
  part.kind = "body";
  part.where = "record";
  part.carried = true;
  using documents::Block;
  const auto heading = [&](int level, std::string words) { part.blocks.push_back({Block::Kind::heading, level, {std::move(words)}}); };
  const auto row = [&](std::vector<std::string> cells) {
    for (auto& one : cells) one = without_controls(one, "\n");
    part.blocks.push_back({Block::Kind::row, 0, std::move(cells)});
  };
  bool first = true;
  for (const auto& record : records) {
    if (!first) part.blocks.push_back({Block::Kind::page_break, 0, {}});
    first = false;
    heading(1, record.form == RecordForm::decision ? "Decision record" : record.form == RecordForm::one_off ? "Record of Sharing" : "Record of Sharing, repeat");
    for (const auto& line : record.lines) row({line.label, line.value, std::string(record_words(line.from))});
    if (!record.rows.empty()) {
      heading(2, record.form == RecordForm::repeat ? "Each request" : "Each thing asked for");
      row(record.row_heads);
      for (const auto& cells : record.rows) row(cells);
    }
    if (!record.checks.empty()) {
      heading(2, record.form == RecordForm::one_off ? "The six conditions of the agreement" : "Seven checks");
      for (const auto& check : record.checks) row({check.check, check.here});
    }
    if (!record.clauses.empty()) {
      heading(2, "Clauses of our policy, in words");
      for (const auto& one : record.clauses)
        part.blocks.push_back({Block::Kind::paragraph, 0, {without_controls(one.id + ": " + (one.words.empty() ? "the words are not at hand: it was decided under another policy than the one in use" : one.words), "")}});
    }
  }
  out.parts.push_back(std::move(part));
  return out;
}

}  // namespace gatehouse::gateway
