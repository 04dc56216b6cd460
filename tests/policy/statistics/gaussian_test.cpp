// The noise has the law it should have, and a test that could not tell a wrong law would be no test: each check is also made with a wrong sampler.
#include "policy/statistics/gaussian.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <random>

#include "tests/policy/statistics/chi_square.hpp"

namespace gatehouse::statistics {
namespace {

// xoshiro-like quality is not needed here: the law is, and the engine's bits are uniform.
class EngineBytes final : public ByteSource {
 public:
  explicit EngineBytes(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      const std::uint64_t word = engine_();
      for (std::size_t k = 0; k < 8; ++k) bytes[i + k] = static_cast<std::uint8_t>(word >> (8 * k));
    }
  }

 private:
  std::mt19937_64 engine_;
};

bool long_run() {
  const char* given = std::getenv("GATEHOUSE_LONG");
  return given != nullptr && std::string_view(given) == "yes";
}

std::map<std::int64_t, std::uint64_t> draws(Fraction variance, std::size_t n, std::uint64_t seed) {
  EngineBytes bytes(seed);
  Bits bits(bytes);
  std::map<std::int64_t, std::uint64_t> out;
  for (std::size_t i = 0; i < n; ++i) ++out[*discrete_gaussian(variance, bits)];
  return out;
}

// What many would write: a normal of floating point, rounded.
std::map<std::int64_t, std::uint64_t> rounded_normals(Fraction variance, std::size_t n, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal(0, std::sqrt(static_cast<double>(variance.n) / static_cast<double>(variance.d)));
  std::map<std::int64_t, std::uint64_t> out;
  for (std::size_t i = 0; i < n; ++i) ++out[std::llround(normal(engine))];
  return out;
}

// A1. Tested at sigma 1: at 5 even rounded normals would pass.
TEST(DiscreteGaussian, FollowsItsExactLawAtSigmaOneAndARoundedNormalDoesNot) {
  const Fraction one{1, 1};
  const std::size_t n = long_run() ? 1'000'000 : 40'000;
  for (const std::uint64_t seed : {11u, 12u, 13u}) {
    EXPECT_GE(tests::law_p_value(draws(one, n, seed), one), 1e-6) << "seed " << seed;
    EXPECT_LT(tests::law_p_value(rounded_normals(one, n, seed), one), 1e-6) << "the test cannot tell a rounded normal from the exact law";
  }
}

TEST(DiscreteGaussian, FollowsItsLawAtEveryVarianceThatIsUsed) {
  for (const std::int64_t s2 : {4, 9, 16, 25, 50, 100, 225, 400}) {
    for (const Fraction variance : {Fraction{s2, 1}, Fraction{5 * s2, 4}, Fraction{5 * s2, 1}})
      EXPECT_GE(tests::law_p_value(draws(variance, 20'000, static_cast<std::uint64_t>(variance.n * 7 + variance.d)), variance), 1e-6)
          << variance.n << "/" << variance.d;
  }
}

TEST(DiscreteGaussian, TheLawOfAnotherVarianceIsToldApart) {
  EXPECT_LT(tests::law_p_value(draws({4, 1}, 40'000, 5), {9, 2}), 1e-6);
}

TEST(DiscreteGaussian, TheSameBytesGiveTheSameNumbers) {
  for (const Fraction variance : {Fraction{25, 1}, Fraction{2000, 1}, Fraction{500, 4}}) {
    EngineBytes a(3), b(3), c(4);
    Bits one(a), two(b), three(c);
    bool differs = false;
    for (int i = 0; i < 200; ++i) {
      const auto first = discrete_gaussian(variance, one), second = discrete_gaussian(variance, two), other = discrete_gaussian(variance, three);
      EXPECT_EQ(first, second);
      differs = differs || first != other;
    }
    EXPECT_TRUE(differs);
  }
}

TEST(DiscreteGaussian, AVarianceOutsideItsRangeDrawsNothing) {
  EngineBytes bytes(1);
  Bits bits(bytes);
  for (const Fraction bad : {Fraction{0, 1}, Fraction{-4, 1}, Fraction{2001, 1}, Fraction{4, 2}, Fraction{4, 0}, Fraction{INT64_MAX, 1}}) {
    const auto drawn = discrete_gaussian(bad, bits);
    ASSERT_FALSE(drawn);
    EXPECT_EQ(drawn.error(), NoiseError::bad_variance);
  }
}

// All ones from the source: every comparison fails or the Laplace part grows without end; it must stop rather than wrap round.
class StuckBytes final : public ByteSource {
 public:
  explicit StuckBytes(std::uint8_t value) : value_(value) {}
  void fill(std::span<std::uint8_t> bytes) override {
    if (++filled_ > 100'000) throw std::runtime_error("no end");
    for (auto& one : bytes) one = value_;
  }

 private:
  std::uint8_t value_;
  int filled_ = 0;
};

TEST(DiscreteGaussian, ASourceThatIsStuckNeverGivesANumberOutOfRange) {
  for (const int value : {0x00, 0xff, 0xaa, 0x55}) {
    StuckBytes bytes(static_cast<std::uint8_t>(value));
    Bits bits(bytes);
    try {
      if (const auto drawn = discrete_gaussian({25, 1}, bits)) {
        EXPECT_LE(std::abs(*drawn), 1 << 20);
      }
    } catch (const std::runtime_error&) {
      // It asked for other bits without end: nothing was answered.
    }
  }
}

TEST(HalfWidths, AreThoseOfTheExactLaw) {
  struct Row {
    std::int64_t sigma2;
    unsigned q;
    double level;
  };
  for (const Row& row : {Row{4, 4, 0.9770}, Row{9, 6, 0.9705}, Row{16, 8, 0.9669}, Row{25, 10, 0.9646}, Row{50, 14, 0.9599}, Row{100, 20, 0.9597},
                         Row{225, 29, 0.9508}, Row{400, 39, 0.9518}}) {
    EXPECT_EQ(half_width({row.sigma2, 1}), row.q) << row.sigma2;
    EXPECT_NEAR(mass_within({row.sigma2, 1}, row.q), row.level, 0.00006) << row.sigma2;
  }
  EXPECT_EQ(half_width_of_all({25, 1}, 2), 11u);
  EXPECT_EQ(half_width_of_all({25, 1}, 1), 10u);
  EXPECT_EQ(wide_half_width({50, 1}), 15u);   // ceil(1.96 * 7.07) + 1
  EXPECT_EQ(wide_half_width({0, 1}), 1u);
  EXPECT_EQ(wide_half_width({625, 2401}), 2u);   // 1.96 sigma is exactly 1
  EXPECT_GE(wide_half_width_of_all({50, 1}, 2), wide_half_width({50, 1}));
}

TEST(HalfWidths, MeanErrorsAreThosePublished) {
  for (const auto& [sigma2, error] : std::map<std::int64_t, double>{{4, 1.56}, {25, 3.98}, {100, 7.97}, {400, 15.95}}) {
    double mean = 0;
    for (std::int64_t k = -300; k <= 300; ++k) mean += std::abs(static_cast<double>(k)) * probability({sigma2, 1}, k);
    EXPECT_NEAR(mean, error, 0.01);
  }
}

}  // namespace
}  // namespace gatehouse::statistics
