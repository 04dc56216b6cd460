// The learned part: its arithmetic against plain enumeration, what it learns from a handful of sentences, and what it may not decide.
#include "policy/redaction/tagger.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "policy/redaction/tagger_training.hpp"
#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

constexpr auto outside = static_cast<std::size_t>(Tag::outside), person = static_cast<std::size_t>(Tag::person);

// Every row of tags a stretch could have, one by one.
std::vector<double> by_enumeration(const std::vector<float>& scores, const std::vector<std::uint16_t>& allowed, const std::vector<float>& transitions, const std::vector<float>& starts) {
  const std::size_t tokens = scores.size() / tag_count;
  std::vector<double> chances(scores.size());
  std::vector<std::size_t> tags(tokens, 0);
  double all = 0;
  for (bool more = true; more;) {
    double weight = starts[tags[0]];
    bool possible = true;
    for (std::size_t t = 0; t < tokens; ++t) {
      possible = possible && (allowed.empty() || (allowed[t] >> tags[t] & 1));
      weight *= std::exp(static_cast<double>(scores[t * tag_count + tags[t]]));
      if (t > 0) weight *= transitions[tags[t - 1] * tag_count + tags[t]];
    }
    if (possible) {
      all += weight;
      for (std::size_t t = 0; t < tokens; ++t) chances[t * tag_count + tags[t]] += weight;
    }
    more = false;
    for (std::size_t t = 0; t < tokens && !more; ++t) {
      if (++tags[t] < tag_count) more = true;
      else tags[t] = 0;
    }
  }
  for (double& chance : chances) chance /= all;
  return chances;
}

TEST(Tagger, ChancesAreThoseOfEveryRowOfTagsCountedOneByOne) {
  std::mt19937 random(7);
  std::normal_distribution<float> some(0, 2);
  for (int round = 0; round < 20; ++round) {
    const std::size_t tokens = 1 + static_cast<std::size_t>(round) % 4;
    std::vector<float> scores(tokens * tag_count), transitions(tag_count * tag_count), starts(tag_count), chances(scores.size());
    for (float& one : scores) one = some(random);
    for (float& one : transitions) one = std::exp(some(random));
    for (float& one : starts) one = std::exp(some(random));
    std::vector<std::uint16_t> allowed;
    if (round % 2) {
      for (std::size_t t = 0; t < tokens; ++t) allowed.push_back(static_cast<std::uint16_t>(1u << (random() % tag_count) | 1u << (random() % tag_count)));
    }
    tag_chances(scores, allowed, transitions, starts, chances);
    const auto counted = by_enumeration(scores, allowed, transitions, starts);
    for (std::size_t i = 0; i < chances.size(); ++i) EXPECT_NEAR(chances[i], counted[i], 1e-4) << "round " << round << " value " << i;
  }
}

TEST(Tagger, ScoresFarApartOverflowNothing) {
  std::vector<float> scores(3 * tag_count), transitions(tag_count * tag_count, 1), starts(tag_count, 1), chances(scores.size());
  scores[person] = 900;
  scores[tag_count + outside] = 900;
  scores[2 * tag_count + person] = -900;
  tag_chances(scores, {}, transitions, starts, chances);
  EXPECT_NEAR(chances[person], 1, 1e-5);
  EXPECT_NEAR(chances[tag_count + outside], 1, 1e-5);
  for (const float chance : chances) EXPECT_TRUE(std::isfinite(chance));
}

std::vector<MarkedText> lessons() {
  std::vector<MarkedText> texts;
  for (const char* const name : {"Brenn", "Tavi", "Oskel", "Marit", "Dovil", "Sorrel", "Ulva", "Perrin"})
    for (const char* const frame : {"The boy said that @ came to the door.", "We spoke with @ about the rent.", "Later @ rang the office again.", "It was @ who shouted in the hall."}) {
      MarkedText marked;
      marked.text = frame;
      const auto at = marked.text.find('@');
      marked.text.replace(at, 1, name);
      marked.marks.push_back({at, at + std::string_view(name).size(), tag_bit(Tag::person)});
      texts.push_back(std::move(marked));
    }
  return texts;
}

TrainingPlan small_plan() {
  TrainingPlan plan;
  plan.row_bits = 12;
  plan.rounds = 20;
  plan.recased = 0;
  return plan;
}

std::vector<TagChances> tagged(const Tagger& tagger, const std::string& text) {
  const auto shadow = Shadow::of(text);
  const auto& tokens = shadow->tokens();
  std::vector<TagChances> chances(tokens.size());
  const TaggerFeatures features(*shadow);
  for (std::uint32_t first = 0; first < tokens.size();) {
    const std::uint32_t last = stretch_end(tokens, first);
    tagger.tag(features, first, last, std::span(chances).subspan(first, last - first));
    first = last;
  }
  return chances;
}

TEST(Tagger, LearnsFromSentencesWhereNamesItNeverSawStand) {
  const std::string bytes = train_tagger(lessons(), small_plan());
  const auto tagger = Tagger::read(bytes);
  ASSERT_TRUE(tagger) << tagger.error().text();
  const auto chances = tagged(*tagger, "The boy said that Quillan came to the door.");
  ASSERT_EQ(chances.size(), 9u);
  EXPECT_GT(chances[4][Tag::person], 0.8f);
  for (const std::size_t other : {0u, 1u, 2u, 3u, 5u, 6u, 7u, 8u}) EXPECT_LT(chances[other].any(), 0.2f) << other;
}

TEST(Tagger, TheSameLessonsGiveTheSameBytesAndAnotherSeedOthers) {
  TrainingPlan plan = small_plan();
  const std::string once = train_tagger(lessons(), plan);
  EXPECT_EQ(once, train_tagger(lessons(), plan));
  plan.seed = 2;
  EXPECT_NE(once, train_tagger(lessons(), plan));
}

TEST(Tagger, ACorpusThatMarksNoDatesTeachesNothingAboutThem) {
  // One corpus knows dates; in the other, ten times as long, they stand unmarked because nobody marked any.
  std::vector<MarkedText> texts;
  const TagSet anything_but_names = static_cast<TagSet>(every_tag & ~tag_bit(Tag::person));
  for (int i = 0; i < 40; ++i) texts.push_back({"She was seen in Junuary there.", {}, anything_but_names, 1});
  const std::string dated = "She was seen in Junuary there.";
  for (int i = 0; i < 4; ++i) texts.push_back({dated, {{16, 23, tag_bit(Tag::date)}}, tag_bit(Tag::outside), 1});
  const std::string bytes = train_tagger(texts, small_plan());
  EXPECT_GT(tagged(*Tagger::read(bytes), dated)[4][Tag::date], 0.7f);
  for (MarkedText& text : texts) text.elsewhere = tag_bit(Tag::outside);
  const std::string wrongly = train_tagger(texts, small_plan());
  EXPECT_LT(tagged(*Tagger::read(wrongly), dated)[4][Tag::date], 0.5f);
}

TEST(Tagger, NothingToLearnFromIsSaid) {
  EXPECT_THROW(train_tagger({}, small_plan()), std::invalid_argument);
  EXPECT_THROW(train_tagger({MarkedText{"\xff\xfe", {}, tag_bit(Tag::outside), 1}}, small_plan()), std::invalid_argument);
}

TEST(Tagger, WhatIsNoWholeFileOfWeightsIsRefused) {
  const std::string bytes = train_tagger(lessons(), small_plan());
  ASSERT_TRUE(Tagger::read(bytes));
  EXPECT_FALSE(Tagger::read(""));
  EXPECT_FALSE(Tagger::read(std::string_view(bytes).substr(0, bytes.size() - 1)));
  EXPECT_FALSE(Tagger::read(bytes + '\0'));
  std::string other = bytes;
  other[0] = 'G';
  EXPECT_FALSE(Tagger::read(other));
  other = bytes;
  other[19] = 13;  // rows
  EXPECT_FALSE(Tagger::read(other));
  other[19] = 40;
  EXPECT_FALSE(Tagger::read(other));
  other = bytes;
  for (int i = 23; i < 27; ++i) other[static_cast<std::size_t>(i)] = '\xff';  // a scale that is no number
  EXPECT_FALSE(Tagger::read(other));
  other = bytes;
  for (int i = 27; i < 31; ++i) other[static_cast<std::size_t>(i)] = '\x7f';  // a weight without measure
  const auto refused = Tagger::read(other);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text().find("redact train"), std::string::npos);
}

TEST(Tagger, AStretchEndsAtASentenceAndIsNeverLong) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "word ";
  const auto endless = Shadow::of(text);
  std::size_t stretches = 0;
  for (std::uint32_t first = 0; first < endless->tokens().size(); first = stretch_end(endless->tokens(), first)) {
    EXPECT_LE(stretch_end(endless->tokens(), first) - first, 160u);
    ++stretches;
  }
  EXPECT_EQ(stretches, 7u);
  const std::string two = "One two three four five six seven eight nine ten eleven twelve thirteen. Then more came. And more.";
  const auto sentences = Shadow::of(two);
  EXPECT_EQ(stretch_end(sentences->tokens(), 0), 13u);
  EXPECT_EQ(stretch_end(sentences->tokens(), 13), 18u);
}

TEST(Tagger, TheWeightsInTheProgramAreWhole) { EXPECT_TRUE(built_in_tagger().trained()); }

TEST(Tagger, WithoutWeightsThePipelineWorks) {
  const auto results = redact(prepared(), release(), {Text{"d", "Dorota rang Ms Hallow from 07700 900201."}}, Tagger{});
  ASSERT_TRUE(results[0]);
  EXPECT_FALSE(results[0]->blocked);
  EXPECT_EQ(results[0]->text, "[mother] rang [person] from [phone].");
}

// Weights that call everything a person, or nothing: the case file still decides about those it lists.
std::string one_sided(std::size_t tag) {
  std::vector<std::int8_t> rows(std::size_t{256} * tag_count, 0);
  for (std::size_t row = 0; row < 256; ++row) rows[row * tag_count + tag] = 100;
  return Tagger::write(8, 0.01f, rows, std::vector<float>(tag_count * tag_count), std::vector<float>(tag_count));
}

TEST(Tagger, NoWeightsUnhideAnybodyTheFileListsOrAnIdentifierOrATitle) {
  const std::string bytes = one_sided(outside);
  const auto blind = Tagger::read(bytes);
  ASSERT_TRUE(blind);
  for (const Mode mode : {Mode::third_party, Mode::anonymise}) {
    const auto results = redact(prepared(), release({}, mode), {Text{"d", "dorota and Grzegorz W rang Mr Hallow on 07700 900201 about Rose."}}, *blind);
    ASSERT_TRUE(results[0]);
    for (const char* const hidden : {"dorota", "Grzegorz", "Hallow", "900201", "Rose"}) EXPECT_FALSE(has(results[0]->text, hidden)) << hidden;
  }
}

TEST(Tagger, NoWeightsHideTheSubjectOrBlockAText) {
  const std::string bytes = one_sided(person);
  const auto eager = Tagger::read(bytes);
  ASSERT_TRUE(eager);
  const auto results = redact(prepared(), release(), {Text{"d", "Kuba spoke of Vell and of Tarrow."}}, *eager);
  ASSERT_TRUE(results[0]);
  EXPECT_FALSE(results[0]->blocked);
  EXPECT_TRUE(has(results[0]->text, "Kuba"));
  EXPECT_FALSE(has(results[0]->text, "Vell"));
  EXPECT_FALSE(has(results[0]->text, "Tarrow"));
}

TEST(Tagger, WhatItFindsSaysSo) {
  const std::string bytes = one_sided(person);
  const auto results = redact(prepared(), release(), {Text{"d", "Wulfric and so on. zzt then"}}, *Tagger::read(bytes));
  ASSERT_TRUE(results[0]);
  ASSERT_FALSE(results[0]->spans.empty()) << results[0]->text;
  for (const Span& span : results[0]->spans) {
    EXPECT_EQ(span.detector, "model");
    EXPECT_GT(span.confidence, 0.5);
    EXPECT_LE(span.confidence, 1);
  }
}

}  // namespace
}  // namespace gatehouse::redaction
