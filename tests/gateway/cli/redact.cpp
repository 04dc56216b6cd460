#include "gateway/cli/redact.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace gatehouse::cli {
namespace {

std::string line(const std::string& id, const std::string& text, const std::string& bundle = "") {
  nlohmann::json json = {{"id", id}, {"text", text}, {"mode", "third_party"}, {"subject", "p1"}, {"recipient", "mash"},
                         {"people", {{{"id", "p1"}, {"names", {"Kuba Wilczek"}}, {"relation", "self"}}, {{"id", "p2"}, {"names", {"Dorota Wilczek"}}, {"relation", "mother"}}}}};
  if (!bundle.empty()) json["bundle"] = bundle;
  return json.dump() + "\n";
}

std::vector<nlohmann::json> run(const std::string& input, int& status, std::string* errors = nullptr) {
  std::istringstream in(input);
  std::ostringstream out, err;
  status = redact_lines(in, out, err);
  if (errors) *errors = err.str();
  std::vector<nlohmann::json> lines;
  std::istringstream answers(out.str());
  std::string one;
  while (std::getline(answers, one)) lines.push_back(nlohmann::json::parse(one));
  return lines;
}

TEST(RedactCommand, AnswersEveryLineInOrder) {
  int status = 9;
  const auto lines = run(line("a", "Dorota came.") + "\n" + line("b", "Nobody came."), status);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["id"], "a");
  EXPECT_EQ(lines[0]["text"], "[mother] came.");
  EXPECT_EQ(lines[1]["text"], "Nobody came.");
}

TEST(RedactCommand, ABadLineGivesAnErrorInItsPlaceAndTheRestGoesOn) {
  int status = 9;
  std::string errors;
  const auto lines = run(line("a", "Dorota came.") + "{\"id\": 1}\n" + line("b", "Dorota came."), status, &errors);
  EXPECT_EQ(status, 1);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_TRUE(lines[1].contains("error"));
  EXPECT_EQ(lines[2]["text"], "[mother] came.");
  EXPECT_NE(errors.find("line 2"), std::string::npos);
  EXPECT_EQ(errors.find("Dorota"), std::string::npos);
}

TEST(RedactCommand, LinesOfOneBundleShareLabelsAndLearntNames) {
  int status = 9;
  const auto lines = run(line("a", "Later zofika came.", "x") + line("b", "Later zofika came.") + line("c", "A neighbour, Zofika Quell, rang.", "x"), status);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0]["text"], "Later [neighbour] came.");
  EXPECT_EQ(lines[2]["text"], "A neighbour, [neighbour], rang.");
  EXPECT_EQ(lines[1]["id"], "b");
  EXPECT_EQ(lines[1]["text"], "Later [person] came.");  // alone it is a doubt for a person to settle, and knows nothing of the neighbour
  EXPECT_GT(lines[1]["flags"].size(), 0u);
}

}  // namespace
}  // namespace gatehouse::cli
