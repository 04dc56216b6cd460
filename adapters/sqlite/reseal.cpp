#include "adapters/sqlite/reseal.hpp"

#include <string>

#include "adapters/sqlite/sealer.hpp"

namespace gatehouse::adapters {
namespace {

// A column that holds something sealed with a person's key: its rows (key of the row in its table, the words that bind it to its place, the value), and how
// the new value is written. tests/adapters/key_admin_test.cpp asks that every column the schema calls sealed is here or in its list of others.
struct SealedColumn {
  const char *table, *column, *rows, *set;
};
constexpr SealedColumn kColumns[] = {
    {"person", "file", "SELECT id, CAST(id AS TEXT), file FROM person WHERE id = ?1", "UPDATE person SET file = ?2, key_version = ?3 WHERE id = ?1"},
    {"relation", "file", "SELECT id, CAST(id AS TEXT), file FROM relation WHERE person = ?1", "UPDATE relation SET file = ?2, key_version = ?3 WHERE id = ?1"},
    {"item", "content", "SELECT i.content, i.id || '.' || i.version, c.sealed FROM item i JOIN item_content c ON c.id = i.content WHERE i.person = ?1",
     "UPDATE item_content SET sealed = ?2 WHERE id = ?1 AND ?3 > 0"},
    {"consent", "file", "SELECT id, id || '.' || version, file FROM consent WHERE person = ?1", "UPDATE consent SET file = ?2, key_version = ?3 WHERE id = ?1"},
    {"competence", "file", "SELECT id, id || '.' || version, file FROM competence WHERE person = ?1",
     "UPDATE competence SET file = ?2, key_version = ?3 WHERE id = ?1"},
    {"finding", "file", "SELECT id, id || '.' || version, file FROM finding WHERE person = ?1", "UPDATE finding SET file = ?2, key_version = ?3 WHERE id = ?1"},
    {"request", "asked", "SELECT seq, id, asked FROM request WHERE person = ?1", "UPDATE request SET asked = ?2, key_version = ?3 WHERE seq = ?1"},
    {"decision", "question", "SELECT d.request, q.id, d.question FROM decision d JOIN request q ON q.seq = d.request WHERE q.person = ?1",
     "UPDATE decision SET question = ?2 WHERE request = ?1 AND ?3 > 0"},
    {"decision", "answer", "SELECT d.request, q.id, d.answer FROM decision d JOIN request q ON q.seq = d.request WHERE q.person = ?1",
     "UPDATE decision SET answer = ?2 WHERE request = ?1 AND ?3 > 0"},
    {"release", "content_sha256", "SELECT r.request, q.id, r.content_sha256 FROM release r JOIN request q ON q.seq = r.request WHERE q.person = ?1",
     "UPDATE release SET content_sha256 = ?2 WHERE request = ?1 AND ?3 > 0"},
    {"review", "words", "SELECT v.id, q.id, v.words FROM review v JOIN request q ON q.seq = v.request WHERE q.person = ?1",
     "UPDATE review SET words = ?2 WHERE id = ?1 AND ?3 > 0"},
    {"verdict", "file", "SELECT v.id, q.id || '|' || v.at || '|' || v.word || '|' || v.staff, v.file FROM verdict v JOIN request q ON q.seq = v.request WHERE q.person = ?1",
     "UPDATE verdict SET file = ?2 WHERE id = ?1 AND ?3 > 0"},
    {"keyed_in", "file", "SELECT k.request, q.id, k.file FROM keyed_in k JOIN request q ON q.seq = k.request WHERE q.person = ?1",
     "UPDATE keyed_in SET file = ?2 WHERE request = ?1 AND ?3 > 0"},
    {"told", "file", "SELECT t.id, q.id || '|' || t.at || '|' || t.staff, t.file FROM told t JOIN request q ON q.seq = t.request WHERE q.person = ?1",
     "UPDATE told SET file = ?2 WHERE id = ?1 AND ?3 > 0"},
};

}  // namespace

std::vector<std::pair<std::string_view, std::string_view>> resealed_columns() {
  std::vector<std::pair<std::string_view, std::string_view>> out;
  for (const auto& one : kColumns) {
    if (std::string_view(one.table) == "item")
      out.emplace_back("item_content", "sealed");   // an item's words lie beside it
    else
      out.emplace_back(one.table, one.column);
  }
  return out;
}

std::uint64_t reseal_person(Database& database, Keyring& keys, std::int64_t person) {
  auto lease = keys.open_data_key(person);
  if (!lease) throw DatabaseFault(0, "data key: there is none; it was destroyed, or the key store cannot be read");
  const Sealer sealer(std::move(*lease), person_subject(person));
  std::uint64_t done = 0;
  for (const auto& column : kColumns) {
    struct Value {
      std::int64_t key;
      std::string sealed;
    };
    std::vector<Value> again;
    {
      Statement all(database.handle(), column.rows);
      auto rows = all.select(person);
      while (rows.next()) {
        if (rows.blob(2).empty()) continue;
        const std::string place = rows.string(1);
        const auto plain = sealer.open(column.table, place, column.column, rows.blob(2));
        // A review that came while the person's key could not be read holds no words, under the audit key.
        if (!plain && std::string_view(column.table) == "review") continue;
        if (!plain) throw DatabaseFault(0, std::string(column.table) + ": a value opens with no version of its key; gatehouse audit verify, then restore", database.file());
        again.push_back({rows.integer(0), sealer.seal(column.table, place, column.column, *plain)});
      }
    }
    Statement set(database.handle(), column.set);
    for (const auto& one : again) set.run(one.key, Blob{one.sealed}, sealer.key_version());
    done += again.size();
  }
  Statement(database.handle(), "UPDATE item SET key_version = ? WHERE person = ?").run(sealer.key_version(), person);
  return done;
}

}  // namespace gatehouse::adapters
