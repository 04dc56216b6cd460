#pragma once
// A whole partner API against fakes: one organisation, two partners, a few fictional people. Every answer is checked against config/openapi.yaml and its
// signature verified as a partner would.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "crypto/age.hpp"
#include "crypto/keys.hpp"
#include "gateway/partner_api/requests.hpp"
#include "tests/fakes/fake_enquiries.hpp"
#include "tests/fakes/fake_inbound.hpp"
#include "tests/fakes/fake_store.hpp"

namespace gatehouse::fakes {

struct TestPartner {
  std::string id, pin;
  crypto::SigningKey key = crypto::SigningKey::generate();
  crypto::age::Identity identity = crypto::age::Identity::generate();
};

// How one request differs from a good one.
struct Odd {
  const TestPartner* certificate = nullptr;   // another partner's pin
  const TestPartner* signer = nullptr;        // another partner's key
  std::optional<std::string> keyid, nonce, idempotency_key, content_type, authority;
  std::int64_t created_offset = 0, lifetime = 120;
  bool unsigned_request = false, without_certificate = false, break_signature = false, change_body = false, leave_out_key = false;
  std::string query;
  std::optional<std::string> x_request_id;
};

class World {
 public:
  explicit World(Faults faults = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // The process ends and starts again: memory is gone, the disk stays, faults are over.
  void restart();

  // The good request: a known person, consent in scope, `early_help`, released by itself.
  static nlohmann::json good_body();
  gateway::Response post(const nlohmann::json& body, const Odd& odd = {}) { return send("POST", "/v1/requests", body.dump(), odd); }
  gateway::Response post() {
    Odd odd;
    odd.idempotency_key = "the-same-key";
    return post(good_body(), odd);
  }
  gateway::Response get(const std::string& path, const Odd& odd = {}) { return send("GET", path, std::nullopt, odd); }
  gateway::Response send(const std::string& method, const std::string& path, std::optional<std::string> body, const Odd& odd = {});

  std::size_t settle();  // the duty, at `now`
  nlohmann::json open(const gateway::Response& released) const;  // the sealed package, as the partner reads it

  static nlohmann::json json_of(const gateway::Response& response) { return nlohmann::json::parse(response.body); }

  TestPartner housing{"medway-housing", std::string(64, 'a')}, mash{"kent-mash", std::string(64, 'b')};
  const TestPartner* caller = &housing;
  policy::Instant now;
  FakeStore store;
  FakeEnquiries enquiries;
  FakeInbound inbound;
  std::vector<gateway::LogEvent> events;
  std::vector<std::string> fatal;
  std::unique_ptr<gateway::Metrics> metrics;
  std::unique_ptr<gateway::SnapshotKeeper> keeper;
  std::unique_ptr<gateway::PartnerApi> api;
  std::shared_ptr<gateway::Settings> settings;
  // Another pack, or other words: takes effect with restart(). The store's active pack must be its.
  std::shared_ptr<const gateway::Policies> policies;

  template <class T>
  T run(boost::asio::awaitable<T> work);

 private:
  void start();
  std::unique_ptr<gateway::AnswerSigner> signer_;
  crypto::ReleaseKeys release_keys_ = two_keys();
  static crypto::ReleaseKeys two_keys() {
    crypto::ReleaseKeys keys{crypto::SigningKey::generate(), "release-2026-1", {}};
    keys.published = {{"release-2026-1", keys.signing.public_key(), "current", 0}, {"release-2026-2", crypto::SigningKey::generate().public_key(), "next", 0}};
    return keys;
  }
  int sent_ = 0;
};

template <class T>
T World::run(boost::asio::awaitable<T> work) {
  boost::asio::io_context io;
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

// Bodies of two answers with everything that may differ between two requests taken out.
std::string without_ids(const gateway::Response& response);

}  // namespace gatehouse::fakes
