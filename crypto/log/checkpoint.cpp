// Checkpoints: https://c2sp.org/tlog-checkpoint
#include "crypto/log/checkpoint.hpp"

#include "crypto/log/lines.hpp"

namespace gatehouse::crypto::log {

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  const std::string text = checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
                           base64({reinterpret_cast<const char*>(checkpoint.root.data()), checkpoint.root.size()}) + "\n";
  return sign_note(text, checkpoint.origin, key);
}

namespace {

std::unexpected<Error> bad(const char* what) {
  return std::unexpected(Error{"bad_checkpoint", "checkpoint", what, "origin, size and root, one line each"});
}

}  // namespace

std::expected<Checkpoint, Error> read_checkpoint_text(std::string_view text) {
  const auto origin = take_line(text), size = take_line(text), root = take_line(text);
  if (!origin || !size || !root) return bad("a line is missing");
  if (!text.empty()) return bad("it has extension lines");
  Checkpoint out;
  if (!is_key_name(*origin)) return bad("its origin is empty or holds a space");
  out.origin = *origin;
  if (!read_decimal(*size, out.size)) return bad("its size is no number");
  if (!read_digest(*root, out.root)) return bad("its root is not base64 of 32 bytes");
  if (out.size == 0 && out.root != empty_root()) return bad("an empty tree has another root");
  return out;
}

std::expected<Checkpoint, Error> open_checkpoint(std::string_view note, const VerifierKey& log_key) {
  const auto text = open_note(note, log_key);
  if (!text) return std::unexpected(text.error());
  auto out = read_checkpoint_text(*text);
  if (out && out->origin != log_key.name) return bad("its origin is not the name of the log's key");
  return out;
}

}  // namespace gatehouse::crypto::log
