#include "gateway/cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <string_view>

#include "crypto/secret_bytes.hpp"
#include "gateway/version.hpp"

namespace gatehouse::cli {

int fail(const std::string& line, int code) {
  std::cerr << "gatehouse: " << line << '\n';
  return code;
}

namespace {

void add_others(CLI::App& app, Context& context) {
  add_policy(app, context);
  add_redact(app, context);
  add_convert(app, context);
  add_log(app, context);
  add_audit(app, context);
  add_witness(app, context);
  add_records(app, context);
  add_init(app, context);
  add_user(app, context);
  add_keys(app, context);
  add_restored(app, context);
  add_serve(app, context);
  add_stats(app, context);
  add_bench(app, context);
}

}  // namespace

int run(int argc, char** argv) {
  if (!crypto::start()) return fail("libsodium could not start: nothing runs without its random source", 1);
  Context context;
  CLI::App app{"Gatehouse: what may leave an organisation that holds children's records, in what form, and a log of why"};
  app.name("gatehouse");
  app.require_subcommand(1);
  auto* version = app.add_subcommand("version", "print the version and what it was built with");
  version->callback([] { std::cout << gateway::version_text() << '\n'; });
  add_seal(app, context);
  // Sealing takes little memory, and the commands it is not are a third of that.
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (first != "seal" && first != "open") add_others(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help
    return fail(std::string(error.what()) + "; see gatehouse --help");
  } catch (const std::exception& error) {
    return fail(error.what(), 1);
  }
  return context.exit_code;
}

}  // namespace gatehouse::cli
