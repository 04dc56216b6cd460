// What is trained on and what measures share nothing, and there is enough of both.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/documents/frames.hpp"
#include "tests/documents/letters.hpp"

namespace gatehouse::invented {
namespace {

const Material& material(Half half) {
  static const Material train(Half::train), held_out(Half::held_out);
  return half == Half::train ? train : held_out;
}

std::set<std::string> parts_of_names(const Material& of) {
  std::set<std::string> all;
  const auto add = [&](const std::string& name) {
    for (std::string& part : name_parts(name)) all.insert(std::move(part));
  };
  for (const Tradition& tradition : of.names.traditions()) {
    for (const auto* list : {&tradition.female, &tradition.male})
      for (const Given& given : *list) {
        add(given.name);
        for (const std::string& nickname : given.nicknames) add(nickname);
      }
    for (const Surname& surname : tradition.surnames) add(surname.man), add(surname.woman);
    for (const std::string& name : tradition.women) add(name);
  }
  return all;
}

// What is left of a frame when slots and punctuation are gone: two frames that differ in a slot only are one.
std::string bare(const std::string& frame) {
  std::string text;
  int depth = 0;
  for (const char c : frame) {
    if (c == '{') ++depth;
    else if (c == '}') --depth;
    else if (depth == 0) text.push_back(c);
  }
  return name_key(text);
}

template <class T>
std::vector<T> in_both(const std::set<T>& a, const std::set<T>& b) {
  std::vector<T> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

TEST(Halves, ShareNoPartOfAName) {
  const auto train = parts_of_names(material(Half::train)), held_out = parts_of_names(material(Half::held_out));
  EXPECT_GT(train.size(), 1000u);
  EXPECT_GT(held_out.size(), 600u);
  EXPECT_EQ(in_both(train, held_out), std::vector<std::string>());
}

TEST(Halves, ShareNoTemplate) {
  std::set<std::string> names[2], texts[2];
  for (const Half half : {Half::train, Half::held_out})
    for (const Template& one : material(half).templates) {
      EXPECT_TRUE(names[static_cast<int>(half)].insert(one.name).second) << one.name << " stands twice";
      texts[static_cast<int>(half)].insert(one.source);
    }
  EXPECT_EQ(in_both(names[0], names[1]), std::vector<std::string>());
  EXPECT_EQ(in_both(texts[0], texts[1]), std::vector<std::string>());
}

TEST(Halves, ShareNoFrame) {
  std::set<std::string> frames[2];
  for (const Half half : {Half::train, Half::held_out})
    for (const auto& [pool, lines] : material(half).pool_lines)
      for (const std::string& line : lines)
        if (bare(line).size() > 12) frames[static_cast<int>(half)].insert(bare(line));  // `{mother:full}, {mother.dob}` has no words that could be learnt
  EXPECT_EQ(in_both(frames[0], frames[1]), std::vector<std::string>());
}

TEST(Halves, ShareNoPlaceAndNoTrait) {
  for (const auto& [list, entries] : material(Half::train).words) {
    const auto& others = material(Half::held_out).words.at(list);
    EXPECT_EQ(in_both(std::set<std::string>(entries.begin(), entries.end()), std::set<std::string>(others.begin(), others.end())), std::vector<std::string>()) << list;
  }
}

TEST(Halves, HoldEnoughTemplatesFramesAndNamesOfEachTradition) {
  std::size_t templates = 0, frames = 0;
  std::map<std::string, std::pair<std::size_t, std::size_t>> names;  // given names, surnames
  for (const Half half : {Half::train, Half::held_out}) {
    templates += material(half).templates.size();
    for (const auto& [pool, lines] : material(half).pool_lines) frames += lines.size();
    for (const Tradition& tradition : material(half).names.traditions()) {
      names[tradition.id].first += tradition.female.size() + tradition.male.size();
      names[tradition.id].second += tradition.surnames.size();
    }
  }
  EXPECT_GE(templates, 45u);
  EXPECT_GE(frames, 700u);
  EXPECT_GE(names.size(), 22u);
  for (const auto& [tradition, count] : names) {
    EXPECT_GE(count.first, 40u) << tradition;
    EXPECT_GE(count.second, 40u) << tradition;
  }
}

TEST(Halves, HoldPoolsThatSomeTemplateUses) {
  for (const Half half : {Half::train, Half::held_out})
    for (const auto& [pool, lines] : material(half).pool_lines) {
      if (pool == "aside" || pool == "introduction") continue;  // the generator's own
      const bool used = std::any_of(material(half).templates.begin(), material(half).templates.end(), [&](const Template& one) { return one.source.find(" of " + pool) != std::string::npos; });
      EXPECT_TRUE(used) << pool;
    }
}

}  // namespace
}  // namespace gatehouse::invented
