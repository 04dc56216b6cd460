#include "gateway/import/csv.hpp"

#include <utility>

#include "gateway/import/text.hpp"

namespace gatehouse::imports {

namespace {

constexpr int end_of_input = -1;

policy::Error problem(std::string code, std::size_t line, std::string what, std::string remedy) {
  return {std::move(code), "line " + std::to_string(line), std::move(what), std::move(remedy), {}};
}

}  // namespace

CsvReader::CsvReader(std::istream& in, char delimiter, CsvLimits limits) : in_(in), delimiter_(delimiter), limits_(limits) {
  // A byte-order mark is let pass; a first cell that only begins with the same byte is kept.
  for (const char byte : {'\xEF', '\xBB', '\xBF'}) {
    if (peek_stream() != static_cast<unsigned char>(byte)) return;
    ahead_.push_back(static_cast<char>(in_.rdbuf()->sbumpc()));
  }
  bytes_ = ahead_.size();
  ahead_.clear();
}

int CsvReader::peek_stream() {
  const int c = in_.rdbuf() ? in_.rdbuf()->sgetc() : end_of_input;
  return c == std::istream::traits_type::eof() ? end_of_input : c;
}

int CsvReader::peek() { return ahead_.empty() ? peek_stream() : static_cast<unsigned char>(ahead_.front()); }

int CsvReader::take() {
  const int c = peek();
  if (c == end_of_input) return c;
  if (ahead_.empty()) {
    in_.rdbuf()->sbumpc();
  } else {
    ahead_.erase(0, 1);
  }
  ++bytes_;
  if (c == '\n') ++line_;
  return c;
}

std::expected<std::optional<CsvRow>, policy::Error> CsvReader::next() {
  if (final_) return std::optional<CsvRow>{};
  // Blank lines between rows are let pass: every editor leaves one at the end.
  while (peek() == '\n' || peek() == '\r') {
    if (take() == '\r' && peek() != '\n') {
      return std::unexpected(problem("csv_carriage_return", line_, "a carriage return alone ends no row", "end rows with LF or CRLF"));
    }
  }
  if (peek() == end_of_input) return std::optional<CsvRow>{};

  CsvRow row;
  row.line = line_;
  std::optional<policy::Error> bad;  // the first thing wrong in this row; its end is still looked for
  const auto note = [&](const char* code, const char* what, const char* remedy) {
    if (!bad) bad = problem(code, row.line, what, remedy);
  };
  std::size_t size = 0;
  const auto keep = [&](std::string& cell, int c) {
    if (++size > limits_.row_bytes) {
      note("csv_too_long", "the row is longer than 1 MiB", "look for a quote that was never closed above it");
      return;
    }
    cell.push_back(static_cast<char>(c));
  };

  bool more = true;
  while (more) {
    std::string cell;
    if (peek() == '"') {
      const std::size_t opened = line_;
      take();
      for (;;) {
        const int c = take();
        if (c == end_of_input) {
          final_ = true;
          return std::unexpected(problem("csv_quote_open", opened, "a quote opens here and never closes",
                                         "close it, or double it if it is part of the text; nothing from here on was read"));
        }
        if (c != '"') {
          keep(cell, c);
          continue;
        }
        if (peek() != '"') break;
        take();
        keep(cell, '"');
      }
      const int after = peek();
      if (after != delimiter_ && after != '\n' && after != '\r' && after != end_of_input) {
        final_ = true;
        return std::unexpected(problem("csv_after_quote", line_, "there is text after a closing quote",
                                       "double the quotes inside a quoted cell; nothing from here on was read"));
      }
    } else {
      for (int c = peek(); c != delimiter_ && c != '\n' && c != '\r' && c != end_of_input; c = peek()) {
        take();
        if (c == '"') note("csv_quote_in_cell", "a quote stands inside a cell that is not quoted", "quote the whole cell and double the quote");
        keep(cell, c);
      }
    }
    if (!is_utf8(cell)) note("bad_utf8", "a cell is not UTF-8", "save the file as UTF-8");
    if (has_control_character(cell)) note("control_character", "a cell holds a control character", "remove it");
    if (row.cells.size() == limits_.cells) {
      note("csv_too_many_cells", "the row has too many cells", "at most 1000");
    } else if (row.cells.size() < limits_.cells) {
      row.cells.push_back(std::move(cell));
    }

    switch (const int c = take()) {
      case '\r':
        if (peek() == '\n') {
          take();
        } else if (peek() != end_of_input) {
          note("csv_carriage_return", "a carriage return alone ends no row", "end rows with LF or CRLF");
        }
        more = false;
        break;
      case '\n':
      case end_of_input:
        more = false;
        break;
      default:
        more = c == delimiter_;
    }
  }
  if (bad) return std::unexpected(std::move(*bad));
  return std::optional<CsvRow>(std::move(row));
}

}  // namespace gatehouse::imports
