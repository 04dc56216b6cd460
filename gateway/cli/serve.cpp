#include <signal.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "gateway/app.hpp"
#include "gateway/cli/cli.hpp"

namespace gatehouse::cli {

void add_serve(CLI::App& app, Context& context) {
  struct Options {
    std::string config;
    bool quiet = false;
  };
  auto options = std::make_shared<Options>();
  auto* serve = app.add_subcommand("serve", "answer partners; ends on TERM or INT, reads settings, pack and certificate again on HUP");
  serve->add_option("--config", options->config, "gatehouse.json of the installation; or $GATEHOUSE_CONFIG");
  serve->add_flag("--quiet", options->quiet, "log warnings and errors only");
  serve->callback([options, &context] {
    auto settings = gateway::load_settings(gateway::settings_file(options->config));
    if (!settings) {
      context.exit_code = fail(settings.error().text());
      return;
    }
    ::signal(SIGPIPE, SIG_IGN);
    auto log = gateway::standard_error_log(options->quiet ? gateway::Level::warning : gateway::Level::info);
    auto server = gateway::App::open(std::move(*settings), std::move(log));
    if (!server) {
      context.exit_code = fail(server.error(), 1);
      return;
    }
    context.exit_code = (*server)->run([&server] {
      std::cout << "{\"serving\":true,\"partner_port\":" << (*server)->partner_port() << ",\"console_port\":" << (*server)->console_port() << "}"
                << std::endl;
    });
  });
}

}  // namespace gatehouse::cli
