// Passwords and codes, against the vectors of RFC 6238.
#include <gtest/gtest.h>

#include "crypto/one_time_code.hpp"
#include "crypto/password.hpp"

namespace gatehouse::tests {
namespace {

constexpr std::string_view kSecret = "12345678901234567890";  // RFC 6238, appendix B

TEST(OneTimeCodes, AreThoseOfTheRfc) {
  // The RFC prints eight digits; six are their last.
  const std::pair<std::int64_t, const char*> vectors[] = {{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}};
  for (const auto& [at, code] : vectors) EXPECT_EQ(crypto::one_time_code(kSecret, at / 30), code) << at;
}

TEST(OneTimeCodes, OpenWithinAStepOnEitherSideAndOnlyOnce) {
  const std::int64_t now = 1111111111, step = now / 30;
  const std::string code = crypto::one_time_code(kSecret, step);
  EXPECT_EQ(crypto::step_of_code(kSecret, code, now, 0), step);
  EXPECT_EQ(crypto::step_of_code(kSecret, code, now + 30, 0), step);
  EXPECT_EQ(crypto::step_of_code(kSecret, code, now - 30, 0), step);
  EXPECT_FALSE(crypto::step_of_code(kSecret, code, now + 60, 0));
  EXPECT_FALSE(crypto::step_of_code(kSecret, code, now, step));
  EXPECT_FALSE(crypto::step_of_code(kSecret, "", now, 0));
  EXPECT_FALSE(crypto::step_of_code("", "", now, 0));
}

TEST(OneTimeCodes, SecretsAreWrittenInBase32WithoutPadding) {
  EXPECT_EQ(crypto::base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(crypto::base32(kSecret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

TEST(Passwords, AreSaltedAndCheckedAndNothingElseMatches) {
  const crypto::PasswordCost quick{1, 8192};
  const auto one = crypto::hash_password("harbour violet saddle", quick), two = crypto::hash_password("harbour violet saddle", quick);
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two);
  EXPECT_TRUE(one->starts_with("$argon2id$v=19$"));
  EXPECT_TRUE(crypto::password_matches(*one, "harbour violet saddle"));
  EXPECT_FALSE(crypto::password_matches(*one, "harbour violet saddl"));
  for (const char* broken : {"", "$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaA", "plain"}) EXPECT_FALSE(crypto::password_matches(broken, ""));
}

}  // namespace
}  // namespace gatehouse::tests
