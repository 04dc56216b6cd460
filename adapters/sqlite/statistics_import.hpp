#pragma once
// Where the rows of statistics come from: a file of coded events, or the organisation's own records. References are hashed with the installation's key here
// and go no further; a record becomes one row of codes, nothing else of it. Blocking; one at a time. A serving gateway may have the same files open.
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/settings.hpp"
#include "adapters/sqlite/statistics_rows.hpp"
#include "policy/error.hpp"

namespace gatehouse::adapters {

// A rotation of the index renumbers a million rows in some ten seconds.
inline constexpr std::chrono::seconds kStatisticsPatience{600};

class StatisticsImport {
 public:
  // One line when keys or rows cannot be opened, the data set's code lists are not those of its rows, or the rows stand under another index key. `say`: one line
  // when it has to wait for somebody else who writes, which it does for `patience` at most.
  static std::expected<StatisticsImport, std::string> open(const SqliteSettings& settings, const statistics::Dataset& dataset,
                                                           std::function<void(const std::string&)> say = {}, std::chrono::seconds patience = kStatisticsPatience);
  StatisticsImport(StatisticsImport&&) noexcept;
  StatisticsImport& operator=(StatisticsImport&&) noexcept;
  ~StatisticsImport();

  // `child`: the organisation's own reference, the same as in the records, so that both meet. Rows are in transactions of a few thousand. The error `unavailable`
  // is not about this row: nothing since the last transaction is there, and no other row will fare better. End there, and bring the whole in again later: what is
  // there already stays as it is.
  std::expected<StatisticsRows::Put, policy::Error> put(const std::string& child, const std::string& record, std::int32_t day, std::vector<std::size_t> codes);
  std::expected<void, std::string> finish();

  struct Collected {
    std::uint64_t people = 0, added = 0, replaced = 0, unchanged = 0;
    std::uint64_t not_applicable = 0;   // combinations that the policy rules out: not counted
    std::uint64_t undated = 0;          // items without a date
  };
  // Every item of the data set's `counted` categories, of everybody in the store; items of a compartment are left out.
  std::expected<Collected, std::string> collect();

 private:
  struct Impl;
  explicit StatisticsImport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Erasure: the rows of the person with this reference, in every data set. Published cubes and released figures stay. Gives how many rows went; nothing is
// there to forget where no rows were ever brought in. Waits in silence while others write, so not as long as an import.
std::expected<std::uint64_t, std::string> forget_in_statistics(const SqliteSettings& settings, const std::string& person_ref,
                                                               std::chrono::seconds patience = std::chrono::seconds(60));

// The version of the index key under which the rows stand, being the key store's own key of that number: in the transaction that goes on with it. Throws DatabaseFault
// where it is another one, or where nobody has said which. A file without a row that was not told begins under the newest key.
unsigned agreed_index_version(StatisticsRows& rows, Keyring& keys);

// `gatehouse migrate`: a file of an earlier layout does not say which key its rows stand under. Told where somebody on file has a row under it, where nothing was rotated
// yet (the first key of an installation never changes), or where the operator says so. Else gives one line that says why not: nothing is contradicted, and the file takes
// no rows until it is told. An error, in one line, where it was told another key. Nothing to say where there is no such file.
std::expected<std::string, std::string> keep_statistics_key(const SqliteSettings& settings, bool operator_says_so);

}  // namespace gatehouse::adapters
