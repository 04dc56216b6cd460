// `gatehouse policy`: decide, cases, lint, coverage and explain. Everything here reads files and prints; the answers come from policy/.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "gateway/cli/cli.hpp"
#include "gateway/pack_files.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/prove/cases.hpp"
#include "policy/prove/coverage.hpp"
#include "policy/prove/lint.hpp"

namespace gatehouse::cli {
namespace {

using json = nlohmann::ordered_json;

struct Options {
  std::string pack, config_dir, input = "-", at;
  std::vector<std::string> packs;
};

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// Calls `use(text, line number)` for each case of the input: every line of NDJSON, or the whole input where it is one case written over
// several lines. Memory: one line, or a case of several lines.
template <class Use>
void each_case(std::istream& in, Use use) {
  std::string line;
  int number = 0;
  while (blank(line) && std::getline(in, line)) ++number;
  if (blank(line)) return;
  if (!nlohmann::json::accept(line)) {
    std::string rest((std::istreambuf_iterator<char>(in)), {});
    const std::string whole = line + "\n" + rest;
    if (nlohmann::json::accept(whole)) return use(std::string_view(whole), number);
    use(std::string_view(line), number);  // a bad first line; the rest goes on
    for (std::size_t from = 0; from < rest.size();) {
      const std::size_t end = std::min(rest.find('\n', from), rest.size());
      ++number;
      if (const auto one = std::string_view(rest).substr(from, end - from); !blank(one)) use(one, number);
      from = end + 1;
    }
    return;
  }
  do {
    if (!blank(line)) use(std::string_view(line), number);
    ++number;
  } while (std::getline(in, line));
}

// The input of a subcommand: standard input or a file; nothing, and a line on standard error, where the file cannot be opened.
std::unique_ptr<std::istream> input_of(const Options& options) {
  if (options.input == "-") return std::make_unique<std::istream>(std::cin.rdbuf());
  std::error_code error;
  auto file = std::make_unique<std::ifstream>(options.input, std::ios::binary);
  if (!*file || std::filesystem::is_directory(options.input, error)) {
    fail(options.input + ": cannot be opened; check the name and the rights");
    return nullptr;
  }
  return file;
}

// The pack of `--pack`, or one line on standard error.
std::optional<policy::Pack> pack_of(const Options& options) {
  const auto files = gateway::read_pack_files(options.pack, options.config_dir);
  if (!files) {
    fail(files.error());
    return std::nullopt;
  }
  auto pack = policy::Pack::read(files->pack, files->reference());
  if (!pack) {
    fail(options.pack + " " + pack.error().text());
    return std::nullopt;
  }
  return std::move(*pack);
}

json error_line(std::string_view line, const policy::Error& error) {
  json out = json::object();
  const auto id = policy::id_of(line);
  out["id"] = id ? json(*id) : json(nullptr);
  out["error"] = {{"path", error.where}, {"message", error.what + (error.remedy.empty() ? "" : "; " + error.remedy)}, {"allowed", error.allowed}};
  return out;
}

// A full disk must not look like success.
int finished(int code) {
  std::cout.flush();
  return std::cout ? code : fail("standard output cannot be written", 1);
}

int decide(const Options& options) {
  const auto pack = pack_of(options);
  if (!pack) return 2;
  const auto in = input_of(options);
  if (!in) return 2;
  int code = 0, cases = 0;
  each_case(*in, [&](std::string_view line, int) {
    ++cases;
    const auto question = policy::read_case_line(line);
    if (question) {
      std::cout << policy::to_json(policy::decide(*pack, *question)) << '\n';
    } else {
      std::cout << dump(error_line(line, question.error())) << '\n';
      code = 1;
    }
  });
  if (cases == 0) return fail("no case to decide; write one on standard input or name a file");
  return finished(code);
}

int cases(const Options& options, bool as_json) {
  const auto pack = pack_of(options);
  if (!pack) return 2;
  const auto in = input_of(options);
  if (!in) return 2;
  int count = 0, differ = 0, refused = 0;
  each_case(*in, [&](std::string_view line, int number) {
    ++count;
    const auto result = policy::run_case(*pack, line);
    if (!result) {
      ++refused;
      if (as_json) std::cout << dump({{"line", number}, {"error", error_line(line, result.error())["error"]}}) << '\n';
      else std::cout << "line " << number << ": refused: " << result.error().text() << '\n';
      return;
    }
    if (!result->passed()) ++differ;
    if (as_json) {
      json row = {{"line", number}, {"name", result->name}, {"passed", result->passed()}, {"differences", json::array()}};
      for (const auto& one : result->differences)
        row["differences"].push_back({{"key", one.key}, {"expected", json::parse(one.expected)}, {"actual", json::parse(one.actual)}});
      if (!result->passed()) row["why"] = result->why;
      std::cout << dump(row) << '\n';
    } else if (!result->passed()) {
      std::cout << "line " << number << ": " << result->name << '\n';
      for (const auto& one : result->differences) std::cout << "  " << one.key << ": expected " << one.expected << ", got " << one.actual << '\n';
      std::cout << "  why: " << result->why << '\n';
    }
  });
  if (count == 0) return fail("no case to run; name a file of lines {\"name\",\"why\",\"case\",\"expect\"}");
  const int passed = count - differ - refused;
  if (as_json) std::cout << dump({{"cases", count}, {"passed", passed}, {"differ", differ}, {"refused", refused}}) << '\n';
  else std::cout << passed << " of " << count << " cases as expected, " << differ << " differ, " << refused << " refused\n";
  return finished(passed == count ? 0 : 1);
}

}  // namespace
}  // namespace gatehouse::cli
