#include "adapters/sqlite/staff.hpp"

#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/words.hpp"
#include "crypto/keystore.hpp"

namespace gatehouse::adapters {

using nlohmann::json;
using policy::StaffMember;
using policy::StoreError;

namespace {

constexpr std::int64_t kSessionRests = 86400;  // a session that ended is still known for a day: what was being written is kept for its owner

std::string sign_in_hash(Keyring& keys, const std::string& sign_in) { return first_index(keys, "staff:" + sign_in); }
std::string session_hash(Keyring& keys, const std::string& token) { return first_index(keys, "session:" + token); }

std::string date_text(const std::optional<policy::Date>& date) { return date ? policy::to_text(*date) : std::string(); }

std::string pack(const StaffMember& member) {
  json roles = json::array();
  for (const auto role : member.roles) roles.push_back(policy::text(role));
  return json{{"name", member.name}, {"sign_in", member.sign_in}, {"roles", roles}, {"password_hash", member.password_hash},
              {"code_secret", crypto::hex({reinterpret_cast<const std::uint8_t*>(member.code_secret.data()), member.code_secret.size()})},
              {"code_used", member.code_used}, {"recovery", member.recovery}, {"join_sha256", member.join_sha256}, {"join_until", seconds_of(member.join_until)},
              {"training_until", date_text(member.training_until)}, {"away_from", date_text(member.away_from)}, {"away_to", date_text(member.away_to)},
              {"covered_by", member.covered_by}}.dump();
}

std::optional<StaffMember> unpack(std::string_view text) {
  const json file = json::parse(text, nullptr, false);
  if (!file.is_object()) return std::nullopt;
  try {
    StaffMember out;
    out.name = file.at("name").get<std::string>();
    out.sign_in = file.at("sign_in").get<std::string>();
    for (const auto& word : file.at("roles")) {
      const auto role = policy::from_text<policy::Role>(word.get<std::string>());
      if (!role) return std::nullopt;
      out.roles.push_back(*role);
    }
    out.password_hash = file.at("password_hash").get<std::string>();
    const auto secret = crypto::from_hex(file.at("code_secret").get<std::string>());
    if (!secret) return std::nullopt;
    out.code_secret = *secret;
    out.code_used = file.at("code_used").get<std::int64_t>();
    out.recovery = file.at("recovery").get<std::vector<std::string>>();
    out.join_sha256 = file.at("join_sha256").get<std::string>();
    out.join_until = instant_of(file.at("join_until").get<std::int64_t>());
    out.training_until = policy::read_date(file.at("training_until").get<std::string>());
    out.away_from = policy::read_date(file.at("away_from").get<std::string>());
    out.away_to = policy::read_date(file.at("away_to").get<std::string>());
    out.covered_by = file.at("covered_by").get<std::string>();
    return out;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

// Columns: id, version, state, file.
std::optional<StaffMember> read_member(Keyring& keys, const Rows& rows) {
  const Sealer sealer(keys.audit_key(), "staff");
  const auto plain = sealer.open("staff", std::string(rows.text(0)) + "." + std::to_string(rows.integer(1)), "file", rows.blob(3));
  auto member = plain ? unpack(*plain) : std::nullopt;
  const auto state = policy::from_text<policy::StaffState>(rows.text(2));
  if (!member || !state) return std::nullopt;
  member->id = rows.string(0);
  member->version = rows.number(1);
  member->state = *state;
  return member;
}

}  // namespace

StaffReader::StaffReader(const SqliteSettings& settings, Keyring& keys)
    : keys_(keys),
      database_(settings.database, Database::Mode::read, settings.busy_milliseconds),
      index_(database_, keys),
      all_(database_.handle(), "SELECT id, version, state, file FROM staff ORDER BY id"),
      by_id_(database_.handle(), "SELECT id, version, state, file FROM staff WHERE id = ?"),
      by_name_(database_.handle(), "SELECT id, version, state, file FROM staff WHERE sign_in = ?"),
      session_(database_.handle(), "SELECT staff, made, seen FROM staff_session WHERE token = ?"),
      draft_(database_.handle(), "SELECT words FROM draft WHERE staff = ? AND page = ?") {}

std::expected<std::vector<StaffMember>, StoreError> StaffReader::staff() {
  std::vector<StaffMember> out;
  auto rows = all_.select();
  while (rows.next()) {
    auto member = read_member(keys_, rows);
    if (!member) return std::unexpected(StoreError::unavailable);
    out.push_back(std::move(*member));
  }
  return out;
}

std::expected<std::optional<StaffMember>, StoreError> StaffReader::member(const std::string& id) {
  auto rows = by_id_.select(id);
  if (!rows.next()) return std::optional<StaffMember>();
  auto member = read_member(keys_, rows);
  if (!member) return std::unexpected(StoreError::unavailable);
  return member;
}

std::expected<std::optional<StaffMember>, StoreError> StaffReader::by_sign_in(const std::string& sign_in) {
  const Transaction one_view(database_, "BEGIN");
  index_.look();
  for (const std::string& form : index_.to_find(sign_in_hash(keys_, sign_in))) {
    auto rows = by_name_.select(Blob{form});
    if (!rows.next()) continue;
    auto member = read_member(keys_, rows);
    if (!member) return std::unexpected(StoreError::unavailable);
    return member;
  }
  return std::optional<StaffMember>();
}

std::expected<std::optional<policy::StaffSession>, StoreError> StaffReader::session(const std::string& token) {
  const Transaction one_view(database_, "BEGIN");
  index_.look();
  for (const std::string& form : index_.to_find(session_hash(keys_, token))) {
    auto rows = session_.select(Blob{form});
    if (!rows.next()) continue;
    policy::StaffSession out;
    out.staff = rows.string(0);
    out.made = instant_of(rows.integer(1));
    out.seen = instant_of(rows.integer(2));
    return std::optional(std::move(out));
  }
  return std::optional<policy::StaffSession>();
}

std::expected<std::string, StoreError> StaffReader::draft(const std::string& staff, const std::string& page) {
  auto rows = draft_.select(staff, page);
  if (!rows.next()) return std::string();
  auto plain = Sealer(keys_.audit_key(), "staff").open("draft", staff + "|" + page, "words", rows.blob(0));
  if (!plain) return std::unexpected(StoreError::unavailable);
  return std::move(*plain);
}

StaffJob::Work put_staff_work(Keyring& keys, StaffMember member, policy::StaffNote note, bool end_sessions) {
  return [&keys, member = std::move(member), note = std::move(note), end_sessions](WriteContext& context) {
    sqlite3* const db = context.database.handle();
    const std::vector<std::string> names = context.index.to_find(sign_in_hash(keys, member.sign_in));
    const std::string& name = names.front();
    const std::uint64_t next = member.version + 1;
    const std::string file = Sealer(keys.audit_key(), "staff").seal("staff", member.id + "." + std::to_string(next), "file", pack(member));
    {
      Statement taken(db, "SELECT 1 FROM staff WHERE sign_in = ? AND id <> ?");
      for (const std::string& form : names)
        if (taken.select(Blob{form}, member.id).next()) return WriteJob::Verdict::undo;
    }
    int changed = 0;
    if (member.version == 0)
      changed = Statement(db, "INSERT OR IGNORE INTO staff (id, sign_in, state, version, file) VALUES (?, ?, ?, 1, ?)")
                    .run(member.id, Blob{name}, policy::text(member.state), Blob{file});
    else
      changed = Statement(db, "UPDATE staff SET sign_in = ?, state = ?, version = ?, file = ? WHERE id = ? AND version = ?")
                    .run(Blob{name}, policy::text(member.state), next, Blob{file}, member.id, member.version);
    if (changed != 1) return WriteJob::Verdict::undo;
    if (end_sessions) Statement(db, "DELETE FROM staff_session WHERE staff = ?").run(member.id);
    LogWords words;
    words.kind = "config";
    words.at = seconds_of(note.at);
    std::string detail = "{\"staff\":", staff = "{\"by\":";
    append_json_text(detail, member.id);
    detail += ",\"why\":";
    append_json_text(detail, note.what);
    append_json_text(staff, note.by);
    auto draft = draft_entry(words, detail + "}", Sealer(keys.audit_key(), "audit"), staff + "}", keys.audit_key());
    if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: a staff entry would be too long");
    context.log.append(*draft);
    return WriteJob::Verdict::keep;
  };
}

StaffJob::Work open_session_work(Keyring& keys, std::string token, policy::StaffSession session) {
  return [hash = session_hash(keys, token), session = std::move(session)](WriteContext& context) {
    sqlite3* const db = context.database.handle();
    const std::string stored = context.index.to_write(hash);
    Statement(db, "DELETE FROM staff_session WHERE seen < ?").run(seconds_of(session.seen) - kSessionRests);
    Statement(db, "DELETE FROM draft WHERE at < ?").run(seconds_of(session.seen) - 30 * kSessionRests);
    const int added = Statement(db, "INSERT OR IGNORE INTO staff_session (token, staff, made, seen) VALUES (?, ?, ?, ?)")
                          .run(Blob{stored}, session.staff, seconds_of(session.made), seconds_of(session.seen));
    return added == 1 ? WriteJob::Verdict::keep : WriteJob::Verdict::undo;
  };
}

StaffJob::Work touch_session_work(Keyring& keys, std::string token, policy::Instant at) {
  return [hash = session_hash(keys, token), at](WriteContext& context) {
    int touched = 0;
    for (const std::string& form : context.index.to_find(hash))
      touched += Statement(context.database.handle(), "UPDATE staff_session SET seen = max(seen, ?) WHERE token = ?").run(seconds_of(at), Blob{form});
    return touched == 1 ? WriteJob::Verdict::keep : WriteJob::Verdict::undo;
  };
}

StaffJob::Work end_session_work(Keyring& keys, std::string token) {
  return [hash = session_hash(keys, token)](WriteContext& context) {
    int ended = 0;
    for (const std::string& form : context.index.to_find(hash)) ended += Statement(context.database.handle(), "DELETE FROM staff_session WHERE token = ?").run(Blob{form});
    return ended == 1 ? WriteJob::Verdict::keep : WriteJob::Verdict::undo;
  };
}

StaffJob::Work keep_draft_work(Keyring& keys, std::string staff, std::string page, std::string words, policy::Instant at) {
  return [&keys, staff = std::move(staff), page = std::move(page), words = std::move(words), at](WriteContext& context) {
    sqlite3* const db = context.database.handle();
    if (words.empty()) {
      Statement(db, "DELETE FROM draft WHERE staff = ? AND page = ?").run(staff, page);
      return WriteJob::Verdict::keep;
    }
    const std::string sealed = Sealer(keys.audit_key(), "staff").seal("draft", staff + "|" + page, "words", words);
    Statement(db, "INSERT INTO draft (staff, page, at, words) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (staff, page) DO UPDATE SET at = ?3, words = ?4")
        .run(staff, page, seconds_of(at), Blob{sealed});
    return WriteJob::Verdict::keep;
  };
}

}  // namespace gatehouse::adapters
