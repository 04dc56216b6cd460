#include "adapters/sqlite/statistics_rows.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "crypto/noise.hpp"
#include "policy/statistics/canonical.hpp"

namespace gatehouse::adapters {

using policy::Error;
using statistics::Dataset;
using statistics::Period;

namespace {

// Events lie in the order in which a build reads them, so that no build sorts them. A cube is never changed: a revised one stands beside it.
constexpr const char* kTables = R"sql(
CREATE TABLE dataset (no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, codes BLOB NOT NULL) STRICT;
CREATE TABLE event (
  dataset INTEGER NOT NULL, period INTEGER NOT NULL, child INTEGER NOT NULL, day INTEGER NOT NULL, record INTEGER NOT NULL, cell INTEGER NOT NULL,
  PRIMARY KEY (dataset, period, child, day, record)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX event_record ON event (dataset, record);
CREATE INDEX event_child ON event (child);
CREATE TABLE build (
  no INTEGER PRIMARY KEY, dataset INTEGER NOT NULL, period INTEGER NOT NULL, revised INTEGER NOT NULL, digest BLOB NOT NULL, codes BLOB NOT NULL,
  at INTEGER NOT NULL, UNIQUE (dataset, period, revised)
) STRICT;
CREATE TABLE cube (
  build INTEGER NOT NULL, measure TEXT NOT NULL, cell INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (build, measure, cell)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER build_is_final BEFORE UPDATE ON build BEGIN SELECT RAISE (ABORT, 'a snapshot is built once'); END;
CREATE TRIGGER build_stays BEFORE DELETE ON build BEGIN SELECT RAISE (ABORT, 'a snapshot is built once'); END;
CREATE TRIGGER cube_is_final BEFORE UPDATE ON cube BEGIN SELECT RAISE (ABORT, 'a snapshot is built once'); END;
CREATE TRIGGER cube_stays BEFORE DELETE ON cube BEGIN SELECT RAISE (ABORT, 'a snapshot is built once'); END;
PRAGMA user_version = 1;
)sql";

// Under which version of the index key children and records stand.
constexpr const char* kSecond = R"sql(
CREATE TABLE index_key (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT;
INSERT INTO index_key VALUES (1, 1);
PRAGMA user_version = 2;
)sql";

// Which key of that number it is (index_check()): whoever has the keys says it, before the first row or in `gatehouse migrate`.
constexpr const char* kThird = R"sql(
ALTER TABLE index_key ADD COLUMN check_value BLOB NOT NULL DEFAULT x'';
PRAGMA user_version = 3;
)sql";

constexpr int kLayout = 3;
constexpr unsigned kReadersMilliseconds = 5000;   // for a reader to end

std::string as_text(const crypto::Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

Error error(std::string code, std::string where, std::string what, std::string remedy) { return {std::move(code), std::move(where), std::move(what), std::move(remedy), {}}; }

Period period_of_day(std::int32_t day) { return statistics::period_of(policy::Instant(std::chrono::days(day))); }

// Eight bytes, high byte first.
std::string bytes_of(std::uint64_t number) {
  std::string out(8, '\0');
  for (int i = 0; i < 8; ++i) out[static_cast<std::size_t>(i)] = static_cast<char>(number >> (56 - 8 * i));
  return out;
}

}  // namespace

std::int64_t statistics_number(const std::string& blind_index) {
  std::uint64_t out = 0;
  std::memcpy(&out, blind_index.data(), std::min<std::size_t>(8, blind_index.size()));
  return static_cast<std::int64_t>(out >> 1);
}

struct StatisticsRows::Impl {
  Impl(const std::string& file, unsigned busy) : database(file, Database::Mode::create, busy) {
    // Sorting and grouping spill to disk: the memory of a build is this cache, whatever the rows.
    database.run("PRAGMA temp_store = FILE; PRAGMA cache_size = -65536");
  }
  void prepare() {
    dataset.emplace(database.handle(), "SELECT no, codes FROM dataset WHERE id = ?");
    add_dataset.emplace(database.handle(), "INSERT INTO dataset (id, codes) VALUES (?, ?)");
    record.emplace(database.handle(), "SELECT period, child, day, cell FROM event WHERE dataset = ? AND record = ?");
    drop.emplace(database.handle(), "DELETE FROM event WHERE dataset = ? AND period = ? AND child = ? AND day = ? AND record = ?");
    add.emplace(database.handle(), "INSERT INTO event (dataset, period, child, day, record, cell) VALUES (?, ?, ?, ?, ?, ?)");
    forget.emplace(database.handle(), "DELETE FROM event WHERE child = ?");
    of_child.emplace(database.handle(), "SELECT 1 FROM event WHERE child = ? LIMIT 1");
    known.emplace(database.handle(), "SELECT b.digest, b.codes FROM build b JOIN dataset d ON d.no = b.dataset WHERE d.id = ? AND b.period = ? AND b.revised = ?");
    find.emplace(database.handle(), "SELECT b.no FROM build b JOIN dataset d ON d.no = b.dataset WHERE d.id = ? AND b.period = ? AND b.revised = ? AND b.digest = ?");
    scan.emplace(database.handle(), "SELECT cell, n FROM cube WHERE build = ? AND measure = ?");
  }
  std::int64_t number_of(const Dataset& data) {
    auto rows = dataset->select(data.id);
    if (!rows.next()) throw DatabaseFault(0, "database: statistics: a data set that was not begun");
    return rows.integer(0);
  }
  Database database;
  std::optional<Statement> dataset, add_dataset, record, drop, add, forget, of_child, known, find, scan;
};

StatisticsRows::StatisticsRows(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StatisticsRows::StatisticsRows(StatisticsRows&&) noexcept = default;
StatisticsRows& StatisticsRows::operator=(StatisticsRows&&) noexcept = default;
StatisticsRows::~StatisticsRows() = default;
Database& StatisticsRows::database() { return impl_->database; }

std::expected<StatisticsRows, std::string> StatisticsRows::open(const std::string& file, unsigned busy_milliseconds) {
  try {
    auto impl = std::make_unique<Impl>(file, busy_milliseconds);
    std::int64_t version = 0;
    const auto look = [&] {
      Statement pragma(impl->database.handle(), "PRAGMA user_version");
      auto rows = pragma.select();
      return rows.next() ? rows.integer(0) : -1;
    };
    version = look();
    if (version >= 0 && version < kLayout) {
      Transaction transaction(impl->database);
      if (look() == 0) impl->database.run(kTables);   // another process may have been first
      if (look() == 1) impl->database.run(kSecond);
      if (look() == 2) impl->database.run(kThird);
      transaction.commit();
      version = look();
    }
    if (version != kLayout)
      return std::unexpected(file + ": rows of layout " + std::to_string(version) + ", this gatehouse reads " + std::to_string(kLayout) + "; use a newer gatehouse");
    impl->prepare();
    return StatisticsRows(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(file + ": " + fault.what());
  }
}

std::expected<void, Error> StatisticsRows::use(const Dataset& dataset) {
  const std::string codes = as_text(crypto::blake2b_256(dataset.frozen()));
  {
    auto rows = impl_->dataset->select(dataset.id);
    if (rows.next()) {
      if (rows.blob(1) == codes) return {};
      return std::unexpected(error("other_codes", "datasets", "the code lists of `" + dataset.id + "` are not those its rows were coded with",
                                   "give the data set a new id, or the old lists"));
    }
  }
  impl_->add_dataset->run(dataset.id, Blob{codes});
  return {};
}

void StatisticsRows::begin() { impl_->database.run("BEGIN IMMEDIATE"); }
void StatisticsRows::begin_within(std::chrono::seconds patience, const std::function<void(const std::string&)>& say) {
  const std::string seconds = std::to_string(patience.count()) + " s";
  const auto until = std::chrono::steady_clock::now() + patience;
  for (bool first = true;; first = false) {
    try {
      begin();
      return;
    } catch (const DatabaseFault& fault) {
      if (!fault.busy()) throw;
    }
    const std::string file = impl_->database.file();
    if (std::chrono::steady_clock::now() >= until)
      throw DatabaseFault(SQLITE_BUSY, "somebody else still writes there after " + seconds + " (a rotation of the index, an import); say it again when that has ended", file);
    if (first && say) say(file + ": somebody else writes there, as a rotation of the index does for a while; waiting for " + seconds + " at most");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}
void StatisticsRows::commit() { impl_->database.run("COMMIT"); }
void StatisticsRows::rollback() {
  if (impl_->database.in_transaction()) impl_->database.run("ROLLBACK");
}

std::expected<StatisticsRows::Put, Error> StatisticsRows::put(const Dataset& dataset, const StatisticsEvent& event) {
  // Canonical forms rest on it: a combination that the policy rules out must not be in any database.
  if (dataset.impossible(event.codes))
    return std::unexpected(error("not_applicable", "row", "has a combination that the policy's not_applicable rules out", "correct the record, or the policy"));
  const std::int64_t no = impl_->number_of(dataset);
  const Period period = period_of_day(event.day);
  const auto cell = static_cast<std::int64_t>(dataset.packed(event.codes));
  bool was_there = false;
  std::int64_t old_period = 0, old_child = 0, old_day = 0;
  {
    auto rows = impl_->record->select(no, event.record);
    if (rows.next()) {
      was_there = true;
      old_period = rows.integer(0), old_child = rows.integer(1), old_day = rows.integer(2);
      if (old_period == period && old_child == event.child && old_day == event.day && rows.integer(3) == cell) return Put::unchanged;
    }
  }
  if (was_there) impl_->drop->run(no, old_period, old_child, old_day, event.record);
  impl_->add->run(no, static_cast<std::int64_t>(period), event.child, static_cast<std::int64_t>(event.day), event.record, cell);
  return was_there ? Put::replaced : Put::added;
}

StatisticsRows::IndexKey StatisticsRows::index_key() {
  Statement one(impl_->database.handle(), "SELECT version, check_value FROM index_key WHERE one = 1");
  auto rows = one.select();
  if (!rows.next()) throw DatabaseFault(0, "database: statistics: the version of the index key is missing", impl_->database.file());
  return {static_cast<unsigned>(rows.integer(0)), std::string(rows.blob(1))};
}

void StatisticsRows::say_index_key(const IndexKey& key) {
  Statement(impl_->database.handle(), "UPDATE index_key SET version = ?, check_value = ? WHERE one = 1").run(key.version, Blob{key.check});
}

bool StatisticsRows::any() {
  Statement one(impl_->database.handle(), "SELECT 1 FROM event LIMIT 1");
  return one.select().next();
}

bool StatisticsRows::has(std::int64_t child) { return impl_->of_child->select(child).next(); }

bool StatisticsRows::empty_log() { return impl_->database.empty_log(kReadersMilliseconds); }

std::uint64_t StatisticsRows::renumber(const IndexKey& key, const std::function<std::int64_t(std::int64_t)>& turned) {
  sqlite3* const db = impl_->database.handle();
  const auto call = [](sqlite3_context* context, int, sqlite3_value** values) {
    const auto& how = *static_cast<const std::function<std::int64_t(std::int64_t)>*>(sqlite3_user_data(context));
    sqlite3_result_int64(context, how(sqlite3_value_int64(values[0])));
  };
  void* const how = const_cast<std::function<std::int64_t(std::int64_t)>*>(&turned);   // given back as it is to `call`, which does not change it
  if (const int code = sqlite3_create_function_v2(db, "turned", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, how, call, nullptr, nullptr, nullptr); code != SQLITE_OK)
    throw DatabaseFault(code, "database: statistics: a function cannot be made");
  struct Gone {
    sqlite3* db;
    ~Gone() { sqlite3_create_function_v2(db, "turned", 1, SQLITE_UTF8, nullptr, nullptr, nullptr, nullptr, nullptr); }
  } const gone{db};
  Transaction transaction(impl_->database);
  const int done = Statement(db, "UPDATE event SET child = turned(child), record = turned(record)").run();
  say_index_key(key);
  transaction.commit();
  return static_cast<std::uint64_t>(done);
}

std::uint64_t StatisticsRows::forget(std::int64_t child) { return static_cast<std::uint64_t>(impl_->forget->run(child)); }

std::expected<StatisticsRows::Build, Error> StatisticsRows::build(const Dataset& dataset, Period period, bool revised, std::int64_t at, std::chrono::seconds patience,
                                                                  const std::function<void(const std::string&)>& say) {
  begin_within(patience, say);
  Transaction transaction(impl_->database, Transaction::begun);
  if (auto good = use(dataset); !good) return std::unexpected(good.error());
  Build out;
  {
    auto rows = impl_->known->select(dataset.id, static_cast<std::int64_t>(period), revised);
    if (rows.next()) {
      out.digest = rows.blob(0);
      out.codes = rows.blob(1);
      return out;
    }
  }
  out.fresh = true;
  out.codes = as_text(crypto::blake2b_256(dataset.frozen()));
  const std::int64_t no = impl_->number_of(dataset);
  unsigned most = 1;
  for (const auto& measure : dataset.measures) most = std::max(most, measure.per_child);

  crypto::Blake2b256 digest;
  // Which quarter and revision it is stands before the rows: two quarters without a row, or a revision that changed nothing, must not share their noise.
  std::string block;
  statistics::put_field(block, "gh-stat-snapshot/1");
  statistics::put_field(block, dataset.id);
  statistics::put_field(block, static_cast<std::uint64_t>(period));
  statistics::put_field(block, std::uint64_t{revised});
  {
    Statement base(impl_->database.handle(), "SELECT child, cell FROM event WHERE dataset = ? AND period = ? ORDER BY child, day, record");
    auto rows = base.select(no, static_cast<std::int64_t>(period));
    std::int64_t child = -1;
    unsigned n = 0;
    while (rows.next()) {
      n = rows.integer(0) == child ? n + 1 : 1;
      child = rows.integer(0);
      if (n > most) continue;
      block += bytes_of(static_cast<std::uint64_t>(child));
      block += static_cast<char>(n);
      block += bytes_of(rows.number(1));
      if (block.size() >= 64 * 1024) {
        digest.update(block);
        block.clear();
      }
    }
    digest.update(block);
  }
  out.digest = as_text(digest.finish());

  Statement add(impl_->database.handle(), "INSERT INTO build (dataset, period, revised, digest, codes, at) VALUES (?, ?, ?, ?, ?, ?)");
  add.run(no, static_cast<std::int64_t>(period), revised, Blob{out.digest}, Blob{out.codes}, at);
  std::int64_t build_no = 0;
  {
    auto rows = impl_->find->select(dataset.id, static_cast<std::int64_t>(period), revised, Blob{out.digest});
    if (!rows.next()) throw DatabaseFault(0, "database: statistics: a build that is not there");
    build_no = rows.integer(0);
  }
  // The first rows of each child, counted by combination, inside the database.
  Statement cube(impl_->database.handle(),
                    "INSERT INTO cube (build, measure, cell, n) SELECT ?, ?, cell, count(*) FROM (SELECT cell, row_number() OVER "
                 "(PARTITION BY child ORDER BY day, record) AS place FROM event WHERE dataset = ? AND period = ?) WHERE place <= ? GROUP BY cell");
  for (const auto& measure : dataset.measures)
    cube.run(build_no, measure.id, no, static_cast<std::int64_t>(period), static_cast<std::int64_t>(measure.per_child));
  transaction.commit();
  impl_->database.checkpoint(Database::Checkpoint::passive);
  return out;
}

bool StatisticsRows::scan(const std::string& dataset, const std::string& measure, const statistics::Snapshot& snapshot, statistics::Tally& tally) {
  std::int64_t no = 0;
  {
    auto rows = impl_->find->select(dataset, static_cast<std::int64_t>(snapshot.period), snapshot.revised, Blob{snapshot.digest});
    if (!rows.next()) return false;
    no = rows.integer(0);
  }
  auto rows = impl_->scan->select(no, measure);
  while (rows.next()) tally.add(rows.number(0), rows.integer(1));
  return true;
}

}  // namespace gatehouse::adapters
