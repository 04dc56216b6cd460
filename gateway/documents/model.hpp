#pragma once
// A document as it was read: what is said in it, where that stood, and what could not be read for certain. The language between the reader of hostile
// files (gatehouse-convert, a process of its own) and everybody else, who never open such a file. Plain values, any thread.
#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "policy/error.hpp"

namespace gatehouse::documents {

enum class Format : std::uint8_t { text, markdown, html, email, docx, pdf };
inline constexpr std::array<std::string_view, 6> kFormats = {"text", "markdown", "html", "email", "docx", "pdf"};
inline constexpr std::array<std::string_view, 6> kExtensions = {"txt", "md", "html", "eml", "docx", "pdf"};
constexpr std::string_view text(Format format) { return kFormats[static_cast<std::size_t>(format)]; }
constexpr std::string_view extension(Format format) { return kExtensions[static_cast<std::size_t>(format)]; }

// One paragraph, heading, list item, or row of a table.
struct Block {
  enum class Kind : std::uint8_t { paragraph, heading, list_item, row, page_break };
  static constexpr std::array<std::string_view, 5> kinds = {"paragraph", "heading", "list_item", "row", "page_break"};
  Kind kind = Kind::paragraph;
  int level = 0;                      // 1 to 6 of a heading; else 0
  std::vector<std::string> cells;     // UTF-8; one but for rows, none for a page break
};

// A stretch of the document that reads by itself.
struct Part {
  std::string kind;                   // body header footer note comment property hidden field link metadata attachment revision …
  std::string where;                  // the place as the format names it; never a name out of the document
  // Written into the result once it is redacted. What is not carried (comments, hidden text, properties, deleted text, earlier revisions) is read
  // for matching alone and is gone from the result.
  bool carried = false;
  std::vector<Block> blocks;
};

// Why a person must look. `blocks`: nothing may be made of this document until one has.
struct Trouble {
  std::string where, what;            // no personal data
  bool blocks = true;
};

struct Read {
  Format format = Format::text;
  std::vector<Part> parts;
  std::vector<Trouble> troubles;
  std::map<std::string, std::uint64_t> left_out;  // what the result will not have, counted: pictures, attachments, comments …
  bool blocked() const;
};

// The file was not read at all.
struct Refusal {
  std::string code;                   // too_large not_utf8 encrypted archive_bomb damaged unknown_format scan crashed timed_out …
  std::string what, remedy;           // no personal data
  std::string text() const { return what + (remedy.empty() ? "" : "; " + remedy); }
};

using Reading = std::expected<Read, Refusal>;

std::string to_json(const Reading& reading);
// What the child wrote is as hostile as the file it read: an unknown key, a text that is not UTF-8, or more than it may say is an error.
std::expected<Reading, policy::Error> read_reading(std::string_view json);

// Bytes one file may have, and bytes of text in it: about 1,500 pages.
inline constexpr std::size_t kLargestFile = 25u << 20;
inline constexpr std::size_t kMostText = 4u << 20;
inline constexpr std::size_t kMostBlocks = 400'000;
inline constexpr std::size_t kLongestTitle = 200;

// What a file is said to be: by its media type (parameters are ignored), and by the end of its name. False: nothing we read.
bool format_of_media_type(std::string_view media_type, Format& out);
bool format_of_name(std::string_view file_name, Format& out);

}  // namespace gatehouse::documents
