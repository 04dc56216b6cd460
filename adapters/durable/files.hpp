#pragma once
// Small files that are read and replaced as a whole, and are the old ones or the new ones after a crash. Errors are one line: what, where, remedy.
// Any thread; one writer per file.
#include <cstdint>
#include <expected>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "adapters/durable/disk.hpp"

namespace gatehouse::adapters {

enum class FileRead : std::uint8_t { good, missing, failed };      // failed: errno says why; EFBIG: longer than `longest`
FileRead read_file(const std::filesystem::path& path, std::size_t longest, std::string& out);

// Writes beside the file's place (`.tmp`), syncs, renames. The name is durable once the folder is synced: sync_folder(), or replace_durably().
std::expected<void, std::string> replace_file(Disk& disk, const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644);
std::expected<void, std::string> sync_folder(Disk& disk, const std::filesystem::path& folder);
// Both.
std::expected<void, std::string> replace_durably(Disk& disk, const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644);

// A folder and everything below it, made as needed. A name that an earlier run made and never synced looks like any other, so each folder's chain
// of names is synced once by every object of this class before anything in it may count as durable.
class DurableTree {
 public:
  DurableTree(Disk& disk, std::filesystem::path root) : disk_(disk), root_(std::move(root)) {}
  // REQUIRES: `folder` is the root or below it.
  std::expected<void, std::string> make(const std::filesystem::path& folder);
  // The names above `folder`, up to the root's own, are durable from now on. Those in it: sync_folder().
  std::expected<void, std::string> sync_names_above(const std::filesystem::path& folder);

 private:
  Disk& disk_;
  const std::filesystem::path root_;
  std::set<std::filesystem::path> durable_;
};

}  // namespace gatehouse::adapters
