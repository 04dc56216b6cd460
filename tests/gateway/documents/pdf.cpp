// PDF: set anew from its words; what was taken out is in none of its streams; and whatever cannot be read for certain.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/gateway/documents/files.hpp"

namespace gatehouse::documents {
namespace {

using test::converter;
using test::pdf;
using test::pdf_line;

Copy copy_of(const std::string& bytes) {
  const auto copy = redacted_copy(converter(), bytes, nullptr, test::people(), test::release(), "Case 17");
  EXPECT_TRUE(copy) << (copy ? "" : copy.error().text());
  return copy ? *copy : Copy{};
}

std::string why(const std::vector<Trouble>& troubles) {
  std::string out;
  for (const auto& one : troubles) out += one.where + ": " + one.what + (one.blocks ? " (blocks)\n" : "\n");
  return out;
}

bool has(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

// By tools that are not ours.
std::string shown(const std::string& file) { return test::printed("pdftotext -layout %f - 2>/dev/null", file, ".pdf"); }
std::string streams(const std::string& file) { return test::printed("qpdf --qdf --object-streams=disable --stream-data=uncompress %f - 2>/dev/null", file, ".pdf"); }

// A stream of the words as hexadecimal glyphs could still hold a name; here no font of the copy may be able to spell one that was hidden whole.
TEST(PdfCopy, HasTheSubjectAndNobodyElse) {
  const Copy copy = copy_of(pdf({pdf_line("Visit to Kuba Wilczek", 50, 780, 20) + pdf_line("Dorota Wil", 50, 740) + "BT /F1 12 Tf 107 740 Td (czek opened the door.) Tj ET\n" +
                                     pdf_line("She rang from 07700 900201.", 50, 720) + pdf_line("Mark Ten-", 50, 700) + pdf_line("nant was there.", 50, 686),
                                 pdf_line("DOROTA WILCZEK signed.", 50, 780)}));
  ASSERT_FALSE(copy.blocked) << why(copy.troubles);
  const std::string said = shown(copy.file), inside = streams(copy.file);
  ASSERT_FALSE(said.empty());
  ASSERT_FALSE(inside.empty());
  for (const char* one : {"Dorota", "DOROTA", "Tennant", "nant", "07700", "900201"}) {
    EXPECT_FALSE(has(said, one)) << one << " in:\n" << said;
    EXPECT_FALSE(has(inside, one)) << one;
  }
  for (const char* one : {"Visit to Kuba Wilczek", "[mother] opened the door.", "She rang from [phone].", "[mother's partner]", "[mother] signed."})
    EXPECT_TRUE(has(said, one)) << one << " not in:\n" << said;
  EXPECT_TRUE(has(inside, "Case 17"));
}

TEST(PdfCopy, CarriesNothingButWords) {
  const std::string metadata = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><dc:creator xmlns:dc=\"d\">Dorota Wilczek</dc:creator></x:xmpmeta>";
  const Copy copy = copy_of(pdf({pdf_line("Kuba Wilczek came.", 50, 780)},
                                "/Metadata 100 0 R/Outlines 101 0 R/AcroForm<</Fields[103 0 R]>>/OpenAction<</S/JavaScript/JS(app.alert\\('Dorota'\\))>>", "/Annots[104 0 R 103 0 R]",
                                {"<</Type/Metadata/Subtype/XML/Length " + std::to_string(metadata.size()) + ">>stream\n" + metadata + "\nendstream",
                                 "<</Type/Outlines/First 102 0 R/Last 102 0 R/Count 1>>", "<</Title(About Dorota Wilczek)/Parent 101 0 R/Dest[4 0 R/Fit]>>",
                                 "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Mark Tennant)/Rect[50 50 100 60]>>",
                                 "<</Type/Annot/Subtype/Text/Contents(ask Dorota)/T(Mark Tennant)/Rect[10 10 20 20]>>"}));
  ASSERT_FALSE(copy.blocked) << why(copy.troubles);
  const std::string said = shown(copy.file), inside = streams(copy.file);
  for (const char* one : {"Dorota", "Tennant", "JavaScript", "/Annot", "/AcroForm", "/Outlines", "xmpmeta", "/EmbeddedFile"}) {
    EXPECT_FALSE(has(said, one)) << one;
    EXPECT_FALSE(has(inside, one)) << one;
  }
  EXPECT_TRUE(has(said, "Kuba Wilczek came."));
  EXPECT_EQ(copy.left_out.at("annotations"), 1u);
  EXPECT_FALSE(copy.unflagged());  // it held a program: somebody should know
}

TEST(PdfCopy, LearnsWhoMustBeHiddenFromNotesAndEarlierRevisions) {
  const std::string note = pdf({pdf_line("Later zofika came.", 50, 780)}, "", "/Annots[100 0 R]", {"<</Type/Annot/Subtype/Text/Contents(A neighbour, Zofika Quell, rang.)/Rect[1 1 9 9]>>"});
  const Copy copy = copy_of(note);
  ASSERT_FALSE(copy.blocked) << why(copy.troubles);
  EXPECT_FALSE(has(shown(copy.file), "zofika"));
  EXPECT_TRUE(has(shown(copy.file), "[neighbour]"));

  // An earlier revision says the name; a later one replaced the page's content (ISO 32000-1, 7.5.6).
  const std::string first = pdf({pdf_line("A neighbour, Zofika Quell, rang.", 50, 780)});
  const std::string content = pdf_line("Later zofika came.", 50, 780);
  const std::size_t at = first.size();
  std::string second = first + "5 0 obj\n<</Length " + std::to_string(content.size()) + ">>stream\n" + content + "\nendstream\nendobj\n";
  const std::size_t table = second.size();
  char line[64];
  std::snprintf(line, sizeof line, "xref\n5 1\n%010zu 00000 n \n", at);
  second += std::string(line) + "trailer\n<</Root 1 0 R/Size 101/Prev " + std::to_string(first.rfind("xref\n0 1")) + ">>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
  const Copy later = copy_of(second);
  ASSERT_FALSE(later.blocked) << why(later.troubles);
  EXPECT_EQ(later.left_out.at("earlier revisions"), 1u);
  EXPECT_FALSE(has(shown(later.file), "zofika"));
  EXPECT_FALSE(has(shown(later.file), "Quell"));
}

TEST(PdfCopy, HoldsWordsOfManyScripts) {
  // Written by ourselves from HTML words first: a page with letters that WinAnsi has not.
  Read document;
  document.format = Format::pdf;
  Block line;
  line.cells = {"Łucja Żółć and Ștefan, Ελένη, Наталья: Dorota Wilczek rang. " + std::string(40, 'x') + " e\xcc\x81t\xc3\xa9"};
  Block row;
  row.kind = Block::Kind::row;
  row.cells = {"Mother", "Dorota Wilczek", "Kuba Wilczek"};
  document.parts.push_back({"body", "page 1", true, {line, row, row}});
  const auto file = converter().write(document, "Case 17");
  ASSERT_TRUE(file) << file.error().text();
  const Copy copy = copy_of(*file);
  ASSERT_FALSE(copy.blocked) << why(copy.troubles);
  const std::string said = shown(copy.file);
  EXPECT_TRUE(has(said, "Mother")) << said;
  EXPECT_FALSE(has(said, "Dorota")) << said;
  EXPECT_TRUE(has(said, "Kuba Wilczek")) << said;
}

TEST(PdfWriter, SetsEveryScriptItsFontsHaveAtEverySizeAndRefusesTheRest) {
  Read document;
  document.format = Format::pdf;
  document.parts.push_back({"body", "page 1", true, {}});
  auto& blocks = document.parts[0].blocks;
  const std::vector<std::string> lines = {"Latin Łóśé", "Ελληνικά", "Кириллица", "Հայերեն", "ქართული", "\u05e2\u05d1\u05e8\u05d9\u05ea", "العربية", "ລາວ", "12345 / 67", "a \U0001f600 b", "\U0001f610", "∀ → ½ €",
                                          "mixed: Кириллица and العربية and ქართული"};
  for (const auto& line : lines)
    for (const auto kind : {Block::Kind::paragraph, Block::Kind::heading, Block::Kind::list_item, Block::Kind::row}) {
      Block block;
      block.kind = kind;
      block.level = kind == Block::Kind::heading ? 1 + static_cast<int>(blocks.size() % 6) : 0;
      block.cells = {line};
      blocks.push_back(block);
    }
  const auto file = converter().write(document, "Case 17");
  ASSERT_TRUE(file) << file.error().code << ": " << file.error().text();
  EXPECT_TRUE(has(shown(*file), "Кириллица"));
  blocks[0].cells[0] = "\u4e2d\u6587";
  const auto none = converter().write(document, "Case 17");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "unwritable");
}

TEST(PdfCopy, OfTwentyPagesSaysEveryWordOfThem) {
  std::vector<std::string> pages;
  for (int p = 0; p < 20; ++p) {
    std::string page;
    for (int i = 0; i < 45; ++i) page += pdf_line("Item " + std::to_string(p * 45 + i) + ": Dorota Wilczek said that Kuba went to school on time and was well.", 50, 790 - 16 * i, 11);
    pages.push_back(page);
  }
  const Copy copy = copy_of(pdf(pages));
  ASSERT_FALSE(copy.blocked) << why(copy.troubles);
  const std::string said = shown(copy.file);
  EXPECT_FALSE(has(said, "Dorota"));
  for (int i = 0; i < 900; i += 37) EXPECT_TRUE(has(said, "Item " + std::to_string(i) + ": [mother] said"));
}

TEST(PdfDocument, ThatCannotBeReadForCertainIsBlocked) {
  const std::string kuba = pdf_line("Kuba came with Dorota.", 50, 700);
  struct Case {
    const char* name;
    std::string bytes;
  };
  const std::string image = "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>stream\nx\nendstream";
  const std::vector<Case> cases = {
      {"a black box over text", pdf({kuba + "0 g 45 695 200 20 re f\n"})},
      {"a white box over text", pdf({kuba + "1 g 45 695 200 20 re f\n"})},
      {"a box drawn by lines over text", pdf({kuba + "0 g 45 695 m 245 695 l 245 715 l 45 715 l h f\n"})},
      {"a picture over text", pdf({kuba + "q 200 0 0 20 45 695 cm /X1 Do Q\n"}, "", "", {image})},
      {"a box in a form over text", pdf({kuba + "/X1 Do\n"}, "", "", {"<</Type/XObject/Subtype/Form/BBox[0 0 600 850]/Length 23>>stream\n0 g 45 695 200 20 re f \nendstream"})},
      {"text that leaves no mark", pdf({kuba + "BT 3 Tr /F1 12 Tf 50 600 Td (hidden words) Tj ET\n"})},
      {"one scanned page among others", pdf({kuba, "q 595 0 0 842 0 0 cm /X1 Do Q\n"}, "", "", {image})},
      {"a scan with words laid over it", pdf({"q 595 0 0 842 0 0 cm /X1 Do Q\n" + kuba, kuba}, "", "", {image})},
      {"a page of drawings", pdf({kuba, "0 0 m 100 100 l S 10 10 50 50 re f\n"})},
      {"an attached file", pdf({kuba}, "/Names<</EmbeddedFiles<</Names[(a.txt) 100 0 R]>>>>", "", {"<</Type/Filespec/F(a.txt)/EF<</F 101 0 R>>>>", "<</Type/EmbeddedFile/Length 6>>stream\nDorota\nendstream"})},
      {"a file attached to a page", pdf({kuba}, "", "/Annots[100 0 R]", {"<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]>>"})},
      {"text marked to be removed", pdf({kuba}, "", "/Annots[100 0 R]", {"<</Type/Annot/Subtype/Redact/Rect[45 695 245 715]>>"})},
      {"a square laid over the page", pdf({kuba}, "", "/Annots[100 0 R]", {"<</Type/Annot/Subtype/Square/IC[0 0 0]/Rect[45 695 245 715]>>"})},
      {"a film", pdf({kuba}, "", "/Annots[100 0 R]", {"<</Type/Annot/Subtype/Movie/Rect[0 0 9 9]>>"})},
      {"a portfolio", pdf({kuba}, "/Collection<<>>")},
      {"a form made by a program", pdf({kuba}, "/AcroForm<</XFA[]/Fields[]>>")},
      {"something before its beginning", "Dorota\n" + pdf({kuba})},
      {"a page without words", pdf({"q Q\n"})},
  };
  for (const auto& one : cases) {
    const auto reading = converter().read(one.bytes);
    if (!reading) {  // just as closed
      ADD_FAILURE() << one.name << " was refused: " << reading.error().text();
      continue;
    }
    EXPECT_TRUE(reading->blocked()) << one.name;
    EXPECT_FALSE(has(why(reading->troubles), "Dorota")) << one.name;
    EXPECT_TRUE(copy_of(one.bytes).file.empty()) << one.name;
  }
}

TEST(PdfDocument, WhoseTextStandsOnAShadedCellIsRead) {
  const Copy copy = copy_of(pdf({"0.9 g 45 695 200 20 re f 0 g\n" + pdf_line("Kuba came.", 50, 700) + "0 0 1 RG 45 690 m 245 690 l S\n"}));
  EXPECT_FALSE(copy.blocked) << why(copy.troubles);
}

TEST(PdfDocument, ThatIsAnAttackIsRefusedInSecondsAndLittleMemory) {
  const std::string kuba = pdf({pdf_line("Kuba came.", 50, 700)});
  const std::string image = "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>stream\nx\nendstream";
  // A page that unpacks to 300 MB: zlib (RFC 1950) around a stream of one letter; the sum at its end is left wrong, as no reader waits for it.
  const std::string packed = "\x78\x9c" + test::deflated_letters(' ', 300) + std::string(4, '\0');
  const std::string bomb = pdf({"q Q"}, "", "/Contents 100 0 R", {"<</Filter/FlateDecode/Length " + std::to_string(packed.size()) + ">>stream\n" + packed + "\nendstream"});
  std::string forms = pdf({"/X1 Do\n"}, "", "", {"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X1 100 0 R>>>>/Length 16>>stream\n/X1 Do /X1 Do   \nendstream"});
  std::string deep;
  for (int i = 0; i < 600; ++i) deep += "q ";
  struct Case {
    const char* name;
    std::string bytes, code;
  };
  const std::vector<Case> cases = {
      {"a scan", pdf({"q 595 0 0 842 0 0 cm /X1 Do Q\n", "q 595 0 0 842 0 0 cm /X1 Do Q\n"}, "", "", {image}), "scan"},
      {"encrypted with a password", test::printed("qpdf --encrypt secret secret 256 -- %f - 2>/dev/null", kuba, ".pdf"), "encrypted"},
      {"encrypted so that it opens", test::printed("qpdf --encrypt '' owner 256 -- %f - 2>/dev/null", kuba, ".pdf"), "encrypted"},
      {"encrypted in the old way", test::printed("qpdf --allow-weak-crypto --encrypt '' owner 40 -- %f - 2>/dev/null", kuba, ".pdf"), "encrypted"},
      {"a page that unpacks to 300 MB", bomb, "archive_bomb"},
      {"a form that paints itself", forms, "too_deep"},
      {"graphics states deeper than is read", pdf({deep + pdf_line("Kuba", 50, 700)}), "too_deep"},
      {"the middle of a file", kuba.substr(0, kuba.size() / 2), "damaged"},
      {"no file at all", "%PDF-1.7\n", "damaged"},
      {"pages that go round in a circle", "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 1>>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Root 1 0 R/Size "
                                          "2>>\nstartxref\n77\n%%EOF\n",
       "damaged"},
  };
  for (const auto& one : cases) {
    ASSERT_FALSE(one.bytes.empty()) << one.name;
    const auto start = std::chrono::steady_clock::now();
    const auto reading = converter().read(one.bytes);
    ASSERT_FALSE(reading) << one.name << "\n" << why(reading->troubles);
    EXPECT_EQ(reading.error().code, one.code) << one.name << ": " << reading.error().text();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(25)) << one.name;
  }
}

}  // namespace
}  // namespace gatehouse::documents
