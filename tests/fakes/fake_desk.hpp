#pragma once
// What waits for a person, in memory.
#include <map>
#include <set>

#include "policy/ports/desk.hpp"

namespace gatehouse::fakes {

class FakeDesk : public policy::Desk {
 public:
  template <class T>
  using Answer = boost::asio::awaitable<std::expected<T, policy::StoreError>>;
  Answer<std::vector<policy::WaitingRequest>> waiting(std::size_t, std::string looker) override {
    std::vector<policy::WaitingRequest> out;
    if (close_to_all.contains(looker)) co_return out;
    for (const auto& [id, one] : requests) {
      policy::WaitingRequest row;
      row.status = one.status;
      row.urgency = one.urgency.empty() ? "routine" : one.urgency;
      row.settled_by_person = !one.verdicts.empty();
      row.escalated = escalated.contains(id);
      row.outcome = "partial";
      if (one.status.state == policy::RequestState::waiting) out.push_back(row);
    }
    co_return out;
  }
  Answer<std::optional<policy::OpenedRequest>> open_request(std::string id, std::string by, policy::Instant, policy::Look why) override {
    if (next) co_return std::unexpected(*next);
    opened_by.push_back(by);
    looks.push_back(why);
    const auto found = requests.find(id);
    co_return found == requests.end() ? std::nullopt : std::optional(found->second);
  }
  Answer<bool> escalate(std::string id, policy::Instant) override { co_return escalated.insert(id).second; }
  Answer<Settled> settle_by_person(policy::Token, policy::Settlement settlement) override {
    if (next) co_return std::unexpected(*next);
    auto& request = requests[settlement.request_id];
    if (request.status.state != settlement.from) co_return Settled::over;
    request.verdicts.push_back(settlement.verdict);
    request.status.wanted = settlement.wanted;
    if (settlement.release) request.status.state = policy::RequestState::released;
    settlements.push_back(std::move(settlement));
    co_return Settled::done;
  }
  Answer<std::vector<policy::RequestStatus>> keyed_in_by(std::string staff) override {
    if (next) co_return std::unexpected(*next);
    std::vector<policy::RequestStatus> out;
    for (const auto& [id, one] : requests)
      if (one.keyed_in_by == staff) out.push_back(one.status);
    co_return out;
  }
  Answer<bool> tell(std::string id, policy::Told told) override {
    if (next) co_return std::unexpected(*next);
    const auto found = requests.find(id);
    if (found == requests.end() || found->second.status.state != policy::RequestState::released) co_return false;
    found->second.told.push_back(std::move(told));
    co_return true;
  }
  Answer<std::vector<policy::DecidedRequest>> decided(policy::DecidedQuery query) override {
    if (next) co_return std::unexpected(*next);
    std::vector<policy::DecidedRequest> out;
    if (close_to_all.contains(query.looker)) co_return out;
    for (const auto& [id, one] : requests) {
      if (one.status.received < query.from || one.status.received >= query.until) continue;
      if (!query.agency.empty() && query.agency != one.status.agency) continue;
      if (!query.purpose.empty() && query.purpose != policy::text(one.status.purpose)) continue;
      if (!query.outcome.empty() && query.outcome != outcome) continue;
      policy::DecidedRequest row;
      row.status = one.status;
      row.urgency = one.urgency;
      row.outcome = outcome;
      if (out.size() < query.limit) out.push_back(std::move(row));
    }
    co_return out;
  }
  Answer<std::vector<policy::DecidedCount>> counts(policy::Instant from, policy::Instant until, policy::Instant, std::string looker) override {
    if (next) co_return std::unexpected(*next);
    std::vector<policy::DecidedCount> out;
    if (close_to_all.contains(looker)) co_return out;
    for (const auto& [id, one] : requests)
      if (one.status.received >= from && one.status.received < until)
        out.push_back({one.status.agency, std::string(policy::text(one.status.purpose)), outcome, 1, one.status.release_id.empty() ? 0u : 1u, 0});
    co_return out;
  }
  std::string outcome = "partial";
  std::map<std::string, policy::OpenedRequest> requests;
  std::set<std::string> escalated;
  std::set<std::string> close_to_all;  // full names of those who must see none of it
  std::vector<std::string> opened_by;
  std::vector<policy::Look> looks;
  std::vector<policy::Settlement> settlements;
  std::optional<policy::StoreError> next;
};

}  // namespace gatehouse::fakes
