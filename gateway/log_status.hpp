#pragma once
// What `gatehouse log` last said about itself: `status.json` in the log's folder, for `gatehouse status`, the health page and the metrics. Plain values.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::gateway {

struct LogStatus {
  std::int64_t at = 0;                   // seconds since 1970
  std::uint64_t signed_size = 0, published_size = 0, scrubbed = 0;
  struct Witness {
    std::string name;
    std::uint64_t size = 0;              // of the last tree it cosigned
    std::int64_t at = 0;                 // when, by its clock
    std::string trouble;
  };
  std::vector<Witness> witnesses;
  std::string anchor;                    // file, https, witness, none
  std::uint64_t anchored_size = 0;
  std::string anchor_trouble, disk_trouble;
};

std::string to_json(const LogStatus& status);
// Nothing: it is not there, or not one.
std::optional<LogStatus> read_log_status(const std::string& folder);

}  // namespace gatehouse::gateway
