#pragma once
// A made-up family and what the tests ask of redaction. Everybody here is invented.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "policy/redaction/redact.hpp"
#include "policy/redaction/work.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::redaction {

inline std::vector<policy::Person> family() {
  return {{"child", {"Kuba Wilczek", "Kubus"}, "self", "family", {"999 000 0018"}},
          {"mother", {"Dorota Wilczek", "Dorotka"}, "mother", "family", {"07700 900201"}},
          {"father", {"Grzegorz Wilczek"}, "father", "family", {}},
          {"sister", {"Rose Wilczek"}, "sibling", "family", {}},
          {"gran", {"Mary-Ann O'Shea"}, "maternal grandmother", "family", {"gran.oshea@example.org"}},
          {"partner", {"Mark Tennant"}, "mother's partner", "other", {"GN19 ZXW"}},
          {"worker", {"Priya Raman"}, "social worker", "professional", {"priya.raman@example.org"}}};
}

inline Release release(std::vector<std::string> keep = {}, Mode mode = Mode::third_party) {
  Release made;
  made.mode = mode;
  made.subject = "child";
  made.recipient = "la_childrens";
  made.keep_people = std::move(keep);
  return made;
}

inline PreparedPeople prepared(std::vector<policy::Person> people = family()) {
  auto made = PreparedPeople::prepare(std::move(people));
  if (!made) throw std::runtime_error(made.error().text());
  return *made;
}

inline Redacted redact_one(const std::string& text, const Release& asked = release(), const PreparedPeople& people = prepared()) {
  auto results = redact(people, asked, {Text{"d", text}});
  if (results.size() != 1 || !results[0]) throw std::runtime_error("one text, one answer");
  return std::move(*results[0]);
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
inline bool flagged(const Redacted& result, const std::string& why) {
  return std::any_of(result.flags.begin(), result.flags.end(), [&](const Flag& flag) { return flag.why == why; });
}

// Code points of a UTF-8 text, each as its bytes.
inline std::vector<std::string> code_points(const std::string& text) {
  std::vector<std::string> points;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t size = 1;
    while (i + size < text.size() && (static_cast<unsigned char>(text[i + size]) & 0xC0) == 0x80) ++size;
    points.push_back(text.substr(i, size));
    i += size;
  }
  return points;
}

// The input with each span replaced by its label.
inline std::string rebuilt(const std::string& input, const Redacted& result) {
  const auto points = code_points(input);
  std::string out;
  std::size_t at = 0;
  for (const Span& span : result.spans) {
    for (; at < span.start && at < points.size(); ++at) out += points[at];
    out += span.label;
    at = span.end;
  }
  for (; at < points.size(); ++at) out += points[at];
  return out;
}

inline std::vector<bool> hidden_points(const std::string& input, const Redacted& result) {
  std::vector<bool> hidden(code_points(input).size());
  for (const Span& span : result.spans)
    for (std::size_t i = span.start; i < span.end; ++i) hidden[i] = true;
  return hidden;
}

// The annotated development documents, where they are at hand; empty without them.
inline std::vector<Document> development_documents() {
  const char* given = std::getenv("GATEHOUSE_SHARED");
  const std::string folder = given ? given : std::string(::gatehouse::test::source_dir()) + "/../shared";
  std::ifstream in(folder + "/cases/redaction/dev.jsonl");
  std::vector<Document> documents;
  std::string line;
  while (std::getline(in, line)) {
    auto json = nlohmann::json::parse(line);
    json.erase("gold");
    auto document = read_document(json.dump());
    if (!document) throw std::runtime_error(document.error().text());
    documents.push_back(std::move(*document));
  }
  return documents;
}

}  // namespace gatehouse::redaction
