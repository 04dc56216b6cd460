#include "gateway/cli/redact.hpp"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "gateway/cli/cli.hpp"
#include "policy/redaction/redact.hpp"

namespace gatehouse::cli {

namespace {

std::string error_line(const std::string& id, bool has_id, const policy::Error& error) {
  nlohmann::ordered_json line;
  if (has_id) line["id"] = id;
  else line["id"] = nullptr;
  line["error"] = {{"path", error.where}, {"message", error.remedy.empty() ? error.what : error.what + "; " + error.remedy}, {"allowed", error.allowed}};
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

int redact_lines(std::istream& in, std::ostream& out, std::ostream& errors) {
  struct Answer {
    std::string line;
    bool failed = false;
  };
  std::vector<Answer> answers;
  std::vector<std::size_t> numbers;                                   // input line of each answer
  std::vector<redaction::Document> documents;
  std::vector<std::size_t> place;                                     // answer of each document
  std::vector<std::vector<std::size_t>> releases;                     // documents that go together
  std::map<std::string, std::size_t> bundles;
  const auto fail = [&](std::size_t at, const std::string& id, bool has_id, const policy::Error& error) {
    answers[at] = {error_line(id, has_id, error), true};
    errors << "gatehouse: line " << numbers[at] << ": " << error.text() << '\n';
  };

  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    answers.emplace_back();
    numbers.push_back(number);
    auto document = redaction::read_document(line);
    if (!document) {
      fail(answers.size() - 1, "", false, document.error());
      continue;
    }
    place.push_back(answers.size() - 1);
    if (document->bundle.empty()) {
      releases.push_back({documents.size()});
    } else {
      const auto [at, fresh] = bundles.try_emplace(document->bundle, releases.size());
      if (fresh) releases.emplace_back();
      releases[at->second].push_back(documents.size());
    }
    documents.push_back(std::move(*document));
  }
  for (const auto& release : releases) {
    std::vector<redaction::Document> together;
    together.reserve(release.size());
    for (const std::size_t at : release) together.push_back(std::move(documents[at]));
    const auto results = redaction::redact(together);
    for (std::size_t i = 0; i < release.size(); ++i) {
      const std::size_t at = place[release[i]];
      if (results[i]) answers[at].line = redaction::to_json(*results[i]);
      else fail(at, together[i].id, true, results[i].error());
    }
  }
  bool failed = false;
  for (const Answer& answer : answers) {
    out << answer.line << '\n';
    failed = failed || answer.failed;
  }
  out.flush();
  return failed ? 1 : 0;
}

void add_redact(CLI::App& app, Context& context) {
  struct Options {
    std::string file = "-";
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("redact",
                                     "hide everybody whom the decision does not release, and block what cannot be verified\n"
                                     "Reads one JSON document per line (id, text, mode, subject, people, recipient; optional keep_people, bundle,\n"
                                     "recipient_person) and writes one line per line: text, spans, flags, blocked. Exit status 0 when every line\n"
                                     "was processed, blocked or not; 1 for bad input; 2 for wrong usage.");
  command->add_option("file", options->file, "NDJSON to read; - is standard input")->capture_default_str();
  command->add_flag("--json", context.json, "machine-readable output (it always is)");
  command->callback([options, &context] {
    std::ios::sync_with_stdio(false);
    if (options->file == "-") {
      context.exit_code = redact_lines(std::cin, std::cout, std::cerr);
      return;
    }
    std::ifstream in(options->file, std::ios::binary);
    if (!in) {
      context.exit_code = fail("the file given to redact cannot be read; give NDJSON or - for standard input");
      return;
    }
    context.exit_code = redact_lines(in, std::cout, std::cerr);
  });
}

}  // namespace gatehouse::cli
