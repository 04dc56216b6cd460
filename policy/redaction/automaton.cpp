#include "policy/redaction/automaton.hpp"

#include <algorithm>
#include <cassert>

namespace gatehouse::redaction {

Automaton::Automaton(Symbol alphabet) : width_(std::size_t{alphabet} + 1), full_(alphabet <= 64), nodes_(1) {}

const Automaton::State* Automaton::edge(State state, Symbol symbol) const {
  const auto& edges = nodes_[state].edges;
  const auto found = std::lower_bound(edges.begin(), edges.end(), symbol, [](const auto& e, Symbol s) { return e.first < s; });
  return found != edges.end() && found->first == symbol ? &found->second : nullptr;
}

void Automaton::add(std::span<const Symbol> pattern, std::uint32_t id) {
  assert(!pattern.empty());
  State at = root;
  for (const Symbol symbol : pattern) {
    assert(symbol != 0 && symbol < width_);
    if (const State* next = edge(at, symbol)) {
      at = *next;
      continue;
    }
    const auto made = static_cast<State>(nodes_.size());
    const std::uint32_t depth = nodes_[at].depth + 1;
    auto& edges = nodes_[at].edges;
    edges.insert(std::lower_bound(edges.begin(), edges.end(), symbol, [](const auto& e, Symbol s) { return e.first < s; }), {symbol, made});
    nodes_.emplace_back().depth = depth;
    at = made;
  }
  nodes_[at].ids.push_back(id);
}

void Automaton::finish() {
  std::vector<State> order;
  order.reserve(nodes_.size());
  for (const auto& [symbol, child] : nodes_[root].edges) order.push_back(child);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const State at = order[i];
    for (const auto& [symbol, child] : nodes_[at].edges) {
      nodes_[child].fail = follow(nodes_[at].fail, symbol);
      order.push_back(child);
    }
    const State fail = nodes_[at].fail;
    nodes_[at].shorter = nodes_[fail].ids.empty() ? nodes_[fail].shorter : fail;
    nodes_[at].reports = !nodes_[at].ids.empty() || nodes_[at].shorter != root;
  }
  if (!full_) return;
  const auto row_of = [&](State state) {
    return static_cast<std::uint32_t>(state * width_) | (nodes_[state].reports ? reports : 0u);
  };
  rows_.assign(nodes_.size() * width_, 0);
  for (const auto& [symbol, child] : nodes_[root].edges) rows_[symbol] = row_of(child);
  for (const State at : order) {
    std::copy_n(rows_.begin() + static_cast<std::ptrdiff_t>(nodes_[at].fail * width_), width_,
                rows_.begin() + static_cast<std::ptrdiff_t>(at * width_));
    for (const auto& [symbol, child] : nodes_[at].edges) rows_[at * width_ + symbol] = row_of(child);
  }
}

Automaton::State Automaton::follow(State state, Symbol symbol) const {
  for (;;) {
    if (const State* next = edge(state, symbol)) return *next;
    if (state == root) return root;
    state = nodes_[state].fail;
  }
}

}  // namespace gatehouse::redaction
