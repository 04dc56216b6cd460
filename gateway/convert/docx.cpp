// Word documents (ECMA-376, WordprocessingML). Every part of the package is known or blocks; every element that holds text is known or blocks.
#include <zip.h>

#include <algorithm>
#include <map>
#include <memory>
#include <pugixml.hpp>
#include <set>

#include "gateway/convert/collect.hpp"

namespace gatehouse::convert {

namespace {

constexpr std::uint64_t kMostEntries = 2'000;
constexpr std::uint64_t kLargestPart = 32u << 20;   // unpacked, of the parts that are read
constexpr std::uint64_t kMostUnpacked = 96u << 20;
constexpr int kDeepestElement = 200;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

// ---------------------------------------------------------------- the package

class Package {
 public:
  explicit Package(std::string_view bytes) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source == nullptr) refuse("damaged", "the package cannot be opened", "save it again from the word processor");
    zip_.reset(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
    if (!zip_) {
      zip_source_free(source);
      refuse("damaged", "the package is damaged or contradicts itself", "save it again from the word processor");
    }
    const auto count = zip_get_num_entries(zip_.get(), 0);
    if (count < 0 || static_cast<std::uint64_t>(count) > kMostEntries) refuse("archive_bomb", "the package has more parts than a document has", "a person must look at it");
    std::uint64_t promised = 0;
    for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(count); ++i) {
      zip_stat_t about;
      zip_stat_init(&about);
      constexpr zip_uint64_t all = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_ENCRYPTION_METHOD | ZIP_STAT_COMP_METHOD;
      if (zip_stat_index(zip_.get(), i, ZIP_FL_ENC_RAW, &about) != 0 || (about.valid & all) != all)
        refuse("damaged", "the package's list of parts is damaged", "save it again from the word processor");
      if (about.encryption_method != ZIP_EM_NONE) refuse("encrypted", "the package is encrypted", "save it as .docx without a password");
      if (about.comp_method != ZIP_CM_STORE && about.comp_method != ZIP_CM_DEFLATE)
        refuse("damaged", "a part is packed in a way that Word does not use", "save it again from the word processor");
      promised += about.size;
      if (about.size > (200u << 20) || promised > (400u << 20) || (about.size > (8u << 20) && about.size / (about.comp_size + 1) > 200))
        refuse("archive_bomb", "it would unpack to far more than a document has", "a person must look at it");
      const std::string name = about.name;
      if (name.ends_with('/')) continue;
      if (!parts_.emplace(lower(name), i).second) refuse("damaged", "the package has one part twice", "a person must look at it");
    }
  }

  bool has(const std::string& name) const { return parts_.contains(lower(name)); }
  const std::map<std::string, zip_uint64_t>& parts() const { return parts_; }

  std::string bytes(const std::string& name) {
    const auto at = parts_.find(lower(name));
    if (at == parts_.end()) refuse("damaged", "a part that the package names is not in it", "save it again from the word processor");
    const std::unique_ptr<zip_file_t, void (*)(zip_file_t*)> file(zip_fopen_index(zip_.get(), at->second, 0), [](zip_file_t* one) { zip_fclose(one); });
    if (!file) refuse("damaged", "a part of the package cannot be opened", "save it again from the word processor");
    std::string out;
    char chunk[1 << 16];
    for (;;) {
      const auto got = zip_fread(file.get(), chunk, sizeof chunk);
      if (got < 0) refuse("damaged", "a part of the package cannot be unpacked", "save it again from the word processor");
      if (got == 0) break;
      out.append(chunk, static_cast<std::size_t>(got));
      unpacked_ += static_cast<std::uint64_t>(got);
      // What a part says of its own size is not believed.
      if (out.size() > kLargestPart || unpacked_ > kMostUnpacked) refuse("archive_bomb", "it unpacks to far more than a document has", "a person must look at it");
    }
    return out;
  }

 private:
  struct Discard {
    void operator()(zip_t* one) const { zip_discard(one); }
  };
  std::unique_ptr<zip_t, Discard> zip_;
  std::map<std::string, zip_uint64_t> parts_;
  std::uint64_t unpacked_ = 0;
};

// ---------------------------------------------------------------- XML with namespaces

// The prefixes this file uses, whatever the document calls them. Transitional and strict namespaces are the same here.
const std::map<std::string_view, std::string_view>& namespaces() {
  static const std::map<std::string_view, std::string_view> list = {
      {"http://schemas.openxmlformats.org/wordprocessingml/2006/main", "w"},
      {"http://purl.oclc.org/ooxml/wordprocessingml/main", "w"},
      {"http://schemas.openxmlformats.org/officeDocument/2006/relationships", "r"},
      {"http://purl.oclc.org/ooxml/officeDocument/relationships", "r"},
      {"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing", "wp"},
      {"http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing", "wp"},
      {"http://schemas.openxmlformats.org/drawingml/2006/main", "a"},
      {"http://purl.oclc.org/ooxml/drawingml/main", "a"},
      {"http://schemas.openxmlformats.org/drawingml/2006/picture", "pic"},
      {"http://purl.oclc.org/ooxml/drawingml/picture", "pic"},
      {"http://schemas.openxmlformats.org/drawingml/2006/chart", "c"},
      {"http://schemas.openxmlformats.org/drawingml/2006/diagram", "dgm"},
      {"http://schemas.openxmlformats.org/markup-compatibility/2006", "mc"},
      {"http://schemas.openxmlformats.org/officeDocument/2006/math", "m"},
      {"http://purl.oclc.org/ooxml/officeDocument/math", "m"},
      {"urn:schemas-microsoft-com:vml", "v"},
      {"urn:schemas-microsoft-com:office:office", "o"},
      {"urn:schemas-microsoft-com:office:word", "w10"},
      {"http://schemas.microsoft.com/office/word/2010/wordprocessingShape", "wps"},
      {"http://schemas.microsoft.com/office/word/2010/wordprocessingGroup", "wpg"},
      {"http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas", "wpc"},
      {"http://schemas.openxmlformats.org/package/2006/relationships", "rel"},
      {"http://schemas.openxmlformats.org/package/2006/content-types", "ct"}};
  return list;
}

class Xml {
 public:
  explicit Xml(const std::string& bytes) {
    // A document type could define entities and much else; no word processor writes one.
    if (bytes.substr(0, 4096).find("<!DOCTYPE") != std::string::npos || bytes.find("<!ENTITY") != std::string::npos)
      refuse("damaged", "a part of it declares a document type", "save it again from the word processor");
    const auto done = document_.load_buffer(bytes.data(), bytes.size(), (pugi::parse_default | pugi::parse_ws_pcdata | pugi::parse_comments) & ~pugi::parse_eol);
    if (!done) refuse("damaged", "a part of it is not XML", "save it again from the word processor");
    learn(document_, 0);
  }
  pugi::xml_node root() const { return document_.document_element(); }
  const pugi::xml_document& document() const { return document_; }

  // `w:p`, whatever the prefix is in this part. An unknown namespace keeps `?`.
  std::string name(const char* qualified) const {
    const std::string_view all = qualified;
    const auto colon = all.find(':');
    const auto found = prefixes_.find(std::string(colon == std::string_view::npos ? std::string_view() : all.substr(0, colon)));
    const std::string local(colon == std::string_view::npos ? all : all.substr(colon + 1));
    return (found == prefixes_.end() ? "?" : found->second) + ":" + local;
  }
  std::string name(const pugi::xml_node& node) const { return name(node.name()); }
  std::string attribute(const pugi::xml_node& node, std::string_view wanted) const {
    for (const auto& one : node.attributes())
      if (name(one.name()) == wanted) return one.value();
    // Attributes without a prefix belong to their element.
    const auto colon = wanted.find(':');
    return node.attribute(std::string(wanted.substr(colon + 1)).c_str()).value();
  }

 private:
  void learn(const pugi::xml_node& node, int depth) {
    if (depth > kDeepestElement) refuse("too_deep", "it is nested more deeply than is read", "a person must look at it");
    for (const auto& one : node.attributes()) {
      const std::string_view given = one.name();
      std::string prefix;
      if (given == "xmlns") prefix = "";
      else if (given.starts_with("xmlns:")) prefix = std::string(given.substr(6));
      else continue;
      const auto known = namespaces().find(one.value());
      const std::string means = known == namespaces().end() ? "?" : std::string(known->second);
      const auto [at, fresh] = prefixes_.emplace(prefix, means);
      if (!fresh && at->second != means) refuse("damaged", "a part of it gives one prefix two meanings", "save it again from the word processor");
    }
    for (const auto& child : node.children())
      if (child.type() == pugi::node_element) learn(child, depth + 1);
  }
  pugi::xml_document document_;
  std::map<std::string, std::string> prefixes_;
};

// The text of an element that holds nothing else, however it is cut: a comment in the middle of a name ends no text.
std::string all_text(const pugi::xml_node& node) {
  std::string out;
  for (const auto& child : node.children())
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
  return out;
}

// Every text and attribute below, for matching alone.
void gather(const pugi::xml_node& node, std::string& out, bool attributes, int depth = 0) {
  if (depth > kDeepestElement) refuse("too_deep", "it is nested more deeply than is read", "a person must look at it");
  if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata || node.type() == pugi::node_comment) {
    out += node.value();
    return;
  }
  if (attributes)
    for (const auto& one : node.attributes()) {
      const std::string_view given = one.name();
      if (given.starts_with("xmlns")) continue;
      out += one.value();
      out += '\n';
    }
  for (const auto& child : node.children()) gather(child, out, attributes, depth + 1);
  if (!out.empty() && out.back() != '\n' && node.type() == pugi::node_element) out += '\n';
}

// ---------------------------------------------------------------- styles

struct Styles {
  std::set<std::string> hidden;          // ids of styles whose text is not shown
  std::map<std::string, int> headings;   // id to level
  std::set<std::string> lists;
};

Styles read_styles(const std::string& bytes) {
  Styles out;
  const Xml xml(bytes);
  std::map<std::string, std::string> based_on;
  for (const auto& style : xml.root().children()) {
    if (xml.name(style) != "w:style") continue;
    const std::string id = xml.attribute(style, "w:styleId");
    for (const auto& one : style.children()) {
      const std::string name = xml.name(one);
      if (name == "w:basedOn") based_on[id] = xml.attribute(one, "w:val");
      if (name == "w:name") {
        const std::string said = lower(xml.attribute(one, "w:val"));
        if (said.starts_with("heading ") && said.size() == 9 && said[8] >= '1' && said[8] <= '9') out.headings[id] = std::min(said[8] - '0', 6);
        if (said == "title") out.headings[id] = 1;
        if (said.starts_with("list")) out.lists.insert(id);
      }
      if (name != "w:rPr") continue;
      for (const auto& property : one.children())
        if (xml.name(property) == "w:vanish") {
          const std::string value = xml.attribute(property, "w:val");
          if (value != "0" && value != "false" && value != "off") out.hidden.insert(id);
        }
    }
  }
  // What a style is based on counts; a few rounds are enough, and a circle ends.
  for (int round = 0; round < 12; ++round)
    for (const auto& [id, parent] : based_on) {
      if (out.hidden.contains(parent)) out.hidden.insert(id);
      if (const auto level = out.headings.find(parent); level != out.headings.end()) out.headings.emplace(id, level->second);
    }
  return out;
}

// ---------------------------------------------------------------- the text

class Body {
 public:
  Body(const Xml& xml, const Styles& styles, Collector& into, std::string where) : xml_(xml), styles_(styles), into_(into), where_(std::move(where)) {}

  // `seen`: carried; else everything below is an aside of the given kind.
  void story(const pugi::xml_node& node, const char* kind, bool seen) {
    into_.part(kind, where_, seen);
    seen_ = seen;
    blocks(node, 0);
    end_paragraph();
    // After the story: what stood in it but is not shown. Joined in the order read, so that a name cut in two by a hidden run is still one.
    for (auto& [what, text] : asides_) into_.aside(what, where_, std::move(text));
  }

 private:
  struct Cell {
    std::string text;
  };

  void too_deep(int depth) {
    if (depth > kDeepestElement) refuse("too_deep", "it is nested more deeply than is read", "a person must look at it");
  }
  void aside(const char* kind, std::string_view text) {
    if (blank(text)) return;
    if (!asides_.empty() && asides_.back().first == std::string_view(kind) && joins_) asides_.back().second += text;
    else asides_.emplace_back(kind, std::string(text));
    joins_ = true;
  }
  void unknown(const pugi::xml_node& node) {
    std::string text;
    gather(node, text, false);
    if (blank(text)) return;
    into_.trouble(where_, "text stands in an element that is not known", true);
    joins_ = false;
    aside("unknown", text);
  }

  // ---- blocks

  void blocks(const pugi::xml_node& parent, int depth) {
    too_deep(depth);
    for (const auto& node : parent.children()) {
      if (node.type() != pugi::node_element) {
        if ((node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) && !blank(node.value())) unknown_text(node.value());
        if (node.type() == pugi::node_comment) aside("comment", node.value());
        continue;
      }
      const std::string name = xml_.name(node);
      if (name == "w:p") paragraph(node, depth + 1);
      else if (name == "w:tbl") table(node, depth + 1);
      else if (name == "w:sdt") content_control(node, depth + 1, true);
      else if (name == "w:customXml" || name == "w:smartTag" || name == "w:ins" || name == "w:moveTo") blocks(node, depth + 1);
      else if (name == "w:body" || name == "w:footnote" || name == "w:endnote" || name == "w:comment" || name == "w:docParts" || name == "w:docPart" ||
               name == "w:docPartBody")
        note(node, name, depth + 1);
      else if (name == "w:del" || name == "w:moveFrom") removed(node);
      else if (name == "mc:AlternateContent") alternate(node, depth + 1, true);
      else if (name == "w:altChunk") into_.trouble(where_, "another file is set into the text", true);
      else if (name == "w:sectPr" || name == "w:background") objects_in(node, depth + 1);
      else if (!skipped(name)) unknown(node);
    }
  }

  void unknown_text(const char* text) {
    into_.trouble(where_, "text stands where no text belongs", true);
    joins_ = false;
    aside("unknown", text);
  }

  void note(const pugi::xml_node& node, const std::string& name, int depth) {
    if (name == "w:footnote" || name == "w:endnote") {
      const std::string type = xml_.attribute(node, "w:type");
      const std::string id = xml_.attribute(node, "w:id");
      if (type.empty() || type == "normal") pending_ = "(note " + number(id) + ") ";
    }
    if (name == "w:comment") aside("comment", xml_.attribute(node, "w:author") + " " + xml_.attribute(node, "w:initials"));
    blocks(node, depth);
  }

  static std::string number(const std::string& text) {
    const bool digits = !text.empty() && text.size() < 8 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits ? text : "?";
  }

  void paragraph(const pugi::xml_node& node, int depth) {
    if (!joined_) {
      end_paragraph();
      line_ = std::move(pending_);
      pending_.clear();
    }
    joined_ = false;
    bool mark_deleted = false, hidden = false;
    for (const auto& one : node.children()) {
      if (xml_.name(one) != "w:pPr") continue;
      for (const auto& property : one.children()) {
        const std::string name = xml_.name(property);
        if (name == "w:pStyle") {
          const std::string style = xml_.attribute(property, "w:val");
          if (const auto level = styles_.headings.find(style); level != styles_.headings.end()) {
            kind_ = Block::Kind::heading;
            level_ = level->second;
          } else if (styles_.lists.contains(style)) {
            kind_ = Block::Kind::list_item;
          }
          hidden = hidden || styles_.hidden.contains(style);
        }
        if (name == "w:numPr" && kind_ == Block::Kind::paragraph) kind_ = Block::Kind::list_item;
        if (name == "w:outlineLvl" && kind_ != Block::Kind::heading) {
          const std::string value = xml_.attribute(property, "w:val");
          if (value.size() == 1 && value[0] >= '0' && value[0] <= '5') {
            kind_ = Block::Kind::heading;
            level_ = value[0] - '0' + 1;
          }
        }
        if (name == "w:rPr")
          for (const auto& mark : property.children())
            if (xml_.name(mark) == "w:del" || xml_.name(mark) == "w:moveFrom") mark_deleted = true;
      }
    }
    joins_ = false;
    const bool was = style_hidden_;
    style_hidden_ = hidden;
    runs(node, depth + 1, false);
    style_hidden_ = was;
    // The end of the paragraph was deleted: once that is settled it runs on into the next.
    joined_ = mark_deleted;
    if (!joined_) end_paragraph();
  }

  void end_paragraph() {
    if (in_cell_) {
      if (!line_.empty()) {
        if (!cell_.empty()) cell_ += '\n';
        cell_ += line_;
      }
    } else {
      into_.paragraph(std::move(line_), kind_, level_);
    }
    line_.clear();
    kind_ = Block::Kind::paragraph;
    level_ = 0;
    joined_ = false;
    if (in_cell_) return;
    auto boxes = std::move(boxes_);
    boxes_.clear();
    for (const auto& box : boxes) {  // text boxes follow the paragraph they hang on
      for (const auto& line : box) into_.paragraph(line);
    }
  }

  void table(const pugi::xml_node& node, int depth) {
    too_deep(depth);
    const bool nested = in_cell_;
    if (!nested) end_paragraph();
    for (const auto& row : node.children()) {
      if (row.type() != pugi::node_element) continue;
      const std::string name = xml_.name(row);
      if (name == "w:tr") this->row(row, depth + 1);
      else if (name == "w:sdt" || name == "w:customXml" || name == "w:ins" || name == "w:moveTo" || name == "w:smartTag") inner_rows(row, depth + 1);
      else if (name == "w:del" || name == "w:moveFrom") removed(row);
      else if (name == "w:tblPr") { if (const auto said = row.select_node("*[local-name()='tblCaption' or local-name()='tblDescription']")) aside("table", said.node().attribute("w:val").value()); }
      else if (!skipped(name)) unknown(row);
    }
  }
  void inner_rows(const pugi::xml_node& node, int depth) {
    too_deep(depth);
    if (xml_.name(node) == "w:sdt") {
      for (const auto& child : node.children())
        if (xml_.name(child) == "w:sdtContent") table(child, depth + 1);
        else if (xml_.name(child) == "w:sdtPr") control_properties(child);
      return;
    }
    table(node, depth + 1);
  }

  void row(const pugi::xml_node& node, int depth) {
    for (const auto& one : node.children())
      if (xml_.name(one) == "w:trPr")
        for (const auto& property : one.children())
          if (xml_.name(property) == "w:del") return removed(node);
    std::vector<std::string> cells;
    cells_of(node, depth, cells);
    if (in_cell_) {  // a table inside a cell: its rows are lines of it
      std::string text;
      for (const auto& cell : cells) text += (text.empty() ? "" : "\t") + cell;
      if (!cell_.empty()) cell_ += '\n';
      cell_ += text;
      return;
    }
    if (!cells.empty()) into_.row(std::move(cells));
    auto boxes = std::move(boxes_);
    boxes_.clear();
    for (const auto& box : boxes)
      for (const auto& text : box) into_.paragraph(text);
  }
  void cells_of(const pugi::xml_node& node, int depth, std::vector<std::string>& cells) {
    too_deep(depth);
    for (const auto& one : node.children()) {
      if (one.type() != pugi::node_element) continue;
      const std::string name = xml_.name(one);
      if (name == "w:tc") {
        const bool was = in_cell_;
        std::string outer = std::move(cell_), outer_line = std::move(line_);
        cell_.clear();
        line_.clear();
        in_cell_ = true;
        blocks(one, depth + 1);
        end_paragraph();
        cells.push_back(std::move(cell_));
        in_cell_ = was;
        cell_ = std::move(outer);
        line_ = std::move(outer_line);
      } else if (name == "w:sdt") {
        for (const auto& child : one.children())
          if (xml_.name(child) == "w:sdtContent") cells_of(child, depth + 1, cells);
          else if (xml_.name(child) == "w:sdtPr") control_properties(child);
      } else if (name == "w:customXml" || name == "w:ins" || name == "w:moveTo" || name == "w:smartTag") {
        cells_of(one, depth + 1, cells);
      } else if (name == "w:del" || name == "w:moveFrom") {
        removed(one);
      } else if (!skipped(name)) {
        unknown(one);
      }
    }
  }

  // ---- runs

  void runs(const pugi::xml_node& parent, int depth, bool hidden) {
    too_deep(depth);
    for (const auto& node : parent.children()) {
      if (node.type() != pugi::node_element) {
        if ((node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) && !blank(node.value())) unknown_text(node.value());
        if (node.type() == pugi::node_comment) aside("comment", node.value());
        continue;
      }
      const std::string name = xml_.name(node);
      if (name == "w:r") run(node, depth + 1, hidden);
      else if (name == "w:hyperlink") {
        say_aside("link", xml_.attribute(node, "w:tooltip") + "\n" + xml_.attribute(node, "w:anchor"));
        runs(node, depth + 1, hidden);
      } else if (name == "w:fldSimple") {
        say_aside("field", xml_.attribute(node, "w:instr"));
        runs(node, depth + 1, hidden);
      } else if (name == "w:ins" || name == "w:moveTo" || name == "w:smartTag" || name == "w:customXml" || name == "w:dir" || name == "w:bdo" || name == "w:subDoc") {
        if (name == "w:ins" || name == "w:moveTo") say_aside("author", xml_.attribute(node, "w:author"));
        if (name == "w:subDoc") into_.trouble(where_, "another file is set into the text", true);
        runs(node, depth + 1, hidden);
      } else if (name == "w:sdt") content_control(node, depth + 1, false, hidden);
      else if (name == "w:del" || name == "w:moveFrom") removed(node);
      else if (name == "mc:AlternateContent") alternate(node, depth + 1, false, hidden);
      else if (name == "m:oMath" || name == "m:oMathPara") math(node, depth + 1, hidden);
      else if (name == "w:bookmarkStart") say_aside("bookmark", xml_.attribute(node, "w:name"));
      else if (name == "w:pPr") continue;
      else if (!skipped(name)) unknown(node);
    }
  }

  void say_aside(const char* kind, const std::string& text) {
    joins_ = false;
    aside(kind, text);
    joins_ = false;
  }

  void put(std::string_view text, bool hidden) {
    if (hidden || !fields_.empty()) {  // a field's code, up to where its result begins
      const bool code = !fields_.empty() && std::find(fields_.begin(), fields_.end(), true) != fields_.end();
      if (hidden || code) {
        aside(code ? "field" : "hidden", text);
        if (hidden) into_.left_out("hidden texts");
        return;
      }
    }
    line_ += text;
  }

  void run(const pugi::xml_node& node, int depth, bool hidden) {
    hidden = hidden || style_hidden_;
    for (const auto& one : node.children()) {
      if (xml_.name(one) != "w:rPr") continue;
      for (const auto& property : one.children()) {
        const std::string name = xml_.name(property);
        if (name == "w:vanish") {
          const std::string value = xml_.attribute(property, "w:val");
          hidden = value != "0" && value != "false" && value != "off";
        }
        if (name == "w:rStyle" && styles_.hidden.contains(xml_.attribute(property, "w:val"))) hidden = true;
        if (name == "w:del" || name == "w:moveFrom") return removed(node);
      }
    }
    for (const auto& one : node.children()) {
      if (one.type() != pugi::node_element) {
        if ((one.type() == pugi::node_pcdata || one.type() == pugi::node_cdata) && !blank(one.value())) unknown_text(one.value());
        continue;
      }
      const std::string name = xml_.name(one);
      if (name == "w:t") put(all_text(one), hidden);
      else if (name == "w:tab" || name == "w:ptab") put("\t", hidden);
      else if (name == "w:br" || name == "w:cr") put("\n", hidden);
      else if (name == "w:noBreakHyphen") put("-", hidden);
      else if (name == "w:softHyphen") put("\xc2\xad", hidden);
      else if (name == "w:sym") put(" ", hidden);
      else if (name == "w:instrText" || name == "w:delInstrText") aside("field", all_text(one));
      else if (name == "w:delText") removed(one);
      else if (name == "w:fldChar") field(one);
      else if (name == "w:footnoteReference" || name == "w:endnoteReference") put(" (note " + number(xml_.attribute(one, "w:id")) + ")", hidden);
      else if (name == "w:drawing" || name == "w:pict" || name == "w:object") object(one, depth + 1, name == "w:object", hidden);
      else if (name == "mc:AlternateContent") alternate(one, depth + 1, false, hidden);
      else if (name == "w:ruby") ruby(one, depth + 1, hidden);
      else if (name == "w:commentReference") into_.left_out("comments");
      else if (name == "w:contentPart") into_.trouble(where_, "a part of a kind that is not known is set into the text", true);
      else if (name == "w:rPr" || skipped(name)) continue;
      else unknown(one);
    }
  }

  void field(const pugi::xml_node& node) {
    const std::string type = xml_.attribute(node, "w:fldCharType");
    if (type == "begin") {
      if (fields_.size() > 20) refuse("too_deep", "its fields lie more deeply in each other than is read", "a person must look at it");
      fields_.push_back(true);
      std::string form;
      gather(node, form, true);  // a form field's help, choices and default
      say_aside("field", form);
    } else if (type == "separate") {
      if (!fields_.empty()) fields_.back() = false;
      joins_ = false;
    } else if (type == "end") {
      if (!fields_.empty()) fields_.pop_back();
      joins_ = false;
    }
  }

  void ruby(const pugi::xml_node& node, int depth, bool hidden) {
    for (const auto& one : node.children()) {
      const std::string name = xml_.name(one);
      if (name == "w:rubyBase") runs(one, depth + 1, hidden);
      else if (name == "w:rt") {
        std::string text;
        gather(one, text, false);
        say_aside("ruby", text);
      }
    }
  }

  void math(const pugi::xml_node& node, int depth, bool hidden) {
    too_deep(depth);
    for (const auto& one : node.children()) {
      const std::string name = xml_.name(one);
      if (name == "m:t") put(all_text(one), hidden);
      else if (name == "w:r") run(one, depth + 1, hidden);
      else if (name == "w:del" || name == "w:moveFrom") removed(one);
      else if (one.type() == pugi::node_element) math(one, depth + 1, hidden);
    }
  }

  // Tracked changes are settled: what was deleted or moved away is gone, and read for matching.
  void removed(const pugi::xml_node& node) {
    std::string text;
    gather(node, text, false);
    into_.left_out("deleted texts");
    // A deletion of several runs is one text: `Wil` `czek`.
    std::erase(text, '\n');
    if (!blank(text)) aside("deleted", text);
    const std::string author = xml_.attribute(node, "w:author");
    if (!author.empty()) say_aside("author", author);
  }

  void control_properties(const pugi::xml_node& node) {
    std::string text;
    gather(node, text, true);
    say_aside("control", text);
  }

  void content_control(const pugi::xml_node& node, int depth, bool of_blocks, bool hidden = false) {
    for (const auto& child : node.children()) {
      const std::string name = xml_.name(child);
      if (name == "w:sdtContent") {
        if (of_blocks) blocks(child, depth + 1);
        else runs(child, depth + 1, hidden);
      } else if (name == "w:sdtPr") {
        control_properties(child);
      }
    }
  }

  // The first choice is what a present word processor shows; the others say the same in an older way and are read for matching.
  void alternate(const pugi::xml_node& node, int depth, bool of_blocks, bool hidden = false) {
    bool first = true;
    for (const auto& child : node.children()) {
      const std::string name = xml_.name(child);
      if (name != "mc:Choice" && name != "mc:Fallback") continue;
      if (first) {
        first = false;
        if (of_blocks) blocks(child, depth + 1);
        else run_content(child, depth + 1, hidden);
      } else {
        std::string text;
        gather(child, text, true);
        say_aside("older form", text);
      }
    }
  }
  // A choice may stand among runs or inside one.
  void run_content(const pugi::xml_node& node, int depth, bool hidden) {
    too_deep(depth);
    bool inside = false;
    for (const auto& one : node.children()) {
      const std::string name = xml_.name(one);
      inside = inside || name == "w:drawing" || name == "w:pict" || name == "w:object" || name == "w:t" || name == "w:sym";
    }
    if (inside) run(node, depth + 1, hidden);
    else runs(node, depth + 1, hidden);
  }

  // ---- pictures, boxes, objects

  void objects_in(const pugi::xml_node& node, int depth) {
    for (const auto& one : node.children()) {
      const std::string name = xml_.name(one);
      if (name == "w:drawing" || name == "w:pict") object(one, depth + 1, false, false);
    }
  }

  void object(const pugi::xml_node& node, int depth, bool embedded, bool hidden) {
    if (embedded) into_.left_out("embedded objects");
    into_.trouble(where_, "a picture, drawing or embedded object is left out", false);
    drawing(node, depth + 1, hidden);
  }

  void drawing(const pugi::xml_node& node, int depth, bool hidden) {
    too_deep(depth);
    for (const auto& one : node.children()) {
      if (one.type() != pugi::node_element) {
        if (one.type() == pugi::node_comment) aside("comment", one.value());
        continue;
      }
      const std::string name = xml_.name(one);
      if (name == "w:txbxContent") {
        box(one, depth + 1, hidden);
        continue;
      }
      if (name == "mc:AlternateContent") {
        bool first = true;
        for (const auto& child : one.children()) {
          if (child.type() != pugi::node_element) continue;
          if (first) drawing(child, depth + 1, hidden);
          else {
            std::string text;
            gather(child, text, true);
            say_aside("older form", text);
          }
          first = false;
        }
        continue;
      }
      if (name == "pic:pic" || name == "v:imagedata" || name == "c:chart" || name == "dgm:relIds" || name == "a:blip") into_.left_out("pictures");
      // The words in a drawing: runs of one paragraph are one text here as well.
      if (name == "a:p") put(" ", hidden);
      if (name == "a:br") put(" ", hidden);
      if (name == "a:t") {
        put(all_text(one), hidden);
        continue;
      }
      // The alternative text is what a blind reader is told: carried, in words.
      std::string alternative = xml_.attribute(one, "wp:descr");
      if (name == "wp:docPr" && !blank(alternative) && !hidden) line_ += " (picture: " + alternative + ")";
      for (const auto& attribute : one.attributes()) {
        const std::string_view given = attribute.name();
        const auto colon = given.find(':');
        const auto local = colon == std::string_view::npos ? given : given.substr(colon + 1);
        if (local == "string" && name == "v:textpath" && !hidden) line_ += " " + std::string(attribute.value());
        else if (local == "descr" || local == "title" || local == "name" || local == "alt" || local == "tooltip" || local == "href" || local == "string")
          say_aside("picture", attribute.value());
      }
      for (const auto& child : one.children())
        if ((child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) && !blank(child.value())) say_aside("picture", child.value());
      drawing(one, depth + 1, hidden);
    }
  }

  void box(const pugi::xml_node& node, int depth, bool hidden) {
    // A story of its own, gathered apart and set after the paragraph.
    Collector apart(Format::docx);
    Body inner(xml_, styles_, apart, where_);
    inner.nested_ = nested_ + 1;
    if (inner.nested_ > 8) refuse("too_deep", "its text boxes lie more deeply in each other than is read", "a person must look at it");
    (void)depth;
    inner.story(node, "box", true);
    Read read = apart.take();
    std::vector<std::string> lines;
    for (const auto& part : read.parts)
      for (const auto& block : part.blocks) {
        std::string text;
        for (const auto& cell : block.cells) text += (text.empty() ? "" : "\t") + cell;
        if (part.carried && !hidden) lines.push_back(std::move(text));
        else say_aside("box", text);
      }
    for (const auto& one : read.troubles) into_.trouble(where_, one.what, one.blocks);
    for (const auto& [what, count] : read.left_out) into_.left_out(what, count);
    if (!lines.empty()) boxes_.push_back(std::move(lines));
  }

  static bool skipped(const std::string& name) {
    static const std::set<std::string> list = {
        "w:pPr", "w:rPr", "w:tblPr", "w:tblGrid", "w:trPr", "w:tcPr", "w:tblPrEx", "w:sectPr", "w:bookmarkEnd", "w:commentRangeStart", "w:commentRangeEnd",
        "w:proofErr", "w:permStart", "w:permEnd", "w:moveFromRangeStart", "w:moveFromRangeEnd", "w:moveToRangeStart", "w:moveToRangeEnd", "w:bookmarkStart",
        "w:customXmlInsRangeStart", "w:customXmlInsRangeEnd", "w:customXmlDelRangeStart", "w:customXmlDelRangeEnd", "w:customXmlMoveFromRangeStart",
        "w:customXmlMoveFromRangeEnd", "w:customXmlMoveToRangeStart", "w:customXmlMoveToRangeEnd", "w:lastRenderedPageBreak", "w:annotationRef", "w:footnoteRef",
        "w:endnoteRef", "w:separator", "w:continuationSeparator", "w:pgNum", "w:dayShort", "w:dayLong", "w:monthShort", "w:monthLong", "w:yearShort",
        "w:yearLong", "w:customXmlPr", "w:smartTagPr", "w:sdtPr", "w:sdtEndPr", "w:docPartPr", "w:background"};
    return list.contains(name);
  }

  const Xml& xml_;
  const Styles& styles_;
  Collector& into_;
  std::string where_;
  bool seen_ = true, in_cell_ = false, joined_ = false, joins_ = false, style_hidden_ = false;
  int level_ = 0, nested_ = 0;
  Block::Kind kind_ = Block::Kind::paragraph;
  std::string line_, cell_, pending_;
  std::vector<bool> fields_;  // of each open field: still in its code
  std::vector<std::vector<std::string>> boxes_;
  std::vector<std::pair<const char*, std::string>> asides_;
};

// ---------------------------------------------------------------- what each part is

enum class PartKind { body, header, footer, notes, comments, glossary, styles, texts, relations, nothing, picture, embedded_word, blocked, unknown };

PartKind kind_of(std::string type) {
  type = lower(type);
  if (const auto cut = type.find(';'); cut != std::string::npos) type.resize(cut);
  static const std::map<std::string_view, PartKind> word = {
      {"document.main+xml", PartKind::body},        {"template.main+xml", PartKind::body},       {"header+xml", PartKind::header},
      {"footer+xml", PartKind::footer},             {"footnotes+xml", PartKind::notes},          {"endnotes+xml", PartKind::notes},
      {"comments+xml", PartKind::comments},         {"document.glossary+xml", PartKind::glossary}, {"styles+xml", PartKind::styles},
      {"settings+xml", PartKind::texts},            {"websettings+xml", PartKind::texts},        {"fonttable+xml", PartKind::nothing},
      {"numbering+xml", PartKind::texts},           {"people+xml", PartKind::texts},             {"commentsextended+xml", PartKind::nothing},
      {"commentsids+xml", PartKind::nothing},       {"commentsextensible+xml", PartKind::texts}, {"printersettings", PartKind::nothing},
      {"document", PartKind::embedded_word}};
  constexpr std::string_view first = "application/vnd.openxmlformats-officedocument.wordprocessingml.", second = "application/vnd.ms-word.";
  for (const auto prefix : {first, second})
    if (type.starts_with(prefix)) {
      const auto found = word.find(std::string_view(type).substr(prefix.size()));
      if (found != word.end()) return found->second;
      if (type == "application/vnd.ms-word.styleswitheffects+xml" || type == "application/vnd.ms-word.stylesWithEffects+xml") return PartKind::texts;
      return type.find("macroenabled") != std::string::npos || type.find("attachedtoolbars") != std::string::npos ? PartKind::blocked : PartKind::unknown;
    }
  if (type.starts_with("image/")) return PartKind::picture;
  static const std::map<std::string_view, PartKind> other = {
      {"application/vnd.openxmlformats-package.relationships+xml", PartKind::relations},
      {"application/vnd.openxmlformats-package.core-properties+xml", PartKind::texts},
      {"application/vnd.openxmlformats-officedocument.extended-properties+xml", PartKind::texts},
      {"application/vnd.openxmlformats-officedocument.custom-properties+xml", PartKind::texts},
      {"application/vnd.openxmlformats-officedocument.customxmlproperties+xml", PartKind::texts},
      {"application/xml", PartKind::texts},
      {"text/xml", PartKind::texts},
      {"application/vnd.openxmlformats-officedocument.theme+xml", PartKind::nothing},
      {"application/vnd.openxmlformats-officedocument.themeoverride+xml", PartKind::nothing},
      {"application/vnd.openxmlformats-officedocument.obfuscatedfont", PartKind::nothing},
      {"application/x-fontdata", PartKind::nothing},
      {"application/vnd.openxmlformats-officedocument.drawingml.chart+xml", PartKind::texts},
      {"application/vnd.ms-office.chartcolorstyle+xml", PartKind::nothing},
      {"application/vnd.ms-office.chartstyle+xml", PartKind::nothing},
      {"application/vnd.openxmlformats-officedocument.drawingml.diagramdata+xml", PartKind::texts},
      {"application/vnd.openxmlformats-officedocument.drawingml.diagramlayout+xml", PartKind::nothing},
      {"application/vnd.openxmlformats-officedocument.drawingml.diagramcolors+xml", PartKind::nothing},
      {"application/vnd.openxmlformats-officedocument.drawingml.diagramstyle+xml", PartKind::nothing},
      {"application/vnd.ms-office.drawingml.diagramdrawing+xml", PartKind::texts},
      {"application/vnd.ms-office.vbaproject", PartKind::blocked},
      {"application/vnd.ms-office.activex", PartKind::blocked},
      {"application/vnd.ms-office.activex+xml", PartKind::blocked},
      {"application/vnd.ms-word.person", PartKind::texts}};
  const auto found = other.find(type);
  return found == other.end() ? PartKind::unknown : found->second;
}

struct Types {
  std::map<std::string, std::string> by_extension, by_part;  // lower case
  std::string of(const std::string& part) const {
    if (const auto found = by_part.find("/" + part); found != by_part.end()) return found->second;
    const auto dot = part.rfind('.');
    const auto found = by_extension.find(dot == std::string::npos ? std::string() : part.substr(dot + 1));
    return found == by_extension.end() ? std::string() : found->second;
  }
};

Types read_types(const std::string& bytes) {
  const Xml xml(bytes);
  Types out;
  for (const auto& one : xml.root().children()) {
    const std::string name = xml.name(one);
    if (name == "ct:Default") out.by_extension[lower(one.attribute("Extension").value())] = one.attribute("ContentType").value();
    if (name == "ct:Override") out.by_part[lower(one.attribute("PartName").value())] = one.attribute("ContentType").value();
  }
  return out;
}

// What a document takes from outside itself cannot be read here, and nothing of it is carried. An address that a reader may follow is no part of what is
// shown, nor is the template it was begun with; a picture is left out wherever it lies; everything else would have been shown as if it stood in the text.
void references(const Xml& xml, Collector& into) {
  for (const auto& one : xml.root().children()) {
    if (xml.name(one) != "rel:Relationship") continue;
    if (lower(one.attribute("TargetMode").value()) != "external") continue;
    const std::string type = lower(one.attribute("Type").value());
    const std::string last = type.substr(type.rfind('/') == std::string::npos ? 0 : type.rfind('/') + 1);
    if (last == "hyperlink") continue;
    if (last == "attachedtemplate") into.left_out("links to a template");
    else if (last == "image") into.left_out("pictures"), into.trouble("package", "a picture that lies elsewhere is left out", false);
    else into.trouble("package", "it shows something that lies outside it", true);
  }
}

}  // namespace

Read read_docx(std::string_view bytes, int depth) {
  Package package(bytes);
  if (!package.has("[Content_Types].xml")) refuse("unknown_format", "it is an archive, and not a Word document", "a person must look at it; send the files in it one by one");
  const Types types = read_types(package.bytes("[Content_Types].xml"));
  std::vector<std::pair<std::string, PartKind>> parts;
  std::size_t bodies = 0;
  Styles styles;
  for (const auto& [name, unused] : package.parts()) {
    if (name == "[content_types].xml") continue;
    const PartKind kind = kind_of(types.of(name));
    if (kind == PartKind::body) ++bodies;
    if (kind == PartKind::styles) styles = read_styles(package.bytes(name));
    parts.emplace_back(name, kind);
  }
  for (const auto& [name, unused] : package.parts())
    if (lower(types.of(name)).find("macroenabled") != std::string::npos || lower(types.of(name)) == "application/vnd.ms-office.vbaproject")
      refuse("macros", "it holds macros: programs that run when it is opened", "save it as .docx, which cannot hold them");
  if (bodies != 1) refuse("unknown_format", "it is an Office file, and not one Word document without macros", "save it as .docx; a spreadsheet or presentation is looked at by a person");

  Collector into(Format::docx);
  // What is seen first, in the order a reader meets it.
  int headers = 0, footers = 0, notes = 0, unknown = 0;
  const auto story = [&](const std::string& part, const std::string& where, const char* kind, bool seen) {
    const Xml xml(package.bytes(part));
    Body body(xml, styles, into, where);
    body.story(xml.root(), kind, seen);
  };
  for (const PartKind wanted : {PartKind::header, PartKind::body, PartKind::footer, PartKind::notes})
    for (const auto& [name, kind] : parts) {
      if (kind != wanted) continue;
      if (kind == PartKind::header) story(name, "header " + std::to_string(++headers), "header", true);
      if (kind == PartKind::body) story(name, "document", "body", true);
      if (kind == PartKind::footer) story(name, "footer " + std::to_string(++footers), "footer", true);
      if (kind == PartKind::notes) story(name, "notes " + std::to_string(++notes), "note", true);
    }
  for (const auto& [name, kind] : parts) {
    switch (kind) {
      case PartKind::comments:
        story(name, "comments", "comment", false);
        break;
      case PartKind::glossary:
        story(name, "building blocks", "hidden", false);
        into.left_out("building blocks");
        break;
      case PartKind::styles:
      case PartKind::relations:
      case PartKind::texts: {
        const Xml xml(package.bytes(name));
        if (kind == PartKind::relations) references(xml, into);
        std::string text;
        gather(xml.document(), text, true);
        // Each value by itself: a property is not a sentence.
        std::size_t at = 0;
        into.part("property", "properties", false);
        while (at < text.size()) {
          std::size_t end = text.find('\n', at);
          if (end == std::string::npos) end = text.size();
          const std::string_view line = std::string_view(text).substr(at, end - at);
          at = end + 1;
          // Numbers, ids and addresses of schemas say nothing about anybody; what has a letter and is not one of those may.
          const bool word = std::any_of(line.begin(), line.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80) != 0; });
          const bool schema = line.starts_with("http://schemas.") || line.starts_with("http://purl.oclc.org/") || line.starts_with("urn:schemas");
          if (word && !schema && line.size() > 1 && kind != PartKind::styles) into.paragraph(std::string(line));
        }
        break;
      }
      case PartKind::picture:
        into.left_out("pictures");
        into.trouble("package", "a picture is left out", false);
        break;
      case PartKind::embedded_word: {
        into.left_out("embedded documents");
        if (depth + 1 > kDeepest) {
          into.trouble("package", "documents lie more deeply in each other than is read", true);
          break;
        }
        const Read inner = read_docx(package.bytes(name), depth + 1);
        into.absorb(inner, "embedded", "embedded document");
        for (const auto& one : inner.troubles) into.trouble("embedded document", one.what, one.blocks);
        break;
      }
      case PartKind::blocked:
        into.trouble("package", "it holds macros or controls", true);
        break;
      case PartKind::unknown:
        ++unknown;
        break;
      case PartKind::body:
      case PartKind::header:
      case PartKind::footer:
      case PartKind::notes:
      case PartKind::nothing:
        break;
    }
  }
  if (unknown > 0) into.trouble("package", std::to_string(unknown) + (unknown == 1 ? " part is" : " parts are") + " of a kind that is not known", true);
  if (!into.any_text()) into.trouble("document", "no text was found in it: it may be pictures alone", true);
  return into.take();
}

// ---------------------------------------------------------------- writing

namespace {

void escape(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
}

// Characters that XML cannot hold (XML 1.0, production 2) were left out when the text was read, but for two.
std::string without_nonchars(std::string text) {
  for (const char* one : {"\xef\xbf\xbe", "\xef\xbf\xbf"})
    for (auto at = text.find(one); at != std::string::npos; at = text.find(one, at)) text.erase(at, 3);
  return text;
}

std::string run_of(const std::string& text) {
  std::string out = "<w:r>";
  std::string piece;
  const auto flush = [&] {
    if (piece.empty()) return;
    out += "<w:t xml:space=\"preserve\">";
    escape(out, piece);
    out += "</w:t>";
    piece.clear();
  };
  for (const char c : without_nonchars(text)) {
    if (c == '\n') {
      flush();
      out += "<w:br/>";
    } else if (c == '\t') {
      flush();
      out += "<w:tab/>";
    } else {
      piece += c;
    }
  }
  flush();
  return out + "</w:r>";
}

std::string blocks_of(const Part& part) {
  std::string out;
  bool table = false;
  const auto close = [&] {
    // Two tables that touch would be one.
    if (table) out += "</w:tbl><w:p/>", table = false;
  };
  for (const Block& block : part.blocks) {
    if (block.kind != Block::Kind::row) close();
    switch (block.kind) {
      case Block::Kind::paragraph:
        out += "<w:p>" + run_of(block.cells.front()) + "</w:p>";
        break;
      case Block::Kind::heading:
        out += "<w:p><w:pPr><w:pStyle w:val=\"Heading" + std::to_string(block.level) + "\"/></w:pPr>" + run_of(block.cells.front()) + "</w:p>";
        break;
      case Block::Kind::list_item:
        out += "<w:p><w:pPr><w:pStyle w:val=\"ListBullet\"/></w:pPr>" + run_of(block.cells.front()) + "</w:p>";
        break;
      case Block::Kind::page_break:
        out += "<w:p><w:r><w:br w:type=\"page\"/></w:r></w:p>";
        break;
      case Block::Kind::row: {
        if (!table) {
          out += "<w:tbl><w:tblPr><w:tblStyle w:val=\"Grid\"/><w:tblW w:w=\"5000\" w:type=\"pct\"/></w:tblPr><w:tblGrid>";
          for (std::size_t i = 0; i < block.cells.size(); ++i) out += "<w:gridCol/>";
          out += "</w:tblGrid>";
          table = true;
        }
        out += "<w:tr>";
        for (const auto& cell : block.cells) out += "<w:tc><w:tcPr><w:tcW w:w=\"0\" w:type=\"auto\"/></w:tcPr><w:p>" + run_of(cell) + "</w:p></w:tc>";
        out += "</w:tr>";
        break;
      }
    }
  }
  close();
  return out;
}

constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
constexpr std::string_view kNames =
    " xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";

std::string styles_part() {
  std::string out = std::string(kHead) + "<w:styles" + std::string(kNames) + "><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Arial\" w:hAnsi=\"Arial\"/>" +
                    "<w:sz w:val=\"22\"/><w:lang w:val=\"en-GB\"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after=\"120\"/></w:pPr></w:pPrDefault></w:docDefaults>" +
                    "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style>";
  for (int level = 1; level <= 6; ++level) {
    const std::string n = std::to_string(level);
    out += "<w:style w:type=\"paragraph\" w:styleId=\"Heading" + n + "\"><w:name w:val=\"heading " + n + "\"/><w:basedOn w:val=\"Normal\"/><w:pPr><w:keepNext/><w:outlineLvl w:val=\"" +
           std::to_string(level - 1) + "\"/></w:pPr><w:rPr><w:b/><w:sz w:val=\"" + std::to_string(34 - 2 * level) + "\"/></w:rPr></w:style>";
  }
  out += "<w:style w:type=\"paragraph\" w:styleId=\"ListBullet\"><w:name w:val=\"List Bullet\"/><w:basedOn w:val=\"Normal\"/><w:pPr><w:ind w:left=\"360\"/></w:pPr></w:style>"
         "<w:style w:type=\"table\" w:styleId=\"Grid\"><w:name w:val=\"Table Grid\"/><w:tblPr><w:tblBorders><w:top w:val=\"single\" w:sz=\"4\"/><w:left w:val=\"single\" "
         "w:sz=\"4\"/><w:bottom w:val=\"single\" w:sz=\"4\"/><w:right w:val=\"single\" w:sz=\"4\"/><w:insideH w:val=\"single\" w:sz=\"4\"/><w:insideV w:val=\"single\" "
         "w:sz=\"4\"/></w:tblBorders></w:tblPr></w:style></w:styles>";
  return out;
}

class Archive {
 public:
  Archive() {
    zip_error_t error;
    zip_error_init(&error);
    source_ = zip_source_buffer_create(nullptr, 0, 0, &error);
    if (source_ == nullptr) refuse("unwritable", "the package could not be written", "a person must look at it");
    zip_ = zip_open_from_source(source_, ZIP_CREATE | ZIP_TRUNCATE, &error);
    if (zip_ == nullptr) refuse("unwritable", "the package could not be written", "a person must look at it");
    zip_source_keep(source_);
  }
  // `text` must live until bytes() is called.
  void add(const char* name, const std::string& text) {
    zip_source_t* content = zip_source_buffer(zip_, text.data(), text.size(), 0);
    const auto at = content == nullptr ? -1 : zip_file_add(zip_, name, content, ZIP_FL_ENC_UTF_8);
    if (at < 0) refuse("unwritable", "the package could not be written", "a person must look at it");
    zip_file_set_mtime(zip_, static_cast<zip_uint64_t>(at), 315'532'800, 0);  // 1980: when it was made is nobody's business
  }
  std::string bytes() {
    if (zip_close(zip_) != 0) refuse("unwritable", "the package could not be written", "a person must look at it");
    std::string out;
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_source_open(source_) != 0 || zip_source_stat(source_, &about) != 0) refuse("unwritable", "the package could not be written", "a person must look at it");
    out.resize(about.size);
    if (zip_source_read(source_, out.data(), out.size()) != static_cast<zip_int64_t>(out.size())) refuse("unwritable", "the package could not be written", "a person must look at it");
    zip_source_close(source_);
    zip_source_free(source_);
    return out;
  }

 private:
  zip_source_t* source_ = nullptr;
  zip_t* zip_ = nullptr;
};

}  // namespace

std::string write_docx(const Read& document, const std::string& title) {
  std::string body, header, footer, notes, title_text;
  escape(title_text, title);
  for (const Part& part : document.parts) {
    if (!part.carried) continue;
    std::string& into = part.kind == "header" ? header : part.kind == "footer" ? footer : part.kind == "note" ? notes : body;
    const std::string text = blocks_of(part);
    // The same header on every section is one header.
    if ((&into == &header || &into == &footer) && into.find(text) != std::string::npos) continue;
    into += text;
  }
  if (!notes.empty()) body += "<w:p><w:pPr><w:pStyle w:val=\"Heading2\"/></w:pPr><w:r><w:t>Notes</w:t></w:r></w:p>" + notes;
  const std::string types = std::string(kHead) +
                            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
                            "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                            "<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>"
                            "<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>" +
                            (header.empty() ? "" : "<Override PartName=\"/word/header1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml\"/>") +
                            (footer.empty() ? "" : "<Override PartName=\"/word/footer1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>") +
                            "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/></Types>";
  const std::string relations = std::string(kHead) +
                                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
                                "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/><Relationship Id=\"rId2\" "
                                "Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/></Relationships>";
  constexpr std::string_view kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
  const std::string document_relations =
      std::string(kHead) + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"" + std::string(kind) +
      "styles\" Target=\"styles.xml\"/>" + (header.empty() ? "" : "<Relationship Id=\"rId2\" Type=\"" + std::string(kind) + "header\" Target=\"header1.xml\"/>") +
      (footer.empty() ? "" : "<Relationship Id=\"rId3\" Type=\"" + std::string(kind) + "footer\" Target=\"footer1.xml\"/>") + "</Relationships>";
  const std::string text = std::string(kHead) + "<w:document" + std::string(kNames) + "><w:body>" + body + "<w:sectPr>" +
                           (header.empty() ? "" : "<w:headerReference w:type=\"default\" r:id=\"rId2\"/>") +
                           (footer.empty() ? "" : "<w:footerReference w:type=\"default\" r:id=\"rId3\"/>") +
                           "<w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1134\" w:right=\"1134\" w:bottom=\"1134\" w:left=\"1134\" w:header=\"567\" w:footer=\"567\" "
                           "w:gutter=\"0\"/></w:sectPr></w:body></w:document>";
  const std::string header_part = std::string(kHead) + "<w:hdr" + std::string(kNames) + ">" + header + "</w:hdr>";
  const std::string footer_part = std::string(kHead) + "<w:ftr" + std::string(kNames) + ">" + footer + "</w:ftr>";
  const std::string core = std::string(kHead) +
                           "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" "
                           "xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title>" +
                           title_text + "</dc:title></cp:coreProperties>";
  const std::string styles = styles_part();
  Archive archive;
  archive.add("[Content_Types].xml", types);
  archive.add("_rels/.rels", relations);
  archive.add("word/document.xml", text);
  archive.add("word/_rels/document.xml.rels", document_relations);
  archive.add("word/styles.xml", styles);
  archive.add("docProps/core.xml", core);
  if (!header.empty()) archive.add("word/header1.xml", header_part);
  if (!footer.empty()) archive.add("word/footer1.xml", footer_part);
  return archive.bytes();
}

}  // namespace gatehouse::convert
