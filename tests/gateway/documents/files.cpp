#include "tests/gateway/documents/files.hpp"

#include <unistd.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace gatehouse::documents::test {

namespace {

void put(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::uint32_t crc_of(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) ? 0xedb88320u : 0u);
  }
  return ~crc;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else out += c;
  return out;
}

}  // namespace

Converter converter() {
  std::array<char, 4096> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  const std::filesystem::path here(std::string(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0));
  return Converter((here.parent_path().parent_path() / "gatehouse-convert").string());
}

std::string zip(const std::vector<ZipEntry>& entries) {
  std::string out, list;
  for (const auto& one : entries) {
    const std::uint32_t crc = one.deflated ? one.crc : crc_of(one.bytes), size = one.deflated ? one.unpacked : static_cast<std::uint32_t>(one.bytes.size());
    const auto at = static_cast<std::uint32_t>(out.size());
    std::string common;
    put(common, 20, 2);                                            // needed version
    put(common, one.encrypted ? 1 : 0, 2);                         // flags
    put(common, one.deflated ? 8 : 0, 2);                          // method
    put(common, 0x00210000, 4);                                    // 1980-01-01
    put(common, crc, 4);
    put(common, static_cast<std::uint32_t>(one.bytes.size()), 4);
    put(common, size, 4);
    put(common, static_cast<std::uint32_t>(one.name.size()), 2);
    put(common, 0, 2);                                             // extra
    out += std::string("PK\x03\x04", 4) + common + one.name + one.bytes;
    list += std::string("PK\x01\x02", 4);
    put(list, 20, 2);
    list += common;
    put(list, 0, 2);                                               // comment
    put(list, 0, 2);                                               // disk
    put(list, 0, 2);
    put(list, 0, 4);
    put(list, at, 4);
    list += one.name;
  }
  const auto start = static_cast<std::uint32_t>(out.size());
  out += list + std::string("PK\x05\x06", 4);
  put(out, 0, 4);
  put(out, static_cast<std::uint32_t>(entries.size()), 2);
  put(out, static_cast<std::uint32_t>(entries.size()), 2);
  put(out, static_cast<std::uint32_t>(list.size()), 4);
  put(out, start, 4);
  put(out, 0, 2);
  return out;
}

std::string deflated_letters(char letter, std::size_t megabytes) {
  // One block with the fixed code (RFC 1951, 3.2.6): the letter, then again and again "258 bytes from one byte back": 13 bits each.
  std::string out;
  unsigned hold = 0;
  int held = 0;
  const auto bits = [&](unsigned value, int count) {  // lowest first
    hold |= value << held;
    held += count;
    while (held >= 8) out += static_cast<char>(hold & 0xff), hold >>= 8, held -= 8;
  };
  const auto code = [&](unsigned value, int count) {  // Huffman codes: highest first
    for (int i = count - 1; i >= 0; --i) bits((value >> i) & 1, 1);
  };
  bits(1, 1);
  bits(1, 2);
  code(0x30 + static_cast<unsigned char>(letter), 8);
  const std::size_t times = (megabytes << 20) / 258;
  for (std::size_t i = 0; i < times; ++i) code(0xc5, 8), code(0, 5);
  code(0, 7);
  bits(0, 7);
  return out;
}

std::string paragraph(const std::string& text) { return "<w:p><w:r><w:t xml:space=\"preserve\">" + escaped(text) + "</w:t></w:r></w:p>"; }

std::string docx(const std::string& body, const std::vector<std::pair<std::string, std::string>>& more, const std::string& types, const std::string& relations) {
  const std::string head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
  const std::string names =
      " xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
      " xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\""
      " xmlns:wps=\"http://schemas.microsoft.com/office/word/2010/wordprocessingShape\" xmlns:v=\"urn:schemas-microsoft-com:vml\""
      " xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\"";
  std::vector<ZipEntry> entries;
  entries.push_back({"[Content_Types].xml",
                     head + "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\""
                            "application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override "
                            "PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>" +
                         types + "</Types>"});
  entries.push_back({"_rels/.rels",
                     head + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\""
                            "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>"});
  entries.push_back({"word/document.xml", head + "<w:document" + names + "><w:body>" + body + "</w:body></w:document>"});
  if (!relations.empty())
    entries.push_back({"word/_rels/document.xml.rels", head + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" + relations + "</Relationships>"});
  for (const auto& [name, bytes] : more) {
    std::string made = bytes;
    if (const auto at = made.find(" NAMES"); at != std::string::npos) made.replace(at, 6, names);
    entries.push_back({name, made});
  }
  return zip(entries);
}

std::string pdf_line(const std::string& text, int x, int y, int size) {
  return "BT /F1 " + std::to_string(size) + " Tf " + std::to_string(x) + " " + std::to_string(y) + " Td (" + text + ") Tj ET\n";
}

std::string pdf(const std::vector<std::string>& contents, const std::string& catalog, const std::string& page, const std::vector<std::string>& objects) {
  std::vector<std::pair<int, std::string>> all;
  std::string kids;
  int next = 4;
  for (const auto& one : contents) {
    kids += std::to_string(next) + " 0 R ";
    const std::string contents_key = page.find("/Contents") == std::string::npos ? "/Contents " + std::to_string(next + 1) + " 0 R " : "";
    all.emplace_back(next, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>/XObject<</X1 100 0 R>>>>" + contents_key + page + ">>");
    all.emplace_back(next + 1, "<</Length " + std::to_string(one.size()) + ">>stream\n" + one + "\nendstream");
    next += 2;
  }
  all.emplace_back(1, "<</Type/Catalog/Pages 2 0 R " + catalog + ">>");
  all.emplace_back(2, "<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(contents.size()) + ">>");
  all.emplace_back(3, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>");
  int number = 100;
  for (const auto& one : objects) all.emplace_back(number++, one);
  if (objects.empty()) all.emplace_back(100, "null");
  std::string out = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
  std::vector<std::pair<int, std::size_t>> places;
  for (const auto& [id, text] : all) {
    places.emplace_back(id, out.size());
    out += std::to_string(id) + " 0 obj\n" + text + "\nendobj\n";
  }
  const std::size_t table = out.size();
  out += "xref\n0 1\n0000000000 65535 f \n";
  for (const auto& [id, at] : places) {
    char line[64];
    std::snprintf(line, sizeof line, "%d 1\n%010zu 00000 n \n", id, at);
    out += line;
  }
  return out + "trailer\n<</Root 1 0 R/Size " + std::to_string(std::max(number, 101)) + ">>\nstartxref\n" + std::to_string(table) + "\n%%EOF\n";
}

std::string unpacked(const std::string& package) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(package.data(), package.size(), 0, &error);
  zip_t* archive = source == nullptr ? nullptr : zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive == nullptr) throw std::runtime_error("this is no package");
  std::string out;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    out += std::string(zip_get_name(archive, static_cast<zip_uint64_t>(i), 0)) + "\n";
    zip_file_t* file = zip_fopen_index(archive, static_cast<zip_uint64_t>(i), 0);
    if (file == nullptr) throw std::runtime_error("a part cannot be opened");
    std::array<char, 4096> chunk;
    for (auto got = zip_fread(file, chunk.data(), chunk.size()); got > 0; got = zip_fread(file, chunk.data(), chunk.size()))
      out.append(chunk.data(), static_cast<std::size_t>(got));
    zip_fclose(file);
    out += "\n";
  }
  zip_discard(archive);
  return out;
}

std::string printed(const std::string& command, const std::string& bytes, const std::string& ending) {
  std::string name = (std::filesystem::temp_directory_path() / "gatehouse-document-XXXXXX").string() + ending;
  const int file = ::mkstemps(name.data(), static_cast<int>(ending.size()));
  if (file < 0) return {};
  ::close(file);
  std::ofstream(name, std::ios::binary) << bytes;
  std::string line = command;
  for (auto at = line.find("%f"); at != std::string::npos; at = line.find("%f", at)) line.replace(at, 2, name);
  std::string out;
  if (std::FILE* pipe = ::popen(line.c_str(), "r")) {
    std::array<char, 4096> chunk;
    for (auto got = std::fread(chunk.data(), 1, chunk.size(), pipe); got > 0; got = std::fread(chunk.data(), 1, chunk.size(), pipe)) out.append(chunk.data(), got);
    if (::pclose(pipe) != 0) out.clear();
  }
  std::filesystem::remove(name);
  return out;
}

redaction::PreparedPeople people() {
  std::vector<policy::Person> list(3);
  list[0] = {"p1", {"Kuba Wilczek"}, "self", "family", {"999 000 0018"}};
  list[1] = {"p2", {"Dorota Wilczek"}, "mother", "family", {"07700 900201"}};
  list[2] = {"p3", {"Mark Tennant"}, "mother's partner", "other", {"mark.tennant@example.org"}};
  auto made = redaction::PreparedPeople::prepare(std::move(list));
  if (!made) throw std::runtime_error("the people of the test cannot be prepared");
  return *made;
}

redaction::Release release() {
  redaction::Release out;
  out.subject = "p1";
  out.recipient = "school";
  return out;
}

}  // namespace gatehouse::documents::test
