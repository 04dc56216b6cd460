// gatehouse bench statistics: what a cold table, a cached one and a charged release cost on a data set of a given size, and what its quarter cost to build.
// Everything lies in a folder of its own that is made here; the questions go through the same service as a partner's, without network and padding.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "adapters/sqlite/statistics_rows.hpp"
#include "crypto/noise.hpp"
#include "gateway/cli/bench_parts.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/statistics/service.hpp"

namespace gatehouse::cli::bench {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

// 39 districts, 8 ages, 3 sexes, 10 categories: 9,360 combinations. A budget that never binds, so that every question may be asked.
std::string wide_policy() {
  const auto codes = [](const char* stem, int n) {
    Json out = Json::array();
    for (int i = 0; i < n; ++i) out.push_back(std::string(stem) + std::to_string(i));
    return out;
  };
  Json data = {{"id", "referrals"}, {"first_period", "2026-Q1"}, {"measures", Json::array({{{"id", "children"}}})}, {"cap_all", std::uint64_t{1} << 50}, {"cap_standing", 0}};
  data["attributes"] = {{{"id", "district"}, {"category", "contact"}, {"codes", codes("d", 39)}}, {{"id", "age_band"}, {"category", "identity"}, {"codes", codes("a", 8)}},
                        {{"id", "sex"}, {"category", "identity"}, {"codes", codes("s", 3)}}, {{"id", "category"}, {"category", "safeguarding_concern"}, {"codes", codes("c", 10)}}};
  return Json{{"schema", "gatehouse-statistics/1"}, {"test_policy", true}, {"tick_ms", 0}, {"lag_days", 0}, {"datasets", Json::array({data})}}.dump();
}

std::uint64_t mixed(std::uint64_t x) {   // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

template <class T>
T run_now(asio::awaitable<T> work) {
  return asio::co_spawn(asio::system_executor(), std::move(work), asio::use_future).get();
}

double seconds_since(Clock::time_point begun) { return std::chrono::duration<double>(Clock::now() - begun).count(); }

double at(std::vector<double> list, double share) {
  std::sort(list.begin(), list.end());
  return list[std::min(list.size() - 1, static_cast<std::size_t>(share * static_cast<double>(list.size())))];
}

struct Options {
  std::string dir, csv;
  std::uint64_t rows = 1'000'000;
  int questions = 100, writers = 64;
  bool json = false;
};

std::string question(int i, bool with_group) {
  Json out = {{"purpose", "statistical_return"}, {"dataset", "referrals"}, {"measure", "children"}, {"periods", {"2026-Q3"}}, {"sigma2", 25}};
  out["filters"] = {{"category", {"c" + std::to_string(i % 10), "c" + std::to_string(i / 10 % 10)}}, {"age_band", {"a" + std::to_string(i / 100 % 8)}}};
  if (with_group) out["group_by"] = {"district"};
  return out.dump();
}

int measure(const Options& options) {
  if (options.rows == 0 || options.questions < 10) throw Stop{"--rows and --questions: at least 1 row and 10 questions"};
  const fs::path dir = options.dir;
  if (fs::exists(dir)) throw Stop{options.dir + ": is there already; name a folder to be made"};
  fs::create_directories(dir);
  adapters::SqliteSettings where;
  where.database = dir / "gatehouse.db";
  where.keystore = dir / "keys.db";
  where.kek = (dir / "kek").string();
  where.statistics = dir / "statistics.db";
  where.ledger_mark = dir / "ledger.mark";
  const auto must = [](auto&& done) {
    if (!done) {
      if constexpr (requires { done.error().text(); })
        throw Stop{done.error().text(), 1};
      else
        throw Stop{done.error(), 1};
    }
  };
  auto policy = statistics::Policy::read(wide_policy());
  must(policy);
  policy->sha256 = crypto::hex(crypto::sha256(wide_policy()));
  const auto& data = policy->datasets.front();
  const auto at_time = policy::read_instant("2027-01-01T00:00:00Z").value();
  must(adapters::Keyring::create(where.keystore, where.kek));
  {
    auto admin = adapters::Admin::create(where);
    must(admin);
    policy::Agency agency;
    agency.id = "sampleton";
    agency.type = policy::AgencyType::la_early_help;
    agency.name = "Sampleton";
    agency.directory_number = "01632 960155";
    must(admin->put_agency(agency, at_time));
  }
  if (auto made = gateway::NoiseKey::make(dir / "noise.key"); !made.empty()) throw Stop{made, 1};

  Json out;
  out["rows"] = options.rows;
  const std::int32_t first = static_cast<std::int32_t>(std::chrono::sys_days(std::chrono::year(2026) / 7 / 1).time_since_epoch().count());
  std::string digest, codes;
  {
    std::ofstream csv;
    if (!options.csv.empty()) csv.open(options.csv);
    auto rows = adapters::StatisticsRows::open(where.statistics, 5000);
    must(rows);
    must(rows->use(data));
    const auto begun = Clock::now();
    rows->begin();
    std::string block;
    for (std::uint64_t i = 0; i < options.rows; ++i) {
      // Children with 1 to 4 events each; their districts, ages and sexes stay, what happened does not.
      const std::uint64_t child = i * 2 / 5, who = mixed(child), what = mixed(i + (std::uint64_t{1} << 40));
      adapters::StatisticsEvent event;
      event.child = static_cast<std::int64_t>(child);
      event.record = static_cast<std::int64_t>(i);
      event.day = first + static_cast<std::int32_t>(what % 92);
      event.codes = {who % 39, who / 39 % 8, who / 312 % 3, what / 92 % 10};
      must(rows->put(data, event));
      if (csv.is_open()) {
        block += std::to_string(child) + "," + std::to_string(event.day) + ",d" + std::to_string(event.codes[0]) + ",a" + std::to_string(event.codes[1]) + ",s" + std::to_string(event.codes[2]) +
                 ",c" + std::to_string(event.codes[3]) + "\n";
        if (block.size() > 1 << 20) csv << block, block.clear();
      }
      if (i % 100'000 == 99'999) {
        rows->commit();
        rows->begin();
      }
    }
    rows->commit();
    csv << block;
    out["load_s"] = seconds_since(begun);
    const auto building = Clock::now();
    const auto built = rows->build(data, 2026 * 4 + 2, false, at_time.time_since_epoch().count());
    must(built);
    out["cube_build_s"] = seconds_since(building);
    digest = built->digest;
    codes = built->codes;
  }

  asio::io_context io;   // outlives the store, whose threads post to it
  auto opened = adapters::SqliteStore::open(where, [](const std::string&) {});
  must(opened);
  auto& store = **opened;
  if (!run_now(store.approve_statistics(policy->sha256, "First Officer", "Second Officer", at_time)).value_or(false)) throw Stop{"bench: the policy could not be approved", 1};
  auto key = gateway::NoiseKey::read(dir / "noise.key");
  must(key);
  const double draw_ns = [&] {
    std::uint64_t serial = 0;
    std::vector<std::string> keys;
    for (int i = 0; i < 1024; ++i) keys.push_back(gateway::NoiseKey::figure_key("draw" + std::to_string(i)));
    return nanoseconds_each([&] { (void)key->noise(keys[serial++ % keys.size()], {25, 1}); }, 0.5);
  }();
  const double sample_ns = [&] {
    crypto::NoiseStream stream(crypto::blake2b_256("bench"));
    struct Source final : statistics::ByteSource {
      explicit Source(crypto::NoiseStream& from) : stream(from) {}
      void fill(std::span<std::uint8_t> bytes) override { stream.fill(bytes); }
      crypto::NoiseStream& stream;
    } source(stream);
    statistics::Bits bits(source);
    return nanoseconds_each([&] { (void)statistics::discrete_gaussian({25, 1}, bits); }, 0.5);
  }();
  out["sampler_ns"] = sample_ns;
  out["seeded_draw_ns"] = draw_ns;
  out["noise_of_5000_cells_ms"] = draw_ns * 5000 / 1e6;

  gateway::Statistics service(store, *policy, std::move(*key));
  {
    const auto done = run_now(service.publish(data.id, statistics::Snapshot{2026 * 4 + 2, false, digest}, codes, "bench", at_time));
    if (!done) throw Stop{"bench: the quarter could not be published", 1};
  }
  const gateway::Permission anybody = [](policy::Purpose, const std::vector<policy::Category>&) { return true; };
  const auto ask = [&](std::string body) {
    gateway::Asker asker;
    asker.agency = "sampleton";
    gateway::Permission may = anybody;
    const auto begun = Clock::now();
    const auto answer = run_now(service.ask(std::move(asker), std::move(body), std::move(may), at_time));
    if (!answer) throw Stop{"bench: a question was not answered", 1};
    return std::pair(seconds_since(begun) * 1e3, answer->charged);
  };
  std::vector<double> cold, cached, cube, over;
  for (int i = 0; i < options.questions; ++i) {
    const auto begun = Clock::now();
    policy::CubeScan scan;
    scan.dataset = data.id;
    scan.measure = "children";
    scan.snapshot = statistics::Snapshot{2026 * 4 + 2, false, digest};
    const auto read = statistics::read_question(question(i, true));
    scan.tally = statistics::plan(*policy, *read, {scan.snapshot})->tally;
    const auto counts = run_now(store.count(std::move(scan)));
    must(counts ? std::expected<void, std::string>() : std::expected<void, std::string>(std::unexpected("bench: no counts")));
    cube.push_back(seconds_since(begun) * 1e3);
    const auto [milliseconds, charged] = ask(question(i, true));
    if (charged > 0) {
      cold.push_back(milliseconds);
      over.push_back(milliseconds - cube.back());
    }
  }
  for (int i = 0; i < options.questions; ++i) cached.push_back(ask(question(i, true)).first);
  out["cold_ms_p50"] = at(cold, 0.5);
  out["cold_ms_p99"] = at(cold, 0.99);
  out["cold_questions"] = cold.size();
  out["cube_ms_p50"] = at(cube, 0.5);
  out["overhead_ms_p50"] = at(over, 0.5);
  out["overhead_ms_p99"] = at(over, 0.99);
  out["cached_ms_p50"] = at(cached, 0.5);

  // Charged releases, many at once on two threads. Each is a question of its own.
  std::atomic<int> next{options.questions}, answered{0}, failed{0};
  const auto end = Clock::now() + std::chrono::seconds(3);
  const auto begun = Clock::now();
  const auto writer = [&]() -> asio::awaitable<void> {
    while (Clock::now() < end) {
      const int mine = next++;
      Json one = Json::parse(question(mine, false));
      one["filters"]["district"] = {"d" + std::to_string(mine % 39), "d" + std::to_string(mine / 39 % 39)};
      one["filters"]["sex"] = {"s" + std::to_string(mine / 1521 % 3)};
      gateway::Asker asker;
      asker.agency = "sampleton";
      gateway::Permission may = anybody;
      std::string body = one.dump();
      const auto answer = co_await service.ask(std::move(asker), std::move(body), std::move(may), at_time);
      if (!answer)
        ++failed;
      else if (answer->charged > 0)
        ++answered;
    }
  };
  for (int i = 0; i < options.writers; ++i) asio::co_spawn(io, writer(), asio::detached);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back([&] { io.run(); });
  for (auto& thread : threads) thread.join();
  if (failed > 0) throw Stop{"bench: " + std::to_string(failed.load()) + " questions were not answered", 1};
  out["charged_per_second"] = answered.load() / seconds_since(begun);
  const auto book = run_now(store.statistics_ledger(0));
  if (!book || !book->trouble.empty()) throw Stop{"bench: the ledger is not whole", 1};
  out["charges"] = book->lines;
  std::cout << (options.json ? out.dump() : out.dump(2)) << '\n';
  return 0;
}

}  // namespace

void add_statistics(CLI::App& bench, Context& context) {
  auto options = std::make_shared<Options>();
  auto* command = bench.add_subcommand("statistics", "a cold and a cached table, charged releases, the build of a quarter, the sampler");
  command->add_option("--dir", options->dir, "folder to be made, on the disk that is measured")->required();
  command->add_option("--rows", options->rows, "events in the quarter")->capture_default_str();
  command->add_option("--questions", options->questions, "cold questions")->capture_default_str();
  command->add_option("--writers", options->writers, "questions at once")->capture_default_str();
  command->add_option("--csv", options->csv, "write the same rows there, for another database");
  command->add_flag("--json", options->json, "one JSON object");
  command->callback(guarded(context, [options] { return measure(*options); }));
}

}  // namespace gatehouse::cli::bench
