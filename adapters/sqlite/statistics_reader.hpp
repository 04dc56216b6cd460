#pragma once
// Look-ups for statistics, on connections of their own: accounts and released figures from the store's database, counts from the cubes. Each answer is one
// consistent view. One thread at a time; throws DatabaseFault.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/ledger_mark.hpp"
#include "adapters/sqlite/settings.hpp"
#include "adapters/sqlite/statistics_rows.hpp"
#include "policy/ports/statistics_store.hpp"

namespace gatehouse::adapters {

class StatisticsReader {
 public:
  StatisticsReader(const SqliteSettings& settings, Keyring& keys);

  std::expected<policy::StatisticsBooks, policy::StoreError> books(const std::string& partner, std::uint64_t scheme);
  std::expected<std::vector<policy::KnownFigure>, policy::StoreError> known(const std::string& partner, const std::vector<policy::FigureKey>& keys);
  std::expected<std::vector<std::int64_t>, policy::StoreError> count(policy::CubeScan& scan);
  std::expected<policy::StatisticsLedger, policy::StoreError> ledger(std::size_t charges);
  std::expected<LedgerMark, policy::StoreError> mark();

 private:
  SqliteSettings settings_;
  Keyring& keys_;
  Database database_;
  std::optional<StatisticsRows> rows_;      // opened with the first count: without rows there is no file
  Statement begin_, end_, policy_, scheme_, snapshots_, budgets_, all_spent_, partner_spent_, allowance_, held_, figure_, receipt_;
};

// The chain from its beginning; sums, order and hashes. Empty: as it should be. `use` sees every line that is good.
std::string check_charges(Database& database, const std::function<void(const statistics::Charge&)>& use, std::uint64_t& lines);

}  // namespace gatehouse::adapters
