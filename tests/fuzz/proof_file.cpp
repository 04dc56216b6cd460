// Proof files, exported entries, saved states and tile names. The corpus holds one genuine proof; no other entry may be proved by any bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "crypto/log/checkpoint.hpp"
#include "crypto/log/entry_file.hpp"
#include "crypto/log/tile.hpp"
#include "crypto/log/tree.hpp"
#include "crypto/secret_bytes.hpp"

namespace {

using namespace gatehouse::crypto;

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
  // The signed tree has the entries a, b and c.
  if (const auto proof = log::check_proof_file(text, key()))
    if (proof->checkpoint.size != 3 || proof->entry != std::string(1, static_cast<char>('a' + proof->index))) std::abort();
  if (const auto line = log::read_entry_line(text); line && line->entry.size() > text.size()) std::abort();
  if (const auto state = log::Frontier::load(text); state && state->save() != text) std::abort();
  if (const auto tile = log::parse_tile_path(text); tile && log::tile_path(*tile) != text) std::abort();
  return 0;
}
