#include "policy/redaction/tagger_training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>

namespace gatehouse::redaction {

namespace {

// Whole letters of ASCII only: what stands where in the text must not move.
std::string recase(std::string text, bool up) {
  for (char& c : text) {
    if (up && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    else if (!up && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

struct Weights {
  explicit Weights(std::uint32_t row_bits) : bits(row_bits), rows((std::size_t{1} << row_bits) * tag_count), squares(rows.size(), 1e-6f) {}
  std::uint32_t bits;
  std::vector<float> rows, squares;
  std::vector<float> transitions = std::vector<float>(tag_count * tag_count), transition_squares = std::vector<float>(tag_count * tag_count, 1e-6f);
  std::vector<float> starts = std::vector<float>(tag_count), start_squares = std::vector<float>(tag_count, 1e-6f);
};

class Trainer {
 public:
  explicit Trainer(const TrainingPlan& plan) : plan_(plan), weights_(plan.row_bits), random_(plan.seed) {}

  void learn(const MarkedText& marked) {
    const bool other_case = chance() < plan_.recased;
    const std::string recased = other_case ? recase(marked.text, chance() < 0.35f) : std::string();
    const auto shadow = Shadow::of(other_case ? std::string_view(recased) : std::string_view(marked.text));
    if (!shadow) return;
    const auto& tokens = shadow->tokens();
    if (tokens.empty()) return;
    const TaggerFeatures features(*shadow);
    std::vector<std::uint16_t> allowed(tokens.size(), marked.elsewhere);
    std::size_t mark = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const std::size_t begin = shadow->input_begin(tokens[i].begin), end = shadow->input_end(tokens[i].end);
      while (mark < marked.marks.size() && marked.marks[mark].end <= begin) ++mark;
      if (mark < marked.marks.size() && marked.marks[mark].begin < end) allowed[i] = marked.marks[mark].tags;
    }
    for (std::uint32_t first = 0; first < tokens.size();) {
      const std::uint32_t last = stretch_end(tokens, first);
      learn(features, std::span(allowed).subspan(first, last - first), first, last, marked.weight);
      first = last;
    }
  }

  double loss_per_word() const { return words_ ? loss_ / static_cast<double>(words_) : 0; }
  std::size_t words() const { return words_; }
  void next_round() { loss_ = 0, words_ = 0; }

  std::string bytes() const {
    float most = 0;
    for (const float value : weights_.rows) most = std::max(most, std::abs(value));
    // A few weights far out would leave few steps for the others: they are cut at the size that all but one in fifty thousand keep.
    std::vector<float> sizes;
    for (const float value : weights_.rows)
      if (value != 0) sizes.push_back(std::abs(value));
    if (!sizes.empty()) {
      const auto at = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() - 1 - sizes.size() / 50000);
      std::nth_element(sizes.begin(), at, sizes.end());
      most = *at;
    }
    const float scale = most > 0 ? most / 127 : 1e-3f;
    std::vector<std::int8_t> rows(weights_.rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int8_t>(std::clamp(std::lround(weights_.rows[i] / scale), -127l, 127l));
    return Tagger::write(weights_.bits, scale, rows, weights_.transitions, weights_.starts);
  }

 private:
  float chance() { return static_cast<float>(random_() >> 40) / static_cast<float>(1u << 24); }

  void learn(const TaggerFeatures& features, std::span<const std::uint16_t> allowed, std::uint32_t first, std::uint32_t last, float weight) {
    const std::size_t count = last - first;
    found_.resize(std::max(found_.size(), count));
    scores_.assign(count * tag_count, 0);
    free_.resize(count * tag_count);
    bound_.resize(count * tag_count);
    for (std::size_t t = 0; t < count; ++t) {
      features.of(first + static_cast<std::uint32_t>(t), first, last, found_[t], chance() >= plan_.blind);
      float* score = scores_.data() + t * tag_count;
      for (const std::uint32_t feature : found_[t]) {
        const float* row = weights_.rows.data() + std::size_t{tagger_row(feature, weights_.bits)} * tag_count;
        for (std::size_t k = 0; k < tag_count; ++k) score[k] += row[k];
      }
    }
    exp_transitions_.resize(tag_count * tag_count);
    for (std::size_t i = 0; i < exp_transitions_.size(); ++i) exp_transitions_[i] = std::exp(weights_.transitions[i]);
    exp_starts_.resize(tag_count);
    for (std::size_t k = 0; k < tag_count; ++k) exp_starts_[k] = std::exp(weights_.starts[k]);
    std::vector<float> free_pairs(tag_count * tag_count), bound_pairs(tag_count * tag_count), free_first(tag_count), bound_first(tag_count);
    tag_chances(scores_, {}, exp_transitions_, exp_starts_, free_, free_pairs.data(), free_first.data());
    tag_chances(scores_, allowed, exp_transitions_, exp_starts_, bound_, bound_pairs.data(), bound_first.data());
    for (std::size_t t = 0; t < count; ++t) {
      float right = 0;
      for (std::size_t k = 0; k < tag_count; ++k)
        if (allowed[t] >> k & 1) right += free_[t * tag_count + k];
      loss_ -= std::log(std::max(right, 1e-6f));
      float gradient[tag_count];
      bool any = false;
      for (std::size_t k = 0; k < tag_count; ++k) {
        gradient[k] = weight * (free_[t * tag_count + k] - bound_[t * tag_count + k]);
        any = any || std::abs(gradient[k]) > 1e-4f;
      }
      if (!any) continue;
      for (const std::uint32_t feature : found_[t]) {
        const std::size_t row = std::size_t{tagger_row(feature, weights_.bits)} * tag_count;
        for (std::size_t k = 0; k < tag_count; ++k) step(weights_.rows[row + k], weights_.squares[row + k], gradient[k]);
      }
    }
    words_ += count;
    for (std::size_t i = 0; i < free_pairs.size(); ++i) step(weights_.transitions[i], weights_.transition_squares[i], weight * (free_pairs[i] - bound_pairs[i]));
    for (std::size_t k = 0; k < tag_count; ++k) step(weights_.starts[k], weights_.start_squares[k], weight * (free_first[k] - bound_first[k]));
  }

  void step(float& value, float& squares, float gradient) const {
    squares += gradient * gradient;
    value -= plan_.rate * gradient / std::sqrt(squares + 1.0f);
    value -= value * plan_.shrink;
  }

  const TrainingPlan& plan_;
  Weights weights_;
  std::mt19937_64 random_;
  std::vector<std::vector<std::uint32_t>> found_;
  std::vector<float> scores_, free_, bound_, exp_transitions_, exp_starts_;
  double loss_ = 0;
  std::size_t words_ = 0;
};

}  // namespace

std::string train_tagger(const std::vector<MarkedText>& texts, const TrainingPlan& plan, const std::function<void(const TrainingRound&)>& told) {
  Trainer trainer(plan);
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(plan.seed ^ 0xA5A5A5A5u);
  for (int round = 1; round <= plan.rounds; ++round) {
    // Fisher and Yates by hand: std::shuffle differs between libraries, and the weights must not.
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    trainer.next_round();
    for (const std::size_t at : order) trainer.learn(texts[at]);
    if (trainer.words() == 0) throw std::invalid_argument("no text to learn from holds a word");
    if (told) told({round, trainer.loss_per_word(), trainer.words()});
  }
  return trainer.bytes();
}

}  // namespace gatehouse::redaction
