#include "crypto/shamir.hpp"

namespace gatehouse::crypto {
namespace {

// Product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1, in eight equal steps whatever the factors are.
std::uint8_t times(std::uint8_t a, std::uint8_t b) {
  unsigned product = 0, shifted = a;
  for (unsigned bit = 0; bit < 8; ++bit) {
    product ^= shifted & (0u - ((static_cast<unsigned>(b) >> bit) & 1u));
    shifted = (shifted << 1) ^ (0x11du & (0u - ((shifted >> 7) & 1u)));
  }
  return static_cast<std::uint8_t>(product);
}

// a^254, which is 1/a; 0 for 0.
std::uint8_t inverse(std::uint8_t a) {
  std::uint8_t power = a, out = 1;
  for (unsigned bit = 1; bit < 8; ++bit) {
    power = times(power, power);
    out = times(out, power);
  }
  return out;
}

Error bad(const char* code, const char* where, const char* what, const char* remedy) { return {code, where, what, remedy}; }

}  // namespace

std::expected<std::vector<Share>, Error> split_secret(const SecretBytes& secret, unsigned threshold, unsigned count, const SecretBytes& coefficients) {
  if (threshold < 2 || count < threshold || count > 255)
    return std::unexpected(bad("bad_threshold", "shares", "cannot be made so", "at least 2 of at most 255"));
  if (secret.empty() || coefficients.size() != secret.size() * (threshold - 1))
    return std::unexpected(bad("bad_size", "shares", "the secret is empty or the random bytes are not as many as needed", "(threshold - 1) * size of the secret"));
  const auto plain = secret.reveal(KeyAccess::granted_to("shamir: split a secret"));
  const auto random = coefficients.reveal(KeyAccess::granted_to("shamir: split a secret"));
  std::vector<Share> shares;
  shares.reserve(count);
  for (unsigned number = 1; number <= count; ++number) {
    Share share{static_cast<std::uint8_t>(number), SecretBytes(secret.size())};
    const auto out = share.bytes.fill(KeyAccess::granted_to("shamir: split a secret"));
    for (std::size_t i = 0; i < plain.size(); ++i) {
      std::uint8_t value = 0;   // Horner, from the highest coefficient down to the secret
      for (unsigned k = threshold - 1; k > 0; --k) value = static_cast<std::uint8_t>(times(value, share.number) ^ random[(k - 1) * plain.size() + i]);
      out[i] = static_cast<std::uint8_t>(times(value, share.number) ^ plain[i]);
    }
    shares.push_back(std::move(share));
  }
  return shares;
}

std::expected<SecretBytes, Error> combine_shares(std::span<const Share> shares) {
  if (shares.size() < 2) return std::unexpected(bad("bad_share", "shares", "fewer than two", "as many as were said to be needed"));
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (shares[i].number == 0 || shares[i].bytes.empty() || shares[i].bytes.size() != shares[0].bytes.size())
      return std::unexpected(bad("bad_share", "shares", "one has no number or another size", "shares of one set"));
    for (std::size_t k = 0; k < i; ++k)
      if (shares[k].number == shares[i].number) return std::unexpected(bad("bad_share", "shares", "the same share twice", "different shares of one set"));
  }
  SecretBytes secret(shares[0].bytes.size());
  const auto out = secret.fill(KeyAccess::granted_to("shamir: combine shares"));
  for (std::size_t k = 0; k < shares.size(); ++k) {
    // Lagrange's polynomial of share k at 0. The numbers are no secret.
    std::uint8_t weight = 1;
    for (std::size_t j = 0; j < shares.size(); ++j) {
      if (j == k) continue;
      const std::uint8_t between = static_cast<std::uint8_t>(shares[j].number ^ shares[k].number);
      weight = times(weight, times(shares[j].number, inverse(between)));
    }
    const auto bytes = shares[k].bytes.reveal(KeyAccess::granted_to("shamir: combine shares"));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(out[i] ^ times(bytes[i], weight));
  }
  return secret;
}

}  // namespace gatehouse::crypto
