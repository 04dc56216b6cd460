#include "policy/redaction/shadow.hpp"

#include <gtest/gtest.h>

namespace gatehouse::redaction {
namespace {

std::string input_of(const Shadow& shadow, std::string_view folded) {
  const auto at = shadow.folded().find(folded);
  if (at == std::string_view::npos) return "not there";
  const auto begin = shadow.input_begin(at), end = shadow.input_end(at + folded.size());
  return std::string(shadow.input().substr(begin, end - begin));
}

TEST(Shadow, FoldsAccentsCaseAndStrokes) {
  EXPECT_EQ(fold("Bożena WIŚNIEWSKA"), "bozena wisniewska");
  EXPECT_EQ(fold("Łukasz Ångström Ødegård Straße Œuvre Þór"), "lukasz angstrom odegard strasse oeuvre thor");
  EXPECT_EQ(fold("Nguyễn Thị Hương"), "nguyen thi huong");
  EXPECT_EQ(fold("Siobha\u0301n"), "siobhan");  // a combining acute
}

TEST(Shadow, MapsEveryTrickBackToTheInput) {
  const std::string soft = "No\u00ADwak";
  EXPECT_EQ(input_of(*Shadow::of(soft), "nowak"), soft);
  const std::string zero = "N\u200Bo\u200Bw\u200Ba\u200Bk";
  EXPECT_EQ(input_of(*Shadow::of(zero), "nowak"), zero);
  const std::string bidi = "x \u202ENowak\u202C y";
  EXPECT_TRUE(input_of(*Shadow::of(bidi), "nowak").starts_with("Nowak"));
  const std::string accent = "Siobha\u0301n Keane";
  EXPECT_EQ(input_of(*Shadow::of(accent), "siobhan"), "Siobha\u0301n");
  EXPECT_EQ(input_of(*Shadow::of(accent), "keane"), "Keane");
}

TEST(Shadow, ReadsFullWidthDigitsAndCurlyQuotes) {
  EXPECT_EQ(fold("０７７００ ９００１１４"), "07700 900114");
  EXPECT_EQ(fold("O\u2019Brien"), "o'brien");
  EXPECT_EQ(fold("\u201CMark\u201D \u2013 it"), "\"mark\" - it");
  EXPECT_EQ(fold("٩٩٩"), "999");
}

TEST(Shadow, TakesLookAlikesOnlyInsideALatinWord) {
  EXPECT_EQ(fold("N\u043Ewak"), "nowak");                      // a Cyrillic o
  EXPECT_EQ(fold("Анна"), "анна");                             // a Cyrillic name stays what it is
  const std::string text = "n\u043Ewak ok";
  EXPECT_EQ(input_of(*Shadow::of(text), "nowak"), "n\u043Ewak");
  EXPECT_EQ(input_of(*Shadow::of(text), "ok"), "ok");
}

TEST(Shadow, JoinsAWordThatALineEndParts) {
  const std::string text = "seen by Agniesz-\nka today";
  const auto shadow = Shadow::of(text);
  ASSERT_TRUE(shadow);
  EXPECT_EQ(input_of(*shadow, "agnieszka"), "Agniesz-\nka");
  EXPECT_EQ(input_of(*shadow, "today"), "today");
}

TEST(Shadow, RefusesWhatIsNoUtf8) {
  for (const char* bad : {"\xff", "abc\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "a\x80z"}) {
    EXPECT_FALSE(Shadow::of(bad));
    EXPECT_FALSE(is_utf8(bad));
  }
  EXPECT_TRUE(Shadow::of(""));
}

TEST(Shadow, TellsCapitalsAndWhereSentencesOpen) {
  const auto shadow = Shadow::of("He told Mr. Adeyemi. Mark left; NHS line [sibling 1] and [Kuba] M3");
  ASSERT_TRUE(shadow);
  const auto token = [&](std::string_view word) -> const Token& {
    for (const Token& one : shadow->tokens())
      if (shadow->word(one) == word) return one;
    throw std::runtime_error("no such word");
  };
  EXPECT_TRUE(token("he").opens);
  EXPECT_FALSE(token("adeyemi").opens);  // the dot belongs to the title
  EXPECT_TRUE(token("adeyemi").capital);
  EXPECT_TRUE(token("mark").opens);
  EXPECT_TRUE(token("nhs").upper);
  EXPECT_TRUE(token("sibling").label);
  EXPECT_FALSE(token("kuba").label);  // a name in brackets is no label
  EXPECT_TRUE(token("m3").digits);
}

}  // namespace
}  // namespace gatehouse::redaction
