#include "gateway/statistics/load.hpp"

#include <fstream>
#include <iterator>

#include "crypto/keys.hpp"

namespace gatehouse::gateway {

std::expected<statistics::Policy, policy::Error> load_statistics_policy(const Settings& settings) {
  std::ifstream in(settings.statistics_policy, std::ios::binary);
  if (!in) return std::unexpected(policy::Error{"unreadable", settings.statistics_policy, "cannot be read", "name the file in $.statistics.policy", {}});
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  auto read = statistics::Policy::read(text);
  if (!read) {
    policy::Error error = read.error();
    error.where = settings.statistics_policy + ": " + error.where;
    return std::unexpected(std::move(error));
  }
  read->sha256 = crypto::hex(crypto::sha256(text));
  return std::move(*read);
}

}  // namespace gatehouse::gateway
