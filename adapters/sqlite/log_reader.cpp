#include "adapters/sqlite/log_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/schema.hpp"

namespace gatehouse::adapters {

struct LogReader::Impl {
  explicit Impl(const std::string& the_file) : file(the_file), database(the_file, Database::Mode::read, 5000) {}
  const std::string file;
  Database database;
  std::optional<Statement> entries, head;
};

LogReader::LogReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogReader::LogReader(LogReader&&) noexcept = default;
LogReader& LogReader::operator=(LogReader&&) noexcept = default;
LogReader::~LogReader() = default;

std::expected<LogReader, std::string> LogReader::open(const std::string& database) {
  if (::access(database.c_str(), F_OK) != 0) return std::unexpected(database + ": there is no database here; run `gatehouse init` or restore it");
  try {
    auto impl = std::make_unique<Impl>(database);
    if (const int version = schema_version(impl->database); version != kSchemaVersion)
      return std::unexpected(database + ": schema version " + std::to_string(version) + ", this gatehouse reads " + std::to_string(kSchemaVersion) +
                             (version < kSchemaVersion ? "; run `gatehouse migrate`" : "; use a newer gatehouse"));
    impl->entries.emplace(impl->database.handle(), "SELECT idx, entry, leaf FROM log_entry WHERE idx >= ? ORDER BY idx LIMIT ?");
    impl->head.emplace(impl->database.handle(), "SELECT size FROM log_head WHERE one = 1");
    return LogReader(std::move(impl));
  } catch (const DatabaseFault& fault) {
    return std::unexpected(database + ": " + fault.what() + "; check the file and its owner");
  }
}

std::expected<std::vector<LogReader::Row>, std::string> LogReader::rows(std::uint64_t from, std::uint64_t limit) {
  try {
    auto rows = impl_->entries->select(std::min<std::uint64_t>(from, INT64_MAX), std::min<std::uint64_t>(limit, INT64_MAX));
    std::vector<Row> out;
    while (rows.next()) out.push_back({rows.number(0), rows.string(1), std::string(rows.blob(2))});
    return out;
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->file + ": " + fault.what());
  }
}

std::expected<std::uint64_t, std::string> LogReader::size() {
  try {
    auto rows = impl_->head->select();
    if (!rows.next()) return std::unexpected(impl_->file + ": the head of the log is missing; restore the database");
    return rows.number(0);
  } catch (const DatabaseFault& fault) {
    return std::unexpected(impl_->file + ": " + fault.what());
  }
}

}  // namespace gatehouse::adapters
