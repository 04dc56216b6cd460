// Sets a PDF anew with Pango and Cairo, from words alone.
#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gateway/convert/collect.hpp"

namespace gatehouse::convert {

namespace {

// A4 in points.
constexpr double kWidth = 595.28, kHeight = 841.89, kMargin = 56;
constexpr const char* kFamily = "DejaVu Sans";
constexpr const char* kFontFiles[] = {"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"};

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};

// Made before the process is closed.
PangoFontMap* font_map = nullptr;
const FcCharSet* letters_of[2] = {nullptr, nullptr};  // what each of the two fonts has; owned by the configuration

// Pango finds fonts on threads, one for each pair of font and script it has not met, and a closed process starts none. So every text is set in these two
// fonts at one size (headings are scaled), every script they have is met once before the process is closed, and letters they have not are never tried.
constexpr double kSize = 11;

bool can_set(const std::string& words, bool bold) {
  const char* end = words.data() + words.size();
  for (const char* at = words.data(); at < end; at = g_utf8_next_char(at)) {
    const gunichar letter = g_utf8_get_char(at);
    if (letter == '\n' || letter == '\t') continue;
    if (letters_of[bold] == nullptr || FcCharSetHasChar(letters_of[bold], letter) == FcFalse) return false;
  }
  return true;
}

// One letter of every script that a font has.
std::vector<std::string> one_of_each_script(const FcCharSet* letters) {
  std::vector<std::string> out{"1 2", "a \xf0\x9f\x98\x80 b", "\xf0\x9f\x98\x80"};
  std::set<int> met;
  for (gunichar letter = 0x21; letter < 0x20000; ++letter) {
    if (FcCharSetHasChar(letters, letter) == FcFalse || !g_unichar_isgraph(letter) || !met.insert(g_unichar_get_script(letter)).second) continue;
    char bytes[6];
    out.emplace_back(bytes, static_cast<std::size_t>(g_unichar_to_utf8(letter, bytes)));
  }
  return out;
}

cairo_status_t append(void* to, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

class Page {
 public:
  explicit Page(const std::string& title) {
    surface_.reset(cairo_pdf_surface_create_for_stream(append, &bytes_, kWidth, kHeight));
    cairo_pdf_surface_set_metadata(surface_.get(), CAIRO_PDF_METADATA_TITLE, title.c_str());
    cairo_.reset(cairo_create(surface_.get()));
    context_.reset(pango_font_map_create_context(font_map));
    pango_context_set_language(context_.get(), pango_language_from_string("en-gb"));
    pango_cairo_update_context(cairo_.get(), context_.get());
  }

  void text(const std::string& words, bool bold, double left, double width, double space_after, double scale = 1) {
    auto layout = layout_of(words, bold, width / scale);
    draw(layout.get(), left, scale);
    y_ += space_after;
  }

  void row(const std::vector<std::string>& cells) {
    const double column = (kWidth - 2 * kMargin) / static_cast<double>(cells.size());
    // Too narrow for words: one under another.
    if (column < 60) {
      for (const auto& cell : cells) text(cell, false, kMargin, kWidth - 2 * kMargin, 2);
      y_ += 4;
      return;
    }
    std::vector<std::unique_ptr<PangoLayout, Unref>> layouts;
    double tallest = 0;
    for (const auto& cell : cells) {
      layouts.push_back(layout_of(cell, false, column - 8));
      int w = 0, h = 0;
      pango_layout_get_size(layouts.back().get(), &w, &h);
      tallest = std::max(tallest, static_cast<double>(h) / PANGO_SCALE);
    }
    if (tallest > kHeight - 2 * kMargin) {  // taller than a page: it cannot stand side by side
      for (const auto& cell : cells) text(cell, false, kMargin, kWidth - 2 * kMargin, 2);
      return;
    }
    if (y_ + tallest > kHeight - kMargin) new_page();
    const double top = y_;
    for (std::size_t i = 0; i < layouts.size(); ++i) {
      y_ = top;
      draw(layouts[i].get(), kMargin + column * static_cast<double>(i));
    }
    y_ = top + tallest + 6;
  }

  void new_page() {
    cairo_show_page(cairo_.get());
    y_ = kMargin;
    fresh_ = true;
  }
  void page_break() {
    if (!fresh_) new_page();
  }

  std::string bytes() {
    cairo_.reset();
    cairo_surface_finish(surface_.get());
    if (cairo_surface_status(surface_.get()) != CAIRO_STATUS_SUCCESS) refuse("unwritable", "the PDF could not be set", "a person must look at it");
    surface_.reset();
    return std::move(bytes_);
  }

 private:
  struct EndSurface {
    void operator()(cairo_surface_t* one) const { cairo_surface_destroy(one); }
  };
  struct EndCairo {
    void operator()(cairo_t* one) const { cairo_destroy(one); }
  };

  std::unique_ptr<PangoLayout, Unref> layout_of(const std::string& words, bool bold, double width) {
    bold = bold && can_set(words, true);  // the bold font has fewer letters
    if (!bold && !can_set(words, false)) refuse("unwritable", "it has letters that no font here can set", "send it as text or as a Word document");
    std::unique_ptr<PangoLayout, Unref> layout(pango_layout_new(context_.get()));
    PangoFontDescription* font = pango_font_description_new();
    pango_font_description_set_family_static(font, kFamily);
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font, kSize * PANGO_SCALE);
    pango_layout_set_font_description(layout.get(), font);
    pango_font_description_free(font);
    pango_layout_set_width(layout.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    // One letter, one glyph: what is extracted must be what was set. No hyphen is added either.
    PangoAttrList* list = pango_attr_list_new();
    pango_attr_list_insert(list, pango_attr_font_features_new("liga 0, clig 0, dlig 0"));
    pango_attr_list_insert(list, pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(layout.get(), list);
    pango_attr_list_unref(list);
    pango_layout_set_text(layout.get(), words.c_str(), static_cast<int>(words.size()));
    if (pango_layout_get_unknown_glyphs_count(layout.get()) > 0)
      refuse("unwritable", "it has letters that no font here can set", "send it as text or as a Word document");
    return layout;
  }

  void draw(PangoLayout* layout, double left, double scale = 1) {
    PangoLayoutIter* iter = pango_layout_get_iter(layout);
    do {
      PangoLayoutLine* line = pango_layout_iter_get_line_readonly(iter);
      PangoRectangle ink, logical;
      pango_layout_line_get_extents(line, &ink, &logical);
      const double height = scale * static_cast<double>(logical.height) / PANGO_SCALE, ascent = -scale * static_cast<double>(logical.y) / PANGO_SCALE;
      if (y_ + height > kHeight - kMargin) new_page();
      cairo_save(cairo_.get());
      cairo_translate(cairo_.get(), left, y_ + ascent);
      cairo_scale(cairo_.get(), scale, scale);
      cairo_move_to(cairo_.get(), 0, 0);
      pango_cairo_show_layout_line(cairo_.get(), line);
      cairo_restore(cairo_.get());
      y_ += height;
      fresh_ = false;
    } while (pango_layout_iter_next_line(iter));
    pango_layout_iter_free(iter);
  }

  std::string bytes_;
  std::unique_ptr<cairo_surface_t, EndSurface> surface_;
  std::unique_ptr<cairo_t, EndCairo> cairo_;
  std::unique_ptr<PangoContext, Unref> context_;
  double y_ = kMargin;
  bool fresh_ = true;
};

}  // namespace

void warm_up_pages() {
  // Two fonts and nothing else: what the machine has installed is not looked at, so the same words give the same pages everywhere.
  FcConfig* fonts = FcConfigCreate();
  for (const char* file : kFontFiles) FcConfigAppFontAddFile(fonts, reinterpret_cast<const FcChar8*>(file));
  FcConfigSetCurrent(fonts);
  font_map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
  if (font_map == nullptr) return;
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(font_map), fonts);
  const FcFontSet* set = FcConfigGetFonts(fonts, FcSetApplication);
  for (int i = 0; set != nullptr && i < set->nfont; ++i) {
    int weight = 0;
    FcCharSet* letters = nullptr;
    if (FcPatternGetInteger(set->fonts[i], FC_WEIGHT, 0, &weight) != FcResultMatch || FcPatternGetCharSet(set->fonts[i], FC_CHARSET, 0, &letters) != FcResultMatch) continue;
    letters_of[weight >= FC_WEIGHT_BOLD] = letters;
  }
  if (letters_of[0] == nullptr || letters_of[1] == nullptr) {
    font_map = nullptr;  // the fonts are not there: writing says so
    return;
  }
  // Everything a page needs is loaded by setting one.
  try {
    Page page("warm");
    for (const bool bold : {false, true})
      for (const auto& words : one_of_each_script(letters_of[bold]))
        if (can_set(words, bold)) page.text(words, bold, kMargin, 200, 0);
    (void)page.bytes();
  } catch (const Refused&) {
    font_map = nullptr;
  }
}

std::string write_pdf(const Read& document, const std::string& title) {
  if (font_map == nullptr) refuse("unwritable", "the fonts to set a PDF are not installed", "install fonts-dejavu-core");
  Page page(title);
  const double width = kWidth - 2 * kMargin;
  for (const Part& part : document.parts) {
    if (!part.carried) continue;
    for (const Block& block : part.blocks) {
      switch (block.kind) {
        case Block::Kind::paragraph:
          page.text(block.cells.front(), false, kMargin, width, 6);
          break;
        case Block::Kind::heading:
          page.text(block.cells.front(), true, kMargin, width, 6, (18 - block.level) / kSize);
          break;
        case Block::Kind::list_item:
          page.text(block.cells.front(), false, kMargin + 14, width - 14, 3);
          break;
        case Block::Kind::row:
          page.row(block.cells);
          break;
        case Block::Kind::page_break:
          page.page_break();
          break;
      }
    }
  }
  return page.bytes();
}

}  // namespace gatehouse::convert
