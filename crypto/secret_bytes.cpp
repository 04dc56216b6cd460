#include "crypto/secret_bytes.hpp"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace gatehouse::crypto {

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  void* memory = sodium_malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  // sodium_malloc carries on when mlock() fails; a key that can be swapped to disk must not. Locking twice is harmless, and tells.
  if (sodium_mlock(memory, size) != 0) {
    sodium_free(memory);
    throw std::bad_alloc();
  }
  data_ = static_cast<std::uint8_t*>(memory);
  std::memset(data_, 0, size);
}

SecretBytes SecretBytes::random(std::size_t size) {
  SecretBytes secret(size);
  if (size != 0) randombytes_buf(secret.data_, size);
  return secret;
}

SecretBytes SecretBytes::copy_of(std::span<const std::uint8_t> bytes) {
  SecretBytes secret(bytes.size());
  if (!bytes.empty()) std::memcpy(secret.data_, bytes.data(), bytes.size());
  return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    sodium_free(data_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

// sodium_free() wipes, checks the canaries and unlocks; it accepts null.
SecretBytes::~SecretBytes() { sodium_free(data_); }

bool SecretBytes::same_as(const SecretBytes& other) const {
  if (size_ != other.size_) return false;
  return size_ == 0 || sodium_memcmp(data_, other.data_, size_) == 0;
}

SecretBytes SecretBytes::clone(KeyAccess) const { return copy_of({data_, size_}); }

bool start() {
  if (sodium_init() < 0) return false;
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) return false;
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  // The leak check at the end looks at this process as a debugger would.
  static const int once = std::atexit([] { prctl(PR_SET_DUMPABLE, 1); });
  if (once != 0) return false;
#endif
#endif
  return true;
}

}  // namespace gatehouse::crypto
