#pragma once
// What qpdf sees in a PDF, as plain values. Apart from the rest because qpdf's headers do not compile as C++23: pdf_structure.cpp is C++17, and so is all
// that this header may use.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::convert {

// In points of the page's own space, up and to the right.
struct Box {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  double width() const { return x1 - x0; }
  double height() const { return y1 - y0; }
};

// What was seen on one page, in painting order.
struct Painted {
  struct Cover {
    Box box;
    std::size_t order = 0;
  };
  struct Start {
    double x = 0, y = 0;
    std::size_t order = 0;
  };
  std::vector<Box> pictures;
  std::vector<Cover> covers;       // filled shapes that are more than a line
  std::vector<Start> starts;       // where each shown string begins
  std::uint64_t shown_bytes = 0;   // of strings that were shown
  bool unseen_text = false;        // shown in a way that leaves no mark (rendering modes 3 and 7)
  bool painting = false;           // anything else: paths, shadings
  bool unknown = false;            // something that could not be followed
  std::size_t order = 0;
};

struct PdfTrouble {
  std::string where, what;
  bool blocks = true;
};

// Thrown: the file is not read.
struct PdfRefused {
  std::string code, what, remedy;
};

struct PdfStructure {
  std::vector<Painted> pages;
  std::set<std::string> strings;              // of every object, for matching: annotations, form values, outlines, metadata, names of attachments, scripts
  std::vector<PdfTrouble> troubles;
  std::map<std::string, std::uint64_t> left_out;
  std::string all_layers;                     // the same file with every layer shown; empty: it has no layers
};

PdfStructure look_into_pdf(std::string_view bytes);

}  // namespace gatehouse::convert
