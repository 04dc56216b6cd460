#pragma once
// How well redaction hid, kept and labelled, in the measures of the design: of mentions, of whole persons, and of each name tradition. Pure; any thread.
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "policy/redaction/redact.hpp"
#include "tests/documents/generate.hpp"

namespace gatehouse::invented {

struct Share {
  std::size_t good = 0, all = 0;
  void count(bool is_good) { good += is_good, ++all; }
  void add(const Share& other) { good += other.good, all += other.all; }
  double value() const { return all == 0 ? 1 : static_cast<double>(good) / static_cast<double>(all); }
};

struct Miss {
  std::string document, kind, type, form, person, tradition, text, around;
};

struct FalseHide {
  std::string document, text, around, detector;
};

struct Measures {
  std::size_t documents = 0, blocked = 0;
  // Mentions of which every letter and digit is hidden; a title may stay.
  Share listed, unlisted, identifiers, other;
  Share people, people_listed, people_unlisted;  // with all their mentions hidden, names and identifiers
  Share kept;                                     // mentions that must stay and of which nothing is hidden
  Share one_label;                                // people whose names all carry one label that nobody else has
  std::size_t false_hides = 0, plain_characters = 0;
  std::map<std::string, Share> listed_by_tradition, unlisted_by_tradition;
  std::map<std::string, Share> by_form;           // of names that must be hidden
  std::vector<Miss> misses;
  std::vector<FalseHide> false_hidden;

  double false_hides_per_1000() const;
  void add(const Measures& other);
};

// REQUIRES: `result` is what redaction made of `document`'s text.
Measures measure(const CaseDocument& document, const redaction::Redacted& result);

// The document as redaction takes it, without gold.
redaction::Document to_redact(const CaseDocument& document);

// One line of an annotated file. Throws std::runtime_error or a JSON error: the files are our own. `traditions` and the other three keys may be missing.
CaseDocument read_case(const std::string& line);

}  // namespace gatehouse::invented
