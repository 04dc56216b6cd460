#include "policy/decision/explain.hpp"

#include <algorithm>
#include <map>

#include "policy/decision/evaluate.hpp"

namespace gatehouse::policy {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view last = " or ") {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i) out += i + 1 == words.size() ? std::string(last) : ", ";
    out += words[i];
  }
  return out;
}

std::string role_name(Role role) {
  switch (role) {
    case Role::dsl: return "the designated safeguarding lead";
    case Role::deputy_dsl: return "the deputy safeguarding lead";
    case Role::ig_lead: return "the information-governance lead";
    case Role::dpo: return "the data protection officer";
    case Role::manager: return "the line manager";
    case Role::director: return "a director";
    case Role::safeguarding_team: return "the safeguarding team";
    default: return std::string(text(role));
  }
}

std::string spaced(std::string_view word) {
  std::string out(word);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

}  // namespace

std::string plain(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::consent_ok: return "The person agreed to this.";
    case ReasonCode::consent_missing: return "The person has not agreed to this.";
    case ReasonCode::consent_expired: return "The person's agreement has run out.";
    case ReasonCode::consent_withdrawn: return "The person took their agreement back.";
    case ReasonCode::consent_refused: return "The person said no.";
    case ReasonCode::consent_scope: return "The person agreed to something else, not to this.";
    case ReasonCode::consent_form: return "The agreement was not given in the form the policy asks for.";
    case ReasonCode::consent_blanket: return "An agreement to everything does not count.";
    case ReasonCode::circumstance: return "Somebody may be at risk.";
    case ReasonCode::duty: return "We have a duty to share this.";
    case ReasonCode::approved: return "The policy allows this.";
    case ReasonCode::needs_approval: return "Somebody must approve this first.";
    case ReasonCode::needs_consultation: return "Somebody must be asked for advice first.";
    case ReasonCode::not_signatory: return "No sharing agreement with this agency is in force.";
    case ReasonCode::purpose_unknown: return "This purpose does not fit who is asking.";
    case ReasonCode::not_stated: return "The request does not say everything it must.";
    case ReasonCode::not_necessary: return "This is not needed for the purpose.";
    case ReasonCode::not_relevant: return "This is not relevant here.";
    case ReasonCode::compartment: return "This is in a file that is kept apart.";
    case ReasonCode::safe_address: return "A safe address is never sent by machine.";
    case ReasonCode::withheld_from_person: return "This is kept from this person.";
    case ReasonCode::third_party: return "This is about somebody else.";
    case ReasonCode::age_rule: return "At this age the person decides.";
    case ReasonCode::best_interests: return "It is not clear that sharing is best for the person.";
    case ReasonCode::more_detrimental: return "Sharing would do more harm.";
    case ReasonCode::conflict: return "Whoever asks is too close to this.";
    case ReasonCode::training_gate: return "Training comes first.";
    case ReasonCode::tenure_gate: return "A new volunteer has no access yet.";
    case ReasonCode::role: return "This role may not see this.";
    case ReasonCode::own_record: return "Nobody opens their own record here.";
    case ReasonCode::anonymise_first: return "It can be asked without names.";
    case ReasonCode::offence_not_serious: return "The offence is not one for which we share without agreement.";
    case ReasonCode::no_basis: return "Nothing in the policy allows it.";
    case ReasonCode::unknown_fact: return "Something that decides this is not known.";
    case ReasonCode::needs_summary: return "Only a summary may go, and nobody has written one.";
  }
  return "Nothing in the policy allows it.";
}

std::string plain_reason(const CompiledPack& pack, const Verdict& verdict, const Decision& decision) {
  std::string out;
  switch (decision.outcome()) {
    case Outcome::release: out = decision.duty == Duty::must_share ? "We must share this." : "This may be shared."; break;
    case Outcome::partial: out = "Part of this may be shared."; break;
    case Outcome::anonymised: out = "This may be shared without names."; break;
    case Outcome::refer: {
      std::vector<std::string> roles;
      for (const Role role : decision.refer_to) roles.push_back(role_name(role));
      out = "Ask first: " + (roles.empty() ? std::string("a manager") : joined(roles)) + ".";
      break;
    }
    case Outcome::more_information: {
      std::vector<std::string> words;
      for (const Statement one : decision.missing()) words.push_back(spaced(text(one)));
      out = "The request must also state: " + joined(words, " and ") + ".";
      return out;
    }
    case Outcome::withhold: out = "This stays with us."; break;
  }
  // the rule behind the first item of the outcome, else the plain sentence of its reason
  const auto wanted = [&](const ItemVerdict& item) {
    switch (decision.outcome()) {
      case Outcome::release:
      case Outcome::partial: return item.outcome == ItemOutcome::release;
      case Outcome::anonymised: return item.outcome == ItemOutcome::anonymised;
      case Outcome::refer: return item.outcome == ItemOutcome::refer;
      default: return true;
    }
  };
  for (const ItemVerdict& item : verdict.items) {
    if (!wanted(item)) continue;
    const bool rule_says = item.rule >= 0 && item.reason != ReasonCode::needs_approval && item.reason != ReasonCode::unknown_fact;
    out += " " + (rule_says ? pack.rules[static_cast<std::size_t>(item.rule)].plain : plain(item.reason));
    break;
  }
  return out;
}

std::vector<NearMiss> near_misses(const CompiledPack& pack, const Facts& facts, const Verdict& verdict) {
  std::map<std::string, NearMiss> found;  // by rule
  const FactBits& bits = facts.bits;
  bool some_stay = false, some_barred = false;
  for (std::size_t i = 0; i < verdict.items.size(); ++i) {
    const ItemVerdict& item = verdict.items[i];
    if (item.outcome == ItemOutcome::release || item.outcome == ItemOutcome::anonymised) { some_stay = true; continue; }
    if (item.reason == ReasonCode::not_necessary || item.reason == ReasonCode::not_relevant) { some_barred = true; continue; }
    if (item.reason == ReasonCode::conflict || item.reason == ReasonCode::withheld_from_person || item.reason == ReasonCode::safe_address) continue;
    std::vector<std::string> common;
    if (item.reason == ReasonCode::not_stated) common.push_back("state:missing");
    if (item.reason == ReasonCode::not_signatory) common.push_back("agreement:current");
    if (item.reason == ReasonCode::training_gate) common.push_back("training:current");
    for (std::size_t r = 0; r < pack.rules.size(); ++r) {
      const CompiledRule& rule = pack.rules[r];
      if (rule.effect != Effect::permit || rule.anonymised) continue;
      std::vector<std::string> needs = common;
      bool reachable = true;
      const auto unmet = [&](const Term& term, std::uint64_t known) { return !(known & term.mask); };
      for (const Term& term : rule.when_case) {
        if (!unmet(term, bits.known[term.word])) continue;
        const auto within = [&](Bank b) { return term.word == b.word && (term.mask & ~b.mask()) == 0; };
        if (within(bank::approved) || within(bank::advised)) {
          const Bank b = within(bank::approved) ? bank::approved : bank::advised;
          for (std::size_t role = 0; role < b.size; ++role)
            if (term.mask & b.bit(role)) { needs.push_back(std::string(b.shift == bank::approved.shift ? "approval:" : "advice:") + std::string(text(static_cast<Role>(role)))); break; }
        } else {
          reachable = false;  // a circumstance, a purpose, a kind of asker: nothing to claim
          break;
        }
      }
      for (const Term& term : rule.unless_case) reachable = reachable && !(bits.possible[term.word] & term.mask);
      if (!reachable) continue;
      for (const Term& term : rule.when_item) {
        const auto w = static_cast<std::size_t>(term.word) - kCaseWords;
        if (!unmet(term, facts.items[i].known[w])) continue;
        if (term.word == bank::consent.word && (term.mask & ~bank::consent.mask()) == 0) {
          std::string form = "consent";
          for (std::size_t f = 0; f < count_of<ConsentForm>(); ++f)
            if (pack.consent_forms & (1u << f)) { form += ":" + std::string(text(static_cast<ConsentForm>(f))); break; }
          needs.push_back(form);
        } else if (term.word == bank::consent_form.word && (term.mask & ~bank::consent_form.mask()) == 0) {
          continue;  // comes with the consent
        } else {
          reachable = false;
        }
      }
      for (const Term& term : rule.unless_item) reachable = reachable && !(facts.items[i].possible[static_cast<std::size_t>(term.word) - kCaseWords] & term.mask);
      if (!reachable) continue;
      const PurposeTable* table = nullptr;
      for (std::size_t p = 0; p < bank::purpose.size; ++p)
        if (bits.known[bank::purpose.word] & bank::purpose.bit(p)) table = &pack.purposes[p];
      const ApprovalMode mode = rule.route ? (table ? table->mode : ApprovalMode::required) : rule.mode;
      const std::uint32_t roles = rule.route ? (table ? table->roles : 0) : rule.roles;
      const bool cell_asks = item.reason == ReasonCode::needs_approval;
      if (cell_asks || mode == ApprovalMode::required || mode == ApprovalMode::advice) {
        const Bank b = mode == ApprovalMode::advice && !cell_asks ? bank::advised : bank::approved;
        const std::uint32_t said = static_cast<std::uint32_t>((bits.known[b.word] & b.mask()) >> b.shift);
        const std::uint32_t asked = roles ? roles : item.refer_to;
        if (!(said & asked))
          for (std::size_t role = 0; role < count_of<Role>(); ++role)
            if (asked & (1u << role)) { needs.push_back((b.shift == bank::advised.shift && !cell_asks ? "advice:" : "approval:") + std::string(text(static_cast<Role>(role)))); break; }
      }
      if (needs.empty()) continue;
      std::sort(needs.begin(), needs.end());
      needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
      auto [at, fresh] = found.try_emplace(rule.id, NearMiss{rule.id, needs});
      if (!fresh && needs.size() < at->second.needs.size()) at->second.needs = needs;
    }
  }
  std::vector<NearMiss> out;
  for (auto& [id, miss] : found) out.push_back(std::move(miss));
  if (some_barred) out.push_back({some_stay ? "minimum-necessary" : "minimum-necessary", {"ask_for:less"}});
  std::sort(out.begin(), out.end(), [](const NearMiss& a, const NearMiss& b) { return std::make_pair(a.needs.size(), a.rule) < std::make_pair(b.needs.size(), b.rule); });
  if (out.size() > 3) out.resize(3);
  return out;
}

std::string explain(const Pack& whole, const Case& question, const Decision& decision) {
  const CompiledPack& pack = whole.compiled();
  std::string out = decision.reason + "\n";
  for (const ItemDecision& item : decision.items()) {
    out += "  " + std::string(item.category ? text(*item.category) : std::string_view("unknown category")) + ": " +
           (item.outcome == ItemOutcome::withhold ? std::string("not shared") : spaced(text(item.outcome)));
    if (item.outcome == ItemOutcome::release && item.detail != Detail::full) out += " (" + spaced(text(item.detail)) + ")";
    out += ". " + plain(item.reason);
    if (!item.clauses.empty()) out += " [" + joined(item.clauses, ", ") + "]";
    out += "\n";
  }
  if (decision.duty == Duty::must_share) out += "Sharing is mandatory; refusing needs a recorded reason.\n";
  for (const Obligation& one : decision.obligations()) {
    out += "You must: " + spaced(text(one.kind));
    if (one.when != When::none) out += ", " + std::string(text(one.when));
    if (!one.clauses.empty()) out += " [" + joined(one.clauses, ", ") + "]";
    out += "\n";
  }
  for (const ClockDue& one : decision.clocks) out += "By " + to_text(one.due) + ": " + spaced(text(one.kind)) + "\n";
  for (const NearMiss& miss : decision.near_misses) out += "What you can do next: " + joined(miss.needs, " and ") + " (" + miss.rule + ")\n";
  if (!decision.clauses.empty()) {
    out += "Clauses:\n";
    for (const std::string& id : decision.clauses)
      for (const ClauseMap& clause : pack.clauses)
        if (clause.id == id) out += "  " + id + "  " + clause.plain + "\n";
  }
  (void)question;
  return out;
}

}  // namespace gatehouse::policy
