#include "adapters/sqlite/index_proof.hpp"

#include "adapters/sqlite/files.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/sealer.hpp"
#include "adapters/sqlite/turn_over.hpp"

namespace gatehouse::adapters {

namespace {

struct Stands {
  unsigned oldest = 1, written = 1;
  std::string check;                       // empty: it does not say
};

Stands stands(Database& database) {
  Stands out;
  const int schema = schema_version(database);
  if (schema >= 14) {
    Statement counters(database.handle(), "SELECT (SELECT n FROM counter WHERE name = 'index_oldest'), (SELECT n FROM counter WHERE name = 'index_written')");
    auto rows = counters.select();
    if (!rows.next() || rows.integer(0) < 1 || rows.integer(1) < rows.integer(0)) throw DatabaseFault(0, "database: counter: the versions of the index are missing", database.file());
    out.oldest = static_cast<unsigned>(rows.integer(0)), out.written = static_cast<unsigned>(rows.integer(1));
  }
  if (schema >= 15) {
    Statement check(database.handle(), "SELECT value FROM index_check WHERE version = ?");
    auto rows = check.select(out.written);
    if (rows.next()) out.check = rows.blob(0);
  }
  return out;
}

}  // namespace

void each_reference(Database& database, Keyring& keys, const std::function<bool(std::string_view, const std::string&)>& use) {
  Statement people(database.handle(), "SELECT id, ref, file FROM person WHERE shredded_at IS NULL ORDER BY id");
  auto rows = people.select();
  while (rows.next()) {
    const std::int64_t person = rows.integer(0);
    auto lease = keys.open_data_key(person);
    if (!lease) continue;
    const auto plain = Sealer(std::move(*lease), person_subject(person)).open("person", std::to_string(person), "file", rows.blob(2));
    const auto file = plain ? read_person(*plain) : std::nullopt;
    if (file && !use(rows.blob(1), file->ref)) return;
  }
}

std::expected<void, std::string> prove_index_key(Database& database, Keyring& keys) {
  const std::string where = database.file() + ": ";
  const Stands now = stands(database);
  const std::string check = index_check(keys, now.written);
  if (!now.check.empty()) {
    if (now.check == check) return {};
    return std::unexpected(where + "index key " + std::to_string(now.written) + " of the key store is another one than that of this database; restore both from one backup");
  }
  std::uint64_t same = 0, other = 0, newest = 0;
  each_reference(database, keys, [&](std::string_view stored, const std::string& ref) {
    const unsigned version = index_version(stored, &database);
    ++(version <= now.written && index_at(keys, first_index(keys, "ref:" + ref), version) == stored ? same : other);
    newest += version == now.written ? 1 : 0;
    return true;
  });
  if (other != 0)
    return std::unexpected(where + std::to_string(other) + " of " + std::to_string(same + other) +
                           " people on file are not found with the index key of this key store; restore database and key store from one backup");
  if (same == 0) return std::unexpected(where + "nobody's file opens with this key store, so its index key cannot be tried; restore database and key store from one backup");
  // Values of other kinds are turned over before the first person is: they may stand under a key that no row here can try.
  if (newest == 0)
    return std::unexpected(where + "a rotation of its index had just begun; say `gatehouse keys rotate index` with the gatehouse of before, then `gatehouse migrate` with this one");
  return {};
}

void keep_index_key(Database& database, Keyring& keys) {
  Transaction transaction(database);
  const Stands now = stands(database);
  if (!now.check.empty()) return;
  write_index_as(database, now.written, index_check(keys, now.written));
  transaction.commit();
}

}  // namespace gatehouse::adapters
