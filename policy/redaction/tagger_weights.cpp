// The weights that `gatehouse redact train` last made, inside the program: nothing to configure, nothing to lose, and no file that somebody
// could change. The assembler takes them in as they are; pages that nobody reads are never loaded.
#include <stdexcept>

#include "policy/redaction/redact.hpp"
#include "policy/redaction/tagger.hpp"

__asm__(
    ".pushsection .rodata\n"
    ".balign 64\n"
    ".type gatehouse_tagger_weights, @object\n"
    "gatehouse_tagger_weights:\n"
    ".incbin \"" GATEHOUSE_TAGGER_WEIGHTS "\"\n"
    "gatehouse_tagger_weights_end:\n"
    ".size gatehouse_tagger_weights, gatehouse_tagger_weights_end - gatehouse_tagger_weights\n"
    ".popsection\n");

extern "C" {
extern const char gatehouse_tagger_weights[];
extern const char gatehouse_tagger_weights_end[];
}

namespace gatehouse::redaction {

const Tagger& built_in_tagger() {
  static const Tagger tagger = [] {
    auto read = Tagger::read({gatehouse_tagger_weights, static_cast<std::size_t>(gatehouse_tagger_weights_end - gatehouse_tagger_weights)});
    if (!read) throw std::logic_error("the weights compiled in are not those of this version");
    return std::move(*read);
  }();
  return tagger;
}

}  // namespace gatehouse::redaction
