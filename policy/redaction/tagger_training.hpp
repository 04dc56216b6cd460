#pragma once
// Makes the weights of the tagger from texts in which people have marked names (`gatehouse redact train`). Pure: the texts and the seed come in,
// bytes go out, and the same input gives the same bytes on the same kind of processor. Internal to policy/redaction and the command.
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "policy/redaction/tagger.hpp"

namespace gatehouse::redaction {

// A set of tags, a bit each. Corpora differ in what they mark: one that marks no dates says of an unmarked word only that it is no person.
using TagSet = std::uint16_t;
inline constexpr TagSet tag_bit(Tag tag) { return static_cast<TagSet>(1u << static_cast<unsigned>(tag)); }
inline constexpr TagSet every_tag = (1u << tag_count) - 1;

struct MarkedText {
  struct Mark {
    std::size_t begin = 0, end = 0;  // bytes of `text`, end exclusive; a word counts as marked where the two overlap
    TagSet tags = 0;                 // what the words may be; at least one
  };
  std::string text;           // UTF-8; a text that is not is left out
  std::vector<Mark> marks;    // sorted, without overlap
  TagSet elsewhere = tag_bit(Tag::outside);
  float weight = 1;           // of this text's words against others', more than 0
};

struct TrainingPlan {
  std::uint32_t row_bits = 18;   // 2 to this many rows of weights, ten bytes each
  int rounds = 8;                // over all texts
  float rate = 0.15f;            // AdaGrad (Duchi, Hazan, Singer 2011)
  float shrink = 2e-6f;          // of each weight at each touch: weights that nothing needs go to zero
  float blind = 0.15f;           // share of words shown without what they look like: the words around them must tell
  float recased = 0.2f;          // share of texts shown in small or in capital letters, as hurried notes and forms are
  std::uint64_t seed = 1;
};

struct TrainingRound {
  int round = 0;
  double loss = 0;               // mean of minus the logarithm of the chance of what was marked, per word
  std::size_t words = 0;
};

// `told` hears of each round. Throws std::invalid_argument where no text holds a word.
std::string train_tagger(const std::vector<MarkedText>& texts, const TrainingPlan& plan, const std::function<void(const TrainingRound&)>& told = {});

}  // namespace gatehouse::redaction
