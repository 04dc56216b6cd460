#include "policy/redaction/lexicon.hpp"

#include <string>

namespace gatehouse::redaction {

std::uint64_t hash_word(std::string_view word) {
  char padded[64] = {};
  if (word.size() + 8 <= sizeof padded) {
    std::memcpy(padded, word.data(), word.size());
    return hash_word(padded, word.size());
  }
  std::string copy(word);
  copy.append(8, '\0');
  return hash_word(copy.data(), word.size());
}

const Lexicon& Lexicon::get() {
  static const Lexicon lexicon;
  return lexicon;
}

Lexicon::Lexicon() : slots_(std::size_t{1} << 18), mask_(slots_.size() - 1) {
  for (std::size_t i = 0; i < word_list_count + trait_list_count; ++i) {
    const WordList& list = i < word_list_count ? word_lists[i] : trait_lists[i - word_list_count];
    const std::string_view words = list.words;
    std::size_t at = 0;
    while (at < words.size()) {
      while (at < words.size() && (words[at] == ' ' || words[at] == '\n')) ++at;
      std::size_t end = at;
      while (end < words.size() && words[end] != ' ' && words[end] != '\n') ++end;
      if (end > at) add(words.substr(at, end - at), list.flags, list.traits);
      at = end;
    }
  }
}

void Lexicon::add(std::string_view word, WordFlags flags, WordTraits traits) {
  const std::uint64_t hash = hash_word(word);
  const std::uint32_t tag = tag_of(hash);
  std::size_t slot = hash & mask_;
  while (slots_[slot].tag != 0 && slots_[slot].tag != tag) slot = (slot + 1) & mask_;
  slots_[slot].tag = tag & 0xffffffu;
  slots_[slot].flags |= flags;
  slots_[slot].traits = slots_[slot].traits | traits;
}

}  // namespace gatehouse::redaction
