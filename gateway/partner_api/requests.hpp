#pragma once
// The partner API: await – decide – await, and no byte before its entry is durable. Start at post(). Any thread; one coroutine a request.
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "gateway/http/logging.hpp"
#include "gateway/http/message.hpp"
#include "gateway/http/router.hpp"
#include "gateway/metrics.hpp"
#include "gateway/partner_api/answers.hpp"
#include "gateway/partner_api/authenticate.hpp"
#include "gateway/partner_api/keeper.hpp"
#include "gateway/partner_api/limits.hpp"
#include "gateway/partner_api/package.hpp"
#include "gateway/statistics/service.hpp"
#include "policy/ports/enquiries.hpp"
#include "policy/ports/inbound.hpp"
#include "policy/ports/proof_source.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

// What the API works with; app.cpp owns all of it, and it outlives the API.
struct Services {
  policy::Store& store;
  policy::RecordSource& records;
  policy::ProofSource& proofs;
  SnapshotKeeper& keeper;
  const AnswerSigner& signer;
  Metrics& metrics;
  Log log;
  std::function<policy::Instant()> clock;
  std::string log_verifier_key;                     // text, for the well-known document
  // A commit whose end nobody saw: everybody who waits gets 503, then the process must end. Called from any thread, returns.
  std::function<void(std::string)> fatal;
  Statistics* statistics;                           // null: not set up, and nothing is counted for anybody
  policy::Enquiries& enquiries;
  policy::Inbound& inbound;
  // While the log's key changes: the present one, and the next or the one before, as text. Not set: log_verifier_key alone.
  std::function<std::vector<std::string>()> log_verifier_keys = {};
};

class PartnerApi {
 public:
  PartnerApi(Services services, const LimitSettings& limits);

  // Everything the partner port answers.
  boost::asio::awaitable<Response> respond(Request request);
  // After fatal(): nothing is decided any more.
  void close() { closed_ = true; }

  boost::asio::awaitable<Response> post(Request request);
  boost::asio::awaitable<Response> information(Request request);
  boost::asio::awaitable<Response> status(Request request);
  boost::asio::awaitable<Response> fetch(Request request, policy::Part part);
  boost::asio::awaitable<Response> proof_of_release(Request request);
  boost::asio::awaitable<Response> review(Request request);
  boost::asio::awaitable<Response> receipt(Request request);
  boost::asio::awaitable<Response> statistics(Request request);
  boost::asio::awaitable<Response> forecast(Request request);
  boost::asio::awaitable<Response> codebook(Request request);
  boost::asio::awaitable<Response> enquiries(Request request);
  boost::asio::awaitable<Response> answer_enquiry(Request request);
  boost::asio::awaitable<Response> send_document(Request request);
  boost::asio::awaitable<Response> checkpoint(Request request);
  boost::asio::awaitable<Response> tile(Request request);
  boost::asio::awaitable<Response> ready(Request request);
  boost::asio::awaitable<Response> well_known(Request request);
  boost::asio::awaitable<Response> openapi(Request request);
  boost::asio::awaitable<Response> alive(Request request);
  boost::asio::awaitable<Response> evaluation(Request request);   // AuthZEN 1.0: the dry run, dry_run.hpp
  boost::asio::awaitable<Response> evaluations(Request request);
  boost::asio::awaitable<Response> authzen_configuration(Request request);

 private:
  boost::asio::awaitable<Response> ask(Request request, std::string body, std::string follows);
  Response evaluate(const Request& request, bool many);
  boost::asio::awaitable<Response> fetch_of(Request request, std::string id, policy::Part part);

  struct Figures {
    Asker asker;
    Permission permission;
  };
  std::expected<Figures, Problem> figures_for(const Snapshot& now, const Request& request, const Caller& caller, policy::Instant at);
  Response refuse_figures(const std::variant<StatisticsRefusal, StatisticsTrouble>& why, const Request& request, std::string_view label, policy::Instant at);

  // Authentication of what no commit guards: its nonce is kept in memory, its rate counted.
  std::expected<Caller, Problem> caller_of(const Snapshot& now, const Request& request, policy::Instant at);
  // Authentication of what changes something: nonce and key go with the call into its transaction. `again`: a further attempt at the same call, whose
  // rate has been counted.
  struct Calling {
    std::string label;
    policy::Call call;
  };
  std::expected<Calling, Problem> calling(const Snapshot& now, const Request& request, policy::Instant at, bool again);
  Response instead(policy::Called what, const Request& request, std::string_view label, policy::Instant at) const;
  std::optional<Problem> too_many(const Snapshot& now, const Partner& partner, const Asked* asked, policy::Instant at, bool* as_emergency = nullptr);
  Response refuse(const Problem& problem, const Request& request, std::string_view label, policy::Instant at) const;
  Response not_written(policy::StoreError error, const Request& request, std::string_view label, policy::Instant at);

  Services s_;
  Router router_;
  PartnerLimits limits_;
  SeenNonces nonces_;
  PreparedCaseFiles prepared_;
  std::atomic<bool> closed_ = false;
};

}  // namespace gatehouse::gateway
