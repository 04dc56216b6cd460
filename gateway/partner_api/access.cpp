// AuthZEN over HTTP: the dry run at /access/v1/evaluation(s), and where it is found. Nothing is read and nothing is written: no person, no log entry.
#include <algorithm>

#include "gateway/partner_api/dry_run.hpp"
#include "gateway/partner_api/problems.hpp"
#include "gateway/partner_api/requests.hpp"
#include "policy/json_text.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

using policy::Instant;

namespace {

// The caller's own id for the call comes back, on refusals too. One that could not be a header value is left out.
Response with_request_id(Response out, const std::string& id) {
  if (!id.empty()) out.set("x-request-id", id);
  return out;
}

std::string request_id_of(const Request& request) {
  const std::string_view id = request.header("x-request-id");
  const bool fits = !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
  return fits ? std::string(id) : std::string();
}

bool is_json(const Request& request) {
  std::string type;
  for (const char c : request.header("content-type"))
    if (c != ' ') type += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return type == "application/json" || type == "application/json;charset=utf-8";
}

}  // namespace

asio::awaitable<Response> PartnerApi::evaluation(Request request) {
  auto out = evaluate(request, false);
  co_return out;
}

asio::awaitable<Response> PartnerApi::evaluations(Request request) {
  auto out = evaluate(request, true);
  co_return out;
}

Response PartnerApi::evaluate(const Request& request, bool many) {
  const Instant at = s_.clock();
  const std::string id = request_id_of(request);
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);
  if (!caller) return with_request_id(refuse(caller.error(), request, {}, at), id);
  const std::string& label = caller->signature.label;
  if (closed_ || !now->pack_approved()) return with_request_id(refuse(unavailable(), request, label, at), id);
  // AuthZEN has one status for whatever cannot be read.
  if (!is_json(request)) return with_request_id(refuse(problem("invalid-value", "send application/json in UTF-8", "Content-Type"), request, label, at), id);
  const auto body = dry_run(*now, *caller->partner, request.body, many ? Evaluations::many : Evaluations::one, at);
  if (!body) return with_request_id(refuse(body.error(), request, label, at), id);
  Response out(200);
  out.set("content-type", "application/json");
  out.body = *body;
  return with_request_id(s_.signer.finish(std::move(out), request, label, at), id);
}

asio::awaitable<Response> PartnerApi::authzen_configuration(Request request) {
  const Instant at = s_.clock();
  const auto now = s_.keeper.load();
  // The name by which we were called, where it is one of ours; else the first of them. Nothing that only the caller says is repeated.
  const auto& authorities = now->settings().partner.authorities;
  const auto called = std::find(authorities.begin(), authorities.end(), request.header("host"));
  const std::string base = "https://" + (called != authorities.end() ? *called : authorities.empty() ? std::string("localhost") : authorities.front());
  policy::JsonText json(512);
  json.open_object().field("policy_decision_point", base).field("access_evaluation_endpoint", base + "/access/v1/evaluation");
  json.field("access_evaluations_endpoint", base + "/access/v1/evaluations").close_object();
  Response out(200);
  out.set("content-type", "application/json");
  out.body = json.take();
  co_return with_request_id(s_.signer.finish(std::move(out), request, {}, at), request_id_of(request));
}

}  // namespace gatehouse::gateway
