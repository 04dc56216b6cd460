#include "gateway/cli/bench_audit.hpp"

#include <CLI/CLI.hpp>
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

  const Json line = {{"entries_per_second", std::round(static_cast<double>(kEntries) * 1e9 / pass_ns)}, {"entry_bytes", kBytes}, {"done", root != crypto::Digest{}}};
  if (json) std::cout << line.dump() << '\n';
  else for (const auto& [name, value] : line.items()) std::cout << name << ": " << value.dump() << '\n';
  return 0;
}

int proof(const std::string& folder, double seconds, bool json) {
  const auto costs = proof_costs(folder, seconds);
  if (!costs) return fail("bench audit: " + costs.error(), 1);
  const Json line = {{"make_cold_us", costs->cold_us}, {"make_cold_p99_us", costs->cold_p99_us}, {"make_warm_us", costs->warm_us}, {"make_warm_p99_us", costs->warm_p99_us},
                     {"check_us", costs->check_us}, {"check_cosigned_us", costs->check_cosigned_us}, {"proof_bytes", costs->bytes}};
  if (json) std::cout << line.dump() << '\n';
  else for (const auto& [name, value] : line.items()) std::cout << name << ": " << value.dump() << '\n';
  return 0;
}

struct Options {
  std::string folder;
  std::string config, what = "append";
  unsigned writers = 64;
  double seconds = 2;
  bool json = false;
};

int run(const Options& options, bool json) {
  if (options.what == "verify") return verify(options.seconds, json);
  if (options.what == "proof") return proof(options.folder, options.seconds, json);
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
  command->add_option("--what", options->what, "append: log entries alone; decision, release: whole commits; verify: entries hashed, no disk; proof: proofs at 10^8 entries")
      ->capture_default_str()->check(CLI::IsMember({"append", "decision", "release", "verify", "proof"}));
  command->add_option("--folder", options->folder, "where tiles are written for `--what proof`, on the disk to be measured (default: the temporary folder)");
  command->add_option("--writers", options->writers, "at once")->capture_default_str()->check(CLI::Range(1, 1024));
  command->add_option("--seconds", options->seconds)->capture_default_str()->check(CLI::Range(0.05, 60.0));
  command->add_flag("--json", options->json, "one line of JSON");
  command->callback([options, &context] { context.exit_code = run(*options, options->json || context.json); });
}

}  // namespace gatehouse::cli::bench
