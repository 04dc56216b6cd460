// Which mutants a pack has.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "policy/decision/compiled.hpp"
#include "policy/prove/mutation.hpp"

namespace gatehouse::policy {
namespace {

using nlohmann::json;

template <class Enum>
std::vector<json> vocabulary() {
  return {Words<Enum>::list.begin(), Words<Enum>::list.end()};
}

// All words that an atom of `when` may name; empty for ranges and laws.
std::vector<json> vocabulary_of(const std::string& atom) {
  if (atom == "flow") return vocabulary<Flow>();
  if (atom == "purpose") return vocabulary<Purpose>();
  if (atom == "requester.kind") return vocabulary<RequesterKind>();
  if (atom == "requester.role" || atom == "approved.role" || atom == "advised.role") return vocabulary<Role>();
  if (atom == "requester.training") return vocabulary<Training>();
  if (atom == "recipient.type") return vocabulary<AgencyType>();
  if (atom == "agreement") return vocabulary<AgreementState>();
  if (atom == "subject.competence") return vocabulary<Competence>();
  if (atom == "notice") return vocabulary<Notice>();
  if (atom == "urgency") return vocabulary<Urgency>();
  if (atom == "context") return vocabulary<Context>();
  if (atom == "circumstance" || atom == "claimed.circumstance") return vocabulary<CircumstanceCode>();
  if (atom == "stated") return vocabulary<Statement>();
  if (atom == "offence.state") return vocabulary<OffenceState>();
  if (atom == "risk") return vocabulary<RiskFact>();
  if (atom == "request") return vocabulary<FormFact>();
  if (atom == "item.category") return vocabulary<Category>();
  if (atom == "item.compartment") return vocabulary<Compartment>();
  if (atom == "item.detail") return vocabulary<Detail>();
  if (atom == "consent.state") return vocabulary<ConsentState>();
  if (atom == "consent.form") return vocabulary<ConsentForm>();
  if (atom == "consent.given_by") return vocabulary<GivenBy>();
  if (atom == "best_interests") return {true, false, nullptr};
  return {true, false};  // a flag
}

std::string spoken(const json& value) { return value.is_string() ? value.get<std::string>() : value.is_null() ? "nobody judged" : value.dump(); }

class Enumerating {
 public:
  explicit Enumerating(const json& pack) : pack_(pack) {}

  std::vector<Mutant> take() {
    const json& ages = pack_.at("/settings/age_bands/value"_json_pointer);
    if (ages.contains("lines")) age_lines_ = ages.at("lines").get<std::vector<int>>();
    if (ages.contains("tenure_lines")) tenure_lines_ = ages.at("tenure_lines").get<std::vector<int>>();
    for (std::size_t i = 0; i < pack_.at("rules").size(); ++i) rule(i);
    settings();
    return std::move(out_);
  }

 private:
  void put(std::string name, const std::string& where, const json& value) { out_.push_back({std::move(name), where, value.dump()}); }
  void drop(std::string name, const std::string& where) { out_.push_back({std::move(name), where, {}}); }

  // Each word of a list gone; the last one stays, an empty list being another thing than a shorter one.
  void each_gone(const std::string& name, const std::string& where, const json& list, bool last_too = false) {
    if (list.size() < 2 && !last_too) return;
    for (std::size_t i = 0; i < list.size(); ++i) {
      json rest = list;
      rest.erase(i);
      put(name + " without " + spoken(list[i]), where, rest);
    }
  }

  void atoms(const std::string& name, const std::string& where, const json& terms, bool last_stays) {
    for (const auto& [atom, value] : terms.items()) {
      const std::string path = where + "/" + atom, called = name + "." + atom;
      if (!last_stays || terms.size() > 1) drop(called + " gone", path);
      if (value.is_object()) {
        range(called, path, value, atom == "subject.age" ? age_lines_ : tenure_lines_);
        continue;
      }
      each_gone(called, path, value);
      if (atom == "law") continue;
      json others = json::array();
      for (const json& word : vocabulary_of(atom))
        if (std::find(value.begin(), value.end(), word) == value.end()) others.push_back(word);
      if (!others.empty()) put(called + " turned round", path, others);
    }
  }

  void range(const std::string& name, const std::string& where, const json& value, const std::vector<int>& lines) {
    if (value.size() == 1) {
      const bool least = value.contains("at_least");
      put(name + " turned round", where, {{least ? "below" : "at_least", value.begin().value()}});
    }
    for (const auto& [bound, line] : value.items()) {
      if (value.size() > 1) drop(name + "." + bound + " gone", where + "/" + bound);
      const auto at = std::find(lines.begin(), lines.end(), line.get<int>());
      if (at == lines.end()) continue;
      const auto moved = [&](int to) { put(name + "." + bound + " " + std::to_string(to), where + "/" + bound, to); };
      if (at != lines.begin()) moved(*(at - 1));
      if (at + 1 != lines.end()) moved(*(at + 1));
    }
  }

  void rule(std::size_t index) {
    const json& rule = pack_.at("rules").at(index);
    const std::string where = "/rules/" + std::to_string(index), name = "rule " + rule.at("id").get<std::string>() + ": ";
    const std::string effect = rule.at("effect"), stratum = rule.at("stratum");
    const auto with = [&](const std::string& what, const json& changes) {
      json changed = rule;
      changed.merge_patch(changes);  // null: the key is gone
      put(name + what, where, changed);
    };
    drop(name + "gone", where);
    atoms(name + "when", where + "/when", rule.at("when"), true);
    if (rule.contains("unless")) atoms(name + "unless", where + "/unless", rule.at("unless"), false);
    if (effect == "permit") {
      with("forbids", {{"effect", "forbid"}, {"reason", "not_necessary"}, {"duty", nullptr}, {"overrides", nullptr}, {"anonymised", nullptr}});
      with(stratum == "exception" ? "in stratum consent" : "in stratum exception",
           {{"stratum", stratum == "exception" ? "consent" : "exception"}, {"anonymised", rule.value("anonymised", stratum == "anonymise")}});
      with("anonymised turned round", {{"anonymised", !rule.value("anonymised", stratum == "anonymise")}});
      if (rule.contains("duty")) with("no duty", {{"duty", nullptr}});
      else with("a duty", {{"duty", "must_share"}});
    }
    if (effect == "forbid") {
      with("permits", {{"effect", "permit"}, {"reason", nullptr}});
      with("for another reason", {{"reason", rule.at("reason") == "not_necessary" ? "role" : "not_necessary"}});
    }
    if (effect == "refer") with("permits", {{"effect", "permit"}, {"reason", nullptr}});
    if (rule.contains("needs_approval") && !rule.at("needs_approval").empty()) {
      const json& roles = rule.at("needs_approval");
      if (effect != "refer") with("needs nobody", {{"needs_approval", nullptr}, {"mode", nullptr}, {"own_approval", nullptr}});
      each_gone(name + "needs_approval", where + "/needs_approval", roles);
      put(name + "needs_approval of the auditor", where + "/needs_approval", json::array({"auditor"}));
      if (effect == "permit") with("mode turned round", {{"mode", rule.value("mode", "required") == "required" ? "advice" : "required"}});
    }
    if (rule.contains("approval")) {
      if (effect != "refer") with("no route", {{"approval", nullptr}, {"own_approval", nullptr}});
      with("needs the auditor instead of the route", {{"approval", nullptr}, {"needs_approval", json::array({"auditor"})}});
    }
    if (rule.contains("own_approval")) with("own_approval turned round", {{"own_approval", !rule.at("own_approval").get<bool>()}});
    if (rule.contains("overrides")) each_gone(name + "overrides", where + "/overrides", rule.at("overrides"), true);
    const json duties = rule.value("oblige", json::array()), clocks = rule.value("clocks", json::array());
    const bool one_thing = effect == "oblige" && duties.size() + clocks.size() == 1;  // the rule itself gone says the same
    for (std::size_t i = 0; i < duties.size(); ++i) {
      const json& duty = duties[i];
      const std::string path = where + "/oblige/" + std::to_string(i), called = name + "oblige." + duty.at("kind").get<std::string>();
      if (!one_thing) drop(called + " gone", path);
      put(called + (duty.value("when", "none") == "before" ? " after" : " before"), path + "/when", duty.value("when", "none") == "before" ? "after" : "before");
      if (duty.contains("to")) each_gone(called + ".to", path + "/to", duty.at("to"), true);
    }
    if (!one_thing) each_gone(name + "clocks", where + "/clocks", clocks, true);
    if (rule.contains("on")) {
      drop(name + "on gone", where + "/on");
      each_gone(name + "on", where + "/on", rule.at("on"));
    }
    if (rule.at("cite").contains("clauses")) each_gone(name + "cite", where + "/cite/clauses", rule.at("cite").at("clauses"), rule.at("cite").contains("clause"));
  }

  // ------------------------------------------------ settings
  const json* setting(const std::string& name) const {
    const json& all = pack_.at("settings");
    return all.contains(name) ? &all.at(name).at("value") : nullptr;
  }
  void flip(const std::string& name, const std::string& key, bool otherwise) {
    if (const json* value = setting(name)) put(name + "." + key + " turned round", "/settings/" + name + "/value/" + key, !value->value(key, otherwise));
  }
  void shorter(const std::string& name, const std::string& key) {
    if (const json* value = setting(name); value && value->contains(key)) each_gone(name + "." + key, "/settings/" + name + "/value/" + key, value->at(key));
  }
  void cited(const std::string& name) {
    each_gone(name + ".clauses", "/settings/" + name + "/clauses", pack_.at("settings").at(name).value("clauses", json::array()));
  }

  void settings() {
    if (const json* notice = setting("notify_subject")) {
      for (const char* mode : {"off", "default", "always"})
        if (notice->at("mode") != mode) put("notify_subject.mode " + std::string(mode), "/settings/notify_subject/value/mode", mode);
      const char* when = notice->value("when", "before") == "before" ? "after" : "before";
      put("notify_subject.when " + std::string(when), "/settings/notify_subject/value/when", when);
      cited("notify_subject");
    }
    flip("age_bands", "parent_consent_16_17", false);
    routes();
    shorter("deputies", "self_referrers");
    clocks();
    shorter("break_rule", "recipients");
    shorter("consent", "form");
    if (const json* consent = setting("consent")) {
      const int days = consent->value("max_days", 365);
      for (const int other : {days - 1, days + 1}) put("consent.max_days " + std::to_string(other), "/settings/consent/value/max_days", other);
      cited("consent");
    }
    shorter("serious_offences", "serious_offences");
    flip("serious_offences", "exhaustive", false);
    flip("role_gates", "training", false);
    flip("role_gates", "attested", false);
    if (const json* gates = setting("role_gates"); gates && gates->contains("volunteer")) {
      const json& volunteer = gates->at("volunteer");
      const std::string path = "/settings/role_gates/value/volunteer";
      drop("role_gates.volunteer gone", path);
      const int days = volunteer.value("min_days", 0);
      for (const int other : {days - 1, days + 1})
        if (other >= 0) put("role_gates.volunteer.min_days " + std::to_string(other), path + "/min_days", other);
      put("role_gates.volunteer.signoff turned round", path + "/signoff", !volunteer.value("signoff", false));
    }
    cited("role_gates");
    for (const auto& [ground, clauses] : pack_.at("cites").items()) each_gone("cites." + ground, "/cites/" + ground, clauses, ground != "keep");
    if (pack_.contains("matrix"))
      for (const auto& [purpose, cells] : pack_.at("matrix").items())
        for (const auto& [category, cell] : cells.items()) {
          const std::string path = "/matrix/" + purpose + "/" + category, name = "matrix." + purpose + "." + category;
          drop(name + " gone", path);
          if (cell != "none") put(name + " none", path, "none");
        }
  }

  void routes() {
    const json* value = setting("refer_routes");
    if (!value) return;
    const std::string path = "/settings/refer_routes/value";
    for (std::size_t i = 0; i < value->at("routes").size(); ++i) {
      const json& route = value->at("routes").at(i);
      const std::string where = path + "/routes/" + std::to_string(i), name = "refer_routes." + std::to_string(i + 1);
      each_gone(name + ".purposes", where + "/purposes", route.at("purposes"), true);
      for (const char* mode : {"required", "advice", "none"})
        if (route.at("mode") != mode) put(name + ".mode " + mode, where + "/mode", mode);
      each_gone(name + ".any_of", where + "/any_of", route.value("any_of", json::array()));
      put(name + ".any_of the auditor", where + "/any_of", json::array({"auditor"}));
    }
    for (const char* list : {"unsure", "no_agreement", "purpose_unknown", "emergency"}) {
      each_gone(std::string("refer_routes.") + list, path + "/" + list, value->at(list));
      put(std::string("refer_routes.") + list + " the auditor", path + "/" + list, json::array({"auditor"}));
    }
    cited("refer_routes");
  }

  void clocks() {
    const json* value = setting("clocks");
    if (!value) return;
    const std::string path = "/settings/clocks/value";
    const json list = value->value("clocks", json::array());
    bool school = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const json& clock = list[i];
      const std::string where = path + "/clocks/" + std::to_string(i), kind = clock.at("kind"), name = "clocks." + kind, duration = clock.at("duration");
      drop(name + " gone", where);
      for (const char* other : {"PT2H", "P3D"}) put(name + ".duration " + other, where + "/duration", other);
      for (const char* other : {"elapsed", "working", "school_day"})
        if (clock.at("calendar") != other && duration != "school_day_end" && duration.starts_with("P") && !duration.starts_with("PT"))
          put(name + ".calendar " + other, where + "/calendar", other);
      put(name + ".open_days_only turned round", where + "/open_days_only", !clock.value("open_days_only", false));
      each_gone(name + ".clauses", where + "/clauses", clock.value("clauses", json::array()));
      school = school || clock.at("calendar") == "school_day";
    }
    if (school)
      for (const char* other : {"15:00", "17:00"}) put(std::string("clocks.school_day_end ") + other, path + "/school_day_end", other);
    if (value->contains("open_days")) each_gone("clocks.open_days", path + "/open_days", value->at("open_days"));
  }

  const json& pack_;
  std::vector<int> age_lines_ = {13, 16, 18}, tenure_lines_;
  std::vector<Mutant> out_;
};

}  // namespace

std::vector<Mutant> mutants_of(std::string_view pack) {
  const json document = json::parse(pack, nullptr, false);
  try {
    return Enumerating(document).take();
  } catch (const json::exception&) {
    return {};
  }
}

std::string with_mutant(std::string_view pack, const Mutant& mutant) {
  json document = json::parse(pack);
  const json::json_pointer where(mutant.where);
  if (!mutant.value.empty()) {
    document[where] = json::parse(mutant.value);
    return document.dump();
  }
  json& parent = document.at(where.parent_pointer());
  if (parent.is_array()) parent.erase(std::stoul(where.back()));
  else parent.erase(where.back());
  return document.dump();
}

}  // namespace gatehouse::policy
