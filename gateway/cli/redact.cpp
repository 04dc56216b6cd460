#include "gateway/cli/redact.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "gateway/cli/cli.hpp"
#include "gateway/documents/copy.hpp"
#include "policy/redaction/redact.hpp"
#include "policy/redaction/tagger.hpp"

namespace gatehouse::cli {

namespace {

// Some thousand pages. A longer line is refused, and not held in memory.
constexpr std::size_t kLongestLine = 16u << 20;

enum class Line { read, too_long, end };
Line next_line(std::istream& in, std::string& line) {
  line.clear();
  std::streambuf& from = *in.rdbuf();
  bool any = false, too_long = false;
  for (auto c = from.sbumpc(); c != std::char_traits<char>::eof(); c = from.sbumpc()) {
    any = true;
    if (c == '\n') break;
    if (line.size() < kLongestLine) line += static_cast<char>(c);
    else too_long = true;
  }
  return too_long ? Line::too_long : any ? Line::read : Line::end;
}

std::string error_line(const std::string& id, bool has_id, const policy::Error& error) {
  nlohmann::ordered_json line;
  if (has_id) line["id"] = id;
  else line["id"] = nullptr;
  line["error"] = {{"path", error.where}, {"message", error.remedy.empty() ? error.what : error.what + "; " + error.remedy}, {"allowed", error.allowed}};
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// Whole, or false: it cannot be read, or is longer than `most`.
bool read_whole(std::istream& in, std::size_t most, std::string& out) {
  if (!in) return false;
  std::array<char, 1 << 16> chunk;
  while (in.read(chunk.data(), chunk.size()) || in.gcount() > 0) {
    out.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if (out.size() > most) return false;
  }
  return !in.bad();
}

nlohmann::ordered_json troubles_of(const std::vector<documents::Trouble>& troubles) {
  auto out = nlohmann::ordered_json::array();
  for (const auto& one : troubles) out.push_back({{"why", "container"}, {"where", one.where}, {"what", one.what}, {"blocks", one.blocks}});
  return out;
}

// The file is new, for its owner alone, and whole or not there.
bool write_new(const std::string& path, std::string_view bytes, std::ostream& errors) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    errors << "gatehouse: the file named with --output " << (errno == EEXIST ? "exists; name a new one" : "cannot be written; name one in a folder you may write to") << '\n';
    return false;
  }
  bool good = true;
  while (good && !bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done > 0) bytes.remove_prefix(static_cast<std::size_t>(done));
    else good = done < 0 && errno == EINTR;
  }
  good = ::fsync(file) == 0 && good;
  good = ::close(file) == 0 && good;
  if (good) return true;
  ::unlink(path.c_str());
  errors << "gatehouse: the redacted copy could not be written to the end; nothing is left of it\n";
  return false;
}

}  // namespace

int redact_document(const documents::Converter& converter, const DocumentOrder& order, std::istream& in, std::ostream& out, std::ostream& errors) {
  const auto bad = [&](const std::string& line) {
    errors << "gatehouse: " << line << '\n';
    return 2;
  };
  auto given = nlohmann::json::parse(order.order, nullptr, false);
  if (!given.is_object()) return bad("the order is not one JSON object; give id, mode, subject, people, recipient");
  if (given.contains("text") || given.contains("bundle")) return bad("the order has `text` or `bundle`; with --document the text is the document's");
  given["text"] = "";
  if (!given.contains("id")) given["id"] = "document";
  const auto document = redaction::read_document(given.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  if (!document) return bad("the order: " + document.error().text());
  const auto people = redaction::PreparedPeople::prepare(document->people);
  if (!people) return bad("the order: " + people.error().text());
  const redaction::Release release{document->mode, document->subject, document->recipient, document->keep_people, document->recipient_person};
  // Somebody who is not there is an error of the order, not of the document.
  for (const auto& answer : redaction::redact(*people, release, {redaction::Text{"order", ""}}))
    if (!answer) return bad("the order: " + answer.error().text());

  std::string bytes;
  std::ifstream named;
  if (order.file != "-") named.open(order.file, std::ios::binary);
  std::istream& source = order.file == "-" ? in : named;
  if (!source) return bad("the document cannot be opened; name a file or - for standard input");
  const bool whole = read_whole(source, documents::kLargestFile, bytes);
  if (!whole && bytes.size() <= documents::kLargestFile) return bad("the document cannot be read");
  documents::Format said{};
  const auto word = std::find(documents::kFormats.begin(), documents::kFormats.end(), order.format);
  const bool is_said = word != documents::kFormats.end();
  if (is_said) said = static_cast<documents::Format>(word - documents::kFormats.begin());

  nlohmann::ordered_json line;
  line["id"] = document->id;
  const auto copy = documents::redacted_copy(converter, bytes, is_said ? &said : nullptr, *people, release, order.title);
  if (!copy) {
    line["refused"] = {{"code", copy.error().code}, {"what", copy.error().what}, {"remedy", copy.error().remedy}};
    line["flags"] = troubles_of({{"file", copy.error().what, true}});
    line["blocked"] = true;
    errors << "gatehouse: the document is not read: " << copy.error().text() << '\n';
  } else {
    line["format"] = documents::text(copy->format);
    auto parts = nlohmann::ordered_json::array();
    for (const auto& text : copy->texts) {
      if (!text.carried) continue;
      auto part = nlohmann::ordered_json::parse(redaction::to_json(text.redacted));
      part.erase("id");
      nlohmann::ordered_json one = {{"kind", text.kind}, {"where", text.where}};
      one.update(part);
      parts.push_back(std::move(one));
    }
    line["parts"] = std::move(parts);
    line["flags"] = troubles_of(copy->troubles);
    line["left_out"] = copy->left_out;
    line["unflagged"] = copy->unflagged();
    line["blocked"] = copy->blocked;
    if (copy->blocked)
      for (const auto& one : copy->troubles)
        if (one.blocks) {
          errors << "gatehouse: the document is blocked: " << one.where << ": " << one.what << "; a person must look at it\n";
          break;
        }
  }
  const bool written = copy && !copy->blocked && write_new(order.output, copy->file, errors);
  out << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  out.flush();
  return !copy || copy->blocked ? 1 : written ? 0 : 2;
}

int redact_lines(std::istream& in, std::ostream& out, std::ostream& errors, const redaction::Tagger& tagger) {
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
  std::size_t number = 1;
  for (Line read = next_line(in, line); read != Line::end; read = next_line(in, line), ++number) {
    if (read == Line::too_long) {
      answers.emplace_back();
      numbers.push_back(number);
      fail(answers.size() - 1, "", false, policy::Error{"too_large", "$", "is longer than 16 MB", "split the text", {}});
      continue;
    }
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
    const auto results = redaction::redact(together, tagger);
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
    std::string file = "-", tagger;
    DocumentOrder document{"", "", "Redacted copy", "", ""};
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("redact",
                                     "hide everybody whom the decision does not release, and block what cannot be verified\n"
                                     "Reads one JSON document per line (id, text, mode, subject, people, recipient; optional keep_people, bundle,\n"
                                     "recipient_person) and writes one line per line: text, spans, flags, blocked. Exit status 0 when every line\n"
                                     "was processed, blocked or not; 1 for bad input; 2 for wrong usage.\n"
                                     "With --document the text is that of a file (plain text, Markdown, HTML, .eml, .docx, .pdf), the JSON has no `text`,\n"
                                     "and --output gets a new file in which what was hidden is gone: 0 when it was written; 1 when the document is blocked\n"
                                     "or cannot be read for certain, and then nothing is written; 2 for wrong usage or bad input.");
  command->add_option("file", options->file, "NDJSON to read; - is standard input")->capture_default_str();
  auto* document = command->add_option("--document", options->document.file, "the file to redact; - is standard input");
  command->add_option("--output", options->document.output, "where the redacted copy goes; an existing file is left alone")->needs(document);
  command->add_option("--format", options->document.format, "what the document is, where its bytes do not say it")
      ->needs(document)
      ->check(CLI::IsMember(std::vector<std::string>(documents::kFormats.begin(), documents::kFormats.end())));
  command->add_option("--title", options->document.title, "of the copy: the case reference")->needs(document)->capture_default_str();
  auto* tagger_file = command->add_option("--tagger", options->tagger, "weights to use in place of those compiled in, as `redact train` writes them; `none`: rules alone");
  command->add_flag("--json", context.json, "machine-readable output (it always is)");
  tagger_file->excludes(document);
  add_redact_train(*command, context);
  command->callback([command, options, &context] {
    if (!command->get_subcommands().empty()) return;
    std::ios::sync_with_stdio(false);
    std::string weights;
    redaction::Tagger other;
    if (!options->tagger.empty() && options->tagger != "none") {
      std::ifstream named(options->tagger, std::ios::binary);
      if (!read_whole(named, kLongestLine, weights)) {
        context.exit_code = fail("the file given with --tagger cannot be read; name one that `redact train` wrote, or none");
        return;
      }
      auto read = redaction::Tagger::read(weights);
      if (!read) {
        context.exit_code = fail("the file given with --tagger: " + read.error().text());
        return;
      }
      other = std::move(*read);
    }
    const redaction::Tagger& tagger = options->tagger.empty() ? redaction::built_in_tagger() : other;
    if (!options->document.file.empty()) {
      if (options->document.output.empty()) {
        context.exit_code = fail("redact --document needs --output: where the redacted copy goes");
        return;
      }
      if (options->file == "-" && options->document.file == "-") {
        context.exit_code = fail("the document and the order cannot both be standard input; give one of them a name");
        return;
      }
      std::ifstream named;
      if (options->file != "-") named.open(options->file, std::ios::binary);
      std::istream& order = options->file == "-" ? std::cin : named;
      if (!read_whole(order, kLongestLine, options->document.order)) {
        context.exit_code = fail("the order given to redact cannot be read, or is larger than 16 MB; give one JSON object");
        return;
      }
      context.exit_code = redact_document(documents::Converter::beside_this_program(), options->document, std::cin, std::cout, std::cerr);
      return;
    }
    if (options->file == "-") {
      context.exit_code = redact_lines(std::cin, std::cout, std::cerr, tagger);
      return;
    }
    std::ifstream in(options->file, std::ios::binary);
    if (!in) {
      context.exit_code = fail("the file given to redact cannot be read; give NDJSON or - for standard input");
      return;
    }
    context.exit_code = redact_lines(in, std::cout, std::cerr, tagger);
  });
}

}  // namespace gatehouse::cli
