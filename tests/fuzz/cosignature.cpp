// Notes with cosignatures, and what a witness answers. The keys are 32 bytes 0, 1, 2 … (the log) and 32 bytes `W` (the witness); nothing but what they
// signed counts.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/log/cosignature.hpp"
#include "crypto/log/note.hpp"
#include "crypto/log/policy.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

constexpr std::string_view kText = "gatehouse.example.org/log\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n";
constexpr std::string_view kNote = "gatehouse.example.org/log\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n\xe2\x80\x94 gatehouse.example.org/log "
                                   "xjIfcam9aSZqs/ePOeRwfXEDDfULZHOkBkCCiRIIh9G6BpCFj/g3gIahrzFHexy8H98ENS2fs9PM7D8a2/POb93ZaQI=\n";

const std::vector<log::WitnessKey>& witnesses() {
  static const std::vector<log::WitnessKey> all = [] {
    if (!start()) std::abort();
    const std::string seed(32, 'W');
    return std::vector{log::WitnessKey::of("witness.example.org", *SigningKey::from_seed(SecretBytes::copy_of({reinterpret_cast<const std::uint8_t*>(seed.data()), 32})))};
  }();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto& known = witnesses();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto note = log::read_note(text)) {
    if (note->signatures.empty() || note->signatures.size() > log::kMostSignatures || !note->text.ends_with('\n')) std::abort();
    for (const auto& one : note->signatures) {
      const auto line = log::read_signature_line(one.line);
      if (!line || line->name != one.name || line->bytes != one.bytes || one.bytes.size() < 4) std::abort();
    }
  }
  if (const auto who = log::cosignatures(text, known); who && !who->empty()) {
    // Only the texts that the witness was given are signed.
    const auto note = log::read_note(text);
    if (!note || (note->text != kText && text.find("\n5\n") == std::string_view::npos) || who->size() != 1 || who->front().time < 0) std::abort();
  }
  // An answer adds a good cosignature or nothing.
  if (const auto added = log::add_cosignature(kNote, text, known.front())) {
    const auto who = log::cosignatures(*added, known);
    if (!who || who->size() != 1 || !added->starts_with(kText)) std::abort();
    const auto twice = log::add_cosignature(*added, text, known.front());
    if (!twice || *twice != *added) std::abort();
  }
  if (const auto key = log::WitnessKey::parse(text)) {
    std::string_view line = text;
    while (line.ends_with('\n')) line.remove_suffix(1);
    if (key->text() != line) std::abort();
  }
  return 0;
}
