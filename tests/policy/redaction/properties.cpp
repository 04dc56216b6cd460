// What must hold of every text. Run on sentences put together at random and, where they are at hand, on the development documents.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

// Sentences of a case note with places for names.
std::string random_text() {
  static const std::vector<std::string> sentences = {
      "% let me in.", "She said % had been back.", "% told us that % was there.", "We rang % on 07700 900201.", "Mrs Wilczek was tearful.", "There was a small mark on her wrist.",
      "% (6) was asleep.", "The rose bush by the door.", "A friend called Bozenka rang.", "% lives at 9 Tannery Court, ME49 1HD.", "Her neighbour, Mr Quillfeather, saw %.", "NHS 999 000 0018.",
      "%'s room was cold.", "Plan: % to be seen.", "\u201CIt was %,\u201D he said \u2013 twice.", "O\u2019Shea rang.", "He wrote to dorota.w@example.org.", "The Wilczek family came.", "% and % left."};
  static const std::vector<std::string> names = {"Kuba", "Kuba Wilczek", "Dorota", "Dorota Wilczek", "dorota", "Dorotka", "Grzegorz", "Mr Wilczek", "Rose", "Rose Wilczek", "rose", "Mary-Ann", "Mary-Ann O'Shea",
                                                 "Mark", "mark", "Mark Tennant", "Mr Tennant", "Priya Raman", "Priya", "DW", "Wilczek", "Dor\u00F3ta"};
  std::string text;
  const auto count = *rc::gen::inRange(1, 7);
  for (int i = 0; i < count; ++i) {
    std::string sentence = *rc::gen::elementOf(sentences);
    for (std::size_t at = sentence.find('%'); at != std::string::npos; at = sentence.find('%', at)) sentence.replace(at, 1, *rc::gen::elementOf(names));
    text += sentence + (*rc::gen::inRange(0, 3) == 0 ? "\n" : " ");
  }
  return text;
}

Release random_release() {
  std::vector<std::string> keep;
  for (const char* id : {"mother", "father", "sister", "gran", "partner"})
    if (*rc::gen::inRange(0, 4) == 0) keep.emplace_back(id);
  return release(keep, *rc::gen::inRange(0, 3) == 0 ? Mode::anonymise : Mode::third_party);
}

// Every property takes a text, the people and the release, so that both sources of texts use the same.
void spans_reproduce(const std::string& text, const Release& asked, const PreparedPeople& people) {
  const Redacted result = redact_one(text, asked, people);
  EXPECT_EQ(rebuilt(text, result), result.text);
  std::size_t last = 0;
  for (const Span& span : result.spans) {
    EXPECT_LE(last, span.start);
    EXPECT_LT(span.start, span.end);
    last = span.end;
  }
}

void hiding_is_idempotent(const std::string& text, const Release& asked, const PreparedPeople& people) {
  const Redacted once = redact_one(text, asked, people);
  const Redacted twice = redact_one(once.text, asked, people);
  EXPECT_EQ(twice.text, once.text) << text;
}

void order_of_people_changes_nothing(const std::string& text, const Release& asked, const std::vector<policy::Person>& people) {
  std::vector<policy::Person> turned(people.rbegin(), people.rend());
  const Redacted a = redact_one(text, asked, prepared(people)), b = redact_one(text, asked, prepared(turned));
  EXPECT_EQ(a.text, b.text) << text;
  EXPECT_EQ(a.spans.size(), b.spans.size());
}

std::string in_capitals(const std::string& text) {
  std::string upper = text;
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return upper;
}

void upper_case_leaks_nobody(const std::string& text, const Release& asked, const PreparedPeople& people) {
  const Redacted plain = redact_one(text, asked, people);
  const std::string upper = in_capitals(text);
  const Redacted result = redact_one(upper, asked, people);
  const auto hidden = hidden_points(upper, result);
  for (const Span& span : plain.spans)
    if (span.type == "PERSON" && !span.person.empty() && (span.detector == "known"))
      for (std::size_t i = span.start; i < span.end; ++i) {
        const std::string point = code_points(upper)[i];
        if (point.size() == 1 && std::isalnum(static_cast<unsigned char>(point[0])) == 0) continue;
        EXPECT_TRUE(hidden[i]) << upper << "\n" << result.text << "\n at " << i;
        if (!hidden[i]) return;
      }
}

void one_more_person_unhides_nobody(const std::string& text, const Release& asked, std::vector<policy::Person> people) {
  const Redacted before = redact_one(text, asked, prepared(people));
  people.push_back({"one-more", {"Dorota Rose Quince", "Markham Tennant"}, "neighbour", "other", {}});
  const Redacted after = redact_one(text, asked, prepared(people));
  const auto was = hidden_points(text, before), is = hidden_points(text, after);
  const auto points = code_points(text);
  for (std::size_t i = 0; i < was.size(); ++i) {
    if (!was[i] || is[i]) continue;
    if (points[i].size() == 1 && std::isalnum(static_cast<unsigned char>(points[i][0])) == 0) continue;
    ADD_FAILURE() << text << "\n" << before.text << "\n" << after.text;
    return;
  }
}

void keeping_one_unhides_that_one_alone(const std::string& text, const Release& asked, const std::vector<policy::Person>& people) {
  if (asked.mode == Mode::anonymise) return;
  const auto ready = prepared(people);
  const Redacted before = redact_one(text, asked, ready);
  const auto points = code_points(text);
  for (const policy::Person& person : people) {
    if (std::count(asked.keep_people.begin(), asked.keep_people.end(), person.id)) continue;
    Release more = asked;
    more.keep_people.push_back(person.id);
    const Redacted after = redact_one(text, more, ready);
    const auto is = hidden_points(text, after);
    for (const Span& span : before.spans) {
      if (span.person == person.id || span.person.empty()) continue;  // nobody's identifiers may turn out to be the kept person's
      for (std::size_t i = span.start; i < span.end; ++i) {
        if (is[i] || (points[i].size() == 1 && std::isalnum(static_cast<unsigned char>(points[i][0])) == 0)) continue;
        ADD_FAILURE() << "keeping " << person.id << " un-hid " << span.person << "\n" << text << "\n" << before.text << "\n" << after.text;
        return;
      }
    }
  }
}

TEST(Properties, SpansReproduceTheOutput) {
  rc::check([] { spans_reproduce(random_text(), random_release(), prepared()); });
}
TEST(Properties, HidingTwiceHidesNoMore) {
  rc::check([] { hiding_is_idempotent(random_text(), random_release(), prepared()); });
}
TEST(Properties, TheOrderOfPeopleChangesNothing) {
  rc::check([] { order_of_people_changes_nothing(random_text(), random_release(), family()); });
}
TEST(Properties, CapitalsLeakNobodyListed) {
  rc::check([] { upper_case_leaks_nobody(random_text(), random_release(), prepared()); });
}
TEST(Properties, OneMorePersonUnhidesNobody) {
  rc::check([] { one_more_person_unhides_nobody(random_text(), random_release(), family()); });
}
TEST(Properties, KeepingOnePersonUnhidesThatPersonAlone) {
  rc::check([] { keeping_one_unhides_that_one_alone(random_text(), random_release(), family()); });
}

TEST(Properties, AnyBytesAreRedactedOrRefusedAndNeverCrash) {
  rc::check([](const std::string& bytes) {
    const auto results = redact(prepared(), random_release(), {Text{"d", bytes}});
    if (!is_utf8(bytes)) {
      RC_ASSERT(!results[0]);
    } else {
      RC_ASSERT(results[0].has_value());
      RC_ASSERT(rebuilt(bytes, *results[0]) == results[0]->text);
    }
  });
}

class DevelopmentDocuments : public testing::Test {
 protected:
  void SetUp() override {
    documents_ = development_documents();
    if (documents_.empty()) GTEST_SKIP() << "the development documents are not here (GATEHOUSE_SHARED)";
  }
  template <class Check>
  void each(Check check) {
    for (const Document& document : documents_) {
      SCOPED_TRACE(document.id);
      check(document, Release{document.mode, document.subject, document.recipient, document.keep_people, document.recipient_person});
    }
  }
  std::vector<Document> documents_;
};

TEST_F(DevelopmentDocuments, SpansReproduceTheOutput) {
  each([](const Document& d, const Release& r) { spans_reproduce(d.text, r, prepared(d.people)); });
}
TEST_F(DevelopmentDocuments, HidingTwiceHidesNoMore) {
  each([](const Document& d, const Release& r) { hiding_is_idempotent(d.text, r, prepared(d.people)); });
}
TEST_F(DevelopmentDocuments, TheOrderOfPeopleChangesNothing) {
  each([](const Document& d, const Release& r) { order_of_people_changes_nothing(d.text, r, d.people); });
}
TEST_F(DevelopmentDocuments, CapitalsLeakNobodyListed) {
  each([](const Document& d, const Release& r) { upper_case_leaks_nobody(d.text, r, prepared(d.people)); });
}
TEST_F(DevelopmentDocuments, OneMorePersonUnhidesNobody) {
  each([](const Document& d, const Release& r) { one_more_person_unhides_nobody(d.text, r, d.people); });
}
TEST_F(DevelopmentDocuments, KeepingOnePersonUnhidesThatPersonAlone) {
  each([](const Document& d, const Release& r) { keeping_one_unhides_that_one_alone(d.text, r, d.people); });
}

}  // namespace
}  // namespace gatehouse::redaction
