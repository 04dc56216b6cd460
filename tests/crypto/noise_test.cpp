// The bit stream of statistics: what it must be, by published vectors, and that it follows from its seed alone.
#include "crypto/noise.hpp"

#include <gtest/gtest.h>

namespace gatehouse::crypto {
namespace {

std::string hex_of(const Digest& digest) { return hex(digest); }

TEST(Blake2b, IsTheOneOfTheRfcCutTo256Bits) {
  ASSERT_TRUE(start());
  // BLAKE2b-256 of nothing and of `abc` (b2sum -l 256).
  EXPECT_EQ(hex_of(blake2b_256("")), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(hex_of(blake2b_256("abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  EXPECT_EQ(Blake2b256().update("a").update("").update("bc").finish(), blake2b_256("abc"));
}

TEST(Blake2b, AKeyMakesItAnotherFunction) {
  ASSERT_TRUE(start());
  const auto one = SecretBytes::copy_of(std::vector<std::uint8_t>(32, 1)), two = SecretBytes::copy_of(std::vector<std::uint8_t>(32, 2));
  EXPECT_NE(blake2b_256(one, "abc"), blake2b_256("abc"));
  EXPECT_NE(blake2b_256(one, "abc"), blake2b_256(two, "abc"));
  EXPECT_EQ(Blake2b256(one).update("ab").update("c").finish(), blake2b_256(one, "abc"));
  EXPECT_THROW(blake2b_256(SecretBytes(8), "abc"), std::invalid_argument);
}

TEST(NoiseStream, IsChaCha20OfItsSeedInOrder) {
  ASSERT_TRUE(start());
  const Digest zeros{};
  std::array<std::uint8_t, 128> whole;
  NoiseStream(zeros).fill(whole);
  // Key and nonce of zeros, counter 0 (RFC 8439 appendix A.1, vectors 1 and 2).
  EXPECT_EQ(hex({whole.data(), 32}), "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7");
  EXPECT_EQ(hex({whole.data() + 64, 16}), "9f07e7be5551387a98ba977c732d080d");
  NoiseStream stream(zeros);
  std::array<std::uint8_t, 64> half;
  stream.fill(half);
  EXPECT_TRUE(std::equal(half.begin(), half.end(), whole.begin()));
  stream.fill(half);
  EXPECT_TRUE(std::equal(half.begin(), half.end(), whole.begin() + 64));
  std::array<std::uint8_t, 63> odd;
  EXPECT_THROW(stream.fill(odd), std::invalid_argument);
  Digest other{};
  other[31] = 1;
  NoiseStream(other).fill(half);
  EXPECT_FALSE(std::equal(half.begin(), half.end(), whole.begin()));
}

}  // namespace
}  // namespace gatehouse::crypto
