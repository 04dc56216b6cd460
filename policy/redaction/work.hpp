#pragma once
// What the stages of redaction hand to one another. Internal to policy/redaction.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policy/redaction/identifiers.hpp"
#include "policy/redaction/people.hpp"
#include "policy/redaction/redact.hpp"
#include "policy/redaction/shadow.hpp"
#include "policy/redaction/tagger.hpp"

namespace gatehouse::redaction {

// Everybody has a number: the people of the case file first, then those whom only the texts name.
using Who = int;
inline constexpr Who nobody = -1;

// `label`: somebody whom an earlier cut replaced. Never hidden again, but still somebody: what stands beside it is not another's.
enum class MentionKind : std::uint8_t { person, identifier, age, organisation, place, trait, fact, quantity, word, label };

struct Mention {
  std::uint32_t begin = 0, end = 0;   // bytes of the shadow
  std::uint32_t first = 0, last = 0;  // tokens, inclusive
  MentionKind kind = MentionKind::person;
  IdKind id_kind = IdKind::reference;
  Who who = nobody;
  std::vector<Who> others;            // further people who fit
  std::string_view detector = "known";
  double confidence = 0;
  bool hide = false;
  bool doubtful_word = false;         // a common word that was taken for a name
  bool ambiguous = false;
  bool of_birth = false, safe_place = false;
  bool tied = false;                  // an identifier whose owner is exact
  std::string name;                   // of a person nobody listed: the folded words, title left out; of others: the canonical value
  std::uint8_t title_words = 0;       // tokens at the front that are titles
  bool work_title = false, kin_title = false;
  bool given_alone = false, surname_alone = false;  // of a listed person's name only this part, without a title
  bool professional_cue = false, private_cue = false;
  bool firm_cue = false;              // the professional cue stands right beside the name: a qualification, "(named nurse)", a list's next column
  bool office_place = false;          // stands where those who work on a case stand: a signature, a list of those present, who is to act
  std::string relation;               // a kinship word beside it: `friend`
  Sex sex = Sex::unknown;
};

struct TextFlag {
  std::uint32_t begin = 0, end = 0;  // bytes of the shadow
  std::string_view why;
};

// A use of a common word that stage 3 took for ordinary, for the re-scan.
struct OrdinaryUse {
  std::uint32_t begin = 0, end = 0;
};

// Somebody the case file does not list.
struct Entity {
  std::vector<std::string> givens, surnames;  // folded, joined
  std::string initials;
  Sex sex = Sex::unknown;
  bool professional = false, in_private = false;
  bool firm = false, office_place = false;  // of one of the mentions
  std::string relation;
};

struct Work {
  std::string_view id;
  Shadow shadow;
  bool name_field = false;
  std::vector<Mention> mentions;      // sorted by begin, without overlap
  std::vector<TextFlag> flags;
  std::vector<OrdinaryUse> ordinary;
  std::vector<TagChances> chances;    // of each token, where the tagger was asked; else empty
  bool cut_before = false;            // labels of ours stand in the text (known where the tagger was asked)
};

enum class Gap : std::uint8_t { wide, blank, hyphen, apostrophe, dot, comma };
Gap gap_between(std::string_view folded, std::uint32_t end, std::uint32_t begin);
// No sentence or line ends between the two places.
bool same_clause(std::string_view folded, std::uint32_t from, std::uint32_t to);

// Whether a word that is a name and an English word stands as a name at token `at`.
enum class Use : std::uint8_t { name, ordinary, undecided };
// `given`: somebody here bears it as a first name, whatever the lists say.
Use judge_use(const Shadow& shadow, std::size_t at, bool given = false);
// A list that gives family names first: "Carter, Abigail | cousin", "FARAH, Natnael DOB …". The last token of the first names behind the family name
// that ends at token `surname`; 0 where it is no such list.
std::uint32_t row_name_end(const Shadow& shadow, std::uint32_t first, std::uint32_t surname);
// Not in the vocabulary itself, but an inflected form of a word that is: voicemails, safeguarded.
bool inflected_english(std::string_view folded);

// Marks the people an earlier cut replaced by labels.
void find_standing_labels(Work& work);
// Stage 3: fills mentions with the people of the file (resolved among them) and takes their tokens.
void find_known(Work& work, const PeopleTables& tables);
// Stage 4 without a model: names by titles, role words, kinship and shape; stage 5's flags come from mark_unknown_words.
void find_unknown(Work& work, Mode mode);
// What stands beside a name: a role, a kinship word, a heading, a leave-taking.
void read_cues(Work& work, Mode mode, Mention& mention);
// The initials before names that nobody listed: p. sivakumar.
void take_initials(Work& work);
// The learned part of stage 4: fills `chances`, takes out guesses by shape for which nothing else speaks, adds people. Nothing without weights.
void read_with_tagger(Work& work, const Tagger& tagger, Mode mode);
// Whom a cue took for a professional, but everything said of whom speaks of a private person: hidden. Never the other way round.
void weigh_parts(const std::vector<Work>& bundle, const PeopleTables& tables, std::vector<Entity>& entities);
// Once it is known who is who: whatever else tells of somebody, in third_party only with the person it tells of.
void propose_by_tagger(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, Mode mode);
// A word off every list of which the tagger is sure that it tells of nobody.
bool tagger_explains(const Work& work, std::uint32_t token);
// Stage 6: gathers people the file does not list over the whole bundle and searches their names again in all of it.
void cluster(std::vector<Work>& bundle, const PeopleTables& tables, std::vector<Entity>& entities);
// Whose an identifier is; ages and work places of people in the text.
void tie_identifiers(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities);
void find_details(Work& work, Mode mode);
// What singles a person out without naming anybody.
void find_facts(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, Mode mode);
void mark_unknown_words(Work& work, const PeopleTables& tables, Mode mode);

// Stage 7.
struct Standing {
  std::vector<char> hidden;      // by Who
  std::vector<char> informant;   // by Who
};
void find_informants(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, std::vector<char>& informant);
Standing judge_people(const PeopleTables& tables, const std::vector<Entity>& entities, const Release& release, std::vector<char> informant);
void judge_mentions(Work& work, const PeopleTables& tables, const std::vector<Entity>& entities, const Standing& standing, const Release& release);

// Stage 8.
class Labels {
 public:
  Labels(const PeopleTables& tables, const std::vector<Entity>& entities, const Standing& standing, Mode mode);
  void see(const Work& work);  // each text once, in the order of the bundle; then finish() once
  void finish();
  const std::string& of(const Work& work, const Mention& mention) const;
  bool reveals(Who who) const;  // its relation would have told too much

 private:
  std::string base_of(Who who) const;
  std::string key_of(const Work& work, const Mention& mention) const;
  struct Entry {
    std::string key, base, label;
  };
  const Entry* find(const Work& work, const Mention& mention) const;
  const PeopleTables& tables_;
  const std::vector<Entity>& entities_;
  const Standing& standing_;
  Mode mode_;
  std::vector<int> by_who_;             // entry of each person, -1 without one
  std::vector<Entry> entries_;          // by first appearance
  std::vector<std::string> standing_labels_;  // that the texts already hold
};

// Stage 9: scans the produced text afresh.
struct Residue {
  std::size_t begin = 0, end = 0;  // bytes of the output
  bool blocks = true;              // else: a common word that a person should look at
};
struct Rescan {
  const PeopleTables& tables;
  const std::vector<Entity>& entities;
  const Standing& standing;
  const Release& release;
  std::vector<std::string> learned;                    // folded words of hidden people nobody listed
  std::vector<std::string> allowed;                    // bare identifiers that stay, sorted
  std::vector<char> active;                            // by form: must not be found
  Automaton learned_letters{37};

  Rescan(const PeopleTables&, const std::vector<Entity>&, const Standing&, const Release&, const std::vector<Work>& bundle);
  std::vector<Residue> scan(std::string_view output, const std::vector<std::pair<std::size_t, std::size_t>>& ordinary) const;
};

// Stages that a test may break; the public functions break none.
enum class Stage : std::uint8_t { identifiers, known, unknown, tagger, cluster, tie, policy, labels, verify };
struct Faults {
  std::vector<Stage> skip;          // leave out
  std::optional<Stage> fail;        // throw
  bool trust_rescan = false;        // let the re-scan alone decide on a text whose stage was left out: shows what it catches
  bool broken(Stage stage) const;   // throws std::runtime_error when `fail` names it
};
std::vector<std::expected<Redacted, policy::Error>> redact_with(const PreparedPeople& people, const Release& release,
                                                                const std::vector<Text>& texts, const Tagger& tagger, const Faults& faults);

}  // namespace gatehouse::redaction
