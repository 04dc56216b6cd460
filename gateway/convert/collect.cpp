#include "gateway/convert/collect.hpp"

#include <unicode/ucnv.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace gatehouse::convert {

void refuse(std::string code, std::string what, std::string remedy) { throw Refused{{std::move(code), std::move(what), std::move(remedy)}}; }

void Collector::part(std::string kind, std::string where, bool carried) {
  if (!read_.parts.empty() && read_.parts.back().blocks.empty()) read_.parts.pop_back();
  if (read_.parts.size() >= 10'000) refuse("too_large", "it has more parts than are read", "split it");
  read_.parts.push_back({std::move(kind), std::move(where), carried, {}});
}

void Collector::add(Block block) {
  if (read_.parts.empty()) part("body", "", true);
  if (++blocks_ > documents::kMostBlocks) refuse("too_large", "it has more paragraphs than are read", "split it");
  read_.parts.back().blocks.push_back(std::move(block));
}

std::string Collector::checked(std::string text) {
  if (!utf8(text)) refuse("not_utf8", "a text in it is not valid Unicode", "open it in the program that made it and save it again");
  text_ += text.size();
  if (text_ > documents::kMostText) refuse("too_large", "it has more text than is read at once", "split it into files of at most 4 MB of text");
  std::erase_if(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f; });
  return text;
}

void Collector::paragraph(std::string text, Block::Kind kind, int level) {
  text = checked(std::move(text));
  if (blank(text)) return;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  Block block;
  block.kind = kind;
  block.level = kind == Block::Kind::heading ? std::clamp(level, 1, 6) : 0;
  block.cells.push_back(std::move(text));
  add(std::move(block));
}

void Collector::row(std::vector<std::string> cells) {
  bool any = false;
  if (cells.size() > 1000) refuse("too_large", "a table in it has more columns than are read", "split it");
  for (auto& cell : cells) {
    cell = checked(std::move(cell));
    while (!cell.empty() && (cell.back() == '\n' || cell.back() == ' ')) cell.pop_back();
    any = any || !blank(cell);
  }
  if (!any) return;
  Block block;
  block.kind = Block::Kind::row;
  block.cells = std::move(cells);
  add(std::move(block));
}

void Collector::page_break() {
  Block block;
  block.kind = Block::Kind::page_break;
  add(std::move(block));
}

void Collector::verbatim(std::string text) {
  text_ += text.size();
  if (text_ > documents::kMostText) refuse("too_large", "it has more text than is read at once", "split it into files of at most 4 MB of text");
  Block block;
  block.cells.push_back(std::move(text));
  add(std::move(block));
}

void Collector::aside(const char* kind, std::string where, std::string text) {
  if (blank(text)) return;
  // Asides of one place are paragraphs of one part.
  if (read_.parts.empty() || read_.parts.back().carried || read_.parts.back().kind != kind || read_.parts.back().where != where)
    part(kind, std::move(where), false);
  paragraph(std::move(text));
}

void Collector::trouble(std::string where, std::string what, bool blocks) {
  const auto same = std::find_if(read_.troubles.begin(), read_.troubles.end(), [&](const auto& one) { return one.where == where && one.what == what; });
  if (same != read_.troubles.end()) {
    same->blocks = same->blocks || blocks;
    return;
  }
  if (read_.troubles.size() >= 500) refuse("unreadable", "more is wrong with it than can be listed", "a person must look at it");
  read_.troubles.push_back({std::move(where), std::move(what), blocks});
}

void Collector::absorb(const Read& other, const char* kind, const std::string& where) {
  part(kind, where, false);
  for (const Part& one : other.parts)
    for (const Block& block : one.blocks)
      for (const std::string& cell : block.cells) paragraph(cell);
}

bool Collector::any_text() const {
  return std::any_of(read_.parts.begin(), read_.parts.end(), [](const Part& part) {
    return part.carried && std::any_of(part.blocks.begin(), part.blocks.end(), [](const Block& block) {
             return std::any_of(block.cells.begin(), block.cells.end(), [](const std::string& cell) { return !blank(cell); });
           });
  });
}

Read Collector::take() {
  if (!read_.parts.empty() && read_.parts.back().blocks.empty()) read_.parts.pop_back();
  return std::move(read_);
}

bool utf8(std::string_view text) {
  if (text.size() > std::numeric_limits<std::int32_t>::max()) return false;
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, size, c);
    if (c < 0) return false;
  }
  return true;
}

bool blank(std::string_view text) {
  const auto size = static_cast<std::int32_t>(text.size());
  for (std::int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, size, c);
    const bool unseen = c <= 0x20 || c == 0xa0 || c == 0xad || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) || c == 0x3000 || c == 0xfeff;
    if (!unseen) return false;
  }
  return true;
}

std::string from_utf16(const char16_t* units, std::size_t count) {
  std::string out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    UChar32 c = units[i];
    if (U16_IS_LEAD(c) && i + 1 < count && U16_IS_TRAIL(units[i + 1])) c = U16_GET_SUPPLEMENTARY(c, units[++i]);
    if (U_IS_SURROGATE(c)) c = 0xfffd;
    char bytes[4];
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c);
    out.append(bytes, static_cast<std::size_t>(length));
  }
  return out;
}

bool decode(std::string_view bytes, const std::string& charset, std::string& out) {
  UErrorCode code = U_ZERO_ERROR;
  if (bytes.size() > documents::kLargestFile) return false;
  std::unique_ptr<UConverter, void (*)(UConverter*)> from(ucnv_open(charset.c_str(), &code), ucnv_close);
  if (U_FAILURE(code) || !from) return false;
  ucnv_setToUCallBack(from.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &code);
  if (U_FAILURE(code)) return false;
  std::u16string units(bytes.size() + 16, u'\0');
  const auto length = ucnv_toUChars(from.get(), units.data(), static_cast<std::int32_t>(units.size()), bytes.data(), static_cast<std::int32_t>(bytes.size()), &code);
  if (U_FAILURE(code)) return false;
  out = from_utf16(units.data(), static_cast<std::size_t>(length));
  return true;
}

}  // namespace gatehouse::convert
