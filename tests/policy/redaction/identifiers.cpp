#include "policy/redaction/identifiers.hpp"

#include <gtest/gtest.h>

namespace gatehouse::redaction {
namespace {

struct Row {
  const char* text;
  IdKind kind;
  const char* found;  // null: nothing of that kind
};

std::string first_of(const std::string& text, IdKind kind) {
  auto shadow = Shadow::of(text);
  if (!shadow) return "no UTF-8";
  for (const Identifier& identifier : find_identifiers(*shadow, true))
    if (identifier.kind == kind)
      return text.substr(shadow->input_begin(identifier.begin), shadow->input_end(identifier.end) - shadow->input_begin(identifier.begin));
  return "-";
}

class Recognises : public testing::TestWithParam<Row> {};

TEST_P(Recognises, WhatIsOneAndNothingElse) {
  const Row& row = GetParam();
  EXPECT_EQ(first_of(row.text, row.kind), row.found ? row.found : "-") << row.text;
}

INSTANTIATE_TEST_SUITE_P(Nhs, Recognises, testing::Values(
    Row{"NHS 999 000 0018 seen", IdKind::nhs, "999 000 0018"}, Row{"(999-000-0018)", IdKind::nhs, "999-000-0018"},
    Row{"NHS no. 9990000018", IdKind::nhs, "9990000018"}, Row{"NHS number 999 OOO 0018", IdKind::nhs, nullptr},
    Row{"NHS number 99O 000 0018", IdKind::nhs, "99O 000 0018"},     // a scanned O
    Row{"NHS 999 000 0019 mistyped", IdKind::nhs, "999 000 0019"},   // the context says what it was meant to be
    Row{"order 999 000 0019", IdKind::nhs, nullptr}, Row{"invoice 4010232137", IdKind::nhs, nullptr}));
INSTANTIATE_TEST_SUITE_P(Upn, Recognises, testing::Values(
    Row{"UPN B801200005001.", IdKind::upn, "B801200005001"}, Row{"upn b801200005001", IdKind::upn, "b801200005001"},
    Row{"B 8012 0000 5001", IdKind::upn, "B 8012 0000 5001"}, Row{"the form 801200005001", IdKind::upn, nullptr}));
INSTANTIATE_TEST_SUITE_P(Nino, Recognises, testing::Values(
    Row{"NI number AB 12 34 56 C, seen", IdKind::nino, "AB 12 34 56 C"}, Row{"AB123456C", IdKind::nino, "AB123456C"},
    Row{"ZZ123456A", IdKind::nino, nullptr}, Row{"national insurance ZZ123456A", IdKind::nino, "ZZ123456A"}));
INSTANTIATE_TEST_SUITE_P(Uprn, Recognises, testing::Values(
    Row{"UPRN 100061234567", IdKind::uprn, "100061234567"}, Row{"total 100061234567", IdKind::uprn, nullptr}));
INSTANTIATE_TEST_SUITE_P(Phone, Recognises, testing::Values(
    Row{"ring 07700 900114 now", IdKind::phone, "07700 900114"}, Row{"07700900114", IdKind::phone, "07700900114"},
    Row{"on +44 7700 900596.", IdKind::phone, "+44 7700 900596"}, Row{"+44 (0)7700 900596", IdKind::phone, "+44 (0)7700 900596"},
    Row{"(01632) 960 144", IdKind::phone, "(01632) 960 144"}, Row{"01632-960144", IdKind::phone, "01632-960144"},
    Row{"landline 960144", IdKind::phone, "960144"}, Row{"2026 pupils", IdKind::phone, nullptr}, Row{"on 01/02/2026", IdKind::phone, nullptr}));
INSTANTIATE_TEST_SUITE_P(Online, Recognises, testing::Values(
    Row{"write to dorota.w+x@mail.example.org.", IdKind::email, "dorota.w+x@mail.example.org"}, Row{"<head@example.org>", IdKind::email, "head@example.org"},
    Row{"at @home_kuba now", IdKind::handle, "@home_kuba"}, Row{"sells as cw_bargains online", IdKind::handle, "cw_bargains"},
    Row{"see https://example.org/a?b=c.", IdKind::url, "https://example.org/a?b=c"}, Row{"www.example.org", IdKind::url, "www.example.org"},
    Row{"from 192.0.2.17 at", IdKind::ip, "192.0.2.17"}, Row{"2001:db8:0:0:1::1", IdKind::ip, "2001:db8:0:0:1::1"}, Row{"192.0.2.300", IdKind::ip, nullptr}, Row{"5 @ 3", IdKind::handle, nullptr}));
INSTANTIATE_TEST_SUITE_P(Vehicle, Recognises, testing::Values(
    Row{"a grey van GN19 ZXW", IdKind::vehicle, "GN19 ZXW"}, Row{"GN19ZXW", IdKind::vehicle, "GN19ZXW"}, Row{"A123 BCD", IdKind::vehicle, "A123 BCD"},
    Row{"ABC 123D", IdKind::vehicle, "ABC 123D"}, Row{"reg GXZ 1234", IdKind::vehicle, "GXZ 1234"}, Row{"the 1234", IdKind::vehicle, nullptr}, Row{"on ab12 the", IdKind::vehicle, nullptr}));
INSTANTIATE_TEST_SUITE_P(Places, Recognises, testing::Values(
    Row{"code ME49 3QR only", IdKind::postcode, "ME49 3QR"}, Row{"lives at 9 Tannery Court, ME49 1HD and", IdKind::address, "9 Tannery Court, ME49 1HD"},
    Row{"to Flat 4, 61 Quay Street, CT47 2BD", IdKind::address, "Flat 4, 61 Quay Street, CT47 2BD"}, Row{"of 17 Heron Way, rang", IdKind::address, "17 Heron Way"},
    Row{"on brickfield ave, the", IdKind::address, "brickfield ave"}, Row{"down the lane", IdKind::address, nullptr}, Row{"QQ99 3QR", IdKind::postcode, nullptr}));
INSTANTIATE_TEST_SUITE_P(Dates, Recognises, testing::Values(
    Row{"on 14/10/2026", IdKind::date, "14/10/2026"}, Row{"14.10.26", IdKind::date, "14.10.26"}, Row{"2026-10-14", IdKind::date, "2026-10-14"},
    Row{"14 October 2026", IdKind::date, "14 October 2026"}, Row{"the 9th of Oct", IdKind::date, "9th of Oct"}, Row{"Thursday 5 November", IdKind::date, "Thursday 5 November"},
    Row{"until February 2027", IdKind::date, "February 2027"}, Row{"14/14/2026", IdKind::date, nullptr}, Row{"he may go", IdKind::date, nullptr}));
INSTANTIATE_TEST_SUITE_P(References, Recognises, testing::Values(
    Row{"crime ref 46/12345/26", IdKind::reference, "46/12345/26"}, Row{"case KA26C00123", IdKind::reference, "KA26C00123"}, Row{"account 12345678", IdKind::bank, "12345678"},
    Row{"40-00-01 12345678", IdKind::bank, "40-00-01 12345678"}, Row{"s.47 and 9-month", IdKind::reference, nullptr}, Row{"at 4.15pm", IdKind::reference, nullptr}));

TEST(Identifiers, ADateOfBirthIsOneByTheWordsBeforeIt) {
  const auto birth = [](const std::string& text) {
    auto shadow = Shadow::of(text);
    for (const Identifier& identifier : find_identifiers(*shadow, false))
      if (identifier.kind == IdKind::date) return identifier.of_birth;
    return false;
  };
  EXPECT_TRUE(birth("dob 03/02/2014"));
  EXPECT_TRUE(birth("born on 7.11.2008"));
  EXPECT_TRUE(birth("date of birth as 19 May 1988"));
  EXPECT_TRUE(birth("D.O.B. 19 May 1988"));
  EXPECT_FALSE(birth("seen on 03/02/2026"));
}

TEST(Identifiers, AnAddressIsSafeByTheWordsBeforeIt) {
  auto shadow = Shadow::of("She is in the refuge at 9 Tannery Court, ME49 1HD");
  const auto found = find_identifiers(*shadow, false);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].safe_place);
}

INSTANTIATE_TEST_SUITE_P(OverLines, Recognises, testing::Values(
    Row{"ring 07700\n900 985 after five", IdKind::phone, "07700\n900 985"}, Row{"born 25\nSeptember 1985, known", IdKind::date, "25\nSeptember 1985"}, Row{"at 135a Elm Road, KA47\n1GY, not", IdKind::address, "135a Elm Road, KA47\n1GY"},
    Row{"at Flat 23, 126 Foundry\nRow, not", IdKind::address, "Flat 23, 126 Foundry\nRow"}, Row{"12 October\nRoad works", IdKind::address, nullptr}));
INSTANTIATE_TEST_SUITE_P(SmallLetters, Recognises, testing::Values(
    Row{"lives at 73 vicarage hill and", IdKind::address, "73 vicarage hill"}, Row{"letter to 21 granary square sg35 3er and", IdKind::address, "21 granary square sg35 3er"}, Row{"of 114 elm grove who", IdKind::address, "114 elm grove"},
    Row{"came to 2 of the park days", IdKind::address, nullptr}, Row{"at 4 they went up the hill", IdKind::address, nullptr}, Row{"born 23 march 1985", IdKind::date, "23 march 1985"}, Row{"on a 5 mile march home", IdKind::date, nullptr},
    Row{"DC 9043 Trott; Imogen Strand, social worker", IdKind::address, nullptr}, Row{"sent to Bay 4, Withy Lane, TN67 4HB.", IdKind::address, "Bay 4, Withy Lane, TN67 4HB"}));

}  // namespace
}  // namespace gatehouse::redaction
