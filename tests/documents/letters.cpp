#include "tests/documents/letters.hpp"

#include <array>

namespace gatehouse::invented {

namespace {

struct Accented {
  char32_t letter;
  char32_t base;
  char32_t mark;  // 0: typed without it all the same, but Unicode has no pair of base and mark
};

// Lower case; the capital is found through `upper`.
constexpr std::array accents = {
    Accented{U'à', U'a', 0x300}, Accented{U'á', U'a', 0x301}, Accented{U'â', U'a', 0x302}, Accented{U'ã', U'a', 0x303}, Accented{U'ä', U'a', 0x308},
    Accented{U'å', U'a', 0x30a}, Accented{U'ă', U'a', 0x306}, Accented{U'ą', U'a', 0x328}, Accented{U'ā', U'a', 0x304}, Accented{U'ç', U'c', 0x327},
    Accented{U'ć', U'c', 0x301}, Accented{U'č', U'c', 0x30c}, Accented{U'ċ', U'c', 0x307}, Accented{U'ď', U'd', 0x30c}, Accented{U'đ', U'd', 0},
    Accented{U'è', U'e', 0x300}, Accented{U'é', U'e', 0x301}, Accented{U'ê', U'e', 0x302}, Accented{U'ë', U'e', 0x308}, Accented{U'ę', U'e', 0x328},
    Accented{U'ė', U'e', 0x307}, Accented{U'ē', U'e', 0x304}, Accented{U'ě', U'e', 0x30c}, Accented{U'ẹ', U'e', 0x323}, Accented{U'ğ', U'g', 0x306},
    Accented{U'ģ', U'g', 0x327}, Accented{U'ì', U'i', 0x300}, Accented{U'í', U'i', 0x301}, Accented{U'î', U'i', 0x302}, Accented{U'ï', U'i', 0x308},
    Accented{U'ī', U'i', 0x304}, Accented{U'į', U'i', 0x328}, Accented{U'ı', U'i', 0},     Accented{U'ķ', U'k', 0x327}, Accented{U'ł', U'l', 0},
    Accented{U'ļ', U'l', 0x327}, Accented{U'ñ', U'n', 0x303}, Accented{U'ń', U'n', 0x301}, Accented{U'ň', U'n', 0x30c}, Accented{U'ņ', U'n', 0x327},
    Accented{U'ò', U'o', 0x300}, Accented{U'ó', U'o', 0x301}, Accented{U'ô', U'o', 0x302}, Accented{U'õ', U'o', 0x303}, Accented{U'ö', U'o', 0x308},
    Accented{U'ø', U'o', 0},     Accented{U'ő', U'o', 0x30b}, Accented{U'ọ', U'o', 0x323}, Accented{U'ř', U'r', 0x30c}, Accented{U'ś', U's', 0x301},
    Accented{U'š', U's', 0x30c}, Accented{U'ş', U's', 0x327}, Accented{U'ș', U's', 0x326}, Accented{U'ṣ', U's', 0x323}, Accented{U'ť', U't', 0x30c},
    Accented{U'ț', U't', 0x326}, Accented{U'ţ', U't', 0x327}, Accented{U'ù', U'u', 0x300}, Accented{U'ú', U'u', 0x301}, Accented{U'û', U'u', 0x302},
    Accented{U'ü', U'u', 0x308}, Accented{U'ů', U'u', 0x30a}, Accented{U'ű', U'u', 0x30b}, Accented{U'ų', U'u', 0x328}, Accented{U'ū', U'u', 0x304},
    Accented{U'ŵ', U'w', 0x302}, Accented{U'ý', U'y', 0x301}, Accented{U'ŷ', U'y', 0x302}, Accented{U'ÿ', U'y', 0x308}, Accented{U'ź', U'z', 0x301},
    Accented{U'ż', U'z', 0x307}, Accented{U'ž', U'z', 0x30c}};

const Accented* find_accented(char32_t small) {
  for (const Accented& entry : accents)
    if (entry.letter == small) return &entry;
  return nullptr;
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    char32_t point = more == 0 ? first : first & (0x3f >> more);
    for (int k = 1; k <= more && i + k < text.size(); ++k) point = (point << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3f);
    points.push_back(point);
    i += static_cast<std::size_t>(more) + 1;
  }
  return points;
}

std::string utf8(char32_t c) {
  std::string out;
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | (c >> 6)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | (c >> 12)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | (c >> 18)));
    out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
  return out;
}

std::string utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) out += utf8(c);
  return out;
}

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

bool is_letter(char32_t c) {
  const bool latin = c >= 0xc0 && c < 0x250 && c != 0xd7 && c != 0xf7;
  return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || latin || (c >= 0x1e00 && c < 0x1f00);
}

char32_t lower(char32_t c) {
  if (c >= U'A' && c <= U'Z') return c + 32;
  if (c >= 0xc0 && c <= 0xde && c != 0xd7) return c + 32;
  if (c == 0x130) return U'i';
  if (c == 0x178) return 0xff;
  const bool even_is_capital = (c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x218 && c <= 0x21b) || (c >= 0x1e00 && c < 0x1f00);
  if (even_is_capital && c % 2 == 0) return c + 1;
  const bool odd_is_capital = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  if (odd_is_capital && c % 2 == 1) return c + 1;
  return c;
}

char32_t upper(char32_t c) {
  if (c >= U'a' && c <= U'z') return c - 32;
  if (c >= 0xe0 && c <= 0xfe && c != 0xf7) return c - 32;
  if (c == 0x131) return U'I';
  if (c == 0xff) return 0x178;
  if (c > 0xff && is_letter(c) && lower(c) == c && lower(c - 1) == c) return c - 1;
  return c;
}

std::string lower(std::string_view text) {
  std::u32string points = code_points(text);
  for (char32_t& c : points) c = lower(c);
  return utf8(points);
}

std::string upper(std::string_view text) {
  std::u32string points = code_points(text);
  for (char32_t& c : points) c = upper(c);
  return utf8(points);
}

std::string without_accents(std::string_view text) {
  std::u32string points = code_points(text);
  for (char32_t& c : points) {
    const char32_t small = lower(c);
    if (const Accented* entry = find_accented(small)) c = small == c ? entry->base : upper(entry->base);
  }
  return utf8(points);
}

std::u32string decomposed(char32_t letter) {
  const char32_t small = lower(letter);
  const Accented* entry = find_accented(small);
  if (!entry || entry->mark == 0) return std::u32string(1, letter);
  return {small == letter ? entry->base : upper(entry->base), entry->mark};
}

std::string name_key(std::string_view name) {
  std::u32string key;
  for (const char32_t c : code_points(lower(without_accents(name))))
    if (is_letter(c)) key.push_back(c);
  return utf8(key);
}

}  // namespace gatehouse::invented
