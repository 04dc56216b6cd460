#include "gateway/log_status.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace gatehouse::gateway {

using nlohmann::json;

std::string to_json(const LogStatus& status) {
  json out = {{"at", status.at}, {"signed_size", status.signed_size}, {"published_size", status.published_size}, {"scrubbed", status.scrubbed},
              {"anchor", status.anchor}, {"anchored_size", status.anchored_size}, {"anchor_trouble", status.anchor_trouble},
              {"disk_trouble", status.disk_trouble}, {"witnesses", json::array()}};
  for (const auto& one : status.witnesses) out["witnesses"].push_back({{"name", one.name}, {"size", one.size}, {"at", one.at}, {"trouble", one.trouble}});
  return out.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

std::optional<LogStatus> read_log_status(const std::string& folder) {
  std::ifstream in(folder + "/status.json", std::ios::binary);
  if (!in) return std::nullopt;
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const json read = json::parse(text, nullptr, false);
  try {
    LogStatus out;
    out.at = read.at("at").get<std::int64_t>();
    out.signed_size = read.at("signed_size").get<std::uint64_t>();
    out.published_size = read.at("published_size").get<std::uint64_t>();
    out.scrubbed = read.at("scrubbed").get<std::uint64_t>();
    out.anchor = read.at("anchor").get<std::string>();
    out.anchored_size = read.at("anchored_size").get<std::uint64_t>();
    out.anchor_trouble = read.at("anchor_trouble").get<std::string>();
    out.disk_trouble = read.at("disk_trouble").get<std::string>();
    for (const auto& one : read.at("witnesses"))
      out.witnesses.push_back({one.at("name").get<std::string>(), one.at("size").get<std::uint64_t>(), one.at("at").get<std::int64_t>(), one.at("trouble").get<std::string>()});
    return out;
  } catch (const json::exception&) {
    return std::nullopt;  // half a file, or another version's
  }
}

}  // namespace gatehouse::gateway
