// httpwg/structured-field-tests: every parser and serialiser case.
#include <nlohmann/json.hpp>

#include "crypto/structured_fields.hpp"
#include "tests/conformance/vectors.hpp"

namespace gatehouse::crypto::sf {
namespace {

using nlohmann::json;

// The suite writes binary values in base32 (RFC 4648 section 6).
std::string base32(const std::string& text) {
  std::string out;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 5 | static_cast<unsigned>(c >= 'A' ? c - 'A' : c - '2' + 26);
    held += 5;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xff);
    }
  }
  return out;
}

// Nothing for what no value of ours can hold (a decimal out of range): the serialiser must fail there.
std::optional<BareItem> bare_item(const json& j) {
  if (j.is_boolean()) return j.get<bool>();
  if (j.is_number_integer()) return j.get<std::int64_t>();
  if (j.is_number()) {
    const auto decimal = Decimal::nearest(j.get<double>());
    if (!decimal) return std::nullopt;
    return *decimal;
  }
  if (j.is_string()) return j.get<std::string>();
  const std::string type = j.at("__type");
  const json& value = j.at("value");
  if (type == "token") return Token{value.get<std::string>()};
  if (type == "binary") return Bytes{base32(value.get<std::string>())};
  if (type == "date") return Date{value.get<std::int64_t>()};
  EXPECT_EQ(type, "displaystring");
  return DisplayString{value.get<std::string>()};
}

std::optional<Parameters> parameters(const json& j) {
  Parameters out;
  for (const auto& pair : j) {
    auto value = bare_item(pair.at(1));
    if (!value) return std::nullopt;
    out.emplace_back(pair.at(0).get<std::string>(), std::move(*value));
  }
  return out;
}

std::optional<Item> item(const json& j) {
  auto value = bare_item(j.at(0));
  auto params = parameters(j.at(1));
  if (!value || !params) return std::nullopt;
  return Item{std::move(*value), std::move(*params)};
}

std::optional<Member> member(const json& j) {
  if (!j.at(0).is_array()) {
    auto one = item(j);
    if (!one) return std::nullopt;
    return Member(std::move(*one));
  }
  InnerList list;
  for (const auto& one : j.at(0)) {
    auto read = item(one);
    if (!read) return std::nullopt;
    list.items.push_back(std::move(*read));
  }
  auto params = parameters(j.at(1));
  if (!params) return std::nullopt;
  list.parameters = std::move(*params);
  return Member(std::move(list));
}

struct Field {
  std::string type;
  std::optional<Item> item;
  std::optional<List> list;
  std::optional<Dictionary> dictionary;
  bool operator==(const Field&) const = default;

  std::expected<std::string, Error> written() const {
    if (item) return serialise(*item);
    if (list) return serialise(*list);
    if (dictionary) return serialise(*dictionary);
    return std::unexpected(Error{"bad_field", "test", "no value", ""});
  }
};

Field expected_of(const json& j, const std::string& type) {
  Field out{type, {}, {}, {}};
  if (type == "item") {
    out.item = item(j);
  } else if (type == "list") {
    out.list.emplace();
    for (const auto& one : j) {
      auto read = member(one);
      if (!read) return {type, {}, {}, {}};
      out.list->push_back(std::move(*read));
    }
  } else {
    out.dictionary.emplace();
    for (const auto& pair : j) {
      auto read = member(pair.at(1));
      if (!read) return {type, {}, {}, {}};
      out.dictionary->emplace_back(pair.at(0).get<std::string>(), std::move(*read));
    }
  }
  return out;
}

std::expected<Field, Error> parsed(const std::string& text, const std::string& type) {
  Field out{type, {}, {}, {}};
  if (type == "item") {
    auto read = parse_item(text);
    if (!read) return std::unexpected(read.error());
    out.item = std::move(*read);
  } else if (type == "list") {
    auto read = parse_list(text);
    if (!read) return std::unexpected(read.error());
    out.list = std::move(*read);
  } else {
    auto read = parse_dictionary(text);
    if (!read) return std::unexpected(read.error());
    out.dictionary = std::move(*read);
  }
  return out;
}

TEST(StructuredFields, read_and_write_every_published_case) {
  VECTORS_OR_SKIP(folder, "structured-fields");
  std::size_t count = 0, strict = 0;
  for (const auto& path : conformance::files_under(folder, ".json")) {
    const bool writing_only = path.parent_path().filename() == "serialisation-tests";
    for (const json& test : json::parse(conformance::read_file(path))) {
      ++count;
      conformance::count_case(path);
      SCOPED_TRACE(path.filename().string() + ": " + test.at("name").get<std::string>());
      const std::string type = test.at("header_type");
      const bool must_fail = test.value("must_fail", false), can_fail = test.value("can_fail", false);
      if (writing_only) {
        const auto text = expected_of(test.at("expected"), type).written();
        EXPECT_EQ(text.has_value(), !must_fail);
        if (text && !must_fail) EXPECT_EQ(*text, test.at("canonical").at(0).get<std::string>());
        continue;
      }
      std::string raw;
      for (const auto& line : test.at("raw")) {
        if (&line != &test.at("raw").front()) raw += ", ";
        raw += line.get<std::string>();
      }
      const auto read = parsed(raw, type);
      if (must_fail) {
        EXPECT_FALSE(read);
        continue;
      }
      if (can_fail && !read) {
        ++strict;
        continue;
      }
      ASSERT_TRUE(read) << read.error().text();
      EXPECT_EQ(*read, expected_of(test.at("expected"), type));
      const auto text = read->written();
      ASSERT_TRUE(text);
      const json canonical = test.contains("canonical") ? test.at("canonical") : test.at("raw");
      EXPECT_EQ(*text, canonical.empty() ? std::string() : canonical.at(0).get<std::string>());
    }
  }
  EXPECT_EQ(count, 2135u);
  // Where the suite allows it we are strict: base64 without padding or with bits left over.
  EXPECT_LE(strict, 8u) << "more is refused than the suite leaves open";
}

}  // namespace
}  // namespace gatehouse::crypto::sf
