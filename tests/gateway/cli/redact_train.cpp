// What the trainer reads: each corpus as its makers publish it, and a word that cannot be placed is refused.
#include "gateway/cli/redact_train.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace gatehouse::cli {
namespace {

using redaction::Tag;
using redaction::tag_bit;

constexpr auto kSomebody = tag_bit(Tag::person) | tag_bit(Tag::professional);

TEST(ReadAnnotatedDocuments, PlacesAreCodePointsAndBecomeBytes) {
  std::istringstream in(R"({"text": "Zoë rang Łucja.", "mode": "anonymise", "gold": [{"start": 9, "end": 14, "type": "PERSON", "must": "hide"}, {"start": 0, "end": 3, "type": "PERSON", "must": "hide"}]})"
                        "\n\n");
  const auto texts = read_annotated_documents(in);
  ASSERT_TRUE(texts) << texts.error().text();
  ASSERT_EQ(texts->size(), 1u);
  const auto& text = texts->front();
  ASSERT_EQ(text.marks.size(), 2u);
  EXPECT_EQ(text.text.substr(text.marks[0].begin, text.marks[0].end - text.marks[0].begin), "Zoë");
  EXPECT_EQ(text.text.substr(text.marks[1].begin, text.marks[1].end - text.marks[1].begin), "Łucja");
  EXPECT_EQ(text.elsewhere, tag_bit(Tag::outside));
}

TEST(ReadAnnotatedDocuments, WhatStaysIsAPersonAllTheSameButPerhapsNoPlace) {
  std::istringstream in(R"({"text": "Kuba in Margate", "mode": "third_party", "gold": [{"start": 0, "end": 4, "type": "PERSON", "must": "keep"}, {"start": 8, "end": 15, "type": "LOC", "must": "keep"}]})");
  const auto texts = read_annotated_documents(in);
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts->front().marks[0].tags, kSomebody);
  EXPECT_EQ(texts->front().marks[1].tags, tag_bit(Tag::place) | tag_bit(Tag::outside));
  EXPECT_EQ(texts->front().elsewhere & kSomebody, 0);
  EXPECT_NE(texts->front().elsewhere & tag_bit(Tag::date), 0);
}

TEST(ReadAnnotatedDocuments, WhoIsAProfessionalIsWhomTheFileOrTheAnnotationSaysSo) {
  std::istringstream in(
      R"({"text": "A B C D", "mode": "third_party", "people": [{"id": "p1", "role": "professional"}, {"id": "p2", "role": "family"}], "gold": [)"
      R"({"start": 0, "end": 1, "type": "PERSON", "person": "p1", "must": "keep"}, {"start": 2, "end": 3, "type": "PERSON", "person": "p2", "must": "hide"},)"
      R"({"start": 4, "end": 5, "type": "PERSON", "person": "x1", "must": "keep"}, {"start": 6, "end": 7, "type": "PERSON", "person": "x2", "must": "hide"}]})");
  const auto texts = read_annotated_documents(in);
  ASSERT_TRUE(texts) << texts.error().text();
  const Tag expected[] = {Tag::professional, Tag::person, Tag::professional, Tag::person};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(texts->front().marks[i].tags, tag_bit(expected[i])) << i;
}

TEST(ReadAnnotatedDocuments, WhatCannotBePlacedIsRefusedByLine) {
  for (const char* const bad : {"[]", R"({"text": "a", "mode": "both", "gold": []})", R"({"text": "a", "mode": "anonymise"})", R"({"text": "a", "mode": "anonymise", "gold": [{"start": 0, "end": 2, "type": "LOC"}]})",
                                R"({"text": "a", "mode": "anonymise", "gold": [{"start": 1, "end": 1, "type": "LOC"}]})", R"({"text": "a", "mode": "anonymise", "gold": [{"start": 0, "end": 1, "type": "NAME"}]})",
                                R"({"text": "a", "mode": "anonymise", "gold": [{"start": -1, "end": 1, "type": "LOC"}]})"}) {
    std::istringstream in(std::string("\n") + bad);
    const auto texts = read_annotated_documents(in);
    ASSERT_FALSE(texts) << bad;
    EXPECT_NE(texts.error().text().find("line 2"), std::string::npos) << texts.error().text();
  }
}

constexpr const char* kJudgments = R"([{"doc_id": "one", "text": "Mr Vell of Arun met Judge Tor.", "annotations": {"a": {"entity_mentions": [
  {"entity_type": "PERSON", "start_offset": 0, "end_offset": 7, "identifier_type": "DIRECT", "entity_id": "1"},
  {"entity_type": "LOC", "start_offset": 11, "end_offset": 15, "identifier_type": "NO_MASK", "entity_id": "2"},
  {"entity_type": "PERSON", "start_offset": 20, "end_offset": 29, "identifier_type": "NO_MASK", "entity_id": "3"}]}}},
  {"doc_id": "two", "text": "Arun.", "annotations": {"union": {"entity_mentions": [{"entity_type": "ANY", "start_offset": 0, "end_offset": 4, "identifier_type": "QUASI", "entity_id": "Arun"}]}}}])";

TEST(ReadBenchmark, WhatNeedNotBeMaskedIsNothingButAPersonMayBeOne) {
  std::istringstream in(kJudgments);
  const auto texts = read_benchmark(in, {});
  ASSERT_TRUE(texts) << texts.error().text();
  ASSERT_EQ(texts->size(), 2u);
  const auto& marks = (*texts)[0].marks;
  ASSERT_EQ(marks.size(), 3u);
  EXPECT_EQ(marks[0].tags, kSomebody);
  EXPECT_EQ(marks[1].tags, tag_bit(Tag::outside));
  EXPECT_EQ(marks[2].tags, tag_bit(Tag::outside) | kSomebody);
  EXPECT_EQ((*texts)[1].marks[0].tags & tag_bit(Tag::outside), 0) << "a mention without a type is something";
}

TEST(ReadBenchmark, JudgmentsThatAreLeftOutAreNotLearntFrom) {
  std::istringstream in(kJudgments);
  std::set<std::string> passed_over;
  const auto texts = read_benchmark(in, {"one", "three"}, &passed_over);
  ASSERT_TRUE(texts);
  EXPECT_EQ(passed_over, std::set<std::string>{"one"}) << "a name that no judgment bears can be told from one";
  ASSERT_EQ(texts->size(), 1u);
  EXPECT_EQ((*texts)[0].text, "Arun.");
}

TEST(ReadLabelledWords, SentencesAreJoinedAsPeopleWriteThem) {
  std::istringstream in("Tell\tO\nAnna\tB-PER\nVell\tI-PER\n,\tO\nplease\tO\n.\tO\n\n(\tO\nArun\tB-LOC\n)\tO\nis\tO\nn't\tO\nit\tO\n");
  const auto texts = read_labelled_words(in);
  ASSERT_TRUE(texts) << texts.error().text();
  ASSERT_EQ(texts->size(), 2u);
  EXPECT_EQ((*texts)[0].text, "Tell Anna Vell, please.");
  ASSERT_EQ((*texts)[0].marks.size(), 1u);
  EXPECT_EQ((*texts)[0].marks[0].begin, 5u);
  EXPECT_EQ((*texts)[0].marks[0].end, 14u);
  EXPECT_EQ((*texts)[1].text, "(Arun) isn't it");
  EXPECT_EQ((*texts)[1].marks[0].tags, tag_bit(Tag::place));
}

TEST(ReadLabelledWords, AnUnknownLabelIsAnError) {
  std::istringstream in("Anna\tB-NAME\n");
  const auto texts = read_labelled_words(in);
  ASSERT_FALSE(texts);
  EXPECT_NE(texts.error().text().find("line 1"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::cli
