#pragma once
// The entries of the log as stored, read without any key: for `gatehouse log`, whose user may not read the key store, for `audit` and for the anchor.
// One thread at a time; a gateway may be serving from the same database.
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::adapters {

class LogReader {
 public:
  // One line (what, where, remedy) when there is no database of this version.
  static std::expected<LogReader, std::string> open(const std::string& database);
  LogReader(LogReader&&) noexcept;
  LogReader& operator=(LogReader&&) noexcept;
  ~LogReader();

  struct Row {
    std::uint64_t index = 0;
    std::string entry;
    std::string leaf;                    // 32 bytes, as stored: right or not
  };
  // Entries from `from` on, in order, at most `limit`. A gap shows as a jump in the index.
  std::expected<std::vector<Row>, std::string> rows(std::uint64_t from, std::uint64_t limit);
  // What the head of the log says.
  std::expected<std::uint64_t, std::string> size();

 private:
  struct Impl;
  explicit LogReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gatehouse::adapters
