#include "tests/policy/reference/reference.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "policy/decision/calendar.hpp"

namespace gatehouse::policy::reference {

using nlohmann::json;
using std::chrono::days;
using std::chrono::sys_days;
using Word = std::string_view;

// What a rule asks of one fact: one of these words, or a number in a range.
struct Term {
  std::string key;
  Words words;
  bool number = false;
  std::optional<int> at_least, below;
  bool of_item() const { return key.starts_with("item.") || key.starts_with("consent."); }
};

struct Rule {
  std::string id, effect, stratum, reason, mode;
  bool route = false, must_share = false, own_approval = false, anonymised = false, on_circumstance = false;
  Words roles, overrides, clauses;
  std::vector<Term> when, unless;
  std::vector<std::string> clocks, on;
  struct Oblige {
    std::string kind, when;
    Words to;
  };
  std::vector<Oblige> obliges;
};

struct ClockWords {
  std::string kind, duration, calendar;
  Words clauses;
  bool open_days_only = false;
};

struct Cell {
  std::string detail, other_detail;
  bool approval = false, best_interests = false, not_in_confidence = false;
  Words stated, types, kinds, roles;
};

struct Purpose {
  Words flows, types, kinds, required, required_referral, roles;
  std::string mode, notice_when;
  bool emergency_route = false;
  std::vector<std::string> legs, confidence;
  std::vector<ClockWords> clocks, proposed;
  std::map<std::string, Cell, std::less<>> cells;
};

struct Read {
  Read(const std::string& pack, const std::string& matrix, const std::string& bank_holidays);
  json pack_, matrix_;
  std::optional<Calendar> calendar_;
  std::vector<Rule> rules_;
  std::map<std::string, Purpose, std::less<>> purposes_;
  std::map<std::string, Words> cites_;
};

namespace {

Words words_in(const json& node, const char* key) {
  Words out;
  if (node.contains(key))
    for (const json& one : node.at(key)) out.insert(one.get<std::string>());
  return out;
}

std::string word_in(const json& node, const char* key, std::string otherwise) { return node.contains(key) ? node.at(key).get<std::string>() : std::move(otherwise); }

void add(Words& into, const Words& more) { into.insert(more.begin(), more.end()); }

bool meet(const Words& one, const Words& other) {
  return std::any_of(one.begin(), one.end(), [&](const std::string& word) { return other.contains(word); });
}

std::vector<Term> terms_of(const json& rule, const char* key) {
  std::vector<Term> out;
  if (!rule.contains(key)) return out;
  for (const auto& [name, value] : rule.at(key).items()) {
    Term term;
    term.key = name;
    if (value.is_object()) {
      term.number = true;
      if (value.contains("at_least")) term.at_least = value.at("at_least").get<int>();
      if (value.contains("below")) term.below = value.at("below").get<int>();
    } else {
      for (const json& one : value) term.words.insert(one.is_string() ? one.get<std::string>() : one.dump());
    }
    out.push_back(std::move(term));
  }
  return out;
}

ClockWords clock_of(const json& node) {
  return {node.at("kind").get<std::string>(), node.at("duration").get<std::string>(), node.at("calendar").get<std::string>(), words_in(node, "clauses"),
          node.value("open_days_only", false)};
}

// In the order in which the contract lists them.
constexpr std::array<Word, 8> kStrata = {"identity", "statute", "hard_deny", "anonymise", "consent", "exception", "mandatory", "keep"};
std::size_t rank(const std::string& stratum) { return static_cast<std::size_t>(std::find(kStrata.begin(), kStrata.end(), stratum) - kStrata.begin()); }

}  // namespace

Read::Read(const std::string& pack, const std::string& matrix, const std::string& bank_holidays) : pack_(json::parse(pack)), matrix_(json::parse(matrix)) {
  auto calendar = Calendar::read(bank_holidays, pack_.at("time_zone").get<std::string>());
  if (!calendar) throw std::runtime_error(calendar.error().text());
  calendar_ = std::move(*calendar);
  for (const json& one : pack_.at("rules")) {
    Rule rule;
    rule.id = one.at("id");
    rule.effect = one.at("effect");
    rule.stratum = one.at("stratum");
    rule.reason = word_in(one, "reason", "no_basis");
    rule.clauses = words_in(one.at("cite"), "clauses");
    if (one.at("cite").contains("clause")) rule.clauses.insert(one.at("cite").at("clause").get<std::string>());
    rule.when = terms_of(one, "when");
    rule.unless = terms_of(one, "unless");
    rule.route = one.contains("approval");
    rule.roles = words_in(one, "needs_approval");
    rule.mode = rule.roles.empty() ? "none" : word_in(one, "mode", "required");
    rule.must_share = word_in(one, "duty", "none") == "must_share";
    rule.own_approval = one.value("own_approval", false);
    rule.anonymised = one.value("anonymised", rule.stratum == "anonymise");
    rule.on_circumstance = std::any_of(rule.when.begin(), rule.when.end(), [](const Term& term) { return term.key == "circumstance"; });
    rule.overrides = words_in(one, "overrides");
    if (one.contains("oblige"))
      for (const json& duty : one.at("oblige")) rule.obliges.push_back({duty.at("kind").get<std::string>(), word_in(duty, "when", "none"), words_in(duty, "to")});
    if (one.contains("clocks")) rule.clocks = one.at("clocks").get<std::vector<std::string>>();
    if (one.contains("on")) rule.on = one.at("on").get<std::vector<std::string>>();
    rules_.push_back(std::move(rule));
  }
  for (const auto& [name, defaults] : matrix_.at("purpose_defaults").items()) {
    Purpose purpose;
    purpose.flows = words_in(defaults, "flows");
    purpose.types = words_in(defaults, "allowed_agency_types");
    purpose.kinds = words_in(defaults, "allowed_requester_kinds");
    purpose.required = words_in(defaults, "required_stated");
    purpose.required_referral = defaults.contains("required_stated_referral") ? words_in(defaults, "required_stated_referral") : purpose.required;
    purpose.mode = defaults.at("approval").at("mode");
    purpose.roles = words_in(defaults.at("approval"), "any_of");
    purpose.notice_when = defaults.at("notice").at("when");
    purpose.emergency_route = defaults.at("emergency_route");
    purpose.legs = defaults.at("data_protection_legs").get<std::vector<std::string>>();
    purpose.confidence = defaults.at("confidence_legs").get<std::vector<std::string>>();
    for (const json& clock : defaults.at("clocks")) purpose.clocks.push_back(clock_of(clock));
    for (const json& clock : defaults.at("proposed_clocks")) purpose.proposed.push_back(clock_of(clock));
    for (const auto& [category, detail] : matrix_.at("matrix").at(name).items()) {
      Cell cell;
      cell.detail = detail;
      if (matrix_.at("limits").contains(name) && matrix_.at("limits").at(name).contains(category)) {
        const json& limit = matrix_.at("limits").at(name).at(category);
        for (const std::string& need : words_in(limit, "needs")) {
          if (need == "best_interests") cell.best_interests = true;
          else if (need.starts_with("stated:")) cell.stated.insert(need.substr(7));
          else cell.approval = true;
        }
        cell.approval = cell.approval || limit.contains("any_of");
        cell.not_in_confidence = words_in(limit, "not").contains("given_in_confidence");
        for (const std::string& who : words_in(limit, "recipients")) (from_text<AgencyType>(who) ? cell.types : cell.kinds).insert(who);
        if (limit.contains("roles")) {
          cell.roles = words_in(limit, "roles");
          cell.other_detail = word_in(limit, "other_roles", "none");
        }
      }
      purpose.cells.emplace(category, std::move(cell));
    }
    purposes_.emplace(name, std::move(purpose));
  }
  if (pack_.contains("matrix"))
    for (const auto& [purpose, cells] : pack_.at("matrix").items())
      for (const auto& [category, detail] : cells.items()) purposes_.find(purpose)->second.cells.find(category)->second.detail = detail;
  for (const json& route : pack_.at("settings").at("refer_routes").at("value").at("routes"))
    for (const std::string& purpose : words_in(route, "purposes")) {
      purposes_.find(purpose)->second.mode = route.at("mode");
      purposes_.find(purpose)->second.roles = words_in(route, "any_of");
    }
  for (const auto& [ground, clauses] : pack_.at("cites").items()) cites_[ground] = clauses.get<Words>();
  for (const auto& [ground, setting] : {std::pair{"notify", "notify_subject"}, {"route", "refer_routes"}, {"consent", "consent"}, {"gate", "role_gates"}})
    cites_[ground] = words_in(pack_.at("settings").at(setting), "clauses");
}

// ------------------------------------------------------------------ one case

namespace {

// What is known of a fact, and what it may be besides.
struct Fact {
  bool anything = false;
  Words is, may;
  std::optional<int> number;
};
using Facts = std::map<std::string, Fact, std::less<>>;

bool in_range(const Term& term, int number) { return (!term.at_least || number >= *term.at_least) && (!term.below || number < *term.below); }

bool known(const Term& term, const Facts& facts) {
  const auto found = facts.find(term.key);
  if (found == facts.end()) return false;
  if (term.number) return found->second.number && in_range(term, *found->second.number);
  return meet(term.words, found->second.is);
}

bool possible(const Term& term, const Facts& facts) {
  const auto found = facts.find(term.key);
  if (found == facts.end()) return false;
  return found->second.anything || known(term, facts) || meet(term.words, found->second.may);
}

template <class Enum>
Fact word_fact(const std::optional<Enum>& value) {
  Fact out;
  if (value) out.is.insert(std::string(text(*value)));
  else out.anything = true;
  return out;
}
Fact flag_fact(const std::optional<bool>& value) {
  Fact out;
  if (value) out.is.insert(*value ? "true" : "false");
  else out.anything = true;
  return out;
}
Fact number_fact(const std::optional<int>& value) { return {!value, {}, {}, value}; }

enum class Held { no, surely, claimed, possibly };

struct Ruling {
  std::string outcome = "withhold", reason = "no_basis", detail = "none";
  const Rule* rule = nullptr;
  Words refer_to;
  bool structured_only = false, on_consent = false;
};

Ruling withheld(std::string reason, const Rule* rule = nullptr) { return {"withhold", std::move(reason), "none", rule, {}, false, false}; }
Ruling referred(std::string reason, Words roles, const Rule* rule = nullptr) { return {"refer", std::move(reason), "none", rule, std::move(roles), false, false}; }

bool child_risk(std::string_view code, bool under_18) {
  if (code == "significant_harm_child" || code == "being_hurt" || code == "wellbeing_at_risk") return true;
  static const Words at_any_age_a_threat = {"life_threatened", "continual_serious_risk", "terrorised_by_abuser", "suicide_or_self_harm", "harm_to_another", "staff_alleged_perpetrator"};
  return under_18 && at_any_age_a_threat.contains(code);
}

bool has(const std::vector<std::string>& list, std::string_view word) { return std::find(list.begin(), list.end(), word) != list.end(); }

}  // namespace

namespace {

class Sitting {
 public:
  Sitting(const Read& read, const Case& question) : r_(read), q_(question), settings_(read.pack_.at("settings")) {}

  Answer decide() {
    gather();
    weigh_rules();
    gates();
    std::vector<Ruling> rulings;
    for (const Item& item : q_.items) rulings.push_back(rule_on(item));
    if (q_.items.empty() && purpose_ && request("flow_listed") && !request("statements_complete")) more_information_ = true;
    return say(rulings);
  }

 private:
  // ---------------------------------------------------------------- settings
  const json& setting(const char* name) const { return settings_.at(name).at("value"); }
  Words route_or_unsure() const { return purpose_ && !purpose_->roles.empty() ? purpose_->roles : words_in(setting("refer_routes"), "unsure"); }
  Words cited(const std::string& ground) const {
    const auto found = r_.cites_.find(ground);
    return found == r_.cites_.end() ? Words() : found->second;
  }

  // ---------------------------------------------------------------- facts
  bool is(std::string_view key, std::string_view word) const {
    const auto found = facts_.find(key);
    return found != facts_.end() && found->second.is.contains(word);
  }
  bool may_be(std::string_view key, std::string_view word) const {
    const auto found = facts_.find(key);
    return found != facts_.end() && (found->second.anything || found->second.is.contains(word) || found->second.may.contains(word));
  }
  bool anything_known(std::string_view key) const {
    const auto found = facts_.find(key);
    return found != facts_.end() && (!found->second.is.empty() || found->second.number);
  }
  bool request(std::string_view word) const { return is("request", word); }

  void gather() {
    const Requester& who = q_.requester;
    const bool staff = who.kind == RequesterKind::staff, partner = who.kind == RequesterKind::partner, nobody_known = !who.kind;
    const std::string flow = q_.flow ? std::string(text(*q_.flow)) : "partner_request";
    const bool we_send = q_.flow == Flow::referral || q_.flow == Flow::hypothetical;
    const bool nobody_yet = q_.flow == Flow::hypothetical && !q_.recipient;
    if (q_.purpose) purpose_ = &r_.purposes_.find(text(*q_.purpose))->second;

    facts_["flow"] = word_fact(q_.flow);
    facts_["purpose"] = word_fact(q_.purpose);
    facts_["requester.kind"] = word_fact(who.kind);
    // Who receives: where we send, the recipient; else who asks. Type and agreement are an agency's.
    const bool an_agency = we_send ? !nobody_yet : partner;
    const bool maybe_an_agency = an_agency || (!we_send && nobody_known);
    std::optional<AgencyType> type;
    std::optional<AgreementState> agreement;
    std::string named;
    if (an_agency && we_send && q_.recipient) type = q_.recipient->agency_type, agreement = q_.recipient->agreement, named = q_.recipient->agency.value_or("");
    if (an_agency && !we_send) type = who.agency_type, agreement = who.agreement, named = who.agency.value_or("");
    if (maybe_an_agency) {
      facts_["recipient.type"] = word_fact(type);
      facts_["agreement"] = word_fact(agreement);
    }
    const std::string its_type = type ? std::string(text(*type)) : "";
    if (staff || nobody_known) {
      facts_["requester.role"] = word_fact(who.role);
      facts_["requester.training"] = word_fact(who.training);
      facts_["requester.attested"] = flag_fact(who.attested);
      facts_["requester.signed_off"] = flag_fact(who.signed_off);
      facts_["requester.tenure_days"] = number_fact(who.tenure_days);
    } else if (partner && who.role) {
      facts_["requester.role"] = word_fact(who.role);
    }
    if (nobody_known || who.kind == RequesterKind::parent || who.kind == RequesterKind::representative) {
      facts_["requester.parental_responsibility"] = flag_fact(who.parental_responsibility);
      facts_["requester.marked_risk"] = flag_fact(who.marked_risk);
    }
    facts_["requester.conflict"] = staff || partner || nobody_known ? flag_fact(who.conflict) : flag_fact(who.conflict.value_or(false));
    facts_["subject.competence"] = word_fact(q_.subject.competence);
    facts_["subject.age"] = number_fact(q_.subject.age);
    facts_["notice"] = word_fact(std::optional(q_.notice.value_or(Notice::not_yet)));
    facts_["urgency"] = word_fact(std::optional(q_.urgency));
    if (q_.context) facts_["context"] = word_fact(q_.context);
    const bool emergency = q_.emergency.value_or(false);
    facts_["emergency"] = flag_fact(emergency);
    facts_["best_interests"].is = {q_.best_interests ? (*q_.best_interests ? "true" : "false") : "null"};
    const json& offences = setting("serious_offences");
    static const Words as_grave = {"murder", "manslaughter", "rape", "serious_sexual_offence", "serious_assault", "kidnap", "trafficking", "child_cruelty", "missing_person_incident", "unexplained_death"};
    const std::string offence = q_.offence ? std::string(text(*q_.offence)) : "";
    facts_["offence.state"].is = {offence.empty()                                                      ? "none"
                                  : words_in(offences, "serious_offences").contains(offence)           ? "serious"
                                  : !offences.value("exhaustive", false) && as_grave.contains(offence) ? "grey"
                                                                                                       : "not_serious"};
    Fact &evidenced = facts_["circumstance"], &claimed = facts_["claimed.circumstance"], &risk = facts_["risk"];
    const bool maybe_under_18 = !q_.subject.age || *q_.subject.age < 18, surely_under_18 = q_.subject.age && *q_.subject.age < 18;
    bool about_risk = false, harm = false, she_disclosed = false;
    for (const Circumstance& one : q_.circumstances) {
      const std::string code(text(one.code));
      claimed.is.insert(code);
      if (one.evidence) evidenced.is.insert(code);
      about_risk = about_risk || (code != "place_jeopardised" && code != "court_order" && code != "statutory_duty" && code != "public_interest");
      she_disclosed = she_disclosed || code == "serious_offence_disclosed";
      if (child_risk(code, maybe_under_18)) {
        Words& where = child_risk(code, surely_under_18) ? risk.is : risk.may;
        where.insert("child");
        if (one.evidence) where.insert("child_evidenced");
      }
      if (code == "urgent_medical" || child_risk(code, true)) {
        harm = true;
        risk.is.insert("harm");
        if (one.evidence) risk.is.insert("harm_evidenced");
      }
    }
    risk.is.insert(about_risk ? "any" : "none");

    Words stated;
    for (const Statement one : q_.stated) stated.insert(std::string(text(one)));
    facts_["stated"].is = stated;
    // Nobody approves or advises themselves, nor where it may be themselves.
    const auto maybe_oneself = [&](Role role) { return (staff || nobody_known) && (!who.role || who.role == role); };
    Fact &approved = facts_["approved.role"], &advised = facts_["advised.role"];
    for (const Role role : q_.approvals) {
      if (staff && who.role == role) self_approved_.insert(std::string(text(role)));
      if (maybe_oneself(role)) continue;
      approved.is.insert(std::string(text(role)));
      advised.is.insert(std::string(text(role)));
    }
    for (const Role role : q_.consulted)
      if (!maybe_oneself(role)) advised.is.insert(std::string(text(role)));
    if (q_.at) today_ = sys_days(r_.calendar_->local_date(*q_.at));
    if (r_.pack_.contains("switches"))
      for (const json& one : r_.pack_.at("switches"))
        if (one.contains("from") && !one.at("from").is_null() && today_ && sys_days(*read_date(one.at("from").get<std::string>())) <= *today_)
          facts_["law"].is.insert(one.at("name").get<std::string>());

    Words& form = facts_["request"].is;
    if ((!q_.flow || q_.flow == Flow::partner_request || q_.flow == Flow::referral) && !nobody_yet) form.insert("needs_agreement");
    if (who.officer && !who.officer->empty()) form.insert("officer_named");
    if (purpose_) {
      const bool listed = q_.flow && purpose_->flows.contains(flow);
      const bool asker_fits = q_.flow == Flow::internal_access
                                  ? staff
                                  : (staff && (we_send || q_.flow == Flow::statistics || q_.flow == Flow::inbound_document)) || (who.kind && purpose_->kinds.contains(text(*who.kind)));
      if (listed && asker_fits) form.insert("flow_listed");
      const bool type_fits = type && purpose_->types.contains(its_type);
      if (!maybe_an_agency || type_fits) form.insert("type_listed");
      missing_ = q_.flow == Flow::referral ? purpose_->required_referral : purpose_->required;
      if (she_disclosed) missing_.erase("victim_request_tests");
      for (const std::string& one : stated) missing_.erase(one);
      if (missing_.empty()) form.insert("statements_complete");
      const Words& may_call = r_.purposes_.find("emergency")->second.types;
      const bool can_act = type_fits && (flow != "partner_request" || may_call.contains(its_type));
      if (can_act) form.insert("emergency_type");
      if (listed && emergency && harm && purpose_->emergency_route && (can_act || (staff && q_.flow == Flow::internal_access))) form.insert("emergency_possible");
      if (meet(approved.is, purpose_->roles)) form.insert("route_approved");
      if (meet(advised.is, purpose_->roles)) form.insert("route_advised");
      if (purpose_->confidence == std::vector<std::string>{"consent"}) form.insert("consent_only");
    }
    agency_ = named;
    type_ = its_type;
    if (who.kind == RequesterKind::parent || who.kind == RequesterKind::representative || who.kind == RequesterKind::advocate) person_ = who.person.value_or("");
  }

  // The facts of an item take the place of those of the one before.
  void gather(const Item& item) {
    std::erase_if(facts_, [](const auto& one) { return one.first.starts_with("item.") || one.first.starts_with("consent."); });
    cell_ = {};
    cell_.detail = "none";
    facts_["item.category"] = word_fact(item.category);
    facts_["item.compartment"] = word_fact(item.compartment);
    facts_["item.relevant"] = flag_fact(item.relevant);
    facts_["item.given_in_confidence"] = flag_fact(item.given_in_confidence);
    facts_["item.withheld_from_requester"] = flag_fact(item.withheld_from_requester);
    if (purpose_ && item.category) {
      cell_ = purpose_->cells.find(text(*item.category))->second;
      const Requester& who = q_.requester;
      const bool role_counts = who.kind == RequesterKind::staff || who.kind == RequesterKind::partner || !who.kind;
      if (!cell_.roles.empty() && q_.flow == Flow::internal_access && !(role_counts && who.role && cell_.roles.contains(text(*who.role)))) cell_.detail = cell_.other_detail;
      if (!cell_.types.empty() || !cell_.kinds.empty()) {
        const bool for_them = (!type_.empty() && cell_.types.contains(type_)) || (who.kind && cell_.kinds.contains(text(*who.kind)));
        if (!for_them) cell_.detail = "none";
      }
      if (cell_.not_in_confidence && item.given_in_confidence != false) cell_.approval = true;
    }
    facts_["item.detail"].is = {cell_.detail};
    consent(item);
  }

  // ---------------------------------------------------------------- consent
  bool covers(const Consent& one, const Item& item) const {
    const auto lists = [](const std::vector<std::string>& list, std::string_view word) { return has(list, word) || has(list, "*"); };
    const bool whom = (!agency_.empty() && lists(one.agencies, agency_)) || (!person_.empty() && lists(one.agencies, "person:" + person_));
    return whom && lists(one.categories, text(*item.category)) && lists(one.purposes, text(*q_.purpose));
  }

  // The day from which this consent says no; nothing where it does not.
  std::optional<sys_days> no_since(const Consent& one) const {
    std::optional<sys_days> out;
    if (one.refused) {
      const sys_days said = one.given ? sys_days(*one.given) : *today_;
      if (said <= *today_) out = said;
    }
    if (one.withdrawn && sys_days(*one.withdrawn) <= *today_ && (!out || *out < sys_days(*one.withdrawn))) out = sys_days(*one.withdrawn);
    return out;
  }

  bool may_give(std::optional<GivenBy> giver) const {
    if (!giver) return false;
    // An age that is not known has to be right for a child under 16, for one of 16 or 17 and for an adult.
    const std::vector<int> ages = q_.subject.age ? std::vector<int>{*q_.subject.age} : std::vector<int>{10, 16, 30};
    const auto& competence = q_.subject.competence;
    return std::all_of(ages.begin(), ages.end(), [&](int age) {
      switch (*giver) {
        case GivenBy::subject: return age < 16 ? competence == Competence::competent : competence.has_value() && competence != Competence::not_competent;
        case GivenBy::attorney: return age >= 16 && competence == Competence::not_competent;
        case GivenBy::parental_responsibility:
          if (age < 16) return competence.has_value() && competence != Competence::competent;
          return age < 18 && setting("age_bands").value("parent_consent_16_17", false) && q_.subject.age.has_value();
      }
      return false;
    });
  }

  void consent(const Item& item) {
    Fact &state = facts_["consent.state"], &form = facts_["consent.form"], &by = facts_["consent.given_by"];
    state.is = {"missing"};
    if (q_.consents.empty() || !item.category || !q_.purpose || !today_) return;
    const json& rules = setting("consent");
    std::map<GivenBy, sys_days> last_no;
    Words troubles;
    for (const Consent& one : q_.consents) {
      if (!covers(one, item)) {
        troubles.insert("scope");
        continue;
      }
      if (const auto since = no_since(one)) {
        troubles.insert(one.refused ? "refused" : "withdrawn");
        const auto [slot, fresh] = last_no.emplace(one.given_by.value_or(GivenBy::subject), *since);
        if (!fresh && slot->second < *since) slot->second = *since;
      }
    }
    const bool own_word_counts = q_.subject.competence == Competence::competent || (q_.subject.competence != Competence::not_competent && (!q_.subject.age || *q_.subject.age >= 16));
    // The person's own yes stands before anybody else's.
    const Consent* good = nullptr;
    for (const Consent& one : q_.consents) {
      if (!covers(one, item) || one.refused || (one.withdrawn && sys_days(*one.withdrawn) <= *today_)) continue;
      if (one.given && sys_days(*one.given) > *today_) continue;
      if (one.expires && sys_days(*one.expires) < *today_) {
        troubles.insert("expired");
        continue;
      }
      const bool blanket = !one.expires || has(one.agencies, "*") || has(one.categories, "*") || has(one.purposes, "*");
      // What has a day of withdrawal to come has an end.
      const bool counts_as_blanket = blanket && (one.expires || !one.withdrawn || has(one.agencies, "*") || has(one.categories, "*") || has(one.purposes, "*"));
      if (!one.given) {
        if (counts_as_blanket) troubles.insert("blanket");
        continue;
      }
      const auto no = last_no.find(one.given_by.value_or(GivenBy::subject));
      if (no != last_no.end() && no->second >= sys_days(*one.given)) continue;
      if (counts_as_blanket) {
        troubles.insert("blanket");
        continue;
      }
      if (*today_ > sys_days(*one.given) + days(rules.value("max_days", 365))) {
        troubles.insert("expired");
        continue;
      }
      if (!one.form || !words_in(rules, "form").contains(text(*one.form))) {
        troubles.insert("form");
        continue;
      }
      if (!may_give(one.given_by)) continue;
      if (one.given_by != GivenBy::subject && own_word_counts && last_no.contains(GivenBy::subject)) continue;
      good = &one;
      if (one.given_by == GivenBy::subject) break;
    }
    if (good != nullptr) {
      form.is = {std::string(text(*good->form))};
      by.is = {std::string(text(*good->given_by))};
      const bool parents_differ = good->given_by == GivenBy::parental_responsibility && last_no.contains(GivenBy::parental_responsibility);
      state.is = {parents_differ ? "disagree" : "current"};
      return;
    }
    for (const char* trouble : {"refused", "withdrawn", "expired", "form", "blanket", "scope"})
      if (troubles.contains(trouble)) {
        state.is = {trouble};
        return;
      }
  }

  // ---------------------------------------------------------------- rules
  enum class Half { of_case, of_item };
  template <class Test>
  bool every(const std::vector<Term>& terms, Half half, Test test) const {
    return std::all_of(terms.begin(), terms.end(), [&](const Term& term) { return term.of_item() != (half == Half::of_item) || test(term); });
  }
  template <class Test>
  bool some(const std::vector<Term>& terms, Half half, Test test) const {
    return std::any_of(terms.begin(), terms.end(), [&](const Term& term) { return term.of_item() == (half == Half::of_item) && test(term); });
  }
  bool surely(const Rule& rule, Half half) const {
    return every(rule.when, half, [&](const Term& term) { return known(term, facts_); }) && !some(rule.unless, half, [&](const Term& term) { return possible(term, facts_); });
  }
  bool possibly(const Rule& rule, Half half) const {
    return every(rule.when, half, [&](const Term& term) { return possible(term, facts_); }) && !some(rule.unless, half, [&](const Term& term) { return known(term, facts_); });
  }
  // With what is only claimed taken for found.
  bool if_claims_hold(const Rule& rule) const {
    return rule.on_circumstance && every(rule.when, Half::of_case, [&](const Term& term) { return known(term, facts_) || (term.key == "circumstance" && meet(term.words, facts_.find("claimed.circumstance")->second.is)); }) &&
           !some(rule.unless, Half::of_case, [&](const Term& term) { return possible(term, facts_); });
  }

  void weigh_rules() {
    for (const Rule& rule : r_.rules_) {
      if (rule.effect == "oblige") continue;
      const Held held = surely(rule, Half::of_case)                              ? Held::surely
                        : rule.effect != "forbid" && if_claims_hold(rule)        ? Held::claimed
                        : possibly(rule, Half::of_case)                          ? Held::possibly
                                                                                 : Held::no;
      if (held == Held::no) continue;
      (rule.effect == "permit" ? permits_ : rule.effect == "forbid" ? forbids_ : refers_).emplace_back(&rule, held);
      if (rule.effect == "permit" && held == Held::surely) {
        must_share_ = must_share_ || rule.must_share;
        statute_ = statute_ || rule.stratum == "statute";
      }
    }
    std::sort(permits_.begin(), permits_.end(), [](const auto& a, const auto& b) {
      const std::size_t one = rank(a.first->stratum), other = rank(b.first->stratum);
      return one != other ? one < other : a.first < b.first;  // those of one stratum as they stand in the pack
    });
    const json& deputies = setting("deputies");
    self_ = must_share_ && meet(self_approved_, words_in(deputies, "self_referrers"));
    approved_by_route_ = self_ || meet(facts_["approved.role"].is, route_or_unsure());
    partner_asks_ = q_.flow == Flow::partner_request;
    outside_ = partner_asks_ || q_.flow == Flow::referral;
    child_ = may_be("risk", "child");
    child_surely_ = is("risk", "child");
    emergency_ = request("emergency_possible") && (!partner_asks_ || request("officer_named"));
    emergency_unnamed_ = request("emergency_possible") && !emergency_;
  }

  void gates() {
    if (!may_be("requester.kind", "staff")) return;
    const json& gates = setting("role_gates");
    const auto bar = [&](bool definite, const char* reason) {
      if (!gate_.empty()) return;
      gate_ = reason;
      gate_unknown_ = !definite;
    };
    if (gates.value("training", false) && !is("requester.training", "current")) bar(anything_known("requester.training"), "training_gate");
    if (gates.value("attested", false) && !is("requester.attested", "true")) bar(is("requester.attested", "false"), "training_gate");
    if (gates.contains("volunteer") && may_be("requester.role", "volunteer")) {
      const json& volunteer = gates.at("volunteer");
      const bool sure = is("requester.role", "volunteer");
      const auto& tenure = facts_["requester.tenure_days"].number;
      if (!tenure || *tenure < volunteer.value("min_days", 0)) bar(sure && tenure, "tenure_gate");
      else if (volunteer.value("signoff", false) && !is("requester.signed_off", "true")) bar(sure && is("requester.signed_off", "false"), "tenure_gate");
    }
  }

  std::string mode_of(const Rule& rule) const { return rule.route ? (purpose_ ? purpose_->mode : "required") : rule.mode; }
  Words roles_of(const Rule& rule) const { return rule.route ? (purpose_ ? purpose_->roles : Words()) : rule.roles; }
  Words whom_to_ask(const Rule& rule) const {
    const Words roles = roles_of(rule);
    return roles.empty() ? route_or_unsure() : roles;
  }
  // Whether what a permit asks for is there; `own`: by the approval of whoever asks.
  bool approval_met(const Rule& rule, bool& own) const {
    own = false;
    const std::string mode = mode_of(rule);
    if (mode != "advice" && mode != "required") return true;
    const Words roles = roles_of(rule);
    if (meet(facts_.find(mode == "advice" ? "advised.role" : "approved.role")->second.is, roles)) return true;
    own = self_ || (rule.own_approval && meet(self_approved_, roles));
    return own;
  }
  bool past_a_gap() const { return (must_share_ || child_surely_) && approved_by_route_; }

  Ruling not_known() const { return child_ || must_share_ ? referred("unknown_fact", route_or_unsure()) : withheld("unknown_fact"); }

  static int ground(const std::string& reason) {
    static const std::map<std::string, int> grounds = {{"conflict", 1},      {"training_gate", 1}, {"tenure_gate", 1}, {"role", 1},     {"own_record", 1},
                                                       {"withheld_from_person", 2}, {"safe_address", 2},  {"compartment", 2}, {"age_rule", 3}, {"best_interests", 3}};
    const auto found = grounds.find(reason);
    return found == grounds.end() ? 4 : found->second;
  }

  std::optional<Ruling> forbidden(int which, bool in_danger) {
    for (const auto& [rule, held] : forbids_) {
      if (ground(rule->reason) != which || !possibly(*rule, Half::of_item)) continue;
      if (in_danger && (rule->reason == "compartment" || rule->reason == "training_gate" || rule->reason == "tenure_gate" || rule->reason == "role")) {
        review_ = true;
        continue;
      }
      // Does a permit lift it, or would one if somebody found or approved it?
      bool lifted = false;
      Words ask;
      bool to_ask = false;
      for (const auto& [permit, how] : permits_) {
        if (how == Held::possibly || !permit->overrides.contains(rule->id) || !surely(*permit, Half::of_item)) continue;
        bool own = false;
        if (how == Held::surely && approval_met(*permit, own)) {
          review_ = review_ || own;
          lifted = true;
          break;
        }
        to_ask = true;
        add(ask, whom_to_ask(*permit));
      }
      contributed_.insert(rule);
      if (lifted) {
        review_ = review_ || rule->reason == "compartment";
        continue;
      }
      if (to_ask) return referred("needs_approval", ask, rule);
      if (held == Held::surely && surely(*rule, Half::of_item)) return withheld(rule->reason, rule);
      Ruling out = not_known();
      out.rule = rule;
      return out;
    }
    return std::nullopt;
  }

  // What the matrix asks for, with and without names.
  std::optional<Ruling> asked_by_matrix(const Rule* rule) {
    if (is("item.category", "safe_address")) return referred("safe_address", route_or_unsure(), rule);
    const bool by_hand = self_ || (purpose_ && meet(facts_["approved.role"].is, purpose_->roles));
    if ((cell_.detail == "exception" || cell_.approval) && !by_hand) return referred("needs_approval", route_or_unsure(), rule);
    if (cell_.best_interests && !is("best_interests", "true")) return referred("best_interests", route_or_unsure(), rule);
    return std::nullopt;
  }
  std::string shown() const { return cell_.detail == "exception" ? "relevant" : cell_.detail; }

  static std::string permit_reason(const Rule& rule) {
    if (rule.reason != "no_basis") return rule.reason;
    if (rule.stratum == "consent") return "consent_ok";
    if (rule.stratum == "mandatory" || rule.stratum == "statute") return "duty";
    if (rule.stratum == "anonymise") return "anonymise_first";
    return rule.stratum == "exception" ? "circumstance" : "approved";
  }

  Ruling by_rules() {
    const Rule *opens = nullptr, *waits = nullptr, *claims = nullptr, *perhaps = nullptr, *nameless = nullptr;
    bool by_own_word = false, by_consent = false;
    for (const auto& [rule, held] : permits_) {
      const bool sure = surely(*rule, Half::of_item);
      if (held == Held::surely && sure) {
        contributed_.insert(rule);
        bool own = false;
        if (rule->anonymised) {
          if (nameless == nullptr) nameless = rule;
        } else if (approval_met(*rule, own)) {
          by_own_word = by_own_word || own;
          by_consent = by_consent || rule->stratum == "consent";
          if (opens == nullptr) opens = rule;  // the permits stand in the order of their strata
        } else if (waits == nullptr || (rule->must_share && !waits->must_share)) {
          waits = rule;
        }
      } else if (rule->anonymised) {
        continue;
      } else if (held == Held::claimed && sure) {
        if (claims == nullptr) claims = rule;
      } else if (held != Held::claimed && possibly(*rule, Half::of_item) && perhaps == nullptr) {
        perhaps = rule;
      }
    }
    if (opens != nullptr) {
      if (const auto asked = asked_by_matrix(opens)) return *asked;
      review_ = review_ || by_own_word;
      exceptional_ = exceptional_ || (!by_consent && outside_ && opens->stratum != "consent");
      return {"release", permit_reason(*opens), shown(), opens, {}, false, opens->stratum == "consent"};
    }
    if (waits != nullptr) return referred(mode_of(*waits) == "advice" ? "needs_consultation" : "needs_approval", whom_to_ask(*waits), waits);
    if (claims != nullptr) {
      contributed_.insert(claims);
      return referred("circumstance", whom_to_ask(*claims), claims);
    }
    const Words& named = facts_["claimed.circumstance"].is;
    const bool only_offences = !named.empty() && std::all_of(named.begin(), named.end(), [](const std::string& one) { return one == "serious_offence_enquiry" || one == "serious_offence_disclosed"; });
    if (only_offences && is("offence.state", "not_serious")) return withheld("offence_not_serious");
    if (only_offences && is("offence.state", "grey")) return referred("needs_approval", route_or_unsure());
    for (const auto& [rule, held] : refers_) {
      const bool sure = held == Held::surely && surely(*rule, Half::of_item);
      if (!sure && !(child_ && possibly(*rule, Half::of_item))) continue;
      contributed_.insert(rule);
      return referred(!sure ? "unknown_fact" : rule->reason == "no_basis" ? "needs_consultation" : rule->reason, whom_to_ask(*rule), rule);
    }
    const std::string state = *facts_["consent.state"].is.begin();
    if (state == "disagree") return referred("consent_refused", route_or_unsure());
    if (perhaps != nullptr && (child_ || must_share_)) return not_known();
    if (nameless != nullptr) {
      if (const auto asked = asked_by_matrix(nameless)) return *asked;
      return {"anonymised", "anonymise_first", shown(), nameless, {}, false, false};
    }
    if (perhaps != nullptr) return withheld("unknown_fact", perhaps);
    if (!outside_ && q_.flow != Flow::parent_enquiry) return withheld("no_basis");
    return withheld(state == "current" ? "no_basis" : "consent_" + state);
  }

  // `settled`: on a ground that danger does not lift either.
  Ruling ordinary(bool in_danger, bool& settled) {
    settled = true;
    if (is("requester.conflict", "true")) return withheld("conflict");
    if (may_be("requester.conflict", "true")) return not_known();
    bool over_a_gap = false;
    if (!in_danger && !gate_.empty()) {
      if (!must_share_ && !child_) return gate_unknown_ ? not_known() : withheld(gate_);
      if (!past_a_gap()) return referred(gate_unknown_ ? "unknown_fact" : gate_, route_or_unsure());
      over_a_gap = true;
    }
    if (auto out = forbidden(1, in_danger)) return *out;
    if (is("item.withheld_from_requester", "true")) return withheld("withheld_from_person");
    if (may_be("item.withheld_from_requester", "true")) return not_known();
    if (may_be("item.category", "safe_address") && (may_be("requester.kind", "parent") || may_be("requester.kind", "advocate"))) return withheld("safe_address");
    if (auto out = forbidden(2, in_danger)) return *out;
    if (auto out = forbidden(3, in_danger)) return *out;
    if (cell_.best_interests && is("best_interests", "false")) return withheld("best_interests");
    settled = false;
    if (!in_danger) {
      const Words& approved = facts_["approved.role"].is;
      const json& routes = setting("refer_routes");
      if (!request("flow_listed") || !request("type_listed")) {
        const Words whom = words_in(routes, "purpose_unknown");
        if (!meet(approved, whom)) return referred("purpose_unknown", whom);
        over_a_gap = true;
      }
      if (agreement_lacking()) {
        const bool never_holds_back = statute_ || (must_share_ && meet(facts_["recipient.type"].is, words_in(setting("break_rule"), "recipients")));
        const Words whom = words_in(routes, "no_agreement");
        if (!never_holds_back && !meet(approved, whom) && !past_a_gap()) {
          agreement_gap_ = true;
          return referred("not_signatory", whom);
        }
        over_a_gap = true;
      }
      const Words& stated = facts_["stated"].is;
      const bool for_the_item = !std::includes(stated.begin(), stated.end(), cell_.stated.begin(), cell_.stated.end());
      if (!request("statements_complete") || for_the_item) {
        more_information_ = true;
        if (!must_share_ && !child_) return withheld("not_stated");
        if (!past_a_gap()) return referred("not_stated", route_or_unsure());
        over_a_gap = true;
      }
    }
    if (is("item.relevant", "false")) return withheld("not_relevant");
    if (!is("item.relevant", "true") || !anything_known("item.category")) return not_known();
    if (cell_.detail == "none") return withheld("not_necessary");
    if (auto out = forbidden(4, in_danger)) return *out;
    Ruling out = by_rules();
    if (out.outcome == "release") review_ = review_ || over_a_gap;
    if (out.outcome == "withhold" && must_share_) {
      out.outcome = "refer";
      out.refer_to = route_or_unsure();
    }
    return out;
  }
  bool agreement_lacking() const { return request("needs_agreement") && !is("agreement", "current"); }

  Ruling rule_on(const Item& item) {
    gather(item);
    bool settled = false;
    const bool gaps[] = {more_information_, agreement_gap_};
    Ruling out = ordinary(false, settled);
    if (emergency_ && out.outcome != "release") {
      more_information_ = gaps[0];
      agreement_gap_ = gaps[1];
      const Ruling in_danger = ordinary(true, settled);
      if (settled || !is("item.relevant", "true") || !anything_known("item.category") || cell_.detail == "none") return in_danger;
      if (is("item.category", "safe_address")) return referred("safe_address", route_or_unsure(), in_danger.rule);
      if (cell_.detail == "exception") return referred("needs_approval", route_or_unsure(), in_danger.rule);
      exceptional_ = true;
      if (agreement_lacking()) agreement_gap_ = review_ = true;
      return {"release", "circumstance", cell_.detail, in_danger.rule, {}, partner_asks_, false};
    }
    if (emergency_unnamed_ && !settled && (out.outcome == "withhold" || out.outcome == "anonymised") && out.reason != "not_relevant" && out.reason != "not_necessary")
      return referred("needs_approval", words_in(setting("refer_routes"), "emergency"), out.rule);
    return out;
  }

  // ---------------------------------------------------------------- what is said
  void owe(const std::string& kind, const std::string& when, const Words& to, const Words& clauses) {
    Answer::Duty& duty = answer_.obligations[{kind, when}];
    add(duty.to, to);
    add(duty.clauses, clauses);
  }

  Instant due_of(const ClockWords& clock, Instant start) const {
    const Calendar& calendar = *r_.calendar_;
    const json& clocks = setting("clocks");
    const std::string end = word_in(clocks, "school_day_end", "16:00");
    const int hour = std::stoi(end.substr(0, 2)), minute = std::stoi(end.substr(3));
    Instant due = start;
    if (clock.duration == "school_day_end") {
      due = calendar.school_day_end(start, hour, minute);
    } else {
      const bool of_time = clock.duration.starts_with("PT");
      const char unit = clock.duration.back();
      const int amount = std::stoi(clock.duration.substr(of_time ? 2 : 1));
      const auto days_later = [&] { return calendar.at_local(Date(sys_days(calendar.local_date(start)) + days(amount)), calendar.local_time(start)); };
      if (of_time) due = calendar.add_elapsed(start, std::chrono::seconds(amount * (unit == 'H' ? 3600 : unit == 'M' ? 60 : 1)));
      else if (unit == 'M') due = calendar.add_calendar_month(start, amount);
      else if (clock.calendar == "working") due = calendar.add_working_days(start, amount);
      else if (clock.calendar == "school_day") due = calendar.due(start, Duration{0, amount, {}}, Counting::school_day, std::chrono::minutes(hour * 60 + minute));
      else if (clock.calendar == "elapsed") due = calendar.add_elapsed(start, days(amount));
      else due = days_later();
    }
    static constexpr std::array<const char*, 7> names = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    for (int moved = 0; clock.open_days_only && moved < 30; ++moved) {
      const Date date = calendar.local_date(due);
      const unsigned weekday = std::chrono::weekday(sys_days(date)).iso_encoding() - 1;
      const bool open_that_day = !clocks.contains("open_days") || words_in(clocks, "open_days").contains(names[weekday]);
      if (open_that_day && (weekday >= 5 || calendar.working_day(date))) break;
      due = calendar.at_local(Date(sys_days(date) + days(1)), calendar.local_time(due));
    }
    return due;
  }

  void start(const ClockWords& clock, const Words& clauses) {
    if (!q_.at) return;
    const auto kind = from_text<ClockKind>(clock.kind);
    const auto begun = q_.started.find(*kind);
    const Instant due = due_of(clock, begun == q_.started.end() ? *q_.at : begun->second);
    const auto [slot, fresh] = answer_.clocks.try_emplace(clock.kind, Answer::Clock{due, {}});
    slot->second.due = std::min(slot->second.due, due);
    add(slot->second.clauses, clauses);
  }
  // As the pack sets it, else as given.
  void start_as_set(ClockWords clock, const Words& clauses) {
    if (setting("clocks").contains("clocks"))
      for (const json& one : setting("clocks").at("clocks"))
        if (one.at("kind") == clock.kind) {
          const ClockWords set = clock_of(one);
          return start(set, set.clauses.empty() ? clauses : set.clauses);
        }
    start(clock, clauses);
  }
  // CONTRACT.md and 3.3: how long a clock runs for which nobody says how long.
  static ClockWords usual(const std::string& kind) {
    static const std::map<std::string, std::pair<const char*, const char*>> known_ones = {
        {"emergency_review", {"P1D", "working"}}, {"notice_review", {"P10D", "working"}}, {"lado_referral", {"P1D", "working"}},  {"dsl_update", {"P1D", "working"}},
        {"enquiry_answer", {"P1D", "working"}},   {"incident_72h", {"PT72H", "elapsed"}}, {"dsl_acknowledge", {"PT1H", "elapsed"}}, {"private_conversation", {"school_day_end", "school_day"}},
        {"subject_access", {"P1M", "calendar_month"}}, {"complaint_acknowledge", {"P30D", "calendar"}}};
    const auto found = known_ones.find(kind);
    if (found == known_ones.end()) return {kind, "PT24H", "elapsed", {}, false};
    return {kind, found->second.first, found->second.second, {}, false};
  }

  bool came_of_it(const std::vector<std::string>& on, const std::vector<Ruling>& rulings) const {
    if (on.empty()) return true;
    return std::any_of(on.begin(), on.end(), [&](const std::string& one) {
      if (one == "exceptional") return exceptional_;
      if (one == "must_share") return must_share_;
      return std::any_of(rulings.begin(), rulings.end(), [&](const Ruling& ruling) { return one == ruling.outcome || one == ruling.outcome + ":" + ruling.reason; });
    });
  }

  // An obligation is owed where it may be owed.
  bool may_apply(const Rule& rule) {
    if (!possibly(rule, Half::of_case)) return false;
    const auto of_items = [](const std::vector<Term>& terms) { return std::any_of(terms.begin(), terms.end(), [](const Term& term) { return term.of_item(); }); };
    if (!of_items(rule.when) && !of_items(rule.unless)) return true;
    return std::any_of(q_.items.begin(), q_.items.end(), [&](const Item& item) {
      gather(item);
      return possibly(rule, Half::of_item);
    });
  }

  void carry_out(const Rule& rule) {
    for (const Rule::Oblige& one : rule.obliges) owe(one.kind, one.when, one.to, rule.clauses);
    for (const std::string& kind : rule.clocks) start_as_set(usual(kind), rule.clauses);
  }

  Answer say(const std::vector<Ruling>& rulings) {
    bool released = false, consented = false, kept = false, by_duty = false;
    Words why_asked;
    for (const Ruling& one : rulings) {
      Answer::Item item{one.outcome, one.outcome == "release" || one.outcome == "anonymised" ? one.detail : "none", one.reason, {}, one.structured_only};
      if (one.rule != nullptr) add(item.clauses, one.rule->clauses);
      static const std::map<std::string, std::string> grounds = {
          {"not_signatory", "no_agreement"}, {"purpose_unknown", "wrong_purpose"}, {"conflict", "conflict"},         {"withheld_from_person", "person"}, {"safe_address", "safe_address"},
          {"training_gate", "gate"},         {"tenure_gate", "gate"},              {"not_stated", "statements"},     {"best_interests", "best_interests"}, {"not_relevant", "relevant"},
          {"not_necessary", "necessary"},    {"needs_approval", "route"},          {"needs_consultation", "route"}};
      if (one.rule == nullptr || one.reason == "needs_approval" || one.reason == "needs_consultation") {
        const auto ground = grounds.find(one.reason);
        add(item.clauses, cited(ground == grounds.end() ? "keep" : ground->second));
      }
      static const Words about_consent = {"consent_missing", "consent_expired", "consent_withdrawn", "consent_refused", "consent_scope", "consent_form", "consent_blanket"};
      if (about_consent.contains(one.reason)) add(item.clauses, cited("consent"));
      if (one.structured_only || ((emergency_ || emergency_unnamed_) && one.outcome == "release" && one.reason == "circumstance")) add(item.clauses, cited("emergency"));
      add(answer_.clauses, item.clauses);
      released = released || one.outcome == "release";
      consented = consented || one.on_consent;
      kept = kept || one.outcome == "withhold";
      by_duty = by_duty || (one.outcome == "release" && one.reason == "duty");
      if (one.outcome == "refer") {
        add(answer_.refer_to, one.refer_to);
        why_asked.insert(one.reason);
      }
      answer_.items.push_back(std::move(item));
    }
    for (const Rule* rule : contributed_) add(answer_.clauses, rule->clauses);
    if (more_information_ && purpose_) {
      answer_.missing = missing_;
      const bool she_disclosed = facts_["claimed.circumstance"].is.contains("serious_offence_disclosed");
      for (const Item& item : q_.items)
        if (item.category)
          for (const std::string& one : purpose_->cells.find(text(*item.category))->second.stated)
            if (!facts_["stated"].is.contains(one) && !(she_disclosed && one == "victim_request_tests")) answer_.missing.insert(one);
    }
    for (const Rule* rule : contributed_)
      if (came_of_it(rule->on, rulings)) carry_out(*rule);
    for (const Rule& rule : r_.rules_)
      if (rule.effect == "oblige" && came_of_it(rule.on, rulings) && may_apply(rule)) {
        carry_out(rule);
        add(answer_.clauses, rule.clauses);
      }
    const json& notify = setting("notify_subject");
    const Notice notice = q_.notice.value_or(Notice::not_yet);
    const bool in_danger = emergency_ || emergency_unnamed_;
    if (outside_ && notice != Notice::given && notify.at("mode") != "off" && (exceptional_ || must_share_ || (released && notify.at("mode") == "always"))) {
      const Words why = cited("notify");
      if (notice == Notice::not_yet) {
        owe("notify_subject", in_danger || (purpose_ && purpose_->notice_when == "after") ? "after" : word_in(notify, "when", "before"), {"subject"}, why);
      } else {
        owe("defer_notice", "after", {"subject"}, why);
        start_as_set(usual("notice_review"), why);
      }
      add(answer_.clauses, why);
    }
    if (in_danger) {
      const Words why = cited("emergency");
      const std::string when = released ? "after" : "before";
      if (released) {
        owe("retrospective_approval", "after", purpose_ ? purpose_->roles : words_in(setting("refer_routes"), "unsure"), why);
        start_as_set(usual("emergency_review"), why);
        start_as_set(usual("retrospective_approval"), why);
      }
      if (partner_asks_) owe("call_back", when, {}, why);
      owe("tell_dsl", when, {"dsl"}, why);
      add(answer_.clauses, why);
    }
    if (review_ && released) owe("review", "after", agreement_gap_ ? words_in(setting("refer_routes"), "no_agreement") : Words{"ig_lead"}, cited("review"));
    if (exceptional_) owe("record_reason", "before", {}, {});
    if (kept && outside_ && is("risk", "any")) owe("record_no_share", "before", {}, {});
    if (why_asked.contains("needs_approval") || why_asked.contains("safe_address")) owe("approve", "before", answer_.refer_to, cited("route"));
    if (why_asked.contains("needs_consultation")) owe("consult", "before", answer_.refer_to, cited("route"));
    if (q_.flow == Flow::inbound_document) owe("quarantine", "before", {"dsl"}, {});
    if (purpose_) {
      const Words why = cited("clock");
      if (partner_asks_) {
        start(clock_of(r_.matrix_.at("urgency_clocks").at(std::string(text(q_.urgency)))), why);
        for (const ClockWords& clock : purpose_->proposed)
          if (clock.kind == "request_response") start(clock, why);
      }
      const bool something_to_do = released || !why_asked.empty() || must_share_ || q_.flow == Flow::subject_access || q_.purpose == gatehouse::policy::Purpose::complaint;
      for (const ClockWords& clock : purpose_->clocks) {
        if (clock.kind == "notice_review" && notice == Notice::given) continue;
        if (clock.kind == "dsl_acknowledge" && !is("risk", "any")) continue;
        const bool afterwards = clock.kind == "notice_review" || clock.kind == "emergency_review" || clock.kind == "retrospective_approval";
        if (afterwards ? released : something_to_do) start_as_set(clock, why);
      }
      if (q_.flow == Flow::hypothetical)
        for (const ClockWords& clock : purpose_->proposed)
          if (clock.kind == "enquiry_answer") start(clock, why);
    }
    for (const auto& [kind, duty] : answer_.obligations) add(answer_.clauses, duty.clauses);
    for (const auto& [kind, clock] : answer_.clocks) add(answer_.clauses, clock.clauses);
    answer_.duty = must_share_ ? "must_share" : "none";
    const auto count = [&](const char* outcome) { return std::count_if(rulings.begin(), rulings.end(), [&](const Ruling& one) { return one.outcome == outcome; }); };
    answer_.outcome = count("release") > 0 ? (count("release") == static_cast<std::ptrdiff_t>(rulings.size()) ? "release" : "partial")
                      : count("anonymised") > 0   ? "anonymised"
                      : count("refer") > 0        ? "refer"
                      : answer_.missing.empty()   ? "withhold"
                                                  : "more_information";
    legs(by_duty, consented && !exceptional_);
    return std::move(answer_);
  }

  // The ground in law: of the purpose's, the first that goes with how it came about.
  void legs(bool by_duty, bool by_consent) {
    answer_.data_protection = answer_.confidence = "none";
    if (!purpose_ || (answer_.outcome != "release" && answer_.outcome != "partial" && answer_.outcome != "anonymised")) return;
    if (answer_.outcome == "anonymised") {
      answer_.data_protection = "anonymous";
      answer_.confidence = "no_confidence_in_anonymous";
      return;
    }
    const auto first = [](const std::vector<std::string>& list, auto fits) {
      const auto found = std::find_if(list.begin(), list.end(), fits);
      return found != list.end() ? *found : list.empty() ? std::string("none") : list.front();
    };
    const auto agreed = [](const std::string& leg) { return leg.starts_with("art6_1_a+"); };
    const auto obliged = [](const std::string& leg) { return leg.starts_with("art6_1_c"); };
    if (by_duty) {
      answer_.data_protection = first(purpose_->legs, obliged);
      answer_.confidence = first(purpose_->confidence, [](const std::string& leg) { return leg == "legal_duty" || leg == "court_order"; });
    } else if (by_consent) {
      answer_.data_protection = first(purpose_->legs, agreed);
      answer_.confidence = first(purpose_->confidence, [](const std::string& leg) { return leg == "consent"; });
    } else {
      answer_.data_protection = first(purpose_->legs, [&](const std::string& leg) { return !agreed(leg) && !obliged(leg); });
      answer_.confidence = first(purpose_->confidence, [](const std::string& leg) { return leg != "consent" && leg != "legal_duty"; });
    }
  }

  const Read& r_;
  const Case& q_;
  const json& settings_;
  const Purpose* purpose_ = nullptr;
  Facts facts_;
  Cell cell_;
  Words self_approved_, missing_;
  std::optional<sys_days> today_;
  std::string agency_, person_, type_, gate_;
  bool gate_unknown_ = false;
  std::vector<std::pair<const Rule*, Held>> permits_, forbids_, refers_;
  std::set<const Rule*> contributed_;
  bool must_share_ = false, statute_ = false, self_ = false, approved_by_route_ = false, partner_asks_ = false, outside_ = false, child_ = false, child_surely_ = false,
       emergency_ = false, emergency_unnamed_ = false;
  bool review_ = false, exceptional_ = false, more_information_ = false, agreement_gap_ = false;
  Answer answer_;
};

}  // namespace

Reference::Reference(const std::string& pack, const std::string& matrix, const std::string& bank_holidays) : read_(std::make_shared<const Read>(pack, matrix, bank_holidays)) {}

Answer Reference::decide(const Case& question) const { return Sitting(*read_, question).decide(); }

// ------------------------------------------------------------------ compared

namespace {

std::string list(const Words& words) {
  std::string out = "[";
  for (const std::string& one : words) out += (out.size() > 1 ? " " : "") + one;
  return out + "]";
}

}  // namespace

std::optional<std::string> difference(const Answer& ours, const Decision& engines) {
  const auto differ = [](const std::string& what, const std::string& here, const std::string& there) { return what + ": by the JSON " + here + ", by the engine " + there; };
  const auto as_words = [](const auto& values) {
    Words out;
    for (const auto value : values) out.insert(std::string(text(value)));
    return out;
  };
  const auto as_set = [](const std::vector<std::string>& values) { return Words(values.begin(), values.end()); };
  if (ours.outcome != text(engines.outcome())) return differ("outcome", ours.outcome, std::string(text(engines.outcome())));
  if (ours.duty != text(engines.duty)) return differ("duty", ours.duty, std::string(text(engines.duty)));
  if (ours.items.size() != engines.items().size()) return std::string("number of items");
  for (std::size_t i = 0; i < ours.items.size(); ++i) {
    const Answer::Item& here = ours.items[i];
    const ItemDecision& there = engines.items()[i];
    const std::string what = "item " + std::to_string(i);
    if (here.outcome != text(there.outcome)) return differ(what, here.outcome + " " + here.reason, std::string(text(there.outcome)) + " " + std::string(text(there.reason)));
    if (here.reason != text(there.reason)) return differ(what + " reason", here.reason, std::string(text(there.reason)));
    if (here.detail != text(there.detail)) return differ(what + " detail", here.detail, std::string(text(there.detail)));
    if (here.structured_only != there.structured_only) return what + ": structured only";
    if (here.clauses != as_set(there.clauses)) return differ(what + " clauses", list(here.clauses), list(as_set(there.clauses)));
  }
  if (ours.refer_to != as_words(engines.refer_to)) return differ("refer_to", list(ours.refer_to), list(as_words(engines.refer_to)));
  if (ours.missing != as_words(engines.missing())) return differ("missing", list(ours.missing), list(as_words(engines.missing())));
  std::map<std::pair<std::string, std::string>, Answer::Duty> owed;
  for (const Obligation& one : engines.obligations()) owed[{std::string(text(one.kind)), std::string(text(one.when))}] = {as_set(one.to), as_set(one.clauses)};
  for (const auto* side : {&ours.obligations, &std::as_const(owed)})
    for (const auto& [kind, duty] : *side) {
      const auto &other = side == &owed ? ours.obligations : owed;
      const auto found = other.find(kind);
      const std::string what = "obligation " + kind.first + " " + kind.second;
      if (found == other.end()) return what + (side == &owed ? ": only by the engine" : ": only by the JSON");
      if (found->second.to != duty.to) return differ(what + " to", list(ours.obligations.at(kind).to), list(owed.at(kind).to));
      if (found->second.clauses != duty.clauses) return differ(what + " clauses", list(ours.obligations.at(kind).clauses), list(owed.at(kind).clauses));
    }
  if (ours.clocks.size() != engines.clocks.size()) return differ("number of clocks", std::to_string(ours.clocks.size()), std::to_string(engines.clocks.size()));
  for (const ClockDue& one : engines.clocks) {
    const auto found = ours.clocks.find(std::string(text(one.kind)));
    const std::string what = "clock " + std::string(text(one.kind));
    if (found == ours.clocks.end()) return what + ": only by the engine";
    if (found->second.due != one.due) return differ(what, to_text(found->second.due), to_text(one.due));
    if (found->second.clauses != as_set(one.clauses)) return differ(what + " clauses", list(found->second.clauses), list(as_set(one.clauses)));
  }
  if (ours.clauses != as_set(engines.clauses)) return differ("clauses", list(ours.clauses), list(as_set(engines.clauses)));
  if (ours.data_protection != engines.data_protection_leg) return differ("data protection leg", ours.data_protection, engines.data_protection_leg);
  if (ours.confidence != engines.confidence_leg) return differ("confidence leg", ours.confidence, engines.confidence_leg);
  return std::nullopt;
}

}  // namespace gatehouse::policy::reference
