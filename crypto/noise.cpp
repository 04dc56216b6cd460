#include "crypto/noise.hpp"

#include <sodium.h>

#include <cstring>
#include <stdexcept>

namespace gatehouse::crypto {

namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::span<const std::uint8_t> raw(const SecretBytes& key) {
  const auto bytes = key.reveal(KeyAccess::granted_to("noise: a keyed BLAKE2b"));
  if (bytes.size() < crypto_generichash_blake2b_KEYBYTES_MIN || bytes.size() > crypto_generichash_blake2b_KEYBYTES_MAX)
    throw std::invalid_argument("noise: a key must have 16 to 64 bytes");
  return bytes;
}

}  // namespace

struct Blake2b256::State {
  alignas(64) crypto_generichash_blake2b_state state;
  ~State() { sodium_memzero(&state, sizeof state); }
};

Blake2b256::Blake2b256() : state_(std::make_unique<State>()) { crypto_generichash_blake2b_init(&state_->state, nullptr, 0, 32); }

Blake2b256::Blake2b256(const SecretBytes& key) : state_(std::make_unique<State>()) {
  const auto bytes = raw(key);
  crypto_generichash_blake2b_init(&state_->state, bytes.data(), bytes.size(), 32);
}

Blake2b256::Blake2b256(Blake2b256&&) noexcept = default;
Blake2b256::~Blake2b256() = default;

Blake2b256& Blake2b256::update(std::string_view bytes) {
  crypto_generichash_blake2b_update(&state_->state, bytes_of(bytes), bytes.size());
  return *this;
}

Digest Blake2b256::finish() {
  Digest out;
  crypto_generichash_blake2b_final(&state_->state, out.data(), out.size());
  return out;
}

Digest blake2b_256(std::string_view bytes) {
  Digest out;
  crypto_generichash_blake2b(out.data(), out.size(), bytes_of(bytes), bytes.size(), nullptr, 0);
  return out;
}

Digest blake2b_256(const SecretBytes& key, std::string_view bytes) {
  const auto k = raw(key);
  Digest out;
  crypto_generichash_blake2b(out.data(), out.size(), bytes_of(bytes), bytes.size(), k.data(), k.size());
  return out;
}

NoiseStream::NoiseStream(const Digest& seed) : seed_(seed) {}
NoiseStream::~NoiseStream() { sodium_memzero(seed_.data(), seed_.size()); }

void NoiseStream::fill(std::span<std::uint8_t> bytes) {
  if (bytes.size() % 64 != 0) throw std::invalid_argument("noise: whole blocks of 64 bytes are drawn");
  static constexpr std::uint8_t nonce[crypto_stream_chacha20_NONCEBYTES] = {};
  std::memset(bytes.data(), 0, bytes.size());
  crypto_stream_chacha20_xor_ic(bytes.data(), bytes.data(), bytes.size(), nonce, block_, seed_.data());
  block_ += bytes.size() / 64;
}

}  // namespace gatehouse::crypto
