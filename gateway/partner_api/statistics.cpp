// Figures for partners. The work is done in gateway/statistics; here stand authentication, limits, the beat on which answers leave, and the words of refusals.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "crypto/keys.hpp"
#include "gateway/partner_api/problems.hpp"
#include "gateway/partner_api/requests.hpp"
#include "gateway/statistics/permission.hpp"
#include "gateway/statistics/render.hpp"

namespace asio = boost::asio;

namespace gatehouse::gateway {

using policy::Instant;
using Steady = std::chrono::steady_clock;

namespace {

// An answer leaves a whole number of ticks after its question came: not on a common clock, whose beats an asker could straddle to see what took longer.
asio::awaitable<void> wait_for_tick(Steady::time_point begun, std::chrono::milliseconds tick) {
  if (tick.count() <= 0) co_return;
  const auto passed = Steady::now() - begun;
  const auto ticks = passed / tick + 1;
  asio::steady_timer timer(co_await asio::this_coro::executor, begun + tick * ticks);
  co_await timer.async_wait(asio::use_awaitable);
}

Response json_response(std::string body) {
  Response out(200);
  out.set("content-type", "application/json");
  out.body = std::move(body);
  return out;
}

}  // namespace

// Who asks, and whether they may: shared by questions and forecasts.
std::expected<PartnerApi::Figures, Problem> PartnerApi::figures_for(const Snapshot& now, const Request& request, const Caller& caller, Instant at) {
  if (s_.statistics == nullptr) return std::unexpected(problem_after("unavailable", std::chrono::seconds(60), "statistics are not set up here"));
  auto key = idempotency_key(request);
  if (!key) return std::unexpected(key.error());
  if (!now.pack_approved()) return std::unexpected(unavailable());
  Figures out;
  out.asker.agency = caller.partner->agency.id;
  out.asker.keyid = caller.signature.keyid;
  out.asker.nonce = caller.signature.nonce;
  out.asker.nonce_expires = Instant(std::chrono::seconds(caller.signature.expires + 60));
  out.asker.idempotency_key = std::move(*key);
  out.asker.body_sha256 = crypto::hex(crypto::sha256(request.body));
  out.asker.pack_sha256 = now.policies().pack.identity().sha256;
  const policy::Date today = now.policies().calendar.local_date(at);
  out.permission = [policies = now.shared_policies(), agency = out.asker.agency, type = caller.partner->agency.type,
                    agreement = caller.partner->agreement(policy::Purpose::statistical_return, today), at](policy::Purpose purpose,
                                                                                                         const std::vector<policy::Category>& about) {
    return figures_permitted(policies->pack, agency, type, agreement, purpose, about, at);
  };
  return out;
}

Response PartnerApi::refuse_figures(const std::variant<StatisticsRefusal, StatisticsTrouble>& why, const Request& request, std::string_view label, Instant at) {
  if (const auto* no = std::get_if<StatisticsRefusal>(&why)) return refuse(problem_of(*no), request, label, at);
  switch (std::get<StatisticsTrouble>(why)) {
    case StatisticsTrouble::nonce_seen:
      return refuse(problem("replayed", "sign again with a new nonce; the same Idempotency-Key may stay", "Signature-Input"), request, label, at);
    case StatisticsTrouble::key_reused:
      return refuse(problem("idempotency-key-reused", "take a new key for another question", "Idempotency-Key"), request, label, at);
    case StatisticsTrouble::unknown: return not_written(policy::StoreError::unknown, request, label, at);
    case StatisticsTrouble::unavailable:
    case StatisticsTrouble::reserve: break;
  }
  return refuse(unavailable(), request, label, at);
}

asio::awaitable<Response> PartnerApi::statistics(Request request) {
  const auto begun = Steady::now();
  const Instant at = s_.clock();
  if (closed_) co_return refuse(unavailable(), request, {}, at);
  const auto now = s_.keeper.load();
  const auto caller = authenticate(*now, request, at);
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string label = caller->signature.label;
  if (auto stop = too_many(*now, *caller->partner, nullptr, at)) co_return refuse(*stop, request, label, at);
  auto who = figures_for(*now, request, *caller, at);
  if (!who) co_return refuse(who.error(), request, label, at);
  std::string body = request.body;
  auto answer = co_await s_.statistics->ask(std::move(who->asker), std::move(body), std::move(who->permission), at);
  // Signed before the wait: what is left to do afterwards takes as long for every answer.
  Response out;
  if (answer)
    out = s_.signer.finish(json_response(to_json(*answer)), request, label, at);
  else
    out = refuse_figures(answer.error(), request, label, at);
  const std::chrono::milliseconds tick(s_.statistics->policy().tick_milliseconds);
  co_await wait_for_tick(begun, tick);
  co_return out;
}

asio::awaitable<Response> PartnerApi::forecast(Request request) {
  const auto begun = Steady::now();
  const Instant at = s_.clock();
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);   // nothing is written: its nonce is kept in memory
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string label = caller->signature.label;
  auto who = figures_for(*now, request, *caller, at);
  if (!who) co_return refuse(who.error(), request, label, at);
  std::string body = request.body, agency = who->asker.agency;
  auto forecast = co_await s_.statistics->forecast(std::move(agency), std::move(body), std::move(who->permission), at);
  Response out;
  if (forecast)
    out = s_.signer.finish(json_response(to_json(*forecast)), request, label, at);
  else
    out = refuse_figures(forecast.error(), request, label, at);
  const std::chrono::milliseconds tick(s_.statistics->policy().tick_milliseconds);
  co_await wait_for_tick(begun, tick);
  co_return out;
}

asio::awaitable<Response> PartnerApi::codebook(Request request) {
  const Instant at = s_.clock();
  const auto now = s_.keeper.load();
  const auto caller = caller_of(*now, request, at);
  if (!caller) co_return refuse(caller.error(), request, {}, at);
  const std::string label = caller->signature.label;
  if (s_.statistics == nullptr)
    co_return refuse(problem_after("unavailable", std::chrono::seconds(60), "statistics are not set up here"), request, label, at);
  auto book = co_await s_.statistics->codebook(at);
  if (!book) co_return refuse(unavailable(), request, label, at);
  co_return s_.signer.finish(json_response(std::move(*book)), request, label, at);
}

}  // namespace gatehouse::gateway
