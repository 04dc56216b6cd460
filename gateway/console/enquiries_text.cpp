#include "gateway/console/enquiries_text.hpp"

#include <algorithm>
#include <array>

#include "crypto/keys.hpp"
#include "policy/redaction/redact.hpp"

namespace gatehouse::gateway::console {

namespace {

// From here on the redactor is sure (policy/redaction: hidden without a question at 0.9).
constexpr double kDefinite = 0.9;

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kBroader = {{
    {"PERSON", "say who they are to the child, for example “her stepfather”"},
    {"CODE", "leave it out"},
    {"CONTACT", "leave it out"},
    {"LOC", "say the county, or “where she lives”"},
    {"ORG", "say what it is, for example “her school”"},
    {"DATETIME", "say how long ago, for example “last week”"},
    {"DEM", "say it more broadly, for example “of secondary-school age”"},
    {"QUANTITY", "say it more broadly, for example “several”"},
    {"MISC", "say it more broadly, or leave it out if few people share it"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kFlags = {{
    {"not_on_safe_list", "is this a name or a place? If so, say it more broadly"},
    {"common_word_name", "is this a name here? If so, say who they are to the child"},
    {"phonetic_match", "is this a name? If so, say who they are to the child"},
    {"rare_combination", "together these may fit one person only: leave one of them out"},
    {"informant_detail", "this may show who told you: leave it out"},
}};

template <class List>
std::string look_up(const List& list, std::string_view key, std::string_view otherwise) {
  for (const auto& [word, says] : list)
    if (word == key) return std::string(says);
  return std::string(otherwise);
}

// The one whom the text is about is in no file here: somebody must stand in the redactor's list, so somebody without a name that anybody bears does.
const redaction::PreparedPeople* nobody() {
  static const auto people = redaction::PreparedPeople::prepare({policy::Person{"subject", {"Xqzvkwj"}, "self", "other", {}}});
  return people ? &*people : nullptr;
}

}  // namespace

std::expected<CheckedText, policy::Error> check_enquiry(const std::string& text) {
  const auto* people = nobody();
  if (people == nullptr) return std::unexpected(policy::Error{"unavailable", "text", "cannot be checked", "tell your administrator", {}});
  redaction::Release release;
  release.mode = redaction::Mode::anonymise;
  release.subject = "subject";
  release.recipient = "other";
  const auto answers = redaction::redact(*people, release, {redaction::Text{"question", text}});
  if (answers.size() != 1) return std::unexpected(policy::Error{"unavailable", "text", "cannot be checked", "tell your administrator", {}});
  if (!answers[0]) return std::unexpected(answers[0].error());
  const redaction::Redacted& found = *answers[0];

  std::vector<std::size_t> at;  // byte where each code point begins, and the end
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) at.push_back(i);
  at.push_back(text.size());
  const auto byte = [&](std::size_t point) { return at[std::min(point, at.size() - 1)]; };

  CheckedText out;
  out.generalised = found.text;
  out.unsure = found.blocked;
  const auto add = [&](std::size_t start, std::size_t end, std::string kind, std::string suggestion, bool definite) {
    IdentifyingMark mark;
    mark.start = byte(start);
    mark.end = byte(end);
    if (mark.end <= mark.start) return;
    mark.words = text.substr(mark.start, mark.end - mark.start);
    mark.kind = std::move(kind);
    mark.suggestion = std::move(suggestion);
    mark.definite = definite;
    mark.id = crypto::hex(crypto::sha256(mark.kind + "|" + mark.words)).substr(0, 24);
    out.marks.push_back(std::move(mark));
  };
  for (const auto& span : found.spans)
    add(span.start, span.end, span.type, look_up(kBroader, span.type, "say it more broadly"), span.confidence >= kDefinite);
  const std::size_t spans = out.marks.size();
  for (const auto& flag : found.flags) {
    const std::size_t start = byte(flag.start), end = byte(flag.end);
    const bool covered = std::any_of(out.marks.begin(), out.marks.begin() + static_cast<std::ptrdiff_t>(spans),
                                     [&](const auto& mark) { return mark.start < end && start < mark.end; });
    if (covered && flag.why != "rare_combination" && flag.why != "informant_detail") continue;
    add(flag.start, flag.end, flag.why, look_up(kFlags, flag.why, "could this say who is meant? If so, say it more broadly"), false);
  }
  std::stable_sort(out.marks.begin(), out.marks.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  return out;
}

Html marked_text(const std::string& text, const CheckedText& checked) {
  Html out;
  std::size_t done = 0;
  for (const auto& mark : checked.marks) {
    if (mark.start < done) continue;  // one inside another is in the list below the text
    out += Html::escaped(std::string_view(text).substr(done, mark.start - done));
    out += html("<mark class=\"{}\">{} ({})</mark>", std::string_view(mark.definite ? "gh-out-text" : "gh-doubt"), mark.words,
                std::string_view(mark.definite ? "take this out" : "please check"));
    done = mark.end;
  }
  out += Html::escaped(std::string_view(text).substr(done));
  return html("<div class=\"gh-text\">{}</div>", out);
}

policy::Instant enquiry_due(const policy::Calendar& calendar, policy::Instant at) {
  constexpr std::chrono::hours opens{9}, closes{17};
  std::chrono::seconds left = std::chrono::hours(2);
  for (policy::Date day = calendar.local_date(at);; day = std::chrono::sys_days(day) + std::chrono::days(1)) {
    if (!calendar.working_day(day)) continue;
    const policy::Instant from = std::max(at, calendar.at_local(day, opens)), until = calendar.at_local(day, closes);
    if (from >= until) continue;
    if (until - from >= left) return from + left;
    left -= until - from;
  }
}

}  // namespace gatehouse::gateway::console
