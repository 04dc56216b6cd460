#pragma once
// The sealed columns of one subject: a person, a request that matched nobody, or the installation itself (audit key). The additional data names
// table, row, column, subject and key version, so no sealed value opens anywhere else than where it was written.
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/sqlite/keyring.hpp"
#include "crypto/keystore.hpp"

namespace gatehouse::adapters {

class Sealer {
 public:
  Sealer(Keyring::Lease key, std::string subject) : lease_(std::move(key)), subject_(std::move(subject)) {}
  // `audit` must outlive the sealer.
  Sealer(const KeyVersions& audit, std::string subject) : audit_(&audit), subject_(std::move(subject)) {}

  std::string seal(std::string_view table, std::string_view row, std::string_view column, std::string_view plain) const {
    return crypto::seal_field(key(), plain, place(table, row, column, key_version()));
  }
  // With the key in use, else with another of its versions: a value that was sealed while somebody rotated is no damage.
  std::expected<std::string, crypto::Error> open(std::string_view table, std::string_view row, std::string_view column, std::string_view sealed) const {
    auto plain = crypto::open_field(key(), sealed, place(table, row, column, key_version()));
    if (plain) return plain;
    each_other_key([&](const crypto::SecretBytes& other, unsigned version) {
      auto opened = crypto::open_field(other, sealed, place(table, row, column, version));
      if (!opened) return false;
      plain = std::move(opened);
      return true;
    });
    return plain;
  }
  // The version that opens a value, for finding what is to be sealed again; nothing: none does.
  std::optional<unsigned> version_of(std::string_view table, std::string_view row, std::string_view column, std::string_view sealed) const {
    if (crypto::open_field(key(), sealed, place(table, row, column, key_version()))) return key_version();
    std::optional<unsigned> found;
    each_other_key([&](const crypto::SecretBytes& other, unsigned version) {
      if (crypto::open_field(other, sealed, place(table, row, column, version))) found = version;
      return found.has_value();
    });
    return found;
  }
  unsigned key_version() const { return audit_ != nullptr ? audit_->number() : lease_.version(); }
  const crypto::SecretBytes& key() const { return audit_ != nullptr ? audit_->current() : lease_.key(); }

  // Calls use(key, version) with the other versions, newest first, until it says true.
  template <class Use>
  bool each_other_key(Use use) const {
    if (audit_ != nullptr) {
      for (std::size_t i = 1; i < audit_->all().size(); ++i)
        if (use(audit_->all()[i]->key, audit_->all()[i]->number)) return true;
      return false;
    }
    for (const auto& other : lease_.others())
      if (use(other.key(), other.version())) return true;
    return false;
  }

 private:
  std::string place(std::string_view table, std::string_view row, std::string_view column, unsigned version) const {
    std::string out;
    out.reserve(table.size() + row.size() + column.size() + subject_.size() + 12);
    out.append(table).append("|").append(row).append("|").append(column).append("|1|").append(subject_).append("|");
    out += std::to_string(version);
    return out;
  }
  Keyring::Lease lease_;
  const KeyVersions* audit_ = nullptr;
  std::string subject_;
};

inline std::string person_subject(std::int64_t person) { return "person:" + std::to_string(person); }
// The key of a request that points to no person is wrapped under this purpose.
inline std::string request_key_purpose(std::string_view request) { return "req|v1|" + std::string(request); }
inline std::string request_subject(std::string_view request) { return "request:" + std::string(request); }
inline std::string versioned_row(std::int64_t id, std::int64_t version) { return std::to_string(id) + "." + std::to_string(version); }

}  // namespace gatehouse::adapters
