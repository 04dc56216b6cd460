// Signed notes, checkpoints and verifier keys. The key is 32 bytes 0, 1, 2 …; the corpus holds one note it signed, and no other may open.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/log/checkpoint.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

constexpr std::string_view kSigned = "gatehouse.example.org/log\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n";

const log::VerifierKey& key() {
  static const log::VerifierKey made = [] {
    if (!start()) std::abort();
    return *log::VerifierKey::parse("gatehouse.example.org/log+c6321f71+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4");
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto opened = log::open_note(text, key()); opened && *opened != kSigned) std::abort();
  if (const auto opened = log::open_checkpoint(text, key()); opened && (opened->size != 3 || opened->origin != key().name)) std::abort();
  (void)log::read_checkpoint_text(text);
  if (const auto read = log::VerifierKey::parse(text)) {
    std::string_view line = text;
    while (line.ends_with('\n')) line.remove_suffix(1);
    if (read->text() != line) std::abort();
  }
  return 0;
}
