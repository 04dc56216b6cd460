#include "tests/documents/arguments.hpp"

#include <charconv>
#include <stdexcept>
#include <string>

namespace gatehouse::invented {

std::uint64_t whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument("not a whole number: " + std::string(text));
  return value;
}

bool take_option(WhichDocuments& which, std::string_view option, std::string_view value) {
  if (option == "--half" && (value == "train" || value == "held_out")) which.half = value == "train" ? Half::train : Half::held_out;
  else if (option == "--count") which.count = whole_number(value);
  else if (option == "--seed") which.wish.seed = whole_number(value);
  else if (option == "--mode" && value == "third_party") which.wish.anonymise = false;
  else if (option == "--mode" && value == "anonymise") which.wish.anonymise = true;
  else if (option == "--mode" && value == "both") which.wish.anonymise.reset();
  else return false;
  return true;
}

}  // namespace gatehouse::invented
