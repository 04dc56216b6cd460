#pragma once
// The sealed columns of one subject: a person, a request that matched nobody, or the installation itself (audit key). The additional data names
// table, row, column, subject and key version, so no sealed value opens anywhere else than where it was written.
#include <expected>
#include <string>
#include <string_view>

#include "adapters/sqlite/keyring.hpp"
#include "crypto/keystore.hpp"

namespace gatehouse::adapters {

class Sealer {
 public:
  Sealer(Keyring::Lease key, std::string subject) : lease_(std::move(key)), subject_(std::move(subject)) {}
  // `audit` must outlive the sealer.
  Sealer(const crypto::SecretBytes& audit, std::string subject) : audit_(&audit), subject_(std::move(subject)) {}

  std::string seal(std::string_view table, std::string_view row, std::string_view column, std::string_view plain) const {
    return crypto::seal_field(key(), plain, place(table, row, column));
  }
  std::expected<std::string, crypto::Error> open(std::string_view table, std::string_view row, std::string_view column, std::string_view sealed) const {
    return crypto::open_field(key(), sealed, place(table, row, column));
  }
  unsigned key_version() const { return audit_ != nullptr ? 1 : lease_.version(); }
  const crypto::SecretBytes& key() const { return audit_ != nullptr ? *audit_ : lease_.key(); }

 private:
  std::string place(std::string_view table, std::string_view row, std::string_view column) const {
    std::string out;
    out.reserve(table.size() + row.size() + column.size() + subject_.size() + 12);
    out.append(table).append("|").append(row).append("|").append(column).append("|1|").append(subject_).append("|");
    out += std::to_string(key_version());
    return out;
  }
  Keyring::Lease lease_;
  const crypto::SecretBytes* audit_ = nullptr;
  std::string subject_;
};

inline std::string person_subject(std::int64_t person) { return "person:" + std::to_string(person); }
// The key of a request that points to no person is wrapped under this purpose.
inline std::string request_key_purpose(std::string_view request) { return "req|v1|" + std::string(request); }
inline std::string request_subject(std::string_view request) { return "request:" + std::string(request); }
inline std::string versioned_row(std::int64_t id, std::int64_t version) { return std::to_string(id) + "." + std::to_string(version); }

}  // namespace gatehouse::adapters
