// gatehouse_documents --half train|held_out --count N --seed S [--mode third_party|anonymise|both] [--no-noise]
// Writes invented case documents with annotation, one JSON object a line.
#include <charconv>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/documents/generate.hpp"

namespace {

using namespace gatehouse::invented;

struct Arguments {
  Half half = Half::train;
  std::uint64_t count = 10;
  Wish wish;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument("not a whole number: " + std::string(text));
  return value;
}

Arguments read(const std::vector<std::string_view>& words) {
  Arguments made;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--no-noise") {
      made.wish.noise = false;
      continue;
    }
    if (i + 1 >= words.size()) throw std::invalid_argument("no value, or no such option: " + std::string(words[i]));
    const std::string_view option = words[i], value = words[++i];
    if (option == "--half" && (value == "train" || value == "held_out")) made.half = value == "train" ? Half::train : Half::held_out;
    else if (option == "--count") made.count = number(value);
    else if (option == "--seed") made.wish.seed = number(value);
    else if (option == "--mode" && value == "third_party") made.wish.anonymise = false;
    else if (option == "--mode" && value == "anonymise") made.wish.anonymise = true;
    else if (option == "--mode" && value == "both") made.wish.anonymise.reset();
    else throw std::invalid_argument("no such option or value: " + std::string(option) + " " + std::string(value));
  }
  return made;
}

}  // namespace

int main(int count, char** words) {
  try {
    const Arguments arguments = read(std::vector<std::string_view>(words + 1, words + count));
    const Material material(arguments.half);
    for (std::uint64_t i = 0; i < arguments.count; ++i) std::cout << to_json(generate(material, arguments.wish, i)) << '\n';
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "gatehouse_documents: " << problem.what() << '\n';
    return 1;
  }
}
