#include "adapters/sqlite/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

namespace gatehouse::adapters {
namespace {

std::string file_of(sqlite3* database) {
  const char* name = database != nullptr ? sqlite3_db_filename(database, "main") : nullptr;
  return name != nullptr ? name : "";
}

// SQLite's own message may quote SQL but never a bound value; file names are ours.
[[noreturn]] void fail(sqlite3* database, int code) {
  const int extended = database != nullptr ? sqlite3_extended_errcode(database) : code;
  const char* message = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  throw DatabaseFault(extended == SQLITE_OK ? code : extended, std::string("database: ") + message, file_of(database));
}

void check(sqlite3* database, int code) {
  if (code != SQLITE_OK) fail(database, code);
}

// Counting every allocation takes a lock that all threads share; nobody reads the counts. Only before SQLite's first use.
void configure_once() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

}  // namespace

std::string line_of(const DatabaseFault& fault, const std::string& otherwise) { return (fault.file().empty() ? otherwise : fault.file()) + ": " + fault.what(); }

bool DatabaseFault::busy() const { return (code_ & 0xff) == SQLITE_BUSY || (code_ & 0xff) == SQLITE_LOCKED; }
bool DatabaseFault::full() const { return (code_ & 0xff) == SQLITE_FULL; }
bool DatabaseFault::constraint() const { return (code_ & 0xff) == SQLITE_CONSTRAINT; }

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
  check(database, sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(int index, std::int64_t value) { check(database_, sqlite3_bind_int64(statement_, index, value)); }

void Statement::bind(int index, std::string_view text) {
  // A null pointer would bind NULL; an empty text is a text.
  check(database_, sqlite3_bind_text64(statement_, index, text.data() == nullptr ? "" : text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind(int index, Blob blob) {
  check(database_, sqlite3_bind_blob64(statement_, index, blob.bytes.data() == nullptr ? "" : blob.bytes.data(), blob.bytes.size(), SQLITE_STATIC));
}

void Statement::bind(int index, Null) { check(database_, sqlite3_bind_null(statement_, index)); }

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const int extended = sqlite3_extended_errcode(database_);
  std::string what = std::string("database: ") + sqlite3_errmsg(database_);
  sqlite3_reset(statement_);
  throw DatabaseFault(extended, what, file_of(database_));
}

int Statement::finish() {
  while (step()) {
  }
  const int changed = sqlite3_changes(database_);
  reset();
  return changed;
}

void Statement::reset() { sqlite3_reset(statement_); }

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_->statement_, column); }

std::string_view Rows::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_->statement_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_->statement_, column))};
}

std::string_view Rows::blob(int column) const {
  const void* bytes = sqlite3_column_blob(statement_->statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_->statement_, column))};
}

bool Rows::null(int column) const { return sqlite3_column_type(statement_->statement_, column) == SQLITE_NULL; }

Database::Database(const std::string& file, Mode mode, unsigned busy_milliseconds) : busy_milliseconds_(busy_milliseconds) {
  configure_once();
  if (mode == Mode::create) {
    // Made by us with the right mode: SQLite would follow the umask. The log and its index take the mode of the database.
    const int made = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (made < 0) throw DatabaseFault(SQLITE_CANTOPEN, "database: the file cannot be made; is the folder there and writable?");
    ::close(made);
  }
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
  const int code = sqlite3_open_v2(file.c_str(), &database_, flags, nullptr);
  try {
    check(database_, code);
    sqlite3_busy_timeout(database_, static_cast<int>(busy_milliseconds));
    sqlite3_db_config(database_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(database_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
    run("PRAGMA temp_store = MEMORY");
    if (mode == Mode::read) {
      // Not mapped: a file that grows with every release would be mapped anew all the time, and each thread's mapping costs the others a pause.
      run("PRAGMA query_only = ON; PRAGMA cache_size = -16384");
    } else {
      run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -32768; "
          "PRAGMA journal_size_limit = 67108864");
      // Anything else than WAL and FULL would make "durable" a lie.
      Statement journal(database_, "PRAGMA journal_mode"), sync(database_, "PRAGMA synchronous"), secure(database_, "PRAGMA secure_delete");
      auto journal_rows = journal.select();
      auto sync_rows = sync.select();
      auto secure_rows = secure.select();
      if (!journal_rows.next() || journal_rows.text(0) != "wal" || !sync_rows.next() || sync_rows.integer(0) != 2 || !secure_rows.next() ||
          secure_rows.integer(0) != 1)
        throw DatabaseFault(SQLITE_CANTOPEN, "database: write-ahead log, full sync or secure delete cannot be turned on here; use a local file system");
    }
  } catch (...) {
    sqlite3_close(database_);
    throw;
  }
}

Database::~Database() { sqlite3_close(database_); }

void Database::run(const char* sql) { check(database_, sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }

std::string Database::file() const { return file_of(database_); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

bool Database::checkpoint(Checkpoint kind) {
  const int code =
      sqlite3_wal_checkpoint_v2(database_, nullptr, kind == Checkpoint::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) fail(database_, code);
  return code == SQLITE_OK;
}

bool Database::empty_log(unsigned milliseconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  // Whoever waits for readers inside of SQLite keeps every writer waiting as well: short tries. And while somebody else writes the log back it does not wait at all.
  struct AsBefore {
    sqlite3* database;
    int milliseconds;
    ~AsBefore() { sqlite3_busy_timeout(database, milliseconds); }
  } const as_before{database_, static_cast<int>(busy_milliseconds_)};
  sqlite3_busy_timeout(database_, static_cast<int>(std::min(busy_milliseconds_, 100u)));
  while (!checkpoint(Checkpoint::truncate)) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

Transaction::~Transaction() {
  if (database_ == nullptr || !database_->in_transaction()) return;
  try {
    database_->run("ROLLBACK");
  } catch (const DatabaseFault&) {
    // The transaction is gone either way: SQLite rolls back what was not committed when the file is next opened.
  }
}

}  // namespace gatehouse::adapters
