// Durable rates of the store of one installation. They write to it: its log grows.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/sqlite_store.hpp"
#include "adapters/sqlite/writer.hpp"
#include "crypto/age.hpp"
#include "crypto/keys.hpp"
#include "crypto/manifest.hpp"
#include "gateway/cli/bench_audit.hpp"
#include "gateway/app.hpp"
#include "gateway/cli/bench_material.hpp"
#include "gateway/settings.hpp"

namespace asio = boost::asio;

namespace gatehouse::cli::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Tally {
  Clock::time_point stop;
  std::uint64_t done = 0;
  std::size_t open = 0;                        // writers that have not ended
  std::string trouble;
};

// One entry as an access is logged; the draft is made before the writer's turn comes, as everywhere.
class AppendJob : public adapters::WriteJob {
 public:
  explicit AppendJob(adapters::LogDraft draft) : draft_(std::move(draft)) {}
  Verdict apply(adapters::WriteContext& context) override {
    context.log.append(draft_);
    return Verdict::keep;
  }

 private:
  adapters::LogDraft draft_;
};

}  // namespace

std::expected<DurableResult, std::string> append_rate(const std::string& config, unsigned writers, double seconds) {
  const auto settings = gateway::load_settings(config);
  if (!settings) return std::unexpected(settings.error().text());
  const auto sqlite = gateway::store_settings(*settings);
  auto keys = adapters::Keyring::open(sqlite.keystore, sqlite.kek);
  if (!keys) return std::unexpected(keys.error());
  std::uint64_t bytes = 0;
  Tally tally;
  asio::io_context io(1);
  double took = 0;
  try {
    adapters::Writer writer(sqlite, *keys, [&](std::string why) { tally.trouble = why; });
    const adapters::Sealer audit(keys->audit_key(), "installation");
    const std::string detail = R"({"request":"rq_0123456789abcdef","part":"package","keyid":"sampleton-early-help/signing/1","result":"given"})";
    auto guard = asio::make_work_guard(io);
    std::function<void()> next = [&] {
      if (Clock::now() >= tally.stop || !tally.trouble.empty()) {
        if (--tally.open == 0) guard.reset();
        return;
      }
      adapters::LogWords words;
      words.kind = "access";
      words.agency = "sampleton-early-help";
      words.at = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
      auto draft = adapters::draft_entry(words, detail, audit, "", keys->audit_key());
      if (!draft) {
        tally.trouble = draft.error();
        if (--tally.open == 0) guard.reset();
        return;
      }
      bytes += draft->entry.size();
      writer.submit(std::make_shared<AppendJob>(std::move(*draft)), [&](std::optional<policy::StoreError> error) {
        asio::post(io, [&, error] {
          if (error) tally.trouble = "the store refused an entry";
          else ++tally.done;
          next();
        });
      });
    };
    tally.open = writers;
    const auto start = Clock::now();
    tally.stop = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    for (unsigned i = 0; i < writers; ++i) asio::post(io, next);
    io.run();
    took = std::chrono::duration<double>(Clock::now() - start).count();
  } catch (const adapters::DatabaseFault& fault) {
    return std::unexpected(std::string("bench audit: ") + fault.what());
  }
  if (!tally.trouble.empty()) return std::unexpected("bench audit: " + tally.trouble);
  return DurableResult{static_cast<double>(tally.done) / took, static_cast<double>(bytes) / static_cast<double>(tally.done)};
}

namespace {

// What every commit of the race shares; ids and nonces are fresh each time.
struct Template {
  policy::EvidenceQuery query;
  policy::Entry entry;
};

Template make_template(const Material& material, const Subject& subject, bool release, std::chrono::sys_seconds now) {
  Template out;
  out.query.locator.nhs_number = subject.nhs_number;
  out.query.locator.given_name = subject.given_name;
  out.query.locator.family_name = subject.family_name;
  out.query.locator.date_of_birth = subject.date_of_birth;
  out.query.agency = material.partner;
  out.query.purpose = policy::Purpose::early_help;
  out.query.at = now;
  policy::Entry& e = out.entry;
  e.agency = material.partner;
  e.keyid = material.signing_keyid;
  e.nonce_expires = now + std::chrono::seconds(290);
  e.purpose = policy::Purpose::early_help;
  e.received = now;
  e.answer_by = now + std::chrono::hours(120);
  e.request_json = R"({"purpose":"early_help","subject":{"nhs_number":")" + subject.nhs_number + R"("},"stated":{"why_necessary":"The family asked for help with the mornings."}})";
  e.matched_how = {"nhs", "dob", "name"};
  e.case_json = std::string(1400, 'c');        // about what a case with six items and one consent has
  e.decision_json = std::string(1600, 'd');
  e.outcome = release ? policy::Outcome::release : policy::Outcome::withhold;
  if (release) {
    policy::Release r;
    r.recipient_keyid = material.age_keyid;
    const std::string plain(8192, ' ');
    r.age = *crypto::age::seal({material.identity.recipient()}, plain);
    r.sha256 = crypto::hex(crypto::sha256(r.age));
    r.manifest = std::string(330, 'm');
    r.manifest_sig = std::string(310, 's');
    r.content_sha256 = crypto::hex(crypto::sha256(plain));
    r.expires = now + std::chrono::hours(24 * 14);
    r.consents_only = released_categories();
    e.release = std::move(r);
  }
  return out;
}

asio::awaitable<void> commit_on(policy::Store& store, const Template& shape, Tally& tally) {
  auto query = shape.query;
  const auto evidence = co_await store.evidence(std::move(query));
  if (!evidence || evidence->matched != policy::Matched::one) {
    tally.trouble = "a subject of the material is not found; run `bench prepare` on this installation";
    co_return;
  }
  while (Clock::now() < tally.stop && tally.trouble.empty()) {
    policy::Entry entry = shape.entry;
    const std::string fresh = crypto::hex(crypto::sha256(crypto::random_bytes(16))).substr(0, 24);
    entry.request_id = "rq_" + fresh;
    entry.nonce = crypto::base64(crypto::random_bytes(16));
    entry.idempotency_key = fresh;
    entry.body_sha256 = crypto::hex(crypto::sha256(fresh));
    entry.pack_sha256 = evidence->token.pack_sha256;
    if (entry.release) entry.release->release_id = "rl_" + fresh;
    policy::Token token = evidence->token;
    const auto written = co_await store.commit(std::move(token), std::move(entry));
    if (!written) tally.trouble = "a commit failed";
    else if (written->kind != policy::Committed::Kind::written) tally.trouble = "a commit was not written: kind " + std::to_string(static_cast<int>(written->kind));
    else ++tally.done;
  }
}

}  // namespace

std::expected<DurableResult, std::string> commit_rate(const std::string& config, unsigned writers, double seconds, bool release) {
  const auto settings = gateway::load_settings(config);
  if (!settings) return std::unexpected(settings.error().text());
  const auto slash = config.rfind('/');
  const auto material = read_material((slash == std::string::npos ? std::string(".") : config.substr(0, slash)) + "/bench");
  if (!material) return std::unexpected(material.error());
  Tally tally;
  auto store = adapters::SqliteStore::open(gateway::store_settings(*settings), [&](std::string why) { tally.trouble = why; });
  if (!store) return std::unexpected(store.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  std::vector<Template> shapes;
  for (unsigned i = 0; i < writers; ++i) shapes.push_back(make_template(*material, material->subjects[i % material->subjects.size()], release, now));
  asio::io_context io(1);
  const auto start = Clock::now();
  tally.stop = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (const auto& shape : shapes) {
    auto writer = commit_on(**store, shape, tally);
    asio::co_spawn(io, std::move(writer), [&](std::exception_ptr thrown) {
      if (thrown) tally.trouble = "an exception";
    });
  }
  io.run();
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  if (!tally.trouble.empty()) return std::unexpected("bench audit: " + tally.trouble);
  return DurableResult{static_cast<double>(tally.done) / took, 0};
}

}  // namespace gatehouse::cli::bench
