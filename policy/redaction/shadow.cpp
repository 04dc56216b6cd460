#include "policy/redaction/shadow.hpp"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <algorithm>
#include <array>
#include <memory>

namespace gatehouse::redaction {

namespace {

enum Kind : std::uint8_t { other = 0, letter = 1, digit = 2 };

constexpr std::array<std::uint8_t, 256> make_kinds() {
  std::array<std::uint8_t, 256> kinds{};
  for (int c = 'a'; c <= 'z'; ++c) kinds[c] = letter;
  for (int c = 'A'; c <= 'Z'; ++c) kinds[c] = letter;
  for (int c = '0'; c <= '9'; ++c) kinds[c] = digit;
  for (int c = 0x80; c < 0x100; ++c) kinds[c] = letter;  // what folding left of other scripts
  return kinds;
}
constexpr auto kinds = make_kinds();

constexpr std::array<char, 256> make_lower() {
  std::array<char, 256> lower{};
  for (int c = 0; c < 256; ++c) lower[c] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return lower;
}
constexpr auto lower = make_lower();

// Decodes one code point; the length, or 0 where the bytes are no UTF-8 (overlong forms and surrogates are none).
std::size_t decode(std::string_view text, std::size_t at, char32_t& point) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(at);
  if (lead < 0x80) {
    point = lead;
    return 1;
  }
  const std::size_t size = lead >= 0xC2 && lead <= 0xDF ? 2 : lead >= 0xE0 && lead <= 0xEF ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
  if (size == 0 || at + size > text.size()) return 0;
  point = lead & (size == 2 ? 0x1Fu : size == 3 ? 0x0Fu : 0x07u);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
    point = point << 6 | (byte(at + i) & 0x3Fu);
  }
  if ((size == 3 && point < 0x800) || (size == 4 && (point < 0x10000 || point > 0x10FFFF)) || (point >= 0xD800 && point <= 0xDFFF)) return 0;
  return size;
}

void append_utf8(std::string& to, char32_t point) {
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xC0 | point >> 6);
    to += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    to += static_cast<char>(0xE0 | point >> 12);
    to += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    to += static_cast<char>(0xF0 | point >> 18);
    to += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    to += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (point & 0x3F));
  }
}

// Marks that say nothing to a reader and split a name for a machine.
bool vanishes(char32_t c) {
  return c == 0xAD || c == 0x34F || c == 0x61C || c == 0x180E || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2064) || (c >= 0x2066 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F) ||
         (c >= 0x300 && c <= 0x36F) || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) || (c >= 0x20D0 && c <= 0x20FF) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

// Letters of other scripts that look like Latin ones, as (code point, Latin letter), the case kept.
constexpr std::array<std::pair<char32_t, char>, 60> look_alikes = {{
    {0x410, 'A'}, {0x412, 'B'}, {0x415, 'E'}, {0x417, '3'}, {0x41A, 'K'}, {0x41C, 'M'}, {0x41D, 'H'}, {0x41E, 'O'}, {0x420, 'P'}, {0x421, 'C'},
    {0x422, 'T'}, {0x423, 'Y'}, {0x425, 'X'}, {0x430, 'a'}, {0x435, 'e'}, {0x43A, 'k'}, {0x43C, 'm'}, {0x43D, 'h'}, {0x43E, 'o'}, {0x440, 'p'},
    {0x441, 'c'}, {0x443, 'y'}, {0x445, 'x'}, {0x405, 'S'}, {0x455, 's'}, {0x406, 'I'}, {0x456, 'i'}, {0x408, 'J'}, {0x458, 'j'}, {0x501, 'd'},
    {0x51B, 'q'}, {0x51D, 'w'}, {0x391, 'A'}, {0x392, 'B'}, {0x395, 'E'}, {0x396, 'Z'}, {0x397, 'H'}, {0x399, 'I'}, {0x39A, 'K'}, {0x39C, 'M'},
    {0x39D, 'N'}, {0x39F, 'O'}, {0x3A1, 'P'}, {0x3A4, 'T'}, {0x3A5, 'Y'}, {0x3A7, 'X'}, {0x3B1, 'a'}, {0x3B5, 'e'}, {0x3B9, 'i'}, {0x3BA, 'k'},
    {0x3BD, 'v'}, {0x3BF, 'o'}, {0x3C1, 'p'}, {0x3C5, 'u'}, {0x3C7, 'x'}, {0x475, 'v'}, {0x4BB, 'h'}, {0x4CF, 'l'}, {0x578, 'n'}, {0x585, 'o'},
}};

char look_alike(char32_t c) {
  for (const auto& [point, latin] : look_alikes)
    if (point == c) return latin;
  return 0;
}

// Letters that no decomposition takes apart.
const char* spelled_out(char32_t c) {
  switch (c) {
    case 0xDF: return "ss";
    case 0x1E9E: return "SS";
    case 0xC6: return "AE";
    case 0xE6: return "ae";
    case 0x152: return "OE";
    case 0x153: return "oe";
    case 0xD8: return "O";
    case 0xF8: return "o";
    case 0xD0: case 0x110: return "D";
    case 0xF0: case 0x111: return "d";
    case 0xDE: return "Th";
    case 0xFE: return "th";
    case 0x141: return "L";
    case 0x142: return "l";
    case 0x131: return "i";
    case 0x126: return "H";
    case 0x127: return "h";
    case 0x166: return "T";
    case 0x167: return "t";
    case 0x18F: return "A";
    case 0x259: return "a";
    case 0x1A0: return "O";
    case 0x1A1: return "o";
    case 0x1AF: return "U";
    case 0x1B0: return "u";
    case 0x2018: case 0x2019: case 0x201A: case 0x201B: case 0x2032: case 0x2BC: case 0x2B9: case 0x60: case 0xB4: case 0x2BB: case 0x2BF: case 0x2BE: return "'";
    case 0x201C: case 0x201D: case 0x201E: case 0x201F: case 0xAB: case 0xBB: case 0x2033: return "\"";
    case 0x2010: case 0x2011: case 0x2012: case 0x2013: case 0x2014: case 0x2015: case 0x2212: case 0xFE58: case 0xFE63: case 0xFF0D: return "-";
    case 0x2026: return "...";
    case 0x2028: case 0x2029: case 0x85: return "\n";
    default: return nullptr;
  }
}

struct Folding {
  std::string cased;     // with capitals, no accents
  bool latin = false;    // came from a Latin letter or from a digit
};

// One code point without its accents. Compatibility forms (full width, mathematical alphabets) become plain letters.
Folding fold_point(char32_t c) {
  Folding folding;
  if (const char* plain = spelled_out(c)) {
    folding.cased = plain;
    folding.latin = true;
    return folding;
  }
  if (const int32_t value = u_charDigitValue(static_cast<UChar32>(c)); value >= 0) {
    folding.cased = static_cast<char>('0' + value);
    folding.latin = true;
    return folding;
  }
  if (u_isUWhiteSpace(static_cast<UChar32>(c))) {
    folding.cased = " ";
    return folding;
  }
  UErrorCode status = U_ZERO_ERROR;
  static const UNormalizer2* const nfkd = unorm2_getNFKDInstance(&status);
  std::array<UChar, 32> raw{};
  const int32_t size = nfkd ? unorm2_getDecomposition(nfkd, static_cast<UChar32>(c), raw.data(), raw.size(), &status) : -1;
  if (size > 0 && U_SUCCESS(status)) {
    for (int32_t i = 0; i < size;) {
      UChar32 part = 0;
      U16_NEXT(raw.data(), i, size, part);
      if (vanishes(static_cast<char32_t>(part))) continue;
      if (const char* plain = spelled_out(static_cast<char32_t>(part)))
        folding.cased += plain;
      else
        append_utf8(folding.cased, static_cast<char32_t>(part));
      if (part < 0x80) folding.latin = true;
    }
    if (!folding.cased.empty()) return folding;
  }
  // Signs part words: a bullet or a pound sign must not stick to the name behind it.
  if (!u_isalnum(static_cast<UChar32>(c)) && u_charType(static_cast<UChar32>(c)) != U_UNASSIGNED && u_charType(static_cast<UChar32>(c)) != U_PRIVATE_USE_CHAR) {
    folding.cased = c == 0xA3 || c == 0x20AC ? "$" : "*";
    return folding;
  }
  append_utf8(folding.cased, c);
  return folding;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    char32_t point = 0;
    const std::size_t size = decode(text, i, point);
    if (size == 0) return false;
    i += size;
  }
  return true;
}

void lower_ascii(const char* from, char* to, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    const auto c = static_cast<unsigned char>(from[i]);
    to[i] = static_cast<char>(c | (static_cast<unsigned char>(c - 'A') < 26 ? 0x20 : 0));
  }
}

bool is_ascii(std::string_view text) {
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t high = 0;
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, at, 8);
    high |= chunk;
  }
  unsigned rest = 0;
  for (; left > 0; --left, ++at) rest |= static_cast<unsigned char>(*at);
  return (high & 0x8080808080808080ull) == 0 && rest < 0x80;
}

std::optional<Shadow> Shadow::of(std::string_view input) {
  Shadow shadow;
  shadow.input_ = input;
  if (is_ascii(input)) {
    // A hyphen at a line end joins a word to its rest and shifts offsets, so such a text takes the other road.
    bool joins = false;
    for (std::size_t at = input.find("-\n"); at != std::string_view::npos; at = input.find("-\n", at + 1))
      if (at > 0 && at + 2 < input.size() && kinds[static_cast<unsigned char>(input[at - 1])] == letter &&
          kinds[static_cast<unsigned char>(input[at + 2])] == letter)
        joins = true;
    if (input.find("-\r\n") != std::string_view::npos) joins = true;
    if (!joins) {
      shadow.fold_plain();
      shadow.split();
      return shadow;
    }
  }
  shadow.plain_ = false;
  if (!shadow.fold_unicode()) return std::nullopt;
  shadow.split();
  return shadow;
}

void Shadow::fold_plain() {
  size_ = input_.size();
  folded_.resize(size_ + 8);
  lower_ascii(input_.data(), folded_.data(), size_);
}

bool Shadow::fold_unicode() {
  cased_.reserve(input_.size());
  begin_.reserve(input_.size());
  stop_.reserve(input_.size());
  bool word_latin = false;      // the word so far holds a Latin letter
  std::vector<std::pair<std::size_t, char>> doubtful;  // look-alikes of the word so far, by place in cased_
  const auto put = [&](std::string_view bytes, std::size_t from, std::size_t to) {
    cased_.append(bytes);
    begin_.insert(begin_.end(), bytes.size(), static_cast<std::uint32_t>(from));
    stop_.insert(stop_.end(), bytes.size(), static_cast<std::uint32_t>(to));
  };
  const auto close_word = [&] {
    if (word_latin)
      for (auto it = doubtful.rbegin(); it != doubtful.rend(); ++it) {
        // The two bytes of the look-alike give way to one letter.
        cased_.replace(it->first, 2, 1, it->second);
        begin_.erase(begin_.begin() + static_cast<std::ptrdiff_t>(it->first));
        stop_.erase(stop_.begin() + static_cast<std::ptrdiff_t>(it->first));
      }
    doubtful.clear();
    word_latin = false;
  };
  for (std::size_t i = 0; i < input_.size();) {
    char32_t point = 0;
    const std::size_t size = decode(input_, i, point);
    if (size == 0) return false;
    const std::size_t end = i + size;
    if (vanishes(point)) {
      if (!stop_.empty() && begin_.back() < i && stop_.back() == i) {
        // A combining mark or a joiner goes with what it stands behind.
        const std::uint32_t owner = begin_.back();
        for (std::size_t k = stop_.size(); k > 0 && begin_[k - 1] == owner; --k) stop_[k - 1] = static_cast<std::uint32_t>(end);
      }
      i = end;
      continue;
    }
    if (point == '-' && !cased_.empty() && kinds[static_cast<unsigned char>(cased_.back())] == letter) {
      std::size_t next = end;
      if (next < input_.size() && input_[next] == '\r') ++next;
      if (next < input_.size() && input_[next] == '\n' && next + 1 < input_.size() &&
          kinds[static_cast<unsigned char>(input_[next + 1])] == letter) {
        i = next + 1;  // the word goes on in the next line
        continue;
      }
    }
    if (point < 0x80) {
      const char c = static_cast<char>(point);
      const std::uint8_t kind = kinds[static_cast<unsigned char>(c)];
      if (kind == other) close_word();
      if (kind == letter) word_latin = true;
      put({&c, 1}, i, end);
      i = end;
      continue;
    }
    if (const char latin = look_alike(point)) {
      doubtful.emplace_back(cased_.size(), latin);
      std::string bytes;
      append_utf8(bytes, point);
      put(bytes, i, end);
      i = end;
      continue;
    }
    const Folding folding = fold_point(point);
    bool separates = !folding.cased.empty();
    for (const char c : folding.cased)
      if (kinds[static_cast<unsigned char>(c)] != other) separates = false;
    if (separates) close_word();
    if (!separates && folding.latin) word_latin = true;
    put(folding.cased, i, end);
    i = end;
  }
  close_word();
  size_ = cased_.size();
  folded_.resize(size_ + 8);
  for (std::size_t i = 0; i < size_; ++i) folded_[i] = lower[static_cast<unsigned char>(cased_[i])];
  // Other scripts: lower case in place where its bytes are as many, which they nearly always are.
  for (std::size_t i = 0; i < size_;) {
    char32_t point = 0;
    const std::size_t size = decode(cased_, i, point);
    if (size == 0) return false;
    if (size > 1) {
      std::string small;
      append_utf8(small, static_cast<char32_t>(u_tolower(static_cast<UChar32>(point))));
      if (small.size() == size) folded_.replace(i, size, small);
    }
    i += size;
  }
  return true;
}

void Shadow::split() {
  const Lexicon& lexicon = Lexicon::get();
  const char* shape = cased().data();
  const char* text = folded_.data();
  const std::size_t n = size_;
  tokens_.reserve(n / 5 + 8);
  bool opens = true;       // what comes next opens a sentence or a line
  const bool questions = folded().find("\nq. ") != std::string_view::npos && folded().find("\na. ") != std::string_view::npos;  // an interview: "Q. Where was he? A. My uncle …"
  bool bracket = false;    // a `[` was seen
  std::size_t i = 0;
  while (i < n) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kinds[c] == other) {
      if (c == '.' || c == '!' || c == '?' || c == '\n' || c == '"' || c == ':' || c == ';' || c == '|' || c == '\t') {
        opens = true;
        // "Mr. Adeyemi", "no. 5": a dot after a title or a single letter ends no sentence.
        if (c == '.' && !tokens_.empty() && tokens_.back().end == i) {
          const Token& before = tokens_.back();
          const bool numbers = before.letters && before.size() == 1 && before.opens && (before.begin == 0 || text[before.begin - 1] == '\n') && i + 1 < n && text[i + 1] == ' ' && (text[before.begin] == 'a' || text[before.begin] == 'q') && questions;
          if (!numbers && (((before.flags & word::title) && before.size() <= 4 && !(before.flags & word::kin)) || (before.letters && before.size() == 1) ||
              (before.letters && before.capital && before.size() <= 3 && (before.flags & word::abbreviation))))
            opens = false;
        }
      } else if (c == '[') {
        bracket = true;
      } else if (c == ' ' && i + 1 < n && text[i + 1] == ' ' && !tokens_.empty() && tokens_.back().digits && !tokens_.back().letters && tokens_.back().begin > 0 && text[tokens_.back().begin - 1] == ':') {
        opens = true;  // "10:27  First told …": the time of a log, then what happened
      }
      ++i;
      continue;
    }
    Token token;
    token.begin = static_cast<std::uint32_t>(i);
    unsigned seen = 0;
    do {
      seen |= kinds[static_cast<unsigned char>(text[i])];
      ++i;
    } while (i < n && kinds[static_cast<unsigned char>(text[i])] != other);
    token.end = static_cast<std::uint32_t>(i);
    token.digits = (seen & digit) != 0;
    token.letters = (seen & letter) != 0;
    token.opens = opens;
    opens = false;
    if (token.letters) {
      if (shape[token.begin] != text[token.begin]) {
        token.capital = true;
        if (token.size() > 1) {
          token.upper = true;
          for (std::size_t k = token.begin + 1; k < token.end; ++k)
            if (kinds[static_cast<unsigned char>(text[k])] == letter && shape[k] == text[k]) {
              token.upper = false;
              break;
            }
        }
      }
      if (!token.digits) {
        token.hash = hash_word(text + token.begin, token.size());
        const Lexicon::Slot& known = lexicon.look(token.hash);
        token.flags = known.flags;
        token.traits = static_cast<WordTraits>(known.traits);
        if (!token.capital && (token.traits & trait::rare) && !(token.flags & word::given_name)) token.flags |= word::english;
      }
    }
    tokens_.push_back(token);
  }
  quieten();
  if (bracket) find_labels();
}

// A line in capitals: its capitals tell names from words no more than small letters do, so they are taken away. Short headings stay as
// they are.
void Shadow::quieten() {
  const std::string_view text = folded();
  std::size_t words = 0, capitals = 0;
  for (std::size_t first = 0; first < tokens_.size();) {
    std::size_t last = first;  // one past the line's end
    std::size_t loud = 0, quiet = 0;
    do {
      const Token& token = tokens_[last];
      if (token.letters && !token.digits && token.size() > 1) {
        ++(token.upper ? loud : quiet);
        ++words;
        if (token.capital && !token.upper) ++capitals;
      }
      ++last;
    } while (last < tokens_.size() && text.substr(tokens_[last - 1].end, tokens_[last].begin - tokens_[last - 1].end).find('\n') == std::string_view::npos);
    if (loud >= 5 && quiet * 10 <= loud)
      for (std::size_t i = first; i < last; ++i) {
        Token& token = tokens_[i];
        if (!token.capital) continue;
        token.shout = true;
        token.capital = token.upper = false;
        if ((token.traits & trait::rare) && !(token.flags & word::given_name)) token.flags |= word::english;
      }
    first = last;
  }
  small_letters_ = words >= 20 && capitals * 40 < words;
}

// `[maternal grandmother]`, `[sibling 1]`, `[age 11-15]`: brackets around nothing but words of our labels and short numbers. A name in
// brackets is no label: its words are not on the list.
void Shadow::find_labels() {
  const std::string_view text = folded();
  std::size_t first = 0;
  for (std::size_t open = text.find('['); open != std::string_view::npos; open = text.find('[', open + 1)) {
    const std::size_t close = text.find_first_of("[]\n", open + 1);
    if (close == std::string_view::npos || text[close] != ']' || close - open > 64) continue;
    while (first < tokens_.size() && tokens_[first].begin < open) ++first;
    std::size_t last = first;
    bool ours = true, worded = false;
    while (last < tokens_.size() && tokens_[last].end <= close) {
      const Token& token = tokens_[last];
      if (token.digits ? token.letters || token.size() > 6 : !(token.flags & word::label) && word(token) != "s")
        ours = false;
      if (token.letters) worded = true;
      ++last;
    }
    if (!ours || !worded) continue;
    for (std::size_t k = first; k < last; ++k) tokens_[k].label = tokens_[k].taken = true;
    first = last;
  }
}

std::size_t Shadow::shadow_at(std::size_t at) const {
  if (plain_) return std::min(at, size_);
  const auto found = std::lower_bound(begin_.begin(), begin_.end(), static_cast<std::uint32_t>(at));
  return static_cast<std::size_t>(found - begin_.begin());
}

std::string fold(std::string_view text) {
  const auto shadow = Shadow::of(text);
  return shadow ? std::string(shadow->folded()) : std::string();
}

}  // namespace gatehouse::redaction
