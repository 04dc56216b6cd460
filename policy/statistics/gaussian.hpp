#pragma once
// Exact discrete Gaussian noise in whole numbers: Canonne, Kamath, Steinke, The Discrete Gaussian for Differential Privacy (2020), algorithms 1 to 3.
// No floating point takes part in a draw: rounded float normals look right at sigma 5 and are wrong at sigma 1 (Mironov 2012 shows what that costs).
// Pure, any thread: the bits are passed in (crypto/noise.hpp gives them; tests bring their own).
#include <array>
#include <cstdint>
#include <expected>
#include <span>

namespace gatehouse::statistics {

// Independent, uniform bytes, fresh at every call. The size asked for is always 64.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

// Takes bits off a source, lowest bit of the first byte first. One thread.
class Bits {
 public:
  // `source` must outlive this.
  explicit Bits(ByteSource& source) : source_(&source) {}
  // REQUIRES: count <= 56.
  std::uint64_t take(unsigned count) {
    while (have_ < count) refill();
    const std::uint64_t out = word_ & ((std::uint64_t{1} << count) - 1);
    word_ >>= count;
    have_ -= count;
    return out;
  }

 private:
  void refill();
  ByteSource* source_;
  std::array<std::uint8_t, 64> block_{};
  unsigned at_ = 64, have_ = 0;
  std::uint64_t word_ = 0;
};

// A non-negative rational number, a variance for example. REQUIRES: d > 0.
struct Fraction {
  std::int64_t n = 0, d = 1;
};

enum class NoiseError : std::uint8_t {
  bad_variance,  // not a/b with 1 <= a <= 2000 and b 1 or 4: nothing was drawn
  out_of_range,  // beyond 2^20, or a product that does not fit: the request ends, charged and unanswered
};

// A whole number drawn from the discrete Gaussian with parameter sigma^2 = variance.n / variance.d, centred at 0. It has at most that variance.
std::expected<std::int64_t, NoiseError> discrete_gaussian(Fraction variance, Bits& bits);

// P(|Z| <= q) of the discrete Gaussian with that parameter.
double mass_within(Fraction variance, unsigned q);
// The probability of exactly k.
double probability(Fraction variance, std::int64_t k);
// The smallest q with P(|Z| <= q) >= 0.95, and the smallest for `cells` figures at once (Bonferroni). cells >= 1.
unsigned half_width(Fraction variance);
unsigned half_width_of_all(Fraction variance, std::uint64_t cells);
// For sums and adjusted figures, whose distribution is not tabulated: ceil(1.96 * sqrt(variance)) + 1; the 1 covers rounding to whole numbers.
unsigned wide_half_width(Fraction variance);
// The same for `cells` figures at once.
unsigned wide_half_width_of_all(Fraction variance, std::uint64_t cells);

}  // namespace gatehouse::statistics
