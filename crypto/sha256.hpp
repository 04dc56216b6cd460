#pragma once
// SHA-256 (FIPS 180-4) in pieces, on OpenSSL EVP. The algorithm is fetched once per process and the context made once per thread: an
// unfetched digest doubles the cost of a tree node. Any thread; one running computation per object.
#include <string_view>

#include "crypto/keys.hpp"

namespace gatehouse::crypto {

class Sha256 {
 public:
  Sha256();                              // throws std::bad_alloc
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::string_view bytes);
  Digest finish();                       // and starts anew

  // In one go, on a context of the calling thread.
  static Digest of(std::string_view bytes);
  static Digest of(std::string_view first, std::string_view second, std::string_view third = {});

 private:
  void* context_;
};

}  // namespace gatehouse::crypto
