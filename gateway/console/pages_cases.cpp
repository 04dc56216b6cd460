// What needs a person's decision: the queue, one case, and what is made of it. Await, decide, await: what is shown is worked out anew at every look, and again
// when the form comes back; only what is still the same, to the byte, is released.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "crypto/keys.hpp"
#include "gateway/console/console.hpp"
#include "gateway/console/marks.hpp"
#include "gateway/partner_api/answers.hpp"
#include "gateway/partner_api/question.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/decision/explain.hpp"
#include "policy/json_text.hpp"
#include "policy/officers/two_people.hpp"
#include "policy/ports/request_life.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::Instant;
using policy::ItemOutcome;
using policy::RequestState;
using policy::Role;
using policy::StoreError;

namespace {

// Who may settle what the policy left open: any role it names; where it names none, the lead for sharing, and the safeguarding lead for what must be shared.
std::optional<Role> role_for(const Visit& me, const policy::Decision& base) {
  for (const Role role : base.refer_to)
    if (me.may(role)) return role;
  if (me.may(Role::ig_lead)) return Role::ig_lead;
  if (base.refer_to.empty() && base.duty == policy::Duty::must_share && me.may(Role::dsl)) return Role::dsl;
  return std::nullopt;
}

// Whether somebody who told us in confidence, or may have, is shown after all.
bool shows_a_source(const Proposal& proposal) {
  if (!proposal.review.shows()) return false;
  for (const auto& id : proposal.review.show_people)
    if (is_a_source(proposal.file, id)) return true;
  if (std::any_of(proposal.marked.begin(), proposal.marked.end(), [](const MarkedText& text) { return text.shows_source; })) return true;
  for (const auto& text : proposal.marked)
    for (const auto& flag : text.redacted.flags)
      if (flag.why == "informant_detail") return true;
  return false;
}

// A must-share release to child protection does not wait for a second person: the look comes within one working day after.
bool to_child_protection(const Proposal& proposal) {
  using enum policy::AgencyType;
  const auto type = proposal.partner->agency.type;
  return proposal.base.duty == policy::Duty::must_share && (type == la_childrens || type == mash || type == police);
}

// What the first of two had shown or hidden: the second looks at the very same.
CutReview review_so_far(const policy::OpenedRequest& opened) {
  if (opened.verdicts.empty() || opened.verdicts.back().word != "first_of_two") return {};
  return CutReview::read(opened.verdicts.back().review_json).value_or(CutReview());
}

// Before it leaves a second person must agree: 02, settled readings. An informant, a safe address, a compartment opened for somebody outside.
bool needs_second(const Proposal& proposal, const std::set<std::string>& chosen) {
  for (const auto& item : proposal.evidence.items) {
    if (!chosen.contains(item.id)) continue;
    if (item.category == policy::Category::safe_address || item.category == policy::Category::informant_identity) return true;
    if (!item.compartment || *item.compartment != policy::Compartment::none) return true;
  }
  return shows_a_source(proposal) && !to_child_protection(proposal);
}

// The decision with everything that was not chosen kept back.
policy::Decision narrowed(const policy::Decision& from, const std::set<std::string>& chosen) {
  std::vector<policy::ItemDecision> items = from.items();
  for (auto& item : items)
    if (item.outcome == ItemOutcome::release && !chosen.contains(item.id)) {
      item.outcome = ItemOutcome::withhold;
      item.reason = policy::ReasonCode::needs_approval;
      item.detail = policy::Detail::none;
    }
  policy::Decision out(std::move(items), from.missing(), from.obligations());
  out.id = from.id;
  out.duty = from.duty;
  out.refer_to = from.refer_to;
  out.clocks = from.clocks;
  out.reason = from.reason;
  out.clauses = from.clauses;
  out.data_protection_leg = from.data_protection_leg;
  out.confidence_leg = from.confidence_leg;
  out.pack = from.pack;
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& one : words) out += (out.empty() ? "" : ", ") + one;
  return out;
}

// Whether there is something for a person to settle: it waits, or a partner asked for another look and nobody has answered since.
bool is_open(const policy::OpenedRequest& opened) {
  const auto& status = opened.status;
  if (status.state == RequestState::waiting) return true;
  if (!status.review_asked) return false;
  if (policy::may_move(status.state, RequestState::released)) return true;
  return !opened.reviews.empty() && std::none_of(opened.verdicts.begin(), opened.verdicts.end(),
                                                 [&](const auto& said) { return said.word != "first_of_two" && said.at > opened.reviews.back().at; });
}

// What the partner wrote of its own accord, in its own words: a danger may be told here and nowhere else.
std::vector<std::string> in_their_words(const std::string& request_json) {
  std::vector<std::string> out;
  const auto body = nlohmann::json::parse(request_json, nullptr, false);
  if (!body.is_object() || !body.contains("stated") || !body["stated"].is_object()) return out;
  for (const auto& [what, said] : body["stated"].items())
    if (said.is_string()) out.push_back(spaced(what) + ": " + said.get<std::string>());
  return out;
}

Html clock_tag(const Visit& visit, const policy::WaitingRequest& one) {
  if (one.status.answer_by <= visit.at) return tag("Time is up", "red");
  const auto left = std::chrono::duration_cast<std::chrono::minutes>(one.status.answer_by - visit.at).count();
  const std::string words = left < 120 ? std::to_string(left) + " minutes left" : std::to_string(left / 60) + " hours left";
  return tag(words, left < 60 ? "red" : left < 240 ? "orange" : "blue");
}

}  // namespace

asio::awaitable<Response> Console::cases(Visit& visit) {
  std::string looker = visit.me->name;
  const auto waiting = co_await s_.desk.waiting(500, std::move(looker));
  if (!waiting) co_return broken(visit, waiting.error());
  std::vector<std::vector<Html>> urgent, rest, asked;
  for (const auto& one : *waiting) {
    if (one.refused || one.completed) continue;
    const bool open = one.outcome != "withhold" && one.outcome != "more_information";
    const std::string why = !one.status.wanted.empty() ? "We asked them for more"
                            : one.completes          ? "They have stated more"
                            : one.status.review_asked ? "A person is to look at it again"
                            : one.outcome == "refer" ? "The policy leaves it to a person"
                            : open                   ? "It may go; a person looks first"
                            : one.outcome == "more_information" ? "Something was not stated"
                                                                : "The policy keeps it";
    std::vector<Html> row = {link(Path("/cases/" + one.status.id), visit.agency_name(one.status.agency)), html("{}", spaced(policy::text(one.status.purpose))), html("{}", spaced(one.urgency)),
                             html("{}", why), clock_tag(visit, one)};
    (!one.status.wanted.empty() ? asked : open || one.status.review_asked || one.paged ? urgent : rest).push_back(std::move(row));
  }
  Html body = heading("Needs your decision");
  body += paragraph("The one whose answer is due first stands first. No names here: they are on the case's own page, and every look is written down.");
  const std::vector<std::string> heads = {"Who asks", "What for", "How urgent", "Why it is here", "Time"};
  body += urgent.empty() ? inset(html("Nothing waits for a decision.")) : table("Waiting for a person", heads, urgent);
  if (!asked.empty()) body += table("Asked for more: we wait for them", heads, asked);
  if (!rest.empty()) {
    body += details("Others that wait (" + std::to_string(rest.size()) + ")", table("Kept by the policy; declined at the time promised unless a person decides otherwise", heads, rest));
  }
  co_return answer(visit, 200, "Needs your decision", body);
}

asio::awaitable<std::expected<bool, StoreError>> Console::is_somebody_else(const Visit& visit, std::string staff) {
  if (staff == visit.me->id) co_return false;
  const auto member = co_await s_.staff.staff_member(std::move(staff));
  if (!member) co_return std::unexpected(member.error());
  co_return *member && policy::are_two_people((*member)->name, visit.me->name);
}

// Works out what may go as things are now, with and without the approval of the role that looks.
asio::awaitable<std::expected<Looked, StoreError>> Console::propose(Visit& visit, const policy::OpenedRequest& opened, Proposal& out) {
  auto asked = read_asked(opened.request_json);
  if (!asked) co_return Looked::unreadable;
  out.asked = std::move(*asked);
  out.partner = visit.partner(opened.status.agency);
  if (out.partner == nullptr) co_return Looked::unreadable;
  // Is the one who looks the person it is about, or close to them? The same names are compared as for a partner's worker.
  {
    auto query = evidence_query(out.asked, *out.partner, opened.status.id, visit.at);
    query.worker = visit.me->name;
    query.conflict_with_candidates = true;  // what the partner typed is on the page also when it points to several people
    const auto mine = co_await s_.store.evidence(std::move(query));
    if (!mine) co_return std::unexpected(mine.error());
    if (mine->conflict) co_return Looked::conflict;
  }
  auto query = evidence_query(out.asked, *out.partner, opened.status.id, visit.at);
  auto evidence = co_await s_.store.evidence(std::move(query));
  if (!evidence) co_return std::unexpected(evidence.error());
  out.evidence = std::move(*evidence);
  out.one_person = out.evidence.matched == policy::Matched::one;
  out.question = as_case(*visit.now, out.asked, *out.partner, out.evidence, opened.status.id, visit.at);
  out.base = policy::decide(visit.now->policies().pack, out.question);
  out.role = role_for(visit, out.base);
  // Nobody approves what they took down themselves, but for a must-share of the safeguarding lead to child protection, which is looked at within a working day.
  if (!opened.keyed_in_by.empty()) {
    std::string who = opened.keyed_in_by;
    auto asking = is_somebody_else(visit, std::move(who));
    const auto other = co_await std::move(asking);
    if (!other) co_return std::unexpected(other.error());
    out.own = !*other;
  }
  if (out.own && !(to_child_protection(out) && visit.may(Role::dsl))) out.role.reset();
  if (out.role && std::find(out.question.approvals.begin(), out.question.approvals.end(), *out.role) == out.question.approvals.end())
    out.question.approvals.push_back(*out.role);
  out.decision = policy::decide(visit.now->policies().pack, out.question);
  out.recipient = out.partner->recipient(visit.at);
  if (out.decision.may_send() && out.one_person) {
    auto wanted = released_items(out.decision, out.evidence);
    auto found = co_await s_.records.find(std::move(wanted));
    if (!found) co_return std::unexpected(StoreError::unavailable);
    out.file = std::move(*found);
    out.cut = cut_down(*visit.now, out.asked, out.decision, out.file, out.partner->agency.type, prepared_, visit.at, &out.review, &out.marked);
    out.decision = out.cut.decision;
    if (out.recipient != nullptr)
      out.shown = sha256_text(package_text(out.asked, out.cut, release_of(opened.status.id)) + "|" + out.recipient->keyid + "|" +
                              std::string(policy::text(out.asked.purpose)) + "|" + visit.now->active_pack() + "|" + out.evidence.token.person);
  }
  co_return Looked::good;
}

Html Console::case_body(const Visit& visit, const policy::OpenedRequest& opened, const Proposal& p, const Mistakes& mistakes, const std::string& draft) const {
  const auto& calendar = visit.now->policies().calendar;
  Form typed = visit.form;
  if (!draft.empty())
    if (auto kept = Form::read(draft)) typed = std::move(*kept);
  Html body = mistakes_summary(mistakes);
  body += heading("One request", p.partner->agency.name);
  if (!draft.empty()) body += notice("Kept for you", paragraph("Your session had ended. What you wrote is below; nothing was decided. Look again before you send it."));

  std::string stated, consents, found;
  for (const auto one : p.asked.stated) stated += (stated.empty() ? "" : ", ") + spaced(policy::text(one));
  for (const auto& one : p.question.circumstances)
    found += (found.empty() ? "" : ", ") + spaced(policy::text(one.code)) + (one.evidence ? " (on our record)" : " (claimed only)");
  for (const auto& one : p.question.consents) {
    consents += (consents.empty() ? "" : "; ") + joined(one.agencies) + ": " + joined(one.categories) + " for " + joined(one.purposes);
    if (one.refused) consents += " (refused)";
    if (one.withdrawn) consents += " (withdrawn " + date_words(*one.withdrawn) + ")";
    if (one.expires) consents += " (until " + date_words(*one.expires) + ")";
  }
  const auto or_none = [](const std::string& text) { return html("{}", text.empty() ? std::string("none") : text); };
  const auto& locator = p.asked.locator;
  body += summary_list({
      {"Who asks", html("{}, {}, {}", p.partner->agency.name, p.asked.worker.name, p.asked.worker.post)},
      {"Ring them back on", html("{} (our directory, never a number they give)", p.partner->agency.directory_number)},
      {"About", html("{} {}, born {}", locator.given_name, locator.family_name, locator.date_of_birth)},
      {"We know them by", or_none(joined(opened.matched_how))},
      {"What for", html("{}", spaced(policy::text(p.asked.purpose)))},
      {"They stated", or_none(stated)},
      {"Circumstances", or_none(found)},
      {"Consents", or_none(consents)},
      {"Answer promised by", html("{}", local_words(calendar, opened.status.answer_by))},
  });
  if (!opened.keyed_in_by.empty())
    body += inset(html("{}", std::string_view("One of us took this down and keyed it in. What you approve may be read out to them, on the number in our directory; what was said is written below.")));
  for (const auto& one : opened.told)
    body += inset(html("Said on {} to {} ({} things). {}", local_words(calendar, one.at), one.whom, one.items.size(), one.words));
  if (!opened.follows.empty())
    body += inset(html("They have stated more. This request completes {}; decide this one.", link(Path("/cases/" + opened.follows), "an earlier one")));
  if (!opened.status.wanted.empty()) {
    std::vector<std::string> wanted;
    for (const auto one : opened.status.wanted) wanted.push_back(spaced(policy::text(one)));
    body += inset(html("We asked them to state: {}. Their answer comes back to the list as a request that completes this one. You may decide without it.", joined(wanted)));
  }
  if (const auto words = in_their_words(opened.request_json); !words.empty()) {
    body += second_heading("In their own words");
    body += bullets(words);
  }
  for (const auto& review : opened.reviews)
    body += warning("To be looked at, since " + local_words(calendar, review.at) + ". The words: " + review.words);
  body += second_heading("What our policy says");
  body += paragraph(p.base.reason);
  if (p.base.duty == policy::Duty::must_share) body += warning("This must be shared. Saying no needs a reason that stands up.");
  body += details("Every clause, in words", html("<div class=\"gh-text\">{}</div>", policy::explain(visit.now->policies().pack, p.question, p.base)));

  std::vector<std::vector<Html>> rows;
  for (const auto& item : p.decision.items()) {
    const bool goes = item.outcome == ItemOutcome::release;
    rows.push_back({html("{}", item.category ? spaced(policy::text(*item.category)) : std::string("?")), goes ? tag("proposed", "green") : tag("not shared", "grey"),
                    html("{}", policy::plain(item.reason)), html("{}", joined(item.clauses))});
  }
  if (!rows.empty()) body += table("Asked for, proposed and not shared, each with its reason", {"What they asked for", "If you approve", "Why", "Clause"}, rows);

  for (const auto& verdict : opened.verdicts)
    body += inset(html("{} on {}: {}", verdict.word == "asked" ? std::string_view("Asked them for more") : verdict.word == "first_of_two" ? std::string_view("A first person approved") : verdict.word == "refused" ? std::string_view("Refused")
                                                                                                                                                : std::string_view("Released"),
                       local_words(calendar, verdict.at), verdict.rationale));

  const bool open = is_open(opened), may_still_go = policy::may_move(opened.status.state, RequestState::released);
  const bool can_send = may_still_go && p.decision.may_send() && p.one_person && !p.cut.blocked && !p.cut.items.empty() && p.recipient != nullptr;
  if (can_send) {
    body += second_heading("Exactly what would leave");
    body += paragraph("Other people are taken out already. Nothing but this goes, in a package only they can open. Black is hidden and sure; outlined with \u201cplease check\u201d is "
                      "hidden and to be confirmed.");
    for (const auto& item : p.cut.items) {
      std::vector<std::pair<std::string, Html>> fields;
      for (const auto& field : item.fields) fields.emplace_back(spaced(field.name), marked_value(p.marked, item.id, field));
      body += html("<h3 class=\"govuk-heading-s\">{} ({})</h3>", spaced(policy::text(item.category)), spaced(policy::text(item.detail)));
      body += summary_list(fields);
    }
    if (!p.cut.labels.empty()) body += paragraph("Taken out: " + joined(p.cut.labels) + ".");
    if (p.cut.flags.redaction_flagged) body += warning("The reader of texts was not sure somewhere. Read every line above before you approve.");
    if (p.evidence.risk_marker) body += warning("There is a risk, safe-contact or embargo mark on the file. Who could see this after it has left?");
  } else if (!may_still_go) {
    body += inset(html("This request is {}. More goes out only when they ask anew; what they tell you now may be a reason to ring them, or social care.",
                       policy::text(opened.status.state)));
  } else if (p.decision.may_send() && p.one_person && p.cut.blocked) {
    body += warning("A text could not be cleared of other people. It cannot leave; correct the record, or share less.");
  } else if (!p.one_person) {
    body += inset(html("{}", std::string_view("The details do not point to exactly one person on file. Nothing can be sent from here; the answer is the same as for somebody unknown.")));
  } else {
    body += inset(html("{}", std::string_view("An approval of yours would not make any of it lawful to send.")));
  }
  if (!p.base.near_misses.empty()) {
    std::vector<std::string> lines;
    for (const auto& miss : p.base.near_misses) {
      std::string needs;
      for (const auto& one : miss.needs) needs += (needs.empty() ? "" : ", and ") + need_words(one);
      lines.push_back(needs + ". Clause " + miss.rule + ".");
    }
    body += second_heading("What would change the answer");
    body += bullets(lines);
  }

  if (!open) {
    body += inset(html("This request is settled: {}.", policy::text(opened.status.state)));
    return body;
  }
  if (!p.role) {
    if (p.own) {
      body += inset(html("{}", opened.keyed_in_by == visit.me->id ? std::string_view("You took this down yourself, so somebody else decides it.")
                                                                   : std::string_view("By the name of their account whoever took this down may be you, so somebody else decides it. An account "
                                                                                      "under the full name of each person settles it.")));
    }
    std::vector<std::string> names;
    for (const Role role : p.base.refer_to) names.emplace_back(role_words(role));
    body += second_heading("Who decides this");
    body += bullets(names);
    return body;
  }
  body += second_heading("Your decision");
  if (!visit.me->has(*p.role)) body += paragraph("You decide this for the " + std::string(role_words(*p.role)) + ", who is away.");
  Html inside = html("<input type=\"hidden\" name=\"shown\" value=\"{}\"><input type=\"hidden\" name=\"state\" value=\"{}\">", p.shown, policy::text(opened.status.state));
  std::vector<Choice> words;
  const bool again = typed.has("decide") || typed.has("again");
  if (can_send) {
    inside += html("<input type=\"hidden\" name=\"reviewed\" value=\"{}\">", sha256_text(p.review.text()));
    inside += review_fields(p.marked, p.file, p.cut.items, p.review, typed, mistakes);
  }
  if (can_send) words.push_back({"approve", "Approve what is ticked below", "It is sealed and given to them at once. It can be used once.", typed.one("decide") == "approve"});
  if (may_still_go)
    words.push_back({"refuse", "Send nothing", "They are told at the time promised, in the same words as for somebody we do not know.", typed.one("decide") == "refuse"});
  else
    words.push_back({"refuse", "I have looked; nothing more goes from here", "Write below what you did about it: whom you rang, whom you told.", typed.one("decide") == "refuse"});
  const bool can_ask = opened.status.state == RequestState::waiting;
  if (can_ask)
    words.push_back({"ask", "Ask them for more first", "They see it when they look at their request; the time promised stays. The question is about the request alone, so it tells nothing about "
                     "whether we know anybody.", typed.one("decide") == "ask"});
  inside += choices("radio", "decide", "What do you decide?", "", words, mistakes);
  if (can_ask) {
    std::vector<Choice> gaps;
    const auto ticked = typed.all("wanted");
    for (const auto word : policy::Words<policy::Statement>::list) {
      const auto one = policy::from_text<policy::Statement>(word);
      const bool said = std::find(p.asked.stated.begin(), p.asked.stated.end(), *one) != p.asked.stated.end();
      gaps.push_back({std::string(word), spaced(word), said ? "They stated something; ask again where it is not enough" : "",
                      std::find(ticked.begin(), ticked.end(), word) != ticked.end()});
    }
    const Html list = choices("checkbox", "wanted", "They should state", "", gaps, mistakes);
    // Open where something in it is wrong or chosen: nobody looks for a mistake behind a closed line.
    inside += !ticked.empty() || typed.one("decide") == "ask"
                  ? html("<details class=\"govuk-details\" open><summary class=\"govuk-details__summary\"><span class=\"govuk-details__summary-text\">What to ask them "
                         "for</span></summary><div class=\"govuk-details__text\">{}</div></details>",
                         list)
                  : details("What to ask them for", list);
  }
  if (can_send) {
    std::vector<Choice> parts;
    const auto ticked = typed.all("items");
    for (const auto& item : p.cut.items)
      parts.push_back({item.id, spaced(policy::text(item.category)), "", !again || std::find(ticked.begin(), ticked.end(), item.id) != ticked.end()});
    inside += choices("checkbox", "items", "Share", "Take a tick away to keep that back.", parts, mistakes);
    if (any_doubt(p.marked))
      inside += choices("checkbox", "confirmed", "Places to check", "",
                        {{"yes", "I have read each place marked \u201cplease check\u201d, and it is right that it is hidden", "", typed.one("confirmed") == "yes"}}, mistakes);
    inside += text_area({"conditions", "Conditions (they read this)", "For example: for the meeting of 3 December only", typed.one("conditions"), "text", "off", ""}, mistakes, 2);
    inside += text_input({"days", "They can fetch it for so many days", "From 1 to " + std::to_string(visit.now->settings().releases.expires_days),
                          again ? typed.one("days") : std::to_string(visit.now->settings().releases.expires_days), "text", "off", "numeric", false, 3}, mistakes);
  }
  inside += text_area({"rationale", "Why? (for our own record)", "What you weighed, in your own words. It is kept with the decision.", typed.one("rationale"), "text", "off", ""},
                      mistakes, 4);
  inside += button("Write it down and do it", "", "settle", "yes");
  body += html("<form method=\"post\" action=\"{}\" novalidate data-draft=\"yes\"><input type=\"hidden\" name=\"token\" value=\"{}\">{}</form>", Path("/cases/" + opened.status.id),
               visit.csrf, inside);
  return body;
}

asio::awaitable<Response> Console::case_page(Visit& visit) {
  std::string id = visit.part(0), by = visit.me->id;
  const auto opened = co_await s_.desk.open_request(std::move(id), std::move(by), visit.at);
  if (!opened) co_return broken(visit, opened.error());
  if (!*opened) co_return refuse(visit, 404, "Page not found", "There is no such request, or you cannot see it.");
  std::string owner = visit.me->id, place = visit.request.path;
  const auto draft = co_await s_.staff.draft(std::move(owner), std::move(place));
  if (!draft) co_return broken(visit, draft.error());
  Proposal proposal;
  proposal.review = review_so_far(**opened);
  if (const auto kept = draft->empty() ? std::nullopt : Form::read(*draft)) {
    Mistakes open;
    auto review = read_review(*kept, open);
    if (open.empty()) proposal.review = std::move(review);
  }
  auto working = propose(visit, **opened, proposal);
  const auto looked = co_await std::move(working);
  if (!looked) co_return broken(visit, looked.error());
  // Who is close to the case learns no more than who typed a wrong address.
  if (*looked != Looked::good) co_return refuse(visit, 404, "Page not found", "There is no such request, or you cannot see it.");
  co_return answer(visit, 200, "One request", case_body(visit, **opened, proposal, {}, *draft));
}

asio::awaitable<Response> Console::settle_case(Visit& visit) {
  const std::string request_id = visit.part(0);
  std::string id = request_id, by = visit.me->id;
  const auto opened = co_await s_.desk.open_request(std::move(id), std::move(by), visit.at);
  if (!opened) co_return broken(visit, opened.error());
  if (!*opened) co_return refuse(visit, 404, "Page not found", "There is no such request, or you cannot see it.");
  Proposal proposal;
  Mistakes mistakes;
  // What is refused shows and hides nothing.
  if (visit.form.one("decide") != "refuse" || visit.form.has("again")) proposal.review = read_review(visit.form, mistakes);
  if (!mistakes.empty()) proposal.review = review_so_far(**opened);
  auto working = propose(visit, **opened, proposal);
  const auto looked = co_await std::move(working);
  if (!looked) co_return broken(visit, looked.error());
  if (*looked != Looked::good) co_return refuse(visit, 404, "Page not found", "There is no such request, or you cannot see it.");
  if (!proposal.role) co_return refuse(visit, 403, "You cannot decide this", "The policy leaves it to somebody else. The case's page says to whom.");
  const auto& status = (*opened)->status;
  if (visit.form.one("state") != policy::text(status.state) || !is_open(**opened))
    co_return refuse(visit, 409, "This request is settled", "Somebody decided it, or its time came, since you opened it. Nothing was done twice. Open it again to see.");

  const std::string word = visit.form.one("decide"), rationale = visit.form.one("rationale"), conditions = visit.form.one("conditions");
  if (visit.form.one("again") == "yes")
    co_return answer(visit, mistakes.empty() ? 200 : 400, mistakes.empty() ? "One request" : "Error: One request", case_body(visit, **opened, proposal, mistakes, {}));
  // Ticks that were changed and not looked at since: the text is shown first.
  if (word == "approve" && mistakes.empty() && !visit.form.one("reviewed").empty() && visit.form.one("reviewed") != sha256_text(proposal.review.text())) {
    mistakes.push_back({"hidden-things", "What is hidden has changed, as you chose. Read the text again, then approve"});
    co_return answer(visit, 400, "Error: One request", case_body(visit, **opened, proposal, mistakes, {}));
  }
  const bool may_still_go = policy::may_move(status.state, RequestState::released);
  const bool asks = word == "ask" && status.state == RequestState::waiting;
  if (word != "refuse" && !asks && (word != "approve" || !may_still_go)) mistakes.push_back({"decide", "Choose what you decide"});
  if (rationale.size() < 10) mistakes.push_back({"rationale", "Write why, in a sentence"});
  if (rationale.size() > 4000) mistakes.push_back({"rationale", "Write it in 4,000 characters or fewer"});
  if (conditions.size() > 2000) mistakes.push_back({"conditions", "Write it in 2,000 characters or fewer"});
  std::set<std::string> chosen;
  std::uint32_t days = 0;
  if (word == "approve") {
    for (const auto& item : visit.form.all("items"))
      if (std::any_of(proposal.cut.items.begin(), proposal.cut.items.end(), [&](const auto& one) { return one.id == item; })) chosen.insert(item);
    if (chosen.empty()) mistakes.push_back({"items", "Tick at least one thing, or choose to send nothing"});
    if (any_doubt(proposal.marked) && visit.form.one("confirmed") != "yes") mistakes.push_back({"confirmed", "Read each place marked \u201cplease check\u201d, and confirm it"});
    const std::string typed = visit.form.one("days");
    if (!typed.empty() && typed.size() < 4 && typed.find_first_not_of("0123456789") == std::string::npos) days = static_cast<std::uint32_t>(std::stoul(typed));
    if (days < 1 || days > visit.now->settings().releases.expires_days)
      mistakes.push_back({"days", "Enter a number from 1 to " + std::to_string(visit.now->settings().releases.expires_days)});
  }
  std::vector<policy::Statement> wanted;
  if (asks) {
    for (const auto& one : visit.form.all("wanted"))
      if (const auto statement = policy::from_text<policy::Statement>(one); statement && std::find(wanted.begin(), wanted.end(), *statement) == wanted.end())
        wanted.push_back(*statement);
    if (wanted.empty()) mistakes.push_back({"wanted", "Tick what they should state"});
  }
  if (!mistakes.empty()) co_return answer(visit, 400, "Error: One request", case_body(visit, **opened, proposal, mistakes, {}));

  policy::Settlement settlement;
  settlement.request_id = request_id;
  settlement.from = status.state;
  settlement.role = *proposal.role;
  settlement.pack_sha256 = visit.now->policies().pack.identity().sha256;
  settlement.verdict.staff = visit.me->id;
  settlement.verdict.rationale = rationale;
  settlement.verdict.conditions = conditions;
  settlement.verdict.at = visit.at;
  settlement.verdict.content_sha256 = proposal.shown;
  settlement.verdict.word = "refused";
  if (!proposal.review.empty()) settlement.verdict.review_json = proposal.review.text();
  settlement.decision_json = policy::to_json(proposal.base);
  if (asks) {
    settlement.verdict.word = "asked";
    settlement.outcome = policy::Outcome::more_information;
    settlement.wanted = std::move(wanted);
  }
  if (word == "approve") {
    const std::string_view changed = "The record, a consent, a restriction or the other side's key changed since you opened the page. Nothing was sent. Look again, then decide.";
    if (proposal.shown.empty() || visit.form.one("shown") != proposal.shown || !visit.now->pack_approved() || proposal.cut.blocked || proposal.recipient == nullptr)
      co_return refuse(visit, 409, "The record changed, look again", changed);
    settlement.verdict.items.assign(chosen.begin(), chosen.end());
    bool alone = needs_second(proposal, chosen);
    for (std::size_t i = (*opened)->verdicts.size(); alone && i > 0; --i) {
      const auto& one = (*opened)->verdicts[i - 1];
      if (one.word != "first_of_two" || one.content_sha256 != proposal.shown || !std::includes(one.items.begin(), one.items.end(), chosen.begin(), chosen.end())) continue;
      std::string who = one.staff;
      auto asking = is_somebody_else(visit, std::move(who));
      const auto other = co_await std::move(asking);
      if (!other) co_return broken(visit, other.error());
      alone = !*other;
    }
    const policy::Decision decision = narrowed(proposal.decision, chosen);
    settlement.decision_json = policy::to_json(decision);
    settlement.outcome = decision.outcome();
    settlement.verdict.word = alone ? "first_of_two" : "released";
    if (!alone) {
      // Read again for what was chosen: redaction hides more where less is shared.
      auto chosen_items = released_items(decision, proposal.evidence);
      auto found = co_await s_.records.find(std::move(chosen_items));
      if (!found) co_return refuse(visit, 409, "The record changed, look again", changed);
      const Cut cut = cut_down(*visit.now, proposal.asked, decision, *found, proposal.partner->agency.type, prepared_, visit.at, &proposal.review);
      const bool whole = !cut.blocked && std::all_of(chosen.begin(), chosen.end(), [&](const std::string& one) {
        return std::any_of(cut.items.begin(), cut.items.end(), [&](const auto& item) { return item.id == one; });
      });
      if (!whole) co_return refuse(visit, 409, "The record changed, look again", changed);
      SealFor what = seal_for(*visit.now, *proposal.partner, *proposal.recipient, proposal.asked.purpose, decision, release_of(request_id), visit.at);
      what.expires = visit.at + std::chrono::days(days);
      std::string plain = package_text(proposal.asked, cut, what.release_id);
      if (!conditions.empty() && plain.ends_with('}')) {
        policy::JsonText note;
        note.open_object().field("conditions", conditions).close_object();
        const std::string object = note.take();
        plain.back() = ',';
        plain += object.substr(1);
      }
      auto sealed = seal_package(what, std::move(plain), s_.release_key);
      if (!sealed) co_return broken(visit, StoreError::unavailable);
      sealed->consents_only = resting_on_consent(decision);
      settlement.obligations = decision.obligations();
      if ((shows_a_source(proposal) && to_child_protection(proposal)) || proposal.own) {
        policy::Obligation second;
        second.kind = policy::ObligationKind::review;
        second.when = policy::When::after;
        settlement.obligations.push_back(std::move(second));
      }
      settlement.clocks = decision.clocks;
      settlement.release = std::move(*sealed);
    }
  }
  const std::string said = settlement.verdict.word;
  policy::Token token = proposal.evidence.token;
  const auto settled = co_await s_.desk.settle_by_person(std::move(token), std::move(settlement));  // the output gate
  if (!settled) co_return broken(visit, settled.error());
  if (*settled == policy::Desk::Settled::stale)
    co_return refuse(visit, 409, "The record changed, look again", "Something changed while you pressed the button. Nothing was sent. Open the page again.");
  if (*settled == policy::Desk::Settled::over)
    co_return refuse(visit, 409, "This request is settled", "Somebody decided it, or its time came, since you opened it. Nothing was done twice. Open it again to see.");
  std::string owner = visit.me->id, place = visit.request.path;
  const auto dropped = co_await s_.staff.keep_draft(std::move(owner), std::move(place), std::string(), visit.at);
  if (!dropped) co_return broken(visit, dropped.error());
  if (said == "released") s_.metrics.count(Metrics::Event::released);
  const std::string_view title = said == "released" ? "It is released" : said == "refused" ? "Nothing is sent" : said == "asked" ? "They are asked for more" : "A second person must agree";
  Html body = heading(title);
  body += paragraph(said == "released"  ? "The package is ready for them to fetch, and only they can open it. Decision, reason and package are in the log."
                    : said == "asked"   ? "They see it when they look at their request. Their answer comes back to the list. If none comes, they are declined at the time promised."
                    : said == "refused" ? may_still_go ? "They are told at the time promised. Your reason is in the log." : "What you wrote is in the log."
                                        : "What you ticked names an informant, a safe address or the counselling file. Somebody else with a role for it, under an account with their own full name, must approve the same before it leaves.");
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/cases"), "Back to what needs your decision"));
  co_return answer(visit, 200, title, body);
}

}  // namespace gatehouse::gateway::console
