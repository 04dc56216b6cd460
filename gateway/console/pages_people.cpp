// The administrator's pages: invitations, roles, cover, training; and the reset that another officer makes.
#include <algorithm>
#include <array>
#include <chrono>

#include "crypto/keys.hpp"
#include "gateway/console/console.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::Role;
using policy::StaffMember;
using policy::StaffState;

namespace {

constexpr std::chrono::hours kJoinWithin{72};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string_view state_words(StaffState state) {
  switch (state) {
    case StaffState::invited: return "invited";
    case StaffState::enrolling: return "joining";
    case StaffState::active: return "active";
    case StaffState::closed: return "closed";
  }
  return "?";
}

std::string role_list(const StaffMember& member) {
  std::string out;
  for (const Role role : member.roles) out += (out.empty() ? "" : ", ") + std::string(role_words(role));
  return out;
}

std::vector<Choice> role_choices(const std::vector<std::string>& chosen) {
  std::vector<Choice> out;
  for (const auto word : policy::Words<Role>::list) {
    const auto role = policy::from_text<Role>(word);
    out.push_back({std::string(word), std::string(role_words(*role)), "", std::find(chosen.begin(), chosen.end(), word) != chosen.end()});
  }
  return out;
}

std::optional<std::vector<Role>> roles_of(const Form& form) {
  std::vector<Role> out;
  for (const auto& word : form.all("roles")) {
    const auto role = policy::from_text<Role>(word);
    if (!role) return std::nullopt;
    if (std::find(out.begin(), out.end(), *role) == out.end()) out.push_back(*role);
  }
  return out;
}

std::string date_text(const std::optional<policy::Date>& date) { return date ? policy::to_text(*date) : std::string(); }

// Shown once, to be handed over in person or by phone: never sent by anything that keeps a copy.
Html hand_over(const std::string& code) {
  Html body = heading("Hand over this one-time code");
  body += html("<p class=\"govuk-body\"><code class=\"gh-key\" id=\"one-time\">{}</code></p>", code);
  body += paragraph("It is shown only now and is good for three days. Tell it in person or by phone, with the sign-in name. They open the page /join, choose a password and "
                    "add their authenticator app.");
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/people"), "Back to people and roles"));
  return body;
}

}  // namespace

asio::awaitable<Response> Console::people(Visit& visit) {
  const auto staff = co_await s_.staff.staff();
  if (!staff) co_return broken(visit, staff.error());
  std::vector<std::vector<Html>> rows;
  const auto today = std::chrono::sys_days(visit.now->policies().calendar.local_date(visit.at));
  for (const auto& one : *staff) {
    std::string away;
    if (one.away_from && one.away_to && std::chrono::sys_days(*one.away_from) <= today && today <= std::chrono::sys_days(*one.away_to)) away = "away";
    rows.push_back({link(Path("/people/" + one.id), one.name), html("{}", role_list(one)), html("{}", state_words(one.state)), html("{}", away),
                    one.training_until ? html("{}", date_words(*one.training_until)) : html("not on record")});
  }
  Html body = heading("People and roles");
  body += html("<p class=\"govuk-body\"><a class=\"govuk-button\" href=\"/people/invite\">Invite somebody</a></p>");
  body += table("Everybody who has an account", {"Name", "Roles", "State", "Today", "Training until"}, rows);
  co_return answer(visit, 200, "People and roles", body);
}

Html Console::invite_form(const Visit& visit, const Mistakes& mistakes) const {
  Html body = mistakes_summary(mistakes);
  body += heading("Invite somebody");
  Html inside = text_input({"name", "Full name", "", visit.form.one("name"), "text", "off", ""}, mistakes);
  inside += text_input({"sign_in", "Sign-in name", "For example their work e-mail address", visit.form.one("sign_in"), "text", "off", ""}, mistakes);
  inside += choices("checkbox", "roles", "Roles", "Only what they do. One person may hold several.", role_choices(visit.form.all("roles")), mistakes);
  inside += button("Make a one-time code");
  body += form(Path("/people/invite"), visit.csrf, inside);
  return body;
}

asio::awaitable<Response> Console::invite_page(Visit& visit) { co_return answer(visit, 200, "Invite somebody", invite_form(visit, {})); }

asio::awaitable<Response> Console::invite(Visit& visit) {
  const std::string name = visit.form.one("name"), sign_in = lower(visit.form.one("sign_in"));
  const auto roles = roles_of(visit.form);
  Mistakes mistakes;
  if (name.empty() || name.size() > 200) mistakes.push_back({"name", "Enter their full name"});
  if (sign_in.empty() || sign_in.size() > 200 || sign_in.find_first_of(" \t\n|") != std::string::npos)
    mistakes.push_back({"sign_in", "Enter a sign-in name without spaces"});
  if (!roles || roles->empty()) mistakes.push_back({"roles", "Choose at least one role"});
  if (!mistakes.empty()) co_return answer(visit, 400, "Error: Invite somebody", invite_form(visit, mistakes));
  StaffMember member;
  member.id = "st_" + crypto::hex(crypto::sha256(crypto::random_bytes(32))).substr(0, 24);
  member.name = name;
  member.sign_in = sign_in;
  member.roles = *roles;
  const std::string code = one_time_words();
  member.join_sha256 = sha256_text(tidy_code(code));
  member.join_until = visit.at + kJoinWithin;
  policy::StaffNote note{visit.me->id, "invited", visit.at};
  const auto put = co_await s_.staff.put_staff(std::move(member), std::move(note), false);
  if (!put) co_return broken(visit, put.error());
  if (!*put) {
    mistakes.push_back({"sign_in", "Somebody has this sign-in name already. Choose another"});
    co_return answer(visit, 409, "Error: Invite somebody", invite_form(visit, mistakes));
  }
  co_return answer(visit, 200, "Hand over this one-time code", hand_over(code));
}

Html Console::person_form(const Visit& visit, const StaffMember& member, const std::vector<StaffMember>& all, const Mistakes& mistakes) const {
  const bool again = visit.request.method == "POST";
  std::vector<std::string> chosen = visit.form.all("roles");
  if (!again)
    for (const Role role : member.roles) chosen.emplace_back(policy::text(role));
  const auto value = [&](const char* name, const std::string& stored) { return again ? visit.form.one(name) : stored; };
  Html body = mistakes_summary(mistakes);
  body += heading(member.name, "People and roles");
  body += summary_list({{"Sign-in name", html("{}", member.sign_in)}, {"State", html("{}", state_words(member.state))}});
  Html inside = html("<input type=\"hidden\" name=\"version\" value=\"{}\">", member.version);
  const bool self = visit.me->id == member.id;
  if (!self) inside += choices("checkbox", "roles", "Roles", "", role_choices(chosen), mistakes);
  const std::string hint = "Year-month-day, for example 2027-03-31";
  inside += text_input({"training_until", "Training in date until", hint, value("training_until", date_text(member.training_until)), "text", "off", "", false, 10}, mistakes);
  inside += text_input({"away_from", "Away from", hint, value("away_from", date_text(member.away_from)), "text", "off", "", false, 10}, mistakes);
  inside += text_input({"away_to", "Away until", hint, value("away_to", date_text(member.away_to)), "text", "off", "", false, 10}, mistakes);
  std::vector<Choice> covers = {{"", "Nobody", "", value("covered_by", member.covered_by).empty()}};
  for (const auto& one : all)
    if (one.id != member.id && one.state != StaffState::closed) covers.push_back({one.id, one.name, "", one.id == value("covered_by", member.covered_by)});
  inside += select("covered_by", "Covered by", "Who answers what waits for them meanwhile", covers);
  if (!self && member.state != StaffState::closed)
    inside += choices("checkbox", "close", "Close the account", "", {{"yes", "They have left: end their sessions and never let them sign in again", "", false}}, {});
  inside += button("Save");
  body += form(Path("/people/" + member.id), visit.csrf, inside);
  if (!self && member.state != StaffState::closed) {
    body += second_heading("They cannot sign in any more");
    body += paragraph("Look at them, or ring them on the number you know, before you do this. Password, app and recovery codes stop working, their sessions end, and you get a "
                      "one-time code to hand over. It is written to the log.");
    body += form(Path("/people/" + member.id + "/reset"), visit.csrf, button("Reset their sign-in", "warning"));
  }
  return body;
}

asio::awaitable<Response> Console::person_page(Visit& visit) {
  const auto staff = co_await s_.staff.staff();
  if (!staff) co_return broken(visit, staff.error());
  for (const auto& one : *staff)
    if (one.id == visit.part(0)) co_return answer(visit, 200, "Roles and cover", person_form(visit, one, *staff, {}));
  co_return refuse(visit, 404, "Page not found", "There is no such account.");
}

asio::awaitable<Response> Console::person(Visit& visit) {
  const auto staff = co_await s_.staff.staff();
  if (!staff) co_return broken(visit, staff.error());
  const auto found = std::find_if(staff->begin(), staff->end(), [&](const auto& one) { return one.id == visit.part(0); });
  if (found == staff->end()) co_return refuse(visit, 404, "Page not found", "There is no such account.");
  StaffMember member = *found;
  const bool self = member.id == visit.me->id;
  Mistakes mistakes;
  const auto date = [&](const char* name, std::optional<policy::Date>& into) {
    const std::string typed = visit.form.one(name);
    into = policy::read_date(typed);
    if (!typed.empty() && !into) mistakes.push_back({name, "Enter a date as year-month-day, for example 2027-03-31"});
  };
  date("training_until", member.training_until);
  date("away_from", member.away_from);
  date("away_to", member.away_to);
  if (member.away_from.has_value() != member.away_to.has_value()) mistakes.push_back({"away_to", "Enter both days, or neither"});
  if (member.away_from && member.away_to && std::chrono::sys_days(*member.away_to) < std::chrono::sys_days(*member.away_from))
    mistakes.push_back({"away_to", "Enter a day after the first one"});
  member.covered_by = visit.form.one("covered_by");
  if (!member.covered_by.empty() && std::none_of(staff->begin(), staff->end(), [&](const auto& one) { return one.id == member.covered_by && one.id != member.id; }))
    mistakes.push_back({"covered_by", "Choose somebody of the list"});
  bool ends = false;
  std::string what = "changed";
  // Nobody changes their own roles, or closes their own account: it takes a second person.
  if (!self) {
    const auto roles = roles_of(visit.form);
    if (!roles || roles->empty())
      mistakes.push_back({"roles", "Choose at least one role"});
    else {
      ends = member.roles != *roles;
      member.roles = *roles;
    }
    if (visit.form.one("close") == "yes") {
      member.state = StaffState::closed;
      member.password_hash.clear();
      member.code_secret.clear();
      member.recovery.clear();
      member.join_sha256.clear();
      ends = true;
      what = "closed";
    }
  }
  if (!mistakes.empty()) co_return answer(visit, 400, "Error: Roles and cover", person_form(visit, *found, *staff, mistakes));
  if (visit.form.one("version") != std::to_string(member.version))
    co_return refuse(visit, 409, "Somebody else changed this meanwhile", "Nothing of yours was saved. Open the page again and look.");
  policy::StaffNote note{visit.me->id, what, visit.at};
  const auto put = co_await s_.staff.put_staff(std::move(member), std::move(note), ends);
  if (!put) co_return broken(visit, put.error());
  if (!*put) co_return refuse(visit, 409, "Somebody else changed this meanwhile", "Nothing of yours was saved. Open the page again and look.");
  co_return go_to(Path("/people"));
}

asio::awaitable<Response> Console::reset_person(Visit& visit) {
  std::string id = visit.part(0);
  auto found = co_await s_.staff.staff_member(std::move(id));
  if (!found) co_return broken(visit, found.error());
  if (!*found || (*found)->state == StaffState::closed) co_return refuse(visit, 404, "Page not found", "There is no such account.");
  if ((*found)->id == visit.me->id) co_return refuse(visit, 403, "Somebody else must do this", "Nobody resets their own sign-in: ask another officer.");
  StaffMember member = std::move(**found);
  const std::string code = one_time_words();
  member.state = StaffState::invited;
  member.password_hash.clear();
  member.code_secret.clear();
  member.recovery.clear();
  member.join_sha256 = sha256_text(tidy_code(code));
  member.join_until = visit.at + kJoinWithin;
  policy::StaffNote note{visit.me->id, "reset", visit.at};
  const auto put = co_await s_.staff.put_staff(std::move(member), std::move(note), true);
  if (!put) co_return broken(visit, put.error());
  if (!*put) co_return refuse(visit, 409, "Somebody else changed this meanwhile", "Open the page again and look.");
  co_return answer(visit, 200, "Hand over this one-time code", hand_over(code));
}

}  // namespace gatehouse::gateway::console
