#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "gateway/cli/bench_check.hpp"
#include "gateway/cli/bench_load.hpp"
#include "gateway/cli/bench_material.hpp"
#include "gateway/cli/bench_parts.hpp"

namespace gatehouse::cli::bench {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  LoadSettings load;
  std::string material;
  std::string path;              // not empty: GET this instead of asking for subjects
  std::string answer_key;        // file with the public key that signs answers; empty: answers are not checked
  double most_per_second = 6000; // how many requests to sign for each second of the round
  bool mutual = false;           // with a client certificate also where --get is given
  unsigned handshakes = 0;       // threads; not 0: measure handshakes instead
  bool idle = false;             // measure memory of idle connections instead
  bool repeat = false;           // the same requests again when they run out: for servers that check nothing
};

double round_to(double value, double step) { return std::round(value / step) * step; }

int run(const Options& options, bool json) {
  std::signal(SIGPIPE, SIG_IGN);   // a server that goes away is a broken connection, not our end
  const auto material = read_material(options.material);
  if (!material) return fail(material.error());
  LoadSettings load = options.load;
  const bool get = !options.path.empty();
  if (!get || options.mutual) {
    load.client_certificate = options.material + "/partner.pem";
    load.client_key = options.material + "/partner.key";
  }
  if (options.handshakes > 0) {
    const auto made = handshakes(load, options.handshakes);
    if (!made) return fail(made.error(), 1);
    std::cout << Json{{"per_second", round_to(made->per_second, 0.1)}, {"server_cpu_us_each", round_to(made->server_cpu_seconds_each * 1e6, 0.1)}}.dump() << '\n';
    return 0;
  }
  if (options.idle) {
    const auto bytes = idle_bytes(load, plain_get(*material, get ? options.path : "/healthz"));
    if (!bytes) return fail(bytes.error(), 1);
    std::cout << Json{{"bytes_each", std::round(*bytes)}, {"connections", load.connections}}.dump() << '\n';
    return 0;
  }
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::vector<std::string> requests;
  if (get) {
    requests.push_back(plain_get(*material, options.path));
  } else {
    requests = signed_requests(*material, static_cast<std::size_t>(options.most_per_second * (load.warm_up_seconds + load.seconds)) + load.connections, now);
  }
  const auto result = drive(load, requests, get || options.repeat);
  if (!result) return fail(result.error(), 1);

  Checked checked;
  if (!get && !options.answer_key.empty()) {
    const auto key = read_public_key(options.answer_key);
    if (!key) return fail(key.error());
    for (const auto& answer : result->kept) check_answer(*material, *key, requests[answer.request], answer, checked);
    if (result->kept.empty()) checked.wrong.push_back("no answer to check");
    else check_refusals(*material, load, requests[result->kept.front().request], checked);
  }

  Json statuses = Json::object();
  for (const auto& [status, count] : result->statuses) statuses[std::to_string(status)] = count;
  const auto each = [&](double seconds) { return result->requests == 0 ? 0 : round_to(seconds * 1e6 / static_cast<double>(result->requests), 0.1); };
  const Json line = {{"requests", result->requests}, {"seconds", round_to(result->seconds, 0.001)}, {"per_second", round_to(result->per_second, 0.1)},
                     {"p50_us", result->p50_us}, {"p90_us", result->p90_us}, {"p99_us", result->p99_us}, {"max_us", result->max_us},
                     {"statuses", statuses}, {"broken", result->broken}, {"ran_out", result->ran_out},
                     {"own_cpu_us_each", each(result->own_cpu_seconds)}, {"server_cpu_us_each", each(result->server_cpu_seconds)},
                     {"answers_checked", checked.answers}, {"refusals_checked", checked.refusals}, {"wrong", checked.wrong}};
  if (json) {
    std::cout << line.dump() << '\n';
  } else {
    for (const auto& [name, value] : line.items()) std::cout << name << ": " << value.dump() << '\n';
  }
  const auto fine = result->statuses.find(200);
  const bool all_fine = fine != result->statuses.end() && fine->second == result->requests;
  return checked.wrong.empty() && result->broken == 0 && all_fine ? 0 : 1;
}

}  // namespace

void add_serve(CLI::App& bench, Context& context) {
  auto* command = bench.add_subcommand("serve", "load a running server over mutual TLS: signed requests, keep-alive, closed loop");
  auto options = std::make_shared<Options>();
  auto json = std::make_shared<bool>(false);
  command->add_option("--material", options->material, "folder made by `bench prepare`")->required();
  command->add_option("--address", options->load.address, "IPv4 address")->capture_default_str();
  command->add_option("--port", options->load.port)->required();
  command->add_option("--server-cert", options->load.server_certificate, "PEM of the server's certificate")->required();
  command->add_option("--get", options->path, "GET this path without a client certificate instead, e.g. /healthz");
  command->add_option("--answer-key", options->answer_key, "public key that signs the answers: check some of them, and three refusals");
  command->add_option("--connections", options->load.connections)->capture_default_str()->check(CLI::Range(1, 4096));
  command->add_option("--seconds", options->load.seconds, "measured part")->capture_default_str()->check(CLI::Range(0.1, 120.0));
  command->add_option("--warm-up", options->load.warm_up_seconds, "seconds before it")->capture_default_str()->check(CLI::Range(0.0, 60.0));
  command->add_option("--most", options->most_per_second, "requests signed beforehand for each second")->capture_default_str()->check(CLI::Range(1.0, 200000.0));
  command->add_flag("--mutual", options->mutual, "show the client certificate with --get as well");
  command->add_option("--handshakes", options->handshakes, "measure full handshakes instead, so many at a time")->check(CLI::Range(1, 64));
  command->add_flag("--idle", options->idle, "measure the servers' memory for one idle connection instead (--connections of them)");
  command->add_flag("--repeat", options->repeat, "start again at the first request when they run out: for a server that checks nothing");
  command->add_option("--server-pid", options->load.server_pids, "whose CPU time to report; may be repeated");
  command->add_flag("--json", *json, "one line of JSON");
  command->callback([options, json, &context] { context.exit_code = run(*options, *json || context.json); });
}

}  // namespace gatehouse::cli::bench
