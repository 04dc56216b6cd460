// What holds for every page: who may open it, whose form it is, what a browser is told, and that no text becomes markup.
#include <gtest/gtest.h>

#include "gateway/console/html.hpp"
#include "gateway/console/throttle.hpp"
#include "tests/gateway/console/desk.hpp"

namespace gatehouse::tests {
namespace {

using gateway::Response;
using gateway::console::Console;
using gateway::console::Form;
using gateway::console::Html;
using gateway::console::html;
using gateway::console::Path;
using gateway::console::Who;
using policy::Role;

std::string concrete(std::string_view path) {
  std::string out(path);
  for (const char* part : {"{role}", "{id}", "{item}", "{file*}"})
    if (const auto at = out.find(part); at != std::string::npos) out.replace(at, std::string_view(part).size(), part == std::string_view("{role}") ? "worker" : "st_nobody");
  return out;
}

TEST(EveryPage, OpensForExactlyTheRolesOfItsRow) {
  Desk desk;
  std::vector<std::unique_ptr<Browser>> browsers;
  std::vector<Role> roles;
  for (const auto word : policy::Words<Role>::list) {
    roles.push_back(*policy::from_text<Role>(word));
    browsers.push_back(std::make_unique<Browser>(desk));
    desk.sign_in(*browsers.back(), desk.member(std::string(word), {roles.back()}));
    ASSERT_EQ(browsers.back()->get("/").status, 200) << word;
  }
  Browser nobody(desk);
  nobody.get("/sign-in");
  int checked = 0;
  for (const auto& page : Console::pages()) {
    if (page.path == "/sign-out") continue;
    const std::string path = concrete(page.path);
    const auto open = [&](Browser& browser) { return page.method == "GET" ? browser.get(path) : browser.post(path, {}); };
    const auto stranger = open(nobody);
    if (page.who == Who::anybody)
      EXPECT_NE(stranger.status, 403) << page.method << " " << page.path;
    else
      EXPECT_EQ(stranger.status, 303) << page.method << " " << page.path << " opens for nobody in particular";
    for (std::size_t i = 0; i < roles.size(); ++i) {
      if (page.who != Who::staff) continue;
      browsers[i]->get("/account");
      const bool may = page.roles.empty() || std::find(page.roles.begin(), page.roles.end(), roles[i]) != page.roles.end();
      const auto out = open(*browsers[i]);
      EXPECT_EQ(out.status == 403 && out.body.find("Your role does not include it") != std::string::npos, !may)
          << page.method << " " << page.path << " as " << policy::text(roles[i]) << ": " << out.status;
      EXPECT_NE(out.status, 500);
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

TEST(EveryPage, TellsTheBrowserToKeepNothingAndToRunNothingOfOthers) {
  Desk desk;
  auto& admin = desk.member("admin", {Role::admin});
  Browser browser(desk);
  desk.sign_in(browser, admin);
  for (const auto& page : Console::pages()) {
    if (page.method != "GET") continue;
    const auto out = browser.get(concrete(page.path));
    SCOPED_TRACE(page.path);
    EXPECT_EQ(out.header("cache-control"), "no-store");
    EXPECT_NE(out.header("content-security-policy").find("default-src 'none'"), std::string_view::npos);
    EXPECT_EQ(out.header("content-security-policy").find("unsafe"), std::string_view::npos);
    EXPECT_EQ(out.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(out.header("referrer-policy"), "same-origin");
    EXPECT_NE(out.header("strict-transport-security"), "");
    for (const auto& [name, value] : out.headers)
      if (name == "set-cookie")
        for (const char* flag : {"__Host-", "Secure", "HttpOnly", "SameSite=Strict", "Path=/;"}) EXPECT_NE(value.find(flag), std::string::npos) << value;
    EXPECT_EQ(out.body.find("<style"), std::string::npos);
    EXPECT_EQ(out.body.find(" style="), std::string::npos);
    EXPECT_EQ(out.body.find(" onclick"), std::string::npos);
  }
}

TEST(EveryForm, IsRefusedWithoutItsTokenFromAnotherPlaceOrAfterSigningInAgain) {
  Desk desk;
  auto& admin = desk.member("admin", {Role::admin});
  Browser browser(desk);
  desk.sign_in(browser, admin);
  browser.get("/people/invite");
  const Fields good = {{"name", "Somebody"}, {"sign_in", "somebody"}, {"roles", "worker"}};
  const auto with = [&](const std::string& token) {
    Fields fields = good;
    fields.emplace_back("token", token);
    return fields;
  };
  const std::string old = browser.token;
  EXPECT_EQ(browser.post("/people/invite", with("")).status, 403);
  EXPECT_EQ(browser.post("/people/invite", with(std::string(64, '0'))).status, 403);
  gateway::Request cross;
  cross.method = "POST";
  cross.path = "/people/invite";
  cross.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"origin", "https://evil.example"}};
  cross.body = "name=S&sign_in=s&roles=worker&token=" + old;
  EXPECT_EQ(browser.send(cross).status, 403);
  cross.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"sec-fetch-site", "cross-site"}};
  EXPECT_EQ(browser.send(cross).status, 403);
  cross.headers = {{"content-type", "text/plain"}};
  EXPECT_EQ(browser.send(cross).status, 400);
  browser.post("/sign-out", {{"token", old}});
  desk.later(std::chrono::seconds(31));
  desk.sign_in(browser, desk.staff.members["st_admin"]);
  EXPECT_EQ(browser.post("/people/invite", with(old)).status, 403) << "a token outlived its session";
  EXPECT_EQ(desk.staff.members.size(), 1u);
  browser.get("/people/invite");
  EXPECT_EQ(browser.post("/people/invite", good).status, 200);
}

TEST(EveryForm, ShowsWhatWasTypedAsTextAndNeverAsMarkup) {
  Desk desk;
  auto& admin = desk.member("admin", {Role::admin});
  Browser browser(desk);
  desk.sign_in(browser, admin);
  const std::string hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'`{{7*7}}";
  int forms = 0;
  for (const auto& page : Console::pages()) {
    if (page.method != "POST" || page.path == "/sign-out") continue;
    const std::string path = page.path == "/people/{id}" ? "/people/st_admin" : concrete(page.path);
    browser.get(page.who == Who::staff ? "/account" : "/sign-in");
    Fields fields;
    for (const char* name : {"name", "sign_in", "password", "code", "roles", "next", "training_until", "away_from", "away_to", "covered_by", "version", "close", "decide", "items", "rationale", "conditions", "days", "shown", "state", "agency", "purpose", "agreement", "age",
                             "understands", "consent", "circumstances", "what", "text", "words", "way", "once", "colleague", "fine", "hurt", "do", "id", "to", "worker_name", "worker_post", "worker_contact", "given_name", "family_name", "date_of_birth", "nhs_number", "agency_reference",
                             "categories", "said_why_necessary", "said_intended_use", "said_victim_notice", "offence", "urgency", "checked", "whom", "notice_read", "danger", "lines", "how", "wanted",
                             "show", "hide", "show_reason", "hide_words", "reviewed", "passed_to", "dataset", "partner", "measure", "periods", "by_first", "by_second", "sigma2", "whose", "cap", "reason", "second", "second_password", "second_code"})
      fields.emplace_back(name, hostile);
    const auto out = browser.post(path, fields);
    EXPECT_EQ(out.body.find("<script>alert"), std::string::npos) << path;
    EXPECT_EQ(out.body.find("<img src=x"), std::string::npos) << path;
    EXPECT_NE(out.status, 500) << path;
    ++forms;
  }
  EXPECT_GT(forms, 5);
  // Stored, and shown to somebody else.
  desk.staff.members["st_admin"].name = hostile;
  desk.later(std::chrono::seconds(31));
  Browser again(desk);
  desk.sign_in(again, desk.staff.members["st_admin"]);
  const auto list = again.get("/people");
  EXPECT_EQ(list.body.find("<script>alert"), std::string::npos);
  EXPECT_NE(list.body.find("&lt;script&gt;alert(1)"), std::string::npos);
  const auto title = list.body.substr(list.body.find("<title>"), list.body.find("</title>") - list.body.find("<title>"));
  EXPECT_EQ(title.find("alert"), std::string::npos) << "a title carries no name";
}

TEST(TheEmergencyPage, OpensWithoutSignInAndWhenTheDatabaseDoesNot) {
  Desk desk;
  Browser browser(desk);
  const auto good = browser.get("/emergency");
  EXPECT_EQ(good.status, 200);
  EXPECT_NE(good.body.find("tel:999"), std::string::npos);
  EXPECT_NE(good.body.find("01632 960100"), std::string::npos);
  auto& anna = desk.member("anna", {Role::worker});
  desk.sign_in(browser, anna);
  desk.staff.down = true;
  const auto down = browser.get("/");
  EXPECT_EQ(down.status, 503);
  EXPECT_NE(down.body.find("Ring these numbers. Write it up after."), std::string::npos);
  EXPECT_NE(down.body.find("tel:999"), std::string::npos);
  EXPECT_EQ(browser.get("/emergency").status, 200) << "a session that cannot be looked up does not stop it";
}

TEST(Markup, EscapesByType) {
  EXPECT_EQ(html("<p class=\"{}\">{}</p>", std::string("a\"b"), std::string("<&'>")).text(), "<p class=\"a&quot;b\">&lt;&amp;&#39;&gt;</p>");
  EXPECT_EQ(html("<p>{}{}</p>", html("<b>{}</b>", 7), std::string_view("\x01")).text(), "<p><b>7</b>\xEF\xBF\xBD</p>");
  EXPECT_EQ(html("<a href=\"{}\">x</a>", Path("javascript:alert(1)")).text(), "<a href=\"/\">x</a>");
  EXPECT_EQ(Path("//evil.example").text(), "/");
  EXPECT_EQ(Path("/cases/rq_1?next=/a").text(), "/cases/rq_1?next=/a");
}

TEST(Forms, AreReadStrictly) {
  const auto form = Form::read("a=1+2%26&b=%F0%9F%90%8C&a=second&c=%0D%0Ax%0D%0Ay%20");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->one("a"), "1 2&");
  EXPECT_EQ(form->all("a").size(), 2u);
  EXPECT_EQ(form->one("b"), "\xF0\x9F\x90\x8C");
  EXPECT_EQ(form->one("c"), "x\ny");
  EXPECT_EQ(form->exact("c"), "\r\nx\r\ny ");
  EXPECT_EQ(Form::read(form->encoded_without({"b"}))->one("c"), "x\ny");
  for (const char* bad : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "a=%c0%80", "a=%ed%a0%80"}) EXPECT_FALSE(Form::read(bad)) << bad;
  std::string many;
  for (int i = 0; i < 401; ++i) many += "a=1&";
  EXPECT_FALSE(Form::read(many));
}

TEST(Cookies, ThatComeTwiceAreNone) {
  EXPECT_EQ(gateway::console::cookie("a=1; b=2", "b"), "2");
  EXPECT_EQ(gateway::console::cookie("a=1; a=2", "a"), "");
  EXPECT_EQ(gateway::console::cookie("xa=1", "a"), "");
}

TEST(Passwords, AreTurnedDownForAReason) {
  using gateway::console::password_trouble;
  for (const char* bad : {"short", "aaaaaaaaaaaaaaaa", "password1234", "my rowan password 12", "qwertyuiop123"}) EXPECT_NE(password_trouble(bad, "rowan@example.org", "Rowan Alder"), "") << bad;
  EXPECT_EQ(password_trouble("harbour violet saddle", "rowan@example.org", "Rowan Alder"), "");
}

TEST(Throttle, ForgetsAndStaysSmall) {
  gateway::console::SignInThrottle throttle;
  for (int i = 0; i < 5; ++i) throttle.failed("a", 100);
  EXPECT_GT(throttle.wait("a", 100), 0);
  EXPECT_EQ(throttle.wait("a", 100 + 901), 0);
  EXPECT_EQ(throttle.wait("b", 100), 0);
  throttle.succeeded("a");
  EXPECT_EQ(throttle.wait("a", 100), 0);
  for (int i = 0; i < 50000; ++i) throttle.failed(std::to_string(i), 5000);
}

}  // namespace
}  // namespace gatehouse::tests
