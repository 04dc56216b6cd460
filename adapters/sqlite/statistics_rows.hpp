#pragma once
// The rows that counts are made of, in a database file of their own (data/statistics.db): events with codes and keyed numbers only, and the cubes built
// from them. No name, reference or text is in it; a child is the start of a keyed hash, and the key is elsewhere. Building one quarter is one pass in the
// database: memory does not grow with the rows. One thread at a time; throws DatabaseFault.
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "policy/error.hpp"
#include "policy/statistics/table.hpp"

namespace gatehouse::adapters {

struct StatisticsEvent {
  std::int64_t child = 0, record = 0;       // keyed numbers: statistics_number()
  std::int32_t day = 0;                     // since 1970-01-01
  std::vector<std::size_t> codes;           // one for each attribute
};

class StatisticsRows {
 public:
  // Makes the file (0600) when there is none. Errors: one line.
  static std::expected<StatisticsRows, std::string> open(const std::string& file, unsigned busy_milliseconds);
  StatisticsRows(StatisticsRows&&) noexcept;
  StatisticsRows& operator=(StatisticsRows&&) noexcept;
  ~StatisticsRows();

  // A data set's code lists are kept with its first rows; other lists are an error, for stored codes would mean something else.
  std::expected<void, policy::Error> use(const statistics::Dataset& dataset);

  // A transaction of many rows; what is not committed is not there.
  void begin();
  // The same, but waits for so long at most while others write: a rotation of the index renumbers all rows in one transaction. `say`, which may be empty, is
  // given one line once it has waited for a moment. Throws a busy() DatabaseFault that says to come again: nothing was begun.
  void begin_within(std::chrono::seconds patience, const std::function<void(const std::string&)>& say);
  void commit();
  void rollback();
  enum class Put : std::uint8_t { added, replaced, unchanged };
  // A record that comes again replaces itself, in whatever quarter it stood: corrections wait for the revised snapshot. Errors: impossible.
  std::expected<Put, policy::Error> put(const statistics::Dataset& dataset, const StatisticsEvent& event);
  // Every event of a child, in all data sets: for erasure. Cubes stay as they were published.
  std::uint64_t forget(std::int64_t child);

  // The version of the index key (index.hpp) under which children and records stand, all of them under one; and which key that is: index_check() of it, empty
  // where nobody has said it yet. Read it in the transaction that puts or forgets.
  struct IndexKey {
    unsigned version = 1;
    std::string check;
  };
  IndexKey index_key();
  void say_index_key(const IndexKey& key);
  bool any();                               // whether there is a row of anybody
  bool has(std::int64_t child);
  // Gives every child and record the number that `turned` says, under another key, in one transaction: importers wait, figures that are published do not. Gives
  // the number of events. The numbers of before are in the write-ahead log until empty_log().
  std::uint64_t renumber(const IndexKey& key, const std::function<std::int64_t(std::int64_t)>& turned);
  // False: a reader that did not end within five seconds keeps numbers or rows of before in the write-ahead log.
  bool empty_log();

  // Builds the cube of a quarter from the rows that are there now: at most `per_child` rows of a child for each measure, the first by date, then by
  // record. Built once: when this revision was built before, its digest is given again.
  struct Build {
    std::string digest;                     // BLAKE2b-256 of quarter, revision and the base rows in order of child, date and record
    std::string codes;                      // BLAKE2b-256 of Dataset::frozen()
    bool fresh = false;
  };
  // Waits for so long at most while others write, as begin_within() does.
  std::expected<Build, policy::Error> build(const statistics::Dataset& dataset, statistics::Period period, bool revised, std::int64_t at,
                                            std::chrono::seconds patience = std::chrono::seconds(0), const std::function<void(const std::string&)>& say = {});

  // Every row of the partition, whatever the tally wants of it. False: there is no such cube.
  bool scan(const std::string& dataset, const std::string& measure, const statistics::Snapshot& snapshot, statistics::Tally& tally);

  Database& database();

 private:
  struct Impl;
  explicit StatisticsRows(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// A keyed number of 63 bits for a child or record: the start of a blind index, so that equal refs meet and nobody can try refs without the key.
std::int64_t statistics_number(const std::string& blind_index);

}  // namespace gatehouse::adapters
