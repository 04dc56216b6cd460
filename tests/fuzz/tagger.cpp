// Any bytes as a file of weights: refused, or weights that give chances, whatever they say.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/redaction/tagger.hpp"

using namespace gatehouse::redaction;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tagger = Tagger::read({reinterpret_cast<const char*>(data), size});
  if (!tagger) return 0;
  static const auto shadow = Shadow::of("Later Mr Vell rang from 07700 900201. BOTH WERE THERE, she said: \"Oskel's mum\".");
  static const TaggerFeatures features(*shadow);
  std::vector<TagChances> chances(shadow->tokens().size());
  tagger->tag(features, 0, static_cast<std::uint32_t>(chances.size()), chances);
  for (const TagChances& one : chances) {
    float sum = 0;
    for (const float chance : one.of) {
      if (!(chance >= 0 && chance <= 1.001f)) std::abort();
      sum += chance;
    }
    if (std::abs(sum - 1) > 1e-3f) std::abort();
  }
  return 0;
}
