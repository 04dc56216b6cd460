#include "gateway/cli/installation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

namespace gatehouse::cli {

std::string read_file(const std::string& path) {
  std::error_code error;
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path, error)) throw Stop{path + ": cannot be read; give the path of a file you may read"};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

gateway::Settings settings_of(const std::string& option) {
  const std::string file = gateway::settings_file(option);
  if (file.empty()) throw Stop{"no installation named: give --config D/gatehouse.json or set GATEHOUSE_CONFIG"};
  auto settings = gateway::load_settings(file);
  if (!settings) throw Stop{settings.error().text()};
  return std::move(*settings);
}

adapters::SqliteSettings sqlite_of(const gateway::Settings& settings) {
  adapters::SqliteSettings out;
  out.database = settings.data.database;
  out.keystore = settings.keys.keystore;
  out.kek_file = settings.keys.kek_file;
  out.reader_threads = settings.data.reader_threads;
  out.disk_reserve_bytes = settings.data.disk_reserve_bytes;
  out.disk_alarm_bytes = settings.data.disk_alarm_bytes;
  return out;
}

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
