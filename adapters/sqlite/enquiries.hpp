#pragma once
// Questions without names, in the same database: text and answer in one column sealed under the audit key, and no column that could name a person, a case
// or a request. Contract: policy/ports/enquiries.hpp.
#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/staff.hpp"
#include "adapters/sqlite/write_jobs.hpp"
#include "policy/ports/enquiries.hpp"

namespace gatehouse::adapters {

// On a read connection; at most `limit`. Throw DatabaseFault, also for what cannot be opened.
std::vector<policy::Enquiry> read_enquiries_of(Database& database, Keyring& keys, const std::string& staff, std::size_t limit);
std::vector<policy::Enquiry> read_dangers(Database& database, Keyring& keys);
std::optional<policy::Enquiry> read_enquiry(Database& database, Keyring& keys, const std::string& id, const std::string& staff);
std::vector<policy::Enquiry> read_enquiries_for(Database& database, Keyring& keys, const std::string& agency, std::size_t limit);

StaffJob::Work ask_enquiry_work(policy::Enquiry enquiry);
StaffJob::Work note_answer_work(std::string id, std::string staff, std::string answer, policy::Instant at);
StaffJob::Work end_enquiry_work(std::string id, std::string staff, policy::EnquiryEnd end, policy::Instant at);

class AnswerEnquiryJob : public WriteJob {
 public:
  AnswerEnquiryJob(Keyring& keys, std::string id, std::string answer, policy::Call call) : id_(std::move(id)), answer_(std::move(answer)), by_(keys, std::move(call)) {}
  Verdict apply(WriteContext& context) override;
  policy::Called result() const { return result_; }

 private:
  std::string id_, answer_;
  HashedCall by_;
  policy::Called result_ = policy::Called::no_such_request;
};

class DeleteEnquiryTextsJob : public WriteJob {
 public:
  explicit DeleteEnquiryTextsJob(policy::Instant ended_by) : ended_by_(ended_by) {}
  Verdict apply(WriteContext& context) override;
  std::size_t count() const { return count_; }

 private:
  policy::Instant ended_by_;
  std::size_t count_ = 0;
};

}  // namespace gatehouse::adapters
