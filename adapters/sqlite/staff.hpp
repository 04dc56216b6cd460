#pragma once
// The people who work here, their sessions and drafts, in the same database. Everything that names somebody is sealed under the audit key, sign-in names
// and session tokens are kept as keyed hashes. Contract: policy/ports/staff.hpp.
#include <cstdint>
#include <expected>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/writer.hpp"
#include "policy/ports/staff.hpp"

namespace gatehouse::adapters {

// Look-ups on a connection of their own, one at a time: the console is used by a few people. Throws DatabaseFault.
class StaffReader {
 public:
  StaffReader(const SqliteSettings& settings, Keyring& keys);
  std::expected<std::vector<policy::StaffMember>, policy::StoreError> staff();
  std::expected<std::optional<policy::StaffMember>, policy::StoreError> member(const std::string& id);
  std::expected<std::optional<policy::StaffMember>, policy::StoreError> by_sign_in(const std::string& sign_in);
  std::expected<std::optional<policy::StaffSession>, policy::StoreError> session(const std::string& token);
  std::expected<std::string, policy::StoreError> draft(const std::string& staff, const std::string& page);

  Database& database() { return database_; }

 private:
  Keyring& keys_;
  Database database_;
  Index index_;
  Statement all_, by_id_, by_name_, session_, draft_;
};

// A few statements in the writer's transaction, made where they are used: these writes are rare.
class StaffJob : public WriteJob {
 public:
  using Work = std::function<Verdict(WriteContext&)>;
  explicit StaffJob(Work work) : work_(std::move(work)) {}
  Verdict apply(WriteContext& context) override {
    verdict_ = work_(context);
    return verdict_;
  }
  bool kept() const { return verdict_ == Verdict::keep; }

 private:
  Work work_;
  Verdict verdict_ = Verdict::undo;
};

StaffJob::Work put_staff_work(Keyring& keys, policy::StaffMember member, policy::StaffNote note, bool end_sessions);
StaffJob::Work open_session_work(Keyring& keys, std::string token, policy::StaffSession session);
StaffJob::Work touch_session_work(Keyring& keys, std::string token, policy::Instant at);
StaffJob::Work end_session_work(Keyring& keys, std::string token);
StaffJob::Work keep_draft_work(Keyring& keys, std::string staff, std::string page, std::string words, policy::Instant at);

}  // namespace gatehouse::adapters
