// A partner sends a document in. It is kept aside and the lead is told; nobody is looked up and the file is not opened, so the answer is the same whoever it
// is about and whatever is in it.
#include "gateway/partner_api/problems.hpp"
#include "gateway/partner_api/requests.hpp"
#include "policy/json_text.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

using policy::Instant;

asio::awaitable<Response> PartnerApi::send_document(Request request) {
  const Instant at = s_.clock();
  std::string label;
  for (int again = 0; again <= 3; ++again) {
    if (closed_) co_return refuse(unavailable(), request, label, at);
    const auto now = s_.keeper.load();
    auto calling = this->calling(*now, request, at, again > 0);
    if (!calling) co_return refuse(calling.error(), request, label, at);
    label = calling->label;
    auto sent_in = read_sent_in(request.body);
    if (!sent_in) co_return refuse(problem_of(sent_in.error()), request, label, at);
    policy::InboundDocument document;
    document.id = "dc_" + new_request_id(at).substr(3);
    document.agency = calling->call.agency;
    document.format = std::move(sent_in->format);
    document.received = at;
    document.about_json = std::move(sent_in->about_json);
    document.original = std::move(sent_in->bytes);
    const auto sent = co_await s_.inbound.send_document(std::move(document), std::move(calling->call));
    if (!sent) co_return not_written(sent.error(), request, label, at);
    if (sent->called == policy::Called::stale) {
      s_.metrics.count(Metrics::Event::stale);
      const bool fresh = co_await s_.keeper.refresh();
      if (!fresh) break;
      continue;
    }
    if (sent->called == policy::Called::conflict)
      co_return refuse(problem("conflict", "too many documents of yours wait to be read here; ring " + now->settings().organisation.duty_number), request, label, at);
    if (sent->called != policy::Called::done && sent->called != policy::Called::again) co_return instead(sent->called, request, label, at);
    policy::JsonText json;
    json.open_object().field("id", sent->id).field("status", "received");
    json.field("message", "It is kept aside, and the safeguarding lead is told to read it. This does not tell you whether we know anybody it is about. If someone is in "
                          "danger do not wait: ring " +
                              now->settings().organisation.duty_number + " or 999.");
    json.close_object();
    Response out(202);
    out.set("content-type", "application/json");
    out.body = json.take();
    co_return s_.signer.finish(std::move(out), request, label, at);
  }
  co_return refuse(unavailable(), request, label, at);
}

}  // namespace gatehouse::gateway
