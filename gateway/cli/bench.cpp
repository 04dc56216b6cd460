#include <CLI/CLI.hpp>

#include "gateway/cli/bench_parts.hpp"
#include "gateway/cli/cli.hpp"

namespace gatehouse::cli {

void add_bench(CLI::App& app, Context& context) {
  auto* bench = app.add_subcommand("bench", "measure one part of Gatehouse on this machine; scripts/bench runs them against their rivals");
  bench->require_subcommand(1);
  bench::add_decide(*bench, context);
  bench::add_redact(*bench, context);
  bench::add_seal(*bench, context);
  bench::add_audit(*bench, context);
  bench::add_statistics(*bench, context);
  bench::add_prepare(*bench, context);
  bench::add_serve(*bench, context);
}

}  // namespace gatehouse::cli
