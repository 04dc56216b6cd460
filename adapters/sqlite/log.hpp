#pragma once
// Entries of the audit log and their place in the database. An entry is canonical JSON of at most 65,535 bytes without personal data or anything
// guessable: 32 random bytes of salt, and everything that says who or why sealed in `detail`, padded to 256, 512, 1,024 … bytes.
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/sealer.hpp"
#include "crypto/keys.hpp"
#include "crypto/secret_bytes.hpp"

namespace gatehouse::adapters {

// What an entry says in the clear; an empty member is left out.
struct LogWords {
  std::string_view kind;       // decision release receipt key policy shred access consent recall config …
  std::int64_t at = 0;         // seconds since 1970
  std::string_view agency, outcome, pack;
  std::string_view decision;   // hex HMAC-SHA256(k, decision)
  std::string_view manifest;   // hex SHA-256 of the manifest of a release
  std::string_view before;     // of a restore, as JSON: what the log had under its name of before
};

// An entry ready to be appended. `person` and `request` are not part of it: they say which key opens its detail.
struct LogDraft {
  std::string entry;
  crypto::Digest leaf{};
  std::int64_t at = 0;
  std::optional<std::int64_t> person, request;
};

// `detail`: a JSON object, sealed here under `sealer`. `staff`: a JSON object that names people who work here, sealed under the audit key; may be empty.
// An error: the entry would be too long.
std::expected<LogDraft, std::string> draft_entry(const LogWords& words, std::string detail, const Sealer& sealer, std::string staff,
                                                 const crypto::SecretBytes& audit);

// Opens the `detail` (or `staff`) of an entry, with whichever version of the key it was sealed with. An entry cannot be sealed again; the key store
// keeps the versions.
std::expected<std::string, std::string> open_detail(std::string_view entry, std::string_view member, const Sealer& sealer);

// `"text"` with everything escaped that JSON wants escaped.
void append_json_text(std::string& out, std::string_view text);

// The raw text of the member `name` of the outermost object; empty where there is none. For JSON we wrote ourselves.
std::string_view json_member(std::string_view object, std::string_view name);

// The end of the log inside one write transaction. The row log_head is the fence: it is read in the transaction that appends.
class LogTail {
 public:
  explicit LogTail(Database& database);
  void load();
  std::uint64_t append(const LogDraft& draft);   // its index
  void store();                                  // once, before COMMIT; nothing when nothing was appended
  struct Mark {
    std::uint64_t size;
    std::int64_t at;
  };
  Mark mark() const { return {size_, at_}; }
  void back_to(Mark mark) { size_ = mark.size, at_ = mark.at; }   // after ROLLBACK TO
  std::uint64_t size() const { return size_; }
  std::int64_t last_at() const { return at_; }

 private:
  const Database* database_;
  Statement head_, add_, move_;
  std::uint64_t size_ = 0, stored_ = 0;
  std::int64_t at_ = 0;
};

// Reads the last `count` entries again: their numbers have no gap, each leaf is the hash of its entry, and the head points behind the last.
std::expected<void, std::string> check_tail(Database& database, std::uint64_t count);

}  // namespace gatehouse::adapters
