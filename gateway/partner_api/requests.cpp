#include "gateway/partner_api/requests.hpp"

#include <algorithm>

#include "crypto/keys.hpp"
#include "gateway/partner_api/problems.hpp"
#include "gateway/partner_api/question.hpp"
#include "policy/decision/evaluate.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

using policy::Instant;

namespace {

std::int64_t unix_seconds(Instant at) { return at.time_since_epoch().count(); }

}  // namespace

asio::awaitable<Response> PartnerApi::post(Request request) {
  std::string body = request.body;
  auto answer = ask(std::move(request), std::move(body), std::string());
  co_return co_await std::move(answer);
}

// `body` is what is asked; it differs from the request's own where an earlier request is completed.
asio::awaitable<Response> PartnerApi::ask(Request request, std::string body, std::string follows) {
  const Instant at = s_.clock();
  const std::string id = new_request_id(at);
  const std::string release_id = release_of(id);
  const bool first_pass_counts = follows.empty();
  std::string key;
  std::optional<Asked> asked;
  bool as_emergency = false;

  for (int again = 0; again <= 3; ++again) {
    if (closed_) co_return refuse(unavailable(), request, {}, at);
    const auto now = s_.keeper.load();  // pack, partners and settings: one snapshot for the whole attempt
    const auto caller = authenticate(*now, request, at);
    if (!caller) co_return refuse(caller.error(), request, {}, at);
    const std::string& label = caller->signature.label;
    const Partner& partner = *caller->partner;
    if (!asked) {
      auto named = idempotency_key(request);
      if (!named) co_return refuse(named.error(), request, label, at);
      key = std::move(*named);
      auto read = read_asked(body);
      if (first_pass_counts || !read) {
        if (auto stop = too_many(*now, partner, read ? &*read : nullptr, at, &as_emergency)) co_return refuse(*stop, request, label, at);
      }
      if (!read) co_return refuse(problem_of(read.error()), request, label, at);
      if (!first_pass_counts && read->emergency) as_emergency = limits_.take_emergency(partner.agency.id, std::chrono::steady_clock::now());
      asked = std::move(*read);
    }
    if (!now->pack_approved()) co_return refuse(unavailable(), request, label, at);

    auto query = evidence_query(*asked, partner, id, at);
    auto evidence = co_await s_.store.evidence(std::move(query));  // nobody: no items, same road
    if (!evidence) co_return refuse(unavailable(), request, label, at);
    policy::Case question = as_case(*now, *asked, partner, *evidence, id, at);
    if (!as_emergency) question.emergency = false;  // more of them than were agreed: the lead is paged, and a person decides
    policy::Decision decision = policy::decide(now->policies().pack, question);  // pure; nothing else decides

    std::optional<policy::Release> package;
    if (decision.may_send() && evidence->matched == policy::Matched::one) {
      auto wanted = released_items(decision, *evidence);  // (id, version) pairs, never categories
      const auto found = co_await s_.records.find(std::move(wanted));
      if (!found && found.error() == policy::SourceError::changed) {
        s_.metrics.count(Metrics::Event::stale);
        continue;
      }
      if (!found) co_return refuse(unavailable(), request, label, at);
      Cut cut = cut_down(*now, *asked, decision, *found, partner.agency.type, prepared_, at);
      decision = cut.decision;
      auto alone = seal_alone(*now, *asked, partner, cut, evidence->risk_marker, AskedBy::signed_request, release_id, at, s_.signer.key());
      if (!alone) co_return refuse(unavailable(), request, label, at);
      package = std::move(*alone);
    }

    policy::Entry entry = entry_of(*now, *asked, partner, *evidence, question, decision, at);
    entry.keyid = caller->signature.keyid;
    entry.nonce = caller->signature.nonce;
    entry.nonce_expires = Instant(std::chrono::seconds(caller->signature.expires + 60));  // as long as a slow clock would take it
    entry.idempotency_key = key;
    entry.body_sha256 = crypto::hex(crypto::sha256(request.body));
    entry.request_json = body;
    entry.follows = follows;
    std::optional<Response> sealed_answer;
    if (package) sealed_answer = released_answer(id, *package, at);
    const bool releases = package.has_value();
    entry.release = std::move(package);

    if (evidence->matched == policy::Matched::nobody && again == 0 &&
        limits_.unmatched(partner.agency.id, asked->locator, unix_seconds(at) / 86400)) {
      s_.metrics.count(Metrics::Event::unmatched_alarm);
      LogEvent event(Level::warning, "unmatched_people_alarm");
      event.detail = partner.agency.id;
      if (s_.log) s_.log(event);
    }

    auto written = co_await s_.store.commit(std::move(evidence->token), std::move(entry));  // the output gate
    if (!written) co_return not_written(written.error(), request, label, at);  // nothing was released
    switch (written->kind) {
      case policy::Committed::Kind::written:
        if (releases) {
          s_.metrics.count(Metrics::Event::released);
          co_return s_.signer.finish(std::move(*sealed_answer), request, label, at);
        }
        s_.metrics.count(Metrics::Event::waiting);
        co_return s_.signer.finish(waiting_answer(*now, id, answer_by(*now, *asked, at), missing(*now, *asked)), request, label, at);
      case policy::Committed::Kind::nonce_seen:
        co_return refuse(problem("replayed", "sign again with a new nonce; the same Idempotency-Key may stay", "Signature-Input"), request, label, at);
      case policy::Committed::Kind::key_reused:
        co_return refuse(problem("idempotency-key-reused", "take a new key for another request", "Idempotency-Key"), request, label, at);
      case policy::Committed::Kind::same_request: {
        std::string known = written->request_id, agency = partner.agency.id;
        const auto present = co_await s_.store.request(std::move(known), std::move(agency));
        if (!present || !*present) co_return refuse(unavailable(), request, label, at);
        co_return s_.signer.finish(status_answer(*now, **present, true), request, label, at);
      }
      case policy::Committed::Kind::stale:
        break;
    }
    s_.metrics.count(Metrics::Event::stale);
    const bool fresh = co_await s_.keeper.refresh();
    if (!fresh) co_return refuse(unavailable(), request, label, at);
  }
  co_return refuse(unavailable(), request, {}, at);  // stale four times
}

std::optional<Problem> PartnerApi::too_many(const Snapshot& now, const Partner& partner, const Asked* asked, Instant at, bool* as_emergency) {
  const bool emergency =
      asked != nullptr && (asked->emergency || asked->urgency == policy::Urgency::emergency || asked->purpose == policy::Purpose::emergency);
  const std::string ring = "If someone is in danger do not wait: ring " + now.settings().organisation.duty_number + " or 999.";
  const auto taken = limits_.take(partner.agency.id, emergency, std::chrono::steady_clock::now());
  if (as_emergency != nullptr) *as_emergency = taken.as_emergency;
  if (taken.wait.count() > 0) return problem_after("too-many-requests", taken.wait, ring);
  // Whoever is asked about counts, also in an emergency; only the emergencies a partner may claim go past the count.
  if (asked != nullptr && !limits_.may_ask_about(partner.agency.id, asked->locator, unix_seconds(at) / 86400) && !taken.as_emergency)
    return problem_after("too-many-requests", std::chrono::seconds(86400 - unix_seconds(at) % 86400),
                         "You have asked about as many people today as was agreed. " + ring);
  return std::nullopt;
}

Response PartnerApi::refuse(const Problem& problem, const Request& request, std::string_view label, Instant at) const {
  return s_.signer.finish(to_response(problem, request), request, label, at);
}

Response PartnerApi::not_written(policy::StoreError error, const Request& request, std::string_view label, Instant at) {
  if (error == policy::StoreError::unknown) {
    closed_ = true;
    s_.metrics.count(Metrics::Event::commit_unknown);
    if (s_.log) {
      LogEvent event(Level::error, "commit_unknown");
      event.request_id = request.id;
      event.detail = "the process ends; the restart reads what happened";
      s_.log(event);
    }
    if (s_.fatal) s_.fatal("a commit ended and nobody saw how");
  }
  return refuse(unavailable(), request, label, at);
}

}  // namespace gatehouse::gateway
