#include "policy/prove/universe.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

namespace gatehouse::policy::proving {
namespace {

constexpr std::size_t kTypes = count_of<AgencyType>(), kKinds = count_of<RequesterKind>(), kRoles = count_of<Role>();

template <class Enum>
std::optional<Enum> value_or_nothing(std::uint8_t value) {
  if (value >= count_of<Enum>()) return std::nullopt;
  return static_cast<Enum>(value);
}
std::optional<bool> flag_or_nothing(std::uint8_t value) {
  if (value > 1) return std::nullopt;
  return value == 1;
}

Flow flow_of(std::size_t flow) { return static_cast<Flow>(flow); }
bool sends(std::size_t flow) { return flow < 8 && (flow_of(flow) == Flow::referral || flow_of(flow) == Flow::hypothetical); }

// What a fact is when it does not belong to whoever asks.
std::uint8_t rest_of(Fact fact, std::size_t size) {
  switch (fact) {
    case Fact::conflict:
    case Fact::consent:
    case Fact::consent_days:
    case Fact::consent_form:
    case Fact::consent_giver:
    case Fact::no_recipient: return 0;
    default: return static_cast<std::uint8_t>(size - 1);
  }
}

// Who may have which facts: the same table for the diagram and for one state.
enum class Belongs : std::uint8_t { always, staff, staff_or_partner, family };
Belongs belongs(Fact fact) {
  switch (fact) {
    case Fact::training:
    case Fact::attested:
    case Fact::tenure:
    case Fact::signed_off: return Belongs::staff;
    case Fact::role: return Belongs::staff_or_partner;
    case Fact::parental:
    case Fact::marked_risk: return Belongs::family;
    default: return Belongs::always;
  }
}
bool kind_has(Belongs whose, std::size_t kind) {
  if (kind == kKinds) return true;  // not known who: it may be theirs
  const auto is = static_cast<RequesterKind>(kind);
  switch (whose) {
    case Belongs::always: return true;
    case Belongs::staff: return is == RequesterKind::staff;
    case Belongs::staff_or_partner: return is == RequesterKind::staff || is == RequesterKind::partner;
    case Belongs::family: return is == RequesterKind::parent || is == RequesterKind::representative;
  }
  return true;
}
bool receives(std::size_t flow, std::size_t kind, bool no_recipient) {
  if (flow < 8 && flow_of(flow) == Flow::hypothetical) return !no_recipient;
  if (sends(flow)) return true;
  return kind < kKinds && static_cast<RequesterKind>(kind) == RequesterKind::partner;
}
bool may_receive(std::size_t flow, std::size_t kind, bool no_recipient) { return receives(flow, kind, no_recipient) || (!sends(flow) && kind == kKinds); }
bool named(std::size_t flow, std::size_t kind, bool no_recipient) {
  if (receives(flow, kind, no_recipient)) return true;
  const auto is = static_cast<RequesterKind>(kind);
  return kind < kKinds && (is == RequesterKind::parent || is == RequesterKind::representative || is == RequesterKind::advocate);
}

}  // namespace

void Universe::add(Field f, std::string name, std::size_t size) {
  if (f >= sizes_.size()) {
    sizes_.resize(f + 1u);
    names_.resize(f + 1u);
    first_.resize(f + 1u);
    bits_.resize(f + 1u);
  }
  sizes_[f] = size;
  names_[f] = std::move(name);
  first_[f] = variables_;
  int bits = 0;
  while ((std::size_t{1} << bits) < size) ++bits;
  bits_[f] = bits;
  variables_ += bits;
}

Universe::Universe(std::vector<const CompiledPack*> packs) : packs_(std::move(packs)) {
  std::set<int> ages, tenures, days;
  for (const CompiledPack* pack : packs_) {
    ages.insert(pack->age_lines.begin(), pack->age_lines.end());
    tenures.insert(pack->tenure_lines.begin(), pack->tenure_lines.end());
    days.insert(pack->consent_max_days);
    for (const LawSwitch& one : pack->switches)
      if (std::none_of(switches_.begin(), switches_.end(), [&](const LawSwitch& known) { return known.name == one.name; })) switches_.push_back(one);
  }
  age_lines_.assign(ages.begin(), ages.end());
  tenure_lines_.assign(tenures.begin(), tenures.end());
  day_lines_.assign(days.begin(), days.end());

  std::size_t next = static_cast<std::size_t>(Fact::count);
  circumstances_ = next, next += count_of<CircumstanceCode>();
  stated_ = next, next += count_of<Statement>();
  approvals_ = next, next += kRoles;
  consulted_ = next, next += kRoles;
  law_ = next;

  // The order of the variables: what much depends on comes first, what is asked about together stands together.
  const auto one = [&](Fact fact, const char* name, std::size_t size) { add(field(fact), name, size); };
  one(Fact::purpose, "purpose", count_of<Purpose>() + 1);
  one(Fact::category, "item.category", count_of<Category>() + 1);
  one(Fact::compartment, "item.compartment", count_of<Compartment>() + 1);
  for (std::size_t i = 0; i < count_of<Statement>(); ++i) add(stated(i), "stated " + std::string(text(static_cast<Statement>(i))), 2);
  one(Fact::kind, "requester.kind", kKinds + 1);
  one(Fact::no_recipient, "no recipient", 2);
  one(Fact::type, "recipient.type", kTypes + 1);
  one(Fact::role, "requester.role", kRoles + 1);
  for (std::size_t i = 0; i < kRoles; ++i) {
    add(approval(i), "approval " + std::string(text(static_cast<Role>(i))), 2);
    add(consulted(i), "consulted " + std::string(text(static_cast<Role>(i))), 2);
  }
  one(Fact::emergency, "emergency", 2);
  one(Fact::officer, "requester.officer", 2);
  one(Fact::offence, "offence", count_of<Offence>() + 1);
  one(Fact::age, "subject.age", age_lines_.size() + 2);
  for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i)
    add(circumstance(i), "circumstance " + std::string(text(static_cast<CircumstanceCode>(i))), 3);
  for (std::size_t i = 0; i < switches_.size(); ++i) add(law(i), "law " + switches_[i].name, 2);
  one(Fact::competence, "subject.competence", count_of<Competence>() + 1);
  one(Fact::consent, "consent", 8);
  one(Fact::consent_days, "consent.given", day_lines_.size() + 1);
  one(Fact::consent_form, "consent.form", count_of<ConsentForm>() + 1);
  one(Fact::consent_giver, "consent.given_by", count_of<GivenBy>() + 1);
  one(Fact::agreement, "agreement", count_of<AgreementState>() + 1);
  one(Fact::best_interests, "best_interests", 3);
  one(Fact::marked_risk, "requester.marked_risk", 3);
  one(Fact::parental, "requester.parental_responsibility", 3);
  one(Fact::training, "requester.training", count_of<Training>() + 1);
  one(Fact::attested, "requester.attested", 3);
  one(Fact::tenure, "requester.tenure_days", tenure_lines_.size() + 2);
  one(Fact::signed_off, "requester.signed_off", 3);
  one(Fact::conflict, "requester.conflict", 3);
  one(Fact::relevant, "item.relevant", 3);
  one(Fact::withheld, "item.withheld_from_requester", 3);
  one(Fact::confidence, "item.given_in_confidence", 3);
  one(Fact::notice, "notice", count_of<Notice>());
  one(Fact::context, "context", count_of<Context>() + 1);
  one(Fact::urgency, "urgency", count_of<Urgency>());

  valid_ = bddtrue;
  codes_.resize(fields());
  for (Field f = 0; f < fields(); ++f) {
    bdd any = bddfalse;
    for (std::size_t value = 0; value < sizes_[f]; ++value) {
      bdd code = bddtrue;
      for (int bit = bits_[f] - 1; bit >= 0; --bit) {
        const int variable = first_[f] + bits_[f] - 1 - bit;
        code &= (value >> bit) & 1u ? bdd_ithvar(variable) : bdd_nithvar(variable);
      }
      any |= code;
      codes_[f].push_back(code);
    }
    valid_ &= any;
  }
}

std::string Universe::value_name(Field f, std::size_t value) const {
  const auto word = [&]<class Enum>(Enum) { return value < count_of<Enum>() ? std::string(text(static_cast<Enum>(value))) : std::string("not known"); };
  const auto band = [&](const std::vector<int>& lines) {
    if (value > lines.size()) return std::string("not known");
    if (lines.empty()) return std::string("any");
    return value == 0 ? "below " + std::to_string(lines[0]) : "at least " + std::to_string(lines[value - 1]);
  };
  if (f >= static_cast<Field>(Fact::count)) return value == 0 ? "no" : f >= circumstances_ && f < stated_ ? (value == 1 ? "claimed" : "evidenced") : "yes";
  switch (static_cast<Fact>(f)) {
    case Fact::purpose: return word(Purpose{});
    case Fact::category: return word(Category{});
    case Fact::kind: return word(RequesterKind{});
    case Fact::type: return word(AgencyType{});
    case Fact::role: return word(Role{});
    case Fact::offence: return word(Offence{});
    case Fact::competence: return word(Competence{});
    case Fact::consent_form: return word(ConsentForm{});
    case Fact::consent_giver: return word(GivenBy{});
    case Fact::agreement: return word(AgreementState{});
    case Fact::compartment: return word(Compartment{});
    case Fact::training: return word(Training{});
    case Fact::notice: return word(Notice{});
    case Fact::context: return word(Context{});
    case Fact::urgency: return word(Urgency{});
    case Fact::age: return band(age_lines_);
    case Fact::tenure: return band(tenure_lines_);
    case Fact::consent_days: return value < day_lines_.size() ? "within " + std::to_string(day_lines_[value]) + " days" : "longer ago";
    case Fact::consent: {
      static constexpr std::array<const char*, 8> words = {"nothing", "to something else", "refused", "withdrawn", "expired", "without end", "live", "parents disagree"};
      return words[value];
    }
    default: return value == 0 ? "no" : value == 1 ? "yes" : "not known";
  }
}

bdd Universe::variables_of(Field f) const {
  bdd out = bddtrue;
  for (int i = 0; i < bits_[f]; ++i) out &= bdd_ithvar(first_[f] + i);
  return out;
}

bdd Universe::agency_receives(std::size_t flow) const {
  bdd out = bddfalse;
  for (std::size_t kind = 0; kind <= kKinds; ++kind)
    for (const bool none : {false, true})
      if (receives(flow, kind, none)) out |= is(Fact::kind, kind) & is(Fact::no_recipient, none ? 1u : 0u);
  return out;
}

bdd Universe::agency_may_receive(std::size_t flow) const {
  bdd out = bddfalse;
  for (std::size_t kind = 0; kind <= kKinds; ++kind)
    for (const bool none : {false, true})
      if (may_receive(flow, kind, none)) out |= is(Fact::kind, kind) & is(Fact::no_recipient, none ? 1u : 0u);
  return out;
}

bdd Universe::can_be_named(std::size_t flow) const {
  bdd out = bddfalse;
  for (std::size_t kind = 0; kind <= kKinds; ++kind)
    for (const bool none : {false, true})
      if (named(flow, kind, none)) out |= is(Fact::kind, kind) & is(Fact::no_recipient, none ? 1u : 0u);
  return out;
}

bdd Universe::domain(std::size_t flow) const {
  bdd out = valid_;
  const auto rest = [&](Fact fact) -> const bdd& { return is(fact, rest_of(fact, size(field(fact)))); };
  for (std::size_t f = 0; f < static_cast<std::size_t>(Fact::count); ++f) {
    const auto fact = static_cast<Fact>(f);
    if (belongs(fact) == Belongs::always) continue;
    bdd theirs = bddfalse;
    for (std::size_t kind = 0; kind <= kKinds; ++kind)
      if (kind_has(belongs(fact), kind)) theirs |= is(Fact::kind, kind);
    out &= theirs | rest(fact);
  }
  bdd close = is(Fact::kind, RequesterKind::staff) | is(Fact::kind, RequesterKind::partner) | unknown(Fact::kind);
  out &= close | !unknown(Fact::conflict);
  if (!(flow < 8 && flow_of(flow) == Flow::hypothetical)) out &= rest(Fact::no_recipient);
  out &= agency_receives(flow) | (rest(Fact::type) & rest(Fact::agreement));
  const bdd nothing = is(Fact::consent, Said::nothing), scope = is(Fact::consent, Said::scope), live = is(Fact::consent, Said::live), disagree = is(Fact::consent, Said::disagree);
  out &= can_be_named(flow) | nothing | scope;
  out &= nothing | !(unknown(Fact::purpose) | unknown(Fact::category));
  out &= live | disagree | (rest(Fact::consent_days) & rest(Fact::consent_form));
  out &= live | rest(Fact::consent_giver);
  // a law of a later day is not in force without one of an earlier day
  for (std::size_t a = 0; a < switches_.size(); ++a)
    for (std::size_t b = 0; b < switches_.size(); ++b)
      if (switches_[a].from && switches_[b].from && *switches_[a].from <= *switches_[b].from) out &= yes(law(a)) | !yes(law(b));
  return out;
}

void Universe::make_canonical(State& state) const {
  auto& v = state.values;
  const auto at = [&](Fact fact) -> std::uint8_t& { return v[field(fact)]; };
  const std::size_t kind = at(Fact::kind);
  const auto put_to_rest = [&](Fact fact) { at(fact) = rest_of(fact, size(field(fact))); };
  for (std::size_t f = 0; f < static_cast<std::size_t>(Fact::count); ++f)
    if (!kind_has(belongs(static_cast<Fact>(f)), kind)) put_to_rest(static_cast<Fact>(f));
  if (!kind_has(Belongs::staff_or_partner, kind) && at(Fact::conflict) == 2) at(Fact::conflict) = 0;
  if (!(state.flow < 8 && flow_of(state.flow) == Flow::hypothetical)) put_to_rest(Fact::no_recipient);
  const bool none = at(Fact::no_recipient) == 1;
  if (!receives(state.flow, kind, none)) put_to_rest(Fact::type), put_to_rest(Fact::agreement);
  auto& said = at(Fact::consent);
  if (!named(state.flow, kind, none) && said != static_cast<std::uint8_t>(Said::nothing)) said = static_cast<std::uint8_t>(Said::scope);
  if (at(Fact::purpose) == count_of<Purpose>() || at(Fact::category) == count_of<Category>()) said = static_cast<std::uint8_t>(Said::nothing);
  const bool live = said == static_cast<std::uint8_t>(Said::live);
  if (!live && said != static_cast<std::uint8_t>(Said::disagree)) put_to_rest(Fact::consent_days), put_to_rest(Fact::consent_form);
  if (!live) put_to_rest(Fact::consent_giver);
  for (std::size_t a = 0; a < switches_.size(); ++a)
    for (std::size_t b = 0; b < switches_.size(); ++b)
      if (switches_[a].from && switches_[b].from && *switches_[a].from <= *switches_[b].from && v[law(b)]) v[law(a)] = 1;
}

Point Universe::point(const State& state) const {
  Point out{};
  for (Field f = 0; f < fields(); ++f)
    for (int i = 0; i < bits_[f]; ++i) out[static_cast<std::size_t>(first_[f] + i)] = (state.values[f] >> (bits_[f] - 1 - i)) & 1u;
  return out;
}

bool Universe::holds(const bdd& set, const Point& at) {
  BDD node = set.id();
  while (node > 1) node = at[static_cast<std::size_t>(bdd_var(node))] ? bdd_high(node) : bdd_low(node);
  return node == 1;
}

// Down three diagrams at once, at each variable first the way that `variables` says; what led nowhere is not tried again.
bool Universe::find_way(const std::array<BDD, 3>& sets, Point& variables) {
  struct Hash {
    std::size_t operator()(const std::array<BDD, 3>& key) const {
      std::size_t out = 0;
      for (const BDD one : key) out = out * 1000003u + static_cast<std::size_t>(one);
      return out;
    }
  };
  std::unordered_set<std::array<BDD, 3>, Hash> dead;
  const auto go = [&](const auto& self, const std::array<BDD, 3>& at) -> bool {
    int variable = kMostVariables;
    for (const BDD node : at) {
      if (node == 0) return false;
      if (node > 1) variable = std::min(variable, bdd_var(node));  // the order of the variables is that of their numbers
    }
    if (variable == kMostVariables) return true;
    if (dead.contains(at)) return false;
    const auto index = static_cast<std::size_t>(variable);
    for (int turn = 0; turn < 2; ++turn) {
      std::array<BDD, 3> below = at;
      for (BDD& node : below)
        if (node > 1 && bdd_var(node) == variable) node = variables[index] ? bdd_high(node) : bdd_low(node);
      if (self(self, below)) return true;
      variables[index] ^= 1u;
    }
    dead.insert(at);
    return false;
  };
  return go(go, sets);
}

State Universe::from_variables(const Point& variables, std::size_t flow) const {
  State out{flow, std::vector<std::uint8_t>(fields())};
  for (Field f = 0; f < fields(); ++f)
    for (int i = 0; i < bits_[f]; ++i) out.values[f] = static_cast<std::uint8_t>(out.values[f] << 1 | variables[static_cast<std::size_t>(first_[f] + i)]);
  return out;
}

State Universe::plainest(const bdd& set, std::size_t flow) const {
  State out{flow, std::vector<std::uint8_t>(fields())};
  bdd left = set;
  const auto choose = [&](Field f, auto&& order) {
    for (std::size_t i = 0; i < size(f); ++i) {
      const std::size_t value = order(i);
      const bdd narrower = left & is(f, value);
      if (empty(narrower)) continue;
      left = narrower;
      out.values[f] = static_cast<std::uint8_t>(value);
      return;
    }
  };
  const auto rising = [](std::size_t i) { return i; };
  for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i) choose(circumstance(i), rising);
  for (std::size_t i = 0; i < kRoles; ++i) choose(approval(i), rising), choose(consulted(i), rising);
  for (std::size_t i = 0; i < switches_.size(); ++i) choose(law(i), rising);
  for (const Fact fact : {Fact::emergency, Fact::officer, Fact::consent, Fact::withheld, Fact::conflict, Fact::marked_risk, Fact::confidence, Fact::compartment, Fact::no_recipient,
                          Fact::consent_days, Fact::consent_form, Fact::consent_giver, Fact::agreement, Fact::training, Fact::notice, Fact::kind, Fact::purpose,
                          Fact::category, Fact::type, Fact::role})
    choose(field(fact), rising);
  const auto yes_first = [](std::size_t i) { return i == 0 ? std::size_t{1} : i == 1 ? std::size_t{0} : i; };
  for (const Fact fact : {Fact::relevant, Fact::parental, Fact::attested, Fact::signed_off}) choose(field(fact), yes_first);
  for (std::size_t i = 0; i < count_of<Statement>(); ++i) choose(stated(i), rising);
  const auto none_first = [&](Fact fact) { return [n = size(field(fact)) - 1](std::size_t i) { return i == 0 ? n : i - 1; }; };
  choose(field(Fact::offence), none_first(Fact::offence));
  choose(field(Fact::context), none_first(Fact::context));
  choose(field(Fact::best_interests), none_first(Fact::best_interests));
  const auto routine_first = [n = size(field(Fact::urgency)) - 1](std::size_t i) { return n - i; };
  choose(field(Fact::urgency), routine_first);
  // the last band that is known first: long service
  const auto long_first = [n = size(field(Fact::tenure)) - 2](std::size_t i) { return i <= n ? n - i : i; };
  choose(field(Fact::tenure), long_first);
  const auto old_first = [n = size(field(Fact::age)) - 2](std::size_t i) { return i <= n ? n - i : i; };
  choose(field(Fact::age), old_first);
  choose(field(Fact::competence), rising);
  return out;
}

Case Universe::case_of(const State& state, const CompiledPack& pack, std::string* note) const {
  const auto at = [&](Fact fact) { return state.values[field(fact)]; };
  Case out;
  if (state.flow < 8) out.flow = flow_of(state.flow);
  out.purpose = value_or_nothing<Purpose>(at(Fact::purpose));
  // the day: before every law that is not in force, and not before one that is
  Date today = std::chrono::year(2026) / 11 / 24;
  for (const LawSwitch& mine : pack.switches)
    for (std::size_t i = 0; i < switches_.size(); ++i) {
      if (switches_[i].name != mine.name) continue;
      const bool on = state.values[law(i)] == 1;
      if (on && !mine.from && note) *note += "law `" + mine.name + "` in force: set its date in $.switches to see this; ";
      if (!mine.from) continue;
      if (on && today < *mine.from) today = *mine.from;
      if (!on && today >= *mine.from) today = Date(std::chrono::sys_days(*mine.from) - std::chrono::days(1));
    }
  out.at = std::chrono::sys_days(today) + std::chrono::hours(12);
  const auto day_before = [&](int days) { return Date(std::chrono::sys_days(today) - std::chrono::days(days)); };

  Requester& who = out.requester;
  who.kind = value_or_nothing<RequesterKind>(at(Fact::kind));
  const std::size_t kind = at(Fact::kind);
  const bool none = at(Fact::no_recipient) == 1;
  const std::string agency = "example-agency";
  std::string other_side;
  const auto type = value_or_nothing<AgencyType>(at(Fact::type));
  const auto agreement = value_or_nothing<AgreementState>(at(Fact::agreement));
  if (sends(state.flow)) {
    if (!none) out.recipient = Recipient{agency, type, agreement};
  } else if (receives(state.flow, kind, none)) {
    who.agency = agency;
    who.agency_type = type;
    who.agreement = agreement;
  }
  if (receives(state.flow, kind, none)) other_side = agency;
  if (who.kind == RequesterKind::parent || who.kind == RequesterKind::representative || who.kind == RequesterKind::advocate) {
    who.person = who.kind == RequesterKind::parent ? "mother" : std::string(text(*who.kind));
    if (other_side.empty()) other_side = "person:" + *who.person;
  }
  if (kind_has(Belongs::staff_or_partner, kind)) who.role = value_or_nothing<Role>(at(Fact::role));
  if (kind_has(Belongs::staff, kind)) {
    who.training = value_or_nothing<Training>(at(Fact::training));
    who.attested = flag_or_nothing(at(Fact::attested));
    who.signed_off = flag_or_nothing(at(Fact::signed_off));
    if (const std::size_t band = at(Fact::tenure); band <= tenure_lines_.size()) who.tenure_days = band == 0 ? (tenure_lines_.empty() ? 400 : tenure_lines_[0] - 1) : tenure_lines_[band - 1];
  }
  if (kind_has(Belongs::family, kind)) {
    who.parental_responsibility = flag_or_nothing(at(Fact::parental));
    who.marked_risk = flag_or_nothing(at(Fact::marked_risk));
  }
  who.conflict = flag_or_nothing(at(Fact::conflict));
  if (at(Fact::officer)) who.officer = "duty sergeant";
  if (const std::size_t band = at(Fact::age); band <= age_lines_.size()) out.subject.age = band == 0 ? age_lines_[0] - 1 : age_lines_[band - 1];
  out.subject.competence = value_or_nothing<Competence>(at(Fact::competence));
  for (std::size_t i = 0; i < count_of<Statement>(); ++i)
    if (state.values[stated(i)]) out.stated.push_back(static_cast<Statement>(i));
  out.offence = value_or_nothing<Offence>(at(Fact::offence));
  for (std::size_t i = 0; i < count_of<CircumstanceCode>(); ++i)
    if (const auto found = static_cast<Finding>(state.values[circumstance(i)]); found != Finding::absent)
      out.circumstances.push_back({static_cast<CircumstanceCode>(i), found == Finding::evidenced});
  for (std::size_t i = 0; i < kRoles; ++i) {
    if (state.values[approval(i)]) out.approvals.push_back(static_cast<Role>(i));
    if (state.values[consulted(i)]) out.consulted.push_back(static_cast<Role>(i));
  }
  out.notice = static_cast<Notice>(at(Fact::notice));
  out.urgency = static_cast<Urgency>(at(Fact::urgency));
  out.best_interests = flag_or_nothing(at(Fact::best_interests));
  out.context = value_or_nothing<Context>(at(Fact::context));
  out.emergency = at(Fact::emergency) == 1;

  Item item;
  item.id = "1";
  item.category = value_or_nothing<Category>(at(Fact::category));
  item.compartment = value_or_nothing<Compartment>(at(Fact::compartment));
  item.relevant = flag_or_nothing(at(Fact::relevant));
  item.given_in_confidence = flag_or_nothing(at(Fact::confidence));
  item.withheld_from_requester = flag_or_nothing(at(Fact::withheld));
  out.items.push_back(item);

  const auto said = static_cast<Said>(at(Fact::consent));
  if (said != Said::nothing) {
    Consent one;
    one.agencies = {other_side.empty() ? "another-agency" : other_side};
    if (item.category) one.categories.emplace_back(text(*item.category));
    if (out.purpose) one.purposes.emplace_back(text(*out.purpose));
    one.form = value_or_nothing<ConsentForm>(at(Fact::consent_form));
    one.given_by = value_or_nothing<GivenBy>(at(Fact::consent_giver));
    const std::size_t band = at(Fact::consent_days);
    const int days = band < day_lines_.size() ? day_lines_[band] : day_lines_.back() + 1;
    one.given = day_before(days);
    one.expires = day_before(-30);
    switch (said) {
      case Said::nothing: break;
      case Said::scope: one.agencies = {"another-agency"}; break;
      case Said::refused: one.refused = true; break;
      case Said::withdrawn: one.withdrawn = day_before(1); break;
      case Said::expired: one.expires = day_before(1); break;
      case Said::blanket: one.expires.reset(); break;
      case Said::live: break;
      case Said::disagree: {
        one.given_by = GivenBy::parental_responsibility;
        Consent no = one;
        no.refused = true;
        no.given = day_before(days + 1);
        out.consents.push_back(no);
      }
    }
    out.consents.push_back(one);
  }
  return out;
}

}  // namespace gatehouse::policy::proving
