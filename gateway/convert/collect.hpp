#pragma once
// What the readers of hostile files share: the limits, and one place through which every text goes. Used in the child process alone.
#include <string>
#include <string_view>

#include "gateway/convert/letters.hpp"
#include "gateway/documents/model.hpp"

namespace gatehouse::convert {

using documents::Block;
using documents::Format;
using documents::Part;
using documents::Read;
using documents::Refusal;

// A file that is not read. Thrown by the readers and caught once, in read(): they go many levels down, and the process ends with the file.
struct Refused {
  Refusal why;
};
[[noreturn]] void refuse(std::string code, std::string what, std::string remedy);

// Takes what a reader finds. Refuses (too_large) beyond the limits of the model, and a text that is not UTF-8.
class Collector {
 public:
  explicit Collector(Format format) { read_.format = format; }

  // Opens a part; what is added next belongs to it. Empty parts are not kept.
  void part(std::string kind, std::string where, bool carried);
  // Control characters are left out (line ends and tabs stay), blank paragraphs too.
  void paragraph(std::string text, Block::Kind kind = Block::Kind::paragraph, int level = 0);
  void row(std::vector<std::string> cells);
  void page_break();
  // The text exactly as it is, as one block.
  void verbatim(std::string text);
  // A part of one paragraph, for what is read for matching alone. Where it ends up does not matter.
  void aside(const char* kind, std::string where, std::string text);

  void trouble(std::string where, std::string what, bool blocks);
  void left_out(const std::string& what, std::uint64_t count = 1) { read_.left_out[what] += count; }
  // Everything another document said, for matching alone: an attachment, an embedded file, an earlier revision.
  void absorb(const Read& other, const char* kind, const std::string& where);
  bool any_text() const;

  Read take();
  Format format() const { return read_.format; }

 private:
  std::string checked(std::string text);
  void add(Block block);
  Read read_;
  std::size_t text_ = 0, blocks_ = 0;
};

// Text in a named character set (RFC 2045, WHATWG labels) as UTF-8. False: the set is unknown, or the bytes are not text in it.
bool decode(std::string_view bytes, const std::string& charset, std::string& out);
// UTF-16 units to UTF-8; a lone surrogate becomes U+FFFD.
std::string from_utf16(const char16_t* units, std::size_t count);

// What the bytes say they are; `said` is what somebody said they are. Refuses what nobody here reads, and what contradicts itself.
Format detect(std::string_view bytes, const Format* said);

// Every reader takes the whole file. `depth`: how many files this one lies in; at most kDeepest.
inline constexpr int kDeepest = 2;
Read read_text(std::string_view bytes, Format format);
Read read_html(std::string_view bytes);
Read read_email(std::string_view bytes, int depth);
Read read_docx(std::string_view bytes, int depth);
Read read_pdf(std::string_view bytes, int depth);
// One of the above. Never throws: what goes wrong is a Refusal.
documents::Reading read(std::string_view bytes, const Format* said, int depth = 0);

// The carried parts as a new file that has nothing else. `title` is the case reference. What cannot be written is a Refusal.
std::expected<std::string, Refusal> write(const Read& document, const std::string& title);
std::string write_docx(const Read& document, const std::string& title);
std::string write_pdf(const Read& document, const std::string& title);
std::string write_email(const Read& document, const std::string& title);
std::string write_html(const Read& document, const std::string& title);
// The body of an HTML page: used for HTML and for the HTML part of an e-mail.
std::string html_of(const Read& document, const std::string& title);

// What the libraries load from disk when first used, loaded before the process gives up the right to open files.
void warm_up_reading();
void warm_up_writing();
void warm_up_pages();  // the part of it that sets PDFs

}  // namespace gatehouse::convert
