#pragma once
// The packs and data of the project, for tests.
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "policy/decision/evaluate.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::policy::test {

inline std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string config_text(const std::string& name) { return file_text(std::string(::gatehouse::test::source_dir()) + "/config/" + name); }

// Reads a pack's text against the project's reference data.
inline std::expected<Pack, Error> read_pack(const std::string& text) {
  static const std::string matrix = config_text("minimum_necessary.json"), law = config_text("legal_refs.json"), holidays = config_text("bank_holidays.json");
  PackReference reference;
  reference.minimum_necessary = matrix;
  reference.legal_refs = law;
  reference.bank_holidays = holidays;
  return Pack::read(text, reference);
}

inline const Pack& children_and_families() {
  static const Pack pack = [] {
    auto read = read_pack(config_text("packs/children-and-families.json"));
    if (!read) throw std::runtime_error(read.error().text());
    return std::move(*read);
  }();
  return pack;
}

// One of the project's five packs, by its id.
inline const Pack& project_pack(const std::string& id) {
  static std::map<std::string, Pack> read;
  auto found = read.find(id);
  if (found == read.end()) {
    auto pack = read_pack(config_text("packs/" + id + ".json"));
    if (!pack) throw std::runtime_error(id + ": " + pack.error().text());
    found = read.emplace(id, std::move(*pack)).first;
  }
  return found->second;
}

inline constexpr const char* kProjectPacks[] = {"best-foot-forward", "west-park", "new-futures", "children-and-families", "cats-cambridge"};

// The lines of a case file that are not blank.
inline std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> out;
  std::ifstream in(path, std::ios::binary);
  for (std::string line; std::getline(in, line);)
    if (line.find_first_not_of(" \t\r") != std::string::npos) out.push_back(line);
  return out;
}

}  // namespace gatehouse::policy::test
