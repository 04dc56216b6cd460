#include "policy/statistics/gaussian.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace gatehouse::statistics {

namespace {

using Wide = unsigned __int128;

constexpr std::int64_t kLargest = std::int64_t{1} << 20;   // farther out than e^-20000 of all draws at the widest variance

// Uniform below m: whole words of ceil(log2 m) bits, those that are too large thrown away. REQUIRES: 1 <= m <= 2^56.
std::uint64_t below(std::uint64_t m, Bits& bits) {
  const unsigned width = static_cast<unsigned>(std::bit_width(m - 1));
  for (;;) {
    const std::uint64_t drawn = bits.take(width);
    if (drawn < m) return drawn;
  }
}

// True with probability e^(-n/d). REQUIRES: 0 <= n <= d. Von Neumann's series: K is odd with just that probability.
bool bernoulli_exp_short(std::uint64_t n, std::uint64_t d, Bits& bits) {
  std::uint64_t k = 1;
  while (below(d * k, bits) < n) ++k;
  return k % 2 == 1;
}

bool bernoulli_exp(std::uint64_t n, std::uint64_t d, Bits& bits) {
  for (; n > d; n -= d)
    if (!bernoulli_exp_short(1, 1, bits)) return false;
  return bernoulli_exp_short(n, d, bits);
}

// Discrete Laplace with scale t.
std::int64_t discrete_laplace(std::uint64_t t, Bits& bits) {
  for (;;) {
    const std::uint64_t u = below(t, bits);
    if (!bernoulli_exp_short(u, t, bits)) continue;
    std::uint64_t v = 0;
    while (bernoulli_exp_short(1, 1, bits)) ++v;
    const auto y = static_cast<std::int64_t>(u + t * v);
    const bool negative = bits.take(1) == 1;
    if (negative && y == 0) continue;   // zero would count twice
    return negative ? -y : y;
  }
}

// The whole part of the square root of a/b.
std::uint64_t root(std::int64_t a, std::int64_t b) {
  std::uint64_t r = 0;
  while ((r + 1) * (r + 1) * static_cast<std::uint64_t>(b) <= static_cast<std::uint64_t>(a)) ++r;
  return r;
}

bool multiply(Wide a, Wide b, Wide& out) { return !__builtin_mul_overflow(a, b, &out); }

}  // namespace

void Bits::refill() {
  if (at_ == block_.size()) {
    source_->fill(block_);
    at_ = 0;
  }
  // Whole bytes while there is room for one.
  while (at_ < block_.size() && have_ <= 56) {
    word_ |= static_cast<std::uint64_t>(block_[at_++]) << have_;
    have_ += 8;
  }
}

std::expected<std::int64_t, NoiseError> discrete_gaussian(Fraction variance, Bits& bits) {
  const std::int64_t a = variance.n, b = variance.d;
  if (a < 1 || a > 2000 || (b != 1 && b != 4)) return std::unexpected(NoiseError::bad_variance);
  const std::uint64_t t = root(a, b) + 1;
  Wide twice_a_b = 0, denominator = 0;
  if (!multiply(2 * static_cast<Wide>(a), static_cast<Wide>(b), twice_a_b) || !multiply(twice_a_b, static_cast<Wide>(t * t), denominator))
    return std::unexpected(NoiseError::out_of_range);
  for (;;) {
    const std::int64_t y = discrete_laplace(t, bits);
    const std::int64_t size = y < 0 ? -y : y;
    if (size > kLargest) return std::unexpected(NoiseError::out_of_range);
    // gamma = (|y| t b - a)^2 / (2 a b t^2), as a fraction.
    const std::int64_t middle = size * static_cast<std::int64_t>(t) * b - a;
    const auto distance = static_cast<Wide>(middle < 0 ? -middle : middle);
    Wide numerator = 0;
    if (!multiply(distance, distance, numerator) || numerator > UINT64_MAX || denominator > (Wide{1} << 32))
      return std::unexpected(NoiseError::out_of_range);
    if (bernoulli_exp(static_cast<std::uint64_t>(numerator), static_cast<std::uint64_t>(denominator), bits)) return y;
  }
}

// ---------------------------------------------------------------- ranges: no draw depends on what follows

namespace {

// Weights exp(-k^2 / 2 sigma^2) from 0 to where they no longer count, and their whole sum.
double weight(Fraction variance, std::int64_t k) {
  return std::exp(-static_cast<double>(k) * static_cast<double>(k) * static_cast<double>(variance.d) / (2 * static_cast<double>(variance.n)));
}

double whole(Fraction variance) {
  double sum = 0;
  for (std::int64_t k = 1;; ++k) {
    const double one = weight(variance, k);
    if (one < 1e-18) return 1 + 2 * sum;
    sum += one;
  }
}

unsigned smallest(Fraction variance, double level_missed) {
  const double all = whole(variance);
  double outside = all - 1;   // everything but 0
  unsigned q = 0;
  while (outside > level_missed * all && q < (1u << 20)) outside -= 2 * weight(variance, ++q);
  return q;
}

// z with P(|N| > z) = missed, by halving: about 1e-12 close.
double normal_quantile(double missed) {
  double low = 0, high = 12;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) > missed ? low : high) = middle;
  }
  return high;
}

}  // namespace

double probability(Fraction variance, std::int64_t k) { return weight(variance, k) / whole(variance); }

double mass_within(Fraction variance, unsigned q) {
  double sum = 1;
  for (unsigned k = 1; k <= q; ++k) sum += 2 * weight(variance, k);
  return sum / whole(variance);
}

unsigned half_width(Fraction variance) { return smallest(variance, 0.05); }

unsigned half_width_of_all(Fraction variance, std::uint64_t cells) {
  return smallest(variance, 0.05 / static_cast<double>(cells == 0 ? 1 : cells));
}

unsigned wide_half_width(Fraction variance) {
  // The smallest k with k^2 >= 1.96^2 n/d, in whole numbers: 2401/625 = 1.96^2.
  const Wide wanted = static_cast<Wide>(variance.n) * 2401, each = static_cast<Wide>(variance.d) * 625;
  std::uint64_t k = 0;
  while (static_cast<Wide>(k) * k * each < wanted) ++k;
  return static_cast<unsigned>(k) + 1;
}

unsigned wide_half_width_of_all(Fraction variance, std::uint64_t cells) {
  if (cells <= 1) return wide_half_width(variance);
  const double z = normal_quantile(0.05 / static_cast<double>(cells));
  return static_cast<unsigned>(std::ceil(z * std::sqrt(static_cast<double>(variance.n) / static_cast<double>(variance.d)))) + 1;
}

}  // namespace gatehouse::statistics
