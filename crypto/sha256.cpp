#include "crypto/sha256.hpp"

#include <openssl/evp.h>

#include <new>
#include <stdexcept>

namespace gatehouse::crypto {
namespace {

// Kept until the process ends: freeing it while a thread still hashes would be worse than not freeing it.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

EVP_MD_CTX* context_of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

void restart(EVP_MD_CTX* context) {
  if (EVP_DigestInit_ex2(context, algorithm(), nullptr) != 1) throw std::runtime_error("crypto: SHA-256 is not available in this OpenSSL");
}

Sha256& of_this_thread() {
  thread_local Sha256 context;
  return context;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  if (context_ == nullptr) throw std::bad_alloc();
  restart(context_of(context_));
}

Sha256::~Sha256() { EVP_MD_CTX_free(context_of(context_)); }

void Sha256::update(std::string_view bytes) { EVP_DigestUpdate(context_of(context_), bytes.data(), bytes.size()); }

Digest Sha256::finish() {
  Digest digest;
  if (EVP_DigestFinal_ex(context_of(context_), digest.data(), nullptr) != 1) throw std::runtime_error("crypto: SHA-256 failed");
  restart(context_of(context_));
  return digest;
}

Digest Sha256::of(std::string_view bytes) {
  Sha256& hash = of_this_thread();
  hash.update(bytes);
  return hash.finish();
}

Digest Sha256::of(std::string_view first, std::string_view second, std::string_view third) {
  Sha256& hash = of_this_thread();
  hash.update(first);
  hash.update(second);
  if (!third.empty()) hash.update(third);
  return hash.finish();
}

}  // namespace gatehouse::crypto
