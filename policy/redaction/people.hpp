#pragma once
// Stage 3: the people of a case file and every form in which their names may stand. Internal to policy/redaction.
// Made once per case file, then immutable: any thread, any number of documents and requests.
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "policy/minimise/record.hpp"
#include "policy/redaction/automaton.hpp"
#include "policy/redaction/lexicon.hpp"
#include "policy/redaction/shadow.hpp"

namespace gatehouse::redaction {

// How a form stands for a person, most telling first.
enum class Fit : std::uint8_t {
  full,      // given name and surname, or an alias of several words
  alias,     // one word under which the file lists the person
  given,     // a given name alone
  initials,  // KN, K.N., PO'D
  surname,   // the surname alone; shared in families
  nickname,  // by the tables of nicknames and spellings
  middle,    // a further given name alone
};

enum class Sex : std::uint8_t { unknown, female, male };
enum class Tier : std::uint8_t { elder, child, grandparent };  // whom a title and a surname mean first

struct Fitting {
  std::uint16_t person = 0;
  Fit fit = Fit::full;
};

struct NamePattern {
  std::vector<Symbol> symbols;
  std::vector<Fitting> fittings;
  bool reversed = false;      // `Nowak, Kacper`: a comma may stand inside
  bool capitals = false;      // initials: only in capitals
  bool last_initial = false;  // `Callum D`: the last word is a capital letter after a blank
};

struct NameForm {
  std::string folded;      // the bare letters of one word, or of a part joined: `obrien`
  std::uint16_t person = 0;
  bool surname = false;
  bool initials = false;
  bool listed = false;     // stands in the file itself, not only in our tables
};

// `sex`, `tier` and the label of a relation such as `maternal grandmother` or `mother's partner` (its last word is its head).
struct RelationFacts {
  Sex sex = Sex::unknown;
  Tier tier = Tier::elder;
  bool makes_subject_adult = false;  // husband, daughter: the subject is of age
  bool informs = false;              // informant: a label must not say so
  std::string label;                 // empty where the words are not on our list: free text may hold a name
};
struct PersonFacts {
  RelationFacts relation;
  Sex sex = Sex::unknown;
  Tier tier = Tier::elder;
  bool professional = false;
  std::vector<std::string> surnames;                // folded, joined
  std::vector<std::string> givens;                  // folded, as listed
  std::vector<std::vector<std::string>> fulls;      // folded words of each name of several words
  std::vector<std::string> identifiers;             // bare_identifier of each
};

// A word of some name, for look-up by hash and by likeness.
struct NameWord {
  std::string folded;
  std::uint32_t letters = 0;      // bit per letter that occurs
  bool english = false;           // an ordinary word as well: needs a cue
  bool likeness = false;          // long enough to be recognised when misspelt
  std::uint32_t sound = 0;        // phonetic key
};

struct PeopleTables {
  std::vector<policy::Person> people;
  std::vector<PersonFacts> facts;
  std::unordered_map<std::string, std::uint16_t> by_id;
  std::unordered_map<std::string, std::vector<std::uint16_t>> by_identifier;  // bare form

  std::vector<NameWord> words;                     // by symbol; [0] unused
  std::vector<NamePattern> patterns;
  Automaton names{0};                              // over symbols of words

  bool has_parents = false;                        // somebody listed brings the subject up: the subject is a child unless the file says otherwise

  std::vector<NameForm> forms;                     // for the re-scan
  Automaton letters{37};                           // over letters and digits, forms and identifiers, forward and backward
  static constexpr std::uint32_t backward = 1u << 31, identifier = 1u << 30;  // of the ids it reports

  // The symbol of a folded word; 0 where no name has it.
  Symbol symbol(std::uint64_t hash) const {
    if (!(bloom_[(hash >> 20) & 63] & (std::uint64_t{1} << ((hash >> 14) & 63)))) return 0;
    std::size_t slot = hash & mask_;
    while (slots_[slot].hash != 0) {
      if (slots_[slot].hash == hash) return slots_[slot].symbol;
      slot = (slot + 1) & mask_;
    }
    return 0;
  }
  // The word that a misspelt one is nearest to: edit distance 1 from four letters, 2 from eight. 0: none.
  Symbol like(std::string_view folded) const;
  bool sounds_like_a_name(std::string_view folded) const;

  Symbol add_word(const std::string& folded);
  void index_words();

 private:
  struct Slot {
    std::uint64_t hash = 0;
    Symbol symbol = 0;
  };
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::uint64_t bloom_[64] = {};
  std::unordered_map<std::string, Symbol> index_;
  std::vector<std::uint32_t> sounds_;
};

RelationFacts read_relation(std::string_view relation);

PeopleTables make_tables(std::vector<policy::Person> people);

// Every form of a given name by the tables of nicknames and spellings, without itself. Folded.
std::vector<std::string> name_kin(std::string_view folded_given);
bool bounded_distance(std::string_view a, std::string_view b, int limit);  // Damerau–Levenshtein, adjacent swaps count one
std::uint32_t phonetic_key(std::string_view folded);

}  // namespace gatehouse::redaction
