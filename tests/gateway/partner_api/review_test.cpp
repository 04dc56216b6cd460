// What a person shows or hides: everywhere, whole words, and never half a label.
#include <gtest/gtest.h>

#include "gateway/partner_api/review.hpp"

namespace gatehouse::gateway {
namespace {

redaction::Redacted nothing_hidden(std::string text) {
  redaction::Redacted out;
  out.text = std::move(text);
  return out;
}

TEST(WordsHiddenByHand, AreHiddenAsWholeWordsInEveryPlaceWhateverTheirCaseAndBlanks) {
  const std::string text = "St. Anne\xE2\x80\x99s: Ann  Lee met ANN\nlee; Annlee and \xC3\x89" "Ann Lee stay, Ann Lee's goes.";
  auto redacted = nothing_hidden(text);
  hide_words(text, {"ann lee"}, redacted);
  EXPECT_EQ(redacted.text, "St. Anne\xE2\x80\x99s: [hidden] met [hidden]; Annlee and \xC3\x89" "Ann Lee stay, [hidden]'s goes.");
  for (const auto& span : redacted.spans) EXPECT_EQ(folded_words(part_of(text, span.start, span.end)), "ann lee");
}

TEST(WordsHiddenByHand, GrowOverWhatTheyTouchSoThatNoPartOfItIsLeft) {
  const std::string text = "Her aunt Beryl Stone came; Beryl left.";
  auto redacted = nothing_hidden(text);
  redaction::Span span;
  span.start = 15;  // Stone
  span.end = 20;
  span.label = "[aunt]";
  redacted.spans = {span};
  write_anew(text, redacted);
  EXPECT_EQ(redacted.text, "Her aunt Beryl [aunt] came; Beryl left.");
  hide_words(text, {"aunt beryl stone", "Beryl", "came; beryl left"}, redacted);
  EXPECT_EQ(redacted.text, "Her [hidden] [hidden].");
}

TEST(WordsHiddenByHand, ThatAreEmptyOrNotThereChangeNothing) {
  const std::string text = "\xC3\xA9t\xC3\xA9 07700 900123";
  auto redacted = nothing_hidden(text);
  hide_words(text, {"", "  ", "t", "0770", "900123 "}, redacted);
  EXPECT_EQ(redacted.text, "\xC3\xA9t\xC3\xA9 07700 [hidden]");
  ASSERT_EQ(redacted.spans.size(), 1u);
  EXPECT_EQ(redacted.spans[0].start, 10u) << "in code points";
}

TEST(AReview, IsKeptAsItWasAndReadBackAndNothingElseIs) {
  CutReview review;
  review.show_people = {"p-1"};
  review.hide_words = {"a \"quote\"\n", "\xF0\x9F\x90\x8C"};
  review.reason = "because";
  const auto again = CutReview::read(review.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->text(), review.text());
  EXPECT_EQ(again->hide_words, review.hide_words);
  for (const char* bad : {"", "{}", "[]", "{\"hide_people\":[1],\"hide_words\":[],\"reason\":\"\",\"show_people\":[],\"show_words\":[]}",
                          "{\"hide_people\":[],\"hide_words\":[],\"reason\":\"\",\"show_people\":[],\"show_words\":[],\"more\":1}"})
    EXPECT_FALSE(CutReview::read(bad)) << bad;
}

}  // namespace
}  // namespace gatehouse::gateway
