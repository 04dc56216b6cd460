#pragma once
// What is known about words before any case file is opened: English, practice words, titles, kinship, roles, given names, places.
// Internal to policy/redaction. Built once at first use, immutable, any thread. One look-up per word gives everything, because it is
// made for every word of every text.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace gatehouse::redaction {

using WordFlags = std::uint32_t;

namespace word {
inline constexpr WordFlags english = 1u << 0;        // in the English or practice vocabulary
inline constexpr WordFlags given_name = 1u << 1;     // borne as a first name; may be an English word as well (grace, mark)
inline constexpr WordFlags title = 1u << 2;          // mr, mrs, auntie: a name follows
inline constexpr WordFlags work_title = 1u << 3;     // dr, ds, sergeant: a professional's name follows
inline constexpr WordFlags kin = 1u << 4;            // mother, neighbour, friend: a private relation
inline constexpr WordFlags role = 1u << 5;           // midwife, teacher: a professional's part
inline constexpr WordFlags speaks = 1u << 6;         // said, told, rang: a person did it
inline constexpr WordFlags finite = 1u << 7;         // is, gets, went: a verb form that takes a subject of the third person
inline constexpr WordFlags month = 1u << 8;
inline constexpr WordFlags weekday = 1u << 9;        // and festivals
inline constexpr WordFlags place = 1u << 10;
inline constexpr WordFlags people = 1u << 11;        // nationality, language, faith, ethnic group
inline constexpr WordFlags brand = 1u << 12;         // a product, an app, a make of car
inline constexpr WordFlags abbreviation = 1u << 13;  // of practice: dsl, hv, edd
inline constexpr WordFlags organisation = 1u << 14;  // school, surgery: heads the name of a body
inline constexpr WordFlags street = 1u << 15;        // road, close
inline constexpr WordFlags determiner = 1u << 16;    // a, the, no, each
inline constexpr WordFlags modal = 1u << 17;         // we, to, would: a bare verb follows
inline constexpr WordFlags where = 1u << 18;         // in, at, near
inline constexpr WordFlags whom = 1u << 19;          // with, told, asked: a person follows
inline constexpr WordFlags naming = 1u << 20;        // called, named, aka
inline constexpr WordFlags female = 1u << 21;
inline constexpr WordFlags male = 1u << 22;
inline constexpr WordFlags particle = 1u << 23;      // al, bin, van, ap: part of a surname
inline constexpr WordFlags bare_verb = 1u << 24;     // be, ring, attend
inline constexpr WordFlags thing = 1u << 25;         // group, wing, tree: what a name before it belongs to is no person
inline constexpr WordFlags possessive = 1u << 26;    // his, her, their
inline constexpr WordFlags health = 1u << 27;        // a diagnosis or condition that may single out
inline constexpr WordFlags works = 1u << 28;         // job, employed: a work place follows
inline constexpr WordFlags label = 1u << 29;         // used in the labels this program writes
inline constexpr WordFlags greeting = 1u << 30;      // dear, hi, regards
inline constexpr WordFlags secrecy = 1u << 31;       // confidence, attributed: may close a plea not to be named
}  // namespace word

// What a word tells about the fact it stands in (stage 5a) and how common it is; a second set, for the first is full.
using WordTraits = std::uint8_t;
namespace trait {
inline constexpr WordTraits common = 1u << 0;       // one of the commonest eleven thousand words
inline constexpr WordTraits rare = 1u << 1;         // English, but rare: explains a word in small letters, never one with a capital
inline constexpr WordTraits occupation = 1u << 2;   // usher, midwife: what somebody does for a living
inline constexpr WordTraits singular = 1u << 3;     // only, famous, newspaper: one among many
inline constexpr WordTraits custody = 1u << 4;      // prison, convicted, probation: a criminal record
inline constexpr WordTraits treatment = 1u << 5;    // prescribed, overdose, rehab: medical history
inline constexpr WordTraits confided = 1u << 6;     // never, secret, nobody: with a verb of telling, something confided
inline constexpr WordTraits surname = 1u << 7;      // borne as a family name
}  // namespace trait

// 64-bit hash of a folded word; the whole of redaction identifies words by it. `at` must be readable for 8 bytes beyond the word.
inline std::uint64_t hash_word(const char* at, std::size_t size) {
  constexpr std::uint64_t k = 0x9E3779B97F4A7C15ull;
  std::uint64_t h = size * k;
  std::uint64_t chunk = 0;
  while (size >= 8) {
    std::memcpy(&chunk, at, 8);
    h = (h ^ chunk) * k;
    h ^= h >> 29;
    at += 8;
    size -= 8;
  }
  if (size) {
    std::memcpy(&chunk, at, 8);
    chunk &= ~std::uint64_t{0} >> (64 - 8 * size);
    h = (h ^ chunk) * k;
    h ^= h >> 29;
  }
  h *= 0xBF58476D1CE4E5B9ull;
  return h ^ (h >> 32);
}

std::uint64_t hash_word(std::string_view word);  // of any buffer

class Lexicon {
 public:
  static const Lexicon& get();

  struct Slot {
    std::uint32_t tag : 24 = 0;  // 0 marks an empty slot
    std::uint32_t traits : 8 = 0;
    WordFlags flags = 0;
  };
  // Both sets of a word; an empty slot for one that no list has.
  const Slot& look(std::uint64_t hash) const {
    std::size_t slot = hash & mask_;
    const std::uint32_t tag = tag_of(hash);
    while (slots_[slot].tag != 0 && slots_[slot].tag != tag) slot = (slot + 1) & mask_;
    return slots_[slot];
  }
  WordFlags flags(std::uint64_t hash) const { return look(hash).flags; }
  WordFlags flags(std::string_view folded) const { return flags(hash_word(folded)); }
  WordTraits traits(std::string_view folded) const { return static_cast<WordTraits>(look(hash_word(folded)).traits); }

 private:
  static std::uint32_t tag_of(std::uint64_t hash) { return (static_cast<std::uint32_t>(hash >> 40) & 0xFFFFFFu) | 1u; }
  Lexicon();
  void add(std::string_view word, WordFlags flags, WordTraits traits);
  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
};

// The word lists (words/*.inc and lexicon_words.cpp): blanks between the words, all folded.
struct WordList {
  WordFlags flags;
  const char* words;
  WordTraits traits = 0;
};
extern const WordList word_lists[], trait_lists[];
extern const std::size_t word_list_count, trait_list_count;

// Groups of given names that stand for one another, one group per line: `elizabeth liz lizzie beth`.
extern const char* const nickname_groups;
// Spellings of one name, one group per line: `mohammed muhammad mohamed`.
extern const char* const spelling_groups;

}  // namespace gatehouse::redaction
