// Documents that partners sent in. A lead reads the original at once, in words that a process without keys took out of it; everybody else reads the cut that a
// lead has passed on. Who is close to the person it is about does not see that there is one.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "gateway/console/console.hpp"
#include "gateway/documents/copy.hpp"
#include "gateway/strict_json.hpp"
#include "policy/json_text.hpp"

namespace gatehouse::gateway::console {

namespace asio = boost::asio;
using policy::InboundDocument;
using policy::InboundEnd;
using policy::Instant;
using policy::StaffMember;
using policy::StaffState;
using policy::StoreError;

namespace {

constexpr std::string_view kTitle = "Documents";
constexpr std::size_t kMostListed = 500;
constexpr std::size_t kMostShown = 400'000;  // bytes of text on one page: nobody reads more in one go

bool is_lead(const Visit& me) {
  return me.may(policy::Role::dsl) || me.may(policy::Role::deputy_dsl) || me.may(policy::Role::safeguarding_team) || me.may(policy::Role::ig_lead);
}

std::string staff_name(const std::vector<StaffMember>& people, const std::string& id) {
  for (const auto& one : people)
    if (one.id == id) return one.name;
  return "somebody who has left";
}

std::string format_words(const std::string& format) {
  if (format == "docx") return "Word document";
  if (format == "pdf") return "PDF";
  if (format == "email") return "E-mail";
  if (format == "html") return "Web page";
  return "Text";
}

documents::Format format_of(const std::string& word) {
  const auto at = std::find(documents::kFormats.begin(), documents::kFormats.end(), word);
  return at == documents::kFormats.end() ? documents::Format::text : static_cast<documents::Format>(at - documents::kFormats.begin());
}

policy::EvidenceQuery look_for_conflict(const Visit& visit, const SentIn& about, const InboundDocument& document) {
  policy::EvidenceQuery query;
  query.locator = about.locator;
  query.agency = document.agency;
  query.request_id = document.id;
  query.worker = visit.me->name;
  query.conflict_with_candidates = true;  // what the sender wrote is on the page also when it points to several people
  query.purpose = policy::Purpose::internal_support;
  query.at = visit.at;
  return query;
}

// Those whom the sender names. Our own case file is not opened for it: no decision has released anything of it to whoever will read the cut.
policy::CaseFile people_of_sender(const SentIn& about) {
  policy::CaseFile out;
  policy::Person subject;
  subject.id = out.subject = "subject";
  subject.relation = "self";
  subject.role = "family";
  const auto& who = about.locator;
  const std::string name = who.given_name + (who.given_name.empty() || who.family_name.empty() ? "" : " ") + who.family_name;
  for (const std::string* one : {&who.nhs_number, &who.upn})
    if (!one->empty()) subject.identifiers.push_back(*one);
  subject.names.push_back(!name.empty() ? name : !subject.identifiers.empty() ? subject.identifiers.front() : about.locator.agency_reference);
  if (subject.names.front().empty()) subject.names.front() = "unborn child";
  out.people.push_back(std::move(subject));
  if (!who.mother_name.empty()) {
    policy::Person mother;
    mother.id = "mother";
    mother.names.push_back(who.mother_name);
    mother.relation = "mother";
    mother.role = "family";
    out.people.push_back(std::move(mother));
  }
  return out;
}

struct Read {
  std::string refused;             // why it is not shown; empty: it is
  documents::Copy cut;
  std::string cut_json, shown;     // what may be passed on, and its SHA-256; empty: it may not
  std::string why_not;
};

Read read_it(const documents::Converter& converter, const std::string& bytes, const std::string& format, const policy::CaseFile& file) {
  Read out;
  const auto said = format_of(format);
  auto reading = converter.read(bytes, &said);
  if (!reading) {
    out.refused = reading.error().text();
    out.why_not = "it could not be read for certain";
    return out;
  }
  const auto people = redaction::PreparedPeople::prepare(file.people);
  if (!people) {
    out.refused = "whom it is about is not said in a way that can be used";
    out.why_not = out.refused;
    return out;
  }
  redaction::Release release;
  release.subject = file.subject;
  release.recipient = "other";
  out.cut = documents::redact_reading(*reading, *people, release, "");
  std::size_t size = 0;
  for (const auto& text : out.cut.texts) size += text.original.size() + text.redacted.text.size();
  for (const auto& one : out.cut.troubles)
    if (one.blocks && out.why_not.empty()) out.why_not = one.what;
  if (out.cut.blocked && out.why_not.empty()) out.why_not = "somebody in it could not be hidden for certain";
  if (!out.cut.blocked && size > kMostShown) out.why_not = "it is too long to be looked at here before it is passed on";
  if (!out.why_not.empty()) return out;
  policy::JsonText json(size + 1000);
  json.open_object().field("format", format).key("texts").open_array();
  for (const auto& text : out.cut.texts) {
    if (!text.carried) continue;
    json.open_object().field("kind", text.kind).field("where", text.where).field("text", text.redacted.text).close_object();
  }
  json.close_array().close_object();
  out.cut_json = json.take();
  out.shown = sha256_text(out.cut_json);
  return out;
}

Html text_block(std::string_view text) {
  std::size_t end = std::min(text.size(), kMostShown);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  Html out = html("<div class=\"gh-text\">{}</div>", text.substr(0, end));
  if (end < text.size()) out += paragraph("It goes on: the rest is in the file.");
  return out;
}

// A text, and where it stood where that is not simply the document.
Html placed(const std::string& kind, const std::string& where, std::string_view text) {
  Html out;
  if (kind != "body" || (where != "text" && where != "html" && where != "document")) out += html("<p class=\"govuk-body-s\">{}: {}</p>", kind, where);
  out += text_block(text);
  return out;
}

Html who_rows(const Visit& visit, const InboundDocument& document, const SentIn& about) {
  std::vector<std::pair<std::string, Html>> rows;
  const auto row = [&](const char* name, const std::string& value) {
    if (!value.empty()) rows.emplace_back(name, html("{}", value));
  };
  row("Sent by", visit.agency_name(document.agency));
  row("Worker there", about.worker.name + (about.worker.post.empty() ? "" : ", " + about.worker.post) + (about.worker.contact.empty() ? "" : ", " + about.worker.contact));
  row("Received", local_words(visit.now->policies().calendar, document.received));
  row("Kind", format_words(document.format));
  row("Why they send it", about.why);
  const auto& who = about.locator;
  row("About", who.given_name + " " + who.family_name);
  row("Date of birth", who.date_of_birth);
  row("NHS number", who.nhs_number);
  row("UPN", who.upn);
  row("Their reference", who.agency_reference);
  row("Mother", who.mother_name);
  row("Expected", who.expected_date);
  return summary_list(rows);
}

}  // namespace

asio::awaitable<std::expected<std::optional<InboundDocument>, StoreError>> Console::sent_document(Visit& visit, SentIn& about, policy::CaseFile& file) {
  const auto open = co_await s_.inbound.inbound_open(kMostListed);
  if (!open) co_return std::unexpected(open.error());
  const auto found = std::find_if(open->begin(), open->end(), [&](const auto& one) { return one.id == visit.part(0); });
  if (found == open->end()) co_return std::optional<InboundDocument>();
  auto read = read_about(found->about_json);
  if (!read) co_return std::unexpected(StoreError::unavailable);
  about = std::move(*read);
  auto query = look_for_conflict(visit, about, *found);
  const auto evidence = co_await s_.store.evidence(std::move(query));
  if (!evidence) co_return std::unexpected(evidence.error());
  if (evidence->conflict) co_return std::optional<InboundDocument>();
  file = people_of_sender(about);
  co_return *found;
}

asio::awaitable<Response> Console::documents_page(Visit& visit) {
  std::string me = visit.me->id;
  const auto mine = co_await s_.inbound.inbound_for(std::move(me));
  if (!mine) co_return broken(visit, mine.error());
  const auto& calendar = visit.now->policies().calendar;
  Html body = heading(kTitle);
  if (is_lead(visit)) {
    const auto open = co_await s_.inbound.inbound_open(kMostListed);
    if (!open) co_return broken(visit, open.error());
    std::vector<std::vector<Html>> rows;
    for (const auto& one : *open) {
      const auto about = read_about(one.about_json);
      if (!about) co_return broken(visit, StoreError::unavailable);
      auto query = look_for_conflict(visit, *about, one);
      const auto evidence = co_await s_.store.evidence(std::move(query));
      if (!evidence) co_return broken(visit, evidence.error());
      if (evidence->conflict) continue;
      rows.push_back({link(Path("/documents/" + one.id), local_words(calendar, one.received)), html("{}", visit.agency_name(one.agency)), html("{}", format_words(one.format)),
                      one.seen ? one.passed_to.empty() ? tag("Read", "blue") : tag("Passed on", "green") : tag("Nobody has read it", "red")});
    }
    body += paragraph("Partners sent these. Read each at once: it may say that somebody is in danger. Nothing of it is on a record until you put it there, and nobody else sees it until you pass it on.");
    body += rows.empty() ? inset(html("Nothing waits to be read.")) : table("Sent to us", {"Received", "From", "Kind", "State"}, rows);
  }
  std::vector<std::vector<Html>> passed;
  for (const auto& one : *mine)
    passed.push_back({link(Path("/documents/" + one.id + "/cut"), local_words(calendar, one.received)), html("{}", visit.agency_name(one.agency)), html("{}", format_words(one.format))});
  if (!passed.empty()) body += table("Passed on to you", {"Received", "From", "Kind"}, passed);
  else if (!is_lead(visit)) body += inset(html("Nothing has been passed on to you."));
  co_return answer(visit, 200, kTitle, body);
}

asio::awaitable<Response> Console::sent_document_page(Visit& visit) {
  SentIn about;
  policy::CaseFile file;
  const auto known = co_await sent_document(visit, about, file);
  if (!known) co_return broken(visit, known.error());
  if (!*known) co_return refuse(visit, 404, "Page not found", "There is no such document, or it has been dealt with.");
  std::string id = visit.part(0), me = visit.me->id;
  auto opened = co_await s_.inbound.open_inbound(std::move(id), std::move(me), visit.at);
  if (!opened) co_return broken(visit, opened.error());
  if (!*opened) co_return refuse(visit, 404, "Page not found", "There is no such document, or it has been dealt with.");
  const InboundDocument document = std::move(**opened);
  const auto people = co_await s_.staff.staff();
  if (!people) co_return broken(visit, people.error());
  auto job = [converter = s_.converter, bytes = document.original, format = document.format, file = std::move(file)] { return read_it(converter, bytes, format, file); };
  auto work = call(std::move(job));
  const Read read = co_await asio::co_spawn(reading_, std::move(work), asio::use_awaitable);

  const Path here("/documents/" + document.id);
  Html body = heading("A document sent to us", visit.agency_name(document.agency));
  body += who_rows(visit, document, about);
  body += html("<p class=\"govuk-body\">If it says that somebody is in danger: {}.</p>", link(Path("/emergency"), "ring first, these are the numbers"));
  body += second_heading("What it says");
  if (!read.refused.empty()) {
    body += warning("It is not shown here: " + read.refused + ".");
  } else {
    std::vector<std::string> doubts;
    for (const auto& one : read.cut.troubles) doubts.push_back(one.where + ": " + one.what);
    if (!doubts.empty()) body += notice("Not all of it can be shown", bullets(doubts));
    Html unseen;
    for (const auto& text : read.cut.texts) {
      if (text.carried) body += placed(text.kind, text.where, text.original);
      else unseen += placed(text.kind, text.where, text.original);
    }
    if (!unseen.empty()) body += details("What stands in the file and is not seen when it is opened", unseen);
  }
  body += html("<p class=\"govuk-body\">{}. Open it only on a computer that is kept up to date.</p>", link(Path("/documents/" + document.id + "/file"), "The file itself"));
  body += second_heading("For a colleague");
  if (!document.passed_to.empty()) body += inset(html("It was passed on to {}. Passing it on again takes the place of that.", staff_name(*people, document.passed_to)));
  if (!read.why_not.empty()) {
    body += paragraph("It cannot be passed on from here: " + read.why_not + ". Tell your colleague what they need to know.");
  } else {
    body += paragraph("This is all that a colleague would read. Everybody else in it is hidden; if a line still says too much, do not pass it on: tell them instead.");
    for (const auto& text : read.cut.texts)
      if (text.carried) body += placed(text.kind, text.where, text.redacted.text);
    std::vector<Choice> list;
    for (const auto& one : *people)
      if (one.state == StaffState::active && one.id != visit.me->id) list.push_back({one.id, one.name, "", false});
    if (list.empty()) {
      body += paragraph("Nobody else works here yet.");
    } else {
      Html inside = select("to", "Who needs to read it?", "", list);
      inside += html("<input type=\"hidden\" name=\"shown\" value=\"{}\">", read.shown);
      inside += button("Pass this on", "", "do", "pass_on");
      body += form(here, visit.csrf, inside);
    }
  }
  body += second_heading("Have you dealt with it?");
  body += paragraph("30 days after you say so the document is deleted here. What belongs on the record must be there by then.");
  body += form(here, visit.csrf,
               html("<div class=\"govuk-button-group\">{}{}{}</div>", button("It is on the record", "", "do", "filed"), button("It was not for us, and they know", "secondary", "do", "not_ours"),
                    button("Nothing to do", "secondary", "do", "nothing_to_do")));
  co_return answer(visit, 200, "A document sent to us", body);
}

asio::awaitable<Response> Console::settle_sent_document(Visit& visit) {
  SentIn about;
  policy::CaseFile file;
  const auto known = co_await sent_document(visit, about, file);
  if (!known) co_return broken(visit, known.error());
  if (!*known) co_return refuse(visit, 404, "Page not found", "There is no such document, or it has been dealt with.");
  const std::string what = visit.form.one("do"), document_id = visit.part(0);
  if (what != "pass_on") {
    const auto end = policy::from_text<InboundEnd>(what);
    if (!end || *end == InboundEnd::open) co_return refuse(visit, 400, "Nothing was chosen", "Go back and press one of the buttons.");
    std::string id = document_id, me = visit.me->id;
    const auto ended = co_await s_.inbound.end_inbound(std::move(id), std::move(me), *end, visit.at);
    if (!ended) co_return broken(visit, ended.error());
    if (!*ended) co_return refuse(visit, 409, "Read it first", "A document is dealt with once somebody has read it, and once only.");
    co_return go_to(Path("/documents"));
  }
  const auto people = co_await s_.staff.staff();
  if (!people) co_return broken(visit, people.error());
  const std::string to = visit.form.one("to");
  const bool works_here = std::any_of(people->begin(), people->end(), [&](const auto& one) { return one.id == to && one.state == StaffState::active && one.id != visit.me->id; });
  if (!works_here) co_return refuse(visit, 400, "Nobody was chosen", "Go back and choose a colleague who works here.");
  // Worked out anew: what is passed on is what was shown, or nothing is.
  std::string id = document_id, me = visit.me->id;
  auto opened = co_await s_.inbound.open_inbound(std::move(id), std::move(me), visit.at);
  if (!opened) co_return broken(visit, opened.error());
  if (!*opened) co_return refuse(visit, 404, "Page not found", "There is no such document, or it has been dealt with.");
  auto job = [converter = s_.converter, bytes = std::move((*opened)->original), format = (*opened)->format, file = std::move(file)] { return read_it(converter, bytes, format, file); };
  auto work = call(std::move(job));
  Read read = co_await asio::co_spawn(reading_, std::move(work), asio::use_awaitable);
  if (read.cut_json.empty()) co_return refuse(visit, 409, "It cannot be passed on", "It could not be read for certain. Tell your colleague what they need to know.");
  if (visit.form.one("shown") != read.shown) co_return refuse(visit, 409, "The record changed, look again", "What would be passed on is not what you saw. Open the document again.");
  std::string which = document_id, who = visit.me->id, whom = to;
  const auto passed = co_await s_.inbound.pass_on(std::move(which), std::move(who), std::move(whom), std::move(read.cut_json), visit.at);
  if (!passed) co_return broken(visit, passed.error());
  if (!*passed) co_return refuse(visit, 409, "It was dealt with meanwhile", "Somebody has said that it is dealt with. Nothing was passed on.");
  co_return go_to(Path("/documents/" + document_id));
}

// The file as it came, to be saved: never something a browser opens by itself, and under a name that says nothing.
asio::awaitable<Response> Console::sent_file(Visit& visit) {
  SentIn about;
  policy::CaseFile file;
  const auto known = co_await sent_document(visit, about, file);
  if (!known) co_return broken(visit, known.error());
  if (!*known) co_return refuse(visit, 404, "Page not found", "There is no such document, or it has been dealt with.");
  std::string id = visit.part(0), me = visit.me->id;
  auto opened = co_await s_.inbound.open_inbound(std::move(id), std::move(me), visit.at);
  if (!opened) co_return broken(visit, opened.error());
  if (!*opened) co_return refuse(visit, 404, "Page not found", "There is no such document, or it has been dealt with.");
  Response out(200);
  out.set("content-type", "application/octet-stream");
  out.set("content-disposition", "attachment; filename=\"document." + std::string(documents::extension(format_of((*opened)->format))) + "\"");
  out.body = std::move((*opened)->original);
  co_return out;
}

asio::awaitable<Response> Console::sent_cut(Visit& visit) {
  std::string id = visit.part(0), me = visit.me->id;
  const auto opened = co_await s_.inbound.open_cut(std::move(id), std::move(me), visit.at);
  if (!opened) co_return broken(visit, opened.error());
  if (!*opened) co_return refuse(visit, 404, "Page not found", "There is no such document, or it was not passed on to you.");
  strict::json cut;
  if (strict::parse((*opened)->cut_json, cut) || !cut.is_object() || !cut.contains("texts") || !cut["texts"].is_array()) co_return broken(visit, StoreError::unavailable);
  Html body = heading("A document passed on to you", visit.agency_name((*opened)->agency));
  body += paragraph("The safeguarding lead has read the original. People whom it is not about are hidden. If you need more, ask the lead.");
  for (const auto& text : cut["texts"]) body += placed(text.value("kind", ""), text.value("where", ""), text.value("text", ""));
  co_return answer(visit, 200, "A document passed on to you", body);
}

}  // namespace gatehouse::gateway::console
