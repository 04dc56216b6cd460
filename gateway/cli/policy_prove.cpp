#include "gateway/cli/policy_prove.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "gateway/cli/cli.hpp"
#include "gateway/pack_files.hpp"
#include "policy/prove/proof.hpp"

namespace gatehouse::cli {
namespace {

using json = nlohmann::ordered_json;

struct Options {
  std::vector<std::string> packs;
  std::string config_dir;
};

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

int finished(int code) {
  std::cout.flush();
  return std::cout ? code : fail("standard output cannot be written", 1);
}

json claim_json(const policy::ProvedClaim& claim) {
  json out = {{"id", claim.id}, {"number", claim.number}, {"says", claim.says}, {"clauses", claim.clauses}, {"holds", claim.holds()}, {"broken_in", claim.broken}, {"examples", json::array()}};
  for (const policy::Counterexample& one : claim.examples) {
    json example = {{"plain", one.plain}};
    if (!one.question.empty()) example["case"] = json::parse(one.question);
    if (!one.note.empty()) example["note"] = one.note;
    out["examples"].push_back(std::move(example));
  }
  return out;
}

void print(const policy::Proof& proof, const std::string& path, double milliseconds) {
  std::size_t held = 0;
  for (const policy::ProvedClaim& claim : proof.claims) {
    if (claim.holds()) {
      ++held;
      continue;
    }
    std::cout << path << ": does not hold: " << claim.says << " [" << claim.id;
    for (const std::string& clause : claim.clauses) std::cout << ' ' << clause;
    std::cout << "]\n";
    if (claim.broken != "0") std::cout << "  " << (claim.id == "no-dead-rule" ? "rules: " : "states that break it: ") << grouped(claim.broken) << '\n';
    for (const policy::Counterexample& one : claim.examples) {
      std::cout << "  " << one.plain << '\n';
      if (!one.note.empty()) std::cout << "    note: " << one.note << '\n';
      if (!one.question.empty()) std::cout << "    case: " << one.question << '\n';
    }
  }
  for (const std::string& one : proof.overrides) std::cout << path << ": " << one << '\n';
  std::cout << path << ": " << held << " of " << proof.claims.size() << " claims hold over " << grouped(proof.states) << " states (" << static_cast<long>(milliseconds) << " ms, "
            << proof.compared << " states compared with the engine)\n";
}

int prove(const Options& options, bool as_json) {
  int code = 0;
  for (const std::string& path : options.packs) {
    const auto files = gateway::read_pack_files(path, options.config_dir);
    if (!files) return fail(files.error());
    const auto pack = policy::Pack::read(files->pack, files->reference());
    if (!pack) return fail(path + " " + pack.error().text());
    const auto began = std::chrono::steady_clock::now();
    const policy::Proof proof = policy::prove(*pack);
    const double milliseconds = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
    if (!proof.holds()) code = 1;
    if (!as_json) {
      print(proof, path, milliseconds);
      continue;
    }
    json out = {{"pack", proof.pack.id}, {"version", proof.pack.version}, {"sha256", proof.pack.sha256}, {"reference_sha256", files->reference_sha256()}, {"holds", proof.holds()}, {"states", proof.states},
                {"milliseconds", std::round(milliseconds * 10) / 10}, {"compared", proof.compared}, {"overrides", proof.overrides}, {"claims", json::array()}};
    for (const policy::ProvedClaim& claim : proof.claims) out["claims"].push_back(claim_json(claim));
    std::cout << dump(out) << '\n';
  }
  return finished(code);
}

}  // namespace

std::string proof_trouble(const policy::Pack& pack) {
  const policy::Proof proof = policy::prove(pack);
  for (const policy::ProvedClaim& claim : proof.claims)
    if (!claim.holds()) return "is not proved: " + claim.says + (claim.examples.empty() ? "" : " Not here: " + claim.examples[0].plain) + " Run gatehouse policy prove on it";
  return {};
}

void add_policy_prove(CLI::App& policy, Context& context) {
  auto options = std::make_shared<Options>();
  auto* command = policy.add_subcommand("prove", "prove over every state of the facts what must hold whatever the rules say; exit status 1 with fictional cases where it does not");
  command->add_option("packs", options->packs, "packs to prove, config/packs/NAME.json")->required();
  command->add_option("--config-dir", options->config_dir, "folder of the reference data (default: the folder above the pack's)");
  command->add_flag("--json", context.json, "one JSON object per pack");
  command->callback([options, &context] { context.exit_code = prove(*options, context.json); });
}

}  // namespace gatehouse::cli
