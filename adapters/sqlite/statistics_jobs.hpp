#pragma once
// What statistics write: a question answered or refused, a quarter made known, a cap changed, a policy approved. Each is one job of the writer: ledger, figures
// and log entry stand or fall together.
#include <memory>
#include <string>
#include <vector>

#include "adapters/sqlite/ledger_mark.hpp"
#include "adapters/sqlite/writer.hpp"
#include "policy/ports/statistics_store.hpp"

namespace gatehouse::adapters {

class StatisticsJob : public WriteJob {
 public:
  StatisticsJob(Keyring& keys, policy::StatisticsEntry entry);
  Verdict apply(WriteContext& context) override;
  policy::StatisticsCommitted take() { return std::move(result_); }

 private:
  policy::StatisticsEntry entry_;
  std::string nonce_, idempotency_, body_;   // first_index() of them; empty on the command line
  policy::StatisticsCommitted result_;
};

class PublishJob : public WriteJob {
 public:
  explicit PublishJob(policy::StatisticsPublication publication) : publication_(std::move(publication)) {}
  Verdict apply(WriteContext& context) override;
  const std::optional<policy::PublishError>& failed() const { return failed_; }

 private:
  policy::StatisticsPublication publication_;
  std::optional<policy::PublishError> failed_;
};

class CapJob : public WriteJob {
 public:
  explicit CapJob(policy::CapChange change) : change_(std::move(change)) {}
  Verdict apply(WriteContext& context) override;
  const std::optional<policy::CapError>& failed() const { return failed_; }

 private:
  policy::CapChange change_;
  std::optional<policy::CapError> failed_;
};

class ApproveStatisticsJob : public WriteJob {
 public:
  ApproveStatisticsJob(std::string sha256, std::string first, std::string second, policy::Instant at)
      : sha256_(std::move(sha256)), first_(std::move(first)), second_(std::move(second)), at_(at) {}
  Verdict apply(WriteContext& context) override;
  bool done() const { return done_; }

 private:
  std::string sha256_, first_, second_;
  policy::Instant at_;
  bool done_ = false;
};

// After a restore from an older backup: every data-year that the database or `known` (the mark outside it) has is charged all that was left of its cap_all.
// One that only the mark knows is opened with nothing left.
class RestoredJob : public WriteJob {
 public:
  RestoredJob(std::vector<LedgerMark::Year> known, std::string first, std::string second, policy::Instant at)
      : known_(std::move(known)), first_(std::move(first)), second_(std::move(second)), at_(at) {}
  Verdict apply(WriteContext& context) override;
  std::size_t years() const { return years_; }

 private:
  std::vector<LedgerMark::Year> known_;
  std::string first_, second_;
  policy::Instant at_;
  std::size_t years_ = 0;
};

}  // namespace gatehouse::adapters
