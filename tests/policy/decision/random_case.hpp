#pragma once
// Random cases for property tests: a case of the project, changed in some places. Starting from real ones reaches the releases that random
// bits would almost never hit.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "policy/decision/case.hpp"

namespace gatehouse::policy::test {

// Every random choice comes from one seed, so RapidCheck can replay it.
class RandomCase {
 public:
  RandomCase(const std::vector<Case>& from, unsigned seed) : random_(seed), from_(from) {}

  Case next() {
    Case out = from_[below(from_.size())];
    for (std::size_t n = below(6); n > 0; --n) change(out);
    return out;
  }
  std::size_t below(std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most - 1)(random_); }
  bool coin() { return below(2) == 0; }
  template <class Enum>
  Enum word() { return static_cast<Enum>(below(count_of<Enum>())); }
  template <class Value>
  void shuffle(std::vector<Value>& list) { std::shuffle(list.begin(), list.end(), random_); }

  // One change at random.
  void change(Case& c) {
    Requester& who = c.requester;
    Item* item = c.items.empty() ? nullptr : &c.items[below(c.items.size())];
    Consent* consent = c.consents.empty() ? nullptr : &c.consents[below(c.consents.size())];
    switch (below(34)) {
      case 0: set(c.flow); break;
      case 1: set(c.purpose); break;
      case 2: set(who.kind); break;
      case 3: set(who.agency_type); break;
      case 4: set(who.agreement); break;
      case 5: set(who.role); break;
      case 6: set(who.training); break;
      case 7: set(who.attested); set(who.signed_off); break;
      case 8: who.tenure_days = coin() ? std::optional<int>(static_cast<int>(below(400))) : std::nullopt; break;
      case 9: set(who.parental_responsibility); set(who.marked_risk); break;
      case 10: set(who.conflict); break;
      case 11: c.subject.age = below(5) == 0 ? std::nullopt : std::optional<int>(static_cast<int>(below(40))); break;
      case 12: set(c.subject.competence); break;
      case 13: c.stated.clear(); break;
      case 14: c.stated.push_back(word<Statement>()); break;
      case 15: for (std::size_t i = 0; i < count_of<Statement>(); ++i) c.stated.push_back(static_cast<Statement>(i)); break;
      case 16: set(c.offence); break;
      case 17: case 18: c.circumstances.push_back({word<CircumstanceCode>(), coin()}); break;
      case 19: c.approvals.push_back(word<Role>()); break;
      case 20: c.consulted.push_back(word<Role>()); break;
      case 21: c.approvals.push_back(coin() ? Role::dsl : Role::ig_lead); break;
      case 22: set(c.notice); break;
      case 23: c.emergency = coin(); break;
      case 24: who.officer = coin() ? std::optional<std::string>("duty officer") : std::nullopt; break;
      case 25: set(c.best_interests); break;
      case 26: set(c.context); break;
      case 27: if (item) set(item->category); break;
      case 28: if (item) { set(item->relevant); set(item->withheld_from_requester); } break;
      case 29: if (item) { set(item->compartment); set(item->given_in_confidence); } break;
      case 30: c.items.push_back(some_item(c)); break;
      case 31: case 32: c.consents.push_back(some_consent(c)); break;
      case 33: if (consent) { consent->given = some_day(); consent->refused = coin(); } break;
    }
  }

 private:
  template <class Enum>
  void set(std::optional<Enum>& fact) {
    if (below(4) == 0) fact.reset();
    else fact = word<Enum>();
  }
  void set(std::optional<bool>& fact) {
    if (below(4) == 0) fact.reset();
    else fact = coin();
  }
  std::optional<Date> some_day() {
    static constexpr const char* days[] = {"2026-01-01", "2026-05-01", "2026-11-23", "2026-11-24", "2026-11-25", "2027-05-01"};
    if (below(6) == 0) return std::nullopt;
    return read_date(days[below(6)]);
  }
  std::string some_agency(const Case& from) {
    const auto& name = coin() ? from.requester.agency : (from.recipient ? from.recipient->agency : from.requester.agency);
    return name && coin() ? *name : coin() ? "quayside-homes" : coin() ? "*" : "person:mother";
  }
  Consent some_consent(const Case& from) {
    Consent out;
    out.agencies = {some_agency(from)};
    if (from.requester.agency && coin()) out.agencies.push_back(*from.requester.agency);
    for (const Item& item : from.items)
      if (item.category && below(4) != 0) out.categories.emplace_back(text(*item.category));
    if (from.purpose && below(4) != 0) out.purposes.emplace_back(text(*from.purpose));
    out.form = word<ConsentForm>();
    out.given_by = word<GivenBy>();
    out.given = some_day();
    out.expires = some_day();
    if (below(4) == 0) out.withdrawn = some_day();
    out.refused = below(4) == 0;
    return out;
  }
  Item some_item(const Case& from) {
    Item out;
    out.id = "more-" + std::to_string(from.items.size());
    set(out.category);
    out.relevant = below(4) != 0;
    set(out.compartment);
    set(out.given_in_confidence);
    out.withheld_from_requester = below(4) == 0;
    return out;
  }

  std::mt19937 random_;
  const std::vector<Case>& from_;
};

}  // namespace gatehouse::policy::test
