#include "adapters/sqlite/enquiries.hpp"

#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "adapters/sqlite/log.hpp"
#include "adapters/sqlite/words.hpp"

namespace gatehouse::adapters {

using nlohmann::json;
using policy::Enquiry;
using policy::EnquiryEnd;
using policy::EnquiryWay;

namespace {

constexpr const char* kColumns = "id, author, way, agency, colleague, asked, answer_by, answered, ended, how, pack, file ";

std::string sealed_file(Keyring& keys, const std::string& id, const std::string& text, const std::string& answer, const std::string& by) {
  return Sealer(keys.audit_key(), "enquiry").seal("enquiry", id, "file", json{{"text", text}, {"answer", answer}, {"by", by}}.dump());
}

[[noreturn]] void damaged(const char* what) { throw DatabaseFault(SQLITE_CONSTRAINT, std::string("database: enquiry: ") + what); }

// The columns of kColumns, in order.
Enquiry enquiry_of(Keyring& keys, const Rows& rows) {
  Enquiry out;
  out.id = rows.string(0);
  out.author = rows.string(1);
  const auto way = policy::from_text<EnquiryWay>(rows.text(2));
  const auto end = policy::from_text<EnquiryEnd>(rows.text(9));
  if (!way || !end) damaged("a word that is not of the vocabulary");
  out.way = *way;
  out.end = *end;
  if (!rows.null(3)) out.agency = rows.string(3);
  if (!rows.null(4)) out.colleague = rows.string(4);
  out.asked = instant_of(rows.integer(5));
  out.answer_by = instant_of(rows.integer(6));
  if (!rows.null(7)) out.answered = instant_of(rows.integer(7));
  if (!rows.null(8)) out.ended = instant_of(rows.integer(8));
  out.pack_sha256 = rows.string(10);
  out.deleted = rows.null(11);
  if (out.deleted) return out;
  const auto plain = Sealer(keys.audit_key(), "enquiry").open("enquiry", out.id, "file", rows.blob(11));
  const json file = plain ? json::parse(*plain, nullptr, false) : json();
  if (!file.is_object() || !file.contains("text") || !file.contains("answer") || !file.contains("by")) damaged("what is stored cannot be opened");
  out.text = file["text"].get<std::string>();
  out.answer = file["answer"].get<std::string>();
  out.answered_by = file["by"].get<std::string>();
  return out;
}

std::vector<Enquiry> all_of(Keyring& keys, Rows rows) {
  std::vector<Enquiry> out;
  while (rows.next()) out.push_back(enquiry_of(keys, rows));
  return out;
}

// No text and no name: which question, and what happened to it.
void log_enquiry(WriteContext& context, std::string_view kind, const std::string& id, std::string_view why, const std::string& agency, const std::string& by,
                 std::int64_t at, std::string_view outcome = {}, std::string_view pack = {}) {
  LogWords words;
  words.kind = kind;
  words.at = at;
  words.agency = agency;
  words.outcome = outcome;
  words.pack = pack;
  std::string detail = "{\"enquiry\":", staff;
  append_json_text(detail, id);
  detail += ",\"why\":";
  append_json_text(detail, why);
  if (!by.empty()) {
    staff = "{\"by\":";
    append_json_text(staff, by);
    staff += "}";
  }
  auto draft = draft_entry(words, detail + "}", Sealer(context.keys.audit_key(), "audit"), staff, context.keys.audit_key());
  if (!draft) throw DatabaseFault(SQLITE_CONSTRAINT, "log: an entry of an enquiry would be too long");
  context.log.append(*draft);
}

std::optional<Enquiry> stored(WriteContext& context, const std::string& id) {
  Statement one(context.database.handle(), (std::string("SELECT ") + kColumns + "FROM enquiry WHERE id = ?").c_str());
  auto rows = one.select(id);
  if (!rows.next()) return std::nullopt;
  return enquiry_of(context.keys, rows);
}

bool write_answer(WriteContext& context, const Enquiry& enquiry, const std::string& answer, const std::string& by, std::int64_t at) {
  const std::string file = sealed_file(context.keys, enquiry.id, enquiry.text, answer, by);
  return Statement(context.database.handle(), "UPDATE enquiry SET answered = ?, file = ? WHERE id = ? AND answered IS NULL AND ended IS NULL").run(at, Blob{file}, enquiry.id) == 1;
}

}  // namespace

std::vector<Enquiry> read_enquiries_of(Database& database, Keyring& keys, const std::string& staff, std::size_t limit) {
  Statement all(database.handle(), (std::string("SELECT ") + kColumns + "FROM enquiry WHERE way <> 'danger' AND (author = ?1 OR colleague = ?1) ORDER BY asked DESC, id LIMIT ?2").c_str());
  return all_of(keys, all.select(staff, static_cast<std::uint64_t>(limit)));
}

std::vector<Enquiry> read_dangers(Database& database, Keyring& keys) {
  Statement all(database.handle(), (std::string("SELECT ") + kColumns + "FROM enquiry WHERE way = 'danger' AND ended IS NULL ORDER BY asked, id LIMIT 500").c_str());
  return all_of(keys, all.select());
}

std::optional<Enquiry> read_enquiry(Database& database, Keyring& keys, const std::string& id, const std::string& staff) {
  Statement one(database.handle(), (std::string("SELECT ") + kColumns + "FROM enquiry WHERE id = ?1 AND way <> 'danger' AND (author = ?2 OR colleague = ?2)").c_str());
  auto rows = one.select(id, staff);
  if (!rows.next()) return std::nullopt;
  return enquiry_of(keys, rows);
}

std::vector<Enquiry> read_enquiries_for(Database& database, Keyring& keys, const std::string& agency, std::size_t limit) {
  Statement all(database.handle(), (std::string("SELECT ") + kColumns +
                                    "FROM enquiry WHERE way = 'partner' AND agency = ? AND answered IS NULL AND ended IS NULL ORDER BY asked, id LIMIT ?").c_str());
  return all_of(keys, all.select(agency, static_cast<std::uint64_t>(limit)));
}

StaffJob::Work ask_enquiry_work(Enquiry enquiry) {
  return [e = std::move(enquiry)](WriteContext& context) {
    const std::int64_t at = seconds_of(e.asked);
    const std::string file = sealed_file(context.keys, e.id, e.text, {}, {});
    const auto if_any = [](const std::string& text) { return text.empty() ? std::optional<std::string>() : std::optional(text); };
    const auto agency = if_any(e.agency), colleague = if_any(e.colleague);
    const bool danger = e.way == EnquiryWay::danger;
    const int added = Statement(context.database.handle(), "INSERT OR IGNORE INTO enquiry (id, author, way, agency, colleague, asked, answer_by, how, page_lead, pack, file) "
                                                           "VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)")
                          .run(e.id, e.author, policy::text(e.way), agency, colleague, at, seconds_of(e.answer_by), danger, e.pack_sha256, Blob{file});
    if (added != 1) return WriteJob::Verdict::undo;
    if (danger)
      log_enquiry(context, "receipt", e.id, "could_be_hurt", {}, e.author, at);
    else
      log_enquiry(context, "decision", e.id, std::string("asked_without_names_") + std::string(policy::text(e.way)), e.agency, e.author, at,
                  policy::text(policy::Outcome::anonymised), e.pack_sha256);
    return WriteJob::Verdict::keep;
  };
}

StaffJob::Work note_answer_work(std::string id, std::string staff, std::string answer, policy::Instant at) {
  return [id = std::move(id), staff = std::move(staff), answer = std::move(answer), at](WriteContext& context) {
    const auto enquiry = stored(context, id);
    if (!enquiry || enquiry->way == EnquiryWay::danger || enquiry->deleted) return WriteJob::Verdict::undo;
    // A colleague's answer is the colleague's; what was said by telephone is noted by who asked, also where a partner was rung in the end.
    if (staff != (enquiry->way == EnquiryWay::colleague ? enquiry->colleague : enquiry->author)) return WriteJob::Verdict::undo;
    if (!write_answer(context, *enquiry, answer, staff, seconds_of(at))) return WriteJob::Verdict::undo;
    log_enquiry(context, "receipt", id, "answered", enquiry->agency, staff, seconds_of(at));
    return WriteJob::Verdict::keep;
  };
}

StaffJob::Work end_enquiry_work(std::string id, std::string staff, EnquiryEnd end, policy::Instant at) {
  return [id = std::move(id), staff = std::move(staff), end, at](WriteContext& context) {
    const auto enquiry = stored(context, id);
    if (!enquiry || end == EnquiryEnd::open) return WriteJob::Verdict::undo;
    const bool danger = enquiry->way == EnquiryWay::danger;
    if (danger != (end == EnquiryEnd::seen) || (!danger && staff != enquiry->author)) return WriteJob::Verdict::undo;
    const int changed = Statement(context.database.handle(), "UPDATE enquiry SET ended = ?, how = ? WHERE id = ? AND ended IS NULL").run(seconds_of(at), policy::text(end), id);
    if (changed != 1) return WriteJob::Verdict::undo;
    // How it ended is on the row. Who saw a danger is on the log: somebody will ask.
    if (danger) log_enquiry(context, "receipt", id, "danger_seen", {}, staff, seconds_of(at));
    return WriteJob::Verdict::keep;
  };
}

WriteJob::Verdict AnswerEnquiryJob::apply(WriteContext& context) {
  const auto enquiry = stored(context, id_);
  if (!enquiry || enquiry->way != EnquiryWay::partner || enquiry->agency != by_.call.agency) return Verdict::undo;
  const std::int64_t at = seconds_of(by_.call.at);
  context.now = std::max(context.now, at);
  if (!context.take_nonce(seconds_of(by_.call.nonce_expires), by_.nonce)) {
    result_ = policy::Called::nonce_seen;
    return Verdict::undo;
  }
  {
    auto rows = context.stamp.select(by_.call.agency, std::optional<std::int64_t>());
    if (!rows.next() || rows.null(1) || rows.number(1) != by_.call.agency_version) {
      result_ = policy::Called::stale;
      return Verdict::undo;
    }
  }
  {
    // The key belongs to the one call it first came with, whatever that asked for.
    Statement mine(context.database.handle(), "SELECT id, answer_body FROM enquiry WHERE answer_key = ?");
    for (const std::string& form : context.index.to_find(by_.idempotency)) {
      auto rows = mine.select(Blob{form});
      if (!rows.next()) continue;
      result_ = rows.text(0) == id_ && context.index.same(rows.blob(1), by_.body) ? policy::Called::again : policy::Called::key_reused;
      return Verdict::undo;
    }
    if (context.known_call(by_.idempotency, by_.body)) {
      result_ = policy::Called::key_reused;
      return Verdict::undo;
    }
  }
  if (!write_answer(context, *enquiry, answer_, {}, at)) {
    result_ = policy::Called::conflict;
    return Verdict::undo;
  }
  const std::string answer_key = context.index.to_write(by_.idempotency), answer_body = context.index.to_write(by_.body);
  Statement(context.database.handle(), "UPDATE enquiry SET answer_key = ?, answer_body = ? WHERE id = ?").run(Blob{answer_key}, Blob{answer_body}, id_);
  log_enquiry(context, "receipt", id_, "answered", by_.call.agency, {}, at);
  result_ = policy::Called::done;
  return Verdict::keep;
}

WriteJob::Verdict DeleteEnquiryTextsJob::apply(WriteContext& context) {
  count_ = static_cast<std::size_t>(Statement(context.database.handle(), "UPDATE enquiry SET file = NULL WHERE ended <= ? AND file IS NOT NULL").run(seconds_of(ended_by_)));
  return count_ > 0 ? Verdict::keep : Verdict::undo;
}

}  // namespace gatehouse::adapters
