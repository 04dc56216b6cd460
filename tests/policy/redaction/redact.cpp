#include "policy/redaction/redact.hpp"

#include <gtest/gtest.h>

#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

TEST(Redact, TheSubjectAndProfessionalsInRoleStay) {
  const Redacted result = redact_one("Priya Raman saw Kuba Wilczek, NHS 999 000 0018. Mr Bevan, his class teacher, was there.");
  EXPECT_EQ(result.text, "Priya Raman saw Kuba Wilczek, NHS 999 000 0018. Mr Bevan, his class teacher, was there.");
  EXPECT_FALSE(result.blocked);
}

TEST(Redact, IdentifiersFollowTheirOwner) {
  const Redacted result = redact_one("Dorota is on 07700 900201. Kuba is on 07700 900333. Write to priya.raman@example.org.");
  EXPECT_TRUE(has(result.text, "[mother] is on [phone]. Kuba is on 07700 900333.")) << result.text;
  EXPECT_TRUE(has(result.text, "priya.raman@example.org"));
}

TEST(Redact, AnIdentifierOfNobodyIsHidden) {
  const Redacted result = redact_one("The number on the wall was 01632 960733.");
  EXPECT_EQ(result.text, "The number on the wall was [phone].");
}

TEST(Redact, PeopleNobodyListedAreHiddenByTheirCues) {
  for (const char* text : {"His mum's partner Dominic shouted.", "She has a friend called Bozena.", "A neighbour, Mrs June Abbott, rang.", "The boy told us about Jermaine Biggs.",
                           "her girlfriend, chantelle, drives", "the owner, Mr Selvarajah, gave him a drink", "known to us as \"Spudsy\""}) {
    const Redacted result = redact_one(text);
    ASSERT_EQ(result.spans.size(), 1u) << result.text;
    for (const char* name : {"Dominic", "Bozena", "Abbott", "Jermaine", "Biggs", "chantelle", "Selvarajah", "Spudsy"}) EXPECT_FALSE(has(result.text, name)) << result.text;
  }
}

TEST(Redact, ANameFoundOnceIsHiddenEverywhere) {
  const Redacted result = redact_one("A friend called Jermaine rang. Later jermaine came. JERMAINE left.");
  EXPECT_EQ(result.text, "A friend called [friend] rang. Later [friend] came. [friend] left.");
}

TEST(Redact, ALearntNameIsHiddenInTheOtherTextsOfTheBundleWithOneLabel) {
  const auto results = redact(prepared(), release(), {Text{"a", "Later zofika came with Dorota."}, Text{"b", "A neighbour, Zofika Quell, rang Dorota."}});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0]->text, "Later [neighbour] came with [mother].");
  EXPECT_EQ(results[1]->text, "A neighbour, [neighbour], rang [mother].");
}

TEST(Redact, LabelsAreNumberedOnlyWhenThereAreSeveral) {
  auto people = family();
  people.push_back({"brother", {"Olek Wilczek"}, "sibling", "family", {}});
  const Redacted result = redact_one("Olek hid. Then Rose Wilczek hid. Olek laughed.", release(), prepared(people));
  EXPECT_EQ(result.text, "[sibling 1] hid. Then [sibling 2] hid. [sibling 1] laughed.");
}

TEST(Redact, ALabelThatStandsInTheInputIsNotGivenAgain) {
  const Redacted result = redact_one("[mother] came. Dorota came.");
  EXPECT_EQ(result.text, "[mother] came. [mother 1] came.");
}

TEST(Redact, TitlesGoWithTheNameAndThePossessiveStays) {
  EXPECT_EQ(redact_one("Mrs Wilczek's coat").text, "[mother]'s coat");
}

TEST(Redact, KeptPeopleStayWithTheirIdentifiers) {
  const std::string text = "Dorota Wilczek on 07700 900201 and Mark Tennant in GN19 ZXW.";
  EXPECT_EQ(redact_one(text, release({"mother", "partner"})).text, text);
  EXPECT_EQ(redact_one(text, release({"mother"})).text, "Dorota Wilczek on 07700 900201 and [mother's partner] in [vehicle].");
}

TEST(Redact, AParentWhoAsksStaysAndTheOtherDoesNot) {
  Release asked = release();
  asked.recipient = "parent";
  asked.recipient_person = "father";
  EXPECT_EQ(redact_one("Grzegorz rang; Dorota did not.", asked).text, "Grzegorz rang; [mother] did not.");
}

TEST(Redact, AnInformantIsHiddenEvenWhenKept) {
  for (const char* text : {"Mary-Ann asked us not to say that it came from her.", "Mary-Ann spoke in confidence.", "Mary-Ann rang; she asked not to be named.",
                           "Mary-Ann O'Shea, who did not want Grzegorz to know, rang."}) {
    const Redacted result = redact_one(text, release({"gran", "father"}));
    EXPECT_FALSE(has(result.text, "Mary")) << result.text;
    EXPECT_TRUE(has(result.text, "[person]")) << result.text;
    EXPECT_TRUE(flagged(result, "informant_detail")) << result.text;
    EXPECT_TRUE(flagged(result, "label_reveals"));
  }
}

TEST(Redact, ARefugeAddressIsHiddenInEveryCopyButThePersonsOwn) {
  const std::string text = "Kuba is in the refuge at 9 Tannery Court, ME49 1HD.";
  EXPECT_FALSE(has(redact_one(text).text, "Tannery"));
  EXPECT_FALSE(has(redact_one(text, release({"mother", "father", "gran", "partner", "sister"})).text, "Tannery"));
  Release own = release();
  own.recipient = "subject";
  EXPECT_TRUE(has(redact_one(text, own).text, "Tannery"));
}

TEST(Redact, AProfessionalNamedInPrivateIsAThirdParty) {
  const Redacted result = redact_one("She went with her friend Priya to town.");
  EXPECT_FALSE(has(result.text, "Priya"));
  EXPECT_TRUE(flagged(result, "ambiguous_person"));
}

TEST(Redact, AKeptAndAHiddenPersonOfOneNameAreHiddenAndFlagged) {
  auto people = family();
  people.push_back({"other", {"Dorota Lis"}, "neighbour", "other", {}});
  const Redacted result = redact_one("Dorota came.", release({"mother"}), prepared(people));
  EXPECT_FALSE(has(result.text, "Dorota"));
  EXPECT_TRUE(flagged(result, "ambiguous_person"));
}

TEST(Redact, AnonymiseHidesEverybodyAndGeneralisesTheRest) {
  const Redacted result = redact_one(
      "Kuba Wilczek, 11, of Faversham goes to Hollow Lane School. Priya Raman saw him on 5 November 2026. He is Polish. Aneta from next door came.",
      release({"mother"}, Mode::anonymise));
  for (const char* gone : {"Kuba", "Wilczek", "Faversham", "Hollow", "Priya", "November", "Polish", "Aneta"}) EXPECT_FALSE(has(result.text, gone)) << result.text;
  EXPECT_TRUE(has(result.text, "[subject], [age 11\u201315], of [town] goes to [school].")) << result.text;
  EXPECT_TRUE(has(result.text, "[social worker]"));
}

TEST(Redact, AgesOfHiddenPeopleGoAndTheSubjectsStay) {
  const Redacted result = redact_one("Rose Wilczek (6) and Kuba (9) came.");
  EXPECT_EQ(result.text, "[sibling] ([age 5\u201310]) and Kuba (9) came.");
}

TEST(Redact, ANameFieldIsHiddenAsAWholeUnlessItIsOnePersonWhoStays) {
  const auto field = [](const char* text) {
    auto results = redact(prepared(), release({"mother"}), {Text{"f", text, true}});
    return results[0]->text;
  };
  EXPECT_EQ(field("Dorota Wilczek"), "Dorota Wilczek");
  EXPECT_EQ(field("Rose Wilczek"), "[sibling]");
  EXPECT_EQ(field("qwx zzyx"), "[person]");
  EXPECT_EQ(field("Dorota Wilczek and Bert"), "[person]");
}

TEST(Redact, UnknownWordsAreFlaggedAndLeft) {
  const Redacted result = redact_one("The blorptastic room.");
  EXPECT_EQ(result.text, "The blorptastic room.");
  EXPECT_TRUE(flagged(result, "not_on_safe_list"));
  EXPECT_FALSE(result.blocked);
}

TEST(Redact, OffsetsAreCodePointsOfTheInput) {
  const std::string text = "\u201CCaf\u00e9\u201D: Bo\u017Cena \u2013 no, Dorota\u2019s";
  const Redacted result = redact_one(text);
  EXPECT_EQ(rebuilt(text, result), result.text);
  EXPECT_TRUE(has(result.text, "[mother]\u2019s"));
}

TEST(Redact, RefusesWhatItCannotUnderstand) {
  const auto error_of = [](const Document& document) {
    const auto results = redact({document});
    return results[0] ? std::string("ok") : results[0].error().code;
  };
  Document document;
  document.id = "d";
  document.text = "Dorota came.";
  document.subject = "child";
  document.people = family();
  document.recipient = "mash";
  EXPECT_EQ(error_of(document), "ok");
  Document bad = document;
  bad.subject = "nobody";
  EXPECT_EQ(error_of(bad), "unknown_id");
  bad = document;
  bad.keep_people = {"mother", "nobody"};
  EXPECT_EQ(error_of(bad), "unknown_id");
  bad = document;
  bad.people[1].id = "child";
  EXPECT_EQ(error_of(bad), "duplicate_id");
  bad = document;
  bad.people[1].names.clear();
  EXPECT_EQ(error_of(bad), "bad_value");
  bad = document;
  bad.text = "Dorota \xff came.";
  EXPECT_EQ(error_of(bad), "bad_utf8");
  bad = document;
  bad.people[1].names = {"\xc3"};
  EXPECT_EQ(error_of(bad), "bad_utf8");
}

TEST(Redact, AnErrorIsThatTextsAloneAndTheOrderStands) {
  const auto results = redact(prepared(), release(), {Text{"a", "Dorota"}, Text{"b", "\xff"}, Text{"c", "Grzegorz"}});
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0]->text, "[mother]");
  EXPECT_FALSE(results[1]);
  EXPECT_EQ(results[2]->text, "[father]");
}

TEST(Redact, AnEmptyTextIsAnEmptyText) {
  const Redacted result = redact_one("");
  EXPECT_EQ(result.text, "");
  EXPECT_FALSE(result.blocked);
}

}  // namespace
}  // namespace gatehouse::redaction
