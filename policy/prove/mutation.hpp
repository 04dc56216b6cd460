#pragma once
// Would anybody notice? Every small change that could be made to a pack by mistake is made, one at a time, and the cases and the proof are asked whether
// they see it. A change that neither sees is a survivor: a clause that is written down and held by nothing.
//
// A mutant is caught when it does not load, when a case of the project answers otherwise, or when the proof of it fails. One that decides, in every state
// of the facts, exactly as the pack does (outcome, reason, detail, who is asked, what is owed to whom, by when and by which clause) is equivalent and left
// out of the score. What decides nothing is not mutated: plain words, citations of law, the map of clauses, `never` statements, and the settings that only
// the proof reads.
//
// Pure but for BuDDy's one table: one call at a time, on one thread; more than about 300 MB ends the process (status 3).
#include <functional>
#include <string>
#include <vector>

#include "policy/decision/pack.hpp"

namespace gatehouse::policy {

// One change to a pack's text.
struct Mutant {
  std::string name;    // `rule 1.3-written-consent: when.flow without referral`; the same for the same change in the next version
  std::string where;   // JSON pointer (RFC 6901) into the pack
  std::string value;   // JSON of what stands there instead; empty: the key or element is gone
};

// Every mutant of a pack, in the order of its text; none where the text is not that of a pack.
//   each rule          gone; permit and forbid turned round; another stratum, mode, reason, `anonymised`, duty or own approval; each role, override,
//                      obligation (its `when`, each `to`), clock, result of `on` and clause gone
//   each atom          gone; each of its words gone; the rest of the vocabulary instead of it; each line of age or tenure moved
//   each setting       that the engine reads: notice, consent, routes, clocks, gates, offences, recipients, citations, tightened cells
std::vector<Mutant> mutants_of(std::string_view pack);

// The pack's text with the change made. REQUIRES: `mutant` is one of mutants_of(pack).
std::string with_mutant(std::string_view pack, const Mutant& mutant);

enum class Fate : std::uint8_t { not_loaded, by_case, by_proof, equivalent, survived };
template <>
struct Words<Fate> {
  static constexpr std::array<std::string_view, 5> list = {"not_loaded", "by_case", "by_proof", "equivalent", "survived"};
};

struct Judged {
  Mutant mutant;
  Fate fate = Fate::survived;
  std::string by;        // the error, the case or the claim that saw it; for a survivor where it differs: `partner_request: asks dsl`
  std::string question;  // of a survivor: a fictional case as JSON that the two answer differently; empty where none was found
  bool dated = false;    // `question` differs only with the pack's dated laws in force
};

// What a pack's cases are: lines `{"name","why","case","expect"}`. `dated` ones are decided with every law that has no day yet in force from kLawsFrom.
struct MutationCases {
  std::vector<std::string> lines, dated;
};
inline constexpr std::string_view kLawsFrom = "2027-09-01";
// The pack with those laws in force. Its identity stays.
Pack with_laws_in_force(const Pack& pack);

struct MutationOptions {
  std::size_t every = 1, first = 0;  // only each `every`-th mutant, from `first` on
  bool pin = false;                  // find for survivors cases that kill them, few for many; those they kill count as caught
  std::function<void(std::size_t done, std::size_t all)> progress;  // may be empty
};

struct MutationScore {
  std::vector<Judged> judged;              // in order
  MutationCases pinned;                    // with `pin`: the new lines
  std::size_t count(Fate fate) const;
  std::size_t caught() const { return count(Fate::not_loaded) + count(Fate::by_case) + count(Fate::by_proof); }
  std::size_t counted() const { return judged.size() - count(Fate::equivalent); }
};

// Judges the mutants of a pack. Errors: the pack does not load; a case cannot be read, or differs for the pack as it stands (`where` is its name).
std::expected<MutationScore, Error> judge_mutants(std::string_view pack, const PackReference& reference, const MutationCases& cases, const MutationOptions& options = {});

}  // namespace gatehouse::policy
