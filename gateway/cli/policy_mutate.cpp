// `gatehouse policy mutate`: would the cases or the proof notice each small change to a pack? And, with --write, the cases that notice what nothing did.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "gateway/cli/cli.hpp"
#include "gateway/cli/policy_prove.hpp"
#include "gateway/pack_files.hpp"
#include "policy/prove/mutation.hpp"

namespace gatehouse::cli {
namespace {

using json = nlohmann::ordered_json;

struct Options {
  std::string pack, config_dir, write;
  std::vector<std::string> cases, dated;
  std::size_t every = 1, first = 0;
};

// The lines of case files that are not blank, or one line on standard error.
bool read_lines(const std::vector<std::string>& files, std::vector<std::string>& into) {
  for (const std::string& path : files) {
    std::ifstream in(path, std::ios::binary);
    std::error_code error;
    if (!in || std::filesystem::is_directory(path, error)) {
      fail(path + ": cannot be opened; check the name and the rights");
      return false;
    }
    for (std::string line; std::getline(in, line);)
      if (line.find_first_not_of(" \t\r") != std::string::npos) into.push_back(line);
  }
  return true;
}

bool append(const std::filesystem::path& file, const std::vector<std::string>& lines) {
  if (lines.empty()) return true;
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  std::ofstream out(file, std::ios::binary | std::ios::app);
  for (const std::string& line : lines) out << line << '\n';
  out.flush();
  return static_cast<bool>(out);
}

int mutate(const Options& options, bool as_json) {
  const auto files = gateway::read_pack_files(options.pack, options.config_dir);
  if (!files) return fail(files.error());
  policy::MutationCases cases;
  if (!read_lines(options.cases, cases.lines) || !read_lines(options.dated, cases.dated)) return 2;
  policy::MutationOptions how;
  how.every = options.every;
  how.first = options.first;
  how.pin = !options.write.empty();
  const bool watched = isatty(2);
  how.progress = [&](std::size_t done, std::size_t all) {
    if (watched) std::fprintf(stderr, "\r%zu of %zu%s", done, all, done == all ? "\n" : "");
    else if (done % 100 == 0) std::fprintf(stderr, "%s: %zu of %zu\n", options.pack.c_str(), done, all);
  };
  const auto began = std::chrono::steady_clock::now();
  const auto score = policy::judge_mutants(files->pack, files->reference(), cases, how);
  if (!score) return fail(options.pack + " " + score.error().text());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began).count();
  if (how.pin) {
    const std::filesystem::path file = options.write, dated = file.parent_path() / "dated" / file.filename();
    if (!append(file, score->pinned.lines)) return fail(file.string() + ": cannot be written; check the rights and the space");
    if (!append(dated, score->pinned.dated)) return fail(dated.string() + ": cannot be written; check the rights and the space");
  }
  const std::size_t survived = score->count(policy::Fate::survived);
  char ratio[16];
  std::snprintf(ratio, sizeof ratio, "%.4f", score->counted() ? static_cast<double>(score->caught()) / static_cast<double>(score->counted()) : 1.0);
  if (as_json) {
    for (const policy::Judged& one : score->judged) {
      json row = {{"mutant", one.mutant.name}, {"fate", policy::text(one.fate)}};
      if (!one.by.empty()) row["by"] = one.by;
      if (!one.question.empty() && one.fate == policy::Fate::survived) {
        row["case"] = json::parse(one.question);
        if (one.dated) row["laws_from"] = policy::kLawsFrom;
      }
      std::cout << row.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    }
    json sums = {{"pack", options.pack}, {"mutants", score->judged.size()}};
    for (const policy::Fate fate : {policy::Fate::not_loaded, policy::Fate::by_case, policy::Fate::by_proof, policy::Fate::equivalent, policy::Fate::survived})
      sums[std::string(policy::text(fate))] = score->count(fate);
    sums["score"] = json::parse(ratio);
    sums["pinned"] = score->pinned.lines.size() + score->pinned.dated.size();
    sums["seconds"] = seconds;
    std::cout << sums.dump() << '\n';
  } else {
    for (const policy::Judged& one : score->judged) {
      if (one.fate != policy::Fate::survived) continue;
      std::cout << options.pack << ": nobody notices: " << one.mutant.name << "\n  " << (one.by.empty() ? "the engine alone answers otherwise" : one.by) << '\n';
      if (!one.question.empty()) std::cout << "  case: " << one.question << (one.dated ? "  (with its laws in force from " + std::string(policy::kLawsFrom) + ")" : "") << '\n';
    }
    std::cout << options.pack << ": score " << ratio << ": of " << score->judged.size() << " mutants " << score->count(policy::Fate::not_loaded) << " do not load, "
              << score->count(policy::Fate::by_case) << " are seen by a case, " << score->count(policy::Fate::by_proof) << " by the proof, " << survived << " by nobody; "
              << score->count(policy::Fate::equivalent) << " change nothing (" << seconds << " s)\n";
    if (how.pin) std::cout << options.pack << ": " << score->pinned.lines.size() << " cases written, and " << score->pinned.dated.size() << " with laws in force\n";
  }
  std::cout.flush();
  if (!std::cout) return fail("standard output cannot be written", 1);
  return survived > 0 ? 1 : 0;
}

}  // namespace

void add_policy_mutate(CLI::App& policy, Context& context) {
  auto options = std::make_shared<Options>();
  auto* command = policy.add_subcommand("mutate", "change a pack in every small way, one at a time: does a case or the proof notice? Exit status 1 if a change survives");
  command->add_option("pack", options->pack, "the policy as data, config/packs/NAME.json")->required();
  command->add_option("--config-dir", options->config_dir, "folder of the reference data (default: the folder above the pack's)");
  command->add_option("--cases", options->cases, "files of lines {\"name\",\"why\",\"case\",\"expect\"}");
  command->add_option("--dated", options->dated, "such files, decided with every law that has no day yet in force from " + std::string(policy::kLawsFrom));
  command->add_option("--write", options->write, "append to this file fictional cases that see what survived, few for many; those that need a law in force go to dated/ beside it");
  command->add_option("--every", options->every, "only each N-th mutant")->check(CLI::PositiveNumber);
  command->add_option("--first", options->first, "with --every: from this one on");
  command->add_flag("--json", context.json, "one JSON object per mutant, then the sums");
  command->callback([options, &context] { context.exit_code = mutate(*options, context.json); });
}

}  // namespace gatehouse::cli
