#pragma once
// Binary decision diagrams (BuDDy), and how many states a diagram holds, exactly. Internal to policy/prove.
//
// BuDDy keeps one table for the whole process and ends the process on trouble (no memory left, a node that is none). So one Diagrams object
// lives at a time, on one thread, and the serving process never has one: it runs `gatehouse policy prove` as a child.
#include <bdd.h>

#include <string>
#include <vector>

namespace gatehouse::policy::proving {

inline constexpr int kMostVariables = 256;

// Opens and closes BuDDy's table. REQUIRES: no other one lives, and no `bdd` outlives it.
class Diagrams {
 public:
  Diagrams();
  ~Diagrams();
  Diagrams(const Diagrams&) = delete;
  Diagrams& operator=(const Diagrams&) = delete;
};

// How many of the 2^variables assignments satisfy `set`: decimal, exact.
std::string exact_count(const bdd& set, int variables);
// The sum of such counts.
std::string add_counts(const std::vector<std::string>& decimal);

inline bool empty(const bdd& set) { return set == bddfalse; }

}  // namespace gatehouse::policy::proving
