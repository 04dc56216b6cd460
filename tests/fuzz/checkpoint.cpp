// The text of a checkpoint, whoever signed it. What is read has one spelling; any change of a signed one loses the signature.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/log/checkpoint.hpp"
#include "crypto/log/witness.hpp"
#include "crypto/secret_bytes.hpp"

using namespace gatehouse::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool started = start();
  static const SigningKey key = SigningKey::generate();   // another in every run: no corpus can hold a signature of it
  if (!started) std::abort();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto read = log::read_checkpoint_text(text);
  (void)log::read_seen_tree(text);
  if (!read) return 0;
  std::string again = read->origin + "\n" + std::to_string(read->size) + "\n" +
                      base64({reinterpret_cast<const char*>(read->root.data()), read->root.size()}) + "\n";
  if (again != text) std::abort();
  if (!log::is_key_name(read->origin)) return 0;
  const std::string note = log::sign_checkpoint(*read, key);
  const auto verifier = log::VerifierKey::of(read->origin, key);
  const auto opened = log::open_checkpoint(note, verifier);
  if (!opened || opened->size != read->size || opened->root != read->root) std::abort();
  // A witness reads the same tree out of it.
  const auto seen = log::read_seen_tree(note);
  if (!seen || seen->origin != read->origin || seen->size != read->size || seen->root != read->root) std::abort();
  std::string changed = note;
  changed[note.size() / 3] = static_cast<char>(changed[note.size() / 3] ^ 1);
  if (const auto forged = log::open_checkpoint(changed, verifier); forged && forged->size != read->size) std::abort();
  return 0;
}
