#pragma once
// Makes statistics ready for questions, or says why nobody gets figures: the ledger must be whole and not set back, the policy approved by two officers, the
// noise key the one its scheme began with. Everything else an organisation does goes on without.
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <memory>
#include <string>

#include "gateway/settings.hpp"
#include "gateway/statistics/service.hpp"

namespace gatehouse::gateway {

struct OpenedStatistics {
  std::unique_ptr<Statistics> statistics;
  // Data-years charged in full because an older copy of the database was found in place of the newest; 0: none was.
  std::size_t charged_in_full = 0;
};

// `store` must outlive what comes back. Errors: one line.
boost::asio::awaitable<std::expected<OpenedStatistics, std::string>> open_statistics(policy::StatisticsStore& store, statistics::Policy policy, Settings settings,
                                                                                     policy::Instant at);

}  // namespace gatehouse::gateway
