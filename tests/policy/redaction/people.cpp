#include "policy/redaction/people.hpp"

#include <gtest/gtest.h>

#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

class Forms : public testing::TestWithParam<const char*> {};

TEST_P(Forms, OfAHiddenPersonAreHidden) {
  const std::string text = std::string("We saw ") + GetParam() + " today.";
  const Redacted result = redact_one(text);
  EXPECT_EQ(result.spans.size(), 1u) << result.text;
  EXPECT_EQ(result.text.find(GetParam()), std::string::npos) << result.text;
  EXPECT_FALSE(result.blocked);
}

INSTANTIATE_TEST_SUITE_P(Names, Forms, testing::Values(
    "Dorota", "dorota", "DOROTA", "Dorotka", "Dorota Wilczek", "Mrs Wilczek", "mrs wilczek", "Wilczek, Dorota", "Wilczek Dorota", "D. Wilczek", "D Wilczek",
    "DW", "Dorata", "Dorota\nWilczek", "D\u00F3rota", "Doro\u00ADta", "D\u043Erota", "Dor\u200Bota", "Grzegorz", "Grzesiek Wilczek", "Mr Wilczek", "Mary-Ann", "Mary Ann",
    "Maryann", "O'Shea", "O\u2019Shea", "OShea", "Mrs O'Shea", "Mary-Ann O'Shea", "Mark Tennant", "Mr Tennant", "Tennant", "Tennent", "Rose Wilczek", "Auntie Dorota", "Rosie Wilczek"));

TEST(People, ASlavicSurnameBendsWithItsBearer) {
  auto people = family();
  people[2].names = {"Piotr Zieli\u0144ski"};
  const Redacted result = redact_one("Mr Zielinski and a Zieli\u0144ska were seen.", release(), prepared(people));
  EXPECT_EQ(result.text, "[father] and a [father] were seen.");
}

TEST(People, SpellingsAndNicknamesAreOneName) {
  auto people = family();
  people[2].names = {"Muhammad Elizabeth Qureshi"};
  for (const char* form : {"Mohammed Qureshi", "Mohamed", "Mo Qureshi", "Koreshi"}) {
    const Redacted result = redact_one(std::string("We saw ") + form + " today.", release(), prepared(people));
    EXPECT_EQ(result.text, "We saw [father] today.") << form;
  }
}

TEST(People, WordsThatAreNamesNeedACue) {
  const auto text_of = [](const char* text) { return redact_one(text).text; };
  EXPECT_EQ(text_of("She said mark gets cross when I mark the wall."), "She said [mother's partner] gets cross when I mark the wall.");
  EXPECT_EQ(text_of("There was a small mark on her wrist."), "There was a small mark on her wrist.");
  EXPECT_EQ(text_of("The rose bush and her rose-coloured coat."), "The rose bush and her rose-coloured coat.");
  EXPECT_EQ(text_of("He was asleep and Rose was not."), "He was asleep and [sibling] was not.");
  EXPECT_EQ(text_of("They drew rose's room."), "They drew [sibling]'s room.");
}

TEST(People, AnUndecidedWordIsHiddenAndFlagged) {
  const Redacted result = redact_one("Rose was seen.");
  EXPECT_EQ(result.text, "[sibling] was seen.");
  EXPECT_TRUE(flagged(result, "common_word_name"));
}

TEST(People, AFamilyNameWithoutTitleHidesWhenSomebodyHiddenBearsIt) {
  const Redacted result = redact_one("Wilczek opened the door.");
  EXPECT_EQ(result.spans.size(), 1u);
  EXPECT_TRUE(flagged(result, "ambiguous_person"));
}

TEST(People, ATeknonymDoesNotHideTheChildItNames) {
  auto people = family();
  people[1].names.push_back("Umm Kuba");
  const Redacted result = redact_one("Umm Kuba spoke; Kuba listened.", release(), prepared(people));
  EXPECT_EQ(result.text, "[mother] spoke; Kuba listened.");
}

TEST(People, BoundedDistanceCountsASwapAsOne) {
  EXPECT_TRUE(bounded_distance("wayne", "wanye", 1));
  EXPECT_TRUE(bounded_distance("leanne", "leane", 1));
  EXPECT_FALSE(bounded_distance("leanne", "lean", 1));
  EXPECT_TRUE(bounded_distance("agnieszka", "agnieska", 1));
  EXPECT_FALSE(bounded_distance("abcd", "wxyz", 2));
  EXPECT_TRUE(bounded_distance("", "a", 1));
}

TEST(People, PhoneticKeysJoinSpellingsAndPartNames) {
  EXPECT_EQ(phonetic_key("tariq"), phonetic_key("tarik"));
  EXPECT_EQ(phonetic_key("wisniewski"), phonetic_key("wiszniewsky"));
  EXPECT_NE(phonetic_key("dorota"), phonetic_key("tennant"));
  EXPECT_EQ(phonetic_key("mo"), 0u);  // too short to say anything
}

TEST(People, RelationLabelsHoldOnlyWordsOfOurLists) {
  EXPECT_EQ(read_relation("mother's partner").label, "mother's partner");
  EXPECT_EQ(read_relation("maternal grandmother").label, "maternal grandmother");
  EXPECT_EQ(read_relation("Tomek's girlfriend").label, "");
  EXPECT_EQ(read_relation("boss at Harbour Kitchens").label, "");
  EXPECT_TRUE(read_relation("informant").informs);
  EXPECT_EQ(read_relation("informant").label, "");
}

TEST(Automaton, FindsEveryPatternAlsoInsideAnother) {
  Automaton automaton(26);
  const auto add = [&](std::string_view word, std::uint32_t id) {
    std::vector<Symbol> symbols;
    for (const char c : word) symbols.push_back(static_cast<Symbol>(c - 'a' + 1));
    automaton.add(symbols, id);
  };
  add("he", 1);
  add("she", 2);
  add("his", 3);
  add("hers", 4);
  automaton.finish();
  std::vector<std::pair<std::size_t, std::uint32_t>> found;
  Automaton::State state = Automaton::root;
  const std::string text = "ushershis";
  for (std::size_t i = 0; i < text.size(); ++i) {
    state = automaton.step(state, static_cast<Symbol>(text[i] - 'a' + 1));
    if (automaton.matches(state)) automaton.report(state, [&](std::uint32_t id, std::uint32_t) { found.emplace_back(i, id); });
  }
  const std::vector<std::pair<std::size_t, std::uint32_t>> expected = {{3, 2}, {3, 1}, {5, 4}, {8, 3}};
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace gatehouse::redaction
