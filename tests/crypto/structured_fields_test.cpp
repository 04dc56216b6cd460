#include "crypto/structured_fields.hpp"

#include <gtest/gtest.h>

namespace gatehouse::crypto::sf {
namespace {

TEST(StructuredFields, a_dictionary_of_every_kind_of_value_is_read_and_written_again) {
  const std::string text = R"(a=1, b=-2.5;x, c="q\"\\", d=tok/en:*, e=:AQI=:, f, g=?0, h=(1 "two" three;p=4);q, i=@1659578233, j=%"f%c3%bc")";
  const auto read = parse_dictionary(text);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->size(), 10u);
  EXPECT_EQ(serialise(*read).value(), text);
  const auto* list = std::get_if<InnerList>(find(*read, "h"));
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->items.size(), 3u);
  EXPECT_EQ(*find(list->items[2].parameters, "p"), BareItem(std::int64_t{4}));
  EXPECT_EQ(find(*read, "z"), nullptr);
}

TEST(StructuredFields, repeats_are_replaced_or_refused_as_asked) {
  const auto last = parse_dictionary("a=1, b=2, a=3");
  ASSERT_TRUE(last);
  EXPECT_EQ(serialise(*last).value(), "a=3, b=2");
  EXPECT_FALSE(parse_dictionary("a=1, b=2, a=3", Repeats::refuse));
  EXPECT_TRUE(parse_dictionary("a=1;x;x"));
  EXPECT_FALSE(parse_dictionary("a=1;x;x", Repeats::refuse));
  EXPECT_FALSE(parse_dictionary("a=(1 2;x;x)", Repeats::refuse));
}

TEST(StructuredFields, an_error_names_the_byte) {
  const auto bad = parse_dictionary("a=1, B=2");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, "bad_field");
  EXPECT_EQ(bad.error().where, "byte 5");
}

TEST(StructuredFields, what_cannot_be_written_is_an_error) {
  EXPECT_FALSE(serialise(Item{BareItem(std::int64_t{1'000'000'000'000'000}), {}}));
  EXPECT_FALSE(serialise(Item{BareItem(std::string("caf\xc3\xa9")), {}}));
  EXPECT_FALSE(serialise(Item{BareItem(Token{"1a"}), {}}));
  EXPECT_FALSE(serialise(Item{BareItem(DisplayString{"\xff"}), {}}));
  EXPECT_FALSE(serialise(Dictionary{{"Upper", Item{BareItem(true), {}}}}));
  EXPECT_FALSE(Decimal::nearest(1e13));
  EXPECT_EQ(serialise(List{}).value(), "");
}

TEST(StructuredFields, deep_and_long_input_is_refused_without_harm) {
  EXPECT_FALSE(parse_list(std::string(100000, '(')));
  EXPECT_TRUE(parse_list("(" + std::string(100000, ' ') + ")"));
  EXPECT_FALSE(parse_item("\"" + std::string(100000, '\\')));
  EXPECT_FALSE(parse_item(std::string("\"a\0b\"", 5)));
}

}  // namespace
}  // namespace gatehouse::crypto::sf
