#include "gateway/cli/installation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "gateway/cli/guarded.hpp"

namespace gatehouse::cli {

std::expected<Installation, std::string> read_installation(const std::string& option) {
  try {
    const gateway::Settings settings = settings_of(option);
    return Installation{sqlite_of(settings), settings.log.origin, settings.log.folder, settings.log.key_file, settings.log.verifier_key_file};
  } catch (const Stop& stop) {
    return std::unexpected(stop.line);
  }
}

std::expected<std::string, std::string> read_whole(const std::string& path, std::size_t longest) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::unexpected(path + ": it cannot be read; check the path and its owner");
  std::string out(longest + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (in.bad()) return std::unexpected(path + ": it cannot be read; check the disk");
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (out.size() > longest) return std::unexpected(path + ": it is too long; at most " + std::to_string(longest) + " bytes");
  return out;
}

std::expected<void, std::string> write_whole(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  const auto failed = [](const std::string& where) { return std::unexpected(where + ": " + std::strerror(errno) + "; check owner and disk"); };
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return failed(temporary);
  bool good = true;
  while (good && !bytes.empty()) {
    const ssize_t put = ::write(file, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    good = put > 0;
    if (good) bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  good = good && ::fsync(file) == 0;
  ::close(file);
  if (!good) return failed(temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed(path);
  return {};
}

}  // namespace gatehouse::cli
