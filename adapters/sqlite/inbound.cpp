#include "adapters/sqlite/inbound.hpp"

#include <sqlite3.h>

#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/words.hpp"

namespace gatehouse::adapters {

using policy::InboundDocument;
using policy::InboundEnd;

namespace {

constexpr const char* kColumns = "id, agency, format, received, seen, ended, how, passed_to, about IS NULL ";

[[noreturn]] void damaged(const char* what) { throw DatabaseFault(SQLITE_CONSTRAINT, std::string("database: inbound: ") + what); }

Sealer sealer_of(Keyring& keys) { return Sealer(keys.audit_key(), "inbound"); }

std::string opened(Keyring& keys, const std::string& id, const char* column, std::string_view sealed) {
  auto plain = sealer_of(keys).open("inbound", id, column, sealed);
  if (!plain) damaged("what is stored cannot be opened");
  return std::move(*plain);
}

// The columns of kColumns, in order.
InboundDocument document_of(const Rows& rows) {
  InboundDocument out;
  out.id = rows.string(0);
  out.agency = rows.string(1);
  out.format = rows.string(2);
  out.received = instant_of(rows.integer(3));
  if (!rows.null(4)) out.seen = instant_of(rows.integer(4));
  if (!rows.null(5)) out.ended = instant_of(rows.integer(5));
  const auto end = policy::from_text<InboundEnd>(rows.text(6));
  if (!end) damaged("a word that is not of the vocabulary");
  out.end = *end;
  if (!rows.null(7)) out.passed_to = rows.string(7);
  out.deleted = rows.integer(8) != 0;
  return out;
}

// No word of it and no name: which document, and what happened to it.
void log_inbound(WriteContext& context, std::string_view kind, const std::string& id, std::string_view why, const std::string& agency, const std::string& by,
                 std::int64_t at) {
  LogWords words;
  words.kind = kind;
  words.at = at;
  words.agency = agency;
  std::string detail = "{\"document\":", staff;
  append_json_text(detail, id);
  detail += ",\"why\":";
  append_json_text(detail, why);
  if (!by.empty()) {
    staff = "{\"by\":";
    append_json_text(staff, by);
    staff += "}";
  }
  auto draft = draft_entry(words, detail + "}", Sealer(context.keys.audit_key(), "audit"), staff, context.keys.audit_key());
  if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: an entry of a document would be too long");
  context.log.append(*draft);
}

}  // namespace

std::vector<InboundDocument> read_inbound_open(Database& database, Keyring& keys, std::size_t limit) {
  Statement all(database.handle(), (std::string("SELECT ") + kColumns + ", about FROM inbound WHERE ended IS NULL ORDER BY received, id LIMIT ?").c_str());
  auto rows = all.select(static_cast<std::uint64_t>(limit));
  std::vector<InboundDocument> out;
  while (rows.next()) {
    out.push_back(document_of(rows));
    if (!out.back().deleted) out.back().about_json = opened(keys, out.back().id, "about", rows.blob(9));
  }
  return out;
}

std::vector<InboundDocument> read_inbound_for(Database& database, const std::string& staff, std::size_t limit) {
  Statement all(database.handle(), (std::string("SELECT ") + kColumns + "FROM inbound WHERE passed_to = ? AND ended IS NULL ORDER BY received DESC, id LIMIT ?").c_str());
  auto rows = all.select(staff, static_cast<std::uint64_t>(limit));
  std::vector<InboundDocument> out;
  while (rows.next()) out.push_back(document_of(rows));
  return out;
}

SendDocumentJob::SendDocumentJob(Keyring& keys, InboundDocument document, policy::Call call) : document_(std::move(document)), by_(keys, std::move(call)) {
  about_ = sealer_of(keys).seal("inbound", document_.id, "about", document_.about_json);
  original_ = sealer_of(keys).seal("inbound", document_.id, "original", document_.original);
}

WriteJob::Verdict SendDocumentJob::apply(WriteContext& context) {
  const std::int64_t at = seconds_of(by_.call.at);
  context.now = std::max(context.now, at);
  if (!context.take_nonce(seconds_of(by_.call.nonce_expires), by_.nonce)) {
    result_.called = policy::Called::nonce_seen;
    return Verdict::undo;
  }
  {
    auto rows = context.stamp.select(by_.call.agency, std::optional<std::int64_t>());
    if (!rows.next() || rows.null(1) || rows.number(1) != by_.call.agency_version) {
      result_.called = policy::Called::stale;
      return Verdict::undo;
    }
  }
  {
    // The key belongs to the one call it first came with, whatever that asked for.
    Statement mine(context.database.handle(), "SELECT id, sent_body, agency FROM inbound WHERE sent_key = ?");
    for (const std::string& form : context.index.to_find(by_.idempotency)) {
      auto rows = mine.select(Blob{form});
      if (!rows.next()) continue;
      result_.called = context.index.same(rows.blob(1), by_.body) && rows.text(2) == by_.call.agency ? policy::Called::again : policy::Called::key_reused;
      if (result_.called == policy::Called::again) result_.id = rows.string(0);
      return Verdict::undo;
    }
    if (context.known_call(by_.idempotency, by_.body)) {
      result_.called = policy::Called::key_reused;
      return Verdict::undo;
    }
  }
  {
    // Nobody fills the disk with what nobody reads.
    Statement open(context.database.handle(), "SELECT count(*) FROM inbound WHERE agency = ? AND ended IS NULL");
    auto rows = open.select(by_.call.agency);
    if (!rows.next() || rows.number(0) >= policy::kMostOpenDocuments) {
      result_.called = policy::Called::conflict;
      return Verdict::undo;
    }
  }
  const std::string sent_key = context.index.to_write(by_.idempotency), sent_body = context.index.to_write(by_.body);
  Statement(context.database.handle(), "INSERT INTO inbound (id, agency, format, received, how, page_lead, sent_key, sent_body, about, original) "
                                       "VALUES (?, ?, ?, ?, 'open', 1, ?, ?, ?, ?)")
      .run(document_.id, by_.call.agency, document_.format, at, Blob{sent_key}, Blob{sent_body}, Blob{about_}, Blob{original_});
  log_inbound(context, "receipt", document_.id, "document_received", by_.call.agency, {}, at);
  result_ = {policy::Called::done, document_.id};
  return Verdict::keep;
}

WriteJob::Verdict OpenInboundJob::apply(WriteContext& context) {
  sqlite3* const db = context.database.handle();
  InboundDocument out;
  {
    Statement one(db, (std::string("SELECT ") + kColumns + ", about, original, cut FROM inbound WHERE id = ?").c_str());
    auto rows = one.select(id_);
    if (!rows.next()) return Verdict::undo;
    out = document_of(rows);
    if (out.deleted) return Verdict::undo;
    if (cut_) {
      if (out.passed_to != by_ || out.ended || rows.null(11)) return Verdict::undo;
      out.cut_json = opened(context.keys, id_, "cut", rows.blob(11));
    } else {
      out.about_json = opened(context.keys, id_, "about", rows.blob(9));
      out.original = opened(context.keys, id_, "original", rows.blob(10));
      if (!rows.null(11)) out.cut_json = opened(context.keys, id_, "cut", rows.blob(11));
    }
  }
  const std::int64_t at = seconds_of(at_);
  if (!cut_ && !out.seen) {
    Statement(db, "UPDATE inbound SET seen = ? WHERE id = ? AND seen IS NULL").run(at, id_);
    out.seen = at_;
  }
  log_inbound(context, "access", id_, cut_ ? "cut_read" : "original_read", out.agency, by_, at);
  result_ = std::move(out);
  return Verdict::keep;
}

StaffJob::Work pass_on_work(std::string id, std::string by, std::string to, std::string cut_json, policy::Instant at) {
  return [id = std::move(id), by = std::move(by), to = std::move(to), cut_json = std::move(cut_json), at](WriteContext& context) {
    sqlite3* const db = context.database.handle();
    const std::string cut = sealer_of(context.keys).seal("inbound", id, "cut", cut_json);
    const int changed = Statement(db, "UPDATE inbound SET passed_to = ?1, cut = ?2 WHERE id = ?3 AND ended IS NULL AND about IS NOT NULL "
                                      "AND EXISTS (SELECT 1 FROM staff WHERE id = ?1)")
                            .run(to, Blob{cut}, id);
    if (changed != 1) return WriteJob::Verdict::undo;
    log_inbound(context, "receipt", id, "cut_passed_on", {}, by, seconds_of(at));
    return WriteJob::Verdict::keep;
  };
}

StaffJob::Work end_inbound_work(std::string id, std::string by, InboundEnd end, policy::Instant at) {
  return [id = std::move(id), by = std::move(by), end, at](WriteContext& context) {
    if (end == InboundEnd::open) return WriteJob::Verdict::undo;
    const int changed = Statement(context.database.handle(), "UPDATE inbound SET ended = ?, how = ? WHERE id = ? AND ended IS NULL AND seen IS NOT NULL")
                            .run(seconds_of(at), policy::text(end), id);
    if (changed != 1) return WriteJob::Verdict::undo;
    log_inbound(context, "receipt", id, std::string("document_") + std::string(policy::text(end)), {}, by, seconds_of(at));
    return WriteJob::Verdict::keep;
  };
}

WriteJob::Verdict DeleteInboundJob::apply(WriteContext& context) {
  count_ = static_cast<std::size_t>(Statement(context.database.handle(), "UPDATE inbound SET about = NULL, original = NULL, cut = NULL WHERE ended <= ? AND about IS NOT NULL")
                                        .run(seconds_of(ended_by_)));
  return count_ > 0 ? Verdict::keep : Verdict::undo;
}

}  // namespace gatehouse::adapters
