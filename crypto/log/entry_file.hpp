#pragma once
// A log on its way to an auditor: one line of canonical JSON for each entry, in order. Pure, any thread.
//   {"entry":"<base64 of the entry's bytes>","index":0,"leaf":"<base64 of SHA-256(0x00 ‖ entry)>"}
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "crypto/error.hpp"

namespace gatehouse::crypto::log {

struct EntryLine {
  std::uint64_t index = 0;
  std::string entry;
  std::string leaf;                      // 32 bytes
};

std::string entry_line(std::uint64_t index, std::string_view entry);                         // with its newline
std::expected<EntryLine, Error> read_entry_line(std::string_view line);                      // without; strict, no other spelling

}  // namespace gatehouse::crypto::log
