// HTML: the words a reader would see, in order; everything else (comments, scripts, addresses, hidden elements) for matching alone.
#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "gateway/convert/collect.hpp"

namespace gatehouse::convert {

namespace {

constexpr unsigned kDeepestElement = 400;

bool one_of(GumboTag tag, std::initializer_list<GumboTag> list) { return std::find(list.begin(), list.end(), tag) != list.end(); }

bool is_block(GumboTag tag) {
  return one_of(tag, {GUMBO_TAG_P, GUMBO_TAG_DIV, GUMBO_TAG_SECTION, GUMBO_TAG_ARTICLE, GUMBO_TAG_ASIDE, GUMBO_TAG_HEADER, GUMBO_TAG_FOOTER, GUMBO_TAG_MAIN,
                      GUMBO_TAG_NAV, GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3, GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6, GUMBO_TAG_UL, GUMBO_TAG_OL,
                      GUMBO_TAG_LI, GUMBO_TAG_DL, GUMBO_TAG_DT, GUMBO_TAG_DD, GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_PRE, GUMBO_TAG_ADDRESS, GUMBO_TAG_FIGURE,
                      GUMBO_TAG_FIGCAPTION, GUMBO_TAG_FORM, GUMBO_TAG_FIELDSET, GUMBO_TAG_LEGEND, GUMBO_TAG_DETAILS, GUMBO_TAG_SUMMARY, GUMBO_TAG_HR,
                      GUMBO_TAG_TABLE, GUMBO_TAG_TBODY, GUMBO_TAG_THEAD, GUMBO_TAG_TFOOT, GUMBO_TAG_TR, GUMBO_TAG_CAPTION, GUMBO_TAG_CENTER, GUMBO_TAG_HGROUP,
                      GUMBO_TAG_OPTION, GUMBO_TAG_TEXTAREA, GUMBO_TAG_BODY, GUMBO_TAG_HTML});
}

int heading_level(GumboTag tag) {
  constexpr std::array<GumboTag, 6> list = {GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3, GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6};
  const auto at = std::find(list.begin(), list.end(), tag);
  return at == list.end() ? 0 : static_cast<int>(at - list.begin()) + 1;
}

const char* attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.attributes, name);
  return found == nullptr ? nullptr : found->value;
}

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// What the element itself says; style sheets are not evaluated: what they hide is treated as seen, and redacted.
bool hidden(const GumboElement& element) {
  if (attribute(element, "hidden") != nullptr) return true;
  if (const char* type = attribute(element, "type"); type != nullptr && element.tag == GUMBO_TAG_INPUT && squeezed(type) == "hidden") return true;
  if (const char* style = attribute(element, "style")) {
    const std::string said = squeezed(style);
    for (const char* one : {"display:none", "visibility:hidden", "font-size:0;", "font-size:0px", "opacity:0;", "mso-hide:all", "max-height:0"})
      if (said.find(one) != std::string::npos) return true;
    if (said.ends_with("font-size:0") || said.ends_with("opacity:0")) return true;
  }
  return false;
}

class Walk {
 public:
  explicit Walk(Collector& into) : into_(into) {}

  void document(const GumboNode* node) {
    into_.part("body", "html", true);
    flow(node, 0, false);
    flush();
    // Asides are kept apart until now, so that what is seen reads as one text.
    for (auto& [kind, text] : asides_) into_.aside(kind, "html", std::move(text));
  }

 private:
  void flush() {
    into_.paragraph(std::move(line_), kind_, level_);
    line_.clear();
    kind_ = Block::Kind::paragraph;
    level_ = 0;
  }
  void aside(const char* kind, std::string text) {
    if (!blank(text)) asides_.emplace_back(kind, std::move(text));
  }
  // White space runs together as a browser shows it; not in <pre>.
  void words(std::string_view text, bool as_is) {
    if (as_is) {
      line_ += text;
      return;
    }
    for (const char c : text) {
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        if (!line_.empty() && line_.back() != ' ' && line_.back() != '\n') line_ += ' ';
      } else {
        line_ += c;
      }
    }
  }
  // All text below a node that is not shown.
  void gather(const GumboNode* node, unsigned depth, std::string& out) {
    if (depth > kDeepestElement) refuse("too_deep", "it is nested more deeply than is read", "a person must look at it");
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_CDATA:
      case GUMBO_NODE_WHITESPACE:
      case GUMBO_NODE_COMMENT:
        out += node->v.text.text;
        return;
      case GUMBO_NODE_ELEMENT:
      case GUMBO_NODE_TEMPLATE: {
        attributes(node->v.element);
        if (is_block(node->v.element.tag)) out += '\n';
        for (unsigned i = 0; i < node->v.element.children.length; ++i) gather(static_cast<const GumboNode*>(node->v.element.children.data[i]), depth + 1, out);
        return;
      }
      case GUMBO_NODE_DOCUMENT:
        return;
    }
  }
  void attributes(const GumboElement& element) {
    for (unsigned i = 0; i < element.attributes.length; ++i) {
      const auto* one = static_cast<const GumboAttribute*>(element.attributes.data[i]);
      const std::string_view name = one->name;
      if (name == "class" || name == "style" || name == "width" || name == "height" || name == "colspan" || name == "rowspan" || name == "type") continue;
      const std::string_view value = one->value;
      if (value.starts_with("data:")) continue;  // a picture written into the page
      aside("attribute", std::string(value));
    }
  }

  void flow(const GumboNode* node, unsigned depth, bool as_is) {
    if (depth > kDeepestElement) refuse("too_deep", "it is nested more deeply than is read", "a person must look at it");
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_CDATA:
      case GUMBO_NODE_WHITESPACE:
        words(node->v.text.text, as_is);
        return;
      case GUMBO_NODE_COMMENT:
        aside("comment", node->v.text.text);
        into_.left_out("comments");
        return;
      case GUMBO_NODE_TEMPLATE: {
        std::string out;
        gather(node, depth, out);
        aside("hidden", std::move(out));
        return;
      }
      case GUMBO_NODE_DOCUMENT:
        for (unsigned i = 0; i < node->v.document.children.length; ++i) flow(static_cast<const GumboNode*>(node->v.document.children.data[i]), depth + 1, as_is);
        return;
      case GUMBO_NODE_ELEMENT:
        element(node, depth, as_is);
        return;
    }
  }

  void element(const GumboNode* node, unsigned depth, bool as_is) {
    const GumboElement& one = node->v.element;
    const GumboTag tag = one.tag;
    if (one_of(tag, {GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE, GUMBO_TAG_HEAD, GUMBO_TAG_NOSCRIPT, GUMBO_TAG_NOFRAMES, GUMBO_TAG_NOEMBED, GUMBO_TAG_DATALIST}) ||
        hidden(one)) {
      std::string out;
      gather(node, depth, out);
      aside("hidden", std::move(out));
      if (!one_of(tag, {GUMBO_TAG_HEAD, GUMBO_TAG_STYLE})) into_.left_out("hidden elements");
      return;
    }
    attributes(one);
    if (one_of(tag, {GUMBO_TAG_IFRAME, GUMBO_TAG_FRAME, GUMBO_TAG_FRAMESET, GUMBO_TAG_OBJECT, GUMBO_TAG_EMBED, GUMBO_TAG_APPLET})) {
      into_.trouble("html", "it shows another page or an embedded object inside itself", true);
      return;
    }
    if (one_of(tag, {GUMBO_TAG_IMG, GUMBO_TAG_SVG, GUMBO_TAG_CANVAS, GUMBO_TAG_VIDEO, GUMBO_TAG_AUDIO, GUMBO_TAG_IMAGE})) {
      into_.left_out("pictures");
      into_.trouble("html", "a picture, sound or film is left out", false);
      if (const char* alt = attribute(one, "alt"); alt != nullptr && !blank(alt)) words(std::string(" (picture: ") + alt + ") ", false);
      if (one.children.length > 0) {
        std::string out;
        gather(node, depth, out);
        aside("picture", std::move(out));
      }
      return;
    }
    if (tag == GUMBO_TAG_BR || tag == GUMBO_TAG_WBR) {
      if (tag == GUMBO_TAG_BR) line_ += '\n';
      return;
    }
    if (tag == GUMBO_TAG_INPUT) {
      const char* value = attribute(one, "value");
      if (value != nullptr) words(std::string(" ") + value + " ", false);
      return;
    }
    if (tag == GUMBO_TAG_TR && !in_cell_) {
      flush();
      row(node, depth);
      return;
    }
    const bool block = is_block(tag);
    if (block && !in_cell_) {
      flush();
      level_ = heading_level(tag);
      kind_ = level_ > 0 ? Block::Kind::heading : tag == GUMBO_TAG_LI ? Block::Kind::list_item : Block::Kind::paragraph;
    } else if (block && !line_.empty() && line_.back() != '\n') {
      line_ += '\n';
    } else if (one_of(tag, {GUMBO_TAG_TD, GUMBO_TAG_TH}) && in_cell_ && !line_.empty()) {
      line_ += '\t';  // a table inside a cell
    }
    for (unsigned i = 0; i < one.children.length; ++i)
      flow(static_cast<const GumboNode*>(one.children.data[i]), depth + 1, as_is || tag == GUMBO_TAG_PRE || tag == GUMBO_TAG_TEXTAREA);
    if (block && !in_cell_) flush();
  }

  void row(const GumboNode* node, unsigned depth) {
    std::vector<std::string> cells;
    in_cell_ = true;
    for (unsigned i = 0; i < node->v.element.children.length; ++i) {
      const auto* child = static_cast<const GumboNode*>(node->v.element.children.data[i]);
      if (child->type == GUMBO_NODE_ELEMENT && one_of(child->v.element.tag, {GUMBO_TAG_TD, GUMBO_TAG_TH}) && !hidden(child->v.element)) {
        attributes(child->v.element);
        for (unsigned k = 0; k < child->v.element.children.length; ++k) flow(static_cast<const GumboNode*>(child->v.element.children.data[k]), depth + 2, false);
        cells.push_back(std::move(line_));
        line_.clear();
      } else {
        flow(child, depth + 1, false);
      }
    }
    in_cell_ = false;
    if (!cells.empty()) {
      if (!blank(line_)) cells.push_back(std::move(line_));
      line_.clear();
      into_.row(std::move(cells));
    } else {
      flush();
    }
  }

  Collector& into_;
  std::string line_;
  Block::Kind kind_ = Block::Kind::paragraph;
  int level_ = 0;
  bool in_cell_ = false;
  std::vector<std::pair<const char*, std::string>> asides_;
};

// The character set a page names for itself, in its first kilobyte (HTML standard, "prescan").
std::string named_charset(std::string_view bytes) {
  const std::string head = squeezed(bytes.substr(0, 1024));
  const auto at = head.find("charset=");
  if (at == std::string::npos) return {};
  std::string out;
  for (std::size_t i = at + 8; i < head.size() && out.size() < 40; ++i) {
    const char c = head[i];
    if (c == '"' || c == '\'') {
      if (out.empty()) continue;
      break;
    }
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) break;
    out += c;
  }
  return out;
}

}  // namespace

Read read_html(std::string_view bytes) {
  std::string text;
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
    if (!decode(bytes, "UTF-16", text)) refuse("not_utf8", "it is not valid UTF-16", "save it as UTF-8");
  } else if (utf8(bytes)) {
    text = std::string(bytes.starts_with("\xef\xbb\xbf") ? bytes.substr(3) : bytes);
  } else {
    std::string charset = named_charset(bytes);
    if (charset == "iso-8859-1" || charset == "latin1" || charset == "us-ascii") charset = "windows-1252";  // as browsers read it
    if (charset.empty() || !decode(bytes, charset, text)) refuse("not_utf8", "it is not valid UTF-8, and names no other character set that fits", "save it as UTF-8");
  }
  if (text.find('\0') != std::string::npos) refuse("unknown_format", "it holds control characters: it is not text", "a person must look at it");
  Collector into(Format::html);
  GumboOptions options = kGumboDefaultOptions;
  options.max_errors = 0;
  GumboOutput* output = gumbo_parse_with_options(&options, text.data(), text.size());
  if (output == nullptr) refuse("damaged", "it cannot be read as HTML", "a person must look at it");
  Walk walk(into);
  walk.document(output->document);
  // Only a tree that was walked is taken down: that costs a stack as deep as the tree, and a deeper one was refused. It ends with the process.
  gumbo_destroy_output(&options, output);
  return into.take();
}

namespace {

void escape(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "<br>\n"; break;
      default: out += c;
    }
  }
}

}  // namespace

std::string html_of(const Read& document, const std::string& title) {
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>";
  escape(out, title);
  out += "</title>\n</head>\n<body>\n";
  for (const Part& part : document.parts) {
    if (!part.carried) continue;
    bool table = false, list = false;
    const auto close = [&](Block::Kind next) {
      if (table && next != Block::Kind::row) out += "</table>\n", table = false;
      if (list && next != Block::Kind::list_item) out += "</ul>\n", list = false;
    };
    for (const Block& block : part.blocks) {
      close(block.kind);
      switch (block.kind) {
        case Block::Kind::paragraph:
          out += "<p>";
          escape(out, block.cells.front());
          out += "</p>\n";
          break;
        case Block::Kind::heading: {
          const std::string tag = "h" + std::to_string(block.level);
          out += "<" + tag + ">";
          escape(out, block.cells.front());
          out += "</" + tag + ">\n";
          break;
        }
        case Block::Kind::list_item:
          if (!list) out += "<ul>\n", list = true;
          out += "<li>";
          escape(out, block.cells.front());
          out += "</li>\n";
          break;
        case Block::Kind::row:
          if (!table) out += "<table>\n", table = true;
          out += "<tr>";
          for (const auto& cell : block.cells) {
            out += "<td>";
            escape(out, cell);
            out += "</td>";
          }
          out += "</tr>\n";
          break;
        case Block::Kind::page_break:
          out += "<hr>\n";
          break;
      }
    }
    close(Block::Kind::page_break);
  }
  out += "</body>\n</html>\n";
  return out;
}

std::string write_html(const Read& document, const std::string& title) { return html_of(document, title); }

}  // namespace gatehouse::convert
