#include "adapters/sqlite/ledger_mark.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include "adapters/durable/files.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::adapters {

namespace {

constexpr std::size_t kLongest = 1 << 20, kHash = 32;

// Held by one process at a time; the kernel lets go of it with the process.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder) : file_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (file_ >= 0) held_ = ::flock(file_, LOCK_EX) == 0;
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (file_ >= 0) ::close(file_);
  }
  bool held() const { return held_; }

 private:
  int file_;
  bool held_ = false;
};

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

LedgerMark LedgerMark::of(Database& database) {
  LedgerMark out;
  out.hash.assign(kHash, '\0');
  Statement last(database.handle(), "SELECT id, hash FROM statistics_charge ORDER BY id DESC LIMIT 1");
  {
    auto rows = last.select();
    if (rows.next()) {
      out.id = rows.number(0);
      out.hash = rows.blob(1);
    }
  }
  Statement years(database.handle(), "SELECT dataset, year, cap_all FROM statistics_budget ORDER BY dataset, year");
  auto rows = years.select();
  while (rows.next()) out.years.push_back({rows.string(0), static_cast<int>(rows.integer(1)), rows.number(2)});
  return out;
}

std::expected<std::optional<LedgerMark>, std::string> LedgerMark::read(const std::string& file) {
  std::string text;
  switch (read_file(file, kLongest, text)) {
    case FileRead::missing: return std::optional<LedgerMark>();
    case FileRead::failed: return std::unexpected(file + ": cannot be read; figures are not given until it can");
    case FileRead::good: break;
  }
  const auto damaged = [&] { return std::unexpected(file + ": is damaged; take it away and say gatehouse stats restored"); };
  std::istringstream in(text);
  std::string word, id, hash, cap, year;
  LedgerMark out;
  if (!(in >> word >> id >> hash) || word != "gatehouse-ledger-mark/1") return damaged();
  const auto at = number(id);
  const auto bytes = crypto::from_hex(hash);
  if (!at || !bytes || bytes->size() != kHash) return damaged();
  out.id = *at;
  out.hash = *bytes;
  while (in >> word >> year >> cap) {
    const auto which = number(year), most = number(cap);
    if (!which || !most || *which > 9999) return damaged();
    out.years.push_back({word, static_cast<int>(*which), *most});
  }
  return out;
}

std::expected<void, std::string> LedgerMark::write(const std::string& file, bool back) const {
  const std::filesystem::path path(file);
  const FolderLock lock(path.has_parent_path() ? path.parent_path() : ".");
  if (!lock.held()) return std::unexpected(file + ": its folder cannot be locked; is it there?");
  if (!back) {
    const auto there = read(file);
    if (!there) return std::unexpected(there.error());
    if (*there && ((*there)->id > id || ((*there)->id == id && (*there)->years.size() >= years.size()))) return {};
  }
  std::string text = "gatehouse-ledger-mark/1\n" + std::to_string(id) + " " + crypto::hex({reinterpret_cast<const std::uint8_t*>(hash.data()), hash.size()}) + "\n";
  for (const auto& one : years) text += one.dataset + " " + std::to_string(one.year) + " " + std::to_string(one.cap_all) + "\n";
  return replace_durably(real_disk(), path, text, 0600);
}

bool LedgerMark::is_in(Database& database) const {
  Statement have(database.handle(), "SELECT hash FROM statistics_charge WHERE id = ?");
  Statement budget(database.handle(), "SELECT 1 FROM statistics_budget WHERE dataset = ? AND year = ?");
  for (const auto& one : years) {
    auto rows = budget.select(one.dataset, static_cast<std::int64_t>(one.year));
    if (!rows.next()) return false;
  }
  if (id == 0) return true;
  auto rows = have.select(id);
  return rows.next() && rows.blob(0) == hash;
}

}  // namespace gatehouse::adapters
