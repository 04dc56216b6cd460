#include "policy/prove/lint.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "policy/decision/compiled.hpp"
#include "policy/strict_json.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;
using std::chrono::sys_days;

constexpr std::array<std::string_view, 20> checks = {
    "stale-law",    "mis-titled-acts", "not-commenced",   "unknown-law",     "unverified-law",   "review-overdue",   "policy-undated",
    "approval-missing", "read-with",   "dates",           "always-told",     "settings-differ",  "wording",          "locality",
    "garbled-text", "incomplete-text", "wrong-reference", "missing-document", "outdated-wording", "dead-link"};

const json* member(const json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json& object, std::string_view key) {
  const json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<Date> date_of(const json& object, std::string_view key) { return read_date(text_of(object, key)); }

std::string joined(const json* list) {
  std::string out;
  if (list != nullptr && list->is_array())
    for (const json& one : *list)
      if (one.is_string()) out += (out.empty() ? "`" : ", `") + one.get<std::string>() + "`";
  return out;
}

class Linter {
 public:
  Linter(const json& pack, const json& law, Date day) : pack_(pack), day_(day) {
    if (const json* refs = member(law, "refs"); refs != nullptr && refs->is_array())
      for (const json& one : *refs) law_.emplace(text_of(one, "id"), &one);
  }

  std::vector<LintFinding> take() {
    std::ranges::sort(findings_, {}, [](const LintFinding& one) { return std::tuple(-static_cast<int>(one.level), one.where, one.check, one.what); });
    return std::move(findings_);
  }

  // Law that the organisation's own text cites, by clause; legal_refs.json knows which clauses name what.
  void clauses() {
    std::set<std::string, std::less<>> own;
    if (const json* list = member(pack_, "clauses"); list != nullptr && list->is_array())
      for (const json& one : *list) own.insert(text_of(one, "id"));
    for (const auto& [id, ref] : law_)
      if (const json* cited = member(*ref, "cited_by"); cited != nullptr && cited->is_array())
        for (const json& clause : *cited)
          if (clause.is_string() && own.contains(clause.get_ref<const std::string&>())) cite(clause.get<std::string>(), id);
  }

  // Law that a rule rests on: `cite.law` of a rule. (`when.law` names switches of the pack, not law.)
  void rules() {
    const json* rules = member(pack_, "rules");
    if (rules == nullptr || !rules->is_array()) return;
    for (std::size_t i = 0; i < rules->size(); ++i) {
      const std::string id = text_of((*rules)[i], "id");
      const json* cited = member((*rules)[i], "cite");
      const json* law = cited != nullptr ? member(*cited, "law") : nullptr;
      if (law == nullptr || !law->is_array()) continue;
      for (const json& one : *law)
        if (one.is_string()) cite(id.empty() ? "$.rules" + strict::step(i) : id, one.get<std::string>());
    }
  }

  void review() {
    const json* document = member(pack_, "policy");
    const auto due = document != nullptr ? date_of(*document, "review_due") : std::nullopt;
    if (!due) return add(LintLevel::warning, "review-overdue", "$.policy.review_due", "the policy does not say when it is reviewed", "ask who owns it for a date");
    if (sys_days{*due} < sys_days{day_})
      add(LintLevel::warning, "review-overdue", "$.policy.review_due", "the review was due on " + to_text(*due), "have the policy reviewed, then move the date");
  }

  void document() {
    const json* document = member(pack_, "policy");
    if (document == nullptr || !date_of(*document, "dated"))
      add(LintLevel::warning, "policy-undated", "$.policy.dated", "the policy has no date", "ask who owns it which version this is");
    if (document == nullptr || !date_of(*document, "approved"))
      add(LintLevel::warning, "approval-missing", "$.policy.approved", "the policy does not say when it was approved", "ask who approved it and when");
    const json* list = document != nullptr ? member(*document, "faults") : nullptr;
    if (list == nullptr || !list->is_array()) return;
    for (const json& one : *list) {
      const auto kind = from_text<SourceFault>(text_of(one, "kind"));
      if (!kind) continue;  // the reader of packs refuses it
      const char* remedy = "mend the policy's text at its next review";
      switch (*kind) {
        case SourceFault::garbled_text:
        case SourceFault::incomplete_text: remedy = "ask who owns the policy for the whole text; nothing was inferred from what is missing"; break;
        case SourceFault::wrong_reference: remedy = "the section that was meant is applied; correct the reference at the next review"; break;
        case SourceFault::missing_document: remedy = "ask for the document and read it; until then the default applies"; break;
        case SourceFault::outdated_wording: remedy = "the present word is used; correct it at the next review"; break;
        case SourceFault::dead_link: remedy = "find the present address, and record when it was looked at"; break;
      }
      add(LintLevel::warning, std::string(text(*kind)), text_of(one, "clause"), text_of(one, "note"), remedy);
    }
  }

  // What a setting says is what the rules do: whoever signs the settings must not be told one thing while another is done.
  void settings() {
    const json* told = value_of("notify_subject");
    if (told != nullptr && text_of(*told, "mode") == "always")
      add(LintLevel::note, "always-told", "$.settings.notify_subject", "the person is always told, and telling still gives way where it would put somebody at risk",
          "a deferred notice is reviewed after ten working days; tell whoever owns the policy");
    // words that no screen may use, where a rule's sentence is shown
    for_rules([&](const json& rule, const std::string& id) {
      std::string plain = text_of(rule, "plain");
      std::ranges::transform(plain, plain.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
      for (const char* word : {"promise", "absolute", "completely confidential", "guarantee"})
        if (plain.find(word) != std::string::npos) add(LintLevel::error, "wording", id, "its sentence says `" + std::string(word) + "`", "nobody can promise that; say it otherwise");
    });
    agree("break_rule.mandatory", listed("break_rule", "mandatory"), [&] {
      Names out;
      for_rules([&](const json& rule, const std::string&) {
        if (text_of(rule, "duty") == "must_share" && text_of(rule, "stratum") == "mandatory") take(rule, "when", "circumstance", out);
      });
      return out;
    }());
    agree("levels.compartments", listed("levels", "compartments"), [&] {
      Names out;
      for_rules([&](const json& rule, const std::string&) {
        if (text_of(rule, "effect") == "forbid" && text_of(rule, "reason") == "compartment") take(rule, "when", "item.compartment", out);
      });
      return out;
    }());
    if (const json* value = value_of("anonymise"); value != nullptr)
      for (const auto& [key, flow] : {std::pair{"enquiry", "hypothetical"}, {"referral_phase1", "referral"}, {"statistics", "statistics"}}) {
        bool ruled = false;
        for_rules([&](const json& rule, const std::string&) {
          Names flows;
          take(rule, "when", "flow", flows);
          ruled = ruled || (text_of(rule, "effect") == "permit" && text_of(rule, "stratum") == "anonymise" && flows.contains(flow));
        });
        const json* said = member(*value, key);
        if (said != nullptr && said->is_boolean() && said->get<bool>() != ruled)
          add(LintLevel::error, "settings-differ", std::string("$.settings.anonymise.value.") + key,
              said->get<bool>() ? "says that it is asked without names first, and no rule does so" : "says nothing is asked without names first, and a rule does so",
              "change the setting or the rule, so that they say the same");
      }
    const json* place = value_of("locality");
    const auto verified = place != nullptr ? date_of(*place, "verified_on") : std::nullopt;
    if (!verified || sys_days{*verified} + std::chrono::days{365} < sys_days{day_})
      add(LintLevel::warning, "locality", "$.settings.locality", "the local bodies were last verified " + (verified ? "on " + to_text(*verified) : "never"),
          "ring the numbers, then set `verified_on`");
  }

  void read_with() {
    const json* document = member(pack_, "policy");
    const json* list = document != nullptr ? member(*document, "read_with") : nullptr;
    if (list == nullptr || !list->is_array()) return;
    for (std::size_t i = 0; i < list->size(); ++i)
      if ((*list)[i].is_string())
        add(LintLevel::note, "read-with", "$.policy.read_with" + strict::step(i), "`" + (*list)[i].get<std::string>() + "` is read with this policy and is not part of the pack",
            "read it too; where the two differ, ask the information governance lead");
  }

  void dates(const json& law, const json& holidays) {
    const auto checked = date_of(law, "checked_on");
    if (!checked || sys_days{*checked} + std::chrono::days{365} < sys_days{day_})
      add(LintLevel::warning, "dates", "legal_refs.json", "the law was last checked " + (checked ? "on " + to_text(*checked) : "never"), "check it and move `checked_on`");
    const auto until = date_of(holidays, "covered_until");
    if (!until || sys_days{*until} < sys_days{day_} + std::chrono::days{365})
      add(LintLevel::warning, "dates", "bank_holidays.json", "holidays are known " + (until ? "until " + to_text(*until) : "for no year"), "add the years that have been announced");
  }

 private:
  using Names = std::set<std::string, std::less<>>;

  const json* value_of(const char* setting) const {
    const json* settings = member(pack_, "settings");
    const json* one = settings != nullptr ? member(*settings, setting) : nullptr;
    return one != nullptr ? member(*one, "value") : nullptr;
  }
  std::optional<Names> listed(const char* setting, const char* key) const {
    const json* value = value_of(setting);
    const json* list = value != nullptr ? member(*value, key) : nullptr;
    if (list == nullptr || !list->is_array()) return std::nullopt;
    Names out;
    for (const json& one : *list)
      if (one.is_string()) out.insert(one.get<std::string>());
    return out;
  }
  template <class Use>
  void for_rules(Use use) const {
    const json* rules = member(pack_, "rules");
    if (rules == nullptr || !rules->is_array()) return;
    for (std::size_t i = 0; i < rules->size(); ++i) {
      const std::string id = text_of((*rules)[i], "id");
      use((*rules)[i], id.empty() ? "$.rules" + strict::step(i) : id);
    }
  }
  static void take(const json& rule, const char* part, const char* fact, Names& out) {
    const json* when = member(rule, part);
    const json* list = when != nullptr ? member(*when, fact) : nullptr;
    if (list == nullptr || !list->is_array()) return;
    for (const json& one : *list)
      if (one.is_string()) out.insert(one.get<std::string>());
  }
  void agree(const char* setting, const std::optional<Names>& says, const Names& does) {
    if (!says) return;
    const auto report = [&](const Names& here, const Names& there, const char* what) {
      for (const std::string& word : here)
        if (!there.contains(word)) add(LintLevel::error, "settings-differ", std::string("$.settings.") + setting, "`" + word + "` " + what, "change the setting or the rule, so that they say the same");
    };
    report(*says, does, "is listed, and no rule carries it out");
    report(does, *says, "is what a rule does, and the setting does not list it");
  }

  void add(LintLevel level, std::string check, std::string where, std::string what, std::string remedy) {
    findings_.push_back({level, std::move(check), std::move(where), std::move(what), std::move(remedy)});
  }

  // One citation, reported once per place.
  void cite(const std::string& where, const std::string& id) {
    if (!cited_.emplace(where, id).second) return;
    auto found = law_.find(id);
    for (auto cut = id.rfind('-'); found == law_.end() && cut != std::string::npos && cut > 0; cut = id.rfind('-', cut - 1)) found = law_.find(id.substr(0, cut));
    if (found == law_.end())
      return add(LintLevel::error, "unknown-law", where, "cites `" + id + "`, which legal_refs.json does not hold", "add it there or correct the citation");
    const json& ref = *found->second;
    const std::string title = "`" + text_of(ref, "title") + "`", status = text_of(ref, "status"), severity = text_of(ref, "lint");
    const LintLevel level = severity == "error" ? LintLevel::error : LintLevel::warning;
    const std::string instead = joined(member(ref, "replaced_by"));
    const std::string remedy = instead.empty() ? "ask the information governance lead what applies" : "cited law superseded, applied " + instead;
    const auto from = date_of(ref, "from"), to = date_of(ref, "to");
    const bool over = to && sys_days{*to} < sys_days{day_};
    if (found->first.ends_with("-MISTITLED")) return add(level, "mis-titled-acts", where, "cites " + title, remedy);
    if (status == "not_commenced" || (from && sys_days{day_} < sys_days{*from}))
      return add(LintLevel::note, "not-commenced", where, "cites " + title + ", not in force on " + to_text(day_), "set the date in the pack when it starts");
    // A law that ends in the future is still the law today.
    if (over || ((status == "repealed" || status == "superseded") && !to))
      return add(level, "stale-law", where, "cites " + title + (to ? ", which ended on " + to_text(*to) : ", which has been replaced"), remedy);
    if (severity == "warn" || severity == "error") add(level, "stale-law", where, "cites " + title + ": " + text_of(ref, "note"), remedy);
    if (text_of(ref, "confidence") == "recalled")
      add(LintLevel::note, "unverified-law", where, "cites " + title + ", which nobody has checked against its source", "read the source, then set `confidence` to `seen`");
  }

  const json& pack_;
  Date day_;
  std::map<std::string, const json*, std::less<>> law_;
  std::set<std::pair<std::string, std::string>> cited_;
  std::vector<LintFinding> findings_;
};

}  // namespace

std::span<const std::string_view> lint_checks() { return checks; }

std::expected<std::vector<LintFinding>, Error> lint(std::string_view pack_text, const LintReference& reference, Date day) {
  const auto read = [](std::string_view text, const char* file) {
    auto document = strict::parse(text);
    if (!document) document.error().where = std::string(file) + document.error().where;
    return document;
  };
  const auto pack = read(pack_text, "");
  if (!pack) return std::unexpected(pack.error());
  const auto law = read(reference.legal_refs, "legal_refs.json ");
  if (!law) return std::unexpected(law.error());
  const auto holidays = read(reference.bank_holidays, "bank_holidays.json ");
  if (!holidays) return std::unexpected(holidays.error());
  if (!pack->is_object()) return std::unexpected(Error{"wrong_type", "$", "not an object", "a pack is `{…}`", {}});
  Linter linter(*pack, *law, day);
  linter.clauses();
  linter.rules();
  linter.review();
  linter.document();
  linter.settings();
  linter.read_with();
  linter.dates(*law, *holidays);
  return linter.take();
}

}  // namespace gatehouse::policy
