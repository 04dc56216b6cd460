#pragma once
// How far the ledger of figures had got, in a file outside the database and its backups (keys/ledger.mark). A database that was set back does not have the
// line that stands here: what it answered since is unknown, so its data-years are charged in full before anything else is answered.
// Any thread; several processes (the folder is locked while the file is replaced). Errors: one line.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/database.hpp"

namespace gatehouse::adapters {

struct LedgerMark {
  std::uint64_t id = 0;                     // of the newest charge
  std::string hash;                         // its hash, 32 bytes; zero bytes where there is no charge
  struct Year {
    std::string dataset;
    int year = 0;
    std::uint64_t cap_all = 0;
  };
  std::vector<Year> years;                  // every data-year that was opened: an older copy may not know of it

  // As the database has it now. Throws DatabaseFault.
  static LedgerMark of(Database& database);
  // Nothing: there is no file.
  static std::expected<std::optional<LedgerMark>, std::string> read(const std::string& file);
  // Durable when it returns. Unless `back`, a mark that is further stays.
  std::expected<void, std::string> write(const std::string& file, bool back) const;

  // Whether the database's chain has this line. Throws DatabaseFault.
  bool is_in(Database& database) const;
};

}  // namespace gatehouse::adapters
