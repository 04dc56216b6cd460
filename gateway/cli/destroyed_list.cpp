#include "gateway/cli/destroyed_list.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "adapters/durable/files.hpp"

namespace gatehouse::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestList = std::size_t{64} << 20;

fs::path file_of(const gateway::Settings& settings) { return fs::path(settings.log.anchor_folder) / "destroyed.list"; }
bool has_list(const gateway::Settings& settings) { return settings.log.anchor == gateway::AnchorKind::file; }

}  // namespace

std::string remember_destroyed(const gateway::Settings& settings, const adapters::Admin& admin, const std::string& line) {
  if (!has_list(settings)) return {};
  const fs::path file = file_of(settings);
  const auto trouble = [&] { return file.string() + ": cannot be written (" + std::strerror(errno) + "); what was done stands, but an older copy of the database would bring it back: mend the folder and say it again"; };
  const std::string text = admin.sealed_for_list(line) + "\n";
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return trouble();
  // One write of one line: what is cut off by a full disk is not a line, and the one after it begins on its own.
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  errno = why;
  if (!whole) return trouble();
  if (auto synced = adapters::sync_folder(adapters::real_disk(), file.parent_path()); !synced) return synced.error();
  return {};
}

DestroyedList read_destroyed(const gateway::Settings& settings, const adapters::Admin& admin) {
  DestroyedList out;
  if (!has_list(settings)) return out;
  out.kept = true;
  std::string text;
  switch (adapters::read_file(file_of(settings), kLongestList, text)) {
    case adapters::FileRead::missing: return out;
    case adapters::FileRead::failed: out.trouble = file_of(settings).string() + ": " + std::strerror(errno) + "; check owner and disk"; return out;
    case adapters::FileRead::good: break;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) {
      if (auto line = admin.opened_from_list(std::string_view(text).substr(at, end - at))) out.lines.push_back(std::move(*line));
      else ++out.unreadable;
    }
    at = end + 1;
  }
  return out;
}

}  // namespace gatehouse::cli
