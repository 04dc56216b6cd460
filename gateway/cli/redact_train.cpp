#include "gateway/cli/redact_train.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "gateway/cli/cli.hpp"
#include "gateway/cli/redact.hpp"

namespace gatehouse::cli {

namespace {

using nlohmann::json;
using redaction::MarkedText;
using redaction::Tag;
using redaction::tag_bit;
using redaction::TagSet;

std::unexpected<policy::Error> wrong(std::string where, std::string what) {
  return std::unexpected(policy::Error{"bad_value", std::move(where), std::move(what), "see `gatehouse redact train --help` for what each file holds", {}});
}

constexpr TagSet kSomebody = tag_bit(Tag::person) | tag_bit(Tag::professional);

// What a type of an annotated document is to the tagger; 0: no type of ours.
TagSet tags_of_type(std::string_view type) {
  if (type == "PERSON") return kSomebody;
  if (type == "LOC") return tag_bit(Tag::place);
  if (type == "ORG") return tag_bit(Tag::organisation);
  if (type == "DEM") return tag_bit(Tag::trait);
  if (type == "DATETIME") return tag_bit(Tag::date);
  if (type == "QUANTITY") return tag_bit(Tag::quantity);
  if (type == "CODE" || type == "CONTACT") return tag_bit(Tag::code);
  if (type == "MISC") return tag_bit(Tag::misc);
  if (type == "ANY") return redaction::every_tag & ~tag_bit(Tag::outside);
  return 0;
}

// Labels of the Broad Twitter Corpus, WNUT-17 and re3d, without their B- and I-.
TagSet tags_of_label(std::string_view label) {
  const TagSet nothing = tag_bit(Tag::outside);
  if (label == "PER" || label == "person" || label == "Person") return kSomebody;
  if (label == "LOC" || label == "location" || label == "Location") return tag_bit(Tag::place);
  if (label == "ORG" || label == "corporation" || label == "group" || label == "Organisation") return tag_bit(Tag::organisation);
  if (label == "MISC" || label == "product" || label == "creative-work" || label == "MilitaryPlatform" || label == "Weapon") return tag_bit(Tag::misc) | nothing;
  if (label == "Nationality") return tag_bit(Tag::trait) | nothing;
  if (label == "Temporal") return tag_bit(Tag::date);
  if (label == "Quantity" || label == "Money") return tag_bit(Tag::quantity);
  if (label == "DocumentReference" || label == "Frequency" || label == "Coordinates" || label == "CommsIdentifier" || label == "Url" || label == "Vehicle") return tag_bit(Tag::code) | tag_bit(Tag::misc) | nothing;
  return 0;
}

constexpr TagSet kNoName = redaction::every_tag & ~(kSomebody | tag_bit(Tag::place) | tag_bit(Tag::organisation));

// The byte at which each code point starts, and the end.
std::vector<std::size_t> bytes_of_points(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  starts.push_back(text.size());
  return starts;
}

// Sorts the marks and joins those that overlap: what both say may stand.
void settle(std::vector<MarkedText::Mark>& marks) {
  std::sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) { return a.begin != b.begin ? a.begin < b.begin : a.end > b.end; });
  std::vector<MarkedText::Mark> apart;
  for (const auto& mark : marks) {
    if (!apart.empty() && mark.begin < apart.back().end) {
      apart.back().end = std::max(apart.back().end, mark.end);
      apart.back().tags |= mark.tags;
    } else {
      apart.push_back(mark);
    }
  }
  marks = std::move(apart);
}

bool place_of(const json& mark, const char* begin, const char* end, const std::vector<std::size_t>& bytes, MarkedText::Mark& out) {
  if (!mark.is_object() || !mark.contains(begin) || !mark.contains(end) || !mark[begin].is_number_unsigned() || !mark[end].is_number_unsigned()) return false;
  const auto from = mark[begin].get<std::size_t>(), to = mark[end].get<std::size_t>();
  if (from >= to || to >= bytes.size()) return false;
  out.begin = bytes[from];
  out.end = bytes[to];
  return true;
}

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

std::expected<std::vector<MarkedText>, policy::Error> read_annotated_documents(std::istream& in) {
  std::vector<MarkedText> texts;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = "line " + std::to_string(number);
    const auto document = json::parse(line, nullptr, false);
    if (!document.is_object()) return wrong(where, "is not one JSON object");
    MarkedText marked;
    marked.text = text_of(document, "text");
    const std::string mode = text_of(document, "mode");
    if (mode != "anonymise" && mode != "third_party") return wrong(where + ".mode", "is neither third_party nor anonymise");
    if (!document.contains("gold") || !document["gold"].is_array()) return wrong(where + ".gold", "is not a list");
    marked.elsewhere = mode == "anonymise" ? tag_bit(Tag::outside) : static_cast<TagSet>(redaction::every_tag & ~(kSomebody | tag_bit(Tag::code)));
    std::map<std::string, std::string> roles;
    if (document.contains("people"))
      for (const auto& person : document["people"])
        if (person.is_object()) roles[text_of(person, "id")] = text_of(person, "role");
    const auto bytes = bytes_of_points(marked.text);
    for (const auto& gold : document["gold"]) {
      MarkedText::Mark mark;
      if (!place_of(gold, "start", "end", bytes, mark)) return wrong(where + ".gold", "names a place that is not in the text");
      mark.tags = tags_of_type(text_of(gold, "type"));
      if (mark.tags == 0) return wrong(where + ".gold", "names a type that is none of ours");
      const bool keep = text_of(gold, "must") == "keep";
      if (mark.tags == kSomebody) {
        // Listed people have the part that the file gives them. Of the others only professionals stay.
        const std::string who = text_of(gold, "person");
        const auto role = roles.find(who);
        if (role != roles.end()) mark.tags = tag_bit(role->second == "professional" ? Tag::professional : Tag::person);
        else if (mode == "third_party" && !who.empty()) mark.tags = tag_bit(keep ? Tag::professional : Tag::person);
      } else if (keep) {
        mark.tags |= tag_bit(Tag::outside);
      }
      marked.marks.push_back(mark);
    }
    settle(marked.marks);
    texts.push_back(std::move(marked));
  }
  return texts;
}

std::expected<std::vector<MarkedText>, policy::Error> read_benchmark(std::istream& in, const std::vector<std::string>& left_out, std::set<std::string>* passed_over) {
  std::vector<MarkedText> texts;
  const auto judgments = json::parse(in, nullptr, false);
  if (!judgments.is_array()) return wrong("$", "is not a JSON list of judgments");
  for (std::size_t i = 0; i < judgments.size(); ++i) {
    const auto& judgment = judgments[i];
    const std::string where = "judgment " + std::to_string(i + 1);
    if (!judgment.is_object() || !judgment.contains("annotations") || !judgment["annotations"].is_object()) return wrong(where, "has no annotations");
    if (const std::string id = text_of(judgment, "doc_id"); std::find(left_out.begin(), left_out.end(), id) != left_out.end()) {
      if (passed_over) passed_over->insert(id);
      continue;
    }
    for (const auto& [who, annotation] : judgment["annotations"].items()) {
      if (!annotation.is_object() || !annotation.contains("entity_mentions")) return wrong(where, "has an annotation without mentions");
      MarkedText marked;
      marked.text = text_of(judgment, "text");
      const auto bytes = bytes_of_points(marked.text);
      for (const auto& mention : annotation["entity_mentions"]) {
        MarkedText::Mark mark;
        if (!place_of(mention, "start_offset", "end_offset", bytes, mark)) return wrong(where, "names a place that is not in the text");
        mark.tags = tags_of_type(text_of(mention, "entity_type"));
        if (mark.tags == 0) return wrong(where, "names a type that is none of ours");
        // What need not be masked is nothing to hide, but a person is a person.
        if (text_of(mention, "identifier_type") == "NO_MASK") mark.tags = tag_bit(Tag::outside) | (mark.tags & kSomebody);
        marked.marks.push_back(mark);
      }
      settle(marked.marks);
      texts.push_back(std::move(marked));
    }
  }
  return texts;
}

std::expected<std::vector<MarkedText>, policy::Error> read_labelled_words(std::istream& in) {
  std::vector<MarkedText> texts;
  MarkedText sentence;
  sentence.elsewhere = kNoName;
  const auto finish = [&] {
    if (!sentence.text.empty()) texts.push_back(sentence);
    sentence.text.clear();
    sentence.marks.clear();
  };
  std::string line;
  bool opened = true;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
    const auto blank = line.find_last_of(" \t");
    if (blank == std::string::npos) {
      finish();
      opened = true;
      continue;
    }
    const std::string word = line.substr(0, line.find_first_of(" \t"));
    std::string_view label = std::string_view(line).substr(blank + 1);
    if (word.empty()) continue;
    // Words stand apart but for the marks that lean on a neighbour.
    const bool leans = word.find_first_not_of(".,;:!?)%") == std::string::npos || word.front() == '\'' || word == "n't";
    if (!opened && !leans) sentence.text += ' ';
    opened = word == "(" || word == "#" || word == "@";
    const std::size_t begin = sentence.text.size();
    sentence.text += word;
    if (label == "O") continue;
    const bool goes_on = label.starts_with("I-");
    if (label.size() > 2 && label[1] == '-') label.remove_prefix(2);
    const TagSet tags = tags_of_label(label);
    if (tags == 0) return wrong("line " + std::to_string(number), "has a label that is none of those known");
    if (goes_on && !sentence.marks.empty() && sentence.marks.back().tags == tags && begin - sentence.marks.back().end <= 1) sentence.marks.back().end = sentence.text.size();
    else sentence.marks.push_back({begin, sentence.text.size(), tags});
  }
  finish();
  return texts;
}

void add_redact_train(CLI::App& redact, Context& context) {
  struct Options {
    std::vector<std::string> documents, benchmarks, words, left_out;
    std::string output;
    redaction::TrainingPlan plan;
    float benchmark_weight = 1, words_weight = 0.5f;
  };
  auto options = std::make_shared<Options>();
  auto* command = redact.add_subcommand("train",
                                        "make the weights of the tagger that finds people whom no file lists\n"
                                        "The more kinds of text the better. policy/redaction/model/README.md has the command that made the weights in use.");
  command->add_option("--documents", options->documents, "annotated documents, one JSON object a line: text, mode, gold")->check(CLI::ExistingFile);
  command->add_option("--benchmark", options->benchmarks, "judgments of the Text Anonymization Benchmark")->check(CLI::ExistingFile);
  command->add_option("--leave-out", options->left_out, "doc_id of a judgment that is not learnt from, or a file with one on each line");
  command->add_option("--words", options->words, "a word and its label on each line (CoNLL)")->check(CLI::ExistingFile);
  command->add_option("--output", options->output, "where the weights go")->required();
  command->add_option("--rounds", options->plan.rounds, "over all texts")->capture_default_str()->check(CLI::Range(1, 200));
  command->add_option("--row-bits", options->plan.row_bits, "2 to this many rows of ten bytes")->capture_default_str()->check(CLI::Range(8, 20));
  command->add_option("--rate", options->plan.rate)->capture_default_str()->check(CLI::Range(0.001f, 5.0f));
  command->add_option("--shrink", options->plan.shrink)->capture_default_str()->check(CLI::Range(0.0f, 0.1f));
  command->add_option("--blind", options->plan.blind, "share of words shown by their surroundings alone")->capture_default_str()->check(CLI::Range(0.0f, 1.0f));
  command->add_option("--benchmark-weight", options->benchmark_weight, "of a word of a judgment against one of a document")->capture_default_str()->check(CLI::Range(0.01f, 100.0f));
  command->add_option("--words-weight", options->words_weight)->capture_default_str()->check(CLI::Range(0.01f, 100.0f));
  command->add_option("--seed", options->plan.seed)->capture_default_str();
  command->callback([options, &context] {
    std::vector<MarkedText> texts;
    const auto read = [&](const std::vector<std::string>& files, float weight, const auto& reader) {
      for (const std::string& file : files) {
        std::ifstream in(file, std::ios::binary);
        auto more = reader(in);
        if (!more || in.bad()) {
          context.exit_code = cli::fail("a file to learn from: " + (more ? std::string("cannot be read") : more.error().text()));
          return false;
        }
        for (MarkedText& one : *more) {
          one.weight = weight;
          texts.push_back(std::move(one));
        }
      }
      return true;
    };
    std::vector<std::string> left_out;
    std::set<std::string> passed_over;
    for (const std::string& one : options->left_out) {
      std::ifstream list(one);
      if (!list) left_out.push_back(one);
      for (std::string id; std::getline(list, id);) {
        while (!id.empty() && (id.back() == '\r' || id.back() == ' ')) id.pop_back();
        if (!id.empty()) left_out.push_back(id);
      }
    }
    for (const float number : {options->plan.rate, options->plan.shrink, options->plan.blind, options->benchmark_weight, options->words_weight})
      if (!std::isfinite(number)) {
        context.exit_code = cli::fail("redact train: a rate or a weight is no number");
        return;
      }
    if (std::ifstream(options->output)) {
      context.exit_code = cli::fail("the file named with --output exists; name a new one");
      return;
    }
    if (!read(options->documents, 1, read_annotated_documents)) return;
    if (!read(options->benchmarks, options->benchmark_weight, [&](std::istream& in) { return read_benchmark(in, left_out, &passed_over); })) return;
    for (const std::string& id : left_out)
      if (!passed_over.contains(id)) {
        context.exit_code = cli::fail("redact train: --leave-out names a judgment that no file holds; give a doc_id, or a file with one on each line");
        return;
      }
    if (!read(options->words, options->words_weight, read_labelled_words)) return;
    if (texts.empty()) {
      context.exit_code = cli::fail("redact train: nothing to learn from; give --documents, --benchmark or --words");
      return;
    }
    std::string bytes;
    try {
      bytes = redaction::train_tagger(texts, options->plan, [&](const redaction::TrainingRound& round) {
        std::fprintf(stderr, "round %d of %d: loss %.4f a word, %zu words\n", round.round, options->plan.rounds, round.loss, round.words);
      });
    } catch (const std::invalid_argument& error) {
      context.exit_code = cli::fail(std::string("redact train: ") + error.what());
      return;
    }
    if (const auto whole = redaction::Tagger::read(bytes); !whole) {
      context.exit_code = cli::fail("redact train: what was learnt is of no use: " + whole.error().text(), 1);
      return;
    }
    std::ofstream out(options->output, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) context.exit_code = cli::fail("the weights cannot be written; name a file in a folder you may write to");
  });
}

}  // namespace gatehouse::cli
