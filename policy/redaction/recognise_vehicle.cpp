// Vehicle registrations: current (AB12 CDE), prefix (A123 BCD), suffix (ABC 123D), Northern Ireland (ABC 1234), as one word or two. Only
// the current form is taken in small letters; the older ones are made of ordinary words and numbers and need their capitals or a cue.
#include "policy/redaction/identifiers.hpp"

namespace gatehouse::redaction {

namespace {

// `a` a letter, `9` a digit.
std::string shape_of(std::string_view word) {
  std::string shape;
  for (const char c : word) shape += c >= '0' && c <= '9' ? '9' : 'a';
  return shape;
}

}  // namespace

bool read_vehicle(const Shadow& shadow, std::size_t token, Identifier& found) {
  const Around around(shadow, token);
  const std::string shape = shape_of(around.word());
  if (shape.size() > 7) return false;
  const auto cue = [&] { return around.cue("reg registration plate vrm vehicle car van driving drives taxi", 5); };
  const auto take = [&](int from, int to, double confidence) {
    found = {around.token(from).begin, around.token(to).end, IdKind::vehicle, confidence};
    return true;
  };
  const auto capitals = [&](int offset) {
    for (const char c : around.cased(offset))
      if (c >= 'a' && c <= 'z') return false;
    return true;
  };
  if (shape == "aa99aaa") return take(0, 0, 0.95);
  if (shape == "aa99" && around.has(1) && around.blank(1) && shape_of(around.word(1)) == "aaa" && (capitals(1) || cue()) && capitals(0)) return take(0, 1, 0.95);
  if (shape == "aa99" && around.has(1) && around.blank(1) && shape_of(around.word(1)) == "aaa" && cue()) return take(0, 1, 0.9);
  const bool prefix = shape == "a9" || shape == "a99" || shape == "a999";
  if (prefix && capitals(0) && around.has(1) && around.blank(1) && shape_of(around.word(1)) == "aaa" && capitals(1)) return take(0, 1, 0.85);
  if ((shape == "a9aaa" || shape == "a99aaa" || shape == "a999aaa") && capitals(0)) return take(0, 0, 0.85);
  if ((shape == "aaa9a" || shape == "aaa99a" || shape == "aaa999a") && capitals(0)) return take(0, 0, 0.85);
  const bool before = around.has(-1) && around.blank(0) && !around.token(-1).digits && around.token(-1).letters && capitals(-1);
  if (before && shape_of(around.word(-1)) == "aaa" && (shape == "9a" || shape == "99a" || shape == "999a") && capitals(0)) return take(-1, 0, 0.8);
  const bool northern = before && (shape == "9999" || shape == "999" || shape == "99") && (around.word(-1).size() == 3 || around.word(-1).size() == 2);
  if (northern && cue()) return take(-1, 0, 0.8);
  if ((shape == "aaa9999" || shape == "aa9999") && cue()) return take(0, 0, 0.8);
  return false;
}

}  // namespace gatehouse::redaction
