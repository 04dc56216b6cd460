// Which reader a file gets, and plain text.
#include <algorithm>
#include <new>

#include "gateway/convert/collect.hpp"

namespace gatehouse::convert {

namespace {

bool starts(std::string_view bytes, std::string_view with) { return bytes.substr(0, with.size()) == with; }

bool starts_folded(std::string_view bytes, std::string_view with) {
  return bytes.size() >= with.size() && std::equal(with.begin(), with.end(), bytes.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

// The head of a message (RFC 5322): field names and folded lines alone, up to the empty line.
bool looks_like_email(std::string_view bytes) {
  bool from = false, other = false;
  for (std::size_t at = 0, lines = 0; at < bytes.size() && lines < 400; ++lines) {
    std::size_t end = bytes.find('\n', at);
    if (end == std::string_view::npos) end = bytes.size();
    std::string_view line = bytes.substr(at, end - at);
    at = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) return from && other;
    if (line.front() == ' ' || line.front() == '\t') continue;
    if (lines == 0 && starts(line, "From ")) continue;  // an mbox separator
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const auto name = line.substr(0, colon);
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127; })) return false;
    if (starts_folded(line, "from:")) from = true;
    for (const char* one : {"date:", "to:", "subject:", "message-id:", "mime-version:", "received:", "content-type:"})
      if (starts_folded(line, one)) other = true;
  }
  return false;
}

std::string_view without_mark(std::string_view bytes) { return starts(bytes, "\xef\xbb\xbf") ? bytes.substr(3) : bytes; }

bool looks_like_html(std::string_view bytes) {
  bytes = without_mark(bytes);
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  bytes.remove_prefix(first);
  return starts_folded(bytes, "<!doctype html") || starts_folded(bytes, "<html") || starts_folded(bytes, "<head") || starts_folded(bytes, "<body");
}

}  // namespace

Format detect(std::string_view bytes, const Format* said) {
  const std::string a_person = "a person must look at it; what can be read is plain text, Markdown, HTML, e-mail (.eml), Word (.docx) and PDF";
  if (bytes.empty()) refuse("empty", "it is empty", "send the file again");
  const auto head = bytes.substr(0, 1024);
  Format found = Format::text;
  bool sure = true;
  if (head.find("%PDF-") != std::string_view::npos) {
    found = Format::pdf;
  } else if (starts(bytes, std::string_view("PK\x03\x04", 4)) || starts(bytes, std::string_view("PK\x05\x06", 4))) {
    found = Format::docx;
  } else if (starts(bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
    refuse("encrypted", "it is an old or an encrypted Office file", "save it as .docx without a password");
  } else if (starts(bytes, "{\\rtf")) {
    refuse("unknown_format", "it is rich text (RTF)", "save it as .docx");
  } else if (starts(bytes, "\xff\xd8\xff") || starts(bytes, "\x89PNG") || starts(bytes, "GIF8") || starts(bytes, std::string_view("II*\0", 4)) ||
             starts(bytes, std::string_view("MM\0*", 4)) || starts(bytes, "BM") || (starts(bytes, "RIFF") && head.substr(8, 4) == "WEBP")) {
    if (!(starts(bytes, "BM") && utf8(head.substr(0, head.size() > 8 ? head.size() - 4 : head.size()))))  // "BM" may begin a word
      refuse("scan", "it is a picture", "pictures are looked at by a person; nothing in them is hidden here");
    sure = false;
  } else if (looks_like_html(bytes)) {
    found = Format::html;
  } else if (looks_like_email(bytes)) {
    found = Format::email;
    sure = false;  // a note may begin with lines like these
  } else {
    sure = false;
  }
  if (said == nullptr) return found;
  const bool both_text = (found == Format::text || found == Format::html || found == Format::email) &&
                         (*said == Format::text || *said == Format::markdown || *said == Format::html || *said == Format::email);
  if (found == *said) return found;
  // Somebody says text, and it may be: what is said counts, but a page that browsers would show is not read as if it were plain.
  if (both_text && (!sure || *said == Format::markdown || *said == Format::email)) return *said;
  refuse("wrong_format", "it is not what it is said to be", a_person);
}

Read read_text(std::string_view bytes, Format format) {
  std::string text;
  if (starts(bytes, "\xff\xfe") || starts(bytes, "\xfe\xff")) {
    if (!decode(bytes, "UTF-16", text)) refuse("not_utf8", "it is not valid UTF-16", "save it as UTF-8");
  } else {
    text = std::string(without_mark(bytes));
  }
  if (!utf8(text)) refuse("not_utf8", "it is not valid UTF-8", "save it as UTF-8 text");
  // Line ends as one character; every other control character would be a sign that this is no text.
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r') {
      out += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else if (c == '\f') {
      out += '\n';
    } else if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
      refuse("unknown_format", "it holds control characters: it is not text", "a person must look at it");
    } else {
      out += c;
    }
  }
  Collector into(format);
  into.part("body", "text", true);
  into.verbatim(std::move(out));
  return into.take();
}

documents::Reading read(std::string_view bytes, const Format* said, int depth) {
  const auto failed = [](const char* code, const char* what, const char* remedy) { return std::unexpected(Refusal{code, what, remedy}); };
  try {
    if (bytes.size() > documents::kLargestFile) refuse("too_large", "it is larger than 25 MB", "split it, or leave its pictures out");
    const Format format = detect(bytes, said);
    switch (format) {
      case Format::text:
      case Format::markdown:
        return read_text(bytes, format);
      case Format::html:
        return read_html(bytes);
      case Format::email:
        return read_email(bytes, depth);
      case Format::docx:
        return read_docx(bytes, depth);
      case Format::pdf:
        return read_pdf(bytes, depth);
    }
    return failed("unknown_format", "it is of a kind that is not read", "a person must look at it");
  } catch (const Refused& refused) {
    return std::unexpected(refused.why);
  } catch (const std::bad_alloc&) {
    return failed("too_large", "it needs more memory than one file may have", "split it");
  } catch (const std::exception&) {
    return failed("damaged", "it is damaged, or not made as its format asks", "open it in the program that made it and save it again");
  }
}

}  // namespace gatehouse::convert
