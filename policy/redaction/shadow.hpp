#pragma once
// Stage 1: an offset-preserving view of a text in which the tricks are undone: accents, curly quotes, soft hyphens, zero-width and
// bidirectional marks, full-width digits, homoglyphs, hyphens at line ends. Every later stage reads the shadow and hides in the input.
// Internal to policy/redaction. A plain value; the input must outlive it.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/redaction/lexicon.hpp"

namespace gatehouse::redaction {

// A run of letters and digits of the shadow. Apostrophes, hyphens and dots part tokens: `O'Brien` is two.
struct Token {
  std::uint64_t hash = 0;      // of the folded word; 0 where it holds a digit
  std::uint32_t begin = 0, end = 0;
  WordFlags flags = 0;         // of the lexicon
  std::uint16_t symbol = 0;    // of the case file's names (people.hpp); 0: none
  WordTraits traits = 0;       // of the lexicon
  bool capital : 1 = false;    // starts with a capital letter
  bool upper : 1 = false;      // capitals throughout, two letters or more
  bool shout : 1 = false;      // of a line in capitals: `capital` and `upper` are off, for they would say nothing
  bool digits : 1 = false;     // holds a digit
  bool letters : 1 = false;    // holds a letter
  bool opens : 1 = false;      // opens a sentence, a line or a quotation: its capital says nothing
  bool label : 1 = false;      // inside a label of our own, such as `[sibling 1]`
  bool taken : 1 = false;      // belongs to a candidate
  std::uint32_t size() const { return end - begin; }
  // A capital, or in a line of capitals a word that may have one.
  bool raised() const {
    return capital || (shout && !(flags & (word::finite | word::where | word::whom | word::determiner | word::modal | word::possessive | word::speaks | word::bare_verb)));
  }
};

class Shadow {
 public:
  // Nothing where the input is not UTF-8.
  static std::optional<Shadow> of(std::string_view input);

  std::string_view input() const { return input_; }
  std::string_view folded() const { return {folded_.data(), size_}; }  // lower case, no accents; 8 readable bytes follow
  std::string_view cased() const { return plain_ ? input_ : std::string_view(cased_); }  // as folded, with its capitals
  std::vector<Token>& tokens() { return tokens_; }
  const std::vector<Token>& tokens() const { return tokens_; }
  std::string_view word(const Token& token) const { return folded().substr(token.begin, token.size()); }
  std::string_view cased_word(const Token& token) const { return cased().substr(token.begin, token.size()); }

  // Hardly a word has a capital: typed on a telephone, where capitals tell nothing.
  bool small_letters() const { return small_letters_; }

  // Bytes of the input for bytes [begin, end) of the shadow, whole code points; marks that were dropped inside go with it.
  std::size_t input_begin(std::size_t at) const { return plain_ ? at : begin_[at]; }
  std::size_t input_end(std::size_t end) const { return plain_ ? end : stop_[end - 1]; }
  // The first byte of the shadow that does not come before byte `at` of the input.
  std::size_t shadow_at(std::size_t at) const;

 private:
  void fold_plain();
  bool fold_unicode();
  void split();
  void find_labels();
  void quieten();

  std::string_view input_;
  std::string folded_, cased_;
  std::size_t size_ = 0;
  bool plain_ = true, small_letters_ = false;
  std::vector<std::uint32_t> begin_, stop_;
  std::vector<Token> tokens_;
};

// Folds a name or a word the way the shadow does. Invalid UTF-8 gives an empty string.
std::string fold(std::string_view text);
bool is_utf8(std::string_view text);
bool is_ascii(std::string_view text);
void lower_ascii(const char* from, char* to, std::size_t size);

}  // namespace gatehouse::redaction
