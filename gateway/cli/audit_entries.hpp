#pragma once
// The entries of a log on their way through an audit: from the installation's database or from a file of `audit export`, in order, from any index on.
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace gatehouse::cli {

class Entries {
 public:
  struct Row {
    std::uint64_t index = 0;
    std::string entry, leaf;
  };
  virtual ~Entries() = default;
  // False at the end. The index is the one stored, right or not.
  virtual std::expected<bool, std::string> next(Row& row) = 0;
  // The next row is the first whose index is at least this.
  virtual std::expected<void, std::string> seek(std::uint64_t index) = 0;
};

std::expected<std::unique_ptr<Entries>, std::string> entries_of_database(const std::string& database);
std::expected<std::unique_ptr<Entries>, std::string> entries_of_file(const std::string& path);   // `-`: standard input, read once

}  // namespace gatehouse::cli
