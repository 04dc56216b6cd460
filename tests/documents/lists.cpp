#include "tests/documents/lists.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/documents/letters.hpp"
#include "tests/documents/random.hpp"
#include "tests/where/where.hpp"

namespace gatehouse::invented {

std::string_view word(Half half) { return half == Half::train ? "train" : "held_out"; }

std::string data_path(std::string_view relative) { return std::string(test::source_dir()) + "/tests/documents/" + std::string(relative); }

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> files_below(const std::string& folder, std::string_view ending) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().string().ends_with(ending)) found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());
  if (found.empty()) throw std::runtime_error("no *" + std::string(ending) + " below " + folder);
  return found;
}

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(at);
    if (std::string part = trim(text.substr(0, end)); !part.empty()) parts.push_back(std::move(part));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Lists read_lists(const std::string& path) {
  Lists lists;
  for (const std::string& line : split(read_file(path), '\n')) {
    if (line.starts_with('#')) continue;
    const auto colon = line.find(": ");
    if (colon == std::string::npos) throw std::runtime_error(path + ": a line without `key: `: " + line);
    for (std::string& entry : split(std::string_view(line).substr(colon + 2), ';')) lists[line.substr(0, colon)].push_back(std::move(entry));
  }
  return lists;
}

Half half_of(std::string_view entry) { return fingerprint(name_key(entry)) % 5 < 3 ? Half::train : Half::held_out; }

}  // namespace gatehouse::invented
