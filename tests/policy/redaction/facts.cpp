// What singles a person out without naming anybody.
#include <gtest/gtest.h>

#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

struct Told {
  const char* text;
  const char* gone;
};

class FactsOfAThirdParty : public testing::TestWithParam<Told> {};

// Hidden with the person they tell about, and readable with one who stays.
TEST_P(FactsOfAThirdParty, GoWithThatPersonAndStayWithOneWhoStays) {
  const Told& told = GetParam();
  const Redacted hidden = redact_one(told.text);
  EXPECT_FALSE(has(hidden.text, told.gone)) << hidden.text;
  const Redacted kept = redact_one(told.text, release({"mother", "father", "gran", "partner", "sister"}));
  EXPECT_TRUE(has(kept.text, told.gone)) << kept.text;
}
INSTANTIATE_TEST_SUITE_P(Told, FactsOfAThirdParty, testing::Values(
    Told{"Dorota has early dementia and repeated herself.", "early dementia"}, Told{"Kuba saw that Rose has been prescribed the same tablets.", "prescribed the same tablets"},
    Told{"Dorota told us that she had a miscarriage in May.", "miscarriage"}, Told{"Mark Tennant, who is in a young offender institution, rang.", "young offender institution"},
    Told{"Grzegorz was convicted of fraud in his twenties.", "convicted of fraud"}, Told{"Dorota took an overdose at New Year.", "an overdose"},
    Told{"Dorota cried. She has never told her sisters and named her uncle.", "never told her sisters and named her uncle"}, Told{"Grzegorz attends the psychiatric clinic on Fridays.", "psychiatric clinic"},
    Told{"Dorota had it done as a girl (type 2, deinfibulated at twenty).", "deinfibulated at twenty"}, Told{"Rose came. She is only 6 and was tired.", "6"},
    Told{"Rose (eleven) was asleep.", "eleven"}, Told{"Rose, six, saw it.", "six"}, Told{"Rose (18 months) slept.", "18 months"}, Told{"Rose is in Reception.", "Reception"}, Told{"Rose (Year 10) came.", "Year 10"},
    Told{"Grzegorz, arrested 12 January 2026 for drink-driving, rang.", "12 January 2026"}, Told{"Grzegorz was remanded in custody after the last hearing.", "after the last hearing"},
    Told{"Grzegorz served four years for fraud.", "served four years for fraud"}, Told{"Grzegorz is wanted on warrant.", "wanted on warrant"}, Told{"Grzegorz was caught carrying a knife in May.", "caught carrying a knife"},
    Told{"Grzegorz has a restraining order.", "restraining order"}, Told{"Grzegorz came out of prison on licence.", "on licence"}, Told{"Dorota has a learning disability.", "learning disability"},
    Told{"Dorota carries hepatitis.", "hepatitis"}, Told{"Dorota told me she is expecting in July.", "is expecting in July"}, Told{"Rose wets the bed when a letter comes.", "when a letter comes"},
    Told{"Dorota is waiting for a kidney.", "kidney"}, Told{"Dorota was in care and has never told the family.", "was in care"}, Told{"Dorota has no leave to remain.", "leave to remain"},
    Told{"Dorota was raped at a party last year.", "raped at a party"}, Told{"Mark lost a leg in an accident.", "a leg"}, Told{"Rose came in. Has sickle cell disease.", "sickle cell"},
    Told{"Dorota works nights at the crisp factory.", "the crisp factory"}, Told{"Mark works for Golden Harbour Kitchens.", "Golden Harbour Kitchens"}));

TEST(FactsOfAThirdParty, LeaveTheSubjectsOwn) {
  for (const char* text : {"Kuba has asthma and was prescribed an inhaler.", "Dr Kuba Wilczek is on methadone.", "Kuba took an overdose in March.", "He is 9 and has epilepsy."})
    EXPECT_TRUE(has(redact_one(std::string("Kuba was seen. ") + text).text, text)) << redact_one(std::string("Kuba was seen. ") + text).text;
}

TEST(FactsOfAThirdParty, AreNotWhatSomebodyDidForAnother) {
  for (const char* text : {"[mother] gave him his tablets at eight.", "[mother] took Kuba to the clinic.", "[mother] has no worries about the ward.", "[mother] lost the letter.", "[mother] was expecting him at six.",
                           "[mother] works hard at it.", "[mother] came back on the bus.", "[mother] was told at work."}) {
    std::string named = text;
    named.replace(0, 8, "Dorota");
    EXPECT_EQ(redact_one(named).text, text);
  }
}

class RareTraits : public testing::TestWithParam<Told> {};

TEST_P(RareTraits, AreHiddenFromAnAnonymousEnquiry) {
  const Told& told = GetParam();
  const Redacted result = redact_one(told.text, release({}, Mode::anonymise));
  for (std::string_view rest = told.gone; !rest.empty();) {
    const auto blank = std::min(rest.find(' '), rest.size());
    const std::string word(rest.substr(0, blank));
    rest.remove_prefix(std::min(blank + 1, rest.size()));
    if (word.size() > 3) { EXPECT_FALSE(has(result.text, word)) << result.text; }
  }
}
INSTANTIATE_TEST_SUITE_P(Told, RareTraits, testing::Values(
    Told{"His mother works as a lighthouse keeper.", "lighthouse keeper"}, Told{"Dorota is a retired trapeze artist.", "retired trapeze artist"},
    Told{"Dorota, a parish organist, rang.", "parish organist"}, Told{"His father, treasurer of the bowls club, rang.", "treasurer bowls club"},
    Told{"Kuba plays the bassoon for the county youth band.", "bassoon county"}, Told{"He is the only boy in the village with a guide dog.", "guide village"},
    Told{"Kuba uses an electric wheelchair at school.", "electric wheelchair"}, Told{"Kuba was in the papers for saving a drowning man.", "saving drowning"},
    Told{"Dorota works nights at the biscuit factory.", "biscuit factory"}, Told{"Kuba is one of quadruplets, the other three stayed in Poland.", "quadruplets stayed Poland"},
    Told{"Dorota has multiple sclerosis and tires soon.", "multiple sclerosis"}, Told{"Kuba was eleven months old.", "eleven months"},
    Told{"The family came from Warsaw after the barn was raided for cannabis.", "Warsaw raided cannabis"}, Told{"The coach is a serving police officer.", "serving police officer"}));

TEST(RareTraits, LeaveTheConcernItself) {
  for (const char* text : {"The boy told his teacher that he is hit at home.", "Should we ask for consent first?", "There is mould on the wall and no food in the fridge.", "She is a good mum and wants help.",
                           "Attendance is down since March and the coat was dirty.", "I think that this is neglect."}) {
    const Redacted result = redact_one(text, release({}, Mode::anonymise));
    std::size_t hidden = 0;
    for (const Span& span : result.spans) hidden += span.type == "MISC" || span.type == "DEM";
    EXPECT_EQ(hidden, 0u) << result.text;
  }
}

}  // namespace
}  // namespace gatehouse::redaction
