#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/age.hpp"
#include "crypto/http_signature.hpp"
#include "crypto/keys.hpp"
#include "crypto/manifest.hpp"
#include "gateway/cli/bench_parts.hpp"

namespace gatehouse::cli::bench {
namespace {

using Json = nlohmann::ordered_json;

// One package as a release makes it: sealed, described, signed.
std::size_t package(const crypto::age::Recipient& recipient, const crypto::SigningKey& signer, std::string_view plain) {
  const auto file = crypto::age::seal({recipient}, plain);
  if (!file) std::abort();   // a recipient we made ourselves
  crypto::Manifest manifest;
  manifest.created = 1'795'000'000;
  manifest.expires = manifest.created + 14 * 86400;
  manifest.legal_basis = "art6_1_a";
  manifest.log = "gatehouse.example.org/log";
  manifest.partner = "sampleton-early-help";
  manifest.purpose = "early_help";
  manifest.recipient = "sampleton-early-help/age/1";
  manifest.release_id = "rl_0123456789abcdef";
  manifest.length = file->size();
  manifest.sha256 = crypto::hex(crypto::sha256(*file));
  const std::string text = crypto::to_canonical_json(manifest);
  return file->size() + text.size() + crypto::sshsig_sign(signer, crypto::kManifestNamespace, text).size();
}

// Seconds for one `age -r RECIPIENT` over a pipe, the median of `times`; nothing when it cannot be started.
std::optional<double> spawn_age(const std::string& program, const std::string& recipient, const std::string& plain, int times) {
  std::vector<double> seconds;
  for (int i = 0; i < times; ++i) {
    int in[2];
    if (pipe(in) != 0) return std::nullopt;
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child < 0) return std::nullopt;
    if (child == 0) {
      dup2(in[0], 0);
      close(in[0]);
      close(in[1]);
      const int null = open("/dev/null", O_WRONLY);
      dup2(null, 1);
      execlp(program.c_str(), program.c_str(), "-r", recipient.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    close(in[0]);
    const bool fed = write(in[1], plain.data(), plain.size()) == static_cast<ssize_t>(plain.size());
    close(in[1]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!fed || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

int run(std::size_t bytes, double seconds, const std::string& rival, bool json) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto identity = crypto::age::Identity::generate();
  const auto recipient = identity.recipient();
  const auto signer = crypto::SigningKey::generate();
  const std::string plain(bytes, 'x');
  std::size_t made = 0;
  const double package_ns = nanoseconds_each([&] { made += package(recipient, signer, plain); }, seconds);
  const double seal_ns = nanoseconds_each([&] { made += crypto::age::seal({recipient}, plain)->size(); }, seconds / 2);
  const std::string message(160, 'm');
  const double sign_ns = nanoseconds_each([&] { made += signer.sign(message).size(); }, seconds / 4);
  const std::string signature = signer.sign(message), public_key = signer.public_key();

  // A whole request verified, against the Ed25519 check that is in it.
  const std::string body(1024, 'b');
  crypto::HeaderList headers = {{"content-type", "application/json"}, {"idempotency-key", "bench-1"}};
  crypto::SignedRequest question;
  question.method = "POST";
  question.authority = "gatehouse.example.org";
  question.path = "/v1/requests";
  question.query = "?";
  question.headers = &headers;
  question.body = body;
  question.has_body = true;
  crypto::SignatureRules rules;
  rules.now = 1'795'000'000;
  const auto signed_headers = crypto::sign_request(signer, "k", question, rules.now, rules.now + 200, crypto::base64(crypto::random_bytes(16)));
  headers.emplace_back("content-digest", signed_headers.content_digest);
  headers.emplace_back("signature-input", signed_headers.signature_input);
  headers.emplace_back("signature", signed_headers.signature);
  const auto lookup = [&](std::string_view) -> std::optional<std::string> { return public_key; };
  if (const auto right = crypto::verify_request(question, rules, lookup); !right) return fail("bench seal: our own request does not verify: " + right.error().text(), 1);
  // In turns, so that both meet the same moments of a shared machine; what the request adds is the median of the differences.
  std::vector<double> requests, bare, added;
  for (int turn = 0; turn < 9; ++turn) {
    bare.push_back(nanoseconds_each([&] { made += crypto::verify_ed25519(public_key, message, signature) ? 1 : 0; }, seconds / 32));
    requests.push_back(nanoseconds_each([&] { made += crypto::verify_request(question, rules, lookup) ? 1 : 0; }, seconds / 32));
    added.push_back(requests.back() - bare.back());
  }
  const auto middle = [](std::vector<double>& list) {
    std::ranges::sort(list);
    return list[list.size() / 2];
  };
  const double request_ns = middle(requests), verify_ns = middle(bare), added_ns = middle(added);
  const double answer_ns = nanoseconds_each([&] { made += crypto::sign_response(signer, "g", 200, body, question, "sig1", rules.now).signature.size(); }, seconds / 4);
  if (made == 0) return fail("bench seal: nothing was made", 1);

  Json line = {{"bytes", bytes}, {"packages_per_second", std::round(1e9 / package_ns)}, {"package_us", package_ns / 1e3}, {"seal_us", seal_ns / 1e3},
               {"ed25519_sign_us", sign_ns / 1e3}, {"ed25519_verify_us", verify_ns / 1e3}, {"request_verify_us", request_ns / 1e3},
               {"request_overhead_us", added_ns / 1e3}, {"answer_sign_us", answer_ns / 1e3}};
  if (!rival.empty()) {
    const auto spawned = spawn_age(rival, recipient.text(), plain, 25);
    if (!spawned) return fail(rival + ": cannot be run; install `age` or leave --rival out", 1);
    line["age_per_second"] = std::round(1.0 / *spawned);
  }
  if (json) std::cout << line.dump() << '\n';
  else for (const auto& [name, value] : line.items()) std::cout << name << ": " << value.dump() << '\n';
  return 0;
}

}  // namespace

void add_seal(CLI::App& bench, Context& context) {
  auto* command = bench.add_subcommand("seal", "packages sealed and signed per second on one core, and what a signed request costs");
  auto bytes = std::make_shared<std::size_t>(1024);
  auto seconds = std::make_shared<double>(1);
  auto rival = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("--bytes", *bytes, "of plaintext")->capture_default_str()->check(CLI::Range(1, 16 << 20));
  command->add_option("--seconds", *seconds, "of the longest part")->capture_default_str()->check(CLI::Range(0.05, 60.0));
  command->add_option("--rival", *rival, "the age program, started once for each package, e.g. age");
  command->add_flag("--json", *json, "one line of JSON");
  command->callback([=, &context] { context.exit_code = run(*bytes, *seconds, *rival, *json || context.json); });
}

}  // namespace gatehouse::cli::bench
