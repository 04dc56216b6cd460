// PDF. poppler gives the words of each page in reading order; qpdf walks the structure (pdf_structure.cpp), so that what poppler does not show is seen as
// well: strings of every object, hidden layers, earlier revisions. What a page shows and no text says (a scan, letters without meaning, a box over text)
// blocks.
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <algorithm>
#include <memory>

#include "gateway/convert/collect.hpp"
#include "gateway/convert/pdf_structure.hpp"

namespace gatehouse::convert {

namespace {

constexpr int kMostPages = 2'000;
constexpr int kMostRevisions = 8;

std::string utf8_of(const poppler::ustring& text) {
  std::u16string units;
  units.reserve(text.size());
  for (const unsigned short unit : text)
    if (unit != 0xfeff && unit != 0) units += static_cast<char16_t>(unit);
  return from_utf16(units.data(), units.size());
}

// ---------------------------------------------------------------- pages

using Document = std::unique_ptr<poppler::document>;

Document open(std::string_view bytes) {
  return Document(poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
}

// The words of one page in reading order, lines joined to paragraphs where the next line goes on.
std::vector<std::string> paragraphs(const std::string& text) {
  std::vector<std::string> out;
  std::string now;
  std::size_t at = 0;
  while (at <= text.size()) {
    std::size_t end = text.find_first_of("\n\f", at);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(at, end - at);
    at = end + 1;
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    if (blank(line)) {
      if (!now.empty()) out.push_back(std::move(now));
      now.clear();
    } else {
      if (!now.empty()) now += '\n';
      now += line;
    }
  }
  if (!now.empty()) out.push_back(std::move(now));
  return out;
}

std::string words_of(poppler::page& page) { return utf8_of(page.text(poppler::rectf(), poppler::page::non_raw_non_physical_layout)); }

// All text of another version of the file, for matching.
void absorb_text(std::string_view bytes, const char* kind, const std::string& where, Collector& into) {
  const Document document = open(bytes);
  if (!document || document->is_locked()) return;
  const int pages = std::min(document->pages(), kMostPages);
  into.part(kind, where, false);
  for (int i = 0; i < pages; ++i) {
    const std::unique_ptr<poppler::page> page(document->create_page(i));
    if (page) into.paragraph(words_of(*page));
  }
}

std::size_t seen_letters(const std::string& text) {
  std::size_t out = 0;
  for (const char c : text)
    if (static_cast<unsigned char>(c) > 0x20 && (static_cast<unsigned char>(c) & 0xc0) != 0x80) ++out;
  return out;
}

// Characters that stand for a shape nobody named: private use, the replacement character.
std::size_t nameless(const std::string& text) {
  std::size_t out = 0;
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const auto a = static_cast<unsigned char>(text[i]), b = static_cast<unsigned char>(text[i + 1]), c = static_cast<unsigned char>(text[i + 2]);
    if ((a == 0xee && b >= 0x80) || (a == 0xef && b <= 0xa3) || (a == 0xef && b == 0xbf && c == 0xbd)) ++out;
  }
  return out;
}

// Text that something was painted over afterwards: somebody believed it was gone.
bool covered(const Painted& painted, const std::vector<poppler::text_box>& words, double page_height, const Box& page, bool turned) {
  for (const auto& cover : painted.covers) {
    if (cover.box.width() * cover.box.height() < 30) continue;
    // What lies on top of it was painted later: a shaded cell, not a cover.
    const bool under = std::any_of(painted.starts.begin(), painted.starts.end(), [&](const auto& start) {
      return start.order > cover.order && start.x >= cover.box.x0 - 2 && start.x <= cover.box.x1 + 2 && start.y >= cover.box.y0 - 3 && start.y <= cover.box.y1 + 3;
    });
    if (under) continue;
    if (turned && !painted.starts.empty() && painted.starts.front().order < cover.order) return true;
    for (const auto& word : words) {
      const auto box = word.bbox();
      // poppler counts down from the top of the page.
      const Box at{box.left() + page.x0, page.y0 + page_height - box.bottom(), box.right() + page.x0, page.y0 + page_height - box.top()};
      const double w = std::min(at.x1, cover.box.x1) - std::max(at.x0, cover.box.x0), h = std::min(at.y1, cover.box.y1) - std::max(at.y0, cover.box.y0);
      if (w <= 0 || h <= 0 || w * h < 0.5 * at.width() * at.height()) continue;
      // Painted before the cover, on the same line?
      const bool before = std::any_of(painted.starts.begin(), painted.starts.end(), [&](const auto& start) {
        return start.order < cover.order && start.y >= at.y0 - 3 && start.y <= at.y1 + 3 && start.x <= at.x1 + 2;
      });
      if (before) return true;
    }
  }
  return false;
}

}  // namespace

Read read_pdf(std::string_view bytes, int) {
  Collector into(Format::pdf);
  poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
  // Some senders put a line before the head; both libraries count from the head.
  if (const auto at = bytes.find("%PDF-"); at != std::string_view::npos && at > 0) into.trouble("file", "something stands before its beginning", true);
  PdfStructure structure;
  try {
    structure = look_into_pdf(bytes);
  } catch (const PdfRefused& why) {
    refuse(why.code, why.what, why.remedy);
  }
  for (auto& one : structure.troubles) into.trouble(std::move(one.where), std::move(one.what), one.blocks);
  for (const auto& [what, count] : structure.left_out) into.left_out(what, count);
  const auto& painted = structure.pages;
  const Document document = open(bytes);
  if (!document) refuse("damaged", "it is damaged, or not made as PDF asks", "open it and print it to PDF again");
  if (document->is_locked() || document->is_encrypted()) refuse("encrypted", "it is encrypted", "open it, and save or print it to PDF without protection");
  const int pages = document->pages();
  if (pages > kMostPages) refuse("too_large", "it has more pages than are read", "split it");
  if (pages < 1 || static_cast<std::size_t>(pages) != painted.size()) refuse("damaged", "its pages cannot be counted for certain", "open it and print it to PDF again");

  int scans = 0;
  for (int i = 0; i < pages; ++i) {
    const std::string where = "page " + std::to_string(i + 1);
    const std::unique_ptr<poppler::page> page(document->create_page(i));
    if (!page) {
      into.trouble(where, "the page cannot be read", true);
      continue;
    }
    const auto rect = page->page_rect(poppler::crop_box);
    const Painted& seen = painted[static_cast<std::size_t>(i)];
    const std::string text = words_of(*page);
    const std::size_t letters = seen_letters(text);
    const double area = std::max(1.0, rect.width() * rect.height());
    double pictures = 0;
    for (const Box& one : seen.pictures) pictures += std::clamp(one.width(), 0.0, rect.width()) * std::clamp(one.height(), 0.0, rect.height());
    if (!seen.pictures.empty()) into.left_out("pictures", seen.pictures.size());
    if (seen.unknown) into.trouble(where, "something is painted on it that cannot be followed", true);
    if (pictures > 0.5 * area || (letters == 0 && !seen.pictures.empty())) {
      ++scans;
      into.trouble(where, "it is a scan or a picture: nothing in a picture is hidden here", true);
    } else if (!seen.pictures.empty()) {
      into.trouble(where, "a picture is left out", false);
    }
    if (letters == 0 && seen.painting) into.trouble(where, "it shows something, and no text says what", true);
    if (seen.unseen_text) into.trouble(where, "it holds text that cannot be seen", true);
    if (seen.shown_bytes > 20 && letters * 5 < seen.shown_bytes) into.trouble(where, "its letters cannot be read for certain", true);
    if (letters > 0 && nameless(text) * 20 > letters) into.trouble(where, "its letters cannot be read for certain", true);
    if (!seen.covers.empty() && letters > 0) {
      // A turned page is not turned back: what is painted late on it is taken to lie over text.
      const Box origin{rect.left(), rect.top(), rect.right(), rect.bottom()};
      const bool turned = page->orientation() != poppler::page::portrait;
      if (covered(seen, page->text_list(), rect.height(), origin, turned)) into.trouble(where, "something is painted over text", true);
    }
    into.part("body", where, true);
    if (i > 0) into.page_break();
    for (auto& paragraph : paragraphs(text)) into.paragraph(std::move(paragraph));
  }
  if (scans == pages) refuse("scan", "its pages are scans or pictures", "a person must look at it; nothing in a picture is hidden here");
  if (!into.any_text()) into.trouble("file", "no text was found in it", true);

  for (const auto& one : structure.strings) into.aside("metadata", "objects", one);
  if (!structure.all_layers.empty()) {
    into.left_out("layers");
    absorb_text(structure.all_layers, "layer", "hidden layers", into);
  }
  // Earlier revisions: everything up to an earlier end of file (ISO 32000-1, 7.5.6).
  std::vector<std::size_t> ends;
  for (auto at = bytes.find("%%EOF"); at != std::string_view::npos; at = bytes.find("%%EOF", at + 5)) ends.push_back(at + 5);
  if (!ends.empty()) ends.pop_back();
  if (ends.size() > kMostRevisions) into.trouble("file", "it has more earlier revisions than are read", true);
  for (std::size_t i = 0; i < ends.size() && i < kMostRevisions; ++i) {
    into.left_out("earlier revisions");
    absorb_text(bytes.substr(0, ends[i]), "revision", "earlier revision", into);
  }
  return into.take();
}

}  // namespace gatehouse::convert
