#pragma once
// Look-ups on a connection of their own. Each answer is one consistent view (one read transaction). One thread at a time; throws DatabaseFault.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/identifiers.hpp"
#include "adapters/sqlite/index.hpp"
#include "adapters/sqlite/keyring.hpp"
#include "adapters/sqlite/sealer.hpp"
#include "adapters/sqlite/settings.hpp"
#include "policy/ports/record_source.hpp"
#include "policy/ports/store.hpp"

namespace gatehouse::adapters {

// What a token remembers of its look-ups: first the state of all identifiers, then for each hash whom it found. Only the store reads it.
std::string remembered_epoch(std::int64_t epoch);
std::optional<std::int64_t> epoch_of(std::string_view remembered);
std::optional<std::vector<std::int64_t>> people_of(std::string_view remembered);
// The keyed hash that was looked up, under the first index key; empty for anything but such a look-up.
std::string_view hash_of(std::string_view remembered);

std::string item_id(std::int64_t id);                          // 16 hexadecimal digits
std::optional<std::int64_t> item_number(std::string_view id);
std::optional<std::int64_t> person_number(std::string_view id);

class Reader {
 public:
  Reader(const SqliteSettings& settings, Keyring& keys);

  std::expected<policy::Evidence, policy::StoreError> evidence(const policy::EvidenceQuery& query);
  std::expected<policy::CaseFile, policy::SourceError> find(const policy::RecordQuery& query);
  std::expected<policy::Directory, policy::StoreError> directory();
  std::expected<std::optional<policy::RequestStatus>, policy::StoreError> request(const std::string& id, const std::string& agency);
  std::expected<std::optional<std::string>, policy::StoreError> asked(const std::string& id, const std::string& agency);
  std::expected<std::vector<policy::RequestStatus>, policy::StoreError> due(policy::Instant now, std::size_t limit);
  std::expected<std::vector<std::string>, policy::StoreError> pages_due(std::size_t limit);
  struct LogState {
    std::uint64_t size = 0;
    std::int64_t last_at = 0;
  };
  LogState log_state();

 private:
  struct Hit {
    std::int64_t person;
    std::string kind;
  };
  struct Found {
    policy::Matched matched = policy::Matched::nobody;
    std::int64_t person = 0;
    std::vector<std::string> how;
    std::vector<std::string> looked_up;
  };
  class View;  // one read transaction

  policy::RequestStatus status_of(const Rows& rows) const;

  SqliteSettings settings_;
  Keyring& keys_;
  Database database_;
  Index index_;
  Statement begin_, end_, stamp_, by_token_, kinds_of_person_, person_, household_, items_, restrictions_, facts_, approvals_, worker_;
  Statement item_, relations_, request_, asked_, due_, over_, pages_, agencies_, agency_keys_, agreements_, pack_and_version_, log_;
  std::int64_t decoy_ = 0;
};

}  // namespace gatehouse::adapters
