// What anybody may read, and the routes of the partner port.
#include <chrono>

#include "policy/json_text.hpp"
#include "gateway/partner_api/problems.hpp"
#include "gateway/partner_api/requests.hpp"
#include "gateway/version.hpp"
#include "crypto/manifest.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

using policy::Instant;

PartnerApi::PartnerApi(Services services, const LimitSettings& limits) : s_(std::move(services)), limits_(limits) {
  const auto route = [this](const char* method, const char* path, Access access, asio::awaitable<Response> (PartnerApi::*use)(Request)) {
    router_.add(method, path, access, [this, use](Request request) { return (this->*use)(std::move(request)); });
  };
  const auto part = [this](const char* path, policy::Part which) {
    router_.add("GET", path, Access::partner, [this, which](Request request) { return fetch(std::move(request), which); });
  };
  route("POST", "/v1/requests", Access::partner, &PartnerApi::post);
  route("GET", "/v1/requests/{id}", Access::partner, &PartnerApi::status);
  route("POST", "/v1/requests/{id}/information", Access::partner, &PartnerApi::information);
  route("POST", "/v1/requests/{id}/review", Access::partner, &PartnerApi::review);
  part("/v1/requests/{id}/package", policy::Part::package);
  part("/v1/requests/{id}/manifest", policy::Part::manifest);
  part("/v1/requests/{id}/manifest.sig", policy::Part::manifest_sig);
  part("/v1/requests/{id}/proof", policy::Part::proof);
  route("GET", "/log/proof/{release}", Access::partner, &PartnerApi::proof_of_release);
  route("POST", "/v1/receipts/{release}", Access::partner, &PartnerApi::receipt);
  route("POST", "/v1/statistics", Access::partner, &PartnerApi::statistics);
  route("POST", "/v1/statistics/forecast", Access::partner, &PartnerApi::forecast);
  route("GET", "/v1/statistics/codebook", Access::partner, &PartnerApi::codebook);
  route("GET", "/v1/enquiries", Access::partner, &PartnerApi::enquiries);
  route("POST", "/v1/enquiries/{id}/answer", Access::partner, &PartnerApi::answer_enquiry);
  route("POST", "/v1/documents", Access::partner, &PartnerApi::send_document);
  route("POST", "/access/v1/evaluation", Access::partner, &PartnerApi::evaluation);
  route("POST", "/access/v1/evaluations", Access::partner, &PartnerApi::evaluations);
  route("GET", "/.well-known/authzen-configuration", Access::open, &PartnerApi::authzen_configuration);
  route("GET", "/.well-known/gatehouse", Access::open, &PartnerApi::well_known);
  route("GET", "/openapi.json", Access::open, &PartnerApi::openapi);
  route("GET", "/log/checkpoint", Access::open, &PartnerApi::checkpoint);
  route("GET", "/log/tile/{tile*}", Access::open, &PartnerApi::tile);
  route("GET", "/healthz", Access::open, &PartnerApi::alive);
  route("GET", "/readyz", Access::partner, &PartnerApi::ready);
}

asio::awaitable<Response> PartnerApi::respond(Request request) {
  const auto begun = std::chrono::steady_clock::now();
  auto match = router_.find(request.method, request.path);
  Response out;
  if (match.handler == nullptr) {
    const Problem none = match.status == 405 ? problem("method-not-allowed", "use one of `allowed`", {}, {match.allow})
                                             : problem("not-found", "see /openapi.json for what is here");
    out = refuse(none, request, {}, s_.clock());
  } else if (match.access == Access::partner && request.peer.certificate_pin.empty()) {
    out = refuse(problem("certificate-required", "connect with the client certificate whose pin you gave us"), request, {}, s_.clock());
  } else {
    request.captures = std::move(match.captures);
    auto work = (*match.handler)(std::move(request));
    out = co_await std::move(work);
  }
  out.route = match.route;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
  s_.metrics.answered(match.route.empty() ? "none" : match.route, out.status, took.count());
  co_return out;
}

asio::awaitable<Response> PartnerApi::alive(Request) {
  Response out(200);
  out.set("content-type", "text/plain; charset=utf-8");
  out.body = "ok\n";
  // Less noise than anybody may promise: nobody shall take it for the real thing.
  if (s_.statistics != nullptr && s_.statistics->policy().test_policy) out.body += "statistics: test policy\n";
  co_return out;
}

asio::awaitable<Response> PartnerApi::ready(Request request) {
  const Instant at = s_.clock();
  const auto now = s_.keeper.load();
  const auto health = co_await s_.store.health();
  // Clocks may differ by a minute; one that is behind the log's last entry would date a release before what it rests on.
  const bool store = health && health->writable;
  const bool clock = health && at + std::chrono::seconds(60) >= health->last_entry;
  const bool ready = store && clock && now->pack_approved() && !closed_;
  policy::JsonText json;
  json.open_object().key("ready").flag(ready).key("store").flag(store).key("clock").flag(clock).key("pack").flag(now->pack_approved()).close_object();
  Response out(ready ? 200 : 503);
  out.set("content-type", "application/json");
  if (!ready) out.set("retry-after", "5");
  out.body = json.take();
  co_return s_.signer.finish(std::move(out), request, {}, at);
}

asio::awaitable<Response> PartnerApi::well_known(Request request) {
  const Instant at = s_.clock();
  const auto now = s_.keeper.load();
  const auto& settings = now->settings();
  policy::JsonText json(2048);
  json.open_object();
  json.field("organisation", settings.organisation.name).field("duty_number", settings.organisation.duty_number);
  json.field("open_records_notice", settings.organisation.open_records_notice);
  json.field("policy_statement", settings.organisation.policy_statement);
  json.key("pack").open_object().field("id", now->policies().pack.identity().id).field("version", now->policies().pack.identity().version);
  json.field("sha256", now->policies().pack.identity().sha256).close_object();
  // Published before it signs and after it signed: who checks an answer finds its key here on both sides of a rotation.
  json.key("signing_keys").open_array();
  for (const auto& key : s_.signer.keys().published) {
    if (key.until != 0 && Instant(std::chrono::seconds(key.until)) <= at) continue;
    json.open_object().field("keyid", key.keyid).field("alg", "ed25519").field("public_key", crypto::base64(key.public_key));
    json.field("ssh", crypto::ssh_public_key_line(key.public_key)).field("state", key.state);
    if (key.until != 0) json.field("until", policy::to_text(Instant(std::chrono::seconds(key.until))));
    json.close_object();
  }
  json.close_array();
  json.field("manifest_namespace", crypto::kManifestNamespace).field("signature_tag", "gatehouse-v1");
  auto log_keys = s_.log_verifier_keys ? s_.log_verifier_keys() : std::vector<std::string>();
  if (log_keys.empty()) log_keys.push_back(s_.log_verifier_key);
  json.key("log").open_object().field("origin", settings.log.origin).field("verifier_key", log_keys.front()).texts("verifier_keys", log_keys);
  json.field("checkpoint", "/log/checkpoint").close_object();
  json.field("openapi", "/openapi.json").field("version", kVersion);
  json.close_object();
  Response out(200);
  out.set("content-type", "application/json");
  out.body = json.take();
  co_return s_.signer.finish(std::move(out), request, {}, at);
}

asio::awaitable<Response> PartnerApi::openapi(Request request) {
  const Instant at = s_.clock();
  Response out(200);
  out.set("content-type", "application/json");
  out.body = s_.keeper.load()->policies().openapi;
  co_return s_.signer.finish(std::move(out), request, {}, at);
}

asio::awaitable<Response> PartnerApi::checkpoint(Request request) {
  const Instant at = s_.clock();
  const auto note = co_await s_.proofs.checkpoint();
  if (!note) co_return refuse(problem_after("unavailable", std::chrono::seconds(2), "no checkpoint has been signed yet"), request, {}, at);
  Response out(200);
  out.set("content-type", "text/plain; charset=utf-8");
  out.body = *note;
  co_return s_.signer.finish(std::move(out), request, {}, at);
}

// Hashes of hashes, proved by the checkpoint: whoever fetched one may keep it for good.
asio::awaitable<Response> PartnerApi::tile(Request request) {
  const Instant at = s_.clock();
  std::string name = "tile/" + request.captures.front();
  const auto bytes = co_await s_.proofs.tile(std::move(name));
  if (!bytes && bytes.error() == policy::ProofError::not_covered_yet)
    co_return refuse(problem("not-found", "ask for tiles of a checkpoint you have: /log/tile/<L>/<N>[.p/<W>]"), request, {}, at);
  if (!bytes) co_return refuse(unavailable(), request, {}, at);
  Response out(200);
  out.set("content-type", "application/octet-stream");
  out.body = *bytes;
  out = s_.signer.finish(std::move(out), request, {}, at);
  out.set("cache-control", "public, max-age=31536000, immutable");
  co_return out;
}

}  // namespace gatehouse::gateway
