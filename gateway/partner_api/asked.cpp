#include "gateway/partner_api/asked.hpp"

#include <algorithm>

#include "crypto/keys.hpp"
#include "gateway/documents/model.hpp"
#include "gateway/strict_json.hpp"

namespace gatehouse::gateway {

using policy::Error;
using strict::Object;

const std::vector<std::string_view>& organisation_only() {
  // CONTRACT.md section 1.6: the organisation's own words, then what is derived.
  static const std::vector<std::string_view> names = {
      "evidence", "items", "relevant", "relevance", "compartment", "given_in_confidence", "withheld_from_requester", "restrictions", "consents",
      "approvals", "consulted", "notice", "best_interests", "competence", "conflict", "training", "attested", "tenure", "tenure_days", "signed_off",
      "started", "marked_risk", "risk_marker", "context", "age", "agreement", "recipient", "parental_responsibility", "at", "flow", "agency_type"};
  return names;
}

namespace {

std::optional<std::string> organisation_only_path(const strict::json& value, const std::string& path) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items()) {
      const auto& names = organisation_only();
      if (std::find(names.begin(), names.end(), key) != names.end()) return path + "." + key;
    }
    for (const auto& [key, inner] : value.items()) {
      // A key that is not one of a schema is not repeated: it may hold anything.
      const bool plain = key.size() <= 40 && key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
      if (auto found = organisation_only_path(inner, path + "." + (plain ? key : "?"))) return found;
    }
  }
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i)
      if (auto found = organisation_only_path(value[i], path + "[" + std::to_string(i) + "]")) return found;
  return std::nullopt;
}

void read_subject(Object& in, policy::Locator& out, std::optional<Error>& error) {
  const auto* found = in.find("subject");
  if (found == nullptr) return in.wrong("$.subject", "missing", "is missing", "say who is meant");
  Object subject(*found, "$.subject", error);
  constexpr std::size_t longest = 200;
  out.nhs_number = subject.text("nhs_number", "", false, longest);
  out.upn = subject.text("upn", "", false, longest);
  out.given_name = subject.text("given_name", "", false, longest);
  out.family_name = subject.text("family_name", "", false, longest);
  out.date_of_birth = subject.text("date_of_birth", "", false, longest);
  out.agency_reference = subject.text("agency_reference", "", false, longest);
  out.mother_name = subject.text("mother_name", "", false, longest);
  out.expected_date = subject.text("expected_date", "", false, longest);
  subject.done();
  for (const auto* date : {&out.date_of_birth, &out.expected_date})
    if (!date->empty() && !policy::read_date(*date))
      subject.wrong(date == &out.date_of_birth ? "$.subject.date_of_birth" : "$.subject.expected_date", "bad_date", "is not a day", "2010-04-23");
  if (out.nhs_number.empty() && out.upn.empty() && out.agency_reference.empty() && out.mother_name.empty() &&
      (out.family_name.empty() || out.given_name.empty()))
    subject.wrong("$.subject", "missing", "does not say who is meant",
                  "give nhs_number, upn, agency_reference, mother_name, or given_name and family_name");
}

void read_stated(Object& in, std::vector<policy::Statement>& out, std::optional<Error>& error) {
  const auto* found = in.find("stated");
  if (found == nullptr) return;
  Object stated(*found, "$.stated", error);
  for (std::size_t i = 0; i < policy::count_of<policy::Statement>(); ++i) {
    const char* word = policy::Words<policy::Statement>::list[i].data();  // a literal: ends with a zero
    if (!stated.has(word)) continue;
    const std::string said = stated.text(word, "", true);
    if (said.find_first_not_of(" \t\r\n") == std::string::npos) stated.wrong(stated.at(word), "empty", "is empty", "say it in words");
    out.push_back(static_cast<policy::Statement>(i));
  }
  stated.done();
}

void read_fields(Object& in, Asked& out) {
  for (const auto& name : in.texts("fields", 200, 80)) {
    const std::string where = "$.fields";
    const auto dot = name.find('.');
    const auto category = policy::from_text<policy::Category>(std::string_view(name).substr(0, dot));
    if (dot == std::string::npos || !category || dot + 1 == name.size())
      return in.wrong(where, "unknown_value", "names something that is not category.field", "for example contact.phone");
    if (!out.categories.empty() && std::find(out.categories.begin(), out.categories.end(), *category) == out.categories.end())
      return in.wrong(where, "bad_value", "names a field of a category that `categories` leaves out", "add the category or leave the field out");
    out.fields.emplace_back(*category, name.substr(dot + 1));
  }
  if (out.categories.empty())
    for (const auto& [category, field] : out.fields)
      if (std::find(out.categories.begin(), out.categories.end(), category) == out.categories.end()) out.categories.push_back(category);
}

void read_worker(Object& in, PartnerWorker& out, std::optional<Error>& error) {
  const auto* found = in.find("worker");
  if (found == nullptr) return;
  Object worker(*found, "$.worker", error);
  out.name = worker.text("name", "", false, 200);
  out.post = worker.text("post", "", false, 200);
  out.contact = worker.text("contact", "", false, 200);
  out.role = worker.word<policy::Role>("role");
  worker.done();
}

SentIn read_sent_object(const strict::json& value, bool with_file, std::optional<Error>& error) {
  SentIn out;
  Object in(value, "$", error);
  read_subject(in, out.locator, error);
  read_worker(in, out.worker, error);
  out.why = in.text("why", "", true, 2000);
  if (!error && out.why.find_first_not_of(" \t\r\n") == std::string::npos) in.wrong("$.why", "empty", "is empty", "say it in words");
  const std::string media_type = in.text("media_type", "", true, 120);
  documents::Format format{};
  if (!error && !documents::format_of_media_type(media_type, format)) {
    in.wrong("$.media_type", "unknown_value", "is not a kind of document that is taken", "a picture or a scan goes into a PDF");
    error->allowed = {"text/plain", "text/markdown", "text/html", "message/rfc822", "application/pdf",
                      "application/vnd.openxmlformats-officedocument.wordprocessingml.document"};
  }
  out.format = documents::text(format);
  if (with_file) {
    const std::string content = in.text("content", "", true, kLargestSentBody);
    auto bytes = crypto::from_base64(content);
    if (!error && (!bytes || bytes->empty())) in.wrong("$.content", "bad_value", "is not base64", "the standard alphabet, padded, without line ends");
    if (!error && bytes->size() > kLargestSent) in.wrong("$.content", "too_long", "is too long", "a file of at most 2 MiB; leave pictures out or split it");
    if (!error) out.bytes = std::move(*bytes);
  }
  in.done();
  return out;
}

Asked read_object(const strict::json& value, std::optional<Error>& error) {
  Asked out;
  Object in(value, "$", error);
  if (const auto purpose = in.word<policy::Purpose>("purpose"))
    out.purpose = *purpose;
  else
    in.wrong("$.purpose", "missing", "is missing", "say what the information is for; nothing is assumed");
  read_subject(in, out.locator, error);
  out.categories = in.words<policy::Category>("categories");
  read_fields(in, out);
  read_stated(in, out.stated, error);
  out.offence = in.word<policy::Offence>("offence");
  out.urgency = in.word<policy::Urgency>("urgency").value_or(policy::Urgency::routine);
  if (in.has("needed_by")) {
    out.needed_by = policy::read_instant(in.text("needed_by", "", true, 40));
    if (!out.needed_by) in.wrong("$.needed_by", "bad_time", "is not a time with a zone", "2026-11-30T12:00:00Z");
  }
  out.claims = in.words<policy::CircumstanceCode>("circumstances");
  out.emergency = in.flag("emergency", false);
  out.officer = in.text("officer", "", false, 200);
  read_worker(in, out.worker, error);
  in.texts("onward_recipients", 20, 200);  // kept with the request for the person who looks
  in.text("retention", "", false, 500);
  in.flag("repeat", false);
  in.done();
  return out;
}

// One error for a body: a field of the organisation's is named as such wherever it stands.
Error best_error(const strict::json& value, const Error& error) {
  if (auto path = organisation_only_path(value, "$"))
    return Error{"organisation_only", *path, "only the organisation may set this", "leave it out; what you know of a risk goes in `circumstances`", {}};
  return error;
}

}  // namespace

std::expected<Asked, Error> read_asked(std::string_view body) {
  strict::json value;
  if (auto bad = strict::parse(body, value)) return std::unexpected(*bad);
  std::optional<Error> error;
  Asked out = read_object(value, error);
  if (error) return std::unexpected(best_error(value, *error));
  return out;
}

std::expected<SentIn, Error> read_sent_in(std::string_view body) {
  strict::json value;
  if (auto bad = strict::parse(body, value)) return std::unexpected(*bad);
  std::optional<Error> error;
  SentIn out = read_sent_object(value, true, error);
  if (error) return std::unexpected(best_error(value, *error));
  value.erase("content");
  out.about_json = value.dump();
  return out;
}

std::expected<SentIn, Error> read_about(std::string_view about_json) {
  strict::json value;
  if (auto bad = strict::parse(about_json, value)) return std::unexpected(*bad);
  std::optional<Error> error;
  SentIn out = read_sent_object(value, false, error);
  if (error) return std::unexpected(*error);
  out.about_json = about_json;
  return out;
}

std::expected<std::string, Error> complete(std::string_view earlier_body, std::string_view addition) {
  strict::json added;
  if (auto bad = strict::parse(addition, added)) return std::unexpected(*bad);
  std::optional<Error> error;
  Object in(added, "$", error);
  for (const char* key : {"stated", "offence", "officer", "needed_by", "worker", "circumstances", "urgency", "emergency"}) in.has(key);
  in.done();
  if (!error && added.empty()) in.wrong("$", "missing", "adds nothing", "give what was missing, for example `stated`");
  if (error) return std::unexpected(best_error(added, *error));
  strict::json whole;
  if (auto bad = strict::parse(earlier_body, whole)) return std::unexpected(*bad);
  for (const auto& [key, value] : added.items()) {
    if ((key == "stated" || key == "worker") && value.is_object() && whole.contains(key) && whole[key].is_object())
      whole[key].update(value);
    else if (key == "circumstances" && value.is_array() && whole.contains(key)) {
      for (const auto& one : value)
        if (std::find(whole[key].begin(), whole[key].end(), one) == whole[key].end()) whole[key].push_back(one);
    } else
      whole[key] = value;
  }
  Asked ignored = read_object(whole, error);
  (void)ignored;
  if (error) return std::unexpected(best_error(whole, *error));
  return whole.dump();
}

}  // namespace gatehouse::gateway
