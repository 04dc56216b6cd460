#include "gateway/cli/audit_entries.hpp"

#include <fstream>
#include <utility>
#include <vector>

#include "adapters/sqlite/log_reader.hpp"
#include "crypto/log/entry_file.hpp"

namespace gatehouse::cli {
namespace {

namespace tree = crypto::log;

constexpr std::uint64_t kRows = 4096;
constexpr std::size_t kLongestLine = 100'000;  // an entry has at most 65,535 bytes

class DatabaseEntries : public Entries {
 public:
  explicit DatabaseEntries(adapters::LogReader reader) : reader_(std::move(reader)) {}
  std::expected<bool, std::string> next(Row& row) override {
    if (at_ == rows_.size()) {
      auto rows = reader_.rows(from_, kRows);
      if (!rows) return std::unexpected(rows.error());
      rows_ = std::move(*rows);
      at_ = 0;
      if (rows_.empty()) return false;
      from_ = rows_.back().index + 1;
    }
    row.index = rows_[at_].index;
    row.entry = std::move(rows_[at_].entry);
    row.leaf = std::move(rows_[at_].leaf);
    ++at_;
    return true;
  }
  std::expected<void, std::string> seek(std::uint64_t index) override {
    from_ = index;
    rows_.clear();
    at_ = 0;
    return {};
  }

 private:
  adapters::LogReader reader_;
  std::vector<adapters::LogReader::Row> rows_;
  std::size_t at_ = 0;
  std::uint64_t from_ = 0;
};

class FileEntries : public Entries {
 public:
  explicit FileEntries(const std::string& path) : path_(path == "-" ? "standard input" : path), in_(path == "-" ? "/dev/stdin" : path, std::ios::binary) {}
  bool good() const { return in_.good(); }
  std::expected<bool, std::string> next(Row& row) override {
    while (std::getline(in_, line_)) {
      ++number_;
      auto read = line_.size() > kLongestLine ? std::unexpected(crypto::Error{"bad_line", "entry file", "a line is too long", "at most 100,000 bytes"})
                                              : tree::read_entry_line(line_);
      if (!read) return std::unexpected(path_ + ", line " + std::to_string(number_) + ": " + read.error().what + "; " + read.error().remedy);
      if (read->index < skip_below_) continue;
      skip_below_ = 0;
      row.index = read->index;
      row.entry = std::move(read->entry);
      row.leaf = std::move(read->leaf);
      return true;
    }
    if (in_.bad()) return std::unexpected(path_ + ": it cannot be read; check the disk");
    return false;
  }
  std::expected<void, std::string> seek(std::uint64_t index) override {
    skip_below_ = index;
    if (number_ == 0) return {};
    in_.clear();
    in_.seekg(0);
    number_ = 0;
    if (!in_) return std::unexpected(path_ + ": it cannot be read a second time; give a file");
    return {};
  }

 private:
  const std::string path_;
  std::string line_;
  std::ifstream in_;
  std::uint64_t number_ = 0, skip_below_ = 0;
};

}  // namespace

std::expected<std::unique_ptr<Entries>, std::string> entries_of_database(const std::string& database) {
  auto reader = adapters::LogReader::open(database);
  if (!reader) return std::unexpected(reader.error());
  return std::make_unique<DatabaseEntries>(std::move(*reader));
}

std::expected<std::unique_ptr<Entries>, std::string> entries_of_file(const std::string& path) {
  auto file = std::make_unique<FileEntries>(path);
  if (!file->good()) return std::unexpected(path + ": it cannot be read; check the path");
  return file;
}

}  // namespace gatehouse::cli
