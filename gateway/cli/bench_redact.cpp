#include <CLI/CLI.hpp>
#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "gateway/cli/bench_material.hpp"
#include "gateway/cli/bench_parts.hpp"
#include "policy/redaction/redact.hpp"
#include "policy/redaction/tagger.hpp"

namespace gatehouse::cli::bench {
namespace {

using Json = nlohmann::ordered_json;

std::string today() {
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text;
}

// The free text of one person's file as the gateway would hand it over: one bundle.
std::vector<redaction::Document> bundle_of(const Subject& subject, std::size_t copies, redaction::Mode mode) {
  std::vector<policy::Person> people;
  people.push_back({"self", {subject.given_name + " " + subject.family_name}, "self", "family", {subject.nhs_number}});
  for (std::size_t i = 0; i < subject.people.size(); ++i)
    people.push_back({"p" + std::to_string(i), {subject.people[i].given + " " + subject.people[i].family}, subject.people[i].relation, subject.people[i].role, {}});
  std::vector<redaction::Document> bundle;
  for (const auto& item : subject.items) {
    for (const auto& [name, value] : item.fields) {
      if (name != "description" && name != "safe_times" && name != "summary" && name != "note") continue;
      redaction::Document document;
      document.id = item.category + "." + name;
      for (std::size_t i = 0; i < copies; ++i) document.text += value + "\n";
      document.mode = mode;
      document.subject = "self";
      document.people = people;
      document.recipient = "la_early_help";
      document.bundle = subject.ref;
      bundle.push_back(std::move(document));
    }
  }
  return bundle;
}

int run(std::size_t copies, double seconds, bool rules_alone, redaction::Mode mode, bool json) {
  const redaction::Tagger none;
  const redaction::Tagger& tagger = rules_alone ? none : redaction::built_in_tagger();
  std::vector<std::vector<redaction::Document>> bundles;
  std::vector<std::vector<std::string>> planted;
  std::size_t bytes = 0, documents = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    const Subject subject = make_subject(i, today());
    bundles.push_back(bundle_of(subject, copies, mode));
    planted.push_back(subject.planted);
    for (const auto& document : bundles.back()) bytes += document.text.size();
    documents += bundles.back().size();
  }
  std::size_t leaks = 0, blocked = 0, flagged = 0;
  for (std::size_t i = 0; i < bundles.size(); ++i) {
    for (const auto& answer : redaction::redact(bundles[i], tagger)) {
      if (!answer || answer->blocked) {
        ++blocked;
        continue;
      }
      flagged += answer->flags.empty() ? 0 : 1;
      for (const auto& value : planted[i]) leaks += answer->text.find(value) != std::string::npos ? 1 : 0;
    }
  }
  std::size_t next = 0, made = 0;
  const double ns = nanoseconds_each([&] { made += redaction::redact(bundles[next++ % bundles.size()], tagger).size(); }, seconds);
  const double bytes_each = static_cast<double>(bytes) / static_cast<double>(bundles.size());
  if (made == 0) return fail("bench redact: nothing was redacted", 1);
  const Json line = {{"mb_per_second", bytes_each / ns * 1e3}, {"us_per_bundle", ns / 1e3}, {"bytes_per_bundle", bytes_each}, {"documents", documents},
                     {"blocked", blocked}, {"flagged", flagged}, {"leaks", leaks}};
  if (json) std::cout << line.dump() << '\n';
  else for (const auto& [name, value] : line.items()) std::cout << name << ": " << value.dump() << '\n';
  return leaks == 0 && blocked == 0 ? 0 : 1;
}

}  // namespace

void add_redact(CLI::App& bench, Context& context) {
  auto* command = bench.add_subcommand("redact", "MB of free text redacted per second on one core, bundle by bundle");
  auto copies = std::make_shared<std::size_t>(1);
  auto seconds = std::make_shared<double>(2);
  auto json = std::make_shared<bool>(false), rules_alone = std::make_shared<bool>(false), anonymise = std::make_shared<bool>(false);
  command->add_flag("--rules-alone", *rules_alone, "without the tagger");
  command->add_flag("--anonymise", *anonymise, "as for a question without names: everybody is hidden, and the tagger reads every word");
  command->add_option("--copies", *copies, "of each text in a document: longer documents")->capture_default_str()->check(CLI::Range(1, 10000));
  command->add_option("--seconds", *seconds)->capture_default_str()->check(CLI::Range(0.05, 60.0));
  command->add_flag("--json", *json, "one line of JSON");
  command->callback([=, &context] { context.exit_code = run(*copies, *seconds, *rules_alone, *anonymise ? redaction::Mode::anonymise : redaction::Mode::third_party, *json || context.json); });
}

}  // namespace gatehouse::cli::bench
