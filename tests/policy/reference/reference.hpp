#pragma once
// A second reading of CONTRACT.md, for tests: decides a case straight from the JSON of a pack and of the matrix, word by word and in the plainest way. It shares with
// the engine the vocabulary, the case and the calendar (each has tests of its own) and nothing else: no masks, no compiled pack.
// Not covered: the sentence a person reads, and what would change the answer.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/decision/case.hpp"
#include "policy/decision/decision.hpp"

namespace gatehouse::policy::reference {

using Words = std::set<std::string, std::less<>>;

// A decision in words.
struct Answer {
  struct Item {
    std::string outcome, detail, reason;
    Words clauses;
    bool structured_only = false;
  };
  struct Duty {
    Words to, clauses;
  };
  struct Clock {
    Instant due;
    Words clauses;
  };
  std::string outcome, duty, data_protection, confidence;
  std::vector<Item> items;
  Words refer_to, missing, clauses;
  std::map<std::pair<std::string, std::string>, Duty> obligations;  // by kind and when
  std::map<std::string, Clock> clocks;                              // by kind
};

// The first thing in which the engine's decision is another one; nothing where they agree.
std::optional<std::string> difference(const Answer& ours, const Decision& engines);

struct Read;  // the two files, read

class Reference {
 public:
  // REQUIRES: texts that Pack::read() accepts. Throws what nlohmann/json throws otherwise.
  Reference(const std::string& pack, const std::string& matrix, const std::string& bank_holidays);
  Answer decide(const Case& question) const;

 private:
  std::shared_ptr<const Read> read_;
};

}  // namespace gatehouse::policy::reference
