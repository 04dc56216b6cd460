#pragma once
// How well draws fit the exact law: Pearson's chi-square with pooled tails, and its p-value.
#include <cmath>
#include <cstdint>
#include <map>

#include "policy/statistics/gaussian.hpp"

namespace gatehouse::tests {

// P(X >= x) of the chi-square law: the regularised upper incomplete gamma function Q(k/2, x/2), by its series or its continued fraction.
inline double chi_square_tail(double x, double degrees) {
  const double a = degrees / 2, z = x / 2;
  if (z <= 0) return 1;
  const double front = std::exp(-z + a * std::log(z) - std::lgamma(a));
  if (z < a + 1) {
    double term = 1 / a, sum = term;
    for (double n = a + 1; term > sum * 1e-16; n += 1) sum += term *= z / n;
    return 1 - sum * front;
  }
  double b = z + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (int i = 1; i < 1000; ++i) {
    const double an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    const double step = d * c;
    h *= step;
    if (std::abs(step - 1) < 1e-15) break;
  }
  return h * front;
}

inline double law_p_value(const std::map<std::int64_t, std::uint64_t>& drawn, statistics::Fraction variance) {
  double n = 0;
  for (const auto& [ignored, count] : drawn) n += static_cast<double>(count);
  // Single values while at least 10 are expected, the tails beyond in one bin each.
  std::int64_t last = 0;
  while (n * statistics::probability(variance, last + 1) >= 10) ++last;
  double inside = 0, chi = 0;
  std::map<std::int64_t, std::uint64_t> bins;
  for (const auto& [value, count] : drawn) bins[value < -last ? -last - 1 : value > last ? last + 1 : value] += count;
  const auto add = [&](double seen, double expected) { chi += (seen - expected) * (seen - expected) / expected; };
  const auto seen = [&](std::int64_t value) {
    const auto found = bins.find(value);
    return found == bins.end() ? 0.0 : static_cast<double>(found->second);
  };
  for (std::int64_t k = -last; k <= last; ++k) {
    const double p = statistics::probability(variance, k);
    inside += p;
    add(seen(k), n * p);
  }
  const double tails = n * (1 - inside);
  int degrees = static_cast<int>(2 * last);
  if (tails >= 10) {
    add(seen(-last - 1) + seen(last + 1), tails);
    ++degrees;
  }
  return chi_square_tail(chi, degrees);
}

}  // namespace gatehouse::tests
