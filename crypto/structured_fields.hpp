#pragma once
// Structured field values for HTTP: RFC 8941, with the Date and Display String of RFC 9651. Parser and serialiser. Pure, any thread.
// The rule for repeated keys is the caller's: RFC 8941 keeps the last, a signature must refuse them (a proxy and we may not read two things).
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "crypto/error.hpp"

namespace gatehouse::crypto::sf {

struct Token {
  std::string text;
  bool operator==(const Token&) const = default;
};
struct Bytes {
  std::string bytes;
  bool operator==(const Bytes&) const = default;
};
// Thousandths: a decimal of RFC 8941 has at most three fractional digits, and twelve before them.
struct Decimal {
  std::int64_t thousandths = 0;
  static std::optional<Decimal> nearest(double value);  // ties to even; nothing when out of range
  bool operator==(const Decimal&) const = default;
};
struct Date {
  std::int64_t seconds = 0;              // since 1970
  bool operator==(const Date&) const = default;
};
struct DisplayString {
  std::string utf8;
  bool operator==(const DisplayString&) const = default;
};

using BareItem = std::variant<std::int64_t, Decimal, std::string, Token, Bytes, bool, Date, DisplayString>;
using Parameters = std::vector<std::pair<std::string, BareItem>>;  // in order, keys distinct

struct Item {
  BareItem value;
  Parameters parameters;
  bool operator==(const Item&) const = default;
};
struct InnerList {
  std::vector<Item> items;
  Parameters parameters;
  bool operator==(const InnerList&) const = default;
};
using Member = std::variant<Item, InnerList>;
using List = std::vector<Member>;
using Dictionary = std::vector<std::pair<std::string, Member>>;    // in order, keys distinct

enum class Repeats : std::uint8_t { last_wins, refuse };

// Several lines of one field: join them with ", " first (RFC 8941 section 4.2). An error is `bad_field`, where = `byte N`.
std::expected<Item, Error> parse_item(std::string_view text, Repeats repeats = Repeats::last_wins);
std::expected<List, Error> parse_list(std::string_view text, Repeats repeats = Repeats::last_wins);
std::expected<Dictionary, Error> parse_dictionary(std::string_view text, Repeats repeats = Repeats::last_wins);

// An error when a value cannot be written: text outside ASCII, a number out of range, a bad key. An empty list or dictionary is
// the empty text: the field is then left out.
std::expected<std::string, Error> serialise(const Item& item);
std::expected<std::string, Error> serialise(const InnerList& list);
std::expected<std::string, Error> serialise(const List& list);
std::expected<std::string, Error> serialise(const Dictionary& dictionary);
// One value appended to `out`; false, and `out` to be thrown away, when it cannot be written.
bool append(std::string& out, const BareItem& value);
bool append(std::string& out, const InnerList& list);

const Member* find(const Dictionary& dictionary, std::string_view key);
const BareItem* find(const Parameters& parameters, std::string_view key);

}  // namespace gatehouse::crypto::sf
