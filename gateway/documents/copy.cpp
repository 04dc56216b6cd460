#include "gateway/documents/copy.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace gatehouse::documents {

namespace {

constexpr double kSure = 0.9;

// How two cells of one part stand beside each other. A text by itself must not run into the next, and a sentence that goes on should.
std::string_view between(const Part& part, const Block& before, const Block& after) {
  if (part.kind == "header" && part.where == "message") return "\n";  // the head of a message: one field a line
  const auto line = [](const Block& block) { return block.kind == Block::Kind::row || block.kind == Block::Kind::list_item; };
  return line(before) && line(after) ? "\n" : "\n\n";
}

// Calls for every cell with where it begins in the text of the part.
template <class Visit>
std::string walk(const Part& part, Visit visit) {
  std::string out;
  const Block* last = nullptr;
  for (std::size_t b = 0; b < part.blocks.size(); ++b) {
    const Block& block = part.blocks[b];
    if (block.cells.empty()) continue;
    if (last != nullptr) out += between(part, *last, block);
    last = &block;
    for (std::size_t c = 0; c < block.cells.size(); ++c) {
      if (c > 0) out += "\t";
      visit(b, c, out.size());
      out += block.cells[c];
    }
  }
  return out;
}

// Byte of each code point that is asked for, in rising order.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}
  std::size_t byte(std::size_t point) {
    while (point_ < point && byte_ < text_.size()) {
      ++byte_;
      while (byte_ < text_.size() && (static_cast<unsigned char>(text_[byte_]) & 0xC0) == 0x80) ++byte_;
      ++point_;
    }
    return point_ == point ? byte_ : std::string_view::npos;
  }

 private:
  std::string_view text_;
  std::size_t byte_ = 0, point_ = 0;
};

struct Piece {
  std::size_t begin = 0, end = 0;
  const std::string* label = nullptr;
};

bool unseen(UChar32 c) {
  return c == 0xad || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

// Words as they are compared: runs of letters and digits, compatible forms are one (NFKC), what cannot be seen does not count. Where a line ends and what
// stands between words differs from format to format; what a name or a number is made of does not.
void words_of(std::string_view text, std::set<std::string>& out) {
  UErrorCode code = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFKCInstance(code);
  if (U_FAILURE(code)) throw std::runtime_error("Unicode's tables are not there");
  const icu::UnicodeString all = form->normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))), code);
  if (U_FAILURE(code)) throw std::runtime_error("a text could not be normalised");
  icu::UnicodeString word;
  const auto close = [&] {
    if (word.isEmpty()) return;
    std::string bytes;
    word.toUTF8String(bytes);
    out.insert(std::move(bytes));
    word.remove();
  };
  for (std::int32_t i = 0; i < all.length();) {
    const UChar32 c = all.char32At(i);
    i += U16_LENGTH(c);
    if (unseen(c)) continue;
    if (u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0) word.append(c);
    else close();
  }
  close();
}

// Words that our own writers add.
const std::set<std::string>& own_words() {
  static const std::set<std::string> words = [] {
    std::set<std::string> out;
    words_of("Notes; From: Redacted copy <redacted@example.invalid>; Subject:", out);
    return out;
  }();
  return words;
}

void trouble(Copy& copy, std::string what) {
  copy.troubles.push_back({"copy", std::move(what), true});
  copy.blocked = true;
  copy.file.clear();
}

}  // namespace

bool Copy::unflagged() const {
  if (blocked || !troubles.empty()) return false;
  return std::all_of(texts.begin(), texts.end(), [](const CopyText& text) {
    return !text.carried ||
           (text.redacted.flags.empty() && std::all_of(text.redacted.spans.begin(), text.redacted.spans.end(), [](const auto& span) { return span.confidence >= kSure; }));
  });
}

std::string text_of(const Part& part) {
  return walk(part, [](std::size_t, std::size_t, std::size_t) {});
}

Copy redact_reading(const Read& document, const redaction::PreparedPeople& people, const redaction::Release& release, std::string_view title) {
  Copy copy;
  copy.format = document.format;
  copy.troubles = document.troubles;
  copy.left_out = document.left_out;
  copy.blocked = document.blocked();
  std::vector<std::string> ids;
  ids.reserve(document.parts.size() + 1);
  copy.texts.reserve(document.parts.size());
  for (const Part& part : document.parts) {
    ids.push_back(std::to_string(ids.size()));
    CopyText text;
    text.kind = part.kind;
    text.where = part.where;
    text.carried = part.carried;
    text.original = text_of(part);
    copy.texts.push_back(std::move(text));
  }
  ids.emplace_back("title");
  std::vector<redaction::Text> texts;
  texts.reserve(ids.size());
  for (std::size_t i = 0; i < copy.texts.size(); ++i) texts.push_back({ids[i], copy.texts[i].original});
  texts.push_back({ids.back(), title});
  auto answers = redaction::redact(people, release, texts);
  if (answers.size() != texts.size()) {
    trouble(copy, "not all of it was redacted");
    return copy;
  }
  for (std::size_t i = 0; i < copy.texts.size(); ++i) {
    CopyText& text = copy.texts[i];
    if (!answers[i]) {
      text.redacted.blocked = true;
      trouble(copy, "a text of it could not be redacted");
      continue;
    }
    text.redacted = std::move(*answers[i]);
    // What is only read for matching is gone whatever it says.
    if (text.carried && text.redacted.blocked) trouble(copy, "something that must be hidden could not be hidden for certain");
  }
  if (const auto& named = answers.back(); !named || named->blocked || !named->spans.empty()) trouble(copy, "its title says who somebody is");
  return copy;
}

std::expected<Read, Refusal> rebuilt(const Read& document, const std::vector<CopyText>& texts) {
  const Refusal wrong{"unwritable", "what was hidden does not fit the text", "a person must look at it"};
  if (texts.size() != document.parts.size()) return std::unexpected(wrong);
  Read out;
  out.format = document.format;
  for (std::size_t p = 0; p < texts.size(); ++p) {
    const Part& part = document.parts[p];
    if (!part.carried) continue;
    Part made = part;
    std::vector<Piece> pieces;
    Places places(texts[p].original);
    std::size_t last = 0;
    for (const auto& span : texts[p].redacted.spans) {
      const std::size_t begin = places.byte(span.start), end = places.byte(span.end);
      if (begin == std::string_view::npos || end == std::string_view::npos || begin < last || end <= begin) return std::unexpected(wrong);
      pieces.push_back({begin, end, &span.label});
      last = end;
    }
    // A span may begin in one cell and end in another (an address over several lines): its label stands where it begins, the rest of it is gone.
    std::size_t next = 0;
    std::vector<bool> said(pieces.size(), false);
    const std::string all = walk(part, [&](std::size_t b, std::size_t c, std::size_t at) {
      const std::string& cell = part.blocks[b].cells[c];
      const std::size_t stop = at + cell.size();
      while (next < pieces.size() && pieces[next].end <= at) ++next;
      std::string text;
      std::size_t from = at;
      for (std::size_t i = next; i < pieces.size() && pieces[i].begin < stop; ++i) {
        const std::size_t begin = std::max(pieces[i].begin, from), end = std::min(pieces[i].end, stop);
        text.append(cell, from - at, begin - from);
        if (!said[i]) text += *pieces[i].label;
        said[i] = true;
        from = end;
      }
      text.append(cell, from - at, std::string::npos);
      made.blocks[b].cells[c] = std::move(text);
    });
    if (all != texts[p].original || std::find(said.begin(), said.end(), false) != said.end()) return std::unexpected(wrong);
    out.parts.push_back(std::move(made));
  }
  return out;
}

void write_copy(const Converter& converter, const Read& document, const redaction::PreparedPeople& people, const redaction::Release& release,
                std::string_view title, Copy& copy) {
  copy.file.clear();
  if (copy.blocked) return;
  const auto made = rebuilt(document, copy.texts);
  if (!made) return trouble(copy, made.error().what);
  auto file = converter.write(*made, title);
  if (!file) return trouble(copy, file.error().what);
  const auto again = converter.read(*file, &copy.format);
  if (!again) return trouble(copy, "the copy cannot be read again: " + again.error().what);
  if (again->blocked()) return trouble(copy, "the copy cannot be read again for certain");

  // From the bytes of the copy, and against what redaction answered: not against what was given to the writer.
  std::set<std::string> wanted, found, allowed = own_words();
  for (const CopyText& text : copy.texts)
    if (text.carried) words_of(text.redacted.text, wanted);
  words_of(title, allowed);
  std::vector<std::string> texts;
  for (const Part& part : again->parts) {
    texts.push_back(text_of(part));
    if (part.carried) words_of(texts.back(), found);
  }
  for (const auto& word : found)
    if (!wanted.contains(word) && !allowed.contains(word)) return trouble(copy, "the copy says something that the redacted text does not");
  for (const auto& word : wanted)
    if (!found.contains(word)) return trouble(copy, "the copy lacks words of the redacted text");
  std::vector<redaction::Text> once_more;
  once_more.reserve(texts.size());
  for (const auto& text : texts) once_more.push_back({"copy", text});
  const auto answers = redaction::redact(people, release, once_more);
  if (answers.size() != texts.size()) return trouble(copy, "the copy could not be checked");
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i] || answers[i]->blocked) return trouble(copy, "the copy could not be checked");
    // The head of a message that we write has an address of its own, and what is not shown (properties) names the library that wrote it.
    const bool own = !again->parts[i].carried || (again->parts[i].kind == "header" && again->parts[i].where == "message");
    if (std::any_of(answers[i]->spans.begin(), answers[i]->spans.end(),
                    [own](const auto& span) { return span.detector == "known" || (!own && (span.type == "CODE" || span.type == "CONTACT")); }))
      return trouble(copy, "somebody who must be hidden can be read in the copy");
  }
  copy.file = std::move(*file);
}

std::expected<Copy, Refusal> redacted_copy(const Converter& converter, std::string_view bytes, const Format* said, const redaction::PreparedPeople& people,
                                           const redaction::Release& release, std::string_view title) {
  const auto document = converter.read(bytes, said);
  if (!document) return std::unexpected(document.error());
  Copy copy = redact_reading(*document, people, release, title);
  write_copy(converter, *document, people, release, title, copy);
  return copy;
}

}  // namespace gatehouse::documents
