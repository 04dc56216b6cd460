#pragma once
// One key of the installation through its rotations: the version that seals now, and the earlier ones that what was sealed before still needs.
#include <memory>
#include <vector>

#include "crypto/secret_bytes.hpp"

namespace gatehouse::adapters {

// Never changes; any thread. Never empty where a Keyring gives it.
class KeyVersions {
 public:
  struct Version {
    unsigned number = 1;
    crypto::SecretBytes key;
  };
  KeyVersions() = default;
  explicit KeyVersions(std::vector<std::shared_ptr<const Version>> newest_first) : versions_(std::move(newest_first)) {}

  const crypto::SecretBytes& current() const { return versions_.front()->key; }
  operator const crypto::SecretBytes&() const { return current(); }  // NOLINT(google-explicit-constructor): what is sealed is sealed with the current one
  unsigned number() const { return versions_.front()->number; }
  const std::vector<std::shared_ptr<const Version>>& all() const { return versions_; }   // the current one first
  const crypto::SecretBytes* find(unsigned wanted) const {
    for (const auto& version : versions_)
      if (version->number == wanted) return &version->key;
    return nullptr;
  }

 private:
  std::vector<std::shared_ptr<const Version>> versions_;
};

}  // namespace gatehouse::adapters
