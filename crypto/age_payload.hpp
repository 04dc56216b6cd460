#pragma once
// The payload of an age file: ChaCha20-Poly1305 in chunks of 64 KiB, nonce = 11-byte big-endian counter ‖ last flag. Inside crypto/ only.
#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/age_header.hpp"

namespace gatehouse::crypto::age {

inline constexpr std::size_t kChunk = 65536, kTag = 16;

// One thread per object; several may work on one payload, each on its own chunks.
class ChunkCipher {
 public:
  enum class Way : std::uint8_t { seal, open };
  ChunkCipher(const PayloadKey& key, Way way);   // throws std::bad_alloc, std::runtime_error
  ~ChunkCipher();
  ChunkCipher(const ChunkCipher&) = delete;
  ChunkCipher& operator=(const ChunkCipher&) = delete;

  void seal(std::uint64_t counter, bool last, std::string_view plain, char* out);       // writes plain.size() + kTag
  // False, and nothing of use in `out`, when the chunk is not what was sealed at this place. `sealed` has at least kTag bytes.
  bool open(std::uint64_t counter, bool last, std::string_view sealed, char* out);      // writes sealed.size() - kTag

 private:
  void* context_;
};

// Opens the chunk at this place, `last` when no byte comes behind it; `out` has room for kChunk, `written` says how much of it is good plaintext.
// A chunk that is genuine but for its place, first or last, is given out as the stock program does, and then refused for what is wrong.
std::optional<Error> open_chunk(ChunkCipher& cipher, std::uint64_t chunk, bool last, std::string_view sealed, char* out, std::size_t& written);

}  // namespace gatehouse::crypto::age
