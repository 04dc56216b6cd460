#include "policy/minimise/identifiers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::policy {
namespace {

TEST(Identifiers, NhsNumbersPassWhenTheCheckDigitIsRight) {
  for (const char* number : {"9434765919", "9990000018", "4010232137", "9990091536"}) EXPECT_TRUE(valid_nhs_number(number)) << number;
}

TEST(Identifiers, NhsNumbersFailOnAnyOneWrongDigit) {
  const std::string right = "9434765919";
  for (std::size_t at = 0; at < right.size(); ++at)
    for (char digit = '0'; digit <= '9'; ++digit) {
      if (digit == right[at]) continue;
      std::string wrong = right;
      wrong[at] = digit;
      EXPECT_FALSE(valid_nhs_number(wrong)) << wrong;
    }
}

TEST(Identifiers, NhsNumbersFailWhenRepeatedShortOutOfRangeOrOfCheckTen) {
  EXPECT_FALSE(valid_nhs_number("1111111111"));  // adds up, and is nobody's
  EXPECT_FALSE(valid_nhs_number("999000001"));
  EXPECT_FALSE(valid_nhs_number("99900000188"));
  EXPECT_FALSE(valid_nhs_number("999 000 0018"));
  EXPECT_FALSE(valid_nhs_number(""));
  // A first nine whose check would be ten: no tenth digit is right.
  int tens = 0;
  for (int last = 0; last < 100; ++last) {
    std::string nine = "9990000" + std::string(1, static_cast<char>('0' + last / 10)) + std::string(1, static_cast<char>('0' + last % 10));
    int valid = 0;
    for (char digit = '0'; digit <= '9'; ++digit) valid += valid_nhs_number(nine + digit);
    EXPECT_LE(valid, 1);
    tens += valid == 0;
  }
  EXPECT_GT(tens, 0);
}

TEST(Identifiers, UpnLetterIsTheSumOfWeightsModTwentyThree) {
  EXPECT_TRUE(valid_upn("B801200005001"));
  EXPECT_FALSE(valid_upn("A801200005001"));
  EXPECT_FALSE(valid_upn("Q207000016049"));
  EXPECT_FALSE(valid_upn("b801200005001"));  // bare means upper case
  EXPECT_FALSE(valid_upn("B80120000500"));
  EXPECT_FALSE(valid_upn("I801200005001"));  // I, O and S are never used
}

TEST(Identifiers, ATemporaryUpnEndsWithALetterThatCounts) {
  // Over all last letters of one number, each gives its own check letter.
  int found = 0;
  for (const char last : std::string("ABCDEFGHJKLMNPQRTUVWXYZ"))
    for (const char first : std::string("ABCDEFGHJKLMNPQRTUVWXYZ")) found += valid_upn(std::string(1, first) + "80120000500" + last);
  EXPECT_EQ(found, 23);
  EXPECT_FALSE(valid_upn("B80120000500I"));
}

TEST(Identifiers, NinoPrefixesFollowTheIssuedTable) {
  for (const char* number : {"AB123456C", "JM001234A", "PR120034D"}) EXPECT_TRUE(valid_nino(number)) << number;
  for (const char* number : {"BG123456A", "GB123456A", "KN123456A", "NK123456A", "NT123456A", "TN123456A", "ZZ123456A",  // never issued
                             "DA123456A", "FA123456A", "QA123456A", "AO123456A", "AB123456E", "AB12345A", "AB1234567A", "A1234567B"})
    EXPECT_FALSE(valid_nino(number)) << number;
}

TEST(Identifiers, UprnsHaveAtMostTwelveDigits) {
  EXPECT_TRUE(valid_uprn("100061234567"));
  EXPECT_TRUE(valid_uprn("1"));
  EXPECT_FALSE(valid_uprn("1000612345678"));
  EXPECT_FALSE(valid_uprn("0123"));
  EXPECT_FALSE(valid_uprn("12a"));
  EXPECT_FALSE(valid_uprn(""));
}

TEST(Identifiers, BareMeansCapitalsAndDigitsOnly) { EXPECT_EQ(bare_identifier("lx 00-01/23 c"), "LX000123C"); }

}  // namespace
}  // namespace gatehouse::policy
