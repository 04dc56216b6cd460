// gatehouse_documents_report [--half train|held_out] [--count N] [--seed S] [--mode third_party|anonymise|both] [--cases FILE] [--json] [--misses N]
// [--false-hides N] [--results FILE]
// Redacts invented documents, or those of an annotated file, and prints the measures: all, each mode, each name tradition.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/documents/arguments.hpp"
#include "tests/documents/report/measure.hpp"

namespace {

using namespace gatehouse;
using namespace gatehouse::invented;

struct Arguments {
  WhichDocuments which{Half::held_out, 1000};
  std::string cases, results;
  bool json = false;
  std::uint64_t misses = 0, false_hides = 0;
};

Arguments read(const std::vector<std::string_view>& words) {
  Arguments made;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json") {
      made.json = true;
      continue;
    }
    if (i + 1 >= words.size()) throw std::invalid_argument("no value, or no such option: " + std::string(words[i]));
    const std::string_view option = words[i], value = words[++i];
    if (take_option(made.which, option, value)) continue;
    if (option == "--cases") made.cases = value;
    else if (option == "--results") made.results = value;
    else if (option == "--misses") made.misses = whole_number(value);
    else if (option == "--false-hides") made.false_hides = whole_number(value);
    else throw std::invalid_argument("no such option or value: " + std::string(option) + " " + std::string(value));
  }
  return made;
}

std::vector<CaseDocument> documents(const Arguments& arguments) {
  std::vector<CaseDocument> made;
  if (arguments.cases.empty()) {
    const Material material(arguments.which.half);
    for (std::uint64_t i = 0; i < arguments.which.count; ++i) made.push_back(generate(material, arguments.which.wish, i));
    return made;
  }
  std::ifstream in(arguments.cases);
  if (!in) throw std::runtime_error("cannot read " + arguments.cases);
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) made.push_back(read_case(line));
  return made;
}

// name, share; the order is that of the table and of the JSON.
std::vector<std::pair<const char*, Share>> shares(const Measures& of) {
  return {{"recall_listed", of.listed},         {"recall_unlisted", of.unlisted},           {"recall_identifiers", of.identifiers}, {"recall_other", of.other}, {"person_recall", of.people},
          {"person_recall_listed", of.people_listed}, {"person_recall_unlisted", of.people_unlisted}, {"keep_intact", of.kept},       {"labels_consistent", of.one_label}};
}

nlohmann::ordered_json as_json(const Measures& of) {
  nlohmann::ordered_json made = {{"documents", of.documents}, {"blocked", of.blocked}};
  for (const auto& [name, share] : shares(of)) made[name] = {{"value", share.value()}, {"of", share.all}};
  made["false_hides_per_1000"] = of.false_hides_per_1000();
  return made;
}

double points(const Share& share, const Share& mean) { return 100 * (share.value() - mean.value()); }

void print_json(const Measures& all, const Measures& third_party, const Measures& anonymise) {
  for (const auto& [name, of] : {std::pair{"all", &all}, {"third_party", &third_party}, {"anonymise", &anonymise}}) {
    nlohmann::ordered_json line = as_json(*of);
    line["part"] = name;
    std::cout << line.dump() << '\n';
  }
  for (const auto& [id, share] : all.unlisted_by_tradition) {
    if (id.empty()) continue;
    const auto listed = all.listed_by_tradition.find(id);
    nlohmann::ordered_json line = {{"tradition", id}, {"recall_unlisted", share.value()}, {"of_unlisted", share.all}, {"points_from_mean", points(share, all.unlisted)}};
    if (listed != all.listed_by_tradition.end()) {
      line["recall_listed"] = listed->second.value();
      line["of_listed"] = listed->second.all;
      line["points_from_mean_listed"] = points(listed->second, all.listed);
    }
    std::cout << line.dump() << '\n';
  }
}

void print_table(const Measures& all, const Measures& third_party, const Measures& anonymise) {
  std::printf("%-26s %10s %8s %12s %10s\n", "", "all", "of", "third_party", "anonymise");
  const auto a = shares(all), t = shares(third_party), n = shares(anonymise);
  for (std::size_t i = 0; i < a.size(); ++i)
    std::printf("%-26s %10.4f %8zu %12.4f %10.4f\n", a[i].first, a[i].second.value(), a[i].second.all, t[i].second.value(), n[i].second.value());
  std::printf("%-26s %10.3f %8s %12.3f %10.3f\n", "false_hides_per_1000", all.false_hides_per_1000(), "", third_party.false_hides_per_1000(), anonymise.false_hides_per_1000());
  std::printf("%-26s %10zu %8s %12zu %10zu\n", "documents", all.documents, "", third_party.documents, anonymise.documents);
  std::printf("%-26s %10zu %8s %12zu %10zu\n", "blocked", all.blocked, "", third_party.blocked, anonymise.blocked);

  std::printf("\n%-20s %10s %8s %8s   %10s %8s %8s\n", "name tradition", "unlisted", "of", "points", "listed", "of", "points");
  for (const auto& [id, share] : all.unlisted_by_tradition) {
    if (id.empty()) continue;
    const auto listed = all.listed_by_tradition.find(id);
    const Share known = listed == all.listed_by_tradition.end() ? Share() : listed->second;
    std::printf("%-20s %10.4f %8zu %+8.2f   %10.4f %8zu %+8.2f\n", id.c_str(), share.value(), share.all, points(share, all.unlisted), known.value(), known.all, points(known, all.listed));
  }
  std::printf("\n%-20s %10s %8s\n", "form of the name", "hidden", "of");
  for (const auto& [form, share] : all.by_form)
    if (!form.empty()) std::printf("%-20s %10.4f %8zu\n", form.c_str(), share.value(), share.all);
}

}  // namespace

int main(int count, char** words) {
  try {
    const Arguments arguments = read(std::vector<std::string_view>(words + 1, words + count));
    std::ofstream results;
    if (!arguments.results.empty()) {
      results.open(arguments.results);
      if (!results) throw std::runtime_error("cannot write " + arguments.results);
    }
    Measures third_party, anonymise;
    for (const CaseDocument& document : documents(arguments)) {
      const auto made = redaction::redact({to_redact(document)});
      if (!made.front()) throw std::runtime_error(document.id + ": " + made.front().error().text());
      if (results.is_open()) results << redaction::to_json(*made.front()) << '\n';
      (document.anonymise ? anonymise : third_party).add(measure(document, *made.front()));
    }
    Measures all = third_party;
    all.add(anonymise);
    if (arguments.json) print_json(all, third_party, anonymise);
    else print_table(all, third_party, anonymise);
    for (std::size_t i = 0; i < all.misses.size() && i < arguments.misses; ++i) {
      const Miss& miss = all.misses[i];
      std::cout << "MISS | " << miss.document << " | " << miss.kind << " | " << miss.type << " | " << miss.form << " | " << miss.tradition << " | " << miss.text << " | " << miss.around << '\n';
    }
    for (std::size_t i = 0; i < all.false_hidden.size() && i < arguments.false_hides; ++i) {
      const FalseHide& one = all.false_hidden[i];
      std::cout << "FALSE | " << one.document << " | " << one.detector << " | " << one.text << " | " << one.around << '\n';
    }
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "gatehouse_documents_report: " << problem.what() << '\n';
    return 1;
  }
}
