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
  if (closed_) co_return refuse(unavailable(), request, {}, at);
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string& label = caller->signature.label;
  policy::FetchQuery query;
  query.request_id = std::move(id);
  query.agency = caller->partner->agency.id;
  query.part = part;
  query.at = at;
  query.keyid = caller->signature.keyid;
  auto fetched = co_await s_.store.fetch(std::move(query));  // checks withdrawal, recall, revocation and expiry again, and logs
  if (!fetched) co_return not_written(fetched.error(), request, label, at);
  switch (fetched->kind) {
    case policy::Fetched::Kind::given:
      break;
    case policy::Fetched::Kind::not_released:
      co_return refuse(problem("conflict", "there is no package for this request, or not yet: look at its status"), request, label, at);
    case policy::Fetched::Kind::gone:
      co_return refuse(problem("gone", "it was withdrawn, recalled or has expired, or the key it was sealed to is revoked; ask again if you still need it"),
                       request, label, at);
    case policy::Fetched::Kind::no_such_request:
      co_return refuse(no_such_request(), request, label, at);
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
    std::string entry = std::move(fetched->bytes);
    const auto proof = co_await s_.proofs.proof(fetched->log_index, std::move(entry));
    if (!proof) {
      if (proof.error() == policy::ProofError::not_covered_yet)
        co_return refuse(problem_after("unavailable", std::chrono::seconds(2), "no checkpoint covers the entry yet; one is signed every second"), request,
                         label, at);
      co_return refuse(unavailable(), request, label, at);
    }
    out.body = *proof;
  } else {
    out.body = std::move(fetched->bytes);
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
  if (closed_) co_return refuse(unavailable(), request, {}, at);
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string& label = caller->signature.label;
  if (const auto key = idempotency_key(request); !key) co_return refuse(key.error(), request, label, at);
  strict::json value;
  std::optional<policy::Error> error = strict::parse(request.body, value);
  std::string words;
  if (!error) {
    strict::Object in(value, "$", error);
    words = in.text("words", "", true);
    in.done();
  }
  if (error) co_return refuse(problem_of(*error), request, label, at);
  std::string id = request.captures.at(0), agency = caller->partner->agency.id;
  const auto known = co_await s_.store.ask_review(std::move(id), std::move(agency), std::move(words), at);
  if (!known) co_return not_written(known.error(), request, label, at);
  if (!*known) co_return refuse(no_such_request(), request, label, at);
  policy::JsonText json;
  json.open_object().field("id", request.captures.at(0)).field("status", "review_asked");
  json.field("message", "A person will look again. If someone is in danger do not wait: ring " + now->settings().organisation.duty_number + " or 999.");
  json.close_object();
  co_return s_.signer.finish(json_answer(202, json.take()), request, label, at);
}

asio::awaitable<Response> PartnerApi::receipt(Request request) {
  const Instant at = s_.clock();
  if (closed_) co_return refuse(unavailable(), request, {}, at);
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string& label = caller->signature.label;
  if (const auto key = idempotency_key(request); !key) co_return refuse(key.error(), request, label, at);
  strict::json value;
  std::optional<policy::Error> error = strict::parse(request.body, value);
  bool received = false, deleted = false;
  if (!error) {
    strict::Object in(value, "$", error);
    received = in.flag("received", false);
    deleted = in.flag("deleted", false);
    if (received == deleted) in.wrong("$", "missing", "must say one thing", "either \"received\": true or \"deleted\": true");
    in.done();
  }
  if (error) co_return refuse(problem_of(*error), request, label, at);
  const std::string request_id = request_of(request.captures.at(0));
  std::string id = request_id, agency = caller->partner->agency.id;
  const auto found = co_await s_.store.request(std::move(id), std::move(agency));
  if (!found) co_return refuse(unavailable(), request, label, at);
  if (!*found || (*found)->release_id != request.captures.at(0)) co_return refuse(no_such_request(), request, label, at);
  const RequestState state = (*found)->state;
  policy::Transition change;
  change.request_id = request_id;
  change.from = state;
  change.at = at;
  if (received) {
    if (state == RequestState::acknowledged) {
      change.to = state;  // said before: nothing to write
    } else if (state == RequestState::released || state == RequestState::fetched) {
      change.to = RequestState::acknowledged;
      change.why = "receipt";
    } else {
      co_return refuse(problem("conflict", "there is no package to acknowledge"), request, label, at);
    }
  } else {
    if (state != RequestState::recalled && state != RequestState::withdrawn)
      co_return refuse(problem("conflict", "deletion is confirmed after a package was taken back"), request, label, at);
    change.to = state;
    change.why = "deletion_confirmed";
  }
  if (!change.why.empty()) {
    auto todo = change;
    const auto settled = co_await s_.store.settle(std::move(todo));
    if (!settled) co_return not_written(settled.error(), request, label, at);
    if (!*settled) co_return refuse(problem("conflict", "the state changed meanwhile; look at it and try again"), request, label, at);
  }
  policy::JsonText json;
  json.open_object().field("release_id", request.captures.at(0)).field("status", received ? "acknowledged" : "deletion_confirmed").close_object();
  co_return s_.signer.finish(json_answer(200, json.take()), request, label, at);
}

}  // namespace gatehouse::gateway
