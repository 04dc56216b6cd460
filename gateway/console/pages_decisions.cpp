// What was decided: how much of what kind, the list, and one decision with its record in the regulator's form. Counts and list name nobody; a record is opened
// like a case: the look is on the log, and who is close to the case sees nothing.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "gateway/console/console.hpp"
#include "gateway/decision_record/export.hpp"
#include "gateway/partner_api/question.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::StoreError;

namespace {

constexpr std::string_view kTitle = "What we decided", kOne = "One decision";
constexpr std::size_t kPage = 50;

std::string_view outcome_words(std::string_view outcome) {
  if (outcome == "release") return "All of it may be shared";
  if (outcome == "partial") return "Some of it may be shared";
  if (outcome == "anonymised") return "Only without names";
  if (outcome == "refer") return "Left to a person";
  if (outcome == "more_information") return "Something was not stated";
  return "Kept";
}

std::string_view state_words(policy::RequestState state) {
  using enum policy::RequestState;
  switch (state) {
    case received: return "just come in";
    case waiting: return "waits for a person";
    case released: return "ready to fetch";
    case fetched: return "fetched";
    case acknowledged: return "received by them";
    case declined: return "declined";
    case no_trace: return "nothing found";
    case withdrawn: return "taken back";
    case recalled: return "asked back";
    case expired: return "over";
  }
  return "?";
}

// A bar beside its number. What it shows stands in the row; a screen reader passes it by.
Html bar(std::uint64_t count, std::uint64_t most) {
  const std::uint64_t width = most == 0 ? 0 : std::max<std::uint64_t>(count == 0 ? 0 : 2, count * 160 / most);
  return html("<svg class=\"gh-chart\" width=\"160\" height=\"16\" aria-hidden=\"true\" focusable=\"false\"><rect width=\"{}\" height=\"16\"></rect></svg>", width);
}

struct Tally {
  std::uint64_t count = 0, shared = 0, late = 0;
};

Html chart(std::string_view caption, std::string_view head, const std::map<std::string, Tally>& tallies) {
  std::vector<std::pair<std::string, Tally>> sorted(tallies.begin(), tallies.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second.count != b.second.count ? a.second.count > b.second.count : a.first < b.first; });
  const std::uint64_t most = sorted.empty() ? 0 : sorted.front().second.count;
  std::vector<std::vector<Html>> rows;
  for (const auto& [name, one] : sorted) rows.push_back({html("{}", name), html("{}", one.count), bar(one.count, most), html("{}", one.shared), html("{}", one.late)});
  return table(caption, {std::string(head), "Requests", "Chart", "Shared", "Answered late"}, rows);
}

// What the list is asked for: from its own form, as an address that can be kept. Nothing in it names anybody.
struct Asked {
  policy::Date from{}, until{};
  std::string agency, purpose, outcome;
  std::size_t page = 0;
  Mistakes mistakes;
};

Asked asked_of(const Visit& visit) {
  Asked out;
  const policy::Date today = visit.now->policies().calendar.local_date(visit.at);
  out.until = policy::Date(std::chrono::sys_days(today));
  out.from = policy::Date(std::chrono::sys_days(today) - std::chrono::days(30));
  const auto form = Form::read(visit.request.query);
  if (!form) {
    out.mistakes.push_back({"from", "The address could not be read; the last 30 days are shown"});
    return out;
  }
  for (auto [name, day] : {std::pair<const char*, policy::Date*>{"from", &out.from}, std::pair<const char*, policy::Date*>{"until", &out.until}})
    if (const std::string text = form->one(name); !text.empty()) {
      if (const auto read = policy::read_date(text)) *day = *read;
      else out.mistakes.push_back({name, "Enter a date as year-month-day"});
    }
  if (std::chrono::sys_days(out.until) < std::chrono::sys_days(out.from)) out.mistakes.push_back({"until", "The last day must not be before the first"});
  if (visit.partner(form->one("agency")) != nullptr) out.agency = form->one("agency");
  if (policy::from_text<policy::Purpose>(form->one("purpose"))) out.purpose = form->one("purpose");
  if (policy::from_text<policy::Outcome>(form->one("outcome"))) out.outcome = form->one("outcome");
  if (const std::string page = form->one("page"); !page.empty() && page.size() < 5 && page.find_first_not_of("0123456789") == std::string::npos) out.page = std::stoul(page);
  return out;
}

std::string address_of(const Asked& asked, std::size_t page) {
  return "/decisions?from=" + policy::to_text(asked.from) + "&until=" + policy::to_text(asked.until) + (asked.agency.empty() ? "" : "&agency=" + asked.agency) +
         (asked.purpose.empty() ? "" : "&purpose=" + asked.purpose) + (asked.outcome.empty() ? "" : "&outcome=" + asked.outcome) + (page == 0 ? "" : "&page=" + std::to_string(page));
}

}  // namespace

asio::awaitable<Response> Console::decisions(Visit& visit) {
  const auto& calendar = visit.now->policies().calendar;
  const Asked asked = asked_of(visit);
  const auto from = calendar.at_local(asked.from, std::chrono::seconds(0));
  const auto until = calendar.at_local(policy::Date(std::chrono::sys_days(asked.until) + std::chrono::days(1)), std::chrono::seconds(0));
  policy::DecidedQuery query;
  query.from = from;
  query.until = until;
  query.agency = asked.agency;
  query.purpose = asked.purpose;
  query.outcome = asked.outcome;
  query.limit = kPage + 1;
  query.skip = asked.page * kPage;
  query.looker = visit.me->name;
  const auto listed = co_await s_.desk.decided(std::move(query));
  if (!listed) co_return broken(visit, listed.error());
  std::string counting = visit.me->name, waited_for = visit.me->name;
  const auto counted = co_await s_.desk.counts(from, until, visit.at, std::move(counting));
  if (!counted) co_return broken(visit, counted.error());
  const auto waiting = co_await s_.desk.waiting(2000, std::move(waited_for));
  if (!waiting) co_return broken(visit, waiting.error());

  Html body = mistakes_summary(asked.mistakes);
  body += heading(kTitle);
  body += paragraph("Every request is here, shared or not. No names: they are in the decision itself, and every look at one is written down.");
  std::vector<Choice> agencies = {{"", "All", "", asked.agency.empty()}}, purposes = {{"", "All", "", asked.purpose.empty()}}, outcomes = {{"", "All", "", asked.outcome.empty()}};
  for (const auto& one : visit.now->partners()) agencies.push_back({one.agency.id, one.agency.name, "", asked.agency == one.agency.id});
  for (const auto word : policy::Words<policy::Purpose>::list) purposes.push_back({std::string(word), spaced(word), "", asked.purpose == word});
  for (const auto word : policy::Words<policy::Outcome>::list) outcomes.push_back({std::string(word), std::string(outcome_words(word)), "", asked.outcome == word});
  Html fields = text_input({"from", "First day", "Year-month-day", policy::to_text(asked.from), "text", "off", "", false, 10}, asked.mistakes);
  fields += text_input({"until", "Last day", "Year-month-day", policy::to_text(asked.until), "text", "off", "", false, 10}, asked.mistakes);
  fields += select("agency", "Who asked", "", agencies);
  fields += select("purpose", "What for", "", purposes);
  fields += select("outcome", "What the policy said", "", outcomes);
  body += html("<form method=\"get\" action=\"/decisions\" novalidate><div class=\"gh-three\">{}</div>{}</form>", fields, button("Show", "secondary"));

  std::map<std::string, Tally> by_outcome, by_agency, by_purpose;
  for (const auto& one : *counted) {
    if ((!asked.agency.empty() && one.agency != asked.agency) || (!asked.purpose.empty() && one.purpose != asked.purpose) || (!asked.outcome.empty() && one.outcome != asked.outcome)) continue;
    for (Tally* tally : {&by_outcome[std::string(outcome_words(one.outcome))], &by_agency[visit.agency_name(one.agency)], &by_purpose[spaced(one.purpose)]}) {
      tally->count += one.count;
      tally->shared += one.shared;
      tally->late += one.late;
    }
  }
  if (by_outcome.empty()) {
    body += inset(html("Nothing was asked in this time."));
  } else {
    body += second_heading("How many");
    body += chart("By what the policy said", "What the policy said", by_outcome);
    body += chart("By who asked", "Who asked", by_agency);
    body += chart("By what it was for", "What for", by_purpose);
  }
  std::map<std::string, Tally> clocks;
  for (const auto& one : *waiting) {
    if (one.refused || one.completed) continue;
    const auto left = std::chrono::duration_cast<std::chrono::minutes>(one.status.answer_by - visit.at).count();
    ++clocks[left <= 0 ? "1. Time is up" : left < 240 ? "2. Under four hours left" : left < 24 * 60 ? "3. Under a day left" : "4. More than a day left"].count;
  }
  if (!clocks.empty()) {
    std::uint64_t most = 0;
    for (const auto& [name, one] : clocks) most = std::max(most, one.count);
    std::vector<std::vector<Html>> rows;
    for (const auto& [name, one] : clocks) rows.push_back({html("{}", std::string_view(name).substr(3)), html("{}", one.count), bar(one.count, most)});
    body += table("Clocks of what waits now", {"Time left", "Requests", "Chart"}, rows);
  }
  if (!listed->empty()) {
    std::vector<std::vector<Html>> rows;
    for (std::size_t i = 0; i < listed->size() && i < kPage; ++i) {
      const auto& one = (*listed)[i];
      rows.push_back({link(Path("/decisions/" + one.status.id), local_words(calendar, one.status.received)), html("{}", visit.agency_name(one.status.agency)),
                      html("{}", spaced(policy::text(one.status.purpose))), html("{}", outcome_words(one.outcome)), html("{}", state_words(one.status.state))});
    }
    body += table("Each of them, newest first", {"Received", "Who asked", "What for", "What the policy said", "What became of it"}, rows);
    Html pages;
    if (asked.page > 0) pages += html("<li>{}</li>", link(Path(address_of(asked, asked.page - 1)), "Newer"));
    if (listed->size() > kPage) pages += html("<li>{}</li>", link(Path(address_of(asked, asked.page + 1)), "Older"));
    if (!pages.empty()) body += html("<nav aria-label=\"Pages\"><ul class=\"govuk-list\">{}</ul></nav>", pages);
  }
  co_return answer(visit, asked.mistakes.empty() ? 200 : 400, asked.mistakes.empty() ? kTitle : std::string_view("Error: What we decided"), body);
}

// The decision of the address, ready to be written as a record; nothing where there is none, or the visitor is close to who it is about.
asio::awaitable<std::expected<std::optional<Console::Decided>, StoreError>> Console::decided_request(Visit& visit, policy::Look why) {
  std::string id = visit.part(0), by = visit.me->id;
  auto opened = co_await s_.desk.open_request(std::move(id), std::move(by), visit.at, why);
  if (!opened) co_return std::unexpected(opened.error());
  if (!*opened) co_return std::optional<Decided>();
  const auto asked = read_asked((*opened)->request_json);
  if (!asked) co_return std::optional<Decided>();
  policy::EvidenceQuery query;
  query.locator = asked->locator;
  query.agency = (*opened)->status.agency;
  query.request_id = (*opened)->status.id;
  query.worker = visit.me->name;
  query.conflict_with_candidates = true;
  query.purpose = asked->purpose;
  query.at = visit.at;
  auto evidence = co_await s_.store.evidence(std::move(query));
  if (!evidence) co_return std::unexpected(evidence.error());
  if (evidence->conflict) co_return std::optional<Decided>();
  Decided out{std::move(**opened), std::move(*evidence)};
  co_return std::optional<Decided>(std::move(out));
}

asio::awaitable<std::expected<std::map<std::string, RecordPerson>, StoreError>> Console::staff_words() {
  const auto people = co_await s_.staff.staff();
  if (!people) co_return std::unexpected(people.error());
  std::map<std::string, RecordPerson> out;
  for (const auto& one : *people) {
    std::string roles;
    for (const auto role : one.roles) roles += (roles.empty() ? "" : ", ") + std::string(role_words(role));
    out[one.id] = {one.name, roles};
  }
  co_return out;
}

namespace {

// Why the person it is about may not be shown it across the desk; empty: they may. Whoever turns the screen round cannot weigh a risk at that moment, so any
// sign of one is enough.
std::string_view keeps_from_showing(const policy::OpenedRequest& opened, const policy::Evidence& evidence) {
  // A call about somebody whom we do not know exactly is about nobody who could be shown it.
  if (evidence.matched != policy::Matched::one) return "The details do not point to exactly one person on file.";
  const auto decision = nlohmann::json::parse(opened.decision_json, nullptr, false), question = nlohmann::json::parse(opened.case_json, nullptr, false);
  if (!decision.is_object() || !question.is_object()) return "What is stored of it cannot be read.";
  if (decision.value("duty", "none") != "none") return "It is about something that must be shared whatever the person says.";
  const auto circumstances = question.find("circumstances");
  if (circumstances != question.end() && !circumstances->empty()) return "Somebody stated a danger, or one is on record.";
  const auto obligations = decision.find("obligations");
  if (obligations != decision.end() && obligations->is_array())
    for (const auto& one : *obligations)
      if (one.is_object() && (one.value("kind", "") == "defer_notice" || one.value("kind", "") == "safe_contact_only")) return "Telling the person is put off, or may be unsafe.";
  if (evidence.risk_marker) return "There is a risk, safe-contact or embargo mark on the file.";
  if (opened.status.state == policy::RequestState::waiting || opened.status.state == policy::RequestState::received) return "It is not decided yet.";
  return {};
}

RecordSource source_of(const Visit& visit, const policy::OpenedRequest& opened, const std::map<std::string, RecordPerson>& staff) {
  RecordSource out;
  out.opened = opened;
  if (const Partner* partner = visit.partner(opened.status.agency)) out.agency = &partner->agency;
  out.staff = &staff;
  out.organisation = &visit.now->settings().organisation;
  out.calendar = &visit.now->policies().calendar;
  out.pack = &visit.now->policies().pack;
  return out;
}

}  // namespace

asio::awaitable<Response> Console::decision_page(Visit& visit) {
  auto finding = decided_request(visit, policy::Look::record_read);
  const auto found = co_await std::move(finding);
  if (!found) co_return broken(visit, found.error());
  if (!*found) co_return refuse(visit, 404, "Page not found", "There is no such decision, or you cannot see it.");
  const policy::OpenedRequest& opened = (*found)->opened;
  auto naming = staff_words();
  const auto staff = co_await std::move(naming);
  if (!staff) co_return broken(visit, staff.error());
  const RecordSource source = source_of(visit, opened, *staff);
  const DecisionRecord record = decision_record(source);

  const std::string base = "/decisions/" + opened.status.id;
  Html body = heading(kOne, visit.agency_name(opened.status.agency));
  Html files = html("<li>{}</li>", link(Path(base + "/record.pdf"), "Decision record (PDF)"));
  files += html("<li>{}</li>", link(Path(base + "/record.csv"), "Decision record (CSV)"));
  files += html("<li>{}</li>", link(Path(base + "/record.json"), "Decision record (JSON)"));
  if (!opened.status.release_id.empty()) files += html("<li>{}</li>", link(Path(base + "/sharing.pdf"), "Record of Sharing (PDF)"));
  body += html("<ul class=\"govuk-list\">{}</ul>", files);
  std::vector<std::pair<std::string, Html>> rows;
  for (const auto& line : record.lines)
    rows.emplace_back(line.label, line.from == RecordFrom::nowhere ? html("{}", line.value) : html("{}<br><span class=\"govuk-hint\">{}</span>", line.value, record_words(line.from)));
  body += summary_list(rows);
  if (!record.rows.empty()) {
    std::vector<std::vector<Html>> cells;
    for (const auto& row : record.rows) {
      std::vector<Html> one;
      for (const auto& cell : row) one.push_back(html("{}", cell));
      cells.push_back(std::move(one));
    }
    body += table("Each thing asked for", record.row_heads, cells);
  }
  std::vector<std::vector<Html>> checks;
  for (const auto& one : record.checks) checks.push_back({html("{}", one.check), html("{}", one.here)});
  body += table("Seven checks, and what this decision shows of them", {"Check", "Here"}, checks);
  if (!record.clauses.empty()) {
    std::vector<std::pair<std::string, Html>> clauses;
    for (const auto& one : record.clauses)
      clauses.emplace_back(one.id, one.words.empty() ? html("{}", std::string_view("The words are not at hand: it was decided under another policy than the one in use.")) : html("{}", one.words));
    body += second_heading("Each clause, in words");
    body += summary_list(clauses);
  }
  const std::string_view why_not = keeps_from_showing(opened, (*found)->evidence);
  body += second_heading("Show it to the person");
  if (why_not.empty()) {
    body += paragraph("They see who asked, what for, what was shared and why, and nothing else. You are signed out: this screen opens nothing more until you sign in again.");
    body += form(Path(base + "/show"), visit.csrf, button("Show this to the person", "secondary"));
  } else {
    body += inset(html("Not from here. {}", why_not));
  }
  body += second_heading("Its proof");
  const bool known = !opened.last_entry.empty();
  const std::string entry = std::to_string(known ? opened.last_index : opened.log_index);
  body += html("<p class=\"govuk-body\">How it ended is entry {} of the log. Anybody can check that it is still what it was, without trusting us: keep the proof, and check it with "
               "<code>gatehouse audit proof FILE --log-key KEY</code> or with <code>scripts/verify-log</code>. <code>gatehouse audit verify</code> checks the whole log.</p>",
               entry);
  body += known ? html("<p class=\"govuk-body\">{}</p>", link(Path(base + "/log-proof.txt"), "The proof of that entry"))
                : inset(html("{}", std::string_view("That is the entry of what the policy answered. Which entry has the person's word was not kept.")));
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/cases/" + opened.status.id), "The case itself, as its approver sees it"));
  co_return answer(visit, 200, kOne, body);
}

// ------------------------------------------------------------------------------------------------ shown to the person

namespace {

constexpr std::string_view kShow = "__Host-gatehouse-show";
constexpr std::chrono::minutes kShownFor{15};

}  // namespace

asio::awaitable<Response> Console::show_decision(Visit& visit) {
  auto finding = decided_request(visit, policy::Look::record_read);
  const auto found = co_await std::move(finding);
  if (!found) co_return broken(visit, found.error());
  if (!*found) co_return refuse(visit, 404, "Page not found", "There is no such decision, or you cannot see it.");
  const policy::OpenedRequest& opened = (*found)->opened;
  const std::string_view why_not = keeps_from_showing(opened, (*found)->evidence);
  if (!why_not.empty()) co_return refuse(visit, 409, "This may not be shown", std::string(why_not) + " Speak to the safeguarding lead before you tell the person anything.");
  // The session ends here: what is left opens one page, for a quarter of an hour, until somebody signs in again.
  std::string token = visit.session;
  const auto ended = co_await s_.staff.end_session(std::move(token));
  if (!ended) co_return broken(visit, ended.error());
  const std::string until = std::to_string((visit.at + kShownFor).time_since_epoch().count());
  const std::string what = visit.me->id + "." + opened.status.id + "." + until;
  Response out = go_to(Path("/shown"));
  out.set("clear-site-data", "\"cache\", \"storage\"");
  out.headers.emplace_back("set-cookie", session_cookie(""));
  out.headers.emplace_back("set-cookie", std::string(kShow) + "=" + what + "." + keyed("show|" + what) + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=900");
  co_return out;
}

asio::awaitable<Response> Console::shown(Visit& visit) {
  const std::string given = cookie(visit.request.header("cookie"), kShow);
  std::array<std::string, 4> part;
  std::size_t count = 0;
  for (std::size_t at = 0; at <= given.size() && count < 4; ++count) {
    const std::size_t end = std::min(given.find('.', at), given.size());
    part[count] = given.substr(at, end - at);
    at = end + 1;
  }
  const std::string what = part[0] + "." + part[1] + "." + part[2];
  const bool ours = count == 4 && part[3] == keyed("show|" + what) && given == what + "." + part[3];
  const bool in_time = ours && part[2].size() < 15 && part[2].find_first_not_of("0123456789") == std::string::npos && visit.at.time_since_epoch().count() < std::stoll(part[2]);
  std::optional<policy::OpenedRequest> opened;
  if (in_time) {
    std::string staff = part[0];
    auto member = co_await s_.staff.staff_member(std::move(staff));
    if (!member) co_return broken(visit, member.error());
    if (*member && (*member)->state == policy::StaffState::active) {
      visit.me = std::move(**member);
      visit.request.captures = {part[1]};
      auto finding = decided_request(visit, policy::Look::record_read);
      auto found = co_await std::move(finding);
      if (!found) co_return broken(visit, found.error());
      if (*found && keeps_from_showing((*found)->opened, (*found)->evidence).empty()) opened = std::move((*found)->opened);
      visit.me.reset();
    }
  }
  if (!opened) co_return refuse(visit, 404, "Nothing is shown here now", "The time is over, or something changed. A member of staff signs in to go on.");
  const std::map<std::string, RecordPerson> nobody;
  const DecisionRecord record = decision_record(source_of(visit, *opened, nobody));
  const auto value = [&](std::string_view key) {
    const auto found = std::find_if(record.lines.begin(), record.lines.end(), [&](const RecordLine& one) { return one.key == key; });
    return found == record.lines.end() ? std::string(kNotRecorded) : found->value;
  };
  const auto& organisation = visit.now->settings().organisation;
  Html body = heading("What we were asked about you, and what we did");
  body += summary_list({{"Who asked", html("{}", value("requesting_organisation"))},
                        {"When", html("{}", local_words(visit.now->policies().calendar, opened->status.received))},
                        {"What for", html("{}", value("purpose"))},
                        {"What we shared", html("{}", value("shared"))},
                        {"What we kept back", html("{}", value("kept_back"))},
                        {"Why", html("{}", value("reasons"))},
                        {"What happened", html("{}", value("decision"))}});
  body += second_heading("Your rights");
  body += paragraph("You may ask for a copy of what was shared, ask us to correct what is wrong, take back your agreement, and complain. " +
                    (organisation.data_protection_contact.empty() ? "Ask us, or ring " + organisation.duty_number + "." : "Ask " + organisation.data_protection_contact + "."));
  body += html("<p class=\"govuk-body\">{}</p>", link(Path("/sign-in"), "Staff: sign in again to go on"));
  co_return answer(visit, 200, "What we were asked, and what we did", body);
}

Response Console::proof_refused(const Visit& visit, policy::ProofError error) const {
  Response out = error == policy::ProofError::not_covered_yet
                     ? refuse(visit, 503, "The proof is not there yet", "The log is signed every second or so. Open the address again.")
                     : refuse(visit, 503, "The proof cannot be made now", "The log's own files cannot be read. Tell your administrator; nothing of the decision is lost.");
  out.set("retry-after", "2");
  return out;
}

asio::awaitable<Response> Console::decision_file(Visit& visit) {
  const std::string file = visit.part(1);
  const bool sharing = file == "sharing.pdf" || file == "sharing.csv" || file == "sharing.json";
  if (!sharing && file != "record.pdf" && file != "record.csv" && file != "record.json" && file != "log-proof.txt") co_return refuse(visit, 404, "Page not found", "There is no such file.");
  auto finding = decided_request(visit, policy::Look::record_exported);
  const auto found = co_await std::move(finding);
  if (!found) co_return broken(visit, found.error());
  if (!*found) co_return refuse(visit, 404, "Page not found", "There is no such decision, or you cannot see it.");
  const policy::OpenedRequest& opened = (*found)->opened;
  if (file == "log-proof.txt") {
    if (opened.last_entry.empty()) co_return refuse(visit, 404, "Page not found", "Which entry of the log says how it ended was not kept. The whole log can be checked all the same.");
    std::string entry = opened.last_entry;
    const auto proof = co_await s_.proofs.proof(opened.last_index, std::move(entry));
    if (!proof) co_return proof_refused(visit, proof.error());
    Response out(200);
    out.set("content-type", "text/plain; charset=utf-8");
    out.set("content-disposition", "attachment; filename=\"decision.tlog-proof\"");
    out.body = *proof;
    co_return out;
  }
  auto naming = staff_words();
  const auto staff = co_await std::move(naming);
  if (!staff) co_return broken(visit, staff.error());
  const RecordSource source = source_of(visit, opened, *staff);
  std::vector<DecisionRecord> records;
  if (sharing) {
    auto shared = one_off_sharing(source);
    if (!shared) co_return refuse(visit, 404, "Page not found", "Nothing of it was shared, so there is no Record of Sharing. The decision record says why.");
    records.push_back(std::move(*shared));
  } else {
    records.push_back(decision_record(source));
  }
  Response out(200);
  const std::string ending = file.substr(file.find('.') + 1);
  if (ending == "pdf") {
    auto job = [converter = s_.converter, document = to_document(records), title = records.front().title()] { return converter.write(document, title); };
    auto work = call(std::move(job));
    auto pdf = co_await asio::co_spawn(reading_, std::move(work), asio::use_awaitable);
    if (!pdf && pdf.error().code == "unwritable") co_return refuse(visit, 409, "The PDF cannot be made", "Something in it was written in letters that we cannot print. The CSV has all of it.");
    if (!pdf) co_return refuse(visit, 503, "The PDF cannot be made now", "The program that sets it does not answer. Take the CSV, and tell your administrator.");
    out.body = std::move(*pdf);
  } else {
    out.body = ending == "csv" ? to_csv(records) : to_json(records.front()) + "\n";
  }
  out.set("content-type", ending == "pdf" ? "application/pdf" : ending == "csv" ? "text/csv; charset=utf-8" : "application/json");
  out.set("content-disposition", std::string("attachment; filename=\"") + (sharing ? "record-of-sharing." : "decision-record.") + ending + "\"");
  co_return out;
}

}  // namespace gatehouse::gateway::console
