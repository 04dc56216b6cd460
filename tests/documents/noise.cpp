#include "tests/documents/noise.hpp"

#include <string>

#include "tests/documents/letters.hpp"

namespace gatehouse::invented {

namespace {

bool is_space(char32_t c) { return c == U' '; }

void change_case(Page& page, char32_t (*to)(char32_t)) {
  for (Letter& letter : page) letter.c = to(letter.c);
}

void curl_quotes(Page& page) {
  for (std::size_t i = 0; i < page.size(); ++i) {
    const bool opens = i == 0 || page[i - 1].c == U' ' || page[i - 1].c == U'\n' || page[i - 1].c == U'(';
    if (page[i].c == U'\'') page[i].c = opens ? U'‘' : U'’';
    if (page[i].c == U'"') page[i].c = opens ? U'“' : U'”';
    if (page[i].c == U'-' && i > 0 && page[i - 1].c == U' ' && i + 1 < page.size() && page[i + 1].c == U' ') page[i].c = U'–';
  }
}

// One wrong letter in some ordinary words of five letters and more.
void mistype(Page& page, double share, Random& random) {
  for (std::size_t i = 0; i < page.size();) {
    std::size_t end = i;
    while (end < page.size() && is_letter(page[end].c) && page[end].mark < 0) ++end;
    if (end - i >= 5 && random.chance(share)) {
      const std::size_t at = i + 1 + random.below(end - i - 2);
      switch (random.below(3)) {
        case 0: std::swap(page[at], page[at + 1]); break;
        case 1: page.erase(page.begin() + static_cast<std::ptrdiff_t>(at)); --end; break;
        default: page.insert(page.begin() + static_cast<std::ptrdiff_t>(at), page[at]); ++end; break;
      }
    }
    i = end == i ? i + 1 : end;
  }
}

// Where the apostrophe of `Chidi's` is dropped the s is part of what one reads as the name.
void drop_punctuation(Page& page, double share, Random& random) {
  Page kept;
  for (std::size_t i = 0; i < page.size(); ++i) {
    const Letter& letter = page[i];
    const bool small_mark = letter.c == U'.' || letter.c == U',' || letter.c == U'\'' || letter.c == U';' || letter.c == U':';
    if (!small_mark || letter.mark >= 0 || !random.chance(share)) {
      kept.push_back(letter);
      continue;
    }
    const bool possessive = letter.c == U'\'' && !kept.empty() && kept.back().mark >= 0 && i + 1 < page.size() && lower(page[i + 1].c) == U's';
    if (possessive) page[i + 1].mark = kept.back().mark;
  }
  page = std::move(kept);
}

// Inserts after some letters; what comes between two letters of one mark is part of it.
template <class Choose>
void insert_some(Page& page, double share, Random& random, Choose choose) {
  Page made;
  for (std::size_t i = 0; i < page.size(); ++i) {
    made.push_back(page[i]);
    if (i + 1 >= page.size()) continue;
    const char32_t c = choose(page[i], page[i + 1]);
    if (c != 0 && random.chance(share)) made.push_back({c, page[i].mark == page[i + 1].mark ? page[i].mark : -1});
  }
  page = std::move(made);
}

void wrap(Page& page, std::size_t width) {
  std::size_t column = 0, last_space = 0;
  for (std::size_t i = 0; i < page.size(); ++i) {
    if (page[i].c == U'\n') column = 0, last_space = 0;
    else ++column;
    if (is_space(page[i].c)) last_space = i;
    if (column > width && last_space != 0) {
      page[last_space].c = U'\n';
      column = i - last_space;
      last_space = 0;
    }
  }
}

void decompose(Page& page) {
  Page made;
  for (const Letter& letter : page)
    for (const char32_t c : decomposed(letter.c)) made.push_back({c, letter.mark});
  page = std::move(made);
}

// A scanner reads l as 1 and rn as m, joins words and keeps the hyphen of a broken line.
void scan(Page& page, Random& random) {
  Page made;
  for (std::size_t i = 0; i < page.size(); ++i) {
    Letter letter = page[i];
    const bool marked = letter.mark >= 0;
    const bool inside = i > 0 && i + 1 < page.size() && is_letter(page[i - 1].c) && is_letter(page[i + 1].c);
    if (is_space(letter.c) && !marked && i + 1 < page.size() && page[i + 1].mark < 0 && page[i - (i > 0)].mark < 0 && random.chance(0.012)) continue;
    if (!marked && inside && letter.c == U'l' && random.chance(0.03)) letter.c = U'1';
    if (!marked && inside && letter.c == U'o' && random.chance(0.01)) letter.c = U'0';
    if (!marked && inside && letter.c == U'r' && page[i + 1].c == U'n' && random.chance(0.1)) {
      letter.c = U'm';
      ++i;
    }
    made.push_back(letter);
    const bool same = i + 1 < page.size() && page[i + 1].mark == letter.mark;
    if (same && inside && i > 2 && i + 3 < page.size() && is_letter(page[i - 2].c) && is_letter(page[i + 2].c) && random.chance(0.003)) {
      made.push_back({U'-', letter.mark});
      made.push_back({U'\n', letter.mark});
    }
  }
  page = std::move(made);
}

}  // namespace

std::string misspelt(std::string_view name, Random& random) {
  std::u32string points = code_points(name);
  std::vector<std::size_t> inner;  // not the first letter of a word: people get that right
  for (std::size_t i = 1; i + 1 < points.size(); ++i)
    if (is_letter(points[i - 1]) && is_letter(points[i]) && is_letter(points[i + 1])) inner.push_back(i);
  if (inner.size() < 3) return std::string(name);
  const std::size_t at = random.one_of(inner);
  constexpr std::u32string_view vowels = U"aeiou";
  switch (random.below(4)) {
    case 0:
      if (points[at] != points[at + 1]) std::swap(points[at], points[at + 1]);
      else points.erase(at, 1);
      break;
    case 1: points.erase(at, 1); break;
    case 2: points.insert(at, 1, points[at]); break;
    default:
      points[at] = vowels.find(points[at]) == std::u32string_view::npos ? points[at - 1] : vowels[(vowels.find(points[at]) + 1 + random.below(4)) % 5];
      break;
  }
  return utf8(points);
}

void roughen(Page& page, Style style, Random& random) {
  const bool hurried = style == Style::hurried || style == Style::spoken;
  if (random.chance(hurried ? 0.5 : 0.25)) mistype(page, hurried ? 0.02 : 0.008, random);
  if (random.chance(hurried ? 0.6 : 0.1)) drop_punctuation(page, hurried ? 0.3 : 0.08, random);
  if (style == Style::scanned || random.chance(0.02)) scan(page, random);
  if (style == Style::capitals || random.chance(0.025)) change_case(page, upper);
  else if (random.chance(style == Style::hurried ? 0.55 : style == Style::spoken ? 0.4 : 0.05)) change_case(page, lower);
  if (random.chance(0.2)) curl_quotes(page);
  if (random.chance(0.12)) insert_some(page, 0.03, random, [](Letter a, Letter) { return is_space(a.c) ? U' ' : char32_t{0}; });
  if (random.chance(style == Style::scanned ? 0.6 : 0.1)) wrap(page, static_cast<std::size_t>(random.between(58, 78)));
  if (random.chance(0.05))
    for (Letter& letter : page)
      if (is_space(letter.c) && random.chance(0.08)) letter.c = 0xa0;
  if (random.chance(0.03)) {
    constexpr std::u32string_view unseen = U"\u200b\u00ad\u200d\ufeff\u200e";
    const char32_t c = unseen[random.below(unseen.size())];
    insert_some(page, 0.006, random, [c](Letter a, Letter b) { return is_letter(a.c) && is_letter(b.c) ? c : char32_t{0}; });
  }
  if (random.chance(0.06)) decompose(page);
}

}  // namespace gatehouse::invented
