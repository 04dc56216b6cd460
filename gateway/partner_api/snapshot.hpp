#pragma once
// What every request of the process shares: pack, partners with their keys, settings, and what can be worked out once from them. Immutable; a request
// takes one and keeps it for one whole attempt. Replaced as a whole when a commit was stale, when the directory changed, and on SIGHUP.
#include <algorithm>
#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "crypto/age.hpp"
#include "gateway/partner_api/access_words.hpp"
#include "gateway/settings.hpp"
#include "policy/decision/calendar.hpp"
#include "policy/decision/pack.hpp"
#include "policy/minimise/project.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::gateway {

// The files of config/ that a request needs, read once and again on SIGHUP.
struct Policies {
  policy::Pack pack;
  policy::RecordSchema schema;
  policy::Calendar calendar;  // of the pack's place
  // What each purpose needs stated by a partner: from the request alone, worked out once.
  std::array<std::vector<policy::Statement>, policy::count_of<policy::Purpose>()> required;
  std::string openapi;        // JSON text of config/openapi.yaml
  std::vector<AccessWord> access_words;  // config/authzen.json, where there is one: for the dry run
  std::string pack_file;                 // where the pack was read
  std::string reference_sha256{};        // of the data it was read against, see PackFiles
  const std::vector<policy::Statement>& required_for(policy::Purpose purpose) const { return required[static_cast<std::size_t>(purpose)]; }
};

// One line with the file when one cannot be read or carried out. `pack_file`: another than the settings name.
std::expected<std::shared_ptr<const Policies>, policy::Error> load_policies(const Settings& settings, const std::string& pack_file = {});
// With the pack that two people approved: from the file the settings name where that is it, else the copy that was kept of it. `note` then says in one
// line why not the file.
std::expected<std::shared_ptr<const Policies>, policy::Error> load_approved_policies(const Settings& settings, const std::string& active_sha256, std::string* note = nullptr);

struct Dated {
  policy::Instant not_before{}, not_after{};
  policy::KeyState state = policy::KeyState::revoked;
  bool holds(policy::Instant at) const { return state == policy::KeyState::current && not_before <= at && at < not_after; }
};

struct PartnerSigningKey : Dated {
  std::string keyid, public_key;  // 32 bytes
};

struct PartnerRecipient : Dated {
  std::string keyid;
  crypto::age::Recipient recipient;
};

// One agency with its keys opened. A key that cannot be read is left out: it opens nothing.
struct Partner {
  policy::Agency agency;
  std::vector<PartnerSigningKey> signing;
  std::vector<PartnerRecipient> recipients;  // newest first

  // Newest that holds at `at`; null: nothing can be sealed for this partner.
  const PartnerRecipient* recipient(policy::Instant at) const;
  const PartnerSigningKey* signing_key(std::string_view keyid, policy::Instant at) const;
  // Of an agreement that covers the purpose, on the day `today` in the pack's zone. CAF-25: current | lapsed | none.
  policy::AgreementState agreement(policy::Purpose purpose, policy::Date today) const;
};

class Snapshot {
 public:
  Snapshot(std::shared_ptr<const Settings> settings, std::shared_ptr<const Policies> policies, const policy::Directory& directory);

  const Settings& settings() const { return *settings_; }
  const Policies& policies() const { return *policies_; }
  const std::shared_ptr<const Settings>& shared_settings() const { return settings_; }
  const std::shared_ptr<const Policies>& shared_policies() const { return policies_; }
  std::uint64_t directory_version() const { return version_; }
  const std::string& active_pack() const { return active_pack_; }
  // The pack in hand is the one two people approved. When not, nothing is decided and every request is answered 503.
  bool pack_approved() const { return !active_pack_.empty() && active_pack_ == policies_->pack.identity().sha256; }

  // The partner a certificate belongs to, or null. A pin that two agencies claim belongs to neither.
  const Partner* by_pin(std::string_view pin, policy::Instant at) const;
  const std::vector<Partner>& partners() const { return partners_; }
  // Null: no such partner in the directory. Lives as long as the snapshot.
  const Partner* partner(std::string_view agency) const {
    const auto found = std::find_if(partners_.begin(), partners_.end(), [&](const Partner& one) { return one.agency.id == agency; });
    return found == partners_.end() ? nullptr : &*found;
  }

 private:
  struct Pin : Dated {
    std::size_t partner = 0;
    bool disputed = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<const Policies> policies_;
  std::vector<Partner> partners_;
  std::unordered_map<std::string, std::vector<Pin>, Hash, std::equal_to<>> pins_;
  std::string active_pack_;
  std::uint64_t version_ = 0;
};

// The one in force. Any thread.
class Snapshots {
 public:
  explicit Snapshots(std::shared_ptr<const Snapshot> first) : now_(std::move(first)) {}
  std::shared_ptr<const Snapshot> load() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return now_;
  }
  void store(std::shared_ptr<const Snapshot> next) {
    const std::lock_guard<std::mutex> lock(mutex_);
    now_ = std::move(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> now_;
};

}  // namespace gatehouse::gateway
