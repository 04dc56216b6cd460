#pragma once
// Statistics for partners: canonicalise, price, refuse if over, draw noise, count, charge, answer. What may be refused rests on question, policy and the
// asker's own history; what leaves is a noisy figure whose charge is durable. Any thread; one coroutine a question.
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/statistics/noise_key.hpp"
#include "policy/ports/statistics_store.hpp"
#include "policy/statistics/standing.hpp"

namespace gatehouse::gateway {

// Who asks, and what the transport needs written with the answer. On the command line only `agency` and `staff` are set.
struct Asker {
  std::string agency;
  std::string keyid, nonce, idempotency_key, body_sha256;
  policy::Instant nonce_expires{};
  std::string pack_sha256, staff;
};

// Whether the organisation's policy lets this asker have figures about these categories for this purpose: policy::decide, flow `statistics`.
using Permission = std::function<bool(policy::Purpose purpose, const std::vector<policy::Category>& about)>;

// What a question may not have, with what helps: for the problem document.
struct StatisticsRefusal {
  statistics::Refusal refusal;
  // Of `budget_exhausted`.
  std::uint64_t price = 0, left = 0;
  std::optional<std::uint64_t> cheapest_sigma2;
  std::vector<std::string> you_hold;
};

enum class StatisticsTrouble : std::uint8_t {
  unavailable,     // nothing was charged and nothing released
  unknown,         // the commit ended and nobody saw how: the process must end
  reserve,
  nonce_seen,
  key_reused,
};

struct StatisticsAnswer {
  statistics::Table table;
  statistics::Figures figures;
  statistics::Display display;
  std::string release, snapshot;    // `st_…`, a name for the snapshots
  std::uint64_t charged = 0, left = 0;
};

struct StatisticsForecast {
  std::uint64_t price = 0, left = 0;
  bool fits = false, held = false, from_standing = false;
  unsigned half_width = 0;
  std::size_t cells = 0;
  struct Level {
    std::uint64_t sigma2 = 0, price = 0;
    unsigned half_width = 0;
  };
  std::vector<Level> cheaper;
};

class Statistics {
 public:
  template <class T>
  using Result = std::expected<T, std::variant<StatisticsRefusal, StatisticsTrouble>>;

  // `store` must outlive this. The noise key is the one of the policy's scheme.
  Statistics(policy::StatisticsStore& store, statistics::Policy policy, NoiseKey key) : store_(store), policy_(std::move(policy)), key_(std::move(key)) {}

  const statistics::Policy& policy() const { return policy_; }

  // Charged and durable before it returns. A refusal by policy or budget is logged too.
  boost::asio::awaitable<Result<StatisticsAnswer>> ask(Asker asker, std::string body, Permission permission, policy::Instant at);
  // Reads this partner's own accounts and receipts, never a count; writes nothing.
  boost::asio::awaitable<Result<StatisticsForecast>> forecast(std::string agency, std::string body, Permission permission, policy::Instant at);
  // As JSON: what can be asked for at `at`.
  boost::asio::awaitable<std::expected<std::string, StatisticsTrouble>> codebook(policy::Instant at);

  // Makes a quarter known, with its standing tables. `build`: what the rows' store built; it must be scanned with this store.
  struct Published {
    statistics::StandingSet set;
    statistics::StandingFigures figures;
  };
  boost::asio::awaitable<std::expected<Published, policy::PublishError>> publish(std::string dataset, statistics::Snapshot build, std::string codes, std::string staff,
                                                                                 policy::Instant at);

  // For the organisation's own staff, inside only: exact counts by cell. Outside the ledger, not for sharing: never logged, exported or sent.
  struct Exact {
    statistics::Table table;
    std::vector<std::int64_t> counts;
  };
  boost::asio::awaitable<Result<Exact>> exact(std::string body, policy::Instant at);

 private:
  struct Plan;
  // Everything up to the price; nothing is read but books and own receipts.
  boost::asio::awaitable<Result<Plan>> plan(std::string agency, std::string body, Permission permission, policy::Instant at);
  std::expected<statistics::Table, statistics::Refusal> table_of(const statistics::Question& question, const policy::StatisticsBooks& books, policy::Instant at) const;
  statistics::OpenSnapshots open(const policy::StatisticsBooks& books, const statistics::Dataset& dataset, policy::Instant at) const;
  boost::asio::awaitable<std::expected<std::vector<std::int64_t>, policy::StoreError>> counts_of(const statistics::Table& table);
  boost::asio::awaitable<std::optional<StatisticsTrouble>> record_refusal(Asker asker, std::string purpose, std::string question, std::string why, policy::Instant at);
  StatisticsRefusal over_budget(const Plan& plan) const;

  policy::StatisticsStore& store_;
  const statistics::Policy policy_;
  const NoiseKey key_;
};

// The question in one written form, for ledger and log: sorted keys, defaults left out. Codes and words of the codebook only.
std::string question_json(const statistics::Question& question);

}  // namespace gatehouse::gateway
