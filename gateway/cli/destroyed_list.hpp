#pragma once
// What an older copy of the database must not bring back: people whose file was destroyed, keys that were revoked. An append-only list in the anchor's folder, each line sealed
// under the audit key. With another anchor than a folder there is none, and a restore says so.
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/admin.hpp"
#include "gateway/settings.hpp"

namespace gatehouse::cli {

// `line`: JSON. Durable when it returns. One line when it could not be written: what was done stands, and a restore from an older copy would bring it back.
std::string remember_destroyed(const gateway::Settings& settings, const adapters::Admin& admin, const std::string& line);

struct DestroyedList {
  bool kept = false;                  // false: this anchor keeps none
  std::vector<std::string> lines;     // as remembered, oldest first
  std::size_t unreadable = 0;
  std::string trouble;                // it is there and cannot be read
};
DestroyedList read_destroyed(const gateway::Settings& settings, const adapters::Admin& admin);

}  // namespace gatehouse::cli
