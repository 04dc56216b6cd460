// That the annotation says what the text says, whatever befell the text.
#include <gtest/gtest.h>

#include <set>

#include "tests/documents/generate.hpp"
#include "tests/documents/identifiers.hpp"
#include "tests/documents/letters.hpp"
#include "tests/documents/noise.hpp"
#include "tests/documents/report/measure.hpp"

namespace gatehouse::invented {
namespace {

const Material& material(Half half) {
  static const Material train(Half::train), held_out(Half::held_out);
  return half == Half::train ? train : held_out;
}

std::vector<CaseDocument> documents(Half half, std::uint64_t count, std::uint64_t seed = 7, bool noise = true) {
  Wish wish;
  wish.seed = seed;
  wish.noise = noise;
  std::vector<CaseDocument> made;
  for (std::uint64_t i = 0; i < count; ++i) made.push_back(generate(material(half), wish, i));
  return made;
}

std::string words_of(const CaseDocument& document, const Gold& gold) {
  return utf8(code_points(document.text).substr(gold.start, gold.end - gold.start));
}

std::string digits_of(const std::string& text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits.push_back(c);
  return digits;
}

TEST(Documents, AreTheSameForTheSameSeedAndNumber) {
  const auto once = documents(Half::train, 50), again = documents(Half::train, 50), other = documents(Half::train, 50, 8);
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(to_json(once[i]), to_json(again[i]));
    EXPECT_NE(once[i].text, other[i].text);
  }
  EXPECT_EQ(to_json(generate(material(Half::train), Wish{7, {}, true}, 40)), to_json(once[40])) << "a document depends on those before it";
}

TEST(Documents, HaveGoldInsideTheTextSortedAndWithoutOverlap) {
  for (const Half half : {Half::train, Half::held_out})
    for (const CaseDocument& document : documents(half, 500)) {
      const std::size_t length = code_points(document.text).size();
      std::size_t last = 0;
      for (const Gold& gold : document.gold) {
        EXPECT_LT(gold.start, gold.end) << document.id;
        EXPECT_LE(last, gold.start) << document.id;
        EXPECT_LE(gold.end, length) << document.id;
        last = gold.end;
      }
    }
}

TEST(Documents, KeepTheSameMentionsUnderNoise) {
  for (const Half half : {Half::train, Half::held_out}) {
    const auto clean = documents(half, 400, 11, false), rough = documents(half, 400, 11, true);
    std::size_t changed = 0;
    for (std::size_t i = 0; i < clean.size(); ++i) {
      changed += clean[i].text != rough[i].text;
      ASSERT_EQ(clean[i].gold.size(), rough[i].gold.size()) << clean[i].id;
      for (std::size_t k = 0; k < clean[i].gold.size(); ++k) {
        EXPECT_EQ(clean[i].gold[k].type, rough[i].gold[k].type);
        EXPECT_EQ(clean[i].gold[k].person, rough[i].gold[k].person);
        EXPECT_EQ(clean[i].gold[k].hide, rough[i].gold[k].hide);
        const std::string before = name_key(words_of(clean[i], clean[i].gold[k])), after = name_key(words_of(rough[i], rough[i].gold[k]));
        EXPECT_TRUE(after == before || after == before + "s") << before << " became " << after;  // `Chidis phone`
        EXPECT_EQ(digits_of(words_of(clean[i], clean[i].gold[k])), digits_of(words_of(rough[i], rough[i].gold[k])));
      }
    }
    EXPECT_GT(changed, clean.size() / 3) << "noise that changes nothing teaches nothing";
  }
}

TEST(Documents, CallPeopleByTheirNames) {
  for (const CaseDocument& document : documents(Half::train, 300, 5, false)) {
    std::map<std::string, std::set<std::string>> parts;
    for (const CasePerson& person : document.people)
      for (const std::string& name : person.names)
        for (const std::string& part : name_parts(name)) parts[person.id].insert(part);
    for (const Gold& gold : document.gold) {
      if (gold.type != "PERSON" || !parts.contains(gold.person)) continue;
      if (gold.kind == "misspelt" || gold.kind == "initials" || gold.kind == "nick" || gold.kind == "baby") continue;
      bool known = false;
      for (const std::string& part : name_parts(words_of(document, gold))) known = known || parts[gold.person].contains(part);
      EXPECT_TRUE(known) << document.id << ": " << words_of(document, gold) << " is none of the names of " << gold.person;
    }
  }
}

TEST(Documents, HoldEveryTypeOfTheHandWrittenOnesToHideAndDecoysToKeep) {
  for (const Half half : {Half::train, Half::held_out}) {
    std::set<std::string> hidden, kept;
    for (const CaseDocument& document : documents(half, 400))
      for (const Gold& gold : document.gold) (gold.hide ? hidden : kept).insert(gold.type);
    EXPECT_EQ(hidden, (std::set<std::string>{"PERSON", "CODE", "LOC", "ORG", "DEM", "DATETIME", "QUANTITY", "CONTACT", "MISC"}));
    EXPECT_EQ(kept, (std::set<std::string>{"PERSON", "CODE", "LOC", "ORG", "DATETIME", "CONTACT", "MISC"}));
  }
}

TEST(Documents, HideEverybodyInAnonymiseAndNeverTheSubjectInThirdParty) {
  std::size_t kept_people = 0;
  for (const Half half : {Half::train, Half::held_out})
    for (const CaseDocument& document : documents(half, 500)) {
      std::set<std::string> professionals;
      for (const CasePerson& person : document.people)
        if (person.role == "professional") professionals.insert(person.id);
      if (document.anonymise) EXPECT_TRUE(document.keep_people.empty());
      kept_people += document.keep_people.size();
      for (const Gold& gold : document.gold) {
        if (document.anonymise) EXPECT_TRUE(gold.hide || gold.type == "MISC") << document.id << ": " << words_of(document, gold);
        else if (gold.person == document.subject || professionals.contains(gold.person)) EXPECT_FALSE(gold.hide) << document.id << ": " << words_of(document, gold);
      }
    }
  EXPECT_GT(kept_people, 50u);
}

// A frame says `{informant aunt}`: she is hidden although the decision released her.
TEST(Documents, HideAnInformantWhomTheDecisionReleases) {
  Material made = material(Half::train);
  Template one;
  one.name = "informant";
  one.kinds = {Subject::Kind::child};
  one.recipients = {"mash"};
  one.people = {"mother", "grandmother"};
  one.body = read_frame("{mother:full} rang. {informant grandmother}{grandmother:full} asked us not to say that it came from her.");
  made.templates = {one};
  std::size_t both_kept = 0;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const CaseDocument document = generate(made, Wish{3, false, false}, i);
    const auto id_of = [&](std::string_view relation) {
      for (const CasePerson& person : document.people)
        if (person.relation == relation) return person.id;
      return std::string();
    };
    const auto kept = [&](const std::string& id) { return std::find(document.keep_people.begin(), document.keep_people.end(), id) != document.keep_people.end(); };
    for (const Gold& gold : document.gold) {
      if (gold.person == id_of("maternal grandmother")) EXPECT_TRUE(gold.hide);
      if (gold.person == id_of("mother")) EXPECT_EQ(gold.hide, !kept(gold.person));
    }
    both_kept += kept(id_of("mother")) && kept(id_of("maternal grandmother"));
  }
  EXPECT_GT(both_kept, 5u);
}

TEST(Documents, UseEveryTemplateAndEveryTradition) {
  for (const Half half : {Half::train, Half::held_out}) {
    std::set<std::string> templates, traditions;
    for (const CaseDocument& document : documents(half, 2000)) {
      templates.insert(document.template_name);
      traditions.insert(document.tradition);
      EXPECT_EQ(document.traditions.at(document.subject), document.tradition);
    }
    EXPECT_EQ(templates.size(), material(half).templates.size());
    EXPECT_EQ(traditions.size(), material(half).names.traditions().size());
  }
}

TEST(Documents, CanBeReadBackFromTheirLine) {
  for (const CaseDocument& document : documents(Half::held_out, 50)) {
    CaseDocument read = read_case(to_json(document));
    read.template_name = document.template_name;
    read.tradition = document.tradition;
    read.half = document.half;
    EXPECT_EQ(to_json(read), to_json(document));
  }
}

TEST(Identifiers, AreValidAndOfTheRangesThatBelongToNobody) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string nhs = nhs_number(random);
    EXPECT_TRUE(is_nhs_number(nhs) && nhs.starts_with("999")) << nhs;
    const std::string pupil = upn(random, random.between(2008, 2026));
    EXPECT_TRUE(is_upn(pupil)) << pupil;
    EXPECT_TRUE(mobile(random).starts_with("07700900"));
    EXPECT_TRUE(landline(random).starts_with("01632960"));
    EXPECT_EQ(digits_of(spaced_nhs(random, nhs)), nhs);
  }
  EXPECT_FALSE(is_nhs_number("9990091537"));
  EXPECT_TRUE(is_nhs_number("9990091536"));
  EXPECT_FALSE(is_upn("A887217315049"));
  EXPECT_TRUE(is_upn("A887217315048"));
}

TEST(Identifiers, InTheTextsAreThoseOfNobody) {
  std::size_t seen = 0;
  for (const Half half : {Half::train, Half::held_out})
    for (const CaseDocument& document : documents(half, 400, 21, false))
      for (const Gold& gold : document.gold) {
        const std::string words = words_of(document, gold), digits = digits_of(words);
        if (gold.kind == "nhs") EXPECT_TRUE(is_nhs_number(digits)) << words;
        if (gold.kind == "upn") EXPECT_TRUE(is_upn(words)) << words;
        if (gold.kind == "email") EXPECT_TRUE(words.ends_with("example.org")) << words;
        if (gold.kind == "phone" || gold.kind == "landline")
          EXPECT_TRUE(digits.find("7700900") != std::string::npos || digits.find("1632960") != std::string::npos) << words;
        seen += gold.kind == "nhs" || gold.kind == "upn" || gold.kind == "email" || gold.kind == "phone";
      }
  EXPECT_GT(seen, 500u);
}

TEST(Misspelling, ChangesOneLetterAndLeavesShortNamesAlone) {
  Random random(3);
  std::size_t changed = 0;
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(misspelt("Ali", random), "Ali");
    const std::string wrong = misspelt("Katarzyna", random);
    changed += wrong != "Katarzyna";
    EXPECT_EQ(wrong.front(), 'K');
    EXPECT_NEAR(static_cast<double>(wrong.size()), 9.0, 1.0);
  }
  EXPECT_GT(changed, 350u);
}

TEST(Frames, ThatDoNotParseAreErrors) {
  for (const char* text : {"{mother", "mother}", "{}", "{?one}", "{!MISC}", "{3 sentences visit}", "{mother first}"}) EXPECT_THROW(read_frame(text), std::exception) << text;
}

}  // namespace
}  // namespace gatehouse::invented
