#include "tests/adapters/store_checks.hpp"

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/log.hpp"

namespace gatehouse::tests {

using adapters::Database;
using adapters::Statement;

std::string inconsistency(const std::string& folder) {
  Database database(folder + "/gatehouse.db", Database::Mode::write, 1000);
  if (auto good = adapters::check_tail(database, 1u << 30); !good) return good.error();
  const struct {
    const char *what, *sql;
  } rules[] = {
      {"a request without its decision", "SELECT count(*) FROM request q WHERE NOT EXISTS (SELECT 1 FROM decision d WHERE d.request = q.seq)"},
      {"a decision without its entry",
       "SELECT count(*) FROM decision d WHERE NOT EXISTS (SELECT 1 FROM log_entry l WHERE l.idx = d.log_index AND l.request = d.request)"},
      {"a release whose entry is not one", "SELECT count(*) FROM release r WHERE NOT EXISTS (SELECT 1 FROM log_entry l WHERE l.idx = r.log_index AND "
                                           "l.request = r.request AND l.entry LIKE '%\"kind\":\"release\"%')"},
      {"a release entry without a release", "SELECT count(*) FROM log_entry l WHERE l.entry LIKE '%\"kind\":\"release\"%' AND NOT EXISTS (SELECT 1 FROM "
                                            "release r WHERE r.log_index = l.idx)"},
      {"a release without its package", "SELECT count(*) FROM release r JOIN request q ON q.seq = r.request WHERE q.state IN ('released', 'fetched', "
                                        "'acknowledged') AND NOT EXISTS (SELECT 1 FROM release_package p WHERE p.request = r.request)"},
      {"a request without its idempotency row", "SELECT count(*) FROM request q WHERE NOT EXISTS (SELECT 1 FROM idempotency i WHERE i.request = q.seq)"},
      {"a nonce too many or too few", "SELECT abs((SELECT count(*) FROM nonce) - (SELECT count(*) FROM request))"},
      {"a row that points nowhere", "SELECT count(*) FROM pragma_foreign_key_check"},
  };
  for (const auto& rule : rules) {
    Statement count(database.handle(), rule.sql);
    auto rows = count.select();
    if (!rows.next() || rows.integer(0) != 0) return rule.what;
  }
  Statement whole(database.handle(), "PRAGMA integrity_check");
  auto rows = whole.select();
  if (!rows.next() || rows.text(0) != "ok") return "the file is damaged";
  return "";
}

std::set<std::string> requests_in(const std::string& folder) {
  Database database(folder + "/gatehouse.db", Database::Mode::write, 1000);
  Statement all(database.handle(), "SELECT id FROM request");
  std::set<std::string> out;
  auto rows = all.select();
  while (rows.next()) out.insert(rows.string(0));
  return out;
}

std::set<std::int64_t> children_in_figures(const std::string& file) {
  std::set<std::int64_t> out;
  Database database(file, Database::Mode::read, 1000);
  Statement all(database.handle(), "SELECT child FROM event");
  auto rows = all.select();
  while (rows.next()) out.insert(rows.integer(0));
  return out;
}

long long number(const std::string& folder, const std::string& sql) {
  Database database(folder + "/gatehouse.db", Database::Mode::write, 1000);
  Statement one(database.handle(), sql);
  auto rows = one.select();
  return rows.next() ? rows.integer(0) : -1;
}

}  // namespace gatehouse::tests
