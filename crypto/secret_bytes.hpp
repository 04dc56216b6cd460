#pragma once
// Key bytes in locked, guarded memory, wiped when they go. Not copyable, not printable, compared in constant time.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse::crypto {

// Leave to read raw key bytes. One search for "KeyAccess::granted_to" lists every place that does; each names who and why.
class KeyAccess {
 public:
  static KeyAccess granted_to(const char* who_and_why) { (void)who_and_why; return KeyAccess(); }

 private:
  KeyAccess() = default;
};

// Throws std::bad_alloc when memory cannot be locked or allocated. Any thread; one writer.
class SecretBytes {
 public:
  SecretBytes() = default;                                 // empty
  explicit SecretBytes(std::size_t size);                  // zeros
  static SecretBytes random(std::size_t size);             // from the system
  static SecretBytes copy_of(std::span<const std::uint8_t> bytes);
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool same_as(const SecretBytes& other) const;            // constant time for equal sizes
  std::span<const std::uint8_t> reveal(KeyAccess) const { return {data_, size_}; }
  std::span<std::uint8_t> fill(KeyAccess) { return {data_, size_}; }
  SecretBytes clone(KeyAccess) const;

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// Call once before any other function of crypto/. False: libsodium could not start, or the memory of this process could be dumped; nothing may run.
// Turns core dumps off (RLIMIT_CORE 0, also when a program catches them) and shuts the process to others of its user (PR_SET_DUMPABLE 0: no
// debugger, nobody reads /proc/PID/mem).
bool start();

}  // namespace gatehouse::crypto
