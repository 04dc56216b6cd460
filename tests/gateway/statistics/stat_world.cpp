#include "tests/gateway/statistics/stat_world.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "adapters/sqlite/admin.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "crypto/http_signature.hpp"
#include "crypto/noise.hpp"
#include "gateway/statistics/open.hpp"
#include "tests/fakes/contract.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::tests {

using nlohmann::json;
namespace fs = std::filesystem;

bool long_run() {
  const char* given = std::getenv("GATEHOUSE_LONG");
  return given != nullptr && std::string_view(given) == "yes";
}

StatFolder::StatFolder() {
  if (!crypto::start()) throw std::runtime_error("libsodium did not start");
  std::string name = (::access("/dev/shm", W_OK) == 0 ? std::string("/dev/shm") : fs::temp_directory_path().string()) + "/gatehouse-stat-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder");
  path_ = name;
}
StatFolder::~StatFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string wide_policy(const std::string& cap_all, const std::string& cap_standing, const std::string& more) {
  return R"({"schema": "gatehouse-statistics/1", "test_policy": true, "sigma2": [1, 4, 9, 16, 25, 50, 100, 225, 400], "lag_days": 14, "tick_ms": 0, )" + more + R"(
  "datasets": [{"id": "referrals", "first_period": "2026-Q1", "measures": [{"id": "children"}, {"id": "events", "per_child": 3}], "attributes": [
    {"id": "district", "category": "contact", "codes": ["ashford", "dover", "thanet", "swale", "medway", "dartford", "gravesham", "maidstone"],
     "rollup": {"region": {"east-kent": ["ashford", "dover", "thanet", "swale"], "west-kent": ["dartford", "gravesham", "maidstone"], "medway-area": ["medway"]}}},
    {"id": "age_band", "category": "identity", "codes": ["0-4", "5-9", "10-14", "15-17", "18-24"], "rollup": {"phase": {"secondary": ["10-14", "15-17"]}}},
    {"id": "sex", "category": "identity", "codes": ["female", "male"], "aliases": {"f": "female", "m": "male"}},
    {"id": "category", "category": "safeguarding_concern", "codes": ["neglect", "offending", "self_harm", "housing", "other"]}],
    "not_applicable": [{"age_band": "0-4", "category": "offending"}], "standing": [["district"], ["age_band", "sex"], ["category"]],
    "counted": ["safeguarding_concern", "self_harm", "housing"], "cap_all": )" + cap_all + R"(, "cap_standing": )" + cap_standing + "}]}";
}

std::int32_t day_in(int year, int month, int day) {
  const std::chrono::sys_days at = std::chrono::year(year) / std::chrono::month(static_cast<unsigned>(month)) / std::chrono::day(static_cast<unsigned>(day));
  return static_cast<std::int32_t>(at.time_since_epoch().count());
}

std::string figures(const std::string& more, const std::string& period, int sigma2) {
  return R"({"purpose": "statistical_return", "dataset": "referrals", "measure": "children", "periods": [")" + period + R"("], "sigma2": )" + std::to_string(sigma2) +
         (more.empty() ? "" : ", " + more) + "}";
}

struct StatWorld::Partner {
  std::string id, pin;
  crypto::SigningKey key = crypto::SigningKey::generate();
};

namespace {

std::shared_ptr<gateway::Settings> test_settings() {
  const json value = {{"organisation", {{"name", "Marlbrook Family Support"}, {"duty_number", "01632 960100"}}},
                      {"config_dir", std::string(test::source_dir()) + "/config"},
                      {"pack", "children-and-families"},
                      {"log", {{"origin", "gatehouse.example.org/log"}}},
                      {"partner", {{"authorities", {"gatehouse.example.org:8443"}}}},
                      {"limits", {{"requests_per_second", 1e9}, {"burst", 1e9}}}};
  auto read = gateway::read_settings(value.dump(), "/tmp/gatehouse-test/gatehouse.json");
  if (!read) throw std::runtime_error(read.error().text());
  return std::make_shared<gateway::Settings>(std::move(*read));
}

std::shared_ptr<const gateway::Policies> test_policies(const gateway::Settings& settings) {
  static const auto policies = [&] {
    auto read = gateway::load_policies(settings);
    if (!read) throw std::runtime_error(read.error().text());
    return *read;
  }();
  return policies;
}

// Keys and an empty database, made once for the process and copied.
const std::string& model() {
  static const StatFolder folder;
  static const bool made = [] {
    adapters::SqliteSettings settings;
    settings.database = folder.path() + "/gatehouse.db";
    settings.keystore = folder.path() + "/keys.db";
    settings.kek = folder.path() + "/kek";
    auto keys = adapters::Keyring::create(settings.keystore, settings.kek);
    if (!keys) throw std::runtime_error(keys.error());
    auto admin = adapters::Admin::create(settings);
    if (!admin) throw std::runtime_error(admin.error());
    return true;
  }();
  if (!made) throw std::runtime_error("no model");
  return folder.path();
}

}  // namespace

adapters::SqliteSettings StatWorld::settings() const {
  adapters::SqliteSettings out;
  out.database = folder.path() + "/site/gatehouse.db";
  out.keystore = folder.path() + "/site/keys.db";
  out.kek = folder.path() + "/site/kek";
  out.statistics = folder.path() + "/site/statistics.db";
  if (options.mark) out.ledger_mark = folder.path() + "/ledger.mark";
  out.disk_reserve_bytes = 1 << 20;
  return out;
}

StatWorld::StatWorld(StatOptions given) : options(std::move(given)), now(*policy::read_instant("2027-03-01T10:00:00Z")), gateway_settings(test_settings()) {
  gateway_settings->keys.noise_key_file = folder.path() + "/noise.key";
  gateway_settings->keys.ledger_mark_file = folder.path() + "/ledger.mark";
  fs::copy(model(), folder.path() + "/site", fs::copy_options::recursive);
  const std::string text = options.policy.empty() ? wide_policy() : options.policy;
  auto read = statistics::Policy::read(text);
  if (!read) throw std::runtime_error(read.error().text());
  policy = std::move(*read);
  policy->sha256 = crypto::hex(crypto::sha256(text));
  {
    auto admin = adapters::Admin::open(settings());
    if (!admin) throw std::runtime_error(admin.error());
    for (const auto& id : options.partners) {
      auto partner = std::make_unique<Partner>();
      partner->id = id;
      partner->pin = crypto::hex(crypto::sha256("pin of " + id));
      policy::Agency agency;
      agency.id = id;
      agency.type = options.type;
      agency.name = id + " (fictional)";
      agency.directory_number = "01632 960155";
      for (const char* kind : {"tls_pin", "signing"}) {
        policy::AgencyKey key;
        key.keyid = id + "/" + kind;
        key.kind = kind;
        key.value = std::string_view(kind) == "tls_pin" ? partner->pin : crypto::base64(partner->key.public_key());
        key.not_before = *policy::read_instant("2020-01-01T00:00:00Z");
        key.not_after = *policy::read_instant("2040-01-01T00:00:00Z");
        agency.keys.push_back(std::move(key));
      }
      if (auto put = admin->put_agency(agency, now); !put) throw std::runtime_error(put.error().text());
      partners_[id] = std::move(partner);
    }
    if (auto active = admin->activate_pack(test_policies(*gateway_settings)->pack.identity(), "First Officer", "Second Officer", now); !active)
      throw std::runtime_error(active.error());
  }
  if (auto made = gateway::NoiseKey::make(folder.path() + "/noise.key"); !made.empty()) throw std::runtime_error(made);
  {
    auto opened = adapters::SqliteStore::open(settings(), [](const std::string&) {});
    if (!opened) throw std::runtime_error(opened.error());
    if (!run((*opened)->approve_statistics(policy->sha256, "First Officer", "Second Officer", now)).value_or(false)) throw std::runtime_error("not approved");
  }
  start();
}

StatWorld::~StatWorld() = default;

void StatWorld::stop() {
  api.reset();
  statistics.reset();
  keeper_.reset();
  between.reset();
  store.reset();
}

void StatWorld::start() {
  stop();
  auto opened = adapters::SqliteStore::open(settings(), [](const std::string&) {});
  if (!opened) throw std::runtime_error(opened.error());
  store = std::move(*opened);
  if (options.between) between = options.between(*store);
  policy::StatisticsStore& port = between ? *between : *store;
  auto opened_statistics = run(gateway::open_statistics(port, *policy, *gateway_settings, now));
  trouble = opened_statistics ? "" : opened_statistics.error();
  if (opened_statistics) {
    charged_in_full = opened_statistics->charged_in_full;
    statistics = std::move(opened_statistics->statistics);
  }
  metrics_ = std::make_unique<gateway::Metrics>();
  signer_ = std::make_unique<gateway::AnswerSigner>([this]() -> const crypto::ReleaseKeys& { return release_keys_; });
  tiles_ = std::make_unique<adapters::TileDirectory>(folder.path() + "/log");
  keeper_ = std::make_unique<gateway::SnapshotKeeper>(*store, gateway_settings, test_policies(*gateway_settings), *metrics_, gateway::Log());
  if (!run(keeper_->refresh())) throw std::runtime_error("no directory");
  gateway::Services services{*store, *store, *tiles_, *keeper_, *signer_, *metrics_, gateway::Log(), [this] { return now; }, "gatehouse.example.org/log+00000000+AAAA",
                             [](const std::string&) {}, statistics.get(), *store, *store};
  api = std::make_unique<gateway::PartnerApi>(std::move(services), gateway_settings->limits);
}

void StatWorld::restart() { start(); }

gateway::Statistics::Result<gateway::StatisticsAnswer> StatWorld::figures_of(const std::string& body, const std::string& partner) {
  gateway::Asker asker;
  asker.agency = partner;
  asker.staff = "test";
  gateway::Permission anybody = [](policy::Purpose, const std::vector<policy::Category>&) { return true; };
  return run(statistics->ask(std::move(asker), body, std::move(anybody), now));
}

void StatWorld::put(const std::vector<Row>& rows) {
  auto into = adapters::StatisticsRows::open(settings().statistics, 5000);
  if (!into) throw std::runtime_error(into.error());
  if (auto good = into->use(dataset()); !good) throw std::runtime_error(good.error().text());
  into->begin();
  for (const Row& row : rows) {
    adapters::StatisticsEvent event;
    event.child = row.child;
    event.record = row.record != 0 ? row.record : next_record_++;
    event.day = row.day;
    event.codes = row.codes;
    if (auto done = into->put(dataset(), event); !done) throw std::runtime_error(done.error().text());
  }
  into->commit();
}

void StatWorld::fill(std::int64_t each, int quarters) {
  std::vector<Row> rows;
  std::vector<std::size_t> codes(dataset().attributes.size(), 0);
  std::int64_t child = 1'000'000;
  for (;;) {
    if (!dataset().impossible(codes))
      for (std::int64_t i = 0; i < each; ++i, ++child)
        for (int quarter = 0; quarter < quarters; ++quarter) rows.push_back({child, day_in(2026 + quarter / 4, quarter % 4 * 3 + 2, 5), codes, 0});
    std::size_t at = 0;
    while (at < codes.size() && ++codes[at] == dataset().attributes[at].codes.size()) codes[at++] = 0;
    if (at == codes.size()) break;
  }
  put(rows);
}

std::optional<policy::PublishError> StatWorld::try_publish(const std::string& quarter, bool revised) {
  const auto period = statistics::quarters_of(quarter).at(0);
  adapters::StatisticsRows::Build build;
  {
    auto rows = adapters::StatisticsRows::open(settings().statistics, 5000);
    if (!rows) throw std::runtime_error(rows.error());
    auto built = rows->build(dataset(), period, revised, now.time_since_epoch().count());
    if (!built) throw std::runtime_error(built.error().text());
    build = *built;
  }
  const auto done = run(statistics->publish(dataset().id, statistics::Snapshot{period, revised, build.digest}, build.codes, "staff-1", now));
  if (done) return std::nullopt;
  return done.error();
}

void StatWorld::publish(const std::string& quarter, bool revised) {
  if (const auto failed = try_publish(quarter, revised)) throw std::runtime_error("publish " + quarter + ": " + std::to_string(static_cast<int>(*failed)));
}

gateway::Request StatWorld::request(const std::string& method, const std::string& path, std::optional<std::string> body, const Partner& partner,
                                    std::optional<std::string> key) {
  ++sent_;
  gateway::Request out;
  out.id = "req-" + std::to_string(sent_);
  out.method = method;
  out.path = path;
  out.headers.emplace_back("Host", "gatehouse.example.org:8443");
  if (body) {
    out.body = std::move(*body);
    out.has_body = true;
    out.headers.emplace_back("Content-Type", "application/json");
    out.headers.emplace_back("Idempotency-Key", key.value_or("key-" + std::to_string(sent_)));
  }
  out.peer.certificate_pin = partner.pin;
  out.peer.certificate_not_before = now.time_since_epoch().count() - 86400;
  out.peer.certificate_not_after = now.time_since_epoch().count() + 86400;
  out.peer.address = "192.0.2.7";
  crypto::SignedRequest view = gateway::signed_view(out);
  const std::int64_t created = now.time_since_epoch().count();
  const auto headers = crypto::sign_request(partner.key, partner.id + "/signing", view, created, created + 120, crypto::make_nonce());
  if (body) out.headers.emplace_back("Content-Digest", headers.content_digest);
  out.headers.emplace_back("Signature-Input", headers.signature_input);
  out.headers.emplace_back("Signature", headers.signature);
  return out;
}

StatWorld::Answer StatWorld::checked(const std::string& method, const gateway::Response& response) const {
  Answer out;
  out.status = response.status;
  out.body = response.body;
  EXPECT_EQ(fakes::Contract::of_the_repository().trouble(method, response.route, response), "");
  out.json = json::parse(response.body, nullptr, false);
  if (out.status >= 400 && out.json.is_object()) {
    const std::string type = out.json.value("type", "");
    out.type = type.substr(type.rfind('/') + 1);
  }
  return out;
}

StatWorld::Answer StatWorld::send(const std::string& method, const std::string& path, std::optional<std::string> body, const std::string& partner,
                                  std::optional<std::string> key) {
  auto asked = request(method, path, std::move(body), *partners_.at(partner), std::move(key));
  return checked(method, run(api->respond(std::move(asked))));
}

std::vector<StatWorld::Answer> StatWorld::together(const std::vector<std::pair<std::string, std::string>>& list) {
  io.restart();
  std::vector<std::optional<gateway::Response>> responses(list.size());
  std::vector<gateway::Request> requests;
  for (const auto& [partner, body] : list) requests.push_back(request("POST", "/v1/statistics", body, *partners_.at(partner), std::nullopt));
  for (std::size_t i = 0; i < list.size(); ++i)
    boost::asio::co_spawn(io, api->respond(std::move(requests[i])), [&responses, i](std::exception_ptr why, gateway::Response response) {
      if (!why) responses[i] = std::move(response);
    });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([this] { io.run(); });
  for (auto& thread : threads) thread.join();
  std::vector<Answer> out;
  for (const auto& response : responses) {
    if (!response) throw std::runtime_error("a question without an answer");
    out.push_back(checked("POST", *response));
  }
  return out;
}

std::vector<std::int64_t> StatWorld::truth(const std::string& body) {
  const auto seen = run(statistics->exact(body, now));
  if (!seen) throw std::runtime_error("no exact counts for " + body);
  return seen->counts;
}

policy::StatisticsLedger StatWorld::ledger() { return run(store->statistics_ledger(1'000'000)).value(); }

std::uint64_t StatWorld::spent_by_all(int year) {
  for (const auto& one : ledger().years)
    if (one.year == year) return one.all.spent;
  return 0;
}

std::uint64_t StatWorld::left_of(const std::string& partner, int year) {
  for (const auto& one : ledger().years)
    for (const auto& mine : one.partners)
      if (one.year == year && mine.partner == partner) return mine.account.left();
  return 0;
}

std::uint64_t StatWorld::log_size() { return run(store->health()).value().log_size; }

}  // namespace gatehouse::tests
