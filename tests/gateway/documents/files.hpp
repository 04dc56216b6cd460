#pragma once
// Documents made on the spot, good and bad, and a look into what was written. Nothing here comes from elsewhere.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/documents/copy.hpp"

namespace gatehouse::documents::test {

// The reader that was built with these tests.
Converter converter();

struct ZipEntry {
  std::string name, bytes;
  bool deflated = false;        // `bytes` are packed already
  std::uint32_t unpacked = 0;   // what a deflated entry says of its size
  std::uint32_t crc = 0;        // of a deflated entry
  bool encrypted = false;       // says that it is
};
std::string zip(const std::vector<ZipEntry>& entries);
// `megabytes` of one letter, packed as small as deflate can.
std::string deflated_letters(char letter, std::size_t megabytes);

// A Word document with this between <w:body> and </w:body>; `more`: further parts, by name; `types`: further content types, `<Override …/>`;
// `relations`: further relationships of the document.
std::string docx(const std::string& body, const std::vector<std::pair<std::string, std::string>>& more = {}, const std::string& types = "",
                 const std::string& relations = "");
std::string paragraph(const std::string& text);  // <w:p> of one run; `text` is escaped

// A PDF with one page for each content stream, in Helvetica (/F1). `catalog` and `page`: further keys; `objects`: further objects, from number 100 on.
std::string pdf(const std::vector<std::string>& contents, const std::string& catalog = "", const std::string& page = "", const std::vector<std::string>& objects = {});
std::string pdf_line(const std::string& text, int x, int y, int size = 12);

// Every part of a package, unpacked, one after another; the names of the parts too.
std::string unpacked(const std::string& package);
// What a program prints for a file; an empty string when it fails. `command` has %f where the file's name belongs.
std::string printed(const std::string& command, const std::string& bytes, const std::string& ending);

// A case file of three: p1 the subject stays; p2 his mother and p3 her partner are hidden.
redaction::PreparedPeople people();
redaction::Release release();

}  // namespace gatehouse::documents::test
