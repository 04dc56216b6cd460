// `gatehouse policy diff`: what would change if one pack took the place of another.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "gateway/cli/cli.hpp"
#include "gateway/cli/policy_prove.hpp"
#include "gateway/pack_files.hpp"
#include "policy/prove/diff.hpp"

namespace gatehouse::cli {
namespace {

using json = nlohmann::ordered_json;

struct Options {
  std::string from, to, config_dir;
  bool check = false;
};

std::optional<policy::Pack> read_pack(const std::string& path, const std::string& config_dir) {
  const auto files = gateway::read_pack_files(path, config_dir);
  if (!files) {
    fail(files.error());
    return std::nullopt;
  }
  auto pack = policy::Pack::read(files->pack, files->reference());
  if (!pack) {
    fail(path + " " + pack.error().text());
    return std::nullopt;
  }
  return std::move(*pack);
}

json row_json(const policy::DiffRow& row) {
  json out = {{"about", row.about}, {"in_old", row.in_old}, {"in_new", row.in_new}, {"states", row.states}, {"more", row.more}, {"less", row.less}, {"example", {{"plain", row.example.plain}}}};
  out["example"]["case"] = json::parse(row.example.question);
  if (!row.example.note.empty()) out["example"]["note"] = row.example.note;
  return out;
}

void print(const policy::DiffRow& row) {
  std::cout << row.about << ": " << grouped(row.states) << " states";
  if (row.more != "0") std::cout << ", MORE goes in " << grouped(row.more);
  if (row.less != "0") std::cout << ", less in " << grouped(row.less);
  std::cout << (row.in_old && row.in_new ? "" : row.in_new ? " (new)" : " (gone)") << "\n  " << row.example.plain << '\n';
  if (!row.example.note.empty()) std::cout << "  note: " << row.example.note << '\n';
}

int run_diff(const Options& options, bool as_json) {
  const auto from = read_pack(options.from, options.config_dir);
  if (!from) return 2;
  const auto to = read_pack(options.to, options.config_dir);
  if (!to) return 2;
  const policy::PackDiff found = policy::diff(*from, *to);
  if (as_json) {
    json out = {{"from", {{"id", found.from.id}, {"version", found.from.version}, {"sha256", found.from.sha256}}},
                {"to", {{"id", found.to.id}, {"version", found.to.version}, {"sha256", found.to.sha256}}},
                {"same", found.same()}, {"states", found.states}, {"changed", found.changed}, {"more", found.more}, {"less", found.less}, {"otherwise", found.otherwise},
                {"transitions", json::array()}, {"clauses", json::array()}, {"owed", json::array()}};
    for (const auto& one : found.transitions) out["transitions"].push_back({{"before", one.before}, {"after", one.after}, {"states", one.states}});
    for (const auto& one : found.clauses) out["clauses"].push_back(row_json(one));
    for (const auto& one : found.owed) out["owed"].push_back(row_json(one));
    std::cout << out.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  } else {
    std::cout << found.from.id << ' ' << found.from.version << " -> " << found.to.id << ' ' << found.to.version << ": of " << grouped(found.states) << " states the outcome changes in "
              << grouped(found.changed) << " (more goes out in " << grouped(found.more) << ", less in " << grouped(found.less) << "), and only what is owed, asked or shown in "
              << grouped(found.otherwise) << '\n';
    for (const auto& one : found.transitions) std::cout << "  " << one.before << " becomes " << one.after << " in " << grouped(one.states) << '\n';
    if (!found.clauses.empty()) std::cout << "\nBy the clause that decides, before or after:\n";
    for (const auto& one : found.clauses) print(one);
    if (!found.owed.empty()) std::cout << "\nWhat is owed, who is asked, how much is shown:\n";
    for (const auto& one : found.owed) print(one);
  }
  std::cout.flush();
  if (!std::cout) return fail("standard output cannot be written", 1);
  return options.check && !found.same() ? 1 : 0;
}

}  // namespace

std::string grouped(const std::string& digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return out;
}

void add_policy_diff(CLI::App& policy, Context& context) {
  auto options = std::make_shared<Options>();
  auto* command = policy.add_subcommand("diff", "two packs over every state of the facts: exactly how many decisions differ, by clause, each with the smallest case");
  command->add_option("old", options->from, "the pack that serves, config/packs/NAME.json")->required();
  command->add_option("new", options->to, "the draft")->required();
  command->add_option("--config-dir", options->config_dir, "folder of the reference data (default: the folder above each pack's)");
  command->add_flag("--check", options->check, "exit status 1 if they differ");
  command->add_flag("--json", context.json, "one JSON object");
  command->callback([options, &context] { context.exit_code = run_diff(*options, context.json); });
}

}  // namespace gatehouse::cli
