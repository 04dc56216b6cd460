#pragma once
// Shamir's secret sharing (Adi Shamir, How to share a secret, 1979) byte by byte over GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1: any
// `threshold` shares give the secret, fewer give nothing at all about it. No table is read and no branch taken on a secret byte. The shares are those
// of libgfshare: `gfcombine` of Debian puts them together again (the file's three digits are the share's number). Pure, any thread.
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::crypto {

struct Share {
  std::uint8_t number = 0;   // 1 … 255
  SecretBytes bytes;         // as many as the secret has
};

// `coefficients`: (threshold - 1) * secret.size() random bytes, never used twice. Shares 1 … count. Errors: bad_threshold (2 ≤ threshold ≤ count ≤ 255),
// bad_size (an empty secret, or other coefficients than needed).
std::expected<std::vector<Share>, Error> split_secret(const SecretBytes& secret, unsigned threshold, unsigned count, const SecretBytes& coefficients);

// From exactly as many shares as the threshold was. Shares say nothing about whether they belong together: whoever combines them checks the
// secret against something known. Errors: bad_share (none, number 0, the same number twice, sizes that differ).
std::expected<SecretBytes, Error> combine_shares(std::span<const Share> shares);

}  // namespace gatehouse::crypto
