#pragma once
// The parts of `gatehouse bench`, one function each: they add themselves to the subcommand. Timings are medians of short batches on the calling
// thread; every part prints one JSON line with `--json`, else words.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "gateway/cli/cli.hpp"

namespace gatehouse::cli::bench {

void add_prepare(CLI::App& bench, Context& context);   // fill an installation, and a folder of material for both sides
void add_serve(CLI::App& bench, Context& context);     // load over mutual TLS, and the check of the answers
void add_decide(CLI::App& bench, Context& context);
void add_redact(CLI::App& bench, Context& context);
void add_seal(CLI::App& bench, Context& context);
void add_audit(CLI::App& bench, Context& context);
void add_statistics(CLI::App& bench, Context& context);

// Median nanoseconds of one call, over batches of at least `batch` length within `seconds`. The first batch warms up and is left out.
template <class F>
double nanoseconds_each(F&& call, double seconds, std::chrono::nanoseconds batch = std::chrono::milliseconds(20)) {
  using Clock = std::chrono::steady_clock;
  std::size_t calls = 1;
  std::vector<double> medians;
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  bool warm = false;
  do {
    const auto start = Clock::now();
    for (std::size_t i = 0; i < calls; ++i) call();
    const auto took = Clock::now() - start;
    if (took < batch) {
      calls = std::max(calls + 1, took.count() <= 0 ? calls * 100 : static_cast<std::size_t>(static_cast<double>(calls) * 1.2 * static_cast<double>(batch.count()) / static_cast<double>(took.count())));
      continue;
    }
    if (warm || Clock::now() >= end) medians.push_back(static_cast<double>(std::chrono::nanoseconds(took).count()) / static_cast<double>(calls));
    warm = true;
  } while (medians.empty() || Clock::now() < end);
  std::ranges::nth_element(medians, medians.begin() + static_cast<std::ptrdiff_t>(medians.size() / 2));
  return medians[medians.size() / 2];
}

}  // namespace gatehouse::cli::bench
