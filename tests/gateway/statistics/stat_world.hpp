#pragma once
// A whole organisation that gives figures: a real store, real rows, a partner API asked over signed requests. Rows are put in as the importer would, with
// small numbers for children. Everybody here is invented.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/sqlite_store.hpp"
#include "adapters/sqlite/statistics_rows.hpp"
#include "adapters/tiles/tile_directory.hpp"
#include "crypto/keys.hpp"
#include "gateway/partner_api/requests.hpp"
#include "gateway/statistics/service.hpp"

namespace gatehouse::tests {

// A folder of its own in memory, gone with the object.
class StatFolder {
 public:
  StatFolder();
  StatFolder(const StatFolder&) = delete;
  StatFolder& operator=(const StatFolder&) = delete;
  ~StatFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Row {
  std::int64_t child = 0;
  std::int32_t day = 0;                    // since 1970
  std::vector<std::size_t> codes;
  std::int64_t record = 0;                 // 0: the next one
};

struct StatOptions {
  std::string policy;                      // JSON; empty: wide_policy()
  std::vector<std::string> partners = {"kent", "medway"};
  policy::AgencyType type = policy::AgencyType::la_early_help;
  // A store that stands between: for tests in which it fails.
  std::function<std::unique_ptr<policy::StatisticsStore>(policy::StatisticsStore&)> between;
  bool mark = true;                        // false: nothing outside the database says how far its ledger had got (a control)
};

// 8 districts, 5 ages, 2 sexes, 5 categories: 400 combinations; sigma^2 = 1 allowed, caps so large that they never bind.
std::string wide_policy(const std::string& cap_all = "100000000000000", const std::string& cap_standing = "1000000000000", const std::string& more = "");

std::int32_t day_in(int year, int month, int day);

class StatWorld {
 public:
  explicit StatWorld(StatOptions options = {});
  ~StatWorld();

  void put(const std::vector<Row>& rows);
  // `each` children in every possible combination, in each quarter from 2026-Q1 to `quarters`.
  void fill(std::int64_t each, int quarters);
  // Builds and publishes; throws when that is refused.
  void publish(const std::string& quarter, bool revised = false);
  std::optional<policy::PublishError> try_publish(const std::string& quarter, bool revised = false);

  // The process ends and starts again on the same files; what is in order is opened as the gateway opens it. `charged_in_full`: of an older copy.
  void restart();
  void stop();                             // nothing holds the files any more
  std::size_t charged_in_full = 0;

  // As answered, figures and keys included: what no partner sees.
  gateway::Statistics::Result<gateway::StatisticsAnswer> figures_of(const std::string& body, const std::string& partner = "kent");

  struct Answer {
    int status = 0;
    std::string body, type;                // type: of a problem, its code
    nlohmann::json json;
  };
  Answer ask(const std::string& body, const std::string& partner = "kent", std::optional<std::string> key = {}) { return send("POST", "/v1/statistics", body, partner, key); }
  Answer forecast(const std::string& body, const std::string& partner = "kent") { return send("POST", "/v1/statistics/forecast", body, partner); }
  Answer codebook(const std::string& partner = "kent") { return send("GET", "/v1/statistics/codebook", std::nullopt, partner); }
  Answer send(const std::string& method, const std::string& path, std::optional<std::string> body, const std::string& partner, std::optional<std::string> key = {});
  // All at once, on four threads.
  std::vector<Answer> together(const std::vector<std::pair<std::string, std::string>>& partner_and_body);

  // What no partner may see.
  std::vector<std::int64_t> truth(const std::string& body);
  policy::StatisticsLedger ledger();
  std::uint64_t spent_by_all(int year = 2026);
  std::uint64_t left_of(const std::string& partner, int year = 2026);
  std::uint64_t log_size();

  template <class T>
  T run(boost::asio::awaitable<T> work) {
    io.restart();
    std::optional<T> out;
    std::exception_ptr failed;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr why, T value) {
      failed = why;
      if (!why) out = std::move(value);
    });
    io.run();
    if (failed) std::rethrow_exception(failed);
    return std::move(*out);
  }

  boost::asio::io_context io;  // outlives the store, whose threads post to it
  StatOptions options;
  const statistics::Dataset& dataset() const { return policy->datasets.front(); }
  adapters::SqliteSettings settings() const;
  StatFolder folder;
  policy::Instant now;
  std::shared_ptr<gateway::Settings> gateway_settings;
  std::optional<statistics::Policy> policy;
  std::unique_ptr<adapters::SqliteStore> store;
  std::unique_ptr<policy::StatisticsStore> between;
  std::unique_ptr<gateway::Statistics> statistics;
  std::unique_ptr<gateway::PartnerApi> api;
  std::string trouble;                     // why statistics did not open, when they did not

 private:
  struct Partner;
  void start();
  gateway::Request request(const std::string& method, const std::string& path, std::optional<std::string> body, const Partner& partner, std::optional<std::string> key);
  Answer checked(const std::string& method, const gateway::Response& response) const;
  std::map<std::string, std::unique_ptr<Partner>> partners_;
  std::unique_ptr<gateway::Metrics> metrics_;
  std::unique_ptr<gateway::SnapshotKeeper> keeper_;
  std::unique_ptr<gateway::AnswerSigner> signer_;
  std::unique_ptr<adapters::TileDirectory> tiles_;
  crypto::ReleaseKeys release_keys_{crypto::SigningKey::generate(), "release-2026-1", {}};
  std::int64_t next_record_ = 1;
  int sent_ = 0;
};

// A question; `more` members come first.
std::string figures(const std::string& more = "", const std::string& period = "2026-Q3", int sigma2 = 25);
bool long_run();

}  // namespace gatehouse::tests
