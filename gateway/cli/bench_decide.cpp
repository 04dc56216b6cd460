#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "gateway/cli/bench_parts.hpp"
#include "gateway/settings.hpp"
#include "policy/decision/compiled.hpp"
#include "policy/decision/evaluate.hpp"

namespace gatehouse::cli::bench {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

std::optional<std::string> slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

// One case a line: the case itself, or an object with `case`.
std::expected<std::vector<policy::Case>, std::string> read_cases(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::unexpected(path + ": cannot be read; give --cases FILE, one case in JSON a line");
  std::vector<policy::Case> cases;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.empty()) continue;
    const Json row = Json::parse(line, nullptr, false);
    const auto question = policy::read_case(row.is_object() && row.contains("case") ? row["case"].dump() : line);
    if (!question) return std::unexpected(path + ":" + std::to_string(number) + ": " + question.error().text());
    cases.push_back(*question);
  }
  if (cases.empty()) return std::unexpected(path + ": holds no case");
  return cases;
}

int run(const std::string& pack_file, std::string cases_file, double seconds, bool json) {
  const std::string config = gateway::default_config_dir();
  const auto text = slurp(pack_file), matrix = slurp(config + "/minimum_necessary.json"), law = slurp(config + "/legal_refs.json"),
             holidays = slurp(config + "/bank_holidays.json");
  if (!text) return fail(pack_file + ": cannot be read; give the file of a pack");
  if (!matrix || !law || !holidays) return fail("bench decide: the config folder was not found; set GATEHOUSE_CONFIG_DIR");
  const auto pack = policy::Pack::read(*text, {*matrix, *law, *holidays, {}});
  if (!pack) return fail(pack_file + ": " + pack.error().text());
  if (cases_file.empty()) cases_file = (fs::path(config).parent_path() / "tests/policy/cases" / fs::path(pack_file).stem()).string() + ".jsonl";
  const auto cases = read_cases(cases_file);
  if (!cases) return fail(cases.error());

  const auto& compiled = pack->compiled();
  std::vector<policy::Facts> facts;
  std::size_t items = 0;
  for (const auto& question : *cases) {
    facts.push_back(policy::derive_facts(compiled, question));
    items += question.items.size();
  }
  policy::Verdict verdict;
  std::size_t seen = 0;
  const auto n = static_cast<double>(cases->size());
  const double evaluate_ns = nanoseconds_each([&] { for (const auto& one : facts) { policy::evaluate(compiled, one, verdict); seen += verdict.items.size(); } }, seconds) / n;
  const double facts_ns = nanoseconds_each([&] { for (const auto& one : *cases) seen += policy::derive_facts(compiled, one).items.size(); }, seconds / 2) / n;
  const double decide_ns = nanoseconds_each([&] { for (const auto& one : *cases) seen += policy::decide(*pack, one).items().size(); }, seconds) / n;
  const Json line = {{"pack", pack->identity().id}, {"rules", compiled.rules.size()}, {"cases", cases->size()}, {"items_per_case", std::round(static_cast<double>(items) / n * 100) / 100},
                     {"evaluate_ns", std::round(evaluate_ns * 10) / 10}, {"facts_ns", std::round(facts_ns)}, {"decide_ns", std::round(decide_ns)}, {"seen", seen > 0}};
  if (json) std::cout << line.dump() << '\n';
  else for (const auto& [name, value] : line.items()) std::cout << name << ": " << value.dump() << '\n';
  return 0;
}

}  // namespace

void add_decide(CLI::App& bench, Context& context) {
  auto* command = bench.add_subcommand("decide", "nanoseconds of one decision: on derived facts, deriving the facts, and the whole with its reasons");
  auto pack = std::make_shared<std::string>(), cases = std::make_shared<std::string>();
  auto seconds = std::make_shared<double>(1);
  auto json = std::make_shared<bool>(false);
  command->add_option("--pack", *pack, "file of the pack")->required()->type_name("FILE");
  command->add_option("--cases", *cases, "one case a line, or one object with `case`; without it the acceptance cases of that pack in the source tree")->type_name("FILE");
  command->add_option("--seconds", *seconds, "of each part")->capture_default_str()->check(CLI::Range(0.05, 60.0));
  command->add_flag("--json", *json, "one line of JSON");
  command->callback([=, &context] { context.exit_code = run(*pack, *cases, *seconds, *json || context.json); });
}

}  // namespace gatehouse::cli::bench
