#pragma once
// A store of figures whose calls can fail, each once: before what they were asked for, or after.
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "policy/ports/statistics_store.hpp"

namespace gatehouse::tests {

struct FaultPlan {
  int fail_at = 0;          // the how many-th call of a port fails; 0: none
  bool done = false;        // it is done all the same
  int calls = 0;
};

// Fails as a store does that was cut off: before what it was asked for, or after.
class FaultyStatisticsStore final : public policy::StatisticsStore {
 public:
  FaultyStatisticsStore(policy::StatisticsStore& behind, FaultPlan& plan) : behind_(behind), plan_(plan) {}
  boost::asio::awaitable<std::expected<policy::StatisticsBooks, policy::StoreError>> books(std::string partner, std::uint64_t scheme) override {
    co_return co_await through(behind_.books(std::move(partner), scheme));
  }
  boost::asio::awaitable<std::expected<std::vector<policy::KnownFigure>, policy::StoreError>> known(std::string partner, std::vector<policy::FigureKey> keys) override {
    co_return co_await through(behind_.known(std::move(partner), std::move(keys)));
  }
  boost::asio::awaitable<std::expected<std::vector<std::int64_t>, policy::StoreError>> count(policy::CubeScan scan) override { co_return co_await through(behind_.count(std::move(scan))); }
  boost::asio::awaitable<std::expected<policy::StatisticsCommitted, policy::StoreError>> charge(policy::StatisticsEntry entry) override {
    co_return co_await through(behind_.charge(std::move(entry)));
  }
  boost::asio::awaitable<std::expected<void, policy::PublishError>> publish_quarter(policy::StatisticsPublication publication) override {
    co_return co_await behind_.publish_quarter(std::move(publication));
  }
  boost::asio::awaitable<std::expected<void, policy::CapError>> change_cap(policy::CapChange change) override { co_return co_await through(behind_.change_cap(std::move(change))); }
  boost::asio::awaitable<std::expected<policy::StatisticsLedger, policy::StoreError>> statistics_ledger(std::size_t charges) override {
    co_return co_await through(behind_.statistics_ledger(charges));
  }
  boost::asio::awaitable<std::expected<std::size_t, policy::StoreError>> charge_in_full(std::string first, std::string second, policy::Instant at) override {
    co_return co_await behind_.charge_in_full(std::move(first), std::move(second), at);
  }
  boost::asio::awaitable<std::expected<bool, policy::StoreError>> approve_statistics(std::string sha256, std::string first, std::string second, policy::Instant at) override {
    co_return co_await behind_.approve_statistics(std::move(sha256), std::move(first), std::move(second), at);
  }

 private:
  template <class T, class E>
  boost::asio::awaitable<std::expected<T, E>> through(boost::asio::awaitable<std::expected<T, E>> work) {
    const bool fails = ++plan_.calls == plan_.fail_at;
    if (fails && !plan_.done) co_return std::unexpected(E::unavailable);
    auto result = co_await std::move(work);
    if (fails) co_return std::unexpected(E::unavailable);
    co_return result;
  }
  policy::StatisticsStore& behind_;
  FaultPlan& plan_;
};

}  // namespace gatehouse::tests
