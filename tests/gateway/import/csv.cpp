#include "gateway/import/csv.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <sstream>

namespace gatehouse::imports {
namespace {

struct Outcome {
  std::vector<CsvRow> rows;
  std::vector<policy::Error> errors;
  bool final = false;
};

Outcome read(const std::string& text, char delimiter = ',', CsvLimits limits = {}) {
  std::istringstream in(text);
  CsvReader reader(in, delimiter, limits);
  Outcome out;
  for (std::size_t i = 0; i < text.size() + 5; ++i) {
    auto row = reader.next();
    if (!row) {
      out.errors.push_back(row.error());
    } else if (*row) {
      out.rows.push_back(**row);
    } else {
      break;
    }
  }
  out.final = reader.final();
  return out;
}

using Cells = std::vector<std::string>;

TEST(Csv, ReadsQuotesDoubledQuotesCommasAndLineBreaksInsideQuotes) {
  const auto out = read("a,b\r\n\"x, \"\"y\"\"\r\nz\",2\r\n");
  ASSERT_EQ(out.rows.size(), 2u);
  EXPECT_EQ(out.rows[0].cells, (Cells{"a", "b"}));
  EXPECT_EQ(out.rows[1].cells, (Cells{"x, \"y\"\r\nz", "2"}));
  EXPECT_TRUE(out.errors.empty());
}

TEST(Csv, CountsLinesThroughQuotedLineBreaks) {
  const auto out = read("a\n\"one\ntwo\nthree\"\nb\n");
  ASSERT_EQ(out.rows.size(), 3u);
  EXPECT_EQ(out.rows[1].line, 2u);
  EXPECT_EQ(out.rows[2].line, 5u);
}

TEST(Csv, LetsAByteOrderMarkPassAndKeepsAFirstCellThatOnlyLooksLikeOne) {
  EXPECT_EQ(read("\xEF\xBB\xBFname\n").rows.at(0).cells, Cells{"name"});
  EXPECT_EQ(read("\xEF\xBC\xA1\n").rows.at(0).cells, Cells{"\xEF\xBC\xA1"});  // a full-width A
}

TEST(Csv, KeepsEmptyCellsAndTheLastRowWithoutALineEnd) {
  const auto out = read(",,\n\"\",x,");
  ASSERT_EQ(out.rows.size(), 2u);
  EXPECT_EQ(out.rows[0].cells, (Cells{"", "", ""}));
  EXPECT_EQ(out.rows[1].cells, (Cells{"", "x", ""}));
}

TEST(Csv, AnEmptyFileHasNoRows) {
  EXPECT_TRUE(read("").rows.empty());
  EXPECT_TRUE(read("\n\n\r\n").rows.empty());
}

TEST(Csv, AQuoteInsideAnUnquotedCellRefusesThatRowAndTheNextOnesAreRead) {
  const auto out = read("a,b\n5\" nail,2\nc,d\n");
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].code, "csv_quote_in_cell");
  EXPECT_EQ(out.errors[0].where, "line 2");
  ASSERT_EQ(out.rows.size(), 2u);
  EXPECT_EQ(out.rows[1].cells, (Cells{"c", "d"}));
}

// A note can hold text that looks like a row; once quotes no longer tell where rows end, nothing more may be read.
TEST(Csv, NothingIsReadAfterAQuoteThatLeavesOpenWhereRowsEnd) {
  const auto after = read("a,b\n\"note\" said,\"x\nP-9,forged\n\"\n");
  ASSERT_EQ(after.errors.size(), 1u);
  EXPECT_EQ(after.errors[0].code, "csv_after_quote");
  EXPECT_TRUE(after.final);
  EXPECT_EQ(after.rows.size(), 1u);

  const auto open = read("a,b\n1,\"never closed\nP-9,forged\n");
  ASSERT_EQ(open.errors.size(), 1u);
  EXPECT_EQ(open.errors[0].code, "csv_quote_open");
  EXPECT_EQ(open.errors[0].where, "line 2");
  EXPECT_TRUE(open.final);
  EXPECT_EQ(open.rows.size(), 1u);
}

TEST(Csv, RefusesALoneCarriageReturn) {
  const auto out = read("a\rb\nc\n");
  ASSERT_EQ(out.errors.size(), 1u);
  EXPECT_EQ(out.errors[0].code, "csv_carriage_return");
}

TEST(Csv, RefusesWhatIsNotUtf8AndControlCharactersRowByRow) {
  const auto out = read("ok\n\xC3\x28\nfine\na\x01\nlast\n");
  ASSERT_EQ(out.errors.size(), 2u);
  EXPECT_EQ(out.errors[0].code, "bad_utf8");
  EXPECT_EQ(out.errors[0].where, "line 2");
  EXPECT_EQ(out.errors[1].code, "control_character");
  EXPECT_EQ(out.rows.size(), 3u);
}

TEST(Csv, ARowTooLongOrTooWideIsRefusedAndTheNextOneRead) {
  CsvLimits limits;
  limits.row_bytes = 10;
  limits.cells = 3;
  const auto out = read("12345678901,x\n1,2,3,4\nok\n", ',', limits);
  ASSERT_EQ(out.errors.size(), 2u);
  EXPECT_EQ(out.errors[0].code, "csv_too_long");
  EXPECT_EQ(out.errors[1].code, "csv_too_many_cells");
  ASSERT_EQ(out.rows.size(), 1u);
}

TEST(Csv, OtherDelimitersAreReadWhenAskedFor) { EXPECT_EQ(read("a;b,c\n", ';').rows.at(0).cells, (Cells{"a", "b,c"})); }

TEST(Csv, ErrorsNeverCarryWhatTheCellSaid) {
  for (const std::string text : {"Rosalind\"x\n", "\"Rosalind\"x\n", "\"Rosalind\n", "Rosalind\x01\n", "Rosalind\xFF\n"})
    for (const auto& error : read(text).errors) EXPECT_EQ(error.text().find("Rosalind"), std::string::npos);
}

TEST(Csv, WhatIsWrittenByTheRulesIsReadBackTheSame) {
  const bool held = rc::check([] {
    const auto cell = rc::gen::container<std::string>(rc::gen::element('a', ' ', ',', '"', '\n', '\t', '1'));
    const auto rows = *rc::gen::nonEmpty(rc::gen::container<std::vector<Cells>>(rc::gen::nonEmpty(rc::gen::container<Cells>(cell))));
    std::string text;
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) {
        text += i ? ",\"" : "\"";
        for (const char c : row[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
        text += '"';
      }
      text += "\r\n";
    }
    const auto out = read(text);
    RC_ASSERT(out.errors.empty());
    RC_ASSERT(out.rows.size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) RC_ASSERT(out.rows[i].cells == rows[i]);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace gatehouse::imports
