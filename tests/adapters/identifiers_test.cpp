#include "adapters/sqlite/identifiers.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gatehouse::tests {
namespace {

using namespace adapters;

TEST(Identifiers, AnNhsNumberIsTakenWithGapsAndRefusedWithAWrongCheckDigit) {
  for (const char* good : {"9434765919", "9990000018", "4010232137", "999 000 0018", "999-000-0018"}) EXPECT_TRUE(normal_nhs_number(good)) << good;
  EXPECT_EQ(normal_nhs_number("999 000 0018"), "9990000018");
  for (const char* bad : {"", "9990000019", "999000001", "99900000180", "999000001X", "abcdefghij"}) EXPECT_FALSE(normal_nhs_number(bad)) << bad;
}

TEST(Identifiers, AnyOneDigitWrongInAnNhsNumberIsNoticed) {
  const std::string number = "4010232137";
  for (std::size_t i = 0; i < number.size(); ++i)
    for (char c = '0'; c <= '9'; ++c) {
      std::string other = number;
      other[i] = c;
      EXPECT_EQ(normal_nhs_number(other).has_value(), other == number) << other;
    }
}

TEST(Identifiers, AUpnIsCheckedByItsFirstLetter) {
  EXPECT_EQ(normal_upn("b801200005001"), "B801200005001");
  for (const char* bad : {"A801200005001", "Q207000016049", "B80120000500", "B8012000050011", "B80120000500I", ""}) EXPECT_FALSE(normal_upn(bad)) << bad;
}

TEST(Identifiers, ANationalInsuranceNumberIsCheckedByItsForm) {
  EXPECT_EQ(normal_ni("ab 12 34 56 c"), "AB123456C");
  for (const char* bad : {"BG123456A", "DA123456A", "AO123456A", "AB12345C", "AB123456E"}) EXPECT_FALSE(normal_ni(bad)) << bad;
}

TEST(Identifiers, NamesAreFoldedToPlainWords) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(name_words("Mary-Jane  O'Brien"), (Words{"mary", "jane", "obrien"}));
  EXPECT_EQ(name_words("ZOË Müller"), (Words{"zoe", "muller"}));
  EXPECT_EQ(name_words("Łukasz Strauß"), (Words{"lukasz", "strauss"}));
  EXPECT_EQ(name_words("Søren"), (Words{"soren"}));
  EXPECT_EQ(name_words("Анна Иванова").size(), 2u);
  EXPECT_EQ(name_words("АННА"), name_words("анна"));
  EXPECT_EQ(name_words("O’Brien"), (Words{"obrien"}));
  EXPECT_TRUE(name_words(" 12 - ").empty());
}

TEST(Identifiers, SoundsAlikeAreEqual) {
  EXPECT_EQ(sound_of("robert"), "r163");
  EXPECT_EQ(sound_of("rupert"), "r163");
  EXPECT_EQ(sound_of("ashcraft"), "a261");
  EXPECT_EQ(sound_of("smith"), sound_of("smyth"));
  EXPECT_NE(sound_of("smith"), sound_of("jones"));
  EXPECT_EQ(sound_of(""), "");
}

TEST(Identifiers, DayAndMonthAreSwappedOnlyWhereThatIsAnotherDay) {
  EXPECT_EQ(swapped("2011-03-04"), "2011-04-03");
  EXPECT_FALSE(swapped("2011-03-13"));
  EXPECT_FALSE(swapped("2011-05-05"));
  EXPECT_FALSE(swapped("nonsense"));
}

TEST(Identifiers, ANameIsOnlyEverHashedTogetherWithADateOfBirth) {
  PersonInput person;
  person.ref = "P-1";
  person.names = {{"Anna", "Fictional", "current"}};
  person.identifiers = {{"nhs", "9990000018"}};
  for (const auto& clue : clues_of(person, {})) EXPECT_TRUE(clue.kind == "ref" || clue.kind == "nhs") << clue.kind;
  person.date_of_birth = "2011-03-04";
  int with_date = 0;
  for (const auto& clue : clues_of(person, {})) with_date += clue.typed.ends_with("|2011-03-04") ? 1 : 0;
  EXPECT_EQ(with_date, 2);
  policy::Locator locator;
  locator.given_name = "Anna";
  locator.family_name = "Fictional";
  EXPECT_TRUE(looks_of(locator).empty());
}

TEST(Identifiers, WhatIsLookedUpFollowsFromTheRequestAlone) {
  policy::Locator locator;
  locator.nhs_number = "9990000019";  // wrong: looked up all the same
  locator.upn = "nonsense";
  locator.given_name = "Anna";
  locator.date_of_birth = "2011-03-04";
  locator.agency_reference = "ab/12";
  locator.mother_name = "Mary Fictional";
  locator.expected_date = "2027-01-01";
  EXPECT_EQ(looks_of(locator).size(), 7u);
}

TEST(Identifiers, AWorkersNameIsComparedWholeBySoundAndByInitial) {
  EXPECT_EQ(worker_name("Smith, Jane").whole, worker_name("Dr Jane Smith").whole);
  EXPECT_EQ(worker_name("Smith, Jane").initial, "j smith");
  EXPECT_TRUE(worker_name("J. Smith").initial_only);
  EXPECT_FALSE(worker_name("Jane Smith").initial_only);
  EXPECT_EQ(worker_name("Jane Smith").sound, worker_name("Jayne Smyth").sound);
  EXPECT_TRUE(worker_name("").whole.empty());
  EXPECT_TRUE(worker_name("Mr").whole.empty());
}

TEST(Identifiers, AWordOfANameHasLettersAlone) {
  EXPECT_EQ(name_words("Jane-Ann  O'Neil 3rd"), (std::vector<std::string>{"jane", "ann", "oneil", "rd"}));
  EXPECT_EQ(name_words("Zo\xc3\xab Sm1th"), (std::vector<std::string>{"zoe", "smth"}));
  EXPECT_TRUE(name_words("1041").empty());
}

}  // namespace
}  // namespace gatehouse::tests
