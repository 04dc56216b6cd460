#include "gateway/cli/installation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace gatehouse::cli {

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

std::expected<Installation, std::string> read_installation(const std::string& config) {
  std::string path = config;
  if (path.empty()) {
    const char* set = std::getenv("GATEHOUSE_CONFIG");
    if (set == nullptr || *set == '\0') return std::unexpected("no settings: give --config FILE or set GATEHOUSE_CONFIG");
    path = set;
  }
  const auto text = read_whole(path);
  if (!text) return std::unexpected(text.error());
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) return std::unexpected(path + ": it is not a JSON object; see `gatehouse init`");
  const auto base = std::filesystem::path(path).parent_path();
  std::string missing;
  const auto word = [&](const char* group, const char* key) -> std::string {
    const auto outer = json.find(group);
    if (outer != json.end() && outer->is_object()) {
      const auto inner = outer->find(key);
      if (inner != outer->end() && inner->is_string() && !inner->get_ref<const std::string&>().empty()) return inner->get<std::string>();
    }
    if (missing.empty()) missing = std::string("$.") + group + "." + key;
    return {};
  };
  const auto file = [&](const char* group, const char* key) { return (base / word(group, key)).lexically_normal().string(); };
  Installation out;
  out.store.database = file("data", "database");
  out.store.keystore = file("data", "keystore");
  out.store.kek_file = file("data", "kek");
  out.log_origin = word("log", "origin");
  out.log_folder = file("log", "folder");
  out.log_key = file("log", "key");
  out.log_verifier = file("log", "verifier");
  if (!missing.empty()) return std::unexpected(path + ", " + missing + ": it is missing or not text; see `gatehouse init`");
  return out;
}

}  // namespace gatehouse::cli
