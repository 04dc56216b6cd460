#include "gateway/console/assets.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "crypto/keys.hpp"

namespace gatehouse::gateway::console {

namespace fs = std::filesystem;

Assets::Assets(const std::string& folder) {
  if (folder.empty()) return;
  for (const auto& [name, ending, type] : {std::tuple<std::string, std::string, std::string>{"govuk", "css", "text/css; charset=utf-8"},
                                           {"console", "css", "text/css; charset=utf-8"}, {"console", "js", "text/javascript; charset=utf-8"}, {"enquiries", "js", "text/javascript; charset=utf-8"}}) {
    std::ifstream in(folder + "/" + name + "." + ending, std::ios::binary);
    if (!in) continue;
    File file{type, std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>())};
    const std::string served = name + "." + crypto::hex(crypto::sha256(file.bytes)).substr(0, 16) + "." + ending;
    addresses_[name + "." + ending] = "/assets/" + served;
    files_.emplace(served, std::move(file));
  }
}

const Assets::File* Assets::find(std::string_view name) const {
  const auto found = files_.find(name);
  return found == files_.end() ? nullptr : &found->second;
}

std::string Assets::address(const std::string& name) const {
  const auto found = addresses_.find(name);
  return found == addresses_.end() ? std::string() : found->second;
}

std::string console_folder(const Settings& settings, std::string_view name) {
  for (const std::string& config : {settings.config_dir, default_config_dir()}) {
    if (config.empty()) continue;
    for (const char* place : {"/../gateway/console/", "/console/"}) {
      std::error_code none;
      const std::string folder = fs::path(config + place + std::string(name)).lexically_normal().string();
      if (fs::is_directory(folder, none)) return folder;
    }
  }
  return {};
}

}  // namespace gatehouse::gateway::console
