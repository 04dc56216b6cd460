// gatehouse_documents --half train|held_out --count N --seed S [--mode third_party|anonymise|both] [--no-noise]
// Writes invented case documents with annotation, one JSON object a line.
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/documents/arguments.hpp"
#include "tests/documents/generate.hpp"

namespace {

using namespace gatehouse::invented;

WhichDocuments read(const std::vector<std::string_view>& words) {
  WhichDocuments made{Half::train, 10};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--no-noise") {
      made.wish.noise = false;
      continue;
    }
    if (i + 1 >= words.size()) throw std::invalid_argument("no value, or no such option: " + std::string(words[i]));
    const std::string_view option = words[i], value = words[++i];
    if (!take_option(made, option, value)) throw std::invalid_argument("no such option or value: " + std::string(option) + " " + std::string(value));
  }
  return made;
}

}  // namespace

int main(int count, char** words) {
  try {
    const WhichDocuments arguments = read(std::vector<std::string_view>(words + 1, words + count));
    const Material material(arguments.half);
    for (std::uint64_t i = 0; i < arguments.count; ++i) std::cout << to_json(generate(material, arguments.wish, i)) << '\n';
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "gatehouse_documents: " << problem.what() << '\n';
    return 1;
  }
}
