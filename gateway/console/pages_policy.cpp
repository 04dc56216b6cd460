// "What does our policy say?": a worker's own question, answered at once by the same decide() as everything else. There is no field for words, nothing is
// looked up and nothing is kept: nobody can be named here.
#include <algorithm>
#include <array>

#include "gateway/console/console.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/decision/explain.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::Category;
using policy::ItemOutcome;
using policy::Outcome;
using policy::Purpose;

namespace {

template <class Word>
std::vector<Choice> word_choices(const std::vector<std::string>& chosen) {
  std::vector<Choice> out;
  for (const auto word : policy::Words<Word>::list)
    out.push_back({std::string(word), spaced(word), "", std::find(chosen.begin(), chosen.end(), word) != chosen.end()});
  return out;
}

constexpr std::array<std::pair<const char*, const char*>, 5> kConsents = {{{"none", "Nobody has asked them, or nothing is written down"},
                                                                          {"written", "Yes, in writing, to exactly this"},
                                                                          {"said", "Yes, by word of mouth, to exactly this"},
                                                                          {"over", "It has run out or was taken back"},
                                                                          {"refused", "They said no"}}};

Html question_form(const Visit& visit, const Mistakes& mistakes) {
  const Form& form = visit.form;
  const auto first = [](std::string words, std::vector<Choice> list) {
    list.insert(list.begin(), Choice{"", std::move(words), "", false});
    return list;
  };
  Html inside = select("agency", "Who would you tell?", "", first("Choose", word_choices<policy::AgencyType>(form.all("agency"))));
  inside += select("purpose", "What for?", "", first("Choose", word_choices<Purpose>(form.all("purpose"))));
  inside += choices("radio", "agreement", "Do we have a sharing agreement with them?", "", {{"current", "Yes, in date", "", form.one("agreement") == "current"},
                    {"lapsed", "It has run out", "", form.one("agreement") == "lapsed"}, {"none", "No", "", form.one("agreement") == "none"},
                    {"unknown", "I do not know", "", form.one("agreement") == "unknown"}}, mistakes);
  inside += text_input({"age", "How old is the person? In years", "Leave it empty if you do not know", form.one("age"), "text", "off", "numeric", false, 3}, mistakes);
  inside += choices("radio", "understands", "Has somebody judged that they understand this decision?", "",
                    {{"competent", "Yes, they do", "", form.one("understands") == "competent"}, {"not_competent", "Yes, they do not", "", form.one("understands") == "not_competent"},
                     {"unassessed", "Nobody has judged it", "", form.one("understands") == "unassessed"}}, mistakes);
  std::vector<Choice> agreed;
  for (const auto& [word, label] : kConsents) agreed.push_back({word, label, "", form.one("consent") == word});
  inside += choices("radio", "consent", "Have they agreed?", "", agreed, mistakes);
  inside += choices("checkbox", "circumstances", "Is any of this so, and written down by one of us?", "What you only suspect: leave it, and ask the lead.",
                    word_choices<policy::CircumstanceCode>(form.all("circumstances")), mistakes);
  inside += choices("checkbox", "what", "What would you tell them?", "Only what they need for it", word_choices<Category>(form.all("what")), mistakes);
  inside += button("What does our policy say?");
  return console::form(Path("/policy-question"), visit.csrf, inside);
}

}  // namespace

asio::awaitable<Response> Console::policy_question_page(Visit& visit) {
  Html body = heading("What does our policy say?");
  body += paragraph("Ask without names. Nothing is kept of it, and nobody is looked up. You get the answer of our own confidentiality policy, with its clause.");
  body += warning("If someone is in danger now, call 999.");
  body += question_form(visit, {});
  co_return answer(visit, 200, "What does our policy say?", body);
}

asio::awaitable<Response> Console::policy_question(Visit& visit) {
  const Form& form = visit.form;
  Mistakes mistakes;
  policy::Case question;
  question.id = "question";
  question.at = visit.at;
  question.flow = policy::Flow::referral;
  question.requester.kind = policy::RequesterKind::staff;
  if (!visit.me->roles.empty()) question.requester.role = visit.me->roles.front();
  const auto today = visit.now->policies().calendar.local_date(visit.at);
  question.requester.training = !visit.me->training_until ? policy::Training::none
                                : std::chrono::sys_days(*visit.me->training_until) < std::chrono::sys_days(today) ? policy::Training::lapsed
                                                                                                                : policy::Training::current;
  question.requester.conflict = false;
  policy::Recipient recipient;
  recipient.agency = "them";
  recipient.agency_type = policy::from_text<policy::AgencyType>(form.one("agency"));
  if (!recipient.agency_type) mistakes.push_back({"agency", "Choose who you would tell"});
  recipient.agreement = policy::from_text<policy::AgreementState>(form.one("agreement"));
  question.recipient = recipient;
  question.purpose = policy::from_text<Purpose>(form.one("purpose"));
  if (!question.purpose) mistakes.push_back({"purpose", "Choose what it is for"});
  const std::string age = form.one("age");
  if (!age.empty()) {
    if (age.size() > 3 || age.find_first_not_of("0123456789") != std::string::npos || std::stoi(age) > 120)
      mistakes.push_back({"age", "Enter an age in whole years, or leave it empty"});
    else
      question.subject.age = std::stoi(age);
  }
  question.subject.competence = policy::from_text<policy::Competence>(form.one("understands")).value_or(policy::Competence::unassessed);
  std::vector<std::string> what;
  for (const auto& word : form.all("what")) {
    const auto category = policy::from_text<Category>(word);
    if (!category) continue;
    policy::Item item;
    item.id = std::to_string(question.items.size());
    item.version = 1;
    item.category = category;
    item.relevant = true;
    item.compartment = *category == Category::counselling ? policy::Compartment::counselling : policy::Compartment::none;
    item.given_in_confidence = false;
    item.withheld_from_requester = false;
    question.items.push_back(item);
    what.push_back(word);
  }
  if (question.items.empty()) mistakes.push_back({"what", "Choose at least one thing that you would tell them"});
  for (const auto& word : form.all("circumstances"))
    if (const auto code = policy::from_text<policy::CircumstanceCode>(word)) question.circumstances.push_back({*code, true});
  // What one states when sending something oneself is what one is asked for on the page that sends; here all of it is taken as said.
  for (const auto word : policy::Words<policy::Statement>::list) question.stated.push_back(*policy::from_text<policy::Statement>(word));
  const std::string agreed = form.one("consent");
  if (std::none_of(kConsents.begin(), kConsents.end(), [&](const auto& one) { return agreed == one.first; })) mistakes.push_back({"consent", "Choose one of the list"});
  if (agreed != "none" && question.purpose) {
    policy::Consent consent;
    consent.agencies = {"them"};
    consent.categories = what;
    consent.purposes = {std::string(policy::text(*question.purpose))};
    consent.form = agreed == "said" ? policy::ConsentForm::verbal : policy::ConsentForm::written;
    consent.given_by = policy::GivenBy::subject;
    consent.given = std::chrono::sys_days(today) - std::chrono::days(30);
    consent.expires = std::chrono::sys_days(today) + std::chrono::days(agreed == "over" ? -1 : 30);
    consent.refused = agreed == "refused";
    question.consents.push_back(std::move(consent));
  }
  Html body = mistakes_summary(mistakes);
  body += heading("What does our policy say?");
  if (!mistakes.empty()) {
    body += question_form(visit, mistakes);
    co_return answer(visit, 400, "Error: What does our policy say?", body);
  }

  const policy::Decision decision = policy::decide(visit.now->policies().pack, question);
  const Outcome outcome = decision.outcome();
  const std::string_view words = outcome == Outcome::release ? "You may" : outcome == Outcome::partial ? "You may tell some of it" : outcome == Outcome::withhold ? "You may not" : "Ask first";
  body += html("<div class=\"govuk-panel gh-answer\" id=\"answer\"><h2 class=\"govuk-heading-l\">{}</h2><p class=\"govuk-body\">{}</p></div>", words, decision.reason);
  if (decision.duty == policy::Duty::must_share) body += warning("This must be shared. If you are unsure how, ask the safeguarding lead now; do not wait.");
  if (!decision.refer_to.empty()) {
    std::vector<std::string> roles;
    for (const auto role : decision.refer_to) roles.emplace_back(role_words(role));
    body += second_heading("Ask one of");
    body += bullets(roles);
  }
  std::vector<std::vector<Html>> rows;
  for (const auto& item : decision.items()) {
    const auto tagged = item.outcome == ItemOutcome::release ? tag("may", "green") : item.outcome == ItemOutcome::withhold ? tag("may not", "red") : tag("ask first", "yellow");
    std::string clauses;
    for (const auto& one : item.clauses) clauses += (clauses.empty() ? "" : ", ") + one;
    rows.push_back({html("{}", item.category ? spaced(policy::text(*item.category)) : std::string("?")), tagged, html("{}", policy::plain(item.reason)), html("{}", clauses)});
  }
  body += table("Each thing you would tell", {"What", "Answer", "Why", "Clause"}, rows);
  std::vector<std::string> duties, next;
  for (const auto& one : decision.obligations())
    duties.push_back(spaced(policy::text(one.kind)) + (one.when == policy::When::before ? ", before you tell them" : one.when == policy::When::after ? ", afterwards" : ""));
  for (const auto& one : decision.near_misses) {
    std::string needs;
    for (const auto& need : one.needs) needs += (needs.empty() ? "" : ", and ") + need_words(need);
    next.push_back(needs + ". Clause " + one.rule + ".");
  }
  if (!duties.empty()) body += second_heading("What you must do");
  if (!duties.empty()) body += bullets(duties);
  if (!next.empty()) body += second_heading("What you can do next");
  if (!next.empty()) body += bullets(next);
  body += details("Every clause, in words", html("<div class=\"gh-text\">{}</div>", policy::explain(visit.now->policies().pack, question, decision)));
  body += paragraph("This is what the policy says to the facts you gave. It sends nothing. Other facts may give another answer: change them below.");
  body += warning("If someone is in danger now, call 999.");
  body += question_form(visit, {});
  co_return answer(visit, 200, "What does our policy say?", body);
}

}  // namespace gatehouse::gateway::console
