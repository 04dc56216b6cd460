#include "adapters/sqlite/turn_over.hpp"

#include <vector>

namespace gatehouse::adapters {

namespace {

using enum IndexColumn::Holds;
constexpr IndexColumn kColumns[] = {
    {"request_look", "token", "token", bytes},
    {"person", "ref", "id", number},
    {"identifier", "token", "token", bytes},
    {"relation", "ref", "id", number},
    {"relation_token", "token", "person", number},
    {"item", "ref", "person", number},
    {"item_restriction", "whom", "person", number},
    {"consent", "ref", "id", number},
    {"competence", "ref", "id", number},
    {"finding", "ref", "id", number},
    {"nonce", "token", "expires", number},
    {"idempotency", "token", "id", number},
    {"idempotency", "body", "id", number},
    {"staff", "sign_in", "id", text},
    {"staff_session", "token", "token", bytes},
    {"enquiry", "answer_key", "id", text},
    {"enquiry", "answer_body", "id", text},
    {"inbound", "sent_key", "id", text},
    {"inbound", "sent_body", "id", text},
    {"statistics_idempotency", "token", "token", bytes},
    {"statistics_idempotency", "body", "token", bytes},
};

// What stands behind the 16 bytes of a value that is written under this version; nothing under the first.
std::string mark_of(unsigned version) {
  if (version == 1) return {};
  return {static_cast<char>(version >> 8), static_cast<char>(version & 255)};
}

}  // namespace

std::span<const IndexColumn> index_columns() { return kColumns; }

void write_index_as(Database& database, unsigned version, std::string_view check) {
  Statement(database.handle(), "UPDATE counter SET n = ? WHERE name = 'index_written'").run(version);
  Statement(database.handle(), "INSERT INTO index_check (one, version, value) VALUES (1, ?1, ?2) ON CONFLICT (one) DO UPDATE SET version = ?1, value = ?2").run(version, Blob{check});
}

void forget_older_index(Database& database) {
  Statement(database.handle(), "UPDATE counter SET n = (SELECT n FROM counter WHERE name = 'index_written') WHERE name = 'index_oldest'").run();
}

// The way may come by the same place twice: what was turned over there is not older any more.
TurnOver::TurnOver(Database& database, const IndexColumn& c)
    : next_(database.handle(), std::string("SELECT DISTINCT ") + c.way + ", " + c.column + " FROM " + c.table + " WHERE " + c.way + " >= ?1 AND substr(" + c.column +
                                   ", 17) <> ?2 ORDER BY " + c.way + " LIMIT ?3"),
      set_(database.handle(), std::string("UPDATE ") + c.table + " SET " + c.column + " = ?1 WHERE " + c.way + " = ?2 AND " + c.column + " = ?3"),
      left_(database.handle(), std::string("SELECT EXISTS (SELECT 1 FROM ") + c.table + " WHERE substr(" + c.column + ", 17) <> ?)"),
      way_holds_(c.way_holds),
      number_(INT64_MIN) {}

unsigned TurnOver::some(const Index& index, unsigned rows) {
  struct Value {
    std::int64_t number;
    std::string bytes, value;
  };
  std::vector<Value> values;
  const std::string mark = mark_of(index.written());
  {
    Rows found = way_holds_ == number ? next_.select(number_, Blob{mark}, rows)
                 : way_holds_ == text ? next_.select(bytes_, Blob{mark}, rows)
                                      : next_.select(Blob{bytes_}, Blob{mark}, rows);
    while (found.next()) {
      if (way_holds_ == number)
        values.push_back({found.integer(0), {}, std::string(found.blob(1))});
      else
        values.push_back({0, way_holds_ == text ? found.string(0) : std::string(found.blob(0)), std::string(found.blob(1))});
    }
  }
  for (const Value& one : values) {
    const std::string turned = index.turned(one.value);
    if (way_holds_ == number)
      set_.run(Blob{turned}, one.number, Blob{one.value});
    else if (way_holds_ == text)
      set_.run(Blob{turned}, one.bytes, Blob{one.value});
    else
      set_.run(Blob{turned}, Blob{one.bytes}, Blob{one.value});
  }
  if (!values.empty()) number_ = values.back().number, bytes_ = values.back().bytes;
  return static_cast<unsigned>(values.size());
}

bool TurnOver::done(const Index& index) {
  const std::string mark = mark_of(index.written());
  auto rows = left_.select(Blob{mark});
  return rows.next() && rows.integer(0) == 0;
}

}  // namespace gatehouse::adapters
