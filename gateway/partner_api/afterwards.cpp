// What a partner does after asking: look, fetch, complete, ask again, acknowledge.
#include <algorithm>

#include "policy/json_text.hpp"
#include "gateway/partner_api/problems.hpp"
#include "gateway/partner_api/requests.hpp"
#include "gateway/strict_json.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

using policy::Instant;
using policy::RequestState;

namespace {

Problem no_such_request() { return problem("not-found", "there is no request of yours with this id"); }

Response json_answer(int status, std::string body) {
  Response out(status);
  out.set("content-type", "application/json");
  out.body = std::move(body);
  return out;
}

}  // namespace

std::expected<Caller, Problem> PartnerApi::caller_of(const Snapshot& now, const Request& request, Instant at) {
  auto caller = authenticate(now, request, at);
  if (!caller) return caller;
  if (auto stop = too_many(now, *caller->partner, nullptr, at)) return std::unexpected(std::move(*stop));
  if (!nonces_.fresh(caller->signature.keyid, caller->signature.nonce, caller->signature.expires + 60, at.time_since_epoch().count()))
    return std::unexpected(problem("replayed", "sign again with a new nonce", "Signature-Input"));
  return caller;
}

std::expected<PartnerApi::Calling, Problem> PartnerApi::calling(const Snapshot& now, const Request& request, Instant at, bool again) {
  auto caller = authenticate(now, request, at);
  if (!caller) return std::unexpected(caller.error());
  if (!again)
    if (auto stop = too_many(now, *caller->partner, nullptr, at)) return std::unexpected(std::move(*stop));
  auto key = idempotency_key(request);
  if (!key) return std::unexpected(key.error());
  Calling out;
  out.label = caller->signature.label;
  out.call.agency = caller->partner->agency.id;
  out.call.agency_version = caller->partner->agency.version;
  out.call.keyid = caller->signature.keyid;
  out.call.nonce = caller->signature.nonce;
  out.call.nonce_expires = Instant(std::chrono::seconds(caller->signature.expires + 60));  // as long as a slow clock would take it
  out.call.idempotency_key = std::move(*key);
  out.call.body_sha256 = digest_of(request);
  out.call.at = at;
  return out;
}

Response PartnerApi::instead(policy::Called what, const Request& request, std::string_view label, Instant at) const {
  switch (what) {
    case policy::Called::no_such_request:
      return refuse(no_such_request(), request, label, at);
    case policy::Called::nonce_seen:
      return refuse(problem("replayed", "sign again with a new nonce; the same Idempotency-Key may stay", "Signature-Input"), request, label, at);
    case policy::Called::key_reused:
      return refuse(problem("idempotency-key-reused", "take a new key for another request", "Idempotency-Key"), request, label, at);
    case policy::Called::conflict:
      return refuse(problem("conflict", "the state changed meanwhile; look at it and try again"), request, label, at);
    case policy::Called::done:
    case policy::Called::again:
    case policy::Called::stale:
      break;
  }
  return refuse(unavailable(), request, label, at);
}

asio::awaitable<Response> PartnerApi::status(Request request) {
  const Instant at = s_.clock();
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string& label = caller->signature.label;
  std::string id = request.captures.at(0), agency = caller->partner->agency.id;
  const auto found = co_await s_.store.request(std::move(id), std::move(agency));
  if (!found) co_return refuse(unavailable(), request, label, at);
  if (!*found) co_return refuse(no_such_request(), request, label, at);
  co_return s_.signer.finish(status_answer(*now, **found, false), request, label, at);
}

asio::awaitable<Response> PartnerApi::fetch(Request request, policy::Part part) {
  std::string id = request.captures.at(0);
  auto answer = fetch_of(std::move(request), std::move(id), part);
  co_return co_await std::move(answer);
}

asio::awaitable<Response> PartnerApi::proof_of_release(Request request) {
  std::string id = request_of(request.captures.at(0));
  auto answer = fetch_of(std::move(request), std::move(id), policy::Part::proof);
  co_return co_await std::move(answer);
}

asio::awaitable<Response> PartnerApi::fetch_of(Request request, std::string id, policy::Part part) {
  const Instant at = s_.clock();
  std::string label;
  policy::Fetched fetched;
  for (int again = 0;; ++again) {
    if (closed_ || again > 3) co_return refuse(unavailable(), request, label, at);
    const auto now = s_.keeper.load();
    const auto caller = again == 0 ? caller_of(*now, request, at) : authenticate(*now, request, at);
    if (!caller) co_return refuse(caller.error(), request, label, at);
    label = caller->signature.label;
    policy::FetchQuery query;
    query.request_id = id;
    query.agency = caller->partner->agency.id;
    query.agency_version = caller->partner->agency.version;
    query.part = part;
    query.at = at;
    query.keyid = caller->signature.keyid;
    auto given = co_await s_.store.fetch(std::move(query));  // checks withdrawal, recall, revocation and expiry again, and logs
    if (!given) co_return not_written(given.error(), request, label, at);
    fetched = std::move(*given);
    if (fetched.kind != policy::Fetched::Kind::stale) break;
    // The partner's keys have changed since they were read here: perhaps the one this request was signed with is revoked.
    s_.metrics.count(Metrics::Event::stale);
    const bool fresh = co_await s_.keeper.refresh();
    if (!fresh) co_return refuse(unavailable(), request, label, at);
  }
  switch (fetched.kind) {
    case policy::Fetched::Kind::given:
      break;
    case policy::Fetched::Kind::not_released:
      co_return refuse(problem("conflict", "there is no package for this request, or not yet: look at its status"), request, label, at);
    case policy::Fetched::Kind::gone:
      co_return refuse(problem("gone", "it was withdrawn, recalled or has expired, or the key it was sealed to is revoked; ask again if you still need it"),
                       request, label, at);
    case policy::Fetched::Kind::no_such_request:
      co_return refuse(no_such_request(), request, label, at);
    case policy::Fetched::Kind::stale:
      co_return refuse(unavailable(), request, label, at);
  }
  Response out(200);
  switch (part) {
    case policy::Part::package:
      out.set("content-type", "application/age");
      break;
    case policy::Part::manifest:
      out.set("content-type", "application/json");
      break;
    case policy::Part::manifest_sig:
    case policy::Part::proof:
      out.set("content-type", "text/plain; charset=utf-8");
      break;
  }
  if (part == policy::Part::proof) {
    std::string entry = std::move(fetched.bytes);
    const auto proof = co_await s_.proofs.proof(fetched.log_index, std::move(entry));
    if (!proof) {
      if (proof.error() == policy::ProofError::not_covered_yet)
        co_return refuse(problem_after("unavailable", std::chrono::seconds(2), "no checkpoint covers the entry yet; one is signed every second"), request,
                         label, at);
      co_return refuse(unavailable(), request, label, at);
    }
    out.body = *proof;
  } else {
    out.body = std::move(fetched.bytes);
  }
  co_return s_.signer.finish(std::move(out), request, label, at);
}

asio::awaitable<Response> PartnerApi::information(Request request) {
  const Instant at = s_.clock();
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string& label = caller->signature.label;
  if (const auto key = idempotency_key(request); !key) co_return refuse(key.error(), request, label, at);
  std::string id = request.captures.at(0), agency = caller->partner->agency.id, earlier = id;
  const auto before = co_await s_.store.asked(std::move(id), std::move(agency));
  if (!before) co_return refuse(unavailable(), request, label, at);
  if (!*before) co_return refuse(no_such_request(), request, label, at);
  auto body = complete(**before, request.body);
  if (!body) co_return refuse(problem_of(body.error()), request, label, at);
  auto answer = ask(std::move(request), std::move(*body), std::move(earlier));
  co_return co_await std::move(answer);
}

asio::awaitable<Response> PartnerApi::review(Request request) {
  const Instant at = s_.clock();
  std::string label;
  for (int again = 0; again <= 3; ++again) {
    if (closed_) co_return refuse(unavailable(), request, label, at);
    const auto now = s_.keeper.load();
    auto calling = this->calling(*now, request, at, again > 0);
    if (!calling) co_return refuse(calling.error(), request, label, at);
    label = calling->label;
    strict::json value;
    std::optional<policy::Error> error = strict::parse(request.body, value);
    std::string words;
    if (!error) {
      strict::Object in(value, "$", error);
      words = in.text("words", "", true);
      in.done();
    }
    if (error) co_return refuse(problem_of(*error), request, label, at);
    std::string id = request.captures.at(0);
    const auto called = co_await s_.store.ask_review(std::move(id), std::move(words), std::move(calling->call));
    if (!called) co_return not_written(called.error(), request, label, at);
    if (*called == policy::Called::stale) {
      s_.metrics.count(Metrics::Event::stale);
      const bool fresh = co_await s_.keeper.refresh();
      if (!fresh) break;
      continue;
    }
    if (*called != policy::Called::done && *called != policy::Called::again) co_return instead(*called, request, label, at);
    policy::JsonText json;
    json.open_object().field("id", request.captures.at(0)).field("status", "review_asked");
    json.field("message", "A person will look again. If someone is in danger do not wait: ring " + now->settings().organisation.duty_number + " or 999.");
    json.close_object();
    co_return s_.signer.finish(json_answer(202, json.take()), request, label, at);
  }
  co_return refuse(unavailable(), request, label, at);
}

namespace {

// What a receipt asks of the table of states, from where the request stands; nothing where it has been said before. From the state alone.
std::expected<std::optional<policy::Transition>, Problem> moved_by_receipt(bool received, const policy::RequestStatus& status, Instant at) {
  policy::Transition change;
  change.request_id = status.id;
  change.from = status.state;
  change.at = at;
  if (received) {
    if (status.state == RequestState::acknowledged) return std::nullopt;
    if (status.state != RequestState::released && status.state != RequestState::fetched)
      return std::unexpected(problem("conflict", "there is no package to acknowledge"));
    change.to = RequestState::acknowledged;
    change.why = "receipt";
  } else {
    if (status.state != RequestState::recalled && status.state != RequestState::withdrawn)
      return std::unexpected(problem("conflict", "deletion is confirmed after a package was taken back"));
    change.to = status.state;
    change.why = "deletion_confirmed";
  }
  return change;
}

}  // namespace

asio::awaitable<Response> PartnerApi::receipt(Request request) {
  const Instant at = s_.clock();
  std::string label;
  for (int again = 0; again <= 3; ++again) {
    if (closed_) co_return refuse(unavailable(), request, label, at);
    const auto now = s_.keeper.load();
    auto calling = this->calling(*now, request, at, again > 0);
    if (!calling) co_return refuse(calling.error(), request, label, at);
    label = calling->label;
    strict::json value;
    std::optional<policy::Error> error = strict::parse(request.body, value);
    bool received = false;
    if (!error) {
      strict::Object in(value, "$", error);
      received = in.flag("received", false);
      const bool deleted = in.flag("deleted", false);
      if (received == deleted) in.wrong("$", "missing", "must say one thing", "either \"received\": true or \"deleted\": true");
      in.done();
    }
    if (error) co_return refuse(problem_of(*error), request, label, at);
    std::string id = request_of(request.captures.at(0)), agency = calling->call.agency;
    const auto found = co_await s_.store.request(std::move(id), std::move(agency));
    if (!found) co_return refuse(unavailable(), request, label, at);
    if (!*found || (*found)->release_id != request.captures.at(0)) co_return refuse(no_such_request(), request, label, at);
    auto change = moved_by_receipt(received, **found, at);
    if (!change) co_return refuse(change.error(), request, label, at);
    if (*change) {
      policy::Transition move = std::move(**change);
      const auto called = co_await s_.store.acknowledge(std::move(move), std::move(calling->call));
      if (!called) co_return not_written(called.error(), request, label, at);
      if (*called == policy::Called::stale) {
        s_.metrics.count(Metrics::Event::stale);
        const bool fresh = co_await s_.keeper.refresh();
        if (!fresh) break;
        continue;
      }
      if (*called != policy::Called::done && *called != policy::Called::again) co_return instead(*called, request, label, at);
    }
    policy::JsonText json;
    json.open_object().field("release_id", request.captures.at(0)).field("status", received ? "acknowledged" : "deletion_confirmed").close_object();
    co_return s_.signer.finish(json_answer(200, json.take()), request, label, at);
  }
  co_return refuse(unavailable(), request, label, at);
}

}  // namespace gatehouse::gateway
