#include "policy/redaction/tagger.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "policy/redaction/work.hpp"

namespace gatehouse::redaction {

namespace {

constexpr std::string_view kMagic = "gatehouse tagger 1\n";
constexpr std::uint32_t kFewestBits = 8, kMostBits = 20;
// After the magic: row_bits (u32, little-endian), scale (f32), transitions (100 f32), starts (10 f32), then the rows.
constexpr std::size_t kHead = kMagic.size() + 4 + 4 + (tag_count * tag_count + tag_count) * 4;
// A row is read sixteen bytes at a time; behind the last row stand as many more.
constexpr std::size_t kLanes = 16;

// Products of two of these and of transitions within kSteepest keep their meaning in single precision.
constexpr float kLeast = 1e-10f, kSteepest = 12;

constexpr std::uint32_t kShortStretch = 12, kLongestStretch = 160;
constexpr std::size_t kSeenSize = std::size_t{1} << 14;

// What a text tells of one word, wherever it stands.
constexpr std::uint8_t seen_small = 1, seen_capital = 2, seen_titled = 4, seen_acting = 8, seen_possessing = 16, seen_in_place = 32;

// The flags that say what part a word plays; the others would only split what belongs together.
constexpr WordFlags kPart = word::english | word::given_name | word::title | word::work_title | word::kin | word::role | word::speaks | word::finite | word::month | word::weekday | word::place |
                            word::people | word::brand | word::abbreviation | word::organisation | word::street | word::determiner | word::modal | word::where | word::whom | word::naming |
                            word::particle | word::thing | word::possessive | word::health | word::works;

std::uint32_t mix(std::uint64_t kind, std::uint64_t value) {
  std::uint64_t h = (value + kind * 0x9E3779B97F4A7C15ull) * 0xBF58476D1CE4E5B9ull;
  h ^= h >> 31;
  h *= 0x94D049BB133111EBull;
  return static_cast<std::uint32_t>(h >> 32);
}
std::uint64_t both(std::uint64_t a, std::uint64_t b) { return (a ^ 0x2545F4914F6CDD1Dull) * 0x9E3779B97F4A7C15ull + b; }

float read_float(const char* at) {
  std::uint32_t bits = 0;
  for (int i = 3; i >= 0; --i) bits = bits << 8 | static_cast<unsigned char>(at[i]);
  return std::bit_cast<float>(bits);
}
void put(std::string& out, std::uint32_t bits) {
  for (int i = 0; i < 4; ++i) out += static_cast<char>(bits >> (8 * i) & 0xFF);
}

}  // namespace

TaggerFeatures::TaggerFeatures(const Shadow& shadow) : shadow_(shadow), seen_(kSeenSize) {
  const auto& tokens = shadow.tokens();
  const std::string_view text = shadow.folded();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.hash == 0) continue;
    std::uint8_t seen = 0;
    if (!token.capital && !token.shout) seen |= seen_small;
    if (token.capital && !token.opens && !token.upper) seen |= seen_capital;
    if (i > 0 && token.raised() && gap_between(text, tokens[i - 1].end, token.begin) == Gap::blank) {
      if (tokens[i - 1].flags & word::title) seen |= seen_titled;
      if ((tokens[i - 1].flags & word::where) && !token.opens) seen |= seen_in_place;
    }
    if (i + 1 < tokens.size()) {
      const Gap gap = gap_between(text, token.end, tokens[i + 1].begin);
      if (gap == Gap::blank && (tokens[i + 1].flags & word::speaks)) seen |= seen_acting;
      if (gap == Gap::apostrophe && tokens[i + 1].size() == 1) seen |= seen_possessing;
    }
    seen_[token.hash >> 50] |= seen;
  }
}

void TaggerFeatures::of(std::uint32_t at, std::uint32_t first, std::uint32_t last, std::vector<std::uint32_t>& out, bool own_word) const {
  out.clear();
  const auto& tokens = shadow_.tokens();
  const std::string_view text = shadow_.folded();
  const Token& token = tokens[at];
  const auto there = [&](int step) {
    const std::int64_t where = static_cast<std::int64_t>(at) + step;
    return where >= first && where < last;
  };
  const auto word_key = [&](int step) -> std::uint64_t {
    if (!there(step)) return 1;
    const Token& other = tokens[at + static_cast<std::uint32_t>(step)];
    if (other.hash != 0) return other.hash;
    // Numbers by their shape: 12th, 2014, 07700.
    std::uint64_t key = 2;
    for (std::uint32_t i = other.begin; i < other.end && i < other.begin + 12; ++i) {
      const char c = text[i];
      key = both(key, static_cast<unsigned char>(c >= '0' && c <= '9' ? '0' : c));
    }
    return key;
  };
  const auto shape = [&](int step) -> std::uint64_t {
    if (!there(step)) return 1;
    const Token& other = tokens[at + static_cast<std::uint32_t>(step)];
    const std::uint32_t size = other.size();
    return 2u + (other.capital | other.upper << 1 | other.shout << 2 | other.digits << 3 | other.letters << 4 | other.opens << 5 | (size > 6 ? 4u : size > 3 ? 3u : size > 2 ? 2u : size > 1 ? 1u : 0u) << 6 |
                 static_cast<unsigned>(other.label) << 9);
  };
  const auto part = [&](int step) -> std::uint64_t {
    if (!there(step)) return 1;
    const Token& other = tokens[at + static_cast<std::uint32_t>(step)];
    return static_cast<std::uint64_t>(other.flags & kPart) << 2 | 2u;
  };
  // The marks between two words, at most four bytes of them.
  const auto gap = [&](int step) -> std::uint64_t {  // before token at + step
    if (!there(step) || !there(step - 1)) return 1;
    const std::uint32_t from = tokens[at + static_cast<std::uint32_t>(step) - 1].end, to = tokens[at + static_cast<std::uint32_t>(step)].begin;
    std::uint64_t key = 2;
    for (std::uint32_t i = from; i < to && i < from + 4; ++i) key = key << 8 | static_cast<unsigned char>(text[i]);
    return key;
  };

  const std::uint64_t w0 = word_key(0), before = word_key(-1), after = word_key(1);
  const std::uint64_t s0 = shape(0), s_before = shape(-1), s_after = shape(1);
  const std::uint64_t p0 = part(0), p_before = part(-1), p_after = part(1);
  const std::uint64_t g_before = gap(0), g_after = gap(1);
  const std::uint64_t raised = token.capital | token.shout << 1;

  const auto add = [&](std::uint64_t kind, std::uint64_t value) { out.push_back(mix(kind, value)); };
  add(1, 0);
  if (own_word) {
    add(2, w0);
    add(3, both(w0, s0));
    add(4, both(before, w0));
    add(5, both(w0, after));
    if (token.letters && !token.digits) {
      const char* letters = text.data() + token.begin;
      std::uint64_t front = 0, back = 0;
      for (std::uint32_t i = 0; i < 4 && i < token.size(); ++i) {
        front = front << 8 | static_cast<unsigned char>(letters[i]);
        back = back << 8 | static_cast<unsigned char>(letters[token.size() - 1 - i]);
        if (i > 0 || token.size() == 1) add(6 + i, both(front, raised));
        if (i > 0) add(10 + i, both(back, raised));
      }
    }
    for (WordFlags rest = token.flags; rest != 0; rest &= rest - 1) add(16, both(static_cast<std::uint64_t>(std::countr_zero(rest)), raised));
    for (unsigned rest = token.traits; rest != 0; rest &= rest - 1) add(17, both(static_cast<std::uint64_t>(std::countr_zero(rest)), raised));
    if (token.flags == 0) add(18, raised);
    add(19, both(p0, p_before));
    add(20, both(p0, p_after));
    add(21, both(p0, s0));
  }
  add(22, before);
  add(23, after);
  add(24, word_key(-2));
  add(25, word_key(2));
  add(26, word_key(-3));
  add(27, word_key(3));
  add(28, both(before, after));
  add(29, both(before, word_key(-2)));
  add(30, both(after, word_key(2)));
  add(31, s0);
  add(32, both(both(s_before, s0), s_after));
  add(33, both(g_before, s0));
  add(34, both(g_after, s0));
  add(35, both(g_before, g_after));
  add(36, both(g_before, before));
  add(37, both(g_after, after));
  add(38, both(p_before, s0));
  add(39, both(p_after, s0));
  add(40, both(both(p_before, g_before), raised));
  add(41, both(both(p_after, g_after), raised));
  add(42, both(part(-2), p_before));
  add(43, both(p_after, part(2)));
  add(44, both(both(p_before, p_after), raised));
  const std::uint64_t seen = token.hash ? seen_[token.hash >> 50] : 64u;
  add(45, both(seen, raised));
  add(46, both(seen, p0));
}

std::uint32_t stretch_end(const std::vector<Token>& tokens, std::uint32_t first) {
  std::uint32_t end = first + 1;
  while (end < tokens.size() && end - first < kLongestStretch && !(tokens[end].opens && end - first >= kShortStretch)) ++end;
  return end;
}

void tag_chances(std::span<const float> scores, std::span<const std::uint16_t> allowed, std::span<const float> transitions, std::span<const float> starts,
                 std::span<float> chances, float* pairs, float* first_tag) {
  const std::size_t tokens = scores.size() / tag_count;
  // e to the score, the highest of a token made 1, so that nothing overflows.
  std::vector<float> weight(scores.size()), ahead(scores.size()), behind(scores.size());
  for (std::size_t t = 0; t < tokens; ++t) {
    const float* from = scores.data() + t * tag_count;
    const float top = *std::max_element(from, from + tag_count);
    for (std::size_t k = 0; k < tag_count; ++k)
      weight[t * tag_count + k] = !allowed.empty() && !(allowed[t] >> k & 1) ? 0.0f : std::max(std::exp(from[k] - top), kLeast);
  }
  const auto normalise = [](float* row) {
    float sum = 0;
    for (std::size_t k = 0; k < tag_count; ++k) sum += row[k];
    const float by = sum > 0 ? 1 / sum : 0;
    for (std::size_t k = 0; k < tag_count; ++k) row[k] *= by;
  };
  for (std::size_t k = 0; k < tag_count; ++k) ahead[k] = starts[k] * weight[k];
  normalise(ahead.data());
  for (std::size_t t = 1; t < tokens; ++t) {
    float* row = ahead.data() + t * tag_count;
    const float* last = row - tag_count;
    for (std::size_t k = 0; k < tag_count; ++k) row[k] = 0;
    for (std::size_t j = 0; j < tag_count; ++j)
      for (std::size_t k = 0; k < tag_count; ++k) row[k] += last[j] * transitions[j * tag_count + k];
    for (std::size_t k = 0; k < tag_count; ++k) row[k] *= weight[t * tag_count + k];
    normalise(row);
  }
  float* end = behind.data() + (tokens - 1) * tag_count;
  for (std::size_t k = 0; k < tag_count; ++k) end[k] = 1.0f / tag_count;
  for (std::size_t t = tokens - 1; t-- > 0;) {
    float* row = behind.data() + t * tag_count;
    const float* next = row + tag_count;
    float passed[tag_count];
    for (std::size_t k = 0; k < tag_count; ++k) passed[k] = weight[(t + 1) * tag_count + k] * next[k];
    for (std::size_t j = 0; j < tag_count; ++j) {
      float sum = 0;
      for (std::size_t k = 0; k < tag_count; ++k) sum += transitions[j * tag_count + k] * passed[k];
      row[j] = sum;
    }
    normalise(row);
  }
  for (std::size_t t = 0; t < tokens; ++t) {
    float* row = chances.data() + t * tag_count;
    for (std::size_t k = 0; k < tag_count; ++k) row[k] = ahead[t * tag_count + k] * behind[t * tag_count + k];
    normalise(row);
  }
  if (!pairs) return;
  for (std::size_t k = 0; k < tag_count; ++k) first_tag[k] += chances[k];
  for (std::size_t t = 1; t < tokens; ++t) {
    float both_tags[tag_count * tag_count];
    float sum = 0;
    for (std::size_t j = 0; j < tag_count; ++j)
      for (std::size_t k = 0; k < tag_count; ++k) {
        const float chance = ahead[(t - 1) * tag_count + j] * transitions[j * tag_count + k] * weight[t * tag_count + k] * behind[t * tag_count + k];
        both_tags[j * tag_count + k] = chance;
        sum += chance;
      }
    if (sum <= 0) continue;
    for (std::size_t i = 0; i < tag_count * tag_count; ++i) pairs[i] += both_tags[i] / sum;
  }
}

std::expected<Tagger, policy::Error> Tagger::read(std::string_view bytes) {
  const auto wrong = [](const char* what) { return std::unexpected(policy::Error{"bad_tagger", "tagger", what, "a file that `gatehouse redact train` wrote", {}}); };
  if (!bytes.starts_with(kMagic) || bytes.size() < kHead) return wrong("is not a tagger of this version");
  const char* at = bytes.data() + kMagic.size();
  Tagger tagger;
  for (int i = 3; i >= 0; --i) tagger.row_bits_ = tagger.row_bits_ << 8 | static_cast<unsigned char>(at[i]);
  if (tagger.row_bits_ < kFewestBits || tagger.row_bits_ > kMostBits) return wrong("names a size that no tagger has");
  const std::size_t rows = (std::size_t{1} << tagger.row_bits_) * tag_count;
  if (bytes.size() != kHead + rows + kLanes) return wrong("is not whole");
  at += 4;
  tagger.scale_ = read_float(at);
  at += 4;
  if (!(tagger.scale_ > 0 && tagger.scale_ < 10)) return wrong("has a scale that is no number of its range");
  for (float& value : tagger.transitions_) {
    value = read_float(at);
    at += 4;
    if (!(std::abs(value) <= kSteepest)) return wrong("has a weight that is no number of its range");
    value = std::exp(value);
  }
  for (float& value : tagger.starts_) {
    value = read_float(at);
    at += 4;
    if (!(std::abs(value) <= kSteepest)) return wrong("has a weight that is no number of its range");
    value = std::exp(value);
  }
  tagger.rows_ = {reinterpret_cast<const std::int8_t*>(at), rows + kLanes};
  return tagger;
}

std::string Tagger::write(std::uint32_t row_bits, float scale, std::span<const std::int8_t> rows, std::span<const float> transitions, std::span<const float> starts) {
  std::string out(kMagic);
  put(out, row_bits);
  put(out, std::bit_cast<std::uint32_t>(scale));
  for (const auto weights : {transitions, starts})
    for (const float value : weights) put(out, std::bit_cast<std::uint32_t>(std::clamp(value, -kSteepest, kSteepest)));
  out.append(reinterpret_cast<const char*>(rows.data()), rows.size());
  out.append(kLanes, '\0');
  return out;
}

void Tagger::tag(const TaggerFeatures& features, std::uint32_t first, std::uint32_t last, std::span<TagChances> out) const {
  const std::size_t count = last - first;
  std::vector<float> scores(count * tag_count), chances(count * tag_count);
  std::vector<std::uint32_t> found;
  found.reserve(80);
  for (std::uint32_t i = first; i < last; ++i) {
    features.of(i, first, last, found);
    std::int32_t sums[kLanes] = {};
    for (const std::uint32_t feature : found) {
      const std::int8_t* row = rows_.data() + std::size_t{tagger_row(feature, row_bits_)} * tag_count;
      for (std::size_t k = 0; k < kLanes; ++k) sums[k] += row[k];  // the lanes behind the tenth are not read
    }
    for (std::size_t k = 0; k < tag_count; ++k) scores[(i - first) * tag_count + k] = static_cast<float>(sums[k]) * scale_;
  }
  tag_chances(scores, {}, transitions_, starts_, chances);
  for (std::size_t t = 0; t < count; ++t) std::copy_n(chances.begin() + static_cast<std::ptrdiff_t>(t * tag_count), tag_count, out[t].of.begin());
}

}  // namespace gatehouse::redaction
