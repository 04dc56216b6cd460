#include "gateway/cli/installation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "gateway/cli/guarded.hpp"

namespace gatehouse::cli {

std::expected<Installation, std::string> read_installation(const std::string& config) {
  const std::string path = gateway::settings_file(config);
  if (path.empty()) return std::unexpected("no settings: give --config FILE or set GATEHOUSE_CONFIG");
  const auto settings = gateway::load_settings(path);
  if (!settings) return std::unexpected(settings.error().text());
  Installation out;
  out.store = sqlite_of(*settings);
  out.log_origin = settings->log.origin;
  out.log_folder = settings->log.folder;
  out.log_key = settings->log.key_file;
  out.log_verifier = settings->log.verifier_key_file;
  return out;
}

}  // namespace gatehouse::cli
