// Somebody has asked us, by telephone, e-mail, letter or at the door. Who took it keys it in; the same decision, queue and log follow as for a partner's own
// request; what may be said is shown when it may be said, with the script to say it by; and what was said is written down. Await, decide, await.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/keys.hpp"
#include "gateway/console/console.hpp"
#include "gateway/partner_api/answers.hpp"
#include "gateway/partner_api/question.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/json_text.hpp"
#include "policy/ports/request_life.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::StoreError;

namespace {

constexpr std::string_view kTitle = "Someone has asked us", kOne = "What we were asked";
constexpr std::size_t kLongestName = 200, kLongestStated = 1000, kLongestSaid = 2000;

struct Way {
  std::string_view word, choice, how;
};
constexpr std::array ways = {
    Way{"phone", "By telephone", "by telephone"},
    Way{"email", "By e-mail", "by e-mail"},
    Way{"letter", "By letter", "by letter"},
    Way{"in_person", "Face to face", "face to face"},
};

// What a partner says of its own purpose, in the words of a screen. The order is the one of the form.
struct Says {
  policy::Statement statement;
  std::string_view label;
};
constexpr std::array says = {
    Says{policy::Statement::why_necessary, "Why they need it"},
    Says{policy::Statement::intended_use, "What they will do with it"},
    Says{policy::Statement::why_not_from_subject, "Why they do not ask the person themselves"},
    Says{policy::Statement::public_task, "Which task of theirs it is for"},
    Says{policy::Statement::statutory_power, "Which law lets them ask"},
    Says{policy::Statement::case_reference, "Their case reference"},
    Says{policy::Statement::crime_reference, "Their crime reference"},
    Says{policy::Statement::offence_code, "Their code for the offence"},
    Says{policy::Statement::authoriser, "Who at their end has agreed to ask (rank or post)"},
    Says{policy::Statement::identity_checked, "How they know that it is the same person"},
    Says{policy::Statement::clinical_need, "What they need it for in treating the person"},
    Says{policy::Statement::victim_request_tests, "Where it is about a victim: why it is needed to investigate, and nothing less would do"},
    Says{policy::Statement::victim_notice, "Where it is about a victim: what the victim was told"},
    Says{policy::Statement::counselling_rebuttal, "Where it is about counselling notes: why they are needed in spite of everything"},
};
static_assert(says.size() == policy::count_of<policy::Statement>());

std::string_view label_of(policy::Statement statement) {
  const auto found = std::find_if(says.begin(), says.end(), [&](const Says& one) { return one.statement == statement; });
  return found == says.end() ? policy::text(statement) : found->label;
}

// What a partner asks of itself for itself. Not a purpose of the people or parents of a file, nor of our own staff.
bool asked_by_partners(policy::Purpose purpose) {
  using enum policy::Purpose;
  return purpose != hypothetical && purpose != subject_access && purpose != statistical_return;
}

// The request as a partner would have sent it: the lead sees the same page, and it is decided by the same reader.
std::string request_text(const Form& form) {
  policy::JsonText json;
  json.open_object().field("purpose", form.one("purpose"));
  json.key("subject").open_object();
  for (const char* name : {"nhs_number", "given_name", "family_name", "date_of_birth", "agency_reference"})
    if (const std::string value = form.one(name); !value.empty()) json.field(name, value);
  json.close_object();
  if (const auto categories = form.all("categories"); !categories.empty()) {
    json.key("categories").open_array();
    for (const auto& one : categories) json.text(one);
    json.close_array();
  }
  bool any = false;
  for (const auto& one : says) {
    const std::string said = form.one("said_" + std::string(policy::text(one.statement)));
    if (said.empty()) continue;
    if (!any) json.key("stated").open_object();
    any = true;
    json.field(policy::text(one.statement), said);
  }
  if (any) json.close_object();
  if (const std::string offence = form.one("offence"); !offence.empty()) json.field("offence", offence);
  if (const auto claims = form.all("circumstances"); !claims.empty()) {
    json.key("circumstances").open_array();
    for (const auto& one : claims) json.text(one);
    json.close_array();
  }
  json.field("urgency", form.one("urgency").empty() ? std::string("routine") : form.one("urgency"));
  json.key("worker").open_object().field("name", form.one("worker_name")).field("post", form.one("worker_post"));
  if (const std::string contact = form.one("worker_contact"); !contact.empty()) json.field("contact", contact);
  json.close_object();
  json.close_object();
  return json.take();
}

std::string addition_text(const Form& form) {
  policy::JsonText json;
  json.open_object().key("stated").open_object();
  bool any = false;
  for (const auto& one : says)
    if (const std::string said = form.one("said_" + std::string(policy::text(one.statement))); !said.empty()) {
      json.field(policy::text(one.statement), said);
      any = true;
    }
  json.close_object().close_object();
  return any ? json.take() : std::string();
}

Html once_field(const Form& typed) {
  const std::string once = typed.one("once").size() == 32 ? typed.one("once") : crypto::hex(crypto::sha256(crypto::random_bytes(32))).substr(0, 32);
  return html("<input type=\"hidden\" name=\"once\" value=\"{}\">", once);
}

std::string way_words(const std::string& keyed_in_json) {
  const auto file = nlohmann::json::parse(keyed_in_json, nullptr, false);
  const std::string word = file.is_object() ? file.value("way", std::string()) : std::string();
  const auto found = std::find_if(ways.begin(), ways.end(), [&](const Way& one) { return one.word == word; });
  return std::string(found == ways.end() ? "not recorded" : found->how);
}

// Which items are released for this request: what a person ticked, or what went by itself.
std::set<std::string> released_ids(const policy::OpenedRequest& opened) {
  std::set<std::string> out;
  for (auto verdict = opened.verdicts.rbegin(); verdict != opened.verdicts.rend(); ++verdict)
    if (verdict->word == "released") {
      out.insert(verdict->items.begin(), verdict->items.end());
      return out;
    }
  const auto decision = nlohmann::json::parse(opened.decision_json, nullptr, false);
  if (!decision.is_object() || !decision.contains("items") || !decision["items"].is_array()) return out;
  for (const auto& item : decision["items"])
    if (item.is_object() && item.value("outcome", "") == "release") out.insert(item.value("id", ""));
  return out;
}

// What whoever released it had shown or hidden after all.
CutReview review_of(const policy::OpenedRequest& opened) {
  for (auto verdict = opened.verdicts.rbegin(); verdict != opened.verdicts.rend(); ++verdict)
    if (verdict->word == "released") return CutReview::read(verdict->review_json).value_or(CutReview());
  return {};
}

// Over what is on the page: who posts it says what they read, and nothing else counts as told.
std::string seal_of(const std::vector<policy::ProjectedItem>& items) {
  policy::JsonText json;
  json.open_array();
  for (const auto& item : items) {
    json.open_object().field("id", item.id).key("fields").open_array();
    for (const auto& field : item.fields) json.text(field.name).text(field.value);
    json.close_array().close_object();
  }
  json.close_array();
  return sha256_text(json.take());
}

}  // namespace

Html Console::asked_form(const Visit& visit, const Form& typed, const Mistakes& mistakes) const {
  Html inside = once_field(typed);
  std::vector<Choice> how, partners, purposes, categories, claims, offences, urgencies;
  for (const auto& one : ways) how.push_back({std::string(one.word), std::string(one.choice), "", typed.one("way") == one.word});
  partners.push_back({"", "Choose", "", typed.one("agency").empty()});
  for (const auto& one : visit.now->partners()) partners.push_back({one.agency.id, one.agency.name, "", typed.one("agency") == one.agency.id});
  purposes.push_back({"", "Choose", "", typed.one("purpose").empty()});
  for (const auto word : policy::Words<policy::Purpose>::list)
    if (const auto purpose = policy::from_text<policy::Purpose>(word); asked_by_partners(*purpose))
      purposes.push_back({std::string(word), spaced(word), "", typed.one("purpose") == word});
  const auto ticked = typed.all("categories"), claimed = typed.all("circumstances");
  for (const auto word : policy::Words<policy::Category>::list)
    categories.push_back({std::string(word), spaced(word), "", std::find(ticked.begin(), ticked.end(), word) != ticked.end()});
  for (const auto word : policy::Words<policy::CircumstanceCode>::list)
    claims.push_back({std::string(word), spaced(word), "", std::find(claimed.begin(), claimed.end(), word) != claimed.end()});
  offences.push_back({"", "None named", "", typed.one("offence").empty()});
  for (const auto word : policy::Words<policy::Offence>::list) offences.push_back({std::string(word), spaced(word), "", typed.one("offence") == word});
  for (const auto word : policy::Words<policy::Urgency>::list)
    if (word != "emergency") urgencies.push_back({std::string(word), spaced(word), "", typed.one("urgency") == word || (word == "routine" && typed.one("urgency").empty())});

  inside += choices("radio", "way", "How did they ask?", "", how, mistakes);
  inside += second_heading("Who asks");
  inside += html("<div id=\"agency-place\">{}</div>", mistake_at(mistakes, "agency").empty() ? Html() : html("<p class=\"govuk-error-message\">{}</p>", mistake_at(mistakes, "agency")));
  inside += select("agency", "Which organisation?", "Only those in our directory. For anybody else: tell them nothing, and tell your administrator.", partners);
  inside += text_input({"worker_name", "Their name", "", typed.one("worker_name"), "text", "off", ""}, mistakes);
  inside += text_input({"worker_post", "Their post", "For example: duty social worker", typed.one("worker_post"), "text", "off", ""}, mistakes);
  inside += text_input({"worker_contact", "The number or address they gave", "For the record. Nobody rings it: we ring the number in our directory.", typed.one("worker_contact"), "text", "off", ""},
                       mistakes);
  inside += second_heading("Whom they ask about");
  inside += text_input({"given_name", "First name", "", typed.one("given_name"), "text", "off", ""}, mistakes);
  inside += text_input({"family_name", "Family name", "", typed.one("family_name"), "text", "off", ""}, mistakes);
  inside += text_input({"date_of_birth", "Date of birth, if they said it", "Year-month-day, for example 2012-03-09", typed.one("date_of_birth"), "text", "off", "", false, 10}, mistakes);
  inside += text_input({"nhs_number", "NHS number, if they said it", "", typed.one("nhs_number"), "text", "off", "numeric", false, 20}, mistakes);
  inside += second_heading("What they want, and why");
  inside += html("<div id=\"purpose-place\">{}</div>", mistake_at(mistakes, "purpose").empty() ? Html() : html("<p class=\"govuk-error-message\">{}</p>", mistake_at(mistakes, "purpose")));
  inside += select("purpose", "What is it for?", "", purposes);
  const Html what = choices("checkbox", "categories", "They asked for", "Tick nothing where they asked for all that this purpose needs.", categories, mistakes);
  inside += details("Only certain things", what, !ticked.empty());
  for (std::size_t i = 0; i < says.size(); ++i) {
    const std::string name = "said_" + std::string(policy::text(says[i].statement));
    if (i < 2) inside += text_area({name, std::string(says[i].label), "In their words. Leave it empty where they did not say.", typed.one(name), "text", "off", ""}, mistakes, 2);
  }
  Html more;
  for (std::size_t i = 2; i < says.size(); ++i) {
    const std::string name = "said_" + std::string(policy::text(says[i].statement));
    more += text_input({name, std::string(says[i].label), "", typed.one(name), "text", "off", ""}, mistakes);
  }
  more += select("offence", "Which offence they named", "", offences);
  more += choices("checkbox", "circumstances", "What they say has happened, or may", "A claim of theirs; nothing is taken as proved.", claims, mistakes);
  // Open where something in it is written or wrong: nobody looks for a mistake behind a closed line.
  const bool written = !claimed.empty() || std::any_of(says.begin() + 2, says.end(), [&](const Says& one) { return !typed.one("said_" + std::string(policy::text(one.statement))).empty(); });
  inside += details("What else they stated", more, written);
  inside += select("urgency", "How urgent do they say it is?", "", urgencies);
  inside += button("Write it down and see what may be said");
  return html("<form method=\"post\" action=\"/asked\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", visit.csrf, inside);
}

asio::awaitable<Response> Console::asked_page(Visit& visit) {
  std::string mine = visit.me->id, owner = visit.me->id, place = visit.request.path;
  const auto before = co_await s_.desk.keyed_in_by(std::move(mine));
  if (!before) co_return broken(visit, before.error());
  const auto draft = co_await s_.staff.draft(std::move(owner), std::move(place));
  if (!draft) co_return broken(visit, draft.error());
  Form typed;
  Html body = heading(kTitle);
  if (!draft->empty())
    if (auto kept = Form::read(*draft)) {
      typed = std::move(*kept);
      body += notice("Kept for you", paragraph("Your session had ended. What you wrote is below; nothing was decided."));
    }
  body += warning("If somebody is in danger now, do not key this in first. Ring, or use \u201cSomeone is in danger\u201d.");
  body += second_heading("Say this, whoever they are");
  body += inset(html("{}", std::string_view("\u201cThank you. I write down what you need and we ring you back on the number that we hold for you. I cannot say whether we know anybody of that name.\u201d")));
  if (!before->empty()) {
    std::vector<std::vector<Html>> rows;
    for (const auto& one : *before) {
      rows.push_back({link(Path("/asked/" + one.id), visit.agency_name(one.agency)), html("{}", spaced(policy::text(one.purpose))), html("{}", local_words(visit.now->policies().calendar, one.received)),
                      html("{}", local_words(visit.now->policies().calendar, one.answer_by))});
    }
    body += table("What you have keyed in", {"Who asked", "What for", "When", "Answer promised by"}, rows);
  }
  body += second_heading("Write down what they asked");
  body += asked_form(visit, typed, {});
  co_return answer(visit, 200, kTitle, body);
}

asio::awaitable<Response> Console::key_in(Visit& visit) {
  const Form& form = visit.form;
  Mistakes mistakes;
  const std::string way = form.one("way"), agency = form.one("agency");
  if (std::none_of(ways.begin(), ways.end(), [&](const Way& one) { return one.word == way; })) mistakes.push_back({"way", "Choose how they asked"});
  if (visit.partner(agency) == nullptr) mistakes.push_back({"agency", "Choose which organisation asks"});
  const auto purpose = policy::from_text<policy::Purpose>(form.one("purpose"));
  if (!purpose || !asked_by_partners(*purpose)) mistakes.push_back({"purpose", "Choose what it is for"});
  for (const char* name : {"worker_name", "worker_post"})
    if (form.one(name).empty()) mistakes.push_back({name, std::string_view(name) == "worker_name" ? "Enter their name" : "Enter their post"});
  for (const char* name : {"worker_name", "worker_post", "worker_contact", "given_name", "family_name", "nhs_number"})
    if (form.one(name).size() > kLongestName) mistakes.push_back({name, "Write it in 200 characters or fewer"});
  if (form.one("nhs_number").empty() && (form.one("given_name").empty() || form.one("family_name").empty())) mistakes.push_back({"given_name", "Enter both names, or the NHS number"});
  if (const std::string born = form.one("date_of_birth"); !born.empty() && !policy::read_date(born))
    mistakes.push_back({"date_of_birth", "Enter a date as year-month-day, or leave it empty"});
  for (const auto& one : says) {
    const std::string name = "said_" + std::string(policy::text(one.statement));
    if (form.one(name).size() > kLongestStated) mistakes.push_back({name, "Write it in 1,000 characters or fewer"});
  }
  const std::string body = mistakes.empty() ? request_text(form) : std::string();
  if (mistakes.empty() && !read_asked(body)) mistakes.push_back({"purpose", "One of the lists sent something that is not on it. Choose again"});
  if (!mistakes.empty()) {
    Html page = mistakes_summary(mistakes);
    page += heading(kTitle);
    page += asked_form(visit, form, mistakes);
    co_return answer(visit, 400, "Error: Someone has asked us", page);
  }
  policy::JsonText how;
  how.open_object().field("way", way).close_object();
  std::string asked = body, keyed = how.take(), to = agency;
  auto writing = write_asked(visit, std::move(to), std::move(asked), std::move(keyed), std::string());
  co_return co_await std::move(writing);
}

// Decides and writes down; nothing else decides what may be said.
asio::awaitable<Response> Console::write_asked(Visit& visit, std::string agency, std::string body, std::string keyed_in_json, std::string follows) {
  const auto asked = read_asked(body);
  if (!asked) co_return refuse(visit, 400, "This cannot be written down", "One of the fields holds something that is not on its list. Nothing was changed.");
  const std::string id = new_request_id(visit.at), release_id = release_of(id), once = visit.form.one("once");
  for (int again = 0; again <= 3; ++again) {
    const auto now = again == 0 ? visit.now : s_.keeper.load();
    const Partner* const from = now->partner(agency);
    if (from == nullptr || !now->pack_approved()) break;
    // Is who keyed it in the person it is about, or close to them? Then nothing goes from here, and the page is the same as for somebody unknown.
    auto own = evidence_query(*asked, *from, id, visit.at);
    own.worker = visit.me->name;
    own.conflict_with_candidates = true;
    const auto mine = co_await s_.store.evidence(std::move(own));
    if (!mine) co_return broken(visit, mine.error());
    auto query = evidence_query(*asked, *from, id, visit.at);
    auto evidence = co_await s_.store.evidence(std::move(query));
    if (!evidence) co_return broken(visit, evidence.error());
    policy::Case question = as_case(*now, *asked, *from, *evidence, id, visit.at);
    question.emergency = false;  // a partner's emergency is agreed for its own signed requests; at the telephone there is the page for danger
    policy::Decision decision = policy::decide(now->policies().pack, question);

    std::optional<policy::Release> package;
    if (decision.may_send() && evidence->matched == policy::Matched::one && !mine->conflict) {
      auto wanted = released_items(decision, *evidence);
      const auto found = co_await s_.records.find(std::move(wanted));
      if (!found && found.error() == policy::SourceError::changed) continue;
      if (!found) co_return broken(visit, StoreError::unavailable);
      Cut cut = cut_down(*now, *asked, decision, *found, from->agency.type, prepared_, visit.at);
      decision = cut.decision;
      auto alone = seal_alone(*now, *asked, *from, cut, evidence->risk_marker, AskedBy::on_the_telephone, release_id, visit.at, s_.release_key);
      if (!alone) co_return broken(visit, StoreError::unavailable);
      package = std::move(*alone);
    }
    policy::Entry entry = entry_of(*now, *asked, *from, *evidence, question, decision, visit.at);
    from_this_page(entry, "asked-" + visit.me->id, once, visit.at);
    entry.request_json = body;
    entry.follows = follows;
    entry.keyed_in_by = visit.me->id;
    entry.keyed_in_json = keyed_in_json;
    const bool released = package.has_value();
    entry.release = std::move(package);
    auto written = co_await s_.store.commit(std::move(evidence->token), std::move(entry));  // the output gate
    if (!written) co_return broken(visit, written.error());
    if (written->kind == policy::Committed::Kind::stale) {
      const bool fresh = co_await s_.keeper.refresh();
      if (!fresh) co_return broken(visit, StoreError::unavailable);
      continue;
    }
    if (written->kind != policy::Committed::Kind::written && written->kind != policy::Committed::Kind::same_request) break;
    if (written->kind == policy::Committed::Kind::written) s_.metrics.count(released ? Metrics::Event::released : Metrics::Event::waiting);
    const std::string number = written->request_id;
    std::string owner = visit.me->id, place = "/asked";
    const auto dropped = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::string(), visit.at);
    (void)dropped;  // it is written down; a draft that stays is no reason to say that it failed
    co_return go_to(Path("/asked/" + number));
  }
  co_return broken(visit, StoreError::unavailable);
}

// What of a release may be said now, by the one who looks: what was released, and would still go today.
asio::awaitable<std::expected<bool, StoreError>> Console::sayable(Visit& visit, const policy::OpenedRequest& opened, Proposal& out) {
  out.review = review_of(opened);
  auto working = propose(visit, opened, out);
  const auto looked = co_await std::move(working);
  if (!looked) co_return std::unexpected(looked.error());
  if (*looked != Looked::good) co_return false;
  const auto ids = released_ids(opened);
  std::erase_if(out.cut.items, [&](const auto& item) { return !ids.contains(item.id); });
  if (out.cut.blocked) out.cut.items.clear();
  co_return true;
}

Html Console::asked_body(const Visit& visit, const policy::OpenedRequest& opened, const Proposal* p, const Mistakes& mistakes) const {
  const auto& calendar = visit.now->policies().calendar;
  const auto asked = read_asked(opened.request_json);
  const Partner* const partner = visit.partner(opened.status.agency);
  const std::string name = visit.agency_name(opened.status.agency), number = partner ? partner->agency.directory_number : std::string();
  Html body = mistakes_summary(mistakes);
  body += heading(kOne, name);
  body += summary_list({
      {"Who asked", html("{}, {}", asked ? asked->worker.name : std::string(), asked ? asked->worker.post : std::string())},
      {"How", html("{}, {}", way_words(opened.keyed_in_json), local_words(calendar, opened.status.received))},
      {"About", html("{} {}", asked ? asked->locator.given_name : std::string(), asked ? asked->locator.family_name : std::string())},
      {"What for", html("{}", spaced(policy::text(opened.status.purpose)))},
      {"Answer promised by", html("{}", local_words(calendar, opened.status.answer_by))},
      {"Number to give", html("<code class=\"gh-key\" id=\"number\">{}</code>", opened.status.id)},
  });
  const Form& typed = visit.form;
  const bool may_be_said = p != nullptr && policy::may_be_fetched(opened.status.state) && !p->cut.items.empty();
  if (!may_be_said) {
    using enum policy::RequestState;
    const bool over = opened.status.state == declined || opened.status.state == no_trace || opened.status.state == withdrawn || opened.status.state == recalled || opened.status.state == expired;
    // The same words whether we know anybody of that name or not, whoever looks.
    if (over) {
      body += inset(html("{}", std::string_view("Nothing may be said. If they ask: \u201cWe have no information that we can give you.\u201d The same words whoever it is about.")));
    } else {
      body += second_heading("Nothing may be said yet");
      body += paragraph("It is in the list of those who decide, by its clock. When it may be said, this page shows what, and how. Until then say: \u201cWe will ring you back.\u201d");
    }
    if (asked && !over && opened.status.state == waiting) {
      auto gaps = missing(*visit.now, *asked);
      for (const auto one : opened.status.wanted)
        if (std::find(gaps.begin(), gaps.end(), one) == gaps.end()) gaps.push_back(one);
      if (!gaps.empty()) {
        Html inside = once_field(typed);
        inside += second_heading("Ask them for this");
        inside += paragraph("They have not stated it, and the policy asks for it. The question is about their request alone: it tells nothing about anybody.");
        for (const auto one : gaps) {
          const std::string field = "said_" + std::string(policy::text(one));
          inside += text_area({field, std::string(label_of(one)), "", typed.one(field), "text", "off", ""}, mistakes, 2);
        }
        inside += button("Add what they said", "", "do", "complete");
        body += html("<form method=\"post\" action=\"{}\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", Path("/asked/" + opened.status.id), visit.csrf, inside);
      }
    }
    return body;
  }

  body += second_heading("How to say it");
  std::vector<std::string> script;
  script.push_back("Ring " + number + ", the number in our directory, never one that they gave. Ask for " + (asked ? asked->worker.name : std::string("the one who asked")) +
                   ". If they stand before you: look at their identity card.");
  if (const auto& notice = visit.now->settings().organisation.open_records_notice; !notice.empty()) script.push_back("Read this to them: \u201c" + notice + "\u201d");
  script.push_back("Say what stands below, and nothing else. If they ask for more: \u201cI will ask, and ring you back.\u201d");
  script.push_back("Ask them to write down that they may not pass it on without asking us.");
  body += bullets(script);
  for (const auto& verdict : opened.verdicts)
    if (verdict.word == "released" && !verdict.conditions.empty()) body += warning("On this condition: " + verdict.conditions);
  body += second_heading("What may be said");
  for (const auto& item : p->cut.items) {
    std::vector<std::pair<std::string, Html>> fields;
    for (const auto& field : item.fields) fields.emplace_back(spaced(field.name), html("{}", field.value));
    body += html("<h3 class=\"govuk-heading-s\">{} ({})</h3>", spaced(policy::text(item.category)), spaced(policy::text(item.detail)));
    body += summary_list(fields);
  }
  if (!opened.told.empty()) {
    std::vector<std::vector<Html>> rows;
    for (const auto& one : opened.told)
      rows.push_back({html("{}", local_words(calendar, one.at)), html("{}", one.whom), html("{}", one.checked == "called_back" ? std::string_view("rang the directory's number") : std::string_view("saw their identity card")),
                      html("{} of {}", one.items.size(), p->cut.items.size()), html("{}", one.words)});
    body += table("What was said", {"When", "To whom", "How we knew them", "Things told", "Note"}, rows);
  }
  Html inside = once_field(typed);
  inside += html("<input type=\"hidden\" name=\"shown\" value=\"{}\">", seal_of(p->cut.items));
  inside += second_heading("Write down what you said");
  inside += choices("radio", "checked", "How did you know that it was them?", "",
                    {{"called_back", "I rang the number in our directory", "", typed.one("checked") == "called_back"}, {"identity_seen", "I saw their identity card", "", typed.one("checked") == "identity_seen"}},
                    mistakes);
  inside += text_input({"whom", "Whom did you tell?", "Name and post", typed.has("whom") ? typed.one("whom") : asked ? asked->worker.name + ", " + asked->worker.post : std::string(), "text", "off", ""}, mistakes);
  std::vector<Choice> parts;
  const auto ticked = typed.all("items");
  for (const auto& item : p->cut.items) parts.push_back({item.id, spaced(policy::text(item.category)), "", std::find(ticked.begin(), ticked.end(), item.id) != ticked.end()});
  inside += choices("checkbox", "items", "What did you tell them?", "Tick only what you said.", parts, mistakes);
  if (!visit.now->settings().organisation.open_records_notice.empty())
    inside += choices("checkbox", "notice_read", "The notice", "", {{"yes", "I read the notice to them", "", typed.one("notice_read") == "yes"}}, mistakes);
  inside += text_area({"words", "Anything else of what was said, by them or by you", "Leave it empty if nothing was.", typed.one("words"), "text", "off", ""}, mistakes, 3);
  inside += button("Write it down", "", "do", "tell");
  body += html("<form method=\"post\" action=\"{}\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", Path("/asked/" + opened.status.id), visit.csrf, inside);
  return body;
}

asio::awaitable<Response> Console::asked_one(Visit& visit) {
  std::string id = visit.part(0), by = visit.me->id;
  const auto opened = co_await s_.desk.open_request(std::move(id), std::move(by), visit.at);
  if (!opened) co_return broken(visit, opened.error());
  if (!*opened || (*opened)->keyed_in_by != visit.me->id) co_return refuse(visit, 404, "Page not found", "There is no such request, or you cannot see it.");
  std::string owner = visit.me->id, place = visit.request.path;
  const auto draft = co_await s_.staff.draft(std::move(owner), std::move(place));
  if (!draft) co_return broken(visit, draft.error());
  if (!draft->empty())
    if (auto kept = Form::read(*draft)) visit.form = std::move(*kept);
  Proposal proposal;
  auto working = sayable(visit, **opened, proposal);
  const auto good = co_await std::move(working);
  if (!good) co_return broken(visit, good.error());
  co_return answer(visit, 200, kOne, asked_body(visit, **opened, *good ? &proposal : nullptr, {}));
}

asio::awaitable<Response> Console::tell_or_add(Visit& visit) {
  const std::string request_id = visit.part(0);
  std::string id = request_id, by = visit.me->id;
  const auto opened = co_await s_.desk.open_request(std::move(id), std::move(by), visit.at);
  if (!opened) co_return broken(visit, opened.error());
  if (!*opened || (*opened)->keyed_in_by != visit.me->id) co_return refuse(visit, 404, "Page not found", "There is no such request, or you cannot see it.");
  Proposal proposal;
  auto working = sayable(visit, **opened, proposal);
  const auto good = co_await std::move(working);
  if (!good) co_return broken(visit, good.error());
  const Proposal* const p = *good ? &proposal : nullptr;
  const Form& form = visit.form;
  Mistakes mistakes;

  if (form.one("do") == "complete") {
    if ((*opened)->status.state != policy::RequestState::waiting)
      co_return refuse(visit, 409, "This request is settled", "Somebody decided it, or its time came, since you opened it. Nothing was done twice. Key it in anew if they still ask.");
    const std::string addition = addition_text(form);
    auto whole = addition.empty() ? std::expected<std::string, policy::Error>(std::unexpected(policy::Error())) : complete((*opened)->request_json, addition);
    for (const auto& one : says) {
      const std::string field = "said_" + std::string(policy::text(one.statement));
      if (form.one(field).size() > kLongestStated) mistakes.push_back({field, "Write it in 1,000 characters or fewer"});
      else if (!whole && mistakes.empty() && form.has(field)) mistakes.push_back({field, "Write down what they said"});
    }
    if (!whole && mistakes.empty()) mistakes.push_back({"", "Write down what they said"});
    if (!mistakes.empty()) co_return answer(visit, 400, "Error: What we were asked", asked_body(visit, **opened, p, mistakes));
    std::string agency = (*opened)->status.agency, keyed = (*opened)->keyed_in_json, follows = request_id, body = std::move(*whole);
    auto writing = write_asked(visit, std::move(agency), std::move(body), std::move(keyed), std::move(follows));
    co_return co_await std::move(writing);
  }

  const std::string_view changed = "It may not be said any more: it was taken back, or its days are over, since you opened the page. Nothing was written down. If you have said it already, tell the information-governance lead now.";
  if (p == nullptr || !policy::may_be_fetched((*opened)->status.state)) co_return refuse(visit, 409, "It may not be said any more", changed);
  policy::Told told;
  told.staff = visit.me->id;
  told.whom = form.one("whom");
  told.words = form.one("words");
  told.checked = form.one("checked");
  told.at = visit.at;
  if (told.checked != "called_back" && told.checked != "identity_seen") mistakes.push_back({"checked", "Choose how you knew that it was them"});
  if (told.whom.empty()) mistakes.push_back({"whom", "Enter whom you told"});
  if (told.whom.size() > kLongestName) mistakes.push_back({"whom", "Write it in 200 characters or fewer"});
  if (told.words.size() > kLongestSaid) mistakes.push_back({"words", "Write it in 2,000 characters or fewer"});
  // Said is said, also where it would not go any more now: whatever was released is taken down.
  const auto released = released_ids(**opened);
  for (const auto& item : form.all("items"))
    if (released.contains(item) && std::find(told.items.begin(), told.items.end(), item) == told.items.end()) told.items.push_back(item);
  if (told.items.empty()) mistakes.push_back({"items", "Tick what you told them"});
  if (!visit.now->settings().organisation.open_records_notice.empty() && form.one("notice_read") != "yes") mistakes.push_back({"notice_read", "Read the notice to them, then tick this"});
  if (!mistakes.empty()) co_return answer(visit, 400, "Error: What we were asked", asked_body(visit, **opened, p, mistakes));
  const bool same = form.one("shown") == seal_of(p->cut.items);
  if (!same) told.words += std::string(told.words.empty() ? "" : "\n") + "(The record was changed between the page that was read out and this note.)";
  // The same note again within a few minutes is the same press.
  const bool again = std::any_of((*opened)->told.begin(), (*opened)->told.end(), [&](const policy::Told& one) {
    return one.staff == told.staff && one.whom == told.whom && one.words == told.words && one.checked == told.checked && one.items == told.items && visit.at - one.at < std::chrono::minutes(5);
  });
  if (!again) {
    std::string to = request_id;
    const auto kept = co_await s_.desk.tell(std::move(to), std::move(told));
    if (!kept) co_return broken(visit, kept.error());
    if (!*kept) co_return refuse(visit, 409, "It may not be said any more", changed);
  }
  std::string owner = visit.me->id, place = visit.request.path;
  const auto dropped = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::string(), visit.at);
  if (!dropped) co_return broken(visit, dropped.error());
  Html body = heading("It is written down");
  body += paragraph("What you told them, to whom and how you knew them stands in the log, beside the decision that let it go.");
  if (!same) body += warning("The record was changed while you rang. If what you read out is no longer right, ring them again, and tell the information-governance lead.");
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/asked/" + request_id), "Back to what they asked"));
  co_return answer(visit, 200, "It is written down", body);
}

}  // namespace gatehouse::gateway::console
