#pragma once
// What keyed, sticky noise needs: BLAKE2b-256, plain and keyed, and a bit stream that follows from a seed alone. libsodium behind.
// The noise of a figure is a function of the noise key and of what the figure is; it is drawn again, bit for bit, on a replica and after a restore.
// Whoever holds the key can take the noise off every figure that ever left: it is kept like the key-encryption key, outside database and backups.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::crypto {

// BLAKE2b with 32 bytes of output (RFC 7693), in pieces. One thread.
class Blake2b256 {
 public:
  Blake2b256();
  explicit Blake2b256(const SecretBytes& key);   // 16 to 64 bytes
  Blake2b256(Blake2b256&&) noexcept;
  ~Blake2b256();
  Blake2b256& update(std::string_view bytes);
  Digest finish();                               // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest blake2b_256(std::string_view bytes);
Digest blake2b_256(const SecretBytes& key, std::string_view bytes);

// The ChaCha20 key stream of a seed (64-bit nonce of zeros, counter from 0): as many bytes as are asked for, in order. One thread.
class NoiseStream {
 public:
  explicit NoiseStream(const Digest& seed);
  ~NoiseStream();
  NoiseStream(const NoiseStream&) = delete;
  NoiseStream& operator=(const NoiseStream&) = delete;
  // REQUIRES: a multiple of 64 bytes.
  void fill(std::span<std::uint8_t> bytes);

 private:
  Digest seed_;
  std::uint64_t block_ = 0;
};

}  // namespace gatehouse::crypto
