// An emergency, in two screens: who, from what, whom we tell, three lines of one's own; then what was done and what to say on the phone. No approval, no
// training date stands in the way; what follows is looked at afterwards, always. Await, decide, await, as for a partner's request.
#include <algorithm>

#include "crypto/keys.hpp"
#include "gateway/console/console.hpp"
#include "gateway/partner_api/answers.hpp"
#include "gateway/partner_api/question.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/json_text.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::CircumstanceCode;
using policy::StoreError;

namespace {

constexpr std::size_t kLongestLines = 600;
struct Danger {
  CircumstanceCode code;
  std::string_view words;
};
constexpr std::array dangers = {
    Danger{CircumstanceCode::significant_harm_child, "A child is being hurt, or is about to be"},
    Danger{CircumstanceCode::life_threatened, "Somebody may be killed or badly hurt"},
    Danger{CircumstanceCode::suicide_or_self_harm, "They may kill or hurt themselves"},
    Danger{CircumstanceCode::urgent_medical, "They need a doctor now"},
    Danger{CircumstanceCode::terrorised_by_abuser, "They are in fear of somebody who hurts them"},
    Danger{CircumstanceCode::harm_to_another, "They may hurt somebody else"},
};

// Who can act on an emergency.
bool can_act(policy::AgencyType type) {
  using enum policy::AgencyType;
  return type == police || type == ambulance || type == nhs_trust || type == mash || type == la_childrens || type == fire;
}

// The question as a partner's own would be stored, so that whoever looks at it afterwards sees the same page as for every other request.
std::string question_text(const Visit& visit, const std::string& danger) {
  policy::JsonText json;
  json.open_object().field("purpose", "emergency");
  json.key("subject").open_object();
  for (const char* name : {"nhs_number", "given_name", "family_name", "date_of_birth"})
    if (const std::string value = visit.form.one(name); !value.empty()) json.field(name, value);
  json.close_object();
  json.key("circumstances").open_array().text(danger).close_array();
  json.field("urgency", "emergency");
  json.key("worker").open_object().field("name", visit.me->name).field("post", "works here").field("contact", visit.now->settings().organisation.duty_number).close_object();
  json.close_object();
  return json.take();
}

}  // namespace

Html Console::emergency_form(const Visit& visit, const Form& typed, const Mistakes& mistakes) const {
  Html body = mistakes_summary(mistakes);
  body += heading("Send what helps now");
  body += warning("Ring 999 first if someone is in danger now. This page can wait.");
  std::vector<Choice> partners, list;
  for (const auto& one : visit.now->partners())
    if (can_act(one.agency.type)) partners.push_back({one.agency.id, one.agency.name, "", typed.one("agency") == one.agency.id});
  for (const auto& one : dangers) list.push_back({std::string(policy::text(one.code)), std::string(one.words), "", typed.one("danger") == policy::text(one.code)});
  const std::string once = typed.one("once").size() == 32 ? typed.one("once") : crypto::hex(crypto::sha256(crypto::random_bytes(32))).substr(0, 32);
  Html inside = html("<input type=\"hidden\" name=\"once\" value=\"{}\">", once);
  inside += choices("radio", "danger", "What is the danger?", "", list, mistakes);
  inside += choices("radio", "agency", "Whom do you tell?", "", partners, mistakes);
  inside += text_input({"given_name", "First name", "", typed.one("given_name"), "text", "off", ""}, mistakes);
  inside += text_input({"family_name", "Family name", "", typed.one("family_name"), "text", "off", ""}, mistakes);
  inside += text_input({"date_of_birth", "Date of birth, if you know it", "Year-month-day, for example 2012-03-09", typed.one("date_of_birth"), "text", "off", "", false, 10}, mistakes);
  inside += text_input({"nhs_number", "NHS number, if you know it", "With it we can find their record and send what helps from it", typed.one("nhs_number"), "text", "off", "numeric", false, 20},
                       mistakes);
  inside += text_area({"lines", "What must they know? Three lines of your own", "Where they are, from what, who must not be told. It goes as you write it.", typed.one("lines"), "text", "off", ""},
                      mistakes, 3);
  inside += button("Send it now", "warning", "how", "send");
  inside += button("I told them by phone", "secondary", "how", "phone");
  body += html("<form method=\"post\" action=\"/emergency/write\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", visit.csrf, inside);
  body += second_heading("Numbers");
  body += numbers(visit);
  return body;
}

asio::awaitable<Response> Console::emergency_write_page(Visit& visit) {
  std::string owner = visit.me->id, place = visit.request.path;
  const auto draft = co_await s_.staff.draft(std::move(owner), std::move(place));
  Form typed;
  // A draft that cannot be read stops nobody here.
  if (draft && !draft->empty())
    if (auto kept = Form::read(*draft)) typed = std::move(*kept);
  co_return answer(visit, 200, "Send what helps now", emergency_form(visit, typed, {}));
}

asio::awaitable<Response> Console::emergency_write(Visit& visit) {
  const bool phone = visit.form.one("how") == "phone";
  const std::string lines = visit.form.one("lines"), once = visit.form.one("once"), danger = visit.form.one("danger");
  Mistakes mistakes;
  const auto known = std::find_if(dangers.begin(), dangers.end(), [&](const Danger& one) { return policy::text(one.code) == danger; });
  if (known == dangers.end()) mistakes.push_back({"danger", "Choose what the danger is"});
  const Partner* const partner = visit.partner(visit.form.one("agency"));
  if (partner == nullptr || !can_act(partner->agency.type)) mistakes.push_back({"agency", "Choose whom you tell"});
  if (lines.empty()) mistakes.push_back({"lines", "Write what they must know"});
  if (lines.size() > kLongestLines) mistakes.push_back({"lines", "Write it in 600 characters or fewer"});
  if (const std::string born = visit.form.one("date_of_birth"); !born.empty() && !policy::read_date(born))
    mistakes.push_back({"date_of_birth", "Enter a date as year-month-day, or leave it empty"});
  if (visit.form.one("nhs_number").empty() && (visit.form.one("given_name").empty() || visit.form.one("family_name").empty()))
    mistakes.push_back({"given_name", "Enter both names, or the NHS number"});
  auto asked = mistakes.empty() ? read_asked(question_text(visit, danger)) : std::unexpected(policy::Error());
  if (mistakes.empty() && !asked) mistakes.push_back({"given_name", "A name or a number is too long"});
  if (!mistakes.empty()) co_return answer(visit, 400, "Error: Send what helps now", emergency_form(visit, visit.form, mistakes));

  const std::string id = new_request_id(visit.at), release_id = release_of(id);
  bool sent = false;
  for (int again = 0; again <= 3; ++again) {
    auto now = again == 0 ? visit.now : s_.keeper.load();
    const Partner* const to = now->partner(visit.form.one("agency"));
    if (to == nullptr || !now->pack_approved()) break;
    auto query = evidence_query(*asked, *to, id, visit.at);
    query.conflict_with_candidates = true;
    auto evidence = co_await s_.store.evidence(std::move(query));
    if (!evidence) co_return broken(visit, evidence.error());
    policy::Case question = as_case(*now, *asked, *to, *evidence, id, visit.at);
    question.flow = policy::Flow::referral;
    question.requester = policy::Requester();
    question.requester.kind = policy::RequesterKind::staff;
    if (!visit.me->roles.empty()) question.requester.role = visit.me->roles.front();
    question.requester.conflict = evidence->conflict;
    question.recipient = policy::Recipient();
    question.recipient->agency = to->agency.id;
    question.recipient->agency_type = to->agency.type;
    question.recipient->agreement = to->agreement(policy::Purpose::emergency, now->policies().calendar.local_date(visit.at));
    // Our own staff say so, having seen it: that is evidence, and it is looked at afterwards.
    std::erase_if(question.circumstances, [&](const auto& one) { return one.code == known->code; });
    question.circumstances.push_back({known->code, true});
    question.urgency = policy::Urgency::emergency;
    question.emergency = true;
    policy::Decision decision = policy::decide(now->policies().pack, question);

    std::optional<policy::Release> package;
    const PartnerRecipient* recipient = to->recipient(visit.at);
    if (!phone && decision.may_send() && evidence->matched == policy::Matched::one && !evidence->conflict && recipient != nullptr) {
      auto wanted = released_items(decision, *evidence);
      const auto found = co_await s_.records.find(std::move(wanted));
      if (!found && found.error() == policy::SourceError::changed) continue;
      if (!found) co_return broken(visit, StoreError::unavailable);
      Cut cut = cut_down(*now, *asked, decision, *found, to->agency.type, prepared_, visit.at);
      decision = cut.decision;
      // Structured fields only: nobody has read the texts for other people.
      for (auto& item : cut.items) {
        std::size_t kept = 0;
        for (std::size_t f = 0; f < item.fields.size(); ++f) {
          if (item.readings[f] == policy::Reading::text) continue;
          if (kept != f) item.fields[kept] = std::move(item.fields[f]), item.readings[kept] = item.readings[f];
          ++kept;
        }
        item.fields.resize(kept);
        item.readings.resize(kept);
      }
      std::erase_if(cut.items, [](const auto& item) { return item.fields.empty(); });
      if (!cut.blocked && !cut.items.empty() && decision.may_send()) {
        std::string plain = package_text(*asked, cut, release_id);
        policy::JsonText note;
        note.open_object().field("in_the_words_of_the_worker", lines).close_object();
        plain.back() = ',';
        plain += note.take().substr(1);
        const SealFor what = seal_for(*now, *to, *recipient, policy::Purpose::emergency, decision, release_id, visit.at);
        auto sealed = seal_package(what, std::move(plain), s_.release_key);
        if (!sealed) co_return broken(visit, StoreError::unavailable);
        package = std::move(*sealed);
      }
    }

    policy::Entry entry = entry_of(*now, *asked, *to, *evidence, question, decision, visit.at);
    from_this_page(entry, "emergency-" + visit.me->id, once, visit.at);
    entry.request_json = question_text(visit, danger);
    entry.page_lead = true;
    sent = package.has_value();
    // Always looked at afterwards: it stays in the list until somebody has written what they made of it.
    entry.review_words = std::string("Our own emergency, ") + (phone ? "told by phone" : sent ? "sent" : "not sent by machine") + " by " + visit.me->name + ": " + lines;
    entry.release = std::move(package);
    auto written = co_await s_.store.commit(std::move(evidence->token), std::move(entry));  // the output gate
    if (!written) co_return broken(visit, written.error());
    if (written->kind == policy::Committed::Kind::stale) {
      const bool fresh = co_await s_.keeper.refresh();
      if (!fresh) co_return broken(visit, StoreError::unavailable);
      continue;
    }
    if (written->kind != policy::Committed::Kind::written && written->kind != policy::Committed::Kind::same_request) break;
    std::string number = written->request_id, agency = to->agency.id, owner = visit.me->id, place = visit.request.path;
    if (written->kind == policy::Committed::Kind::same_request) {
      std::string first = number;
      const auto before = co_await s_.store.request(std::move(first), std::move(agency));
      if (!before || !*before) co_return broken(visit, StoreError::unavailable);
      sent = !(**before).release_id.empty();
    } else if (sent) {
      s_.metrics.count(Metrics::Event::released);
    }
    const auto dropped = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::string(), visit.at);
    (void)dropped;  // a draft that stays is no reason to say that it failed
    const std::string_view title = phone ? "It is written down" : sent ? "It is on its way" : "Ring them now";
    Html body = heading(title);
    if (phone) {
      body += paragraph("You told them by phone. What you wrote is in the log.");
    } else if (sent) {
      body += paragraph("What helps now, and your lines, wait for them, sealed. Ring them and give the number below: with it they fetch it at once.");
    } else {
      body += warning("Nothing could be sent by machine. Ring now and tell them what you wrote.");
    }
    body += summary_list({{"Ring", html("<a class=\"govuk-link gh-number\" href=\"tel:{}\">{}</a>", std::string_view(to->agency.directory_number), std::string_view(to->agency.directory_number))},
                          {"Whom", html("{}", std::string_view(to->agency.name))},
                          {"Number to give", html("<code class=\"gh-key\" id=\"number\">{}</code>", std::string_view(number))}});
    body += paragraph("The safeguarding lead is told now. Somebody looks at it with you afterwards; nobody is blamed for ringing.");
    body += second_heading("Other numbers");
    body += numbers(visit);
    co_return answer(visit, 200, title, body);
  }
  co_return broken(visit, StoreError::unavailable);
}

}  // namespace gatehouse::gateway::console
