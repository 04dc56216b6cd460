#pragma once
// What waits for a person, from and into the same database. Contract: policy/ports/desk.hpp.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/staff.hpp"
#include "adapters/sqlite/write_jobs.hpp"
#include "policy/ports/desk.hpp"

namespace gatehouse::adapters {

// On a read connection. Throws DatabaseFault.
// `unseen`: what the one who looks must see nothing of (close_to.hpp).
std::vector<policy::WaitingRequest> read_waiting(Database& database, std::size_t limit, const std::string& unseen);

std::vector<policy::RequestStatus> read_keyed_in(Database& database, const std::string& staff);
std::vector<policy::DecidedRequest> read_decided(Database& database, const policy::DecidedQuery& query, const std::string& unseen);
std::vector<policy::DecidedCount> read_counts(Database& database, policy::Instant from, policy::Instant until, policy::Instant at, const std::string& unseen);
StaffJob::Work tell_work(std::string id, policy::Told told);
StaffJob::Work escalate_work(std::string id, policy::Instant at);

// Opens a request and logs the look in the same transaction.
class OpenRequestJob : public WriteJob {
 public:
  OpenRequestJob(std::string id, std::string by, policy::Instant at, policy::Look why) : id_(std::move(id)), by_(std::move(by)), at_(at), why_(why) {}
  Verdict apply(WriteContext& context) override;
  std::optional<policy::OpenedRequest> take() { return std::move(out_); }

 private:
  std::string id_, by_;
  policy::Instant at_;
  policy::Look why_;
  std::optional<policy::OpenedRequest> out_;
};

class SettleByPersonJob : public WriteJob {
 public:
  SettleByPersonJob(policy::Token token, policy::Settlement settlement) : token_(std::move(token)), settlement_(std::move(settlement)) {}
  Verdict apply(WriteContext& context) override;
  policy::Desk::Settled result() const { return result_; }

 private:
  policy::Token token_;
  policy::Settlement settlement_;
  policy::Desk::Settled result_ = policy::Desk::Settled::over;
};

}  // namespace gatehouse::adapters
