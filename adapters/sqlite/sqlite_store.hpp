#pragma once
// The embedded store: SQLite in WAL mode with synchronous=FULL and secure_delete, one writer thread with group commit (one transaction per batch,
// one savepoint per request), readers apart. Also the record source of the embedded records, and of statistics. Contracts: policy/ports.
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "adapters/sqlite/settings.hpp"
#include "policy/ports/desk.hpp"
#include "policy/ports/enquiries.hpp"
#include "policy/ports/inbound.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/ports/statistics_store.hpp"
#include "policy/ports/staff.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::adapters {

class SqliteStore : public policy::Store, public policy::RecordSource, public policy::StatisticsStore, public policy::StaffBook, public policy::Desk, public policy::Enquiries,
                    public policy::Inbound {
 public:
  // The contexts whose coroutines call the store must outlive it: destroy the store first (it writes what is queued and answers it).
  // `fatal` is called once, from the writer thread, after a commit whose end is not known: the process must end.
  static std::expected<std::unique_ptr<SqliteStore>, std::string> open(SqliteSettings settings, std::function<void(std::string)> fatal);
};

}  // namespace gatehouse::adapters
