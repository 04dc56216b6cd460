#include "gateway/cli/guarded.hpp"

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
  out.statistics = settings.data.statistics;
  out.ledger_mark = settings.keys.ledger_mark_file;
  out.keystore = settings.keys.keystore;
  out.kek_file = settings.keys.kek_file;
  out.reader_threads = settings.data.reader_threads;
  out.disk_reserve_bytes = settings.data.disk_reserve_bytes;
  out.disk_alarm_bytes = settings.data.disk_alarm_bytes;
  return out;
}

}  // namespace gatehouse::cli
