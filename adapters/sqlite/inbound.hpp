#pragma once
// What partners send in, in the same database: what was said, the file and the cut each in a column sealed under the audit key, for nobody is looked up when it
// comes. Contract: policy/ports/inbound.hpp.
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/staff.hpp"
#include "adapters/sqlite/write_jobs.hpp"
#include "policy/ports/inbound.hpp"

namespace gatehouse::adapters {

// On a read connection; at most `limit`. Throw DatabaseFault, also for what cannot be opened.
std::vector<policy::InboundDocument> read_inbound_open(Database& database, Keyring& keys, std::size_t limit);
std::vector<policy::InboundDocument> read_inbound_for(Database& database, const std::string& staff, std::size_t limit);

StaffJob::Work pass_on_work(std::string id, std::string by, std::string to, std::string cut_json, policy::Instant at);
StaffJob::Work end_inbound_work(std::string id, std::string by, policy::InboundEnd end, policy::Instant at);

class SendDocumentJob : public WriteJob {
 public:
  // Seals on the calling thread.
  SendDocumentJob(Keyring& keys, policy::InboundDocument document, policy::Call call);
  Verdict apply(WriteContext& context) override;
  const policy::Sent& result() const { return result_; }

 private:
  policy::InboundDocument document_;
  std::string about_, original_;  // sealed
  HashedCall by_;
  policy::Sent result_;
};

// Opens the original (for a lead) or the cut (for whom it was passed on to), and logs the look in the same transaction.
class OpenInboundJob : public WriteJob {
 public:
  OpenInboundJob(std::string id, std::string by, bool cut, policy::Instant at) : id_(std::move(id)), by_(std::move(by)), cut_(cut), at_(at) {}
  Verdict apply(WriteContext& context) override;
  std::optional<policy::InboundDocument> take() { return std::move(result_); }

 private:
  std::string id_, by_;
  bool cut_;
  policy::Instant at_;
  std::optional<policy::InboundDocument> result_;
};

class DeleteInboundJob : public WriteJob {
 public:
  explicit DeleteInboundJob(policy::Instant ended_by) : ended_by_(ended_by) {}
  Verdict apply(WriteContext& context) override;
  std::size_t count() const { return count_; }

 private:
  policy::Instant ended_by_;
  std::size_t count_ = 0;
};

}  // namespace gatehouse::adapters
