// Texts by a reviewer who tried to make redaction leave a private person, an informant, a refuge or a third party's number readable by what looks
// like the layout of a case file. Each line of attacks.jsonl: the text, and what must be gone from it.
#include <gtest/gtest.h>

#include "tests/policy/redaction/family.hpp"

namespace gatehouse::redaction {
namespace {

std::vector<policy::Person> people_of(const nlohmann::json& listed) {
  std::vector<policy::Person> made;
  for (const auto& one : listed)
    made.push_back({one.at("id"), one.at("names").get<std::vector<std::string>>(), one.at("relation"), one.at("role"), one.at("identifiers").get<std::vector<std::string>>()});
  return made;
}

TEST(Attacks, LeaveNothingReadableThatMustGo) {
  const std::vector<policy::Person> usual = {{"p1", {"Kuba Wilczek"}, "self", "family", {}},
                                             {"p2", {"Dorota Wilczek"}, "mother", "family", {}},
                                             {"p3", {"Grzegorz Wilczek"}, "father", "family", {}},
                                             {"p4", {"Mary-Ann Coates"}, "neighbour", "family", {}},
                                             {"p5", {"Priya Shah"}, "social worker", "professional", {}}};
  std::ifstream in(std::string(test::source_dir()) + "/tests/policy/redaction/attacks.jsonl");
  ASSERT_TRUE(in);
  std::size_t tried = 0;
  for (std::string line; std::getline(in, line); ++tried) {
    const auto attack = nlohmann::json::parse(line);
    Release asked;
    asked.mode = Mode::third_party;
    asked.subject = "p1";
    asked.recipient = "parent";
    const Redacted result = redact_one(attack.at("text"), asked, prepared(attack.contains("people") ? people_of(attack.at("people")) : usual));
    if (result.blocked) continue;
    for (const auto& gone : attack.at("gone")) EXPECT_FALSE(has(result.text, gone)) << attack.at("text") << "\n" << result.text;
  }
  EXPECT_GT(tried, 500u);
}

}  // namespace
}  // namespace gatehouse::redaction
