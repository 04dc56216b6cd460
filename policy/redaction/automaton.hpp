#pragma once
// Aho–Corasick: all patterns in one pass (Aho and Corasick, Communications of the ACM 18(6), 1975). Internal to policy/redaction.
// Built once, then immutable: any thread.
#include <cstdint>
#include <span>
#include <vector>

namespace gatehouse::redaction {

using Symbol = std::uint16_t;

class Automaton {
 public:
  using State = std::uint32_t;
  static constexpr State root = 0;

  // Symbols are 1 … alphabet; 0 is "none of them". A small alphabet gets a full table, a large one its edges only.
  explicit Automaton(Symbol alphabet = 0);
  // The same pattern twice is two patterns. Empty patterns are refused by an assertion.
  void add(std::span<const Symbol> pattern, std::uint32_t id);
  void finish();

  // A full table, for loops that cannot afford the checks of step(): next = rows()[row + symbol], a row is a state times row_size(), and
  // `reports` marks one in which a pattern ends. Null for a large alphabet.
  static constexpr std::uint32_t reports = 1u << 31;
  const std::uint32_t* rows() const { return rows_.empty() ? nullptr : rows_.data(); }
  State state_of(std::uint32_t row) const { return (row & ~reports) / static_cast<std::uint32_t>(width_); }

  State step(State state, Symbol symbol) const {
    if (symbol == 0) return root;
    if (!rows_.empty()) return state_of(rows_[state * width_ + symbol]);
    return follow(state, symbol);
  }
  bool matches(State state) const { return nodes_[state].reports; }
  // Calls found(id, length) for every pattern that ends in this state, longest first.
  template <class Found>
  void report(State state, Found found) const {
    for (State at = state; at != root; at = nodes_[at].shorter)
      for (const std::uint32_t id : nodes_[at].ids) found(id, nodes_[at].depth);
  }
  std::size_t states() const { return nodes_.size(); }

 private:
  struct Node {
    std::vector<std::pair<Symbol, State>> edges;  // sorted by symbol once finished
    std::vector<std::uint32_t> ids;
    State fail = root;
    State shorter = root;  // the longest proper suffix that is a pattern
    std::uint32_t depth = 0;
    bool reports = false;
  };
  const State* edge(State state, Symbol symbol) const;
  State follow(State state, Symbol symbol) const;

  std::size_t width_;
  bool full_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace gatehouse::redaction
