#pragma once
// Stage 4's learned part: for each word the chance that it belongs to a name, a place, a body, a trait, a date, an amount or a code. A
// linear-chain conditional random field (Lafferty, McCallum, Pereira 2001) over hashed features (Weinberger et al. 2009), eight bits a weight.
// It only proposes: what rests on the case file, an identifier or a cue is never left to it. Internal to policy/redaction and its trainer.
#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/error.hpp"
#include "policy/redaction/shadow.hpp"

namespace gatehouse::redaction {

// A `professional` is somebody named for the work they do here; `person` everybody else.
enum class Tag : std::uint8_t { outside, person, place, organisation, trait, date, quantity, code, misc, professional };
inline constexpr std::size_t tag_count = 10;

// Chance of each tag for one token, 0 to 1; together 1.
struct TagChances {
  std::array<float, tag_count> of{};
  float operator[](Tag tag) const { return of[static_cast<std::size_t>(tag)]; }
  float any() const { return 1 - of[0]; }
  float somebody() const { return (*this)[Tag::person] + (*this)[Tag::professional]; }
};

// The rows of the weight table that speak for each token of a stretch.
class TaggerFeatures {
 public:
  // What the whole text tells of its words (seen in small letters, after a title …). Reads all tokens once; `shadow` must outlive it.
  explicit TaggerFeatures(const Shadow& shadow);
  // Replaces `out` by the features of token `at`: 32-bit hashes. Neighbours beyond [first, last) count as none. Without `own_word` what the
  // word itself looks like is left out, so that its surroundings must tell (training only).
  void of(std::uint32_t at, std::uint32_t first, std::uint32_t last, std::vector<std::uint32_t>& out, bool own_word = true) const;

 private:
  const Shadow& shadow_;
  std::vector<std::uint8_t> seen_;  // by hash of the word
};

// One past the last token of the stretch that starts at `first`: a sentence or line or several short ones, at most 160 tokens. Tags do not
// depend on what stands outside the stretch.
std::uint32_t stretch_end(const std::vector<Token>& tokens, std::uint32_t first);

// The weights. A value, immutable; any thread.
class Tagger {
 public:
  Tagger() = default;  // knows nothing: the pipeline works without it, with more flags
  // Weights as written by train() (tagger_training.hpp). The bytes must outlive the tagger. Error: not such a file, or not whole.
  static std::expected<Tagger, policy::Error> read(std::string_view bytes);

  bool trained() const { return !rows_.empty(); }
  // The chances of tokens [first, last) of one stretch; `out` has as many elements. Precondition: trained().
  void tag(const TaggerFeatures& features, std::uint32_t first, std::uint32_t last, std::span<TagChances> out) const;

  // The bytes for read(): the weights of tag k for row r stand at r * tag_count + k; real value = weight * scale.
  static std::string write(std::uint32_t row_bits, float scale, std::span<const std::int8_t> rows, std::span<const float> transitions, std::span<const float> starts);

 private:
  std::span<const std::int8_t> rows_;
  std::uint32_t row_bits_ = 0;
  float scale_ = 0;
  std::array<float, tag_count * tag_count> transitions_{};  // e to the weight; from * tag_count + to
  std::array<float, tag_count> starts_{};
};

// Forward and backward over one stretch. `scores` holds tag_count values a token, `allowed` a bit for each tag a token may have (empty: all).
// Writes the chance of each tag to `chances` and adds those of each pair of neighbours to `pairs` and of the first tag to `first_tag` where given
// (training only). `transitions` and `starts` are e to the weight.
void tag_chances(std::span<const float> scores, std::span<const std::uint16_t> allowed, std::span<const float> transitions, std::span<const float> starts,
                 std::span<float> chances, float* pairs = nullptr, float* first_tag = nullptr);

inline std::uint32_t tagger_row(std::uint32_t feature, std::uint32_t row_bits) { return feature >> (32 - row_bits); }

}  // namespace gatehouse::redaction
