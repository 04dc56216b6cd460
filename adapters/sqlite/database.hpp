#pragma once
// SQLite with lifetimes: a connection, a prepared statement that is kept, the rows of one run. One thread at a time per connection.
// A fault of the database is thrown as DatabaseFault and caught once per job, where it becomes a StoreError.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace gatehouse::adapters {

// INVARIANT: what() names a table or a result code, never a value.
class DatabaseFault : public std::runtime_error {
 public:
  DatabaseFault(int code, const std::string& what, std::string file = {}) : std::runtime_error(what), code_(code), file_(std::move(file)) {}
  int code() const { return code_; }               // SQLite's extended result code
  const std::string& file() const { return file_; }  // of which database, where that is known: whoever has several open must not guess
  bool busy() const;                               // somebody else writes: nothing happened
  bool full() const;                               // no room: nothing happened
  bool constraint() const;                         // a rule of the schema said no: only this row failed

 private:
  int code_;
  std::string file_;
};
// One line: the file the fault is of, or `otherwise` where it says none, and what it is.
std::string line_of(const DatabaseFault& fault, const std::string& otherwise);

struct Blob {
  std::string_view bytes;
};
struct Null {};

class Rows;

// Kept for the life of its connection; text and blobs bound must outlive the run.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Runs to the end; gives the number of rows changed.
  template <class... Values>
  int run(const Values&... values) {
    bind_all(values...);
    return finish();
  }
  // Rows are read from the object that comes back; the statement is free again when it goes.
  template <class... Values>
  Rows select(const Values&... values);

 private:
  friend class Rows;
  template <class... Values>
  void bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
  }
  void bind(int index, std::int64_t value);
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, int value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, unsigned value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, bool value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, Blob blob);
  void bind(int index, Null);
  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    if (value)
      bind(index, *value);
    else
      bind(index, Null());
  }
  bool step();
  int finish();
  void reset();

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

// Views into a row live until next() or the end of this object.
class Rows {
 public:
  explicit Rows(Statement& statement) : statement_(&statement) {}
  Rows(Rows&& other) noexcept : statement_(other.statement_) { other.statement_ = nullptr; }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows() {
    if (statement_ != nullptr) statement_->reset();
  }
  bool next() { return statement_->step(); }
  std::int64_t integer(int column) const;
  std::uint64_t number(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  bool null(int column) const;
  std::string string(int column) const { return std::string(text(column)); }

 private:
  Statement* statement_;
};

template <class... Values>
Rows Statement::select(const Values&... values) {
  bind_all(values...);
  return Rows(*this);
}

class Database {
 public:
  enum class Mode : std::uint8_t { read, write, create };
  // Opens with the settings every connection has: WAL, synchronous=FULL, secure_delete, foreign keys, temporary tables in memory,
  // a schema that is not trusted. `create` makes the file when there is none (mode 0600). Throws DatabaseFault.
  Database(const std::string& file, Mode mode, unsigned busy_milliseconds);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  void run(const char* sql);                       // one or more statements without parameters
  sqlite3* handle() const { return database_; }
  std::string file() const;                        // with its whole path
  bool in_transaction() const;
  // Moves what is in the write-ahead log into the database. `truncate` waits for readers and leaves an empty log.
  enum class Checkpoint : std::uint8_t { passive, truncate };
  // False: a reader holds what the log would have to give up; with `truncate` the log then still has its old pages, and the file perhaps too.
  bool checkpoint(Checkpoint kind);
  // `truncate` until it succeeds, for so long at most: others may be reading, or writing the log back themselves. Who writes is let in meanwhile. False: what
  // was changed or deleted may still be in the write-ahead log, and whoever promised that it is gone must say so.
  bool empty_log(unsigned milliseconds);

 private:
  sqlite3* database_ = nullptr;
  unsigned busy_milliseconds_ = 0;
};

// A transaction that is rolled back unless it was committed.
class Transaction {
 public:
  explicit Transaction(Database& database, const char* begin = "BEGIN IMMEDIATE") : database_(&database) { database.run(begin); }
  static constexpr struct Begun {
  } begun{};
  Transaction(Database& database, Begun) : database_(&database) {}   // one that its caller has just begun
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit() {
    database_->run("COMMIT");
    database_ = nullptr;
  }

 private:
  Database* database_;
};

}  // namespace gatehouse::adapters
