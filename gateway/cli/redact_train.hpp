#pragma once
// Reads what `gatehouse redact train` learns from. Apart from the command, so that a test can drive it.
#include <expected>
#include <iosfwd>
#include <set>
#include <string>
#include <vector>

#include "policy/error.hpp"
#include "policy/redaction/tagger_training.hpp"

namespace gatehouse::cli {

// One annotated document per line: `text`, `mode`, `gold` of {start, end, type, must}; places in code points, end exclusive. In `anonymise`
// whatever is unmarked tells nothing of anybody; in `third_party` it may still be a date, a place or a trait of the person who stays.
std::expected<std::vector<redaction::MarkedText>, policy::Error> read_annotated_documents(std::istream& in);

// The Text Anonymization Benchmark (Pilán et al. 2022): a list of judgments with the mentions that each annotator would mask, or the union of
// the annotators, in which a mention has no type. Judgments named in `left_out` (their doc_id) are passed over, and added to `passed_over`.
std::expected<std::vector<redaction::MarkedText>, policy::Error> read_benchmark(std::istream& in, const std::vector<std::string>& left_out, std::set<std::string>* passed_over = nullptr);

// A word and its label on each line, the label last, an empty line between sentences (CoNLL). Labels of any of the corpora that are named in
// the README; an unknown label is an error.
std::expected<std::vector<redaction::MarkedText>, policy::Error> read_labelled_words(std::istream& in);

}  // namespace gatehouse::cli
