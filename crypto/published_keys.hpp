#pragma once
// The keys by which partners know this gateway: the one that signs, and those that are published beside it (the next one, before it signs; the one
// before, as long as what it signed may still be checked). A plain value that never changes; any thread.
#include <cstdint>
#include <string>
#include <vector>

#include "crypto/keys.hpp"

namespace gatehouse::crypto {

struct PublishedKey {
  std::string keyid;
  std::string public_key;                  // 32 bytes
  std::string state;                       // next | current | old
  std::int64_t until = 0;                  // seconds since 1970; 0: no end is set
};

struct ReleaseKeys {
  SigningKey signing;
  std::string keyid;
  std::vector<PublishedKey> published;     // the current one first
};

}  // namespace gatehouse::crypto
