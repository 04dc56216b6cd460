// The re-scan must not trust the stages before it: each is broken on purpose, and the text may not go.
#include <gtest/gtest.h>

#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

Redacted broken(const std::string& text, Faults faults) {
  auto results = redact_with(prepared(), release(), {Text{"d", text}}, built_in_tagger(), faults);
  if (!results[0]) throw std::runtime_error(results[0].error().text());
  return std::move(*results[0]);
}

TEST(Verify, AStageThatThrowsBlocksAndShowsNothing) {
  for (const Stage stage : {Stage::identifiers, Stage::known, Stage::unknown, Stage::tagger, Stage::cluster, Stage::tie, Stage::policy, Stage::labels, Stage::verify}) {
    Faults faults;
    faults.fail = stage;
    const Redacted result = broken("Dorota rang from 07700 900201.", faults);
    EXPECT_TRUE(result.blocked);
    EXPECT_FALSE(has(result.text, "Dorota"));
    EXPECT_FALSE(has(result.text, "07700"));
  }
}

TEST(Verify, AStageThatDidNotRunBlocks) {
  for (const Stage stage : {Stage::identifiers, Stage::known, Stage::unknown, Stage::tagger, Stage::cluster, Stage::tie, Stage::policy, Stage::labels, Stage::verify}) {
    Faults faults;
    faults.skip = {stage};
    EXPECT_TRUE(broken("The room was warm.", faults).blocked);
  }
}

class RescanCatches : public testing::TestWithParam<const char*> {};

// With the stages that find names left out and the verdict left to the re-scan alone.
TEST_P(RescanCatches, ANameThatNoStageHid) {
  Faults faults;
  faults.skip = {Stage::identifiers, Stage::known, Stage::unknown, Stage::tagger};
  faults.trust_rescan = true;
  EXPECT_TRUE(broken(GetParam(), faults).blocked) << GetParam();
}
INSTANTIATE_TEST_SUITE_P(Names, RescanCatches, testing::Values(
    "we saw dorota there", "we saw D o r o t a there", "we saw D.o.r.o.t.a there", "we saw atorod there", "file dorota_notes.txt", "to dorota@office", "the o'shea line", "the OSHEA line",
    "Do\u00ADrota came", "seen Grzegorz", "said MARK TENNANT", "with DW today", "the line RG9yb3RhIFdpbGN6ZWs= came", "see %44%6f%72%6f%74%61 there", "at home/grzegorz.doc today"));

TEST(Verify, TheRescanFindsIdentifiersThatStageTwoMissed) {
  Faults faults;
  faults.skip = {Stage::identifiers};
  faults.trust_rescan = true;
  for (const char* text : {"on 07700 900201 at", "999 000 0026 was", "upn B801200005001 was", "AB 12 34 56 C was", "at ME49 1HD was", "mail x.y@example.org was", "car GN19ZXW was", "+44 7700 900201"})
    EXPECT_TRUE(broken(text, faults).blocked) << text;
  EXPECT_FALSE(broken("at 4.15pm on 3 May there were 20 of 30 in room 7", faults).blocked);
}

TEST(Verify, WhatStaysDoesNotBlock) {
  for (const char* text : {"Kuba Wilczek, NHS 999 000 0018, was seen by Priya Raman.", "The Wilczek family came.", "Kuba's mark and rose petals.", "A small mark on her wrist.", "Master Wilczek came."})
    EXPECT_FALSE(redact_one(text).blocked) << text;
}

TEST(Verify, AnOrdinaryUseOfANameIsFlaggedForAPerson) {
  const Redacted result = redact_one("There was a small mark on her wrist.");
  EXPECT_FALSE(result.blocked);
  EXPECT_TRUE(flagged(result, "common_word_name"));
}

TEST(Verify, ASharedSurnameBesideALabelBlocks) {
  // As if a stage had hidden the given name alone.
  const auto people = prepared();
  const std::vector<Entity> nobody_else;
  Standing standing;
  standing.hidden = {0, 1, 1, 1, 1, 1, 0};
  standing.informant.assign(7, 0);
  const Release asked = release();
  const Rescan rescan(people.tables(), nobody_else, standing, asked, {});
  const auto blocks = [&](std::string_view text) {
    for (const Residue& residue : rescan.scan(text, {}))
      if (residue.blocks) return true;
    return false;
  };
  EXPECT_TRUE(blocks("Then [mother] Wilczek rang."));
  EXPECT_FALSE(blocks("Then Kuba Wilczek rang."));
}

}  // namespace
}  // namespace gatehouse::redaction
