#include "tests/gateway/partner_api/world.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <regex>

#include "crypto/http_signature.hpp"
#include "crypto/secret_bytes.hpp"
#include "gateway/duties/duties.hpp"
#include "tests/fakes/contract.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::fakes {

using nlohmann::json;

namespace {

struct Started {
  Started() {
    if (!crypto::start()) throw std::runtime_error("libsodium did not start");
  }
};
const Started started;

std::shared_ptr<gateway::Settings> test_settings() {
  const json value = {
      {"organisation", {{"name", "Marlbrook Family Support"}, {"duty_number", "01632 960100"}}},
      {"config_dir", std::string(::gatehouse::test::source_dir()) + "/config"},
      {"pack", "children-and-families"},
      {"log", {{"origin", "gatehouse.example.org/log"}}},
      {"partner", {{"authorities", {"gatehouse.example.org:8443"}}}},
      {"releases", {{"automatic_release", {{"early_help", "unflagged"}}}}},
      {"limits", {{"requests_per_second", 1000}, {"burst", 1000}, {"people_per_day", 100}, {"unmatched_alarm_per_day", 3}}},
  };
  auto read = gateway::read_settings(value.dump(), "/tmp/gatehouse-test/gatehouse.json");
  if (!read) throw std::runtime_error(read.error().text());
  return std::make_shared<gateway::Settings>(std::move(*read));
}

// Read once: packs do not change between tests.
std::shared_ptr<const gateway::Policies> test_policies(const gateway::Settings& settings) {
  static const auto policies = [&] {
    auto read = gateway::load_policies(settings);
    if (!read) throw std::runtime_error(read.error().text());
    return *read;
  }();
  return policies;
}

policy::Agency agency(const TestPartner& partner, policy::AgencyType type, std::vector<std::string> purposes) {
  policy::Agency out;
  out.id = partner.id;
  out.type = type;
  out.name = partner.id + " (fictional)";
  out.directory_number = "01632 960155";
  out.emergency_registered = true;
  policy::Agreement agreement;
  agreement.name = "Kent and Medway Information Sharing Agreement";
  agreement.purposes = std::move(purposes);
  agreement.from = policy::read_date("2026-01-01");
  agreement.to = policy::read_date("2027-12-31");
  out.agreements.push_back(std::move(agreement));
  const auto key = [&](const char* id, const char* kind, std::string value) {
    policy::AgencyKey one;
    one.keyid = partner.id + "/" + id;
    one.kind = kind;
    one.value = std::move(value);
    one.not_before = *policy::read_instant("2026-01-01T00:00:00Z");
    one.not_after = *policy::read_instant("2028-01-01T00:00:00Z");
    out.keys.push_back(std::move(one));
  };
  key("tls-1", "tls_pin", partner.pin);
  key("sig-1", "signing", crypto::base64(partner.key.public_key()));
  key("age-1", "age", partner.identity.recipient().text());
  out.version = 1;
  return out;
}

FakeItem item(const std::string& id, policy::Category category, std::vector<policy::Field> fields, policy::Instant at) {
  FakeItem out;
  out.record.id = id;
  out.record.version = 1;
  out.record.category = category;
  out.record.recorded_at = at - std::chrono::days(20);
  out.record.event_at = at - std::chrono::days(20);
  out.record.author = "staff-04";
  out.record.kind = "fact";
  out.record.fields = std::move(fields);
  out.header.id = id;
  out.header.version = 1;
  out.header.category = category;
  out.header.relevant = true;
  out.header.compartment = policy::Compartment::none;
  out.header.given_in_confidence = false;
  out.header.withheld_from_requester = false;
  return out;
}

}  // namespace

World::World(Faults faults) : now(*policy::read_instant("2026-11-24T10:00:00Z")), settings(test_settings()) {
  store.faults = faults;
  store.agencies.agencies = {agency(housing, policy::AgencyType::housing, {"early_help", "support_with_consent"}),
                             agency(mash, policy::AgencyType::mash, {"*"})};
  store.agencies.version = 1;
  store.agencies.active_pack_sha256 = test_policies(*settings)->pack.identity().sha256;

  FakePerson adult;
  adult.id = "p-1";
  adult.nhs_number = "9990000018";
  adult.given_name = "Casimir";
  adult.family_name = "Wyelock";
  adult.date_of_birth = "1979-02-11";
  adult.competence = policy::Competence::competent;
  adult.items = {item("i-1", policy::Category::identity, {{"names", "Casimir Wyelock"}, {"date_of_birth", "1979-02-11"}, {"sex", "male"}}, now),
                 item("i-2", policy::Category::contact,
                      {{"address", "51 Ferry Passage, Gravesend, Kent DA11 0ZZ"}, {"phone", "07700 900874"}, {"contact_safe", "safe"}}, now),
                 item("i-3", policy::Category::health_mental, {{"condition", "anxiety"}, {"severity", "low"}}, now)};
  policy::Consent consent;
  consent.agencies = {"medway-housing"};
  consent.categories = {"identity", "contact"};
  consent.purposes = {"early_help"};
  consent.form = policy::ConsentForm::written;
  consent.given_by = policy::GivenBy::subject;
  consent.given = policy::read_date("2026-05-01");
  consent.expires = policy::read_date("2027-05-01");
  adult.consents = {consent};
  policy::Person self;
  self.id = "self";
  self.names = {"Casimir Wyelock"};
  self.relation = "self";
  self.role = "family";
  self.identifiers = {"999 000 0018"};
  policy::Person landlord;
  landlord.id = "other-1";
  landlord.names = {"Horatio Pennyquick"};
  landlord.relation = "landlord";
  landlord.role = "other";
  adult.people = {self, landlord};
  store.people["p-1"] = adult;

  FakePerson refused = adult;  // known, and has agreed to nothing
  refused.id = "p-2";
  refused.nhs_number = "9990000026";
  refused.given_name = "Petra";
  refused.family_name = "Sandlewick";
  refused.date_of_birth = "1991-04-25";
  refused.consents.clear();
  refused.people = {self};
  store.people["p-2"] = refused;

  start();
}

void World::start() {
  metrics = std::make_unique<gateway::Metrics>();
  const gateway::Log log = [this](const gateway::LogEvent& event) { events.push_back(event); };
  signer_ = std::make_unique<gateway::AnswerSigner>([this]() -> const crypto::ReleaseKeys& { return release_keys_; });
  keeper = std::make_unique<gateway::SnapshotKeeper>(store, settings, policies ? policies : test_policies(*settings), *metrics, log);
  const Faults faults = std::exchange(store.faults, Faults());
  if (!run(keeper->refresh())) throw std::runtime_error("no directory");
  store.faults = faults;
  store.road.clear();
  api = std::make_unique<gateway::PartnerApi>(
      gateway::Services{store, store, store, *keeper, *signer_, *metrics, log, [this] { return now; }, "gatehouse.example.org/log+00000000+AAAA",
                        [this](std::string why) { fatal.push_back(std::move(why)); }, nullptr, enquiries, inbound},
      settings->limits);
}

void World::restart() {
  store.faults = Faults();
  fatal.clear();
  api.reset();
  start();
}

json World::good_body() {
  return {{"purpose", "early_help"},
          {"subject", {{"nhs_number", "9990000018"}, {"given_name", "Casimir"}, {"family_name", "Wyelock"}, {"date_of_birth", "1979-02-11"}}},
          {"categories", {"identity", "contact"}},
          {"stated",
           {{"public_task", "Housing Act 1996 part 7"}, {"why_necessary", "He may lose his room."}, {"intended_use", "To find him another room."},
            {"why_not_from_subject", "He asked us to ask you."}}},
          {"worker", {{"name", "Ottoline Farthing"}, {"post", "housing officer"}, {"role", "worker"}, {"contact", "01632 960155"}}}};
}

gateway::Response World::send(const std::string& method, const std::string& path, std::optional<std::string> body, const Odd& odd) {
  ++sent_;
  const TestPartner& signer = odd.signer != nullptr ? *odd.signer : *caller;
  gateway::Request request;
  request.id = "req-" + std::to_string(sent_);
  request.method = method;
  request.path = path;
  request.query = odd.query;
  request.has_query = !odd.query.empty();
  request.headers.emplace_back("Host", odd.authority.value_or("gatehouse.example.org:8443"));
  if (odd.x_request_id) request.headers.emplace_back("X-Request-ID", *odd.x_request_id);
  if (body) {
    request.body = *body;
    request.has_body = true;
    request.headers.emplace_back("Content-Type", odd.content_type.value_or("application/json"));
    if (!odd.leave_out_key) request.headers.emplace_back("Idempotency-Key", odd.idempotency_key.value_or("key-" + std::to_string(sent_)));
  }
  if (!odd.without_certificate) {
    request.peer.certificate_pin = odd.certificate != nullptr ? odd.certificate->pin : caller->pin;
    request.peer.certificate_not_before = now.time_since_epoch().count() - 86400;
    request.peer.certificate_not_after = now.time_since_epoch().count() + 86400;
  }
  request.peer.address = "192.0.2.7";
  crypto::SignedRequest view = gateway::signed_view(request);
  const std::string query = "?" + request.query;
  view.query = query;
  if (!odd.unsigned_request) {
    const std::int64_t created = now.time_since_epoch().count() + odd.created_offset;
    const auto headers = crypto::sign_request(signer.key, odd.keyid.value_or(signer.id + "/sig-1"), view, created, created + odd.lifetime,
                                              odd.nonce.value_or(crypto::make_nonce()));
    if (body) request.headers.emplace_back("Content-Digest", headers.content_digest);
    request.headers.emplace_back("Signature-Input", headers.signature_input);
    std::string signature = headers.signature;
    if (odd.break_signature) {
      const auto at = signature.find(":") + 5;
      signature[at] = signature[at] == 'A' ? 'B' : 'A';
    }
    request.headers.emplace_back("Signature", signature);
    if (odd.change_body) request.body[request.body.find("early_help")] = 'x';
  }
  const gateway::Request asked = request;
  auto response = run(api->respond(std::move(request)));

  if (!response.route.empty() && response.status != 405) {
    EXPECT_EQ(Contract::of_the_repository().trouble(method, response.route, response), "");
  } else {
    EXPECT_TRUE(response.status == 404 || response.status == 405) << response.status;
  }
  if (response.route != "/healthz") {
    crypto::SignatureRules rules;
    rules.now = now.time_since_epoch().count();
    crypto::SignedRequest question = gateway::signed_view(asked);
    const auto verified = crypto::verify_response(release_keys_.signing.public_key(), response.status, response.headers, response.body, question, rules);
    EXPECT_TRUE(verified) << (verified ? "" : verified.error().text()) << " " << method << " " << path << " " << response.status;
  }
  return response;
}

std::size_t World::settle() {
  gateway::SettleDue duty(store, *metrics, {});
  const auto done = run(duty.once(now));
  return done ? *done : 0;
}

json World::open(const gateway::Response& released) const {
  const auto age = crypto::from_base64(json_of(released)["package"].get<std::string>());
  if (!age) throw std::runtime_error("the package is no base64");
  std::vector<crypto::age::Identity> mine;
  mine.push_back(*crypto::age::Identity::parse(caller->identity.text(crypto::KeyAccess::granted_to("test: the partner opens its package"))));
  const auto plain = crypto::age::open(mine, *age);
  if (!plain) throw std::runtime_error(plain.error().text());
  EXPECT_EQ(plain->size(), crypto::age::padded_size(plain->size()));
  const json package = json::parse(*plain);
  EXPECT_EQ(Contract::of_the_repository().misfit(Contract::of_the_repository().schema("Package"), package), "");
  return package;
}

std::string without_ids(const gateway::Response& response) {
  return std::regex_replace(response.body, std::regex("rq_[0-9a-f]{32}"), "rq_");
}

}  // namespace gatehouse::fakes
