#include "policy/officers/two_people.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/where/where.hpp"

namespace gatehouse::tests {
namespace {

using nlohmann::json;
using policy::are_two_people;
using policy::OfficerAccount;
using policy::person_behind;
using policy::why_not_two_people;

// names.json: what is looked at, and two names; under what they are.
const json& names() {
  static const json all = json::parse(std::ifstream(std::string(test::source_dir()) + "/tests/policy/officers/names.json"));
  return all;
}

TEST(TwoPeople, OnePersonInAnotherDressIsNoSecondPerson) {
  ASSERT_GE(names().at("one person").size(), 120u);
  for (const auto& pair : names().at("one person")) {
    const std::string one = pair.at(1), other = pair.at(2);
    EXPECT_FALSE(are_two_people(one, other)) << pair.at(0) << ": " << one << " / " << other;
    EXPECT_FALSE(are_two_people(other, one)) << pair.at(0) << ", the other way about";
  }
}

TEST(TwoPeople, TwoPeopleWhoseNamesAreAlikeAreTwo) {
  ASSERT_GE(names().at("two people").size(), 60u);
  for (const auto& pair : names().at("two people")) {
    const std::string one = pair.at(1), other = pair.at(2);
    EXPECT_EQ(why_not_two_people(one, other), "") << pair.at(0) << ": " << one << " / " << other;
    EXPECT_EQ(why_not_two_people(other, one), "") << pair.at(0) << ", the other way about";
  }
}

TEST(TwoPeople, EveryNameIsTheSamePersonAsItself) {
  for (const char* kind : {"one person", "two people"})
    for (const auto& pair : names().at(kind))
      for (const std::size_t i : {1u, 2u}) {
        const std::string name = pair.at(i);
        EXPECT_FALSE(are_two_people(name, name)) << name;
      }
}

TEST(TwoPeople, ARefusalSaysWhatWouldBeRightAndNamesNobody) {
  struct Case {
    const char *first, *second, *says;
  };
  for (const auto& [first, second, says] : std::to_array<Case>({{"Jane Smith", "J Smith", "full names"},
                                                                {"Jane Smith", "", "is missing"},
                                                                {"Jane Smith", "jsmith@example.org", "e-mail address"},
                                                                {"Jane Smith", "J\u0430ne Smith", "same letters"},
                                                                {"Jane Smith", "Jane $mith", "without symbols"},
                                                                {"Jane Smith", "\xff\xfe", "without symbols"}})) {
    const std::string why = why_not_two_people(first, second);
    EXPECT_NE(why.find(says), std::string::npos) << why;
    EXPECT_EQ(why.find('\n'), std::string::npos) << why;
    for (const char* word : {"Jane", "Smith", "smith"}) EXPECT_EQ(why.find(word), std::string::npos) << why;
  }
}

TEST(TwoPeople, AnAccountStandsForWhoeverHasIt) {
  const std::array<OfficerAccount, 3> accounts = {
      {{"st_1a", "jane@example.org", "Jane Smith"}, {"st_2b", "rabbit", "Jane Smith"}, {"st_3c", "delroy", "Delroy Whitcombe"}}};
  const auto two = [&](std::string_view one, std::string_view other) {
    return are_two_people(person_behind(one, accounts), person_behind(other, accounts));
  };
  for (const char* typed : {"st_1a", "ST_1A", " jane@example.org ", "Rabbit", "rabbit", "Somebody Else (st_2b)", "Jane Smith"}) {
    EXPECT_FALSE(two("Jane Smith", typed)) << typed;
    EXPECT_FALSE(two(typed, "st_1a")) << typed;
    EXPECT_TRUE(two(typed, "delroy")) << typed;
    EXPECT_TRUE(two("Delroy Whitcombe (st_3c)", typed)) << typed;
  }
  EXPECT_EQ(person_behind("somebody", accounts), "somebody");
  EXPECT_EQ(person_behind("", accounts), "");
  EXPECT_EQ(person_behind("()", accounts), "()");
}

}  // namespace
}  // namespace gatehouse::tests
