#include "gateway/statistics/open.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

asio::awaitable<std::expected<OpenedStatistics, std::string>> open_statistics(policy::StatisticsStore& store, statistics::Policy policy, Settings settings,
                                                                              policy::Instant at) {
  auto key = NoiseKey::read(settings.keys.noise_key_file);
  if (!key) co_return std::unexpected(key.error());
  const std::string unreadable = settings.data.database + ": the ledger of figures cannot be read; is the database there, and can it be written?";
  OpenedStatistics out;
  const auto ledger = co_await store.statistics_ledger(0);
  if (!ledger) co_return std::unexpected(unreadable);
  if (!ledger->trouble.empty())
    co_return std::unexpected(settings.data.database + ": ledger of figures: " + ledger->trouble + "; find out who changed it, and restore");
  if (ledger->unmarked)
    co_return std::unexpected(settings.keys.ledger_mark_file + ": is not there, so an older ledger would not be seen; bring it back, or say gatehouse stats restored");
  if (ledger->set_back) {
    // Nothing new is served from a year whose answers in the gap nobody knows; what partners hold already stays free.
    std::string nobody, nobody_else;
    const auto years = co_await store.charge_in_full(std::move(nobody), std::move(nobody_else), at);
    if (!years) co_return std::unexpected(unreadable);
    out.charged_in_full = *years;
  }
  std::string nobody;
  const auto books = co_await store.books(std::move(nobody), policy.scheme);
  if (!books) co_return std::unexpected(unreadable);
  if (books->policy_sha256 != policy.sha256)
    co_return std::unexpected(settings.statistics_policy + ": is not the policy that two officers approved; gatehouse stats approve --officer A --officer B");
  if (!books->key_id.empty() && books->key_id != key->id())
    co_return std::unexpected(settings.keys.noise_key_file + ": is not the key that scheme " + std::to_string(policy.scheme) +
                              " began with; bring that back from escrow, or begin another scheme");
  out.statistics = std::make_unique<Statistics>(store, std::move(policy), std::move(*key));
  co_return out;
}

}  // namespace gatehouse::gateway
