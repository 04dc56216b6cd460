#include "tests/policy/reference/symbolic.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

namespace gatehouse::policy::reference {

using nlohmann::json;
using z3::expr;

namespace {

template <class Enum>
std::vector<std::string> words() {
  return {Words<Enum>::list.begin(), Words<Enum>::list.end()};
}
json list_in(const json& node, const char* key) { return node.contains(key) ? node.at(key) : json::array(); }
bool holds(const json& list, const std::string& word) { return std::find(list.begin(), list.end(), word) != list.end(); }
bool of_item(const std::string& key) { return key.starts_with("item.") || key.starts_with("consent."); }

const std::vector<std::string> kChildAlways = {"significant_harm_child", "being_hurt", "wellbeing_at_risk"};
const std::vector<std::string> kChildUnder18 = {"life_threatened", "continual_serious_risk", "terrorised_by_abuser", "suicide_or_self_harm", "harm_to_another", "staff_alleged_perpetrator"};
const std::vector<std::string> kNoRisk = {"place_jeopardised", "court_order", "statutory_duty", "public_interest"};
const std::vector<std::string> kStrata = {"identity", "statute", "hard_deny", "anonymise", "consent", "exception", "mandatory", "keep"};

std::string reason_of(const json& rule) { return rule.value("reason", "no_basis"); }
int ground_of(const json& rule) {
  const std::string reason = reason_of(rule);
  for (const char* one : {"conflict", "training_gate", "tenure_gate", "role", "own_record"})
    if (reason == one) return 1;
  for (const char* one : {"withheld_from_person", "safe_address", "compartment"})
    if (reason == one) return 2;
  return reason == "age_rule" || reason == "best_interests" ? 3 : 4;
}
bool lifted_by_danger(const json& rule) {
  const std::string reason = reason_of(rule);
  return reason == "compartment" || reason == "training_gate" || reason == "tenure_gate" || reason == "role";
}
bool nameless(const json& rule) { return rule.value("anonymised", rule.at("stratum") == "anonymise"); }

enum Outcomes : std::size_t { kRelease = static_cast<std::size_t>(ItemOutcome::release), kAnonymised = static_cast<std::size_t>(ItemOutcome::anonymised),
                              kRefer = static_cast<std::size_t>(ItemOutcome::refer), kWithhold = static_cast<std::size_t>(ItemOutcome::withhold) };

}  // namespace

Symbolic::Symbolic(z3::context& context, const json& pack, const json& matrix, std::optional<Flow> flow)
    : c_(context), pack_(pack), matrix_(matrix), flow_(flow), domain_(yes()), outcomes_(4, no()), age_(c_.int_const("age")), age_known_(flag("age_known")),
      tenure_(c_.int_const("tenure")), tenure_known_(flag("tenure_known")), consent_days_(c_.int_const("consent_days")), nobody_(no()), route_asks_(no()), review_(no()), exceptional_(no()), must_share_(no()),
      statute_(no()), self_(no()), past_gap_(no()), looks_(no()), child_may_(no()), child_surely_(no()), emergency_(no()), emergency_unnamed_(no()), by_route_(no()),
      by_route_or_unsure_(no()), by_hand_(no()), current_(no()), agency_here_(no()), agency_maybe_(no()), complete_(no()), cell_approval_(no()), cell_interests_(no()), cell_unstated_(no()) {
  if (pack_.contains("matrix"))
    for (const auto& [purpose, cells] : pack_.at("matrix").items())
      for (const auto& [category, detail] : cells.items()) matrix_["matrix"][purpose][category] = detail;
  for (const json& route : setting("refer_routes").at("routes"))
    for (const std::string purpose : list_in(route, "purposes")) {
      matrix_["purpose_defaults"][purpose]["approval"]["mode"] = route.at("mode");
      matrix_["purpose_defaults"][purpose]["approval"]["any_of"] = list_in(route, "any_of");
    }
  facts();
  consent();
  weigh();
  decide();
}

// ------------------------------------------------------------------ formulas

expr Symbolic::any(const std::vector<expr>& list) const {
  if (list.empty()) return no();
  z3::expr_vector all(c_);
  for (const expr& one : list) all.push_back(one);
  return z3::mk_or(all);
}

Symbolic::Choice Symbolic::choice(const std::string& name, const Names& words, bool unknown) {
  Choice out;
  z3::expr_vector all(c_);
  std::vector<int> ones;
  for (const std::string& word : words) {
    const expr one = flag(name + "=" + word);
    out.is.emplace(word, one);
    all.push_back(one);
    ones.push_back(1);
  }
  if (unknown) {
    out.unknown = flag(name + "=?");
    all.push_back(*out.unknown);
    ones.push_back(1);
  }
  domain_ = domain_ && z3::pbeq(all, ones.data(), 1);
  choices_.emplace(name, out);
  return out;
}

void Symbolic::put(const std::string& key, const std::string& word, const expr& is, const expr& may) {
  const auto [slot, fresh] = facts_[key].try_emplace(word, Reach{is, is || may});
  if (!fresh) slot->second = {slot->second.is || is, slot->second.may || is || may};
}
void Symbolic::plain(const std::string& key, const Choice& choice, const expr& where) {
  for (const auto& [word, one] : choice.is) put(key, word, where && one, choice.unknown ? where && *choice.unknown : no());
}
expr Symbolic::is(const std::string& key, const std::string& word) const {
  const auto fact = facts_.find(key);
  if (fact == facts_.end()) return no();
  const auto found = fact->second.find(word);
  return found == fact->second.end() ? no() : found->second.is;
}
expr Symbolic::may(const std::string& key, const std::string& word) const {
  const auto fact = facts_.find(key);
  if (fact == facts_.end()) return no();
  const auto found = fact->second.find(word);
  return found == fact->second.end() ? no() : found->second.may;
}
expr Symbolic::is_any(const std::string& key, const json& words) const {
  std::vector<expr> out;
  for (const std::string word : words) out.push_back(is(key, word));
  return any(out);
}

template <class Fits>
expr Symbolic::purposes(Fits fits) const {
  std::vector<expr> out;
  for (const auto& [purpose, defaults] : matrix_.at("purpose_defaults").items()) out.push_back(choices_.at("purpose").is.at(purpose) && fits(purpose, defaults));
  return any(out);
}

template <class Fits>
expr Symbolic::cells(Fits fits) const {
  const auto& categories = choices_.at("category").is;
  return purposes([&](const std::string& purpose, const json&) {
    static const json nothing = json::object();
    const json& limits = matrix_.at("limits").contains(purpose) ? matrix_.at("limits").at(purpose) : nothing;
    std::vector<expr> out;
    for (const auto& [category, detail] : matrix_.at("matrix").at(purpose).items())
      out.push_back(categories.at(category) && fits(detail.template get<std::string>(), limits.contains(category) ? limits.at(category) : nothing));
    return any(out);
  });
}

// ------------------------------------------------------------------ facts

void Symbolic::facts() {
  const Choice purpose = choice("purpose", words<Purpose>(), true), category = choice("category", words<Category>(), true), kind = choice("kind", words<RequesterKind>(), true);
  const Choice type = choice("type", words<AgencyType>(), true), role = choice("role", words<Role>(), true), agreement = choice("agreement", words<AgreementState>(), true);
  const Names truth = {"false", "true"};
  const auto three = [&](const char* name) { return choice(name, truth, true); };
  const expr staff = kind.is.at("staff"), partner = kind.is.at("partner"), nobody_known = *kind.unknown;
  const bool sends = is_flow(Flow::referral) || is_flow(Flow::hypothetical);
  const expr recipient = is_flow(Flow::hypothetical) ? flag("recipient") : yes();
  if (is_flow(Flow::hypothetical)) flags_.push_back("recipient");
  agency_here_ = sends ? recipient : partner;
  agency_maybe_ = sends ? agency_here_ : partner || nobody_known;
  const auto is_flow_named = [&](std::size_t i) { return flow_ && static_cast<std::size_t>(*flow_) == i; };
  for (std::size_t i = 0; i < count_of<Flow>(); ++i) put("flow", std::string(text(static_cast<Flow>(i))), c_.bool_val(is_flow_named(i)), c_.bool_val(!flow_));
  plain("purpose", purpose, yes());
  plain("requester.kind", kind, yes());
  plain("recipient.type", type, agency_here_);
  plain("agreement", agreement, agency_here_);
  // Of somebody of whom nobody knows who they are, no agency's type or agreement counts, and any is possible.
  for (const auto& [word, one] : type.is) put("recipient.type", word, no(), agency_maybe_ && !agency_here_);
  for (const auto& [word, one] : agreement.is) put("agreement", word, no(), agency_maybe_ && !agency_here_);
  const expr maybe_staff = staff || nobody_known;
  plain("requester.role", role, maybe_staff);
  for (const auto& [word, one] : role.is) put("requester.role", word, partner && one, no());
  plain("requester.training", choice("training", words<Training>(), true), maybe_staff);
  plain("requester.attested", three("attested"), maybe_staff);
  plain("requester.signed_off", three("signed_off"), maybe_staff);
  const expr family = kind.is.at("parent") || kind.is.at("representative") || nobody_known;
  plain("requester.parental_responsibility", three("parental"), family);
  plain("requester.marked_risk", three("marked_risk"), family);
  const Choice conflict = three("conflict");
  plain("requester.conflict", conflict, maybe_staff || partner);
  const expr others = !(maybe_staff || partner);
  put("requester.conflict", "true", others && conflict.is.at("true"), no());
  put("requester.conflict", "false", others && !conflict.is.at("true"), no());
  plain("subject.competence", choice("competence", words<Competence>(), true), yes());
  domain_ = domain_ && age_ >= 0 && age_ <= 150 && tenure_ >= 0 && tenure_ <= 40'000 && consent_days_ >= 0 && consent_days_ <= 4'000;
  plain("notice", choice("notice", words<Notice>(), false), yes());
  plain("urgency", choice("urgency", words<Urgency>(), false), yes());
  const Choice context = choice("context", words<Context>(), true);
  for (const auto& [word, one] : context.is) put("context", word, one, no());
  const Choice emergency = choice("emergency", truth, false);
  plain("emergency", emergency, yes());
  const Choice interests = choice("best_interests", {"false", "true", "null"}, false);
  plain("best_interests", interests, yes());
  const Choice offence = choice("offence", words<Offence>(), true);
  const json& offences = setting("serious_offences");
  put("offence.state", "none", *offence.unknown, no());
  static const std::set<std::string> as_grave = {"murder", "manslaughter", "rape", "serious_sexual_offence", "serious_assault", "kidnap", "trafficking", "child_cruelty", "missing_person_incident", "unexplained_death"};
  for (const auto& [word, one] : offence.is) {
    const bool serious = holds(list_in(offences, "serious_offences"), word);
    put("offence.state", serious ? "serious" : !offences.value("exhaustive", false) && as_grave.contains(word) ? "grey" : "not_serious", one, no());
  }
  // Circumstances and what they make a risk.
  const expr surely_under_18 = age_known_ && age_ < 18, maybe_under_18 = !age_known_ || age_ < 18;
  std::vector<expr> about_risk, harmful;
  for (const std::string& code : words<CircumstanceCode>()) {
    const Choice found = choice("circumstance " + code, {"absent", "claimed", "evidenced"}, false);
    const expr named = !found.is.at("absent"), shown = found.is.at("evidenced");
    put("claimed.circumstance", code, named, no());
    put("circumstance", code, shown, no());
    if (std::find(kNoRisk.begin(), kNoRisk.end(), code) == kNoRisk.end()) about_risk.push_back(named);
    const bool always = std::find(kChildAlways.begin(), kChildAlways.end(), code) != kChildAlways.end();
    const bool under_18 = std::find(kChildUnder18.begin(), kChildUnder18.end(), code) != kChildUnder18.end();
    if (always || under_18) {
      const expr sure = always ? yes() : surely_under_18, maybe = always ? yes() : maybe_under_18;
      put("risk", "child", named && sure, named && maybe);
      put("risk", "child_evidenced", shown && sure, shown && maybe);
    }
    if (always || under_18 || code == "urgent_medical") {
      harmful.push_back(named);
      put("risk", "harm", named, no());
      put("risk", "harm_evidenced", shown, no());
    }
  }
  put("risk", "any", any(about_risk), no());
  put("risk", "none", !any(about_risk), no());
  for (const std::string& one : words<Statement>()) {
    flags_.push_back("stated " + one);
    put("stated", one, flag("stated " + one), no());
  }
  for (const std::string& one : words<Role>()) {
    flags_.push_back("approved " + one);
    flags_.push_back("consulted " + one);
    const expr said = flag("approved " + one), advised = flag("consulted " + one), maybe_oneself = maybe_staff && (role.is.at(one) || *role.unknown);
    put("approved.role", one, said && !maybe_oneself, no());
    put("advised.role", one, (said || advised) && !maybe_oneself, no());
    put("self_approved", one, said && staff && role.is.at(one), no());
  }
  for (const json& one : list_in(pack_, "switches")) {
    flags_.push_back("law " + one.at("name").get<std::string>());
    put("law", one.at("name"), flag(flags_.back()), no());
  }
  // The request as such.
  flags_.push_back("officer");
  const auto form = [&](const char* word, const expr& where) { put("request", word, where, no()); };
  form("officer_named", flag("officer"));
  if (!flow_ || is_flow(Flow::partner_request) || is_flow(Flow::referral)) form("needs_agreement", yes());
  const std::string flow = flow_ ? std::string(text(*flow_)) : "partner_request";
  const expr listed = purposes([&](const std::string&, const json& one) { return c_.bool_val(flow_ && holds(one.at("flows"), flow)); });
  const expr type_fits = agency_here_ && purposes([&](const std::string&, const json& one) {
    std::vector<expr> out;
    for (const std::string word : one.at("allowed_agency_types")) out.push_back(type.is.at(word));
    return any(out);
  });
  const expr kind_fits = is_flow(Flow::internal_access) ? staff : purposes([&](const std::string&, const json& one) {
    std::vector<expr> out;
    for (const std::string word : one.at("allowed_requester_kinds")) out.push_back(kind.is.at(word));
    return any(out) || (c_.bool_val(sends || is_flow(Flow::statistics) || is_flow(Flow::inbound_document)) && staff);
  });
  form("flow_listed", listed && kind_fits);
  form("type_listed", !*purpose.unknown && (!agency_maybe_ || type_fits));
  const expr she_disclosed = claimed("serious_offence_disclosed");
  complete_ = purposes([&](const std::string&, const json& one) {
    expr out = yes();
    for (const std::string word : is_flow(Flow::referral) && one.contains("required_stated_referral") ? one.at("required_stated_referral") : one.at("required_stated"))
      out = out && (is("stated", word) || (word == "victim_request_tests" ? she_disclosed : no()));
    return out;
  });
  form("statements_complete", complete_);
  expr may_call = yes();
  if (!flow_ || is_flow(Flow::partner_request)) {
    std::vector<expr> out;
    for (const std::string word : matrix_.at("purpose_defaults").at("emergency").at("allowed_agency_types")) out.push_back(type.is.at(word));
    may_call = any(out);
  }
  const expr can_act = type_fits && may_call;
  form("emergency_type", can_act);
  const expr quick = purposes([&](const std::string&, const json& one) { return c_.bool_val(one.at("emergency_route").get<bool>()); });
  form("emergency_possible", listed && emergency.is.at("true") && any(harmful) && quick && (can_act || (is_flow(Flow::internal_access) ? staff : no())));
  form("route_approved", purposes([&](const std::string&, const json& one) { return approved_any(one.at("approval").at("any_of")); }));
  form("route_advised", purposes([&](const std::string&, const json& one) { return is_any("advised.role", one.at("approval").at("any_of")); }));
  form("consent_only", purposes([&](const std::string&, const json& one) { return c_.bool_val(one.at("confidence_legs") == json::array({"consent"})); }));
  // The item.
  plain("item.category", category, yes());
  plain("item.compartment", choice("compartment", words<Compartment>(), true), yes());
  plain("item.relevant", three("relevant"), yes());
  const Choice confidence = three("confidence");
  plain("item.given_in_confidence", confidence, yes());
  plain("item.withheld_from_requester", three("withheld"), yes());
  const expr a_role = staff || partner || nobody_known;
  const auto shown_as = [&](const std::string& wanted) {
    return cells([&](const std::string& detail, const json& limit) {
      expr out = c_.bool_val(detail == wanted);
      if (limit.contains("roles") && is_flow(Flow::internal_access)) {
        std::vector<expr> theirs;
        for (const std::string one : limit.at("roles")) theirs.push_back(role.is.at(one));
        const expr for_them = a_role && any(theirs);
        out = (for_them && out) || (!for_them && c_.bool_val(limit.value("other_roles", "none") == wanted));
      }
      if (limit.contains("recipients") && !limit.at("recipients").empty()) {
        std::vector<expr> theirs;
        for (const std::string one : limit.at("recipients")) theirs.push_back(from_text<AgencyType>(one) ? agency_here_ && type.is.at(one) : kind.is.at(one));
        out = (any(theirs) && out) || (!any(theirs) && c_.bool_val(wanted == "none"));
      }
      return out;
    });
  };
  for (const std::string& detail : words<Detail>()) put("item.detail", detail, shown_as(detail) || (detail == "none" ? *purpose.unknown || *category.unknown : no()), no());
  const auto needs = [](const json& limit, const auto& fits) {
    const json list = list_in(limit, "needs");
    return std::any_of(list.begin(), list.end(), [&](const json& one) { return fits(one.get<std::string>()); });
  };
  cell_interests_ = cells([&](const std::string&, const json& limit) { return c_.bool_val(needs(limit, [](const std::string& one) { return one == "best_interests"; })); });
  cell_approval_ = cells([&](const std::string&, const json& limit) {
    expr out = c_.bool_val(limit.contains("any_of") || needs(limit, [](const std::string& one) { return one != "best_interests" && !one.starts_with("stated:"); }));
    if (holds(list_in(limit, "not"), "given_in_confidence")) out = out || !confidence.is.at("false");
    return out;
  });
  cell_unstated_ = cells([&](const std::string&, const json& limit) {
    std::vector<expr> out;
    for (const std::string one : list_in(limit, "needs"))
      if (one.starts_with("stated:")) out.push_back(!is("stated", one.substr(7)));
    return any(out);
  });
}

// What was said: nothing that covers the item, a no, or a yes with its giver, form and age, perhaps after an earlier no of the person or of a parent.
void Symbolic::consent() {
  const Choice said = choice("said", {"nothing", "scope", "refused", "withdrawn", "expired", "blanket", "yes"}, false);
  const Choice form = choice("form", words<ConsentForm>(), true), giver = choice("giver", words<GivenBy>(), true);
  flags_.push_back("own_no");
  flags_.push_back("parent_no");
  const expr own_no = flag("own_no"), parent_no = flag("parent_no"), it = said.is.at("yes");
  const auto& kind = choices_.at("kind").is;
  const expr nameable = agency_here_ || kind.at("parent") || kind.at("representative") || kind.at("advocate");
  const expr asked_of = !*choices_.at("purpose").unknown && !*choices_.at("category").unknown;
  domain_ = domain_ && (nameable || said.is.at("nothing") || said.is.at("scope")) && (asked_of || said.is.at("nothing")) && (it || (!own_no && !parent_no));
  const json& rules = setting("consent");
  const auto& competence = choices_.at("competence");
  const expr competent = competence.is.at("competent"), unable = competence.is.at("not_competent"), assessed = !*competence.unknown;
  const expr under_16 = !age_known_ || age_ < 16, from_16 = !age_known_ || age_ >= 16;
  const expr theirs = z3::implies(under_16, competent) && z3::implies(from_16, assessed && !unable);
  const expr attorneys = age_known_ && age_ >= 16 && unable;
  const expr parents = age_known_ && ((age_ < 16 && assessed && !competent) || (c_.bool_val(setting("age_bands").value("parent_consent_16_17", false)) && age_ >= 16 && age_ < 18));
  const expr may_give = (giver.is.at("subject") && theirs) || (giver.is.at("attorney") && attorneys) || (giver.is.at("parental_responsibility") && parents);
  std::vector<expr> forms;
  for (const std::string one : list_in(rules, "form")) forms.push_back(form.is.at(one));
  const expr in_time = consent_days_ <= rules.value("max_days", 365), in_form = any(forms);
  const expr own_word = competent || (!unable && from_16);
  const expr overruled = !giver.is.at("subject") && own_word && own_no;
  const expr good = it && in_time && in_form && may_give && !overruled, disagree = good && giver.is.at("parental_responsibility") && parent_no;
  current_ = good && !disagree;
  const auto state = [&](const char* word, const expr& where) { put("consent.state", word, where, no()); };
  state("current", current_);
  state("disagree", disagree);
  const expr bad = it && !good, any_no = own_no || parent_no;
  state("refused", said.is.at("refused") || (bad && any_no));
  state("withdrawn", said.is.at("withdrawn"));
  state("expired", said.is.at("expired") || (bad && !any_no && !in_time));
  state("form", bad && !any_no && in_time && !in_form);
  state("blanket", said.is.at("blanket"));
  state("scope", said.is.at("scope"));
  state("missing", said.is.at("nothing") || (bad && !any_no && in_time && in_form));
  for (const auto& [word, one] : form.is) put("consent.form", word, good && one, no());
  for (const auto& [word, one] : giver.is) put("consent.given_by", word, good && one, no());
}

// ------------------------------------------------------------------ rules

Symbolic::Reach Symbolic::term(const std::string& key, const json& value) const {
  if (value.is_object()) {
    const bool age = key == "subject.age";
    const expr& number = age ? age_ : tenure_;
    expr in_range = yes();
    if (value.contains("at_least")) in_range = in_range && number >= value.at("at_least").get<int>();
    if (value.contains("below")) in_range = in_range && number < value.at("below").get<int>();
    const auto& kind = choices_.at("kind");
    const expr where = age ? yes() : kind.is.at("staff") || *kind.unknown, known = age ? age_known_ : tenure_known_;
    return {where && known && in_range, where && (!known || in_range)};
  }
  std::vector<expr> surely, possibly;
  for (const json& one : value) {
    const std::string word = one.is_string() ? one.get<std::string>() : one.dump();
    surely.push_back(is(key, word));
    possibly.push_back(may(key, word));
  }
  return {any(surely), any(possibly)};
}

Symbolic::Half Symbolic::half(const json& rule, bool item) const {
  expr every_is = yes(), every_claimed = yes(), every_may = yes(), some_is = no(), some_may = no();
  bool on_circumstance = false;
  if (rule.contains("when"))
    for (const auto& [key, value] : rule.at("when").items()) {
      if (of_item(key) != item) continue;
      const Reach one = term(key, value);
      every_is = every_is && one.is;
      every_may = every_may && one.may;
      const bool circumstance = key == "circumstance";
      on_circumstance = on_circumstance || circumstance;
      every_claimed = every_claimed && (circumstance ? one.is || is_any("claimed.circumstance", value) : one.is);
    }
  if (rule.contains("unless"))
    for (const auto& [key, value] : rule.at("unless").items()) {
      if (of_item(key) != item) continue;
      const Reach one = term(key, value);
      some_is = some_is || one.is;
      some_may = some_may || one.may;
    }
  const expr surely = every_is && !some_may;
  return {surely, c_.bool_val(on_circumstance) && every_claimed && !some_may && !surely, every_may && !some_is};
}

expr Symbolic::approved_any(const json& roles) const { return is_any("approved.role", roles); }
expr Symbolic::self_approved_any(const json& roles) const { return is_any("self_approved", roles); }
expr Symbolic::met(const std::string& mode, const json& roles) const {
  if (mode == "required") return approved_any(roles);
  return mode == "advice" ? is_any("advised.role", roles) : yes();
}

void Symbolic::weigh() {
  const json& unsure = setting("refer_routes").at("unsure");
  by_route_ = purposes([&](const std::string&, const json& one) { return met(one.at("approval").at("mode"), one.at("approval").at("any_of")); });
  by_hand_ = purposes([&](const std::string&, const json& one) { return approved_any(one.at("approval").at("any_of")); });
  by_route_or_unsure_ = purposes([&](const std::string&, const json& one) {
    const json& roles = one.at("approval").at("any_of");
    return approved_any(roles.empty() ? unsure : roles);
  }) || (*choices_.at("purpose").unknown && approved_any(unsure));
  route_asks_ = c_.bool_val(!unsure.empty()) || purposes([&](const std::string&, const json& one) { return c_.bool_val(!one.at("approval").at("any_of").empty()); });
  for (const json& rule : pack_.at("rules")) {
    if (rule.at("effect") == "oblige") continue;
    Weighed one{&rule, half(rule, false), half(rule, true), no(), no()};
    if (rule.at("effect") == "forbid") one.of_case.claimed = no();
    (rule.at("effect") == "permit" ? permits_ : rule.at("effect") == "forbid" ? forbids_ : refers_).push_back(std::move(one));
  }
  std::sort(permits_.begin(), permits_.end(), [](const Weighed& a, const Weighed& b) {
    const auto rank = [](const Weighed& one) { return std::find(kStrata.begin(), kStrata.end(), one.rule->at("stratum").get<std::string>()) - kStrata.begin(); };
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.rule < b.rule;  // those of one stratum as they stand in the pack
  });
  for (const Weighed& one : permits_) {
    if (one.rule->value("duty", "none") == "must_share") must_share_ = must_share_ || one.of_case.surely;
    if (one.rule->at("stratum") == "statute") statute_ = statute_ || one.of_case.surely;
  }
  self_ = must_share_ && self_approved_any(list_in(setting("deputies"), "self_referrers"));
  for (Weighed& one : permits_) {
    const json& rule = *one.rule;
    const json roles = list_in(rule, "needs_approval");
    const bool route = rule.contains("approval");
    one.met = route ? by_route_ : roles.empty() ? yes() : met(rule.value("mode", "required"), roles);
    one.own = self_;
    if (rule.value("own_approval", false))
      one.own = one.own || (route ? purposes([&](const std::string&, const json& purpose) { return self_approved_any(purpose.at("approval").at("any_of")); }) : self_approved_any(roles));
    one.own = one.own && !one.met;
  }
  child_may_ = may("risk", "child");
  child_surely_ = is("risk", "child");
  looks_ = child_may_ || must_share_;
  past_gap_ = (must_share_ || child_surely_) && (by_route_or_unsure_ || self_);
  by_hand_ = by_hand_ || self_;
  const expr possible = is("request", "emergency_possible");
  emergency_ = is_flow(Flow::partner_request) ? possible && is("request", "officer_named") : possible;
  emergency_unnamed_ = possible && !emergency_;
}

Symbolic::Run Symbolic::run(bool in_danger) {
  Run out{std::vector<expr>(4, no()), no(), no(), no(), no(), no()};
  expr live = domain_, over_a_gap = no();
  bool settled = true;
  const auto emit = [&](const expr& where, std::size_t outcome) {
    const expr here = live && where;
    out.outcomes[outcome] = out.outcomes[outcome] || here;
    if (settled) out.settled = out.settled || here;
    live = live && !where;
  };
  // Whom: roles of the pack; nothing named, the route of the purpose, else whoever is asked when in doubt.
  const auto ask = [&](const expr& where, const json& roles = json::array()) {
    out.nobody = out.nobody || (live && where && (roles.empty() ? !route_asks_ : no()));
    emit(where, kRefer);
  };
  const auto ask_these = [&](const expr& where, const json& roles) {
    if (roles.empty()) out.nobody = out.nobody || (live && where);
    emit(where, kRefer);
  };
  const auto not_known = [&](const expr& where) {
    ask(where && looks_);
    emit(where, kWithhold);
  };
  const auto forbidden = [&](int ground) {
    for (const Weighed& one : forbids_) {
      if (ground_of(*one.rule) != ground) continue;
      const expr applies = one.of_case.possibly && one.of_item.possibly;
      if (in_danger && lifted_by_danger(*one.rule)) {
        out.review = out.review || (live && applies);
        continue;
      }
      expr lifted = no(), asks = no();
      for (const Weighed& permit : permits_) {
        if (!permit.rule->contains("overrides") || !holds(permit.rule->at("overrides"), one.rule->at("id"))) continue;
        const expr here = permit.of_case.surely && permit.of_item.surely;
        out.review = out.review || (live && applies && !lifted && here && permit.own);
        lifted = lifted || (here && (permit.met || permit.own));
        asks = asks || ((permit.of_case.surely || permit.of_case.claimed) && permit.of_item.surely);
      }
      if (reason_of(*one.rule) == "compartment") out.review = out.review || (live && applies && lifted);
      const expr stops = applies && !lifted;
      ask(stops && asks);
      emit(stops && one.of_case.surely && one.of_item.surely, kWithhold);
      not_known(stops);
    }
  };
  emit(is("requester.conflict", "true"), kWithhold);
  not_known(may("requester.conflict", "true"));
  if (!in_danger) {
    // The first gate that is shut counts.
    expr shut = no(), unclear = no();
    const auto bar = [&](const expr& where, const expr& definite) {
      const expr here = may("requester.kind", "staff") && where && !shut;
      unclear = unclear || (here && !definite);
      shut = shut || here;
    };
    const json& gates = setting("role_gates");
    const expr training_known = is("requester.training", "current") || is("requester.training", "lapsed") || is("requester.training", "none");
    if (gates.value("training", false)) bar(!is("requester.training", "current"), training_known);
    if (gates.value("attested", false)) bar(!is("requester.attested", "true"), is("requester.attested", "false"));
    if (gates.contains("volunteer")) {
      const expr maybe = may("requester.role", "volunteer"), sure = is("requester.role", "volunteer"), served = tenure_known_ && tenure_ >= gates.at("volunteer").value("min_days", 0);
      bar(maybe && !served, sure && tenure_known_);
      if (gates.at("volunteer").value("signoff", false)) bar(maybe && served && !is("requester.signed_off", "true"), sure && is("requester.signed_off", "false"));
    }
    not_known(shut && !looks_ && unclear);
    emit(shut && !looks_, kWithhold);
    ask(shut && !past_gap_);
    over_a_gap = over_a_gap || shut;
  }
  forbidden(1);
  emit(is("item.withheld_from_requester", "true"), kWithhold);
  not_known(may("item.withheld_from_requester", "true"));
  emit(may("item.category", "safe_address") && (may("requester.kind", "parent") || may("requester.kind", "advocate")), kWithhold);
  forbidden(2);
  forbidden(3);
  emit(cell_interests_ && is("best_interests", "false"), kWithhold);
  settled = false;
  const json& routes = setting("refer_routes");
  if (!in_danger) {
    const expr strange = !is("request", "flow_listed") || !is("request", "type_listed");
    ask_these(strange && !approved_any(routes.at("purpose_unknown")), routes.at("purpose_unknown"));
    const expr lacking = is("request", "needs_agreement") && !is("agreement", "current");
    const expr never_holds_back = statute_ || (must_share_ && is_any("recipient.type", list_in(setting("break_rule"), "recipients")));
    ask_these(lacking && !never_holds_back && !approved_any(routes.at("no_agreement")) && !past_gap_, routes.at("no_agreement"));
    const expr unstated = !is("request", "statements_complete") || cell_unstated_;
    emit(unstated && !looks_, kWithhold);
    ask(unstated && !past_gap_);
    over_a_gap = over_a_gap || strange || lacking || unstated;
  }
  const expr category_known = !*choices_.at("category").unknown;
  out.matrix_says_no = out.matrix_says_no || (live && is("item.relevant", "false"));
  emit(is("item.relevant", "false"), kWithhold);
  not_known(!is("item.relevant", "true") || !category_known);
  out.matrix_says_no = out.matrix_says_no || (live && is("item.detail", "none"));
  emit(is("item.detail", "none"), kWithhold);
  forbidden(4);
  // What the rules say.
  expr opens = no(), by_own_word = no(), by_consent = no(), waits = no(), claims = no(), perhaps = no(), without_names = no();
  for (const Weighed& one : permits_) {
    const expr sure = one.of_case.surely && one.of_item.surely;
    if (nameless(*one.rule)) {
      without_names = without_names || sure;
      continue;
    }
    const expr lets = sure && (one.met || one.own);
    opens = opens || lets;
    by_own_word = by_own_word || (sure && one.own);
    if (one.rule->at("stratum") == "consent") by_consent = by_consent || lets;
    waits = waits || sure;
    claims = claims || (one.of_case.claimed && one.of_item.surely);
    perhaps = perhaps || (one.of_case.possibly && !one.of_case.claimed && one.of_item.possibly && !sure);
  }
  const expr matrix_asks = is("item.category", "safe_address") || ((is("item.detail", "exception") || cell_approval_) && !by_hand_) || (cell_interests_ && !is("best_interests", "true"));
  const bool outside = is_flow(Flow::partner_request) || is_flow(Flow::referral);
  ask(opens && matrix_asks);
  const expr goes = live && opens;
  out.review = out.review || (goes && (by_own_word || over_a_gap));
  if (outside) out.exceptional = out.exceptional || (goes && !by_consent);
  emit(opens, kRelease);
  ask(waits);
  ask(claims);
  std::vector<expr> of_offence, other;
  for (const std::string& code : words<CircumstanceCode>()) (code.starts_with("serious_offence_") ? of_offence : other).push_back(claimed(code));
  const expr only_offences = any(of_offence) && !any(other);
  // Nothing of what follows is kept back where sharing is a duty.
  const auto keep = [&](const expr& where) {
    ask(where && must_share_);
    emit(where, kWithhold);
  };
  keep(only_offences && is("offence.state", "not_serious"));
  ask(only_offences && is("offence.state", "grey"));
  for (const Weighed& one : refers_)
    ask((one.of_case.surely && one.of_item.surely) || (child_may_ && (one.of_case.possibly || one.of_case.claimed) && one.of_item.possibly), list_in(*one.rule, "needs_approval"));
  ask(is("consent.state", "disagree"));
  ask(perhaps && looks_);
  ask(without_names && matrix_asks);
  emit(without_names, kAnonymised);
  keep(live);
  return out;
}

void Symbolic::decide() {
  const Run first = run(false), second = run(true);
  const expr again = emergency_ && !first.outcomes[kRelease];
  const expr no_minimum = !is("item.relevant", "true") || *choices_.at("category").unknown || is("item.detail", "none");
  const expr barred = second.settled || no_minimum;
  const expr by_hand = !barred && (is("item.category", "safe_address") || is("item.detail", "exception"));
  const expr given = again && !barred && !by_hand;
  const expr unnamed = emergency_unnamed_ && !first.settled && (first.outcomes[kWithhold] || first.outcomes[kAnonymised]) && !first.matrix_says_no;
  for (std::size_t one = 0; one < 4; ++one) outcomes_[one] = (first.outcomes[one] && !again && !unnamed) || (again && barred && second.outcomes[one]);
  outcomes_[kRelease] = outcomes_[kRelease] || given;
  outcomes_[kRefer] = outcomes_[kRefer] || (again && by_hand) || unnamed;
  nobody_ = (first.nobody && !again && !unnamed) || (again && barred && second.nobody) || (again && by_hand && !route_asks_);
  if (setting("refer_routes").at("emergency").empty()) nobody_ = nobody_ || unnamed;
  const expr lacking = is("request", "needs_agreement") && !is("agreement", "current");
  review_ = first.review || (again && second.review) || (given && lacking);
  exceptional_ = first.exceptional || (again && second.exceptional) || given;
}

// ------------------------------------------------------------------ what must hold

expr Symbolic::agreed() const {
  const auto& said = choices_.at("said").is;
  const auto& giver = choices_.at("giver").is;
  const auto& competence = choices_.at("competence").is;
  std::vector<expr> forms;
  for (const std::string one : list_in(setting("consent"), "form")) forms.push_back(choices_.at("form").is.at(one));
  const expr child = age_known_ && age_ < 16, grown = age_known_ && age_ >= 16, able = competence.at("competent");
  const expr herself = giver.at("subject") && (able || (grown && competence.at("unassessed")));
  const expr attorney = giver.at("attorney") && grown && competence.at("not_competent");
  expr parent = giver.at("parental_responsibility") && child && (competence.at("not_competent") || competence.at("unassessed"));
  if (setting("age_bands").value("parent_consent_16_17", false)) parent = parent || (giver.at("parental_responsibility") && grown && age_ < 18);
  return said.at("yes") && consent_days_ <= setting("consent").value("max_days", 365) && any(forms) && (herself || attorney || (parent && !flag("parent_no")));
}

expr Symbolic::harm() const {
  std::vector<expr> out = {claimed("urgent_medical")};
  for (const auto* list : {&kChildAlways, &kChildUnder18})
    for (const std::string& code : *list) out.push_back(claimed(code));
  return any(out);
}

expr Symbolic::emergency_now() const {
  if (!flow_) return no();
  const std::string flow(text(*flow_));
  const auto& type = choices_.at("type").is;
  const json& callers = matrix_.at("purpose_defaults").at("emergency").at("allowed_agency_types");
  const expr fits = purposes([&](const std::string&, const json& one) {
    if (!one.at("emergency_route").get<bool>() || !holds(one.at("flows"), flow)) return no();
    if (is_flow(Flow::internal_access)) return choices_.at("kind").is.at("staff");
    std::vector<expr> out;
    for (const std::string word : one.at("allowed_agency_types"))
      if (!is_flow(Flow::partner_request) || holds(callers, word)) out.push_back(agency_here_ && type.at(word));
    return any(out);
  });
  const expr minimum = !is("item.detail", "none") && !is("item.detail", "exception");
  return choices_.at("emergency").is.at("true") && harm() && fits && minimum && (is_flow(Flow::partner_request) ? flag("officer") : yes());
}

std::vector<Symbolic::Claim> Symbolic::claims() {
  const expr &release = outcomes_[kRelease], &anonymised = outcomes_[kAnonymised];
  const expr goes = release || anonymised;
  const bool outside = is_flow(Flow::partner_request) || is_flow(Flow::referral);
  const json& routes = setting("refer_routes");
  const json& rule = setting("break_rule");
  const auto& kind = choices_.at("kind").is;
  // Sharing that the policy or a law in force makes a duty.
  std::vector<expr> duties, laws;
  for (const std::string code : rule.at("mandatory")) duties.push_back(evidenced(code));
  for (const json& one : list_in(pack_, "switches")) laws.push_back(is("law", one.at("name")));
  const expr new_law = any(laws) && is("risk", "child_evidenced"), to_protect = is_any("recipient.type", rule.at("recipients"));
  const expr mandatory = (any(duties) && to_protect) || new_law;
  const expr own_referral = mandatory && self_approved_any(list_in(setting("deputies"), "self_referrers"));
  const expr settled = by_route_ || own_referral;
  const expr only_agreed = purposes([&](const std::string&, const json& one) { return c_.bool_val(one.at("confidence_legs") == json::array({"consent"})); });
  const expr emergency = emergency_now(), ordered = evidenced("court_order") && choices_.at("purpose").is.at("court_order");
  std::vector<expr> listed;
  for (const char* list : {"mandatory", "discretionary"})
    for (const std::string code : rule.at(list)) {
      if (code == "statutory_duty" || code == "court_order") continue;
      std::vector<expr> serious;
      for (const std::string one : list_in(setting("serious_offences"), "serious_offences")) serious.push_back(choices_.at("offence").is.at(one));
      listed.push_back(evidenced(code) && (code.starts_with("serious_offence_") ? any(serious) : yes()));
    }
  const expr in_peace = agreed() || (((any(listed) && settled) || evidenced("statutory_duty") || (ordered && settled) || (new_law && settled)) && !only_agreed);
  const expr ground = in_peace || emergency;
  std::vector<expr> childs;
  for (const std::string& code : kChildAlways) childs.push_back(claimed(code));
  for (const std::string& code : kChildUnder18) childs.push_back(claimed(code) && age_known_ && age_ < 18);
  const expr protects_a_child = (mandatory || any(childs)) && (by_route_or_unsure_ || own_referral);
  const expr signatory = is("agreement", "current") || evidenced("statutory_duty") || ordered || new_law || (mandatory && to_protect) || protects_a_child || emergency || approved_any(routes.at("no_agreement"));

  std::vector<Claim> out;
  const auto claim = [&](const char* id, const expr& broken) { out.push_back({id, domain_ && broken}); };
  claim("ground", outside ? release && !ground : no());
  claim("agreement", outside ? release && !signatory : no());
  claim("names-nobody", is_flow(Flow::hypothetical) || is_flow(Flow::statistics) ? release : no());
  json everybody = json::array();
  for (const std::string& one : words<Role>()) everybody.push_back(one);
  const expr route_said = purposes([&](const std::string&, const json& one) { return approved_any(one.at("approval").at("any_of")); });
  if (is_flow(Flow::subject_access)) {
    const expr for_her = kind.at("subject") || ((kind.at("representative") || kind.at("advocate")) && approved_any(everybody));
    const expr of_others = may("item.category", "third_party") || may("item.category", "informant_identity") || may("item.category", "allegation") ||
                           (may("item.category", "household") && may("item.given_in_confidence", "true"));
    claim("third-parties", release && !(for_her && (!of_others || route_said)));
  } else {
    claim("third-parties", no());
  }
  if (is_flow(Flow::parent_enquiry)) {
    expr told = no(), open = yes();
    for (const json& row : setting("parents").at("tells")) {
      const expr fits = (row.contains("categories") ? is_any("item.category", row.at("categories")) : !*choices_.at("category").unknown) && (row.contains("age") ? term("subject.age", row.at("age")).is : yes());
      const expr responsible = kind.at("parent") && is("requester.parental_responsibility", "true");
      const std::string when = row.at("when");
      told = told || (open && fits && (when == "always" ? responsible : when == "best_interests" ? responsible && is("best_interests", "true") : kind.at("parent") && evidenced("place_jeopardised")));
      open = open && !fits;
    }
    claim("parents", release && !(told || agreed()));
    std::vector<expr> delicate = {may("item.category", "allegation"), may("item.category", "domestic_abuse"), may("requester.marked_risk", "true")};
    for (const std::string& code : words<CircumstanceCode>())
      if (std::find(kNoRisk.begin(), kNoRisk.end(), code) == kNoRisk.end()) delicate.push_back(claimed(code));
    json leads = routes.at("unsure");
    leads.push_back("dsl");
    if (setting("deputies").contains("acts_for"))
      for (const auto& [deputy, of] : setting("deputies").at("acts_for").items())
        if (of == "dsl") leads.push_back(deputy);
    claim("parents-and-risk", release && any(delicate) && !approved_any(leads));
  } else {
    claim("parents", no());
    claim("parents-and-risk", no());
  }
  if (is_flow(Flow::internal_access)) {
    const json& gates = setting("role_gates");
    expr through = yes();
    if (gates.value("training", false)) through = through && is("requester.training", "current");
    if (gates.value("attested", false)) through = through && is("requester.attested", "true");
    if (gates.contains("volunteer")) {
      expr served = tenure_known_ && tenure_ >= gates.at("volunteer").value("min_days", 0);
      if (gates.at("volunteer").value("signoff", false)) served = served && is("requester.signed_off", "true");
      through = through && (served || !may("requester.role", "volunteer"));
    }
    claim("inside", release && !(kind.at("staff") && (through || (any(childs) && (by_route_or_unsure_ || own_referral)) || emergency)));
  } else {
    claim("inside", no());
  }
  claim("nothing-else", is_flow(Flow::inbound_document) || !flow_ ? goes : no());
  claim("matrix", goes && !(is("item.relevant", "true") && !*choices_.at("category").unknown && !is("item.detail", "none") && (!is("item.detail", "exception") || route_said || own_referral)));
  const std::string told = setting("notify_subject").at("mode");
  claim("notice", outside && told != "off" ? release && !agreed() && !(exceptional_ || must_share_ || c_.bool_val(told == "always") || is("notice", "given")) : no());
  // decide() has an emergency looked at afterwards: so what only danger opens must be one
  claim("afterwards", outside ? release && !in_peace && !(emergency_ || emergency_unnamed_) : no());
  std::vector<expr> closed;
  if (!is_flow(Flow::subject_access)) {
    const json& levels = setting("levels");
    for (const std::string compartment : list_in(levels, "compartments")) {
      const expr held = is_flow(Flow::internal_access) && levels.contains("held_by") && levels.at("held_by").contains(compartment) ? is_any("requester.role", levels.at("held_by").at(compartment)) : no();
      const expr opened = is_flow(Flow::internal_access) ? is_any("circumstance", list_in(levels, "opened_on")) && (approved_any(list_in(levels, "opened_by")) || self_approved_any(list_in(levels, "opened_by"))) : no();
      const expr duty = mandatory && settled && !only_agreed;
      closed.push_back(may("item.compartment", compartment) && !(held || ((opened || duty || emergency) && review_)));
    }
  }
  claim("compartment", release && any(closed));
  claim("safe-address", goes && may("item.category", "safe_address"));
  claim("withheld", goes && may("item.withheld_from_requester", "true"));
  claim("conflict", goes && may("requester.conflict", "true"));
  const auto& one = outcomes_;
  claim("total", !(one[0] || one[1] || one[2] || one[3]) || (one[0] && one[1]) || (one[0] && one[2]) || (one[0] && one[3]) || (one[1] && one[2]) || (one[1] && one[3]) || (one[2] && one[3]));
  claim("somebody-to-ask", nobody_);
  std::vector<expr> passed_over;
  for (const Weighed& forbid : forbids_) {
    expr lifted = no();
    for (const Weighed& permit : permits_)
      if (permit.rule->contains("overrides") && holds(permit.rule->at("overrides"), forbid.rule->at("id"))) lifted = lifted || (permit.of_case.surely && permit.of_item.surely);
    if (lifted_by_danger(*forbid.rule) || ground_of(*forbid.rule) == 4) lifted = lifted || emergency;
    passed_over.push_back(forbid.of_case.possibly && forbid.of_item.possibly && !lifted);
  }
  claim("overrides", release && any(passed_over));
  for (const json& never : list_in(pack_, "never")) {
    const Half of_case = half(never, false), of_this = half(never, true);
    out.push_back({"never:" + never.at("id").get<std::string>(), domain_ && release && of_case.possibly && of_this.possibly});
  }
  return out;
}

std::vector<Symbolic::Claim> Symbolic::unsteady() const {
  std::vector<Claim> out;
  const expr& release = outcomes_[kRelease];
  const auto& kind = choices_.at("kind");
  for (const auto& [name, choice] : choices_) {
    if (!choice.unknown || name == "context" || name == "offence") continue;  // absent, not unknown: nobody has to have said which
    // A conflict that nobody wrote down is unknown of staff and partners; of the person and the family it is none.
    const expr belongs = name == "conflict" ? kind.is.at("staff") || kind.is.at("partner") || *kind.unknown : yes();
    for (const auto& [word, value] : choice.is) {
      z3::expr_vector from(c_), to(c_);
      from.push_back(*choice.unknown);
      to.push_back(no());
      from.push_back(value);
      to.push_back(yes());
      expr other = release, still_a_state = domain_;
      out.push_back({name + "=" + word, domain_ && belongs && *choice.unknown && release && still_a_state.substitute(from, to) && !other.substitute(from, to)});
    }
  }
  return out;
}

std::vector<Symbolic::Claim> Symbolic::rules() const {
  std::vector<Claim> out;
  for (const auto* list : {&permits_, &forbids_, &refers_})
    for (const Weighed& one : *list) out.push_back({one.rule->at("id"), domain_ && one.of_case.surely && one.of_item.surely});
  return out;
}

std::vector<expr> Symbolic::corners() const {
  std::vector<expr> out;
  for (const auto& [name, choice] : choices_) {
    for (const auto& [word, one] : choice.is) out.push_back(one);
    if (choice.unknown) out.push_back(*choice.unknown);
  }
  for (const std::string& one : flags_) {
    out.push_back(flag(one));
    out.push_back(!flag(one));
  }
  for (const int line : {13, 16, 18}) {
    out.push_back(age_known_ && age_ == line);
    out.push_back(age_known_ && age_ == line - 1);
  }
  out.push_back(!age_known_);
  out.push_back(!tenure_known_);
  const int longest = setting("consent").value("max_days", 365);
  out.push_back(consent_days_ == longest);
  out.push_back(consent_days_ == longest + 1);
  for (const auto* list : {&permits_, &forbids_, &refers_})
    for (const Weighed& one : *list) {
      out.push_back(one.of_case.surely && one.of_item.surely);
      out.push_back(one.of_case.possibly && one.of_item.possibly && !one.of_case.surely);
      out.push_back(one.of_case.claimed && one.of_item.surely);
    }
  return out;
}

Case Symbolic::case_of(const z3::model& model) const {
  const auto holds_in = [&](const expr& one) { return model.eval(one, true).is_true(); };
  const auto said = [&](const std::string& name) { return holds_in(flag(name)); };
  const auto number = [&](const expr& one) { return model.eval(one, true).get_numeral_int(); };
  const auto word_of = [&](const std::string& name) {
    for (const auto& [word, one] : choices_.at(name).is)
      if (holds_in(one)) return word;
    return std::string();
  };
  const auto set = [&](const std::string& name, auto& fact) { fact = from_text<typename std::remove_reference_t<decltype(fact)>::value_type>(word_of(name)); };
  const auto truth = [&](const std::string& name) {
    const std::string word = word_of(name);
    return word == "true" ? std::optional(true) : word == "false" ? std::optional(false) : std::nullopt;
  };
  Case out;
  out.flow = flow_;
  bool law = false;
  for (const json& one : list_in(pack_, "switches")) law = law || said("law " + one.at("name").get<std::string>());
  const Date today = *read_date(law ? "2026-11-24" : "2026-05-20");
  const auto before = [&](int days) { return Date(std::chrono::sys_days(today) - std::chrono::days(days)); };
  out.at = std::chrono::sys_days(today) + std::chrono::hours(12);
  set("purpose", out.purpose);
  Requester& who = out.requester;
  set("kind", who.kind);
  set("role", who.role);
  set("training", who.training);
  who.attested = truth("attested");
  who.signed_off = truth("signed_off");
  who.parental_responsibility = truth("parental");
  who.marked_risk = truth("marked_risk");
  who.conflict = truth("conflict");
  if (holds_in(tenure_known_)) who.tenure_days = number(tenure_);
  if (said("officer")) who.officer = "duty sergeant";
  const bool sends = is_flow(Flow::referral) || is_flow(Flow::hypothetical);
  std::string named;
  if (holds_in(agency_here_)) {
    Recipient agency{"example-agency", std::nullopt, std::nullopt};
    set("type", agency.agency_type);
    set("agreement", agency.agreement);
    named = "example-agency";
    if (sends) out.recipient = agency;
    else who.agency = agency.agency, who.agency_type = agency.agency_type, who.agreement = agency.agreement;
  } else if (!sends) {
    // An agency's type that somebody else writes down counts for nothing.
    set("type", who.agency_type);
    set("agreement", who.agreement);
  }
  if (who.kind == RequesterKind::parent || who.kind == RequesterKind::representative || who.kind == RequesterKind::advocate) {
    who.person = "mother";
    if (named.empty()) named = "person:mother";
  }
  if (holds_in(age_known_)) out.subject.age = number(age_);
  set("competence", out.subject.competence);
  set("offence", out.offence);
  set("notice", out.notice);
  out.urgency = *from_text<Urgency>(word_of("urgency"));
  set("context", out.context);
  out.emergency = word_of("emergency") == "true";
  out.best_interests = truth("best_interests");
  for (const std::string& code : words<CircumstanceCode>())
    if (const std::string found = word_of("circumstance " + code); found != "absent") out.circumstances.push_back({*from_text<CircumstanceCode>(code), found == "evidenced"});
  for (const std::string& one : words<Statement>())
    if (said("stated " + one)) out.stated.push_back(*from_text<Statement>(one));
  for (const std::string& one : words<Role>()) {
    if (said("approved " + one)) out.approvals.push_back(*from_text<Role>(one));
    if (said("consulted " + one)) out.consulted.push_back(*from_text<Role>(one));
  }
  Item item;
  item.id = "1";
  set("category", item.category);
  set("compartment", item.compartment);
  item.relevant = truth("relevant");
  item.given_in_confidence = truth("confidence");
  item.withheld_from_requester = truth("withheld");
  out.items = {item};
  const std::string consent = word_of("said");
  if (consent == "nothing") return out;
  Consent one;
  one.agencies = {consent == "scope" || named.empty() ? "somebody-else" : named};
  if (item.category) one.categories = {std::string(text(*item.category))};
  if (out.purpose) one.purposes = {std::string(text(*out.purpose))};
  one.form = ConsentForm::written;
  one.given_by = GivenBy::subject;
  one.given = before(30);
  one.expires = before(-30);
  const int age = number(consent_days_);
  if (consent == "refused") one.refused = true;
  if (consent == "withdrawn") one.withdrawn = before(3);
  if (consent == "expired") one.expires = before(1);
  if (consent == "blanket") one.expires.reset();
  if (consent == "yes") {
    set("form", one.form);
    set("giver", one.given_by);
    one.given = before(age);
    one.expires = before(-1);
    for (const auto& [flag_name, giver] : {std::pair{"own_no", GivenBy::subject}, {"parent_no", GivenBy::parental_responsibility}})
      if (said(flag_name)) {
        Consent no_of_theirs = one;
        no_of_theirs.refused = true;
        no_of_theirs.given_by = giver;
        no_of_theirs.given = before(age + 1);
        out.consents.push_back(no_of_theirs);
      }
  }
  out.consents.push_back(one);
  return out;
}

}  // namespace gatehouse::policy::reference
