// Word documents: every place where a name can stand, and whatever cannot be read for certain.
#include <gtest/gtest.h>

#include "tests/gateway/documents/files.hpp"

namespace gatehouse::documents {
namespace {

using test::converter;
using test::docx;
using test::paragraph;

Copy copy_of(const std::string& bytes) {
  const auto copy = redacted_copy(converter(), bytes, nullptr, test::people(), test::release(), "Case 17");
  EXPECT_TRUE(copy) << (copy ? "" : copy.error().text());
  return copy ? *copy : Copy{};
}

std::string why(const Copy& copy) {
  std::string out;
  for (const auto& one : copy.troubles) out += one.where + ": " + one.what + (one.blocks ? " (blocks)\n" : "\n");
  return out;
}

bool has(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

// The words of the copy as another program shows them: tags away.
std::string words(const std::string& package) {
  std::string out;
  bool tag = false;
  const std::string all = test::unpacked(package);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == '<') {
      tag = true;
      if (all.compare(i, 6, "</w:p>") == 0 || all.compare(i, 6, "<w:br/") == 0) out += '\n';
    } else if (all[i] == '>') {
      tag = false;
    } else if (!tag) {
      out += all[i];
    }
  }
  return out;
}

constexpr const char* kOverride = "<Override PartName=\"/word/%1\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.%2+xml\"/>";
std::string type(const std::string& part, const std::string& kind) {
  std::string out = kOverride;
  out.replace(out.find("%1"), 2, part);
  return out.replace(out.find("%2"), 2, kind);
}

// One document with the name in every place; the name is cut into runs where Word cuts.
std::string everywhere() {
  const std::string cut = "<w:r><w:t>Doro</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">ta Wil</w:t></w:r><w:r><w:t>czek</w:t></w:r>";
  const std::string body =
      "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>Visit to Kuba Wilczek</w:t></w:r></w:p>"
      "<w:p>" + cut + "<w:r><w:t xml:space=\"preserve\"> opened the door.</w:t></w:r></w:p>"
      "<w:tbl><w:tr><w:tc>" + paragraph("Mother") + "</w:tc><w:tc><w:p>" + cut + "</w:p></w:tc></w:tr>"
      "<w:tr><w:tc>" + paragraph("Child") + "</w:tc><w:tc>" + paragraph("Kuba Wilczek") + "<w:tbl><w:tr><w:tc>" + paragraph("Mark Tennant") + "</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>"
      // Tracked changes: settled. What was inserted stays, what was deleted is gone.
      "<w:p><w:r><w:t xml:space=\"preserve\">Seen by </w:t></w:r><w:ins w:id=\"1\" w:author=\"Mark Tennant\"><w:r><w:t>Dor</w:t></w:r></w:ins><w:r><w:t>ota</w:t></w:r>"
      "<w:del w:id=\"2\" w:author=\"Mark Tennant\"><w:r><w:delText>Zofika Quell, a neighbour</w:delText></w:r></w:del><w:r><w:t>.</w:t></w:r></w:p>"
      "<w:p><w:moveFrom w:id=\"3\" w:author=\"x\"><w:r><w:t>Mark Tennant moved</w:t></w:r></w:moveFrom></w:p>"
      // Hidden text, by itself and by style.
      "<w:p><w:r><w:t xml:space=\"preserve\">All well. </w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hush Dorota</w:t></w:r></w:p>"
      "<w:p><w:pPr><w:pStyle w:val=\"Secret\"/></w:pPr><w:r><w:t>hush Mark Tennant</w:t></w:r></w:p>"
      // A comment in the middle of a word of the XML, a field's code, a link, a bookmark, a content control.
      "<w:p><w:r><w:t>Do<!-- Dorota -->rota rang.</w:t></w:r></w:p>"
      "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>HYPERLINK \"mailto:mark.tennant@example.org\"</w:instrText></w:r><w:r><w:fldChar "
      "w:fldCharType=\"separate\"/></w:r><w:r><w:t>mail to Mark</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r><w:bookmarkStart w:id=\"9\" w:name=\"Dorota\"/></w:p>"
      "<w:sdt><w:sdtPr><w:alias w:val=\"Dorota\"/><w:dataBinding w:xpath=\"/x\"/></w:sdtPr><w:sdtContent>" + paragraph("Contact: 07700 900201") + "</w:sdtContent></w:sdt>"
      // A picture with its alternative text, a text box with its older twin, words in a drawing.
      "<w:p><w:r><w:drawing><wp:inline><wp:docPr id=\"1\" name=\"Dorota.jpg\" descr=\"Dorota at the door\" title=\"Mark Tennant\"/></wp:inline></w:drawing></w:r></w:p>"
      "<w:p><w:r><mc:AlternateContent><mc:Choice Requires=\"wps\"><w:drawing><wp:inline><a:graphic><a:graphicData><wps:wsp><wps:txbx><w:txbxContent>" + paragraph("Box: Mark Tennant") +
      "</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape alt=\"Dorota\"><v:textbox><w:txbxContent>" +
      paragraph("Box: Mark Tennant") + "</w:txbxContent></v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
      "<w:p><w:r><w:drawing><wp:inline><a:graphic><a:p><a:r><a:t>Shape: Mark Ten</a:t></a:r><a:r><a:t>nant</a:t></a:r></a:p></a:graphic></wp:inline></w:drawing></w:r></w:p>"
      "<w:p><w:r><w:t>Told us so</w:t></w:r><w:r><w:footnoteReference w:id=\"2\"/></w:r></w:p>";
  const auto story = [&](const std::string& root, const std::string& inside) { return "<w:" + root + " NAMES>" + inside + "</w:" + root + ">"; };
  return docx(body,
              {{"word/header1.xml", story("hdr", paragraph("About Kuba, from Dorota Wilczek"))},
               {"word/footer1.xml", story("ftr", paragraph("Printed by Mark Tennant"))},
               {"word/footnotes.xml", story("footnotes", "<w:footnote w:type=\"separator\" w:id=\"0\"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:id=\"2\">" +
                                                             paragraph("Dorota Wilczek by phone") + "</w:footnote>")},
               {"word/comments.xml", story("comments", "<w:comment w:id=\"0\" w:author=\"Dorota Wilczek\" w:initials=\"DW\">" + paragraph("ask Mark Tennant") + "</w:comment>")},
               {"word/styles.xml", story("styles", "<w:style w:type=\"paragraph\" w:styleId=\"Heading1\"><w:name w:val=\"heading 1\"/></w:style><w:style w:type=\"paragraph\" "
                                                   "w:styleId=\"Secret\"><w:name w:val=\"Secret\"/><w:rPr><w:vanish/></w:rPr></w:style>")},
               {"word/settings.xml", story("settings", "<w:rsids><w:rsid w:val=\"00AA1234\"/></w:rsids>")},
               {"docProps/core.xml", "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" "
                                     "xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:creator>Dorota Wilczek</dc:creator><cp:lastModifiedBy>Mark Tennant</cp:lastModifiedBy></cp:coreProperties>"},
               {"customXml/item1.xml", "<x>Dorota Wilczek</x>"},
               {"word/media/image1.png", "\x89PNG Dorota"}},
              type("header1.xml", "header") + type("footer1.xml", "footer") + type("footnotes.xml", "footnotes") + type("comments.xml", "comments") + type("styles.xml", "styles") +
                  type("settings.xml", "settings") +
                  "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/><Default Extension=\"png\" "
                  "ContentType=\"image/png\"/>",
              "<Relationship Id=\"rId9\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink\" Target=\"mailto:mark.tennant@example.org\" "
              "TargetMode=\"External\"/><Relationship Id=\"rId8\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate\" "
              "Target=\"file:///C:/Users/Dorota/t.dotx\" TargetMode=\"External\"/>");
}

TEST(WordCopy, HidesWhereverANameCanStand) {
  const Copy copy = copy_of(everywhere());
  ASSERT_FALSE(copy.blocked) << why(copy);
  const std::string all = test::unpacked(copy.file), said = words(copy.file);
  for (const char* one : {"Dorota", "dorota", "Tennant", "tennant", "07700", "900201", "Quell", "Zofika", "hush", "PNG", "rsid", "00AA1234", "customXml", "comment", "vanish",
                          "fldChar", "instrText", "bookmark", "media", "C:/Users"})
    EXPECT_FALSE(has(all, one)) << one << " in:\n" << all;
  EXPECT_FALSE(has(said, "Dorota")) << said;
  for (const char* one : {"Visit to Kuba Wilczek", "[mother] opened the door.", "Mother", "Child", "Seen by [mother].", "All well.", "[mother] rang.", "mail to [mother's partner]", "Contact: [phone]",
                          "(picture: [mother] at the door)", "Box: [mother's partner]", "Shape: [mother's partner]", "Told us so (note 2)", "(note 2) [mother] by phone",
                          "About Kuba, from [mother]", "Printed by [mother's partner]", "Case 17"})
    EXPECT_TRUE(has(said, one)) << one << " not in:\n" << said;
  EXPECT_TRUE(has(all, "<w:pStyle w:val=\"Heading1\"/>"));
  EXPECT_EQ(copy.left_out.at("pictures"), 1u);
  EXPECT_EQ(copy.left_out.at("deleted texts"), 2u);
  EXPECT_FALSE(copy.unflagged());
}

TEST(WordCopy, LearnsWhoMustBeHiddenFromWhatIsNotCarried) {
  // A stranger named in a deletion, and again in small letters in what stays.
  const Copy copy = copy_of(docx("<w:p><w:r><w:t xml:space=\"preserve\">Later zofika came. </w:t></w:r><w:del w:author=\"x\" w:id=\"1\"><w:r><w:delText>A neighbour, Zofika Quell, rang."
                                 "</w:delText></w:r></w:del></w:p>"));
  ASSERT_FALSE(copy.blocked) << why(copy);
  EXPECT_FALSE(has(test::unpacked(copy.file), "zofika"));
}

TEST(WordCopy, IsItselfAWordDocumentWithNothingUnknown) {
  const Copy copy = copy_of(everywhere());
  ASSERT_FALSE(copy.blocked) << why(copy);
  const auto again = converter().read(copy.file);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->format, Format::docx);
  EXPECT_TRUE(again->troubles.empty());
  // Two parts of one date, and nothing of when or by whom.
  EXPECT_EQ(copy.file, copy_of(everywhere()).file);
}

TEST(WordDocument, WhoseTextCannotBeReadForCertainIsBlocked) {
  const std::string kuba = paragraph("Kuba came.");
  const std::string link = "<Relationship Id=\"rId7\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/%\" Target=\"https://example.org/x\" TargetMode=\"External\"/>";
  const auto external = [&](const std::string& kind) { return std::string(link).replace(link.find('%'), 1, kind); };
  struct Case {
    const char* name;
    std::string bytes;
  };
  const std::vector<Case> cases = {
      {"an embedded object", docx(kuba, {{"word/embeddings/oleObject1.bin", "Dorota"}},
                                  "<Default Extension=\"bin\" ContentType=\"application/vnd.openxmlformats-officedocument.oleObject\"/>")},
      {"an embedded workbook", docx(kuba, {{"word/embeddings/w.xlsx", "Dorota"}}, "<Default Extension=\"xlsx\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet\"/>")},
      {"an ActiveX control", docx(kuba, {{"word/activeX/activeX1.xml", "<x/>"}}, "<Override PartName=\"/word/activeX/activeX1.xml\" ContentType=\"application/vnd.ms-office.activeX+xml\"/>")},
      {"a part of no kind", docx(kuba, {{"word/other.dat", "Dorota"}})},
      {"a part of an unknown kind", docx(kuba, {{"word/ink.xml", "<x/>"}}, "<Override PartName=\"/word/ink.xml\" ContentType=\"application/inkml+xml\"/>")},
      {"another file set into the text", docx(kuba + "<w:altChunk r:id=\"rId7\"/>")},
      {"a sub-document", docx("<w:p><w:subDoc r:id=\"rId7\"/></w:p>" + kuba)},
      {"an object that lies elsewhere", docx(kuba, {}, "", external("oleObject"))},
      {"a frame that lies elsewhere", docx(kuba, {}, "", external("frame"))},
      {"text in an unknown element", docx(kuba + "<w:p><w:secret><w:t>Dorota</w:t></w:secret></w:p>")},
      {"text in an unknown namespace", docx(kuba + "<x:p xmlns:x=\"urn:x\">Dorota</x:p>")},
      {"text between elements", docx(kuba + "Dorota")},
      {"no text at all", docx("<w:p/>")},
      {"an embedded document that is blocked", docx(kuba, {{"word/embeddings/d.docx", docx(kuba + "<w:altChunk r:id=\"rId7\"/>")}},
                                                    "<Default Extension=\"docx\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document\"/>")},
  };
  for (const auto& one : cases) {
    const auto reading = converter().read(one.bytes);
    ASSERT_TRUE(reading) << one.name << ": " << reading.error().text();
    EXPECT_TRUE(reading->blocked()) << one.name;
    for (const auto& trouble : reading->troubles) EXPECT_FALSE(has(trouble.where + trouble.what, "Dorota")) << one.name;
    const Copy copy = copy_of(one.bytes);
    EXPECT_TRUE(copy.blocked) << one.name;
    EXPECT_TRUE(copy.file.empty()) << one.name;
  }
}

TEST(WordDocument, ThatHoldsAnotherIsReadWithIt) {
  const Copy copy = copy_of(docx(paragraph("Later zofika came."), {{"word/embeddings/d.docx", docx(paragraph("A neighbour, Zofika Quell, rang."))}},
                                 "<Default Extension=\"docx\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document\"/>"));
  ASSERT_FALSE(copy.blocked) << why(copy);
  EXPECT_FALSE(has(test::unpacked(copy.file), "zofika"));
  EXPECT_EQ(copy.left_out.at("embedded documents"), 1u);
}

TEST(WordDocument, ThatIsAnAttackIsRefusedInSecondsAndLittleMemory) {
  const std::string types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/word/document.xml\" "
                            "ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "<w:sdt><w:sdtContent>";
  std::vector<test::ZipEntry> entries;
  for (int i = 0; i < 2500; ++i) entries.push_back({"a" + std::to_string(i) + ".xml", "<x/>"});
  struct Case {
    const char* name;
    std::string bytes, code;
  };
  const std::vector<Case> cases = {
      {"a bomb of 1 GB", test::zip({{"[Content_Types].xml", types}, {"word/document.xml", test::deflated_letters('a', 1024), true, 1024u << 20, 0}}), "archive_bomb"},
      {"a bomb of 150 MB", test::zip({{"[Content_Types].xml", types}, {"word/document.xml", test::deflated_letters('a', 150), true, 150u << 20, 0}}), "archive_bomb"},
      {"a bomb that lies about its size", test::zip({{"[Content_Types].xml", types}, {"word/document.xml", test::deflated_letters('a', 300), true, 1000, 0}}), "archive_bomb"},
      {"a bomb in parts", [&] {
         std::vector<test::ZipEntry> parts{{"[Content_Types].xml", types}, {"word/document.xml", "<w:document/>"}};
         for (int i = 0; i < 20; ++i) parts.push_back({"word/p" + std::to_string(i) + ".xml", test::deflated_letters('a', 30), true, 30u << 20, 0});
         return test::zip(parts);
       }(), "archive_bomb"},
      {"more parts than a document has", test::zip(entries), "archive_bomb"},
      {"an encrypted part", test::zip({{"[Content_Types].xml", types, false, 0, 0, true}, {"word/document.xml", "x"}}), "encrypted"},
      {"one part twice", test::zip({{"[Content_Types].xml", types}, {"word/document.xml", "<a/>"}, {"WORD/document.xml", "<b/>"}}), "damaged"},
      {"elements deeper than is read", docx(deep), "damaged"},
      {"elements deeper than is read, well made", [&] {
         std::string inside = paragraph("Kuba");
         for (int i = 0; i < 3000; ++i) inside = "<w:sdt><w:sdtContent>" + inside + "</w:sdtContent></w:sdt>";
         return docx(inside);
       }(), "too_deep"},
      {"a declared entity", test::zip({{"[Content_Types].xml", types}, {"word/document.xml", "<!DOCTYPE x [<!ENTITY a \"Dorota\">]><w:document>&a;</w:document>"}}), "damaged"},
      {"macros", docx(paragraph("Kuba came."), {{"word/vbaProject.bin", "x"}}, "<Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>"), "macros"},
      {"a document made for macros", test::zip({{"[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/word/document.xml\" "
                                                                        "ContentType=\"application/vnd.ms-word.document.macroEnabled.main+xml\"/></Types>"}, {"word/document.xml", "<w:document/>"}}), "macros"},
      {"a workbook", test::zip({{"[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/xl/workbook.xml\" "
                                                        "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>"}, {"xl/workbook.xml", "<x/>"}}), "unknown_format"},
      {"text that is not UTF-8", docx("<w:p><w:r><w:t>\xff\xfe\xfd</w:t></w:r></w:p>"), "not_utf8"},
      {"more text than is read", docx(paragraph(std::string(6u << 20, 'a'))), "too_large"},
  };
  for (const auto& one : cases) {
    ASSERT_LE(one.bytes.size(), kLargestFile) << one.name;
    const auto start = std::chrono::steady_clock::now();
    const auto reading = converter().read(one.bytes);
    ASSERT_FALSE(reading) << one.name;
    EXPECT_EQ(reading.error().code, one.code) << one.name << ": " << reading.error().text();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(25)) << one.name;
  }
}

}  // namespace
}  // namespace gatehouse::documents
