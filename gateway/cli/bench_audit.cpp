#include "gateway/cli/bench_audit.hpp"

#include <CLI/CLI.hpp>
#include <bit>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/keys.hpp"
#include "crypto/log/tree.hpp"
#include "gateway/cli/bench_parts.hpp"
#include "gateway/settings.hpp"

namespace gatehouse::cli::bench {
namespace {

using Json = nlohmann::ordered_json;
namespace log = crypto::log;

// A tree of 10^8 leaves that are all alike: every complete subtree of one height has one hash, so the whole tree is known without storing it.
struct LikeTree {
  std::vector<crypto::Digest> at_level;
  explicit LikeTree(const crypto::Digest& leaf) : at_level{leaf} {
    for (int level = 1; level < 40; ++level) at_level.push_back(log::node_hash(at_level.back(), at_level.back()));
  }
  crypto::Digest root(std::uint64_t size) const {                       // RFC 6962 section 2.1
    if ((size & (size - 1)) == 0) return at_level[static_cast<std::size_t>(std::bit_width(size) - 1)];
    const std::uint64_t left = std::bit_floor(size);
    return log::node_hash(root(left), root(size - left));
  }
};

int verify(double seconds, bool json) {
  constexpr std::size_t kEntries = 20000, kBytes = 900;                  // about what an entry of a release has
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < kEntries; ++i) {
    entries.push_back(std::string(kBytes, 'x'));
    entries.back().replace(0, 8, std::to_string(10'000'000 + i));
  }
  crypto::Digest root{};
  const double pass_ns = nanoseconds_each([&] {
    log::Frontier frontier;
    for (const auto& entry : entries) frontier.append(log::leaf_hash(entry));
    root = frontier.root();
  }, seconds);

  constexpr std::uint64_t kSize = 100'000'000, kIndex = 61'803'398;
  const auto leaf = log::leaf_hash(entries.front());
  const LikeTree tree(leaf);
  const auto hash = [&](int level, std::uint64_t) -> std::expected<crypto::Digest, crypto::Error> { return tree.at_level[static_cast<std::size_t>(level)]; };
  const auto whole = tree.root(kSize);
  const auto proof = log::inclusion_proof(kIndex, kSize, hash);
  if (!proof || !log::check_inclusion(kIndex, kSize, leaf, *proof, whole)) return fail("bench audit: the proof of a sound tree does not check", 1);
  auto bent = *proof;
  bent.back()[0] ^= 1;
  if (log::check_inclusion(kIndex, kSize, leaf, bent, whole)) return fail("bench audit: a changed proof checks", 1);
  std::size_t made = 0;
  const double make_ns = nanoseconds_each([&] { made += log::inclusion_proof(kIndex, kSize, hash)->size(); }, seconds / 4);
  const double check_ns = nanoseconds_each([&] { made += log::check_inclusion(kIndex, kSize, leaf, *proof, whole) ? 1 : 0; }, seconds / 4);
  const Json line = {{"entries_per_second", std::round(static_cast<double>(kEntries) * 1e9 / pass_ns)}, {"entry_bytes", kBytes}, {"check_us", check_ns / 1e3},
                     {"make_us", make_ns / 1e3}, {"hashes", proof->size()}, {"proof_bytes", proof->size() * 45}, {"done", made > 0}};
  if (json) std::cout << line.dump() << '\n';
  else for (const auto& [name, value] : line.items()) std::cout << name << ": " << value.dump() << '\n';
  return 0;
}

struct Options {
  std::string config, what = "append";
  unsigned writers = 64;
  double seconds = 2;
  bool json = false;
};

int run(const Options& options, bool json) {
  if (options.what == "verify") return verify(options.seconds, json);
  const std::string config = gateway::settings_file(options.config);
  const auto result = options.what == "append" ? append_rate(config, options.writers, options.seconds)
                                               : commit_rate(config, options.writers, options.seconds, options.what == "release");
  if (!result) return fail(result.error(), 1);
  const Json line = {{"what", options.what}, {"writers", options.writers}, {"per_second", std::round(result->per_second * 10) / 10}, {"entry_bytes", std::round(result->entry_bytes)}};
  if (json) std::cout << line.dump() << '\n';
  else for (const auto& [name, value] : line.items()) std::cout << name << ": " << value.dump() << '\n';
  return 0;
}

}  // namespace

void add_audit(CLI::App& bench, Context& context) {
  auto* command = bench.add_subcommand("audit", "log entries made durable per second, whole commits per second, and how fast a log is verified");
  auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "settings of an installation filled by `bench prepare`; its log grows")->type_name("FILE");
  command->add_option("--what", options->what, "append: log entries alone; decision, release: whole commits; verify: hashes and proofs, no disk")
      ->capture_default_str()->check(CLI::IsMember({"append", "decision", "release", "verify"}));
  command->add_option("--writers", options->writers, "at once")->capture_default_str()->check(CLI::Range(1, 1024));
  command->add_option("--seconds", options->seconds)->capture_default_str()->check(CLI::Range(0.05, 60.0));
  command->add_flag("--json", options->json, "one line of JSON");
  command->callback([options, &context] { context.exit_code = run(*options, options->json || context.json); });
}

}  // namespace gatehouse::cli::bench
