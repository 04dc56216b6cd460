// Who informed, or spoke in confidence: hidden from everybody, kept or not, and shown to a person. The cases are sentences.
#include <gtest/gtest.h>

#include <array>

#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

// Everybody is kept, so that only the plea can hide; `gone` names whose plea it is.
struct Plea {
  const char* text;
  const char* gone;
};

class PleasNotToBeNamed : public testing::TestWithParam<Plea> {};

TEST_P(PleasNotToBeNamed, HideTheirSpeakerAndNobodyElse) {
  const Plea& plea = GetParam();
  const Redacted result = redact_one(plea.text, release({"mother", "father", "sister", "gran", "partner"}));
  EXPECT_FALSE(has(result.text, plea.gone)) << result.text;
  EXPECT_TRUE(flagged(result, "informant_detail")) << result.text;
  for (const char* name : {"Dorota", "Grzegorz", "Mary-Ann", "Mark", "Rose"})
    if (has(plea.text, name) && std::string(name) != plea.gone) { EXPECT_TRUE(has(result.text, name)) << result.text; }
}

INSTANTIATE_TEST_SUITE_P(Said, PleasNotToBeNamed, testing::Values(
    Plea{"Mary-Ann asked us not to say that it came from her.", "Mary-Ann"}, Plea{"Mary-Ann has asked that Dorota is not told who spoke.", "Mary-Ann"},
    Plea{"Mary-Ann rang about Grzegorz; she asked not to be named.", "Mary-Ann"}, Plea{"Mary-Ann rang and asked that her name be kept out of it.", "Mary-Ann"},
    Plea{"Mary-Ann saw Grzegorz at the gate. She would like to remain nameless, she asked to stay anonymous.", "Mary-Ann"},
    Plea{"Grzegorz rang twice. He does not want Dorota to find out that he did.", "Grzegorz"}, Plea{"Mary-Ann, who did not want Grzegorz to know, rang at four.", "Mary-Ann"},
    Plea{"Mary-Ann told our worker in the strictest confidence that Mark drinks.", "Mary-Ann"}, Plea{"Mark spoke to the school confidentially about Dorota.", "Mark"},
    Plea{"Mary-Ann reported it anonymously.", "Mary-Ann"}, Plea{"Mary-Ann's statement was read. It must not be attributed.", "Mary-Ann"},
    Plea{"Mary-Ann is not to be named to Grzegorz.", "Mary-Ann"}, Plea{"Mary-Ann is the only person who could have told us this.", "Mary-Ann"},
    Plea{"Mary-Ann said to Dorota: \"I did not tell you this\".", "Mary-Ann"}, Plea{"This came from her alone and Mary-Ann would be known by it.", "Mary-Ann"},
    Plea{"Mary-Ann said she didn't want Mark knowing.", "Mary-Ann"}, Plea{"Mary-Ann begged me never to tell Grzegorz.", "Mary-Ann"},
    Plea{"Mary-Ann asked that nobody finds out that it was her.", "Mary-Ann"}, Plea{"Mary-Ann wants to be left out of this.", "Mary-Ann"}, Plea{"Mary-Ann begged me to leave her name off it.", "Mary-Ann"},
    Plea{"Mary-Ann told me on the promise that it went no further.", "Mary-Ann"}, Plea{"Mary-Ann saw it. Mary-Ann's name must stay out of anything sent on.", "Mary-Ann"}, Plea{"Mary-Ann wants that kept between us.", "Mary-Ann"},
    Plea{"Mary-Ann asked that Mark never finds out who rang.", "Mary-Ann"}, Plea{"Mary-Ann would not have her name read out.", "Mary-Ann"}, Plea{"Mary-Ann must not be shown as the source.", "Mary-Ann"},
    Plea{"Dorota and Mark argued. Grzegorz heard it. He asked for his name to be withheld.", "Grzegorz"}));

// Where an informant stood tells who it was; what was seen or heard is the concern, and stays.
TEST(PleasNotToBeNamed, HideWhereTheirSpeakerStoodBesideThem) {
  for (const auto& [text, gone, stays] : std::initializer_list<std::array<const char*, 3>>{
           {"Mary-Ann would not have her name read out. Her kitchen shares a wall with that bathroom.", "that bathroom", "name read out"},
           {"Mary-Ann, who hears everything through the bathroom vent, asked not to be named.", "bathroom vent", "asked not to be named"},
           {"Mary-Ann asked that nobody finds out. She sits behind him on the bus and saw the knife.", "behind him on the bus", "saw the knife"},
           {"Mary-Ann must not be quoted, since her husband drives the minibus.", "drives the minibus", "must not be quoted"},
           {"Mary-Ann asked not to be named. She cleans for his mother. Grzegorz works at the yard.", "cleans for his mother", "Grzegorz works at the yard"}}) {
    const Redacted result = redact_one(text, release({"mother", "father", "sister", "gran", "partner"}));
    EXPECT_FALSE(has(result.text, gone)) << result.text;
    EXPECT_TRUE(has(result.text, stays)) << result.text;
  }
  EXPECT_EQ(redact_one("Mary-Ann sits behind him on the bus. Her kitchen shares a wall.", release({"gran"})).text, "Mary-Ann sits behind him on the bus. Her kitchen shares a wall.");
}

// "Her gran" is a person of the file too.
TEST(PleasNotToBeNamed, AreAlsoARelativesWhomTheSentenceDoesNotName) {
  const Redacted result = redact_one("His gran asked us not to say so. On Monday Mary-Ann rang again.", release({"mother", "gran"}));
  EXPECT_FALSE(has(result.text, "Mary-Ann")) << result.text;
  EXPECT_TRUE(flagged(result, "informant_detail"));
}

TEST(PleasNotToBeNamed, HideInEveryTextOfTheBundle) {
  const auto results = redact(prepared(), release({"gran"}), {Text{"a", "Mary-Ann came to tea."}, Text{"b", "Mary-Ann told us in confidence."}});
  EXPECT_FALSE(has(results[0]->text, "Mary-Ann"));
}

TEST(PleasNotToBeNamed, AnInstructionToTheReaderHidesNobodyWhomTheReaderMayKnow) {
  const Redacted result = redact_one("Please do not mention Mary-Ann when you ring.", release({"gran"}));
  EXPECT_TRUE(has(result.text, "Mary-Ann"));
  EXPECT_TRUE(flagged(result, "informant_detail"));
}

TEST(PleasNotToBeNamed, ConfidenceAloneIsNone) {
  for (const char* text : {"Dorota has grown in confidence.", "Mark lacks confidence in the school.", "Dorota asked us to ring.", "Grzegorz wants to know the date.", "Dorota was told about it and asked for help.",
                           "Mark did not say much.", "Dorota named her sister."}) {
    const Redacted result = redact_one(text, release({"mother", "father", "partner"}));
    EXPECT_EQ(result.text, text);
    EXPECT_FALSE(flagged(result, "informant_detail")) << text;
  }
}

}  // namespace
}  // namespace gatehouse::redaction
