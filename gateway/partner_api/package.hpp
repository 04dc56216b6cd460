#pragma once
// From released items to sealed bytes: project, narrow to what was asked, redact every text, write, pad, seal, sign. Pure but for the entropy of the
// seal; any thread. Nothing here widens what the decision released, and a text that redaction blocks never gets in.
#include <chrono>
#include <expected>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/keys.hpp"
#include "gateway/partner_api/asked.hpp"
#include "gateway/partner_api/question.hpp"
#include "gateway/partner_api/review.hpp"
#include "gateway/partner_api/snapshot.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/minimise/project.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/redaction/redact.hpp"

namespace gatehouse::gateway {

// What is left of the released items for this recipient.
struct Cut {
  policy::Decision decision;                  // the one given, with items that turned out to need a summary as `refer`, `needs_summary`
  std::vector<policy::ProjectedItem> items;   // with redacted texts; those without a field left are gone
  std::vector<std::string> labels;            // of the people hidden, each once, sorted
  policy::ReleaseFlags flags;                 // from the cut: free text, redaction's flags
  bool blocked = true;                        // a text could not be cleared: nothing of this may leave without a person
};

// People of the case file whom the decision releases to this recipient: those that a name field of a released household, parental_responsibility, staff_allegation,
// allegation or third_party item names in full. Never an informant or one who spoke in confidence, whatever is released.
std::vector<std::string> keep_people(const std::vector<policy::ProjectedItem>& items, const policy::CaseFile& file);

// The people of case files with every form of their names, made once and kept for a few minutes: making them costs more than reading a short text.
// In memory alone; bounded. Any thread.
class PreparedCaseFiles {
 public:
  // Nothing: they cannot be prepared (a person without a name, say), and nothing can be redacted for them.
  std::optional<redaction::PreparedPeople> people(const std::vector<policy::Person>& people, policy::Instant at);

 private:
  static constexpr std::chrono::seconds keep_for{600};
  static constexpr std::size_t most = 2000;
  struct Kept {
    redaction::PreparedPeople people;
    policy::Instant made{};
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Kept> kept_;
  policy::Instant swept_{};
};

// With a review: what a person shows or hides after all, everywhere at once. What they show is read once more, and stays hidden where it names somebody of
// the case file who is not shown. `marked` gets each text that was read, with its marks.
Cut cut_down(const Snapshot& now, const Asked& asked, const policy::Decision& decision, const policy::CaseFile& file, policy::AgencyType recipient,
             PreparedCaseFiles& prepared, policy::Instant at, const CutReview* review = nullptr, std::vector<MarkedText>* marked = nullptr);

// Whether showing this person of the case file would name a source who asked not to be named.
bool is_a_source(const policy::CaseFile& file, std::string_view person);

// The package as the partner will read it (JSON, not yet padded).
std::string package_text(const Asked& asked, const Cut& cut, const std::string& release_id);

struct SealFor {
  const PartnerRecipient* recipient = nullptr;
  std::string partner, log_origin, release_id;
  policy::Purpose purpose{};
  std::string legal_basis;
  policy::Instant at{}, expires{};
};
// For this partner, to be fetched as long as the settings say.
SealFor seal_for(const Snapshot& now, const Partner& partner, const PartnerRecipient& recipient, policy::Purpose purpose, const policy::Decision& decision,
                 std::string release_id, policy::Instant at);
std::expected<policy::Release, crypto::Error> seal_package(const SealFor& what, std::string plain, const crypto::SigningKey& key);
// What of a cut goes by itself, sealed; nothing: it waits for a person. The one place that says what the machine lets go, whoever asked. `risk_marker`: of
// the evidence.
std::expected<std::optional<policy::Release>, crypto::Error> seal_alone(const Snapshot& now, const Asked& asked, const Partner& partner, Cut& cut, bool risk_marker,
                                                                        AskedBy by, const std::string& release_id, policy::Instant at,
                                                                        const crypto::SigningKey& key);

}  // namespace gatehouse::gateway
