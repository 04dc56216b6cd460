// Walks a PDF with qpdf: what each page paints (ISO 32000-1, 8 and 9), and every string of every object. C++17: see pdf_structure.hpp.
#include "gateway/convert/pdf_structure.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#define POINTERHOLDER_TRANSITION 4
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFPageDocumentHelper.hh>
#include <qpdf/QPDFPageObjectHelper.hh>
#include <qpdf/QPDFWriter.hh>

#include "gateway/convert/letters.hpp"

namespace gatehouse::convert {

namespace {

constexpr std::size_t kMostPages = 2'000;
constexpr std::size_t kMostObjects = 300'000;
constexpr std::uint64_t kMostContent = 96u << 20;  // unpacked content streams
constexpr int kDeepestForm = 8;

[[noreturn]] void refuse(std::string code, std::string what, std::string remedy) { throw PdfRefused{std::move(code), std::move(what), std::move(remedy)}; }

struct Matrix {
  double a = 1, b = 0, c = 0, d = 1, e = 0, f = 0;
  // First `m`, then this.
  Matrix after(const Matrix& m) const {
    return {m.a * a + m.b * c, m.a * b + m.b * d, m.c * a + m.d * c, m.c * b + m.d * d, m.e * a + m.f * c + e, m.e * b + m.f * d + f};
  }
  std::pair<double, double> at(double x, double y) const { return {a * x + c * y + e, b * x + d * y + f}; }
};

Box around(const Matrix& m, double x, double y, double w, double h) {
  Box out{1e9, 1e9, -1e9, -1e9};
  for (const auto& [px, py] : {m.at(x, y), m.at(x + w, y), m.at(x, y + h), m.at(x + w, y + h)}) {
    out.x0 = std::min(out.x0, px), out.x1 = std::max(out.x1, px);
    out.y0 = std::min(out.y0, py), out.y1 = std::max(out.y1, py);
  }
  return out;
}

// Follows the content stream (ISO 32000-1, 8 and 9) as far as these questions need: where pictures, filled rectangles and strings lie.
class Painter : public QPDFObjectHandle::ParserCallbacks {
 public:
  Painter(Painted& out, QPDFObjectHandle resources, Matrix start, int depth, std::uint64_t& budget) : out_(out), resources_(std::move(resources)), depth_(depth), budget_(budget) {
    now_.ctm = start;
  }

  void handleObject(QPDFObjectHandle object) override {
    if (++count_ > 4'000'000) throw PdfRefused{"too_large", "a page has more drawing in it than is read", "print it to PDF again"};
    if (object.isOperator()) {
      op(object.getOperatorValue());
      operands_.clear();
    } else if (object.isInlineImage()) {
      picture();
    } else if (operands_.size() < 2000) {
      operands_.push_back(std::move(object));
    }
  }
  void handleEOF() override {}

 private:
  struct State {
    Matrix ctm;
    int mode = 0;
    double leading = 0;
  };

  double number(std::size_t i) { return i < operands_.size() && operands_[i].isNumber() ? operands_[i].getNumericValue() : 0; }
  Matrix matrix() { return {number(0), number(1), number(2), number(3), number(4), number(5)}; }
  void picture() {
    out_.pictures.push_back(around(now_.ctm, 0, 0, 1, 1));
    cover(around(now_.ctm, 0, 0, 1, 1));
    ++out_.order;
  }
  void cover(const Box& box) {
    if (box.width() < 3 || box.height() < 4) return;
    out_.covers.push_back({box, out_.order});
    if (out_.covers.size() > 50'000) throw PdfRefused{"too_large", "a page has more drawing in it than is read", "print it to PDF again"};
  }
  void show(std::size_t bytes) {
    if (bytes == 0) return;
    if (now_.mode == 3 || now_.mode == 7) out_.unseen_text = true;
    const auto [x, y] = now_.ctm.after(text_).at(0, 0);
    out_.shown_bytes += bytes;
    if (out_.starts.size() < 200'000) out_.starts.push_back({x, y, out_.order});
    ++out_.order;
  }
  void next_line(double tx, double ty) {
    line_ = line_.after(Matrix{1, 0, 0, 1, tx, ty});
    text_ = line_;
  }

  void op(const std::string& name) {
    if (name == "q") {
      if (stack_.size() > 500) throw PdfRefused{"too_deep", "a page is nested more deeply than is read", "print it to PDF again"};
      stack_.push_back(now_);
    } else if (name == "Q") {
      if (!stack_.empty()) now_ = stack_.back(), stack_.pop_back();
    } else if (name == "cm") {
      now_.ctm = now_.ctm.after(matrix());
    } else if (name == "BT") {
      line_ = text_ = Matrix();
    } else if (name == "Tm") {
      line_ = text_ = matrix();
    } else if (name == "Td") {
      next_line(number(0), number(1));
    } else if (name == "TD") {
      now_.leading = -number(1);
      next_line(number(0), number(1));
    } else if (name == "TL") {
      now_.leading = number(0);
    } else if (name == "T*") {
      next_line(0, -now_.leading);
    } else if (name == "Tr") {
      now_.mode = static_cast<int>(number(0));
    } else if (name == "Tj") {
      show(text_bytes(0));
    } else if (name == "'") {
      next_line(0, -now_.leading);
      show(text_bytes(0));
    } else if (name == "\"") {
      next_line(0, -now_.leading);
      show(text_bytes(2));
    } else if (name == "TJ") {
      std::size_t bytes = 0;
      if (!operands_.empty() && operands_[0].isArray())
        for (auto one : operands_[0].aitems())
          if (one.isString()) bytes += one.getStringValue().size();
      show(bytes);
    } else if (name == "re") {
      rectangles_.push_back(around(now_.ctm, number(0), number(1), number(2), number(3)));
      if (rectangles_.size() > 50'000) rectangles_.pop_back();
    } else if (name == "m" || name == "l") {
      const auto [x, y] = now_.ctm.at(number(0), number(1));
      if (name == "m") path_.clear();
      if (path_.size() < 16) path_.emplace_back(x, y);
    } else if (name == "c" || name == "v" || name == "y") {
      const std::size_t last = name == "c" ? 4 : 2;
      if (path_.size() < 16) path_.push_back(now_.ctm.at(number(last), number(last + 1)));
    } else if (name == "f" || name == "F" || name == "f*" || name == "B" || name == "B*" || name == "b" || name == "b*") {
      out_.painting = true;
      for (const Box& box : rectangles_) cover(box);
      if (path_.size() >= 3) {
        Box box{1e9, 1e9, -1e9, -1e9};
        for (const auto& [x, y] : path_) box = {std::min(box.x0, x), std::min(box.y0, y), std::max(box.x1, x), std::max(box.y1, y)};
        cover(box);
      }
      ++out_.order;
      rectangles_.clear();
      path_.clear();
    } else if (name == "S" || name == "s") {
      out_.painting = true;
      rectangles_.clear();
      path_.clear();
    } else if (name == "n") {
      rectangles_.clear();
      path_.clear();
    } else if (name == "sh") {
      out_.painting = true;
    } else if (name == "gs") {
      // A graphics state can set a font, not a rendering mode; nothing to follow.
    } else if (name == "Do") {
      object();
    }
  }

  std::size_t text_bytes(std::size_t i) { return i < operands_.size() && operands_[i].isString() ? operands_[i].getStringValue().size() : 0; }

  void object() {
    if (operands_.empty() || !operands_[0].isName() || !resources_.isDictionary()) return;
    auto list = resources_.getKey("/XObject");
    if (!list.isDictionary() || !list.hasKey(operands_[0].getName())) return;
    auto one = list.getKey(operands_[0].getName());
    if (!one.isStream()) return;
    auto dict = one.getDict();
    auto kind = dict.getKey("/Subtype");
    if (kind.isName() && kind.getName() == "/Image") return picture();
    if (!kind.isName() || kind.getName() != "/Form") {
      out_.unknown = true;
      return;
    }
    if (depth_ >= kDeepestForm) throw PdfRefused{"too_deep", "a page is nested more deeply than is read", "print it to PDF again"};
    Matrix start = now_.ctm;
    auto place = dict.getKey("/Matrix");
    if (place.isArray() && place.getArrayNItems() == 6) {
      const auto at = [&](int i) { return place.getArrayItem(i).isNumber() ? place.getArrayItem(i).getNumericValue() : 0; };
      start = start.after(Matrix{at(0), at(1), at(2), at(3), at(4), at(5)});
    }
    auto inner = dict.getKey("/Resources");
    spend(one);
    Painter form(out_, inner.isDictionary() ? inner : resources_, start, depth_ + 1, budget_);
    QPDFObjectHandle::parseContentStream(one, &form);
  }

 public:
  // Counts what a stream unpacks to before it is parsed.
  void spend(QPDFObjectHandle& stream) {
    class Counter : public Pipeline {
     public:
      explicit Counter(std::uint64_t& left) : Pipeline("count", nullptr), left_(left) {}
      void write(unsigned char const*, size_t size) override {
        if (size > left_) throw PdfRefused{"archive_bomb", "it unpacks to far more than a document has", "a person must look at it"};
        left_ -= size;
      }
      void finish() override {}

     private:
      std::uint64_t& left_;
    };
    Counter counter(budget_);
    stream.pipeStreamData(&counter, 0, qpdf_dl_generalized, true, false);
  }

 private:
  Painted& out_;
  QPDFObjectHandle resources_;
  int depth_;
  std::uint64_t& budget_;
  State now_;
  Matrix line_, text_;
  std::vector<State> stack_;
  std::vector<QPDFObjectHandle> operands_;
  std::vector<Box> rectangles_;
  std::vector<std::pair<double, double>> path_;
  std::size_t count_ = 0;
};

// ---------------------------------------------------------------- the structure

class Structure {
 public:
  Structure(std::string_view bytes, PdfStructure& out) : out_(out) {
    pdf_.setSuppressWarnings(true);
    pdf_.setAttemptRecovery(false);
    try {
      pdf_.processMemoryFile("file", bytes.data(), bytes.size());
    } catch (const QPDFExc& error) {
      if (error.getErrorCode() == qpdf_e_password) refuse("encrypted", "it is encrypted", "open it, and save or print it to PDF without protection");
      refuse("damaged", "it is damaged, or not made as PDF asks", "open it and print it to PDF again");
    }
    if (pdf_.isEncrypted()) refuse("encrypted", "it is encrypted, though it opens without a password", "open it, and save or print it to PDF without protection");
  }

  // Answers for each page; then every string of every object, for matching.
  void look() {
    auto root = pdf_.getRoot();
    if (root.hasKey("/Collection")) trouble("catalog", "it is a portfolio of files", true);
    auto form = root.getKey("/AcroForm");
    if (form.isDictionary() && form.hasKey("/XFA")) trouble("form", "it is a form (XFA) whose pages are made by a program", true);
    const bool layers = root.hasKey("/OCProperties");
    const auto pages = QPDFPageDocumentHelper(pdf_).getAllPages();
    if (pages.size() > kMostPages) refuse("too_large", "it has more pages than are read", "split it");
    std::uint64_t budget = kMostContent;
    int number = 0;
    for (auto page : pages) {
      ++number;
      Painted painted;
      auto object = page.getObjectHandle();
      try {
        auto resources = page.getAttribute("/Resources", false);
        Painter painter(painted, resources, Matrix(), 0, budget);
        auto contents = page.getPageContents();
        for (auto& one : contents) painter.spend(one);
        page.parseContents(&painter);
      } catch (const PdfRefused&) {
        throw;
      } catch (const std::exception&) {
        painted.unknown = true;
      }
      annotations(object, number);
      out_.pages.push_back(std::move(painted));
    }
    strings();
    if (!pdf_.getWarnings().empty()) trouble("file", "it is damaged in places: not everything in it can be read for certain", true);
    if (layers) show_all_layers();
  }

 private:
  void annotations(QPDFObjectHandle& page, int number) {
    auto list = page.getKey("/Annots");
    if (!list.isArray()) return;
    const std::string where = "page " + std::to_string(number);
    static const std::set<std::string> marks = {"/Link", "/Widget", "/Text", "/Popup", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/FreeText", "/Caret"};
    for (auto one : list.aitems()) {
      if (!one.isDictionary()) continue;
      auto kind = one.getKey("/Subtype");
      const std::string name = kind.isName() ? kind.getName() : "";
      if (name == "/FileAttachment") trouble(where, "an attached file is left out; a person must look at it", true);
      else if (name == "/Redact") trouble(where, "somebody marked text on it to be removed, and it was not", true);
      else if (name == "/Stamp" || name == "/Ink" || name == "/Line") trouble(where, "a drawing or stamp laid over the page is left out", false);
      else if (marks.count(name) == 0) trouble(where, "something is laid over the page that may cover text", true);
      if (name != "/Link" && name != "/Widget" && name != "/Popup") ++out_.left_out["annotations"];
    }
  }

  // Strings of every object: annotations, form values, outlines, metadata, attachments' names, scripts, alternative texts.
  void strings() {
    const auto all = pdf_.getAllObjects();
    if (all.size() > kMostObjects) refuse("too_large", "it has more objects than are read", "print it to PDF again");
    std::uint64_t budget = kMostContent;
    for (auto object : all) {
      if (object.isStream()) {
        auto dict = object.getDict();
        walk(dict, 0);
        auto type = dict.getKey("/Type");
        const std::string name = type.isName() ? type.getName() : "";
        if (name == "/EmbeddedFile") {
          ++out_.left_out["attachments"];
          trouble("attachment", "a file is attached to it; a person must look at that", true);
        }
        if (name == "/Metadata") metadata(object, budget);
        continue;
      }
      walk(object, 0);
    }
  }

  void walk(QPDFObjectHandle& object, int depth) {
    if (depth > 60) refuse("too_deep", "it is nested more deeply than is read", "print it to PDF again");
    if (object.isIndirect() && depth > 0) return;  // met in its own turn
    if (object.isString()) {
      const std::string value = object.getUTF8Value();
      if (!utf8(value)) return;
      std::size_t letters = 0, odd = 0;
      for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte >= 0xc3) ++letters;
        if (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') ++odd;
      }
      if (letters >= 2 && odd * 4 < value.size() && value.rfind("D:", 0) != 0) out_.strings.insert(value);
    } else if (object.isName()) {
      return;
    } else if (object.isArray()) {
      for (auto one : object.aitems()) walk(one, depth + 1);
    } else if (object.isDictionary()) {
      for (auto& [key, value] : object.ditems()) {
        // A script, or something that starts a program: dropped with the rest, and somebody should know.
        if (key == "/JS" || key == "/JavaScript") trouble("scripts", "it holds a program, which is left out", false);
        auto copy = value;
        walk(copy, depth + 1);
      }
    }
  }

  void metadata(QPDFObjectHandle& stream, std::uint64_t& budget) {
    const auto data = stream.getStreamData(qpdf_dl_generalized);
    if (data->getSize() > budget) refuse("archive_bomb", "it unpacks to far more than a document has", "a person must look at it");
    budget -= data->getSize();
    pugi::xml_document xml;
    if (!xml.load_buffer(data->getBuffer(), data->getSize())) return;
    gather(xml, 0);
  }
  void gather(const pugi::xml_node& node, int depth) {
    if (depth > 200) return;
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
      if (utf8(node.value()) && !blank(node.value())) out_.strings.insert(node.value());
    }
    for (const auto& child : node.children()) gather(child, depth + 1);
  }

  // Last of all: the file in memory is changed by it.
  void show_all_layers() {
    pdf_.getRoot().removeKey("/OCProperties");
    QPDFWriter writer(pdf_);
    writer.setOutputMemory();
    writer.setStaticID(true);  // no clock and no random file name is needed for what is read at once
    writer.setStreamDataMode(qpdf_s_preserve);
    writer.write();
    const auto buffer = writer.getBufferSharedPointer();
    out_.all_layers.assign(reinterpret_cast<const char*>(buffer->getBuffer()), buffer->getSize());
  }
  void trouble(std::string where, std::string what, bool blocks) {
    if (out_.troubles.size() < 400) out_.troubles.push_back({std::move(where), std::move(what), blocks});
    else out_.troubles.back().blocks = out_.troubles.back().blocks || blocks;
  }

  QPDF pdf_;
  PdfStructure& out_;
};

}  // namespace

PdfStructure look_into_pdf(std::string_view bytes) {
  PdfStructure out;
  try {
    Structure structure(bytes, out);
    structure.look();
  } catch (const PdfRefused&) {
    throw;
  } catch (const std::exception&) {
    refuse("damaged", "it is damaged, or not made as PDF asks", "open it and print it to PDF again");
  }
  return out;
}

}  // namespace gatehouse::convert
