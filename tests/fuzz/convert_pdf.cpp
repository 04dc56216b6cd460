// Any bytes as what a page paints, and as the file itself: what our own walk over the structure of a PDF makes of it. It ends, it never crashes, and it
// has looked at every page.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "gateway/convert/letters.hpp"
#include "gateway/convert/pdf_structure.hpp"

using namespace gatehouse;

namespace {

std::string file_of(std::string_view content) {
  std::string out = "%PDF-1.4\n";
  std::string table;
  int number = 0;
  const auto object = [&](const std::string& text) {
    std::string at = std::to_string(out.size());
    table += std::string(10 - at.size(), '0') + at + " 00000 n \n";
    out += std::to_string(++number) + " 0 obj\n" + text + "\nendobj\n";
  };
  object("<</Type/Catalog/Pages 2 0 R>>");
  object("<</Type/Pages/Kids[3 0 R]/Count 1>>");
  object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>");
  object("<</Length " + std::to_string(content.size()) + ">>stream\n" + std::string(content) + "\nendstream");
  object("<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length " + std::to_string(content.size()) + ">>stream\n" + std::string(content) + "\nendstream");
  const std::string at = std::to_string(out.size());
  return out + "xref\n0 6\n0000000000 65535 f \n" + table + "trailer\n<</Root 1 0 R/Size 6>>\nstartxref\n" + at + "\n%%EOF\n";
}

void look(std::string_view file, std::size_t pages) {
  try {
    const auto found = convert::look_into_pdf(file);
    if (pages != 0 && found.pages.size() != pages) std::abort();
    for (const auto& one : found.strings)
      if (!convert::utf8(one)) std::abort();
  } catch (const convert::PdfRefused& why) {
    if (why.code.empty() || why.what.empty() || why.remedy.empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  look(bytes, 0);
  look(file_of(bytes), 1);
  return 0;
}
