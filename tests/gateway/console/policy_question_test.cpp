// A worker's question is answered by the policy itself, and nothing of it stays.
#include <gtest/gtest.h>

#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using policy::Role;

struct Asked {
  Fields fields;
  const char* answer;
};

TEST(PolicyQuestion, SaysMayMayNotOrAskFirstWithTheClause) {
  Desk desk;
  auto& wren = desk.member("wren", {Role::worker});
  wren.training_until = policy::read_date("2030-01-01");
  Browser browser(desk);
  desk.sign_in(browser, wren);
  ASSERT_EQ(browser.get("/policy-question").status, 200);
  const auto before = desk.staff.notes.size();
  const auto with = [](Fields more) {
    Fields out = {{"agency", "la_early_help"}, {"purpose", "early_help"}, {"agreement", "current"}, {"age", "34"}, {"understands", "competent"}};
    out.insert(out.end(), more.begin(), more.end());
    return out;
  };
  const Asked cases[] = {
      {with({{"consent", "written"}, {"what", "identity"}, {"what", "contact"}}), "<h2 class=\"govuk-heading-l\">You may</h2>"},
      {with({{"consent", "none"}, {"what", "identity"}}), "<h2 class=\"govuk-heading-l\">You may not</h2>"},
      {with({{"consent", "refused"}, {"what", "contact"}}), "<h2 class=\"govuk-heading-l\">You may not</h2>"},
  };
  for (const auto& one : cases) {
    const auto out = browser.post("/policy-question", one.fields);
    EXPECT_EQ(out.status, 200);
    EXPECT_NE(out.body.find(one.answer), std::string::npos) << one.answer << "\n" << out.body.substr(out.body.find("id=\"answer\""), 600);
    EXPECT_NE(out.body.find("CAF-"), std::string::npos) << "no clause";
  }
  EXPECT_EQ(browser.post("/policy-question", {{"age", "old"}}).status, 400);
  EXPECT_EQ(desk.staff.notes.size(), before) << "a question left a trace";
  EXPECT_TRUE(desk.staff.drafts.empty());
  EXPECT_TRUE(desk.desk.opened_by.empty());
}

TEST(PolicyQuestion, HasNoPlaceForWords) {
  Desk desk;
  Browser browser(desk);
  desk.sign_in(browser, desk.member("wren", {Role::worker}));
  const auto page = browser.get("/policy-question");
  EXPECT_EQ(page.body.find("<textarea"), std::string::npos);
  std::size_t typed = 0;
  for (auto at = page.body.find("type=\"text\""); at != std::string::npos; at = page.body.find("type=\"text\"", at + 1)) ++typed;
  EXPECT_EQ(typed, 1u) << "the age alone is typed";
}

}  // namespace
}  // namespace gatehouse::tests
