#include "adapters/sqlite/log.hpp"

#include <array>

#include "crypto/log/tree.hpp"

namespace gatehouse::adapters {
namespace {

constexpr std::size_t kLongestEntry = 65535;   // proof bundles use 16-bit lengths

// Spaces behind a JSON object change nothing for its reader.
void pad(std::string& detail) {
  std::size_t size = 256;
  while (size < detail.size()) size *= 2;
  detail.resize(size, ' ');
}

// The salt inside the entry makes every place different; the entry cannot know its index before it is written.
constexpr std::string_view kDetailPlace = "log_entry||detail|1||1";
constexpr std::string_view kStaffPlace = "log_entry||staff|1||1";

void member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out.append(out.size() == 1 ? "\"" : ",\"").append(name).append("\":");
  append_json_text(out, value);
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  static constexpr auto escaped = [] {
    std::array<bool, 256> table{};
    for (std::size_t byte = 0; byte < 0x20; ++byte) table[byte] = true;
    table['"'] = table['\\'] = table[0x7f] = true;
    return table;
  }();
  out += '"';
  std::size_t done = 0;                      // most texts are one piece without anything to escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (!escaped[byte]) continue;
    out.append(text.substr(done, i - done));
    done = i + 1;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  out.append(text.substr(done));
  out += '"';
}

std::string_view json_member(std::string_view object, std::string_view name) {
  int depth = 0;
  bool is_key = false;
  for (std::size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    if (c == '{' || c == '[') {
      ++depth;
      is_key = c == '{';
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',') {
      is_key = true;
    } else if (c == '"') {
      std::size_t end = i + 1;
      while (end < object.size() && object[end] != '"') end += object[end] == '\\' ? 2 : 1;
      if (end >= object.size()) return {};
      const bool found = depth == 1 && is_key && object.substr(i + 1, end - i - 1) == name;
      is_key = false;
      i = end;
      if (!found) continue;
      std::size_t from = i + 1;
      while (from < object.size() && (object[from] == ':' || object[from] == ' ')) ++from;
      int inner = 0;
      for (std::size_t to = from; to < object.size(); ++to) {
        const char d = object[to];
        if (d == '"') {
          ++to;
          while (to < object.size() && object[to] != '"') to += object[to] == '\\' ? 2 : 1;
          if (to >= object.size()) return {};
        } else if (d == '{' || d == '[') {
          ++inner;
        } else if ((d == ',' || d == '}' || d == ']') && inner == 0) {
          return object.substr(from, to - from);
        } else if (d == '}' || d == ']') {
          --inner;
        }
      }
      return {};
    }
  }
  return {};
}

std::expected<LogDraft, std::string> draft_entry(const LogWords& words, std::string detail, const Sealer& sealer, std::string staff,
                                                 const crypto::SecretBytes& audit) {
  pad(detail);
  const std::string sealed = crypto::base64(crypto::seal_field(sealer.key(), detail, kDetailPlace));
  std::string staff_sealed;
  if (!staff.empty()) {
    pad(staff);
    staff_sealed = crypto::base64(crypto::seal_field(audit, staff, kStaffPlace));
  }
  LogDraft draft;
  std::string& out = draft.entry;
  out.reserve(sealed.size() + staff_sealed.size() + 512);
  out = "{";
  member(out, "agency", words.agency);
  out.append(out.size() == 1 ? "\"at\":" : ",\"at\":").append(std::to_string(words.at));
  if (!words.before.empty()) out.append(",\"before\":").append(words.before);
  member(out, "decision", words.decision);
  member(out, "detail", sealed);
  member(out, "kind", words.kind);
  member(out, "manifest", words.manifest);
  member(out, "outcome", words.outcome);
  member(out, "pack", words.pack);
  member(out, "salt", crypto::base64(crypto::random_bytes(32)));
  member(out, "staff", staff_sealed);
  out += ",\"v\":1}";
  if (out.size() > kLongestEntry) return std::unexpected("log: the entry would have " + std::to_string(out.size()) + " bytes; 65535 is the most");
  draft.leaf = crypto::log::leaf_hash(out);
  draft.at = words.at;
  return draft;
}

std::expected<std::string, std::string> open_detail(std::string_view entry, std::string_view member_name, const Sealer& sealer) {
  std::string_view quoted = json_member(entry, member_name);
  if (quoted.size() < 2 || quoted.front() != '"') return std::unexpected("log: the entry has no `" + std::string(member_name) + "`");
  const auto sealed = crypto::from_base64(quoted.substr(1, quoted.size() - 2));
  if (!sealed) return std::unexpected("log: `" + std::string(member_name) + "` is not base64");
  const std::string_view place = member_name == "staff" ? kStaffPlace : kDetailPlace;
  auto plain = crypto::open_field(sealer.key(), *sealed, place);
  if (!plain)
    sealer.each_other_key([&](const crypto::SecretBytes& other, unsigned) {
      auto opened = crypto::open_field(other, *sealed, place);
      if (!opened) return false;
      plain = std::move(opened);
      return true;
    });
  if (!plain) return std::unexpected(plain.error().text());
  plain->resize(plain->find_last_not_of(' ') + 1);
  return std::move(*plain);
}

LogTail::LogTail(Database& database)
    : database_(&database),
      head_(database.handle(), "SELECT size, at FROM log_head WHERE one = 1"),
      add_(database.handle(), "INSERT INTO log_entry (idx, entry, leaf, person, request) VALUES (?, ?, ?, ?, ?)"),
      move_(database.handle(), "UPDATE log_head SET size = ?, at = ? WHERE one = 1 AND size = ?") {}

void LogTail::load() {
  auto rows = head_.select();
  if (!rows.next()) throw DatabaseFault(0, "database: the head of the log is missing", database_->file());
  size_ = stored_ = rows.number(0);
  at_ = rows.integer(1);
}

std::uint64_t LogTail::append(const LogDraft& draft) {
  add_.run(size_, draft.entry, Blob{{reinterpret_cast<const char*>(draft.leaf.data()), draft.leaf.size()}}, draft.person, draft.request);
  at_ = draft.at;
  return size_++;
}

void LogTail::store() {
  if (size_ == stored_) return;
  if (move_.run(size_, at_, stored_) != 1) throw DatabaseFault(0, "database: the head of the log moved inside a transaction", database_->file());
  stored_ = size_;
}

std::expected<void, std::string> check_tail(Database& database, std::uint64_t count) {
  Statement begin(database.handle(), "BEGIN"), end(database.handle(), "COMMIT");
  begin.run();
  std::expected<void, std::string> result;
  {
    Statement head(database.handle(), "SELECT size FROM log_head WHERE one = 1");
    Statement last(database.handle(), "SELECT coalesce(max(idx) + 1, 0) FROM log_entry");
    Statement tail(database.handle(), "SELECT idx, entry, leaf FROM log_entry WHERE idx >= ? ORDER BY idx");
    auto head_rows = head.select();
    auto last_rows = last.select();
    if (!head_rows.next() || !last_rows.next() || head_rows.integer(0) != last_rows.integer(0)) {
      result = std::unexpected(std::string("log: the head does not point behind the last entry; restore the database from its backup"));
    } else {
      const std::uint64_t size = head_rows.number(0);
      std::uint64_t next = size > count ? size - count : 0;
      auto rows = tail.select(next);
      while (result && rows.next()) {
        const auto leaf = crypto::log::leaf_hash(rows.text(1));
        if (rows.number(0) != next || rows.blob(2) != std::string_view(reinterpret_cast<const char*>(leaf.data()), leaf.size()))
          result = std::unexpected("log: entry " + std::to_string(next) + " is missing or is not what was hashed; restore the database from its backup");
        ++next;
      }
      if (result && next != size) result = std::unexpected("log: entry " + std::to_string(next) + " is missing; restore the database from its backup");
    }
  }
  end.run();
  return result;
}

}  // namespace gatehouse::adapters
