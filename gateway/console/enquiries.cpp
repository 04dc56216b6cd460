// Asking without names. The first question is whether somebody could be hurt; then what to ask and whom. What could say who is meant is marked, the author
// settles what is doubtful, and only what surely identifies stops it. The words go to whom they were written for, and to no case.
#include <algorithm>

#include "gateway/console/console.hpp"
#include "gateway/partner_api/answers.hpp"
#include "gateway/partner_api/problems.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/json_text.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::Enquiry;
using policy::EnquiryEnd;
using policy::EnquiryWay;
using policy::Instant;
using policy::Role;
using policy::StaffMember;
using policy::StoreError;

namespace {

constexpr std::size_t kMostBytes = 4000;   // bytes of a question or an answer
constexpr std::string_view kTitle = "Ask without names";

std::string new_enquiry_id(Instant at) { return "eq_" + new_request_id(at).substr(3); }

bool is_enquiry_id(std::string_view id) {
  return id.size() == 35 && id.starts_with("eq_") && id.find_first_not_of("0123456789abcdef", 3) == std::string_view::npos;
}

std::string name_of(const std::vector<StaffMember>& people, const std::string& id) {
  for (const auto& one : people)
    if (one.id == id) return one.name;
  return "somebody who has left";
}

Html dial(const std::string& number) {
  std::string digits;
  for (const char c : number)
    if ((c >= '0' && c <= '9') || (c == '+' && digits.empty())) digits += c;
  return html("<a class=\"govuk-link gh-number\" href=\"tel:{}\">{}</a>", digits, number);
}

// To whom a question went, in words.
std::string asked_of(const Visit& visit, const Enquiry& one, const std::vector<StaffMember>& people) {
  if (one.way == EnquiryWay::colleague) return name_of(people, one.colleague);
  const Partner* partner = visit.partner(one.agency);
  return partner == nullptr ? one.agency : partner->agency.name;
}

Html state_tag(const Visit& visit, const Enquiry& one) {
  if (one.deleted) return tag("Text deleted", "grey");
  if (one.ended) return tag("Finished", "grey");
  if (one.answered) return tag("Answered", "green");
  return one.answer_by <= visit.at ? tag("Ring them", "red") : tag("Waiting", "blue");
}

// What our policy says to a question without a name. The text holds no name: that was seen to before.
policy::Decision may_ask(const Visit& visit, const Partner& partner, const std::string& id) {
  policy::Case question;
  question.id = id;
  question.at = visit.at;
  question.flow = policy::Flow::hypothetical;
  question.purpose = policy::Purpose::hypothetical;
  question.requester.kind = policy::RequesterKind::staff;
  if (!visit.me->roles.empty()) question.requester.role = visit.me->roles.front();
  question.requester.conflict = false;
  const auto today = visit.now->policies().calendar.local_date(visit.at);
  question.requester.training = !visit.me->training_until ? policy::Training::none
                                : std::chrono::sys_days(*visit.me->training_until) < std::chrono::sys_days(today) ? policy::Training::lapsed
                                                                                                                : policy::Training::current;
  policy::Recipient recipient;
  recipient.agency = partner.agency.id;
  recipient.agency_type = partner.agency.type;
  recipient.agreement = partner.agreement(policy::Purpose::hypothetical, today);
  question.recipient = recipient;
  policy::Item item;
  item.id = "question";
  item.version = 1;
  item.category = policy::Category::safeguarding_concern;
  item.relevant = true;
  item.compartment = policy::Compartment::none;
  item.given_in_confidence = false;
  item.withheld_from_requester = false;
  question.items.push_back(item);
  return policy::decide(visit.now->policies().pack, question);
}

Html hurt_form(const Visit& visit, const Mistakes& mistakes) {
  Html inside = choices("radio", "hurt", "Could someone be hurt?", "Think of the child, of anybody else at home, and of what happens if nothing is done today.",
                        {{"yes", "Yes", "The safeguarding lead is told now, and you see whom to ring", false},
                         {"unsure", "I am not sure", "Then the lead is told as well: it is never wrong to say so", false},
                         {"no", "No", "", false}},
                        mistakes);
  inside += button("Go on");
  return form(Path("/enquiries/new"), visit.csrf, inside);
}

}  // namespace

asio::awaitable<Response> Console::enquiries(Visit& visit) {
  std::string me = visit.me->id;
  const auto mine = co_await s_.enquiries.enquiries_of(std::move(me));
  if (!mine) co_return broken(visit, mine.error());
  const auto people = co_await s_.staff.staff();
  if (!people) co_return broken(visit, people.error());
  Html body = heading(kTitle);
  body += paragraph("Ask a partner, somebody on the phone, or a colleague what they would do, without saying who it is about. Nothing is linked to a case.");
  body += html("<p class=\"govuk-body\"><a class=\"govuk-button\" href=\"{}\">Ask a question</a></p>", Path("/enquiries/new"));
  std::vector<std::vector<Html>> asked, put_to_me;
  for (const auto& one : *mine) {
    const std::string when = local_words(visit.now->policies().calendar, one.asked);
    if (one.author == visit.me->id)
      asked.push_back({link(Path("/enquiries/" + one.id), when), html("{}", asked_of(visit, one, *people)), state_tag(visit, one)});
    else
      put_to_me.push_back({link(Path("/enquiries/" + one.id), when), html("{}", name_of(*people, one.author)), state_tag(visit, one)});
  }
  body += asked.empty() ? inset(html("You have asked nothing yet.")) : table("What you asked", {"Asked on", "Of whom", "State"}, asked);
  if (!put_to_me.empty()) body += table("Colleagues ask you", {"Asked on", "Who asks", "State"}, put_to_me);
  co_return answer(visit, 200, kTitle, body);
}

asio::awaitable<Response> Console::could_be_hurt_page(Visit& visit) {
  Html body = heading(kTitle);
  body += hurt_form(visit, {});
  co_return answer(visit, 200, kTitle, body);
}

asio::awaitable<Response> Console::could_be_hurt(Visit& visit) {
  const std::string hurt = visit.form.one("hurt");
  if (hurt == "no") {
    const auto people = co_await s_.staff.staff();
    if (!people) co_return broken(visit, people.error());
    Form fresh;
    fresh.put("once", new_enquiry_id(visit.at));
    Html body = heading(kTitle);
    body += enquiry_form(visit, fresh, *people, {}, nullptr);
    co_return answer(visit, 200, kTitle, body);
  }
  if (hurt != "yes" && hurt != "unsure") {
    const Mistakes mistakes = {{"hurt", "Say whether someone could be hurt"}};
    Html body = mistakes_summary(mistakes);
    body += heading(kTitle);
    body += hurt_form(visit, mistakes);
    co_return answer(visit, 400, "Error: Ask without names", body);
  }
  Enquiry danger;
  danger.id = new_enquiry_id(visit.at);
  danger.author = visit.me->id;
  danger.way = EnquiryWay::danger;
  danger.asked = danger.answer_by = visit.at;
  danger.pack_sha256 = visit.now->active_pack();
  const auto told = co_await s_.enquiries.ask_enquiry(std::move(danger));
  if (!told) co_return broken(visit, told.error());
  Html body = heading("Ring now");
  body += warning("If someone is in danger now, call 999.");
  body += paragraph("The safeguarding lead has been told that you said so, and will speak to you. Do not wait for them: ring.");
  body += numbers(visit);
  body += paragraph("You will not be blamed for ringing. Write it up afterwards.");
  body += second_heading("You can still ask without names");
  Html inside = html("<input type=\"hidden\" name=\"hurt\" value=\"no\">");
  inside += button("Write a question all the same", "secondary");
  body += form(Path("/enquiries/new"), visit.csrf, inside);
  co_return answer(visit, 200, "Ring now", body);
}

Html Console::enquiry_form(const Visit& visit, const Form& typed, const std::vector<StaffMember>& people, const Mistakes& mistakes, const CheckedText* checked) const {
  Html inside = html("<input type=\"hidden\" name=\"once\" value=\"{}\">", typed.one("once"));
  inside += text_area({"text", "What do you want to ask?", "What happened, how old, who is who to whom. No names, numbers, schools, places or dates. At most 4,000 characters.", typed.one("text"),
                       "text", "off", ""}, mistakes, 8);
  inside += html("<div id=\"as-you-type\" role=\"status\" aria-live=\"polite\"></div>");
  if (checked != nullptr) {
    inside += second_heading(checked->marks.empty() ? "Nothing was found that could say who it is" : "This could say who it is");
    inside += marked_text(typed.one("text"), *checked);
    std::vector<Choice> doubtful;
    std::vector<std::string> definite;
    const auto fine = typed.all("fine");
    for (const auto& mark : checked->marks) {
      const std::string words = mark.words.size() > 120 ? mark.words.substr(0, mark.words.find(' ', 100)) + " …" : mark.words;
      if (mark.definite)
        definite.push_back("“" + words + "”: " + mark.suggestion);
      else if (std::none_of(doubtful.begin(), doubtful.end(), [&](const auto& one) { return one.value == mark.id; }))
        doubtful.push_back({mark.id, "“" + words + "” says of nobody who it is", "Else: " + mark.suggestion, std::find(fine.begin(), fine.end(), mark.id) != fine.end()});
    }
    if (!definite.empty()) inside += html("<h3 class=\"govuk-heading-s\">Take these out</h3>{}", bullets(definite));
    if (!doubtful.empty()) inside += choices("checkbox", "fine", "Check each of these", "Tick what may stay. Change the text where it may not.", doubtful, mistakes);
    if (!checked->marks.empty()) inside += button("Put general words in their place", "secondary", "do", "replace");
    inside += inset(html("Hidden names do not make a story anonymous. Would somebody who knows the family know who it is?"));
  }
  std::vector<Choice> agencies = {{"", "Choose", "", false}}, colleagues = {{"", "Choose", "", false}};
  for (const auto& partner : visit.now->partners())
    agencies.push_back({partner.agency.id, partner.agency.name, "", typed.one("agency") == partner.agency.id});
  for (const auto& one : people) {
    if (one.state != policy::StaffState::active || one.id == visit.me->id) continue;
    std::string roles;
    for (const Role role : one.roles) roles += (roles.empty() ? "" : ", ") + std::string(role_words(role));
    colleagues.push_back({one.id, one.name + " (" + roles + ")", "", typed.one("colleague") == one.id});
  }
  inside += choices("radio", "way", "Whom do you ask?", "",
                    {{"partner", "A partner, in writing", "It goes on their list. They should answer within 2 working hours; then you ring.", typed.one("way") == "partner"},
                     {"phone", "A partner, by phone", "You get a script, and note what they say.", typed.one("way") == "phone"},
                     {"colleague", "A colleague or the lead, without names", "They see it here.", typed.one("way") == "colleague"}},
                    mistakes);
  inside += select("agency", "Which partner? (in writing or by phone)", "", agencies);
  inside += select("colleague", "Which colleague?", "", colleagues);
  inside += html("<div class=\"govuk-button-group\">{}{}</div>", button("Ask", "", "do", "send"), button("Check the text first", "secondary", "do", "check"));
  Html out = html("<form method=\"post\" action=\"{}\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", Path("/enquiries/write"), visit.csrf, inside);
  if (const std::string script = assets_.address("enquiries.js"); !script.empty()) out += html("<script src=\"{}\" defer></script>", Path(script));
  return out;
}

// Opened after signing in again, or from a link: what was being written, else from the beginning.
asio::awaitable<Response> Console::write_enquiry_page(Visit& visit) {
  std::string owner = visit.me->id, place = visit.request.path;
  const auto draft = co_await s_.staff.draft(std::move(owner), std::move(place));
  if (!draft) co_return broken(visit, draft.error());
  const auto kept = draft->empty() ? std::nullopt : Form::read(*draft);
  if (!kept) co_return go_to(Path("/enquiries/new"));
  const auto people = co_await s_.staff.staff();
  if (!people) co_return broken(visit, people.error());
  Html body = heading(kTitle);
  body += notice("Kept for you", paragraph("Your session had ended. What you wrote is below; it was not sent."));
  body += enquiry_form(visit, *kept, *people, {}, nullptr);
  co_return answer(visit, 200, kTitle, body);
}

asio::awaitable<Response> Console::write_enquiry(Visit& visit) {
  Form typed = visit.form;
  if (!is_enquiry_id(typed.one("once"))) co_return go_to(Path("/enquiries/new"));
  const auto people = co_await s_.staff.staff();
  if (!people) co_return broken(visit, people.error());
  const std::string text = typed.one("text"), what = typed.one("do");
  Mistakes mistakes;
  std::optional<CheckedText> checked;
  if (text.empty())
    mistakes.push_back({"text", "Write your question"});
  else if (text.size() > kMostBytes)
    mistakes.push_back({"text", "Write it in 4,000 characters or fewer"});
  else {
    auto looked = check_enquiry(text);
    if (looked)
      checked = std::move(*looked);
    else
      mistakes.push_back({"text", "The text could not be checked for names, so it cannot be sent. Ask by phone"});
  }
  if (what == "replace" && checked) {
    Form replaced;
    for (const char* name : {"once", "way", "agency", "colleague"}) replaced.put(name, typed.one(name));
    replaced.put("text", checked->generalised);
    auto again = check_enquiry(checked->generalised);
    Html body = heading(kTitle);
    body += enquiry_form(visit, replaced, *people, {}, again ? &*again : nullptr);
    co_return answer(visit, 200, kTitle, body);
  }
  const auto way = policy::from_text<EnquiryWay>(typed.one("way"));
  const Partner* partner = visit.partner(typed.one("agency"));
  const auto colleague = std::find_if(people->begin(), people->end(), [&](const StaffMember& one) {
    return one.id == typed.one("colleague") && one.state == policy::StaffState::active && one.id != visit.me->id;
  });
  if (what == "send") {
    if (!way || *way == EnquiryWay::danger) mistakes.push_back({"way", "Choose whom you ask"});
    else if (*way == EnquiryWay::colleague && colleague == people->end()) mistakes.push_back({"colleague", "Choose which colleague"});
    else if (*way != EnquiryWay::colleague && partner == nullptr) mistakes.push_back({"agency", "Choose which partner"});
    if (checked) {
      const auto fine = typed.all("fine");
      std::size_t definite = 0, doubtful = 0;
      for (const auto& mark : checked->marks) {
        if (mark.definite) ++definite;
        else if (std::find(fine.begin(), fine.end(), mark.id) == fine.end()) ++doubtful;
      }
      if (definite > 0) mistakes.push_back({"text", "Take out what says who it is: it is marked below the text"});
      if (doubtful > 0) mistakes.push_back({"fine", "Check each mark: change the text, or tick that it may stay"});
      if (checked->unsure && definite == 0 && doubtful == 0) mistakes.push_back({"text", "A name or number still shows through. Write that part in other words, or ask by phone"});
    }
  }
  if (what != "send" || !mistakes.empty()) {
    Html body = mistakes_summary(mistakes);
    body += heading(kTitle);
    body += enquiry_form(visit, typed, *people, mistakes, checked ? &*checked : nullptr);
    co_return mistakes.empty() ? answer(visit, 200, kTitle, body) : answer(visit, 400, "Error: Ask without names", body);
  }

  Enquiry question;
  question.id = typed.one("once");
  question.author = visit.me->id;
  question.way = *way;
  if (*way == EnquiryWay::colleague) question.colleague = colleague->id;
  else question.agency = partner->agency.id;
  question.text = text;
  question.asked = visit.at;
  question.answer_by = enquiry_due(visit.now->policies().calendar, visit.at);
  question.pack_sha256 = visit.now->policies().pack.identity().sha256;
  if (!visit.now->pack_approved()) co_return broken(visit, StoreError::unavailable);
  // Among colleagues nothing leaves, and whoever may not ask outside for want of training must be able to ask inside.
  const bool inside = *way == EnquiryWay::colleague;
  const policy::Decision decision = inside ? policy::Decision() : may_ask(visit, *partner, question.id);
  if (!inside && decision.outcome() != policy::Outcome::anonymised) {
    Html body = heading("Ask first");
    body += paragraph(decision.reason);
    std::vector<std::string> roles;
    for (const Role role : decision.refer_to) roles.emplace_back(role_words(role));
    if (roles.empty()) roles.emplace_back(role_words(Role::ig_lead));
    body += bullets(roles);
    body += paragraph("Nothing was sent. You can ask a colleague or the lead here without names, whatever your training.");
    body += enquiry_form(visit, typed, *people, {}, nullptr);
    co_return answer(visit, 403, "Ask first", body);
  }
  const std::string id = question.id;
  const auto asked = co_await s_.enquiries.ask_enquiry(std::move(question));
  if (!asked) co_return broken(visit, asked.error());
  std::string owner = visit.me->id, place = visit.request.path;
  const auto dropped = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::string(), visit.at);
  if (!dropped) co_return broken(visit, dropped.error());
  co_return go_to(Path("/enquiries/" + id));
}

// For the page while it is written in. Says what the page says on submit, and keeps nothing.
asio::awaitable<Response> Console::enquiry_marks(Visit& visit) {
  const std::string text = visit.form.exact("text");
  policy::JsonText json;
  json.open_object().key("marks").open_array();
  if (text.size() <= kMostBytes)
    if (const auto checked = check_enquiry(text))
      for (const auto& mark : checked->marks)
        json.open_object().field("words", mark.words).field("suggestion", mark.suggestion).key("definite").flag(mark.definite).close_object();
  json.close_array().close_object();
  Response out(200);
  out.set("content-type", "application/json");
  out.body = json.take();
  co_return out;
}

Html Console::enquiry_body(const Visit& visit, const Enquiry& one, const std::vector<StaffMember>& people, const Mistakes& mistakes) const {
  const auto& calendar = visit.now->policies().calendar;
  const bool mine = one.author == visit.me->id;
  const Partner* partner = visit.partner(one.agency);
  Html body = mistakes_summary(mistakes);
  body += heading("A question without names");
  body += summary_list({{mine ? "You asked" : "Asked by", html("{}", mine ? asked_of(visit, one, people) : name_of(people, one.author))},
                        {"On", html("{}", local_words(calendar, one.asked))}, {"State", state_tag(visit, one)}});
  if (one.deleted) {
    body += inset(html("{}", std::string_view("The text was deleted 30 days after you finished with it. That you asked, and when, stays.")));
    return body;
  }
  body += second_heading("The question");
  body += html("<div class=\"gh-text\">{}</div>", one.text);

  const auto post = [&](const Html& inside, bool draft) {
    return draft ? html("<form method=\"post\" action=\"{}\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", Path("/enquiries/" + one.id), visit.csrf, inside)
                 : form(Path("/enquiries/" + one.id), visit.csrf, inside);
  };
  const bool may_answer = !one.answered && !one.ended && visit.me->id == (one.way == EnquiryWay::colleague ? one.colleague : one.author);
  if (!one.answered && !one.ended) {
    if (one.way == EnquiryWay::partner && mine) {
      if (one.answer_by <= visit.at)
        body += html("<div class=\"govuk-warning-text\"><span class=\"govuk-warning-text__icon\" aria-hidden=\"true\">!</span><strong class=\"govuk-warning-text__text\">"
                     "They have not answered in 2 working hours. Ring {}</strong></div>",
                     partner == nullptr ? dial(visit.now->settings().organisation.duty_number) : dial(partner->agency.directory_number));
      else
        body += paragraph("They should answer by " + local_words(calendar, one.answer_by) + ". After that this page tells you to ring them.");
    }
    if (one.way == EnquiryWay::colleague && mine) {
      body += paragraph("They see it when they sign in. If you have not heard by " + local_words(calendar, one.answer_by) + ", speak to them or to the safeguarding lead.");
      if (one.answer_by <= visit.at) body += warning("They have not answered in 2 working hours. Speak to them, or to the safeguarding lead.");
    }
    if (one.way == EnquiryWay::phone && mine && partner != nullptr) {
      body += second_heading("What to say");
      body += html("<p class=\"govuk-body\">Ring {} on {}, the number in our directory.</p>", partner->agency.name, dial(partner->agency.directory_number));
      body += bullets({"Say your name and where you work. “I would like advice. I will not say who it is about.”", "Read the question above, and no more than it says.",
                       "If they ask for a name: “I cannot say. Please answer as if it were anybody.”",
                       "If they say that somebody could be hurt: thank them, ring off, and ring the safeguarding lead.", "Ask for their name and post, and note what they said."});
    }
  }
  if (may_answer) {
    Html inside = text_area({"words", one.way == EnquiryWay::colleague ? "Your answer" : "What they said", one.way == EnquiryWay::colleague ? "Name nobody" : "Who said it, and what. Name nobody it is about.",
                             visit.form.one("words"), "text", "off", ""}, mistakes, 5);
    inside += button("Write it down", "", "do", "answer");
    body += one.way == EnquiryWay::partner ? details("They told me by phone", post(inside, true)) : post(inside, true);
  }
  if (one.answered) {
    body += second_heading("The answer");
    body += html("<p class=\"govuk-body\">{} on {}.</p>", one.answered_by.empty() ? asked_of(visit, one, people) + " wrote" : name_of(people, one.answered_by) + " wrote it down",
                 local_words(calendar, *one.answered));
    body += html("<div class=\"gh-text\">{}</div>", one.answer);
  }
  if (!mine) return body;
  if (!one.ended) {
    if (one.answered) {
      body += second_heading("What do you do with it?");
      body += paragraph("Until you say, the text stays. Then it is deleted after 30 days.");
      Html inside = html("<div class=\"govuk-button-group\">{}{}{}</div>", button("Save this advice to a record", "", "do", "saved"), button("They said refer", "", "do", "referred"),
                         button("Nothing to keep", "secondary", "do", "nothing_to_keep"));
      body += post(inside, false);
    } else {
      body += post(button("I no longer need an answer", "secondary", "do", "nothing_to_keep"), false);
    }
    return body;
  }
  if (one.end == EnquiryEnd::saved || one.end == EnquiryEnd::referred) {
    body += second_heading(one.end == EnquiryEnd::saved ? "Put it on the record" : "Make the referral");
    body += paragraph(one.end == EnquiryEnd::saved ? "Take the text with you into the record of the child or family. It says what was asked and advised, and nothing that leads from there to this question."
                                                   : "Ring first, and say that you were advised to refer. The referral is a step of its own and names who it is about; take the text with you.");
    if (one.end == EnquiryEnd::referred) body += numbers(visit);
    body += html("<p class=\"govuk-body\">{}</p>", link(Path("/enquiries/" + one.id + "/advice"), "The question and the advice as a text file"));
  }
  body += inset(html("{}", "The text here is deleted on " + date_words(calendar.local_date(*one.ended + std::chrono::days(30))) + "."));
  return body;
}

asio::awaitable<Response> Console::enquiry_page(Visit& visit) {
  std::string id = visit.part(0), me = visit.me->id;
  const auto found = co_await s_.enquiries.enquiry(std::move(id), std::move(me));
  if (!found) co_return broken(visit, found.error());
  if (!*found) co_return refuse(visit, 404, "Page not found", "There is no such question, or it is not yours.");
  const auto people = co_await s_.staff.staff();
  if (!people) co_return broken(visit, people.error());
  std::string owner = visit.me->id, place = visit.request.path;
  const auto draft = co_await s_.staff.draft(std::move(owner), std::move(place));
  if (!draft) co_return broken(visit, draft.error());
  if (!draft->empty())
    if (auto kept = Form::read(*draft)) visit.form = std::move(*kept);
  co_return answer(visit, 200, "A question without names", enquiry_body(visit, **found, *people, {}));
}

asio::awaitable<Response> Console::settle_enquiry(Visit& visit) {
  const std::string enquiry_id = visit.part(0);
  std::string id = enquiry_id, me = visit.me->id;
  const auto found = co_await s_.enquiries.enquiry(std::move(id), std::move(me));
  if (!found) co_return broken(visit, found.error());
  if (!*found) co_return refuse(visit, 404, "Page not found", "There is no such question, or it is not yours.");
  const std::string what = visit.form.one("do"), words = visit.form.one("words");
  bool done = false;
  if (what == "answer") {
    Mistakes mistakes;
    if (words.empty()) mistakes.push_back({"words", "Write the answer"});
    if (words.size() > kMostBytes) mistakes.push_back({"words", "Write it in 4,000 characters or fewer"});
    // Here nobody is named either: what surely identifies does not come in by the answer.
    if (mistakes.empty()) {
      const auto checked = check_enquiry(words);
      if (!checked) mistakes.push_back({"words", "The text could not be checked for names, so it cannot be kept here"});
      else
        for (const auto& mark : checked->marks)
          if (mark.definite && mark.kind != "DATETIME" && mark.kind != "DEM") {
            mistakes.push_back({"words", "Take out “" + mark.words + "”: " + mark.suggestion});
            break;
          }
    }
    if (!mistakes.empty()) {
      const auto people = co_await s_.staff.staff();
      if (!people) co_return broken(visit, people.error());
      co_return answer(visit, 400, "Error: A question without names", enquiry_body(visit, **found, *people, mistakes));
    }
    std::string which = enquiry_id, who = visit.me->id, said = words;
    const auto noted = co_await s_.enquiries.note_answer(std::move(which), std::move(who), std::move(said), visit.at);
    if (!noted) co_return broken(visit, noted.error());
    done = *noted;
  } else {
    const auto end = policy::from_text<EnquiryEnd>(what);
    const bool known = end && *end != EnquiryEnd::open && *end != EnquiryEnd::seen;
    if (!known || ((*end == EnquiryEnd::saved || *end == EnquiryEnd::referred) && !(*found)->answered))
      co_return refuse(visit, 400, "Nothing was chosen", "Go back and press one of the buttons.");
    std::string which = enquiry_id, who = visit.me->id;
    const auto ended = co_await s_.enquiries.end_enquiry(std::move(which), std::move(who), *end, visit.at);
    if (!ended) co_return broken(visit, ended.error());
    done = *ended;
  }
  // A second press, or an answer that came meanwhile: the page shows which.
  if (!done && what == "answer" && (*found)->answered == std::nullopt)
    co_return refuse(visit, 409, "It is answered already", "An answer came while you were writing, or it is not yours to answer. Yours was not kept: open the question again.");
  std::string owner = visit.me->id, place = visit.request.path;
  const auto dropped = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::string(), visit.at);
  if (!dropped) co_return broken(visit, dropped.error());
  co_return go_to(Path("/enquiries/" + enquiry_id));
}

// What is carried on. It holds no id of the question: nothing in a record leads back to it.
asio::awaitable<Response> Console::advice_file(Visit& visit) {
  std::string id = visit.part(0), me = visit.me->id;
  const auto found = co_await s_.enquiries.enquiry(std::move(id), std::move(me));
  if (!found) co_return broken(visit, found.error());
  if (!*found || (*found)->author != visit.me->id || !(*found)->answered || (*found)->deleted)
    co_return refuse(visit, 404, "Page not found", "There is no advice to take with you, or it is not yours.");
  const auto people = co_await s_.staff.staff();
  if (!people) co_return broken(visit, people.error());
  const auto& one = **found;
  const auto& calendar = visit.now->policies().calendar;
  Response out(200);
  out.set("content-type", "text/plain; charset=utf-8");
  out.set("content-disposition", "attachment; filename=\"advice.txt\"");
  out.body = "Advice asked for without names\n\nAsked on " + local_words(calendar, one.asked) + " by " + visit.me->name + " of " + asked_of(visit, one, *people) + ":\n\n" + one.text +
             "\n\nAnswered on " + local_words(calendar, *one.answered) + ":\n\n" + one.answer + "\n";
  co_return out;
}

asio::awaitable<Response> Console::dangers_waiting(Visit& visit) {
  const auto waiting = co_await s_.enquiries.dangers();
  if (!waiting) co_return broken(visit, waiting.error());
  const auto people = co_await s_.staff.staff();
  if (!people) co_return broken(visit, people.error());
  Html body = heading("Someone could be hurt");
  body += paragraph("These colleagues began to ask a question without names and said that someone could be hurt, or that they were not sure. Speak to each of them now.");
  if (waiting->empty()) body += inset(html("Nobody waits for you."));
  for (const auto& one : *waiting) {
    Html inside = html("<input type=\"hidden\" name=\"id\" value=\"{}\"><p class=\"govuk-body\">{} said so on {}.</p>", one.id, name_of(*people, one.author),
                       local_words(visit.now->policies().calendar, one.asked));
    inside += button("I have spoken to " + name_of(*people, one.author));
    body += form(Path("/enquiries/dangers"), visit.csrf, inside);
  }
  co_return answer(visit, 200, "Someone could be hurt", body);
}

asio::awaitable<Response> Console::danger_seen(Visit& visit) {
  if (!is_enquiry_id(visit.form.one("id"))) co_return refuse(visit, 400, "Nothing was chosen", "Go back and press one of the buttons.");
  std::string id = visit.form.one("id"), me = visit.me->id;
  const auto seen = co_await s_.enquiries.end_enquiry(std::move(id), std::move(me), EnquiryEnd::seen, visit.at);
  if (!seen) co_return broken(visit, seen.error());
  co_return go_to(Path("/enquiries/dangers"));
}

}  // namespace gatehouse::gateway::console
