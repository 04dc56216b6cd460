// `gatehouse policy`: decide, cases, lint, coverage, table and explain. Everything here reads files (`replay`: also a log) and prints; the answers come from policy/.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "adapters/sqlite/stored_decision.hpp"
#include "gateway/cli/cli.hpp"
#include "gateway/cli/guarded.hpp"
#include "gateway/cli/policy_prove.hpp"
#include "gateway/pack_files.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/decision/explain.hpp"
#include "policy/prove/cases.hpp"
#include "policy/prove/coverage.hpp"
#include "policy/prove/lint.hpp"
#include "policy/prove/replay.hpp"
#include "policy/prove/table.hpp"

namespace gatehouse::cli {
namespace {

using json = nlohmann::ordered_json;

struct Options {
  std::string pack, config_dir, input = "-", at, log, by;
  std::vector<std::string> packs;
  bool html = false, markdown = false;
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

// A page for a person: the answer, item by item why, and what one could do next.
int explain(const Options& options, bool as_json) {
  const auto pack = pack_of(options);
  if (!pack) return 2;
  const auto in = input_of(options);
  if (!in) return 2;
  int code = 0, count = 0;
  each_case(*in, [&](std::string_view line, int) {
    const auto question = policy::read_case_line(line);
    if (!question) {
      if (as_json) std::cout << dump(error_line(line, question.error())) << '\n';
      else std::cout << (count > 0 ? "\n" : "") << "This case cannot be read: " << question.error().text() << '\n';
      ++count;
      code = 1;
      return;
    }
    const policy::Decision decision = policy::decide(*pack, *question);
    const std::string text = policy::explain(*pack, *question, decision);
    if (as_json) std::cout << dump({{"id", decision.id}, {"outcome", policy::text(decision.outcome())}, {"explanation", text}}) << '\n';
    else std::cout << (count > 0 ? "\n" : "") << (decision.id.empty() ? std::string() : decision.id + "\n") << text;
    ++count;
  });
  if (count == 0) return fail("no case to explain; write one on standard input or name a file");
  return finished(code);
}

// Every logged decision once more, under a draft. Only what changes is printed, and the sums.
class Replaying {
 public:
  Replaying(policy::Pack pack, bool as_json) : pack_(std::move(pack)), as_json_(as_json) {}

  void one(const std::string& id, std::string_view question, std::string_view decision) {
    ++count_;
    const auto got = policy::replay(pack_, question, decision);
    if (!got) return refuse(id, got.error().text());
    if (!*got) return;
    const policy::ReplayChange& change = **got;
    ++changed_;
    more_ += change.more;
    less_ += change.less;
    if (as_json_) {
      json items = json::array();
      for (const auto& item : change.items)
        items.push_back({{"id", item.id}, {"category", item.category}, {"before", item.before}, {"after", item.after}, {"more", item.more}, {"less", item.less}});
      std::cout << dump({{"id", id}, {"before", change.outcome_before}, {"after", change.outcome_after}, {"more", change.more}, {"less", change.less},
                         {"items", std::move(items)}, {"differing", change.differing}}) << '\n';
      return;
    }
    std::cout << id << ": " << change.outcome_before << " would be " << change.outcome_after << (change.more ? ", MORE would go" : "") << (change.less ? ", less would go" : "") << '\n';
    for (const auto& item : change.items)
      std::cout << "  " << item.category << ": " << (item.before.empty() ? "not there" : item.before) << " would be " << (item.after.empty() ? "not there" : item.after) << '\n';
    for (const auto& key : change.differing) std::cout << "  " << key << " would differ\n";
  }

  void line(std::string_view text, int number) {
    const std::string place = "line " + std::to_string(number);
    const json row = json::parse(text, nullptr, false);
    if (!row.is_object() || !row.contains("case") || !row.contains("decision")) {
      ++count_;
      return refuse(place, "no case with its decision; give {\"id\",\"case\",\"decision\"}");
    }
    one(row.contains("id") && row["id"].is_string() ? row["id"].get<std::string>() : place, dump(row["case"]), dump(row["decision"]));
  }

  int sums(std::uint64_t shredded) {
    if (count_ == 0 && shredded == 0) return fail("no decision to replay; name an installation with --log, or give lines {\"id\",\"case\",\"decision\"}");
    if (as_json_) std::cout << dump({{"decisions", count_}, {"changed", changed_}, {"more", more_}, {"less", less_}, {"refused", refused_}, {"shredded", shredded}}) << '\n';
    else
      std::cout << changed_ << " of " << count_ << " decisions would change: more goes in " << more_ << ", less in " << less_ << "; " << refused_ << " cannot be read, " << shredded
                << " shredded and skipped\n";
    return finished(refused_ > 0 ? 1 : 0);
  }

 private:
  void refuse(const std::string& id, const std::string& why) {
    ++refused_;
    if (as_json_) std::cout << dump({{"id", id}, {"error", why}}) << '\n';
    else std::cout << id << ": cannot be read: " << why << '\n';
  }
  policy::Pack pack_;
  bool as_json_;
  std::uint64_t count_ = 0, changed_ = 0, more_ = 0, less_ = 0, refused_ = 0;
};

int replay(const Options& options, bool as_json) {
  auto pack = pack_of(options);
  if (!pack) return 2;
  Replaying replaying(std::move(*pack), as_json);
  if (options.log.empty()) {
    const auto in = input_of(options);
    if (!in) return 2;
    each_case(*in, [&](std::string_view text, int number) { replaying.line(text, number); });
    return replaying.sums(0);
  }
  const std::string file = std::filesystem::is_directory(options.log) ? options.log + "/gatehouse.json" : options.log;
  const std::string by = options.by.empty() ? "uid-" + std::to_string(getuid()) : options.by;
  const auto walked = adapters::each_decision(sqlite_of(settings_of(file)), by, now(), [&](const std::string& id, const std::string& question, const std::string& decision) {
    replaying.one(id, question, decision);
  });
  if (!walked) throw Stop{walked.error(), 1};
  return replaying.sums(walked->shredded);
}

policy::Date today() { return policy::Date{std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())}; }

// `--at`, or today; nothing, and a line on standard error, where it is no day.
std::optional<policy::Date> day_of(const Options& options) {
  if (options.at.empty()) return today();
  const auto given = policy::read_date(options.at);
  if (!given) fail("--at: not a day of the calendar; write it as 2026-11-22");
  return given;
}

// A pack as a page for whoever signs it off.
int table(const Options& options, policy::TableForm form) {
  const auto day = day_of(options);
  if (!day) return 2;
  const auto files = gateway::read_pack_files(options.pack, options.config_dir);
  if (!files) return fail(files.error());
  // Nobody signs off what does not load.
  if (const auto pack = policy::Pack::read(files->pack, files->reference()); !pack) return fail(options.pack + " " + pack.error().text());
  const auto page = policy::table(files->pack, {files->minimum_necessary, files->legal_refs, files->bank_holidays, files->clauses, files->pages, files->sha256}, form, *day);
  if (!page) return fail(options.pack + " " + page.error().text());
  std::cout << *page;
  return finished(0);
}

int lint(const Options& options, bool as_json) {
  const auto judged = day_of(options);
  if (!judged) return 2;
  const policy::Date day = *judged;
  int code = 0;
  for (const std::string& path : options.packs) {
    const auto files = gateway::read_pack_files(path, options.config_dir);
    if (!files) return fail(files.error());
    // A pack that does not load is the worst finding of all.
    if (const auto pack = policy::Pack::read(files->pack, files->reference()); !pack) return fail(path + " " + pack.error().text());
    const auto found = policy::lint(files->pack, {files->legal_refs, files->bank_holidays}, day);
    if (!found) return fail(path + " " + found.error().text());
    int errors = 0, warnings = 0;
    for (const policy::LintFinding& one : *found) {
      errors += one.level == policy::LintLevel::error;
      warnings += one.level == policy::LintLevel::warning;
      if (as_json)
        std::cout << dump({{"pack", path}, {"level", policy::text(one.level)}, {"check", one.check}, {"where", one.where}, {"what", one.what}, {"remedy", one.remedy}}) << '\n';
      else
        std::cout << path << ": " << policy::text(one.level) << ": " << one.where << ": " << one.what << "; " << one.remedy << " [" << one.check << "]\n";
    }
    if (!as_json) std::cout << path << ": " << errors << " errors, " << warnings << " warnings on " << policy::to_text(day) << '\n';
    if (errors > 0) code = 1;
  }
  return finished(code);
}

int coverage(const Options& options, bool as_json) {
  int code = 0;
  for (const std::string& path : options.packs) {
    const auto files = gateway::read_pack_files(path, options.config_dir);
    if (!files) return fail(files.error());
    if (files->clauses.empty() || files->pages.empty()) return fail("clauses.tsv or pages.json: not found beside the reference data; --config-dir names the folder");
    const auto got = policy::coverage(files->pack, {files->clauses, files->pages, files->minimum_necessary, files->legal_refs});
    if (!got) return fail(path + " " + got.error().text());
    if (as_json) {
      json rows = json::array();
      for (const policy::ClauseTarget& row : got->rows) {
        json one = {{"clause", row.id}, {"target", row.target}, {"plain", row.plain}};
        if (!row.also.empty()) one["also"] = row.also;
        if (!row.reason.empty()) one["reason"] = row.reason;
        if (!row.gap.empty()) one["gap"] = row.gap;
        rows.push_back(std::move(one));
      }
      std::cout << dump({{"pack", got->pack}, {"clauses", got->clauses}, {"mapped", got->mapped}, {"complete", got->complete()}, {"rows", rows}}) << '\n';
    } else {
      std::size_t widest = 0, widest_target = 0;
      for (const policy::ClauseTarget& row : got->rows) {
        widest = std::max(widest, row.id.size());
        widest_target = std::max(widest_target, std::min<std::size_t>(row.target.size(), 40));
      }
      const auto padded = [](std::string text, std::size_t width) {
        if (text.size() < width) text.append(width - text.size(), ' ');
        return text;
      };
      for (const policy::ClauseTarget& row : got->rows) {
        std::cout << padded(row.id, widest) << "  " << padded(row.target, widest_target) << "  "
                  << (row.gap.empty() ? row.plain + (row.reason.empty() ? "" : " Not enforced: " + row.reason) : "GAP: " + row.gap) << '\n';
        for (const std::string& further : row.also) std::cout << padded("", widest) << "  " << further << '\n';
      }
      std::cout << got->pack << ": " << got->mapped << " of " << got->clauses << " clauses mapped\n";
    }
    if (!got->complete()) code = 1;
  }
  return finished(code);
}

}  // namespace

void add_policy(CLI::App& app, Context& context) {
  auto* group = app.add_subcommand("policy", "decide cases, and check a pack: what may be shared, and why");
  group->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto input = [&](CLI::App* command, const char* what) {
    command->add_option("--pack", options->pack, "the policy as data, config/packs/NAME.json")->required();
    command->add_option("--config-dir", options->config_dir, "folder of the reference data (default: the folder above the pack's)");
    command->add_option("input", options->input, what)->default_str("-");
    return command;
  };
  const auto packs = [&](CLI::App* command) {
    command->add_option("packs", options->packs, "packs to check, config/packs/NAME.json")->required();
    command->add_option("--config-dir", options->config_dir, "folder of the reference data (default: the folder above the pack's)");
    return command;
  };
  const auto as_json = [&](CLI::App* command) {
    command->add_flag("--json", context.json, "one JSON object per line");
    return command;
  };
  input(group->add_subcommand("decide", "one decision per case, as JSON; a line that cannot be read gives its error in place, and exit status 1"),
        "one case, or one per line (NDJSON); also lines {\"name\",\"why\",\"case\",\"expect\"}; `-` is standard input")
      ->callback([options, &context] { context.exit_code = decide(*options); });
  as_json(input(group->add_subcommand("cases", "run cases with their expected results; exit status 1 if any differs or is refused"),
                "lines {\"name\",\"why\",\"case\",\"expect\"}; `-` is standard input"))
      ->callback([options, &context] { context.exit_code = cases(*options, context.json); });
  as_json(input(group->add_subcommand("explain", "why, in plain words, item by item, and what one could do next"), "one case, or one per line; `-` is standard input"))
      ->callback([options, &context] { context.exit_code = explain(*options, context.json); });
  auto* replay_command = as_json(input(group->add_subcommand("replay", "logged decisions decided again under a draft: which would change; exit status 1 if one cannot be read"),
                                       "without --log: lines {\"id\",\"case\",\"decision\"}, as `gatehouse decisions show ID --json` prints them; `-` is standard input"));
  replay_command->add_option("--log", options->log, "gatehouse.json of an installation, or its folder: every decision of its log; the look is logged");
  replay_command->add_option("--by", options->by, "with --log: the staff id of who looks; default: the account this runs as");
  replay_command->callback(guarded(context, [options, &context] { return replay(*options, context.json); }));
  auto* table_command = group->add_subcommand("table", "a pack as a decision table to read and sign off: plain words, clause, who is asked, what must be done");
  table_command->add_option("pack", options->pack, "the policy as data, config/packs/NAME.json")->required();
  table_command->add_option("--config-dir", options->config_dir, "folder of the reference data (default: the folder above the pack's)");
  table_command->add_option("--at", options->at, "the day to judge by, 2026-11-22 (default: today)");
  as_json(table_command);
  auto* as_html = table_command->add_flag("--html", options->html, "one page that needs nothing else, for the screen and for A4 landscape");
  table_command->add_flag("--markdown", options->markdown, "tables as text (the default)")->excludes(as_html);
  table_command->callback([options, &context] {
    context.exit_code = table(*options, options->html ? policy::TableForm::html : context.json ? policy::TableForm::json : policy::TableForm::markdown);
  });
  auto* lint_command = as_json(packs(group->add_subcommand("lint", "stale law, mis-titled Acts, overdue reviews; exit status 1 on an error")));
  lint_command->add_option("--at", options->at, "the day to judge by, 2026-11-22 (default: today)");
  lint_command->callback([options, &context] { context.exit_code = lint(*options, context.json); });
  as_json(packs(group->add_subcommand("coverage", "whether every clause of the policy is carried out or says why not; exit status 1 on a gap")))
      ->callback([options, &context] { context.exit_code = coverage(*options, context.json); });
  add_policy_prove(*group, context);
  add_policy_diff(*group, context);
  add_policy_mutate(*group, context);
  add_policy_activate(*group, context);
}

}  // namespace gatehouse::cli
