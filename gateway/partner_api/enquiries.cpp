// Questions without names that staff put to this partner, and the partner's answer. Nothing here is about a person, so nothing is looked up and no package
// is sealed: the words were cleared of names before they were written down.
#include "gateway/partner_api/problems.hpp"
#include "gateway/partner_api/requests.hpp"
#include "gateway/strict_json.hpp"
#include "policy/json_text.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

using policy::Instant;

namespace {

constexpr std::size_t kMostListed = 100;

Problem no_such_enquiry() { return problem("not-found", "there is no enquiry for you with this id"); }

}  // namespace

asio::awaitable<Response> PartnerApi::enquiries(Request request) {
  const Instant at = s_.clock();
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string& label = caller->signature.label;
  std::string agency = caller->partner->agency.id;
  const auto waiting = co_await s_.enquiries.enquiries_for(std::move(agency), kMostListed);
  if (!waiting) co_return refuse(unavailable(), request, label, at);
  policy::JsonText json;
  json.open_object().key("enquiries").open_array();
  for (const auto& one : *waiting) {
    json.open_object().field("id", one.id).field("asked", policy::to_text(one.asked)).field("answer_by", policy::to_text(one.answer_by)).field("text", one.text);
    json.field("answer", "/v1/enquiries/" + one.id + "/answer").close_object();
  }
  json.close_array();
  json.field("message", "A worker of ours asks what you would do. Nobody is named: please name nobody in your answer. If someone is in danger ring " +
                            now->settings().organisation.duty_number + " or 999.");
  json.close_object();
  Response out(200);
  out.set("content-type", "application/json");
  out.body = json.take();
  co_return s_.signer.finish(std::move(out), request, label, at);
}

asio::awaitable<Response> PartnerApi::answer_enquiry(Request request) {
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
      words = in.text("words", "", true, 4000);
      if (!error && words.find_first_not_of(" \t\r\n") == std::string::npos) in.wrong("$.words", "empty", "is empty", "say it in words");
      in.done();
    }
    if (error) co_return refuse(problem_of(*error), request, label, at);
    std::string id = request.captures.at(0);
    const auto called = co_await s_.enquiries.answer_enquiry(std::move(id), std::move(words), std::move(calling->call));
    if (!called) co_return not_written(called.error(), request, label, at);
    if (*called == policy::Called::stale) {
      s_.metrics.count(Metrics::Event::stale);
      const bool fresh = co_await s_.keeper.refresh();
      if (!fresh) break;
      continue;
    }
    if (*called == policy::Called::no_such_request) co_return refuse(no_such_enquiry(), request, label, at);
    if (*called == policy::Called::conflict) co_return refuse(problem("conflict", "it is answered already, or was taken back"), request, label, at);
    if (*called != policy::Called::done && *called != policy::Called::again) co_return instead(*called, request, label, at);
    policy::JsonText json;
    json.open_object().field("id", request.captures.at(0)).field("status", "answered").close_object();
    Response out(200);
    out.set("content-type", "application/json");
    out.body = json.take();
    co_return s_.signer.finish(std::move(out), request, label, at);
  }
  co_return refuse(unavailable(), request, label, at);
}

}  // namespace gatehouse::gateway
