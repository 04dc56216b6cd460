#pragma once
// Small helpers shared by the readers and writers of the store. Pure, any thread.
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sqlite/identifiers.hpp"
#include "adapters/sqlite/sealer.hpp"

namespace gatehouse::adapters {

inline std::int64_t seconds_of(policy::Instant at) { return at.time_since_epoch().count(); }
inline policy::Instant instant_of(std::int64_t seconds) { return policy::Instant(std::chrono::seconds(seconds)); }

inline std::string full_name(const NameInput& name) {
  if (name.given.empty()) return name.family;
  if (name.family.empty()) return name.given;
  return name.given + " " + name.family;
}

// Words of the vocabulary in one column, parted by spaces.
template <class Words, class Text>
std::string join_words(const Words& words, Text text) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ' ';
    out += text(word);
  }
  return out;
}
inline std::string join_words(const std::vector<std::string>& words) {
  return join_words(words, [](const std::string& word) -> const std::string& { return word; });
}
inline std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    out.emplace_back(text.substr(0, space));
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return out;
}

// What is hashed for the organisation's own number of an item: bound to one person's file.
inline std::string item_words(std::int64_t person, std::string_view item_ref) { return "item:" + std::to_string(person) + "|" + std::string(item_ref); }

// What is hashed for `withheld_from`, and for the names a worker's name is compared with: bound to one person's file, so that equal hashes on
// two files say nothing.
inline std::string withheld_words(std::int64_t person, std::string_view whom) { return "withheld:" + std::to_string(person) + "|" + std::string(whom); }
struct WorkerToken {
  std::string words;
  bool initial = false;
};
inline std::vector<WorkerToken> worker_words(std::int64_t person, const WorkerName& name) {
  std::vector<WorkerToken> out;
  const std::string start = "worker:" + std::to_string(person);
  if (!name.whole.empty()) out.push_back({start + "|whole|" + name.whole, false});
  if (!name.sound.empty()) out.push_back({start + "|sound|" + name.sound, false});
  if (!name.initial.empty()) out.push_back({start + "|initial|" + name.initial, true});
  return out;
}
// Whether a hash of that name that is on a file says they are the same: an initial and a surname alone only where one of the two is no more than that.
inline bool same_worker(bool by_initial, const WorkerName& asked, bool on_file_initial_only) { return !by_initial || asked.initial_only || on_file_initial_only; }

// The key that sealed a request's columns: the person's, or the request's own, wrapped by the audit key.
inline std::expected<Sealer, Keyring::Trouble> request_sealer(Keyring& keys, std::string_view id, std::optional<std::int64_t> person,
                                                              std::string_view own_key) {
  if (person) {
    auto lease = keys.open_data_key(*person);
    if (!lease) return std::unexpected(lease.error());
    return Sealer(std::move(*lease), person_subject(*person));
  }
  auto lease = keys.unwrap_under_audit(own_key, request_key_purpose(id));
  if (!lease) return std::unexpected(lease.error());
  return Sealer(std::move(*lease), request_subject(id));
}

// Statements as join_words() wrote them. Throws DatabaseFault for a word that is not of the vocabulary.
inline std::vector<policy::Statement> statements_of(std::string_view text) {
  std::vector<policy::Statement> out;
  for (const auto& word : split_words(text)) {
    const auto one = policy::from_text<policy::Statement>(word);
    if (!one) throw DatabaseFault(0, "database: request: a statement that is not of the vocabulary");
    out.push_back(*one);
  }
  return out;
}

}  // namespace gatehouse::adapters
