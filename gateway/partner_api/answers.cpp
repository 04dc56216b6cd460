#include "gateway/partner_api/answers.hpp"

#include <algorithm>
#include <array>

#include "crypto/http_signature.hpp"
#include "policy/json_text.hpp"
#include "gateway/partner_api/authenticate.hpp"

namespace gatehouse::gateway {

using policy::AgencyType;
using policy::CircumstanceCode;
using policy::Instant;
using policy::Purpose;
using policy::RequestState;

namespace {

// The label of a signature that was refused, so that the refusal is bound to its question too. Empty: none that could be one (RFC 8941 key).
std::string_view label_of(const Request& request) {
  const std::string_view field = request.header("signature-input");
  const std::string_view label = field.substr(0, field.find('='));
  if (label.size() == field.size() || label.size() > 64 || label.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_*.-") != std::string_view::npos) return {};
  return label;
}

}  // namespace

Response AnswerSigner::finish(Response response, const Request& request, std::string_view label, Instant at) const {
  response.set("gatehouse-request-id", request.id);
  response.set("cache-control", "no-store");
  const crypto::ReleaseKeys& keys = keys_();
  crypto::SignedHeaders headers =
      crypto::sign_response(keys.signing, keys.keyid, response.status, response.body, signed_view(request), label.empty() ? label_of(request) : label,
                            at.time_since_epoch().count());
  response.set("content-digest", headers.content_digest);
  response.set("signature-input", headers.signature_input);
  response.set("signature", headers.signature);
  return response;
}

namespace {

constexpr std::array statutory = {AgencyType::mash, AgencyType::la_childrens, AgencyType::police, AgencyType::ambulance, AgencyType::nhs_trust};
// CONTRACT.md section 1.5: child-risk, and life- or harm-threatening. The age is not asked: it would depend on the person.
constexpr std::array risk_claims = {CircumstanceCode::significant_harm_child, CircumstanceCode::being_hurt, CircumstanceCode::wellbeing_at_risk,
                                    CircumstanceCode::life_threatened, CircumstanceCode::continual_serious_risk,
                                    CircumstanceCode::terrorised_by_abuser, CircumstanceCode::suicide_or_self_harm,
                                    CircumstanceCode::harm_to_another, CircumstanceCode::staff_alleged_perpetrator, CircumstanceCode::urgent_medical};
constexpr std::array paging_purposes = {Purpose::mash_referral, Purpose::s47_enquiry, Purpose::strategy_meeting, Purpose::missing_person};

template <class Array, class Value>
bool among(const Array& list, Value value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string path_of(std::string_view id) { return "/v1/requests/" + std::string(id); }

void waiting_links(policy::JsonText& json, std::string_view id) {
  const std::string self = path_of(id);
  json.key("links").open_object().field("self", self).field("review", self + "/review").field("information", self + "/information").close_object();
}

void release_links(policy::JsonText& json, std::string_view id, std::string_view release_id) {
  const std::string self = path_of(id);
  json.key("links").open_object().field("self", self).field("package", self + "/package").field("manifest", self + "/manifest");
  json.field("manifest_sig", self + "/manifest.sig").field("proof", self + "/proof");
  json.field("receipt", "/v1/receipts/" + std::string(release_id)).field("review", self + "/review").close_object();
}

std::string waiting_words(const Snapshot& now, Instant by) {
  return "Received. We will answer by " + policy::to_text(by) + ". If someone is in danger do not wait: ring " +
         now.settings().organisation.duty_number + " or 999.";
}

}  // namespace

Instant answer_by(const Snapshot& now, const Asked& asked, Instant received) {
  const auto urgency = asked.emergency ? policy::Urgency::emergency : asked.urgency;
  Instant by = now.policies().pack.answer_by(asked.purpose, urgency, received);
  if (asked.needed_by) by = std::min(by, *asked.needed_by);
  return std::max(by, received + std::chrono::seconds(now.settings().answers.floor_seconds));
}

std::vector<policy::Statement> missing(const Snapshot& now, const Asked& asked) {
  std::vector<policy::Statement> out;
  if (asked.emergency) return out;  // nothing is required in an emergency
  for (const auto need : now.policies().required_for(asked.purpose))
    if (!among(asked.stated, need)) out.push_back(need);
  return out;
}

bool pages_lead(const Asked& asked, AgencyType from) {
  if (asked.emergency || asked.urgency == policy::Urgency::emergency || asked.purpose == Purpose::emergency) return true;
  if (!among(statutory, from)) return false;
  if (among(paging_purposes, asked.purpose)) return true;
  return std::any_of(asked.claims.begin(), asked.claims.end(), [](CircumstanceCode one) { return among(risk_claims, one); });
}

bool pages_lead(const Asked& asked, AgencyType from, const policy::Decision& decision) {
  return pages_lead(asked, from) || (decision.duty == policy::Duty::must_share && decision.outcome() == policy::Outcome::refer) ||
         std::any_of(decision.obligations().begin(), decision.obligations().end(), [](const auto& one) { return one.kind == policy::ObligationKind::tell_dsl; });
}

void pad(std::string& body, std::size_t bucket) {
  const std::size_t size = (body.size() + bucket - 1) / bucket * bucket;
  body.append(size - body.size(), ' ');
}

Response waiting_answer(const Snapshot& now, std::string_view id, Instant by, const std::vector<policy::Statement>& gaps) {
  const auto& answers = now.settings().answers;
  policy::JsonText json(answers.bucket_bytes);
  json.open_object().field("id", id).field("status", "waiting").field("answer_by", policy::to_text(by)).field("message", waiting_words(now, by));
  if (!gaps.empty()) {
    json.key("more_information").open_object().key("missing").open_array();
    for (const auto gap : gaps) json.text(policy::text(gap));
    json.close_array().close_object();
  }
  waiting_links(json, id);
  json.close_object();
  Response out(202);
  out.set("content-type", "application/json");
  out.body = json.take();
  pad(out.body, answers.bucket_bytes);
  out.tick = std::chrono::milliseconds(answers.tick_milliseconds);
  return out;
}

Response released_answer(std::string_view id, const policy::Release& release, Instant at) {
  policy::JsonText json(release.age.size() * 4 / 3 + release.manifest.size() + release.manifest_sig.size() + 1024);
  json.open_object().field("id", id).field("status", "released").field("release_id", release.release_id);
  json.field("released_at", policy::to_text(at)).field("expires", policy::to_text(release.expires));
  json.field("manifest", release.manifest).field("manifest_sig", release.manifest_sig);
  json.field("package", crypto::base64(release.age));
  release_links(json, id, release.release_id);
  json.close_object();
  Response out(200);
  out.set("content-type", "application/json");
  out.body = json.take();
  return out;
}

Response status_answer(const Snapshot& now, const policy::RequestStatus& status, bool as_post) {
  policy::JsonText json(1024);
  const bool waits = status.state == RequestState::waiting || status.state == RequestState::received;
  json.open_object().field("id", status.id).field("status", waits ? "waiting" : policy::text(status.state));
  json.field("answer_by", policy::to_text(status.answer_by));
  switch (status.state) {
    case RequestState::released:
    case RequestState::fetched:
    case RequestState::acknowledged:
      json.field("message", "A package is there for you.").field("release_id", status.release_id);
      json.field("expires", policy::to_text(status.release_expires));
      release_links(json, status.id, status.release_id);
      break;
    case RequestState::no_trace:
      json.field("message", "We found nothing under the details you gave.");
      waiting_links(json, status.id);
      break;
    case RequestState::withdrawn:
    case RequestState::recalled:
      json.field("message", "The package was taken back. Delete what you have of it and confirm that with a receipt.");
      if (!status.release_id.empty()) json.field("release_id", status.release_id);
      waiting_links(json, status.id);
      break;
    case RequestState::expired:
      json.field("message", "The package has expired. Ask again if you still need it.");
      waiting_links(json, status.id);
      break;
    case RequestState::declined:
      json.field("message", "We are not sending anything. This does not tell you whether we know this person. Ask a person to look again: " +
                                path_of(status.id) + "/review");
      waiting_links(json, status.id);
      break;
    case RequestState::received:
    case RequestState::waiting:
      json.field("message", waiting_words(now, status.answer_by));
      if (!status.wanted.empty()) {
        // A person asked for it; from a list of what a request may state, so that the question says nothing of whether we know anybody.
        json.key("more_information").open_object().key("missing").open_array();
        for (const auto one : status.wanted) json.text(policy::text(one));
        json.close_array().close_object();
      }
      waiting_links(json, status.id);
      break;
  }
  json.close_object();
  Response out(as_post && waits ? 202 : 200);
  out.set("content-type", "application/json");
  out.body = json.take();
  pad(out.body, now.settings().answers.bucket_bytes);
  if (out.status == 202) out.tick = std::chrono::milliseconds(now.settings().answers.tick_milliseconds);
  return out;
}

std::string new_request_id(Instant at) {
  std::string bytes = crypto::random_bytes(16);
  auto seconds = static_cast<std::uint32_t>(at.time_since_epoch().count());
  for (std::size_t i = 4; i-- > 0; seconds >>= 8) bytes[i] = static_cast<char>(seconds & 0xff);
  return "rq_" + crypto::hex(std::span<const std::uint8_t>(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

std::string release_of(std::string_view request_id) {
  return request_id.starts_with("rq_") ? "rl_" + std::string(request_id.substr(3)) : std::string();
}

std::string request_of(std::string_view release_id) {
  return release_id.starts_with("rl_") ? "rq_" + std::string(release_id.substr(3)) : std::string();
}

}  // namespace gatehouse::gateway
