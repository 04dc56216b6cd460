#include "gateway/decision_record/decision_record.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "gateway/console/parts.hpp"
#include "policy/decision/compiled.hpp"
#include "policy/decision/evaluate.hpp"
#include "policy/decision/explain.hpp"
#include "policy/ports/request_life.hpp"

namespace gatehouse::gateway {

namespace {

using nlohmann::json;
using policy::Category;
using policy::RequestState;

std::string spaced(std::string_view word) {
  std::string out(word);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view between = ", ") {
  std::string out;
  for (const auto& one : words) out += (out.empty() ? "" : std::string(between)) + one;
  return out;
}

std::string or_not(std::string text) { return text.empty() ? std::string(kNotRecorded) : text; }

std::string local(const policy::Calendar& calendar, policy::Instant at) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(calendar.local_time(at)).count();
  char time[16];
  std::snprintf(time, sizeof time, " %02d:%02d", static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
  return policy::to_text(calendar.local_date(at)) + time;
}

json object_of(const std::string& text) {
  json out = json::parse(text, nullptr, false);
  return out.is_object() ? out : json::object();
}

// A text at a place of an object that others wrote; empty where it is anything else.
std::string said(const json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::vector<std::string> words_of(const json& object, std::string_view key) {
  std::vector<std::string> out;
  const auto found = object.find(key);
  if (found != object.end() && found->is_array())
    for (const auto& one : *found)
      if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

bool yes(const json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

json part_of(const json& object, std::string_view key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : json::object();
}

// `art6_1_ea+sch1_para18`, as decisions have it, in the words of the law. What is not of this form stands as it is.
std::string basis_words(const std::string& leg) {
  std::string out;
  for (std::size_t at = 0; at <= leg.size() && !leg.empty() && leg != "none";) {
    const std::size_t end = std::min(leg.find('+', at), leg.size());
    const std::string one = leg.substr(at, end - at);
    at = end + 1;
    std::string words = one;
    if (one.starts_with("art6_1_") || one.starts_with("art9_2_"))
      words = std::string(one.starts_with("art6") ? "UK GDPR Article 6(1)(" : "UK GDPR Article 9(2)(") + one.substr(7) + ")";
    else if (one.starts_with("art10"))
      words = "UK GDPR Article 10";
    else if (one.starts_with("sch1_para"))
      words = "Data Protection Act 2018 Schedule 1 paragraph " + one.substr(9);
    out += (out.empty() ? "" : "; ") + words;
  }
  return out;
}

// Article 9 of the UK GDPR, as far as a whole category of the record is of it; Article 10 where it is about offences, alleged ones too.
bool is_special(Category one) {
  using enum Category;
  return one == health_physical || one == health_mental || one == sexual_health || one == substance_use || one == disability || one == self_harm || one == counselling ||
         one == ethnicity_religion;
}
bool is_criminal(Category one) { return one == Category::offending || one == Category::allegation || one == Category::staff_allegation; }

struct Read {
  json asked, stated, worker, question, decision, legs;
  std::vector<std::string> categories, released, kept;
  std::set<std::string> release_ids;
  const policy::PersonVerdict* last = nullptr;     // what a person said last that settled it
  const policy::PersonVerdict* release = nullptr;  // the one that let it go
  bool shared = false, ever_shared = false;
};

Read read(const RecordSource& source) {
  Read out;
  const auto& opened = source.opened;
  out.asked = object_of(opened.request_json);
  out.stated = part_of(out.asked, "stated");
  out.worker = part_of(out.asked, "worker");
  out.question = object_of(opened.case_json);
  out.decision = object_of(standing_decision(opened));
  out.legs = part_of(out.decision, "legs");
  for (const auto& verdict : opened.verdicts) {
    if (verdict.word == "released") out.release = &verdict;
    if (verdict.word != "first_of_two" && verdict.word != "asked") out.last = &verdict;
  }
  const auto items = out.decision.find("items");
  std::set<std::string> goes, stays;
  if (items != out.decision.end() && items->is_array())
    for (const auto& item : *items) {
      if (!item.is_object()) continue;
      const std::string id = said(item, "id"), category = spaced(said(item, "category"));
      bool released = said(item, "outcome") == "release" || said(item, "outcome") == "anonymised";
      // Of a verdict whose decision was not kept only the ids are known.
      if (out.release != nullptr && out.release->decision_json.empty()) released = std::find(out.release->items.begin(), out.release->items.end(), id) != out.release->items.end();
      if (released) out.release_ids.insert(id);
      (released ? goes : stays).insert(category);
    }
  const auto state = opened.status.state;
  out.ever_shared = !opened.status.release_id.empty();
  out.shared = out.ever_shared && policy::may_be_fetched(state);
  if (!out.ever_shared) {
    stays.insert(goes.begin(), goes.end());
    goes.clear();
    out.release_ids.clear();
  }
  out.released.assign(goes.begin(), goes.end());
  out.kept.assign(stays.begin(), stays.end());
  for (const auto& one : words_of(out.asked, "categories")) out.categories.push_back(spaced(one));
  return out;
}

std::string person_words(const RecordSource& source, const std::string& id) {
  if (source.staff != nullptr)
    if (const auto found = source.staff->find(id); found != source.staff->end()) return found->second.name + (found->second.roles.empty() ? "" : ", " + found->second.roles);
  return id;
}

// With the role in which they said it. Where that was not kept, with those they have today.
std::string person_words(const RecordSource& source, const policy::PersonVerdict& verdict) {
  if (!verdict.role) return person_words(source, verdict.staff);
  std::string name = verdict.staff;
  if (source.staff != nullptr)
    if (const auto found = source.staff->find(verdict.staff); found != source.staff->end()) name = found->second.name;
  return name + ", " + std::string(console::role_words(*verdict.role));
}

std::string agreement_words(const RecordSource& source, const Read& r) {
  const std::string state = said(part_of(r.question, "requester"), "agreement");
  const std::string recipient = said(part_of(r.question, "recipient"), "agreement");
  const std::string& now = state.empty() ? recipient : state;
  std::string names;
  if (source.agency != nullptr)
    for (const auto& one : source.agency->agreements) {
      const bool covers = std::find(one.purposes.begin(), one.purposes.end(), "*") != one.purposes.end() ||
                          std::find(one.purposes.begin(), one.purposes.end(), policy::text(source.opened.status.purpose)) != one.purposes.end();
      if (!covers) continue;
      names += (names.empty() ? "" : "; ") + one.name;
      if (one.to) names += " (to " + policy::to_text(*one.to) + ")";
    }
  // The directory is the one of today: which of them it was is not stored with a decision.
  if (now == "current") return names.empty() ? "in force when it was decided" : "in force when it was decided; in the directory now: " + names;
  if (now == "lapsed") return "had lapsed when it was decided";
  if (now == "none") return "none for this purpose when it was decided";
  return std::string(kNotRecorded);
}

std::string special_words(const Read& r) {
  std::vector<std::string> special, criminal;
  std::set<std::string> seen;
  const auto look = [&](const std::string& word) {
    const auto category = policy::from_text<Category>(word);
    if (!category || !seen.insert(word).second) return;
    if (is_special(*category)) special.push_back(spaced(word));
    if (is_criminal(*category)) criminal.push_back(spaced(word));
  };
  // What was asked for counts also where nothing of it is on record.
  for (const auto& one : words_of(r.asked, "categories")) look(one);
  const auto items = r.decision.find("items");
  if (items != r.decision.end() && items->is_array())
    for (const auto& item : *items)
      if (item.is_object()) look(said(item, "category"));
  std::string out;
  if (!special.empty()) out += "special category (UK GDPR Article 9): " + joined(special);
  if (!criminal.empty()) out += (out.empty() ? "" : "; ") + ("criminal offence data (Article 10): " + joined(criminal));
  if (const std::string leg = said(r.legs, "data_protection"); !out.empty() && leg.find("sch1") != std::string::npos) out += "; condition in " + basis_words(leg);
  if (const std::string offence = said(r.asked, "offence"); !offence.empty()) out += (out.empty() ? "" : "; ") + ("offence named by who asks: " + spaced(offence));
  // Asked for all that the purpose may need, about somebody of whom nothing is on record: nobody can say.
  return out.empty() && !seen.empty() ? "none of the categories asked for" : out;
}

std::string outcome_words(const RecordSource& source, const Read& r) {
  using enum RequestState;
  const auto state = source.opened.status.state;
  if (!r.ever_shared && r.last != nullptr && r.last->word == "refused" && (state == waiting || state == received)) return "not shared; a person said no, and they are told at the time promised";
  switch (state) {
    case released: return "shared; not yet fetched";
    case fetched: return "shared";
    case acknowledged: return "shared, and received";
    case declined: return "not shared; told at the time promised that nothing could be given";
    case no_trace: return "not shared; nothing was found";
    case withdrawn: return r.ever_shared ? "taken back before it was fetched" : "not shared; taken back by who asked";
    case recalled: return "shared, then asked back";
    case expired: return "released, and not fetched in time or over";
    case waiting: return "not decided yet; a person is to decide";
    case received: return "not decided yet";
  }
  return std::string(kNotRecorded);
}

std::string notices(const json& decision, std::initializer_list<std::string_view> kinds) {
  std::vector<std::string> out;
  const auto list = decision.find("obligations");
  if (list != decision.end() && list->is_array())
    for (const auto& one : *list) {
      if (!one.is_object()) continue;
      const std::string kind = said(one, "kind");
      if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) continue;
      std::string words = spaced(kind);
      if (const std::string to = spaced(joined(words_of(one, "to"))); !to.empty()) words += " (" + to + ")";
      if (const std::string when = said(one, "when"); !when.empty() && when != "none") words += ", " + when;
      out.push_back(words);
    }
  return joined(out, "; ");
}

// What the policy asked to be said to the person; "no notice was owed" only where a decision says so.
std::string owed(const Read& r, std::initializer_list<std::string_view> kinds) {
  const std::string told = notices(r.decision, kinds);
  const auto list = r.decision.find("obligations");
  return told.empty() && list != r.decision.end() && list->is_array() ? "no notice was owed" : told;
}

// What the data protection officer had to do with it: their own words where they had the say.
std::string officer_words(const RecordSource& source, const Read& r) {
  std::string out;
  for (const auto& verdict : source.opened.verdicts)
    if (verdict.role == policy::Role::dpo) out += (out.empty() ? "" : "; ") + person_words(source, verdict) + " (" + verdict.word + "): " + or_not(verdict.rationale);
  if (!out.empty()) return out;
  for (const auto& one : words_of(r.question, "approvals"))
    if (one == "dpo") return "agreed";
  for (const auto& one : words_of(r.question, "consulted"))
    if (one == "dpo") return "was asked before the decision";
  return out;
}

std::string signed_words(const RecordSource& source, const Read& r) {
  const auto& opened = source.opened;
  std::string out = "entry " + std::to_string(opened.log_index) + " of the log";
  if (r.ever_shared) out += ", release in entry " + std::to_string(opened.status.log_index);
  else if (r.last != nullptr) out += r.last->log_index ? ", the person's word in entry " + std::to_string(*r.last->log_index) : std::string(", which entry has the person's word was not kept");
  return out + "; policy SHA-256 " + or_not(pack_of(opened));
}

std::string decided_by(const RecordSource& source, const Read& r) {
  const json pack = part_of(r.decision, "pack");
  const std::string machine = "the organisation's policy " + said(pack, "id") + " " + said(pack, "version") + ", approved by two officers, carried out by Gatehouse";
  std::string people;
  for (const auto& verdict : source.opened.verdicts) {
    if (verdict.word == "asked") continue;
    const std::string what = verdict.word == "first_of_two" ? "first of two" : verdict.word;
    people += (people.empty() ? "" : "; ") + person_words(source, verdict) + " (" + what + ", " + local(*source.calendar, verdict.at) + ")";
  }
  return people.empty() ? machine : people + "; under " + machine;
}

std::string way_of(const RecordSource& source) {
  if (source.opened.keyed_in_by.empty()) return "signed request over the partner interface";
  const std::string way = said(object_of(source.opened.keyed_in_json), "way");
  return (way == "phone" ? "by telephone" : way == "email" ? "by e-mail" : way == "letter" ? "by letter" : way == "in_person" ? "face to face" : std::string(kNotRecorded)) +
         ", taken down by " + person_words(source, source.opened.keyed_in_by);
}

std::string security_words(const RecordSource& source, const Read& r) {
  const auto& opened = source.opened;
  if (!r.ever_shared) return "nothing left";
  std::string out = "sealed for the recipient alone (age v1, key " + or_not(opened.recipient_keyid) + "), signed manifest, package SHA-256 " + or_not(opened.package_sha256);
  if (!opened.told.empty()) out += "; read out " + std::to_string(opened.told.size()) + (opened.told.size() == 1 ? " time" : " times") + " to a person known by our own directory or their identity card";
  return out;
}

std::vector<RecordCheck> seven_checks(const RecordSource& source, const Read& r) {
  const json& d = r.decision;
  const std::string duty = said(d, "duty");
  std::vector<std::string> risks, consulted, approvals;
  const auto list = r.question.find("circumstances");
  if (list != r.question.end() && list->is_array())
    for (const auto& one : *list)
      if (one.is_object()) risks.push_back(spaced(said(one, "code")) + (yes(one, "evidence") ? " (on our record)" : " (claimed)"));
  for (const auto& one : words_of(r.question, "consulted")) consulted.push_back(spaced(one));
  for (const auto& one : words_of(r.question, "approvals")) approvals.push_back(spaced(one));
  for (const auto& verdict : source.opened.verdicts) approvals.push_back(person_words(source, verdict));
  std::vector<std::string> leaves_it_to;
  for (const auto& one : words_of(d, "refer_to")) leaves_it_to.push_back(spaced(one));
  const auto consents = r.question.find("consents");
  std::size_t live = 0, refused = 0;
  if (consents != r.question.end() && consents->is_array())
    for (const auto& one : *consents)
      if (one.is_object()) ++(yes(one, "refused") || !said(one, "withdrawn").empty() ? refused : live);
  const std::string told = owed(r, {"notify_subject", "notify_parent", "involve_subject", "defer_notice", "open_records_notice"});
  const std::string safe = notices(d, {"safe_contact_only", "route_around_staff", "no_onward_sharing"});
  const bool conflict = yes(part_of(r.question, "requester"), "conflict");
  std::vector<RecordCheck> out;
  out.push_back({"Protecting a child comes before privacy", (duty == "must_share" ? std::string("it had to be shared; ") : std::string("no duty to share; ")) +
                                                                 (risks.empty() ? "no circumstance of risk stated or on record" : "circumstances: " + joined(risks))});
  out.push_back({"Be open with the person where that is safe", or_not(told)});
  out.push_back({"Risk can be a basis without consent; objections are weighed",
                 "basis: " + (r.ever_shared ? or_not(basis_words(said(r.legs, "data_protection"))) : std::string("none, nothing was shared")) + "; consents on record when it was decided: " +
                     std::to_string(live) + ", refused or withdrawn: " + std::to_string(refused)});
  out.push_back({"Take advice early", consulted.empty() && approvals.empty() ? leaves_it_to.empty() ? "nobody was asked; the policy named nobody to ask" : "nobody is recorded as asked; the policy leaves it to " + joined(leaves_it_to) : joined(consulted) + (consulted.empty() || approvals.empty() ? "" : "; ") + joined(approvals)});
  out.push_back({"Protect those at risk from an abuser", std::string(conflict ? "who asks is close to the alleged perpetrator: nothing to them; " : "who asks is not known to be close to anybody alleged; ") +
                                                             (safe.empty() ? "no safe-contact duty" : safe)});
  out.push_back({"Share only what is relevant, accurate and needed, with those who have a role",
                 r.ever_shared ? "shared: " + joined(r.released) + (r.kept.empty() ? "" : "; kept back: " + joined(r.kept)) : "nothing was shared"});
  out.push_back({"Write down the reason, shared or not", r.last != nullptr && !r.last->rationale.empty() ? r.last->rationale : or_not(said(d, "reason"))});
  return out;
}

}  // namespace

const std::string& standing_decision(const policy::OpenedRequest& opened) {
  for (auto said = opened.verdicts.rbegin(); said != opened.verdicts.rend(); ++said)
    if (said->word == "released" && !said->decision_json.empty()) return said->decision_json;
  return opened.decision_json;
}

std::string pack_of(const policy::OpenedRequest& opened) {
  const std::string sha256 = said(part_of(object_of(standing_decision(opened)), "pack"), "sha256");
  return sha256.empty() ? opened.pack_sha256 : sha256;
}

std::string_view text(RecordFrom from) {
  switch (from) {
    case RecordFrom::nowhere: return "nowhere";
    case RecordFrom::request: return "request";
    case RecordFrom::directory: return "directory";
    case RecordFrom::settings: return "settings";
    case RecordFrom::decision: return "decision";
    case RecordFrom::person: return "person";
    case RecordFrom::release: return "release";
    case RecordFrom::log: return "log";
  }
  return "nowhere";
}

std::string_view record_words(RecordFrom from) {
  switch (from) {
    case RecordFrom::nowhere: return "";
    case RecordFrom::request: return "stated by who asks";
    case RecordFrom::directory: return "our partner directory";
    case RecordFrom::settings: return "our settings";
    case RecordFrom::decision: return "the decision as it was made";
    case RecordFrom::person: return "who decided";
    case RecordFrom::release: return "the package that left";
    case RecordFrom::log: return "the log";
  }
  return "";
}

std::optional<RecordForm> record_form(std::string_view word) {
  for (const auto form : {RecordForm::decision, RecordForm::one_off, RecordForm::repeat})
    if (text(form) == word) return form;
  return std::nullopt;
}

std::string DecisionRecord::title() const {
  if (form == RecordForm::repeat) return "Record of Sharing, repeat";
  return (form == RecordForm::one_off ? "Record of Sharing " : "Decision record ") + id;
}

DecisionRecord decision_record(const RecordSource& source) {
  const Read r = read(source);
  const auto& opened = source.opened;
  const auto& organisation = *source.organisation;
  const std::string agency = source.agency != nullptr ? source.agency->name : opened.status.agency;
  DecisionRecord out;
  out.id = opened.status.id;
  using enum RecordFrom;
  const auto line = [&](std::string_view key, std::string_view label, std::string value, RecordFrom from) {
    const bool known = !value.empty() && value != kNotRecorded;
    out.lines.push_back({std::string(key), std::string(label), or_not(std::move(value)), known ? from : nowhere});
  };
  const std::string worker = said(r.worker, "name"), post = said(r.worker, "post"), basis = basis_words(said(r.legs, "data_protection"));
  const RecordFrom who_decided = r.last != nullptr ? person : decision;

  line("reference", "Reference", opened.status.id, log);
  line("sharing_organisation", "Organisation that holds the record", organisation.name, settings);
  line("receiving_organisation", "Organisation that receives", agency, directory);
  line("requesting_organisation", "Organisation that asks", agency, directory);
  line("person_and_post", "Who asks, and their post", worker + (worker.empty() || post.empty() ? "" : ", ") + post, request);
  line("received_by", "How it came", way_of(source), opened.keyed_in_by.empty() ? log : person);
  line("date_received", "Date received", local(*source.calendar, opened.status.received), log);
  line("data_requested", "Data asked for", !r.categories.empty() ? joined(r.categories) : r.asked.empty() ? std::string() : "all that the purpose may need", request);
  line("controller_relationship", "Controllers", organisation.controller_relationship, settings);
  line("agreement_in_place", "Agreement", agreement_words(source, r), decision);
  line("purpose", "Purpose", spaced(policy::text(opened.status.purpose)), request);
  line("lawful_basis", "Lawful basis", r.ever_shared ? basis : "none: nothing was shared", decision);
  line("confidence", "Duty of confidence", said(r.legs, "confidence") == "none" ? std::string() : spaced(said(r.legs, "confidence")), decision);
  line("why_necessary", "Why it is necessary", said(r.stated, "why_necessary"), request);
  line("intended_use", "What it is to be used for", said(r.stated, "intended_use"), request);
  line("extra_conditions", "Special category and offence data", special_words(r), decision);
  // Only of what was shared on a basis of the UK GDPR; what the other side processes for is theirs to say.
  line("part_3", "Law enforcement processing (Data Protection Act 2018, Part 3)", r.ever_shared && basis.starts_with("UK GDPR") ? "not relied on by us: the decision rests on the basis above" : "", decision);
  std::string power = said(r.stated, "statutory_power");
  if (const std::string task = said(r.stated, "public_task"); !task.empty()) power += (power.empty() ? "" : "; ") + task;
  line("legal_power", "Legal power they state", power, request);
  line("impact_assessment", "Impact assessment", organisation.impact_assessment, settings);
  line("data_protection_officer", "View of the data protection officer", officer_words(source, r), person);
  const std::string retention = said(r.asked, "retention");
  line("retention_and_deletion", "Retention and deletion at the recipient",
       retention.empty() ? r.ever_shared ? "not stated by who asks; the package could be fetched until " + local(*source.calendar, opened.status.release_expires) : std::string() : retention,
       retention.empty() ? release : request);
  line("security", "Security", security_words(source, r), release);
  const std::string told = owed(r, {"notify_subject", "notify_parent", "involve_subject", "defer_notice"});
  line("rights_arrangements", "The person's rights",
       (organisation.data_protection_contact.empty() ? std::string("contact not recorded") : "asked of " + organisation.data_protection_contact) +
           (told.empty() ? "" : told == "no notice was owed" ? "; " + told : "; notice: " + told),
       decision);
  line("dates_or_intervals", "Once, or repeated", yes(r.asked, "repeat") ? "repeated, as they state" : "once", request);
  line("decision", "Decision", outcome_words(source, r), who_decided);
  line("shared", "Shared", r.ever_shared ? joined(r.released) : "nothing", who_decided);
  line("kept_back", "Kept back", r.kept.empty() ? "nothing" : joined(r.kept), who_decided);
  line("reasons", "Reasons", said(r.decision, "reason"), decision);
  line("clauses", "Clauses of our policy", joined(words_of(r.decision, "clauses")), decision);
  if (r.last != nullptr) line("rationale", "Why, in the words of who decided", r.last->rationale, person);
  if (r.release != nullptr && !r.release->conditions.empty()) line("conditions", "Conditions", r.release->conditions, person);
  line("decided_by", "Decided by", decided_by(source, r), who_decided);
  line("dated", "Dated", local(*source.calendar, r.last != nullptr ? r.last->at : opened.decided), log);
  line("signed", "Signed", signed_words(source, r), log);

  for (const auto& id : words_of(r.decision, "clauses")) {
    RecordClause clause{id, {}};
    if (source.pack != nullptr && source.pack->identity().sha256 == pack_of(opened))
      for (const auto& one : source.pack->compiled().clauses)
        if (one.id == id) clause.words = one.plain;
    out.clauses.push_back(std::move(clause));
  }

  out.row_heads = {"What", "Outcome", "How much", "Why", "Clause"};
  const auto items = r.decision.find("items");
  if (items != r.decision.end() && items->is_array())
    for (const auto& item : *items) {
      if (!item.is_object()) continue;
      const auto reason = policy::from_text<policy::ReasonCode>(said(item, "reason"));
      const bool goes = r.release_ids.contains(said(item, "id"));
      out.rows.push_back({spaced(said(item, "category")), goes ? "shared" : said(item, "outcome") == "release" ? "not shared" : spaced(said(item, "outcome")),
                          goes ? spaced(said(item, "detail")) : "", reason ? std::string(policy::plain(*reason)) : spaced(said(item, "reason")), joined(words_of(item, "clauses"))});
    }
  out.checks = seven_checks(source, r);
  return out;
}

std::optional<DecisionRecord> one_off_sharing(const RecordSource& source) {
  if (source.opened.status.release_id.empty()) return std::nullopt;
  DecisionRecord out = decision_record(source);
  out.form = RecordForm::one_off;
  for (auto& line : out.lines)
    if (line.key == "dates_or_intervals") {
      line.value = "one-off";
      line.from = RecordFrom::release;
    }
  // The six conditions of the agreement, each with what the record shows of it.
  const auto value = [&](std::string_view key) {
    const auto found = std::find_if(out.lines.begin(), out.lines.end(), [&](const RecordLine& one) { return one.key == key; });
    return found == out.lines.end() ? std::string(kNotRecorded) : found->value;
  };
  out.checks = {{"A proper reason, tied to a listed purpose; only relevant and adequate data", value("purpose") + "; shared: " + value("shared") + "; kept back: " + value("kept_back")},
                {"People are told why, how and on what basis", value("rights_arrangements")},
                {"Accurate", "sent as it stands in the record on the day of the release; corrections go to whoever had it"},
                {"Kept no longer than needed", value("retention_and_deletion")},
                {"Not lost", value("security")},
                {"Governed and recorded", value("agreement_in_place") + "; " + value("signed")}};
  return out;
}

DecisionRecord repeat_sharing(const std::vector<RecordSource>& sources, policy::Instant from, policy::Instant until) {
  DecisionRecord out;
  out.form = RecordForm::repeat;
  if (sources.empty()) return out;
  const auto& first = sources.front();
  std::set<std::string> bases, powers, shared;
  std::size_t gone = 0, refused = 0, open = 0;
  out.row_heads = {"Date", "Reference", "Decision", "Shared", "Basis", "Log entry"};
  for (const auto& source : sources) {
    const Read r = read(source);
    const auto state = source.opened.status.state;
    if (r.ever_shared) {
      ++gone;
      if (const std::string leg = basis_words(said(r.legs, "data_protection")); !leg.empty()) bases.insert(leg);
      shared.insert(r.released.begin(), r.released.end());
    } else if (state == RequestState::waiting || state == RequestState::received) {
      ++open;
    } else {
      ++refused;
    }
    for (const char* key : {"statutory_power", "public_task"})
      if (const std::string power = said(r.stated, key); !power.empty()) powers.insert(power);
    out.rows.push_back({local(*source.calendar, source.opened.status.received), source.opened.status.id, outcome_words(source, r), r.ever_shared ? joined(r.released) : "nothing",
                        r.ever_shared ? or_not(basis_words(said(r.legs, "data_protection"))) : "none", std::to_string(r.ever_shared ? source.opened.status.log_index : source.opened.log_index)});
  }
  const auto& organisation = *first.organisation;
  const std::string agency = first.agency != nullptr ? first.agency->name : first.opened.status.agency;
  using enum RecordFrom;
  const auto line = [&](std::string_view key, std::string_view label, std::string value, RecordFrom from) {
    const bool known = !value.empty() && value != kNotRecorded;
    out.lines.push_back({std::string(key), std::string(label), or_not(std::move(value)), known ? from : nowhere});
  };
  line("sharing_organisation", "Organisation that holds the records", organisation.name, settings);
  line("receiving_organisation", "Organisation that receives", agency, directory);
  line("purpose", "Purpose", spaced(policy::text(first.opened.status.purpose)), request);
  line("dates_or_intervals", "Once, or repeated", "repeat, from " + local(*first.calendar, from) + " to " + local(*first.calendar, until), log);
  line("requests", "Requests", std::to_string(sources.size()), log);
  line("shared_count", "Of these shared", std::to_string(gone), log);
  line("refused_count", "Of these not shared", std::to_string(refused), log);
  line("open_count", "Of these not decided yet", std::to_string(open), log);
  line("shared", "Shared at least once", joined({shared.begin(), shared.end()}), release);
  line("controller_relationship", "Controllers", organisation.controller_relationship, settings);
  line("agreement_in_place", "Agreement", agreement_words(sources.back(), read(sources.back())), decision);
  line("lawful_basis", "Lawful bases", joined({bases.begin(), bases.end()}, "; "), decision);
  line("legal_power", "Legal powers they stated", joined({powers.begin(), powers.end()}, "; "), request);
  line("impact_assessment", "Impact assessment", organisation.impact_assessment, settings);
  line("rights_arrangements", "The person's rights", organisation.data_protection_contact.empty() ? "" : "asked of " + organisation.data_protection_contact, settings);
  line("security", "Security", "each package sealed for the recipient alone (age v1), with a signed manifest and a proof of its log entry", release);
  return out;
}

}  // namespace gatehouse::gateway
