#pragma once
// Cosignatures of checkpoints by witnesses (https://c2sp.org/tlog-cosignature, Ed25519, type 0x04): "at this time, the largest tree of this log
// that I have seen, and checked to continue the ones before, has this root". Pure: the time is passed in. Any thread.
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/keys.hpp"

namespace gatehouse::crypto::log {

struct WitnessKey {
  std::string name;                      // `witness.example.org`
  std::string public_key;                // 32 bytes, Ed25519
  static std::expected<WitnessKey, Error> parse(std::string_view text);   // `name+hash+key`, type 4
  std::string text() const;
  static WitnessKey of(std::string_view name, const SigningKey& key);
  bool operator==(const WitnessKey&) const = default;
};

// One signature line with its newline. `checkpoint_text`: the note's text, with its last newline. The same key must not serve two witnesses: the
// signature does not name its signer. `time`: seconds since 1970, not negative.
std::string cosign(std::string_view checkpoint_text, std::string_view name, const SigningKey& key, std::int64_t time);

struct Cosignature {
  std::size_t witness = 0;               // its place among the witnesses given
  std::int64_t time = 0;
};
// Who of `witnesses` cosigned the note: each once, with the latest time it wrote, in their order. Others' signatures are left alone; a false one
// of a witness refuses the note (`signature_mismatch`). The log's own signature is the business of open_checkpoint().
std::expected<std::vector<Cosignature>, Error> cosignatures(std::string_view note, const std::vector<WitnessKey>& witnesses);

// The note with the good lines of `answer` (what a witness said to add-checkpoint) that are by `witness`; older ones of the same witness go. Other
// lines of the answer are dropped. An error: it holds no good cosignature of this witness, or the note would have more than 16 signatures.
std::expected<std::string, Error> add_cosignature(std::string_view note, std::string_view answer, const WitnessKey& witness);

}  // namespace gatehouse::crypto::log
