// What needs no role: the start page, the emergency numbers, the guides.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "gateway/console/console.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::Role;

asio::awaitable<Response> Console::home(Visit& visit) {
  const auto& me = *visit.me;
  Html body = heading("Start");
  const auto acting = visit.roles();
  const bool decides = std::any_of(acting.begin(), acting.end(), [](Role role) {
    for (const Page& page : pages())
      if (page.path == "/cases" && std::find(page.roles.begin(), page.roles.end(), role) != page.roles.end()) return true;
    return false;
  });
  if (decides) {
    std::string looker = me.name;
    const auto waiting = co_await s_.desk.waiting(500, std::move(looker));
    if (!waiting) co_return broken(visit, waiting.error());
    const auto open = std::count_if(waiting->begin(), waiting->end(), [](const auto& one) {
      return !one.refused && !one.completed && one.status.wanted.empty() && (one.paged || one.status.review_asked || (one.outcome != "withhold" && one.outcome != "more_information"));
    });
    body += second_heading("Needs your decision");
    body += html("<p class=\"govuk-body\">{} waiting for a person. {}</p>", open, link(Path("/cases"), "Open the list"));
    body += html("<p class=\"govuk-body\">{}</p>", link(Path("/decisions"), "What we decided: how many, each with its record"));
  }
  if (visit.may(Role::dsl) || visit.may(Role::deputy_dsl) || visit.may(Role::safeguarding_team) || visit.may(Role::ig_lead)) {
    const auto dangers = co_await s_.enquiries.dangers();
    if (!dangers) co_return broken(visit, dangers.error());
    if (!dangers->empty())
      body += notice("Someone could be hurt", html("<p class=\"govuk-body\">{} of us said so and wait for you. {}</p>", dangers->size(), link(Path("/enquiries/dangers"), "Speak to them now")));
  }
  body += second_heading("May I share this?");
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/policy-question"), "What does our policy say?"));
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/enquiries"), "Ask without names: a partner, by phone, or a colleague"));
  body += second_heading("Someone has asked us");
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/asked"), "By phone, e-mail, letter or face to face: write it down, see what may be said"));
  if (me.has(Role::admin)) {
    body += second_heading("People and roles");
    body += html("<p class=\"govuk-body\">{}</p>", link(Path("/people"), "Invite somebody, give roles, say who covers for whom"));
  }
  body += second_heading("If someone is in danger now");
  body += html("<p class=\"govuk-body\">Ring 999 first. {}</p>", link(Path("/emergency"), "Numbers to ring"));
  std::vector<std::string> roles;
  Html guides;
  for (const Role role : me.roles) {
    roles.emplace_back(role_words(role));
    guides += html("<li>{}</li>", link(Path("/guide/" + std::string(policy::text(role))), std::string("Guide: ") + std::string(role_words(role))));
  }
  body += second_heading("Your roles");
  body += bullets(roles);
  if (!visit.covering.empty()) {
    std::vector<std::string> covered;
    for (const Role role : visit.covering) covered.emplace_back(role_words(role));
    body += paragraph("Today you also answer, for somebody who is away, as:");
    body += bullets(covered);
  }
  body += html("<ul class=\"govuk-list\">{}</ul>", guides);
  const auto today = visit.now->policies().calendar.local_date(visit.at);
  if (!me.training_until || std::chrono::sys_days(*me.training_until) < std::chrono::sys_days(today))
    body += inset(html("{}", std::string_view("No training in date is on record for you. You can still do everything in an emergency. Ask your administrator to add the date.")));
  co_return answer(visit, 200, "Start", body);
}

// Never behind a sign-in, a role or the database.
asio::awaitable<Response> Console::emergency(Visit& visit) {
  Html body = heading("Someone is in danger");
  body += warning("Ring 999 first if someone is in danger now.");
  body += numbers(visit);
  body += html("<p class=\"govuk-body\">{}. You sign in for it; the numbers need nothing.</p>",
               link(Path("/emergency/write"), "Send what helps now, or write down what you said on the phone"));
  body += second_heading("What you may say at once");
  body += bullets({"who is in danger, where they are, and from what", "what they need in the next hours: medicine, allergies, a disability, who must not be told",
                   "your name and number, so that they can ring you back"});
  body += second_heading("Afterwards");
  body += paragraph("Write down whom you rang, when, and what you said. Somebody will look at it with you; nobody is blamed for ringing.");
  co_return answer(visit, 200, "Someone is in danger", body);
}

namespace {

// Guides are plain text: `# ` a heading, `- ` a line of a list, everything else a paragraph.
Html guide_html(const std::string& text) {
  Html out;
  std::vector<std::string> list;
  std::string line;
  bool first = true;
  const auto end_list = [&] {
    if (!list.empty()) out += bullets(list);
    list.clear();
  };
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("- ")) {
      list.push_back(line.substr(2));
      continue;
    }
    end_list();
    if (line.starts_with("# "))
      out += first ? heading(line.substr(2)) : second_heading(line.substr(2));
    else if (!line.empty())
      out += paragraph(line);
    if (line.starts_with("# ")) first = false;
  }
  end_list();
  return out;
}

}  // namespace

asio::awaitable<Response> Console::guide(Visit& visit) {
  const auto role = policy::from_text<Role>(visit.part(0));
  if (!role) co_return refuse(visit, 404, "Page not found", "There is no guide of that name.");
  // The name comes from our own list of roles, never from the address.
  std::string_view name = policy::text(*role);
  switch (*role) {
    case Role::ig_lead: case Role::dsl: case Role::admin: break;
    case Role::dpo: case Role::director: name = "ig_lead"; break;
    case Role::deputy_dsl: case Role::safeguarding_team: case Role::manager: name = "dsl"; break;
    default: name = "worker";
  }
  std::ifstream in(s_.guide_folder + "/" + std::string(name) + ".md", std::ios::binary);
  if (s_.guide_folder.empty() || !in) co_return refuse(visit, 404, "Page not found", "The guide is not installed here.");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  co_return answer(visit, 200, "Guide", guide_html(text));
}

}  // namespace gatehouse::gateway::console
