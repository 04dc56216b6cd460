#include "gateway/cli/guarded.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "gateway/app.hpp"

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

adapters::SqliteSettings sqlite_of(const gateway::Settings& settings) { return gateway::store_settings(settings); }

}  // namespace gatehouse::cli
