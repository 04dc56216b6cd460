// Nicknames, spellings, likeness and sound of names.
#include <algorithm>
#include <array>

#include "policy/redaction/people.hpp"

namespace gatehouse::redaction {

namespace {

using Groups = std::vector<std::vector<std::string>>;

Groups read_groups(std::string_view text) {
  Groups groups;
  while (!text.empty()) {
    const auto line_end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, line_end);
    text.remove_prefix(std::min(line_end + 1, text.size()));
    std::vector<std::string> group;
    while (!line.empty()) {
      const auto blank = std::min(line.find(' '), line.size());
      if (blank > 0) group.emplace_back(line.substr(0, blank));
      line.remove_prefix(std::min(blank + 1, line.size()));
    }
    if (group.size() > 1) groups.push_back(std::move(group));
  }
  return groups;
}

struct Kin {
  using Table = std::unordered_map<std::string, std::vector<std::string>>;
  Table called, spelt;  // nicknames and spellings
  Kin() {
    // Within a group all stand for one another; two long forms that share a nickname are two groups, and stay two names.
    read(nickname_groups, called);
    read(spelling_groups, spelt);
  }
  static void read(const char* groups, Table& table) {
    for (const auto& group : read_groups(groups))
      for (const auto& a : group)
        for (const auto& b : group)
          if (a != b) table[a].push_back(b);
  }
};

}  // namespace

std::vector<std::string> name_kin(std::string_view folded_given) {
  static const Kin kin;
  const auto with = [](std::vector<std::string> names, const Kin::Table& table) {
    const std::size_t own = names.size();
    for (std::size_t i = 0; i < own; ++i)
      if (const auto more = table.find(names[i]); more != table.end()) names.insert(names.end(), more->second.begin(), more->second.end());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  };
  // Every spelling, the nicknames of each, and their spellings; not the long forms that share a nickname with it.
  std::vector<std::string> all = with(with(with({std::string(folded_given)}, kin.spelt), kin.called), kin.spelt);
  all.erase(std::remove(all.begin(), all.end(), std::string(folded_given)), all.end());
  return all;
}

bool bounded_distance(std::string_view a, std::string_view b, int limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > static_cast<std::size_t>(limit) || b.size() > 40) return false;
  std::array<int, 42> before_last{}, last{}, now{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = static_cast<int>(i);
    int best = now[0];
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      int cost = std::min({change, last[j] + 1, now[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) cost = std::min(cost, before_last[j - 2] + 1);
      now[j] = cost;
      best = std::min(best, cost);
    }
    if (best > limit) return false;
    before_last = last;
    last = now;
  }
  return last[b.size()] <= limit;
}

// Consonants by group, vowels dropped after the first letter, at most six marks: `zaynab` and `zainab`, `tarik` and `tariq` agree.
std::uint32_t phonetic_key(std::string_view folded) {
  std::string marks;
  for (std::size_t i = 0; i < folded.size() && marks.size() < 6; ++i) {
    const char c = folded[i];
    const char next = i + 1 < folded.size() ? folded[i + 1] : '\0';
    char mark = 0;
    switch (c) {
      case 'b': mark = 'b'; break;
      case 'p': mark = next == 'h' ? 'f' : 'p'; if (next == 'h') ++i; break;
      case 'f': case 'v': mark = 'f'; break;
      case 'w': mark = i == 0 ? 'w' : 0; break;
      case 'c': mark = next == 'h' ? 'x' : next == 'e' || next == 'i' || next == 'y' ? 's' : 'k'; if (next == 'h' || next == 'k') ++i; break;
      case 'k': case 'q': mark = 'k'; break;
      case 'g': mark = next == 'h' && i > 0 ? 0 : 'g'; if (next == 'h') ++i; break;
      case 'j': mark = 'j'; break;
      case 'd': mark = 'd'; break;
      case 't': mark = next == 'h' ? 't' : 't'; if (next == 'h') ++i; break;
      case 's': mark = next == 'h' ? 'x' : 's'; if (next == 'h') ++i; break;
      case 'z': mark = 's'; break;
      case 'x': mark = 's'; break;
      case 'l': mark = 'l'; break;
      case 'm': mark = 'm'; break;
      case 'n': mark = 'n'; break;
      case 'r': mark = 'r'; break;
      case 'a': case 'e': case 'i': case 'o': case 'u': case 'y': mark = marks.empty() ? 'a' : 0; break;
      default: break;
    }
    if (mark && (marks.empty() || marks.back() != mark)) marks += mark;
  }
  std::uint32_t key = 0;
  for (const char mark : marks) key = key << 5 | static_cast<std::uint32_t>(mark - 'a' + 1);
  return marks.size() < 3 ? 0 : key;  // too short a key would fit half the language
}

Symbol PeopleTables::like(std::string_view folded) const {
  if (folded.size() < 4) return 0;
  std::uint32_t letters_of = 0;
  for (const char c : folded)
    if (c >= 'a' && c <= 'z') letters_of |= 1u << (c - 'a');
  Symbol best = 0;
  int best_limit = 3;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const NameWord& word = words[i];
    if (!word.likeness) continue;
    const int limit = std::min(word.folded.size(), folded.size()) >= 8 ? 2 : 1;
    const auto difference = word.folded.size() > folded.size() ? word.folded.size() - folded.size() : folded.size() - word.folded.size();
    if (difference > static_cast<std::size_t>(limit) || std::popcount(word.letters ^ letters_of) > 2 * limit) continue;
    for (int close = 1; close <= limit && close < best_limit; ++close)
      if (bounded_distance(folded, word.folded, close)) {
        best = static_cast<Symbol>(i);
        best_limit = close;
        break;
      }
  }
  return best;
}

bool PeopleTables::sounds_like_a_name(std::string_view folded) const {
  const std::uint32_t key = phonetic_key(folded);
  return key != 0 && std::binary_search(sounds_.begin(), sounds_.end(), key);
}

Symbol PeopleTables::add_word(const std::string& folded) {
  const auto [at, fresh] = index_.try_emplace(folded, static_cast<Symbol>(words.empty() ? 1 : words.size()));
  if (fresh) {
    if (words.empty()) words.emplace_back();
    NameWord word;
    word.folded = folded;
    for (const char c : folded)
      if (c >= 'a' && c <= 'z') word.letters |= 1u << (c - 'a');
    word.english = (Lexicon::get().flags(folded) & word::english) != 0;
    words.push_back(std::move(word));
  }
  return at->second;
}

void PeopleTables::index_words() {
  if (words.empty()) words.emplace_back();
  std::size_t size = 64;
  while (size < words.size() * 2) size *= 2;
  slots_.assign(size, Slot{});
  mask_ = size - 1;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::uint64_t hash = hash_word(words[i].folded);
    bloom_[(hash >> 20) & 63] |= std::uint64_t{1} << ((hash >> 14) & 63);
    std::size_t slot = hash & mask_;
    while (slots_[slot].hash != 0) slot = (slot + 1) & mask_;
    slots_[slot] = {hash, static_cast<Symbol>(i)};
    if (words[i].likeness) {
      words[i].sound = phonetic_key(words[i].folded);
      if (words[i].sound) sounds_.push_back(words[i].sound);
    }
  }
  std::sort(sounds_.begin(), sounds_.end());
}

}  // namespace gatehouse::redaction
