#include "policy/statistics/canonical.hpp"

#include <algorithm>

namespace gatehouse::statistics {

void put_field(std::string& out, std::string_view field) {
  const auto size = static_cast<std::uint32_t>(field.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xff);
  out += field;
}

void put_field(std::string& out, std::uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  put_field(out, std::string_view(bytes));
}

namespace {

std::string bits(const CodeSet& set) {
  std::string out(kMostCodes / 8, '\0');
  for (std::size_t i = 0; i < kMostCodes; ++i)
    if (set.test(i)) out[i / 8] = static_cast<char>(static_cast<unsigned char>(out[i / 8]) | 1u << (i % 8));
  return out;
}

}  // namespace

Canonicaliser::Canonicaliser(const Dataset& dataset) : dataset_(dataset) {
  for (const auto& rule : dataset.not_applicable)
    for (const auto& one : rule.sets)
      if (std::find(named_.begin(), named_.end(), one.first) == named_.end()) named_.push_back(one.first);
  std::sort(named_.begin(), named_.end());
}

std::optional<std::vector<CodeSet>> Canonicaliser::hull(std::vector<CodeSet> sets) {
  for (const auto& set : sets)
    if (set.none()) return std::nullopt;
  if (named_.empty()) return sets;
  std::string memory;
  for (const std::size_t one : named_) memory += bits(sets[one]);
  auto known = known_.find(memory);
  if (known == known_.end()) {
    std::vector<CodeSet> reached(named_.size());
    std::vector<std::size_t> codes(dataset_.attributes.size(), 0);
    walk(sets, 0, codes, reached);
    known = known_.emplace(std::move(memory), std::move(reached)).first;
  }
  for (std::size_t i = 0; i < named_.size(); ++i) {
    if (known->second[i].none()) return std::nullopt;
    sets[named_[i]] = known->second[i];
  }
  return sets;
}

void Canonicaliser::walk(const std::vector<CodeSet>& sets, std::size_t at, std::vector<std::size_t>& codes, std::vector<CodeSet>& reached) const {
  if (at == named_.size()) {
    if (dataset_.impossible(codes)) return;
    for (std::size_t i = 0; i < named_.size(); ++i) reached[i].set(codes[named_[i]]);
    return;
  }
  const std::size_t attribute = named_[at];
  for (std::size_t code = 0; code < dataset_.attributes[attribute].codes.size(); ++code) {
    if (!sets[attribute].test(code)) continue;
    codes[attribute] = code;
    walk(sets, at + 1, codes, reached);
  }
}

std::string Canonicaliser::bytes(const std::vector<CodeSet>& sets) const {
  std::map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < sets.size(); ++i)
    if (sets[i] != dataset_.attributes[i].all()) by_name.emplace(dataset_.attributes[i].id, i);
  std::string out;
  for (const auto& [name, i] : by_name) {
    put_field(out, name);
    put_field(out, std::string_view(bits(sets[i])));
  }
  return out;
}

}  // namespace gatehouse::statistics
