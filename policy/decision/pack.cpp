// Reads a pack strictly and compiles it. The first thing that cannot be carried out refuses the whole pack, with its path and what would be right.
#include "policy/decision/pack.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "policy/decision/compiled.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestPack = 4u << 20;   // bytes
constexpr std::size_t kMostRules = 500;

// Thrown inside this file only; caught once in read().
struct Refusal {
  Error error;
};
[[noreturn]] void refuse(std::string code, std::string where, std::string what, std::string remedy = {}, std::vector<std::string> allowed = {}) {
  throw Refusal{{std::move(code), std::move(where), std::move(what), std::move(remedy), std::move(allowed)}};
}

// What would be right, in one line: all the words where they are few, else the one that was probably meant.
std::string one_of(const std::string& word, const std::vector<std::string>& allowed) {
  if (allowed.size() <= 12) {
    std::string out = "one of ";
    for (std::size_t i = 0; i < allowed.size(); ++i) out += (i > 0 ? ", " : "") + allowed[i];
    return out;
  }
  if (word.size() > 64) return "one of the allowed words";
  std::size_t best = 4;  // letters apart; further is no guess
  const std::string* nearest = nullptr;
  std::vector<std::size_t> row(word.size() + 1);
  for (const std::string& one : allowed) {
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
    for (std::size_t j = 1; j <= one.size(); ++j) {
      std::size_t corner = row[0];
      row[0] = j;
      for (std::size_t i = 1; i < row.size(); ++i) {
        const std::size_t above = row[i];
        row[i] = std::min({above + 1, row[i - 1] + 1, corner + (word[i - 1] == one[j - 1] ? 0 : 1)});
        corner = above;
      }
    }
    if (row.back() < best) {
      best = row.back();
      nearest = &one;
    }
  }
  return nearest != nullptr ? "did you mean `" + *nearest + "`?" : "one of the " + std::to_string(allowed.size()) + " words of CONTRACT.md";
}

// An object whose every key must be asked for.
class Object {
 public:
  Object(const json& node, std::string where, std::initializer_list<const char*> keys) : node_(node), where_(std::move(where)) {
    if (!node.is_object()) refuse("wrong_type", where_, "not an object", "write { … }");
    for (const auto& [key, value] : node.items()) {
      if (std::none_of(keys.begin(), keys.end(), [&](const char* one) { return key == one; }))
        refuse("unknown_key", where_ + "." + key, "unknown key `" + key + "`", "remove it, or " + one_of(key, {keys.begin(), keys.end()}), {keys.begin(), keys.end()});
    }
  }
  bool has(const char* key) const { return node_.contains(key) && !node_.at(key).is_null(); }
  std::string at(const char* key) const { return where_ + "." + key; }
  const json& need(const char* key) const {
    if (!has(key)) refuse("missing_key", at(key), "missing", "add it");
    return node_.at(key);
  }
  std::string word(const char* key) const {
    const json& value = need(key);
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) refuse("wrong_type", at(key), "not a text", "write a non-empty text");
    return value.get<std::string>();
  }
  std::string word_or(const char* key, std::string otherwise) const { return has(key) ? word(key) : std::move(otherwise); }
  bool flag_or(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!node_.at(key).is_boolean()) refuse("wrong_type", at(key), "not true or false", "write true or false");
    return node_.at(key).get<bool>();
  }
  int number_or(const char* key, int otherwise, int least, int most) const {
    if (!has(key)) return otherwise;
    const json& value = node_.at(key);
    if (!value.is_number_integer() || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
      refuse("bad_number", at(key), "not a whole number in range", std::to_string(least) + " to " + std::to_string(most));
    return value.get<int>();
  }
  std::vector<std::string> words(const char* key) const {
    std::vector<std::string> out;
    if (!has(key)) return out;
    const json& list = node_.at(key);
    if (!list.is_array()) refuse("wrong_type", at(key), "not a list", "write [ … ]");
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!list[i].is_string()) refuse("wrong_type", at(key) + "[" + std::to_string(i) + "]", "not a text", "write \"…\"");
      out.push_back(list[i].get<std::string>());
    }
    return out;
  }
  const json& node() const { return node_; }
  const std::string& where() const { return where_; }

 private:
  const json& node_;
  std::string where_;
};

template <class Enum>
Enum value_of(const std::string& word, const std::string& where) {
  if (const auto value = from_text<Enum>(word)) return *value;
  std::vector<std::string> allowed;
  for (const auto one : Words<Enum>::list) allowed.emplace_back(one);
  std::string right = one_of(word, allowed);
  refuse("unknown_value", where, "unknown word `" + word + "`", std::move(right), std::move(allowed));
}

template <class Enum>
std::uint32_t set_of(const std::vector<std::string>& words, const std::string& where) {
  std::uint32_t set = 0;
  for (std::size_t i = 0; i < words.size(); ++i) set |= std::uint32_t{1} << static_cast<unsigned>(value_of<Enum>(words[i], where + "[" + std::to_string(i) + "]"));
  return set;
}

std::optional<Date> date_or_nothing(const Object& object, const char* key) {
  if (!object.has(key)) return std::nullopt;
  const auto date = read_date(object.word(key));
  if (!date) refuse("bad_date", object.at(key), "not a day that exists", "write YYYY-MM-DD");
  return date;
}

ClockRule clock_of(const std::string& kind, const std::string& duration, const std::string& calendar, const std::string& where) {
  ClockRule rule;
  rule.kind = value_of<ClockKind>(kind, where + ".kind");
  if (calendar == "school_day" && duration == "school_day_end") { rule.unit = ClockRule::Unit::school_day_end; return rule; }
  // ISO 8601: PTnH, PTnM, PTnS, PnD, PnM
  const bool time = duration.size() > 2 && duration[1] == 'T';
  const std::size_t begin = time ? 2 : 1;
  if (duration.size() < begin + 2 || duration[0] != 'P') refuse("bad_duration", where + ".duration", "not a duration", "PT24H, P10D or P1M");
  std::int64_t amount = 0;
  for (std::size_t i = begin; i + 1 < duration.size(); ++i) {
    if (duration[i] < '0' || duration[i] > '9' || amount > 100000) refuse("bad_duration", where + ".duration", "not a duration", "PT24H, P10D or P1M");
    amount = amount * 10 + (duration[i] - '0');
  }
  const char unit = duration.back();
  rule.amount = amount;
  if (time && unit == 'H') rule.amount = amount * 3600;
  else if (time && unit == 'M') rule.amount = amount * 60;
  else if (time && unit == 'S') rule.amount = amount;
  else if (!time && unit == 'D') {
    if (calendar == "working") rule.unit = ClockRule::Unit::working_days;
    else if (calendar == "school_day") rule.unit = ClockRule::Unit::school_days;
    else if (calendar == "calendar" || calendar == "calendar_month") rule.unit = ClockRule::Unit::calendar_days;
    else rule.amount = amount * 86400;
  } else if (!time && unit == 'M') rule.unit = ClockRule::Unit::months;
  else refuse("bad_duration", where + ".duration", "not a duration", "PT24H, P10D or P1M");
  static constexpr const char* kCalendars[] = {"elapsed", "working", "school_day", "calendar", "calendar_month"};
  if (std::none_of(std::begin(kCalendars), std::end(kCalendars), [&](const char* one) { return calendar == one; }))
    refuse("unknown_value", where + ".calendar", "unknown word `" + calendar + "`", "one of the allowed words", {std::begin(kCalendars), std::end(kCalendars)});
  return rule;
}

// ---------------------------------------------------------------- the minimum-necessary matrix

void read_matrix(CompiledPack& pack, std::string_view text_of_file) {
  const json file = json::parse(text_of_file);
  const json& matrix = file.at("matrix");
  const json& limits = file.at("limits");
  const json& defaults = file.at("purpose_defaults");
  for (std::size_t p = 0; p < count_of<Purpose>(); ++p) {
    const std::string purpose(text(static_cast<Purpose>(p)));
    const std::string where = "minimum_necessary.json:" + purpose;
    PurposeTable& table = pack.purposes[p];
    const json& column = matrix.at(purpose);
    for (std::size_t c = 0; c < count_of<Category>(); ++c) {
      const std::string category(text(static_cast<Category>(c)));
      table.cells[c] = value_of<Detail>(column.at(category).get<std::string>(), where + "." + category);
      if (!limits.contains(purpose) || !limits.at(purpose).contains(category)) continue;
      const json& limit = limits.at(purpose).at(category);
      for (const json& need : limit.value("needs", json::array())) {
        const std::string word = need.get<std::string>();
        if (word == "best_interests") table.needs[c] |= 1u << static_cast<unsigned>(NeedFact::best_interests);
        else if (word.starts_with("stated:")) table.need_stated[c] |= std::uint32_t{1} << static_cast<unsigned>(value_of<Statement>(word.substr(7), where));
        else table.needs[c] |= 1u << static_cast<unsigned>(NeedFact::approval);  // an approval, or a check that only a person can record
      }
      if (limit.contains("any_of") ) table.needs[c] |= 1u << static_cast<unsigned>(NeedFact::approval);
      for (const json& not_this : limit.value("not", json::array()))
        if (not_this == "given_in_confidence") table.not_in_confidence |= std::uint64_t{1} << c;
      for (const json& who : limit.value("recipients", json::array())) {
        if (const auto type = from_text<AgencyType>(who.get<std::string>())) table.for_types[c] |= std::uint32_t{1} << static_cast<unsigned>(*type);
        else table.for_kinds[c] |= std::uint32_t{1} << static_cast<unsigned>(value_of<RequesterKind>(who.get<std::string>(), where));
      }
      if (limit.contains("roles")) {
        table.for_roles[c] = set_of<Role>(limit.at("roles").get<std::vector<std::string>>(), where);
        table.other_roles[c] = value_of<Detail>(limit.value("other_roles", std::string("none")), where);
      }
    }
    const json& one = defaults.at(purpose);
    table.flows = set_of<Flow>(one.at("flows").get<std::vector<std::string>>(), where);
    table.types = set_of<AgencyType>(one.at("allowed_agency_types").get<std::vector<std::string>>(), where);
    table.kinds = set_of<RequesterKind>(one.at("allowed_requester_kinds").get<std::vector<std::string>>(), where);
    table.required = set_of<Statement>(one.at("required_stated").get<std::vector<std::string>>(), where);
    table.required_referral = one.contains("required_stated_referral")
                                  ? set_of<Statement>(one.at("required_stated_referral").get<std::vector<std::string>>(), where)
                                  : table.required;
    table.mode = value_of<ApprovalMode>(one.at("approval").at("mode").get<std::string>(), where);
    table.roles = set_of<Role>(one.at("approval").at("any_of").get<std::vector<std::string>>(), where);
    table.notice_subject = one.at("notice").at("subject").get<std::string>();
    table.notice_when = value_of<When>(one.at("notice").at("when").get<std::string>(), where);
    for (const char* list : {"clocks", "proposed_clocks"})
      for (const json& clock : one.at(list))
        (std::string_view(list) == "clocks" ? table.clocks : table.proposed)
            .push_back(clock_of(clock.at("kind").get<std::string>(), clock.at("duration").get<std::string>(), clock.at("calendar").get<std::string>(), where));
    table.emergency_route = one.at("emergency_route").get<bool>();
    const auto legs = one.at("data_protection_legs").get<std::vector<std::string>>();
    const auto confidence = one.at("confidence_legs").get<std::vector<std::string>>();
    table.consent_only = confidence.size() == 1 && confidence[0] == "consent";
    const auto pick = [](const std::vector<std::string>& from, auto fits, std::size_t otherwise) {
      for (const auto& leg : from) if (fits(leg)) return leg;
      return from.empty() ? std::string("none") : from[std::min(otherwise, from.size() - 1)];
    };
    table.leg_consent = pick(legs, [](const std::string& l) { return l.starts_with("art6_1_a+"); }, 0);
    table.leg_duty = pick(legs, [](const std::string& l) { return l.starts_with("art6_1_c"); }, 0);
    table.leg_other = pick(legs, [](const std::string& l) { return !l.starts_with("art6_1_a+") && !l.starts_with("art6_1_c"); }, 0);
    table.confidence_consent = pick(confidence, [](const std::string& l) { return l == "consent"; }, 0);
    table.confidence_duty = pick(confidence, [](const std::string& l) { return l == "legal_duty" || l == "court_order"; }, 0);
    table.confidence_other = pick(confidence, [](const std::string& l) { return l != "consent" && l != "legal_duty"; }, 0);
  }
  const json& urgency = file.at("urgency_clocks");
  for (std::size_t u = 0; u < count_of<Urgency>(); ++u) {
    const json& one = urgency.at(std::string(text(static_cast<Urgency>(u))));
    pack.urgency[u] = clock_of(one.at("kind").get<std::string>(), one.at("duration").get<std::string>(), one.at("calendar").get<std::string>(), "minimum_necessary.json");
  }
}

// A pack may tighten a cell; loosening one is refused, so no pack can widen the data by accident.
void read_tightening(CompiledPack& pack, const json& node) {
  if (!node.is_object()) refuse("wrong_type", "$.matrix", "not an object", "write { … }");
  for (const auto& [purpose, cells] : node.items()) {
    const auto p = static_cast<std::size_t>(value_of<Purpose>(purpose, "$.matrix." + purpose));
    if (!cells.is_object()) refuse("wrong_type", "$.matrix." + purpose, "not an object", "write { … }");
    for (const auto& [category, cell] : cells.items()) {
      const std::string where = "$.matrix." + purpose + "." + category;
      const auto c = static_cast<std::size_t>(value_of<Category>(category, where));
      if (!cell.is_string()) refuse("wrong_type", where, "not a text", "write \"…\"");
      const Detail detail = value_of<Detail>(cell.get<std::string>(), where);
      if (detail > pack.purposes[p].cells[c]) refuse("loosening", where, "looser than the minimum-necessary matrix", "a pack may only tighten");
      pack.purposes[p].cells[c] = detail;
    }
  }
}

// ---------------------------------------------------------------- rules

struct Names {  // what `when` may name
  std::string_view key;
  Bank bank;
  enum class Kind { words, flag, age, tenure } kind;
  bool item;
};

template <class Enum>
std::uint64_t mask_of(Bank b, const std::vector<std::string>& words, const std::string& where) {
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < words.size(); ++i) mask |= b.bit(static_cast<std::size_t>(value_of<Enum>(words[i], where + "[" + std::to_string(i) + "]")));
  return mask;
}

std::vector<std::string> list_of(const json& node, const std::string& where) {
  std::vector<std::string> out;
  if (!node.is_array() || node.empty()) refuse("wrong_type", where, "not a list of words", "write [\"…\"]");
  for (std::size_t i = 0; i < node.size(); ++i) {
    if (!node[i].is_string()) refuse("wrong_type", where + "[" + std::to_string(i) + "]", "not a text", "write \"…\"");
    out.push_back(node[i].get<std::string>());
  }
  return out;
}

std::uint64_t lines_mask(Bank b, const std::vector<int>& lines, const json& node, const std::string& where) {
  const Object range(node, where, {"at_least", "below"});
  const auto band_from = [&](int line) -> std::size_t {
    const auto found = std::find(lines.begin(), lines.end(), line);
    if (found == lines.end()) refuse("unknown_value", where, "a line the pack does not name", "add it to settings.age_bands.lines or tenure_lines");
    return static_cast<std::size_t>(found - lines.begin()) + 1;
  };
  const std::size_t from = range.has("at_least") ? band_from(range.number_or("at_least", 0, 0, 100000)) : 0;
  const std::size_t to = range.has("below") ? band_from(range.number_or("below", 0, 0, 100000)) : lines.size() + 1;
  std::uint64_t mask = 0;
  for (std::size_t i = from; i < to; ++i) mask |= b.bit(i);
  if (!mask) refuse("bad_range", where, "an empty range", "at_least below `below`");
  return mask;
}

void read_terms(const CompiledPack& pack, const json& node, const std::string& where, std::vector<Term>& on_case, std::vector<Term>& on_item) {
  if (!node.is_object()) refuse("wrong_type", where, "not an object", "write { \"flow\": [\"…\"] }");
  for (const auto& [key, value] : node.items()) {
    const std::string path = where + "." + key;
    const auto add = [&](Bank b, std::uint64_t mask) { (b.word >= kCaseWords ? on_item : on_case).push_back({b.word, mask}); };
    const auto flag = [&](Bank b) {
      if (!value.is_array() || value.size() != 1 || !value[0].is_boolean()) refuse("wrong_type", path, "not [true] or [false]", "write [true] or [false]");
      add(b, b.bit(value[0].get<bool>() ? 1 : 0));
    };
#define WORDS(name, Enum, BANK) if (key == name) { add(BANK, mask_of<Enum>(BANK, list_of(value, path), path)); continue; }
    WORDS("flow", Flow, bank::flow)
    WORDS("purpose", Purpose, bank::purpose)
    WORDS("requester.kind", RequesterKind, bank::kind)
    WORDS("requester.role", Role, bank::role)
    WORDS("requester.training", Training, bank::training)
    WORDS("recipient.type", AgencyType, bank::recipient)
    WORDS("agreement", AgreementState, bank::agreement)
    WORDS("subject.competence", Competence, bank::competence)
    WORDS("notice", Notice, bank::notice)
    WORDS("urgency", Urgency, bank::urgency)
    WORDS("context", Context, bank::context)
    WORDS("circumstance", CircumstanceCode, bank::evidenced)
    WORDS("claimed.circumstance", CircumstanceCode, bank::claimed)
    WORDS("stated", Statement, bank::stated)
    WORDS("approved.role", Role, bank::approved)
    WORDS("advised.role", Role, bank::advised)
    WORDS("offence.state", OffenceState, bank::offence)
    WORDS("risk", RiskFact, bank::risk)
    WORDS("request", FormFact, bank::form)
    WORDS("item.category", Category, bank::category)
    WORDS("item.compartment", Compartment, bank::compartment)
    WORDS("item.detail", Detail, bank::cell)
    WORDS("consent.state", ConsentState, bank::consent)
    WORDS("consent.form", ConsentForm, bank::consent_form)
    WORDS("consent.given_by", GivenBy, bank::given_by)
#undef WORDS
    if (key == "emergency") { flag(bank::emergency); continue; }
    if (key == "requester.parental_responsibility") { flag(bank::parental); continue; }
    if (key == "requester.marked_risk") { flag(bank::marked_risk); continue; }
    if (key == "requester.conflict") { flag(bank::conflict); continue; }
    if (key == "requester.attested") { flag(bank::attested); continue; }
    if (key == "requester.signed_off") { flag(bank::signed_off); continue; }
    if (key == "best_interests") {
      if (!value.is_array() || value.empty()) refuse("wrong_type", path, "not a list", "[true], [false] or [null], nobody judged");
      std::uint64_t mask = 0;
      for (const json& one : value) {
        if (!one.is_boolean() && !one.is_null()) refuse("wrong_type", path, "not true, false or null", "write true, false or null");
        mask |= bank::best_interests.bit(one.is_null() ? 2 : one.get<bool>() ? 1 : 0);
      }
      add(bank::best_interests, mask);
      continue;
    }
    if (key == "item.relevant") { flag(bank::relevant); continue; }
    if (key == "item.given_in_confidence") { flag(bank::confidence); continue; }
    if (key == "item.withheld_from_requester") { flag(bank::withheld); continue; }
    if (key == "subject.age") { add(bank::age, lines_mask(bank::age, pack.age_lines, value, path)); continue; }
    if (key == "requester.tenure_days") { add(bank::tenure, lines_mask(bank::tenure, pack.tenure_lines, value, path)); continue; }
    if (key == "law") {
      std::uint64_t mask = 0;
      for (const std::string& name : list_of(value, path)) {
        const auto found = std::find_if(pack.switches.begin(), pack.switches.end(), [&](const LawSwitch& one) { return one.name == name; });
        if (found == pack.switches.end()) refuse("unknown_value", path, "unknown switch `" + name + "`", "name it in $.switches");
        mask |= bank::law.bit(static_cast<std::size_t>(found - pack.switches.begin()));
      }
      add(bank::law, mask);
      continue;
    }
    refuse("unknown_key", path, "unknown fact `" + key + "`", "a fact of CONTRACT.md section 3");
  }
}

constexpr std::array<std::string_view, 6> kResults = {"release", "anonymised", "refer", "withhold", "exceptional", "must_share"};

void read_rule(CompiledPack& pack, const json& node, std::size_t index, std::vector<std::vector<std::string>>& overrides) {
  const std::string where = "$.rules[" + std::to_string(index) + "]";
  const Object rule(node, where, {"id", "effect", "stratum", "cite", "plain", "when", "unless", "needs_approval", "approval", "own_approval", "mode", "oblige", "clocks", "reason", "duty", "overrides", "on", "anonymised"});
  CompiledRule out;
  out.id = rule.word("id");
  if (std::any_of(pack.rules.begin(), pack.rules.end(), [&](const CompiledRule& one) { return one.id == out.id; }))
    refuse("duplicate_id", rule.at("id"), "two rules are called `" + out.id + "`", "give each its own id");
  out.effect = value_of<Effect>(rule.word("effect"), rule.at("effect"));
  out.stratum = value_of<Stratum>(rule.word("stratum"), rule.at("stratum"));
  const Object cite(rule.need("cite"), rule.at("cite"), {"clause", "clauses", "law"});
  out.clauses = cite.words("clauses");
  if (cite.has("clause")) out.clauses.insert(out.clauses.begin(), cite.word("clause"));
  out.law = cite.words("law");
  if (out.clauses.empty()) refuse("missing_citation", rule.at("cite"), "no clause", "name the clause of the policy this rule carries out");
  out.plain = rule.word("plain");
  if (rule.has("reason")) out.reason = value_of<ReasonCode>(rule.word("reason"), rule.at("reason"));
  if (out.effect == Effect::forbid && out.reason == ReasonCode::no_basis) refuse("missing_key", rule.at("reason"), "a forbid without a reason", "add the reason code it gives");
  read_terms(pack, rule.need("when"), rule.at("when"), out.when_case, out.when_item);
  if (out.when_case.empty() && out.when_item.empty()) refuse("bad_rule", rule.at("when"), "empty", "say when it applies");
  if (rule.has("unless")) read_terms(pack, rule.need("unless"), rule.at("unless"), out.unless_case, out.unless_item);
  for (const Term& term : out.when_case)
    if (term.word == bank::evidenced.word && (term.mask & bank::evidenced.mask())) out.needs_circumstance = true;
  if (rule.has("approval")) {
    if (rule.word("approval") != "route") refuse("unknown_value", rule.at("approval"), "unknown word", "write \"route\" or list roles in needs_approval", {"route"});
    if (rule.has("needs_approval")) refuse("bad_rule", rule.at("needs_approval"), "both a route and roles", "keep one of them");
    out.route = true;
  }
  const auto roles = rule.words("needs_approval");
  out.roles = set_of<Role>(roles, rule.at("needs_approval"));
  if (out.roles) out.mode = value_of<ApprovalMode>(rule.word_or("mode", "required"), rule.at("mode"));
  else if (rule.has("mode")) refuse("bad_rule", rule.at("mode"), "a mode without roles", "list roles in needs_approval");
  if (out.effect == Effect::refer && !out.roles && !out.route) refuse("bad_rule", rule.at("needs_approval"), "a refer without anybody to refer to", "list roles or write \"approval\": \"route\"");
  if (rule.has("duty")) {
    if (value_of<Duty>(rule.word("duty"), rule.at("duty")) == Duty::must_share) out.must_share = true;
    if (out.effect != Effect::permit) refuse("bad_rule", rule.at("duty"), "a duty on a rule that permits nothing", "put it on the permit");
  }
  out.own_approval = rule.flag_or("own_approval", false);
  out.anonymised = rule.flag_or("anonymised", out.stratum == Stratum::anonymise);
  if (rule.has("oblige")) {
    const json& list = rule.need("oblige");
    if (!list.is_array()) refuse("wrong_type", rule.at("oblige"), "not a list", "write [ … ]");
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Object one(list[i], rule.at("oblige") + "[" + std::to_string(i) + "]", {"kind", "when", "to"});
      out.obligations.push_back({value_of<ObligationKind>(one.word("kind"), one.at("kind")), value_of<When>(one.word_or("when", "none"), one.at("when")), one.words("to")});
    }
  }
  for (const std::string& kind : rule.words("clocks")) out.clocks.emplace_back(value_of<ClockKind>(kind, rule.at("clocks")), std::string());
  for (const std::string& result : rule.words("on")) {
    const std::string head = result.substr(0, result.find(':'));
    if (std::find(kResults.begin(), kResults.end(), head) == kResults.end())
      refuse("unknown_value", rule.at("on"), "unknown result `" + head + "`", "one of the allowed words", {kResults.begin(), kResults.end()});
    if (result.size() > head.size()) value_of<ReasonCode>(result.substr(head.size() + 1), rule.at("on"));
    out.on.push_back(result);
  }
  if (out.effect == Effect::oblige && out.obligations.empty() && out.clocks.empty()) refuse("bad_rule", where, "obliges to nothing", "add oblige or clocks");
  overrides.push_back(rule.words("overrides"));
  if (!overrides.back().empty() && out.stratum != Stratum::statute && out.stratum != Stratum::mandatory && out.stratum != Stratum::exception)
    refuse("bad_override", rule.at("overrides"), "only a statute, mandatory or exception rule may override", "remove it or change the stratum");
  pack.rules.push_back(std::move(out));
}

void link_overrides(CompiledPack& pack, const std::vector<std::vector<std::string>>& overrides) {
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    for (const std::string& id : overrides[i]) {
      const std::string where = "$.rules[" + std::to_string(i) + "].overrides";
      const auto found = std::find_if(pack.rules.begin(), pack.rules.end(), [&](const CompiledRule& one) { return one.id == id; });
      if (found == pack.rules.end()) refuse("dangling_override", where, "no rule `" + id + "`", "name a forbid of this pack");
      const auto target = static_cast<std::size_t>(found - pack.rules.begin());
      if (target == i) refuse("circular_override", where, "`" + id + "` overrides itself", "remove it");
      // whoever is overridden, directly or through others, may not override in turn
      std::vector<std::size_t> way = {target};
      std::set<std::size_t> seen;
      while (!way.empty()) {
        const std::size_t one = way.back();
        way.pop_back();
        if (one == i) refuse("circular_override", where, "`" + pack.rules[i].id + "` and `" + id + "` override each other", "keep one direction");
        if (!seen.insert(one).second) continue;
        for (const std::string& next : overrides[one])
          for (std::size_t r = 0; r < pack.rules.size(); ++r)
            if (pack.rules[r].id == next) way.push_back(r);
      }
      if (found->effect != Effect::forbid) refuse("bad_override", where, "`" + id + "` forbids nothing", "name a forbid of this pack");
      if (found->reason == ReasonCode::conflict || found->reason == ReasonCode::withheld_from_person || found->reason == ReasonCode::safe_address)
        refuse("bad_override", where, "nothing overrides a conflict, a named-person restriction or a safe address", "remove it");
      pack.rules[i].overrides.push_back(static_cast<std::uint16_t>(target));
    }
  }
}

void index_by_flow(CompiledPack& pack) {
  for (std::size_t i = 0; i < pack.rules.size(); ++i) {
    const CompiledRule& rule = pack.rules[i];
    std::uint64_t flows = bank::flow.mask();
    for (const Term& term : rule.when_case)
      if (term.word == bank::flow.word && (term.mask & ~bank::flow.mask()) == 0) flows &= term.mask;
    for (std::size_t f = 0; f < 9; ++f) {
      if (f < 8 && !(flows & bank::flow.bit(f))) continue;
      CompiledPack::ByFlow& by = pack.by_flow[f];
      const auto index = static_cast<std::uint16_t>(i);
      switch (rule.effect) {
        case Effect::permit: by.permits.push_back(index); break;
        case Effect::forbid: by.forbids.push_back(index); break;
        case Effect::refer: by.refers.push_back(index); break;
        case Effect::oblige: by.obliges.push_back(index); break;
      }
    }
  }
  for (CompiledPack::ByFlow& by : pack.by_flow)
    std::sort(by.permits.begin(), by.permits.end(), [&](auto a, auto b) { return std::make_pair(pack.rules[a].stratum, a) < std::make_pair(pack.rules[b].stratum, b); });
}

// ---------------------------------------------------------------- settings

constexpr std::array<const char*, 21> kChoices = {"notify_subject", "parents", "age_bands", "refer_routes", "deputies", "clocks", "break_rule", "consent", "levels", "holder", "verbatim",
                                                  "covert_advice", "sar_third_party", "precedence", "serious_offences", "approval", "channels", "role_gates", "anonymise", "locality", "contexts"};

void read_settings(CompiledPack& pack, const json& node) {
  if (!node.is_object()) refuse("wrong_type", "$.settings", "not an object", "write { … }");
  for (const auto& [key, value] : node.items())
    if (std::none_of(kChoices.begin(), kChoices.end(), [&](const char* one) { return key == one; }))
      refuse("unknown_key", "$.settings." + key, "unknown setting `" + key + "`", "one of the settings C1 to C21", {kChoices.begin(), kChoices.end()});
  for (const char* choice : kChoices) {
    const std::string where = std::string("$.settings.") + choice;
    if (!node.contains(choice)) refuse("missing_choice", where, "not stated", "state the value, or {\"silent\": true} with the default that applies");
    const Object one(node.at(choice), where, {"value", "clauses", "silent", "note", "contradicts"});
    Setting setting{choice, one.need("value").dump(), one.words("clauses"), one.flag_or("silent", false), one.word_or("note", ""), one.words("contradicts")};
    if (setting.clauses.empty() && !setting.silent) refuse("missing_citation", where, "neither a clause nor silent", "name the clause, or say that the policy is silent");
    if (setting.silent && setting.note.empty()) refuse("missing_default", one.at("note"), "the policy is silent and nothing says what applies", "say in plain words which default applies");
    if (!setting.contradicts.empty() && setting.note.empty())
      refuse("missing_choice", one.at("note"), "the policy contradicts itself and nothing says what was chosen", "say in plain words which reading was chosen");
    pack.settings.push_back(setting);
    const json& value = one.need("value");
    const std::string at = where + ".value";
    const std::string_view name = choice;
    if (name == "notify_subject") {
      const Object v(value, at, {"mode", "when", "involve", "exception_approver", "deferred_review_days"});
      const std::string mode = v.word("mode");
      if (mode == "off") pack.notify = CompiledPack::NotifyMode::off;
      else if (mode == "default") pack.notify = CompiledPack::NotifyMode::by_default;
      else if (mode == "always") pack.notify = CompiledPack::NotifyMode::always;
      else refuse("unknown_value", v.at("mode"), "unknown word `" + mode + "`", "one of the allowed words", {"always", "default", "off"});
      pack.notify_when = value_of<When>(v.word_or("when", "before"), v.at("when"));
      pack.cite["notify"] = setting.clauses;
    } else if (name == "age_bands") {
      const Object v(value, at, {"lines", "tenure_lines", "parent_consent_16_17"});
      const auto lines = [&](const char* key, std::vector<int> always) {
        if (v.has(key))
          for (const json& line : v.need(key)) {
            if (!line.is_number_integer() || line.get<int>() < 0 || line.get<int>() > 100000) refuse("bad_number", v.at(key), "not a list of whole numbers", "write [13, 16, 18]");
            always.push_back(line.get<int>());
          }
        std::sort(always.begin(), always.end());
        always.erase(std::unique(always.begin(), always.end()), always.end());
        if (always.size() > 7) refuse("too_many", v.at(key), "more than seven lines", "keep seven at most");
        return always;
      };
      pack.age_lines = lines("lines", {13, 16, 18});
      pack.tenure_lines = lines("tenure_lines", {});
      pack.parent_consent_16_17 = v.flag_or("parent_consent_16_17", false);
    } else if (name == "refer_routes") {
      const Object v(value, at, {"routes", "unsure", "no_agreement", "purpose_unknown", "emergency"});
      const json& routes = v.need("routes");
      if (!routes.is_array()) refuse("wrong_type", v.at("routes"), "not a list", "write [ … ]");
      for (std::size_t i = 0; i < routes.size(); ++i) {
        const Object route(routes[i], v.at("routes") + "[" + std::to_string(i) + "]", {"purposes", "mode", "any_of", "clauses"});
        const std::uint32_t roles = set_of<Role>(route.words("any_of"), route.at("any_of"));
        for (const std::string& purpose : route.words("purposes")) {
          PurposeTable& table = pack.purposes[static_cast<std::size_t>(value_of<Purpose>(purpose, route.at("purposes")))];
          table.mode = value_of<ApprovalMode>(route.word("mode"), route.at("mode"));
          table.roles = roles;
          if (!roles && table.mode != ApprovalMode::none) refuse("bad_route", route.at("any_of"), "nobody to ask", "list at least one role");
        }
      }
      pack.unsure_roles = set_of<Role>(v.words("unsure"), v.at("unsure"));
      pack.agreement_roles = set_of<Role>(v.words("no_agreement"), v.at("no_agreement"));
      pack.purpose_unknown_roles = set_of<Role>(v.words("purpose_unknown"), v.at("purpose_unknown"));
      pack.emergency_roles = set_of<Role>(v.words("emergency"), v.at("emergency"));
      for (const char* list : {"unsure", "no_agreement", "purpose_unknown", "emergency"})
        if (v.words(list).empty()) refuse("missing_key", v.at(list), "nobody to ask", "list at least one role");
      pack.cite["route"] = setting.clauses;
    } else if (name == "deputies") {
      const Object v(value, at, {"acts_for", "mash_referrer", "self_referrers"});
      pack.self_referrers = set_of<Role>(v.words("self_referrers"), v.at("self_referrers"));
      set_of<Role>(v.words("mash_referrer"), v.at("mash_referrer"));
      pack.leads = std::uint32_t{1} << static_cast<unsigned>(Role::dsl);
      if (v.has("acts_for")) {
        const json& deputies = v.need("acts_for");
        if (!deputies.is_object()) refuse("wrong_type", v.at("acts_for"), "not an object", "write { \"deputy_dsl\": \"dsl\" }");
        for (const auto& [deputy, of] : deputies.items()) {
          if (!of.is_string()) refuse("wrong_type", v.at("acts_for") + "." + deputy, "not a text");
          const Role role = value_of<Role>(deputy, v.at("acts_for") + "." + deputy);
          if (value_of<Role>(of.get<std::string>(), v.at("acts_for") + "." + deputy) == Role::dsl) pack.leads |= std::uint32_t{1} << static_cast<unsigned>(role);
        }
      }
    } else if (name == "clocks") {
      const Object v(value, at, {"clocks", "school_day_end", "open_days"});
      if (v.has("open_days")) {
        static constexpr std::array<std::string_view, 7> kDays = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
        pack.open_days = 0;
        for (const std::string& day : v.words("open_days")) {
          const auto found = std::find(kDays.begin(), kDays.end(), day);
          if (found == kDays.end()) refuse("unknown_value", v.at("open_days"), "unknown day `" + day + "`", "one of the allowed words", {kDays.begin(), kDays.end()});
          pack.open_days |= static_cast<std::uint8_t>(1u << (found - kDays.begin()));
        }
        if (!pack.open_days) refuse("bad_range", v.at("open_days"), "never open", "list at least one day");
      }
      for (std::size_t i = 0; v.has("clocks") && i < v.need("clocks").size(); ++i) {
        const std::string path = v.at("clocks") + "[" + std::to_string(i) + "]";
        const Object one_clock(v.need("clocks")[i], path, {"kind", "duration", "calendar", "clauses", "open_days_only"});
        ClockRule rule = clock_of(one_clock.word("kind"), one_clock.word("duration"), one_clock.word("calendar"), path);
        rule.clauses = one_clock.words("clauses");
        rule.open_days_only = one_clock.flag_or("open_days_only", false);
        pack.clock_rules.push_back(std::move(rule));
      }
      const std::string end = v.word_or("school_day_end", "16:00");
      if (end.size() != 5 || end[2] != ':' || end < "00:00" || end > "23:59") refuse("bad_time", v.at("school_day_end"), "not a time of day", "write HH:MM");
      pack.school_day_end_minutes = std::stoi(end.substr(0, 2)) * 60 + std::stoi(end.substr(3));
    } else if (name == "break_rule") {
      const Object v(value, at, {"mandatory", "discretionary", "otherwise", "recipients"});
      pack.break_mandatory = set_of<CircumstanceCode>(v.words("mandatory"), v.at("mandatory"));
      pack.break_discretionary = set_of<CircumstanceCode>(v.words("discretionary"), v.at("discretionary"));
      pack.mandatory_types = set_of<AgencyType>(v.words("recipients"), v.at("recipients"));
    } else if (name == "consent") {
      const Object v(value, at, {"form", "max_days", "scope_required", "withdrawal"});
      pack.consent_forms = set_of<ConsentForm>(v.words("form"), v.at("form"));
      if (!pack.consent_forms) refuse("missing_key", v.at("form"), "no form of consent", "list at least one");
      pack.consent_max_days = v.number_or("max_days", 365, 1, 3650);
      pack.cite["consent"] = setting.clauses;
    } else if (name == "covert_advice") {
      const Object v(value, at, {"choice", "embargo"});
      const std::string choice_word = v.word("choice");
      if (choice_word != "allow" && choice_word != "deny" && choice_word != "not_applicable")
        refuse("unknown_value", v.at("choice"), "unknown word `" + choice_word + "`", "one of the allowed words", {"allow", "deny", "not_applicable"});
    } else if (name == "serious_offences") {
      const Object v(value, at, {"serious_offences", "exhaustive"});
      pack.serious_offences = set_of<Offence>(v.words("serious_offences"), v.at("serious_offences"));
      const auto bits = [](std::initializer_list<Offence> list) { std::uint32_t set = 0; for (const Offence offence : list) set |= std::uint32_t{1} << static_cast<unsigned>(offence); return set; };
      // examples, not a definition: offences and incidents of the same weight go to a person
      if (!v.flag_or("exhaustive", false))
        pack.grey_offences = bits({Offence::murder, Offence::manslaughter, Offence::rape, Offence::serious_sexual_offence, Offence::serious_assault, Offence::kidnap, Offence::trafficking,
                                   Offence::child_cruelty, Offence::missing_person_incident, Offence::unexplained_death}) & ~pack.serious_offences;
    } else if (name == "role_gates") {
      const Object v(value, at, {"training", "attested", "volunteer"});
      pack.gate_training = v.flag_or("training", false);
      pack.gate_attested = v.flag_or("attested", false);
      if (v.has("volunteer")) {
        const Object volunteer(v.need("volunteer"), v.at("volunteer"), {"min_days", "signoff"});
        pack.volunteer_min_days = volunteer.number_or("min_days", 0, 0, 10000);
        pack.volunteer_signoff = volunteer.flag_or("signoff", false);
        if (std::find(pack.tenure_lines.begin(), pack.tenure_lines.end(), pack.volunteer_min_days) == pack.tenure_lines.end()) {
          pack.tenure_lines.push_back(pack.volunteer_min_days);
          std::sort(pack.tenure_lines.begin(), pack.tenure_lines.end());
        }
      }
      pack.cite["gate"] = setting.clauses;
    }
  }
}

// Settings that speak in terms of others: age lines, roles. `settings` has been read.
void read_parents_and_levels(CompiledPack& pack, const json& settings) {
  const Object parents(settings.at("parents").at("value"), "$.settings.parents.value",
                       {"progress", "concern", "other", "risk", "adult", "under_16_competent", "16_17", "under_18", "over_18", "never_automatic", "tells"});
  if (const json& rows = parents.need("tells"); !rows.is_array()) refuse("wrong_type", parents.at("tells"), "not a list", "list what a parent may be told without agreement, [] for nothing");
  else
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Object row(rows[i], parents.at("tells") + "[" + std::to_string(i) + "]", {"categories", "age", "when"});
      ParentRow out;
      if (!row.has("categories")) out.categories = (std::uint64_t{1} << count_of<Category>()) - 1;
      else
        for (const std::string& word : row.words("categories")) out.categories |= std::uint64_t{1} << static_cast<unsigned>(value_of<Category>(word, row.at("categories")));
      out.any_age = !row.has("age");
      if (!out.any_age) out.ages = lines_mask(bank::age, pack.age_lines, row.need("age"), row.at("age")) >> bank::age.shift;
      out.when = value_of<ParentRow::When>(row.word("when"), row.at("when"));
      pack.parent_rows.push_back(out);
    }
  const Object levels(settings.at("levels").at("value"), "$.settings.levels.value", {"absolute", "compartments", "strictest", "held_by", "opened_by", "opened_on"});
  pack.compartments = set_of<Compartment>(levels.words("compartments"), levels.at("compartments"));
  if (levels.has("held_by")) {
    const json& held = levels.need("held_by");
    if (!held.is_object()) refuse("wrong_type", levels.at("held_by"), "not an object", "write { \"counselling\": [\"counsellor\"] }");
    for (const auto& [name, roles] : held.items()) {
      const std::string path = levels.at("held_by") + "." + name;
      const auto compartment = value_of<Compartment>(name, path);
      if (!(pack.compartments & (1u << static_cast<unsigned>(compartment)))) refuse("unknown_value", path, "not a compartment of this pack", "name it in compartments");
      pack.held_by[static_cast<std::size_t>(compartment)] = set_of<Role>(list_of(roles, path), path);
    }
  }
  for (std::size_t i = 0; i < count_of<Compartment>(); ++i)
    if ((pack.compartments & (1u << i)) && !pack.held_by[i])
      refuse("missing_key", levels.at("held_by"), "nobody holds the compartment `" + std::string(text(static_cast<Compartment>(i))) + "`", "name the roles that hold it");
  pack.opened_by = set_of<Role>(levels.words("opened_by"), levels.at("opened_by"));
  pack.opened_on = set_of<CircumstanceCode>(levels.words("opened_on"), levels.at("opened_on"));
}

void read_never(CompiledPack& pack, const json& node) {
  if (!node.is_array()) refuse("wrong_type", "$.never", "not a list", "list statements, [] for none");
  for (std::size_t i = 0; i < node.size(); ++i) {
    const Object one(node[i], "$.never[" + std::to_string(i) + "]", {"id", "cite", "plain", "when", "unless"});
    NeverRule out;
    out.id = one.word("id");
    if (std::any_of(pack.never.begin(), pack.never.end(), [&](const NeverRule& other) { return other.id == out.id; }))
      refuse("duplicate_id", one.at("id"), "two statements are called `" + out.id + "`", "give each its own id");
    out.plain = one.word("plain");
    const Object cite(one.need("cite"), one.at("cite"), {"clause", "clauses", "law"});
    out.clauses = cite.words("clauses");
    if (cite.has("clause")) out.clauses.insert(out.clauses.begin(), cite.word("clause"));
    if (out.clauses.empty()) refuse("missing_citation", one.at("cite"), "no clause", "name the clause that says never");
    read_terms(pack, one.need("when"), one.at("when"), out.when_case, out.when_item);
    if (out.when_case.empty() && out.when_item.empty()) refuse("bad_rule", one.at("when"), "empty", "say what never happens");
    if (one.has("unless")) read_terms(pack, one.need("unless"), one.at("unless"), out.unless_case, out.unless_item);
    pack.never.push_back(std::move(out));
  }
}

void read_clauses(CompiledPack& pack, const json& node) {
  if (!node.is_array()) refuse("wrong_type", "$.clauses", "not a list", "write [ … ]");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < node.size(); ++i) {
    const Object one(node[i], "$.clauses[" + std::to_string(i) + "]", {"id", "plain", "target", "also", "reason"});
    ClauseMap clause{one.word("id"), one.word("plain"), one.word("target"), one.word_or("reason", ""), one.words("also")};
    if (!seen.insert(clause.id).second) refuse("duplicate_id", one.at("id"), "clause `" + clause.id + "` twice", "map each clause once");
    pack.clauses.push_back(std::move(clause));
  }
  const auto known = [&](const std::vector<std::string>& cited, const std::string& where) {
    for (const std::string& clause : cited)
      if (!seen.contains(clause)) refuse("dangling_citation", where, "no clause `" + clause + "`", "cite a clause of $.clauses");
  };
  for (std::size_t i = 0; i < pack.rules.size(); ++i) known(pack.rules[i].clauses, "$.rules[" + std::to_string(i) + "].cite");
  for (std::size_t i = 0; i < pack.never.size(); ++i) known(pack.never[i].clauses, "$.never[" + std::to_string(i) + "].cite");
  for (const Setting& setting : pack.settings) {
    known(setting.clauses, "$.settings." + setting.name + ".clauses");
    known(setting.contradicts, "$.settings." + setting.name + ".contradicts");
  }
  for (const ClockRule& clock : pack.clock_rules) known(clock.clauses, "$.settings.clocks.value.clocks");
  for (const auto& [ground, clauses] : pack.cite) known(clauses, "$.cites." + ground);
  for (std::size_t i = 0; i < pack.faults.size(); ++i) known({pack.faults[i].clause}, "$.policy.faults[" + std::to_string(i) + "].clause");
}

void read_citations(CompiledPack& pack, const json& node) {
  static constexpr const char* kGrounds[] = {"keep", "no_agreement", "conflict", "emergency", "statements", "best_interests", "necessary", "relevant", "person", "safe_address", "wrong_purpose", "review", "clock"};
  const Object cites(node, "$.cites", {"keep", "no_agreement", "conflict", "emergency", "statements", "best_interests", "necessary", "relevant", "person", "safe_address", "wrong_purpose", "review", "clock"});
  for (const char* ground : kGrounds) pack.cite[ground] = cites.words(ground);
  if (pack.cite["keep"].empty()) refuse("missing_citation", "$.cites.keep", "no clause says keep", "name the clause that keeps confidence");
}

}  // namespace

std::expected<Pack, Error> Pack::read(std::string_view text_of_pack, const PackReference& reference) {
  if (text_of_pack.size() > kLargestPack)
    return std::unexpected(Error{"too_large", "$", "larger than 4 MiB", "a policy is a few hundred rules; split nothing, remove what is not a rule", {}});
  auto compiled = std::make_shared<CompiledPack>();
  try {
    json::parser_callback_t shallow = [](int depth, json::parse_event_t, json&) {
      if (depth > 24) throw Refusal{{"too_deep", "$", "nested deeper than 24", "a pack is a flat table", {}}};
      return true;
    };
    std::vector<std::set<std::string>> keys;
    json::parser_callback_t strict = [&](int depth, json::parse_event_t event, json& value) {
      shallow(depth, event, value);
      if (event == json::parse_event_t::object_start) keys.emplace_back();
      if (event == json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
      if (event == json::parse_event_t::key && !keys.empty() && !keys.back().insert(value.get<std::string>()).second)
        throw Refusal{{"duplicate_key", "$", "key `" + value.get<std::string>() + "` twice in one object", "keep one", {}}};
      return true;
    };
    json document;
    try {
      document = json::parse(text_of_pack, strict);
    } catch (const json::parse_error& error) {
      const std::string_view before = text_of_pack.substr(0, std::min<std::size_t>(error.byte, text_of_pack.size()));
      refuse("not_json", "$", "not JSON near line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')), "check commas, quotes and encoding (UTF-8) there");
    } catch (const json::exception&) {
      refuse("not_json", "$", "not JSON", "check commas, quotes and encoding (UTF-8)");
    }
    const Object top(document, "$", {"schema", "id", "version", "organisation", "time_zone", "policy", "switches", "settings", "cites", "matrix", "rules", "clauses", "never"});
    if (top.word("schema") != "gatehouse-pack/1") refuse("unknown_value", "$.schema", "unknown schema", "gatehouse-pack/1", {"gatehouse-pack/1"});
    compiled->identity = {top.word("id"), top.word("version"), std::string(reference.sha256)};
    compiled->organisation = top.word("organisation");
    compiled->time_zone = top.word("time_zone");
    auto calendar = Calendar::read(reference.bank_holidays, compiled->time_zone);
    if (!calendar) return std::unexpected(calendar.error());
    compiled->calendar = std::make_shared<const Calendar>(std::move(*calendar));
    const Object policy(top.need("policy"), "$.policy", {"title", "dated", "approved", "review_due", "read_with", "clause_prefix", "faults"});
    compiled->policy_title = policy.word("title");
    compiled->dated = date_or_nothing(policy, "dated");
    compiled->approved = date_or_nothing(policy, "approved");
    if (policy.has("faults")) {
      const json& list = policy.need("faults");
      if (!list.is_array()) refuse("wrong_type", policy.at("faults"), "not a list", "write [ {\"clause\": …, \"kind\": …, \"note\": …} ]");
      for (std::size_t i = 0; i < list.size(); ++i) {
        const Object one(list[i], policy.at("faults") + "[" + std::to_string(i) + "]", {"clause", "kind", "note"});
        compiled->faults.push_back({one.word("clause"), one.word("note"), value_of<SourceFault>(one.word("kind"), one.at("kind"))});
      }
    }
    compiled->review_due = date_or_nothing(policy, "review_due");
    compiled->read_with = policy.words("read_with");
    if (top.has("switches")) {
      const json& list = top.need("switches");
      if (!list.is_array() || list.size() > 8) refuse("wrong_type", "$.switches", "not a list of at most eight", "write at most eight switches");
      for (std::size_t i = 0; i < list.size(); ++i) {
        const Object one(list[i], "$.switches[" + std::to_string(i) + "]", {"name", "from", "note"});
        compiled->switches.push_back({one.word("name"), date_or_nothing(one, "from")});
      }
    }
    read_matrix(*compiled, reference.minimum_necessary);
    if (top.has("matrix")) read_tightening(*compiled, top.need("matrix"));
    const auto emergency = compiled->purposes[static_cast<std::size_t>(Purpose::emergency)];
    compiled->emergency_types = emergency.types;
    read_settings(*compiled, top.need("settings"));
    read_parents_and_levels(*compiled, top.need("settings"));
    read_citations(*compiled, top.need("cites"));
    const json& rules = top.need("rules");
    if (!rules.is_array() || rules.empty()) refuse("wrong_type", "$.rules", "not a list of rules", "write [ {\"id\": …} ]");
    if (rules.size() > kMostRules) refuse("too_many", "$.rules", "more than 500 rules", "a policy has fewer clauses than that");
    std::vector<std::vector<std::string>> overrides;
    for (std::size_t i = 0; i < rules.size(); ++i) read_rule(*compiled, rules[i], i, overrides);
    link_overrides(*compiled, overrides);
    if (top.has("never")) read_never(*compiled, top.need("never"));
    read_clauses(*compiled, top.need("clauses"));
    index_by_flow(*compiled);
  } catch (const Refusal& refusal) {
    return std::unexpected(refusal.error);
  } catch (const json::exception&) {
    return std::unexpected(Error{"bad_reference", "minimum_necessary.json", "not the data this version reads", "use the file that came with this version", {}});
  }
  Pack pack;
  pack.compiled_ = std::move(compiled);
  return pack;
}

const PackIdentity& Pack::identity() const { return compiled_->identity; }
const std::string& Pack::organisation() const { return compiled_->organisation; }
const std::string& Pack::time_zone() const { return compiled_->time_zone; }
int Pack::whole_years(Date born, Instant at) const { return compiled_->calendar->whole_years(born, at); }

std::vector<Statement> Pack::required_statements(Purpose purpose, Flow flow) const {
  std::vector<Statement> out;
  const std::uint32_t set = policy::required_statements(*compiled_, purpose, flow);
  for (std::size_t i = 0; i < count_of<Statement>(); ++i)
    if (set & (1u << i)) out.push_back(static_cast<Statement>(i));
  return out;
}

}  // namespace gatehouse::policy
