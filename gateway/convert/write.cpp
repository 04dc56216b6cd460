// Which writer a document gets, and plain text; and what the libraries load before the process is closed.
#include <gmime/gmime.h>
#include <iconv.h>
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <memory>

#include "gateway/convert/collect.hpp"

namespace gatehouse::convert {

namespace {

std::string write_text(const Read& document) {
  std::string out;
  for (const Part& part : document.parts) {
    if (!part.carried) continue;
    for (const Block& block : part.blocks)
      for (const auto& cell : block.cells) out += cell;
  }
  return out;
}

}  // namespace

std::expected<std::string, Refusal> write(const Read& document, const std::string& title) {
  try {
    switch (document.format) {
      case Format::text:
      case Format::markdown:
        return write_text(document);
      case Format::html:
        return write_html(document, title);
      case Format::email:
        return write_email(document, title);
      case Format::docx:
        return write_docx(document, title);
      case Format::pdf:
        return write_pdf(document, title);
    }
  } catch (const Refused& refused) {
    return std::unexpected(refused.why);
  } catch (const std::exception&) {
  }
  return std::unexpected(Refusal{"unwritable", "the result could not be written", "a person must look at it"});
}

void warm_up_writing() {
  g_mime_init();
  for (const char* set : {"us-ascii", "iso-8859-1"}) {
    (void)iconv_open("utf-8", set);
    (void)iconv_open(set, "utf-8");
  }
  warm_up_pages();
}

void warm_up_reading() {
  g_mime_init();
  // Character sets of headers: the conversions lie in files that are opened now or never. They stay open with the process.
  for (const char* set : {"windows-1252", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1251", "utf-16", "utf-16be", "us-ascii", "koi8-r"}) {
    (void)iconv_open("utf-8", set);
    (void)iconv_open(set, "utf-8");
  }
  // A document of one empty page: the library's own tables.
  static const std::string empty =
      "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n"
      "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\ntrailer\n<</Root 1 0 R/Size 4>>\n%%EOF\n";
  poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
  const std::unique_ptr<poppler::document> document(poppler::document::load_from_raw_data(empty.data(), static_cast<int>(empty.size())));
  if (!document) return;
  const std::unique_ptr<poppler::page> page(document->create_page(0));
  if (page) (void)page->text();
}

}  // namespace gatehouse::convert
